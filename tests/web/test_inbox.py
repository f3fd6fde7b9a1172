"""The inbox: what waits for me with the facts to decide by, many lines decided at once and each told for itself."""

from __future__ import annotations

import pytest

from archive.acts import Act
from archive.circulation import asked, decisions, requests
from archive.statuses import RequestKind, RequestState
from tests import make
from tests.retention import campaigns, lists
from tests.web.test_counter import code_of, text_of
from tests.web.test_mine import badge


@pytest.fixture
def numbers(site) -> list[str]:
    """Three lines that wait for the manager of KF."""
    uids = [make.volume(site.office, "ZX·02", 1, held=True, dossier=f"A1203-2025-{n}") for n in (1, 2, 3)]
    with site.office.work("staff", Act.REQUEST_ASK) as unit:
        number = requests.ask(unit, RequestKind.LOAN, uids, purpose="核对图纸").number
    return [f"{number}/{n}" for n in (1, 2, 3)]


def states(site) -> list[RequestState]:
    with site.office.ask("archivist", Act.REQUEST_SEE) as unit:
        return [row.state for row in asked.rows(unit)]


def test_req_R35_the_lines_stand_there_with_their_facts_and_the_menu_counts_them(site, numbers):
    page = site.visitor("manager").get("/inbox").get_data(as_text=True)
    for told in (*numbers, "孙员工", "核对图纸", "ZX·02 案卷"):
        assert told in page
    assert badge(page, "/inbox") == 3
    for who in ("staff", "clerk", "gm"):
        page = site.visitor(who).get("/inbox").get_data(as_text=True)
        assert numbers[0] not in page and badge(page, "/inbox") == 0


def test_many_at_once_approved_and_refused_with_a_reason(site, numbers):
    manager = site.visitor("manager")
    answer = manager.post("/inbox", {"numbers": numbers[:2], "decision": "approve", "reason": "同意"})
    assert answer.status_code == 303 and "已批准 2 项" in text_of(manager.get("/inbox"))
    answer = manager.post("/inbox", {"numbers": numbers[2], "decision": "refuse", "reason": "与工作无关"})
    assert answer.status_code == 303
    assert states(site) == [RequestState.APPROVED, RequestState.APPROVED, RequestState.REFUSED]
    assert badge(manager.get("/inbox").get_data(as_text=True), "/inbox") == 0


def test_what_cannot_be_decided_is_told_line_by_line_and_the_rest_is_done(site, numbers):
    with site.office.work("manager", Act.REQUEST_REFUSE) as unit:
        decisions.decide(unit, [numbers[1]], Act.REQUEST_REFUSE, reason="暂缓")
    answer = site.visitor("manager").post(
        "/inbox", {"numbers": [*numbers, "SQ2026-09999/1"], "decision": "approve"}
    )
    page = text_of(answer)
    assert answer.status_code == 200 and "已办 2 项，另有 2 项未能办理" in page
    assert numbers[1] in page and "SQ2026-09999/1" in page
    assert states(site) == [RequestState.APPROVED, RequestState.REFUSED, RequestState.APPROVED]


def test_a_refusal_without_a_reason_and_a_form_without_a_decision_do_nothing(site, numbers):
    manager = site.visitor("manager")
    assert manager.post("/inbox", {"numbers": numbers, "decision": "refuse"}).status_code == 422
    for form in ({"numbers": numbers}, {"numbers": numbers, "decision": ""}, {"decision": "approve"}):
        answer = manager.post("/inbox", form)
        assert answer.status_code == 422 and "请先勾选" in text_of(answer)
    assert states(site) == [RequestState.ASKED] * 3


def test_inv_nobody_decides_what_is_not_his_turn_though_he_names_it(site, numbers):
    for who in ("staff", "clerk", "secretary"):
        answer = site.visitor(who).post(
            "/inbox", {"numbers": numbers, "decision": "approve", "reason": "同意"}
        )
        assert answer.status_code in {403, 404, 409}, who
    assert (
        site.visitor("admin").post("/inbox", {"numbers": numbers, "decision": "approve"}).status_code == 403
    )
    assert states(site) == [RequestState.ASKED] * 3


def test_dec6_a_line_one_may_not_see_is_answered_as_one_that_is_not_there(site):
    uid = make.volume(site.office, "YH·01", 1, held=True)
    with site.office.work("clerk", Act.REQUEST_ASK) as unit:
        number = requests.ask(unit, RequestKind.READ, [uid], purpose="核对").number
    told = []
    for one in (f"{number}/1", "SQ2026-09999/1"):
        answer = site.visitor("records").post("/inbox", {"numbers": one, "decision": "approve"})
        told.append((answer.status_code, text_of(answer).replace(one, "…")))
    assert told[0] == told[1] and told[0][0] == 404


def test_witness_to_who_may_see_it_the_two_are_told_differently(site, numbers):
    told = []
    for one in (numbers[0], "SQ2026-09999/1"):
        answer = site.visitor("archivist").post("/inbox", {"numbers": one, "decision": "approve"})
        told.append((answer.status_code, text_of(answer).replace(one, "…")))
    assert told[0] != told[1]


def test_other_matters_stand_below_and_lead_to_their_pages(site):
    number = lists.frozen(site.office, campaigns.alone(site.office, 1))
    page = site.visitor("gm").get("/inbox").get_data(as_text=True)
    assert f"/retention/destructions/{number}" in page and badge(page, "/inbox") == 1
    assert number not in site.visitor("manager").get("/inbox").get_data(as_text=True)
    site.office.tick(minutes=1)
    campaigns.alone(site.office, 2)
    appraisal = campaigns.begun(site.office)
    page = site.visitor("clerk").get("/inbox").get_data(as_text=True)
    assert f"/retention/appraisals/{appraisal}" in page and "2 项" in page


def test_who_is_away_reads_it_and_his_deputy_finds_the_lines(site, numbers):
    form = {"first_day": "2026-03-02", "last_day": "2026-03-05", "deputy": "clerk", "back": "/inbox"}
    assert site.visitor("manager").post("/do/absence/set", form).status_code == 303
    page = text_of(site.visitor("manager").get("/inbox"))
    assert "由 周文员 代理" in page and numbers[0] not in page
    page = text_of(site.visitor("clerk").get("/inbox"))
    assert numbers[0] in page and "代 冯经理" in page


def test_words_are_matched_from_the_inbox(site):
    code = code_of(site.office, make.volume(site.office, "ZX·02", 1, held=True))
    with site.office.work("staff", Act.REQUEST_ASK) as unit:
        number = requests.ask(unit, RequestKind.LOAN, [], purpose="核对", wanted=["装修平面图"]).number
    page = site.visitor("archivist").get("/inbox").get_data(as_text=True)
    assert "装修平面图" in page and "/do/request/match?number=" in page
    form = {"number": f"{number}/1", "code": code, "back": "/inbox"}
    assert site.visitor("archivist").post("/do/request/match", form).status_code == 303
    assert f"{number}/1" in text_of(site.visitor("manager").get("/inbox"))
