"""One index for many threads: opened once, followed by one thread, and the same answers as ever while it is written."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from archive.acts import Act
from indexer import shelf, sync
from indexer.embedded.whoosh_engine import WhooshEngine
from indexer.following import Follower, follower
from indexer.intake import Mark
from indexer.search import Question, answer
from indexer.shelf import alone, shared
from tests.indexer.shelves import filed


def found(office, words, by="archivist"):
    """The titles that a question finds over the shared index."""
    return {
        row.title
        for row in answer(office.instance, office.who(by), shared(office.instance), Question(words)).rows
    }


@pytest.fixture
def openings(monkeypatch):
    """How often an index was opened."""
    made = []
    first = WhooshEngine.__init__

    def counted(self, *given, **more):
        made.append(given[0])
        first(self, *given, **more)

    monkeypatch.setattr(WhooshEngine, "__init__", counted)
    return made


def asked_at_once(office, ask):
    """Eight threads, sixty questions."""
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(lambda number: ask(("装修", "押金", "电梯")[number % 3]), range(60)))


def test_perf_all_threads_ask_one_index_that_is_opened_once(library, openings):
    """Sixty questions in eight threads, and what each alone would have found."""
    alone_ = [found(library, words) for words in ("装修", "押金", "电梯")]
    assert asked_at_once(library, lambda words: found(library, words)) == alone_ * 20
    assert len(openings) == 1


def test_perf_witness_a_shelf_for_each_question_opens_the_index_anew(library, openings):
    """The same count where nothing is shared."""

    def apart(words):
        with shelf.Shelf(library.instance) as own:
            return answer(library.instance, library.who("archivist"), own, Question(words))

    asked_at_once(library, apart)
    assert len(openings) == 60


def test_rel_D7_questions_asked_while_the_index_is_written_and_merged_are_answered(library):
    """Four threads ask while twelve papers come in one by one: no error, and what was there before is always found."""
    follow, over, seen = follower(library.instance), threading.Event(), []

    def ask():
        while not over.is_set():
            seen.append("A1203装修平面图" in found(library, "装修 平面图"))

    with ThreadPoolExecutor(4) as threads:
        asking = [threads.submit(ask) for _ in range(4)]
        for number in range(12):
            filed(library, title=f"装修平面图 补 {number}")
            follow.follow(0.0)
        assert follow.follow(20)
        over.set()
        for one in asking:
            one.result()
    assert seen and all(seen)
    assert sum(title.startswith("装修平面图 补") for title in found(library, "题名:装修平面图")) == 12


def test_req_what_was_changed_is_found_at_once_by_who_waits_a_moment(library):
    """One paper, one moment; without anything new there is nothing to wait for."""
    filed(library, title="临时用电申请")
    assert follower(library.instance).follow(20)
    assert "临时用电申请" in found(library, "临时用电")
    began = time.monotonic()
    assert follower(library.instance).follow(20) and time.monotonic() - began < 1


def test_rel_an_index_that_cannot_be_written_is_taken_up_again(library, monkeypatch):
    """Another process writes for a while: nobody is held up, and the paper comes in afterwards."""
    monkeypatch.setattr("indexer.following.AGAIN", 0.05)
    monkeypatch.setattr(sync, "PATIENCE", 0.05)
    follow = follower(library.instance)
    with alone(library.instance, patience=5):
        filed(library, title="停车场划线")
        assert not follow.follow(0.3)
    assert follow.follow(20) and follow.fault is None
    assert "停车场划线" in found(library, "停车场划线")


def test_rel_a_defect_does_not_end_the_follower(library, monkeypatch):
    """The next change is taken in with the one before it."""
    drain = sync.drain
    monkeypatch.setattr(sync, "drain", lambda *_, **__: 1 / 0)
    follow = Follower(library.instance)
    filed(library, title="消防演练通知")
    assert not follow.follow(1)
    assert isinstance(follow.fault, ZeroDivisionError)
    monkeypatch.setattr(sync, "drain", drain)
    assert follow.follow(20)
    follow.close()
    with library.ask("archivist", Act.RECORD_SEARCH) as unit:
        assert Mark.read(shared(library.instance).engine()).remembered(unit)


def test_rel_closing_the_office_ends_its_follower_and_lets_go_of_the_index(library):
    """No thread is left, and nothing decrypted is kept."""
    made = follower(library.instance)
    library.instance.close()
    assert not made._thread.is_alive() and library.instance.beside == {}
