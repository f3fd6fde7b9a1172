"""People: accounts, posts, clearances, leaving; departments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit, people
from archive.acts import Act
from archive.clikit import (
    DAY,
    LEVEL,
    Named,
    acting,
    argument,
    confirming,
    framed,
    listing,
    note,
    option,
    secret,
    showing,
    tell,
)
from archive.values import Level, Role

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.unit import Unit

ACCOUNT = "账号 / Account"
ROLE = Named(Role, but=[Role.SYSTEM])
COLUMNS = ("account", "name", "department", "roles", "clearance", "employment", "confirmed")


@clikit.group("person")
def person() -> None:
    """账户、岗位与涉密等级。 / Accounts, posts and clearances."""


@person.command("add", example="anjuan person add zhou --name 周文员 --department KF --role clerk")
@argument("account", help=ACCOUNT)
@option("--name", required=True, help="姓名 / Name")
@option("--department", required=True, help="部门代码 / Department code")
@option(
    "--role", "roles", type=ROLE, multiple=True, required=True, help="岗位，可多次 / Post, may be repeated"
)
@option("--level", type=LEVEL, default="内部", help="涉密等级，至多内部 / Clearance, at most internal")
@option(
    "--password-file",
    metavar="FILE",
    help="密码所在文件；不给则生成一次性密码 / File with the password; else a one-time code is made",
)
@acting(Act.PERSON_ADD, instance=True)
def add(instance: Instance, who: Who, account: str, name: str, department: str, roles: Sequence[Role], level: Level, password_file: str | None) -> None:  # fmt: skip
    """开设账户。 / Open an account."""
    password = secret(password_file, "prompt.password") if password_file else None
    with instance.work(who, Act.PERSON_ADD) as unit:
        made, code = people.add(unit, account, name=name, department=department, roles=roles, password=password, clearance=level)  # fmt: skip
    tell(Act.PERSON_ADD, account=made.account, roles=sorted(roles))
    if code is not None:
        framed("told.one-time-code", code)
        note("told.one-time-advice")


@person.command("list", example="anjuan person list --csv")
@acting(Act.PERSON_SEE, reads=True)
@listing(*COLUMNS)
def rows(unit: Unit) -> Sequence[object]:
    """所有账户。 / Everybody."""
    return people.everyone(unit)


@person.command("roles", example="anjuan person roles zhou --role clerk --role records_clerk")
@argument("account", help=ACCOUNT)
@option(
    "--role",
    "roles",
    type=ROLE,
    multiple=True,
    required=True,
    help="全部岗位，可多次 / All posts, may be repeated",
)
@acting(Act.PERSON_EDIT)
def roles_(unit: Unit, account: str, roles: Sequence[Role]) -> None:
    """改任岗位；所给即为全部。 / Set somebody's posts; those given are all."""
    made = people.set_roles(unit, account, roles)
    tell(Act.PERSON_EDIT, account=made.account, roles=sorted(roles))


@person.command("clear", example="anjuan person clear zhou 秘密")
@argument("account", help=ACCOUNT)
@argument("level", type=LEVEL, help="涉密等级 / Clearance")
@acting(Act.PERSON_CLEAR)
def clear(unit: Unit, account: str, level: Level) -> None:
    """核定涉密等级（安全保密管理员）。 / Set a clearance (security administrator)."""
    made = people.clear(unit, account, level)
    tell(Act.PERSON_CLEAR, account=made.account, clearance=made.clearance)


@person.command("reset", example="anjuan person reset zhou")
@argument("account", help=ACCOUNT)
@acting(Act.PERSON_RESET)
def reset(unit: Unit, account: str) -> None:
    """重置密码，生成一次性密码；涉密权限待确认。 / Reset a password to a one-time code; confidential rights wait for confirmation."""
    code = people.reset(unit, account)
    tell(Act.PERSON_RESET, account=account)
    framed("told.one-time-code", code)
    note("told.one-time-advice")


@person.command("confirm", example="anjuan person confirm zhou")
@argument("account", help=ACCOUNT)
@acting(Act.PERSON_CLEAR)
def confirm(unit: Unit, account: str) -> None:
    """重置后确认本人，恢复涉密权限（安全保密管理员）。 / Confirm somebody after a reset (security administrator)."""
    made = people.confirm(unit, account)
    tell(Act.PERSON_CLEAR, account=made.account, confirmed=made.confirmed)


@person.command("leave", example="anjuan person leave zhou --on today")
@argument("account", help=ACCOUNT)
@option("--on", type=DAY, help="离职日期，默认今天 / Day of leaving, today if not given")
@confirming("account")
@acting(Act.PERSON_LEAVE)
def leave(unit: Unit, account: str, on: dt.date | None) -> None:
    """登记离职，须先有清缴证明：登录和岗位即时终止，账号保留。 / Record that somebody has left, cleared first: sessions and posts end, the account stays."""
    made = people.leave(unit, account, on=on)
    tell(Act.PERSON_LEAVE, account=made.account, on=on or unit.today)


@person.command("suspend", example="anjuan person suspend zhou --reason 钥匙失窃，待查")
@argument("account", help=ACCOUNT)
@option("--reason", required=True, help="理由 / Reason")
@acting(Act.PERSON_SUSPEND)
def suspend(unit: Unit, account: str, reason: str) -> None:
    """立即停用账户：登录终止，不能再登录；清缴另办。 / Bar an account at once; the clearance goes its own way."""
    made = people.suspend(unit, account, reason=reason)
    tell(Act.PERSON_SUSPEND, account=made.account, employment=made.employment)


@person.command("restore", example="anjuan person restore zhou --reason 已查明")
@argument("account", help=ACCOUNT)
@option("--reason", required=True, help="理由 / Reason")
@acting(Act.PERSON_RESTORE)
def restore(unit: Unit, account: str, reason: str) -> None:
    """恢复停用的账户。 / Let a suspended account in again."""
    made = people.restore(unit, account, reason=reason)
    tell(Act.PERSON_RESTORE, account=made.account, employment=made.employment)


@person.command("contact", example="anjuan person contact sun --mail sun@example.com --phone 13800138000")
@argument("account", help=ACCOUNT)
@option("--mail", help="邮件地址，空为去掉 / Mail address, empty to remove it")
@option("--phone", help="电话，空为去掉 / Telephone, empty to remove it")
@acting(Act.PERSON_CONTACT, Act.PERSON_SEE)
@showing("account", "mail", "phone")
def contact(unit: Unit, account: str, mail: str | None, phone: str | None) -> object:
    """登记或查看联系方式：本人的，或由系统管理员、人事代办。 / Set or show how somebody is reached: one's own, or by the system administrator or HR."""
    if mail is None and phone is None:
        return people.contact(unit, account)
    return people.set_contact(unit, account, mail=mail, phone=phone)


@clikit.group("department")
def department() -> None:
    """部门。 / Departments."""


@department.command("add", example="anjuan department add KF 客服部")
@argument("code", help="代码 / Code")
@argument("name", help="名称 / Name")
@option("--english", default="", help="英文名称 / English name")
@acting(Act.PERSON_EDIT)
def department_add(unit: Unit, code: str, name: str, english: str) -> None:
    """登记部门。 / Enter a department."""
    made = people.add_department(unit, code, name, english)
    tell(Act.PERSON_EDIT, department=f"{made.code} {made.name}")


@department.command("list", example="anjuan department list --json")
@acting(Act.PERSON_SEE, reads=True)
@listing("code:own_code", "name", "name_en")
def department_list(unit: Unit) -> Sequence[object]:
    """所有部门。 / All departments."""
    return people.departments(unit)
