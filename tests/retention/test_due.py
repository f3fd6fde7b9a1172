"""The due list through the real catalogue: papers filed, events recorded, the list read by different people."""

import datetime as dt

import pytest
from sqlalchemy import select, text, update

from archive import audit, items, reckoning
from archive.acts import Act
from archive.circulation import lending
from archive.errors import NotAllowed, PeriodMixed
from archive.model import Adoption, Event, Item, Volume
from archive.values import Disposition, Level, VolumeState
from archive.words import Language
from retention.clock import Note
from retention.due import Count, adopted, count, due, undated
from retention.forecast import YearLine, forecast
from tests import make

D = dt.date.fromisoformat


def filed(office, class_code, dates, **given) -> str:
    """The uid of the volume, or of the item kept alone, that papers of these dates were filed in."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [make.paper(class_code=class_code, dated=day and D(day)) for day in dates]
        made = items.file_matter(unit, make.matter(class_code, **given), papers, volume_title="案卷")
        return made[0].scope_uid


def happened(office, uid, *events) -> None:
    """Record each (kind, day) for the dossier's volume *uid*, an hour apart."""
    for kind, day in events:
        office.tick(hours=1)
        with office.work("archivist", Act.TRIGGER_RECORD) as unit:
            reckoning.record_trigger(unit, uid, kind, D(day), note="登记表")


def listed(office, day, who="archivist", **given):
    """The due list of *day* by uid."""
    with office.ask(who, Act.DUE_SEE) as unit:
        return {unit.record(line.code).uid: line for line in due(unit, D(day), **given)}


ENDED = "CONTRACT_TERMINATED"

#: id: class, dates of the papers, what else the matter says, events, first day in the list
VECTORS = {
    "T1": ("WS·BG", ["2015-06-03"], {}, [], "2026-01-01"),
    "T2": ("WS·BG", ["2015-01-01"], {}, [], "2026-01-01"),
    "T3": ("WS·BG", ["2015-12-31"], {}, [], "2026-01-01"),
    "T4": ("WS·BG", ["2024-02-29"], {}, [], "2035-01-01"),
    "T5": ("WS·LW", ["2014-11-02", "2015-02-20", "2014-12-30"], {"period": "D30"}, [], "2046-01-01"),
    "T7": ("YH·03", ["2015-06-03"], {"period": "D10"}, [], None),
    "T8": ("YH·03", ["2015-06-03"], {"period": "D10"}, [("TENANCY_ENDED", "2023-08-15")], "2034-01-01"),
    "T9": (
        "HT·05",
        ["2015-06-03"],
        {},
        [("CONTRACT_EXPIRED", "2025-12-31"), (ENDED, "2021-03-01")],
        "2032-01-01",
    ),
    "T10": (
        "HT·05",
        ["2015-06-03"],
        {},
        [("CONTRACT_EXPIRED", "2024-06-30"), ("CONTRACT_EXPIRED", "2022-12-31")],
        "2035-01-01",
    ),
    "T11": (
        "ZX·02",
        ["2020-03-01"],
        {},
        [("FIT_OUT_ACCEPTED", "2020-05-10"), ("DEPOSIT_SETTLED", "2021-01-05")],
        "2052-01-01",
    ),
    "T12": ("KU·01", ["2021-02-10"], {"year": 2020}, [], "2051-01-01"),
    "T13": ("WS·DA", ["2015-06-03"], {}, [], None),
    "T17": ("WS·BG", [None], {"year": 2015}, [], "2026-01-01"),
    "until-event": ("CJ·01", ["2015-06-03"], {}, [("SERVICE_ENDED", "2025-06-30")], "2025-06-30"),
    "days": ("AQ·02", ["2026-01-01"], {}, [], "2026-04-01"),
}


@pytest.mark.parametrize("vector", VECTORS)
def test_ret_vectors_T1_to_T17_through_the_catalogue(office, vector):
    """
    Filed by the public path, triggered by recorded events: absent the day before, listed on the day, and told why.
    """
    class_code, dates, given, events, first = VECTORS[vector]
    uid = filed(office, class_code, dates, **given)
    happened(office, uid, *events)

    if first is None:
        assert uid not in listed(office, "9999-12-31")
        return
    line = listed(office, first)[uid]
    assert uid not in listed(office, str(D(first) - dt.timedelta(days=1)))
    assert (D(first), D(first) - dt.timedelta(days=1)) == (line.review_due, line.expires_on)
    assert all(str(line.expires_on) in line.reason(tongue) for tongue in Language) or vector == "until-event"


def test_ret_T6_mixed_periods_are_refused_and_by_override_run_the_longer(office):
    """
    T6, V3: a D30 paper does not enter a D10 volume; with a reason the volume is due after thirty years.
    """
    uid = filed(office, "WS·LW", ["2015-02-20"])
    late = [make.paper(class_code="WS·LW", dated=D("2014-11-02"))]

    with pytest.raises(PeriodMixed), office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_into(unit, uid, late, period="D30")
    before = listed(office, "2026-01-01")[uid].period
    with office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_into(unit, uid, late, period="D30", override="与同案文件一并保存")

    assert before == "D10"
    assert uid not in listed(office, "2045-12-31")
    assert listed(office, "2046-01-01")[uid].period == "D30"


def test_ret_T11_half_an_acceptance_is_never_listed(office):
    """
    T11: accepted but the deposit not settled, nothing has started.
    """
    uid = filed(office, "ZX·02", ["2020-03-01"])
    happened(office, uid, ("FIT_OUT_ACCEPTED", "2020-05-10"))

    assert uid not in listed(office, "9999-12-31")


def test_ret_T18_empty_on_the_last_day_and_T1_on_new_year(office):
    """
    T18, T16: the list of 31 December 2025 is empty, that of 1 January 2026 holds T1.
    """
    uid = filed(office, "WS·BG", ["2015-06-03"])

    assert [] == list(listed(office, "2025-12-31"))
    assert [uid] == list(listed(office, "2026-01-01"))


def test_ret_T17_undated_papers_are_due_with_a_note_and_listed_apart(office):
    """
    T17: the note stands on the line; `undated` shows them before they are due, so that a date can be found.
    """
    uid = filed(office, "WS·BG", [None], year=2015)
    filed(office, "WS·BG", ["2015-06-03"])
    later = filed(office, "WS·BG", [None], year=2024)
    line = listed(office, "2026-01-01")[uid]

    assert Note.FILING_YEAR is line.course.note
    assert "按归档年度 2015 年计" in line.reason(Language.ZH)
    assert "its filing year 2015 counts" in line.reason(Language.EN)
    with office.ask("archivist", Act.DUE_SEE) as unit:
        assert {uid, later} == {unit.record(line.code).uid for line in undated(unit)}


def test_ret_a_paper_without_a_date_among_dated_ones_changes_nothing(office):
    """
    T5: a volume runs by its latest dated paper and carries no note.
    """
    uid = filed(office, "WS·LW", [None, "2015-02-20"])

    assert listed(office, "2026-01-01")[uid].course.note is None


def test_a_line_says_what_its_class_wants_done(office):
    """
    Title, class, level, disposition and state are on the line; the longest due comes first.
    """
    old = filed(office, "WS·BG", ["2014-06-03"])
    new = filed(office, "FW·06", ["2020-06-03"], year=2020)
    lines = listed(office, "2026-03-02")

    assert [old, new] == list(lines)
    assert ("item", "WS·BG", Level.INTERNAL, Disposition.DESTROY, VolumeState.OPEN, False) == (
        lines[old].kind, lines[old].class_code, lines[old].level, lines[old].disposition, lines[old].state,
        lines[old].out,
    )  # fmt: skip
    assert ("volume", "案卷") == (lines[new].kind, lines[new].title)


def test_the_list_narrows_by_class_group_department_and_limit(office):
    """
    A group takes its classes in; a limit keeps the longest due; the count stays whole.
    """
    first = filed(office, "WS·BG", ["2013-06-03"])
    second = filed(office, "WS·NB", ["2014-06-03"], department="GC")
    filed(office, "FW·06", ["2020-06-03"], year=2020)

    assert [first, second] == list(listed(office, "2026-03-02", class_code="WS"))
    assert [first] == list(listed(office, "2026-03-02", class_code="WS·BG"))
    assert [second] == list(listed(office, "2026-03-02", department="GC"))
    assert [first] == list(listed(office, "2026-03-02", limit=1))
    with office.ask("archivist", Act.DUE_SEE) as unit:
        assert Count(1, 2) == count(unit, D("2026-03-02"))
        assert Count(0, 1) == count(unit, D("2026-03-02"), class_code="WS·NB", department="GC")


def test_items_of_a_volume_have_no_line_of_their_own(office):
    """
    A volume stands for its items: one line, not four.
    """
    uid = filed(office, "WS·LW", ["2014-11-02", "2015-02-20", "2015-02-21"])

    assert [uid] == list(listed(office, "9999-12-31"))


def test_a_volume_on_loan_is_listed_and_marked_until_it_is_back(office):
    """
    What is out cannot be appraised on the shelf; the line says so.
    """
    uid = make.volume(office, "FW·06", held=True, year=2015)
    make.approved(office, uid)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to="staff", purpose="核对")
    out = listed(office, "2026-03-02")[uid].out
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, uid)

    assert [True, False] == [out, listed(office, "2026-03-02")[uid].out]


@pytest.mark.parametrize("gone", [VolumeState.TRANSFERRED, VolumeState.DESTROYED])
def test_what_has_left_the_archive_is_never_due(office, gone):
    """
    Handed over or destroyed: no line, no forecast, no count.
    """
    uid = filed(office, "FW·06", ["2015-06-03"], year=2015)
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        unit.act(Act.VOLUME_EDIT, unit.volume(uid))
        unit.session.execute(text("DROP TRIGGER volume_may_go"))
        unit.session.execute(update(Volume).values(state=gone))

    assert {} == listed(office, "9999-12-31")
    with office.ask("archivist", Act.DUE_SEE) as unit:
        assert Count(0, 0) == count(unit, D("9999-12-31"))
        assert {(0, 0)} == {(year.volumes, year.items) for year in forecast(unit, 3)}


def test_the_forecast_counts_by_year_and_puts_what_is_overdue_first(office):
    """
    2026 holds 2024 and 2026; years beyond the last line are left out.
    """
    for year in (2013, 2015, 2016, 2019):
        filed(office, "WS·BG", [f"{year}-06-03"])
    filed(office, "FW·06", ["2021-06-03"], year=2021)

    with office.ask("archivist", Act.DUE_SEE) as unit:
        assert [YearLine(2026, 0, 2, 2), YearLine(2027, 1, 1, 2)] == forecast(unit, 2)


# --- who sees it ------------------------------------------------------------------------------------


def singles(office, who, day) -> set[str]:
    """Brute force: every due record this person may open alone, asked of one at a time."""
    with office.ask(who, Act.DUE_SEE) as unit:
        alone = [
            *unit.session.scalars(select(Volume)),
            *unit.session.scalars(select(Item).where(Item.volume_uid.is_(None))),
        ]
        return {
            record.uid
            for record in alone
            if record.review_due and record.review_due <= D(day) and unit.may(Act.DUE_SEE, record)
        }


def shelf(office) -> None:
    """Due records of every level and of several departments."""
    for class_code, department in (("WS·BG", "KF"), ("WS·BG", "GC"), ("WS·MM", "ZJB"), ("KU·03", "CW")):
        filed(office, class_code, ["2010-06-03"], year=2010, department=department)
    tenant = filed(office, "YH·02", ["2015-06-03"], year=2015)
    happened(office, tenant, ("TENANCY_ENDED", "2016-08-15"))
    personnel = filed(office, "RS·01", ["2015-06-03"], party="P001", dossier="E-1", department="RS")
    happened(office, personnel, ("EMPLOYMENT_ENDED", "2016-08-15"))


def test_rel_P1_each_person_sees_exactly_what_he_could_open_alone(office):
    """
    P1, V23: list, count and forecast are those of the viewer's own singles; the uncleared see fewer.
    """
    shelf(office)
    seen = {}
    for who in ("archivist", "clerk", "records", "manager", "secretary", "gm", "hr"):
        lines = listed(office, "2060-01-01", who)
        with office.ask(who, Act.DUE_SEE) as unit:
            total, years = count(unit, D("2060-01-01")), forecast(unit, 35)
        seen[who] = singles(office, who, "2060-01-01")

        assert seen[who] == set(lines)
        assert len(lines) == total.volumes + total.items == sum(one.volumes + one.items for one in years)
    assert seen["records"] < seen["clerk"] < seen["archivist"]


@pytest.mark.parametrize("who", ["staff", "admin", "security", "auditor"])
def test_those_without_a_post_in_retention_are_refused_and_logged(office, who):
    """
    V10: neither readers nor the three administrators read the due list; each refusal leaves its line.
    """
    for question in (lambda unit: due(unit, D("2026-01-01")), undated, lambda unit: forecast(unit, 1)):
        with pytest.raises(NotAllowed), office.ask(who, Act.DUE_SEE) as unit:
            question(unit)

    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        rows = unit.session.scalars(
            select(Event).where(Event.act == Act.DUE_SEE, Event.outcome == "not-allowed")
        )
        assert [who] * 3 == [row.account for row in rows]


def test_inv_V25_a_list_that_showed_confidential_titles_leaves_one_line(office):
    """
    V25: how many, no titles; a list of open records leaves none.
    """
    filed(office, "WS·BG", ["2010-06-03"])
    listed(office, "2026-03-02")
    filed(office, "WS·MM", ["1990-06-03"], year=1990)
    listed(office, "2026-03-02")

    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        rows = list(unit.session.scalars(select(Event).where(Event.act == Act.DUE_SEE)))
        assert ['{"confidential":1,"listed":true}'] == [row.facts for row in rows]
        assert audit.canonical({"confidential": 1, "listed": True}) == rows[0].facts


def test_a_schedule_nobody_adopted_is_said_and_not_refused(office):
    """
    C7: before the general manager adopts it the days are a proposal; the list itself still answers.
    """
    uid = filed(office, "WS·BG", ["2010-06-03"])
    with office.ask("archivist", Act.DUE_SEE) as unit:
        assert adopted(unit)
    with office.work("gm", Act.CLASS_ADOPT) as unit:
        newest = unit.session.scalar(select(Adoption))
        unit.act(Act.CLASS_ADOPT, newest)
        newest.adopted_at = newest.adopted_by = None

    with office.ask("archivist", Act.DUE_SEE) as unit:
        assert not adopted(unit)
    assert uid in listed(office, "2026-03-02")
