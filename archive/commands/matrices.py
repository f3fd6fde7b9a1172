"""审批权限表: seen, exported, compared, proposed, adopted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.circulation import matrices
from archive.clikit import acting, argument, confirming, listing, note, out, tell
from archive.clikit.scans import whole

if TYPE_CHECKING:
    from archive.unit import Unit

RULE = ("number", "kinds", "readers", "levels", "own:own_records", "personnel", "owners", "classes", "departments", "says", "clause")  # fmt: skip
CHANGE = (
    "kinds",
    "readers",
    "levels",
    "own:own_records",
    "personnel",
    "owners",
    "class_code",
    "department",
    "before",
    "after",
)
VERSION = "版本 / Version"


@clikit.group("matrix")
def matrix() -> None:
    """审批权限表：谁批准哪种利用。 / The approval matrix: who approves which use."""


@matrix.command("show", example="anjuan matrix show")
@argument("version", required=False, help="版本，默认现行 / Version, the one in force if not given")
@acting(Act.MATRIX_SEE, reads=True)
@listing(*RULE)
def show(unit: Unit, version: str | None) -> Sequence[object]:
    """逐条列出，从上往下第一条符合的算数。 / Row by row: the first that fits decides."""
    return matrices.show(unit, version)


@matrix.command("export", example="anjuan matrix export")
@argument("version", required=False, help="版本，默认现行 / Version, the one in force if not given")
@acting(Act.MATRIX_SEE, reads=True)
def export(unit: Unit, version: str | None) -> None:
    """输出为 TOML，改了版本名和内容再提出。 / Print as TOML, to be changed and proposed under a new name."""
    out(matrices.export(unit, version).rstrip("\n"))


@matrix.command("list", example="anjuan matrix list")
@acting(Act.MATRIX_SEE, reads=True)
@listing(
    "version",
    "rules",
    "proposed_by:laid_down_by",
    "proposed_at:laid_down_at",
    "adopted_by",
    "adopted_at",
    "in_force",
)
def rows(unit: Unit) -> Sequence[object]:
    """所有版本。 / All versions."""
    return matrices.versions(unit)


@matrix.command("compare", example="anjuan matrix compare 2026-2")
@argument("version", help=VERSION)
@acting(Act.MATRIX_SEE, reads=True)
@listing(*CHANGE)
def compare(unit: Unit, version: str) -> Sequence[object]:
    """与现行权限表不同之处。 / What a version decides otherwise than the one in force."""
    return matrices.changes(unit, version)


@matrix.command("propose", example="anjuan matrix propose approvals.toml")
@argument("path", help="TOML 文件，- 为标准输入 / A TOML file; - is standard input")
@acting(Act.MATRIX_PROPOSE)
@listing(*CHANGE)
def propose(unit: Unit, path: str) -> Sequence[object]:
    """提出新版本（安全保密管理员），列出它改变什么。 / Propose a version (security administrator); tells what it changes."""
    found = matrices.propose(unit, whole(path))
    note("told.matrix-proposed", version=unit.lines[-1].facts["version"], count=len(found))
    return found


@matrix.command("adopt", example="anjuan matrix adopt 2026-2 --confirm 2026-2")
@argument("version", help=VERSION)
@confirming("version")
@acting(Act.MATRIX_ADOPT)
def adopt(unit: Unit, version: str) -> None:
    """批准并启用（总经理）；办理中的申请仍按原表。 / Put in force (general manager); what is under way keeps its road."""
    made = matrices.adopt(unit, version)
    tell(Act.MATRIX_ADOPT, version=made.version)
