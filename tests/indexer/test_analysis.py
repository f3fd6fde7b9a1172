"""How Chinese text becomes cells and terms, and how the cells find their way back to the original."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer import analysis
from indexer.analysis import GAP, Needle, cells, code_key, folding, needles, normalise, phrase, words
from indexer.highlight import snippet, spans
from indexer.query import Field, parse

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


def test_req_R108_folding_twice_changes_nothing():
    """
    The table leads to simplified characters that stay, each in its normal form.
    """
    table = folding()
    targets = [new for new in table.values() if new]

    assert 4_000 < len(targets)
    assert all(ord(new) not in table and unicodedata.normalize("NFKC", new) == new for new in targets)
    assert "档案" == normalise("檔案")
    assert "台账" == normalise("臺賬")


def test_a_chain_in_the_table_would_be_noticed(monkeypatch):
    """
    Witness: with a chain a to b to c the check above fails.
    """
    chained = dict(folding()) | {ord("台"): "坮"}
    monkeypatch.setattr(analysis, "folding", lambda: chained)

    assert normalise("臺") != normalise(normalise("臺"))


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


def test_req_R30_a_code_is_the_same_however_it_is_separated():
    """
    Dots, dashes, blanks and width make no difference to a code.
    """
    assert "k001zyzx2025d300012003" == code_key("K001-ZY·ZX·2025·D30-0012-003")
    assert code_key("K001-ZY·ZX") == code_key("ｋ００１ ＺＹ＿zx")


def test_hostile_blanks_take_no_time():
    """
    A megabyte of blanks and line ends is read once, not again from every place (reliability L3).
    """
    text = "物" + " " * 500_000 + "\n" * 200_000 + " " * 300_000 + "业"

    assert ["物", GAP, "业"] == words(text)


# --- highlighting ----------------------------------------------------------------------------


def marked(text, query, field=Field.BODY):
    found = snippet(text, parse(query), field)
    return [found.text[start:end] for start, end in found.spans]


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("業戶辦理裝修押金退還", "装修 退还", ["裝修", "退還"]),
        ("合同编号ＨＴ－２０１９－００３２。", "HT-2019-0032", ["ＨＴ－２０１９－００３２"]),
        ("位于Ａ座1203的业户", "A座1203", ["Ａ座1203"]),
        ("本次装\n修工程", "装修", ["装 修"]),
        ("租约与租金，续租", "租", ["租", "租", "租"]),
        ("文号HT2019与HT2120", "HT20*", ["HT2019"]),
        ("合同HT2019", "2019", ["2019"]),
        ("物业。管理", "物业管理", []),
        ("押金已退", "押金 -已退", ["押金"]),
    ],
)
def test_req_R108_every_match_is_marked_as_it_was_written(text, query, expected):
    """
    Marks stand on the original characters, also where they were found in another form.
    """
    assert expected == marked(text, query)


def test_a_whole_code_is_marked_however_it_was_typed():
    """
    The separators of a code belong to its mark; in running text they do not.
    """
    assert ((0, 12),) == spans("HT-2019-0032", parse("ht20190032"), Field.NUMBER)
    assert ((0, 12),) == spans("HT-2019-0032", parse("ht20190*"), Field.NUMBER)
    assert () == spans("HT-2019-0032", parse("ht20190032"), Field.BODY)


def test_the_passage_with_most_words_is_shown_on_one_line():
    """
    The best window is found far down, cut with dots, without line ends or control characters.
    """
    text = "装修说明。" + "无关内容，" * 60 + "业户\x1b[31m王\n先生的装修押金退还" + "，其他内容" * 60
    found = snippet(text, parse("装修 押金"))

    assert "押金" in found.text
    assert found.text.startswith("…") and found.text.endswith("…")
    assert 60 <= len(found.text) <= 80
    assert found.text.isprintable()
    assert {"装修押金"} == {found.text[a:b] for a, b in found.spans}


@settings(deadline=None, derandomize=True, max_examples=200)
@given(OFFICE, OFFICE)
def test_marks_stay_within_any_text(text, query):
    """
    Whatever is asked of whatever text, spans lie inside the passage, in order, apart.
    """
    try:
        tree = parse(query)
    except Exception:  # an unclear question marks nothing
        tree = parse("")
    found = snippet(text, tree, None)
    flat = [place for span in found.spans for place in span]

    assert sorted(set(flat)) == flat
    assert all(0 <= place <= len(found.text) for place in flat)
