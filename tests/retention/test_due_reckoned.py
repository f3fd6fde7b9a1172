"""The due list against brute force over the pure clock, the drift check, and how the question is put to SQLite."""

import datetime as dt
import itertools
import shutil
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, select, update

from archive import items, reckoning, volumes
from archive.acts import Act
from archive.errors import NotAllowed
from archive.model import Dossier, Item, TriggerEvent, Volume
from archive.values import Period, Trigger
from retention.clock import acceptance, contract_end, latest, run, year_end
from retention.drift import Drift, drifted
from retention.due import count, due, undated
from retention.forecast import forecast
from tests import conftest, make

D = dt.date.fromisoformat

#: Classes of every kind of trigger, and what may be recorded of them.
CLASSES = {
    "WS·BG": (), "WS·LW": (), "FW·06": (), "AQ·02": (), "WS·DA": (), "CJ·01": ("SERVICE_ENDED",),
    "HT·05": ("CONTRACT_EXPIRED", "CONTRACT_TERMINATED"), "ZX·02": ("FIT_OUT_ACCEPTED", "DEPOSIT_SETTLED"),
    "ZX·07": ("FIT_OUT_ACCEPTED", "DEPOSIT_SETTLED"), "YH·02": ("TENANCY_ENDED",), "KU·06": ("CASE_CLOSED",),
}  # fmt: skip

PAST = st.dates(dt.date(1990, 1, 1), dt.date(2026, 3, 1))
FILING = st.tuples(
    st.just("file"), st.sampled_from(sorted(CLASSES)), st.lists(st.none() | PAST, min_size=1, max_size=3),
    st.integers(1995, 2026),
)  # fmt: skip
HAPPENING = st.tuples(st.just("happen"), st.integers(0, 99), st.integers(0, 9), PAST)
STORY = st.lists(FILING | HAPPENING, min_size=3, max_size=12)
READ_ON = st.lists(st.dates(dt.date(1990, 1, 1), dt.date(2070, 1, 1)), min_size=1, max_size=3)


class Brute:
    """What happened, kept apart from the catalogue: papers and events by record, reckoned by the pure clock."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, Trigger, int]] = {}
        self.dates: dict[str, list[dt.date | None]] = {}
        self.events: dict[str, list[tuple[str, dt.date]]] = {}
        self.subject: dict[str, str] = {}

    def began(self, uid: str) -> dt.date | None:
        _, trigger, year = self.rows[uid]
        said = self.events.get(self.subject[uid], [])
        of = lambda kind: [day for told, day in said if told == kind]  # noqa: E731
        last = lambda kind: of(kind)[-1] if of(kind) else None  # noqa: E731
        match trigger:
            case Trigger.FORMED:
                return latest(self.dates[uid])
            case Trigger.YEAR_END:
                return year_end(year)
            case Trigger.CONTRACT_END:
                ended = last("CONTRACT_TERMINATED")
                return contract_end(None, amended=of("CONTRACT_EXPIRED"), terminated=ended)
            case Trigger.ACCEPTANCE:
                return acceptance(last("FIT_OUT_ACCEPTED"), last("DEPOSIT_SETTLED"))
            case _:
                return said[-1][1] if said else None

    def due_on(self, day: dt.date) -> set[str]:
        return {
            uid
            for uid, (period, trigger, year) in self.rows.items()
            if run(Period.parse(period), trigger, self.began(uid), undated_filed=year_end(year)).due_on(day)
        }

    def naive(self, day: dt.date) -> set[str]:
        """Document date plus years, whatever starts the period: the rule met in the wild."""
        found = set()
        for uid, (period, *_) in self.rows.items():
            years, formed = Period.parse(period).length, latest(self.dates[uid])
            if years and formed and formed + dt.timedelta(days=365.25 * years) <= day:
                found.add(uid)
        return found


def fresh(template, folder):
    """A fresh office and the hand that puts it away."""
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(template / "home", home)
    home.chmod(0o700)
    made = conftest.Office(None)
    made.instance = conftest.opened(home, template / "key", lambda: made.now)
    return made


def file(office, brute, class_code, dates, year) -> None:
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [make.paper(class_code=class_code, dated=day) for day in dates]
        matter = make.matter(class_code, year=year)
        made = items.file_matter(unit, matter, papers, volume_title="案卷")
        home = unit.record(made[0].scope_uid)
        alone = made if isinstance(home, Item) else []
        for record in alone or [home]:
            brute.rows[record.uid] = (record.period, record.trigger, record.archive_year)
            brute.subject[record.uid] = (
                record.dossier_uid or record.uid if isinstance(record, Volume) else record.uid
            )
        for item in made:
            brute.dates.setdefault(item.scope_uid, []).append(item.dated)


def happen(office, brute, which, kind, day) -> None:
    """Record the event *kind* of the class of the *which*-th volume that hangs on one, if there is any."""
    with office.work("archivist", Act.TRIGGER_RECORD) as unit:
        waiting = [volume for volume in unit.session.scalars(select(Volume).order_by(Volume.reference_code))
                   if CLASSES[volume.class_code]]  # fmt: skip
        if not waiting:
            return
        chosen = waiting[which % len(waiting)]
        kinds = CLASSES[chosen.class_code]
        told = kinds[kind % len(kinds)]
        subject = brute.subject[chosen.uid]
        code = chosen.reference_code
        if chosen.dossier_uid:
            code = unit.session.get_one(Dossier, chosen.dossier_uid).code
        reckoning.record_trigger(unit, code, told, day, note="登记表")
        brute.events.setdefault(subject, []).append((told, day))


def read(office, day) -> set[str]:
    with office.ask("archivist", Act.DUE_SEE) as unit:
        return {unit.record(line.code).uid for line in due(unit, day)}


def drift(office) -> list[Drift]:
    with office.ask("archivist", Act.INSTANCE_INSPECT) as unit:
        return drifted(unit)


def reckoned(template, folder, story, days) -> None:
    """Live through *story* in a fresh office; compare after each step and on each of *days*."""
    office, brute = fresh(template, folder), Brute()
    with closing(office.instance):
        for what, *told in story:
            office.tick(minutes=1)
            {"file": file, "happen": happen}[what](office, brute, *told)

            assert [] == drift(office)
        for day in days:
            assert brute.due_on(day) == read(office, day)


@settings(max_examples=8)
@given(STORY, READ_ON)
def test_ret_the_list_is_what_brute_force_over_the_pure_clock_finds(template, tmp_path, story, days):
    """
    Whatever is filed and happens, in any order: the list of any day is brute force's, and after no call does a
    stored day differ from the clock.
    """
    reckoned(template, tmp_path, story, days)


@pytest.mark.slow
@settings(max_examples=150)
@given(STORY, READ_ON)
def test_ret_the_list_is_brute_force_s_at_length(template, tmp_path, story, days):
    """
    The same with many more stories.
    """
    reckoned(template, tmp_path, story, days)


def test_ret_the_naive_rule_gives_another_list(office):
    """
    Witness: document date plus years fails on day, month, trigger, year class and undated papers; ours does not.
    """
    brute = Brute()
    file(office, brute, "WS·BG", [D("2015-06-03"), None], 2015)
    file(office, brute, "FW·06", [D("2021-01-10")], 2020)
    file(office, brute, "YH·02", [D("2015-06-03")], 2015)
    file(office, brute, "KU·06", [D("2010-06-03")], 2010)
    happen(office, brute, 0, 0, D("2016-05-01"))

    for day in ("2025-06-03", "2025-12-31", "2026-01-01"):
        assert brute.due_on(D(day)) == read(office, D(day)) != brute.naive(D(day))


# --- drift -------------------------------------------------------------------------------------------


def test_a_day_changed_behind_the_services_is_found(office):
    """
    Witness for `drifted`: a column overwritten, and an event entered without reckoning, are both named.
    """
    one = make.volume(office, "WS·LW")
    two = make.volume(office, "CJ·01")
    before = drift(office)
    with office.work("archivist", Act.TRIGGER_RECORD) as unit:
        unit.act(Act.TRIGGER_RECORD, unit.volume(two))
        unit.session.execute(update(Volume).where(Volume.uid == one).values(review_due=D("2030-01-01")))
        unit.session.add(
            TriggerEvent(volume_uid=two, kind="SERVICE_ENDED", happened_on=D("2026-01-31"),
                         recorded_at=unit.now, recorded_by=unit.actor.uid)
        )  # fmt: skip

    assert [] == before
    assert {(one, D("2030-01-01"), D("2036-01-01")), (two, None, D("2026-01-31"))} == {
        (found.uid, found.stored, found.reckoned) for found in drift(office)
    }


def test_an_event_recorded_by_somebody_who_sees_half_a_dossier_moves_all_of_it(office):
    """
    The clerk of another department knows of the drawings only; the hidden application volume is reckoned too,
    and his answer does not tell him so.
    """
    drawings = make.volume(office, "ZX·02", department="GC")
    hidden = make.volume(office, "ZX·01", department="GC")
    for kind in ("FIT_OUT_ACCEPTED", "DEPOSIT_SETTLED"):
        with office.work("records", Act.TRIGGER_RECORD) as unit:
            moved = reckoning.record_trigger(unit, "A1203-2025-1", kind, D("2020-05-10"), note="登记表")

    assert [drawings] == [volume.uid for volume in moved]
    assert [] == drift(office)
    assert {drawings, hidden} == read(office, D("2051-01-01"))


def test_papers_moved_between_volumes_leave_nothing_behind(office):
    """
    A volume whose dated papers have all left runs from its filing year, with the note; empty, without it.
    """
    source = make.volume(office, "WS·LW", count=2, year=2015)
    with office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_into(unit, source, [make.paper("无日期", "WS·LW", dated=None)])
        target = volumes.open_volume(unit, make.matter("WS·LW", year=2015), title="第二卷").uid
    with office.work("archivist", Act.ITEM_MOVE) as unit:
        dated = unit.session.scalars(
            select(Item.uid).where(Item.dated.is_not(None)).order_by(Item.seq_no)
        ).all()
        for uid in dated:
            items.move(unit, uid, target)

    assert [] == drift(office)
    with office.ask("archivist", Act.DUE_SEE) as unit:
        assert [source] == [unit.record(line.code).uid for line in undated(unit)]


def test_who_may_not_inspect_the_instance_learns_no_drift(office):
    """
    `drifted` reads every record, so it is judged as an inspection and names uids only.
    """
    with pytest.raises(NotAllowed), office.ask("clerk", Act.INSTANCE_INSPECT) as unit:
        drifted(unit)


# --- growth ------------------------------------------------------------------------------------------


def planned(office, who, question) -> list[str]:
    """How SQLite goes about every SELECT that *question* puts to volumes or items."""
    put: list[tuple[str, tuple]] = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        put.append((statement, parameters))

    engine = office.instance.engine
    with office.ask(who, Act.DUE_SEE) as unit:
        event.listen(engine, "before_cursor_execute", note)
        question(unit)
        event.remove(engine, "before_cursor_execute", note)
    return [
        step
        for statement, parameters in put
        if "FROM volume" in statement or "FROM item" in statement
        for step in plan(office, statement, parameters)
    ]


def plan(office, statement, parameters) -> list[str]:
    with office.instance.engine.connect() as connection:
        rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
        return [row[3] for row in rows if "volume" in row[3] or "item" in row[3]]


def by_day(step: str) -> bool:
    """True if the step reads a range of days and nothing else."""
    return "USING INDEX ix_volume_review_due (review_due<?)" in step or (
        "USING INDEX ix_item_review_due (review_due<?)" in step
    )


QUESTIONS = {
    "due": lambda unit: due(unit, D("2026-01-01")),
    "limited": lambda unit: due(unit, D("2026-01-01"), limit=10),
    "class": lambda unit: due(unit, D("2026-01-01"), class_code="WS·BG"),
    "department": lambda unit: due(unit, D("2026-01-01"), class_code="WS", department="KF"),
    "count": lambda unit: count(unit, D("2026-01-01"), class_code="WS·BG", department="KF"),
}


@pytest.mark.parametrize("who", ["archivist", "clerk", "manager", "gm"])
def test_the_list_is_read_by_the_index_of_days(office, who):
    """
    Growth is by lines due: no scan, no other index, whatever narrows it, whoever asks.
    """
    for question in QUESTIONS.values():
        steps = planned(office, who, question)

        assert len(steps) == 2
        assert all(by_day(step) for step in steps)


def test_the_plan_check_sees_another_index(office):
    """
    Witness: "kept alone" said of `volume_uid` lets SQLite read every item kept alone, and the check notices.
    """
    naive = select(Item.uid).where(Item.volume_uid.is_(None), Item.review_due <= D("2026-01-01"))
    steps = planned(office, "archivist", lambda unit: unit.session.execute(naive).all())

    assert not all(by_day(step) for step in steps)


def steps_of(office, question) -> int:
    """Hundreds of SQLite instructions that *question* takes."""
    taken = itertools.count()
    with office.ask("gm", Act.DUE_SEE) as unit:
        raw = unit.session.connection().connection.dbapi_connection
        raw.set_progress_handler(lambda: next(taken) and 0, 100)
        question(unit)
        raw.set_progress_handler(None, 0)
    return next(taken)


def shelved(office, number, start) -> None:
    """Add *number* volumes that are not due for years."""
    with office.work("archivist", Act.VOLUME_OPEN) as unit:
        unit.act(Act.VOLUME_OPEN)
        pattern = unit.session.scalar(select(Volume))
        row = {column.name: getattr(pattern, column.name) for column in Volume.__table__.columns}
        row |= {"review_due": D("2090-01-01"), "expires_on": D("2089-12-31")}
        rows = [{**row, "uid": f"{n:032}", "scope_uid": f"{n:032}", "reference_code": f"X{n}"}
                for n in range(start, start + number)]  # fmt: skip
        unit.session.execute(insert(Volume), rows)


def test_ten_times_the_volumes_cost_the_list_no_more(office):
    """
    500 or 5,500 volumes kept, three due: the same work, counted in SQLite's own instructions; a scan is not.
    """
    for year in (2010, 2011, 2012):
        make.volume(office, "FW·06", year=year)
    shelved(office, 500, 0)
    few = [steps_of(office, question) for question in QUESTIONS.values()]
    scan = steps_of(office, undated_by_scan)
    shelved(office, 5000, 1000)
    many = [steps_of(office, question) for question in QUESTIONS.values()]

    assert all(after <= before * 1.1 + 2 for before, after in zip(few, many, strict=True))
    assert steps_of(office, undated_by_scan) > 5 * scan


def undated_by_scan(unit) -> None:
    """Witness: the same volumes found without the index of days."""
    unit.session.execute(select(Volume.uid).where(Volume.archive_year <= 2012)).all()


def test_the_forecast_reads_its_years_only(office):
    """
    The forecast goes by the same index.
    """
    steps = planned(office, "gm", lambda unit: forecast(unit, 3))

    assert len(steps) == 2
    assert all("review_due" in step and "SEARCH" in step for step in steps)
