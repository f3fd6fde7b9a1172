"""Every match is marked where it stands in the original, and the best passage is shown."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.language.analysis import GAP, asked, keys, needles, words
from indexer.question import highlight
from indexer.question.highlight import WIDTH, snippet, spans
from indexer.question.tree import And, Column, Field, Not, Or, Term, Where

HOUSE = settings(deadline=None, derandomize=True, max_examples=200)
OFFICE = st.text(
    st.sampled_from(
        "物业管理装修張責豐臺人合同ＡＢ１２座abcé12 3,，。-.·()（）\n\t\u3000\u200bｶﾞ①㎡zé吅幵年月日"
    ),
    max_size=60,
)


def asking(*texts, field=None):
    """All of these terms; a star at the end is a prefix."""
    return And(tuple(Term(text.rstrip("*"), field, text.endswith("*")) for text in texts))


def marked(text, *texts, field=Field.BODY):
    found = snippet(text, asking(*texts), field)
    return [found.text[start:end] for start, end in found.spans]


@pytest.mark.parametrize(
    ("text", "terms", "expected"),
    [
        ("業戶辦理裝修押金退還", ["装修", "退还"], ["裝修", "退還"]),
        ("合同编号ＨＴ－２０１９－００３２。", ["HT-2019-0032"], ["ＨＴ－２０１９－００３２"]),
        ("位于Ａ座1203的业户", ["A座1203"], ["Ａ座1203"]),
        ("本次装\n修工程", ["装修"], ["装 修"]),
        ("租约与租金，续租", ["租"], ["租", "租", "租"]),
        ("文号HT2019与HT2120", ["HT20*"], ["HT2019"]),
        ("合同HT2019", ["2019"], ["2019"]),
        ("物业。管理", ["物业管理"], []),
        ("费用28,000元", ["28000"], ["28,000"]),
        ("费用1234,000元", ["1234000"], []),
        # glosses and bad glyphs
        ("崗位職責(zé)任(rèn)制", ["责任"], ["責(zé)任"]),
        ("負（fù）責（zé）人", ["负责人"], ["負（fù）責（zé）人"]),
        ("签订吅同，讣定", ["合同", "认定"], ["吅同", "讣定"]),
        ("安臵房", ["安置"], ["安臵"]),
        # dates
        ("于二〇一九年五月十四日入伙", ["2019-05-14"], ["二〇一九年五月十四日"]),
        ("于2019.5.14、2019/5/15", ["2019年5月14日"], ["2019.5.14"]),
        ("于2019.5.14、2019/5/15及6月", ["2019年5月"], ["2019.5.14", "2019/5/15"]),
        ("租期2019.5.14-2020.5.13止", ["2020-05-13"], ["2020.5.13"]),
        ("扫描20190514-003", ["2019年5月14日"], ["20190514"]),
        ("2019年度、2019年5月", ["二〇一九年"], ["2019年度", "2019年5月"]),
        # codes, units, plates, telephones
        ("见HT-2019-0032号合同", ["HT20190032"], ["HT-2019-0032"]),
        ("见HT20190032号合同", ["HT-2019-0032"], ["HT20190032"]),
        ("见HT-2019-0032、HT-2020-1", ["HT2019*"], ["HT-2019-0032"]),
        ("位于A座1203室，B座1203", ["A-1203"], ["A座1203室"]),
        ("位于A-1203，B栋1203", ["A座1203"], ["A-1203"]),
        ("3栋2单元501、32栋501", ["3-2-501"], ["3栋2单元501"]),
        ("车牌粤B·12K3N，粤B12K3M", ["粤B12K3N"], ["粤B·12K3N"]),
        ("电话138 0013 8000", ["13800138000"], ["138 0013 8000"]),
        ("电话(0755)88881234", ["0755-88881234"], ["0755)88881234"]),
        # overlapping ones are one mark, parts of words are marked
        ("装修管理", ["装修", "修管"], ["装修管"]),
        ("㎡①装修", ["装修", "1"], ["①装修"]),
        ("e\u0301装修", ["é"], ["e\u0301"]),
        ("，，", ["装修"], []),
        ("", ["装修"], []),
    ],
)
def test_req_R108_every_match_is_marked_as_it_was_written(text, terms, expected):
    """
    Marks stand on the original characters, also where they were found in another form.
    """
    assert expected == marked(text, *terms)


@pytest.mark.parametrize(
    ("text", "term", "field", "expected"),
    [
        ("HT-2019-0032", "ht20190032", Field.NUMBER, ["HT-2019-0032"]),
        ("HT-2019-0032", "ht20190*", Field.CODE, ["HT-2019-0032"]),
        ("物字〔2025〕12号", "物字[2025]12号", Field.NUMBER, ["物字〔2025〕12号"]),
        ("A-1203\nB-305\n3-2-501", "B座305", Field.UNIT, ["B-305"]),
        ("A-1203\n3-2-501", "3栋2单元501", Field.UNIT, ["3-2-501"]),
        ("HT-1\r\nHT-2019-0032", "HT20190032", Field.CONTRACT, ["HT-2019-0032"]),
        ("HT-2019-0032", "HT2019", Field.NUMBER, ["HT-2019"]),
        ("A-1203", "1203", Field.UNIT, ["1203"]),
    ],
)
def test_a_line_of_codes_is_marked_whole_however_it_was_typed(text, term, field, expected):
    """
    The separators of a code belong to its mark; a part of it is marked as a word.
    """
    assert expected == [text[start:end] for start, end in spans(text, asking(term), field)]


def test_only_what_was_asked_of_a_field_is_marked_in_it():
    """
    Terms of another field, conditions and what was denied leave no mark.
    """
    tree = And((
        Term("装修", Field.TITLE), Term("押金"), Not(Term("退还")), Where(Column.YEAR, 2019, 2019),
        Or((Term("业户"), Not(Not(Term("物业"))))),
    ))  # fmt: skip
    text = "2019业户物业装修押金退还"

    assert ["业户物业", "押金"] == [text[a:b] for a, b in spans(text, tree, Field.BODY)]
    assert ["业户物业装修押金"] == [text[a:b] for a, b in spans(text, tree, Field.TITLE)]
    assert ["业户物业装修押金"] == [text[a:b] for a, b in spans(text, tree)]
    assert () == spans(text, And(()))


def test_the_passage_with_most_words_is_shown_on_one_line():
    """
    The best window is found far down, cut with dots, without line ends or control characters.
    """
    text = "装修说明。" + "无关内容，" * 60 + "业户\x1b[31m王\u202e\n先生的装修押金退还" + "，其他内容" * 60
    found = snippet(text, asking("装修", "押金"))

    assert "押金" in found.text
    assert found.text.startswith("…")
    assert found.text.endswith("…")
    assert 60 <= len(found.text) <= WIDTH + 2
    assert found.text.isprintable()
    assert {"装修押金"} == {found.text[a:b] for a, b in found.spans}


def test_a_rare_word_outweighs_many_common_ones():
    """
    Different terms count before repeated ones, the rarer of two before the commoner; then the first passage.
    """
    text = "押金押金押金。" + "无关内容，" * 40 + "押金与钥匙。" + "无关内容，" * 40 + "钥匙"

    assert "押金与钥匙" in snippet(text, asking("押金", "钥匙")).text
    assert snippet("押金" + "无关内容，" * 60 + "押金", asking("押金")).text.startswith("押金")


def test_the_best_passage_agrees_with_trying_every_one():
    """
    Sliding along the marks gives the same as weighing each passage anew.
    """
    marks = [
        (number, (at, at + 2)) for at, number in enumerate([0, 1, 0, 2, 0, 0, 1, 3, 0, 2, 2, 1, 0, 3] * 3)
    ]
    marks = [(number, (start * 9, start * 9 + 2)) for number, (start, _) in marks]
    times = {number: sum(one == number for one, _ in marks) for number, _ in marks}

    def worth(at, width):
        held = {number for number, (start, _) in marks if at <= start < at + width - 16}
        return sum(1_000_000 + 1_000_000 // times[number] for number in held)

    for width in (30, 60, 72, 120):
        best = max((start for _, (start, _) in marks), key=lambda at, width=width: (worth(at, width), -at))
        assert best == highlight._best(marks, width)


@HOUSE
@given(
    OFFICE, st.lists(OFFICE, max_size=3), st.sampled_from([None, Field.BODY, Field.UNIT]), st.integers(4, 80)
)
def test_marks_stay_within_any_text(text, texts, field, width):
    """
    Whatever is asked of whatever text, spans lie inside the passage, in order, apart; the original stays.
    """
    found = snippet(text, asking(*texts), field, width=width)
    flat = [place for span in found.spans for place in span]

    assert sorted(set(flat)) == flat
    assert all(0 <= place <= len(found.text) for place in flat)
    assert len(found.text) <= width + 2


def stands(text, term):
    """What an engine finds: the needles of the term side by side among the terms of the text."""
    row, wanted = words(text), needles(term.text, prefix=term.prefix)

    def fits(at):
        return all(
            at + one.offset < len(row)
            and row[at + one.offset] != GAP
            and (
                row[at + one.offset] == one.term or (one.prefix and row[at + one.offset].startswith(one.term))
            )
            for one in wanted
        )

    return wanted and any(fits(at) for at in range(len(row)))


def keyed(text, term):
    return any(
        key == one.term or (one.prefix and key.startswith(one.term))
        for one in asked(term.text, term.prefix)
        for key in keys(text)
    )


@HOUSE
@given(OFFICE, st.text(st.sampled_from("物业装修責合同ＡA12座-a"), min_size=1, max_size=4), st.booleans())
def test_req_R108_what_is_found_is_marked_and_nothing_else(text, wanted, prefix):
    """
    A text has marks exactly if its terms or keys answer the question.
    """
    term = Term(wanted, prefix=prefix)

    assert bool(stands(text, term) or keyed(text, term)) == bool(spans(text, term, Field.BODY))


@HOUSE
@given(OFFICE, OFFICE)
def test_what_follows_in_the_text_changes_no_mark_before_it(text, more):
    """
    Sentences are looked at alone: the marks of a text stay when a sentence is added.
    """
    if highlight.traced(text + "。" + more)[0][: len(highlight.traced(text)[0])] != highlight.traced(text)[0]:
        return  # what was added shows the text to be badly recognised, or a gloss
    before, after = (
        spans(text, asking("装修", "1*", "合同"), None),
        spans(text + "。" + more, asking("装修", "1*", "合同"), None),
    )

    assert set(before) <= set(after)


def test_without_keys_the_other_form_is_not_marked(monkeypatch):
    """
    Witness: with words alone a date in another form has no mark.
    """
    monkeypatch.setattr(highlight, "asked", lambda text, prefix: ())

    assert [] == marked("于二〇一九年五月十四日入伙", "2019-05-14")
    assert ["2019-05-14"] == marked("于2019-05-14入伙", "2019-05-14")


def test_a_number_with_commas_is_not_passed_over(monkeypatch):
    """
    Witness: the shortcut past sentences without the word must know 28,000.
    """
    assert ["28,000"] == marked("押金。押金28,000元", "28000")
    monkeypatch.setattr(highlight, "_GROUPED", highlight.re.compile(r"(?!)"))

    assert [] == marked("押金28,000元", "28000")


def test_a_long_text_is_shown_quickly():
    """
    Selective words cost little more than folding the text once; even a mark on every character stays bounded.
    """
    text = "".join(f"第{n}条业户{n % 97}装修押金管理办法，按物业服务合同执行。" for n in range(800))
    assert len(text) > 20_000

    begun = time.process_time()
    highlight.row(highlight.traced(text)[0])
    whole = time.process_time() - begun
    begun = time.process_time()
    for _ in range(3):
        assert snippet(text, asking("第799条", "不存在")).spans
    assert time.process_time() - begun < 6 * whole + 0.1
    assert len(snippet("租" * 20_000, asking("租")).spans) == 1
