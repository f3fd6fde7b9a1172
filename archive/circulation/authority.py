"""On what right somebody uses a record: the matrix lets him without asking, or a line of a request was approved.

Every act over the counter asks here first (R35); nobody else reads the matrix or looks for approvals.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from archive.acts import Act
from archive.circulation import matrix
from archive.circulation.matrix import Asking, Matrix, Reader, Rule
from archive.errors import ApprovalNeeded, NotApprovable, NotFound
from archive.lives import REQUEST
from archive.model import (
    Decision,
    Grant,
    Item,
    MatrixVersion,
    Person,
    RecordClass,
    Request,
    RequestLine,
    Visitor,
    Volume,
)
from archive.statuses import RequestKind, RequestState
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Level, Role


@dataclass(frozen=True, slots=True)
class Warrant:
    """What a use rests on: nothing if none is needed, an approved line, or a grant the GM gave by himself."""

    line: RequestLine | None = None
    grant: Grant | None = None

    @property
    def line_uid(self) -> str | None:
        """The uid of the approved line."""
        return self.line.uid if self.line else None

    @property
    def grant_uid(self) -> str | None:
        """The uid of the grant."""
        return self.grant.uid if self.grant else None


#: The acts a grant must name for each kind of use; a kind left out is never granted, only approved line by line.
ACTS: dict[RequestKind, Act] = {
    RequestKind.READ: Act.RECORD_READ,
    RequestKind.COPY: Act.ITEM_GET,
    RequestKind.EXTRACT: Act.RECORD_READ,
    RequestKind.LOAN: Act.LOAN_LEND,
    RequestKind.TAKE_OUT: Act.LOAN_TAKE_OUT,
}


def in_force(unit: Unit) -> Matrix:
    """The matrix adopted last; the shipped one until another is adopted."""
    rows = select(MatrixVersion).where(MatrixVersion.adopted_at.is_not(None))
    newest = unit.session.scalar(rows.order_by(MatrixVersion.adopted_at.desc()).limit(1))
    return matrix.parse(newest.text) if newest else matrix.shipped()


def of_version(unit: Unit, version: str) -> Matrix:
    """The matrix called *version*: a request keeps the one that routed it; raises `NotFound`."""
    if version == matrix.shipped().version:
        return matrix.shipped()
    found = unit.session.get(MatrixVersion, version)
    if found is None:
        raise NotFound(what="matrix", code=version[:40])
    return matrix.parse(found.text)


def rule_for(
    unit: Unit, kind: RequestKind, record: Volume | Item, reader: Person | Visitor, by: Matrix | None = None
) -> Rule:
    """The rule for this use of this record by this person or visitor, in the matrix in force or in *by*."""
    rule = unit.session.get_one(RecordClass, record.class_code)
    asking = Asking(
        kind=kind,
        reader=Reader.STAFF if isinstance(reader, Person) else Reader(reader.kind.value),
        level=Level(record.level),
        own=isinstance(reader, Person) and reader.department == record.department,
        personnel=record.custodians_closed,
        owners=rule.owners_access,
        class_code=record.class_code,
        department=record.department,
    )
    return (by or in_force(unit)).rule(asking)


def demand(unit: Unit, kind: RequestKind, record: Volume | Item, reader: Person | Visitor) -> Warrant:
    """What entitles *reader* to this use today.

    Raises `NotApprovable` where nobody can approve it, `ApprovalNeeded` where nobody has.
    """
    rule = rule_for(unit, kind, record, reader)
    if rule.refused:
        raise NotApprovable(kind=kind, code=record.reference_code, clause=rule.clause)
    if not rule.steps:
        return Warrant()
    found = _approved(unit, kind, record, reader, rule) or _granted(unit, kind, record, reader)
    if found is None:
        raise ApprovalNeeded(kind=kind, code=record.reference_code, steps=rule.steps, clause=rule.clause)
    return found


def _approved(
    unit: Unit, kind: RequestKind, record: Volume | Item, reader: Person | Visitor, rule: Rule
) -> Warrant | None:
    theirs = Request.person_uid if isinstance(reader, Person) else Request.visitor_uid
    rows = (
        select(RequestLine)
        .join(Request, Request.uid == RequestLine.request_uid)
        .where(
            RequestLine.record_uid.in_([record.uid, record.scope_uid]),
            RequestLine.state == RequestState.APPROVED,
            Request.kind == kind,
            Request.until >= unit.today,
            theirs == reader.uid,
        )
        .order_by(Request.asked_at, RequestLine.ordinal)
        .with_for_update()  # spent once, though two of its papers were lent at once
    )
    for line in unit.session.scalars(rows):
        if not covers(rule, said(unit, line, record)):
            continue
        grant = unit.session.scalar(select(Grant).where(Grant.line_uid == line.uid))
        if grant is None or (grant.revoked_at is None and grant.spent_at is None):
            return Warrant(line, grant)
    return None


#: The posts in whose place no other's word counts.
IN_PERSON = frozenset({Role.GM, Role.HR})


def said(unit: Unit, line: RequestLine, record: Volume | Item) -> frozenset[Role]:
    """The posts that approved of *line*; of the confidential those that did so themselves, not by a deputy (R48)."""
    rows = select(Decision.role).where(
        Decision.line_uid == line.uid, Decision.act != Act.REQUEST_REFUSE.value
    )
    if record.level >= CONFIDENTIAL:
        rows = rows.where(Decision.for_uid.is_(None))
    return frozenset(Role(role) for role in unit.session.scalars(rows))


def covers(rule: Rule, posts: frozenset[Role]) -> bool:
    """True if the word of *posts* suffices by the *rule* of today: the record may have been raised since (V9, R48)."""
    return bool(posts) and IN_PERSON.intersection(rule.steps) <= posts


def _granted(
    unit: Unit, kind: RequestKind, record: Volume | Item, reader: Person | Visitor
) -> Warrant | None:
    """A grant the general manager gave without a request (V9); for personnel files he alone is not enough (R49)."""
    act = ACTS.get(kind)
    if act is None or not isinstance(reader, Person) or record.custodians_closed:
        return None
    rows = select(Grant).where(
        Grant.person_uid == reader.uid,
        Grant.record_uid.in_([record.uid, record.scope_uid]),
        Grant.line_uid.is_(None),
        Grant.revoked_at.is_(None),
        Grant.spent_at.is_(None),
        Grant.expires_on >= unit.today,
    )
    grants = [grant for grant in unit.session.scalars(rows) if act in grant.acts.split()]
    return Warrant(grant=grants[0]) if grants else None


def spend(unit: Unit, warrant: Warrant, act: Act) -> None:
    """Use *warrant* up: its line is fulfilled by *act*, its grant opens nothing more."""
    if warrant.line is not None:
        warrant.line.state = REQUEST.after(warrant.line.state, act)
        warrant.line.closed_at = unit.now
    if warrant.grant is not None and act is not Act.COPY_MAKE:
        warrant.grant.spent_at = unit.now
