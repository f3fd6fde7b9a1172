"""案卷目录 (F3): each row a volume with its code, title, days and place; what the list counts is kept to compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from archive import numbering, volumes
from archive.acts import Act
from archive.cards import Card, title_checked
from archive.errors import BadValue, CodeTaken
from archive.exchange import MadeKind, RowFate, SheetKind
from archive.model import Location, Volume
from archive.policy import visible
from archive.sheets import ledger
from archive.sheets.entering import cells
from archive.sheets.entering.verdicts import Entering, Made, Verdict
from archive.sheets.entries import Entry
from archive.sheets.ledger import Thing
from archive.unit import Unit
from archive.volumes import Listed, Matter

#: Columns that have no place of their own on a volume.
REST = ("volume_no", "fonds")


@dataclass(frozen=True, slots=True)
class NewVolume:
    """A volume to be opened, and the place it stands in."""

    matter: Matter
    title: str
    note: str
    listed: Listed
    place: str


class Volumes(Entering):
    """The rows of a list of volumes."""

    kind, makes, act = SheetKind.VOLUMES, MadeKind.VOLUME, Act.VOLUME_OPEN

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._matters = cells.Matters(unit, Act.VOLUME_OPEN)
        self._coming: set[str] = set()
        self._known: dict[str, tuple[Volume, Card]] = {}
        self._taken: set[str] = set()
        self._places: dict[str, str] = {}
        self._marks: dict[str, str] = {}

    def ahead(self, entries: Sequence[Entry]) -> None:
        """The volumes of these codes, with their cards; the places that are known."""
        codes = [given for entry in entries if (given := cells.text(entry, "reference_code"))]
        marks = [self._mark(entry) for entry in entries if not cells.text(entry, "reference_code")]
        self._marks = ledger.by_mark(self.unit, marks)
        by_code = Volume.reference_code.in_(codes) | Volume.uid.in_(list(self._marks.values()))
        found = list(
            self.unit.session.scalars(select(Volume).where(by_code, visible(self.unit.actor, Volume)))
        )
        self._known = {
            key: pair
            for pair in zip(found, self.unit.cards(found), strict=True)
            for key in (pair[0].reference_code, pair[0].uid)
        }
        self._taken = numbering.taken(self.unit, codes)
        if not self._places:
            rows = self.unit.session.scalars(select(Location))
            self._places = {key: row.code for row in rows for key in (row.name, row.code)}

    def plan(self, entry: Entry) -> Verdict:
        """A new volume, or the one that is there."""
        given, mark = cells.code(entry), ""
        days = [cells.day(entry, "first_date"), cells.day(entry, "last_date")]
        place = self._places.get(cells.text(entry, "place"), "")
        note = cells.note(self.unit, entry, (*REST, *(() if place else ("place",))))
        if given is None:
            mark = self._mark(entry)
        key = given or self._marks.get(mark, "")
        if key in self._known:
            return self._there(entry, *self._known[key], note=note, place=place)
        if given in self._taken | self._coming or mark in self._coming:
            raise CodeTaken(code=given or cells.text(entry, "title"))
        matter = self._matters.matter(entry, days)
        found = self._matters.found(matter)
        if volumes.spelling(found).volume_width is None:
            raise BadValue(field="class", value=found.rule.code, expected="kept_by = volume")
        self._in_order(days)
        title = title_checked(cells.text(entry, "title"))
        self._coming.add(given or mark)
        listed = Listed(given, cells.text(entry, "creator"), *days)
        job = NewVolume(matter, title, note, listed, place)
        return Verdict(
            entry.row, RowFate.MADE, code=given or "", job=job, mark=mark,
            items=cells.number(entry, "items"), pages=cells.number(entry, "pages"),
        )  # fmt: skip

    def _in_order(self, days: Sequence[object]) -> None:
        first, last = days
        if first is not None and last is not None and first > last:  # type: ignore[operator]
            raise BadValue(field="last_date", value=last, expected=f"≥ {first}")
        for day in days:
            if day is not None and day > self.unit.today:  # type: ignore[operator]
                raise BadValue(field="last_date", value=day, expected=f"≤ {self.unit.today}")

    def _mark(self, entry: Entry) -> str:
        names = (
            "class_code",
            "year",
            "department",
            "volume_no",
            "title",
            "first_date",
            "last_date",
            "premises",
            "dossier",
        )
        return cells.mark(self.unit, "VOLUMES", *(entry.values.get(name) for name in names))

    def _there(self, entry: Entry, volume: Volume, card: Card, *, note: str, place: str) -> Verdict:
        """The volume the row speaks of, if it says the same; raises `RowDiffers`."""
        stands = self.unit.session.get(Location, volume.place_uid) if volume.place_uid else None
        claims = ledger.claimed(self.unit, [volume.uid]).get(volume.uid, (None, None))
        pairs = [
            ("title", card.title, " ".join(cells.text(entry, "title").split())),
            ("note", card.note, note),
            ("creator", card.creator, cells.text(entry, "creator")),
            ("class_code", volume.class_code, cells.text(entry, "class_code")),
            ("year", volume.archive_year, cells.number(entry, "year")),
            ("period", volume.period, cells.text(entry, "period")),
            ("level", volume.level, cells.level(entry)),
            ("first_date", volume.first_date, cells.day(entry, "first_date")),
            ("last_date", volume.last_date, cells.day(entry, "last_date")),
            ("place", stands.code if stands else "", place),
        ]
        if cells.text(entry, "department"):
            pairs.append(
                ("department", volume.department, self._matters.department(cells.text(entry, "department")))
            )
        for name, has, claim in (("items", volume.items, claims[0]), ("pages", volume.pages, claims[1])):
            given = cells.number(entry, name)
            pairs.append((name, has, given if given != claim else None))
        cells.same(volume.reference_code, pairs)
        return Verdict(
            entry.row, RowFate.KNOWN, thing=Thing(self.makes, volume.uid), code=volume.reference_code
        )

    def bucket(self, job: NewVolume) -> str:
        """Its class."""
        return job.matter.class_code

    def make(self, jobs: Sequence[NewVolume]) -> Sequence[Made | None]:
        """Open each, and put it where it stands."""
        return [self._opened(job) for job in jobs]

    def _opened(self, job: NewVolume) -> Made:
        volume = volumes.open_volume(self.unit, job.matter, title=job.title, note=job.note, listed=job.listed)
        if job.place:
            cells.stand(self.unit, volume, job.place)
        return Made(Thing(self.makes, volume.uid), volume.reference_code)
