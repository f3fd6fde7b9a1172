"""签字: who signed at the counter, with lines drawn on the screen or with his own password (R39).

What was drawn is sealed under the record's key and is gone with it; a password is compared and kept nowhere.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from archive import identity, people
from archive.acts import Act
from archive.entrance import SignedBy
from archive.errors import BadValue
from archive.identity import Typed
from archive.model import Item, Loan, Person, Reading, Signature, Volume, new_uid
from archive.unit import Unit

#: The sheet that is signed on, and how much ink a signature may take.
WIDE, HIGH, LONGEST, LEAST = 600, 200, 20_000, 6
_POINT = re.compile(r"[ML](\d{1,3}) (\d{1,3})", re.ASCII)
_LINES = re.compile(r"(?:M\d{1,3} \d{1,3}(?:L\d{1,3} \d{1,3})+)+", re.ASCII)
SIGNATURE_KEY = "signature"

Thing = Loan | Reading


@dataclass(frozen=True, slots=True)
class Signing:
    """How somebody signs: what he drew, his own password, or nothing yet (then he signs the printed slip)."""

    strokes: str = ""
    password: Typed = field(default_factory=Typed)

    @property
    def given(self) -> bool:
        """True if he signs here and now."""
        return bool(self.strokes or self.password.text)


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """One signature as page and slip show it: *strokes* is the path of an SVG; *keeper* for who sat at the counter."""

    act: Act
    signer: str
    signed_by: SignedBy
    signed_at: dt.datetime
    strokes: str
    keeper: bool


def sign(
    unit: Unit, act: Act, thing: Thing, record: Volume | Item, other: Person | None, signing: Signing
) -> None:  # fmt: skip
    """Keep that *other* signed for *act* on *thing*, and beside him the actor, who has logged in to do it.

    Nothing is kept where nobody signs here: the slip is signed with a pen. The caller has named the act.
    Raises `BadValue` for what is no signature, `LoginFailed` and `LoginThrottled` for a password that is not his,
    `Untried` for one that must be tried first (`identity.beforehand`).
    """
    if not signing.given:
        return
    strokes = checked(signing.strokes) if signing.strokes else ""
    if signing.password.text:
        if other is None:  # a visitor has no account here
            raise BadValue(field="password", value="…", expected="")
        identity.demand_password(unit, other, signing.password)
    how = [SignedBy.PAD] * bool(strokes) + [SignedBy.ACCOUNT] * bool(signing.password.text)
    for one in how:
        _keep(unit, act, thing, record, other, one, strokes if one is SignedBy.PAD else "")
    _keep(unit, act, thing, record, unit.session.get_one(Person, unit.actor.uid), SignedBy.ACCOUNT, "")
    for line in unit.lines:
        if line.act is act and line.facts.get("number") == thing.number:
            line.facts = {**line.facts, "signed": how}
    unit.session.flush()


def checked(strokes: str) -> str:
    """*strokes* if they are lines drawn within the sheet, and enough of them; raises `BadValue`."""
    text = strokes.strip()
    points = _POINT.findall(text) if len(text) <= LONGEST and _LINES.fullmatch(text) else []
    inside = all(int(across) <= WIDE and int(down) <= HIGH for across, down in points)
    if len(points) < LEAST or not inside:
        raise BadValue(field="strokes", value="…", expected=f"M0 0L{WIDE} {HIGH}")
    return text


def points(strokes: str) -> list[list[tuple[int, int]]]:
    """The lines of a drawing, each as the points it runs through."""
    lines: list[list[tuple[int, int]]] = []
    for found in _POINT.finditer(strokes):
        if found[0][0] == "M":
            lines.append([])
        lines[-1].append((int(found[1]), int(found[2])))
    return lines


def of_loan(unit: Unit, number: str) -> list[SignatureRow]:
    """The signatures of the loan with this number in order; the caller has judged that it may be seen."""
    loan = unit.session.scalar(select(Loan).where(Loan.number == number))
    keepers = {Act.LOAN_LEND: loan.lent_by, Act.LOAN_RETURN: loan.received_by} if loan else {}
    return _of(unit, loan, keepers)


def of_reading(unit: Unit, number: str) -> list[SignatureRow]:
    """The signatures of the reading with this number in order; the caller has judged that it may be seen."""
    reading = unit.session.scalar(select(Reading).where(Reading.number == number))
    keepers = {Act.READING_BEGIN: reading.begun_by, Act.READING_END: reading.ended_by} if reading else {}
    return _of(unit, reading, keepers)


def _of(unit: Unit, thing: Thing | None, keepers: Mapping[Act, str | None]) -> list[SignatureRow]:
    """The signatures on *thing*; *keepers* says who sat at the counter at each end."""
    if thing is None:
        return []
    rows = select(Signature).where(Signature.thing_uid == thing.uid)
    ordered = rows.order_by(Signature.signed_at, Signature.signed_by.desc(), Signature.uid)
    return [
        _row(unit, row, keeper=row.person_uid == keepers.get(Act(row.act)))
        for row in unit.session.scalars(ordered)
    ]


def _keep(
    unit: Unit, act: Act, thing: Thing, record: Volume | Item, who: Person | None, how: SignedBy, strokes: str
) -> None:  # fmt: skip
    uid = new_uid()
    sealed = unit.keys.seal(record.uid, _place(uid), strokes.encode()) if strokes else b""
    unit.session.add(
        Signature(
            uid=uid, act=act.value, thing_kind=type(thing).__name__.lower(), thing_uid=thing.uid,
            record_uid=record.uid, person_uid=who.uid if who else None, signed_by=how, strokes=sealed,
            signed_at=unit.now,
        )
    )  # fmt: skip


def _row(unit: Unit, row: Signature, *, keeper: bool) -> SignatureRow:
    person = unit.session.get(Person, row.person_uid) if row.person_uid else None
    return SignatureRow(
        Act(row.act), people.name_of(unit, person) if person else "", row.signed_by,
        row.signed_at, _drawn(unit, row), keeper,
    )  # fmt: skip


def _drawn(unit: Unit, row: Signature) -> str:
    if not row.strokes or not unit.keys.has_key(row.record_uid):
        return ""
    return unit.keys.open(row.record_uid, _place(row.uid), row.strokes).decode()


def _place(uid: str) -> str:
    return f"{SIGNATURE_KEY}|{uid}"
