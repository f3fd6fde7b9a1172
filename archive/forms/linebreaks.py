"""Where a line of Chinese text may end (GB/T 15834): pure, measured by whoever draws it.

No closing mark begins a line, no opening mark ends one; words and codes stay whole where they fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

Measure = Callable[[str], float]

#: Marks that no line begins with, and marks that no line ends with.
NOT_FIRST = frozenset("。，、．：；？！」』）】》〉〕］｝〗〙’”…—～·・‐–.,:;?!)]}%‰℃°％／/ー々㎡")
NOT_LAST = frozenset("「『（【《〈〔［｛〖〘‘“([{￥¥＄$№＃#／/")
#: Two of the same that are never torn apart.
_PAIRED = frozenset("—…")
#: Within a word or a code that does not fit a line: after these it is broken first.
_SOFT = frozenset("-–_/\\.·,;:@&=?+~ ")


def broken(text: str, room: float, measure: Measure) -> list[str]:
    """*text* in lines of at most *room*, at least one; only a single letter broader than *room* stands out.

    A line end in the text is kept; spaces where a line ends are dropped.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += [paragraph] if measure(paragraph) <= room else _folded(paragraph, room, measure)
    return lines


def _folded(text: str, room: float, measure: Measure) -> list[str]:
    lines: list[str] = []
    line, used = "", 0.0
    for piece in _pieces(text):
        if used + measure(piece.rstrip()) > room:
            if line:
                lines.append(line.rstrip())
            *whole, piece = _forced(piece, room, measure)  # noqa: PLW2901
            lines += whole
            line, used = "", 0.0
        line += piece
        used += measure(piece)
    return [*lines, line.rstrip()]


def _pieces(text: str) -> Iterator[str]:
    """*text* in the pieces that may stand on lines of their own."""
    start = 0
    for place in range(1, len(text)):
        if _may_end(text[place - 1], text[place]):
            yield text[start:place]
            start = place
    yield text[start:]


def _may_end(before: str, after: str) -> bool:
    """Whether a line may end between these two letters."""
    if after in NOT_FIRST or before in NOT_LAST or after == " ":
        return False
    if before == after and before in _PAIRED:
        return False
    return not (_in_word(before) and _in_word(after))


def _in_word(letter: str) -> bool:
    """Letters of a word, a number or a code; Chinese characters stand alone."""
    return letter < "\u2e80" and letter != " "


def _forced(piece: str, room: float, measure: Measure) -> list[str]:
    """A piece that may be too long for any line: broken after a mark of a code, else anywhere."""
    if measure(piece.rstrip()) <= room:
        return [piece]
    lines, line, used = [], "", 0.0
    for letter in piece:
        wide = measure(letter)
        if line and used + wide > room:
            kept = _soft_end(line)
            lines.append(line[:kept])
            line = line[kept:]
            used = measure(line)
        line += letter
        used += wide
    return [*lines, line]


def _soft_end(line: str) -> int:
    """How much of *line* stays: up to its last soft mark if that is past the middle, else all of it."""
    for place in range(len(line), len(line) // 2, -1):
        if line[place - 1] in _SOFT:
            return place
    return len(line)
