"""收文/发文登记簿 (F17, F18): each row a letter, in the volume it was filed into, else where its class puts it (§8 WS)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from sqlalchemy import select

from archive import items, papers
from archive.acts import Act
from archive.cards import Card, title_checked
from archive.codes import reference_checked
from archive.errors import NotFound, VolumeClosed
from archive.exchange import MadeKind, RowFate, SheetKind
from archive.fields import checked
from archive.model import Item, RecordClass, Volume
from archive.papers import Paper
from archive.policy import refusal, visible
from archive.sheets.entering import cells, names
from archive.sheets.entering.shelf import Papers, there
from archive.sheets.entering.verdicts import Entering, Made, Verdict
from archive.sheets.entries import Entry
from archive.sheets.ledger import Thing
from archive.unit import Unit
from archive.values import Family, PartyKind, VolumeState
from archive.volumes import Matter


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter: into an open volume, or to the matter it belongs to with the outside unit it is of."""

    paper: Paper
    class_code: str
    volume: str = ""
    matter: Matter | None = None
    party: str = ""
    title: str = ""


class _Register(Entering):
    """A register of letters of one direction."""

    makes, act = MadeKind.ITEM, Act.ITEM_FILE
    direction: ClassVar[str]
    usual_class: ClassVar[str]
    dated: ClassVar[tuple[str, ...]]
    rest: ClassVar[tuple[str, ...]]

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._matters = cells.Matters(unit, Act.ITEM_FILE)
        self._papers = Papers(unit)
        self._volumes: dict[str, tuple[Volume, RecordClass]] = {}

    def ahead(self, entries: Sequence[Entry]) -> None:
        """The letters these rows speak of, where they are there."""
        codes = [given for entry in entries if (given := cells.text(entry, "reference_code"))]
        self._papers.ahead(codes, [self._mark(entry) for entry in entries])

    def plan(self, entry: Entry) -> Verdict:
        """A new letter, or the one that is there."""
        given, mark = cells.code(entry), self._mark(entry)
        paper, into = replace(self._paper(entry), code=given), cells.text(entry, "filed_into")
        known = self._papers.known(given, mark)
        if known is not None:
            return self._there(entry, *known, paper)
        job = self._into(paper, into) if into else self._to(entry, paper)
        self._papers.comes(given or mark)
        return Verdict(entry.row, RowFate.MADE, job=job, mark=mark)

    def _there(self, entry: Entry, item: Item, card: Card, paper: Paper) -> Verdict:
        """The letter that is there, by what a register says of one."""
        paper = self._worded(paper, item.family)
        if "received_on" not in card.fields:
            paper = replace(paper, fields={**paper.fields, "received_on": ""})
        volume = self.unit.session.get(Volume, item.volume_uid) if item.volume_uid else None
        more = [
            ("pages", item.page_count, cells.number(entry, "pages")),
            ("filed_into", volume.reference_code if volume else "", cells.text(entry, "filed_into")),
        ]
        return there(
            entry.row, item, card, replace(paper, creator="", dated=cells.day(entry, self.dated[0])), more
        )

    def _paper(self, entry: Entry) -> Paper:
        fields = {"direction": self.direction, "correspondent": cells.text(entry, "correspondent")}
        for name in ("received_on", "reply_to"):
            fields |= {name: cells.text(entry, name)} if cells.text(entry, name) else {}
        pages, days = cells.number(entry, "pages"), [cells.day(entry, name) for name in self.dated]
        theirs = self.direction == "IN"
        return Paper(
            title=cells.text(entry, "title"),
            dated=next((one for one in days if one is not None), None),
            creator=cells.text(entry, "correspondent") if theirs else self.unit.settings.company,
            document_no=cells.text(entry, "document_no"),
            pages=1 if pages is None else pages,
            level=cells.level(entry),
            note=cells.note(self.unit, entry, self.rest),
            fields=fields,
        )

    def _worded(self, paper: Paper, family: Family) -> Paper:
        """The paper as a class of *family* can describe it: elsewhere the other side is told in the note."""
        if family is Family.CORRESPONDENCE:
            return paper
        told = f"{cells.word(self.unit, 'correspondent')}：{paper.fields['correspondent']}"
        if self.direction == "IN":
            return replace(paper, fields={})
        return replace(paper, fields={}, note=cells.JOINT.join(part for part in (paper.note, told) if part))

    def _into(self, paper: Paper, code: str) -> NewLetter:
        """Into the volume the register names, which must be open; raises `NotFound`, `VolumeClosed`."""
        code = reference_checked(code)
        if code not in self._volumes:
            mine = Volume.reference_code == code
            volume = self.unit.session.scalar(select(Volume).where(mine, visible(self.unit.actor, Volume)))
            if volume is None:
                raise NotFound(what="volume", code=code)
            self._volumes[code] = (volume, self.unit.session.get_one(RecordClass, volume.class_code))
        volume, rule = self._volumes[code]
        barred = refusal(self.unit.actor, Act.ITEM_FILE, volume)
        if barred is not None:
            raise barred
        if volume.state is not VolumeState.OPEN:
            raise VolumeClosed(code=code, state=volume.state)
        paper = self._worded(paper, rule.family)
        papers.described(self.unit, rule, volume, paper, papers.Sources({}, {}))
        return NewLetter(paper, rule.code, volume.uid)

    def _to(self, entry: Entry, paper: Paper) -> NewLetter:
        """To the matter its class makes of it; each outside unit has a volume of its own (R20)."""
        matter = self._matters.matter(
            entry, [paper.dated, cells.day(entry, "received_on")], usual_class=self.usual_class
        )
        found = self._matters.found(matter)
        paper = replace(self._worded(paper, found.rule.family), level=None)
        other = cells.text(entry, "correspondent")
        title_checked(paper.title)
        checked(found.rule.family, paper.fields)
        papers.described(self.unit, found.rule, found, paper, papers.Sources({}, {}))
        party = other if found.rule.volume_by == "party" and matter.party is None else ""
        if party:
            names.one_unit(self.unit, party)
        title = f"{other} {matter.year}" if party else found.rule.name
        return NewLetter(paper, found.rule.code, matter=matter, party=party, title=f"{title}"[:200])

    def _mark(self, entry: Entry) -> str:
        """By what a row without a code is known again: its number in the register of the year, or number and sender."""
        if cells.text(entry, "reference_code"):
            return ""
        days = [cells.day(entry, name) for name in (*self.dated, "received_on")]
        year = next((one.year for one in days if one is not None), "")
        told = [entry.values.get(name) for name in ("register_no", "correspondent", "document_no")]
        if told[0] is None:
            told += [entry.values.get("title"), *days]
        return cells.mark(self.unit, self.kind, year, *told)

    def home(self, job: NewLetter) -> Hashable | None:
        """Letters of one volume, or of one matter and sender, go in together."""
        return job.volume or (job.matter, job.party, job.title)

    def bucket(self, job: NewLetter) -> str:
        """Its class."""
        return job.class_code

    def make(self, jobs: Sequence[NewLetter]) -> Sequence[Made | None]:
        """File them, the outside unit entered if it is new."""
        first, wanted = jobs[0], [job.paper for job in jobs]
        if first.matter is None:
            made = items.file_into(self.unit, first.volume, wanted)
        else:
            matter = first.matter
            if first.party:
                party = names.unit_called(self.unit, first.party, PartyKind.OUTSIDE_UNIT)
                matter = replace(matter, party=party.code)
                wanted = [replace(paper, party=party.code) for paper in wanted]
            made = items.file_matter(self.unit, matter, wanted, volume_title=first.title)
        return [Made(Thing(self.makes, item.uid), item.reference_code) for item in made]


class Incoming(_Register):
    """收文登记簿."""

    kind, direction, usual_class = SheetKind.INCOMING, "IN", "WS·LW"
    dated = ("dated", "received_on")
    rest = ("register_no", "attachments", "copies", "handled_by", "signed_for_by", "filed_on", "fonds")


class Outgoing(_Register):
    """发文登记簿."""

    kind, direction, usual_class = SheetKind.OUTGOING, "OUT", "WS·DW"
    dated = ("sent_on",)
    rest = (
        "register_no",
        "attachments",
        "copies",
        "drafted_by",
        "issued_by",
        "signed_for_by",
        "filed_on",
        "fonds",
    )
