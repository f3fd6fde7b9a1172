"""Papers of one use: approval (F10), the slip of a loan, chasing notice (F12).

| form | `values` beside the boxes' names | `tables`                                  |
| ---- | -------------------------------- | ----------------------------------------- |
| f10  | notice                           | lines, decisions                          |
| slip | notice                           | –                                         |
| f12  | wording                          | –                                         |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from archive.acts import Act
from archive.circulation import asked, chasing, ledger, notices, signing
from archive.circulation.asked import DecisionRow, LineRow, RequestSheet
from archive.circulation.chasing import ChaseLine
from archive.circulation.ledger import LoanRow
from archive.circulation.stages import nth as nth_notice
from archive.errors import NotFound
from archive.forms.kinds import Wanted
from archive.forms.narrowing import single
from archive.forms.page import Align, Block, Form, Shown, Signed, Text
from archive.forms.ruled import (
    Ruled,
    day,
    grid,
    heading,
    lines,
    of,
    signatures,
    table,
    values,
)
from archive.forms.use import confidential, counted, departments, document, times, title
from archive.unit import Unit
from archive.values import Role
from archive.words import Language, say

CENTRE = Align.CENTRE
#: Millimetres of a box to write an opinion in, and of one for a longer account.
OPINION, ACCOUNT = 20, 30


def paper(
    unit: Unit, kind: str, number: str, blocks: Iterable[Block], told: Mapping[str, object], language: Language,
    tables: Mapping[str, Iterable[dict[str, str]]] | None = None,
) -> Form:  # fmt: skip
    """A paper of its own number, upright."""
    return Form(
        kind=kind,
        title=say(f"form.{kind}", language),
        blocks=list(blocks),
        company=unit.settings.company,
        number=number,
        values=values(told, language),
        tables=dict(tables or {}),
        language=language,
        shown=Shown(confidential=confidential(unit)),
    )


# --- 借阅审批单 (F10) -----------------------------------------------------------------------------

#: Whose opinion stands in which box.
OPINIONS: Mapping[str, frozenset[Role]] = {
    "department_opinion": frozenset({Role.DEPT_MANAGER, Role.CS_SUPERVISOR}),
    "archive_opinion": frozenset({Role.ARCHIVIST, Role.CLERK, Role.RECORDS_CLERK, Role.GM_SECRETARY}),
    "hr_opinion": frozenset({Role.HR}),
    "gm_opinion": frozenset({Role.GM}),
}


def approval(unit: Unit, wanted: Wanted) -> Form:
    """借阅审批单 (F10, R35, R42, R48) of one request, or of one line of it: who asked for what, and who said what."""
    language, spelt = wanted.language, single(wanted)
    sheet = asked.show(unit, spelt)
    number, _, ordinal = spelt.partition("/")
    meant = [line for line in sheet.lines if not ordinal or str(line.line) == ordinal]
    if not meant:
        raise NotFound(what="request", code=spelt[:120])
    said = [one for one in sheet.decisions if one.line in {line.line for line in meant}]
    head = _asked_by(unit, sheet, language)
    opinions = _opinions(unit, said, language, several=len(meant) > 1)
    end = {
        "approved_on": _approved_on(unit, said),
        "conditions": say("paper.r37", language),
    }
    tall = {**dict.fromkeys(opinions, float(OPINION)), "conditions": float(OPINION)}
    columns = _line_columns(language)
    blocks: list[Block] = [
        grid(head, language, wide=("aim",)),
        table(columns, meant, language, over="lines"),
        grid({**opinions, **end}, language, wide=("approved_on",), tall=tall),
        signatures(("applicant_signature", "keeper_signature"), language),
    ]
    told = {**head, **dict.fromkeys(OPINIONS, ""), **opinions, **end, "notice": end["conditions"]}
    tables = {"lines": lines(columns, meant, language), "decisions": _decided(unit, said, language)}
    return paper(unit, "f10", spelt if ordinal else number, blocks, told, language, tables)


def _asked_by(unit: Unit, sheet: RequestSheet, language: Language) -> dict[str, object]:
    guest, named = sheet.visitor, departments(unit, language)
    return {
        "request_number": sheet.number,
        "asked_on": day(sheet.asked_at, unit.settings.zone),
        "applicant": guest.name if guest else sheet.reader,
        "organisation": guest.organisation if guest else named.get(sheet.reader_department, ""),
        "phone": guest.phone if guest else "",
        "applicant_kind": sheet.outside or say("paper.employee", language),
        "letter_no": guest.letter_no if guest else "",
        "document": document(guest, language) if guest else "",
        "use": sheet.kind,
        "until": sheet.until,
        "aim": sheet.purpose,
    }


def _line_columns(language: Language) -> Sequence[Ruled[LineRow]]:
    return (
        Ruled("nth", 12, of("line"), CENTRE),
        Ruled("code", 50, of("code")),
        Ruled("title", 76, lambda _, row: title(row.title, language)),
        Ruled("level", 16, of("level"), CENTRE),
        Ruled("request_state", 26, of("state"), CENTRE),
    )


def _opinions(
    unit: Unit, said: Sequence[DecisionRow], language: Language, *, several: bool
) -> dict[str, object]:  # fmt: skip
    """What each post said, in its box; the personnel's box only where it had to say something."""
    told = {
        box: _opinion(unit, [one for one in said if one.post in posts], language, several=several)
        for box, posts in OPINIONS.items()
    }
    return {box: text for box, text in told.items() if text or box != "hr_opinion"}


def _opinion(unit: Unit, said: Sequence[DecisionRow], language: Language, *, several: bool) -> str:
    """Each word once, with the lines it was said of."""
    lines_of: dict[str, list[int]] = {}
    for one in said:
        lines_of.setdefault(_word(unit, one, language), []).append(one.line)
    return "\n".join(
        f"{say('paper.line', language, line=on)} {word}" if several else word for word, on in lines_of.items()
    )


def _word(unit: Unit, one: DecisionRow, language: Language) -> str:
    verdict = say("paper.refused" if one.act is Act.REQUEST_REFUSE else "paper.agreed", language)
    by = one.decider
    if one.deputy_for:
        by = say("paper.deputy", language, name=one.decider, deputy_for=one.deputy_for)
    reason = say("paper.because", language, reason=one.reason) if one.reason not in {"", verdict} else ""
    return f"{verdict}{reason}  {by} {day(one.at, unit.settings.zone)}"


def _approved_on(unit: Unit, said: Sequence[DecisionRow]) -> object:
    approved = [one.at for one in said if one.act is Act.REQUEST_APPROVE]
    return day(max(approved), unit.settings.zone) if approved else None


def _decided(unit: Unit, said: Sequence[DecisionRow], language: Language) -> list[dict[str, str]]:
    zone = unit.settings.zone
    return [
        values(
            {
                "line": one.line, "step": one.step, "post": one.post, "decider": one.decider,
                "deputy_for": one.deputy_for, "on": day(one.at, zone), "reason": one.reason,
                "refused": one.act is Act.REQUEST_REFUSE,
            },
            language,
        )
        for one in said
    ]  # fmt: skip


# --- 借阅单 --------------------------------------------------------------------------------------


def loan_slip(unit: Unit, wanted: Wanted) -> Form:
    """借阅单 (R37, R39, R44): what went over the counter, counted by two, until when; signed at both ends."""
    language, row = wanted.language, ledger.one(unit, single(wanted))
    told = _lent(unit, row, language)
    back, signed = _back(row, language), _signed(unit, row.number, language)
    blocks: list[Block] = [
        grid(told, language, wide=("title", "purpose")),
        Text(say("paper.r37", language), note=True),
        signatures(("keeper_lends", "borrower_takes"), language, signed=signed),
        Text(heading("return_part", language), heading=True),
        grid(back, language, wide=("remarks",), tall={"remarks": 14}),
        signatures(("borrower_returns", "keeper_receives"), language, signed=signed),
    ]
    values_of = {**told, **back, "notice": say("paper.r37", language)}
    return paper(unit, "slip", row.number, blocks, values_of, language)


#: Which line of the slip was signed, by who sat at the counter and at which end.
LINES = {
    (True, False): "keeper_lends",
    (False, False): "borrower_takes",
    (False, True): "borrower_returns",
    (True, True): "keeper_receives",
}


def _signed(unit: Unit, number: str, language: Language) -> dict[str, Signed]:
    """The lines of the slip signed at the counter; of two signatures of one person the drawn one stands there."""
    found: dict[str, Signed] = {}
    for one in signing.of_loan(unit, number):
        on = str(day(one.signed_at, unit.settings.zone))
        told = f"{one.signer}（{say(one.signed_by.word, language)}）"
        line = LINES[one.keeper, one.act is Act.LOAN_RETURN]
        if line not in found or one.strokes:
            found[line] = Signed(told, on, signing.points(one.strokes))
    return found


def _lent(unit: Unit, row: LoanRow, language: Language) -> dict[str, object]:
    return {
        "loan_number": row.number,
        "lent_on": row.lent_on,
        "borrower": row.borrower,
        "department": departments(unit, language).get(row.department, row.department),
        "code": row.code,
        "level": row.level,
        "title": title(row.title, language),
        "counted": counted(row.items, row.pages, language).replace("\n", "  "),
        "approved_by": row.approved_by,
        "due_on": row.due_on,
        "take_out": row.take_out,
        "purpose": row.purpose,
    }


def _back(row: LoanRow, language: Language) -> dict[str, object]:
    return {
        "returned_on": row.returned_on,
        "renewals": times(row.renewals, language),
        "counted_back": counted(row.items_back, row.pages_back, language).replace("\n", "  "),
        "intact": row.intact,
        "remarks": row.note,
    }


# --- 催还通知 (F12) -------------------------------------------------------------------------------


def chasing_notice(unit: Unit, wanted: Wanted) -> Form:
    """催还通知 (F12, R47) by its number: which loan, how late, for which time; room for the answer."""
    language, number = wanted.language, single(wanted)
    found = chasing.rows(unit, number=number)
    if not found:
        raise NotFound(what="notice", code=number[:120])
    chased, loan = found[0], ledger.one(unit, found[0].loan)
    told, wording = _chased(unit, chased, loan, language), notices.show(unit, number).text
    blocks: list[Block] = [
        *([Text(wording)] if wording else []),
        grid(told, language, wide=("title", "reply"), tall={"reply": ACCOUNT}),
        signatures(("sender_signature", "borrower_signature"), language),
    ]
    return paper(unit, "f12", chased.number, blocks, {**told, "wording": wording}, language)


def _chased(unit: Unit, chased: ChaseLine, loan: LoanRow, language: Language) -> dict[str, object]:
    written_on = day(chased.made_at, unit.settings.zone)
    late = (written_on - chased.due_on).days if written_on else 0
    return {
        "notice_number": chased.number,
        "loan_number": chased.loan,
        "borrower": chased.borrower,
        "department": departments(unit, language).get(loan.department, loan.department),
        "code": chased.code,
        "due_on": chased.due_on,
        "title": title(loan.title, language),
        "overdue_days": max(late, 0),
        "nth_time": nth_notice(chased.stage) or chased.stage,
        "sender": chased.made_by or say("paper.by-clock", language, name=loan.lent_by),
        "sent_on": day(chased.sent_at, unit.settings.zone) or written_on,
        "reply": chased.reply,
    }
