"""The counter in the browser: scan, count, sign, lend, take back; and what stands in the way told loudly."""

from __future__ import annotations

import html
import re
from threading import Barrier, Thread
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from archive import identity, people, views
from archive.acts import Act
from archive.circulation import decisions, requests
from archive.model import Event, Incident, Loan, Reading, Signature
from archive.statuses import RequestKind
from tests import make
from tests.conftest import PASSWORD

DRAWN = "M40 60L60 80L90 40L120 95L150 55L190 75"


def text_of(answer) -> str:
    """What a page says, tags left out."""
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def code_of(office, uid: str) -> str:
    with office.ask("gm") as unit:
        return str(unit.record(uid).reference_code)


@pytest.fixture
def code(site) -> str:
    """An internal volume of KF that is held, opened to the member of staff."""
    uid = make.volume(site.office, "ZX·02", 2, held=True)
    make.approved(site.office, uid, times=3)
    return code_of(site.office, uid)


def given(*codes: str, **more: str) -> dict[str, object]:
    """The form as the desk sends it to lend *codes*."""
    counts = {f"{what}|{code}": told for code in codes for what, told in (("items", "2"), ("pages", "4"))}
    return {
        "code": list(codes), "lending": list(codes), "to": "staff", "purpose": "核对图纸", **counts, **more
    }  # fmt: skip


def back(*numbers: str, **more: object) -> dict[str, object]:
    """The form as the desk sends it to take *numbers* back."""
    return {"code": list(numbers), "returning": list(numbers), **more}


def loans(site) -> list[Loan]:
    with site.office.ask("archivist") as unit:
        found = list(unit.session.scalars(select(Loan).order_by(Loan.number)))
        unit.session.expunge_all()
        return found


def lent(site, code: str, **more: str) -> str:
    answer = site.visitor("archivist").post("/counter/lend", given(code, **more))
    assert answer.status_code == 303, text_of(answer)
    return loans(site)[-1].number


# --- the day at the counter -----------------------------------------------------------------------


def test_req_R39_scan_lend_with_a_drawn_signature_show_it_and_print_it(site, code):
    desk = site.visitor("archivist")
    scanned = text_of(desk.hx_post("/counter", {"scan": code, "to": "staff"}))
    assert "<html" not in scanned and "账面 2 件 4 页" in scanned and "孙员工" in scanned
    answer = desk.post("/counter/lend", given(code, strokes=DRAWN))
    number = loans(site)[0].number
    assert answer.status_code == 303 and f"done={number}" in answer.location
    assert number in text_of(desk.get(answer.location))
    page = desk.get(f"/loans/{number}").get_data(as_text=True)
    assert f'd="{DRAWN}"' in page and "手写签名" in page and "本人密码确认" in page
    slip = desk.post(f"/loans/{number}/slip.pdf")
    assert slip.data.startswith(b"%PDF") and slip.headers["Content-Disposition"].startswith("attachment")


def test_req_R39_what_is_out_is_taken_back_counted_and_signed_by_who_brings_it(site, code):
    number = lent(site, code)
    desk = site.visitor("archivist")
    scanned = text_of(desk.hx_post("/counter", {"scan": code}))
    assert "归还 1 份" in scanned and number in scanned
    answer = desk.post("/counter/return", back(number, password_back=PASSWORD))
    assert answer.status_code == 303
    (loan,) = loans(site)
    assert loan.intact and loan.items_back == 2
    assert "本人密码确认" in text_of(desk.get(f"/loans/{number}"))


def test_inv_V11_what_is_missing_or_damaged_opens_an_incident_and_is_told(site, code):
    number = lent(site, code)
    with site.office.ask("archivist") as unit:
        paper = views.inner_list(unit, unit.volume(code))[0].code
    desk = site.visitor("archivist")
    told = {f"missing|{number}": paper, f"items|{number}": "2", f"was|items|{number}": "2",
            f"pages|{number}": "4", f"was|pages|{number}": "4"}  # fmt: skip
    answer = desk.post("/counter/return", back(number, **told))
    (loan,) = loans(site)
    assert (loan.items_back, loan.pages_back, loan.intact) == (1, 2, False)
    with site.office.ask("archivist") as unit:
        incident = unit.session.scalar(select(Incident.number))
    assert incident in text_of(desk.get(answer.location))


def test_a_request_brings_borrower_and_purpose_so_that_enter_is_all_that_is_left(site):
    code = code_of(site.office, make.volume(site.office, "ZX·02", 2, held=True))
    with site.office.work("staff", Act.REQUEST_ASK) as unit:
        number = requests.ask(unit, RequestKind.LOAN, [code], purpose="核对消防图").number
    with site.office.work("manager", Act.REQUEST_APPROVE) as unit:
        decisions.decide(unit, [number], Act.REQUEST_APPROVE)
    desk = site.visitor("archivist")
    page = desk.hx_post("/counter", {"scan": number}).get_data(as_text=True)
    assert 'value="staff"' in page and 'value="核对消防图"' in page and 'data-panel="ready"' in page
    assert code in text_of(desk.get("/counter/queue"))


def test_several_things_lie_on_the_desk_and_one_is_taken_off_again(site, code):
    other = code_of(site.office, make.volume(site.office, "ZX·02", 1, held=True, dossier="A1203-2025-7"))
    desk = site.visitor("archivist")
    page = desk.hx_post("/counter", {"code": [code], "scan": other}).get_data(as_text=True)
    assert page.count('name="lending"') == 2
    page = desk.hx_post("/counter", {"code": [code, other], "drop": code}).get_data(as_text=True)
    assert page.count('name="lending"') == 1 and f'value="{other}"' in page


def test_without_scripts_every_step_is_a_page_and_a_link_brings_things_along(site, code):
    desk = site.visitor("archivist")
    for answer in (desk.post("/counter", {"scan": code}), desk.get("/counter", code=code, to="staff")):
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200 and "<html" in page and 'formaction="/counter/lend"' in page
    assert "autofocus" in desk.get("/counter").get_data(as_text=True)


# --- what stands in the way -----------------------------------------------------------------------


def test_inv_V11_a_count_that_differs_lends_nothing_and_is_told_at_its_line(site, code):
    form = given(code) | {f"items|{code}": "1"}
    answer = site.visitor("archivist").post("/counter/lend", form)
    assert answer.status_code == 409 and loans(site) == []
    page = text_of(answer)
    assert "清点数 1 / 4 与账面数 2 / 4 不符" in page and code in page
    form = given(code) | {f"items|{code}": "两件"}
    assert site.visitor("archivist").post("/counter/lend", form).status_code == 422 and loans(site) == []


def test_a_refusal_keeps_what_was_typed_but_never_a_password(site, code):
    answer = site.visitor("archivist").post("/counter/lend", given(code, password="wrong horse", note="急用"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 403 and "核对图纸" in page and "急用" in page
    assert "wrong horse" not in page and loans(site) == []


def test_rel_W6_passwords_at_the_counter_are_throttled_as_at_the_log_in_and_never_logged(site, code):
    desk = site.visitor("archivist")
    told = [
        desk.post("/counter/lend", given(code, password=f"wrong horse {n}")).status_code for n in range(6)
    ]
    assert told[: identity.FREE_TRIES] == [403] * identity.FREE_TRIES and told[-1] in {403, 429}
    assert "秒后再试" in text_of(desk.post("/counter/lend", given(code, password=PASSWORD)))
    assert site.nobody().sign_in("staff").status_code != 303
    with site.office.ask("auditor", Act.AUDIT_SEE) as unit:
        assert all("wrong" not in event.facts for event in unit.session.scalars(select(Event)))
    assert loans(site) == []


def test_a_borrower_who_is_barred_is_told_of_and_does_not_log_the_keeper_out(site, code):
    with site.office.work("admin", Act.PERSON_SUSPEND) as unit:
        people.suspend(unit, "staff", reason="擅自外带")
    desk = site.visitor("archivist")
    answer = desk.post("/counter/lend", given(code))
    assert answer.status_code != 303 and loans(site) == []
    assert desk.get("/counter").status_code == 200


def test_nobody_lends_to_himself(site, code):
    answer = site.visitor("archivist").post("/counter/lend", given(code) | {"to": "archivist"})
    assert answer.status_code in {403, 409} and loans(site) == []


def test_rel_P6_nobody_takes_more_upon_himself_by_naming_fields_of_his_own(site, code):
    """Fields that no form has are left where they are: who lent it, when, and on which approval is not for the form to say."""
    more = {"lent_by": "gm", "lent_on": "2001-01-01", "state": "RETURNED", "grant_uid": "x", "number": "JY-1"}
    number = lent(site, code, **more)
    (loan,) = loans(site)
    assert number != "JY-1" and loan.state.value == "OUT" and loan.lent_on.year == 2026
    with site.office.ask("gm") as unit:
        assert loan.lent_by == unit.person("archivist").uid


# --- two at once ----------------------------------------------------------------------------------


def test_rel_X1_two_tabs_that_lend_the_same_thing_lend_it_once(site, code):
    first, second = (
        site.visitor("archivist").post("/counter/lend", given(code, strokes=DRAWN)) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (303, 409)
    assert "已经借出" in text_of(second) and len(loans(site)) == 1


def test_rel_X1_two_people_at_two_counters_at_the_same_moment_lend_it_once(site, code):
    ready, told = Barrier(2), []
    visitors = [site.visitor(who) for who in ("archivist", "clerk")]

    def lend(visitor) -> None:
        ready.wait()
        told.append(visitor.post("/counter/lend", given(code, strokes=DRAWN)).status_code)

    threads = [Thread(target=lend, args=(one,)) for one in visitors]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert min(told) == 303 and max(told) in {409, 503} and len(loans(site)) == 1
    with site.office.ask("archivist") as unit:
        assert len(list(unit.session.scalars(select(Signature.uid)))) == 2


# --- who sees what --------------------------------------------------------------------------------


def test_dec6_a_hidden_record_answers_at_the_counter_as_one_that_is_not_there(site):
    hidden = code_of(site.office, make.volume(site.office, "YH·01", 1, held=True))
    absent = hidden[:-1] + ("9" if hidden[-1] != "9" else "8")
    desk = site.visitor("records")
    told = []
    for one in (hidden, absent):
        pages = [
            desk.hx_post("/counter", {"scan": one}), desk.get("/counter", code=one),
            desk.get("/counter/reading", code=one), desk.post("/counter/lend", given(one)),
            desk.post("/counter/return", back(one)),
        ]  # fmt: skip
        told.append([(page.status_code, _plain(page, one)) for page in pages])
    for hidden_page, absent_page in zip(*told, strict=True):
        assert hidden_page[0] == absent_page[0]
        assert hidden_page[1].splitlines() == absent_page[1].splitlines()


def _plain(answer, code: str) -> str:
    """A page without the code it was asked for, and without the token of its form."""
    page = unquote(answer.get_data(as_text=True)).replace(code, "…")
    return re.sub(r'(value|content)="I[\w-]+\.[\w-]+\.[\w-]+"', "", page)


def test_witness_of_the_same_comparison_a_page_that_shows_the_title_differs(site):
    hidden = code_of(site.office, make.volume(site.office, "YH·01", 1, held=True))
    absent = hidden[:-1] + ("9" if hidden[-1] != "9" else "8")
    desk = site.visitor("archivist")
    pages = [_plain(desk.hx_post("/counter", {"scan": one}), one) for one in (hidden, absent)]
    assert pages[0] != pages[1] and "YH·01 案卷" in pages[0]


def test_the_counter_is_for_who_has_something_to_do_behind_it(site):
    there = {"archivist": 200, "clerk": 200, "hr": 303, "staff": 403, "gm": 403, "admin": 403}
    for who, status in there.items():
        visitor = site.visitor(who)
        assert visitor.get("/counter").status_code == status, who
        for page in ("/counter/reading", "/counter/queue", "/counter/due"):
            assert visitor.get(page).status_code == (403 if status == 403 else 200), (who, page)


def test_a_loan_is_shown_to_its_borrower_and_its_keepers_and_to_others_not_at_all(site):
    uid = make.volume(site.office, "ZX·02", 2, held=True)
    code = code_of(site.office, uid)
    make.approved(site.office, uid)
    number = lent(site, code, strokes=DRAWN)
    assert DRAWN in site.visitor("staff").get(f"/loans/{number}").get_data(as_text=True)
    absent = site.visitor("admin").get("/loans/JY2026-09999")
    hidden = site.visitor("admin").get(f"/loans/{number}")
    assert absent.status_code == hidden.status_code and DRAWN not in hidden.get_data(as_text=True)


# --- reading room and boards ----------------------------------------------------------------------


def test_req_R36_reading_on_site_from_the_counter_signed_at_both_ends(site, code):
    with site.office.work("staff", Act.REQUEST_ASK) as unit:
        number = requests.ask(unit, RequestKind.READ, [code], purpose="核对").number
    with site.office.work("manager", Act.REQUEST_APPROVE) as unit:
        decisions.decide(unit, [number], Act.REQUEST_APPROVE)
    desk = site.visitor("archivist")
    page = desk.get("/counter/reading", code=code).get_data(as_text=True)
    assert 'action="/counter/reading/begin"' in page
    form = {"code": code, "reader": "staff", "place": "R1", "purpose": "核对", "items": "2", "pages": "4"}
    assert desk.post("/counter/reading/begin", form | {"items": "1"}).status_code == 409
    assert desk.post("/counter/reading/begin", form | {"strokes": DRAWN}).status_code == 303
    with site.office.ask("archivist") as unit:
        reading = unit.session.scalar(select(Reading.number))
    page = desk.get("/counter/reading", end=reading).get_data(as_text=True)
    assert 'action="/counter/reading/end"' in page and "孙员工" in page
    done = {"end": reading, f"items|{reading}": "2", f"pages|{reading}": "4", "effect": "已答复业主"}
    assert desk.post("/counter/reading/end", done | {"password_back": "wrong horse"}).status_code == 403
    assert desk.post("/counter/reading/end", done | {"password_back": PASSWORD}).status_code == 303
    with site.office.ask("archivist") as unit:
        kinds = [one.thing_kind for one in unit.session.scalars(select(Signature))]
    assert kinds == ["reading"] * 4
    shown = desk.get(f"/counter/reading/{reading}").get_data(as_text=True)
    assert f'd="{DRAWN}"' in shown and "孙员工" in shown and "已答复业主" in shown
    assert f"/counter/reading/{reading}" in desk.get("/do/reading/list").get_data(as_text=True)
    assert site.visitor("admin").get(f"/counter/reading/{reading}").status_code in {403, 404}
    assert desk.get("/counter/reading/Y9999-0001").status_code == 404


def test_req_R47_the_board_of_what_is_late_leads_to_reminding_and_recalling(site, code):
    number = lent(site, code)
    desk = site.visitor("archivist")
    assert number in text_of(desk.get("/counter/due", which="out"))
    assert number not in text_of(desk.get("/counter/due", which="today"))
    site.office.tick(days=15)
    assert number in text_of(site_again(site).get("/counter/due", which="today"))
    site.office.tick(days=5)
    page = site_again(site).get("/counter/due").get_data(as_text=True)
    assert number in page and f"/do/chase/send?code={number}" in page and "逾期 5 天" in page


def site_again(site):
    """The archivist, signed in again after days."""
    site.visitors.clear()
    return site.visitor("archivist")
