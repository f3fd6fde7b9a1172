"""Our own `catalogue.json` read back: every value checked, one bad record never the fault of the others; pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from archive.errors import ArchiveError, BadValue
from archive.filenames import UNSEEN, portable
from archive.packages import told
from archive.packages.provenance import Happened
from archive.packages.told import FileTold, PaperTold, PartyTold, PremisesTold, RecordTold, Unfit
from archive.values import ComponentKind, PartyKind

Events = Mapping[str, Sequence[Happened]]


def records(given: Sequence[Any], events: Events) -> Iterator[RecordTold | Unfit]:
    """The records of a catalogue in order: each volume with the papers after it that name it."""
    for row, group in enumerate(_groups(given), 1):
        try:
            yield _record(row, group, events)
        except ArchiveError as error:
            yield Unfit(row, _code(group[0]), error)


def _groups(given: Sequence[Any]) -> Iterator[list[Any]]:
    group: list[Any] = []
    for one in given:
        volume = one.get("volume") if isinstance(one, dict) else None
        if group and volume and volume == _code(group[0]):
            group.append(one)
            continue
        if group:
            yield group
        group = [one]
    if group:
        yield group


def _code(one: Any) -> str:
    code = one.get("reference_code") if isinstance(one, dict) else ""
    return code[: told.CODE] if isinstance(code, str) else ""


def _record(row: int, group: Sequence[Any], events: Events) -> RecordTold:
    if not all(isinstance(one, dict) for one in group) or len(group) > told.PAPERS:
        raise BadValue(field="records", value=str(group[0])[:40], expected="{…}")
    first = group[0]
    volume = first.get("kind") == "volume"
    if not volume and (first.get("kind") != "item" or len(group) > 1):
        raise BadValue(field="kind", value=str(first.get("kind"))[:40], expected="volume item")
    about, party = told.mapping(first, "dossier_of") or {}, _party(first)
    code = told.text(first, "reference_code", told.CODE)
    return RecordTold(
        row=row,
        papers=[_paper(one, events) for one in (group[1:] if volume else group)],
        title=told.text(first, "title", told.TITLE) if volume else None,
        code=code,
        note=told.text(first, "note", told.NOTE) if volume else "",
        class_code=told.text(first, "class_code", 20) or None,
        department=told.text(first, "department", 12) or None,
        year=told.number(first, "archive_year", 9999),
        period=told.text(first, "period", 6) or None,
        level=_level(first),
        party=party,
        premises=_premises(about.get("premises")) or _own_premises(first),
        dossier=told.text(first, "dossier", 60) or None,
        items=told.number(first, "items") if volume else None,
        pages=told.number(first, "pages", 1_000_000) if volume else None,
        fields=_fields(first) if volume else {},
        events=events.get(code, ()) if volume else (),
    )


def _paper(one: Mapping[str, Any], events: Events) -> PaperTold:
    code = told.text(one, "reference_code", told.CODE)
    held = told.mapping(one, "on_paper") or {}
    return PaperTold(
        title=told.text(one, "title", told.TITLE),
        code=code,
        dated=told.date(one, "dated"),
        creator=told.text(one, "creator"),
        document_no=told.text(one, "document_no"),
        doc_type=told.text(one, "doc_type", 40),
        note=told.text(one, "note", told.NOTE),
        pages=told.number(one, "page_count") or 0,
        first_page=told.number(one, "first_page"),
        seq_no=told.number(one, "seq_no") or 0,
        is_original=one.get("is_original") is not False,
        on_paper=any(told.number(held, name) for name in ("originals", "copies")),
        level=_level(one),
        party=_party(one),
        premises=_own_premises(one),
        fields=_fields(one),
        files=[_file(file) for file in told.listed(one, "files", told.FILES)],
        events=events.get(code, ()),
    )


def _file(one: Mapping[str, Any]) -> FileTold:
    return FileTold(
        path=told.text(one, "path", 1000),
        name=_name(told.text(one, "name")),
        part=told.one_of(one, "part", ComponentKind, ComponentKind.TEXT),
        size=told.number(one, "size", 1 << 53),
        sha256=told.text(one, "sha256", 64),
    )


def _name(name: str) -> str:
    """*name* as it is told; what is no name of a file, or has signs nobody sees in it, as every system takes it."""
    plain = PurePosixPath(name).name == name not in {"", ".."}
    return name if plain and not any(unicodedata.category(one) in UNSEEN for one in name) else portable(name)


def _level(one: Mapping[str, Any]) -> Any:
    return told.level(told.mapping(one, "level") or {}, "code")


def _party(one: Mapping[str, Any]) -> PartyTold | None:
    given = told.mapping(one, "party")
    if given is None:
        return None
    kind = told.one_of(given, "kind", PartyKind, PartyKind.OUTSIDE_UNIT)
    natural = given.get("natural_person") is not False
    return PartyTold(told.text(given, "code", 60), told.text(given, "name", 120), kind, natural)


def _own_premises(one: Mapping[str, Any]) -> PremisesTold | None:
    code = told.text(one, "premises", 60)
    return _premises({**(told.mapping(one, "premises_at") or {}), "code": code}) if code else None


def _premises(given: Any) -> PremisesTold | None:
    if not isinstance(given, dict):
        return None
    lengths = {"code": 60, "building": 40, "floor": 10, "kind": 20, "area": 20}
    return PremisesTold(**{name: told.text(given, name, longest) for name, longest in lengths.items()})


def _fields(one: Mapping[str, Any]) -> Mapping[str, str]:
    given = told.mapping(one, "fields") or {}
    if len(given) > 40:
        raise BadValue(field="fields", value=len(given), expected="≤ 40")
    return {name[:40]: told.text(given, name, 400) for name in given}
