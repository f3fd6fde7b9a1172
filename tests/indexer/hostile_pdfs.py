"""PDF files built to harm: bombs of every filter, loops of every pointer, sizes and counts beyond reason (F1)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

from tests.indexer.pdf_samples import Objects, a_file, a_page, deflated, in_font, many_forms, stream

HELVETICA = b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"


def words(text: bytes) -> bytes:
    return stream(b"BT /F1 9 Tf 9 9 Td (%s) Tj ET" % text)


def flate(megabytes: int) -> bytes:
    """A page stream that unpacks to so much."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"(a) Tj " * 150_000) for _ in range(megabytes)) + packer.flush()
    return a_page(stream(packed, b"/Filter/FlateDecode"))


def picture(
    side: int, kind: bytes, data: bytes, facts: bytes = b"/BitsPerComponent 8/ColorSpace/DeviceRGB"
) -> bytes:
    """A page covered by a picture of *side* by *side* pixels."""
    head = b"/Type/XObject/Subtype/Image/Width %d/Height %d%s/Filter%s" % (side, side, facts, kind)
    drawn = stream(b"q 500 0 0 700 0 0 cm /I Do Q")
    return a_page(drawn, b"/XObject<</I 6 0 R>>", {6: stream(data, head)})


def tree(depth: int, *, loop: bool = False) -> bytes:
    """A page below so many nodes; or nodes that close a circle."""
    objects: Objects = {1: b"<</Type/Catalog/Pages 10 0 R>>", 4: words(b"deep")}
    sheet = b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 9 9]/Contents 4 0 R%s>>"
    for level in range(10, 10 + depth):
        below = level + 1 if level < 9 + depth else 10 if loop else 3
        above = b"/Parent %d 0 R" % (level - 1) if level > 10 else b""
        objects[level] = b"<</Type/Pages/Kids[%d 0 R]/Count 1%s>>" % (below, above)
    return a_file({**objects, 3: sheet % (9 + depth, HELVETICA)})


def catalogued(data: bytes, facts: bytes) -> bytes:
    """*facts* in the catalogue."""
    return data.replace(b"/Pages 2 0 R>>", b"/Pages 2 0 R%s>>" % facts)


def outlines() -> bytes:
    """Bookmarks that are their own successor, child and parent."""
    more = {
        6: b"<</First 7 0 R/Last 7 0 R/Count 1>>",
        7: b"<</Title(x)/Next 7 0 R/First 7 0 R/Parent 7 0 R>>",
    }
    return catalogued(a_page(words(b"a"), more=more), b"/Outlines 6 0 R")


def drawing_letter() -> bytes:
    """A letter of a Type 3 font that draws itself."""
    font = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/FirstChar 97/LastChar 97"
        b"/Widths[9]/CharProcs<</a 7 0 R>>/Encoding<</Differences[97/a]>>/Resources<</Font<</T 6 0 R>>>>>>"
    )
    letter = stream(b"9 0 d0 BT /T 9 Tf (a) Tj ET")
    shown = stream(b"BT /F2 9 Tf (a) Tj ET")
    return a_page(shown, more={6: font, 7: letter, 8: b"<</F2 6 0 R>>"}).replace(
        b"/Font<</F1 5 0 R>>", b"/Font 8 0 R       "
    )


def prev_chain(tables: int) -> bytes:
    """A long chain of older tables of places, the oldest pointing at the newest."""
    data = bytearray(a_page(words(b"a")))
    first = place = data.rfind(b"xref\n0 6")
    for _ in range(tables):
        at = len(data)
        data += b"xref\n0 0\ntrailer<</Size 6/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (place, at)
        place = at
    return bytes(data).replace(b"/Root 1 0 R>>", b"/Root 1 0 R/Prev %d>>" % first, 1)


def swollen_xref() -> bytes:
    """A table of places that promises two thousand million objects."""
    return (
        a_page(words(b"a"))
        .replace(b"xref\n0 6", b"xref\n0 2000000000")
        .replace(b"/Size 6", b"/Size 2000000000")
    )


XXE = b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><xdp>&a;</xdp>"
LAUGHS = b"<!DOCTYPE x [<!ENTITY a 'ha'>%s]><x:xmpmeta>&b9;</x:xmpmeta>" % b"".join(
    b"<!ENTITY b%d '%s'>" % (n, (b"&b%d;" % (n - 1) if n else b"&a;") * 10) for n in range(10)
)

QUICK: Mapping[str, Callable[[], bytes]] = {
    "flate of 126 MB": lambda: flate(120),
    "flate in flate": lambda: a_page(deflated(b"(a) Tj " * 20_000, 2)),
    "run length": lambda: a_page(stream(b"\x81a" * 2_000_000 + b"\x80", b"/Filter/RunLengthDecode")),
    "run length in flate": lambda: a_page(
        stream(zlib.compress(b"\x81 " * 8_000_000, 9), b"/Filter[/FlateDecode/RunLengthDecode]")
    ),
    "LZW junk": lambda: a_page(stream(bytes(range(256)) * 4000, b"/Filter/LZWDecode")),
    "LZW that grows": lambda: a_page(
        stream(b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01" * 99_999, b"/Filter/LZWDecode")
    ),
    "ASCII85 junk": lambda: a_page(stream(b"z" * 4_000_000, b"/Filter/ASCII85Decode")),
    "JBIG2 junk": lambda: picture(20_000, b"/JBIG2Decode", b"\x00\x01\xff" * 999, b"/ColorSpace/DeviceGray"),
    "DCT junk": lambda: picture(
        65_500, b"/DCTDecode", b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + b"\x00" * 99
    ),
    "JPX junk": lambda: picture(65_500, b"/JPXDecode", b"\x00\x00\x00\x0cjP  \r\n\x87\n" + b"\xff" * 99),
    "CCITT junk": lambda: picture(60_000, b"/CCITTFaxDecode", b"\0" * 999, b"/ColorSpace/DeviceGray"),
    "huge picture": lambda: picture(60_000, b"/FlateDecode", zlib.compress(b"\0" * 9_000_000, 9)),
    "page tree 10,000 deep": lambda: tree(10_000),
    "page tree in a circle": lambda: tree(500, loop=True),
    "outline loop": outlines,
    "prev loop": lambda: prev_chain(1),
    "chain of 2,000 tables": lambda: prev_chain(2_000),
    "table of places lies": swollen_xref,
    "media box beyond reason": lambda: a_page(words(b"a")).replace(b"595 842", b"99999999999 9999999999"),
    "media box of nonsense": lambda: a_page(words(b"a")).replace(b"0 0 595 842", b"-1e38 1e38 /A ()"),
    "rotated oddly": lambda: a_page(words(b"a"), page=b"/Rotate 91/UserUnit 1e30"),
    "arrays a million deep": lambda: a_page(stream(b"[" * 1_000_000)),
    "inline picture": lambda: a_page(stream(b"BI /W 99999 /H 99999 /BPC 8 /CS /RGB /F /Fl ID x EI")),
    "notes that hold themselves": lambda: a_page(
        words(b"a"), page=b"/Annots 6 0 R", more={6: b"[" + b"6 0 R " * 10_000 + b"]"}
    ),
    "300,000 notes": lambda: a_page(
        words(b"a"), page=b"/Annots[" + b"6 0 R " * 300_000 + b"]", more={6: b"<</Subtype/Text/Contents(x)>>"}
    ),
    "object stream of itself": lambda: a_file(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: stream(b"2 0 <</Type/Pages>>", b"/Type/ObjStm/N 1/First 4/Extends 2 0 R"),
        }
    ),
    "XFA with a foreign entity": lambda: catalogued(
        a_page(words(b"Please wait"), more={6: stream(XXE)}), b"/AcroForm<</XFA 6 0 R/Fields[]>>"
    ),
    "XMP of a billion laughs": lambda: catalogued(
        a_page(words(b"a"), more={6: stream(LAUGHS, b"/Type/Metadata/Subtype/XML")}), b"/Metadata 6 0 R"
    ),
    "letter that draws itself": drawing_letter,
    "character table of everything": lambda: in_font(b"\0\1" * 9, "Identity-H", unicode="a").replace(
        b"<0001><0061>", b"<0000><ffff><0061>"
    ),
    "stream length lies": lambda: a_page(words(b"a")).replace(b"/Length ", b"/Length 99999999"),
    "encryption of nonsense": lambda: a_page(
        words(b"a"), trailer=b"/Encrypt<</Filter/Standard/V 5/R 6/O(x)/U(y)/P -1/Length 999999>>/ID[(a)(b)]"
    ),
    "script to open": lambda: catalogued(
        a_page(words(b"a")), b"/OpenAction<</S/JavaScript/JS(while\\(1\\){})>>"
    ),
    "launch a program": lambda: catalogued(a_page(words(b"a")), b"/OpenAction<</S/Launch/F(/bin/sh)>>"),
    "shading of 100,000 braces": lambda: a_page(
        stream(b"/S sh"),
        b"/Shading<</S<</ShadingType 1/ColorSpace/DeviceRGB/Function 6 0 R>>>>",
        {6: stream(b"{" * 100_000, b"/FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1 0 1]")},
    ),
    "DOCX by its name": lambda: a_page(words(b"a")),
}
"""What is answered in a second or two."""

SLOW: Mapping[str, Callable[[], bytes]] = {
    "flate of 1.2 GB": lambda: flate(1200),
    "forms in forms": lambda: many_forms(10, 7),
    "forms on 60 pages": lambda: many_forms(10, 6, pages=60),
    "100,000 pages": lambda: a_page(words(b"a"), pages=100_000),
    "three million strings": lambda: a_page(stream(b"BT /F1 9 Tf " + b"(a) Tj 1 0 Td " * 3_000_000 + b"ET")),
    "five million states": lambda: a_page(stream(b"q " * 5_000_000)),
    "page tree 100,000 deep": lambda: tree(100_000),
}
"""What takes longer, or all the memory there is."""
