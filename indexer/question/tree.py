"""The tree a question means, and the parts of a record it can name; no engine and no spelling is known here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """The words of a record; all but the text are its description."""

    TITLE = "title"
    CODE = "code"
    CREATOR = "creator"
    NUMBER = "number"  # the document number (文号)
    UNIT = "unit"  # the flat, office or shop (单元)
    CONTRACT = "contract"  # the contract's number (合同号)
    NAMES = "names"
    BODY = "body"


class Column(StrEnum):
    """The facts of a record: what a question narrows by, and what its answer is counted by."""

    KIND = "kind"  # volume or item
    CLASS = "class"
    FAMILY = "family"
    YEAR = "year"
    LEVEL = "level"
    DEPARTMENT = "department"
    PLACE = "place"
    STATE = "state"
    DATE = "date"


#: A fact as an engine compares it: years and levels are numbers, days and the rest are text.
Value = str | int


@dataclass(frozen=True, slots=True)
class Term:
    """A word or exact phrase to be found, in one field or in any; *prefix*: its last word may go on."""

    text: str
    field: Field | None = None
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """Records whose fact lies between *least* and *most*, both included; None: open.

    CLASS and PLACE are paths: *least* names one, and what lies within it counts too. KIND, FAMILY,
    DEPARTMENT and STATE are equal to *least*. DATE is compared as an ISO day; a record without a date
    meets no bound. As `query.parse` gives it, both are text as typed; `search` makes values of it.
    """

    column: Column
    least: Value | None = None
    most: Value | None = None


@dataclass(frozen=True, slots=True)
class Not:
    """Records in which *part* is not found."""

    part: Tree


@dataclass(frozen=True, slots=True)
class And:
    """Records in which every part is found; without parts: all records."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Records in which some part is found."""

    parts: tuple[Tree, ...]


Tree = Term | Where | Not | And | Or

#: The question without words: everything one may see.
EVERYTHING = And(())


def wanted(tree: Tree) -> Iterator[Term]:
    """The terms a hit may contain, in order: all but those under an odd number of `Not`."""
    if isinstance(tree, Term):
        yield tree
    elif isinstance(tree, (And, Or)):
        for part in tree.parts:
            yield from wanted(part)
    elif isinstance(tree, Not) and isinstance(tree.part, Not):
        yield from wanted(tree.part.part)


def replaced(tree: Tree, change: Callable[[Term | Where], Tree]) -> Tree:
    """*tree* with every term and condition as *change* gives it back."""
    if isinstance(tree, (Term, Where)):
        return change(tree)
    if isinstance(tree, Not):
        return Not(replaced(tree.part, change))
    return type(tree)(tuple(replaced(part, change) for part in tree.parts))
