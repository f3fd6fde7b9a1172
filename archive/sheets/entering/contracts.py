"""合同台账 (R89, R90): each row the other side, the contract's dossier, and the contract itself in a volume of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from archive import items, numbering, papers, volumes
from archive.acts import Act
from archive.cards import Card
from archive.codes import code_checked
from archive.dossiers import DossierKind
from archive.errors import BadValue, CodeTaken, RowDiffers
from archive.exchange import MadeKind, RowFate, SheetKind
from archive.model import Dossier, Item, Location, Volume
from archive.papers import Paper
from archive.policy import visible
from archive.sheets.entering import cells, names
from archive.sheets.entering.shelf import there
from archive.sheets.entering.verdicts import Entering, Made, Verdict
from archive.sheets.entries import Entry
from archive.sheets.ledger import Thing
from archive.unit import Unit
from archive.values import PartyKind
from archive.volumes import Listed, Matter

#: Columns that have no place of their own.
REST = ("copies", "handler")
_FIELDS = ("contract_no", "amount", "signed_on", "term_from", "term_to")


@dataclass(frozen=True, slots=True)
class NewContract:
    """A contract to be filed: its matter (without the other side, where that is found by name), its paper, its place."""

    matter: Matter
    paper: Paper
    code: str | None
    other: str
    place: str


class Contracts(Entering):
    """The rows of a ledger of contracts."""

    kind, makes, act = SheetKind.CONTRACTS, MadeKind.ITEM, Act.ITEM_FILE

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._matters = cells.Matters(unit, Act.ITEM_FILE)
        self._coming: set[str] = set()
        self._known: dict[str, list[tuple[Item, Card]]] = {}
        self._taken: set[str] = set()
        self._places: dict[str, str] = {}

    def ahead(self, entries: Sequence[Entry]) -> None:
        """The contracts of these numbers that are there."""
        wanted = [
            code_checked(no, "contract_no") for entry in entries if (no := cells.text(entry, "contract_no"))
        ]
        codes = [given for entry in entries if (given := cells.text(entry, "reference_code"))]
        self._taken = numbering.taken(self.unit, codes)
        rows = (
            select(Dossier.code, Item)
            .join(Item, Item.dossier_uid == Dossier.uid)
            .where(
                Dossier.code.in_(wanted), Dossier.kind == DossierKind.CONTRACT, visible(self.unit.actor, Item)
            )
            .order_by(Item.created_at, Item.reference_code)
        )
        found = list(self.unit.session.execute(rows))
        self._known = {}
        for (code, item), card in zip(found, self.unit.cards([item for _, item in found]), strict=True):
            self._known.setdefault(code, []).append((item, card))
        if not self._places:
            places = self.unit.session.scalars(select(Location))
            self._places = {key: row.code for row in places for key in (row.name, row.code)}

    def plan(self, entry: Entry) -> Verdict:
        """A new contract, or the one that is there."""
        no = code_checked(cells.text(entry, "contract_no"), "contract_no")
        other, given = self._other_side(entry), cells.code(entry)
        place = self._places.get(cells.text(entry, "place"), "")
        paper = self._paper(entry, no, other, known_place=bool(place))
        if no in self._known:
            return self._one_of(entry, self._known[no], paper)
        if no in self._coming or given in self._taken:
            raise CodeTaken(code=no if no in self._coming else given)
        matter = self._matters.matter(entry, [paper.dated], dossier=no)
        found = self._matters.found(matter)
        if found.rule.volume_by != "contract":
            raise BadValue(field="class", value=found.rule.code, expected="HT·…")
        paper = replace(paper, level=None)
        papers.described(self.unit, found.rule, found, paper, papers.Sources({}, {}))
        if matter.party is None:
            names.one_unit(self.unit, other)
        self._coming.add(no)
        job = NewContract(matter, paper, given, "" if matter.party else other, place)
        return Verdict(entry.row, RowFate.MADE, code=given or no, job=job)

    def _paper(self, entry: Entry, no: str, other: str, *, known_place: bool) -> Paper:
        pages = cells.number(entry, "pages")
        fields = {name: cells.text(entry, name) for name in _FIELDS if cells.text(entry, name)}
        rest = (*REST, *(() if known_place else ("place",)))
        return Paper(
            title=cells.text(entry, "title"),
            dated=cells.day(entry, "signed_on"),
            pages=1 if pages is None else pages,
            is_original=entry.values.get("is_original") is not False,
            level=cells.level(entry),
            note=cells.note(self.unit, entry, rest),
            fields={**fields, "contract_no": no, "counterparty": other},
        )

    def _other_side(self, entry: Entry) -> str:
        """Who the contract is with: named, or the one of the two sides that is not this company; raises `BadValue`."""
        named = cells.text(entry, "counterparty")
        sides = [side for name in ("party_a", "party_b") if (side := cells.text(entry, name))]
        ours = self.unit.settings.company
        others = [side for side in sides if not (ours and (ours in side or side in ours))]
        if named or len(others) == 1:
            return named or others[0]
        raise BadValue(field="counterparty", value=" / ".join(sides) or "—", expected=ours)

    def _one_of(self, entry: Entry, papers: Sequence[tuple[Item, Card]], paper: Paper) -> Verdict:
        """The paper of the contract's dossier that the row speaks of; raises why the likeliest is not it."""
        title = " ".join(paper.title.split())
        likely = [pair for pair in papers if pair[1].title == title] or list(papers)
        for pair in likely:
            try:
                return self._there(entry, *pair, paper)
            except RowDiffers:
                if pair is likely[-1]:
                    raise
        raise CodeTaken(code=paper.fields["contract_no"])

    def _there(self, entry: Entry, item: Item, card: Card, paper: Paper) -> Verdict:
        volume = self.unit.session.get(Volume, item.volume_uid) if item.volume_uid else None
        kept = volume or item
        stands = self.unit.session.get(Location, kept.place_uid) if kept.place_uid else None
        more = [
            ("pages", item.page_count, cells.number(entry, "pages")),
            ("reference_code", kept.reference_code, cells.code(entry)),
            ("period", item.period, cells.text(entry, "period")),
            ("class_code", item.class_code, cells.text(entry, "class_code")),
            ("place", stands.code if stands else "", self._places.get(cells.text(entry, "place"))),
        ]
        fields = {name: value for name, value in paper.fields.items() if name != "contract_no"}
        return there(entry.row, item, card, replace(paper, dated=None, fields=fields), more)

    def bucket(self, job: NewContract) -> str:
        """Its class."""
        return job.matter.class_code

    def make(self, jobs: Sequence[NewContract]) -> Sequence[Made | None]:
        """Enter the other side if it is new, open the volume, file the contract."""
        return [self._filed(job) for job in jobs]

    def _filed(self, job: NewContract) -> Made:
        matter = job.matter
        if job.other:
            matter = replace(matter, party=names.unit_called(self.unit, job.other, PartyKind.CONTRACTOR).code)
        volume = volumes.open_volume(self.unit, matter, title=job.paper.title, listed=Listed(job.code))
        (item,) = items.file_into(self.unit, volume.uid, [replace(job.paper, party=matter.party)])
        if job.place:
            cells.stand(self.unit, volume, job.place)
        return Made(Thing(self.makes, item.uid), volume.reference_code)
