"""The audit log: read, verified, exported, anchored."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from archive import cells, clikit, logbook, printing, views
from archive.acts import Act
from archive.clikit import acting, argument, listing, note, option, tell
from archive.views import EventLine
from archive.words import Language, spoken

if TYPE_CHECKING:
    from archive.unit import Unit


@clikit.group("audit")
def audit() -> None:
    """审计日志。 / The audit log."""


@audit.command("list", example="anjuan audit list --refused --json")
@option("--limit", type=int, default=50, show_default=True, help="最近多少行 / How many of the newest lines")
@option("--refused", is_flag=True, help="只列被拒绝的 / Only refusals")
@option("--account", help="只列此账号的 / Only of this account")
@acting(Act.AUDIT_SEE, reads=True)
@listing("seq", "at", "account", "act", "outcome", "object_code", "facts")
def rows(unit: Unit, limit: int, account: str | None, *, refused: bool) -> Sequence[object]:
    """最近的日志；只有编号，没有姓名和内容。 / The newest lines: codes only, no names, no content."""
    found = views.events(unit, limit=limit, refused=refused, account=account)
    here = clikit.desk()
    return found if here.form == "json" else [_spoken(one, here.language) for one in found]


def _spoken(line: EventLine, language: Language) -> EventLine:
    """A line for people: words for codes, the time on their clock, no empty braces."""
    facts = json.loads(line.facts) if line.facts else {}
    return replace(
        line,
        at=spoken(dt.datetime.fromisoformat(line.at), language),
        act=printing.act_word(line.act, language),
        outcome=printing.outcome_word(line.outcome, language),
        facts=cells.pairs(facts, language) if isinstance(facts, dict) else line.facts,
    )


@audit.command("verify", example="anjuan audit verify --anchors /media/usb/anchors --expect 1200:3f9a-…")
@option(
    "--anchors",
    multiple=True,
    metavar="FILE",
    help="别处保存的存证文件，可多次 / Anchor file kept elsewhere, may be repeated",
)
@option("--expect", metavar="SIZE:ROOT", help="纸上抄下的存证 / Anchor copied from paper")
@acting(Act.AUDIT_VERIFY, reads=True)
def verify(unit: Unit, anchors: Sequence[str], expect: str | None) -> None:
    """校验整条日志；有问题时指出第一处，退出码为 5。 / Verify the whole log; the first bad line is named, exit status 5."""
    found = logbook.verify(unit, anchors=[Path(one).expanduser() for one in anchors], expect=expect)
    tell(
        Act.AUDIT_VERIFY,
        size=found.size,
        checkpoints=found.checkpoints,
        anchors=found.anchors,
        unanchored=found.unanchored,
    )
    if not (found.anchors or expect):
        note("told.no-anchor")


@audit.command("export", example="anjuan audit export /media/usb/log.jsonl")
@argument("file", help="新文件 / New file")
@acting(Act.AUDIT_EXPORT, reads=True)
def export(unit: Unit, file: str) -> None:
    """导出全部日志，每行一条 JSON。 / Write the whole log, one JSON object a line."""
    path = Path(file).expanduser().absolute()
    tell(Act.AUDIT_EXPORT, lines=logbook.export(unit, path), path=path)


@audit.command("anchor", example="anjuan audit anchor --to /media/usb/anchors")
@option("--to", metavar="FILE", help="追加到此文件，应在另一块盘上 / Append to this file, on another disk")
@acting(Act.AUDIT_ANCHOR)
def anchor(unit: Unit, to: str | None) -> None:
    """存证：签名并印出长度与指纹，请抄在别处。 / Anchor: sign, and print size and fingerprint to be kept elsewhere."""
    made = logbook.anchor(unit, to=Path(to).expanduser().absolute() if to else None)
    tell(Act.AUDIT_ANCHOR, size=made.size, fingerprint=made.fingerprint)
    note("told.anchor-advice", anchor=f"{made.size}:{made.fingerprint}")
