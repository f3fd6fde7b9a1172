"""The report of the four properties: every check of every record asked for, or of one package, with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from archive import audit, bag_check
from archive.acts import Act
from archive.custody.wholes import each_once
from archive.errors import BadValue
from archive.filenames import readable
from archive.model import Item, Volume
from archive.policy import visible
from archive.properties import packages, records
from archive.properties.case import laid_out
from archive.properties.packages import Case
from archive.properties.table import BY_ID, Verdict
from archive.unit import Unit
from archive.values import VolumeState

#: States in which a record is no longer ours to check.
_GONE = frozenset({VolumeState.TRANSFERRED, VolumeState.DESTROYED})
Progress = Callable[[int, int], None]


def of_records(
    unit: Unit, codes: Sequence[str] = (), *, class_code: str | None = None, progress: Progress | None = None
) -> list[Verdict]:
    """The checks of these records, and of all of a class that this person may see; each is logged.

    Raises `NotFound`, `AskedTwice`, `BadValue` if nothing is asked for; what was handed on or destroyed is left out.
    """
    found = [unit.record(code) for code in codes]
    each_once(found)
    found += [one for one in _of_class(unit, class_code) if one not in found] if class_code else []
    if not codes and not class_code:
        raise BadValue(field="code", value="—", expected="--class")
    unit.act(Act.PROPERTIES_CHECK, records=len(found))
    chain = _chain(unit)
    verdicts: list[Verdict] = []
    for nth, record in enumerate(found, 1):
        verdicts += _verdicts(unit, record, chain) if record.state not in _GONE else ()
        if progress:
            progress(nth, len(found))
    return verdicts


def _of_class(unit: Unit, class_code: str) -> list[Volume | Item]:
    """Volumes and lone items of a class or below it, by code."""
    found: list[Volume | Item] = []
    for kind in (Volume, Item):
        below = kind.class_code.startswith(f"{class_code}·", autoescape=True)
        rows: Any = select(kind).where((kind.class_code == class_code) | below, visible(unit.actor, kind))
        rows = rows.where(Item.volume_uid.is_(None)) if kind is Item else rows
        found += unit.session.scalars(rows.order_by(kind.reference_code))
    return found


def _verdicts(unit: Unit, record: Volume | Item, chain: str | None) -> Iterator[Verdict]:
    unit.act(Act.PROPERTIES_CHECK, record)
    case = laid_out(unit, record, chain=chain)
    for number, check in records.CHECKS.items():
        outcome = check(case)
        yield Verdict(record.reference_code, BY_ID[number], outcome.passing, outcome.evidence)


def _chain(unit: Unit) -> str | None:
    """What is wrong with the log, as the word of it; None if nothing is."""
    public = audit.signer(unit.keys.subkey("audit-signing")).public_key()
    verdict = audit.verify(unit.session, public)
    return None if verdict.sound else str(verdict.why)


def of_package(unit: Unit, folder: Path) -> list[Verdict]:
    """The checks of the package in *folder*; raises `FileMissing`, `StorageFailed`."""
    unit.act(Act.PROPERTIES_CHECK, private={"folder": readable(folder.name)})
    case = Case(folder, unit.today)
    subject = bag_check.info(folder).get("External-Identifier", "")[:60] or readable(folder.name)
    found: list[Verdict] = []
    for number, check in packages.CHECKS.items():
        outcome = check(case)
        found.append(Verdict(subject, BY_ID[number], outcome.passing, outcome.evidence))
    return found
