"""The outbox: what waits to be said, sent by mail or told by a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.circulation import notices
from archive.clikit import Named, acting, argument, listing, option, showing, tell, warn
from archive.statuses import Channel

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.unit import Unit

BY_HAND = Named(Channel, but=[Channel.MAIL])


@clikit.group("notice")
def notice() -> None:
    """待发通知：先登记，再发出，邮件不通时一条不丢。 / The outbox: entered first, sent afterwards; nothing is lost when mail is down."""


@notice.command("list", example="anjuan notice list --waiting --csv")
@option("--waiting", is_flag=True, help="只列尚未送达的 / Only what has not reached anybody")
@option("--by-hand", is_flag=True, help="只列须由人转告的 / Only what somebody must tell")
@option("--limit", type=int, default=1000, show_default=True, help="最近多少条 / How many of the newest")
@acting(Act.NOTICE_SEE, reads=True)
@listing("number:notice_number", "account", "stage:chase_stage", "loan:loan_number", "channel", "state", "made_at:written_at", "sent_at", "attempts", "next_try_at", "failure")  # fmt: skip
def rows(unit: Unit, limit: int, *, waiting: bool, by_hand: bool) -> Sequence[object]:
    """待发清单，不含通知内容。 / The outbox, without the words of the notices."""
    return notices.rows(unit, waiting=waiting, by_hand=by_hand, limit=limit)


@notice.command("show", example="anjuan notice show CH2026-00001")
@argument("number", help="通知编号 / Number of the notice")
@acting(Act.NOTICE_SEE, reads=True)
@showing("number:notice_number", "account", "stage:chase_stage", "loan:loan_number", "channel", "state", "made_at:written_at", "sent_at", "attempts", "next_try_at", "failure", "subject", "text")  # fmt: skip
def show(unit: Unit, number: str) -> object:
    """一条通知；内容只给收件人和有权看到该档案的人。 / One notice; its words only for the addressee and for who may see the record."""
    return notices.show(unit, number)


@notice.command("send", example="anjuan notice send\nanjuan notice send CH2026-00001 --by in_person")
@argument(
    "number",
    required=False,
    help="通知编号；不给则发送全部待发邮件 / Number; without it all waiting mail is sent",
)
@option("--by", "channel", type=BY_HAND, help="已由人以此方式转告 / Somebody has told it this way")
@acting(Act.NOTICE_SEND, instance=True)
def send(instance: Instance, who: Who, number: str | None, channel: Channel | None) -> None:
    """发出待发邮件；或登记某条通知已由人转告。 / Send the waiting mail; or note that a notice was told by somebody."""
    if number is not None:
        with instance.work(who, Act.NOTICE_SEND) as unit:
            made = notices.told(unit, number, channel=channel or Channel.IN_PERSON)
        tell(Act.NOTICE_SEND, notice_number=made.number, channel=made.channel)
        return
    with instance.ask(who, Act.NOTICE_SEE) as unit:
        notices.demand_mail(unit)
    found = notices.deliver(instance, who)
    tell(
        Act.NOTICE_SEND, sent=found.sent, failed=found.failed, cancelled=found.cancelled, unsent=found.waiting,
        by_hand=found.by_hand,
    )  # fmt: skip
    if found.failed:
        warn("warning.mail-failed", failed=found.failed, failure=found.failure)
        clikit.fail(1)
