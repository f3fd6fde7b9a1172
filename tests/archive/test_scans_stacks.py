"""Stacks of pages: separator sheets found, files taken apart in memory, hostile ones left whole with a reason."""

import time
from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

from archive.errors import BadValue, ScanUnread
from archive.scans import sorting, stacks
from archive.scans.fates import Why
from archive.scans.sorting import Range, Section
from archive.scans.stacks import Page
from tests.archive.scanner import paper, pictures, png, sheets, stack, texts, tiff

A, B = "K001-ZY·ZX·2025·D30-0001-001", "K001-ZY·ZX·2025·D30-0001-002"
KNOWN = {A: A, B: B}.get


def test_separator_sheets_are_read_off_every_kind_of_scan():
    """A PDF, a TIFF in black and white, a grey picture turned by a quarter: the same codes, the mark apart."""
    pdf = stack(sheets(A), paper("one"), sheets(B))
    expected = [Page((A,), True), Page(()), Page((B,), True)]
    assert expected == stacks.pages(pdf, "a.pdf")
    black = [picture.convert("1") for picture in pictures(pdf, 200)]
    assert expected == stacks.pages(tiff(black, compression="group4"), "a.tif")
    turned = pictures(pdf)[0].rotate(90, expand=True)
    assert [Page((A,), True)] == stacks.pages(png(turned), "a.png")


def test_a_pdf_is_taken_apart_without_touching_its_pages_and_twice_alike():
    """Pages come out in order, equal in is equal out though time passes, and the whole is the very file."""
    pdf = paper("one", "two", "three", "four")
    part = stacks.part(pdf, [2, 3], "a.pdf")
    assert ["two", "three"] == texts(part)
    time.sleep(1.1)  # pdfium writes the second into every file
    assert part == stacks.part(pdf, [2, 3], "a.pdf")
    assert part != stacks.part(pdf, [2, 4], "a.pdf")
    assert len(PdfReader(BytesIO(part), strict=True).pages) == 2
    many = paper(*(f"page {n}" for n in range(400)))
    assert stacks.part(many, range(2, 400), "m.pdf") == stacks.part(many, range(2, 400), "m.pdf")
    assert texts(stacks.part(many, range(2, 400), "m.pdf"))[-1] == "page 398"


def test_witness_pdfium_alone_writes_another_file_every_time(monkeypatch):
    """Without the day and number put right the same pages would be attached twice."""
    pdf = paper("one", "two")
    monkeypatch.setattr(stacks, "_settled", lambda made: made)
    first = stacks.part(pdf, [1], "a.pdf")
    assert first != stacks.part(pdf, [1], "a.pdf")


@pytest.mark.parametrize(("mode", "compression"), [("1", "group4"), ("L", "tiff_lzw"), ("RGB", "jpeg")])
def test_a_tiff_is_taken_apart_without_losing_a_dot(mode, compression):
    """Black and white, grey, and photographs: what comes out is dot for dot what could be seen before."""
    drawn = [picture.convert(mode) for picture in pictures(paper("one", "two", "three"), 100)]
    whole = tiff(drawn, compression=compression, dpi=(100, 100))
    part = stacks.part(whole, [2, 3], "a.tif")
    assert part == stacks.part(whole, [2, 3], "a.tif")
    with Image.open(BytesIO(whole)) as before, Image.open(BytesIO(part)) as after:
        assert after.n_frames == 2 and after.mode == mode and after.info["dpi"] == (100, 100)
        for number in (1, 2):
            before.seek(number)
            after.seek(number - 1)
            assert before.tobytes() == after.tobytes()


# --- which pages are whose --------------------------------------------------------------------


def cut(*pages, **how):
    return [(one.code, one.why, one.numbers) for one in sorting.sections(pages, KNOWN, **how)]


def test_a_separator_begins_a_record_and_is_put_aside():
    """Pages before the first are nobody's; the sheets themselves stay only if asked for."""
    stacked = Page(()), Page((A,), True), Page(()), Page(()), Page((B,), True), Page(())
    assert cut(*stacked) == [(None, Why.BEFORE_FIRST, [1]), (A, None, [3, 4]), (B, None, [6])]
    assert cut(*stacked, keep=True) == [
        (None, Why.BEFORE_FIRST, [1]),
        (A, None, [2, 3, 4]),
        (B, None, [5, 6]),
    ]


def test_no_page_is_lost_to_a_code_it_bears():
    """A label on a first page begins the record and stays; the same again changes nothing; other codes are no codes."""
    told = cut(Page((A,)), Page(("https://pay.example",)), Page((A,)), Page((B,)), Page(()))
    assert told[1:] == [(A, None, [1, 2, 3]), (B, None, [4, 5])]


def test_what_is_not_plain_goes_to_nobody_until_the_next_separator():
    """A sheet whose code nobody knows, a page with the codes of two records."""
    told = cut(Page(("K001-?",), True), Page(()), Page((A, B)), Page(()), Page((B,), True), Page(()))
    assert told[1:] == [(None, Why.UNKNOWN, [2]), (None, Why.SEVERAL, [3, 4]), (B, None, [6])]


def test_ranges_are_read_as_people_write_them_and_cut_without_gap_or_overlap():
    """Inline, in full width, as a list with headings; what is left over is told; what overlaps is refused."""
    meant = [Range("001", 1, 3), Range("002", 4, 9), Range("003", 11, 11)]
    for text in (
        "001=1-3,002=4-9,003=11",
        "００１＝１－３，００２＝４－９；００３＝１１",
        "件号,起页,止页\n001,1,3\n002,4,9\n\n003,11",
        "001\t1\t3\n002 , 4-9\n003;11;11",
    ):
        assert meant == sorting.ranges(text), text
    told = [(one.code, one.why, one.told) for one in sorting.cut(12, meant)]
    assert told == [
        ("001", None, "1-3"), ("002", None, "4-9"), (None, Why.LEFT_OVER, "10"), ("003", None, "11"), (None, Why.LEFT_OVER, "12"),
    ]  # fmt: skip
    for wrong in (
        "",
        "001",
        "001=x",
        "001=3-1",
        "001=0-2",
        "001=1-99",
        "001=1-3,002=3-4",
        "=1-2",
        "001=1-2-3",
    ):
        with pytest.raises(BadValue):
            sorting.cut(12, sorting.ranges(wrong))


def test_sections_that_go_on_from_the_picture_before_know_it():
    """Single pictures of a folder are one stack: what was begun goes on."""
    begun = Section(A)
    assert cut(Page(()), begun=begun) == [(A, None, [1])]


# --- hostile files ----------------------------------------------------------------------------


def locked() -> bytes:
    writer = PdfWriter(clone_from=BytesIO(paper("geheim")))
    writer.encrypt("secret", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def bomb() -> bytes:
    """A TIFF of four bytes a row that claims a picture of 60,000 by 60,000."""
    out = BytesIO()
    Image.new("1", (8, 8)).save(out, "TIFF")
    raw = bytearray(out.getvalue())
    for tag in (256, 257):
        place = raw.index(
            tag.to_bytes(2, "little") + b"\x03\x00"
            if tag.to_bytes(2, "little") + b"\x03\x00" in raw
            else tag.to_bytes(2, "little") + b"\x04\x00"
        )
        raw[place + 8 : place + 12] = (60_000).to_bytes(4, "little")
    return bytes(raw)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("locked.pdf", locked(), Why.LOCKED),
        ("cut.pdf", paper("one", "two")[:200], Why.BROKEN),
        ("head.pdf", b"%PDF-1.7\n", Why.BROKEN),
        ("noise.pdf", b"%PDF-1.4\n" + bytes(range(256)) * 40, Why.BROKEN),
        ("noise.tif", b"II*\0" + b"\xff" * 400, Why.BROKEN),
        ("text.jpg", "不是图片".encode(), Why.BROKEN),
        ("bomb.tif", bomb(), Why.BROKEN),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_a_reason(name, data, why):
    """Locked, cut off, noise, a bomb: the same refusal for reading, counting and cutting; never a traceback."""
    for work in (stacks.pages, lambda given, called: stacks.part(given, [1, 2], called)):
        with pytest.raises(ScanUnread) as refused:
            work(data, name)
        assert refused.value.facts["why"] is why


def test_half_a_picture_is_not_read():
    """A download cut off."""
    with pytest.raises(ScanUnread):
        stacks.pages(png(Image.effect_noise((300, 300), 90))[:9000], "half.png")


def test_a_file_of_too_many_pages_or_too_slow_is_not_split(monkeypatch):
    """Limits on pages and on time, both told."""
    many = paper("one", "two", "three")
    monkeypatch.setattr(stacks, "MOST_PAGES", 2)
    for work in (stacks.pages, stacks.count):
        with pytest.raises(ScanUnread) as refused:
            work(many, "a.pdf")
        assert refused.value.facts["why"] is Why.TOO_LONG
    monkeypatch.setattr(stacks, "MOST_PAGES", 20)
    monkeypatch.setattr(stacks, "PATIENCE", -10.0)
    with pytest.raises(ScanUnread) as refused:
        stacks.pages(many, "a.pdf")
    assert refused.value.facts["why"] is Why.TOO_LONG


def test_a_page_as_large_as_a_field_is_looked_at_small():
    """A PDF page of 5 m by 5 m is drawn no larger than any other."""
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    canvas = Canvas(out, pagesize=(14_000, 14_000))
    canvas.showPage()
    canvas.save()
    assert stacks.pages(out.getvalue(), "a.pdf") == [Page(())]
