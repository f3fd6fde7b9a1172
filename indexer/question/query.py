"""A question as people type it, and the tree it means; no engine is known here.

    question  = either ; words side by side must all be found
    either    = every { ("OR" | "或" | "|") every }
    every     = part { ["AND"] part }
    part      = ("NOT" | "非" | "-") part | "(" either ")" | [name ":"] value
    value     = word | "(" either ")" | '"' exact phrase '"'
    word      = characters up to a blank, with "*" at the end: begins with

A name is that of a field (`Term`) or of a fact (`Where`), in Chinese or English; see `indexer.question.naming`, and for what
may be said of a fact `indexer.question.conditions`. Operators stand alone: 或者 and 非机动车 are words, and so is 和.

A slip is never silently repaired: `QueryUnclear` says where and what it was and carries the nearest question that
can be read.
"""

from __future__ import annotations

from enum import StrEnum

from archive.errors import QueryTooLarge, QueryUnclear
from archive.words import Language
from indexer.language.analysis import phrase
from indexer.question import conditions, naming
from indexer.question.lexing import CONTROL, UNSEEN, Kind, Token, split_at_stars, tokens
from indexer.question.naming import Target
from indexer.question.rendering import Reading, render
from indexer.question.slips import Fault, Slip, around
from indexer.question.tree import EVERYTHING, And, Column, Field, Not, Or, Term, Tree

__all__ = ["Limit", "parse", "render"]


class Limit(StrEnum):
    """What of a question is limited (reliability L3)."""

    CHARACTERS = "characters"
    TERMS = "terms"  # words, phrases and conditions
    DEPTH = "depth"
    HITS = "hits"  # where all that is found is taken together

    @property
    def word(self) -> str:
        """The key of this limit's name."""
        return f"query.{self.value}"

    @property
    def most(self) -> int:
        """The limit itself."""
        return _MOST[self]

    def keep(self, found: int) -> None:
        """QueryTooLarge if *found* is more than may be asked."""
        if found > self.most:
            raise QueryTooLarge(what=self, found=found, most=self.most)


_MOST = {Limit.CHARACTERS: 2_000, Limit.TERMS: 64, Limit.DEPTH: 20, Limit.HITS: 50_000}


def parse(query: str) -> Tree:
    """The tree that *query* means; an empty question means every record.

    Raises `QueryUnclear` with the nearest reading, `QueryTooLarge` past a limit (reliability L3).
    """
    Limit.CHARACTERS.keep(len(query))
    text, slips = _visible(query)
    if not text.strip() and not slips:
        return EVERYTHING
    tree = _Reader(text, slips).question()
    if tree is not None and not slips:
        return tree
    first = min(slips, key=lambda slip: slip.at, default=Slip(Fault.NOTHING, 0))
    raise QueryUnclear(query=around(text, first.at), at=first.at + 1, why=first, reading=_offered(tree))


def _visible(query: str) -> tuple[str, list[Slip]]:
    """*query* without what nobody sees; characters that act on a screen are a slip."""
    text = query.translate(UNSEEN)
    first = CONTROL.search(text)
    slips = [Slip(Fault.CONTROL, first.start())] if first else []
    return CONTROL.sub("", text), slips


def _offered(tree: Tree | None) -> Reading:
    """*tree* as a reading, if it can be typed: repairs may lead past a limit."""
    return Reading(
        tree if tree is not None and all(_reads(tree, language) for language in Language) else None
    )


def _reads(tree: Tree, language: Language) -> bool:
    """True if the question written in *language* is read as *tree* without a slip."""
    text = render(tree, language)
    slips: list[Slip] = []
    try:
        Limit.CHARACTERS.keep(len(text))
        return _Reader(text, slips).question() == tree and not slips
    except QueryTooLarge:
        return False


class _Reader:
    """One pass over the tokens of a question: builds the tree and notes what it had to repair on the way."""

    def __init__(self, text: str, slips: list[Slip]) -> None:
        self.slips = slips
        self.tokens = tokens(text, slips)
        self.at = 0
        self.terms = 0
        Limit.TERMS.keep(sum(token.kind is Kind.NAME for token in self.tokens))

    # --- groups

    def question(self) -> Tree | None:
        """The whole question; None if nothing in it can be looked for."""
        parts = [self.either(0, None)]
        while closing := self.take(Kind.CLOSE):
            self.slip(Fault.UNOPENED_BRACKET, closing)
            parts.append(self.either(0, None))
        return _joined(And, [part for part in parts if part])

    def either(self, depth: int, scope: Target | None) -> Tree | None:
        """Alternatives; words without a name of their own belong to *scope*."""
        Limit.DEPTH.keep(depth)
        parts: list[Tree] = []
        before: Token | None = None
        while True:
            part = self.every(depth, scope)
            sign = self.take(Kind.OR)
            if part:
                parts.append(part)
            elif lonely := sign or before:
                self.slip(Fault.LONE_OPERATOR, lonely)
            if sign is None:
                return _joined(Or, parts)
            before = sign

    def every(self, depth: int, scope: Target | None) -> Tree | None:
        """Parts side by side, up to an alternative, a closing bracket or the end."""
        parts, start = list[Tree](), self.at
        while self.goes_on():
            if sign := self.take(Kind.AND):
                if not parts or not self.goes_on():
                    self.slip(Fault.LONE_OPERATOR, sign)
            elif part := self.part(depth, scope):
                parts.append(part)
        values = [part for part in parts if isinstance(scope, Column) and conditions.single(part, scope)]
        if len(values) < 2:
            return _joined(And, parts)
        self.slip(Fault.SEVERAL, self.tokens[start])  # only meant as alternatives: no record has two
        return _joined(And, [Or(tuple(values)), *(part for part in parts if part not in values)])

    # --- parts

    def part(self, depth: int, scope: Target | None) -> Tree | None:
        """One condition; None if nothing is left of it."""
        Limit.DEPTH.keep(depth)
        token = self.tokens[self.at]
        self.at += 1
        if token.kind is Kind.NOT:
            return self.denied(token, depth, scope)
        if token.kind is Kind.OPEN:
            return self.bracket(token, depth, scope)
        if token.kind is Kind.NAME:
            return self.named(token, depth, scope)
        return self.leaf(token, scope)

    def denied(self, sign: Token, depth: int, scope: Target | None) -> Tree | None:
        """What follows a NOT."""
        stands = self.goes_on() and self.tokens[self.at].kind is not Kind.AND
        part = self.part(depth + 1, scope) if stands else None
        if part is None:
            self.slip(Fault.LONE_NOT, sign)
        return part and Not(part)

    def bracket(self, opening: Token, depth: int, scope: Target | None) -> Tree | None:
        """A question within brackets."""
        tree = self.either(depth + 1, scope)
        if not self.take(Kind.CLOSE):
            self.slip(Fault.UNCLOSED_BRACKET, opening)
        elif tree is None:
            self.slip(Fault.EMPTY_BRACKET, opening)
        return tree

    def named(self, token: Token, depth: int, scope: Target | None) -> Tree | None:
        """What follows a name; one that names nothing is read as the nearest name, or as words."""
        if scope:
            self.slip(Fault.NESTED, token)
        target = naming.named(token.text)
        if target:
            return self.valued(token, target, depth)
        near = naming.nearest(token.text)
        if near and self.fits(near):
            self.slip(Fault.MISNAMED, token, near)
            return self.valued(token, near, depth)
        self.slip(Fault.UNNAMED, token)
        value = self.take(Kind.WORD) or self.take(Kind.PHRASE)
        if value is None:
            return self.term(token.text, None)
        return self.term(f"{token.text}:{value.text}", None, prefix=value.star)

    def fits(self, target: Target) -> bool:
        """True if what comes next can be said of *target*."""
        value = self.tokens[self.at] if self.at < len(self.tokens) else None
        if value is None or not isinstance(target, Column) or value.kind not in _VALUES:
            return value is not None
        return conditions.read(target, value.text).tree is not None

    def valued(self, name: Token, target: Target, depth: int) -> Tree | None:
        """A value or a group of values after a name."""
        minus = self.take(Kind.NOT)
        if minus:
            self.slip(Fault.INNER_NOT, name)
        if opening := self.take(Kind.OPEN):
            tree = self.bracket(opening, depth, target)
        elif value := self.take(Kind.WORD) or self.take(Kind.PHRASE):
            tree = self.alternatives(value, target, name.sign)
        else:
            self.slip(Fault.NO_VALUE, name)
            return None
        return Not(tree) if minus and tree else tree

    def alternatives(self, value: Token, target: Target, sign: str) -> Tree | None:
        """One value; `a|b` close together means the name for both, but does not say so."""
        parts = [self.leaf(value, target, sign)]
        while self.close(Kind.OR) and self.close(*_VALUES, after=1):
            self.slip(Fault.SEVERAL, value)
            self.at += 1
            value = self.tokens[self.at]
            self.at += 1
            parts.append(self.leaf(value, target))
        return _joined(Or, [part for part in parts if part])

    # --- words and conditions

    def leaf(self, token: Token, scope: Target | None, sign: str = "") -> Tree | None:
        """A word or phrase, or the value of a fact."""
        if isinstance(scope, Column):
            return self.condition(token, scope, sign)
        return self.word(token, scope)

    def word(self, token: Token, field: Field | None) -> Tree | None:
        """A word or an exact phrase; a star may only end it."""
        pieces = [token.text] if token.kind is Kind.PHRASE else split_at_stars(token.text)
        if pieces != [token.text] and pieces:
            self.slip(Fault.STAR_INSIDE, token)
        if token.star and not phrase(pieces[-1] if pieces else ""):
            self.slip(Fault.STAR_ALONE, token)
            return None
        if field and not phrase(token.text):
            self.slip(Fault.NO_WORD, token)
        *first, last = pieces
        terms = [self.term(piece, field) for piece in first]
        terms.append(self.term(last, field, prefix=token.star))
        return _joined(And, [term for term in terms if term])

    def term(self, text: str, field: Field | None, *, prefix: bool = False) -> Term | None:
        """The term *text*; None if it is only punctuation."""
        if not phrase(text):
            return None
        self.count(1)
        return Term(_quotable(text), field, prefix)

    def condition(self, token: Token, column: Column, sign: str) -> Tree | None:
        """What a value says of a fact; an impossible one is read as a word."""
        if token.star or (token.kind is Kind.WORD and split_at_stars(token.text) != [token.text]):
            self.slip(Fault.STAR_FACT, token)
        whole = token.kind is Kind.PHRASE
        text = token.text if whole else "".join(split_at_stars(token.text))
        found = conditions.read(column, _quotable(text), sign=sign, whole=whole)
        if found.fault:
            self.slip(found.fault, token)
        if found.tree is None:
            return self.term(token.text, None)
        self.count(len(found.tree.parts) if isinstance(found.tree, Or) else 1)
        return found.tree

    # --- small steps

    def count(self, more: int) -> None:
        self.terms += more
        Limit.TERMS.keep(self.terms)

    def take(self, kind: Kind) -> Token | None:
        """The next token, if it is of *kind*."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is None or token.kind is not kind:
            return None
        self.at += 1
        return token

    def goes_on(self) -> bool:
        """False at the end, before a closing bracket and before an alternative."""
        return self.at < len(self.tokens) and self.tokens[self.at].kind not in {Kind.CLOSE, Kind.OR}

    def close(self, *kinds: Kind, after: int = 0) -> bool:
        """True if the token *after* the next is of *kinds* and no blank stands before it."""
        at = self.at + after
        return (
            at < len(self.tokens)
            and self.tokens[at].kind in kinds
            and self.tokens[at - 1].end == self.tokens[at].at
        )

    def slip(self, fault: Fault, token: Token, near: Target | None = None) -> None:
        self.slips.append(Slip(fault, token.at, token.text, near))


_VALUES = (Kind.WORD, Kind.PHRASE)


def _quotable(text: str) -> str:
    """*text* on one line and without the mark that would end it between quotation marks."""
    return " ".join(text.replace('"', "＂").split())


def _joined(kind: type[And | Or], parts: list[Tree]) -> Tree | None:
    """One part alone, several under *kind*, none as None."""
    if len(parts) < 2:
        return parts[0] if parts else None
    return kind(tuple(parts))
