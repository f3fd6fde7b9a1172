"""Hostile PDFs through the limited child: each ends with a reason, and the next file is read (F1)."""

from __future__ import annotations

import random
import time

import pytest

from indexer.extract import Extractor, Limits
from indexer.extract.kinds import Extracted, Outcome, Picture
from tests.indexer.extract_samples import a_docx, a_pdf, locked
from tests.indexer.hostile_pdfs import QUICK, SLOW
from tests.indexer.pdf_samples import in_font, many_forms

GOOD = "停水通知：下周一检修。"


@pytest.fixture(scope="module")
def reader():
    with Extractor() as one:
        yield one


def survived(reader: Extractor, data: bytes, name: str) -> tuple[Outcome, str]:
    """The outcome, after making sure that it came in time, gave nothing away, and stopped nothing."""
    start = time.monotonic()

    found = reader.extract(data, name)

    assert time.monotonic() - start <= Limits().wall + 1
    assert bool(found.text) == (found.outcome is Outcome.TEXT)
    assert "root:" not in found.text
    assert (Outcome.TEXT, GOOD) == (reader.extract(GOOD.encode(), "a.txt").outcome, GOOD)
    return found.outcome, found.note


@pytest.mark.parametrize("name", QUICK)
def test_rel_F1_a_hostile_pdf_ends_with_a_reason(reader, name):
    """Bombs, loops, lies: an outcome within the limits; the child need not even be replaced."""
    outcome, note = survived(reader, QUICK[name](), "甲.docx" if "DOCX" in name else "甲.pdf")

    assert outcome in Outcome
    assert outcome in {Outcome.TEXT, Outcome.EMPTY, Outcome.IMAGE_ONLY} or "why=" in note


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_rel_F1_a_large_hostile_pdf_ends_with_a_reason(reader, name):
    """What needs all the time or memory there is."""
    outcome, note = survived(reader, SLOW[name](), "甲.pdf")

    assert outcome in {Outcome.TEXT, Outcome.EMPTY} or "why=" in note


def test_rel_F1_pdfium_out_of_memory_is_named_so():
    """pdfium aborts without a word; what the process held tells why. The witness: more memory, same file."""
    data = many_forms(10, 6)

    with Extractor(Limits(memory=192 * 1024 * 1024)) as tight:
        assert (Outcome.OVERSIZED, "why=memory") == survived(tight, data, "a.pdf")
    with Extractor() as usual:
        assert Outcome.TEXT == usual.extract(data, "a.pdf").outcome


def damaged(data: bytes, dice: random.Random) -> bytes:
    """*data* with a few bytes changed, cut out or doubled."""
    body = bytearray(data)
    for _ in range(dice.randint(1, 12)):
        at = dice.randrange(len(body))
        match dice.randrange(3):
            case 0:
                body[at] = dice.randrange(256)
            case 1:
                del body[at : at + dice.randint(1, 40)]
            case _:
                body[at:at] = body[at : at + dice.randint(1, 400)]
        body = body or bytearray(b"%PDF-")
    return bytes(body)


@pytest.mark.slow
def test_rel_F2_five_thousand_damaged_files_end_with_an_answer_and_without_harm(reader):
    """Read and drawn in the child: an outcome each; none takes longer than the limit, none reaches the parent."""
    dice = random.Random(2026)
    seeds = [
        (a_pdf("甲方押金", "", "乙方"), "a.pdf"), (locked(a_pdf("限制打印"), ""), "a.pdf"), (a_docx(), "a.docx"),
        (in_font("物业".encode("gbk"), "GBKp-EUC-H"), "a.pdf"),
        *((QUICK[name](), "a.pdf") for name in ("JPX junk", "DCT junk", "outline loop", "letter that draws itself")),
    ]  # fmt: skip
    crashed = 0
    for _ in range(5_000):
        data, name = dice.choice(seeds)
        data = damaged(data, dice)
        found, drawn = reader.extract(data, name), reader.draw(data, name, 1)
        assert bool(found.text) == (found.outcome is Outcome.TEXT)
        assert isinstance(drawn, (Picture, Extracted))
        crashed += Outcome.CRASHED in {found.outcome, getattr(drawn, "outcome", None)}

    assert crashed < 50
    assert GOOD == reader.extract(GOOD.encode(), "a.txt").text
