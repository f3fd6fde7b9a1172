"""What a row of a list becomes: one module per kind of list; each thing is made by the service a clerk uses."""

from archive.sheets.entering.books import Books, enter, plan
from archive.sheets.entering.streams import prepared
from archive.sheets.entering.verdicts import Verdict

__all__ = ["Books", "Verdict", "enter", "plan", "prepared"]
