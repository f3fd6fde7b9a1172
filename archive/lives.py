"""The life cycles: volumes, items kept on their own, and every ledger of use and custody.

This module does not know who may act; `docs/lifecycles.md` shows the same tables as pictures.
"""

from __future__ import annotations

from typing import Any

from archive.acts import Act
from archive.errors import SealedUp
from archive.exchange import ImportState, IntakeState
from archive.lifecycle import Lifecycle, Step
from archive.statuses import (
    AppraisalState,
    BackupState,
    ClearanceState,
    DestructionState,
    HandoverState,
    HoldState,
    IncidentState,
    NoticeState,
    ReadingState,
    RepairState,
    RequestState,
    ScheduleState,
    SealState,
    StocktakeState,
    TransferState,
)
from archive.values import LoanState, VolumeState

_S = VolumeState
#: What lies in a sealed bag answers: unseal it first. It moves with its bag, never alone.
_SEALED = {_S.SEALED: SealedUp}

VOLUME = Lifecycle(
    "volume",
    Step(_S.OPEN, Act.ITEM_FILE, _S.OPEN, "8-1.1.2"),
    Step(_S.OPEN, Act.ITEM_MOVE, _S.OPEN, "8-1.4.3"),
    Step(_S.OPEN, Act.VOLUME_EDIT, _S.OPEN, "house"),
    Step(_S.OPEN, Act.VOLUME_LEVEL, _S.OPEN, "7-1.4"),
    Step(_S.OPEN, Act.VOLUME_MOVE, _S.OPEN, "8-1.1.2⑧"),
    Step(_S.OPEN, Act.VOLUME_CLOSE, _S.CLOSED, "8-1.1.2④"),
    Step(_S.CLOSED, Act.VOLUME_EDIT, _S.CLOSED, "house"),
    Step(_S.CLOSED, Act.VOLUME_LEVEL, _S.CLOSED, "7-1.4"),
    Step(_S.CLOSED, Act.VOLUME_MOVE, _S.CLOSED, "8-1.1.2⑧"),
    Step(_S.CLOSED, Act.HANDOVER_SIGN, _S.HELD, "8-1.1.2⑥"),
    Step(_S.HELD, Act.VOLUME_EDIT, _S.HELD, "ISO 15489-1"),
    Step(_S.HELD, Act.VOLUME_LEVEL, _S.HELD, "7-1.4"),
    Step(_S.HELD, Act.VOLUME_MOVE, _S.HELD, "8-1.1.2⑧"),
    Step(_S.HELD, Act.LOAN_LEND, _S.HELD, "8-1.2.5"),
    Step(_S.HELD, Act.LOAN_TAKE_OVER, _S.HELD, "8-1.2.5"),
    Step(_S.HELD, Act.LOAN_LEND_COPY, _S.HELD, "8-1.2.5"),
    Step(_S.HELD, Act.READING_BEGIN, _S.HELD, "8-1.2.2"),
    Step(_S.HELD, Act.COPY_MAKE, _S.HELD, "7-1.4"),
    Step(_S.HELD, Act.REPAIR_ORDER, _S.HELD, "8-1.1.3"),
    Step(_S.HELD, Act.SEAL_CLOSE, _S.SEALED, "8-1.4.4"),
    Step(_S.SEALED, Act.VOLUME_LEVEL, _S.SEALED, "7-1.4"),
    Step(_S.SEALED, Act.VOLUME_EDIT, _S.SEALED, "ISO 15489-1"),
    Step(_S.SEALED, Act.SEAL_OPEN, _S.UNSEALED, "8-1.4.4"),
    Step(_S.UNSEALED, Act.LOAN_LEND, _S.UNSEALED, "8-1.2.5"),
    Step(_S.UNSEALED, Act.LOAN_TAKE_OVER, _S.UNSEALED, "8-1.2.5"),
    Step(_S.UNSEALED, Act.LOAN_LEND_COPY, _S.UNSEALED, "8-1.2.5"),
    Step(_S.UNSEALED, Act.READING_BEGIN, _S.UNSEALED, "8-1.2.2"),
    Step(_S.UNSEALED, Act.COPY_MAKE, _S.UNSEALED, "7-1.4"),
    Step(_S.UNSEALED, Act.REPAIR_ORDER, _S.UNSEALED, "8-1.1.3"),
    Step(_S.UNSEALED, Act.VOLUME_MOVE, _S.UNSEALED, "8-1.1.2⑧"),
    Step(_S.UNSEALED, Act.VOLUME_LEVEL, _S.UNSEALED, "7-1.4"),
    Step(_S.UNSEALED, Act.VOLUME_EDIT, _S.UNSEALED, "ISO 15489-1"),
    Step(_S.UNSEALED, Act.SEAL_CLOSE, _S.SEALED, "8-1.4.4"),
    Step(_S.HELD, Act.HANDOVER_DRAFT, _S.HELD, "8-1.3.6"),
    Step(_S.SEALED, Act.HANDOVER_DRAFT, _S.SEALED, "8-1.3.6"),
    Step(_S.UNSEALED, Act.HANDOVER_DRAFT, _S.UNSEALED, "8-1.3.6"),
    Step(_S.HELD, Act.APPRAISAL_DECIDE, _S.HELD, "AR24"),
    Step(_S.SEALED, Act.APPRAISAL_DECIDE, _S.SEALED, "AR24"),
    Step(_S.UNSEALED, Act.APPRAISAL_DECIDE, _S.UNSEALED, "AR24"),
    Step(_S.HELD, Act.TRANSFER_SIGN, _S.TRANSFERRED, "PMR-29"),
    Step(_S.SEALED, Act.TRANSFER_SIGN, _S.TRANSFERRED, "PMR-29"),
    Step(_S.UNSEALED, Act.TRANSFER_SIGN, _S.TRANSFERRED, "PMR-29"),
    Step(_S.HELD, Act.DESTRUCTION_BEGIN, _S.DUE, "8-1.5.1"),
    Step(_S.SEALED, Act.DESTRUCTION_BEGIN, _S.DUE, "8-1.5.1"),
    Step(_S.UNSEALED, Act.DESTRUCTION_BEGIN, _S.DUE, "8-1.5.1"),
    Step(_S.DUE, Act.DESTRUCTION_PULL, _S.HELD, "8-1.5.1"),
    Step(_S.DUE, Act.DESTRUCTION_WITHDRAW, _S.HELD, "8-1.5.1"),
    Step(_S.DUE, Act.DESTRUCTION_EXECUTE, _S.DESTROYED, "8-1.5.1"),
    Step(_S.OPEN, Act.SECRECY_DECIDE, _S.OPEN, "7-1.4"),
    Step(_S.CLOSED, Act.SECRECY_DECIDE, _S.CLOSED, "7-1.4"),
    Step(_S.HELD, Act.SECRECY_DECIDE, _S.HELD, "7-1.4"),
    Step(_S.SEALED, Act.SECRECY_DECIDE, _S.SEALED, "7-1.4"),
    Step(_S.UNSEALED, Act.SECRECY_DECIDE, _S.UNSEALED, "7-1.4"),
    refusals=_SEALED,
)

#: An item of a class kept item by item goes straight from filing to acceptance (DA/T 22).
ITEM = Lifecycle(
    "item",
    Step(_S.OPEN, Act.ITEM_EDIT, _S.OPEN, "house"),
    Step(_S.OPEN, Act.ITEM_ATTACH, _S.OPEN, "AR10-13"),
    Step(_S.OPEN, Act.VOLUME_MOVE, _S.OPEN, "8-1.1.2⑧"),
    Step(_S.OPEN, Act.HANDOVER_SIGN, _S.HELD, "8-1.1.2⑥"),
    Step(_S.CLOSED, Act.ITEM_EDIT, _S.CLOSED, "house"),
    Step(_S.CLOSED, Act.ITEM_ATTACH, _S.CLOSED, "AR10-13"),
    Step(_S.HELD, Act.ITEM_EDIT, _S.HELD, "ISO 15489-1"),
    Step(_S.HELD, Act.ITEM_ATTACH, _S.HELD, "AR42"),
    Step(_S.HELD, Act.VOLUME_MOVE, _S.HELD, "8-1.1.2⑧"),
    Step(_S.HELD, Act.LOAN_LEND, _S.HELD, "8-1.2.5"),
    Step(_S.HELD, Act.LOAN_TAKE_OVER, _S.HELD, "8-1.2.5"),
    Step(_S.HELD, Act.LOAN_LEND_COPY, _S.HELD, "8-1.2.5"),
    Step(_S.HELD, Act.READING_BEGIN, _S.HELD, "8-1.2.2"),
    Step(_S.HELD, Act.COPY_MAKE, _S.HELD, "7-1.4"),
    Step(_S.HELD, Act.REPAIR_ORDER, _S.HELD, "8-1.1.3"),
    Step(_S.HELD, Act.SEAL_CLOSE, _S.SEALED, "8-1.4.4"),
    Step(_S.HELD, Act.HANDOVER_DRAFT, _S.HELD, "8-1.3.6"),
    Step(_S.SEALED, Act.ITEM_EDIT, _S.SEALED, "ISO 15489-1"),
    Step(_S.SEALED, Act.SEAL_OPEN, _S.UNSEALED, "8-1.4.4"),
    Step(_S.UNSEALED, Act.ITEM_EDIT, _S.UNSEALED, "ISO 15489-1"),
    Step(_S.UNSEALED, Act.ITEM_ATTACH, _S.UNSEALED, "AR42"),
    Step(_S.UNSEALED, Act.LOAN_LEND, _S.UNSEALED, "8-1.2.5"),
    Step(_S.UNSEALED, Act.LOAN_TAKE_OVER, _S.UNSEALED, "8-1.2.5"),
    Step(_S.UNSEALED, Act.LOAN_LEND_COPY, _S.UNSEALED, "8-1.2.5"),
    Step(_S.UNSEALED, Act.READING_BEGIN, _S.UNSEALED, "8-1.2.2"),
    Step(_S.UNSEALED, Act.COPY_MAKE, _S.UNSEALED, "7-1.4"),
    Step(_S.UNSEALED, Act.REPAIR_ORDER, _S.UNSEALED, "8-1.1.3"),
    Step(_S.UNSEALED, Act.VOLUME_MOVE, _S.UNSEALED, "8-1.1.2⑧"),
    Step(_S.UNSEALED, Act.SEAL_CLOSE, _S.SEALED, "8-1.4.4"),
    Step(_S.SEALED, Act.HANDOVER_DRAFT, _S.SEALED, "8-1.3.6"),
    Step(_S.UNSEALED, Act.HANDOVER_DRAFT, _S.UNSEALED, "8-1.3.6"),
    Step(_S.HELD, Act.APPRAISAL_DECIDE, _S.HELD, "AR24"),
    Step(_S.SEALED, Act.APPRAISAL_DECIDE, _S.SEALED, "AR24"),
    Step(_S.UNSEALED, Act.APPRAISAL_DECIDE, _S.UNSEALED, "AR24"),
    Step(_S.HELD, Act.TRANSFER_SIGN, _S.TRANSFERRED, "PMR-29"),
    Step(_S.SEALED, Act.TRANSFER_SIGN, _S.TRANSFERRED, "PMR-29"),
    Step(_S.UNSEALED, Act.TRANSFER_SIGN, _S.TRANSFERRED, "PMR-29"),
    Step(_S.HELD, Act.DESTRUCTION_BEGIN, _S.DUE, "8-1.5.1"),
    Step(_S.SEALED, Act.DESTRUCTION_BEGIN, _S.DUE, "8-1.5.1"),
    Step(_S.UNSEALED, Act.DESTRUCTION_BEGIN, _S.DUE, "8-1.5.1"),
    Step(_S.DUE, Act.DESTRUCTION_PULL, _S.HELD, "8-1.5.1"),
    Step(_S.DUE, Act.DESTRUCTION_WITHDRAW, _S.HELD, "8-1.5.1"),
    Step(_S.DUE, Act.DESTRUCTION_EXECUTE, _S.DESTROYED, "8-1.5.1"),
    Step(_S.OPEN, Act.SECRECY_DECIDE, _S.OPEN, "7-1.4"),
    Step(_S.CLOSED, Act.SECRECY_DECIDE, _S.CLOSED, "7-1.4"),
    Step(_S.HELD, Act.SECRECY_DECIDE, _S.HELD, "7-1.4"),
    Step(_S.SEALED, Act.SECRECY_DECIDE, _S.SEALED, "7-1.4"),
    Step(_S.UNSEALED, Act.SECRECY_DECIDE, _S.UNSEALED, "7-1.4"),
    refusals=_SEALED,
)

LOAN = Lifecycle(
    "loan",
    Step(LoanState.OUT, Act.LOAN_RENEW, LoanState.OUT, "8-2.5.1"),
    Step(LoanState.OUT, Act.LOAN_RECALL, LoanState.OUT, "8-1.3.5"),
    Step(LoanState.OUT, Act.CHASE_SEND, LoanState.OUT, "8-1.3.5"),
    Step(LoanState.OUT, Act.LOAN_RETURN, LoanState.RETURNED, "8-1.2.5"),
)

_Q = RequestState

#: One line of a request: endorsed by every post on its road but the last, which approves.
REQUEST = Lifecycle(
    "request",
    Step(_Q.ASKED, Act.REQUEST_MATCH, _Q.ASKED, "8-1.3.4"),
    Step(_Q.ASKED, Act.REQUEST_ENDORSE, _Q.ENDORSED, "8-1.2.1"),
    Step(_Q.ASKED, Act.REQUEST_APPROVE, _Q.APPROVED, "8-1.2.1"),
    Step(_Q.ASKED, Act.REQUEST_REFUSE, _Q.REFUSED, "8-1.2.1"),
    Step(_Q.ASKED, Act.REQUEST_WITHDRAW, _Q.WITHDRAWN, "house"),
    Step(_Q.ENDORSED, Act.REQUEST_ENDORSE, _Q.ENDORSED, "8-1.2.1"),
    Step(_Q.ENDORSED, Act.REQUEST_APPROVE, _Q.APPROVED, "8-1.2.1"),
    Step(_Q.ENDORSED, Act.REQUEST_REFUSE, _Q.REFUSED, "8-1.2.1"),
    Step(_Q.ENDORSED, Act.REQUEST_WITHDRAW, _Q.WITHDRAWN, "house"),
    Step(_Q.APPROVED, Act.REQUEST_WITHDRAW, _Q.WITHDRAWN, "house"),
    Step(_Q.APPROVED, Act.LOAN_LEND, _Q.FULFILLED, "8-1.2.5"),
    Step(_Q.APPROVED, Act.LOAN_LEND_COPY, _Q.FULFILLED, "8-1.2.5"),
    Step(_Q.APPROVED, Act.LOAN_TAKE_OUT, _Q.FULFILLED, "8-2.5.1"),
    Step(_Q.APPROVED, Act.COPY_MAKE, _Q.FULFILLED, "7-1.4"),
    Step(_Q.APPROVED, Act.SEAL_CLOSE, _Q.FULFILLED, "8-1.4.4"),
    Step(_Q.APPROVED, Act.SEAL_OPEN, _Q.FULFILLED, "8-1.4.4"),
    Step(_Q.ASKED, Act.ROUNDS_RUN, _Q.LAPSED, "house"),
    Step(_Q.ENDORSED, Act.ROUNDS_RUN, _Q.LAPSED, "house"),
    Step(_Q.APPROVED, Act.ROUNDS_RUN, _Q.LAPSED, "house"),
)

READING = Lifecycle("reading", Step(ReadingState.OPEN, Act.READING_END, ReadingState.ENDED, "8-1.2.5"))

_I = IncidentState

#: A lost record stays on the books as lost; being found again is the last thing that can happen to it.
INCIDENT = Lifecycle(
    "incident",
    Step(_I.REPORTED, Act.INCIDENT_JUDGE, _I.JUDGED, "8-1.2.6"),
    Step(_I.JUDGED, Act.INCIDENT_DECIDE, _I.DECIDED, "8-1.2.6"),
    Step(_I.DECIDED, Act.INCIDENT_CLOSE, _I.CLOSED, "8-1.2.6"),
    Step(_I.REPORTED, Act.INCIDENT_FIND, _I.REPORTED, "8-1.2.6"),
    Step(_I.JUDGED, Act.INCIDENT_FIND, _I.JUDGED, "8-1.2.6"),
    Step(_I.DECIDED, Act.INCIDENT_FIND, _I.DECIDED, "8-1.2.6"),
    Step(_I.CLOSED, Act.INCIDENT_FIND, _I.FOUND, "8-1.2.6"),
)

_K = StocktakeState

STOCKTAKE = Lifecycle(
    "stocktake",
    Step(_K.COUNTING, Act.STOCKTAKE_COUNT, _K.COUNTING, "8-1.1.3"),
    Step(_K.COUNTING, Act.INSPECTION_RECORD, _K.COUNTING, "8-1.1.4"),
    Step(_K.COUNTING, Act.STOCKTAKE_COMPARE, _K.COMPARED, "8-1.1.3"),
    Step(_K.COUNTING, Act.STOCKTAKE_CANCEL, _K.CANCELLED, "house"),
    Step(_K.COMPARED, Act.STOCKTAKE_COUNT, _K.COUNTING, "8-1.1.3"),
    Step(_K.COMPARED, Act.INSPECTION_RECORD, _K.COMPARED, "8-1.1.4"),
    Step(_K.COMPARED, Act.STOCKTAKE_SETTLE, _K.COMPARED, "8-1.1.3"),
    Step(_K.COMPARED, Act.STOCKTAKE_CLOSE, _K.CLOSED, "8-1.1.3"),
    Step(_K.COMPARED, Act.STOCKTAKE_CANCEL, _K.CANCELLED, "house"),
)

SEAL = Lifecycle(
    "seal",
    Step(SealState.SEALED, Act.SEAL_OPEN, SealState.UNSEALED, "8-1.4.4"),
    Step(SealState.UNSEALED, Act.SEAL_CLOSE, SealState.RESEALED, "8-1.4.4"),
)

HANDOVER = Lifecycle(
    "handover",
    Step(HandoverState.DRAFT, Act.HANDOVER_CHECK, HandoverState.DRAFT, "8-1.1.2⑥"),
    Step(HandoverState.DRAFT, Act.HANDOVER_SIGN, HandoverState.SIGNED, "8-1.1.2⑥"),
    Step(HandoverState.DRAFT, Act.HANDOVER_WITHDRAW, HandoverState.WITHDRAWN, "house"),
)

_C = ClearanceState

CLEARANCE = Lifecycle(
    "clearance",
    Step(_C.OPEN, Act.CLEARANCE_ADD, _C.OPEN, "8-1.2.7"),
    Step(_C.OPEN, Act.CLEARANCE_SETTLE, _C.OPEN, "8-1.2.7"),
    Step(_C.OPEN, Act.CLEARANCE_SIGN, _C.SIGNED, "8-1.2.7"),
    Step(_C.OPEN, Act.CLEARANCE_CANCEL, _C.CANCELLED, "house"),
    Step(_C.SIGNED, Act.CLEARANCE_ADD, _C.OPEN, "8-1.2.7"),
    Step(_C.SIGNED, Act.CLEARANCE_CERTIFY, _C.CERTIFIED, "8-1.2.7"),
    Step(_C.SIGNED, Act.CLEARANCE_CANCEL, _C.CANCELLED, "house"),
)

REPAIR = Lifecycle(
    "repair",
    Step(RepairState.ORDERED, Act.REPAIR_DONE, RepairState.DONE, "8-1.1.3"),
    Step(RepairState.ORDERED, Act.REPAIR_CANCEL, RepairState.CANCELLED, "house"),
)

NOTICE = Lifecycle(
    "notice",
    Step(NoticeState.WAITING, Act.NOTICE_SEND, NoticeState.SENT, "8-1.3.5"),
    Step(NoticeState.FAILED, Act.NOTICE_SEND, NoticeState.SENT, "8-1.3.5"),
    Step(NoticeState.WAITING, Act.LOAN_RETURN, NoticeState.CANCELLED, "house"),
    Step(NoticeState.FAILED, Act.LOAN_RETURN, NoticeState.CANCELLED, "house"),
    Step(NoticeState.WAITING, Act.LOAN_RENEW, NoticeState.CANCELLED, "house"),
    Step(NoticeState.FAILED, Act.LOAN_RENEW, NoticeState.CANCELLED, "house"),
)

_V = ScheduleState

SCHEDULE = Lifecycle(
    "schedule",
    Step(_V.DRAFT, Act.SCHEDULE_REVIEW, _V.REVIEWED, "AR10-11"),
    Step(_V.DRAFT, Act.SCHEDULE_WITHDRAW, _V.WITHDRAWN, "house"),
    Step(_V.REVIEWED, Act.CLASS_ADOPT, _V.ADOPTED, "AR10-11"),
    Step(_V.REVIEWED, Act.SCHEDULE_WITHDRAW, _V.WITHDRAWN, "house"),
)

_A = AppraisalState

APPRAISAL = Lifecycle(
    "appraisal",
    Step(_A.OPEN, Act.APPRAISAL_APPOINT, _A.OPEN, "AR24"),
    Step(_A.OPEN, Act.APPRAISAL_ADD, _A.OPEN, "AR24"),
    Step(_A.OPEN, Act.APPRAISAL_REMOVE, _A.OPEN, "house"),
    Step(_A.OPEN, Act.APPRAISAL_OPINE, _A.OPEN, "AR24"),
    Step(_A.OPEN, Act.APPRAISAL_DECIDE, _A.OPEN, "AR24"),
    Step(_A.OPEN, Act.APPRAISAL_CLOSE, _A.CLOSED, "AR24"),
    Step(_A.OPEN, Act.APPRAISAL_CANCEL, _A.CANCELLED, "house"),
)

HOLD = Lifecycle(
    "hold",
    Step(HoldState.ACTIVE, Act.HOLD_REVIEW, HoldState.ACTIVE, "house"),
    Step(HoldState.ACTIVE, Act.HOLD_RELEASE, HoldState.RELEASED, "house"),
)

_T = TransferState

TRANSFER = Lifecycle(
    "transfer",
    Step(_T.DRAFT, Act.TRANSFER_PULL, _T.DRAFT, "house"),
    Step(_T.DRAFT, Act.TRANSFER_APPROVE, _T.APPROVED, "PMR-29"),
    Step(_T.DRAFT, Act.TRANSFER_WITHDRAW, _T.WITHDRAWN, "house"),
    Step(_T.APPROVED, Act.TRANSFER_PACK, _T.PACKED, "PMR-29"),
    Step(_T.APPROVED, Act.TRANSFER_WITHDRAW, _T.WITHDRAWN, "house"),
    Step(_T.PACKED, Act.TRANSFER_PACK, _T.PACKED, "PMR-29"),
    Step(_T.PACKED, Act.TRANSFER_SIGN, _T.SIGNED, "PMR-29"),
    Step(_T.PACKED, Act.TRANSFER_WITHDRAW, _T.WITHDRAWN, "house"),
)

_D = DestructionState

#: From BEGUN on some papers may be gone: what cannot be destroyed is pulled line by line.
DESTRUCTION = Lifecycle(
    "destruction",
    Step(_D.DRAFT, Act.DESTRUCTION_PULL, _D.DRAFT, "house"),
    Step(_D.DRAFT, Act.DESTRUCTION_FREEZE, _D.FROZEN, "8-1.5.1"),
    Step(_D.DRAFT, Act.DESTRUCTION_WITHDRAW, _D.WITHDRAWN, "house"),
    Step(_D.FROZEN, Act.DESTRUCTION_APPROVE, _D.APPROVED, "7-1.7"),
    Step(_D.FROZEN, Act.DESTRUCTION_COUNTERSIGN, _D.FROZEN, "DAT42"),
    Step(_D.FROZEN, Act.DESTRUCTION_REFUSE, _D.REFUSED, "7-1.7"),
    Step(_D.FROZEN, Act.DESTRUCTION_WITHDRAW, _D.WITHDRAWN, "house"),
    Step(_D.APPROVED, Act.DESTRUCTION_COUNTERSIGN, _D.APPROVED, "DAT42"),
    Step(_D.APPROVED, Act.DESTRUCTION_BEGIN, _D.BEGUN, "8-1.5.1"),
    Step(_D.APPROVED, Act.DESTRUCTION_WITHDRAW, _D.WITHDRAWN, "house"),
    Step(_D.BEGUN, Act.DESTRUCTION_PULL, _D.BEGUN, "8-1.5.1"),
    Step(_D.BEGUN, Act.DESTRUCTION_CONFIRM, _D.BEGUN, "8-1.5.2"),
    Step(_D.BEGUN, Act.DESTRUCTION_EXECUTE, _D.DESTROYED, "8-1.5.1"),
    Step(_D.BEGUN, Act.DESTRUCTION_WITHDRAW, _D.WITHDRAWN, "house"),
    Step(_D.DESTROYED, Act.DESTRUCTION_FINALIZE, _D.FINAL, "PIPL-47"),
)

_B = BackupState

#: PENDING: out of reach when something was destroyed; DEAD: the epoch its keys were packed under is gone.
BACKUP = Lifecycle(
    "backup",
    Step(_B.CURRENT, Act.DESTRUCTION_EXECUTE, _B.PENDING, "PIPL-47"),
    Step(_B.CURRENT, Act.BACKUP_CATCH_UP, _B.CURRENT, "PIPL-47"),
    Step(_B.CURRENT, Act.DESTRUCTION_FINALIZE, _B.CURRENT, "PIPL-47"),
    Step(_B.CURRENT, Act.BACKUP_FORGET, _B.FORGOTTEN, "house"),
    Step(_B.PENDING, Act.DESTRUCTION_EXECUTE, _B.PENDING, "PIPL-47"),
    Step(_B.PENDING, Act.BACKUP_CATCH_UP, _B.CURRENT, "PIPL-47"),
    Step(_B.PENDING, Act.DESTRUCTION_FINALIZE, _B.DEAD, "PIPL-47"),
    Step(_B.DEAD, Act.BACKUP_FORGET, _B.FORGOTTEN, "house"),
)

_IM = ImportState

#: RUNNING was cut off or is under way; undoing takes back everything it made, in as many runs as it needs.
IMPORT = Lifecycle(
    "import",
    Step(_IM.RUNNING, Act.SHEET_IMPORT, _IM.DONE, "house"),
    Step(_IM.RUNNING, Act.PACKAGE_IMPORT, _IM.DONE, "house"),
    Step(_IM.RUNNING, Act.SHEET_UNDO, _IM.UNDOING, "house"),
    Step(_IM.DONE, Act.SHEET_UNDO, _IM.UNDOING, "house"),
    Step(_IM.UNDOING, Act.SHEET_UNDO, _IM.UNDONE, "house"),
)

INTAKE = Lifecycle(
    "intake",
    Step(IntakeState.WAITING, Act.INTAKE_ATTACH, IntakeState.ATTACHED, "8-1.1.2"),
    Step(IntakeState.WAITING, Act.INTAKE_DISCARD, IntakeState.DISCARDED, "house"),
)

ALL: tuple[Lifecycle[Any], ...] = (
    VOLUME,
    ITEM,
    REQUEST,
    LOAN,
    READING,
    INCIDENT,
    STOCKTAKE,
    SEAL,
    HANDOVER,
    CLEARANCE,
    REPAIR,
    NOTICE,
    SCHEDULE,
    APPRAISAL,
    HOLD,
    TRANSFER,
    DESTRUCTION,
    BACKUP,
    IMPORT,
    INTAKE,
)
