"""What takes long, as a table: verbs that may run for minutes, and are done beside the requests (`web.jobs`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.acts import Act
from archive.values import Worded

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.words import Language
    from web.asking import Outcome

#: What a job does: for the instance, as whom, in which language, with what was said, telling how far it is.
Work = Callable[["Instance", "Who", "Language", Mapping[str, Any], Callable[[int, int], None]], "Outcome"]


class JobState(Worded):
    """How far a job is."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of job: its name in the address, the act it is, and what it does: a verb, or work of its own."""

    key: str
    act: Act
    verb: tuple[str, ...] = ()
    work: Work | None = None
    icon: str = "player-play"


AUDIT_VERIFY = Task("audit-verify", Act.AUDIT_VERIFY, ("audit", "verify"), icon="shield-check")
#: Begun on the page of jobs, too, in order.
OF_THE_MACHINE = (
    Task("index-rebuild", Act.INDEX_REBUILD, ("index", "rebuild"), icon="refresh"),
    Task("index-verify", Act.INDEX_STATUS, ("index", "verify"), icon="list-check"),
    Task("index-ocr", Act.INDEX_RECOGNISE, ("index", "ocr"), icon="scan"),
    Task("vault-verify", Act.VAULT_VERIFY, ("vault", "verify"), icon="shield-check"),
    Task("vault-sweep", Act.VAULT_SWEEP, ("vault", "sweep"), icon="trash"),
    AUDIT_VERIFY,
)
#: Begun where what they are about is shown.
OF_RECORDS = (
    Task("destruction-execute", Act.DESTRUCTION_EXECUTE, ("destruction", "execute")),
    Task("properties-record", Act.PROPERTIES_CHECK, ("properties", "record")),
    Task("schedule-adopt", Act.CLASS_ADOPT, ("schedule", "adopt")),
    Task("sheet-undo", Act.SHEET_UNDO, ("sheet", "undo")),
)
#: All of them by the verb that does them; no other verb runs longer than a request may.
BY_VERB: Mapping[tuple[str, ...], Task] = {task.verb: task for task in (*OF_THE_MACHINE, *OF_RECORDS)}
