"""事故登记: what was reported, found, decided and done about it (F13), and whose grants to think of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from archive import people
from archive.acts import Act
from archive.circulation.incidents import SETTLED, concerned, known, meant, pieces_of, text_of
from archive.custody.pieces import record_of
from archive.model import Grant, Incident, Item, Loan, Person, Volume
from archive.statuses import Condition, IncidentKind, IncidentState
from archive.unit import Unit
from archive.values import Level


@dataclass(frozen=True, slots=True)
class PieceState:
    """One piece an incident marked, as it stands now."""

    code: str
    condition: Condition
    copy: bool


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident with everything of F13; what this person may not know is empty."""

    number: str
    kind: IncidentKind
    state: IncidentState
    code: str
    title: str
    level: Level | None
    found_on: dt.date
    reported_on: dt.date
    reported_by: str
    concerned: list[str]
    course: str
    extent: str
    measures: str
    papers: list[str]
    loan: str
    liability: str
    judged_by: str
    decision: str
    decided_by: str
    outcome: str
    replaced: list[str]
    closed_on: dt.date | None
    found_again: list[str]
    recovered_on: dt.date | None
    pieces: list[PieceState]


@dataclass(frozen=True, slots=True)
class GrantToRevoke:
    """A grant that is still alive and belongs to somebody an incident concerns."""

    uid: str
    who: str
    code: str
    acts: list[Act]
    expires_on: dt.date


def rows(
    unit: Unit, *, open_only: bool = False, kind: IncidentKind | None = None, code: str | None = None
) -> list[IncidentRow]:
    """The incidents this person reported, and those of records he may see, by number."""
    unit.look(Act.INCIDENT_SEE)
    wanted = select(Incident).order_by(Incident.reported_at, Incident.number)
    if open_only:
        wanted = wanted.where(Incident.state.not_in(sorted(SETTLED)))
    if kind is not None:
        wanted = wanted.where(Incident.kind == kind)
    if code is not None:
        record = unit.record(code)
        wanted = wanted.where(Incident.record_uid.in_([record.uid, record.scope_uid]))
    found = [(one, record_of(unit, one.record_uid)) for one in unit.session.scalars(wanted)]
    shown = [(one, record) for one, record in found if known(unit, one, record)]
    unit.listed(Act.INCIDENT_SEE, (record for _, record in shown))
    return [_row(unit, one, record) for one, record in shown]


def show(unit: Unit, number: str) -> IncidentRow:
    """One incident in full; raises `NotFound` alike if it is absent or hidden."""
    incident, record = meant(unit, number)
    unit.look(Act.INCIDENT_SEE)
    unit.listed(Act.INCIDENT_SEE, [record])
    return _row(unit, incident, record)


def _pieces(unit: Unit, incident: Incident) -> list[PieceState]:
    return [
        PieceState(unit.session.get_one(Item, one.item_uid).reference_code, one.condition, one.is_copy)
        for one in pieces_of(unit, incident)
    ]


def _trusted(unit: Unit, incident: Incident, record: Volume | Item) -> bool:
    """Who reads the words about people: the reporter, who keeps the record, who judges."""
    kept = unit.may(Act.INCIDENT_FIND, record) or unit.may(Act.INCIDENT_JUDGE, record)
    return kept or incident.reported_by == unit.actor.uid


def _row(unit: Unit, incident: Incident, record: Volume | Item) -> IncidentRow:
    seen = unit.may(Act.RECORD_SEE, record)
    trusted = _trusted(unit, incident, record)
    told = text_of(unit, incident, "report") if trusted else {}
    later = trusted and seen
    outcome = text_of(unit, incident, "outcome") if later else {}
    return IncidentRow(
        number=incident.number,
        kind=incident.kind,
        state=incident.state,
        code=record.reference_code,
        title=unit.card(record).title if seen else "",
        level=record.level if seen else None,
        found_on=incident.found_on,
        reported_on=_day(unit, incident.reported_at) or incident.found_on,
        reported_by=_name(unit, incident.reported_by),
        concerned=list(told.get("concerned", ())),
        course=told.get("course", ""),
        extent=told.get("extent", ""),
        measures=told.get("measures", ""),
        papers=list(told.get("pieces", ())),
        loan=_loan_number(unit, incident),
        liability=text_of(unit, incident, "judgement").get("liability", "") if later else "",
        judged_by=_name(unit, incident.judged_by),
        decision=text_of(unit, incident, "decision").get("decision", "") if later else "",
        decided_by=_name(unit, incident.decided_by),
        outcome=outcome.get("done", ""),
        replaced=list(outcome.get("replaced", ())),
        closed_on=_day(unit, incident.closed_at),
        found_again=[f"{one['on']} {one['how']}" for one in outcome.get("found", ())],
        recovered_on=_day(unit, incident.recovered_at),
        pieces=_pieces(unit, incident) if seen else [],
    )


def _day(unit: Unit, at: dt.datetime | None) -> dt.date | None:
    return at.astimezone(unit.settings.zone).date() if at else None


def _name(unit: Unit, uid: str | None) -> str:
    return people.name_of(unit, unit.session.get_one(Person, uid)) if uid else ""


def _loan_number(unit: Unit, incident: Incident) -> str:
    return unit.session.get_one(Loan, incident.loan_uid).number if incident.loan_uid else ""


def to_revoke(unit: Unit, number: str) -> list[GrantToRevoke]:
    """The living grants of those an incident concerns, proposed for revoking; only for who may revoke them.

    Raises `NotFound`.
    """
    incident, record = meant(unit, number)
    unit.look(Act.INCIDENT_SEE)
    accounts = concerned(unit, incident)
    if not accounts or not unit.may(Act.GRANT_REVOKE):
        return []
    wanted = (
        select(Grant, Person.account)
        .join(Person, Person.uid == Grant.person_uid)
        .where(Person.account.in_(accounts), Grant.revoked_at.is_(None), Grant.expires_on >= unit.today)
        .order_by(Grant.approved_at)
    )
    found = list(unit.session.execute(wanted))
    shown = {grant.uid: _opened_by(unit, grant) for grant, _ in found}
    unit.listed(Act.INCIDENT_SEE, [record, *(one for one in shown.values() if one is not None)])
    return [_proposed(grant, account, shown[grant.uid]) for grant, account in found]


def _opened_by(unit: Unit, grant: Grant) -> Volume | Item | None:
    record = record_of(unit, grant.record_uid) if grant.record_uid else None
    return record if record is not None and unit.may(Act.RECORD_SEE, record) else None


def _proposed(grant: Grant, account: str, record: Volume | Item | None) -> GrantToRevoke:
    code = record.reference_code if record is not None else ""
    return GrantToRevoke(grant.uid, account, code, [Act(act) for act in grant.acts.split()], grant.expires_on)
