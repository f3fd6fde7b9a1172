"""A list opened and mapped: what a person chose, what his profile says, what was guessed, and the entries that follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from archive.cells import plain
from archive.errors import SheetUnreadable
from archive.sheets.entries import Aside, Defaults, Entry, common, entries, listed
from archive.sheets.guarding import Unreadable
from archive.sheets.headers import LOOKED, Corrections, Layout, guess
from archive.sheets.reading import Sheet, Source, digest, open_sheet
from archive.sheets.rows import Row


@dataclass(frozen=True, slots=True)
class Said:
    """What is said about one list, by a person or by his profile."""

    sheet: str | None = None
    corrections: Corrections = field(default_factory=Corrections)
    defaults: Defaults = field(default_factory=Defaults)


@dataclass(frozen=True, slots=True)
class OpenList:
    """One list, mapped; its entries can be asked for as often as wanted, and are never all in memory."""

    sheet: Sheet
    layout: Layout
    defaults: Defaults
    digest: str

    def entries(self) -> Iterator[Entry]:
        """The entries from the first; headings, feet and blank forms are left out."""
        return entries(self.sheet.rows(), self.layout, self.defaults)

    def listed(self) -> Iterator[tuple[Row, Entry | None, Aside | None]]:
        """Every row below the heading, as an entry or why it is none."""
        return listed(self.sheet.rows(), self.layout, self.defaults)

    @property
    def common(self) -> dict[str, object]:
        """What holds for every row that does not say otherwise: said, or read above the heading."""
        return common(self.layout, self.defaults)

    @property
    def signs(self) -> tuple[object, ...]:
        """What knows the list again: its bytes, and everything that says how it is read."""
        said = sorted(plain(self.defaults.said()).items())
        return (self.digest, self.sheet.name, self.layout.kind.value, self.layout.header_row,
                sorted(self.layout.columns.items()), said)  # fmt: skip

    @property
    def card(self) -> dict[str, object]:
        """The same for people: file, sheet, heading of each column, what was said."""
        heads = {name: self.layout.headings.get(at, "") for name, at in self.layout.columns.items()}
        return {
            "file": self.sheet.file,
            "sheet": self.sheet.name,
            "columns": heads,
            "said": plain(self.defaults.said()),
        }


def open_list(source: Source, said: Said | None = None) -> OpenList:
    """*source* opened and mapped as *said*, else as guessed.

    Raises what `open_sheet` and `guess` raise, and `BadValue` for what stands above the heading and cannot be read.
    """
    said = said or Said()
    sheet = open_sheet(source, sheet=said.sheet)
    most = max(LOOKED, said.corrections.header_row or 0)
    first = list(islice(sheet.rows(), most))
    if not first:
        raise SheetUnreadable(name=sheet.file, why=Unreadable.EMPTY)
    layout = guess(first, named=f"{sheet.file} {sheet.name}", said=said.corrections)
    common(layout, said.defaults)
    return OpenList(sheet, layout, said.defaults, digest(source))
