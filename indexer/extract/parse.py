"""One file from bytes to text; whatever the bytes are, an answer and no exception.

This is what runs inside the sandbox; it knows nothing of processes.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace

from olefile import OleFileIO

from indexer.extract import (
    bundle,
    compound,
    docx,
    images,
    legacy,
    mail,
    markup,
    message,
    ofd,
    opendoc,
    package,
    pdf,
    rtf,
    sheet,
    slides,
    text,
)
from indexer.extract.enclosed import Inside
from indexer.extract.kinds import (
    COMPOUND,
    HEAD,
    MOST_TEXT,
    OLE,
    PACKED,
    ZIP,
    Broken,
    Extracted,
    Kind,
    Outcome,
    kind_of,
)

_UNPRINTABLE = dict.fromkeys(
    [*range(9), 11, 12, *range(14, 32), *range(127, 160), 0xFEFF, 0xFFFE, 0xFFFF], None
)
MOST_TITLE = 500
_EMPTY_ZIP = b"PK\x05\x06"
_FLAT: Mapping[Kind, Callable[[bytes, Inside], Extracted]] = {
    Kind.PDF: lambda data, inside: pdf.read(data, min(pdf.PATIENCE, inside.left())),
    Kind.EMAIL: mail.read,
    Kind.HTML: lambda data, _: text.read_page(data),
    Kind.XML: lambda data, _: markup.read(data),
    Kind.RTF: lambda data, inside: rtf.read(data, min(rtf.PATIENCE, inside.left())),
    Kind.IMAGE: lambda data, _: images.read(data),
}
"""Plain files by kind; the others are plain text."""

_PACKED: Mapping[Kind, Callable[[bytes, zipfile.ZipFile, Inside], Extracted]] = {
    Kind.DOCX: lambda _, opened, __: docx.read(opened),
    Kind.XLSX: lambda data, opened, _: sheet.read(data, opened),
    Kind.PPTX: lambda _, opened, __: slides.read(opened),
    Kind.ODT: lambda _, opened, __: opendoc.read(opened, Kind.ODT),
    Kind.ODP: lambda _, opened, __: opendoc.read(opened, Kind.ODP),
    Kind.ODS: lambda data, opened, _: sheet.read_open(data, opened),
    Kind.OFD: lambda _, opened, inside: ofd.read(opened, min(ofd.PATIENCE, inside.left())),
}
"""Zip packages by kind."""

_COMPOUND: Mapping[Kind, Callable[[bytes, OleFileIO, Inside], Extracted]] = {
    Kind.DOC: lambda _, ole, __: legacy.read(ole),
    Kind.XLS: lambda data, ole, _: sheet.read_old(data, ole),
    Kind.PPT: lambda _, ole, __: slides.read_old(ole),
    Kind.MESSAGE: lambda _, ole, inside: message.read(ole, inside),
}
"""OLE compound files by kind."""


def parse(data: bytes, suffix: str) -> Extracted:
    """The text of *data*, or why there is none; *suffix* (`.docx`) is asked where the bytes say nothing.

    Raises nothing but MemoryError, which the caller must treat as the end of this process's usefulness.
    """
    return _parsed(data, suffix, Inside(_parsed))


def _parsed(data: bytes, suffix: str, inside: Inside) -> Extracted:
    kind = kind_of(data[:HEAD], suffix)
    try:
        return tidy(_read(data, kind, inside))
    except MemoryError:
        raise
    except RecursionError:
        return Extracted(Outcome.OVERSIZED, kind=kind.value, note="why=nested-too-deep")
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as slip:  # noqa: BLE001  parsers raise anything on damage, Rust panics included
        return _damaged(kind, slip)


def _read(data: bytes, kind: Kind, inside: Inside) -> Extracted:
    if not data:
        return Extracted(Outcome.EMPTY, kind=kind.value)
    if data.startswith(OLE):
        return _read_compound(data, kind, inside)
    if data.startswith((ZIP, _EMPTY_ZIP)):
        return _read_package(data, kind, inside)
    if kind in PACKED | COMPOUND:
        return Extracted(Outcome.CORRUPT, kind=kind.value, note="why=not-a-package")
    if kind is Kind.UNKNOWN:
        return Extracted(Outcome.UNSUPPORTED, kind=kind.value)
    reader = _FLAT.get(kind)
    return reader(data, inside) if reader else text.read(data, kind)


def _read_compound(data: bytes, named: Kind, inside: Inside) -> Extracted:
    with compound.opened(data) as ole:
        kind = compound.kind_of_compound(ole)
        if compound.locked(ole):
            return Extracted(Outcome.ENCRYPTED, kind=named.value, note="why=office-password")
        if kind not in _COMPOUND:
            return Extracted(Outcome.UNSUPPORTED, kind=named.value)
        return _COMPOUND[kind](data, ole, inside)


def _read_package(data: bytes, named: Kind, inside: Inside) -> Extracted:
    try:
        opened = package.opened(data)
    except zipfile.BadZipFile:
        return Extracted(Outcome.CORRUPT, kind=named.value, note="why=zip-damaged")
    with opened:
        kind = package.kind_of_package(opened)
        if kind is Kind.ZIP:
            return bundle.read(opened, inside)
        if refused := package.objection(opened):
            return Extracted(refused[0], kind=kind.value, note=refused[1])
        if kind not in _PACKED:
            return Extracted(Outcome.UNSUPPORTED, kind=kind.value)
        return _PACKED[kind](data, opened, inside)


def _damaged(kind: Kind, slip: BaseException) -> Extracted:
    """Damage, or a limit of the parser; only the name of the exception is kept, its words may quote the file."""
    outcome = Outcome.OVERSIZED if type(slip).__name__ == "LimitReachedError" else Outcome.CORRUPT
    return Extracted(outcome, kind=kind.value, note=f"why={_code(slip)}")


def _code(slip: BaseException) -> str:
    if isinstance(slip, Broken):
        return str(slip)
    return "cut-short" if isinstance(slip, struct.error) else type(slip).__name__


def tidy(found: Extracted) -> Extracted:
    """Text that any store takes: no controls, no lone surrogates, at most `MOST_TEXT` bytes."""
    whole = (
        found.text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNPRINTABLE).encode("utf-8", "ignore")
    )
    cut = whole[:MOST_TEXT]
    note = f"{found.note} cut-at={MOST_TEXT}".strip() if len(whole) > MOST_TEXT else found.note
    title = (found.title or "").translate(_UNPRINTABLE).encode("utf-8", "ignore").decode("utf-8").strip()
    outcome = found.outcome
    if outcome is Outcome.TEXT and not cut.strip():
        outcome = Outcome.EMPTY
    kept = cut.decode("utf-8", "ignore")
    return replace(found, outcome=outcome, text=kept, title=title[:MOST_TITLE] or None, note=note)
