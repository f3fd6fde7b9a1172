"""有效性复核: procedure papers on file are looked at again, whether they still hold (R34)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from archive.acts import Act
from archive.custody import validity
from archive.errors import BadValue, NotAllowed, NotFound, NotUnderReview, OtherDepartment
from archive.instance import SYSTEM
from archive.model import Event, TriggerEvent, ValidityReview, Volume
from archive.statuses import ReviewOutcome
from archive.values import Trigger
from tests import make
from tests.archive.test_incidents import count, papers
from tests.conftest import TODAY

VALID, REVISE, SUPERSEDED = ReviewOutcome.VALID, ReviewOutcome.REVISE, ReviewOutcome.SUPERSEDED
DAY = TODAY.date()
SOON = DAY + dt.timedelta(days=30)


def put(office, code, by="archivist", on=SOON, reason="年度复核") -> None:
    with office.work(by, Act.VALIDITY_SET) as unit:
        validity.set(unit, code, on=on, reason=reason)


def review(office, code, outcome, by="archivist", **given) -> dt.date | None:
    with office.work(by, Act.VALIDITY_REVIEW) as unit:
        return validity.review(unit, code, outcome=outcome, **{"note": "与现行流程一致", **given}).next_on


def rows(office, by="archivist", **given):
    with office.ask(by, Act.VALIDITY_SEE) as unit:
        return validity.rows(unit, **given)


def history(office, code, by="archivist"):
    with office.ask(by, Act.VALIDITY_SEE) as unit:
        return validity.history(unit, code)


def due_count(office, who=SYSTEM) -> int:
    with office.instance.ask(who, Act.VALIDITY_SEE) as unit:
        return validity.due_count(unit)


@pytest.fixture
def procedure(office) -> str:
    """A volume of the quality system, whose retention waits until it is superseded."""
    return make.volume(office, "ZL·01", 2, held=True)


def test_req_R34_a_day_is_set_the_paper_is_due_and_reviewed_and_due_again(office, procedure):
    """The newest review says when the next is; every earlier one stays."""
    put(office, procedure)
    assert rows(office, due_only=True) == [] and due_count(office) == 0
    office.tick(days=31)
    (row,) = rows(office, due_only=True)
    assert (row.outcome, row.next_on, row.overdue_days, row.note) == (ReviewOutcome.SET, SOON, 1, "年度复核")
    assert row.code.startswith("K001-") and row.title == "ZL·01 案卷" and row.reviewed_by == "郑档案"
    assert due_count(office) == 1
    assert review(office, procedure, VALID) == DAY + dt.timedelta(days=31 + 365)
    assert rows(office, due_only=True) == [] and due_count(office) == 0
    with office.ask("archivist", Act.VALIDITY_SEE) as unit:
        assert len(validity.due(unit, DAY + dt.timedelta(days=500))) == 1
    assert [row.outcome for row in history(office, procedure)] == [VALID, ReviewOutcome.SET]


def test_req_R34_what_needs_revision_is_looked_at_sooner_or_on_the_day_said(office, procedure):
    """Ninety days, unless a day is given; at one and the same instant the order still holds."""
    put(office, procedure)
    assert review(office, procedure, REVISE) == DAY + dt.timedelta(days=90)
    assert review(office, procedure, REVISE, next_on=SOON) == SOON
    assert [row.next_on for row in history(office, procedure)] == [SOON, DAY + dt.timedelta(days=90), SOON]


def test_req_R34_superseding_a_volume_starts_its_retention_and_ends_the_reviews(office, procedure):
    """One act more is logged; nothing is due any more, and nothing can be reviewed until a day is set anew."""
    put(office, procedure)
    office.tick(days=3)
    assert review(office, procedure, SUPERSEDED, note="新版手册代替") is None
    with office.instance.engine.connect() as raw:
        kind, on = raw.execute(select(TriggerEvent.kind, TriggerEvent.happened_on)).one()
        trigger, since = raw.execute(select(Volume.trigger, Volume.trigger_date)).one()
        acts = list(raw.scalars(select(Event.act).order_by(Event.seq)))
    assert (kind, on, trigger, since) == ("SUPERSEDED", DAY + dt.timedelta(days=3), Trigger.SUPERSEDED, on)
    assert [Act.VALIDITY_REVIEW.value, Act.TRIGGER_RECORD.value] == acts[-2:]
    office.tick(days=400)
    assert due_count(office) == 0
    with pytest.raises(NotUnderReview):
        review(office, procedure, VALID)
    put(office, procedure, on=office.now.date() + dt.timedelta(days=5))
    assert len(history(office, procedure)) == 3


def test_superseding_a_paper_or_another_class_starts_no_clock(office, procedure):
    """Retention hangs on the whole volume, and only in classes that say so."""
    for code in (papers(office, procedure)[0], make.volume(office, "ZX·02", 1, held=True)):
        put(office, code)
        review(office, code, SUPERSEDED)
    assert count(office, TriggerEvent) == 0


def test_witness_without_the_link_the_retention_of_what_is_superseded_never_starts(
    office, procedure, monkeypatch
):
    """The same review without it leaves no event: the test above would see it."""
    monkeypatch.setattr(validity, "starts_retention", lambda *_: False)
    put(office, procedure)
    review(office, procedure, SUPERSEDED)
    assert count(office, TriggerEvent) == 0


def test_who_answers_for_a_record_reviews_it(office, procedure):
    """Its department's clerk and manager, and the archivist; others not. A clock is the keeper's to start."""
    put(office, procedure, by="clerk")
    review(office, procedure, VALID, by="manager")
    with pytest.raises(OtherDepartment):
        put(office, procedure, by="records")
    for who in ("staff", "gm", "supervisor"):
        with pytest.raises(NotAllowed):
            review(office, procedure, VALID, by=who)
    with pytest.raises(NotAllowed):
        review(office, procedure, SUPERSEDED, by="manager")
    assert [row.outcome for row in history(office, procedure)] == [VALID, ReviewOutcome.SET]
    with pytest.raises(NotAllowed):
        rows(office, by="staff")


def test_inv_V9_a_hidden_record_is_in_no_list_but_in_the_number_for_the_rounds(office):
    """Code and title only for who may see it; the rounds count without them."""
    secret = make.volume(office, "YH·01", 1, held=True)
    put(office, secret)
    office.tick(days=40)
    assert rows(office, by="records") == [] and len(rows(office)) == 1
    with pytest.raises(NotFound):
        history(office, secret, by="records")
    with pytest.raises(NotFound):
        put(office, secret, by="records")
    assert due_count(office) == 1


def test_bad_input_is_refused_with_a_sentence_and_changes_nothing(office, procedure):
    """Days past, today, too far; nothing said; unknown codes; outcomes that are none."""
    for on in (DAY, DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=3661)):
        with pytest.raises(BadValue):
            put(office, procedure, on=on)
    with pytest.raises(BadValue):
        put(office, procedure, reason=" ")
    with pytest.raises(NotFound):
        put(office, "K001-没有")
    with pytest.raises(NotUnderReview) as told:
        review(office, procedure, VALID)
    assert str(told.value).endswith("。") and count(office, ValidityReview) == 0
    put(office, procedure)
    for outcome, given in (
        (ReviewOutcome.SET, {}),
        (SUPERSEDED, {"next_on": SOON}),
        (VALID, {"next_on": DAY}),
        (VALID, {"note": ""}),
    ):
        with pytest.raises(BadValue):
            review(office, procedure, outcome, **given)
    assert count(office, ValidityReview) == 1


def test_reviews_are_sealed_and_never_rewritten(office, procedure):
    """The words are nowhere in clear; the rows can be neither changed nor deleted."""
    put(office, procedure, reason="独有的理由")
    review(office, procedure, VALID, note="独有的说明")
    with office.instance.engine.connect() as raw:
        assert "独有的" not in str([list(raw.execute(select(kind))) for kind in (ValidityReview, Event)])
    for sql in ("UPDATE validity_review SET next_on = NULL", "DELETE FROM validity_review"):
        with pytest.raises(IntegrityError), office.instance.engine.begin() as raw:
            raw.execute(text(sql))
