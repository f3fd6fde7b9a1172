"""Search at the command line, and the care of the index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from archive import clikit, printing
from archive.acts import Act
from archive.clikit import (
    DAY,
    LEVEL,
    acting,
    argument,
    fail,
    freshen,
    listing,
    note,
    option,
    out,
    progress,
    showing,
    tell,
)
from archive.clikit.front import paper
from archive.words import Language, say

if TYPE_CHECKING:
    from rich.text import Text

    from archive.instance import Instance, Who
    from indexer.search import Page, Row

Span = tuple[int, int]
_YEARS = re.compile(r"(\d{4})?(?:(\.\.)(\d{4})?)?")


class Years(click.ParamType[tuple[int | None, int | None]]):
    """2024, 2020..2024, 2020.. or ..2024."""

    name = "years"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """First and last year, None where it is open."""
        if isinstance(value, tuple):
            return value
        found = _YEARS.fullmatch(value.strip())
        if found is None or not (found[1] or found[3]):
            self.fail(say("usage.type.years", clikit.desk().language), param, ctx)
        first, last = (int(year) if year else None for year in (found[1], found[3]))
        return (first, last) if found[2] else (first, first)


@clikit.command(
    "search",
    example="anjuan search 装修 押金 --class ZX --year 2020..2024\n"
    "anjuan search '\"押金退还\" 或 保证金 非 草稿' --json\n"
    "anjuan search 档号:K001-ZY·ZX* --place R1",
)
@argument(
    "words", nargs=-1, help="检索词，可用 或、非、引号、* / Words; OR, NOT, quotes and * are understood"
)
@option("--class", "class_code", help="类别，含其下各类 / Class, with what is below it")
@option("--year", type=Years(), help="归档年度：2024 或 2020..2024 / Year: 2024 or 2020..2024")
@option("--level", type=LEVEL, help="密级 / Level")
@option("--department", help="部门代码 / Department's code")
@option("--place", help="位置代码，含其内各处 / Place's code, with everything inside")
@option("--from", "date_from", type=DAY, help="文件日期起 / Dated from")
@option("--to", "date_to", type=DAY, help="文件日期止 / Dated to")
@option("--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="每页条数 / Hits a page")
@option("--page", type=click.IntRange(1, 100_000), default=1, show_default=True, help="第几页 / Page")
@acting(Act.RECORD_SEARCH, reads=True, instance=True)
@listing()
def search(
    instance: Instance, who: Who, words: Sequence[str], year: tuple[int | None, int | None] | None, limit: int,
    page: int, **narrowed: Any,
) -> list[dict[str, Any]] | None:  # fmt: skip
    """检索：著录项与正文，只在有权查看的范围内。 / Search descriptions and texts, within what one may see."""
    from indexer.search import Wanted, answer
    from indexer.shelf import Shelf

    first, last = year or (None, None)
    wanted, offset = Wanted(year_from=first, year_to=last, **narrowed), (page - 1) * limit
    freshen(instance)
    with Shelf(instance) as shelf:
        found = answer(instance, who, shelf, " ".join(words), wanted, limit=limit, offset=offset)
    if clikit.desk().form != "table":
        _counted(found, page)
        return [_flat(row, spans=clikit.desk().form == "json") for row in found.rows]
    if found.rows:
        out(_drawn(found))
        _counted(found, page)
    else:
        _nothing(found, page, narrowed=wanted != Wanted())
    return None


def _counted(found: Page, page: int) -> None:
    last = found.offset + len(found.rows)
    if found.rows:
        note("search.shown", total=found.total, first=found.offset + 1, last=last)
    if found.rows and found.total > last:
        note("search.more", page=page + 1)


def _nothing(found: Page, page: int, *, narrowed: bool) -> None:
    """What to try when there is nothing to show."""
    if found.total:
        note("search.beyond", total=found.total, page=page)
        return
    note("search.none")
    note("search.none-hints")
    if narrowed:
        note("search.none-filters")


def _flat(row: Row, *, spans: bool) -> dict[str, Any]:
    """A hit for programs; *spans* are places in title and passage, start and end."""
    told = {
        "kind": row.kind, "code": row.code, "title": row.title, "class_code": row.class_code, "year": row.year,
        "level": row.level, "department": row.department, "dated": row.dated, "use_mode": row.use_mode,
        "state": row.state, "place": row.place, "passage": row.passage.text if row.passage else None,
    }  # fmt: skip
    if spans:
        told |= {"title_spans": row.title_spans, "passage_spans": row.passage.spans if row.passage else []}
    return told


# --- hits for people --------------------------------------------------------------------------


def _drawn(found: Page) -> str:
    """The hits of a page: code and title, where and what it is, the passage that answers."""
    from rich.table import Table

    language, sheet = clikit.desk().language, paper()
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for rank, row in enumerate(found.rows, found.offset + 1):
        table.add_row(str(rank), _hit(row, language, colour=sheet["colour"]))
    return printing.drawn(table, **sheet)


def _hit(row: Row, language: Language, *, colour: bool) -> Text:
    from rich.text import Text

    shown = Text(printing.cell(row.code, language), style="bold")
    shown = Text.assemble(shown, "  ", _marked(row.title, row.title_spans, language, colour=colour), "\n")
    facts = (row.class_code, row.year, row.level, row.department, row.dated, row.place)
    shown.append(" · ".join(told for fact in facts if (told := printing.cell(fact, language))), style="dim")
    if row.passage:
        shown.append("\n").append_text(_marked(row.passage.text, row.passage.spans, language, colour=colour))
    return shown


def _marked(text: str, spans: Sequence[Span], language: Language, *, colour: bool) -> Text:
    """*text* with its matches set off: by colour, or by 【 】 where there is none."""
    from rich.text import Text

    safe = printing.cell(text, language)
    shown, at = Text(), 0
    for start, end in spans:
        word = safe[start:end]
        shown.append(safe[at:start]).append(word if colour else f"【{word}】", style="bold yellow")
        at = end
    return shown.append(safe[at:])


# --- the care of the index --------------------------------------------------------------------


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
    from indexer import sync

    with instance.work(who, Act.INDEX_REBUILD) as unit:
        unit.act(Act.INDEX_REBUILD)
    with progress("progress.rebuild") as step:
        count = sync.rebuild(instance, progress=step)
    tell(Act.INDEX_REBUILD, indexed=count)


@index.command("verify", example="anjuan index verify")
@acting(Act.INDEX_STATUS, reads=True, instance=True)
def verify(instance: Instance, who: Who) -> None:
    """逐字核对索引与目录、正文；不一致时退出码为 5。 / Compare the index with catalogue and texts; exit status 5 if it differs."""
    from indexer import sync

    _judged(instance, who)
    with progress("progress.compare") as step:
        wrong = sync.differs(instance, progress=step)
    if wrong:
        out(say("index.differs", clikit.desk().language))
        fail(5)
    else:
        out(say("index.verified", clikit.desk().language, count=sync.status(instance).records))


def _judged(instance: Instance, who: Who) -> None:
    with instance.ask(who, Act.INDEX_STATUS) as unit:
        unit.look(Act.INDEX_STATUS)
