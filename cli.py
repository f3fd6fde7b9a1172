"""`anjuan`: the root command and the wiring of the packages; nothing heavy is loaded before it is asked for."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

import click

from archive import __version__, clikit, commands
from archive.clikit.help import half, spoken_in
from archive.commands import Noun
from archive.words import add_package, say

if TYPE_CHECKING:
    from archive.inspection import Check
    from archive.instance import Instance
    from archive.ports import Ports

for _package in ("indexer", "retention"):
    add_package(_package)

_ELSEWHERE = {
    "use": (
        Noun("search", "indexer.commands:search", "检索 / Search"),
        Noun("due", "retention.commands:due", "到期清单 / The due list"),
    ),
    "care": (Noun("index", "indexer.commands:index", "检索索引 / The search index"),),
}

#: Every noun under its heading.
NOUNS: Mapping[str, Sequence[Noun]] = {
    heading: (*nouns, *_ELSEWHERE.get(heading, ())) for heading, nouns in commands.groups
}


class _Lazy(clikit.Root):
    """The root, whose nouns are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [noun.name for nouns in NOUNS.values() for noun in nouns]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        for nouns in NOUNS.values():
            for noun in nouns:
                if noun.name == cmd_name:
                    return _loaded(noun)
        return None

    def named_commands(self, ctx: click.Context) -> Sequence[tuple[str, str]]:  # noqa: ARG002
        """Nothing: the nouns are shown under headings of their own."""
        return []

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        language = spoken_in(ctx)
        for heading, nouns in NOUNS.items():
            with formatter.section(say(f"heading.{heading}", language)):
                formatter.write_dl([(noun.name, half(noun.help, language)) for noun in nouns])


def _loaded(noun: Noun) -> click.Command:
    module, _, name = noun.place.partition(":")
    found: Any = getattr(import_module(module), f"{name}_" if iskeyword(name) else name)
    assert isinstance(found, click.Command)
    return found


@click.group(
    "anjuan", cls=_Lazy, example="anjuan --home archive-2026 search 装修\nanjuan loan list --open --json"
)
@clikit.option(
    "--home",
    metavar="FOLDER",
    help="案卷库所在文件夹（或 ANJUAN_HOME） / Folder of the instance (or ANJUAN_HOME)",
)
@clikit.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    help="语言（或 ANJUAN_LANGUAGE） / Language (or ANJUAN_LANGUAGE)",
)
@clikit.option("--as", "acting_as", metavar="system", help="仅供定时任务 / For scheduled work only")
@clikit.option(
    "--passphrase-file",
    metavar="FILE",
    help="开锁口令所在文件，- 为标准输入 / File with the passphrase, - for standard input",
)
@clikit.option(
    "--recovery-file",
    metavar="FILE",
    help="恢复密钥所在文件，- 为标准输入 / File with the recovery key, - for standard input",
)
@click.version_option(__version__, message="anjuan %(version)s", help="版本号 / Version", cls=clikit.Option)
@click.pass_obj
def root(
    desk: clikit.Desk, home: str | None, lang: str | None, acting_as: str | None, passphrase_file: str | None,
    recovery_file: str | None,
) -> None:  # fmt: skip
    """案卷：物业档案的著录、借阅、期限与检索。 / Anjuan: a property office's archive: catalogue, loans, retention, search."""
    del home, lang  # read by the root before parsing, so that even a slip is told in the right language
    desk.acting_as = acting_as
    desk.passphrase_file, desk.recovery_file = passphrase_file, recovery_file


def _ports() -> Ports:
    from archive.ports import Ports
    from retention.clockwork import Clockwork

    return Ports(Clockwork())


def _freshen(instance: Instance) -> None:
    """After every committed change the index reads what the outbox names."""
    from indexer import sync

    with clikit.progress("progress.index") as step:
        sync.drain(instance, progress=step)


def _reading(_: Instance) -> Iterator[Check]:
    """How well the process that reads files is locked in."""
    from archive.inspection import Check, Health
    from indexer.extract.extractor import sandbox_level
    from indexer.extract.sandbox import FULL

    level = sandbox_level()
    yield Check("sandbox", Health.OK if level == FULL else Health.WARN, level)


def _index(instance: Instance) -> Iterator[Check]:
    """How far the index is behind the catalogue."""
    from archive.inspection import Check, Health
    from indexer import sync

    found = sync.status(instance)
    fresh = found.sound and not found.waiting and not found.unread
    told = f"{found.indexed} / {found.records}; +{found.waiting}, +{found.unread}"
    yield Check("index", Health.OK if fresh else Health.WARN, told)


def _due_dates(instance: Instance) -> Iterator[Check]:
    """Whether every stored due date is what the schedule gives."""
    from archive.acts import Act
    from archive.inspection import Check, Health
    from archive.instance import SYSTEM
    from retention.drift import drifted

    with instance.ask(SYSTEM, Act.INSTANCE_INSPECT) as unit:
        found = drifted(unit)
    told = " ".join(one.uid for one in found[:3]) or "0"
    yield Check("retention", Health.BAD if found else Health.OK, told)


clikit.wiring.ports = _ports
clikit.wiring.checks = [_reading, _index, _due_dates]
clikit.wiring.after_work = _freshen


def main() -> None:
    """The program."""
    if not (sys.warnoptions or sys.flags.dev_mode):
        warnings.simplefilter("ignore")
    os.umask(0o077)
    root.main()


if __name__ == "__main__":
    main()
