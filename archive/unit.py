"""The unit of work: one act (or several that stand or fall together), by one person, in one transaction.

`act` judges and logs in one call; a unit that changes rows without having named an act cannot flush;
no line in the log, no act. Every refusal and every error told to the user leaves its line (decision 7).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event, insert, select
from sqlalchemy.orm import ORMExecuteState, Session

from archive import audit, policy
from archive.acts import LOOKS, Act
from archive.cards import Card, plain
from archive.conditions import Actor
from archive.config import Settings
from archive.errors import ArchiveError, KeyGone, NotFound, UnnamedChange
from archive.keys import Keyring
from archive.model import FormerCard, IndexTask, Item, Party, Person, Premises, Record, Volume, new_uid
from archive.model.base import Base
from archive.ports import Ports
from archive.values import CONFIDENTIAL, VolumeState
from archive.vault import Vault

T = TypeVar("T")
LOG_KEY = "log"
#: Seals what stays of a destroyed record: its own key is gone.
TOMBSTONE_KEY = "tombstone"


class Erased(dict[str, Any]):
    """What was said about a record that has been destroyed: nothing is left of any of it."""

    def __missing__(self, _: str) -> str:
        return ""

    def get(self, _: str, default: Any = "") -> Any:
        """The default, or nothing."""
        return default


@dataclass(slots=True)
class Line:
    """A line of the log before it is chained."""

    act: Act
    kind: str = ""
    uid: str = ""
    code: str = ""
    outcome: str = "done"
    facts: Mapping[str, Any] = field(default_factory=dict)
    private: Mapping[str, Any] = field(default_factory=dict)
    sealed_by: str = ""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a unit works with besides its session."""

    keys: Keyring
    vault: Vault
    settings: Settings
    ports: Ports


class Unit:
    """The one door for changes and for judged questions.

    `despite` holds changes that are kept though the act is refused (a failed log-in is counted);
    `log_now` writes the lines of a question before its answer leaves the house (V25).
    """

    def __init__(self, session: Session, actor: Actor, tools: Tools, now: dt.datetime, intent: Act) -> None:
        self.session, self.actor, self.now, self.intent = session, actor, now, intent
        self.keys, self.vault, self.settings, self.ports = (
            tools.keys,
            tools.vault,
            tools.settings,
            tools.ports,
        )
        self.lines: list[Line] = []
        self._spare: dict[str, list[str]] = {}
        self._ahead: dict[str, int] = {}
        self.despite: list[Callable[[Session], None]] = []
        self.log_now: Callable[[], None] = _at_the_end
        event.listen(session, "before_flush", self._before_flush)
        event.listen(session, "do_orm_execute", self._before_execute)

    @property
    def today(self) -> dt.date:
        """The day it is in the instance's zone (decision 9)."""
        return self.now.astimezone(self.settings.zone).date()

    @property
    def home(self) -> Path:
        """The folder of the instance."""
        return self.vault.folder.parent

    # --- judging and logging ---

    def act(
        self, act: Act, thing: object = None, *, private: Mapping[str, Any] | None = None, **facts: Any
    ) -> None:
        """Judge and log *act* on *thing*; returns only if the actor may do it.

        *facts* are ids, codes, dates and counts, kept in clear; *private* is sealed (names, free text).
        """
        line = Line(act, *named(thing), facts=facts, private=private or {}, sealed_by=_keyholder(thing))
        self.lines.append(line)
        found = policy.refusal(self.actor, act, thing if isinstance(thing, Record) else None)
        if found is not None:
            line.outcome = found.code
            raise found

    def look(
        self, act: Act, thing: object = None, *, private: Mapping[str, Any] | None = None, **facts: Any
    ) -> None:
        """Judge a look; it is logged if refused, or if the thing is confidential (V25)."""
        self.act(act, thing, private=private, **facts)
        if act in LOOKS and not (isinstance(thing, Record) and thing.level >= CONFIDENTIAL):
            self.lines.pop()

    def listed(self, act: Act, records: Iterable[Record]) -> None:
        """Leave one line for a list that shows *records*, naming how many are confidential; none, no line (V25)."""
        shown = sum(record.level >= CONFIDENTIAL for record in records)
        if shown:
            self.act(act, confidential=shown, listed=True)

    def failed(self, error: ArchiveError) -> None:
        """See to it that *error* leaves a line of its own."""
        if self.lines and self.lines[-1].outcome != "done":
            return
        last = self.lines[-1] if self.lines else Line(self.intent)
        self.lines.append(Line(last.act, last.kind, last.uid, last.code, error.code))

    def may(self, act: Act, thing: Record | None = None) -> bool:
        """Whether the actor could; leaves no line (for buttons and lists)."""
        return policy.allowed(self.actor, act, thing)

    # --- finding ---

    def record(self, code: str) -> Volume | Item:
        """The volume or item with this reference code or uid, if the actor may see that it exists."""
        found = self.session.scalar(
            select(Volume).where((Volume.reference_code == code) | (Volume.uid == code))
        )
        item = found or self.session.scalar(
            select(Item).where((Item.reference_code == code) | (Item.uid == code))
        )
        if item is None or policy.refusal(self.actor, Act.RECORD_SEE, item) is not None:
            kind, uid = ("", "") if item is None else named(item)[:2]
            self.lines.append(
                Line(Act.RECORD_SEE, kind, uid, "", NotFound.code, private={"asked": code[:120]})
            )
            raise NotFound(what="record", code=code)
        return item

    def volume(self, code: str) -> Volume:
        """As `record`, but only a volume will do."""
        found = self.record(code)
        if not isinstance(found, Volume):
            raise NotFound(what="volume", code=code)
        return found

    def item(self, code: str) -> Item:
        """As `record`, but only an item will do."""
        found = self.record(code)
        if not isinstance(found, Item):
            raise NotFound(what="item", code=code)
        return found

    def one(self, kind: type[T], what: str, code: str) -> T:
        """The party, premises, location, department … with this code or uid; raises `NotFound`."""
        column: Any = kind
        where = (
            column.code == code
            if not hasattr(column, "uid")
            else (column.code == code) | (column.uid == code)
        )
        found = self.session.scalar(select(kind).where(where))
        if found is None:
            raise NotFound(what=what, code=code)
        return found

    def uids(self, kind: type[Party | Premises], codes: Collection[str]) -> dict[str, str]:
        """The uids behind many codes (or uids), asked for 500 at a time; what is unknown is left out."""
        found: dict[str, str] = {}
        wanted = sorted(codes)
        for start in range(0, len(wanted), 500):
            batch = wanted[start : start + 500]
            rows = select(kind.code, kind.uid).where(kind.code.in_(batch) | kind.uid.in_(batch))
            for code, uid in self.session.execute(rows):
                found |= {code: uid, uid: uid}
        return found

    def person(self, account: str) -> Person:
        """The person with this account; raises `NotFound`."""
        found = self.session.scalar(
            select(Person).where((Person.account == account) | (Person.uid == account))
        )
        if found is None:
            raise NotFound(what="person", code=account)
        return found

    # --- keys and cards ---

    def new_uids(self, bucket: str, count: int) -> list[str]:
        """The uids of *count* new records, each with a key: made before the rows that bear them (decision 13)."""
        spare = self._spare.pop(bucket, [])
        if len(spare) < count:
            made = [new_uid() for _ in range(max(count - len(spare), self._ahead.pop(bucket, 0)))]
            self.keys.new_keys(made, bucket)
            spare += made
        self._spare[bucket] = spare[count:]
        return spare[:count]

    @contextmanager
    def keys_ahead(self, wanted: Mapping[str, int]) -> Iterator[None]:
        """Make the keys of a batch in one go when the first is asked for (its fsync costs as much as a thousand).

        *wanted* says how many a bucket will probably need; what is left over is dropped again.
        """
        self._ahead = dict(wanted)
        yield
        left = [uid for spare in self._spare.values() for uid in spare]
        self._ahead, self._spare = {}, {}
        if left:
            self.keys.drop_keys(left)

    def card(self, record: Record) -> Card:
        """The opened card, of a destroyed record what may stay (decision 10); raises `SealBroken` for what was changed."""
        return self.cards([record])[0]

    def cards(self, records: Sequence[Record]) -> list[Card]:
        """The opened cards of many records, in order: as `card`, their keys read together."""
        kept = [record for record in records if record.state is not VolumeState.DESTROYED]
        sealed = [(record.uid, f"card|{record.version}", record.card) for record in kept]
        opened = self.keys.open_many(sealed)
        return [
            Card.from_bytes(
                next(opened)
                if record.state is not VolumeState.DESTROYED
                else self.keys.open_with(TOMBSTONE_KEY, record.uid.encode(), record.card)
            )
            for record in records
        ]

    def bury(self, record: Record, card: Card) -> None:
        """Leave *card*, what may stay of a record that is being destroyed, where its own card was (V19)."""
        record.card = self.keys.seal_with(TOMBSTONE_KEY, record.uid.encode(), card.to_bytes())

    def told(self, uid: str, purpose: str, sealed: bytes) -> dict[str, Any]:
        """What was sealed as JSON under a record's key; once the record is destroyed, every word of it is empty."""
        try:
            return dict(json.loads(self.keys.open(uid, purpose, sealed)))
        except KeyGone:
            return Erased()

    def seal_card(self, record: Record, card: Card) -> None:
        """Write *card* on a new record."""
        record.card = self.keys.seal(record.uid, f"card|{record.version}", card.to_bytes())

    def replace_card(self, record: Record, card: Card) -> None:
        """Write a new version of the card; the old one stays in the history."""
        former = FormerCard(
            record_uid=record.uid, version=record.version, card=record.card,
            replaced_at=self.now, replaced_by=self.actor.uid,
        )  # fmt: skip
        self.session.add(former)
        record.version += 1
        self.seal_card(record, card)

    def changed(self, *records: Record) -> None:
        """Tell the index, in this same transaction, to read these records again (outbox)."""
        self.tell_index([(record.uid, record.version) for record in records])

    def tell_index(self, records: Iterable[tuple[str, int]]) -> None:
        """The same for uids and versions at hand."""
        rows = [{"record_uid": uid, "version": version} for uid, version in records]
        self.insert(IndexTask, rows)

    def insert(self, kind: type[Base], rows: Sequence[dict[str, Any]]) -> None:
        """Insert many rows by their columns, without an object for each; as any change it wants a named act."""
        if rows:
            self.session.execute(insert(kind.__table__), rows)  # type: ignore[arg-type]

    # --- closing ---

    def write_log(self, lines: Iterable[Line]) -> None:
        """Chain the given lines into the log in this transaction."""
        audit.append(self.session, [self._row(line) for line in lines])

    def _row(self, line: Line) -> dict[str, Any]:
        return {
            "at": self.now.isoformat(timespec="microseconds"),
            "actor_uid": self.actor.uid,
            "account": self.actor.account,
            "act": line.act.value,
            "outcome": line.outcome,
            "object_kind": line.kind,
            "object_uid": line.uid,
            "object_code": line.code,
            "facts": audit.canonical({name: _told(fact) for name, fact in line.facts.items()}),
            "sealed": self._sealed(line),
            "client": self.actor.client,
        }

    def _sealed(self, line: Line) -> bytes:
        if not line.private:
            return b""
        raw = plain({name: _told(fact) for name, fact in line.private.items()})
        if line.sealed_by and self.keys.has_key(line.sealed_by):
            return self.keys.seal(line.sealed_by, LOG_KEY, raw)
        return self.keys.seal_with(LOG_KEY, LOG_KEY.encode(), raw)

    # --- the net: no change without a named act ---

    def _before_flush(self, session: Session, *_: object) -> None:
        self._named(changing=bool(session.new or session.dirty or session.deleted))

    def _before_execute(self, state: ORMExecuteState) -> None:
        self._named(changing=not state.is_select)

    def _named(self, *, changing: bool) -> None:
        if changing and not any(line.outcome == "done" and line.act not in LOOKS for line in self.lines):
            raise UnnamedChange(f"a change under {self.intent} named no act")


def named(thing: object) -> tuple[str, str, str]:
    """Kind, uid and code of *thing* as the log keeps them: the name as it was, since the thing may go."""
    if thing is None:
        return "", "", ""
    if isinstance(thing, str):
        return "text", "", thing[:120]
    kind = type(thing).__name__.lower()
    uid = getattr(thing, "uid", "")
    for name in ("reference_code", "account", "number", "code", "version"):
        code = getattr(thing, name, None)
        if code is not None:
            return kind, uid, str(code)
    return kind, uid, ""


def _at_the_end() -> None:
    """A unit that changes rows keeps its lines for its own transaction."""


def _keyholder(thing: object) -> str:
    return thing.uid if isinstance(thing, Record) else ""


def _told(fact: Any) -> Any:
    if fact is None or isinstance(fact, (bool, int, str)):
        return fact
    if isinstance(fact, (list, tuple, set, frozenset)):
        return [_told(one) for one in fact]
    if isinstance(fact, (dt.date, dt.datetime)):
        return fact.isoformat()
    return str(fact)
