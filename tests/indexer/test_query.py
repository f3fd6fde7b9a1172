"""What a question means, and what is said of one that cannot be read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import QueryTooLarge, QueryUnclear
from archive.words import Language
from indexer.query import EVERYTHING, And, Field, Not, Or, Term, parse, render, wanted

A, B, C = Term("甲"), Term("乙"), Term("丙")


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("甲", A),
        ("甲 乙", And((A, B))),
        ("甲 AND 乙", And((A, B))),
        ("甲 OR 乙 丙", Or((A, And((B, C))))),
        ("甲 或 乙", Or((A, B))),
        ("(甲 或 乙) 丙", And((Or((A, B)), C))),
        ("（甲 或 乙） 丙", And((Or((A, B)), C))),
        ("甲 NOT 乙", And((A, Not(B)))),
        ("甲 非 乙", And((A, Not(B)))),
        ("甲 -乙", And((A, Not(B)))),
        ("-甲", Not(A)),
        ("甲 -(乙 或 丙)", And((A, Not(Or((B, C)))))),
        ('"甲 乙"', Term("甲 乙")),
        ("“甲，乙”", Term("甲，乙")),
        ("A座1203装修", Term("A座1203装修")),
        ("HT-2019-0032", Term("HT-2019-0032")),
        ("K001*", Term("K001", prefix=True)),
        ("题名:甲", Term("甲", Field.TITLE)),
        ("題名：甲".replace("題", "题"), Term("甲", Field.TITLE)),
        ("Title:甲", Term("甲", Field.TITLE)),
        ("档号:K001*", Term("K001", Field.CODE, prefix=True)),
        ('code:"K001 ZY"', Term("K001 ZY", Field.CODE)),
        ("责任者:甲", Term("甲", Field.CREATOR)),
        ("文号:甲", Term("甲", Field.NUMBER)),
        ("正文:甲 text:乙", And((Term("甲", Field.BODY), Term("乙", Field.BODY)))),
        ("14:30", Term("14:30")),
        ("非住宅 或者", And((Term("非住宅"), Term("或者")))),
        ("甲 ， 乙", And((A, B))),
        ("", EVERYTHING),
        ("  ", EVERYTHING),
    ],
)
def test_rel_L3_a_question_means_this(query, tree):
    """
    Words are AND-ed; operators, quotes, brackets and fields exist in Chinese and English.
    """
    assert tree == parse(query)


@pytest.mark.parametrize(
    ("query", "reading"),
    [
        ("(甲 乙", "甲 乙"),
        ("甲)", "甲"),
        ("“甲 乙", '"甲 乙"'),
        ("甲 或", "甲"),
        ("OR 甲", "甲"),
        ("甲 NOT", "甲"),
        ("甲 - 乙", "甲 乙"),
        ("甲*乙", '"甲 乙"'),
        ("题名:", "题名"),
        ("题名:-甲", "NOT title:甲"),
        ("备注:甲", '"备注 甲"'),
        ("()", None),
        ("*", None),
        ("，。", None),
    ],
)
def test_a_slip_is_refused_with_the_nearest_reading(query, reading):
    """
    What cannot be read is not searched in some other way; the sentence offers what can be read.
    """
    with pytest.raises(QueryUnclear) as refused:
        parse(query)

    assert reading == refused.value.facts["reading"]
    assert (reading or "—") in refused.value.message(Language.ZH)
    assert (reading or "—") in refused.value.message(Language.EN)


ANY = st.text(st.sampled_from('甲乙A1 -*:：()（）"“”「」或非ORNTAD|，·题名\t'), max_size=60)


@settings(deadline=None, derandomize=True, max_examples=600)
@given(ANY)
def test_whatever_is_typed_is_read_or_refused_with_something_readable(query):
    """
    No text makes the reader fail; a reading offered can be read, and what was read can be written.
    """
    try:
        tree = parse(query)
    except QueryUnclear as unclear:
        reading = unclear.facts["reading"]
        tree = parse(reading) if reading else EVERYTHING

    assert tree == parse(render(tree))


@pytest.mark.parametrize(
    ("query", "what", "most"),
    [
        ("甲" * 2_001, "characters", 2_000),
        (" ".join("甲" * 65), "terms", 64),
        ("(" * 21 + "甲" + ")" * 21, "depth", 20),
        ("-" * 200 + "甲", "depth", 20),
    ],
)
def test_rel_L3_a_question_past_a_limit_is_refused(query, what, most):
    """
    Long, many-worded and deep questions are refused before anything is searched.
    """
    with pytest.raises(QueryTooLarge) as refused:
        parse(query)

    assert (what, most) == (refused.value.facts["what"], refused.value.facts["most"])
    assert str(most) in refused.value.message(Language.ZH)


@pytest.mark.parametrize("query", ["甲" * 2_000, " ".join("甲" * 64), "(" * 20 + "甲" + ")" * 20])
def test_rel_L3_a_question_at_a_limit_is_read(query):
    """
    The limit itself is still allowed.
    """
    assert parse(query) != EVERYTHING


def test_only_what_is_wanted_is_ranked_and_marked():
    """
    Terms under a negation are not looked for in a hit; a double negation is.
    """
    assert [A, C] == list(wanted(parse("甲 -乙 -(-丙)")))
