"""Search at the command line: a question, its answer as a page for people or as data for programs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, LEVEL, acting, argument, freshen, listing, option
from archive.clikit.help import DASH
from archive.errors import BadValue
from archive.words import say
from indexer.engine import Order

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from indexer.narrowing import Wanted
    from indexer.search import Page, Question

F = TypeVar("F", bound=Callable[..., Any])

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


#: How a question is put, apart from its words.
PUT = (
    option("--class", "class_code", help="类别代码或名称，含其下各类 / Class by code or name, with what is below it"),
    option("--year", type=Years(), help="归档年度：2024 或 2020..2024 / Year: 2024 or 2020..2024"),
    option("--level", type=LEVEL, help="密级 / Level"),
    option("--department", help="部门代码或名称 / Department by code or name"),
    option("--place", help="位置代码或名称，含其内各处 / Place by code or name, with everything inside"),
    option("--state", help="状态：在立卷、已组卷、已入库 / State: open, closed, held"),
    option("--kind", help="案卷或件 / Volume or item"),
    option("--family", help="门类 / Family of records"),
    option("--from", "date_from", type=DAY, help="文件日期起 / Dated from"),
    option("--to", "date_to", type=DAY, help="文件日期止 / Dated to"),
    option(
        "--sort", "order", type=click.Choice([one.value for one in Order]), default=Order.RELEVANCE.value, show_default=True,
        help="排序：相关度、最新、最早、档号 / Order: relevance, newest, oldest, code",
    ),
    option("--synonyms", is_flag=True, help="连同近义词一起检索 / Search for synonyms as well"),
)  # fmt: skip

#: How an answer is cut.
CUT = (
    option("--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="每页条数 / Hits a page"),
    option("--page", type=click.IntRange(1, 100_000), default=1, show_default=True, help="第几页 / Page"),
    option(
        "--after", metavar="TOKEN", default="",
        help="接着上一页（--json 中 next 给的续页标记），期间增删不串页 / Go on after a page, by the mark `next` in its --json: nothing slips meanwhile",
    ),
    option("--facets", is_flag=True, help="按类别、年度、密级等分项计数 / Count by class, year, level and so on"),
)  # fmt: skip

WORDS = argument(
    "words", nargs=-1, help="检索词，可用 或、非、-、引号、* / Words; OR, NOT, -, quotes and * are understood"
)


def taking(*options: Callable[[Any], Any]) -> Callable[[F], F]:
    """Give a command all of *options*, in this order."""

    def decorate(function: F) -> F:
        for one in reversed(options):
            function = one(function)
        return function

    return decorate


def question(words: Sequence[str], put: dict[str, Any], *, like: str = "") -> Question:
    """What was typed, as a question; the options of `PUT` are taken out of *put*."""
    from indexer.search import Question

    text = " ".join(re.sub(f"^{DASH}", "-", word) for word in words)
    order, wide = Order(put.pop("order")), put.pop("synonyms")
    return Question(text, _wanted(put), order, wide, like)


def _wanted(put: dict[str, Any]) -> Wanted:
    from indexer.narrowing import Wanted

    first, last = put.pop("year") or (None, None)
    names = ("class_code", "level", "department", "place", "state", "kind", "date_from", "date_to", "family")
    return Wanted(year_from=first, year_to=last, **{name: put.pop(name) for name in names})


@clikit.command(
    "search",
    dashes=True,
    example="anjuan search 装修 押金 --class ZX --year 2020..2024\n"
    "anjuan search '\"押金退还\" 或 保证金' -草稿 --sort newest\n"
    "anjuan search 类别:装修 日期:2024-03.. --facets --json\n"
    "anjuan search 按金 --synonyms\n"
    "anjuan search --like K001-ZY·ZX·2025-D10-0001",
)
@WORDS
@taking(*PUT, *CUT)
@option("--like", metavar="CODE", default="", help="与这份档案相近的 / Records like this one")
@acting(Act.RECORD_SEARCH, reads=True, instance=True)
@listing()
def search(
    instance: Instance, who: Who, words: Sequence[str], like: str, **put: Any
) -> list[dict[str, Any]] | None:
    """检索：著录项与正文，只在有权查看的范围内。 / Search descriptions and texts, within what one may see."""
    if like:
        _fits_like(**put)
    return answered(instance, who, question(words, put, like=like), **put)


def _fits_like(*, order: str, page: int, after: str, facets: bool, **_: object) -> None:
    """The nearest records are one short list, best first: what would cut or order it otherwise is refused."""
    given = {
        f"--sort {order}": order != Order.RELEVANCE,
        f"--page {page}": page > 1,
        "--after": bool(after),
        "--facets": facets,
    }
    for one, meant in given.items():
        if meant:
            raise BadValue(field="like", value=one, expected="--class, --year, --limit …")


def answered(
    instance: Instance, who: Who, asked: Question, *, limit: int, page: int, after: str, facets: bool
) -> list[dict[str, Any]] | None:  # fmt: skip
    """Put *asked* and show one page of the answer in the form the command was asked for."""
    from indexer.commands import answers
    from indexer.facets import FACETS
    from indexer.search import Cut, answer
    from indexer.shelf import shared

    if after and page > 1:
        raise BadValue(field="after", value=f"--page {page}", expected="--page 1")
    freshen(instance)
    cut = Cut(limit, (page - 1) * limit, after, frozenset(FACETS if facets else ()))
    found: Page = answer(instance, who, shared(instance), asked, cut)
    return answers.shown(found, asked, page=None if after else page)
