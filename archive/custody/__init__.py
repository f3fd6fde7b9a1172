"""Custody: where things stand, are counted, sealed, handed over, mended, and checked."""
