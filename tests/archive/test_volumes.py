"""Volumes: their life cycle, their order, their levels and places; the three tables in a second form."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from archive import items, registry, views, volumes
from archive.acts import Act
from archive.custody import handover
from archive.errors import (
    BadValue,
    ClassUnknown,
    FieldUnknown,
    InVolume,
    LevelBelow,
    NotAllowed,
    NotFound,
    NotLockable,
    OtherDepartment,
    VolumeClosed,
    WrongState,
)
from archive.model import KEPT, IndexTask, Item, Movement, Volume
from archive.values import Level, VolumeState
from tests import make
from tests.archive.test_lives import reviewed

# --- the services keep to the table -----------------------------------------------------------


def brought_to(office, state: VolumeState) -> str:
    volume = make.volume(office, "ZX·02", 2, held=state is VolumeState.HELD)
    if state is VolumeState.CLOSED:
        with office.work("archivist", Act.VOLUME_CLOSE) as unit:
            volumes.close(unit, volume)
    return volume


def doings(office, volume: str):
    """Each act of the volume table as the service that does it."""
    return {
        Act.ITEM_FILE: lambda unit: items.file_into(unit, volume, [make.paper()]),
        Act.VOLUME_EDIT: lambda unit: volumes.edit(unit, volume, note="改"),
        Act.VOLUME_LEVEL: lambda unit: volumes.set_level(unit, volume, Level.CONFIDENTIAL, reason="涉密"),
        Act.VOLUME_MOVE: lambda unit: volumes.move(unit, volume, "R1-C1"),
        Act.VOLUME_CLOSE: lambda unit: volumes.close(unit, volume),
        Act.HANDOVER_SIGN: lambda unit: handover.accept(unit, [volume], given_by="clerk"),
    }


@pytest.mark.parametrize("state", [VolumeState.OPEN, VolumeState.CLOSED, VolumeState.HELD])
def test_every_service_obeys_the_table_in_every_state(office, state):
    """A service changes the state as the reviewed table says, or refuses and changes nothing."""
    volume = brought_to(office, state)
    expected = reviewed("volume")
    for act, do in doings(office, volume).items():
        target = expected.get((state.value, act.value))
        if target == state.value:
            with office.work("archivist", act) as unit:
                do(unit)
        elif target is None:
            with pytest.raises((WrongState, VolumeClosed)), office.work("archivist", act) as unit:
                do(unit)
        with office.ask("archivist") as unit:
            assert unit.volume(volume).state is state, act


# --- opening ----------------------------------------------------------------------------------


def opened(office, by="archivist", title="A1203 装修图纸", fields=None, **given):
    with office.work(by, Act.VOLUME_OPEN) as unit:
        return volumes.open_volume(unit, make.matter(**given), title=title, fields=fields).uid


def test_req_R13_a_volume_is_opened_with_code_class_and_inheritance(office):
    """立卷: the code comes from the class's template, level and period from the class, each shown as inherited."""
    volume = opened(office)
    with office.ask("archivist") as unit:
        page = views.page(unit, volume)
    assert (page.code, page.state, page.department) == ("K001-ZY·ZX·2025·D30-0001", VolumeState.OPEN, "KF")
    assert (page.level.value, page.level.origin) == (Level.INTERNAL, "class")
    assert (page.period.value, page.period.origin) == ("D30", "class")
    assert page.use_mode.origin == "class"
    assert page.dossier == "A1203-2025-1"


@pytest.mark.parametrize(
    ("given_matter", "refusal"),
    [
        ({"class_code": "ZX·99"}, ClassUnknown),
        ({"class_code": "ZX"}, ClassUnknown),
        ({"year": 1899}, BadValue),
        ({"year": 2028}, BadValue),
        ({"premises": "Z9999"}, NotFound),
        ({"party": "P999"}, NotFound),
        ({"period": "forever"}, BadValue),
        ({"period": "D0"}, BadValue),
        ({"level": Level.PUBLIC}, LevelBelow),
        ({"class_code": "HT·03", "dossier": None}, BadValue),
        ({"class_code": "QT"}, BadValue),
    ],
)
def test_a_matter_that_cannot_be_is_refused_and_nothing_is_opened(office, given_matter, refusal):
    """Unknown class, premises, party; impossible year, period, level; a class kept item by item."""
    with pytest.raises(refusal):
        opened(office, **given_matter)
    with office.instance.engine.connect() as raw:
        assert raw.scalar(text("SELECT count(*) FROM volume")) == 0
        assert raw.scalar(text("SELECT count(*) FROM series WHERE prefix LIKE 'K001%'")) == 0


@pytest.mark.parametrize("title", ["", " ", "一", "长" * 201, "回车\x07响铃"])
def test_a_title_must_say_something_printable(office, title):
    """2 to 200 printable characters."""
    with pytest.raises(BadValue):
        opened(office, title=title)


def test_a_volume_takes_only_the_fields_of_its_family(office):
    """A fit-out volume knows a permit number and no counterparty."""
    opened(office, fields={"permit_no": "ZX-1"})
    with pytest.raises(FieldUnknown):
        opened(office, fields={"counterparty": "甲"})


def test_only_those_the_policy_names_may_open_a_volume(office):
    """Staff may not; a clerk only for his own department."""
    with pytest.raises(NotAllowed):
        opened(office, by="staff")
    with pytest.raises(OtherDepartment):
        opened(office, by="records")
    assert opened(office, by="clerk")


# --- V4 ---------------------------------------------------------------------------------------


def order_faults(office, volume: str) -> list[str]:
    """What breaks V4 in a volume: dates ascending, numbers 1..n, pages contiguous, codes by number."""
    with office.instance.engine.connect() as raw:
        head = raw.execute(select(Volume).where(Volume.uid == volume)).one()
        rows = raw.execute(select(Item).where(Item.volume_uid == volume).order_by(Item.seq_no)).all()
    wrong, page = [], 1
    dates = [row.dated or dt.date.max for row in rows]
    if dates != sorted(dates):
        wrong.append("order")
    for number, row in enumerate(rows, 1):
        if row.seq_no != number or row.reference_code != f"{head.reference_code}-{number:03}":
            wrong.append(f"number {row.seq_no}")
        if row.first_page != page:
            wrong.append(f"page {row.first_page}")
        page += row.page_count
    if (head.items, head.pages) != (len(rows), page - 1):
        wrong.append("totals")
    return wrong


@given(
    st.lists(
        st.tuples(st.none() | st.dates(dt.date(2001, 1, 1), dt.date(2026, 3, 2)), st.integers(0, 9)),
        min_size=1,
        max_size=8,
    )
)
@hypothesis_settings(max_examples=12)
def test_inv_V4_closing_puts_papers_by_date_numbered_without_gap(shelf, drawn):
    """Whatever order papers came in, a closed volume runs by date, 1..n, page after page."""
    shelf.made = getattr(shelf, "made", 0) + 1
    with shelf.work("archivist", Act.ITEM_FILE) as unit:
        papers = [
            make.paper(f"图纸之{n}", dated=dated, pages=pages) for n, (dated, pages) in enumerate(drawn)
        ]
        matter = make.matter(dossier=f"A1203-2025-{shelf.made}")
        volume = items.file_matter(unit, matter, papers)[0].volume_uid
    with shelf.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, volume)
    assert order_faults(shelf, volume) == []
    dates = [dated for dated, _ in drawn if dated]
    with shelf.ask("archivist") as unit:
        row = unit.volume(volume)
        assert (row.first_date, row.last_date) == ((min(dates), max(dates)) if dates else (None, None))


@pytest.fixture
def shelf(office):
    """The office, for properties that open a new volume in every example."""
    return office


def test_witness_inv_V4_an_unarranged_volume_is_caught(office):
    """Closing without arranging leaves an order the same check names."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [make.paper("晚", dated=dt.date(2025, 5, 1)), make.paper("早晨", dated=dt.date(2025, 1, 1))][
            ::-1
        ]
        late_first = [make.paper("晚到", dated=dt.date(2025, 9, 1)), *papers[:1]]
        volume = items.file_matter(unit, make.matter(), late_first)[0].volume_uid
    assert order_faults(office, volume) == ["order"]
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, volume)
    assert order_faults(office, volume) == []


def test_an_empty_volume_is_not_closed(office):
    """Closing needs at least one paper."""
    volume = opened(office)
    with pytest.raises(BadValue), office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, volume)


def test_arranging_tells_the_index_about_every_renumbered_item(office):
    """Codes change on closing, so the outbox names each paper again."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [
            make.paper("晚到", dated=dt.date(2025, 9, 1)),
            make.paper("早到", dated=dt.date(2025, 1, 1)),
        ]
        made = items.file_matter(unit, make.matter(), papers)
    uids, volume = {item.uid for item in made}, made[0].volume_uid
    with office.instance.engine.connect() as raw:
        before = raw.scalar(text("SELECT max(id) FROM index_task"))
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, volume)
    with office.instance.engine.connect() as raw:
        told = set(raw.scalars(select(IndexTask.record_uid).where(IndexTask.id > before)))
    assert uids <= told


# --- levels, places, edits --------------------------------------------------------------------


def levels(office, volume: str) -> list[Level]:
    with office.ask("gm") as unit:
        rows = unit.session.scalars(select(Item).where(Item.volume_uid == volume).order_by(Item.seq_no))
        return [item.level for item in rows]


def test_a_level_change_cascades_to_the_papers_but_never_above_their_own(office):
    """Items follow the volume; one marked lower stays lower; back again restores both."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [make.paper("普通"), make.paper("内部图", level=Level.INTERNAL)]
        volume = items.file_matter(unit, make.matter(level=Level.CONFIDENTIAL), papers)[0].volume_uid
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, volume, Level.SECRET, reason="含身份证件")
    assert levels(office, volume) == [Level.SECRET, Level.INTERNAL]
    with office.ask("gm") as unit:
        assert views.page(unit, volume).level.origin == "own"
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, volume, Level.INTERNAL, reason="证件已抽出")
    assert levels(office, volume) == [Level.INTERNAL, Level.INTERNAL]
    with office.ask("gm") as unit:
        assert views.page(unit, volume).level.origin == "class"


def test_a_volume_never_falls_below_the_level_of_its_class(office):
    """密级 of the class is the floor."""
    volume = make.volume(office, "YH·01")
    with pytest.raises(LevelBelow), office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, volume, Level.INTERNAL, reason="降")


def test_req_R22_confidential_papers_stand_only_behind_a_lock(office):
    """A tenant volume goes into the locked cabinet, or a layer inside it, and nowhere else."""
    volume = make.volume(office, "YH·01")
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "R1-C1-2", kind="LAYER", name="二层", inside="R1-C1")
    with pytest.raises(NotLockable), office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, volume, "R1-C2")
    for place in ("R1-C1", "R1-C1-2"):
        with office.work("archivist", Act.VOLUME_MOVE) as unit:
            volumes.move(unit, volume, place)
    with office.ask("archivist") as unit:
        assert views.page(unit, volume).place == "一号库房 / 一号柜 / 二层"
        moved = unit.session.scalars(select(Movement).where(Movement.record_uid == volume)).all()
    assert [bool(row.from_uid) for row in sorted(moved, key=lambda row: row.from_uid or "")] == [False, True]


def test_req_R22_a_volume_on_an_open_shelf_is_not_made_confidential_there(office):
    """Raising the level of what stands in the open is refused until it has been moved behind a lock."""
    volume = make.volume(office, "ZX·02")
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, volume, "R1-C2")
    with pytest.raises(NotLockable), office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, volume, Level.CONFIDENTIAL, reason="涉密")
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, volume, "R1-C1")
        volumes.set_level(unit, volume, Level.CONFIDENTIAL, reason="涉密")
    assert set(levels(office, volume)) == {Level.CONFIDENTIAL}


def test_req_R22_a_lock_is_not_taken_from_a_place_with_confidential_papers(office):
    """Marking the cabinet as open is refused while a confidential volume stands in it."""
    volume = make.volume(office, "YH·01")
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, volume, "R1-C1")
    with pytest.raises(NotLockable), office.work("archivist", Act.LOCATION_EDIT) as unit:
        registry.edit_location(unit, "R1-C1", lockable=False)


def test_one_paper_of_a_volume_is_not_shelved_or_handed_over_alone(office):
    """The volume is the unit of custody; its papers go with it."""
    volume = make.volume(office, "ZX·02")
    with office.ask("archivist") as unit:
        item = views.inner_list(unit, unit.volume(volume))[0].code
    with pytest.raises(InVolume), office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, item, "R1-C1")
    with pytest.raises(InVolume), office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [item], given_by="clerk")


def test_an_edit_keeps_the_earlier_card_readable(office):
    """The history names every former title, newest first, and who replaced it."""
    volume = opened(office, title="初名案卷")
    for title in ("二名案卷", "三名案卷"):
        with office.work("clerk", Act.VOLUME_EDIT) as unit:
            volumes.edit(unit, volume, title=title, fields={"permit_no": "ZX-7"})
    with office.ask("archivist") as unit:
        page, past = views.page(unit, volume), views.history(unit, volume)
    assert page.card.title == "三名案卷" and page.card.fields == {"permit_no": "ZX-7"} and page.history == 2
    assert [(line.version, line.title, line.replaced_by) for line in past] == [
        (2, "二名案卷", "周文员"),
        (1, "初名案卷", "周文员"),
    ]


def test_a_bad_edit_changes_neither_card_nor_history(office):
    """Unknown fields and empty titles leave the card as it was."""
    volume = opened(office)
    for bad in ({"title": " "}, {"fields": {"nope": "1"}}, {"fields": {"accepted_on": "2025-02-30"}}):
        with pytest.raises((BadValue, FieldUnknown)), office.work("archivist", Act.VOLUME_EDIT) as unit:
            volumes.edit(unit, volume, **bad)
    with office.ask("archivist") as unit:
        assert views.page(unit, volume).history == 0


# --- nothing is deleted -----------------------------------------------------------------------


def undeleted(office, tables) -> list[str]:
    """The tables from which raw SQL may delete a row."""
    lost = []
    for table in tables:
        with office.instance.engine.connect() as raw:
            if raw.scalar(text(f"SELECT count(*) FROM {table}")) == 0:
                continue
            try:
                raw.execute(text("PRAGMA defer_foreign_keys = ON"))
                raw.execute(text(f"DELETE FROM {table}"))
            except Exception as refusal:
                assert "is kept" in str(refusal), table
            else:
                lost.append(table)
            raw.rollback()
    return lost


def test_inv_V18_the_database_itself_refuses_delete_on_kept_tables(office):
    """Triggers refuse it whatever program asks; a table that is not kept shows that the check can fail."""
    make.volume(office, "ZX·02", held=True)
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        volumes.edit(unit, "K001-ZY·ZX·2025·D30-0001", note="改")
    assert undeleted(office, KEPT) == []
    assert undeleted(office, ["index_task"]) == ["index_task"]


def test_inv_V5_totals_are_sums_of_what_is_listed(office):
    """总目录 = Σ 案卷目录 = Σ 卷内目录, for each viewer over what he may see."""
    rng = random.Random(5)
    for number, code in enumerate(("ZX·02", "YH·01", "HT·03", "FW·01", "QT", "ZX·02", "WS·LW")):
        given = {"dossier": f"A1203-2025-{number}"} if code == "ZX·02" else {}
        make.filed(office, code, rng.randint(1, 4), **given)
    for viewer in ("archivist", "clerk", "staff", "gm", "secretary"):
        with office.ask(viewer) as unit:
            tree = {line.code: line for line in views.tree(unit)}
            listed, alone = views.volumes(unit), views.items(unit, alone=True)
            inner = [line for one in listed for line in views.inner_list(unit, unit.volume(one.code))]
        assert sum(line.volumes for line in tree.values()) == len(listed), viewer
        assert sum(line.items for line in tree.values()) == len(inner) + len(alone), viewer
        assert sum(line.pages for line in tree.values()) == sum(one.pages for one in [*inner, *alone]), viewer
        assert [one.items for one in listed] == [len(views_of(inner, one)) for one in listed], viewer


def views_of(inner, volume):
    """The inner lines whose code begins with the volume's."""
    return [line for line in inner if line.code.startswith(f"{volume.code}-")]
