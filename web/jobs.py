"""Long acts, done beside the requests: begun by a person, followed on a page, kept while the service runs.

A job is the same function as the command's, run in a thread of its own as the person who began it; one of a kind at a
time. What it tells in the end is shown to that person; others who may do the same see only how it stands.
"""

from __future__ import annotations

import datetime as dt
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app

from archive import words
from archive.clikit.declared import Remote, Verb, run
from archive.errors import ArchiveError, Busy, NotFound
from archive.instance import Instance, Who
from archive.sitting import note_defect
from archive.words import Language, say
from web import sittings
from web.asking import Outcome, archive, language, may, site
from web.tasks import JobState, Task, Work

#: How many are remembered beside those under way, and how many seconds a request waits for a short one to end.
KEPT, PATIENCE = 30, 2.0


@dataclass
class Job:
    """One run of a task; *back* is the page it was begun on."""

    uid: str
    task: Task
    owner: str
    account: str
    begun_at: dt.datetime
    back: str = ""
    state: JobState = JobState.RUNNING
    done: int = 0
    total: int = 0
    ended_at: dt.datetime | None = None
    outcome: Outcome = field(default_factory=Outcome)
    slip: ArchiveError | None = None
    error: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

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

    def soon(self) -> bool:
        """Wait a little; whether there is an answer to give at once: done, or refused."""
        return self.waited(PATIENCE) and (self.state is JobState.DONE or self.slip is not None)

    def came(self) -> Outcome:
        """What a job that is over came to; raises what the act raised."""
        if self.slip is not None:
            raise self.slip
        return self.outcome

    def taken(self) -> list[str]:
        """What is shown only once: whoever asks second is given nothing."""
        with self.lock:
            told = list(self.outcome.once)
            self.outcome.once.clear()
        return told


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

    def begin(
        self,
        task: Task,
        values: Mapping[str, Any],
        *,
        back: str = "",
        after: Callable[[Job], None] | None = None,
    ) -> Job:
        """Begin *task* as the person signed in, and do *after* at its end; raises `Busy` if one of its kind is under way."""
        here = sittings.sitting()
        assert here is not None
        opened = archive()
        made = Job(secrets.token_hex(8), task, here.uid, here.account, opened.clock(), back)
        with self._lock:
            last = self.last(task)
            if last is not None and last.state is JobState.RUNNING:
                raise Busy(what=say(task.act.word, language()))
            self._jobs = [made, *_remembered(self._jobs)]
        work = task.work or _performing(site().verbs[task.verb])
        given = (made, work, opened, sittings.lasting(), language(), dict(values), after)
        threading.Thread(target=_carried_out, args=given, name=f"job-{task.key}", daemon=True).start()
        return made

    def ended(self, seconds: float) -> list[Job]:
        """Wait for what is under way, *seconds* at most in all; what is not over then."""
        until = time.monotonic() + seconds
        return [one for one in list(self._jobs) if not one.waited(max(0.0, until - time.monotonic()))]


def _remembered(known: list[Job]) -> list[Job]:
    """What is under way, and the newest of what is over."""
    over = [one for one in known if one.over.is_set()][: KEPT - 1]
    return [one for one in known if not one.over.is_set() or one in over]


def jobs() -> Jobs:
    """The jobs of this service."""
    return of(current_app)


def of(app: Flask) -> Jobs:
    """The jobs of *app*."""
    found = app.extensions.setdefault("anjuan-jobs", Jobs())
    assert isinstance(found, Jobs)
    return found


def _carried_out(
    job: Job, work: Work, opened: Instance, who: Who, tongue: Language, values: Mapping[str, Any],
    after: Callable[[Job], None] | None,
) -> None:  # fmt: skip
    words.ZONE.set(opened.settings.zone)
    words.AT_MACHINE.set(False)
    try:
        job.outcome = work(opened, who, tongue, values, job.step)
        job.state = JobState.DONE
    except ArchiveError as error:
        job.slip, job.error, job.state = error, error.message(tongue), JobState.FAILED
    except Exception as defect:  # noqa: BLE001  # told by its number, as everywhere
        number = note_defect(opened.home, defect, opened.clock())
        job.error, job.state = say("told.defect", tongue, number=number), JobState.FAILED
    finally:
        job.ended_at = opened.clock()
        if after is not None:
            after(job)
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
