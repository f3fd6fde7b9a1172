"""Printed forms: described once, drawn as Word and as PDF (domain §4)."""
