"""Counts of an answer: each is what narrowing by its value gives, with the name people know it by."""

from __future__ import annotations

import pytest

from archive.words import Language
from indexer.facets import FACETS, _within
from indexer.question.tree import Column
from tests.indexer.asking import page

EVERY = frozenset(FACETS)
#: How a value of each count is typed.
TYPED = {
    Column.KIND: "种类", Column.CLASS: "类别", Column.FAMILY: "门类", Column.YEAR: "年度", Column.LEVEL: "密级",
    Column.DEPARTMENT: "部门", Column.PLACE: "位置", Column.STATE: "状态",
}  # fmt: skip


@pytest.mark.parametrize("by", ["staff", "clerk", "gm"])
@pytest.mark.parametrize("words", ["", "押金", "装修 或 电梯"])
def test_every_count_is_the_total_of_narrowing_by_it(library, by, words):
    """Class and place with all that is in them; each person's own counts."""
    found = page(library, words, by, facets=EVERY)
    asked = 0
    for column, many in found.facets.items():
        for one in many:
            typed = f"({words}) {TYPED[column]}:{one.value}" if words else f"{TYPED[column]}:{one.value}"
            assert page(library, typed, by).total == one.count, typed
            asked += 1
    assert asked > 10
    for column in (Column.KIND, Column.FAMILY, Column.YEAR, Column.LEVEL, Column.DEPARTMENT, Column.STATE):
        assert sum(one.count for one in found.facets[column]) == found.total


def test_values_have_their_names_in_both_languages(library):
    """Titles of classes, names of departments, words of levels and states, the way to a place."""
    found = page(library, "", "gm", facets=EVERY).facets
    named = {column: {one.value: one.called(Language.ZH) for one in many} for column, many in found.items()}
    english = {column: {one.value: one.called(Language.EN) for one in many} for column, many in found.items()}

    assert named[Column.LEVEL] == {"INTERNAL": "内部", "CONFIDENTIAL": "秘密", "SECRET": "机密"}
    assert english[Column.LEVEL]["INTERNAL"] == "internal"
    assert named[Column.DEPARTMENT]["GC"] == "工程部"
    assert named[Column.PLACE] == {"R1": "一号库房", "R1-C1": "一号库房 / 一号柜"}
    assert named[Column.KIND] == {"volume": "案卷", "item": "件"}
    assert "装修" in named[Column.CLASS]["ZX"] and english[Column.CLASS]["ZX"].isascii()
    assert named[Column.STATE] == {"OPEN": named[Column.STATE]["OPEN"]}


def test_counts_stand_in_an_order_one_can_read(library):
    """Years newest first, levels upward, classes as a tree, the rest by count."""
    found = page(library, "", "gm", facets=EVERY).facets
    years = [one.value for one in found[Column.YEAR]]
    assert years == sorted(years, reverse=True)
    assert list(found) == [column for column in FACETS if column in found]
    paths = [one.value for one in found[Column.CLASS]]
    assert paths == sorted(paths)
    assert {one.depth for one in found[Column.CLASS]} == {0, 1}
    counts = [one.count for one in found[Column.DEPARTMENT]]
    assert counts == sorted(counts, reverse=True)


def test_only_what_is_asked_is_counted(library):
    """No counts unasked; one column alone; none for what stands nowhere."""
    assert page(library, "押金", "gm").facets == {}
    assert list(page(library, "押金", "gm", facets=frozenset({Column.YEAR})).facets) == [Column.YEAR]
    assert page(library, "不存在的词", "gm", facets=EVERY).facets[Column.CLASS] == []


def test_what_is_around_a_place_counts_it_too():
    """Paths are summed upward; what stands nowhere is left out."""
    assert _within({"R1/": 1, "R1/C1/": 2, "R1/C1/L1/": 4, "": 9}, "/") == {
        ("R1",): 7, ("R1", "C1"): 6, ("R1", "C1", "L1"): 4,
    }  # fmt: skip
