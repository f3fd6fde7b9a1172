"""One's own account: logging in and out, who one is, one's password."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from archive import agent, clikit, identity, people
from archive.acts import Act
from archive.clikit import acting, argument, note, option, secret, showing, tell
from archive.sitting import forget_session, keep_session, kept_session
from archive.words import say

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.people import PersonLine
    from archive.unit import Unit

PASSWORD = "密码所在文件，- 为标准输入 / File with the password, - for standard input"  # noqa: S105


@clikit.command("login", example="anjuan login zhou")
@argument("account", required=False, help="账号 / Account")
@option("--password-file", metavar="FILE", help=PASSWORD)
@acting(Act.ACCOUNT_LOGIN, instance=True, reads=True, remember=True)
def login(instance: Instance, _: Who, account: str | None, password_file: str | None) -> None:
    """登录。 / Log in."""
    here = clikit.desk()
    account = account or str(click.prompt(say("field.account", here.language), err=True))
    password = secret(password_file, "prompt.password")
    with instance.ask(identity.NOBODY, Act.ACCOUNT_LOGIN) as looked:
        kept = identity.kept(looked, account)
    opened = kept if identity.matches(password, kept) else ""
    with instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
        token = identity.login(unit, account, password, opened=opened)
        expires = unit.now + dt.timedelta(hours=instance.settings.session_hours)
        due, who = unit.actor.password_due, unit.actor.account
    keep_session(instance.keys.instance_id, token, expires)
    tell(Act.ACCOUNT_LOGIN, account=who, expires_at=expires)
    if due:
        note("told.password-due")


@clikit.command("logout", example="anjuan logout")
@acting(Act.ACCOUNT_LOGOUT, instance=True, reads=True)
def logout(instance: Instance, who: Who) -> None:
    """退出登录，并让开锁代理忘记密钥。 / Log out, and let the agent forget the key."""
    name = instance.keys.instance_id
    token = kept_session(name, clikit.wiring.clock()) or ""
    try:
        with instance.work(who, Act.ACCOUNT_LOGOUT) as unit:
            identity.logout(unit, token)
    finally:
        forget_session(name)
        agent.lock(instance.home)
    tell(Act.ACCOUNT_LOGOUT)


@clikit.command("whoami", example="anjuan whoami --json")
@acting(Act.PERSON_SEE, reads=True)
@showing("account", "name", "department", "roles", "clearance", "employment", "confirmed")
def whoami(unit: Unit) -> PersonLine:
    """我是谁，担任哪些岗位。 / Who I am and which posts I hold."""
    return people.one(unit, unit.actor.account)


@clikit.command("password", example="anjuan password")
@option("--password-file", metavar="FILE", help="原密码所在文件 / File with the old password")
@option("--new-password-file", metavar="FILE", help="新密码所在文件 / File with the new password")
@acting(Act.ACCOUNT_PASSWORD, instance=True, reads=True)
def password(instance: Instance, who: Who, password_file: str | None, new_password_file: str | None) -> None:
    """修改自己的密码；其后须重新登录。 / Change one's own password; log in again afterwards."""
    old = secret(password_file, "prompt.password")
    new = secret(new_password_file, "prompt.new-password", twice=True, name="--new-password-file")
    typed, kept = identity.Typed(old), identity.hashed(new)

    def change() -> None:
        with instance.work(who, Act.ACCOUNT_PASSWORD) as unit:
            identity.change_password(unit, typed, new, kept)

    identity.beforehand(typed, change)
    forget_session(instance.keys.instance_id)
    tell(Act.ACCOUNT_PASSWORD)
    note("told.login-again")
