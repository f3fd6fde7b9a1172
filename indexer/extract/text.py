"""Plain text, tables in plain text, and web pages."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from indexer.extract.charset import decode
from indexer.extract.kinds import MOST_TEXT, Extracted, Kind, Outcome

MOST_UNREADABLE = 0.05
"""More unreadable characters than this share make a text corrupt."""
MOST_READ = 4 * MOST_TEXT
"""Bytes of a text that are looked at; in no charset do they give less than `MOST_TEXT`."""
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_UNSEEN = frozenset({"script", "style", "noscript", "template", "head"})
_BLOCKS = frozenset(
    "address article aside blockquote body br caption dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6"  # noqa: SIM905  a word list reads best as words
    " header hr html li main nav ol option p pre section table tbody tfoot thead tr ul".split(),
)
_CELLS = frozenset({"td", "th"})
_SPACE = re.compile(r"[ \t\r\n\f]+")
_GAP = re.compile(r"[ \t]+")


def read(data: bytes, kind: Kind) -> Extracted:
    """The text of a TXT or CSV file."""
    text, charset, unreadable = decode(data[:MOST_READ], whole=len(data) <= MOST_READ)
    note = f"charset={charset}"
    if unreadable:
        note += f" unreadable={unreadable}"
    if unreadable > len(text) * MOST_UNREADABLE or text.count("\0") > len(text) * MOST_UNREADABLE:
        return Extracted(Outcome.CORRUPT, kind=kind.value, note=f"{note} why=charset")
    text = text.strip()
    if len(data) > MOST_READ:
        note += f" bytes-read={MOST_READ}/{len(data)}"
    return Extracted(Outcome.TEXT if text else Outcome.EMPTY, text, kind.value, note=note)


def read_page(data: bytes) -> Extracted:
    """The text of a web page, without what a browser does not show."""
    found = _CHARSET.search(data[:4096])
    source, charset, _ = decode(data, found[1].decode("ascii", "ignore") if found else None)
    text, title = page_text(source)
    outcome = Outcome.TEXT if text else Outcome.EMPTY
    return Extracted(outcome, text, Kind.HTML.value, None, title, note=f"charset={charset}")


def page_text(source: str) -> tuple[str, str | None]:
    """The visible text and the title of HTML."""
    parser = etree.HTMLParser(no_network=True, huge_tree=True, encoding="utf-8", remove_comments=True)
    root = etree.fromstring(source.encode("utf-8", "ignore"), parser)
    if root is None:
        return "", None
    title = " ".join((root.findtext(".//title") or "").split())
    lines = (_GAP.sub(_narrowed, line).strip() for line in "".join(_visible(root)).split("\n"))
    return "\n".join(filter(None, lines)), title or None


def _visible(root: Any) -> list[str]:
    """The pieces of text in order; walked, not recursed, since pages nest without limit."""
    pieces: list[str] = []
    hidden = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = element.tag
        gap = "\n" if name in _BLOCKS else "\t" if name in _CELLS else ""
        if event == "start":
            hidden += name in _UNSEEN
            pieces.append(gap if hidden else gap + _flat(element.text))
        else:
            hidden -= name in _UNSEEN
            pieces.append(gap if hidden else gap + _flat(element.tail))
    return pieces


def _flat(text: str | None) -> str:
    return " ".join(_SPACE.split(text or ""))


def _narrowed(gap: re.Match[str]) -> str:
    return "\t" if "\t" in gap[0] else " "
