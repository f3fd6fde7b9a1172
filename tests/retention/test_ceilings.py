"""Personal records past their ceiling and still here, with what keeps each (个保法 19, 47)."""

import datetime as dt

import pytest
from sqlalchemy import update

from archive import reckoning
from archive.acts import Act
from archive.errors import NotAllowed
from archive.model import Appraisal, AppraisalLine, Volume, new_uid
from archive.statuses import AppraisalState
from archive.values import VolumeState
from retention import ceilings
from retention.ceilings import StillHere
from retention.holding import placing
from tests import make

D = dt.date.fromisoformat


def registration(office, ended, class_code="YH·02", **given) -> str:
    """A tenant's registration (three years after moving out, never longer); its uid."""
    uid = make.volume(office, class_code, held=True, year=2021, **given)
    if ended is not None:
        with office.work("archivist", Act.TRIGGER_RECORD) as unit:
            reckoning.record_trigger(
                unit, unit.volume(uid).reference_code, "TENANCY_ENDED", D(ended), note="登记表"
            )
    return uid


def past(office, who="archivist", **given) -> list[tuple[str, StillHere, list[str]]]:
    """The codes past their ceiling, why, by what."""
    with office.ask(who, Act.SUBJECT_SEE) as unit:
        return [(line.code, line.why, line.by) for line in ceilings.past(unit, **given)]


def code_of(office, uid) -> str:
    with office.ask("archivist") as unit:
        return unit.record(uid).reference_code


def test_what_is_past_its_ceiling_is_listed_with_the_days(office):
    """
    Moved out in 2021: three years are over since 2025-01-01; a tenant who stays, or left in 2024, is not listed.
    """
    uid = registration(office, "2021-08-15")
    registration(office, None, premises="A1204", party="P002")
    registration(office, "2024-02-29", premises="B0101")
    with office.ask("archivist", Act.SUBJECT_SEE) as unit:
        (line,) = ceilings.past(unit)

    assert (code_of(office, uid), D("2025-01-01"), 425) == (line.code, line.ceiling_on, line.late_days)
    assert (StillHere.WAITING, [], "D3") == (line.why, line.by, line.period)


def test_classes_without_a_ceiling_are_listed_only_when_asked_for(office):
    """
    Keys handed over are personal, but may be kept longer: `personal` takes them in.
    """
    uid = registration(office, "2015-08-15", "YH·03")

    assert [] == past(office)
    assert [(code_of(office, uid), StillHere.WAITING, [])] == past(office, personal=True)


def test_a_hold_or_an_appraisal_that_keeps_it_is_named(office):
    """
    Taken up by an appraisal: its number; on hold as well: that of the hold, for it weighs more.
    """
    uid = registration(office, "2021-08-15")
    with office.work("archivist", Act.APPRAISAL_BEGIN) as unit:
        unit.act(Act.APPRAISAL_BEGIN)
        taken = Appraisal(
            uid=new_uid(), number="JD2026-0001", year=2026, as_of=unit.today, class_code="", department="",
            state=AppraisalState.OPEN, begun_at=unit.now, begun_by=unit.actor.uid, card=b"",
        )  # fmt: skip
        unit.session.add(taken)
        unit.session.flush()
        record = unit.volume(uid)
        unit.session.add(
            AppraisalLine(
                uid=new_uid(),
                appraisal_uid=taken.uid,
                nth=1,
                record_uid=uid,
                code=record.reference_code,
                period="D3",
            )
        )
    code = code_of(office, uid)
    assert [(code, StillHere.APPRAISED, ["JD2026-0001"])] == past(office)
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        number = placing.place(unit, reason="欠费诉讼", parties=["P001"]).number

    assert [(code, StillHere.HELD, [number])] == past(office)


def test_a_period_set_apart_does_not_hide_what_is_past_its_ceiling(office):
    """
    The ceiling is the class's own period: a record marked to be kept ten years is listed all the same.
    """
    uid = registration(office, "2021-08-15")
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        unit.act(Act.VOLUME_EDIT)
        volume = unit.volume(uid)
        volume.period = volume.own_period = "D10"
        reckoning.resettle(unit, volume)
        assert D("2032-01-01") == volume.review_due

    assert [(code_of(office, uid), StillHere.PROLONGED, [])] == past(office)


def test_what_is_gone_is_not_listed(office):
    """
    Handed on: it is not ours to keep any more.
    """
    uid = registration(office, "2021-08-15")
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        unit.act(Act.VOLUME_EDIT)
        unit.session.execute(update(Volume).where(Volume.uid == uid).values(state=VolumeState.TRANSFERRED))

    assert [] == past(office)


def test_inv_V23_the_list_holds_what_its_reader_may_see(office):
    """
    The manager of the department sees it, the personnel officer of another does not; staff are refused.
    """
    uid = registration(office, "2021-08-15")

    assert [code_of(office, uid)] == [code for code, *_ in past(office, "manager")]
    assert [] == past(office, "hr")
    with pytest.raises(NotAllowed):
        past(office, "staff")
