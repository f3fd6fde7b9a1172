"""One run of the program: where, in which language, as whom; what is said, and what is asked."""

from __future__ import annotations

import datetime as dt
import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive import cells, config, printing
from archive.acts import SCHEDULED, Act
from archive.errors import ArchiveError, BadValue, ClockSetBack, FileMissing, SystemActorOnly
from archive.words import Language, say

if TYPE_CHECKING:
    from archive.forms.kinds import FormKind
    from archive.inspection import Check
    from archive.instance import Instance, Who
    from archive.ports import Ports


#: Letters of a recovery key: 13 groups of five; of a slip of a key epoch: 14.
RECOVERY_LETTERS, SLIP_LETTERS = 65, 70


@dataclass(slots=True)
class Wiring:
    """What `cli.py` hands in: the ports, the clock, what finds all records, what a start takes up again, what follows a change, the forms of other packages."""

    ports: Callable[[], Ports] | None = None
    at_start: Callable[[Instance], object] | None = None
    after_work: Callable[[Instance], None] | None = None
    clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    search: Callable[[Instance, Who, str], Sequence[str]] | None = None
    settled: Callable[[Instance, Who], object] | None = None
    checks: list[Callable[[Instance], Iterator[Check]]] = field(default_factory=list)
    forms: list[FormKind] = field(default_factory=list)


wiring = Wiring()


@dataclass(slots=True)
class Desk:
    """One run of the program: where, in which language, as whom, and what waits to be said."""

    home: Path
    language: Language
    acting_as: str | None = None
    passphrase_file: str | None = None
    recovery_file: str | None = None
    form: str = "table"
    waiting: list[str] | None = None
    status: int = 0
    #: Who is told how far a long act is, instead of a terminal.
    follow: Callable[[int, int], None] | None = None

    @property
    def watched(self) -> bool:
        """True if somebody sits at this terminal and can be asked."""
        return sys.stdin.isatty()

    def utter(self, text: str, *, aside: bool = False) -> None:
        """Print *text*; what is said *aside* goes to standard error."""
        click.echo(text, err=aside)

    def frame(self, heading: str, text: str) -> str:
        """*text* in a frame under *heading*."""
        return printing.framed(text, heading, **paper())

    def done(self, act: Act, facts: Mapping[str, object]) -> None:
        """Hear that *act* was done, with its facts; a terminal is only told the sentence."""

    def shown(self, result: object, columns: Sequence[str]) -> bool:  # noqa: ARG002
        """Take *result* as it is instead of having it printed; a terminal wants it printed."""
        return False

    def answer(self, name: str) -> str | None:  # noqa: ARG002
        """What was handed in under *name* instead of being typed; at a terminal nothing is."""
        return None

    def today(self) -> dt.date:
        """The day it is in the instance's zone."""
        settings, _ = config.load(self.home)
        return wiring.clock().astimezone(settings.zone).date()

    @contextmanager
    def opened(self, *, remember: bool = False) -> Iterator[Instance]:
        """The instance of `--home`, unlocked; raises `NoInstance`, key errors, `DatabaseDamaged`."""
        from archive.hardening import harden_process
        from archive.instance import open_instance
        from archive.sitting import unlocked

        harden_process()
        assert wiring.ports is not None
        unlock = functools.partial(
            unlocked,
            passphrase=lambda: _first_line(self.passphrase_file),
            recovery=lambda: _slip(self.recovery_file),
            ask=lambda: typed("prompt.passphrase") if at_terminal() else None,
            remember=remember,
        )
        instance = open_instance(self.home, unlock, wiring.ports(), clock=wiring.clock)
        try:
            _taken_up(instance)
            yield instance
        finally:
            instance.close()

    def who(self, instance: Instance, act: Act) -> Who:
        """The person logged in, or the clock's actor by its token for what only the clock does (decision 5).

        Raises `SystemActorOnly`, `SystemTokenNeeded`; inside the unit `LoginNeeded`, `SystemTokenNeeded`.
        """
        from archive import identity, system
        from archive.sitting import kept_session

        if self.acting_as is not None:
            if self.acting_as != "system" or act not in SCHEDULED:
                raise SystemActorOnly(act=act)
            return system.credential(instance)
        token = kept_session(instance.keys.instance_id, wiring.clock()) or ""
        zone = instance.settings.zone
        return identity.by_token(token, today=lambda now: now.astimezone(zone).date())


def _taken_up(instance: Instance) -> None:
    """Finish what a process that died left half done; what stands in the way is told and stops no command."""
    if wiring.at_start is None:
        return
    try:
        wiring.at_start(instance)
    except ClockSetBack:  # the command itself says so
        return
    except ArchiveError as error:
        warn("warning.unfinished-destruction", why=error.message(desk().language))
    except Exception as defect:  # noqa: BLE001  # looking something up must stay possible
        warn("warning.unfinished-destruction", why=defect_told(defect))


def desk() -> Desk:
    """The desk of the running command."""
    found = click.get_current_context().find_object(Desk)
    return found or Desk(config.home(), config.tongue(config.home()))


def fail(status: int) -> None:
    """End with *status* once everything is written and said (5: a check found faults)."""
    desk().status = status


# --- saying -----------------------------------------------------------------------------------


def out(text: str) -> None:
    """Print *text*, as soon as what it tells is committed."""
    here = desk()
    if here.waiting is not None:
        here.waiting.append(text)
    else:
        here.utter(text)


def tell(act: Act, /, **facts: object) -> None:
    """Confirm *act*: `完成：借出。借阅号 JY2026-00001，应还日期 2026-03-17`; each fact needs a `column.` or `field.` word."""
    desk().done(act, facts)
    out(printing.accomplished(act, facts, desk().language))


def note(key: str, /, **facts: object) -> None:
    """A sentence beside the result: under a table, on standard error beside JSON and CSV."""
    text = say(key, desk().language, **facts)
    if desk().form == "table":
        out(text)
    else:
        desk().utter(text, aside=True)


def warn(key: str, /, **facts: object) -> None:
    """A sentence on standard error."""
    desk().utter(say(key, desk().language, **facts), aside=True)


def complain(text: str, language: Language) -> None:
    """A refusal on standard error; what was typed or named in it cannot act on the screen."""
    click.echo(say("told.error", language, text=cells.cell(text, language)), err=True)


@contextmanager
def progress(key: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, called with (done, total); silent where nobody watches, told to a desk that follows."""
    follow = desk().follow
    if follow is not None:
        yield follow
        return
    if not (desk().watched and sys.stderr.isatty()):
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(say(key, desk().language), total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=total > 0)


def paper() -> dict[str, Any]:
    """As wide as the terminal; wide enough for a whole line where there is none."""
    watched = sys.stdout.isatty()
    return {"width": None if watched else 160, "colour": watched}


def framed(key: str, text: str, /, **facts: object) -> None:
    """Print *text* in a frame headed by the sentence *key*."""
    out(desk().frame(say(key, desk().language, **facts), text))


# --- asking -----------------------------------------------------------------------------------


def secret(
    path: str | None, prompt: str, *, twice: bool = False, name: str = "--password-file", field: str = "password",
    shown: bool = False,
) -> str:  # fmt: skip
    """What must not pass argv: from the first line of *path* (`-`: standard input), else typed, unseen unless *shown*."""
    given = _first_line(path) if path else desk().answer(name.strip("-").removesuffix("-file"))
    if given is not None:
        return given
    if not at_terminal():
        raise BadValue(field=field, value="—", expected=name)
    return typed(prompt, twice=twice, shown=shown)


def typed(prompt: str, *, twice: bool = False, shown: bool = False) -> str:
    """What a person types, unseen unless *shown*."""
    text = say(prompt, desk().language)
    again: Any = say("prompt.again", desk().language) if twice else False
    return str(click.prompt(text, hide_input=not shown, confirmation_prompt=again, err=True))


def _first_line(path: str | None) -> str | None:
    if path is None:
        return None
    if path == "-":
        return sys.stdin.readline().rstrip("\r\n")
    try:
        with Path(path).open(encoding="utf-8-sig") as file:
            return file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as gone:
        raise FileMissing(path=path) from gone


def off_paper(path: str | None, prompt: str, *, name: str, letters: int = RECOVERY_LETTERS) -> str:
    """A key that stands on paper, on one line or several: from *path* (`-`: standard input), else typed unseen."""
    given = _slip(path, letters)
    if given is not None:
        return given
    if not at_terminal():
        raise BadValue(field=name.strip("-").partition("-")[0], value="—", expected=name)
    return typed(prompt)


def _slip(path: str | None, letters: int = RECOVERY_LETTERS) -> str | None:
    """A recovery key as it stands on paper: on one line or several."""
    if path is None:
        return None
    if path == "-":
        return _key_lines(iter(sys.stdin.readline, "\n"), letters)
    try:
        with Path(path).open(encoding="utf-8-sig") as file:
            return _key_lines(file, letters)
    except (OSError, UnicodeDecodeError) as gone:
        raise FileMissing(path=path) from gone


def _key_lines(lines: Iterable[str], letters: int) -> str:
    """The lines up to where a whole recovery key has been read, or they end; typed ones end with an empty line."""
    told = ""
    for line in lines:
        told += line[:400]
        if not line or sum(letter.isalnum() for letter in told) >= letters:
            break
    return told


def at_terminal() -> bool:
    """True if somebody can be asked."""
    return desk().watched


def defect_told(defect: Exception, here: Desk | None = None) -> str:
    """Note a defect of ours for the operator and tell its number."""
    from archive.sitting import note_defect

    here = here or desk()
    return say("told.defect", here.language, number=note_defect(here.home, defect, wiring.clock()))
