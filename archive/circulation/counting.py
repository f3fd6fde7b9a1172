"""What two people count over the counter: the pieces of a record, their pages, and who the two are (R39, V11)."""

from __future__ import annotations

from dataclasses import dataclass

from archive import quorum
from archive.acts import Act
from archive.custody.pieces import kept
from archive.errors import CountDiffers, PieceLost, SameSigner
from archive.model import Holding, Item, Person, Volume
from archive.statuses import Condition
from archive.unit import Unit


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces a record goes over the counter with, and how many pages they have together."""

    holdings: tuple[Holding, ...]
    pages: int

    @property
    def items(self) -> int:
        """How many pieces there are."""
        return len(self.holdings)

    def agree(self, items: int | None, pages: int | None) -> None:
        """Raise `CountDiffers` unless what was counted is what is on the books; None was not counted."""
        counted = (self.items if items is None else items, self.pages if pages is None else pages)
        if counted != (self.items, self.pages):
            told = [" / ".join(map(str, pair)) for pair in (counted, (self.items, self.pages))]
            raise CountDiffers(counted=told[0], booked=told[1])


def pieces(unit: Unit, record: Volume | Item) -> Pieces:
    """One piece for each paper: its original, or the copy it was filed as; further copies stay, lost ones are gone.

    The record's own row is locked where the database can (decision 8). A record that is electronic only has
    none. Raises `PieceLost` where nothing is left of what there was.
    """
    booked = kept(unit, record)
    left = [(item, holding) for item, holding in booked if holding.condition is not Condition.LOST]
    if booked and not left:
        raise PieceLost(code=record.reference_code)
    return Pieces(tuple(holding for _, holding in left), sum(item.page_count for item, _ in left))


def face_to_face(unit: Unit, other: Person, act: Act) -> None:
    """Raise `SameSigner` (or `MissingPeople`) if the actor would sign both sides of *act*."""
    if other.uid == unit.actor.uid:
        quorum.demand(unit, act)
        raise SameSigner(act=act)
