"""The process that reads files: it loads its parsers, locks itself in, and answers until its parent is gone.

It is given bytes and the end of a name, and gives back text and facts. It ends when its input ends.
"""

from __future__ import annotations

import codecs
import dataclasses
import json
import logging
import os
import resource
import sys
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, BinaryIO

from indexer.extract import charset, compound, frames, pictures, rtf
from indexer.extract.kinds import MOST_INPUT, Extracted, Outcome
from indexer.extract.parse import parse
from indexer.extract.sandbox import Limits, allow_one_file, lock_in

MOST_PAGES = 5_000
"""Pages of one file named for recognition; their numbers must fit into one message."""


def main() -> None:
    """Live as a child; `sys.argv[-1]` holds the limits as JSON."""
    limits = Limits(**json.loads(sys.argv[-1]))
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not enter the messages
    logging.disable(logging.CRITICAL)
    _load_what_comes_late()
    frames.put(sink, dataclasses.asdict(lock_in(limits)))
    serve(source, sink, limits)


def _load_what_comes_late() -> None:
    """Charsets and parsers that load themselves at first use are loaded while files can be read."""
    late = ("utf-16", "utf-32", "utf-8-sig", "idna", "cp437", "cp1252")
    tables = (
        charset.HANDICAP,
        charset.DECLARED.values(),
        compound.CODE_PAGES.values(),
        rtf.CHARSETS.values(),
        late,
    )
    for name in chain(*tables):
        codecs.lookup(name)
    parse(
        b"From: a\nTo: b\nSubject: =?gbk?B?1tDOxA==?=\nDate: Mon, 1 Jan 2024 08:00:00 +0800\n\n<p>a</p>",
        ".eml",
    )
    parse(b"<html><p>a</p></html>", ".html")
    parse(b"%PDF-1.4\n", ".pdf")


def serve(source: BinaryIO, sink: BinaryIO, limits: Limits) -> None:
    """Answer each message until the input ends."""
    swollen = max(_peak(), limits.memory // 2)
    while (message := frames.take(source, MOST_INPUT)) is not None:
        asked, data = message
        allow_one_file(limits)
        try:
            facts, block = _ANSWERS[str(asked["do"])](data, asked)
            spent = "PanicException" in str(
                facts.get("note")
            )  # each leaves its words in a pipe nobody empties
        except MemoryError:
            facts, block = _facts(Extracted(Outcome.OVERSIZED, note="why=memory")), b""
            facts |= {"pages": None, "fault": "MemoryError"}
            spent = True
        frames.put(sink, {**facts, "spent": spent or _peak() > swollen}, block)


def _peak() -> int:
    """The most memory held so far, in bytes; at the start the kernel still counts the parent's."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _read(data: bytes, asked: frames.Facts) -> tuple[dict[str, Any], bytes]:
    found = parse(data, str(asked["suffix"]))
    return _facts(found), found.text.encode()


def _look(data: bytes, asked: frames.Facts) -> tuple[dict[str, Any], bytes]:
    """Which pages are pictures; none where the file does not open."""
    try:
        return {"pages": pictures.unread_pages(data, str(asked["suffix"]))[:MOST_PAGES]}, b""
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        return {"pages": []}, b""


def _draw(data: bytes, asked: frames.Facts) -> tuple[dict[str, Any], bytes]:
    """One page as a grey picture; only the name of a fault is told, its words may quote the file."""
    try:
        drawn = pictures.drawn(data, str(asked["suffix"]), int(asked["page"]))
    except MemoryError:
        raise
    except Exception as slip:  # noqa: BLE001
        return {"fault": type(slip).__name__}, b""
    return {"fault": "", "width": drawn.width, "height": drawn.height}, drawn.pixels


def _show(data: bytes, asked: frames.Facts) -> tuple[dict[str, Any], bytes]:
    """One page in colour, for eyes; as `_draw`."""
    try:
        found = pictures.seen(data, str(asked["suffix"]), int(asked["page"]), int(asked["width"]))
    except MemoryError:
        raise
    except Exception as slip:  # noqa: BLE001
        return {"fault": type(slip).__name__}, b""
    return {
        "fault": "", "width": found.width, "height": found.height, "count": found.count
    }, found.pixels  # fmt: skip


_ANSWERS: Mapping[str, Callable[[bytes, frames.Facts], tuple[dict[str, Any], bytes]]] = {
    "read": _read,
    "look": _look,
    "draw": _draw,
    "show": _show,
}


def _facts(found: Extracted) -> dict[str, Any]:
    facts = {
        field.name: getattr(found, field.name) for field in dataclasses.fields(found) if field.name != "text"
    }
    return {**facts, "created": found.created.isoformat() if found.created else None}


if __name__ == "__main__":
    main()
