"""The end of a destruction: sets out of reach, new epochs, and when no copy opens any more (K2, K3, PIPL-47)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from archive import backups
from archive.acts import Act
from archive.errors import KeyGone, NotFound, Refused, StorageFailed, WrongSlip, WrongState
from archive.faults import armed
from archive.instance import SYSTEM
from archive.keys import Keyring
from archive.lives import DESTRUCTION
from archive.model import Event, Item
from archive.statuses import BackupState, DestructionState
from archive.values import Level
from retention.destroying import certificate, destruction, destruction_book, finalizing
from tests.archive.counter import counter as a_counter
from tests.archive.test_backup_commands import slip_in
from tests.conftest import PORTS, Office, opened
from tests.retention.letting_go import begun, destroyed, letters


@pytest.fixture
def recovery(template):
    """The recovery key of the template office."""
    return (template / "recovery").read_text()


@pytest.fixture
def drawer(office, tmp_path):
    """A set that was carried away before one of two records was destroyed; list, set, folder, both uids."""
    uids = letters(office, 2, text="正文之{n}")
    made = backups.create(office.instance, office.who("admin"), tmp_path / "set")
    made.folder.rename(tmp_path / "drawer")
    number = destroyed(office, uids[:1])
    return number, made, tmp_path / "drawer", uids


def finalize(office, number, who="archivist"):
    return finalizing.finalize(office.instance, office.who(who), number)


def the_list(office, number):
    with office.ask("archivist") as unit:
        return destruction.one(unit, number)


def certified(office, number):
    with office.ask("archivist", Act.DESTRUCTION_SEE) as unit:
        return certificate.show(unit, number)


def owed(office, number):
    """The sets that still hold keys of a list."""
    with office.ask("archivist", Act.DESTRUCTION_SEE) as unit:
        return [one.set_number for one in backups.undone(unit, destruction.one(unit, number).uid)]


def packed(folder, slip):
    return {one[1] for one in backups.open_pack(folder, slip) if one[0] == "dek"}


def test_rel_K3_the_certificate_names_the_set_that_was_away(office, drawer):
    """One date, not two: the copies are not destroyed while a set in a drawer opens."""
    number, made, folder, (gone, _) = drawer
    told = certified(office, number)

    assert (told.pending, told.all_on, told.live_on) == ((made.number,), None, office.now.date())
    assert owed(office, number) == [made.number]
    assert gone in packed(folder, backups.current_slip(office.instance.keys))  # the threat is real


def test_rel_K3_a_set_that_comes_back_closes_the_list_and_the_certificate_is_signed_anew(office, drawer):
    """Rewritten by the rounds' credential; the second date is the day it was."""
    number, made, folder, (gone, kept) = drawer
    slip = backups.current_slip(office.instance.keys)
    assert finalizing.settle(office.instance, SYSTEM) == 0
    office.tick(days=5)
    folder.rename(made.folder)
    told = finalizing.rounds(office.instance, SYSTEM)

    assert told.facts == {"sets_current": 1, "sets_pending": 0, "settled": 1, "sets_read": 1}
    assert {gone, kept} & packed(made.folder, slip) == {kept}
    assert (certified(office, number).pending, certified(office, number).all_on) == ((), office.now.date())
    assert the_list(office, number).state is DestructionState.DESTROYED and owed(office, number) == []
    assert finalizing.rounds(office.instance, SYSTEM).facts["settled"] == 0


def test_rel_K3_after_finalize_the_set_in_the_drawer_opens_nothing(office, drawer, tmp_path, recovery):
    """Neither with recovery key and new slip, nor with anything the live keystore yields; a new set opens."""
    number, made, folder, (gone, kept) = drawer
    near = backups.create(office.instance, office.who("admin"), tmp_path / "near")
    slip = backups.read_slip(finalize(office, number))

    assert slip.epoch == 2 and office.instance.keys.pack_epochs() == [2]
    with pytest.raises(WrongSlip):
        backups.restore(folder, tmp_path / "back", backups.Kit(recovery, slip), PORTS)
    assert (the_list(office, number).state, certified(office, number).pending) == (DestructionState.FINAL, ())
    assert certified(office, number).all_on == office.now.date()
    with office.ask("admin", Act.BACKUP_SEE) as unit:
        states = {one.number: one.state for one in backups.listing(unit)}
    assert states == {made.number: BackupState.DEAD, near.number: BackupState.CURRENT}
    kit = backups.Kit(recovery, slip)
    back = backups.restore(near.folder, tmp_path / "back", kit, PORTS, clock=lambda: office.now).folder
    with Keyring.unlock(back, recovery=recovery) as keys:
        assert keys.has_key(kept)
        with pytest.raises(KeyGone):
            keys.open(gone, "card|1", b"")


def test_rel_K3_finalising_one_list_closes_what_other_lists_were_owed(office, drawer):
    """The set in the drawer held keys of both: dead, it holds them for nobody."""
    number, made, _, (_, other) = drawer
    second = destroyed(office, [other])
    assert owed(office, second) == [made.number]
    finalize(office, number)

    assert owed(office, second) == [] and certified(office, second).all_on == office.now.date()
    assert the_list(office, second).state is DestructionState.DESTROYED
    office.tick(days=1)
    finalize(office, second)
    assert certified(office, second).all_on < office.now.date()  # the day was kept


def test_a_list_with_every_set_in_reach_has_both_dates_at_once_and_may_be_finalised(office, tmp_path):
    """Nothing pending; the new epoch then only makes old slips useless."""
    uids = letters(office, 1)
    made = backups.create(office.instance, office.who("admin"), tmp_path / "set")
    number = destroyed(office, uids)
    assert certified(office, number).all_on == office.now.date() and owed(office, number) == []
    slip = backups.read_slip(finalize(office, number))
    assert packed(made.folder, slip) is not None and the_list(office, number).state is DestructionState.FINAL


@pytest.mark.parametrize(
    "point", ["backups.epoch_made", "backups.pack_written", "backups.epoch_retired", "db.before_commit"]
)
def test_rel_K1_finalising_is_taken_up_where_it_was_interrupted(office, drawer, tmp_path, recovery, point):
    """At every step: the list is not FINAL before the old secret is gone; the second run ends it."""
    number, made, folder, (gone, _) = drawer
    near = backups.create(office.instance, office.who("admin"), tmp_path / "near")
    with armed(f"{point}:1:eio"), pytest.raises((StorageFailed, OSError)):
        finalize(office, number)
    assert the_list(office, number).state is DestructionState.DESTROYED
    assert certified(office, number).all_on is None

    slip = backups.read_slip(finalize(office, number))
    assert the_list(office, number).state is DestructionState.FINAL
    assert office.instance.keys.pack_epochs() == [slip.epoch]
    assert gone not in packed(near.folder, slip)
    with pytest.raises(WrongSlip):
        backups.restore(folder, tmp_path / "back", backups.Kit(recovery, slip), PORTS)


def test_inv_V18_only_a_destroyed_list_is_finalised_and_only_by_its_keepers(office, drawer):
    """Twice, too early, unknown, by others: refused with the reason, and the epoch stands."""
    number, *_, (_, other) = drawer
    early = begun(office, [other])
    for wrong, who, error in (
        (early, "archivist", WrongState), ("XH2026-99999", "archivist", NotFound), (number, "staff", (Refused, NotFound)),
        (number, "gm", Refused), (number, "auditor", Refused), (number, "admin", (Refused, NotFound)),
    ):  # fmt: skip
        with pytest.raises(error):
            finalize(office, wrong, who)
    assert office.instance.keys.pack_epochs() == [1]
    finalize(office, number)
    with pytest.raises(WrongState):
        finalize(office, number)
    assert office.instance.keys.pack_epochs() == [2]


def test_the_epoch_and_the_dead_sets_are_in_the_log_and_the_slip_is_not(office, drawer):
    """Numbers and counts; no secret."""
    number, made, *_ = drawer
    slip = finalize(office, number)
    with office.ask("auditor") as unit:
        rows = unit.session.scalars(select(Event).where(Event.act == Act.DESTRUCTION_FINALIZE)).all()
    assert any(made.number in one.facts for one in rows) and {one.outcome for one in rows} == {"done"}
    assert not any(slip[6:11] in one.facts for one in rows)
    assert DESTRUCTION.open_to(DestructionState.FINAL) == ()


def test_rel_K3_witness_a_finalising_that_forgets_the_sets_out_of_reach_would_be_seen(
    office, drawer, tmp_path, monkeypatch
):
    """Without a new epoch the drawer still opens with what the keystore yields."""
    number, _, folder, (gone, _) = drawer
    kept = backups.current_slip(office.instance.keys)
    monkeypatch.setattr(
        finalizing.backups, "rekey", lambda *_: type("R", (), {"epoch": 1, "dead": [], "slip": kept.text()})
    )
    finalize(office, number)
    assert gone in packed(folder, backups.current_slip(office.instance.keys))


# --- through the command line ----------------------------------------------------------------------


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    """The counter of an office where a set was carried away before a record was destroyed; the list's number."""
    made = a_counter(template, tmp_path, monkeypatch)
    office = Office(None)
    office.instance = opened(made.home, template / "key", lambda: office.now)
    uids = letters(office, 1)
    backups.create(office.instance, office.who("admin"), tmp_path / "set")
    (tmp_path / "set").rename(tmp_path / "drawer")
    number = destroyed(office, uids)
    office.instance.close()
    return made, number


def test_rel_K3_pending_sets_are_listed_and_caught_up_at_the_counter(counter, tmp_path):
    """`destruction pending` names the set; `backup catch-up` says what is missing, then closes the list."""
    desk, number = counter
    (row,) = desk.rows("archivist", "destruction", "pending", number)
    assert (row["number"], row["set_number"], row["state"]) == (number, "BF2026-00001", "PENDING")
    assert "BF2026-00001" in desk.run("admin", "backup", "catch-up").check().out
    refused = desk.run(
        "admin", "backup", "forget", "BF2026-00001", "--reason", "x", "--confirm", "BF2026-00001"
    ).check(1)
    assert "destruction finalize" in refused.err
    (tmp_path / "drawer").rename(tmp_path / "set")
    desk.run("admin", "backup", "catch-up").check()
    assert desk.rows("archivist", "destruction", "pending") == []
    assert len(desk.rows("archivist", "destruction", "pending", "--all")) == 1
    (line,) = desk.rows("archivist", "destruction", "list")
    assert line["all_on"] == "2026-03-02"


def test_rel_K3_finalize_prints_the_new_slip_and_has_the_old_one_destroyed(counter, tmp_path):
    """Typed again first; the dead set is named; the slip printed is the one that opens what is made from now on."""
    desk, number = counter
    state = desk.state()
    desk.run("archivist", "destruction", "finalize", number).check(2)
    desk.run("gm", "destruction", "finalize", number, "--confirm", number).check(3)
    assert desk.state() == state
    told = desk.run("archivist", "destruction", "finalize", number, "--confirm", number).check().out
    assert all(word in told for word in ("BF2026-00001", "第 1 期和更早的凭条", "第 2 期密钥纪元凭条"))
    slip = slip_in(told)
    assert backups.read_slip(slip).epoch == 2
    desk.run("admin", "backup", "create", tmp_path / "new").check()
    (made,) = (tmp_path / "new").glob("BF*")
    assert list(backups.open_pack(made, backups.read_slip(slip)))
    with pytest.raises(WrongSlip):
        list(backups.open_pack(tmp_path / "drawer" / "BF2026-00001", backups.read_slip(slip)))
    desk.run("archivist", "destruction", "finalize", number, "--confirm", number).check(1)
    desk.run("archivist", "destruction", "finalize", "XH2026-99999", "--confirm", "XH2026-99999").check(4)


def pending_of(office, who):
    with office.ask(who, Act.DESTRUCTION_SEE) as unit:
        return {one.number for one in destruction_book.pending(unit)}


def test_rel_P2_a_list_one_may_not_know_of_is_not_named_among_those_that_wait_for_a_set(
    office, tmp_path, monkeypatch
):
    """Neither is it told by its number; whoever keeps the lists is told of both."""
    plain, above = letters(office, 1), letters(office, 1)
    made = backups.create(office.instance, office.who("admin"), tmp_path / "set")
    made.folder.rename(tmp_path / "drawer")
    seen, hidden = destroyed(office, plain), destroyed(office, above)
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        unit.act(Act.VOLUME_EDIT)
        unit.session.get_one(Item, above[0]).level = Level.SECRET  # as it would have been, above the clerk

    assert pending_of(office, "archivist") == {seen, hidden}
    assert pending_of(office, "clerk") == {seen}
    with pytest.raises(NotFound), office.ask("clerk", Act.DESTRUCTION_SEE) as unit:
        destruction_book.pending(unit, hidden)

    monkeypatch.setattr(destruction, "open_to", lambda *_: True)  # witness: a book that forgets to ask
    assert pending_of(office, "clerk") == {seen, hidden}
