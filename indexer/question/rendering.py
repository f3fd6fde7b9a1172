"""A tree written as the question that means it, in Chinese or in English; `query.parse` reads it back as it was."""

from __future__ import annotations

from dataclasses import dataclass

from archive.values import Level
from archive.words import Language, say
from indexer.language.dates import day_range
from indexer.question import conditions, naming
from indexer.question.lexing import Kind, split_at_stars, tokens
from indexer.question.slips import Slip, shown
from indexer.question.tree import And, Column, Not, Or, Term, Tree, Where


def render(tree: Tree, language: Language = Language.ZH) -> str:
    """The question that `query.parse` reads back as *tree*, with the names and operators of *language*."""
    return _written(tree, language, inner=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """The nearest question that can be read; None: there is nothing in it to look for."""

    tree: Tree | None

    def text(self, language: Language) -> str | None:
        """The question as it may be typed."""
        return None if self.tree is None else render(self.tree, language)

    def told(self, language: Language) -> str:
        """The question and what to do with it."""
        text = self.text(language)
        return (
            say("query.no-reading", language)
            if text is None
            else say("query.reading", language, text=shown(text))
        )


def _written(tree: Tree, language: Language, *, inner: bool) -> str:
    """*tree* as text; *inner*: as a part of something, so that several parts need brackets."""
    if isinstance(tree, (Term, Where)):
        return _name(tree, language) + _leaf(tree, language)
    if isinstance(tree, Not):
        return f"-{_written(tree.part, language, inner=True)}"
    joint = " " if isinstance(tree, And) else f" {say('query.or', language)} "
    if name := _common_name(tree, language):
        return f"{name}({joint.join(_leaf(part, language) for part in tree.parts)})"  # type: ignore[arg-type]
    loose = And if isinstance(tree, Or) else ()  # side by side binds closer than OR
    text = joint.join(_written(part, language, inner=not isinstance(part, loose)) for part in tree.parts)
    return f"({text})" if inner else text


def _common_name(tree: And | Or, language: Language) -> str:
    """The name that stands once before all parts of *tree*; nothing if they have none in common."""
    kinds = (Term,) if isinstance(tree, And) else (Term, Where)
    names = {_name(part, language) if isinstance(part, kinds) else "" for part in tree.parts}
    return names.pop() if len(names) == 1 else ""


def _name(leaf: Term | Where, language: Language) -> str:
    target = leaf.field if isinstance(leaf, Term) else leaf.column
    return f"{naming.name(target, language)}:" if target else ""


def _leaf(leaf: Term | Where, language: Language) -> str:
    if isinstance(leaf, Where):
        return _value(leaf, language)
    star = "*" if leaf.prefix else ""
    return (leaf.text if _bare(leaf.text + star, leaf.text) else f'"{leaf.text}"') + star


def _bare(written: str, text: str) -> bool:
    """True if *written* is read as the one word *text* without quotation marks."""
    slips: list[Slip] = []
    found = tokens(written, slips)
    return (
        not slips
        and split_at_stars(text) == [text]
        and [(one.kind, one.text) for one in found] == [(Kind.WORD, text)]
    )


def _value(where: Where, language: Language) -> str:
    """What stands after the colon of a fact."""
    if where.column is Column.DATE:
        least, most = _days(where)
    else:
        least, most = (_bound(where.column, value, language) for value in (where.least, where.most))
    if where.column not in {Column.YEAR, Column.DATE, Column.LEVEL}:
        plain = _bare(least, least) and conditions.read(where.column, least).tree == where
        return least if plain else f'"{least}"'
    return least if least == most else f"{least}..{most}"


def _bound(column: Column, value: str | int | None, language: Language) -> str:
    if value is None:
        return ""
    return say(Level(value).word, language) if column is Column.LEVEL else str(value)  # type: ignore[arg-type]


def _days(where: Where) -> tuple[str, str]:
    """The bounds of a range of days, as years or months where these begin and end with it."""
    least, most = str(where.least or ""), str(where.most or "")
    for size in _SIZES:
        first, last = day_range(least[:size]), day_range(most[:size])
        if (not least or (first and first[0] == least)) and (not most or (last and last[1] == most)):
            return least[:size], most[:size]
    return least, most


_SIZES = (len("2024"), len("2024-03"))
