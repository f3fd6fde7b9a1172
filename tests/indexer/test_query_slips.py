"""What is said of a question that cannot be read: where it was, why, and the nearest one that can be."""

import re

import pytest

from archive.errors import QueryUnclear
from archive.words import Language, say, sentences
from indexer.question import query, slips
from indexer.question.query import parse
from indexer.question.slips import Fault, Slip, shown

ZH, EN = Language.ZH, Language.EN

#: Question, what was wrong, at which character, the nearest reading in Chinese.
SLIPS = [
    ("甲\x00乙", Fault.CONTROL, 2, "甲乙"),
    ("\x1b[31m甲", Fault.CONTROL, 1, "[31m甲"),
    ("甲 \u202e乙", Fault.CONTROL, 3, "甲 乙"),
    ("\x07", Fault.CONTROL, 1, None),
    ("\ud800甲", Fault.CONTROL, 1, "甲"),
    ("“甲 乙", Fault.UNCLOSED_QUOTE, 1, '"甲 乙"'),
    ('"甲 乙', Fault.UNCLOSED_QUOTE, 1, '"甲 乙"'),
    ('“甲 乙"', Fault.UNCLOSED_QUOTE, 1, '"甲 乙"'),
    ('"甲 乙” 丙', Fault.UNCLOSED_QUOTE, 1, '"甲 乙" 丙'),
    ("《装修 协议", Fault.UNCLOSED_QUOTE, 1, '"装修 协议"'),
    ('55"电视', Fault.UNCLOSED_QUOTE, 3, "55 电视"),
    ("甲”", Fault.UNOPENED_QUOTE, 2, "甲"),
    ("”甲 乙” 丙", Fault.UNOPENED_QUOTE, 1, '"甲 乙" 丙'),
    ("协议》", Fault.UNOPENED_QUOTE, 3, "协议"),
    ("(甲 乙", Fault.UNCLOSED_BRACKET, 1, "甲 乙"),
    ("甲（乙", Fault.UNCLOSED_BRACKET, 2, "甲 乙"),
    ("((甲 或 乙) 丙", Fault.UNCLOSED_BRACKET, 1, "(甲 或 乙) 丙"),
    ("甲)", Fault.UNOPENED_BRACKET, 2, "甲"),
    ("甲) 或 乙", Fault.UNOPENED_BRACKET, 2, "甲 乙"),
    ("1) 甲", Fault.UNOPENED_BRACKET, 2, "1 甲"),
    ("()", Fault.EMPTY_BRACKET, 1, None),
    ("甲 （，）", Fault.EMPTY_BRACKET, 3, "甲"),
    ("题名:()", Fault.EMPTY_BRACKET, 4, None),
    ("甲 或", Fault.LONE_OPERATOR, 3, "甲"),
    ("OR 甲", Fault.LONE_OPERATOR, 1, "甲"),
    ("甲 或 或 乙", Fault.LONE_OPERATOR, 5, "甲 或 乙"),
    ("甲 AND", Fault.LONE_OPERATOR, 3, "甲"),
    ("AND 甲", Fault.LONE_OPERATOR, 1, "甲"),
    ("甲 | ，", Fault.LONE_OPERATOR, 3, "甲"),
    ("甲 (或 乙)", Fault.LONE_OPERATOR, 4, "甲 乙"),
    ("甲 NOT", Fault.LONE_NOT, 3, "甲"),
    ("甲 非 或 乙", Fault.LONE_NOT, 3, "甲 或 乙"),
    ("甲 NOT AND 乙", Fault.LONE_NOT, 3, "甲 乙"),
    ("甲 -，", Fault.LONE_NOT, 3, "甲"),
    ("甲 - 乙", Fault.LONE_DASH, 3, "甲 乙"),
    ("甲 -", Fault.LONE_DASH, 3, "甲"),
    ("甲 –乙", Fault.LONG_DASH, 3, "甲 -乙"),
    ("甲 —乙", Fault.LONG_DASH, 3, "甲 -乙"),
    ("甲 or 乙", Fault.SMALL_OPERATOR, 3, "甲 或 乙"),
    ("甲 and 乙", Fault.SMALL_OPERATOR, 3, "甲 乙"),
    ("甲 Not 乙", Fault.SMALL_OPERATOR, 3, "甲 -乙"),
    ("*", Fault.STAR_ALONE, 1, None),
    ("甲 *", Fault.STAR_ALONE, 3, "甲"),
    ("，*", Fault.STAR_ALONE, 1, None),
    ("“——”*", Fault.STAR_ALONE, 1, None),
    ("题名:*", Fault.STAR_ALONE, 4, None),
    ("甲*乙", Fault.STAR_INSIDE, 1, "甲 乙"),
    ("*甲", Fault.STAR_INSIDE, 1, "甲"),
    ("题名:甲*乙*", Fault.STAR_INSIDE, 4, "题名:(甲 乙*)"),
    ("类别:ZX*", Fault.STAR_FACT, 4, "类别:ZX"),
    ("年度:202*", Fault.STAR_FACT, 4, "年度:2020..2029"),
    ("类别:*", Fault.STAR_FACT, 4, None),
    ("备注:甲", Fault.UNNAMED, 1, '"备注:甲"'),
    ("备注:甲*", Fault.UNNAMED, 1, '"备注:甲"*'),
    ("甲方：某公司 装修", Fault.UNNAMED, 1, '"甲方:某公司" 装修'),
    ('附件: "甲 乙"', Fault.UNNAMED, 1, '"附件:甲 乙"'),
    ("附件：", Fault.UNNAMED, 1, "附件"),
    ("日志:甲", Fault.UNNAMED, 1, '"日志:甲"'),
    ("提名:甲", Fault.MISNAMED, 1, "题名:甲"),
    ("题目：(甲 或 乙)", Fault.MISNAMED, 1, "题名:(甲 或 乙)"),
    ("titel:lease", Fault.MISNAMED, 1, "题名:lease"),
    ("作者:甲", Fault.MISNAMED, 1, "责任者:甲"),
    ("年份:2024", Fault.MISNAMED, 1, "年度:2024"),
    ("时间:2024-03", Fault.MISNAMED, 1, "日期:2024-03"),
    ("合同:HT-2019-0032", Fault.MISNAMED, 1, "合同号:HT-2019-0032"),
    ("题名 :甲", Fault.NO_COLON, 1, "题名:甲"),
    ("题名=甲", Fault.NO_COLON, 1, "题名:甲"),
    ("年度 >= 2020", Fault.NO_COLON, 1, "年度:2020.."),
    ("年度≤2020", Fault.NO_COLON, 1, "年度:..2020"),
    ("题名:", Fault.NO_VALUE, 1, None),
    ("甲 年度:", Fault.NO_VALUE, 3, "甲"),
    ("题名: 或 甲", Fault.NO_VALUE, 1, "甲"),
    ("类别:，", Fault.NO_VALUE, 4, None),
    ("题名:，", Fault.NO_WORD, 4, None),
    ("题名:(甲 档号:乙)", Fault.NESTED, 7, "题名:甲 档号:乙"),
    ("题名:-草稿", Fault.INNER_NOT, 1, "-题名:草稿"),
    ("年度:-2020", Fault.INNER_NOT, 1, "-年度:2020"),
    ("题名:甲|乙", Fault.SEVERAL, 4, "题名:(甲 或 乙)"),
    ("类别:ZX|HT|YH", Fault.SEVERAL, 4, "类别:(ZX 或 HT 或 YH)"),
    ("类别:ZX,HT", Fault.SEVERAL, 4, "类别:(ZX 或 HT)"),
    ("年度:2022、2024", Fault.SEVERAL, 4, "年度:(2022 或 2024)"),
    ("类别:(ZX HT -YH)", Fault.SEVERAL, 5, "类别:(ZX 或 HT) -类别:YH"),
    ("年度:>2020", Fault.SIGN, 4, "年度:2020.."),
    ("日期:<=2024-03", Fault.SIGN, 4, "日期:..2024-03"),
    ("年度:2024..2020", Fault.BACKWARDS, 4, "年度:2020..2024"),
    ("密级:机密..公开", Fault.BACKWARDS, 4, "密级:公开..机密"),
    ("日期:2025..2024-03", Fault.BACKWARDS, 4, "日期:2024-03..2025-12"),
    ("年度:abc", Fault.BAD_YEAR, 4, "abc"),
    ("年度:24", Fault.BAD_YEAR, 4, "年度:2024"),
    ("年度:2024-03", Fault.BAD_YEAR, 4, "年度:2024"),
    ("年度:20240", Fault.BAD_YEAR, 4, "20240"),
    ("年度:.. 甲", Fault.BAD_YEAR, 4, "甲"),
    ("日期:2024-13", Fault.BAD_DATE, 4, "日期:2024"),
    ("日期:2024-02-30", Fault.BAD_DATE, 4, "日期:2024-02"),
    ("日期:2024-13..2025", Fault.BAD_DATE, 4, "日期:2024..2025"),
    ("日期:上周 甲", Fault.BAD_DATE, 4, "上周 甲"),
    ("密级:绝密", Fault.BAD_LEVEL, 4, "密级:机密"),
    ("密级:秘密级", Fault.BAD_LEVEL, 4, "密级:秘密"),
    ("密级:confidental", Fault.BAD_LEVEL, 4, "密级:秘密"),
    ("密级:随便", Fault.BAD_LEVEL, 4, "随便"),
    ("，。", Fault.NOTHING, 1, None),
    ("——", Fault.NOTHING, 1, None),
]


def refusal(question):
    """The refusal of *question*."""
    with pytest.raises(QueryUnclear) as refused:
        parse(question)
    return refused.value


@pytest.mark.parametrize(("question", "fault", "at", "reading"), SLIPS, ids=[repr(row[0]) for row in SLIPS])
def test_a_slip_is_refused_with_its_place_its_reason_and_the_nearest_reading(question, fault, at, reading):
    """
    What cannot be read is not searched in some other way; the sentence says why and offers what can be read.
    """
    error = refusal(question)

    assert (fault, at) == (error.facts["why"].fault, error.facts["at"])
    assert reading == error.facts["reading"].text(ZH)
    for language in Language:
        message = error.message(language)
        assert error.facts["why"].told(language) in message
        assert (error.facts["reading"].text(language) or say("query.no-reading", language)) in message
        assert message.isprintable()


def silent(reader, rows):
    """The slips of *rows* that *reader* takes for questions."""
    found = []
    for question, *_ in rows:
        try:
            reader(question)
        except QueryUnclear:
            continue
        found.append(question)
    return found


def test_witness_a_reader_that_repairs_in_silence_is_caught():
    """
    The same trees, given back without a word, are seen by the check that every slip is refused.
    """

    def lenient(question):
        return query._Reader(question, []).question()

    assert [] == silent(parse, SLIPS)
    assert len(SLIPS) == len(silent(lenient, SLIPS))


def test_every_kind_of_slip_is_laid_down_and_has_its_sentence():
    """
    At least 60 slips, of every kind there is; each kind is told in both languages, without a loose end.
    """
    assert set(Fault) == {fault for _, fault, *_ in SLIPS}
    assert len(SLIPS) >= 60
    for language in Language:
        told = {key for key in sentences(language) if key.startswith("query.slip.")}
        assert told == {fault.word for fault in Fault}
        assert all(sentences(language)[key].endswith((".", "?", "。", "？")) for key in told)


def test_every_reading_can_be_typed_in_both_languages():
    """
    A reading offered is read without a slip and means the same in Chinese and in English.
    """
    readings = [refusal(question).facts["reading"] for question, *_ in SLIPS]

    assert all(parse(one.text(ZH)) == parse(one.text(EN)) == one.tree for one in readings if one.tree)


def test_the_sentences_as_they_are_read():
    """
    What a clerk reads: the place, the reason, the nearest reading, and that nothing was searched.
    """
    error = refusal("装修 提名:甲")

    assert error.message(ZH) == (
        "检索式「装修 提名:甲」从第 4 个字起读不通：没有名为「提名」的检索项，是否指「题名」？"
        "最接近的写法是「装修 题名:甲」；要照原文找的，请放进双引号。本次未检索，请改写后再试。"
    )
    assert error.message(EN) == (
        "The question “装修 提名:甲” cannot be read from character 4 on. There is nothing called “提名” to search in; is"
        " “title” meant? The nearest reading is “装修 title:甲”; words to be found as they stand go in double quotes."
        " Nothing was searched; rewrite it and try again."
    )
    assert "请输入要找的字词" in refusal("*").message(ZH)


def test_the_first_of_several_slips_is_told_and_all_are_repaired():
    """
    The reading is free of every slip, the reason is that of the leftmost.
    """
    error = refusal("(甲 –乙 提名:丙")

    assert (Fault.UNCLOSED_BRACKET, "甲 -乙 题名:丙") == (
        error.facts["why"].fault,
        error.facts["reading"].text(ZH),
    )


def test_a_long_question_is_told_in_part():
    """
    The sentence repeats the place of the slip and a little around it, not two thousand characters.
    """
    error = refusal("装修" * 500 + " “甲" + "乙" * 500)

    assert "…" in error.facts["query"]
    assert "“甲乙" in error.facts["query"]
    assert len(error.facts["query"]) <= 82


def test_witness_a_sentence_that_repeats_control_characters_is_caught(monkeypatch):
    """
    Without `shown`, what was typed would act on the screen.
    """
    typed = "“甲\x1b[2J\u202e乙"
    assert all(refusal(typed).message(language).isprintable() for language in Language)

    monkeypatch.setattr(slips, "shown", lambda text: text)
    monkeypatch.setattr(query, "CONTROL", re.compile("(?!)"))

    assert not refusal(typed).message(ZH).isprintable()


def test_a_character_without_a_glyph_is_shown_as_one():
    """
    Line ends become blanks, all that does not print one mark each.
    """
    assert "甲 乙\ufffd\ufffd丙" == shown("甲\n乙\ue000\u202e丙")
    assert "\ufffd" in Slip(Fault.UNNAMED, 0, "甲\u0600").told(ZH)
