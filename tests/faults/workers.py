"""What the child processes do: real work on a real instance, acknowledged only once it is committed.

Children come from a clean fork server with everything imported, so that a kill costs milliseconds.
"""

from __future__ import annotations

import multiprocessing
import resource
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from archive import faults, importing, items
from archive.acts import Act
from archive.circulation import ledger, lending
from archive.errors import ArchiveError
from archive.importing import Wanted
from archive.values import LoanState
from archive.words import Language
from tests import make
from tests.conftest import Office, opened

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["__main__", "tests.faults.workers"])
WANTED = Wanted("FW·01", department="KF", year=2025)
#: Small batches: more commits to be killed between.
BATCH = 3


class Cut:
    """A copy of the office on disk: where it is and how to open it; can be sent to a child."""

    def __init__(self, home: Path, key: Path) -> None:
        self.home, self.key = home, key

    @contextmanager
    def open(self):
        office = Office(None)
        office.instance = opened(self.home, self.key, lambda: office.now)
        try:
            yield office
        finally:
            office.instance.close()


def child(work: Callable[..., None], *given: Any):
    """Start *work* in a process of its own; returns it with the parent's end of its pipe."""
    mine, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=work, args=(theirs, *given), daemon=True)
    process.start()
    theirs.close()
    return process, mine


def told(pipe) -> list[Any]:
    """Everything that came through *pipe* before it was closed."""
    heard = []
    while True:
        try:
            heard.append(pipe.recv())
        except (EOFError, OSError):
            return heard


class Passages:
    """A plan that strikes nowhere and counts which fault points the work passes."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def passed(self, name: str) -> None:
        self.seen[name] += 1


@contextmanager
def watched():
    """Count passages in this process."""
    before, faults._plan = faults._plan, Passages()
    try:
        yield faults._plan.seen
    finally:
        faults._plan = before


def import_all(office, folder: Path, progress=None):
    """Import in small batches."""
    importing.BATCH = BATCH
    return importing.import_folder(
        office.instance, office.who("archivist"), folder, WANTED, progress=progress
    )


def importer(pipe, cut: Cut, folder: Path, fault: str | None = None, early: bool = False) -> None:
    """Import *folder*; says how many of its files are done, after each commit (or, if *early*, before)."""
    with cut.open() as office, ExitStack() as stack:
        if early:
            real = importing._file_batch
            importing._file_batch = lambda *given: (pipe.send(BATCH), real(*given))[1]
        pipe.send("ready")
        stack.enter_context(faults.armed(fault) if fault else nullcontext())
        done = 0

        def ack(now: int, _: int) -> None:
            nonlocal done
            if not early:
                pipe.send(now - done)
            done = now

        import_all(office, folder, ack)
        pipe.send("finished")


def lend_and_return(office, code: str, say: Callable[[str, LoanState], None], *, early: bool = False) -> None:
    """One loan there and back, each half told after its commit (or, if *early*, before)."""
    for act, do, state in (
        (Act.LOAN_LEND, lambda unit: lending.lend(unit, code, to="staff", purpose="核对"), LoanState.OUT),
        (Act.LOAN_RETURN, lambda unit: lending.take_back(unit, code), LoanState.RETURNED),
    ):
        with office.work("archivist", act) as unit:
            number = do(unit).number
            if early:
                say(number, state)
        if not early:
            say(number, state)


def counter(pipe, cut: Cut, code: str, rounds: int, fault: str | None = None, early: bool = False) -> None:
    """Lend and take back *code* over and over."""
    with cut.open() as office, faults.armed(fault) if fault else nullcontext():
        pipe.send("ready")
        for _ in range(rounds):
            lend_and_return(office, code, lambda number, state: pipe.send((number, state)), early=early)
        pipe.send("finished")


def racer(pipe, cut: Cut, code: str, barrier, rounds: int, careful: bool = False) -> None:
    """In each round try to lend *code* together with all others; the winner takes it back.

    *careful* looks first, in a transaction of its own, and lends only what it saw standing on the shelf.
    """
    with cut.open() as office:
        barrier.wait(120)
        for _ in range(rounds):
            free = True
            if careful:
                with office.ask("archivist", Act.LOAN_SEE) as unit:
                    free = not ledger.register(unit, open_only=True)
            barrier.wait(120)
            outcome, number = attempt(office, code) if free else ("already-out", "")
            barrier.wait(120)
            if outcome == "done":
                with office.work("archivist", Act.LOAN_RETURN) as unit:
                    lending.take_back(unit, number)
            pipe.send(outcome)
            barrier.wait(120)


def attempt(office, code: str) -> tuple[str, str]:
    """`done` and the number of the loan, or the code of the refusal."""
    try:
        with office.work("archivist", Act.LOAN_LEND) as unit:
            number = lending.lend(unit, code, to="staff", purpose="核对").number
    except ArchiveError as refusal:
        return refusal.code, ""
    return "done", number


def filer(pipe, cut: Cut, barrier, rounds: int, name: str) -> None:
    """File papers into one series and one volume, one act each; a third of them refused half-way."""
    with cut.open() as office:
        barrier.wait(120)
        for number in range(rounds):
            for class_code in ("QT", "FW·01"):
                bad = [make.paper("错误页数", pages=-1)] if number % 3 == 2 else []
                papers = [make.paper(f"{name}之{number}"), *bad]
                try:
                    with office.work("archivist", Act.ITEM_FILE) as unit:
                        filed = items.file_matter(
                            unit, make.matter(class_code), papers, volume_title="竞争案卷"
                        )
                        codes = [item.reference_code for item in filed]
                except ArchiveError as refusal:
                    codes = []
                    assert bad, refusal
                pipe.send(codes)


def short_of_room(pipe, cut: Cut, room: int, do: Callable[[Office], object]) -> None:
    """Do something while no file may grow past *room* bytes, then again without that limit.

    Tells what came of each: "done", or code, exit status and the sentence in both languages.
    """
    with cut.open() as office:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        for limit in (room, hard):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
            pipe.send(outcome_of(do, office))


def outcome_of(do, office) -> object:
    try:
        do(office)
    except ArchiveError as refusal:
        return refusal.code, refusal.exit, [refusal.message(language) for language in Language]
    return "done"
