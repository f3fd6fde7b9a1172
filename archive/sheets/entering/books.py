"""Rows planned, and entered in groups: what fails together is entered one by one, and only the bad row is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from archive.errors import ArchiveError
from archive.exchange import MadeKind, RowFate, SheetKind
from archive.model import Dossier, Loan, Party, Premises, Volume
from archive.sheets.entering.contents import Contents
from archive.sheets.entering.contracts import Contracts
from archive.sheets.entering.correspondence import Incoming, Outgoing
from archive.sheets.entering.filed import Filed
from archive.sheets.entering.loans import Loans
from archive.sheets.entering.parties import Parties
from archive.sheets.entering.verdicts import Entering, Made, Verdict
from archive.sheets.entering.volumes import Volumes
from archive.sheets.entries import Defaults, Entry
from archive.sheets.ledger import Thing
from archive.unit import Unit

KINDS: Mapping[SheetKind, type[Entering]] = {
    one.kind: one for one in (Volumes, Contents, Filed, Contracts, Parties, Loans, Incoming, Outgoing)
}
#: From this exit status on it is not the row's fault, and the next row would fare no better.
MACHINE = 6
#: Rows entered by one call of a service.
TOGETHER = 100
_MADE: Mapping[type[Any], MadeKind] = {
    Volume: MadeKind.VOLUME,
    Dossier: MadeKind.DOSSIER,
    Party: MadeKind.PARTY,
    Premises: MadeKind.PREMISES,
    Loan: MadeKind.LOAN,
}


class Books:
    """One list against the catalogue, in one unit; rows must come in the order of the sheet."""

    def __init__(self, unit: Unit, kind: SheetKind) -> None:
        self._unit, self._kind = unit, KINDS[kind](unit)

    def plan(self, entries: Sequence[Entry]) -> list[Verdict]:
        """What would become of these rows, those before them having gone in; changes nothing."""
        self._kind.ahead(entries)
        return [self._planned(entry) for entry in entries]

    def enter(self, entries: Sequence[Entry]) -> list[Verdict]:
        """Enter these rows; the caller named the act. Raises what is not a row's fault (`DiskFull`, `Busy`)."""
        verdicts = self.plan(entries)
        wanted = Counter(self._kind.bucket(one.job) for one in verdicts if one.fate is RowFate.MADE)
        done: list[Verdict] = []
        with self._unit.keys_ahead({bucket: count for bucket, count in wanted.items() if bucket}):
            for group in self._groups(verdicts):
                done += self._entered(group) if group[0].fate is RowFate.MADE else group
        return done

    def _planned(self, entry: Entry) -> Verdict:
        try:
            if entry.slips:
                raise entry.slips[0].error
            return self._kind.plan(entry)
        except ArchiveError as error:
            if error.exit >= MACHINE:
                raise
            return Verdict(entry.row, RowFate.REFUSED, error)

    def _groups(self, verdicts: Sequence[Verdict]) -> Iterator[list[Verdict]]:
        def together(one: Verdict) -> object:
            made = one.fate is RowFate.MADE
            home = self._kind.home(one.job) if made else None
            return (True, home) if made and home is not None else (made, one.row)

        for _, group in groupby(verdicts, together):
            rows = list(group)
            yield from (rows[start : start + TOGETHER] for start in range(0, len(rows), TOGETHER))

    def _entered(self, group: Sequence[Verdict]) -> list[Verdict]:
        mark = len(self._unit.lines)
        try:
            with brought(self._unit.session) as things, self._unit.session.begin_nested():
                made = self._kind.make([one.job for one in group])
                self._unit.session.flush()
        except ArchiveError as error:
            if error.exit >= MACHINE:
                raise
            del self._unit.lines[mark:]
            if len(group) == 1:
                return [replace(group[0], fate=RowFate.REFUSED, error=error, thing=None, mark="")]
            return [row for one in group for row in self._entered([one])]
        return list(_told(group, made, things))


def _told(
    group: Sequence[Verdict], made: Sequence[Made | None], things: Sequence[Thing]
) -> Iterator[Verdict]:
    """Each row with what it made; what had to be made beside goes with the first."""
    own = {one.thing for one in made if one is not None}
    beside = tuple(thing for thing in things if thing not in own)
    for verdict, one in zip(group, made, strict=True):
        if one is None and not beside:
            yield replace(verdict, fate=RowFate.KNOWN)
            continue
        first = (one.thing,) if one else ()
        yield replace(
            verdict,
            thing=one.thing if one else beside[0],
            code=one.code if one else verdict.code,
            things=first + beside,
        )
        beside = ()


@contextmanager
def brought(session: Session) -> Iterator[list[Thing]]:
    """What comes into being in *session* meanwhile, in that order; papers go in without objects and tell themselves."""
    things: list[Thing] = []

    def seen(_: Session, __: object) -> None:
        things.extend(Thing(_MADE[type(one)], one.uid) for one in session.new if type(one) in _MADE)

    event.listen(session, "after_flush", seen)
    try:
        yield things
    finally:
        event.remove(session, "after_flush", seen)


def plan(unit: Unit, kind: SheetKind, entry: Entry, defaults: Defaults | None = None) -> Verdict:
    """What would become of one row by itself; for a list, ask `Books`, which knows of the rows before."""
    del defaults  # they are among the values of the row already
    return Books(unit, kind).plan([entry])[0]


def enter(unit: Unit, kind: SheetKind, entry: Entry, defaults: Defaults | None = None) -> Verdict:
    """Enter one row by itself; the caller named the act."""
    del defaults
    return Books(unit, kind).enter([entry])[0]
