"""Words for people instead of codes: departments, periods, names of verbs and fields (issue 7, look and feel)."""

from __future__ import annotations

import re
from contextlib import nullcontext

import pytest
from flask import g

from archive import people
from archive.acts import Act
from archive.values import Role
from archive.words import Language
from tests.conftest import Office
from tests.web.conftest import Site, verbs
from web import doing, looks


@pytest.fixture
def words(shared: Site):
    """The words of a page in the language asked for."""
    with shared.app.test_request_context("/"):

        def spoken(language: Language = Language.ZH):
            g.language = language
            return looks

        yield spoken


def test_a_basis_names_laws_and_standards_and_none_of_our_own_numbers(words):
    """R76, 8-1.2.2 or V5 say nothing to an office; an article of a law does, and a standard."""
    told = {
        "R76 PIPL-19 house": "个人信息保护法第19条",
        "DA/T 22 R48": "DA/T 22",
        "R14 V5 R59-R65 8-1.2.5 trade": "",
    }
    assert {clauses: words().cited(clauses) for clauses in told} == told
    assert words().cited("GB/T 11822, DA/T 22") == "GB/T 11822；DA/T 22"
    assert words(Language.EN).cited("LCL-50 AR10") == (
        "Labour Contract Law, art. 50; Filing scope and retention of enterprises, Order 10"
    )


def test_a_period_is_told_in_words_and_what_is_none_stays(words):
    """D30 is for codes; a person reads 30 years."""
    assert [words().period(one) for one in ("D30", "Y", "2026-11", "", None)] == [
        "30 年",
        "永久",
        "2026-11",
        "",
        "",
    ]
    assert words(Language.EN).period("D10") == "10 years"


def test_a_department_is_told_by_its_name_in_the_reader_s_language(site: Site, office: Office):
    """And one that was entered since the last page is known at once."""
    page = site.visitor("admin").get("/admin/people").get_data(as_text=True)
    assert "客服部" in page and ">KF<" not in page
    with office.work("admin", Act.PERSON_ADD) as unit:
        people.add_department(unit, "XM", "项目部", "Projects")
        people.add(unit, "newcomer", name="卫新人", department="XM", roles={Role.STAFF})

        people.add_department(unit, "KF", "客服部", "Customer Service")
    assert ">项目部<" in site.visitor("admin").get("/admin/people").get_data(as_text=True)
    site.visitor("admin").post("/language", {"to": "en", "back": "/"})
    page = site.visitor("admin").get("/admin/people").get_data(as_text=True)
    assert ">Projects<" in page and ">Customer Service<" in page


def test_perf_what_is_no_department_is_asked_for_once_in_a_request(words, monkeypatch):
    """A column of words that are no codes: one question for the page, not one for each cell."""
    asked = []
    monkeypatch.setattr(looks, "asking", lambda act: asked.append(act) or nullcontext())
    monkeypatch.setattr(looks.holdings, "department_names", lambda *_: {})
    assert [words().department(told) for told in ("客服", "工程", "保安")] == ["客服", "工程", "保安"]
    assert asked == [Act.RECORD_SEE]


def test_a_button_says_no_more_than_a_name(words):
    """Nothing after the first pause, no number of a form; what is left stands below the heading."""
    named = {path: words().verb_name(verb) for path, verb in verbs().items() if verb.open_to_all}
    assert [name for name in named.values() if re.search("[：；]|（F\\d", name)] == []
    assert words().verb_told(verbs()["request", "show"]) == "各行与各次审批意见"


def test_a_field_to_choose_in_is_not_called_by_its_choices(words):
    """«申请种类», not the whole list of what there is to choose from, which the field shows itself."""
    kind = verbs()["request", "ask"].ask("kind")
    assert kind is not None and words().field_name(kind) == "申请种类"


def test_what_has_no_number_is_confirmed_by_its_beginning():
    """Thirty-two signs without meaning are not to be typed again; a number of ours is typed whole."""
    assert doing.to_type("0f3a" * 8) == "0f3a0f3a"
    assert doing.to_type("XH2026-0001") == "XH2026-0001"
    assert doing.to_type(None) == ""
