"""My page: what I have and asked for, what I was told, and how I ask for more; the number beside it in the menu."""

from __future__ import annotations

import re

import pytest

from archive.acts import Act
from archive.circulation import chasing, decisions, lending, requests
from archive.statuses import Channel, RequestKind
from tests import make
from tests.web.test_counter import code_of, text_of


@pytest.fixture
def code(site) -> str:
    uid = make.volume(site.office, "ZX·02", 2, held=True)
    make.approved(site.office, uid)
    return code_of(site.office, uid)


def lent(site, code: str) -> str:
    with site.office.work("archivist", Act.LOAN_LEND) as unit:
        return str(lending.lend(unit, code, to="staff", purpose="核对图纸").number)


def badge(page: str, entry: str) -> int:
    """The number beside an entry of the menu."""
    found = re.search(rf'href="{entry}"[^>]*>.*?</a>', page, re.DOTALL)
    assert found is not None
    count = re.search(r'class="waiting"[^>]*>\s*(\d+)', found[0])
    return int(count[1]) if count else 0


def test_my_loans_with_renewing_and_what_is_late(site, code):
    number = lent(site, code)
    page = site.visitor("staff").get("/mine").get_data(as_text=True)
    assert number in page and f"/do/loan/renew?code={number}" in page and code in page
    assert badge(page, "/mine") == 0
    answer = site.visitor("staff").post("/do/loan/renew", {"code": number, "back": "/mine"})
    assert answer.status_code == 303 and "2026-04-01" in text_of(site.visitor("staff").get("/mine"))
    site.office.tick(days=60)
    site.visitors.clear()
    page = site.visitor("staff").get("/mine").get_data(as_text=True)
    assert "逾期" in page and badge(page, "/mine") == 1


def test_req_F12_a_reminder_is_read_and_answered(site, code):
    number = lent(site, code)
    with site.office.work("archivist", Act.CHASE_SEND) as unit:
        notice = chasing.send(unit, number, channel=Channel.PAPER, text="本周五前请送回档案室").number
    mine = site.visitor("staff")
    page = mine.get("/mine").get_data(as_text=True)
    assert "本周五前请送回档案室" in page and f"/do/chase/reply?number={notice}" in page
    assert (
        mine.post("/do/chase/reply", {"number": notice, "text": "周四送回", "back": "/mine"}).status_code
        == 303
    )
    assert "已回复" in text_of(mine.get("/mine"))
    assert "本周五前请送回档案室" not in text_of(site.visitor("supervisor").get("/mine"))


def test_asking_from_a_search_result_withdrawing_and_what_became_of_it(site, code):
    mine = site.visitor("supervisor")
    page = mine.get("/mine/ask", code=code, kind="READ").get_data(as_text=True)
    assert code in page and 'action="/do/request/ask"' in page
    form = {"codes": code, "kind": "LOAN", "purpose": "检查整改", "wanted": "电梯维保合同", "back": "/mine"}
    assert mine.post("/do/request/ask", form).status_code == 303
    page = text_of(mine.get("/mine"))
    assert "SQ2026-00001/1" in page and "电梯维保合同" in page
    with site.office.work("manager", Act.REQUEST_APPROVE) as unit:
        decisions.decide(unit, ["SQ2026-00001/1"], Act.REQUEST_APPROVE)
    page = mine.get("/mine").get_data(as_text=True)
    assert "已批准" in page and badge(page, "/mine") == 1
    withdrawn = {"numbers": "SQ2026-00001/1", "back": "/mine"}
    assert mine.post("/do/request/withdraw", withdrawn).status_code == 303
    page = mine.get("/mine").get_data(as_text=True)
    assert "已撤回" in page and badge(page, "/mine") == 0


def test_dec6_a_hidden_code_and_an_absent_one_are_refused_alike(site):
    hidden = code_of(site.office, make.volume(site.office, "YH·01", 1, held=True))
    told = []
    for one in (hidden, hidden[:-1] + "9"):
        form = {"codes": one, "kind": "READ", "purpose": "核对"}
        answer = site.visitor("records").post("/do/request/ask", form)
        told.append((answer.status_code, text_of(answer).replace(one, "…")))
    assert told[0] == told[1] and told[0][0] == 404


def test_the_page_is_ones_own_and_nobody_elses(site, code):
    number = lent(site, code)
    with site.office.work("staff", Act.REQUEST_ASK) as unit:
        asked = requests.ask(unit, RequestKind.LOAN, [code], purpose="再次核对").number
    for who in ("clerk", "records", "hr", "gm"):
        page = text_of(site.visitor(who).get("/mine"))
        assert number not in page and asked not in page, who
    assert site.visitor("admin").get("/mine").status_code == 403


def test_witness_the_comparison_would_see_a_loan_of_somebody_else(site, code, monkeypatch):
    from archive.circulation import ledger

    number = lent(site, code)
    whole = ledger.register
    monkeypatch.setattr(ledger, "mine", lambda unit, **_: whole(unit))
    assert number in text_of(site.visitor("clerk").get("/mine"))


def test_grants_and_readings_of_my_own_are_listed(site):
    uid = make.volume(site.office, "ZX·02", 1, held=True)
    make.approved(site.office, uid, to="records", acts=(Act.RECORD_READ,))
    page = text_of(site.visitor("records").get("/mine"))
    assert code_of(site.office, uid) in page and "褚总" in page
