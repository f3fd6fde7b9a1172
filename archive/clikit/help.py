"""Help and usage slips in the user's language: every text is written `中文 / English`, one half is shown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any

import click

from archive import config
from archive.codes import half_width
from archive.words import Language, knows, say

BETWEEN = " / "
#: What stands for the minus of a word that is no option; those begin with a letter or another minus.
DASH = "－"
_DASH = re.compile(r"^-(?=[^A-Za-z-])")


def half(text: str, language: Language) -> str:
    """The half of `中文 / English` in *language*; the whole if it has no halves."""
    chinese, found, english = text.partition(BETWEEN)
    return (chinese if language is Language.ZH else english) if found else text


def spoken_in(ctx: click.Context) -> Language:
    """The language of this run."""
    told = getattr(ctx.find_root().obj, "language", None)
    return told if isinstance(told, Language) else config.tongue(config.home())


def _halved(record: tuple[str, str], text: str, language: Language) -> tuple[str, str]:
    marks = record[1].removeprefix(text)
    for english in ("required", "default"):
        marks = marks.replace(english, say(f"help.{english}", language))
    return record[0], half(text, language) + marks


class Option(click.Option):
    """An option with help in two halves."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        found = super().get_help_record(ctx)
        return found and _halved(found, self.help or "", spoken_in(ctx))


#: Arguments that are codes or numbers: they may be typed with signs of full width.
CODED = frozenset({"code", "codes", "line", "lines", "number", "version"})


class Argument(click.Argument):
    """An argument with help in two halves; of a code the signs of full width are those of the keyboard."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """The value; `ＪＤ２０２６` in a code is `JD2026`."""
        found = super().type_cast_value(ctx, value)
        if self.name not in CODED:
            return found
        if isinstance(found, tuple):
            return tuple(half_width(one) if isinstance(one, str) else one for one in found)
        return half_width(found) if isinstance(found, str) else found

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        return _halved(super().get_help_record(ctx), self.help or "", spoken_in(ctx))


class _Spoken(click.Command):
    """A command or group whose help is one half of what is written."""

    def __init__(self, *given: Any, example: str = "", **more: Any) -> None:
        super().__init__(*given, **more)
        self.example = example

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002
        first = inspect.cleandoc(self.help or "").partition("\n")[0]
        return half(first, spoken_in(click.get_current_context())).rstrip("。.")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = say("help.help", spoken_in(ctx))
        return found

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        language = spoken_in(ctx)
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, say("help.usage", language) + " ")
        lines = [half(line, language) for line in inspect.cleandoc(self.help or "").splitlines()]
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text("\n".join(lines))
        params = self.get_params(ctx)
        arguments = [one for one in params if isinstance(one, click.Argument)]
        self._list(formatter, "help.arguments", [one.get_help_record(ctx) for one in arguments], language)
        options = [one for one in params if isinstance(one, click.Option)]
        self._list(formatter, "help.options", [one.get_help_record(ctx) for one in options], language)
        self._list(formatter, "help.commands", self.named_commands(ctx), language)
        self.format_epilog(ctx, formatter)
        if self.example:
            with formatter.section(say("help.example", language)):
                for line in self.example.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{half(line, language)}\n")

    def named_commands(self, ctx: click.Context) -> Sequence[tuple[str, str]]:  # noqa: ARG002
        """The commands below this one with their one-line help."""
        return []

    @staticmethod
    def _list(formatter: click.HelpFormatter, key: str, found: Sequence[Any], language: Language) -> None:
        rows = [row for row in found if row is not None]
        if rows:
            with formatter.section(say(key, language).rstrip(":：")):
                formatter.write_dl(rows)


class Command(_Spoken):
    """A verb; *example* is a line one can type. With *dashes* `-押金` is a word, since no option begins so."""

    def __init__(self, *given: Any, dashes: bool = False, **more: Any) -> None:
        super().__init__(*given, **more)
        self.dashes = dashes

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [_DASH.sub(DASH, word) for word in args] if self.dashes else args)


class Group(_Spoken, click.Group):
    """A noun with its verbs."""

    command_class = Command

    def named_commands(self, ctx: click.Context) -> Sequence[tuple[str, str]]:
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        return [(name, one.get_short_help_str()) for name, one in found if one is not None and not one.hidden]


Group.group_class = Group


# --- usage slips ------------------------------------------------------------------------------


def usage_told(slip: click.UsageError, language: Language) -> None:
    """Say what was typed wrongly and where help is; a bare noun shows its help instead."""
    if isinstance(slip, click.exceptions.NoArgsIsHelpError) and slip.ctx is not None:
        click.echo(slip.ctx.get_help(), err=True)
        return
    click.echo(say("told.error", language, text=_sentence(slip, language)), err=True)
    if slip.ctx is not None:
        click.echo(say("usage.help", language, command=slip.ctx.command_path), err=True)


def _sentence(slip: click.UsageError, language: Language) -> str:
    if isinstance(slip, click.NoSuchOption):
        return _unknown("usage.no-such-option", slip.option_name, slip.possibilities, language)
    if isinstance(slip, click.exceptions.NoSuchCommand):
        return _unknown("usage.no-such-command", slip.command_name, slip.possibilities, language)
    key, facts = _slip(slip, language)
    return say(key, language, **facts)


def _slip(slip: click.UsageError, language: Language) -> tuple[str, dict[str, object]]:
    """Which sentence tells *slip*, with what in its holes."""
    if isinstance(slip, click.BadOptionUsage):
        return "usage.needs-value", {"name": slip.option_name}
    if isinstance(slip, click.MissingParameter):
        return "usage.missing", {"name": _name(slip)}
    if isinstance(slip, click.BadParameter):
        return "usage.bad-value", {"name": _name(slip), "expected": expected(slip, language)}
    if slip.message.startswith("Got unexpected extra argument"):
        return "usage.extra", {"extra": slip.message[slip.message.index("(") + 1 : -1]}
    return "usage.other", {"why": slip.format_message()}


def _unknown(key: str, name: str, near: Any, language: Language) -> str:
    found = list(near or ())
    return say(f"{key}-near" if found else key, language, name=name, near=found)


def _name(slip: click.UsageError) -> str:
    param = getattr(slip, "param", None)
    if param is None:
        return str(getattr(slip, "param_hint", None) or "—")
    return param.human_readable_name if isinstance(param, click.Argument) else max(param.opts, key=len)


def expected(slip: click.BadParameter, language: Language) -> str:
    """What may be given instead, in words of *language*."""
    kind = getattr(slip.param, "type", None)
    choices = getattr(kind, "choices", None)
    if choices:
        return " | ".join(str(one) for one in choices)
    if isinstance(kind, (click.IntRange, click.FloatRange)):
        return _within(kind)
    key = f"usage.type.{getattr(kind, 'name', '')}"
    return say(key, language) if knows(key, language) else str(getattr(kind, "name", "—"))


def _within(kind: click.IntRange | click.FloatRange) -> str:
    """The numbers of a range, in any language."""
    least = f"{'>' if kind.min_open else '≥'} {kind.min}"
    return least if kind.max is None else f"{kind.min}–{kind.max}"
