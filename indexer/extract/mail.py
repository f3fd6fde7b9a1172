"""EML: who wrote what to whom and when, the text of the letter, what was enclosed and letters within it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value, parsedate_to_datetime

from indexer.extract.charset import decode
from indexer.extract.enclosed import Inside, Members
from indexer.extract.kinds import Extracted, Kind, Outcome
from indexer.extract.package import office_day
from indexer.extract.text import page_text

HEADERS = ("From", "To", "Cc", "Subject", "Date")
MOST_PARTS = 1000


def read(data: bytes, inside: Inside) -> Extracted:
    """The text of an e-mail and of its enclosures; a message without any known header is corrupt."""
    letter = message_from_bytes(data, policy=policy.compat32)
    headers = _headers(letter)
    if not headers:
        return Extracted(Outcome.CORRUPT, kind=Kind.EMAIL.value, note="why=no-headers")
    members = Members(inside)
    lines: list[str] = []
    for part in _parts(letter):
        if isinstance(part, _Letter):
            lines += (f"{name}: {value}" for name, value in _headers(part.message).items())
        else:
            lines.append(_leaf(part, members))
    text = "\n".join(filter(None, [*lines, *members.lines]))
    day, note = _day(headers.get("Date", "")), members.note("attachments")
    return Extracted(Outcome.TEXT, text, Kind.EMAIL.value, None, headers.get("Subject"), day, note)


@dataclass(frozen=True, slots=True)
class _Letter:
    """A place in the walk where a letter begins."""

    message: Message


def _parts(letter: Message) -> Iterator[Message | _Letter]:
    """Letters and leaves in order; of alternatives the plain one, if it says something."""
    yield _Letter(letter)
    waiting = [letter]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        payload = part.get_payload() if part.is_multipart() else None
        inner = [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []
        if part.get_content_maintype() == "message" and inner:
            yield _Letter(inner[0])
        if not inner:
            yield part
        elif part.get_content_subtype() == "alternative":
            waiting.append(_plainest(inner))
        else:
            waiting.extend(reversed(inner))


def _leaf(part: Message, members: Members) -> str:
    """A text of the letter itself; a file enclosed goes to *members*."""
    name = _file_name(part)
    if not name and part.get_content_maintype() == "text":
        return _body(part)
    if name or part.get_content_maintype() in {"application", "image"}:
        members.take(name, lambda: _bytes(part))
    return ""


def _bytes(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _plainest(alternatives: list[Message]) -> Message:
    plain = (part for part in alternatives if part.get_content_type() == "text/plain" and _body(part))
    return next(plain, alternatives[-1])


def _body(part: Message) -> str:
    """The text of a leaf; nothing for what is not text."""
    if part.get_content_maintype() != "text":
        return ""
    text = decode(_bytes(part), str(part.get_content_charset() or ""))[0]
    return page_text(text)[0] if part.get_content_subtype() == "html" else text.strip()


def _headers(letter: Message) -> dict[str, str]:
    return {name: value for name in HEADERS if (value := _header(letter, name))}


def _header(letter: Message, name: str) -> str:
    """A header in characters, whether encoded by RFC 2047, or sent raw in any charset."""
    value = letter.get(name)
    if value is None:
        return ""
    return " ".join("".join(_decoded(*piece) for piece in decode_header(value)).split())


def _decoded(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, bytes):
        return decode(piece, charset)[0]
    return decode(piece.encode("utf-8", "surrogateescape"))[0]


def _file_name(part: Message) -> str:
    """The name of an enclosed file; get_filename would choke on raw charsets."""
    for header, key in (("content-disposition", "filename"), ("content-type", "name")):
        found = part.get_param(key, header=header)
        if found:
            name = collapse_rfc2231_value(found)
            return "".join(_decoded(*piece) for piece in decode_header(name))
    return ""


def _day(date: str) -> dt.date | None:
    try:
        return office_day(parsedate_to_datetime(date))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
