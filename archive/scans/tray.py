"""收件盘: scans that matched no record, encrypted like any other file until somebody knows where they belong.

A scan waits with its department; the archivist sees all but what the personnel office put there. Each has a key of
its own. Attached or discarded it has none: the catalogue says so first, then the key goes (decision 13).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true

from archive import erasing, objects, people
from archive.acts import Act
from archive.cards import plain
from archive.errors import AttachedAlready, BadValue, InsideInstance, NotFound, WrongState
from archive.exchange import IntakeState
from archive.faults import point
from archive.instance import Instance, Who
from archive.lives import INTAKE
from archive.model import Blob, IntakeScan, Item, Person, Post
from archive.scans.fates import Why
from archive.unit import Unit
from archive.values import ComponentKind, Role
from archive.volumes import next_number

#: Under whose key the keys of waiting scans are wrapped, and what seals the cards of settled ones.
BUCKET = CARD_KEY = "intake"
#: Days after which a waiting scan is worth a word on the rounds.
PATIENCE_DAYS = 7


@dataclass(frozen=True, slots=True)
class TrayLine:
    """One scan of the tray: what it is called, why it found no record, who put it there, what became of it."""

    number: str
    state: IntakeState
    name: str
    why: Why | None
    pages: int | None
    size: int
    department: str
    put_at: dt.datetime
    put_by: str
    waits_days: int
    code: str
    settled_at: dt.datetime | None
    settled_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Settled:
    """A scan that left the tray: its number, and the record it is attached to (none: discarded)."""

    number: str
    code: str = ""


# --- putting in -------------------------------------------------------------------------------


def put(
    unit: Unit, source: BinaryIO | bytes, *, name: str, why: Why, pages: int | None = None, error: str = ""
) -> IntakeScan:
    """Store *source* in the tray of the actor's department; the batch's act has been named, this adds its line."""
    prefix = f"SM{unit.today.year}-"
    number = f"{prefix}{next_number(unit, prefix):05d}"
    (uid,) = unit.new_uids(BUCKET, 1)
    new = unit.vault.write(source)
    blob = objects.new_blob(unit, new)
    scan = IntakeScan(
        uid=uid, number=number, department=unit.actor.department, blob_uid=blob.uid, size=blob.size, pages=pages,
        wrapped_key=objects.wrapped_waiting(unit, uid, new.key), put_at=unit.now, put_by=unit.actor.uid,
        card=unit.keys.seal(uid, _place(uid), plain({"name": Path(name).name[:200], "why": why, "error": error})),
    )  # fmt: skip
    unit.act(Act.SCAN_ATTACH, scan, why=why)
    unit.session.add(scan)
    unit.session.flush()
    return scan


def alike(unit: Unit, content_id: str) -> IntakeScan | None:
    """A scan of this content that waits, or went from the tray to a record, as far as this person may see it."""
    rows = select(IntakeScan).join(Blob, Blob.uid == IntakeScan.blob_uid).where(_seen(unit))
    wanted = Blob.content_id == content_id, Blob.erased_at.is_(None)
    for scan in unit.session.scalars(rows.where(*wanted).order_by(IntakeScan.state.desc())):
        if scan.state is IntakeState.WAITING or _item(unit, scan) is not None:
            return scan
    return None


# --- looking ----------------------------------------------------------------------------------


def rows(unit: Unit, *, every: bool = False) -> list[TrayLine]:
    """The waiting scans this person may see, oldest first; with *every* those that were settled too."""
    unit.look(Act.INTAKE_SEE)
    found = select(IntakeScan).where(_seen(unit)).order_by(IntakeScan.number)
    if not every:
        found = found.where(IntakeScan.state == IntakeState.WAITING)
    return [_line(unit, scan) for scan in unit.session.scalars(found)]


def show(unit: Unit, number: str) -> TrayLine:
    """One scan of the tray, settled or not; raises `NotFound`."""
    unit.look(Act.INTAKE_SEE)
    return _line(unit, _one(unit, number))


def fetch(unit: Unit, number: str, target: Path, *, purpose: str) -> Path:
    """Write a waiting scan to *target*, a path the person asked for; logged with the purpose (V25).

    Raises `NotFound`, `WrongState`, `BadValue` without a purpose, `InsideInstance`, `TargetExists`, `Damaged`.
    """
    scan = _taken(unit, number, purpose)
    if target.resolve().is_relative_to(unit.home.resolve()):
        raise InsideInstance(path=target)
    path = target / str(_told(unit, scan)["name"]) if target.is_dir() else target
    ref = objects.blob_ref(unit.session.get_one(Blob, scan.blob_uid))
    key = objects.waiting_key(unit, scan)
    unit.log_now()
    unit.vault.export(ref, key, path)
    return path


def content(unit: Unit, number: str, *, purpose: str) -> tuple[str, bytes]:
    """Name and bytes of a waiting scan, for who looks at it over the network; logged as `fetch` is.

    Raises `NotFound`, `WrongState`, `BadValue` without a purpose, `Damaged`.
    """
    scan = _taken(unit, number, purpose)
    ref, key = objects.blob_ref(unit.session.get_one(Blob, scan.blob_uid)), objects.waiting_key(unit, scan)
    name = str(_told(unit, scan)["name"])
    unit.log_now()
    return name, unit.vault.read_all(ref, key)


def _taken(unit: Unit, number: str, purpose: str) -> IntakeScan:
    """The waiting scan, taken out for a *purpose*."""
    scan = _one(unit, number)
    unit.act(Act.INTAKE_GET, scan, private={"purpose": purpose})
    objects.purposeful(purpose)
    if scan.state is not IntakeState.WAITING:
        raise WrongState(state=scan.state, act=Act.INTAKE_GET)
    return scan


def late(unit: Unit) -> int:
    """How many scans have waited for more than a week, seen or not: a number for the rounds."""
    unit.look(Act.INTAKE_SEE)
    before = unit.now - dt.timedelta(days=PATIENCE_DAYS)
    waiting = IntakeScan.state == IntakeState.WAITING
    count = select(func.count()).select_from(IntakeScan).where(waiting, IntakeScan.put_at < before)
    return unit.session.scalar(count) or 0


# --- settling ---------------------------------------------------------------------------------


def attach(
    instance: Instance, who: Who, number: str, code: str, kind: ComponentKind = ComponentKind.TEXT
) -> Settled:
    """Attach a waiting scan to an item: its key is wrapped for the item, then the tray's own goes.

    Raises `NotFound`, `WrongState`, `AttachedAlready` (the item has these very bytes), and what the policy refuses.
    """
    with instance.work(who, Act.INTAKE_ATTACH) as unit:
        scan, item = _one(unit, number), unit.item(code)
        onto(unit, scan, item, kind)
        uid, told = scan.uid, Settled(scan.number, item.reference_code)
    forget(instance, [uid])
    return told


def onto(
    unit: Unit, scan: IntakeScan, item: Item, kind: ComponentKind = ComponentKind.TEXT, *, name: str = ""
) -> None:
    """Attach a waiting scan to *item* in the catalogue, under its own name or *name*; then `forget` its key.

    Raises as `attach` does.
    """
    unit.act(Act.INTAKE_ATTACH, scan, item=item.uid, item_code=item.reference_code)
    state = INTAKE.after(scan.state, Act.INTAKE_ATTACH)
    blob = unit.session.get_one(Blob, scan.blob_uid)
    if objects.has(unit, item, blob.content_id):
        raise AttachedAlready(code=item.reference_code, number=scan.number)
    key, told = objects.waiting_key(unit, scan), name or str(_told(unit, scan)["name"])
    objects.attach_stored(unit, item, blob, key, name=told, kind=kind)
    scan.item_uid = item.uid
    _settle(unit, scan, state)


def discard(instance: Instance, who: Who, number: str, *, reason: str) -> Settled:
    """Throw a waiting scan away: its key is dropped and its bytes are removed.

    Raises `NotFound`, `WrongState`, `BadValue` without a reason.
    """
    with instance.work(who, Act.INTAKE_DISCARD) as unit:
        scan = _one(unit, number)
        unit.act(Act.INTAKE_DISCARD, scan, private={"reason": reason})
        state = INTAKE.after(scan.state, Act.INTAKE_DISCARD)
        if not reason.strip():
            raise BadValue(field="reason", value=reason, expected="…")
        blob = unit.session.get_one(Blob, scan.blob_uid)
        blob.erased_at = unit.now
        left, told = erasing.Traces((scan.uid,), (objects.blob_ref(blob),)), Settled(scan.number)
        _settle(unit, scan, state, reason=reason.strip())
    _erase(instance, left)
    return told


def _settle(unit: Unit, scan: IntakeScan, state: IntakeState, **told: str) -> None:
    scan.state, scan.settled_at, scan.settled_by = state, unit.now, unit.actor.uid
    scan.wrapped_key = b""
    scan.card = unit.keys.seal_with(CARD_KEY, scan.uid.encode(), plain(told))
    unit.session.flush()


def forget(instance: Instance, uids: Sequence[str]) -> None:
    """Take the keys that scans had while they waited, once the catalogue says that they left the tray."""
    _erase(instance, erasing.Traces(tuple(uids), ()))


def _erase(instance: Instance, left: erasing.Traces) -> None:
    """Take keys and bytes; killed before it is done, the sweep finishes it."""
    point("intake.settled")
    erasing.erase(instance, left)


# --- inside -----------------------------------------------------------------------------------


def _place(uid: str) -> str:
    return f"intake|{uid}"


def _seen(unit: Unit) -> ColumnElement[bool]:
    """Whose scans a person sees: his department's, as archivist all, of the personnel office's only its own."""
    actor = unit.actor
    personnel = IntakeScan.put_by.in_(_personnel())
    if actor.has(Role.HR):
        return or_(personnel, IntakeScan.department == actor.department)
    near = true() if actor.has(Role.ARCHIVIST) else IntakeScan.department == actor.department
    return or_(IntakeScan.put_by == actor.uid, and_(near, ~personnel))


def _personnel() -> Select[str]:
    return select(Post.person_uid).where(Post.role == Role.HR)


def _one(unit: Unit, number: str) -> IntakeScan:
    """The scan with this number, if the actor may see it; raises `NotFound`."""
    found = unit.session.scalar(select(IntakeScan).where(IntakeScan.number == number, _seen(unit)))
    if found is None:
        raise NotFound(what="intakescan", code=number)
    return found


def _item(unit: Unit, scan: IntakeScan) -> Item | None:
    """The item a scan was attached to, if this person may see it."""
    item = unit.session.get(Item, scan.item_uid) if scan.item_uid else None
    return item if item is not None and unit.may(Act.RECORD_SEE, item) else None


def item_code(unit: Unit, scan: IntakeScan) -> str:
    """The code of the item a scan was attached to, as far as it may be seen; else nothing."""
    item = _item(unit, scan)
    return item.reference_code if item is not None else ""


def _told(unit: Unit, scan: IntakeScan) -> dict[str, Any]:
    if scan.state is IntakeState.WAITING:
        return unit.told(scan.uid, _place(scan.uid), scan.card)
    return dict(json.loads(unit.keys.open_with(CARD_KEY, scan.uid.encode(), scan.card)))


def _line(unit: Unit, scan: IntakeScan) -> TrayLine:
    told = _told(unit, scan)
    why = told.get("why")
    return TrayLine(
        number=scan.number, state=scan.state, name=str(told.get("name", "")), why=Why(why) if why else None,
        pages=scan.pages, size=scan.size, department=scan.department, put_at=scan.put_at,
        put_by=_name(unit, scan.put_by), waits_days=(unit.now - scan.put_at).days, code=item_code(unit, scan),
        settled_at=scan.settled_at, settled_by=_name(unit, scan.settled_by), reason=str(told.get("reason", "")),
    )  # fmt: skip


def _name(unit: Unit, uid: str | None) -> str:
    return people.name_of(unit, unit.session.get_one(Person, uid)) if uid else ""
