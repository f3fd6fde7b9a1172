"""Grants: what the general manager opens, to whom, for how long (V9, R48, decision 1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from archive import people, quorum
from archive.acts import CONTENT, DUTY, Act
from archive.cards import plain
from archive.duty import DutyGrant
from archive.errors import AboveClearance, BadValue, ClassUnknown, DepartmentsMissing, NotFound, SelfApproval
from archive.model import Department, Grant, Item, Person, RecordClass, Volume, new_uid
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Role
from archive.words import Language, spoken

LONGEST_DUTY = dt.timedelta(days=366)
LONGEST_SINGLE = dt.timedelta(days=366)
#: What takes a record away from its shelf: never opened for the confidential, not even by the GM (R48).
LEAVING = frozenset({Act.LOAN_LEND, Act.LOAN_TAKE_OUT})
GIVABLE = CONTENT | {Act.RECORD_SEE} | LEAVING
#: Who may read may also find; who may take a copy may also read.
IMPLIED = {
    Act.RECORD_READ: frozenset({Act.RECORD_SEARCH}),
    Act.ITEM_GET: frozenset({Act.RECORD_READ, Act.RECORD_SEARCH}),
}


class Grantee(str):
    """Whom a grant is for: an account, or a post and its department, `CLERK@KF` to programs and a word to people."""

    __slots__ = ()

    def told(self, language: Language) -> str:
        """As people read it."""
        post, _, department = self.partition("@")
        if post not in set(Role):
            return str(self)
        return " · ".join(part for part in (spoken(Role(post), language), department) if part)


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One grant as lists show it."""

    uid: str
    who: Grantee
    what: str
    acts: list[Act]
    approved_by: str
    expires_on: dt.date
    live: bool
    reason: str


def give(unit: Unit, code: str, *, to: str, acts: Iterable[Act], expires_on: dt.date, reason: str) -> Grant:
    """Open one record to one person for named acts until a day; nobody approves for himself (V9)."""
    record, person = unit.record(code), unit.person(to)
    wanted = _acts(acts, GIVABLE if record.level < CONFIDENTIAL else GIVABLE - LEAVING)
    unit.act(
        Act.GRANT_GIVE,
        record,
        private={"reason": reason},
        to=person.account,
        acts=wanted,
        expires_on=expires_on,
    )
    quorum.demand(unit, Act.GRANT_GIVE)
    if person.uid == unit.actor.uid:
        raise SelfApproval(act=Act.GRANT_GIVE)
    if person.clearance < record.level:
        raise AboveClearance(has=person.clearance, given=record.level)
    _until(unit, expires_on, LONGEST_SINGLE)
    return _keep(unit, Grant(person_uid=person.uid, record_uid=record.uid), wanted, expires_on, reason)


def answer(unit: Unit, grant: Grant, acts: Iterable[Act], *, expires_on: dt.date, reason: str) -> Grant:
    """The grant an approved line of a request yields; the approval is the act, named by the caller (R35, R48)."""
    return _keep(unit, grant, _acts(acts, GIVABLE), expires_on, reason)


def give_duty(
    unit: Unit, role: Role, class_code: str, *, acts: Iterable[Act], expires_on: dt.date, reason: str,
    department: str | None = None, at_home: bool = False,
) -> Grant:  # fmt: skip
    """Open a class to a post for see, search or read, for a year at most; personnel classes never."""
    wanted = _acts(acts, DUTY)
    unit.act(
        Act.GRANT_GIVE_DUTY, class_code, role=role, acts=wanted, expires_on=expires_on, department=department
    )
    rule = unit.session.get(RecordClass, class_code)
    if rule is None:
        raise ClassUnknown(code=class_code, suggestion="")
    below = unit.session.scalars(select(RecordClass).where(RecordClass.parent == class_code))
    if any(one.custodians_closed for one in (rule, *below)):
        raise BadValue(field="class", value=class_code, expected="7-1.5")
    if department is not None:
        unit.one(Department, "department", department)
    _until(unit, expires_on, LONGEST_DUTY)
    return _keep(
        unit,
        Grant(role=role, class_code=class_code, department=department, at_home=at_home),
        wanted,
        expires_on,
        reason,
    )


def give_proposed(unit: Unit, proposals: Iterable[DutyGrant]) -> list[Grant]:
    """Approve the duty grants proposed with the scheme, class by class where some stay closed.

    What stands already is not given twice. Raises `DepartmentsMissing` before anything is given.
    """
    proposals = list(proposals)
    _entered(unit, proposals)
    return [
        give_duty(
            unit,
            proposal.post,
            code,
            acts=proposal.acts,
            expires_on=unit.today + dt.timedelta(days=min(366, proposal.months * 365 // 12 + 1)),
            reason=proposal.zh,
            department=proposal.department or None,
            at_home=proposal.own_department,
        )
        for proposal in proposals
        for code in _opened_classes(unit, proposal)
        if not _stands(unit, proposal, code)
    ]


def _entered(unit: Unit, proposals: Iterable[DutyGrant]) -> None:
    """Every department the proposals name must be there; raises `DepartmentsMissing`."""
    known = set(unit.session.scalars(select(Department.code)))
    missing = sorted({one.department for one in proposals if one.department} - known)
    if missing:
        raise DepartmentsMissing(departments=missing, first=missing[0])


def _stands(unit: Unit, proposal: DutyGrant, code: str) -> bool:
    """True if a live grant opens the same class to the same post for the same acts."""
    same = select(Grant.uid).where(
        Grant.role == proposal.post,
        Grant.class_code == code,
        Grant.department == (proposal.department or None),
        Grant.at_home == proposal.own_department,
        Grant.acts == " ".join(_acts(proposal.acts, DUTY)),
        Grant.revoked_at.is_(None),
        Grant.expires_on >= unit.today,
    )
    return unit.session.scalar(same.limit(1)) is not None


def _opened_classes(unit: Unit, proposal: DutyGrant) -> list[str]:
    codes: list[str] = []
    for series in proposal.series:
        below = list(unit.session.scalars(select(RecordClass.code).where(RecordClass.parent == series)))
        kept = [code for code in below if code not in proposal.closed]
        codes += [series] if len(kept) == len(below) else kept
    return codes


def _acts(acts: Iterable[Act], allowed: frozenset[Act]) -> list[Act]:
    asked = {*acts, Act.RECORD_SEE}
    wanted = sorted(asked.union(*(IMPLIED.get(act, frozenset()) for act in asked)))
    for act in wanted:
        if act not in allowed:
            raise BadValue(field="acts", value=act, expected=" ".join(sorted(allowed)))
    return wanted


def _until(unit: Unit, expires_on: dt.date, longest: dt.timedelta) -> None:
    if not unit.today <= expires_on <= unit.today + longest:
        raise BadValue(
            field="expires_on", value=expires_on, expected=f"{unit.today} … {unit.today + longest}"
        )


def _keep(unit: Unit, grant: Grant, acts: Sequence[Act], expires_on: dt.date, reason: str) -> Grant:
    if not reason.strip():
        raise BadValue(field="reason", value=reason, expected="…")
    grant.uid = new_uid()
    grant.acts = " ".join(acts)
    grant.approved_by, grant.approved_at, grant.expires_on = unit.actor.uid, unit.now, expires_on
    grant.card = unit.keys.seal_with("grants", grant.uid.encode(), plain({"reason": reason.strip()}))
    unit.session.add(grant)
    unit.session.flush()
    return grant


def revoke(unit: Unit, uid: str) -> Grant:
    """Withdraw a grant; it is gone at the very next act (P4)."""
    grant = unit.session.get(Grant, uid)
    unit.act(Act.GRANT_REVOKE, uid)
    if grant is None or grant.revoked_at is not None:
        raise NotFound(what="grant", code=uid)
    grant.revoked_at, grant.revoked_by = unit.now, unit.actor.uid
    return grant


def grants(unit: Unit) -> list[GrantLine]:
    """All grants for those who keep the register, one's own for everybody else."""
    unit.look(Act.GRANT_SEE)
    rows = select(Grant).order_by(Grant.approved_at.desc())
    if not unit.actor.has(Role.GM, Role.SECURITY_ADMIN):
        rows = rows.where((Grant.person_uid == unit.actor.uid) | Grant.role.in_(sorted(unit.actor.roles)))
    return [_line(unit, grant) for grant in unit.session.scalars(rows)]


def mine(unit: Unit) -> list[GrantLine]:
    """What is opened to the actor himself today, of records he may see, the newest first."""
    unit.look(Act.GRANT_SEE)
    live = Grant.revoked_at.is_(None), Grant.spent_at.is_(None), Grant.expires_on >= unit.today
    rows = select(Grant).where(Grant.person_uid == unit.actor.uid, *live).order_by(Grant.approved_at.desc())
    lines = ((grant, _line(unit, grant)) for grant in unit.session.scalars(rows))
    return [line for grant, line in lines if grant.record_uid is None or _seen(unit, grant.record_uid)]


def _seen(unit: Unit, uid: str) -> bool:
    record = unit.session.get(Volume, uid) or unit.session.get(Item, uid)
    return record is not None and unit.may(Act.RECORD_SEE, record)


def _line(unit: Unit, grant: Grant) -> GrantLine:
    import json

    reason = json.loads(unit.keys.open_with("grants", grant.uid.encode(), grant.card))["reason"]
    person = unit.session.get(Person, grant.person_uid) if grant.person_uid else None
    record = None
    if grant.record_uid:
        record = unit.session.get(Volume, grant.record_uid) or unit.session.get(Item, grant.record_uid)
    return GrantLine(
        uid=grant.uid,
        who=Grantee(person.account if person else "@".join(filter(None, (grant.role, grant.department)))),
        what=record.reference_code if record else (grant.class_code or ""),
        acts=[Act(act) for act in grant.acts.split()],
        approved_by=people.name_of(unit, unit.session.get_one(Person, grant.approved_by)),
        expires_on=grant.expires_on,
        live=grant.revoked_at is None and grant.spent_at is None and grant.expires_on >= unit.today,
        reason=reason,
    )
