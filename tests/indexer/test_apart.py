"""Codes typed with blanks are found as codes too, and nothing else changes."""

import pytest

from indexer.question.apart import together
from indexer.question.query import parse
from indexer.question.tree import And, Not, Or, Term

PHONE = (Term("138"), Term("0013"), Term("8000"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("138 0013 8000", Or((And(PHONE), Term("138 0013 8000")))),
        ("电话 138 0013 8000", And((Term("电话"), Or((And(PHONE), Term("138 0013 8000")))))),
        ("-(138 0013 8000)", Not(Or((And(PHONE), Term("138 0013 8000"))))),
        ("合同号:HT 合同号:2019 合同号:0032", None),
        ("HT 2019 0032", Or((And((Term("HT"), Term("2019"), Term("0032"))), Term("HT 2019 0032")))),
    ],
)
def test_words_that_make_a_code_side_by_side(typed, meant):
    """Digits and letters in a row may be one number; the separate words are still searched."""
    found = together(parse(typed))

    if meant is None:
        assert isinstance(found, Or)
        assert found.parts[0] == parse(typed)
    else:
        assert found == meant


@pytest.mark.parametrize(
    "typed",
    [
        "装修 押金",
        "lease deposit",
        "A 1",
        "138* 0013",
        "装修 1203",
        '"138 0013" 8000',
        "1 或 2",
        "题名:138 正文:0013",
        "",
    ],
)
def test_nothing_else_changes(typed):
    """Words without figures, prefixes, phrases, different fields and alternatives stay as they were typed."""
    assert together(parse(typed)) == parse(typed)
