"""Decorators of a command: which acts it performs, how its rows are printed, what must be typed again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from archive import printing
from archive.acts import Act
from archive.clikit.front import at_terminal, defect_told, desk, out, paper, warn, wiring
from archive.clikit.help import Argument, Command, Group, Option
from archive.clikit.kinds import PATH
from archive.codes import half_width
from archive.errors import ArchiveError, BadValue, ClockSetBack, DatabaseDamaged
from archive.filenames import readable
from archive.words import say

if TYPE_CHECKING:
    from archive.instance import Instance

F = TypeVar("F", bound=Callable[..., Any])

#: The largest number a database holds.
_LARGEST = (1 << 63) - 1
#: Which command performs an act: filled by `acting`, read by the reach test.
COMMANDS: dict[Act, str] = {}


def acting(
    *acts: Act, reads: bool = False, instance: bool = False, opens: bool = True, remember: bool = False
) -> Callable[[F], F]:
    """Let a command perform *acts* (the first is its intent) as the person logged in.

    The command gets a `unit` first: of `work`, or of `ask` if it *reads*. With *instance* it gets the
    instance and the credential instead and opens units itself; with *opens* false it gets neither.
    With *remember* a passphrase from a file is left with the agent as a typed one is.
    """

    def decorate(function: F) -> F:
        for act in acts:
            COMMANDS.setdefault(act, f"{function.__module__}.{function.__name__}")
        function.__dict__.update(acts=acts, reads=reads, instance=instance, opens=opens)

        @functools.wraps(function)
        def run(*given: Any, **asked: Any) -> None:
            if not opens:
                function(*given, **asked)
            else:
                with desk().opened(remember=remember) as archive:
                    _done(function, archive, acts[0], given, asked, reads=reads, instance=instance)
            if desk().status:
                raise click.exceptions.Exit(desk().status)

        return run  # type: ignore[return-value]

    return decorate


def _done(
    function: Callable[..., Any], archive: Instance, intent: Act, given: Sequence[Any], asked: Mapping[str, Any],
    *, reads: bool, instance: bool,
) -> None:  # fmt: skip
    from archive import clocks

    if intent not in clocks.MEANWHILE:
        _clock_is_sound(archive)
    who = desk().who(archive, intent)
    try:
        if instance:
            function(archive, who, *given, **asked)
        else:
            with _holding_back(), (archive.ask if reads else archive.work)(who, intent) as unit:
                function(unit, *given, **asked)
    except (UnicodeEncodeError, OverflowError, DatabaseDamaged) as slip:
        _fits(asked, slip)
        raise
    if not reads:
        freshen(archive)


def _fits(asked: Mapping[str, Any], slip: Exception) -> None:
    """Raise `BadValue` if *slip* came of an argument that no database takes: not UTF-8, or a number beyond all bounds."""
    if isinstance(slip, DatabaseDamaged) and not isinstance(
        slip.__cause__, (UnicodeEncodeError, OverflowError)
    ):
        return
    for name, value in asked.items():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str) and readable(one) != one:
                raise BadValue(field="text", value=ascii(one)[:40], expected="UTF-8") from slip
            if isinstance(one, int) and abs(one) > _LARGEST:
                raise BadValue(field=name, value=one, expected=f"≤ {_LARGEST}") from slip


def _clock_is_sound(archive: Instance) -> None:
    """Raise `ClockSetBack` before anything is read or written (M1)."""
    from archive import db

    with db.told(archive.database), db.sessions(archive.engine, reading=True)() as session:
        archive.check_clock(session)


@contextmanager
def _holding_back() -> Iterator[None]:
    """Keep what is said until the unit has committed; drop it if it has not."""
    here = desk()
    here.waiting = []
    try:
        yield
        said = here.waiting
    finally:
        here.waiting = None
    for text in said:
        out(text)


def freshen(archive: Instance) -> None:
    """Bring the index up to date; what fails here never undoes the act, it is only told."""
    if wiring.after_work is None:
        return
    try:
        wiring.after_work(archive)
    except ClockSetBack:  # said already, and what may be done before it is confirmed changes no record
        return
    except ArchiveError as error:
        warn("warning.index-behind", why=error.message(desk().language))
    except Exception as defect:  # noqa: BLE001  # the act stands; the index is caught up later
        warn("warning.index-behind", why=defect_told(defect))


# --- lists and pages --------------------------------------------------------------------------


def listing(*columns: str, quiet: bool = False) -> Callable[[F], F]:
    """Let a command that returns rows print them: `--table`, `--json`, `--csv`, or `--xlsx FILE`. Write it below `acting`.

    *columns* name attributes of the rows and words `column.<name>` (or `field.<name>`); none: all of the row.
    `code:place_code` shows the attribute `code` under the word `place_code`. A *quiet* command has said
    itself what no rows mean: no table then says that there is nothing.
    """
    printed = _printed(columns, ("table", "json", "csv"), _unless_empty if quiet else _list_printed)

    def decorate(function: F) -> F:
        function.__dict__.update(columns=columns, answers="rows")
        written = option("--xlsx", metavar="FILE.xlsx", help=_XLSX_HELP)
        return written(_or_workbook(function, printed(function), columns))  # type: ignore[no-any-return]

    return decorate


def showing(*columns: str) -> Callable[[F], F]:
    """The same for a command that returns one row, printed as a sheet or with `--json`."""
    printed = _printed(columns, ("table", "json"), _sheet_printed)

    def decorate(function: F) -> F:
        function.__dict__.update(columns=columns, answers="sheet")
        return printed(function)

    return decorate


def _printed(
    columns: Sequence[str], forms: Sequence[str], printer: Callable[[Any, Sequence[str]], str | None]
) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        @functools.wraps(function)
        def run(*given: Any, form: str, **asked: Any) -> None:
            desk().form = form
            result = function(*given, **asked)
            if desk().shown(result, columns):
                return
            told = None if result is None else printer(result, columns)
            if told is not None:
                out(told)

        decorated: Any = run
        for form in reversed(forms):
            decorated = option(f"--{form}", "form", flag_value=form, default="table", help=_FORM_HELP[form])(
                decorated
            )
        return decorated  # type: ignore[no-any-return]

    return decorate


def _or_workbook(asked: F, printed: F, columns: Sequence[str]) -> F:
    """*printed*, or with `--xlsx` what *asked* returns as a workbook of the person's own."""

    @functools.wraps(printed)
    def run(*given: Any, xlsx: str | None, **told: Any) -> None:
        if xlsx is None:
            printed(*given, **told)
            return
        from archive.durable import handed_out
        from archive.sheets.writing import write_rows

        told.pop("form")
        desk().form = "csv"  # rows for a program: what is said beside them goes to standard error
        rows = asked(*given, **told) or []
        with handed_out(Path(xlsx), desk().home) as file:
            count = write_rows(file, rows, columns, desk().language)
        warn("told.xlsx-written", path=xlsx, rows=count)

    return run  # type: ignore[return-value]


_XLSX_HELP = "写成 XLSX 文件，不覆盖已有文件 / Write an XLSX file; nothing is overwritten"
_FORM_HELP = {
    "table": "表格（默认） / As a table (default)",
    "json": "JSON，供程序使用 / As JSON, for programs",
    "csv": "CSV，供电子表格使用 / As CSV, for spreadsheets",
}


def _list_printed(rows: Sequence[object], columns: Sequence[str]) -> str:
    here = desk()
    if here.form == "json":
        return printing.as_json(rows, columns)
    if here.form == "csv":
        return printing.as_csv(rows, columns, here.language)
    return printing.as_table(rows, columns, here.language, **paper())


def _unless_empty(rows: Sequence[object], columns: Sequence[str]) -> str | None:
    return _list_printed(rows, columns) if rows or desk().form != "table" else None


def _sheet_printed(row: object, columns: Sequence[str]) -> str:
    here = desk()
    if here.form == "json":
        return printing.one_as_json(row, columns)
    return printing.as_sheet(row, columns, here.language, **paper())


def confirming(name: str) -> Callable[[F], F]:
    """For what cannot be taken back: the value of parameter *name* must be typed again, or given by `--confirm`.

    Write it above `acting`: nothing is opened or locked while a person thinks.
    """

    def decorate(function: F) -> F:
        function.__dict__.update(confirms=name)

        @functools.wraps(function)
        def run(*given: Any, confirm: str | None, **asked: Any) -> None:
            wanted = str(asked[name])
            if confirm is None and at_terminal():
                text = say("prompt.confirm", desk().language, code=wanted)
                confirm = str(click.prompt(text, err=True))
            if half_width(confirm or "") != wanted:
                raise BadValue(field="confirm", value=confirm or "—", expected=f"--confirm {wanted}")
            function(*given, **asked)

        return option("--confirm", help="重复输入以确认 / Type it again to confirm")(run)  # type: ignore[no-any-return]

    return decorate


# --- building blocks --------------------------------------------------------------------------


def option(*names: str, **given: Any) -> Callable[[Any], Any]:
    """`click.option` with help `中文 / English`; one that names a file or folder is of type `PATH`."""
    return click.option(*names, **_of_the_machine(names, {"cls": Option, **given}))


def argument(*names: str, **given: Any) -> Callable[[Any], Any]:
    """`click.argument` with help `中文 / English`; one that names a file or folder is of type `PATH`."""
    return click.argument(*names, **_of_the_machine(names, {"cls": Argument, **given}))


#: Names of what stands on this machine's disk, and the words by which a metavar tells it.
_PLACES = frozenset({"file", "folder", "path", "paths", "out", "report"})
_ON_DISK = ("FILE", "FOLDER", "PATH")


def _of_the_machine(names: Sequence[str], given: dict[str, Any]) -> dict[str, Any]:
    """*given* with type `PATH` where name or metavar say that a file or folder is meant, and no other type is given."""
    place = any(name.strip("-") in _PLACES or name.endswith("-file") for name in names)
    told = any(word in given.get("metavar", "") for word in _ON_DISK)
    if (place or told) and "type" not in given and not given.get("is_flag"):
        given["type"] = PATH
    return given


def group(name: str, **given: Any) -> Callable[[Callable[..., Any]], Group]:
    """A noun."""
    return click.group(name, cls=Group, **given)


def command(name: str, **given: Any) -> Callable[[Callable[..., Any]], Command]:
    """A verb that stands alone at the root."""
    return click.command(name, cls=Command, **given)
