"""Export of chosen records as a package: plaintext that a person asked for, judged and logged record by record (V25).

What the person may not read is named before a byte is written: the whole is refused, or, asked for *partly*, the
package goes without it and says so. The folder gets its name when it is whole; a rerun clears what a crash left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from archive import objects, policy
from archive.acts import Act
from archive.bags import Bag
from archive.cells import cell
from archive.custody.wholes import batches, each_once
from archive.durable import storing
from archive.errors import ArchiveError, BadValue, HandedOn, LineRefused, WrongState
from archive.faults import point
from archive.instance import Instance, Who
from archive.model import DigitalObject, Item, Volume
from archive.packages import books, describing, places
from archive.packages.head import Head
from archive.unit import Unit
from archive.values import ObjectPurpose, VolumeState
from archive.volumes import next_number
from archive.words import Language

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be exported: codes or uids of volumes and lone items, where to, why and for whom."""

    codes: Sequence[str]
    to: Path
    purpose: str
    agency: str = ""
    partly: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A record that does not go along, and why."""

    code: str
    why: ArchiveError


@dataclass(frozen=True, slots=True)
class Exported:
    """A package just made: where, what it holds, what was left out, and the value that stands for all of it."""

    number: str
    folder: Path
    records: int
    files: int
    size: int
    package: str
    left_out: Sequence[LeftOut]


@dataclass(slots=True)
class _Outline:
    head: Head
    purpose: str
    records: list[str] = field(default_factory=list)
    without: set[str] = field(default_factory=set)
    left_out: list[LeftOut] = field(default_factory=list)


def export(instance: Instance, who: Who, asked: Asked, *, progress: Progress | None = None) -> Exported:
    """Write the asked records as a new BagIt folder outside the instance.

    Raises `NotFound`, `LineRefused` (what may not be read, unless *partly*), `BadValue` (no purpose, nothing left),
    `TargetExists`, `InsideInstance`, `FileMissing`, `Damaged`, `DiskFull`, `StorageFailed`; then nothing stands there.
    """
    target = places.target(instance.home, asked.to)
    with instance.work(who, Act.PACKAGE_EXPORT) as unit:
        outline = _outline(unit, asked)
    uid = instance.keys.mac("export", str(target).encode()).hex()[:32]
    with places.scratch(target, uid) as temp:
        counted, package = books.bagged(
            temp, outline.head, lambda bag: _fill(instance, who, outline, bag, progress)
        )
        with instance.work(who, Act.PACKAGE_EXPORT) as unit:
            unit.act(
                Act.PACKAGE_EXPORT, outline.head.number, private={"purpose": outline.purpose}, package=package,
                files=counted.files, bytes=counted.size, papers=counted.papers,
            )  # fmt: skip
        with storing(target):
            point("package.before_rename")
            places.name(temp, target)
            point("package.after_rename")
    made = outline.head.number, target, len(outline.records), counted.files, counted.size
    return Exported(*made, package, outline.left_out)


def _outline(unit: Unit, asked: Asked) -> _Outline:
    """Judge every record and paper, and give the export its number."""
    private = {"purpose": asked.purpose, "agency": asked.agency}
    unit.act(Act.PACKAGE_EXPORT, private=private, records=len(asked.codes))
    objects.purposeful(asked.purpose)
    line, prefix = unit.lines[-1], f"DC{unit.today.year}-"
    number = f"{prefix}{next_number(unit, prefix):05d}"
    line.kind, line.code = "package", number
    head = Head(
        act="export", number=number, company=unit.settings.company, fonds=unit.settings.fonds, receiver=asked.agency,
        reason=asked.purpose, on=unit.today, at=unit.now.isoformat(timespec="seconds"),
    )  # fmt: skip
    outline = _Outline(head, asked.purpose)
    for nth, record in enumerate(_records(unit, asked.codes), 1):
        _judged(unit, nth, record, asked, outline)
    if not outline.records:
        raise BadValue(field="code", value="、".join(asked.codes)[:40] or "—", expected="…")
    return outline


def _records(unit: Unit, codes: Sequence[str]) -> list[Volume | Item]:
    """The records by class and code; a paper whose volume goes along goes with it. Raises `NotFound`, `AskedTwice`."""
    records = [unit.record(code) for code in codes]
    each_once(records)
    whole = {record.uid for record in records}
    alone = [one for one in records if not isinstance(one, Item) or one.volume_uid not in whole]
    return sorted(alone, key=lambda one: (one.class_code, one.reference_code))


def _judged(unit: Unit, nth: int, record: Volume | Item, asked: Asked, outline: _Outline) -> None:
    """Let the record go along, or leave it or some of its papers out; raises `LineRefused` unless *partly*."""
    why = _barred(unit, record)
    if why is None:
        papers = describing.papers_of(unit, record)
        seen = [paper for paper in papers if unit.may(Act.RECORD_SEE, paper)]
        barred = {one.uid: found for one in _with_files(unit, seen) if (found := _closed(unit, one))}
        outline.without |= {paper.uid for paper in papers} - {one.uid for one in seen} | barred.keys()
        outline.records.append(record.uid)
        left = [LeftOut(one.reference_code, barred[one.uid]) for one in seen if one.uid in barred]
    else:
        left = [LeftOut(record.reference_code, why)]
    if left and not asked.partly:
        raise LineRefused(line=nth, code=left[0].code, why=left[0].why)
    outline.left_out += left


def _barred(unit: Unit, record: Volume | Item) -> ArchiveError | None:
    """Why a record cannot go along at all: it is gone, or the person may not hand it out."""
    if record.state is VolumeState.TRANSFERRED:
        return HandedOn(state=record.state, act=Act.PACKAGE_EXPORT)
    if record.state is VolumeState.DESTROYED:
        return WrongState(state=record.state, act=Act.PACKAGE_EXPORT)
    found = policy.refusal(unit.actor, Act.PACKAGE_EXPORT, record)
    if found is None and isinstance(record, Item) and _with_files(unit, [record]):
        return _closed(unit, record)
    return found


def _closed(unit: Unit, paper: Item) -> ArchiveError | None:
    return policy.refusal(unit.actor, Act.ITEM_GET, paper)


def _with_files(unit: Unit, papers: Sequence[Item]) -> list[Item]:
    """Those of *papers* that have a stored file."""
    have: set[str] = set()
    for batch in batches([paper.uid for paper in papers]):
        rows = select(DigitalObject.item_uid).where(
            DigitalObject.item_uid.in_(batch), DigitalObject.purpose == ObjectPurpose.CONTENT
        )
        have |= set(unit.session.scalars(rows))
    return [paper for paper in papers if paper.uid in have]


def _fill(
    instance: Instance, who: Who, outline: _Outline, bag: Bag, progress: Progress | None
) -> books.Counted:
    head = outline.head
    with books.written(bag, instance.vault, head) as open_books:
        for nth, uid in enumerate(outline.records, 1):
            with instance.ask(who, Act.PACKAGE_EXPORT) as unit:
                told = describing.whole(
                    unit, unit.record(uid), Act.PACKAGE_EXPORT, outline.purpose, without=outline.without
                )
            open_books.enter(told)
            if progress:
                progress(nth, len(outline.records))
    counted = open_books.counted
    books.explained(
        bag, "packages.readme", number=head.number, company=head.company, receiver=head.receiver or "—",
        reason=cell(head.reason, Language.ZH), on=head.on, records=len(outline.records), files=counted.files,
        left_out=len(outline.left_out),
    )  # fmt: skip
    return counted
