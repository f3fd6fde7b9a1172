"""The catalogue of a package read back: our own JSON, else CSV or Dublin Core of others, else the names of the files.

The package has been checked before (`checking`): its files are as listed. What they say is still hostile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.bags import DATA
from archive.errors import PackageUnread
from archive.packages import foreign, ours
from archive.packages.books import JSON, METADATA, PREMIS
from archive.packages.head import FORMAT, VERSION
from archive.packages.preserved import events_of
from archive.packages.told import RecordTold, Unfit, Unread, read

#: Volumes and papers together that a package may tell of.
MOST_RECORDS = 100_000


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a package tells: the fonds if it is of our making, who made it, its number, its records in order."""

    fonds: str
    origin: str
    number: str
    records: Sequence[RecordTold | Unfit]


def contents(folder: Path, info: Mapping[str, str], files: Sequence[str]) -> Contents:
    """What the package in *folder* tells; *files* are its payload paths, *info* what `bag-info.txt` says.

    Raises `PackageUnread`.
    """
    origin, number = info.get("Source-Organization", "")[:120], info.get("External-Identifier", "")[:120]
    fonds, found = "", list[RecordTold | Unfit]()
    given = _json(folder / f"{DATA}/{METADATA}/{JSON}") if f"{DATA}/{METADATA}/{JSON}" in files else {}
    if given.get("format") == FORMAT:
        fonds, found = _fonds(given), _own(folder, given, files)
    else:
        found = foreign.records(folder, files)
    if not found:
        raise PackageUnread(path=folder.name, why=Unread.EMPTY)
    return Contents(fonds, origin, number, found)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read(path))
    except (ValueError, RecursionError) as bad:
        raise PackageUnread(path=path.name, why=Unread.MALFORMED) from bad
    return found if isinstance(found, dict) else {}


def _fonds(given: Mapping[str, Any]) -> str:
    fonds = given.get("fonds")
    return fonds[:20] if isinstance(fonds, str) else ""


def _own(folder: Path, given: Mapping[str, Any], files: Sequence[str]) -> list[RecordTold | Unfit]:
    records = given.get("records")
    if not isinstance(records, list):
        raise PackageUnread(path=JSON, why=Unread.MALFORMED)
    if not isinstance(given.get("version"), int) or given["version"] > VERSION:
        raise PackageUnread(path=JSON, why=Unread.NEWER)
    if len(records) > MOST_RECORDS:
        raise PackageUnread(path=JSON, why=Unread.TOO_LARGE)
    premis = f"{DATA}/{METADATA}/{PREMIS}"
    events = events_of(folder / premis, premis) if premis in files else {}
    return list(ours.records(records, events))
