"""The report of a dry run as a workbook: every row with its verdict, problem cells coloured and commented, a summary in front.

Rows are written as they are checked; only the comments wait for the end, and of them no more than Excel shows well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from archive.cells import cell, label
from archive.exchange import RowFate, SheetKind
from archive.sheets.checking import Checked, Report
from archive.sheets.entries import Slip
from archive.sheets.kinds import TABLE, ColumnRule
from archive.sheets.lists import OpenList
from archive.sheets.writing import Book, Out, SheetWriter, Style, book, widths
from archive.words import Language, knows, say

#: Comments in one report; beyond them the colour and the column of problems say it.
MOST_NOTES = 10_000
#: Our own columns in front of those of the list: row, verdict, problem, suggestion, reference code.
_OURS = ("row", "verdict", "problem", "suggestion", "code")
_FATES = {
    RowFate.MADE: Style.GOOD,
    RowFate.KNOWN: Style.PLAIN,
    RowFate.REFUSED: Style.WRONG,
    RowFate.SKIPPED: Style.FAINT,
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """One column as it is read: its name here, the heading of the list, its letter."""

    column: str
    heading: str
    letter: str


def column_label(rule: ColumnRule, language: Language) -> str:
    """What a column is called: in Chinese as offices head it, in English by its word."""
    if language is Language.ZH:
        return rule.headings[0]
    key = f"field.{rule.name}"
    return say(key, language) if knows(key, language) else label(rule.name, language)


def mapped(listing: OpenList, language: Language) -> list[Mapped]:
    """The columns of *listing* in the order they stand in it."""
    layout = listing.layout
    found = sorted((at, layout.rule.column(name)) for name, at in layout.columns.items())
    return [
        Mapped(column_label(rule, language), " ".join(layout.headings.get(at, "").split()), letters(at))
        for at, rule in found
        if rule is not None
    ]


def letters(at: int) -> str:
    """`A`, `B`, … for the column at 0, 1, …"""
    return letters(at // 26 - 1) + chr(65 + at % 26) if at >= 26 else chr(65 + at)


class ReportWriter:
    """Takes the rows of a dry run, one by one, and at the end what they came to."""

    def __init__(self, held: Book, sheet: SheetWriter, listing: OpenList, language: Language) -> None:
        self._book, self._sheet, self._listing, self._language = held, sheet, listing, language
        self._places = _places(listing.layout.kind, listing.layout.columns)
        self._width = max([*listing.layout.headings, *listing.layout.columns.values()], default=-1) + 1
        self._notes = 0
        heads = [say(f"report.{name}", language) for name in _OURS]
        told = (" ".join(listing.layout.headings.get(at, "").split()) for at in range(self._width))
        sheet.heading([*heads, *told])

    def take(self, checked: Checked) -> None:
        """Write one row with its verdict."""
        slips = [(slip, Style.WRONG) for slip in checked.slips] + [
            (slip, Style.DOUBTFUL) for slip in checked.remarks
        ]
        styles, notes = {1: _FATES[checked.fate]}, dict[int, str]()
        for slip, style in slips:
            at = self._places.get(slip.column)
            place = len(_OURS) + at if at is not None else 1
            styles.setdefault(place, style)
            notes[place] = "\n".join(filter(None, (notes.get(place), self._told(slip))))
        if self._notes + len(notes) > MOST_NOTES:
            notes = {}
        self._notes += len(notes)
        cells = (checked.row.cell(at) for at in range(self._width))
        self._sheet.row([*self._front(checked), *cells], styles=styles, notes=notes)

    def _front(self, checked: Checked) -> list[object]:
        told = [slip.error.message(self._language) for slip in (*checked.slips, *checked.remarks)]
        if checked.error is not None and not checked.slips:
            told.insert(0, checked.error.message(self._language))
        if checked.aside is not None:
            told.insert(0, cell(checked.aside, self._language))
        return [
            checked.number,
            checked.fate,
            " ".join(dict.fromkeys(told)),
            checked.suggestion,
            checked.code,
        ]

    def _told(self, slip: Slip) -> str:
        told = slip.error.message(self._language)
        if slip.suggestion is None:
            return told
        return f"{told}\n{say('report.suggestion', self._language)}: {slip.suggestion}"

    def finish(self, report: Report) -> None:
        """Note what it all came to, for the sheet in front."""
        self.report = report


@contextmanager
def report_to(out: Out, listing: OpenList, language: Language) -> Iterator[ReportWriter]:
    """A report of *listing* written to *out*: hand it every row, then `finish`."""
    heads = [say(f"report.{name}", language) for name in _OURS]
    wide = [8, 10, 50, 24, 28, *widths(list(listing.layout.headings.values()))]
    with book(out, language) as made:
        with made.sheet(say("report.rows", language), wide[: len(heads) + 250], frozen=1) as sheet:
            writer = ReportWriter(made, sheet, listing, language)
            yield writer
        with made.sheet(say("report.summary", language), [24, 50, 16], first=True) as sheet:
            _summary(sheet, listing, writer.report, language)


def _summary(sheet: SheetWriter, listing: OpenList, report: Report, language: Language) -> None:
    def heading(name: str) -> None:
        sheet.row([])
        sheet.row([say(f"report.{name}", language)], Style.HEADING)

    sheet.row([say("report.title", language)], Style.TITLE)
    facts = {"file": listing.sheet.file, "sheet": listing.sheet.name, "kind": listing.layout.kind,
             "sure": f"{listing.layout.sure}%"}  # fmt: skip
    for name, told in facts.items():
        sheet.row([say(f"report.{name}", language), told])
    heading("counts")
    for fate in RowFate:
        sheet.row([fate, report.fates[fate]], styles={0: _FATES[fate]})
    sheet.row([say("report.remarks", language), report.remarks], styles={0: Style.DOUBTFUL})
    heading("reasons")
    _counted(sheet, report.reasons, language)
    heading("mapping")
    for one in mapped(listing, language):
        sheet.row([one.column, one.heading, one.letter])
    for text in listing.layout.unknown:
        sheet.row([say("report.not-taken", language), text], Style.FAINT)
    heading("said")
    for name, value in listing.common.items():
        sheet.row([label_of(name, language), value])
    sheet.row([])
    sheet.row([say("report.legend", language)], Style.FAINT)


def _counted(sheet: SheetWriter, reasons: Counter[str], language: Language) -> None:
    for code, count in reasons.most_common():
        key = f"outcome.{code}"
        sheet.row([say(key, language) if knows(key, language) else code, count])


def label_of(name: str, language: Language) -> str:
    """The word of a value that holds for a whole list."""
    key = f"field.{name}"
    return say(key, language) if knows(key, language) else label(name, language)


def _places(kind: SheetKind, columns: Mapping[str, int]) -> dict[str, int]:
    """Where a problem with a value is shown: by the name of its column, or of what the column gives."""
    found = dict(columns)
    for rule in TABLE[kind].columns:
        if rule.name in columns:
            found |= {given: columns[rule.name] for given in rule.gives if given not in found}
    return found


def texts(rows: Sequence[Slip], language: Language) -> str:
    """The sentences of *rows*, one after the other."""
    return " ".join(dict.fromkeys(slip.error.message(language) for slip in rows))
