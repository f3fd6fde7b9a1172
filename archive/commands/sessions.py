"""Tokens by which programs work in somebody's name, and the log-ins that stand open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit, tokens
from archive.acts import Act
from archive.clikit import acting, argument, framed, listing, note, option, tell

if TYPE_CHECKING:
    from archive.unit import Unit


@clikit.group("token")
def token() -> None:
    """程序令牌。 / Tokens of programs."""


@token.command("make", example="anjuan token make 门户网站 --scope read --scope request --days 90")
@argument("name", help="给令牌起的名字 / What the token is called")
@option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help="read（一切查看）、名词（如 loan）或单个行为（如 request.approve），可多次；不超出本人岗位 / "
    "read (all looks), a noun (loan) or one act (request.approve), may be repeated; never beyond one's own posts",
)
@option(
    "--days",
    type=int,
    default=tokens.USUAL_DAYS,
    help="有效天数，至多 366 / Days it is good for, 366 at most",
)
@acting(Act.TOKEN_MAKE)
def make(unit: Unit, name: str, scopes: Sequence[str], days: int) -> None:
    """为程序建立令牌，只显示一次。 / Make a token for a program; it is shown once."""
    made = tokens.make(unit, name, scopes, days)
    tell(Act.TOKEN_MAKE, token_number=made.uid, expires_at=made.expires_at)
    framed("told.token", made.token)
    note("told.token-advice")


@token.command("list", example="anjuan token list --json")
@option(
    "--everybody",
    is_flag=True,
    help="所有人的登录与令牌（系统管理员） / Everybody's log-ins and tokens (system administrator)",
)
@acting(Act.SESSION_SEE, reads=True)
@listing(
    "uid:token_number",
    "account",
    "kind:login_kind",
    "name:token_name",
    "scopes",
    "begun_at:made_on",
    "seen_at:last_seen",
    "expires_at:valid_until",
)
def rows(unit: Unit, *, everybody: bool) -> Sequence[object]:
    """本人仍有效的令牌；别人的令牌不显示名称。 / One's own tokens that are good; names of other people's are not shown."""
    return tokens.listed(unit, everybody=everybody)


@token.command("end", example="anjuan token end 0f3a…")
@argument("uid", help="令牌编号 / Number of the token")
@acting(Act.SESSION_END)
def end(unit: Unit, uid: str) -> None:
    """结束令牌，即时生效（系统管理员可结束任何人的登录）。 / End a token at once (the system administrator: anybody's log-in)."""
    ended = tokens.end(unit, uid)
    tell(Act.SESSION_END, token_number=ended.uid, account=ended.account)
