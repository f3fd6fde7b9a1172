"""催还: what was said about loans that are due, by whom, and what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.circulation import chasing
from archive.clikit import Named, acting, argument, listing, option, tell
from archive.statuses import Channel

if TYPE_CHECKING:
    from archive.unit import Unit

CHANNEL = Named(Channel)


@clikit.group("chase")
def chase() -> None:
    """催还：到期前提醒、到期、逾期逐次催还，每次都有记录。 / Chasing: before it is due, on the day, overdue again and again, each time on record."""


@chase.command("list", example="anjuan chase list --open --borrower sun --csv")
@argument("code", required=False, help="档号或借阅号 / Reference code or loan number")
@option("--borrower", help="借阅人账号 / Borrower's account")
@option("--open", "open_only", is_flag=True, help="只列未还的 / Only of what is out")
@option("--limit", type=int, default=1000, show_default=True, help="最近多少条 / How many of the newest")
@acting(Act.CHASE_SEE, reads=True)
@listing("number:notice_number", "loan:loan_number", "code", "borrower", "due_on", "stage:chase_stage", "channel", "state", "made_at:written_at", "sent_at", "text", "reply")  # fmt: skip
def rows(
    unit: Unit, code: str | None, borrower: str | None, limit: int, *, open_only: bool
) -> Sequence[object]:
    """催还记录，最近的在前。 / The chasing record, newest first."""
    return chasing.rows(unit, code=code, borrower=borrower, open_only=open_only, limit=limit)


@chase.command("send", example="anjuan chase send K001-… --by telephone --text 本周五前送回")
@argument("code", help="档号或借阅号 / Reference code or loan number")
@option("--by", "channel", type=CHANNEL, required=True, help="方式 / How")
@option("--text", required=True, help="说了什么 / What was said")
@acting(Act.CHASE_SEND)
def send(unit: Unit, code: str, channel: Channel, text: str) -> None:
    """登记一次催还（电话、当面、书面），或交邮件发出。 / Note a chase by telephone, in person or on paper, or have it mailed."""
    made = chasing.send(unit, code, channel=channel, text=text)
    tell(Act.CHASE_SEND, notice_number=made.number, channel=made.channel, state=made.state)


@chase.command("reply", example="anjuan chase reply CH2026-00001 --text 下周一归还")
@argument("number", help="通知编号 / Number of the notice")
@option("--text", required=True, help="回复内容 / What was answered")
@acting(Act.CHASE_REPLY)
def reply(unit: Unit, number: str, text: str) -> None:
    """登记对催还的回复。 / Note what was answered."""
    made = chasing.reply(unit, number, text)
    tell(Act.CHASE_REPLY, notice_number=made.number)
