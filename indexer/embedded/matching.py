"""Which records a question means and how well they fit.

What a viewer may not see plays no part: matches, totals, counts and the rarity of a word are taken within his
scope, rarity within the open partition only (reliability fact 3, §5.4); field lengths are weighed against
constants. The answer therefore depends on nothing he may not see.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from indexer.embedded.columns import BUCKET
from indexer.embedded.phrases import holding, occurrences
from indexer.embedded.postings import Numbers
from indexer.embedded.segment import CODED, Segment, keyed
from indexer.engine import Asking, Cursor, Found, Hit, Order, Scope
from indexer.language.analysis import Key, Needle, asked, needles
from indexer.question.tree import And, Column, Field, Not, Or, Term, Tree, Value, Where, wanted


class Measure(NamedTuple):
    """How much a match in a field counts, and how long such a field commonly is (cells)."""

    weight: float
    common: float


MEASURES: Mapping[Field, Measure] = {
    Field.TITLE: Measure(5.0, 16.0),
    Field.CODE: Measure(6.0, 10.0),
    Field.CREATOR: Measure(2.0, 8.0),
    Field.NUMBER: Measure(4.0, 6.0),
    Field.UNIT: Measure(3.0, 4.0),
    Field.CONTRACT: Measure(4.0, 6.0),
    Field.NAMES: Measure(2.0, 24.0),
    Field.BODY: Measure(1.0, 250.0),
}
#: A code typed whole, or its beginning with a star, however it is separated.
WHOLE: Mapping[Field, float] = {Field.CODE: 12.0, Field.NUMBER: 8.0, Field.UNIT: 6.0, Field.CONTRACT: 8.0}
_SATURATION, _LENGTH = 1.2, 0.6
_DIGITS = 9  # of a score: the same record has the same score on every page
_ORDER = {field: at for at, field in enumerate(Field)}


@dataclass(frozen=True, eq=False)
class Leaf:
    """One segment as a table of contents shows it; *alive*: for each document, whether it still is."""

    segment: Segment
    alive: Numbers
    sealed: bool
    file: str = ""


class Match(NamedTuple):
    """The documents in which a term stands, ascending, what that is worth, and the bits of the fields."""

    documents: Numbers
    worth: Numbers
    fields: Numbers


class Sought(NamedTuple):
    """A term as it is looked for: the phrase, and the date or code it may be."""

    row: tuple[Needle, ...]
    keys: tuple[Key, ...]


class Seeking(dict[Term, Sought]):
    """How terms are looked for: analysed once for all leaves."""

    def __missing__(self, term: Term) -> Sought:
        row = needles(term.text, prefix=term.prefix)
        sought = self[term] = Sought(row, asked(term.text, prefix=term.prefix))
        return sought


class View:
    """One leaf as one viewer may know it."""

    def __init__(self, leaf: Leaf, scope: Scope, seeking: Seeking) -> None:
        self.leaf, self.segment, self._seeking = leaf, leaf.segment, seeking
        self.seen = leaf.alive & self._granted(scope.see_buckets, scope.see_uids)
        for document in self.segment.documents(scope.without).values():
            self.seen[document] = False
        self.searched = self.seen & self._granted(scope.search_buckets, scope.search_uids)
        self._matches: dict[Term, Match] = {}

    def _granted(self, buckets: Iterable[str], uids: Iterable[str]) -> Numbers:
        opened = self.segment.facts(BUCKET).among(buckets)
        opened[list(self.segment.documents(uids).values())] = True
        return opened

    @cached_property
    def many(self) -> int:
        """How many documents the viewer sees."""
        return int(np.count_nonzero(self.seen))

    def allowed(self, field: Field) -> Numbers:
        """The documents for which a field answers."""
        return self.searched if field is Field.BODY else self.seen

    def match(self, term: Term) -> Match:
        """Where *term* stands, as far as the viewer may find it."""
        if term not in self._matches:
            self._matches[term] = self._match(term)
        return self._matches[term]

    def meant(self, tree: Tree) -> Numbers:
        """For each document, whether *tree* means it."""
        if isinstance(tree, Term):
            meant = np.zeros(len(self.segment), bool)
            meant[self.match(tree).documents] = True
            return meant
        if isinstance(tree, Where):
            return self.seen & self.segment.facts(tree.column.value).meeting(tree)
        if isinstance(tree, Not):
            return self.seen & ~self.meant(tree.part)
        meant = self.seen if isinstance(tree, And) else np.zeros(len(self.segment), bool)
        for part in sorted(tree.parts, key=_cost) if isinstance(tree, And) else tree.parts:
            if isinstance(tree, Or):
                meant = meant | self.meant(part)
            elif meant.any():
                meant = meant & self.meant(part)
        return meant

    def _match(self, term: Term) -> Match:
        found = [each for field in ((term.field,) if term.field else Field) for each in self._in(term, field)]
        if not found:
            return _NOWHERE
        if len(found) == 1:
            return found[0]
        worth, fields = np.zeros(len(self.segment)), np.zeros(len(self.segment), np.uint16)
        for match in found:
            worth[match.documents] += match.worth
            fields[match.documents] |= match.fields
        documents = np.flatnonzero(worth)
        return Match(documents, worth[documents], fields[documents])

    def _in(self, term: Term, field: Field) -> Iterator[Match]:
        """The matches in one field: of the words, and of a date or a code however it is written."""
        allowed, measure, sought = self.allowed(field), MEASURES[field], self._seeking[term]
        stands = occurrences(self.segment, field.value, sought.row, allowed)
        if len(stands.documents):
            lengths = self.segment.array(f"{field.value}.lengths")[stands.documents]
            worth = measure.weight * stands.times / (1 - _LENGTH + _LENGTH * lengths / measure.common)
            yield _matched(stands.documents, worth, field)
        documents = holding(self.segment, keyed(field), sought.keys, allowed) if sought.keys else _NONE
        if len(documents) and field not in CODED:
            documents = np.setdiff1d(documents, stands.documents, assume_unique=True)
        if len(documents):
            yield _matched(documents, np.full(len(documents), WHOLE.get(field, measure.weight)), field)


def views(leaves: Iterable[Leaf], scope: Scope) -> list[View]:
    """The leaves as one viewer may know them."""
    seeking = Seeking()
    return [View(leaf, scope, seeking) for leaf in leaves]


def _matched(documents: Numbers, worth: Numbers, field: Field) -> Match:
    return Match(documents, worth, np.full(len(documents), 1 << _ORDER[field], np.uint16))


_NONE = np.empty(0, np.int64)
_NOWHERE = Match(_NONE, np.empty(0), np.empty(0, np.uint16))


def _cost(tree: Tree) -> int:
    """Conditions before words: they are cheaper and often leave nothing to look up."""
    return 0 if isinstance(tree, Where) else 1


# --- answering --------------------------------------------------------------------------------


def found(leaves: Iterable[Leaf], tree: Tree, scope: Scope, asking: Asking) -> Found:
    """The page asked for; *leaves* are those of the partitions *scope* may touch."""
    seen = views(leaves, scope)
    terms = list(dict.fromkeys(wanted(tree)))
    known = asking.after.weights if asking.after else ()
    weights = known if len(known) == len(terms) else tuple(_rarity(term, seen) for term in terms)
    answers = [_Answer(view, tree, dict(zip(terms, weights, strict=True)), asking) for view in seen]
    rows = heapq.nsmallest(asking.offset + asking.limit, (row for one in answers for row in one.rows()))
    return Found(
        tuple(_hit(row, weights) for row in rows[asking.offset :]),
        sum(len(one.documents) for one in answers),
        {column: _counted(column, answers) for column in sorted(asking.facets)},
    )


class Row(NamedTuple):
    """A record found; sorts as asked, equal ones by code, then by uid."""

    key: float
    code: str
    uid: str
    score: float
    fields: int


class _Answer:
    """What one leaf answers."""

    def __init__(self, view: View, tree: Tree, rarity: Mapping[Term, float], asking: Asking) -> None:
        self._segment, self._asking = view.segment, asking
        self.documents = np.flatnonzero(view.meant(tree))
        self._score = np.zeros(len(view.segment))
        self._fields = np.zeros(len(view.segment), np.uint16)
        for term, weight in rarity.items():
            match = view.match(term)
            self._score[match.documents] += weight * match.worth / (_SATURATION + match.worth)
            self._fields[match.documents] |= match.fields

    def rows(self) -> Iterator[Row]:
        """The best documents, as many as can be on the page or before it."""
        keys, asking = self._keys(), self._asking
        rank = self._segment.array("code.rank")[self.documents]
        documents = self.documents
        if asking.after:
            later = self._later(keys, rank, asking.after)
            documents, keys, rank = documents[later], keys[later], rank[later]
        for at in _best(keys, rank, asking.offset + asking.limit).tolist():
            yield self._row(int(documents[at]), float(keys[at]))

    def counts(self, column: Column) -> dict[Value, int]:
        """How many of the documents have which value."""
        return self._segment.facts(column.value).counts(self.documents)

    def _keys(self) -> Numbers:
        match self._asking.order:
            case Order.RELEVANCE:
                return np.round(-self._score[self.documents], _DIGITS)
            case Order.CODE:
                return np.zeros(len(self.documents))
        days = self._segment.facts(Column.DATE.value).days[self.documents]
        return days if self._asking.order is Order.OLDEST else np.where(np.isinf(days), np.inf, -days)

    def _later(self, keys: Numbers, rank: Numbers, after: Cursor) -> Numbers:
        """The places of the documents that come after the cursor."""
        later = keys > after.key
        equal = np.flatnonzero(keys == after.key)
        equal = equal[np.argsort(rank[equal], kind="stable")]
        later[equal[bisect_right(equal, (after.code, after.uid), key=self._name) :]] = True
        return np.flatnonzero(later)

    def _name(self, at: int) -> tuple[str, str]:
        """Code and uid of the document at a place."""
        document = int(self.documents[at])
        return self._segment.codes[document], self._segment.uids[document]

    def _row(self, document: int, key: float) -> Row:
        score, fields = float(self._score[document]), int(self._fields[document])
        return Row(
            key, self._segment.codes[document], self._segment.uids[document], round(score, _DIGITS), fields
        )


def _best(keys: Numbers, rank: Numbers, most: int) -> Numbers:
    """The places of the *most* smallest keys, equal ones by rank; sorted."""
    places = np.arange(len(keys))
    if most < len(keys):
        border = np.partition(keys, most - 1)[most - 1]
        sure, equal = np.flatnonzero(keys < border), np.flatnonzero(keys == border)
        wanting = most - len(sure)
        if 0 < wanting < len(equal):
            equal = equal[np.argpartition(rank[equal], wanting - 1)[:wanting]]
        places = np.concatenate((sure, equal))
    return places[np.lexsort((rank[places], keys[places]))]


def _hit(row: Row, weights: tuple[float, ...]) -> Hit:
    fields = frozenset(field for field, at in _ORDER.items() if row.fields >> at & 1)
    return Hit(row.uid, row.score, fields, Cursor(row.key, row.code, row.uid, weights))


def _counted(column: Column, answers: Sequence[_Answer]) -> dict[Value, int]:
    total: Counter[Value] = Counter()
    for one in answers:
        total.update(one.counts(column))
    return dict(sorted(total.items(), key=lambda each: (-each[1], str(each[0]))))


def _rarity(term: Term, views: Sequence[View]) -> float:
    """BM25's weight of a rare term, counted among the open records the viewer sees."""
    opened = [view for view in views if not view.leaf.sealed]
    return rarity(sum(len(view.match(term).documents) for view in opened), sum(view.many for view in opened))


def rarity(having: int, every: int) -> float:
    """BM25's weight of what *having* of *every* record have."""
    return math.log(1 + (every - having + 0.5) / (having + 0.5))
