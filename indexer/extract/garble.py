"""How far a text read from a PDF is writing at all: the garbage score that chooses between two readings.

A font without a sound table of characters comes out as Hangul, private-use characters, controls or rare
ideographs. Office papers in Chinese and English hold next to none of these, so counting them tells the better
of two readings, and whether either is worth keeping. Ranges are blocks of the Unicode Standard, chapter 24.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

WRITTEN: tuple[tuple[int, int, str], ...] = (
    (0x0020, 0x007E, "Latin"),
    (0x00A0, 0x024F, "Latin-1 Supplement, Latin Extended-A and -B"),
    (0x0370, 0x04FF, "Greek and Cyrillic"),
    (0x1E00, 0x1EFF, "Latin Extended Additional"),
    (0x2000, 0x23FF, "punctuation, currency, number forms, arrows, mathematical and technical signs"),
    (0x2460, 0x27BF, "enclosed numbers, boxes, shapes, signs, dingbats"),
    (0x2B00, 0x2BFF, "arrows and shapes"),
    (0x2E80, 0x2FDF, "radicals: a common slip of fonts, folded by NFKC"),
    (0x3000, 0x312F, "CJK punctuation, kana, bopomofo"),
    (0x3190, 0x33FF, "enclosed CJK, CJK units"),
    (0xF900, 0xFAFF, "compatibility ideographs"),
    (0xFE10, 0xFE1F, "vertical forms"),
    (0xFE30, 0xFE6F, "CJK compatibility forms, small forms"),
    (0xFF00, 0xFFEF, "full and half width forms"),
    (0x1F100, 0x1FAFF, "enclosed letters, pictographs"),
)
"""What office writing holds beside ideographs; whatever is not here is strange."""
IDEOGRAPHS: tuple[tuple[int, int], ...] = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x323AF))
RARE = 0.5
"""What an ideograph outside the first levels of GB 2312 and Big5 counts: a name has one, garbage has many."""
CLEAN = 0.02
"""A reading with a lower score is taken without asking for a second one."""
_SPACE = frozenset(" \t\n\r\f\u00a0\u2028\u2029\u3000")
_WESTERN_RUN = re.compile("[\u0080-\u00ff]{4,}")
"""Four signs of the upper half of Latin-1 in a row: GB bytes shown as western letters."""


def garbage(text: str) -> float:
    """The share of *text*, spaces aside, that office writing does not hold: 0 for clean or no text, 1 at worst."""
    counted, strange = _weighed(text)
    return strange / counted if counted else 0.0


def worth(text: str) -> float:
    """The characters that can be writing less those that cannot: below 0, the text is better left out."""
    counted, strange = _weighed(text)
    return counted - 2 * strange


def better(first: str, second: str) -> str:
    """The reading with more legible characters; the *first* if both are alike."""
    return second if worth(second) > worth(first) else first


def _weighed(text: str) -> tuple[int, float]:
    """How many characters count, and how much of them is strange."""
    shown = [one for one in text if one not in _SPACE]
    strange = sum(map(_strangeness, shown)) + sum(map(len, _WESTERN_RUN.findall(text)))
    return len(shown), strange + _stray_marks(text)


def _stray_marks(text: str) -> int:
    """Combining marks with no letter before them."""
    pairs = zip(" " + text, text, strict=False)
    return sum(
        1 for before, one in pairs if _combines(one) and not before.isalpha() and not _combines(before)
    )


def _combines(one: str) -> bool:
    return "\u0300" <= one <= "\u036f" or "\u20d0" <= one <= "\u20ff"


@cache
def _strangeness(one: str) -> float:
    code = ord(one)
    if any(low <= code <= high for low, high in IDEOGRAPHS):
        return 0.0 if one in _everyday() else RARE
    if "\u0300" <= one <= "\u036f" or "\ufe00" <= one <= "\ufe0f":
        return 0.0  # marks and variation signs are judged by what stands before them
    if unicodedata.category(one) in {"Cn", "Co", "Cs"}:
        return 1.0
    return 0.0 if any(low <= code <= high for low, high, _ in WRITTEN) else 1.0


@cache
def _everyday() -> frozenset[str]:
    """The ideographs of the first levels: 3,755 of GB 2312 and 5,401 of Big5."""
    first = bytes(byte for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF) for byte in (high, low))
    lows = (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    other = bytes(byte for high in range(0xA4, 0xC7) for low in lows for byte in (high, low))
    return frozenset(first.decode("gb2312", "ignore") + other.decode("big5", "ignore"))
