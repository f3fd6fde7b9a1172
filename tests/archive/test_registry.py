"""Parties, premises, places, dossiers: entering, changing, finding by exact name, and every refusal."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from archive import registry
from archive.acts import Act
from archive.errors import BadValue, CodeTaken, NotAllowed, NotFound
from archive.model import Dossier, Party
from archive.values import PartyKind, PlaceKind
from tests import make
from tests.faults.invariants import spellings_found


def add_party(office, code="P100", name="王小明", by="clerk", **given):
    with office.work(by, Act.PARTY_ADD) as unit:
        return registry.add_party(
            unit, code, name=name, kind=PartyKind.OWNER, natural_person=True, **given
        ).code  # fmt: skip


def parties(office, by="clerk", **given):
    with office.ask(by, Act.PARTY_SEE) as unit:
        return {line.code: line for line in registry.parties(unit, **given)}


def place(office, code, kind, inside=None, by="archivist", **given):
    with office.work(by, Act.LOCATION_ADD) as unit:
        return registry.add_location(unit, code, kind=kind, name=code, inside=inside, **given).code


# --- parties ----------------------------------------------------------------------------------


def test_a_party_is_found_by_exactly_its_name_which_is_nowhere_in_clear(office):
    """Decision 6: the name is sealed; spaces do not matter, parts of the name find nothing."""
    add_party(office, name="欧阳修远", phone="13800138001", note="夜间勿扰")
    assert parties(office, name="欧阳 修远").keys() == {"P100"}
    assert parties(office, name="欧阳") == {}
    line = parties(office)["P100"]
    assert (line.name, line.phone, line.note) == ("欧阳修远", "13800138001", "夜间勿扰")
    assert spellings_found(office.home, "欧阳修远") == spellings_found(office.home, "13800138001") == []


def test_a_party_is_renamed_and_found_only_under_the_new_name(office):
    """The blind index moves with the name; what was not changed stays."""
    add_party(office, phone="13800138001")
    with office.work("clerk", Act.PARTY_EDIT) as unit:
        registry.edit_party(unit, "P100", name="王大明")
    assert (
        parties(office, name="王小明") == {} and parties(office, name="王大明")["P100"].phone == "13800138001"
    )


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"code": "P001"}, CodeTaken), ({"code": " Ｐ001"}, CodeTaken), ({"code": "P 1"}, BadValue),
        ({"code": ""}, BadValue), ({"name": " "}, BadValue), ({"name": "张" * 121}, BadValue),
        ({"name": "张\x07"}, BadValue), ({"by": "staff"}, NotAllowed), ({"by": "gm"}, NotAllowed),
    ],
)  # fmt: skip
def test_a_party_that_cannot_be_entered_is_refused_and_not_there(office, given, refusal):
    """Taken or impossible codes and names, people without the right."""
    before = parties(office).keys()
    with pytest.raises(refusal):
        add_party(office, **given)
    assert parties(office).keys() == before


def test_only_those_who_keep_the_register_see_it(office):
    """Staff and administrators do not read who lives here."""
    for account in ("staff", "records", "admin", "security", "auditor"):
        if account == "records":
            assert parties(office, by=account)
            continue
        with pytest.raises(NotAllowed):
            parties(office, by=account)


def test_a_row_moved_to_another_party_does_not_open(office):
    """The sealed name is bound to its row (I3)."""
    with office.instance.engine.begin() as raw:
        cards = dict(raw.execute(select(Party.code, Party.card)).all())
        raw.execute(text("UPDATE party SET card = :card WHERE code = 'P001'"), {"card": cards["P002"]})
    with pytest.raises(Exception, match=r".") as caught:
        parties(office)
    assert caught.value.code == "seal-broken"


# --- premises ---------------------------------------------------------------------------------


def test_premises_are_known_with_and_without_the_dash(office):
    """A-1301 and A1301 are one flat (domain §10)."""
    with office.work("clerk", Act.PREMISES_ADD) as unit:
        assert registry.add_premises(unit, "A-1301", building="A座", floor="13").code == "A1301"
    with pytest.raises(CodeTaken), office.work("clerk", Act.PREMISES_ADD) as unit:
        registry.add_premises(unit, "A1301", building="A座")
    with office.work("clerk", Act.PREMISES_EDIT) as unit:
        registry.edit_premises(unit, "A1301", area="86.50")
    with office.ask("clerk", Act.PREMISES_SEE) as unit:
        found = {one.code: one for one in registry.all_premises(unit)}
    assert (found["A1301"].area, found["A1301"].building) == ("86.50", "A座")


def test_premises_that_are_not_there_are_said_to_be_not_there(office):
    """And nobody without the right enters any."""
    with pytest.raises(NotFound), office.work("clerk", Act.PREMISES_EDIT) as unit:
        registry.edit_premises(unit, "Z9", area="1")
    with pytest.raises(NotAllowed), office.work("staff", Act.PREMISES_ADD) as unit:
        registry.add_premises(unit, "Z9", building="Z")


# --- places -----------------------------------------------------------------------------------

#: Which kind may stand directly in which, written down a second time.
STANDS_IN = {
    "ROOM": "", "CABINET": "ROOM", "LAYER": "CABINET", "POSITION": "LAYER",
    "BOX": "ROOM CABINET LAYER POSITION", "BAG": "ROOM CABINET LAYER POSITION BOX",
}  # fmt: skip


def test_req_R16_what_may_stand_in_what(office):
    """Room, cabinet, layer, position; boxes and bags in them; all 42 pairs tried."""
    chain = {"ROOM": "T1", "CABINET": "T2", "LAYER": "T3", "POSITION": "T4", "BOX": "T5", "BAG": "T6"}
    above = None
    for kind, code in chain.items():
        above = place(office, code, PlaceKind(kind), above)
    for kind in chain:
        for inside, code in (*chain.items(), ("", None)):
            right = (inside in STANDS_IN[kind].split()) if inside else not STANDS_IN[kind]
            if right:
                place(office, f"N-{kind}-{inside}", PlaceKind(kind), code)
            else:
                with pytest.raises(BadValue):
                    place(office, f"N-{kind}-{inside}", PlaceKind(kind), code)
    with office.ask("staff", Act.LOCATION_SEE) as unit:
        bag = next(one for one in registry.locations(unit) if one.code == "T6")
        assert [one.code for one in registry.path(unit, bag)] == list(chain.values())


def test_req_R22_a_place_locks_if_it_or_one_around_it_does(office):
    """A layer of a locked cabinet is behind a lock, the room before it is not."""
    place(office, "R1-C1-1", PlaceKind.LAYER, "R1-C1")
    place(office, "R1-C2-1", PlaceKind.LAYER, "R1-C2")
    with office.ask("archivist", Act.LOCATION_SEE) as unit:
        locked = {one.code: registry.locks(unit, one) for one in registry.locations(unit)}
    assert locked == {"R1": False, "R1-C1": True, "R1-C1-1": True, "R1-C2": False, "R1-C2-1": False}


def test_places_are_entered_and_changed_by_their_keepers_only(office):
    """Taken codes, unknown rooms, people without the right."""
    with pytest.raises(CodeTaken):
        place(office, "R1", PlaceKind.ROOM)
    with pytest.raises(NotFound):
        place(office, "C9", PlaceKind.CABINET, "R9")
    with pytest.raises(NotAllowed):
        place(office, "R9", PlaceKind.ROOM, by="clerk")
    with office.work("archivist", Act.LOCATION_EDIT) as unit:
        assert registry.edit_location(unit, "R1-C2", name="甲柜", lockable=True).lockable
        assert not registry.edit_location(unit, "R1-C2", lockable=False).lockable


# --- dossiers ---------------------------------------------------------------------------------


def test_the_volumes_of_one_tenancy_share_a_dossier(office):
    """Decision 2: one dossier over the volumes of several classes; another tenancy has its own."""
    make.volume(office, "YH·01", 1)
    make.volume(office, "YH·03", 1)
    make.volume(office, "YH·01", 1, party="P002")
    make.volume(office, "ZX·02", 1)
    with office.instance.engine.connect() as raw:
        found = sorted(raw.execute(select(Dossier.code, Dossier.kind)).all())
    assert found == [("A1203-2025-1", "FIT_OUT"), ("A1203-P001", "OCCUPANCY"), ("A1203-P002", "OCCUPANCY")]
