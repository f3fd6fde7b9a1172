"""Where is it now: place, borrower, reading room, repair, lost; in one query, and to those who may know."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import event, select

from archive import items, registry, volumes
from archive.acts import Act
from archive.circulation import incidents, lending, readings
from archive.custody import handover, repairs, whereabouts
from archive.errors import NotFound
from archive.model import Volume
from archive.statuses import IncidentKind, RepairMethod, Whereabouts
from archive.values import PlaceKind
from tests import make
from tests.archive.counter import counter as a_counter


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def where(office, code, by="archivist"):
    with office.ask(by, Act.RECORD_SEE) as unit:
        return whereabouts.where(unit, code)


def put(office, record, to="R1-C1"):
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, record, to)


def lend(office, code, to="staff"):
    make.approved(office, code, to=to)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        return lending.lend(unit, code, to=to, purpose="核对图纸", days=7)


def parts(office, volume) -> list[str]:
    with office.ask("archivist") as unit:
        from archive.custody.pieces import papers

        return [item.reference_code for item in papers(unit, unit.volume(volume))]


def told(found) -> tuple:
    return found.whereabouts, found.place, found.holder, found.number, found.pieces, found.away


HOME = "一号库房 / 一号柜"


def test_req_R23_a_record_is_followed_from_shelf_to_hand_and_back(office):
    """Unplaced, on its shelf, lent, read, mended: each time one answer, with the line of the ledger."""
    record = make.volume(office, "YH·05", 2, held=True)
    assert told(where(office, record)) == (Whereabouts.UNPLACED, "", "", "", 2, 0)
    put(office, record)
    assert told(where(office, record)) == (Whereabouts.SHELF, HOME, "", "", 2, 0)
    loan = lend(office, record)
    found = where(office, record)
    assert told(found) == (Whereabouts.LOAN, HOME, "孙员工", loan.number, 2, 2)
    assert found.due_on == loan.due_on and found.title == "YH·05 案卷"
    assert [where(office, code).whereabouts for code in parts(office, record)] == [Whereabouts.LOAN] * 2
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, record)
    with office.work("archivist", Act.READING_BEGIN) as unit:
        number = readings.begin(unit, record, place="R1", purpose="核对", reader="manager").number
    assert told(where(office, record)) == (Whereabouts.READING_ROOM, HOME, "冯经理", number, 2, 2)
    with office.work("archivist", Act.READING_END) as unit:
        readings.end(unit, number)
    with office.work("archivist", Act.REPAIR_ORDER) as unit:
        number = repairs.order(
            unit, record, method=RepairMethod.MEND, damage="书脊脱线", handler="本室", found_on=unit.today
        ).number
    assert told(where(office, record)) == (Whereabouts.REPAIR, HOME, "", number, 2, 2)


def test_req_R40_what_is_lost_is_lost_wherever_it_stood(office):
    """A lost piece counts as away; when all are lost, so is the record, though its place stays on the books."""
    record = make.volume(office, "YH·05", 2, held=True)
    put(office, record)
    first, second = parts(office, record)
    for code, expected in ((first, Whereabouts.SHELF), (second, Whereabouts.LOST)):
        with office.work("archivist", Act.INCIDENT_REPORT) as unit:
            incidents.report(unit, code, kind=IncidentKind.LOST, found_on=unit.today, course="清点未见")
        assert where(office, record).whereabouts is expected
        assert where(office, code).whereabouts is Whereabouts.LOST
    assert told(where(office, record)) == (Whereabouts.LOST, HOME, "", "", 2, 2)


def test_decision_8_a_volume_with_one_paper_out_is_still_on_its_shelf(office):
    """The paper is on loan; of the volume one piece of two is away."""
    record = make.volume(office, "YH·05", 2, held=True)
    put(office, record)
    first, second = parts(office, record)
    loan = lend(office, first)
    assert told(where(office, record)) == (Whereabouts.SHELF, HOME, "孙员工", loan.number, 2, 1)
    assert where(office, first).whereabouts is Whereabouts.LOAN
    assert told(where(office, second)) == (Whereabouts.SHELF, HOME, "", "", 1, 0)


def test_what_has_no_paper_is_electronic_and_a_lone_item_is_found_like_a_volume(office):
    """No piece, no shelf; an item kept alone has a place of its own."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        (item,) = items.file_matter(
            unit, make.matter("ZK·01"), [make.paper("电子台账", "ZK·01", on_paper=False)], volume_title=""
        )
        alone = item.reference_code
    assert where(office, alone).whereabouts is Whereabouts.ELECTRONIC
    uid = make.filed(office, "ZK·01", 1)[0]
    put(office, uid, "R1-C2")
    assert told(where(office, uid)) == (Whereabouts.SHELF, "一号库房 / 二号柜", "", "", 1, 0)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    lend(office, uid)
    assert where(office, uid).whereabouts is Whereabouts.LOAN


def test_a_box_is_found_by_its_code(office):
    """Its way through room and cabinet."""
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "H1", kind=PlaceKind.BOX, name="一号盒", inside="R1-C1")
    found = where(office, "H1")
    assert (found.whereabouts, found.place) == (Whereabouts.SHELF, f"{HOME} / 一号盒")


def test_inv_V23_the_hidden_and_the_absent_are_not_found_alike(office):
    """A clerk asks for a confidential volume of another department, and for nothing at all."""
    record = make.volume(office, "RS·01", 1, department="RS", party="P001")
    for code in (record, "K001-没有"):
        with pytest.raises(NotFound) as told_:
            where(office, code, by="staff")
        assert told_.value.facts["what"] == "record"


def test_one_query_tells_where_a_record_is(office):
    """Beside finding the record itself: one statement, whatever ledgers speak of it."""
    record = make.volume(office, "YH·05", 2, held=True)
    put(office, record)
    lend(office, record)
    said: list[str] = []
    with office.ask("archivist", Act.RECORD_SEE) as unit:
        volume = unit.record(record)
        bind = unit.session.get_bind()
        event.listen(bind, "before_cursor_execute", lambda *given: said.append(given[2]))
        found = whereabouts.of(unit, volume)
        assert len(said) == 1 and found.whereabouts is Whereabouts.LOAN
        uids = list(unit.session.scalars(select(Volume.uid)))
        assert whereabouts.many(unit, [*uids, "unknown"]) == {record: found}


def test_away_witness(office, monkeypatch):
    """Were the open outings not asked, a lent volume would be told to stand on its shelf."""
    record = make.volume(office, "YH·05", 2, held=True)
    put(office, record)
    lend(office, record)
    monkeypatch.setattr(whereabouts, "kind_of", lambda *_: whereabouts.literal(Whereabouts.SHELF.value))
    monkeypatch.setattr(whereabouts, "_located", whereabouts._located.__wrapped__)
    assert where(office, record).whereabouts is Whereabouts.SHELF


def test_where_by_the_command_line(counter):
    """Several codes, one of them unknown: the others are told, the unknown one on standard error, status 4."""
    told_ = counter.run("archivist", "where", "R1-C1", "K001-没有")
    assert told_.status == 4 and "R1-C1" in told_.out and "K001-没有" in told_.err
    assert [one["whereabouts"] for one in counter.rows("archivist", "where", "R1-C1")] == ["SHELF"]
    counter.run("archivist", "where").check(2)
    path = counter.desk / "codes.txt"
    path.write_text("R1-C1\n\n# 注\nR1-C2\n", "utf-8")
    assert [one["code"] for one in counter.rows("archivist", "where", "--file", path)] == ["R1-C1", "R1-C2"]


def test_the_day_it_is_due_is_told(office):
    """An overdue loan still says when it was due."""
    record = make.volume(office, "YH·05", 1, held=True)
    loan = lend(office, record)
    office.tick(days=60)
    assert where(office, record).due_on == loan.due_on < dt.date(2026, 5, 1)
