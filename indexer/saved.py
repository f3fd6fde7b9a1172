"""Searches that people keep under a name: each sees, runs and removes his own, and nobody another's.

Name and question are sealed with the instance's key, bound to the row; the name is found by its fingerprint.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from archive.acts import Act
from archive.cards import plain
from archive.errors import BadValue, CodeTaken, NotFound
from archive.model import SavedSearch, new_uid
from archive.unit import Unit
from indexer.engine import Order
from indexer.narrowing import joined
from indexer.question.query import parse, render
from indexer.search import Question

KEY = "saved-search"
#: How many searches one person keeps, and how long a name is.
MOST, LONGEST = 200, 40


@dataclass(frozen=True, slots=True)
class Saved:
    """A kept search, opened: its name, the question as it is typed, its order, whether it is widened."""

    name: str
    words: str
    order: Order
    synonyms: bool
    saved_at: dt.datetime

    @property
    def question(self) -> Question:
        """The same to be asked."""
        return Question(self.words, order=self.order, synonyms=self.synonyms)


def keep(unit: Unit, name: str, question: Question, *, replace: bool = False) -> Saved:
    """Keep *question* under *name*, its conditions written out in its words.

    Raises `QueryUnclear`, `QueryTooLarge`; `BadValue` for no name or too many searches; `CodeTaken` unless
    it is to *replace* the one so called.
    """
    name = _named(name)
    words = render(joined(parse(question.words), *question.wanted.conditions()))
    unit.act(Act.SAVED_KEEP, private={"name": name, "words": words})
    found = _find(unit, name)
    if found is not None and not replace:
        raise CodeTaken(code=name)
    count = select(func.count()).select_from(SavedSearch).where(SavedSearch.person_uid == unit.actor.uid)
    if found is None and (unit.session.scalar(count) or 0) >= MOST:
        raise BadValue(field="saved", value=MOST + 1, expected=f"≤ {MOST}")
    row = found or SavedSearch(uid=new_uid(), person_uid=unit.actor.uid)
    made = Saved(name, words, question.order, question.synonyms, unit.now)
    return _write(unit, row, made)


def rename(unit: Unit, name: str, to: str) -> Saved:
    """Call a kept search otherwise; raises `NotFound`, `CodeTaken`, `BadValue`."""
    to = _named(to)
    unit.act(Act.SAVED_KEEP, private={"name": name, "to": to})
    row = _one(unit, name)
    other = _find(unit, to)
    if other is not None and other.uid != row.uid:
        raise CodeTaken(code=to)
    was = _opened(unit, row)
    return _write(unit, row, Saved(to, was.words, was.order, was.synonyms, was.saved_at))


def remove(unit: Unit, name: str) -> None:
    """Forget a kept search; raises `NotFound`."""
    unit.act(Act.SAVED_REMOVE, private={"name": name})
    unit.session.delete(_one(unit, name))


def listed(unit: Unit) -> Sequence[Saved]:
    """One's own kept searches, by name."""
    unit.look(Act.SAVED_SEE)
    rows = select(SavedSearch).where(SavedSearch.person_uid == unit.actor.uid)
    return sorted((_opened(unit, row) for row in unit.session.scalars(rows)), key=lambda one: one.name)


def named(unit: Unit, name: str) -> Saved:
    """One's own kept search called *name*; raises `NotFound`, alike where another person has one."""
    unit.look(Act.SAVED_SEE)
    return _opened(unit, _one(unit, name))


def _one(unit: Unit, name: str) -> SavedSearch:
    found = _find(unit, name)
    if found is None:
        raise NotFound(what="saved", code=name)
    return found


def _find(unit: Unit, name: str) -> SavedSearch | None:
    mine = SavedSearch.person_uid == unit.actor.uid
    return unit.session.scalar(select(SavedSearch).where(mine, SavedSearch.name_mac == _mac(unit, name)))


def _mac(unit: Unit, name: str) -> str:
    return unit.keys.mac("saved-name", f"{unit.actor.uid}|{' '.join(name.split()).casefold()}".encode()).hex()


def _named(name: str) -> str:
    text = " ".join(name.split())
    if not 1 <= len(text) <= LONGEST or not text.isprintable():
        raise BadValue(field="name", value=text[:LONGEST] or "—", expected=f"1–{LONGEST}")
    return text


def _write(unit: Unit, row: SavedSearch, saved: Saved) -> Saved:
    card = {"name": saved.name, "words": saved.words, "order": saved.order.value, "synonyms": saved.synonyms}
    row.name_mac, row.saved_at = _mac(unit, saved.name), saved.saved_at
    row.card = unit.keys.seal_with(KEY, _place(row), plain(card))
    unit.session.add(row)
    unit.session.flush()
    return saved


def _opened(unit: Unit, row: SavedSearch) -> Saved:
    card = json.loads(unit.keys.open_with(KEY, _place(row), row.card))
    return Saved(card["name"], card["words"], Order(card["order"]), card["synonyms"], row.saved_at)


def _place(row: SavedSearch) -> bytes:
    return f"saved|{row.person_uid}|{row.uid}".encode()
