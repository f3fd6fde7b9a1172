"""The kinds of paper an office writes, read from the tables in texts/*.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

#: The spellings of a paper's bytes, and the ending of its file name.
FORMATS: Mapping[str, str] = {
    "docx": ".docx",
    "pdf": ".pdf",
    "xlsx": ".xlsx",
    "txt-utf8": ".txt",
    "txt-gb18030": ".txt",
}


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of paper; texts hold blanks in braces, *after* is days from the event *when*.

    *share*: how often it occurs in a story. *pair*: written and answered together.
    *closes*: its case ends some days later. *only*: for contracts ended `early` or run in `full`.
    *traditional*: written in traditional characters, so no simplified remark is added.
    *month*: the month it is always written in, or 0.
    """

    class_code: str
    doc_type: str
    title: str
    body: tuple[str, ...]
    format: tuple[str, ...]
    creator: str = ""
    department: str = "KF"
    departments: tuple[str, ...] = ()
    number: str = ""
    table: tuple[tuple[str, ...], ...] = ()
    drawings: int = 0
    when: str = "start"
    after: tuple[int, int] = (0, 0)
    share: float = 1.0
    pair: str = ""
    direction: str = ""
    correspondents: tuple[str, ...] = ()
    level: str | None = None
    period: str | None = None
    repeals: float = 0.0
    closes: bool = False
    only: str = ""
    traditional: bool = False
    month: int = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """What one contract is about; *years* it runs, *amount* in whole yuan."""

    class_code: str
    counterparty: str
    subject: str
    scope: str
    years: int
    amount: int


@dataclass(frozen=True, slots=True)
class Book:
    """All forms of one family with the phrases they draw from."""

    forms: tuple[Form, ...]
    pools: Mapping[str, tuple[str, ...]]
    subjects: tuple[Subject, ...] = ()

    def groups(self) -> Iterator[tuple[Form, ...]]:
        """The forms in order, those of one pair together."""
        pairs: dict[str, list[Form]] = {}
        for index, form in enumerate(self.forms):
            pairs.setdefault(form.pair or str(index), []).append(form)
        yield from (tuple(pair) for pair in pairs.values())


@cache
def book(family: str) -> Book:
    """The book of *family*: tenant, fitout, contract, letters or duty."""
    tables = tomllib.loads(files(__package__).joinpath("texts", f"{family}.toml").read_text("utf-8"))
    return Book(
        forms=tuple(Form(**_row(row)) for row in tables["form"]),
        pools={name: tuple(phrases) for name, phrases in tables["pools"].items()},
        subjects=tuple(Subject(**_row(row)) for row in tables.get("subject", ())),
    )


_SPELT = {"class": "class_code", "type": "doc_type"}


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """One table of the file as keyword arguments: lists become tuples, keys their English names."""
    return {_SPELT.get(key, key): _frozen(value) for key, value in row.items()}


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value
