"""Character recognition by rapidocr on onnxruntime: a child process of its own that is shown grey pictures.

It never meets a file, only pixels; it may not reach the network even while it loads its models, which come
with the package. One thread, no classifier of direction (pages are upright; it costs time and turns some).
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, BinaryIO, Self

from archive.errors import RecognitionMissing
from indexer.extract import frames, kernel
from indexer.extract.kinds import MOST_TEXT, Outcome, Picture
from indexer.extract.limited import Ended, Limited
from indexer.extract.sandbox import Limits, Sandbox, allow_one_file, lock_in

NEEDED = ("rapidocr", "onnxruntime")
LIMITS = Limits(memory=1536 * 1024 * 1024, cpu=120, wall=180.0, handles=64, files_per_child=100)
"""A dense A4 page takes 4 to 30 seconds and 0.9 GiB (measured)."""
_START = 120.0
LEAST = 0.3
"""A line recognised with less confidence is noise; what is between this and certain is kept and marked."""
_SETTINGS = {
    "Global.use_cls": False,
    "Global.log_level": "critical",
    "Global.text_score": LEAST,
    "Rec.rec_batch_num": 1,  # one line at a time: long lines in batches take more memory than the child may have
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
_DARK, _MARGIN = 160, 60
"""What counts as ink (0 black, 255 white), and how many pixels of paper are left around it."""
_NETWORK = ("socket", "socketpair", "connect", "bind")


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of writing: its words, where it stands in pixels, and how sure the recogniser is (0 to 1)."""

    words: str
    left: float
    top: float
    bottom: float
    sure: float


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was read of one page; *confidence* in percent, 0 where there are no words."""

    outcome: Outcome
    text: str = ""
    confidence: int = 0
    note: str = ""


def text_of(lines: Sequence[Seen]) -> str:
    """The lines in reading order: row by row, what stands side by side parted by a tab."""
    rows: list[list[Seen]] = []
    for line in sorted(lines, key=lambda one: one.top + one.bottom):
        if rows and _beside(rows[-1][-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return "\n".join("\t".join(one.words for one in sorted(row, key=lambda one: one.left)) for row in rows)


def _beside(one: Seen, other: Seen) -> bool:
    """True if two lines share most of their height."""
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared > 0.5 * min(one.bottom - one.top, other.bottom - other.top)


def confidence(lines: Sequence[Seen]) -> int:
    """How sure the recogniser is of a page, in percent: the mean over its characters."""
    weight = sum(len(line.words) for line in lines)
    return round(100 * sum(line.sure * len(line.words) for line in lines) / weight) if weight else 0


# --- the parent's side -------------------------------------------------------------------------


def installed() -> bool:
    """True if the extra `ocr` is there."""
    return all(importlib.util.find_spec(name) for name in NEEDED)


class Recogniser:
    """Reads pictures in a limited child of its own; a context manager.

    Raises `RecognitionMissing` where the extra is not installed.
    """

    def __init__(self, limits: Limits = LIMITS) -> None:
        if not installed():
            raise RecognitionMissing
        self._limited = Limited("ocr", limits, start=_START, environment=_ONE_THREAD)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._limited.close()

    def read(self, picture: Picture) -> Recognised:
        """The words of a page, or why there are none; `ReaderUnavailable` if no child can be started.

        A page for which the memory did not suffice is shown to a fresh child: earlier pages may have filled it.
        """
        found = self._read(picture)
        return self._read(picture) if found.outcome is Outcome.OVERSIZED else found

    def _read(self, picture: Picture) -> Recognised:
        asked = {"width": picture.width, "height": picture.height}
        try:
            facts, text = self._limited.ask(asked, picture.pixels, MOST_TEXT)
            return Recognised(
                Outcome(facts["outcome"]), text.decode(), _percent(facts), str(facts["note"])[:200]
            )
        except Ended as ended:
            return Recognised(ended.outcome, note=ended.note)
        except (ValueError, TypeError, KeyError):
            self._limited.close()
            return Recognised(Outcome.CRASHED, note="why=nonsense")

    def sandbox(self) -> Sandbox:
        """What holds the child; starts one if there is none."""
        return self._limited.sandbox()


def _percent(facts: frames.Facts) -> int:
    found = facts["confidence"]
    if not isinstance(found, int) or not 0 <= found <= 100:
        raise ValueError("confidence")
    return found


# --- the child's side --------------------------------------------------------------------------

Engine = Callable[[Picture], Sequence[Seen]]


def main() -> None:
    """Live as a child; `sys.argv[-1]` holds the limits as JSON."""
    limits = Limits(**json.loads(sys.argv[-1]))
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not enter the messages
    logging.disable(logging.CRITICAL)
    kernel.forbid_new_privileges()
    kernel.refuse_calls(_NETWORK)  # a missing model must not be fetched from anywhere
    engine = loaded()
    frames.put(sink, dataclasses.asdict(lock_in(limits)))
    serve(source, sink, limits, engine)


def loaded() -> Engine:
    """The recogniser, warm: everything it loads at first use is loaded."""
    import cv2
    import numpy as np
    from rapidocr import RapidOCR

    cv2.setNumThreads(1)
    reader = RapidOCR(params=_SETTINGS)

    def read(picture: Picture) -> Sequence[Seen]:
        grey = _inked(np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.width))
        found = reader(np.repeat(grey[:, :, None], 3, axis=2))
        if found.boxes is None:
            return []
        return [_seen(*line) for line in zip(found.boxes, found.txts, found.scores, strict=True)]

    sample = np.full((200, 600), 255, np.uint8)
    cv2.putText(sample, "Anjuan 2024", (40, 120), cv2.FONT_HERSHEY_SIMPLEX, 2, 0, 5)
    read(Picture(600, 200, sample.tobytes()))
    return read


def _inked(grey: Any) -> Any:
    """The part of a page with ink, and a margin: a lone word on a wide white page is overlooked otherwise."""
    dark = grey < _DARK
    rows, columns = dark.any(axis=1).nonzero()[0], dark.any(axis=0).nonzero()[0]
    if not len(rows):
        return grey
    top, left = max(int(rows[0]) - _MARGIN, 0), max(int(columns[0]) - _MARGIN, 0)
    return grey[top : int(rows[-1]) + _MARGIN, left : int(columns[-1]) + _MARGIN]


def _seen(box: Any, words: str, sure: float) -> Seen:
    across, down = [float(corner[0]) for corner in box], [float(corner[1]) for corner in box]
    return Seen(" ".join(words.split()), min(across), min(down), max(down), float(sure))


def serve(source: BinaryIO, sink: BinaryIO, limits: Limits, engine: Engine) -> None:
    """Answer each picture until the input ends."""
    while (message := frames.take(source, MOST_TEXT)) is not None:
        asked, pixels = message
        allow_one_file(limits)
        found = _answer(engine, asked, pixels)
        facts = {"outcome": found.outcome.value, "confidence": found.confidence, "note": found.note}
        frames.put(sink, {**facts, "spent": found.outcome is Outcome.OVERSIZED}, found.text.encode())


def _answer(engine: Engine, asked: frames.Facts, pixels: bytes) -> Recognised:
    try:
        lines = engine(Picture(int(asked["width"]), int(asked["height"]), pixels).checked())
    except Exception as slip:  # noqa: BLE001  the runtime reports want of memory as an error of its own
        outcome = Outcome.OVERSIZED if _out_of_memory(slip) else Outcome.CORRUPT
        return Recognised(outcome, note=f"why={type(slip).__name__}")
    lines = [line for line in lines if line.words and line.sure >= LEAST]
    if not lines:
        return Recognised(Outcome.EMPTY)
    return Recognised(Outcome.TEXT, text_of(lines)[: MOST_TEXT // 4], confidence(lines))


def _out_of_memory(slip: BaseException) -> bool:
    return isinstance(slip, MemoryError) or "bad_alloc" in str(slip) or "Insufficient memory" in str(slip)


if __name__ == "__main__":
    main()
