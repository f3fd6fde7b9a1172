"""The retention clock as the core asks for it (`archive.ports.Clockwork`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from archive.ports import Course
from archive.values import Period, Trigger
from retention import clock


class Clockwork:
    """Answers the core's two questions with the pure rules of `retention.clock`."""

    def course(self, period: Period, trigger: Trigger, trigger_date: dt.date | None) -> Course:
        """The course of a record of this period, trigger and trigger date."""
        course = clock.run(period, trigger, trigger_date)
        return Course(course.start, course.expires_on, course.review_due)

    def trigger_date(self, trigger: Trigger, happened: Sequence[tuple[str, dt.date]]) -> dt.date | None:
        """What recorded events, in the order of recording, make of a trigger.

        Of each kind the last recorded counts, so that a wrong day is corrected by recording the right one; of the
        agreed ends of a contract the latest (T10), unless it was terminated before (T9); an acceptance needs both
        its halves (T11).
        """
        by_kind: dict[str, list[dt.date]] = {}
        for kind, on in happened:
            by_kind.setdefault(kind, []).append(on)
        if trigger is Trigger.ACCEPTANCE:
            return clock.acceptance(_last(by_kind, "FIT_OUT_ACCEPTED"), _last(by_kind, "DEPOSIT_SETTLED"))
        if trigger is Trigger.CONTRACT_END:
            ended = _last(by_kind, "CONTRACT_TERMINATED")
            return clock.contract_end(None, amended=by_kind.get("CONTRACT_EXPIRED", []), terminated=ended)
        return clock.latest(days[-1] for days in by_kind.values())


def _last(by_kind: dict[str, list[dt.date]], kind: str) -> dt.date | None:
    days = by_kind.get(kind)
    return days[-1] if days else None
