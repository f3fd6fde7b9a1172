"""Codes and numbers typed with blanks between: 138 0013 8000 may stand anywhere, or together as one number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from indexer.language.codes import asked
from indexer.question.tree import And, Not, Or, Term, Tree


def together(tree: Tree) -> Tree:
    """*tree*, in which words that make a code side by side are found as that code too."""
    if isinstance(tree, Not):
        return Not(together(tree.part))
    if isinstance(tree, Or):
        return Or(tuple(map(together, tree.parts)))
    if isinstance(tree, And):
        parts = tuple(_widened(tuple(map(together, tree.parts))))
        return parts[0] if len(parts) == 1 else And(parts)
    return tree


def _widened(parts: Sequence[Tree]) -> Iterator[Tree]:
    for name, group in groupby(parts, _kind):
        row = list(group)
        code = " ".join(part.text for part in row if isinstance(part, Term))
        if name is None or len(row) == 1 or not any(map(str.isdigit, code)) or not asked(code):
            yield from row
        else:
            yield Or((And(tuple(row)), Term(code, row[0].field if isinstance(row[0], Term) else None)))


def _kind(part: Tree) -> tuple[object, ...] | None:
    """What words that may belong together share; None for what stands alone."""
    plain = isinstance(part, Term) and not part.prefix and part.text.isascii() and part.text.isalnum()
    return (part.field,) if plain and isinstance(part, Term) else None
