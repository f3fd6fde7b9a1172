"""What stands around a verb's page: the page of each row, what else may be done with a noun, the list as a file. Pure but for writing."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any
from urllib.parse import quote, urlencode

from archive import cells, printing
from archive.acts import LOOKS, Act
from archive.clikit.declared import Verb
from archive.sheets.writing import write_rows
from archive.words import Language

#: Verbs that make something new: offered above a list. The others are offered beside one thing.
MAKING = frozenset(
    [
        "accept",
        "add",
        "ask",
        "begin",
        "draft",
        "give",
        "give-duty",
        "keep",
        "make",
        "open",
        "order",
        "place",
        "propose",
        "record",
        "register",
        "report",
        "save",
        "set",
    ]
)
#: Nouns whose things have a page made by hand: what its address begins with, and by what of a row it goes on.
PAGES: Mapping[str, tuple[str, str]] = {
    "volume": ("/records/", "code"),
    "item": ("/records/", "code"),
    "loan": ("/loans/", "number"),
    "reading": ("/counter/reading/", "number"),
    "handover": ("/custody/handovers/", "number"),
    "incident": ("/custody/incidents/", "number"),
    "stocktake": ("/custody/stocktakes/", "number"),
    "hold": ("/retention/holds/", "number"),
    "appraisal": ("/retention/appraisals/", "number"),
    "destruction": ("/retention/destructions/", "number"),
    "transfer": ("/retention/transfers/", "number"),
}
#: What a row calls that by which its page asks for the thing, where it is not called the same.
CALLED: Mapping[str, str] = {"class": "class_code", "clearance": "number"}
#: Forms a list is handed out in, with what browsers call them.
FILES: Mapping[str, str] = {
    "csv": "text/csv",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Verbs = Mapping[tuple[str, ...], Verb]


def way_to(verb: Verb, verbs: Verbs) -> Callable[[object], str]:
    """Where the page of a row of *verb*'s list is; an empty text where there is none."""
    noun = verb.path[0]
    shown = verbs.get((noun, "show"))
    own, name = PAGES.get(noun, ("", _asked_by(shown)))

    def way(row: object) -> str:
        value = _held(row, CALLED.get(noun, name)) if name and verb.path[1:] == ("list",) else ""
        if not value:
            return ""
        return own + quote(str(value), safe="") if own else f"/do/{noun}/show?{urlencode({name: value})}"

    return way


def _asked_by(shown: Verb | None) -> str:
    """The name under which a verb asks for the thing it shows."""
    return next((ask.name for ask in shown.asks if ask.positional), "") if shown and shown.open_to_all else ""


def _held(row: object, name: str) -> Any:
    """What *row* holds under *name*; nothing if it holds no such thing."""
    known = name in row if isinstance(row, Mapping) else is_dataclass(row) and hasattr(row, name)
    return cells.value(row, name) if known else ""


def makers(verb: Verb, verbs: Verbs, may: Callable[[Act], bool]) -> list[Verb]:
    """What makes a new thing of those *verb* lists, as far as this person may."""
    if verb.answers != "rows":
        return []
    return [one for one in _siblings(verb, verbs, may) if one.path[-1] in MAKING]


def changes(verb: Verb, verbs: Verbs, may: Callable[[Act], bool]) -> Iterator[tuple[Verb, str]]:
    """What may be done with the one thing that *verb* shows, and the name under which it is asked for."""
    for one in _siblings(verb, verbs, may):
        names = [ask.name for ask in one.asks if ask.positional]
        if one.path[-1] not in MAKING and names:
            yield one, names[0]


def _siblings(verb: Verb, verbs: Verbs, may: Callable[[Act], bool]) -> Iterable[Verb]:
    noun = verb.path[:-1]
    for one in verbs.values():
        own = [act for act in one.acts if act not in LOOKS]
        if noun and one.path[:-1] == noun and one.open_to_all and own and may(own[0]):
            yield one


def filed(rows: list[object], columns: tuple[str, ...], form: str, language: Language) -> bytes:
    """A list as the bytes of a file in *form*; nothing in it runs in a spreadsheet (W2)."""
    if form == "xlsx":
        out = io.BytesIO()
        write_rows(out, rows, columns, language)
        return out.getvalue()
    if form == "json":
        return printing.as_json(rows, columns).encode()
    return b"\xef\xbb\xbf" + printing.as_csv(rows, columns, language).encode()
