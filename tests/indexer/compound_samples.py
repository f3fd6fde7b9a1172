"""OLE compound files for the tests, written from their streams (MS-CFB), and the old office files in them."""

from __future__ import annotations

import datetime as dt
import struct
from dataclasses import dataclass

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SECTOR, MINI, CUTOFF = 512, 64, 4096
STORAGE, STREAM, ROOT = 1, 2, 5


@dataclass
class Node:
    """One line of the directory."""

    name: str
    kind: int
    data: bytes = b""
    sibling: int = FREE
    child: int = FREE
    start: int = 0

    @property
    def small(self):
        return self.kind == STREAM and len(self.data) < CUTOFF

    def line(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0"
        told = struct.pack("<HBB3I", len(name), self.kind, 1, FREE, self.sibling, self.child)
        return name.ljust(64, b"\0") + told + bytes(36) + struct.pack("<IQ", self.start, len(self.data))


def nodes(tree: dict, found: list[Node] | None = None) -> list[Node]:
    """The directory of a tree of storages (dictionaries) and streams (bytes); siblings hang in a chain."""
    found = [Node("Root Entry", ROOT)] if found is None else found
    parent, last = found[-1], None
    for name, held in tree.items():
        node = Node(name, STREAM if isinstance(held, bytes) else STORAGE)
        found.append(node)
        if last is None:
            parent.child = len(found) - 1
        else:
            last.sibling = len(found) - 1
        last = node
        if isinstance(held, bytes):
            node.data = held
        else:
            nodes(held, found)
    return found


class Sectors:
    """Sectors of one size and the table that chains them."""

    def __init__(self, size: int) -> None:
        self.size, self.body, self.table = size, b"", []

    def place(self, data: bytes) -> int:
        first, count = len(self.table), -(-len(data) // self.size)
        self.table += [*range(first + 1, first + count), END] if count else []
        self.body += data + b"\0" * (-len(data) % self.size)
        return first if count else END


def compound(tree: dict) -> bytes:
    """The whole file."""
    directory, wide, narrow = nodes(tree), Sectors(SECTOR), Sectors(MINI)
    for node in directory[1:]:
        if node.kind == STREAM:
            node.start = (narrow if node.small else wide).place(node.data)
    directory[0].data = narrow.body
    directory[0].start = wide.place(narrow.body)
    minis = struct.pack(f"<{len(narrow.table)}I", *narrow.table)
    mini_sectors = -(-len(minis) // SECTOR)
    first_mini = wide.place(minis.ljust(mini_sectors * SECTOR, b"\xff"))
    first_line = wide.place(b"".join(node.line() for node in directory))
    tables = next(count for count in range(1, 110) if count * 128 >= len(wide.table) + count)
    slots = range(len(wide.table), len(wide.table) + tables)
    table = struct.pack(f"<{len(wide.table) + tables}I", *wide.table, *[TABLE] * tables)
    head = MAGIC + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, tables, first_line, 0, CUTOFF, first_mini, mini_sectors, END, 0)
    head += struct.pack("<109I", *slots, *[FREE] * (109 - tables))
    return head + wide.body + table.ljust(tables * SECTOR, b"\xff")


def summary(title: str, created: dt.datetime, page: int = 936, charset: str = "gbk") -> bytes:
    """The stream of facts (MS-OLEPS): code page, title, instant of creation in UTC."""
    ticks = (created - dt.datetime(1601, 1, 1)) // dt.timedelta(microseconds=1) * 10
    words = title.encode(charset) + b"\0"
    facts = {
        1: struct.pack("<IHH", 2, page, 0),
        2: struct.pack("<II", 30, len(words)) + words + b"\0" * (-len(words) % 4),
        12: struct.pack("<IQ", 64, ticks),
    }
    lines, body = b"", b""
    for number, fact in facts.items():
        lines += struct.pack("<II", number, 8 + 8 * len(facts) + len(body))
        body += fact
    told = struct.pack("<II", 8 + len(lines) + len(body), len(facts)) + lines + body
    return (
        struct.pack("<HHI", 0xFFFE, 0, 5)
        + bytes(16)
        + struct.pack("<I", 1)
        + bytes(16)
        + struct.pack("<I", 48)
        + told
    )


# --- DOC ---------------------------------------------------------------------------------------

STORIES = ("text", "footnotes", "headers", "macros", "comments", "endnotes", "boxes", "header_boxes")


def a_doc(
    text: str,
    *,
    flags: int = 0,
    narrow: str = "",
    struck: tuple[int, int] | None = None,
    pieces: list[tuple[int, int, int]] | None = None,
    **stories: str,
) -> bytes:
    """A DOC of Word 97 whose pieces lie out of order: *narrow* first, in bytes, then the stories in Unicode.

    *struck* are two places in *text*, between which it was struck with changes tracked; *pieces* replace the
    piece table: begin, end and place of each.
    """
    told = {**dict.fromkeys(STORIES, ""), **stories, "text": narrow + text}
    wide = (text + "".join(told[name] for name in STORIES[1:])).encode("utf-16-le") + b"\r\0"
    begin, first = 2048, len(narrow)
    paper = bytearray(b"\0" * begin + wide + narrow.encode("cp1252"))
    held = [(0, first, (begin + len(wide)) * 2 | 0x4000_0000)] if narrow else []
    pieces = pieces or [*held, (first, first + len(wide) // 2, begin)]
    bounds = [*(piece[0] for piece in pieces), pieces[-1][1]]
    table = struct.pack(f"<{len(bounds)}I", *bounds)
    table += b"".join(struct.pack("<HIH", 0, place, 0) for _, _, place in pieces)
    clx = b"\x01" + struct.pack("<H", 2) + b"\0\0" + b"\x02" + struct.pack("<I", len(table)) + table
    runs = b""
    if struck:
        paper += b"\0" * (-len(paper) % 512)
        runs = struct.pack("<3I", begin, len(paper), len(paper) // 512)
        paper += _runs(begin, *struck, len(paper))
    struct.pack_into("<4H", paper, 0, 0xA5EC, 193, 0, 0x0804)
    struct.pack_into("<H", paper, 10, flags | 0x0200)
    struct.pack_into("<HH", paper, 32, 14, 0)
    struct.pack_into("<H", paper, 62, 22)
    struct.pack_into("<8I", paper, 64 + 12, *(len(told[name]) for name in STORIES))
    struct.pack_into("<H", paper, 152, 93)
    struct.pack_into("<2I", paper, 154 + 8 * 12, len(clx), len(runs))
    struct.pack_into("<2I", paper, 154 + 8 * 33, 0, len(clx))
    facts = summary("装修申请", dt.datetime(2024, 3, 31, 18))
    return compound({"WordDocument": bytes(paper), "1Table": clx + runs, "\x05SummaryInformation": facts})


def _runs(begin: int, start: int, end: int, close: int) -> bytes:
    """One page of character runs, the middle one struck (ChpxFkp)."""
    page = bytearray(512)
    struct.pack_into("<4I", page, 0, begin, begin + 2 * start, begin + 2 * end, close)
    page[17] = 100
    page[200:204] = b"\x03" + struct.pack("<HB", 0x0800, 1)
    page[511] = 3
    return bytes(page)


def a_doc95(text: str, language: int = 0x0804, charset: str = "gbk") -> bytes:
    """A DOC of Word 95: bytes in the code page of the program."""
    words = text.encode(charset)
    paper = bytearray(b"\0" * 1024 + words)
    struct.pack_into("<4H", paper, 0, 0xA5DC, 104, 0, language)
    struct.pack_into("<2I", paper, 0x18, 1024, 1024 + len(words))
    struct.pack_into("<I", paper, 0x34, len(words))
    return compound({"WordDocument": bytes(paper)})


# --- XLS ---------------------------------------------------------------------------------------


def record(number: int, body: bytes) -> bytes:
    return struct.pack("<HH", number, len(body)) + body


def an_xls(*cells: str, sheet: str = "台账", strings: int | None = None) -> bytes:
    """An XLS of one column of words (BIFF8); *strings* is how many it claims to share."""
    begin = record(0x0809, struct.pack("<4HII", 0x0600, 5, 0, 1997, 0, 0))
    page = record(0x0809, struct.pack("<4HII", 0x0600, 16, 0, 1997, 0, 0))
    end = record(0x000A, b"")
    shared = b"".join(struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le") for cell in cells)
    count = len(cells) if strings is None else strings
    table = record(0x00FC, struct.pack("<II", count, count) + shared)
    rows = b"".join(record(0x00FD, struct.pack("<3HI", row, 0, 0, row)) for row in range(len(cells)))
    name = struct.pack("<BB", len(sheet), 1) + sheet.encode("utf-16-le")
    place = len(begin) + 4 + 6 + len(name) + len(table) + len(end)
    book = begin + record(0x0085, struct.pack("<IH", place, 0) + name) + table + end + page + rows + end
    return compound({"Workbook": book.ljust(CUTOFF, b"\0")})


# --- PPT ---------------------------------------------------------------------------------------


def atom(kind: int, body: bytes, version: int = 0) -> bytes:
    return struct.pack("<HHI", version, kind, len(body)) + body


def a_ppt(*texts: str, narrow: str = "") -> bytes:
    """A PPT: a master with a prompt, then slides of one text each."""
    master = atom(0x03F8, atom(0x0FA0, "单击此处编辑母版标题样式".encode("utf-16-le")), 0xF)
    slides = b"".join(atom(0x03EE, atom(0x0FA0, text.encode("utf-16-le")), 0xF) for text in texts)
    slides += atom(0x03EE, atom(0x0FA8, narrow.encode("latin-1")), 0xF)
    return compound({"PowerPoint Document": master + slides, "Current User": b"\0" * 32})


# --- MSG ---------------------------------------------------------------------------------------


def wide(**properties: str) -> dict:
    """Streams of words, by the number of their property in hexadecimal (`p0037`)."""
    return {
        f"__substg1.0_{name[1:].upper()}001F": words.encode("utf-16-le") for name, words in properties.items()
    }


def facts(length: int, **values: int) -> dict:
    """The table of fixed properties (`p00390040`)."""
    lines = b"".join(struct.pack("<IIQ", int(name[1:], 16), 6, value) for name, value in values.items())
    return {"__properties_version1.0": bytes(length) + lines}


def enclosed(name: str, data: bytes) -> dict:
    return {**facts(8), **wide(p3707=name), "__substg1.0_37010102": data}


SENT = (dt.datetime(2024, 3, 31, 18) - dt.datetime(1601, 1, 1)) // dt.timedelta(microseconds=1) * 10


def a_msg(body: dict, *enclosures: dict, inner: dict | None = None) -> bytes:
    """An MSG from 王经理 with this body and these enclosures; *inner* is a letter in the letter."""
    tree = {
        **facts(32, p00390040=SENT, p3FFD0003=936),
        **wide(p0037="停水通知", p0C1A="王经理", p0E04="全体业主"),
        **body,
    }
    for number, one in enumerate(enclosures):
        tree[f"__attach_version1.0_#{number:08X}"] = one
    if inner is not None:
        letter = {**facts(8), **wide(p3001="转发信"), "__substg1.0_3701000D": inner}
        tree[f"__attach_version1.0_#{len(enclosures):08X}"] = letter
    return compound(tree)


def squeezed(rtf: bytes) -> bytes:
    """Compressed RTF of literals alone (MS-OXRTFCP); the end is a reference to the place of writing."""
    body = b"".join(b"\0" + rtf[at : at + 8] for at in range(0, len(rtf), 8))
    return struct.pack("<4I", len(body) + 12, len(rtf), 0x75465A4C, 0) + body
