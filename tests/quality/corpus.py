"""The archive that searches are judged on: 1,500 papers of an invented office, what they say and how it is written.

A `Piece` has both: `said`, the text as it is meant (simplified, half width, dates by the day, codes with
hyphens), which alone is judged, and `entry`, what the index is given. No code of the index is used here.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from archive import samples
from archive.samples.names import COMPANY
from indexer.engine import Entry
from tests.quality import slips, wear

PAPERS = 1_150
SLIPS = 350
BUCKET = "all"
_PERIODS = {"ZX": "D30", "HT": "D10", "YH": "D10", "WS": "D30"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One record: its text as meant, by field; days and people it names; its facts; how it was worn."""

    said: dict[str, str]
    days: frozenset[str]
    people: frozenset[str]
    doc_type: str
    year: int
    date: str
    worn: str
    entry: Entry

    @property
    def whole(self) -> str:
        """Everything it says."""
        return "\n".join(self.said.values())


@cache
def pieces() -> tuple[Piece, ...]:
    """The archive; always the same."""
    made = [*_papers(), *_slips()]
    return tuple(_piece(number, *parts) for number, parts in enumerate(made))


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a record is catalogued by."""

    class_code: str
    department: str
    date: dt.date
    doc_type: str
    days: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()


Made = tuple[_Facts, dict[str, str], dict[str, str]]  # facts, as meant, as written


def _papers() -> Iterator[Made]:
    """The papers of the sample office: letters, contracts, dossiers and daily records."""
    codes = _Codes()
    for paper in samples.papers(samples.office(), PAPERS):
        fields = {
            "title": paper.title,
            "code": codes.next(paper.class_code, paper.year, paper.volume),
            "creator": paper.creator,
            "number": paper.document_no or "",
            "unit": paper.premises or "",
            "contract": paper.fields.get("contract_no", ""),
            "names": "\n".join(_named(paper)),
            "body": "\n".join((*paper.paragraphs, *("，".join(row) for row in paper.table))),
        }
        facts = _Facts(paper.class_code, paper.department, paper.date, paper.doc_type)
        yield facts, fields, fields


def _named(paper: samples.Paper) -> Iterator[str]:
    """The dossier, and who stands in the fields of the family."""
    yield from filter(None, [paper.project, *(paper.fields.get(name) for name in _NAMING)])


_NAMING = ("occupant", "counterparty", "fitout_contractor", "correspondent", "emergency_contact", "permit_no")


def _slips() -> Iterator[Made]:
    """Slips whose facts are written in many ways."""
    codes = _Codes(first=500)
    for number in range(SLIPS):
        rng = random.Random(f"slip {number}")
        form = slips.FORMS[number % len(slips.FORMS)]
        meant, put = slips.slip(form, rng)
        day = dt.date.fromisoformat(meant.get("day", "2018-03-07"))
        code = codes.next(form.class_code, day.year, (form.class_code, meant.get("unit", "")))
        named = frozenset(meant[hole] for hole in ("day", "until") if hole in meant)
        people = frozenset(meant[hole] for hole in ("name", "other") if hole in meant)
        facts = _Facts(form.class_code, form.department, day, form.doc_type, named, people)
        yield facts, _filled(form, code, meant), _filled(form, code, put)


def _filled(form: slips.Form, code: str, facts: dict[str, str]) -> dict[str, str]:
    return {
        "title": form.title.format_map(facts),
        "code": code,
        "creator": COMPANY,
        "number": "",
        "unit": facts.get("unit", ""),
        "contract": facts.get("contract", ""),
        "names": facts["name"],
        "body": form.body.format_map(facts),
    }


class _Codes:
    """Reference codes: K001-ZY·ZX·2019·D30-0007-003."""

    def __init__(self, first: int = 0) -> None:
        self._volumes: dict[tuple[object, ...], int] = {}
        self._numbers: Counter[object] = Counter()
        self._first = first

    def next(self, class_code: str, year: int, volume: tuple[str, ...]) -> str:
        """The code of the next paper in *volume*."""
        family = class_code.partition("·")[0]
        series = f"K001-{'WS' if family == 'WS' else f'ZY·{family}'}·{year}·{_PERIODS.get(family, 'D5')}"
        key = (series, volume)
        if key not in self._volumes:
            self._numbers[series] += 1
            self._volumes[key] = self._first + self._numbers[series]
        self._numbers[key] += 1
        return f"{series}-{self._volumes[key]:04}-{self._numbers[key]:03}"


def _piece(number: int, facts: _Facts, said: dict[str, str], put: dict[str, str]) -> Piece:
    """The record as it goes into the index: its title and text worn as its turn says."""
    rng = random.Random(f"wear {number}")
    worn = wear.TURNS[number % len(wear.TURNS)]
    changed = {name: wear.KINDS[worn](put[name], rng) for name in ("title", "creator", "names", "body")}
    level = (0, 10, 10, 20)[number % 4]
    entry = Entry(
        uid=f"q{number:05}",
        version=1,
        sealed=level >= 20,
        **{**put, **changed},
        kind="item",
        class_code=_path(facts.class_code),
        family=facts.class_code.partition("·")[0],
        year=facts.date.year,
        level=level,
        department=facts.department,
        date=facts.date.isoformat(),
        bucket=BUCKET,
    )
    return Piece(
        said, facts.days, facts.people, facts.doc_type, facts.date.year, facts.date.isoformat(), worn, entry
    )


def _path(class_code: str) -> str:
    """A class and the classes around it, outermost first."""
    family = class_code.partition("·")[0]
    return f"{family}·" if family == class_code else f"{family}·{class_code.partition('·')[2]}·"
