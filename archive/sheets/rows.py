"""A row of a list as it stands in the file; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

Cell = str | int | float | dt.date | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not empty: its number from 1 as the spreadsheet counts, its cells, and which of them are broken.

    A cell is broken if it shows an error (`#REF!`, kept as its text) or a formula whose value was never reckoned (kept as "").
    """

    number: int
    cells: tuple[Cell, ...]
    broken: Mapping[int, str] = field(default_factory=dict)

    def cell(self, index: int) -> Cell:
        """The cell in column *index* from 0; None beyond the last."""
        return self.cells[index] if index < len(self.cells) else None

    def text(self, index: int) -> str:
        """The same as text, spaces around it taken off."""
        return written(self.cell(index))


def written(cell: Cell) -> str:
    """A cell as a person reads it: 3 rather than 3.0, a day in ISO."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.15g}"
    return str(cell).strip()
