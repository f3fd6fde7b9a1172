"""Phrases: what a term says is read once, however often the phrase repeats it."""

import pytest

from indexer.embedded.postings import Lexicon
from indexer.engine import Entry, Scope
from indexer.question.tree import Field, Term
from tests.contract.engines import whoosh

ALL = Scope(frozenset({"b"}), frozenset({"b"}))


@pytest.fixture
def engine(tmp_path):
    engine = whoosh(tmp_path / "index")
    texts = {"long": "的" * 500, "short": "的" * 9, "broken": "的的，的的", "other": "甲乙丙丁戊己庚辛"}
    engine.put([Entry(uid, 1, sealed=False, body=text, bucket="b") for uid, text in texts.items()], mark=1)
    return engine


def found(engine, times):
    return {hit.uid for hit in engine.find(Term("的" * times, Field.BODY), ALL).hits}


@pytest.mark.parametrize(
    ("times", "uids"),
    [(2, {"long", "short", "broken"}), (3, {"long", "short"}), (9, {"long", "short"}), (10, {"long"}), (500, {"long"}), (501, set())],
)  # fmt: skip
def test_a_repeated_character_stands_as_often_as_it_is_asked_for(engine, times, uids):
    """The same pair many times over is as many places side by side."""
    assert found(engine, times) == uids


def test_rel_L3_a_phrase_that_repeats_itself_reads_each_term_once(engine, monkeypatch):
    """Four hundred times one character costs no more reading than four times; witness: other characters do."""
    reads = []
    real = Lexicon.read
    monkeypatch.setattr(Lexicon, "read", lambda *given: reads.append(given) or real(*given))

    def reading(text):
        reads.clear()
        assert engine.find(Term(text, Field.BODY), ALL).total
        return len(reads)

    assert reading("的" * 400) == reading("的" * 4)
    assert reading("甲乙丙丁戊己庚辛") > reading("甲乙丙丁")
