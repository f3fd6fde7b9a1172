"""kill -9 at every fault point of attaching scans and of the tray: points `scans.`, `intake.` and those below them.

After each the office is whole, nothing acknowledged is lost, the next run finishes, nothing is there twice.
"""

from __future__ import annotations

import shutil
import time
from contextlib import nullcontext

import pytest
from sqlalchemy import func, select

from archive import faults, objects, upkeep
from archive.acts import Act
from archive.errors import KeyGone
from archive.exchange import IntakeState
from archive.keys import Keyring
from archive.model import Blob, DigitalObject, IntakeScan, Item
from archive.scans import attaching, tray
from archive.scans.fates import ScanFate, Way
from archive.scans.finding import Wanted
from tests import make
from tests.archive.scanner import paper, sheets, stack
from tests.faults.invariants import check_all
from tests.faults.workers import Cut, child, told, watched

CANARY = "扫描件金丝雀七一九"


@pytest.fixture
def cut(template, tmp_path):
    """A fresh copy of the office with a volume of two papers, and a folder of scans for them."""
    home = tmp_path / "home"
    shutil.copytree(template / "home", home)
    home.chmod(0o700)
    cut = Cut(home, template / "key")
    with cut.open() as office:
        volume = make.volume(office, "ZX·02", 2)
        with office.ask("gm") as unit:
            rows = select(Item.reference_code).where(Item.volume_uid == volume).order_by(Item.seq_no)
            one, two = unit.session.scalars(rows)
    folder = tmp_path / "in"
    folder.mkdir()
    for name in (f"{one}.txt", f"{two}.txt", "nobody.txt"):
        (folder / name).write_text(f"{CANARY} {name}")
    (tmp_path / "batch.pdf").write_bytes(
        stack(paper("loose"), sheets(one), paper("a"), sheets(two), paper("b"))
    )
    return cut


def worker(pipe, cut, do, fault=None, *given):
    """Do something in a process of its own, with a fault armed."""
    with cut.open() as office, faults.armed(fault) if fault else nullcontext():
        do(office, *given)
        pipe.send("finished")


def by_name(office, base):
    return attaching.attach(office.instance, office.who("archivist"), [base / "in"], Wanted())


def by_qr(office, base):
    return attaching.attach(office.instance, office.who("archivist"), [base / "batch.pdf"], Wanted(Way.QR))


def discarded(office, base):
    """Throw away what waits, if anything does."""
    for number in waiting(office):
        tray.discard(office.instance, office.who("archivist"), number, reason="误扫")


def put_where_it_belongs(office, base):
    """Attach what waits, if anything does, to the first paper."""
    with office.ask("gm") as unit:
        code = unit.session.scalars(select(Item.reference_code).order_by(Item.seq_no)).first()
    for number in waiting(office):
        tray.attach(office.instance, office.who("archivist"), number, code)


def waiting(office):
    with office.ask("archivist", Act.INTAKE_SEE) as unit:
        return [line.number for line in tray.rows(unit)]


def counts(office):
    """Objects and scans that wait."""
    with office.ask("gm") as unit:
        objects_ = unit.session.scalar(select(func.count()).select_from(DigitalObject))
        waits = IntakeScan.state == IntakeState.WAITING
        return objects_, unit.session.scalar(select(func.count()).select_from(IntakeScan).where(waits))


def wrong_with(office):
    """What is wrong after a kill: the office's invariants, and every waiting scan must open."""
    found = check_all(office, canary=CANARY)
    with office.ask("gm") as unit:
        for scan in unit.session.scalars(select(IntakeScan)):
            blob = unit.session.get_one(Blob, scan.blob_uid)
            if scan.state is IntakeState.WAITING:
                unit.vault.check(objects.blob_ref(blob), objects.waiting_key(unit, scan))
            elif scan.wrapped_key:
                found.append(f"{scan.number} is settled and has a key")
    return found


def moments(cut, base, do):
    """The fault points that *do* passes: the first and the last passage of each."""
    home = base / "counted"
    shutil.copytree(cut.home, home)
    with Cut(home, cut.key).open() as office, watched() as seen:
        do(office, base)
    shutil.rmtree(home)
    return [(name, nth) for name, times in sorted(seen.items()) for nth in sorted({1, times})]


def killed_everywhere(cut, base, do, expected, template, prepared=None):
    """Kill *do* at each of its moments, in a copy each; the copy is whole, and doing it again ends as *expected*."""
    if prepared is not None:
        with cut.open() as office:
            prepared(office, base)
    walked = moments(cut, base, do)
    for number, (name, nth) in enumerate(walked):
        copy = Cut(base / f"cut{number}", cut.key)
        shutil.copytree(cut.home, copy.home)
        copy.home.chmod(0o700)
        process, pipe = child(worker, copy, do, f"{name}:{nth}:kill", base)
        heard = told(pipe)
        process.join(60)
        assert (process.exitcode, heard) == (-9, []), (name, nth)
        with copy.open() as office:
            assert wrong_with(office) == [], (name, nth)
            do(office, base)
            assert counts(office) == expected, (name, nth)
            assert wrong_with(office) == [], (name, nth)
            _nothing_left(office, template, name)
        shutil.rmtree(copy.home)
    return {name for name, _ in walked}


def _nothing_left(office, template, name):
    """The sweep of two days later leaves no key and no blob that no row knows."""
    with office.work("admin", Act.VAULT_SWEEP) as unit:
        unit.keys = Keyring.unlock(
            office.home, key_file=template / "key", clock=lambda: time.time() + 2 * 86400
        )
        upkeep.sweep(unit, grace=0)
        known = {*unit.session.scalars(select(Item.uid))}
        waits = select(IntakeScan.uid).where(IntakeScan.state == IntakeState.WAITING)
        known |= {*unit.session.scalars(waits)}
        kept = {
            objects.blob_ref(blob).name
            for blob in unit.session.scalars(select(Blob).where(Blob.erased_at.is_(None)))
        }
        assert known == unit.keys.keys_held(known), name
        settled = list(
            unit.session.scalars(select(IntakeScan.uid).where(IntakeScan.state != IntakeState.WAITING))
        )
        assert not unit.keys.keys_held(settled), name
        assert set(unit.vault.walk()) == kept, name


@pytest.mark.slow
def test_rel_C1_attaching_by_name_killed_at_every_point_finishes_at_the_next_run(cut, tmp_path, template):
    """Two scans at their records, one in the tray, whatever passage was the last."""
    walked = killed_everywhere(cut, tmp_path, by_name, (2, 1), template)
    assert {
        "scans.before_batch",
        "scans.after_batch",
        "keys.new.committed",
        "vault.after_rename",
        "db.before_commit",
    } <= walked


@pytest.mark.slow
def test_rel_C1_a_stack_killed_at_every_point_is_taken_apart_once(cut, tmp_path, template):
    """A stack of two records and a loose page."""
    killed_everywhere(cut, tmp_path, by_qr, (2, 1), template)


@pytest.mark.slow
def test_rel_C1_leaving_the_tray_killed_at_every_point_leaves_no_key(cut, tmp_path, template):
    """Attached or discarded: the catalogue says so first; key and bytes go then, or with the sweep."""
    walked = killed_everywhere(cut, tmp_path, put_where_it_belongs, (3, 0), template, by_name)
    assert "intake.settled" in walked
    shutil.rmtree(tmp_path / "in")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "more.txt").write_text(f"{CANARY} more")
    walked = killed_everywhere(cut, tmp_path, discarded, (2, 0), template, by_name)
    assert "intake.settled" in walked


def test_rel_C1_killed_after_the_commit_the_sweep_takes_the_key(cut, tmp_path, template):
    """The one moment between catalogue and keystore: the scan is at its record, its former key is swept."""
    with cut.open() as office:
        by_name(office, tmp_path)
    process, pipe = child(worker, cut, put_where_it_belongs, "intake.settled:1:kill", tmp_path)
    assert told(pipe) == []
    process.join(60)
    with cut.open() as office:
        assert counts(office) == (3, 0) and wrong_with(office) == []
        _nothing_left(office, template, "intake.settled")


def test_rel_C1_an_acknowledged_scan_is_never_lost(cut, tmp_path):
    """Killed after the commit of its batch, before anything else: all of it is there, the next run adds nothing."""
    process, pipe = child(worker, cut, by_name, "scans.after_batch:1:kill", tmp_path)
    assert told(pipe) == []
    process.join(60)
    with cut.open() as office:
        assert counts(office) == (2, 1)
        assert {line.fate for line in by_name(office, tmp_path)} == {ScanFate.KNOWN, ScanFate.WAITING}
        assert counts(office) == (2, 1) and wrong_with(office) == []
    process, pipe = child(worker, cut, by_qr, "scans.before_batch:1:kill", tmp_path)
    assert told(pipe) == []
    process.join(60)
    with cut.open() as office:
        assert counts(office) == (2, 1)


def hasty(office, base):
    """Throw away in the wrong order: the key before the catalogue says so."""
    with office.ask("gm") as unit:
        uids = list(unit.session.scalars(select(IntakeScan.uid)))
    office.instance.keys.drop_keys(uids)
    discarded(office, base)


def test_witness_rel_C1_a_key_dropped_before_the_commit_leaves_what_nobody_can_open(cut, tmp_path):
    """The same check finds the scan that still waits and does not open any more."""
    with cut.open() as office:
        by_name(office, tmp_path)
    process, pipe = child(worker, cut, hasty, "db.before_commit:1:kill", tmp_path)
    assert told(pipe) == []
    process.join(60)
    with cut.open() as office, pytest.raises(KeyGone):
        wrong_with(office)
