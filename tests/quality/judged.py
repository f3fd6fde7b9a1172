"""What a search should find: judged on what a record says as it is meant, by plain comparison of characters.

Nothing here folds, cuts or weighs as the index does; a judgement is a fact of the generated archive.
"""

from __future__ import annotations

import calendar
import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.quality.corpus import Piece, pieces
from tests.quality.slips import written

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """One judged search: what is typed, what else narrows it, and what the records found must say."""

    kind: str
    ask: str
    says: tuple[str, ...] = ()  # all of these
    any: tuple[str, ...] = ()  # and one of these
    none: tuple[str, ...] = ()  # and none of these
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # these in that field
    begins: Mapping[str, str] = field(default_factory=dict)  # that field begins so
    day: str = ""  # names this day, or a day of this month
    person: str = ""  # is about this very person, not one whose longer name begins so
    narrow: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Need:
    """A question in natural words; records are graded 3 (title), 2 (kind of paper), 1 (said), all *about* it."""

    ask: str
    title: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


@cache
def queries() -> tuple[Query, ...]:
    """The judged set: queries.toml."""
    return tuple(_query(kind, row) for kind, rows in _read("queries.toml").items() for row in rows)


@cache
def needs() -> tuple[Need, ...]:
    """The graded questions: needs.toml."""
    return tuple(Need(**_tuples(row)) for row in _read("needs.toml")["need"])


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text("utf-8"))


def _query(kind: str, row: Mapping[str, Any]) -> Query:
    fields = {name: tuple(words) for name, words in row.get("fields", {}).items()}
    return Query(kind, **_tuples({**row, "fields": fields}))


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


# --- judging ----------------------------------------------------------------------------------


@cache
def relevant(query: Query) -> frozenset[str]:
    """The uids of the records that *query* should find."""
    return frozenset(piece.entry.uid for piece in pieces() if _meets(query, piece))


def _meets(query: Query, piece: Piece) -> bool:
    text = squeezed(piece)
    return (
        all(stands(word, text) for word in query.says)
        and (not query.any or any(stands(word, text) for word in query.any))
        and not any(stands(word, text) for word in query.none)
        and all(
            stands(word, joined(piece.said[name])) for name, words in query.fields.items() for word in words
        )
        and all(piece.said[name].startswith(head) for name, head in query.begins.items())
        and (not query.person or query.person in piece.people)
        and (not query.day or _names(query.day, piece, text))
        and _narrowed(query.narrow, piece)
    )


def _narrowed(narrow: Mapping[str, Any], piece: Piece) -> bool:
    """True if the facts of *piece* are those asked for; ranges include both ends."""
    entry = piece.entry
    tests = {
        "class": lambda value: entry.class_code.startswith(f"{value}·"),
        "family": lambda value: entry.family == value,
        "department": lambda value: entry.department == value,
        "year": lambda value: value[0] <= piece.year <= value[1],
        "level": lambda value: value[0] <= entry.level <= value[1],
        "date": lambda value: value[0] <= piece.date <= value[1],
    }
    return all(tests[name](value) for name, value in narrow.items())


def _names(day: str, piece: Piece, text: str) -> bool:
    """True if *piece* names the day, or any day of the month, in whatever form."""
    if any(one in piece.days for one in _days(day)):
        return True
    likely = any(year in text for year in _years(day))
    return likely and any(stands(form, text) for form in _forms(day))


@cache
def _days(day: str) -> tuple[str, ...]:
    if len(day) == 10:
        return (day,)
    year, month = map(int, day.split("-"))
    return tuple(f"{day}-{number:02}" for number in range(1, calendar.monthrange(year, month)[1] + 1))


@cache
def _years(day: str) -> frozenset[str]:
    return frozenset(form[:4] for form in _forms(day))


@cache
def _forms(day: str) -> tuple[str, ...]:
    """Every way in which the days meant are written, and the month alone."""
    forms = [joined(form) for one in _days(day) for form in written(dt.date.fromisoformat(one))]
    if len(day) < 10:
        first = [joined(form) for form in written(dt.date.fromisoformat(f"{day}-01"))]
        forms += [form[: form.index("月") + 1] for form in first if "月" in form]
    return tuple(dict.fromkeys(forms))


def stands(word: str, text: str) -> bool:
    """True if *word* stands in *text*, and not as a part of a longer number or Latin word."""
    word = joined(word)
    at = text.find(word)
    while at >= 0:
        if not _goes_on(text, at, -1) and not _goes_on(text, at + len(word), 1):
            return True
        at = text.find(word, at + 1)
    return False


def _goes_on(text: str, border: int, way: int) -> bool:
    """True if a number or Latin word runs over *border*; 28,000 is one number."""
    if not 0 < border < len(text):
        return False
    left, right = text[border - 1], text[border]
    if left == "," and way < 0 and border > 1:
        return text[border - 2].isdigit() and right.isdigit()
    return _alike(left, right)


def _alike(left: str, right: str) -> bool:
    """True if both are digits or both are Latin letters."""
    return (_digit(left) and _digit(right)) or (_latin(left) and _latin(right))


def _digit(character: str) -> bool:
    return character.isascii() and character.isdigit()


def _latin(character: str) -> bool:
    return character.isascii() and character.isalpha()


@cache
def joined(text: str) -> str:
    """*text* in lower case, without blanks but those between two Latin words or two numbers."""
    row: list[str] = []
    for piece in text.lower().split():
        row.append(" " if row and _alike(row[-1][-1], piece[0]) else "")
        row.append(piece)
    return "".join(row)


def squeezed(piece: Piece) -> str:
    """Everything *piece* says, field by field, as characters are compared."""
    return _squeezed()[piece.entry.uid]


@cache
def _squeezed() -> dict[str, str]:
    return {piece.entry.uid: "\n".join(map(joined, piece.said.values())) for piece in pieces()}


# --- graded needs -----------------------------------------------------------------------------


@cache
def grades(need: Need) -> dict[str, int]:
    """How well each record answers *need*: 3, 2 or 1; the others are left out."""
    return {piece.entry.uid: grade for piece in pieces() if (grade := _grade(need, piece))}


def _grade(need: Need, piece: Piece) -> int:
    text, title = squeezed(piece), joined(piece.said["title"])
    if not all(stands(word, text) for word in need.about):
        return 0
    if need.title and _one_of(need.title, title):
        return 3
    if piece.doc_type in need.kind:
        return 2
    return int(_one_of(need.says, text))


def _one_of(groups: Sequence[str], text: str) -> bool:
    """True if all words of one group stand in *text*; words of a group are joined by +."""
    return any(all(stands(word, text) for word in group.split("+")) for group in groups)
