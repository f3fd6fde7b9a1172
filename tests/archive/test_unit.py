"""The one door: no change without a named act, all or nothing, every refusal and error leaves its line."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from archive import registry, views, volumes
from archive.acts import LOOKS, Act
from archive.circulation import lending
from archive.custody import handover
from archive.errors import (
    ArchiveError,
    BadValue,
    Defect,
    LoginFailed,
    NotAllowed,
    NotFound,
    ReadingOnly,
    UnnamedChange,
)
from archive.instance import Instance
from archive.model import Event, IndexTask, LoginBar, Party, Premises, Volume
from archive.policy import refusal
from archive.unit import Line, Unit, named
from archive.values import PartyKind
from tests import make


def outcomes(office, after: int) -> list[tuple[str, str]]:
    """Act and outcome of every line after number *after*."""
    with Session(office.instance.engine) as session:
        rows = session.scalars(select(Event).where(Event.seq > after).order_by(Event.seq))
        return [(row.act, row.outcome) for row in rows]


def newest(office) -> int:
    with Session(office.instance.engine) as session:
        return session.scalar(select(Event.seq).order_by(Event.seq.desc()).limit(1))


def buildings(office) -> set[str]:
    with Session(office.instance.engine) as session:
        return set(session.scalars(select(Premises.building)))


def add(unit: Unit, code: str = "C0101") -> Premises:
    return registry.add_premises(unit, code, building="C座")


# --- the net ------------------------------------------------------------------------------------

UNNAMED = {
    "a new row": lambda u: (u.session.add(Premises(code="X1", building="偷", created_at=u.now)), u.session.flush()),
    "a changed row": lambda u: (setattr(u.session.scalars(select(Premises)).first(), "building", "偷"), u.session.flush()),
    "a deleted row": lambda u: (u.session.delete(u.session.scalars(select(Premises)).first()), u.session.flush()),
    "a bulk update": lambda u: u.session.execute(update(Premises).values(building="偷")),
    "a bulk delete": lambda u: u.session.execute(delete(IndexTask)),
    "a core insert": lambda u: u.session.execute(
        insert(Premises.__table__), {"uid": "x" * 32, "code": "X2", "building": "偷", "floor": "", "kind": "", "area": "",
                                     "created_at": u.now}),
    "a bulk insert": lambda u: u.session.execute(insert(Premises), [{"code": "X3", "building": "偷", "created_at": u.now}]),
    "a sentence of SQL": lambda u: u.session.execute(text("UPDATE premises SET building = '偷'")),
    "a row left to the end": lambda u: u.session.add(Premises(code="X4", building="偷", created_at=u.now)),
}  # fmt: skip


def slips_past(office, change) -> bool:
    """True if *change* goes through a unit that names no act, by the front door."""
    try:
        with office.work("archivist", Act.PREMISES_EDIT) as unit:
            change(unit)
    except UnnamedChange:
        return False
    return True


@pytest.mark.parametrize("way", UNNAMED)
def test_unit_no_row_changes_without_a_named_act(office, way):
    """Every way there is to change a row through a unit raises a defect, and nothing is written."""
    before, lines = buildings(office), newest(office)

    assert not slips_past(office, UNNAMED[way])
    assert before == buildings(office)
    assert lines == newest(office)


def test_unit_a_look_names_no_change(office):
    """Looking at a confidential record leaves a line, and still allows no change."""
    uid = make.volume(office, "YH·01")
    with pytest.raises(UnnamedChange), office.work("archivist", Act.RECORD_SEE) as unit:
        views.page(unit, uid)
        assert unit.lines[-1].act in LOOKS
        unit.volume(uid).items = 99
        unit.session.flush()


def test_unit_a_refused_act_names_no_change(office):
    """Swallowing a refusal does not open the door."""
    with pytest.raises(UnnamedChange), office.work("staff", Act.PREMISES_EDIT) as unit:
        with pytest.raises(NotAllowed):
            unit.act(Act.PREMISES_EDIT)
        unit.session.execute(update(Premises).values(building="偷"))


def test_unit_a_defect_is_not_something_a_user_is_told():
    """An unnamed change is a mistake of the program: no sentence, no refusal line."""
    assert issubclass(UnnamedChange, Defect)
    assert not issubclass(UnnamedChange, ArchiveError)


def test_unit_witness_without_the_bulk_listener_a_bulk_update_slips_past(office, monkeypatch):
    """The same check catches a net that only listens to flushes."""
    monkeypatch.setattr(Unit, "_before_execute", lambda self, state: None)

    assert slips_past(office, UNNAMED["a bulk update"])
    assert not slips_past(office, UNNAMED["a new row"])


# --- all or nothing -----------------------------------------------------------------------------


def half_done(office) -> bool:
    """True if a change made before a refusal in one unit is still there afterwards."""
    letters = make.volume(office, "WS·LW", held=True)
    with pytest.raises(ReadingOnly), office.work("archivist", Act.LOAN_LEND) as unit:
        add(unit)
        lending.lend(unit, letters, to="staff", purpose="核对")
    return "C座" in buildings(office)


def test_unit_a_refusal_undoes_what_came_before_it(office):
    """Two acts in one unit stand or fall together; only the refusal is in the log."""
    letters_first = newest(office)
    assert not half_done(office)
    assert [("loan.lend", "reading-only")] == [
        line for line in outcomes(office, letters_first) if line[1] != "done"
    ]
    assert "premises.add" not in {act for act, _ in outcomes(office, letters_first)}


def test_unit_witness_without_the_rollback_half_an_act_stays(office, monkeypatch):
    """The same check catches a door that commits what came before a refusal."""

    def careless(self, unit, lines):
        unit.session.commit()
        with self._session() as log:
            self._close(log, unit, lines)

    monkeypatch.setattr(Instance, "_keep", careless)

    assert half_done(office)


def test_unit_an_error_after_the_act_leaves_its_own_line(office):
    """Judged and allowed, then impossible: the line says which act failed and why; the done line is gone."""
    before = newest(office)
    with pytest.raises(BadValue), office.work("archivist", Act.LOAN_LEND) as unit:
        add(unit)
        add(unit, "bad code")

    assert [("premises.add", "bad-value")] == outcomes(office, before)


def test_unit_an_error_before_any_act_leaves_the_line_of_the_intent(office):
    """Nothing was judged yet: the line bears what the person was about to do."""
    before = newest(office)
    with pytest.raises(NotFound), office.work("archivist", Act.PARTY_EDIT) as unit:
        registry.edit_party(unit, "NOBODY", name="x")

    assert [("party.edit", "not-found")] == outcomes(office, before)


@pytest.mark.parametrize("slip", [RuntimeError, KeyboardInterrupt, GeneratorExit])
def test_unit_a_crash_of_ours_undoes_everything_and_is_not_in_the_log(office, slip):
    """A traceback, a pressed Ctrl-C: no change, no line, the next act works."""
    before = newest(office)
    with pytest.raises(slip), office.work("archivist", Act.PREMISES_ADD) as unit:
        add(unit)
        raise slip
    assert [] == outcomes(office, before)
    with office.work("archivist", Act.PREMISES_ADD) as unit:
        add(unit)

    assert [("premises.add", "done")] == outcomes(office, before)


def test_unit_several_refusals_in_a_row_each_leave_a_line(office):
    """One refusal a unit, three units: three lines, in order."""
    before = newest(office)
    for _ in range(3):
        with pytest.raises(NotAllowed), office.work("staff", Act.PREMISES_ADD) as unit:
            add(unit)

    assert [("premises.add", "not-allowed")] * 3 == outcomes(office, before)


def test_unit_a_list_of_which_one_is_refused_changes_none(office):
    """Two volumes on one handover list, the second not closed: neither is held, one refusal line."""
    closed, opened = make.volume(office, "ZX·02"), make.volume(office, "ZX·03")
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, closed)
    before = newest(office)
    with pytest.raises(ArchiveError), office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [closed, opened], given_by="clerk")
    with Session(office.instance.engine) as session:
        states = {session.get(Volume, uid).state.value for uid in (closed, opened)}

    assert {"CLOSED", "OPEN"} == states
    assert 1 == len(outcomes(office, before))


def test_unit_a_savepoint_undoes_its_part_and_the_rest_stays(office):
    """What an import does for one bad file: its rows and lines go, those before and after stay."""
    before = newest(office)
    with office.work("archivist", Act.IMPORT_RUN) as unit:
        unit.act(Act.IMPORT_RUN, files=3)
        add(unit, "C0101")
        mark = len(unit.lines)
        try:
            with unit.session.begin_nested():
                add(unit, "C0102")
                add(unit, "C0101")
        except ArchiveError as error:
            del unit.lines[mark:]
            unit.lines.append(Line(Act.IMPORT_RUN, outcome=error.code))
        add(unit, "C0103")
    with Session(office.instance.engine) as session:
        codes = set(session.scalars(select(Premises.code).where(Premises.building == "C座")))

    assert {"C0101", "C0103"} == codes
    assert [
        ("import.run", "done"), ("premises.add", "done"), ("import.run", "code-taken"), ("premises.add", "done"),
    ] == outcomes(office, before)  # fmt: skip


# --- questions ------------------------------------------------------------------------------------


def test_unit_a_question_changes_nothing(office):
    """Even a named act leaves no change behind in a unit for questions."""
    with office.ask("archivist", Act.PREMISES_ADD) as unit:
        add(unit)

    assert "C座" not in buildings(office)


def test_unit_what_was_read_stays_readable_after_the_question(office):
    """Rows handed out by a question keep their values when its transaction is over."""
    with office.ask("archivist", Act.PREMISES_SEE) as unit:
        rows = registry.all_premises(unit)

    assert ["A1203", "A1204", "B0101"] == [row.code for row in rows]


def test_unit_may_asks_without_leaving_a_line(office):
    """Buttons and lists ask often; only acts are logged."""
    uid = make.volume(office, "YH·01")
    before = newest(office)
    with office.ask("archivist", Act.RECORD_SEE) as unit:
        volume = unit.session.get(Volume, uid)
        assert (True, False) == (unit.may(Act.RECORD_SEE, volume), unit.may(Act.RECORD_READ, volume))
        assert refusal(unit.actor, Act.RECORD_READ, volume).code == "confidential"

    assert [] == outcomes(office, before)


def test_unit_what_is_kept_despite_a_refusal_is_kept_once(office):
    """A failed log-in is counted although its unit is undone; a successful unit drops such wishes."""
    from archive import identity

    with pytest.raises(LoginFailed), office.instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
        identity.login(unit, "staff", "wrong password")
    with Session(office.instance.engine) as session:
        assert [1] == [bar.failures for bar in session.scalars(select(LoginBar))]


def test_unit_a_line_names_the_thing_as_it_was(office):
    """Kind, uid and code stand on the line, for the thing may change its name."""
    with office.ask("archivist", Act.PARTY_SEE) as unit:
        party = unit.one(Party, "party", "P001")
        person = unit.person("staff")

        assert ("party", party.uid, "P001") == named(party)
        assert ("person", person.uid, "staff") == named(person)
    assert ("", "", "") == named(None)
    assert ("text", "", "A1") == named("A1")


def test_unit_the_day_is_the_offices_day(office):
    """Seven in the evening UTC is tomorrow in Shanghai (decision 9)."""
    office.now = office.now.replace(hour=19)
    with office.ask("archivist") as unit:
        assert office.now.day + 1 == unit.today.day


def test_unit_party_changes_are_kept_to_the_columns_that_may_change(office):
    """No field of a form reaches a column it is not meant for (P6)."""
    with office.work("archivist", Act.PARTY_EDIT) as unit:
        party = registry.edit_party(unit, "P001", name="张三丰", phone="13800138000")
        assert PartyKind.OWNER is party.kind
    for wrong in ({"uid": "x"}, {"code": "P999"}, {"natural_person": False}, {"created_at": None}):
        with pytest.raises(TypeError), office.work("archivist", Act.PARTY_EDIT) as unit:
            registry.edit_party(unit, "P001", **wrong)
        with pytest.raises(TypeError), office.work("archivist", Act.PREMISES_EDIT) as unit:
            registry.edit_premises(unit, "A1203", **wrong)
