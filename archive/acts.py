"""The vocabulary of acts, for the whole product.

One name is the permission, the life-cycle step, the audit line, the command and the form.
`noun.verb`; the Chinese and English names are the sentences `act.<noun>.<verb>`.
"""

from __future__ import annotations

from enum import StrEnum


class Act(StrEnum):
    """Everything a person, or the clock, can do here."""

    ABSENCE_END = "absence.end"
    ABSENCE_SEE = "absence.see"
    ABSENCE_SET = "absence.set"
    ACCOUNT_LOGIN = "account.login"
    ACCOUNT_LOGOUT = "account.logout"
    ACCOUNT_PASSWORD = "account.password"  # noqa: S105 (the name of an act)
    APPRAISAL_ADD = "appraisal.add"
    APPRAISAL_APPOINT = "appraisal.appoint"
    APPRAISAL_BEGIN = "appraisal.begin"
    APPRAISAL_CANCEL = "appraisal.cancel"
    APPRAISAL_CLOSE = "appraisal.close"
    APPRAISAL_DECIDE = "appraisal.decide"
    APPRAISAL_OPINE = "appraisal.opine"
    APPRAISAL_REMOVE = "appraisal.remove"
    APPRAISAL_SEE = "appraisal.see"
    AUDIT_ANCHOR = "audit.anchor"
    AUDIT_EXPORT = "audit.export"
    AUDIT_SEE = "audit.see"
    AUDIT_VERIFY = "audit.verify"
    BACKUP_CATCH_UP = "backup.catch-up"
    BACKUP_CREATE = "backup.create"
    BACKUP_DRILL = "backup.drill"
    BACKUP_FORGET = "backup.forget"
    BACKUP_REPAIR = "backup.repair"
    BACKUP_RESTORE = "backup.restore"
    BACKUP_SEE = "backup.see"
    BACKUP_VERIFY = "backup.verify"
    CALENDAR_EDIT = "calendar.edit"
    CALENDAR_SEE = "calendar.see"
    CHASE_REPLY = "chase.reply"
    CHASE_SEE = "chase.see"
    CHASE_SEND = "chase.send"
    CLASS_ADOPT = "class.adopt"
    CLASS_SEE = "class.see"
    CLEARANCE_ADD = "clearance.add"
    CLEARANCE_BEGIN = "clearance.begin"
    CLEARANCE_CANCEL = "clearance.cancel"
    CLEARANCE_CERTIFY = "clearance.certify"
    CLEARANCE_SEE = "clearance.see"
    CLEARANCE_SETTLE = "clearance.settle"
    CLEARANCE_SIGN = "clearance.sign"
    CLOCK_CONFIRM = "clock.confirm"
    COMPONENT_ADD = "component.add"
    COPY_MAKE = "copy.make"
    COPY_SEE = "copy.see"
    DESTRUCTION_APPROVE = "destruction.approve"
    DESTRUCTION_BEGIN = "destruction.begin"
    DESTRUCTION_CONFIRM = "destruction.confirm"
    DESTRUCTION_COUNTERSIGN = "destruction.countersign"
    DESTRUCTION_DRAFT = "destruction.draft"
    DESTRUCTION_EXECUTE = "destruction.execute"
    DESTRUCTION_FINALIZE = "destruction.finalize"
    DESTRUCTION_FREEZE = "destruction.freeze"
    DESTRUCTION_PULL = "destruction.pull"
    DESTRUCTION_REFUSE = "destruction.refuse"
    DESTRUCTION_SEE = "destruction.see"
    DESTRUCTION_WITHDRAW = "destruction.withdraw"
    DOSSIER_SEE = "dossier.see"
    DUE_SEE = "due.see"
    FORM_PRINT = "form.print"
    FORM_SEE = "form.see"
    FORM_TEMPLATE = "form.template"
    GRANT_GIVE = "grant.give"
    GRANT_GIVE_DUTY = "grant.give-duty"
    GRANT_REVOKE = "grant.revoke"
    GRANT_SEE = "grant.see"
    HANDOVER_CHECK = "handover.check"
    HANDOVER_DRAFT = "handover.draft"
    HANDOVER_SEE = "handover.see"
    HANDOVER_SIGN = "handover.sign"
    HANDOVER_WITHDRAW = "handover.withdraw"
    HOLD_PLACE = "hold.place"
    HOLD_RELEASE = "hold.release"
    HOLD_REVIEW = "hold.review"
    HOLD_SEE = "hold.see"
    IMPORT_RUN = "import.run"
    INCIDENT_CLOSE = "incident.close"
    INCIDENT_DECIDE = "incident.decide"
    INCIDENT_FIND = "incident.find"
    INCIDENT_JUDGE = "incident.judge"
    INCIDENT_REPORT = "incident.report"
    INCIDENT_SEE = "incident.see"
    INDEX_REBUILD = "index.rebuild"
    INDEX_RECOGNISE = "index.recognise"
    INDEX_STATUS = "index.status"
    INSPECTION_RECORD = "inspection.record"
    INSPECTION_SEE = "inspection.see"
    INSTANCE_INIT = "instance.init"
    INSTANCE_INSPECT = "instance.inspect"
    INSTANCE_SERVE = "instance.serve"
    INTAKE_ATTACH = "intake.attach"
    INTAKE_DISCARD = "intake.discard"
    INTAKE_GET = "intake.get"
    INTAKE_SEE = "intake.see"
    ITEM_ATTACH = "item.attach"
    ITEM_EDIT = "item.edit"
    ITEM_EXTRACT = "item.extract"
    ITEM_FILE = "item.file"
    ITEM_GET = "item.get"
    ITEM_MOVE = "item.move"
    KEYS_ADD_SLOT = "keys.add-slot"
    KEYS_RECOVERY = "keys.recovery"
    KEYS_ROTATE = "keys.rotate"
    LABEL_PRINT = "label.print"
    LETTER_REGISTER = "letter.register"
    LOAN_LEND = "loan.lend"
    LOAN_LEND_COPY = "loan.lend-copy"
    LOAN_RECALL = "loan.recall"
    LOAN_RENEW = "loan.renew"
    LOAN_RETURN = "loan.return"
    LOAN_SEE = "loan.see"
    LOAN_TAKE_OUT = "loan.take-out"
    LOAN_TAKE_OVER = "loan.take-over"
    LOCATION_ADD = "location.add"
    LOCATION_EDIT = "location.edit"
    LOCATION_MOVE = "location.move"
    LOCATION_SEE = "location.see"
    MATRIX_ADOPT = "matrix.adopt"
    MATRIX_PROPOSE = "matrix.propose"
    MATRIX_SEE = "matrix.see"
    NOTICE_SEE = "notice.see"
    NOTICE_SEND = "notice.send"
    PACKAGE_EXPORT = "package.export"
    PACKAGE_IMPORT = "package.import"
    PARTY_ADD = "party.add"
    PARTY_EDIT = "party.edit"
    PARTY_SEE = "party.see"
    PERSON_ADD = "person.add"
    PERSON_CLEAR = "person.clear"
    PERSON_CONTACT = "person.contact"
    PERSON_EDIT = "person.edit"
    PERSON_LEAVE = "person.leave"
    PERSON_RESET = "person.reset"
    PERSON_RESTORE = "person.restore"
    PERSON_SEE = "person.see"
    PERSON_SUSPEND = "person.suspend"
    PLAN_EDIT = "plan.edit"
    PLAN_EXCUSE = "plan.excuse"
    PLAN_SEE = "plan.see"
    PREMISES_ADD = "premises.add"
    PREMISES_EDIT = "premises.edit"
    PREMISES_SEE = "premises.see"
    PROPERTIES_CHECK = "properties.check"
    READING_BEGIN = "reading.begin"
    READING_END = "reading.end"
    READING_SEE = "reading.see"
    RECORD_READ = "record.read"
    RECORD_SEARCH = "record.search"
    RECORD_SEE = "record.see"
    REPAIR_CANCEL = "repair.cancel"
    REPAIR_DONE = "repair.done"
    REPAIR_ORDER = "repair.order"
    REPAIR_SEE = "repair.see"
    REQUEST_APPROVE = "request.approve"
    REQUEST_ASK = "request.ask"
    REQUEST_ENDORSE = "request.endorse"
    REQUEST_MATCH = "request.match"
    REQUEST_REFUSE = "request.refuse"
    REQUEST_SEE = "request.see"
    REQUEST_WITHDRAW = "request.withdraw"
    ROUNDS_ENROL = "rounds.enrol"
    ROUNDS_RUN = "rounds.run"
    SAVED_KEEP = "saved.keep"
    SAVED_REMOVE = "saved.remove"
    SAVED_SEE = "saved.see"
    SCAN_ATTACH = "scan.attach"
    SCHEDULE_DRAFT = "schedule.draft"
    SCHEDULE_REMARK = "schedule.remark"
    SCHEDULE_REVIEW = "schedule.review"
    SCHEDULE_SEE = "schedule.see"
    SCHEDULE_WITHDRAW = "schedule.withdraw"
    SEAL_CLOSE = "seal.close"
    SEAL_OPEN = "seal.open"
    SEAL_SEE = "seal.see"
    SECRECY_DECIDE = "secrecy.decide"
    SECRECY_PROPOSE = "secrecy.propose"
    SECRECY_SEE = "secrecy.see"
    SECRECY_SET = "secrecy.set"
    SESSION_END = "session.end"
    SESSION_SEE = "session.see"
    SHEET_CHECK = "sheet.check"
    SHEET_EXPORT = "sheet.export"
    SHEET_HANDOVER = "sheet.handover"
    SHEET_IMPORT = "sheet.import"
    SHEET_PROFILE = "sheet.profile"
    SHEET_SEE = "sheet.see"
    SHEET_UNDO = "sheet.undo"
    STATISTICS_SEE = "statistics.see"
    STOCKTAKE_BEGIN = "stocktake.begin"
    STOCKTAKE_CANCEL = "stocktake.cancel"
    STOCKTAKE_CLOSE = "stocktake.close"
    STOCKTAKE_COMPARE = "stocktake.compare"
    STOCKTAKE_COUNT = "stocktake.count"
    STOCKTAKE_SEE = "stocktake.see"
    STOCKTAKE_SETTLE = "stocktake.settle"
    SUBJECT_SEE = "subject.see"
    SYNONYM_EDIT = "synonym.edit"
    SYNONYM_SEE = "synonym.see"
    TOKEN_MAKE = "token.make"  # noqa: S105 (the name of an act)
    TRANSFER_APPROVE = "transfer.approve"
    TRANSFER_DRAFT = "transfer.draft"
    TRANSFER_PACK = "transfer.pack"
    TRANSFER_PULL = "transfer.pull"
    TRANSFER_SEE = "transfer.see"
    TRANSFER_SIGN = "transfer.sign"
    TRANSFER_WITHDRAW = "transfer.withdraw"
    TRIGGER_RECORD = "trigger.record"
    TRIGGER_VOID = "trigger.void"
    VALIDITY_REVIEW = "validity.review"
    VALIDITY_SEE = "validity.see"
    VALIDITY_SET = "validity.set"
    VAULT_SWEEP = "vault.sweep"
    VAULT_VERIFY = "vault.verify"
    VISITOR_ADD = "visitor.add"
    VISITOR_EDIT = "visitor.edit"
    VISITOR_IDENTITY = "visitor.identity"
    VISITOR_SEE = "visitor.see"
    VOLUME_CLOSE = "volume.close"
    VOLUME_EDIT = "volume.edit"
    VOLUME_LEVEL = "volume.level"
    VOLUME_MOVE = "volume.move"
    VOLUME_OPEN = "volume.open"

    @property
    def word(self) -> str:
        """The key of this act's name."""
        return f"act.{self.value}"


#: Looking is logged only when the thing looked at is confidential, or the look is refused (V25).
LOOKS = frozenset(
    {
        Act.ABSENCE_SEE,
        Act.APPRAISAL_SEE,
        Act.AUDIT_SEE,
        Act.BACKUP_SEE,
        Act.CALENDAR_SEE,
        Act.CHASE_SEE,
        Act.CLASS_SEE,
        Act.CLEARANCE_SEE,
        Act.COPY_SEE,
        Act.DESTRUCTION_SEE,
        Act.DOSSIER_SEE,
        Act.DUE_SEE,
        Act.FORM_SEE,
        Act.GRANT_SEE,
        Act.HANDOVER_SEE,
        Act.HOLD_SEE,
        Act.INCIDENT_SEE,
        Act.INDEX_STATUS,
        Act.INSPECTION_SEE,
        Act.INSTANCE_INSPECT,
        Act.INTAKE_SEE,
        Act.LOAN_SEE,
        Act.LOCATION_SEE,
        Act.MATRIX_SEE,
        Act.NOTICE_SEE,
        Act.PARTY_SEE,
        Act.PERSON_SEE,
        Act.PLAN_SEE,
        Act.PREMISES_SEE,
        Act.READING_SEE,
        Act.RECORD_READ,
        Act.RECORD_SEARCH,
        Act.RECORD_SEE,
        Act.REPAIR_SEE,
        Act.REQUEST_SEE,
        Act.SAVED_SEE,
        Act.SCHEDULE_SEE,
        Act.SEAL_SEE,
        Act.SECRECY_SEE,
        Act.SESSION_SEE,
        Act.SHEET_SEE,
        Act.STATISTICS_SEE,
        Act.STOCKTAKE_SEE,
        Act.SUBJECT_SEE,
        Act.SYNONYM_SEE,
        Act.TRANSFER_SEE,
        Act.VALIDITY_SEE,
        Act.VISITOR_SEE,
    }
)

#: Steps that a record takes as a line of an appraisal, a list or a proposal, never from its own page.
AS_A_LINE = frozenset(
    {
        Act.APPRAISAL_DECIDE,
        Act.DESTRUCTION_BEGIN,
        Act.DESTRUCTION_EXECUTE,
        Act.DESTRUCTION_PULL,
        Act.DESTRUCTION_WITHDRAW,
        Act.LOAN_TAKE_OVER,
        Act.SECRECY_DECIDE,
        Act.TRANSFER_SIGN,
    }
)

#: The acts that open content: at CONFIDENTIAL and above they need a grant (V9).
CONTENT = frozenset({Act.RECORD_READ, Act.ITEM_GET, Act.RECORD_SEARCH})

#: What a duty grant may give (decision 1).
DUTY = frozenset({Act.RECORD_SEE, Act.RECORD_SEARCH, Act.RECORD_READ})

#: What a scheduler may start as the clock's own actor, without a person (decision 5): nothing that lists records.
SCHEDULED = frozenset(
    {
        Act.APPRAISAL_BEGIN,
        Act.AUDIT_ANCHOR,
        Act.AUDIT_VERIFY,
        Act.DESTRUCTION_EXECUTE,
        Act.INDEX_REBUILD,
        Act.INDEX_RECOGNISE,
        Act.INDEX_STATUS,
        Act.INSTANCE_INSPECT,
        Act.NOTICE_SEND,
        Act.ROUNDS_RUN,
        Act.VAULT_SWEEP,
        Act.VAULT_VERIFY,
    }
)
