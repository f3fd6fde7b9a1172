"""Printed forms of the catalogue, F1 to F9: the columns of the trade, visible rows only, sums that agree, what is logged."""

from __future__ import annotations

import io
import json
import stat

import pypdfium2
import pytest
from docx import Document
from sqlalchemy import select

from archive import items, logbook
from archive.acts import Act
from archive.custody import drafts
from archive.errors import (
    BadValue,
    ChainBroken,
    ClassUnknown,
    FileMissing,
    InsideInstance,
    NotAllowed,
    NotFound,
    TargetExists,
)  # fmt: skip
from archive.forms import kinds, pdf, printing
from archive.forms.kinds import Wanted
from archive.forms.page import Cover, Facts, Form, Spine, Stamp, Table
from archive.forms.placeholders import names_of
from archive.model import Event, Volume
from archive.statuses import HandoverKind
from archive.values import Level, VolumeState
from archive.words import Language, say
from tests import make
from tests.archive.pictures import same_picture

COLUMNS = {
    "f1": "顺序号 文号 责任者 题名 日期 页号 备注",
    "f2": "序号 文件编号 责任者 文件题名 日期 页数 备注",
    "f3": "序号 档号 案卷题名 起止日期 件数 总页数 保管期限 存放位置 备注",
    "f6": "序号 档号 文号 责任者 题名 日期 密级 页数 备注",
    "f6-secret": "顺序号 档号 文号 责任者 题名 日期 密级 页数 保管期限 备注",
    "f8": "序号 类别号 类别名称 年度 保管期限 保管部门 案卷起止号 卷数 件数 页数 在库/借出/已销毁/已移交 存放位置 备注",
    "f9": "序号 档号 题名 保管期限 件数 页数 密级 原件/复制件 备注",
}


def kind(code: str) -> kinds.FormKind:
    return kinds.named(kinds.CATALOGUE, code)


def form(office, code: str, *codes: str, by: str = "archivist", **given) -> Form:
    """A form read out, so that it can be looked at twice."""
    with office.ask(by, Act.FORM_PRINT) as unit:
        made = kind(code).build(unit, Wanted(Language.ZH, codes, **given))
        blocks = [
            Table(one.columns, [tuple(row) for row in one.rows], fill=one.fill)
            if isinstance(one, Table)
            else one
            for one in made.blocks
        ]
        return Form(**{name: getattr(made, name) for name in made.__slots__ if name not in {"blocks", "tables"}},
                    blocks=blocks, tables={name: list(lines) for name, lines in made.tables.items()})  # fmt: skip


def table(made: Form) -> Table:
    return next(block for block in made.blocks if isinstance(block, Table))


def rows(made: Form) -> list[dict[str, str]]:
    """The rows of the one table, by their headings."""
    heads = [column.heading for column in table(made).columns]
    return [dict(zip(heads, row, strict=True)) for row in table(made).rows]


def code_of(office, uid: str) -> str:
    with office.ask("archivist") as unit:
        return unit.record(uid).reference_code


def last_print(office) -> tuple[dict, Event]:
    """The newest line of the log about a print."""
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        event = unit.session.scalars(
            select(Event).where(Event.act == "form.print").order_by(Event.seq.desc())
        ).first()
        return json.loads(event.facts), event


# --- columns and contents -----------------------------------------------------------------------------


@pytest.mark.parametrize("code", COLUMNS)
def test_form_F1_to_F9_have_the_columns_of_the_trade_in_their_order(full, code):
    """Headings as the standards print them; every row as broad as the heading."""
    made = full.form(kind(code))
    assert [one.heading.replace("\n", "") for one in table(made).columns] == COLUMNS[code].split()
    assert all(len(row) == len(table(made).columns) for row in table(made).rows)


def test_form_F1_shows_first_pages_and_on_the_last_line_first_and_last(office):
    """GB/T 9705: 页号 is where a document begins; the last line says where the volume ends. Dates are eight digits."""
    code = code_of(office, make.volume(office, count=3))
    found = rows(form(office, "f1", code))
    assert [row["页号"] for row in found] == ["1", "3", "5–6"]
    assert [row["顺序号"] for row in found] == ["1", "2", "3"]
    assert {row["日期"] for row in found} == {"20250302"}
    assert [row["页数"] for row in rows(form(office, "f2", code))] == ["2", "2", "2"]
    assert ("档号", code) in form(office, "f2", code).facts


def test_form_F1_of_several_volumes_is_one_file_in_which_each_begins_anew(office, tmp_path):
    """Two codes, one PDF: two papers with their own titles and pages."""
    codes = [code_of(office, make.volume(office, one)) for one in ("ZX·02", "FW·06")]
    with office.ask("archivist", Act.FORM_PRINT) as unit:
        made = printing.print_form(unit, kind("f1"), Wanted(Language.ZH, codes), tmp_path / "两卷.pdf")
    assert (made.pages, made.rows) == (2, 4)
    document = pypdfium2.PdfDocument((tmp_path / "两卷.pdf").read_bytes())
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()
    assert all("共 1 页" in text and "卷内文件目录" in text for text in texts)


def test_form_F6_leaves_titles_as_catalogued_and_what_is_missing_blank(office):
    """A title made up stands in its [ ]; no number, no date, no level mark at 公开: blank (DA/T 22)."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [make.paper("[关于食堂的通知]", "WS·DA", dated=None)]
        items.file_matter(unit, make.matter("WS·DA"), papers)
    (row,) = rows(form(office, "f6", class_code="WS·DA"))
    assert (row["题名"], row["日期"], row["文号"], row["责任者"]) == ("[关于食堂的通知]", "", "", "")
    cover = next(
        block
        for block in form(office, "f6", class_code="WS·DA", year=2025).blocks
        if isinstance(block, Cover)
    )
    assert dict(cover.pairs) == {
        "全宗号": "K001",
        "全宗名称": dict(cover.pairs)["全宗名称"],
        "年度": "2025",
        "保管期限": "",
        "机构（问题）": "",
    }


def test_form_F6_confidential_items_stand_on_their_own_list_only(office):
    """A plain list never shows 秘密 and above, whoever prints it; the separate list shows only them, to whom they are visible."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        (plain,) = items.file_matter(unit, make.matter("WS·DA"), [make.paper("平常的文件")])
        (secret,) = items.file_matter(
            unit, make.matter("WS·DA", level=Level.SECRET), [make.paper("要紧的文件")]
        )
        plain, secret = plain.reference_code, secret.reference_code
    assert [row["档号"] for row in rows(form(office, "f6", class_code="WS·DA"))] == [plain]
    assert [row["档号"] for row in rows(form(office, "f6-secret", class_code="WS·DA"))] == [secret]
    assert rows(form(office, "f6-secret", by="staff")) == []


def test_form_F7_stamps_have_their_six_cells_in_order_and_measure(office):
    """全宗号, 年度, 件号 over 机构, 保管期限, 页数; for codes, or for all of a class."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        made = items.file_matter(
            unit, make.matter("WS·DA"), [make.paper("文件之一"), make.paper("文件之二", pages=7)]
        )
        codes = [item.reference_code for item in made]
    stamps = [block for block in form(office, "f7", *codes).blocks if isinstance(block, Stamp)]
    assert [label for label, _ in stamps[1].cells] == [
        "全宗号",
        "年度",
        "件号",
        "机构（问题）",
        "保管期限",
        "页数",
    ]
    values = [value for _, value in stamps[1].cells]
    assert values[:3] == ["K001", "2025", codes[1].rpartition("-")[2]] and values[4:] == ["永久", "7"]
    assert [one.caption for one in form(office, "f7", class_code="WS·DA").blocks] == codes
    with pytest.raises(BadValue):
        form(office, "f7")


def test_form_F4_covers_and_backs_say_what_their_standards_want(office):
    """9705, 11822 and the back; a thickness that no box has is refused."""
    code = code_of(office, make.volume(office, held=True))
    cover = next(iter(form(office, "f4-9705", code).blocks))
    assert [
        label for label, _ in cover.pairs
    ] == "全宗名称 类目名称 时间 保管期限 件 页数 归档号 档号".split()
    cover = next(iter(form(office, "f4-11822", code).blocks))
    assert [label for label, _ in cover.pairs] == "立卷单位 起止日期 保管期限 密级 档号".split()
    for wide in (10, 15, 20, 30, 40, 50):
        (strip,) = form(office, "f4-spine", code, width=wide).blocks
        assert isinstance(strip, Spine) and strip.wide == wide and strip.title
    with pytest.raises(BadValue):
        form(office, "f4-spine", code, width=25)
    with pytest.raises(NotFound):
        form(office, "f4-spine")


def test_form_F5_note_sheets_leave_room_and_two_to_sign(full):
    """立卷人 and 检查人 are two lines; the note has a box to write in."""
    for code, box in (("f5-9705", "本卷情况说明"), ("f5-11822", "说明"), ("f5-box", "盒内文件情况说明")):
        made = full.form(kind(code))
        grid = next(block for block in made.blocks if isinstance(block, Facts))
        assert grid.tall[box] > 100
        signers = [label for block in made.blocks for label in getattr(block, "labels", ())]
        assert len(set(signers)) == 2 and "检查人" in signers


def test_form_F9_tells_a_draft_and_a_signed_list(full):
    """Both sides, the reason, every line, three to sign, in two copies."""
    made = full.form(kind("f9"))
    said = dict(made.facts) | dict(next(block for block in made.blocks if isinstance(block, Facts)).pairs)
    assert {"年度", "移交部门", "接收部门", "移交原因", "交接日期", "移交人", "接收人", "监交人"} <= set(said)
    assert any("一式两份" in getattr(block, "text", "") for block in made.blocks)
    assert rows(made) and made.number
    with pytest.raises(NotFound):
        full.form(kind("f9"), codes=("YD2019-0001",))


def test_form_F9_of_a_list_that_was_withdrawn_says_so(office):
    """Nobody takes it for a list that counts."""
    code = make.volume(office, "ZX·02", 1, held=True)
    central = {
        "kind": HandoverKind.CENTRAL,
        "to_department": "ZJB",
        "reason": "集中保管",
        "before_check": True,
    }
    with office.work("archivist", Act.HANDOVER_DRAFT) as unit:
        number = drafts.draft(unit, [code], **central).number

    def facts():
        with office.ask("archivist") as unit:
            return [told for _, told in kind("f9").build(unit, Wanted(Language.ZH, codes=(number,))).facts]

    assert "已撤回" not in facts()
    with office.work("archivist", Act.HANDOVER_WITHDRAW) as unit:
        drafts.withdraw(unit, number)
    assert "已撤回" in facts()


# --- sums and sight -----------------------------------------------------------------------------------


def numbers(found: list[dict[str, str]], *names: str) -> tuple[int, ...]:
    return tuple(sum(int(row[name] or 0) for row in found) for name in names)


@pytest.mark.parametrize("who", ["archivist", "secretary", "clerk", "gm"])
def test_inv_V5_the_general_catalogue_is_the_sum_of_the_lists_of_volumes_and_those_of_the_lists_inside(
    full, who
):
    """総 of F8 = Σ F3 = Σ F1 in volumes, items and pages, on the printed rows, for each who may see other things."""
    whole = rows(full.form(kind("f8"), by=who))
    *lines, total = whole
    listed = rows(full.form(kind("f3"), by=who))
    inside = [rows(full.form(kind("f2"), by=who, codes=(row["档号"],))) for row in listed]
    alone = [*rows(full.form(kind("f6"), by=who)), *rows(full.form(kind("f6-secret"), by=who))]

    assert numbers(lines, "卷数", "件数", "页数") == numbers([total], "卷数", "件数", "页数")
    assert len(listed) == int(total["卷数"])
    assert numbers(listed, "件数", "总页数") == (
        sum(map(len, inside)),
        sum(numbers(one, "页数")[0] for one in inside),
    )
    items, pages = numbers(listed, "件数", "总页数")
    assert (items + len(alone), pages + numbers(alone, "页数")[0]) == numbers([total], "件数", "页数")
    assert listed, "there is something to count"


def test_conf_6_lists_and_counts_hold_only_what_the_reader_may_see(office):
    """An employee's list and sums are without the confidential volume; asked for by code it is absent."""
    make.volume(office, "ZX·02")
    hidden = code_of(office, make.volume(office, "YH·01"))
    assert hidden in [row["档号"] for row in rows(form(office, "f3"))]
    seen = rows(form(office, "f3", by="staff"))
    assert hidden not in [row["档号"] for row in seen]
    *_, total = rows(form(office, "f8", by="staff"))
    assert int(total["卷数"]) == len(seen)
    assert all(not row["类别号"].startswith("YH") for row in rows(form(office, "f8", by="staff")))
    with pytest.raises(NotFound):
        form(office, "f1", hidden, by="staff")


def test_inv_V19_what_was_destroyed_is_marked_and_bears_a_title_only_where_it_may(full):
    """已销毁 beside the volume, 题名略 where no title stays (decision 10)."""
    gone = [row for row in rows(full.form(kind("f3"))) if "已销毁" in row["备注"]]
    with full.office.ask("archivist") as unit:
        destroyed = unit.session.scalars(select(Volume).where(Volume.state == VolumeState.DESTROYED)).all()
    assert len(gone) == len(destroyed)
    assert all(row["案卷题名"] for row in gone)


def test_form_F3_is_narrowed_by_class_year_department_and_period(office):
    """Class with those below it, year, department, period; an unknown class or period is refused."""
    make.volume(office, "ZX·02")
    make.volume(office, "FW·06", year=2024)
    every = rows(form(office, "f3"))
    assert len(every) == 2
    assert len(rows(form(office, "f3", class_code="ZX"))) == 1
    assert len(rows(form(office, "f3", year=2024))) == 1
    assert rows(form(office, "f3", department="GC")) == []
    assert rows(form(office, "f3", period="Y")) == []
    for wrong, error in (
        ({"class_code": "QQ"}, ClassUnknown),
        ({"period": "x"}, BadValue),
        ({"department": "??"}, NotFound),
    ):
        with pytest.raises(error):
            form(office, "f3", **wrong)


# --- printing -----------------------------------------------------------------------------------------


def test_inv_V25_every_print_is_logged_with_form_codes_rows_and_what_was_confidential(office, tmp_path):
    """In clear only codes and counts; the purpose is sealed; the line is there before the file is."""
    hidden = code_of(office, make.volume(office, "YH·01"))
    with office.ask("archivist", Act.FORM_PRINT) as unit:
        printing.print_form(
            unit, kind("f1"), Wanted(Language.ZH, (hidden,)), tmp_path / "a.pdf", purpose="答复业主甲"
        )
    facts, event = last_print(office)
    assert facts == {"form": "f1", "codes": [hidden], "rows": 2, "confidential": 2, "format": "pdf"}
    assert "答复" not in event.facts and event.sealed
    assert stat.S_IMODE((tmp_path / "a.pdf").stat().st_mode) == 0o600
    with office.ask("archivist", Act.FORM_PRINT) as unit:
        made = printing.print_form(unit, kind("f3"), Wanted(Language.ZH, year=2025), tmp_path / "b.docx")
    assert (made.rows, made.pages) == (1, None)
    assert last_print(office)[0]["year"] == 2025
    assert Document(io.BytesIO((tmp_path / "b.docx").read_bytes())).tables


def test_issue_6_nothing_is_overwritten_and_a_refusal_leaves_no_file(office, tmp_path):
    """An existing file, a folder that is not there, another ending, a place inside the instance, an unknown code."""
    code = code_of(office, make.volume(office))
    (tmp_path / "there.pdf").write_bytes(b"mine")

    def printed(path, by="archivist", codes=(code,)):
        with office.ask(by, Act.FORM_PRINT) as unit:
            printing.print_form(unit, kind("f1"), Wanted(Language.ZH, codes), path)

    for path, error in (
        (tmp_path / "there.pdf", TargetExists), (tmp_path / "no" / "a.pdf", FileMissing), (tmp_path / "a.txt", BadValue),
        (office.home / "a.pdf", InsideInstance),
    ):  # fmt: skip
        with pytest.raises(error):
            printed(path)
    with pytest.raises(NotFound):
        printed(tmp_path / "b.pdf", codes=("K001-XX-0001",))
    with pytest.raises(BadValue):
        printed(tmp_path / "b.pdf", codes=())
    with pytest.raises(NotAllowed):
        printed(tmp_path / "b.pdf", by="security")
    assert (tmp_path / "there.pdf").read_bytes() == b"mine"
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".pdf"] == ["there.pdf"]


def test_rel_A3_the_foot_of_a_register_is_what_audit_verify_takes(office):
    """The fingerprint printed is checked by `audit verify --expect`; another one is not accepted."""
    from archive.forms import fingerprint

    with office.ask("auditor", Act.AUDIT_VERIFY) as unit:
        told = fingerprint.line(unit, Language.ZH)
    anchor = told.split()[1].partition("（")[0]
    make.volume(office)
    with office.ask("auditor", Act.AUDIT_VERIFY) as unit:
        assert logbook.verify(unit, expect=anchor).size >= int(anchor.partition(":")[0])
    size, _, root = anchor.partition(":")
    with office.ask("auditor", Act.AUDIT_VERIFY) as unit, pytest.raises(ChainBroken):
        logbook.verify(unit, expect=f"{size}:{'0000' if root[:4] != '0000' else '1111'}{root[4:]}")


@pytest.mark.parametrize("one", kinds.CATALOGUE, ids=lambda one: one.code)
def test_issue_6_every_form_of_the_catalogue_offers_the_placeholders_it_declares_and_says_its_name(full, one):
    """`form_names.toml` and the builders say the same; every form has a name in both languages."""
    made, names = full.form(one), names_of(one)
    assert set(names.values) == set(made.values) or not names
    assert {table: set(columns) for table, columns in names.tables.items()} == {
        table: set(lines[0]) for table, lines in made.tables.items() if lines
    }
    assert all(say(one.word, language) for language in Language)


@pytest.mark.parametrize("code", ["f1", "f2", "f3", "f4-9705", "f4-spine", "f5-9705", "f6", "f7", "f8", "f9"])
def test_issue_6_forms_of_the_catalogue_look_like_the_pictures_that_were_looked_at(full, code):
    """The populated office's papers against their golden pictures; of F6 the list behind its cover."""
    out = io.BytesIO()
    pdf.write_pdf(full.form(kind(code)), out)
    same_picture(out.getvalue(), code, page=1 if code == "f6" else 0)
