"""Carrying a destruction out: what stays, what is gone, and that nothing is half gone without saying so (V18-V21, K1)."""

import pytest
from sqlalchemy import select

from archive import erasing, logbook, objects, upkeep
from archive.acts import Act
from archive.errors import (
    ArchiveError,
    Busy,
    GateClosed,
    KeyGone,
    NotFound,
    NothingToDestroy,
    Refused,
    StillThere,
    StorageFailed,
    WrongState,
)
from archive.faults import POINTS, armed
from archive.instance import SYSTEM
from archive.model import Blob, DestructionLine, Event, Volume
from archive.ports import Ports
from archive.recordkeys import RecordKeys
from archive.statuses import DestructionState, DestructionStep
from archive.values import VolumeState
from archive.vault import Vault
from indexer.copies import Copies
from retention.clockwork import Clockwork
from retention.destroying import destruction, execution, signing
from retention.holding import placing
from tests.retention.letting_go import (
    appraised,
    begun,
    contract,
    destroyed,
    letters,
    line_of,
    rows,
    states,
    steps,
)

DONE, GOING, LISTED = DestructionStep.DESTROYED, DestructionStep.DESTROYING, DestructionStep.LISTED
GONE = VolumeState.DESTROYED
#: What a destruction passes on its way, and what it passes of the stores.
PASSED = (
    *sorted(name for name in POINTS if name.startswith("destroy.")),
    "keys.drop.inside", "keys.drop.committed", "keys.scrubbed", "vault.discarded", "db.before_commit",
)  # fmt: skip


def run(office, number, who="archivist", **given):
    return execution.execute(office.instance, office.who(who), number, **given)


def state_of(office, number):
    with office.ask("archivist") as unit:
        return destruction.one(unit, number).state


def held(office, uid):
    """A hold on a record."""
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="诉讼", records=[uid])


def stored(office):
    """The names of the files in the vault."""
    return set(office.instance.vault.walk())


# --- what stays, what goes ------------------------------------------------------------------------


def test_inv_V19_of_a_destroyed_record_code_class_and_an_allowed_title_stay_and_nothing_else(office):
    """Title of a plain paper stays; creator, note, place, keys and stored file are gone; the list says so."""
    (uid,) = letters(office, 1, text="正文之{n}")
    before = rows(office)[uid]
    assert len(stored(office)) == 1
    number = destroyed(office, [uid])

    after = rows(office)[uid]
    with office.ask("archivist") as unit:
        card = unit.card(after)
    assert (after.state, after.place_uid, after.reference_code) == (GONE, None, before.reference_code)
    assert (card.title, card.creator, card.note, dict(card.fields)) == ("停车场例会纪要1", "", "", {})
    assert not office.instance.keys.has_key(uid)
    with pytest.raises(KeyGone):
        office.instance.keys.open(uid, f"card|{before.version}", before.card)
    assert stored(office) - {name for name in stored(office) if name in _register(office)} == set()
    line = line_of(office, uid)
    assert (line.step, line.keys, line.destroyed_at) == (DONE, 1, office.now)
    assert state_of(office, number) is DestructionState.DESTROYED


def _register(office):
    """The names of the files that no destroyed record has."""
    with office.ask("archivist") as unit:
        return {objects.blob_ref(b).name for b in unit.session.scalars(select(Blob)) if b.erased_at is None}


def test_inv_V19_a_personal_volume_leaves_no_title_nor_do_the_papers_in_it(office):
    """题名略 in place of every title; volume and papers lose a key each (decision 10)."""
    uid = contract(office, 3, class_code="FW·03")
    destroyed(office, [uid])

    volume = rows(office, Volume)[uid]
    papers = [item for item in rows(office).values() if item.volume_uid == uid]
    with office.ask("archivist") as unit:
        titles = {card.title for card in unit.cards([volume, *papers])}
    assert titles == {"题名略"}
    assert {record.state for record in (volume, *papers)} == {GONE}
    assert line_of(office, uid).keys == 4
    assert office.instance.keys.keys_held([volume.uid, *(one.uid for one in papers)]) == frozenset()


def test_rel_K1_a_file_two_records_share_goes_with_the_last_of_them(office):
    """The other still reads it; the same bytes filed anew are a new file; only the last destruction removes it."""
    first, second = letters(office, 2, text="同一份附件")
    destroyed(office, [first])
    with office.ask("archivist") as unit:
        (kept,) = objects.contents(unit, unit.item(second))
        assert objects.read(unit, kept).decode() == "同一份附件"
        name = objects.ref(unit, kept).name
    assert name in stored(office)

    destroyed(office, [second])
    assert name not in stored(office)
    (third,) = letters(office, 1, text="同一份附件", title="再收")
    with office.ask("archivist") as unit:
        (anew,) = objects.contents(unit, unit.item(third))
        assert objects.read(unit, anew).decode() == "同一份附件"
        assert objects.ref(unit, anew).name != name


def test_rel_K1_no_page_of_the_keystore_holds_a_dropped_key(office):
    """The wrapped key is searched for byte by byte; as a witness it is found there before."""
    uids = letters(office, 3)
    store = office.instance.keys._store
    with store.reading():
        wrapped = [row.wrapped for row in store.deks(uids)]
    path = store.path
    assert all(key in path.read_bytes() for key in wrapped)
    destroyed(office, uids[:2])
    found = [key in path.read_bytes() for key in wrapped]
    with store.reading():
        left = {row.uid for row in store.deks(uids)}
    assert left == {uids[2]}
    assert sum(found) == 1


def test_inv_V20_the_register_is_filed_for_ever_and_the_list_names_it(office):
    """An item of WS·DA, permanent, made by who carried the list out."""
    number = destroyed(office, letters(office, 2))
    with office.ask("archivist") as unit:
        made = destruction.one(unit, number)
        filed = unit.item(made.register_uid)
        assert (filed.class_code, filed.period) == ("WS·DA", "Y")
        assert (made.live_on, made.all_on) == (unit.today, unit.today)


def test_rel_A7_the_chain_verifies_after_a_hundred_records_and_names_each_of_them(office):
    """One line for each record, no gap, no words; what was sealed in older lines opens no more."""
    uids = letters(office, 100)
    destroyed(office, uids)
    with office.work("auditor", Act.AUDIT_VERIFY) as unit:
        assert logbook.verify(unit).sound
        lines = unit.session.scalars(
            select(Event).where(Event.act == Act.DESTRUCTION_EXECUTE, Event.object_uid.in_(uids))
        )
        named = [line.object_uid for line in lines]
    assert sorted(named) == sorted(uids)


def test_inv_V18_a_destroyed_record_is_destroyed_for_good(office):
    """It cannot be edited, moved, listed again or attached to; the schema lets nobody lead it back."""
    (uid,) = letters(office, 1)
    destroyed(office, [uid])
    with pytest.raises(WrongState), office.work("archivist", Act.ITEM_ATTACH) as unit:
        objects.attach(unit, uid, b"x", name="x.txt")
    appraised(office, [uid])
    with pytest.raises(ArchiveError), office.work("archivist", Act.DESTRUCTION_DRAFT) as unit:
        destruction.draft(unit, reason="再来一次", codes=[uid])
    with pytest.raises(Exception, match="gone for good"), office.work("archivist", Act.ITEM_EDIT) as unit:
        unit.act(Act.ITEM_EDIT)
        unit.item(uid).state = VolumeState.HELD
        unit.session.flush()
    assert states(office, [uid]) == {GONE}


# --- the gate again -------------------------------------------------------------------------------


def test_req_R54_nothing_is_destroyed_before_both_supervisors_have_signed(office):
    """Also where nothing was on paper; the refusal is in the log and nothing has changed (K4)."""
    uids = letters(office, 2)
    number = begun(office, uids, confirmed=False)
    with pytest.raises(GateClosed):
        run(office, number)
    with office.work("manager", Act.DESTRUCTION_CONFIRM) as unit:
        signing.confirm(unit, number, place="碎纸房")
    with pytest.raises(GateClosed):
        run(office, number)
    assert states(office, uids) == {VolumeState.DUE}
    assert steps(office, number) == [LISTED, LISTED]
    assert office.instance.keys.keys_held(uids) == frozenset(uids)
    with office.ask("auditor") as unit:
        told = unit.session.scalars(select(Event.outcome).where(Event.act == Act.DESTRUCTION_EXECUTE))
        assert list(told) == ["gate-closed", "gate-closed"]


def test_rel_X3_what_is_held_while_the_others_go_stays_and_is_said(office, monkeypatch):
    """The gate is asked again for every batch: the record held meanwhile stops the rest, what was begun is finished."""
    monkeypatch.setattr(execution, "BATCH", 1)
    uids = letters(office, 3)
    number = begun(office, uids)
    order = [line.record_uid for line in _lines(office, number)]
    seen = []

    def meanwhile(done, todo):
        seen.append((done, todo))
        if len(seen) == 1:
            held(office, order[1])

    with pytest.raises(GateClosed):
        run(office, number, progress=meanwhile)
    assert steps(office, number) == [DONE, LISTED, LISTED]
    assert states(office, order[1:]) == {VolumeState.DUE}
    assert office.instance.keys.keys_held(order) == frozenset(order[1:])
    assert state_of(office, number) is DestructionState.BEGUN
    assert seen[-1][1] == 6

    with office.work("archivist", Act.DESTRUCTION_PULL) as unit:
        destruction.pull(unit, number, [order[1]], reason="诉讼冻结")
    done = run(office, number)
    assert (done.lines, done.state) == (2, DestructionState.DESTROYED)
    assert states(office, [order[1]]) == {VolumeState.HELD}


def _lines(office, number):
    with office.ask("archivist") as unit:
        return destruction.lines(unit, destruction.one(unit, number))


def test_rel_X3_witness_without_asking_again_the_schema_itself_refuses(office, monkeypatch):
    """A program that forgets the gate is stopped by the trigger: nothing of the batch is destroyed."""
    uids = letters(office, 2)
    number = begun(office, uids)
    held(office, uids[0])
    monkeypatch.setattr(execution.gate, "demand", lambda *_, **__: None)
    monkeypatch.setattr(execution, "_still_may", lambda *_: None)
    with pytest.raises(Exception, match="is held"):
        run(office, number)
    assert states(office, uids) == {VolumeState.DUE}
    assert steps(office, number) == [LISTED, LISTED]


@pytest.mark.parametrize(("who", "wanted"), [("staff", Refused), ("gm", Refused), ("admin", ArchiveError)])
def test_inv_V18_only_who_keeps_the_archive_carries_it_out(office, who, wanted):
    """Neither who approved nor who keeps the machine."""
    uids = letters(office, 1)
    number = begun(office, uids)
    with pytest.raises(wanted):
        run(office, number, who)
    assert states(office, uids) == {VolumeState.DUE}


def test_inv_V18_a_supervisor_does_not_carry_out_what_he_witnessed(office):
    """The secretary may destroy, but not on this list: she signed as a supervisor."""
    uids = letters(office, 1)
    number = begun(office, uids)
    with pytest.raises(GateClosed):
        run(office, number, "secretary")
    assert steps(office, number) == [LISTED]


def test_what_is_no_list_or_not_that_far_is_refused_and_nothing_changes(office):
    """Unknown numbers, drafts, approved lists, empty and finished ones."""
    uids = letters(office, 3)
    for number in ("XH2026-9999", "", "'; DROP TABLE item", "销毁"):
        with pytest.raises(NotFound):
            run(office, number)
    appraised(office, uids)
    with office.work("archivist", Act.DESTRUCTION_DRAFT) as unit:
        draft = destruction.draft(unit, reason="期满", codes=uids[:1]).number
    with pytest.raises(WrongState):
        run(office, draft)
    number = begun(office, uids[1:], confirmed=False)
    with office.work("archivist", Act.DESTRUCTION_PULL) as unit:
        destruction.pull(unit, number, uids[1:], reason="遗失")
    with pytest.raises(NothingToDestroy):
        run(office, number)
    assert office.instance.keys.keys_held(uids) == frozenset(uids)


def test_a_list_that_is_destroyed_is_not_destroyed_again(office):
    """Wrong state; the certificate is as it was."""
    number = destroyed(office, letters(office, 1))
    with office.ask("archivist") as unit:
        before = destruction.one(unit, number).certificate
    with pytest.raises(WrongState):
        run(office, number)
    with office.ask("archivist") as unit:
        assert destruction.one(unit, number).certificate == before


# --- half done ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PASSED)
def test_rel_K1_whatever_fails_is_finished_by_the_next_start(office, name):
    """A disk error at each place: nothing claims to be destroyed that is not; `resume` ends it, and says how much."""
    uids = [*letters(office, 3, text="正文{n}"), contract(office)]
    number = begun(office, uids)
    nth = 2 if name == "db.before_commit" else 1  # the first commit is the gate's
    with pytest.raises((OSError, StorageFailed)), armed(f"{name}:{nth}:eio"):
        run(office, number)
    _nothing_is_said_that_is_not_so(office, uids)

    if name == "db.before_commit":  # nothing was marked: only a person goes on
        assert execution.resume(office.instance, SYSTEM) == 0
        assert set(steps(office, number)) == {LISTED}
        run(office, number)
    else:
        execution.resume(office.instance, SYSTEM)
    _nothing_is_said_that_is_not_so(office, uids)
    assert set(steps(office, number)) == {DONE}
    assert state_of(office, number) is DestructionState.DESTROYED
    assert execution.resume(office.instance, SYSTEM) == 0
    assert erasing.unfinished(office.instance) == []


def _nothing_is_said_that_is_not_so(office, uids):
    """DESTROYED means no key, no file, nothing in the index; a key gone means the record says so."""
    for uid in uids:
        line = line_of(office, uid)
        with office.ask("archivist") as unit:
            whole = erasing.papers(unit, [uid])[uid]
            left = erasing.traces(unit, [uid])
        keys = office.instance.keys.keys_held(whole)
        if line.step is DONE:
            assert erasing.remaining(office.instance, left) == []
            assert Copies().remaining(office.instance, whole) == []
        if keys != frozenset(whole):
            assert states(office, whole) == {GONE}


def test_rel_D2_a_full_disk_leaves_a_list_that_goes_on_when_there_is_room(office):
    """DiskFull is told; the same command goes on afterwards."""
    number = begun(office, letters(office, 2, text="正文{n}"))
    with pytest.raises(ArchiveError), armed("destroy.blobs_gone:1:enospc"):
        run(office, number)
    assert set(steps(office, number)) == {GOING}
    assert run(office, number).lines == 2


def test_inv_V20_what_the_clock_closes_is_registered_by_the_next_keeper(office):
    """The clock files no papers: the list is closed and certified, and `execute` files its register, once."""
    number = begun(office, letters(office, 1))
    with pytest.raises(OSError), armed("destroy.before_close:1:eio"):
        run(office, number)
    execution.resume(office.instance, SYSTEM)
    with office.ask("archivist") as unit:
        made = destruction.one(unit, number)
        assert (made.state, made.register_uid, bool(made.certificate)) == (
            DestructionState.DESTROYED, None, True,
        )  # fmt: skip
    run(office, number)
    with office.ask("archivist") as unit:
        assert unit.item(destruction.one(unit, number).register_uid).class_code == "WS·DA"
    with pytest.raises(WrongState):
        run(office, number)


def test_rel_X4_two_never_destroy_at_once(office):
    """The second is told who is busy; a start that finds the lock taken leaves the work to who has it."""
    number = begun(office, letters(office, 1))
    with pytest.raises(OSError), armed("destroy.marked:1:eio"):
        run(office, number)
    with erasing.alone(office.instance):
        with pytest.raises(Busy):
            run(office, number)
        assert execution.resume(office.instance, SYSTEM) == 0
        assert steps(office, number) == [GOING]
    assert execution.resume(office.instance, SYSTEM) == 1


# --- witnesses: a step that is left out is noticed ------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "name", "instead"),
    [
        (RecordKeys, "drop_keys", lambda *_: 0),
        (Vault, "discard", lambda *_: None),
    ],
)
def test_rel_K1_witness_a_destruction_that_leaves_keys_or_files_does_not_say_it_is_done(
    office, monkeypatch, owner, name, instead
):
    """Sabotaged, the run itself finds what is left; the lines stay as they are, and mended it goes on."""
    number = begun(office, letters(office, 2, text="正文{n}"))
    with monkeypatch.context() as broken:
        broken.setattr(owner, name, instead)
        with pytest.raises(StillThere):
            run(office, number)
    assert set(steps(office, number)) == {GOING}
    assert state_of(office, number) is DestructionState.BEGUN
    assert run(office, number).lines == 2


def test_inv_V19_witness_an_index_that_keeps_its_words_does_not_pass(office):
    """A port that purges nothing: `remaining` finds the records, so nothing is called destroyed."""
    from indexer import sync

    class Idle(Copies):
        def purge(self, instance, uids):
            pass

    number = begun(office, letters(office, 2, text="正文{n}"))
    sync.drain(office.instance)
    office.instance.ports = Ports(Clockwork(), Idle())
    with pytest.raises(StillThere):
        run(office, number)
    assert set(steps(office, number)) == {GOING}
    office.instance.ports = Ports(Clockwork(), Copies())
    assert execution.resume(office.instance, SYSTEM) == 2


# --- the keepers of the vault ---------------------------------------------------------------------


def test_inv_V19_the_checks_of_vault_and_keys_are_calm_about_what_is_gone(office):
    """No fault, no orphan, nothing read that is not there; a month later nothing is swept either."""
    uids = letters(office, 4, text="正文{n}")
    destroyed(office, uids[:2])
    office.tick(days=31)
    with office.work("archivist", Act.VAULT_VERIFY) as unit:
        report = objects.verify(unit)
    assert (report.faults, report.orphans, report.blobs) == ([], 0, 3)  # two texts and the register
    assert upkeep.rotate(office.instance, SYSTEM).faults == []
    with office.work("admin", Act.VAULT_SWEEP) as unit:
        swept = upkeep.sweep(unit, grace=0.0)
    assert (swept.keys, swept.blobs) == (0, 0)
    assert office.instance.keys.verify() == len(
        office.instance.keys.keys_held([*rows(office), *rows(office, Volume)])
    )
    assert office.instance.keys.keys_held(uids) == frozenset(uids[2:])


def test_inv_V19_a_file_that_came_back_is_swept_as_nobodys(office):
    """Copied back from somewhere, it cannot be opened, and the next sweep removes it."""
    (uid,) = letters(office, 1, text="正文{n}")
    (name,) = stored(office)
    path = office.instance.vault.folder / name
    copy = path.read_bytes()
    destroyed(office, [uid])
    path.write_bytes(copy)
    with office.work("admin", Act.VAULT_SWEEP) as unit:
        assert upkeep.sweep(unit, grace=-1.0).blobs == 1
    assert name not in stored(office)


def test_nothing_waits_to_be_read_of_what_is_gone(office):
    """Extraction and recognition pass a destroyed record by."""
    from indexer import sync, texts

    destroyed(office, letters(office, 2, text="正文{n}"))
    sync.drain(office.instance)
    with office.ask("archivist") as unit:
        assert texts.unread(unit) == 0
        assert unit.session.scalars(select(DestructionLine.step)).all() == [DONE, DONE]
