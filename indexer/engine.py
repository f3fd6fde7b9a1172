"""What every search engine must offer; the catalogue side knows only this page.

An engine keeps a disposable derivative: entries in, questions out. It is told who may find what by a
`Scope` of opaque buckets and single records, and answers as if nothing else existed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from indexer.question.tree import Column, Field, Term, Tree, Value


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
    unit: str = ""  # codes of premises, one a line (单元)
    contract: str = ""  # numbers of contracts, one a line (合同号)
    names: str = ""  # parties and the text of the family's fields
    body: str = ""
    kind: str = ""
    class_code: str = ""  # a path: `ZX·`, `ZX·02·`
    family: str = ""
    year: int = 0
    level: int = 0
    department: str = ""
    place: str = ""  # a path: `R1/C2/`
    state: str = ""
    date: str = ""  # ISO day, or nothing
    bucket: str = ""  # the access bucket: records alike in who may see and search them


@dataclass(frozen=True, slots=True)
class Scope:
    """What the viewer may find: what he may not *see* does not exist for him.

    A description (every field but the text) answers only for records he may see, a text only for records
    he may see and search (decisions 1, 6); *without* are records left out of everything, whatever else is
    said. Without *sealed* the sealed partition is not opened.
    """

    see_buckets: frozenset[str] = frozenset()
    search_buckets: frozenset[str] = frozenset()
    see_uids: frozenset[str] = frozenset()
    search_uids: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    sealed: bool = False


class Order(StrEnum):
    """How hits are ordered; equal ones by code, then by uid."""

    RELEVANCE = "relevance"
    NEWEST = "newest"  # by date; without a date last
    OLDEST = "oldest"
    CODE = "code"

    @property
    def word(self) -> str:
        """The key of this order's name."""
        return f"order.{self.value}"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the next one begins after it, whatever was added or changed meanwhile.

    *weights*: how rare the wanted terms were when the first page was made, so that scores stay as they were.
    """

    key: float
    code: str
    uid: str
    weights: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found, its score (higher first), the fields that hold a wanted term, and where it stands in the order."""

    uid: str
    score: float
    fields: frozenset[Field]
    cursor: Cursor


Counts = Mapping[Value, int]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of hits, how many there are in all, and for each column asked how many have which value."""

    hits: tuple[Hit, ...] = field(default=())
    total: int = 0
    facets: Mapping[Column, Counts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asking:
    """How an answer is cut: *limit* hits after *offset*, or after the cursor *after*; *facets*: columns to count."""

    limit: int = 20
    offset: int = 0
    after: Cursor | None = None
    order: Order = Order.RELEVANCE
    facets: frozenset[Column] = frozenset()


class Engine(Protocol):
    """A full-text index; one process writes, any number read.

    What a viewer may not see plays no part in an answer: not in hits, order, scores, totals, counts or
    suggestions (reliability P2).
    """

    def put(self, entries: Iterable[Entry], drops: Iterable[str] = (), *, mark: int) -> None:
        """Take in versions, forget the records *drops*, and remember *mark*, durably.

        Idempotent by (uid, version): an older or equal version changes nothing; a drop outweighs an
        entry. Busy if another process writes, IndexOutdated or Damaged if the index must be rebuilt.
        """

    def purge(self, uids: Iterable[str]) -> None:
        """Take every trace of records out for good, also of earlier versions: words, positions, facts, keys (V19).

        What may stay of a destroyed record, if it was put already, stays. Busy as `put`.
        """

    def residue(self, uids: Iterable[str]) -> AbstractSet[str]:
        """Those of *uids* of which anything is left but what may stay; found in the files themselves."""

    def tidy(self, *, thorough: bool = False) -> bool:
        """Merge one group of segments that is due, without holding up a writer; True if one was.

        *thorough*: also what is not due, however large, until no two fit together.
        """

    def find(self, tree: Tree, scope: Scope, asking: Asking = Asking()) -> Found:
        """The records in *scope* that *tree* means, in the order asked for; without words, every record."""

    def alike(
        self, texts: Mapping[Field, str], scope: Scope, *, narrowed: Tree | None = None, limit: int = 20
    ) -> Found:
        """The records most like *texts*, best first: what shares their rarest pairs of characters and words.

        *narrowed*: only among the records it means. The total counts the records that share anything.
        """

    def near(self, term: Term, scope: Scope, *, limit: int = 5) -> tuple[str, ...]:
        """Words like *term* in sound or spelling that do stand in what *scope* may find, commonest first."""

    def buckets(self, *, sealed: bool) -> AbstractSet[str]:
        """The access buckets of all records held; without *sealed* the sealed partition is not opened."""

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
