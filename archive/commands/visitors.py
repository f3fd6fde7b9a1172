"""外来查档人: visitors from outside, of the parent company, and owners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive import clikit
from archive.acts import Act
from archive.circulation import visitors
from archive.clikit import DAY, Named, acting, argument, listing, option, secret, showing, tell
from archive.statuses import DocumentKind, VisitorKind

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.unit import Unit

NUMBER = "来访号 / Number of the visitor"
COLUMNS = (
    "number:visitor_number", "kind", "name", "organisation", "letter_no", "letter_date", "document_kind", "document",
    "phone", "premises", "party", "host", "valid_until", "valid:live",
)  # fmt: skip


@clikit.group("visitor")
def visitor() -> None:
    """外来查档人：介绍信、证件、接待人。 / Visitors: letter, document, host."""


@visitor.command(
    "add",
    example="anjuan visitor add --kind outside --organisation 东城供电局 --letter 介字12号 --letter-date 2026-03-01 --host zhou",
)
@option("--kind", type=Named(VisitorKind), required=True, help="种类 / Kind")
@option("--name-file", metavar="FILE", help="姓名所在文件，- 为标准输入；不给则询问 / File with the name, - for standard input; else asked for")  # fmt: skip
@option("--organisation", default="", help="所在单位 / Organisation")
@option("--letter", "letter_no", default="", help="介绍信号 / Number of the letter")
@option("--letter-date", type=DAY, help="介绍信日期 / Date of the letter")
@option("--document", "document_kind", type=Named(DocumentKind), default="RESIDENT_ID", help="证件种类，默认居民身份证 / Kind of document, resident identity card if not given")  # fmt: skip
@option("--document-file", metavar="FILE", help="证件号码所在文件，- 为标准输入；不给则询问 / File with the document's number, - for standard input; else asked for")  # fmt: skip
@option("--phone", default="", help="电话 / Telephone")
@option("--host", help="接待人账号，默认本人 / Account of who answers for him, oneself if not given")
@option("--until", "valid_until", type=DAY, help="有效至，默认三十天 / Last day, thirty days if not given")
@option("--party", help="业主的往来代码 / Code of the owner among the parties")
@option("--premises", help="业主的单元 / Premises of the owner")
@acting(Act.VISITOR_ADD, instance=True)
def add(instance: Instance, who: Who, kind: VisitorKind, name_file: str | None, document_file: str | None, **given: Any) -> None:  # fmt: skip
    """登记来访人；姓名和证件号码不经命令行。 / Enter a visitor; name and document number never pass the command line."""
    name = secret(name_file, "prompt.visitor-name", name="--name-file", field="name", shown=True)
    unasked = kind is VisitorKind.PARENT_COMPANY and document_file is None
    document = "" if unasked else secret(
        document_file, "prompt.visitor-document", name="--document-file", field="identity_no"
    )  # fmt: skip
    with instance.work(who, Act.VISITOR_ADD) as unit:
        made = visitors.add(unit, kind=kind, name=name, document_no=document, **given)
    tell(Act.VISITOR_ADD, visitor_number=made.number, valid_until=made.valid_until)


@visitor.command(
    "edit", example="anjuan visitor edit LF2026-00001 --letter 介字30号 --letter-date 2026-04-02"
)
@argument("number", help=NUMBER)
@option("--organisation", help="所在单位 / Organisation")
@option("--letter", "letter_no", help="新介绍信号 / Number of the new letter")
@option("--letter-date", type=DAY, help="新介绍信日期 / Date of the new letter")
@option("--phone", help="电话 / Telephone")
@option("--host", help="接待人账号 / Account of who answers for him")
@option("--until", "valid_until", type=DAY, help="有效至 / Last day")
@acting(Act.VISITOR_EDIT)
def edit(unit: Unit, number: str, letter_date: dt.date | None, **changes: Any) -> None:
    """登记新的介绍信、电话、接待人或有效期。 / Enter a new letter, telephone, host or last day."""
    made = visitors.edit(unit, number, letter_date=letter_date, **changes)
    tell(Act.VISITOR_EDIT, visitor_number=made.number, valid_until=made.valid_until)


@visitor.command("list", example="anjuan visitor list --valid --csv")
@option("--kind", type=Named(VisitorKind), help="种类 / Kind")
@option("--valid", "valid_only", is_flag=True, help="只列仍有效的 / Only those still valid")
@option("--host", help="接待人账号 / Account of the host")
@acting(Act.VISITOR_SEE, reads=True)
@listing(*COLUMNS)
def rows(unit: Unit, **wanted: Any) -> Sequence[object]:
    """外来查档人名册，证件号码遮蔽。 / The visitors, document numbers masked."""
    return visitors.rows(unit, **wanted)


@visitor.command("show", example="anjuan visitor show LF2026-00001")
@argument("number", help=NUMBER)
@acting(Act.VISITOR_SEE, reads=True)
@showing(*COLUMNS)
def show(unit: Unit, number: str) -> object:
    """一位来访人。 / One visitor."""
    return visitors.show(unit, number)


@visitor.command("identity", example="anjuan visitor identity LF2026-00001 --for 公安机关核查")
@argument("number", help=NUMBER)
@option("--for", "reason", required=True, help="理由，记入日志 / Reason, kept in the log")
@acting(Act.VISITOR_IDENTITY, reads=True)
def identity(unit: Unit, number: str, reason: str) -> None:
    """查看证件全号；每次都记入日志。 / The whole document number; every look is logged."""
    tell(Act.VISITOR_IDENTITY, visitor_number=number, identity=visitors.identity(unit, number, reason=reason))
