"""冻结: what is held, and who says so."""
