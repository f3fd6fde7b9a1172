"""Slides: PPTX from its XML, and the text records of the older PPT (MS-PPT)."""

from __future__ import annotations

import posixpath
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from olefile import OleFileIO

from indexer.extract import compound
from indexer.extract.kinds import MOST_TEXT, Extracted, Kind, Outcome
from indexer.extract.package import parsed, parts_of, properties

MAIN = (
    "presentation.main+xml",
    "slideshow.main+xml",
    "template.main+xml",
    "presentation.macroEnabled.main+xml",
)
_BESIDE = ("diagramData", "chart", "notesSlide", "comments")
"""What a slide draws or carries in parts of its own, in the order it is told."""
_UNSEEN = frozenset({"sldNum", "hdr", "ftr", "dt", "sldImg"})
"""Placeholders that say the same on every page, or nothing."""

# --- PPTX --------------------------------------------------------------------------------------


def read(package: zipfile.ZipFile) -> Extracted:
    """The text of a PPTX, slide by slide with its notes; raises KeyError without a main part, XML errors on damage."""
    main = next(parts_of(package, *MAIN))
    slides = list(_slides(package, main))
    lines: list[str] = []
    room = MOST_TEXT
    for slide in slides:
        text = _slide_text(package, slide)
        lines += filter(None, [text])
        room -= len(text)
        if room < 0:
            break
    title, created = properties(package)
    outcome = Outcome.TEXT if lines else _without_text(package)
    return Extracted(outcome, "\n".join(lines), Kind.PPTX.value, len(slides), title, created)


def _without_text(package: zipfile.ZipFile) -> Outcome:
    return (
        Outcome.IMAGE_ONLY
        if any(name.startswith("ppt/media/") for name in package.namelist())
        else Outcome.EMPTY
    )


def _slides(package: zipfile.ZipFile, main: str) -> Iterator[str]:
    """The slides in the order they are shown, each once."""
    targets = {number: target for number, _, target in _related(package, main)}
    numbers = (
        value
        for slide in parsed(package, main).iterfind("{*}sldIdLst/{*}sldId")
        for name, value in slide.attrib.items()
        if name.endswith("}id")
    )
    yield from dict.fromkeys(targets[number] for number in numbers if number in targets)


def _slide_text(package: zipfile.ZipFile, slide: str) -> str:
    lines = [text_of(parsed(package, slide))]
    beside = [(role, target) for _, role, target in _related(package, slide)]
    for role in _BESIDE:
        lines += [text_of(parsed(package, target)) for kind, target in beside if kind == role]
    return "\n".join(filter(None, lines))


def _related(package: zipfile.ZipFile, part: str) -> list[tuple[str, str, str]]:
    """The relations of a part: number, role, target; only what the package holds."""
    folder, name = posixpath.split(part)
    table = posixpath.join(folder, "_rels", f"{name}.rels")
    held = package.NameToInfo
    if table not in held:
        return []
    relations = (
        (one.get("Id", ""), posixpath.basename(one.get("Type", "")), _target(folder, one.get("Target", "")))
        for one in parsed(package, table).iterfind("{*}Relationship")
        if one.get("TargetMode") != "External"
    )
    return [relation for relation in relations if relation[2] in held]


def _target(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def text_of(root: Any) -> str:
    """The words of one drawn part: paragraphs, rows of tables, names and categories of charts, comments."""
    lines = _written(root).split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _written(element: Any) -> str:
    if not isinstance(element.tag, str):
        return ""
    return _WRITTEN.get(element.tag.rpartition("}")[2], _children)(element)


def _children(element: Any) -> str:
    return "".join(map(_written, element))


def _row(element: Any) -> str:
    return "\t".join(" ".join(_written(cell).split("\n")).strip() for cell in element) + "\n"


def _shape(element: Any) -> str:
    kinds = {holder.get("type") for holder in element.iterfind("{*}nvSpPr/{*}nvPr/{*}ph")}
    return "" if kinds & _UNSEEN else _children(element)


def _line(element: Any) -> str:
    return (element.text or "").strip("\n") + _children(element) + "\n"


def _one_alternative(element: Any) -> str:
    return next(filter(None, map(_children, element)), "")


_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "t": lambda element: element.text or "",
    "p": lambda element: _children(element) + "\n",
    "br": lambda _: "\n",
    "tab": lambda _: "\t",
    "tr": _row,
    "sp": _shape,
    "v": _line,
    "text": _line,
    "AlternateContent": _one_alternative,
    "f": lambda _: "",
    "numCache": lambda _: "",
    "delText": lambda _: "",
}

# --- PPT ---------------------------------------------------------------------------------------

_WIDE, _NARROW = 0x0FA0, 0x0FA8
"""TextCharsAtom and TextBytesAtom (MS-PPT 2.9.42, 2.9.43)."""
_SLIDE = 0x03EE
_PASSED = frozenset({0x03F8, 0x0FC9, 0x03F2})
"""Masters, handouts and the environment: their words are prompts."""
_SIGNS = {0x0B: "\n", 0x0D: "\n"}


def read_old(ole: OleFileIO) -> Extracted:
    """The text of a PPT; slides saved again and again tell their words once."""
    data = compound.stream(ole, "PowerPoint Document")
    texts = "\n".join(_atoms(data)).translate(_SIGNS).split("\n")
    text = "\n".join(dict.fromkeys(line.strip() for line in texts if line.strip(" *")))
    title, created = compound.properties(ole)
    pictured = "Pictures" in compound.names(ole)
    outcome = Outcome.TEXT if text else Outcome.IMAGE_ONLY if pictured else Outcome.EMPTY
    return Extracted(outcome, text, Kind.PPT.value, None, title, created)


def _atoms(data: bytes) -> Iterator[str]:
    """The text records in the order of the stream; containers are stepped into, never recursed."""
    at, room = 0, MOST_TEXT
    while at + 8 <= len(data) and room > 0:
        version, kind, length = struct.unpack_from("<HHI", data, at)
        at += 8
        body = data[at : at + length] if kind in {_WIDE, _NARROW} else b""
        if body:
            room -= len(body)
            yield body.decode("utf-16-le" if kind == _WIDE else "latin-1", "replace")
        if version & 0xF != 0xF or kind in _PASSED:
            at += length
