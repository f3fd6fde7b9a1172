"""A write that a program asks for under a key is done once: the key is kept in the transaction of the act itself.

Whoever asks again under the same key gets the same answer; where the answer was lost (the process died between the act
and its answer, or it told a secret that is shown once) it is said so, and nothing is done a second time. Of an act that
was refused no key is kept, since nothing was done. Keys are forgotten after a week, with the next write or the rounds.
What is kept tells codes, days and counts; rows are not kept, since a title must not outlive its record (decision 10).
"""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Delete, delete, event, insert, select, update
from sqlalchemy.orm import Session

from archive import db
from archive.conditions import Actor
from archive.errors import ArchiveError, BadValue, KeyReused, KeyUnsettled
from archive.instance import Instance, Who
from archive.model import ApiWrite
from archive.unit import Unit

KEPT_FOR = dt.timedelta(days=7)
LONGEST_KEY = 120
#: The largest answer that is kept; a larger one is told once.
LONGEST_ANSWER = 256 << 10
_NAME = "once"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write was answered: its status, its body."""

    status: int
    body: bytes


class Once:
    """The credential of one write under a key: whatever it commits first takes the key with it, or finds it taken."""

    def __init__(self, instance: Instance, who: Who, key: str, asked: bytes) -> None:
        """*asked* is all that was asked for; raises `BadValue` for a key that is none."""
        if not 1 <= len(key) <= LONGEST_KEY or not all("!" <= letter <= "~" for letter in key):
            raise BadValue(field="Idempotency-Key", value="…", expected=f"1–{LONGEST_KEY} ASCII")
        self._instance, self._who = instance, who
        self._key = instance.keys.mac("once-key", key.encode()).hex()
        self._asked = instance.keys.mac("once-asked", asked).hex()
        self._person = ""
        self.done = False

    def __call__(self, session: Session, now: dt.datetime) -> Actor:
        """The actor, in a transaction that takes the key as it commits; raises `KeyReused`, `KeyUnsettled`."""
        actor = self._actor(session, now)
        if not self.done:
            self._free(session, now)
            event.listen(session, "before_commit", lambda taken: self._take(taken, now), once=True)
            event.listen(session, "after_commit", self._taken, once=True)
        return actor

    def before(self) -> Answer | None:
        """What the same write was answered before; None if it was not asked for yet.

        Raises what the credential raises, `KeyReused`, `KeyUnsettled`.
        """
        here = self._instance
        with db.told(here.database), db.sessions(here.engine, reading=True)() as session:
            self._actor(session, here.clock())
            return self._found(session, here.clock())

    def keep(self, answer: Answer) -> None:
        """Keep *answer* for whoever asks again; where that fails it was told once, and the act stands."""
        here = self._instance
        if not self.done or len(answer.body) > LONGEST_ANSWER:
            return
        sealed = here.keys.seal_with(_NAME, self._place(), answer.body)
        change = update(ApiWrite).where(*self._mine()).values(status=answer.status, answer=sealed)
        try:
            with db.told(here.database), here.engine.begin() as connection:
                connection.execute(change)
        except ArchiveError:
            return

    def _actor(self, session: Session, now: dt.datetime) -> Actor:
        actor = self._who if isinstance(self._who, Actor) else self._who(session, now)
        self._person = actor.uid
        return actor

    def _place(self) -> bytes:
        return f"{self._person}|{self._key}".encode()

    def _mine(self) -> tuple[ColumnElement[bool], ...]:
        return ApiWrite.person_uid == self._person, ApiWrite.key_mac == self._key

    def _found(self, session: Session, now: dt.datetime) -> Answer | None:
        rows = select(ApiWrite.asked_mac, ApiWrite.status, ApiWrite.answer, ApiWrite.begun_at).where(
            *self._mine()
        )
        row = session.connection().execute(rows).one_or_none()
        if row is None or row.begun_at < now - KEPT_FOR:
            return None
        if not hmac.compare_digest(row.asked_mac, self._asked):
            raise KeyReused(at=row.begun_at)
        if row.status is None:
            raise KeyUnsettled(at=row.begun_at)
        return Answer(row.status, self._instance.keys.open_with(_NAME, self._place(), row.answer))

    def _free(self, session: Session, now: dt.datetime) -> None:
        if self._found(session, now) is not None:
            raise KeyUnsettled(at=now)

    def _take(self, session: Session, now: dt.datetime) -> None:
        """Written beside the unit: it is no change of the office's, only that this one was asked for."""
        connection = session.connection()
        connection.execute(_old(now))
        row = {"person_uid": self._person, "key_mac": self._key, "asked_mac": self._asked, "begun_at": now}
        connection.execute(insert(ApiWrite).values(**row, status=None, answer=b""))

    def _taken(self, _: Session) -> None:
        self.done = True


def forget(unit: Unit) -> None:
    """Drop the keys that are older than a week; the caller has named the act."""
    unit.session.execute(_old(unit.now))


def _old(now: dt.datetime) -> Delete:
    return delete(ApiWrite).where(ApiWrite.begun_at < now - KEPT_FOR)
