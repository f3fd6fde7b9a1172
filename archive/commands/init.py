"""`anjuan init`: a new instance in an empty folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from archive import clikit, config, founding, printing
from archive.acts import Act
from archive.clikit import acting, framed, note, option, secret, tell
from archive.errors import BadValue
from archive.founding import Founding
from archive.words import say

EXAMPLE = "anjuan --home archive init --company 和园物业 --admin zhao --admin-name 赵管理 --key-file /media/usb/anjuan.key"


@clikit.command("init", example=EXAMPLE)
@option("--company", help="单位全称 / Full name of the company")
@option("--fonds", help="全宗号 / Fonds code")
@option("--admin", help="系统管理员账号 / Account of the system administrator")
@option("--admin-name", help="系统管理员姓名 / Name of the system administrator")
@option(
    "--password-file",
    metavar="FILE",
    help="其密码所在文件，- 为标准输入 / File with the password, - for standard input",
)
@option(
    "--key-file",
    metavar="FILE",
    help="新建密钥文件，须在案卷库之外 / Key file to be made, outside the instance",
)
@option("--passphrase-file", metavar="FILE", help="或：开锁口令所在文件 / Or: file with the passphrase")
@option("--language", help="界面语言 zh 或 en / Language, zh or en")
@option("--timezone", help="时区 / Time zone")
@option("--anchor-file", metavar="FILE", help="存证文件，应在另一块盘上 / Anchor file, on another disk")
@option("--yes", is_flag=True, help="不再询问，用默认值 / Ask nothing, take the defaults")
@acting(Act.INSTANCE_INIT, opens=False)
def init(*, yes: bool, **given: str | None) -> None:
    """在空文件夹中建立案卷库。 / Create an instance in an empty folder.

    恢复密钥只显示这一次，请抄写或打印后锁入保险柜。 / The recovery key is shown this once: write it down and lock it away.
    """
    here = clikit.desk()
    assert clikit.wiring.ports is not None
    founding.ready(here.home)
    wanted = _founding(_asked(given, ask=not yes and sys.stdin.isatty()))
    instance, recovery = founding.found(here.home, wanted, clikit.wiring.ports(), clock=clikit.wiring.clock)
    public = founding.public_key(instance)
    instance.close()
    tell(Act.INSTANCE_INIT, path=here.home, public_key=public)
    framed("told.recovery", printing.groups(recovery))
    note("told.recovery-advice")
    note("told.next-steps", home=here.home, admin=wanted.admin)


def _asked(given: dict[str, str | None], *, ask: bool) -> dict[str, str | None]:
    """What was not said, asked where somebody is there to answer."""
    language, defaults = clikit.desk().language, {"fonds": config.Settings().fonds, "admin": "admin"}
    for name in ("company", "fonds", "admin", "admin_name") if ask else ():
        if given[name] is None:
            text = say(f"prompt.{name.replace('_', '-')}", language)
            given[name] = str(click.prompt(text, default=defaults.get(name), err=True))
    return given


def _founding(given: dict[str, str | None]) -> Founding:
    key_file = str(Path(given["key_file"]).expanduser().absolute()) if given["key_file"] else None
    anchors = str(Path(given["anchor_file"]).expanduser().absolute()) if given["anchor_file"] else None
    chosen: dict[str, Any] = {"language": given["language"] or clikit.desk().language.value}
    chosen |= {name: given[name] for name in ("company", "fonds", "timezone") if given[name]}
    settings = config.chosen(**chosen, key_file=key_file or "", anchor_file=anchors or "")
    admin = given["admin"] or "admin"
    if key_file and given["passphrase_file"]:
        raise BadValue(field="passphrase", value="--passphrase-file", expected="--key-file")
    password = secret(given["password_file"], "prompt.password", twice=True)
    passphrase = None
    if key_file is None:
        passphrase = secret(
            given["passphrase_file"], "prompt.passphrase", twice=True, name="--key-file | --passphrase-file"
        )
    return Founding(settings, admin, given["admin_name"] or admin, password, passphrase=passphrase)
