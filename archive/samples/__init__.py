"""An invented property-management office and its papers, for the demonstration, tests and benchmarks.

Pure: it makes values and writes files; it never touches the catalogue, the database or a service.
"""

from __future__ import annotations

from archive.samples.office import Department, Office, Party, Person, Place, Premises, office
from archive.samples.papers import Paper, papers, rows
from archive.samples.troublemakers import Troublemaker, write_troublemakers
from archive.samples.writers import MANIFEST, entry, write, write_all

__all__ = [
    "MANIFEST",
    "Department",
    "Office",
    "Paper",
    "Party",
    "Person",
    "Place",
    "Premises",
    "Troublemaker",
    "entry",
    "office",
    "papers",
    "rows",
    "write",
    "write_all",
    "write_troublemakers",
]
