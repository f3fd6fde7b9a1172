"""The four properties: each check passes what is sound, and a witness for each that fails it and nothing else (DA/T 70)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from archive import items, objects
from archive.acts import Act
from archive.errors import BadValue, InsideInstance, NotAllowed, NotFound, TargetExists
from archive.exchange import Passing, Property
from archive.instance import SYSTEM
from archive.model import Blob, DigitalObject, Event, Location
from archive.packages import formats
from archive.properties import packages, paper, records, reporting
from archive.properties.case import laid_out
from archive.properties.table import BY_ID, PACKAGE, RECORD, TABLE, Evidence, counts
from archive.values import ComponentKind
from archive.words import Language, knows
from tests import make
from tests.archive.parcels import PDF, exported, resealed, rewritten, shelved

SOUND = frozenset({Passing.PASSED, Passing.NOT_APPLICABLE})


def kept(
    office, *, name: str = "平面图.pdf", body: bytes = PDF, note: str = "附件1件", creator: str = "远大装饰公司",
    outcome: str | None = "text", on_paper: bool = True, class_code: str = "CJ·02", pages: int = 2,
) -> str:  # fmt: skip
    """A volume of two papers; the first has a text that was read and an attachment."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        first = make.paper("给排水图", class_code, creator=creator, note=note)
        last = make.paper("消防图", class_code, creator=creator, on_paper=on_paper)
        made = items.file_matter(unit, make.matter(class_code), [first, last], volume_title="竣工图")
        objects.attach_to(unit, made[0], body, name=name)
        objects.attach_to(unit, made[0], b"note", name="附件.txt", kind=ComponentKind.ATTACHMENT)
        uid = str(made[0].volume_uid)
    if outcome:
        with office.instance.work(SYSTEM, Act.ITEM_EXTRACT) as unit:
            for stored in unit.session.scalars(select(DigitalObject).where(DigitalObject.outcome.is_(None))):
                objects.note_text(unit, stored, outcome=outcome, text="", pages=pages)
    return uid


def checked(office, uid: str, change=None) -> dict[str, Passing]:
    """What each check of a record comes to, after *change* was done to the case; every evidence can be said."""
    with office.ask("archivist", Act.RECORD_SEE) as unit:
        chain = reporting._chain(unit)
        case = laid_out(unit, unit.record(uid), chain=chain)
        if change is not None:
            change(case)
        found = {number: check(case) for number, check in records.CHECKS.items()}
        assert all(one.evidence.told(tongue) for one in found.values() for tongue in Language)
        return {number: one.passing for number, one in found.items()}


def bad(found: dict[str, Passing]) -> dict[str, Passing]:
    """The checks that did not pass."""
    return {number: passing for number, passing in found.items() if passing not in SOUND}


def sql(office, *statements: str) -> None:
    """What somebody with the database file can do."""
    with office.instance.engine.begin() as db:
        for statement in statements:
            db.execute(text(statement))


# --- the table --------------------------------------------------------------------------------


def test_conf_DA70_every_property_is_proved_and_every_check_is_made_and_named():
    """
    Ids once each and in both languages; each check of the table has a function, and none is made that is not in it.
    """
    assert set(Property) == {one.proves for one in TABLE}
    assert len(TABLE) == len(BY_ID)
    assert set(records.CHECKS) == {one.id for one in TABLE if RECORD in one.of}
    assert set(packages.CHECKS) == {one.id for one in TABLE if PACKAGE in one.of}
    assert all(knows(one.word, tongue) and one.clause for one in TABLE for tongue in Language)


# --- records ----------------------------------------------------------------------------------


def test_conf_DA70_a_sound_record_passes_every_check(office):
    """
    Nothing failed, nothing to look at; what cannot be checked says so.
    """
    found = checked(office, kept(office))

    assert {} == bad(found)
    assert {"W-5", "A-3", "A-5"} == {number for number, one in found.items() if one is Passing.NOT_APPLICABLE}


MADE_SO = {
    "Z-1": ({"creator": ""}, Passing.FAILED),
    "Z-3": ({"body": b"no pdf at all"}, Passing.FAILED),
    "W-4": ({"note": "附件三份"}, Passing.FAILED),
    "W-6": ({"on_paper": False}, Passing.FAILED),
    "K-1": ({"outcome": "corrupt"}, Passing.FAILED),
    "K-2": ({"name": "程序.exe"}, Passing.FAILED),
    "K-3": ({"body": b"%PDF-1.6 /Encrypt 5 0 R %%EOF"}, Passing.FAILED),
    "K-4": ({"pages": 7}, Passing.WARNED),
}  # fmt: skip


@pytest.mark.parametrize("number", MADE_SO)
def test_conf_DA70_a_record_made_wrong_fails_exactly_its_check(office, number):
    """
    No creator, a PDF that is none, missing attachments, nothing there, unreadable, of no lasting format, locked, other pages.
    """
    given_, passing = MADE_SO[number]

    assert {number: passing} == bad(checked(office, kept(office, **given_)))


@pytest.mark.parametrize(("outcome", "number"), [(None, "K-1"), ("image-only", "K-1"), ("encrypted", "K-3")])
def test_conf_DA70_what_reading_came_to_is_told(office, outcome, number):
    """
    Not read yet and pictures only: to be looked at; locked: failed.
    """
    passing = Passing.FAILED if outcome == "encrypted" else Passing.WARNED

    assert {number: passing} == bad(checked(office, kept(office, outcome=outcome)))


TAMPERED = {
    "Z-2": ["UPDATE item SET dated = '2031-01-01' WHERE seq_no = 1"],
    "W-1": ["UPDATE item SET seq_no = 5 WHERE seq_no = 2"],
    "W-2": ["UPDATE item SET first_page = 9 WHERE seq_no = 2"],
    "W-3": ["UPDATE component SET seq_no = 3 WHERE kind = 'ATTACHMENT'"],
    "Z-4": ["UPDATE digital_object SET wrapped_key = zeroblob(60) WHERE rowid = 1"],
    "A-4": ["DROP TRIGGER event_no_update", "UPDATE event SET account = 'nobody' WHERE seq = 3"],
}  # fmt: skip


@pytest.mark.parametrize("number", TAMPERED)
def test_conf_DA70_a_record_tampered_with_fails_exactly_its_check(office, number):
    """
    A day to come, numbers, pages and parts out of order, a key that is not its own, a line of the log.
    """
    uid = kept(office)
    sql(office, *TAMPERED[number])

    assert {number: Passing.FAILED} == bad(checked(office, uid))


def test_conf_DA70_W2_a_wrong_sum_is_found_as_well(office):
    """
    inv_V4: the volume counts another number of pages.
    """
    uid = kept(office)
    sql(office, "UPDATE volume SET pages = 99")

    assert {"W-2": Passing.FAILED} == bad(checked(office, uid))


def test_rel_I1_a_flipped_byte_fails_exactly_A1(office):
    """
    One byte of the stored bytes of one file.
    """
    uid = kept(office)
    with office.ask("archivist") as unit:
        path = unit.vault.folder / objects.blob_ref(unit.session.scalars(select(Blob)).first()).name
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)

    assert {"A-1": Passing.FAILED} == bad(checked(office, uid))


CASES = {
    "Z-5": lambda case: setattr(case, "log", {}),
    "Z-6": lambda case: setattr(case, "former", {}),
    "A-2": lambda case: setattr(case.parts[0].blob, "erased_at", case.unit.now),
}


@pytest.mark.parametrize("number", CASES)
def test_conf_DA70_what_the_database_keeps_from_happening_is_checked_all_the_same(office, number):
    """
    No line of its making, an earlier card gone, a file that was erased: shown on the case, as the guards forbid it.
    """
    uid = kept(office)
    with office.work("archivist", Act.ITEM_EDIT) as unit:
        items.edit(unit, unit.volume(uid).reference_code + "-001", title="给排水竣工图")
    assert {} == bad(checked(office, uid))
    with pytest.raises(AssertionError):
        assert {} == bad(checked(office, uid, CASES[number]))

    assert {number: Passing.FAILED} == bad(checked(office, uid, CASES[number]))


def test_req_R22_A3_what_is_confidential_stands_behind_a_lock(office):
    """
    In a cabinet that can be locked it passes; put elsewhere behind the program's back it fails.
    """
    uid = kept(office, class_code="HT·02", note="")
    with office.ask("archivist") as unit:
        places = {one.code: one.uid for one in unit.session.scalars(select(Location))}
    for code, passing in (("R1-C1", Passing.PASSED), ("R1-C2", Passing.FAILED)):
        sql(office, f"UPDATE volume SET place_uid = '{places[code]}'")

        assert passing is checked(office, uid)["A-3"], code


def test_W5_a_dossier_that_lacks_papers_is_to_be_looked_at(office):
    """
    A fit-out project with two papers of many.
    """
    assert Passing.WARNED is checked(office, shelved(office))["W-5"]


def test_W1_an_unused_number_of_the_series_is_to_be_looked_at(office):
    """
    A kept code 0003 in an empty series: 0001 and 0002 are unused.
    """
    first = kept(office)
    sql(office, "UPDATE volume SET reference_code = replace(reference_code, '-0001', '-0003')")

    assert {"W-1": Passing.WARNED} == bad(checked(office, first))


@pytest.mark.parametrize(
    ("said", "many"),
    [
        ("附件3件", 3),
        ("附件：共两份", 0),
        ("附件：共二份", 2),
        ("见附件", 0),
        ("附件一份，附件2个", 3),
        ("附件十件", 10),
        ("", 0),
    ],
)
def test_attachments_are_counted_as_the_card_says(said, many):
    """
    Digits and Chinese numbers; a mention without a number counts none.
    """
    assert many == records.attachments_named(said)


# --- packages ---------------------------------------------------------------------------------


def judged(office, folder: Path) -> dict[str, Passing]:
    """What each check of a package comes to; every evidence can be said."""
    with office.work("archivist", Act.PROPERTIES_CHECK) as unit:
        found = reporting.of_package(unit, folder)
    assert all(one.evidence.told(tongue) for one in found for tongue in Language)
    return {one.id: one.passing for one in found}


def _record(number: int, **given_):
    return lambda told: told["records"][number].update(given_)


def _bare_premis(at: Path) -> None:
    text_ = (at / "data/metadata/premis.xml").read_text("utf-8")
    begin, end = text_.index("<event>"), text_.index("<agent>")
    (at / "data/metadata/premis.xml").write_text(text_[:begin] + text_[end:], "utf-8")
    resealed(at)


def _more(at: Path) -> None:
    (at / "data/more.txt").write_bytes(b"more")
    resealed(at)


def _broken_ead(at: Path) -> None:
    (at / "data/metadata/ead3.xml").write_bytes(b"<ead><control>")
    resealed(at)


HARMED = {
    "Z-1": lambda at: rewritten(at, _record(2, creator="")),
    "Z-2": lambda at: rewritten(at, _record(2, dated="2031-01-01")),
    "Z-3": lambda at: rewritten(at, lambda told: told["records"][1]["files"][0].update(sha256="0" * 64)),
    "Z-4": lambda at: (at / "README.txt").write_bytes(b"other"),
    "Z-5": _bare_premis,
    "Z-7": lambda at: (at / "README.txt").unlink(),
    "W-1": lambda at: rewritten(at, _record(2, seq_no=3)),
    "W-2": lambda at: rewritten(at, _record(2, first_page=8)),
    "W-4": lambda at: rewritten(at, _record(1, note="附件9件")),
    "W-6": _more,
    "K-5": _broken_ead,
    "A-2": lambda at: (at / "run.sh").write_bytes(b"#!"),
    "A-6": lambda at: (at / "link").symlink_to("/etc"),
}


def test_conf_DA70_a_sound_package_passes_and_each_harm_fails_exactly_its_check(office, tmp_path):
    """
    After export nothing is wrong; one harm each, all lists made to fit where a forger could.
    """
    exported(office, tmp_path / "sound", kept(office))
    assert {} == bad(judged(office, tmp_path / "sound"))
    for number, harm in HARMED.items():
        at = shutil.copytree(tmp_path / "sound", tmp_path / number)
        harm(at)

        assert {number: Passing.FAILED} == bad(judged(office, at)), number


@pytest.mark.parametrize(
    ("number", "given_"),
    [
        ("K-1", {"body": b"%PDF-1.4 cut off"}), ("K-2", {"name": "程序.exe"}), ("K-3", {"body": b"%PDF-1.6 /Encrypt %%EOF"}),
        ("K-1", {"name": "表.xlsx", "body": b"PK\x03\x04\x00\x00\x00\x00 no directory"}),
        ("K-3", {"name": "表.xlsx", "body": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 safe"}),
    ],
)  # fmt: skip
def test_conf_DA70_files_of_a_package_that_do_not_open_last_or_are_locked(office, tmp_path, number, given_):
    """
    Cut off, of no lasting format, with a password, a ZIP without its list, an Office file in a safe.
    """
    exported(office, tmp_path / "out", kept(office, **given_))

    assert {number: Passing.FAILED} == bad(judged(office, tmp_path / "out"))


def test_a_folder_that_is_no_package_fails_and_never_breaks(office, tmp_path):
    """
    An empty folder, files without lists, garbage lists: verdicts, no exception.
    """
    (tmp_path / "empty").mkdir()
    (tmp_path / "loose").mkdir()
    (tmp_path / "loose/a.txt").write_bytes(b"a")
    (tmp_path / "garbage/data").mkdir(parents=True)
    for name in ("bagit.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt", "bag-info.txt"):
        (tmp_path / "garbage" / name).write_bytes(b"\xff\x00garbage\n" * 50)
    for name in ("empty", "loose", "garbage"):
        assert Passing.FAILED is judged(office, tmp_path / name)["Z-7"]


@settings(max_examples=80)
@given(st.text(max_size=12), st.binary(max_size=60), st.binary(max_size=60))
def test_what_a_file_is_can_be_asked_of_any_bytes(name, head, tail):
    """
    Formats: an answer for any name and bytes.
    """
    assert formats.fits(name, head) in {True, False}
    assert formats.locked(name, head, tail) in {True, False}
    assert formats.named(name)


# --- the report -------------------------------------------------------------------------------


def test_the_report_counts_and_is_logged_and_says_no_title(office):
    """
    Sums of each property; a line for each record; evidence holds codes, never words of the catalogue.
    """
    uid = kept(office, creator="")
    with office.work("archivist", Act.PROPERTIES_CHECK) as unit:
        found = reporting.of_records(unit, [uid])
    told = " ".join(one.evidence.told(Language.ZH) for one in found)
    sums = counts(found)
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        lines = list(unit.session.scalars(select(Event).where(Event.act == Act.PROPERTIES_CHECK.value)))

    assert (1, len(records.CHECKS)) == (
        sums[Property.AUTHENTIC][Passing.FAILED],
        sum(sum(one.values()) for one in sums.values()),
    )
    assert uid in {line.object_uid for line in lines}
    assert "给排水" not in told and "平面图" not in told
    assert isinstance(found[0].evidence, Evidence)


def test_who_may_check_and_of_what(office):
    """
    By role; what is not there; nothing asked for; all of a class.
    """
    uid = kept(office)
    with office.work("archivist", Act.PROPERTIES_CHECK) as unit:
        assert {unit.volume(uid).reference_code} == {
            one.subject for one in reporting.of_records(unit, class_code="CJ")
        }
    for codes, by, error in (
        ([uid], "staff", NotAllowed),
        (["K001-NO"], "archivist", NotFound),
        ([], "archivist", BadValue),
    ):
        with pytest.raises(error), office.work(by, Act.PROPERTIES_CHECK) as unit:
            reporting.of_records(unit, codes)


def test_the_report_is_printed_for_signature_and_overwrites_nothing(office, tmp_path):
    """
    Word and PDF: every check with its evidence, lines to sign; another ending, a place in the instance, a file that is there.
    """
    uid = kept(office)
    with office.work("archivist", Act.PROPERTIES_CHECK) as unit:
        found = reporting.of_records(unit, [uid])
        for name in ("r.docx", "r.pdf"):
            paper.write(unit, found, tmp_path / name, Language.ZH)
        for name, error in (("r.pdf", TargetExists), ("r.txt", BadValue), ("home/r.pdf", InsideInstance)):
            with pytest.raises(error):
                paper.write(unit, found, tmp_path / name, Language.ZH)
    document = Document(str(tmp_path / "r.docx"))
    words = " ".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)

    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")
    assert all(one.id in words and one.evidence.told(Language.ZH) in words for one in found)
