"""Lists brought in: by the same acts a clerk uses, once and only once, whole or not at all (R11-R15, R20, R89, V1, V4)."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from sqlalchemy import func, select

from archive import items, volumes
from archive.acts import Act
from archive.circulation import ledger as loans
from archive.circulation import lending
from archive.errors import ImportAgain, NotFound, RowsRefused
from archive.exchange import ImportState, MadeKind, RowFate, SheetKind
from archive.model import Dossier, Event, ImportRow, ImportRun, Item, Loan, Party, Premises, Volume
from archive.sheets import imports_book, ledger, running
from archive.sheets.entries import Entry
from archive.sheets.running import Listing
from archive.values import Level, LoanState, PartyKind
from archive.volumes import Matter
from tests import make
from tests.faults.invariants import check_all


def listing(kind: SheetKind, *rows: dict, sign: str = "") -> Listing:
    """A list of these rows, numbered from 2, known again by what it says."""
    entries = [Entry(number, row) for number, row in enumerate(rows, 2)]
    return Listing(kind, lambda: iter(entries), (sign, repr(rows)), {"file": "目录.xlsx"})


def bring(office, kind: SheetKind, *rows: dict, by: str = "archivist", partly: bool = False, sign: str = ""):
    return running.run(office.instance, office.who(by), listing(kind, *rows, sign=sign), partly=partly)


def planned(office, kind: SheetKind, *rows: dict, by: str = "archivist"):
    return list(running.checked(office.instance, office.who(by), listing(kind, *rows)))


def errors(verdicts) -> list[str]:
    return [verdict.error.code if verdict.error else "" for verdict in verdicts]


def volume_row(number: int, **more) -> dict:
    return {
        "reference_code": f"K001-ZY·FW·2024·D3-{number:04}", "title": f"客服部值班记录 第{number}卷",
        "class_code": "FW·01", "year": 2024, "department": "KF", "period": "D3",
        "first_date": dt.date(2024, 1, 1), "last_date": dt.date(2024, 12, 31), "items": 2, "pages": 5, **more,
    }  # fmt: skip


def contents_of(code: str, *pages: int, **more) -> list[dict]:
    first, rows = 1, []
    for number, count in enumerate(pages, 1):
        rows.append({
            "volume": code, "number": str(number), "title": f"值班记录之{number}", "dated": dt.date(2024, 1, number),
            "first_page": first, "pages": count, "creator": "客服部", **more,
        })  # fmt: skip
        first += count
    return rows


CODE = "K001-ZY·FW·2024·D3-0007"


# --- 案卷目录 and 卷内目录 --------------------------------------------------------------------


def test_form_F3_volumes_keep_their_codes_and_the_series_goes_on_after_them(office):
    """V1, V24: a code on paper stays as it is, and the next automatic number is the one after the highest."""
    line = bring(
        office, SheetKind.VOLUMES, volume_row(7), volume_row(3), volume_row(1, reference_code="老卷甲之三")
    )
    assert (line.number, line.made, line.state) == ("DR2026-00001", 3, ImportState.DONE)
    with office.ask("archivist") as unit:
        volume = unit.volume(CODE)
        card = unit.card(volume)
        assert (card.title, volume.period, volume.level) == ("客服部值班记录 第7卷", "D3", Level.INTERNAL)
        assert (volume.first_date, volume.last_date) == (dt.date(2024, 1, 1), dt.date(2024, 12, 31))
        assert unit.volume("老卷甲之三").archive_year == 2024
        assert ledger.claimed(unit, [volume.uid]) == {volume.uid: (2, 5)}
    with office.work("clerk", Act.VOLUME_OPEN) as unit:
        made = volumes.open_volume(unit, Matter("FW·01", 2024, "KF"), title="新开一卷")
    assert made.reference_code == "K001-ZY·FW·2024·D3-0008"
    assert check_all(office) == []


def test_form_F1_contents_go_into_their_volume_in_order(office):
    """V4: numbers and pages run on; the volume counts what it holds."""
    bring(office, SheetKind.VOLUMES, volume_row(7))
    line = bring(office, SheetKind.CONTENTS, *contents_of(CODE, 2, 3))
    assert (line.made, line.refused) == (2, 0)
    with office.ask("archivist") as unit:
        volume = unit.volume(CODE)
        assert (volume.items, volume.pages) == (2, 5)
        second = unit.item(f"{CODE}-002")
        assert (second.first_page, second.page_count, second.seq_no) == (3, 3, 2)
    assert check_all(office) == []


def test_form_F1_pages_follow_from_the_next_first_page_and_the_last_from_the_claim(office):
    """Where only first pages are written, each paper ends where the next begins, the last where the volume does."""
    bring(office, SheetKind.VOLUMES, volume_row(7, pages=9))
    rows = [
        {key: value for key, value in row.items() if key != "pages"} for row in contents_of(CODE, 2, 3, 4)
    ]
    assert bring(office, SheetKind.CONTENTS, *rows).made == 3
    with office.ask("archivist") as unit:
        pages = list(unit.session.scalars(select(Item.page_count).order_by(Item.seq_no)))
    assert pages == [2, 3, 4]


def test_inv_V4_a_gap_in_numbers_or_pages_is_refused(office):
    """A number that skips, and a first page that does not follow, are told and nothing goes in."""
    bring(office, SheetKind.VOLUMES, volume_row(7))
    first, second = contents_of(CODE, 2, 3)
    assert errors(planned(office, SheetKind.CONTENTS, first, {**second, "number": "3"})) == ["", "bad-value"]
    assert errors(planned(office, SheetKind.CONTENTS, first, {**second, "first_page": 4})) == [
        "",
        "pages-overlap",
    ]
    with pytest.raises(RowsRefused):
        bring(office, SheetKind.CONTENTS, first, {**second, "first_page": 4})
    with office.ask("archivist") as unit:
        assert unit.session.scalar(select(func.count()).select_from(Item)) == 0
        assert unit.session.scalar(select(func.count()).select_from(ImportRun)) == 1


def test_numbers_that_run_on_through_all_volumes_are_understood(office):
    """A list that numbers 1 to 4 over two volumes numbers each volume from 1."""
    bring(office, SheetKind.VOLUMES, volume_row(7), volume_row(8))
    other = "K001-ZY·FW·2024·D3-0008"
    rows = contents_of(CODE, 1, 1) + [
        {**row, "number": str(number)} for number, row in enumerate(contents_of(other, 1, 1), 3)
    ]
    assert bring(office, SheetKind.CONTENTS, *rows).made == 4
    with office.ask("archivist") as unit:
        assert unit.item(f"{other}-002").seq_no == 2


def test_papers_of_a_list_keep_their_order_when_the_volume_is_closed(office):
    """What is bound already is not numbered anew by date; a volume filed here is (R18)."""
    bring(office, SheetKind.VOLUMES, volume_row(7))
    first, second = contents_of(CODE, 2, 3)
    bring(office, SheetKind.CONTENTS, {**first, "dated": dt.date(2024, 9, 9)}, second)
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, CODE)
    with office.ask("archivist") as unit:
        assert unit.item(f"{CODE}-001").dated == dt.date(2024, 9, 9)


# --- 归档文件目录, 合同台账, 业户名册 -----------------------------------------------------------


def filed_row(number: int, **more) -> dict:
    return {
        "reference_code": f"K001-WS·2024·D10·KF-{number:04}", "title": f"关于第{number}号事项的报告", "class_code": "WS·BG",
        "document_no": f"客服〔2024〕{number}号", "creator": "客服部", "dated": dt.date(2024, 3, 1), "pages": number,
        "department": "客服部", "period": "D10", "box": "3", **more,
    }  # fmt: skip


def test_form_F6_papers_kept_alone_keep_their_codes_or_get_the_next(office):
    """Codes given stay; a row without one gets the next number of its series; 盒号 is kept in the note."""
    bare = {key: value for key, value in filed_row(9).items() if key != "reference_code"}
    line = bring(office, SheetKind.FILED, filed_row(5), filed_row(2), bare)
    assert line.made == 3
    with office.ask("archivist") as unit:
        item = unit.item("K001-WS·2024·D10·KF-0006")
        assert unit.card(item).document_no == "客服〔2024〕9号"
        assert "盒号" in unit.card(item).note and item.department == "KF"
    assert check_all(office) == []


def contract_row(number: int, **more) -> dict:
    return {
        "contract_no": f"HT-2024-{number:04}", "title": f"电梯维保合同{number}", "counterparty": "清源电梯有限公司",
        "amount": "28000.00", "signed_on": dt.date(2024, 5, 1), "term_from": dt.date(2024, 6, 1),
        "term_to": dt.date(2025, 5, 31), "class_code": "HT·03", "pages": 12, **more,
    }  # fmt: skip


def test_req_R89_a_contract_becomes_party_dossier_volume_and_paper(office):
    """Two contracts with one firm make one party, and a dossier and a volume each."""
    line = bring(office, SheetKind.CONTRACTS, contract_row(1), contract_row(2))
    assert line.made == 2
    with office.ask("archivist") as unit:
        kinds = Counter(row.kind for row in ledger.made(unit, ledger.found(unit, line.number)))
        dossier = unit.one(Dossier, "dossier", "HT-2024-0001")
        item = unit.session.scalar(select(Item).where(Item.dossier_uid == dossier.uid))
        fields = unit.card(item).fields
    assert kinds == {MadeKind.ITEM: 2, MadeKind.VOLUME: 2, MadeKind.DOSSIER: 2, MadeKind.PARTY: 1}
    assert (fields["amount"], fields["term_to"]) == ("28000.00", "2025-05-31")
    assert check_all(office) == []


def test_the_other_side_of_a_contract_is_the_one_that_is_not_us(office):
    """和园物业 is this company: the counterparty is the other of 甲方 and 乙方; with neither ours it is refused."""
    row = {key: value for key, value in contract_row(1).items() if key != "counterparty"}
    sides = {"party_a": "和园物业服务有限公司", "party_b": "绿野园林有限公司"}
    bring(office, SheetKind.CONTRACTS, {**row, **sides})
    with office.ask("archivist") as unit:
        assert [unit.card(one).fields["counterparty"] for one in unit.session.scalars(select(Item))] == [
            "绿野园林有限公司"
        ]
    strangers = {**row, "contract_no": "HT-9", "party_a": "甲公司", "party_b": "乙公司"}
    assert errors(planned(office, SheetKind.CONTRACTS, strangers)) == ["bad-value"]


def occupant_row(premises: str, name: str, **more) -> dict:
    return {
        "premises": premises,
        "name": name,
        "kind": PartyKind.OWNER,
        "building": "C座",
        "phone": "13800138000",
        **more,
    }


def test_occupants_are_found_again_by_name_and_premises(office):
    """The same row is known; another person of that name elsewhere is somebody else; a firm is known by its name."""
    line = bring(
        office, SheetKind.PARTIES, occupant_row("C0101", "王小明"), occupant_row("C0102", "王小明", phone="13900139000"),
        occupant_row("C0103", "晨光商贸有限公司", phone="", kind=PartyKind.SHOP),
        occupant_row("C0104", "晨光商贸有限公司", phone="", kind=PartyKind.SHOP), occupant_row("C0101", "王小明"),
    )  # fmt: skip
    assert (line.made, line.known) == (4, 1)
    with office.ask("archivist") as unit:
        made = Counter(row.kind for row in ledger.made(unit, ledger.found(unit, line.number)))
        codes = list(
            unit.session.scalars(
                select(Party.code).where(Party.code.startswith("GR") | Party.code.startswith("DW"))
            )
        )
        assert unit.one(Premises, "premises", "C0104").building == "C座"
    assert made == {MadeKind.PREMISES: 4, MadeKind.PARTY: 3, MadeKind.DOSSIER: 4}
    assert sorted(codes) == ["DW00001", "GR00001", "GR00002"]


# --- 收发文, 借阅 -------------------------------------------------------------------------------


def letter_row(number: int, **more) -> dict:
    return {
        "register_no": str(number), "received_on": dt.date(2025, 4, number), "correspondent": "东城供电局",
        "document_no": f"供函〔2025〕{number}号", "title": f"关于第{number}次停电检修的函", "pages": 2, **more,
    }  # fmt: skip


def test_form_F17_letters_go_to_the_outside_units_own_volume_or_where_the_register_says(office):
    """R20: one volume a correspondent; 归入卷号 names an open volume instead."""
    bring(office, SheetKind.VOLUMES, volume_row(7))
    line = bring(
        office, SheetKind.INCOMING, letter_row(1), letter_row(2), letter_row(3, correspondent="市消防救援支队"),
        letter_row(4, filed_into=CODE),
    )  # fmt: skip
    assert line.made == 4
    with office.ask("archivist") as unit:
        homes = Counter(unit.session.scalars(select(Item.volume_uid)))
        assert sorted(homes.values()) == [1, 1, 2]
        told = [unit.card(one) for one in unit.session.scalars(select(Item).order_by(Item.created_at))]
    assert {card.fields.get("direction") for card in told} == {"IN", None}
    assert all("登记号：" in card.note for card in told)
    assert bring(office, SheetKind.INCOMING, letter_row(1), letter_row(2), sign="again").known == 2


def test_form_F18_letters_sent_are_filed_by_their_class(office):
    row = {
        key: value for key, value in letter_row(1, correspondent="市住建局").items() if key != "received_on"
    }
    line = bring(office, SheetKind.OUTGOING, {**row, "sent_on": dt.date(2025, 4, 2)})
    with office.ask("archivist") as unit:
        card = unit.card(unit.session.scalars(select(Item)).one())
    assert (line.made, card.fields["direction"], card.fields["correspondent"]) == (1, "OUT", "市住建局")
    assert card.creator == "和园物业"


def loan_row(code: str, borrower: str = "孙员工", **more) -> dict:
    return {
        "reference_code": code, "borrower": borrower, "lent_on": dt.date(2025, 12, 1), "due_on": dt.date(2025, 12, 15),
        "purpose": "核对图纸", "lent_by": "老王", **more,
    }  # fmt: skip


def code_of(office, uid: str) -> str:
    with office.ask("archivist") as unit:
        return unit.record(uid).reference_code


def test_form_F11_what_is_out_becomes_a_loan_that_is_chased_and_comes_back(office):
    """R36: taken over without a warrant; overdue at once, returned like any other; what came back long ago is passed over."""
    code, other = (
        code_of(office, make.volume(office, "ZX·02", 2, held=True, dossier=name)) for name in ("D-1", "D-2")
    )
    line = bring(
        office, SheetKind.LOANS, loan_row(code), loan_row(other, returned_on=dt.date(2025, 12, 9)), loan_row(code, "staff"),
        partly=True,
    )  # fmt: skip
    assert (line.made, line.skipped, line.known, line.refused) == (1, 1, 0, 1)
    with office.ask("archivist", Act.LOAN_SEE) as unit:
        (late,) = loans.register(unit, overdue=True)
        assert (late.code, late.borrower, late.purpose) == (
            code,
            "孙员工",
            "核对图纸",
        ) and late.overdue_days > 70
        assert unit.session.scalars(select(Loan)).one().taken_over
    again = bring(office, SheetKind.LOANS, loan_row(code), sign="again")
    assert again.known == 1
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        assert lending.take_back(unit, code).state is LoanState.RETURNED
    assert bring(office, SheetKind.LOANS, loan_row(code), sign="third").known == 1
    assert check_all(office) == []


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"borrower": "无此人"}, "not-found"),
        ({"borrower": "郑档案"}, "same-signer"),
        ({"lent_on": dt.date(2026, 4, 1)}, "bad-value"),
        ({"due_on": dt.date(2025, 11, 1)}, "bad-value"),
        ({"reference_code": "K001-没有-1"}, "not-found"),
        ({"reference_code": ""}, "row-nameless"),
    ],
)
def test_a_loan_that_cannot_be_is_refused(office, more, error):
    code = code_of(office, make.volume(office, "ZX·02", 1, held=True))
    assert errors(planned(office, SheetKind.LOANS, {**loan_row(code), **more})) == [error]


def test_a_volume_that_is_not_held_cannot_be_out(office):
    code = code_of(office, make.volume(office, "ZX·02", 1))
    assert errors(planned(office, SheetKind.LOANS, loan_row(code))) == ["wrong-state"]


# --- the run ------------------------------------------------------------------------------------


def test_the_same_list_twice_makes_nothing_new(office):
    """Whole and done: told; read another way or saved again: every row is known."""
    rows = [volume_row(1), volume_row(2)]
    number = bring(office, SheetKind.VOLUMES, *rows).number
    with pytest.raises(ImportAgain) as told:
        bring(office, SheetKind.VOLUMES, *rows)
    assert told.value.facts["number"] == number
    again = bring(office, SheetKind.VOLUMES, *rows, sign="saved again")
    assert (again.made, again.known) == (0, 2)


def test_what_differs_is_refused_and_never_changed(office):
    """A row about a known record with another value names the field; the record stays."""
    bring(office, SheetKind.VOLUMES, volume_row(1))
    (verdict,) = planned(office, SheetKind.VOLUMES, volume_row(1, title="另一个题名"))
    assert (verdict.fate, verdict.error.code, verdict.error.facts["field"]) == (
        RowFate.REFUSED,
        "row-differs",
        "title",
    )
    with office.ask("archivist") as unit:
        assert unit.card(unit.volume("K001-ZY·FW·2024·D3-0001")).title == "客服部值班记录 第1卷"


def test_a_list_with_a_refused_row_is_not_begun_unless_partly_was_said(office):
    """Nothing half imported by surprise; with --partly the rest goes in and the refused row is listed with its reason."""
    rows = [volume_row(1), volume_row(2, class_code="XX·99"), volume_row(3)]
    with pytest.raises(RowsRefused) as told:
        bring(office, SheetKind.VOLUMES, *rows)
    assert (told.value.facts["refused"], told.value.facts["first"]) == (1, 3)
    with office.ask("archivist") as unit:
        assert unit.session.scalar(select(func.count()).select_from(Volume)) == 0
    line = bring(office, SheetKind.VOLUMES, *rows, partly=True)
    assert (line.made, line.refused) == (2, 1)
    with office.ask("archivist") as unit:
        refused = imports_book.rows(unit, line.number, fate=RowFate.REFUSED)
        assert [(one.row, one.error, one.code) for one in refused] == [(3, "class-unknown", "")]
        lines = unit.session.scalars(
            select(Event.outcome).where(Event.act == "sheet.import", Event.outcome != "done")
        )
        assert "class-unknown" in set(lines)


def test_a_code_that_another_record_has_is_taken_even_if_it_is_hidden(office):
    """V1: no code is given twice, not even one the clerk cannot see; nothing else of the hidden record is told."""
    hidden = code_of(
        office, make.volume(office, "RS·01", 1, by="hr", department="RS", party="P001", dossier=None)
    )
    (verdict,) = planned(office, SheetKind.VOLUMES, volume_row(1, reference_code=hidden), by="clerk")
    assert verdict.error.code == "code-taken"


def test_every_thing_made_has_a_line_of_its_own(office):
    """R23, decision 7: the act of the import, and one line for each volume and paper."""
    bring(office, SheetKind.VOLUMES, volume_row(7))
    bring(office, SheetKind.CONTENTS, *contents_of(CODE, 2, 3))
    with office.ask("archivist") as unit:
        acts = Counter(unit.session.scalars(select(Event.act).where(Event.outcome == "done")))
    assert (acts["volume.open"], acts["sheet.import"]) == (1, 6)
    assert acts["item.file"] == 3


def test_who_may_not_catalogue_may_not_import(office):
    for account in ("staff", "auditor", "gm"):
        with pytest.raises(Exception) as told:
            bring(office, SheetKind.VOLUMES, volume_row(1), by=account)
        assert told.value.code == "not-allowed"


def test_a_clerk_cannot_file_for_another_department(office):
    """The service's own rules hold row by row."""
    verdicts = planned(office, SheetKind.VOLUMES, volume_row(1, department="GC"), volume_row(2), by="clerk")
    assert [one.fate for one in verdicts] == [RowFate.REFUSED, RowFate.MADE]


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"title": "一"}, "bad-value"),
        ({"period": "D1"}, "bad-value"),
        ({"level": Level.PUBLIC}, "level-below"),
        ({"last_date": dt.date(2023, 1, 1)}, "bad-value"),
        ({"last_date": dt.date(2030, 1, 1)}, "bad-value"),
        ({"department": "没有的部门"}, "not-found"),
        ({"premises": "Z9999"}, "not-found"),
        ({"class_code": "WS·BG"}, "bad-value"),
        ({"reference_code": "有 空格"}, "bad-value"),
        ({"year": 1700}, "bad-value"),
    ],
)
def test_a_volume_that_cannot_be_is_refused_with_its_reason(office, more, error):
    assert errors(planned(office, SheetKind.VOLUMES, volume_row(1, **more))) == [error]
    assert bring(office, SheetKind.VOLUMES, volume_row(1, **more), partly=True).refused == 1


def test_a_place_that_is_not_known_stays_in_the_note(office):
    """柜号 of the old list is not lost; a known place, by code or name, is where the volume stands."""
    bring(office, SheetKind.VOLUMES, volume_row(1, place="二号柜"), volume_row(2, place="旧楼地下室"))
    with office.ask("archivist") as unit:
        first, second = (unit.volume(f"K001-ZY·FW·2024·D3-000{n}") for n in (1, 2))
        assert first.place_uid is not None and second.place_uid is None
        assert "旧楼地下室" in unit.card(second).note


def test_planning_agrees_with_entering(office):
    """Every row planned as new is made, every row planned as refused is refused, for a list of every trouble."""
    rows = [
        volume_row(1), volume_row(1), volume_row(2, title=""), volume_row(3, period="永久"), volume_row(4, place="R1-C1"),
        volume_row(5, level=Level.CONFIDENTIAL, place="R1-C2"), volume_row(6),
    ]  # fmt: skip
    plan = Counter(verdict.fate for verdict in planned(office, SheetKind.VOLUMES, *rows))
    line = bring(office, SheetKind.VOLUMES, *rows, partly=True)
    assert plan[RowFate.MADE] - line.made <= 1  # what needs a lock is found out by the service
    assert (line.made, line.refused) == (3, 4)
    assert check_all(office) == []


def test_handover_closes_what_agrees_with_its_list_and_drafts_one_handover(office):
    """R11, R12: volumes that hold what the list claims go on one list; the others are left out with the reason."""
    number = bring(office, SheetKind.VOLUMES, volume_row(7), volume_row(8), volume_row(9)).number
    bring(office, SheetKind.CONTENTS, *contents_of(CODE, 2, 3), *contents_of("K001-ZY·FW·2024·D3-0008", 2))
    with office.work("archivist", Act.SHEET_HANDOVER) as unit:
        done = imports_book.hand_over(unit, number, reason="整批移交")
    assert (len(done.numbers), done.records) == (1, 1)
    assert [(one.code[-4:], one.error.code) for one in done.left_out] == [
        ("0008", "list-differs"),
        ("0009", "list-differs"),
    ]
    with office.ask("archivist") as unit:
        assert str(unit.volume(CODE).state) == "CLOSED"
    with pytest.raises(Exception) as told, office.work("archivist", Act.SHEET_HANDOVER) as unit:
        imports_book.hand_over(unit, number, reason="再来")
    assert told.value.code == "nothing-closed"


def test_the_book_lists_runs_and_rows(office):
    bring(office, SheetKind.VOLUMES, volume_row(7))
    bring(office, SheetKind.CONTENTS, *contents_of(CODE, 2, 3))
    with office.ask("clerk") as unit:
        assert [line.number for line in imports_book.runs(unit)] == ["DR2026-00002", "DR2026-00001"]
        codes = [row.code for row in imports_book.rows(unit, "DR2026-00002")]
        with pytest.raises(NotFound):
            imports_book.rows(unit, "DR2026-00009")
    assert codes == [f"{CODE}-001", f"{CODE}-002"]


def test_items_and_rows_survive_a_group_with_one_bad_row(office, monkeypatch):
    """One row that a service refuses though it was planned costs only itself; the rows after it are told why."""
    bring(office, SheetKind.VOLUMES, volume_row(7), volume_row(8))
    real = items.file_into

    def refusing(unit, code, papers, **more):
        if any(paper.title == "值班记录之2" for paper in papers):
            raise NotFound(what="record", code="x")
        return real(unit, code, papers, **more)

    monkeypatch.setattr(items, "file_into", refusing)
    line = bring(
        office,
        SheetKind.CONTENTS,
        *contents_of(CODE, 2, 3, 1),
        *contents_of("K001-ZY·FW·2024·D3-0008", 1),
        partly=True,
    )
    assert (line.made, line.refused) == (2, 2)
    with office.ask("archivist") as unit:
        bad = imports_book.rows(unit, line.number, fate=RowFate.REFUSED)
        assert [row.error for row in bad] == ["not-found", "pages-overlap"]
        assert unit.session.scalar(select(func.count()).select_from(ImportRow)) == 6
