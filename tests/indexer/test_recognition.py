"""Character recognition: page by page, resumable, kept sealed, marked; and the recogniser itself where it is installed."""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
from collections.abc import Sequence

import pytest
from sqlalchemy import select

import cli
from archive import clikit, objects, recognition, views
from archive.acts import Act
from archive.errors import RecognitionMissing
from archive.model import DigitalObject, Event
from archive.values import Level, ObjectPurpose
from indexer import recognition as job
from indexer import sync
from indexer.extract import Extractor, Outcome, ocr, sandbox
from indexer.extract.kinds import Picture
from indexer.extract.ocr import Recogniser, Seen, confidence, text_of
from tests.archive.counter import counter as a_counter
from tests.indexer.scans import LETTER, as_file, as_pdf, sheet
from tests.indexer.shelves import filed

extra = pytest.mark.skipif(
    not ocr.installed(), reason="not run: the extra ocr is not installed (make ocr-extra)"
)
PAGE = sheet(*LETTER)


# --- from lines to text ------------------------------------------------------------------------


def line(words: str, left: float, top: float, sure: float = 1.0, height: float = 20) -> Seen:
    return Seen(words, left, top, top + height, sure)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ([line("乙", 0, 40), line("甲", 0, 0)], "甲\n乙"),
        ([line("密级：内部", 300, 2), line("编号：ZX-1", 0, 0)], "编号：ZX-1\t密级：内部"),
        ([line("右", 300, 8), line("左", 0, 0), line("下", 0, 25)], "左\t右\n下"),
        ([line("上", 0, 0), line("下", 0, 12)], "上\n下"),
        ([line("大字", 0, 0, height=80), line("小字", 200, 30, height=20)], "大字\t小字"),
        ([], ""),
    ],
    ids=["top down", "side by side", "a little askew", "close lines", "beside large letters", "nothing"],
)
def test_lines_are_put_in_reading_order(lines, text):
    """Rows from the top, within a row from the left."""
    assert text == text_of(lines)


def test_confidence_is_the_mean_over_characters():
    """A long certain line counts for more than a short doubtful one."""
    assert 90 == confidence([line("九" * 8, 0, 0, 1.0), line("二", 0, 30, 0.6), line("十", 0, 60, 0.4)])
    assert 0 == confidence([])


def answered(engine, width=2, height=1, pixels=b"ab"):
    return ocr._answer(engine, {"width": width, "height": height}, pixels)


def failing(fault):
    def engine(_picture):
        raise fault

    return engine


@pytest.mark.parametrize(
    ("engine", "outcome", "note"),
    [
        (lambda _: [line("押金", 0, 0, 0.62)], Outcome.TEXT, ""),
        (lambda _: [line("噪点", 0, 0, 0.2), line("", 0, 9)], Outcome.EMPTY, ""),
        (lambda _: [], Outcome.EMPTY, ""),
        (failing(MemoryError()), Outcome.OVERSIZED, "why=MemoryError"),
        (failing(RuntimeError("std::bad_alloc")), Outcome.OVERSIZED, "why=RuntimeError"),
        (failing(ValueError("押金")), Outcome.CORRUPT, "why=ValueError"),
    ],
)
def test_what_the_recogniser_does_becomes_an_outcome(engine, outcome, note):
    """Noise is left out; want of memory is told apart; the words of a fault are never kept."""
    found = answered(engine)

    assert (outcome, note) == (found.outcome, found.note)
    assert (62 if outcome is Outcome.TEXT else 0) == found.confidence


def test_pixels_that_do_not_fit_never_reach_the_recogniser():
    """The sides are judged first."""
    assert "why=ValueError" == answered(failing(AssertionError()), width=3).note


# --- the job -----------------------------------------------------------------------------------


class Reader:
    """Stands in for the recogniser: tells each picture by its size, page after page, as sure as it is told."""

    def __init__(self, *found: ocr.Recognised) -> None:
        self.found, self.seen = list(found), 0

    def read(self, picture: Picture) -> ocr.Recognised:
        assert max(picture.width, picture.height) <= 2000
        self.seen += 1
        return self.found.pop(0) if self.found else page(f"第{self.seen}页 押金退还")


def page(text: str, sure: int = 95) -> ocr.Recognised:
    return ocr.Recognised(Outcome.TEXT, text, sure)


@pytest.fixture(scope="module", autouse=True)
def drawing():
    """One limited child draws the pages of all these tests."""
    with Extractor() as one:
        _DRAWING.append(one)
        yield
    _DRAWING.clear()


_DRAWING: list[Extractor] = []


def recognised(office, reader, most=None, until=None) -> job.Done:
    run = job._Run(office.instance, _DRAWING[0], reader, most, until, lambda _done, _total: None)
    return run.through()


def scanned(office, pages=3, **given) -> str:
    """A paper of so many scanned pages and one of text, its text extracted."""
    uid = filed(office, text=as_pdf("text page", *[PAGE] * pages), name="扫描.pdf", **given)
    sync.drain(office.instance)
    return uid


def text(office, uid) -> str:
    with office.ask("gm") as unit:
        return objects.text_of(unit, unit.item(uid))


def file_of(office, uid) -> views.FileOnPage:
    with office.ask("archivist") as unit:
        return views.page(unit, uid).files[0]


def test_pages_left_by_extraction_are_recognised_and_stand_behind_its_text(office):
    """The text page as extracted, the scans as recognised, in the order of the pages; the file says how sure."""
    uid = scanned(office, 2)
    before = file_of(office, uid)

    done = recognised(office, Reader(page("甲页", 90), page("乙页", 70)))

    assert (2, 0, None) == (before.scans, before.recognised, before.confidence)
    assert (2, 2, 1, 0, 0) == (done.pages, done.with_text, done.doubtful, done.failed, done.left)
    assert "text page\n甲页\n乙页" == text(office, uid)
    after = file_of(office, uid)
    assert (2, 2, 80) == (after.scans, after.recognised, after.confidence)


def test_a_run_stopped_goes_on_with_the_next_page(office):
    """Three pages one at a time: each read once, none twice, in order."""
    uid = scanned(office, 3)
    reader = Reader(page("甲"), page("乙"), page("丙"))

    runs = [recognised(office, reader, most=1) for _ in range(4)]

    assert [(1, 2), (1, 1), (1, 0), (0, 0)] == [(run.pages, run.left) for run in runs]
    assert 3 == reader.seen
    assert "text page\n甲\n乙\n丙" == text(office, uid)


def test_no_time_left_reads_nothing_and_says_what_is_left(office):
    """A limit already past: no page, nothing lost."""
    scanned(office, 2)

    assert (0, 2) == (lambda done: (done.pages, done.left))(recognised(office, Reader(), until=0.0))


def test_pages_without_words_and_pages_that_fail_are_not_tried_again(office):
    """A blank page is empty, a failed one keeps its reason; the rest of the file is read."""
    uid = scanned(office, 3)
    fail = ocr.Recognised(Outcome.TIMED_OUT, note="why=wall-clock")

    done = recognised(office, Reader(ocr.Recognised(Outcome.EMPTY), fail, page("末页")))
    again = recognised(office, Reader())

    assert (3, 1, 1, 0) == (done.pages, done.with_text, done.failed, done.left)
    assert (0, 0) == (again.pages, again.left)
    assert "末页" in text(office, uid)
    with office.ask("gm") as unit:
        rows = select(DigitalObject.page, DigitalObject.outcome).where(DigitalObject.page.is_not(None))
        assert {2: "empty", 3: "timed-out", 4: "text"} == dict(unit.session.execute(rows).all())


@pytest.mark.parametrize(
    ("data", "name"),
    [(as_file(PAGE), "相片.png"), (as_file(PAGE, "TIFF", PAGE), "传真.tif")],
    ids=["photograph", "fax"],
)
def test_image_files_are_recognised_too(office, data, name):
    """Every page of them."""
    uid = filed(office, text=data, name=name)
    sync.drain(office.instance)

    done = recognised(office, Reader())

    assert done.pages == (1 if name.endswith("png") else 2)
    assert f"第{done.pages}页 押金退还" in text(office, uid)


def test_a_file_in_which_nothing_can_be_drawn_waits_no_longer(office):
    """It was counted by its pictures; opened, it has none fit to read."""
    filed(office, text=b"\x89PNG\r\n\x1a\n" + b"x" * 99, name="坏.png")
    sync.drain(office.instance)

    done, again = recognised(office, Reader()), recognised(office, Reader())

    assert (0, 0, 0) == (done.pages, done.left, again.pages)


@pytest.fixture
def counter(shelf_home, tmp_path, monkeypatch):
    """People at the counter of the filled office; the index follows them as in the program."""
    made = a_counter(shelf_home.parent, tmp_path, monkeypatch)
    monkeypatch.setattr(clikit.wiring, "after_work", cli._freshen)
    return made


def attached(counter, tmp_path) -> str:
    """The code of a paper to which a scan was attached."""
    scan = tmp_path / "申请.pdf"
    scan.write_bytes(as_pdf(PAGE, PAGE))
    rows = counter.rows("gm", "search", "装修")["rows"]
    code = next(row["code"] for row in rows if row["kind"] == "item")
    counter.run("archivist", "item", "attach", code, scan).check()
    return code


def test_recognised_words_are_found_and_marked(counter, tmp_path, monkeypatch):
    """The command says what was done and left; search finds the words, and says how sure the recogniser was."""
    code = attached(counter, tmp_path)
    reader = Reader(page("王小明要求退还保证金差额", 62), page("第二页", 58))
    monkeypatch.setattr(job, "Recogniser", lambda: contextlib.nullcontext(reader))

    first = counter.run("archivist", "index", "ocr", "--pages", "1").check()
    second = counter.rows("archivist", "index", "ocr", "--minutes", "5")

    assert "可信度较低" in first.err + first.out
    assert "尚有 1 页待识别" in first.err + first.out
    assert {"recognised": 1, "with_text": 1, "doubtful": 1, "failed_pages": 0, "left_pages": 0} == second
    hits = counter.rows("gm", "search", "保证金差额")["rows"]
    assert [(code, 60)] == [(row["code"], row["confidence"]) for row in hits]
    told = counter.run("gm", "search", "保证金差额").check().out
    assert "可信度 60 %" in told
    assert (
        "2 页来自文字识别，可信度 60 %"
        in counter.run("gm", "item", "read", code, "--for", "核对").check().err
    )
    files = counter.rows("gm", "item", "files", code)
    assert "扫描页已做文字识别" in files[-1]["outcome"]
    assert (2, 2, 60) == tuple(files[-1][name] for name in ("scans", "recognised", "confidence"))


def test_conf_recognised_words_of_a_confidential_paper_stand_nowhere_in_clear(office):
    """Neither in the catalogue nor in any file of the instance."""
    scanned(office, 1, class_code="HT·01", level=Level.CONFIDENTIAL)
    recognised(office, Reader(page("卧虎藏龙密件之文")))

    clear = [
        path
        for path in office.instance.home.rglob("*")
        if path.is_file() and "卧虎".encode() in path.read_bytes()
    ]

    assert [] == clear
    with sqlite3.connect(office.instance.database) as raw:
        assert not [row for row in raw.iterdump() if "卧虎" in row]


def test_every_page_leaves_a_line_in_the_log_without_words(office):
    """Which page, what became of it, how sure."""
    scanned(office, 1)
    recognised(office, Reader(page("押金", 62)))

    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        rows = select(Event.facts).where(Event.act == Act.ITEM_EXTRACT).order_by(Event.seq)
        facts = [json.loads(told) for told in unit.session.scalars(rows)]
    assert {"outcome": "text", "page": 2, "confidence": 62} == {
        key: facts[-1][key] for key in ("outcome", "page", "confidence")
    }
    assert "押金" not in json.dumps(facts, ensure_ascii=False)


def test_two_runs_at_once_keep_a_page_once(office):
    """What another process kept first stays; the second text is dropped."""
    uid = scanned(office, 1)
    with office.ask("gm") as unit:
        rows = select(DigitalObject.uid).where(
            DigitalObject.item_uid == uid, DigitalObject.purpose == ObjectPurpose.CONTENT
        )
        content = unit.session.scalars(rows).one()

    def keep(words: str) -> bool:
        with office.instance.work(job.SYSTEM, Act.ITEM_EXTRACT) as unit:
            stored = unit.session.get_one(DigitalObject, content)
            return recognition.keep(unit, stored, 2, outcome="text", text=words, confidence=90)

    assert (True, False) == (keep("先到"), keep("后到"))
    assert ("先到" in text(office, uid), "后到" in text(office, uid)) == (True, False)


def test_rel_C1_a_run_killed_after_a_page_goes_on_behind_it(office, monkeypatch):
    """The page is kept before anything else is done; nothing is read twice."""
    uid = scanned(office, 2)

    class Killed(BaseException):
        pass

    def stop(name: str) -> None:
        if name == "index.after_page":
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(job, "point", stop)
        with pytest.raises(Killed):
            recognised(office, Reader(page("丢失的一次")))
    recognised(office, Reader(page("甲"), page("乙")))

    assert "text page\n甲\n乙" == text(office, uid)


# --- without the extra -------------------------------------------------------------------------


def test_without_the_extra_the_command_says_how_to_install_it(counter, tmp_path, monkeypatch):
    """Nothing is recognised, nothing is broken; the sentence names the remedy. Where nothing waits, nothing is missed."""
    monkeypatch.setattr(ocr, "NEEDED", ("no_such_package",))

    counter.run("archivist", "index", "ocr").check()
    attached(counter, tmp_path)
    told = counter.run("archivist", "index", "ocr").check(7)

    assert "requirements-ocr.lock" in told.err
    with pytest.raises(RecognitionMissing):
        Recogniser()


def test_who_may_not_care_for_the_index_may_not_recognise(counter):
    """A clerk is refused before anything is loaded."""
    assert counter.run("clerk", "index", "ocr").status not in {0, 7}


# --- the recogniser itself ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def recogniser():
    with Recogniser() as one:
        yield one


def shown(*lines: str, **how) -> Picture:
    drawn = sheet(*lines, **how)
    return Picture(drawn.width, drawn.height, drawn.tobytes())


@extra
@pytest.mark.slow
def test_the_recogniser_reads_a_chinese_office_paper(recogniser):
    """Names, amounts, dates and numbers of a clean scan, each line in its place."""
    found = recogniser.read(shown(*LETTER))

    assert (Outcome.TEXT, True) == (found.outcome, found.confidence > 95)
    squeezed = "".join(found.text.split())
    wanted: Sequence[str] = [
        "装修保证金退还申请书",
        "ZX-2024-0317",
        "陈大文",
        "A座1203室",
        "2023年5月18日",
        "王志强",
        "二〇二四年三月十七日",
    ]
    assert [] == [word for word in wanted if word not in squeezed]


@extra
@pytest.mark.slow
def test_a_bad_copy_is_read_with_less_confidence_and_a_blank_page_is_empty(recogniser):
    """What is doubtful is kept and known to be."""
    clean, bad = recogniser.read(shown(*LETTER)), recogniser.read(shown(*LETTER, blur=6))
    blank = recogniser.read(Picture(1240, 1754, b"\xff" * 1240 * 1754))

    assert bad.confidence < recognition.DOUBTFUL < clean.confidence
    assert (Outcome.EMPTY, "", 0) == (blank.outcome, blank.text, blank.confidence)


@extra
@pytest.mark.slow
@pytest.mark.parametrize("word", ["停水通知", "押金", "12"])
def test_a_lone_word_on_a_page_is_not_overlooked(recogniser, word):
    """Margins are cut off first; with them the recogniser finds nothing."""
    assert (Outcome.TEXT, word) == (recogniser.read(shown(word)).outcome, recogniser.read(shown(word)).text)


@extra
@pytest.mark.slow
def test_a_page_full_of_long_lines_is_read_within_the_memory_of_the_child(recogniser):
    """A ledger in small print: eighty lines across the page."""
    found = recogniser.read(shown(*["物业服务合同押金退还装修保证金停车位管理费" * 3] * 80, size=10))

    assert (Outcome.TEXT, True) == (found.outcome, found.text.count("\n") >= 40)


@extra
@pytest.mark.slow
@pytest.mark.parametrize("side", [(2000, 2000), (2000, 30), (30, 2000), (1, 1)], ids=str)
def test_rel_F1_noise_ends_with_an_outcome_and_the_next_page_is_read(recogniser, side):
    """Whatever the pixels, the child answers or is replaced."""
    noise = random.Random(7).randbytes(side[0] * side[1])

    found = recogniser.read(Picture(*side, noise))

    assert found.outcome in Outcome
    assert Outcome.TEXT == recogniser.read(shown("停水通知")).outcome


@extra
@pytest.mark.slow
def test_rel_F3_the_recogniser_is_locked_in_too(recogniser):
    """As the reader of files is: the same tries, all denied where the kernel has the locks."""
    found = recogniser.sandbox()

    assert found.level == (sandbox.FULL if found.landlock and not found.open else sandbox.LIMITS_ONLY)
    assert "memory" not in found.open


@extra
@pytest.mark.slow
def test_the_whole_way_from_a_scan_to_a_hit(counter, tmp_path):
    """Filed, recognised by the command, found by its words."""
    code = attached(counter, tmp_path)

    done = counter.rows("archivist", "index", "ocr")

    assert (2, 2, 0) == (done["recognised"], done["with_text"], done["left_pages"])
    assert code in {row["code"] for row in counter.rows("gm", "search", "王志强")["rows"]}
