"""What may help a searcher on who found nothing: words that do stand somewhere, one word less, near records.

Everything is asked of the engine within the same person's scope: what he may not see plays no part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from archive.words import Language
from indexer.engine import Asking, Engine, Found, Scope
from indexer.language.analysis import GAP, words
from indexer.question.query import render
from indexer.question.tree import And, Field, Or, Term, Tree, Where, replaced, wanted

#: A question of more words gets no suggestions: each costs a search (reliability L3).
MOST_WORDS = 8
#: How many questions are offered, how many records, how many words are respelt, and each in how many ways.
OFFERED, NEAR, RESPELT, SPELLINGS = 5, 5, 3, 3
#: Pairs of characters that are marked in a record like another.
MOST_PAIRS = 64


@dataclass(frozen=True, slots=True)
class Meant:
    """Another question, and how many records it finds."""

    tree: Tree
    total: int

    def words(self, language: Language) -> str:
        """The question as it may be typed."""
        return render(self.tree, language)


class Helper:
    """Suggestions within one scope; *complete* makes of a typed tree what the engine is asked."""

    def __init__(self, index: Engine, within: Scope, complete: Callable[[Tree], Tree]) -> None:
        self._index, self._within, self._complete = index, within, complete

    def meant(self, typed: Tree) -> tuple[Meant, ...]:
        """Questions like *typed* that find something: words spelt otherwise first, then one word less."""
        if not 0 < sum(1 for _ in wanted(typed)) <= MOST_WORDS:
            return ()
        found: dict[Tree, int] = {}
        for tree in (*self._respelt(typed), *_shortened(typed)):
            if tree not in found and len(found) < OFFERED:
                total = self._total(self._complete(tree))
                found |= {tree: total} if total else {}
        return tuple(Meant(tree, total) for tree, total in found.items())

    def near(self, typed: Tree, conditions: Tree) -> tuple[Tree, Found]:
        """The records nearest to the words of *typed*, and the tree that marks what they share."""
        text = " ".join(dict.fromkeys(term.text for term in wanted(typed)))
        if not text:
            return typed, Found()
        found = self._index.alike({Field.BODY: text}, self._within, narrowed=conditions, limit=NEAR)
        return pairs(text), found

    def _total(self, tree: Tree) -> int:
        return self._index.find(tree, self._within, Asking(limit=1)).total

    def _respelt(self, typed: Tree) -> Iterator[Tree]:
        """*typed* with every word that stands nowhere replaced by one that does: the likeliest, then others."""
        strange = [term for term in dict.fromkeys(wanted(typed)) if not self._total(term)]
        if not 0 < len(strange) <= RESPELT:
            return
        spellings = {term: self._index.near(term, self._within, limit=SPELLINGS) for term in strange}
        if not all(spellings.values()):
            return
        first = {term: many[0] for term, many in spellings.items()}
        yield _with(typed, first)
        for term, many in spellings.items():
            yield from (_with(typed, {**first, term: other}) for other in many[1:])


def _with(tree: Tree, spelt: dict[Term, str]) -> Tree:
    """*tree* with the words of *spelt* written otherwise."""

    def change(part: Term | Where) -> Tree:
        if isinstance(part, Term) and part in spelt:
            return replace(part, text=spelt[part], prefix=False)
        return part

    return replaced(tree, change)


def _shortened(tree: Tree) -> Iterator[Tree]:
    """*tree* without each one of its parts that must be found."""
    parts = tree.parts if isinstance(tree, And) else ()
    for at in range(len(parts)):
        left = (*parts[:at], *parts[at + 1 :])
        if any(True for part in left for _ in wanted(part)):
            yield left[0] if len(left) == 1 else And(left)


def pairs(text: str) -> Tree:
    """The pairs of characters and the words of *text*, any of them: what marks a record like it."""
    found = [term for term in dict.fromkeys(words(text)) if term != GAP and len(term) > 1]
    return Or(tuple(Term(term) for term in found[:MOST_PAIRS]))
