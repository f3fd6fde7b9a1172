"""What a searcher may mean while he is still typing: phrases of titles, records by title or code, classes.

Everything is asked within the person's own scope and never of confidential records, not even for those who may see
them: a list that opens by itself, with every key, must not show them over a shoulder nor fill the log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import select

from archive.acts import Act
from archive.errors import QueryTooLarge, QueryUnclear
from archive.model import RecordClass
from archive.unit import Unit
from archive.words import Language
from indexer import pages
from indexer.engine import Asking, Engine, Order
from indexer.narrowing import meaning
from indexer.question.query import parse, render
from indexer.question.tree import Column, Field, Or, Term, Tree, Where, replaced
from indexer.scope import scope

#: How much is offered of each, how many titles are looked at, and what is too long to be completed.
PHRASES, RECORDS, CLASSES, TITLES, LONGEST = 4, 4, 2, 12, 60
#: Where a phrase of a title ends, and how long it gets.
_END = re.compile(r"[\s，。、；：,.;:!?！？（）()《》〈〉【】\[\]“”\"'—…/]")
_PHRASE = 14


class Offer(StrEnum):
    """What a completion is."""

    PHRASE = "phrase"
    CLASS = "class"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Completion:
    """One line: the question it means, how it is told, and of a record its code."""

    offer: Offer
    words: str
    told: str
    spans: pages.Spans = ()
    code: str = ""


def offered(unit: Unit, index: Engine, typed: str, language: Language = Language.ZH) -> list[Completion]:
    """What *typed* may go on to be, phrases first; nothing for what cannot be read as a question (yet)."""
    unit.look(Act.RECORD_SEARCH)
    text = typed.strip()
    if not 0 < len(text) <= LONGEST:
        return []
    try:
        tree = _beginning(parse(text))
    except (QueryUnclear, QueryTooLarge):
        return []
    rows = _rows(unit, index, tree)
    return [
        *_phrases(text, [row.title for row in rows]),
        *_classes(unit, text, language),
        *(Completion(Offer.RECORD, row.code, row.title, row.title_spans, row.code) for row in rows[:RECORDS]),
    ]


def _beginning(tree: Tree) -> Tree:
    """*tree* with each free word as the beginning of a word of a title or a code."""

    def change(part: Term | Where) -> Tree:
        if isinstance(part, Where) or part.field is not None:
            return part
        return Or(tuple(replace(part, field=field, prefix=True) for field in (Field.TITLE, Field.CODE)))

    return replaced(tree, change)


def _rows(unit: Unit, index: Engine, tree: Tree) -> list[pages.Row]:
    within = replace(scope(unit, index), sealed=False)
    hits = index.find(meaning(unit, tree), within, Asking(TITLES, order=Order.RELEVANCE)).hits
    return pages.opened(unit, tree, hits, texts=False)


def _phrases(text: str, titles: Sequence[str]) -> Iterator[Completion]:
    """How the last word goes on in *titles*, the rest of the question before it."""
    *first, last = text.split(" ")
    lead = " ".join([*first, ""])
    if not last or not last[-1].isalnum():
        return
    found: dict[str, None] = {}
    for title in titles:
        at = title.casefold().find(last.casefold())
        if at >= 0:
            rest = _END.split(title[at + len(last) : at + _PHRASE], maxsplit=1)[0]
            found |= {last + rest: None} if rest else {}
    for phrase in list(found)[:PHRASES]:
        yield Completion(Offer.PHRASE, lead + phrase, lead + phrase, ((len(lead), len(lead) + len(last)),))


def _classes(unit: Unit, text: str, language: Language) -> Iterator[Completion]:
    """Classes so called, as a condition in place of the last word."""
    *first, last = text.split(" ")
    if len(last) < 2 or not unit.may(Act.CLASS_SEE):
        return
    rows = select(RecordClass.code, RecordClass.name, RecordClass.name_en).order_by(RecordClass.sort)
    named = [
        (code, name if language is Language.ZH else english)
        for code, name, english in unit.session.execute(rows)
        if last.casefold() in f"{code}\n{name}\n{english}".casefold()
    ]
    for code, name in named[:CLASSES]:
        condition = render(Where(Column.CLASS, code), language)
        yield Completion(Offer.CLASS, " ".join([*first, condition]), name)
