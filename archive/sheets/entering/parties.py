"""业户名册: each row a flat, office or shop with who owns or rents it, tied together by the dossier of the occupancy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from archive import registry
from archive.acts import Act
from archive.codes import code_checked
from archive.dossiers import DossierKind
from archive.errors import BadValue, RowDiffers
from archive.exchange import MadeKind, RowFate, SheetKind
from archive.model import Dossier, Party, Premises
from archive.policy import refusal
from archive.sheets.entering import cells, names
from archive.sheets.entering.verdicts import Entering, Made, Verdict
from archive.sheets.entries import Entry
from archive.sheets.ledger import Thing
from archive.unit import Unit
from archive.values import PartyKind

#: Columns that have no place of their own on a party.
REST = ("emergency_contact", "tenancy_from", "tenancy_to")


@dataclass(frozen=True, slots=True)
class Somebody:
    """An occupant as the row has him."""

    name: str
    kind: PartyKind
    person: bool
    phone: str
    note: str
    code: str


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Premises, who is in them, and what of it is new."""

    premises: str
    building: str
    floor: str
    usage: str
    area: str
    people: tuple[Somebody, ...]


class Parties(Entering):
    """The rows of a register of occupants."""

    kind, makes, act = SheetKind.PARTIES, MadeKind.PARTY, Act.PARTY_ADD

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._may: bool | None = None

    def plan(self, entry: Entry) -> Verdict:
        """New premises, new people, a new tie between them; or all of it known. Raises what stands against it."""
        for act in (Act.PARTY_ADD, Act.PREMISES_ADD):
            barred = refusal(self.unit.actor, act)
            if barred is not None:
                raise barred
        job = self._read(entry)
        premises = self._premises(job)
        new = job.premises != "" and premises is None
        told = ""
        for one in job.people:
            party = self._party(one, premises)
            new = new or party is None or (job.premises != "" and self._tie(premises, party) is None)
            told = told or (party.code if party else one.code)
        if new:
            return Verdict(entry.row, RowFate.MADE, code=job.premises or told, job=job)
        return Verdict(entry.row, RowFate.KNOWN, code=job.premises or told)

    def _read(self, entry: Entry) -> Occupancy:
        premises = cells.text(entry, "premises")
        people = tuple(self._people(entry))
        if not people:
            raise BadValue(field="name", value="—", expected="1–120")
        return Occupancy(
            code_checked(premises, "premises").replace("-", "") if premises else "",
            cells.text(entry, "building")[:40],
            cells.text(entry, "floor")[:10],
            cells.text(entry, "usage")[:20],
            cells.text(entry, "area")[:20],
            people,
        )

    def _people(self, entry: Entry) -> list[Somebody]:
        """The occupants of the row; phone, code and remark are those of the first."""
        said = entry.values.get("kind")
        usual = said if isinstance(said, PartyKind) else PartyKind.OWNER
        kinds = (("name", usual), ("owner", PartyKind.OWNER), ("tenant", PartyKind.TENANT))
        given = [(registry.named(text), kind) for name, kind in kinds if (text := cells.text(entry, name))]
        note = cells.note(self.unit, entry, REST)
        first = (cells.text(entry, "phone"), note, cells.text(entry, "code"))
        return [
            Somebody(name, kind, names.is_person(name), *(first if nth == 0 else ("", "", "")))
            for nth, (name, kind) in enumerate(dict(given).items())
        ]

    def _premises(self, job: Occupancy) -> Premises | None:
        """The premises of the row if they are there and the same; raises `RowDiffers`."""
        if not job.premises:
            return None
        found = self.unit.session.scalar(select(Premises).where(Premises.code == job.premises))
        if found is not None:
            pairs = (
                ("building", found.building, job.building),
                ("floor", found.floor, job.floor),
                ("usage", found.kind, job.usage),
                ("area", found.area, job.area),
            )
            cells.same(found.code, pairs)
        return found

    def _party(self, one: Somebody, premises: Premises | None) -> Party | None:
        """Whom the row means if he is there and the same; raises `RowDiffers`, `NameUnclear`."""
        found = names.occupant(
            self.unit, one.name, premises=premises, phone=one.phone, code=one.code, person=one.person
        )
        if found is not None:
            line = registry.party_line(self.unit, found)
            if "".join(line.name.split()) != "".join(one.name.split()):
                raise RowDiffers(code=found.code, field="name", has=line.name, given=one.name)
            pairs = (
                ("phone", line.phone, one.phone),
                ("kind", line.kind, one.kind),
                ("note", line.note, one.note),
            )
            cells.same(found.code, pairs)
        return found

    def _tie(self, premises: Premises | None, party: Party | None) -> Dossier | None:
        if premises is None or party is None:
            return None
        mine = (Dossier.premises_uid == premises.uid) & (Dossier.party_uid == party.uid)
        rows = select(Dossier).where(mine, Dossier.kind == DossierKind.OCCUPANCY)
        return self.unit.session.scalars(rows.limit(1)).first()

    def make(self, jobs: Sequence[Occupancy]) -> Sequence[Made | None]:
        """Enter what is new of each."""
        return [self._entered(job) for job in jobs]

    def _entered(self, job: Occupancy) -> Made | None:
        premises, new = self._premises(job), None
        if job.premises and premises is None:
            premises = registry.add_premises(
                self.unit, job.premises, building=job.building, floor=job.floor, kind=job.usage, area=job.area
            )
        for one in job.people:
            party = self._party(one, premises)
            if party is None:
                party = self._added(one)
                new = new or Made(Thing(MadeKind.PARTY, party.uid), job.premises or party.code)
            if premises is not None and self._tie(premises, party) is None:
                registry.dossier(
                    self.unit,
                    f"{premises.code}-{party.code}",
                    DossierKind.OCCUPANCY,
                    premises=premises,
                    party=party,
                )
        return new

    def _added(self, one: Somebody) -> Party:
        code = one.code or names.next_code(self.unit, person=one.person)
        return registry.add_party(
            self.unit,
            code,
            name=one.name,
            kind=one.kind,
            natural_person=one.person,
            phone=one.phone,
            note=one.note,
        )
