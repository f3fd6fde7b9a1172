"""The register of transfers out of the company: lists, their lines, and a package checked again; reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from archive import bag_check, people, registry
from archive.acts import Act
from archive.bag_check import Finding, Flaw
from archive.bags import TAG_MANIFEST
from archive.errors import NotFound
from archive.model import Item, Party, Person, RecordClass, TransferLine, TransferList, Volume
from archive.statuses import TransferState
from archive.unit import Unit
from archive.values import Level, Role, VolumeState
from retention.transferring import transfer


@dataclass(frozen=True, slots=True)
class TransferRow:
    """One list: counts are of the records this person may see; words only where he may see one."""

    number: str
    state: TransferState
    receiver: str
    lines: int
    items: int
    pages: int
    pulled: int
    drafted_by: str
    drafted_on: dt.date
    approved_by: str
    approved_on: dt.date | None
    packed_on: dt.date | None
    package: str
    signed_by: str
    signed_on: dt.date | None
    receiver_name: str
    receipt_no: str
    reason: str
    withdrawn: str


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """One record on a list; *still_here* says that the digital copy left with us must be destroyed (个保法 47)."""

    nth: int
    code: str
    title: str
    class_code: str
    level: Level
    period: str
    expires_on: dt.date | None
    items: int
    pages: int
    state: VolumeState
    pulled: bool
    still_here: bool


def rows(unit: Unit, *, open_only: bool = False) -> list[TransferRow]:
    """Every list that has a record this person may see, oldest first; an auditor sees each without its words."""
    unit.look(Act.TRANSFER_SEE)
    wanted = select(TransferList).order_by(TransferList.drafted_at, TransferList.number)
    if open_only:
        wanted = wanted.where(TransferList.state.not_in((TransferState.SIGNED, TransferState.WITHDRAWN)))
    told: list[TransferRow] = []
    seen: list[Volume | Item] = []
    for made in unit.session.scalars(wanted):
        shown = _seen(unit, made)
        seen += shown.values()
        if shown or unit.actor.has(Role.AUDITOR):
            told.append(_row(unit, made, list(shown)))
    unit.listed(Act.TRANSFER_SEE, seen)
    return told


def one(unit: Unit, number: str) -> TransferRow:
    """One list, of the records this person may see; raises `NotFound` if there is none."""
    unit.look(Act.TRANSFER_SEE)
    made = transfer.one(unit, number)
    shown = _seen(unit, made)
    if not shown:
        raise NotFound(what="transfer", code=number)
    return _row(unit, made, list(shown))


def show(unit: Unit, number: str) -> list[TransferRecord]:
    """The lines of a list that this person may see; raises `NotFound` if there is none."""
    unit.look(Act.TRANSFER_SEE)
    shown = _seen(unit, transfer.one(unit, number))
    if not shown:
        raise NotFound(what="transfer", code=number)
    unit.listed(Act.TRANSFER_SEE, list(shown.values()))
    bound = frozenset(unit.session.scalars(select(RecordClass.code).where(RecordClass.ceiling)))
    cards = unit.cards(list(shown.values()))
    return [
        TransferRecord(
            line.nth, line.code, card.title, record.class_code, record.level, record.period, record.expires_on,
            line.items, line.pages, record.state, line.pulled_at is not None,
            record.class_code in bound and record.state is VolumeState.TRANSFERRED,
        )
        for (line, record), card in zip(shown.items(), cards, strict=True)
    ]  # fmt: skip


def _seen(unit: Unit, made: TransferList) -> dict[TransferLine, Volume | Item]:
    found = transfer.lines(unit, made, pulled=True)
    return {line: record for line, record in found.items() if unit.may(Act.RECORD_SEE, record)}


def _row(unit: Unit, made: TransferList, shown: Sequence[TransferLine]) -> TransferRow:
    said = transfer.noted(unit, made) if shown else {}
    live = [line for line in shown if line.pulled_at is None]
    return TransferRow(
        number=made.number, state=made.state, receiver=_receiver(unit, made), lines=len(live),
        items=sum(line.items for line in live), pages=sum(line.pages for line in live),
        pulled=len(shown) - len(live), drafted_by=_name(unit, made.drafted_by),
        drafted_on=_day(unit, made.drafted_at) or unit.today, approved_by=_name(unit, made.approved_by),
        approved_on=_day(unit, made.approved_at), packed_on=_day(unit, made.packed_at), package=made.package,
        signed_by=_name(unit, made.signed_by), signed_on=made.signed_on,
        receiver_name=said.get("receiver_name", ""), receipt_no=said.get("receipt_no", ""),
        reason=said.get("reason", ""), withdrawn=said.get("withdrawn", ""),
    )  # fmt: skip


def _receiver(unit: Unit, made: TransferList) -> str:
    return registry.party_line(unit, unit.session.get_one(Party, made.to_uid)).name


def _name(unit: Unit, uid: str | None) -> str:
    return people.name_of(unit, unit.session.get_one(Person, uid)) if uid else ""


def _day(unit: Unit, moment: dt.datetime | None) -> dt.date | None:
    return moment.astimezone(unit.settings.zone).date() if moment else None


# --- checking a package -----------------------------------------------------------------------


def verify(unit: Unit, folder: Path) -> list[Finding]:
    """What keeps the package in *folder* from being complete and valid (RFC 8493), and from being the one we made.

    A package made over with lists that fit is still another than the one remembered. Raises `FileMissing`.
    """
    unit.look(Act.TRANSFER_SEE)
    number = bag_check.info(folder).get("External-Identifier", "") if folder.is_dir() else ""
    made = unit.session.scalar(select(TransferList).where(TransferList.number == number))
    found = bag_check.check(folder, strict=made is not None)
    if made is None:
        found.append(Finding("bag-info.txt", Flaw.OTHER))
    elif made.package != bag_check.seal(folder):
        found.append(Finding(TAG_MANIFEST, Flaw.OTHER))
    return found
