"""Sheets and rolls of labels as data (archive/data/labels.toml): where each label lies on its page."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from archive.errors import BadValue, NotFound

FILE = "labels.toml"
#: Millimetres by which the sums of a sheet may miss.
SLACK = 0.05
#: Labels narrower or lower than this hold no code.
LEAST = 15.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in millimetres from the lower left corner of its page."""

    left: float
    bottom: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet or roll: sizes and distances in millimetres."""

    name: str
    page_width: float
    page_height: float
    label_width: float
    label_height: float
    columns: int
    rows: int
    left: float
    top: float
    gap_across: float
    gap_down: float
    edge: float
    like: str

    @property
    def cells(self) -> int:
        """Labels on a page."""
        return self.columns * self.rows

    @property
    def size(self) -> str:
        """The size of a label: `70×37`."""
        return f"{self.label_width:g}×{self.label_height:g}"

    @property
    def page(self) -> str:
        """The size of the page."""
        return f"{self.page_width:g}×{self.page_height:g}"

    def cell(self, number: int) -> Box:
        """Label *number* of a page, from 0, row by row from the top."""
        row, column = divmod(number, self.columns)
        left = self.left + column * (self.label_width + self.gap_across)
        top = self.top + row * (self.label_height + self.gap_down)
        return Box(left, self.page_height - top - self.label_height, self.label_width, self.label_height)

    def printable(self, number: int) -> Box:
        """The part of label *number* that every printer reaches."""
        cell = self.cell(number)
        left, bottom = max(cell.left, self.edge), max(cell.bottom, self.edge)
        right = min(cell.left + cell.width, self.page_width - self.edge)
        top = min(cell.bottom + cell.height, self.page_height - self.edge)
        return Box(left, bottom, right - left, top - bottom)


@cache
def grids() -> Mapping[str, Grid]:
    """Every sheet and roll by its name; raises `BadValue` for one that cannot be."""
    return read(resources.files("archive").joinpath("data", FILE).read_text("utf-8"))


def grid(name: str) -> Grid:
    """The sheet or roll called *name* (`3x8`, `3×8`, `50x30`); raises `NotFound`."""
    found = grids().get(name.strip().lower().replace("×", "x").replace("*", "x"))
    if found is None:
        raise NotFound(what="sheet", code=name)
    return found


def read(text: str) -> Mapping[str, Grid]:
    """The sheets and rolls that *text* describes; raises `BadValue`."""
    try:
        told = tomllib.loads(text)
        made = [_sheet(name, one) for name, one in told.get("sheet", {}).items()]
        made += [_roll(name, one) for name, one in told.get("roll", {}).items()]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as slip:
        raise BadValue(
            field=FILE, value=str(slip)[:60], expected="page, label, grid, left, top, gap, edge"
        ) from slip
    for one in made:
        _checked(one)
    return {one.name: one for one in made}


def _sheet(name: str, told: Mapping[str, Any]) -> Grid:
    (wide, high), (across, down) = told["page"], told["gap"]
    (label_wide, label_high), (columns, rows) = told["label"], told["grid"]
    return Grid(
        name, float(wide), float(high), float(label_wide), float(label_high), int(columns), int(rows),
        float(told["left"]), float(told["top"]), float(across), float(down), float(told["edge"]), str(told["like"]),
    )  # fmt: skip


def _roll(name: str, told: Mapping[str, Any]) -> Grid:
    wide, high = map(float, told["label"])
    return Grid(name, wide, high, wide, high, 1, 1, 0, 0, 0, 0, float(told["edge"]), str(told["like"]))


def _checked(one: Grid) -> None:
    """Raise `BadValue` unless every label lies on the page and has room for a code."""
    lengths = (one.left, one.top, one.gap_across, one.gap_down, one.edge)
    across = one.left + one.columns * one.label_width + (one.columns - 1) * one.gap_across
    down = one.top + one.rows * one.label_height + (one.rows - 1) * one.gap_down
    sound = (
        all(math.isfinite(length) and length >= 0 for length in (*lengths, across, down))
        and min(one.columns, one.rows) >= 1
        and across <= one.page_width + SLACK
        and down <= one.page_height + SLACK
        and all(
            min(box.width, box.height) >= LEAST for box in map(one.printable, range(min(one.cells, 1000)))
        )
    )
    if not sound:
        raise BadValue(field=FILE, value=one.name, expected=f"≤ {one.page} mm")
