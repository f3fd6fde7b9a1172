"""Who may do what: the only module that decides.

A condition is written once and asked two ways: of a record it answers yes or no, of a mapped class it
answers with SQL; so a list shows exactly what the same person could open one by one (P1, V23).
An act without a row is refused; a record outside the catalogue right answers exactly as absence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, true

from archive.acts import Act
from archive.errors import (
    ArchiveError,
    ClosedToUse,
    Confidential,
    CopiesOnly,
    CustodianClosed,
    NotAllowed,
    NotFound,
    NotUnlocked,
    OtherDepartment,
    PasswordDue,
    ReadingOnly,
    Refused,
)
from archive.model import Record
from archive.values import CONFIDENTIAL, Custody, Level, Role, UseMode


@dataclass(frozen=True, slots=True)
class Actor:
    """The person an act is done by, with what is granted to him today."""

    uid: str
    account: str
    roles: frozenset[Role]
    department: str
    clearance: Level
    client: str = "cli"
    suspended: bool = False
    password_due: bool = False
    granted: Mapping[Act, frozenset[str]] = field(default_factory=dict)
    duty: Mapping[Act, frozenset[str]] = field(default_factory=dict)
    duty_at_home: Mapping[Act, frozenset[str]] = field(default_factory=dict)
    as_of: dt.date | None = None

    def has(self, *roles: Role) -> bool:
        """True if he holds one of *roles*."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class Condition:
    """One rule: which refusal its failing gives, which clause demands it, and when it holds.

    `holds(actor, act, record)` must use only `==`, `<`, `&`, `|` and `among` on NOT NULL columns.
    """

    refusal: type[Refused]
    clause: str
    holds: Callable[[Actor, Act, Any], Any]


def among(value: Any, allowed: frozenset[Any]) -> Any:
    """`value in allowed`, of a value or of a column."""
    return value.in_(sorted(allowed)) if hasattr(value, "in_") else value in allowed


def either(*conditions: Condition) -> Condition:
    """Enough if one holds; failing gives the first one's refusal."""

    def holds(actor: Actor, act: Act, record: Any) -> Any:
        result = conditions[0].holds(actor, act, record)
        for condition in conditions[1:]:
            result = result | condition.holds(actor, act, record)
        return result

    return Condition(conditions[0].refusal, conditions[0].clause, holds)


def _granted(actor: Actor, act: Act, record: Any) -> Any:
    named = actor.granted.get(act, frozenset())
    duty = actor.duty.get(act, frozenset())
    home = actor.duty_at_home.get(act, frozenset())
    by_name = among(record.uid, named) | among(record.scope_uid, named)
    by_post = among(record.class_code, duty)
    return by_name | by_post | (among(record.class_code, home) & (record.department == actor.department))


def _cleared(actor: Actor, _: Act, record: Any) -> Any:
    return (record.level < CONFIDENTIAL) | (record.level <= actor.clearance)


CLEARED = Condition(Confidential, "7-1.4", _cleared)
OPEN = Condition(Confidential, "8-1.2.4", lambda _, __, r: r.level < CONFIDENTIAL)
GRANTED = Condition(Confidential, "7-1.4", _granted)
PUBLIC = Condition(OtherDepartment, "8-1.2.1", lambda _, __, r: r.level == Level.PUBLIC)
OWN = Condition(OtherDepartment, "8-1.2.1", lambda a, _, r: r.department == a.department)
SECRETARY_KEEPS = Condition(OtherDepartment, "8-2.2", lambda _, __, r: r.custody == Custody.SECRETARY)
HR_KEEPS = Condition(OtherDepartment, "7-1.5", lambda _, __, r: r.custody == Custody.HR)
NOT_PERSONNEL = Condition(CustodianClosed, "7-1.5", lambda _, __, r: r.custodians_closed == False)  # noqa: E712
LENDABLE = Condition(ReadingOnly, "8-1.2.2", lambda _, __, r: r.use_mode != UseMode.READ_ON_SITE)
NOT_CLOSED = Condition(ClosedToUse, "8-1.2.4", lambda _, __, r: r.use_mode != UseMode.CLOSED)
ORIGINALS = Condition(CopiesOnly, "DA/T 42", lambda _, __, r: r.use_mode != UseMode.LOAN_COPIES)

SEEN = either(OPEN, GRANTED)
USABLE = either(NOT_CLOSED, GRANTED)
OWN_OR_GRANTED = either(OWN, PUBLIC, GRANTED)
OPEN_OWN_OR_GRANTED = either(OPEN, OWN, GRANTED)
OPEN_SECRETARY_OR_GRANTED = either(OPEN, SECRETARY_KEEPS, GRANTED)
OPEN_HR_OR_GRANTED = either(OPEN, HR_KEEPS, GRANTED)
SECRETARY_OR_OWN = either(SECRETARY_KEEPS, OWN)

_R = Role
READERS = (_R.STAFF, _R.CLERK, _R.RECORDS_CLERK, _R.CS_SUPERVISOR)
DESK = (_R.CLERK, _R.RECORDS_CLERK)
ADMINS = (_R.SYSTEM_ADMIN, _R.SECURITY_ADMIN, _R.AUDITOR)
BUSINESS = (*READERS, _R.ARCHIVIST, _R.DEPT_MANAGER, _R.GM_SECRETARY, _R.GM, _R.HR)
EVERYONE = (*BUSINESS, *ADMINS)
KEEPERS = (_R.ARCHIVIST, *DESK, _R.GM_SECRETARY, _R.HR)

Row = tuple[tuple[Act, ...], tuple[Role, ...], tuple[Condition, ...]]

_CATALOGUING = (
    Act.VOLUME_OPEN,
    Act.VOLUME_EDIT,
    Act.VOLUME_CLOSE,
    Act.VOLUME_MOVE,
    Act.ITEM_FILE,
    Act.ITEM_EDIT,
    Act.ITEM_MOVE,
    Act.ITEM_ATTACH,
    Act.COMPONENT_ADD,
    Act.TRIGGER_RECORD,
)
_LENDING = (CLEARED, OPEN, LENDABLE, NOT_CLOSED, ORIGINALS)

#: The whole policy. One row: these acts, for these roles, if all these conditions hold.
TABLE: tuple[Row, ...] = (
    # the catalogue right
    ((Act.RECORD_SEE,), READERS, (CLEARED, SEEN)),
    ((Act.RECORD_SEE,), (_R.ARCHIVIST, _R.GM), (CLEARED,)),
    ((Act.RECORD_SEE,), (_R.DEPT_MANAGER,), (CLEARED, OPEN_OWN_OR_GRANTED)),
    ((Act.RECORD_SEE,), (_R.GM_SECRETARY,), (CLEARED, OPEN_SECRETARY_OR_GRANTED)),
    ((Act.RECORD_SEE,), (_R.HR,), (CLEARED, OPEN_HR_OR_GRANTED)),
    # the content right
    ((Act.RECORD_SEARCH,), BUSINESS[:-2], (CLEARED, NOT_PERSONNEL, SEEN, USABLE)),
    ((Act.RECORD_SEARCH,), (_R.GM,), (CLEARED, NOT_PERSONNEL)),
    ((Act.RECORD_SEARCH,), (_R.HR,), (CLEARED, SEEN, USABLE)),
    (
        (Act.RECORD_READ, Act.ITEM_GET),
        (*READERS, _R.DEPT_MANAGER),
        (CLEARED, NOT_PERSONNEL, SEEN, USABLE, OWN_OR_GRANTED),
    ),
    (
        (Act.RECORD_READ, Act.ITEM_GET),
        (_R.ARCHIVIST, _R.GM_SECRETARY),
        (CLEARED, NOT_PERSONNEL, SEEN, USABLE),
    ),
    ((Act.RECORD_READ, Act.ITEM_GET), (_R.GM,), (CLEARED, NOT_PERSONNEL)),
    ((Act.RECORD_READ, Act.ITEM_GET), (_R.HR,), (CLEARED, SEEN, USABLE, OWN_OR_GRANTED)),
    # finding: one's own searches, which nobody else opens; the words of the trade
    ((Act.SAVED_SEE, Act.SAVED_KEEP, Act.SAVED_REMOVE), BUSINESS, ()),
    ((Act.SYNONYM_SEE,), EVERYONE, ()),
    ((Act.SYNONYM_EDIT,), (_R.ARCHIVIST,), ()),
    # cataloguing and custody
    (_CATALOGUING, (_R.ARCHIVIST,), (CLEARED,)),
    (_CATALOGUING, DESK, (CLEARED, NOT_PERSONNEL, OWN)),
    (_CATALOGUING, (_R.GM_SECRETARY,), (CLEARED, NOT_PERSONNEL, SECRETARY_OR_OWN)),
    (_CATALOGUING, (_R.HR,), (CLEARED, HR_KEEPS)),
    ((Act.VOLUME_LEVEL,), (_R.ARCHIVIST,), ()),
    ((Act.VOLUME_LEVEL,), (_R.GM_SECRETARY,), (SECRETARY_OR_OWN,)),
    ((Act.HANDOVER_SIGN,), (_R.ARCHIVIST, _R.GM_SECRETARY), ()),
    ((Act.IMPORT_RUN,), KEEPERS, ()),
    ((Act.PARTY_ADD, Act.PARTY_EDIT, Act.PREMISES_ADD, Act.PREMISES_EDIT), KEEPERS, ()),
    ((Act.LOCATION_ADD, Act.LOCATION_EDIT), (_R.ARCHIVIST, _R.GM_SECRETARY), ()),
    ((Act.PARTY_SEE, Act.PREMISES_SEE), (*KEEPERS, _R.CS_SUPERVISOR, _R.DEPT_MANAGER, _R.GM), ()),
    ((Act.LOCATION_SEE, Act.CLASS_SEE), EVERYONE, ()),
    ((Act.DOSSIER_SEE,), (*KEEPERS, _R.CS_SUPERVISOR, _R.DEPT_MANAGER, _R.GM), ()),
    # lending
    ((Act.LOAN_LEND,), (_R.ARCHIVIST,), _LENDING),
    ((Act.LOAN_LEND,), DESK, (*_LENDING, OWN)),
    ((Act.LOAN_LEND,), (_R.GM_SECRETARY,), (*_LENDING, SECRETARY_OR_OWN)),
    ((Act.LOAN_RETURN,), (_R.ARCHIVIST,), ()),
    ((Act.LOAN_RETURN,), DESK, (OWN,)),
    ((Act.LOAN_RETURN,), (_R.GM_SECRETARY,), (SECRETARY_OR_OWN,)),
    ((Act.LOAN_SEE,), (*BUSINESS, _R.SYSTEM), ()),
    # retention
    ((Act.DUE_SEE,), (*KEEPERS, _R.DEPT_MANAGER, _R.GM, _R.SYSTEM), ()),
    ((Act.CLASS_ADOPT,), (_R.GM,), ()),
    # approvals
    ((Act.GRANT_GIVE, Act.GRANT_GIVE_DUTY), (_R.GM,), ()),
    ((Act.GRANT_REVOKE,), (_R.GM, _R.SECURITY_ADMIN), ()),
    ((Act.GRANT_SEE,), EVERYONE, ()),
    # the three administrators, none of whom opens a record
    ((Act.PERSON_ADD, Act.PERSON_EDIT, Act.PERSON_RESET, Act.PERSON_LEAVE), (_R.SYSTEM_ADMIN,), ()),
    ((Act.PERSON_CLEAR,), (_R.SECURITY_ADMIN,), ()),
    ((Act.PERSON_SEE,), EVERYONE, ()),
    ((Act.KEYS_ADD_SLOT, Act.KEYS_ROTATE, Act.KEYS_RECOVERY), (_R.SYSTEM_ADMIN,), ()),
    ((Act.VAULT_SWEEP,), (_R.SYSTEM_ADMIN, _R.SYSTEM), ()),
    ((Act.INSTANCE_INSPECT, Act.VAULT_VERIFY), (_R.SYSTEM_ADMIN, _R.ARCHIVIST, _R.AUDITOR, _R.SYSTEM), ()),
    ((Act.INSTANCE_INIT, Act.ITEM_EXTRACT, Act.RECORD_SEE), (_R.SYSTEM,), ()),
    (
        (Act.INDEX_REBUILD, Act.INDEX_RECOGNISE, Act.INDEX_STATUS),
        (_R.SYSTEM_ADMIN, _R.ARCHIVIST, _R.SYSTEM),
        (),
    ),
    ((Act.AUDIT_VERIFY,), (_R.AUDITOR, _R.SYSTEM_ADMIN, _R.SYSTEM), ()),
    ((Act.AUDIT_SEE, Act.AUDIT_EXPORT), (_R.AUDITOR,), ()),
    ((Act.AUDIT_ANCHOR,), (_R.AUDITOR, _R.SYSTEM), ()),
    ((Act.ROUNDS_RUN,), (_R.SYSTEM,), ()),
    # one's own account
    ((Act.ACCOUNT_LOGIN, Act.ACCOUNT_LOGOUT, Act.ACCOUNT_PASSWORD), EVERYONE, ()),
)

#: Acts on something that does not exist yet: nothing is hidden, so a refusal may say why.
CREATES = frozenset({Act.VOLUME_OPEN})

#: What a one-time code opens: the change of password, and the way in and out.
OWN_ACCOUNT = frozenset({Act.ACCOUNT_LOGIN, Act.ACCOUNT_LOGOUT, Act.ACCOUNT_PASSWORD})

#: What opens something to others: it waits while an account is suspended (decision 4).
APPROVALS = frozenset({Act.GRANT_GIVE, Act.GRANT_GIVE_DUTY, Act.CLASS_ADOPT, Act.PERSON_CLEAR})


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
    """What the person must see to before *act* is judged at all: a one-time code, a suspension."""
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
