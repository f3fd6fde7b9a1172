"""File names that every system can keep: Windows, Linux, macOS, a memory stick; Chinese stays Chinese.

Pure: this module opens no file and does not know what the names are for.
"""

from __future__ import annotations

import os
import re
import unicodedata

#: Bytes of UTF-8 a name may have; with a folder of the same length it stays below what Windows takes.
LONGEST = 100
#: Halves of pairs that stand for no byte of a name (those from U+DC80 to U+DCFF do); they come from hostile text.
_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
#: Controls, direction marks and other invisible signs, halves of pairs, what is not assigned, line separators.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Names that Windows keeps for devices, whatever ending they have.
_DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])\s*(?:\.|$)", re.IGNORECASE)


def portable(name: str, *, longest: int = LONGEST) -> str:
    """*name* as every system takes it, in NFC, of at most *longest* bytes; never empty, never a path.

    `%` becomes `％`: the percent sign means something in the lists of files of a BagIt folder (RFC 8493, 2.1.3).
    """
    text = unicodedata.normalize("NFC", name)
    text = "".join("_" if unicodedata.category(one) in UNSEEN else one for one in text)
    text = _FORBIDDEN.sub("_", text).replace("%", "％")
    text = _trimmed(" ".join(text.split())) or "_"
    if text.startswith((".", "~")) or _DEVICES.match(text):
        text = f"_{text}"
    return _shortened(text, longest)


def _trimmed(text: str) -> str:
    """Without spaces around it and dots at its end, which Windows drops."""
    return text.strip().rstrip(". ")


def _shortened(text: str, longest: int) -> str:
    """*text* cut to *longest* bytes at a letter, with its ending kept."""
    if len(text.encode()) <= longest:
        return text
    stem, dot, ending = text.rpartition(".")
    if not dot or not stem or len(ending.encode()) > longest // 4:
        stem, dot, ending = text, "", ""
    room = longest - len(f"{dot}{ending}".encode())
    return _trimmed(stem.encode()[:room].decode(errors="ignore")) + dot + ending


def readable(name: str) -> str:
    """*name* as text: names that are not UTF-8 are read as those of Chinese Windows (GB18030)."""
    whole = _HALVES.sub("?", name)
    try:
        whole.encode()
    except UnicodeEncodeError:
        return os.fsencode(whole).decode("gb18030", "replace")
    return whole


class Names:
    """The names given out in one folder: no two alike, though capitals and small letters were one."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, name: str, *, longest: int = LONGEST) -> str:
        """*name* made portable, numbered if it is taken: `a.pdf`, `a_2.pdf`, `a_3.pdf`."""
        wanted = text = portable(name, longest=longest)
        number = 1
        while _folded(text) in self._taken:
            number += 1
            text = _numbered(wanted, number, longest)
        self._taken.add(_folded(text))
        return text


def _numbered(text: str, number: int, longest: int) -> str:
    stem, dot, ending = text.rpartition(".")
    if not dot or not stem:
        stem, dot, ending = text, "", ""
    mark = f"_{number}{dot}{ending}"
    return stem.encode()[: longest - len(mark.encode())].decode(errors="ignore") + mark


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
