"""修复、复制: what is damaged is mended or copied in time, and is off the shelf meanwhile (R25, F26)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError

from archive.acts import Act
from archive.circulation import incidents, lending
from archive.custody import repairs
from archive.errors import (
    AlreadyOut,
    BadValue,
    NoPiece,
    NotAllowed,
    NotFound,
    OtherDepartment,
    PieceLost,
    WrongState,
)
from archive.model import Event, Holding, IndexTask, Item, Outing, Repair
from archive.statuses import Condition, IncidentKind, RepairMethod, RepairState
from tests import make
from tests.archive.test_incidents import conditions, count, papers
from tests.conftest import TODAY

MEND, COPY, SCAN = RepairMethod.MEND, RepairMethod.COPY, RepairMethod.SCAN
SOUND, DAMAGED, LOST = Condition.SOUND, Condition.DAMAGED, Condition.LOST
DAY = TODAY.date()


def order(office, code, by="archivist", method=MEND, **given) -> str:
    usual = {"damage": "第三页撕裂", "handler": "吴资料", "found_on": DAY}
    with office.work(by, Act.REPAIR_ORDER) as unit:
        return repairs.order(unit, code, method=method, **{**usual, **given}).number


def done(office, number, by="archivist", **given) -> RepairState:
    usual = {"result": "已裱糊", "original": "归还原位"}
    with office.work(by, Act.REPAIR_DONE) as unit:
        return repairs.done(unit, number, **{**usual, **given}).state


def cancel(office, number, by="archivist", reason="改为复制") -> RepairState:
    with office.work(by, Act.REPAIR_CANCEL) as unit:
        return repairs.cancel(unit, number, reason=reason).state


def rows(office, by="archivist", **given):
    with office.ask(by, Act.REPAIR_SEE) as unit:
        return repairs.rows(unit, **given)


def damaged(office, by="archivist") -> list[str]:
    with office.ask(by, Act.REPAIR_SEE) as unit:
        return [piece.code for piece in repairs.damaged(unit)]


def report(office, code, kind, pieces=()) -> str:
    with office.work("archivist", Act.INCIDENT_REPORT) as unit:
        return incidents.report(unit, code, kind=kind, found_on=DAY, course="发现", pieces=pieces).number


def lend(office, code):
    with office.work("archivist", Act.LOAN_LEND) as unit:
        return lending.lend(unit, code, to="staff", purpose="核对")


def open_outings(office) -> int:
    with office.instance.engine.connect() as raw:
        return len(list(raw.execute(select(Outing.uid).where(Outing.returned_at.is_(None)))))


@pytest.fixture
def volume(office) -> str:
    return make.volume(office, "ZX·02", 2, held=True)


def test_req_R25_a_damaged_paper_is_mended_and_is_sound_again(office, volume):
    """Ordered, done; the register has every field of F26."""
    first = papers(office, volume)[0]
    number = order(office, first)
    assert number == "XF2026-0001"
    assert conditions(office, volume) == [(DAMAGED, False), (SOUND, False)]
    office.tick(days=4)
    assert done(office, number) is RepairState.DONE
    assert conditions(office, volume) == [(SOUND, False)] * 2
    (row,) = rows(office)
    assert (row.number, row.title, row.papers, row.method, row.state) == (
        number, "ZX·02 案卷", [first], MEND, RepairState.DONE,
    )  # fmt: skip
    assert (row.damage, row.handler, row.result, row.original) == (
        "第三页撕裂",
        "吴资料",
        "已裱糊",
        "归还原位",
    )
    assert (row.found_on, row.ordered_on, row.ended_on) == (DAY, DAY, DAY + dt.timedelta(days=4))


def test_req_R25_a_copy_enters_the_books_and_the_damaged_original_stays(office, volume):
    """The copy is a piece of its own; where it is kept stands in the register."""
    number = order(office, volume, method=COPY, pieces=papers(office, volume)[1:])
    with pytest.raises(BadValue):
        done(office, number)
    with pytest.raises(BadValue):
        done(office, number, copy=True)
    assert done(office, number, copy=True, copy_kept="R1-C2") is RepairState.DONE
    assert conditions(office, volume) == [(SOUND, False), (SOUND, False), (SOUND, True)]
    assert rows(office)[0].copy_kept == "R1-C2"
    with office.instance.engine.connect() as raw:
        assert raw.scalar(select(Repair.copy_uid)) == raw.scalar(select(Holding.uid).where(Holding.is_copy))


def test_inv_V11_what_is_being_mended_is_not_lent_and_what_is_lent_is_not_mended(office, volume):
    """One piece, one reason to be off the shelf; a single paper under repair keeps the volume in."""
    make.approved(office, volume)
    number = order(office, papers(office, volume)[1])
    with pytest.raises(AlreadyOut):
        lend(office, volume)
    with pytest.raises(AlreadyOut):
        order(office, volume, method=COPY)
    cancel(office, number)
    lend(office, volume)
    with pytest.raises(AlreadyOut):
        order(office, volume)
    assert len(rows(office)) == 1


def test_witness_without_the_index_a_piece_would_be_in_two_places(office, volume):
    """Once the index is gone the second order passes: it is what refuses."""
    order(office, volume)
    with office.instance.engine.begin() as raw:
        raw.execute(text("DROP INDEX one_open_outing_per_holding"))
    order(office, volume, method=COPY)
    assert open_outings(office) == 4
    with pytest.raises(IntegrityError), office.instance.engine.begin() as raw:
        raw.execute(delete(Repair))  # and orders are never deleted


def test_a_scan_is_only_registered(office, volume):
    """Nothing leaves the shelf, nothing is copied."""
    number = order(office, volume, method=SCAN)
    assert open_outings(office) == 0
    with pytest.raises(BadValue):
        done(office, number, copy=True, copy_kept="R1")
    assert done(office, number, original="原位不动") is RepairState.DONE
    assert conditions(office, volume) == [(SOUND, False)] * 2


def test_req_R25_what_is_damaged_and_not_ordered_is_listed(office, volume):
    """Until it is ordered, mended or copied; cancelled, it is on the list again; only what one may see."""
    first, second = papers(office, volume)
    secret = make.volume(office, "YH·01", 1, held=True)
    report(office, volume, IncidentKind.DAMAGED)
    report(office, secret, IncidentKind.DAMAGED)
    assert len(damaged(office)) == 3
    assert damaged(office, by="records") == [first, second]
    number = order(office, volume)
    assert not {first, second} & set(damaged(office))
    cancel(office, number)
    done(office, order(office, first, method=COPY), copy=True, copy_kept="R1-C1")
    assert damaged(office, by="records") == [second]
    done(office, order(office, second))
    assert damaged(office, by="records") == []


def test_an_order_takes_the_damaged_papers_or_all_if_none_is(office, volume):
    """Without named papers; a lost paper is never among them."""
    first, second = papers(office, volume)
    cancel(office, order(office, volume, method=COPY))
    report(office, volume, IncidentKind.DAMAGED, [second])
    order(office, volume)
    assert [row.papers for row in rows(office)] == [[first, second], [second]]


def test_what_was_lost_under_repair_is_not_made_sound(office, volume):
    """The end of an order gives nothing back that is on the books as lost."""
    number = order(office, volume)
    report(office, volume, IncidentKind.LOST, papers(office, volume)[:1])
    done(office, number)
    assert conditions(office, volume) == [(LOST, False), (SOUND, False)]
    report(office, volume, IncidentKind.LOST)
    with pytest.raises(PieceLost):
        order(office, volume)


def test_an_order_may_belong_to_an_incident_of_the_same_record(office, volume):
    """Its number stands in the register; an incident of another record is refused."""
    number = report(office, volume, IncidentKind.DAMAGED)
    order(office, volume, incident=number)
    assert rows(office)[0].incident == number
    other = make.volume(office, "ZX·02", 1, held=True, dossier="A1203-2025-8")
    for wrong in (number, "SG2026-0999"):
        with pytest.raises(BadValue):
            order(office, other, incident=wrong)


def test_who_keeps_a_record_orders_and_nobody_else(office, volume):
    """The department's clerk and the archivist; not staff, not a clerk of another department, not the manager."""
    for who, refusal in (("staff", NotAllowed), ("manager", NotAllowed), ("records", OtherDepartment), ("gm", NotAllowed)):  # fmt: skip
        with pytest.raises(refusal):
            order(office, volume, by=who)
    number = order(office, volume, by="clerk")
    with pytest.raises(OtherDepartment):
        done(office, number, by="records")
    with pytest.raises(NotAllowed):
        rows(office, by="staff")
    assert done(office, number, by="clerk") is RepairState.DONE


def test_an_order_of_a_hidden_record_answers_as_if_there_were_none(office):
    """By code and by number alike; the list does not have it."""
    secret = make.volume(office, "YH·01", 1, held=True)
    number = order(office, secret)
    for call in (lambda: order(office, secret, by="records"), lambda: done(office, number, by="records")):
        with pytest.raises(NotFound) as told:
            call()
        assert "K001" not in str(told.value)
    assert rows(office, by="records") == [] and len(rows(office)) == 1


def test_only_what_the_archive_holds_is_repaired_and_only_once(office, volume):
    """Not before acceptance; what is done or cancelled is over."""
    with pytest.raises(WrongState):
        order(office, make.volume(office, "ZX·02", 1, dossier="A1203-2025-8"))
    number = order(office, volume)
    done(office, number)
    for step in (done, cancel):
        with pytest.raises(WrongState):
            step(office, number)
    again = order(office, volume)
    cancel(office, again)
    for step in (done, cancel):
        with pytest.raises(WrongState):
            step(office, again)
    assert open_outings(office) == 0


def test_bad_input_is_refused_with_a_sentence_and_changes_nothing(office, volume):
    """Unknown codes, strangers' papers, nothing said, a day to come, a record without pieces."""
    from tests.archive.test_incidents import _electronic

    stranger = papers(office, make.volume(office, "ZX·02", 1, held=True, dossier="A1203-2025-8"))[0]
    electronic = _held_electronic(office, _electronic(office))
    for code, given, refusal in (
        ("K001-没有", {}, NotFound),
        (volume, {"pieces": [stranger]}, NotFound),
        (volume, {"damage": " "}, BadValue),
        (volume, {"handler": ""}, BadValue),
        (volume, {"found_on": DAY + dt.timedelta(days=1)}, BadValue),
        (electronic, {}, NoPiece),
    ):
        with pytest.raises(refusal) as told:
            order(office, code, **given)
        assert str(told.value).endswith("。")
    assert count(office, Repair) == 0
    number = order(office, volume)
    with pytest.raises(BadValue):
        done(office, number, result=" ")
    with pytest.raises(BadValue):
        cancel(office, number, reason=" ")
    for step in (done, cancel):
        with pytest.raises(NotFound):
            step(office, "XF2026-0099")
    assert rows(office)[0].state is RepairState.ORDERED


def _held_electronic(office, uid: str) -> str:
    from archive import volumes
    from archive.custody import handover

    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, uid)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    return uid


def test_conf_what_is_wrong_and_who_mends_it_is_sealed(office, volume):
    """Neither the tables nor the log have the words; the index hears of each step."""
    before = count(office, IndexTask)
    done(office, order(office, volume, damage="独有的破损", handler="独有的经办"), result="独有的结果")
    with office.instance.engine.connect() as raw:
        told = str([list(raw.execute(select(kind))) for kind in (Repair, Event, Item)])
    assert "独有的" not in told
    assert count(office, IndexTask) > before
