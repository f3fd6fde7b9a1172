"""What the archive holds, counted: volumes, items, pages, electronic files, by one point of view (F8).

Group-by questions over what this person may see (decision 6): no row is read one by one, no card is opened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, distinct, func, select
from sqlalchemy.orm import aliased

from archive.acts import Act
from archive.custody.shelves import Ladder
from archive.model import Blob, Department, DigitalObject, Item, RecordClass, Volume
from archive.policy import visible
from archive.unit import Unit
from archive.values import Family, Level, ObjectPurpose, VolumeState, Worded
from archive.words import Language, say, spoken

#: What is no longer here.
GONE = (VolumeState.TRANSFERRED, VolumeState.DESTROYED)
Kind = type[Volume | Item]


class View(Worded):
    """By what holdings are counted."""

    CLASS = "CLASS"
    YEAR = "YEAR"
    LEVEL = "LEVEL"
    PLACE = "PLACE"
    DEPARTMENT = "DEPARTMENT"
    FAMILY = "FAMILY"
    PERIOD = "PERIOD"
    STATE = "STATE"


@dataclass(frozen=True, slots=True)
class Amount:
    """How much: volumes, items (in volumes or alone), pages, electronic files, their bytes, items that have any."""

    volumes: int = 0
    items: int = 0
    pages: int = 0
    files: int = 0
    bytes: int = 0
    electronic: int = 0

    def __add__(self, other: Amount) -> Amount:
        """Both together."""
        return Amount(
            self.volumes + other.volumes, self.items + other.items, self.pages + other.pages,
            self.files + other.files, self.bytes + other.bytes, self.electronic + other.electronic,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class HoldingLine:
    """One group: its key as the catalogue has it, its name, and how much is in it."""

    key: str
    name: str
    volumes: int
    items: int
    pages: int
    files: int
    bytes: int


#: The column of a record that each point of view groups by; a place is worked out of two.
_COLUMNS: Mapping[View, str] = {
    View.CLASS: "class_code",
    View.YEAR: "archive_year",
    View.LEVEL: "level",
    View.DEPARTMENT: "department",
    View.FAMILY: "family",
    View.PERIOD: "period",
    View.STATE: "state",
}
#: From the shortest to the longest.
_PERIODS = "TDEY"


def holdings(
    unit: Unit, view: View, language: Language, *, accepted: bool = False, class_code: str | None = None
) -> list[HoldingLine]:
    """What this person may see of what is here, by *view*; by state also what is gone.

    *accepted*: only what the archive has taken in. Places are told by cabinet, or by room where there is none.
    """
    unit.look(Act.STATISTICS_SEE)

    def meant(kind: Kind) -> ColumnElement[bool]:
        wanted: list[ColumnElement[bool]] = [] if view is View.STATE else [kind.state.not_in(GONE)]
        if accepted:
            wanted.append(kind.held_on.is_not(None))
        if class_code:
            below = kind.class_code.startswith(f"{class_code}·", autoescape=True)
            wanted.append((kind.class_code == class_code) | below)
        return and_(visible(unit.actor, kind), *wanted)

    columns = [_COLUMNS[view]] if view in _COLUMNS else []
    found = {key: amount for (key,), amount in counted(unit, meant, columns).items()}
    return _told(unit, view, found, language)


def counted(
    unit: Unit, meant: Callable[[Kind], ColumnElement[bool]], columns: Sequence[str], *, share: bool = False
) -> dict[tuple[Any, ...], Amount]:
    """How much of what *meant* chooses, by *columns* of the records (none: by the place they stand in).

    Three questions, however many columns; *share* counts the items that have a file as well, which takes twice as
    long. The caller has judged, and *meant* holds only what the reader may see.
    """
    amounts: dict[tuple[Any, ...], Amount] = defaultdict(Amount)
    wide = len(columns) or 1

    def add(rows: Any, *names: str) -> None:
        for row in unit.session.execute(rows):
            numbers = (int(number or 0) for number in row[wide:])
            amounts[tuple(row[:wide])] += Amount(**dict(zip(names, numbers, strict=True)))

    add(_volumes(columns).where(meant(Volume)), "volumes")
    add(_items(columns, func.count(), func.sum(Item.page_count)).where(meant(Item)), "items", "pages")
    more = {"electronic": func.count(distinct(Item.uid))} if share else {}
    add(_files(columns, *more.values()).where(meant(Item)), "files", "bytes", *more)
    return dict(amounts)


def _volumes(columns: Sequence[str]) -> Any:
    keys = [getattr(Volume, name) for name in columns or ["place_uid"]]
    return select(*keys, func.count()).group_by(*keys)


def _files(columns: Sequence[str], *more: Any) -> Any:
    return (
        _items(columns, func.count(), func.sum(Blob.size), *more)
        .join(DigitalObject, DigitalObject.item_uid == Item.uid)
        .join(Blob, Blob.uid == DigitalObject.blob_uid)
        .where(DigitalObject.purpose == ObjectPurpose.CONTENT, Blob.erased_at.is_(None))
    )


def _items(columns: Sequence[str], *sums: Any) -> Any:
    """*sums* of items by columns of theirs, or by where they stand, alone or in their volume."""
    if columns:
        keys = [getattr(Item, name) for name in columns]
        return select(*keys, *sums).select_from(Item).group_by(*keys)
    around = aliased(Volume)
    key = func.coalesce(Item.place_uid, around.place_uid)
    rows = select(key, *sums).select_from(Item).outerjoin(around, around.uid == Item.volume_uid)
    return rows.group_by(key)


# --- names and order ------------------------------------------------------------------------------


def _told(unit: Unit, view: View, found: Mapping[Any, Amount], language: Language) -> list[HoldingLine]:
    if view is View.PLACE:
        return _by_place(unit, found, language)
    names = _names(unit, view, found, language)
    return [_line(key, names[key], found[key]) for key in _ordered(view, found, names)]


def _line(key: object, name: str, amount: Amount) -> HoldingLine:
    code = key.name if isinstance(key, Level) else str(key)
    return HoldingLine(code, name, amount.volumes, amount.items, amount.pages, amount.files, amount.bytes)


def _names(unit: Unit, view: View, found: Iterable[Any], language: Language) -> dict[Any, str]:
    if view is View.CLASS:
        return class_names(unit, language)
    if view is View.DEPARTMENT:
        return department_names(unit, language)
    return {
        key: period_name(key, language) if view is View.PERIOD else spoken(key, language) for key in found
    }


def class_names(unit: Unit, language: Language) -> dict[Any, str]:
    """The names of all classes, in the order of the tree."""
    rows = unit.session.scalars(select(RecordClass).order_by(RecordClass.sort))
    return {one.code: one.name if language is Language.ZH else one.name_en for one in rows}


def department_names(unit: Unit, language: Language) -> dict[Any, str]:
    """The names of all departments, by code."""
    rows = unit.session.scalars(select(Department).order_by(Department.code))
    return {one.code: one.name_en if language is Language.EN and one.name_en else one.name for one in rows}


def period_name(code: str, language: Language) -> str:
    """A period in words: `Y` 永久, `D30` 30 年."""
    kind = {"Y": "permanent", "E": "until-event", "T": "days"}.get(code[:1], "years")
    return say(f"statistics.period.{kind}", language, count=code[1:])


def _ordered(view: View, found: Mapping[Any, Amount], names: Mapping[Any, str]) -> list[Any]:
    if view in {View.CLASS, View.DEPARTMENT}:
        return [key for key in names if key in found]
    if view is View.STATE:
        return [state for state in VolumeState if state in found]
    if view is View.FAMILY:
        return [family for family in Family if family in found]
    if view is View.PERIOD:
        return longest_first(found)
    return sorted(found)


def longest_first(periods: Iterable[str]) -> list[str]:
    """Codes of periods, permanent first, then until an event, then by years and days."""
    return sorted(periods, key=lambda code: (-_PERIODS.index(code[0]), -int(code[1:] or 0)))


def _by_place(unit: Unit, found: Mapping[Any, Amount], language: Language) -> list[HoldingLine]:
    """Put together by cabinet or room; what stands nowhere comes last."""
    ladder, shelves = Ladder(unit), defaultdict[str, Amount](Amount)
    for uid, amount in found.items():
        shelves[ladder.shelf(uid)] += amount
    nowhere = shelves.pop("", None)
    lines = [
        _line(ladder.by_uid[uid].code, ladder.path(uid), shelves[uid])
        for uid in sorted(shelves, key=ladder.order)
    ]
    return [*lines, _line("", say("statistics.nowhere", language), nowhere)] if nowhere else lines
