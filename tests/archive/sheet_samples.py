"""Lists as offices keep them, generated: every way of writing a heading, a day, a file format; and files that mean harm."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any

import xlsxwriter

Rows = Sequence[Sequence[Any]]

FILED = ("序号", "档号", "文号", "责任者", "题　名", "日期", "密级", "页数", "保管期限", "备注")
#: One day, as people write it.
DAYS = (
    "20240131", 20240131, "2024.1.31", "2024-1-31", "2024/01/31", "2024年1月31日", "二〇二四年一月三十一日",
    "二零二四年一月卅一日", "２０２４．１．３１", 45322, "45322", "2024-01-31 00:00:00", "2024.1.31.", dt.date(2024, 1, 31),
)  # fmt: skip


def xlsx(
    sheets: dict[str, Rows], *, merged: Sequence[tuple[str, int, int, int, int]] = (), formulas: bool = False
) -> bytes:
    """A workbook by XlsxWriter: dates as dates, the areas *merged* (sheet, rows and columns) joined."""
    room = io.BytesIO()
    with xlsxwriter.Workbook(
        room, {"in_memory": True, "strings_to_formulas": formulas, "strings_to_urls": False}
    ) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for area in merged:
                if area[0] == name:
                    sheet.merge_range(*area[1:], "")
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(at, column, dt.datetime(cell.year, cell.month, cell.day), day)
                    elif cell is not None:
                        sheet.write(at, column, cell)
    return room.getvalue()


def text(rows: Rows, *, sign: str = ",", charset: str = "utf-8") -> bytes:
    """The same as text."""
    lines = (
        sign.join("" if cell is None else f'"{cell}"' if sign in str(cell) else str(cell) for cell in row)
        for row in rows
    )
    return "\r\n".join([*lines, ""]).encode(charset)


def filed(count: int = 3) -> list[list[Any]]:
    """A dirty 归档文件目录: two title rows, the heading, papers with a heading in the middle, a total and signatures."""
    rows: list[list[Any]] = [
        ["和园物业　归档文件目录"],
        ["全宗号：K001　　年度：2024　　保管期限：10年", None, None, "密级", "内部"],
        list(FILED),
    ]
    for n in range(1, count + 1):
        rows.append(
            [
                n,
                f"K001-WS·2024·D10·KF-{n:04d}",
                f"和物〔2024〕{n}号",
                "客服部 ",
                f"关于第{n}次例会的纪要",
                DAYS[n % len(DAYS)],
                "内部",
                "２",
                "十年",
                None,
            ]
        )  # noqa: RUF001
        if n == 2:
            rows += [[None] * 10, list(FILED)]
    return [
        *rows,
        ["合计", None, None, None, None, None, None, 2 * count],
        ["制表人：周文员", None, None, None, "审核："],
    ]


# --- old workbooks (BIFF8 in a compound file) -------------------------------------------------------


def xls(sheets: dict[str, Rows], *, extra: bytes = b"", version: int = 0x0600) -> bytes:
    """A small .xls: texts shared, numbers, days; *extra* records go into the first sheet."""
    texts: dict[str, int] = {}
    bodies = [
        _old_sheet(rows, texts, extra if at == 0 else b"", version) for at, rows in enumerate(sheets.values())
    ]
    head = _record(0x0809, struct.pack("<HHHHLL", version, 5, 0, 0, 0, 0)) + _record(0x0022, b"\0\0")
    head += _record(0x00E0, struct.pack("<HH16x", 0, 0)) + _record(0x00E0, struct.pack("<HH16x", 0, 14))
    shared = _shared(list(texts))
    size = len(head) + sum(4 + 8 + 2 * len(name) for name in sheets) + len(shared) + 4
    bounds = b""
    for name, body in zip(sheets, bodies, strict=True):
        bounds += _record(0x0085, struct.pack("<LBBBB", size, 0, 0, len(name), 1) + name.encode("utf-16-le"))
        size += len(body)
    return compound({"Workbook": head + bounds + shared + _record(0x000A, b"") + b"".join(bodies)})


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _shared(texts: list[str]) -> bytes:
    """The shared texts, cut into CONTINUE records in the middle of letters as Excel does."""
    body = struct.pack("<LL", len(texts), len(texts))
    pieces = []
    for one in texts:
        raw = one.encode("utf-16-le")
        if len(body) + len(raw) > 400 and len(raw) > 4:
            body += struct.pack("<HB", len(one), 1) + raw[:2]
            pieces.append(body)
            body = b"\1" + raw[2:]
        else:
            body += struct.pack("<HB", len(one), 1) + raw
    pieces.append(body)
    return _record(0x00FC, pieces[0]) + b"".join(_record(0x003C, one) for one in pieces[1:])


def _old_sheet(rows: Rows, texts: dict[str, int], extra: bytes, version: int) -> bytes:
    out = _record(0x0809, struct.pack("<HHHHLL", version, 0x10, 0, 0, 0, 0)) + extra
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            place = struct.pack("<HH", at, column)
            if isinstance(cell, str):
                out += _record(0x00FD, place + struct.pack("<HL", 0, texts.setdefault(cell, len(texts))))
            elif isinstance(cell, dt.date):
                out += _record(0x0203, place + struct.pack("<Hd", 1, (cell - dt.date(1899, 12, 30)).days))
            elif isinstance(cell, int) and abs(cell) < 1 << 28:
                out += _record(0x027E, place + struct.pack("<Hl", 0, cell << 2 | 2))
            elif cell is not None:
                out += _record(0x0203, place + struct.pack("<Hd", 0, cell))
    return out + _record(0x000A, b"")


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file of 512-byte sectors with these streams, each padded beyond what small ones may have."""
    folder, sectors, fat = _entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1), b"", list[int]()
    for name, body in streams.items():
        body = body.ljust(4096, b"\0")
        start, count = len(fat), -(-len(body) // 512)
        fat += [*range(start + 1, start + count), 0xFFFFFFFE]
        sectors += body.ljust(512 * count, b"\0")
        folder += _entry(name, 2, start, len(body))
    folder = folder.ljust(512, b"\0")
    first_folder = len(fat)
    fat.append(0xFFFFFFFE)
    needed = -(-(len(fat) + 8) // 128)
    first_fat = len(fat)
    fat += [0xFFFFFFFD] * needed
    table = struct.pack(f"<{128 * needed}L", *(fat + [0xFFFFFFFF] * (128 * needed - len(fat))))
    places = [*range(first_fat, first_fat + needed)]
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 16
        + struct.pack(
            "<HHHHH6xLLLLLLLLL",
            0x3E,
            3,
            0xFFFE,
            9,
            6,
            0,
            needed,
            first_folder,
            0,
            4096,
            0xFFFFFFFE,
            0,
            0xFFFFFFFE,
            0,
        )
    )
    head += struct.pack("<109L", *(places + [0xFFFFFFFF] * (109 - len(places))))
    return head + sectors + folder + table


def _entry(name: str, kind: int, start: int, size: int, *, child: int = 0xFFFFFFFF) -> bytes:
    raw = (name + "\0").encode("utf-16-le")
    return (
        raw.ljust(64, b"\0")
        + struct.pack("<HBBLLL", len(raw), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        + b"\0" * 36
        + struct.pack("<LLL", start, size, 0)
    )


# --- files that mean harm ---------------------------------------------------------------------------

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def raw_xlsx(data: bytes, *, more: dict[str, bytes] | None = None) -> bytes:
    """The least that is a workbook, with *data* as the part of its only sheet."""
    rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": b"<Types/>",
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{rels}"><sheets><sheet name="1" r:id="a"/></sheets></workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="a" Type="{rels}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'.encode(),
        "xl/worksheets/sheet1.xml": data,
        **(more or {}),
    }
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as held:
        for name, body in parts.items():
            held.writestr(name, body)
    return room.getvalue()


def sheet_xml(rows: str) -> bytes:
    """A sheet part with these rows as XML."""
    return f"<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>".encode()


def bomb(mib: int = 64) -> bytes:
    """A sheet of *mib* MiB of the same nothing, a thousandth of it in the file."""
    return raw_xlsx(sheet_xml(("<row>" + " " * 1000 + "</row>") * (mib << 10)))
