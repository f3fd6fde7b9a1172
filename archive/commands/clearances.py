"""离职清缴: from a leaving day to a numbered certificate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.circulation import clearance as clearances
from archive.clikit import DAY, Named, acting, argument, confirming, listing, option, showing, tell
from archive.statuses import ClearanceItem

if TYPE_CHECKING:
    from archive.unit import Unit

WHICH = "清缴单号，或离职人账号 / Number, or the leaver's account"


@clikit.group("clearance")
def clearance() -> None:
    """离职清缴。 / Clearance of leavers."""


@clearance.command("begin", example="anjuan clearance begin sun --on 2026-04-30")
@argument("account", help="离职人账号 / The leaver's account")
@option("--on", "leaving_on", type=DAY, required=True, help="离职日期 / Day of leaving")
@acting(Act.CLEARANCE_BEGIN)
def begin(unit: Unit, account: str, leaving_on: dt.date) -> None:
    """开始清缴。 / Begin a clearance."""
    made = clearances.begin(unit, account, leaving_on)
    tell(Act.CLEARANCE_BEGIN, clearance_number=made.number, leaving_on=made.leaving_on)


@clearance.command("add", example="anjuan clearance add sun --kind key --what 三号柜钥匙一把")
@argument("which", help=WHICH)
@option(
    "--kind",
    type=Named(ClearanceItem),
    required=True,
    help="种类：应归档未归档、手中密件、钥匙或其他 / Kind: not filed yet, classified papers in hand, a key, or other",
)
@option("--what", required=True, help="内容 / What it is")
@acting(Act.CLEARANCE_ADD)
def add(unit: Unit, which: str, kind: ClearanceItem, what: str) -> None:
    """记一项须交回的；部门经理须重签。 / Enter what must be handed over; the manager signs anew."""
    made = clearances.add(unit, which, kind=kind, what=what)
    tell(Act.CLEARANCE_ADD, clearance_item=made.kind, place_no=made.nth)


@clearance.command("settle", example="anjuan clearance settle sun 1 --handover YJ2026-0007")
@argument("which", help=WHICH)
@argument("place", type=int, help="第几项 / Which entry")
@option("--handover", help="移交清单号 / Number of the handover list")
@acting(Act.CLEARANCE_SETTLE)
def settle(unit: Unit, which: str, place: int, handover: str | None) -> None:
    """一项已交回；不得由本人办理。 / One entry is handed over; not by the leaver."""
    made = clearances.settle(unit, which, place, handover=handover)
    tell(Act.CLEARANCE_SETTLE, clearance_item=made.kind, place_no=made.nth, handover_number=handover)


@clearance.command("sign", example="anjuan clearance sign sun")
@argument("which", help=WHICH)
@acting(Act.CLEARANCE_SIGN)
def sign(unit: Unit, which: str) -> None:
    """部门经理签字；有未清事项时不得签。 / The department's manager signs, once nothing is open."""
    made = clearances.sign(unit, which)
    tell(Act.CLEARANCE_SIGN, clearance_number=made.number, state=made.state)


@clearance.command("certify", example="anjuan clearance certify sun --confirm sun")
@argument("which", help=WHICH)
@confirming("which")
@acting(Act.CLEARANCE_CERTIFY)
def certify(unit: Unit, which: str) -> None:
    """出具清缴证明，同时撤销其全部授权（档案管理员）。 / Give the certificate; all his grants end with it (archivist)."""
    made = clearances.certify(unit, which)
    tell(Act.CLEARANCE_CERTIFY, certificate=made.certificate, state=made.state)


@clearance.command("cancel", example="anjuan clearance cancel sun --reason 不再离职")
@argument("which", help=WHICH)
@option("--reason", required=True, help="理由 / Reason")
@acting(Act.CLEARANCE_CANCEL)
def cancel(unit: Unit, which: str, reason: str) -> None:
    """取消清缴。 / Cancel a clearance."""
    made = clearances.cancel(unit, which, reason=reason)
    tell(Act.CLEARANCE_CANCEL, clearance_number=made.number, state=made.state)


@clearance.command("show", example="anjuan clearance show sun")
@argument("which", help=WHICH)
@acting(Act.CLEARANCE_SEE, reads=True)
@showing("number:clearance_number", "account", "name:person_name", "department", "leaving_on", "state", "begun_by:starter", "begun_on", "clear", "signed_by", "signed_on", "certified_by", "certified_on", "certificate", "points", "entries")  # fmt: skip
def show(unit: Unit, which: str) -> object:
    """清缴单及现有未清事项。 / The sheet, and what is open now."""
    return clearances.show(unit, which)


@clearance.command("points", example="anjuan clearance points sun")
@argument("account", help="账号 / Account")
@acting(Act.CLEARANCE_SEE, reads=True)
@listing("kind:point_kind", "slip_number", "code", "content", "due_on", "count", "blocks")
def points(unit: Unit, account: str) -> Sequence[object]:
    """某人手中还有什么，离职与否都可查。 / What somebody has in hand, leaving or not."""
    return clearances.open_points(unit, account)


@clearance.command("list", example="anjuan clearance list --open")
@option("--open", "open_only", is_flag=True, help="只列未办完的 / Only what is under way")
@acting(Act.CLEARANCE_SEE, reads=True)
@listing("number:clearance_number", "account", "name:person_name", "department", "leaving_on", "state", "open_points", "certificate")  # fmt: skip
def rows(unit: Unit, *, open_only: bool) -> Sequence[object]:
    """清缴登记。 / The register of clearances."""
    return clearances.rows(unit, open_only=open_only)
