"""QR codes (ISO/IEC 18004) of reference codes, drawn as vectors.

Level M or better. The bytes are UTF-8 without an extended channel: left to itself an encoder writes `·` in Latin-1,
which scanners in this part of the world read as the Japanese ｷ; an announced channel stops the simpler ones.
"""

from __future__ import annotations

from typing import Any

import segno

#: Modules of white around a symbol (ISO/IEC 18004, 5.3.8).
QUIET = 4
#: The finest module a hand scanner reads off a thermal printer of 203 dots an inch, in millimetres.
FINEST = 0.33


class Symbol:
    """The QR code of a text."""

    def __init__(self, text: str) -> None:
        self._made = segno.make_qr(text, error="m", encoding="utf-8", eci=False, boost_error=True)
        self.modules = int(self._made.symbol_size(border=QUIET)[0])

    @property
    def least(self) -> float:
        """The shortest side, its quiet zone counted, that a scanner still reads: millimetres."""
        return self.modules * FINEST

    def svg(self) -> str:
        """It as an SVG element of no size of its own, quiet zone and white ground included."""
        return str(
            self._made.svg_inline(border=QUIET, svgclass=None, lineclass=None, omitsize=True, light="#fff")
        )

    def draw(self, canvas: Any, left: float, bottom: float, side: float, *, quiet: int = QUIET) -> None:
        """Draw it *side* points long, the quiet zone counted, as one filled path."""
        rows = [bytes(row) for row in self._made.matrix_iter(scale=1, border=quiet)]
        module = side / len(rows)
        path = canvas.beginPath()
        for number, row in enumerate(rows, 1):
            for start, length in _runs(row):
                path.rect(left + start * module, bottom + side - number * module, length * module, module)
        canvas.drawPath(path, stroke=0, fill=1)


def _runs(row: bytes) -> list[tuple[int, int]]:
    """Where the dark modules of a row begin, and how many follow."""
    found: list[tuple[int, int]] = []
    for place, dark in enumerate(row):
        if dark and found and sum(found[-1]) == place:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((place, 1))
    return found
