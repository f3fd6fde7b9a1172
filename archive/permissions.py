"""The whole policy as one table: these acts, for these posts, if all these conditions hold.

A condition is written once and asked two ways: of a record it answers yes or no, of a mapped class it
answers with SQL; so a list shows exactly what the same person could open one by one (P1, V23).
This module does not decide; `archive.policy` does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archive.acts import Act
from archive.errors import (
    CentrallyKept,
    ClosedToUse,
    Confidential,
    CopiesOnly,
    CustodianClosed,
    OtherDepartment,
    ReadingOnly,
    Refused,
)
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
WITH_DEPARTMENT = Condition(CentrallyKept, "8-1.3.6", lambda _, __, r: r.centralised == False)  # noqa: E712
ORIGINALS = Condition(CopiesOnly, "DA/T 42", lambda _, __, r: r.use_mode != UseMode.LOAN_COPIES)

SEEN = either(OPEN, GRANTED)
USABLE = either(NOT_CLOSED, GRANTED)
OWN_OR_GRANTED = either(OWN, PUBLIC, GRANTED)
OPEN_OWN_OR_GRANTED = either(OPEN, OWN, GRANTED)
OPEN_SECRETARY_OR_GRANTED = either(OPEN, SECRETARY_KEEPS, GRANTED)
OPEN_HR_OR_GRANTED = either(OPEN, HR_KEEPS, GRANTED)
SECRETARY_OR_OWN = either(SECRETARY_KEEPS, OWN)
OWN_OR_HR = either(OWN, HR_KEEPS)

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
    Act.TRIGGER_VOID,
)
_SEALING_AND_MENDING = (
    Act.SEAL_CLOSE,
    Act.SEAL_OPEN,
    Act.REPAIR_ORDER,
    Act.REPAIR_DONE,
    Act.REPAIR_CANCEL,
)
_TRANSFERRING = (
    Act.TRANSFER_DRAFT,
    Act.TRANSFER_PULL,
    Act.TRANSFER_PACK,
    Act.TRANSFER_SIGN,
    Act.TRANSFER_WITHDRAW,
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
    # asking and deciding: who exactly decides is the matrix's to say (domain §9)
    ((Act.REQUEST_ASK, Act.REQUEST_WITHDRAW, Act.REQUEST_SEE), BUSINESS, ()),
    ((Act.REQUEST_ENDORSE, Act.REQUEST_APPROVE, Act.REQUEST_REFUSE), BUSINESS, ()),
    ((Act.REQUEST_MATCH,), (_R.ARCHIVIST, *DESK, _R.GM_SECRETARY), ()),
    ((Act.MATRIX_PROPOSE,), (_R.SECURITY_ADMIN,), ()),
    ((Act.MATRIX_ADOPT,), (_R.GM,), ()),
    ((Act.MATRIX_SEE, Act.ABSENCE_SEE, Act.CALENDAR_SEE), EVERYONE, ()),
    ((Act.ABSENCE_SET, Act.ABSENCE_END), BUSINESS, ()),
    ((Act.CALENDAR_EDIT,), (_R.ARCHIVIST, _R.GM_SECRETARY, _R.HR), ()),
    # lending
    ((Act.LOAN_LEND, Act.LOAN_TAKE_OUT), (_R.ARCHIVIST,), _LENDING),
    ((Act.LOAN_LEND, Act.LOAN_TAKE_OUT), DESK, (*_LENDING, OWN, WITH_DEPARTMENT)),
    ((Act.LOAN_LEND, Act.LOAN_TAKE_OUT), (_R.GM_SECRETARY,), (*_LENDING, SECRETARY_OR_OWN)),
    ((Act.LOAN_LEND_COPY,), (_R.ARCHIVIST,), _LENDING[:-1]),
    ((Act.LOAN_LEND_COPY,), DESK, (*_LENDING[:-1], OWN, WITH_DEPARTMENT)),
    ((Act.LOAN_LEND_COPY,), (_R.GM_SECRETARY,), (*_LENDING[:-1], SECRETARY_OR_OWN)),
    ((Act.LOAN_RETURN, Act.CHASE_SEND), (_R.ARCHIVIST,), ()),
    ((Act.LOAN_RETURN, Act.CHASE_SEND), DESK, (OWN,)),
    ((Act.LOAN_RETURN, Act.CHASE_SEND), (_R.GM_SECRETARY,), (SECRETARY_OR_OWN,)),
    ((Act.CHASE_SEND,), (_R.SYSTEM,), ()),
    ((Act.LOAN_RECALL,), (_R.ARCHIVIST, _R.GM), ()),
    ((Act.LOAN_RECALL,), (*DESK, _R.DEPT_MANAGER), (OWN,)),
    ((Act.LOAN_RECALL,), (_R.GM_SECRETARY,), (SECRETARY_OR_OWN,)),
    ((Act.LOAN_RENEW, Act.CHASE_REPLY), BUSINESS, ()),
    ((Act.LOAN_SEE, Act.CHASE_SEE), (*BUSINESS, _R.SYSTEM), ()),
    # reading on site, copies, visitors: done by who keeps it, for whom the matrix lets
    ((Act.READING_BEGIN, Act.COPY_MAKE), (_R.ARCHIVIST,), (CLEARED,)),
    ((Act.READING_BEGIN, Act.COPY_MAKE), DESK, (CLEARED, NOT_PERSONNEL, OWN, WITH_DEPARTMENT)),
    ((Act.READING_BEGIN, Act.COPY_MAKE), (_R.GM_SECRETARY,), (CLEARED, NOT_PERSONNEL, SECRETARY_OR_OWN)),
    ((Act.READING_BEGIN, Act.COPY_MAKE), (_R.HR,), (CLEARED, HR_KEEPS)),
    ((Act.READING_END,), (_R.ARCHIVIST,), ()),
    ((Act.READING_END,), DESK, (OWN,)),
    ((Act.READING_END,), (_R.GM_SECRETARY,), (SECRETARY_OR_OWN,)),
    ((Act.READING_END,), (_R.HR,), (HR_KEEPS,)),
    ((Act.READING_SEE, Act.COPY_SEE), (*BUSINESS, _R.SYSTEM), ()),
    ((Act.VISITOR_ADD, Act.VISITOR_EDIT), (_R.ARCHIVIST, *DESK, _R.GM_SECRETARY, _R.CS_SUPERVISOR), ()),
    (
        (Act.VISITOR_SEE,),
        (_R.ARCHIVIST, *DESK, _R.GM_SECRETARY, _R.CS_SUPERVISOR, _R.DEPT_MANAGER, _R.GM, _R.HR),
        (),
    ),
    ((Act.VISITOR_IDENTITY,), (_R.ARCHIVIST, _R.GM_SECRETARY, _R.GM), ()),
    # lists in, lists out, papers and packages
    (
        (
            Act.SHEET_CHECK,
            Act.SHEET_IMPORT,
            Act.SHEET_UNDO,
            Act.SHEET_HANDOVER,
            Act.SHEET_PROFILE,
            Act.SHEET_SEE,
            Act.SCAN_ATTACH,
            Act.INTAKE_GET,
            Act.INTAKE_ATTACH,
            Act.INTAKE_DISCARD,
            Act.LABEL_PRINT,
            Act.PACKAGE_IMPORT,
            Act.PROPERTIES_CHECK,
        ),
        KEEPERS,
        (),
    ),
    ((Act.INTAKE_SEE,), (*KEEPERS, _R.SYSTEM), ()),
    ((Act.LOAN_TAKE_OVER,), (_R.ARCHIVIST,), ()),
    ((Act.LOAN_TAKE_OVER,), DESK, (OWN,)),
    ((Act.LOAN_TAKE_OVER,), (_R.GM_SECRETARY,), (SECRETARY_OR_OWN,)),
    ((Act.SHEET_EXPORT,), (*KEEPERS, _R.DEPT_MANAGER, _R.GM), ()),
    ((Act.PACKAGE_EXPORT,), (_R.ARCHIVIST, _R.GM_SECRETARY, _R.HR), ()),
    ((Act.FORM_SEE,), EVERYONE, ()),
    ((Act.FORM_PRINT,), (*BUSINESS, _R.AUDITOR), ()),
    ((Act.FORM_TEMPLATE,), (_R.ARCHIVIST, _R.GM_SECRETARY), ()),
    ((Act.STATISTICS_SEE,), (*KEEPERS, _R.CS_SUPERVISOR, _R.DEPT_MANAGER, _R.GM), ()),
    # incidents: reported at once, judged by who answers for the record, decided by the general manager (R40)
    ((Act.INCIDENT_REPORT, Act.INCIDENT_SEE), BUSINESS, ()),
    ((Act.INCIDENT_JUDGE,), (_R.DEPT_MANAGER,), (OWN,)),
    ((Act.INCIDENT_JUDGE,), (_R.GM_SECRETARY,), (SECRETARY_OR_OWN,)),
    ((Act.INCIDENT_JUDGE,), (_R.HR,), (HR_KEEPS,)),
    ((Act.INCIDENT_JUDGE, Act.INCIDENT_DECIDE), (_R.GM,), ()),
    ((Act.INCIDENT_CLOSE,), (_R.ARCHIVIST, _R.GM_SECRETARY), ()),
    ((Act.INCIDENT_FIND,), KEEPERS, ()),
    # leavers (R41)
    ((Act.CLEARANCE_BEGIN,), (_R.HR, _R.ARCHIVIST, _R.GM_SECRETARY), ()),
    ((Act.CLEARANCE_ADD,), (_R.HR, _R.ARCHIVIST, _R.GM_SECRETARY, _R.DEPT_MANAGER), ()),
    ((Act.CLEARANCE_SETTLE,), (_R.ARCHIVIST, _R.GM_SECRETARY, *DESK), ()),
    ((Act.CLEARANCE_SIGN,), (_R.DEPT_MANAGER, _R.GM), ()),
    ((Act.CLEARANCE_CERTIFY,), (_R.ARCHIVIST,), ()),
    ((Act.CLEARANCE_CANCEL,), (_R.HR, _R.ARCHIVIST), ()),
    ((Act.CLEARANCE_SEE,), (*BUSINESS, _R.SYSTEM_ADMIN, _R.SECURITY_ADMIN), ()),
    # shelves, counts, seals, handovers, plans, repairs, validity
    ((Act.LOCATION_MOVE,), (_R.ARCHIVIST, *DESK, _R.GM_SECRETARY), ()),
    ((Act.STOCKTAKE_BEGIN, Act.STOCKTAKE_SETTLE, Act.STOCKTAKE_CANCEL), (_R.ARCHIVIST, _R.GM_SECRETARY), ()),
    ((Act.STOCKTAKE_COUNT, Act.STOCKTAKE_COMPARE), KEEPERS, ()),
    ((Act.STOCKTAKE_CLOSE,), (_R.ARCHIVIST, _R.GM_SECRETARY, _R.DEPT_MANAGER), ()),
    ((Act.STOCKTAKE_SEE,), (*KEEPERS, _R.DEPT_MANAGER, _R.GM, _R.SYSTEM), ()),
    ((Act.INSPECTION_RECORD,), KEEPERS, ()),
    ((Act.INSPECTION_SEE,), (*KEEPERS, _R.DEPT_MANAGER, _R.GM, _R.SYSTEM), ()),
    (
        _SEALING_AND_MENDING,
        (_R.ARCHIVIST,),
        (CLEARED,),
    ),
    (
        _SEALING_AND_MENDING,
        DESK,
        (CLEARED, NOT_PERSONNEL, OWN, WITH_DEPARTMENT),
    ),
    (
        _SEALING_AND_MENDING,
        (_R.GM_SECRETARY,),
        (CLEARED, NOT_PERSONNEL, SECRETARY_OR_OWN),
    ),
    (
        _SEALING_AND_MENDING,
        (_R.HR,),
        (CLEARED, HR_KEEPS),
    ),
    ((Act.SEAL_SEE, Act.REPAIR_SEE), (*KEEPERS, _R.DEPT_MANAGER, _R.GM, _R.SYSTEM), ()),
    ((Act.HANDOVER_DRAFT, Act.HANDOVER_WITHDRAW), (_R.ARCHIVIST, _R.GM_SECRETARY), ()),
    ((Act.HANDOVER_DRAFT, Act.HANDOVER_WITHDRAW), (*DESK, _R.DEPT_MANAGER), (OWN,)),
    ((Act.HANDOVER_DRAFT, Act.HANDOVER_WITHDRAW), (_R.HR,), (OWN_OR_HR,)),
    ((Act.HANDOVER_CHECK,), (_R.ARCHIVIST, _R.GM_SECRETARY), ()),
    ((Act.HANDOVER_SEE,), (*KEEPERS, _R.DEPT_MANAGER, _R.GM), ()),
    ((Act.PLAN_EDIT, Act.PLAN_EXCUSE), (_R.ARCHIVIST, _R.GM_SECRETARY, _R.DEPT_MANAGER), ()),
    ((Act.PLAN_SEE,), (*KEEPERS, _R.DEPT_MANAGER, _R.GM, _R.SYSTEM), ()),
    ((Act.VALIDITY_SET, Act.VALIDITY_REVIEW), (_R.ARCHIVIST,), (CLEARED,)),
    ((Act.VALIDITY_SET, Act.VALIDITY_REVIEW), (*DESK, _R.DEPT_MANAGER), (CLEARED, OWN)),
    ((Act.VALIDITY_SET, Act.VALIDITY_REVIEW), (_R.GM_SECRETARY,), (CLEARED, SECRETARY_OR_OWN)),
    ((Act.VALIDITY_SEE,), (*KEEPERS, _R.DEPT_MANAGER, _R.GM, _R.SYSTEM), ()),
    # retention: who keeps proposes, who answers reviews, the general manager decides (domain §9)
    ((Act.DUE_SEE,), (*KEEPERS, _R.DEPT_MANAGER, _R.GM, _R.SYSTEM), ()),
    ((Act.CLASS_ADOPT,), (_R.GM,), ()),
    ((Act.SCHEDULE_DRAFT, Act.SCHEDULE_WITHDRAW), (_R.ARCHIVIST, _R.GM_SECRETARY), ()),
    ((Act.SCHEDULE_REVIEW,), (_R.DEPT_MANAGER,), ()),
    ((Act.SCHEDULE_REMARK,), (_R.ARCHIVIST, _R.GM_SECRETARY), ()),
    ((Act.SCHEDULE_SEE,), EVERYONE, ()),
    ((Act.APPRAISAL_BEGIN,), (_R.ARCHIVIST, _R.GM_SECRETARY, _R.SYSTEM), ()),
    ((Act.APPRAISAL_ADD, Act.APPRAISAL_REMOVE), (_R.ARCHIVIST, _R.GM_SECRETARY), ()),
    ((Act.APPRAISAL_APPOINT, Act.APPRAISAL_CANCEL), (_R.ARCHIVIST, _R.GM_SECRETARY, _R.GM), ()),
    ((Act.APPRAISAL_OPINE, Act.APPRAISAL_DECIDE, Act.APPRAISAL_CLOSE), BUSINESS, ()),
    ((Act.APPRAISAL_SEE,), (*BUSINESS, _R.AUDITOR), ()),
    ((Act.HOLD_PLACE,), (_R.ARCHIVIST, _R.GM_SECRETARY, _R.DEPT_MANAGER, _R.GM, _R.HR), ()),
    (
        (Act.HOLD_RELEASE, Act.HOLD_REVIEW),
        (_R.ARCHIVIST, _R.GM_SECRETARY, _R.DEPT_MANAGER, _R.GM, _R.HR),
        (),
    ),
    ((Act.HOLD_SEE,), (*KEEPERS, _R.DEPT_MANAGER, _R.GM, _R.AUDITOR, _R.SYSTEM), ()),
    (_TRANSFERRING, (_R.ARCHIVIST, _R.GM_SECRETARY), (CLEARED, NOT_PERSONNEL)),
    (_TRANSFERRING, (_R.HR,), (CLEARED, HR_KEEPS)),
    ((Act.TRANSFER_APPROVE,), (_R.GM,), ()),
    ((Act.TRANSFER_SEE,), (*KEEPERS, _R.DEPT_MANAGER, _R.GM, _R.AUDITOR), ()),
    (
        (
            Act.DESTRUCTION_DRAFT,
            Act.DESTRUCTION_PULL,
            Act.DESTRUCTION_FREEZE,
            Act.DESTRUCTION_WITHDRAW,
            Act.DESTRUCTION_BEGIN,
            Act.DESTRUCTION_FINALIZE,
        ),
        (_R.ARCHIVIST, _R.GM_SECRETARY),
        (),
    ),
    ((Act.DESTRUCTION_EXECUTE,), (_R.ARCHIVIST, _R.GM_SECRETARY, _R.SYSTEM), ()),
    ((Act.DESTRUCTION_APPROVE, Act.DESTRUCTION_REFUSE), (_R.GM,), ()),
    ((Act.DESTRUCTION_COUNTERSIGN, Act.DESTRUCTION_CONFIRM), BUSINESS, ()),
    ((Act.DESTRUCTION_SEE,), (*BUSINESS, _R.AUDITOR, _R.SYSTEM), ()),
    ((Act.SECRECY_SET, Act.SECRECY_PROPOSE), (_R.ARCHIVIST,), (CLEARED,)),
    ((Act.SECRECY_SET, Act.SECRECY_PROPOSE), (_R.GM_SECRETARY,), (CLEARED, SECRETARY_OR_OWN)),
    ((Act.SECRECY_SET, Act.SECRECY_PROPOSE), (_R.HR,), (CLEARED, HR_KEEPS)),
    ((Act.SECRECY_DECIDE,), (_R.GM,), (CLEARED,)),
    ((Act.SECRECY_SEE,), (*KEEPERS, _R.DEPT_MANAGER, _R.GM, _R.SYSTEM), ()),
    ((Act.SUBJECT_SEE,), (_R.ARCHIVIST, _R.GM_SECRETARY, _R.DEPT_MANAGER, _R.GM, _R.HR), ()),
    # approvals
    ((Act.GRANT_GIVE, Act.GRANT_GIVE_DUTY), (_R.GM,), ()),
    ((Act.GRANT_REVOKE,), (_R.GM, _R.SECURITY_ADMIN), ()),
    ((Act.GRANT_SEE,), EVERYONE, ()),
    # the three administrators, none of whom opens a record
    (
        (
            Act.PERSON_ADD,
            Act.PERSON_EDIT,
            Act.PERSON_RESET,
            Act.PERSON_LEAVE,
            Act.PERSON_SUSPEND,
            Act.PERSON_RESTORE,
        ),
        (_R.SYSTEM_ADMIN,),
        (),
    ),
    ((Act.PERSON_CONTACT,), EVERYONE, ()),
    ((Act.CLOCK_CONFIRM,), ADMINS, ()),
    ((Act.ROUNDS_ENROL,), (_R.SYSTEM_ADMIN,), ()),
    ((Act.NOTICE_SEND, Act.NOTICE_SEE), (_R.SYSTEM_ADMIN, _R.ARCHIVIST, _R.SYSTEM), ()),
    ((Act.PERSON_CLEAR,), (_R.SECURITY_ADMIN,), ()),
    ((Act.PERSON_SEE,), EVERYONE, ()),
    ((Act.KEYS_ADD_SLOT, Act.KEYS_ROTATE, Act.KEYS_RECOVERY), (_R.SYSTEM_ADMIN,), ()),
    ((Act.VAULT_SWEEP,), (_R.SYSTEM_ADMIN, _R.SYSTEM), ()),
    (
        (Act.BACKUP_CREATE, Act.BACKUP_FORGET, Act.BACKUP_DRILL, Act.BACKUP_REPAIR),
        (_R.SYSTEM_ADMIN,),
        (),
    ),
    ((Act.BACKUP_RESTORE,), (_R.SYSTEM,), ()),
    ((Act.BACKUP_CATCH_UP, Act.BACKUP_VERIFY), (_R.SYSTEM_ADMIN, _R.SYSTEM), ()),
    ((Act.BACKUP_SEE,), (_R.SYSTEM_ADMIN, _R.ARCHIVIST, _R.GM_SECRETARY, _R.AUDITOR, _R.SYSTEM), ()),
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
