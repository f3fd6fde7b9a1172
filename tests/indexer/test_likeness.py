"""Words like a word are looked for where they can stand, and nowhere else."""

from indexer.embedded import likeness
from indexer.engine import Entry, Scope
from indexer.question.tree import Term
from tests.contract.engines import whoosh

ALL = Scope(frozenset({"b"}), frozenset({"b"}))
#: Characters with very many others of the same sound.
ALIKE = "一意以已"


def tried(engine, word, monkeypatch):
    """How many spellings of *word* were tried."""
    many = []
    real = likeness._may_stand
    monkeypatch.setattr(likeness, "_may_stand", lambda *given: many.append(given) or real(*given))
    found = engine.near(Term(word), ALL)
    monkeypatch.setattr(likeness, "_may_stand", real)
    return len(many), found


def test_rel_L3_a_long_word_that_stands_nowhere_does_not_cost_every_spelling(tmp_path, monkeypatch):
    """
    Every pair of the word stands somewhere, but no record holds what is left of it without one character: no
    character is tried. Witness: not asked whether a record does, the engine tries thousands.
    """
    engine = whoosh(tmp_path / "index")
    pairs = [first + second for first in ALIKE for second in ALIKE]
    engine.put(
        [Entry(f"r{at}", 1, sealed=False, body=pair, bucket="b") for at, pair in enumerate(pairs)], mark=1
    )

    assert tried(engine, ALIKE * 4, monkeypatch)[0] < 50

    monkeypatch.setattr(likeness, "_holds", lambda *_: True)
    assert tried(engine, ALIKE * 4, monkeypatch)[0] > 1_000


def test_a_wrong_character_in_a_long_word_is_recognised(tmp_path, monkeypatch):
    """
    One character of the same sound, at the beginning, inside or at the end of a long name.
    """
    engine = whoosh(tmp_path / "index")
    engine.put([Entry("r", 1, sealed=False, title="和园物业装修押金退还收据", bucket="b")], mark=1)

    for typed in ("合园物业装修押金退还收据", "和园物业庄修押金退还收据", "和园物业装修押金退还收具"):
        assert "和园物业装修押金退还收据" in tried(engine, typed, monkeypatch)[1]
