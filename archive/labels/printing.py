"""Labels of volumes, papers, boxes, bags and places, and separator sheets for the scanner (issue 6; R17).

The code and its QR code say the same, and that is what every command takes. Of records at 秘密 and above there is the
code and nothing else: a label is read by whoever passes the shelf.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from archive import registry
from archive.acts import Act
from archive.durable import handed_out
from archive.errors import BadValue, NotFound
from archive.forms.holdings import said_period
from archive.labels import drawing
from archive.labels.drawing import Label
from archive.labels.grids import grid
from archive.model import Item, Location, Record, Volume
from archive.policy import visible
from archive.scans.fates import MARK
from archive.unit import Unit
from archive.values import CONFIDENTIAL, PlaceKind, VolumeState
from archive.words import Language, say

#: Labels, or separator sheets, of one PDF.
MOST = 10_000
COPIES = 50
KINDS: tuple[type[Volume | Item], ...] = (Volume, Item)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What labels are printed of: codes, volumes (all, or of a class or year), places (all, or those in one)."""

    codes: Sequence[str] = ()
    volumes: bool = False
    class_code: str | None = None
    year: int | None = None
    places: bool = False
    under: str | None = None


@dataclass(frozen=True, slots=True)
class Sheets:
    """On which sheet or roll, from which label of the first sheet on, how many of each, in which language."""

    name: str
    start: int = 1
    copies: int = 1
    language: Language = Language.ZH


@dataclass(frozen=True, slots=True)
class Sheet:
    """Labels or separator sheets as a PDF: how many labels, pages, labels without room for words."""

    data: bytes
    labels: int
    pages: int
    bare: int


def print_labels(unit: Unit, chosen: Chosen, sheets: Sheets, target: Path) -> Sheet:
    """Write the labels to the new file *target* as PDF.

    Raises `NotFound`, `BadValue`, `LabelTooSmall`, `TargetExists`, `FileMissing` (no such folder), `InsideInstance`.
    """
    _pdf(target)
    return _written(unit, labels(unit, chosen, sheets), target)


def print_separators(unit: Unit, codes: Sequence[str], target: Path, language: Language) -> Sheet:
    """Write a separator sheet for each item, or for every item of each volume, to the new file *target* as PDF.

    Raises `NotFound`, `BadValue`, `TargetExists`, `FileMissing` (no such folder), `InsideInstance`.
    """
    _pdf(target)
    return _written(unit, separators(unit, codes, language), target)


def labels(unit: Unit, chosen: Chosen, sheets: Sheets) -> Sheet:
    """The labels as PDF in memory, logged; raises `NotFound`, `BadValue`, `LabelTooSmall`."""
    paper = grid(sheets.name)
    if not 1 <= sheets.start <= paper.cells:
        raise BadValue(field="label_start", value=sheets.start, expected=f"1–{paper.cells}")
    if not 1 <= sheets.copies <= COPIES:
        raise BadValue(field="label_copies", value=sheets.copies, expected=f"1–{COPIES}")
    things = _things(unit, chosen)
    _few(len(things) * sheets.copies)
    _acted(unit, things, paper.name, sheets.copies)
    told = _labels(unit, things, sheets.language)
    made = drawing.draw(told, paper, start=sheets.start, copies=sheets.copies)
    unit.log_now()
    return Sheet(made.data, len(told) * sheets.copies, made.pages, made.bare)


def separators(unit: Unit, codes: Sequence[str], language: Language) -> Sheet:
    """A separator sheet for each item, or for every item of each volume, as PDF in memory, logged.

    Raises `NotFound`, `BadValue`.
    """
    items = [item for code in codes for item in _items(unit, unit.record(code))]
    _few(len(items))
    _acted(unit, items, "separators", 1)
    heading, advice = say("label.separator", language), say("label.separator-advice", language)
    made = drawing.separators([item.reference_code for item in items], heading, advice, MARK)
    unit.log_now()
    return Sheet(made.data, len(items), made.pages, made.bare)


def _pdf(target: Path) -> None:
    """Raise `BadValue` for a name that says it is something else."""
    if target.suffix.lower() != ".pdf":
        raise BadValue(field="to", value=target.name, expected=".pdf")


def _acted(unit: Unit, things: Sequence[object], sheet: str, copies: int) -> None:
    """One line for the whole, naming how many are confidential (V25)."""
    secret = sum(isinstance(one, Record) and one.level >= CONFIDENTIAL for one in things)
    unit.act(Act.LABEL_PRINT, labels=len(things), confidential=secret, sheet=sheet, copies=copies)


def _written(unit: Unit, made: Sheet, target: Path) -> Sheet:
    with handed_out(target, unit.home) as file:
        file.write(made.data)
    return made


def _few(labels: int) -> None:
    if not 1 <= labels <= MOST:
        raise BadValue(field="codes", value=labels or "—", expected=f"1–{MOST}")


# --- what is labelled -------------------------------------------------------------------------


def _things(unit: Unit, chosen: Chosen) -> list[Volume | Item | Location]:
    found: list[Volume | Item | Location] = [_thing(unit, code) for code in chosen.codes]
    if chosen.volumes or chosen.class_code is not None or chosen.year is not None:
        found += _volumes(unit, chosen.class_code, chosen.year)
    if chosen.places or chosen.under is not None:
        found += _places(unit, chosen.under)
    return list({one.uid: one for one in found}.values())


def _thing(unit: Unit, code: str) -> Volume | Item | Location:
    """The place with this code, or the record, if this person may see it; raises `NotFound`."""
    place = unit.session.scalar(select(Location).where(Location.code == code))
    if place is not None:
        unit.look(Act.LOCATION_SEE)
        return place
    return unit.record(code)


def _volumes(unit: Unit, class_code: str | None, year: int | None) -> list[Volume]:
    """The volumes there are, by code, that this person may see; raises `NotFound` if there are none."""
    unit.look(Act.RECORD_SEE)
    rows = select(Volume).where(visible(unit.actor, Volume), Volume.state != VolumeState.DESTROYED)
    if class_code is not None:
        below = Volume.class_code.startswith(f"{class_code}·", autoescape=True)
        rows = rows.where((Volume.class_code == class_code) | below)
    if year is not None:
        rows = rows.where(Volume.archive_year == year)
    found = list(unit.session.scalars(rows.order_by(Volume.reference_code).limit(MOST + 1)))
    if not found:
        raise NotFound(what="volume", code=f"{class_code or ''} {year or ''}".strip())
    return found


def _places(unit: Unit, under: str | None) -> list[Location]:
    unit.look(Act.LOCATION_SEE)
    rows = select(Location).order_by(Location.code)
    if under is not None:
        rows = rows.where(Location.uid.in_(registry.within(unit.one(Location, "location", under))))
    return list(unit.session.scalars(rows.limit(MOST + 1)))


def _items(unit: Unit, record: Volume | Item) -> list[Item]:
    if isinstance(record, Item):
        return [record]
    rows = select(Item).where(Item.volume_uid == record.uid, visible(unit.actor, Item))
    return list(unit.session.scalars(rows.order_by(Item.seq_no)))


# --- what stands on a label -------------------------------------------------------------------


def _labels(unit: Unit, things: Sequence[Volume | Item | Location], language: Language) -> list[Label]:
    told = [one for one in things if isinstance(one, KINDS) and one.level < CONFIDENTIAL]
    titles = {one.uid: card.title for one, card in zip(told, unit.cards(told), strict=True)}
    return [
        Label(one.code, _of_place(unit, one, language))
        if isinstance(one, Location)
        else Label(one.reference_code, _of_record(one, titles.get(one.uid), language))
        for one in things
    ]


def _of_record(record: Volume | Item, title: str | None, language: Language) -> tuple[str, ...]:
    """Years and period, then the title; of what is 秘密 or above nothing."""
    if title is None:
        return ()
    return (f"{_years(record)}  {said_period(record.period, language)}", title)


def _years(record: Volume | Item) -> str:
    first, last = (
        (record.first_date, record.last_date) if isinstance(record, Volume) else (record.dated, record.dated)
    )
    years = sorted({day.year for day in (first, last) if day is not None}) or [record.archive_year]
    return "–".join(map(str, years))


def _of_place(unit: Unit, place: Location, language: Language) -> tuple[str, ...]:
    """What kind of place it is and its name; the codes it holds, from the first to the last that may be seen."""
    words = f"{say(place.kind.word, language)}  {place.name}".strip()
    if place.kind is PlaceKind.ROOM:
        return (words,)
    ends: list[str] = []
    for kind in KINDS:
        codes = kind.reference_code
        inside = kind.place_uid.in_(registry.within(place)), visible(unit.actor, kind)
        for row in unit.session.execute(select(func.min(codes), func.max(codes)).where(*inside)):
            ends += [code for code in row if code is not None]
    if not ends:
        return (words,)
    first, last = min(ends), max(ends)
    return (words, first if first == last else f"{first} – {last}")
