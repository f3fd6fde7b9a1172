"""移交清单 before it is signed: drafted by one side, checked line by line by the other (F9, R8-R11, R28)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import select

from archive.acts import Act
from archive.cards import plain
from archive.custody import stocktake, wholes
from archive.errors import (
    AlreadyThere,
    BadValue,
    CheckFirst,
    CopyUnexplained,
    NotFit,
    NotFound,
    OnDraft,
    SameSigner,
    TransferOutside,
)
from archive.lives import HANDOVER
from archive.model import Department, HandoverDraft, HandoverDraftLine, Item, Volume, new_uid
from archive.statuses import HandoverKind, HandoverState, LineOutcome
from archive.unit import Unit
from archive.volumes import next_number, on_its_own

DRAFT_KEY, LINE_KEY = "handover-draft", "handover-line"
#: By which act the life cycle judges a record of each kind of list.
STEPS = {
    HandoverKind.INTO: Act.HANDOVER_SIGN,
    HandoverKind.CENTRAL: Act.HANDOVER_DRAFT,
    HandoverKind.OUT: Act.HANDOVER_DRAFT,
}


def draft(
    unit: Unit, codes: Sequence[str], *, kind: HandoverKind = HandoverKind.INTO, to_department: str = "",
    reason: str, before_check: bool = False,
) -> HandoverDraft:  # fmt: skip
    """Draft a list of records of one department: into the archive, into the central store, or back to it.

    *to_department* is who takes them over (the actor's own if not said; for what goes back, the department the
    records came from). *before_check* lets records into the central store before this year's annual check (R28).
    Raises `BadValue`, `NotFound`, `WrongState`, `InVolume`, `OnDraft`, `AlreadyThere`, `CheckFirst`, `TransferOutside`.
    """
    records = _meant(unit, codes)
    for record in records:
        unit.act(Act.HANDOVER_DRAFT, record, private={"reason": reason}, kind=kind, to=to_department)
    if not reason.strip():
        raise BadValue(field="reason", value=reason, expected="…")
    giver = _one_department(records)
    taker = _taker(unit, kind, giver, to_department)
    for record in records:
        _ready(unit, record, kind)
    on_none(unit, records)
    if kind is HandoverKind.CENTRAL and not before_check:
        _checked_this_year(unit)
    back = kind is HandoverKind.OUT
    made = _draft(unit, kind, unit.actor.department if back else giver, taker, reason)
    unit.session.add_all(_pending(made, ordinal, record) for ordinal, record in enumerate(records, 1))
    unit.session.flush()
    return made


def _pending(made: HandoverDraft, ordinal: int, record: Volume | Item) -> HandoverDraftLine:
    items, pages = wholes.size(record)
    return HandoverDraftLine(
        draft_uid=made.uid, record_uid=record.uid, ordinal=ordinal, items=items, pages=pages,
        outcome=LineOutcome.PENDING,
    )  # fmt: skip


def _meant(unit: Unit, codes: Sequence[str]) -> list[Volume | Item]:
    if not codes:
        raise BadValue(field="codes", value="—", expected="≥ 1")
    records = [unit.record(code) for code in codes]
    wholes.each_once(records)
    return records


def _one_department(records: Sequence[Volume | Item]) -> str:
    giving = sorted({record.department for record in records})
    if len(giving) > 1:
        raise BadValue(field="department", value=" ".join(giving), expected=giving[0])
    return giving[0]


def _taker(unit: Unit, kind: HandoverKind, giver: str, wanted: str) -> str:
    """The department that takes over; what goes back goes to where it came from, nowhere else."""
    if kind is HandoverKind.OUT and (wanted or giver) != giver:
        raise TransferOutside(to=wanted, department=giver)
    taker = wanted or (giver if kind is HandoverKind.OUT else unit.actor.department)
    return unit.one(Department, "department", taker).code


def _ready(unit: Unit, record: Volume | Item, kind: HandoverKind) -> None:
    on_its_own(unit, record, Act.HANDOVER_DRAFT)
    wholes.after(record, STEPS[kind])
    if kind is not HandoverKind.INTO and record.centralised == (kind is HandoverKind.CENTRAL):
        raise AlreadyThere(code=record.reference_code, kind=kind)


def _checked_this_year(unit: Unit) -> None:
    """The annual check early in the year comes first (R28); raises `CheckFirst`."""
    if not stocktake.annual_done(unit, unit.today.year):
        raise CheckFirst(year=unit.today.year)


def _draft(unit: Unit, kind: HandoverKind, giver: str, taker: str, reason: str) -> HandoverDraft:
    prefix, uid = f"YD{unit.today.year}-", new_uid()
    made = HandoverDraft(
        uid=uid, number=f"{prefix}{next_number(unit, prefix):04d}", kind=kind, state=HandoverState.DRAFT,
        from_department=giver, to_department=taker, drafted_by=unit.actor.uid, drafted_at=unit.now,
        card=unit.keys.seal_with(DRAFT_KEY, uid.encode(), plain({"reason": reason.strip()})),
    )  # fmt: skip
    unit.session.add(made)
    unit.session.flush()
    return made


def on_none(unit: Unit, records: Iterable[Volume | Item]) -> None:
    """Raise `OnDraft` for a record that stands on an open list already."""
    open_lines = select(HandoverDraftLine.record_uid, HandoverDraft.number).join(
        HandoverDraft, HandoverDraft.uid == HandoverDraftLine.draft_uid
    )
    open_lines = open_lines.where(HandoverDraft.state == HandoverState.DRAFT)
    for record in records:
        other = unit.session.execute(open_lines.where(HandoverDraftLine.record_uid == record.uid)).first()
        if other is not None:
            raise OnDraft(code=record.reference_code, number=other.number)


def check(
    unit: Unit, number: str, code: str, *, accepted: bool, originals: bool | None = None, ink: bool = True,
    complete: bool = True, reason: str = "", original_at: str = "",
) -> HandoverDraftLine:  # fmt: skip
    """Say of one line whether it is accepted: originals (R8), complete (R9), written in lasting ink (R10).

    *originals* is what the books say if not told. A copy is accepted with a *reason* and *original_at*, where the
    original is; a refusal needs a *reason*. A line can be checked again until the list is signed.
    Raises `NotFound`, `WrongState`, `SameSigner`, `NotFit`, `CopyUnexplained`, `BadValue`.
    """
    made = found(unit, number)
    record = unit.record(code)
    line = next((line for line, one in lines(unit, made).items() if one is record), None)
    why = {"reason": reason.strip(), "original_at": original_at.strip()}
    unit.act(Act.HANDOVER_CHECK, record, private=why, draft=made.number, accepted=accepted)
    if line is None:
        raise NotFound(what="record", code=code)
    made.state = HANDOVER.after(made.state, Act.HANDOVER_CHECK)
    if made.drafted_by == unit.actor.uid and made.kind is not HandoverKind.OUT:
        raise SameSigner(act=Act.HANDOVER_CHECK)
    genuine = not has_copies(unit, record) if originals is None else originals
    if accepted:
        _fit(record, genuine, sound=ink and complete, why=why)
    elif not why["reason"]:
        raise BadValue(field="reason", value=reason, expected="…")
    line.outcome = LineOutcome.ACCEPTED if accepted else LineOutcome.REFUSED
    line.originals, line.ink, line.complete = genuine, ink, complete
    line.checked_by, line.checked_at = unit.actor.uid, unit.now
    line.card = unit.keys.seal(record.uid, f"{LINE_KEY}|{made.uid}", plain(why))
    unit.session.flush()
    return line


def _fit(record: Volume | Item, genuine: bool, *, sound: bool, why: dict[str, str]) -> None:
    if not sound:
        raise NotFit(code=record.reference_code)
    if not genuine and not all(why.values()):
        raise CopyUnexplained(code=record.reference_code)


def has_copies(unit: Unit, record: Volume | Item) -> bool:
    """True if the books have a copy where an original should be (R8)."""
    mine = Item.volume_uid == record.uid if isinstance(record, Volume) else Item.uid == record.uid
    copies = select(Item.uid).where(mine, Item.is_original.is_(False))
    return unit.session.scalar(copies.limit(1)) is not None


def withdraw(unit: Unit, number: str) -> HandoverDraft:
    """Take back a list that is not signed yet; its records are free for another. Raises `NotFound`, `WrongState`."""
    made = found(unit, number)
    for record in lines(unit, made).values():
        unit.act(Act.HANDOVER_WITHDRAW, record, draft=made.number)
    made.state = HANDOVER.after(made.state, Act.HANDOVER_WITHDRAW)
    return made


def found(unit: Unit, number: str) -> HandoverDraft:
    """The list with this number; raises `NotFound`, also if it names a record the actor may not see (decision 6)."""
    one = unit.session.scalar(select(HandoverDraft).where(HandoverDraft.number == number))
    if one is None or not all(unit.may(Act.RECORD_SEE, record) for record in lines(unit, one).values()):
        raise NotFound(what="handover", code=number)
    return one


def lines(unit: Unit, made: HandoverDraft) -> dict[HandoverDraftLine, Volume | Item]:
    """The lines of a list in order, each with its record, hidden ones among them: `found` has judged."""
    rows = select(HandoverDraftLine).where(HandoverDraftLine.draft_uid == made.uid)
    ordered = list(unit.session.scalars(rows.order_by(HandoverDraftLine.ordinal)))
    records = {record.uid: record for record in wholes.by_uid(unit, [line.record_uid for line in ordered])}
    return {line: records[line.record_uid] for line in ordered}


def told(unit: Unit, line: HandoverDraftLine) -> dict[str, str]:
    """What was said when the line was checked: `reason`, `original_at`; empty before."""
    if not line.card:
        return {}
    return unit.told(line.record_uid, f"{LINE_KEY}|{line.draft_uid}", line.card)


def reason(unit: Unit, made: HandoverDraft) -> str:
    """Why the list was drafted."""
    return str(json.loads(unit.keys.open_with(DRAFT_KEY, made.uid.encode(), made.card))["reason"])


def pending(unit: Unit, number: str) -> int:
    """How many lines of a list are still to be checked; raises `NotFound`."""
    made = found(unit, number)
    return sum(line.outcome is LineOutcome.PENDING for line in lines(unit, made))
