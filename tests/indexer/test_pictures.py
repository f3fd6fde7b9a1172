"""Pages for recognition: which pages are pictures, and drawing them, in the limited child like all reading."""

from __future__ import annotations

import io
import struct
import zlib

import docx
import pytest
from docx.shared import Inches
from PIL import Image

from indexer.extract import Extractor, Limits, pictures
from indexer.extract.kinds import Extracted, Outcome, Picture
from tests.indexer.extract_samples import SIMPLIFIED, a_bomb, a_docx, a_pdf, locked, saved
from tests.indexer.hostile_pdfs import QUICK, picture
from tests.indexer.pdf_samples import by_number, many_forms
from tests.indexer.scans import LETTER, as_file, as_pdf, sheet

PAGE = sheet(*LETTER)


@pytest.fixture(scope="module")
def reader():
    with Extractor() as one:
        yield one


def of_pictures(*pages: Image.Image) -> bytes:
    """A DOCX into which these pages were pasted, and a small logo."""
    paper = docx.Document()
    for page in (Image.new("L", (40, 40)), *pages):
        paper.add_picture(io.BytesIO(as_file(page)), width=Inches(6))
    return saved(paper)


WANTED = {
    "scans": (lambda: as_pdf(PAGE, PAGE), "a.pdf", [1, 2]),
    "scans among text": (lambda: as_pdf("text", PAGE, "text", PAGE), "a.pdf", [2, 4]),
    "text only": (lambda: a_pdf("有字"), "a.pdf", []),
    "a broken font": (lambda: by_number("物业", "\ue000\ue001"), "a.pdf", [1]),
    "a photograph": (lambda: as_file(PAGE, "JPEG"), "a.jpg", [1]),
    "a fax": (lambda: as_file(PAGE, "TIFF", PAGE, PAGE), "a.tif", [1, 2, 3]),
    "pasted into DOCX": (lambda: of_pictures(PAGE, sheet("第二页")), "a.docx", [1, 2]),
    "a DOCX with words": (a_docx, "a.docx", []),
    "a password": (lambda: locked(a_pdf(""), "x"), "a.pdf", []),
    "plain text": (lambda: SIMPLIFIED.encode(), "a.txt", []),
    "damage": (lambda: b"%PDF-1.4 nonsense", "a.pdf", []),
    "a bomb": (a_bomb, "a.docx", []),
}


@pytest.mark.parametrize("name", WANTED)
def test_the_pages_left_to_recognition_are_named(reader, name):
    """Pictures and garbled pages, by number; of what cannot be opened, none."""
    make, called, pages = WANTED[name]

    assert pages == reader.unread_pages(make(), called)


def test_extraction_counts_the_same_pages_as_it_reads(reader):
    """So the catalogue knows how much waits before anybody asks for recognition."""
    for name in ("scans", "scans among text", "text only", "a broken font", "a photograph", "a fax"):
        make, called, pages = WANTED[name]
        assert len(pages) == reader.extract(make(), called).scans, name


@pytest.mark.parametrize(
    ("make", "called", "page"),
    [
        (lambda: as_pdf("text", PAGE), "a.pdf", 2),
        (lambda: as_file(PAGE, "JPEG"), "a.jpg", 1),
        (lambda: as_file(Image.new("L", (9, 9)), "TIFF", PAGE), "a.tif", 2),
        (lambda: of_pictures(PAGE), "a.docx", 1),
    ],
    ids=["pdf", "jpeg", "second of a fax", "docx"],
)
def test_a_page_is_drawn_grey_and_no_larger_than_it_is_read(reader, make, called, page):
    """The same letter from every container: mostly white, with ink, the longer side at most 2,000 pixels."""
    drawn = reader.draw(make(), called, page)

    assert isinstance(drawn, Picture)
    assert pictures.LONGEST * 0.8 <= max(drawn.width, drawn.height) <= pictures.LONGEST
    assert 0.002 < sum(1 for one in drawn.pixels[::7] if one < 128) / len(drawn.pixels[::7]) < 0.2


def test_a_photograph_is_turned_upright_and_stands_on_white():
    """As the camera was held; transparency is paper."""
    lying = Image.new("L", (60, 30), 255)
    exif = Image.Exif()
    exif[274] = 6
    room = io.BytesIO()
    lying.save(room, "JPEG", exif=exif)
    clear = as_file(Image.new("RGBA", (5, 5), (0, 0, 0, 0)))

    assert (30, 60) == (lambda one: (one.width, one.height))(pictures.drawn(room.getvalue(), ".jpg", 1))
    assert b"\xff" * 25 == pictures.drawn(clear, ".png", 1).pixels


@pytest.mark.parametrize(
    ("picture", "fault"),
    [((2, 2, b"1234"), None), ((2, 2, b"123"), ValueError), ((0, 0, b""), ValueError), ((-2, -2, b"1234"), ValueError),
     (("2", 2, b"1234"), TypeError)],
)  # fmt: skip
def test_a_picture_whose_sides_do_not_fit_is_not_believed(picture, fault):
    """It comes from a child that has met the file."""
    if fault is None:
        assert Picture(*picture).checked()
    else:
        with pytest.raises(fault):
            Picture(*picture).checked()


def png(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG that promises these sides."""
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", body),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(told)) + kind + told + struct.pack(">I", zlib.crc32(kind + told))
        for kind, told in parts
    )


HOSTILE = {
    "a picture of 10,000 million pixels": (lambda: png(100_000, 100_000), "a.png"),
    "a picture that unpacks to 100 MB": (lambda: png(10_000, 10_000, zlib.compress(b"\0" * 100_010_000, 9)), "a.png"),
    "a picture cut short": (lambda: as_file(PAGE)[:500], "a.png"),
    "a fax of one page": (lambda: as_file(PAGE, "TIFF"), "a.tif"),
    "JBIG2 junk": (QUICK["JBIG2 junk"], "a.pdf"),
    "JPX junk": (QUICK["JPX junk"], "a.pdf"),
    "DCT junk": (QUICK["DCT junk"], "a.pdf"),
    "a picture in PDF of 3,600 million pixels": (lambda: picture(60_000, b"/FlateDecode", zlib.compress(b"\0" * 999)), "a.pdf"),
    "page without size": (lambda: a_pdf("").replace(b"595.2756 841.8898", b"0.000000 0.000000"), "a.pdf"),
    "endless page": (QUICK["media box beyond reason"], "a.pdf"),
    "shading": (QUICK["shading of 100,000 braces"], "a.pdf"),
    "letter that draws itself": (QUICK["letter that draws itself"], "a.pdf"),
    "no such page": (lambda: as_pdf(PAGE), "a.pdf"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_rel_F1_a_hostile_picture_ends_with_a_reason_or_a_picture(reader, name):
    """Drawing meets decoders that reading never does; the child and its limits hold all the same."""
    make, called = HOSTILE[name]

    drawn = reader.draw(make(), called, 2 if "one page" in name or "no such" in name else 1)

    assert isinstance(drawn, Picture) or drawn.note.startswith("why=")
    assert Outcome.TEXT == reader.extract(SIMPLIFIED.encode(), "a.txt").outcome


def test_rel_F1_drawing_that_takes_all_memory_ends_only_the_child():
    """The next page is drawn by a fresh one."""
    with Extractor(Limits(memory=192 * 1024 * 1024)) as tight:
        refused = tight.draw(many_forms(10, 6), "a.pdf", 1)
        after = tight.draw(as_pdf(PAGE), "a.pdf", 1)

    assert isinstance(refused, Extracted)
    assert (Outcome.OVERSIZED, "why=memory") == (refused.outcome, refused.note)
    assert isinstance(after, Picture)
