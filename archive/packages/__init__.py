"""Packages that others can read without us, and the four properties of an electronic record."""
