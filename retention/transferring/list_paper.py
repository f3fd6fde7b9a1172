"""移交清单 out of the company as a paper (F9): what leaves, to whom, why, three signatures; in two copies.

Pure: what is written is handed in, already in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from archive.cells import label
from archive.forms.page import Align, Column, Facts, Form, Orientation, Signatures, Table
from archive.words import Language, say

#: The columns of the list, as wide as each needs on a sheet that lies.
LISTED = {
    "number": 12, "code": 62, "title": 84, "period": 20, "items": 14, "pages": 14, "level": 16, "note": 36,
}  # fmt: skip
HEAD = ("number", "from", "to", "drafted", "approved", "reason")
_RIGHT = frozenset({"number", "items", "pages"})


def described(told: Mapping[str, str], rows: Iterable[Sequence[str]], language: Language) -> Form:
    """The list as a paper: the facts *told* under the names of `HEAD`, a row for each record as `LISTED` has it."""
    lines = list(rows)
    *facts, reason = [(_say(name, language), told[name]) for name in HEAD]
    copies = (_say("copies", language), _say("two", language))
    columns = [
        Column(label(name, language), wide, Align.RIGHT if name in _RIGHT else Align.LEFT)
        for name, wide in LISTED.items()
    ]
    return Form(
        kind="f9-out", title=_say("title", language),
        blocks=[
            Facts([*facts, copies, reason], wide=frozenset({reason[0]})), Table(columns, lines),
            Signatures([_say(who, language) for who in ("giver", "taker", "witness")], across=3),
        ],
        orientation=Orientation.LANDSCAPE, company=told["from"], number=told["number"], values=dict(told),
        tables={"lines": [dict(zip(LISTED, line, strict=True)) for line in lines]}, language=language,
    )  # fmt: skip


def _say(key: str, language: Language) -> str:
    return say(f"package.{key}", language)
