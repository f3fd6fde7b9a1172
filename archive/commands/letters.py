"""收发文登记: letters entered under their running numbers, and the registers looked through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive import clikit, letters, registering
from archive.acts import Act
from archive.clikit import DAY, LEVEL, Named, acting, argument, listing, option, showing, tell
from archive.entrance import Direction

if TYPE_CHECKING:
    from archive.unit import Unit

ROW = (
    "number:letter_number", "handled_on:letter_day", "correspondent", "document_no", "title", "dated", "level",
    "attachments:letter_attachments", "pages", "reply_to", "answer:letter_answer", "code:letter_code",
    "volume:letter_volume", "department",
)  # fmt: skip
WAY = Named(Direction, but=[Direction.INTERNAL])


@clikit.group("letter")
def letter() -> None:
    """收发文登记。 / Registers of letters received and sent."""


@letter.command(
    "register",
    example="anjuan letter register in --from 东城供电局 --title 关于检修停电的函 --number 供函〔2026〕12号",
)
@argument("direction", type=WAY, help="收文或发文 / Received or sent")
@option("--from", "--to", "correspondent", required=True, help="来文或发往单位 / Who it is from, or sent to")
@option("--title", required=True, help="文件标题 / Title")
@option("--number", "document_no", default="", help="文号（发文字号） / Document number")
@option(
    "--dated",
    type=DAY,
    help="落款日期，默认同收/发日期 / Date on the letter; the day it came or went if not given",
)
@option(
    "--on", "handled_on", type=DAY, help="收到或发出日期，默认今天 / Day it came or went, today if not given"
)
@option("--reply-to", default="", help="所复文件的文号或登记号 / Number of the letter it answers")
@option("--pages", type=int, default=1, show_default=True, help="页数 / Pages")
@option("--level", type=LEVEL, help="密级 / Level")
@option("--note", default="", help="备注 / Note")
@option("--digital", is_flag=True, help="没有纸质件 / There is no paper")
@option("--volume", help="归入此卷；不给则按类别归卷 / Into this volume; else where its class puts it")
@option(
    "--class", "class_code", help="类别，默认 WS·LW（收）或 WS·DW（发） / Class; WS·LW or WS·DW if not given"
)
@option("--department", help="部门，默认本人部门 / Department, one's own if not given")
@option("--party", help="往来单位或个人的代码 / Code of the party")
@option("--premises", help="单元 / Premises")
@option("--dossier", help="卷宗、项目或合同号 / Dossier, project or contract")
@option(
    "--again", is_flag=True, help="同一文号已登记，仍照样登记 / Register it though this number is registered"
)
@acting(Act.LETTER_REGISTER, Act.ITEM_FILE, Act.VOLUME_OPEN, Act.PARTY_ADD)
def register(unit: Unit, *, again: bool, digital: bool, **given: Any) -> None:
    """登记并归卷，给出登记号。 / Register a letter: it is filed and given its number."""
    told = {name: given.pop(name) for name in _OF_LETTER}
    home = registering.Home(**given)
    made = registering.register(unit, registering.Letter(**told, on_paper=not digital), home, again=again)
    one = letters.numbered(unit, made.number)
    tell(Act.LETTER_REGISTER, letter_number=made.number, letter_code=one.code, letter_volume=one.volume)


_OF_LETTER = (
    "direction", "correspondent", "title", "document_no", "dated", "handled_on", "reply_to", "pages", "level", "note",
)  # fmt: skip


@letter.command("list", example="anjuan letter list in --year 2026")
@argument("direction", type=WAY, help="收文或发文 / Received or sent")
@option("--year", type=int, help="年度，默认最近一年 / Year, the newest if not given")
@option("--limit", type=int, default=1000, show_default=True, help="至多多少行 / At most so many rows")
@option("--offset", type=int, default=0, help="从第几行之后起 / After so many rows")
@acting(Act.RECORD_SEE, reads=True)
@listing(*ROW)
def rows(unit: Unit, direction: Direction, **wanted: Any) -> Sequence[object]:
    """收文登记簿或发文登记簿，新的在前。 / The register of one direction, newest first."""
    return letters.book(unit, direction, **wanted).letters


@letter.command("show", example="anjuan letter show SW2026-00001")
@argument("number", help="登记号或档号 / Number in the register, or reference code")
@acting(Act.RECORD_SEE, reads=True)
@showing(*ROW[:1], "direction", *ROW[1:], "note")
def show(unit: Unit, number: str) -> object:
    """一件来往文件。 / One letter."""
    return letters.numbered(unit, number)
