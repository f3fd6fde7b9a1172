"""The register (F23): union of columns, cover facts, what may stay of titles; a permanent item of WS·DA (V20)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from archive import objects
from archive.acts import Act
from archive.errors import FileMissing, NotFound, TargetExists
from archive.model import DigitalObject
from archive.statuses import DestructionState
from archive.values import VolumeState
from retention.destroying import destruction, destruction_book, execution, register
from tests.retention import lists, papers
from tests.retention.letting_go import contract, letters

D = dt.date.fromisoformat
COLUMNS = (
    "序号 档号 文号 责任者 题名 年度 密级 件数 页数 应保管期限 已保管年数 鉴定意见号 销毁方式 销毁时间 备注"
)


def entries(office, number, who="archivist"):
    with office.ask(who) as unit:
        return register.entries(unit, number)


def test_form_F23_before_the_supervisors_the_register_lists_what_is_to_go(office):
    """
    Union of columns, plain titles, 题名略 for what is personal, years kept so far, nothing destroyed yet.
    """
    number = lists.approved(office, [*letters(office, 1), contract(office, 1, class_code="FW·03")])
    plain, personal = entries(office, number)
    assert ("停车场例会纪要1", "客服部", "D10", 13, "") == (
        plain.title, plain.creator, plain.period, plain.kept, plain.note.what,
    )  # fmt: skip
    assert ("题名略", "", 15) == (personal.title, personal.creator, personal.kept)
    assert [None, None] == [plain.destroyed_on, personal.destroyed_on]


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [("2013-01-01", "2026-03-02", 13), ("2013-01-01", "2013-12-31", 0), ("2013-06-02", "2026-06-01", 12),
     ("2013-06-02", "2026-06-02", 13), ("2027-01-01", "2026-03-02", 0), (None, "2026-03-02", None)],
)  # fmt: skip
def test_form_F23_years_kept_are_whole_years_from_the_first_day_that_counted(start, end, years):
    """
    已保管期限: the anniversary counts, the day before does not; what never started has none.
    """
    assert years == register._years(D(start) if start else None, D(end))


def test_inv_V20_V19_the_register_of_what_was_destroyed_is_a_permanent_item_of_its_own(office):
    """
    Filed in WS·DA for ever by who carried it out: fonds, counts, leader, approver, both supervisors with time and
    place, every line with its note; of the personal volume neither title nor name.
    """
    plain, pulled, late = letters(office, 3)
    personal = contract(office, 1, class_code="FW·03")
    number = lists.approved(office, [plain, pulled, late, personal])
    lists.begin(office, number)
    with office.work("archivist", Act.DESTRUCTION_PULL) as unit:
        destruction.pull(unit, number, [pulled], reason="原件遗失")
    lists.confirm(office, number, "manager", place="碎纸房")
    with office.work("archivist", Act.DESTRUCTION_PULL) as unit:
        destruction.pull(unit, number, [late], reason="法院来函")
    lists.confirm(office, number, "secretary", place="碎纸房")
    execution.execute(office.instance, office.who("archivist"), number)

    made, _ = lists.made(office, number)
    assert made.state in {DestructionState.DESTROYED, DestructionState.FINAL}
    with office.ask("archivist") as unit:
        item = unit.item(made.register_uid)
        assert ("WS·DA", "Y", None) == (item.class_code, item.period, item.review_due)
        assert item.state is not VolumeState.DESTROYED and number in unit.card(item).title
        stored = unit.session.scalar(select(DigitalObject).where(DigitalObject.item_uid == item.uid))
        body = objects.read(unit, stored)
    cover, rows = papers.words(body), papers.table(body)
    for word in (
        number, "K001", "2 卷（件），内含文件 2 件、4 页", "期满，无保存价值", "冯经理", "褚总 2026-03-02", "郑档案",
        "陈秘书 2026-03-02", "碎纸房", "碎纸 2", made.content_hash,
    ):  # fmt: skip
        assert word in cover, word
    assert COLUMNS.split() == rows[0]
    told = {row[0]: row for row in rows[1:]}
    assert ["停车场例会纪要1", "已销毁 2026-03-02"] == [told["1"][4], told["1"][14]]
    assert "撤下 2026-03-02，未销毁" == told["2"][14]
    assert "监销签字后撤下 2026-03-02，电子文件未销毁" == told["3"][14]
    assert ["题名略", "2026-03-02"] == [told["4"][4], told["4"][13]]
    assert "FW·03" not in "".join("".join(row) for row in rows)


def test_the_register_is_written_to_a_new_private_file_only(office, tmp_path):
    """
    A file that is there, a folder that is not, a list that is not: refused; what is written only its owner opens.
    """
    number = lists.frozen(office, letters(office, 1))
    target = tmp_path / "清册.docx"
    with office.ask("archivist") as unit:
        assert 1 == register.write(unit, number, target)
    assert 0o600 == target.stat().st_mode & 0o777
    body = target.read_bytes()
    for path, wanted, error in (
        (target, number, TargetExists), (tmp_path / "无" / "a.docx", number, FileMissing),
        (tmp_path / "b.docx", "XH1999-0001", NotFound),
    ):  # fmt: skip
        with pytest.raises(error), office.ask("archivist") as unit:
            register.write(unit, wanted, path)
    assert body == target.read_bytes() and [target] == sorted(tmp_path.glob("*.docx"))


def test_inv_V23_the_register_shows_only_lines_one_may_see_but_all_to_the_supervisors(office):
    """
    The clerk has no right to the confidential volume until he supervises its destruction; its title he never sees.
    """
    volume, letter = contract(office, 1, class_code="AQ·02"), letters(office, 1)[0]
    number = lists.approved(office, [volume, letter])
    assert ["停车场例会纪要1"] == [one.title for one in entries(office, number, "clerk")]
    lists.begin(office, number, "clerk", "manager")
    assert ["停车场例会纪要1", "题名略"] == [one.title for one in entries(office, number, "clerk")]
    with office.ask("clerk") as unit:
        assert ["停车场例会纪要1", ""] == [one.title for one in destruction_book.contents(unit, number)]
        assert 2 == destruction_book.show(unit, number).lines
    assert ["停车场例会纪要1"] == [one.title for one in entries(office, number, "staff")]
