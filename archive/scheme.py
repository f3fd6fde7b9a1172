"""The class tree with its retention schedule: data, checked.

This module does not know what the instance holds, who adopted the scheme, or how a due date is reckoned.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from string import Formatter
from typing import Any

from archive import tables
from archive.errors import BadValue, ClassUnknown
from archive.tables import demand
from archive.values import (
    CONFIDENTIAL,
    Custody,
    Disposition,
    Family,
    Level,
    Period,
    PeriodKind,
    Trigger,
    UseMode,
)
from archive.words import Language


class KeptBy(StrEnum):
    """Whether a class is numbered item by item or by volumes (DA/T 13-2022)."""

    ITEM = "item"
    VOLUME = "volume"


class VolumeBy(StrEnum):
    """What one volume is kept for (decision 2; 8-1.4.2 for outside units)."""

    YEAR = "year"
    PREMISES = "premises"
    PROJECT = "project"
    PARTY = "party"
    CONTRACT = "contract"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Series:
    """A first-level series: a branch of the tree, never filed into itself unless it is its only class."""

    code: str
    category: str
    zh: str
    en: str
    sub: str = ""

    @property
    def number(self) -> str:
        """The series part of a reference code: `WS`, `ZY·YH`."""
        return f"{self.category}·{self.sub}" if self.sub else self.category


@dataclass(frozen=True, slots=True)
class Variant:
    """Papers of a class that are kept longer or shorter, or closer, than the rest of it."""

    period: Period
    zh: str
    en: str
    trigger: Trigger | None = None
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class ClassRule:
    """Everything the scheme says of one class (V2: no class without a rule).

    `opens_to` is the use mode once a grant opens a closed class; `owners_access` the owners' right to
    look (阅*); `custodians_closed` V10; `personal` demands shredding and leaves no title behind (decision
    10); `floor` and `ceiling_period` are the least and the most the law allows, as counted from its trigger,
    with the clauses that say so; `ceiling` marks what personal-data law forbids to prolong (PIPL 19); `external` one
    volume per outside unit (V6); `then_transfer` hands over what is left when the service contract ends;
    `follows_origin` lets the paper's original class prolong the period; `reference` is not archives at all.
    """

    code: str
    series: str
    category: str
    sub: str
    zh: str
    en: str
    period: Period
    trigger: Trigger
    family: Family
    level: Level
    use_mode: UseMode
    custody: Custody
    disposition: Disposition
    kept_by: KeptBy
    volume_by: VolumeBy
    template: str
    content: tuple[str, ...]
    use: tuple[str, ...]
    number: tuple[str, ...]
    variants: tuple[Variant, ...] = ()
    opens_to: UseMode | None = None
    owners_access: bool = False
    custodians_closed: bool = False
    personal: bool = False
    ceiling: bool = False
    floor: Period | None = None
    floor_by: str = ""
    ceiling_period: Period | None = None
    ceiling_by: str = ""
    external: bool = False
    then_transfer: bool = False
    follows_origin: bool = False
    reference: bool = False
    note_zh: str = ""
    note_en: str = ""

    @property
    def locked(self) -> bool:
        """True if its papers stand only in places that lock (8-1.4.5)."""
        return self.level >= CONFIDENTIAL

    @property
    def period_important(self) -> Period | None:
        """The longest period among the variants if it is longer than the class's own."""
        longest = self.period
        for variant in self.variants:
            longest = longest.longer_of(variant.period)
        return None if longest == self.period else longest

    def below_floor(self, period: Period) -> bool:
        """True if the law wants it kept longer than *period*."""
        return self.floor is not None and period.least < self.floor.least

    def above_ceiling(self, period: Period) -> bool:
        """True if the law does not let it be kept as long as *period*."""
        return self.ceiling_period is not None and period.least > self.ceiling_period.least

    @property
    def clauses(self) -> tuple[str, ...]:
        """Every clause this rule rests on."""
        return (*self.content, *self.use, *self.number)


@dataclass(frozen=True, slots=True)
class Source:
    """What a clause prefix refers to."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """One version of the class tree and schedule."""

    version: str
    status: str
    series: tuple[Series, ...]
    classes: tuple[ClassRule, ...]
    templates: Mapping[str, str]
    sources: Mapping[str, Source]

    def rule(self, code: str) -> ClassRule:
        """The class called *code*; raises `ClassUnknown` with the nearest code."""
        for known in self.classes:
            if known.code == code:
                return known
        near = difflib.get_close_matches(code, [known.code for known in self.classes], 1, 0.0)
        raise ClassUnknown(code=code, suggestion=near[0] if near else "")

    def under(self, series: str) -> tuple[ClassRule, ...]:
        """The classes of the first-level series *series*, in order."""
        return tuple(known for known in self.classes if known.series == series)


@cache
def load() -> Scheme:
    """The scheme shipped with the product, a proposal until the general manager adopts it."""
    return parse(tables.shipped("classes.toml"))


def parse(table: Mapping[str, Any]) -> Scheme:
    """The scheme written in *table*; raises `BadValue` naming the place of the first fault."""
    for key in table:
        demand(key in _PARTS, key, "", " ".join(_PARTS))
    head = tables.row(_Head, "scheme", table.get("scheme", {}))
    demand(bool(head.version.strip() and head.status.strip()), "scheme.version, status", "", "…")
    planted = tables.given_rows("series", table.get("series", []))
    series = tables.rows(Series, "series", [_without_defaults(one) for one in planted])
    places = {one.code: one for one in series}
    defaults = {one.code: _defaults(one.code, given) for one, given in zip(series, planted, strict=True)}
    filed = tables.given_rows("class", table.get("class", []))
    scheme = Scheme(
        version=head.version,
        status=head.status,
        series=series,
        classes=tuple(_class(given, places, defaults) for given in filed),
        templates=tables.given_table("templates", table.get("templates", {})),
        sources=tables.named_rows(Source, "sources", table.get("sources", {})),
    )
    _check(scheme)
    return scheme


_PARTS = ("scheme", "templates", "sources", "series", "class")

#: The holes a reference-code template may have, with a value of each for trial.
TEMPLATE_HOLES: Mapping[str, str | int] = {
    "fonds": "K001",
    "series": "ZY·YH",
    "year": 2025,
    "period": "D10",
    "department": "KF",
    "premises": "A1203",
    "volume": 1,
    "item": 1,
}

#: Triggers that happen to a record, unlike its date or its year.
_EVENTS = frozenset(Trigger) - {Trigger.FORMED, Trigger.YEAR_END}

_CLAUSE = re.compile(r"(?P<part>[1-9]\d?)(-.+)?|R[1-9]\d*|(?P<source>[A-Za-z]+\d*)(-[\d.]+)?")

#: Use modes that let a paper, or a copy of it, out of the archive's hands.
_LENT = (UseMode.LOAN_IN_COMPANY, UseMode.LOAN_COPIES)

#: What must be true of every class: the keys concerned, what they must be, the test.
_DEMANDS: tuple[tuple[str, str, Callable[[ClassRule], bool]], ...] = (
    ("zh, en", "…", lambda rule: bool(rule.zh.strip() and rule.en.strip())),
    ("content, use, number", "[…]", lambda rule: bool(rule.content and rule.use and rule.number)),
    ("opens_to", "use_mode = CLOSED", lambda rule: rule.opens_to is None or rule.use_mode is UseMode.CLOSED),
    (
        "custodians_closed",
        "use_mode = CLOSED",
        lambda rule: not rule.custodians_closed or rule.use_mode is UseMode.CLOSED,
    ),
    ("use_mode", "READ_ON_SITE CLOSED (V9)", lambda rule: not rule.locked or rule.use_mode not in _LENT),
    ("ceiling", "personal = true (PIPL-19)", lambda rule: not rule.ceiling or rule.personal),
    ("floor, floor_by", "both or none", lambda rule: (rule.floor is not None) is bool(rule.floor_by)),
    (
        "ceiling_period, ceiling_by",
        "ceiling = true: both; else none",
        lambda rule: (rule.ceiling_period is not None) is rule.ceiling is bool(rule.ceiling_by),
    ),
    ("period", "≥ floor", lambda rule: not any(rule.below_floor(one) for one, _ in _periods(rule))),
    (
        "period",
        "≤ ceiling_period",
        lambda rule: not any(rule.above_ceiling(one) for one, _ in _periods(rule)),
    ),
    ("external", "volume_by = party (V6)", lambda rule: not rule.external or _by_party(rule)),
    (
        "reference",
        "period = E",
        lambda rule: not rule.reference or rule.period.kind is PeriodKind.UNTIL_EVENT,
    ),
    ("trigger", "period = E: an event", lambda rule: all(_runs_to_event(*one) for one in _periods(rule))),
    ("note_zh, note_en", "both or none", lambda rule: bool(rule.note_zh) == bool(rule.note_en)),
)


@dataclass(frozen=True, slots=True)
class _Head:
    version: str
    status: str


def _by_party(rule: ClassRule) -> bool:
    return rule.kept_by is KeptBy.VOLUME and rule.volume_by is VolumeBy.PARTY


def _periods(rule: ClassRule) -> Iterable[tuple[Period, Trigger]]:
    yield rule.period, rule.trigger
    for variant in rule.variants:
        yield variant.period, variant.trigger or rule.trigger


def _runs_to_event(period: Period, trigger: Trigger) -> bool:
    return period.kind is not PeriodKind.UNTIL_EVENT or trigger in _EVENTS


def _without_defaults(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "defaults"}


def _defaults(code: str, planted: Mapping[str, Any]) -> Mapping[str, Any]:
    given = tables.given_table(f"series.{code}.defaults", planted.get("defaults", {}))
    for name in ("code", "period", "variants"):
        demand(name not in given, f"series.{code}.defaults.{name}", given.get(name), f"[[class]] {name}")
    return given


def _class(
    row: Mapping[str, Any], places: Mapping[str, Series], defaults: Mapping[str, Mapping[str, Any]]
) -> ClassRule:
    code = str(row.get("code", ""))
    parent = places.get(code.split("·", maxsplit=1)[0])
    if parent is None:
        raise BadValue(field="class.code", value=code, expected=" ".join(places))
    for name in ("series", "category", "sub"):
        demand(name not in row, f"class.{code}.{name}", row.get(name), "[[series]]")
    placed = {"series": parent.code, "category": parent.category, "sub": parent.sub}
    return tables.row(ClassRule, f"class.{code}", {**defaults[parent.code], **row, **placed})


def _check(scheme: Scheme) -> None:
    for what, codes in (("class", scheme.classes), ("series", scheme.series)):
        for code, times in Counter(one.code for one in codes).items():
            demand(times == 1, f"{what}.code", code, "once")
    for name, template in scheme.templates.items():
        demand(
            _spells(template),
            f"templates.{name}",
            template,
            " ".join(f"{{{hole}}}" for hole in TEMPLATE_HOLES),
        )
    for rule in scheme.classes:
        _check_class(rule, scheme)


def _check_class(rule: ClassRule, scheme: Scheme) -> None:
    where = f"class.{rule.code}"
    for field, expected, holds in _DEMANDS:
        demand(holds(rule), f"{where}.{field}", rule.code, expected)
    demand(rule.template in scheme.templates, f"{where}.template", rule.template, " ".join(scheme.templates))
    by_volume = "{volume" in scheme.templates[rule.template]
    demand(
        by_volume is (rule.kept_by is KeptBy.VOLUME),
        f"{where}.template",
        rule.template,
        f"kept_by = {rule.kept_by}",
    )
    for clause in (*rule.clauses, *filter(None, (rule.floor_by, rule.ceiling_by))):
        demand(
            _is_clause(clause, scheme.sources),
            f"{where}.clause",
            clause,
            "8-1.2.2 R72 " + " ".join(scheme.sources),
        )


def _spells(template: object) -> bool:
    if not isinstance(template, str):
        return False
    try:
        holes = {hole for _, hole, _, _ in Formatter().parse(template) if hole is not None}
        return holes <= set(TEMPLATE_HOLES) and bool(template.format(**TEMPLATE_HOLES))
    except (ValueError, LookupError, AttributeError):
        return False


def cited(clauses: str, language: Language) -> str:
    """Clauses as a person reads them, each once: `R74；PIPL-19 个人信息保护法；行业惯例`."""
    told = dict.fromkeys(_named(clause, language) for clause in clauses.split())
    return ("；" if language is Language.ZH else "; ").join(told)


def _named(clause: str, language: Language) -> str:
    code, dash, _ = clause.partition("-")
    law = law_named(code, language)
    if law is None:
        return clause
    return f"{clause} {law}" if dash else law


def law_named(code: str, language: Language) -> str | None:
    """What the source of clauses called *code* is called; None for what is no source."""
    source = load().sources.get(code)
    return None if source is None else source.zh if language is Language.ZH else source.en


def _is_clause(text: str, sources: Mapping[str, Source]) -> bool:
    match = _CLAUSE.fullmatch(text)
    return match is not None and (match["source"] is None or match["source"] in sources)
