"""The seven protections: all seven or nothing, what is amiss stays open until found sound, rooms once a month (R26, R27)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text

from archive import registry
from archive.acts import Act
from archive.custody import inspections
from archive.errors import BadValue, NotAllowed, NotFound
from archive.statuses import Protection
from archive.values import PlaceKind
from tests.archive.counter import counter as a_counter

SOUND = dict.fromkeys(Protection, (True, ""))
WET = SOUND | {Protection.DAMP: (False, "东墙渗水")}


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def inspect(office, place="R1", findings=SOUND, by="archivist", **given) -> str:
    with office.work(by, Act.INSPECTION_RECORD) as unit:
        return inspections.record(unit, place, findings, **given).number


def rows(office, by="archivist", **given):
    with office.ask(by, Act.INSPECTION_SEE) as unit:
        return inspections.rows(unit, **given)


def due(office) -> list[tuple]:
    with office.ask("archivist", Act.INSPECTION_SEE) as unit:
        return [(one.code, one.days, one.unsound, one.overdue) for one in inspections.due(unit)]


def entered(office) -> int:
    with office.instance.engine.connect() as raw:
        return raw.scalar(text("SELECT count(*) FROM inspection")) + raw.scalar(
            text("SELECT count(*) FROM inspection_line")
        )


def test_req_R26_the_list_of_seven_is_exactly_seven():
    """Insects, mould, dust, fire, theft, damp, high temperature."""
    assert [one.value for one in Protection] == ["INSECTS", "MOULD", "DUST", "FIRE", "THEFT", "DAMP", "HEAT"]


def test_req_R26_an_inspection_has_seven_lines_each_sound_or_with_words(office):
    """What was found, by whom, when; the words are opened again."""
    number = inspect(office, findings=WET, note="雨季", on=dt.date(2026, 3, 1))
    found = rows(office)
    assert [one.protection for one in found] == list(Protection) and {one.number for one in found} == {number}
    (wet,) = [one for one in found if not one.sound]
    assert (wet.protection, wet.text, wet.note, wet.inspected_by) == (
        Protection.DAMP,
        "东墙渗水",
        "雨季",
        "郑档案",
    )
    assert wet.inspected_on == dt.date(2026, 3, 1) and wet.place == "一号库房" and wet.stocktake == ""
    with office.instance.engine.connect() as raw:
        assert "东墙渗水".encode() not in b"".join(raw.scalars(text("SELECT card FROM inspection_line")))


@pytest.mark.parametrize("left_out", Protection)
def test_req_R26_six_are_not_enough(office, left_out):
    """Whichever of the seven is left out is named, and nothing is entered."""
    with pytest.raises(BadValue) as told:
        inspect(office, findings={one: (True, "") for one in Protection if one is not left_out})
    assert told.value.facts["expected"] == [left_out] and entered(office) == 0


def test_what_is_amiss_needs_words_a_day_that_has_come_and_a_place_that_is(office):
    """No words, far too many, a day to come, an unknown place or stocktake, no right: nothing is entered."""
    bad = [
        ({"findings": SOUND | {Protection.FIRE: (False, " ")}}, BadValue),
        ({"findings": SOUND | {Protection.FIRE: (False, "火" * 1001)}}, BadValue),
        ({"note": "字" * 1001}, BadValue), ({"on": dt.date(2026, 3, 3)}, BadValue), ({"place": "没有"}, NotFound),
        ({"stocktake": "QD2026-0001"}, NotFound), ({"by": "staff"}, NotAllowed),
    ]  # fmt: skip
    for given, refusal in bad:
        with pytest.raises(refusal):
            inspect(office, **given)
    assert entered(office) == 0
    with pytest.raises(BadValue) as told:
        inspect(office, findings=SOUND | {Protection.FIRE: (False, "")})
    assert "防火" in str(told.value)


def test_req_R27_a_room_is_looked_over_once_a_month(office):
    """Never, or more than 31 days ago: due; a cabinet that was looked over does not stand for its room."""
    assert due(office) == [("R1", None, (), True)]
    inspect(office, "R1-C1")
    assert due(office) == [("R1", None, (), True)]
    inspect(office)
    assert due(office) == []
    office.tick(days=31)
    assert due(office) == []
    office.tick(days=1)
    assert due(office) == [("R1", 32, (), True)]


def test_req_R27_what_is_amiss_stays_open_until_it_is_found_sound(office):
    """In a room and in a cabinet; a later look that finds it sound ends it, an older one entered late does not."""
    inspect(office, "R1", WET)
    inspect(office, "R1-C2", WET)
    assert due(office) == [("R1", 0, (Protection.DAMP,), False), ("R1-C2", 0, (Protection.DAMP,), False)]
    inspect(office, "R1", on=dt.date(2026, 2, 1))
    assert [code for code, *_ in due(office)] == ["R1", "R1-C2"]
    office.tick(days=1)
    inspect(office, "R1")
    assert [code for code, *_ in due(office)] == ["R1-C2"]


def test_req_R26_inspections_are_listed_by_place(office):
    """Those of one room only."""
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "R2", kind=PlaceKind.ROOM, name="二号库房")
    inspect(office, "R1")
    number = inspect(office, "R2")
    assert {one.number for one in rows(office, place="R2")} == {number} and len(rows(office)) == 14


def test_req_R26_seven_witness(office, monkeypatch):
    """Were nobody to ask for all seven, six would be entered."""
    monkeypatch.setattr(inspections, "_all_seven", lambda _: None)
    inspect(office, findings=dict.fromkeys(list(Protection)[:6], (True, "")))
    assert entered(office) == 7


def test_inspections_by_the_command_line(counter):
    """All seven named one by one, the rest in one word, a fault with words; a slip is refused in a sentence."""
    who = "archivist"
    told = counter.run(who, "inspection", "record", "R1", "--sound", "fire").check(2)
    assert "防虫" in told.err
    counter.run(who, "inspection", "record", "R1", "--rest-sound", "--amiss", "防潮=东墙渗水").check()
    counter.run(who, "inspection", "record", "R1", "--rest-sound", "--amiss", "flood=x").check(2)
    (row,) = counter.rows(who, "inspection", "due")
    assert (row["code"], row["unsound"]) == ("R1", ["DAMP"])
    every = [word for one in Protection for word in ("--sound", one.value.lower())]
    counter.run(who, "inspection", "record", "R1", *every).check()
    assert counter.rows(who, "inspection", "due") == []
    assert len(counter.rows(who, "inspection", "list", "--place", "R1")) == 14
