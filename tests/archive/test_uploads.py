"""Files on their way in: sealed from the first byte, bounded, anybody else's are absent, and nothing stays of what breaks off."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from pathlib import Path

import pytest

from archive import uploads
from archive.config import Settings
from archive.errors import BadValue, DiskFull, FileTooLarge, NotFound, UploadCut, UploadGap, UploadsMany
from archive.uploads import MOST, PATIENCE, PIECE, Uploads
from archive.vault import Vault, Writing
from tests.archive.rings import a_ring

SECRET = "机密：乙方结算价 88,000 元整".encode() * 400


@pytest.fixture
def vault(tmp_path):
    with a_ring(tmp_path / "instance") as ring:
        yield Vault(tmp_path / "instance", ring)


@pytest.fixture
def clock():
    """A clock that tests set."""
    return [0.0]


@pytest.fixture
def book(vault, clock):
    return Uploads(vault, replace(Settings(), max_file_mib=1), clock=lambda: clock[0])


def kept(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file() and "vault" in one.parts]


def readable(folder: Path, words: bytes = SECRET[:60]) -> list[Path]:
    """Every file below *folder* that holds *words* in clear."""
    return [one for one in folder.rglob("*") if one.is_file() and words in one.read_bytes()]


def bring(book, owner="a", name="价.txt", content=SECRET) -> str:
    made = book.begin(owner, name, len(content))
    for start in range(0, len(content), 9000):
        book.put(owner, made.uid, start, content[start : start + 9000])
    return made.uid


def test_rel_E1_every_byte_is_sealed_before_it_is_on_the_disk(book, vault, tmp_path):
    uid = bring(book)
    during = readable(tmp_path)
    with book.whole("a", uid) as found:
        blob = found.writing.end()

    assert [] == during == readable(tmp_path)
    assert SECRET == vault.read_all(blob.ref, blob.key)


def test_rel_E1_witness_a_writer_that_seals_late_is_found(book, vault, tmp_path, monkeypatch):
    """The same look at the disk finds a writer that puts clear bytes beside the sealed ones."""

    def careless(self: Writing, piece: bytes) -> None:
        (vault.folder / "tmp" / "spool").write_bytes(piece)
        feed(self, piece)

    feed = Writing.feed
    monkeypatch.setattr(Writing, "feed", careless)
    bring(book)
    assert readable(tmp_path)


def test_a_file_is_read_whole_once_and_leaves_nothing(book, tmp_path):
    uid = bring(book)
    assert ("价.txt", SECRET) == book.content("a", uid, most=1 << 20)
    assert [] == kept(tmp_path)
    with pytest.raises(NotFound):
        book.look("a", uid)


def test_pieces_come_in_order_and_one_that_comes_twice_is_passed_over(book):
    made = book.begin("a", "a.bin", 10)
    assert 4 == book.put("a", made.uid, 0, b"abcd").received
    assert 4 == book.put("a", made.uid, 0, b"abcd").received
    with pytest.raises(UploadGap) as gap:
        book.put("a", made.uid, 6, b"gh")
    assert {"received": 4, "offset": 6} == gap.value.facts
    with pytest.raises(UploadGap):
        book.put("a", made.uid, -1, b"")
    with pytest.raises(UploadCut), book.whole("a", made.uid):
        pass
    assert 10 == book.put("a", made.uid, 4, b"efghij").received  # what was cut goes on
    assert ("a.bin", b"abcdefghij") == book.content("a", made.uid, most=100)


@pytest.mark.parametrize("piece", [b"x" * 11, b"x" * (PIECE + 1)])
def test_a_file_that_outgrows_its_size_or_a_piece_its_bound_is_dropped(book, tmp_path, piece):
    made = book.begin("a", "a.bin", 10 if len(piece) < 20 else PIECE * 2)
    with pytest.raises(FileTooLarge):
        book.put("a", made.uid, 0, piece)
    with pytest.raises(NotFound):
        book.look("a", made.uid)
    assert [] == kept(tmp_path)


def test_a_file_above_the_limit_is_refused_before_its_first_byte(book, tmp_path):
    with pytest.raises(FileTooLarge) as told:
        book.begin("a", "大.pdf", (1 << 20) + 1)
    assert ("大.pdf", 2, 1) == tuple(told.value.facts[name] for name in ("path", "size", "most"))
    with pytest.raises(BadValue):
        book.begin("a", "a", -1)
    assert [] == kept(tmp_path)


def test_rel_P5_somebody_elses_file_is_told_like_one_that_is_not_there(book):
    mine, told = bring(book), []
    for owner, uid in (("b", mine), ("b", "0" * 32), ("a|", mine)):
        for ask in (book.look, lambda o, u: book.put(o, u, 0, b"x"), lambda o, u: book.content(o, u, most=9)):
            with pytest.raises(NotFound) as absent:
                ask(owner, uid)
            told.append(absent.value.facts["what"])
    assert {"upload"} == set(told)
    book.drop("b", mine)  # nor can he take it away
    assert len(SECRET) == book.look("a", mine).received


def test_files_at_once_are_bounded_by_log_in_and_in_all(book, monkeypatch):
    for number in range(MOST):
        book.begin("a", str(number), 1)
    with pytest.raises(UploadsMany):
        book.begin("a", "more", 1)
    monkeypatch.setattr(uploads, "MOST_OF_ALL", MOST + 1)
    book.begin("b", "other", 1)
    with pytest.raises(UploadsMany):
        book.begin("c", "too many in all", 1)


def test_what_nobody_goes_on_with_is_dropped(book, clock, tmp_path):
    old = book.begin("a", "old", 10)
    clock[0] += PATIENCE + 1
    new = book.begin("b", "new", 10)
    with pytest.raises(NotFound):
        book.look("a", old.uid)
    assert 1 == len(kept(tmp_path))
    assert new is book.look("b", new.uid)


@pytest.mark.parametrize("how", ["drop", "drop_all", "close"])
def test_a_file_given_up_leaves_nothing(book, tmp_path, how):
    uid = bring(book)
    bring(book, "b")
    assert 2 == len(kept(tmp_path))
    given = {"drop": ("a", uid), "drop_all": ("a",), "close": ()}
    getattr(book, how)(*given[how])
    assert (0 if how == "close" else 1) == len(kept(tmp_path))
    book.close()
    assert [] == kept(tmp_path)


def test_files_on_their_way_go_with_the_program_that_held_them(vault, tmp_path):
    book = Uploads(vault, Settings())
    bring(book)
    assert 1 == len(kept(tmp_path))
    del book
    gc.collect()
    assert [] == kept(tmp_path)


def test_who_takes_a_file_over_and_fails_leaves_nothing(book, tmp_path):
    uid = bring(book)
    with pytest.raises(RuntimeError), book.whole("a", uid):
        raise RuntimeError
    assert [] == kept(tmp_path)


def test_a_full_disk_drops_the_file_and_says_so(book, tmp_path, monkeypatch):
    made = book.begin("a", "a.bin", PIECE * 2)

    def full(*_: object) -> int:
        raise OSError(28, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(DiskFull):
            book.put("a", made.uid, 0, b"x" * PIECE)
    assert [] == kept(tmp_path)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\x.pdf", "/abs.pdf", "CON.txt", "a\x00b.pdf", "<img src=x>.svg", "\u202efdp.exe", "" ]
)  # fmt: skip
def test_rel_W7_a_name_is_only_a_name(book, name):
    told = book.begin("a", name, 0).name
    assert told
    assert not set(told) & set('/\\<>:"|?*\x00\u202e')
    assert not told.startswith(".")
    assert "CON" != told.partition(".")[0]
