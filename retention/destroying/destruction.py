"""销毁清册: drafting, adding, pulling, freezing, withdrawing; a list is kept for ever, whatever became of it (V18, V20).

Only whole volumes and items kept alone are listed. Reasons are sealed: of a list under a key of the archive, of
one record under that record's key, so that they go with it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from archive import quorum
from archive.acts import Act
from archive.cards import plain
from archive.custody import wholes
from archive.errors import (
    BadValue,
    LinesUnseen,
    NotForDestruction,
    NotFound,
    NothingToDestroy,
    NotListed,
    WitnessedAlready,
    WrongState,
)
from archive.lives import DESTRUCTION
from archive.model import (
    DestructionLine,
    DestructionList,
    Item,
    Volume,
)
from archive.policy import visible
from archive.statuses import DestructionState, DestructionStep, Method, SignedAs
from archive.unit import Unit
from archive.values import Role
from archive.volumes import next_number, on_its_own
from retention.destroying import gate
from retention.destroying.freezing import contents, digest, frozen, method_for
from retention.destroying.gate import Told
from retention.destroying.listable import appraised, by_code
from retention.destroying.standing import all_lines, signatures, verdicts

LIST_KEY = "destruction-list"
Record = Volume | Item


# --- finding --------------------------------------------------------------------------------------


def one(unit: Unit, number: str) -> DestructionList:
    """The list with this number, if this person may know of it; raises `NotFound`."""
    made = unit.session.scalar(
        select(DestructionList).where((DestructionList.number == number) | (DestructionList.uid == number))
    )
    if made is None or not open_to(unit, made):
        raise NotFound(what="destruction", code=number)
    return made


def open_to(unit: Unit, made: DestructionList) -> bool:
    """True for who keeps, approves, audits or signs it, and for who may see a record on it (decision 6)."""
    keeper = unit.may(Act.DESTRUCTION_DRAFT) or unit.may(Act.DESTRUCTION_APPROVE)
    if keeper or unit.actor.has(Role.AUDITOR, Role.SYSTEM) or unit.actor.uid in involved(made):
        return True
    if unit.actor.account == unit.settings.legal_representative:
        return True
    return bool(seen(unit, lines(unit, made)))


def involved(made: DestructionList) -> set[str | None]:
    """Who has a part in a list: they see its lines, though not the titles of what is hidden from them."""
    return {
        made.drafted_by, made.approved_by, made.operator_uid, made.supervisor_one, made.supervisor_two
    } - {None}  # fmt: skip


def lines(unit: Unit, made: DestructionList) -> list[DestructionLine]:
    """Every line of a list, pulled ones among them, in order."""
    return all_lines(unit, made)


def going(unit: Unit, made: DestructionList) -> list[DestructionLine]:
    """The lines still to be destroyed."""
    return [line for line in lines(unit, made) if line.step is DestructionStep.LISTED]


def seen(unit: Unit, some: Sequence[DestructionLine]) -> set[str]:
    """Of the records of these lines, those this person may see, by uid."""
    found: set[str] = set()
    for uids in wholes.batches([line.record_uid for line in some]):
        for kind in (Volume, Item):
            rows = select(kind.uid).where(kind.uid.in_(uids), visible(unit.actor, kind))
            found.update(unit.session.scalars(rows))
    return found


def answered_for(unit: Unit, made: DestructionList, act: Act) -> list[DestructionLine]:
    """The lines still to go, every one of which the actor may see; raises `LinesUnseen`."""
    found = going(unit, made)
    if len(seen(unit, found)) < len(found):
        raise LinesUnseen(act=act, number=made.number)
    return found


def reason_given(text: str) -> str:
    """A reason that says something; raises `BadValue`."""
    if not text.strip():
        raise BadValue(field="reason", value=text, expected="…")
    return text.strip()


def said_of(unit: Unit, made: DestructionList) -> dict[str, Any]:
    """What was written about a list: `reason`, and `refused` or `withdrawn` with why."""
    return dict(json.loads(unit.keys.open_with(LIST_KEY, made.uid.encode(), made.card)))


def say_of(unit: Unit, made: DestructionList, **words: str) -> None:
    """Write *words* beside what was said of a list before."""
    before = said_of(unit, made) if made.card else {}
    made.card = unit.keys.seal_with(LIST_KEY, made.uid.encode(), plain({**before, **words}))


def why_pulled(unit: Unit, line: DestructionLine) -> str:
    """Why a line was pulled; empty once the record is destroyed all the same, and for lines that stand."""
    if line.step is not DestructionStep.PULLED or not line.card:
        return ""
    return str(unit.told(line.record_uid, _purpose(line), line.card)["reason"])


def _purpose(line: DestructionLine) -> str:
    return f"destruction-line|{line.list_uid}"


# --- drafting -------------------------------------------------------------------------------------


def draft(
    unit: Unit, *, reason: str, appraisals: Sequence[str] = (), codes: Sequence[str] = (),
    method: Method = Method.SHRED,
) -> DestructionList:  # fmt: skip
    """Draft a list of *codes*, or of all that closed appraisals (or those named) let go and nothing bars (F23).

    *method* is for what is neither confidential nor personal; that is shredded (V21). Raises
    `NotForDestruction` for a code that cannot be listed, `NothingToDestroy`, `AskedTwice`, `InVolume`, `BadValue`.
    """
    why = reason_given(reason)
    unit.act(Act.DESTRUCTION_DRAFT, private={"reason": why})
    line = unit.lines[-1]
    records = _chosen(unit, appraisals, codes)
    prefix = f"XH{unit.today.year}-"
    made = DestructionList(
        number=f"{prefix}{next_number(unit, prefix):04d}", state=DestructionState.DRAFT,
        drafted_at=unit.now, drafted_by=unit.actor.uid,
    )  # fmt: skip
    unit.session.add(made)
    unit.session.flush()
    say_of(unit, made, reason=why)
    _list(unit, made, records, method)
    line.kind, line.uid, line.code = "destructionlist", made.uid, made.number
    line.facts = {"lines": len(records)}
    return made


def add(
    unit: Unit, number: str, codes: Sequence[str], *, method: Method = Method.SHRED
) -> list[DestructionLine]:
    """Add records to a draft; a frozen list takes none (V18). Raises as `draft`, and `WrongState`."""
    made = one(unit, number)
    unit.act(Act.DESTRUCTION_DRAFT, made, codes=list(codes))
    if made.state is not DestructionState.DRAFT:
        raise WrongState(state=made.state, act=Act.DESTRUCTION_DRAFT)
    if not codes:
        raise BadValue(field="codes", value="—", expected="≥ 1")
    return _list(unit, made, _chosen(unit, (), codes), method)


def _chosen(unit: Unit, appraisals: Sequence[str], codes: Sequence[str]) -> list[Record]:
    if codes:
        return _named(unit, codes)
    records = appraised(unit, appraisals)
    barred = by_code(gate.of_records(unit, [record.uid for record in records]))
    free = [record for record in records if record.reference_code not in barred]
    if not free:
        raise NothingToDestroy(count=len(records))
    return free


def _named(unit: Unit, codes: Sequence[str]) -> list[Record]:
    """The records with these codes, all of which may be listed; one that may not stops them all."""
    records = [unit.record(code) for code in codes]
    wholes.each_once(records)
    for record in records:
        on_its_own(unit, record, Act.DESTRUCTION_DRAFT)
    found = gate.of_records(unit, [record.uid for record in records])
    if found:
        raise NotForDestruction(count=len(found), why=Told(tuple(found)))
    return records


def _list(
    unit: Unit, made: DestructionList, records: Sequence[Record], method: Method
) -> list[DestructionLine]:
    """Write a line for each record, or stand one up again that had been pulled from this draft."""
    now = contents(unit, records)
    opinions = verdicts(unit, list(now))
    before = {line.record_uid: line for line in lines(unit, made)}
    last = max((line.nth for line in before.values()), default=0)
    written = []
    for nth, record in enumerate(records, last + 1):
        line = before.get(record.uid) or DestructionLine(list_uid=made.uid, record_uid=record.uid)
        opinion, content = opinions[record.uid], now[record.uid]
        columns = {
            **asdict(content), "nth": nth, "opinion": opinion.number, "line_uid": opinion.line_uid,
            "method": method_for(content, method), "step": DestructionStep.LISTED, "card": b"",
            "pulled_at": None, "pulled_by": None,
        }  # fmt: skip
        for name, value in columns.items():
            setattr(line, name, value)
        unit.session.add(line)
        written.append(line)
    unit.session.flush()
    return written


# --- pulling and withdrawing ----------------------------------------------------------------------


def pull(unit: Unit, number: str, codes: Sequence[str], *, reason: str) -> list[DestructionLine]:
    """Take records off a draft, or off a list that is being carried out: what is missing, or held meanwhile.

    What was to be destroyed is held again. A supervisor who has signed for a line that is pulled afterwards is
    shown so in the register. Raises `NotListed`, `WrongState`, `BadValue`, `NotFound`.
    """
    made, why = one(unit, number), reason_given(reason)
    unit.act(Act.DESTRUCTION_PULL, made, count=len(codes))
    DESTRUCTION.after(made.state, Act.DESTRUCTION_PULL)
    records = [unit.record(code) for code in codes]
    if not records:
        raise BadValue(field="codes", value="—", expected="≥ 1")
    wholes.each_once(records)
    own = {line.record_uid: line for line in going(unit, made)}
    for record in records:
        if record.uid not in own:
            raise NotListed(number=made.number, code=record.reference_code)
    for record in records:
        _pull(unit, made, record, own[record.uid], why)
    unit.session.flush()
    return [own[record.uid] for record in records]


def _pull(unit: Unit, made: DestructionList, record: Record, line: DestructionLine, why: str) -> None:
    unit.act(Act.DESTRUCTION_PULL, record, number=made.number, private={"reason": why})
    line.card = unit.keys.seal(record.uid, _purpose(line), plain({"reason": why}))
    line.step, line.pulled_at, line.pulled_by = DestructionStep.PULLED, unit.now, unit.actor.uid
    if made.state is DestructionState.BEGUN:
        wholes.step(unit, record, Act.DESTRUCTION_PULL)


def withdraw(unit: Unit, number: str, *, reason: str) -> DestructionList:
    """Give a list up while nothing on it is destroyed; what was to be destroyed is held again (8-1.5.1).

    Raises `WrongState`, `WitnessedAlready` once a supervisor has signed for papers that are gone, `BadValue`.
    """
    made, why = one(unit, number), reason_given(reason)
    unit.act(Act.DESTRUCTION_WITHDRAW, made, private={"reason": why})
    state = DESTRUCTION.after(made.state, Act.DESTRUCTION_WITHDRAW)
    left = lines(unit, made)
    standing = [line for line in left if line.step is DestructionStep.LISTED]
    signed = any(one.signed_as is SignedAs.SUPERVISOR for one in signatures(unit, made))
    past = any(line.step in {DestructionStep.DESTROYING, DestructionStep.DESTROYED} for line in left)
    if past or (signed and standing):
        raise WitnessedAlready(number=made.number)
    if made.state is DestructionState.BEGUN:
        lead(unit, wholes.by_uid(unit, [line.record_uid for line in standing]), Act.DESTRUCTION_WITHDRAW)
        for line in standing:  # the record lives on, and its description with it
            line.card = b""
    say_of(unit, made, withdrawn=why)
    made.state = state
    unit.session.flush()
    return made


def lead(unit: Unit, records: Sequence[Record], act: Act) -> None:
    """Lead many records, and every paper in them, where *act* leads, as `wholes.step` does one; raises `WrongState`."""
    told: list[tuple[str, int]] = []
    states = {record.uid: wholes.after(record, act) for record in records}
    for record in records:
        record.state = states[record.uid]
        told.append((record.uid, record.version))
    unit.session.flush()
    volumes = [record.uid for record in records if isinstance(record, Volume)]
    for some in wholes.batches(volumes):
        papers = unit.session.scalars(select(Item).where(Item.volume_uid.in_(some)))
        for paper in papers:
            paper.state = states[paper.scope_uid]
            told.append((paper.uid, paper.version))
        unit.session.flush()
    unit.tell_index(told)


# --- freezing -------------------------------------------------------------------------------------


def freeze(unit: Unit, number: str) -> DestructionList:
    """Fix what a list holds: lines as their records are today, numbered, under one hash (V18).

    Raises `GateClosed` for a line that may not go, `LinesUnseen`, `WrongState`, `MissingPeople`.
    """
    made = one(unit, number)
    unit.act(Act.DESTRUCTION_FREEZE, made)
    line = unit.lines[-1]
    state = DESTRUCTION.after(made.state, Act.DESTRUCTION_FREEZE)
    quorum.demand(unit, Act.DESTRUCTION_APPROVE)
    standing = answered_for(unit, made, Act.DESTRUCTION_FREEZE)
    _renew(unit, made, standing)
    gate.demand(unit, made, standing)
    made.content_hash, made.frozen_at = digest(frozen(lines(unit, made))), unit.now
    made.state = state
    line.facts = {"lines": len(standing), "content_hash": made.content_hash}
    unit.session.flush()
    return made


def _renew(unit: Unit, made: DestructionList, standing: Sequence[DestructionLine]) -> None:
    """Say of each record what it is today, and number the lines; what was pulled from the draft bears 0."""
    records = wholes.by_uid(unit, [line.record_uid for line in standing])
    now = contents(unit, records)
    opinions = verdicts(unit, list(now))
    for line in lines(unit, made):
        line.nth = 0
    for nth, line in enumerate(sorted(standing, key=lambda line: line.code), 1):
        for name, value in asdict(now[line.record_uid]).items():
            setattr(line, name, value)
        asked = Method.SHRED if line.method is Method.ERASE else line.method
        line.nth, line.method = nth, method_for(line, asked)
        opinion = opinions[line.record_uid]
        line.opinion, line.line_uid = opinion.number, opinion.line_uid
    unit.session.flush()
