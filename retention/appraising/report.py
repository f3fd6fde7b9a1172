"""鉴定工作报告 (F22): made from a closed appraisal as a Word file, and kept for ever with the archive's own papers (V20).

Titles and words stand in it only for what is at 内部 or below and holds no personal data (decision 10). It is filed
at the level of the highest record it names, so that it tells nobody of what he may not see (decision 6).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.acts import Act
from archive.durable import NewFile
from archive.errors import FileMissing, InsideInstance, ReportTooEarly
from archive.model import Appraisal, Item, RecordClass, Volume
from archive.statuses import AppraisalState, Verdict
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Level, Role
from archive.volumes import prospect
from archive.words import say, spoken
from retention import filing
from retention.appraising import appraisal, deciding, opinions, panel, standards, worklist
from retention.appraising.opinions import Judged
from retention.appraising.worklist import WorkLine
from retention.paper import Table, report

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
    unit.look(Act.APPRAISAL_SEE)
    made = appraisal.one(unit, number)
    if made.state is not AppraisalState.CLOSED:
        raise ReportTooEarly(number=made.number, state=made.state, act=Act.APPRAISAL_SEE)
    every = appraisal.lines(unit, made)
    shown = appraisal.seen(unit, every)
    records = [record for _, record in shown]
    unit.listed(Act.APPRAISAL_SEE, records)
    entries = _entries(unit, made, opinions.judged(unit, made, shown))
    body = _written(unit, made, entries)
    if made.report_uid is None and len(shown) == len(every):
        _file(unit, made, body, max(record.level for record in records))
    filed = unit.session.get(Item, made.report_uid) if made.report_uid else None
    seen = filed is not None and unit.may(Act.RECORD_SEE, filed)
    return Made(made.number, body, len(entries), filed.reference_code if filed and seen else "")


def save(unit: Unit, body: bytes, target: Path) -> Path:
    """Write *body* to *target*, a new file only its owner reads.

    Raises `InsideInstance`, `FileMissing` (no such folder), `TargetExists`, `DiskFull`, `StorageFailed`.
    """
    if target.resolve().is_relative_to(unit.vault.folder.resolve().parent):
        raise InsideInstance(path=str(target))
    if not target.parent.is_dir():
        raise FileMissing(path=str(target.parent))
    with NewFile(target.with_name(f".{target.name}.part"), points="export") as file:
        file.write(body)
        file.keep(target)
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


def _written(unit: Unit, made: Appraisal, entries: Sequence[Entry]) -> bytes:
    title = _say(unit, "title", year=made.year, number=made.number)
    facts = [(_say(unit, f"{name}-label"), told) for name, told in _facts(unit, made, entries).items()]
    tables = [_results(unit, entries), _reasons(unit, entries), _list(unit, entries)]
    signers = [_say(unit, "leader"), *(_say(unit, "member") for _ in panel.seats(unit, made))]
    return report(title, facts, tables, [*signers, _say(unit, "approver")])


def _facts(unit: Unit, made: Appraisal, entries: Sequence[Entry]) -> dict[str, str]:
    """依据与标准, 方法, 组成人员, 范围与数量, 结果, 附件."""
    said = appraisal.told(unit, made)
    used = sorted({code for entry in entries for code in entry.standards})
    scope = {"as_of": made.as_of, "class_code": made.class_code or "—", "department": made.department or "—"}
    return {
        "basis": said.get("basis") or _say(unit, "basis"),
        "standards": "、".join(used) or "—",
        "method": _say(unit, "method"),
        "panel": _panel(unit, made),
        "scope": _say(unit, "scope", **scope, **_size(entries)),
        "dates": _say(
            unit, "dates", begun=worklist.day(unit, made.begun_at),
            closed=worklist.day(unit, made.closed_at) if made.closed_at else None,
        ),
    }  # fmt: skip


def _panel(unit: Unit, made: Appraisal) -> str:
    """The leader, and who sat on each seat in turn."""
    by_seat: dict[int, list[str]] = {}
    for member, person in panel.everybody(unit, made):
        by_seat.setdefault(member.seat, []).append(panel.name(unit, person.uid))
    sat = "、".join(" → ".join(names) for _, names in sorted(by_seat.items()))
    return _say(unit, "panel", leader=panel.name(unit, made.leader_uid) or "—", members=sat or "—")


def _size(entries: Sequence[Entry], verdict: Verdict | None = None) -> dict[str, int]:
    meant = [entry.line for entry in entries if verdict is None or entry.line.verdict is verdict]
    return {
        "records": len(meant), "items": sum(line.items for line in meant), "pages": sum(line.pages for line in meant),
    }  # fmt: skip


def _results(unit: Unit, entries: Sequence[Entry]) -> Table:
    """结果汇总: how much of each verdict."""
    rows = [
        (_spoken(unit, verdict), *(str(count) for count in _size(entries, verdict).values()))
        for verdict in Verdict
    ]
    return Table(_say(unit, "results"), _columns(unit, "verdict", "records", "items", "pages"), rows)


def _reasons(unit: Unit, entries: Sequence[Entry]) -> Table:
    """销毁原因分析: which standard texts let records go, how often; what was said freely is on the list."""
    gone = [entry for entry in entries if entry.line.verdict in {Verdict.DESTROY, Verdict.TAKE_OUT}]
    counted = Counter(code for entry in gone for code in entry.standards)
    free = sum(not entry.standards for entry in gone)
    rows = [(code, _standard(unit, code), str(many)) for code, many in sorted(counted.items())]
    if free:
        rows.append(("—", _say(unit, "own-words"), str(free)))
    return Table(_say(unit, "reasons"), _columns(unit, "standard", "text", "records"), rows)


def _standard(unit: Unit, code: str) -> str:
    return standards.all_of()[code].told(unit.settings.tongue)


def _list(unit: Unit, entries: Sequence[Entry]) -> Table:
    """鉴定清册: every line."""
    names = (
        "nth", "code", "title", "formed", "level", "period", "expires", "pieces", "uses", "decision", "reason",
    )  # fmt: skip
    return Table(_say(unit, "list"), _columns(unit, *names), _rows(unit, entries))


def _rows(unit: Unit, entries: Sequence[Entry]) -> Iterator[Sequence[str]]:
    for place, entry in enumerate(entries, 1):
        line = entry.line
        decision = " ".join(filter(None, (_spoken(unit, line.verdict), line.new_period)))
        yield (
            str(place), line.code, line.title if entry.open_ else _say(unit, "title-left-out"), line.formed,
            _spoken(unit, line.level), line.period, _spoken(unit, line.expires_on), f"{line.items} / {line.pages}",
            str(line.uses), decision, " ".join(filter(None, (*entry.standards, entry.reason))),
        )  # fmt: skip


def _columns(unit: Unit, *names: str) -> list[str]:
    return [_say(unit, f"column-{name}") for name in names]


def _spoken(unit: Unit, thing: object) -> str:
    return spoken(thing, unit.settings.tongue)


def _say(unit: Unit, key: str, **facts: object) -> str:
    return say(f"appraisal-report.{key}", unit.settings.tongue, **facts)
