"""The signs and words of a question, before anything is made of them.

A *run* is what stands between blanks. A bracket or a Chinese quotation mark that has letters close to it belongs
to the run, as in `和园客（2026）3号` or `关于“装修”的通知`; with blanks inside or around, it groups or quotes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from indexer.question import naming
from indexer.question.slips import Fault, Slip


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    PHRASE = "phrase"  # quoted
    NAME = "name"  # of a field or fact, its colon included
    OPEN = "open"
    CLOSE = "close"
    OR = "or"
    AND = "and"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: *at* to *end* (exclusive) is where it stands; *star*: closed by a star; *sign*: `>=` and the like."""

    kind: Kind
    text: str
    at: int
    end: int
    star: bool = False
    sign: str = ""


#: What a screen does not show and `indexer.language.analysis` does not compare: zero width, soft hyphen, variation selectors.
UNSEEN = dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]
)
#: What acts on a screen or stands for half a character: no part of any word.
CONTROL = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u202a-\u202e\u2061-\u206f\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)

_PAIRS = {'"': '"', "＂": "＂", "“": "”", "「": "」", "『": "』", "《": "》", "〈": "〉"}
_OPENING, _CLOSING = "".join(_PAIRS), "”」』》〉"
_STARS = "*＊"
_OPERATORS = {
    "OR": Kind.OR, "或": Kind.OR, "AND": Kind.AND, "&&": Kind.AND, "NOT": Kind.NOT, "非": Kind.NOT,
}  # fmt: skip
_PLAIN = rf"[^\s|｜()（）{_OPENING}{_CLOSING}]"
#: A pair within a run: no blank, no alternative, and none of its own marks inside.
_INLINE = "|".join(
    rf'[{opening}][^\s|｜"{opening}{closing}]+[{closing}]'
    for opening, closing in [("(（", ")）"), *((a, b) for a, b in _PAIRS.items() if a != b)]
)

_BLANK = re.compile(r"\s*")
_PIPE = re.compile(r"[|｜]{1,2}")
_MINUS = re.compile(r"[-－−﹣]")
_LONG_DASH = re.compile(r"[–—](?=[^\s–—])")
_NAMED = re.compile(r"([^\W\d_]{1,10})(\s*)([:：=＝]|[<>≤≥＜＞][=＝]?)")
_RUN = re.compile(rf"{_PLAIN}*(?:(?:{_INLINE}){_PLAIN}*)+")
_INSIDE = re.compile(_INLINE)
_WORD = re.compile(rf"{_PLAIN}+")
_LETTER = re.compile(r"\w")


def tokens(text: str, slips: list[Slip]) -> list[Token]:
    """The tokens of *text* in their order; what had to be repaired is added to *slips*."""
    reader = _Lexer(text, slips)
    while reader.more():
        reader.step()
    return reader.found


class _Lexer:
    """One pass over the characters: at each place the first rule that fits takes what it can."""

    def __init__(self, text: str, slips: list[Slip]) -> None:
        self.text, self.slips = text, slips
        self.at = 0
        self.grouped = 0  # up to here brackets group, because operators stand between them
        self.found: list[Token] = []

    def more(self) -> bool:
        """Step over blanks; False at the end."""
        self.at = self._end(_BLANK)
        return self.at < len(self.text)

    def step(self) -> None:
        """Take one token; each rule says whether it fitted."""
        for rule in _RULES:
            if rule(self):
                return

    # --- the rules

    def pipe(self) -> bool:
        """`|` between alternatives, with or without blanks."""
        return self._put(Kind.OR, self._end(_PIPE))

    def minus(self) -> bool:
        """A dash before what is not wanted; between blanks it is none."""
        end = self._end(_MINUS)
        if end == self.at:
            return False
        if self.text[end : end + 1].strip():
            return self._put(Kind.NOT, end)
        self._slip(Fault.LONE_DASH, end)
        self.at = end
        return True

    def long_dash(self) -> bool:
        """A single dash of print, which word processors make of a minus."""
        end = self._end(_LONG_DASH)
        if end > self.at:
            self._slip(Fault.LONG_DASH, end)
        return self._put(Kind.NOT, end)

    def name(self) -> bool:
        """A name and its colon; a name that is known also before another sign."""
        match = _NAMED.match(self.text, self.at)
        if match is None:
            return False
        name, blank, sign = match.groups()
        plain = sign in ":：" and not blank
        address = self.text.startswith("//", match.end())
        if (address or not plain) and naming.named(name) is None:
            return False
        if not plain:
            self._slip(Fault.NO_COLON, match.end())
        sign = unicodedata.normalize("NFKC", sign)
        return self._put(Kind.NAME, match.end(), name, sign="" if sign in ":=" else sign)

    def run(self) -> bool:
        """A word with brackets or quotation marks close to its letters."""
        match = _RUN.match(self.text, self.at) if self.at >= self.grouped else None
        if match is None:
            return False
        around = [part.strip(_STARS) for part in _INSIDE.split(match.group())]
        if any(_operator(part) for part in around):
            self.grouped = match.end()
            return False
        return any(_LETTER.search(part) for part in around) and self._put_word(match.end())

    def bracket(self) -> bool:
        """A bracket that groups."""
        sign = self.text[self.at]
        kind = Kind.OPEN if sign in "(（" else Kind.CLOSE
        return sign in "()（）" and self._put(kind, self.at + 1)

    def quoted(self) -> bool:
        """An exact phrase; one that is not closed goes to any mark that closes, or to the end."""
        closing = _PAIRS.get(self.text[self.at])
        if closing is None:
            return False
        end = self.text.find(closing, self.at + 1)
        if end < 0:
            self._slip(Fault.UNCLOSED_QUOTE, self.at + 1)
            other = re.compile(f'["＂{_CLOSING}]').search(self.text, self.at + 1)
            end = other.start() if other else len(self.text)
        return self._put_phrase(end)

    def unopened(self) -> bool:
        """A closing mark that nothing opened: it opens, if another one follows."""
        sign = self.text[self.at]
        if sign not in _CLOSING:
            return False
        self._slip(Fault.UNOPENED_QUOTE, self.at + 1)
        end = self.text.find(sign, self.at + 1)
        if end > self.at:
            return self._put_phrase(end)
        self.at += 1
        return True

    def word(self) -> bool:
        """What is left: an operator that stands alone, or a word."""
        end = self._end(_WORD)
        kind = _operator(self.text[self.at : end])
        if kind is None:
            return self._put_word(end)
        if self.text[self.at : end] != self.text[self.at : end].upper():
            self._slip(Fault.SMALL_OPERATOR, end)
        return self._put(kind, end)

    # --- small steps

    def _end(self, pattern: re.Pattern[str]) -> int:
        """Where *pattern* ends that begins here; here, if it does not."""
        match = pattern.match(self.text, self.at)
        return match.end() if match else self.at

    def _put(
        self, kind: Kind, end: int, text: str | None = None, *, star: bool = False, sign: str = ""
    ) -> bool:
        """Add the token from here to *end*; False if that is nothing."""
        if end == self.at:
            return False
        whole = self.text[self.at : end]
        self.found.append(Token(kind, whole if text is None else text, self.at, end, star, sign))
        self.at = end
        return True

    def _put_word(self, end: int) -> bool:
        whole = self.text[self.at : end]
        word = whole.rstrip(_STARS)
        return self._put(Kind.WORD, end, word, star=word != whole)

    def _put_phrase(self, end: int) -> bool:
        """The phrase from the mark that stands here to the mark at *end*, and the stars after it."""
        inner, end = self.text[self.at + 1 : end], min(end + 1, len(self.text))
        stars = end
        while stars < len(self.text) and self.text[stars] in _STARS:
            stars += 1
        return self._put(Kind.PHRASE, stars, inner, star=stars > end)

    def _slip(self, fault: Fault, end: int) -> None:
        self.slips.append(Slip(fault, self.at, self.text[self.at : end].strip()))


_RULES: tuple[Callable[[_Lexer], bool], ...] = (
    _Lexer.pipe, _Lexer.minus, _Lexer.long_dash, _Lexer.name, _Lexer.run, _Lexer.bracket, _Lexer.quoted,
    _Lexer.unopened, _Lexer.word,
)  # fmt: skip


def split_at_stars(text: str) -> list[str]:
    """The pieces of *text* between stars, empty ones left out."""
    return [piece for piece in re.split(f"[{_STARS}]+", text) if piece]


def _operator(run: str) -> Kind | None:
    return _OPERATORS.get(unicodedata.normalize("NFKC", run).upper())
