"""移交 out of the company: drafted, approved by the general manager, packed, signed for (PMR-29, 36; issue point 6).

A record leaves all at once, with every paper in it, or not at all; its line in the catalogue stays.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from archive import grants, quorum
from archive.acts import Act
from archive.audit import canonical
from archive.cards import plain
from archive.custody import wholes
from archive.errors import (
    ArchiveError,
    BadValue,
    LineRefused,
    LinesUnseen,
    NotFound,
    NothingToTransfer,
    SealIntact,
    SelfApproval,
    TransferOtherwise,
)
from archive.lives import TRANSFER
from archive.model import (
    DigitalObject,
    Grant,
    Item,
    Party,
    TransferLine,
    TransferList,
    Volume,
    new_uid,
)
from archive.statuses import TransferState
from archive.unit import Unit
from archive.values import CONFIDENTIAL, PartyKind, UseMode
from archive.volumes import next_number
from retention import bagged
from retention.transferring import transferable

PREFIX = "YC"
TRANSFER_KEY = "transfer"
#: How long the general manager's word opens what is confidential to who packs it; at most a year (V9).
PACKING_DAYS = 90


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record left off a list, and why."""

    code: str
    why: ArchiveError


@dataclass(frozen=True, slots=True)
class Drafted:
    """A list just drafted, how many records it names, and what was left off."""

    made: TransferList
    count: int
    skipped: Sequence[Skipped]


# --- drafting ---------------------------------------------------------------------------------


def draft(
    unit: Unit, *, to: str, codes: Sequence[str] = (), due: bool = False, class_code: str | None = None,
    reason: str, skip: bool = False,
) -> Drafted:  # fmt: skip
    """Draft a list of records for the party *to*: those named, and with *due* all that are up for it.

    One that may not go refuses the list (`LineRefused`), or with *skip* is left off and told.
    Raises `BadValue`, `NothingToTransfer`, `NotFound`, `AskedTwice` and what the policy refuses.
    """
    party = _receiver(unit, to)
    unit.act(Act.TRANSFER_DRAFT, party, private={"reason": reason})
    line = unit.lines[-1]
    reason = said(reason, "reason")
    records = _asked(unit, codes, due=due, class_code=class_code)
    why = transferable.obstacles(unit, records)
    refused = [Skipped(one.reference_code, why[one.uid]) for one in records if one.uid in why]
    if refused and not (skip or due):
        nth = next(number for number, one in enumerate(records, 1) if one.uid in why)
        raise LineRefused(line=nth, code=refused[0].code, why=refused[0].why)
    taken = [record for record in records if record.uid not in why]
    if not taken:
        raise NothingToTransfer
    made = _write(unit, party, reason, taken)
    line.facts = {"number": made.number, "count": len(taken), "skipped": len(refused)}
    return Drafted(made, len(taken), refused)


def _receiver(unit: Unit, code: str) -> Party:
    """Who receives: a body, never a person; raises `NotFound`, `BadValue`."""
    party = unit.one(Party, "party", code)
    if party.natural_person:
        raise BadValue(
            field="transfer_to", value=code, expected=[PartyKind.OUTSIDE_UNIT, PartyKind.CONTRACTOR]
        )
    return party


def said(text: str, field: str) -> str:
    """*text* in one line; raises `BadValue` if it says nothing."""
    text = " ".join(text.split())
    if not text or not text.isprintable():
        raise BadValue(field=field, value=text[:40] or "—", expected="…")
    return text


def _asked(unit: Unit, codes: Sequence[str], *, due: bool, class_code: str | None) -> list[Volume | Item]:
    """The records meant, each judged; raises `BadValue` if none is asked for."""
    if not codes and not due:
        raise BadValue(field="codes", value="—", expected="≥ 1")
    named = [unit.record(code) for code in codes]
    wholes.each_once(named)
    for record in named:
        unit.act(Act.TRANSFER_DRAFT, record)
    mine = {record.uid for record in named}
    more = transferable.candidates(unit, class_code) if due else []
    return named + [record for record in more if record.uid not in mine]


def _write(unit: Unit, party: Party, reason: str, taken: Sequence[Volume | Item]) -> TransferList:
    prefix, uid = f"{PREFIX}{unit.today.year}-", new_uid()
    made = TransferList(
        uid=uid, number=f"{prefix}{next_number(unit, prefix):04d}", state=TransferState.DRAFT,
        to_uid=party.uid, drafted_at=unit.now, drafted_by=unit.actor.uid, package="", card=b"",
    )  # fmt: skip
    note(unit, made, reason=reason)
    unit.session.add(made)
    unit.session.flush()
    unit.insert(TransferLine, [_row(uid, nth, record) for nth, record in enumerate(taken, 1)])
    return made


def _row(list_uid: str, nth: int, record: Volume | Item) -> dict[str, Any]:
    items, pages = wholes.size(record)
    return {
        "list_uid": list_uid, "record_uid": record.uid, "nth": nth, "code": record.reference_code,
        "items": items, "pages": pages, "pulled_at": None,
    }  # fmt: skip


# --- finding ----------------------------------------------------------------------------------


def one(unit: Unit, number: str) -> TransferList:
    """The list with this number; raises `NotFound`."""
    found = unit.session.scalar(select(TransferList).where(TransferList.number == number))
    if found is None:
        raise NotFound(what="transfer", code=number)
    return found


def lines(unit: Unit, made: TransferList, *, pulled: bool = False) -> dict[TransferLine, Volume | Item]:
    """The lines of a list with their records, in order; with *pulled* also those taken off. The caller judges."""
    rows = select(TransferLine).where(TransferLine.list_uid == made.uid).order_by(TransferLine.nth)
    found = list(unit.session.scalars(rows if pulled else rows.where(TransferLine.pulled_at.is_(None))))
    records = {record.uid: record for record in wholes.by_uid(unit, [line.record_uid for line in found])}
    return {line: records[line.record_uid] for line in found}


def noted(unit: Unit, made: TransferList) -> dict[str, str]:
    """What was said of a list: `reason`, `receiver_name`, `receipt_no`, `withdrawn`, `contents`."""
    if not made.card:
        return {}
    return dict(json.loads(unit.keys.open_with(TRANSFER_KEY, made.uid.encode(), made.card)))


def note(unit: Unit, made: TransferList, **said: str) -> None:
    """Add to what was said of a list; the caller has named the act."""
    told = {**noted(unit, made), **said}
    made.card = unit.keys.seal_with(TRANSFER_KEY, made.uid.encode(), plain(told))


def contents(unit: Unit, records: Iterable[Volume | Item]) -> str:
    """SHA-256 of what *records* are made of now: versions of cards, papers and files, in order."""
    told = []
    for record in records:
        mine = Item.volume_uid == record.uid if isinstance(record, Volume) else Item.uid == record.uid
        papers = select(Item.uid, Item.version, Item.level, Item.reference_code).where(mine)
        files = select(DigitalObject.uid, DigitalObject.blob_uid).join(
            Item, Item.uid == DigitalObject.item_uid
        )
        told.append(
            [
                [record.uid, record.version, record.level, record.period, *wholes.size(record)],
                sorted(map(list, unit.session.execute(papers))),
                sorted(map(list, unit.session.execute(files.where(mine)))),
            ]
        )
    return hashlib.sha256(canonical(told).encode()).hexdigest()


# --- deciding ---------------------------------------------------------------------------------


def pull(unit: Unit, number: str, codes: Sequence[str], *, reason: str) -> TransferList:
    """Take records off a draft; raises `NotFound` for what is not on it, `AskedTwice`, `BadValue`, `WrongState`."""
    made = one(unit, number)
    unit.act(Act.TRANSFER_PULL, made, private={"reason": reason})
    said(reason, "reason")
    TRANSFER.after(made.state, Act.TRANSFER_PULL)
    if not codes:
        raise BadValue(field="codes", value="—", expected="≥ 1")
    on_list = {record.uid: line for line, record in lines(unit, made).items()}
    records = [unit.record(code) for code in codes]
    wholes.each_once(records)
    for record in records:
        unit.act(Act.TRANSFER_PULL, record, number=made.number, private={"reason": reason})
        if record.uid not in on_list:
            raise NotFound(what="record", code=record.reference_code)
        on_list[record.uid].pulled_at = unit.now
    return made


def approve(unit: Unit, number: str) -> TransferList:
    """The general manager lets the list go, and what is confidential on it be opened to who drafted it (V9).

    Raises `SelfApproval`, `MissingPeople`, `NothingToTransfer`, `LineRefused`, `WrongState`, `NotFound`.
    """
    made = one(unit, number)
    unit.act(Act.TRANSFER_APPROVE, made)
    line = unit.lines[-1]
    state = TRANSFER.after(made.state, Act.TRANSFER_APPROVE)
    quorum.demand(unit, Act.TRANSFER_APPROVE)
    if made.drafted_by == unit.actor.uid:
        raise SelfApproval(act=Act.TRANSFER_APPROVE)
    records = gate(unit, made)
    made.state, made.approved_at, made.approved_by = state, unit.now, unit.actor.uid
    opened = sum(_open(unit, made, record) for record in records)
    line.facts = {"count": len(records), "opened": opened}
    return made


def gate(unit: Unit, made: TransferList) -> list[Volume | Item]:
    """The records of a list, each of which may still go as it was drafted.

    Raises `LineRefused` for the first that may not, `TransferOtherwise` for one of another size, `NothingToTransfer`,
    `SealIntact` for a part of a sealed bag, `LinesUnseen`.
    """
    found = _seen_by(unit, made, unit.intent)
    if not found:
        raise NothingToTransfer
    why = transferable.obstacles(unit, list(found.values()), but=made.uid)
    for line, record in found.items():
        if record.uid in why:
            raise LineRefused(line=line.nth, code=line.code, why=why[record.uid])
    changed = [line.code for line, record in found.items() if (line.items, line.pages) != wholes.size(record)]
    if changed:
        raise TransferOtherwise(number=made.number, codes=changed)
    _bags_whole(unit, list(found.values()))
    return list(found.values())


def _seen_by(unit: Unit, made: TransferList, act: Act) -> dict[TransferLine, Volume | Item]:
    """The lines of a list, all of which the actor sees: nobody answers for what is hidden from him; `LinesUnseen`."""
    found = lines(unit, made)
    if not all(unit.may(Act.RECORD_SEE, record) for record in found.values()):
        raise LinesUnseen(act=act, number=made.number)
    return found


def _bags_whole(unit: Unit, records: Sequence[Volume | Item]) -> None:
    """A sealed bag goes with all that lies in it, or is unsealed first (8-1.4.4); raises `SealIntact`."""
    for code, seal_no in bagged.split(unit, records).values():
        raise SealIntact(bag=code, seal=seal_no)


def _open(unit: Unit, made: TransferList, record: Volume | Item) -> bool:
    """Open a confidential or closed record to who packs it; the approval is the grant, by person, record and act."""
    if record.level < CONFIDENTIAL and record.use_mode is not UseMode.CLOSED:
        return False
    grant = Grant(person_uid=made.drafted_by, record_uid=record.uid)
    until = unit.today + dt.timedelta(days=PACKING_DAYS)
    grants.answer(unit, grant, [Act.ITEM_GET], expires_on=until, reason=made.number)
    return True


def withdraw(unit: Unit, number: str, *, reason: str) -> TransferList:
    """Take back a list nobody has signed for; raises `BadValue`, `WrongState`, `NotFound`."""
    made = one(unit, number)
    unit.act(Act.TRANSFER_WITHDRAW, made, private={"reason": reason})
    state, why = TRANSFER.after(made.state, Act.TRANSFER_WITHDRAW), said(reason, "reason")
    _seen_by(unit, made, Act.TRANSFER_WITHDRAW)
    made.state = state
    note(unit, made, withdrawn=why)
    shut(unit, made)
    return made


def shut(unit: Unit, made: TransferList) -> None:
    """End what the approval opened: packing is over."""
    if made.approved_at is None:
        return
    mine = select(TransferLine.record_uid).where(TransferLine.list_uid == made.uid)
    unit.session.execute(
        update(Grant)
        .where(Grant.person_uid == made.drafted_by, Grant.approved_by == made.approved_by)
        .where(Grant.approved_at == made.approved_at, Grant.record_uid.in_(mine), Grant.revoked_at.is_(None))
        .values(revoked_at=unit.now, revoked_by=unit.actor.uid)
        .execution_options(synchronize_session=False)
    )
