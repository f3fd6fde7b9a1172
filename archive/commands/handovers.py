"""移交: lists are drafted, checked line by line, and signed by two people; or accepted at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive import clikit
from archive.acts import Act
from archive.clikit import Named, acting, argument, listing, option, tell
from archive.clikit.scans import scanned, some
from archive.custody import drafts, handed
from archive.custody import handover as handovers
from archive.statuses import HandoverKind

if TYPE_CHECKING:
    from archive.unit import Unit

NUMBER = "清单号 / Number of the list"
CODES = "案卷或件的档号 / Volumes, or items kept on their own"
FILE = "每行一个档号的文件，- 为标准输入 / File with a code a line, - for standard input"
LISTS = (
    "number:draft_number", "kind", "state", "from_department:handover_from", "to_department:handover_to",
    "drafted_by", "drafted_on", "lines:handover_lines", "pending:handover_pending", "refused:handover_refused",
    "handover_number", "given_by:handover_given_by", "accepted_by:handover_accepted_by",
    "witness:handover_witness", "signed_on:handover_signed_on", "reason",
)  # fmt: skip
LINES = (
    "ordinal:number", "code", "title", "period", "items", "pages", "level", "outcome:line_outcome",
    "originals:line_originals", "ink:line_ink", "complete:line_complete", "reason:note",
    "original_at:line_original_at",
)  # fmt: skip


@clikit.group("handover")
def handover() -> None:
    """移交签收。 / Handover."""


@handover.command("draft", example="anjuan handover draft K001-… --kind into --reason 年度归档")
@argument("codes", nargs=-1, help=CODES)
@option(
    "--kind", type=Named(HandoverKind), default=HandoverKind.INTO, help="哪一种移交 / Which kind of handover"
)
@option("--to", "to_department", default="", help="接收部门，默认本人所在部门 / Department that takes over")
@option("--reason", required=True, help="移交原因或性质 / Why it is handed over")
@option(
    "--before-check",
    is_flag=True,
    help="年度核对之前先行集中 / Into the central store before the annual check",
)
@option("--file", "file", help=FILE)
@acting(Act.HANDOVER_DRAFT)
def draft(
    unit: Unit, codes: Sequence[str], kind: HandoverKind, to_department: str, reason: str, file: str | None, *,
    before_check: bool,
) -> None:  # fmt: skip
    """起草移交清单。 / Draft a list."""
    meant = scanned(codes, file)
    made = drafts.draft(
        unit, meant, kind=kind, to_department=to_department, reason=reason, before_check=before_check
    )
    tell(Act.HANDOVER_DRAFT, draft_number=made.number, kind=made.kind, count=len(meant))


@handover.command("check", example="anjuan handover check YD2026-0001 K001-… --accept")
@argument("number", help=NUMBER)
@argument("codes", nargs=-1, help=CODES)
@option("--accept/--refuse", "accepted", default=True, help="是否接收 / Whether it is accepted")
@option(
    "--originals/--copies", "originals", default=None,
    help="是否原件；不说则照账 / Whether originals; as the books say if not told",
)  # fmt: skip
@option("--ink/--wrong-ink", "ink", default=True, help="书写材料是否合规定 / Whether the ink is as demanded")
@option("--complete/--incomplete", "complete", default=True, help="是否齐全 / Whether complete")
@option("--reason", default="", help="退回或收复制件的理由 / Why it is refused, or why copies are taken")
@option("--original-at", default="", help="复制件的原件在何处 / Where the original of a copy is")
@option("--file", "file", help=FILE)
@acting(Act.HANDOVER_CHECK)
def check(unit: Unit, number: str, codes: Sequence[str], file: str | None, **found: Any) -> None:
    """逐项核对：原件、笔墨、齐全；扫一项核一项。 / Check line by line: originals, ink, completeness."""
    meant = some(codes, file)
    for code in meant:
        drafts.check(unit, number, code, **found)
    left = drafts.pending(unit, number)
    tell(Act.HANDOVER_CHECK, draft_number=number, count=len(meant), handover_pending=left)


@handover.command("sign", example="anjuan handover sign YD2026-0001 --with zhou --count 12")
@argument("number", help=NUMBER)
@option("--with", "other", required=True, help="对方签字人账号 / Account of who signs for the department")
@option("--witness", help="监交人账号 / Account of a witness")
@option("--count", type=int, help="当面清点的数目 / How many accepted records both counted")
@acting(Act.HANDOVER_SIGN)
def sign(unit: Unit, number: str, other: str, witness: str | None, count: int | None) -> None:
    """双方签字：接收的入库，退回的留在移交方。 / Both sign: what is accepted is kept, what is refused stays."""
    made = handovers.sign(unit, number, other=other, witness=witness, count=count)
    tell(Act.HANDOVER_SIGN, handover_number=made.number, count=handed.size(unit, made))


@handover.command("accept", example="anjuan handover accept K001-… K001-… --from zhou --count 2")
@argument("codes", nargs=-1, required=True, help=CODES)
@option("--from", "given_by", required=True, help="移交人账号 / Account of who hands over")
@option("--count", type=int, help="当面清点的数目 / How many both counted")
@acting(Act.HANDOVER_SIGN)
def accept(unit: Unit, codes: Sequence[str], given_by: str, count: int | None) -> None:
    """当面签收；全部或都不。 / Accept face to face; all or none."""
    made = handovers.accept(unit, codes, given_by=given_by, count=count)
    tell(Act.HANDOVER_SIGN, handover_number=made.number, count=len(codes))


@handover.command("withdraw", example="anjuan handover withdraw YD2026-0001")
@argument("number", help=NUMBER)
@acting(Act.HANDOVER_WITHDRAW)
def withdraw(unit: Unit, number: str) -> None:
    """撤回未签字的清单。 / Take back a list that is not signed."""
    made = drafts.withdraw(unit, number)
    tell(Act.HANDOVER_WITHDRAW, draft_number=made.number)


@handover.command("list", example="anjuan handover list --open")
@option("--open", "open_only", is_flag=True, help="只列未签字的 / Only what is not signed")
@acting(Act.HANDOVER_SEE, reads=True)
@listing(*LISTS)
def rows(unit: Unit, *, open_only: bool) -> Sequence[object]:
    """移交登记簿。 / The register of handovers."""
    return handed.rows(unit, open_only=open_only)


@handover.command("show", example="anjuan handover show YD2026-0001")
@argument("number", help="清单号或移交号 / Number of the list, or of the handover")
@acting(Act.HANDOVER_SEE, reads=True)
@listing(*LINES)
def show(unit: Unit, number: str) -> Sequence[object]:
    """一份清单的各项。 / The lines of one list."""
    return handed.show(unit, number)
