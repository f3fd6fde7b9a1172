"""Sentences that name a command, as a page says them: `anjuan loan return JY-1` becomes a link to that page.

The sentences are written once, for the terminal; here the command in them is found by the verbs that are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from markupsafe import Markup, escape

from archive.acts import Act
from archive.clikit.declared import Verb, sentence
from archive.words import Language

Verbs = Mapping[tuple[str, ...], Verb]

_COMMAND = re.compile(
    r"anjuan((?: [a-z][a-z-]*){1,3})((?: (?:--[a-z-]+(?: [^\s，。；、）（)「」“”]+)?|[A-Z0-9][\w·.-]*))*)"
)
_SEVERAL = re.compile(r"[，,;；] ?(?:可多次|may be repeated|may be given several times)$")
_OPTION = re.compile(r" --[a-z-]+(?: [^\s，。；、）（)「」“”]+)?")


def on_a_form(label: str) -> str:
    """What is asked for, without how a terminal is told several of it."""
    return _SEVERAL.sub("", label)


def linked(
    text: str, verbs: Verbs, language: Language, may: Callable[[Act], bool] = lambda _: True
) -> Markup:
    """*text*, escaped, with every command in it as a link to its page, or as its name where there is none for the reader."""
    told, end = Markup(), 0
    for found in _COMMAND.finditer(text):
        path, rest = _verb(found[1].split(), verbs)
        if path is None:
            continue
        told += escape(text[end : found.start()]) + _link(verbs[path], rest, found[2], language, may)
        end = found.end()
    return told + escape(text[end:])


def _verb(words: list[str], verbs: Verbs) -> tuple[tuple[str, ...] | None, list[str]]:
    """The longest path of a verb that *words* begin with, and the words after it."""
    for length in range(len(words), 0, -1):
        if tuple(words[:length]) in verbs:
            return tuple(words[:length]), words[length:]
    listed = (words[0], "list")  # a noun alone means its things
    return (listed, words[1:]) if listed in verbs else (None, words)


def _link(verb: Verb, rest: list[str], given: str, language: Language, may: Callable[[Act], bool]) -> Markup:
    name = sentence(verb, language)
    quoted = f"「{name}」" if language is Language.ZH else f"“{name}”"
    tail = "".join(f" {word}" for word in rest)
    if not verb.open_to_all or not all(map(may, verb.acts[:1])):
        return escape(quoted + tail)
    asked = _arguments(verb, _OPTION.sub("", given).split())
    query = f"?{urlencode(asked)}" if asked else ""
    return Markup('<a href="/do/{}{}">{}</a>{}').format("/".join(verb.path), query, quoted, tail)


def _arguments(verb: Verb, codes: list[str]) -> dict[str, str]:
    """The codes that followed the command, under the names it asks for them."""
    names = [ask.name for ask in verb.asks if ask.positional]
    return dict(zip(names, codes, strict=False))
