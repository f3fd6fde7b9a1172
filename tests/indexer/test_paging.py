"""Pages by token: nothing slips while records come and go, and a token opens nothing but the page it is for."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from archive.errors import PageLost
from archive.words import Language
from indexer import search, sync, tokens
from indexer.engine import Cursor, Order
from indexer.question.tree import Term
from tests.indexer.asking import codes, page
from tests.indexer.shelves import filed


def walked(office, words, by, limit, between=None, **more):
    """The codes of every page, one token after the other; *between* is done after the first."""
    shown, after = [], ""
    while True:
        found = page(office, words, by, limit=limit, after=after, **more)
        assert found.offset == len(shown)
        shown += codes(found)
        if not found.next:
            return shown
        after = found.next
        if between:
            between()
            between = None


@pytest.mark.parametrize("order", list(Order))
def test_pages_by_token_are_the_pages_by_number(library, order):
    """In every order, of every size: the same records in the same order, each once."""
    whole = codes(page(library, "押金 或 装修", "gm", limit=200, order=order))
    for limit in (1, 2, 3, 7):
        assert walked(library, "押金 或 装修", "gm", limit, order=order) == whole
    assert len(set(whole)) == len(whole) > 8


@pytest.mark.parametrize("order", list(Order))
def test_nothing_slips_while_records_are_filed(library, order):
    """New papers between the pages: what was there is shown once and only once, in its order."""
    before = codes(page(library, "押金 或 装修", "gm", limit=200, order=order))

    def file_more():
        for n in range(3):
            filed(library, title=f"装修押金押金装修{n}", text="装修押金", year=2023 + n)
        sync.drain(library.instance)

    after = walked(library, "押金 或 装修", "gm", 2, between=file_more, order=order)
    assert [one for one in after if one in before] == before
    assert len(set(after)) == len(after)
    assert len(set(codes(page(library, "押金 或 装修", "gm", limit=200, order=order)))) > len(before)


def test_pages_by_number_do_slip_which_is_what_tokens_are_for(library):
    """Witness: with offsets, a paper filed in front shows one record twice."""
    first = codes(page(library, "押金 或 装修", "gm", limit=2))
    filed(library, title="装修押金押金装修", text="装修押金")
    sync.drain(library.instance)
    assert set(first) & set(codes(page(library, "押金 或 装修", "gm", limit=2, offset=2)))


@pytest.mark.parametrize(
    "asked",
    [
        {"words": "装修"},
        {"words": "押金", "order": Order.NEWEST},
        {"words": "押金", "class_code": "WS"},
        {"words": "押金", "synonyms": True},
        {"words": "押金", "by": "hr"},
    ],
)
def test_a_token_of_another_question_is_refused(library, asked):
    """Other words, order, conditions, widening, or another person: a sentence, in both languages, no page."""
    token = page(library, "押金", "gm", limit=1).next
    given = {"by": "gm", **asked}
    with pytest.raises(PageLost) as told:
        page(library, given.pop("words"), given.pop("by"), limit=1, after=token, **given)
    assert "--after" in told.value.message(Language.ZH)
    assert "--after" in told.value.message(Language.EN)


def test_conf_a_token_that_was_changed_or_made_up_is_refused(library):
    """Every byte counts; what is no token at all is told alike."""
    with library.ask("gm") as unit:
        place = tokens.Place(Cursor(-1.5, "K001-ZY·ZX", "f" * 32, (0.25,)), 1)
        token = tokens.token(unit, Term("押金"), Order.CODE, place)
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        flipped = [bytes([*raw[:at], raw[at] ^ 1, *raw[at + 1 :]]) for at in range(len(raw))]
        spoilt = [base64.urlsafe_b64encode(one).decode() for one in flipped]
        for other in (*spoilt, "x", "押金", token[:-2], token + "AAAA", "A" * 5_000, "=", "\0", " "):
            with pytest.raises(PageLost):
                tokens.place(unit, Term("押金"), Order.CODE, other)
        assert tokens.place(unit, Term("押金"), Order.CODE, token) == place
    assert len(spoilt) > 60


def test_conf_a_token_without_its_mac_would_open_any_place(library, monkeypatch):
    """Witness: where nothing binds it, the token of another question is taken."""
    monkeypatch.setattr(tokens, "_mac", lambda *_: b"\0" * 12)
    token = page(library, "押金", "gm", limit=1).next
    assert page(library, "装修", "gm", limit=1, after=token).offset == 1


def test_a_token_gives_back_exactly_what_the_engine_gave(library):
    """Key and weights to the last bit, codes with any letters."""
    cursor = Cursor(-0.1 + 1e-17, "K001-ZY·ZX·2025-D10-0001", "f" * 32, (1 / 3, 2.5, 0.0))
    with library.ask("gm") as unit:
        for place in (tokens.Place(cursor, 7), tokens.Place(replace(cursor, weights=(), code=""), 0)):
            token = tokens.token(unit, Term("押金"), Order.NEWEST, place)
            assert tokens.place(unit, Term("押金"), Order.NEWEST, token) == place
            assert token.isascii() and len(token) < 400


def test_the_last_page_has_no_token_and_an_empty_answer_neither(library):
    """Nothing follows where nothing is left."""
    assert page(library, "押金", "gm", limit=200).next == ""
    assert page(library, "不存在的词", "gm").next == ""
    assert search.Cut().after == ""
