# ruff: noqa: INP001  # a script of the documentation, not a package
"""What is asked of the archive, where each line is kept, and which tests name it: docs/regulations.md.

The lines are data (`regulations.toml`); the tests are found by the ids in their names and docstrings.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(__file__).with_name("regulations.toml")
_ID = re.compile(r"(?<![A-Za-z0-9-])([RV]\d{1,3})(?![A-Za-z0-9·-])")
_RANGE = re.compile(r"([RV])(\d{1,3})\s*[-–]\s*\1?(\d{1,3})(?!\d)")


class Status(StrEnum):
    """How far a line is kept."""

    DONE = "done"
    PARTLY = "partly"
    PLANNED = "planned"

    @property
    def shown(self) -> str:
        """In both languages."""
        return {"done": "已实现 done", "partly": "部分 partly", "planned": "未做 planned"}[self.value]


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement or invariant; *where* and *proof* are files of the project."""

    name: str
    clause: str
    zh: str
    en: str
    status: Status
    where: tuple[str, ...] = ()
    proof: tuple[str, ...] = ()
    lacks: str = ""
    lacks_en: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A heading over requirements *first* to *last*."""

    zh: str
    en: str
    first: int
    last: int


def load(path: Path = DATA) -> tuple[list[Group], dict[str, Line]]:
    """Groups in order, and every line by its id."""
    table = tomllib.loads(path.read_text("utf-8"))
    groups = [Group(one["zh"], one["en"], one["from"], one["to"]) for one in table["group"].values()]
    return groups, {name: _line(name, row) for name, row in _rows(table)}


def _rows(table: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from table["requirement"].items()
    yield from table["invariant"].items()


def _line(name: str, row: Mapping[str, Any]) -> Line:
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
    }
    return Line(name, **{**given, "status": Status(row["status"])})


@cache
def named_by_tests(tests: Path = ROOT / "tests") -> Mapping[str, tuple[str, ...]]:
    """Which test files name which id, in the name or docstring of a test or of the file.

    The tests of the house hold tables together and no rule of the trade; they do not count.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted(set(tests.rglob("test_*.py")) - set(tests.glob("house/*"))):
        for text in _told(ast.parse(file.read_text("utf-8"))):
            for name in _ids(text):
                found[name].add(file.relative_to(tests.parent).as_posix())
    return {name: tuple(sorted(files)) for name, files in found.items()}


def _told(tree: ast.Module) -> Iterator[str]:
    yield ast.get_docstring(tree) or ""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name.replace("_", " ")
            yield ast.get_docstring(node) or ""


def _ids(text: str) -> Iterator[str]:
    for letter, first, last in _RANGE.findall(text):
        yield from (f"{letter}{number}" for number in range(int(first), int(last) + 1))
    yield from _ID.findall(text)


def proof(line: Line, named: Mapping[str, tuple[str, ...]] | None = None) -> list[str]:
    """The test files that hold *line*: those that name it, and those the data names."""
    named = named_by_tests() if named is None else named
    return sorted({*named.get(line.name, ()), *line.proof})


def faults(lines: Mapping[str, Line], named: Mapping[str, tuple[str, ...]] | None = None) -> list[str]:
    """What is untrue in the data: ids missing, files that do not exist, claims without a place or a test."""
    wanted = [*(f"R{n}" for n in range(1, 109)), *(f"V{n}" for n in range(1, 26))]
    found = [f"{name} is missing" for name in wanted if name not in lines]
    found += [f"{name} is not known" for name in lines if name not in wanted]
    for name, line in lines.items():
        found += [f"{name}: no {path}" for path in (*line.where, *line.proof) if not (ROOT / path).is_file()]
        if line.status is not Status.PLANNED and not line.where:
            found.append(f"{name}: {line.status.value}, but nowhere")
        if line.status is Status.PLANNED and line.where:
            found.append(f"{name}: planned, but somewhere")
        if line.status is Status.DONE and not proof(line, named):
            found.append(f"{name}: done, but no test")
        if (line.status is Status.PARTLY) != bool(line.lacks and line.lacks_en):
            found.append(f"{name}: what is lacking belongs to partly, and to nothing else")
    return found


def page() -> str:
    """docs/regulations.md."""
    groups, lines = load()
    if wrong := faults(lines):
        raise ValueError("; ".join(wrong))
    parts = [HEAD, _count(lines)]
    for group in groups:
        parts.append(f"## R{group.first}–R{group.last} {group.zh} · {group.en}\n")
        parts.append(_table([lines[f"R{number}"] for number in range(group.first, group.last + 1)]))
    parts.append("## V1–V25 不变式 · Invariants\n")
    parts.append(_table([line for name, line in lines.items() if name.startswith("V")]))
    return "\n".join(parts)


HEAD = """# 要求与不变式 · Requirements and invariants

公司制度、标准和法律对档案工作的要求，用我们自己的话写成一行一条；「现状」说明本版本做到哪里，写在哪个文件，由哪些测试守住。
What house regulations, standards and law ask of an archive, restated in our own words, a line each: how far this version keeps it, in which
file, and which tests hold it. Written by `make docs` from `regulations.toml`; a test refuses files that do not exist and claims without a test.

依据：`8-1.2.2` 为制度第 8 篇 1.2.2；post 为岗位职责；form 为表单目录；R、V 为本表编号。
Clause: `8-1.2.2` is part 8, 1.2.2 of the house regulations; post and form are post descriptions and lists of forms; R and V are ids of this page.
"""


def _count(lines: Mapping[str, Line]) -> str:
    rows = []
    for letter, kind in (("R", "要求 requirements"), ("V", "不变式 invariants")):
        many = Counter(line.status for name, line in lines.items() if name.startswith(letter))
        rows.append(f"| {kind} | " + " | ".join(str(many[status]) for status in Status) + " |")
    head = "| | " + " | ".join(status.shown for status in Status) + " |\n|---|--:|--:|--:|"
    return "\n".join([head, *rows, ""])


def _table(lines: list[Line]) -> str:
    head = [
        "| | 依据 | 说的是什么 · What it asks | 现状 · Now | 写在 · Where | 测试 · Tests |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *(_row(line) for line in lines), ""])


def _row(line: Line) -> str:
    lacks = f"；缺：{line.lacks} / lacks: {line.lacks_en}" if line.lacks else ""
    where = " ".join(f"`{path}`" for path in line.where) or "—"
    tests = " ".join(f"`{path.removeprefix('tests/')}`" for path in proof(line)) or "—"
    return f"| {line.name} | {line.clause} | {line.zh}。<br>{line.en}. | {line.status.shown}{lacks} | {where} | {tests} |"


if __name__ == "__main__":
    (ROOT / "docs" / "regulations.md").write_text(page(), "utf-8")
