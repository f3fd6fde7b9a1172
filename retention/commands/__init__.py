"""The commands of retention, one module a noun."""
