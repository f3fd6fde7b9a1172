"""What became of each row of a list or package: a run is one act with a number, and its rows stay for good.

Whoever brings something in calls `begin`, `note` for every row in the transaction that enters it, and `finish`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from archive.acts import Act
from archive.cards import plain
from archive.errors import ArchiveError, NotFound
from archive.exchange import ImportState, MadeKind, RowFate, SheetKind
from archive.lives import IMPORT
from archive.model import ImportRow, ImportRun, new_uid
from archive.unit import Unit
from archive.volumes import next_number

#: Seals what is said of a whole run: file name, columns, reason of an undo.
RUN_KEY = "import"
#: By which act each kind is brought in.
ACTS = {kind: Act.PACKAGE_IMPORT if kind is SheetKind.PACKAGE else Act.SHEET_IMPORT for kind in SheetKind}


@dataclass(frozen=True, slots=True)
class Thing:
    """Something a row made."""

    kind: MadeKind
    uid: str


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of one row (counted from 1 as the sheet does), and what must be known of it later.

    *mark* is a keyed MAC of what a row without a code is known again by; *items* and *pages* what the list claims.
    """

    row: int
    fate: RowFate
    things: tuple[Thing, ...] = ()
    error: ArchiveError | None = None
    mark: str = ""
    items: int | None = None
    pages: int | None = None


def begin(unit: Unit, kind: SheetKind, digest: str, *, rows: int, card: Mapping[str, Any]) -> ImportRun:
    """A new run under its number DR2026-00001; *card* says what is for people only, *digest* knows it again."""
    prefix = f"DR{unit.today.year}-"
    uid = new_uid()
    unit.act(ACTS[kind], kind=kind, rows=rows, private=dict(card))
    line = unit.lines[-1]
    run = ImportRun(
        uid=uid, number=f"{prefix}{next_number(unit, prefix):05d}", kind=kind, state=ImportState.RUNNING,
        digest=digest, rows=rows, reached=0, made=0, known=0, refused=0, started_at=unit.now,
        started_by=unit.actor.uid, card=_sealed(unit, uid, card),
    )  # fmt: skip
    unit.session.add(run)
    unit.session.flush()
    line.kind, line.uid, line.code = "importrun", uid, run.number
    return run


def note(unit: Unit, run: ImportRun, noted: Iterable[Noted]) -> None:
    """Write down what became of these rows, the last of which the run has now reached; the caller named the act."""
    rows: list[dict[str, Any]] = []
    for one in noted:
        rows += _rows(run.uid, one)
        run.made += one.fate is RowFate.MADE
        run.known += one.fate is RowFate.KNOWN
        run.refused += one.fate is RowFate.REFUSED
        run.reached = max(run.reached, one.row)
    unit.insert(ImportRow, rows)
    unit.session.flush()


def _rows(run_uid: str, one: Noted) -> list[dict[str, Any]]:
    things: Sequence[Thing | None] = one.things or (None,)
    return [
        {
            "run_uid": run_uid,
            "row": one.row,
            "ordinal": ordinal,
            "fate": one.fate,
            "kind": thing.kind if thing else None,
            "thing_uid": thing.uid if thing else None,
            "error": one.error.code if one.error else "",
            "mark": one.mark if ordinal == 0 else "",
            "items": one.items if ordinal == 0 else None,
            "pages": one.pages if ordinal == 0 else None,
        }
        for ordinal, thing in enumerate(things)
    ]


def finish(unit: Unit, run: ImportRun) -> ImportRun:
    """The run is through; raises `WrongState`."""
    unit.act(ACTS[run.kind], run, made=run.made, known=run.known, refused=run.refused, finished=True)
    run.state = IMPORT.after(run.state, ACTS[run.kind])
    run.finished_at = unit.now
    unit.session.flush()
    return run


def found(unit: Unit, number: str) -> ImportRun:
    """The run with this number; raises `NotFound`."""
    run = unit.session.scalar(select(ImportRun).where(ImportRun.number == number.strip().upper()))
    if run is None:
        raise NotFound(what="import", code=number[:40])
    return run


def latest(unit: Unit, kind: SheetKind, digest: str) -> ImportRun | None:
    """The newest run of the same file read the same way, if it was ever begun."""
    rows = select(ImportRun).where(ImportRun.kind == kind, ImportRun.digest == digest)
    return unit.session.scalar(rows.order_by(ImportRun.started_at.desc(), ImportRun.number.desc()).limit(1))


def told(unit: Unit, run: ImportRun) -> dict[str, Any]:
    """What was said of the whole run."""
    return dict(json.loads(unit.keys.open_with(RUN_KEY, run.uid.encode(), run.card)))


def say_more(unit: Unit, run: ImportRun, **said: Any) -> None:
    """Add to what is said of the run; the caller has named the act."""
    run.card = _sealed(unit, run.uid, {**told(unit, run), **said})


def _sealed(unit: Unit, uid: str, card: Mapping[str, Any]) -> bytes:
    return unit.keys.seal_with(RUN_KEY, uid.encode(), plain(card))


def made(unit: Unit, run: ImportRun, *kinds: MadeKind) -> list[ImportRow]:
    """What the run made, in the order it was made; only of *kinds* if any are said."""
    rows = select(ImportRow).where(ImportRow.run_uid == run.uid, ImportRow.fate == RowFate.MADE)
    if kinds:
        rows = rows.where(ImportRow.kind.in_(kinds))
    ordered = rows.where(ImportRow.thing_uid.is_not(None)).order_by(ImportRow.row, ImportRow.ordinal)
    return list(unit.session.scalars(ordered))


def made_uids(unit: Unit, run: ImportRun, *kinds: MadeKind) -> list[str]:
    """The uids of what the run made of *kinds*, in the order it was made."""
    rows = select(ImportRow.thing_uid).where(ImportRow.run_uid == run.uid, ImportRow.fate == RowFate.MADE)
    ordered = rows.where(ImportRow.kind.in_(kinds)).order_by(ImportRow.row, ImportRow.ordinal)
    return [uid for uid in unit.session.scalars(ordered) if uid]


def by_mark(unit: Unit, marks: Iterable[str]) -> dict[str, str]:
    """The uid of what a row with each of these marks made, if its import still stands."""
    wanted, got = sorted(set(marks) - {""}), dict[str, str]()
    standing = ImportRun.state.in_((ImportState.RUNNING, ImportState.DONE))
    for start in range(0, len(wanted), 500):
        rows = (
            select(ImportRow.mark, ImportRow.thing_uid)
            .join(ImportRun, ImportRun.uid == ImportRow.run_uid)
            .where(ImportRow.mark.in_(wanted[start : start + 500]), ImportRow.fate == RowFate.MADE, standing)
        )
        got |= {mark: uid for mark, uid in unit.session.execute(rows) if uid}
    return got


def claimed(unit: Unit, uids: Iterable[str]) -> dict[str, tuple[int | None, int | None]]:
    """How many papers and pages the lists claimed of each of these volumes, where they claimed any."""
    wanted, got = sorted(set(uids)), dict[str, tuple[int | None, int | None]]()
    said = func.coalesce(ImportRow.items, ImportRow.pages).is_not(None)
    for start in range(0, len(wanted), 500):
        rows = select(ImportRow.thing_uid, ImportRow.items, ImportRow.pages).where(
            ImportRow.thing_uid.in_(wanted[start : start + 500]), ImportRow.fate == RowFate.MADE, said
        )
        got |= {uid: (items, pages) for uid, items, pages in unit.session.execute(rows) if uid}
    return got
