"""四性检测: authenticity, completeness, usability and security of records and packages (DA/T 70)."""
