"""Lists and pages: what a viewer sees is what he may open, complete, in order, and told with its origin."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from archive import items, objects, views, volumes
from archive.acts import Act
from archive.circulation import lending
from archive.errors import ArchiveError, NotAllowed, NotFound
from archive.values import Level, VolumeState
from tests import make

VIEWERS = (
    "archivist",
    "clerk",
    "records",
    "staff",
    "supervisor",
    "manager",
    "secretary",
    "gm",
    "hr",
    "auditor",
)


@pytest.fixture
def stacked(office):
    """Volumes of many classes, levels and departments; items kept alone."""
    for class_code in ("ZX·02", "YH·01", "HT·01", "HT·03", "FW·01", "WS·LW", "AQ·02"):
        make.volume(office, class_code, 2)
    make.volume(office, "FW·01", 1, department="GC", year=2024)
    make.volume(office, "RS·01", 1, party="P001")
    make.volume(office, "ZX·02", 1, level=Level.CONFIDENTIAL, dossier="A1203-2025-2")
    make.filed(office, "QT", 2)
    make.filed(office, "WS·MM", 1)
    return office


def all_codes(office) -> list[str]:
    with office.instance.engine.connect() as raw:
        return sorted(
            raw.scalars(text("SELECT reference_code FROM volume UNION SELECT reference_code FROM item"))
        )


@pytest.mark.parametrize("viewer", VIEWERS)
def test_tier_P1_a_list_shows_exactly_what_the_same_person_can_open(stacked, viewer):
    """Every record is in a list of his if and only if its page opens for him."""
    with stacked.ask(viewer) as unit:
        try:
            listed = {line.code for line in views.volumes(unit)} | {line.code for line in views.items(unit)}
        except NotAllowed:
            listed = set()
    opened = set()
    for code in all_codes(stacked):
        try:
            with stacked.ask(viewer) as unit:
                views.page(unit, code)
            opened.add(code)
        except ArchiveError as refusal:
            assert isinstance(refusal, NotFound)
    assert listed == opened


def test_lists_narrow_by_class_year_department_and_state(stacked):
    """A group takes in its classes; filters combine; pages of a list follow each other."""
    with stacked.ask("gm") as unit:
        every = [line.code for line in views.volumes(unit)]
        assert every == sorted(every)
        assert {line.class_code for line in views.volumes(unit, class_code="HT")} == {"HT·01", "HT·03"}
        assert [line.department for line in views.volumes(unit, class_code="FW·01", department="GC")] == [
            "GC"
        ]
        assert [line.year for line in views.volumes(unit, year=2024)] == [2024]
        assert views.volumes(unit, state=VolumeState.HELD) == []
        paged = [
            line.code for start in range(0, 20, 3) for line in views.volumes(unit, limit=3, offset=start)
        ]
        assert paged == every
        assert {line.code for line in views.items(unit, alone=True)} >= {"K001-ZY·QT·2025·D10·KF-0001"}
        assert views.volumes(unit, class_code="H") == [] == views.volumes(unit, class_code="%")


def test_inv_V25_a_list_that_shows_confidential_titles_leaves_one_line(stacked):
    """One line with the number shown; a list of open records leaves none."""

    def lines() -> int:
        with stacked.instance.engine.connect() as raw:
            return raw.scalar(text("SELECT count(*) FROM event WHERE act = 'record.see'"))

    before = lines()
    with stacked.ask("gm") as unit:
        views.volumes(unit, class_code="FW")
    assert lines() == before
    with stacked.ask("gm") as unit:
        views.volumes(unit, class_code="YH")
    assert lines() == before + 1


def test_inv_V25_the_page_of_a_confidential_record_leaves_its_line_the_page_of_an_open_one_none(stacked):
    """Who looked at what, by code."""
    with stacked.ask("gm") as unit:
        code = {line.class_code: line.code for line in views.volumes(unit)}
    for class_code, grows in (("FW·01", 0), ("HT·01", 1)):
        with stacked.instance.engine.connect() as raw:
            before = raw.scalar(text("SELECT max(seq) FROM event"))
        with stacked.ask("gm") as unit:
            views.page(unit, code[class_code])
        with stacked.instance.engine.connect() as raw:
            new = raw.execute(
                text("SELECT account, object_code FROM event WHERE seq > :seq"), {"seq": before}
            ).all()
        assert [tuple(line) for line in new] == [("gm", code[class_code])] * grows


def test_file_names_are_content_and_shown_only_to_those_who_may_read(stacked):
    """The archivist sees that a contract exists, not what its files are called."""
    with stacked.ask("gm") as unit:
        volume = next(line.code for line in views.volumes(unit, class_code="HT·01"))
        item = views.inner_list(unit, unit.volume(volume))[0].code
    with stacked.work("archivist", Act.ITEM_ATTACH) as unit:
        objects.attach(unit, item, b"x", name="与某某公司的合同.pdf")
    with stacked.ask("gm") as unit:
        assert [file.name for file in views.page(unit, item).files] == ["与某某公司的合同.pdf"]
    with stacked.ask("archivist") as unit:
        assert views.page(unit, item).files == []


def test_a_page_tells_state_dates_loan_and_history(stacked):
    """Everything the catalogue knows of a record, in one typed row."""
    volume = make.volume(stacked, "FW·05", 2, held=True)
    with stacked.work("archivist", Act.VOLUME_EDIT) as unit:
        volumes.edit(unit, volume, note="附注")
    make.approved(stacked, volume)
    with stacked.work("archivist", Act.LOAN_LEND) as unit:
        number = lending.lend(unit, volume, to="staff", purpose="核对").number
    with stacked.ask("archivist") as unit:
        page = views.page(unit, volume)
    assert (page.kind, page.class_code, page.state, page.history) == ("volume", "FW·05", VolumeState.HELD, 1)
    assert page.loan.startswith(f"{number} 孙员工") and [line.seq_no for line in page.items] == [1, 2]
    assert page.expires_on is not None and page.review_due > page.expires_on
    assert page.card.note == "附注" and not page.undated


def test_the_log_is_shown_newest_first_to_the_auditor_alone(stacked):
    """Ids and codes, no names; refusals can be asked for by themselves."""
    with pytest.raises(NotAllowed), stacked.ask("gm", Act.AUDIT_SEE) as unit:
        views.events(unit)
    with stacked.ask("auditor", Act.AUDIT_SEE) as unit:
        newest, refused = views.events(unit, limit=5), views.events(unit, refused=True)
        assert [line.account for line in views.events(unit, account="gm", limit=2)] == ["gm"] * 2
    assert [line.seq for line in newest] == sorted((line.seq for line in newest), reverse=True)
    assert refused[0].outcome == "not-allowed" and all(line.outcome != "done" for line in refused)


def test_tier_P2_what_one_may_not_see_answers_exactly_like_nothing(stacked):
    """A hidden code and an invented one: the same refusal, the same facts but the code asked for."""
    with stacked.ask("gm") as unit:
        hidden = next(line.code for line in views.volumes(unit, class_code="RS"))
    told = []
    for code in (hidden, "K001-ZY·RS-9999"):
        for question in (views.page, views.history):
            with pytest.raises(NotFound) as caught, stacked.ask("staff") as unit:
                question(unit, code)
            told.append(str(caught.value).replace(code, "…"))
    assert len(set(told)) == 1


def test_tier_P2_totals_of_the_tree_do_not_move_with_what_is_hidden(office):
    """Filing a confidential volume leaves the tree of somebody without the right as it was."""
    make.volume(office, "FW·01", 1)
    with office.ask("staff") as unit:
        before = views.tree(unit)
    make.volume(office, "RS·01", 3, party="P001")
    with office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_matter(unit, make.matter("WS·MM"), [make.paper("机要", "WS·MM")])
    with office.ask("staff") as unit:
        assert views.tree(unit) == before
    with office.ask("gm") as unit:
        assert views.tree(unit) != before


def test_inv_V5_a_group_shows_the_sums_of_its_classes_and_the_whole_counts_each_once(office):
    """Groups are summed from the lines one may see; the total adds classes, not groups again."""
    make.volume(office, "FW·01", 2)
    make.volume(office, "FW·05", 1)
    with office.ask("gm") as unit:
        plain = views.tree(unit)
    shown = {line.code: line for line in views.summed(plain)}
    whole = views.added(plain[0], list(shown.values()))

    assert (2, 3) == (shown["FW"].volumes, shown["FW"].items)
    assert (0, 0, 0) == (shown["RS"].volumes, shown["RS"].items, shown["RS"].pages)
    assert sum(line.items for line in plain) == whole.items == 3
    assert shown["FW·01"] in plain
