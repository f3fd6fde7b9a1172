"""Reference codes: spelt and read back by one template; numbers without gaps (V1, DA/T 13)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from archive import items, scheme
from archive.acts import Act
from archive.codes import WORDS, code_checked, half_width, template
from archive.errors import BadValue, LevelAbove
from archive.model import Item, Series, Volume
from archive.values import Level
from tests import make

TEMPLATES = sorted(set(scheme.load().templates.values()))
WORD = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=1, max_size=8)
SERIES = st.builds("·".join, st.lists(WORD, min_size=1, max_size=2))
NUMBER = st.integers(1, 99_999)


@st.composite
def wording(draw):
    """The words a template may ask for."""
    return {name: draw(SERIES if name == "series" else WORD) for name in WORDS}


@given(st.sampled_from(TEMPLATES), wording(), NUMBER, NUMBER)
def test_inv_V1_a_code_is_read_back_as_it_was_spelt(spelt, words, volume, item):
    """Round trip over every template of the scheme: words, volume number and item number."""
    form = template(spelt)
    series = form.series(words)
    used = {name: str(words[name]) for name in WORDS if f"{{{name}}}" in form.prefix}
    if form.volume_width is None:
        assert form.read(form.item(series, item)) == (used, None, item)
    else:
        code = form.volume(series, volume)
        assert form.read(code) == (used, volume, None)
        assert form.read(form.item(code, item)) == (used, volume, item)


@given(st.sampled_from(TEMPLATES), wording(), st.lists(NUMBER, min_size=2, max_size=6, unique=True))
def test_inv_V1_different_numbers_never_spell_the_same_code(spelt, words, numbers):
    """Widths grow when they must; they never cut."""
    form = template(spelt)
    series = form.series(words)
    codes = [form.item(series, number) for number in numbers]
    assert len(set(codes)) == len(numbers)


@pytest.mark.parametrize("spelt", ["", "{fonds}", "{item:04}-{fonds}", "{unheard}-{item:04}", "K001-"])
def test_a_template_that_cannot_number_its_items_is_refused(spelt):
    """No item number, or a word nobody knows: refused before any code is spelt."""
    with pytest.raises(BadValue):
        template(spelt)


@pytest.mark.parametrize("word", ["", "A 1", "A-1", "A·1", "{x}"])
def test_a_word_that_would_blur_a_code_is_refused(word):
    """Joints of the code may not occur inside its words."""
    with pytest.raises(BadValue):
        template("{fonds}-{department}-{item:04}").series({"fonds": word, "department": "KF"})


@pytest.mark.parametrize(("typed", "kept"), [(" Ａ1203 ", "A1203"), ("甲-3", "甲-3")])
def test_a_short_code_is_folded_to_half_width(typed, kept):
    """Full-width letters and stray spaces are typing, not meaning."""
    assert code_checked(typed, "party") == kept


@pytest.mark.parametrize("typed", ["", "  ", "A 1", "A\t1", "A\x00", "A" * 61])
def test_a_short_code_that_cannot_be_is_refused(typed):
    """Spaces, control characters and overlong codes are told, not repaired."""
    with pytest.raises(BadValue):
        code_checked(typed, "party")


# --- allocation -------------------------------------------------------------------------------


def codes(office, kind) -> list[str]:
    with office.instance.engine.connect() as reader:
        return list(reader.scalars(select(kind.reference_code).order_by(kind.reference_code)))


def test_inv_V1_a_refused_act_leaves_no_gap_in_the_numbers(office):
    """Between two filings of a series stands a refused one; the numbers run on as if it never was."""
    make.filed(office, "QT", 2)
    with pytest.raises(LevelAbove), office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [make.paper("可以归档", "QT"), make.paper("密级过高", "QT", level=Level.SECRET)]
        items.file_matter(unit, make.matter("QT"), papers)
    make.filed(office, "QT", 2)
    assert codes(office, Item) == [f"K001-ZY·QT·2025·D10·KF-{number:04}" for number in range(1, 5)]
    with office.instance.engine.connect() as reader:
        assert reader.scalar(select(Series.last).where(Series.prefix.startswith("K001-ZY·QT"))) == 4


def test_inv_V1_a_refused_volume_leaves_no_gap_either(office):
    """A volume opened in an act that fails later is not numbered."""
    make.volume(office, "ZX·02", dossier="A1203-2025-1")
    with pytest.raises(BadValue), office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_matter(unit, make.matter("ZX·02", dossier="A1203-2025-2"), [make.paper(pages=-1)])
    make.volume(office, "ZX·02", dossier="A1203-2025-3")
    assert codes(office, Volume) == ["K001-ZY·ZX·2025·D30-0001", "K001-ZY·ZX·2025·D30-0002"]


def test_inv_V1_the_database_refuses_a_code_used_twice(office):
    """Even raw SQL cannot give two records the same code."""
    make.filed(office, "QT", 2)
    with pytest.raises(Exception, match="UNIQUE"), office.instance.engine.begin() as raw:
        raw.execute(text("UPDATE item SET reference_code = (SELECT min(reference_code) FROM item)"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ＪＤ２０２６－０００１", "JD2026-0001"),
        ("Ｋ００１－ZY·ZX·2025·D30-0001", "K001-ZY·ZX·2025·D30-0001"),
        ("和园（2024）7号", "和园(2024)7号"),
        ("K001-…", "K001-…"),
        ("", ""),
    ],
)
def test_a_code_may_be_typed_with_signs_of_full_width(typed, meant):
    """What an input method makes of digits, letters and the dash is read as meant, as it is when a code is given."""
    assert meant == half_width(typed)
    assert typed in ("", "K001-…") or meant == code_checked(typed, "party")
