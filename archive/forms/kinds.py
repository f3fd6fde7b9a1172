"""Which forms can be printed: a table; each row names what it takes, who builds it, and the clause or standard.

Packages around the core add rows of their own, wired in `cli.py`. This module does not know what a form looks like.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from archive.errors import NotFound
from archive.values import Worded
from archive.words import Language, say

if TYPE_CHECKING:
    from archive.forms.page import Form
    from archive.unit import Unit


class Takes(Worded):
    """What a form is printed of."""

    NOTHING = "NOTHING"
    VOLUME = "VOLUME"
    VOLUMES = "VOLUMES"
    ITEMS = "ITEMS"
    NUMBER = "NUMBER"
    PERSON = "PERSON"
    PLACE = "PLACE"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked to have printed: codes or numbers, and how the list is narrowed."""

    language: Language
    codes: Sequence[str] = ()
    class_code: str | None = None
    department: str | None = None
    year: int | None = None
    period: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    width: int | None = None
    blank: int = 0


Builder = Callable[["Unit", Wanted], "Form"]


@dataclass(frozen=True, slots=True)
class FormKind:
    """A form: its code (`f1`), what it takes, the place of its builder (`module:function`), the clause behind it.

    Its name is the sentence `form.<code>`.
    """

    code: str
    takes: Takes
    place: str
    clause: str

    @property
    def word(self) -> str:
        """The key of this form's name."""
        return f"form.{self.code}"

    @property
    def build(self) -> Builder:
        """The function that describes the paper; its module is loaded now."""
        module, _, name = self.place.partition(":")
        found: Builder = getattr(import_module(module), name)
        return found


#: Forms of use, of custody and of letters.
USE: tuple[FormKind, ...] = (
    FormKind("f10", Takes.NUMBER, "archive.forms.slips:approval", "R35 R42 R48"),
    FormKind("f11", Takes.NOTHING, "archive.forms.use:loans", "R46 8-1.2.5"),
    FormKind("f11-reading", Takes.NOTHING, "archive.forms.use:readings", "R36 R39"),
    FormKind("slip", Takes.NUMBER, "archive.forms.slips:loan_slip", "R37 R39 R44"),
    FormKind("f12", Takes.NUMBER, "archive.forms.slips:chasing_notice", "R47"),
    FormKind("f13", Takes.NUMBER, "archive.forms.liability:incident_report", "R40"),
    FormKind("f14", Takes.PERSON, "archive.forms.liability:clearance_sheet", "R41"),
    FormKind("f15", Takes.NOTHING, "archive.forms.use:visits", "R42 R43"),
    FormKind("f16", Takes.NUMBER, "archive.forms.custody_papers:stocktake", "R24 R26 R28"),
    FormKind("f17", Takes.NOTHING, "archive.forms.correspondence:incoming", "R60"),
    FormKind("f18", Takes.NOTHING, "archive.forms.correspondence:outgoing", "R68"),
    FormKind("f19", Takes.ITEMS, "archive.forms.correspondence:processing", "R59-R65"),
    FormKind("f20", Takes.ITEMS, "archive.forms.correspondence:draft", "R66-R68"),
    FormKind("f25", Takes.NOTHING, "archive.forms.custody_papers:sealings", "R21"),
    FormKind("f26", Takes.NOTHING, "archive.forms.custody_papers:repairs_book", "R25"),
)

#: Forms of the catalogue.
CATALOGUE: tuple[FormKind, ...] = (
    FormKind("f1", Takes.VOLUMES, "archive.forms.catalogue:contents", "GB/T 9705"),
    FormKind("f2", Takes.VOLUMES, "archive.forms.catalogue:contents_technical", "GB/T 11822"),
    FormKind("f3", Takes.NOTHING, "archive.forms.catalogue:volumes", "GB/T 11822"),
    FormKind("f4-9705", Takes.VOLUMES, "archive.forms.covers:cover_9705", "GB/T 9705"),
    FormKind("f4-11822", Takes.VOLUMES, "archive.forms.covers:cover_11822", "GB/T 11822"),
    FormKind("f4-spine", Takes.VOLUMES, "archive.forms.covers:spine", "GB/T 11822, DA/T 22"),
    FormKind("f5-9705", Takes.VOLUMES, "archive.forms.covers:note_9705", "GB/T 9705"),
    FormKind("f5-11822", Takes.VOLUMES, "archive.forms.covers:note_11822", "GB/T 11822"),
    FormKind("f5-box", Takes.PLACE, "archive.forms.covers:note_box", "DA/T 22"),
    FormKind("f6", Takes.NOTHING, "archive.forms.catalogue:filed", "DA/T 22"),
    FormKind("f6-secret", Takes.NOTHING, "archive.forms.catalogue:filed_secret", "DA/T 22 R48"),
    FormKind("f7", Takes.ITEMS, "archive.forms.covers:stamps", "DA/T 22"),
    FormKind("f8", Takes.NOTHING, "archive.forms.catalogue:whole", "R14 V5"),
    FormKind("f9", Takes.NUMBER, "archive.forms.covers:handover", "R11"),
)

#: Forms of the catalogue, of use and of custody.
ALL: tuple[FormKind, ...] = (*CATALOGUE, *USE)


def named(kinds: Iterable[FormKind], name: str) -> FormKind:
    """The form with this code, or with this name in either language; raises `NotFound`."""
    wanted = name.strip().lower()
    for kind in kinds:
        if wanted in {kind.code, *(say(kind.word, language).lower() for language in Language)}:
            return kind
    raise NotFound(what="form", code=name)
