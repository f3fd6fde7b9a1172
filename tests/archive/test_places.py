"""Places: how much they hold, in what order they are read, and that nothing is put where it does not fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from archive import registry, volumes
from archive.acts import Act
from archive.custody import shelves
from archive.errors import BadValue, NotLockable, PlaceFull, SealIntact
from archive.model import Location, Seal, SealLine
from archive.values import PlaceKind
from tests import make
from tests.archive.counter import counter as a_counter


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def place(office, code, kind, inside=None, **given):
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        return registry.add_location(unit, code, kind=kind, name=code, inside=inside, **given).code


def edit(office, code, **given):
    with office.work("archivist", Act.LOCATION_EDIT) as unit:
        return registry.edit_location(unit, code, **given)


def put(office, record, to):
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, record, to)


def standing(office) -> dict[str, str]:
    """Where everything stands, by the raw tables."""
    with office.instance.engine.connect() as raw:
        rows = raw.execute(
            text(
                "SELECT r.reference_code, l.code FROM (SELECT reference_code, place_uid FROM volume UNION ALL"
                " SELECT reference_code, place_uid FROM item) r JOIN location l ON l.uid = r.place_uid"
            )
        )
        return dict(rows.all())


def some(office, count, class_code="YH·05", **given):
    return [
        make.volume(office, class_code, 1, premises=code, **given)
        for code in ("A1203", "A1204", "B0101")[:count]
    ]


# --- capacity ---------------------------------------------------------------------------------


def test_req_R16_a_full_place_takes_nothing_more(office):
    """A layer for two holds two volumes; the third is refused and stays where it was."""
    place(office, "L1", PlaceKind.LAYER, "R1-C1", capacity=2)
    one, two, three = some(office, 3)
    for record in (one, two):
        put(office, record, "L1")
    put(office, three, "R1-C1")
    before = standing(office)
    with pytest.raises(PlaceFull) as told:
        put(office, three, "L1")
    assert told.value.facts == {"place": "L1", "capacity": 2} and standing(office) == before
    put(office, one, "L1")  # it stands there already: not counted twice
    put(office, one, "R1-C1")
    put(office, three, "L1")
    assert sorted(standing(office).values()) == ["L1", "L1", "R1-C1"]


def test_req_R16_a_cabinet_counts_what_stands_in_its_layers_but_not_what_is_in_a_box(office):
    """A box counts for one wherever it stands; what is in it counts with the box."""
    edit(office, "R1-C1", capacity=2)
    place(office, "L1", PlaceKind.LAYER, "R1-C1")
    place(office, "H1", PlaceKind.BOX, "L1", capacity=2)
    one, two, three = some(office, 3)
    put(office, one, "H1")
    put(office, two, "H1")
    put(office, three, "L1")
    with pytest.raises(PlaceFull) as told:
        place(office, "H2", PlaceKind.BOX, "R1-C1")
    assert told.value.facts["place"] == "R1-C1"
    with pytest.raises(PlaceFull) as told:
        put(office, three, "H1")
    assert told.value.facts["place"] == "H1"
    with pytest.raises(PlaceFull):
        put(office, two, "L1")  # out of the box it would be a third thing in the cabinet


def test_req_R16_a_capacity_below_what_stands_is_refused(office):
    """Two stand there: one is too few, two will do, nought is no limit; nonsense is refused."""
    one, two = some(office, 2)
    for record in (one, two):
        put(office, record, "R1-C1")
    with pytest.raises(PlaceFull):
        edit(office, "R1-C1", capacity=1)
    assert edit(office, "R1-C1", capacity=2).capacity == 2
    assert edit(office, "R1-C1", capacity=0).capacity is None
    for bad in (-1, 10**9):
        with pytest.raises(BadValue):
            edit(office, "R1-C1", capacity=bad)
        with pytest.raises(BadValue):
            place(office, "L9", PlaceKind.LAYER, "R1-C1", capacity=bad)


def test_req_R16_capacity_witness(office, monkeypatch):
    """The same moves get through where nobody asks whether there is room."""
    place(office, "L1", PlaceKind.LAYER, "R1-C1", capacity=1)
    one, two = some(office, 2)
    put(office, one, "L1")
    monkeypatch.setattr(registry, "room_for_one", lambda *_, **__: None)
    put(office, two, "L1")
    assert list(standing(office).values()) == ["L1", "L1"]


# --- boxes and bags ---------------------------------------------------------------------------


def carried(office, code, to, by="archivist"):
    with office.work(by, Act.LOCATION_MOVE) as unit:
        return shelves.move(unit, code, to).code


def test_req_R22_a_box_with_confidential_papers_goes_only_behind_a_lock(office):
    """The bag in the box counts too; who may not see the papers is told the box, not the paper."""
    place(office, "H1", PlaceKind.BOX, "R1-C1")
    place(office, "D1", PlaceKind.BAG, "H1")
    put(office, make.volume(office, "YH·01", 1), "D1")
    with pytest.raises(NotLockable) as told:
        carried(office, "H1", "R1-C2")
    assert "YH" in told.value.facts["code"]
    with pytest.raises(NotLockable) as told:
        carried(office, "H1", "R1-C2", by="records")
    assert told.value.facts["code"] == "H1"
    assert {one.code for one in seen_places(office, "R1-C1")} >= {"H1"}


def test_req_R22_lock_witness(office, monkeypatch):
    """Without the look at what is inside, the box would have gone."""
    place(office, "H1", PlaceKind.BOX, "R1-C1")
    put(office, make.volume(office, "YH·01", 1), "H1")
    monkeypatch.setattr(registry, "nothing_needs_it", lambda *_: None)
    carried(office, "H1", "R1-C2")
    assert {one.code for one in seen_places(office, "R1-C2")} == {"H1"}


def seen_places(office, inside):
    with office.ask("archivist", Act.LOCATION_SEE) as unit:
        parent = registry.location(unit, inside)
        return list(unit.session.scalars(select(Location).where(Location.parent_uid == parent.uid)))


def test_req_R16_a_box_is_carried_with_all_in_it_and_its_way_is_kept(office):
    """The records keep their box; its own moves are listed, newest first; the index reads the papers again."""
    place(office, "H1", PlaceKind.BOX, "R1-C1")
    record = some(office, 1)[0]
    put(office, record, "H1")
    with office.instance.engine.connect() as raw:
        before = raw.scalar(text("SELECT count(*) FROM index_task"))
    carried(office, "H1", "R1-C2")
    with office.instance.engine.connect() as raw:
        assert raw.scalar(text("SELECT count(*) FROM index_task")) == before + 2
    with office.ask("archivist", Act.LOCATION_SEE) as unit:
        (line,) = shelves.history(unit, "H1")
        assert (line.before, line.place, line.moved_by) == (
            "一号库房 / 一号柜",
            "一号库房 / 二号柜",
            "郑档案",
        )
        assert registry.stands(unit, unit.record(record)).code == "H1"


def test_req_R16_furniture_is_not_carried_and_nothing_stands_where_it_may_not(office):
    """A cabinet stays; a box goes into no box or bag; unknown codes are not found."""
    place(office, "H1", PlaceKind.BOX, "R1-C1")
    place(office, "H2", PlaceKind.BOX, "R1-C1")
    place(office, "D1", PlaceKind.BAG, "H2")
    for code, to in (("R1-C1", "R1"), ("H1", "H2"), ("H1", "H1"), ("H1", "D1"), ("H2", "D1")):
        with pytest.raises(BadValue):
            carried(office, code, to)
    edit(office, "R1-C2", capacity=1)
    carried(office, "H1", "R1-C2")
    with pytest.raises(PlaceFull):
        carried(office, "H2", "R1-C2")
    carried(office, "D1", "H1")


@given(st.lists(st.tuples(st.sampled_from(PlaceKind), st.sampled_from(PlaceKind)), max_size=12))
def test_req_R16_no_box_can_end_up_in_itself(links):
    """Whatever chain of standing-in is allowed by the table, nothing comes round to itself."""
    chain = [PlaceKind.BOX]
    for kind, inside in links:
        if kind is chain[-1] and inside in registry.INSIDE[kind]:
            chain.append(inside)
    assert len(set(chain)) == len(chain)


def sealed_bag(office, code="D1") -> str:
    """A volume in a bag whose seal is whole, by the tables."""
    place(office, code, PlaceKind.BAG, "R1-C1")
    record = some(office, 1)[0]
    put(office, record, code)
    with office.work("archivist", Act.SEAL_CLOSE) as unit:
        unit.act(Act.SEAL_CLOSE)
        people = [unit.person(account).uid for account in ("archivist", "clerk")]
        seal = Seal(
            number="FC2026-0001", seal_no="0451", bag_uid=registry.location(unit, code).uid,
            sealed_on=unit.today, sealed_by=people[0], checked_by=people[1],
        )  # fmt: skip
        unit.session.add(seal)
        unit.session.flush()
        unit.session.add(SealLine(seal_uid=seal.uid, record_uid=record))
    return record


def test_a_sealed_bag_moves_as_a_whole_and_nothing_goes_in_or_out(office):
    """Unseal first: the refusal names bag and seal; the bag itself may be carried."""
    record = sealed_bag(office)
    other = make.volume(office, "YH·05", 1, premises="B0101")
    for code, to in ((record, "R1-C2"), (other, "D1")):
        with pytest.raises(SealIntact) as told:
            put(office, code, to)
        assert told.value.facts == {"bag": "D1", "seal": "0451"}
    carried(office, "D1", "R1-C2")


def test_sealed_bag_witness(office, monkeypatch):
    """Without the question the volume would have left its sealed bag."""
    record = sealed_bag(office)
    monkeypatch.setattr(volumes, "_bags_open", lambda *_: None)
    put(office, record, "R1-C2")
    assert list(standing(office).values()) == ["R1-C2"]


# --- the command line -------------------------------------------------------------------------


def test_places_by_the_command_line(counter):
    """add, edit, list and show with capacity and order; a full place is told in a sentence."""
    who = "archivist"
    add = ("location", "add", "L1", "--kind", "layer", "--name", "一层", "--inside", "R1-C1")
    counter.run(who, *add, "--capacity", "1", "--sort", "3").check()
    counter.run(who, "location", "add", "H1", "--kind", "box", "--name", "一号盒", "--inside", "L1").check()
    told = counter.run(who, "location", "add", "H2", "--kind", "box", "--name", "二号盒", "--inside", "L1")
    assert told.check(1).err.startswith("错误：L1 的容量是 1，放不下了")
    counter.run(who, "location", "edit", "L1", "--capacity", "5", "--sort", "1").check()
    shown = json_of(counter.run(who, "location", "show", "L1", "--json"))
    assert (shown["capacity"], shown["sort"]) == (5, 1)
    counter.run(who, "shelf", "move", "H1", "--to", "R1-C2").check()
    assert [one["place"] for one in counter.rows(who, "shelf", "history", "H1")] == ["一号库房 / 二号柜"]
    fill = {one["code"]: one["standing"] for one in counter.rows(who, "shelf", "fill")}
    assert fill == {"R1": 1, "R1-C1": 0, "L1": 0, "R1-C2": 1, "H1": 0}


def json_of(told):
    import json

    return json.loads(told.check().out)
