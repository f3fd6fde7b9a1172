"""Sets that share a folder: what is copied, what is read, what is taken away (B1, B3, B4, I1, X4; issue 6, 7)."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from archive import audit, backups, db, inspection, objects
from archive.acts import Act
from archive.backups import alone, filling, making, manifest, pack, pools, sets
from archive.backups.checking import PARTS, Wrong
from archive.errors import (
    BackupElsewhere,
    BackupUnderWay,
    BadValue,
    NotABackup,
    NotEmpty,
    NotFound,
    Refused,
    SchemaNewer,
    SetAway,
    StorageFailed,
    WrongState,
)
from archive.exchange import BackupCheckKind
from archive.faults import armed
from archive.instance import SYSTEM
from archive.model import BackupCheck, Event
from archive.statuses import BackupState
from retention.destroying import finalizing
from tests.archive.test_backups import OWN, alive, create, packed, refresh, row, slip_of
from tests.conftest import opened
from tests.make import filed


def attach(office, text: str, class_code: str = "WS·BG") -> str:
    """An item with one stored file; its uid."""
    (uid,) = filed(office, class_code, 1)
    with office.work("archivist", Act.ITEM_ATTACH) as unit:
        objects.attach(unit, uid, text.encode() * 3000, name="正文.txt")
    return uid


@pytest.fixture
def disk(tmp_path):
    """Where sets go."""
    return tmp_path / "disk"


@pytest.fixture
def stock(office, disk):
    """An office with three stored files and one set of them; the set."""
    for n in range(3):
        attach(office, f"巡查记录之{n}。")
    return create(office, disk)


def pool_of(disk: Path) -> dict[str, str]:
    """Every stored file of a folder of sets by name, and its digest."""
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in pools.stored(disk)}


def listed(folder: Path) -> dict[str, str]:
    return {one.name: one.sha256 for one in manifest.listed(folder)}


def verify(office, which, how=backups.WHOLE, who="admin"):
    return backups.verify(office.instance, office.who(who), str(which), how)


def forget(office, number):
    return backups.forget(office.instance, office.who("admin"), number, reason="不要了")


def as_of_old(office, made, to: Path) -> Path:
    """The set as an earlier version laid it out: its stored files inside; where it lies, registered."""
    shutil.copytree(made.folder, to)
    shutil.copytree(made.folder.parent / "vault", to / "vault")
    uid = row(office, made.number).uid
    (to / "format").write_text(f"anjuan/backup 1\n{uid}\n")
    said = manifest.read(to)
    fixed = tuple(making._entry(to, "format") if one.name == "format" else one for one in said.files)
    written = manifest.Manifest(
        said.instance, said.set_uid, said.number, said.epoch, said.made_at, said.log, fixed
    )
    manifest.write(to, written, office.instance.signer)
    with office.work("admin", Act.BACKUP_CREATE) as unit:
        unit.act(Act.BACKUP_CREATE)
        sets.one(unit, made.number).card = sets.sealed(unit, uid, folder=str(to), remark="")
    shutil.rmtree(made.folder.parent)
    return to


# --- one after the other ---------------------------------------------------------------------------


def test_req_I6_7_a_later_set_copies_only_what_is_new_and_says_how_much(office, stock, disk):
    """Stored files lie once; each set has its own catalogue, list and keys; both open."""
    assert (stock.files, stock.copied) == (3, 3)
    attach(office, "新的一份。")
    second = create(office, disk)

    assert (second.files, second.copied, second.copied_size) == (4, 1, second.copied_size)
    assert second.folder == disk / "BF2026-00002" and {one.name for one in second.folder.iterdir()} == OWN
    assert pool_of(disk) == listed(second.folder) and len(listed(stock.folder)) == 3
    assert packed(second.folder, slip_of(office)) > packed(stock.folder, slip_of(office))
    assert not any(path.stat().st_nlink > 1 for path in disk.rglob("*") if path.is_file())
    assert [one.number for one in alive(office)] == [second.number, stock.number]
    assert verify(office, stock.number).faults == verify(office, second.number).faults == []


def test_a_set_on_a_file_system_without_permissions_or_links_is_made_all_the_same(office, disk, monkeypatch):
    """As on exFAT: chmod is refused, no link can be made."""

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    attach(office, "甲")
    for name in ("link", "symlink"):
        monkeypatch.setattr(os, name, refused)
    monkeypatch.setattr(Path, "chmod", refused)
    assert create(office, disk).files == create(office, disk).files == 1


def test_rel_B4_a_bad_file_in_the_folder_is_copied_anew_and_kept_aside(office, stock, disk):
    """Another size is seen at once, a flipped bit when asked for: the good bytes are back, the bad ones beside."""
    (first, short), (second, flipped), _ = pools.stored(disk)
    good = pool_of(disk)
    short.write_bytes(short.read_bytes()[:-1])
    raw = bytearray(flipped.read_bytes())
    raw[40] ^= 4
    flipped.write_bytes(raw)

    made = create(office, disk)
    assert (made.copied, made.aside) == (1, 1) and short.with_name(f"{short.name}.bad").exists()
    assert [one.file for one in verify(office, made.number).faults] == [second]  # the size is right
    healed = create(office, disk, thorough=True)
    assert (healed.copied, healed.aside) == (1, 1)
    assert {name: digest for name, digest in pool_of(disk).items() if name in good} == good or first
    assert verify(office, stock.number).faults == []


def test_rel_B4_what_a_killed_run_copied_is_used_and_its_line_struck_off(office, disk, monkeypatch):
    """The next run finds the files there, makes the set, and forgets the one that was begun."""
    for n in range(3):
        attach(office, f"记录之{n}")
    with monkeypatch.context() as patch:
        patch.setattr(making, "_undone", lambda *_: None)
        with armed("backups.pack_written:1:eio"), pytest.raises(StorageFailed):
            create(office, disk)
    assert alive(office)[0].number == "BF2026-00001" and list(disk.rglob("keys.pack"))
    made = create(office, disk)

    assert (made.number, made.files, made.copied) == ("BF2026-00002", 3, 0)
    assert [one.number for one in alive(office)] == [made.number] and not (disk / "BF2026-00001").exists()


@pytest.mark.parametrize("name", ["backups.chunk", "backups.after_rename", "backups.pack_written"])
@pytest.mark.parametrize("effect", ["enospc", pytest.param("eio", marks=pytest.mark.slow)])
def test_rel_B4_a_later_set_that_fails_leaves_the_earlier_one_as_it_was(office, stock, disk, name, effect):
    """Every byte of the folder is as before, but for the mark of nothing."""
    attach(office, "新的一份。")
    before = {path: path.read_bytes() for path in sorted(disk.rglob("*")) if path.is_file()}
    for nth in (1, 2, 4):
        with armed(f"{name}:{nth}:{effect}"):
            try:
                create(office, disk)
            except backups.making.ArchiveError:
                after = {path: path.read_bytes() for path in sorted(disk.rglob("*")) if path.is_file()}
                assert after == before
    assert verify(office, stock.number).faults == []


def test_a_folder_that_is_not_for_our_sets_is_refused_and_nothing_written(office, stock, disk, tmp_path):
    """Another instance's folder, a foreign one, a set itself: a clear error each, not a byte changed."""
    other = tmp_path / "other"
    shutil.copytree(disk, other)
    (other / "pool").write_text(f"{pools.ORIGIN}\n{'ab' * 16}\n")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "照片.jpg").write_bytes(b"x")
    before = {
        path: path.read_bytes()
        for path in sorted(tmp_path.rglob("*"))
        if path.is_file() and "home" not in path.parts
    }
    for wrong, error in ((other, BackupElsewhere), (foreign, NotEmpty)):
        with pytest.raises(error):
            create(office, wrong)
    with pytest.raises(Refused):
        create(office, disk, "archivist")
    after = {
        path: path.read_bytes()
        for path in sorted(tmp_path.rglob("*"))
        if path.is_file() and "home" not in path.parts
    }
    assert after == before


def test_a_disk_that_is_unplugged_or_cannot_be_written_is_told_and_the_earlier_set_stays(
    office, stock, disk, tmp_path, monkeypatch
):
    """The folder vanishes half-way; the disk is read-only: one sentence, no line in the register."""
    real = filling.fill

    def unplugged(instance, place, **given):
        disk.rename(tmp_path / "drawer")
        return real(instance, place, **given)

    attach(office, "新")
    with monkeypatch.context() as patch:
        patch.setattr(filling, "fill", unplugged)
        with pytest.raises(StorageFailed):
            create(office, disk)
    if disk.exists():
        shutil.rmtree(disk)
    (tmp_path / "drawer").rename(disk)
    assert verify(office, stock.number).faults == []
    with monkeypatch.context() as patch:
        patch.setattr(
            manifest, "mark", lambda *_: (_ for _ in ()).throw(StorageFailed(path="x", why="EROFS"))
        )
        with pytest.raises(StorageFailed):
            create(office, disk)
    made = create(office, disk)
    assert [one.number for one in alive(office)] == [made.number, stock.number]


def test_rel_X4_the_second_says_who_holds_the_lock(office, stock, disk, tmp_path):
    """Act, process and hour of the first; a lock whose process is gone is nobody's."""
    with (
        alone.alone(office.home, Act.BACKUP_DRILL, office.now),
        pytest.raises(BackupUnderWay) as told,
    ):
        create(office, disk)
    assert told.value.facts == {"act": Act.BACKUP_DRILL, "pid": os.getpid(), "since": office.now}
    with alone.alone(office.home, Act.BACKUP_CREATE, office.now):
        for attempt in (lambda: verify(office, stock.number), lambda: forget(office, stock.number)):
            with pytest.raises(BackupUnderWay):
                attempt()
        assert finalizing.rounds(office.instance, SYSTEM).facts["sets_read"] == 0
    assert create(office, disk).files == 3


# --- old layout, forgetting ---------------------------------------------------------------------------


def test_a_set_of_the_old_layout_is_read_rewritten_shared_and_forgotten(office, stock, disk, tmp_path):
    """Its stored files are inside it; a later set in the same folder uses them; forgetting it leaves what that needs."""
    old = as_of_old(office, stock, tmp_path / "old")
    assert verify(office, stock.number).faults == [] and refresh(office).current == [stock.number]
    attach(office, "新的一份。")
    made = create(office, old)

    assert (made.folder, made.files, made.copied) == (old / "BF2026-00002", 4, 1)
    assert verify(office, stock.number).faults == verify(office, made.number).faults == []
    forget(office, stock.number)
    assert not (old / "manifest").exists() and pool_of(old) == listed(made.folder)
    assert verify(office, made.number).faults == []


def test_a_forgotten_set_takes_along_what_only_it_needed(office, stock, disk):
    """The shared files stay while another set lists them; with the last set the folder is empty."""
    attach(office, "新的一份。")
    second = create(office, disk)
    forget(office, stock.number)
    assert not stock.folder.exists() and pool_of(disk) == listed(second.folder)
    forget(office, second.number)
    assert list(disk.iterdir()) == [] and alive(office) == []
    with pytest.raises(WrongState):
        forget(office, second.number)


def test_nothing_is_collected_while_another_sets_list_cannot_be_read(office, stock, disk):
    """What cannot be read may need any of the files. Witness: without that question they are gone."""
    attach(office, "新的一份。")
    second = create(office, disk)
    whole = pool_of(disk)
    path = stock.folder / manifest.FILES
    good = path.read_bytes()
    path.write_bytes(good[:-5])
    forget(office, second.number)
    assert pool_of(disk) == whole
    public = office.instance.signer.public_key()
    assert pools.collect(disk, public) is None
    path.write_bytes(good)
    assert pools.collect(disk, public) == 1 and pool_of(disk) == listed(stock.folder)

    path.unlink()
    kept, pools._readable = pools._readable, lambda *_: True
    names, pools._names = pools._names, lambda _: ()
    try:
        pools.collect(disk, public)
    finally:
        pools._readable, pools._names = kept, names
    assert pool_of(disk) == {}


def test_rel_B4_a_forgetting_cut_off_anywhere_is_finished_by_being_called_again(office, stock, disk):
    """After the line was struck off, or its files removed: nothing is left over in the end."""
    second = create(office, disk)
    for name in ("backups.forgotten", "backups.removed"):
        with armed(f"{name}:1:eio"), pytest.raises((StorageFailed, OSError)):
            forget(office, second.number)
        assert row(office, second.number).state is BackupState.FORGOTTEN
        if manifest.marked(second.folder, row(office, second.number).uid):
            forget(office, second.number)
        assert verify(office, stock.number).faults == []
        second = create(office, disk)
    assert pool_of(disk) == listed(second.folder)


def test_rel_K2_every_generation_gets_its_pack_rewritten(office, stock, disk):
    """The shared files are no keys: what is destroyed leaves the pack of each set in the folder."""
    uid = attach(office, "要销毁的。")
    second = create(office, disk)
    slip = slip_of(office)
    assert uid in packed(second.folder, slip)
    office.instance.keys.drop_keys([uid])
    assert refresh(office).current == [stock.number, second.number]
    assert uid not in packed(second.folder, slip) | packed(stock.folder, slip)
    assert verify(office, second.number).faults == []


# --- reading a set ----------------------------------------------------------------------------------


def test_rel_B4_every_damaged_or_missing_file_is_named(office, stock, disk):
    """Each file of the set and of the shared folder, flipped, cut and gone; a row of what was found; in the list."""
    for path in sorted(path for path in disk.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        name = path.relative_to(stock.folder if stock.folder in path.parents else disk).as_posix()
        for ill in (whole[:-2] + bytes([whole[-2] ^ 8]) + whole[-1:], whole[: len(whole) // 2], None):
            path.unlink() if ill is None else path.write_bytes(ill)
            found = {one.file for one in verify(office, stock.number).faults}
            assert name in found or (name == "pool" and found), (name, ill and len(ill))
            path.write_bytes(whole)
    assert verify(office, stock.number).faults == []
    with office.ask("admin", Act.BACKUP_SEE) as unit:
        rows = unit.session.scalars(select(BackupCheck).order_by(BackupCheck.checked_at)).all()
        (line,) = backups.listing(unit)
    assert {one.kind for one in rows} == {BackupCheckKind.VERIFY} and {one.sound for one in rows} == {
        True,
        False,
    }
    assert line.verified_at == office.now and line.drilled_at is None and line.age_days == 0


@pytest.mark.parametrize("flips", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_rel_I1_every_flipped_bit_of_a_set_is_found(office, stock, disk, flips):
    """At random places of every file, the manifest's signature and the mark of the folder among them."""
    random_ = random.Random(61)
    files = sorted(path for path in disk.rglob("*") if path.is_file())
    missed = []
    for turn in range(flips):
        path = files[turn % len(files)]
        with path.open("r+b") as file:
            at, bit = random_.randrange(path.stat().st_size), 1 << random_.randrange(8)
            file.seek(at)
            (byte,) = file.read(1)
            file.seek(at)
            file.write(bytes([byte ^ bit]))
            file.flush()
            if not backups.checking.read_through(
                office.instance, row_of(office, stock), stock.folder, backups.WHOLE
            ).faults:
                missed.append((path.name, at, bit))
            file.seek(at)
            file.write(bytes([byte]))
    assert missed == []


def row_of(office, made):
    with office.ask("admin") as unit:
        return sets.one(unit, made.number)


def test_rel_I1_witness_a_reading_that_trusts_sizes_misses_flipped_bits(office, stock, disk):
    """The quick look finds what is missing or cut, and only that."""
    _, path = next(iter(pools.stored(disk)))
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    assert verify(office, stock.number, backups.QUICK).faults == []
    assert [one.wrong for one in verify(office, stock.number).faults] == [Wrong.DAMAGED]
    path.unlink()
    assert [one.wrong for one in verify(office, stock.number, backups.QUICK).faults] == [Wrong.MISSING]


def test_a_share_takes_every_file_once_in_so_many_days(office, disk):
    """The thirty parts are disjoint and together the whole; a file is always in the same one."""
    for n in range(12):
        attach(office, f"记录之{n}")
    made = create(office, disk)
    entries = list(manifest.listed(made.folder))
    parts = [[one for one in entries if backups.Share(n, PARTS).takes(one)] for n in range(1, PARTS + 1)]
    assert sorted(one.name for part in parts for one in part) == sorted(one.name for one in entries)
    found = verify(office, made.number, backups.share("1/30"))
    assert found.files == 12 and found.faults == [] and found.share < 100
    for wrong in ("0/30", "31/30", "x", "1/", "/3", "1/0", "1/9999999", ""):
        with pytest.raises(BadValue):
            backups.share(wrong)


def test_rel_I1_the_rounds_read_a_thirtieth_a_day_and_within_thirty_days_everything(office, stock, disk):
    """A flipped bit in any file is found within thirty days; twice a day reads nothing more; it is told as bad."""
    assert finalizing.rounds(office.instance, SYSTEM).facts["sets_read"] == 1
    assert finalizing.rounds(office.instance, SYSTEM).facts["sets_read"] == 0
    names = [path for _, path in pools.stored(disk)]
    raw = bytearray(names[1].read_bytes())
    raw[100] ^= 1
    names[1].write_bytes(raw)
    told = []
    for _ in range(PARTS):
        office.tick(days=1)
        found = finalizing.rounds(office.instance, SYSTEM)
        told += [found] if found.status else []
    assert len(told) == 1 and told[0].facts["damaged"] == [stock.number] and "BF2026-00001" in told[0].why


def test_a_set_is_read_by_its_folder_and_what_is_no_set_of_ours_is_told(office, stock, disk, tmp_path):
    """A copy elsewhere is read where it is; another instance's, a later version's, none at all, away, unknown."""
    shutil.copytree(disk, tmp_path / "copy")
    assert verify(office, tmp_path / "copy").folder == tmp_path / "copy" / stock.number
    mark = tmp_path / "copy" / stock.number / "format"
    mark.write_text(mark.read_text().replace("backup 2", "backup 9"))
    (tmp_path / "copy" / stock.number / "manifest").unlink()
    for which, error in (
        (tmp_path / "copy", SchemaNewer), (tmp_path, NotABackup), ("BF2026-00077", NotFound), (office.home, NotABackup),
    ):  # fmt: skip
        with pytest.raises(error):
            verify(office, which)
    disk.rename(tmp_path / "drawer")
    with pytest.raises(SetAway):
        verify(office, stock.number)
    with pytest.raises(Refused):
        verify(office, stock.number, who="staff")
    said = manifest.read(tmp_path / "drawer" / stock.number)
    theirs = manifest.Manifest(
        "ab" * 16,
        *(getattr(said, name) for name in ("set_uid", "number", "epoch", "made_at", "log", "files")),
    )
    manifest.write(tmp_path / "drawer" / stock.number, theirs, audit.signer(bytes(32)))
    with pytest.raises(BackupElsewhere):
        verify(office, tmp_path / "drawer")


# --- while people work --------------------------------------------------------------------------------


def under_writes(office, disk: Path, rounds: int) -> tuple[list, int]:
    """Make *rounds* sets while another thread files without pause; the sets, and how many filings there were."""
    stop, done = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            done.append(filed(office, "WS·BG", 1)[0])
            time.sleep(0.005)  # SQLite queues nobody: who writes without a pause lets nobody in

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [create(office, disk) for _ in range(rounds)]
    finally:
        stop.set()
        writer.join()
    return made, len(done)


def committed(folder: Path, public) -> list[str]:
    """What is wrong with a snapshot: its own check, its log, and items without a line or a line without its item."""
    engine = db.open_engine(f"sqlite:///{folder / 'catalogue.db'}", journal="truncate")
    try:
        with db.sessions(engine, reading=True)() as session:
            wrong = [db.integrity(session)] if db.integrity(session) else []
            wrong += [] if audit.verify(session, public).sound else ["log"]
            raw = session.connection().exec_driver_sql
            items = {one for (one,) in raw("SELECT uid FROM item")}
            lines = {
                one
                for (one,) in raw(
                    "SELECT object_uid FROM event WHERE act = 'item.file' AND object_kind = 'item'"
                )
            }
            return wrong + (["half"] if items != lines else [])
    finally:
        engine.dispose()


@pytest.mark.parametrize("rounds", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_rel_B1_sets_made_while_people_work_are_each_a_committed_state(office, disk, tmp_path, rounds):
    """Each catalogue checks out, its log verifies, and no item is without its line; the writer was not stopped."""
    made, filings = under_writes(office, disk, rounds)
    public = office.instance.signer.public_key()
    assert filings >= rounds
    for one in made:
        copy = tmp_path / one.number
        shutil.copytree(one.folder, copy)
        assert committed(copy, public) == [], one.number
        assert verify(office, one.number).faults == []
    assert [one.records for one in made] == sorted(one.records for one in made)


def test_rel_B1_witness_a_catalogue_copied_file_by_file_is_no_committed_state(office, disk, tmp_path):
    """A row taken out of a copy is found by the same look."""
    filed(office, "WS·BG", 1)
    made = create(office, disk)
    copy = tmp_path / "copy"
    shutil.copytree(made.folder, copy)
    with sqlite3.connect(copy / "catalogue.db") as raw:
        raw.execute("DROP TRIGGER event_no_delete")
        raw.execute("DELETE FROM event WHERE seq = (SELECT max(seq) FROM event WHERE act = 'item.file')")
    raw.close()
    assert committed(copy, office.instance.signer.public_key()) != []


# --- doctor, log --------------------------------------------------------------------------------------


def test_doctor_asks_for_a_second_disk_a_drill_and_names_damaged_sets(office, stock, disk):
    """One disk, never tried; a set found damaged is bad until it reads well again."""

    def told() -> dict[str, str]:
        with office.ask("admin", Act.INSTANCE_INSPECT) as unit:
            return {
                one.name: one.state.value for one in inspection.inside(unit) if one.name.startswith("backup")
            }

    assert told() == {
        "backup": "ok", "backup-pending": "ok", "backup-disks": "warn", "backup-drill": "warn", "backup-sound": "ok",
    }  # fmt: skip
    path = stock.folder / pack.NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    office.tick(minutes=1)
    verify(office, stock.number)
    assert told()["backup-sound"] == "bad"
    path.write_bytes(whole)
    office.tick(minutes=1)
    verify(office, stock.number)
    assert told()["backup-sound"] == "ok"
    office.tick(days=8)
    assert told()["backup"] == "warn"


def test_what_is_logged_of_sets_has_no_folder_and_no_name(office, stock, disk):
    """Counts, digests and numbers in clear; where a set lies is sealed."""
    verify(office, stock.number)
    with office.ask("auditor") as unit:
        rows = unit.session.scalars(select(Event).where(Event.act.startswith("backup."))).all()
    assert {one.act for one in rows} >= {"backup.create", "backup.verify"}
    assert not any(str(disk) in one.facts for one in rows)
    (last,) = [json.loads(one.facts) for one in rows if one.act == "backup.verify"]
    assert last == {"files": 3, "share": 100, "faults": 0, "damaged": []}


def test_an_instance_opened_twice_makes_one_set_at_a_time(office, template, disk, stock):
    """Two programs, one folder: whoever comes second is told, and the numbers stay one row."""
    other = opened(office.home, template / "key", lambda: office.now)
    try:
        with alone.alone(office.home, Act.BACKUP_CREATE, office.now), pytest.raises(BackupUnderWay):
            backups.create(other, office.who("admin"), disk)
        made = backups.create(other, office.who("admin"), disk)
    finally:
        other.close()
    assert made.number == "BF2026-00002"
