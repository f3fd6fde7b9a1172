"""封存与启封: into a bag one year after being stored, out again with a reason, an approval and a witness (R21, V17)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from archive import quorum
from archive.acts import Act
from archive.cards import plain
from archive.circulation import authority
from archive.circulation.authority import Warrant
from archive.codes import code_checked
from archive.custody import wholes
from archive.errors import (
    AboveClearance,
    ApprovalNeeded,
    BadValue,
    CodeTaken,
    LeftInBag,
    NotEmployed,
    NotFound,
    NotOnShelf,
    SameSigner,
    SealIntact,
    ThirdPerson,
)
from archive.lives import SEAL
from archive.model import (
    Decision,
    Item,
    Location,
    Person,
    Seal,
    SealLine,
    SealOpening,
    Volume,
)
from archive.statuses import RequestKind, SealState, Whereabouts
from archive.unit import Unit
from archive.values import Employment, PlaceKind, Role, VolumeState
from archive.volumes import next_number, on_its_own, put

OPENING_KEY = "seal-opening"
Records = Sequence[Volume | Item]


def close(unit: Unit, codes: Sequence[str], *, bag: str, seal_no: str, checked_by: str) -> Seal:
    """Seal records in a bag under a numbered seal, the actor sealing, *checked_by* checking (R21, F25).

    Everything that stands in the bag is sealed with it; no codes mean just that. What was unsealed goes back
    on the approval it was opened with, all else needs an approved request of its own. The seal's number is
    never used twice. Raises `BadValue`, `SealIntact`, `LeftInBag`, `CodeTaken`, `WrongState`, `NotOnShelf`,
    `NotLockable`, `ApprovalNeeded`, `SameSigner`, `ThirdPerson`, `MissingPeople`.
    """
    place, checker = _bag(unit, bag), unit.person(checked_by)
    records = _meant(unit, codes, place)
    mark = code_checked(seal_no, "seal_no")
    for record in records:
        unit.act(Act.SEAL_CLOSE, record, bag=place.code, seal_no=mark, checked_by=checker.account)
    former = _last(unit, place)
    if former is not None and former.state is SealState.SEALED:
        raise SealIntact(bag=place.code, seal=former.seal_no)
    _all_of_it(unit, records, place)
    _third(unit, Act.SEAL_CLOSE, checker, records)
    lines = {record.uid: _sealable(unit, record, checker) for record in records}
    made = _seal(unit, place, mark, checker, former)
    for record in records:
        if record.place_uid != place.uid:
            put(unit, record, place)
        wholes.step(unit, record, Act.SEAL_CLOSE)
        unit.session.add(SealLine(seal_uid=made.uid, record_uid=record.uid, line_uid=lines[record.uid]))
    if former is not None and former.state is SealState.UNSEALED:
        former.state = SEAL.after(former.state, Act.SEAL_CLOSE)
    unit.session.flush()
    return made


def _bag(unit: Unit, code: str) -> Location:
    place = unit.one(Location, "location", code)
    if place.kind is not PlaceKind.BAG:
        raise BadValue(field="bag", value=place.code, expected=PlaceKind.BAG)
    return place


def _meant(unit: Unit, codes: Sequence[str], place: Location) -> list[Volume | Item]:
    if not codes:
        codes = [record.uid for record in _inside(unit, place) if unit.may(Act.RECORD_SEE, record)]
    records = [unit.record(code) for code in codes]
    if not records:
        raise BadValue(field="codes", value="—", expected="≥ 1")
    wholes.each_once(records)
    return records


def _inside(unit: Unit, place: Location) -> list[Volume | Item]:
    """What stands in a bag by the books, hidden records among it."""
    volumes = list(unit.session.scalars(select(Volume).where(Volume.place_uid == place.uid)))
    items = unit.session.scalars(select(Item).where(Item.place_uid == place.uid))
    return [*volumes, *items]


def _last(unit: Unit, place: Location) -> Seal | None:
    """The newest seal on a bag, which none replaces: one bag bears one unbroken seal at most."""
    former = select(Seal.former_uid).where(Seal.former_uid.is_not(None))
    return unit.session.scalar(select(Seal).where(Seal.bag_uid == place.uid, Seal.uid.not_in(former)))


def _all_of_it(unit: Unit, records: Records, place: Location) -> None:
    meant = {record.uid for record in records}
    left = [record for record in _inside(unit, place) if record.uid not in meant]
    if left:
        seen = sum(unit.may(Act.RECORD_SEE, record) for record in left)
        raise LeftInBag(bag=place.code, count=seen or "—")


def _third(unit: Unit, act: Act, other: Person, records: Records) -> None:
    """The other of the two is another person, still employed, cleared for what he handles."""
    quorum.demand(unit, act)
    if other.uid == unit.actor.uid:
        raise SameSigner(act=act)
    if other.employment is not Employment.ACTIVE:
        raise NotEmployed(account=other.account)
    highest = max(record.level for record in records)
    if other.clearance < highest:
        raise AboveClearance(has=other.clearance, given=highest)


def _sealable(unit: Unit, record: Volume | Item, checker: Person) -> str | None:
    """The approval a record is sealed on, once all else is found in order."""
    on_its_own(unit, record, Act.SEAL_CLOSE)
    wholes.after(record, Act.SEAL_CLOSE)
    if wholes.on_shelf(unit, record) == 0:
        raise NotOnShelf(code=record.reference_code, where=Whereabouts.ELECTRONIC)
    if record.state is VolumeState.UNSEALED:
        opening = last_opening(unit, record)
        _apart(unit, Act.SEAL_CLOSE, checker, opening.line_uid if opening else None)
        return None
    return _spend(unit, RequestKind.SEAL, record, Act.SEAL_CLOSE, checker)


def _spend(unit: Unit, kind: RequestKind, record: Volume | Item, act: Act, other: Person) -> str:
    """Use up the approval; who gave it is neither of the two at the bag. Raises `ApprovalNeeded`, `ThirdPerson`."""
    warrant = authority.demand(unit, kind, record, unit.session.get_one(Person, unit.actor.uid))
    if warrant.line is None:  # a matrix that lets it pass without asking does not reach so far (V17)
        raise ApprovalNeeded(kind=kind, code=record.reference_code, steps=(Role.GM,), clause="8-1.4.4")
    _apart(unit, act, other, warrant.line.uid)
    authority.spend(unit, Warrant(warrant.line, warrant.grant), act)
    return warrant.line.uid


def _apart(unit: Unit, act: Act, other: Person, line_uid: str | None) -> None:
    for person in (unit.actor, other):
        if person.uid in approvers(unit, line_uid):
            raise ThirdPerson(act=act, account=person.account)


def approvers(unit: Unit, line_uid: str | None) -> frozenset[str]:
    """Who decided on the line of a request, each step of its road."""
    return frozenset(unit.session.scalars(select(Decision.decided_by).where(Decision.line_uid == line_uid)))


def _seal(unit: Unit, place: Location, mark: str, checker: Person, former: Seal | None) -> Seal:
    if unit.session.scalar(select(Seal.uid).where(Seal.seal_no == mark)) is not None:
        raise CodeTaken(code=mark)
    prefix = f"FC{unit.today.year}-"
    made = Seal(
        number=f"{prefix}{next_number(unit, prefix):04d}", seal_no=mark, bag_uid=place.uid, sealed_on=unit.today,
        state=SealState.SEALED, sealed_by=unit.actor.uid, checked_by=checker.uid,
        former_uid=former.uid if former else None,
    )  # fmt: skip
    unit.session.add(made)
    try:
        unit.session.flush()
    except IntegrityError as clash:  # the unique seal number has the last word
        raise CodeTaken(code=mark) from clash
    return made


def open_bag(unit: Unit, code: str, *, witness: str, reason: str) -> SealOpening:
    """Break the seal of a bag (its code, the seal's number, or the register's) before a *witness* (R21, V17).

    The whole bag is opened, so each record in it needs an approved request. Raises `NotFound`, `BadValue`,
    `WrongState`, `ApprovalNeeded`, `SameSigner`, `ThirdPerson`, `MissingPeople`.
    """
    seal, person = found(unit, code), unit.person(witness)
    records = inside(unit, seal)
    for record in records:
        told = {"seal": seal.number, "witness": person.account}
        unit.act(Act.SEAL_OPEN, record, private={"reason": reason}, **told)
    if not reason.strip():
        raise BadValue(field="reason", value=reason, expected="…")
    seal.state = SEAL.after(seal.state, Act.SEAL_OPEN)
    _third(unit, Act.SEAL_OPEN, person, records)
    lines = [_spend(unit, RequestKind.UNSEAL, record, Act.SEAL_OPEN, person) for record in records]
    for record in records:
        wholes.step(unit, record, Act.SEAL_OPEN)
    opening = SealOpening(
        seal_uid=seal.uid, line_uid=lines[0], opened_at=unit.now, opened_by=unit.actor.uid,
        witness_uid=person.uid,
        card=unit.keys.seal_with(OPENING_KEY, seal.uid.encode(), plain({"reason": reason.strip()})),
    )  # fmt: skip
    unit.session.add(opening)
    unit.session.flush()
    return opening


def named(unit: Unit, code: str) -> Seal | None:
    """The seal with this number (ours, or the one printed on it), or the newest on this bag; nobody has judged yet."""
    seal = unit.session.scalar(select(Seal).where((Seal.number == code) | (Seal.seal_no == code)))
    if seal is not None:
        return seal
    place = unit.session.scalar(select(Location).where(Location.code == code))
    return _last(unit, place) if place else None


def found(unit: Unit, code: str) -> Seal:
    """The seal `named` so; raises `NotFound`, also if the bag holds a record the actor may not see (decision 6)."""
    seal = named(unit, code)
    if seal is None or not all(unit.may(Act.RECORD_SEE, record) for record in inside(unit, seal)):
        raise NotFound(what="seal", code=code)
    return seal


def inside(unit: Unit, seal: Seal) -> list[Volume | Item]:
    """The records sealed under one seal, by code, hidden ones among them: `found` has judged."""
    uids = select(SealLine.record_uid).where(SealLine.seal_uid == seal.uid)
    return wholes.by_uid(unit, unit.session.scalars(uids).all())


def last_opening(unit: Unit, record: Volume | Item) -> SealOpening | None:
    """When the bag with this record in it was last opened, if ever."""
    rows = (
        select(SealOpening)
        .join(SealLine, SealLine.seal_uid == SealOpening.seal_uid)
        .where(SealLine.record_uid == record.uid)
        .order_by(SealOpening.opened_at.desc())
    )
    return unit.session.scalars(rows.limit(1)).first()


def count(unit: Unit, seal: Seal) -> int:
    """How many records were sealed under one seal."""
    return len(inside(unit, seal))
