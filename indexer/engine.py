"""What every search engine must offer; the catalogue side knows only this page.

An engine keeps a disposable derivative: entries in, questions out. It is told who may find what by a
`Scope` of opaque buckets and single records, and answers as if nothing else existed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from indexer.query import Field, Tree


class Part(StrEnum):
    """What of an index can be busy or damaged; its name is the sentence `index.<value>`."""

    WHOLE = "whole"
    OPEN = "open"
    SEALED = "sealed"

    @property
    def word(self) -> str:
        """The key of this part's name."""
        return f"index.{self.value}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of one record, as it is to be found."""

    uid: str
    version: int
    sealed: bool  # CONFIDENTIAL or above: kept in the sealed partition
    title: str = ""
    code: str = ""
    creator: str = ""
    number: str = ""  # the document number (文号)
    names: str = ""  # parties, premises and the text of the family's fields
    body: str = ""
    class_code: str = ""
    family: str = ""
    year: int = 0
    level: int = 0
    department: str = ""
    place: str = ""
    date: str = ""  # ISO day, or nothing
    bucket: str = ""  # the access bucket: records alike in who may see and search them


@dataclass(frozen=True, slots=True)
class Scope:
    """What the viewer may find: what he may not *see* does not exist for him.

    A description (title, code, creator, number, names) answers only for records he may see, a text only
    for records he may see and search (decisions 1, 6). Without *sealed* the sealed partition is not opened.
    """

    see_buckets: frozenset[str] = frozenset()
    search_buckets: frozenset[str] = frozenset()
    see_uids: frozenset[str] = frozenset()
    search_uids: frozenset[str] = frozenset()
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on the facts of a record; None: any. Bounds are inclusive."""

    class_prefix: str | None = None
    family: str | None = None
    year_from: int | None = None
    year_to: int | None = None
    level: int | None = None
    department: str | None = None
    place: str | None = None  # this place or any within it (its path begins so)
    date_from: str | None = None  # ISO days; a record without a date meets no bound
    date_to: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found, its score (higher first), and the fields that hold a wanted term."""

    uid: str
    score: float
    fields: frozenset[Field]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of hits, and how many there are in all."""

    hits: tuple[Hit, ...] = field(default=())
    total: int = 0


class Engine(Protocol):
    """A full-text index; one process writes, any number read."""

    def put(self, entries: Iterable[Entry], drops: Iterable[str] = (), *, mark: int) -> None:
        """Take in versions, forget the records *drops*, and remember *mark*, durably.

        Idempotent by (uid, version): an older or equal version changes nothing; a drop outweighs an
        entry. Busy if another process writes, IndexOutdated or Damaged if the index must be rebuilt.
        """

    def find(
        self,
        tree: Tree,
        scope: Scope,
        filters: Filters = Filters(),
        *,
        limit: int = 20,
        offset: int = 0,
    ) -> Found:
        """The records in *scope* that *tree* and *filters* mean, best first."""

    def mark(self) -> int:
        """The last *mark* put, 0 for a new index: never more than what is in the index."""

    def count(self) -> int:
        """How many records the index holds."""

    def dump(self) -> Iterator[tuple[object, ...]]:
        """Everything that can be found, in an order that depends on the records alone."""

    def close(self) -> None:
        """Let go of files and memory."""

    def wipe(self) -> None:
        """Delete the index; what follows is as new, mark 0."""
