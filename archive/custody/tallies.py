"""清点表 (F16): what a stocktake came to, its differences, and closing it.

All figures count only what the reader may see (decision 6); so a stocktake is closed by one who sees all of it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select

from archive.acts import Act
from archive.custody import inspections, stocktake
from archive.custody.counts import DIFFERENCES, LINE_KEY, NOT_THERE, seen_record, sees_all
from archive.custody.shelves import Ladder
from archive.errors import DifferencesOpen, InspectionMissing
from archive.model import (
    Blob,
    DigitalObject,
    Incident,
    Item,
    Stocktake,
    StocktakeLine,
    StocktakeScan,
    Volume,
)
from archive.policy import visible
from archive.statuses import Finding, Protection, StocktakeKind, StocktakeState, Whereabouts
from archive.unit import Unit

#: Every byte is read again within so many days (issue C, 9).
ROTATION = 30
#: So many codes are named in a refusal.
NAMED = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """One line that does not agree (or, while counting, is not scanned yet: no finding), and how it was settled."""

    code: str
    title: str
    finding: Finding | None
    expected: Whereabouts | None
    place: str
    seen: str
    incident: str
    correction: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The sheet F16; None: not told while this person counts blind."""

    number: str
    kind: StocktakeKind
    period: str
    scope: str
    blind: bool
    state: StocktakeState
    begun_at: dt.datetime
    scanned: int
    volumes: int | None
    items: int | None
    electronic: int | None
    out: int | None
    lost: int | None
    expected: int | None
    counted: int | None
    short: tuple[str, ...]
    over: tuple[str, ...]
    misplaced: tuple[str, ...]
    damaged: tuple[str, ...]
    unsettled: int | None
    protections: tuple[Protection, ...]
    amiss: tuple[Protection, ...]
    counters: tuple[str, str]
    checked_by: str
    closed_at: dt.datetime | None
    agrees: bool | None
    mend_by: str
    remarks: str
    blobs: int
    unread: int
    oldest_read: dt.date | None


@dataclass(frozen=True, slots=True)
class _Tally:
    """Lines by record kind, expectation and finding, and the codes that differ."""

    lines: Counter[tuple[bool, Whereabouts, Finding | None]]
    differences: Sequence[tuple[Finding, str, bool]]

    def count(self, *, volume: bool | None = None, expected: Iterable[Whereabouts] = Whereabouts) -> int:
        """How many lines, of volumes or lone items, with one of these expectations."""
        wanted = set(expected)
        return sum(
            number
            for (is_volume, one, _), number in self.lines.items()
            if one in wanted and volume in {None, is_volume}
        )

    def found(self, *findings: Finding) -> int:
        """How many lines came to one of these."""
        return sum(number for (_, _, one), number in self.lines.items() if one in findings)

    def codes(self, finding: Finding) -> tuple[str, ...]:
        """The codes that came to *finding*, in order."""
        return tuple(sorted(code for one, code, _ in self.differences if one is finding))


def report(unit: Unit, number: str) -> Report:
    """The sheet of one run, over what this person may see; raises `NotFound`."""
    unit.look(Act.STOCKTAKE_SEE)
    run = stocktake.one(unit, number)
    told, seven = stocktake.card(unit, run), inspections.rows(unit, stocktake=run.number)
    blobs, unread, oldest = digital(unit)
    return Report(
        number=run.number, kind=run.kind, period=run.period, scope=stocktake.told_scope(unit, run),
        blind=run.blind, state=run.state, begun_at=run.begun_at, scanned=_scanned(unit, run),
        **(_UNTOLD if stocktake.blinded(unit, run) else _figures(_tally(unit, run))),
        protections=tuple(one for one in Protection if one in {line.protection for line in seven}),
        amiss=tuple(one for one in Protection if one in {line.protection for line in seven if not line.sound}),
        counters=(stocktake.name(unit, run.counter_one), stocktake.name(unit, run.counter_two)),
        checked_by=stocktake.name(unit, run.checked_by), closed_at=run.closed_at, agrees=run.agrees,
        mend_by=told.get("mend_by", ""), remarks=told.get("remarks", told.get("reason", "")),
        blobs=blobs, unread=unread, oldest_read=oldest,
    )  # fmt: skip


#: The figures that one who counts blind is not told.
_UNTOLD: Mapping[str, Any] = {
    **dict.fromkeys(("volumes", "items", "electronic", "out", "lost", "expected", "counted", "unsettled")),
    **dict.fromkeys(("short", "over", "misplaced", "damaged"), ()),
}


def _figures(tally: _Tally) -> Mapping[str, Any]:
    """账面、借出、应在库、实点、盈亏: what should be there is the books less what the ledgers have elsewhere (V16)."""
    electronic, lost = frozenset({Whereabouts.ELECTRONIC}), frozenset({Whereabouts.LOST})
    on_paper = frozenset(Whereabouts) - electronic
    return {
        "volumes": tally.count(volume=True, expected=on_paper),
        "items": tally.count(volume=False, expected=on_paper),
        "electronic": tally.count(expected=electronic),
        "out": tally.count(expected=NOT_THERE - electronic - lost),
        "lost": tally.count(expected=lost),
        "expected": tally.count(expected=frozenset(Whereabouts) - NOT_THERE),
        "counted": tally.found(Finding.PRESENT, Finding.MISPLACED, Finding.DAMAGED),
        "short": tally.codes(Finding.MISSING),
        "over": tally.codes(Finding.UNEXPECTED),
        "misplaced": tally.codes(Finding.MISPLACED),
        "damaged": tally.codes(Finding.DAMAGED),
        "unsettled": sum(not settled for *_, settled in tally.differences),
    }


def outcome(unit: Unit, run: Stocktake) -> Mapping[str, int]:
    """What a compared run came to, in numbers, over what this person may see; the caller has judged."""
    told = _figures(_tally(unit, run))
    differing = {
        "missing": "short", "surplus": "over", "misplaced": "misplaced", "damaged": "damaged",
    }  # fmt: skip
    plain = {"expected": int(told["expected"]), "counted": int(told["counted"])}
    return plain | {name: len(told[codes]) for name, codes in differing.items()}


def _scanned(unit: Unit, run: Stocktake) -> int:
    mine = select(func.count()).select_from(StocktakeScan).where(StocktakeScan.stocktake_uid == run.uid)
    return unit.session.scalar(mine) or 0


def _seen(unit: Unit, run: Stocktake, *columns: Any) -> Select[Any]:
    """*columns* of the lines of *run* whose record this person may see."""
    rows = (
        select(*columns)
        .select_from(StocktakeLine)
        .outerjoin(Volume, Volume.uid == StocktakeLine.record_uid)
        .outerjoin(Item, Item.uid == StocktakeLine.record_uid)
        .where(StocktakeLine.stocktake_uid == run.uid)
    )
    volume = Volume.uid.is_not(None) & visible(unit.actor, Volume)
    return rows.where(or_(volume, Item.uid.is_not(None) & visible(unit.actor, Item)))


def _tally(unit: Unit, run: Stocktake) -> _Tally:
    is_volume = Volume.uid.is_not(None)
    grouped = (is_volume, StocktakeLine.expected, StocktakeLine.finding)
    counts = unit.session.execute(_seen(unit, run, *grouped, func.count()).group_by(*grouped))
    lines = Counter(
        {(bool(volume), expected, finding): number for volume, expected, finding, number in counts}
    )
    return _Tally(lines, _differing(unit, run))


def _differing(unit: Unit, run: Stocktake) -> list[tuple[Finding, str, bool]]:
    """Finding, code, and whether it is settled, of every visible difference."""
    rows = _seen(unit, run, StocktakeLine.finding, StocktakeLine.code, StocktakeLine.settled_at)
    differing = unit.session.execute(rows.where(StocktakeLine.finding.in_(DIFFERENCES)))
    found = [(finding, code, settled is not None) for finding, code, settled in differing]
    if run.compared_at is not None:
        found += [(Finding.UNEXPECTED, one.code, one.settled_at is not None) for one, _ in _strays(unit, run)]
    return found


def _strays(unit: Unit, run: Stocktake) -> list[tuple[StocktakeScan, Volume | Item | None]]:
    """Scanned codes that no line expects; unknown ones only for those who may know that they are unknown."""
    expected = select(StocktakeLine.code).where(StocktakeLine.stocktake_uid == run.uid)
    rows = select(StocktakeScan).where(
        StocktakeScan.stocktake_uid == run.uid, StocktakeScan.code.not_in(expected)
    )
    found = [
        (one, seen_record(unit, one.code)) for one in unit.session.scalars(rows.order_by(StocktakeScan.code))
    ]
    return found if sees_all(unit) else [(one, record) for one, record in found if record is not None]


# --- the differences --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: codes scanned; of the lines to be found how many there are and how many were (None: blind)."""

    scanned: int
    expected: int | None
    found: int | None


def progress(unit: Unit, number: str) -> Progress:
    """How far the counting of a run has come, over what this person may see; raises `NotFound`."""
    unit.look(Act.STOCKTAKE_SEE)
    run = stocktake.one(unit, number)
    if stocktake.blinded(unit, run):
        return Progress(_scanned(unit, run), None, None)
    scanned = select(StocktakeScan.code).where(StocktakeScan.stocktake_uid == run.uid)
    wanted = _seen(unit, run, func.count()).where(StocktakeLine.expected.not_in(NOT_THERE))
    expected = unit.session.scalar(wanted) or 0
    found = unit.session.scalar(wanted.where(StocktakeLine.code.in_(scanned))) or 0
    return Progress(_scanned(unit, run), expected, found)


def differences(
    unit: Unit, number: str, *, open_only: bool = False, most: int | None = None
) -> list[Difference]:
    """What does not agree; while counting, what is still to be found, but for who counts blind: nothing.

    With *most* no more lines than that, the first by code. Raises `NotFound`.
    """
    unit.look(Act.STOCKTAKE_SEE)
    run = stocktake.one(unit, number)
    if stocktake.blinded(unit, run):
        return []
    counting = run.state is StocktakeState.COUNTING
    lines = _lines(
        unit, _to_find(unit, run) if counting else _found(unit, run, open_only=open_only), most=most
    )
    records = [record for _, record in lines]
    unit.listed(Act.STOCKTAKE_SEE, records)
    ladder = Ladder(unit)
    told = [
        _line(unit, ladder, run, line, record, card.title, counting=counting)
        for (line, record), card in zip(lines, unit.cards(records), strict=True)
    ]
    strays = [] if counting else _strays(unit, run)[:most]
    told += [_stray(unit, ladder, run, *one) for one in strays if not (open_only and one[0].settled_at)]
    return sorted(told, key=lambda one: one.code)[:most]


def _lines(unit: Unit, wanted: Select[Any], *, most: int | None) -> list[tuple[StocktakeLine, Volume | Item]]:
    rows = unit.session.execute(wanted.order_by(StocktakeLine.code).limit(most))
    return [(line, volume or item) for line, volume, item in rows]


def _found(unit: Unit, run: Stocktake, *, open_only: bool) -> Select[Any]:
    rows = _seen(unit, run, StocktakeLine, Volume, Item).where(StocktakeLine.finding.in_(DIFFERENCES))
    if open_only:
        rows = rows.where(StocktakeLine.settled_at.is_(None))
    return rows


def _to_find(unit: Unit, run: Stocktake) -> Select[Any]:
    scanned = select(StocktakeScan.code).where(StocktakeScan.stocktake_uid == run.uid)
    return _seen(unit, run, StocktakeLine, Volume, Item).where(
        StocktakeLine.expected.not_in(NOT_THERE), StocktakeLine.code.not_in(scanned)
    )


def _line(
    unit: Unit, ladder: Ladder, run: Stocktake, line: StocktakeLine, record: Volume | Item, title: str,
    *, counting: bool,
) -> Difference:  # fmt: skip
    incident = unit.session.get(Incident, line.incident_uid) if line.incident_uid else None
    place = f"{LINE_KEY}|{run.uid}"
    said = str(unit.told(record.uid, place, line.correction)["text"]) if line.correction else ""
    return Difference(
        line.code, title, None if counting else line.finding, line.expected, ladder.path(line.place_uid),
        ladder.path(line.seen_uid), incident.number if incident else "", said, line.settled_at is not None,
    )  # fmt: skip


def _stray(
    unit: Unit, ladder: Ladder, run: Stocktake, scan: StocktakeScan, record: Volume | Item | None
) -> Difference:  # fmt: skip
    place = f"{run.uid}|{scan.code}".encode()
    said = unit.keys.open_with(LINE_KEY, place, scan.correction) if scan.correction else b""
    title = unit.card(record).title if record is not None else ""
    return Difference(
        scan.code, title, Finding.UNEXPECTED, None, "", ladder.path(scan.place_uid), "", _text(said),
        scan.settled_at is not None,
    )  # fmt: skip


def _text(said: bytes) -> str:
    return str(json.loads(said)["text"]) if said else ""


# --- closing ----------------------------------------------------------------------------------


def close(unit: Unit, number: str, *, mend_by: dt.date | None = None, remarks: str = "") -> Stocktake:
    """Close a compared run by a third person; whether the books agree is reckoned, not said (V16).

    帐物相符: nothing was missing, and nothing was there that the books have elsewhere or not at all.
    Raises `NotFound`, `MissingPeople`, `SameSigner`, `WrongState`, `DifferencesOpen`, `InspectionMissing`.
    """
    run = stocktake.one(unit, number)
    unit.act(Act.STOCKTAKE_CLOSE, run, private={"remarks": remarks}, mend_by=mend_by)
    stocktake.close(unit, run, agrees=_agrees(unit, run))
    _all_settled(unit, run)
    if not inspections.inspected(unit, run):
        raise InspectionMissing(number=run.number)
    stocktake.write(unit, run, remarks=remarks.strip(), mend_by=mend_by.isoformat() if mend_by else "")
    unit.lines[-1].facts = {"agrees": run.agrees, "mend_by": mend_by}
    return run


def _agrees(unit: Unit, run: Stocktake) -> bool:
    wrong = select(StocktakeLine.record_uid).where(
        StocktakeLine.stocktake_uid == run.uid,
        StocktakeLine.finding.in_({Finding.MISSING, Finding.UNEXPECTED}),
    )
    return unit.session.scalar(wrong.limit(1)) is None and unit.session.scalar(_unexpected(run)) is None


def _unexpected(run: Stocktake) -> Select[Any]:
    """One code that no line of *run* expects."""
    expected = select(StocktakeLine.code).where(StocktakeLine.stocktake_uid == run.uid)
    mine = (StocktakeScan.stocktake_uid == run.uid, StocktakeScan.code.not_in(expected))
    return select(StocktakeScan.code).where(*mine).limit(1)


def _all_settled(unit: Unit, run: Stocktake) -> None:
    """Raise `DifferencesOpen`, naming only what the checker may see; hidden ones hold the run open all the same."""
    lines = select(StocktakeLine.record_uid).where(
        StocktakeLine.stocktake_uid == run.uid,
        StocktakeLine.finding.in_(DIFFERENCES),
        StocktakeLine.settled_at.is_(None),
    )
    strays = _unexpected(run).where(StocktakeScan.settled_at.is_(None))
    if unit.session.scalar(lines.limit(1)) is None and unit.session.scalar(strays) is None:
        return
    codes = sorted(code for _, code, settled in _differing(unit, run) if not settled)
    raise DifferencesOpen(number=run.number, count=len(codes), codes=codes[:NAMED])


# --- what is kept in the vault ----------------------------------------------------------------


def digital(unit: Unit) -> tuple[int, int, dt.date | None]:
    """Digital holdings are counted by reading them: how many stored files, how many unread for 30 days, the oldest reading.

    Only files of records this person may see.
    """
    mine = select(DigitalObject.blob_uid).join(Item, Item.uid == DigitalObject.item_uid)
    blobs = Blob.uid.in_(mine.where(visible(unit.actor, Item)))
    read = func.coalesce(Blob.checked_at, Blob.created_at)
    stale = read < unit.now - dt.timedelta(days=ROTATION)
    total = unit.session.scalar(select(func.count()).select_from(Blob).where(blobs)) or 0
    unread = unit.session.scalar(select(func.count()).select_from(Blob).where(blobs, stale)) or 0
    oldest = unit.session.scalar(select(func.min(read)).where(blobs))
    return total, unread, oldest.astimezone(unit.settings.zone).date() if oldest else None
