"""What a file says it is: by its first bytes, and by its ending where they say nothing; pure.

The whitelist is of formats that are open or everywhere readable (DA/T 70 可用性). No parser runs here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

#: Bytes of a file that are looked at, from its beginning and from its end.
HEAD, TAIL = 2048, 65_536
_TEXTS = ("txt", "csv", "xml", "html", "htm", "md", "json", "eml", "log", "svg")


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its name, the endings it goes by, how its bytes begin (none: text), whether it is lasting."""

    name: str
    endings: tuple[str, ...]
    begins: tuple[bytes, ...] = ()
    lasting: bool = True


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
TABLE: tuple[Format, ...] = (
    Format("application/pdf", ("pdf",), (b"%PDF-",)),
    Format("application/ofd", ("ofd",), (_ZIP,)),
    Format("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",), (_ZIP,)),
    Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",), (_ZIP,)),
    Format("application/vnd.openxmlformats-officedocument.presentationml.presentation", ("pptx",), (_ZIP,)),
    Format("application/vnd.oasis.opendocument", ("odt", "ods", "odp"), (_ZIP,)),
    Format("application/msword", ("doc", "xls", "ppt", "wps", "et", "dps", "msg"), (_OLE,)),
    Format("image/tiff", ("tif", "tiff"), (b"II*\x00", b"MM\x00*")),
    Format("image/jpeg", ("jpg", "jpeg"), (b"\xff\xd8\xff",)),
    Format("image/png", ("png",), (b"\x89PNG\r\n\x1a\n",)),
    Format("image/bmp", ("bmp",), (b"BM",)),
    Format("image/gif", ("gif",), (b"GIF8",)),
    Format("application/rtf", ("rtf",), (b"{\\rtf",)),
    Format("text/plain", _TEXTS),
    Format("audio/x-wav", ("wav",), (b"RIFF",)),
    Format("audio/mpeg", ("mp3",), (b"ID3", b"\xff\xfb", b"\xff\xf3")),
    Format("video/mp4", ("mp4", "m4v", "mov", "m4a"), (b"\x00\x00\x00",)),
    Format("image/vnd.dwg", ("dwg", "dxf"), (b"AC10", b"  0", b"0\r\n", b"0\n")),
    Format("application/zip", ("zip",), (_ZIP,), lasting=False),
)
_BY_ENDING = {ending: one for one in TABLE for ending in one.endings}


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower().lstrip(".")


def of(name: str) -> Format | None:
    """The format that the ending of *name* says; None for one that nobody knows."""
    return _BY_ENDING.get(_ending(name))


def named(name: str) -> str:
    """What PREMIS is told of a file called *name*: a media type, or that none is known."""
    found = of(name)
    return found.name if found else "application/octet-stream"


def fits(name: str, head: bytes) -> bool:
    """True if a file called *name* may begin with *head*; an empty file, or an unknown ending, fits always."""
    found = of(name)
    if found is None or not head:
        return True
    if not found.begins:
        return b"\x00" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return head.lstrip(b"\xef\xbb\xbf").startswith(found.begins)


def locked(name: str, head: bytes, tail: bytes) -> bool:
    """True if a file is shut by a password of its own: a PDF with `/Encrypt`, a ZIP with its flag, Office in a safe."""
    if head.startswith(b"%PDF-"):
        return b"/Encrypt" in head + tail
    if head.startswith(_ZIP):
        return len(head) > 6 and bool(head[6] & 1)
    found = of(name)
    return head.startswith(_OLE) and found is not None and _ZIP in found.begins
