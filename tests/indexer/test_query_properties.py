"""Whatever is typed is read or refused, whatever is read can be written, and nothing takes long."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import QueryTooLarge, QueryUnclear
from archive.values import Level
from archive.words import Language
from indexer.language.analysis import phrase
from indexer.question import naming, query, rendering
from indexer.question.query import parse, render
from indexer.question.tree import EVERYTHING, And, Column, Field, Not, Or, Term, Where

ZH, EN = Language.ZH, Language.EN
TYPED = settings(deadline=None, derandomize=True, max_examples=250)

# --- whatever is typed ------------------------------------------------------------------------

ANY = st.text(
    st.sampled_from('甲乙A12 -–*:：=>()（）"“”「」《》或非ORNTAD|，、·.至题名年度密级\t\x00\u202e\u200b'),
    max_size=60,
)


@TYPED
@given(ANY | st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused_with_something_readable(question):
    """
    No text makes the reader fail; a reading offered can be read, and what was read can be written.
    """
    try:
        tree = parse(question)
    except QueryUnclear as unclear:
        assert all(unclear.message(language).isprintable() for language in Language)
        tree = unclear.facts["reading"].tree or EVERYTHING

    assert unlike(render, [tree]) == []


# --- whatever is read -------------------------------------------------------------------------

TEXT = st.one_of(
    st.sampled_from(["或", "NOT", "or", "-1层", "甲*乙", "题名:甲", "（甲）乙", "“甲”", "//甲", "甲 乙", "甲|乙", "–甲", "*甲", "2024.."]),
    st.text(st.sampled_from("甲乙丙A1-–*:：(（)）“”「」《》|｜或非.,、＂/>= "), min_size=1, max_size=8),
).map(lambda text: " ".join(text.split())).filter(phrase)  # fmt: skip
TERMS = st.builds(Term, TEXT, st.none() | st.sampled_from(Field), st.booleans())
PLAIN = sorted(set(Column) - {Column.YEAR, Column.DATE, Column.LEVEL})
DAYS = st.dates().filter(lambda day: 1900 <= day.year <= 2099).map(str) | st.sampled_from(
    ["2024-01-01", "2024-02-01", "2024-02-29", "2024-12-31", "2025-12-31"]
)


def bounds(column, values):
    """Conditions on an ordered fact: closed, or open at one end."""

    def made(ends, left):
        least, most = sorted(ends)
        return Where(column, None if left == 1 else least, None if left == 2 else most)

    return st.builds(made, st.tuples(values, values), st.integers(0, 2))


CONDITIONS = st.one_of(
    st.builds(Where, st.sampled_from(PLAIN), TEXT),
    bounds(Column.YEAR, st.integers(1000, 2999)),
    bounds(Column.LEVEL, st.sampled_from([int(one) for one in Level])),
    bounds(Column.DATE, DAYS),
)
SIDES = {"min_size": 2, "max_size": 3}


def alike(target):
    """Several words of one field, or values of one fact, side by side or as alternatives."""
    words = st.builds(Term, TEXT, st.just(target), st.booleans())
    leaves = words if isinstance(target, Field) else st.builds(Where, st.just(target), TEXT)
    return st.builds(
        lambda kind, parts: kind(tuple(parts)), st.sampled_from([And, Or]), st.lists(leaves, **SIDES)
    )


TREES = st.recursive(
    TERMS | CONDITIONS,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, **SIDES).map(lambda parts: And(tuple(parts))),
        st.lists(inner, **SIDES).map(lambda parts: Or(tuple(parts))),
        st.sampled_from([*Field, *PLAIN]).flatmap(alike),
    ),
    max_leaves=12,
)


def unlike(write, trees):
    """Those of *trees* that, as *write* writes them in some language, are not read as they were."""
    found = []
    for tree in trees:
        try:
            again = [parse(write(tree, language)) for language in Language]
        except QueryUnclear:
            again = []
        if again != [tree, tree]:
            found.append(tree)
    return found


@TYPED
@given(TREES)
def test_whatever_is_meant_can_be_written_and_is_read_as_it_was(tree):
    """
    `parse(render(tree)) == tree` in Chinese and in English, for words, phrases, conditions, groups and negations.
    """
    assert unlike(render, [tree]) == []


A, B, C = Term("甲", Field.TITLE), Term("题名:乙"), Where(Column.CLASS, "ZX、HT")
SAMPLES = [
    Or((And((A, B)), C)),
    And((Or((A, B)), C)),
    Not(And((A, B))),
    A,
    B,
    C,
    Not(Not(A)),
    Or((A, A)),
    Term("a*b"),
]


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("_bare", lambda *_: True),
        ("_name", lambda *_: ""),
        ("_written", lambda tree, language, **_: " ".join(map(str, getattr(tree, "parts", [tree])))),
    ],
)
def test_witness_a_rendering_without_quotes_names_or_brackets_is_caught(monkeypatch, name, broken):
    """
    The same comparison sees each of them missing.
    """
    assert unlike(render, SAMPLES) == []

    monkeypatch.setattr(rendering, name, broken)

    assert unlike(render, SAMPLES) != []


@pytest.mark.parametrize(
    ("tree", "zh", "en"),
    [
        (EVERYTHING, "", ""),
        (Not(A), "-题名:甲", "-title:甲"),
        (Or((Term("甲"), Term("乙"))), "甲 或 乙", "甲 OR 乙"),
        (Or((A, A)), "题名:(甲 或 甲)", "title:(甲 OR 甲)"),
        (And((Or((Term("甲"), Term("乙"))), A)), "(甲 或 乙) 题名:甲", "(甲 OR 乙) title:甲"),
        (Where(Column.LEVEL, 20), "密级:秘密..", "level:confidential.."),
        (Where(Column.DATE, "2024-01-01", "2024-12-31"), "日期:2024", "date:2024"),
        (Where(Column.DATE, "2024-03-01", "2024-05-31"), "日期:2024-03..2024-05", "date:2024-03..2024-05"),
        (
            Where(Column.DATE, "2024-03-02", "2024-05-31"),
            "日期:2024-03-02..2024-05-31",
            "date:2024-03-02..2024-05-31",
        ),
        (Where(Column.DATE, None, "2024-05-31"), "日期:..2024-05", "date:..2024-05"),
        (Where(Column.YEAR, 2020, 2024), "年度:2020..2024", "year:2020..2024"),
        (C, '类别:"ZX、HT"', 'class:"ZX、HT"'),
        (B, '"题名:乙"', '"题名:乙"'),
    ],
)
def test_a_question_is_written_in_the_words_of_the_language(tree, zh, en):
    """
    Names, OR and levels are Chinese or English; names stand once before a group, dates as short as they can be.
    """
    assert (zh, en) == (render(tree, ZH), render(tree, EN))


@pytest.mark.parametrize("language", Language)
def test_every_field_and_fact_is_written_by_a_name_that_is_read(language):
    """
    The names of the messages are among the names of the reader, each for its own.
    """
    for target in (*Field, *Column):
        assert target is naming.named(naming.name(target, language))


# --- limits -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "what", "most"),
    [
        ("甲" * 2_001, "characters", 2_000),
        (" ".join("甲" * 10_000), "characters", 2_000),
        ("甲" * 1_000_000 + "*", "characters", 2_000),
        (" ".join("甲" * 65), "terms", 64),
        ("年度:2024 " * 65, "terms", 64),
        ("年度:" + ",".join(["2024"] * 65), "terms", 64),
        ("甲*" * 65, "terms", 64),
        ("titel:" * 65, "terms", 64),
        ("(" * 21 + "甲" + ")" * 21, "depth", 20),
        ("(" * 200 + "甲" + ")" * 200, "depth", 20),
        ("题名:(" * 21 + "甲" + ")" * 21, "depth", 20),
        ("-" * 200 + "甲", "depth", 20),
    ],
)
def test_rel_L3_a_question_past_a_limit_is_refused(question, what, most):
    """
    Long, many-worded and deep questions are refused before anything is searched; a condition counts as a word.
    """
    with pytest.raises(QueryTooLarge) as refused:
        parse(question)

    assert (what, most) == (refused.value.facts["what"], refused.value.facts["most"])
    assert str(most) in refused.value.message(ZH)


@pytest.mark.parametrize(
    "question",
    ["甲" * 2_000, "甲" * 1_999 + "*", " ".join("甲" * 64), "年度:2024 " * 64, "(" * 20 + "甲" + ")" * 20],
)
def test_rel_L3_a_question_at_a_limit_is_read(question):
    """
    The limit itself is still allowed.
    """
    assert parse(question) != EVERYTHING


HOSTILE = {
    "nested": "(" * 1_000 + "甲" + ")" * 999,
    "unclosed": "(a" * 1_000,
    "closed": ")" * 2_000,
    "stars": "* " * 1_000,
    "control": "\x00\x1b\u202e" * 600,
    "quotes": "“「『《〈" * 400,
    "closing": "”“" * 1_000,
    "runs": "或(b)" * 500,
    "brackets": "a(b)" * 500,
    "names": "titel:，" * 285,
    "unknown": " ".join(f"{chr(0x4E00 + at)}名:丙" for at in range(64)),
    "colons": ":" * 2_000,
    "minus": "-" * 2_000,
    "dashes": "–a" * 1_000,
    "operators": "或 " * 1_000,
    "pipes": "|" * 2_000,
    "list": "密级:" + "秘密级，" * 390,
    "year": "年度:" + "2" * 1_990,
    "date": "日期:" + "2-" * 990,
    "blanks": ("年" + " " * 30) * 60,
}


def ended(question):
    """The best processor time of three readings of *question*, refused or read."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        try:
            parse(question)
        except (QueryUnclear, QueryTooLarge) as refused:
            refused.message(ZH)
        best = min(best, time.process_time() - start)
    return best


def costly(most):
    """Hostile questions that cost more than *most* times an honest question of the same length."""
    honest = ended(" ".join(["装修管理服务协议" * 3 + "押金"] * 64)[:2_000])
    return {name for name, question in HOSTILE.items() if ended(question) > most * honest}


def test_rel_L3_hostile_questions_cost_what_honest_ones_cost():
    """
    No question within the limits is read in more than fifty times the time of an honest one: milliseconds.
    """
    assert costly(50) == set()


def test_witness_a_reader_without_limits_is_caught(monkeypatch):
    """
    Without its limits the reader runs into the machine's own on a deep question.
    """
    monkeypatch.setattr(query, "_MOST", dict.fromkeys(query.Limit, 10**9))

    with pytest.raises(RecursionError):
        costly(50)


def test_witness_a_slow_rule_is_caught(monkeypatch):
    """
    A reader whose search for the nearest name is not bounded by what follows it is seen by the same bound.
    """

    def thorough(name):
        return max((rank(name, known), target) for known, target in naming.NAMES.items() for _ in range(60))[
            1
        ]

    def rank(name, known):
        return sum(a == b for a in name for b in known)

    monkeypatch.setattr(naming, "nearest", thorough)

    assert "unknown" in costly(50)
