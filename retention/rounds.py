"""What retention does on the daily rounds: takes up the year's appraisal, counts what waits, finishes what was begun.

The clock opens and counts; it decides nothing, and destroys nothing that three people have not begun.
"""

from __future__ import annotations

from collections.abc import Mapping

from archive.acts import Act
from archive.inspection import Health
from archive.instance import Instance, Who
from archive.rounds import Found, Job, Part, counting
from archive.unit import Unit


def _due(unit: Unit) -> int:
    """How much is ready for appraisal; what is held, undated or being dealt with is not."""
    from retention import due

    found = due.count(unit, unit.today)
    return found.volumes + found.items


def _appraisal(instance: Instance, who: Who) -> Found:
    """Begin this year's appraisal if it has not begun and something was due on 1 January; once a year (§6.2)."""
    from retention.appraising import appraisal

    with instance.work(who, Act.APPRAISAL_BEGIN) as unit:
        made = appraisal.begin_for_year(unit, unit.today.year)
        count = len(appraisal.lines(unit, made)) if made is not None else 0
        number = made.number if made is not None else ""
    return Found({"number": number, "count": count} if number else {}, Health.WARN if number else Health.OK)


def _secrecy(unit: Unit) -> int:
    from retention import secrecy_book

    return secrecy_book.due_count(unit)


def _holds(unit: Unit) -> int:
    from retention.holding import holds

    return holds.overdue_count(unit)


def _destruction(instance: Instance, who: Who) -> Found:
    """Finish the lines that a killed run left past the point of no return."""
    from retention.destroying import execution

    finished = execution.resume(instance, who)
    return Found({"lines": finished}, Health.WARN if finished else Health.OK)


#: The parts of the rounds that are retention's; `cli.py` hands them in.
JOBS: Mapping[Part, Job] = {
    Part.DUE: counting("due", _due),
    Part.APPRAISAL: _appraisal,
    Part.HOLDS: counting("hold_overdue", _holds),
    Part.SECRECY: counting("due", _secrecy),
    Part.DESTRUCTION: _destruction,
}
