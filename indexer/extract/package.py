"""Office files are zip packages: looked over before anything in them is read (reliability 5.7)."""

from __future__ import annotations

import datetime as dt
import re
import stat
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lxml import etree

from indexer.extract.kinds import OFFICE_ZONE, Kind, Outcome

CONTENT_TYPES = "[Content_Types].xml"
CORE = "docProps/core.xml"
MIMETYPE = "mimetype"
_OOXML: Mapping[re.Pattern[str], Kind] = {
    re.compile(r"xl/workbook\.(xml|bin)$"): Kind.XLSX,
    re.compile("ppt/"): Kind.PPTX,
    re.compile("word/"): Kind.DOCX,
}
_OPENDOCUMENT: Mapping[str, Kind] = {
    "application/vnd.oasis.opendocument.text": Kind.ODT,
    "application/vnd.oasis.opendocument.spreadsheet": Kind.ODS,
    "application/vnd.oasis.opendocument.presentation": Kind.ODP,
}
"""By the beginning of the declared type; templates and master documents end otherwise (ODF 1.3 part 2, 3.3)."""


@dataclass(frozen=True, slots=True)
class ZipLimits:
    """What a package may hold; sizes in bytes, as declared (zipfile holds entries to what they declare)."""

    entries: int = 10_000
    entry: int = 128 * 1024 * 1024
    total: int = 512 * 1024 * 1024
    ratio: int = 200
    ratio_above: int = 10 * 1024 * 1024


def objection(package: zipfile.ZipFile, limits: ZipLimits | None = None) -> tuple[Outcome, str] | None:
    """Why this package is not to be read, or None."""
    limits = limits or ZipLimits()
    entries = package.infolist()
    if len(entries) > limits.entries:
        return Outcome.OVERSIZED, "why=zip-entries"
    if sum(entry.file_size for entry in entries) > limits.total:
        return Outcome.OVERSIZED, "why=zip-total"
    for entry in entries:
        if found := objection_to(entry, limits):
            return found
    return None


def objection_to(entry: zipfile.ZipInfo, limits: ZipLimits) -> tuple[Outcome, str] | None:
    """Why this entry is not to be read, or None."""
    if entry.flag_bits & 0x1:
        return Outcome.ENCRYPTED, "why=zip-password"
    if entry.file_size > limits.entry:
        return Outcome.OVERSIZED, "why=zip-entry"
    if entry.file_size > limits.ratio_above and entry.file_size > limits.ratio * max(entry.compress_size, 1):
        return Outcome.OVERSIZED, "why=zip-ratio"
    if _escapes(entry.filename):
        return Outcome.CORRUPT, "why=zip-name"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return Outcome.CORRUPT, "why=zip-link"
    return None


def _escapes(name: str) -> bool:
    return name.startswith(("/", "\\")) or name[1:2] == ":" or ".." in name.replace("\\", "/").split("/")


def opened(data: bytes) -> zipfile.ZipFile:
    """The package in memory; raises zipfile.BadZipFile."""
    return zipfile.ZipFile(BytesIO(data))


def kind_of_package(package: zipfile.ZipFile) -> Kind:
    """Which format a package is, by its parts; a package of another trade is unknown, any other zip is a bundle."""
    names = set(package.namelist())
    if CONTENT_TYPES in names:
        return next((kind for folder, kind in _OOXML.items() if any(map(folder.match, names))), Kind.UNKNOWN)
    if MIMETYPE in names and _plain(package.getinfo(MIMETYPE)):
        told = package.read(MIMETYPE).decode("ascii", "ignore").strip()
        found = next((kind for mime, kind in _OPENDOCUMENT.items() if told.startswith(mime)), None)
        if found or told.startswith("application/vnd.oasis"):
            return found or Kind.UNKNOWN
    return Kind.OFD if names & {"OFD.xml", "Encryptions.xml"} else Kind.ZIP


def _plain(entry: zipfile.ZipInfo) -> bool:
    """True for a short entry without password."""
    return entry.file_size < 200 and not entry.flag_bits & 0x1


def parsed(package: zipfile.ZipFile, part: str) -> Any:
    """The root of one XML part, nothing fetched or expanded; raises ValueError if it carries a DTD.

    Office formats have no document types (ECMA-376 part 2, 8.1.4); only attackers add one.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(package.read(part), parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("doctype")
    return root


def parts_of(package: zipfile.ZipFile, *roles: str) -> Iterator[str]:
    """The parts whose content type ends in one of *roles* (`header+xml`), role by role, 2 before 10."""
    table = [
        (element.get("PartName", "").lstrip("/"), element.get("ContentType", ""))
        for element in parsed(package, CONTENT_TYPES).iter("{*}Override")
    ]
    held = set(package.namelist())
    for role in roles:
        names = {name for name, kind in table if kind.endswith("." + role) and name in held}
        yield from sorted(names, key=lambda name: (len(name), name))


def properties(package: zipfile.ZipFile) -> tuple[str | None, dt.date | None]:
    """Title and day of creation as the file tells them; None where it does not."""
    if CORE not in package.namelist():
        return None, None
    root = parsed(package, CORE)
    title = root.findtext("{http://purl.org/dc/elements/1.1/}title")
    return (title or "").strip() or None, day_of(root.findtext("{http://purl.org/dc/terms/}created"))


def day_of(text: str | None) -> dt.date | None:
    """The office's day of an ISO instant; None if it is no instant."""
    try:
        moment = dt.datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return office_day(moment)


def office_day(moment: dt.datetime) -> dt.date | None:
    """The day at the office; a moment without zone is taken as local."""
    try:
        return (moment.astimezone(OFFICE_ZONE) if moment.tzinfo else moment).date()
    except OverflowError:
        return None
