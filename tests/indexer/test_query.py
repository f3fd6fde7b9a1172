"""What a question means: a table of questions and their trees."""

import pytest

from archive.values import Level
from indexer.question import lexing, query
from indexer.question.query import parse
from indexer.question.tree import EVERYTHING, And, Column, Field, Not, Or, Term, Where, wanted

A, B, C = Term("甲"), Term("乙"), Term("丙")
TITLE = Field.TITLE


def titled(text, *, prefix=False):
    return Term(text, TITLE, prefix)


def level(least, most=None):
    return Where(Column.LEVEL, least, most)


def year(least, most=None):
    return Where(Column.YEAR, least, most)


def date(least, most=None):
    return Where(Column.DATE, least, most)


WORDS = [
    ("甲", A),
    ("甲 乙", And((A, B))),
    ("甲\t乙\n丙", And((A, B, C))),
    ("甲　乙", And((A, B))),
    ("  甲  ", A),
    ("甲 ， 乙", And((A, B))),
    ("甲 — 乙", And((A, B))),
    ("A座1203装修", Term("A座1203装修")),
    ("HT-2019-0032", Term("HT-2019-0032")),
    ("粤B-12K3N", Term("粤B-12K3N")),
    ("28,000", Term("28,000")),
    ("14:30", Term("14:30")),
    ("1:100", Term("1:100")),
    ("A座1203:装修", Term("A座1203:装修")),
    ("https://example.com/a", Term("https://example.com/a")),
    ("A&B公司", Term("A&B公司")),
    ("甲+乙", Term("甲+乙")),
    ("——甲", Term("——甲")),
    ("\u200b甲\ufeff乙\xad", Term("甲乙")),
    ("甲\ufe0f", A),
    ("", EVERYTHING),
    ("  \u3000", EVERYTHING),
    ("\u200b", EVERYTHING),
]

PHRASES = [
    ('"甲 乙"', Term("甲 乙")),
    ('"甲   乙\n丙"', Term("甲 乙 丙")),
    ("＂甲 乙＂", Term("甲 乙")),
    ("“甲，乙”", Term("甲，乙")),
    ("「甲 乙」", Term("甲 乙")),
    ("『甲 乙』", Term("甲 乙")),
    ("《装修 协议》", Term("装修 协议")),
    ("〈装修 协议〉", Term("装修 协议")),
    ("《关于“装修”的通知》", Term("关于“装修”的通知")),
    ('"甲 (乙) 或 -丙*"', Term("甲 (乙) 或 -丙*")),
    ('"题名:甲"', Term("题名:甲")),
    ('"-1层"', Term("-1层")),
    ('"或"', Term("或")),
    ('"or"', Term("or")),
    ('甲"乙 丙"', And((A, Term("乙 丙")))),
    ('"" 甲', A),
    ("关于“装修”的通知", Term("关于“装修”的通知")),
    ("“装修”的通知", Term("“装修”的通知")),
    ("关于《装修协议》的补充", Term("关于《装修协议》的补充")),
    ("和园客（2026）3号", Term("和园客（2026）3号")),
    ("（2024）粤01民初123号", Term("（2024）粤01民初123号")),
    ("和园客(2026)3号*", Term("和园客(2026)3号", prefix=True)),
    ("甲（“乙”）丙", Term("甲（“乙”）丙")),
    ("“甲”“乙”", And((A, B))),
    ("“甲”、“乙”", And((A, B))),
    ("“甲 乙”*", Term("甲 乙", prefix=True)),
]

OPERATORS = [
    ("甲 AND 乙", And((A, B))),
    ("甲 && 乙", And((A, B))),
    ("甲 OR 乙", Or((A, B))),
    ("甲 或 乙", Or((A, B))),
    ("甲 ＯＲ 乙", Or((A, B))),
    ("甲 | 乙", Or((A, B))),
    ("甲|乙", Or((A, B))),
    ("甲｜乙", Or((A, B))),
    ("甲 || 乙", Or((A, B))),
    ("甲 OR 乙 丙", Or((A, And((B, C))))),
    ("甲 乙 或 丙", Or((And((A, B)), C))),
    ("(甲 或 乙) 丙", And((Or((A, B)), C))),
    ("（甲 或 乙） 丙", And((Or((A, B)), C))),
    ("（甲 或 乙)丙", And((Or((A, B)), C))),
    ("(甲)或(乙)", Or((A, B))),
    ("“甲”或“乙”", Or((A, B))),
    ("甲 或（乙）", Or((A, B))),
    ("甲(乙|丙)", And((A, Or((B, C))))),
    ("装修(甲 或 乙)", And((Term("装修"), Or((A, B))))),
    ("甲 NOT 乙", And((A, Not(B)))),
    ("甲 非 乙", And((A, Not(B)))),
    ("甲 AND NOT 乙", And((A, Not(B)))),
    ("甲 -乙", And((A, Not(B)))),
    ("甲 －乙", And((A, Not(B)))),
    ("甲 −乙", And((A, Not(B)))),
    ('甲 -"乙 丙"', And((A, Not(Term("乙 丙"))))),
    ("-甲", Not(A)),
    ("非甲", Term("非甲")),
    ("甲 -(乙 或 丙)", And((A, Not(Or((B, C)))))),
    ("甲 非（乙 丙）", And((A, Not(And((B, C)))))),
    ("-(-甲)", Not(Not(A))),
    ("甲 或 -乙", Or((A, Not(B)))),
    ("非住宅 或者", And((Term("非住宅"), Term("或者")))),
    ("非机动车停放", Term("非机动车停放")),
    ("押金或保证金", Term("押金或保证金")),
    ("业主 和 租户", And((Term("业主"), Term("和"), Term("租户")))),
    ("ORANGE NOTE ANDY", And((Term("ORANGE"), Term("NOTE"), Term("ANDY")))),
    ("((甲))", A),
    ("K001*", Term("K001", prefix=True)),
    ("装修＊", Term("装修", prefix=True)),
    ("装修**", Term("装修", prefix=True)),
    ("-草稿*", Not(Term("草稿", prefix=True))),
]

FIELDS = [
    *[(f"{name}:甲", Term("甲", field)) for field, names in {
        Field.TITLE: "题名 标题 title", Field.CODE: "档号 code", Field.CREATOR: "责任者 creator",
        Field.NUMBER: "文号 发文字号 number", Field.UNIT: "单元 房号 unit", Field.CONTRACT: "合同号 contract",
        Field.NAMES: "名称 姓名 业户 names name", Field.BODY: "正文 全文 text body",
    }.items() for name in names.split()],
    ("题名：甲", titled("甲")),
    ("題名：甲", titled("甲")),
    ("檔號:甲", Term("甲", Field.CODE)),
    ("Title:甲", titled("甲")),
    ("ＴＩＴＬＥ：甲", titled("甲")),
    ("题名: 甲", titled("甲")),
    ("题名： 甲 乙", And((titled("甲"), B))),
    ("题名:甲乙 丙", And((titled("甲乙"), C))),
    ("题名:14:30", titled("14:30")),
    ("题名://甲", titled("//甲")),
    ("档号:K001*", Term("K001", Field.CODE, prefix=True)),
    ('code:"K001 ZY"', Term("K001 ZY", Field.CODE)),
    ("题名:《甲 乙》", titled("甲 乙")),
    ("文号:（2024）粤01民初123号", Term("（2024）粤01民初123号", Field.NUMBER)),
    ("文号:和园客〔2026〕3号", Term("和园客〔2026〕3号", Field.NUMBER)),
    ("-题名:草稿", Not(titled("草稿"))),
    ("NOT title:草稿", Not(titled("草稿"))),
    ("题名:(甲 或 乙)", Or((titled("甲"), titled("乙")))),
    ("题名：（甲 OR 乙）", Or((titled("甲"), titled("乙")))),
    ("题名:(甲 -乙)", And((titled("甲"), Not(titled("乙"))))),
    ('题名:("甲 乙" 或 丙*)', Or((titled("甲 乙"), titled("丙", prefix=True)))),
    ("-题名:(甲 或 乙)", Not(Or((titled("甲"), titled("乙"))))),
    ("题名:((甲 或 乙) 丙) 甲", And((And((Or((titled("甲"), titled("乙"))), titled("丙"))), A))),
    ("正文:甲 text:乙", And((Term("甲", Field.BODY), Term("乙", Field.BODY)))),
]  # fmt: skip

FACTS = [
    *[(f"{name}:甲", Where(column, "甲")) for column, names in {
        Column.KIND: "种类 kind", Column.CLASS: "类别 分类 class 類別", Column.FAMILY: "门类 family",
        Column.DEPARTMENT: "部门 department", Column.PLACE: "位置 库位 place", Column.STATE: "状态 state",
    }.items() for name in names.split()],
    *[(f"{name}:2024", year(2024, 2024)) for name in ("年度", "年", "year", "YEAR")],
    *[(f"{name}:秘密", level(Level.CONFIDENTIAL, Level.CONFIDENTIAL)) for name in ("密级", "level", "密級")],
    *[(f"{name}:2024-03-05", date("2024-03-05", "2024-03-05")) for name in ("日期", "date")],
    ("类别:ZX·02", Where(Column.CLASS, "ZX·02")),
    ("类别:装修", Where(Column.CLASS, "装修")),
    ('类别:"装修、验收"', Where(Column.CLASS, "装修、验收")),
    ("位置:R1/C2", Where(Column.PLACE, "R1/C2")),
    ("种类:案卷", Where(Column.KIND, "案卷")),
    ("kind:item", Where(Column.KIND, "item")),
    ("年度：2024", year(2024, 2024)),
    ("年度:２０２４", year(2024, 2024)),
    ("年度:2024年", year(2024, 2024)),
    ("年度:2024年度", year(2024, 2024)),
    ("年度:二〇二四", year(2024, 2024)),
    ("年度:二○二四年", year(2024, 2024)),
    ('年度:"2024"', year(2024, 2024)),
    ("年度:2020..2024", year(2020, 2024)),
    ("年度:2020…2024", year(2020, 2024)),
    ("年度:2020～2024", year(2020, 2024)),
    ("年度:2020至2024", year(2020, 2024)),
    ("年度:2020到2024", year(2020, 2024)),
    ("年度:2020-2024", year(2020, 2024)),
    ("年度:2020—2024", year(2020, 2024)),
    ("年度:2020..", year(2020)),
    ("年度:..2024", Where(Column.YEAR, None, 2024)),
    ("密级:公开", level(Level.PUBLIC, Level.PUBLIC)),
    ("密级:机", level(Level.SECRET, Level.SECRET)),
    ("密级:機密", level(Level.SECRET, Level.SECRET)),
    ("level:Internal", level(Level.INTERNAL, Level.INTERNAL)),
    ("密级:秘密..", level(Level.CONFIDENTIAL)),
    ("密级:..内部", level(None, Level.INTERNAL)),
    ("密级:内部..秘密", level(Level.INTERNAL, Level.CONFIDENTIAL)),
    ("日期:2024", date("2024-01-01", "2024-12-31")),
    ("日期:2024-02", date("2024-02-01", "2024-02-29")),
    ("日期:2024年3月", date("2024-03-01", "2024-03-31")),
    ("日期:2024年3月5日", date("2024-03-05", "2024-03-05")),
    ("日期:2024..2025", date("2024-01-01", "2025-12-31")),
    ("日期:2024-2025", date("2024-01-01", "2025-12-31")),
    ("日期:二〇二五年三月", date("2025-03-01", "2025-03-31")),
    ("日期:2024-01-05..", date("2024-01-05")),
    ("日期:..2025", Where(Column.DATE, None, "2025-12-31")),
    ("日期:2024年3月至2024年5月", date("2024-03-01", "2024-05-31")),
    ("类别:(ZX 或 HT)", Or((Where(Column.CLASS, "ZX"), Where(Column.CLASS, "HT")))),
    ("类别:(ZX | HT)", Or((Where(Column.CLASS, "ZX"), Where(Column.CLASS, "HT")))),
    ("-类别:ZX", Not(Where(Column.CLASS, "ZX"))),
    ("类别:(ZX -ZX·02)", And((Where(Column.CLASS, "ZX"), Not(Where(Column.CLASS, "ZX·02"))))),
    ("年度:(2020.. ..2024)", And((year(2020), Where(Column.YEAR, None, 2024)))),
    ("-年度:(2023 或 2024)", Not(Or((year(2023, 2023), year(2024, 2024))))),
    (
        "装修 类别:ZX 年度:2023.. -草稿",
        And((Term("装修"), Where(Column.CLASS, "ZX"), year(2023), Not(Term("草稿")))),
    ),
    (
        "(押金 或 保证金) 题名:收据* 密级:..内部 -状态:已销毁",
        And((
            Or((Term("押金"), Term("保证金"))), titled("收据", prefix=True), level(None, Level.INTERNAL),
            Not(Where(Column.STATE, "已销毁")),
        )),
    ),
]  # fmt: skip

TABLE = [*WORDS, *PHRASES, *OPERATORS, *FIELDS, *FACTS]


def misread(reader, rows):
    """The questions of *rows* that *reader* does not read as they are meant."""
    return [question for question, tree in rows if reader(question) != tree]


@pytest.mark.parametrize(("question", "tree"), TABLE, ids=[repr(question) for question, _ in TABLE])
def test_rel_L3_a_question_means_this(question, tree):
    """
    Words are AND-ed; operators, quotation marks, brackets, fields and facts exist in Chinese and English.
    """
    assert tree == parse(question)


def test_the_table_is_no_short_one():
    """
    At least 120 different questions are laid down.
    """
    assert 120 <= len({question for question, _ in TABLE}) == len(TABLE)


def test_witness_an_operator_within_a_word_is_caught():
    """
    A reader that cuts words at 或 and 非 misreads the table.
    """

    rows = [row for row in OPERATORS if row[0] in {"非机动车停放", "押金或保证金", "甲 或 乙"}]

    def cutting(question):
        return parse(question.replace("或", " 或 ").replace("非", " 非 "))

    assert [] == misread(parse, rows)
    assert {"非机动车停放", "押金或保证金"} == set(misread(cutting, rows))


@pytest.mark.parametrize(
    ("rule", "questions"),
    [
        ("run", {"和园客（2026）3号", "关于“装修”的通知"}),
        ("minus", {"甲 -乙", "-甲"}),
        ("pipe", {"甲|乙"}),
        ("name", {"题名:甲", "年度:2024"}),
        ("quoted", {'"甲 乙"', "《装修 协议》"}),
    ],
)
def test_witness_a_rule_left_out_is_caught(monkeypatch, rule, questions):
    """
    Without one of its rules the lexer misreads the table.
    """
    left = tuple(one for one in lexing._RULES if one.__name__ != rule)
    monkeypatch.setattr(lexing, "_RULES", (*left, _anything))

    assert questions <= set(misread(lambda question: query._Reader(question, []).question(), TABLE))


def _anything(lexer):
    """Takes one character, so that a lexer that lacks a rule comes to an end."""
    return lexer._put(lexing.Kind.WORD, lexer.at + 1)


def test_only_what_is_wanted_is_ranked_and_marked():
    """
    Terms under a negation are not looked for in a hit; a double negation is, and no condition is a term.
    """
    assert [A, C] == list(wanted(parse("甲 -乙 -(-丙) 年度:2024")))
