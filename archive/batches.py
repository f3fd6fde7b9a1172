"""Several papers entered at once, as a clerk types them into a table: each cell checked, then all filed or the good ones.

Cells are text; what cannot be taken is told by row and column, and nothing is filed by `checked`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from archive import classes, items, papers
from archive.acts import Act
from archive.errors import ArchiveError, BadValue, VolumeClosed
from archive.fields import TABLE, day
from archive.fields import Field as FamilyField
from archive.fields import checked as field_checked
from archive.model import Item, RecordClass, Volume
from archive.papers import Paper
from archive.unit import Unit
from archive.values import Family, Level, UseMode, VolumeState
from archive.volumes import Found, Matter, look_up, prospect

#: The columns every class has; those of its family follow.
COLUMNS = (
    "title", "dated", "document_no", "creator", "doc_type", "pages", "level", "party", "premises", "note",
)  # fmt: skip
#: What the volumes of a class are kept for, and so must be said of a paper of it.
DEMANDED: Mapping[str, tuple[str, ...]] = {
    "premises": ("premises",),
    "project": ("premises", "dossier"),
    "contract": ("dossier",),
    "person": ("party",),
    "party": ("party",),
}
#: Rows of one batch.
MOST = 500
#: The field of a form at which an error without one is told.
AT: Mapping[str, str] = {
    "level-below": "level", "level-above": "level", "period-mixed": "period", "pages-overlap": "first_page",
    "sources-mixed": "party", "dossier-differs": "dossier", "class-unknown": "class_code", "volume-closed": "volume",
}  # fmt: skip
_NAMED = {"class": "class_code", "number": "document_no"}


@dataclass(frozen=True, slots=True)
class Common:
    """What holds for every row: the open volume they go into, or what they are about.

    A matter of the year 0 is, for each paper, of the year it is dated in.
    """

    volume: str | None = None
    matter: Matter | None = None


@dataclass(frozen=True, slots=True)
class Slip:
    """What is wrong with a cell: the row from 0, the column (empty: of the whole row), why."""

    row: int
    column: str
    error: ArchiveError


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows as papers, where they can be read, and everything that is wrong with them."""

    rule: RecordClass
    papers: Mapping[int, Paper]
    slips: Sequence[Slip] = field(default=())

    @property
    def good(self) -> list[int]:
        """The rows that may be filed."""
        bad = {slip.row for slip in self.slips}
        return [row for row in self.papers if row not in bad]


def field_of(error: ArchiveError) -> str:
    """The field of a form that *error* is about; empty if it is about none."""
    told = error.facts.get("field")
    if isinstance(told, FamilyField):
        return told.name
    if error.code == "not-found":
        told = error.facts.get("what")
    return AT.get(error.code, _NAMED.get(str(told), str(told)) if told else "")


@dataclass(frozen=True, slots=True)
class Filing:
    """What a class asks of the papers filed in it; *demands*: what must be said for them to find their volume."""

    code: str
    name: str
    name_en: str
    family: Family
    level: Level
    period: str
    use_mode: UseMode
    alone: bool
    demands: tuple[str, ...]


def filing(unit: Unit, code: str) -> Filing:
    """What the class *code* asks for; raises `ClassUnknown` with the nearest."""
    unit.look(Act.CLASS_SEE)
    rule = classes.usable(unit, code)
    return Filing(
        rule.code, rule.name, rule.name_en, rule.family, Level(rule.level), rule.period, rule.use_mode,
        rule.kept_by == "item", DEMANDED.get(rule.volume_by, ()),
    )  # fmt: skip


def columns(family: Family) -> tuple[str, ...]:
    """The columns of a batch of this family."""
    return (*COLUMNS, *(one.name for one in TABLE[family]))


def check(unit: Unit, common: Common, rows: Sequence[Mapping[str, str]]) -> Batch:
    """What would become of *rows*: nothing is written. Rows without a word are passed over.

    Raises what stands against all of them: an unknown class or volume, a closed volume, what the policy refuses.
    """
    homes = _Homes(unit, common)
    if len(rows) > MOST:
        raise BadValue(field="rows", value=len(rows), expected=f"≤ {MOST}")
    found: dict[int, Paper] = {}
    slips: list[Slip] = []
    for number, row in enumerate(rows):
        if any(text.strip() for text in row.values()):
            paper, wrong = _read(homes.rule, row)
            slips += [Slip(number, column, error) for column, error in wrong]
            if paper is not None:
                found[number] = paper
    slips += _described(unit, homes, found)
    return Batch(homes.rule, found, slips)


def file(unit: Unit, common: Common, batch: Batch) -> list[Item]:
    """File the good rows of *batch*, all in this one unit of work; those of one volume in their order."""
    chosen = [batch.papers[row] for row in batch.good]
    if not chosen:
        return []
    if common.volume is not None:
        return items.file_into(unit, common.volume, chosen)
    assert common.matter is not None
    together: dict[Matter, list[Paper]] = {}
    for paper in chosen:
        together.setdefault(_matter(unit, common.matter, paper), []).append(paper)
    return [item for matter, some in together.items() for item in items.file_matter(unit, matter, some)]


def _matter(unit: Unit, common: Matter, paper: Paper) -> Matter:
    """What *paper* is about: what it says itself before what was said for all."""
    return replace(
        common,
        premises=paper.premises or common.premises,
        party=paper.party or common.party,
        year=common.year or (paper.dated or unit.today).year,
    )


class _Homes:
    """Where rows would go, judged once and looked up once for each matter."""

    def __init__(self, unit: Unit, common: Common) -> None:
        self._unit, self._common = unit, common
        self._found: dict[Matter, Found] = {}
        self._volume: Volume | None = None
        if common.volume is not None:
            self._volume = unit.volume(common.volume)
            _may(unit, self._volume)
            if self._volume.state is not VolumeState.OPEN:
                raise VolumeClosed(code=self._volume.reference_code, state=self._volume.state)
            self.rule = unit.session.get_one(RecordClass, self._volume.class_code)
        else:
            assert common.matter is not None
            self.rule = classes.usable(unit, common.matter.class_code)
            _may(unit, prospect(self.rule, common.matter))

    def of(self, paper: Paper) -> Volume | Found:
        """The volume, or the matter of *paper* looked up ahead; raises as `volumes.look_up`."""
        if self._volume is not None:
            return self._volume
        assert self._common.matter is not None
        matter = _matter(self._unit, self._common.matter, paper)
        if matter not in self._found:
            self._found[matter] = look_up(self._unit, matter, ahead=True)
        return self._found[matter]


def _may(unit: Unit, home: Volume) -> None:
    if not unit.may(Act.ITEM_FILE, home):
        unit.act(Act.ITEM_FILE, home)


def _described(unit: Unit, homes: _Homes, found: Mapping[int, Paper]) -> Iterator[Slip]:
    """What the catalogue has against each paper."""
    sources = papers.sources_of(unit, list(found.values()))
    for number, paper in found.items():
        try:
            papers.described(unit, homes.rule, homes.of(paper), paper, sources)
        except ArchiveError as error:
            yield Slip(number, field_of(error), error)


# --- one row ------------------------------------------------------------------------------------


def _read(rule: RecordClass, row: Mapping[str, str]) -> tuple[Paper | None, list[tuple[str, ArchiveError]]]:
    """A row as a paper, and what is wrong with its cells."""
    told: dict[str, Any] = {}
    wrong: list[tuple[str, ArchiveError]] = []
    for name in COLUMNS:
        text = row.get(name, "").strip()
        try:
            told[name] = READ.get(name, _text)(name, text)
        except ArchiveError as error:
            wrong.append((name, error))
    fields, more = _fields(rule, row)
    wrong += more
    if wrong:
        return None, wrong
    return Paper(**told, fields=fields), []


def _fields(
    rule: RecordClass, row: Mapping[str, str]
) -> tuple[dict[str, str], list[tuple[str, ArchiveError]]]:
    told = {one.name: text for one in TABLE[rule.family] if (text := row.get(one.name, "").strip())}
    wrong: list[tuple[str, ArchiveError]] = []
    for name, text in told.items():
        try:
            field_checked(rule.family, {name: text}, complete=False)
        except ArchiveError as error:
            wrong.append((name, error))
    if not wrong:
        try:
            return field_checked(rule.family, told), []
        except ArchiveError as error:
            wrong.append((field_of(error), error))
    return told, wrong


def _text(name: str, text: str) -> str:
    if len(text) > 2000 or not text.isprintable():
        raise BadValue(field=name, value=text[:40], expected="", letters=2000)
    return text


def _title(name: str, text: str) -> str:
    if not text:
        raise BadValue(field=name, value="—", expected="2–200")
    return _text(name, text)


def _day(name: str, text: str) -> dt.date | None:
    return day(text, name) if text else None


def _pages(name: str, text: str) -> int:
    if not text:
        return 1
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise BadValue(field=name, value=text[:20], expected="0–100000")
    return int(text)


def _level(_: str, text: str) -> Level | None:
    return Level.named(text) if text else None


def _code(name: str, text: str) -> str | None:
    return (text.replace("-", "") if name == "premises" else text) or None


#: How each column is read, but for plain text.
READ: Mapping[str, Callable[[str, str], Any]] = {
    "title": _title, "dated": _day, "pages": _pages, "level": _level, "party": _code, "premises": _code,
}  # fmt: skip
