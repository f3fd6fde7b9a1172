"""What the child processes do with lists: bring one in, take it back; acknowledged only once it is committed."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack, nullcontext

import pytest

from archive import faults
from archive.exchange import SheetKind
from archive.sheets import running, undoing
from archive.sheets.entries import Entry
from archive.sheets.running import Listing
from tests.faults.workers import Cut

#: Small batches: more commits to be killed between.
BATCH = 2
ROWS = 5


def contracts() -> Listing:
    """Five contracts with two firms: parties, dossiers, volumes and papers."""

    def entries():
        for number in range(1, ROWS + 1):
            yield Entry(number + 1, {
                "contract_no": f"HT-2024-{number:04}", "title": f"断电合同之{number:02}", "class_code": "HT·03",
                "counterparty": ("清源电梯有限公司", "绿野园林有限公司")[number % 2], "signed_on": dt.date(2024, 5, number), "pages": number,
            })  # fmt: skip

    return Listing(SheetKind.CONTRACTS, entries, ("contracts",), {"file": "合同台账.xlsx"})


def bring_in(office, progress=None):
    """The list, in small batches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "BATCH", BATCH)
        return running.run(office.instance, office.who("archivist"), contracts(), progress=progress)


def take_back(office, progress=None):
    """Take the first import back, in small batches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(undoing, "BATCH", BATCH)
        return undoing.undo(
            office.instance, office.who("archivist"), "DR2026-00001", reason="列认错了", progress=progress
        )


def bringer(pipe, cut: Cut, fault: str | None = None, early: bool = False) -> None:
    """Bring the list in; says how many rows are done, after each commit (or, if *early*, before)."""
    with cut.open() as office, ExitStack() as stack:
        stack.enter_context(faults.armed(fault) if fault else nullcontext())
        if early:
            real = running._batch
            running._batch = lambda unit, number, batch, reached: (
                pipe.send(batch[-1].row - 1), real(unit, number, batch, reached),
            )[1]  # fmt: skip
        looked = ROWS  # the first pass over the list enters nothing

        def ack(done: int, total: int) -> None:
            nonlocal looked
            if looked > 0:
                looked -= done - (ROWS - looked)
            elif not early:
                pipe.send(done)

        bring_in(office, ack)
        pipe.send("finished")


def taker(pipe, cut: Cut, fault: str | None = None, early: bool = False) -> None:
    """Take it back; with *early* the keys go before the rows have gone."""
    with cut.open() as office, faults.armed(fault) if fault else nullcontext():
        if early:
            real = undoing._let_go

            def hasty(unit, number, kind, uids):
                office.instance.keys.drop_keys(uids)
                real(unit, number, kind, uids)

            undoing._let_go = hasty
        take_back(office, lambda done, _: pipe.send(done))
        pipe.send("finished")
