"""阅览: reading on site, and its register."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive import clikit
from archive.acts import Act
from archive.circulation import reading_book, readings
from archive.clikit import acting, argument, listing, note, option, tell, warn

if TYPE_CHECKING:
    from archive.unit import Unit

COLUMNS = (
    "number:reading_number", "code", "title", "reader", "organisation", "letter_no", "document_kind", "document",
    "purpose", "approved_by", "room", "companion", "begun_at", "closes_at", "ended_at", "items", "pages", "begun_by",
    "ended_by", "intact", "copied", "effect", "state", "late",
)  # fmt: skip


@clikit.group("reading")
def reading() -> None:
    """阅览室：只阅不借的只能在此利用。 / Readings on site, for what is never lent the only way."""


@reading.command(
    "begin",
    example="anjuan reading begin K001-… --visitor LF2026-00001 --companion zhou --at R1 --for 核对管线",
)
@argument("code", help="档号 / Reference code")
@option("--reader", help="本公司读者的账号 / Account of the reader, if he works here")
@option("--visitor", help="或：来访号 / Or: number of the visitor")
@option("--at", "place", required=True, help="阅览室的库位代码 / Code of the room")
@option("--companion", help="陪同人账号，外来人员必填 / Account of who stays with him; needed for a visitor")
@option("--for", "purpose", required=True, help="用途 / Purpose")
@option("--items", type=int, help="当面清点的件数 / Items both counted")
@option("--pages", type=int, help="当面清点的页数 / Pages both counted")
@option("--late", help="闭室之后阅览的理由 / Reason for reading after closing time")
@acting(Act.READING_BEGIN)
def begin(unit: Unit, code: str, **given: Any) -> None:
    """提供阅览，当面清点。 / Hand out for reading, counted face to face."""
    made = readings.begin(unit, code, **given)
    tell(
        Act.READING_BEGIN, reading_number=made.number, items=made.items_out, pages=made.pages_out,
        closes_at=made.closes_at,
    )  # fmt: skip
    if made.items_out == 0:
        note("told.nothing-counted", code=readings.subject(unit, made).reference_code)
    forgotten = readings.late(unit)
    if forgotten:
        warn("warning.readings-late", count=forgotten)


@reading.command("end", example="anjuan reading end YL2026-00001 --items 2 --pages 4 --effect 已答复业主")
@argument("code", help="阅览号或档号 / Number of the reading, or reference code")
@option("--items", type=int, help="当面清点的件数 / Items both counted")
@option("--pages", type=int, help="当面清点的页数 / Pages both counted")
@option(
    "--missing",
    multiple=True,
    metavar="CODE",
    help="没有归还的件，可多次 / A paper not given back, may be repeated",
)
@option("--damaged", is_flag=True, help="有损坏 / Something is damaged")
@option("--effect", default="", help="利用效果 / What came of it")
@acting(Act.READING_END, Act.INCIDENT_REPORT)
def end(unit: Unit, code: str, **given: Any) -> None:
    """结束阅览，当面清点；不符的立案。 / Take back, counted; a difference opens an incident."""
    made = readings.end(unit, code, **given)
    tell(
        Act.READING_END, reading_number=made.number, items=made.items_back, pages=made.pages_back,
        intact=made.intact,
    )  # fmt: skip
    if not made.intact:
        warn("warning.reading-not-intact", number=made.number)


@reading.command("list", example="anjuan reading list --today --csv")
@option("--open", "open_only", is_flag=True, help="只列未结束的 / Only what is being read")
@option("--today", is_flag=True, help="只列今天的 / Only today's")
@option("--late", is_flag=True, help="只列过了闭室时间的 / Only what is past closing time")
@option("--code", help="只列此档号的 / Only of this record")
@option("--reader", help="只列此账号的 / Only of this account")
@option("--visitor", help="只列此来访号的 / Only of this visitor")
@acting(Act.READING_SEE, reads=True)
@listing(*COLUMNS)
def rows(unit: Unit, **wanted: Any) -> Sequence[object]:
    """阅览登记簿。 / The register of readings."""
    return reading_book.rows(unit, **wanted)
