"""Files built to harm or mislead, and damaged ones: each ends with a stated outcome (F1, F2)."""

from __future__ import annotations

import io
import time
import zipfile
import zlib
from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from indexer.extract import package
from indexer.extract.kinds import Extracted, Kind, Outcome, kind_of
from indexer.extract.parse import parse
from tests.indexer.extract_samples import (
    SIMPLIFIED,
    W,
    a_bomb,
    a_docx,
    a_pdf,
    an_eml,
    an_xlsx,
    lying_zip,
    many_entries,
    with_part,
)

# --- bombs and tricks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "outcome", "why"),
    [
        (a_bomb, Outcome.OVERSIZED, "why=zip-ratio"),
        (lambda: a_bomb(size=129 * 1024 * 1024), Outcome.OVERSIZED, "why=zip-entry"),
        (lambda: many_entries(100_000), Outcome.OVERSIZED, "why=zip-entries"),
        (lambda: with_part(a_docx(), "../../etc/cron.d/x", "x"), Outcome.CORRUPT, "why=zip-name"),
        (lambda: with_part(a_docx(), "C:\\x", "x"), Outcome.CORRUPT, "why=zip-name"),
        (lying_zip, Outcome.CORRUPT, "why=BadZipFile"),
        (lambda: with_part(a_docx(), "inner.docx", a_bomb()), Outcome.TEXT, ""),
    ],
    ids=[
        "ratio",
        "entry",
        "100k entries",
        "climbing name",
        "drive name",
        "lying size",
        "nested bomb left alone",
    ],
)
def test_rel_F1_packages_are_looked_over_before_they_are_read(make, outcome, why):
    """Reliability 5.7: entries, sizes, ratio, names; a package within a package is not opened."""
    found = parse(make(), ".docx")

    assert (outcome, why) == (found.outcome, found.note)


def test_rel_F1_without_the_look_over_the_bomb_goes_off():
    """The witness: limits removed, nothing objects, and 100 KiB become 100 MiB."""
    data = a_bomb()
    none = package.ZipLimits(entries=10**9, entry=10**12, total=10**12, ratio=10**9)

    with package.opened(data) as bomb:
        unpacked = len(bomb.read("word/document.xml"))

        assert package.objection(bomb, none) is None
        assert package.objection(bomb) is not None
    assert unpacked > 200 * len(data)


@pytest.fixture
def entity(tmp_path):
    """A DTD that pulls a file of ours into the text."""
    secret = tmp_path / "secret"
    secret.write_text("不可外泄", "utf-8")
    return f'<!DOCTYPE w:document [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'


def a_hostile_docx(doctype: str) -> bytes:
    body = f"<w:document {W}><w:body><w:p><w:r><w:t>前&x;后</w:t></w:r></w:p></w:body></w:document>"
    return with_part(a_docx(), "word/document.xml", doctype + body)


def test_rel_F1_a_docx_with_a_foreign_entity_is_corrupt_and_leaks_nothing(entity):
    """Office formats have no DTD; the named file is not read."""
    found = parse(a_hostile_docx(entity), ".docx")

    assert (Outcome.CORRUPT, "") == (found.outcome, found.text)


def test_rel_F1_a_careless_xml_parser_would_leak_the_file(entity):
    """The witness: the same part, entities resolved, holds the secret."""
    with package.opened(a_hostile_docx(entity)) as opened:
        part = opened.read("word/document.xml")
        careless = etree.fromstring(part, etree.XMLParser(resolve_entities=True, load_dtd=True))

        assert "不可外泄" in "".join(careless.itertext())
        with pytest.raises(ValueError, match="doctype"):
            package.parsed(opened, "word/document.xml")


def test_rel_F1_a_workbook_with_a_foreign_entity_leaks_nothing(entity):
    """The reader of workbooks does not resolve entities either."""
    shared = "xl/sharedStrings.xml"
    with zipfile.ZipFile(io.BytesIO(an_xlsx())) as book:
        strings = book.read(shared).decode()
    declared = strings.replace("<sst", entity.replace("w:document", "sst") + "<sst").replace("户名", "&x;")

    found = parse(with_part(an_xlsx(), shared, declared), ".xlsx")

    assert "不可外泄" not in found.text


def test_rel_F1_billion_laughs_are_refused():
    """Ten to the ninth is never written out."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE w:document [<!ENTITY l0 "ha">{laughs}<!ENTITY x "&l9;">]>'

    assert Outcome.CORRUPT == parse(a_hostile_docx(doctype), ".docx").outcome


@pytest.mark.parametrize("depth", [100, 100_000])
def test_rel_F1_deep_nesting_ends_with_an_answer(depth):
    """XML, HTML, mail and PDF nested beyond reason."""
    body = f"<w:document {W}>" + "<w:p>" * depth + "底" + "</w:p>" * depth + "</w:document>"
    boxes = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(min(depth, 3000))
    )
    papers = {
        ".docx": with_part(a_docx(), "word/document.xml", body),
        ".html": ("<html>" + "<div>" * depth + "底").encode(),
        ".eml": ("From: a\n" + boxes).encode(),
        ".pdf": b"%PDF-1.4\ntrailer<</Root " + b"[" * depth + b"]" * depth + b">>\n",
    }

    outcomes = {suffix: parse(data, suffix).outcome for suffix, data in papers.items()}

    assert set(papers) == set(outcomes)
    assert depth == 100 or outcomes[".docx"] in {Outcome.CORRUPT, Outcome.OVERSIZED}


def raw_pdf(*objects: bytes, extra: str = "") -> bytes:
    """A PDF of these objects with a true table of places; `{xref}` in *extra* is that of the table."""
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, one)
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(
        f"{place:010d} 00000 n \n" for place in places
    )
    trailer = f"trailer<</Root 1 0 R/Size {len(objects) + 1}{extra.format(xref=len(body))}>>\n"
    return body + f"{table}{trailer}startxref\n{len(body)}\n%%EOF\n".encode()


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
TREE = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
FONT = b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R" + FONT + b">>"


def a_stream(body: bytes, filters: bytes) -> bytes:
    return b"<</Length %d/Filter%s>>stream\n" % (len(body), filters) + body + b"\nendstream"


def test_rel_F1_a_flate_bomb_in_a_pdf_is_not_unpacked():
    """A page stream of 126 MB in 0.3 MB: the parser's own limit (75 MB) ends it; a small one is read."""
    packer = zlib.compressobj(9)
    stream = b"".join(packer.compress(b"(a) Tj " * 150_000) for _ in range(120)) + packer.flush()

    found = parse(raw_pdf(CATALOG, TREE, PAGE, a_stream(stream, b"/FlateDecode")), ".pdf")
    small = parse(
        raw_pdf(CATALOG, TREE, PAGE, a_stream(zlib.compress(b"BT /F1 9 Tf (a) Tj ET"), b"/FlateDecode")),
        ".pdf",
    )

    assert (Outcome.OVERSIZED, "pages-failed=1/1 why=LimitReachedError") == (found.outcome, found.note)
    assert (Outcome.TEXT, "a") == (small.outcome, small.text)


NESTED = a_stream(b"x" * 99, b"[" + b"/RunLengthDecode" * 5000 + b"]")


@pytest.mark.parametrize(
    "data",
    [
        raw_pdf(CATALOG, TREE, PAGE, a_stream(b"", b"/FlateDecode"), extra="/Prev {xref}"),
        raw_pdf(CATALOG, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"),
        raw_pdf(b"<</Type/Catalog/Pages 1 0 R>>"),
        raw_pdf(CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 999999999>>", PAGE),
        raw_pdf(CATALOG, TREE, PAGE, NESTED),
        raw_pdf(CATALOG, TREE, PAGE, a_stream(b"\x80" * 99, b"/LZWDecode")),
        raw_pdf(CATALOG, TREE, b"<</Type/Page/Parent 2 0 R/Resources<</XObject<</A 4 0 R>>>>/Contents 5 0 R>>",
                b"<</Type/XObject/Subtype/Form/Resources<</XObject<</A 4 0 R>>>>/Length 5>>stream\n/A Do\nendstream",
                b"<</Length 5>>stream\n/A Do\nendstream"),
    ],
    ids=["prev loop", "tree loop", "catalog loop", "page count lies", "5000 filters", "bad lzw", "form draws itself"],
)  # fmt: skip
def test_rel_F1_loops_and_lies_in_a_pdf_end_with_an_answer(data):
    """Structures that point at themselves, counts and filters beyond reason: an outcome, within seconds."""
    start = time.monotonic()

    found = parse(data, ".pdf")

    assert found.outcome in {Outcome.EMPTY, Outcome.CORRUPT, Outcome.OVERSIZED}
    assert time.monotonic() - start < 5


# --- never raises ------------------------------------------------------------------------------

SUFFIXES = st.sampled_from([".docx", ".pdf", ".xlsx", ".txt", ".csv", ".eml", ".html", ".png", "", ".x"])
HEADS = st.sampled_from(
    [b"", b"%PDF-1.4\n", b"PK\x03\x04", b"<html>", b"From: a\nTo: b\nSubject: c\n", b"\xff\xfe"]
)
SAMPLES = {
    ".docx": a_docx(),
    ".xlsx": an_xlsx(),
    ".pdf": a_pdf("甲", ""),
    ".eml": an_eml(),
    ".txt": SIMPLIFIED.encode("gbk"),
}


def fit(found: Extracted) -> bool:
    """What every answer must be."""
    found.text.encode()
    assert {"outcome", "text", "kind", "pages", "title", "created", "note", "scans"} == {
        f.name for f in fields(found)
    }
    assert found.outcome in Outcome
    assert bool(found.text) == (found.outcome is Outcome.TEXT)
    assert found.note.isascii()
    return True


@settings(deadline=None, derandomize=True, max_examples=200)
@given(HEADS, st.binary(max_size=400), SUFFIXES)
def test_rel_F2_reading_random_bytes_never_raises(head, data, suffix):
    """Whatever the bytes and the name, there is one fitting answer."""
    assert fit(parse(head + data, suffix))
    assert kind_of(head + data, suffix) in Kind


@settings(deadline=None, derandomize=True, max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_rel_F2_reading_damaged_files_never_raises(suffix, data):
    """Real files with bytes changed, removed and doubled."""
    body = bytearray(SAMPLES[suffix])
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(body) - 1))
        change = data.draw(st.sampled_from(["flip", "drop", "double"]))
        if change == "flip":
            body[at] = data.draw(st.integers(0, 255))
        elif change == "drop":
            del body[at : at + data.draw(st.integers(1, 20))]
        else:
            body[at:at] = body[at : at + 20]
        body = body or bytearray(b"x")

    assert fit(parse(bytes(body), suffix))


@settings(deadline=None, derandomize=True, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(["word/document.xml", "[Content_Types].xml", "docProps/core.xml"]), st.data())
def test_rel_F2_reading_damaged_xml_in_a_sound_package_never_raises(part, data):
    """The damage is put behind the checksums, where the XML reader meets it."""
    with zipfile.ZipFile(io.BytesIO(SAMPLES[".docx"])) as sound:
        body = bytearray(sound.read(part))
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    assert fit(parse(with_part(SAMPLES[".docx"], part, bytes(body)), ".docx"))
