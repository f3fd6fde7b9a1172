"""The log page by page."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import event

from archive import loglines, registry
from archive.acts import Act
from archive.errors import NotAllowed
from archive.loglines import Ended, LogWanted
from archive.values import PlaceKind


def pages(office, wanted=None, *, limit=50, **given):
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        return loglines.page(unit, wanted or LogWanted(), limit=limit, **given)


def written(office, days=3):
    """A place a day; the last code."""
    for day in range(days):
        with office.work("archivist", Act.LOCATION_ADD) as unit:
            registry.add_location(unit, f"L{day}", kind=PlaceKind.ROOM, name="房")
        office.tick(days=1)


def walked(office, wanted, limit):
    found, before = [], None
    while True:
        page = pages(office, wanted, limit=limit, before=before)
        found += [line.seq for line in page.events]
        if page.older is None:
            return found
        before = page.older


def test_the_newest_come_first_and_every_line_comes_once(office):
    written(office)
    whole = pages(office, limit=10_000)

    assert [line.seq for line in whole.events] == list(range(whole.size, 0, -1))
    assert walked(office, LogWanted(), 7) == [line.seq for line in whole.events]


def test_it_is_narrowed_by_act_person_record_day_and_outcome(office):
    office.tick(days=1)
    first = office.now.date()
    written(office)
    with pytest.raises(NotAllowed), office.work("staff", Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "X", kind=PlaceKind.ROOM, name="房")

    mine = LogWanted(act=Act.LOCATION_ADD, since=first, ended=Ended.DONE)
    assert [line.object_code for line in pages(office, mine).events if line.object_code] == ["L2", "L1", "L0"]
    assert {line.account for line in pages(office, LogWanted(account="staff")).events} == {"staff"}
    assert [line.object_code for line in pages(office, LogWanted(code="L1")).events] == ["L1"]
    second = first + dt.timedelta(days=1)
    assert [line.object_code for line in pages(office, LogWanted(since=second, until=second)).events] == [
        "L1"
    ]
    refused = pages(office, LogWanted(ended=Ended.REFUSED)).events
    assert refused and all(line.outcome != "done" for line in refused)
    assert all(line.outcome == "done" for line in pages(office, LogWanted(ended=Ended.DONE)).events)
    assert pages(office, LogWanted(since=first + dt.timedelta(days=400))).events == []


def test_a_page_looks_through_so_many_lines_and_the_next_goes_on(office, monkeypatch):
    written(office)
    monkeypatch.setattr(loglines, "REACH", 2)
    page = pages(office, LogWanted(code="L0"))

    assert page.events == []
    assert page.older is not None
    assert len(walked(office, LogWanted(code="L0"), 50)) == 1


def test_a_day_is_found_without_reading_the_log(office):
    written(office)
    asked = []
    engine = office.instance.engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    pages(office, LogWanted(since=office.now.date()))

    assert sum("FROM event" in one and "ORDER BY" not in one for one in asked) < 20


def test_P1_nobody_but_the_auditor_reads_it(office):
    for account in ("admin", "security", "archivist", "gm"):
        with pytest.raises(NotAllowed), office.ask(account, Act.AUDIT_SEE) as unit:
            loglines.page(unit, LogWanted())
