"""Lists read as rows: formats, charsets, sheets, formulas; and files that mean harm, stopped in bounded time and memory."""

from __future__ import annotations

import datetime as dt
import io
import random
import resource
import struct
import subprocess
import sys
import zipfile

import pytest

from archive.errors import (
    ArchiveError,
    BadValue,
    FileMissing,
    SheetLocked,
    SheetTooLarge,
    SheetUnreadable,
)
from archive.sheets import guarding, texts, xlsx
from archive.sheets.guarding import Bulk, Unreadable
from archive.sheets.lists import open_list
from archive.sheets.reading import open_sheet
from tests.archive import sheet_samples as samples

ROWS = [["序号", "题名", "日期"], [1, "会议纪要", dt.date(2024, 1, 31)], [None] * 3, [2.5, "=1+1", None]]


def cells(data, sheet=None):
    return [(row.number, row.cells) for row in open_sheet(data, sheet=sheet).rows()]


def test_the_same_rows_come_out_of_xlsx_and_of_old_workbooks():
    """Numbers, days, text that looks like a formula; an empty row keeps its number."""
    expected = [
        (1, ("序号", "题名", "日期")),
        (2, (1, "会议纪要", dt.date(2024, 1, 31))),
        (4, (2.5, "=1+1")),
    ]
    assert cells(samples.xlsx({"一": ROWS})) == expected
    assert cells(samples.xls({"一": ROWS})) == expected


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("sign", list(",\t;|"))
def test_text_is_read_in_every_charset_and_with_every_separator(charset, sign):
    """What was written comes out, whatever program wrote it."""
    rows = [["序号", "题名", "备注"], ["1", "关于装修的通知", f"a{sign}b"], ["2", "图注", ""]]
    found = cells(samples.text(rows, sign=sign, charset=charset))
    assert found == [(1, tuple(rows[0])), (2, tuple(rows[1])), (3, ("2", "图注"))]


def test_a_traditional_list_in_big5_is_told_from_gb18030():
    """The reading that gives the words of headings wins."""
    sheet = open_sheet(samples.text([["序號", "檔號", "題名"], ["1", "X", "會議記錄"]], charset="big5hkscs"))
    assert sheet.charset == "big5hkscs"
    assert next(iter(sheet.rows())).cells == ("序號", "檔號", "題名")


def test_witness_without_the_words_of_headings_the_charset_is_guessed_wrong(monkeypatch):
    """With the telling signs taken away the first reading that decodes is taken, and it is the wrong one."""
    monkeypatch.setattr(texts, "_TELLING", frozenset())
    data = samples.text([["序號", "檔號", "題名"], ["1", "X", "會議記錄"]], charset="big5hkscs")
    assert next(iter(open_sheet(data).rows())).cells[0] != "序號"


def test_a_sheet_is_chosen_by_name_by_number_or_as_the_first_with_rows():
    """An unknown one is refused, naming those there are."""
    data = samples.xlsx({"封面": [], "目录": ROWS, "备份": [["x"]]})
    assert open_sheet(data).name == "目录"
    assert open_sheet(data, sheet="备份").name == open_sheet(data, sheet="3").name == "备份"
    with pytest.raises(BadValue) as told:
        open_sheet(data, sheet="别的")
    assert told.value.facts["expected"] == ["封面", "目录", "备份"]
    old = samples.xls({"空": [], "目录": ROWS})
    assert open_sheet(old).name == "目录" and open_sheet(old, sheet="1").name == "空"


def test_a_formula_is_never_run_and_its_kept_value_is_taken():
    """The value the file holds; without one, or with an error, the cell is marked as broken."""
    xml = (
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>'
        '<c r="C1"><f>cmd()</f></c><c r="D1" t="e"><v>#REF!</v></c></row>'
    )
    (row,) = open_sheet(samples.raw_xlsx(samples.sheet_xml(xml))).rows()
    assert row.cells[:2] == (2, "ab")
    assert row.broken == {2: "", 3: "#REF!"}


def test_rich_texts_prefixes_and_missing_references_are_understood():
    """Pieces of a text are joined, what says the pronunciation is left out, a cell without a name is the next one."""
    xml = b'<x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:r><x:t>\xe7\x94\xb2</x:t></x:r><x:rPh><x:t>no</x:t></x:rPh><x:r><x:t>\xe4\xb9\x99</x:t></x:r></x:is></x:c><x:c><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    assert cells(samples.raw_xlsx(xml)) == [(1, ("甲乙", 7))]


def test_a_text_that_begins_like_a_formula_comes_back_from_our_own_csv():
    """The apostrophe that keeps it harmless is taken off again; one that was there stays."""
    assert cells("题名,备注\n'=1+1,'引文\n".encode()) == [(1, ("题名", "备注")), (2, ("=1+1", "'引文"))]


# --- what is refused ------------------------------------------------------------------------------


def doctype(kind: str) -> bytes:
    body = f'<!DOCTYPE x [<!ENTITY {kind}>]><worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>'
    return samples.raw_xlsx(body.encode())


REFUSED = {
    "empty": (b"", SheetUnreadable, Unreadable.EMPTY),
    "picture": (b"\x89PNG" + b"\0" * 60, SheetUnreadable, Unreadable.NOT_A_LIST),
    "page saved as xls": (b"<html><table/></html>", SheetUnreadable, Unreadable.OTHER_FORMAT),
    "zeros": (b"a\0b\1\0\0c" * 40, SheetUnreadable, Unreadable.NOT_A_LIST),
    "mixed bytes": ("题名,".encode() + b"\xff\xfa\xff", SheetUnreadable, Unreadable.ENCODING),
    "cut off": (samples.xlsx({"一": ROWS})[:900], SheetUnreadable, Unreadable.DAMAGED),
    "entity": (doctype('a "x"'), SheetUnreadable, Unreadable.DOCTYPE),
    "entity from outside": (doctype('a SYSTEM "file:///etc/passwd"'), SheetUnreadable, Unreadable.DOCTYPE),
    "word file": (samples.compound({"WordDocument": b"x"}), SheetUnreadable, Unreadable.NOT_A_LIST),
    "excel 95": (samples.compound({"Book": b"x"}), SheetUnreadable, Unreadable.OTHER_FORMAT),
    "locked xlsx": (samples.compound({"EncryptedPackage": b"x", "EncryptionInfo": b"y"}), SheetLocked, None),
    "bomb": (samples.bomb(24), SheetTooLarge, Bulk.RATIO),
    "wide": (samples.raw_xlsx(samples.sheet_xml('<row><c r="XFD1"><v>1</v></c></row>')), SheetTooLarge, Bulk.COLUMNS),
    "deep": (samples.raw_xlsx(samples.sheet_xml('<row r="99999999"><c><v>1</v></c></row>')), SheetTooLarge, Bulk.ROWS),
    "a field without end": (b'a,b\n"' + b"x," * (5 << 19), SheetUnreadable, Unreadable.DAMAGED),
}  # fmt: skip


def drained(data: bytes) -> list[object]:
    return [*open_sheet(data).rows()]


@pytest.mark.parametrize("name", REFUSED)
def test_rel_F2_what_is_no_list_or_means_harm_is_refused_by_its_name(name):
    """One error of ours that says why, in both languages."""
    data, error, why = REFUSED[name]
    with pytest.raises(error) as told:
        drained(data)
    assert why in {told.value.facts.get("why"), told.value.facts.get("what"), None}
    assert str(told.value)


def test_rel_F2_witness_without_its_guards_the_bomb_is_swallowed(monkeypatch):
    """The same file with the limits taken away: every mebibyte is inflated and nothing stops it."""
    monkeypatch.setattr(guarding, "MOST_RATIO", 1 << 40)
    assert drained(samples.bomb(24)) == []


def test_rel_F2_a_bomb_of_many_parts_meets_one_budget(monkeypatch):
    """Bytes are counted over the whole workbook, not over each part."""
    monkeypatch.setattr(guarding, "MOST_INFLATED", 4 << 20)
    noise = random.Random(1).randbytes(3 << 20).hex().encode()
    shared = b"<sst><si><t>" + noise[: 1 << 20] + b"</t></si></sst>"
    data = samples.raw_xlsx(
        samples.sheet_xml(f"<!--{noise.decode()}-->"), more={"xl/sharedStrings.xml": shared}
    )
    with pytest.raises(SheetTooLarge) as told:
        drained(data)
    assert told.value.facts["what"] is Bulk.INFLATED


def test_rel_F2_a_row_or_text_of_many_megabytes_is_stopped_while_it_is_read(monkeypatch):
    """XML between two rows has a limit of its own; it does not compress like a bomb."""
    monkeypatch.setattr(xlsx, "MOST_BETWEEN", 1 << 20)
    noise = random.Random(1).randbytes(1 << 20).hex()
    for data in (
        samples.raw_xlsx(samples.sheet_xml(f'<row><c t="str"><v>{noise}</v></c></row>')),
        samples.raw_xlsx(samples.sheet_xml(f'<row><c t="{noise}"><v>1</v></c></row>')),
    ):
        with pytest.raises(SheetTooLarge) as told:
            drained(data)
        assert told.value.facts["what"] is Bulk.BETWEEN


def test_rel_F2_a_lie_about_the_table_of_contents_is_found_before_it_is_believed():
    """A package that claims 200 MiB of names is refused without reading them."""
    data = bytearray(samples.xlsx({"一": ROWS}))
    at = data.rfind(b"PK\x05\x06")
    data[at + 12 : at + 16] = struct.pack("<L", 200 << 20)
    with pytest.raises(SheetTooLarge) as told:
        open_sheet(bytes(data))
    assert told.value.facts["what"] is Bulk.CONTENTS


def test_a_cell_of_a_megabyte_is_cut_and_refused_by_its_column():
    """The row has a verdict, and the file is read to its end."""
    big = "长" * (1 << 20)
    text = open_sheet(f"题名,日期\n{big},2024\n".encode("gb18030"))
    assert [len(row.text(0)) for row in text.rows()] == [2, guarding.MOST_LETTERS + 1]
    xml = f'<row><c t="str"><v>题名</v></c><c t="str"><v>档号</v></c></row><row><c t="str"><v>{big}</v></c><c><v>1</v></c></row>'
    listing = open_list(samples.raw_xlsx(samples.sheet_xml(xml)))
    (entry,) = listing.entries()
    assert entry.slips[0].column == "title" and entry.slips[0].error.facts["letters"] == 200


def test_rel_F2_an_old_workbook_that_lies_about_its_cells_takes_no_memory():
    """A cell said to stand in row 65,535, column 65,535: refused, where a reader that makes room would die."""
    lie = struct.pack("<HHHHHl", 0x027E, 10, 0xFFFF, 0xFFFE, 0, 6)
    with pytest.raises(SheetTooLarge) as told:
        drained(samples.xls({"一": ROWS}, extra=lie))
    assert told.value.facts["what"] is Bulk.COLUMNS


def test_rel_F2_an_old_workbook_with_a_password_is_told():
    """FILEPASS stands in front of everything else."""
    sound = samples.xls({"一": ROWS})
    at = sound.index(struct.pack("<HH", 0x0022, 2))
    data = sound[:at] + struct.pack("<HH", 0x002F, 2) + sound[at + 4 :]
    with pytest.raises(SheetLocked):
        drained(data)


def test_files_that_are_not_there_or_not_files_are_told(tmp_path):
    """No such path, a folder, a pipe."""
    import os

    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "none.xlsx", tmp_path, tmp_path / "pipe"):
        with pytest.raises(FileMissing):
            open_sheet(path)


# --- chance ---------------------------------------------------------------------------------------


def mutated(data: bytes, chance: random.Random) -> bytes:
    body = bytearray(data)
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(len(body))
        match chance.randrange(4):
            case 0:
                body[at] = chance.randrange(256)
            case 1:
                del body[at : at + chance.randrange(1, 40)]
            case 2:
                body[at:at] = body[at : at + 60]
            case _:
                body[at : at + 4] = chance.choice((b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f"))
        body = body or bytearray(b"x")
    return bytes(body)


def mutated_within(data: bytes, chance: random.Random) -> bytes:
    """Damage behind the checksums of a package."""
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        parts = {name: held.read(name) for name in held.namelist()}
    name = chance.choice(sorted(parts))
    parts[name] = mutated(parts[name], chance)
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as held:
        for part, body in parts.items():
            held.writestr(part, body)
    return room.getvalue()


SOUND = {
    "xlsx": samples.xlsx({"目录": samples.filed(6)}),
    "xls": samples.xls({"目录": samples.filed(6)}),
    "csv": samples.text(samples.filed(6), charset="gb18030"),
    "tsv": samples.text(samples.filed(6), sign="\t", charset="utf-16"),
}


@pytest.mark.parametrize("kind", SOUND)
@pytest.mark.parametrize("count", [60, pytest.param(4000, marks=pytest.mark.slow)])
def test_rel_F2_a_damaged_list_gives_entries_or_an_error_of_ours(kind, count):
    """Bytes changed, cut, doubled, before and behind the checksums: never a traceback, in bounded time."""
    chance = random.Random(kind)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = 0
    for number in range(count):
        data = SOUND[kind]
        data = mutated_within(data, chance) if kind == "xlsx" and number % 3 else mutated(data, chance)
        try:
            for entry in open_list(data).entries():
                assert entry.row > 0
        except ArchiveError as told:
            assert str(told)
            refused += 1
    assert refused
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10


MEASURE = """
import resource, sys
from archive.sheets.lists import open_list
start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
listing = open_list(sys.argv[1])
count = sum(1 for _ in listing.entries())
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start)
"""


@pytest.mark.parametrize("rows", [8_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_long_list_is_read_in_flat_memory(tmp_path, rows):
    """So many rows of ten columns, read in a process of its own: less than 40 MiB above what importing takes."""
    from archive.sheets.writing import write_xlsx

    path = tmp_path / "长.xlsx"
    with path.open("wb") as out:
        write_xlsx(out, [text.replace("\u3000", "") for text in samples.FILED], ([n, f"K-{n}", f"文{n}号", "客服部", f"关于第{n}次会议的纪要", dt.date(2024, 1, 1), "内部", 2, "10年", ""] for n in range(1, rows + 1)))  # fmt: skip
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
    )
    count, grown = map(int, told.stdout.split())
    assert count == rows
    assert grown < 40 << 10
