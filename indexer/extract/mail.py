"""EML: who wrote what to whom and when, the text of the letter, the names of what was enclosed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value, parsedate_to_datetime

from indexer.extract.charset import decode
from indexer.extract.kinds import Extracted, Kind, Outcome
from indexer.extract.package import office_day
from indexer.extract.text import page_text

HEADERS = ("From", "To", "Cc", "Subject", "Date")
MOST_PARTS = 1000


def read(data: bytes) -> Extracted:
    """The text of an e-mail; a message without any known header is corrupt."""
    letter = message_from_bytes(data, policy=policy.compat32)
    headers = {name: _header(letter, name) for name in HEADERS}
    if not any(headers.values()):
        return Extracted(Outcome.CORRUPT, kind=Kind.EMAIL.value, note="why=no-headers")
    lines = [f"{name}: {value}" for name, value in headers.items() if value]
    enclosed = 0
    for part in _parts(letter):
        name = _file_name(part)
        enclosed += bool(name)
        lines.append(name or _body(part))
    note = f"attachments={enclosed}" if enclosed else ""
    text = "\n".join(filter(None, lines))
    return Extracted(
        Outcome.TEXT, text, Kind.EMAIL.value, None, headers["Subject"] or None, _day(headers["Date"]), note
    )


def _parts(letter: Message) -> Iterator[Message]:
    """The leaves in order; of alternatives the plain one, if it says something."""
    waiting = [letter]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        payload = part.get_payload() if part.is_multipart() else None
        inner = [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []
        if not inner:
            yield part
        elif part.get_content_subtype() == "alternative":
            waiting.append(_plainest(inner))
        else:
            waiting.extend(reversed(inner))


def _plainest(alternatives: list[Message]) -> Message:
    plain = (part for part in alternatives if part.get_content_type() == "text/plain" and _body(part))
    return next(plain, alternatives[-1])


def _body(part: Message) -> str:
    """The text of a leaf; nothing for what is not text."""
    if part.get_content_maintype() != "text":
        return ""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    text = decode(data, str(part.get_content_charset() or ""))[0]
    return page_text(text)[0] if part.get_content_subtype() == "html" else text.strip()


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
