"""Whether a Word file may become a template: small, whole, without macros, links outward, or things inside it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

from archive.errors import TemplateRefused
from archive.forms.placeholders import Unfit

MIB = 1 << 20
#: The file, all of it inflated, one part that is read for placeholders, how many parts, how many tags in one part.
MOST, MOST_INFLATED, MOST_TEXT, MOST_PARTS, MOST_TAGS = 4 * MIB, 24 * MIB, MIB // 2, 300, 400
_NEEDED = ("[Content_Types].xml", "word/document.xml")
_MACROS = re.compile(r"vbaProject|vbaData|macroEnabled|/activeX", re.IGNORECASE)
_EMBEDDED = re.compile(r"oleObject|aFChunk|/embeddings/|relationships/(package|control)\b", re.IGNORECASE)
_OUTSIDE = re.compile(r"TargetMode\s*=\s*[\"']\s*External", re.IGNORECASE)
_ENTITIES = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
#: Instructions of Word that fetch or run something.
_FIELDS = re.compile(
    r"\b(INCLUDE(TEXT|PICTURE)?|DDE(AUTO)?|LINK|IMPORT|DATABASE|MACROBUTTON|RD|AUTOTEXT|ADDIN)\b"
)
_INSTRUCTION = re.compile(r"<w:instrText[^>]*>(.*?)</w:instrText>|w:instr\s*=\s*[\"'](.*?)[\"']", re.DOTALL)
_TAG = re.compile(r"\{[%#{]")


def examine(body: bytes) -> None:
    """Raise `TemplateRefused` for whatever makes *body* unfit; what it returns from is a plain, small Word file."""
    if len(body) > MOST:
        raise TemplateRefused(why=Unfit.TOO_LARGE, what=f"{MOST // MIB} MiB")
    instructions = ""
    for name, text in _parts(body):
        for found, why in ((_MACROS, Unfit.MACROS), (_EMBEDDED, Unfit.EMBEDDED)):
            if found.search(name) or (_describes(name) and found.search(text)):
                raise TemplateRefused(why=why, what=name)
        if name.endswith(".rels") and _OUTSIDE.search(text):
            raise TemplateRefused(why=Unfit.OUTSIDE, what=name)
        if _ENTITIES.search(text):
            raise TemplateRefused(why=Unfit.ENTITIES, what=name)
        instructions = "".join(first + second for first, second in _INSTRUCTION.findall(text))
        if _FIELDS.search(instructions.upper()):
            raise TemplateRefused(why=Unfit.FIELDS, what=instructions.strip()[:60])
        if len(_TAG.findall(text)) > MOST_TAGS:
            raise TemplateRefused(why=Unfit.TAGS, what=str(MOST_TAGS))


def _describes(name: str) -> bool:
    """Parts that say what the others are."""
    return name.endswith(".rels") or name == _NEEDED[0]


def _parts(body: bytes) -> Iterator[tuple[str, str]]:
    """Name and text (nothing of pictures) of every part, inflated no further than the limits."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            entries = packed.infolist()
            names = [entry.filename for entry in entries]
            if len(set(names)) != len(names) or any(need not in names for need in _NEEDED):
                raise TemplateRefused(why=Unfit.NOT_WORD, what="—")
            if len(entries) > MOST_PARTS:
                raise TemplateRefused(why=Unfit.TOO_LARGE, what=f"{len(entries)} > {MOST_PARTS}")
            room = MOST_INFLATED
            for entry in entries:
                found = _inflated(packed, entry, room)
                room -= len(found)
                yield entry.filename, _read(entry.filename, found)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as broken:  # fmt: skip
        raise TemplateRefused(why=Unfit.NOT_WORD, what="—") from broken


def _inflated(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int) -> bytes:
    """The bytes of a part, counted while they come out: what the entry says of its size is not believed."""
    with packed.open(entry) as stream:
        found = stream.read(room + 1)
    if len(found) > room:
        raise TemplateRefused(why=Unfit.TOO_LARGE, what=f"{MOST_INFLATED // MIB} MiB")
    return found


def _read(name: str, found: bytes) -> str:
    if not name.endswith((".xml", ".rels")):
        return ""
    if (
        len(found) > MOST_TEXT
        and name.startswith("word/")
        and not name.startswith(("word/theme", "word/styles"))
    ):
        raise TemplateRefused(why=Unfit.TOO_LARGE, what=f"{name} > {MOST_TEXT >> 10} KiB")
    if found.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in found[:64]:
        return found.decode("utf-16", "replace")
    return found.decode("utf-8", "replace")
