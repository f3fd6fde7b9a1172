"""MSG, the letters Outlook saves: headers, the body, and what was enclosed (MS-OXMSG, MS-OXRTFCP)."""

from __future__ import annotations

import datetime as dt
import struct
from dataclasses import dataclass
from functools import partial

from olefile import OleFileIO

from indexer.extract import rtf
from indexer.extract.charset import declared, decode
from indexer.extract.compound import charset_of, day_of_filetime, stream, under
from indexer.extract.enclosed import Inside, Members
from indexer.extract.kinds import Broken, Extracted, Kind, Outcome
from indexer.extract.text import page_text

MOST_ENCLOSED = 1000
PROPERTIES = "__properties_version1.0"
_ATTACHED, _RECIPIENT = "__attach_version1.0_#", "__recip_version1.0_#"
_SUBJECT, _BODY, _HTML, _RTF = 0x0037, 0x1000, 0x1013, 0x1009
_SENDER, _ADDRESS, _TO, _CC = (0x0C1A, 0x0042), (0x5D01, 0x0C1F), 0x0E04, 0x0E03
_FILE_NAMES, _DATA = (0x3707, 0x3704, 0x3001), 0x3701
_SENT = (0x0039, 0x0E06)
"""Submitted, delivered (MS-OXPROPS)."""
_CODE_PAGES = (0x3FFD, 0x3FDE)
_WIDE, _NARROW, _BINARY, _STORAGE = "001F", "001E", "0102", "000D"
_LEAST_RTF = 16
_MOST_RTF = 16 * 1024 * 1024
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What the decompressor has seen before it begins (MS-OXRTFCP 2.1.2.1)."""


@dataclass(frozen=True, slots=True)
class _Storage:
    """One object of the file: the letter, a recipient, an enclosure."""

    ole: OleFileIO
    path: tuple[str, ...] = ()
    charset: str = ""

    def raw(self, number: int, kind: str) -> bytes:
        """The bytes of a property; nothing where it is not set."""
        return stream(self.ole, *self.path, f"__substg1.0_{number:04X}{kind}")

    def words(self, *numbers: int) -> str:
        """The first of these properties that says something."""
        for number in numbers:
            if wide := self.raw(number, _WIDE):
                return wide.decode("utf-16-le", "replace").rstrip("\0").strip()
            if narrow := self.raw(number, _NARROW):
                return declared(narrow.rstrip(b"\0"), self.charset).strip()
        return ""

    def fixed(self, number: int) -> int:
        """A letter's property of eight bytes or fewer, from its table; 0 where it is not set (MS-OXMSG 2.4)."""
        table = stream(self.ole, *self.path, PROPERTIES)
        for at in range(24 if self.path else 32, len(table) - 15, 16):
            if struct.unpack_from("<H", table, at + 2)[0] == number:
                return int(struct.unpack_from("<Q", table, at + 8)[0])
        return 0


def read(ole: OleFileIO, inside: Inside) -> Extracted:
    """The text of an MSG file; raises Broken or olefile's errors on damage."""
    members = Members(inside)
    letter = _letter(ole, ())
    lines = _told(letter)
    _enclosures(letter, members, 0)
    subject = letter.words(_SUBJECT)
    text = "\n".join(filter(None, [*lines, *members.lines]))
    outcome = Outcome.TEXT if text else Outcome.EMPTY
    return Extracted(
        outcome, text, Kind.MESSAGE.value, None, subject or None, _day(letter), members.note("attachments")
    )


def _letter(ole: OleFileIO, path: tuple[str, ...]) -> _Storage:
    bare = _Storage(ole, path)
    page = next(filter(None, (bare.fixed(number) & 0xFFFF_FFFF for number in _CODE_PAGES)), None)
    return _Storage(ole, path, charset_of(page))


def _day(letter: _Storage) -> dt.date | None:
    return next(filter(None, (day_of_filetime(letter.fixed(number)) for number in _SENT)), None)


def _told(letter: _Storage) -> list[str]:
    """Headers and body of a letter."""
    sender = dict.fromkeys(filter(None, (letter.words(*_SENDER), letter.words(*_ADDRESS))))
    day = _day(letter)
    headers = {
        "From": " ".join(sender),
        "To": letter.words(_TO) or _recipients(letter),
        "Cc": letter.words(_CC),
        "Subject": letter.words(_SUBJECT),
        "Date": day.isoformat() if day else "",
    }
    return [*(f"{name}: {value}" for name, value in headers.items() if value), _body(letter)]


def _recipients(letter: _Storage) -> str:
    names = under(letter.ole, letter.path, _RECIPIENT)[:MOST_ENCLOSED]
    told = (
        _Storage(letter.ole, (*letter.path, name), letter.charset).words(0x3001, 0x39FE, 0x3003)
        for name in names
    )
    return "; ".join(filter(None, told))


def _enclosures(letter: _Storage, members: Members, depth: int) -> None:
    for name in under(letter.ole, letter.path, _ATTACHED)[:MOST_ENCLOSED]:
        _enclosed(_Storage(letter.ole, (*letter.path, name), letter.charset), members, depth)


def _enclosed(part: _Storage, members: Members, depth: int) -> None:
    """A file is read by its kind; a letter within the letter is read where it lies."""
    name, inner = part.words(*_FILE_NAMES), f"__substg1.0_{_DATA:04X}{_STORAGE}"
    if not under(part.ole, part.path, inner):
        members.take(name, partial(part.raw, _DATA, _BINARY))
    elif members.admits(depth):
        letter = _letter(part.ole, (*part.path, inner))
        members.add(name, Extracted(Outcome.TEXT, "\n".join(filter(None, _told(letter)))))
        _enclosures(letter, members, depth + 1)
    else:
        members.refuse(name, Outcome.OVERSIZED)


def _body(letter: _Storage) -> str:
    """The plain body, else the HTML, else the RTF; the first that says something."""
    if plain := letter.words(_BODY):
        return plain
    if page := letter.raw(_HTML, _BINARY):
        return page_text(decode(page, letter.charset)[0])[0]
    packed = letter.raw(_RTF, _BINARY)
    return rtf.read(unpacked(packed)).text if len(packed) >= _LEAST_RTF else ""


# --- compressed RTF ----------------------------------------------------------------------------


def unpacked(data: bytes) -> bytes:
    """RTF as it was before compression (MS-OXRTFCP 3.1.3); raises Broken on another signature.

    At most as long as it says it is; two bytes can give no more than seventeen.
    """
    _, size, mark, _ = struct.unpack_from("<4I", data)
    if mark == 0x414C454D:
        return data[_LEAST_RTF : _LEAST_RTF + size]
    if mark != 0x75465A4C:
        raise Broken("msg-rtf")
    return _inflated(data, min(size, _MOST_RTF))


def _inflated(data: bytes, most: int) -> bytes:
    """Literals and references into the last 4096 bytes; the window is the output itself."""
    out = bytearray(_DICTIONARY)
    begin, at, flags, bit = len(out), _LEAST_RTF, 0, 8
    while len(out) - begin < most and at < len(data):
        if bit == 8:
            flags, bit, at = data[at], 0, at + 1
            continue
        if not flags >> bit & 1:
            out.append(data[at])
            at += 1
        elif at + 1 < len(data):
            pair = data[at] << 8 | data[at + 1]
            at += 2
            if not _copied(out, pair >> 4, (pair & 0xF) + 2):
                break
        else:
            break
        bit += 1
    return bytes(out[begin : begin + most])


def _copied(out: bytearray, place: int, length: int) -> bool:
    """Copy from the window; a reference to the place of writing is the end."""
    back = (len(out) - place) % 4096
    if not back or back > len(out):
        return False
    if back >= length:
        start = len(out) - back
        out += out[start : start + length]
    else:
        for _ in range(length):
            out.append(out[-back])
    return True
