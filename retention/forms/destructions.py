"""档案销毁清册 with its certificate (F23) and 会计档案销毁清册 (F24) on paper.

Titles stand as decision 10 lets them; at the foot of every page stands how long the log is, and its root.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from archive.cells import attribute, cell, label
from archive.custody.wholes import by_uid
from archive.errors import NoAccountingRecords
from archive.forms import fingerprint, ruled
from archive.forms.kinds import Wanted
from archive.forms.page import Align, Block, Break, Facts, Form, Orientation, Shown, Signatures, Text
from archive.forms.ruled import Ruled, of
from archive.forms.use import confidential
from archive.model import DestructionLine, Item, Volume
from archive.statuses import DestructionStep
from archive.unit import Unit
from archive.words import Language, say
from retention.destroying import certificate as certificates
from retention.destroying import destruction
from retention.destroying import register as registers
from retention.destroying.register import Entry

#: The group of classes whose destruction the accounting rules ask a list of their own for.
ACCOUNTS = "KU"
#: What a certificate states, as its words are kept (`label`).
CERTIFICATE = (
    "number:destruction_number", "content_hash", "records:destroyed_records", "items:destroyed_items",
    "pages:destroyed_pages", "keys:destroyed_keys", "pulled:destroyed_pulled", "live_on", "all_on",
    "pending:pending_sets", "size:certificate_log", "root:certificate_root", "signed_at",
)  # fmt: skip


def register(unit: Unit, wanted: Wanted) -> Form:
    """销毁清册 (F23) of one list as it stands: cover, lines, signatures, and the certificate once there is one.

    Raises `NotFound`, `CertificateFalse`.
    """
    number, language = wanted.codes[0], wanted.language
    found, made = registers.entries(unit, number), destruction.one(unit, number)
    form = registers.described(unit, made, found, language, foot=fingerprint.line(unit, language))
    form.shown.confidential = confidential(unit)
    proof = _certificate(unit, number, language) if made.certificate else ()
    return replace(form, blocks=[*form.blocks, *proof])


def _certificate(unit: Unit, number: str, language: Language) -> Iterator[Block]:
    """A page of its own: what the certificate states, and the signed note letter by letter."""
    stated = certificates.show(unit, number)
    told = {name: getattr(stated, attribute(name)) for name in CERTIFICATE}
    told["signed_at"] = ruled.moment(stated.signed_at, unit.settings.zone)
    pairs = [(label(name, language), cell(one, language) or "—") for name, one in told.items()]
    long = frozenset(label(name, language) for name in ("content_hash", "root:certificate_root"))
    yield Break()
    yield Text(say("destruction-paper.certificate", language), heading=True)
    yield Facts(pairs, wide=long)
    yield Text(say("destruction-paper.note", language))
    yield Text(certificates.note(unit, number), note=True)


# --- 会计档案销毁清册 (F24) ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """One line of the accounting list: *books* bound together, *years* from first to last; *kept* in whole years."""

    title: str
    nth: int
    books: int
    years: str
    code: str
    period: str
    kept: int | None
    destroyed_on: object


#: In the order of the form, as wide as each needs on a sheet that lies.
COLUMNS: tuple[Ruled[Account], ...] = (
    Ruled("title", 76, of("title")), Ruled("nth", 14, of("nth"), Align.CENTRE),
    Ruled("books", 14, of("books"), Align.RIGHT), Ruled("years", 24, of("years"), Align.CENTRE),
    Ruled("code", 60, of("code")), Ruled("period", 20, of("period"), Align.CENTRE),
    Ruled("kept", 20, of("kept"), Align.RIGHT), Ruled("destroyed_on", 26, of("destroyed_on"), Align.CENTRE),
)  # fmt: skip
#: 会计档案管理办法 (MOF79) 18: five sign their opinion, two supervise.
SIGNERS = (
    "head", "archive_head", "accounting_head", "archive_operator", "accounting_operator", "archive_supervisor",
    "accounting_supervisor",
)  # fmt: skip


def accounting(unit: Unit, wanted: Wanted) -> Form:
    """会计档案销毁清册 (F24) of the accounting records on one list; raises `NotFound`, `NoAccountingRecords`."""
    number, language = wanted.codes[0], wanted.language
    entries, made = registers.entries(unit, number), destruction.one(unit, number)
    lines = {line.nth: line for line in destruction.lines(unit, made) if _accounting(line)}
    rows = _accounts([one for one in entries if one.nth in lines], _years(unit, lines))
    if not rows:
        raise NoAccountingRecords(number=made.number)
    words = "accounting-paper"
    return Form(
        kind="f24", title=say("form.f24", language),
        blocks=[
            ruled.table(COLUMNS, rows, language, words=words),
            Signatures([say(f"{words}.{who}", language) for who in SIGNERS]),
        ],
        orientation=Orientation.LANDSCAPE, facts=[(say("register.counts", language), str(len(rows)))],
        company=unit.settings.company, number=made.number, foot=fingerprint.line(unit, language),
        values={"count": str(len(rows))}, tables={"lines": ruled.lines(COLUMNS, rows, language)}, language=language,
        shown=Shown(confidential=confidential(unit)),
    )  # fmt: skip


def _accounting(line: DestructionLine) -> bool:
    """True for a line of the accounting classes that was not pulled."""
    return line.class_code.partition("·")[0] == ACCOUNTS and line.step is not DestructionStep.PULLED


def _accounts(entries: Sequence[Entry], years: Mapping[int, str]) -> list[Account]:
    return [
        Account(
            one.title, one.nth, one.items, years[one.nth], one.code, one.period, one.kept, one.destroyed_on
        )
        for one in entries
    ]


def _years(unit: Unit, lines: Mapping[int, DestructionLine]) -> dict[int, str]:
    """起止年度 of each line: of the papers' days where they are known, else the filing year."""
    records = {one.uid: one for one in by_uid(unit, [line.record_uid for line in lines.values()])}
    return {nth: _span(line, records[line.record_uid]) for nth, line in lines.items()}


def _span(line: DestructionLine, record: Volume | Item) -> str:
    days = (record.dated,) if isinstance(record, Item) else (record.first_date, record.last_date)
    years = sorted({day.year for day in days if day}) or [line.archive_year]
    return "—".join(map(str, years))
