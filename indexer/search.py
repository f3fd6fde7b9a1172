"""From a person's words to the records he may see: policy in the index and again on the rows.

Decision 6: what is not in the catalogue right does not exist; totals, counts, suggestions and similar records
know only what the viewer may see. Who may see confidential records leaves a line, his words sealed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from archive import objects
from archive.acts import Act
from archive.errors import BadValue, Damaged
from archive.instance import Instance, Who
from archive.model import Item, Record
from archive.unit import Line, Unit
from archive.values import CONFIDENTIAL
from indexer import entries, facets, intake, pages, rebuilding, suggestions, synonyms, tokens
from indexer.engine import Asking, Engine, Found, Order, Scope
from indexer.narrowing import ANYTHING, Wanted, joined, meaning
from indexer.pages import Row
from indexer.question.query import Limit, parse, render
from indexer.question.tree import Column, Field, Tree
from indexer.scope import scope
from indexer.shelf import Shelf
from indexer.suggestions import Meant
from indexer.tokens import Place

T = TypeVar("T")

MOST = 200
_TRIES = 3
#: Characters of a record's text that records like it are sought by.
_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks: words, what they are narrowed to, in which order; *synonyms*: widened by them.

    *like*: the code of a record; asked are those that resemble it, best first, narrowed by the rest.
    """

    words: str = ""
    wanted: Wanted = ANYTHING
    order: Order = Order.RELEVANCE
    synonyms: bool = False
    like: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """Which part of the answer is shown: *limit* hits after *offset*, or after the token *after*; what is counted.

    With *offers* each row tells how its record stands now, and which of these acts the person may do to it.
    """

    limit: int = 20
    offset: int = 0
    after: str = ""
    facets: frozenset[Column] = frozenset()
    offers: frozenset[Act] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of hits, how many there are in all, and what may help the searcher on.

    *next*: the token of the following page, if there is one; *also*: words the question was widened by;
    *meant*: questions that find something where this one does not; *similar*: then the records nearest to it.
    """

    rows: list[Row]
    total: int
    offset: int
    next: str = ""
    facets: facets.Facets = field(default_factory=dict)
    also: tuple[str, ...] = ()
    meant: tuple[Meant, ...] = ()
    similar: tuple[Row, ...] = ()


def answer(instance: Instance, who: Who, shelf: Shelf, question: Question, cut: Cut = Cut()) -> Page:
    """`search` as an act of its own; an index found unfit is rebuilt, and the question asked again.

    Raises what `search` raises, and `Busy` while another process rebuilds an unfit index.
    """
    return _asked(instance, who, shelf, lambda unit: search(unit, shelf.engine(), question, cut))


def everything(instance: Instance, who: Who, shelf: Shelf, question: Question) -> list[str]:
    """The uids of all that *question* finds for this person, as an act of its own; no title or text is opened.

    Raises what `answer` raises, and `QueryTooLarge` past 50,000 hits.
    """
    return _asked(instance, who, shelf, lambda unit: _uids(unit, shelf.engine(), question))


def _asked(instance: Instance, who: Who, shelf: Shelf, ask: Callable[[Unit], T]) -> T:
    for tries in range(_TRIES):
        build = _build(shelf)
        try:
            with instance.ask(who, Act.RECORD_SEARCH) as unit:
                found = ask(unit)
            if build == _build(shelf):
                return found
        except intake.UNFIT:
            if tries == _TRIES - 1:
                raise
            if build == _build(shelf):
                rebuilding.mend(instance, build)
    return found


def _uids(unit: Unit, index: Engine, question: Question) -> list[str]:
    """All hits at once, judged by the index's scope; who opens one of them is judged again there."""
    unit.look(Act.RECORD_SEARCH)
    conditions = meaning(unit, joined(*question.wanted.conditions()))
    within = scope(unit, index)
    tree = joined(meaning(unit, parse(question.words)), conditions)
    found = index.find(tree, within, Asking(Limit.HITS.most, order=question.order))
    Limit.HITS.keep(found.total)
    if within.sealed:
        _line(unit, question).facts = {"total": found.total}
    return [hit.uid for hit in found.hits]


def _build(shelf: Shelf) -> str | None:
    try:
        return shelf.current()
    except Damaged:
        return None


def search(unit: Unit, index: Engine, question: Question, cut: Cut = Cut()) -> Page:
    """What *question* finds among the records the person may see; shows exact totals.

    Raises `QueryUnclear`, `QueryTooLarge`, `BadValue`, `ClassUnknown`, `ValueUnknown`, `NotFound`, `PageLost`;
    what makes the index unfit. A search that may touch confidential records leaves a line; its words are
    sealed (decision 6).
    """
    if not 0 < cut.limit <= MOST or cut.offset < 0:
        raise BadValue(field="limit", value=cut.limit, expected=f"1–{MOST}")
    unit.look(Act.RECORD_SEARCH)
    typed = parse(question.words)
    conditions = meaning(unit, joined(*question.wanted.conditions()))
    within = scope(unit, index)
    line = _line(unit, question) if within.sealed else None
    asker = _Asker(unit, index, within, question, cut)
    if question.like:
        page = asker.resembling(joined(meaning(unit, typed), conditions))
    else:
        page = asker.asked(typed, conditions)
    if line is not None:
        line.facts = {"total": page.total, "confidential": _confidential(page)}
    return page


def _line(unit: Unit, question: Question) -> Line:
    """The line of a search that may touch confidential records; what was asked is sealed in it."""
    told = {"words": question.words, "like": question.like}
    if question.wanted != ANYTHING:
        told["narrowed"] = render(joined(*question.wanted.conditions()))
    unit.act(
        Act.RECORD_SEARCH, private={name: text for name, text in told.items() if text or name == "words"}
    )
    return unit.lines[-1]


def _confidential(page: Page) -> int:
    """How much of what is shown is confidential (V25)."""
    return sum(row.level >= CONFIDENTIAL for row in (*page.rows, *page.similar))


class _Asker:
    """One question, asked of one index by one person."""

    def __init__(self, unit: Unit, index: Engine, within: Scope, question: Question, cut: Cut) -> None:
        self._unit, self._index, self._within = unit, index, within
        self._question, self._cut = question, cut

    def asked(self, typed: Tree, conditions: Tree) -> Page:
        """The page that the words find; where they find nothing, what else would."""
        every = synonyms.groups(self._unit) if self._question.synonyms else ()
        tree, also = synonyms.widened(joined(meaning(self._unit, typed), conditions), every)
        place = self._place(tree)
        asking = Asking(
            self._cut.limit, 0 if place else self._cut.offset, place.cursor if place else None,
            self._question.order, self._cut.facets,
        )  # fmt: skip
        found = self._index.find(tree, self._within, asking)
        page = self._page(tree, found, place.before if place else self._cut.offset)
        page = replace(page, also=also, next=self._next(tree, found, page))
        return page if found.total else self._helped(page, typed, conditions)

    def _place(self, tree: Tree) -> Place | None:
        if not self._cut.after:
            return None
        return tokens.place(self._unit, tree, self._question.order, self._cut.after)

    def _page(self, tree: Tree, found: Found, offset: int) -> Page:
        rows = self._opened(tree, found)
        total = found.total - (len(found.hits) - len(rows))
        return Page(rows, total, offset, facets=facets.named(self._unit, found.facets))

    def _opened(self, tree: Tree, found: Found) -> list[Row]:
        return pages.opened(self._unit, tree, found.hits, self._cut.offers)

    def _next(self, tree: Tree, found: Found, page: Page) -> str:
        """The token of the page after this one, if anything is left."""
        before = page.offset + len(found.hits)
        if not found.hits or before >= found.total:
            return ""
        return tokens.token(self._unit, tree, self._question.order, Place(found.hits[-1].cursor, before))

    def _helped(self, page: Page, typed: Tree, conditions: Tree) -> Page:
        """What may help on where nothing was found: other questions, and records near to the words."""

        def complete(tree: Tree) -> Tree:
            return joined(meaning(self._unit, tree), conditions)

        helper = suggestions.Helper(self._index, self._within, complete)
        meant = helper.meant(typed)
        tree, found = helper.near(typed, conditions)
        return replace(page, meant=meant, similar=tuple(self._opened(tree, found)))

    def resembling(self, narrowed: Tree) -> Page:
        """The records most like the one named, itself left out."""
        record = self._unit.record(self._question.like)
        texts = self._texts(record)
        within = replace(self._within, without=self._within.without | {record.uid})
        found = self._index.alike(texts, within, narrowed=narrowed, limit=self._cut.limit)
        return self._page(suggestions.pairs(" ".join(texts.values())), found, 0)

    def _texts(self, record: Record) -> dict[Field, str]:
        """What a record says, as far as this person may use it: its text only if he may search it."""
        self._unit.look(Act.RECORD_SEE, record)
        texts: dict[Field, str] = {}
        try:
            texts = entries.described(record, self._unit.card(record), entries.Names(self._unit))
            if isinstance(record, Item) and self._unit.may(Act.RECORD_SEARCH, record):
                self._unit.look(Act.RECORD_SEARCH, record)
                texts[Field.BODY] = objects.text_of(self._unit, record)[:_TEXT]
        except entries.UNREADABLE:
            pass  # what does not open is named by `vault verify`; the rest may do
        return {part: text for part, text in texts.items() if text and part is not Field.CODE}
