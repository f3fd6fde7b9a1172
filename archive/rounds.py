"""The daily rounds: what the clock does for the office, each part by itself, so that one that fails stops no other.

Run twice a day they change nothing the second time. This module opens no content, and does not know the packages
beside `archive`; what those contribute is handed in (decision 26).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive import db, upkeep
from archive.acts import Act
from archive.errors import ArchiveError
from archive.inspection import Health
from archive.instance import Instance, Who
from archive.sitting import note_defect
from archive.unit import Unit
from archive.values import Worded
from archive.words import say

#: Exit statuses: a check found faults, a part failed.
FAULTS, FAILED = 5, 1


class Part(Worded):
    """The parts of the rounds in the order they are done."""

    LAPSE = "LAPSE"
    CHASE = "CHASE"
    MAIL = "MAIL"
    LOANS = "LOANS"
    READINGS = "READINGS"
    SEALS = "SEALS"
    PLAN = "PLAN"
    STOCKTAKE = "STOCKTAKE"
    VALIDITY = "VALIDITY"
    INTAKE = "INTAKE"
    DUE = "DUE"
    APPRAISAL = "APPRAISAL"
    HOLDS = "HOLDS"
    SECRECY = "SECRECY"
    DESTRUCTION = "DESTRUCTION"
    BACKUPS = "BACKUPS"
    FIXITY = "FIXITY"
    SWEEP = "SWEEP"
    ANCHOR = "ANCHOR"


@dataclass(frozen=True, slots=True)
class Found:
    """What a part came to: facts without names; *health* says whether somebody must look, *why* what is wrong."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    health: Health = Health.OK
    why: str = ""
    status: int = 0


@dataclass(frozen=True, slots=True)
class PartLine:
    """One line of the summary."""

    part: Part
    state: Health
    facts: Mapping[str, Any]
    why: str
    status: int


Job = Callable[[Instance, Who], Found]


def run(instance: Instance, who: Who, contributed: Mapping[Part, Job] | None = None) -> list[PartLine]:
    """Do every part in its own transactions and tell of each.

    Raises `ClockSetBack` before anything is done, and `SystemTokenNeeded` where the credential does not fit.
    """
    with db.told(instance.database), db.sessions(instance.engine, reading=True)() as session:
        instance.check_clock(
            session
        )  # no unit: its line, dated too early, would hide the fault from the next run
    with instance.work(who, Act.ROUNDS_RUN) as unit:
        unit.act(Act.ROUNDS_RUN)
    jobs = {**JOBS, **(contributed or {})}
    return [_done(instance, who, part, jobs[part]) for part in Part if part in jobs]


def exit_status(lines: list[PartLine]) -> int:
    """5 if anything stored is damaged, 1 if a part failed, else 0."""
    found = {line.status for line in lines}
    return FAULTS if FAULTS in found else max(found, default=0)


def _done(instance: Instance, who: Who, part: Part, job: Job) -> PartLine:
    try:
        found = job(instance, who)
    except ArchiveError as refused:
        found = Found(health=Health.BAD, why=refused.message(instance.settings.tongue), status=FAILED)
    except Exception as defect:  # noqa: BLE001  # told by its number; the other parts still run
        number = note_defect(instance.home, defect, instance.clock())
        why = say("told.defect", instance.settings.tongue, number=number)
        found = Found(health=Health.BAD, why=why, status=FAILED)
    return PartLine(part, found.health, found.facts, found.why, found.status)


def counting(name: str, count: Callable[[Unit], int]) -> Job:
    """A part that counts what somebody should look at: a number, no list."""

    def job(instance: Instance, who: Who) -> Found:
        with instance.work(who, Act.ROUNDS_RUN) as unit:
            number = count(unit)
        return Found({name: number}, Health.WARN if number else Health.OK)

    return job


# --- the parts ------------------------------------------------------------------------------------


def _lapse(instance: Instance, who: Who) -> Found:
    from archive.circulation import requests

    with instance.work(who, Act.ROUNDS_RUN) as unit:
        return Found({"lapsed": requests.lapse(unit)})


def _chase(instance: Instance, who: Who) -> Found:
    from archive.circulation import chasing

    made = chasing.all_due(instance, who)
    return Found({"notices": made.notices, "copies": made.copies, "by_mail": made.by_mail})


def _mail(instance: Instance, who: Who) -> Found:
    from archive.circulation import notices

    made = notices.deliver(instance, who)
    facts = {"sent": made.sent, "failed": made.failed, "cancelled": made.cancelled, "unsent": made.waiting}
    facts |= {"by_hand": made.by_hand}
    if not made.failed:
        return Found(facts)
    why = say("rounds.mail-failed", instance.settings.tongue, failure=made.failure)
    return Found(facts, Health.BAD if made.down else Health.WARN, why, FAILED if made.down else 0)


def _overdue(unit: Unit) -> int:
    from archive.circulation import ledger

    return ledger.overdue(unit)


def _late_readings(unit: Unit) -> int:
    from archive.circulation import readings

    return readings.late(unit)


def _seals_due(unit: Unit) -> int:
    from archive.custody import seals

    return seals.due_count(unit)


def _plan_overdue(unit: Unit) -> int:
    from archive.custody import plan

    return plan.overdue_count(unit)


def _stocktakes(instance: Instance, who: Who) -> Found:
    from archive.custody import stocktake

    with instance.work(who, Act.ROUNDS_RUN) as unit:
        months = stocktake.missing_months(unit)
    return Found({"missing_months": months}, Health.WARN if months else Health.OK)


def _validity_due(unit: Unit) -> int:
    from archive.custody import validity

    return validity.due_count(unit)


def _scans_waiting(unit: Unit) -> int:
    from archive.scans import tray

    return tray.late(unit)


def _fixity(instance: Instance, who: Who) -> Found:
    made = upkeep.rotate(instance, who)
    facts: dict[str, Any] = {"read": made.read, "mib": made.bytes >> 20, "blobs": made.blobs}
    if not made.faults:
        return Found(facts)
    facts["damaged"] = sorted({code for fault in made.faults for code in fault.items or [fault.blob]})
    why = say("rounds.damaged", instance.settings.tongue, count=len(made.faults))
    return Found(facts, Health.BAD, why, FAULTS)


def _sweep(instance: Instance, who: Who) -> Found:
    from archive import once

    with instance.work(who, Act.VAULT_SWEEP) as unit:
        made = upkeep.sweep(unit)
        once.forget(unit)
    return Found({"leftovers": made.keys + made.blobs})


def _anchor(instance: Instance, who: Who) -> Found:
    from archive import logbook

    to = instance.settings.anchor_file
    with instance.work(who, Act.AUDIT_ANCHOR) as unit:
        made = logbook.anchor(unit, to=Path(to).expanduser() if to else None)
    return Found({"size": made.size, "fingerprint": made.fingerprint})


#: What `archive` itself does on its rounds.
JOBS: Mapping[Part, Job] = {
    Part.LAPSE: _lapse,
    Part.CHASE: _chase,
    Part.MAIL: _mail,
    Part.LOANS: counting("overdue", _overdue),
    Part.READINGS: counting("late", _late_readings),
    Part.SEALS: counting("due", _seals_due),
    Part.PLAN: counting("plan_missing", _plan_overdue),
    Part.STOCKTAKE: _stocktakes,
    Part.VALIDITY: counting("due", _validity_due),
    Part.INTAKE: counting("scans_waiting", _scans_waiting),
    Part.FIXITY: _fixity,
    Part.SWEEP: _sweep,
    Part.ANCHOR: _anchor,
}
