"""The limited child: what it cannot do, and how its parent outlives it (F1, F3)."""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter

from archive.errors import ReaderUnavailable
from indexer.extract import Extractor, Limits, Outcome, extractor, frames, sandbox, sandbox_level
from tests.indexer.extract_samples import SIMPLIFIED, a_bomb, a_docx, a_pdf, an_eml, an_xlsx, many_entries
from tests.indexer.pdf_samples import many_forms

ROOT = str(Path(sandbox.__file__).resolve().parents[2])
GOOD = SIMPLIFIED.encode("gb18030")


@pytest.fixture(scope="module")
def reader():
    with Extractor() as one:
        yield one


def slow_pdf(pages: int = 30) -> bytes:
    """Each page takes pdfium about 0.6 s."""
    return many_forms(10, 6, pages)


def sparse_xlsx() -> bytes:
    """Two cells far apart: small on disk, three million cells once spread out."""
    room = io.BytesIO()
    book = xlsxwriter.Workbook(room, {"in_memory": True})
    sheet = book.add_worksheet("表")
    sheet.write(0, 0, "甲")
    sheet.write(1_048_575, 2, "乙")
    book.close()
    return room.getvalue()


def gone(pid: int, seconds: float) -> bool:
    """True once the process has ended (a zombie has)."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


# --- what it cannot do -------------------------------------------------------------------------


def test_rel_F3_the_child_proves_that_it_is_locked_in(reader):
    """Read, write, connect, fork, run, 2 GiB, look into the parent: all denied, or the level says so."""
    found = reader.sandbox()

    assert found.level == (sandbox.FULL if found.landlock and not found.open else sandbox.LIMITS_ONLY)
    assert set(found.open) <= set(sandbox.TRIES)
    assert "memory" not in found.open
    if sys.platform == "linux" and found.landlock and found.filter:
        assert (sandbox.FULL, ()) == (found.level, found.open)
    assert sandbox_level() == found.level


def test_rel_F3_without_the_locks_the_same_tries_succeed():
    """The witness: a process that only claims to be locked in is found out by its own tries."""
    words = (
        "import json; from indexer.extract import sandbox; "
        "print(json.dumps([name for name, succeeds in sandbox.TRIES.items() if succeeds()]))"
    )
    told = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, capture_output=True, check=True, timeout=30
    )

    assert {"read", "write", "connect", "fork", "run", "memory"} <= set(json.loads(told.stdout))


def test_rel_F3_the_child_has_no_environment_and_few_handles(reader, monkeypatch):
    """No secret of the parent's environment, no open file but three pipes and what it made itself."""
    monkeypatch.setenv("ANJUAN_PASSPHRASE", "canary")
    with Extractor() as fresh:
        fresh.extract(GOOD, "a.txt")
        process = Path(f"/proc/{fresh.child.pid}")

        assert b"" == (process / "environ").read_bytes()
        assert b"canary" not in (process / "cmdline").read_bytes()
        assert {"pipe"} == {os.readlink(handle).split(":")[0] for handle in (process / "fd").iterdir()}


def test_a_level_is_only_full_when_landlock_holds_and_every_try_failed():
    """Asked in a process of its own, with the filter alone: limits-only."""
    words = (
        "from indexer.extract import kernel, sandbox; kernel.landlock = lambda readable: 0; "
        "print(sandbox.lock_in(sandbox.Limits()).level)"
    )
    told = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, capture_output=True, check=True, timeout=30
    )

    assert sandbox.LIMITS_ONLY == told.stdout.decode().strip()


# --- how the parent outlives it ----------------------------------------------------------------


def test_the_child_reads_every_kind_as_the_parser_does(reader):
    """Locked in, every kind is still read: nothing needed is loaded too late."""
    papers = {
        "甲.docx": a_docx(),
        "乙.pdf": a_pdf("物业服务合同", ""),
        "丙.xlsx": an_xlsx(),
        "丁.txt": GOOD,
        "戊.csv": "户名,面积".encode("utf-16"),
        "己.eml": an_eml(),
        "庚.html": "<p>公告</p>".encode("gbk"),
        "辛.txt": SIMPLIFIED.encode("utf-16-be"),
    }

    found = {name: reader.extract(data, name) for name, data in papers.items()}

    assert {Outcome.TEXT} == {one.outcome for one in found.values()}
    assert ["docx", "pdf", "xlsx", "text", "csv", "email", "html", "text"] == [
        one.kind for one in found.values()
    ]
    assert (2, "物业服务合同") == (found["乙.pdf"].pages, found["乙.pdf"].text)
    assert SIMPLIFIED == found["丁.txt"].text


@pytest.mark.parametrize(
    ("data", "name", "outcome"),
    [
        (b"", "a.docx", Outcome.EMPTY),
        (b"\x89PNG\r\n\x1a\n", "a.png", Outcome.IMAGE_ONLY),
        (b"\0\1\2\3" * 99, "a.mp4", Outcome.UNSUPPORTED),
        (a_bomb(), "a.docx", Outcome.OVERSIZED),
        (many_entries(20_000), "a.docx", Outcome.OVERSIZED),
        (a_docx()[:-40], "a.docx", Outcome.CORRUPT),
    ],
    ids=["empty", "picture", "video", "bomb", "20k entries", "truncated"],
)
def test_rel_F1_a_bad_file_is_answered_and_the_next_is_read(reader, data, name, outcome):
    """One bad file never stops the batch."""
    assert outcome == reader.extract(data, name).outcome
    assert SIMPLIFIED == reader.extract(GOOD, "a.txt").text


def test_rel_F1_memory_run_out_is_oversized_and_a_fresh_child_goes_on():
    """The reader of workbooks is aborted by the limit; the witness without the limit reads the same file."""
    data = sparse_xlsx()

    with Extractor(Limits(memory=128 * 1024 * 1024)) as tight:
        refused, after = tight.extract(data, "a.xlsx"), tight.extract(GOOD, "a.txt")
    with Extractor(Limits(memory=8 * 1024 * 1024 * 1024)) as loose:
        witness = loose.extract(data, "a.xlsx")

    assert (Outcome.OVERSIZED, "why=memory") == (refused.outcome, refused.note)
    assert Outcome.TEXT == after.outcome
    assert (Outcome.TEXT, "表\n甲\n乙") == (witness.outcome, witness.text)


def test_rel_F1_a_child_that_answers_without_memory_left_is_replaced():
    """A text too large for the limit: the parser itself notices, and the process is not used again."""
    with Extractor(Limits(memory=160 * 1024 * 1024)) as tight:
        refused, worn = tight.extract(b"a" * 90_000_000, "a.txt"), tight.child
        after = tight.extract(GOOD, "a.txt")

        assert worn is not tight.child
    assert (Outcome.OVERSIZED, "why=memory", Outcome.TEXT) == (refused.outcome, refused.note, after.outcome)


def test_the_memory_of_the_parent_is_not_held_against_the_child():
    """The kernel first counts the parent's peak for the child; a large parent must not cost a child per file."""
    ballast = b"x" * 200_000_000
    with Extractor(Limits(memory=300 * 1024 * 1024)) as reader:
        reader.extract(GOOD, "a.txt")
        first = reader.child
        reader.extract(GOOD, "a.txt")

        assert first is reader.child
    assert ballast


@pytest.mark.parametrize(
    ("limits", "why"),
    [(Limits(wall=0.6), "why=wall-clock"), (Limits(cpu=1), "why=processor-time")],
    ids=["wall", "cpu"],
)
def test_rel_F1_a_file_that_takes_too_long_is_timed_out_and_the_next_is_read(limits, why):
    """By the clock on the wall or by processor time, whichever comes first."""
    with Extractor(limits) as reader:
        late, after = reader.extract(slow_pdf(), "a.pdf"), reader.extract(GOOD, "a.txt")

    assert (Outcome.TIMED_OUT, why, "pdf") == (late.outcome, late.note, late.kind)
    assert Outcome.TEXT == after.outcome


def test_rel_F1_processor_time_is_counted_per_file_not_per_child():
    """Once a file has used a second, the limit for the next stands a second further."""
    with Extractor() as reader:
        reader.extract(GOOD, "a.txt")
        first, most = resource.prlimit(reader.child.pid, resource.RLIMIT_CPU)
        reader.extract(slow_pdf(3), "a.pdf")
        reader.extract(GOOD, "a.txt")
        later, _ = resource.prlimit(reader.child.pid, resource.RLIMIT_CPU)

    assert 0 < first <= Limits().cpu + 2
    assert first < later < most


def test_rel_F1_a_child_that_dies_is_crashed_and_the_next_file_is_read():
    """A parser that overwrites its own memory ends only the child."""
    with Extractor() as reader:
        reader.extract(GOOD, "a.txt")
        killer = threading.Timer(0.4, os.kill, (reader.child.pid, signal.SIGSEGV))
        killer.start()
        crashed = reader.extract(slow_pdf(), "a.pdf")
        killer.join()
        after = reader.extract(GOOD, "a.txt")

    assert (Outcome.CRASHED, "why=status-11") == (crashed.outcome, crashed.note)
    assert Outcome.TEXT == after.outcome


def test_a_child_is_replaced_after_its_number_of_files():
    """Three files each; the eighth is read by the third child."""
    pids = []
    with Extractor(Limits(files_per_child=3)) as reader:
        for _ in range(8):
            reader.extract(GOOD, "a.txt")
            pids.append(reader.child.pid)

    assert [3, 3, 2] == [pids.count(pid) for pid in dict.fromkeys(pids)]
    assert all(gone(pid, 1) for pid in pids)


def test_a_parent_that_is_killed_leaves_no_child():
    """The child ends when its input ends."""
    words = (
        "import os, signal\nfrom indexer.extract import Extractor\nreader = Extractor()\n"
        "reader.extract('正文'.encode(), 'a.txt')\nprint(reader.child.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    told = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, capture_output=True, check=False, timeout=30
    )

    assert gone(int(told.stdout), 5)


def test_threads_take_turns(reader):
    """One child, many hands: every answer goes to the one who asked."""
    texts = [f"第{number}号通知" for number in range(40)]
    found = {}

    def ask(part):
        for text in part:
            found[text] = reader.extract(text.encode("gb18030"), "a.txt").text

    threads = [threading.Thread(target=ask, args=(texts[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {text: text for text in texts} == found


def test_a_machine_that_cannot_start_a_child_is_not_the_file_s_fault(monkeypatch):
    """No outcome is recorded against the file; the sentence names the remedy."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    with Extractor() as reader, pytest.raises(ReaderUnavailable) as refused:
        reader.extract(GOOD, "a.txt")

    assert {"why": "FileNotFoundError"} == refused.value.facts


def test_300_small_office_files_take_well_under_ten_seconds():
    """One child is used again and again (measured: about 0.5 s)."""
    papers = [
        (a_docx(), "a.docx"),
        (an_xlsx(), "b.xlsx"),
        (a_pdf("物业服务合同" * 5), "c.pdf"),
        (GOOD, "d.txt"),
    ]

    with Extractor() as reader:
        start = time.monotonic()
        outcomes = [reader.extract(*papers[number % 4]).outcome for number in range(300)]
        took = time.monotonic() - start

    assert {Outcome.TEXT} == set(outcomes)
    assert took < 10


# --- the messages between them -----------------------------------------------------------------


@pytest.fixture
def line():
    """A line whose far ends the test holds: what a child gone bad could send."""
    (far_read, near_write), (near_read, far_write) = os.pipe(), os.pipe()
    yield frames.Line(near_write, near_read), far_write
    for handle in (far_read, near_write, near_read, far_write):
        with suppress(OSError):
            os.close(handle)


@pytest.mark.parametrize(
    "sent",
    [
        b"X" * 12,
        frames.packed({}, 11),
        b"AJx1" + b"\xff\xff\xff\x7f" * 2,
        frames.packed({}, 0)[:-2] + b"[]",
        frames.packed({}, 0)[:-2] + b"{x",
    ],
    ids=["no mark", "too much text", "too many facts", "no facts", "no JSON"],
)
def test_nonsense_from_the_child_is_refused_before_it_is_kept(line, sent):
    """At most ten bytes of text were to be taken."""
    near, far = line
    os.write(far, sent)

    with pytest.raises(ValueError):  # noqa: PT011
        near.take(10, time.monotonic() + 1)


def test_a_silent_or_closed_line_is_noticed(line):
    """Silence ends at the deadline; a closed pipe at once."""
    near, far = line

    with pytest.raises(TimeoutError):
        near.take(10, time.monotonic() + 0.05)
    os.close(far)
    with pytest.raises(EOFError):
        near.take(10, time.monotonic() + 1)


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "fine"},
        {"kind": "exe"},
        {"pages": "7"},
        {"title": 7},
        {"created": "soon"},
        {"created": 5},
        {"scans": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_answer_that_is_not_one_of_ours_is_not_believed(change):
    """The child has met the file; its words are judged."""
    good = {
        "outcome": "text", "kind": "text", "pages": None, "title": None, "created": None, "note": "", "scans": 0
    }  # fmt: skip

    assert "文" == extractor._understood(good, "文".encode()).text
    with pytest.raises((ValueError, TypeError)):
        extractor._understood({**good, **change}, b"")


def test_limits_are_stated_once():
    """The figures of reliability 5.7."""
    assert (1024**3, 20, 30.0, 32) == (Limits().memory, Limits().cpu, Limits().wall, Limits().handles)
    assert 5 == replace(Limits(), cpu=5).cpu
