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
from typing import Any, BinaryIO

from indexer.extract import charset, frames
from indexer.extract.kinds import MOST_INPUT, Extracted, Outcome
from indexer.extract.parse import parse
from indexer.extract.sandbox import Limits, allow_one_file, lock_in


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
    for name in (*charset.HANDICAP, *charset.DECLARED.values(), "utf-16", "utf-32", "utf-8-sig", "idna"):
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
        facts, data = message
        allow_one_file(limits)
        found, spent = _answer(data, str(facts["suffix"]))
        frames.put(sink, {**_facts(found), "spent": spent or _peak() > swollen}, found.text.encode())


def _peak() -> int:
    """The most memory held so far, in bytes; at the start the kernel still counts the parent's."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _answer(data: bytes, suffix: str) -> tuple[Extracted, bool]:
    """What the file says, and whether this process had better be replaced."""
    try:
        return parse(data, suffix), False
    except MemoryError:
        return Extracted(Outcome.OVERSIZED, note="why=memory"), True


def _facts(found: Extracted) -> dict[str, Any]:
    facts = {
        field.name: getattr(found, field.name) for field in dataclasses.fields(found) if field.name != "text"
    }
    return {**facts, "created": found.created.isoformat() if found.created else None}


if __name__ == "__main__":
    main()
