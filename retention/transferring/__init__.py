"""移交 out of the company: the list, the package, the receipt."""
