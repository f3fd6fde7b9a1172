"""Due dates kept in step with what happens: filing, events, moving, overrides (domain §6.2)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from archive import items, reckoning
from archive.acts import Act
from archive.errors import BadValue, NotAllowed, NotFound, OtherDepartment
from archive.model import Item, TriggerEvent, Volume
from archive.values import Period, Trigger
from tests import make
from tests.conftest import PORTS


def record(office, code, kind, on, by="archivist"):
    with office.work(by, Act.TRIGGER_RECORD) as unit:
        return [volume.uid for volume in reckoning.record_trigger(unit, code, kind, on, note="登记表")]


def dates(office, uid, kind=Volume):
    with office.instance.engine.connect() as raw:
        row = raw.execute(select(kind).where(kind.uid == uid)).one()
    return row.trigger_date, row.expires_on, row.review_due


def drifted(office) -> list[str]:
    """Records whose stored dates are not what the clock says of their stored trigger date."""
    wrong = []
    with office.instance.engine.connect() as raw:
        rows = [*raw.execute(select(Volume)), *raw.execute(select(Item).where(Item.volume_uid.is_(None)))]
    for row in rows:
        course = PORTS.clock.course(Period.parse(row.period), row.trigger, row.trigger_date)
        if (row.expires_on, row.review_due) != (course.expires_on, course.review_due):
            wrong.append(row.reference_code)
    return wrong


DAY = dt.date(2025, 6, 15)


def test_a_clock_that_hangs_on_an_event_stands_still_until_it_happens(office):
    """A tenancy's volume has no due date while the tenant is there, and one from the day he left."""
    volume = make.volume(office, "YH·01", 1)
    assert dates(office, volume) == (None, None, None)
    assert record(office, "A1203-P001", "TENANCY_ENDED", DAY) == [volume]
    began, expires, due = dates(office, volume)
    assert began == DAY and expires.year == 2055 and due == expires + dt.timedelta(days=1)
    assert drifted(office) == []


def test_an_event_of_a_dossier_moves_all_its_volumes_and_only_those_it_counts_for(office):
    """The end of a tenancy counts for 01 and 03, not for the letters of 04, nor for the next tenant."""
    first, second = make.volume(office, "YH·01", 1), make.volume(office, "YH·03", 1)
    letters, other = make.volume(office, "YH·04", 1), make.volume(office, "YH·01", 1, party="P002")
    before = dates(office, letters)
    assert set(record(office, "A1203-P001", "TENANCY_ENDED", DAY)) == {first, second}
    assert dates(office, first)[1].year == 2055 and dates(office, second)[1].year == 2030
    assert dates(office, letters) == before and dates(office, other) == (None, None, None)


def test_ret_T_acceptance_needs_both_halves(office):
    """A fit-out is over when it is accepted and the deposit is settled; the later day counts."""
    volume = make.volume(office, "ZX·02", 1)
    record(office, "A1203-2025-1", "FIT_OUT_ACCEPTED", DAY)
    assert dates(office, volume)[0] is None
    record(office, "A1203-2025-1", "DEPOSIT_SETTLED", dt.date(2025, 9, 1))
    assert dates(office, volume)[0] == dt.date(2025, 9, 1)


def test_a_volume_opened_after_the_event_is_reckoned_by_it(office):
    """What happened to a dossier holds for volumes that join it later."""
    make.volume(office, "YH·01", 1)
    record(office, "A1203-P001", "TENANCY_ENDED", DAY)
    late = make.volume(office, "YH·07", 1)
    assert dates(office, late)[0] == DAY and drifted(office) == []


def test_ret_T5_the_latest_paper_starts_a_formed_clock_and_filing_moves_it(office):
    """A later paper moves the whole volume; moving it out moves the clock back."""
    volume = make.volume(office, "WS·LW", 1)
    early = dates(office, volume)
    with office.work("archivist", Act.ITEM_FILE) as unit:
        late = items.file_into(
            unit, volume, [make.paper("补来函件", "WS·LW", dated=dt.date(2026, 2, 1))]
        )[0].uid  # fmt: skip
    assert dates(office, volume)[0] == dt.date(2026, 2, 1)
    target = make.volume(office, "WS·LW", 1, year=2026)
    with office.work("archivist", Act.ITEM_MOVE) as unit:
        items.move(unit, late, target)
    assert dates(office, volume) == early and dates(office, target)[0] == dt.date(2026, 2, 1)


def test_ret_T17_an_undated_item_is_reckoned_from_its_filing_year(office):
    """No day on the paper: the end of the year it was filed for, and marked as undated."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        uid = items.file_matter(unit, make.matter("QT"), [make.paper("无日期", "QT", dated=None)])[0].uid
    assert dates(office, uid, Item)[0] == dt.date(2025, 12, 31)


def test_ret_T6_an_override_moves_the_due_date(office):
    """从长: with the longer period the volume is never due."""
    volume = make.volume(office, "WS·LW", 1)
    assert dates(office, volume)[1] is not None
    with office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_into(unit, volume, [make.paper("重要函", "WS·LW")], period="Y", override="涉及产权")
    assert dates(office, volume)[1:] == (None, None) and drifted(office) == []


@pytest.mark.parametrize(
    ("code", "kind", "on", "refusal"),
    [
        ("A1203-P001", "MOON_LANDED", DAY, BadValue),
        ("A1203-P001", "TENANCY_ENDED", dt.date(2026, 3, 3), BadValue),
        ("Z9-NONE", "TENANCY_ENDED", DAY, NotFound),
    ],
)
def test_an_event_that_cannot_be_is_refused_and_moves_nothing(office, code, kind, on, refusal):
    """An unknown happening, a day to come, a dossier nobody knows."""
    volume = make.volume(office, "YH·01", 1)
    with pytest.raises(refusal):
        record(office, code, kind, on)
    assert dates(office, volume) == (None, None, None)


def test_events_are_recorded_by_those_who_keep_the_volumes(office):
    """Staff do not, another department's clerk does not, and what one may not see is not there."""
    make.volume(office, "ZX·02", 1)
    volume = make.volume(office, "YH·01", 1)
    for account, code, refusal in (
        ("staff", "A1203-2025-1", NotAllowed), ("records", "A1203-2025-1", OtherDepartment),
        ("staff", "A1203-P001", NotFound), ("admin", "A1203-P001", NotFound),
    ):  # fmt: skip
        with pytest.raises(refusal):
            record(office, code, "TENANCY_ENDED" if "P001" in code else "FIT_OUT_ACCEPTED", DAY, by=account)
    assert dates(office, volume) == (None, None, None)
    with office.instance.engine.connect() as raw:
        assert raw.execute(select(TriggerEvent)).all() == []


def test_every_happening_counts_for_a_trigger_and_every_event_trigger_can_happen():
    """No row of the table leads nowhere, and no clock waits for what can never be recorded."""
    hanging = set(Trigger) - {Trigger.FORMED, Trigger.YEAR_END}
    assert set(reckoning.HAPPENINGS.values()) == hanging


def test_witness_a_stored_date_that_drifted_is_named(office):
    """The check for drift on a date changed by hand."""
    volume = make.volume(office, "WS·LW", 1)
    with office.instance.engine.begin() as raw:
        raw.execute(Volume.__table__.update().values(review_due=dt.date(2000, 1, 1)))
    assert len(drifted(office)) == 1 and volume
