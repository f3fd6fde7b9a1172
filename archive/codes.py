"""Reference codes (档号): spelt by a template, read back by the same template; pure.

DA/T 13-2022 4.1-4.5: unique, consistent, stable, extensible, simple. A code is a prefix that names the
series, a number that is unique under it, and for an item in a volume its number in the volume.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from archive.errors import BadValue

#: The words a template may use before its numbers.
WORDS = ("fonds", "series", "year", "period", "department", "premises", "project")
_HOLE = re.compile(r"\{(\w+)(?::0?(\d+))?\}")
_PART = re.compile(r"[^\s{}\-·]+")


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: its text split where the running numbers begin.

    `volume_width` is None for classes kept item by item, whose prefix the item number follows directly.
    """

    prefix: str
    volume_width: int | None
    item_joint: str
    item_width: int

    def series(self, words: Mapping[str, object]) -> str:
        """The prefix under which numbers run, e.g. `K001-ZY·ZX·2025·D30-`; raises `BadValue`."""
        return _HOLE.sub(lambda hole: _word(hole[1], words), self.prefix)

    def volume(self, series: str, number: int) -> str:
        """The code of volume *number* under *series*."""
        return f"{series}{number:0{self.volume_width or 1}d}"

    def item(self, stem: str, number: int) -> str:
        """The code of item *number*: *stem* is the volume's code, or the series where there is none."""
        return f"{stem}{self.item_joint}{number:0{self.item_width}d}"

    def read(self, code: str) -> tuple[dict[str, str], int | None, int | None]:
        """Words, volume number and item number of *code*; raises `BadValue` if it is not of this template."""
        match = _pattern(self).fullmatch(code)
        if match is None:
            raise BadValue(field="reference_code", value=code, expected=self.prefix)
        found = match.groupdict()
        volume, item = found.pop("volume", None), found.pop("item", None)
        return found, volume and int(volume), item and int(item)  # type: ignore[return-value]


@cache
def template(text: str) -> Template:
    """Parse `{fonds}-{series}·{year}·{period}-{volume:04}-{item:03}`; raises `BadValue`."""
    holes = list(_HOLE.finditer(text))
    names = [hole[1] for hole in holes]
    if (
        not holes
        or names[-1] != "item"
        or any(name not in WORDS for name in names if name not in {"volume", "item"})
    ):
        raise BadValue(field="template", value=text, expected=" ".join(WORDS))
    item = holes[-1]
    if len(names) > 1 and names[-2] == "volume":
        volume = holes[-2]
        joint = text[volume.end() : item.start()]
        return Template(text[: volume.start()], int(volume[2] or 4), joint, int(item[2] or 3))
    return Template(text[: item.start()], None, "", int(item[2] or 4))


@cache
def _pattern(of: Template) -> re.Pattern[str]:
    spelt, end = "", 0
    for hole in _HOLE.finditer(of.prefix):
        inner = r"[^\s{}\-]+" if hole[1] == "series" else _PART.pattern
        spelt += re.escape(of.prefix[end : hole.start()]) + f"(?P<{hole[1]}>{inner})"
        end = hole.end()
    spelt += re.escape(of.prefix[end:])
    item = rf"(?P<item>\d{{{of.item_width},}})"
    if of.volume_width is None:
        return re.compile(spelt + item)
    volume = rf"(?P<volume>\d{{{of.volume_width},}})"
    return re.compile(f"{spelt}{volume}(?:{re.escape(of.item_joint)}{item})?")


def _word(name: str, words: Mapping[str, object]) -> str:
    text = str(words.get(name, ""))
    allowed = text if name != "series" else text.replace("·", "")
    if not _PART.fullmatch(allowed):
        raise BadValue(field=name, value=text, expected="A-Z 0-9")
    return text


#: What an input method makes of letters, digits and signs, and what the keyboard has.
_HALF = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}


def half_width(text: str) -> str:
    """A code as it was meant: signs of full width become those of the keyboard, as when it was given."""
    return text.translate(_HALF)


def as_scanned(text: str) -> str:
    """A code as it was printed, though the scanner typed the bytes of `·` one by one (`Â·`), as simple ones do."""
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return half_width(text)


_RUNNING = re.compile(r"(.{0,109}\D)(\d{1,6})")


def running(code: str) -> tuple[str, int] | None:
    """The prefix and running number that *code* ends in; None where it ends in none, as in a code of old."""
    match = _RUNNING.fullmatch(code)
    return (match[1], int(match[2])) if match else None


#: What records are called inside: a code spelt so would be taken for another record.
_UID = re.compile(r"[0-9a-f]{32}")


def reference_checked(text: str) -> str:
    """A reference code given elsewhere, to be kept as it is (V1, V24): no blanks, printable, no uid, 110 at most; raises `BadValue`."""
    code = half_width(text).strip()
    bad = not code.isprintable() or re.search(r"\s", code) or code.startswith("~") or _UID.fullmatch(code)
    if not 2 <= len(code) <= 110 or bad:
        raise BadValue(field="code", value=text[:40], expected="K001-…", example=True)
    return code


def code_checked(text: str, field: object) -> str:
    """A short code for a party, place or premises: no spaces, NFKC, at most 60; raises `BadValue`."""
    code = unicodedata.normalize("NFKC", text).strip()
    if not code or len(code) > 60 or not code.isprintable() or re.search(r"\s", code) or _UID.fullmatch(code):
        raise BadValue(field=field, value=text[:40], expected="A1203", example=True)
    return code


def fonds_checked(text: str) -> str:
    """The number of a fonds, as every code begins with it: 20 letters at most, no joint in it; raises `BadValue`."""
    if len(text) > 20 or not text.isprintable() or not _PART.fullmatch(text):
        raise BadValue(field="fonds", value=text[:40], expected="K001", example=True)
    return text


def name_checked(text: str, field: object, *, longest: int = 120, least: int = 1) -> str:
    """A name without margins, *least* to *longest* printable characters; raises `BadValue`."""
    name = text.strip()
    if len(name) < least:
        raise BadValue(field=field, value="—", expected="")
    if len(name) > longest or not name.isprintable():
        raise BadValue(field=field, value=name[:40], expected=f"≤ {longest}", letters=longest)
    return name
