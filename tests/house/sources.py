"""The program's own sources, read once for the house tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("archive", "indexer", "retention", "web")
ALONE = ("cli.py", "demo.py")


@dataclass(frozen=True)
class Source:
    """One file of the program: its path from the root, its dotted name, its tree."""

    path: str
    name: str
    tree: ast.Module

    def imports(self) -> Iterator[str]:
        """Dotted names imported when the program runs: `from a import b` as `a.b`; not those for types only."""
        for node in _running(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _running(child)


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file that is shipped."""
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    files += [ROOT / name for name in ALONE]
    return tuple(source_of(file.relative_to(ROOT), file.read_text("utf-8")) for file in files)


def source_of(path: Path, text: str) -> Source:
    """A source from its path and text."""
    parts = path.with_suffix("").parts
    return Source(
        path.as_posix(), ".".join(parts[:-1] if parts[-1] == "__init__" else parts), ast.parse(text)
    )
