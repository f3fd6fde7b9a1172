"""Lending and taking back: every refusal, counts, signers, dates, the ledger's own rules, a state machine."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter as Tally
from contextlib import suppress

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from archive import items, people, views, volumes, workdays
from archive.acts import Act
from archive.circulation import ledger, lending, renewing
from archive.custody import handover
from archive.errors import (
    AlreadyOut,
    ArchiveError,
    BadValue,
    ClosedToUse,
    Confidential,
    CopiesOnly,
    CountDiffers,
    LoanRecalled,
    NotAllowed,
    NotEmployed,
    NotFound,
    NothingToLend,
    NotOnLoan,
    OtherDepartment,
    ReadingOnly,
    SameSigner,
    WrongState,
)
from archive.model import Loan, Outing
from archive.values import LoanState
from tests import make
from tests.conftest import Office, opened
from tests.faults.invariants import check_all, explained, holdings_out


def lend(office, code, to="staff", by="archivist", *, asked=True, **given):
    """Lend, approved beforehand if *asked* and if the general manager can approve it at all."""
    if asked:
        with suppress(ArchiveError):
            make.approved(office, code, to=to)
    with office.work(by, Act.LOAN_LEND) as unit:
        return lending.lend(unit, code, to=to, purpose=given.pop("purpose", "核对图纸"), **given).number


def take_back(office, code, actor="archivist", **given):
    with office.work(actor, Act.LOAN_RETURN) as unit:
        loan = lending.take_back(unit, code, **given)
        return loan.number, loan.intact


def register(office, by="archivist", **given):
    with office.ask(by, Act.LOAN_SEE) as unit:
        return ledger.register(unit, **given)


def loans(office) -> int:
    with office.instance.engine.connect() as raw:
        return raw.scalar(text("SELECT count(*) FROM loan"))


# --- the story --------------------------------------------------------------------------------


def test_req_R39_a_loan_is_counted_signed_dated_and_ends_the_same_way(office):
    """What was lent, by whom, to whom, until when, and that it came back whole."""
    volume = make.volume(office, "ZX·02", 3, held=True)
    number = lend(office, volume, items=3, pages=6, days=10)
    (row,) = register(office)
    assert (row.number, row.borrower, row.lent_by, row.state) == (number, "孙员工", "郑档案", LoanState.OUT)
    assert (row.items, row.pages, row.lent_on, row.due_on) == (
        3,
        6,
        dt.date(2026, 3, 2),
        dt.date(2026, 3, 12),
    )
    with office.ask("archivist") as unit:
        page = views.page(unit, volume)
        assert page.loan.startswith(number) and Act.LOAN_RETURN in page.may and Act.LOAN_LEND not in page.may
        assert [line.out for line in views.volumes(unit)] == [True]
    office.tick(days=11)
    assert [row.overdue_days for row in register(office, overdue=True)] == [1]
    assert take_back(office, volume, items=3, pages=6) == (number, True)
    (row,) = register(office)
    assert (row.state, row.returned_on, row.received_by, row.overdue_days) == (
        LoanState.RETURNED, dt.date(2026, 3, 13), "郑档案", 0,
    )  # fmt: skip
    assert register(office, open_only=True) == [] and check_all(office) == []


def test_req_R40_a_count_that_differs_on_return_stays_on_the_line(office):
    """The volume comes back, the difference is kept for the incident."""
    volume = make.volume(office, "ZX·02", 3, held=True)
    lend(office, volume)
    assert take_back(office, volume, items=2) == ("JY2026-00001", False)
    lend(office, volume)
    assert take_back(office, volume, pages=5)[1] is False
    lend(office, volume)
    assert take_back(office, volume, intact=False)[1] is False
    assert check_all(office) == []


def test_an_item_kept_alone_is_lent_like_a_volume(office):
    """以件为单位: the item is the thing that goes over the counter."""
    uid = make.filed(office, "ZK·01", 1)[0]
    with pytest.raises(WrongState):
        lend(office, uid)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    lend(office, uid)
    with pytest.raises(AlreadyOut):
        lend(office, uid, to="clerk")
    assert take_back(office, uid) == ("JY2026-00001", True)


def test_rel_X1_a_paper_of_a_volume_and_the_volume_are_never_out_together(office):
    """The unique index is on the piece, so whole and part exclude each other both ways."""
    volume = make.volume(office, "ZX·02", 2, held=True)
    with office.ask("archivist") as unit:
        part = views.inner_list(unit, unit.volume(volume))[0].code
    lend(office, part)
    with pytest.raises(AlreadyOut):
        lend(office, volume)
    take_back(office, part)
    lend(office, volume)
    with pytest.raises(AlreadyOut):
        lend(office, part)
    assert check_all(office) == []


# --- refusals ---------------------------------------------------------------------------------

BY_CLASS = {
    "WS·LW": ReadingOnly,
    "HT·03": ReadingOnly,
    "ZX·01": Confidential,
    "YH·01": Confidential,
    "FW·04": ClosedToUse,
    "CJ·01": CopiesOnly,
    "YH·05": None,
    "FW·01": None,
}


@pytest.mark.parametrize("class_code", BY_CLASS)
def test_inv_V8_the_class_decides_whether_it_may_leave_the_room(office, class_code):
    """文书 and contracts are read, confidential ones not even that, plans only as copies (R36, R38)."""
    volume = make.volume(office, class_code, 1, held=True)
    refusal = BY_CLASS[class_code]
    if refusal is None:
        assert lend(office, volume)
        return
    with pytest.raises(refusal):
        lend(office, volume)
    assert loans(office) == 0


def test_inv_V9_no_grant_makes_a_confidential_volume_lendable(office):
    """Reading may be granted, taking away never (R38)."""
    volume = make.volume(office, "ZX·02", 1, held=True, level=20)
    with pytest.raises(Confidential):
        lend(office, volume)


def test_only_what_is_held_is_lent(office):
    """Before acceptance there is nothing to answer for."""
    open_one = make.volume(office, "ZX·02", 1)
    with pytest.raises(WrongState):
        lend(office, open_one)
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, open_one)
    with pytest.raises(WrongState):
        lend(office, open_one)


def test_inv_V11_lender_and_borrower_are_two_people(office):
    """And so are who brings it back and who receives it."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    with pytest.raises(SameSigner):
        lend(office, volume, to="archivist")
    lend(office, volume, to="clerk", by="archivist")
    with pytest.raises(SameSigner):
        take_back(office, volume, actor="clerk")
    with pytest.raises(SameSigner):
        take_back(office, volume, by="archivist")
    with pytest.raises(SameSigner):  # whoever is said to bring it: nobody takes back what he has himself
        take_back(office, volume, actor="clerk", by="staff")
    assert take_back(office, volume, by="staff")[1]


@pytest.mark.parametrize(
    "counted", [{"items": 1}, {"items": 3}, {"items": 0}, {"pages": 3}, {"items": 2, "pages": 5}]
)
def test_inv_V11_a_count_that_differs_stops_the_loan(office, counted):
    """Both count before it leaves; a difference is settled first."""
    volume = make.volume(office, "ZX·02", 2, held=True)
    with pytest.raises(CountDiffers):
        lend(office, volume, **counted)
    assert loans(office) == 0 and lend(office, volume, items=2, pages=4)


@pytest.mark.parametrize(
    "when",
    [
        {"due_on": dt.date(2026, 3, 1)},
        {"due_on": dt.date(2036, 1, 1)},
        {"days": -1},
        {"days": 367},
        {"days": 10**12},
    ],
)
def test_inv_V12_a_due_date_lies_between_today_and_a_year_ahead(office, when):
    """Yesterday, a decade, a number that is no number of days."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    with pytest.raises(BadValue):
        lend(office, volume, **when)
    assert loans(office) == 0


def test_inv_V12_every_loan_has_a_due_date_the_settings_if_nothing_is_said(office):
    """Fifteen days unless the desk says otherwise; due today is allowed."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    lend(office, volume)
    assert register(office)[0].due_on == dt.date(2026, 3, 17)
    take_back(office, volume)
    lend(office, volume, days=0)
    assert register(office, open_only=True)[0].due_on == dt.date(2026, 3, 2)


def test_a_purpose_is_demanded_and_kept_sealed(office):
    """Why somebody borrows is asked, and not left lying in clear."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    with pytest.raises(BadValue):
        lend(office, volume, purpose="  ")
    number = lend(office, volume, purpose="核对消防图")
    with office.instance.engine.connect() as raw:
        card = raw.scalar(select(Loan.card))
    assert "核对消防图".encode() not in card
    assert "核对消防图" in office.instance.keys.open(volume, f"loan|{number}", card).decode()


def test_who_may_lend_and_take_back(office):
    """Archivist everywhere, clerks in their department, others never; hidden records do not exist."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    for account, refusal in (
        ("staff", NotAllowed), ("manager", NotAllowed), ("gm", NotAllowed), ("records", OtherDepartment),
        ("secretary", OtherDepartment), ("admin", NotFound), ("auditor", NotFound),
    ):  # fmt: skip
        with pytest.raises(refusal):
            lend(office, volume, to="supervisor", by=account)
    lend(office, volume, by="clerk")
    for account, refusal in (("staff", NotAllowed), ("records", OtherDepartment), ("admin", NotFound)):
        with pytest.raises(refusal):
            take_back(office, volume, actor=account, by="supervisor")
    assert take_back(office, volume, actor="clerk")[1]


def test_nobody_borrows_who_is_unknown_or_gone(office):
    """An account that never was, and one that is barred for the time being."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    with pytest.raises(NotFound):
        lend(office, volume, to="nobody")
    with office.work("admin", Act.PERSON_SUSPEND) as unit:
        people.suspend(unit, "records", reason="擅自外带")
    with pytest.raises(NotEmployed):
        lend(office, volume, to="records")


def test_a_volume_without_a_physical_piece_is_not_lent(office):
    """Born-digital records have nothing to hand over."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        volume = items.file_matter(unit, make.matter(), [make.paper(on_paper=False)])[0].volume_uid
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, volume)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [volume], given_by="clerk")
    with pytest.raises(NothingToLend):
        lend(office, volume)


def test_what_is_not_out_is_not_taken_back(office):
    """Never lent, and returned already, answer alike."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    with pytest.raises(NotOnLoan):
        take_back(office, volume)
    lend(office, volume)
    with pytest.raises(BadValue):
        take_back(office, volume, items=-1)
    take_back(office, volume)
    with pytest.raises(NotOnLoan):
        take_back(office, volume)


def test_a_refused_loan_leaves_no_gap_in_the_register(office):
    """Loan numbers run on as if the refused ones never were; each refusal has its line in the log."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    lend(office, volume)
    for _ in range(3):
        with pytest.raises(AlreadyOut):
            lend(office, volume, to="clerk")
    take_back(office, volume)
    assert lend(office, volume) == "JY2026-00002"
    with office.instance.engine.connect() as raw:
        refused = raw.scalar(text("SELECT count(*) FROM event WHERE outcome = 'already-out'"))
    assert refused == 3


def test_inv_V23_the_register_shows_what_one_may_see_and_ones_own_loans(office):
    """A borrower sees his line; a stranger to the class does not."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    lend(office, volume, to="staff")
    assert len(register(office, by="staff")) == 1
    assert len(register(office, borrower="staff")) == 1 and register(office, borrower="clerk") == []
    with pytest.raises(NotAllowed):
        register(office, by="admin")


# --- the ledger's own rules -------------------------------------------------------------------

BROKEN = {
    "the borrower signs for himself": "UPDATE loan SET borrower_uid = lent_by",
    "the receiver brought it": "UPDATE loan SET returned_by = received_by WHERE received_by IS NOT NULL",
    "due before it was lent": "UPDATE loan SET due_on = '1999-01-01'",
    "returned without a date": "UPDATE loan SET state = 'RETURNED', returned_at = NULL",
    "out and dated as returned": "UPDATE loan SET state = 'OUT'",
    "of nothing": "UPDATE loan SET volume_uid = NULL",
    "a state nobody knows": "UPDATE loan SET state = 'LOST'",
    "a number twice": "UPDATE loan SET number = 'JY2026-00001'",
    "erased": "DELETE FROM loan",
    "a line erased": "DELETE FROM outing",
    "out twice": "UPDATE outing SET returned_at = NULL",
}


@pytest.mark.parametrize("broken", BROKEN)
def test_inv_V11_V12_the_schema_refuses_a_ledger_line_that_cannot_be(office, broken):
    """Whatever program writes: CHECKs, unique indexes and triggers hold the rules of the ledger."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    for _ in range(2):
        lend(office, volume)
        take_back(office, volume)
    with office.instance.engine.connect() as raw:
        with pytest.raises(IntegrityError):
            raw.execute(text(BROKEN[broken]))
        raw.rollback()
    assert check_all(office) == []


# --- the state machine ------------------------------------------------------------------------

LENDERS = ("archivist",) * 5 + ("clerk",) * 3 + ("records", "secretary", "staff", "admin")
BORROWERS = ("staff", "clerk", "records", "supervisor", "archivist")
THINGS = st.integers(0, 4)
TAKEN_TO = {"archivist", "clerk"}


class Desk(RuleBasedStateMachine):
    """Random people lend and take back volumes, single papers and items; a plain dict knows who has what."""

    template = None
    acts = Tally()

    def __init__(self) -> None:
        super().__init__()
        type(self).runs = getattr(type(self), "runs", 0) + 1
        self.home = self.template[1] / f"run{self.runs}"
        shutil.copytree(self.template[0], self.home)
        self.office = Office(None)
        self.office.instance = opened(self.home, self.template[2], lambda: self.office.now)
        self.out: dict[str, tuple[str, frozenset[str]]] = {}
        self.due: dict[str, dt.date] = {}
        self.renewed: dict[str, int] = {}
        self.recalled: set[str] = set()
        self.pieces: dict[str, frozenset[str]] = {}
        self.lent = 0

    def teardown(self) -> None:
        assert check_all(self.office) == []
        self.office.instance.close()
        shutil.rmtree(self.home)

    @rule(thing=THINGS, by=st.sampled_from(LENDERS), to=st.sampled_from(BORROWERS), days=st.integers(-1, 30))
    def lends(self, thing, by, to, days):
        """Succeeds exactly if the lender may, both differ, the date is right and no piece is out."""
        code, pieces, lendable = self.template[3][thing]
        free = not any(pieces & held for _, held in self.out.values())
        able = by in TAKEN_TO and to != by and days >= 0 and lendable and not self.keeps_too_long(to)
        should = able and free
        try:
            number = lend(self.office, code, to=to, by=by, days=days)
        except ArchiveError as refusal:
            assert not should, refusal
            if able:
                assert isinstance(refusal, AlreadyOut)
        else:
            assert should
            self.out[code] = (to, pieces)
            self.due[code] = workdays.add_workdays(self.today() + dt.timedelta(days=days), 0)
            self.lent += 1
            self.acts["lent"] += 1
            assert number == f"JY2026-{self.lent:05}"

    def today(self) -> dt.date:
        return self.office.now.astimezone(self.office.instance.settings.zone).date()

    def keeps_too_long(self, account: str) -> bool:
        """Whether *account* has something more than a week overdue (R44)."""
        kept = [self.due[code] for code, (who, _) in self.out.items() if who == account]
        return any((self.today() - due).days > 7 for due in kept)

    @precondition(lambda self: self.out)
    @rule(
        chosen=st.integers(0, 4), by=st.sampled_from(("archivist", "staff", "clerk")), days=st.integers(0, 9)
    )
    def renews(self, chosen, by, days):
        """Succeeds exactly if he may, it was not yet renewed twice, recalled or overdue, and it lasts longer."""
        code = sorted(self.out)[chosen % len(self.out)]
        due, times = self.due[code], self.renewed.get(code, 0)
        new = workdays.add_workdays(due + dt.timedelta(days=days), 0)
        may = by in {"archivist", "clerk", self.out[code][0]}
        should = may and times < 2 and code not in self.recalled and self.today() <= due < new
        try:
            with self.office.work(by, Act.LOAN_RENEW) as unit:
                renewing.renew(unit, code, days=days)
        except ArchiveError as refusal:
            assert not should, refusal
        else:
            assert should
            self.due[code], self.renewed[code] = new, times + 1
            self.acts["renewed"] += 1

    @precondition(lambda self: self.out)
    @rule(chosen=st.integers(0, 4), days=st.integers(0, 5))
    def recalls(self, chosen, days):
        """Succeeds exactly once a loan, and never moves the day away."""
        code = sorted(self.out)[chosen % len(self.out)]
        try:
            with self.office.work("archivist", Act.LOAN_RECALL) as unit:
                renewing.recall(unit, code, reason="急用", days=days)
        except ArchiveError as refusal:
            assert isinstance(refusal, LoanRecalled) and code in self.recalled
        else:
            assert code not in self.recalled
            self.recalled.add(code)
            self.due[code] = min(self.due[code], workdays.add_workdays(self.today(), days))
            self.acts["recalled"] += 1

    @rule(thing=THINGS, by=st.sampled_from(LENDERS), items=st.none() | st.integers(0, 2))
    def returns(self, thing, by, items):
        """Succeeds exactly if this very thing is out and somebody else than the borrower receives it."""
        code, pieces, _ = self.template[3][thing]
        borrower = self.out.get(code, ("", frozenset()))[0]
        should = code in self.out and by in TAKEN_TO and by != borrower
        try:
            _, intact = take_back(self.office, code, actor=by, items=items)
        except ArchiveError as refusal:
            assert not should, refusal
        else:
            assert should and intact == (items in {None, len(pieces)})
            del self.out[code]
            self.renewed.pop(code, None)
            self.recalled.discard(code)
            self.acts["returned"] += 1

    @rule(thing=THINGS, by=st.sampled_from(("archivist", "clerk")), to=st.sampled_from(("staff", "records")))
    def lends_properly(self, thing, by, to):
        """As `lends`, with nothing wrong but perhaps the thing."""
        self.lends(thing, by, to, 15)

    @precondition(lambda self: self.out)
    @rule(chosen=st.integers(0, 4), by=st.sampled_from(("archivist", "clerk")))
    def brings_something_back(self, chosen, by):
        """As `returns`, of something that is out."""
        code = sorted(self.out)[chosen % len(self.out)]
        self.returns([thing[0] for thing in self.template[3]].index(code), by, None)

    @rule(hours=st.integers(1, 30))
    def waits(self, hours):
        self.office.tick(hours=hours)

    @invariant()
    def the_ledger_says_what_happened(self):
        """Pieces out are those of the model; one open line each; every history can be told in order."""
        with self.office.ask("archivist", Act.LOAN_SEE) as unit:
            assert holdings_out(unit) == {piece for _, held in self.out.values() for piece in held}
            assert explained(unit) == []
            open_rows = ledger.register(unit, open_only=True)
            assert {row.due_on for row in open_rows} == {self.due[code] for code in self.out}
            assert len(open_rows) == len(self.out)
            assert all(row.due_on >= row.lent_on and row.lent_by != row.borrower for row in open_rows)
            lines = unit.session.scalars(select(Outing).where(Outing.returned_at.is_(None))).all()
            assert len({line.holding_uid for line in lines}) == len(lines)


@pytest.fixture(scope="module")
def shelf(template, tmp_path_factory):
    """A folder with an office whose shelf is stocked, to be copied for each run of the machine."""
    where = tmp_path_factory.mktemp("counter")
    shutil.copytree(template / "home", where / "home")
    office = Office(None)
    office.instance = opened(where / "home", template / "key", lambda: office.now)
    first = make.volume(office, "ZX·02", 2, held=True)
    second = make.volume(office, "ZX·02", 2, held=True, dossier="A1203-2025-2")
    letters = make.volume(office, "WS·LW", 1, held=True)
    book = make.filed(office, "ZK·01", 1)[0]
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [book], given_by="clerk")
    with office.ask("archivist") as unit:
        inner = {
            code: frozenset(unit.item(line.code).uid for line in views.inner_list(unit, unit.volume(code)))
            for code in (first, second, letters)
        }
    part = min(inner[first])
    things = [
        (first, inner[first], True),
        (second, inner[second], True),
        (part, frozenset({part}), True),
        (book, frozenset({book}), True),
        (letters, inner[letters], False),
    ]
    office.instance.close()
    return where / "home", where, template / "key", things


@pytest.mark.parametrize(("examples", "least"), [(8, 1), pytest.param(10, 4, marks=pytest.mark.slow)])
def test_rel_X1_random_lending_and_returning_keeps_every_promise(shelf, examples, least):
    """A machine of random acts by random people agrees with a plain model at every step (V8, V9, V11, V12)."""
    machine = type("Machine", (Desk,), {"template": shelf, "acts": Tally()})
    machine.TestCase.settings = hypothesis_settings(max_examples=examples, stateful_step_count=25)
    machine.TestCase("runTest").runTest()
    often = {"lent": 4 * least, "returned": 2 * least + 1, "renewed": least, "recalled": least}
    assert all(machine.acts[act] >= times for act, times in often.items()), dict(machine.acts)


def test_witness_rel_X1_without_the_index_the_machines_check_fails(shelf, tmp_path):
    """Drop the one index that forbids it: the double loan happens, and `check_all` names it."""
    shutil.copytree(shelf[0], tmp_path / "home")
    office = Office(None)
    office.instance = opened(tmp_path / "home", shelf[2], lambda: office.now)
    with office.instance.engine.begin() as raw:
        raw.execute(text("DROP INDEX one_open_outing_per_holding"))
    lend(office, shelf[3][0][0])
    lend(office, shelf[3][0][0], to="clerk")
    office.tick(hours=1)
    with office.ask("archivist") as unit:
        assert len(explained(unit)) == 2
    assert {line[:2] for line in check_all(office)} == {"I6"}
    office.instance.close()
