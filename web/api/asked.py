"""What a program sent, judged by what the verb asks: the right kind, no name that nobody asks for. Pure.

A page takes what a person types; a program is held to the document: a day as 2026-03-02, a choice by its code.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from archive.clikit.declared import Ask, Verb
from archive.errors import BadValue

#: The largest whole number that a database, and so the document, knows.
LARGEST = (1 << 63) - 1
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,19}\Z", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,300}(\.\d{1,300})?([eE][+-]?\d{1,3})?\Z", re.ASCII)


def body(raw: bytes) -> Mapping[str, Any]:
    """The object that *raw* is in JSON; nothing at all is an empty one. Raises `BadValue`."""
    if not raw.strip():
        return {}
    try:
        found = json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError) as slip:
        raise BadValue(field="body", value="…", expected="JSON") from slip
    if not isinstance(found, dict):
        raise BadValue(field="body", value=type(found).__name__, expected="object")
    return found


def _no_number(told: str) -> Any:
    raise ValueError(told)


def of_object(verb: Verb, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a JSON object by name of what is asked; raises `BadValue` with the name."""
    asks = _known(verb, given)
    values = {name: _member(asks[name], value) for name, value in given.items()}
    _complete(verb, values)
    return values


def of_query(verb: Verb, given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The values of a query, in which everything is text; raises `BadValue` with the name."""
    asks = _known(verb, given)
    values = {name: _spelt(asks[name], list(told)) for name, told in given.items()}
    _complete(verb, values)
    return values


def _known(verb: Verb, given: Mapping[str, Any]) -> dict[str, Ask]:
    asks = {ask.name: ask for ask in verb.asks}
    for name in given:
        if name not in asks:
            raise BadValue(field=name[:80], value="…", expected=" | ".join(asks) or "—")
    return asks


def _complete(verb: Verb, values: Mapping[str, Any]) -> None:
    for ask in verb.asks:
        if ask.required and values.get(ask.name) in (None, "", [], {}):
            raise BadValue(field=ask.name, value="—", expected=ask.kind)


# --- one member -------------------------------------------------------------------------------


def _member(ask: Ask, value: Any) -> Any:
    if ask.kind == "pairs":
        return _pairs(ask, value)
    if not ask.many:
        return _single(ask, value)
    if not isinstance(value, list):
        raise _wrong(ask, value, "array")
    return [_single(ask, one) for one in value]


def _pairs(ask: Ask, value: Any) -> list[tuple[str, str]]:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise _wrong(ask, value, '{"name": "value"}')
    if not all(name.strip() for name in value):
        raise _wrong(ask, value, '{"name": "value"}')
    return [(name.strip(), told) for name, told in value.items()]


def _single(ask: Ask, value: Any) -> Any:
    reader, expected = KINDS[ask.kind]
    if not reader(value) or (ask.choices and value not in dict(ask.choices)):
        raise _wrong(ask, value, " | ".join(dict(ask.choices)) or expected)
    return int(value) if ask.kind == "whole" else value


def _wrong(ask: Ask, value: Any, expected: str) -> BadValue:
    told = value if isinstance(value, (str, int, float)) else type(value).__name__
    return BadValue(field=ask.name, value=str(told)[:80], expected=expected)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_day(value: Any) -> bool:
    if not isinstance(value, str) or not _DAY.match(value):
        return False
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_whole(value: Any) -> bool:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return whole and not isinstance(value, bool) and abs(value) <= LARGEST


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


#: What each kind of thing asked for is in JSON, and how a refusal names it.
KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "text": (_is_text, "string"),
    "secret": (_is_text, "string"),
    "choice": (_is_text, "string"),
    "day": (_is_day, "YYYY-MM-DD"),
    "whole": (_is_whole, "integer"),
    "number": (_is_number, "number"),
    "flag": (_is_flag, "true | false"),
}


# --- one parameter of a query -----------------------------------------------------------------


def _spelt(ask: Ask, told: list[str]) -> Any:
    if ask.kind == "pairs":
        return _member(ask, dict(_halves(ask, one) for one in told))
    read = [_read(ask, one) for one in told]
    if ask.many:
        return _member(ask, read)
    if len(read) != 1:
        raise _wrong(ask, len(read), "1")
    return _member(ask, read[0])


def _halves(ask: Ask, told: str) -> tuple[str, str]:
    name, found, value = told.partition("=")
    if not found:
        raise _wrong(ask, told, "name=value")
    return name, value


def _read(ask: Ask, told: str) -> Any:
    if ask.kind == "flag":
        return {"true": True, "false": False}.get(told, told)
    if ask.kind == "whole":
        return int(told) if _WHOLE.match(told) else told
    if ask.kind == "number":
        return float(told) if _NUMBER.match(told) else told
    return told
