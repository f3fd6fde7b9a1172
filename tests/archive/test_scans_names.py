"""Reference codes found again in file names, as people and machines write them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.filenames import Names, portable
from archive.scans import names
from archive.scans.names import Codes, Found, Several, reading_order

VOLUME = "K001-ZY·ZX·2025·D30-0001"
ONE, TWO, HUNDRED = f"{VOLUME}-001", f"{VOLUME}-002", f"{VOLUME}-100"
ALONE = "K001-WS·BG·2025·D10·ZJB-0012"
OLD = "HT/2024:01-A"
CODES = Codes([ONE, TWO, HUNDRED, ALONE, OLD, f"{VOLUME}-1002", "K001-ZY·YH·A座1203-0001-001"])

#: How a code is written in a name, and what it means.
PATTERNS = [
    ("K001-ZY·ZX·2025·D30-0001-001", Found(ONE)),
    ("K001-ZY·ZX·2025·D30-0001-001_2", Found(ONE, 2)),
    ("K001-ZY·ZX·2025·D30-0001-001(3)", Found(ONE, 3)),
    ("K001-ZY·ZX·2025·D30-0001-001 p04", Found(ONE, 4)),
    ("K001-ZY·ZX·2025·D30-0001-001 第5页", Found(ONE, 5)),
    ("K001-ZY·ZX·2025·D30-0001-001-附件2", Found(ONE, 2)),
    ("K001-ZY·ZX·2025·D30-0001-001 装修平面图", Found(ONE)),
    ("K001-ZY·ZX·2025·D30-0001-001装修平面图", Found(ONE)),
    ("K001-ZY·ZX·2025·D30-0001 002", Found(TWO)),
    ("K001-ZY·ZX·2025·D30-0001_2", Found(TWO)),
    ("K001_ZY_ZX_2025_D30_0001_002", Found(TWO)),
    ("K001 ZY.ZX.2025.D30 0001 002", Found(TWO)),
    ("k001-zy-zx-2025-d30-1-2", Found(TWO)),
    ("K001ZYZX2025D300001001", Found(ONE)),
    ("K001-ZYZX2025D30-0001-001", Found(ONE)),
    ("Ｋ００１－ＺＹ·ＺＸ·２０２５·Ｄ３０－０００１－００１", Found(ONE)),
    ("K001-ZY·ZX·2025·D30-0001-100_2", Found(HUNDRED, 2)),
    ("K001-WS·BG·2025·D10·ZJB-0012", Found(ALONE)),
    ("K001-WS·BG·2025·D10·ZJB-12_3", Found(ALONE, 3)),
    ("HT_2024_01-A", Found(OLD)),
    ("HT202401-A", Found(OLD)),
    ("K001-ZY·YH·A座1203-0001-001", Found("K001-ZY·YH·A座1203-0001-001")),
    ("K001-ZY·ZX·2025·D30-0001", None),
    ("K001-ZY·ZX·2025·D30-0001-003", None),
    ("IMG_20250314_0001", None),
    ("12月报表", None),
    ("", None),
    ("···", None),
]


@pytest.mark.parametrize(("stem", "meant"), PATTERNS)
def test_a_code_is_found_however_it_is_written_into_the_name(stem, meant):
    """Each pattern by itself: separators, numbers, page marks, titles, full width; and names that mean nothing."""
    assert meant == CODES.find(stem)


def test_what_fits_two_records_points_to_none():
    """Two codes that differ only in what a name cannot hold are told apart when written in full, else not at all."""
    codes = Codes(["HT-12-1", "HT-1-21", "HT-1", "HT-1-005"])
    assert Found("HT-12-1") == codes.find("HT-12-1")
    assert Several(("HT-1-21", "HT-12-1")) == codes.find("HT121")
    assert Several(("HT-1", "HT-1-005")) == codes.find("HT-1-5")
    alike = Codes(["A/1", "A:1"])
    assert Several(("A/1", "A:1")) == alike.find("A_1")


PART = st.text("ABKZ09·座档案éß", min_size=1, max_size=12)
CODE = st.builds("-".join, st.lists(PART, min_size=2, max_size=6))


@given(
    st.lists(CODE, min_size=1, max_size=8, unique_by=names.counted),
    st.sampled_from([".pdf", ".jpg", ".tiff"]),
)
def test_every_code_that_is_written_as_a_file_name_comes_back(codes, ending):
    """archive.filenames writes it, numbered or not; the name speaks of that code, or of several, never of another."""
    given_out, known = Names(), Codes(codes)
    for code in codes:
        for _ in range(2):
            name = given_out.free(f"{code}{ending}")
            found = known.find(name.removesuffix(ending))
            if isinstance(found, Several):
                assert code in found.codes, name
            else:
                assert found is not None and found.code == code, name


def test_codes_of_our_own_spelling_always_come_back_alone():
    """The codes our templates give are never ambiguous, whatever stands beside them, and numbers never shift."""
    numbers = random.Random(6)
    codes = [
        f"K001-{kind}·{year}·D30-{volume:04}-{item:03}"
        for kind in ("ZY·ZX", "ZY·HT", "AB·1203")
        for year in (2024, 2025)
        for volume in (1, 10, 101)
        for item in (1, 2, 10, 11, 12, 100, 101, 112)
    ]
    known = Codes(codes)
    for code in codes:
        part = numbers.randrange(1, 30)
        assert known.find(portable(f"{code}.pdf").removesuffix(".pdf")) == Found(code)
        assert known.find(f"{code}_{part}") == Found(code, part)


def test_a_code_too_long_for_a_name_is_known_by_its_beginning():
    """110 letters of Chinese are cut in a file name; the beginning is enough as long as it is one code's."""
    long = "K001-" + "超长的工程项目名称" * 11 + "-001"
    known = Codes([long, "K001-短-001"])
    cut = portable(f"{long}.pdf").removesuffix(".pdf")
    assert len(cut) < len(long) and known.find(cut) == Found(long)
    twin = long.removesuffix("-001") + "-002"
    assert Several((long, twin)) == Codes([long, twin]).find(cut)


def test_witness_a_loose_match_takes_a_page_of_one_record_for_another():
    """Letters and digits alone, the loosest of the three readings, would attach page 2 of 100 to item 1002."""
    assert names.squashed(f"{HUNDRED}_2") == names.squashed(f"{VOLUME}-1002")
    assert Found(HUNDRED, 2) == CODES.find(f"{HUNDRED}_2")


def test_names_are_read_in_the_order_people_count():
    """2 before 10, a file without a number before its second page."""
    order = ["a-1.jpg", "a-2.jpg", "a-2_1.jpg", "a-10.jpg", "a-10(2).jpg"]
    assert order == sorted(sorted(order), key=reading_order)
