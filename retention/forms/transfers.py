"""移交清单 out of the company (F9) on paper, from the list as it stands; the package holds the same."""

from __future__ import annotations

from archive.forms.kinds import Wanted
from archive.forms.page import Form
from archive.forms.use import confidential
from archive.unit import Unit
from archive.words import spoken
from retention.transferring import list_paper, transfer_book


def handed_over(unit: Unit, wanted: Wanted) -> Form:
    """The list with this number, of the records this person may see; what was pulled is not on it. Raises `NotFound`."""
    number, language = wanted.codes[0], wanted.language
    lines = [line for line in transfer_book.show(unit, number) if not line.pulled]
    row = transfer_book.one(unit, number)
    told = {
        "number": row.number, "from": unit.settings.company, "to": row.receiver, "reason": row.reason,
        "drafted": row.drafted_by, "approved": row.approved_by,
    }  # fmt: skip
    rows = [
        (
            str(nth),
            line.code,
            line.title,
            line.period,
            str(line.items),
            str(line.pages),
            spoken(line.level, language),
            "",
        )
        for nth, line in enumerate(lines, 1)
    ]
    form = list_paper.described(told, rows, language)
    form.shown.confidential = confidential(unit)
    return form
