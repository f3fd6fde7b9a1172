"""Signatures at the counter: drawn or by one's own password, sealed with the record, printed on the slip (R39)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from archive import db, identity, people
from archive.acts import Act
from archive.circulation import handing, ledger, signing
from archive.circulation.lending import Return, Terms
from archive.circulation.signing import Signing
from archive.entrance import SignedBy
from archive.errors import AlreadyOut, BadValue, Busy, LineRefused, LoginFailed, LoginThrottled
from archive.forms.kinds import Wanted
from archive.forms.page import Signatures
from archive.forms.slips import loan_slip
from archive.identity import Typed
from archive.model import Event, Loan, LoginBar, Reading, Signature
from archive.words import Language
from tests import make
from tests.conftest import PASSWORD

DRAWN = "M40 60L60 80L90 40L120 95L150 55L190 75"
TERMS = Terms("staff", "核对图纸")


@pytest.fixture
def volume(office) -> str:
    code = make.volume(office, "ZX·02", 2, held=True)
    make.approved(office, code, times=3)
    return code


def lent(office, code: str, signed: Signing = Signing(DRAWN)) -> str:  # noqa: B008
    def done() -> str:
        with office.work("archivist", Act.LOAN_LEND) as unit:
            return str(handing.lend(unit, [code], TERMS, signed)[0].number)

    return identity.beforehand(signed.password, done)


def signatures(office, number: str) -> list[signing.SignatureRow]:
    with office.ask("archivist", Act.LOAN_SEE) as unit:
        return signing.of_loan(unit, number)


def everything_on_disk(home: Path) -> bytes:
    """Every byte of the database and of what SQLite keeps beside it."""
    return b"".join(file.read_bytes() for file in sorted(home.glob("catalogue.db*")))


def test_req_R39_a_loan_is_signed_by_who_takes_it_and_by_who_gives_it(office, volume):
    number = lent(office, volume)
    told = [(one.signer, one.signed_by, one.keeper, bool(one.strokes)) for one in signatures(office, number)]
    assert told == [("孙员工", SignedBy.PAD, False, True), ("郑档案", SignedBy.ACCOUNT, True, False)]
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        facts = unit.session.scalar(select(Event.facts).where(Event.act == "loan.lend"))
    assert '"signed":["PAD"]' in facts.replace(" ", "")


def test_req_R39_both_ends_are_signed_and_stand_on_their_own_lines_of_the_slip(office, volume):
    number = lent(office, volume, Signing(password=Typed(PASSWORD)))
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        handing.take_back(unit, [volume], Signing(DRAWN), {volume: Return()})
    with office.ask("archivist", Act.FORM_PRINT) as unit:
        form = loan_slip(unit, Wanted(Language.ZH, [number]))
    blocks = [one for one in form.blocks if isinstance(one, Signatures)]
    assert [set(one.signed) for one in blocks] == [{"借出人", "借阅人", "归还人", "接收人"}] * 2
    lines = blocks[0].signed
    assert lines["借阅人"].told == "孙员工（本人密码确认）" and not lines["借阅人"].lines
    assert lines["归还人"].lines == [[(40, 60), (60, 80), (90, 40), (120, 95), (150, 55), (190, 75)]]


def test_a_slip_signed_with_a_pen_leaves_its_lines_empty_and_no_signature(office, volume):
    number = lent(office, volume, Signing())
    assert signatures(office, number) == []
    with office.ask("archivist", Act.FORM_PRINT) as unit:
        form = loan_slip(unit, Wanted(Language.ZH, [number]))
    assert all(not one.signed for one in form.blocks if isinstance(one, Signatures))


def test_inv_what_was_drawn_or_typed_is_never_in_clear_in_the_database(office, volume):
    number = lent(office, volume, Signing(DRAWN, Typed(PASSWORD)))
    assert [one.strokes for one in signatures(office, number)].count(DRAWN) == 1
    found = everything_on_disk(office.home)
    assert DRAWN.encode() not in found and PASSWORD.encode() not in found


def test_witness_of_the_same_scan_a_drawing_kept_in_clear_is_found(office, volume):
    lent(office, volume)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        unit.act(Act.LOAN_LEND, unit.record(volume))
        kept = unit.session.scalar(select(Signature).where(Signature.signed_by == SignedBy.PAD))
        clear = {name: getattr(kept, name) for name in ("act", "thing_kind", "thing_uid", "record_uid")}
        unit.session.add(
            Signature(**clear, signed_by=SignedBy.PAD, strokes=DRAWN.encode(), signed_at=unit.now)
        )
    assert DRAWN.encode() in everything_on_disk(office.home)


def test_inv_V19_with_the_records_key_the_drawing_is_gone_too(office, volume):
    number = lent(office, volume)
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        handing.take_back(unit, [volume], Signing(), {volume: Return()})
    office.instance.keys.drop_keys([volume])
    told = signatures(office, number)
    assert [one.strokes for one in told] == ["", ""] and told[0].signer == "孙员工"


NO_DRAWINGS = [
    "M1 1",
    "M1 1L2 2",
    "L1 1L2 2L3 3L4 4L5 5L6 6",
    DRAWN + "Z",
    DRAWN + '"/><script>',
    "M601 1L2 2L3 3L4 4L5 5L6 6",
    "M1 201L2 2L3 3L4 4L5 5L6 6",
    "M-1 1L2 2L3 3L4 4L5 5L6 6",
    "M1e2 1L2 2L3 3L4 4L5 5L6 6",
    "M١ ١L2 2L3 3L4 4L5 5L6 6",
    DRAWN * 600,
]


def test_what_is_no_drawing_within_the_sheet_is_refused_and_nothing_is_lent(office, volume):
    for drawn in NO_DRAWINGS:
        with pytest.raises(BadValue) as refused:
            lent(office, volume, Signing(drawn))
        assert refused.value.facts["field"] == "strokes"
        assert drawn[:20] not in refused.value.message(Language.ZH)
    with office.ask("archivist") as unit:
        assert unit.session.scalar(select(Loan.uid)) is None


def test_rel_W6_a_password_that_is_not_his_is_refused_counted_and_in_the_end_barred(office, volume):
    for _ in range(identity.FREE_TRIES):
        with pytest.raises(LoginFailed):
            lent(office, volume, Signing(password=Typed("wrong horse battery")))
    with pytest.raises(LoginThrottled):
        lent(office, volume, Signing(password=Typed(PASSWORD)))
    with office.ask("archivist") as unit:
        assert unit.session.scalar(select(Loan.uid)) is None
        assert unit.session.scalar(select(LoginBar.failures)) == identity.FREE_TRIES
    with pytest.raises(LoginThrottled), office.instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
        identity.login(unit, "staff", PASSWORD)  # the bar is the log-in's own


def test_witness_of_the_same_check_another_persons_password_does_not_pass(office, volume, monkeypatch):
    """With the comparison cut out anybody's password would do: the check above would see a loan."""
    with office.ask("archivist") as unit:
        known = {identity.kept(unit, "staff"): True}
    assert lent(office, volume, Signing(password=Typed("wrong horse battery", known))).startswith("JY")


def nobody_waits(office, tries: list[str]):
    """A trying that asks the database to write meanwhile, and notes that it could."""

    def trying(password: str, hashed: str) -> bool:
        with db.impatient(office.instance.engine) as other:
            other.exec_driver_sql("UPDATE login_bar SET failures = failures")
        tries.append(hashed)
        return identity.matches(password, hashed)

    return trying


def test_rel_W6_while_a_password_is_tried_nobody_waits_for_the_database(office, volume):
    """It is tried once, between two transactions, of which the first has left nothing, not even a line."""
    signed, tries = Signing(password=Typed(PASSWORD)), []

    def done() -> str:
        with office.work("archivist", Act.LOAN_LEND) as unit:
            return str(handing.lend(unit, [volume], TERMS, signed)[0].number)

    number = identity.beforehand(signed.password, done, nobody_waits(office, tries))
    assert len(tries) == 1 and number.endswith("00001")
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        lines = unit.session.scalars(select(Event.outcome).where(Event.act == "loan.lend")).all()
    assert lines == ["done"]


def test_witness_of_the_same_check_a_password_tried_in_the_transaction_makes_others_wait(office, volume):
    with pytest.raises(Busy), office.work("archivist", Act.LOAN_LEND) as unit:
        unit.act(Act.LOAN_LEND, unit.record(volume))
        nobody_waits(office, [])(PASSWORD, identity.kept(unit, "staff"))


def test_rel_P4_a_password_changed_while_the_old_one_was_tried_does_not_sign(office, volume):
    signed = Signing(password=Typed(PASSWORD))

    def changed_meanwhile(password: str, hashed: str) -> bool:
        good = identity.matches(password, hashed)
        with office.work("admin", Act.PERSON_RESET) as unit:
            people.reset(unit, "staff")
        return good

    def done() -> str:
        with office.work("archivist", Act.LOAN_LEND) as unit:
            return str(handing.lend(unit, [volume], TERMS, signed)[0].number)

    once = iter([changed_meanwhile, identity.matches])
    with pytest.raises(LoginFailed):
        identity.beforehand(signed.password, done, lambda *told: next(once)(*told))


def test_a_visitor_has_no_password_here(office):
    code = make.volume(office, "ZX·02", 1, held=True)
    with pytest.raises(BadValue) as refused, office.work("archivist", Act.READING_BEGIN) as unit:
        record = unit.record(code)
        unit.act(Act.READING_BEGIN, record)
        signing.sign(
            unit, Act.READING_BEGIN, Reading(number="YL"), record, None, Signing(password=Typed("x"))
        )
    assert refused.value.facts["field"] == "password"


def test_rel_X1_of_two_counters_that_sign_for_the_same_thing_one_lends(office, volume):
    lent(office, volume)
    with pytest.raises(LineRefused) as refused:
        lent(office, volume)
    assert isinstance(refused.value.why, AlreadyOut)
    with office.ask("archivist") as unit:
        assert len(list(unit.session.scalars(select(Signature.uid)))) == 2
        assert ledger.standing(unit)[0] == 1
