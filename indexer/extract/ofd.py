"""OFD, the Chinese format of fixed pages (GB/T 33190-2016): the words of each page in the order they are read.

A page places runs of characters; runs on one line are joined from left to right, lines from top to bottom.
Templates are read under the pages that lie on them; attachments, seals and annotations are not.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.extract.kinds import MOST_TEXT, Extracted, Kind, Outcome
from indexer.extract.package import parsed

MAIN, LOCKED = "OFD.xml", "Encryptions.xml"
PATIENCE = 12.0
"""Seconds after which the remaining pages are left unread."""
MOST_PAGES = 5_000
MOST_RUNS = 50_000
"""Runs of one page; a full one has some three thousand."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters that stand together, in millimetres from the upper left corner."""

    left: float
    top: float
    width: float
    size: float
    words: str


@dataclass(frozen=True, slots=True)
class _Paper:
    """One document of the file: its facts, its pages, and the templates they lie on."""

    title: str
    created: str
    pages: tuple[str, ...]
    templates: dict[str, str]


def read(package: zipfile.ZipFile, patience: float = PATIENCE) -> Extracted:
    """The text of an OFD file; raises KeyError where parts are missing, XML errors on damage."""
    if LOCKED in package.namelist():
        return Extracted(Outcome.ENCRYPTED, kind=Kind.OFD.value, note="why=ofd-encrypted")
    papers = list(_papers(package))
    count = sum(len(paper.pages) for paper in papers)
    pages = list(_pages(package, papers, time.monotonic() + patience))
    words = "\n".join(text for text, _ in pages if text)
    title = next((paper.title for paper in papers if paper.title), None)
    created = next((day for paper in papers if (day := _day(paper.created))), None)
    outcome = _outcome(words, len(pages), count, pictured=any(drawn for _, drawn in pages))
    note = f"pages-read={len(pages)}/{count}" if len(pages) < count else ""
    return Extracted(outcome, words, Kind.OFD.value, count, title, created, note)


def _outcome(words: str, done: int, count: int, *, pictured: bool) -> Outcome:
    if words:
        return Outcome.TEXT
    if pictured:
        return Outcome.IMAGE_ONLY
    return Outcome.TIMED_OUT if done < min(count, MOST_PAGES) else Outcome.EMPTY


def _papers(package: zipfile.ZipFile) -> Iterator[_Paper]:
    for body in parsed(package, MAIN).iterfind("{*}DocBody"):
        root = _path("", body.findtext("{*}DocRoot") or "")
        document, folder = parsed(package, root), posixpath.dirname(root)
        pages = (_path(folder, page.get("BaseLoc", "")) for page in document.iterfind("{*}Pages/{*}Page"))
        templates = {
            one.get("ID", ""): _path(folder, one.get("BaseLoc", ""))
            for one in document.iterfind("{*}CommonData/{*}TemplatePage")
        }
        title, created = (
            body.findtext(f"{{*}}DocInfo/{{*}}{name}") or "" for name in ("Title", "CreationDate")
        )
        yield _Paper(title.strip(), created.strip(), tuple(pages), templates)


def _path(folder: str, place: str) -> str:
    """A part by its place, told from the root or from the folder it is named in."""
    return posixpath.normpath(posixpath.join("/", folder, place.strip())).lstrip("/")


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return None


def _pages(package: zipfile.ZipFile, papers: Sequence[_Paper], deadline: float) -> Iterator[tuple[str, bool]]:
    """Each page's text, and whether it draws a picture, until room or patience are used up."""
    held, room = package.NameToInfo, MOST_TEXT
    every = ((page, paper.templates) for paper in papers for page in paper.pages[:MOST_PAGES])
    for page, templates in every:
        if time.monotonic() > deadline or room < 0:
            return
        root = parsed(package, page)
        under = [templates.get(one.get("TemplateID", "")) for one in root.iterfind("{*}Template")]
        roots = [*(parsed(package, name) for name in under if name in held), root]
        text = _text([run for one in roots for run in _runs(one)])
        room -= len(text)
        yield text, any(next(one.iter("{*}ImageObject"), None) is not None for one in roots)


def _runs(root: Any) -> Iterator[_Run]:
    """The runs of a page or template in the order they are drawn."""
    for number, thing in enumerate(root.iter("{*}TextObject")):
        if number >= MOST_RUNS:
            return
        left, top, width, _ = _numbers(thing.get("Boundary"), 4)
        size = _numbers(thing.get("Size"), 1)[0]
        for code in thing.iterfind("{*}TextCode"):
            words = code.text or ""
            if words.strip():
                x, y = _numbers(code.get("X"), 1)[0], _numbers(code.get("Y"), 1)[0]
                yield _Run(left + x, top + y, width - x, size, words.strip("\r\n"))


def _numbers(told: str | None, count: int) -> list[float]:
    """So many numbers; what is missing or no number is 0."""
    try:
        numbers = [float(one) for one in (told or "").split()[:count]]
    except ValueError:
        numbers = []
    sound = [one if abs(one) < 1e9 else 0.0 for one in numbers]
    return sound + [0.0] * (count - len(sound))


def _text(runs: Sequence[_Run]) -> str:
    """Lines from top to bottom; a run stands on a line if its foot is within half a size of the line's."""
    lines: list[list[_Run]] = []
    for run in sorted(runs, key=lambda one: (one.top, one.left)):
        near = max(run.size, 1.0) / 2
        if lines and run.top - lines[-1][0].top <= near:
            lines[-1].append(run)
        else:
            lines.append([run])
    return "\n".join(filter(str.strip, map(_line, lines)))


def _line(runs: Sequence[_Run]) -> str:
    """The runs of a line from left to right; a gap wider than a character parts them."""
    text, end = "", None
    for run in sorted(runs, key=lambda one: one.left):
        gap = "" if end is None or run.left - end < max(run.size, 1.0) else " "
        text += gap + run.words
        end = run.left + max(run.width, 0.0)
    return text
