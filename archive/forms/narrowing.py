"""What a form can be asked for: what it is not narrowed by is refused, not passed over; pure."""

from __future__ import annotations

import datetime as dt

from archive.errors import BadValue, NotNarrowedBy, OneAtATime
from archive.forms.kinds import Wanted

#: The words for what a form is narrowed by, beside codes.
NARROWS = ("class_code", "department", "year", "period", "since", "until", "width")
_OPTIONS = {"class_code": "--class"}


def only(wanted: Wanted, *narrows: str, codes: int | None = 0) -> None:
    """Refuse more codes than *codes* (None: any number), and narrowing by what is not in *narrows*.

    Raises `OneAtATime`, `NotNarrowedBy`.
    """
    named, options = " ".join(wanted.codes)[:80], " ".join(_OPTIONS.get(one, f"--{one}") for one in narrows)
    if codes and len(wanted.codes) > codes:
        raise OneAtATime(field="codes", value=named, count=codes)
    given = {"codes": named if codes == 0 and named else None}
    given |= {name: getattr(wanted, name) for name in NARROWS if name not in narrows}
    for name, value in given.items():
        if value is not None:
            raise NotNarrowedBy(field=name, value=value, options=options or "—")


def single(wanted: Wanted) -> str:
    """The one number or code that a paper is printed of; raises `BadValue`, `OneAtATime`, `NotNarrowedBy`."""
    only(wanted, codes=1)
    if not wanted.codes or not wanted.codes[0].strip():
        raise BadValue(field="codes", value="—", expected="1")
    return wanted.codes[0].strip()


def days(wanted: Wanted) -> tuple[dt.date | None, dt.date | None]:
    """The days a register is of: those said, within the year that is said; raises `BadValue` for a range that ends early."""
    since, until = wanted.since, wanted.until
    if wanted.year is not None:
        if not dt.MINYEAR <= wanted.year <= dt.MAXYEAR:
            raise BadValue(field="year", value=wanted.year, expected="2026")
        since = max(since or dt.date.min, dt.date(wanted.year, 1, 1))
        until = min(until or dt.date.max, dt.date(wanted.year, 12, 31))
    if since and until and until < since:
        raise BadValue(field="date_to", value=until, expected=f"≥ {since}")
    return since, until
