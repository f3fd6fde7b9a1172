"""How Chinese text becomes cells and terms, and how the cells find their way back to the original."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.language.analysis import (
    GAP,
    NONE,
    Needle,
    cells,
    keys,
    needles,
    normalise,
    phrase,
    pieces_and_keys,
    words,
)

OFFICE = st.text(
    st.sampled_from("物业管理装修張責豐臺人合同ＡＢ１２abcé12 3,，。-·.()（）\n\t\u3000\u200bｶﾞ①㎡"),
    max_size=40,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("物业管理", ["物业", "业管", "管理", "理"]),
        ("A座1203", ["a", "座", "1203"]),
        ("HT-2019-0032", ["ht", "2019", "0032"]),
        ("ＨＴ－２０１９", ["ht", "2019"]),
        ("28,000元", ["28000", "元"]),
        ("裝修。責任", ["装修", "修", GAP, "责任", "任"]),
        ("物业-管理", ["物业", "业", GAP, "管理", "理"]),
        ("姓 名", ["姓名", "名"]),
        ("物业\n管理", ["物业", "业管", "管理", "理"]),
        ("物业\n\n管理", ["物业", "业", GAP, "管理", "理"]),
        ("张三\t李四", ["张三", "三", GAP, "李四", "四"]),
        ("物\u200b业", ["物业", "业"]),
        ("，。！", []),
        ("HT—2019—0032", ["ht", "2019", "0032"]),
        ("1,234,567.89", ["1234567", "89"]),
        ("1234,567", ["1234", GAP, "567"]),
        ("責(zé)任(rèn)", ["责任", "任"]),
        ("責（zé）\n任", ["责任", "任"]),
        ("吅同", ["合同", "同"]),
        ("粤B12K3N", ["粤", "b", "12", "k", "3", "n"]),
        ("2019年5月14日", ["2019", "年", "5", "月", "14", "日"]),
        ("二〇二五年三月", ["二〇", "〇二", "二五", "五年", "年三", "三月", "月"]),
    ],
)
def test_req_R108_a_text_becomes_these_terms(text, expected):
    """
    Pairs of characters with the last one alone, words and numbers apart, gaps at punctuation, cells of
    a table and blank lines, but not where extraction broke a line.
    """
    found = words(text)

    assert expected == [term for at, term in enumerate(found) if (at, term) != (len(found) - 1, GAP)]


@settings(deadline=None, derandomize=True, max_examples=300)
@given(OFFICE)
def test_req_R108_cells_and_terms_number_alike(text):
    """
    Cell n begins term n, and stands at a real place of the original.
    """
    rows, terms = cells(text), words(text)

    assert len(rows) == len(terms)
    for cell, term in zip(rows, terms, strict=True):
        assert term.startswith(cell.text)
        assert 0 <= cell.start <= cell.end <= len(text)
        if cell.text != GAP:
            assert cell.text in normalise(text[cell.start : cell.end]).replace(",", "").replace("\u200b", "")


@settings(deadline=None, derandomize=True, max_examples=300)
@given(OFFICE)
def test_req_R108_places_are_in_order(text):
    """
    Cells never run backwards, so that a span from the first to the last cell is the match.
    """
    rows = cells(text)

    assert all(
        a.start <= b.start and a.end <= max(b.end, a.end) for a, b in zip(rows, rows[1:], strict=False)
    )
    assert sorted(cell.start for cell in rows) == [cell.start for cell in rows]


def test_req_R108_a_question_asks_for_pairs_and_for_open_single_characters():
    """
    Pairs tell of the neighbour; the last character alone may be followed by anything.
    """
    assert (Needle("物业", 0, False), Needle("业管", 1, False)) == needles("物业管")
    assert (Needle("租", 0, True),) == needles("租")
    assert (Needle("a", 0, False), Needle("座", 1, True)) == needles("A座")
    assert (Needle("a", 0, False), Needle("座", 1, False), Needle("1203", 2, False)) == needles("A座1203")
    assert (Needle("k", 0, False), Needle("001", 1, True)) == needles("K001", prefix=True)
    assert ["合", "同", GAP, "甲"] == phrase("《合同》，甲。")


def test_hostile_blanks_take_no_time():
    """
    A megabyte of blanks and line ends is read once, not again from every place (reliability L3).
    """
    text = "物" + " " * 500_000 + "\n" * 200_000 + " " * 300_000 + "业"

    assert ["物", GAP, "业"] == words(text)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(OFFICE)
def test_pieces_and_keys_together_are_the_same(text):
    """
    Folding once for both changes neither; pieces cut are the words.
    """
    pieces, found = pieces_and_keys(text)

    assert (words(text), keys(text)) == (cut(pieces), found)


def cut(pieces):
    """The words that *pieces* stand for."""
    runs, words_ = iter(zip(pieces.runs, pieces.nexts, strict=True)), iter(pieces.words)
    found = []
    for size in pieces.sizes:
        if not size:
            found.append(next(words_))
            continue
        run, further = next(runs)
        assert len(run) == size
        row = run + further.strip(NONE)
        found += [row[at : at + 2] for at in range(size)]
    return found


def test_without_the_broken_line_a_word_is_missed():
    """
    Witness: were a line end a gap, as a blank line is, the phrase would not stand.
    """
    assert words("物业") == words("物 \n 业")
    assert words("物业") != words("物\n\n业")
