"""What a complete dossier holds, and which of it is missing (decision 27): data and one pure question.

This module does not know where the papers are; it is told class and document type of those present.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from archive import tables
from archive.errors import BadValue
from archive.tables import demand
from archive.words import Language


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that makes a paper needed: `hot_work`, `not_owner`."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One paper of a dossier: recognised in any of its classes by document type or alias.

    An alias with a leading `*` is an ending: `*合同` recognises 「清洁服务合同」.
    """

    stage: int
    classes: tuple[str, ...]
    zh: str
    en: str
    clause: str
    aliases: tuple[str, ...] = ()
    required: bool = True
    when: str = ""

    def name(self, language: Language) -> str:
        """The document type in *language*."""
        return self.zh if language is Language.ZH else self.en

    def met_by(self, class_code: str, doc_type: str) -> bool:
        """True if a paper of this class and document type is the one wanted."""
        told = spelling(doc_type)
        return class_code in self.classes and any(
            told.endswith(spelling(known[1:])) if known.startswith("*") else told == spelling(known)
            for known in (self.zh, self.en, *self.aliases)
        )


@dataclass(frozen=True, slots=True)
class Checklist:
    """The papers of one kind of dossier, in the order of its life."""

    kind: str
    zh: str
    en: str
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Checklists:
    """All checklists and the facts their conditions may name."""

    facts: Mapping[str, Fact]
    dossiers: tuple[Checklist, ...]

    def of(self, kind: str) -> Checklist:
        """The checklist of *kind*; raises `BadValue`."""
        for known in self.dossiers:
            if known.kind == kind:
                return known
        raise BadValue(field="dossier", value=kind, expected=" ".join(known.kind for known in self.dossiers))

    def missing(
        self,
        kind: str,
        present: Iterable[tuple[str, str]],
        *,
        facts: Collection[str] = (),
        stage: int | None = None,
    ) -> list[Wanted]:
        """The required papers of *kind* not among *present* (class code, document type).

        Conditional papers count only if their fact is in *facts*; *stage* leaves out later stages.
        Raises `BadValue` for an unknown kind or fact.
        """
        for fact in facts:
            demand(fact in self.facts, "fact", fact, " ".join(self.facts))
        held = list(present)
        return [
            wanted
            for wanted in self.of(kind).wanted
            if wanted.required
            and (not wanted.when or wanted.when in facts)
            and (stage is None or wanted.stage <= stage)
            and not any(wanted.met_by(*paper) for paper in held)
        ]


@cache
def load() -> Checklists:
    """The checklists shipped with the product."""
    return parse(tables.shipped("checklists.toml"))


def parse(table: Mapping[str, Any]) -> Checklists:
    """The checklists written in *table*; raises `BadValue` naming the place of the first fault."""
    for key in table:
        demand(key in {"facts", "dossier"}, key, "", "facts dossier")
    facts = tables.named_rows(Fact, "facts", table.get("facts", {}))
    dossiers = tables.rows(Checklist, "dossier", table.get("dossier", []))
    for dossier in dossiers:
        _check(dossier, facts)
    return Checklists(facts, dossiers)


def missing(
    kind: str, present: Iterable[tuple[str, str]], *, facts: Collection[str] = (), stage: int | None = None
) -> list[Wanted]:
    """What the shipped checklist of *kind* misses; see `Checklists.missing`."""
    return load().missing(kind, present, facts=facts, stage=stage)


_REMARK = re.compile(r"\([^()]*\)$")


def spelling(doc_type: str) -> str:
    """A document type as it is compared: width, case, spaces, 《》 and a remark in brackets do not matter."""
    text = unicodedata.normalize("NFKC", doc_type).casefold()
    return re.sub(r"[\s《》〈〉“”\"'·]", "", _REMARK.sub("", text.strip()))


def _check(dossier: Checklist, facts: Mapping[str, Fact]) -> None:
    claimed: dict[tuple[str, str], str] = {}
    for wanted in dossier.wanted:
        where = f"dossier.{dossier.kind}.{wanted.zh}"
        demand(not wanted.when or wanted.when in facts, f"{where}.when", wanted.when, " ".join(facts))
        demand(bool(wanted.classes), f"{where}.classes", "", "[…]")
        for paper in (
            (code, spelling(name)) for code in wanted.classes for name in (wanted.zh, *wanted.aliases)
        ):
            other = claimed.setdefault(paper, wanted.zh)
            demand(other == wanted.zh, f"{where}.aliases", paper[1], f"≠ {other}")
