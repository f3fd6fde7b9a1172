"""The menu: what each post finds where, as one table; an entry is shown to whoever may do its act. Pure.

This module does not know who is signed in; `shown` is handed the question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from archive.acts import Act


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu: its word is `web.menu.<key>`; *key_stroke* follows `g`; *counted* names a badge."""

    key: str
    href: str
    icon: str
    acts: tuple[Act, ...]
    key_stroke: str = ""
    counted: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Entries under a heading `web.menu.<key>`."""

    key: str
    entries: tuple[Entry, ...]


#: The whole menu, in the order of the day.
MENU: tuple[Section, ...] = (
    Section("desk", (
        Entry("search", "/", "search", (Act.RECORD_SEARCH,), "s"),
        Entry("counter", "/counter", "arrows-exchange", (Act.LOAN_LEND, Act.LOAN_RETURN, Act.READING_BEGIN), "c"),
        Entry("inbox", "/inbox", "inbox", (Act.REQUEST_APPROVE, Act.REQUEST_ENDORSE), "i", "inbox"),
        Entry("mine", "/mine", "user", (Act.REQUEST_ASK,), "m", "mine"),
        Entry("dashboard", "/dashboard", "layout-dashboard", (Act.STATISTICS_SEE,), "d"),
    )),
    Section("records", (
        Entry("tree", "/catalogue", "folders", (Act.RECORD_SEE,), "t"),
        Entry("entry", "/catalogue/new", "file-plus", (Act.ITEM_FILE,), "n"),
        Entry("letters", "/letters", "mail", (Act.LETTER_REGISTER,), "l"),
        Entry("intake", "/intake", "scan", (Act.INTAKE_SEE,)),
        Entry("lists", "/lists", "table-import", (Act.SHEET_SEE,)),
        Entry("parties", "/do/party/list", "users-group", (Act.PARTY_SEE,)),
        Entry("premises", "/do/premises/list", "building", (Act.PREMISES_SEE,)),
    )),
    Section("custody", (
        Entry("places", "/custody/places", "map-2", (Act.LOCATION_SEE,), "p"),
        Entry("stocktake", "/custody/stocktakes", "clipboard-check", (Act.STOCKTAKE_SEE,)),
        Entry("sealing", "/custody/sealing", "lock", (Act.SEAL_SEE,)),
        Entry("handovers", "/custody/handovers", "transfer", (Act.HANDOVER_SEE,)),
        Entry("incidents", "/custody/incidents", "alert-triangle", (Act.INCIDENT_SEE,)),
        Entry("papers", "/papers", "printer", (Act.FORM_SEE,)),
    )),
    Section("retention", (
        Entry("due", "/retention", "calendar-due", (Act.DUE_SEE,), "r"),
        Entry("schedule", "/retention/schedule", "calendar-cog", (Act.SCHEDULE_SEE,)),
        Entry("appraisals", "/retention/appraisals", "scale", (Act.APPRAISAL_SEE,)),
        Entry("holds", "/retention/holds", "hand-stop", (Act.HOLD_SEE,)),
        Entry("destructions", "/retention/destructions", "flame", (Act.DESTRUCTION_SEE,)),
        Entry("transfers", "/retention/transfers", "package-export", (Act.TRANSFER_SEE,)),
    )),
    Section("care", (
        Entry("people", "/admin/people", "users", (Act.PERSON_ADD, Act.PERSON_CLEAR)),
        Entry("grants", "/admin/grants", "key", (Act.GRANT_SEE,)),
        Entry("matrix", "/admin/matrix", "table", (Act.MATRIX_PROPOSE, Act.MATRIX_ADOPT)),
        Entry("classes", "/admin/classes", "sitemap", (Act.CLASS_SEE,)),
        Entry("calendar", "/admin/calendar", "calendar", (Act.CALENDAR_EDIT,)),
        Entry("templates", "/admin/templates", "file-text", (Act.FORM_TEMPLATE,)),
        Entry("jobs", "/admin/jobs", "settings-automation", (Act.INDEX_REBUILD, Act.VAULT_VERIFY)),
        Entry("backups", "/admin/backups", "database", (Act.BACKUP_SEE,)),
        Entry("doctor", "/admin/doctor", "stethoscope", (Act.INSTANCE_INSPECT,)),
        Entry("settings", "/admin/settings", "adjustments", (Act.ROUNDS_ENROL,)),
        Entry("audit", "/audit", "list-search", (Act.AUDIT_SEE,), "a"),
        Entry("programs", "/account/tokens", "api", (Act.TOKEN_MAKE,)),
    )),
)  # fmt: skip


def shown(may: Callable[[Act], bool], sections: Iterable[Section] = MENU) -> Iterator[Section]:
    """The sections and entries of which at least one act may be done; empty sections fall out."""
    for section in sections:
        entries = tuple(entry for entry in section.entries if any(map(may, entry.acts)))
        if entries:
            yield Section(section.key, entries)
