"""ZIP: the files inside, each read by its own kind under its own name; nothing is written anywhere."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from functools import partial

from indexer.extract.charset import decode
from indexer.extract.enclosed import Inside, Members
from indexer.extract.kinds import Extracted, Kind, Outcome
from indexer.extract.package import ZipLimits, objection_to

_UTF8 = 0x800
_UNICODE_PATH = 0x7075
_RUBBISH = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def read(package: zipfile.ZipFile, inside: Inside) -> Extracted:
    """The text of the members in the order of the archive; a member that fails is counted, the others are kept."""
    limits = ZipLimits()
    entries = [entry for entry in package.infolist() if not entry.is_dir()]
    if len(entries) > limits.entries:
        return Extracted(Outcome.OVERSIZED, kind=Kind.ZIP.value, note="why=zip-entries")
    members = Members(inside)
    for entry in entries:
        name = name_of(entry)
        if name.startswith(_RUBBISH[0]) or name.endswith(_RUBBISH):
            continue
        if members.full:
            break
        if refused := objection_to(entry, limits):
            members.refuse(name, refused[0])
        else:
            members.take(name, partial(package.read, entry))
    return _answer(members)


def _answer(members: Members) -> Extracted:
    if members.told:
        outcome = Outcome.TEXT
    elif members.unread:
        outcome = members.first
    else:
        outcome = Outcome.IMAGE_ONLY if members.pictures else Outcome.EMPTY
    text = "\n".join(members.lines) if outcome is Outcome.TEXT else ""
    return Extracted(outcome, text, Kind.ZIP.value, note=members.note("members"))


def name_of(entry: zipfile.ZipInfo) -> str:
    """The name as it was meant: UTF-8 by flag or extra field, else GBK or UTF-8 that was taken for CP437."""
    if entry.flag_bits & _UTF8:
        return entry.filename
    for kind, body in _extras(entry.extra):
        if kind == _UNICODE_PATH and body[:1] == b"\x01":
            return body[5:].decode("utf-8", "replace")
    raw = entry.orig_filename.encode("cp437", "replace")
    return raw.decode("ascii") if raw.isascii() else decode(raw)[0]


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        yield kind, extra[at + 4 : at + 4 + size]
        at += 4 + size
