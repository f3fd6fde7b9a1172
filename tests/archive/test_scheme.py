"""The class tree and schedule say what was reviewed."""

import copy
from collections import Counter
from pathlib import Path

import pytest

from archive import scheme, tables
from archive.errors import ClassUnknown
from archive.scheme_page import page
from archive.values import Family, Level, Period, PeriodKind, Trigger, UseMode
from archive.words import Language

KNOWN = scheme.load()
CODES = [rule.code for rule in KNOWN.classes]

# The schedule a second time, as the trade writes it and reviewed line by line:
# class, period (/ other periods inside it), start, level, use (阅借复禁, * owners look), keeper, disposition.
REVIEWED = """
WS·ZC D10/D30     FORMED         公 阅    秘书 D
WS·PF D30/Y       FORMED         内 阅    秘书 D
WS·GS D10/Y       FORMED         内 阅    秘书 R
WS·HY D30         FORMED         内 阅    秘书 D
WS·LD Y           YEAR_END       内 阅    部   R
WS·BG D10         FORMED         内 阅    部   D
WS·NB D10         FORMED         内 阅    部   D
WS·LW D10/D30     FORMED         内 阅    秘书 D
WS·DW D30         FORMED         内 阅    部   D
WS·ZZ Y           SUPERSEDED     内 阅    秘书 R
WS·DJ D30         YEAR_END       内 阅    部   D
WS·DA Y/D30/D10   FORMED         内 阅    部   R
WS·MM D30         FORMED         秘 禁    秘书 D
YH·01 D30         TENANCY_END    秘 禁→阅 部   T/D
YH·02 D3          TENANCY_END    秘 禁    部   D
YH·03 D5          TENANCY_END    秘 禁→阅 部   D
YH·04 D10         FORMED         秘 阅    部   D
YH·05 D10/D5      CASE_CLOSED    内 借    部   D
YH·06 D10/D30     CASE_CLOSED    秘 阅    部   D
YH·07 D30         TENANCY_END    秘 禁→阅 部   D
YH·08 D10         CASE_CLOSED    秘 禁→阅 部   D
YH·09 E           SERVICE_END    秘 禁    部   T
YH·10 D10         CONTRACT_END   秘 阅    部   D
ZX·01 D30         ACCEPTANCE     秘 阅    部   T
ZX·02 D30         ACCEPTANCE     内 借    部   T
ZX·03 D30         ACCEPTANCE     秘 阅    部   T
ZX·04 D30         ACCEPTANCE     秘 阅    部   T
ZX·05 D30         ACCEPTANCE     秘 阅    部   T
ZX·06 D30         ACCEPTANCE     秘 阅    部   T
ZX·07 D1          ACCEPTANCE     秘 阅    部   D
HT·01 Y           CONTRACT_END   秘 阅    秘书 T/R
HT·02 D30         CONTRACT_END   秘 阅    秘书 D
HT·03 D10/D30     CONTRACT_END   内 阅    秘书 D
HT·04 D10         CONTRACT_END   内 阅    秘书 D
HT·05 D10         CONTRACT_END   内 阅    秘书 D
HT·06 E           SERVICE_END    内 阅*   秘书 T
HT·07 D10         CONTRACT_END   秘 阅    部   D
HT·08 D30         CONTRACT_END   秘 禁→阅 部   D
FW·01 D3          YEAR_END       内 借    部   D
FW·02 D30         CASE_CLOSED    秘 阅    部   R
FW·03 D3/D10      YEAR_END       内 借    部   D
FW·04 D1          YEAR_END       内 禁→阅 部   D
FW·05 D10/D30     YEAR_END       内 借    部   D
FW·06 D5          YEAR_END       公 借    部   D
FW·07 D3          YEAR_END       公 借    部   D
WG·01 D3          YEAR_END       内 借    部   D
WG·02 D3          YEAR_END       内 借    部   D
WG·03 D3          YEAR_END       内 借    部   D
WG·04 D3          YEAR_END       内 借    部   D
WG·05 D3          YEAR_END       内 借    部   D
WG·06 D10/E       YEAR_END       内 借*   部   T
WG·07 D5/D3       CONTRACT_END   内 阅    部   D
WG·08 D10         YEAR_END       公 阅*   部   T
AQ·01 D10/E       YEAR_END       内 阅    部   T/D
AQ·02 T90         FORMED         秘 禁    部   D
YS·01 D3          YEAR_END       内 阅    部   D
YS·02 D10         CASE_CLOSED    秘 禁→阅 部   D
CJ·01 E           SERVICE_END    内 复*   部   T
CJ·02 E           SERVICE_END    内 阅*   部   T
ZL·01 D10         SUPERSEDED     内 借    部   D
ZL·02 D5          YEAR_END       内 借    部   D
RS·01 D30         EMPLOYMENT_END 机 禁    人事 D
RS·02 D3          YEAR_END       内 阅    部   D
ZP·01 D30         YEAR_END       内 复    部   R
LX·01 D30         YEAR_END       内 复    部   R
KU·01 D30         YEAR_END       秘 阅    财务 D
KU·02 D30         YEAR_END       秘 阅    财务 D
KU·03 D10         YEAR_END       秘 阅    财务 D
KU·04 Y           YEAR_END       秘 阅    财务 D
KU·05 D10         YEAR_END       秘 阅    财务 D
KU·06 D5          CASE_CLOSED    秘 阅    财务 D
KU·07 D30         YEAR_END       秘 阅    财务 D
KU·08 Y           YEAR_END       秘 阅    财务 R
ZK·01 E           SUPERSEDED     公 借    部   D
QT    D10         FORMED         内 阅    部   D
"""


def as_the_trade_writes(rule: scheme.ClassRule) -> list[str]:
    use = {"READ_ON_SITE": "阅", "LOAN_IN_COMPANY": "借", "LOAN_COPIES": "复", "CLOSED": "禁"}
    keeper = {"SECRETARY": "秘书", "DEPARTMENT": "部", "HR": "人事", "FINANCE": "财务"}
    opened = "→" + use[rule.opens_to] if rule.opens_to else ""
    return [
        rule.code,
        "/".join([rule.period.code, *(variant.period.code for variant in rule.variants)]),
        rule.trigger.value,
        {0: "公", 10: "内", 20: "秘", 30: "机"}[rule.level],
        use[rule.use_mode] + opened + ("*" if rule.owners_access else ""),
        keeper[rule.custody],
        ("T/" if rule.then_transfer else "") + rule.disposition.value[0],
    ]


def test_the_schedule_equals_its_reviewed_second_form():
    """
    Period, start, level, use, keeper and disposition of every class are what was reviewed.
    """
    reviewed = [line.split() for line in REVIEWED.strip().splitlines()]

    assert reviewed == [as_the_trade_writes(rule) for rule in KNOWN.classes]


def test_the_reviewed_form_notices_one_changed_number():
    """
    Witness: a tree in which duty logs are kept five years instead of three is not the reviewed one.
    """
    table = copy.deepcopy(tables.shipped("classes.toml"))
    next(row for row in table["class"] if row["code"] == "FW·01")["period"] = "D5"
    changed = scheme.parse(table)

    assert as_the_trade_writes(changed.rule("FW·01")) not in [
        line.split() for line in REVIEWED.strip().splitlines()
    ]


def test_each_series_has_its_classes():
    """
    The default tree holds all families, no class more or less.
    """
    expected = {
        "WS": 13, "YH": 10, "ZX": 7, "HT": 8, "FW": 7, "WG": 8, "AQ": 2, "YS": 2,
        "CJ": 2, "ZL": 2, "RS": 2, "ZP": 1, "LX": 1, "KU": 8, "ZK": 1, "QT": 1,
    }  # fmt: skip

    assert expected == dict(Counter(rule.series for rule in KNOWN.classes))
    assert list(expected) == [one.code for one in KNOWN.series]


@pytest.mark.parametrize("rule", KNOWN.classes, ids=CODES)
def test_inv_V2_every_class_has_names_a_rule_and_clauses(rule):
    """
    V2, R55: a class is named in Chinese and English and its content, use and number each rest on a clause.
    """
    assert rule.zh and rule.en and rule.en.isascii()
    assert any("一" <= letter <= "鿿" for letter in rule.zh)
    assert rule.period.kind in PeriodKind and rule.trigger in Trigger
    assert rule.content and rule.use and rule.number


def test_req_R36_no_administrative_paper_is_ever_lent():
    """
    R36: the whole series WS is read on site, or closed.
    """
    modes = {rule.use_mode for rule in KNOWN.under("WS")}

    assert {UseMode.READ_ON_SITE, UseMode.CLOSED} == modes


def test_req_R50_tenant_papers_are_confidential_but_for_repairs():
    """
    R50: occupant records stand at 秘密, except repair slips that go round the workshop.
    """
    open_ones = [rule.code for rule in KNOWN.under("YH") if rule.level < Level.CONFIDENTIAL]

    assert ["YH·05"] == open_ones


def test_req_R49_personnel_files_are_closed_even_to_their_keepers():
    """
    R49, V10: RS·01 and nothing else.
    """
    assert ["RS·01"] == [rule.code for rule in KNOWN.classes if rule.custodians_closed]
    assert KNOWN.rule("RS·01").level is Level.SECRET


def test_req_R20_only_letters_from_outside_are_kept_by_party_and_external():
    """
    R20, V6: each outside unit its own volumes.
    """
    assert ["WS·LW"] == [rule.code for rule in KNOWN.classes if rule.external]


def test_req_R22_everything_confidential_stands_locked():
    """
    R22: locked exactly from 秘密 upwards.
    """
    assert {rule.code for rule in KNOWN.classes if rule.level >= 20} == {
        r.code for r in KNOWN.classes if r.locked
    }


def test_the_families_carry_their_typed_fields():
    """
    Tenant, fit-out, contract and correspondence fields go with their classes.
    """
    by_family = {family: {r.code for r in KNOWN.classes if r.family is family} for family in Family}

    assert {"WS·LW", "WS·DW", "YH·04"} == by_family[Family.CORRESPONDENCE]
    assert {f"YH·{n:02}" for n in range(1, 11)} - {"YH·04"} == by_family[Family.TENANT]
    assert {f"ZX·{n:02}" for n in range(1, 8)} == by_family[Family.FIT_OUT]
    assert {f"HT·{n:02}" for n in range(1, 9)} == by_family[Family.CONTRACT]


def test_the_longer_period_inside_a_class_is_found():
    """
    `period_important` is the longest variant, and none where all variants are shorter.
    """
    assert Period.parse("D30") == KNOWN.rule("WS·ZC").period_important
    assert Period.parse("Y") == KNOWN.rule("WS·PF").period_important
    assert Period.parse("E") == KNOWN.rule("AQ·01").period_important
    assert KNOWN.rule("YH·05").period_important is None
    assert KNOWN.rule("WS·HY").period_important is None


def test_series_numbers_and_templates_spell_the_reference_codes_of_the_trade():
    """
    DA/T 13-2022: `WS`, `ZY·YH`, and the four shapes of code.
    """
    number = {one.code: one.number for one in KNOWN.series}
    facts = {"fonds": "K001", "year": 2025, "department": "KF", "premises": "A1203", "volume": 12, "item": 3}

    def spelt(code: str) -> str:
        rule = KNOWN.rule(code)
        return KNOWN.templates[rule.template].format(
            series=number[rule.series], period=rule.period.code, **facts
        )

    assert "K001-WS·2025·D10·KF-0003" == spelt("WS·NB")
    assert "K001-ZY·YH·A1203-0012-003" == spelt("YH·01")
    assert "K001-ZY·ZX·2025·D30-0012-003" == spelt("ZX·02")
    assert "K001-ZY·HT·2025·D10-0012-003" == spelt("HT·03")
    assert "K001-RS-0012-003" == spelt("RS·01")


def test_an_unknown_class_is_refused_with_the_nearest_one():
    """
    A slip of the pen gets a suggestion.
    """
    with pytest.raises(ClassUnknown) as refused:
        KNOWN.rule("YH01")

    assert {"code": "YH01", "suggestion": "YH·01"} == refused.value.facts


def test_docs_schedule_is_current():
    """
    docs/schedule.md, where people review the tree, is the tree.
    """
    written = Path(__file__).parents[2].joinpath("docs", "schedule.md").read_text("utf-8")

    assert written == page(), "run: python -m archive.scheme_page > docs/schedule.md"


def test_the_page_shows_every_class_and_mark():
    """
    Witness: a changed number changes the page.
    """
    lines = {line.split(" | ")[0][2:]: line for line in page().splitlines() if line.startswith("| ")}

    assert set(CODES) <= set(lines)
    assert "个限锁" in lines["YH·02"] and "个锁隐" in lines["RS·01"]


def test_clauses_are_told_to_people_by_the_names_of_their_laws_each_once():
    """Requirements and regulations keep their numbers; what is only proposed or customary says so."""
    clauses = "house house trade R74 PIPL-19"

    assert "本方案建议；行业惯例；R74；PIPL-19 个人信息保护法" == scheme.cited(clauses, Language.ZH)
    assert scheme.cited(clauses, Language.EN).startswith(
        "proposed by this scheme; trade practice; R74; PIPL-19 "
    )
    assert "" == scheme.cited("", Language.ZH)
