"""Walking through the holdings: only what one may see is listed and counted, and a page costs what a page costs."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from archive import browsing, viewing, volumes
from archive.acts import Act
from archive.browsing import Narrowing
from archive.errors import BadValue, CardChanged, ClassUnknown, NotFound, NothingStored
from archive.values import Level, VolumeState
from tests import make


def raised(office, uid: str, level: Level = Level.SECRET) -> None:
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, uid, level, reason="涉及业主隐私")


def test_conf_C6_a_class_lists_and_counts_only_what_the_viewer_may_see(office):
    seen = make.volume(office, "FW·01", year=2024)
    hidden = make.volume(office, "FW·01", year=2025)
    raised(office, hidden)
    told = {}
    for account in ("staff", "archivist"):
        with office.ask(account) as unit:
            shelf = browsing.volumes(unit, Narrowing("FW"))
            told[account] = (shelf.total, len(shelf.lines), shelf.years)
            code = unit.volume(seen).reference_code
    assert (1, 1, [(2024, 1)]) == told["staff"]
    assert (2, 2, [(2025, 1), (2024, 1)]) == told["archivist"]
    with office.ask("staff") as unit:
        assert [code] == [line.code for line in browsing.volumes(unit, Narrowing("FW·01")).lines]
        totals = [one.line.volumes for one in browsing.tree(unit) if one.line.code == "FW"]
        assert [1] == totals


def test_a_class_is_narrowed_by_year_department_and_state_and_each_choice_keeps_its_count(office):
    make.volume(office, "FW·01", year=2024)
    make.volume(office, "FW·01", year=2025, held=True)
    with office.ask("archivist") as unit:
        narrowed = browsing.volumes(unit, Narrowing("FW·01", year=2025, state=VolumeState.HELD))
        assert 1 == narrowed.total
        assert [(2025, 1)] == narrowed.years  # of those in the chosen state
        assert 0 == browsing.volumes(unit, Narrowing("FW·01", department="GC")).total
        with pytest.raises(ClassUnknown):
            browsing.volumes(unit, Narrowing("XX"))


def test_a_page_of_a_class_asks_the_database_no_more_often_than_a_line(office, monkeypatch):
    """The cost of a page does not grow with its lines; the witness is a page that asks for each."""
    make.volume(office, "FW·01", year=2020)
    asked, at_hand = [], []

    def counted(account: str) -> int:
        asked.clear()
        with office.ask(account) as unit:
            at_hand[:] = [unit]
            event.listen(unit.session.bind, "before_cursor_execute", lambda *args: asked.append(args[2]))
            browsing.volumes(unit, Narrowing("FW·01"))
        return len(asked)

    few = counted("archivist")
    for year in range(2012, 2020):
        make.volume(office, "FW·01", year=year)
    assert few == counted("archivist")

    real = browsing._line  # noqa: SLF001

    def careless(record, title, found):
        at_hand[0].record(record.uid)
        return real(record, title, found)

    monkeypatch.setattr(browsing, "_line", careless)
    assert few < counted("archivist")


def test_pages_follow_each_other(office, monkeypatch):
    monkeypatch.setattr(browsing, "PAGE", 2)
    for year in (2021, 2022, 2023):
        make.volume(office, "FW·01", year=year)
    with office.ask("archivist") as unit:
        pages = [browsing.volumes(unit, Narrowing("FW·01"), page=page) for page in (1, 2, 3)]
    assert [2, 1, 0] == [len(page.lines) for page in pages]
    assert {3} == {page.total for page in pages}


def test_papers_kept_one_by_one_are_listed_by_themselves(office):
    make.filed(office, "WS·GS", 3)
    with office.ask("archivist") as unit:
        assert 3 == browsing.lone_papers(unit, Narrowing("WS·GS")).total
        assert 0 == browsing.volumes(unit, Narrowing("WS·GS")).total


def test_a_paper_knows_its_volume_and_its_neighbours_as_far_as_they_may_be_seen(office):
    uids = make.filed(office, "ZX·02", 3)
    with office.ask("archivist") as unit:
        codes = [unit.item(uid).reference_code for uid in uids]
        about = browsing.about(unit, codes[1])
        assert (codes[0], codes[2]) == (about.before, about.after)
        assert unit.item(uids[0]).volume_uid == unit.volume(about.volume).uid
        assert ("", codes[1]) == (lambda one: (one.before, one.after))(browsing.about(unit, codes[0]))


def test_conf_C6_absent_and_hidden_are_told_alike(office):
    hidden = make.volume(office, "FW·01")
    raised(office, hidden)
    with office.ask("archivist") as unit:
        code = unit.volume(hidden).reference_code
    told = []
    for asked in (code, hidden, "K001-ZY·FW·1999·D3-9999"):
        with office.ask("staff") as unit, pytest.raises(NotFound) as absent:
            browsing.about(unit, asked)
        told.append({**absent.value.facts, "code": ""})
    assert 3 * [{"what": "record", "code": ""}] == told


def test_a_card_that_somebody_else_changed_meanwhile_is_not_overwritten(office):
    from archive import items

    uid = make.filed(office, "ZX·02", 1)[0]
    with office.work("archivist", Act.ITEM_EDIT) as unit:
        items.edit(unit, uid, creator="甲设计院", document_no="图-1", doc_type="平面图", seen=1)
    with office.work("archivist", Act.ITEM_EDIT) as unit, pytest.raises(CardChanged) as changed:
        items.edit(unit, uid, title="晚了一步", seen=1)
    assert "archivist" == changed.value.facts["by"]
    with office.ask("archivist") as unit:
        card = unit.card(unit.item(uid))
        assert ("甲设计院", "图-1", "平面图") == (card.creator, card.document_no, card.doc_type)
        assert "晚了一步" != card.title
    with office.work("archivist", Act.ITEM_EDIT) as unit:
        assert 3 == items.edit(unit, uid, title="核对后再改", seen=2).version
    with office.work("archivist", Act.ITEM_EDIT) as unit, pytest.raises(BadValue):
        items.edit(unit, uid, doc_type="长" * 41)


def test_inv_V25_opening_a_confidential_file_leaves_a_line_with_its_purpose_and_turning_its_pages_none(
    office,
):
    uid = make.filed(office, "WS·MM", 1)[0]
    with office.work("archivist", Act.ITEM_ATTACH) as unit:
        from archive import objects

        objects.attach(unit, uid, b"secret words", name="a.txt")
    make.approved(office, uid, to="archivist", acts=(Act.RECORD_READ, Act.ITEM_GET))

    def lines() -> int:
        from archive import views

        with office.ask("auditor", Act.AUDIT_SEE) as unit:
            return sum(one.act in {"record.read", "item.get"} for one in views.events(unit, limit=200))

    with office.ask("archivist", Act.RECORD_READ) as unit:
        found = viewing.opened(unit, uid, 1, purpose="核对")
        assert b"secret words" == b"".join(viewing.pieces(office.instance.vault, found))
    assert 1 == lines()
    with office.ask("archivist", Act.RECORD_READ) as unit:
        viewing.still_open(unit, uid, 1)
    assert 1 == lines()
    for wrong in (
        lambda unit: viewing.opened(unit, uid, 1, purpose=" "),
        lambda unit: viewing.taken(unit, uid, 2, purpose="x"),
    ):
        with office.ask("archivist", Act.RECORD_READ) as unit, pytest.raises((BadValue, NothingStored)):
            wrong(unit)
