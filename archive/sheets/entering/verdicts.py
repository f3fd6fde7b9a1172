"""What would become, or became, of a row, and what every kind of list must be able to do with one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from archive.acts import Act
from archive.errors import ArchiveError
from archive.exchange import MadeKind, RowFate, SheetKind
from archive.sheets.entries import Entry
from archive.sheets.ledger import Noted, Thing
from archive.unit import Unit


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fate of a row, why it is refused or skipped, the thing that is there already or was made, and its code.

    *job* is what entering it will do; *mark*, *items*, *pages* are kept with the row (`ledger.Noted`).
    """

    row: int
    fate: RowFate
    error: ArchiveError | None = None
    thing: Thing | None = None
    code: str = ""
    job: Any = None
    things: tuple[Thing, ...] = ()
    mark: str = ""
    items: int | None = None
    pages: int | None = None

    def noted(self) -> Noted:
        """As the ledger keeps it."""
        things = self.things or ((self.thing,) if self.thing else ())
        return Noted(self.row, self.fate, things, self.error, self.mark, self.items, self.pages)


@dataclass(frozen=True, slots=True)
class Made:
    """What one row made: itself first, then what had to be there for it."""

    thing: Thing
    code: str


class Entering(ABC):
    """One kind of list; an object serves one unit, and remembers what the rows before would make."""

    kind: ClassVar[SheetKind]
    #: The kind of its own thing.
    makes: ClassVar[MadeKind]
    #: By which act a row is entered.
    act: ClassVar[Act]

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def ahead(self, entries: Sequence[Entry]) -> None:  # noqa: B027  # not every kind has something to look up
        """Look up at once what these rows will ask for."""

    @abstractmethod
    def plan(self, entry: Entry) -> Verdict:
        """What would become of a row; changes nothing. Raises why it is refused."""

    def home(self, job: Any) -> Hashable | None:  # noqa: ARG002
        """Rows of one home that follow each other are entered together; None: each by itself."""
        return None

    def bucket(self, job: Any) -> str:  # noqa: ARG002
        """The class under whose key its record's key is wrapped; empty if it makes no record."""
        return ""

    @abstractmethod
    def make(self, jobs: Sequence[Any]) -> Sequence[Made | None]:
        """Enter rows of one home by the services; what each made, None where it found everything there."""
