"""归档文件目录 (F6, DA/T 22): each row a paper kept by itself, under the code it bears or the next one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from archive import items, papers, volumes
from archive.acts import Act
from archive.errors import BadValue
from archive.exchange import MadeKind, RowFate, SheetKind
from archive.papers import Paper
from archive.sheets.entering import cells
from archive.sheets.entering.shelf import Papers, there
from archive.sheets.entering.verdicts import Entering, Made, Verdict
from archive.sheets.entries import Entry
from archive.sheets.ledger import Thing
from archive.unit import Unit
from archive.volumes import Matter

#: Columns that have no place of their own on a paper.
REST = ("seq_no", "box", "fonds")


@dataclass(frozen=True, slots=True)
class NewFiled:
    """A paper to be filed by itself."""

    matter: Matter
    paper: Paper


class Filed(Entering):
    """The rows of a list of papers kept one by one."""

    kind, makes, act = SheetKind.FILED, MadeKind.ITEM, Act.ITEM_FILE

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._matters = cells.Matters(unit, Act.ITEM_FILE)
        self._papers = Papers(unit)

    def ahead(self, entries: Sequence[Entry]) -> None:
        """The papers these rows speak of, where they are there."""
        codes = [given for entry in entries if (given := cells.text(entry, "reference_code"))]
        self._papers.ahead(codes, [self._mark(entry) for entry in entries])

    def plan(self, entry: Entry) -> Verdict:
        """A new paper, or the one that is there."""
        given, mark = cells.code(entry), self._mark(entry)
        paper = self._paper(entry, given)
        known = self._papers.known(given, mark)
        if known is not None:
            item, _ = known
            more = [
                ("pages", item.page_count, cells.number(entry, "pages")),
                ("period", item.period, cells.text(entry, "period")),
                ("year", item.archive_year, cells.number(entry, "year")),
                ("class_code", item.class_code, cells.text(entry, "class_code")),
            ]
            return there(entry.row, *known, paper, more)
        matter = self._matters.matter(entry, [paper.dated])
        found = self._matters.found(matter)
        if volumes.spelling(found).volume_width is not None:
            raise BadValue(field="class", value=found.rule.code, expected="kept_by = item")
        filed = replace(paper, level=None)
        papers.described(self.unit, found.rule, found, filed, papers.sources_of(self.unit, [filed]))
        self._papers.comes(given or mark)
        return Verdict(entry.row, RowFate.MADE, code=given or "", job=NewFiled(matter, filed), mark=mark)

    def _paper(self, entry: Entry, given: str | None) -> Paper:
        pages = cells.number(entry, "pages")
        return Paper(
            title=cells.text(entry, "title"),
            dated=cells.day(entry, "dated"),
            creator=cells.text(entry, "creator"),
            document_no=cells.text(entry, "document_no"),
            doc_type=cells.text(entry, "doc_type"),
            pages=1 if pages is None else pages,
            is_original=entry.values.get("is_original") is not False,
            party=cells.text(entry, "party") or None,
            premises=cells.text(entry, "premises") or None,
            level=cells.level(entry),
            note=cells.note(self.unit, entry, REST),
            code=given,
        )

    def _mark(self, entry: Entry) -> str:
        """By what a row without a code is known again; one with a code needs none."""
        if cells.text(entry, "reference_code"):
            return ""
        names = ("class_code", "year", "department", "seq_no", "document_no", "creator", "title", "dated")
        return cells.mark(self.unit, "FILED", *(entry.values.get(name) for name in names))

    def home(self, job: NewFiled) -> Hashable | None:
        """Papers of one matter go in together."""
        return job.matter

    def bucket(self, job: NewFiled) -> str:
        """Its class."""
        return job.matter.class_code

    def make(self, jobs: Sequence[NewFiled]) -> Sequence[Made | None]:
        """File them, each under its own code."""
        made = items.file_alone(self.unit, jobs[0].matter, [job.paper for job in jobs])
        return [Made(Thing(self.makes, item.uid), item.reference_code) for item in made]
