"""复制、摘抄: copies and extracts, and their register."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive import clikit
from archive.acts import Act
from archive.circulation import copies
from archive.clikit import acting, argument, listing, option, tell
from archive.statuses import RequestKind

if TYPE_CHECKING:
    from archive.unit import Unit

COLUMNS = (
    "number:copy_number", "kind", "code", "title", "reader", "pages", "which", "purpose", "certified", "kept",
    "approved_by", "made_by", "made_at",
)  # fmt: skip


@clikit.group("copy")
def copy() -> None:
    """复制与摘抄：逐次批准，逐次登记。 / Copies and extracts, each approved and entered."""


@copy.command(
    "make",
    example="anjuan copy make K001-… --reader sun --pages 2 --which 第3–4页 --for 报送消防 --certified",
)
@argument("code", help="档号 / Reference code")
@option("--reader", help="本公司利用人的账号 / Account of who it is for, if he works here")
@option("--visitor", help="或：来访号 / Or: number of the visitor")
@option("--pages", type=int, required=True, help="页数 / Pages")
@option("--which", required=True, help="哪些页或哪些内容 / Which pages or passages")
@option("--for", "purpose", required=True, help="用途 / Purpose")
@option("--extract", is_flag=True, help="摘抄，不是复制 / An extract, not a copy")
@option("--certified", is_flag=True, help="加盖“与原件核对无异”章 / Stamped as agreeing with the original")
@option(
    "--keep", "keep_holding", is_flag=True, help="全份复制件留存档案室 / The whole copy stays in the archive"
)
@acting(Act.COPY_MAKE)
def make(unit: Unit, code: str, *, extract: bool, **given: Any) -> None:
    """登记一次复制或摘抄，用去该项批准。 / Enter a copy or extract; its approval is spent by it."""
    kind = RequestKind.EXTRACT if extract else RequestKind.COPY
    made = copies.make(unit, code, kind=kind, **given)
    tell(Act.COPY_MAKE, copy_number=made.number, kind=made.kind, pages=made.pages, certified=made.certified)


@copy.command("list", example="anjuan copy list --visitor LF2026-00001")
@option("--code", help="只列此档号的 / Only of this record")
@option("--reader", help="只列此账号的 / Only of this account")
@option("--visitor", help="只列此来访号的 / Only of this visitor")
@acting(Act.COPY_SEE, reads=True)
@listing(*COLUMNS)
def rows(unit: Unit, **wanted: Any) -> Sequence[object]:
    """复制、摘抄登记簿。 / The register of copies and extracts."""
    return copies.rows(unit, **wanted)
