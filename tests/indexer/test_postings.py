"""Packed postings: what is gathered is what is read, term by term, block by block."""

import io
import random
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.embedded import gathering
from indexer.embedded.gathering import Gathering
from indexer.embedded.postings import BLOCK, Lexicon, LexiconWriter, Postings, Shape

HOUSE = settings(deadline=None, derandomize=True)
TERM = st.text(st.sampled_from("a1 物业管理\ud800𠮷"), min_size=1, max_size=3)
DOCUMENTS = st.lists(st.lists(TERM, max_size=12), min_size=1, max_size=12)


class File(io.BytesIO):
    """A file of the engine's, in memory."""

    def read(self, start, length, *, keep=True):
        return self.getvalue()[start : start + length]


def gathered(documents):
    held = Gathering()
    for number, words in enumerate(documents):
        assert held.add(number, words) == len(words)
    return held


def written(postings, *, parts=1):
    file = File()
    file.write(b"eight by")
    times, last = int(postings.times.max(initial=0)), int(postings.positions.max(initial=0))
    writer = LexiconWriter(file, *Shape.widths(times, last))
    borders = sorted(
        {0, len(postings.names), *random.Random(3).choices(range(len(postings.names) + 1), k=parts)}
    )
    for part in postings.cut(borders):
        writer.add(part)
    shape, first = writer.close()
    return Lexicon(file, shape, first)


def by_hand(documents):
    """Per term: per document the positions."""
    held = {}
    for number, words in enumerate(documents):
        for position, word in enumerate(words):
            held.setdefault(word, {}).setdefault(number, []).append(position)
    return held


def told(run):
    """A run's rows as documents with positions."""
    positions, found, at = run.positions().tolist(), [], 0
    for document, times in zip(run.documents().tolist(), run.times().tolist(), strict=True):
        found.append((document, positions[at : at + times]))
        at += times
    return found


@settings(HOUSE, max_examples=150)
@given(DOCUMENTS, st.integers(1, 5))
def test_what_is_gathered_is_what_is_read(documents, parts):
    """
    Every term's documents, times and positions come back, also with surrogates and far characters, however
    the terms are handed to the writer.
    """
    lexicon = written(gathered(documents).postings(), parts=parts)
    wanted = by_hand(documents)

    assert len(lexicon) == len(wanted)
    for term, places in wanted.items():
        assert sorted(places.items()) == told(lexicon.term(term))
    assert lexicon.term("没有") is None


@settings(HOUSE, max_examples=80)
@given(DOCUMENTS, TERM)
def test_a_prefix_gives_every_term_that_begins_so_and_no_other(documents, prefix):
    """
    The rows of a prefix are the rows of its terms, one after the other.
    """
    lexicon = written(gathered(documents).postings())
    terms = sorted(
        (term for term in by_hand(documents) if term.startswith(prefix)),
        key=lambda term: term.encode("utf-8", "surrogatepass"),
    )

    assert [row for term in terms for row in told(lexicon.term(term))] == [
        row for run in lexicon.beginning(prefix) for row in told(run)
    ]


def test_many_blocks_are_found_at_their_borders():
    """
    First, last and middle terms of every block, and names that fall between two blocks.
    """
    words = [f"w{number:05}" for number in range(5 * BLOCK + 3)]
    lexicon = written(gathered([words, words[::2]]).postings(), parts=7)

    for number, word in enumerate(words):
        assert lexicon.term(word).documents().tolist() == ([0, 1] if number % 2 == 0 else [0])
        assert lexicon.term(f"{word}x") is None
    assert sum(run.terms for run in lexicon.beginning("w")) == len(words)
    assert sum(run.terms for run in lexicon.beginning("w000")) == 100
    assert [name for block in lexicon.blocks() for name in block.names] == [word.encode() for word in words]


@pytest.mark.parametrize(
    ("words", "times", "positions"), [(10, "|u1", "<u2"), (300, "<u2", "<u2"), (70_000, "<u4", "<u4")]
)
def test_numbers_are_as_wide_as_the_longest_text_asks(words, times, positions):
    """
    A short field takes a byte for how often; a very long text widens its segment and loses no place.
    """
    lexicon = written(gathered([["押金"] * words, ["押金"]]).postings())
    run = lexicon.term("押金")

    assert (times, positions) == (lexicon.times.str, lexicon.positions.str)
    assert run.positions()[words - 1] == words - 1
    assert run.times().tolist() == [words, 1]


def test_documents_without_words_keep_their_numbers():
    """
    Documents that have nothing in a field leave gaps, at the beginning, inside and at the end.
    """
    held = Gathering()
    held.add(2, ["a"])
    held.add(5, ["a", "b"])

    assert told(written(held.postings()).term("a")) == [(2, [0]), (5, [0])]


def test_cutting_and_joining_changes_nothing():
    """
    Postings cut anywhere and joined again are the same; witness: joined in another order they are not.
    """
    postings = gathered([list("abcab"), list("cdaa")]).postings()
    parts = list(postings.cut([0, 1, 3, 4]))
    again, turned = Postings.joined(parts), Postings.joined(parts[::-1])

    for name in ("documents_of", "positions_of", "documents", "times", "positions"):
        assert np.array_equal(getattr(postings, name), getattr(again, name))
    assert postings.names == again.names != turned.names


@pytest.mark.slow
def test_more_words_with_one_beginning_than_there_are_characters():
    """
    A long table of numbers holds more words that begin with 1 than Unicode has characters: all are kept, in order.
    """
    words = [f"1{number:07}" for number in range(sys.maxunicode + 10)]
    postings = gathered([["1", *reversed(words)]]).postings()

    assert postings.names == [b"1", *(word.encode() for word in words)]
    assert postings.positions.tolist() == [0, *range(len(words), 0, -1)]


def test_words_with_one_beginning_never_run_into_those_with_the_next(monkeypatch):
    """
    A term has room for as many words as there are; witness: 300 would not fit where a character does.
    """
    monkeypatch.setattr(gathering, "_CHARACTER", 7)
    words = [*(f"a{number:03}" for number in range(300)), "b"]

    assert len(words) > 1 << 7
    assert gathered([words, words[::-1]]).postings().names == [word.encode() for word in words]
