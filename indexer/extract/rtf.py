r"""RTF: the words a reader sees, by a tokenizer of our own (Rich Text Format 1.9.1).

Bytes (`\'b1\'ed`) are read in the charset of the font they stand in, `\u26448?` by its number without its
stand-in. Fields give their results, tracked deletions nothing, comments, notes and text boxes their words.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from indexer.extract.charset import declared
from indexer.extract.compound import charset_of
from indexer.extract.kinds import MOST_TEXT, Extracted, Kind, Outcome

MOST_DEPTH = 20_000
"""Groups within groups; deeper is hostile."""
PATIENCE = 12.0
"""Seconds after which the rest is left unread."""
_TOKEN = re.compile(
    rb"(?P<text>[^\\{}\r\n\0]+)|(?P<units>(?:\\u-?[0-9]{1,5} ?\?){2,4096})|(?P<bytes>(?:\\'[0-9A-Fa-f]{2}){1,4096})"
    rb"|\\(?P<word>[A-Za-z]{1,32})(?P<number>-?[0-9]{1,10})? ?|(?P<open>\{)|(?P<close>\})|\\(?P<sign>[^A-Za-z'])"
    rb"|(?P<other>.)",
    re.DOTALL,
)
_UNIT = re.compile(rb"\\u(-?[0-9]{1,5})")
_SIGNS: Mapping[str, str] = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "column": "\n", "row": "\n", "nestrow": "\n",
    "cell": "\t", "nestcell": "\t", "tab": "\t", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘",
    "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ",
}  # fmt: skip
_UNSEEN = frozenset(
    "fonttbl colortbl stylesheet info pict nonshppict objdata fldinst sp xe tc rxe bkmkstart bkmkend filetbl"  # noqa: SIM905  a word list reads best as words
    " revtbl rsidtbl atnid atnauthor atnref ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn themedata"
    " nesttableprops private upr template".split()
)
"""Destinations that hold no words of the page."""
_ASIDE = frozenset({"annotation", "footnote", "shpinst", "ud"})
"""Destinations whose words stand beside the page, starred or not; every other starred one is passed over."""
CHARSETS: Mapping[int, str] = {
    128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5hkscs", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
"""`\\fcharset` by codec (RTF 1.9.1, font table); 0 and 1 mean the document's own."""
_CREATED = re.compile(rb"\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")


@dataclass(frozen=True, slots=True)
class _State:
    """What holds until the group closes."""

    place: str = "text"
    again: str = "text"
    """Where the second telling of what is told twice goes (`\\upr`)."""
    font: int = -1
    stand_in: int = 1
    deleted: bool = False
    aside: bool = False
    """RTF beside the HTML it was made from (MS-OXRTFEX 2.1.3.1.6)."""


def read(data: bytes, patience: float = PATIENCE) -> Extracted:
    """The text of an RTF file; raises RecursionError where groups nest beyond reason."""
    page = _Page(data)
    page.walk(time.monotonic() + patience)
    lines = f"{page.text()}\n{page.text('notes')}".split("\n")
    text = "\n".join(filter(str.strip, (line.strip(" \t\r") for line in lines)))
    outcome = Outcome.TEXT if text.strip() else Outcome.IMAGE_ONLY if page.pictured else Outcome.EMPTY
    note = "" if page.at >= len(data) or page.whole else f"bytes-read={page.at}/{len(data)}"
    title = page.text("title").strip() or None
    kept = text if outcome is Outcome.TEXT else ""
    return Extracted(outcome, kept, Kind.RTF.value, None, title, _created(data), note)


def _created(data: bytes) -> dt.date | None:
    found = _CREATED.search(data[: 64 * 1024])
    try:
        return dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


class _Page:
    """One walk through the tokens."""

    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0
        self._state, self._stack = _State(), list[_State]()
        self._written: dict[str, list[str]] = {"text": [], "notes": [], "title": []}
        self._bytes = bytearray()
        self._charset = "gb18030"
        self._fonts: dict[int, int] = {}
        self._named = -1
        self._room = MOST_TEXT
        self._skip = 0
        self._star = False
        self.pictured = self.whole = False

    def text(self, place: str = "text") -> str:
        """What was written; halves of surrogate pairs are joined."""
        written = "".join(self._written[place])
        return written.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def walk(self, deadline: float) -> None:
        """Token by token to the end, the outermost closing brace, or the deadline."""
        steps, size = 0, len(self._data)
        while self.at < size and self._room > 0 and not self.whole:
            found = _TOKEN.match(self._data, self.at)
            assert found
            self.at = found.end()
            self.step(found)
            steps += 1
            if not steps % 65536 and time.monotonic() > deadline:
                break
        self.flush()

    def step(self, found: re.Match[bytes]) -> None:
        """One token."""
        kind = found.lastgroup
        if kind == "number":
            kind = "word"
        _STEPS[kind or "other"](self, found)

    # --- groups and words ----------------------------------------------------------------------

    def open_group(self, _: re.Match[bytes]) -> None:
        """What holds now holds again when the group closes."""
        self.flush()
        self._skip = 0
        if len(self._stack) >= MOST_DEPTH:
            raise RecursionError
        self._stack.append(self._state)

    def close_group(self, _: re.Match[bytes]) -> None:
        """Back to what held before."""
        self.flush()
        self._skip = 0
        if self._stack:
            self._state = self._stack.pop()
        self.whole = not self._stack

    def word(self, found: re.Match[bytes]) -> None:
        """A control word."""
        word = found["word"].decode()
        number = int(found["number"]) if found["number"] else None
        if word == "bin":
            self.at += max(number or 0, 0)
            return
        self._skip = 0
        starred, self._star = self._star, False
        if word == "u" and number is not None:
            self.unit(number)
        elif word in _SIGNS:
            self.say(_SIGNS[word])
        elif handler := _WORDS.get(word):
            handler(self, number)
        elif starred or word in _UNSEEN or word in _ASIDE:
            self.enter(word, starred=starred)

    def enter(self, word: str, *, starred: bool) -> None:
        """A destination: its words are kept, or it is passed over."""
        self.pictured |= word in {"pict", "shppict", "nonshppict"}
        if (starred and word not in _ASIDE) or word in _UNSEEN:
            place = {"fonttbl": "fonts", "info": "info", "upr": "twice told"}.get(word, "nowhere")
            self.become(place=place, again=self._state.place)
        elif word == "ud":
            self.become(place=self._state.again)
        elif self._state.place in {"text", "notes"}:
            self.become(place="notes")
            self.say("\n")

    def become(self, **change: object) -> None:
        """From here on, until the group closes."""
        self.flush()
        self._state = replace(self._state, **change)  # type: ignore[arg-type]

    # --- characters ----------------------------------------------------------------------------

    def passed_over(self) -> bool:
        """True for the stand-in of a character told by number."""
        if self._skip:
            self._skip -= 1
            return True
        return False

    def run(self, found: re.Match[bytes]) -> None:
        """Plain characters."""
        if self._state.place == "nowhere":
            return
        run = found["text"]
        passed = min(self._skip, len(run))
        self._skip -= passed
        self._bytes += run[passed:]

    def octets(self, found: re.Match[bytes]) -> None:
        """Bytes told in hexadecimal."""
        run = bytes.fromhex(found["bytes"].replace(b"\\'", b"").decode())
        passed = min(self._skip, len(run))
        self._skip -= passed
        self._bytes += run[passed:]

    def units(self, found: re.Match[bytes]) -> None:
        """Characters told by number one after the other, each with one stand-in."""
        numbers = _UNIT.finditer(found["units"])
        if self._state.stand_in == 1:
            self.say("".join(chr(int(one[1]) & 0xFFFF) for one in numbers))
            self._skip = 0
        else:
            first = next(numbers)
            self.at = found.start() + first.end(1)
            self.at += self._data[self.at : self.at + 1] == b" "
            self.unit(int(first[1]))

    def sign(self, found: re.Match[bytes]) -> None:
        """A control symbol."""
        sign = found["sign"]
        if sign == b"*":
            self._star = True
        elif not self.passed_over():
            if sign in b"\\{}":
                self._bytes += sign
            else:
                self.say({b"~": " ", b"_": "-", b"\n": "\n", b"\r": "\n"}.get(sign, ""))

    def unit(self, number: int) -> None:
        """One UTF-16 unit, told as a signed number."""
        self.say(chr(number & 0xFFFF))
        self._skip = self._state.stand_in

    def say(self, words: str) -> None:
        """Words for the place the walk is in."""
        self.flush()
        place = self._state.place
        if place in self._written and not (self._state.deleted or self._state.aside):
            self._written[place].append(words)
            self._room -= len(words) * 2

    def flush(self) -> None:
        """The bytes gathered so far, in the charset of their font."""
        if not self._bytes:
            return
        run, self._bytes = bytes(self._bytes), bytearray()
        if self._state.place in self._written:
            charset = CHARSETS.get(self._fonts.get(self._state.font, 0), self._charset)
            self.say(declared(run, charset))

    def other(self, _: re.Match[bytes]) -> None:
        """Line ends and stray bytes are no text."""

    # --- words with a meaning ------------------------------------------------------------------

    def code_page(self, number: int | None) -> None:
        """`\\ansicpg`"""
        self._charset = charset_of(number) or self._charset

    def font(self, number: int | None) -> None:
        """`\\f`: a font is named in the table, or chosen in the text."""
        if self._state.place == "fonts":
            self._named = number or 0
        else:
            self.become(font=number or 0)

    def font_charset(self, number: int | None) -> None:
        """`\\fcharset`"""
        if self._state.place == "fonts" and len(self._fonts) < 10_000:
            self._fonts[self._named] = number or 0

    def stand_in(self, number: int | None) -> None:
        """`\\uc`: how many characters stand in for one told by number."""
        self.become(stand_in=min(max(1 if number is None else number, 0), 16))

    def strike(self, number: int | None) -> None:
        """`\\deleted`: a tracked deletion."""
        self.become(deleted=number != 0)

    def set_aside(self, number: int | None) -> None:
        """`\\htmlrtf`"""
        self.become(aside=number != 0)

    def plain(self, _: int | None) -> None:
        """`\\plain`"""
        self.become(deleted=False)

    def enter_title(self, _: int | None) -> None:
        """The title among the facts of the file."""
        if self._state.place == "info":
            self.become(place="title")


_STEPS: Mapping[str, Callable[[_Page, re.Match[bytes]], None]] = {
    "text": _Page.run,
    "word": _Page.word,
    "bytes": _Page.octets,
    "units": _Page.units,
    "open": _Page.open_group,
    "close": _Page.close_group,
    "sign": _Page.sign,
    "other": _Page.other,
}
_WORDS: Mapping[str, Callable[[_Page, int | None], None]] = {
    "ansicpg": _Page.code_page,
    "f": _Page.font,
    "fcharset": _Page.font_charset,
    "uc": _Page.stand_in,
    "deleted": _Page.strike,
    "htmlrtf": _Page.set_aside,
    "plain": _Page.plain,
    "title": _Page.enter_title,
}
