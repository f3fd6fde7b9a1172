"""鉴定意见表 (F21), a sheet for each record, and 鉴定工作报告 (F22) on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archive.forms import ruled
from archive.forms.kinds import Wanted
from archive.forms.page import Align, Block, Break, Facts, Form, Shown, Signatures, Text
from archive.forms.ruled import Ruled, of
from archive.forms.use import confidential
from archive.statuses import Verdict
from archive.unit import Unit
from archive.words import Language, say, spoken
from retention.appraising import report as reports
from retention.appraising import worklist
from retention.appraising.worklist import OpinionRow, Sheet, WorkLine

WORDS = "opinion-sheet"
#: Millimetres to write an opinion in.
WRITE = 22.0
#: What is told of a record, two to a line.
ABOUT = (
    "code", "title", "formed", "creator", "level", "pieces", "period", "start", "expires_on", "uses", "last_used",
    "unfinished", "why",
)  # fmt: skip
LONG = frozenset({"title", "unfinished", "why"})
COLUMNS: tuple[Ruled[OpinionRow], ...] = (
    Ruled("member", 24, of("name")), Ruled("verdict", 22, of("verdict"), Align.CENTRE),
    Ruled("new_period", 28, lambda _, one: "、".join(filter(None, (one.new_period, *one.papers)))),
    Ruled("standard", 16, of("standard"), Align.CENTRE), Ruled("reason", 54, of("reason")),
    Ruled("given_on", 24, of("given_on"), Align.CENTRE), Ruled("signed", 24, ruled.pen),
)  # fmt: skip


def opinions(unit: Unit, wanted: Wanted) -> Form:
    """鉴定意见表 (F21): of every record of an appraisal, or of those whose codes or lines follow its number.

    Only records this person may see; a sheet not decided yet leaves room for the pen. Raises `NotFound`.
    """
    (number, *codes), language = wanted.codes, wanted.language
    sheets = worklist.sheets(unit, number, codes)
    head = sheets[0].number if sheets else number
    return Form(
        kind="f21", title=say("form.f21", language), blocks=list(_blocks(sheets, language)),
        facts=_facts(sheets[0], language) if sheets else (), company=unit.settings.company, number=head,
        values={"number": head}, tables={"lines": [_told(sheet, language) for sheet in sheets]}, language=language,
        shown=Shown(confidential=confidential(unit)),
    )  # fmt: skip


def _facts(sheet: Sheet, language: Language) -> list[tuple[str, str]]:
    told = {"number": sheet.number, "nth": str(sheet.line.nth)}
    return [(_say(name, language), one) for name, one in told.items()]


def _blocks(sheets: Sequence[Sheet], language: Language) -> Iterator[Block]:
    if not sheets:
        yield Text(say("word.none", language))
    for nth, sheet in enumerate(sheets):
        if nth:
            yield Break(_facts(sheet, language))
        yield from _sheet(sheet, language)


def _sheet(sheet: Sheet, language: Language) -> Iterator[Block]:
    told = _about(sheet.line, language)
    yield Facts(
        [(_say(name, language), told[name]) for name in ABOUT],
        wide=frozenset(_say(name, language) for name in LONG),
    )
    counting = [one for one in sheet.opinions if one.counts]
    yield ruled.table(
        COLUMNS,
        counting,
        language,
        over="opinions",
        words=WORDS,
        blank=0 if sheet.decided_on else max(0, 3 - len(counting)),
    )
    reason = _say("reason", language)
    ends = [(_say("decision", language), _decision(sheet, language)), (reason, sheet.reason)]
    yield Facts(ends, across=1, tall={} if sheet.decided_on else {reason: WRITE})
    decided = spoken(sheet.decided_on, language) if sheet.decided_on else ""
    if sheet.leader:
        yield Text(_say("decided", language, leader=sheet.leader, on=decided))
    members = [_say("member", language)] * max(2, len(counting))
    yield Signatures([*members, _say("leader", language)])


def _about(line: WorkLine, language: Language) -> dict[str, str]:
    told: dict[str, object] = {name: getattr(line, name, "") for name in ABOUT}
    told |= {
        "pieces": _say("counted", language, items=line.items, pages=line.pages),
        "why": line.why(language), "unfinished": line.unfinished or _say("settled", language),
    }  # fmt: skip
    return {name: ruled.written(one, language) for name, one in told.items()}


def _decision(sheet: Sheet, language: Language) -> str:
    """What was decided; before that every verdict with a box to tick."""
    line = sheet.line
    if line.verdict is not None:
        return " ".join(filter(None, (spoken(line.verdict, language), line.new_period)))
    return "　".join(f"□ {spoken(verdict, language)}" for verdict in Verdict)


def _told(sheet: Sheet, language: Language) -> dict[str, str]:
    """A sheet as an office's own template reads it."""
    own = {
        "number": sheet.number,
        "decision": _decision(sheet, language),
        "reason": sheet.reason,
        "leader": sheet.leader,
    }
    return {**_about(sheet.line, language), **own}


def _say(name: str, language: Language, **facts: object) -> str:
    return say(f"{WORDS}.{name}", language, **facts)


def report(unit: Unit, wanted: Wanted) -> Form:
    """鉴定工作报告 (F22) of a closed appraisal; filing it is another act. Raises `ReportTooEarly`, `NotFound`."""
    form = reports.described(unit, wanted.codes[0], wanted.language)
    form.shown.confidential = confidential(unit)
    return form
