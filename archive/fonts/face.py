"""The embedded face: registered once with the PDF writer, how broad each letter is, which letters it can show.

Whoever writes a PDF here writes with this face; nothing else is embedded.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from archive.fonts import CJK_FACE, cjk_font_path

NAME = "Micro Hei"
#: Stands for a letter that the face cannot show: 〓, as printers have always set it.
MISSING = "〓"
#: Marks that join, turn or pick shapes and are not seen themselves.
_UNSEEN = {
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x206A),
    *range(0xFE00, 0xFE10),
    0xFEFF,
}
_SPACES = {0x09: " ", 0x0B: " ", 0x0C: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n", 0xA0: " ", 0x202F: " "}


@cache
def chinese_font() -> str:
    """Register the embedded font once; returns its name."""
    pdfmetrics.registerFont(TTFont(NAME, str(cjk_font_path()), subfontIndex=CJK_FACE))
    return NAME


@cache
def _face() -> Any:
    return pdfmetrics.getFont(chinese_font()).face


class _Breadths(dict[str, float]):
    """Letter to its breadth in em, looked up in the face once."""

    def __missing__(self, letter: str) -> float:
        face = _face()
        wide = float(face.charWidths.get(ord(letter), face.defaultWidth)) / 1000
        self[letter] = wide
        return wide


class _Shown(dict[int, str | int | None]):
    """What each letter becomes on paper, as `str.translate` asks it."""

    def __missing__(self, point: int) -> str | int | None:
        self[point] = made = point if point in _face().charToGlyph and point >= 0x20 else MISSING
        return made


_BREADTHS = _Breadths()
_SHOWN = _Shown({**dict.fromkeys(_UNSEEN), **_SPACES, 0x0A: 0x0A})


def breadth(text: str, size: float = 1.0) -> float:
    """How broad *text* (as `shown` gives it) is at *size*: points, or em at size 1."""
    return sum(map(_BREADTHS.__getitem__, text)) * size


def shown(text: str) -> str:
    """*text* as the face can show it: a letter it lacks is `MISSING`, joiners and direction marks go, tabs are spaces."""
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_SHOWN)


def lacking(text: str) -> set[str]:
    """The letters of *text* that `shown` cannot show."""
    whole = unicodedata.normalize("NFC", text)
    return {letter for letter in whole if letter != "\r" and _SHOWN[ord(letter)] == MISSING != letter}
