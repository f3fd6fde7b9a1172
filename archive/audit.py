"""The log: append, chain, checkpoint, verify, export.

Each line carries SHA-256(0x00 || hash of the line before || the line in canonical JSON), which is also its
leaf in a Merkle tree (RFC 6962); a checkpoint is the tree's size and root, signed (C2SP signed note).
A chain alone proves nothing against someone who can rewrite all of it: anchors outside the folder do.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import column, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from archive import notes
from archive.model import Checkpoint, Event

ORIGIN = "anjuan/audit"
START = "0" * 64
EVERY_LINES = 100
EVERY_MINUTES = 10
PAGE = 2000
#: The columns a line's hash covers, in the order they are written; `sealed` enters as its own digest.
COVERED = (
    "seq",
    "at",
    "actor_uid",
    "account",
    "act",
    "outcome",
    "object_kind",
    "object_uid",
    "object_code",
    "facts",
    "client",
)


def canonical(facts: Any) -> str:
    """JSON in one way only: sorted, tight, UTF-8."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def line_hash(prev: str, line: dict[str, Any]) -> str:
    """The hash of *line* (its columns as a dict) following *prev*."""
    told = [line[name] for name in COVERED]
    told.append(hashlib.sha256(line["sealed"]).hexdigest())
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return hashlib.sha256(b"\0" + bytes.fromhex(prev) + body).hexdigest()


# --- the Merkle tree as a row of peaks --------------------------------------------------------


class Peaks:
    """The roots of the perfect subtrees of a growing tree: enough to add a leaf and to tell the root."""

    def __init__(self, peaks: Iterable[tuple[int, str]] = ()) -> None:
        self.rows = [(height, bytes.fromhex(digest)) for height, digest in peaks]

    def add(self, leaf: str) -> None:
        """Append one leaf hash."""
        height, digest = 0, bytes.fromhex(leaf)
        while self.rows and self.rows[-1][0] == height:
            digest = _node(self.rows.pop()[1], digest)
            height += 1
        self.rows.append((height, digest))

    def root(self) -> str:
        """The Merkle tree head of everything added."""
        if not self.rows:
            return hashlib.sha256(b"").hexdigest()
        digest = self.rows[-1][1]
        for _, left in reversed(self.rows[:-1]):
            digest = _node(left, digest)
        return digest.hex()

    def written(self) -> str:
        """As text for the checkpoint row."""
        return canonical([[height, digest.hex()] for height, digest in self.rows])


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


# --- signed notes -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Anchor:
    """What somebody outside remembers: after *size* lines the root was *root* (hex)."""

    size: int
    root: str

    @property
    def fingerprint(self) -> str:
        """80 bits for paper: enough to compare by eye."""
        return "-".join(self.root[start : start + 4] for start in range(0, 20, 4))


def signer(seed: bytes) -> Ed25519PrivateKey:
    """The log's signing key from 32 bytes of key material."""
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half as base64, to be kept with the anchors."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def sign(key: Ed25519PrivateKey, anchor: Anchor) -> str:
    """A signed note over origin, size and root."""
    return notes.signed(key, _note_body(anchor))


def check_note(note: str, public: Ed25519PublicKey) -> Anchor | None:
    """The anchor a note states, or None if the signature is not ours."""
    body = notes.body_of(note, ORIGIN, public)
    if body is None:
        return None
    try:
        _, size, root = body.removesuffix("\n").split("\n")
        return Anchor(int(size), base64.b64decode(root).hex())
    except ValueError:
        return None


def _note_body(anchor: Anchor) -> str:
    return f"{ORIGIN}\n{anchor.size}\n{base64.b64encode(bytes.fromhex(anchor.root)).decode()}\n"


# --- writing ----------------------------------------------------------------------------------


def append(session: Session, lines: Sequence[dict[str, Any]]) -> tuple[int, str]:
    """Chain and insert *lines* in the session's own transaction; returns the last number and hash."""
    seq, prev = last(session)
    for line in lines:
        seq += 1
        line["seq"] = seq
        line["prev"] = prev
        prev = line["hash"] = line_hash(prev, line)
    if lines:
        session.connection().execute(insert(Event.__table__), list(lines))  # type: ignore[arg-type]
    return seq, prev


def last(session: Session) -> tuple[int, str]:
    """Number and hash of the newest line; (0, START) for an empty log."""
    row = session.execute(select(Event.seq, Event.hash).order_by(Event.seq.desc()).limit(1)).first()
    return (row.seq, row.hash) if row else (0, START)


def checkpoint(
    session: Session, key: Ed25519PrivateKey, now: dt.datetime, *, force: bool = False
) -> Checkpoint | None:
    """Write a signed checkpoint if one is due (100 lines, ten minutes, or *force*)."""
    newest = session.execute(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)).scalar()
    size, _ = last(session)
    since = size - (newest.size if newest else 0)
    since_then = now - newest.signed_at if newest else dt.timedelta.max
    waited = (
        not dt.timedelta(0) <= since_then < dt.timedelta(minutes=EVERY_MINUTES)
    )  # a clock may be set back
    if since == 0 or not (force or since >= EVERY_LINES or waited):
        return None
    peaks = _peaks(session, newest)
    anchor = Anchor(size, peaks.root())
    row = {
        "size": size, "root": anchor.root, "peaks": peaks.written(), "signed_at": now, "note": sign(key, anchor),
    }  # fmt: skip
    session.connection().execute(insert(Checkpoint.__table__), row)  # type: ignore[arg-type]
    return Checkpoint(**row)


def standing(session: Session) -> Anchor:
    """Size and root of the log as it is now, unsigned; `verify` takes its fingerprint as an anchor copied from paper."""
    newest = session.execute(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)).scalar()
    return Anchor(last(session)[0], _peaks(session, newest).root())


def _peaks(session: Session, newest: Checkpoint | None) -> Peaks:
    """The tree of all lines, grown from that of the newest checkpoint."""
    peaks = Peaks(json.loads(newest.peaks) if newest else ())
    hashes = select(Event.hash).where(Event.seq > (newest.size if newest else 0)).order_by(Event.seq)
    for leaf in session.execute(hashes).scalars():
        peaks.add(leaf)
    return peaks


def write_anchor(path: Path, note: str) -> None:
    """Append a signed note to an anchor file outside the instance; one JSON string a line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(note, ensure_ascii=False) + "\n")


def read_anchors(path: Path, public: Ed25519PublicKey) -> list[Anchor | None]:
    """The anchors in *path*; None for a line that is not ours."""
    lines = path.read_text("utf-8").splitlines()
    return [check_note(_note_of(line), public) for line in lines if line.strip()]


def _note_of(line: str) -> str:
    try:
        return str(json.loads(line))
    except ValueError:
        return ""


# --- verifying --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found: the sound length, its root, the first fault, and the lines no outside anchor vouches for."""

    size: int
    root: str
    bad_seq: int | None
    why: str | None
    checkpoints: int
    anchors: int
    unanchored: int

    @property
    def sound(self) -> bool:
        """True if nothing is wrong."""
        return self.bad_seq is None


def verify(session: Session, public: Ed25519PublicKey, anchors: Sequence[Anchor | None] = ()) -> Verdict:
    """Read the whole log and name the first bad line (A1), a cut tail (A2), a rewritten or forked chain (A3, A4)."""
    notes = list(session.execute(select(Checkpoint).order_by(Checkpoint.size)).scalars())
    wanted = _stated(notes, public, anchors)
    if isinstance(wanted, Verdict):
        return wanted
    peaks, size, prev = Peaks(), 0, START
    outside = [anchor.size for anchor in anchors if anchor is not None]
    for line in _lines(session):
        why = _fault(line, size + 1, prev)
        if why is None:
            size, prev = size + 1, line["hash"]
            peaks.add(prev)
            if size in wanted and peaks.root() not in wanted[size]:
                why = "root"
            elif size in wanted and len(wanted[size]) > 1:
                why = "fork"
        if why is not None:
            return Verdict(size, peaks.root(), line.get("seq", size + 1), why, len(notes), len(anchors), 0)
    beyond = min((stated for stated in wanted if stated > size), default=None)
    tail = size - max((stated for stated in outside if stated <= size), default=0)
    if beyond is not None:
        return Verdict(size, peaks.root(), size + 1, "cut", len(notes), len(anchors), tail)
    return Verdict(size, peaks.root(), None, None, len(notes), len(anchors), tail)


def _stated(
    notes: Sequence[Checkpoint], public: Ed25519PublicKey, anchors: Sequence[Anchor | None]
) -> dict[int, set[str]] | Verdict:
    stated: dict[int, set[str]] = {}
    for note in notes:
        anchor = check_note(note.note, public)
        if anchor is None or (anchor.size, anchor.root) != (note.size, note.root):
            return Verdict(0, "", note.size, "checkpoint", len(notes), len(anchors), 0)
        stated.setdefault(anchor.size, set()).add(anchor.root)
    for anchor in anchors:
        if anchor is None:
            return Verdict(0, "", 0, "anchor", len(notes), len(anchors), 0)
        stated.setdefault(anchor.size, set()).add(anchor.root)
    return stated


def _lines(session: Session) -> Iterator[dict[str, Any]]:
    """Every line as stored, unconverted; an empty dict for one that cannot even be read."""
    page: int = PAGE
    after: int | None = None
    while True:
        try:
            rows = _page(session, after, page)
        except DBAPIError as fault:
            if "decode" not in str(fault.orig):
                raise
            if page == 1:
                yield {}
                return
            page = 1  # find the bad line among the good ones
            continue
        yield from rows
        if len(rows) < page:
            return
        after = rows[-1]["seq"]


def _page(session: Session, after: int | None, count: int) -> list[dict[str, Any]]:
    raw: list[Any] = [column(one.name) for one in Event.__table__.columns]
    rows = select(*raw).select_from(Event.__table__).order_by(Event.seq).limit(count)
    rows = rows if after is None else rows.where(Event.seq > after)
    return [dict(row._mapping) for row in session.execute(rows)]  # noqa: SLF001


def _fault(line: dict[str, Any], seq: int, prev: str) -> str | None:
    if not line:
        return "hash"
    if line["seq"] != seq:
        return "gap"
    if line["prev"] != prev:
        return "link"
    try:
        return None if line_hash(prev, line) == line["hash"] else "hash"
    except TypeError:  # a column of another type than was written
        return "hash"


def export(session: Session) -> Iterator[str]:
    """Every line as canonical JSON, sealed parts as hex, checkpoints at the end."""
    for line in _lines(session):
        yield _told(line)
    yield from _checkpoints(session)


def exported(session: Session, after: int | None) -> tuple[list[str], int | None]:
    """Some lines after *after* as `export` tells them, and where to go on; None once all is told, the checkpoints too."""
    rows = _page(session, after, PAGE)
    told = [_told(row) for row in rows]
    return (told, rows[-1]["seq"]) if len(rows) == PAGE else ([*told, *_checkpoints(session)], None)


def _told(line: dict[str, Any]) -> str:
    return canonical({**line, "sealed": line["sealed"].hex()})


def _checkpoints(session: Session) -> Iterator[str]:
    for note in session.execute(select(Checkpoint).order_by(Checkpoint.size)).scalars():
        yield canonical({"checkpoint": note.size, "root": note.root, "note": note.note})
