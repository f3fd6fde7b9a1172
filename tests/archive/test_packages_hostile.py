"""Packages made to do harm: each is refused with a clear verdict, and nothing of it is taken in (RFC 8493, 5; C10)."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from archive.bag_check import Flaw
from archive.errors import ArchiveError, FileMissing, PackageUnread, PackageUnsound, StateSecret
from archive.exchange import RowFate
from archive.model import ImportRun, Item, Volume
from archive.packages import checking, guarded, ours, told
from archive.packages.told import Unfit, Unread
from archive.words import Language
from tests.archive.parcels import PDF, brought, exported, resealed, rewritten, shelved, theirs


def empty(office) -> bool:
    """Nothing was taken in."""
    with office.ask("archivist") as unit:
        return not any(
            unit.session.scalar(select(func.count()).select_from(kind)) for kind in (Volume, Item, ImportRun)
        )


def _linked(at: Path) -> None:
    (at / "data/a.pdf").unlink()
    (at / "data/a.pdf").symlink_to("/etc/hostname")


def _folder_linked(at: Path) -> None:
    (at / "data/sub").symlink_to(at.parent, target_is_directory=True)


def _way_out(at: Path) -> None:
    (at.parent / "out.pdf").write_bytes(b"x")
    lines = (at / "manifest-sha256.txt").read_text()
    (at / "manifest-sha256.txt").write_text(lines + "0" * 64 + "  data/../../out.pdf\n")


def _oxum(at: Path) -> None:
    text = (at / "bag-info.txt").read_text()
    (at / "bag-info.txt").write_text(text.replace("Payload-Oxum: ", "Payload-Oxum: 9"))


def _capitals(at: Path) -> None:
    (at / "data/A.PDF").write_bytes(b"other")
    resealed(at)


def _forms(at: Path) -> None:
    (at / "data/caf\u00e9.txt").write_bytes(b"1")
    (at / "data/cafe\u0301.txt").write_bytes(b"2")
    resealed(at)


def _mirrored(at: Path) -> None:
    (at / "data/\u202efdp.exe").write_bytes(b"MZ")
    resealed(at)


def _pipe(at: Path) -> None:
    os.mkfifo(at / "data/pipe")


HARM = {
    "changed": (lambda at: (at / "data/a.pdf").write_bytes(b"x"), Flaw.CHANGED),
    "missing": (lambda at: (at / "data/a.pdf").unlink(), Flaw.MISSING),
    "extra": (lambda at: (at / "data/more.exe").write_bytes(b"MZ"), Flaw.EXTRA),
    "extra beside": (lambda at: (at / "run.sh").write_bytes(b"#!"), Flaw.EXTRA),
    "link": (_linked, Flaw.UNSAFE),
    "linked folder": (_folder_linked, Flaw.UNSAFE),
    "way out": (_way_out, Flaw.UNSAFE),
    "pipe": (_pipe, Flaw.UNSAFE),
    "totals": (_oxum, Flaw.COUNT),
    "capitals": (_capitals, Flaw.UNSAFE),
    "composed": (_forms, Flaw.UNSAFE),
    "mirrored": (_mirrored, Flaw.UNSAFE),
    "a name of a megabyte": (
        lambda at: (at / "manifest-sha256.txt").write_text("0" * 64 + "  data/" + "x" * (1 << 20) + "\n"), Flaw.MALFORMED,
    ),
    "no seal": (lambda at: (at / "tagmanifest-sha256.txt").unlink(), Flaw.MISSING),
    "no declaration": (lambda at: (at / "bagit.txt").unlink(), Flaw.MISSING),
}  # fmt: skip


def test_rel_X_each_harm_done_to_a_bag_is_named_and_nothing_is_taken_in(office, tmp_path):
    """
    Changed, missing, extra, links, ways out, lying totals, look-alike names, a megabyte of name; witness: unharmed it goes in.
    """
    theirs(tmp_path / "sound", {"a.pdf": PDF, "sub0/b.txt": b"b"})
    for name, (harm, flaw) in HARM.items():
        at = shutil.copytree(tmp_path / "sound", tmp_path / name, symlinks=True)
        harm(at)
        with pytest.raises(PackageUnsound) as refused:
            brought(office, at, class_code="CJ·02")
        assert flaw in {one.flaw for one in checking.findings(at)}, name
        assert all(refused.value.message(tongue) for tongue in Language)
    with pytest.raises(FileMissing):
        brought(office, tmp_path / "nowhere")

    assert empty(office)
    assert [RowFate.MADE] * 2 == [
        row.fate for row in brought(office, tmp_path / "sound", class_code="CJ·02").rows
    ]


LAUGHS = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><records><record><title>&d;</title></record></records>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<records><record><title>&x;</title></record></records>"""
BOMBS = {
    "laughs": (LAUGHS.encode(), Unread.DOCTYPE),
    "outside": (OUTSIDE.encode(), Unread.DOCTYPE),
    "utf-16": (
        LAUGHS.replace('version="1.0"', 'version="1.0" encoding="utf-16"').encode("utf-16"),
        Unread.DOCTYPE,
    ),
    "deep": (b"<records><record>" + b"<a>" * 100_000, Unread.TOO_LARGE),
    "broken": (b"<records><record>", Unread.MALFORMED),
    "binary": (b"\x00\xff" * 100, Unread.MALFORMED),
}


def test_rel_X_xml_that_expands_or_reaches_out_is_refused(office, tmp_path):
    """
    Billion laughs, external entities, endless depth, broken: by name; witness: the same record without a document type.
    """
    for name, (data, why) in BOMBS.items():
        theirs(tmp_path / name, {"a.pdf": PDF, "dublin-core.xml": data})
        with pytest.raises(PackageUnread) as refused:
            brought(office, tmp_path / name, class_code="CJ·02")
        assert why is refused.value.facts["why"], name
        assert all(refused.value.message(tongue) for tongue in Language)
    assert empty(office)
    fine = b"<records><record><title>haha</title></record></records>"
    theirs(tmp_path / "fine", {"a.pdf": PDF, "dublin-core.xml": fine})

    assert [RowFate.MADE] == [row.fate for row in brought(office, tmp_path / "fine", class_code="CJ·02").rows]


def test_our_own_premis_with_a_bomb_in_it_stops_the_import(office, tmp_path):
    """
    The events of a sender are XML as well.
    """
    exported(office, tmp_path / "a", shelved(office))
    (tmp_path / "a/data/metadata/premis.xml").write_text(LAUGHS)
    with pytest.raises(PackageUnread):
        brought(office, resealed(tmp_path / "a"))


CATALOGUES = {
    "no json": b"{", "a list": b"[]", "no records": b'{"format": "anjuan-package", "version": 1}',
    "nested": b'{"records": ' + b"[" * 200_000, "newer": b'{"format": "anjuan-package", "version": 9, "records": []}',
    "latin": b'{"format": "\xff"}', "a number of a million digits": b'{"records": ' + b"1" * 1_000_000 + b"}",
}  # fmt: skip


def test_a_catalogue_that_cannot_be_read_is_refused_by_name(office, tmp_path):
    """
    Broken, nested without end, of a newer program, not UTF-8: refused, or, if it is not ours, taken for any other file.
    """
    for name, data in CATALOGUES.items():
        theirs(tmp_path / name, {"a.pdf": PDF, "metadata/catalogue.json": data})
        try:
            told = brought(office, tmp_path / name, dry_run=True)
        except PackageUnread as refused:
            assert all(refused.message(tongue) for tongue in Language)
        else:
            assert name == "a list" and told.rows
    assert empty(office)


def _set(record: int, **given):
    return lambda catalogue: catalogue["records"][record].update(given)


WRONG = {
    "a title that is none": (_set(0, title=7), "bad-value"),
    "a title without end": (_set(0, title="题" * 5_000), "bad-value"),
    "half a pair": (_set(0, title="题\ud800"), "bad-value"),
    "a nul": (_set(1, note="a\x00b"), "bad-value"),
    "a day that is none": (_set(1, dated="2025-02-30"), "no-such-day"),
    "a day to come": (_set(1, dated="2031-01-01"), "bad-value"),
    "pages below none": (_set(1, page_count=-1), "bad-value"),
    "pages in words": (_set(1, page_count="二"), "bad-value"),
    "a year of none": (_set(0, archive_year=99999), "bad-value"),
    "an unknown class": (_set(0, class_code="QQ·01"), "class-unknown"),
    "an unknown level": (_set(0, level={"code": "COSMIC"}), "bad-value"),
    "a period too short": (_set(0, period="D10"), "bad-value"),
    "a field of another family": (_set(1, fields={"amount": "1"}), "field-unknown"),
    "a kind of its own": (_set(0, kind="box"), "bad-value"),
    "files that are none": (_set(1, files={"a": 1}), "bad-value"),
    "a file elsewhere": (_set(1, files=[{"path": "../../etc/passwd", "name": "x"}]), "file-missing"),
    "a file of another size": (lambda told: told["records"][1]["files"][0].update(size=1), "bad-value"),
    "a file of another hash": (lambda told: told["records"][1]["files"][0].update(sha256="0" * 64), "bad-value"),
    "a name of a megabyte": (lambda told: told["records"][1]["files"][0].update(name="x" * (1 << 20)), "bad-value"),
    "a part of none": (lambda told: told["records"][1]["files"][0].update(part="SOUL"), "bad-value"),
    "a mark of state secrets": (_set(1, note="机密★10年"), "state-secret"),
    "a top secret title": (_set(1, title="绝密"), "state-secret"),
}  # fmt: skip


def test_conf_C10_each_wrong_value_refuses_its_record_by_name(office, template, tmp_path):
    """
    Types, lengths, ranges, unknown names, files that are not as told, marks of state secrets; witness: unchanged it goes in.
    """
    from tests.archive.parcels import second

    exported(office, tmp_path / "sound", shelved(office))
    there = second(template, tmp_path / "there")
    try:
        for name, (change, code) in WRONG.items():
            at = shutil.copytree(tmp_path / "sound", tmp_path / name)
            (row,) = brought(there, _dumped(at, change), dry_run=True).rows
            assert (code, RowFate.REFUSED) == (row.error.code if row.error else None, row.fate), name
            assert all(row.error.message(tongue) for tongue in Language)
        assert empty(there)
        (row,) = brought(there, tmp_path / "there/../a mark of state secrets").rows
        assert ("state-secret", RowFate.REFUSED) == (row.error.code, row.fate)
        assert [RowFate.MADE] == [row.fate for row in brought(there, tmp_path / "sound").rows]
    finally:
        there.instance.close()


def _dumped(at: Path, change) -> Path:
    path = at / "data/metadata/catalogue.json"
    given = json.loads(path.read_text("utf-8"))
    change(given)
    path.write_text(json.dumps(given), "utf-8")
    return resealed(at)


def test_conf_C10_an_ordinary_title_about_secrecy_is_no_mark():
    """
    What is refused is a mark, not a word.
    """
    for title in ("关于学习《保守国家秘密法》的通知", "机密档案管理办法", "秘密 D30", "商业秘密保护制度"):
        assert title == told.text({"title": title}, "title")
    for mark in ("绝密", "机密★1年", "秘密 ★", " 国家秘密 "):
        with pytest.raises(StateSecret):
            told.text({"title": mark}, "title")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
        "kind", "title", "reference_code", "files", "level", "code", "party", "name", "dated", "page_count", "volume", "path",
        "fields", "premises", "premises_at", "dossier_of", "on_paper", "archive_year", "note",
    ]), inner, max_size=6),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, phases=[Phase.generate])
@given(st.lists(VALUES, max_size=4))
def test_any_json_is_understood_or_refused_and_never_breaks(given_):
    """
    Fuzz: whatever stands where records should be, each group is a record or a refusal with a sentence.
    """
    for one in ours.records(given_, {}):
        assert not isinstance(one, Unfit) or (
            isinstance(one.error, ArchiveError) and one.error.message(Language.ZH)
        )


@settings(max_examples=150, phases=[Phase.generate])
@given(st.binary(max_size=300))
def test_any_bytes_as_xml_are_read_or_refused(tmp_path_factory, data):
    """
    Fuzz: elements, or `PackageUnread`; nothing else leaves the reader.
    """
    path = tmp_path_factory.getbasetemp() / "any.xml"
    path.write_bytes(b"<records>" + data if data[:1] < b"\x80" else data)
    try:
        assert isinstance(list(guarded.elements(path, "any.xml", "record")), list)
    except PackageUnread as refused:
        assert refused.message(Language.EN)


def test_bytes_changed_after_the_check_are_not_taken_in(office, tmp_path, monkeypatch):
    """
    A file swapped between check and reading: refused as damaged, nothing made. Witness: unswapped it goes in.
    """
    at = theirs(tmp_path / "bag", {"a.pdf": PDF})
    whole = checking.sound

    def swapped(folder):
        found = whole(folder)
        (folder / "data/a.pdf").write_bytes(b"swapped")
        return found

    monkeypatch.setattr(checking, "sound", swapped)
    (row,) = brought(office, at, class_code="CJ·02").rows
    monkeypatch.undo()
    (at / "data/a.pdf").write_bytes(PDF)

    assert ("damaged", RowFate.REFUSED) == (row.error.code, row.fate)
    with office.ask("archivist") as unit:
        assert 0 == unit.session.scalar(select(func.count()).select_from(Item))
    assert [RowFate.MADE] == [one.fate for one in brought(office, at, class_code="CJ·01").rows]


def test_a_catalogue_rewritten_with_lists_that_fit_is_still_judged_record_by_record(
    office, template, tmp_path
):
    """
    A forger who makes all lists fit still cannot make one record the fault of another.
    """
    from tests.archive.parcels import second

    exported(office, tmp_path / "a", shelved(office), shelved(office, "CJ·02"))
    rewritten(
        tmp_path / "a", lambda given_: given_["records"][0].update(title=None, kind="volume", class_code="QQ")
    )
    there = second(template, tmp_path / "there")
    fates = [row.fate for row in brought(there, tmp_path / "a").rows]
    there.instance.close()

    assert sorted([RowFate.REFUSED, RowFate.MADE]) == sorted(fates)
