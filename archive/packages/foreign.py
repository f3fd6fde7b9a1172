"""Packages of others: a CSV sheet or Dublin Core beside the files, else the files by their names.

Headings and elements are mapped by a table: title, date, creator, identifier, description. What a sender calls a
record is told in its note, never taken for a reference code of ours.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from archive.bags import DATA
from archive.errors import ArchiveError, NoSuchDay, PackageUnread
from archive.fields import day
from archive.importing import dated_title
from archive.packages import told
from archive.packages.guarded import Element, elements
from archive.packages.told import FileTold, PaperTold, RecordTold, Unfit, Unread, read

#: What others call the columns of a sheet, without prefixes, in small letters.
HEADINGS: Mapping[str, str] = {
    **dict.fromkeys(("title", "name", "题名", "文件题名", "案卷题名", "名称", "标题"), "title"),
    **dict.fromkeys(("date", "created", "issued", "日期", "文件日期", "成文日期", "形成日期"), "date"),
    **dict.fromkeys(("creator", "author", "责任者", "作者", "发文单位"), "creator"),
    **dict.fromkeys(("identifier", "id", "reference code", "code", "档号", "文件编号", "文号", "编号"), "identifier"),
    **dict.fromkeys(("description", "note", "abstract", "备注", "附注", "说明"), "description"),
    **dict.fromkeys(("rights", "accessrights", "level", "密级"), "rights"),
    **dict.fromkeys(("filename", "file", "files", "path", "hasformat", "source", "文件", "文件名", "路径"), "file"),
    **dict.fromkeys(("extent", "pages", "页数"), "pages"),
}  # fmt: skip
_SHEETS = re.compile(r"(?:.*/)?(?:metadata|catalogue|catalog|目录)\.csv", re.IGNORECASE)
_DUBLIN = re.compile(r"(?:.*/)?(?:dublin-?core|dc|metadata)\.xml", re.IGNORECASE)
_LEVELS = frozenset({"公开", "内部", "秘密", "机密", "PUBLIC", "INTERNAL", "CONFIDENTIAL", "SECRET"})


def records(folder: Path, files: Sequence[str]) -> list[RecordTold | Unfit]:
    """A record for each row or element that tells of something, and for each file that none tells of.

    *files* are the payload paths. Raises `PackageUnread`.
    """
    sheets = [path for path in files if _SHEETS.fullmatch(path)]
    dublin = [path for path in files if _DUBLIN.fullmatch(path)]
    rows = _sheet(folder, sheets[0]) if sheets else _dublin(folder, dublin[0]) if dublin else iter(())
    payload = [path for path in files if path not in {*sheets, *dublin}]
    return _matched(list(rows), payload)


def _matched(rows: Sequence[Mapping[str, str]], payload: Sequence[str]) -> list[RecordTold | Unfit]:
    """Rows with their files; a file that no row names is a record of its own, unless there is one row for all."""
    left = dict.fromkeys(payload)
    called = {name: path for path in payload for name in (path.removeprefix(f"{DATA}/"), path)}
    found: list[RecordTold | Unfit] = []
    for row in rows:
        mine = _named(row, called, left)
        if len(rows) == 1 and not row.get("file"):
            mine = list(payload)
        for path in mine:
            left.pop(path, None)
        found.append(_record(len(found) + 1, row, mine))
    for path in left:
        found.append(_record(len(found) + 1, {}, [path]))
    return found


def _named(row: Mapping[str, str], called: Mapping[str, str], left: Collection[str]) -> list[str]:
    """The files that *row* names and no row before it did, in the order of their paths."""
    told = {one.strip() for one in re.split(r"[|\n;]", row.get("file", ""))}
    return sorted({path for one in told if (path := called.get(one)) in left and path is not None})


def _record(row: int, given: Mapping[str, str], files: Sequence[str]) -> RecordTold | Unfit:
    try:
        return RecordTold(row=row, papers=[_paper(given, files)])
    except ArchiveError as error:
        return Unfit(row, given.get("identifier", "")[: told.CODE], error)


def _paper(given: Mapping[str, str], files: Sequence[str]) -> PaperTold:
    name = PurePosixPath(files[0]) if files else PurePosixPath()
    named, title = dated_title(name.stem) if files else (None, "")
    title = title if len(title) > 1 else name.name
    rights = given.get("rights", "").strip()
    pages = given.get("pages", "").strip()
    return PaperTold(
        title=told.text(given, "title", told.TITLE) or title[: told.TITLE],
        code=told.text(given, "identifier", told.CODE),
        dated=_day(told.text(given, "date", 60)) or named,
        creator=told.text(given, "creator"),
        note=told.text(given, "description", told.NOTE),
        level=told.level(given, "rights") if rights.upper() in _LEVELS or rights == "绝密" else None,
        pages=int(pages) if re.fullmatch(r"[0-9]{1,6}", pages) else 1,
        files=[FileTold(path, told.text({"name": PurePosixPath(path).name}, "name")) for path in files],
    )


def _day(text: str) -> dt.date | None:
    """The day that *text* begins with; none where it is a year, a span or no date at all. Raises `NoSuchDay`."""
    try:
        return day(text.partition("T")[0], "date") if text else None
    except NoSuchDay:
        raise
    except ArchiveError:
        return None


def _sheet(folder: Path, path: str) -> Iterator[dict[str, str]]:
    """The rows of a sheet whose headings are known, by what they mean."""
    rows = csv.reader(io.StringIO(_decoded(folder, path), newline=""), strict=True)
    try:
        means = [_meaning(heading) for heading in next(rows, [])]
        for row in rows:
            both = zip(means, row, strict=False)
            found = {mean: _tidy(cell) for mean, cell in both if mean and cell.strip()}
            if found:
                yield found
    except csv.Error as bad:
        raise PackageUnread(path=path, why=Unread.MALFORMED) from bad


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _decoded(folder: Path, path: str) -> str:
    data = read(folder / path)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PackageUnread(path=path, why=Unread.MALFORMED)


def _meaning(heading: str) -> str:
    """What a heading means: `dc.title`, `dcterms:title`, `题名 / Title` all mean the title; empty if unknown."""
    for part in heading.split("/"):
        word = re.split(r"[.:]", part.strip().lower())
        if found := HEADINGS.get(word[-1]) if word[0] in {"dc", "dcterms", word[-1]} else None:
            return found
    return ""


def _dublin(folder: Path, path: str) -> Iterator[dict[str, str]]:
    """The records of Dublin Core: one element `record` (or `dc`, `metadata`, `rdf:Description`) each."""
    for one in elements(folder / path, path, "record", "dc", "metadata", "Description"):
        yield _elements(one)


def _elements(one: Element) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for child in one.children:
        mean = HEADINGS.get(child.name.lower())
        if mean and child.text.strip():
            found.setdefault(mean, []).append(_tidy(child.text))
    return {mean: "|".join(texts) if mean == "file" else texts[0] for mean, texts in found.items()}
