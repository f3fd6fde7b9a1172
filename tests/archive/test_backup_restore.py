"""Bringing back, trying and mending: from a set and the kit alone, whole or not at all (B2, B4, I1, D4; issue 6, 7)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from click.testing import CliRunner
from sqlalchemy import func, select, text

import cli
from archive import (
    audit,
    backups,
    clikit,
    db,
    identity,
    inspection,
    logbook,
    migrate,
    objects,
    sitting,
    system,
    upkeep,
)
from archive.acts import Act
from archive.backups import filling, making, manifest, mending, pools, restoring, reviving
from archive.backups.drilling import Trial
from archive.backups.mending import Mend
from archive.circulation import ledger, lending
from archive.errors import (
    ClockSetBack,
    Damaged,
    DiskFull,
    NotABackup,
    NotEmpty,
    OtherRestore,
    Refused,
    SchemaNewer,
    SealBroken,
    SetAway,
    StorageFailed,
    SystemTokenNeeded,
    WrongKey,
    WrongSlip,
)
from archive.exchange import BackupCheckKind
from archive.faults import armed
from archive.instance import SYSTEM
from archive.model import BackupCheck, BackupSet, Blob, DestructionLine, Event, Item, LoginSession, Volume
from archive.slots import recovery_text
from archive.statuses import BackupState, DestructionState, DestructionStep
from archive.values import VolumeState
from indexer import sync
from retention.destroying import destruction, execution, finalizing
from tests import make
from tests.archive.counter import counter as a_counter
from tests.archive.test_backup_commands import slip_in
from tests.archive.test_backup_sets import attach, pool_of, verify
from tests.archive.test_backups import alive, create, row, slip_of
from tests.conftest import PASSWORD, PORTS, Office, opened
from tests.faults import ageing
from tests.retention import test_destroyed_in_lists as in_lists
from tests.retention.letting_go import begun, destroyed, letters


@pytest.fixture
def recovery(template):
    """The recovery key of the template office."""
    return (template / "recovery").read_text()


@pytest.fixture
def disk(tmp_path):
    """Where sets go."""
    return tmp_path / "disk"


def restore(office, source, to, recovery, slip=None, **given):
    kit = backups.Kit(recovery, slip or slip_of(office))
    return backups.restore(source, to, kit, PORTS, clock=lambda: office.now, **given)


def drill(office, number, recovery, slip=None, who="admin", **given):
    kit = backups.Kit(recovery, slip or slip_of(office))
    return backups.drill(office.instance, office.who(who), number, kit, **given)


def repair(office, number, who="admin"):
    return backups.repair(office.instance, office.who(who), number)


@pytest.fixture
def revived(office, template):
    """A function that opens a restored folder as an office of its own, at the same hour."""
    made: list[Office] = []

    def opening(folder: Path) -> Office:
        back = Office(None, now=office.now)
        back.instance = opened(folder, template / "key", lambda: back.now)
        made.append(back)
        return back

    yield opening
    for one in made:
        one.instance.close()


def everything(office) -> dict[str, object]:
    """Every card and every stored file as the product gives them."""
    with office.ask("gm") as unit:
        records = [*unit.session.scalars(select(Volume)), *unit.session.scalars(select(Item))]
        told: dict[str, object] = {one.uid: unit.card(one) for one in records}
        for item in unit.session.scalars(select(Item)):
            for kept in objects.contents(unit, item):
                data = unit.vault.read_all(objects.ref(unit, kept), objects.unwrapped(unit, kept))
                told[kept.uid] = (objects.name_of(unit, kept), hashlib.sha256(data).hexdigest())
    return told


# --- bringing back ------------------------------------------------------------------------------------


def test_rel_B2_an_empty_folder_a_folder_of_sets_and_the_kit_bring_the_newest_state_back(
    office, disk, tmp_path, recovery, revived
):
    """Cards and files are as they were, the log verifies and tells of it, old log-ins and credentials are void."""
    attach(office, "第一份。")
    make.volume(office, "ZX·02", 2, held=True)
    create(office, disk)
    attach(office, "第二份。")
    with office.work("admin", Act.BACKUP_CREATE) as unit:
        unit.act(Act.BACKUP_CREATE)
        unit.session.add(
            LoginSession(
                uid="ab" * 16, person_uid=unit.actor.uid, token_hash="x" * 64, begun_at=unit.now,
                expires_at=unit.now + dt.timedelta(hours=9),
            )
        )  # fmt: skip
    made = create(office, disk)
    whole = everything(office)
    found = restore(office, disk, tmp_path / "back", recovery)

    assert (found.number, found.records, found.files, found.gone) == (made.number, made.records, 2, 0)
    assert (found.schema, found.newer) == (migrate.LATEST, [])
    back = revived(found.folder)
    assert everything(back) == whole
    with back.work("auditor", Act.AUDIT_VERIFY) as unit:
        assert logbook.verify(unit).sound
        (line,) = unit.session.scalars(select(Event).where(Event.act == Act.BACKUP_RESTORE)).all()
        assert (line.account, line.object_code, line.outcome) == ("system", made.number, "done")
        assert json.loads(line.facts)["records"] == made.records
        assert unit.session.scalar(select(LoginSession.ended_at)) == office.now
    shutil.copyfile(office.home / "system.token", found.folder / "system.token")
    (found.folder / "system.token").chmod(0o600)
    with (
        pytest.raises(SystemTokenNeeded),
        back.instance.ask(system.credential(back.instance), Act.ROUNDS_RUN),
    ):
        pass
    assert {path.stat().st_mode & 0o077 for path in [found.folder, *found.folder.rglob("*")]} == {0}
    sync.drain(back.instance)
    assert sync.status(back.instance).indexed == made.records


def test_the_restored_register_knows_the_set_as_it_is_and_where_it_lies(
    office, disk, tmp_path, recovery, revived
):
    """Its own snapshot knew it only as begun: it can be read, its pack rewritten, and the next set gets a free number."""
    attach(office, "一份。")
    first = create(office, disk)
    second = create(office, disk)
    disk.rename(tmp_path / "elsewhere")
    source = tmp_path / "elsewhere" / first.number
    found = restore(office, source, tmp_path / "back", recovery)
    back = revived(found.folder)

    assert found.newer == [second.number]
    (line,) = alive(back)
    assert (line.number, line.state, line.in_reach) == (first.number, BackupState.CURRENT, True)
    assert (line.folder, line.files, line.records) == (str(source), first.files, first.records)
    assert verify(back, first.number).faults == []
    assert create(back, tmp_path / "elsewhere").number == "BF2026-00003"
    assert pool_of(tmp_path / "elsewhere").keys() == {one.name for one in manifest.listed(source)}


def test_rel_B2_a_restored_instance_hands_over_the_same_bytes(office, disk, tmp_path, recovery, revived):
    """The same volume packed by both: every file of the package is byte-identical."""
    (uid,) = ageing.volumes_due(office, 1, files=True)
    made = create(office, disk)
    back = revived(restore(office, made.folder, tmp_path / "back", recovery).folder)

    def taken_out(one: Office, folder: Path) -> dict[str, bytes]:
        folder.mkdir()
        with one.work("gm", Act.ITEM_GET) as unit:
            for item in unit.session.scalars(select(Item).where(Item.volume_uid == uid)):
                for kept in objects.contents(unit, item):
                    unit.act(Act.ITEM_GET, item)
                    data = unit.vault.read_all(objects.ref(unit, kept), objects.unwrapped(unit, kept))
                    (folder / kept.uid).write_bytes(data)
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    ours, theirs = taken_out(office, tmp_path / "one"), taken_out(back, tmp_path / "two")
    assert len(ours) == 2 and ours == theirs


def test_dec_12_a_wrong_kit_a_full_folder_or_a_foreign_one_leaves_nothing(office, disk, tmp_path, recovery):
    """Each has its own sentence; the folder is as it was."""
    attach(office, "一份。")
    made = create(office, disk)
    slip = slip_of(office)
    for key, given, error in (
        (recovery, backups.Slip(2, slip.secret), WrongSlip), (recovery, backups.Slip(1, bytes(32)), SealBroken),
        (recovery_text(bytes(32)), slip, WrongKey),
    ):  # fmt: skip
        with pytest.raises(error):
            restore(office, disk, tmp_path / "back", key, given)
        assert not (tmp_path / "back").exists()
    full = tmp_path / "full"
    full.mkdir()
    (full / "x").write_text("x")
    for to in (full, full / "x", office.home, disk / "inside"):
        with pytest.raises(NotEmpty):
            restore(office, disk, to, recovery)
    with pytest.raises(NotABackup):
        restore(office, full, tmp_path / "back", recovery)
    office.now -= dt.timedelta(days=40)
    with pytest.raises(ClockSetBack):
        restore(office, disk, tmp_path / "back", recovery)
    assert (full / "x").read_text() == "x" and not (tmp_path / "back").exists()
    assert manifest.read(made.folder).number == made.number


def test_rel_B4_a_newest_set_that_does_not_read_is_never_passed_over_for_an_older_one(
    office, disk, tmp_path, recovery
):
    """Told, not guessed: the older one is taken only when it is named. A set never finished is passed over."""
    first, second = create(office, disk), create(office, disk)
    (disk / "BF2026-00003").mkdir()
    (disk / "BF2026-00003" / "format").write_text("anjuan/backup 2\nx\n")
    assert pools.meant(disk) == second.folder
    path = second.folder / manifest.NAME
    path.write_text("nonsense")
    with pytest.raises(NotABackup):
        restore(office, disk, tmp_path / "back", recovery)
    assert restore(office, first.folder, tmp_path / "back", recovery).number == first.number


def test_rel_D4_no_flipped_bit_of_a_set_gets_into_what_is_brought_back(office, disk, tmp_path, recovery):
    """Each file flipped at its middle: refused, nothing left."""
    attach(office, "一份。")
    made = create(office, disk)
    for path in sorted(
        path for path in disk.rglob("*") if path.is_file() and path.name not in {"pool", "format"}
    ):
        whole = path.read_bytes()
        at = len(whole) // 2
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :])
        with pytest.raises((Damaged, NotABackup)):
            restore(office, made.folder, tmp_path / "back", recovery)
        path.write_bytes(whole)
        assert not (tmp_path / "back").exists(), path.name


@pytest.mark.parametrize(
    "name",
    [
        "restore.chunk", "restore.before_fsync", "restore.after_fsync", "restore.after_rename",
        "restore.after_dirsync", "restore.keys_back", "restore.catalogue_ready", "restore.before_last",
    ],
)  # fmt: skip
@pytest.mark.parametrize("effect", ["eio", pytest.param("enospc", marks=pytest.mark.slow)])
def test_rel_B4_a_restore_that_fails_anywhere_leaves_nothing_and_is_run_again(
    office, disk, tmp_path, recovery, revived, name, effect
):
    """Full or failing disk at each step: the folder is gone; then it works."""
    attach(office, "一份。")
    create(office, disk)
    with armed(f"{name}:1:{effect}"), pytest.raises((StorageFailed, DiskFull, OSError)):
        restore(office, disk, tmp_path / "back", recovery)
    assert not (tmp_path / "back").exists()
    found = restore(office, disk, tmp_path / "back", recovery)
    assert everything(revived(found.folder)) == everything(office)


def test_rel_B4_a_half_done_restore_is_finished_by_its_own_set_only(
    office, disk, tmp_path, recovery, monkeypatch
):
    """What a killed run left is no instance; another set is refused there; the same one goes on with its files."""
    attach(office, "一份。")
    first, second = create(office, disk), create(office, disk)
    to = tmp_path / "back"
    with monkeypatch.context() as patch:
        patch.setattr(restoring.shutil, "rmtree", lambda *_, **__: None)
        with armed("restore.before_last:1:eio"), pytest.raises((StorageFailed, OSError)):
            restore(office, first.folder, to, recovery)
    assert not (to / "anjuan.toml").exists() and pool_of(to)
    with pytest.raises(OtherRestore):
        restore(office, second.folder, to, recovery)
    with pytest.raises(WrongKey):
        restore(office, first.folder, to, recovery_text(bytes(32)))
    assert pool_of(to)  # a slip of the pen costs no copied files
    assert restore(office, first.folder, to, recovery).files == 1
    with pytest.raises(NotEmpty):
        restore(office, first.folder, to, recovery)


# --- records destroyed since ------------------------------------------------------------------------


def gone_since(office, disk, *, lent: bool = False):
    """A set, and then two letters destroyed and that ended for good; the set, uids gone, uid kept, list."""
    uids = letters(office, 3, text="正文之{n}" * 900)
    volume = ageing.volumes_due(office, 1, files=True)
    if lent:
        ageing.lend(office, volume[0])
    made = create(office, disk)
    if lent:
        with office.work("archivist", Act.LOAN_RETURN) as unit:
            lending.take_back(unit, volume[0])
    number = destroyed(office, [*uids[:2]])
    ageing.destroyed(office, volume)
    finalizing.finalize(office.instance, office.who("archivist"), number)
    with office.ask("gm") as unit:
        papers = list(unit.session.scalars(select(Item.uid).where(Item.volume_uid == volume[0])))
    return made, [*uids[:2], *volume, *papers], uids[2]


@pytest.mark.parametrize("lent", [pytest.param(False, marks=pytest.mark.slow), True])
def test_rel_K2_what_was_destroyed_after_the_set_was_made_stands_destroyed_in_what_is_brought_back(
    office, disk, tmp_path, recovery, revived, lent
):
    """No key, no file, no title; counted and logged one by one; every list, the index and the checks go on."""
    made, gone, kept = gone_since(office, disk, lent=lent)
    found = restore(office, disk, tmp_path / "back", recovery)
    back = revived(found.folder)

    assert (found.number, found.gone) == (made.number, len(gone))
    with back.ask("gm") as unit:
        for uid in gone:
            record = unit.record(uid)
            assert record.state is VolumeState.DESTROYED and unit.card(record).title == "题名略"
        assert unit.card(unit.record(kept)).title.startswith("停车场")
        lines = unit.session.scalars(select(Event).where(Event.act == Act.BACKUP_RESTORE)).all()
        assert {one.object_uid for one in lines} >= set(gone)
        held = unit.session.scalars(select(Blob).where(Blob.erased_at.is_(None))).all()
        assert {objects.blob_ref(one).name for one in held} == set(unit.vault.walk())
        assert db.integrity(unit.session) is None
        assert audit.verify(unit.session, back.instance.signer.public_key()).sound
        assert not back.instance.keys.keys_held(gone)
    sync.drain(back.instance)
    with back.work("admin", Act.VAULT_VERIFY) as unit:
        report = objects.verify(unit)
    assert report.faults == [] and report.orphans == 0
    with back.ask("admin", Act.INSTANCE_INSPECT) as unit:
        states = {one.name: one.state.value for one in inspection.inside(unit)}
    assert states["database"] == "ok"


@pytest.mark.slow
def test_rel_K2_no_command_breaks_on_records_destroyed_since(
    office, disk, tmp_path, recovery, revived, monkeypatch
):
    """Every list and page of the program over a used volume that is gone since: none ends in a defect, none tells its words."""
    uid = in_lists.used(office)
    make.volume(office, "ZX·02", 2, held=True)
    create(office, disk)
    in_lists.destroyed(office, [uid])
    back = revived(restore(office, disk, tmp_path / "back", recovery).folder)
    run = runner(back, tmp_path, monkeypatch)
    printed, broken = in_lists.told(back, run, uid)
    assert broken == {} and len(printed) > 80
    still = [words for words, said in printed.items() if in_lists.SAID in said]
    assert [words for words in still if words not in in_lists.PURPOSES] == []


def runner(back: Office, folder: Path, monkeypatch):
    """`anjuan …` over a restored office, as its archivist."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "desk"))
    monkeypatch.setattr(clikit.wiring, "clock", lambda: back.now)
    with back.instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
        token = identity.login(unit, "archivist", PASSWORD)
    sitting.keep_session(back.instance.keys.instance_id, token, back.now + dt.timedelta(hours=1))
    return lambda *words: CliRunner().invoke(cli.root, ["--home", str(back.home), *words])


def test_rel_K2_witness_a_catalogue_that_is_not_told_breaks_on_them(
    office, disk, tmp_path, recovery, revived, monkeypatch
):
    """Left as they stood, their cards do not open and they pass for held."""
    _, gone, _ = gone_since(office, disk)
    monkeypatch.setattr(reviving, "_let_go", lambda *_: None)
    back = revived(restore(office, disk, tmp_path / "back", recovery).folder)
    with back.ask("gm") as unit:
        record = unit.record(gone[0])
        assert record.state is not VolumeState.DESTROYED
        with pytest.raises(reviving.erasing.KeyGone):
            unit.card(record)


def test_inv_V18_the_guards_of_the_schema_stand_as_before_after_a_restore(
    office, disk, tmp_path, recovery, revived
):
    """Lifted in one transaction and put back letter for letter: an update past the gate is refused again."""
    _, _, kept = gone_since(office, disk)

    def guards(one: Office) -> dict[str, str]:
        with one.ask("gm") as unit:
            rows = unit.session.connection().execute(
                text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            )
            return {str(name): str(sql) for name, sql in rows}

    back = revived(restore(office, disk, tmp_path / "back", recovery).folder)
    assert guards(back) == guards(office) and len(guards(back)) > 10
    with (
        pytest.raises(Exception, match="is not being destroyed"),
        back.work("gm", Act.DESTRUCTION_EXECUTE) as unit,
    ):
        unit.session.connection().execute(
            text("UPDATE item SET state = 'DESTROYED' WHERE uid = :uid"), {"uid": kept}
        )


def test_rel_K1_a_list_that_was_being_carried_out_when_the_set_was_made_is_closed_at_the_first_start(
    office, disk, tmp_path, recovery, revived
):
    """The set lies between the beginning and the end: its records are gone, so its lines are past the point of no return."""
    uids = letters(office, 2, text="正文{n}")
    number = begun(office, uids)
    create(office, disk)
    execution.execute(office.instance, office.who("archivist"), number)
    back = revived(restore(office, disk, tmp_path / "back", recovery).folder)
    with back.ask("archivist") as unit:
        steps = set(unit.session.scalars(select(DestructionLine.step)))
    assert steps == {DestructionStep.DESTROYING}
    execution.resume(back.instance, SYSTEM)
    with back.ask("archivist") as unit:
        assert destruction.one(unit, number).state is DestructionState.DESTROYED


def test_what_was_lent_when_the_set_was_made_and_is_gone_since_can_still_be_signed_back(
    office, disk, tmp_path, recovery, revived
):
    """The register of loans shows the loan; taking the paper back ends it."""
    _, gone, _ = gone_since(office, disk, lent=True)
    back = revived(restore(office, disk, tmp_path / "back", recovery).folder)
    with back.ask("archivist", Act.LOAN_SEE) as unit:
        (line,) = ledger.register(unit, open_only=True)
    with back.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, line.number)
    with back.ask("archivist", Act.LOAN_SEE) as unit:
        assert ledger.register(unit, open_only=True) == []
    assert gone


# --- sets of earlier versions -------------------------------------------------------------------------


def at_schema(office, made, revision: str) -> Path:
    """The set with a catalogue as an earlier version made it, with one record of what that version knew."""
    path = made.folder / "catalogue.db"
    path.unlink()
    engine = db.open_engine(db.sqlite_url(path), journal="truncate")
    with engine.begin() as connection:
        command.upgrade(migrate._config(connection), revision)
    with db.sessions(engine)() as session:
        events = session.connection()
        line = {
            "seq": 1, "at": office.now.isoformat(timespec="microseconds"), "actor_uid": "system", "account": "system",
            "act": "instance.init", "outcome": "done", "object_kind": "", "object_uid": "", "object_code": "",
            "facts": "{}", "sealed": b"", "client": "system", "prev": audit.START,
        }  # fmt: skip
        line["hash"] = audit.line_hash(audit.START, line)
        events.execute(Event.__table__.insert(), line)
        session.commit()
    engine.dispose()
    path.chmod(0o600)
    (made.folder / manifest.FILES).write_text("")
    said = manifest.read(made.folder)
    redone = {"catalogue.db", manifest.FILES}
    fixed = tuple(making._entry(made.folder, one.name) if one.name in redone else one for one in said.files)
    manifest.write(
        made.folder,
        manifest.Manifest(
            said.instance, said.set_uid, said.number, said.epoch, said.made_at, f"1:{line['hash']}", fixed
        ),
        office.instance.signer,
    )
    return made.folder


@pytest.mark.parametrize(
    "revision", ["0001", *(pytest.param(f"000{one}", marks=pytest.mark.slow) for one in (2, 3, 4, 5)), "0006"]
)
def test_req_I6_7_a_set_of_an_earlier_version_is_brought_back_and_up_to_date(
    office, disk, tmp_path, recovery, revived, revision
):
    """Its schema is raised, its log verifies and goes on, and the set is registered even where it was not known."""
    made = create(office, disk)
    found = restore(office, at_schema(office, made, revision), tmp_path / "back", recovery)
    assert found.schema == revision
    back = revived(found.folder)
    with back.instance.ask(SYSTEM, Act.AUDIT_VERIFY) as unit:
        assert audit.verify(unit.session, back.instance.signer.public_key()).sound
        assert [one.act for one in unit.session.scalars(select(Event))] == ["instance.init", "backup.restore"]
        assert unit.session.scalar(select(BackupSet.number)) == made.number
        assert db.integrity(unit.session) is None
    with back.instance.engine.connect() as raw:
        assert raw.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == migrate.LATEST


def test_a_set_of_a_later_version_is_refused_before_anything_is_kept(office, disk, tmp_path, recovery):
    """A catalogue or a layout this program does not know: one sentence, nothing left."""
    made = create(office, disk)
    folder = at_schema(office, made, "0005")
    with sqlite3.connect(folder / "catalogue.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '0099'")
    raw.close()
    said = manifest.read(folder)
    fixed = tuple(
        making._entry(folder, one.name) if one.name == "catalogue.db" else one for one in said.files
    )
    manifest.write(
        folder,
        manifest.Manifest(
            said.instance, said.set_uid, said.number, said.epoch, said.made_at, said.log, fixed
        ),
        office.instance.signer,
    )
    with pytest.raises(SchemaNewer):
        restore(office, folder, tmp_path / "back", recovery)
    assert not (tmp_path / "back").exists()


# --- on trial -----------------------------------------------------------------------------------------


def test_a_drill_proves_set_and_kit_and_leaves_nothing_but_its_result(office, disk, tmp_path, recovery):
    """Counts, cards, files; a row; the folder beside is gone; the living log is not touched by the trial's."""
    attach(office, "一份。")
    make.volume(office, "ZX·02", 2)
    made = create(office, disk)
    before = sorted(tmp_path.iterdir())
    found = drill(office, made.number, recovery)

    assert found.faults == [] and (found.records, found.files) == (made.records, 1)
    assert found.cards == made.records and found.opened == 1
    assert sorted(tmp_path.iterdir()) == before
    with office.ask("admin", Act.BACKUP_SEE) as unit:
        kept = unit.session.scalars(select(BackupCheck)).one()
        (line,) = backups.listing(unit)
        assert unit.session.scalar(select(func.count()).where(Event.act == Act.BACKUP_RESTORE)) == 0
    assert (kept.kind, kept.sound, kept.records) == (BackupCheckKind.DRILL, True, made.records)
    assert line.drilled_at == office.now and line.sound
    with office.ask("admin", Act.INSTANCE_INSPECT) as unit:
        assert {one.name: one.state.value for one in inspection.inside(unit)}["backup-drill"] == "ok"


def test_a_drill_names_what_would_have_failed_and_a_wrong_kit_is_no_result(office, disk, tmp_path, recovery):
    """A damaged file, a set whose counts do not fit: faults and a row; another slip or key: an error and no row."""
    attach(office, "一份。")
    made = create(office, disk)
    for key, slip, error in (
        (recovery, backups.Slip(2, bytes(32)), WrongSlip), (recovery_text(bytes(32)), None, WrongKey),
        (recovery, backups.Slip(1, bytes(32)), SealBroken),
    ):  # fmt: skip
        with pytest.raises(error):
            drill(office, made.number, key, slip)
    with office.work("admin", Act.BACKUP_CREATE) as unit:
        unit.act(Act.BACKUP_CREATE)
        unit.session.get_one(BackupSet, row(office, made.number).uid).records += 1
    assert [one.step for one in drill(office, made.number, recovery).faults] == [Trial.COUNT]
    (_, path), *_ = pools.stored(disk)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert [one.step for one in drill(office, made.number, recovery).faults] == [Trial.RESTORE]
    with office.ask("admin") as unit:
        assert [one.sound for one in unit.session.scalars(select(BackupCheck))] == [False, False]
    assert not list(tmp_path.glob("anjuan-drill*"))
    with pytest.raises(Refused):
        drill(office, made.number, recovery, who="archivist")
    disk.rename(tmp_path / "away")
    with pytest.raises(SetAway):
        drill(office, made.number, recovery)


# --- mending ------------------------------------------------------------------------------------------


def test_rel_I1_what_is_damaged_or_missing_is_mended_from_a_set_and_nothing_good_is_touched(office, disk):
    """Flipped, cut and gone: all back as written, the bad bytes kept aside; a second run finds nothing to do."""
    for n in range(4):
        attach(office, f"记录之{n}")
    made = create(office, disk)
    names = list(office.instance.vault.walk())
    paths = [office.instance.vault.folder / name for name in names]
    good = [path.read_bytes() for path in paths]
    paths[0].write_bytes(good[0][:-3] + b"abc")
    paths[1].write_bytes(good[1][:100])
    paths[2].unlink()
    inode = paths[3].stat().st_ino
    found = repair(office, made.number)

    assert (found.files, found.left) == (4, 0)
    assert {(one.file, one.why, one.mended) for one in found.bad} == {
        (names[0], "damaged", Mend.MENDED), (names[1], "damaged", Mend.MENDED), (names[2], "blob-missing", Mend.MENDED),
    }  # fmt: skip
    assert [path.read_bytes() for path in paths] == good and paths[3].stat().st_ino == inode
    assert paths[0].with_name(f"{paths[0].name}.bad").read_bytes() == good[0][:-3] + b"abc"
    assert repair(office, made.number).bad == [] and list(office.instance.vault.walk()) == names
    with office.work("admin", Act.VAULT_SWEEP) as unit:
        upkeep.sweep(unit, grace=0)
    assert paths[0].with_name(f"{paths[0].name}.bad").exists()


def test_rel_I1_what_is_bad_in_the_set_too_or_not_in_it_is_told_and_left(office, disk, tmp_path):
    """A bad copy never replaces anything; the other set has it."""
    attach(office, "甲")
    other = create(office, tmp_path / "other")
    made = create(office, disk)
    attach(office, "乙")
    names = list(office.instance.vault.walk())
    old = next(one.name for one in manifest.listed(made.folder)).removeprefix("vault/")
    bad = dict.fromkeys(names, b"bad" * 5)
    for name, said in bad.items():
        (office.instance.vault.folder / name).write_bytes(said)
    (disk / "vault" / old).write_bytes(b"bad too")
    found = repair(office, made.number)

    assert {(one.file, one.mended) for one in found.bad} == {
        (name, Mend.BAD_IN_SET if name == old else Mend.NOT_IN_SET) for name in names
    }
    assert {
        name: (office.instance.vault.folder / name).read_bytes() for name in names
    } == bad and found.left == 2
    assert repair(office, other.number).left == 1
    with office.ask("admin") as unit:
        assert [one.sound for one in unit.session.scalars(select(BackupCheck))] == [False, False]


def test_rel_I1_witness_a_mending_that_does_not_look_at_the_hash_brings_bad_bytes_in(
    office, disk, monkeypatch
):
    """Without the comparison the bad copy takes the place of the missing file."""
    attach(office, "甲")
    made = create(office, disk)
    ((_, path),) = pools.stored(disk)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    (office.instance.vault.folder / next(office.instance.vault.walk())).unlink()
    monkeypatch.setattr(mending.manifest, "holds", lambda *_: True)
    monkeypatch.setattr(filling, "copy", lambda source, target, *_, **__: target.write_bytes(source.read()))
    assert repair(office, made.number).left == 0
    with office.work("admin", Act.VAULT_VERIFY) as unit:
        assert objects.verify(unit).faults


@pytest.mark.parametrize(
    "name", ["repair.chunk", "repair.before_fsync", "repair.after_rename", "repair.aside"]
)
def test_rel_B4_a_mending_cut_off_is_run_again(office, disk, name):
    """Nothing is lost in between: the bad bytes stand aside, the good ones come with the next run."""
    attach(office, "甲")
    made = create(office, disk)
    path = office.instance.vault.folder / next(office.instance.vault.walk())
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"\0")
    with armed(f"{name}:1:eio"), pytest.raises((StorageFailed, OSError)):
        repair(office, made.number)
    repair(office, made.number)
    assert path.read_bytes() == good and path.with_name(f"{path.name}.bad").read_bytes() == good[:-1] + b"\0"


# --- at the counter -----------------------------------------------------------------------------------


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    """The counter of the template office."""
    return a_counter(template, tmp_path, monkeypatch)


def test_req_I6_7_the_whole_road_by_commands(counter, template, tmp_path):
    """create twice, list, verify, drill, restore on an empty machine, log in there with the recovery key, go on."""
    disk = tmp_path / "disk"
    slip = counter.secret(slip_in(counter.run("admin", "backup", "create", disk).check().out))
    told = counter.run("admin", "backup", "create", disk).check().out
    assert "同一块盘" in told and "盘上已有" in told
    kit = ("--recovery-file", template / "recovery", "--slip-file", slip)
    assert "完好" in counter.run("admin", "backup", "verify", "BF2026-00002").check().out
    assert counter.rows("admin", "backup", "verify", "BF2026-00001", "--subset", "3/30") == []
    counter.run("admin", "backup", "verify", "BF2026-00001", "--quick", "--read-data").check(2)
    assert "完成" in counter.run("admin", "backup", "drill", "BF2026-00002", *kit).check().out
    assert "0 个缺失或损坏" in counter.run("admin", "backup", "repair", "BF2026-00002").check().out
    rows = counter.rows("admin", "backup", "list")
    assert [one["sound"] for one in rows] == [True, True] and rows[0]["drilled_at"]

    back = tmp_path / "back"
    out = counter.run("", "backup", "restore", disk, "--to", back, *kit).check().out
    assert "BF2026-00002" in out and "keys add-slot" in out and "rounds enrol" in out
    counter.run("", "backup", "restore", disk, "--to", back, *kit).check(1)
    counter.home, counter.known = back, set()
    unlock = ("--recovery-file", template / "recovery")
    password = counter.secret("correct horse battery")
    counter._run("admin", *unlock, "login", "admin", "--password-file", password).check()
    counter._run("admin", *unlock, "keys", "add-slot", "--key-file", tmp_path / "new.key").check()
    counter._run("admin", *unlock, "rounds", "enrol").check()
    assert "BF2026-00002" in counter._run("admin", *unlock, "backup", "list").check().out


def test_damage_is_listed_and_ends_with_status_five(counter, tmp_path):
    """verify names the file in words, in both languages; the list shows it; the rounds see it too."""
    counter.run("admin", "backup", "create", tmp_path / "disk").check()
    (tmp_path / "disk" / "BF2026-00001" / "catalogue.db").write_bytes(b"x")
    told = counter.run("admin", "backup", "verify", "BF2026-00001").check(5)
    assert "catalogue.db" in told.out and "损坏" in told.out
    counter.language = "en"
    assert "damaged" in counter.run("admin", "backup", "verify", tmp_path / "disk").check(5).out
    assert counter.rows("admin", "backup", "list")[0]["sound"] is False


@pytest.mark.parametrize(
    ("status", "args"),
    [
        (4, ("verify", "BF2026-00009")),
        (4, ("verify", "{home}")),
        (2, ("verify", "BF2026-00009", "--subset", "31/30")),
        (2, ("restore", "{home}")),
        (6, ("restore", "{home}", "--to", "{home}/../x", "--recovery-file", "{home}/anjuan.toml")),
        (4, ("restore", "{home}", "--to", "{home}/../x", "--recovery-file", "{home}/none")),
        (2, ("restore", "{home}", "--to", "{home}/../x")),
        (2, ("drill", "BF2026-00009")),
        (4, ("repair", "BF2026-00009")),
    ],
)
def test_what_cannot_be_is_told_in_words(counter, tmp_path, status, args):
    """Bad input of every kind: a status, a sentence, nothing made."""
    counter.run("admin", "backup", "list").check()
    state = counter.state()
    told = counter.run("admin", "backup", *(one.format(home=counter.home) for one in args))
    assert told.status == status and told.err, told.err
    assert counter.state() == state and not (tmp_path / "x").exists()


def test_K_the_kit_never_stands_in_the_arguments_and_is_typed_unseen(counter, template, tmp_path):
    """There is no option that takes a key; a set is not brought back by a key of the wrong kind."""
    slip = counter.secret(slip_in(counter.run("admin", "backup", "create", tmp_path / "disk").check().out))
    swapped = ("--recovery-file", slip, "--slip-file", template / "recovery")
    told = counter.run("", "backup", "restore", tmp_path / "disk", "--to", tmp_path / "b", *swapped)
    assert told.status != 0 and not (tmp_path / "b").exists()
    shown = counter.run("", "backup", "restore", "--help").out
    assert "--recovery-file" in shown and "--recovery " not in shown
