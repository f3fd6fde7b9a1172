"""File names that every system can keep (RFC 8493, 5; Windows, Linux, macOS)."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.filenames import LONGEST, Names, portable

HOSTILE = {
    "合同.pdf": "合同.pdf",
    "../../etc/passwd": "_.._.._etc_passwd",
    "..": "_",
    "/etc/passwd": "_etc_passwd",
    "C:\\Windows\\a.txt": "C__Windows_a.txt",
    "CON": "_CON",
    "con.txt": "_con.txt",
    "NUL .pdf": "_NUL .pdf",
    "LPT¹.doc": "_LPT¹.doc",
    "console.txt": "console.txt",
    "末尾有点.": "末尾有点",
    "末尾有空格 ": "末尾有空格",
    "~root": "_~root",
    ".hidden": "_.hidden",
    "a\x00b\r\nc": "a_b__c",
    "\u202egpj.exe": "_gpj.exe",
    "半个\ud800字": "半个_字",
    "一\u2028二": "一_二",
    "百分之100%.xls": "百分之100％.xls",
    'a<b>c:"d|e?f*': "a_b_c__d_e_f_",
    "": "_",
    " . ": "_",
    "e\u0301.txt": "é.txt",
}


def sound(name: str) -> bool:
    """What a name must be for every system to take it."""
    stem = name.split(".")[0].rstrip()
    devices = {
        "CON",
        "PRN",
        "AUX",
        "NUL",
        *(f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"),
    }
    unseen = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return (
        unseen.isdisjoint(map(unicodedata.category, name))
        and 0 < len(name.encode()) <= LONGEST
        and name == unicodedata.normalize("NFC", name)
        and not re.search(r'[<>:"/\\|?*%\x00-\x1f\x7f]', name)
        and name == name.strip()
        and not name.endswith(".")
        and not name.startswith((".", "~"))
        and stem.upper() not in devices
    )


@pytest.mark.parametrize(("given_name", "kept"), HOSTILE.items())
def test_a_hostile_name_is_made_harmless_and_a_chinese_one_stays(given_name, kept):
    """
    Paths, devices, controls, direction marks, halves of pairs, dots and spaces at the end.
    """
    assert kept == portable(given_name)
    assert sound(portable(given_name))


@given(st.text(max_size=300))
def test_any_text_becomes_a_sound_name_and_a_sound_name_stays_as_it_is(text):
    """
    Nothing but a sound name comes out, whatever goes in; doing it again changes nothing.
    """
    made = portable(text)

    assert sound(made)
    assert made == portable(made)


def test_a_long_name_is_cut_at_a_letter_and_keeps_its_ending():
    """
    100 bytes of UTF-8 at most; an ending that is itself too long is no ending.
    """
    made = portable("装修图纸" * 100 + ".dwg")

    assert LONGEST - 3 < len(made.encode()) <= LONGEST
    assert re.fullmatch("[装修图纸]+\\.dwg", made)
    assert len(portable("a." + "b" * 500).encode()) == LONGEST


def test_two_files_of_one_name_are_numbered_though_only_capitals_differ():
    """
    Windows and macOS take `A.PDF` and `a.pdf` for one file, and é in one or two signs.
    """
    names = Names()
    given_names = ["a.pdf", "A.PDF", "a.pdf", "é", "e\u0301", "字" * 80 + ".txt", "字" * 80 + ".txt"]
    made = [names.free(name) for name in given_names]

    assert ["a.pdf", "A_2.PDF", "a_3.pdf", "é", "é_2"] == made[:5]
    assert made[5] != made[6]
    assert all(sound(name) for name in made)


@given(st.lists(st.text(max_size=8), max_size=12))
def test_no_two_names_given_out_are_alike(texts):
    """
    Alike is: the same when capitals and composed letters are one.
    """
    names = Names()
    made = [unicodedata.normalize("NFC", names.free(text)).casefold() for text in texts]

    assert len(set(made)) == len(made)


def test_the_check_of_soundness_catches_what_is_unsound():
    """
    Witness: the names as they came in would not have passed.
    """
    assert not any(sound(name) for name in HOSTILE if name != HOSTILE[name])
