"""What scanners, text layers and other offices do to a text: the same words, written otherwise.

Every kind of wear leaves the meaning alone, so that what a record says is judged on the text before it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import cache

from opencc import OpenCC

_GLOSSES = {
    "责": "zé", "任": "rèn", "业": "yè", "户": "hù", "费": "fèi", "维": "wéi", "修": "xiū", "押": "yā",
    "金": "jīn", "电": "diàn", "梯": "tī", "装": "zhuāng", "检": "jiǎn", "查": "chá", "单": "dān", "员": "yuán",
    "办": "bàn", "协": "xié", "议": "yì", "验": "yàn", "条": "tiáo", "钥": "yào", "资": "zī", "质": "zhì",
}  # fmt: skip
#: Glyphs that one optical reader puts for others; the second row are characters of their own right.
_MISREAD = dict(zip("置合指按且并纪认购", "臵吅挃挄丏幵纨讣贩", strict=True))
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def is_han(character: str) -> bool:
    """True for the characters of ordinary Chinese text."""
    return "\u4e00" <= character <= "\u9fff"


@cache
def _traditional() -> OpenCC:
    return OpenCC("s2t")


def traditional(text: str, _: random.Random) -> str:
    """As offices in Hong Kong write."""
    return str(_traditional().convert(text))


def broken(text: str, rng: random.Random) -> str:
    """Lines cut at the edge of the page, in the middle of words; a blank here and there."""
    joint = rng.choice(("\n", " \n", "\n  ", "\r\n"))
    return _between(text, lambda at: joint if at % 19 == 18 else " " if at % 41 == 40 else "")


def spaced(text: str, _: random.Random) -> str:
    """Every character apart, as headings are set."""
    return _between(text, lambda _: " ")


def wide(text: str, _: random.Random) -> str:
    """Letters, digits and signs in full width."""
    return text.translate(_WIDE)


def glossed(text: str, rng: random.Random) -> str:
    """Some characters followed by how they are read."""
    return "".join(c + (f"({_GLOSSES[c]})" if c in _GLOSSES and rng.random() < 0.3 else "") for c in text)


def glossed_traditional(text: str, rng: random.Random) -> str:
    """The same in traditional characters, as copied web pages have it."""
    return traditional(glossed(text, rng), rng)


def misread(text: str, _: random.Random) -> str:
    """As a poor optical reader gives it back."""
    return text.translate(str.maketrans(_MISREAD))


def invisible(text: str, rng: random.Random) -> str:
    """Zero-width blanks and soft hyphens between characters."""
    mark = rng.choice(("\u200b", "\u00ad", "\ufeff"))
    return _between(text, lambda at: mark if at % 7 == 3 else "")


def plain(text: str, _: random.Random) -> str:
    """As it was written."""
    return text


KINDS: Mapping[str, Callable[[str, random.Random], str]] = {
    "plain": plain, "traditional": traditional, "broken": broken, "spaced": spaced, "wide": wide,
    "glossed": glossed, "glossed traditional": glossed_traditional, "misread": misread, "invisible": invisible,
}  # fmt: skip
#: Half of all records are as written.
TURNS = ("plain", "plain", "plain", "traditional", "plain", "broken", "plain", "wide", "plain", "glossed",
         "plain", "misread", "plain", "broken", "plain", "glossed traditional", "plain", "invisible", "plain",
         "traditional", "plain", "spaced")  # fmt: skip


def _between(text: str, joint: Callable[[int], str]) -> str:
    """*text* with something between neighbouring Chinese characters, by the number of the place."""
    pieces: list[str] = []
    for at, (left, right) in enumerate(zip(text, text[1:] + "\0", strict=False)):
        pieces.append(left)
        if is_han(left) and is_han(right):
            pieces.append(joint(at))
    return "".join(pieces)
