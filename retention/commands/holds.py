"""冻结: placing a hold, reviewing it, releasing it; which there are and why a record is held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, acting, argument, listing, option, showing, tell
from archive.clikit.scans import scanned
from retention.holding import hold_book, placing

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.unit import Unit

NUMBER = "冻结号 / Number of the hold"
ROW = (
    "number:hold_number", "state", "reason:hold_reason", "owner:hold_owner", "review_on:hold_review_on",
    "overdue:hold_overdue", "records:hold_records", "placed_at:hold_placed_at", "placed_by:hold_placed_by",
    "released_at:hold_released_at",
)  # fmt: skip
PAGE = (
    "number:hold_number", "state", "reason:hold_reason", "question:hold_question", "owner:hold_owner",
    "review_on:hold_review_on", "overdue:hold_overdue", "records:hold_records", "placed_at:hold_placed_at",
    "placed_by:hold_placed_by", "released_at:hold_released_at", "released_by:hold_released_by",
    "ending:hold_ending", "targets", "reviews",
)  # fmt: skip
CHECK = (
    "number:hold_number", "scope:hold_scope", "through:hold_through", "reason:hold_reason", "owner:hold_owner",
    "review_on:hold_review_on", "placed_at:hold_placed_at",
)  # fmt: skip


@clikit.group("hold")
def hold() -> None:
    """冻结：冻结期间不移交、不销毁。 / Holds: what is held is neither transferred nor destroyed."""


@hold.command(
    "place",
    example="anjuan hold place K001-… --reason 诉讼保全\n"
    "anjuan hold place --party P001 --premises A1203 --reason 欠费追讨 --review-on 2026-12-31\n"
    "anjuan hold place --query '类别:HT 清源保洁' --reason 合同纠纷",
)
@argument("codes", nargs=-1, help="档号 / Reference codes")
@option("--party", "parties", multiple=True, help="业户或单位，可写多次 / Party, may be given several times")
@option("--premises", multiple=True, help="房屋单元，可写多次 / Premises, may be given several times")
@option(
    "--class",
    "classes",
    multiple=True,
    help="类别或类别组，可写多次 / Class or group, may be given several times",
)
@option("--query", default="", help="检索式，凡查到的都冻结 / A question: all it finds is held")
@option(
    "--file", "file", help="每行一个档号的文件，- 为标准输入 / File with a code a line, - for standard input"
)
@option("--reason", required=True, help="冻结事由 / Why")
@option("--owner", help="责任人账号，不写则为本人 / Account of who answers for it, oneself if not said")
@option(
    "--review-on",
    type=DAY,
    help="复核日期，不写则按设置 / When it is reviewed, as the settings say if not given",
)
@acting(Act.HOLD_PLACE, Act.RECORD_SEARCH, instance=True)
def place(
    instance: Instance, who: Who, codes: Sequence[str], file: str | None, query: str, reason: str,
    owner: str | None, review_on: dt.date | None, **named: Sequence[str],
) -> None:  # fmt: skip
    """冻结档案、业户、房屋单元、类别，或检索所得；以后归入的也算在内。 / Hold records, parties, premises, classes or what a search finds; what is filed under them later too."""
    records = scanned(codes, file)
    found = placing.Found(query, _search(instance, who, query)) if query.strip() else None
    with instance.work(who, Act.HOLD_PLACE) as unit:
        made = placing.place(
            unit, reason=reason, owner=owner, review_on=review_on, records=records, found=found, **named
        )
        told = hold_book.facts(unit, made)
    tell(Act.HOLD_PLACE, **told)


def _search(instance: Instance, who: Who, words: str) -> Sequence[str]:
    assert clikit.wiring.search is not None
    return clikit.wiring.search(instance, who, words)


@hold.command("review", example="anjuan hold review DJ2026-0001 --until 2026-12-31 --remark 二审未结")
@argument("number", help=NUMBER)
@option("--until", "review_on", type=DAY, required=True, help="下次复核日期 / Next review date")
@option("--remark", required=True, help="复核意见 / What was found")
@option("--owner", help="改由谁负责 / Account of who answers for it from now on")
@acting(Act.HOLD_REVIEW)
def review(unit: Unit, number: str, review_on: dt.date, remark: str, owner: str | None) -> None:
    """复核冻结：继续冻结，并定下次复核日期。 / Review a hold: it stays, until the next review."""
    made = placing.review(unit, number, review_on=review_on, remark=remark, owner=owner)
    tell(Act.HOLD_REVIEW, **hold_book.facts(unit, made))


@hold.command("release", example="anjuan hold release DJ2026-0001 --reason 判决已执行完毕")
@argument("number", help=NUMBER)
@option("--reason", required=True, help="解除事由 / Why")
@acting(Act.HOLD_RELEASE)
def release(unit: Unit, number: str, reason: str) -> None:
    """解除冻结（责任人或总经理）；其他冻结不受影响。 / Release a hold (its owner or the general manager); other holds stay."""
    made = placing.release(unit, number, reason=reason)
    tell(Act.HOLD_RELEASE, hold_number=made.number)


@hold.command("list", example="anjuan hold list --due")
@option("--active", is_flag=True, help="只列冻结中的 / Only those that are active")
@option("--due", is_flag=True, help="只列应复核的 / Only those to be reviewed")
@acting(Act.HOLD_SEE, reads=True)
@listing(*ROW)
def rows(unit: Unit, *, active: bool, due: bool) -> Sequence[object]:
    """冻结登记。 / The register of holds."""
    return hold_book.rows(unit, active=active, due=due)


@hold.command("show", example="anjuan hold show DJ2026-0001")
@argument("number", help=NUMBER)
@acting(Act.HOLD_SEE, reads=True)
@showing(*PAGE)
def show(unit: Unit, number: str) -> object:
    """一次冻结：事由、对象、历次复核、解除。 / One hold: why, what it names, its reviews, its release."""
    return hold_book.show(unit, number)


@hold.command("check", example="anjuan hold check K001-…")
@argument("code", help="档号 / Reference code")
@acting(Act.HOLD_SEE, reads=True)
@listing(*CHECK, quiet=True)
def check(unit: Unit, code: str) -> Sequence[object]:
    """一份档案为何被冻结：哪次冻结，因何而及。 / Why a record is held: by which hold, through what."""
    found = hold_book.check(unit, code)
    if not found:
        clikit.note("hold.none", code=code)
    return found
