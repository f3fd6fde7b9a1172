"""清点: codes scanned on the shelf, compared with the frozen books, each difference settled (R24, V16).

Scanning tells nobody what exists: a hidden code and a wrong one are taken alike (V23).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import case, delete, func, literal, or_, select, tuple_, update

from archive import volumes
from archive.acts import Act
from archive.cards import plain
from archive.circulation import incidents
from archive.custody import stocktake
from archive.custody.shelves import Ladder
from archive.custody.whereabouts import AWAY
from archive.errors import BadValue, BlindCount, NoDifference, NotCounter, NotFound
from archive.lives import STOCKTAKE
from archive.model import (
    Item,
    Loan,
    Location,
    Reading,
    Repair,
    Seal,
    SealLine,
    Stocktake,
    StocktakeLine,
    StocktakeScan,
    Volume,
)
from archive.statuses import Finding, IncidentKind, ReadingState, RepairState, SealState, Whereabouts
from archive.unit import Unit
from archive.values import Custody, Level, LoanState, UseMode

LINE_KEY = "stocktake-line"
BATCH = 500
#: What must be settled before a run closes (V16).
DIFFERENCES = frozenset({Finding.MISSING, Finding.MISPLACED, Finding.UNEXPECTED, Finding.DAMAGED})
#: Which incidents can answer for which difference.
INCIDENTS: Mapping[Finding, frozenset[IncidentKind]] = {
    Finding.MISSING: frozenset({IncidentKind.LOST, IncidentKind.LEAKED}),
    Finding.DAMAGED: frozenset({IncidentKind.DAMAGED}),
    Finding.MISPLACED: frozenset({IncidentKind.LEAKED}),
    Finding.UNEXPECTED: frozenset({IncidentKind.LEAKED}),
}
#: Not looked for on the shelf: away by a ledger, or without a paper.
NOT_THERE = AWAY | {Whereabouts.ELECTRONIC}


@dataclass(frozen=True, slots=True)
class Scanned:
    """What became of one batch: codes taken, codes known already, places read, sealed bags, codes of another archive."""

    taken: int
    again: int
    places: int
    bags: int
    other_fonds: tuple[str, ...]


@dataclass(slots=True)
class _Walk:
    """A way along the shelves: where each code was seen, and which sealed bags."""

    here: str | None
    seen: dict[str, str | None] = field(default_factory=dict)
    bags: set[str] = field(default_factory=set)
    again: int = 0
    places: int = 0

    def read(self, codes: Iterable[str], places: Mapping[str, str], sealed: Collection[str]) -> None:
        """Follow *codes*; the code of a place leads there, that of a bag with a whole seal stands for what is in it."""
        for code in codes:
            uid = places.get(code)
            if uid is None:
                self.again += code in self.seen
                self.seen[code] = self.here
            elif uid in sealed:
                self.bags.add(uid)
            else:
                self.here, self.places = uid, self.places + 1


# --- scanning ---------------------------------------------------------------------------------


def scan(
    unit: Unit, number: str, codes: Iterable[str], *, place: str | None = None, damaged: bool = False
) -> Scanned:
    """Take scanned *codes*; the code of a place among them says where those after it stand.

    The code of a sealed bag counts what is in it, for its seal is whole. A code scanned again is one code, in the
    place it was seen last; damage once seen stays. All codes or none.
    Raises `NotFound`, `NotCounter`, `WrongState`, `BadValue` for what is no code.
    """
    run = stocktake.one(unit, number)
    unit.act(Act.STOCKTAKE_COUNT, run)
    _counting(unit, run)
    places = {one.code: one.uid for one in unit.session.execute(select(Location.code, Location.uid))}
    told = list(_read(codes))
    sealed = _sealed_bags(unit, run, {places[code] for code in told if code in places})
    walk = _Walk(unit.one(Location, "location", place).uid if place else None)
    walk.read(told, places, sealed)
    if not walk.seen and not walk.bags:
        raise BadValue(field="codes", value="—", expected="≥ 1")
    again = walk.again + _keep(unit, run, walk.seen, damaged=damaged)
    _keep(unit, run, {code: bag for bag in walk.bags for code in sealed[bag]}, damaged=False)
    others = tuple(code for code in walk.seen if not code.startswith(f"{unit.settings.fonds}-"))
    unit.lines[-1].facts = {
        "codes": len(walk.seen),
        "again": again,
        "bags": len(walk.bags),
        "damaged": damaged,
    }
    return Scanned(len(walk.seen), again, walk.places, len(walk.bags), others)


def last_place(unit: Unit, codes: Sequence[str]) -> str:
    """The last of *codes* that is the code of a place: what is scanned next stands there; nothing if none is."""
    known = set(unit.session.scalars(select(Location.code).where(Location.code.in_(codes[-BATCH:]))))
    return next((code for code in reversed(codes) if code in known), "")


def _counting(unit: Unit, run: Stocktake) -> None:
    """Lead the run to COUNTING; raises `NotCounter`, `WrongState`."""
    if not stocktake.counts_in(unit, run):
        raise NotCounter(number=run.number, act=Act.STOCKTAKE_COUNT)
    run.state = STOCKTAKE.after(run.state, Act.STOCKTAKE_COUNT)


def _sealed_bags(unit: Unit, run: Stocktake, places: Collection[str]) -> dict[str, list[str]]:
    """Those of *places* that are bags with a whole seal, and the expected codes in each: nobody can scan those."""
    rows = (
        select(Seal.bag_uid, StocktakeLine.code)
        .join(SealLine, SealLine.seal_uid == Seal.uid)
        .join(StocktakeLine, StocktakeLine.record_uid == SealLine.record_uid)
        .where(
            Seal.bag_uid.in_(places), Seal.state == SealState.SEALED, StocktakeLine.stocktake_uid == run.uid
        )
    )
    found: dict[str, list[str]] = {}
    for bag, code in unit.session.execute(rows):
        found.setdefault(bag, []).append(code)
    return found


def _read(codes: Iterable[str]) -> Iterable[str]:
    """The codes without margins and in their plain letters; empty lines are passed over."""
    for line, told in enumerate(codes, 1):
        code = unicodedata.normalize("NFKC", told.lstrip("\ufeff")).strip()
        if len(code) > 120 or not code.isprintable():
            raise BadValue(field="reference_code", value=f"{line}: {code[:40]}", expected="K001-…")
        if code:
            yield code


def _keep(unit: Unit, run: Stocktake, seen: Mapping[str, str | None], *, damaged: bool) -> int:
    """Write the scans, and say how many were known."""
    known, wanted = 0, list(seen)
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        mine = select(StocktakeScan).where(
            StocktakeScan.stocktake_uid == run.uid, StocktakeScan.code.in_(batch)
        )
        old = {one.code: one for one in unit.session.scalars(mine)}
        for code, one in old.items():
            one.place_uid = seen[code] or one.place_uid
            one.damaged = one.damaged or damaged
        known += len(old)
        new = [
            {
                "stocktake_uid": run.uid, "code": code, "place_uid": seen[code], "damaged": damaged,
                "scanned_at": unit.now, "scanned_by": unit.actor.uid, "correction": b"",
            }
            for code in batch if code not in old
        ]  # fmt: skip
        unit.insert(StocktakeScan, new)
    return known


def unscan(unit: Unit, number: str, code: str) -> Stocktake:
    """Take back a code scanned by mistake; raises `NotFound`, `NotCounter`, `WrongState`."""
    run = stocktake.one(unit, number)
    unit.act(Act.STOCKTAKE_COUNT, run, private={"void": code[:120]}, void=True)
    _counting(unit, run)
    wanted = next(iter(_read([code])), "—")
    one = unit.session.get(StocktakeScan, (run.uid, wanted))
    if one is None:
        raise NotFound(what="scan", code=wanted)
    unit.session.execute(
        delete(StocktakeScan).where(StocktakeScan.stocktake_uid == run.uid, StocktakeScan.code == wanted)
    )
    return run


# --- comparing --------------------------------------------------------------------------------


def compare(unit: Unit, number: str) -> Stocktake:
    """Find what each line came to, by a few statements over the whole run; scanning again undoes it.

    What was settled stays settled where the finding is the same. Raises `NotFound`, `WrongState`, and
    `BlindCount` for a counter of a blind run.
    """
    run = stocktake.one(unit, number)
    unit.act(Act.STOCKTAKE_COMPARE, run)
    if stocktake.blinded(unit, run):
        raise BlindCount(number=run.number, act=Act.STOCKTAKE_COMPARE)
    run.state = STOCKTAKE.after(run.state, Act.STOCKTAKE_COMPARE)
    run.compared_at = unit.now
    unit.session.flush()
    settled = _settled(unit, run)
    _find(unit, run)
    _rightly_placed(unit, run)
    _since_begun(unit, run)
    _unsettle(unit, run, settled)
    unit.session.expire_all()
    return run


def _lines(run: Stocktake) -> Any:
    return update(StocktakeLine).where(StocktakeLine.stocktake_uid == run.uid)


def _do(unit: Unit, statement: Any) -> None:
    unit.session.execute(statement, execution_options={"synchronize_session": False})


def _settled(unit: Unit, run: Stocktake) -> dict[str, Finding | None]:
    rows = select(StocktakeLine.record_uid, StocktakeLine.finding).where(
        StocktakeLine.stocktake_uid == run.uid, StocktakeLine.settled_at.is_not(None)
    )
    return {row.record_uid: row.finding for row in unit.session.execute(rows)}


def _find(unit: Unit, run: Stocktake) -> None:
    """By the scan of each line's code; without one it is away by the books, or missing. One statement writes all."""
    line, scan = StocktakeLine, StocktakeScan
    elsewhere = scan.place_uid.is_not(None) & or_(line.place_uid.is_(None), line.place_uid != scan.place_uid)
    scanned = case(
        (line.expected.in_(NOT_THERE), literal(Finding.UNEXPECTED.value)),
        (scan.damaged, Finding.DAMAGED.value),
        (elsewhere, Finding.MISPLACED.value),
        else_=Finding.PRESENT.value,
    )
    unscanned = case((line.expected.in_(NOT_THERE), literal(Finding.AWAY.value)), else_=Finding.MISSING.value)
    mine = (scan.stocktake_uid == run.uid, scan.code == line.code)
    finding = select(scanned).where(*mine).correlate(line).scalar_subquery()
    seen = select(scan.place_uid).where(*mine).correlate(line).scalar_subquery()
    _do(unit, _lines(run).values(finding=func.coalesce(finding, unscanned), seen_uid=seen))


def _rightly_placed(unit: Unit, run: Stocktake) -> None:
    """A layer scanned for what the books have in a position of it is right, and the other way round."""
    line = StocktakeLine
    pairs = select(line.place_uid, line.seen_uid).where(
        line.stocktake_uid == run.uid, line.finding == Finding.MISPLACED, line.place_uid.is_not(None)
    )
    ladder = Ladder(unit)
    kin = [
        (booked, seen)
        for booked, seen in unit.session.execute(pairs.distinct())
        if ladder.contains(booked, seen) or ladder.contains(seen, booked)
    ]
    for start in range(0, len(kin), BATCH):
        right = tuple_(line.place_uid, line.seen_uid).in_(kin[start : start + BATCH])
        _do(unit, _lines(run).where(line.finding == Finding.MISPLACED, right).values(finding=Finding.PRESENT))


def _since_begun(unit: Unit, run: Stocktake) -> None:
    """The counter stays open meanwhile: what was lent since is away, what came back since is there."""
    line = StocktakeLine
    for ledger, out, begun, ended in _LEDGERS:
        for subject in _SUBJECTS[ledger]:
            gone = select(subject).where(out, begun >= run.begun_at, subject.is_not(None))
            back = select(subject).where(ended >= run.begun_at, subject.is_not(None))
            _do(unit, _lines(run).where(line.finding == Finding.MISSING, line.record_uid.in_(gone)).values(finding=Finding.AWAY))  # fmt: skip
            returned = _lines(run).where(line.finding == Finding.UNEXPECTED, line.record_uid.in_(back))
            _do(unit, returned.values(finding=Finding.PRESENT))


_LEDGERS: tuple[tuple[Any, Any, Any, Any], ...] = (
    (Loan, Loan.state == LoanState.OUT, Loan.lent_at, Loan.returned_at),
    (Reading, Reading.state == ReadingState.OPEN, Reading.begun_at, Reading.ended_at),
    (Repair, Repair.state == RepairState.ORDERED, Repair.ordered_at, Repair.ended_at),
)
_SUBJECTS: Mapping[Any, Sequence[Any]] = {
    Loan: (Loan.volume_uid, Loan.item_uid),
    Reading: (Reading.volume_uid, Reading.item_uid),
    Repair: (Repair.record_uid,),
}


def _unsettle(unit: Unit, run: Stocktake, settled: Mapping[str, Finding | None]) -> None:
    now = select(StocktakeLine.record_uid, StocktakeLine.finding)
    wanted = list(settled)
    for start in range(0, len(wanted), BATCH):
        mine = (
            StocktakeLine.stocktake_uid == run.uid,
            StocktakeLine.record_uid.in_(wanted[start : start + BATCH]),
        )
        changed = [uid for uid, finding in unit.session.execute(now.where(*mine)) if finding != settled[uid]]
        other = _lines(run).where(StocktakeLine.record_uid.in_(changed))
        _do(unit, other.values(settled_at=None, settled_by=None, correction=b""))


# --- settling ---------------------------------------------------------------------------------


def settle(
    unit: Unit, number: str, code: str, text: str, *, incident: IncidentKind | None = None, keep_here: bool = False
) -> StocktakeLine | StocktakeScan:  # fmt: skip
    """Settle one difference: by a correction said in *text*, or by an *incident* of which *text* is the course.

    With *keep_here* what was found in another place stays there, and the books follow. Raises `NotFound`,
    `WrongState`, `NoDifference`, `BadValue`, and what a move or an incident refuses.
    """
    run = stocktake.one(unit, number)
    unit.act(Act.STOCKTAKE_SETTLE, run, private={"code": code[:120], "text": text}, incident=incident)
    STOCKTAKE.after(run.state, Act.STOCKTAKE_SETTLE)
    text = incidents.said(text, "correction")
    record = seen_record(unit, code)
    line = unit.session.get(StocktakeLine, (run.uid, record.uid)) if record else None
    if record is not None and line is not None:
        return _settle_line(unit, run, record, line, text, incident=incident, keep_here=keep_here)
    if incident is not None or keep_here:
        raise NoDifference(number=run.number, code=code)
    return _settle_stray(unit, run, code, record, text)


def seen_record(unit: Unit, code: str) -> Volume | Item | None:
    """The record with this code if the actor may see it; unlike `Unit.record` no refusal if there is none."""
    volume = unit.session.scalar(select(Volume).where(Volume.reference_code == code))
    found = volume or unit.session.scalar(select(Item).where(Item.reference_code == code))
    return found if found is not None and unit.may(Act.RECORD_SEE, found) else None


def _settle_line(
    unit: Unit, run: Stocktake, record: Volume | Item, line: StocktakeLine, text: str,
    *, incident: IncidentKind | None, keep_here: bool,
) -> StocktakeLine:  # fmt: skip
    if line.finding not in DIFFERENCES or line.settled_at is not None:
        raise NoDifference(number=run.number, code=line.code)
    if incident is not None:
        if keep_here or incident not in INCIDENTS[line.finding]:
            raise BadValue(field="incident", value=incident, expected=tuple(sorted(INCIDENTS[line.finding])))
        line.incident_uid = incidents.from_count(unit, run, record, incident, text).uid
    elif keep_here:
        if line.seen_uid is None or line.seen_uid == line.place_uid:
            raise NoDifference(number=run.number, code=line.code)
        volumes.move(unit, record.uid, line.seen_uid)
    line.correction = unit.keys.seal(record.uid, f"{LINE_KEY}|{run.uid}", plain({"text": text}))
    line.settled_at, line.settled_by = unit.now, unit.actor.uid
    return line


def _settle_stray(
    unit: Unit, run: Stocktake, code: str, record: Volume | Item | None, text: str
) -> StocktakeScan:  # fmt: skip
    """A code that no line expects: unknown, in a volume, or accepted since; hidden ones only for who sees all."""
    if record is None and not sees_all(unit):
        raise NotFound(what="record", code=code)
    stray = unit.session.get(StocktakeScan, (run.uid, code))
    expected = select(StocktakeLine.record_uid).where(
        StocktakeLine.stocktake_uid == run.uid, StocktakeLine.code == code
    )
    if stray is None or stray.settled_at is not None or unit.session.scalar(expected.limit(1)):
        raise NoDifference(number=run.number, code=code)
    stray.correction = unit.keys.seal_with(LINE_KEY, f"{run.uid}|{code}".encode(), plain({"text": text}))
    stray.settled_at = unit.now
    return stray


def sees_all(unit: Unit) -> bool:
    """True for who may see any record there could be: only he may learn that a code belongs to none (V23)."""
    closed = Volume(
        uid="—", scope_uid="—", reference_code="—", class_code="—", department="—", level=max(Level),
        use_mode=UseMode.CLOSED, custody=Custody.FINANCE, custodians_closed=True, centralised=True,
    )  # fmt: skip
    return unit.may(Act.RECORD_SEE, closed)
