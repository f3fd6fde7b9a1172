"""Pictures: known by their first bytes, image only, with a number of pages; nothing is decoded to tell."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from indexer.extract import images
from indexer.extract.kinds import Kind, Outcome
from indexer.extract.parse import parse


def drawn(format_: str, pages: int = 1) -> bytes:
    room = io.BytesIO()
    sheets = [Image.new("L", (16, 16), shade) for shade in range(pages)]
    more = {"save_all": True, "append_images": sheets[1:]} if pages > 1 else {}
    sheets[0].save(room, format_, **more)
    return room.getvalue()


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"])
@pytest.mark.parametrize("suffix", [".pdf", "", ".dat"])
def test_every_usual_picture_is_known_by_its_bytes(format_, suffix):
    """Whatever it is called, it is one page without text."""
    found = parse(drawn(format_), suffix)

    assert (Outcome.IMAGE_ONLY, Kind.IMAGE.value, 1) == (found.outcome, found.kind, found.pages)


def test_a_fax_of_many_pages_is_counted():
    """By its directories; big-endian too."""
    assert 7 == parse(drawn("TIFF", 7), ".tif").pages
    assert 1 == images.read(b"MM\0*\0\0\0\x08" + b"\0\0" + b"\0\0\0\0").pages


def test_a_photograph_no_library_here_reads_says_so():
    """HEIC and films are unsupported rather than damaged text."""
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99

    assert Outcome.UNSUPPORTED == parse(heic, ".heic").outcome
    assert Outcome.UNSUPPORTED == parse(b"\0\0\0\x18ftypmp42" + b"\0" * 99, ".mp4").outcome


def directory(*following: int) -> bytes:
    """A TIFF of empty directories, each pointing where told."""
    places = b"".join(struct.pack("<HI", 0, to) for to in following)
    return b"II*\0" + struct.pack("<I", 8) + places


@pytest.mark.parametrize(
    ("data", "pages"),
    [
        (directory(8), 1),
        (directory(14, 8), 2),
        (directory(2**32 - 1), 1),
        (b"II*\0" + struct.pack("<I", 2**32 - 1), None),
        (b"II*\0", None),
        (b"II*\0" + struct.pack("<I", 8) + b"\xff\xff", 1),
        (directory(*(8 + 6 * n for n in range(1, 20_000))), images.MOST_PAGES),
    ],
    ids=["itself", "circle", "outside", "none", "cut short", "entries lie", "20,000 pages"],
)
def test_rel_F1_a_chain_of_pages_that_loops_or_lies_ends(data, pages):
    """Each directory once, none outside the file, at most ten thousand."""
    found = parse(data, ".tif")

    assert (Outcome.IMAGE_ONLY, pages) == (found.outcome, found.pages)
