"""Anybody does anything, in any order: after every act the whole ledger says what is true (V6-V13, V16, V17)."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections import Counter as Tally
from pathlib import Path

import pytest
from sqlalchemy import select, text

from archive import registry, volumes
from archive.acts import Act
from archive.circulation import copies, decisions, incidents, lending, readings, renewing, requests
from archive.custody import bagging, handover, repairs
from archive.errors import ArchiveError
from archive.model import Incident, Loan, Location, Reading, Repair, Request, Seal
from archive.statuses import (
    IncidentKind,
    IncidentState,
    ReadingState,
    RepairMethod,
    RepairState,
    RequestKind,
    SealState,
)
from archive.values import Level, LoanState, PlaceKind
from tests import make
from tests.conftest import Office, opened
from tests.faults.invariants import check_all
from tests.faults.ledger import ledger_faults

STAFF = ("staff", "clerk", "records", "supervisor", "manager", "secretary", "hr", "archivist", "gm")
KEEPERS = ("archivist", "clerk", "secretary")
DECIDERS = ("manager", "secretary", "gm", "clerk", "archivist", "staff")
THINGS = range(6)
KINDS = tuple(RequestKind)


@pytest.fixture(scope="module")
def shelf(template, tmp_path_factory):
    """An office with six things on its shelves, and bags to seal them in; home, key, uids."""
    where = tmp_path_factory.mktemp("ledger")
    shutil.copytree(template / "home", where / "home")
    office = Office(None)
    office.instance = opened(where / "home", template / "key", lambda: office.now)
    things = [make.volume(office, "ZX·02", 2, held=True, dossier=f"A1203-2025-{n}") for n in (1, 2)]
    things.append(make.volume(office, "WS·LW", 1, held=True))
    things.append(make.volume(office, "YH·01", 1, held=True))
    things.append(make.filed(office, "ZK·01", 1)[0])
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, things[-1:], given_by="clerk")
    with office.ask("archivist") as unit:
        things.append(min(item.uid for item in _items(unit, things[0])))
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        for number in range(1, 4):
            registry.add_location(
                unit, f"BAG{number}", kind=PlaceKind.BAG, name=f"{number}号袋", inside="R1-C1"
            )
        for uid in things[:4]:
            volumes.move(unit, uid, "R1-C1")
    office.instance.close()
    return where / "home", template / "key", things


def _items(unit, volume: str):
    from archive.model import Item

    return unit.session.scalars(select(Item).where(Item.volume_uid == volume))


STEPS: list[tuple[str, dict[str, tuple]]] = []


def step(**choices):
    """A step of the machine, with what each of its arguments is chosen from."""

    def keep(method):
        STEPS.append((method.__name__, choices))
        return method

    return keep


class Ledger:
    """Random acts by random people; every refusal is fine, every success must leave the ledger sound."""

    def __init__(self, shelf, folder: Path, done: Tally) -> None:
        self.shelf, self.folder, self.done, self.seals = shelf, folder, done, 0
        shutil.copytree(shelf[0], folder)
        self.office = Office(None)
        self.office.instance = opened(folder, shelf[1], lambda: self.office.now)

    def run(self, seed: int, steps: int) -> None:
        """So many steps, chosen by *seed*; after each the ledger is sound, or the whole run is told."""
        rng, told = random.Random(seed), []
        for _ in range(steps):
            name, choices = rng.choice(STEPS)
            given = {argument: rng.choice(many) for argument, many in choices.items()}
            told.append(f"{name}({given})")
            try:
                getattr(self, name)(**given)
                with self.office.ask("gm") as unit:
                    assert ledger_faults(unit) == []
            except Exception as defect:
                raise AssertionError(f"run {seed}: " + "\n".join(told)) from defect
        self.office.instance.close()
        shutil.rmtree(self.folder)

    def attempt(self, who: str, act: Act, do) -> None:
        """Do it as *who*; a refusal changes nothing, anything but a refusal is a defect."""
        try:
            with self.office.work(who, act) as unit:
                do(unit)
        except ArchiveError:
            self.done[f"{act} refused"] += 1
        else:
            self.done[act] += 1

    def newest(self, kind, *where) -> str:
        """The number of the newest row of *kind*, or one that is none."""
        with self.office.ask("gm") as unit:
            rows = select(kind.number).where(*where).order_by(kind.number.desc())
            return unit.session.scalar(rows.limit(1)) or "XX2026-00000"

    # --- asking and deciding

    @step(who=STAFF, kind=KINDS, thing=THINGS, days=(0, 14, 60))
    def asks(self, who, kind, thing, days):
        until = self.office.now.date() + dt.timedelta(days=days)
        code = self.shelf[2][thing]
        self.attempt(
            who, Act.REQUEST_ASK, lambda unit: requests.ask(unit, kind, [code], purpose="工作", until=until)
        )

    @step(who=DECIDERS, yes=(True, False))
    def decides(self, who, yes):
        number, act = self.newest(Request), Act.REQUEST_APPROVE if yes else Act.REQUEST_REFUSE
        self.attempt(who, act, lambda unit: decisions.decide(unit, [number], act, reason="同意与否"))

    @step(kind=(RequestKind.LOAN, RequestKind.READ, RequestKind.SEAL), thing=THINGS)
    def is_approved(self, kind, thing):
        """Asked for by a clerk and decided by whoever may: what makes the rest of the machine turn."""
        self.asks("archivist" if kind is RequestKind.SEAL else "staff", kind, thing, 14)
        for who in ("manager", "secretary", "gm"):
            self.decides(who, yes=True)

    @step(
        kind=(RequestKind.LOAN, RequestKind.LOAN, RequestKind.READ, RequestKind.SEAL),
        thing=THINGS,
    )
    def is_used_properly(self, kind, thing):
        """Asked for, approved, and done as it should be, unless something stands in the way."""
        self.is_approved(kind, thing)
        if kind is RequestKind.LOAN:
            self.lends(thing, "archivist", "staff")
        elif kind is RequestKind.READ:
            self.shows(thing, "archivist", "staff")
        else:
            self.seals_up(thing, thing % 3 + 1, "archivist", "clerk")

    @step(thing=THINGS)
    def is_turned_down(self, thing):
        self.asks("records", RequestKind.LOAN, thing, 14)
        for who in ("manager", "secretary"):
            self.decides(who, yes=False)

    @step(thing=THINGS)
    def thinks_better_of_it(self, thing):
        self.asks("records", RequestKind.READ, thing, 14)
        self.withdraws("records")

    @step(who=STAFF)
    def withdraws(self, who):
        number = self.newest(Request)
        self.attempt(who, Act.REQUEST_WITHDRAW, lambda unit: requests.withdraw(unit, [number]))

    # --- over the counter

    @step(thing=THINGS, by=KEEPERS, to=("staff", "staff", "records", "clerk"))
    def lends(self, thing, by, to):
        code = self.shelf[2][thing]
        self.attempt(by, Act.LOAN_LEND, lambda unit: lending.lend(unit, code, to=to, purpose="核对"))

    @step(
        thing=THINGS,
        by=KEEPERS,
        items=(None, None, 0, 1),
        intact=(True, False),
    )
    def takes_back(self, thing, by, items, intact):
        code = self.shelf[2][thing]
        self.attempt(
            by, Act.LOAN_RETURN, lambda unit: lending.take_back(unit, code, items=items, intact=intact)
        )

    @step(items=(None, None, 1))
    def takes_back_what_is_out(self, items):
        number = self.newest(Loan, Loan.state == LoanState.OUT)
        self.attempt("archivist", Act.LOAN_RETURN, lambda unit: lending.take_back(unit, number, items=items))

    @step(thing=THINGS, who=("staff", "archivist", "hr"))
    def renews(self, thing, who):
        code = self.shelf[2][thing]
        self.attempt(who, Act.LOAN_RENEW, lambda unit: renewing.renew(unit, code))

    @step()
    def recalls(self):
        number = self.newest(Loan, Loan.state == LoanState.OUT)
        self.attempt("archivist", Act.LOAN_RECALL, lambda unit: renewing.recall(unit, number, reason="急用"))

    @step(
        thing=THINGS,
        by=KEEPERS,
        reader=("staff", "manager", "gm", "archivist"),
    )
    def shows(self, thing, by, reader):
        code = self.shelf[2][thing]
        self.attempt(
            by,
            Act.READING_BEGIN,
            lambda unit: readings.begin(unit, code, reader=reader, place="R1", purpose="查看"),
        )

    @step(by=KEEPERS, items=(None, None, 0))
    def ends_a_reading(self, by, items):
        number = self.newest(Reading, Reading.state == ReadingState.OPEN)
        self.attempt(by, Act.READING_END, lambda unit: readings.end(unit, number, items=items))

    @step(thing=THINGS, reader=("staff", "gm"))
    def copies_one(self, thing, reader):
        code = self.shelf[2][thing]
        self.attempt(
            "archivist",
            Act.COPY_MAKE,
            lambda unit: copies.make(
                unit,
                code,
                kind=RequestKind.COPY,
                reader=reader,
                pages=1,
                which="第一页",
                purpose="存查",
                certified=True,
            ),
        )

    # --- what goes wrong, and is put right

    @step(thing=THINGS, kind=tuple(IncidentKind), who=("staff", "archivist"))
    def reports(self, thing, kind, who):
        code, day = self.shelf[2][thing], self.office.now.date()
        self.attempt(
            who,
            Act.INCIDENT_REPORT,
            lambda unit: incidents.report(unit, code, kind=kind, found_on=day, course="清点时发现"),
        )

    @step(thing=THINGS)
    def copies_properly(self, thing):
        """Asked for, approved, copied."""
        self.is_approved(RequestKind.COPY, thing)
        self.copies_one(thing, "staff")

    @step(thing=THINGS)
    def reports_and_closes(self, thing):
        """Reported by somebody, judged, decided and closed by whoever may."""
        self.reports(thing, IncidentKind.DAMAGED, "staff")
        for step, who in (
            ("judge", "manager"),
            ("judge", "secretary"),
            ("decide", "gm"),
            ("close", "archivist"),
        ):
            self.carries_an_incident_on(step, who)

    @step(
        step=("judge", "decide", "close", "find"),
        who=("manager", "gm", "archivist"),
    )
    def carries_an_incident_on(self, step, who):
        number = self.newest(Incident, Incident.state != IncidentState.FOUND)
        do = {
            "judge": lambda unit: incidents.judge(unit, number, liability="保管不善"),
            "decide": lambda unit: incidents.decide(unit, number, decision="通报"),
            "close": lambda unit: incidents.close(unit, number, outcome="已整改"),
            "find": lambda unit: incidents.find(unit, number, how="在旁边的卷里"),
        }
        self.attempt(who, Act(f"incident.{step}"), do[step])

    @step(thing=THINGS, method=tuple(RepairMethod))
    def orders_a_repair(self, thing, method):
        code, day = self.shelf[2][thing], self.office.now.date()
        self.attempt(
            "archivist",
            Act.REPAIR_ORDER,
            lambda unit: repairs.order(
                unit, code, method=method, damage="边角破损", handler="修裱室", found_on=day
            ),
        )

    @step()
    def finishes_a_repair(self):
        number = self.newest(Repair, Repair.state == RepairState.ORDERED)
        self.attempt(
            "archivist",
            Act.REPAIR_DONE,
            lambda unit: repairs.done(unit, number, result="已修好", original="归回原处"),
        )

    @step(
        thing=THINGS,
        bag=(1, 2, 3),
        who=("archivist", "clerk"),
        checker=("clerk", "records", "archivist"),
    )
    def seals_up(self, thing, bag, who, checker):
        code, self.seals = self.shelf[2][thing], self.seals + 1
        mark = f"F{self.seals:04}"
        self.attempt(
            who,
            Act.SEAL_CLOSE,
            lambda unit: bagging.close(unit, [code], bag=f"BAG{bag}", seal_no=mark, checked_by=checker),
        )

    @step(bag=(1, 2, 3), witness=("clerk", "manager", "archivist"))
    def breaks_a_seal(self, bag, witness):
        self.attempt(
            "archivist",
            Act.SEAL_OPEN,
            lambda unit: bagging.open_bag(unit, f"BAG{bag}", witness=witness, reason="查证"),
        )

    @step()
    def unseals_properly(self):
        """What is sealed is asked for, approved, and opened by two."""
        with self.office.ask("gm") as unit:
            seal = unit.session.scalar(select(Seal).where(Seal.state == SealState.SEALED).limit(1))
            bag = unit.session.get_one(Location, seal.bag_uid).code if seal else "BAG1"
        self.attempt(
            "archivist",
            Act.REQUEST_ASK,
            lambda unit: requests.ask(unit, RequestKind.UNSEAL, [bag], purpose="查证"),
        )
        for who in ("manager", "secretary", "gm"):
            self.decides(who, yes=True)
        self.breaks_a_seal(int(bag[-1]), "clerk")

    @step(hours=(1, 5, 24, 24 * 20))
    def waits(self, hours):
        self.office.tick(hours=hours)


#: What must have succeeded somewhere, or the machine has shown nothing.
WANTED = {
    Act.REQUEST_ASK, Act.REQUEST_APPROVE, Act.REQUEST_REFUSE, Act.REQUEST_WITHDRAW, Act.LOAN_LEND, Act.LOAN_RETURN,
    Act.LOAN_RECALL, Act.READING_BEGIN, Act.READING_END, Act.INCIDENT_REPORT, Act.INCIDENT_JUDGE, Act.REPAIR_ORDER,
    Act.REPAIR_DONE, Act.SEAL_CLOSE, Act.SEAL_OPEN, Act.COPY_MAKE, Act.INCIDENT_CLOSE,
}  # fmt: skip


@pytest.mark.parametrize(
    "seeds", [(0, 1, 6, 7, 11), pytest.param(range(12), marks=pytest.mark.slow)], ids=len
)
def test_inv_V6_to_V17_random_acts_of_random_people_leave_the_ledger_sound(shelf, tmp_path, seeds):
    """Runs of 45 steps: after every step each invariant holds; every kind of act has succeeded somewhere."""
    done = Tally()
    for seed in seeds:
        Ledger(shelf, tmp_path / f"run{seed}", done).run(seed, 45)
    assert {act for act in WANTED if not done[act]} == set(), dict(done)


@pytest.mark.long
def test_inv_V6_to_V17_many_runs(shelf, tmp_path, capsys):
    """The same over 100 runs of 60 steps."""
    done = Tally()
    for seed in range(1000, 1100):
        Ledger(shelf, tmp_path / f"run{seed}", done).run(seed, 60)
    with capsys.disabled():
        print("\n", {str(act): count for act, count in sorted(done.items()) if "refused" not in act})
    assert {act for act in WANTED if not done[act]} == set()


SABOTAGE = {
    "V6": "UPDATE item SET external = 1 - external WHERE volume_uid IS NOT NULL",
    "V7": "UPDATE volume SET state = 'HELD'; UPDATE item SET state = 'HELD'",
    "X1": "DROP INDEX one_open_outing_per_holding; INSERT INTO outing (uid, holding_uid, loan_uid)"
    " SELECT hex(randomblob(16)), holding_uid, loan_uid FROM outing",
    "V8": "UPDATE volume SET use_mode = 'READ_ON_SITE'",
    "V10": "UPDATE volume SET custodians_closed = 1",
    "V11": "UPDATE outing SET returned_at = '2026-03-02'",
    "V12": "UPDATE loan SET renewals = 3",
    "R35": "UPDATE loan SET grant_uid = NULL",
    "V17": "UPDATE volume SET state = 'SEALED'; UPDATE item SET state = 'SEALED'",
}


@pytest.mark.parametrize("violated", SABOTAGE)
def test_witness_each_violation_of_the_ledger_is_named(office, violated):
    """Break one thing by raw SQL, triggers dropped: the list of violations is no longer empty."""
    volume = make.volume(office, "ZX·02", 2, held=True)
    if violated == "V7":
        make.volume(office, "ZX·02", 1, dossier="A1203-2025-9")
    make.approved(office, volume)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, volume, to="staff", purpose="核对")
    with office.ask("gm") as unit:
        assert ledger_faults(unit) == []
    assert check_all(office) == []
    with office.instance.engine.begin() as raw:
        for (name,) in raw.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            raw.execute(text(f"DROP TRIGGER {name}"))
        for statement in SABOTAGE[violated].split("; "):
            raw.execute(text(statement))
    with office.ask("gm") as unit:
        assert violated in {fault.split()[0] for fault in ledger_faults(unit)}


def test_witness_V9_reading_without_the_general_managers_word_is_named(office):
    """A confidential record shown on nobody's approval stands on the list."""
    volume = make.volume(office, "ZX·02", 1, held=True, level=Level.CONFIDENTIAL)
    make.approved(office, volume, to="manager", acts=(Act.RECORD_READ,))
    with office.work("archivist", Act.READING_BEGIN) as unit:
        readings.begin(unit, volume, reader="manager", place="R1", purpose="查看")
    with office.ask("gm") as unit:
        assert ledger_faults(unit) == []
    with office.instance.engine.begin() as raw:
        raw.execute(text("UPDATE reading SET grant_uid = NULL, line_uid = NULL"))
    with office.ask("gm") as unit:
        assert {"V9"} == {fault.split()[0] for fault in ledger_faults(unit)}
