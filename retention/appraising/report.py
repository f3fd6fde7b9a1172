"""鉴定工作报告 (F22): made from a closed appraisal as a Word file, and kept for ever with the archive's own papers (V20).

Titles and words stand in it only for what is at 内部 or below and holds no personal data (decision 10). It is filed
at the level of the highest record it names, so that it tells nobody of what he may not see (decision 6).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.acts import Act
from archive.durable import handed_out
from archive.errors import ReportTooEarly
from archive.forms.docx import docx
from archive.forms.page import Align, Block, Column, Form, Orientation, Signatures, Table, Text
from archive.model import Appraisal, AppraisalLine, Item, RecordClass, Volume
from archive.statuses import AppraisalState, Verdict
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Level, Role
from archive.volumes import prospect
from archive.words import Language, say, spoken
from retention import filing
from retention.appraising import appraisal, deciding, opinions, panel, standards, worklist
from retention.appraising.appraisal import Line
from retention.appraising.opinions import Judged
from retention.appraising.worklist import WorkLine

#: Who files the report of an appraisal.
FILERS = (Role.ARCHIVIST, Role.GM_SECRETARY)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line as the report tells it: *open_* is False where title and reason may not stand."""

    line: WorkLine
    open_: bool
    standards: list[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Made:
    """A report drawn up: its bytes, the item it is filed as, if it is."""

    number: str
    body: bytes
    lines: int
    filed: str


def draw(unit: Unit, number: str) -> Made:
    """The report of a closed appraisal, over the lines this person may see; filed if he is the one to do that.

    An archivist or the secretary who sees every line files it, once. Raises `ReportTooEarly`, `NotFound`.
    """
    made, every, shown = _read(unit, number)
    entries = _entries(unit, made, opinions.judged(unit, made, shown))
    body = docx(_form(unit, made, entries, unit.settings.tongue))
    if made.report_uid is None and len(shown) == len(every):
        _file(unit, made, body, max(record.level for _, record in shown))
    filed = unit.session.get(Item, made.report_uid) if made.report_uid else None
    seen = filed is not None and unit.may(Act.RECORD_SEE, filed)
    return Made(made.number, body, len(entries), filed.reference_code if filed and seen else "")


def described(unit: Unit, number: str, language: Language) -> Form:
    """The same report as a paper, over the lines this person may see; nothing is filed.

    Raises `ReportTooEarly`, `NotFound`.
    """
    made, _, shown = _read(unit, number)
    return _form(unit, made, _entries(unit, made, opinions.judged(unit, made, shown)), language)


def _read(unit: Unit, number: str) -> tuple[Appraisal, Sequence[AppraisalLine], Sequence[Line]]:
    """A closed appraisal, its lines, and those this person may see; judged and told the log."""
    unit.look(Act.APPRAISAL_SEE)
    made = appraisal.one(unit, number)
    if made.state is not AppraisalState.CLOSED:
        raise ReportTooEarly(number=made.number, state=made.state, act=Act.APPRAISAL_SEE)
    every = appraisal.lines(unit, made)
    shown = appraisal.seen(unit, every)
    unit.listed(Act.APPRAISAL_SEE, [record for _, record in shown])
    return made, every, shown


def save(unit: Unit, body: bytes, target: Path) -> Path:
    """Write *body* to *target*, a new file only its owner reads.

    Raises `InsideInstance`, `FileMissing` (no such folder), `TargetExists`, `DiskFull`, `StorageFailed`.
    """
    with handed_out(target, unit.home) as file:
        file.write(body)
    return target


def _file(unit: Unit, made: Appraisal, body: bytes, highest: Level) -> None:
    """Keep the report with the archive's own papers, if this person may."""
    rule = unit.session.get_one(RecordClass, filing.CLASS)
    level = max(rule.level, highest)
    future = prospect(rule, filing.matter(unit, level))
    if not unit.actor.has(*FILERS) or not unit.may(Act.ITEM_FILE, future):
        return
    title = say("appraisal-report.title", unit.settings.tongue, year=made.year, number=made.number)
    kept = filing.keep(unit, title=title, name=f"{made.number}.docx", body=body, level=level)
    made.report_uid = kept.uid
    unit.session.flush()


# --- what it says ---------------------------------------------------------------------------------


def _entries(unit: Unit, made: Appraisal, found: Sequence[Judged]) -> list[Entry]:
    lines = worklist.lines_of(unit, made, found)
    return [_entry(unit, one, line) for one, line in zip(found, lines, strict=True)]


def _entry(unit: Unit, one: Judged, line: WorkLine) -> Entry:
    """A line with the standards its opinions used, and its reason in words where words may stand."""
    open_ = _open(one.record)
    alike = [given for given in one.given.values() if given.verdict is one.line.verdict]
    codes = sorted({given.standard for given in alike if given.standard})
    reason = deciding.reason(unit, one.record, one.line.uid, one.line.card) if open_ else ""
    if open_ and not reason and not codes:
        told = (str(opinions.words(unit, one.record, given).get("reason", "")) for given in alike)
        reason = "；".join(dict.fromkeys(filter(None, told)))
    return Entry(line, open_, codes, reason)


def _open(record: Volume | Item) -> bool:
    """True if title and words of *record* may stand in a paper that outlives it (decision 10)."""
    return record.level < CONFIDENTIAL and not record.personal


def _form(unit: Unit, made: Appraisal, entries: Sequence[Entry], language: Language) -> Form:
    title = _say(language, "title", year=made.year, number=made.number)
    facts = _facts(unit, made, entries, language)
    blocks: list[Block] = []
    for name, told in facts.items():
        blocks += [Text(_say(language, f"{name}-label"), heading=True), Text(told)]
    tables = (_results(entries, language), _reasons(entries, language), _list(entries, language))
    blocks += [table for table in tables if table.rows]
    signers = [_say(language, "leader"), *(_say(language, "member") for _ in panel.seats(unit, made))]
    return Form(
        kind="f22", title=title, blocks=[*blocks, Signatures([*signers, _say(language, "approver")])],
        orientation=Orientation.LANDSCAPE, company=unit.settings.company, number=made.number, values=facts,
        tables={name: _named(table) for name, table in zip(("results", "reasons", "lines"), tables, strict=True)},
        language=language,
    )  # fmt: skip


def _named(table: Table) -> list[dict[str, str]]:
    """The rows as an office's own template reads them: by their headings."""
    heads = [column.heading for column in table.columns]
    return [dict(zip(heads, row, strict=True)) for row in table.rows]


def _facts(unit: Unit, made: Appraisal, entries: Sequence[Entry], language: Language) -> dict[str, str]:
    """依据与标准, 方法, 组成人员, 范围与数量, 结果, 附件."""
    said = appraisal.told(unit, made)
    used = sorted({code for entry in entries for code in entry.standards})
    scope = {"as_of": made.as_of, "class_code": made.class_code or "—", "department": made.department or "—"}
    return {
        "basis": said.get("basis") or _say(language, "basis"),
        "standards": "、".join(used) or "—",
        "method": _say(language, "method"),
        "panel": _panel(unit, made, language),
        "scope": _say(language, "scope", **scope, **_size(entries)),
        "dates": _say(
            language, "dates", begun=worklist.day(unit, made.begun_at),
            closed=worklist.day(unit, made.closed_at) if made.closed_at else None,
        ),
    }  # fmt: skip


def _panel(unit: Unit, made: Appraisal, language: Language) -> str:
    """The leader, and who sat on each seat in turn."""
    by_seat: dict[int, list[str]] = {}
    for member, person in panel.everybody(unit, made):
        by_seat.setdefault(member.seat, []).append(panel.name(unit, person.uid))
    sat = "、".join(" → ".join(names) for _, names in sorted(by_seat.items()))
    return _say(language, "panel", leader=panel.name(unit, made.leader_uid) or "—", members=sat or "—")


def _size(entries: Sequence[Entry], verdict: Verdict | None = None) -> dict[str, int]:
    meant = [entry.line for entry in entries if verdict is None or entry.line.verdict is verdict]
    return {
        "records": len(meant), "items": sum(line.items for line in meant), "pages": sum(line.pages for line in meant),
    }  # fmt: skip


def _results(entries: Sequence[Entry], language: Language) -> Table:
    """结果汇总: how much of each verdict."""
    rows = [
        (spoken(verdict, language), *(str(count) for count in _size(entries, verdict).values()))
        for verdict in Verdict
    ]
    return _table(language, "results", {"verdict": 40, "records": 25, "items": 25, "pages": 25}, rows)


def _reasons(entries: Sequence[Entry], language: Language) -> Table:
    """销毁原因分析: which standard texts let records go, how often; what was said freely is on the list."""
    gone = [entry for entry in entries if entry.line.verdict in {Verdict.DESTROY, Verdict.TAKE_OUT}]
    counted = Counter(code for entry in gone for code in entry.standards)
    free = sum(not entry.standards for entry in gone)
    rows = [
        (code, standards.all_of()[code].told(language), str(many)) for code, many in sorted(counted.items())
    ]
    if free:
        rows.append(("—", _say(language, "own-words"), str(free)))
    return _table(language, "reasons", {"standard": 20, "text": 200, "records": 25}, rows)


#: The columns of the list, as wide as each needs on a sheet that lies.
_LIST = {
    "nth": 10, "code": 46, "title": 52, "formed": 24, "level": 13, "period": 17, "expires": 22, "pieces": 17,
    "uses": 13, "decision": 22, "reason": 40,
}  # fmt: skip


def _list(entries: Sequence[Entry], language: Language) -> Table:
    """鉴定清册: every line."""
    return _table(language, "list", _LIST, list(_rows(entries, language)), dense=True)


def _rows(entries: Sequence[Entry], language: Language) -> Iterator[Sequence[str]]:
    for place, entry in enumerate(entries, 1):
        line = entry.line
        decision = " ".join(filter(None, (spoken(line.verdict, language), line.new_period)))
        yield (
            str(place), line.code, line.title if entry.open_ else _say(language, "title-left-out"), line.formed,
            spoken(line.level, language), line.period, spoken(line.expires_on, language),
            f"{line.items} / {line.pages}", str(line.uses), decision,
            " ".join(filter(None, (*entry.standards, entry.reason))),
        )  # fmt: skip


#: What is a number, and so stands to the right.
_NUMBERS = frozenset({"nth", "records", "items", "pages", "pieces", "uses"})


def _table(
    language: Language, heading: str, columns: Mapping[str, int], rows: Sequence[Sequence[str]], *, dense: bool = False
) -> Table:  # fmt: skip
    named = [
        Column(_say(language, f"column-{name}"), wide, Align.RIGHT if name in _NUMBERS else Align.LEFT)
        for name, wide in columns.items()
    ]
    return Table(named, rows, heading=_say(language, heading), dense=dense)


def _say(language: Language, key: str, **facts: object) -> str:
    return say(f"appraisal-report.{key}", language, **facts)
