"""Workbooks (XLSX, XLS, ODS): the name of each sheet, hidden ones too, then its rows, cells parted by tabs."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO

from olefile import OleFileIO
from python_calamine import CalamineWorkbook, PasswordError, SheetMetadata, SheetTypeEnum

from indexer.extract import compound, opendoc, package, slides
from indexer.extract.kinds import MOST_TEXT, Extracted, Kind, Outcome

MOST_CELLS = 5_000_000
"""Cells looked at in one workbook, empty ones included."""
_DRAWN = re.compile(r"xl/(?:comments|threadedComments/|drawings/drawing|charts/chart)[^/]*\.xml$")
"""Where an XLSX keeps comments, text boxes and the words of charts."""
_REPEATED = re.compile(rb"number-(rows|columns)-repeated\s*=\s*[\"']\s*\+?0*([0-9]{1,30})")
_MOST_REPEATED = {b"rows": 1_048_576, b"columns": 16_384}
"""The largest sheet any program writes; calamine would count through what is claimed."""


def read(data: bytes, held: zipfile.ZipFile) -> Extracted:
    """The text of an XLSX; raises calamine's errors on damage."""
    title, created = package.properties(held)
    found = _read(data, Extracted(Outcome.TEXT, kind=Kind.XLSX.value, title=title, created=created))
    text = "\n".join(filter(None, (found.text, *dict.fromkeys(_drawn(held)))))
    return replace(found, outcome=Outcome.TEXT, text=text) if text else found


def _drawn(held: zipfile.ZipFile) -> Iterator[str]:
    """Comments, text boxes and charts; a damaged one does not cost the cells."""
    for part in sorted(filter(_DRAWN.match, held.NameToInfo)):
        try:
            yield slides.text_of(package.parsed(held, part))
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S112
            continue


def read_old(data: bytes, ole: OleFileIO) -> Extracted:
    """The text of an XLS; raises calamine's errors on damage."""
    title, created = compound.properties(ole)
    return _read(data, Extracted(Outcome.TEXT, kind=Kind.XLS.value, title=title, created=created))


def read_open(data: bytes, held: zipfile.ZipFile) -> Extracted:
    """The text of an ODS; raises calamine's errors on damage."""
    if opendoc.locked(held):
        return Extracted(Outcome.ENCRYPTED, kind=Kind.ODS.value, note="why=office-password")
    claimed = ((what, int(count)) for what, count in _REPEATED.findall(held.read(opendoc.CONTENT)))
    if any(count > _MOST_REPEATED[what] for what, count in claimed):
        return Extracted(Outcome.OVERSIZED, kind=Kind.ODS.value, note="why=cells")
    title, created = opendoc.properties(held)
    return _read(data, Extracted(Outcome.TEXT, kind=Kind.ODS.value, title=title, created=created))


def _read(data: bytes, told: Extracted) -> Extracted:
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(data))
    except PasswordError:
        return Extracted(Outcome.ENCRYPTED, kind=told.kind, note="why=office-password")
    lines, rows, whole = _lines(workbook)
    outcome = Outcome.TEXT if rows else Outcome.EMPTY
    text = "\n".join(lines) if rows else ""
    note = "" if whole else f"cut-at-cells={MOST_CELLS}"
    return Extracted(outcome, text, told.kind, None, told.title, told.created, note)


def _lines(workbook: CalamineWorkbook) -> tuple[list[str], int, bool]:
    """The lines, how many of them are rows, and whether every cell was looked at."""
    lines: list[str] = []
    rows, room, cells = 0, MOST_TEXT, MOST_CELLS
    for sheet in workbook.sheets_metadata:
        lines.append(sheet.name)
        for row in _rows(workbook, sheet):
            cells -= len(row)
            if room < 0 or cells < 0:
                return lines, rows, cells >= 0
            if line := "\t".join(map(_cell, row)).strip("\t "):
                lines.append(line)
                rows += 1
                room -= len(line)
    return lines, rows, True


def _rows(workbook: CalamineWorkbook, sheet: SheetMetadata) -> Iterator[Sequence[object]]:
    if sheet.typ == SheetTypeEnum.WorkSheet:
        yield from workbook.get_sheet_by_name(sheet.name).iter_rows()


def _cell(value: object) -> str:
    """A cell as a person reads it: 3 rather than 3.0, a day without midnight."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "minutes")
    return " ".join(str(value).split())
