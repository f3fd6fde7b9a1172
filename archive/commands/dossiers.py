"""Dossiers: an occupancy, a fit-out or a contract over its volumes, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit, dossiers
from archive.acts import Act
from archive.clikit import Named, acting, argument, listing, note, option, showing
from archive.dossiers import DossierKind

if TYPE_CHECKING:
    from archive.unit import Unit

CODE = "卷宗代码 / Dossier code"


@clikit.group("dossier")
def dossier() -> None:
    """卷宗：一户、一项装修或一份合同的全部案卷。 / Dossiers: all volumes of an occupancy, a fit-out or a contract."""


@dossier.command("list", example="anjuan dossier list --kind fit_out --premises A1203")
@option("--kind", type=Named(DossierKind), help="种类 / Kind")
@option("--premises", help="单元 / Premises")
@option("--party", help="往来单位或个人 / Party")
@acting(Act.DOSSIER_SEE, reads=True)
@listing("code:own_code", "kind", "premises", "party", "volumes", "items", "pages")
def rows(unit: Unit, kind: DossierKind | None, premises: str | None, party: str | None) -> Sequence[object]:
    """您能看到其中案卷的卷宗。 / The dossiers one may see something of."""
    return dossiers.dossiers(unit, kind=kind, premises=premises, party=party)


@dossier.command("show", example="anjuan dossier show A1203-2025-1")
@argument("code", help=CODE)
@acting(Act.DOSSIER_SEE, reads=True)
@showing("code:own_code", "kind", "premises", "party", "items", "pages", "volumes")
def show(unit: Unit, code: str) -> object:
    """一个卷宗及其案卷。 / A dossier with its volumes."""
    return dossiers.page(unit, code)


@dossier.command("missing", example="anjuan dossier missing A1203-2025-1 --fact hot_work --stage 3")
@argument("code", help=CODE)
@option(
    "--fact",
    "facts",
    multiple=True,
    help="已发生的情形，如 hot_work，可多次 / What is the case, may be repeated",
)
@option("--stage", type=int, help="只查到此阶段 / Only up to this stage")
@acting(Act.DOSSIER_SEE, reads=True)
@listing("stage", "doc_type", "classes", "when", "clause", quiet=True)
def missing(unit: Unit, code: str, facts: Sequence[str], stage: int | None) -> Sequence[object]:
    """按清单还缺哪些文件。 / What the checklist still wants."""
    found = dossiers.missing(unit, code, clikit.desk().language, facts=facts, stage=stage)
    note("told.missing" if found else "told.complete", count=len(found), code=code)
    return found
