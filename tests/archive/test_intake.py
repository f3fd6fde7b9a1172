"""The intake tray: whose it is, how a scan leaves it, and that nothing of it is lost, doubled or swept away."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select, update

from archive import backups, objects, rounds, upkeep
from archive.acts import Act
from archive.errors import (
    AttachedAlready,
    BadValue,
    InsideInstance,
    KeyGone,
    NotFound,
    OtherDepartment,
    SealBroken,
    SealedUp,
    TargetExists,
    WrongState,
)
from archive.exchange import IntakeState
from archive.inspection import Health
from archive.keys import Keyring
from archive.model import Blob, Event, IntakeScan, Item
from archive.rounds import Part
from archive.scans import attaching, tray
from archive.scans.fates import ScanFate, Why
from archive.scans.finding import Wanted
from archive.values import ComponentKind, VolumeState
from tests import make
from tests.archive.test_rounds import SYSTEM
from tests.retention.letting_go import destroyed, letters


def put(office, folder, name="IMG_1.jpg", data=b"nobody's", by="clerk"):
    """A scan that matches nothing, put in the tray; its number."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    (line,) = attaching.attach(office.instance, office.who(by), [folder / name], Wanted())
    assert line.fate is ScanFate.TRAY
    return line.code


def seen(office, by, *, every=False):
    with office.ask(by, Act.INTAKE_SEE) as unit:
        return [line.number for line in tray.rows(unit, every=every)]


def fetch(office, number, target, by="clerk"):
    with office.ask(by, Act.INTAKE_GET) as unit:
        return tray.fetch(unit, number, target, purpose="辨认")


def swept(office, template):
    """Sweep as the day after tomorrow would."""
    with office.work("admin", Act.VAULT_SWEEP) as unit:
        unit.keys = Keyring.unlock(
            office.home, key_file=template / "key", clock=lambda: time.time() + 2 * 86400
        )
        return upkeep.sweep(unit, grace=0)


def row(office, number):
    with office.ask("gm") as unit:
        scan = unit.session.scalars(select(IntakeScan).where(IntakeScan.number == number)).one()
        blob = unit.session.get_one(Blob, scan.blob_uid)
        return scan, blob


# --- whose it is ------------------------------------------------------------------------------


def test_a_tray_is_its_departments_and_the_archivists(office, tmp_path):
    """A clerk sees his department's, the archivist all; what HR put there only HR; unseen is as absent (V23)."""
    kf = put(office, tmp_path / "a", by="clerk")
    gc = put(office, tmp_path / "b", data=b"2", by="records")
    rs = put(office, tmp_path / "c", data=b"3", by="hr")
    assert seen(office, "clerk") == [kf] and seen(office, "records") == [gc] and seen(office, "hr") == [rs]
    assert seen(office, "archivist") == [kf, gc] and seen(office, "secretary") == []
    with pytest.raises(NotFound):
        fetch(office, rs, tmp_path / "out", by="archivist")
    with pytest.raises(NotFound):
        tray.discard(office.instance, office.who("clerk"), gc, reason="x")
    for who in ("staff", "auditor", "admin"):
        with office.ask(who, Act.INTAKE_SEE) as unit:
            assert not unit.may(Act.INTAKE_SEE)


def test_the_same_bytes_of_another_department_are_not_told(office, tmp_path):
    """Decision 6: a check for doubles counts only what the viewer may see."""
    put(office, tmp_path / "a", by="clerk")
    assert put(office, tmp_path / "b", by="records") == "SM2026-00002"


def test_a_line_tells_name_reason_and_how_long_it_waits(office, tmp_path):
    """Name and reason are sealed, and told to who may see them."""
    number = put(office, tmp_path / "a", name="罗汉松盆景.jpg")
    office.tick(days=3)
    with office.ask("clerk", Act.INTAKE_SEE) as unit:
        (line,) = tray.rows(unit)
    assert (line.number, line.name, line.why, line.size, line.department, line.waits_days, line.put_by) == (
        number, "罗汉松盆景.jpg", Why.NO_CODE, 8, "KF", 3, "周文员",
    )  # fmt: skip
    assert "罗汉松盆景".encode() not in (office.home / "catalogue.db").read_bytes()


# --- leaving it -------------------------------------------------------------------------------


def test_a_scan_goes_from_the_tray_to_a_record_under_the_records_key(office, tmp_path):
    """The blob stays the same, its key is wrapped for the item, the tray's own is gone; both acts are in the log."""
    item = make.filed(office, "ZX·02", 1, by="clerk")[0]
    number = put(office, tmp_path / "a")
    scan, blob = row(office, number)
    made = tray.attach(office.instance, office.who("clerk"), number, item, ComponentKind.ATTACHMENT)
    with office.ask("gm") as unit:
        (stored,) = objects.contents(unit, unit.item(item))
        assert (objects.name_of(unit, stored), objects.read(unit, stored)) == ("IMG_1.jpg", b"nobody's")
        assert stored.blob_uid == blob.uid and made.code == unit.item(item).reference_code
        lines = list(
            unit.session.scalars(select(Event.act).where(Event.object_kind.in_(["intakescan", "item"])))
        )
    assert lines[-3:] == ["intake.attach", "item.attach", "component.add"]
    after, _ = row(office, number)
    assert (after.state, after.wrapped_key, after.item_uid) == (IntakeState.ATTACHED, b"", item)
    assert not office.instance.keys.has_key(scan.uid)
    with pytest.raises(KeyGone), office.ask("gm") as unit:
        objects.waiting_key(unit, scan)
    assert seen(office, "clerk") == [] and seen(office, "clerk", every=True) == [number]
    for again in (
        lambda: tray.attach(office.instance, office.who("clerk"), number, item),
        lambda: fetch(office, number, tmp_path / "x"),
    ):
        with pytest.raises(WrongState):
            again()


def test_a_record_that_has_the_file_already_gets_it_no_second_time(office, tmp_path):
    """Refused with what to do; the scan goes on waiting."""
    item = make.filed(office, "ZX·02", 1, by="clerk")[0]
    with office.work("clerk", Act.ITEM_ATTACH) as unit:
        objects.attach(unit, item, b"nobody's", name="a.jpg")
    number = put(office, tmp_path / "a")
    with pytest.raises(AttachedAlready) as refused:
        tray.attach(office.instance, office.who("clerk"), number, item)
    assert number in refused.value.message(office.instance.settings.tongue) and seen(office, "clerk") == [
        number
    ]


def test_what_the_policy_refuses_leaves_the_scan_where_it_is(office, tmp_path):
    """A record of another department, one sealed in its bag, one that is not there."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    with office.ask("gm") as unit:
        bagged = unit.session.scalars(select(Item.uid).where(Item.volume_uid == volume)).one()
    with office.instance.engine.begin() as connection:
        connection.execute(update(Item).where(Item.uid == bagged).values(state=VolumeState.SEALED))
    number = put(office, tmp_path / "a")
    other = make.filed(office, "WS·BG", 1, department="ZJB")[0]
    for code, error in (
        (other, OtherDepartment),
        (bagged, SealedUp),
        (volume, NotFound),
        ("K001-NO", NotFound),
    ):
        with pytest.raises(error):
            tray.attach(office.instance, office.who("clerk"), number, code)
    assert seen(office, "clerk") == [number]


def test_a_scan_is_thrown_away_with_its_key_and_its_bytes(office, tmp_path):
    """Key dropped, blob removed, the reason kept, the name not; offered again it comes in as a new one."""
    number = put(office, tmp_path / "a", name="私人照片.jpg")
    scan, blob = row(office, number)
    name = objects.blob_ref(blob).name
    assert (office.instance.vault.folder / name).exists()
    for reason in ("", "  "):
        with pytest.raises(BadValue):
            tray.discard(office.instance, office.who("clerk"), number, reason=reason)
    tray.discard(office.instance, office.who("clerk"), number, reason="误扫")
    assert not (office.instance.vault.folder / name).exists() and not office.instance.keys.has_key(scan.uid)
    with office.ask("clerk", Act.INTAKE_SEE) as unit:
        (line,) = tray.rows(unit, every=True)
    assert (line.state, line.name, line.reason) == (IntakeState.DISCARDED, "", "误扫")
    with office.ask("admin", Act.VAULT_VERIFY) as unit:
        found = objects.verify(unit)
    assert (found.faults, found.orphans) == ([], 0)
    assert put(office, tmp_path / "b") == "SM2026-00002"


def test_taking_out_writes_what_came_in_and_never_over_anything(office, tmp_path):
    """To a file, to a folder under its name; a purpose is demanded and logged; not into the instance."""
    number = put(office, tmp_path / "a")
    assert fetch(office, number, tmp_path / "out.jpg").read_bytes() == b"nobody's"
    (tmp_path / "d").mkdir()
    made = fetch(office, number, tmp_path / "d")
    assert made.name == "IMG_1.jpg" and made.stat().st_mode & 0o777 == 0o600
    with pytest.raises(TargetExists):
        fetch(office, number, tmp_path / "out.jpg")
    with pytest.raises(InsideInstance):
        fetch(office, number, office.home / "x.jpg")
    with pytest.raises(BadValue), office.ask("clerk", Act.INTAKE_GET) as unit:
        tray.fetch(unit, number, tmp_path / "y", purpose=" ")


# --- care -------------------------------------------------------------------------------------


def test_rel_I5_sweeping_takes_nothing_that_waits_and_whatever_was_left_of_the_settled(
    office, template, tmp_path
):
    """A waiting scan is read after the sweep; a discarded one whose removal was cut off loses key and blob to it."""
    kept = put(office, tmp_path / "a", data=b"kept")
    gone = put(office, tmp_path / "b", data=b"gone")
    scan, blob = row(office, gone)
    with office.work(
        "clerk", Act.INTAKE_DISCARD
    ) as unit:  # what `discard` commits before it takes key and bytes
        unit.act(Act.INTAKE_DISCARD)
        there = unit.session.get_one(IntakeScan, scan.uid)
        unit.session.get_one(Blob, blob.uid).erased_at = unit.now
        tray._settle(unit, there, IntakeState.DISCARDED, reason="误扫")
    assert (swept(office, template).keys, office.instance.keys.has_key(scan.uid)) == (1, False)
    assert not (office.instance.vault.folder / objects.blob_ref(blob).name).exists()
    assert fetch(office, kept, tmp_path / "out").read_bytes() == b"kept"


def test_witness_rel_I5_a_sweep_that_knows_records_only_destroys_what_waits(
    office, template, tmp_path, monkeypatch
):
    """The sweep as it was before there was a tray: the same check finds the key gone."""
    kept = put(office, tmp_path / "a", data=b"kept")

    def records_only(unit, uids):
        return [uid for uid in uids if unit.session.get(IntakeScan, uid) is None]

    monkeypatch.setattr(upkeep, "_recorded", records_only)
    assert swept(office, template).keys == 1
    office.instance.keys.forget()
    with pytest.raises((KeyGone, SealBroken)):
        fetch(office, kept, tmp_path / "out")


def test_inv_I1_verify_reads_what_waits_and_names_it(office, tmp_path):
    """Every waiting blob is decrypted with its own key; a flipped byte is told by the number it waits under."""
    number = put(office, tmp_path / "a", data=b"x" * 5000)
    _, blob = row(office, number)
    with office.ask("admin", Act.VAULT_VERIFY) as unit:
        assert objects.verify(unit).faults == []
    path = office.instance.vault.folder / objects.blob_ref(blob).name
    raw = bytearray(path.read_bytes())
    raw[300] ^= 1
    path.write_bytes(raw)
    with office.ask("admin", Act.VAULT_VERIFY) as unit:
        (fault,) = objects.verify(unit).faults
    assert fault.items == [number]


def test_B3_a_backup_set_holds_what_waits(office, tmp_path):
    """The blob of a waiting scan is in the set, that of a discarded one is not."""
    kept, gone = put(office, tmp_path / "a", data=b"kept"), put(office, tmp_path / "b", data=b"gone")
    _, kept_blob = row(office, kept)
    _, gone_blob = row(office, gone)
    tray.discard(office.instance, office.who("clerk"), gone, reason="误扫")
    backups.create(office.instance, office.who("admin"), tmp_path / "set")
    names = {path.name for path in (tmp_path / "set").rglob("*")}
    assert objects.blob_ref(kept_blob).name.rsplit("/", 1)[-1] in names
    assert objects.blob_ref(gone_blob).name.rsplit("/", 1)[-1] not in names


def test_the_rounds_count_what_waits_longer_than_a_week(office, tmp_path):
    """Seven days are patience; on the eighth the rounds say so, by number only."""
    put(office, tmp_path / "a")
    for days, count in ((7, 0), (1, 1)):
        office.tick(days=days)
        found = {line.part: line for line in rounds.run(office.instance, SYSTEM)}[Part.INTAKE]
        assert found.facts == {"scans_waiting": count}
        assert found.state is (Health.WARN if count else Health.OK)


def test_a_destroyed_record_takes_no_waiting_scan_with_it(office, tmp_path):
    """A waiting scan has a blob of its own, though a record has the same bytes: destroying the one leaves the other."""
    (uid,) = letters(office, 1, text="nobody's")
    with office.ask("gm") as unit:
        (stored,) = objects.contents(unit, unit.item(uid))
    number = put(office, tmp_path / "a")
    _, blob = row(office, number)
    assert blob.uid != stored.blob_uid
    destroyed(office, [uid])
    _, blob = row(office, number)
    assert blob.erased_at is None and fetch(office, number, tmp_path / "out").read_bytes() == b"nobody's"
