"""Statistics as tables and pictures."""
