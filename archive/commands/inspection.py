"""Settings and where they come from; the check of machine and instance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive import clikit, config, inspection
from archive.acts import Act
from archive.clikit import acting, fail, listing, note
from archive.errors import ArchiveError, LoginNeeded, NoInstance, Refused
from archive.inspection import Check, Health
from archive.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence


@clikit.group("config")
def settings() -> None:
    """设置。 / Settings."""


@settings.command("show", example="anjuan config show --json")
@listing("setting", "value", "origin", "meaning")
def show() -> Sequence[object]:
    """每项设置的值、来源和含义。 / Every setting with its value, origin and meaning."""
    here = clikit.desk()
    if not (here.home / config.FILE).exists():
        raise NoInstance(path=here.home)
    _, origins = config.load(here.home)
    return [
        {
            "setting": one.name,
            "value": one.value,
            "origin": one.origin,
            "meaning": say(f"setting.{one.name}", here.language),
        }
        for one in origins
    ]


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check as it is printed."""

    check: str
    state: Health
    fact: str | dt.datetime
    advice: str


@clikit.command("doctor", example="anjuan doctor")
@acting(Act.INSTANCE_INSPECT, opens=False)
@listing("check", "state", "fact", "advice")
def doctor() -> Sequence[CheckLine]:
    """检查本机、文件夹、数据库、密钥、日志与索引；有问题时退出码为 5。 / Check machine, folder, database, keys, log and index; exit status 5 if something is bad.

    登录后查得更全。 / It sees more once you are logged in.
    """
    here = clikit.desk()
    if not (here.home / config.FILE).exists():
        raise NoInstance(path=here.home)
    found = list(_checks(here))
    if any(one.state is Health.BAD for one in found):
        fail(5)
    return [_line(one, here) for one in found]


def _checks(here: clikit.Desk) -> Iterator[Check]:
    yield from inspection.machine(here.home)
    try:
        with here.opened() as instance:
            with instance.ask(here.who(instance, Act.INSTANCE_INSPECT), Act.INSTANCE_INSPECT) as unit:
                yield from list(inspection.inside(unit))
            for contributed in clikit.wiring.checks:
                yield from contributed(instance)
    except (LoginNeeded, Refused) as barred:
        note("told.doctor-outside", why=barred.message(here.language))
    except ArchiveError as fault:
        yield Check("instance", Health.BAD, fault.message(here.language))


def _line(one: Check, here: clikit.Desk) -> CheckLine:
    advice = "" if one.state is Health.OK else say(f"advice.{one.name}", here.language)
    return CheckLine(say(one.word, here.language), one.state, one.fact, advice)
