"""Text as it is compared: one width, one case, one set of characters, and nothing that is not text.

The original is never altered: `traced` tells where each compared character came from.
Traditional characters, variant glyphs of bad fonts and pinyin glosses are tables under `data/` (domain R108).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

#: Han characters as the inside of a character class.
HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
#: Invisible characters that extraction leaves inside words: zero width, soft hyphen, variation selectors.
_INVISIBLE = [0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]
_ONE_FOR_MANY = {
    "-": "\u2010\u2012\u2013\u2014\u2015\u2212\u2e3a",  # dashes: a code is written with any of them
    "·": "\u2022\u2027\u2219\u22c5\u30fb",  # middle dots
    "σ": "ς",  # lower case must not depend on the neighbours
}
#: ①2019年 is not 12019年.
_CIRCLED = re.compile("[\u2460-\u2473\u3251-\u325f\u32b1-\u32bf]")
_GLOSS = re.compile(rf"\(([^\W\d_{HAN}]{{1,6}})\)")
_ONE_HAN = re.compile(f"[{HAN}]")
#: The signs that keep ordinary Chinese text from being in normal form.
_FULL_WIDTH = tuple(zip("，：；（）！？", ",:;()!?", strict=True))
#: The four tones as marks of their own.
_TONES = frozenset("\u0304\u0301\u030c\u0300")
#: One glyph in so many characters that normal text never has, and the text was badly recognised.
_TELLING = 2_000
#: Up to so many different characters are quicker replaced one by one.
_FEW = 16


def normalise(text: str) -> str:
    """*text* as it is compared: half width, lower case, simplified, without glosses."""
    if text.isascii():
        return text.lower()
    folded = _folded(text)
    if "(" in folded and (kept := _kept(folded)) is not None:
        return "".join(folded[start:end] for start, end in kept)
    return folded


def traced(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """`normalise(text)`, and for each of its characters where its original begins and ends."""
    folded, starts, ends = _origins(text)
    kept = _kept(folded)
    if kept is None:
        return folded, starts, ends
    return "".join(folded[start:end] for start, end in kept), _parts(starts, kept), _parts(ends, kept)


def flawed(text: str) -> bool:
    """True if *text* shows itself badly recognised: glyphs that no office writes are frequent in it."""
    return sum(map(text.count, _variants().telling)) * _TELLING >= max(1, len(text))


def readings(character: str) -> tuple[str, ...]:
    """The syllables, without tone and with ü as v, that a Han character is read as; none if unknown."""
    return _pinyin().get(_folded(character), ())


@cache
def homophones(character: str) -> tuple[str, ...]:
    """The characters that may be read as *character* is, whatever the tone, the common ones first."""
    alike = {other for syllable in readings(character) for other in _syllables()[syllable]}
    return tuple(sorted(alike - {_folded(character)}, key=lambda other: (not _is_common(other), other)))


@cache
def folding() -> Mapping[int, str | None]:
    """Code points that are compared as another character, or as nothing."""
    pairs = (line.split("\t") for line in _lines("t2s.tsv"))
    table: dict[int, str | None] = {ord(old): new for old, new in pairs}
    table |= {ord(old): new for new, many in _ONE_FOR_MANY.items() for old in many}
    return table | dict(_variants().always) | dict.fromkeys(_INVISIBLE)


# --- characters ------------------------------------------------------------------------------


class _Memory(dict[int, int | str | None]):
    """`folding`, that learns which characters stay: a table without gaps is translated thrice as fast."""

    def __missing__(self, point: int) -> int:
        self[point] = point
        return point


@cache
def _memory() -> tuple[_Memory, re.Pattern[str]]:
    """The table, and what to look for before using it."""
    plane = "".join(re.escape(chr(point)) for point in folding() if point < 0x10000)
    return _Memory(folding()), re.compile(f"[{plane}\U00010000-\U0010ffff]")


def _folded(text: str) -> str:
    """*text* character for character; glosses stay."""
    table, foldable = _memory()
    if _CIRCLED.search(text):
        text = _CIRCLED.sub(r" \g<0> ", text)
    for sign, half in _FULL_WIDTH:  # what is left is often normal already, which is told ten times as fast
        text = text.replace(sign, half)
    folded = unicodedata.normalize("NFKC", text).lower()
    if found := set(foldable.findall(folded)):
        folded = _replaced(folded, found) if len(found) <= _FEW else folded.translate(table)
    variants = _variants()
    if any(glyph in folded for glyph in variants.doubtful) and flawed(text):
        return folded.translate(variants.flawed)
    return folded


def _replaced(folded: str, found: AbstractSet[str]) -> str:
    """*folded* with the characters *found* as `folding` has them, one after the other: quick for a few."""
    table = folding()
    for character in found:
        folded = folded.replace(character, table.get(ord(character), character) or "")
    return folded


def _origins(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """`_folded(text)` traced: all stand one for one but the clusters that fold to more or to less."""
    folded, size = _folded(text), len(text)
    odd = [character for character in set(text) if _is_odd(character)]
    if not odd:
        return folded, range(size), range(1, size + 1)
    joining = "".join(map(re.escape, filter(_joins, odd)))
    cluster = (f".[{joining}]+|" if joining else "") + f"[{''.join(map(re.escape, odd))}]"
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in re.finditer(cluster, text, re.DOTALL):
        start, end = match.span()
        width = len(_folded(match.group()))
        starts += [*range(done, start), *[start] * width]
        ends += [*range(done + 1, start + 1), *[end] * width]
        done = end
    return folded, [*starts, *range(done, size)], [*ends, *range(done + 1, size + 1)]


@cache
def _is_odd(character: str) -> bool:
    """True if a character folds to none or several, or joins the one before."""
    return len(_folded(character)) != 1 or _joins(character)


@cache
def _joins(character: str) -> bool:
    """True for marks, half-width sound marks and the inner letters of a Hangul syllable."""
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.category(first).startswith("M") or "\u1160" <= first <= "\u11ff"


# --- glosses ---------------------------------------------------------------------------------


def _kept(folded: str) -> list[tuple[int, int]] | None:
    """What stands between glosses, readings in brackets after their character as in 责(zé); None without any."""
    kept: list[tuple[int, int]] = []
    done = 0
    for match in _GLOSS.finditer(folded):
        start, end = match.span()
        if start and _is_reading(match.group(1), folded[start - 1]):
            kept.append((done, start))
            done = end
    return [*kept, (done, len(folded))] if kept else None


def _parts(places: Sequence[int], kept: Iterable[tuple[int, int]]) -> list[int]:
    """What of *places* is kept."""
    found: list[int] = []
    for start, end in kept:
        found += places[start:end]
    return found


@lru_cache(maxsize=4096)
def _is_reading(letters: str, character: str) -> bool:
    """True for a syllable with its tone after any Han character, for a bare one only if so read."""
    parts = unicodedata.normalize("NFD", letters.replace("ɡ", "g")).replace("u\u0308", "v")
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    if _TONES.isdisjoint(parts):
        return bare in _pinyin().get(character, ())
    return bare in _syllables() and _ONE_HAN.match(character) is not None


# --- tables ----------------------------------------------------------------------------------


def _lines(name: str) -> list[str]:
    return resources.files("indexer").joinpath("data", name).read_text("utf-8").splitlines()


class _Variants(NamedTuple):
    """Glyphs of bad fonts and what they stand for; *telling* ones never stand in normal text."""

    always: Mapping[int, str]
    flawed: Mapping[int, str]
    doubtful: str  # the glyphs of *flawed*
    telling: str


@cache
def _variants() -> _Variants:
    """The table `variants.tsv`."""
    rows = [line.split("\t") for line in _lines("variants.tsv")]
    always, sometimes = (
        {ord(glyph): meant for glyph, meant, when, _ in rows if when == wanted}
        for wanted in ("always", "flawed")
    )
    telling = "".join(glyph for glyph, _, _, tells in rows if tells == "tells")
    return _Variants(always, sometimes, "".join(map(chr, sometimes)), telling)


@cache
def _pinyin() -> Mapping[str, tuple[str, ...]]:
    """The readings of each character."""
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for syllable, characters in _syllables().items():
        for character in characters:
            found[character] += (syllable,)
    return dict(found)


@cache
def _syllables() -> Mapping[str, str]:
    """Every syllable, and the characters that are read so."""
    return dict(line.split("\t") for line in _lines("pinyin.tsv"))


def _is_common(character: str) -> bool:
    """True for the 3,755 characters of the first level of GB/T 2312."""
    return b"\xb0" <= character.encode("gb2312", "ignore")[:1] <= b"\xd7"
