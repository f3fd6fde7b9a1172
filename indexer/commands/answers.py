"""The answer to a search as it is shown: drawn for people, flat for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from archive import cells, clikit, printing
from archive.acts import Act
from archive.clikit import note, out
from archive.clikit.front import paper
from archive.words import Language, say
from indexer.facets import Facets
from indexer.narrowing import ANYTHING
from indexer.pages import Row
from indexer.question.tree import Column
from indexer.search import Page, Question

Span = tuple[int, int]

#: The heading of each count: a word of the catalogue.
HEADINGS = {
    Column.KIND: "kind", Column.CLASS: "class_code", Column.FAMILY: "record_family", Column.YEAR: "year",
    Column.LEVEL: "level", Column.DEPARTMENT: "department", Column.PLACE: "place", Column.STATE: "state",
}  # fmt: skip
#: How many values of a fact are shown to people; programs get all.
MOST_VALUES = 20


def shown(found: Page, asked: Question, *, page: int | None) -> list[dict[str, Any]] | None:
    """Show *found* in the form of this run; rows for the printer where it makes them. No *page*: after a token."""
    here = clikit.desk()
    form = here.form
    if form == "json":
        told = _told(found)
        here.done(Act.RECORD_SEARCH, {name: one for name, one in told.items() if name != "rows"})
        if not here.shown(told["rows"], ()):
            out(printing.one_as_json(told, ()))
    if form != "table":
        _counted(found, page)
        return [_flat(row, spans=False) for row in found.rows] if form == "csv" else None
    if found.also:
        note("search.also", words=found.also)
    if found.rows:
        out(_drawn(found.rows, found.offset))
        _counted(found, page, similar=bool(asked.like))
    else:
        _nothing(found, asked, page)
    if found.facets:
        out(_counts(found.facets))
    return None


def _counted(found: Page, page: int | None, *, similar: bool = False) -> None:
    last = found.offset + len(found.rows)
    if similar:
        note("search.resembling", count=len(found.rows))
    elif found.rows:
        note("search.shown", total=found.total, first=found.offset + 1, last=last)
    if found.next and page is None:
        note("search.after", token=found.next)
    elif found.next:
        note("search.more", page=(page or 0) + 1)


def _nothing(found: Page, asked: Question, page: int | None) -> None:
    """What to try when there is nothing to show."""
    if found.total:
        note("search.beyond", total=found.total, page=page)
        return
    note("search.none")
    for one in found.meant:
        note("search.meant", words=one.words(clikit.desk().language), total=one.total)
    if not found.meant:
        note("search.none-hints")
    if found.similar and not found.meant:
        note("search.similar")
        out(_drawn(found.similar, 0))
    if asked.wanted != ANYTHING:
        note("search.none-filters")


# --- for programs -----------------------------------------------------------------------------


def _told(found: Page) -> dict[str, Any]:
    """The whole answer as one object."""
    told: dict[str, Any] = {
        "total": found.total, "offset": found.offset, "next": found.next or None, "also": found.also,
        "rows": [_flat(row, spans=True) for row in found.rows],
        "meant": [{"words": one.words(clikit.desk().language), "total": one.total} for one in found.meant],
        "similar": [_flat(row, spans=True) for row in found.similar],
    }  # fmt: skip
    if found.facets:
        told["facets"] = {
            column.value: [cells.plain(one) for one in many] for column, many in found.facets.items()
        }
    return told


def _flat(row: Row, *, spans: bool) -> dict[str, Any]:
    """A hit for programs; *spans* are places in the texts before them, start and end."""
    told: dict[str, Any] = {
        "kind": row.kind, "code": row.code, "title": row.title, "class_code": row.class_code, "year": row.year,
        "level": row.level, "department": row.department, "dated": row.dated, "use_mode": row.use_mode,
        "state": row.state, "place": row.place, "passage": row.passage.text if row.passage else None,
        "confidence": row.confidence,
    }  # fmt: skip
    if spans:
        told |= {
            "code_spans": row.code_spans,
            "title_spans": row.title_spans,
            "passage_spans": row.passage.spans if row.passage else [],
            "mentions": row.mentions,
        }
    return told


# --- for people -------------------------------------------------------------------------------


def _drawn(rows: Iterable[Row], offset: int) -> str:
    """The hits of a page: code and title, where and what it is, what else is named, the passage that answers."""
    language, sheet = clikit.desk().language, paper()
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for rank, row in enumerate(rows, offset + 1):
        table.add_row(str(rank), Text("\n").join(_lines(row, language, colour=sheet["colour"])))
    return printing.drawn(table, **sheet)


def _lines(row: Row, language: Language, *, colour: bool) -> Iterator[Text]:
    code = marked(row.code, row.code_spans, language, colour=colour)
    code.stylize("bold")
    yield Text.assemble(code, "  ", marked(row.title, row.title_spans, language, colour=colour))
    facts = (row.class_code, row.year, row.level, row.department, row.dated, row.place)
    yield Text(" · ".join(told for fact in facts if (told := cells.cell(fact, language))), style="dim")
    for one in row.mentions:
        label = say(
            "word.labelled", language, label=say(f"search.field.{one.field.value}", language), value=""
        )
        yield Text.assemble((label, "dim"), marked(one.text, one.spans, language, colour=colour))
    if row.passage:
        yield marked(row.passage.text, row.passage.spans, language, colour=colour)
    if row.confidence is not None:
        yield Text(say("search.recognised", language, confidence=row.confidence), style="dim")


def marked(text: str, spans: Sequence[Span], language: Language, *, colour: bool) -> Text:
    """*text* with its matches set off: by colour, or by 【 】 where there is none."""
    safe = cells.cell(text, language)
    told, at = Text(), 0
    for start, end in spans:
        word = safe[start:end]
        told.append(safe[at:start]).append(word if colour else f"【{word}】", style="bold yellow")
        at = end
    return told.append(safe[at:])


def _counts(facets: Facets) -> str:
    """The counts of an answer, one fact a line."""
    language = clikit.desk().language
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for column, many in facets.items():
        told = [
            f"{_called(column, one.value, one.called(language))} {one.count}" for one in many[:MOST_VALUES]
        ]
        told += ["…"] * (len(many) > MOST_VALUES)
        if told:
            table.add_row(cells.label(HEADINGS[column], language), Text(" · ".join(told)))
    return printing.drawn(table, **paper())


def _called(column: Column, value: str, name: str) -> str:
    """A value with the code one types, where it has one."""
    shown = name if column not in {Column.CLASS, Column.DEPARTMENT, Column.PLACE} else f"{value} {name}"
    return cells.cell(shown, clikit.desk().language)
