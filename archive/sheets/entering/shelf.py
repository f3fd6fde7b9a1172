"""The papers that are there already: by reference code, by mark or by number in their volume, with their cards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from archive import numbering
from archive.cards import Card
from archive.errors import CodeTaken
from archive.exchange import MadeKind, RowFate
from archive.model import Item
from archive.papers import Paper
from archive.policy import visible
from archive.sheets import ledger
from archive.sheets.entering import cells
from archive.sheets.entering.verdicts import Verdict
from archive.sheets.ledger import Thing
from archive.unit import Unit


class Papers:
    """Which of the papers of a list are known, and what the rows before would make."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._coming: set[str] = set()
        self._known: dict[str, tuple[Item, Card]] = {}
        self._marks: dict[str, str] = {}
        self._taken: set[str] = set()

    def ahead(self, codes: Sequence[str], marks: Sequence[str]) -> None:
        """Look up the papers with these codes, and those that rows with these marks made."""
        self._marks = ledger.by_mark(self._unit, marks)
        self._taken = numbering.taken(self._unit, codes)
        keys = [*self._taken, *self._marks.values()]
        self._known = {}
        for start in range(0, len(keys), 500):
            batch = keys[start : start + 500]
            mine = Item.reference_code.in_(batch) | Item.uid.in_(batch)
            rows = select(Item).where(mine, visible(self._unit.actor, Item))
            found = list(self._unit.session.scalars(rows))
            for item, card in zip(found, self._unit.cards(found), strict=True):
                self._known[item.reference_code] = self._known[item.uid] = (item, card)

    def known(self, code: str | None, mark: str) -> tuple[Item, Card] | None:
        """The paper of this code or mark; raises `CodeTaken` if another record, or a row before, has it."""
        found = self._known.get(code or self._marks.get(mark, ""))
        if found is None and ((code and code in self._taken) or (code or mark) in self._coming):
            raise CodeTaken(code=code or "—")
        return found

    def comes(self, key: str) -> None:
        """A row makes the paper of this code or mark."""
        self._coming.add(key)


def there(
    row: int, item: Item, card: Card, paper: Paper, more: Iterable[tuple[str, object, object]] = ()
) -> Verdict:
    """The paper the row speaks of, if it says the same as the books; raises `RowDiffers`."""
    pairs = [
        ("title", card.title, " ".join(paper.title.split())),
        ("document_no", card.document_no, paper.document_no),
        ("creator", card.creator, paper.creator),
        ("dated", item.dated, paper.dated),
        ("doc_type", card.doc_type, paper.doc_type),
        ("note", card.note, paper.note),
        ("level", item.level, paper.level),
        *((name, card.fields.get(name, ""), value) for name, value in paper.fields.items()),
        *more,
    ]
    cells.same(item.reference_code, pairs)
    return Verdict(row, RowFate.KNOWN, thing=Thing(MadeKind.ITEM, item.uid), code=item.reference_code)
