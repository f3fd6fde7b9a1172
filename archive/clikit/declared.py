"""What the commands declare, as plain rows for another face: each verb, what it asks, what it answers, and how to run it.

One declaration per act, three faces (ADR 0025): the command line reads the decorators as click does; the web and the
programs' interface read them here, and run the same function at a desk where no terminal stands. What names a file or
folder of this machine is never asked for by another face.
"""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

import click

from archive.acts import Act
from archive.clikit.front import Desk
from archive.clikit.help import CODED, expected, half
from archive.clikit.kinds import Acts, Day, LevelName, Named, Pair, PathName
from archive.clikit.verbs import freshen
from archive.errors import BadValue
from archive.values import Level
from archive.words import Language, say

if TYPE_CHECKING:
    from archive.instance import Instance, Who

#: Values one may give, with the keys of their words; None: the value speaks for itself.
Choices = tuple[tuple[str, str | None], ...]

#: Options that say how a terminal prints, which another face does in its own way.
_PRINTING = frozenset({"form", "xlsx", "help"})


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing a verb asks for.

    *kind*: text, secret, whole, number, flag, choice, day, pairs; *many*: several values may be given;
    *choices*: the values one may give, with their words (a word may be None: the value speaks for itself).
    """

    name: str
    kind: str
    help: str
    required: bool = False
    many: bool = False
    default: Any = None
    choices: Choices = ()
    positional: bool = False

    def told(self, language: Language) -> str:
        """What it is, in *language*."""
        return half(self.help, language)


@dataclass(frozen=True, slots=True)
class Verb:
    """One command as another face sees it: `path` is ("loan", "lend"); *answers*: rows, sheet, or None for a sentence."""

    path: tuple[str, ...]
    help: str
    acts: tuple[Act, ...]
    asks: tuple[Ask, ...]
    reads: bool
    answers: str | None
    columns: tuple[str, ...]
    confirms: str | None
    open_to_all: bool
    command: click.Command = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """`loan lend`."""
        return " ".join(self.path)

    def told(self, language: Language) -> str:
        """What it does, in one line of *language*."""
        return half(inspect.cleandoc(self.help).partition("\n")[0], language).rstrip("。.")

    def ask(self, name: str) -> Ask | None:
        """What it asks for under *name*."""
        return next((one for one in self.asks if one.name == name), None)


class Remote(Desk):
    """A desk without a terminal: what is said is collected, what would be typed was handed in."""

    def __init__(
        self, archive: Instance, credential: Who, language: Language, given: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(archive.home, language, form="json")
        self.archive, self.credential, self.given = archive, credential, dict(given or {})
        self.told: list[str] = []
        self.notes: list[str] = []
        self.facts: list[tuple[Act, Mapping[str, object]]] = []
        self.result: object = None
        self.columns: tuple[str, ...] = ()

    @property
    def watched(self) -> bool:
        """Nobody can be asked here."""
        return False

    def utter(self, text: str, *, aside: bool = False) -> None:
        """Collect *text*."""
        (self.notes if aside else self.told).append(text)

    def frame(self, heading: str, text: str) -> str:
        """A page draws frames of its own."""
        return f"{heading}\n{text}"

    def done(self, act: Act, facts: Mapping[str, object]) -> None:
        """Collect what was done."""
        self.facts.append((act, dict(facts)))

    def shown(self, result: object, columns: Sequence[str]) -> bool:
        """Take the rows as they are; what a command has shown already is not taken back by its returning nothing."""
        if result is not None:
            self.result, self.columns = result, tuple(columns)
        return True

    def answer(self, name: str) -> str | None:
        """What was handed in under *name*."""
        return self.given.get(name.replace("-", "_"))

    @contextmanager
    def opened(self, *, remember: bool = False) -> Iterator[Instance]:  # noqa: ARG002
        """The instance that is open already, and stays so."""
        yield self.archive

    def who(self, instance: Instance, act: Act) -> Who:  # noqa: ARG002
        """Whoever is signed in."""
        return self.credential


def declared(path: tuple[str, ...], command: click.Command) -> Verb:
    """*command* as a row; a command that declares no act is a defect (`AttributeError`)."""
    told = vars(command.callback)
    asks = tuple(one for one in map(_ask, command.params) if one is not None)
    barred = any(isinstance(one.type, PathName) and one.required for one in command.params)
    return Verb(
        path=path,
        help=command.help or "",
        acts=tuple(told.get("acts", ())),
        asks=asks,
        reads=bool(told.get("reads")),
        answers=told.get("answers"),
        columns=tuple(told.get("columns", ())),
        confirms=told.get("confirms"),
        open_to_all=bool(told.get("opens")) and not barred and path[0] not in OF_THE_MACHINE,
        command=command,
    )


#: What only who sits at the machine does by these commands: its keys, its clock, its backups, its own log-in; the web
#: has pages of its own for what of it belongs there.
OF_THE_MACHINE = frozenset({"login", "logout", "password", "keys", "backup", "rounds", "serve", "config"})


def _ask(param: click.Parameter) -> Ask | None:
    """What *param* asks of another face; None for what is not asked there."""
    name = param.name or ""
    if name in _PRINTING:
        return None
    text = getattr(param, "help", "") or ""
    if isinstance(param.type, PathName):
        secret = name.endswith("_file")
        return Ask(name.removesuffix("_file"), "secret", text, required=param.required) if secret else None
    kind, choices = _kind(param)
    return Ask(
        name=name,
        kind=kind,
        help=text,
        required=param.required,
        many=param.multiple or param.nargs == -1,
        default=None if param.required else _default(param),
        choices=choices,
        positional=isinstance(param, click.Argument),
    )


def _default(param: click.Parameter) -> Any:
    found = param.default
    if isinstance(found, bool) and param.secondary_opts:
        return str(found).lower()
    return found if isinstance(found, (str, int, float, bool)) else None


#: Of what may be so, not so, or left unsaid.
_YES_OR_NO: Choices = (("true", "word.yes"), ("false", "word.no"))


def _kind(param: click.Parameter) -> tuple[str, Choices]:
    if isinstance(param.type, click.types.BoolParamType):
        return ("choice", _YES_OR_NO) if param.secondary_opts else ("flag", ())
    choices = _choices(param.type)
    if choices:
        return "choice", choices
    return next((kind for known, kind in _KINDS if isinstance(param.type, known)), "text"), ()


#: What a type of the command line is for another face; any other is text.
_KINDS: tuple[tuple[type[click.ParamType[Any]], str], ...] = (
    (Day, "day"),
    (Pair, "pairs"),
    (click.types.IntParamType, "whole"),
    (click.types.FloatParamType, "number"),
)


def _choices(kind: click.ParamType[Any]) -> Choices:
    if isinstance(kind, (Named, Acts)):
        return tuple((one.value, one.word) for one in kind.known)
    if isinstance(kind, LevelName):
        return tuple((one.name, one.word) for one in Level)
    return tuple((_code(one), None) for one in kind.choices) if isinstance(kind, click.Choice) else ()


def _code(choice: object) -> str:
    return str(choice.value) if isinstance(choice, Enum) else str(choice)


def run(verb: Verb, desk: Remote, values: Mapping[str, Any]) -> None:
    """Perform *verb* at *desk* with *values* by name of what is asked; what it says and answers stays at the desk.

    Values are text as typed, or what JSON knows; an empty text is nothing. Raises what the command raises, and
    `BadValue` for what cannot be read or is missing, with the name of what was asked.
    """
    with click.Context(verb.command, info_name=verb.path[-1], obj=desk) as context:
        callback = verb.command.callback
        assert callback is not None
        desk.given |= {
            one.name: str(values[one.name])
            for one in verb.asks
            if one.kind == "secret" and values.get(one.name)
        }
        try:
            callback(**_converted(context, verb, values))
        except click.exceptions.Exit:  # the status of a check that found faults: the rows tell it
            return
        except click.UsageError as slip:
            raise BadValue(field="value", value="", expected=slip.format_message()) from slip


def _converted(context: click.Context, verb: Verb, values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for param in verb.command.params:
        name = param.name or ""
        if name == "help":
            continue
        if name == "form":
            found[name] = "json"
        elif isinstance(param.type, PathName) or name == "xlsx":
            found[name] = () if param.multiple or param.nargs == -1 else None
        else:
            found[name] = _value(context, param, values.get(name))
    return found


def _value(context: click.Context, param: click.Parameter, value: Any) -> Any:
    many = param.multiple or param.nargs == -1
    given = _several(value, param) if many else _single(value)
    if given is None or given == ():
        if param.required:
            raise BadValue(field=param.name, value="—", expected="")
        given = param.get_default(context)
        if given is None or param.value_is_missing(given):
            return () if many else None
    try:
        return param.type_cast_value(context, given)
    except click.BadParameter as slip:
        raise BadValue(field=param.name, value=value, expected=expected(slip, context.obj.language)) from slip


def _single(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, (dt.date, bool)) or value is None:
        return value
    return str(value) if isinstance(value, (int, float)) else _unreadable(value)


def _unreadable(value: object) -> Any:
    raise BadValue(field="value", value=type(value).__name__, expected="text")


def _several(value: Any, param: click.Parameter) -> tuple[Any, ...]:
    """Lines of a text, members of a list, or name and value of a mapping; codes may stand beside each other."""
    if isinstance(value, Mapping):
        return tuple(f"{name}={told}" for name, told in value.items() if told not in {None, ""})
    lines = value.splitlines() if isinstance(value, str) else list(value or ())
    if param.name in CODED or param.name in _SPACED:
        return tuple(part for one in lines for part in str(one).split())
    told = [one if isinstance(one, tuple) else str(one).strip() for one in lines]
    return tuple(one for one in told if one)


#: Words, and numbers of lists, which stand beside each other as codes do.
_SPACED = frozenset({"numbers", "words"})


def sentence(verb: Verb, language: Language) -> str:
    """The name of the verb's act, else its own help: what a button or a heading says."""
    own = [act for act in verb.acts if act.value == ".".join(verb.path[-2:])]
    return say(own[0].word, language) if own else verb.told(language)


def walked(root: click.Group) -> Iterator[Verb]:
    """Every verb below *root*, by its path."""
    context = click.Context(root)
    for name in root.list_commands(context):
        found = root.get_command(context, name)
        if found is not None:
            yield from _below((name,), found)


def _below(path: tuple[str, ...], command: click.Command) -> Iterator[Verb]:
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from _below((*path, name), one)
    elif hasattr(command.callback, "acts"):
        yield declared(path, command)


def freshened(desk: Remote) -> None:
    """Bring the index up to date after a change made without a verb; what fails is noted at *desk*."""
    with click.Context(click.Command("freshen"), obj=desk):
        freshen(desk.archive)
