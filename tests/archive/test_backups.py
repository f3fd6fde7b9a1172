"""Backup sets: whole or absent, unreadable without the kit, and without the keys of what was dropped (K2, K3, B2-B4)."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading

import pytest
from sqlalchemy import select

from archive import audit, backups, inspection, items, logbook, objects, packkeys
from archive.acts import Act
from archive.backups import filling, making, manifest, pack, rewriting, sets
from archive.backups.slip import GROUPS
from archive.backups.snapshots import take
from archive.errors import (
    BlobMissing,
    Busy,
    Damaged,
    DatabaseDamaged,
    DiskFull,
    EpochGone,
    FileMissing,
    InsideInstance,
    KeyGone,
    NotABackup,
    NotEmpty,
    NotFound,
    RecoveryMistyped,
    Refused,
    SealBroken,
    SetOutOfReach,
    SetPending,
    SlipMistyped,
    StorageFailed,
    WrongKey,
    WrongSlip,
    WrongState,
)
from archive.faults import POINTS, armed
from archive.instance import SYSTEM
from archive.keyfile import FORMAT
from archive.keys import Keyring
from archive.keystore import Keystore, bring_back, keystore_path
from archive.model import Blob, Event
from archive.slots import recovery_secret, recovery_text
from archive.statuses import BackupState
from tests import make
from tests.archive.rings import CHEAP, a_ring, again
from tests.conftest import PORTS, opened
from tests.make import filed

OWN = {"anjuan.toml", "catalogue.db", "files", "format", "keys.pack", "manifest"}
LATER = {"epoch_made", "epoch_retired", "forgotten", "removed"}
TEXT = "退租押金结算明细 canary-7d1f 20260302".encode()
CREATED = sorted(
    name for name in POINTS if name.startswith("backups.") and name.partition(".")[2] not in LATER
)


@pytest.fixture
def recovery(template):
    """The recovery key of the template office."""
    return (template / "recovery").read_text()


@pytest.fixture
def paper(office):
    """An item with a file; its uid."""
    (uid,) = filed(office, "WS·BG", 1)
    with office.work("archivist", Act.ITEM_ATTACH) as unit:
        objects.attach(unit, uid, TEXT * 5000, name="押金明细.txt")
    return uid


def create(office, folder, who="admin", **given):
    return backups.create(office.instance, office.who(who), folder, **given)


def row(office, number):
    with office.ask("admin") as unit:
        return sets.one(unit, number)


def state_of(office, number):
    return row(office, number).state


def refresh(office, act=Act.DESTRUCTION_EXECUTE, who="archivist"):
    return backups.refresh(office.instance, office.who(who), act)


def catch_up(office, who="admin"):
    return backups.catch_up(office.instance, office.who(who))


def rekey(office, who="archivist"):
    return backups.rekey(office.instance, office.who(who))


def slip_of(office):
    return backups.current_slip(office.instance.keys)


def packed(folder, slip):
    """The uids whose keys are in a pack."""
    return {one[1] for one in backups.open_pack(folder, slip) if one[0] == "dek"}


def restored(office, folder, to, recovery, slip=None):
    kit = backups.Kit(recovery, slip or slip_of(office))
    return backups.restore(folder, to, kit, PORTS, clock=lambda: office.now).folder


def stored(folder):
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def alive(office):
    """The sets in the register that are not forgotten."""
    with office.ask("admin", Act.BACKUP_SEE) as unit:
        return backups.listing(unit)


# --- a set ----------------------------------------------------------------------------------------


def test_rel_B2_a_set_and_the_kit_bring_everything_back_byte_for_byte(
    office, template, paper, tmp_path, recovery
):
    """An empty folder, the set, the recovery key and the slip: cards and files are as they were, and the log verifies."""
    uid = make.volume(office, held=True)
    made = create(office, tmp_path / "set")
    back = restored(office, made.folder, tmp_path / "back", recovery, backups.read_slip(made.slip))
    again_ = opened(back, template / "key", lambda: office.now)
    with office.ask("archivist") as unit:
        wanted = [unit.card(unit.record(one)) for one in (uid, paper)]
    try:
        with again_.ask(office.who("archivist"), Act.RECORD_SEE) as unit:
            assert wanted == [unit.card(unit.record(one)) for one in (uid, paper)]
            (kept,) = objects.contents(unit, unit.item(paper))
            told = unit.vault.read_all(objects.ref(unit, kept), objects.unwrapped(unit, kept))
        with again_.work(office.who("auditor"), Act.AUDIT_VERIFY) as unit:
            assert logbook.verify(unit).sound
        assert again_.keys.verify() == office.instance.keys.verify()
        assert again_.keys.pack_epochs() == [1]
    finally:
        again_.close()
    assert told == TEXT * 5000


def test_rel_B2_an_instance_brought_back_keeps_its_sets_up_to_date(
    office, template, paper, tmp_path, recovery
):
    """It knows the set it came from, and what is destroyed in it leaves that set too."""
    made = create(office, tmp_path / "set")
    slip = slip_of(office)
    back = opened(
        restored(office, made.folder, tmp_path / "back", recovery), template / "key", lambda: office.now
    )
    try:
        back.keys.drop_keys([paper])
        assert backups.refresh(back, office.who("archivist")).current == [made.number]
    finally:
        back.close()
    assert paper not in packed(made.folder, slip)


def test_rel_B3_a_set_holds_no_plain_word_and_its_names_and_folders_tell_nothing(office, paper, tmp_path):
    """Nothing of title, file name, content, remark or secrets in bytes or names; 0600 and 0700 throughout."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_matter(
            unit, make.matter("ZX·02"), [make.paper("独一无二的题名甲乙丙")], volume_title="题名卷"
        )
    before = os.umask(0)
    try:
        made = create(office, tmp_path / "set", remark="放在财务室保险柜")
    finally:
        os.umask(before)
    keys = office.instance.keys
    secrets = [keys.root(), keys.pack_secret(1), keys.pack_secret(1).hex().encode(), made.slip.encode()]
    words = [word.encode() for word in ("独一无二", "押金明细", "放在财务室", "canary-7d1f", "张三")]
    found = stored(tmp_path / "set")

    assert len(found) > 300_000 and keys.instance_id.encode() in found  # the scan does find what is there
    assert [word for word in (*secrets, *words) if word in found] == []
    paths = [tmp_path / "set", *(tmp_path / "set").rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_file()} == {0o600}
    assert {path.name for path in made.folder.iterdir()} == OWN
    assert {path.name for path in (tmp_path / "set").iterdir()} == {"pool", "vault", made.number}


def test_a_set_is_registered_with_what_it_holds_and_the_log_says_so(office, paper, tmp_path):
    """Number, epoch, counts, bytes, the pack's digest; the folder sealed; the manifest signed with the log's key."""
    made = create(office, tmp_path / "set", remark="一号盘")
    (line,) = alive(office)
    kept = row(office, made.number)
    said = manifest.read(made.folder, office.instance.signer.public_key())

    assert (line.number, line.state, line.in_reach) == ("BF2026-00001", BackupState.CURRENT, True)
    assert (line.folder, line.remark, line.made_by) == (
        str(tmp_path / "set" / made.number),
        "一号盘",
        "admin",
    )
    assert (line.files, line.size) == (1, made.size) and b"set" not in kept.card
    assert kept.pack_sha256 == said.file(pack.NAME).sha256 and manifest.holds(
        made.folder, said.file(pack.NAME)
    )
    assert all(manifest.holds(made.folder, one) for one in said.files)
    assert all(manifest.holds(tmp_path / "set", one) for one in manifest.listed(made.folder))
    with office.ask("auditor") as unit:
        rows = unit.session.scalars(select(Event).where(Event.act == Act.BACKUP_CREATE)).all()
    assert {one.object_code for one in rows} == {made.number} and not any("set" in one.facts for one in rows)


def test_the_slip_is_given_with_the_first_set_only(office, tmp_path):
    """Later sets are under the same epoch: the slip on paper is good for them."""
    first, second = create(office, tmp_path / "a"), create(office, tmp_path / "b")

    assert first.slip and not second.slip and (first.epoch, second.epoch) == (1, 1)
    assert packed(second.folder, backups.read_slip(first.slip)) == packed(first.folder, slip_of(office))


def test_a_set_taken_while_people_work_is_of_one_moment(office, paper, tmp_path):
    """What is filed after the snapshot is not in it; the snapshot has no free pages with old text."""
    place = tmp_path / "place"
    place.mkdir(mode=0o700)
    take(office.instance, place)
    (later,) = filed(office, "WS·BG", 1)
    with sqlite3.connect(place / "catalogue.db") as frozen:
        uids = {one for (one,) in frozen.execute("SELECT uid FROM item")}
        assert frozen.execute("PRAGMA freelist_count").fetchone()[0] == 0
        assert frozen.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    frozen.close()

    assert paper in uids and later not in uids


# --- where and by whom ----------------------------------------------------------------------------


def test_a_set_is_made_in_an_empty_folder_outside_the_instance_or_not_at_all(office, tmp_path):
    """A full folder, a file, a place inside the instance, a missing place: refused, nothing changed, no line kept."""
    full, file = tmp_path / "full", tmp_path / "file"
    full.mkdir()
    (full / "x").write_text("x")
    file.write_text("y")
    for wrong, error in (
        (full, NotEmpty), (file, NotEmpty), (tmp_path / "no" / "where", FileMissing),
        (office.home / "vault" / "set", InsideInstance), (office.home, InsideInstance),
    ):  # fmt: skip
        with pytest.raises(error):
            create(office, wrong)
    assert alive(office) == [] and (full / "x").read_text() == "x" and file.read_text() == "y"


@pytest.mark.parametrize("who", ["staff", "clerk", "archivist", "gm", "auditor", "security"])
def test_inv_V18_only_the_system_administrator_makes_and_forgets_sets(office, tmp_path, who):
    """Anybody else is refused before a byte is written; the refusal is in the log."""
    made = create(office, tmp_path / "set")
    with pytest.raises(Refused):
        create(office, tmp_path / "other", who)
    with pytest.raises(Refused):
        backups.forget(office.instance, office.who(who), made.number, reason="x")
    assert not (tmp_path / "other").exists() and [one.number for one in alive(office)] == [made.number]
    assert (made.folder / pack.NAME).exists()


def test_a_damaged_or_missing_file_is_named_and_no_set_is_left(office, paper, tmp_path):
    """A stored file that is not what was written must not be handed on as if it were."""
    (name,) = office.instance.vault.walk()
    path = office.instance.vault.folder / name
    whole = path.read_bytes()
    for ill, error in ((whole[:-1] + b"x", Damaged), (None, BlobMissing)):
        path.unlink() if ill is None else path.write_bytes(ill)
        with pytest.raises(error):
            create(office, tmp_path / "set")
        assert list((tmp_path / "set").iterdir()) == [] and alive(office) == []
    path.write_bytes(whole)
    assert create(office, tmp_path / "set").files == 1


def test_a_file_destroyed_since_the_snapshot_is_passed_over(office, paper, tmp_path, monkeypatch):
    """Its row is erased in the live catalogue: that is no damage."""
    real = filling.fill

    def between(instance, place, **given):
        with office.work("archivist", Act.ITEM_FILE) as unit:
            unit.act(Act.ITEM_FILE)
            (kept,) = objects.contents(unit, unit.item(paper))
            ref = objects.ref(unit, kept)
            unit.session.get_one(Blob, kept.blob_uid).erased_at = unit.now
        office.instance.vault.discard(ref)
        return real(instance, place, **given)

    monkeypatch.setattr(filling, "fill", between)
    made = create(office, tmp_path / "set")
    assert made.files == 0 and list(manifest.listed(made.folder)) == []


# --- faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CREATED)
@pytest.mark.parametrize("effect", ["eio", "enospc"])
def test_rel_B4_a_set_that_fails_anywhere_leaves_neither_a_copy_of_keys_nor_a_line(
    office, paper, tmp_path, name, effect
):
    """At every step: a clear error, an empty folder, nothing in the register but a forgotten line; then it works."""
    folder = tmp_path / "set"
    with armed(f"{name}:1:{effect}"), pytest.raises((StorageFailed, DiskFull)):
        create(office, folder)

    assert not folder.exists() or list(folder.iterdir()) == []
    assert alive(office) == []
    assert create(office, folder).files == 1


def test_rel_B4_witness_a_set_whose_failure_is_not_cleared_up_keeps_a_pack(
    office, paper, tmp_path, monkeypatch
):
    """Without the clearing up the pack lies there, which the test above would see."""
    monkeypatch.setattr(making, "_undone", lambda *_: None)
    with armed("backups.pack_written:1:eio"), pytest.raises(StorageFailed):
        create(office, tmp_path / "set")
    assert list((tmp_path / "set").rglob(pack.NAME))


def half_made(office, folder, monkeypatch):
    """A set whose making was killed after its pack and before its manifest; its number."""
    with monkeypatch.context() as patch:
        patch.setattr(making, "_undone", lambda *_: None)
        with armed("backups.pack_written:1:eio"), pytest.raises(StorageFailed):
            create(office, folder)
    number = alive(office)[0].number
    (folder / number / manifest.NEXT).unlink(missing_ok=True)
    return number


def test_rel_B4_a_killed_making_is_no_set_and_its_keys_go_with_the_next_destruction(
    office, paper, tmp_path, recovery, monkeypatch
):
    """It cannot be brought back; a destruction wipes the pack it left; it can be forgotten."""
    folder = tmp_path / "set"
    number = half_made(office, folder, monkeypatch)
    with pytest.raises(NotABackup):
        restored(office, folder, tmp_path / "back", recovery)
    assert not (tmp_path / "back").exists()
    assert refresh(office).current == [number]
    assert not list(folder.rglob("*pack*"))
    backups.forget(office.instance, office.who("admin"), number, reason="没做完")
    assert alive(office) == []


# --- the kit --------------------------------------------------------------------------------------


def test_conf_K5_a_slip_reads_back_and_every_slip_of_the_pen_is_named():
    """All 70 letters, each changed: the group is named; neighbours exchanged too; case and spaces do not matter."""
    slip = backups.Slip(37, bytes(range(32)))
    text = slip.text()
    assert backups.read_slip(text.lower().replace("-", " ")) == slip
    assert text.count("-") == GROUPS - 1
    letters = [at for at, letter in enumerate(text) if letter != "-"]
    for at in letters:
        wrong = text[:at] + ("7" if text[at] != "7" else "8") + text[at + 1 :]
        with pytest.raises(SlipMistyped) as told:
            backups.read_slip(wrong)
        assert told.value.facts["group"] == at // 6 + 1
    for wrong in ("", text[:-1], text + "0", text[6:], "x" * 70):
        with pytest.raises(SlipMistyped):
            backups.read_slip(wrong)


def test_conf_K5_a_slip_is_never_taken_for_a_recovery_key_nor_the_reverse():
    """Even over the same secret the check letters differ from the first group on."""
    secret = bytes(range(32))
    with pytest.raises(RecoveryMistyped):
        recovery_secret(backups.Slip(1, secret).text())
    for at in range(2):
        with pytest.raises(SlipMistyped) as told:
            backups.read_slip("-".join([*["00000"] * at, recovery_text(secret)]))
        assert told.value.facts["group"] == 1


def test_dec_12_a_set_wants_the_recovery_key_and_the_slip_of_its_epoch(office, paper, tmp_path, recovery):
    """Another slip, another key, another instance's slip: refused with its own sentence, and nothing is left behind."""
    made = create(office, tmp_path / "set")
    slip = slip_of(office)
    stranger = recovery_text(bytes(32))
    for key, given, error in (
        (recovery, backups.Slip(2, slip.secret), WrongSlip), (recovery, backups.Slip(1, bytes(32)), SealBroken),
        (stranger, slip, WrongKey), ("0", slip, RecoveryMistyped),
    ):  # fmt: skip
        with pytest.raises(error):
            backups.restore(made.folder, tmp_path / "back", backups.Kit(key, given), PORTS)
        assert not (tmp_path / "back").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(NotEmpty):
        restored(office, made.folder, tmp_path / "full", recovery)
    for empty in (tmp_path / "nothing", office.home):
        with pytest.raises(NotABackup):
            restored(office, empty, tmp_path / "back", recovery)


def test_rel_I3_every_changed_byte_of_a_pack_is_refused_and_so_is_the_pack_of_another_set(
    office, paper, tmp_path
):
    """Header, chunks and end are bound to instance, set and epoch."""
    one, two = create(office, tmp_path / "one"), create(office, tmp_path / "two")
    path, slip = one.folder / pack.NAME, slip_of(office)
    whole = path.read_bytes()
    for at in range(0, len(whole), 23):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises((SealBroken, NotABackup, WrongSlip)):
            list(backups.open_pack(one.folder, slip))
    for cut in (whole[:-1], whole[:60], whole + b"x", b"", whole[:59]):
        path.write_bytes(cut)
        with pytest.raises((SealBroken, NotABackup)):
            list(backups.open_pack(one.folder, slip))
    path.write_bytes(whole)
    assert (
        packed(one.folder, slip) == packed(two.folder, slip)
        and (two.folder / pack.NAME).read_bytes() != whole
    )


def test_rel_I1_a_changed_or_missing_file_of_a_set_is_named_when_it_is_brought_back(
    office, paper, tmp_path, recovery
):
    """Every file, one at a time; an older pack of the same set put back is refused by the signed manifest."""
    made = create(office, tmp_path / "set")
    files = sorted(
        path
        for path in (tmp_path / "set").rglob("*")
        if path.is_file() and path.name not in {"format", "pool"}
    )
    for path in files:
        whole = path.read_bytes()
        path.write_bytes(whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:])
        with pytest.raises((Damaged, NotABackup, DatabaseDamaged)):
            restored(office, made.folder, tmp_path / "back", recovery)
        path.unlink()
        with pytest.raises((Damaged, NotABackup, StorageFailed)):
            restored(office, made.folder, tmp_path / "back", recovery)
        path.write_bytes(whole)
        assert not (tmp_path / "back").exists()
    old = (made.folder / pack.NAME).read_bytes()
    refresh(office)
    (made.folder / pack.NAME).write_bytes(old)
    with pytest.raises(NotABackup):
        restored(office, made.folder, tmp_path / "back", recovery)


def test_rel_I1_a_manifest_signed_by_somebody_else_is_none(office, tmp_path, recovery):
    """Another key may sign whatever it likes; the set is out of reach, and nothing of it is given up for that."""
    made = create(office, tmp_path / "set")
    said = manifest.read(made.folder)
    manifest.write(made.folder, said, audit.signer(bytes(32)))
    with pytest.raises(NotABackup):
        restored(office, made.folder, tmp_path / "back", recovery)
    assert refresh(office).pending == [made.number]
    assert (made.folder / pack.NAME).exists()


# --- after a destruction --------------------------------------------------------------------------


def test_rel_K2_a_refreshed_pack_has_no_key_that_was_dropped_and_the_old_bytes_are_gone(
    office, paper, tmp_path, recovery
):
    """The set opens without the dropped key, every other key is there, and the file it replaced was blanked."""
    made = create(office, tmp_path / "set")
    slip = slip_of(office)
    os.link(made.folder / pack.NAME, tmp_path / "old")
    before = packed(made.folder, slip)
    office.instance.keys.drop_keys([paper])

    assert refresh(office) == backups.Refreshed([made.number], [])
    assert packed(made.folder, slip) == before - {paper}
    assert set((tmp_path / "old").read_bytes()) == {0}
    back = restored(office, made.folder, tmp_path / "back", recovery)
    with Keyring.unlock(back, recovery=recovery) as ring, pytest.raises(KeyGone):
        ring.open(paper, "card|1", b"")


def test_rel_K2_witness_without_a_new_pack_the_dropped_key_is_still_there(office, paper, tmp_path):
    """Destroying in the live keystore alone does not reach a set; and what is not blanked stays readable."""
    made = create(office, tmp_path / "set")
    os.link(made.folder / pack.NAME, tmp_path / "old")
    office.instance.keys.drop_keys([paper])
    assert paper in packed(made.folder, slip_of(office))
    blank, rewriting.sets.blank = sets.blank, lambda _: None
    try:
        refresh(office)
    finally:
        rewriting.sets.blank = blank
    assert (tmp_path / "old").read_bytes().startswith(pack.MAGIC)


def test_rel_K3_a_set_out_of_reach_is_pending_until_it_comes_back(office, paper, tmp_path):
    """Named as pending; the rounds' credential catches up; another folder at its place is not taken for it."""
    made, other = create(office, tmp_path / "set"), create(office, tmp_path / "other")
    slip = slip_of(office)
    made.folder.rename(tmp_path / "away")
    shutil.copytree(other.folder, made.folder)
    office.instance.keys.drop_keys([paper])

    assert refresh(office) == backups.Refreshed([other.number], [made.number])
    assert state_of(office, made.number) is BackupState.PENDING
    assert catch_up(office).pending == [made.number]
    shutil.rmtree(made.folder)
    assert catch_up(office).pending == [made.number]
    (tmp_path / "away").rename(made.folder)
    assert paper in packed(made.folder, slip)
    assert backups.catch_up(office.instance, SYSTEM) == backups.Refreshed([made.number], [])
    assert paper not in packed(made.folder, slip) and state_of(office, made.number) is BackupState.CURRENT
    assert catch_up(office) == backups.Refreshed([], [])


@pytest.mark.parametrize("name", [pack.NAME, f".{pack.NAME}.part"])
def test_rel_B4_a_link_left_on_a_foreign_disk_never_blanks_what_it_leads_to(
    office, tmp_path, monkeypatch, name
):
    """A pack replaced by a link to the live keystore: the set is out of reach, the keystore stays as it is.

    Witness: opened as the link says, the file it leads to is blank.
    """
    made = create(office, tmp_path / "set")
    victim = tmp_path / "victim"
    shutil.copyfile(keystore_path(office.home), victim)
    before = victim.read_bytes()
    (made.folder / name).unlink(missing_ok=True)
    (made.folder / name).symlink_to(victim)

    assert refresh(office).pending == [made.number]
    with pytest.raises(StorageFailed):
        rekey(office)
    with pytest.raises(StorageFailed):
        sets.wipe(made.folder)
    assert victim.read_bytes() == before

    monkeypatch.setattr(sets, "own_file", lambda path: os.open(path, os.O_RDWR))
    sets.wipe(made.folder)
    assert set(victim.read_bytes()) == {0}


def test_rel_K3_a_finished_set_whose_manifest_is_damaged_keeps_its_pack_and_is_pending(
    office, paper, tmp_path
):
    """One flipped letter costs no backup: it is named as pending, and caught up once the manifest is whole again."""
    made = create(office, tmp_path / "set")
    whole = (made.folder / manifest.NAME).read_bytes()
    (made.folder / manifest.NAME).write_bytes(whole.replace(b"keys.pack", b"keys.pakk"))
    office.instance.keys.drop_keys([paper])

    assert refresh(office) == backups.Refreshed([], [made.number])
    assert (made.folder / pack.NAME).exists() and state_of(office, made.number) is BackupState.PENDING
    (made.folder / manifest.NAME).write_bytes(whole)
    assert catch_up(office).current == [made.number]
    assert paper not in packed(made.folder, slip_of(office))


@pytest.mark.parametrize(
    "name", ["backups.chunk", "backups.before_fsync", "backups.after_rename", "backups.pack_written"]
)
@pytest.mark.parametrize("effect", ["eio", "enospc"])
def test_rel_B4_a_pack_that_cannot_be_written_leaves_the_set_usable_and_pending(
    office, paper, tmp_path, recovery, name, effect
):
    """The old pack or the new one, with a manifest that fits; the next look writes it."""
    made = create(office, tmp_path / "set")
    office.instance.keys.drop_keys([paper])
    with armed(f"{name}:1:{effect}"):
        assert refresh(office).pending == [made.number]
    assert restored(office, made.folder, tmp_path / "back", recovery).exists()
    assert catch_up(office).current == [made.number]
    assert paper not in packed(made.folder, slip_of(office))
    assert {path.name for path in made.folder.iterdir()} == OWN


def test_rel_X4_no_pack_with_a_dropped_key_is_finished_after_the_sets_were_gone_through(
    office, paper, tmp_path, monkeypatch
):
    """Whoever writes packs holds a lock: a second one waits, and says who is missing after its patience."""
    monkeypatch.setattr(packkeys, "PATIENCE", 0.1)
    create(office, tmp_path / "set")
    with office.instance.keys.packing("x"):
        for attempt in (
            lambda: refresh(office), lambda: catch_up(office), lambda: rekey(office),
            lambda: create(office, tmp_path / "new"),
        ):  # fmt: skip
            with pytest.raises(Busy):
                attempt()
    assert not (tmp_path / "new" / pack.NAME).exists()


def test_rel_X4_a_set_made_while_a_record_is_destroyed_never_keeps_its_key(office, paper, tmp_path):
    """Five rounds of making a set against dropping a key and going through the sets."""
    uids = filed(office, "WS·BG", 5)
    for turn, uid in enumerate(uids):
        folder = tmp_path / f"set{turn}"
        making = threading.Thread(target=create, args=(office, folder))
        making.start()
        office.instance.keys.drop_keys([uid])
        refresh(office)
        making.join()
        (made,) = folder.glob("BF*")
        assert uid not in packed(made, slip_of(office)), turn


def test_a_refresh_is_judged_and_logged_for_each_set(office, tmp_path):
    """Who may not destroy may not rewrite packs on that ground; each set leaves its line."""
    made = create(office, tmp_path / "set")
    before = (made.folder / pack.NAME).read_bytes()
    with pytest.raises(Refused):
        refresh(office, who="staff")
    assert (made.folder / pack.NAME).read_bytes() == before
    refresh(office)
    with office.ask("auditor") as unit:
        rows = unit.session.scalars(select(Event).where(Event.object_code == made.number)).all()
    assert (Act.DESTRUCTION_EXECUTE, "done") in {(Act(one.act), one.outcome) for one in rows}
    assert (made.folder / pack.NAME).read_bytes() != before


# --- epochs ---------------------------------------------------------------------------------------


def test_rel_K3_a_new_epoch_ends_what_was_out_of_reach_and_re_keys_the_rest(
    office, paper, tmp_path, recovery
):
    """The set in the drawer opens with nothing that is left: no live secret, no new slip; the other one does."""
    (other,) = filed(office, "WS·BG", 1)
    near, far = create(office, tmp_path / "near"), create(office, tmp_path / "far")
    old = slip_of(office)
    far.folder.rename(tmp_path / "drawer")
    office.instance.keys.drop_keys([paper])
    refresh(office)
    made = rekey(office)
    fresh = backups.read_slip(made.slip)

    assert (made.epoch, made.current, made.dead, fresh.epoch) == (2, [near.number], [far.number], 2)
    assert state_of(office, far.number) is BackupState.DEAD
    assert packed(near.folder, fresh) == {other}
    for slip, error in ((fresh, WrongSlip), (backups.Slip(1, fresh.secret), SealBroken)):
        with pytest.raises(error):
            restored(office, tmp_path / "drawer", tmp_path / "back", recovery, slip)
    with pytest.raises(WrongSlip):
        list(backups.open_pack(near.folder, old))
    with pytest.raises(EpochGone):
        office.instance.keys.pack_secret(1)
    assert paper in packed(
        tmp_path / "drawer", old
    )  # which is why the holder is told to destroy the old slip


def test_rel_K3_the_old_secret_leaves_the_keystore_without_a_trace(office, tmp_path):
    """Neither its wrapping nor any part of it is in the file afterwards; before, it is."""
    create(office, tmp_path / "set")
    path = keystore_path(office.home)
    with office.instance.keys._store.reading():
        wrapped = office.instance.keys._store.pack_epoch(1)
    assert wrapped in path.read_bytes()
    rekey(office)
    left = path.read_bytes()
    assert not [at for at in range(0, len(wrapped) - 8, 4) if wrapped[at : at + 8] in left]


def test_rel_K3_witness_an_epoch_that_is_not_retired_still_opens_the_set_in_the_drawer(
    office, paper, tmp_path, monkeypatch
):
    """With the old secret kept, the live keystore opens what was declared dead."""
    far = create(office, tmp_path / "far")
    far.folder.rename(tmp_path / "drawer")
    office.instance.keys.drop_keys([paper])
    monkeypatch.setattr(Keystore, "retire_pack_epochs", lambda _: 0)
    rekey(office)
    kept = backups.Slip(1, office.instance.keys.pack_secret(1))
    assert paper in packed(tmp_path / "drawer", kept)


@pytest.mark.parametrize("name", ["backups.epoch_made", "backups.pack_written", "backups.epoch_retired"])
@pytest.mark.parametrize("effect", ["eio", "enospc"])
def test_rel_K1_a_new_epoch_that_was_interrupted_is_taken_up(office, paper, tmp_path, recovery, name, effect):
    """At every step the set can be brought back with one of both slips, and a second run finishes."""
    made = create(office, tmp_path / "set")
    slips = [slip_of(office)]
    with armed(f"{name}:1:{effect}"), pytest.raises((StorageFailed, DiskFull)):
        rekey(office)
    slips.append(slip_of(office))
    fitting = [one for one in slips if one.epoch == pack.pack_header(made.folder / pack.NAME).epoch]
    assert restored(office, made.folder, tmp_path / "back", recovery, fitting[-1]).exists()
    done = rekey(office)
    assert office.instance.keys.pack_epochs() == [done.epoch]
    assert (done.current, done.dead) == ([made.number], [])
    assert restored(office, made.folder, tmp_path / "again", recovery).exists()


def test_rel_K1_an_interrupted_epoch_that_left_two_is_not_begun_a_third_time(office, tmp_path):
    """Taken up, not begun anew: the second run ends with the epoch the first one made."""
    create(office, tmp_path / "set")
    with armed("backups.pack_written:1:eio"), pytest.raises(StorageFailed):
        rekey(office)
    assert office.instance.keys.pack_epochs() == [1, 2]
    assert rekey(office).epoch == 2


def test_rel_K3_a_set_in_reach_that_cannot_be_written_is_not_given_up(office, tmp_path, recovery):
    """A full disk at the wrong moment must not cost a backup: nothing is dead, the old epoch stands."""
    made = create(office, tmp_path / "set")
    with armed("backups.chunk:1:enospc"), pytest.raises(DiskFull):
        rekey(office)
    assert state_of(office, made.number) is BackupState.CURRENT
    assert restored(
        office, made.folder, tmp_path / "back", recovery, backups.Slip(1, office.instance.keys.pack_secret(1))
    )


# --- forgetting -----------------------------------------------------------------------------------


def test_a_forgotten_set_is_ciphertext_for_everybody(office, paper, tmp_path, recovery):
    """Its pack is blanked and gone; kept in the register, shown only when asked for; not twice."""
    made = create(office, tmp_path / "set")
    os.link(made.folder / pack.NAME, tmp_path / "old")
    backups.forget(office.instance, office.who("admin"), made.number, reason="硬盘报废")

    assert set((tmp_path / "old").read_bytes()) == {0} and not (made.folder / pack.NAME).exists()
    with pytest.raises(NotABackup):
        restored(office, made.folder, tmp_path / "back", recovery)
    with office.ask("admin", Act.BACKUP_SEE) as unit:
        (line,) = backups.listing(unit, every=True)
        assert sets.told(unit, sets.one(unit, made.number))["reason"] == "硬盘报废"
    assert (line.state, alive(office)) == (BackupState.FORGOTTEN, [])
    with pytest.raises(WrongState):
        backups.forget(office.instance, office.who("admin"), made.number, reason="x")
    with pytest.raises(NotFound):
        backups.forget(office.instance, office.who("admin"), "BF2026-09999", reason="x")


def test_rel_K3_a_set_that_may_hold_destroyed_keys_is_not_forgotten(office, paper, tmp_path):
    """Pending, or out of reach with its pack unwiped: refused; dead: forgotten."""
    made = create(office, tmp_path / "set")
    made.folder.rename(tmp_path / "away")
    admin = office.who("admin")
    with pytest.raises(SetOutOfReach):
        backups.forget(office.instance, admin, made.number, reason="x")
    refresh(office)
    with pytest.raises(SetPending):
        backups.forget(office.instance, admin, made.number, reason="x")
    rekey(office)
    backups.forget(office.instance, admin, made.number, reason="找不到了")
    assert state_of(office, made.number) is BackupState.FORGOTTEN


# --- keystore, doctor -----------------------------------------------------------------------------


def test_keys_a_keystore_brought_back_from_rows_opens_what_it_did(tmp_path):
    """Also half-way through a rotation; its epochs are not among the rows."""
    with a_ring(tmp_path / "a") as ring:
        ring.new_keys([f"r{n}" for n in range(700)], "HT")
        sealed = ring.seal("r1", "t", b"words")
        ring.pack_epoch()
        with armed("keys.rotate.batch:1:eio"), pytest.raises(OSError):
            ring.rotate()
        rows = list(ring.pack_rows())
    assert {one[0] for one in rows} == {"meta", "slot", "kek", "dek", "rotation"}
    bring_back(tmp_path / "b", rows)
    with again(tmp_path / "b") as back:
        assert back.verify() == 700 and back.open("r1", "t", sealed) == b"words" and back.pack_epochs() == []
        assert back.rotate() == 700
    with pytest.raises(NotEmpty):
        bring_back(tmp_path / "b", rows)


@pytest.mark.parametrize("wrong", [["nowhere", 1], ["dek", "r1"], ["meta; DROP TABLE dek", "a", "b"], []])
def test_keys_rows_that_are_none_are_refused_and_no_keystore_is_left(tmp_path, wrong):
    """A pack is only opened with the right secret, and even then its rows must fit."""
    with pytest.raises((DatabaseDamaged, ValueError)):
        bring_back(tmp_path / "c", [wrong])
    assert not keystore_path(tmp_path / "c").exists()


def test_keys_a_keystore_of_format_two_gets_its_table_of_epochs(tmp_path):
    """Brought up when it is opened; nothing else changes."""
    with a_ring(tmp_path / "a") as ring:
        ring.new_keys(["r1"], "HT")
    with sqlite3.connect(keystore_path(tmp_path / "a")) as raw:
        raw.execute("DROP TABLE pack_epoch")
        raw.execute("UPDATE meta SET value = 2 WHERE name = 'format'")
    raw.close()
    with again(tmp_path / "a") as ring:
        assert ring.pack_epoch() == 1 and ring.has_key("r1") and ring._store._format() == FORMAT == 3


def test_keys_an_epoch_secret_is_bound_to_its_number(tmp_path):
    """Rows exchanged between epochs do not open."""
    with a_ring(tmp_path / "a", cost=CHEAP) as ring:
        ring.pack_epoch()
        ring.next_pack_epoch()
        ring._store._db.execute(
            "UPDATE pack_epoch SET wrapped = (SELECT wrapped FROM pack_epoch WHERE number = 1)"
        )
        with pytest.raises(SealBroken):
            ring.pack_secret(2)
        assert len(ring.pack_secret(1)) == 32


def test_doctor_tells_the_age_of_the_newest_set_and_which_are_pending(office, tmp_path):
    """None, a fresh one, an old one, a pending one."""

    def told():
        with office.ask("admin", Act.INSTANCE_INSPECT) as unit:
            found = {one.name: one for one in inspection.inside(unit)}
        return found["backup"].state.value, found["backup-pending"].state.value, found["backup-pending"].fact

    assert told() == ("warn", "ok", "0")
    made = create(office, tmp_path / "set")
    assert told() == ("ok", "ok", "0")
    office.tick(days=9)
    assert told()[0] == "warn"
    made.folder.rename(tmp_path / "away")
    refresh(office)
    assert told() == ("warn", "warn", made.number)


def test_a_set_is_listed_for_who_may_know_of_it(office, tmp_path):
    """Keepers, administrator and auditor; nobody else."""
    create(office, tmp_path / "set")
    for who in ("admin", "archivist", "secretary", "auditor"):
        with office.ask(who, Act.BACKUP_SEE) as unit:
            assert len(backups.listing(unit)) == 1
    for who in ("staff", "clerk", "gm"):
        with pytest.raises(Refused), office.ask(who, Act.BACKUP_SEE) as unit:
            backups.listing(unit)
