"""The package of a transfer: readable without our keys, whole or not there, every reading logged (RFC 8493, V25)."""

from __future__ import annotations

import csv
import datetime as dt
import fcntl
import hashlib
import io
import json
import os
import shutil
import signal
import tracemalloc
import zipfile
from pathlib import Path

import bagit
import pytest
from sqlalchemy import select

from archive import bag_check, faults, items, objects, vault, volumes
from archive.acts import Act
from archive.bag_check import Finding, Flaw
from archive.chunks import CHUNK
from archive.custody import handover
from archive.errors import (
    Confidential,
    Damaged,
    DiskFull,
    FileMissing,
    InsideInstance,
    LineRefused,
    StorageFailed,
    TargetExists,
    TransferOtherwise,
)
from archive.model import Blob, Event, Item, PeriodMark, TransferList, new_uid
from archive.packages import books
from archive.statuses import MarkCause, TransferState
from archive.values import PartyKind
from retention.holding import placing
from retention.transferring import packing, transfer, transfer_book
from tests import make
from tests.conftest import opened
from tests.retention import handing, papers
from tests.retention.handing import approved, packed, roll, signed

HOSTILE = (
    ("../../外面.txt", b"1"), ("CON", b"2"), ("NUL.pdf", b"3"), ("末尾.", b"4"), ("同名.pdf", b"5"), ("同名.pdf", b"6"),
    ("同名.PDF", b"7"), ("字" * 60 + ".dwg", b"8"), ("100%\r\n完.txt", b"9"), ("~root", b"a"), ("\u202egpj.exe", b"b"),
)  # fmt: skip


def kept(office, number: str) -> TransferList:
    with office.ask("archivist", Act.TRANSFER_SEE) as unit:
        return transfer.one(unit, number)


def verified(office, folder: Path) -> list[Finding]:
    with office.ask("archivist", Act.TRANSFER_SEE) as unit:
        return transfer_book.verify(unit, folder)


def catalogue(folder: Path) -> dict:
    return json.loads((folder / "data/metadata/catalogue.json").read_text("utf-8"))


# --- what is in it ----------------------------------------------------------------------------


def test_conf_a_package_is_valid_to_the_independent_library_and_holds_every_byte(office, tmp_path):
    """
    Complete, valid and sealed as remembered; the files are what was filed, in plain; who sent it is said, no contact.
    """
    files = [("合同.pdf", b"%PDF" + os.urandom(3 * CHUNK)), ("空.txt", b"")]
    uid = roll(office, files=files)
    number = approved(office, uid)
    made = packed(office, number, tmp_path / "包")
    bag = bagit.Bag(str(tmp_path / "包"))
    bag.validate()

    assert [] == verified(office, tmp_path / "包")
    assert (TransferState.PACKED, made.package) == (kept(office, number).state, kept(office, number).package)
    assert (1, 2, sum(len(body) for _, body in files)) == (made.records, made.files, made.size)
    (folder,) = [path for path in (tmp_path / "包/data").iterdir() if path.name != "metadata"]
    assert "K001-ZY·YH·2025·E-0001" == folder.name
    assert dict(files) == {path.name.partition("_")[2]: path.read_bytes() for path in folder.iterdir()}
    assert ("和园物业", number, "2026-03-02") == tuple(
        bag.info[label] for label in ("Source-Organization", "External-Identifier", "Bagging-Date")
    )
    assert not [label for label in bag.info if label.startswith("Contact")]


def test_the_catalogue_says_all_there_is_in_words(office, tmp_path):
    """
    Card, dates, period and its earlier marks, events, party, files with their hashes, pieces on paper.
    """
    with office.work("archivist", Act.PARTY_ADD) as unit:
        from archive import registry

        registry.add_party(
            unit, "W001", name="和园业主委员会", kind=PartyKind.OUTSIDE_UNIT, natural_person=False
        )
    uid = make.volume(office, "ZX·02", 1, held=True)
    handing.over(office, uid)
    with office.work("archivist", Act.SCHEDULE_REMARK) as unit:
        unit.act(Act.SCHEDULE_REMARK)
        mark = PeriodMark(
            uid=new_uid(), record_uid=uid, cause=MarkCause.APPRAISAL, source="JD2025-0001", before="D10",
            after="D30", marked_at=unit.now, marked_by=unit.actor.uid,
        )  # fmt: skip
        unit.session.add(mark)
    number = handing.drafted(office, uid, to="W001", reason="合同到期")
    with office.work("gm", Act.TRANSFER_APPROVE) as unit:
        transfer.approve(unit, number)
    packed(office, number, tmp_path / "out")
    told = catalogue(tmp_path / "out")
    volume, paper = told["records"]

    assert (number, "和园物业", "和园业主委员会", "合同到期") == tuple(
        told[name] for name in ("transfer", "from", "to", "reason")
    )
    assert ("ZX·02 案卷", "D30", 1, "张三") == (
        volume["title"], volume["period"], volume["items"], volume["party"]["name"]
    )  # fmt: skip
    assert ["D10"] == [mark["before"] for mark in volume["period_marks"]]
    assert [("SERVICE_ENDED", "2026-02-01", True)] == [
        (event["kind"], event["on"], event["counts"]) for event in volume["events"]
    ]
    assert {"code": "INTERNAL", "zh": "内部", "en": "internal"} == volume["level"]
    assert (volume["reference_code"], "2025-03-02", {"originals": 1, "copies": 0}, []) == (
        paper["volume"], paper["dated"], paper["on_paper"], paper["files"]
    )  # fmt: skip


def test_the_sheet_opens_in_a_spreadsheet_and_runs_nothing(office, tmp_path):
    """
    A row for each volume and paper under headings in both languages; a title that looks like a formula does not run.
    """
    uid = roll(office, class_code="CJ·02", papers=1)
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        volumes.edit(unit, uid, title="=cmd|'/c calc'!A1")
    packed(office, approved(office, uid), tmp_path / "out")
    raw = (tmp_path / "out/data/metadata/catalogue.csv").read_bytes()
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))

    assert raw.startswith(b"\xef\xbb\xbf")
    assert (3, {len(books.COLUMNS)}) == (len(rows), {len(row) for row in rows})
    assert "档号 / Reference code" == rows[0][0]
    assert "'=cmd|'/c calc'!A1" == rows[1][2]
    (path, sha256) = rows[2][-2:]
    assert sha256 == hashlib.sha256((tmp_path / "out" / path).read_bytes()).hexdigest()


def test_form_F9_the_list_is_printed_for_both_to_sign_and_the_notice_says_how_to_read_it(office, tmp_path):
    """
    Word file with number, both sides, a line for each record; a notice in Chinese and English beside the data.
    """
    number = approved(office, roll(office), roll(office, class_code="CJ·02"))
    packed(office, number, tmp_path / "out")
    paper = tmp_path / "out/data/metadata/list.docx"
    words, (_, *rows) = papers.words(paper), papers.table(paper)
    notice = (tmp_path / "out/README.txt").read_text("utf-8")

    assert all(
        word in words
        for word in ("档案移交清单", number, "和园物业", "东城供电局", "移交人", "接收人", "郑档案", "褚总")
    )
    assert ["1", "2"] == [row[0] for row in rows]
    assert {"YH·09 案卷", "CJ·02 案卷"} == {row[2] for row in rows}
    assert all(word in notice for word in (number, "不需要任何口令", "no password", "RFC 8493"))


def test_hostile_names_become_files_that_every_system_takes(office, tmp_path):
    """
    Ways out, devices, endings, two and three of one name, too long, control signs: all there, none outside.
    """
    uid = roll(office, files=HOSTILE, papers=1)
    packed(office, approved(office, uid), tmp_path / "out")
    bagit.Bag(str(tmp_path / "out")).validate()
    (paper,) = [one for one in catalogue(tmp_path / "out")["records"] if one["kind"] == "item"]
    names = [Path(file["path"]).name for file in paper["files"]]

    assert [body for _, body in HOSTILE] == [
        (tmp_path / "out" / file["path"]).read_bytes() for file in paper["files"]
    ]
    assert len({name.casefold() for name in names}) == len(HOSTILE)
    assert ["001_同名.pdf", "001_同名_2.pdf", "001_同名_3.PDF"] == names[4:7]
    assert all(len(name.encode()) <= 100 and not set('<>:"\\|?*%\r\n\u202e') & set(name) for name in names)
    assert ["out"] == [path.name for path in tmp_path.iterdir() if path.name != "home"]


def test_a_volume_called_as_the_catalogue_is_does_not_meet_it(office, tmp_path):
    """
    `metadata` is taken before any record is written.
    """
    from archive.filenames import Names

    folders = Names()
    folders.free(books.METADATA)

    assert "METADATA_2" == folders.free("METADATA")


# --- judged and logged ------------------------------------------------------------------------


def events(office, *acts: Act) -> list[Event]:
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        return list(unit.session.scalars(select(Event).where(Event.act.in_(acts)).order_by(Event.seq)))


def test_inv_V25_each_paper_opened_leaves_its_line_before_a_byte_of_it_is_written(
    office, tmp_path, monkeypatch
):
    """
    The line is committed when the first chunk is read; its purpose, sealed, is the number of the list.
    """
    uid = roll(office)
    number = approved(office, uid)
    seen: list[int] = []
    read = vault.Vault.read

    def watched(*given):
        seen.append(len(events(office, Act.ITEM_GET)))
        return read(*given)

    monkeypatch.setattr(vault.Vault, "read", watched)
    packed(office, number, tmp_path / "out")
    (line,) = events(office, Act.ITEM_GET)
    with office.ask("archivist") as unit:
        purpose = unit.told(line.object_uid, "log", line.sealed)["purpose"]

    assert [1] == seen
    assert (number, "archivist", "done") == (purpose, line.account, line.outcome)
    assert number.encode() not in line.facts.encode()


def test_a_revoked_grant_stops_the_packing_and_nothing_is_left(office, tmp_path):
    """
    V9: the security administrator ends what the approval opened; witness: with it, it packs.
    """
    from archive import grants
    from archive.model import Grant

    number = approved(office, roll(office, class_code="CJ·02"), roll(office))
    packed(office, number, tmp_path / "first")
    with office.work("security", Act.GRANT_REVOKE) as unit:
        grants.revoke(unit, unit.session.scalar(select(Grant.uid).where(Grant.record_uid.is_not(None))))
    with pytest.raises(Confidential):
        packed(office, number, tmp_path / "second")

    assert ["first"] == sorted(path.name for path in tmp_path.iterdir() if path.name != "home")


def test_what_is_held_or_changed_meanwhile_is_not_packed(office, tmp_path):
    """
    Held before; a card edited while files are being written: no package, still approved.
    """
    uid = roll(office)
    number = approved(office, uid)

    def edit(_done, _total):
        with office.work("archivist", Act.VOLUME_EDIT) as unit:
            volumes.edit(unit, uid, note="补记")

    with pytest.raises(TransferOtherwise):
        packed(office, number, tmp_path / "out", progress=edit)
    with office.work("manager", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="诉讼", records=[uid])
    with pytest.raises(LineRefused):
        packed(office, number, tmp_path / "out")

    assert TransferState.APPROVED is kept(office, number).state
    assert ["home"] == [path.name for path in tmp_path.iterdir()]


# --- where it may stand -----------------------------------------------------------------------


PLACES = (
    (lambda at: at / "home/out", InsideInstance),
    (lambda at: at / "home/../home/vault/out", InsideInstance),
    (lambda at: (at / "way").symlink_to(at / "home") or at / "way/out", InsideInstance),
    (lambda at: (at / "folder").mkdir() or at / "folder", TargetExists),
    (lambda at: (at / "file").write_bytes(b"mine") and at / "file", TargetExists),
    (lambda at: (at / "link").symlink_to(at / "nowhere") or at / "link", TargetExists),
    (lambda at: at / "nowhere/out", FileMissing),
)


def test_a_place_where_no_package_may_stand_is_refused(office, tmp_path):
    """
    Inside the instance, also by a way round; where something stands; in a folder that is not there.
    """
    number = approved(office, roll(office))
    for prepare, error in PLACES:
        target = prepare(tmp_path)
        before = sorted(path.name for path in tmp_path.iterdir())
        with pytest.raises(error):
            packed(office, number, target)

        assert before == sorted(path.name for path in tmp_path.iterdir())
    assert b"mine" == (tmp_path / "file").read_bytes()
    assert TransferState.APPROVED is kept(office, number).state


# --- broken off -------------------------------------------------------------------------------

POINTS = sorted(
    name for name in faults.POINTS if name.startswith(("bag.", "transfer.")) and not name.endswith("line")
)


def _killed(office, key: Path, number: str, out: Path, fault: str) -> int:
    """Pack in a child of its own that dies at a fault point; the signal it died of."""
    child = os.fork()
    if child == 0:
        with faults.armed(fault):
            again = opened(office.home, key, lambda: office.now)
            packing.pack(again, office.who("archivist"), number, out)
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def test_rel_C1_killed_while_packing_leaves_no_half_package_and_the_next_run_makes_a_whole_one(
    office, template, tmp_path
):
    """
    Under the name there is nothing or a whole package; packing again works and clears only its own leftover.
    """
    number = approved(office, roll(office))
    (tmp_path / ".other.part").mkdir()
    (tmp_path / ".other.part/mine").write_bytes(b"x")
    for point in POINTS:
        out = tmp_path / point
        nth = 1 if point.startswith("transfer") else 3
        assert signal.SIGKILL == _killed(office, template / "key", number, out, f"{point}:{nth}:kill")
        assert ("after_rename" in point) == out.exists()
        if not out.exists():
            packed(office, number, out)
        assert [] == verified(office, out)

    assert sorted([".other.part", "home", *POINTS]) == sorted(path.name for path in tmp_path.iterdir())
    assert b"x" == (tmp_path / ".other.part/mine").read_bytes()


def test_rel_D2_a_failing_disk_is_told_and_leaves_nothing(office, tmp_path):
    """
    No package, no leftover, still approved.
    """
    number = approved(office, roll(office))
    for point in (point for point in POINTS if point.startswith("bag.")):
        for effect, error in (("eio", StorageFailed), ("enospc", DiskFull)):
            with faults.armed(f"{point}:2:{effect}"), pytest.raises(error):
                packed(office, number, tmp_path / "out")

            assert ["home"] == [path.name for path in tmp_path.iterdir()], point
    assert TransferState.APPROVED is kept(office, number).state


def test_a_damaged_file_is_named_and_nothing_is_handed_out(office, tmp_path):
    """
    rel_I1: one byte of the second file flipped.
    """
    number = approved(office, roll(office, files=[("a.pdf", b"sound"), ("b.pdf", b"broken later")]))
    with office.ask("archivist") as unit:
        blob = unit.session.scalar(select(Blob).where(Blob.size == len(b"broken later")))
        path = unit.vault.folder / objects.blob_ref(blob).name
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(Damaged):
        packed(office, number, tmp_path / "out")

    assert ["home"] == [path.name for path in tmp_path.iterdir()]


def test_two_runs_at_once_do_not_spoil_each_other(office, tmp_path):
    """
    The second is refused while the first writes; what the first has written stays.
    """
    number = approved(office, roll(office))
    temp = tmp_path / f".{kept(office, number).uid}.part"
    temp.mkdir()
    (temp / "half").write_bytes(b"first")
    handle = os.open(temp, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(TargetExists):
        packed(office, number, tmp_path / "out")
    assert b"first" == (temp / "half").read_bytes()
    os.close(handle)

    assert 1 == packed(office, number, tmp_path / "out").records
    assert not temp.exists()


# --- checked again ----------------------------------------------------------------------------


def _rebagged(at: Path) -> None:
    """A forger changes a file and makes all lists fit."""
    bag = bagit.Bag(str(at))
    (at / "data/metadata/list.docx").write_bytes(b"forged")
    bag.save(manifests=True)


TAMPERED = {
    "missing": (lambda at: (at / "data/metadata/catalogue.csv").unlink(), Flaw.MISSING),
    "extra": (lambda at: (at / "data/metadata/more.txt").write_bytes(b"x"), Flaw.EXTRA),
    "changed": (lambda at: (at / "data/metadata/list.docx").write_bytes(b"x"), Flaw.CHANGED),
    "another notice": (lambda at: (at / "README.en.txt").write_bytes(b"x"), Flaw.EXTRA),
    "all made over": (_rebagged, Flaw.OTHER),
    "another number": (
        lambda at: (at / "bag-info.txt").write_bytes(b"External-Identifier: YC2026-0009\n"),
        Flaw.OTHER,
    ),
}


def test_a_package_tampered_with_is_found_out(office, tmp_path):
    """
    Each by its file and flaw, also one whose lists were made to fit; witness: untouched it is sound.
    """
    number = approved(office, roll(office))
    packed(office, number, tmp_path / "out")
    assert [] == verified(office, tmp_path / "out")
    for name, (harm, flaw) in TAMPERED.items():
        copy = shutil.copytree(tmp_path / "out", tmp_path / name)
        harm(copy)

        assert flaw in {one.flaw for one in verified(office, copy)}, name
    bagit.Bag(str(tmp_path / "all made over")).validate()


def test_a_package_made_anew_takes_the_place_of_the_earlier_one(office, tmp_path):
    """
    The receipt must be for the last; the first is another now.
    """
    number = approved(office, roll(office))
    first = packed(office, number, tmp_path / "first")
    office.tick(days=1)
    second = packed(office, number, tmp_path / "second")

    assert first.package != second.package
    assert [Finding("tagmanifest-sha256.txt", Flaw.OTHER)] == verified(office, tmp_path / "first")
    assert [] == verified(office, tmp_path / "second")
    assert 1 == signed(office, number, on=dt.date(2026, 3, 3), package=second.package).count


def test_a_folder_of_others_is_checked_but_not_ours(office, tmp_path):
    """
    A sound bag of somebody else: valid, and not a package made here.
    """
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs/a.txt").write_bytes(b"a")
    bagit.make_bag(str(tmp_path / "theirs"))
    assert [Flaw.OTHER] == [one.flaw for one in verified(office, tmp_path / "theirs")]
    with pytest.raises(FileMissing):
        verified(office, tmp_path / "nowhere")

    assert [] == bag_check.check(tmp_path / "theirs")


# --- much of it -------------------------------------------------------------------------------


@pytest.mark.parametrize("papers", [200, pytest.param(1000, marks=pytest.mark.slow)])
def test_many_papers_and_a_large_file_in_flat_memory(office, tmp_path, papers):
    """
    So many papers, 16 MiB in one file: the peak stays below half of that file.
    """
    with office.work("archivist", Act.ITEM_FILE) as unit:
        many = [make.paper(f"共有部分收支第 {n} 号", "CJ·02") for n in range(papers)]
        items.file_matter(unit, make.matter("CJ·02"), many, volume_title="共有部分")
        first = unit.session.scalars(select(Item).order_by(Item.seq_no).limit(1)).one()
        uid = str(first.volume_uid)
        objects.attach(unit, first.uid, bytes(16 << 20), name="航拍.mp4")
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, uid)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    handing.over(office, uid)
    number = approved(office, uid)
    tracemalloc.start()
    made = packed(office, number, tmp_path / "out")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 16 << 20 == made.size
    assert peak < 8 << 20, f"{peak / 1e6:.1f} MB"
    assert 1 + papers == len(catalogue(tmp_path / "out")["records"])
    assert zipfile.is_zipfile(tmp_path / "out/data/metadata/list.docx")
