"""How templates say things: sentences, values, headings and names of acts in the request's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from archive import cells
from archive.acts import Act
from archive.clikit.declared import Ask, Verb, sentence
from archive.words import knows, say
from web import speech
from web.asking import language, may, site


def t(key: str, /, **facts: object) -> str:
    """The sentence of *key*."""
    return say(key, language(), **facts)


def word(key: str | None, otherwise: str = "") -> str:
    """The sentence of *key* if there is one, else *otherwise*."""
    return say(key, language()) if key and knows(key, language()) else otherwise


def cell(value: object) -> str:
    """*value* as it is read in a table."""
    return cells.cell(value, language())


def heading(column: str) -> str:
    """What stands above a column."""
    return _headed(cells.label(column, language()))


def _headed(text: str) -> str:
    """A word at the head of something begins with a capital, where there are capitals."""
    return text[:1].upper() + text[1:]


def value_of(row: object, column: str) -> object:
    """What a row holds in a column; `code:place_code` is the attribute `code`."""
    return cells.value(row, column)


def columns_of(rows: list[object], columns: tuple[str, ...]) -> list[str]:
    """The columns of *rows*: those named, or all of them."""
    return list(cells.columns_of(rows, columns))


def act_name(act: Act | str) -> str:
    """The name of an act."""
    return _headed(say(Act(act).word, language()))


def verb_name(verb: Verb | tuple[str, ...] | str) -> str:
    """The name of a verb, as a button says it; it may be named `loan/lend`."""
    path = tuple(verb.split("/")) if isinstance(verb, str) else verb
    found = path if isinstance(path, Verb) else site().verbs[path]
    return _headed(sentence(found, language()))


def ask_name(ask: Ask) -> str:
    """What stands beside a field of a form."""
    return _headed(ask.told(language()))


def linked(text: str) -> Markup:
    """A sentence whose commands are links to their pages."""
    return speech.linked(text, site().verbs, language())


def choices(ask: Ask) -> list[tuple[str, str]]:
    """The values one may choose, with their words."""
    return [(code, word(key, code)) for code, key in ask.choices]


#: What every template may call.
GLOBALS: Mapping[str, Callable[..., Any]] = {
    "t": t,
    "word": word,
    "cell": cell,
    "heading": heading,
    "value_of": value_of,
    "columns_of": columns_of,
    "act_name": act_name,
    "verb_name": verb_name,
    "ask_name": ask_name,
    "choices": choices,
    "linked": linked,
    "may": may,
}
