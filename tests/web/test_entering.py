"""Entering in the browser: one paper, a table of them, a card corrected; a slip is told at its field and nothing is lost."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from archive import views
from archive.acts import Act
from archive.values import Level
from tests import make

YARD = {"class_code": "FW·01", "department": "KF", "title": "值班记录", "dated": "2025-03-01", "pages": "2"}
HT = {
    "class_code": "HT·03",
    "department": "KF",
    "dossier": "HT-2025-9",
    "title": "保洁合同",
    "dated": "2025-01-05",
}


def rows_of(office) -> int:
    with office.ask("archivist") as unit:
        return len(views.items(unit))


def card(office, code: str):
    with office.ask("archivist") as unit:
        return unit.card(unit.record(code))


@pytest.fixture(scope="module")
def contract(shared) -> str:
    """A contract's paper in the office that tests share; its code."""
    uid = make.filed(shared.office, "HT·03", 1)[0]
    with shared.office.ask("archivist") as unit:
        return unit.item(uid).reference_code


def error_at(answer, name: str) -> str:
    """What stands beside the field called *name*."""
    page = answer.get_data(as_text=True)
    found = re.search(rf'id="[df]-{name.replace("_", "-")}-error">([^<]+)<', page)
    return found[1] if found else ""


def test_one_paper_is_filed_and_the_next_begins_where_it_was(site, office):
    visitor = site.visitor("archivist")
    assert "FW·01" in visitor.get("/catalogue/new").get_data(as_text=True)
    assert "值班" in visitor.get("/catalogue/new", q="值班").get_data(as_text=True)
    answer = visitor.post("/catalogue/new", {**YARD, "then": "another"})
    assert 303 == answer.status_code
    page = visitor.get(answer.headers["Location"]).get_data(as_text=True)
    assert 'value="FW·01"' in page and 'value="值班记录"' not in page
    answer = visitor.post("/catalogue/new", {**YARD, "then": "show"})
    assert answer.headers["Location"].startswith("/records/")
    assert "值班记录" in visitor.get(answer.headers["Location"]).get_data(as_text=True)
    assert 2 == rows_of(office)


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"title": "长" * 201}, "title"), ({"title": ""}, "title"), ({"dated": "2025-02-30"}, "dated"),
        ({"pages": "x"}, "pages"), ({"amount": "x"}, "amount"), ({"contract_no": ""}, "contract_no"),
        ({"premises": "Z999"}, "premises"), ({"dossier": ""}, "dossier"), ({"year": "1066"}, "year"),
        ({"level": "NIX"}, "level"), ({"period": "D1"}, "period"), ({"party": "P999"}, "party"),
    ],
)  # fmt: skip
def test_a_slip_is_told_beside_its_field_and_what_was_typed_stays(shared, contract, wrong, at):
    typed = {**HT, "contract_no": "HT-2025-9", "counterparty": "清源保洁", "note": "要留住的话", **wrong}
    answer = shared.visitor("archivist").post("/catalogue/new", typed)
    assert 400 <= answer.status_code < 500
    page = answer.get_data(as_text=True)
    assert error_at(answer, at), page[page.find("alert-danger") :][:300]
    assert "要留住的话" in page and 'value="清源保洁"' in page
    assert 1 == rows_of(shared.office)  # that of `contract`


def test_into_a_named_volume_only_the_paper_is_asked_for(site, office):
    uid = make.volume(office, "FW·01", 1)
    with office.ask("archivist") as unit:
        code = unit.volume(uid).reference_code
    visitor = site.visitor("archivist")
    page = visitor.get("/catalogue/new", volume=code).get_data(as_text=True)
    assert code in page and 'name="department"' not in page
    answer = visitor.post("/catalogue/new", {"volume": code, "title": "补一件", "pages": "1", "then": "show"})
    assert f"/records/{quote(code)}-002" == answer.headers["Location"]


def test_rel_P6_what_the_form_does_not_ask_for_is_left_where_it_is(site, office):
    extra = {"uid": "0" * 32, "state": "HELD", "reference_code": "K-1", "own_level": "30", "r0-title": "x", "personal": "1", "fields": "x=y", "attach": "/etc/passwd"}  # fmt: skip
    answer = site.visitor("archivist").post("/catalogue/new", {**YARD, **extra, "then": "show"})
    assert 303 == answer.status_code
    with office.ask("archivist") as unit:
        (line,) = views.items(unit)
        item = unit.item(line.code)
    assert ("OPEN", Level.INTERNAL, None) == (item.state.value, item.level, item.own_level)
    assert "0" * 32 != item.uid and "K-1" != item.reference_code


def test_who_may_not_file_is_told_so_and_nothing_is_filed(site, office):
    answer = site.visitor("staff").post("/catalogue/new", YARD)
    assert 403 == answer.status_code
    assert (
        403
        == site.visitor("staff")
        .post("/catalogue/grid", {**YARD, "r0-title": "值班", "then": "file"})
        .status_code
    )
    assert 0 == rows_of(office)


# --- the table -----------------------------------------------------------------------------------


def grid(rows, then="file", **common):
    told = {"class_code": "FW·01", "department": "KF", "year": "2025", "then": then, **common}
    return told | {f"r{number}-{name}": text for number, row in enumerate(rows) for name, text in row.items()}


GOOD = {"title": "值班记录", "dated": "2025-03-01", "pages": "2"}
BAD = {"title": "值班记录", "dated": "2025-13-01", "pages": "两页"}


def cell_errors(answer) -> set[str]:
    return set(re.findall(r'id="e(\d+-[a-z_]+)"', answer.get_data(as_text=True)))


def test_a_table_is_checked_cell_by_cell_and_nothing_is_filed(site, office):
    visitor = site.visitor("archivist")
    answer = visitor.post("/catalogue/grid", grid([GOOD, BAD, {}, GOOD], "check"))
    assert (422, {"1-dated", "1-pages"}) == (answer.status_code, cell_errors(answer))
    page = answer.get_data(as_text=True)
    assert 'value="2025-13-01"' in page and 'value="两页"' in page and "3 行没有问题" not in page
    assert "2 行没有问题" in page
    assert 200 == visitor.post("/catalogue/grid", grid([GOOD, GOOD], "check")).status_code
    assert 0 == rows_of(office)


def test_a_table_stands_or_falls_together(site, office):
    visitor = site.visitor("archivist")
    assert 422 == visitor.post("/catalogue/grid", grid([GOOD, BAD])).status_code
    assert 0 == rows_of(office)
    answer = visitor.post("/catalogue/grid", grid([GOOD, {}, GOOD]))
    assert 303 == answer.status_code
    assert 2 == rows_of(office)


def test_or_the_good_rows_go_in_and_the_others_stay_to_be_mended(site, office):
    answer = site.visitor("archivist").post("/catalogue/grid", grid([GOOD, BAD, GOOD], "good"))
    assert (422, {"0-dated", "0-pages"}) == (answer.status_code, cell_errors(answer))
    page = answer.get_data(as_text=True)
    assert page.count('value="2025-03-01"') == 0 and 'value="2025-13-01"' in page
    assert 2 == rows_of(office)


def test_two_hundred_rows_of_a_family_go_through_the_table(site, office):
    rows = [
        {"title": f"保洁合同之{n}", "dated": "2025-01-05", "contract_no": f"HT-{n}", "counterparty": "清源保洁", "amount": "1,200.5"}
        for n in range(200)
    ]  # fmt: skip
    answer = site.visitor("archivist").post(
        "/catalogue/grid", grid(rows, class_code="HT·03", dossier="HT-2025-9")
    )
    assert 303 == answer.status_code, cell_errors(answer)
    assert 200 == rows_of(office)


def test_a_table_for_a_volume_goes_into_it(site, office):
    uid = make.volume(office, "FW·01", 1)
    with office.ask("archivist") as unit:
        code = unit.volume(uid).reference_code
    visitor = site.visitor("archivist")
    assert code in visitor.get("/catalogue/grid", volume=code).get_data(as_text=True)
    answer = visitor.post("/catalogue/grid", grid([GOOD, GOOD], volume=code))
    assert f"/records/{quote(code)}" == answer.headers["Location"]
    assert f"{code}-003" in visitor.get(answer.headers["Location"]).get_data(as_text=True).replace(
        "%C2%B7", "·"
    )


@pytest.mark.parametrize(
    "common",
    [{"class_code": "NIX"}, {"class_code": ""}, {"volume": "K001-NIX"}, {"year": "9" * 30}, {"year": "²"}],
)
def test_what_holds_for_all_rows_and_is_wrong_files_none(shared, contract, common):
    answer = shared.visitor("archivist").post("/catalogue/grid", grid([GOOD], **common))
    assert answer.status_code in {200, 404, 409, 422}
    assert 1 == rows_of(shared.office)
    if "year" in common:  # and the rows stay where they were typed
        assert error_at(answer, "year")
        assert 'value="值班记录"' in answer.get_data(as_text=True)


# --- a card --------------------------------------------------------------------------------------


@pytest.fixture
def code(office):
    """A contract's paper; its code."""
    uid = make.filed(office, "HT·03", 1)[0]
    with office.ask("archivist") as unit:
        return unit.item(uid).reference_code


def fields(office, code: str, **told: str) -> dict[str, str]:
    with office.ask("archivist") as unit:
        found = unit.record(code)
        now = unit.card(found)
        return {"seen": str(found.version), "title": now.title, **now.fields, **told}


def test_a_card_is_corrected_and_the_earlier_one_stays(site, office, code):
    visitor = site.visitor("archivist")
    page = visitor.get(f"/records/{quote(code)}/edit").get_data(as_text=True)
    assert 'type="date"' in page and 'name="counterparty"' in page and 'inputmode="decimal"' in page
    told = fields(office, code, title="新题名", creator="法务部", amount="12,000 元", term_from="2025-01-01")
    assert 303 == visitor.post(f"/records/{quote(code)}/edit", told).status_code
    now = card(office, code)
    assert ("新题名", "法务部", "12000.00") == (now.title, now.creator, now.fields["amount"])
    assert "第 1 版" in visitor.get(f"/records/{quote(code)}/history").get_data(as_text=True)


@pytest.mark.parametrize(
    ("wrong", "at"),
    [({"title": "x"}, "title"), ({"amount": "-1"}, "amount"), ({"signed_on": "2025-99-01"}, "signed_on"),
     ({"contract_no": ""}, "contract_no"), ({"term_from": "2025-02-01", "term_to": "2025-01-01"}, "term_to")],
)  # fmt: skip
def test_a_slip_on_a_card_is_told_beside_its_field(shared, contract, wrong, at):
    told = fields(shared.office, contract, note="要留住的话", **wrong)
    answer = shared.visitor("archivist").post(f"/records/{quote(contract)}/edit", told)
    assert 422 == answer.status_code
    assert error_at(answer, at)
    assert "要留住的话" in answer.get_data(as_text=True)
    assert "要留住的话" != card(shared.office, contract).note


def test_who_was_slower_loses_nothing_and_overwrites_nothing(site, office, code):
    """Both versions stand side by side; saved again, knowingly, it goes through."""
    visitor, told = site.visitor("archivist"), fields(office, code, title="我的题名")
    assert (
        303
        == visitor.post(f"/records/{quote(code)}/edit", fields(office, code, title="别人的题名")).status_code
    )
    answer = visitor.post(f"/records/{quote(code)}/edit", told)
    page = answer.get_data(as_text=True)
    assert 409 == answer.status_code
    assert 'value="我的题名"' in page and "别人的题名" in page
    assert "别人的题名" == card(office, code).title
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert 303 == visitor.post(f"/records/{quote(code)}/edit", {**told, "seen": seen[1]}).status_code
    assert "我的题名" == card(office, code).title


def test_who_may_not_edit_is_told_so(site, office, code):
    with office.work("archivist", Act.ITEM_FILE):
        pass
    open_one = make.filed(office, "FW·01", 1)[0]
    with office.ask("archivist") as unit:
        seen = unit.item(open_one).reference_code
    staff = site.visitor("staff")
    assert 403 == staff.get(f"/records/{quote(seen)}/edit").status_code
    assert 403 == staff.post(f"/records/{quote(seen)}/edit", {"title": "不该改的", "seen": "1"}).status_code
    assert "不该改的" != card(office, seen).title
