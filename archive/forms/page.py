"""What stands on a printed paper, described once for Word and PDF alike; pure.

A builder says what, in words already; `archive.forms.pdf` and `archive.forms.docx` say how it looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from archive.words import Language


class Align(StrEnum):
    """Where text stands in its cell."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


class Orientation(StrEnum):
    """How an A4 sheet lies."""

    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading and its share of the line (millimetres on A4, scaled to fit)."""

    heading: str
    wide: float
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table whose headings every page repeats; *rows* may be an iterator, read once and never kept.

    *blank*: empty rows below, to write in by hand; *fill*: as many as the page still has room for;
    *dense*: small letters, for a register of twenty columns.
    """

    columns: Sequence[Column]
    rows: Iterable[Sequence[str]]
    heading: str = ""
    blank: int = 0
    fill: bool = False
    dense: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with their values in a ruled grid, *across* pairs to a line; a value of several lines keeps them.

    A pair named in *wide* takes a whole line; one in *tall* is given that many millimetres to write in.
    """

    pairs: Sequence[tuple[str, str]]
    across: int = 2
    wide: frozenset[str] = frozenset()
    tall: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; a *heading* is bold, a *note* small."""

    text: str
    heading: bool = False
    note: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """What stands on a line that was signed at the counter: in words, on which day, or the lines drawn there."""

    told: str
    on: str
    lines: Sequence[Sequence[tuple[int, int]]] = ()


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to sign: who, with room for the name and the day; *across* to a line, kept together on one page.

    *signed* names, by their labels, the lines that were signed already.
    """

    labels: Sequence[str]
    across: int = 2
    signed: Mapping[str, Signed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Break:
    """A new page begins; with *facts* (even none) another paper does: title and facts anew, pages counted from 1."""

    facts: Sequence[tuple[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """The cover of a volume or list: a large title and labelled lines below it, one cover a page (F4)."""

    title: str
    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Spine:
    """The strip for the back of a volume or box, *wide* millimetres, cut out along its frame (F4, DA/T 22)."""

    wide: int
    pairs: Sequence[tuple[str, str]]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Stamp:
    """归档章: two rows of three cells, 45 by 16 mm, to be stuck on the first page (F7); *caption* says of which paper."""

    cells: Sequence[tuple[str, str]]
    caption: str = ""


@dataclass(slots=True)
class Shown:
    """What a printed paper has shown, counted while its rows are drawn: builders count what is confidential."""

    rows: int = 0
    confidential: int = 0


Block = Table | Facts | Text | Signatures | Break | Cover | Spine | Stamp


@dataclass(frozen=True, slots=True)
class Form:
    """One printed paper: title, what identifies it, its blocks in order, and what stands at the foot of every page.

    *facts* stand on a line below the title; *foot* is the fingerprint of the log on registers of loans and
    destruction; *number* is the paper's own. *values* are the names an office's own template may use, beside *tables*.
    Either *blocks* or *tables* are drawn, each once; *shown* is complete when they are.
    """

    kind: str
    title: str
    blocks: Iterable[Block]
    orientation: Orientation = Orientation.PORTRAIT
    facts: Sequence[tuple[str, str]] = ()
    company: str = ""
    number: str = ""
    foot: str = ""
    values: dict[str, str] = field(default_factory=dict)
    tables: dict[str, Iterable[dict[str, str]]] = field(default_factory=dict)
    language: Language = Language.ZH
    shown: Shown = field(default_factory=Shown)
