"""销毁证明: what a destruction list came to, as a note signed with the log's key (issue point 8, decision 12).

Two days: from when the live record could not be read, and from when no registered copy could. Ids, counts, dates
and hashes only: the note may be shown to anybody, and kept on paper.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from archive import audit, notes
from archive.acts import Act
from archive.errors import CertificateFalse, FileMissing, NoCertificate
from archive.instance import Instance
from archive.model import BackupSet, Checkpoint, DestructionLine, DestructionList, PendingErasure
from archive.statuses import DestructionStep
from archive.unit import Unit
from archive.values import Worded
from retention.destroying import destruction

ORIGIN = "anjuan/destruction"
#: As many bytes as a certificate may have: no file is read for longer.
MOST_BYTES = 64 * 1024
_NONE = "-"


class Forgery(Worded):
    """What is wrong with a certificate; the sentence is `forgery.<value>`."""

    SIGNATURE = "SIGNATURE"
    OTHER = "OTHER"
    LOG = "LOG"
    FORM = "FORM"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate states; *size* and *root*: the log when it was signed."""

    archive: str
    number: str
    content_hash: str
    records: int
    items: int
    pages: int
    keys: int
    pulled: int
    live_on: dt.date
    all_on: dt.date | None
    pending: tuple[str, ...]
    size: int
    root: str
    signed_at: dt.datetime

    def body(self) -> str:
        """As the lines that are signed."""
        told = {name: _written(getattr(self, field)) for name, field in _LINES.items()}
        return "".join(f"{line}\n" for line in (ORIGIN, *(f"{name}: {fact}" for name, fact in told.items())))


#: The lines of a note, and the facts they state.
_LINES: Mapping[str, str] = {
    "archive": "archive",
    "list": "number",
    "content": "content_hash",
    "records": "records",
    "items": "items",
    "pages": "pages",
    "keys": "keys",
    "pulled": "pulled",
    "live-destroyed": "live_on",
    "copies-destroyed": "all_on",
    "pending": "pending",
    "log-size": "size",
    "log-root": "root",
    "signed": "signed_at",
}


def issue(instance: Instance, unit: Unit, made: DestructionList) -> None:
    """Sign what *made* has come to and keep it on the list; anew when a date or a pending set has changed.

    The log is checkpointed first, with all the lines that name the destroyed records (§5.3).
    """
    unit.session.flush()
    audit.checkpoint(unit.session, instance.signer, unit.now, force=True)
    anchor = unit.session.execute(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)).scalar_one()
    stated = _stated(unit, made, audit.Anchor(anchor.size, anchor.root))
    made.certificate = notes.signed(instance.signer, stated.body())


def show(unit: Unit, number: str) -> Certificate:
    """The certificate of a list, its signature checked; raises `NoCertificate`, `CertificateFalse`, `NotFound`."""
    return opened(unit, note(unit, number), path=number)


def note(unit: Unit, number: str) -> str:
    """The signed note itself; raises `NoCertificate`, `NotFound`."""
    made = destruction.one(unit, number)
    unit.look(Act.DESTRUCTION_SEE, made, certificate=True)
    if not made.certificate:
        raise NoCertificate(number=made.number, state=made.state)
    return made.certificate


def verify(unit: Unit, file: Path) -> Certificate:
    """What the note in *file* states, if it is ours in every letter; raises `CertificateFalse`, `FileMissing`."""
    return verified(unit, _text(file), path=file)


def verified(unit: Unit, text: str, *, path: object) -> Certificate:
    """What the note *text* states, if it is ours in every letter; raises `CertificateFalse`, naming *path*.

    Its signature, the list it names, and the log it was signed over: a log that was rewritten since has
    another root.
    """
    unit.look(Act.DESTRUCTION_SEE, certificate=True)
    found = opened(unit, text, path=path)
    made = unit.session.scalar(select(DestructionList).where(DestructionList.number == found.number))
    if found.archive != unit.keys.instance_id or made is None or made.content_hash != found.content_hash:
        raise CertificateFalse(path=path, why=Forgery.OTHER)
    verdict = audit.verify(unit.session, _key(unit).public_key(), [audit.Anchor(found.size, found.root)])
    if not verdict.sound:
        raise CertificateFalse(path=path, why=Forgery.LOG)
    return found


def opened(unit: Unit, text: str, *, path: object) -> Certificate:
    """What a note states, if its signature holds; raises `CertificateFalse`."""
    body = notes.body_of(text, ORIGIN, _key(unit).public_key())
    if body is None:
        raise CertificateFalse(path=path, why=Forgery.SIGNATURE)
    try:
        found = _read(dict(line.split(": ", 1) for line in body.splitlines()[1:]))
    except (KeyError, ValueError):
        raise CertificateFalse(path=path, why=Forgery.FORM) from None
    if found.body() != body:
        raise CertificateFalse(path=path, why=Forgery.FORM)
    return found


# --- inside ---------------------------------------------------------------------------------------


def _stated(unit: Unit, made: DestructionList, log: audit.Anchor) -> Certificate:
    records, items, pages, keys = _sums(unit, made, DestructionStep.DESTROYED)
    assert made.live_on is not None
    return Certificate(
        archive=unit.keys.instance_id, number=made.number, content_hash=made.content_hash, records=records,
        items=items, pages=pages, keys=keys, pulled=_sums(unit, made, DestructionStep.PULLED)[0],
        live_on=made.live_on, all_on=made.all_on, pending=tuple(pending(unit, made)), size=log.size,
        root=log.root, signed_at=unit.now,
    )  # fmt: skip


def pending(unit: Unit, made: DestructionList) -> list[str]:
    """The numbers of the backup sets whose key packs still hold keys of this list; the caller has judged."""
    rows = select(BackupSet.number).join(PendingErasure, PendingErasure.set_uid == BackupSet.uid)
    mine = (PendingErasure.list_uid == made.uid) & PendingErasure.done_at.is_(None)
    return list(unit.session.scalars(rows.where(mine).order_by(BackupSet.number)))


def _sums(unit: Unit, made: DestructionList, step: DestructionStep) -> Sequence[int]:
    line = DestructionLine
    sums = (func.coalesce(func.sum(column), 0) for column in (line.items, line.pages, line.keys))
    rows = select(func.count(), *sums).where(line.list_uid == made.uid, line.step == step, line.nth > 0)
    return [int(one) for one in unit.session.execute(rows).one()]


def _written(fact: object) -> str:
    if fact is None or fact == ():
        return _NONE
    if isinstance(fact, tuple):
        return " ".join(fact)
    return fact.isoformat() if isinstance(fact, dt.date) else str(fact)


def _read(told: Mapping[str, str]) -> Certificate:
    facts = {field: told[name] for name, field in _LINES.items()}
    numbers = {name: int(facts[name]) for name in ("records", "items", "pages", "keys", "pulled", "size")}
    every = None if facts["all_on"] == _NONE else dt.date.fromisoformat(facts["all_on"])
    sets = () if facts["pending"] == _NONE else tuple(facts["pending"].split(" "))
    return Certificate(
        archive=facts["archive"], number=facts["number"], content_hash=facts["content_hash"], **numbers,
        live_on=dt.date.fromisoformat(facts["live_on"]), all_on=every, pending=sets, root=facts["root"],
        signed_at=dt.datetime.fromisoformat(facts["signed_at"]),
    )  # fmt: skip


def _key(unit: Unit) -> Any:
    return audit.signer(unit.keys.subkey("audit-signing"))


def _text(file: Path) -> str:
    try:
        with file.open("rb") as source:
            return source.read(MOST_BYTES).decode()
    except (OSError, UnicodeDecodeError) as gone:
        raise FileMissing(path=file) from gone
