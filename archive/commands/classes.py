"""The class tree and schedule: seen, adopted; the duty grants proposed with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive import classes, clikit, duty, grants, scheme, views
from archive.acts import Act
from archive.clikit import acting, argument, listing, note, option, showing, tell
from archive.words import Language, say

if TYPE_CHECKING:
    from archive.unit import Unit

TREE = ("class_code", "class_name", "period", "level", "use_mode", "volumes", "items", "pages")


def _tree(unit: Unit) -> Sequence[dict[str, Any]]:
    english = clikit.desk().language is Language.EN
    if (found := classes.adoption(unit)) is None or found.adopted_at is None:
        note("told.not-adopted")
    lines = views.summed(views.tree(unit))
    rows: list[dict[str, Any]] = [
        {
            "class_code": one.code, "class_name": one.name_en if english else one.name, "volumes": one.volumes,
            "period": one.period, "level": one.level if one.usable else None,
            "use_mode": one.use_mode if one.usable else None, "items": one.items, "pages": one.pages,
        }
        for one in lines
    ]  # fmt: skip
    return rows if clikit.desk().form == "json" else [*rows, _total(lines)]


def _total(lines: Sequence[views.TreeLine]) -> dict[str, Any]:
    """The last row for people: all that they may see."""
    whole = views.added(lines[0], lines)
    return {
        **dict.fromkeys(TREE), "class_name": say("word.total", clikit.desk().language),
        "volumes": whole.volumes, "items": whole.items, "pages": whole.pages,
    }  # fmt: skip


@clikit.command("tree", example="anjuan tree")
@acting(Act.CLASS_SEE, reads=True)
@listing(*TREE)
def tree(unit: Unit) -> Sequence[object]:
    """总目录：分类与您所见的卷数、件数、页数。 / The class tree with the volumes, items and pages you may see."""
    return _tree(unit)


@clikit.group("class")
def class_() -> None:
    """分类方案与保管期限表。 / Class tree and retention schedule."""


@class_.command("list", example="anjuan class list --csv")
@acting(Act.CLASS_SEE, reads=True)
@listing(*TREE)
def rows(unit: Unit) -> Sequence[object]:
    """同 anjuan tree。 / The same as anjuan tree."""
    return _tree(unit)


@class_.command("show", example="anjuan class show ZX·02")
@argument("code", help="类别代码 / Class code")
@acting(Act.CLASS_SEE, reads=True)
@showing("class_code", "class_name", "name_en", "period", "trigger", "level", "use_mode", "custody", "disposition", "family", "template", "volume_by", "clause")  # fmt: skip
def show(unit: Unit, code: str) -> object:
    """一个类别的规定：期限、密级、利用方式、依据。 / What is laid down for a class: period, level, use, clause."""
    unit.look(Act.CLASS_SEE)
    rule = classes.usable(unit, code)
    names = ("name_en", "period", "trigger", "level", "use_mode", "custody", "disposition", "family", "template", "volume_by", "clause")  # fmt: skip
    return {"class_code": rule.code, "class_name": rule.name, **{name: getattr(rule, name) for name in names}}


@class_.command("adopt", example="anjuan class adopt --grants")
@option("--version", "version", help="方案版本，默认最新 / Version, the newest if not given")
@option(
    "--grants",
    "also",
    is_flag=True,
    help="同时批准随方案提出的岗位授权 / Approve the proposed duty grants as well",
)
@acting(Act.CLASS_ADOPT, Act.GRANT_GIVE_DUTY)
def adopt(unit: Unit, version: str | None, *, also: bool) -> None:
    """批准分类与保管期限表（总经理）。 / Adopt the class tree and schedule (general manager)."""
    made = classes.version_of(unit, version or scheme.load().version)
    if not (also and made.adopted_at):  # the grants end after a year; the scheme they came with goes on
        made = classes.adopt(unit, made.version)
    given = grants.give_proposed(unit, duty.proposed(scheme.load())) if also else []
    tell(Act.CLASS_ADOPT, version=made.version, grants=len(given))


@class_.command("proposals", example="anjuan class proposals")
@acting(Act.CLASS_SEE, reads=True)
@listing("post", "classes", "acts", "department", "months", "reason", "clause")
def proposals(unit: Unit) -> Sequence[object]:
    """随方案提出、待总经理批准的岗位授权。 / The duty grants proposed with the tree, for the general manager to approve."""
    unit.look(Act.CLASS_SEE)
    english = clikit.desk().language is Language.EN
    return [
        {
            "post": one.post, "classes": one.series, "acts": one.acts, "department": one.department,
            "months": one.months, "reason": one.en if english else one.zh, "clause": one.clause,
        }
        for one in duty.proposed(scheme.load())
    ]  # fmt: skip
