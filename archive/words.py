"""Every sentence the user reads, by key and language.

This module does not know what the keys mean; it only finds, fills in and never guesses.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path, PurePath

from archive.filenames import readable


class Language(StrEnum):
    """The two languages every sentence exists in."""

    ZH = "zh"
    EN = "en"


#: The zone in which moments are told to people; unset, they are told as they are.
ZONE: ContextVar[dt.tzinfo | None] = ContextVar("ZONE", default=None)
#: Whether who reads sits at this machine; anybody else is told the name of a file, never where it lies.
AT_MACHINE: ContextVar[bool] = ContextVar("AT_MACHINE", default=True)

_packages: list[str] = ["archive"]


def add_package(name: str) -> None:
    """Let *name* (a package with `messages/{zh,en}.toml`) contribute its sentences."""
    if name not in _packages:
        _packages.append(name)
        sentences.cache_clear()


@cache
def sentences(language: Language) -> Mapping[str, str]:
    """All sentences of *language*, keys flattened with dots (`error.not-found`)."""
    found: dict[str, str] = {}
    for package in _packages:
        for key, sentence in _written(package, language):
            if key in found:
                raise KeyError(f"the sentence {key} is said twice")
            found[key] = sentence
    return found


def _written(package: str, language: Language) -> Iterable[tuple[str, str]]:
    """The sentences of every `messages/{zh,en}.toml` and `messages/<topic>.{zh,en}.toml` of *package*."""
    folder = resources.files(package).joinpath("messages")
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name == f"{language.value}.toml" or file.name.endswith(f".{language.value}.toml"):
            yield from _flat(tomllib.loads(file.read_text("utf-8")))


def say(key: str, language: Language, /, **facts: object) -> str:
    """The sentence of *key* with its holes filled; KeyError if either is missing."""
    told = {name: spoken(_place(name, fact), language) for name, fact in facts.items()}
    return sentences(language)[key].format_map(told)


def _place(name: str, fact: object) -> object:
    """*fact*; of a place on this machine only the last step, for who does not sit at it."""
    place = isinstance(fact, PurePath) or (name == "path" and isinstance(fact, str) and fact.startswith("/"))
    return Path(str(fact)).name if place and not AT_MACHINE.get() else fact


def knows(key: str, language: Language) -> bool:
    """True if there is a sentence for *key*."""
    return key in sentences(language)


def spoken(fact: object, language: Language) -> str:
    """A fact as it is read aloud: by itself if it can, named values by their word, days as ISO, lists joined."""
    told = getattr(fact, "told", None)
    return str(told(language)) if callable(told) else _read_aloud(fact, language)


def _read_aloud(fact: object, language: Language) -> str:
    word = getattr(fact, "word", None)
    if isinstance(word, str):
        return say(word, language)
    if fact is None:
        return "—"
    if isinstance(fact, bool):
        return say("word.yes" if fact else "word.no", language)
    if isinstance(fact, dt.datetime):
        return _moment(fact)
    if isinstance(fact, (list, tuple, set, frozenset)):
        joint = "、" if language is Language.ZH else ", "
        return joint.join(spoken(one, language) for one in _steady(fact))
    return readable(str(fact))


def _moment(fact: dt.datetime) -> str:
    """On the clock of `ZONE`, without its offset; elsewhere with it."""
    zone = ZONE.get()
    local = fact.astimezone(zone).replace(tzinfo=None) if zone and fact.tzinfo else fact
    return local.isoformat(" ", "seconds")


def _steady(many: Iterable[object]) -> Iterable[object]:
    return sorted(many, key=str) if isinstance(many, (set, frozenset)) else many


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, str(value)
