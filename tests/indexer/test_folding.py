"""What is compared as what: width, case, traditional characters, bad glyphs and glosses; the original stays."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.language import folding as module
from indexer.language.analysis import cells, homophones, keys, phrase, readings, words
from indexer.language.folding import flawed, folding, normalise, traced
from tests.indexer import pinyin_source

HOUSE = settings(deadline=None, derandomize=True, max_examples=300)
DIRTY = st.text(
    st.sampled_from(
        "物業責任装(zéb)（ｂèn）们吅同幵纨臵ＡＢ１２abcé12 3,，。-—·•()（）\n\t\u3000\u200b\u0301\u0308ｶﾞ①㎡…İΣς각\u11a8"
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("檔案臺賬", "档案台账"),
        ("ＨＴ－２０１９", "ht-2019"),
        ("HT—2019–0032", "ht-2019-0032"),
        ("K001•ZY・ZX", "k001·zy·zx"),
        ("安臵业主", "安置业主"),
        ("吅同挃引挄时丏", "合同指引按时且"),
        ("物\u200b业\ufeff", "物业"),
        ("㎡", "m2"),
        ("①2019年②", " 1 2019年 2 "),
        ("ΑΣ Σας", "ασ σασ"),
        ("戒与不进", "戒与不进"),
        ("e\u0301", "é"),
    ],
)
def test_req_R108_a_character_is_compared_as(text, expected):
    """
    Traditional, full width, dashes, middle dots and safe glyphs fold everywhere; 戒, 与, 不 and 进 never.
    """
    assert expected == normalise(text)
    assert expected == normalise(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("崗位職責(zé)任(rèn)", "岗位职责任"),
        ("負（fù）責（zé）", "负责"),
        ("綠(lǜ)化", "绿化"),
        ("女(nǚ)士", "女士"),
        ("業(yè)主(ZHǓ)", "业主"),
        ("责(ze\u0301)任", "责任"),
        ("它们(men)", "它们"),
        ("他們(men)的", "他们的"),
        ("过(guo)", "过"),
        ("甲方(abc)", "甲方(abc)"),
        ("甲方(ben)", "甲方(ben)"),
        ("咖啡(café)", "咖啡(café)"),
        ("(zé)责", "(zé)责"),
        ("A(ā)", "a(ā)"),
        ("责(ze,)", "责(ze,)"),
        ("责任(zérèn)", "责任(zérèn)"),
        ("第(1)项", "第(1)项"),
        ("标(kpis)", "标(kpis)"),
    ],
)
def test_req_R108_a_gloss_is_compared_as_nothing(text, expected):
    """
    A syllable with its tone after any character, a bare one only where the character is read so.
    """
    assert expected == normalise(text)


def test_req_R108_doubtful_glyphs_fold_only_in_flawed_text():
    """
    幵, 纨, 讣 and 贩 are real characters: only a text that shows itself badly recognised gives them up.
    """
    bad = "吅同讣定后幵入纨律，由贩买方挃定"

    assert flawed(bad)
    assert "合同认定后并入纪律,由购买方指定" == normalise(bad)
    assert not flawed("贩卖纨扇与讣告，臵换")
    assert "贩卖纨扇与讣告,置换" == normalise("贩卖纨扇与讣告，臵换")
    assert not flawed("物业管理" * 1000 + "吅")
    assert not flawed("")
    assert "贩卖" in normalise("物业管理" * 1000 + "吅，贩卖")


def test_req_R108_a_question_finds_the_flawed_text():
    """
    Terms of the right words stand among those of the flawed text, in their places.
    """
    text = "吅同讣定后幵入纨律，2019年挃5月14日"

    assert set(words("纪律")[:-1]) <= set(words(text))
    assert phrase("合同认定") == [cell.text for cell in cells(text)][:4]
    assert "d:2019" in keys(text)


def test_folding_twice_changes_nothing():
    """
    The tables lead to characters that stay, each in its normal form.
    """
    table = folding()
    targets = [new for new in table.values() if new]

    assert 4_000 < len(targets)
    assert all(ord(new) not in table and unicodedata.normalize("NFKC", new) == new for new in targets)
    assert all(new.lower() == new for new in targets)
    assert {ord(character) for character in "戒与不进幵纨讣贩"}.isdisjoint(table)


def test_a_chain_in_the_table_would_be_noticed(monkeypatch):
    """
    Witness: with a chain a to b to c the check above fails.
    """
    chained = dict(folding()) | {ord("台"): "坮"}
    monkeypatch.setattr(module, "folding", lambda: chained)
    monkeypatch.setattr(module, "_memory", module._memory.__wrapped__)

    assert normalise("臺") != normalise(normalise("臺"))


@pytest.mark.parametrize("rule", ["always", "flawed", "telling"])
def test_without_a_rule_for_glyphs_the_text_is_missed(monkeypatch, rule):
    """
    Witness: without the safe glyphs, the doubtful ones or what tells of them, the right words are not found.
    """
    text = "幵入吅同"
    assert "并入合同" == normalise(text)
    lacking = module._variants()._replace(**{rule: "" if rule == "telling" else {}})
    monkeypatch.setattr(module, "_variants", lambda: lacking)
    monkeypatch.setattr(module, "folding", folding.__wrapped__)
    monkeypatch.setattr(module, "_memory", module._memory.__wrapped__)

    assert "并入合同" != normalise(text)


def test_without_glosses_the_word_is_missed(monkeypatch):
    """
    Witness: with the gloss left standing 责任 is no phrase any more.
    """
    assert phrase("责任") == phrase("責(zé)任")
    monkeypatch.setattr(module, "_kept", lambda folded: None)

    assert phrase("责任") != phrase("責(zé)任")


@HOUSE
@given(st.one_of(DIRTY, st.text(max_size=30)))
def test_req_R108_every_folded_character_knows_its_original(text):
    """
    The trace is the folded text; places are in order and inside, and the original there folds to it.
    """
    folded, starts, ends = traced(text)

    assert normalise(text) == folded
    assert len(folded) == len(starts) == len(ends)
    assert sorted(starts) == list(starts)
    for character, start, end in zip(folded, starts, ends, strict=True):
        assert 0 <= start < end <= len(text)
        assert flawed(text) or character in normalise(text[start:end])


@HOUSE
@given(st.one_of(DIRTY, st.text(max_size=30)))
def test_req_R108_cells_and_terms_of_any_text_number_alike(text):
    """
    Cell n begins term n, in its place in the original, also over glosses, marks and bad glyphs.
    """
    rows, terms = cells(text), words(text)

    assert len(rows) == len(terms)
    assert all(term.startswith(cell.text) for cell, term in zip(rows, terms, strict=True))
    assert all(0 <= cell.start <= cell.end <= len(text) for cell in rows)


def test_a_character_has_its_readings():
    """
    Readings have no tone, ü is v, traditional characters are read as their simplified ones.
    """
    assert {"zhong", "chong"} <= set(readings("重"))
    assert ("men",) == readings("們")
    assert "lv" in readings("绿")
    assert () == readings("a")
    assert () == readings("，")


def test_homophones_sound_alike_and_the_common_ones_come_first():
    """
    What may have been meant by a character typed by its sound, never the character itself.
    """
    found = homophones("伟")

    assert {"玮", "炜", "为", "位", "卫"} <= set(found)
    assert "伟" not in found
    assert found.index("为") < found.index("玮")
    assert () == homophones("x")


def test_the_table_of_readings_is_as_made():
    """
    `data/pinyin.tsv` is what its source gives, for every simplified character of GBK, and small.
    """
    assert pinyin_source.TARGET.read_text("utf-8") == pinyin_source.table()
    assert pinyin_source.TARGET.stat().st_size < 150_000
    assert 17_000 < len(pinyin_source.characters())


def test_hostile_glosses_and_marks_take_no_time():
    """
    Long rows of brackets, marks and odd characters are read once (reliability L3).
    """
    for text in ("责(" * 60_000, "责(zé)" * 30_000, "e" + "\u0301" * 60_000, "㎡" * 60_000, "幵" * 60_000):
        assert len(traced(text)[0]) == len(normalise(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("檔案", "档案"),
        ("HT—1", "ht-1"),
        ("K•1", "k·1"),
        ("物\u200b业", "物业"),
        ("安臵", "安置"),
        ("ΑΣ", "ασ"),
    ],
)
def test_without_the_table_a_form_is_missed(monkeypatch, text, expected):
    """
    Witness: each of these folds by the table alone; with an empty one it stays as it is.
    """
    assert expected == normalise(text)
    monkeypatch.setattr(module, "folding", dict)
    monkeypatch.setattr(module, "_memory", lambda: (module._Memory(), module.re.compile(r"(?!)")))

    assert expected != normalise(text)


def test_without_its_blanks_a_circled_number_joins_the_next(monkeypatch):
    """
    Witness: ①2019年 would be the year 12019.
    """
    assert ["d:2019"] == keys("①2019年")
    monkeypatch.setattr(module, "_CIRCLED", module.re.compile(r"(?!)"))

    assert [] == keys("①2019年")
