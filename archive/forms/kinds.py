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


#: Forms of the catalogue, of use and of custody.
ALL: tuple[FormKind, ...] = ()


def named(kinds: Iterable[FormKind], name: str) -> FormKind:
    """The form with this code, or with this name in either language; raises `NotFound`."""
    wanted = name.strip().lower()
    for kind in kinds:
        if wanted in {kind.code, *(say(kind.word, language).lower() for language in Language)}:
            return kind
    raise NotFound(what="form", code=name)
