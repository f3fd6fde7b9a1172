"""Statistics: what is counted and how, of what one may see; spans of the office's calendar (decision 6, R47, F8, F16)."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, true

from archive import objects, volumes
from archive.acts import Act
from archive.circulation import copies, lending, readings, renewing
from archive.errors import BadValue, NotAllowed
from archive.model import DestructionLine, Loan
from archive.statistics import growth, holdings, spans, stocktakes, use, yearbook
from archive.statistics.holdings import View
from archive.statistics.spans import By
from archive.statistics.use import UseBy
from archive.statuses import DestructionStep
from archive.words import Language
from retention.destroying import destruction
from tests import make
from tests.retention import lists
from tests.retention.handing import roll
from tests.retention.letting_go import contract, destroyed, letters

D = dt.date.fromisoformat
ZH = Language.ZH


def asked(office, question, who="archivist"):
    """The answer to *question* as *who* asks it."""
    with office.ask(who, Act.STATISTICS_SEE) as unit:
        return question(unit)


def held(office, view=View.CLASS, who="archivist", **given):
    """Holdings by *view*: volumes, items and pages of each key."""
    lines = asked(office, lambda unit: holdings.holdings(unit, view, ZH, **given), who)
    return {line.key: (line.volumes, line.items, line.pages) for line in lines}


def lent(office, code, *, to="staff", days=30):
    """A loan of an approved record; its number."""
    make.approved(office, code, to=to)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        return lending.lend(unit, code, to=to, purpose="核对", days=days).number


def returned(office, code, by="staff"):
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, code, by=by)


# --- holdings -------------------------------------------------------------------------------------


def test_form_F8_holdings_are_counted_by_every_point_of_view(office):
    """
    A held volume of three and two confidential items kept alone; the sums of each view are the same.
    """
    uid = make.volume(office, "ZX·02", 3, held=True)
    make.filed(office, "WS·MM", 2, year=2024)
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, uid, to="R1-C2")

    assert {"WS·MM": (0, 2, 4), "ZX·02": (1, 3, 6)} == held(office)
    assert {"2024": (0, 2, 4), "2025": (1, 3, 6)} == held(office, View.YEAR)
    assert {"INTERNAL": (1, 3, 6), "CONFIDENTIAL": (0, 2, 4)} == held(office, View.LEVEL)
    assert {"R1-C2": (1, 3, 6), "": (0, 2, 4)} == held(office, View.PLACE)
    assert {"KF": (1, 5, 10)} == held(office, View.DEPARTMENT)
    assert {"GENERAL": (0, 2, 4), "FIT_OUT": (1, 3, 6)} == held(office, View.FAMILY)
    assert {"OPEN": (0, 2, 4), "HELD": (1, 3, 6)} == held(office, View.STATE)
    assert {"ZX·02": (1, 3, 6)} == held(office, accepted=True) == held(office, class_code="ZX")
    for view in View:
        assert (1, 5, 10) == tuple(map(sum, zip(*held(office, view).values(), strict=True))), view


def test_names_and_order_are_those_of_the_trade(office):
    """
    Classes in the order of the tree with their names, levels from the lowest, periods from the longest, in words.
    """
    for code in ("KU·04", "WS·BG", "FW·06"):
        make.filed(office, code, 1)
    told = asked(office, lambda unit: holdings.holdings(unit, View.PERIOD, ZH))
    tree = asked(office, lambda unit: holdings.class_names(unit, ZH))
    codes = list(held(office))

    assert [one for one in tree if one in codes] == codes
    assert told[0].name == "永久" and all(line.name.endswith(" 年") for line in told[1:])
    assert [line.key for line in told] == holdings.longest_first([line.key for line in told])
    assert ["Y", "E", "D30", "D5", "T90"] == holdings.longest_first(["D5", "T90", "Y", "D30", "E"])


def test_electronic_files_and_their_bytes_are_counted_once(office):
    """
    Two files on one item: one item, two files; what was read out of them is no file.
    """
    (uid,) = make.filed(office, "WS·BG", 1)
    with office.work("archivist", Act.ITEM_ATTACH) as unit:
        for name, body in (("甲.txt", b"x" * 100), ("乙.txt", b"y" * 50)):
            objects.attach(unit, uid, body, name=name)
    (line,) = asked(office, lambda unit: holdings.holdings(unit, View.CLASS, ZH))

    assert (1, 2, 150) == (line.items, line.files, line.bytes)


def test_what_is_destroyed_is_no_longer_held_but_stands_among_the_states(office):
    """
    V19: the tombstone is counted by state only.
    """
    destroyed(office, letters(office, 2))

    assert all("WS·BG" != key for key in held(office))
    assert (0, 2, 4) == held(office, View.STATE)["DESTROYED"]


# --- visibility -----------------------------------------------------------------------------------


def totals(office, who):
    """Everything that statistics tell *who*, but for rooms."""

    def every(unit):
        year = yearbook.yearbook(unit, 2026, ZH)
        return {
            "holdings": [asdict(line) for view in View for line in holdings.holdings(unit, view, ZH)],
            "use": [asdict(line) for by in UseBy for line in use.use(unit, by, ZH)],
            "overdue": [asdict(line) for line in use.overdue(unit)],
            "growth": [asdict(line) for by in By for line in growth.growth(unit, by)],
            "yearbook": [asdict(figure) for figure in year],
        }

    return asked(office, every, who)


def busy(office, code="WS·MM"):
    """A confidential record, filed, held, lent, overdue, and another one destroyed."""
    uid = roll(office, class_code="YH·06", ended=False)
    make.filed(office, code, 3)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        unit.act(Act.LOAN_LEND)
        unit.session.add(
            Loan(
                number="JY2026-9999", volume_uid=uid, borrower_uid=unit.person("staff").uid, card=b"",
                lent_by=unit.actor.uid, lent_on=D("2026-02-01"), lent_at=unit.now - dt.timedelta(days=29),
                due_on=D("2026-02-10"), items_out=2, pages_out=4,
            )
        )  # fmt: skip
    number = lists.approved(office, [contract(office, 1, class_code="AQ·02")])
    with office.ask("archivist") as unit:
        gone = DestructionLine.list_uid == destruction.one(unit, number).uid
    lists.tampered(
        office, DestructionLine, gone, step=DestructionStep.DESTROYED, destroyed_at=office.now
    )  # by hand: carried out, its register would be an item that everybody sees


def due(office):
    """The day on which the one loan there is falls due."""
    with office.ask("archivist") as unit:
        return unit.session.scalars(select(Loan.due_on)).one()


def test_conf_P2_the_totals_of_the_uncleared_do_not_move_when_confidential_records_come(office):
    """
    Decision 6: not by one page, whatever is asked; those of the archivist do.
    """
    make.volume(office, "ZX·02", 2, held=True)
    before = {who: totals(office, who) for who in ("records", "archivist")}
    busy(office)

    assert before["records"] == totals(office, "records")
    after = totals(office, "archivist")
    assert all(before["archivist"][name] != after[name] for name in after)


def test_conf_P2_witness_without_the_clause_of_visibility_they_move(office, monkeypatch):
    """
    Witness: the same office, every question asked without the policy.
    """
    for module in (holdings, use, growth, yearbook):
        monkeypatch.setattr(module, "visible", lambda *_: true())
    make.volume(office, "ZX·02", 2, held=True)
    before = totals(office, "records")
    busy(office)
    after = totals(office, "records")

    assert all(before[name] != after[name] for name in after)


def test_who_may_see_statistics(office):
    """
    Keepers, supervisors, managers and the general manager; not staff, not the auditor.
    """
    for who in ("archivist", "clerk", "secretary", "hr", "supervisor", "manager", "gm"):
        held(office, who=who)
    for who in ("staff", "auditor", "security", "admin"):
        for question in (
            lambda unit: holdings.holdings(unit, View.CLASS, ZH), lambda unit: use.use(unit, UseBy.YEAR, ZH),
            use.overdue, lambda unit: growth.growth(unit, By.YEAR), stocktakes.stocktakes,
            lambda unit: yearbook.yearbook(unit, 2026, ZH),
        ):  # fmt: skip
            with pytest.raises(NotAllowed):
                asked(office, question, who)
    with pytest.raises(NotAllowed):  # sees statistics, but not stocktakes
        asked(office, stocktakes.stocktakes, "supervisor")


# --- use ------------------------------------------------------------------------------------------


def test_loans_renewals_readings_and_copies_are_counted_by_month_and_by_class(office):
    """
    One loan of two items, renewed, back after ten days; a reading and a copy of another record.
    """
    one, other = (
        make.volume(office, "ZX·02", 2, held=True),
        make.volume(office, "ZX·02", 1, held=True, dossier="A1203-2025-9"),
    )
    lent(office, one, days=5)
    office.tick(days=3)
    with office.work("archivist", Act.LOAN_RENEW) as unit:
        renewing.renew(unit, one, days=10)
    office.tick(days=7)
    returned(office, one)
    make.approved(office, other, acts=(Act.RECORD_READ,))
    with office.work("archivist", Act.READING_BEGIN) as unit:
        number = readings.begin(unit, other, reader="staff", place="R1", purpose="查看").number
    with office.work("archivist", Act.READING_END) as unit:
        readings.end(unit, number)
    make.approved(office, other, acts=(Act.ITEM_GET,))
    with office.work("archivist", Act.COPY_MAKE) as unit:
        copies.make(unit, other, pages=2, which="第1–2页", purpose="报送消防", reader="staff")
    found = asked(office, lambda unit: use.use(unit, UseBy.MONTH, ZH))
    by_class = asked(office, lambda unit: use.use(unit, UseBy.CLASS, ZH))

    assert 12 == len(found) and ("2025-04", "2026-03") == (found[0].key, found[-1].key)
    now = found[-1]
    assert (1, 2, 1, 1, 10.0) == (now.loans, now.lent_items, now.borrowers, now.renewals, now.days)
    assert (1, 1, 0, 1, 2) == (now.readings, now.readers, now.visitors, now.copies, now.copied_pages)
    assert all(line.loans == line.readings == line.renewals == 0 and line.days is None for line in found[:-1])
    assert [("ZX·02", 1, 1)] == [(line.key, line.loans, line.readings) for line in by_class]
    assert ["客服部"] == [
        line.name for line in asked(office, lambda unit: use.use(unit, UseBy.DEPARTMENT, ZH))
    ]


def test_req_R47_what_is_late_is_told_by_the_month_it_was_due_in(office):
    """
    Due on 7 March: late while out after it, late for ever once it came back on 9 April; overdue at the end of March.
    """
    uid = make.volume(office, "ZX·02", 2, held=True)
    lent(office, uid, days=5)

    def told():
        return [(line.key, line.due, line.late, line.overdue) for line in asked(office, use.overdue)][-2:]

    assert [("2026-02", 0, 0, 0), ("2026-03", 1, 0, 0)] == told()
    day = due(office)
    office.now = dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)
    assert ("2026-03", 1, 0, 0) == told()[-1]
    office.tick(days=1)
    assert ("2026-03", 1, 1, 1) == told()[-1]
    office.now = dt.datetime(2026, 4, 9, 2, tzinfo=dt.UTC)
    assert [("2026-03", 1, 1, 1), ("2026-04", 0, 0, 1)] == told()
    returned(office, uid)
    assert [("2026-03", 1, 1, 1), ("2026-04", 0, 0, 0)] == told()


@pytest.mark.parametrize(("hour", "late"), [(15, 0), (17, 1)])
def test_a_loan_is_late_from_midnight_in_the_offices_zone(office, hour, late):
    """
    Decision 9: 15:59 UTC of the due day is still that day in Shanghai, 16:00 is the next.
    """
    uid = make.volume(office, "ZX·02", 1, held=True)
    lent(office, uid, days=5)
    day = due(office)
    office.now = dt.datetime(day.year, day.month, day.day, hour, tzinfo=dt.UTC)
    returned(office, uid)

    assert late == asked(office, use.overdue)[-1].late


# --- growth, stocktakes, the yearbook -------------------------------------------------------------


def test_growth_tells_what_came_and_what_went(office):
    """
    Two filed, taken in and destroyed in March, a volume of three taken in in April: items of volumes counted too.
    """
    destroyed(office, letters(office, 2))
    office.tick(days=40)
    make.volume(office, "ZX·02", 3, held=True)
    march, april = asked(office, lambda unit: growth.growth(unit, By.MONTH))[-2:]
    (year,) = asked(office, lambda unit: growth.growth(unit, By.YEAR, since=D("2026-01-01")))

    # the register of the destruction is an item too, which nobody has taken in yet
    assert ("2026-03", 0, 3, 0, 2, 0, 2) == (
        march.key, march.filed_volumes, march.filed_items, march.accepted_volumes, march.accepted_items,
        march.destroyed_volumes, march.destroyed_items,
    )  # fmt: skip
    assert (1, 3, 3, 0) == (
        april.filed_volumes,
        april.filed_items,
        april.accepted_items,
        april.destroyed_items,
    )
    assert (2, 1, 5) == (year.destroyed_items, year.accepted_volumes, year.accepted_items)


def test_the_yearbook_is_one_sheet_of_the_years_figures(office):
    """
    Holdings at the end of the year by class, period and level; taken in; used; destroyed; rooms and cabinets; the share.
    """
    uid = roll(office, class_code="ZX·02", files=(("图.pdf", b"x" * 2**20),), ended=False)
    destroyed(office, letters(office, 1))
    lent(office, uid)
    figures = {
        (one.part.value, one.name, one.unit): one.number
        for one in asked(office, lambda unit: yearbook.yearbook(unit, 2026, ZH))
    }

    assert (1, 2, 4, 1, 1.0, 50.0) == tuple(
        figures["HOLDINGS", name, unit] for name, unit in (
            ("案卷", "卷"), ("文件", "件"), ("页数", "页"), ("电子文件", "个"), ("电子文件容量", "MB"), ("数字化率", "%"),
        )
    )  # fmt: skip
    assert {"ZX": 2} == {
        name.split()[0]: n for (part, name, u), n in figures.items() if (part, u) == ("BY_CLASS", "件")
    }
    assert (3, 1) == (figures["TAKEN_IN", "接收", "件"], figures["LEFT", "销毁", "件"])
    assert (1, 1, 2) == tuple(
        figures["USE", name, u] for name, u in (("借阅", "次"), ("借阅人", "人"), ("借出文件", "件"))
    )
    assert (1, 2) == (figures["STORE", "库房", "间"], figures["STORE", "柜", "个"])


def test_the_yearbook_of_a_past_year_still_holds_what_went_afterwards(office):
    """
    Destroyed in 2027: still there at the end of 2026, gone at the end of 2027; nothing yet at the end of 2025.
    """
    office.now = dt.datetime(2026, 12, 31, 2, tzinfo=dt.UTC)
    uids = letters(office, 2)
    office.tick(hours=23)
    destroyed(office, uids)

    def items_of(year):
        figures = asked(office, lambda unit: yearbook.yearbook(unit, year, ZH))
        return next(one.number for one in figures if one.name == "文件" and one.unit == "件")

    # the register of the destruction itself is an item of 2027 that nobody has taken in yet
    assert [0, 2, 0] == [items_of(year) for year in (2025, 2026, 2027)]
    for year in (1899, 2028):
        with pytest.raises(BadValue):
            items_of(year)


# --- spans ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "last", "given", "keys"),
    [
        (By.MONTH, "2026-03-31", {"count": 3}, ["2026-01", "2026-02", "2026-03"]),
        (By.QUARTER, "2026-01-01", {"count": 2}, ["2025Q4", "2026Q1"]),
        (By.YEAR, "2026-12-31", {"since": "2024-07-01"}, ["2024", "2025", "2026"]),
        (By.MONTH, "2026-02-01", {"since": "2025-12-31"}, ["2025-12", "2026-01", "2026-02"]),
    ],
)
def test_spans_are_whole_months_quarters_and_years(by, last, given, keys):
    """
    Each begins where the one before ends; a quarter on 1 January, April, July, October.
    """
    given = {name: D(one) if isinstance(one, str) else one for name, one in given.items()}
    found = spans.spans(by, D(last), **given)

    assert keys == [span.key for span in found]
    assert all(one.after == other.first for one, other in zip(found, found[1:], strict=False))
    assert found[0].first.day == found[-1].after.day == 1 and found[-1].first <= D(last) < found[-1].after


@pytest.mark.parametrize(
    "given", [{"since": D("2026-05-01")}, {"since": D("2015-01-01")}, {"count": 0}, {"count": 121}]
)
def test_no_span_and_too_many_are_refused(given):
    """
    One to 120.
    """
    with pytest.raises(BadValue):
        spans.spans(By.MONTH, D("2026-03-02"), **given)


def test_a_moment_belongs_to_the_day_of_the_office(office):
    """
    Decision 9: 16:00 UTC on 31 December is the new year in Shanghai; midnight is the bound that SQL gets.
    """
    zone = ZoneInfo("Asia/Shanghai")
    assert dt.datetime(2025, 12, 31, 16, tzinfo=dt.UTC) == spans.bound(Loan.lent_at, D("2026-01-01"), zone)
    assert D("2026-01-01") == spans.bound(Loan.due_on, D("2026-01-01"), zone)
    office.now = dt.datetime(2026, 12, 31, 15, 30, tzinfo=dt.UTC)
    make.filed(office, "WS·BG", 1)
    office.tick(hours=1)
    make.filed(office, "WS·BG", 2)
    filed = {line.key: line.filed_items for line in asked(office, lambda unit: growth.growth(unit, By.YEAR))}

    assert (1, 2) == (filed["2026"], filed["2027"])
