"""What a page asks of the archive: who is signed in reads, changes, and performs verbs; nothing is judged here.

Writes go through the same functions as the command line's (ADR 0025); a page's own reading opens a unit with
`asking`, its own change one with `working`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, g

from archive import policy
from archive.acts import LOOKS, Act
from archive.clikit.declared import Remote, Verb, freshened, run
from archive.errors import NotFound
from archive.instance import Instance
from archive.unit import Unit
from archive.words import Language
from web import sittings
from web.tasks import BY_VERB


@dataclass(frozen=True, slots=True)
class Site:
    """What one application serves: the opened instance and every verb by its path."""

    instance: Instance
    verbs: Mapping[tuple[str, ...], Verb]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb said and answered: sentences, remarks, rows or a sheet with its columns, what was done.

    *once* is what is shown a single time to whoever had it done, and forgotten then.
    """

    told: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    result: Any = None
    columns: tuple[str, ...] = ()
    facts: list[tuple[Act, Mapping[str, object]]] = field(default_factory=list)
    status: int = 0
    once: list[str] = field(default_factory=list)


def site() -> Site:
    """What this application serves."""
    found = current_app.extensions["anjuan"]
    assert isinstance(found, Site)
    return found


def archive() -> Instance:
    """The opened instance."""
    return site().instance


def language() -> Language:
    """The language of this request."""
    return Language(g.get("language", Language.ZH))


@contextmanager
def asking(act: Act) -> Iterator[Unit]:
    """A unit for reading, as the person signed in; raises what `Instance.ask` raises."""
    with archive().ask(sittings.reader(), act) as unit:
        yield unit


@contextmanager
def working(act: Act) -> Iterator[Unit]:
    """A unit for one change, as the person signed in; the index is brought up to date afterwards."""
    with archive().work(sittings.who(), act) as unit:
        yield unit
    freshened(Remote(archive(), sittings.who(), language()))


def verb(*path: str) -> Verb:
    """The verb of this path, if it is one that the web offers; raises `NotFound`."""
    found = site().verbs.get(path)
    if found is None or not found.open_to_all:
        raise NotFound(what="page", code=" ".join(path)[:80])
    return found


def harmless(wanted: Verb) -> bool:
    """True if asking for it changes nothing and takes no long time, so that a link may (W4)."""
    return wanted.reads and set(wanted.acts) <= LOOKS and wanted.path not in BY_VERB


def perform(wanted: Verb | tuple[str, ...], values: Mapping[str, Any]) -> Outcome:
    """Do *wanted* with *values* as the person signed in; raises what the act raises, and nothing is half done."""
    chosen = wanted if isinstance(wanted, Verb) else verb(*wanted)
    desk = Remote(archive(), sittings.who(), language())
    run(chosen, desk, values)
    return Outcome(desk.told, desk.notes, desk.result, desk.columns, desk.facts, desk.status)


def may(act: Act) -> bool:
    """Whether the person signed in could do *act* at all: for menus and buttons, never instead of the act's own judging."""
    return sittings.may(act)


def barred(act: Act) -> None:
    """Raise what stands in the way of *act* for the person signed in, whatever the record; before a form is shown."""
    with asking(act) as unit:
        refused = policy.refusal(unit.actor, act)
    if refused is not None:
        raise refused
