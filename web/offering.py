"""Which verb a button of a record leads to: one table from acts to verbs, in the order in which buttons stand.

What may be done is told by `archive.offers` (life cycles, ledger, policy); here is only where it is done.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from archive.acts import Act


@dataclass(frozen=True, slots=True)
class Way:
    """Where *act* is done: the verb, the name under which it takes the record's code, the drawing on its button."""

    act: Act
    verb: tuple[str, ...]
    asks: str
    icon: str

    def values(self, code: str) -> Mapping[str, str]:
        """What the form is filled in with."""
        return {self.asks: code}


#: What is done most stands first; a row shows the first two, and the rest behind "more".
WAYS: tuple[Way, ...] = (
    Way(Act.LOAN_RETURN, ("loan", "return"), "code", "arrow-back-up"),
    Way(Act.LOAN_LEND, ("loan", "lend"), "code", "arrows-exchange"),
    Way(Act.READING_BEGIN, ("reading", "begin"), "code", "book"),
    Way(Act.ITEM_FILE, ("item", "file"), "volume", "file-plus"),
    Way(Act.VOLUME_CLOSE, ("volume", "close"), "code", "folder-check"),
    Way(Act.HANDOVER_SIGN, ("handover", "accept"), "codes", "transfer"),
    Way(Act.REQUEST_ASK, ("request", "ask"), "codes", "message"),
    Way(Act.SEAL_OPEN, ("seal", "open"), "code", "lock-open"),
    Way(Act.VOLUME_MOVE, ("volume", "move"), "code", "building-warehouse"),
    Way(Act.COPY_MAKE, ("copy", "make"), "code", "copy"),
    Way(Act.VOLUME_EDIT, ("volume", "edit"), "code", "pencil"),
    Way(Act.ITEM_EDIT, ("item", "edit"), "code", "pencil"),
    Way(Act.ITEM_MOVE, ("item", "move"), "code", "arrow-right"),
    Way(Act.VOLUME_LEVEL, ("volume", "level"), "code", "shield-lock"),
    Way(Act.REPAIR_ORDER, ("repair", "order"), "code", "tool"),
    Way(Act.SEAL_CLOSE, ("seal", "close"), "codes", "lock"),
    Way(Act.HANDOVER_DRAFT, ("handover", "draft"), "codes", "clipboard-list"),
)

#: The acts of the table: those a row of a list asks the archive about.
ACTS = frozenset(way.act for way in WAYS)


def ways(acts: Collection[Act]) -> list[Way]:
    """Where each of *acts* is done, in the order of the table; what it does not know falls out."""
    return [way for way in WAYS if way.act in acts]
