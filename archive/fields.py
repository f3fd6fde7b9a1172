"""The typed fields of each family: what a card may say, in a table.

A family has its own fields besides the common ones; a field has a kind that checks and normalises it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum

from archive.errors import BadValue, FieldMissing, FieldUnknown, NoSuchDay
from archive.values import Family


class Kind(Enum):
    """How a field's text is checked."""

    TEXT = "text"
    NAME = "name"
    CODE = "code"
    DATE = "date"
    MONEY = "money"
    PHONE = "phone"
    STAGE = "stage"
    DIRECTION = "direction"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in code, its kind, whether an item must have it, and the clause behind it."""

    name: str
    kind: Kind
    clause: str
    required: bool = False

    @property
    def word(self) -> str:
        """The key of this field's name."""
        return f"field.{self.name}"


TABLE: Mapping[Family, tuple[Field, ...]] = {
    Family.GENERAL: (),
    Family.TENANT: (
        Field("occupant", Kind.NAME, "8-1.1.2"),
        Field("tenancy_from", Kind.DATE, "house"),
        Field("tenancy_to", Kind.DATE, "house"),
        Field("contact_phone", Kind.PHONE, "R74"),
        Field("emergency_contact", Kind.NAME, "R78"),
    ),
    Family.FIT_OUT: (
        Field("stage", Kind.STAGE, "R82-R87"),
        Field("permit_no", Kind.CODE, "R83"),
        Field("fitout_contractor", Kind.NAME, "R82"),
        Field("deposit_amount", Kind.MONEY, "R85"),
        Field("accepted_on", Kind.DATE, "R85"),
        Field("deposit_settled_on", Kind.DATE, "R85"),
    ),
    Family.CONTRACT: (
        Field("contract_no", Kind.CODE, "R89", required=True),
        Field("counterparty", Kind.NAME, "R89", required=True),
        Field("amount", Kind.MONEY, "R89"),
        Field("signed_on", Kind.DATE, "R90"),
        Field("term_from", Kind.DATE, "R89"),
        Field("term_to", Kind.DATE, "R89"),
    ),
    Family.CORRESPONDENCE: (
        Field("direction", Kind.DIRECTION, "R59-R72", required=True),
        Field("correspondent", Kind.NAME, "8-1.4.2", required=True),
        Field("received_on", Kind.DATE, "R60"),
        Field("reply_to", Kind.CODE, "R72"),
    ),
}

#: Fields about natural persons: found only in records that are confidential themselves (decision 6).
PERSONAL = frozenset({"occupant", "contact_phone", "emergency_contact"})

STAGES = ("ZX·01", "ZX·02", "ZX·03", "ZX·04", "ZX·05", "ZX·06", "ZX·07")
DIRECTIONS = ("IN", "OUT", "INTERNAL")
LONGEST = 400


def checked(family: Family, given: Mapping[str, str], *, complete: bool = True) -> dict[str, str]:
    """*given* normalised by the table of *family*; empty values are dropped.

    Raises `FieldUnknown`, `FieldMissing` (if *complete*) or `BadValue`.
    """
    known = {one.name: one for one in TABLE[family]}
    for name in given:
        if name not in known:
            raise FieldUnknown(field=name, family=family, known=sorted(known) or "—")
    values = {
        name: _normal(known[name], str(value).strip())
        for name, value in given.items()
        if value is not None and str(value).strip()
    }
    for one in TABLE[family]:
        if complete and one.required and one.name not in values:
            raise FieldMissing(field=one, family=family)
    _terms_in_order(values)
    return values


def _normal(one: Field, text: str) -> str:
    if len(text) > LONGEST or not text.isprintable():
        raise BadValue(field=one, value=text[:40], expected=f"≤ {LONGEST}")
    return _NORMAL[one.kind](one, text)


def _date(one: Field, text: str) -> str:
    return day(text, one).isoformat()


def day(text: str, one: object) -> dt.date:
    """A day written 2024-05-14, 2024/5/14, 2024.5.14, 20240514 or 2024年5月14日.

    Raises `NoSuchDay` if it is written so and no calendar has it, `BadValue` if it is not.
    """
    match = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})", text.strip())
    if match is None:
        raise BadValue(field=one, value=text, expected="YYYY-MM-DD")
    try:
        return dt.date(*(int(part) for part in match.groups() if part))
    except ValueError:
        raise NoSuchDay(field=one, value=text) from None


def _money(one: Field, text: str) -> str:
    try:
        amount = Decimal(text.replace(",", "").removesuffix("元").removeprefix("¥"))
    except InvalidOperation:
        raise BadValue(field=one, value=text, expected="28000.00", example=True) from None
    if not amount.is_finite() or amount < 0:
        raise BadValue(field=one, value=text, expected="28000.00", example=True)
    return f"{amount:.2f}"


Check = Callable[[Field, str], str]


def _pattern(pattern: str, expected: str) -> Check:
    compiled = re.compile(pattern)

    def check(one: Field, text: str) -> str:
        if not compiled.fullmatch(text):
            raise BadValue(field=one, value=text, expected=expected)
        return text

    return check


def _choice(options: tuple[str, ...]) -> Check:
    def check(one: Field, text: str) -> str:
        if text.upper() not in options:
            raise BadValue(field=one, value=text, expected=" ".join(options))
        return text.upper()

    return check


def _as_is(_: Field, text: str) -> str:
    return text


_NORMAL: Mapping[Kind, Check] = {
    Kind.TEXT: _as_is,
    Kind.NAME: _as_is,
    Kind.CODE: _pattern(r"[\w\-·()()〔〕\[\]【】/第号字 .]+", "HT-2024-0032"),
    Kind.DATE: _date,
    Kind.MONEY: _money,
    Kind.PHONE: _pattern(r"[+\d][\d\- ]{4,24}", "13800138000"),
    Kind.STAGE: _choice(STAGES),
    Kind.DIRECTION: _choice(DIRECTIONS),
}


def _terms_in_order(values: Mapping[str, str]) -> None:
    for first, last in (("term_from", "term_to"), ("tenancy_from", "tenancy_to")):
        if values.get(first, "") > values.get(last, "9999"):
            raise BadValue(field=last, value=values[last], expected=f"≥ {values[first]}")
