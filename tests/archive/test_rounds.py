"""The daily rounds: every part by itself, nothing twice on a day, and a key of their own to the door."""

import datetime as dt
import hashlib
import json

import pytest
from sqlalchemy import delete, func, select, update

from archive import objects, rounds, secretfile, system, upkeep
from archive.acts import Act
from archive.circulation.chasing import Chased
from archive.errors import ClockSetBack, NotAllowed, NotFound, SecretFileUnsafe, SystemTokenNeeded
from archive.inspection import Health
from archive.instance import SYSTEM
from archive.model import Blob, Event, Notice, SystemCredential
from archive.rounds import Part
from archive.vault import Vault
from tests import make
from tests.archive.counter import counter as a_counter
from tests.archive.test_chasing import go, lent
from tests.conftest import TODAY


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


# --- the credential -------------------------------------------------------------------------------


def token(home):
    return home / system.FILE


def test_decision_5_an_instance_is_founded_with_a_credential_of_its_own(office):
    """The token is in a file of 0600, only its hash in the database, and nobody made it."""
    text = token(office.home).read_text().strip()
    with office.ask("admin", Act.INSTANCE_INSPECT) as unit:
        (row,) = unit.session.scalars(select(SystemCredential)).all()

    assert 0o600 == token(office.home).stat().st_mode & 0o777
    assert (hashlib.sha256(text.encode()).hexdigest(), None) == (row.token_hash, row.made_by)
    assert text.encode() not in (office.home / "catalogue.db").read_bytes()


def opens(office) -> bool:
    """Whether the file lets the scheduler in."""
    with office.instance.work(system.credential(office.instance), Act.ROUNDS_RUN) as unit:
        unit.act(Act.ROUNDS_RUN)
        return unit.actor is SYSTEM


def test_decision_5_as_system_opens_with_the_token_and_nothing_else(office):
    """Missing, empty, foreign, revoked or readable by others: refused, and the way out is named."""
    assert opens(office)
    good = token(office.home).read_text()
    for text in ("", "\n", "guess\n", hashlib.sha256(good.strip().encode()).hexdigest(), good[:-2]):
        token(office.home).write_text(text)
        with pytest.raises(SystemTokenNeeded) as refused:
            opens(office)
        assert "rounds enrol" in str(refused.value)
    token(office.home).unlink()
    with pytest.raises(SystemTokenNeeded):
        opens(office)
    secretfile.write(token(office.home), good.strip())
    token(office.home).chmod(0o644)
    with pytest.raises(SecretFileUnsafe):
        opens(office)
    token(office.home).chmod(0o600)
    assert opens(office)


def test_decision_5_enrolling_revokes_the_token_before(office):
    """The old file opens nothing any more; only the system administrator enrols."""
    old = token(office.home).read_text()
    for who in ("archivist", "security", "auditor", "gm"):
        with pytest.raises(NotAllowed):
            system.enrol(office.instance, office.who(who))
    assert token(office.home).read_text() == old
    path = system.enrol(office.instance, office.who("admin"))

    assert token(office.home) == path
    assert path.read_text() != old
    assert opens(office)
    path.write_text(old)
    with pytest.raises(SystemTokenNeeded):
        opens(office)


def test_decision_5_a_credential_revoked_meanwhile_is_gone_at_the_next_act(office):
    """The same credential in hand opens nothing once another is enrolled."""
    held = system.credential(office.instance)
    system.enrol(office.instance, office.who("admin"))
    with pytest.raises(SystemTokenNeeded), office.instance.work(held, Act.ROUNDS_RUN):
        pass


def test_decision_5_the_command_needs_the_credential_and_enrols_one(counter):
    """An instance from before has none: refused with the way out, enrolled, and the rounds run."""
    token(counter.home).unlink()
    refused = counter.run("", "--as", "system", "rounds", "run").check(3)
    assert "anjuan rounds enrol" in refused.err
    counter.run("archivist", "rounds", "enrol").check(3)
    counter.run("", "--as", "system", "rounds", "enrol").check(3)
    told = counter.run("admin", "rounds", "enrol").check()
    secret = token(counter.home).read_text().strip()

    assert secret not in told.out + told.err
    counter.run("", "--as", "system", "rounds", "run").check()
    counter.run("archivist", "rounds", "run").check(3)


# --- the parts ------------------------------------------------------------------------------------


def turn(office, contributed=None) -> dict:
    """One round; its lines by part."""
    return {line.part: line for line in rounds.run(office.instance, SYSTEM, contributed)}


def test_req_R47_the_rounds_do_every_part_and_say_what_it_came_to(office):
    """Every part has its line; a loan due is chased, counted as overdue, and told as something to look at."""
    loan = lent(office)
    office.now = dt.datetime.combine(loan.due_on + dt.timedelta(days=1), dt.time(1), dt.UTC)
    found = turn(office, {Part.DUE: rounds.counting("due", lambda unit: 7)})

    assert [part for part in Part if part is Part.DUE or part in rounds.JOBS] == list(found)
    assert {} == {part: line.why for part, line in found.items() if line.status}
    assert {"notices": 1, "copies": 0, "by_mail": 0} == found[Part.CHASE].facts
    assert ({"overdue": 1}, Health.WARN) == (found[Part.LOANS].facts, found[Part.LOANS].state)
    assert {"due": 7} == found[Part.DUE].facts
    assert 1 == found[Part.MAIL].facts["by_hand"]


def twice(office, ever=turn) -> list:
    """Tables that a second round on the same day changes."""

    def tables():
        with office.instance.engine.connect() as connection:
            return {
                table.name: connection.execute(select(table)).all()
                for table in Notice.metadata.sorted_tables
                if table.name not in {"event", "checkpoint"}
            }

    ever(office)
    before = tables()
    ever(office)
    after = tables()
    return [name for name, rows in before.items() if after[name] != rows]


def stocked(office, count=4) -> list[str]:
    """Items with a file each."""
    uids = make.filed(office, "WS·BG", count, department="ZJB")
    with office.work("archivist", Act.ITEM_ATTACH) as unit:
        for number, uid in enumerate(uids):
            objects.attach(unit, uid, b"bytes %d" % number * 50, name=f"{number}.txt")
    return uids


def test_rel_a_second_round_on_the_same_day_changes_nothing(office):
    """Notices, requests, readings of the vault: all as after the first."""
    stocked(office)
    loan = lent(office)
    office.now = dt.datetime.combine(loan.due_on, dt.time(1), dt.UTC)
    assert [] == twice(office)


def test_rel_witness_a_chase_that_forgets_what_it_wrote_is_noticed(office):
    """The same comparison over rounds that drop their notices first finds the table that changes."""
    loan = lent(office)
    office.now = dt.datetime.combine(loan.due_on, dt.time(1), dt.UTC)

    def forgetful(office):
        with office.instance.work(SYSTEM, Act.NOTICE_SEND) as unit:
            unit.act(Act.NOTICE_SEND)
            unit.session.execute(update(Notice).values(due_on=None))
        return turn(office)

    assert "notice" in twice(office, forgetful)


def test_rel_one_failing_part_is_told_and_the_others_still_run(office):
    """A refusal by its sentence, a defect of ours by its number and never its words; exit status 1."""

    def refused(instance, who):
        raise NotFound(what="record", code="K001-1")

    def broken(instance, who):
        raise RuntimeError("秘密的题名")

    found = turn(office, {Part.LAPSE: refused, Part.CHASE: broken})
    assert "K001-1" in found[Part.LAPSE].why
    assert "秘密的题名" not in found[Part.CHASE].why + (office.home / "defects.log").read_text()
    assert {Part.LAPSE, Part.CHASE} == {part for part, line in found.items() if line.status == 1}
    assert (1, Health.BAD) == (rounds.exit_status(list(found.values())), found[Part.CHASE].state)
    assert 5 == rounds.exit_status([*found.values(), rounds.PartLine(Part.FIXITY, Health.BAD, {}, "", 5)])
    assert 0 == rounds.exit_status(list(turn(office).values()))


def test_rel_M1_a_clock_set_back_stops_the_rounds_before_they_begin(office):
    """No part runs and no line is written, so that the next try is stopped too."""
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        before = unit.session.scalar(select(func.count()).select_from(Event))
    office.tick(days=-2)
    for _ in range(2):
        with pytest.raises(ClockSetBack):
            turn(office)
    office.tick(days=2)
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        assert before == unit.session.scalar(select(func.count()).select_from(Event))


def test_rel_mail_that_is_down_fails_its_part_only(office):
    """The notices wait, the rest is done, and the part says why."""
    from tests.archive import postoffice
    from tests.archive.test_notices import address, towards

    address(office)
    loan = lent(office)
    towards(office, postoffice.free_port())
    office.now = dt.datetime.combine(loan.due_on, dt.time(1), dt.UTC)
    found = turn(office)

    assert (1, 1) == (found[Part.MAIL].status, found[Part.MAIL].facts["failed"])
    assert "down" in found[Part.MAIL].why
    assert [Part.MAIL] == [part for part, line in found.items() if line.status]
    assert Chased() == go(office, loan.due_on)


def test_rel_the_command_prints_a_line_for_each_part_and_its_exit_status(counter):
    """Table and JSON; nothing decrypted is in either."""
    lines = json.loads(counter.run("", "--as", "system", "rounds", "run", "--json").check().out)
    assert [part.value for part in Part] == [line["part"] for line in lines]
    assert {"part", "state", "facts", "why"} == set(lines[0])
    assert "轮读校验" in counter.run("", "--as", "system", "rounds", "run").check().out


# --- fixity ---------------------------------------------------------------------------------------


def checked(office) -> dict:
    with office.instance.ask(SYSTEM, Act.INSTANCE_INSPECT) as unit:
        return dict(unit.session.execute(select(Blob.uid, Blob.checked_at)).all())


def shelf(office, count=60) -> None:
    """*count* rows of blobs without files, for the order of reading."""
    with office.work("admin", Act.VAULT_SWEEP) as unit:
        unit.act(Act.VAULT_SWEEP)
        for number in range(count):
            uid = f"{number:032x}"
            unit.session.add(
                Blob(
                    uid=uid, content_id=uid * 2, size=1, stored_size=1, stored_sha256="0" * 64,
                    created_at=unit.now,
                )
            )  # fmt: skip


def unread_too_long(office, days=75, skip=(), share=upkeep.rotate) -> list:
    """Days on which a blob had gone unread for more than thirty days, running once a day but on *skip*."""
    found = []
    for number in range(days):
        office.tick(days=1)
        if number not in skip:
            share(office.instance, SYSTEM)
        oldest = min(at or TODAY for at in checked(office).values())
        if office.now - oldest > dt.timedelta(days=30):
            found.append(number)
    return found


class Sound:
    """A vault in which every blob is as written."""

    fault = Vault.fault

    def check(self, ref, key=None):
        return None


def test_rel_I2_every_byte_is_read_within_thirty_days(office):
    """Sixty blobs, two a day, oldest first; nothing is ever unread for longer."""
    shelf(office)
    office.instance.vault = Sound()
    daily = []

    def counted(instance, who):
        made = upkeep.rotate(instance, who)
        daily.append(made.read)
        assert 0 == upkeep.rotate(instance, who).read
        return made

    assert [] == unread_too_long(office, share=counted)
    assert {2} == set(daily)
    assert all(checked(office).values())


def test_rel_I2_days_missed_are_made_up_for(office):
    """After a week without rounds the first day reads what has become due."""
    shelf(office)
    office.instance.vault = Sound()
    late = unread_too_long(office, skip=range(40, 47))
    assert set(late) <= set(range(40, 47))


def test_rel_I2_witness_a_rotation_that_begins_anew_every_day_is_noticed(office):
    """The same walk over a rotation that always reads the same blobs finds the unread ones."""
    shelf(office)

    def same(instance, who):
        with instance.work(who, Act.VAULT_VERIFY) as unit:
            unit.act(Act.VAULT_VERIFY)
            first = Blob.uid.in_([f"{number:032x}" for number in range(2)])
            unit.session.execute(update(Blob).where(first).values(checked_at=unit.now))

    assert unread_too_long(office, days=40, share=same)


def test_rel_I2_a_flipped_byte_is_named_by_code_every_day_until_it_is_mended(office):
    """Damage is exit status 5, in the log by code, not dated as read; mended, it is read and right."""
    uids = stocked(office, 1)
    with office.ask("archivist", Act.RECORD_SEE) as unit:
        item = unit.item(uids[0])
        code, (stored,) = item.reference_code, objects.contents(unit, item)
        path = office.home / "vault" / objects.ref(unit, stored).name
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    for _ in range(2):
        found = turn(office)[Part.FIXITY]
        assert ([code], 5, Health.BAD) == (found.facts["damaged"], found.status, found.state)
        assert {None} == set(checked(office).values())
        office.tick(days=1)
    path.write_bytes(whole)
    found = turn(office)[Part.FIXITY]
    assert ("damaged" in found.facts, found.status) == (False, 0)
    assert {office.now} == set(checked(office).values())
    path.unlink()
    office.tick(days=30)
    assert 5 == turn(office)[Part.FIXITY].status


def test_rel_I2_what_was_removed_while_it_was_read_is_no_damage(office):
    """A blob whose row has gone meanwhile is not reported."""
    shelf(office, 1)

    class Vanishing:
        fault = Vault.fault

        def check(self, ref, key=None):
            from archive.errors import BlobMissing

            with office.work("admin", Act.VAULT_SWEEP) as unit:
                unit.act(Act.VAULT_SWEEP)
                unit.session.execute(delete(Blob))
            raise BlobMissing(what=ref.name, where=ref.name)

    office.instance.vault = Vanishing()
    assert [] == upkeep.rotate(office.instance, SYSTEM).faults


def test_rel_a_part_that_only_counts_leaves_no_names(office):
    """The log of a round has numbers; nothing sealed, nothing opened but names and addresses for the notices."""
    turn(office)
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        lines = unit.session.scalars(select(Event).where(Event.account == "system")).all()
    assert lines
    assert {b""} == {line.sealed for line in lines if line.at >= office.now.isoformat()[:10]}
