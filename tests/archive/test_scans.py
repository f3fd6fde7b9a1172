"""Scans attached in bulk: every file at its record or in the tray, nothing twice, nothing lost, nothing in clear."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import func, select, update

from archive import objects
from archive.acts import Act
from archive.errors import BadValue, FileMissing, NotFound, PagesDiffer, ScanUnread
from archive.model import Blob, DigitalObject, Event, IntakeScan, Item
from archive.scans import attaching, tray
from archive.scans.fates import ScanFate, Way, Why
from archive.scans.finding import Wanted
from archive.values import ComponentKind, VolumeState
from tests import make
from tests.archive.scanner import paper, pictures, png, sheets, stack, texts, tiff
from tests.faults.invariants import check_all, spellings_found

CANARY = "扫描金丝雀二〇四七"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "scanned"
    made.mkdir()
    return made


def codes_of(office, volume):
    with office.ask("gm") as unit:
        rows = select(Item.reference_code).where(Item.volume_uid == unit.volume(volume).uid)
        return list(unit.session.scalars(rows.order_by(Item.seq_no)))


def code_of(office, uid):
    with office.ask("gm") as unit:
        return unit.record(uid).reference_code


def attach(office, *paths, by="archivist", **wanted):
    return attaching.attach(office.instance, office.who(by), paths, Wanted(**wanted))


def fates(lines):
    return [(line.file, line.pages, line.fate.value, line.code) for line in lines]


def stored(office, code, by="gm"):
    """What is attached to an item: name and bytes, in order."""
    with office.ask(by) as unit:
        found = objects.contents(unit, unit.item(code))
        return [(objects.name_of(unit, one), objects.read(unit, one)) for one in found]


def rows_of(office):
    """How many objects, blobs and scans there are."""
    with office.ask("gm") as unit:
        return tuple(
            unit.session.scalar(select(func.count()).select_from(kind))
            for kind in (DigitalObject, Blob, IntakeScan)
        )


def waiting(office, by="archivist"):
    with office.ask(by, Act.INTAKE_SEE) as unit:
        return [(line.number, line.name, line.why) for line in tray.rows(unit)]


# --- by name ----------------------------------------------------------------------------------


def test_every_file_goes_to_the_record_its_name_speaks_of(office, folder):
    """Two pages of one item in order, another item, a picture nobody knows; links and leavings are no scans."""
    one, two = codes_of(office, make.volume(office, "ZX·02", 2))
    for name in (f"{one}_10.jpg", f"{one}_2.jpg", f"{two} 平面图.pdf", "IMG_1.jpg", "Thumbs.db", ".hidden"):
        (folder / name).write_bytes(name.encode())
    (folder / "link.pdf").symlink_to(folder / "IMG_1.jpg")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    lines = attach(office, folder, kind=ComponentKind.DRAWING)
    assert fates(lines) == [
        ("link.pdf", "", "REFUSED", ""), ("IMG_1.jpg", "", "TRAY", "SM2026-00001"),
        (f"{one}_2.jpg", "", "ATTACHED", one), (f"{one}_10.jpg", "", "ATTACHED", one), (f"{two} 平面图.pdf", "", "ATTACHED", two),
    ]  # fmt: skip
    assert [name for name, _ in stored(office, one)] == [f"{one}_2.jpg", f"{one}_10.jpg"]
    assert stored(office, two) == [(f"{two} 平面图.pdf", f"{two} 平面图.pdf".encode())]
    assert waiting(office) == [("SM2026-00001", "IMG_1.jpg", Why.NO_CODE)]
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert check_all(office) == []


def test_a_second_run_changes_nothing_and_tells_what_is_known(office, folder):
    """The same bytes are never attached twice nor put in the tray twice, whatever they are called then."""
    one, _ = codes_of(office, make.volume(office, "ZX·02", 2))
    (folder / f"{one}.pdf").write_bytes(b"one")
    (folder / "IMG_1.jpg").write_bytes(b"nobody's")
    attach(office, folder)
    rows = rows_of(office)
    (folder / "IMG_1.jpg").rename(folder / "IMG_2.jpg")
    (folder / f"{one}_2.pdf").write_bytes(b"one")
    assert [line.fate for line in attach(office, folder)] == [
        ScanFate.WAITING,
        ScanFate.KNOWN,
        ScanFate.KNOWN,
    ]
    assert rows == rows_of(office)


def test_a_trial_tells_what_would_become_of_each_and_changes_nothing(office, folder):
    """The lines of a trial are those of the run; no row, no blob, no key comes of it."""
    one, two = codes_of(office, make.volume(office, "ZX·02", 2))
    for name, data in (
        (f"{one}.pdf", b"1"),
        (f"{one}_2.pdf", b"1"),
        (f"{two}.pdf", b"2"),
        ("IMG_1.jpg", b"3"),
        ("empty.pdf", b""),
    ):
        (folder / name).write_bytes(data)
    rows, blobs = rows_of(office), sorted(office.instance.vault.walk())
    tried = [(file, pages, fate) for file, pages, fate, _ in fates(attach(office, folder, dry_run=True))]
    assert rows == rows_of(office) and blobs == sorted(office.instance.vault.walk())
    assert tried == [(file, pages, fate) for file, pages, fate, _ in fates(attach(office, folder))]


def test_a_scan_that_came_before_its_record_leaves_the_tray_when_the_record_is_there(office, folder):
    """Scanned first, catalogued later: the next run attaches the very blob that waited, and its key of waiting goes."""
    coming = codes_of(office, make.volume(office, "ZX·02", 1))[0].removesuffix("001") + "002"
    (folder / f"{coming}.pdf").write_bytes(b"too early")
    assert attach(office, folder)[0].why is Why.VOLUME
    with office.ask("gm") as unit:
        (uid,) = unit.session.scalars(select(IntakeScan.uid))
        blob = unit.session.scalars(select(Blob.uid)).one()
    make.filed(office, "ZX·02", 1)
    assert fates(attach(office, folder)) == [(f"{coming}.pdf", "", "ATTACHED", coming)]
    assert stored(office, coming) == [(f"{coming}.pdf", b"too early")]
    with office.ask("gm") as unit:
        assert [blob] == list(unit.session.scalars(select(Blob.uid)))
    assert waiting(office) == [] and not office.instance.keys.has_key(uid)


def test_what_may_not_be_attached_waits_with_the_reason(office, folder):
    """A record of another department, one sealed in its bag: into the tray, the refusal told and logged."""
    other = make.filed(office, "WS·BG", 1, department="ZJB")[0]
    held = codes_of(office, make.volume(office, "ZX·02", 1, held=True))[0]
    with office.instance.engine.begin() as connection:
        connection.execute(update(Item).where(Item.reference_code == held).values(state=VolumeState.SEALED))
    (folder / f"{code_of(office, other)}.pdf").write_bytes(b"1")
    (folder / f"{held}.pdf").write_bytes(b"2")
    lines = attach(office, folder, by="clerk")
    assert [(line.fate, line.why, line.error.code) for line in lines] == [
        (ScanFate.TRAY, Why.BARRED, "other-department"), (ScanFate.TRAY, Why.BARRED, "sealed-up"),
    ]  # fmt: skip
    assert [why for _, _, why in waiting(office, "clerk")] == [Why.BARRED, Why.BARRED]
    with office.ask("auditor") as unit:
        told = unit.session.execute(select(Event.act, Event.outcome).where(Event.outcome != "done")).all()
    assert [("item.attach", "other-department"), ("item.attach", "sealed-up")] == [tuple(one) for one in told]


def test_what_was_accepted_on_paper_long_ago_can_still_be_digitised(office, folder):
    """AR42: a held record takes its scan; the file is added, logged, and nothing else of the record changes."""
    held = codes_of(office, make.volume(office, "ZX·02", 1, held=True))[0]
    (folder / f"{held}.pdf").write_bytes(b"scanned later")
    assert fates(attach(office, folder)) == [(f"{held}.pdf", "", "ATTACHED", held)]
    assert stored(office, held) == [(f"{held}.pdf", b"scanned later")]


def test_a_record_one_may_not_see_is_as_if_it_were_not_there(office, folder):
    """V23: the name of a confidential record leads a clerk of another department into the tray, as any name would."""
    secret = code_of(office, make.filed(office, "HT·01", 1, level=None)[0])
    (folder / f"{secret}.pdf").write_bytes(b"1")
    (folder / "HT-999.pdf").write_bytes(b"2")
    seen = {line.why for line in attach(office, folder, by="records", leave=True)}
    assert len(seen) == 1 and Why.BARRED not in seen


def test_left_where_it_is_if_asked(office, folder):
    """--leave: told, and nothing is put anywhere."""
    (folder / "IMG_1.jpg").write_bytes(b"1")
    lines = attach(office, folder, leave=True)
    assert [(line.fate, line.why) for line in lines] == [(ScanFate.LEFT, Why.NO_CODE)]
    assert rows_of(office) == (0, 0, 0)


def test_a_file_that_cannot_be_taken_stops_no_other(office, folder, monkeypatch):
    """Empty, over the limit, gone meanwhile: refused with the reason, the others go on."""
    one, two = codes_of(office, make.volume(office, "ZX·02", 2))
    (folder / f"{one}.pdf").write_bytes(b"1")
    (folder / f"{two}.pdf").write_bytes(b"")
    with (folder / f"{two}_2.pdf").open("wb") as large:
        large.truncate((256 << 20) + 1)
    (folder / f"{two}_3.pdf").write_bytes(b"3")
    real = attaching.Source.opened

    def vanishing(source):
        if source.name.endswith("_3.pdf"):
            source.file.unlink(missing_ok=True)
        return real(source)

    monkeypatch.setattr(attaching.Source, "opened", vanishing)
    lines = {line.file: line for line in attach(office, folder)}
    told = [lines[f"{two}{end}.pdf"].error.code for end in ("", "_2", "_3")]
    assert told == ["scan-unread", "file-too-large", "file-missing"]
    assert lines[f"{one}.pdf"].fate is ScanFate.ATTACHED and rows_of(office) == (1, 1, 0)
    assert check_all(office) == []


# --- by separator sheets ----------------------------------------------------------------------


def test_a_stack_is_taken_apart_at_its_separator_sheets(office, folder):
    """A PDF: what is before the first sheet and after an unknown one goes to the tray, the sheets to nobody."""
    one, two = codes_of(office, make.volume(office, "ZX·02", 2))
    pdf = stack(
        paper("loose"), sheets(one), paper("a1", "a2"), sheets("K001-?"), paper("x"), sheets(two), paper("b1")
    )
    (folder / "batch.pdf").write_bytes(pdf)
    lines = attach(office, folder, way=Way.QR)
    assert [(line.pages, line.fate.value, line.code, line.why) for line in lines] == [
        ("1", "TRAY", "SM2026-00001", Why.BEFORE_FIRST), ("3-4", "ATTACHED", one, None),
        ("6", "TRAY", "SM2026-00002", Why.UNKNOWN), ("8", "ATTACHED", two, None),
    ]  # fmt: skip
    ((name, data),) = stored(office, one)
    assert name == "batch_p3-4.pdf" and texts(data) == ["a1", "a2"]
    assert texts(stored(office, two)[0][1]) == ["b1"]
    rows = rows_of(office)
    again = attach(office, folder, way=Way.QR)
    assert [line.fate.value for line in again] == ["WAITING", "KNOWN", "WAITING", "KNOWN"]
    assert rows == rows_of(office)


def test_pictures_of_one_folder_are_one_stack_and_tiffs_are_their_own(office, folder):
    """Single pictures follow the sheet before them; another folder, and a file of pages, begin anew."""
    one, two = codes_of(office, make.volume(office, "ZX·02", 2))
    drawn = pictures(stack(sheets(one, two), paper("a", "b", "c", "d")))
    for number, picture in enumerate((drawn[0], drawn[2], drawn[3]), 1):
        (folder / f"scan{number}.png").write_bytes(png(picture))
    (folder / "scan10.tif").write_bytes(tiff([drawn[1], drawn[4]]))
    (folder / "below").mkdir()
    (folder / "below" / "scan1.png").write_bytes(png(drawn[5]))
    lines = {line.file: (line.fate.value, line.code) for line in attach(office, folder, way=Way.QR)}
    assert lines == {
        "scan1.png": ("SEPARATOR", ""), "scan2.png": ("ATTACHED", one), "scan3.png": ("ATTACHED", one),
        "scan10.tif": ("ATTACHED", two), "below/scan1.png": ("TRAY", "SM2026-00001"),
    }  # fmt: skip


def test_what_cannot_be_split_goes_to_the_tray_whole(office, folder):
    """Damaged, no scan at all: one line, the reason, the very bytes."""
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    (folder / "letter.docx").write_bytes(b"PK\x03\x04")
    assert [(line.fate, line.why) for line in attach(office, folder, way=Way.QR)] == [
        (ScanFate.TRAY, Why.BROKEN), (ScanFate.TRAY, Why.NO_CODE),
    ]  # fmt: skip
    with office.ask("archivist", Act.INTAKE_GET) as unit:
        path = tray.fetch(unit, "SM2026-00001", folder.parent / "out.pdf", purpose="看")
    assert path.read_bytes() == b"%PDF-1.4 nothing"


def test_the_very_file_is_kept_where_all_of_it_is_one_records(office, folder):
    """A signed PDF must not be written anew: with nothing to cut, the bytes stay."""
    one, _ = codes_of(office, make.volume(office, "ZX·02", 2))
    whole = stack(sheets(one), paper("a"))
    (folder / "batch.pdf").write_bytes(whole)
    attach(office, folder, way=Way.QR, keep_separators=True)
    assert stored(office, one) == [("batch.pdf", whole)]


# --- by pages ---------------------------------------------------------------------------------


def test_inv_V4_a_scan_of_a_whole_volume_is_split_as_its_pages_are_counted(office, folder):
    """Two items of two pages: pages 1-2 and 3-4; a page more or less, and nothing at all is attached."""
    volume = make.volume(office, "ZX·02", 2)
    one, two = codes_of(office, volume)
    file = folder / "whole.pdf"
    for pages in (3, 5):
        file.write_bytes(paper(*map(str, range(pages))))
        with pytest.raises(PagesDiffer) as refused:
            attach(office, file, way=Way.PAGES, volume=volume)
        assert refused.value.facts["expected"] == 4 and refused.value.facts["found"] == pages
    assert rows_of(office) == (0, 0, 0)
    file.write_bytes(paper("p1", "p2", "p3", "p4"))
    lines = attach(office, file, way=Way.PAGES, volume=volume)
    assert [(line.pages, line.code) for line in lines] == [("1-2", one), ("3-4", two)]
    assert texts(stored(office, two)[0][1]) == ["p3", "p4"]


def test_pages_are_given_by_hand_where_the_counts_do_not_help(office, folder):
    """By number in the volume or by code; what is left over waits in the tray; what cannot be is refused whole."""
    volume = make.volume(office, "ZX·02", 2)
    one, two = codes_of(office, volume)
    file = folder / "whole.pdf"
    file.write_bytes(paper("p1", "p2", "p3", "p4", "p5"))
    for ranges, refusal in (
        ("001=1-9", BadValue),
        ("001=1-3,002=3-4", BadValue),
        ("009=1", NotFound),
        ("K9-1=1", NotFound),
    ):
        with pytest.raises(refusal):
            attach(office, file, way=Way.PAGES, volume=volume, ranges=ranges)
    for wanted in ({}, {"volume": "K001-NO"}):
        with pytest.raises((BadValue, NotFound)):
            attach(office, file, way=Way.PAGES, **wanted)
    assert rows_of(office) == (0, 0, 0)
    lines = attach(office, file, way=Way.PAGES, volume=volume, ranges=f"{two}=2-3,001=5")
    assert [(line.pages, line.fate.value, line.why) for line in lines] == [
        ("1", "TRAY", Why.LEFT_OVER), ("2-3", "ATTACHED", None), ("4", "TRAY", Why.LEFT_OVER), ("5", "ATTACHED", None),
    ]  # fmt: skip
    assert texts(stored(office, one)[0][1]) == ["p5"] and texts(stored(office, two)[0][1]) == ["p2", "p3"]


def test_bad_input_of_the_whole_is_refused_before_anything_is_done(office, folder):
    """No such path, not one file but two, a file without pages."""
    volume = make.volume(office, "ZX·02", 1)
    (folder / "a.txt").write_text("x")
    (folder / "b.pdf").write_bytes(b"%PDF-1.4")
    with pytest.raises(FileMissing):
        attach(office, folder / "none")
    with pytest.raises(BadValue):
        attach(office, folder, way=Way.PAGES, volume=volume)
    for name in ("a.txt", "b.pdf"):
        with pytest.raises(ScanUnread):
            attach(office, folder / name, way=Way.PAGES, volume=volume)
    assert rows_of(office) == (0, 0, 0)


# --- secrecy ----------------------------------------------------------------------------------


def test_conf_E1_nothing_of_a_confidential_scan_is_anywhere_in_clear(office, folder, tmp_path, monkeypatch):
    """Canaries in names and bytes, attached, split and waiting: none in the instance nor in the temporary folder."""
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    one = codes_of(office, make.volume(office, "HT·01", 1))[0]
    (folder / f"{one} {CANARY}.txt").write_text(CANARY * 50)
    (folder / f"{CANARY}.txt").write_text(f"waiting {CANARY}" * 50)
    attach(office, folder)
    plain = paper(CANARY.encode().hex(), "two")
    (folder / f"{CANARY}.pdf").write_bytes(stack(sheets(one), plain))
    attach(office, folder / f"{CANARY}.pdf", way=Way.QR)
    assert [name for name, _ in stored(office, one)] == [f"{one} {CANARY}.txt", f"{CANARY}_p2-3.pdf"]
    assert spellings_found(office.home, CANARY) == [] and list(scratch.iterdir()) == []
    inner = stored(office, one)[1][1]
    pieces = [hashlib.sha256(inner).hexdigest().encode(), inner[200:260]]
    assert [] == [
        path
        for path in office.home.rglob("*")
        if path.is_file() and any(one in path.read_bytes() for one in pieces)
    ]


def test_witness_conf_E1_a_scan_kept_in_clear_is_found(office, folder):
    """The same search finds a canary that a careless copy left in the vault's folder of temporary files."""
    (office.home / "vault" / "tmp" / "x.part").write_text(CANARY)
    assert len(spellings_found(office.home, CANARY)) == 1
