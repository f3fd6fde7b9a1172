"""The mapped classes; what is kept."""

from archive.model.base import Base, new_uid
from archive.model.catalogue import (
    Adoption,
    Blob,
    Component,
    DigitalObject,
    Dossier,
    Fonds,
    FormerCard,
    Item,
    Location,
    Movement,
    Party,
    Premises,
    Record,
    RecordClass,
    Series,
    TriggerEvent,
    Volume,
)
from archive.model.finding import SavedSearch, WordList
from archive.model.ledger import Grant, Handover, HandoverLine, Holding, ImportedFile, Loan, LoanLine
from archive.model.log import Checkpoint, Event, IndexTask
from archive.model.people import Department, LoginBar, LoginSession, Person, Post

__all__ = [
    "Adoption", "Base", "Blob", "Checkpoint", "Component", "Department", "DigitalObject", "Dossier", "Event",
    "Fonds", "FormerCard", "Grant", "Handover", "HandoverLine", "Holding", "ImportedFile", "IndexTask",
    "Item", "Loan", "LoanLine", "Location", "LoginBar", "LoginSession", "Movement", "Party", "Person", "Post", "Premises",
    "Record", "RecordClass", "SavedSearch", "Series", "TriggerEvent", "Volume", "WordList", "new_uid",
]  # fmt: skip

#: Tables whose rows are never deleted, and those whose rows are never changed either.
KEPT = (
    "person",
    "post",
    "volume",
    "item",
    "component",
    "digital_object",
    "former_card",
    "dossier",
    "party",
    "premises",
    "location",
    "movement",
    "trigger_event",
    "adoption",
    "holding",
    "loan",
    "loan_line",
    "handover",
    "handover_line",
    "access_grant",
    "event",
    "checkpoint",
    "imported_file",
)
FROZEN = ("event", "checkpoint", "former_card", "movement", "trigger_event", "handover", "handover_line")
