"""丢失、损坏、泄密: reported at once, judged, decided, closed; what is found again is found (R40, F13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from archive import quorum
from archive.acts import Act
from archive.cards import plain
from archive.custody.pieces import own, papers, record_of, stand_in, subject
from archive.errors import AlreadyLost, BadValue, NoPiece, NotFound, NotLost, SelfApproval
from archive.lives import INCIDENT
from archive.model import (
    Holding,
    Incident,
    IncidentHolding,
    Item,
    Loan,
    Outing,
    Person,
    Reading,
    Stocktake,
    Volume,
    new_uid,
)
from archive.statuses import Condition, IncidentKind, IncidentState
from archive.unit import Unit
from archive.volumes import changed_whole, next_number
from archive.words import say

#: What a report makes of the pieces it concerns; a leak changes none.
MARKS: Mapping[IncidentKind, Condition] = {
    IncidentKind.LOST: Condition.LOST,
    IncidentKind.DAMAGED: Condition.DAMAGED,
}
#: From here on nothing more is to be done about an incident.
SETTLED = frozenset({IncidentState.CLOSED, IncidentState.FOUND})
LONGEST_TEXT = 4000

#: Which pieces an incident concerns, and what becomes of each on the books.
Marked = Sequence[tuple[Holding, Condition]]


def report(  # noqa: PLR0913
    unit: Unit, code: str, *, kind: IncidentKind, found_on: dt.date, course: str, extent: str = "",
    measures: str = "", concerned: Sequence[str] = (), pieces: Sequence[str] = (), loan: str | None = None,
) -> Incident:  # fmt: skip
    """Report at once that a record is lost, damaged or leaked; anybody in business may (R40).

    *pieces* are codes of papers (none: the whole record, or what the *loan* of that number has out); *concerned*
    are accounts, or names of people from outside. Raises `NotFound`, `BadValue`, `NoPiece`, `AlreadyLost`.
    """
    record, named = subject(unit, code)
    told = {"course": course, "extent": extent, "measures": measures, "concerned": list(concerned)}
    unit.act(Act.INCIDENT_REPORT, record, private=told, kind=kind, found_on=found_on)
    for field in ("course", "extent", "measures"):
        told[field] = said(str(told[field]), field, needed=field == "course")
    told["concerned"] = [one.strip() for one in concerned if one.strip()]
    if found_on > unit.today:
        raise BadValue(field="found_on", value=found_on, expected=f"≤ {unit.today}")
    lent = _loan(unit, record, loan)
    wanted = [*named, *pieces]
    told["pieces"] = [item.reference_code for item in papers(unit, record, wanted)] if wanted else []
    marked = _marked(unit, record, kind, wanted, lent)
    return _enter(unit, record, kind, told, marked, found_on=found_on, loan_uid=lent.uid if lent else None)


def said(text: str, field: str, *, needed: bool = True) -> str:
    """*text* without margins; raises `BadValue` if nothing is said though it is *needed*, or far too much."""
    text = text.strip()
    if (needed and not text) or len(text) > LONGEST_TEXT:
        raise BadValue(field=field, value=text[:40], expected=f"1–{LONGEST_TEXT}", letters=LONGEST_TEXT)
    return text


def _loan(unit: Unit, record: Volume | Item, number: str | None) -> Loan | None:
    if number is None:
        return None
    found = unit.session.scalar(select(Loan).where(Loan.number == number))
    if found is None or record.uid not in {found.volume_uid, found.item_uid}:
        raise BadValue(field="loan", value=number, expected=record.reference_code)
    return found


def _marked(
    unit: Unit, record: Volume | Item, kind: IncidentKind, named: Sequence[str], loan: Loan | None = None
) -> Marked:
    """The pieces a report marks: those named, those on the loan, or all that are not lost already."""
    mark = MARKS.get(kind)
    if mark is None:
        return []
    meant = _out(unit, loan.outings) if loan and not named else own(unit, record, named)
    if not meant:
        raise NoPiece(code=record.reference_code)
    left = [holding for holding in meant if holding.condition is not Condition.LOST]
    if not left:
        raise AlreadyLost(code=record.reference_code)
    return [(holding, mark) for holding in left]


def _out(unit: Unit, outings: Iterable[Outing]) -> list[Holding]:
    return [unit.session.get_one(Holding, outing.holding_uid) for outing in outings]


def _enter(
    unit: Unit,
    record: Volume | Item,
    kind: IncidentKind,
    told: Mapping[str, Any],
    marked: Marked,
    **given: Any,
) -> Incident:
    """Put an incident on the books; the caller has named the act."""
    line, prefix = unit.lines[-1], f"SG{unit.today.year}-"
    incident = Incident(
        uid=new_uid(), number=f"{prefix}{next_number(unit, prefix):04d}", kind=kind, record_uid=record.uid,
        state=IncidentState.REPORTED, reported_at=unit.now, reported_by=unit.actor.uid, **given,
    )  # fmt: skip
    incident.report = _seal(unit, incident, "report", told)
    unit.session.add(incident)
    unit.session.flush()
    for holding, condition in marked:
        holding.condition = condition
        unit.session.add(IncidentHolding(incident_uid=incident.uid, holding_uid=holding.uid))
    unit.session.flush()
    changed_whole(unit, record)
    line.facts = {**line.facts, "number": incident.number, "pieces": len(marked)}
    return incident


def _seal(unit: Unit, incident: Incident, part: str, told: Mapping[str, Any]) -> bytes:
    return unit.keys.seal(incident.record_uid, f"incident|{incident.uid}|{part}", plain(told))


def text_of(unit: Unit, incident: Incident, part: str) -> dict[str, Any]:
    """What was said in *part* of an incident (report, judgement, decision, outcome), opened; {} if nothing yet."""
    sealed: bytes = getattr(incident, part)
    if not sealed:
        return {}
    return unit.told(incident.record_uid, f"incident|{incident.uid}|{part}", sealed)


# --- what others find ------------------------------------------------------------------------------


def from_return(unit: Unit, loan: Loan, missing: Sequence[str], damaged: bool) -> Incident:
    """The incident of a loan that came back short or damaged (V11); *missing* are codes of papers, if known."""
    record = record_of(unit, loan.volume_uid or loan.item_uid or "")
    borrower = unit.session.get_one(Person, loan.borrower_uid).account
    return _at_the_counter(unit, record, loan, missing, damaged, concerned=[borrower], loan_uid=loan.uid)


def from_reading(unit: Unit, reading: Reading, missing: Sequence[str], damaged: bool) -> Incident:
    """The incident of a reading that ended short or damaged (V11)."""
    record = record_of(unit, reading.volume_uid or reading.item_uid or "")
    reader = unit.session.get(Person, reading.person_uid) if reading.person_uid else None
    concerned = [reader.account] if reader else []
    return _at_the_counter(
        unit, record, reading, missing, damaged, concerned=concerned, reading_uid=reading.uid
    )


def from_count(
    unit: Unit, stocktake: Stocktake, record: Volume | Item, kind: IncidentKind, text: str
) -> Incident:
    """The incident of a difference that a stocktake found: the whole record is marked (V16)."""
    unit.act(Act.INCIDENT_REPORT, record, kind=kind, source=stocktake.number, private={"course": text})
    told = {"course": said(text, "course")}
    marked = _marked(unit, record, kind, ())
    return _enter(unit, record, kind, told, marked, found_on=unit.today, stocktake_uid=stocktake.uid)


def _at_the_counter(
    unit: Unit, record: Volume | Item, use: Loan | Reading, missing: Sequence[str], damaged: bool,
    *, concerned: Sequence[str], **links: str,
) -> Incident:  # fmt: skip
    short = bool(missing) or _fewer(use.items_out, use.items_back) or _fewer(use.pages_out, use.pages_back)
    kind = IncidentKind.LOST if short else IncidentKind.DAMAGED
    unit.act(Act.INCIDENT_REPORT, record, kind=kind, source=use.number, missing=len(missing))
    found = "short-and-damaged" if short and damaged else "short" if short else "damaged"
    told = {
        "course": say(f"incident.{found}", unit.settings.tongue, number=use.number, **_counts(use)),
        "concerned": list(concerned),
        "pieces": [item.reference_code for item in papers(unit, record, missing)] if missing else [],
    }
    marked = _known(unit, record, use, missing)
    return _enter(unit, record, kind, told, marked, found_on=unit.today, **links)


def _known(unit: Unit, record: Volume | Item, use: Loan | Reading, missing: Sequence[str]) -> Marked:
    """Which pieces are known to be lost or damaged: those named, or the only one that was out."""
    gone = _out(unit, use.outings)
    if missing:
        return [(holding, Condition.LOST) for holding in own(unit, record, missing)]
    if len(gone) != 1:
        return []
    return [(gone[0], Condition.LOST if _fewer(use.items_out, use.items_back) else Condition.DAMAGED)]


def _fewer(out: int, back: int | None) -> bool:
    return back is not None and back < out


def _counts(use: Loan | Reading) -> dict[str, str]:
    return {"out": f"{use.items_out} / {use.pages_out}", "back": f"{use.items_back} / {use.pages_back}"}


# --- liability, decision, end ----------------------------------------------------------------------


def judge(unit: Unit, number: str, *, liability: str) -> Incident:
    """责任认定 by who answers for the record; neither the reporter nor anybody concerned.

    Raises `NotFound`, `SelfApproval`, `WrongState`, `BadValue`.
    """
    incident, record = meant(unit, number)
    unit.act(Act.INCIDENT_JUDGE, record, number=incident.number, private={"liability": liability})
    if incident.reported_by == unit.actor.uid:
        raise SelfApproval(act=Act.INCIDENT_JUDGE)
    _not_concerned(unit, incident, Act.INCIDENT_JUDGE)
    incident.state = INCIDENT.after(incident.state, Act.INCIDENT_JUDGE)
    incident.judgement = _seal(unit, incident, "judgement", {"liability": said(liability, "liability")})
    incident.judged_at, incident.judged_by = unit.now, unit.actor.uid
    return incident


def decide(unit: Unit, number: str, *, decision: str) -> Incident:
    """处理意见 by the general manager; nobody decides where he is concerned himself.

    Raises `NotFound`, `SelfApproval`, `MissingPeople`, `WrongState`, `BadValue`.
    """
    incident, record = meant(unit, number)
    unit.act(Act.INCIDENT_DECIDE, record, number=incident.number, private={"decision": decision})
    quorum.demand(unit, Act.INCIDENT_DECIDE)
    _not_concerned(unit, incident, Act.INCIDENT_DECIDE)
    incident.state = INCIDENT.after(incident.state, Act.INCIDENT_DECIDE)
    incident.decision = _seal(unit, incident, "decision", {"decision": said(decision, "decision")})
    incident.decided_at, incident.decided_by = unit.now, unit.actor.uid
    return incident


def close(unit: Unit, number: str, *, outcome: str, replaced: Sequence[str] = ()) -> Incident:
    """结案: what was done about it; for the papers in *replaced* a copy stands in, entered now if there is none.

    A lost piece stays on the books as lost. Raises `NotFound`, `SelfApproval`, `WrongState`, `BadValue`.
    """
    incident, record = meant(unit, number)
    unit.act(Act.INCIDENT_CLOSE, record, number=incident.number, private={"outcome": outcome})
    _not_concerned(unit, incident, Act.INCIDENT_CLOSE)
    incident.state = INCIDENT.after(incident.state, Act.INCIDENT_CLOSE)
    done: dict[str, Any] = {"done": said(outcome, "outcome")}
    copied = papers(unit, record, replaced) if replaced else []
    copies = [stand_in(unit, item).uid for item in copied]
    if copies:
        incident.replacement_uid = copies[0]
        done["replaced"] = [item.reference_code for item in copied]
        changed_whole(unit, record)
    incident.outcome = _seal(unit, incident, "outcome", {**text_of(unit, incident, "outcome"), **done})
    incident.closed_at, incident.closed_by = unit.now, unit.actor.uid
    return incident


def find(
    unit: Unit, number: str, *, how: str, condition: Condition = Condition.SOUND, pieces: Sequence[str] = ()
) -> Incident:
    """What was lost is found again, whole or (by *pieces*) in part; a closed incident is then found.

    Raises `NotFound`, `NotLost`, `WrongState`, `BadValue`.
    """
    incident, record = meant(unit, number)
    unit.act(Act.INCIDENT_FIND, record, number=incident.number, condition=condition, private={"how": how})
    after = INCIDENT.after(incident.state, Act.INCIDENT_FIND)
    if condition is Condition.LOST:
        raise BadValue(field="condition", value=condition, expected="SOUND DAMAGED")
    lost = _lost_pieces(unit, incident)
    wanted = {item.uid for item in papers(unit, record, pieces)}
    found = [holding for holding in lost if holding.item_uid in wanted]
    if pieces and not found:
        raise NotLost(number=number)
    for holding in found:
        holding.condition = condition
    told = text_of(unit, incident, "outcome")
    told["found"] = [*told.get("found", ()), {"on": str(unit.today), "how": said(how, "how")}]
    incident.outcome = _seal(unit, incident, "outcome", told)
    if len(found) == len(lost):
        incident.state, incident.recovered_at, incident.recovered_by = after, unit.now, unit.actor.uid
    changed_whole(unit, record)
    return incident


def _lost_pieces(unit: Unit, incident: Incident) -> list[Holding]:
    """The pieces of a loss not found yet (those that only lack pages too); raises `NotLost` if none is missed."""
    if incident.kind is not IncidentKind.LOST or incident.recovered_at is not None:
        raise NotLost(number=incident.number)
    marked = pieces_of(unit, incident)
    return [one for one in marked if one.condition is Condition.LOST] or marked


def pieces_of(unit: Unit, incident: Incident) -> list[Holding]:
    """The pieces that an incident marked, in the order of their papers."""
    rows = (
        select(Holding)
        .join(IncidentHolding, IncidentHolding.holding_uid == Holding.uid)
        .join(Item, Item.uid == Holding.item_uid)
        .where(IncidentHolding.incident_uid == incident.uid)
    )
    return list(unit.session.scalars(rows.order_by(Item.seq_no)))


def meant(unit: Unit, number: str) -> tuple[Incident, Volume | Item]:
    """The incident with this number and its record, if one may know of it; raises `NotFound` alike if not."""
    rows = select(Incident).where((Incident.number == number.strip()) | (Incident.uid == number))
    incident = unit.session.scalar(rows.with_for_update())
    record = record_of(unit, incident.record_uid) if incident else None
    if incident is None or record is None or not known(unit, incident, record):
        raise NotFound(what="incident", code=number)
    return incident, record


def known(unit: Unit, incident: Incident, record: Volume | Item) -> bool:
    """True of one's own reports, and of records one may see."""
    return incident.reported_by == unit.actor.uid or unit.may(Act.RECORD_SEE, record)


def concerned(unit: Unit, incident: Incident) -> list[str]:
    """The accounts (or names) of the people an incident concerns."""
    return list(text_of(unit, incident, "report").get("concerned", ()))


def _not_concerned(unit: Unit, incident: Incident, act: Act) -> None:
    """Who is named in the report, and who had it on loan or was reading it, whoever is named there."""
    lent = select(Loan.borrower_uid).where(Loan.uid == incident.loan_uid)
    read = select(Reading.person_uid).where(Reading.uid == incident.reading_uid)
    users = {*unit.session.scalars(lent), *unit.session.scalars(read)}
    if unit.actor.uid in users or unit.actor.account in concerned(unit, incident):
        raise SelfApproval(act=act)


def lost(unit: Unit, record: Volume | Item) -> bool:
    """True if every piece the record was kept as is lost: nothing of it can be lent or read."""
    kept = own(unit, record)
    return bool(kept) and all(holding.condition is Condition.LOST for holding in kept)
