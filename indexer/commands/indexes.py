"""The care of the index at the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from archive import clikit
from archive.acts import Act
from archive.clikit import acting, fail, note, option, out, progress, showing, tell
from archive.words import say

if TYPE_CHECKING:
    from archive.instance import Instance, Who


@clikit.group("index")
def index() -> None:
    """检索索引：可以随时重建的副本。 / The search index: a derivative that can be made anew."""


@index.command("status", example="anjuan index status --json")
@acting(Act.INDEX_STATUS, reads=True, instance=True)
@showing()
def status(instance: Instance, who: Who) -> dict[str, Any]:
    """索引与目录是否同步。 / How the index stands to the catalogue."""
    from indexer import sync

    _judged(instance, who)
    found = sync.status(instance)
    if not found.sound:
        note("index.unsound")
    return {
        "catalogued": found.records, "indexed": found.indexed, "waiting": found.waiting, "unread": found.unread,
        "sound": found.sound,
    }  # fmt: skip


@index.command("rebuild", example="anjuan index rebuild")
@acting(Act.INDEX_REBUILD, instance=True)
def rebuild(instance: Instance, who: Who) -> None:
    """由目录与正文重建索引；其间旧索引照常可查。 / Build the index anew; the old one answers meanwhile."""
    from indexer import rebuilding

    with instance.work(who, Act.INDEX_REBUILD) as unit:
        unit.act(Act.INDEX_REBUILD)
    with progress("progress.rebuild") as step:
        count = rebuilding.rebuild(instance, progress=step)
    tell(Act.INDEX_REBUILD, indexed=count)


@index.command("verify", example="anjuan index verify")
@acting(Act.INDEX_STATUS, reads=True, instance=True)
def verify(instance: Instance, who: Who) -> None:
    """逐字核对索引与目录、正文；不一致时退出码为 5。 / Compare the index with catalogue and texts; exit status 5 if it differs."""
    from indexer import rebuilding, sync

    _judged(instance, who)
    with progress("progress.compare") as step:
        wrong = rebuilding.differs(instance, progress=step)
    if wrong:
        out(say("index.differs", clikit.desk().language))
        fail(5)
    else:
        out(say("index.verified", clikit.desk().language, count=sync.status(instance).records))


@index.command("ocr", example="anjuan index ocr --minutes 30\nanjuan index ocr --pages 200 --json")
@option("--pages", type=click.IntRange(1), help="至多识别多少页 / At most so many pages")
@option("--minutes", type=click.FloatRange(0, min_open=True), help="至多用几分钟 / At most so many minutes")
@acting(Act.INDEX_RECOGNISE, instance=True)
@showing()
def ocr(instance: Instance, who: Who, pages: int | None, minutes: float | None) -> dict[str, Any]:
    """识别扫描页上的文字，逐页保存，中断后可接着做。 / Recognise scanned pages one by one; may be stopped and resumed."""
    from indexer import recognition

    with instance.work(who, Act.INDEX_RECOGNISE) as unit:
        unit.act(Act.INDEX_RECOGNISE)
    with progress("progress.recognise") as step:
        done = recognition.recognise(instance, pages=pages, minutes=minutes, progress=step)
    if done.doubtful:
        note("ocr.doubtful", count=done.doubtful)
    if done.left:
        note("ocr.left", count=done.left)
    return {
        "recognised": done.pages, "with_text": done.with_text, "doubtful": done.doubtful,
        "failed_pages": done.failed, "left_pages": done.left,
    }  # fmt: skip


def _judged(instance: Instance, who: Who) -> None:
    with instance.ask(who, Act.INDEX_STATUS) as unit:
        unit.look(Act.INDEX_STATUS)
