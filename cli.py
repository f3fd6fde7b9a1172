"""`anjuan`: the root command and the wiring of the packages; nothing heavy is loaded before it is asked for."""

from __future__ import annotations

import datetime as dt
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive import __version__, clikit, commands, config
from archive.acts import Act
from archive.clikit.help import half, spoken_in
from archive.commands import Noun
from archive.values import Role
from archive.words import Language, add_package, say, spoken
from retention.forms import kinds as forms

if TYPE_CHECKING:
    from archive.inspection import Check
    from archive.instance import Instance, Who
    from archive.ports import Ports
    from archive.rounds import PartLine
    from demo import Story
    from web.serving import Doors

for _package in ("indexer", "retention"):
    add_package(_package)

_ELSEWHERE = {
    "use": (
        Noun("search", "indexer.commands.searching:search", "检索 / Search"),
        Noun("saved", "indexer.commands.saving:saved", "存下的检索 / Saved searches"),
    ),
    "retention": (
        Noun("due", "retention.commands.due:due", "到期清单 / The due list"),
        Noun("schedule", "retention.commands.schedules:schedule", "保管期限表 / The retention schedule"),
        Noun("appraisal", "retention.commands.appraisals:appraisal", "鉴定 / Appraisal"),
        Noun("hold", "retention.commands.holds:hold", "冻结 / Holds"),
        Noun("transfer", "retention.commands.transfers:transfer", "向外移交 / Transfer out of the company"),
        Noun("destruction", "retention.commands.destructions:destruction", "销毁 / Destruction"),
        Noun("secrecy", "retention.commands.secrecy:secrecy", "保密期限 / Secrecy periods"),
        Noun("subject", "retention.commands.subjects:subject", "个人信息报告 / What is kept about a person"),
    ),
    "care": (
        Noun("index", "indexer.commands.indexes:index", "检索索引 / The search index"),
        Noun("synonyms", "indexer.commands.synonyms:synonyms", "近义词组 / Groups of synonyms"),
        Noun("rounds", "cli:rounds", "例行巡检（定时任务） / The daily rounds (for the scheduler)"),
    ),
    "start": (
        Noun("serve", "cli:serve", "开通网页 / Serve the web application"),
        Noun("demo", "cli:demo", "演示主线 / Play the demonstration"),
    ),
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
    from indexer.copies import Copies
    from retention.clockwork import Clockwork

    return Ports(Clockwork(), Copies())


def _finish(instance: Instance) -> int:
    """Finish every line that is past the point of no return (decision 13); asked at every start, loads nothing before."""
    from archive import erasing

    if not erasing.unfinished(instance):
        return 0
    from archive.instance import SYSTEM
    from retention.destroying import execution

    return execution.resume(instance, SYSTEM)


def _settle(instance: Instance, who: Who) -> int:
    """Date the destructions of which no backup set holds keys any more."""
    from retention.destroying import finalizing

    return finalizing.settle(instance, who)


def _freshen(instance: Instance) -> None:
    """After every committed change the index reads what the outbox names."""
    from indexer import sync

    with clikit.progress("progress.index") as step:
        sync.drain(instance, progress=step)


def _followed(instance: Instance) -> None:
    """The same in a service: one thread follows what all requests change, and a request waits a moment for it."""
    from indexer.following import follower

    follower(instance).follow()


def _found(instance: Instance, who: Who, words: str) -> Sequence[str]:
    """The uids of all records that a question finds for this person, also those changed a moment ago."""
    from indexer.search import Question, everything
    from indexer.shelf import shared

    clikit.freshen(instance)
    return everything(instance, who, shared(instance), Question(words))


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


def _half_done(instance: Instance) -> Iterator[Check]:
    """Whether any destruction stands half done that this start could not finish."""
    from archive import erasing
    from archive.inspection import Check, Health

    found = erasing.unfinished(instance)
    yield Check("destruction", Health.BAD if found else Health.OK, str(len(found)))


@clikit.command("demo", example="anjuan --home demo-home demo")
@clikit.option("--again", is_flag=True, help="替换上一次的演示库 / Replace an earlier demonstration")
@clikit.option("--on", type=clikit.DAY, default="2026-01-01", help="到期清单的日期 / Day of the due list")
@clikit.option("--serve", "served", is_flag=True, help="演示后开通网页 / Serve it afterwards")
@clikit.option("--port", type=click.IntRange(0, 65535), default=8420, help="网页的端口 / Port to serve at")
@clikit.acting(Act.INSTANCE_INIT, Act.INSTANCE_SERVE, opens=False)
def demo(again: bool, on: dt.date, served: bool, port: int) -> None:
    """在空文件夹中演示主线：建库、归档、检索、借还、到期、校验。 / Play the main job into an empty folder."""
    import demo as story
    from archive import identity
    from archive.sitting import keep_session

    here = clikit.desk()
    played = story.run(here.home, here.language, again=again, on=on)
    instance = played.instance
    try:
        account = played.holder(Role.ARCHIVIST)
        with instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
            token = identity.login(unit, account, story.PASSWORD)
            expires = unit.now + dt.timedelta(hours=instance.settings.session_hours)
        keep_session(instance.keys.instance_id, token, expires)
        if served:
            _demo_served(played, port)
    finally:
        instance.close()


def _demo_served(played: Story, port: int) -> None:
    import demo as story
    from web.serving import Doors

    add_package("web")
    language = clikit.desk().language
    clikit.out(say("web.serve.accounts", language, password=story.PASSWORD))
    for person in played.office.people:
        posts = spoken([Role(role) for role in person.roles], language)
        clikit.out(f"  {person.account:<14} {person.name}  {posts}")
    _serve(Doors(port=port), played.instance)


# --- the web application --------------------------------------------------------------------------


@clikit.command("serve", example="anjuan serve\nanjuan serve --host 0.0.0.0 --tls-self-signed")
@clikit.option("--host", default="127.0.0.1", metavar="ADDRESS", help="监听地址 / Address to listen on")
@clikit.option("--port", type=click.IntRange(0, 65535), default=8420, help="端口 / Port")
@clikit.option("--threads", type=click.IntRange(1, 12), default=8, help="同时办理几件 / Requests at a time")
@clikit.option("--tls-cert", metavar="FILE", help="证书文件（PEM） / Certificate file (PEM)")
@clikit.option("--tls-key", metavar="FILE", help="其私钥文件 / Its private key")
@clikit.option("--tls-self-signed", is_flag=True, help="用自签名证书 / With a certificate of its own making")
@clikit.option(
    "--behind-proxy", "proxies", multiple=True, help="前面反向代理的地址 / Address of the proxy in front"
)
@clikit.option("--name", "names", multiple=True, help="浏览器用的主机名 / Host name that browsers use")
@clikit.option(
    "--metrics-token-file", metavar="FILE", help="读 /metrics 的令牌文件 / Token file for /metrics"
)
@clikit.acting(Act.INSTANCE_SERVE, opens=False)
def serve(
    host: str, port: int, threads: int, tls_cert: str | None, tls_key: str | None, *, tls_self_signed: bool,
    proxies: Sequence[str], names: Sequence[str], metrics_token_file: str | None,
) -> None:  # fmt: skip
    """开通网页；空文件夹先显示建库页面。 / Serve the web application; of an empty folder the page that founds an archive.

    默认只在本机开放。向局域网开放须加密（--tls-cert、--tls-self-signed）或在反向代理之后（--behind-proxy）。 / Open to this machine only by default. A network must be served encrypted (--tls-cert, --tls-self-signed) or behind a reverse proxy (--behind-proxy).
    """
    from web import serving

    here, founded = clikit.desk(), (clikit.desk().home / config.FILE).exists()
    files = (Path(tls_cert) if tls_cert else None, Path(tls_key) if tls_key else None)
    doors = serving.Doors(host, port, threads, *files, tuple(proxies), tuple(one.lower() for one in names))
    if tls_self_signed:
        home = here.home if founded else config.own_folder()
        doors = serving.with_own_certificate(doors, home, clikit.wiring.clock())
    doors = serving.checked(doors)
    metrics = Path(metrics_token_file) if metrics_token_file else None
    if founded:
        with here.opened() as instance:
            _serve(doors, instance, metrics)
    else:
        _serve(doors, None, metrics)


def _serve(doors: Doors, instance: Instance | None, metrics: Path | None = None) -> None:
    """Serve *instance*, or of none the page that founds one, until the end."""
    from archive.clikit.declared import walked
    from web import running

    clikit.wiring.after_work = _followed
    here, verbs = clikit.desk(), {verb.path: verb for verb in walked(root)}
    house = running.House(here.home, here.language, verbs, _ports, _play, _daily, clikit.out, metrics)
    running.serve(house, doors, instance)


def _play(home: Path, language: Language) -> tuple[Instance, str, str]:
    """The demonstration for the set-up page: the opened instance, its recovery key, the password of its people."""
    import demo as story

    played = story.run(home, language, console=story.silent())
    return played.instance, played.recovery, story.PASSWORD


def _daily(instance: Instance) -> Mapping[str, str]:
    """The rounds as the service runs them: the state of each part by its name."""
    from archive import system
    from indexer import sync

    lines = _rounds(instance, system.credential(instance))
    sync.drain(instance)
    return {line.part.value: line.state.value for line in lines}


@clikit.group("rounds")
def rounds() -> None:
    """例行巡检。 / The daily rounds."""


@rounds.command("run", example="anjuan --as system rounds run --json")
@clikit.acting(
    Act.ROUNDS_RUN, Act.CHASE_SEND, Act.NOTICE_SEND, Act.VAULT_VERIFY, Act.VAULT_SWEEP, Act.AUDIT_ANCHOR,
    Act.APPRAISAL_BEGIN, Act.DESTRUCTION_EXECUTE, Act.BACKUP_CATCH_UP, Act.BACKUP_VERIFY, instance=True, reads=True,
)  # fmt: skip
@clikit.listing("part", "state", "facts", "why")
def run(instance: Instance, who: Who) -> Sequence[object]:
    """定时任务：催还、发信、清点到期与逾期、每年为到期档案立项鉴定、续完中断的销毁、轮读校验、清理、存证；不解密任何内容，不作任何决定。 / For the scheduler: chase, send mail, count what is due, begin the year's appraisal, finish a destruction that was cut off, read a share of the vault, sweep, anchor; opens no content and decides nothing.

    一天运行几次结果相同。某项失败，其余照办，退出码为 1；电子库有损坏，退出码为 5。 / Running it again the same day changes nothing. If a part fails the others still run: exit status 1; 5 if stored files are damaged.
    """
    from archive import rounds as daily

    lines = _rounds(instance, who)
    clikit.fail(daily.exit_status(lines))
    return lines


def _rounds(instance: Instance, who: Who) -> list[PartLine]:
    """Every part of the rounds, those of the other packages included."""
    from archive import rounds as daily
    from retention import rounds as yearly
    from retention.destroying import finalizing

    return daily.run(instance, who, {**yearly.JOBS, daily.Part.BACKUPS: finalizing.rounds})


@rounds.command("enrol", example="anjuan rounds enrol")
@clikit.acting(Act.ROUNDS_ENROL, instance=True)
def enrol(instance: Instance, who: Who) -> None:
    """为定时任务设置新凭证，旧凭证即时作废（系统管理员）。 / Make a new credential for the scheduler; the old one ends at once (system administrator)."""
    from archive import system

    clikit.tell(Act.ROUNDS_ENROL, path=system.enrol(instance, who))


clikit.wiring.ports = _ports
clikit.wiring.search = _found
clikit.wiring.checks = [_reading, _index, _due_dates, _half_done]
clikit.wiring.at_start = _finish
clikit.wiring.after_work = _freshen
clikit.wiring.settled = _settle
clikit.wiring.forms.extend(forms.ALL)


def main() -> None:
    """The program."""
    if not (sys.warnoptions or sys.flags.dev_mode):
        warnings.simplefilter("ignore")
    os.umask(0o077)
    root.main()


if __name__ == "__main__":
    main()
