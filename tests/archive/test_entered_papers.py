"""Papers entered in a table: every wrong cell is told by row and column, and all go in, or the good ones, or none."""

from __future__ import annotations

import pytest

from archive import batches
from archive.acts import Act
from archive.batches import Common
from archive.errors import BadValue, ClassUnknown, NotAllowed, VolumeClosed
from archive.values import Family
from archive.volumes import Matter
from tests import make

DUTY = Common(matter=Matter("FW·01", 2025, "KF"))


def row(title: str = "值班记录", **told: str) -> dict[str, str]:
    return {"title": title, "dated": "2025-03-01", "pages": "2", **told}


def check(office, common, rows, *, by="archivist"):
    with office.ask(by, Act.ITEM_FILE) as unit:
        return batches.check(unit, common, rows)


def slips(batch) -> set[tuple[int, str, str]]:
    return {(slip.row, slip.column, slip.error.code) for slip in batch.slips}


def test_every_wrong_cell_is_told_by_its_row_and_column(office):
    rows = [
        row(), row("", dated="2025-02-30", pages="-1"), {}, row(level="绝密", party="P999"), row(dated="2099-01-01"),
        row(premises="Z9999"), row("长" * 201),
    ]  # fmt: skip
    batch = check(office, DUTY, rows)
    assert {
        (1, "title", "bad-value"), (1, "dated", "no-such-day"), (1, "pages", "bad-value"), (3, "level", "bad-value"),
        (4, "dated", "bad-value"), (5, "premises", "not-found"), (6, "title", "bad-value"),
    } == slips(batch)  # fmt: skip
    assert [0] == batch.good


def test_req_R89_the_fields_of_the_family_are_checked_each_in_its_cell(office):
    common = Common(matter=Matter("HT·03", 2025, "KF", dossier="HT-2025-9"))
    good = {
        "contract_no": "HT-2025-9",
        "counterparty": "清源保洁",
        "amount": "1,200 元",
        "signed_on": "2025.1.5",
    }
    batch = check(
        office, common,
        [row("合同", **good), row("合同", contract_no="HT-2025-9"), row("合同", **{**good, "amount": "x", "signed_on": "5/1"})],
    )  # fmt: skip
    assert {
        (1, "counterparty", "field-missing"),
        (2, "amount", "bad-value"),
        (2, "signed_on", "bad-value"),
    } == slips(batch)
    assert "1200.00" == batch.papers[0].fields["amount"]
    assert set(batches.columns(Family.CONTRACT)) >= {*good, "title", "level"}


def test_a_check_writes_nothing(office):
    before = _records(office)
    assert [0] == check(office, DUTY, [row()]).good
    assert before == _records(office)


def _records(office) -> int:
    from archive import views

    with office.ask("archivist") as unit:
        return len(views.items(unit)) + len(views.volumes(unit))


def test_good_rows_go_in_together_and_in_order(office):
    rows = [row("甲"), row("值班乙"), row("值班丙", dated="x"), row("值班丁")]
    with office.work("archivist", Act.ITEM_FILE) as unit:
        batch = batches.check(unit, DUTY, rows)
        made = batches.file(unit, DUTY, batch)
        assert [1, 3] == batch.good  # a title of one letter says nothing
        assert ["值班乙", "值班丁"] == [card.title for card in unit.cards(made)]
        assert 1 == len({one.volume_uid for one in made})


def test_rows_about_other_premises_find_volumes_of_their_own(office):
    common = Common(matter=Matter("ZX·02", 0, "KF", party="P001", dossier=None))
    rows = [
        row("图一", premises="A1203"), row("图二", premises="A-1204"), row("图三", premises="A1203", dated="2024-05-01"),
    ]  # fmt: skip
    batch = check(office, common, rows)
    assert {"dossier"} == {slip.column for slip in batch.slips}  # a fit-out is a project
    yards = Common(matter=Matter("YH·05", 0, "KF", party="P001"))
    with office.work("archivist", Act.ITEM_FILE) as unit:
        made = batches.file(unit, yards, batches.check(unit, yards, rows))
        assert 2 == len({one.volume_uid for one in made})
        assert {2025, 2024} == {one.archive_year for one in made}


def test_into_a_volume_that_is_closed_or_not_one_s_own_nothing_goes(office):
    closed = make.volume(office, "FW·01", held=True)
    with pytest.raises(VolumeClosed):
        check(office, Common(volume=closed), [row()])
    mine = make.volume(office, "FW·01", department="GC")
    with pytest.raises(NotAllowed):
        check(office, Common(volume=mine), [row()], by="staff")
    with pytest.raises(ClassUnknown):
        check(office, Common(matter=Matter("FW·99", 2025, "KF")), [row()])


def test_a_batch_is_bounded(office, monkeypatch):
    monkeypatch.setattr(batches, "MOST", 3)
    with pytest.raises(BadValue):
        check(office, DUTY, [row()] * 4)


def test_two_hundred_rows_are_checked_and_filed_by_one_path(office):
    rows = [row(f"值班记录之{n}") for n in range(200)]
    with office.work("archivist", Act.ITEM_FILE) as unit:
        made = batches.file(unit, DUTY, batches.check(unit, DUTY, rows))
    assert 200 == len(made)
