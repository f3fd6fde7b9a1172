"""The log as its keepers use it: verified against what was remembered outside, exported, anchored (A1-A4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from archive import audit
from archive.acts import Act
from archive.audit import Anchor, Peaks, Verdict
from archive.durable import NewFile, storing
from archive.errors import BadValue, ChainBroken, FileMissing
from archive.model import Checkpoint, Event
from archive.unit import Unit


class Why(StrEnum):
    """What is wrong with a line of the log; the sentence is `why.<value>`."""

    GAP = "gap"
    LINK = "link"
    HASH = "hash"
    ROOT = "root"
    FORK = "fork"
    CUT = "cut"
    CHECKPOINT = "checkpoint"
    ANCHOR = "anchor"

    @property
    def word(self) -> str:
        """The key of the sentence."""
        return f"why.{self.value}"


def verify(unit: Unit, *, anchors: Sequence[Path] = (), expect: str | None = None) -> Verdict:
    """Check the whole log; raises `ChainBroken` naming the first bad line, `FileMissing`, `BadValue`.

    *anchors* are anchor files kept elsewhere (the one of the settings is read as well, if it is there);
    *expect* is `SIZE:ROOT` from paper, ROOT in full or as the short fingerprint.
    """
    unit.act(Act.AUDIT_VERIFY)
    public = audit.signer(unit.keys.subkey("audit-signing")).public_key()
    own = Path(unit.settings.anchor_file).expanduser() if unit.settings.anchor_file else None
    files = [*anchors, *([own] if own is not None and own.exists() and own not in anchors else [])]
    remembered = [anchor for file in files for anchor in _anchors(file, public)]
    verdict = audit.verify(unit.session, public, remembered)
    if not verdict.sound:
        raise ChainBroken(seq=verdict.bad_seq, why=Why(verdict.why or ""))
    if expect is not None:
        _as_remembered(unit, expect, verdict)
    return verdict


def _anchors(file: Path, public: Ed25519PublicKey) -> Sequence[Anchor | None]:
    try:
        return audit.read_anchors(file, public)
    except (OSError, UnicodeDecodeError) as gone:
        raise FileMissing(path=file) from gone


def _as_remembered(unit: Unit, expect: str, verdict: Verdict) -> None:
    """Compare with `SIZE:ROOT` copied from paper; raises `ChainBroken`, `BadValue`."""
    size, _, root = expect.partition(":")
    wanted = root.strip().lower().replace("-", "")
    if not size.isdecimal() or len(wanted) < 20 or set(wanted) - set("0123456789abcdef"):
        raise BadValue(field="expect", value=expect, expected="1234:0a1b-2c3d-…")
    if int(size) > verdict.size:
        raise ChainBroken(seq=verdict.size + 1, why=Why.CUT)
    if not _root_at(unit, int(size)).startswith(wanted):
        raise ChainBroken(seq=int(size), why=Why.ROOT)


def _root_at(unit: Unit, size: int) -> str:
    peaks = Peaks()
    for leaf in unit.session.scalars(select(Event.hash).where(Event.seq <= size).order_by(Event.seq)):
        peaks.add(leaf)
    return peaks.root()


def anchor(unit: Unit, *, to: Path | None = None) -> Anchor:
    """Sign the log as it stands, to be remembered outside: appended to *to*, printed, or both.

    Raises `StorageFailed`, `DiskFull`.
    """
    unit.act(Act.AUDIT_ANCHOR)
    key = audit.signer(unit.keys.subkey("audit-signing"))
    audit.checkpoint(unit.session, key, unit.now, force=True)
    newest = unit.session.scalars(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)).one()
    stated = Anchor(newest.size, newest.root)
    unit.lines[-1].facts = {"size": stated.size}
    if to is not None:
        with storing(to):
            audit.write_anchor(to, newest.note)
    return stated


def handed_out(unit: Unit) -> int:
    """Name the act of handing the log out as it stands; how many lines that is, to be read by `lines`."""
    size, _ = audit.last(unit.session)
    unit.act(Act.AUDIT_EXPORT, lines=size)
    return size


def lines(opened: Callable[[], AbstractContextManager[Unit]]) -> Iterator[bytes]:
    """Every line as canonical JSON, as `export` writes them; what `handed_out` has logged leaves no second line.

    Each page of them is read in a unit of its own (*opened*), so that nobody who writes waits for who fetches them.
    """
    after: int | None = 0
    while after is not None:
        with opened() as unit:
            unit.act(Act.AUDIT_EXPORT)
            unit.lines.clear()
            told, after = audit.exported(unit.session, after)
        yield "".join(f"{line}\n" for line in told).encode()


def export(unit: Unit, target: Path) -> int:
    """Write every line to *target* (0600, must not exist) as canonical JSON; how many lines.

    Raises `TargetExists`, `StorageFailed`, `DiskFull`, `FileMissing` (no such folder).
    """
    unit.act(Act.AUDIT_EXPORT)
    if not target.parent.is_dir():
        raise FileMissing(path=target.parent)
    count = 0
    with NewFile(target.with_name(f".{target.name}.part"), points="export") as file:
        for line in audit.export(unit.session):
            file.write(f"{line}\n".encode())
            count += 1
        file.keep(target)
    unit.lines[-1].facts = {"lines": count}
    return count
