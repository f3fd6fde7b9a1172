"""Codes, units, plates and telephone numbers: one key however written, and never the key of another."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.language import codes
from indexer.language.analysis import asked, code_key, code_keys, keys, words

HOUSE = settings(deadline=None, derandomize=True, max_examples=150)

#: What is one thing, in all its forms; the first line of each is its key as a question has it.
FORMS = {
    "ht20190032": [
        "HT-2019-0032", "ht-2019-0032", "HT20190032", "HT.2019.0032", "HT/2019/0032", "HT_2019_0032", "HT·2019·0032",
        "HT—2019—0032", "HT–2019–0032", "HT－2019－0032", "ＨＴ－２０１９－００３２", "HT・2019・0032", "HT-20190032", "HT2019-0032",
    ],
    "k001zyzx2025d300012003": ["K001-ZY·ZX·2025-D30-0012-003", "k001zyzx2025d300012003", "K001-ZY•ZX•2025-D30-0012-003"],
    "a1203": [
        "A-1203", "A1203", "A座1203", "Ａ座１２０３", "A座1203室", "A座1203房", "A 座 1203", "A 1203", "a座12层1203",
        "A座12楼1203室", "A栋1203", "A塔1203", "A·1203", "A座-1203",
    ],
    "3-2-501": ["3-2-501", "3栋2单元501", "3号楼2单元501室", "3幢2单元501房", "3#楼2单元501", "3座2-501", "３栋２单元５０１"],
    "a1203b": ["A座1203B", "A-1203B", "A1203b"],
    "粤b12k3n": ["粤B12K3N", "粤B·12K3N", "粤B-12K3N", "粤B 12K3N", "粤b12k3n", "粵B12K3N", "粤Ｂ１２Ｋ３Ｎ"],
    "粤bd12345": ["粤BD12345", "粤B·D12345", "粤B D12345"],
    "13800138000": [
        "13800138000", "138-0013-8000", "138 0013 8000", "１３８００１３８０００", "+86 138-0013-8000", "8613800138000",
        "138－0013－8000",
    ],
    "075588881234": ["0755-88881234", "(0755)88881234", "（0755）88881234", "0755 8888 1234", "075588881234", "0755－88881234"],
    "6222020200001234567": ["6222 0202 0000 1234 567", "6222020200001234567", "6222-0202-0000-1234-567"],
}  # fmt: skip
PAIRS = [(key, form) for key, forms in FORMS.items() for form in forms]


@pytest.mark.parametrize(("key", "form"), PAIRS)
def test_req_R30_a_code_has_one_key_however_it_is_written(key, form):
    """
    In running text the form gives the key; asked for as a whole it asks for that key and no other.
    """
    assert key in keys(f"业户{form}，联系")
    assert key in keys(f"{form} 物业")
    assert [key] == [one.term for one in asked(form)]


@pytest.mark.parametrize(("key", "form"), PAIRS)
def test_req_R30_no_form_is_taken_for_another_thing(key, form):
    """
    Precision: what one form asks for is not among the keys of any form of another thing.
    """
    others = [text for other, forms in FORMS.items() if other != key for text in forms]

    assert not {one.term for one in asked(form)} & {found for text in others for found in keys(text)}


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("A座1203", "B栋1203"),
        ("A座1203", "A座1204"),
        ("A座1203", "A座12031"),
        ("A座1203", "AA座1203"),
        ("A座1203", "A座12035室"),
        ("3栋2单元501", "32栋501"),
        ("32-501", "3-2-501"),
        ("3栋2单元501", "3栋25单元01"),
        ("A座2001", "A座2001年建成"),
        ("A座1200", "A座1200㎡"),
        ("A座1200", "A座1200平方米"),
        ("A座1200", "A座1200 元"),
        ("HT-2019-0032", "HT-2019-00321"),
        ("HT-2019-0032", "WHT-2019-0032"),
        ("13800138000", "13800138000123"),
        ("粤B12K3N", "粤B12K3N7"),
        ("粤B12K3N", "鲁B12K3N"),
        ("28000", "2-8000"),
        ("121203", "12-1203"),
        ("1234567", "12345.67元"),
    ],
)
def test_req_R30_neighbours_are_told_apart(question, text):
    """
    Precision: another building, a longer number, an amount or a year is not the thing asked for.
    """
    assert not {one.term for one in asked(question)} & set(keys(text))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("ht2019*", [("ht2019", True)]),
        ("HT-2019*", [("ht2019", True)]),
        ("201905*", [("201905", True), ("d:201905", True)]),
        ("201913*", [("201913", True)]),
        ("A座1203*", [("a1203", True)]),
        ("HT 2019 0032", [("ht20190032", False)]),
        ("物字〔2025〕12号", [("物字202512号", False)]),
        ("《HT-2019-0032》", [("ht20190032", False)]),
        ("（2019年5月14日）", [("d:20190514", False)]),
        ("装修押金", []),
        ("Wi-Fi", [("wifi", False)]),
        ("wifi", [("wifi", False)]),
        ("HT*", []),
        ("D30", []),
        ("", []),
        ("，。", []),
        ("1" * 80, []),
    ],
)
def test_req_R30_what_a_term_asks_for(question, expected):
    """
    A beginning asks for all that begins so; ordinary words, short and endless ones for nothing.
    """
    text, prefix = question.rstrip("*"), question.endswith("*")

    assert expected == [(one.term, one.prefix) for one in asked(text, prefix)]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("HT-2019-0032", ["ht20190032"]),
        ("物字〔2025〕12号", ["物字202512号"]),
        ("A-1203\nB座305\n\n3-2-501", ["a1203", "b305", "32501", "3-2-501"]),
        ("D30", ["d30"]),
        (" \n，", []),
        ("", []),
    ],
)
def test_req_R30_a_field_of_codes_has_one_line_one_key(field, expected):
    """
    Every line is a code as a whole, short ones too; a unit of several numbers also keeps them apart.
    """
    assert expected == code_keys(field)


@HOUSE
@given(
    st.from_regex(r"\A[A-Z]{2}[0-9]{0,2}\Z"),
    st.lists(st.from_regex(r"\A[A-Z0-9]{2,5}\Z"), min_size=1, max_size=4),
    st.lists(st.sampled_from(["-", "/", ".", "_", "·", "—", "－", ""]), min_size=4, max_size=4),
    st.lists(st.sampled_from(["-", "/", ".", "_", "·", "—", "－", ""]), min_size=4, max_size=4),
)
def test_req_R30_any_code_is_found_whatever_its_separators(head, parts, asking, written):
    """
    Of any two ways to separate a code, each finds the other in running text.
    """
    tail = [*parts[:-1], "0" + parts[-1] + "7"]
    question = head + "".join(sign + part for sign, part in zip(asking, tail, strict=False))
    text = head + "".join(sign + part for sign, part in zip(written, tail, strict=False))

    assert code_key(question) == code_key(text)
    assert {one.term for one in asked(question)} <= set(keys(f"合同{text}，"))


@HOUSE
@given(st.sampled_from("ABCDE"), st.integers(1, 40), st.integers(1, 20), st.integers(0, 6), st.integers(0, 6))
def test_req_R108_any_unit_is_found_whatever_its_form(building, floor, flat, asking, written):
    """
    Of any two forms of a unit each finds the other, and not the flat beside it.
    """
    forms = ["{b}-{u}", "{b}{u}", "{b}座{u}", "{b}座{u}室", "{b}栋{f}层{u}", "{b} {u}", "{b}座{u}房"]
    unit, beside = f"{floor}{flat:02}", f"{floor}{flat + 1:02}"
    question = forms[asking].format(b=building, u=unit, f=floor)
    wanted = {one.term for one in asked(question)}

    assert wanted <= set(keys("位于" + forms[written].format(b=building, u=unit, f=floor) + "，"))
    assert wanted.isdisjoint(keys("位于" + forms[written].format(b=building, u=beside, f=floor) + "，"))


def test_req_R30_a_code_is_the_same_however_it_is_separated():
    """
    Dots, dashes, blanks and width make no difference to a code.
    """
    assert "k001zyzx2025d300012003" == code_key("K001-ZY·ZX·2025·D30-0012-003")
    assert code_key("K001-ZY·ZX") == code_key("ｋ００１ ＺＹ＿zx")


def test_joined_letters_are_found_as_one_word():
    """
    Wi-Fi answers wifi; a word without separators has no key of its own.
    """
    assert ["wifi"] == keys("大堂Wi-Fi密码")
    assert [] == keys("大堂wifi密码，Windows")


def test_ordinary_text_has_no_keys():
    """
    Words, list numbers, amounts and percentages are found as words alone.
    """
    assert [] == keys(
        "1、收取物业管理费 28,000.50 元，占 12.5%；2) 业户 300 户，Windows，第3.2条，约 1200 平方米。"
    )


def test_words_alone_would_not_find_the_other_form():
    """
    Witness: of a code written together no term is that of the parts, of A-1203 none is 座.
    """
    assert set(words("HT20190032")) != set(words("HT-2019-0032"))
    assert "座" in "".join(words("A座1203"))
    assert "座" not in "".join(words("A-1203"))


def test_a_key_that_drops_the_building_word_blindly_would_be_noticed(monkeypatch):
    """
    Witness: without the border between numbers 3栋2单元501 and 32栋501 fall together.
    """
    blind = {"".join(filter(str.isalnum, key)) for key in keys("3栋2单元501")}

    assert blind & {"".join(filter(str.isalnum, key)) for key in keys("32栋501")}
    assert not set(keys("3栋2单元501")) & set(keys("32栋501"))


def test_without_the_boundary_a_longer_number_would_be_found(monkeypatch):
    """
    Witness: a unit pattern that may stop anywhere takes 1203 out of 12031.
    """
    loose = codes._ONE_UNIT.pattern.replace(codes._END, "")

    assert codes.re.search(loose, "a座12031")
    assert "a1203" not in keys("A座12031")


def test_hostile_codes_take_no_time():
    """
    Very long rows of letters, separators or beginnings of units are read once (reliability L3).
    """
    for text in (
        "a" * 500_000,
        "a1-" * 100_000,
        "1栋" * 100_000,
        "粤b" * 100_000,
        "1234 " * 60_000,
        "a座1" * 60_000,
    ):
        assert len(keys(text)) <= 200_000
