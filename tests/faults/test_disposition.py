"""Anybody appraises, holds, lists, approves, lends and destroys in any order: after every act V18-V25 hold."""

from __future__ import annotations

import random
import shutil
from collections import Counter as Tally
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from archive.acts import Act
from archive.circulation import lending, readings
from archive.errors import ArchiveError
from archive.model import Appraisal, DestructionList, Hold, Item, Volume
from archive.statuses import AppraisalState, DestructionState, HoldState, Verdict
from archive.values import VolumeState
from retention import due
from retention.appraising import appraisal, deciding, opinions, panel
from retention.destroying import destruction, freezing, signing
from retention.destroying.execution import execute
from retention.holding import placing
from tests.conftest import Office, opened
from tests.faults import ageing
from tests.faults.disposition import disposition_faults
from tests.faults.invariants import check_all
from tests.faults.ledger import ledger_faults

THINGS = range(8)
VERDICTS = (
    Verdict.DESTROY,
    Verdict.DESTROY,
    Verdict.DESTROY,
    Verdict.EXTEND,
    Verdict.PERMANENT,
    Verdict.TRANSFER,
)
#: Those who may, twice, and some who may not.
KEEPERS = ("archivist", "archivist", "secretary", "clerk")
SIGNERS = ("gm", "gm", "manager", "archivist")
WITNESSES = ("clerk", "supervisor", "gm", "archivist", "staff")


@pytest.fixture(scope="module")
def old_office(template, tmp_path_factory):
    """An office with eight old things on its shelves: home, key, uids."""
    home = tmp_path_factory.mktemp("disposition") / "home"
    shutil.copytree(template / "home", home)
    office = Office(None)
    office.instance = opened(home, template / "key", lambda: office.now)
    things = ageing.volumes_due(office, 3)
    things += ageing.volumes_due(office, 1, class_code="FW·04")
    things += ageing.items_due(office, 4)
    office.instance.close()
    return home, template / "key", things


STEPS: list[tuple[str, dict[str, tuple]]] = []


def step(*, often: int = 1, **choices):
    """A step of the machine, with what each of its arguments is chosen from."""

    def keep(method):
        STEPS.extend([(method.__name__, choices)] * often)
        return method

    return keep


class Going:
    """Random acts by random people; every refusal is fine, every success must leave the archive sound."""

    def __init__(self, old_office, folder: Path, done: Tally) -> None:
        self.things, self.folder, self.done = old_office[2], folder, done
        shutil.copytree(old_office[0], folder)
        self.office = Office(None)
        self.office.instance = opened(folder, old_office[1], lambda: self.office.now)
        self.gone: set[str] = set()

    def run(self, seed: int, steps: int) -> None:
        """So many steps, chosen by *seed*; after each all is sound, or the whole run is told."""
        rng, told = random.Random(seed), []
        for _ in range(steps):
            name, choices = rng.choice(STEPS)
            given = {argument: rng.choice(many) for argument, many in choices.items()}
            told.append(f"{name}({given})")
            self.office.tick(seconds=1)  # so that the marks of a record stand in the order of time
            try:
                getattr(self, name)(**given)
                self.is_sound()
            except Exception as defect:
                raise AssertionError(f"run {seed}: " + "\n".join(told)) from defect
        assert check_all(self.office) == [], told
        self.office.instance.close()
        shutil.rmtree(self.folder)

    def is_sound(self) -> None:
        """V18-V21, V24, X3 hold, and what is gone stays gone and is never due again."""
        with self.office.ask("gm") as unit:
            assert disposition_faults(unit) == []
            assert ledger_faults(unit) == []
            gone = {
                uid
                for kind in (Volume, Item)
                for uid in unit.session.scalars(select(kind.uid).where(kind.state == VolumeState.DESTROYED))
            }
            assert self.gone <= gone
            self.gone = gone
            codes = {unit.record(uid).reference_code for uid in gone}
            assert codes.isdisjoint(line.code for line in due.due(unit, unit.today))

    def attempt(self, who: str, act: Act, do) -> bool:
        """Do it as *who*; a refusal changes nothing, anything but a refusal is a defect."""
        try:
            with self.office.work(who, act) as unit:
                do(unit)
        except ArchiveError as refusal:
            self.done[f"{act} refused: {refusal.code}"] += 1
            return False
        self.done[act] += 1
        return True

    def newest(self, kind, *where) -> str:
        """The number of the newest row of *kind*, or one that is none."""
        with self.office.ask("gm") as unit:
            rows = select(kind.number).where(*where).order_by(kind.number.desc())
            return unit.session.scalar(rows.limit(1)) or "XX2026-00000"

    # --- appraising

    @step(thing=THINGS, other=THINGS)
    def begins_an_appraisal(self, thing, other):
        codes = sorted({self.things[thing], self.things[other]})
        self.attempt(
            "archivist",
            Act.APPRAISAL_BEGIN,
            lambda unit: appraisal.begin(unit, leader="gm", members=ageing.MEMBERS, codes=codes),
        )

    @step(who=(*ageing.MEMBERS, "staff"), verdict=VERDICTS)
    def opines(self, who, verdict):
        number = self.newest(Appraisal, Appraisal.state == AppraisalState.OPEN)
        period = "D10" if verdict is Verdict.EXTEND else ""
        self.attempt(
            who,
            Act.APPRAISAL_OPINE,
            lambda unit: opinions.opine(
                unit, number, verdict=verdict, period=period, reason="依标准", every_open=True
            ),
        )

    @step(who=("manager", "secretary"), instead=("archivist", "clerk"))
    def is_replaced(self, who, instead):
        number = self.newest(Appraisal, Appraisal.state == AppraisalState.OPEN)
        self.attempt(
            "archivist",
            Act.APPRAISAL_APPOINT,
            lambda unit: panel.appoint(unit, appraisal.one(unit, number), members=[instead], replaces=who),
        )

    @step(who=("gm", "gm", "manager"))
    def decides(self, who):
        number = self.newest(Appraisal, Appraisal.state == AppraisalState.OPEN)
        self.attempt(who, Act.APPRAISAL_DECIDE, lambda unit: deciding.decide_agreed(unit, number))

    @step(who=("gm", "manager"))
    def closes(self, who):
        number = self.newest(Appraisal, Appraisal.state == AppraisalState.OPEN)
        self.attempt(who, Act.APPRAISAL_CLOSE, lambda unit: appraisal.close(unit, number))

    @step(often=4, thing=THINGS, other=THINGS, verdict=VERDICTS)
    def is_appraised(self, thing, other, verdict):
        """The whole campaign by those who may, unless something stands in the way."""
        self.begins_an_appraisal(thing, other)
        for member in (*ageing.MEMBERS, "archivist", "clerk"):
            self.opines(member, verdict)
        self.decides("gm")
        self.closes("gm")

    # --- holding, using

    @step(often=2, who=("manager", "archivist", "staff"), thing=THINGS)
    def places_a_hold(self, who, thing):
        self.attempt(
            who,
            Act.HOLD_PLACE,
            lambda unit: placing.place(unit, reason="诉讼", records=[self.things[thing]]),
        )

    @step(scope=("FW·01", "WS", "FW·04"))
    def holds_a_class(self, scope):
        self.attempt("gm", Act.HOLD_PLACE, lambda unit: placing.place(unit, reason="检查", classes=[scope]))

    @step(often=4, who=("gm", "gm", "manager"))
    def releases(self, who):
        number = self.newest(Hold, Hold.state == HoldState.ACTIVE)
        self.attempt(who, Act.HOLD_RELEASE, lambda unit: placing.release(unit, number, reason="已结"))

    @step(often=2, thing=THINGS)
    def lends(self, thing):
        try:
            ageing.lend(self.office, self.things[thing])
            self.done[Act.LOAN_LEND] += 1
        except ArchiveError as refusal:
            self.done[f"loan.lend refused: {refusal.code}"] += 1

    @step(thing=THINGS)
    def shows(self, thing):
        try:
            ageing.show(self.office, self.things[thing])
            self.done[Act.READING_BEGIN] += 1
        except ArchiveError as refusal:
            self.done[f"reading.begin refused: {refusal.code}"] += 1

    @step(often=4, thing=THINGS)
    def comes_back(self, thing):
        code = self.things[thing]
        self.attempt("archivist", Act.LOAN_RETURN, lambda unit: lending.take_back(unit, code))
        self.attempt("archivist", Act.READING_END, lambda unit: readings.end(unit, code))

    # --- destroying

    @step(often=2, who=KEEPERS)
    def drafts(self, who):
        self.attempt(who, Act.DESTRUCTION_DRAFT, lambda unit: destruction.draft(unit, reason="期满"))

    @step(who=KEEPERS)
    def freezes(self, who):
        number = self.newest(DestructionList, DestructionList.state == DestructionState.DRAFT)
        self.attempt(who, Act.DESTRUCTION_FREEZE, lambda unit: destruction.freeze(unit, number))

    @step(who=SIGNERS)
    def approves(self, who):
        number = self.newest(DestructionList, DestructionList.state == DestructionState.FROZEN)
        self.attempt(
            who,
            Act.DESTRUCTION_APPROVE,
            lambda unit: signing.approve(
                unit, number, fingerprint=freezing.fingerprint(destruction.one(unit, number))
            ),
        )

    @step(who=KEEPERS, one=WITNESSES, two=WITNESSES)
    def begins(self, who, one, two):
        number = self.newest(DestructionList, DestructionList.state == DestructionState.APPROVED)
        self.attempt(
            who, Act.DESTRUCTION_BEGIN, lambda unit: signing.begin(unit, number, supervisors=(one, two))
        )

    @step(who=WITNESSES)
    def confirms(self, who):
        number = self.newest(DestructionList, DestructionList.state == DestructionState.BEGUN)
        self.attempt(who, Act.DESTRUCTION_CONFIRM, lambda unit: signing.confirm(unit, number, place="碎纸间"))

    @step(often=2, who=KEEPERS)
    def carries_out(self, who):
        number = self.newest(DestructionList, DestructionList.state == DestructionState.BEGUN)
        try:
            execute(self.office.instance, self.office.who(who), number)
            self.done[Act.DESTRUCTION_EXECUTE] += 1
        except ArchiveError as refusal:
            self.done[f"destruction.execute refused: {refusal.code}"] += 1

    @step(thing=THINGS)
    def pulls(self, thing):
        number = self.newest(DestructionList, DestructionList.state == DestructionState.BEGUN)
        self.attempt(
            "archivist",
            Act.DESTRUCTION_PULL,
            lambda unit: destruction.pull(unit, number, [self.things[thing]], reason="未找到"),
        )

    @step(who=KEEPERS)
    def withdraws(self, who):
        number = self.newest(DestructionList)
        self.attempt(
            who, Act.DESTRUCTION_WITHDRAW, lambda unit: destruction.withdraw(unit, number, reason="改期")
        )

    @step(often=5)
    def is_destroyed_properly(self):
        """Listed, approved, begun, witnessed, carried out, as far as nothing stands in the way."""
        self.drafts("archivist")
        self.freezes("archivist")
        self.approves("gm")
        self.begins("archivist", *ageing.SUPERVISORS)
        for witness in ageing.SUPERVISORS:
            self.confirms(witness)
        self.carries_out("archivist")

    @step(hours=(1, 5, 20))
    def waits(self, hours):
        self.office.tick(hours=hours)


#: What must have succeeded somewhere, or the machine has shown nothing.
WANTED = {
    Act.APPRAISAL_BEGIN, Act.APPRAISAL_OPINE, Act.APPRAISAL_DECIDE, Act.APPRAISAL_CLOSE, Act.HOLD_PLACE,
    Act.HOLD_RELEASE, Act.LOAN_LEND, Act.READING_BEGIN, Act.DESTRUCTION_DRAFT, Act.DESTRUCTION_FREEZE,
    Act.DESTRUCTION_APPROVE, Act.DESTRUCTION_BEGIN, Act.DESTRUCTION_CONFIRM, Act.DESTRUCTION_EXECUTE,
}  # fmt: skip


@pytest.mark.parametrize("seeds", [(5, 7), pytest.param(range(3), marks=pytest.mark.slow)], ids=len)
def test_inv_V18_to_V24_random_acts_of_random_people_destroy_nothing_they_may_not(
    old_office, tmp_path, seeds
):
    """Runs of 40 steps: after every step each invariant holds; every kind of act has succeeded somewhere."""
    done = Tally()
    for seed in seeds:
        Going(old_office, tmp_path / f"run{seed}", done).run(seed, 40)
    assert {act for act in WANTED if not done[act]} == set(), dict(done)


@pytest.mark.long
def test_inv_V18_to_V24_many_runs(old_office, tmp_path, capsys):
    """The same over 60 runs of 60 steps."""
    done = Tally()
    for seed in range(1000, 1060):
        Going(old_office, tmp_path / f"run{seed}", done).run(seed, 60)
    with capsys.disabled():
        print("\n", {str(act): count for act, count in sorted(done.items()) if "refused" not in str(act)})
    assert {act for act in WANTED if not done[act]} == set()


#: What is broken by raw SQL, and the violation that must name it.
SABOTAGE = {
    "no list": ("V18", "UPDATE destruction_line SET step = 'PULLED', destroyed_at = NULL"),
    "own approver": ("V18", "UPDATE destruction_list SET drafted_by = approved_by"),
    "open appraisal": ("V18", "UPDATE appraisal SET state = 'OPEN', closed_at = NULL"),
    "too early": ("V18", "UPDATE destruction_line SET review_due = '2030-01-01'"),
    "unwitnessed": ("V18", "DELETE FROM destruction_signature WHERE signed_as = 'SUPERVISOR'"),
    "come back": ("V18", "UPDATE volume SET state = 'HELD'; UPDATE item SET state = 'HELD'"),
    "torn": ("V21", "UPDATE destruction_line SET personal = 1, method = 'TEAR'"),
    "no register": ("V20", "UPDATE destruction_list SET register_uid = NULL"),
    "held": ("HOLD", "UPDATE hold SET state = 'ACTIVE', released_at = NULL"),
    "lent": ("X3", "UPDATE loan SET state = 'OUT', returned_at = NULL"),
    "period": ("T14", "UPDATE item SET period = 'D3'"),
}


@pytest.fixture(scope="module")
def after(old_office, tmp_path_factory):
    """An office in which a volume was lent, came back, was held, was let go and destroyed; another was kept longer."""
    folder = tmp_path_factory.mktemp("after") / "home"
    shutil.copytree(old_office[0], folder)
    office = Office(None)
    office.instance = opened(folder, old_office[1], lambda: office.now)
    first, *_, last = old_office[2]
    ageing.lend(office, first)
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, first)
    with office.work("gm", Act.HOLD_PLACE) as unit:
        number = placing.place(unit, reason="诉讼", records=[first]).number
    with office.work("gm", Act.HOLD_RELEASE) as unit:
        placing.release(unit, number, reason="已结")
    ageing.appraised(office, [last], Verdict.PERMANENT)
    office.tick(minutes=2)
    ageing.destroyed(office, [first])
    with office.ask("gm") as unit:
        assert disposition_faults(unit) == []
    office.instance.close()
    return folder, old_office[1]


@pytest.mark.parametrize("broken", SABOTAGE)
def test_witness_each_violation_of_disposition_is_named(after, tmp_path, broken):
    """Break one thing by raw SQL, triggers and checks put aside: the list of violations is no longer empty."""
    violated, statements = SABOTAGE[broken]
    shutil.copytree(after[0], tmp_path / "home")
    office = Office(None)
    office.instance = opened(tmp_path / "home", after[1], lambda: office.now)
    with office.instance.engine.begin() as raw:
        raw.execute(text("PRAGMA ignore_check_constraints = ON"))
        for (name,) in raw.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            raw.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements.split("; "):
            raw.execute(text(statement))
    with office.ask("gm") as unit:
        assert violated in {fault.split()[0] for fault in disposition_faults(unit)}
    office.instance.close()


def test_witness_inv_V19_a_key_that_was_not_dropped_is_named(after, tmp_path, monkeypatch):
    """A destruction that leaves the key where it was is found by the same list of violations."""
    shutil.copytree(after[0], tmp_path / "home")
    office = Office(None)
    office.instance = opened(tmp_path / "home", after[1], lambda: office.now)
    with office.ask("gm") as unit:
        uid = unit.session.scalar(select(Volume.uid).where(Volume.state == VolumeState.DESTROYED))
        assert disposition_faults(unit) == []
    office.instance.keys.new_keys([uid], "FW·01")
    with office.ask("gm") as unit:
        assert [fault[:3] for fault in disposition_faults(unit)] == ["V19"]
        assert unit.session.scalar(select(func.count()).select_from(DestructionList)) == 1
    office.instance.close()
