"""What a package tells of its records, checked as far as it can be without an instance.

Everything here was written by somebody else: each value has a type, a length and a range, or is refused by name.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from archive.errors import ArchiveError, BadValue, PackageUnread, StateSecret
from archive.fields import day
from archive.packages.provenance import Happened
from archive.values import ComponentKind, Level, PartyKind, Worded

#: Letters that a title, a note, a name or a code may have, papers a record, files a paper.
TITLE, NOTE, NAME, CODE, PAPERS, FILES = 200, 20_000, 200, 110, 20_000, 2_000
#: Marks of state secrets: a product like this may not store what bears one (C10).
_SECRET = re.compile(r"(?:绝密|机密|秘密)\s*[★☆]|\A\W*(?:绝密|国家秘密)\W*\Z")

#: Halves of pairs that no encoding can write.
_HALVES = re.compile("[\ud800-\udfff]")
#: Bytes that a catalogue may have.
MOST_BYTES = 64 << 20

E = TypeVar("E", bound=StrEnum)


class Unread(Worded):
    """Why a catalogue cannot be read."""

    TOO_LARGE = "TOO_LARGE"
    MALFORMED = "MALFORMED"
    NEWER = "NEWER"
    EMPTY = "EMPTY"
    DOCTYPE = "DOCTYPE"


@dataclass(frozen=True, slots=True)
class FileTold:
    """A file of a paper: where it lies in the package, its name and part, what the catalogue says of its bytes."""

    path: str
    name: str
    part: ComponentKind = ComponentKind.TEXT
    size: int | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class PartyTold:
    """Who stood on the other side."""

    code: str
    name: str
    kind: PartyKind
    natural_person: bool


@dataclass(frozen=True, slots=True)
class PremisesTold:
    """A flat, office or shop."""

    code: str
    building: str = ""
    floor: str = ""
    kind: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class PaperTold:
    """One paper: *code* is what the sender calls it."""

    title: str
    code: str = ""
    dated: dt.date | None = None
    creator: str = ""
    document_no: str = ""
    doc_type: str = ""
    note: str = ""
    pages: int = 1
    first_page: int | None = None
    seq_no: int = 0
    is_original: bool = True
    on_paper: bool = False
    level: Level | None = None
    party: PartyTold | None = None
    premises: PremisesTold | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[FileTold] = ()
    events: Sequence[Happened] = ()


@dataclass(frozen=True, slots=True)
class RecordTold:
    """A volume with its papers, or one paper that stands alone (*title* is then None); *row* counts from 1.

    *items* and *pages* are what the sender counts in the volume.
    """

    row: int
    papers: Sequence[PaperTold]
    title: str | None = None
    code: str = ""
    note: str = ""
    class_code: str | None = None
    department: str | None = None
    year: int | None = None
    period: str | None = None
    level: Level | None = None
    party: PartyTold | None = None
    premises: PremisesTold | None = None
    dossier: str | None = None
    items: int | None = None
    pages: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    events: Sequence[Happened] = ()


@dataclass(frozen=True, slots=True)
class Unfit:
    """A record of a package that cannot be understood."""

    row: int
    code: str
    error: ArchiveError


# --- values ---------------------------------------------------------------------------------------


def read(path: Path) -> bytes:
    """A catalogue file whole; raises `PackageUnread` above `MOST_BYTES`."""
    if path.stat().st_size > MOST_BYTES:
        raise PackageUnread(path=path.name, why=Unread.TOO_LARGE)
    return path.read_bytes()


def text(told: Mapping[str, Any], name: str, longest: int = NAME) -> str:
    """Text of at most *longest* letters as it is told, empty where none is; raises `BadValue`, `StateSecret`."""
    value = told.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise BadValue(field=name, value=str(value)[:40], expected=f"≤ {longest}")
    if "\x00" in value or _HALVES.search(value):
        raise BadValue(field=name, value=ascii(value)[:40], expected="…")
    if _SECRET.search(value):
        raise StateSecret(field=name)
    return value


def number(told: Mapping[str, Any], name: str, most: int = 100_000) -> int | None:
    """A whole number from 0 to *most*; raises `BadValue`."""
    value = told.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise BadValue(field=name, value=str(value)[:40], expected=f"0–{most}")
    return value


def date(told: Mapping[str, Any], name: str) -> dt.date | None:
    """A day in any of the ways `fields.day` reads; raises `BadValue`, `NoSuchDay`."""
    value = text(told, name, 60).strip()
    return day(value, name) if value else None


def one_of(told: Mapping[str, Any], name: str, kind: type[E], usual: E) -> E:
    """A named value; *usual* where none is told. Raises `BadValue`."""
    value = told.get(name)
    if value is None:
        return usual
    try:
        return kind(value)
    except ValueError:
        raise BadValue(field=name, value=str(value)[:40], expected=" ".join(kind)) from None


def mapping(told: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """An object, or None where none is told; raises `BadValue`."""
    value = told.get(name)
    if value is not None and not isinstance(value, dict):
        raise BadValue(field=name, value=str(value)[:40], expected="{…}")
    return value


def listed(told: Mapping[str, Any], name: str, most: int) -> list[Mapping[str, Any]]:
    """A list of at most *most* objects; raises `BadValue`."""
    value = told.get(name) or []
    if not isinstance(value, list) or len(value) > most or not all(isinstance(one, dict) for one in value):
        raise BadValue(field=name, value=str(value)[:40], expected=f"[≤ {most}]")
    return value


def level(told: Mapping[str, Any], name: str) -> Level | None:
    """A level by its code or word; raises `BadValue`, `StateSecret`."""
    value = text(told, name, 20).strip()
    return Level.named(value) if value else None
