"""Groups of synonyms: shipped as data, edited by the office, used only when asked for."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from archive.acts import Act
from archive.errors import BadValue, NotAllowed, NotFound
from archive.model import Event
from archive.unit import LOG_KEY
from indexer import synonyms
from indexer.question.tree import And, Column, Field, Not, Or, Term, Where, wanted
from tests.indexer.asking import codes, page

GROUPS = (("押金", "按金", "保证金"), ("合同", "协议", "协议书"))


def widened(tree, groups=GROUPS):
    return synonyms.widened(tree, groups)


def test_the_shipped_groups_are_those_of_the_trade():
    """Domain §10: each word in one group only; appraisal and review are no synonyms."""
    every = [word for group in synonyms.shipped() for word in group]
    assert len(every) == len(set(every)) > 30
    assert {"押金", "按金", "保证金"} in [set(group) for group in synonyms.shipped()]
    assert not {"鉴定", "评审"} & set(every)
    assert all(synonyms._checked(group) == group for group in synonyms.shipped())  # noqa: SLF001


def test_a_wanted_word_is_joined_by_its_group():
    """In its field, with its star; the words added are told, each once."""
    tree, also = widened(And((Term("押金", Field.TITLE, prefix=True), Term("合同"), Term("押金"))))
    assert tree.parts[0] == Or(tuple(Term(word, Field.TITLE, prefix=True) for word in GROUPS[0]))
    assert tree.parts[1] == Or(tuple(map(Term, GROUPS[1])))
    assert also == ("按金", "保证金", "协议", "协议书")


@pytest.mark.parametrize(
    "tree",
    [
        Term("押金退还"),
        Not(Term("押金")),
        And((Term("电梯"), Not(Or((Term("合同"), Term("押金")))))),
        Where(Column.YEAR, 2024, 2024),
    ],
)
def test_parts_of_words_excluded_words_and_conditions_stay_as_they_are(tree):
    """Only what is wanted, and only a whole word, is widened."""
    assert widened(tree) == (tree, ())


def test_what_is_excluded_twice_is_wanted():
    """非 非 押金 is 押金."""
    tree, also = widened(Not(Not(Term("押金"))))
    assert also == ("按金", "保证金") and len(list(wanted(tree))) == 3


def test_words_are_compared_as_the_index_compares_them():
    """Full width, case and traditional characters make no difference."""
    assert widened(Term("協議"))[1] == ("合同", "协议书")


def test_a_question_is_never_widened_past_the_limit_of_words():
    """Later words stay single; nothing is refused, nothing takes long (L3)."""
    tree, also = widened(Or(tuple(Term("押金") for _ in range(60))))
    assert len(list(wanted(tree))) == 64 == synonyms.MOST_TERMS
    assert also == ("按金", "保证金")


def test_a_search_is_widened_only_when_asked(library):
    """保证金 stands nowhere; with synonyms the deposits are found, and the page says by which words."""
    plain, wide = page(library, "保证金", "gm"), page(library, "保证金", "gm", synonyms=True)
    assert plain.total == 0 and plain.also == ()
    assert set(codes(wide)) == set(codes(page(library, "押金", "gm")))
    assert wide.also == ("押金", "按金")
    assert any(row.passage and "押金" in row.passage.text for row in wide.rows)


# --- the office's own -------------------------------------------------------------------------


def edit(library, by="archivist"):
    return library.work(by, Act.SYNONYM_EDIT)


def groups(library):
    with library.ask("staff", Act.SYNONYM_SEE) as unit:
        return synonyms.listed(unit)


def test_the_office_edits_a_copy_of_its_own(library):
    """A new group, a word that moves, a group removed, the shipped ones again: each seen at the next search."""
    assert groups(library) == (synonyms.shipped(), False)
    with edit(library) as unit:
        synonyms.together(unit, ["电梯", "升降机", "押金"])
    found, own = groups(library)
    assert own and ("按金", "保证金") in found and ("电梯", "升降机", "押金") in found
    assert page(library, "升降机", "gm", synonyms=True).total > 0
    with edit(library) as unit:
        synonyms.together(unit, ["按金", "定金"])
    assert not [group for group in groups(library)[0] if "保证金" in group]
    with edit(library) as unit:
        assert synonyms.dissolve(unit, "升降機") == ("电梯", "升降机", "押金")
    assert page(library, "升降机", "gm", synonyms=True).total == 0
    with edit(library) as unit:
        synonyms.reset(unit)
    assert groups(library) == (synonyms.shipped(), False)


def test_an_office_may_want_no_synonyms_at_all(library):
    """The last group removed, none is left; the shipped ones do not creep back."""
    for group in synonyms.shipped():
        with edit(library) as unit:
            synonyms.dissolve(unit, group[0])
    assert groups(library) == ((), True)
    assert page(library, "保证金", "gm", synonyms=True).also == ()


@pytest.mark.parametrize(
    "words",
    [["押金"], ["押金", "押金"], ["押金", "押金 "], ["押 金", "按金"], ["押金", "x" * 21], ["押金", ""], ["押金", "按金\n合同"], ["押金", "押*"],
     [f"词{n}" for n in range(21)]],
)  # fmt: skip
def test_what_is_no_group_is_refused(library, words):
    """Two to twenty different words of letters and digits."""
    with pytest.raises(BadValue), edit(library) as unit:
        synonyms.together(unit, words)
    assert groups(library)[1] is False


def test_a_word_of_no_group_cannot_be_removed(library):
    """Told, not passed over."""
    with pytest.raises(NotFound), edit(library) as unit:
        synonyms.dissolve(unit, "电梯")


def test_conf_only_the_archivist_edits_and_every_edit_leaves_its_line_with_the_words_sealed(library):
    """Others are refused; the log says that, and when, the groups were changed."""
    with pytest.raises(NotAllowed), edit(library, "clerk") as unit:
        synonyms.together(unit, ["电梯", "升降机"])
    with edit(library) as unit:
        synonyms.together(unit, ["电梯", "升降机"])
    with library.ask("auditor", Act.AUDIT_SEE) as unit:
        rows = unit.session.scalars(
            select(Event).where(Event.act == Act.SYNONYM_EDIT).order_by(Event.seq)
        ).all()
        assert [(row.account, row.outcome, row.facts) for row in rows] == [
            ("clerk", "not-allowed", "{}"), ("archivist", "done", "{}"),
        ]  # fmt: skip
        told = json.loads(unit.keys.open_with(LOG_KEY, LOG_KEY.encode(), rows[1].sealed))
    assert told == {"words": ["电梯", "升降机"]}
