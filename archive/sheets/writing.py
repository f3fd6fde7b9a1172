"""The one writer of XLSX: rows go straight through a zip into the file, so memory does not grow and nothing is left on the way.

XlsxWriter keeps all cells in memory or puts them into plain temporary files; neither will do (decision 14).
Cells are typed; text is always text, never a formula. This module does not know what the columns mean.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Protocol
from xml.sax.saxutils import escape

from archive.cells import cell as spoken_cell
from archive.cells import columns_of, soft_label, starts_formula, value
from archive.words import ZONE, Language

#: Letters Excel takes in a cell and in the name of a sheet.
MOST_LETTERS, MOST_NAME = 32_767, 31
#: Widest and narrowest column, in letters.
WIDE, NARROW = 60, 6
_EPOCH = dt.date(1899, 12, 30)
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff\r]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_EPOCH_OF_PARTS = (1980, 1, 1, 0, 0, 0)
#: Printed, a list lies on A4 landscape, as wide as the paper and as long as it takes.
_FITTED = '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
_PAPER = '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'


class Style(IntEnum):
    """How a cell looks; the number is its place in the table of styles (days and quoted text come after, see `_STYLES`)."""

    PLAIN = 0
    HEADING = 1
    TITLE = 2
    WRONG = 3
    DOUBTFUL = 4
    GOOD = 5
    FAINT = 6


#: A day, an instant and a text that could start a formula, in each of the styles.
_DAY, _MOMENT, _QUOTED = len(Style), 2 * len(Style), 3 * len(Style)
_FILLS = {
    Style.HEADING: "FFD9E1F2",
    Style.WRONG: "FFFFC7CE",
    Style.DOUBTFUL: "FFFFEB9C",
    Style.GOOD: "FFC6EFCE",
}


class Out(Protocol):
    """What the file is written to: a new file, or bytes in memory."""

    def write(self, data: bytes, /) -> object:
        """Append *data*."""


@dataclass(frozen=True, slots=True)
class Note:
    """A comment on a cell: row and column from 0, and what it says."""

    row: int
    column: int
    text: str


@dataclass(slots=True)
class _Sheet:
    name: str
    notes: list[Note] = field(default_factory=list)


def write_xlsx(
    out: Out, columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", name: str = "",
    language: Language = Language.ZH,
) -> int:  # fmt: skip
    """Write one table with its spoken headings (over it *title*, if given); returns how many rows it has.

    Numbers and days are numbers and days; anything else is told in *language*.
    """
    with (
        book(out, language) as made,
        made.sheet(name or title or "1", widths(columns), frozen=2 if title else 1) as sheet,
    ):
        if title:
            sheet.row([title], Style.TITLE)
        sheet.heading(columns)
        for row in rows:
            sheet.row(row)
        return sheet.count


def write_rows(out: Out, rows: Sequence[object], columns: Sequence[str], language: Language) -> int:
    """Write the rows of a list by their attributes, under the headings a table on the screen has; returns how many."""
    names = columns_of(rows, columns)
    heads = [(told[:1].upper() + told[1:]) for told in (soft_label(name, language) for name in names)]
    return write_xlsx(out, heads, ([value(row, name) for name in names] for row in rows), language=language)


def widths(columns: Sequence[str]) -> list[int]:
    """How wide columns with these headings are, in letters."""
    return [max(NARROW, min(WIDE, 3 + _letters(one) * 2)) for one in columns]


def _letters(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text) // 2 + 1


@contextmanager
def book(out: Out, language: Language) -> Iterator[Book]:
    """A workbook written to *out*, whole when the block ends."""
    buffered = io.BufferedWriter(_Raw(out), 1 << 18)
    with zipfile.ZipFile(buffered, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as held:
        made = Book(held, language)
        yield made
        made.finish()
    buffered.flush()


class _Raw(io.RawIOBase):
    """*out* as a stream that only goes forward."""

    def __init__(self, out: Out) -> None:
        self._out = out

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._out.write(bytes(data))
        return len(data)


class Book:
    """Sheets one after the other; the first one opened is the first one shown, unless one says it goes before."""

    def __init__(self, held: zipfile.ZipFile, language: Language) -> None:
        self._zip, self._language = held, language
        self._sheets: list[_Sheet] = []
        self._first: list[int] = []

    @contextmanager
    def sheet(
        self, name: str, columns: Sequence[int], *, frozen: int = 0, first: bool = False
    ) -> Iterator[SheetWriter]:
        """A sheet called *name* with columns of these widths, its first *frozen* rows always in sight; shown before the others if *first*."""
        made = _Sheet(_sheet_name(name, {one.name.lower() for one in self._sheets}))
        self._sheets.append(made)
        number = len(self._sheets)
        if first:
            self._first.append(number)
        with self._zip.open(_part(f"xl/worksheets/sheet{number}.xml"), "w") as stream:
            yield from _written_sheet(stream, columns, frozen, SheetWriter(stream, made, self._language))
        if made.notes:
            self._notes(number, made.notes)

    def _notes(self, number: int, notes: Sequence[Note]) -> None:
        self._put(f"xl/comments{number}.xml", _comments(notes))
        self._put(f"xl/drawings/vmlDrawing{number}.vml", _shapes(notes))
        rels = (
            ("vml", "vmlDrawing", f"../drawings/vmlDrawing{number}.vml"),
            ("note", "comments", f"../comments{number}.xml"),
        )
        self._put(f"xl/worksheets/_rels/sheet{number}.xml.rels", _relations(rels))

    def finish(self) -> None:
        """Write what holds the sheets together."""
        order = [*self._first, *(at for at in range(1, len(self._sheets) + 1) if at not in self._first)]
        tabs = "".join(
            f'<sheet name="{_attribute(self._sheets[at - 1].name)}" sheetId="{at}" r:id="r{at}"/>'
            for at in order
        )
        self._put(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELS}"><sheets>{tabs}</sheets></workbook>',
        )
        parts = [(f"r{at}", "worksheet", f"worksheets/sheet{at}.xml") for at in order]
        self._put("xl/_rels/workbook.xml.rels", _relations([*parts, ("styles", "styles", "styles.xml")]))
        self._put("xl/styles.xml", _styles())
        self._put("_rels/.rels", _relations([("book", "officeDocument", "xl/workbook.xml")]))
        self._put("[Content_Types].xml", _types(self._sheets))

    def _put(self, name: str, text: str) -> None:
        self._zip.writestr(_part(name), (_HEAD + text).encode(), zipfile.ZIP_DEFLATED, 4)


def _part(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH_OF_PARTS)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


class SheetWriter:
    """Rows of one sheet, written as they come."""

    def __init__(self, stream: Any, made: _Sheet, language: Language) -> None:
        self._stream, self._made, self._language = stream, made, language
        self._at, self._heading, self._width = 0, 0, 0
        self.count = 0

    def heading(self, columns: Sequence[str]) -> None:
        """The row that stays in sight and can be filtered."""
        self.row(columns, Style.HEADING)
        self._heading, self._width, self.count = self._at, len(columns), 0

    def row(self, cells: Sequence[object], style: Style = Style.PLAIN, *, styles: Mapping[int, Style] | None = None,
            notes: Mapping[int, str] | None = None) -> None:  # fmt: skip
        """One row; *styles* of single cells and *notes* on them by column from 0."""
        written = "".join(
            self._cell(at, one, (styles or {}).get(at, style))
            for at, one in enumerate(cells)
            if (one is not None and one != "") or (styles and at in styles)
        )
        self._at += 1
        self.count += 1
        self._stream.write(f'<row r="{self._at}">{written}</row>'.encode())
        self._made.notes += [Note(self._at - 1, at, text) for at, text in (notes or {}).items()]

    def _cell(self, column: int, thing: object, style: Style) -> str:
        place = f"{_column(column)}{self._at + 1}"
        if (
            isinstance(thing, (int, float))
            and type(thing) is not bool
            and abs(thing) < 1e15
            and not hasattr(thing, "word")
        ):
            return f'<c r="{place}" s="{int(style)}"><v>{thing!r}</v></c>'
        if isinstance(thing, dt.datetime):
            return f'<c r="{place}" s="{_MOMENT + style}"><v>{_moment(thing)!r}</v></c>'
        if isinstance(thing, dt.date) and thing.year >= 1901:
            return f'<c r="{place}" s="{_DAY + style}"><v>{(thing - _EPOCH).days}</v></c>'
        text = thing if type(thing) is str else spoken_cell(thing, self._language)
        number = _QUOTED + style if starts_formula(text) else int(style)
        if not text:
            return f'<c r="{place}" s="{number}"/>'
        return f'<c r="{place}" s="{number}" t="inlineStr"><is><t xml:space="preserve">{_text(text)}</t></is></c>'

    def end(self) -> None:
        """What stands after the rows."""
        last = _column(max(self._width - 1, 0))
        area = (
            f'<autoFilter ref="A{self._heading}:{last}{max(self._at, self._heading)}"/>'
            if self._heading
            else ""
        )
        drawing = f'<legacyDrawing xmlns:r="{_RELS}" r:id="vml"/>' if self._made.notes else ""
        self._stream.write(f"</sheetData>{area}{_PAPER}{drawing}</worksheet>".encode())


def _written_sheet(
    stream: Any, columns: Sequence[int], frozen: int, sheet: SheetWriter
) -> Iterator[SheetWriter]:
    sizes = "".join(
        f'<col min="{at}" max="{at}" width="{wide}" customWidth="1"/>' for at, wide in enumerate(columns, 1)
    )
    cols = f"<cols>{sizes}</cols>" if sizes else ""
    pane = (
        f'<pane ySplit="{frozen}" topLeftCell="A{frozen + 1}" activePane="bottomLeft" state="frozen"/>'
        if frozen
        else ""
    )
    views = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
    stream.write(f'{_HEAD}<worksheet xmlns="{_MAIN}">{_FITTED}{views}{cols}<sheetData>'.encode())
    yield sheet
    sheet.end()


def _moment(thing: dt.datetime) -> float:
    zone = ZONE.get()
    local = (thing.astimezone(zone) if zone and thing.tzinfo else thing).replace(tzinfo=None)
    return (local - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)  # noqa: DTZ001  # a cell has no zone


def _column(at: int) -> str:
    """`A`, `B`, … `AA` for the column at 0, 1, … 26."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _text(text: str) -> str:
    """*text* as XML has it; signs that XML cannot hold are escaped as the standard says (ECMA-376, 22.4.2.4)."""
    text = _LOOKS_ESCAPED.sub("_x005F_", text[:MOST_LETTERS])
    return escape(_UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


def _attribute(text: str) -> str:
    return escape(_UNWRITABLE.sub("", text), {'"': "&quot;"})


def _sheet_name(name: str, taken: set[str]) -> str:
    """*name* as a sheet may be called: 31 letters, none of `[]:*?/\\`, unlike the others."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", name).strip()[:MOST_NAME] or "1"
    number = 1
    tried = plain
    while tried.lower() in taken:
        number += 1
        tried = f"{plain[: MOST_NAME - 4]} {number}"
    return tried


def _relations(rows: Iterable[tuple[str, str, str]]) -> str:
    told = "".join(
        f'<Relationship Id="{rid}" Type="{_RELS}/{kind}" Target="{part}"/>' for rid, kind, part in rows
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{told}</Relationships>'


def _types(sheets: Sequence[_Sheet]) -> str:
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    for at, sheet in enumerate(sheets, 1):
        parts.append((f"/xl/worksheets/sheet{at}.xml", "worksheet"))
        parts += [(f"/xl/comments{at}.xml", "comments")] if sheet.notes else []
    told = "".join(f'<Override PartName="{part}" ContentType="{kinds}.{kind}+xml"/>' for part, kind in parts)
    usual = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>'
    )
    return f'<Types xmlns="{_PACKAGE}/content-types">{usual}{told}</Types>'


def _styles() -> str:
    """Each style as text or number, as a day, as an instant, and as text that is never a formula."""
    fills = [
        '<fill><patternFill patternType="none"/></fill>',
        '<fill><patternFill patternType="gray125"/></fill>',
    ]
    places = {}
    for style, colour in _FILLS.items():
        places[style] = len(fills)
        fills.append(f'<fill><patternFill patternType="solid"><fgColor rgb="{colour}"/></patternFill></fill>')
    fonts = (
        '<font><sz val="11"/><name val="宋体"/></font><font><b/><sz val="11"/><name val="宋体"/></font>'
        '<font><b/><sz val="14"/><name val="宋体"/></font>'
        '<font><sz val="11"/><color rgb="FF808080"/><name val="宋体"/></font>'
    )
    of_font = {Style.HEADING: 1, Style.TITLE: 2, Style.FAINT: 3}
    formats = ((0, ""), (164, ""), (165, ""), (0, ' quotePrefix="1"'))
    xfs = "".join(
        f'<xf numFmtId="{number}" fontId="{of_font.get(style, 0)}" fillId="{places.get(style, 0)}" borderId="0" '
        f'xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"{more}/>'
        for number, more in formats
        for style in Style
    )
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
        '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
        f'<fonts count="4">{fonts}</fonts><fills count="{len(fills)}">{"".join(fills)}</fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{4 * len(Style)}">{xfs}</cellXfs></styleSheet>'
    )


def _comments(notes: Sequence[Note]) -> str:
    told = "".join(
        f'<comment ref="{_column(one.column)}{one.row + 1}" authorId="0"><text><r><t xml:space="preserve">{_text(one.text)}</t></r></text></comment>'
        for one in sorted(notes, key=lambda note: (note.row, note.column))
    )
    return f'<comments xmlns="{_MAIN}"><authors><author>Anjuan</author></authors><commentList>{told}</commentList></comments>'


def _shapes(notes: Sequence[Note]) -> str:
    """The boxes that comments stand in: without them Excel shows none."""
    boxes = "".join(
        f'<v:shape id="s{at}" type="#t" style="position:absolute;width:220pt;height:80pt;z-index:{at};visibility:hidden" '
        'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:textbox/><x:ClientData ObjectType="Note">'
        f"<x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{one.column + 1},15,{one.row},2,{one.column + 4},15,{one.row + 4},2"
        f"</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{one.row}</x:Row><x:Column>{one.column}</x:Column></x:ClientData></v:shape>"
        for at, one in enumerate(notes, 1)
    )
    return (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="t" coordsize="21600,21600" o:spt="202" '
        f'path="m,l,21600r21600,l21600,xe"/>{boxes}</xml>'
    )


__all__ = ["Book", "Out", "SheetWriter", "Style", "book", "widths", "write_xlsx"]
