"""卷内目录 (F1, F2): each row a paper of a volume, in its order; numbers and pages must run on without gap (V4)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from archive import items, numbering, papers, registry
from archive.acts import Act
from archive.cards import Card
from archive.codes import reference_checked, template
from archive.errors import BadValue, CodeTaken, NotFound, PagesOverlap, VolumeClosed
from archive.exchange import MadeKind, RowFate, SheetKind
from archive.model import Dossier, Item, Party, RecordClass, Volume
from archive.papers import Paper
from archive.policy import refusal, visible
from archive.sheets import ledger
from archive.sheets.entering import cells
from archive.sheets.entering.shelf import there
from archive.sheets.entering.streams import volume_of
from archive.sheets.entering.verdicts import Entering, Made, Verdict
from archive.sheets.entries import Entry
from archive.sheets.ledger import Thing
from archive.unit import Unit
from archive.values import Family, Period, VolumeState

#: Columns that have no place of their own on a paper.
REST = ("fonds",)


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A paper to be filed into a volume, and the period it is listed with."""

    volume: str
    class_code: str
    seq: int
    paper: Paper
    period: str | None


@dataclass(slots=True)
class _Open:
    """A volume while its rows are read: how far its numbers and pages have come, and the papers it has."""

    volume: Volume
    rule: RecordClass
    seq: int
    page: int
    papers: dict[int, tuple[Item, Card]] | None = None


class Contents(Entering):
    """The rows of a list of contents."""

    kind, makes, act = SheetKind.CONTENTS, MadeKind.ITEM, Act.ITEM_FILE

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._open: dict[str, _Open] = {}
        self._taken: set[str] = set()
        self._coming: set[str] = set()

    def ahead(self, entries: Sequence[Entry]) -> None:
        """The codes of these rows that are taken."""
        codes = [given for entry in entries if (given := cells.text(entry, "reference_code"))]
        self._taken = numbering.taken(self.unit, codes)

    def plan(self, entry: Entry) -> Verdict:
        """A new paper, or the one that is there."""
        given = cells.code(entry)
        home = self._home(entry)
        seq = cells.number(entry, "number") or 0
        paper = self._paper(entry, given, home, seq)
        if 0 < seq <= home.volume.items:
            return self._there(entry, home, seq, paper)
        if seq != home.seq + 1:
            raise BadValue(field="number", value=seq, expected=str(home.seq + 1))
        period = cells.text(entry, "period")
        self._may_go_in(home, paper, period)
        if paper.code in self._taken | self._coming:
            raise CodeTaken(code=given)
        if paper.first_page not in {None, home.page + 1}:
            raise PagesOverlap(
                volume=home.volume.reference_code, expected=home.page + 1, first=paper.first_page
            )
        home.seq, home.page = seq, home.page + paper.pages
        self._coming |= {paper.code} if paper.code else set()
        job = NewPaper(home.volume.uid, home.volume.class_code, seq, paper, period or None)
        return Verdict(entry.row, RowFate.MADE, code=given or home.volume.reference_code, job=job)

    def _home(self, entry: Entry) -> _Open:
        """The volume the row belongs to; raises `NotFound`, or `BadValue` where nothing tells it."""
        code = volume_of(entry.values)
        if not code:
            raise BadValue(field="volume", value="—", expected="--volume")
        code = reference_checked(code)
        if code not in self._open:
            mine = (Volume.reference_code == code) | (Volume.uid == code)
            volume = self.unit.session.scalar(select(Volume).where(mine, visible(self.unit.actor, Volume)))
            if volume is None:
                raise NotFound(what="volume", code=code)
            for other in self._open.values():
                other.papers = None
            rule = self.unit.session.get_one(RecordClass, volume.class_code)
            self._open[code] = _Open(volume, rule, volume.items, volume.pages)
        return self._open[code]

    def _paper(self, entry: Entry, given: str | None, home: _Open, seq: int) -> Paper:
        usual = template(home.rule.template).item(home.volume.reference_code, seq)
        return Paper(
            title=cells.text(entry, "title"),
            dated=cells.day(entry, "dated"),
            creator=cells.text(entry, "creator"),
            document_no=cells.text(entry, "document_no"),
            doc_type=cells.text(entry, "doc_type"),
            pages=self._pages(entry, home),
            first_page=cells.number(entry, "first_page"),
            is_original=entry.values.get("is_original") is not False,
            party=cells.text(entry, "party") or None,
            premises=cells.text(entry, "premises") or None,
            level=cells.level(entry),
            note=cells.note(self.unit, entry, REST),
            fields=self._fields(entry, home),
            code=given if given != usual else None,
        )

    def _pages(self, entry: Entry, home: _Open) -> int:
        """As counted, or from first to last; the last paper of a volume ends where its list says the volume does (F1)."""
        first, last = cells.number(entry, "first_page"), cells.number(entry, "last_page")
        pages = cells.number(entry, "pages")
        if pages is None and first is not None:
            claims = ledger.claimed(self.unit, [home.volume.uid]).get(home.volume.uid, (None, None))
            last = last if last is not None else claims[1]
            pages = last - first + 1 if last is not None else None
        if pages is None or pages < 0:
            raise BadValue(field="pages", value="—" if pages is None else pages, expected="1–100000")
        return pages

    def _fields(self, entry: Entry, home: _Open) -> dict[str, str]:
        """What the family of the volume demands of every paper, as far as the volume and the row tell it."""
        volume, creator = home.volume, cells.text(entry, "creator")
        if home.rule.family is Family.CORRESPONDENCE and creator:
            return {"direction": "IN", "correspondent": creator}
        if home.rule.family is Family.CONTRACT and volume.dossier_uid and volume.party_uid:
            dossier = self.unit.session.get_one(Dossier, volume.dossier_uid)
            party = registry.party_line(self.unit, self.unit.session.get_one(Party, volume.party_uid))
            return {"contract_no": dossier.code, "counterparty": party.name}
        return {}

    def _may_go_in(self, home: _Open, paper: Paper, period: str) -> None:
        """What filing would refuse, without filing."""
        volume = home.volume
        barred = refusal(self.unit.actor, Act.ITEM_FILE, volume)
        if barred is not None:
            raise barred
        if volume.state is not VolumeState.OPEN:
            raise VolumeClosed(code=volume.reference_code, state=volume.state)
        if period:
            items.one_period(self.unit, home.rule, volume, Period.parse(period), None)
        papers.described(self.unit, home.rule, volume, paper, papers.sources_of(self.unit, [paper]))

    def _there(self, entry: Entry, home: _Open, seq: int, paper: Paper) -> Verdict:
        if home.papers is None:
            rows = select(Item).where(Item.volume_uid == home.volume.uid, visible(self.unit.actor, Item))
            found = list(self.unit.session.scalars(rows))
            both = zip(found, self.unit.cards(found), strict=True)
            home.papers = {item.seq_no: (item, card) for item, card in both}
        if seq not in home.papers:
            raise CodeTaken(code=paper.code or str(seq))
        item, card = home.papers[seq]
        more = [
            ("reference_code", item.reference_code, cells.code(entry)),
            ("pages", item.page_count, paper.pages),
            ("first_page", item.first_page, paper.first_page),
            ("period", item.period, cells.text(entry, "period")),
        ]
        return there(entry.row, item, card, replace(paper, fields={}), more)

    def home(self, job: NewPaper) -> Hashable | None:
        """Papers of one volume go in together."""
        return job.volume, job.period

    def bucket(self, job: NewPaper) -> str:
        """The class of the volume."""
        return job.class_code

    def make(self, jobs: Sequence[NewPaper]) -> Sequence[Made | None]:
        """File them, in order."""
        wanted = [job.paper for job in jobs]
        made = items.file_into(self.unit, jobs[0].volume, wanted, period=jobs[0].period)
        for job, item in zip(jobs, made, strict=True):
            if item.seq_no != job.seq:  # a row before it, planned with it, was refused after all
                raise BadValue(field="number", value=job.seq, expected=item.seq_no)
        return [Made(Thing(self.makes, item.uid), item.reference_code) for item in made]
