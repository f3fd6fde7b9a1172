"""Where a question finds nothing: what else would, near records; and records like a given one."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from archive import grants, objects
from archive.acts import Act
from archive.errors import NotFound
from archive.model import Event
from archive.values import Level
from archive.words import Language
from indexer import suggestions, sync
from indexer.question.tree import And, Column, Field, Or, Term, Where
from tests.indexer.asking import codes, page
from tests.indexer.shelves import filed


def meant(found):
    """The questions offered, with their totals."""
    return {one.words(Language.ZH): one.total for one in found.meant}


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("装休", "装修"),  # the same sound
        ("押今", "押金"),
        ("供电菊", "供电局"),
        ("电体 维保", "电梯 维保"),  # one of two words
    ],
)
def test_a_word_written_otherwise_is_offered_with_what_it_finds(library, typed, offered):
    """The offer finds exactly as many as it says, and it is a question one can type."""
    told = meant(page(library, typed, "gm"))
    assert offered in told
    assert told[offered] == page(library, offered, "gm").total > 0


def test_every_offer_finds_what_it_says_and_keeps_what_it_was_narrowed_to(library):
    """Corrections and shorter questions alike, also under conditions."""
    for typed, more in (
        ("装休 押金", {}),
        ("押金 火星", {"class_code": "WS"}),
        ("电梯 维保 火星", {"year_from": 2025}),
    ):
        told = meant(page(library, typed, "gm", **more))
        assert told
        for words, total in told.items():
            assert page(library, words, "gm", **more).total == total > 0, words


def test_a_question_of_words_that_never_meet_is_offered_without_each_one(library):
    """Both words stand somewhere, nowhere together: each alone is offered, with its count."""
    told = meant(page(library, "水费 诉讼", "gm"))
    assert set(told) == {"水费", "诉讼"}


def test_a_question_that_finds_something_gets_no_advice(library):
    """Nor does one without words, nor a page past the end, nor one of many words."""
    assert page(library, "押金", "gm").meant == ()
    assert page(library, "押金", "gm", offset=180).meant == ()
    assert page(library, "年度:1999", "gm").meant == () == page(library, "年度:1999", "gm").similar
    many = " ".join(f"无此词{n}" for n in range(suggestions.MOST_WORDS + 1))
    assert page(library, many, "gm").meant == ()


def test_records_of_similar_words_are_shown_where_nothing_is_found(library):
    """A sentence that stands nowhere as it is typed leads to what it is about, its words marked."""
    found = page(library, "供电局关于停电检修的通知函", "staff")
    assert found.total == 0
    first = found.similar[0]
    assert first.title == "供电局停电来函"
    assert "供电局停电" in {first.title[start:end] for start, end in first.title_spans}


def test_conf_nothing_hidden_is_offered(library):
    """A word that stands only in what one may not see is offered to nobody but those who see it."""
    assert "诉讼" in meant(page(library, "诉颂", "gm"))
    for by in ("staff", "records"):
        found = page(library, "诉颂", by)
        assert not meant(found).keys() & {"诉讼", "诉讼策略"}
        assert "保密例会纪要" not in {row.title for row in found.similar}


# --- records like one -------------------------------------------------------------------------


def one(library, title, by="gm", kind="item"):
    """The code of the record so called."""
    return next(row.code for row in page(library, title, by).rows if row.title == title and row.kind == kind)


def test_records_like_one_are_those_that_share_its_words_without_itself(library):
    """The other drawing first; the record itself is not among them; narrowing applies."""
    code = one(library, "A1203装修平面图")
    found = page(library, "", "clerk", like=code)
    assert code not in codes(found)
    assert "A1204装修平面图" in [row.title for row in found.rows][:3]
    narrowed = page(library, "", "gm", like=code, class_code="WS")
    assert narrowed.rows and {row.class_code[:2] for row in narrowed.rows} == {"WS"}
    by_word = page(library, "电梯", "gm", like=code)
    assert by_word.rows and set(codes(by_word)) <= set(codes(page(library, "电梯", "gm", limit=200)))


def test_conf_P1_a_record_one_may_not_see_is_like_nothing(library):
    """The answer is that of a code that does not exist; the try leaves its line."""
    code = one(library, "保密例会纪要")
    told = []
    for asked in (code, "K001-没有"):
        with pytest.raises(NotFound) as error:
            page(library, "", "staff", like=asked)
        told.append(error.value.message(Language.ZH).replace(asked, "…"))
    assert told[0] == told[1]
    with library.ask("auditor", Act.AUDIT_SEE) as unit:
        last = unit.session.scalars(select(Event).order_by(Event.seq.desc()).limit(2)).all()
    assert {(line.act, line.outcome) for line in last} == {(Act.RECORD_SEE, "not-found")}


def test_conf_the_text_of_a_record_is_used_only_by_who_may_search_it(library):
    """The archivist sees a confidential title; records that only its text resembles are not among the likes."""
    filed(library, title="水泵检修记录", text="诉讼策略讨论要点，装修押金案。")
    sync.drain(library.instance)
    code = one(library, "保密例会纪要")
    blind, open_ = page(library, "", "archivist", like=code), page(library, "", "gm", like=code)
    assert "水泵检修记录" in {row.title for row in open_.rows}
    assert "水泵检修记录" not in {row.title for row in blind.rows}
    with library.work("gm", Act.GRANT_GIVE) as unit:
        grants.give(
            unit, code, to="archivist", acts=[Act.RECORD_SEARCH], expires_on=unit.today, reason="办案"
        )
    assert "水泵检修记录" in {row.title for row in page(library, "", "archivist", like=code).rows}


def test_conf_V25_looking_for_the_like_of_a_confidential_record_leaves_its_lines(library):
    """Which record, sealed with the search; that it was looked at, and its text used."""
    code = one(library, "保密例会纪要")
    with library.ask("gm") as unit:
        uid, start = unit.record(code).uid, unit.session.scalar(select(Event.seq).order_by(Event.seq.desc()))
    page(library, "", "gm", like=code)
    with library.ask("auditor", Act.AUDIT_SEE) as unit:
        rows = unit.session.scalars(select(Event).where(Event.seq > start).order_by(Event.seq)).all()
    lines = [(row.act, row.object_uid) for row in rows]
    assert lines[0] == (Act.RECORD_SEARCH, "")
    assert {(Act.RECORD_SEE, uid), (Act.RECORD_SEARCH, uid)} <= set(lines)
    assert "confidential" in json.loads(rows[0].facts)


def test_a_record_whose_card_or_text_does_not_open_is_like_nothing_and_breaks_nothing(library, monkeypatch):
    """A damaged text leaves the words of the card; the index is not blamed for it."""
    code = one(library, "A1203装修平面图")
    with library.work("archivist", Act.ITEM_EDIT) as unit:
        unit.act(Act.ITEM_EDIT)
        stored = objects.texts(unit, [unit.item(code).uid])
        for pairs in stored.values():
            pairs[0][0].wrapped_key = b"\0" * 61
    assert page(library, "", "gm", like=code).rows


# --- the pure parts ---------------------------------------------------------------------------


def test_a_question_is_shortened_only_where_words_are_left():
    """Each part in turn, conditions too; never down to conditions alone."""
    word, other, year = Term("押金"), Term("装修"), Where(Column.YEAR, 2024, 2024)
    assert list(suggestions._shortened(And((word, other)))) == [other, word]  # noqa: SLF001
    assert list(suggestions._shortened(And((word, year)))) == [word]  # noqa: SLF001
    assert list(suggestions._shortened(Or((word, other)))) == []  # noqa: SLF001
    assert list(suggestions._shortened(word)) == []  # noqa: SLF001


def test_what_marks_a_similar_record_are_pairs_and_words():
    """No single characters, no gaps, not without end."""
    found = suggestions.pairs("押金，退还 HT-2024")
    assert Term("押金") in found.parts and Term("ht") in found.parts
    assert all(len(term.text) > 1 for term in found.parts)
    assert len(suggestions.pairs("".join(map(chr, range(0x4E00, 0x4F00)))).parts) == suggestions.MOST_PAIRS


def test_a_word_of_a_field_stays_in_its_field_when_it_is_respelt():
    """题名:装休 becomes 题名:装修, without its star."""
    tree = And((Term("装休", Field.TITLE, prefix=True), Term("押金")))
    assert suggestions._with(tree, {tree.parts[0]: "装修"}) == And((Term("装修", Field.TITLE), Term("押金")))  # noqa: SLF001
    assert Level.INTERNAL
