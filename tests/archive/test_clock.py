"""A clock set back: nothing is done until it catches up, or two different administrators confirm it (M1)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text

from archive import audit, clocks, founding, registry, views
from archive.acts import Act
from archive.circulation import clock
from archive.errors import ClockLeapt, ClockRight, ClockSetBack, MissingPeople, NotAllowed, SameSigner
from archive.model import ClockNote, Event
from tests.archive.counter import counter as counters

BACK = {
    "a day": dt.timedelta(days=1),
    "a year": dt.timedelta(days=365),
    "six minutes": dt.timedelta(minutes=6),
}


def add(office, code):
    with office.work("archivist", Act.PREMISES_ADD) as unit:
        registry.add_premises(unit, code, building="Z")


def confirm(office, by):
    with office.work(by, Act.CLOCK_CONFIRM) as unit:
        return clock.confirm(unit)


def events(office) -> int:
    with office.instance.engine.connect() as raw:
        return raw.scalar(text("SELECT count(*) FROM event"))


@pytest.mark.parametrize("step", BACK)
def test_rel_M1_while_the_clock_stands_before_the_log_nothing_is_done_nor_looked_at(office, step):
    """Neither acts nor questions, and no line dated too early that would make the next try look sound."""
    add(office, "Z1")
    then, lines = office.now, events(office)
    office.now -= BACK[step]
    for _ in range(2):
        with pytest.raises(ClockSetBack):
            add(office, "Z2")
        with pytest.raises(ClockSetBack), office.ask("archivist") as unit:
            views.volumes(unit)
    assert events(office) == lines
    office.now = then
    add(office, "Z2")


def test_rel_M1_a_clock_wanders_a_little_and_may_jump_ahead(office):
    """Four minutes back are nothing; a jump ahead is told to who destroys, and judged there."""
    add(office, "Z1")
    office.now -= dt.timedelta(minutes=4)
    add(office, "Z2")
    office.now += dt.timedelta(days=3650)
    with office.ask("archivist") as unit:
        assert clocks.ahead(unit.session, unit.now) > dt.timedelta(hours=24)
    add(office, "Z3")


def test_rel_M1_two_different_administrators_confirm_and_everything_goes_on(office):
    """The log had been written ten years ahead: after the second word acts, questions and the chain go on by number."""
    office.now += dt.timedelta(days=3650)
    add(office, "Z1")
    office.now -= dt.timedelta(days=3650)
    assert confirm(office, "admin").confirmed_at is None
    with pytest.raises(ClockSetBack):
        add(office, "Z2")
    note = confirm(office, "security")
    assert note.confirmed_at == office.now and note.confirmed_by != note.proposed_by
    add(office, "Z2")
    office.tick(hours=1)
    add(office, "Z3")
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        assert audit.verify(unit.session, office.instance.signer.public_key()).sound
        rows = unit.session.execute(select(Event.seq, Event.act).order_by(Event.seq.desc()).limit(5)).all()
        acts = [row.act for row in rows]
        assert acts == ["premises.add", "premises.add", "clock.confirm", "clock.confirm", "premises.add"]
    with office.instance.engine.connect() as raw:
        assert raw.scalar(text("SELECT count(*) FROM clock_note")) == 1


def test_witness_rel_M1_one_administrator_confirming_twice_is_refused(office):
    """The second word is another's; nor do other people confirm, nor one whose clock is right."""
    with pytest.raises(ClockRight):
        confirm(office, "admin")
    add(office, "Z1")
    office.now -= dt.timedelta(days=1)
    confirm(office, "admin")
    with pytest.raises(SameSigner):
        confirm(office, "admin")
    with pytest.raises(NotAllowed):
        confirm(office, "gm")
    with pytest.raises(ClockSetBack):
        add(office, "Z2")
    confirm(office, "auditor")
    add(office, "Z2")


def test_rel_M1_a_confirmation_holds_for_the_clock_that_was_confirmed(office):
    """Set back once more, before the word of the two or after a new line, it must be confirmed again."""
    add(office, "Z1")
    office.now -= dt.timedelta(days=1)
    confirm(office, "admin")
    confirm(office, "security")
    office.now -= dt.timedelta(days=1)
    with pytest.raises(ClockSetBack):
        add(office, "Z2")
    office.now += dt.timedelta(days=1)
    add(office, "Z2")
    office.now -= dt.timedelta(days=1)
    with pytest.raises(ClockSetBack):
        add(office, "Z3")
    assert confirm(office, "security").confirmed_at is None


def test_witness_rel_M1_lines_of_the_confirming_do_not_make_the_clock_look_sound(office):
    """Held against the last line of all, as before, the first word alone would open the door."""
    add(office, "Z1")
    office.now -= dt.timedelta(days=1)
    confirm(office, "admin")
    with office.instance.engine.connect() as raw:
        last = dt.datetime.fromisoformat(raw.scalar(text("SELECT at FROM event ORDER BY seq DESC LIMIT 1")))
    assert office.now >= last - clocks.SLACK
    with pytest.raises(ClockSetBack):
        add(office, "Z2")


def test_the_ledger_keeps_two_people_on_a_confirmed_clock(office):
    """Whatever program writes: one name on both sides is refused, and no row is erased."""
    add(office, "Z1")
    office.now -= dt.timedelta(days=1)
    confirm(office, "admin")
    for change in ("UPDATE clock_note SET confirmed_by = proposed_by", "DELETE FROM clock_note"):
        with office.instance.engine.connect() as raw, pytest.raises(Exception, match="clock_note|kept|CHECK"):
            raw.execute(text(change))
    with office.ask("admin", Act.INSTANCE_INSPECT) as unit:
        state = clock.state(unit)
        assert (state.behind, state.proposed_by) == (True, "admin")
        assert unit.session.scalar(select(ClockNote.confirmed_by)) is None


def test_rel_M1_the_clock_from_the_command_line(template, tmp_path, monkeypatch):
    """Administrators log in, look and confirm while everybody else is told what to do."""
    counter = counters(template, tmp_path, monkeypatch)
    counter.run("archivist", "premises", "add", "Z1", "--building", "Z").check()
    counter.now -= dt.timedelta(days=2)
    told = counter.run("archivist", "premises", "add", "Z2", "--building", "Z").check(1)
    assert "anjuan clock confirm" in told.err
    assert counter.rows("admin", "clock", "show")["behind"] is True
    assert "另一位管理员" in counter.run("admin", "clock", "confirm").check().err
    assert "两人" in counter.run("admin", "clock", "confirm").check(3).err
    counter.run("archivist", "premises", "list").check(1)
    counter.run("security", "clock", "confirm").check()
    counter.run("archivist", "premises", "add", "Z2", "--building", "Z").check()
    shown = counter.rows("admin", "clock", "show")
    assert (shown["behind"], shown["proposed_by"]) == (False, "")
    for language, mark in (("zh", "无需确认"), ("en", "nothing to confirm")):
        counter.language = language
        assert mark in counter.run("auditor", "clock", "confirm").check(1).err


def test_rel_M1_one_person_alone_is_told_who_is_missing(template, tmp_path):
    """With a single administrator nobody can confirm; the refusal says that two people are needed."""
    from archive.config import Settings
    from tests.conftest import PASSWORD, PORTS, TODAY, Office

    wanted = Settings(company="小公司", key_file=str(tmp_path / "key"), password_length=8)
    office = Office(None)
    office.instance, _ = founding.found(
        tmp_path / "home", founding.Founding(wanted, "admin", "赵", PASSWORD), PORTS, clock=lambda: office.now
    )
    assert office.now == TODAY
    office.now -= dt.timedelta(days=1)
    with pytest.raises(MissingPeople):
        confirm(office, "admin")
    office.instance.close()


# --- a clock that ran ahead (M1): nothing is destroyed by it until two people have looked ------------


def leap(office, since):
    with office.ask("archivist") as unit:
        clocks.leap(unit.session, unit.now, since=since)


def test_rel_M1_an_office_that_works_every_day_may_destroy(office):
    """Lines no more than a day apart, the daily rounds among them, are no leap; a step of a day and a bit is one."""
    since = office.now
    for day in range(5):
        add(office, f"Z{day}")
        office.tick(hours=24)
    leap(office, since)
    office.tick(minutes=6)
    with pytest.raises(ClockLeapt):
        leap(office, since)


@pytest.mark.parametrize("step", [dt.timedelta(hours=25), dt.timedelta(days=3650)])
def test_rel_M1_a_leap_ahead_bars_destruction_until_two_administrators_confirm(office, step):
    """Before, between and after: the leap that leads up to the approval counts, and so does one after it."""
    add(office, "Z1")
    office.now += step
    approved = office.now
    add(office, "Z2")
    with pytest.raises(ClockLeapt) as refused:
        leap(office, approved)
    assert refused.value.facts["after"] - refused.value.facts["before"] >= step
    confirm(office, "admin")
    with pytest.raises(SameSigner):
        confirm(office, "admin")
    with pytest.raises(ClockLeapt):
        leap(office, approved)
    confirm(office, "security")
    leap(office, approved)
    with pytest.raises(ClockRight):
        confirm(office, "auditor")
    office.now += step
    with pytest.raises(ClockLeapt):
        leap(office, approved)


def test_rel_M1_a_leap_before_what_destruction_rests_on_is_another_matter(office):
    """The list was approved long after a closed weekend: nothing to confirm for it."""
    add(office, "Z1")
    office.tick(days=3)
    add(office, "Z2")
    office.tick(hours=1)
    leap(office, office.now)
    with office.ask("admin", Act.INSTANCE_INSPECT) as unit:
        state = clock.state(unit)
    assert not state.behind and state.gap_to - state.gap_from > dt.timedelta(days=2)


def test_witness_rel_M1_logging_in_does_not_fill_the_gap(office):
    """Sabotage: held against the newest line only, as `ahead` does, one look at the log-in makes the leap vanish."""
    since = office.now
    add(office, "Z1")
    office.now += dt.timedelta(days=400)
    add(office, "Z2")
    with office.ask("archivist") as unit:
        assert clocks.ahead(unit.session, unit.now) == dt.timedelta(0)
    with pytest.raises(ClockLeapt):
        leap(office, since)


def test_rel_M1_set_ahead_and_back_again_is_told_as_set_back(office):
    """The first thing to settle is the clock before the log; confirming that settles the leap behind it too."""
    since = office.now
    add(office, "Z1")
    office.now += dt.timedelta(days=30)
    add(office, "Z2")
    office.now -= dt.timedelta(days=30)
    with pytest.raises(ClockSetBack):
        leap(office, since)
    confirm(office, "admin")
    confirm(office, "security")
    office.tick(minutes=1)
    leap(office, since)
