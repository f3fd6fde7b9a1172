"""XLSX: the name of each sheet, then its rows, cells parted by tabs."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from io import BytesIO

from python_calamine import CalamineWorkbook, SheetMetadata, SheetTypeEnum

from indexer.extract.kinds import MOST_TEXT, Extracted, Kind, Outcome
from indexer.extract.package import properties


def read(data: bytes, package: zipfile.ZipFile) -> Extracted:
    """The text of an XLSX file; raises calamine's errors on damage."""
    workbook = CalamineWorkbook.from_filelike(BytesIO(data))
    lines: list[str] = []
    cells = room = 0
    for sheet in workbook.sheets_metadata:
        lines.append(sheet.name)
        for line in _rows(workbook, sheet):
            lines.append(line)
            cells += 1
            room += len(line)
            if room > MOST_TEXT:
                break
    title, created = properties(package)
    outcome = Outcome.TEXT if cells else Outcome.EMPTY
    return Extracted(outcome, "\n".join(lines) if cells else "", Kind.XLSX.value, None, title, created)


def _rows(workbook: CalamineWorkbook, sheet: SheetMetadata) -> Iterator[str]:
    if sheet.typ != SheetTypeEnum.WorkSheet:
        return
    for row in workbook.get_sheet_by_name(sheet.name).iter_rows():
        line = "\t".join(map(_cell, row)).strip("\t")
        if line.strip():
            yield line


def _cell(value: object) -> str:
    """A cell as a person reads it: 3 rather than 3.0, a day without midnight."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "minutes")
    return " ".join(str(value).split())
