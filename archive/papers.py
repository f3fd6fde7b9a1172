"""A paper as the clerk describes it, and the columns and card that follow from it; pure but for look-ups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archive.cards import Card, title_checked
from archive.errors import BadValue, LevelAbove, LevelBelow, NotFound, SourcesMixed
from archive.fields import checked
from archive.model import Party, Premises, RecordClass, Volume
from archive.unit import Unit
from archive.values import Level
from archive.volumes import Found


@dataclass(frozen=True, slots=True)
class Paper:
    """One document to be filed, as the clerk describes it; *code* is the one it bears already, to be kept."""

    title: str
    dated: dt.date | None = None
    creator: str = ""
    document_no: str = ""
    doc_type: str = ""
    pages: int = 1
    first_page: int | None = None
    is_original: bool = True
    on_paper: bool = True
    party: str | None = None
    premises: str | None = None
    level: Level | None = None
    note: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """The uids behind the parties and premises of a batch of papers, by code or uid."""

    parties: Mapping[str, str]
    premises: Mapping[str, str]


def sources_of(unit: Unit, papers: Sequence[Paper]) -> Sources:
    """Looked up once for the whole batch."""
    return Sources(
        unit.uids(Party, {paper.party for paper in papers if paper.party}),
        unit.uids(Premises, {paper.premises for paper in papers if paper.premises}),
    )


def _uid(known: Mapping[str, str], what: str, code: str | None) -> str | None:
    if code and code not in known:
        raise NotFound(what=what, code=code)
    return known[code] if code else None


def described(
    unit: Unit, rule: RecordClass, home: Volume | Found, paper: Paper, sources: Sources
) -> dict[str, Any]:
    """The columns and card of *paper* in *home*; raises `LevelBelow`, `LevelAbove`, `BadValue`, `SourcesMixed`."""
    own = home.level
    level = own if paper.level is None else paper.level
    if level < rule.level:
        raise LevelBelow(has=rule.level, given=level)
    if level > own:
        raise LevelAbove(
            volume=home.reference_code if isinstance(home, Volume) else rule.code, has=own, given=level
        )
    if paper.dated is not None and paper.dated > unit.today:
        raise BadValue(field="dated", value=paper.dated, expected=f"≤ {unit.today}")
    party = _uid(sources.parties, "party", paper.party)
    one_source(rule, home, party)
    premises = _uid(sources.premises, "premises", paper.premises)
    card = Card(
        title_checked(paper.title),
        paper.creator,
        paper.document_no,
        paper.note,
        checked(rule.family, paper.fields),
        doc_type=_short(paper.doc_type),
    )
    return {
        "level": level,
        "own_level": level if level != own else None,
        **_year(home, paper),
        "dated": paper.dated,
        "undated": paper.dated is None,
        "page_count": paper.pages,
        "is_original": paper.is_original,
        "external": rule.external,
        "party_uid": party,
        "premises_uid": premises,
        "card": card,
        "on_paper": paper.on_paper,
    }


def _short(doc_type: str) -> str:
    """A document type as written on the paper: at most 40 printable characters; raises `BadValue`."""
    if len(doc_type) > 40 or not doc_type.isprintable():
        raise BadValue(field="doc_type", value=doc_type[:20], expected="≤ 40")
    return doc_type.strip()


def _year(home: Volume | Found, paper: Paper) -> dict[str, int]:
    """A volume kept over years, for a tenancy, project or contract, holds papers each of its own year."""
    over_years = isinstance(home, Volume) and home.dossier_uid
    return {"archive_year": paper.dated.year} if over_years and paper.dated else {}


def one_source(rule: RecordClass, home: Volume | Found, party_uid: str | None) -> None:
    """One outside unit per external volume, and no outsider among internal papers (V6)."""
    if not rule.external or not isinstance(home, Volume):
        return
    if party_uid is not None and home.party_uid is not None and party_uid != home.party_uid:
        raise SourcesMixed(volume=home.reference_code)
