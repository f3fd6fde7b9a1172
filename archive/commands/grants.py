"""Grants: what the general manager opens, to whom, for how long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit, grants
from archive.acts import DUTY, Act
from archive.clikit import DAY, Named, acting, argument, confirming, listing, option, tell
from archive.clikit.kinds import Acts
from archive.values import Role

if TYPE_CHECKING:
    from archive.unit import Unit

UNTIL = "有效期至 / Last day"
REASON = "理由 / Reason"


@clikit.group("grant")
def grant() -> None:
    """查阅授权。 / Grants."""


@grant.command(
    "give", example="anjuan grant give K001-… --to sun --act read --until 2026-12-31 --reason 核对合同"
)
@argument("code", help="档号 / Reference code")
@option("--to", required=True, help="被授权人账号 / Account of who may")
@option(
    "--act",
    "acts",
    type=Acts(grants.GIVABLE),
    multiple=True,
    required=True,
    help="行为：see、search、read、get、lend、take-out，可多次 / Acts: see, search, read, get, lend, take-out; may be repeated",
)
@option("--until", "expires_on", type=DAY, required=True, help=UNTIL)
@option("--reason", required=True, help=REASON)
@acting(Act.GRANT_GIVE)
def give(unit: Unit, code: str, to: str, acts: Sequence[Act], expires_on: dt.date, reason: str) -> None:
    """批准某人查阅一件档案（总经理）。 / Open one record to one person (general manager)."""
    made = grants.give(unit, code, to=to, acts=acts, expires_on=expires_on, reason=reason)
    tell(Act.GRANT_GIVE, grant_number=made.uid, expires_on=made.expires_on)


@grant.command(
    "give-duty",
    example="anjuan grant give-duty archivist YH --act search --until 2027-02-28 --reason 日常保管",
)
@argument("role", type=Named(Role, but=[Role.SYSTEM]), help="岗位 / Post")
@argument("class_code", help="类别代码 / Class code")
@option(
    "--act",
    "acts",
    type=Acts(DUTY),
    multiple=True,
    required=True,
    help="行为：see、search、read，可多次 / Acts: see, search, read; may be repeated",
)
@option("--until", "expires_on", type=DAY, required=True, help=UNTIL)
@option("--reason", required=True, help=REASON)
@option("--department", help="只限此部门的人 / Only people of this department")
@option("--at-home", is_flag=True, help="只限本部门的档案 / Only records of their own department")
@acting(Act.GRANT_GIVE_DUTY)
def give_duty(unit: Unit, role: Role, class_code: str, acts: Sequence[Act], expires_on: dt.date, reason: str, department: str | None, *, at_home: bool) -> None:  # fmt: skip
    """按岗位授权一个类别，至多一年（总经理）。 / Open a class to a post, for a year at most (general manager)."""
    made = grants.give_duty(unit, role, class_code, acts=acts, expires_on=expires_on, reason=reason, department=department, at_home=at_home)  # fmt: skip
    tell(Act.GRANT_GIVE_DUTY, grant_number=made.uid, expires_on=made.expires_on)


@grant.command("revoke", example="anjuan grant revoke 0f3a… --confirm 0f3a…")
@argument("uid", help="授权编号 / Number of the grant")
@confirming("uid")
@acting(Act.GRANT_REVOKE)
def revoke(unit: Unit, uid: str) -> None:
    """撤销授权，即时生效。 / Withdraw a grant; it is gone at the next act."""
    made = grants.revoke(unit, uid)
    tell(Act.GRANT_REVOKE, grant_number=made.uid)


@grant.command("list", example="anjuan grant list --json")
@acting(Act.GRANT_SEE, reads=True)
@listing("uid:grant_number", "who", "what", "acts", "approved_by", "expires_on", "live", "reason")
def rows(unit: Unit) -> Sequence[object]:
    """授权登记簿；普通人只见自己的。 / The register of grants; one's own for most."""
    return grants.grants(unit)
