"""Which records a question means and how well they fit, over segments held in memory.

What a viewer may not see plays no part: matches, totals, and the rarity of a word are counted within his
scope, rarity within the open partition only (reliability fact 3, §5.4); field lengths are weighed against
constants. The answer therefore depends on nothing he may not see.
"""

from __future__ import annotations

import heapq
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import astuple, dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

from indexer.analysis import code_key, needles, words
from indexer.engine import Entry, Filters, Found, Hit, Scope
from indexer.postings import Lexicon
from indexer.query import Field, Not, Or, Term, Tree, wanted


class Measure(NamedTuple):
    """How much a match in a field counts, and how long such a field commonly is (cells)."""

    weight: float
    common: float


MEASURES: Mapping[Field, Measure] = {
    Field.TITLE: Measure(5.0, 16.0),
    Field.CODE: Measure(6.0, 10.0),
    Field.CREATOR: Measure(2.0, 8.0),
    Field.NUMBER: Measure(4.0, 6.0),
    Field.NAMES: Measure(2.0, 24.0),
    Field.BODY: Measure(1.0, 600.0),
}
#: A code typed whole, or its beginning with a star, however it is separated.
KEYED: Mapping[Field, float] = {Field.CODE: 12.0, Field.NUMBER: 8.0}
_SATURATION, _LENGTH = 1.2, 0.6
_Bound = TypeVar("_Bound", int, str)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is kept of a record beside its terms; *lengths*: cells of each field, in the order of `Field`."""

    uid: str
    version: int
    code: str
    bucket: str
    class_code: str
    family: str
    year: int
    level: int
    department: str
    place: str
    date: str
    lengths: list[int]

    @classmethod
    def read(cls, data: bytes) -> Facts:
        """The facts from a column's bytes."""
        return cls(*json.loads(data))

    def meet(self, filters: Filters) -> bool:
        """True if every condition holds."""
        return (
            self.class_code.startswith(filters.class_prefix or "")
            and self.place.startswith(filters.place or "")
            and filters.family in {None, self.family}
            and filters.level in {None, self.level}
            and filters.department in {None, self.department}
            and _within(self.year, filters.year_from, filters.year_to)
            and (not (filters.date_from or filters.date_to) or self.date != "")
            and _within(self.date, filters.date_from, filters.date_to)
        )


def indexed(entry: Entry) -> tuple[bytes, list[tuple[str, list[str]]]]:
    """What a document holds for *entry*: its facts, and per field its terms in order."""
    rows = [(field.value, words(getattr(entry, field.value))) for field in Field]
    facts = Facts(
        entry.uid, entry.version, entry.code, entry.bucket, entry.class_code, entry.family, entry.year,
        entry.level, entry.department, entry.place, entry.date, [len(row) for _, row in rows],
    )  # fmt: skip
    keys = [(_keyed(field), [code_key(getattr(entry, field.value))]) for field in KEYED]
    return json.dumps(astuple(facts)).encode(), rows + keys


class Segment:
    """One segment as written: terms and facts; documents are numbered from 0."""

    def __init__(self, lexicons: Mapping[str, Lexicon], facts: Iterable[Facts]) -> None:
        self.lexicons = lexicons
        self.facts = list(facts)

    @cached_property
    def uids(self) -> Mapping[str, int]:
        """The document of each record."""
        return {facts.uid: document for document, facts in enumerate(self.facts)}

    @cached_property
    def buckets(self) -> Mapping[str, frozenset[int]]:
        """The documents of each access bucket."""
        gathered: defaultdict[str, set[int]] = defaultdict(set)
        for document, facts in enumerate(self.facts):
            gathered[facts.bucket].add(document)
        return {bucket: frozenset(documents) for bucket, documents in gathered.items()}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A segment as it stands now: without the documents deleted since it was written."""

    segment: Segment
    deleted: frozenset[int]
    sealed: bool

    def granted(self, buckets: AbstractSet[str], uids: AbstractSet[str]) -> set[int]:
        """The living documents in one of *buckets* or among *uids*."""
        held = self.segment.buckets
        found = set().union(*(held[bucket] for bucket in held.keys() & buckets))
        found.update(self.segment.uids[uid] for uid in self.segment.uids.keys() & uids)
        return found - self.deleted


#: Per document: how often a term stands there, weighed, and the bits of the fields it stands in.
Matches = dict[int, tuple[float, int]]


class View:
    """One leaf as one viewer may know it."""

    def __init__(self, leaf: Leaf, scope: Scope) -> None:
        self.leaf = leaf
        self.seen = leaf.granted(scope.see_buckets, scope.see_uids)
        self.searched = self.seen & leaf.granted(scope.search_buckets, scope.search_uids)
        self._matches: dict[Term, Matches] = {}

    def matches(self, term: Term) -> Matches:
        """The documents in which *term* stands where the viewer may find it."""
        if term not in self._matches:
            self._matches[term] = self._match(term)
        return self._matches[term]

    def meant(self, tree: Tree) -> AbstractSet[int]:
        """The documents that *tree* means."""
        if isinstance(tree, Term):
            return self.matches(tree).keys()
        if isinstance(tree, Not):
            return self.seen - self.meant(tree.part)
        if isinstance(tree, Or):
            return set().union(*map(self.meant, tree.parts))
        found: AbstractSet[int] = self.seen
        for part in tree.parts:
            found = found & self.meant(part)
        return found

    def _match(self, term: Term) -> Matches:
        found: Matches = {}
        for field in (term.field,) if term.field else Field:
            allowed = self.searched if field is Field.BODY else self.seen
            for document, weight in self._weights(term, field, allowed).items():
                before, fields = found.get(document, _NOTHING)
                found[document] = (before + weight, fields | 1 << _ORDER[field])
        return found

    def _weights(self, term: Term, field: Field, allowed: AbstractSet[int]) -> dict[int, float]:
        """The weight of *term* in one field of each allowed document."""
        lexicons, facts = self.leaf.segment.lexicons, self.leaf.segment.facts
        measure, at = MEASURES[field], _ORDER[field]
        found: dict[int, float] = {}
        for document, times in occurrences(lexicons.get(field.value), term).items():
            if document in allowed:
                length = 1 - _LENGTH + _LENGTH * facts[document].lengths[at] / measure.common
                found[document] = measure.weight * times / length
        if field in KEYED:
            for document in whole_codes(lexicons.get(_keyed(field)), term) & allowed:
                found[document] = found.get(document, 0.0) + KEYED[field]
        return found


def occurrences(lexicon: Lexicon | None, term: Term) -> Mapping[int, int]:
    """How often the phrase *term* stands in each document."""
    if lexicon is None:
        return {}
    row = needles(term.text, prefix=term.prefix)
    parts = [(needle.offset, _places(lexicon, needle.term, prefix=needle.prefix)) for needle in row]
    if len(parts) == 1:
        return Counter(place >> lexicon.shift for place in parts[0][1])
    parts.sort(key=lambda part: len(part[1]))
    begins: AbstractSet[int] = set()
    for at, (offset, places) in enumerate(parts):
        shifted = {place - offset for place in places} if offset else set(places)
        begins = begins & shifted if at else shifted
        if not begins:
            return {}
    shift, last = lexicon.shift, max((needle.offset for needle in row), default=0)
    return Counter(place >> shift for place in begins if place >> shift == place + last >> shift)


def whole_codes(lexicon: Lexicon | None, term: Term) -> set[int]:
    """The documents whose code is *term*, or begins so, whatever separates its parts."""
    key = code_key(term.text)
    if lexicon is None or not key:
        return set()
    return {place >> lexicon.shift for place in _places(lexicon, key, prefix=term.prefix)}


class Ranked(NamedTuple):
    """A record found; sorts best first, equal scores by code, then by record."""

    worth: float  # the score, negated
    code: str
    uid: str
    fields: int
    version: int


def ranked(leaves: Iterable[Leaf], tree: Tree, scope: Scope, filters: Filters) -> list[Ranked]:
    """Every record that is meant, in no order; *leaves* are those of the partitions *scope* may touch."""
    views = [View(leaf, scope) for leaf in leaves]
    rarity = {term: _rarity(term, views) for term in dict.fromkeys(wanted(tree))}
    found = [one for view in views for one in _ranked(view, tree, rarity, filters)]
    # Between the commits of the two indexes a record may stand in both: the newer one counts.
    newest = {one.uid: one for one in sorted(found, key=lambda one: one.version)}
    return found if len(newest) == len(found) else list(newest.values())


def page(hits: list[Ranked], limit: int, offset: int) -> Found:
    """One page, best first."""
    best = heapq.nsmallest(offset + limit, hits)[offset:]
    return Found(tuple(Hit(one.uid, -one.worth, _fields(one.fields)) for one in best), len(hits))


def _ranked(view: View, tree: Tree, rarity: Mapping[Term, float], filters: Filters) -> Iterator[Ranked]:
    """The records of one leaf that are meant, with their scores (BM25 over weighed fields)."""
    facts, every = view.leaf.segment.facts, filters == Filters()
    terms = [(view.matches(term), weight) for term, weight in rarity.items()]
    for document in view.meant(tree):
        record = facts[document]
        if every or record.meet(filters):
            score, fields = 0.0, 0
            for matches, weight in terms:
                times, bits = matches.get(document, _NOTHING)
                score += weight * times / (_SATURATION + times)
                fields |= bits
            yield Ranked(-score, record.code, record.uid, fields, record.version)


def _fields(bits: int) -> frozenset[Field]:
    return frozenset(field for field, at in _ORDER.items() if bits >> at & 1)


def _rarity(term: Term, views: Iterable[View]) -> float:
    """BM25's weight of a rare term, counted among the open records the viewer sees."""
    opened = [view for view in views if not view.leaf.sealed]
    having = sum(len(view.matches(term)) for view in opened)
    every = sum(len(view.seen) for view in opened)
    return math.log(1 + (every - having + 0.5) / (having + 0.5))


def _places(lexicon: Lexicon, term: str, *, prefix: bool) -> list[int] | memoryview:
    if prefix:
        return [place for places in lexicon.beginning(term) for place in places]
    return lexicon.term(term) or memoryview(b"")


def _within(value: _Bound, least: _Bound | None, most: _Bound | None) -> bool:
    return (least is None or least <= value) and (most is None or value <= most)


def _keyed(field: Field) -> str:
    return f"{field.value}.key"


_ORDER = {field: at for at, field in enumerate(Field)}
_NOTHING = (0.0, 0)
