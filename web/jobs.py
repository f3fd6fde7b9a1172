"""Long acts, done beside the requests: begun by a person, followed on a page, kept while the service runs.

A job is the same function as the command's, run in a thread of its own as the person who began it; one of a kind at a
time. What it tells in the end is shown to that person; others who may do the same see only how it stands.
"""

from __future__ import annotations

import datetime as dt
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app

from archive import words
from archive.acts import Act
from archive.clikit.declared import Remote, Verb, run
from archive.errors import ArchiveError, Busy, NotFound
from archive.instance import Instance, Who
from archive.sitting import note_defect
from archive.values import Worded
from archive.words import Language, say
from web import sittings
from web.asking import Outcome, archive, language, may, site

#: How many that are over are remembered.
KEPT = 30

#: What a job is: the instance, who does it, in which language, what he said, and whom to tell how far it is.
Work = Callable[[Instance, Who, Language, Mapping[str, Any], Callable[[int, int], None]], Outcome]


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


@dataclass
class Job:
    """One run of a task."""

    uid: str
    task: Task
    owner: str
    account: str
    begun_at: dt.datetime
    state: JobState = JobState.RUNNING
    done: int = 0
    total: int = 0
    ended_at: dt.datetime | None = None
    outcome: Outcome = field(default_factory=Outcome)
    error: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def mine(self) -> bool:
        """Whether the person signed in began it."""
        here = sittings.sitting()
        return here is not None and here.uid == self.owner

    def step(self, done: int, total: int) -> None:
        """Note how far it is."""
        self.done, self.total = done, total

    def waited(self, seconds: float) -> bool:
        """Wait a little for a short one to end; whether it has."""
        return self.over.wait(seconds)


class Jobs:
    """The jobs of one service, newest first."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []
        self._lock = threading.Lock()

    def of(self, uid: str) -> Job:
        """The job, if who asks may do the same; raises `NotFound`."""
        found = next((one for one in self._jobs if one.uid == uid and may(one.task.act)), None)
        if found is None:
            raise NotFound(what="page", code=uid[:40])
        return found

    def own(self, uid: str) -> Job:
        """The job, if who asks has begun it himself; raises `NotFound`."""
        found = self.of(uid)
        if not found.mine:
            raise NotFound(what="page", code=uid[:40])
        return found

    def last(self, task: Task) -> Job | None:
        """The newest run of *task*."""
        return next((one for one in self._jobs if one.task.key == task.key), None)

    def seen(self) -> list[Job]:
        """Those of which who asks may do the same."""
        return [one for one in self._jobs if may(one.task.act)]

    def begin(self, task: Task, values: Mapping[str, Any]) -> Job:
        """Begin *task* as the person signed in; raises `Busy` if one of its kind is under way."""
        here = sittings.sitting()
        assert here is not None
        opened = archive()
        made = Job(secrets.token_hex(8), task, here.uid, here.account, opened.clock())
        with self._lock:
            last = self.last(task)
            if last is not None and last.state is JobState.RUNNING:
                raise Busy(what=say(task.act.word, language()))
            self._jobs = [made, *self._jobs][:KEPT]
        work = task.work or _performing(site().verbs[task.verb])
        given = (made, work, opened, sittings.lasting(), language(), dict(values))
        threading.Thread(target=_carried_out, args=given, name=f"job-{task.key}", daemon=True).start()
        return made


def jobs() -> Jobs:
    """The jobs of this service."""
    return current_app.extensions.setdefault("anjuan-jobs", Jobs())  # type: ignore[no-any-return]


def _carried_out(
    job: Job, work: Work, opened: Instance, who: Who, tongue: Language, values: Mapping[str, Any]
) -> None:
    words.ZONE.set(opened.settings.zone)
    words.AT_MACHINE.set(False)
    try:
        job.outcome = work(opened, who, tongue, values, job.step)
        job.state = JobState.DONE
    except ArchiveError as error:
        job.error, job.state = error.message(tongue), JobState.FAILED
    except Exception as defect:  # noqa: BLE001  # told by its number, as everywhere
        number = note_defect(opened.home, defect, opened.clock())
        job.error, job.state = say("told.defect", tongue, number=number), JobState.FAILED
    finally:
        job.ended_at = opened.clock()
        job.over.set()


def _performing(verb: Verb) -> Work:
    """A job that performs *verb* as the command line does."""

    def work(
        opened: Instance,
        who: Who,
        tongue: Language,
        values: Mapping[str, Any],
        step: Callable[[int, int], None],
    ) -> Outcome:
        desk = Remote(opened, who, tongue)
        desk.follow = step
        run(verb, desk, values)
        return Outcome(desk.told, desk.notes, desk.result, desk.columns, desk.facts, desk.status)

    return work
