"""Printed forms of retention: opinions (F21), report (F22), destruction with certificate (F23), accounts (F24), transfer (F9)."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace

import pypdfium2
import pytest
from click.testing import CliRunner

import cli
from archive import clikit, identity, objects, sitting
from archive.acts import Act
from archive.errors import CertificateFalse, NoAccountingRecords, NotAllowed, NotFound, ReportTooEarly
from archive.forms import kinds as core
from archive.forms import looks, pdf
from archive.forms.docx import docx
from archive.forms.kinds import Wanted
from archive.forms.page import Cover, Form, Table
from archive.model import DestructionList
from archive.statuses import Verdict
from archive.values import Level
from archive.words import Language, say
from retention import filing
from retention.destroying import certificate, destruction, execution, register
from retention.forms import kinds
from tests.archive import pictures
from tests.archive.pictures import same_picture
from tests.conftest import PASSWORD
from tests.retention import campaigns as c
from tests.retention import handing, lists, papers
from tests.retention.letting_go import contract, destroyed, letters

KINDS = {kind.code: kind for kind in kinds.ALL}


def built(office, code, *codes, who="archivist", language=Language.ZH):
    """The form as *who* would print it."""
    with office.ask(who, Act.FORM_PRINT) as unit:
        return KINDS[code].build(unit, Wanted(language, codes))


def printed(form: Form) -> list[str]:
    """The words of each page of its PDF."""
    out = io.BytesIO()
    pdf.write_pdf(form, out)
    document = pypdfium2.PdfDocument(out.getvalue())
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def campaign(office, *, closed=True):
    """Two papers and a volume, appraised; the second paper disputed and kept; the number."""
    first, second = c.alone(office, 2)
    volume = c.volume(office)
    number = c.begun(office, basis="年度鉴定计划")
    c.agreed(office, number, first, standard="S1")
    c.agreed(office, number, volume, reason="值班记录无人再用")
    c.opine(office, "clerk", number, second)
    if closed:
        c.opine(office, "archivist", number, second, verdict=Verdict.PERMANENT)
        c.decide(office, number)
        c.decide(office, number, second, verdict=Verdict.PERMANENT, reason="留作样本")
        c.closed(office, number)
    return number


# --- the rows -------------------------------------------------------------------------------------


def test_every_form_is_known_by_its_code_and_name_once():
    """
    Wired beside those of the core: no code and no name stands for two; each builder is where the row says.
    """
    every = [*core.ALL, *clikit.wiring.forms]
    named = [say(kind.word, language) for kind in every for language in Language]

    assert set(kinds.ALL) <= set(clikit.wiring.forms)
    assert len({kind.code for kind in every}) == len(every) and len(set(named)) == len(named)
    assert all(callable(kind.build) and kind.clause for kind in kinds.ALL)
    assert KINDS["f23"] is core.named(every, "档案销毁清册") is core.named(every, "F23")


def test_every_form_is_a_pdf_and_a_word_file_in_both_languages(office):
    """
    Both say the same words; no letter is missing in the font, and equal forms give equal bytes.
    """
    appraised = campaign(office)
    gone = destroyed(office, [*letters(office, 2), contract(office, 2, class_code="KU·03")])
    sent = handing.approved(office, handing.roll(office))
    numbers = {"f21": appraised, "f22": appraised, "f23": gone, "f24": gone, "f9-out": sent}
    for (code, number), language in itertools.product(numbers.items(), Language):
        bodies = [io.BytesIO(), io.BytesIO()]
        drawn = [pdf.draw(built(office, code, number, language=language), body) for body in bodies]
        word = docx(built(office, code, number, language=language))

        assert drawn[0].missing == frozenset() and drawn[0].pages >= 1, code
        assert code in {"f23", "f24"} or bodies[0].getvalue() == bodies[1].getvalue(), (
            code
        )  # the log has grown
        assert say(f"form.{code}", language) in papers.words(word) or number in papers.words(word)


# --- 鉴定意见表 (F21), 鉴定工作报告 (F22) ----------------------------------------------------------


def test_form_F21_a_sheet_for_each_record_tells_what_the_panel_must_know(office):
    """
    Code, dates, period and why it ran out, use, what is unfinished, every opinion that counts, the decision, lines to sign.
    """
    pages = printed(built(office, "f21", campaign(office)))

    assert 3 == len(pages)
    volume = pages[0]
    for word in (
        "JD2026-0001", "K001-ZY·FW·2015·D3-0001", "FW·01 旧卷", "2015-01-01", "内部", "3 件，6 页", "D3", "2016-01-01",
        "2018-12-31", "2015 年度终了", "账上未见", "郑档案", "周文员", "值班记录无人再用", "销毁", "小组负责人 褚总 于 2026-03-02",
    ):  # fmt: skip
        assert word in volume, word
    assert "留作样本" in pages[2] and "改为永久" in pages[2] and "留作样本" not in pages[0] + pages[1]
    assert all("第 1 页" in page and "共 1 页" in page for page in pages)  # each sheet is a paper of its own


def test_form_F21_before_the_decision_there_is_a_box_for_every_verdict_and_room_to_write(office):
    """
    One sheet by its code or by its line; nothing decided yet.
    """
    number = campaign(office, closed=False)
    (page,) = printed(built(office, "f21", number, "3"))

    assert all(f"□ {say(verdict.word, Language.ZH)}" in page for verdict in Verdict)
    assert "旧文件之2" in page and "作出结论" not in page
    (table,) = [one for one in built(office, "f21", number, "3").blocks if isinstance(one, Table)]
    assert (1, 2) == (len(list(table.rows)), table.blank)


def test_inv_V23_a_sheet_is_printed_only_of_what_one_may_see(office):
    """
    The confidential record has no sheet for the clerk, by code neither; who may not see appraisals gets nothing.
    """
    c.alone(office)
    hidden = c.volume(office, "AQ·02", year=2010)
    number = c.begun(office)

    assert (2, 1) == tuple(
        len(printed(built(office, "f21", number, who=who))) for who in ("archivist", "clerk")
    )
    with pytest.raises(NotFound):
        built(office, "f21", number, hidden, who="clerk")
    with pytest.raises(NotFound):
        built(office, "f21", "JD1999-0001")
    with pytest.raises(NotAllowed):
        built(office, "f21", number, who="security")
    assert (1, 0) == tuple(
        built(office, "f21", number, who=who).shown.confidential for who in ("archivist", "clerk")
    )


def test_form_F22_the_report_is_printed_as_it_is_filed_but_files_nothing(office):
    """
    The same words; before the end there is none.
    """
    open_ = campaign(office, closed=False)
    with pytest.raises(ReportTooEarly):
        built(office, "f22", open_)


def test_form_F22_in_the_order_of_the_form(office):
    """
    Basis, method, panel, scope, results, reasons, the list, signatures of leader, members and approver.
    """
    number = campaign(office)
    told = "\n".join(printed(built(office, "f22", number)))
    order = (
        "一、鉴定依据",
        "二、鉴定方法",
        "三、鉴定小组",
        "四、范围与数量",
        "五、结果汇总",
        "六、销毁原因分析",
        "附件：鉴定清册",
        "组长签字",
        "批准人签字",
    )
    places = [told.index(word) for word in order]

    assert places == sorted(places)
    with office.ask("archivist") as unit:
        assert not c.appraisal.one(unit, number).report_uid


# --- 销毁清册 (F23, F24) --------------------------------------------------------------------------


def test_form_F23_cover_register_and_certificate_with_the_log_at_every_foot(office):
    """
    The cover bears quantity, leader, approver and both supervisors with time; then the lines; then the signed note.
    """
    number = destroyed(office, [*letters(office, 2), contract(office, 1, class_code="FW·03")])
    pages = printed(built(office, "f23", number))
    cover, lines, *_, proof = pages

    for word in (
        "K001 和园物业",
        "3 卷（件），内含文件 3 件、6 页",
        "冯经理",
        "褚总 2026-03-02",
        "冯经理 2026-03-02 09:00 碎纸房",
        "陈秘书",
    ):
        assert word in cover, word
    for word in ("序号", "鉴定意见号", "停车场例会纪要1", "题名略", "碎纸", "已销毁"):
        assert word in lines, word
    with office.ask("archivist") as unit:
        note = certificate.note(unit, number)
    assert "销毁证明" in proof and all(line in proof for line in note.splitlines() if line and len(line) < 90)
    assert all("审计日志" in page for page in pages)
    assert all("A1203" not in page and "张三" not in page for page in pages)


def test_form_F23_a_draft_leaves_the_cover_to_the_pen(office):
    """
    Nobody has approved or supervised yet: labels with empty lines, no certificate, no fingerprint of the content.
    """
    lists.judged(office, uids := letters(office, 1))
    form = built(office, "f23", lists.drafted(office, uids))
    (cover,) = [block for block in form.blocks if isinstance(block, Cover)]
    blank = [label for label, told in cover.pairs if not told]

    assert ["批准人", "监销人", "监销人", "经办人"] == blank
    assert "销毁证明" not in "".join(printed(form))


def test_form_F23_no_year_and_no_day_is_broken_over_two_lines():
    """
    A year, a day, a number of an appraisal, a level and a heading of two letters fit their columns as they are drawn.
    """
    from archive.fonts import face
    from archive.forms.page import Orientation

    room = looks.room(Orientation.LANDSCAPE)
    wide = dict(
        zip(
            (one.name for one in register.COLUMNS),
            looks.shares([one.wide for one in register.COLUMNS], room),
            strict=True,
        )
    )
    told = {
        "nth": "9999", "code": "K001-ZY·FW·2010·D30-KF-0001", "archive_year": "2012", "level": "confidential",
        "items": "1000", "pages": "10000", "period": "D10", "kept": "30", "opinion": "JD2026-0001", "method": "碎纸",
        "destroyed_on": "2026-03-02",
    }  # fmt: skip
    size = getattr(looks, "DENSE", looks.CELL)

    for name, text in told.items():
        assert face.breadth(text, size) <= (wide[name] - 2 * looks.BESIDE) * looks.MM, name


def test_form_F23_witness_the_year_was_broken_in_the_widths_it_had():
    """
    Witness: with as many millimetres as the longest texts asked for, a year did not fit.
    """
    from archive.fonts import face

    assert face.breadth("2012", looks.CELL) > (6.0 - 2 * looks.BESIDE) * looks.MM


def test_a_certificate_that_was_changed_is_not_printed(office):
    """
    One letter of the signed note, behind the services' back: the form is refused.
    """
    number = destroyed(office, letters(office, 1))
    with office.ask("archivist") as unit:
        note = destruction.one(unit, number).certificate
    lists.tampered(
        office,
        DestructionList,
        DestructionList.number == number,
        certificate=note.replace("keys: 1", "keys: 2"),
    )
    with pytest.raises(CertificateFalse):
        printed(built(office, "f23", number))


def test_form_F24_only_accounting_records_with_their_eight_columns(office):
    """
    名称 卷号 册数 起止年度 档案编号 应保管期限 已保管期限 销毁时间; five opinions and two supervisors; pulled ones are not on it.
    """
    accounts, pulled = contract(office, 3, class_code="KU·03"), contract(office, 1, class_code="KU·05")
    number = lists.approved(office, [*letters(office, 1), accounts, pulled])
    lists.begin(office, number)
    with office.work("archivist", Act.DESTRUCTION_PULL) as unit:
        destruction.pull(unit, number, [pulled], reason="税务局来函")
    lists.confirm(office, number)
    execution.execute(office.instance, office.who("archivist"), number)
    word = docx(built(office, "f24", number))
    head, *rows = papers.table(word, "会计档案名称")

    assert "会计档案名称 卷号 册数 起止年度 档案编号 应保管期限 已保管年数 销毁时间".split() == head
    assert [("题名略", "3", "D10", "2026-03-02")] == [(row[0], row[2], row[5], row[7]) for row in rows]
    assert 7 == len(papers.signers(word)) and "会计档案销毁清册" in papers.words(word)


def test_form_F24_a_list_without_accounts_has_none(office):
    """
    Told with the form to print instead; the same where one may not see them.
    """
    number = lists.approved(office, letters(office, 1))
    with pytest.raises(NoAccountingRecords, match=f"anjuan form print f23 {number}"):
        built(office, "f24", number)
    hidden = lists.approved(office, [*letters(office, 1), contract(office, 1, class_code="KU·03")])
    with pytest.raises(NoAccountingRecords):
        built(office, "f24", hidden, who="clerk")


# --- 向外移交清单 (F9) ------------------------------------------------------------------------------


def test_form_F9_the_list_of_a_transfer_is_printed_as_the_package_holds_it(office, tmp_path):
    """
    Word for word what lies in the package; a stranger's number and one nothing of which may be seen are alike unknown.
    """
    number = handing.approved(office, handing.roll(office), handing.roll(office, class_code="CJ·02"))
    handing.packed(office, number, tmp_path / "out")
    packed = tmp_path / "out/data/metadata/list.docx"
    mine = docx(built(office, "f9-out", number))

    assert papers.table(packed) == papers.table(mine)
    assert papers.signers(packed) == papers.signers(mine) == ["移交人", "接收人", "监交人"]
    for number_ in ("YC1999-0001", "'; --"):
        with pytest.raises(NotFound):
            built(office, "f9-out", number_)


# --- as pictures ----------------------------------------------------------------------------------


def drawn(form: Form) -> bytes:
    """Its PDF, the foot told by hand: the root of the log is never the same twice."""
    out = io.BytesIO()
    pdf.write_pdf(replace(form, foot="审计日志 100:0000-0000 (2026-03-02)" if form.foot else ""), out)
    return out.getvalue()


def test_the_pages_look_as_they_did(office):
    """
    F21, F22, F23 (cover and lines of a draft), F24 and F9 against pictures that were looked at.
    """
    number = campaign(office)
    same_picture(drawn(built(office, "f21", number)), "f21")
    report = drawn(built(office, "f22", number))
    same_picture(report, "f22")
    same_picture(report, "f22-list", 1)
    made = lists.drafted(office, [])
    register_ = drawn(built(office, "f23", made))
    same_picture(register_, "f23-cover")
    same_picture(register_, "f23-lines", 1)
    accounts = lists.approved(office, [contract(office, 3, class_code="KU·03")])
    same_picture(drawn(built(office, "f24", accounts)), "f24")
    same_picture(drawn(built(office, "f9-out", handing.approved(office, handing.roll(office)))), "f9-out")


def test_witness_a_page_with_another_line_is_another_picture(office):
    """
    Witness: the second sheet is not the first.
    """
    body = drawn(built(office, "f21", campaign(office)))

    assert pictures.difference(pictures.picture(body), pictures.picture(body)) == 0
    assert pictures.difference(pictures.picture(body), pictures.picture(body, 1)) > pictures.SHARE


# --- at the command line --------------------------------------------------------------------------


@pytest.fixture
def run(office, tmp_path, monkeypatch):
    """Run `anjuan form print` as the archivist; the output."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(clikit.wiring, "clock", lambda: office.now)

    def command(*words, status=0):
        with office.instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
            token = identity.login(unit, "archivist", PASSWORD)
        sitting.keep_session(office.instance.keys.instance_id, token, office.now.replace(year=2030))
        result = CliRunner().invoke(cli.root, ["--home", str(office.home), "form", "print", *words])

        assert status == result.exit_code, result.output
        return result.output

    return command


def test_the_forms_are_printed_by_command_and_wrong_input_is_told(office, run, tmp_path):
    """
    A list as PDF, a sheet as Word, by code or by name; no number, an unknown one, one that has no accounts: a sentence.
    """
    number = lists.approved(office, letters(office, 1))
    for name, file in (("f23", "清册.pdf"), ("档案销毁清册", "清册.docx")):
        run(name, number, "--to", str(tmp_path / file))
        assert 0o600 == (tmp_path / file).stat().st_mode & 0o777
    for words, status in (
        (["f23"], 2), (["f23", "XH1999-0001"], 4), (["f24", number], 2), (["f22", "JD1999-0001"], 4), (["f99", number], 4),
    ):  # fmt: skip
        told = run(*words, "--to", str(tmp_path / "x.pdf"), status=status)
        assert "错误：" in told and "意外" not in told
    assert ["清册.docx", "清册.pdf"] == sorted(one.name for one in tmp_path.iterdir() if one.is_file())


# --- kept for ever --------------------------------------------------------------------------------


def test_inv_V20_what_the_archive_writes_about_its_work_is_kept_for_ever(office):
    """
    An item of WS·DA, permanent, with the very bytes; at a higher level nobody uncleared learns of it.
    """
    body = docx(Form("report", "报告", []))
    with office.work("archivist", Act.ITEM_FILE) as unit:
        made = filing.keep(unit, title="鉴定工作报告", name="报告.docx", body=body)
        secret = filing.keep(unit, title="鉴定工作报告之二", name="二.docx", body=body, level=Level.SECRET)
        uids = made.uid, secret.uid
    with office.ask("archivist") as unit:
        item = unit.item(uids[0])
        (stored,) = objects.contents(unit, item)
        assert ("WS·DA", "Y", None, False) == (item.class_code, item.period, item.review_due, item.undated)
        assert (body, "报告.docx") == (objects.read(unit, stored), objects.name_of(unit, stored))
    with office.ask("staff") as unit:
        assert [True, False] == [unit.may(Act.RECORD_SEE, unit.session.get(type(item), uid)) for uid in uids]
