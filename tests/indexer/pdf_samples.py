"""PDF files written by hand for the tests: fonts with old Chinese encodings, and structures built to harm."""

from __future__ import annotations

import zlib

Objects = dict[int, bytes]


def a_file(objects: Objects, trailer: bytes = b"", head: bytes = b"%PDF-1.7\n") -> bytes:
    """The objects with their cross-reference table; object 1 is the catalogue."""
    out, places = bytearray(head), {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    return bytes(out + b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start))


def stream(data: bytes, facts: bytes = b"") -> bytes:
    """A stream object; *facts* go into its dictionary."""
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (facts, len(data), data)


def deflated(data: bytes, times: int = 1) -> bytes:
    """A stream object compressed so many times over."""
    for _ in range(times):
        data = zlib.compress(data, 9)
    return stream(data, b"/Filter[%s]" % (b"/FlateDecode" * times))


def a_page(
    content: bytes,
    resources: bytes = b"",
    more: Objects | None = None,
    page: bytes = b"",
    pages: int = 1,
    **file: bytes,
) -> bytes:
    """One A4 page, so many times, with this content stream (an object), font F1 and what *resources* add."""
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    sheet = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
    return a_file(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"3 0 R " * pages, pages),
            3: sheet + page + b"/Resources<</Font<</F1 5 0 R>>" + resources + b">>>>",
            4: content,
            5: font,
            **(more or {}),
        },
        **file,
    )


def in_font(codes: bytes, encoding: str, *, unicode: str | None = None) -> bytes:
    """One line in a Chinese CID font without outlines; *unicode* is its table of characters, by code from 1."""
    table = b"/ToUnicode 8 0 R" if unicode is not None else b""
    name = b"/BaseFont/STSong-Light"
    return a_page(
        stream(b"BT /F2 14 Tf 72 700 Td <%s> Tj ET" % codes.hex().encode()),
        more={
            6: b"<</Type/Font/Subtype/CIDFontType0%s-H/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)"
            b"/Supplement 2>>/FontDescriptor 7 0 R/DW 1000>>" % name,
            7: b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 4/FontBBox[0 0 1000 880]/ItalicAngle 0"
            b"/Ascent 880/Descent -120/CapHeight 880/StemV 93>>",
            8: stream(_to_unicode(unicode or "")),
            5: b"<</F2 9 0 R>>",
            9: b"<</Type/Font/Subtype/Type0%s/Encoding/%s/DescendantFonts[6 0 R]%s>>"
            % (name, encoding.encode(), table),
        },
    ).replace(b"/Font<</F1 5 0 R>>", b"/Font 5 0 R       ")


def _to_unicode(text: str) -> bytes:
    rows = b"".join(
        b"<%04x><%s>\n" % (code, one.encode("utf-16-be").hex().encode()) for code, one in enumerate(text, 1)
    )
    return (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        b"1 begincodespacerange <0000><ffff> endcodespacerange\n%d beginbfchar\n%sendbfchar endcmap end end"
        % (len(text), rows)
    )


def by_number(text: str, shown: str) -> bytes:
    """*text* by glyph number, with a table that says *shown*: what a careless producer of PDF writes."""
    codes = b"".join(code.to_bytes(2, "big") for code in range(1, len(text) + 1))
    return in_font(codes, "Identity-H", unicode=shown)


def many_forms(fan: int, depth: int, pages: int = 1) -> bytes:
    """Pages that draw a form that draws a form ...: fan ** (depth - 1) words of text from a few kilobytes.

    A page of 10 ** 5 words takes pdfium about 0.6 s, one of 10 ** 6 more than 1 GiB.
    """
    forms: Objects = {}
    for level in range(depth):
        inner = b"/X Do " * fan if level < depth - 1 else b"BT /F1 9 Tf 9 9 Td (a) Tj ET"
        below = b"/XObject<</X %d 0 R>>" % (11 + level) if level < depth - 1 else b"/Font<</F1 5 0 R>>"
        facts = b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<<" + below + b">>"
        forms[10 + level] = stream(inner, facts)
    return a_page(stream(b"/X Do"), b"/XObject<</X 10 0 R>>", forms, pages=pages)
