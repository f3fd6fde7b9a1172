"""Kept searches: each person his own, sealed on the disk, and their answers always those of now."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3

import pytest
from sqlalchemy import select

from archive import grants, people
from archive.acts import Act
from archive.errors import BadValue, CodeTaken, Damaged, NotAllowed, NotFound, QueryUnclear
from archive.model import Event, SavedSearch
from archive.unit import LOG_KEY
from archive.values import Level
from indexer import saved, search, sync
from indexer.engine import Order
from indexer.narrowing import Wanted
from indexer.search import Question
from tests import make
from tests.indexer.asking import codes, page


def keep(office, by, name, words, replace=False, **asked):
    with office.work(by, Act.SAVED_KEEP) as unit:
        return saved.keep(unit, name, Question(words, **asked), replace=replace)


def listed(office, by):
    with office.ask(by, Act.SAVED_SEE) as unit:
        return saved.listed(unit)


def run(office, by, name):
    with office.ask(by, Act.SAVED_SEE) as unit:
        question = saved.named(unit, name).question
    with office.ask(by, Act.RECORD_SEARCH) as unit:
        return search.search(unit, sync.engine(office.instance), question)


def test_a_search_is_kept_with_its_conditions_and_asks_the_same_again(library):
    """Options become part of the question as one reads it; order and synonyms are kept too."""
    wanted = Wanted(class_code="ZX", year_from=2024, level=Level.INTERNAL, date_to=dt.date(2025, 12, 31))
    made = keep(
        library, "clerk", " 在装  图纸 ", "装修 -草稿", wanted=wanted, order=Order.CODE, synonyms=True
    )

    assert made.name == "在装 图纸"
    for part in ("装修", "-草稿", "类别:ZX", "年度:2024", "密级:内部"):
        assert part in made.words
    assert listed(library, "clerk") == [made]
    again = page(library, "装修 -草稿", "clerk", order=Order.CODE, synonyms=True, class_code="ZX", year_from=2024,
                 level=Level.INTERNAL, date_to=dt.date(2025, 12, 31))  # fmt: skip
    assert codes(run(library, "clerk", "在装 图纸")) == codes(again) != []


def test_conf_a_kept_search_is_seen_by_nobody_else(library):
    """Not listed, not run, not renamed, not removed: the answer is that of a name nobody uses."""
    keep(library, "clerk", "我的", "押金")
    assert listed(library, "gm") == [] == listed(library, "archivist")
    for act in (
        lambda unit: saved.named(unit, "我的"),
        lambda unit: saved.rename(unit, "我的", "他的"),
        lambda unit: saved.remove(unit, "我的"),
    ):
        with pytest.raises(NotFound), library.work("gm", Act.SAVED_KEEP) as unit:
            unit.act(Act.SAVED_KEEP)
            act(unit)
    keep(library, "gm", "我的", "电梯")
    assert [one.words for one in listed(library, "clerk")] == ["押金"]


def test_conf_P4_the_answer_is_what_one_may_see_now(library):
    """A grant runs out: the kept search finds no more than a fresh one."""
    code = page(library, "诉讼策略", "gm").rows[0].code
    with library.work("gm", Act.GRANT_GIVE) as unit:
        acts = [Act.RECORD_SEARCH]
        grants.give(unit, code, to="clerk", acts=acts, expires_on=dt.date(2026, 3, 3), reason="办案")
    keep(library, "clerk", "案子", "诉讼策略")
    assert codes(run(library, "clerk", "案子")) == [code]
    library.tick(days=2)
    assert run(library, "clerk", "案子").total == 0


def test_a_name_is_taken_once_by_each_person(library):
    """Blanks and capitals make no other name; replacing is said; renaming to oneself is allowed."""
    keep(library, "clerk", "My deposits", "押金")
    with pytest.raises(CodeTaken):
        keep(library, "clerk", "my  DEPOSITS", "装修")
    keep(library, "clerk", "my deposits", "装修", replace=True)
    assert [(one.name, one.words) for one in listed(library, "clerk")] == [("my deposits", "装修")]
    keep(library, "clerk", "乙", "电梯")
    with library.work("clerk", Act.SAVED_KEEP) as unit:
        assert saved.rename(unit, "乙", "甲").name == "甲"
    with pytest.raises(CodeTaken), library.work("clerk", Act.SAVED_KEEP) as unit:
        saved.rename(unit, "甲", "my deposits")
    with library.work("clerk", Act.SAVED_REMOVE) as unit:
        saved.remove(unit, "甲")
    assert [one.name for one in listed(library, "clerk")] == ["my deposits"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "a\x00b", "a\nb\x1b"])
def test_what_is_no_name_is_refused(library, name):
    """1 to 40 characters that can be printed."""
    with pytest.raises(BadValue):
        keep(library, "clerk", name, "押金")


def test_a_question_that_cannot_be_read_is_not_kept(library):
    """The slip is told when it is made, not when it is run."""
    with pytest.raises(QueryUnclear):
        keep(library, "clerk", "坏", "押金 (")
    assert listed(library, "clerk") == []


def test_a_person_keeps_so_many_and_no_more(library, monkeypatch):
    """The limit is told; replacing one is still possible."""
    monkeypatch.setattr(saved, "MOST", 2)
    for name in "甲乙":
        keep(library, "clerk", name, "押金")
    with pytest.raises(BadValue):
        keep(library, "clerk", "丙", "押金")
    keep(library, "clerk", "乙", "装修", replace=True)


def test_conf_E1_neither_name_nor_question_is_readable_in_the_database(library):
    """Sealed in the row and in the log, bound to person and row: a card put elsewhere does not open."""
    keep(library, "clerk", "王五离婚案", "诉讼策略密语")
    keep(library, "gm", "另一", "押金")
    disk = b"".join(path.read_bytes() for path in library.home.glob("catalogue.db*"))
    for text in ("王五离婚案", "诉讼策略密语"):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            assert text.encode(encoding) not in disk
    with library.ask("gm") as unit:
        mine = unit.session.scalars(select(SavedSearch.uid).order_by(SavedSearch.saved_at)).all()
    with sqlite3.connect(library.instance.database) as raw:
        raw.execute(
            "UPDATE saved_search SET card = (SELECT card FROM saved_search WHERE uid <> ?) WHERE uid = ?",
            (mine[0], mine[0]),
        )
    raw.close()
    with pytest.raises(Damaged):
        listed(library, "clerk")


def test_conf_every_change_leaves_a_line_with_its_words_sealed(library):
    """Kept, renamed, removed: who and when in clear, what only under the log's key; looking leaves none."""
    keep(library, "clerk", "甲", "押金")
    with library.work("clerk", Act.SAVED_KEEP) as unit:
        saved.rename(unit, "甲", "乙")
    listed(library, "clerk")
    with library.work("clerk", Act.SAVED_REMOVE) as unit:
        saved.remove(unit, "乙")
    with library.ask("auditor", Act.AUDIT_SEE) as unit:
        rows = unit.session.scalars(
            select(Event).where(Event.act.startswith("saved.")).order_by(Event.seq)
        ).all()
        told = [json.loads(unit.keys.open_with(LOG_KEY, LOG_KEY.encode(), row.sealed)) for row in rows]
    assert [(row.account, row.act, row.facts) for row in rows] == [
        ("clerk", Act.SAVED_KEEP, "{}"), ("clerk", Act.SAVED_KEEP, "{}"), ("clerk", Act.SAVED_REMOVE, "{}"),
    ]  # fmt: skip
    assert told == [{"name": "甲", "words": "押金"}, {"name": "甲", "to": "乙"}, {"name": "乙"}]


@pytest.mark.parametrize("by", ["security", "auditor", "admin"])
def test_conf_administrators_keep_no_searches(library, by):
    """Who may not search keeps no searches."""
    with pytest.raises(NotAllowed):
        keep(library, by, "甲", "押金")


def test_when_a_person_leaves_his_searches_stay_sealed_and_unused(library):
    """The row stays with its person; nobody else sees it, and he himself is not let in."""
    keep(library, "clerk", "甲", "押金")
    make.cleared(library, "clerk")
    with library.work("admin", Act.PERSON_LEAVE) as unit:
        people.leave(unit, "clerk")
    with library.ask("gm") as unit:
        assert len(unit.session.scalars(select(SavedSearch)).all()) == 1
    assert listed(library, "gm") == []
    with pytest.raises(NotAllowed):
        listed(library, "clerk")
