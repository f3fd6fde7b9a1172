"""What the forms of the counter say, read into what the services take; pure.

Fields about one parcel are named after its code: `items|K001-…`, `missing|K001-…`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from werkzeug.datastructures import MultiDict

from archive.circulation.counter import Counted
from archive.circulation.lending import Return, Terms
from archive.circulation.signing import Signing
from archive.errors import BadValue
from archive.identity import Typed

Form = MultiDict[str, str]
#: Letters of a remark that are read at all.
LONGEST = 2000


def text(form: Form, name: str) -> str:
    """The words in one field."""
    return form.get(name, "").strip()[:LONGEST]


def codes(form: Form, name: str = "code") -> list[str]:
    """The codes of the parcels, each once, without the one that was taken off the desk."""
    dropped = form.get("drop", "")
    found = (one.strip()[:120] for one in form.getlist(name))
    return [one for one in dict.fromkeys(found) if one and one != dropped]


def whole(form: Form, name: str) -> int | None:
    """A number that was counted; None if nothing was written. Raises `BadValue`."""
    told = text(form, name)
    if not told:
        return None
    if not (told.isascii() and told.isdigit() and len(told) <= 6):
        raise BadValue(field=name.partition("|")[0], value=told[:20], expected="0–999999")
    return int(told)


def day(form: Form, name: str) -> dt.date | None:
    """A day; None if none was chosen. Raises `BadValue`."""
    told = text(form, name)
    try:
        return dt.date.fromisoformat(told) if told else None
    except ValueError as slip:
        raise BadValue(field=name, value=told[:20], expected="2026-03-31") from slip


def counted(form: Form, of: Iterable[str]) -> dict[str, Counted]:
    """Items and pages that both counted of each parcel."""
    return {code: (whole(form, f"items|{code}"), whole(form, f"pages|{code}")) for code in of}


def terms(form: Form) -> Terms:
    """To whom, for what, until when; raises `BadValue`."""
    return Terms(
        to=text(form, "to"), purpose=text(form, "purpose"), due_on=day(form, "due_on"),
        take_out=bool(form.get("take_out")), copy=bool(form.get("copy")), pass_over=text(form, "pass_over"),
        note=text(form, "note"),
    )  # fmt: skip


def given(form: Form, of: Iterable[str]) -> dict[str, Return]:
    """How each parcel came back; raises `BadValue`."""
    by = text(form, "by") or None
    return {code: _given(form, code, by) for code in of}


def _given(form: Form, code: str, by: str | None) -> Return:
    """What is told missing explains the count: unless it was counted otherwise it is not said twice."""
    missing = tuple(one.strip() for one in form.getlist(f"missing|{code}") if one.strip())
    items, pages = whole(form, f"items|{code}"), whole(form, f"pages|{code}")
    if missing:
        items, pages = (None if told == form.get(f"was|{what}|{code}") else number for what, told, number in (
            ("items", form.get(f"items|{code}"), items), ("pages", form.get(f"pages|{code}"), pages),
        ))  # fmt: skip
    return Return(
        by, items, pages, not form.get(f"damaged|{code}"), missing, text(form, f"note|{code}")
    )  # fmt: skip


def signing(form: Form, end: str = "") -> Signing:
    """How the other signs at this *end*; what is drawn and what is typed are kept as they came."""
    return Signing(form.get(f"strokes{end}", "").strip(), Typed(form.get(f"password{end}", "")))
