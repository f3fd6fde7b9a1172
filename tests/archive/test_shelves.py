"""The shelf in its order: cabinets left to right, layers top to bottom, records by class and number (R16)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from archive import registry, volumes
from archive.acts import Act
from archive.custody import shelves
from archive.errors import NotFound
from archive.model import RecordClass
from archive.values import PlaceKind
from tests import make


def place(office, code, kind, inside, **given):
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        registry.add_location(unit, code, kind=kind, name=code, inside=inside, **given)


def put(office, record, to):
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        return volumes.move(unit, record, to).reference_code


def order(office, where=None, by="archivist"):
    with office.ask(by, Act.LOCATION_SEE) as unit:
        return shelves.order(unit, where)


def cabinet(office) -> None:
    """One cabinet of two layers whose codes say the opposite of their order, the lower with a box."""
    with office.work("archivist", Act.LOCATION_EDIT) as unit:
        registry.edit_location(unit, "R1-C2", sort=1)
        registry.edit_location(unit, "R1-C1", sort=2)
    place(office, "L-B", PlaceKind.LAYER, "R1-C1", sort=1)
    place(office, "L-A", PlaceKind.LAYER, "R1-C1", sort=2)
    place(office, "H1", PlaceKind.BOX, "L-A")


def records(office, count=4, class_code="YH·05") -> list[str]:
    return [
        make.volume(office, class_code, 1, premises=code)
        for code in ("A1203", "A1204", "B0101", "A1203")[:count]
    ]


def test_req_R16_the_shelf_is_read_left_to_right_and_top_to_bottom(office):
    """The second cabinet stands left; of the first one the layer B is above A; its box comes after what is free."""
    cabinet(office)
    one, two, three = records(office, 3)
    codes = [put(office, one, "L-B"), put(office, two, "L-A"), put(office, three, "H1")]
    left = put(office, make.volume(office, "WS·LW", 1), "R1-C2")
    lines = order(office)
    assert [line.code for line in lines] == [left, codes[0], codes[1], "H1", codes[2]]
    assert lines[2].place == "一号库房 / 一号柜 / L-A" and lines[3].kind is PlaceKind.BOX
    assert [line.code for line in order(office, "R1-C1")] == [*codes[:2], "H1", codes[2]]
    assert not any(line.astray for line in lines)


def test_req_R16_what_stands_out_of_order_is_marked_the_fewest_possible(office):
    """Three in order with the last of them in front: only that one is astray; put back, nothing is."""
    cabinet(office)
    one, two, three = records(office, 3)
    last = put(office, three, "L-B")
    for record in (one, two):
        put(office, record, "L-A")
    assert [line.code for line in order(office) if line.astray] == [last]
    put(office, three, "L-A")
    assert not any(line.astray for line in order(office))


def test_req_R16_classes_come_in_the_order_of_the_tree_and_numbers_as_numbers(office):
    """Number 9 before number 10, whatever their letters say; a class by its place in the tree."""
    assert sorted(["A-10", "A-9", "A-9-2", "A-9-10"], key=shelves.numbered) == [
        "A-9",
        "A-9-2",
        "A-9-10",
        "A-10",
    ]
    later, earlier = make.volume(office, "YH·05", 1), make.volume(office, "FW·01", 1)
    codes = [put(office, record, "R1-C1") for record in (later, earlier)]
    with office.ask("archivist") as unit:
        wanted = dict(unit.session.execute(select(RecordClass.code, RecordClass.sort)).all())
    expected = [code for _, code in sorted([(wanted["YH·05"], codes[0]), (wanted["FW·01"], codes[1])])]
    assert [line.code for line in order(office)] == expected


@given(st.lists(st.integers(0, 8), max_size=12))
def test_req_R16_without_what_is_astray_the_rest_is_in_order(numbers):
    """For any shelf: the rest ascends, and no smaller set would do (checked against every subset that stays)."""
    uids = [str(at) for at in range(len(numbers))]
    keys = {uid: (number, ()) for uid, number in zip(uids, numbers, strict=True)}
    astray = shelves.out_of_order(uids, keys)
    kept = [keys[uid] for uid in uids if uid not in astray]
    assert kept == sorted(kept)
    longest = [1] * len(numbers)
    for at, number in enumerate(numbers):
        longest[at] += max((longest[before] for before in range(at) if numbers[before] <= number), default=0)
    assert len(kept) == max(longest, default=0)


def test_req_R16_astray_witness():
    """The obvious check, each after its neighbour, would blame the wrong ones: the same property tells."""
    uids, numbers = ["0", "1", "2"], [9, 1, 2]
    keys = {uid: (number, ()) for uid, number in zip(uids, numbers, strict=True)}
    neighbours = {uids[at] for at in range(1, 3) if numbers[at] < max(numbers[:at])}
    assert shelves.out_of_order(uids, keys) == {"0"} and neighbours == {"1", "2"}


def test_inv_V23_the_shelf_shows_and_counts_only_what_one_may_see(office):
    """A confidential volume in the cabinet: the archivist sees two and one third full, a member of staff one."""
    with office.work("archivist", Act.LOCATION_EDIT) as unit:
        registry.edit_location(unit, "R1-C1", capacity=4)
    open_one = put(office, make.volume(office, "FW·01", 1), "R1-C1")
    hidden = put(office, make.volume(office, "ZX·01", 1), "R1-C1")
    assert {line.code for line in order(office)} == {open_one, hidden}
    assert [line.code for line in order(office, by="staff")] == [open_one]
    seen = {}
    for by in ("archivist", "staff"):
        with office.ask(by, Act.LOCATION_SEE) as unit:
            seen[by] = {line.code: (line.standing, line.percent) for line in shelves.fill(unit)}
    assert seen["archivist"] == {"R1": (2, None), "R1-C1": (2, 50), "R1-C2": (0, None)}
    assert seen["staff"] == {"R1": (1, None), "R1-C1": (1, 25), "R1-C2": (0, None)}


def test_req_R23_every_move_of_a_record_is_kept_with_who_made_it(office):
    """Newest first; of the hidden nothing is told; a cabinet has no way of its own."""
    record = make.volume(office, "ZX·01", 1)
    put(office, record, "R1-C1")
    office.tick(days=1)
    place(office, "L1", PlaceKind.LAYER, "R1-C1")
    put(office, record, "L1")
    with office.ask("archivist", Act.LOCATION_SEE) as unit:
        found = shelves.history(unit, record)
        assert [(one.before, one.place) for one in found] == [
            ("一号库房 / 一号柜", "一号库房 / 一号柜 / L1"),
            ("", "一号库房 / 一号柜"),
        ]
        with pytest.raises(NotFound):
            shelves.history(unit, "R1-C1")
    with pytest.raises(NotFound), office.ask("staff", Act.LOCATION_SEE) as unit:
        shelves.history(unit, record)
