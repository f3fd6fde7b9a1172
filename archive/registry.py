"""What records are about and where they stand: parties, premises, dossiers, places."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from archive.acts import Act
from archive.cards import plain
from archive.codes import code_checked, name_checked
from archive.errors import BadValue, CodeTaken, DossierDiffers, NotLockable, PlaceFull
from archive.model import Dossier, Item, Location, Party, Premises, Record, RecordClass, Volume, new_uid
from archive.policy import visible
from archive.unit import Unit
from archive.values import Level, PartyKind, PlaceKind, VolumeState

PARTY_KEY = "names"
BETWEEN = " / "


@dataclass(frozen=True, slots=True)
class PartyLine:
    """One party, opened."""

    code: str
    name: str
    kind: PartyKind
    natural_person: bool
    phone: str
    note: str


def _mac(unit: Unit, name: str) -> str:
    return unit.keys.mac("party-name", "".join(name.split()).encode()).hex()


def _place(uid: str) -> bytes:
    return f"party|{uid}".encode()


def add_party(
    unit: Unit,
    code: str,
    *,
    name: str,
    kind: PartyKind,
    natural_person: bool,
    phone: str = "",
    note: str = "",
) -> Party:
    """Enter a party; its name is sealed and found again by exact look-up (decision 6)."""
    code = code_checked(code, "party")
    unit.act(Act.PARTY_ADD, code, private={"name": name}, kind=kind)
    _free(unit, Party, code)
    party = Party(
        uid=new_uid(), code=code, kind=kind, natural_person=natural_person, name_mac=_mac(unit, name),
        created_at=unit.now, card=b"",
    )  # fmt: skip
    _seal(unit, party, {"name": named(name), "phone": phone, "note": note})
    unit.session.add(party)
    unit.session.flush()
    return party


def edit_party(
    unit: Unit, code: str, *, name: str | None = None, phone: str | None = None, note: str | None = None
) -> Party:
    """Change name, phone or note of a party, and nothing else (P6)."""
    party = unit.one(Party, "party", code)
    given = {"name": name, "phone": phone, "note": note}
    changes = {key: value for key, value in given.items() if value is not None}
    unit.act(Act.PARTY_EDIT, party, private=changes)
    card = _opened(unit, party) | changes
    card["name"] = named(card["name"])
    party.name_mac = _mac(unit, card["name"])
    _seal(unit, party, card)
    if name is not None:
        for kind in (Volume, Item):
            unit.changed(*unit.session.scalars(select(kind).where(kind.party_uid == party.uid)))
    return party


def named(name: str) -> str:
    """The name of a party, 1 to 120 printable characters; raises `BadValue`."""
    return name_checked(name, "name")


def _seal(unit: Unit, party: Party, card: dict[str, str]) -> None:
    party.card = unit.keys.seal_with(PARTY_KEY, _place(party.uid), plain(card))


def _opened(unit: Unit, party: Party) -> dict[str, str]:
    return dict(json.loads(unit.keys.open_with(PARTY_KEY, _place(party.uid), party.card)))


def party_line(unit: Unit, party: Party) -> PartyLine:
    """*party* as a line."""
    card = _opened(unit, party)
    return PartyLine(
        party.code,
        card["name"],
        party.kind,
        party.natural_person,
        card.get("phone", ""),
        card.get("note", ""),
    )


def parties(unit: Unit, *, name: str | None = None) -> Sequence[PartyLine]:
    """All parties by code, or those called exactly *name*."""
    unit.look(Act.PARTY_SEE)
    rows = select(Party).order_by(Party.code)
    if name:
        rows = rows.where(Party.name_mac == _mac(unit, name))
    return [party_line(unit, party) for party in unit.session.scalars(rows)]


def party(unit: Unit, code: str) -> PartyLine:
    """The party with this code."""
    unit.look(Act.PARTY_SEE)
    return party_line(unit, unit.one(Party, "party", code))


def premises(unit: Unit, code: str) -> Premises:
    """The flat, office or shop with this code."""
    unit.look(Act.PREMISES_SEE)
    return unit.one(Premises, "premises", code.replace("-", ""))


def location(unit: Unit, code: str) -> Location:
    """The place with this code."""
    unit.look(Act.LOCATION_SEE)
    return unit.one(Location, "location", code)


def add_premises(
    unit: Unit, code: str, *, building: str, floor: str = "", kind: str = "", area: str = ""
) -> Premises:
    """Enter a flat, office or shop."""
    code = code_checked(code, "premises").replace("-", "")
    unit.act(Act.PREMISES_ADD, code, building=building)
    _free(unit, Premises, code)
    told = {"building": building, "floor": floor, "kind": kind, "area": area}
    premises = Premises(
        code=code, created_at=unit.now, **{name: _about(name, text) for name, text in told.items()}
    )
    unit.session.add(premises)
    unit.session.flush()
    return premises


def edit_premises(
    unit: Unit, code: str, *, building: str | None = None, floor: str | None = None, kind: str | None = None,
    area: str | None = None,
) -> Premises:  # fmt: skip
    """Change building, floor, kind or area, and nothing else (P6)."""
    premises = unit.one(Premises, "premises", code)
    given = {"building": building, "floor": floor, "kind": kind, "area": area}
    changes = {name: value for name, value in given.items() if value is not None}
    unit.act(Act.PREMISES_EDIT, premises, changed=sorted(changes))
    for name, value in changes.items():
        setattr(premises, name, _about(name, value))
    return premises


def _about(name: str, text: str) -> str:
    """What is told of premises, in a word or two; raises `BadValue`."""
    return name_checked(text, name, longest=60, least=0)


def all_premises(unit: Unit) -> Sequence[Premises]:
    """All premises by code."""
    unit.look(Act.PREMISES_SEE)
    return list(unit.session.scalars(select(Premises).order_by(Premises.code)))


def called(unit: Unit, names: Collection[str]) -> dict[str, list[Party]]:
    """The parties called exactly so, oldest first, by each of *names*; found by the blind index (decision 6)."""
    by_mac = {_mac(unit, name): name for name in names}
    found: dict[str, list[Party]] = {name: [] for name in names}
    macs = sorted(by_mac)
    for start in range(0, len(macs), 500):
        rows = select(Party).where(Party.name_mac.in_(macs[start : start + 500]))
        for party in unit.session.scalars(rows.order_by(Party.created_at, Party.code)):
            found[by_mac[party.name_mac]].append(party)
    return found


def _free(unit: Unit, kind: type[Party | Premises | Location], code: str) -> None:
    if unit.session.scalar(select(kind.uid).where(kind.code == code)):
        raise CodeTaken(code=code)


#: What may stand directly in what.
INSIDE = {
    PlaceKind.ROOM: frozenset[PlaceKind](),
    PlaceKind.CABINET: frozenset({PlaceKind.ROOM}),
    PlaceKind.LAYER: frozenset({PlaceKind.CABINET}),
    PlaceKind.POSITION: frozenset({PlaceKind.LAYER}),
    PlaceKind.BOX: frozenset(PlaceKind) - {PlaceKind.BOX, PlaceKind.BAG},
    PlaceKind.BAG: frozenset(PlaceKind) - {PlaceKind.BAG},
}
#: What is carried from place to place with everything in it; the rest is furniture.
PORTABLE = frozenset({PlaceKind.BOX, PlaceKind.BAG})
#: What stands nowhere any more.
GONE = frozenset({VolumeState.TRANSFERRED, VolumeState.DESTROYED})


def add_location(
    unit: Unit, code: str, *, kind: PlaceKind, name: str, inside: str | None = None, lockable: bool = False,
    sort: int = 0, capacity: int | None = None,
) -> Location:  # fmt: skip
    """Enter a room, cabinet, layer, position, box or bag; raises `PlaceFull` for a box where none has room (R16)."""
    code = code_checked(code, "location")
    unit.act(Act.LOCATION_ADD, code, kind=kind, inside=inside)
    _free(unit, Location, code)
    parent = unit.one(Location, "location", inside) if inside else None
    may_stand_in(kind, parent, told=inside)
    if parent is not None and kind in PORTABLE:
        room_for_one(unit, parent)
    location = Location(
        code=code, kind=kind, name=name, parent_uid=parent.uid if parent else None, lockable=lockable, sort=sort,
        capacity=_capacity(capacity), created_at=unit.now,
    )  # fmt: skip
    unit.session.add(location)
    unit.session.flush()
    return location


def may_stand_in(kind: PlaceKind, parent: Location | None, *, told: str | None = None) -> None:
    """Raise `BadValue` unless a *kind* may stand directly in *parent* (R16); *told* is how it was named."""
    if (parent is None) != (not INSIDE[kind]) or (parent is not None and parent.kind not in INSIDE[kind]):
        value = told or (parent.code if parent else "—")
        raise BadValue(field="inside", value=value, expected=" ".join(sorted(INSIDE[kind])) or "—")


def edit_location(
    unit: Unit, code: str, *, name: str | None = None, lockable: bool | None = None, sort: int | None = None,
    capacity: int | None = None,
) -> Location:  # fmt: skip
    """Change a place's name, lock, order among its neighbours or capacity (0: no limit).

    Raises `NotLockable` while confidential papers need the lock (R22), `PlaceFull` if more stands there (R16).
    """
    location = unit.one(Location, "location", code)
    unit.act(Act.LOCATION_EDIT, location, lockable=lockable, sort=sort, capacity=capacity)
    given = {"name": name, "lockable": lockable, "sort": sort}
    for column, value in given.items():
        if value is not None:
            setattr(location, column, value)
    if capacity is not None:
        location.capacity = _capacity(capacity)
        if location.capacity is not None and _standing(unit, location) > location.capacity:
            raise PlaceFull(place=location.code, capacity=location.capacity)
    if lockable is False:
        nothing_needs_it(unit, location)
    return location


def _capacity(given: int | None) -> int | None:
    if given is not None and not 0 <= given <= 1_000_000:
        raise BadValue(field="capacity", value=given, expected="0–1000000")
    return given or None


def within(place: Location, *, boxes: bool = True) -> Select[tuple[str]]:
    """The uids of *place* and of all that is in it, as a subquery; without *boxes*, of its fixed parts only."""
    tree = select(Location.uid).where(Location.uid == place.uid).cte("tree", recursive=True)
    below = aliased(Location)
    step = select(below.uid).join(tree, below.parent_uid == tree.c.uid)
    if not boxes:
        step = step.where(below.kind.not_in(PORTABLE))
    return select(tree.union_all(step).c.uid)


def _standing(unit: Unit, place: Location) -> int:
    """How many volumes, lone items, boxes and bags stand in *place*; what is in a box counts with the box."""
    inside = within(place, boxes=False)
    counts = [
        select(func.count()).where(Location.parent_uid.in_(inside), Location.kind.in_(PORTABLE)),
        select(func.count()).where(Volume.place_uid.in_(inside), Volume.state.not_in(GONE)),
        select(func.count()).where(
            Item.place_uid.in_(inside), Item.state.not_in(GONE), Item.volume_uid.is_(None)
        ),
    ]
    return sum(unit.session.scalar(count) or 0 for count in counts)


def counted_in(unit: Unit, place: Location | None) -> list[Location]:
    """The places whose count a thing put in *place* belongs to: itself, and those around it up to a box or bag."""
    found: list[Location] = []
    for one in reversed(path(unit, place)):
        found.append(one)
        if one.kind in PORTABLE:
            break
    return found


def room_for_one(unit: Unit, place: Location, *, now: Location | None = None) -> None:
    """Raise `PlaceFull` unless one more thing, that stands *now* elsewhere or nowhere, fits in *place* (R16)."""
    already = {one.uid for one in counted_in(unit, now)}
    for one in counted_in(unit, place):
        if one.capacity is not None and one.uid not in already and _standing(unit, one) >= one.capacity:
            raise PlaceFull(place=one.code, capacity=one.capacity)


def nothing_needs_it(unit: Unit, location: Location) -> None:
    """Raise `NotLockable` if confidential papers in or under *location* would stand without a lock (R22)."""
    around = [location]
    for place in around:
        around += unit.session.scalars(select(Location).where(Location.parent_uid == place.uid))
    open_ones = [place.uid for place in around if not locks(unit, place)]
    kinds: tuple[type[Volume | Item], ...] = (Volume, Item)
    for kind in kinds:
        rows = select(kind.reference_code).join(RecordClass, RecordClass.code == kind.class_code)
        needing = (kind.level >= Level.CONFIDENTIAL) | RecordClass.locked
        rows = rows.where(kind.place_uid.in_(open_ones), needing).limit(1)
        if unit.session.scalar(rows) is not None:
            seen = unit.session.scalar(rows.where(visible(unit.actor, kind)))
            raise NotLockable(code=seen or location.code, place=location.code)


def locations(unit: Unit) -> Sequence[Location]:
    """All places, by code."""
    unit.look(Act.LOCATION_SEE)
    return list(unit.session.scalars(select(Location).order_by(Location.sort, Location.code)))


def path(unit: Unit, location: Location | None) -> list[Location]:
    """The places around *location*, outermost first, itself last."""
    way: list[Location] = []
    while location is not None:
        way.insert(0, location)
        location = unit.session.get(Location, location.parent_uid) if location.parent_uid else None
    return way


def ways(unit: Unit, uids: Collection[str]) -> dict[str, str]:
    """The names of these places and of those around them, outermost first; asked for level by level, all together."""
    known: dict[str, Location] = {}
    wanted = set(uids)
    while wanted:
        rows = select(Location).where(Location.uid.in_(wanted))
        known |= {place.uid: place for place in unit.session.scalars(rows)}
        wanted = {place.parent_uid for place in known.values() if place.parent_uid} - known.keys()
    return {uid: BETWEEN.join(_around(known, uid)) for uid in uids if uid in known}


def _around(known: Mapping[str, Location], uid: str | None) -> list[str]:
    names: list[str] = []
    while uid is not None:
        names.insert(0, known[uid].name)
        uid = known[uid].parent_uid
    return names


def stands(unit: Unit, record: Record) -> Location | None:
    """The place a record stands in; an item of a volume stands where the volume does."""
    uid = record.place_uid
    if uid is None and isinstance(record, Item) and record.volume_uid:
        uid = unit.session.get_one(Volume, record.volume_uid).place_uid
    return unit.session.get(Location, uid) if uid else None


def locks(unit: Unit, location: Location) -> bool:
    """True if the place, or one around it, can be locked (R22)."""
    return any(place.lockable for place in path(unit, location))


def dossier(unit: Unit, code: str, kind: str, *, premises: Premises | None, party: Party | None) -> Dossier:
    """The dossier called *code*, opened if it is new; the caller has named the act."""
    found = dossier_ahead(unit, code, kind, premises=premises, party=party)
    if found is None:
        found = Dossier(
            code=code_checked(code, "dossier"), kind=kind, created_at=unit.now,
            premises_uid=premises.uid if premises else None, party_uid=party.uid if party else None,
        )  # fmt: skip
        unit.session.add(found)
        unit.session.flush()
    return found


def dossier_ahead(
    unit: Unit, code: str, kind: str, *, premises: Premises | None, party: Party | None
) -> Dossier | None:
    """The dossier called *code* if there is one; raises `BadValue`, or `DossierDiffers` if it is of something else."""
    del party  # a dossier may gather papers of several
    found = unit.session.scalar(select(Dossier).where(Dossier.code == code_checked(code, "dossier")))
    if found is None:
        return None
    if found.kind != kind or (premises is not None and found.premises_uid not in {None, premises.uid}):
        raise DossierDiffers(code=code)
    return found
