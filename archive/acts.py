"""The vocabulary of acts, for the whole product.

One name is the permission, the life-cycle step, the audit line, the command and the form.
`noun.verb`; the Chinese and English names are the sentences `act.<noun>.<verb>`.
"""

from __future__ import annotations

from enum import StrEnum


class Act(StrEnum):
    """Everything a person, or the clock, can do here."""

    ACCOUNT_LOGIN = "account.login"
    ACCOUNT_LOGOUT = "account.logout"
    ACCOUNT_PASSWORD = "account.password"  # noqa: S105 (the name of an act)
    AUDIT_ANCHOR = "audit.anchor"
    AUDIT_EXPORT = "audit.export"
    AUDIT_SEE = "audit.see"
    AUDIT_VERIFY = "audit.verify"
    CLASS_ADOPT = "class.adopt"
    CLASS_SEE = "class.see"
    COMPONENT_ADD = "component.add"
    DOSSIER_SEE = "dossier.see"
    DUE_SEE = "due.see"
    GRANT_GIVE = "grant.give"
    GRANT_GIVE_DUTY = "grant.give-duty"
    GRANT_REVOKE = "grant.revoke"
    GRANT_SEE = "grant.see"
    HANDOVER_SIGN = "handover.sign"
    IMPORT_RUN = "import.run"
    INDEX_REBUILD = "index.rebuild"
    INDEX_RECOGNISE = "index.recognise"
    INDEX_STATUS = "index.status"
    INSTANCE_INIT = "instance.init"
    INSTANCE_INSPECT = "instance.inspect"
    ITEM_ATTACH = "item.attach"
    ITEM_EDIT = "item.edit"
    ITEM_EXTRACT = "item.extract"
    ITEM_FILE = "item.file"
    ITEM_GET = "item.get"
    ITEM_MOVE = "item.move"
    KEYS_ADD_SLOT = "keys.add-slot"
    KEYS_RECOVERY = "keys.recovery"
    KEYS_ROTATE = "keys.rotate"
    LOAN_LEND = "loan.lend"
    LOAN_RETURN = "loan.return"
    LOAN_SEE = "loan.see"
    LOCATION_ADD = "location.add"
    LOCATION_EDIT = "location.edit"
    LOCATION_SEE = "location.see"
    PARTY_ADD = "party.add"
    PARTY_EDIT = "party.edit"
    PARTY_SEE = "party.see"
    PERSON_ADD = "person.add"
    PERSON_CLEAR = "person.clear"
    PERSON_EDIT = "person.edit"
    PERSON_LEAVE = "person.leave"
    PERSON_RESET = "person.reset"
    PERSON_SEE = "person.see"
    PREMISES_ADD = "premises.add"
    PREMISES_EDIT = "premises.edit"
    PREMISES_SEE = "premises.see"
    RECORD_READ = "record.read"
    RECORD_SEARCH = "record.search"
    RECORD_SEE = "record.see"
    ROUNDS_RUN = "rounds.run"
    SAVED_KEEP = "saved.keep"
    SAVED_REMOVE = "saved.remove"
    SAVED_SEE = "saved.see"
    SYNONYM_EDIT = "synonym.edit"
    SYNONYM_SEE = "synonym.see"
    TRIGGER_RECORD = "trigger.record"
    VAULT_SWEEP = "vault.sweep"
    VAULT_VERIFY = "vault.verify"
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
        Act.AUDIT_SEE,
        Act.CLASS_SEE,
        Act.DOSSIER_SEE,
        Act.DUE_SEE,
        Act.GRANT_SEE,
        Act.INDEX_STATUS,
        Act.INSTANCE_INSPECT,
        Act.LOAN_SEE,
        Act.LOCATION_SEE,
        Act.PARTY_SEE,
        Act.PERSON_SEE,
        Act.PREMISES_SEE,
        Act.RECORD_READ,
        Act.RECORD_SEARCH,
        Act.RECORD_SEE,
        Act.SAVED_SEE,
        Act.SYNONYM_SEE,
    }
)

#: The acts that open content: at CONFIDENTIAL and above they need a grant (V9).
CONTENT = frozenset({Act.RECORD_READ, Act.ITEM_GET, Act.RECORD_SEARCH})

#: What a duty grant may give (decision 1).
DUTY = frozenset({Act.RECORD_SEE, Act.RECORD_SEARCH, Act.RECORD_READ})

#: What a scheduler may start as the clock's own actor, without a person (decision 5): nothing that lists records.
SCHEDULED = frozenset(
    {
        Act.AUDIT_ANCHOR,
        Act.AUDIT_VERIFY,
        Act.INDEX_REBUILD,
        Act.INDEX_RECOGNISE,
        Act.INDEX_STATUS,
        Act.INSTANCE_INSPECT,
        Act.ROUNDS_RUN,
        Act.VAULT_SWEEP,
        Act.VAULT_VERIFY,
    }
)
