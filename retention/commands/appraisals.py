"""鉴定 at the command line: begun, worked on by the panel, decided and closed by its leader, reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, PAIR, Named, acting, argument, listing, note, option, showing, tell
from archive.clikit.scans import scanned, some
from archive.errors import BadValue
from archive.statuses import AppraisalState, Unfinished, Verdict
from retention.appraising import appraisal as campaign
from retention.appraising import deciding, opinions, panel, report, standards, worklist
from retention.appraising.unfinished import BY_HAND

if TYPE_CHECKING:
    from archive.unit import Unit
    from retention.appraising.opinions import Done
    from retention.appraising.worklist import WorkLine

NUMBER = "鉴定批次号 / Number of the appraisal"
LINES = "档号或行号 / Reference codes, or numbers of lines"
FILE = "每行一个档号的文件，- 为标准输入 / File with a code a line, - for standard input"
VERDICT = Named(Verdict)
PERIOD = option("--period", default="", help="延长：新期限，如 D10 / Extend: the new period, D10")
PAPERS = option(
    "--paper",
    "papers",
    type=PAIR,
    multiple=True,
    help="抽出单立：卷内文件档号=期限，可多次 / Take out: code of a paper=period; may be repeated",
)
STANDARD = option("--standard", default="", help="标准条款编号 / Code of a standard text")
REASON = option(
    "--reason", default="", help="理由（未用标准条款时必填） / Reason, needed without a standard text"
)
MATTER = Named(Unfinished, but=set(Unfinished) - BY_HAND)
ROW = (
    "number:appraisal_number", "year", "as_of", "class_code", "department", "state", "leader", "members",
    "lines:appraisal_lines", "decided", "begun_on", "begun_by:appraisal_begun_by", "closed_on", "report", "basis",
    "cancelled:appraisal_cancelled",
)  # fmt: skip
WORK = (
    "nth", "code", "title", "creator", "formed", "level", "period:appraisal_period", "start",
    "expires_on:appraisal_expires", "why:appraisal_why", "items", "pages", "uses", "last_used", "unfinished",
    "opinions", "awaited", "progress", "verdict", "new_period", "by_leader",
)  # fmt: skip
SHEET = ("number:appraisal_number", *WORK, "decided_on", "leader", "reason")
OPINION = (
    "seat", "account", "name", "verdict", "new_period", "papers:appraisal_papers", "standard", "reason", "given_on",
    "counts",
)  # fmt: skip


@clikit.group("appraisal")
def appraisal() -> None:
    """鉴定。 / Appraisal."""


# --- seeing ---------------------------------------------------------------------------------------


@appraisal.command("list", example="anjuan appraisal list --state open")
@option("--year", type=int, help="哪一年的 / Of which year")
@option("--state", type=Named(AppraisalState), help="只列这一状态的 / Only those in this state")
@acting(Act.APPRAISAL_SEE, reads=True)
@listing(*ROW)
def list_(unit: Unit, year: int | None, state: AppraisalState | None) -> Sequence[object]:
    """各次鉴定。 / The appraisals."""
    return worklist.rows(unit, year=year, state=state)


@appraisal.command("show", example="anjuan appraisal show JD2026-0001\nanjuan appraisal show JD2026-0001 17")
@argument("number", help=NUMBER)
@argument("line", required=False, help="档号或行号：该卷的鉴定意见表 / Code or number of a line: its sheet")
@acting(Act.APPRAISAL_SEE, reads=True)
@showing()
def show(unit: Unit, number: str, line: str | None) -> object:
    """一次鉴定；或其中一卷（件）的鉴定意见表。 / One appraisal, or the appraisal sheet of one of its records (F21)."""
    if line is None:
        return _named(asdict(worklist.show(unit, number)), ROW)
    sheet = worklist.sheet(unit, number, line)
    row = {**_row(sheet.line), "number": sheet.number, "leader": sheet.leader}
    row |= {"decided_on": sheet.decided_on, "reason": sheet.reason}
    return _named(row, SHEET) | {"opinions": sheet.opinions}


@appraisal.command(
    "work", example="anjuan appraisal work JD2026-0001 --mine\nanjuan appraisal work JD2026-0001 --csv"
)
@argument("number", help=NUMBER)
@option("--mine", is_flag=True, help="只列我尚未提意见的 / Only those that lack my opinion")
@option("--open", "undecided", is_flag=True, help="只列未作结论的 / Only those not decided")
@option("--disputed", is_flag=True, help="只列意见不一致的 / Only those on which the members differ")
@acting(Act.APPRAISAL_SEE, reads=True)
@listing(*WORK)
def work(unit: Unit, number: str, *, mine: bool, undecided: bool, disputed: bool) -> Sequence[object]:
    """鉴定工作表：每卷的期限、到期原因、利用、未了事项和各人意见。 / The worklist: period, why it is due, use, what is unfinished, every opinion."""
    found = worklist.work(unit, number, mine=mine, undecided=undecided, disputed=disputed)
    return [_row(line) for line in found]


@appraisal.command("opinions", example="anjuan appraisal opinions JD2026-0001 17")
@argument("number", help=NUMBER)
@argument("line", help="档号或行号 / Code or number of a line")
@acting(Act.APPRAISAL_SEE, reads=True)
@listing(*OPINION)
def opinions_(unit: Unit, number: str, line: str) -> Sequence[object]:
    """一卷（件）的历次意见，含已被替换的。 / Every opinion on one record, replaced ones too."""
    return worklist.opinion_rows(unit, number, line)


@appraisal.command("members", example="anjuan appraisal members JD2026-0001")
@argument("number", help=NUMBER)
@acting(Act.APPRAISAL_SEE, reads=True)
@listing("seat", "account", "name", "leader", "since:since_when", "until:until_when", "opinions")
def members(unit: Unit, number: str) -> Sequence[object]:
    """鉴定小组：现任与前任。 / The panel: who sits on it, and who did."""
    return worklist.members(unit, number)


@appraisal.command("standards", example="anjuan appraisal standards --verdict destroy")
@option("--verdict", type=VERDICT, help="适用于哪种意见 / Those that fit this verdict")
@acting(Act.APPRAISAL_SEE, reads=True)
@listing("code:standard", "verdicts", "text:standard_text", "clause")
def standards_(unit: Unit, verdict: Verdict | None) -> Sequence[object]:
    """鉴定标准条款，提意见时可用其编号作理由。 / The standard texts; an opinion may give one as its reason."""
    unit.look(Act.APPRAISAL_SEE)
    language = clikit.desk().language
    return [
        {"code": one.code, "verdicts": list(one.verdicts), "text": one.told(language), "clause": one.clause}
        for one in standards.fitting(verdict)
    ]


# --- beginning, more, fewer -----------------------------------------------------------------------


@appraisal.command(
    "begin",
    example="anjuan appraisal begin --leader chu --member zheng --member zhou --basis 总经理批准的年度计划",
)
@argument(
    "codes", nargs=-1, help="只鉴定这些档号；不写则列入全部到期的 / Only these records; none: everything due"
)
@option("--file", "file", help=FILE)
@option("--year", type=int, help="鉴定年度，默认今年 / Year of the appraisal, this one if not said")
@option("--as-of", type=DAY, help="截至哪一天到期，默认今天 / Due by this day, today if not said")
@option("--class", "class_code", default="", help="类别或类别组 / Class or group of classes")
@option("--department", default="", help="部门 / Department")
@option("--leader", help="组长账号 / Account of the leader")
@option("--member", "members", multiple=True, help="成员账号，可多次 / Account of a member; may be repeated")
@option("--basis", default="", help="依据 / What it rests on")
@acting(Act.APPRAISAL_BEGIN)
def begin(unit: Unit, codes: Sequence[str], file: str | None, **given: Any) -> None:
    """开始一次鉴定，列入到期的档案。 / Begin an appraisal of what is due."""
    made = campaign.begin(unit, codes=some(codes, file) if codes or file else (), **given)
    row = worklist.show(unit, made.number)
    tell(
        Act.APPRAISAL_BEGIN,
        appraisal_number=made.number,
        appraisal_lines=row.lines,
        leader=row.leader,
        members=row.members,
    )
    note("next.appraisal-begun", number=made.number)


@appraisal.command("add", example="anjuan appraisal add JD2026-0001 K001-…")
@argument("number", help=NUMBER)
@argument("codes", nargs=-1, help="档号 / Reference codes")
@option("--file", "file", help=FILE)
@acting(Act.APPRAISAL_ADD)
def add(unit: Unit, number: str, codes: Sequence[str], file: str | None) -> None:
    """加列档案；未到期的只能延长、改为永久或移交，不能销毁。 / Take up more records; what is not due yet may be kept longer, never destroyed."""
    tell(Act.APPRAISAL_ADD, appraisal_number=number, count=campaign.add(unit, number, some(codes, file)))


@appraisal.command("remove", example="anjuan appraisal remove JD2026-0001 17 --reason 列入有误")
@argument("number", help=NUMBER)
@argument("lines", nargs=-1, help=LINES)
@option("--file", "file", help=FILE)
@option("--reason", required=True, help="理由 / Reason")
@acting(Act.APPRAISAL_REMOVE)
def remove(unit: Unit, number: str, lines: Sequence[str], file: str | None, reason: str) -> None:
    """移出未作结论的档案。 / Take undecided lines off."""
    count = campaign.remove(unit, number, some(lines, file), reason=reason)
    tell(Act.APPRAISAL_REMOVE, appraisal_number=number, count=count)


@appraisal.command("appoint", example="anjuan appraisal appoint JD2026-0001 --member wei --replaces zhou")
@argument("number", help=NUMBER)
@option("--leader", help="组长账号 / Account of the leader")
@option("--member", "members", multiple=True, help="成员账号，可多次 / Account of a member; may be repeated")
@option(
    "--replaces", help="接替哪位成员的席位，前任意见保留 / Whose seat the member takes; earlier opinions stay"
)
@acting(Act.APPRAISAL_APPOINT)
def appoint(unit: Unit, number: str, **given: Any) -> None:
    """指派组长、成员，或中途换人。 / Name the leader or members, or replace one midway."""
    panel.appoint(unit, campaign.one(unit, number), **given)
    row = worklist.show(unit, number)
    tell(Act.APPRAISAL_APPOINT, appraisal_number=row.number, leader=row.leader, members=row.members)


# --- opinions -------------------------------------------------------------------------------------


@appraisal.command(
    "opine",
    example=(
        "anjuan appraisal opine JD2026-0001 --verdict destroy --standard S1 --all-open\n"
        "anjuan appraisal opine JD2026-0001 3 7 --verdict extend --period D10 --reason 诉讼可能再起\n"
        "anjuan appraisal opine JD2026-0001 9 --verdict take_out --paper K001-…-003=Y --standard P1"
    ),
)
@argument("number", help=NUMBER)
@argument("lines", nargs=-1, help=LINES)
@option("--file", "file", help=FILE)
@option(
    "--all-open",
    "every_open",
    is_flag=True,
    help="所有未决且我未提意见的 / Every undecided line that lacks my opinion",
)
@option("--verdict", type=VERDICT, required=True, help="意见 / Opinion")
@PERIOD
@PAPERS
@STANDARD
@REASON
@option(
    "--unfinished",
    type=MATTER,
    multiple=True,
    help="标注未了事项，可多次 / Flag an unfinished matter; may be repeated",
)
@acting(Act.APPRAISAL_OPINE)
def opine(unit: Unit, number: str, lines: Sequence[str], file: str | None, **given: Any) -> None:
    """提出鉴定意见；后提的替换先提的，先提的仍保留。 / Give an opinion; a later one replaces an earlier, which stays on record."""
    codes = scanned(lines, file) if given["every_open"] else some(lines, file)
    done = opinions.opine(unit, number, codes, **{**given, "papers": dict(given["papers"])})
    tell(
        Act.APPRAISAL_OPINE,
        appraisal_number=number,
        verdict=given["verdict"],
        count=done.count,
        left=len(done.left) or None,
    )
    _why_left(done)


@appraisal.command("settle", example="anjuan appraisal settle JD2026-0001 17 --matter debt --reason 已收讫")
@argument("number", help=NUMBER)
@argument("lines", nargs=-1, help=LINES)
@option("--file", "file", help=FILE)
@option("--matter", type=MATTER, required=True, help="已了结的事项 / The matter that is settled")
@option("--reason", required=True, help="如何了结 / How it was settled")
@acting(Act.APPRAISAL_OPINE)
def settle(
    unit: Unit, number: str, lines: Sequence[str], file: str | None, matter: Unfinished, reason: str
) -> None:
    """销注成员标注的未了事项。 / Take off what a member flagged as unfinished."""
    count = opinions.settle(unit, number, some(lines, file), matter, reason=reason)
    note("told.appraisal-settled", number=number, matter=matter, count=count)


# --- deciding, ending -----------------------------------------------------------------------------


@appraisal.command(
    "decide",
    example=(
        "anjuan appraisal decide JD2026-0001 --agreed\n"
        "anjuan appraisal decide JD2026-0001 17 --verdict extend --period D10 --reason 从长"
    ),
)
@argument("number", help=NUMBER)
@argument("lines", nargs=-1, help=LINES)
@option("--file", "file", help=FILE)
@option("--agreed", is_flag=True, help="意见一致的全部作结论 / Decide everything on which all members agree")
@option("--verdict", type=VERDICT, help="组长的结论 / The leader's verdict")
@PERIOD
@PAPERS
@STANDARD
@REASON
@acting(Act.APPRAISAL_DECIDE)
def decide(
    unit: Unit,
    number: str,
    lines: Sequence[str],
    file: str | None,
    *,
    agreed: bool,
    verdict: Verdict | None,
    **given: Any,
) -> None:
    """组长作结论：一致的集中办，不一致的逐条裁定。 / The leader decides: agreed lines together, the others one by one."""
    codes = scanned(lines, file)
    if agreed != (verdict is None) or (agreed and codes):
        raise BadValue(field="verdict", value=verdict or "—", expected="--agreed | --verdict")
    if verdict is None:
        done = deciding.decide_agreed(unit, number)
    else:
        ruled = {**given, "papers": dict(given["papers"])}
        done = opinions.Done(deciding.decide(unit, number, codes, verdict=verdict, **ruled))
    tell(
        Act.APPRAISAL_DECIDE,
        appraisal_number=number,
        verdict=verdict,
        count=done.count,
        left=len(done.left) or None,
    )
    _why_left(done)
    if not done.left:
        note("next.appraisal-decided", number=number)


@appraisal.command("close", example="anjuan appraisal close JD2026-0001")
@argument("number", help=NUMBER)
@acting(Act.APPRAISAL_CLOSE)
def close(unit: Unit, number: str) -> None:
    """组长结束鉴定，此后方可据以销毁或移交。 / The leader closes it; only then may its verdicts be carried out."""
    tell(Act.APPRAISAL_CLOSE, appraisal_number=campaign.close(unit, number).number)
    note("next.appraisal-closed", number=number)


@appraisal.command("cancel", example="anjuan appraisal cancel JD2026-0001 --reason 范围有误，另行开始")
@argument("number", help=NUMBER)
@option("--reason", required=True, help="理由 / Reason")
@acting(Act.APPRAISAL_CANCEL)
def cancel(unit: Unit, number: str, reason: str) -> None:
    """取消尚无结论的鉴定。 / Cancel an appraisal of which nothing was decided."""
    tell(Act.APPRAISAL_CANCEL, appraisal_number=campaign.cancel(unit, number, reason=reason).number)


@appraisal.command("report", example="anjuan appraisal report JD2026-0001 --out 鉴定工作报告.docx")
@argument("number", help=NUMBER)
@option("--out", metavar="FILE", help="另存为此新文件 / Also write it to this new file")
@acting(Act.APPRAISAL_SEE, Act.ITEM_FILE, Act.ITEM_ATTACH)
def report_(unit: Unit, number: str, out: str | None) -> None:
    """鉴定工作报告（DOCX）；档案管理员或秘书生成时归档，永久保存。 / The report as a Word file; filed for ever when the archivist or the secretary makes it."""
    made = report.draw(unit, number)
    path = report.save(unit, made.body, Path(out).expanduser().absolute()) if out else None
    note("told.appraisal-report", number=made.number, count=made.lines)
    if path:
        note("told.appraisal-written", path=path)
    note("told.appraisal-filed" if made.filed else "told.appraisal-not-filed", code=made.filed)


# --- rows -----------------------------------------------------------------------------------------


def _row(line: WorkLine) -> dict[str, Any]:
    language = clikit.desk().language
    names = (column.partition(":")[0] for column in WORK)
    return {name: line.why(language) if name == "why" else getattr(line, name) for name in names}


def _named(row: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    """*row* with the columns in order; for people under their words, for programs under their own names."""
    told = clikit.desk().form == "table"
    pairs = ((column.partition(":")[0], column.rpartition(":")[2]) for column in columns)
    return {word if told else name: row[name] for name, word in pairs}


def _why_left(done: Done) -> None:
    """Which lines of a batch were left, and why."""
    language = clikit.desk().language
    for one in done.left:
        note("told.appraisal-left", code=one.code, why=one.why.message(language))
