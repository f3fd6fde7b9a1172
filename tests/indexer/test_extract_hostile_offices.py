"""Hostile files of every office format: each ends with a reason, within the limits, the reader alive (F1, F2)."""

from __future__ import annotations

import io
import random
import struct
import time
import zipfile
from functools import cache

import pytest
from olefile import OleFileIO

from indexer.extract import Extractor, enclosed, sheet
from indexer.extract.kinds import Extracted, Outcome
from indexer.extract.message import unpacked
from indexer.extract.parse import parse
from tests.indexer.compound_samples import a_doc, a_doc95, a_msg, a_ppt, an_xls, facts, squeezed
from tests.indexer.compound_samples import enclosed as an_enclosed
from tests.indexer.extract_samples import SIMPLIFIED, an_eml
from tests.indexer.hostile_offices import HOSTILE, changed, with_line, zipped
from tests.indexer.office_samples import (
    PARAGRAPH,
    a_pptx,
    a_zip,
    an_ods,
    an_odt,
    an_ofd,
    an_ofd_page,
    an_open,
    an_rtf,
    cell,
    coded,
    run,
    shape,
    slide,
)

SECONDS = 10.0
"""No hostile file of this suite may hold the reader longer; the sandbox allows 30."""


@cache
def made(name: str) -> tuple[str, bytes, set[Outcome]]:
    suffix, make, outcomes = HOSTILE[name]
    return suffix, make(), outcomes


def fit(found: Extracted) -> bool:
    """What every answer must be: text or a reason, and notes that cannot quote the file."""
    found.text.encode()
    assert bool(found.text) == (found.outcome is Outcome.TEXT)
    assert found.note.isascii() and len(found.note) < 200
    assert found.outcome is not Outcome.CORRUPT or "why=" in found.note
    return True


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Panics of the workbook reader are answered; their traces take half a second each."""
    monkeypatch.setenv("RUST_BACKTRACE", "0")


@pytest.mark.parametrize("name", HOSTILE)
def test_rel_F1_a_hostile_file_ends_with_its_reason(name):
    """An outcome that fits the attack, in seconds, whatever the file claims."""
    suffix, data, outcomes = made(name)
    start = time.monotonic()

    found = parse(data, suffix)

    assert fit(found)
    assert found.outcome in outcomes
    assert time.monotonic() - start < SECONDS


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_rel_F1_one_reader_in_its_sandbox_survives_them_all(every):
    """The same files one after the other: the same answers, no crash, and good files in between are read."""
    good = a_doc(PARAGRAPH)
    with Extractor() as reader:
        for name in list(HOSTILE)[::every]:
            suffix, data, outcomes = made(name)
            found = reader.extract(data, "a" + suffix)

            assert found.outcome in outcomes, name
            assert reader.extract(good, "a.doc").text == PARAGRAPH


def test_rel_F1_a_sheet_that_fills_the_memory_is_oversized_and_the_next_file_is_read():
    """A hundred million full cells: the reader of workbooks gives up inside the sandbox, not the parent."""
    vast = an_ods(cell("甲", 'table:number-columns-repeated="100"'), rows="1000000")
    with Extractor() as reader:
        found = reader.extract(vast, "a.ods")

        assert found.outcome in {Outcome.OVERSIZED, Outcome.TIMED_OUT}
        assert Outcome.TEXT == reader.extract(an_ods(cell("乙")), "a.ods").outcome


# --- witnesses ---------------------------------------------------------------------------------


def test_rel_F1_without_our_look_at_the_tables_a_loop_unpacks_beyond_the_file():
    """The witness: olefile alone follows the circle as long as the stream claims to be."""
    loop = with_line(1, 120, "<Q", 32 * 1024 * 1024)
    tables = 512 + 512 * struct.unpack_from("<I", loop, 76)[0]
    loop = changed(loop, tables, "<2I", 1, 0)

    with OleFileIO(io.BytesIO(loop)) as careless:
        unpacked_size = len(careless.openstream("WordDocument").getvalue())

    assert unpacked_size > 1000 * len(loop)
    assert "why=ole-stream" == parse(loop, ".doc").note


def test_rel_F1_without_the_limit_of_depth_the_bottom_is_reached(monkeypatch):
    """The witness: sixty archives within archives are all opened when nothing says stop."""
    data = zipped(60)

    assert Outcome.OVERSIZED == parse(data, ".zip").outcome
    monkeypatch.setattr(enclosed, "MOST_DEPTH", 1000)
    assert SIMPLIFIED in parse(data, ".zip").text


def test_rel_F1_without_the_count_of_repeats_every_claimed_row_is_walked(monkeypatch):
    """The witness: with the largest sheet set beyond what is claimed, the same file takes many times as long."""
    data = an_ods(cell("甲"), rows=str(2**28))

    def seconds() -> float:
        start = time.perf_counter()
        parse(data, ".ods")
        return time.perf_counter() - start

    with_count = min(seconds() for _ in range(3))
    assert "why=cells" == parse(data, ".ods").note
    monkeypatch.setattr(sheet, "_MOST_REPEATED", {b"rows": 2**40, b"columns": 2**40})
    assert seconds() > 10 * with_count


def test_rel_F1_compressed_rtf_never_grows_more_than_seventeenfold():
    """References that copy themselves, as dense as can be; the claimed size changes nothing."""
    body = (b"\xff" + struct.pack(">8H", *[0x0CFF & 0xFFFF] * 8)) * 50_000
    packed = struct.pack("<4I", len(body) + 12, 0xFFFF_FFFF, 0x75465A4C, 0) + body

    assert len(unpacked(packed)) <= 17 * len(packed)


@pytest.mark.parametrize("limit", ["files", "size", "deadline"])
def test_rel_F1_what_one_file_may_enclose_is_counted_over_all_levels(limit, monkeypatch):
    """Members, bytes and seconds are shared by all archives within an archive; what was read stays."""
    inner = a_zip({f"{number}.txt": f"第{number}号" * 100 for number in range(20)})
    data = a_zip({"first.txt": "开头", **{f"{number}.zip": inner for number in range(5)}})
    most = {"files": 12, "size": 3 * len(inner), "deadline": 0.0}[limit]
    whole = parse(data, ".zip")
    narrow = (
        enclosed.Budget(**{limit: most})
        if limit != "deadline"
        else enclosed.Budget(deadline=time.monotonic() - 1)
    )
    monkeypatch.setattr(enclosed, "Budget", lambda: narrow)

    found = parse(data, ".zip")

    assert whole.text.count("号") > 5000
    assert found.text.count("号") < 2500
    assert ("开头" in found.text) == (limit != "deadline")
    assert "unread=" in found.note


# --- mutations ---------------------------------------------------------------------------------

SOUND = {
    ".doc": lambda: a_doc(PARAGRAPH, narrow="HT-2019", struck=(2, 4), comments="批注\r"),
    ".dot": lambda: a_doc95(PARAGRAPH),
    ".xls": lambda: an_xls(PARAGRAPH, "乙"),
    ".ppt": lambda: a_ppt(PARAGRAPH, narrow="abc"),
    ".msg": lambda: a_msg({"__substg1.0_10090102": squeezed(an_rtf("a"))}, an_enclosed("a.txt", b"x"), inner=facts(24)),
    ".pptx": lambda: a_pptx(slide(shape(PARAGRAPH)), slide(shape("乙")), notes="讲", chart="图"),
    ".odt": lambda: an_odt(PARAGRAPH, "乙<text:s/>丙"),
    ".ods": lambda: an_ods(cell(PARAGRAPH), cell("乙")),
    ".odp": lambda: an_open("presentation", f"<draw:page><text:p>{PARAGRAPH}</text:p></draw:page>"),
    ".ofd": lambda: an_ofd(an_ofd_page(run(1, 1, "甲"), run(9, 1, "乙"), template="t1"), template=an_ofd_page(run(1, 9, "底"))),
    ".rtf": lambda: an_rtf(r"\f1 " + coded(PARAGRAPH, "gb18030") + r"{\footnote a}\u26448?\bin3 abc\par"),
    ".eml": an_eml,
    ".html": lambda: f"<html><meta charset=gbk><table><tr><td>{PARAGRAPH}</table>".encode("gbk", "ignore"),
    ".xml": lambda: f"<?xml version='1.0'?><a><b c='d'>{PARAGRAPH}</b></a>".encode(),
    ".zip": lambda: a_zip({"a.txt": PARAGRAPH, "b.docx": b"x", "c.zip": a_zip({"d.txt": "乙"})}),
}  # fmt: skip


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, some cut out, some doubled."""
    body = bytearray(data)
    for _ in range(chance.randint(1, 10)):
        at = chance.randrange(len(body))
        match chance.randrange(6):
            case 0:
                del body[at : at + chance.randint(1, 40)]
            case 1:
                body[at:at] = body[at : at + 40]
            case 2:
                body[at : at + 4] = chance.choice((b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f"))
            case _:
                body[at] = chance.randrange(256)
        body = body or bytearray(b"x")
    return bytes(body)


def mutated_within(data: bytes, chance: random.Random) -> bytes:
    """A package with the damage behind its checksums, where the readers meet it."""
    with zipfile.ZipFile(io.BytesIO(data)) as sound:
        parts = {name: sound.read(name) for name in sound.namelist()}
    name = chance.choice([name for name in parts if name != "mimetype"])
    return a_zip({**parts, name: mutated(parts[name], chance)})


def mutations(suffix: str, count: int):
    data, chance = SOUND[suffix](), random.Random(suffix)
    for number in range(count):
        packed = data.startswith(b"PK") and number % 4
        yield mutated_within(data, chance) if packed else mutated(data, chance)


IN_RUST = {".xls", ".ods"}
"""Read by calamine, which ends its process when a lie makes it ask for too much memory."""


@pytest.mark.parametrize("suffix", sorted(SOUND.keys() - IN_RUST))
def test_rel_F2_a_damaged_file_of_any_format_never_raises(suffix):
    """Sixty damaged copies of a sound file, each answered."""
    assert Outcome.TEXT == parse(SOUND[suffix](), suffix).outcome
    assert all(fit(parse(data, suffix)) for data in mutations(suffix, 60))


@pytest.mark.parametrize(
    ("suffix", "count"),
    [(suffix, 60) for suffix in sorted(IN_RUST)]
    + [pytest.param(suffix, 3000, marks=pytest.mark.slow) for suffix in SOUND],
)
def test_rel_F2_damaged_files_never_crash_the_reader_in_its_sandbox(suffix, count):
    """An answer each, and never an end of the reader that is not understood."""
    with Extractor() as reader:
        assert Outcome.TEXT == reader.extract(SOUND[suffix](), "a" + suffix).outcome
        for data in mutations(suffix, count):
            found = reader.extract(data, "a" + suffix)

            assert fit(found)
            assert found.outcome is not Outcome.CRASHED
