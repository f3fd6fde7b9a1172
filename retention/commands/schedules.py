"""保管期限表: what is laid down, drafted, reviewed, adopted; what a draft would move; what waits to be re-marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from archive import clikit, scheme
from archive.acts import Act
from archive.clikit import Named, acting, argument, confirming, listing, note, option, tell
from archive.clikit.scans import some, whole
from archive.errors import BadValue
from archive.values import Disposition, Period, Trigger
from archive.words import Language
from retention.scheduling import preview as previews
from retention.scheduling import remarking, schedules
from retention.scheduling.rules import Change

if TYPE_CHECKING:
    from archive.unit import Unit

VERSION = "版本 / Version"
REASON = "理由 / Reason"
VERSIONS = (
    "version", "state", "in_force", "base:schedule_base", "classes", "drafted_by:schedule_drafted_by",
    "drafted_on:schedule_drafted_on",
    "reviewed_by:schedule_reviewed_by", "reviewed_on:schedule_reviewed_on", "adopted_by",
    "adopted_on:schedule_adopted_on", "reason",
)  # fmt: skip
RULES = (
    "class_code", "class_name", "period", "period_important", "trigger", "disposition", "floor:legal_floor",
    "floor_by", "ceiling:legal_ceiling", "ceiling_by", "clause",
)  # fmt: skip
TOTALS = (
    "class_code", "class_name", "period", "new_period", "trigger", "new_trigger", "records:schedule_records",
    "later:schedule_later", "stops:schedule_stops", "same:schedule_same", "earlier:schedule_earlier",
    "starts:schedule_starts", "waiting:schedule_waiting", "decided:schedule_decided", "own:schedule_own",
    "most_days",
)  # fmt: skip
MOVED = (
    "code", "class_code", "shift", "period", "new_period", "review_due", "new_review_due", "days:schedule_days",
)  # fmt: skip
WAITING = ("code", "class_code", "shift", "period", "new_period", "review_due", "new_review_due", "barrier")
MARKS = (
    "marked_on", "marked_by", "cause", "source:schedule_source", "before", "after:period_after", "kept_from",
    "expires_before", "expires_after",
)  # fmt: skip
LIMIT = click.IntRange(1)


def _named(lines: Sequence[Any], names: Sequence[str]) -> list[dict[str, Any]]:
    """The lines with the name of their class in the language of the desk."""
    wanted = [name.partition(":")[0] for name in names]
    return [{name: _spoken(one, name, clikit.desk().language) for name in wanted} for one in lines]


def _spoken(line: Any, name: str, language: Language) -> Any:
    """A value of a line; names of classes and laws in the language asked for."""
    if name == "class_name":
        return line.name if language is Language.ZH else line.name_en
    told = getattr(line, name)
    if name in {"floor_by", "ceiling_by"} and language is Language.EN:
        return scheme.cited(told.partition(" ")[0], language)
    return told


@clikit.group("schedule")
def schedule() -> None:
    """保管期限表：拟修、审核、批准，预览到期日的变动。 / The retention schedule: revised, reviewed, adopted, previewed."""


@schedule.command("list", example="anjuan schedule list")
@acting(Act.SCHEDULE_SEE, reads=True)
@listing(*VERSIONS)
def rows(unit: Unit) -> Sequence[object]:
    """各版本：到哪一步，谁拟、谁审、谁批。 / All versions: how far each has come, and by whom."""
    return schedules.versions(unit)


@schedule.command("show", example="anjuan schedule show\nanjuan schedule show 2026.2 --csv")
@argument("version", required=False, help="版本，默认现行 / Version, the one in force if not given")
@acting(Act.SCHEDULE_SEE, reads=True)
@listing(*RULES)
def show(unit: Unit, version: str | None) -> Sequence[object]:
    """各类的期限、起算、处置，及法定下限与上限；修订版只列所改各类。 / Period, trigger, disposition, and what the law allows; of a revision, what it changes."""
    return _named(schedules.show(unit, version), RULES)


@schedule.command("draft", example="anjuan schedule draft --class YH·04 --period D30 --reason 涉及权益\nanjuan schedule draft revision.toml --reason 年度修订")  # fmt: skip
@argument("path", required=False, help="TOML 文件，- 为标准输入 / A TOML file; - is standard input")
@option("--class", "class_code", help="只改这一类 / Change this class only")
@option("--period", help="保管期限：Y、D30、E、T90 / Period: Y, D30, E, T90")
@option("--important", help="重要件的保管期限 / Period of important papers")
@option("--trigger", type=Named(Trigger), help="起算 / What it counts from")
@option("--disposition", type=Named(Disposition), help="期满处置 / What is done at the end")
@option("--version", "version", help="新版本名，默认按年编号 / Name of the new version, numbered by year if not given")  # fmt: skip
@option("--reason", required=True, help=REASON)
@acting(Act.SCHEDULE_DRAFT)
def draft(
    unit: Unit, path: str | None, class_code: str | None, period: str | None, important: str | None,
    trigger: Trigger | None, disposition: Disposition | None, version: str | None, reason: str,
) -> None:  # fmt: skip
    """拟修期限表：一份文件，或一类。 / Draft a revision: from a file, or of one class."""
    if (path is None) == (class_code is None):
        raise BadValue(field="file", value=path or "—", expected="FILE.toml | --class")
    if path is not None:
        made = schedules.draft(unit, whole(path), reason=reason)
    else:
        change = Change(str(class_code), _period(period), _period(important), trigger, disposition)
        made = schedules.draft_one(unit, change, version=version, reason=reason)
    tell(Act.SCHEDULE_DRAFT, version=made.version, schedule_base=made.base, classes=made.classes)
    note("next.schedule-draft", version=made.version)


def _period(text: str | None) -> Period | None:
    return Period.parse(text) if text is not None else None


@schedule.command("review", example="anjuan schedule review 2026.2")
@argument("version", help=VERSION)
@acting(Act.SCHEDULE_REVIEW)
def review(unit: Unit, version: str) -> None:
    """审核（部门经理，非拟修人）。 / Review it (a department manager who did not draft it)."""
    made = schedules.review(unit, version)
    tell(Act.SCHEDULE_REVIEW, version=made.version, state=made.state)
    note("next.schedule-reviewed", version=made.version)


@schedule.command("adopt", example="anjuan schedule adopt 2026.2 --confirm 2026.2")
@argument("version", help=VERSION)
@confirming("version")
@acting(Act.CLASS_ADOPT)
def adopt(unit: Unit, version: str) -> None:
    """批准并施行（总经理）：延长的即时照办，缩短的待重新标注。 / Adopt (general manager): longer periods follow at once, shorter ones wait."""
    made = schedules.adopt(unit, version)
    tell(Act.CLASS_ADOPT, version=made.version, schedule_follow=made.follow, schedule_waiting=made.wait)
    if made.wait:
        note("next.schedule-waiting", version=made.version)


@schedule.command("withdraw", example="anjuan schedule withdraw 2026.2 --reason 另拟")
@argument("version", help=VERSION)
@option("--reason", required=True, help=REASON)
@acting(Act.SCHEDULE_WITHDRAW)
def withdraw(unit: Unit, version: str, reason: str) -> None:
    """撤回尚未批准的版本。 / Take back a version that is not adopted yet."""
    made = schedules.withdraw(unit, version, reason=reason)
    tell(Act.SCHEDULE_WITHDRAW, version=made.version, state=made.state)


@schedule.command("preview", example="anjuan schedule preview 2026.2\nanjuan schedule preview 2026.2 --lines --limit 500 --csv")  # fmt: skip
@argument("version", help=VERSION)
@option("--lines", "each", is_flag=True, help="逐卷逐件列出 / Record by record")
@option("--limit", type=LIMIT, default=100, show_default=True, help="最多几行 / At most so many lines")
@acting(Act.SCHEDULE_SEE, reads=True)
@listing()
def preview(unit: Unit, version: str, limit: int, *, each: bool) -> Sequence[object]:
    """批准之前先看：哪些到期日会变，变多少。 / Before it is adopted: which due dates move, and by what."""
    if each:
        return _renamed(previews.lines(unit, version, limit=limit), MOVED)
    return _renamed(_named(previews.totals(unit, version), TOTALS), TOTALS)


def _renamed(lines: Sequence[Any], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Rows under the words of *columns*: one command prints two kinds."""
    pairs = [column.partition(":") for column in columns]
    return [
        {word or name: one[name] if isinstance(one, dict) else getattr(one, name) for name, _, word in pairs}
        for one in lines
    ]


@schedule.command("waiting", example="anjuan schedule waiting --class YH·04")
@option("--class", "class_code", help="只列这一类 / This class only")
@option("--limit", type=LIMIT, default=100, show_default=True, help="最多几行 / At most so many lines")
@acting(Act.SCHEDULE_SEE, reads=True)
@listing(*WAITING)
def waiting(unit: Unit, class_code: str | None, limit: int) -> Sequence[object]:
    """与现行期限表不一致、待重新标注的。 / What stands otherwise than the schedule in force, waiting to be re-marked."""
    found = remarking.waiting(unit, class_code=class_code, limit=limit)
    if len(found) == limit:
        note("schedule.shortened", shown=limit, whole=remarking.count(unit, class_code=class_code))
    return found


@schedule.command("remark", example="anjuan schedule remark --class YH·04 --reason 按2026.2版缩短\nanjuan schedule remark K001-… --reason 核对无误")  # fmt: skip
@argument("codes", nargs=-1, help="档号 / Reference codes")
@option("--file", "file", help="每行一个档号的文件，- 为标准输入 / File with a code a line, - for standard input")  # fmt: skip
@option("--class", "class_code", help="这一类中所有可以标注的 / All of this class that may be re-marked")
@option("--reason", required=True, help=REASON)
@acting(Act.SCHEDULE_REMARK)
def remark(unit: Unit, codes: Sequence[str], file: str | None, class_code: str | None, reason: str) -> None:
    """按现行期限表重新标注；已期满、冻结、已有结论的除外。 / Re-mark by the schedule in force, but for what expired, is held or decided."""
    if class_code is not None and (codes or file):
        raise BadValue(field="codes", value=codes[0] if codes else file, expected="--class | codes")
    if class_code is not None:
        made = remarking.remark_class(unit, class_code, reason=reason)
    else:
        made = remarking.remark(unit, some(codes, file), reason=reason)
    tell(Act.SCHEDULE_REMARK, schedule_remarked=made.count, schedule_left=made.left)


@schedule.command("history", example="anjuan schedule history K001-…")
@argument("code", help="档号 / Reference code")
@acting(Act.SCHEDULE_SEE, reads=True)
@listing(*MARKS)
def history(unit: Unit, code: str) -> Sequence[object]:
    """一卷或一件历次改定的保管期限；档号不变。 / Every change of a record's period; its reference code stays."""
    return remarking.history(unit, code)
