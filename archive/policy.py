"""Who may do what: the only module that decides.

An act without a row is refused; a record outside the catalogue right answers exactly as absence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, true

from archive.acts import Act
from archive.conditions import Actor, Condition
from archive.errors import ArchiveError, NotAllowed, NotFound, NotUnlocked, OutOfScope, PasswordDue, Refused
from archive.model import Record
from archive.permissions import TABLE
from archive.values import Role

#: Acts that do not rest on the catalogue right: a cleared clerk opens a confidential volume he sees only under a grant.
CREATES = frozenset({Act.VOLUME_OPEN})

#: What a one-time code opens: the change of password, and the way in and out.
OWN_ACCOUNT = frozenset({Act.ACCOUNT_LOGIN, Act.ACCOUNT_LOGOUT, Act.ACCOUNT_PASSWORD})

#: What opens something to others, or is a second person's word: it waits while an account is suspended (decision 4).
APPROVALS = frozenset(
    {
        Act.GRANT_GIVE,
        Act.GRANT_GIVE_DUTY,
        Act.CLASS_ADOPT,
        Act.MATRIX_ADOPT,
        Act.PERSON_CLEAR,
        Act.REQUEST_APPROVE,
        Act.REQUEST_ENDORSE,
        Act.ABSENCE_SET,  # a deputy would decide in his place
        Act.CLEARANCE_SIGN,
        Act.CLEARANCE_CERTIFY,
        Act.INCIDENT_DECIDE,
        Act.CLOCK_CONFIRM,
        Act.APPRAISAL_OPINE,
        Act.APPRAISAL_DECIDE,
        Act.APPRAISAL_CLOSE,
        Act.HOLD_RELEASE,
        Act.SCHEDULE_REVIEW,
        Act.SECRECY_DECIDE,
        Act.TRANSFER_APPROVE,
        Act.TRANSFER_PACK,  # plain text leaves the house
        Act.PACKAGE_EXPORT,  # here too
        Act.TRANSFER_SIGN,
        Act.SCHEDULE_REMARK,
        Act.APPRAISAL_APPOINT,
        Act.DESTRUCTION_APPROVE,
        Act.DESTRUCTION_COUNTERSIGN,
        Act.DESTRUCTION_BEGIN,
        Act.DESTRUCTION_CONFIRM,
        Act.DESTRUCTION_EXECUTE,
        Act.DESTRUCTION_FINALIZE,
    }
)


def _grants() -> Mapping[Act, Mapping[Role, tuple[Condition, ...]]]:
    table: dict[Act, dict[Role, tuple[Condition, ...]]] = {act: {} for act in Act}
    for acts, roles, conditions in TABLE:
        for act in acts:
            for role in roles:
                if role in table[act]:
                    raise ValueError(f"two rows for {act} and {role}")
                table[act][role] = conditions
    return table


GRANTS = _grants()


def waiting(actor: Actor, act: Act) -> Refused | None:
    """What stands before *act* is judged at all: a one-time code, a suspension, a token not made for it."""
    if actor.scope is not None and act not in actor.scope:
        return OutOfScope(act=act)
    if actor.password_due and act not in OWN_ACCOUNT:
        return PasswordDue(account=actor.account)
    if actor.suspended and act in APPROVALS:
        return NotUnlocked(account=actor.account)
    return None


def refusal(actor: Actor, act: Act, record: Record | None = None) -> ArchiveError | None:
    """Why *actor* may not do *act* (to *record*), or None: allow, deny and hide in one answer."""
    first = waiting(actor, act)
    if first is not None:
        return first
    if record is not None and act not in CREATES and not _holds_for_some_role(actor, Act.RECORD_SEE, record):
        if not record.uid:  # nothing exists that could be hidden: say why
            return _first_refusal(actor, act, record) or _first_refusal(actor, Act.RECORD_SEE, record)
        return NotFound(what="record", code=record.reference_code)
    return _first_refusal(actor, act, record)


def allowed(actor: Actor, act: Act, record: Record | None = None) -> bool:
    """True if *actor* may do *act* to *record*."""
    return refusal(actor, act, record) is None


def visible(actor: Actor, kind: type[Any], act: Act = Act.RECORD_SEE) -> ColumnElement[bool]:
    """The rows of *kind* (a `Record` class or alias) that *actor* may do *act* to, as a WHERE clause."""
    if waiting(actor, act) is not None:
        return false()
    clause = _sql(actor, act, kind)
    return (
        clause if act in CREATES or act is Act.RECORD_SEE else and_(_sql(actor, Act.RECORD_SEE, kind), clause)
    )


def _sql(actor: Actor, act: Act, kind: type[Any]) -> ColumnElement[bool]:
    ways = [
        and_(true(), *(condition.holds(actor, act, kind) for condition in GRANTS[act][role]))
        for role in sorted(actor.roles)
        if role in GRANTS[act]
    ]
    return or_(false(), *ways)


def _holds_for_some_role(actor: Actor, act: Act, record: Record) -> bool:
    return any(
        all(condition.holds(actor, act, record) for condition in GRANTS[act][role])
        for role in actor.roles
        if role in GRANTS[act]
    )


def _first_refusal(actor: Actor, act: Act, record: Record | None) -> Refused | None:
    """Of the roles that know the act, the refusal of the one that came furthest."""
    furthest: tuple[int, Refused] | None = None
    for role in sorted(actor.roles):
        if role not in GRANTS[act]:
            continue
        found = _first_failing(actor, act, record, GRANTS[act][role])
        if found is None:
            return None
        if furthest is None or found[0] > furthest[0]:
            furthest = found
    return furthest[1] if furthest else NotAllowed(act=act)


def _first_failing(
    actor: Actor, act: Act, record: Record | None, conditions: tuple[Condition, ...]
) -> tuple[int, Refused] | None:
    if record is None:
        return None
    for number, condition in enumerate(conditions):
        if not condition.holds(actor, act, record):
            facts = {"act": act, "code": record.reference_code, "department": record.department}
            return number, condition.refusal(clause=condition.clause, **facts)
    return None
