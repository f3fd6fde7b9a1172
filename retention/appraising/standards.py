"""The standard texts of appraisal (鉴定标准条款, F21): data, checked; a member chooses one or writes his own reason."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from archive import tables
from archive.errors import BadValue
from archive.statuses import Verdict
from archive.words import Language


@dataclass(frozen=True, slots=True)
class Standard:
    """One text: its code, the opinions it fits, what it rests on, both languages."""

    code: str
    verdicts: tuple[Verdict, ...]
    clause: str
    zh: str
    en: str

    def told(self, language: Language) -> str:
        """The text in one language."""
        return self.zh if language is Language.ZH else self.en


@cache
def all_of() -> Mapping[str, Standard]:
    """Every standard text by its code; raises `BadValue` where the data is wrong."""
    text = resources.files("retention").joinpath("data", "standards.toml").read_text("utf-8")
    rows = tables.rows(Standard, "standard", tomllib.loads(text).get("standard", []))
    found = {row.code: row for row in rows}
    tables.demand(len(found) == len(rows), "standard.code", len(rows), "each once")
    return found


def fitting(verdict: Verdict | None = None) -> list[Standard]:
    """The texts that fit *verdict*, or all of them, in the order of the data."""
    return [one for one in all_of().values() if verdict is None or verdict in one.verdicts]


def one(code: str, verdict: Verdict) -> Standard:
    """The text *code* that fits *verdict*; raises `BadValue`, naming those that do."""
    found = all_of().get(code.strip().upper())
    if found is None or verdict not in found.verdicts:
        expected = " ".join(fit.code for fit in fitting(verdict))
        raise BadValue(field="standard", value=code, expected=expected)
    return found
