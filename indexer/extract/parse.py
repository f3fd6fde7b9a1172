"""One file from bytes to text; whatever the bytes are, an answer and no exception.

This is what runs inside the sandbox; it knows nothing of processes.
"""

from __future__ import annotations

import zipfile
from dataclasses import replace

from indexer.extract import docx, mail, package, pdf, sheet, text
from indexer.extract.kinds import HEAD, MOST_TEXT, OLE, ZIP, Extracted, Kind, Outcome, kind_of

_UNPRINTABLE = dict.fromkeys(
    [*range(9), 11, 12, *range(14, 32), *range(127, 160), 0xFEFF, 0xFFFE, 0xFFFF], None
)
MOST_TITLE = 500
_WITHOUT_TEXT = {Kind.IMAGE: Outcome.IMAGE_ONLY, Kind.UNKNOWN: Outcome.UNSUPPORTED}


def parse(data: bytes, suffix: str) -> Extracted:
    """The text of *data*, or why there is none; *suffix* (`.docx`) is asked where the bytes say nothing.

    Raises nothing but MemoryError, which the caller must treat as the end of this process's usefulness.
    """
    kind = kind_of(data[:HEAD], suffix)
    try:
        return tidy(_read(data, kind))
    except MemoryError:
        raise
    except RecursionError:
        return Extracted(Outcome.OVERSIZED, kind=kind.value, note="why=nested-too-deep")
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as slip:  # noqa: BLE001  parsers raise anything on damage, Rust panics included
        return _damaged(kind, slip)


def _read(data: bytes, kind: Kind) -> Extracted:
    if not data:
        return Extracted(Outcome.EMPTY, kind=kind.value)
    if data.startswith(OLE):
        return Extracted(package.verdict_on_ole(data), kind=kind.value)
    if data.startswith(ZIP):
        return _read_package(data, kind)
    if kind in {Kind.DOCX, Kind.XLSX}:
        return Extracted(Outcome.CORRUPT, kind=kind.value, note="why=not-a-package")
    if kind in _WITHOUT_TEXT:
        return Extracted(_WITHOUT_TEXT[kind], kind=kind.value)
    return _read_flat(data, kind)


def _read_flat(data: bytes, kind: Kind) -> Extracted:
    match kind:
        case Kind.PDF:
            return pdf.read(data)
        case Kind.EMAIL:
            return mail.read(data)
        case Kind.HTML:
            return text.read_page(data)
        case _:
            return text.read(data, kind)


def _read_package(data: bytes, named: Kind) -> Extracted:
    try:
        opened = package.opened(data)
    except zipfile.BadZipFile:
        return Extracted(Outcome.CORRUPT, kind=named.value, note="why=zip-damaged")
    with opened:
        kind = package.kind_of_package(opened)
        if refused := package.objection(opened):
            return Extracted(refused[0], kind=kind.value, note=refused[1])
        match kind:
            case Kind.DOCX:
                return docx.read(opened)
            case Kind.XLSX:
                return sheet.read(data, opened)
            case _:
                return Extracted(Outcome.UNSUPPORTED, kind=kind.value)


def _damaged(kind: Kind, slip: BaseException) -> Extracted:
    """Damage, or a limit of the parser; only the name of the exception is kept, its words may quote the file."""
    outcome = Outcome.OVERSIZED if type(slip).__name__ == "LimitReachedError" else Outcome.CORRUPT
    return Extracted(outcome, kind=kind.value, note=f"why={type(slip).__name__}")


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
