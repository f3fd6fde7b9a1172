"""Words that a search may be widened by, if the searcher asks for it: shipped as data, edited by the office.

A word stands in one group only. The office's copy begins as the shipped groups and lives in the catalogue.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources

from archive.acts import Act
from archive.errors import BadValue, NotFound
from archive.model import WordList
from archive.unit import Unit
from indexer.language.analysis import normalise
from indexer.question.tree import And, Not, Or, Term, Tree, wanted

Group = tuple[str, ...]

NAME = "synonyms"
#: How much there may be: groups, words of a group, characters of a word.
MOST_GROUPS, MOST_WORDS, LONGEST = 500, 20, 20
#: A widened question asks for at most so many words (reliability L3).
MOST_TERMS = 64


@cache
def shipped() -> tuple[Group, ...]:
    """The groups that come with the program (domain §10)."""
    text = resources.files("indexer").joinpath("data", "synonyms.toml").read_text("utf-8")
    return tuple(tuple(group) for group in tomllib.loads(text)["groups"])


def groups(unit: Unit) -> tuple[Group, ...]:
    """The groups that count here: the office's own, else the shipped ones."""
    own = unit.session.get(WordList, NAME)
    return shipped() if own is None else tuple(tuple(line.split()) for line in own.lines.splitlines())


def listed(unit: Unit) -> tuple[Sequence[Group], bool]:
    """The groups that count here, and whether they are the office's own."""
    unit.look(Act.SYNONYM_SEE)
    return groups(unit), unit.session.get(WordList, NAME) is not None


def together(unit: Unit, words: Iterable[str]) -> Group:
    """Let *words* be one group; those that stood in another leave it, and a group of one word goes.

    Raises `BadValue` for fewer than two words, too many, and words that are none.
    """
    group = _checked(words)
    unit.act(Act.SYNONYM_EDIT, private={"words": group})
    _keep(unit, [*_without(groups(unit), group), group])
    return group


def dissolve(unit: Unit, word: str) -> Group:
    """Remove the group that holds *word*; raises `NotFound`."""
    unit.act(Act.SYNONYM_EDIT, private={"removed": word})
    every = groups(unit)
    for group in every:
        if normalise(word) in map(normalise, group):
            _keep(unit, [one for one in every if one is not group])
            return group
    raise NotFound(what="synonyms", code=word)


def reset(unit: Unit) -> None:
    """Forget the office's own groups: the shipped ones count again."""
    unit.act(Act.SYNONYM_EDIT, reset=True)
    own = unit.session.get(WordList, NAME)
    if own is not None:
        unit.session.delete(own)


def _checked(words: Iterable[str]) -> Group:
    known = {normalise(word): word for word in reversed([one.strip() for one in words])}
    group = tuple(reversed(known.values()))
    if not 2 <= len(group) <= MOST_WORDS:
        raise BadValue(field="words", value=" ".join(group) or "—", expected=f"2–{MOST_WORDS}")
    for word in group:
        if not 1 <= len(word) <= LONGEST or any(not one.isalnum() for one in word):
            raise BadValue(field="words", value=word[:40] or "—", expected=f"1–{LONGEST}")
    return group


def _without(every: Iterable[Group], group: Group) -> list[Group]:
    gone = set(map(normalise, group))
    left = (tuple(word for word in one if normalise(word) not in gone) for one in every)
    return [one for one in left if len(one) > 1]


def _keep(unit: Unit, every: Sequence[Group]) -> None:
    if len(every) > MOST_GROUPS:
        raise BadValue(field="words", value=len(every), expected=f"≤ {MOST_GROUPS}")
    own = unit.session.get(WordList, NAME) or WordList(name=NAME)
    own.lines = "\n".join(" ".join(group) for group in every)
    own.changed_at, own.changed_by = unit.now, unit.actor.uid
    unit.session.add(own)
    unit.session.flush()


# --- a question made wider --------------------------------------------------------------------


def widened(tree: Tree, every: Iterable[Group]) -> tuple[Tree, tuple[str, ...]]:
    """*tree* with each wanted word joined by those of its group, and the words added, in order.

    A word is widened if it is the whole of a term; excluded words are left as they are. When the question
    would ask for more than `MOST_TERMS`, its later words stay single.
    """
    widening = _Widening(every, sum(1 for _ in wanted(tree)))
    return widening.of(tree, negated=False), tuple(dict.fromkeys(widening.added))


class _Widening:
    """One question being widened: the groups by word, the words added, how many terms there are."""

    def __init__(self, every: Iterable[Group], terms: int) -> None:
        self._groups = {normalise(word): group for group in every for word in group}
        self._terms = terms
        self.added: list[str] = []

    def of(self, tree: Tree, *, negated: bool) -> Tree:
        if isinstance(tree, Term):
            return tree if negated else self._term(tree)
        if isinstance(tree, Not):
            return Not(self.of(tree.part, negated=not negated))
        if isinstance(tree, (And, Or)):
            return type(tree)(tuple(self.of(part, negated=negated) for part in tree.parts))
        return tree

    def _term(self, term: Term) -> Tree:
        own = normalise(term.text)
        others = [word for word in self._groups.get(own, ()) if normalise(word) != own]
        if not others or self._terms + len(others) > MOST_TERMS:
            return term
        self._terms += len(others)
        self.added += others
        return Or((term, *(replace(term, text=word) for word in others)))
