"""BagIt folders against RFC 8493 and against the independent library `bagit`, both ways."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from pathlib import Path

import bagit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import bag_check, faults
from archive.bag_check import Finding, Flaw
from archive.bags import DECLARATION, Bag, escaped, safe, unescaped
from archive.errors import BagUnsafe, DiskFull, FileMissing
from archive.filenames import Names

FILES = {
    "卷一/001_合同.pdf": b"contract" * 1000,
    "卷一/002_空.txt": b"",
    "metadata/catalogue.csv": b"a,b\r\n",
}
logging.getLogger("bagit").setLevel(logging.CRITICAL)


def written(folder: Path, files: dict[str, bytes] = FILES) -> str:
    folder.mkdir()
    bag = Bag(folder)
    for path, data in files.items():
        with bag.payload(path) as out:
            for start in range(0, len(data), 1000):
                out.write(data[start : start + 1000])
    with bag.tag("README.txt") as out:
        out.write("怎样打开\r\n".encode())
    return bag.close([("Source-Organization", "和园\n物业"), ("External-Identifier", "YC2026-0001")])


@pytest.fixture
def folder(tmp_path):
    written(tmp_path / "bag")
    return tmp_path / "bag"


def theirs(folder: Path) -> bool:
    """What the independent library says."""
    try:
        bagit.Bag(str(folder)).validate()
    except (bagit.BagError, ValueError, UnicodeError):
        return False
    return True


# --- writing ----------------------------------------------------------------------------------


def test_conf_a_bag_is_valid_to_the_independent_library_and_to_us(tmp_path):
    """
    Complete and valid by both; bytes, information and totals are as given; the seal is the tag manifest's SHA-256.
    """
    seal = written(tmp_path / "bag")
    bag = bagit.Bag(str(tmp_path / "bag"))
    bag.validate()

    assert [] == bag_check.check(tmp_path / "bag", strict=True)
    assert {f"data/{path}" for path in FILES} == set(bag.payload_entries())
    assert (bag.version_info, bag.algorithms, bag.encoding) == ((1, 0), ["sha256"], "UTF-8")
    assert "和园 物业" == bag.info["Source-Organization"]
    assert f"{sum(map(len, FILES.values()))}.{len(FILES)}" == bag.info["Payload-Oxum"]
    assert seal == hashlib.sha256((tmp_path / "bag/tagmanifest-sha256.txt").read_bytes()).hexdigest()
    assert seal == bag_check.seal(tmp_path / "bag")
    assert all((tmp_path / "bag/data" / path).read_bytes() == data for path, data in FILES.items())


@settings(max_examples=25)
@given(st.lists(st.text(min_size=1, max_size=12), max_size=6))
def test_conf_whatever_files_are_called_the_bag_is_valid_to_both(tmp_path_factory, texts):
    """
    Names made portable lead to bags that the independent library takes.
    """
    folder, names = tmp_path_factory.mktemp("bags") / "bag", Names()
    written(folder, {f"x/{names.free(text)}": text.encode("utf-8", "replace") for text in texts})

    assert [] == bag_check.check(folder, strict=True)
    assert theirs(folder)


def test_conf_percent_signs_and_line_ends_are_escaped_and_nothing_else(tmp_path):
    """
    RFC 8493 2.1.3: CR, LF and % only; the bag is valid to us again.
    """
    name = "100%\r\n 完.txt"
    written(tmp_path / "bag", {name: b"x"})

    assert "100%25%0D%0A 完.txt" == escaped(name)
    assert name == unescaped(escaped(name))
    assert "%41" == unescaped("%41")
    assert [] == bag_check.check(tmp_path / "bag", strict=True)


@given(st.text())
def test_conf_what_was_escaped_comes_back(path):
    """
    For every text, and without a line end in between.
    """
    assert path == unescaped(escaped(path))
    assert not {"\n", "\r"} & set(escaped(path))


@pytest.mark.parametrize(
    "path", ["../x", "/x", "a/../../x", "", "a//b", "./a", "a\\b", "~/x", "C:/x", "c:x", "a\x00b", "."]
)
def test_a_path_that_leads_out_of_the_bag_is_not_written(tmp_path, path):
    """
    Refused before anything is made; a tag file alike. As payload it stands below `data/`.
    """
    (tmp_path / "bag").mkdir()
    bag = Bag(tmp_path / "bag")
    with pytest.raises(BagUnsafe), bag.tag(path):
        pass
    bag.abandon()

    assert not safe(path)
    assert not (tmp_path / "x").exists()


def test_a_path_is_written_once_though_capitals_and_small_letters_were_one(tmp_path):
    """
    The second one is refused; a list of ours cannot be overwritten as a tag file.
    """
    (tmp_path / "bag").mkdir()
    bag = Bag(tmp_path / "bag")
    with bag.payload("a.TXT") as out:
        out.write(b"x")
    for again in (bag.payload("A.txt"), bag.tag("Manifest-SHA256.txt")):
        with pytest.raises(BagUnsafe), again:
            pass
    bag.close([])

    assert [] == bag_check.check(tmp_path / "bag")


@pytest.mark.parametrize("point", sorted(name for name in faults.POINTS if name.startswith("bag.")))
def test_rel_D2_a_full_disk_is_told_and_leaves_no_file_that_is_listed_and_not_whole(tmp_path, point):
    """
    The file being written vanishes, and nobody finds a finished bag.
    """
    with faults.armed(f"{point}:2:enospc"), pytest.raises(DiskFull):
        written(tmp_path / "bag")

    assert bag_check.check(tmp_path / "bag")


# --- checking ---------------------------------------------------------------------------------


def _line(folder: Path, text: bytes, name: str = "manifest-sha256.txt") -> None:
    with (folder / name).open("ab") as file:
        file.write(text)


def _forged(folder: Path) -> None:
    """A manifest with a line of an outside file whose hash fits."""
    (folder.parent / "outside").write_bytes(b"secret")
    _line(folder, f"{hashlib.sha256(b'secret').hexdigest()}  data/../../outside\n".encode())


SABOTAGE = {
    "a file is gone": (lambda at: (at / "data/卷一/001_合同.pdf").unlink(), "data/卷一/001_合同.pdf", Flaw.MISSING),
    "a file more": (lambda at: (at / "data/多.txt").write_bytes(b""), "data/多.txt", Flaw.EXTRA),
    "a byte changed": (
        lambda at: (at / "data/卷一/001_合同.pdf").write_bytes(b"Contract" + b"contract" * 999),
        "data/卷一/001_合同.pdf",
        Flaw.CHANGED,
    ),
    "a file swapped": (lambda at: shutil.copy(at / "README.txt", at / "data/卷一/002_空.txt"), "data/卷一/002_空.txt", Flaw.CHANGED),
    "README changed": (lambda at: (at / "README.txt").write_bytes(b"?"), "README.txt", Flaw.CHANGED),
    "information changed": (lambda at: _line(at, b"Contact-Name: x\n", "bag-info.txt"), "bag-info.txt", Flaw.CHANGED),
    "no declaration": (lambda at: (at / "bagit.txt").unlink(), "bagit.txt", Flaw.MISSING),
    "another version": (lambda at: (at / "bagit.txt").write_bytes(DECLARATION.replace(b"1.0", b"9.9")), "bagit.txt", Flaw.MALFORMED),
    "a mark before it": (lambda at: (at / "bagit.txt").write_bytes(b"\xef\xbb\xbf" + DECLARATION), "bagit.txt", Flaw.MALFORMED),
    "no list": (lambda at: (at / "manifest-sha256.txt").unlink(), "manifest-sha256.txt", Flaw.MISSING),
    "no data": (lambda at: shutil.rmtree(at / "data"), "data", Flaw.MISSING),
    "a way out": (_forged, "data/../../outside", Flaw.UNSAFE),
    "a line twice": (lambda at: _line(at, (at / "manifest-sha256.txt").read_bytes()), "manifest-sha256.txt", Flaw.MALFORMED),
    "a list of nothing": (lambda at: (at / "manifest-sha256.txt").write_bytes(b""), "data/卷一/002_空.txt", Flaw.EXTRA),
}  # fmt: skip


@pytest.mark.parametrize("name", SABOTAGE)
def test_conf_what_is_wrong_with_a_bag_is_named_and_the_library_refuses_it_too(folder, name):
    """
    Missing, extra, changed, unsafe, malformed: the file and its flaw; witness: unharmed, both take it.
    """
    harm, path, flaw = SABOTAGE[name]
    assert theirs(folder)
    assert [] == bag_check.check(folder)
    harm(folder)

    assert Finding(path, flaw) in bag_check.check(folder)
    assert not theirs(folder)


STRICTER = {
    "no UTF-8": (lambda at: _line(at, b"\xff\xfe  data/x\n"), "manifest-sha256.txt", Flaw.MALFORMED),
    "nonsense": (lambda at: _line(at, b"what is this\n"), "manifest-sha256.txt", Flaw.MALFORMED),
    "a line without end": (lambda at: _line(at, b"0" * 70_000), "manifest-sha256.txt", Flaw.MALFORMED),
    "an absolute path": (lambda at: _line(at, b"0" * 64 + b"  /etc/passwd\n"), "/etc/passwd", Flaw.UNSAFE),
    "someone's home": (lambda at: _line(at, b"0" * 64 + b"  ~/x\n"), "~/x", Flaw.UNSAFE),
    "a drive": (lambda at: _line(at, b"0" * 64 + b"  C:\\x\n"), "C:\\x", Flaw.UNSAFE),
    "a link": (lambda at: os.symlink("/etc/hostname", at / "data/链接"), "data/链接", Flaw.UNSAFE),
    "a linked folder": (lambda at: os.symlink("/etc", at / "data/夹"), "data/夹", Flaw.UNSAFE),
    "a pipe": (lambda at: os.mkfifo(at / "data/管"), "data/管", Flaw.UNSAFE),
    "an unknown sum": (lambda at: (at / "manifest-crc32.txt").write_bytes(b""), "manifest-crc32.txt", Flaw.MALFORMED),
    "nonsense totals": (lambda at: (at / "bag-info.txt").write_bytes(b"Payload-Oxum: many\n"), "bag-info.txt", Flaw.MALFORMED),
    "totals differ": (lambda at: (at / "bag-info.txt").write_bytes(b"Payload-Oxum: 1.1\n"), "bag-info.txt", Flaw.COUNT),
}  # fmt: skip


@pytest.mark.parametrize("name", STRICTER)
def test_what_only_we_look_at_is_named_too(folder, name):
    """
    Links, pipes, lines that are none, sums nobody knows; nothing outside is opened, nothing hangs.
    """
    harm, path, flaw = STRICTER[name]
    harm(folder)

    assert Finding(path, flaw) in bag_check.check(folder)


def test_a_list_that_is_a_link_is_not_followed(folder, tmp_path):
    """
    The manifest moved away and linked: it is unsafe, and then missing.
    """
    (folder / "manifest-sha256.txt").rename(tmp_path / "away")
    (folder / "manifest-sha256.txt").symlink_to(tmp_path / "away")
    found = bag_check.check(folder)

    assert Finding("manifest-sha256.txt", Flaw.UNSAFE) in found
    assert Finding("manifest-sha256.txt", Flaw.MISSING) in found


def test_a_file_beside_the_data_is_extra_only_where_it_must_be_listed(folder):
    """
    RFC 8493 lets it stand; a package of ours has no such file, nor goes without its tag manifest.
    """
    (folder / "note.txt").write_bytes(b"x")
    assert theirs(folder)
    assert [] == bag_check.check(folder)
    assert [Finding("note.txt", Flaw.EXTRA)] == bag_check.check(folder, strict=True)
    (folder / "tagmanifest-sha256.txt").unlink()

    assert [] == bag_check.check(folder)
    assert Finding("tagmanifest-sha256.txt", Flaw.MISSING) in bag_check.check(folder, strict=True)
    assert "" == bag_check.seal(folder)


@pytest.mark.parametrize("sums", [["md5"], ["sha1", "sha512"], ["sha256", "sha384"]])
def test_conf_a_bag_of_the_independent_library_is_valid_to_us_and_every_sum_counts(tmp_path, sums):
    """
    Other sums, several of them; harmed, it is valid to nobody.
    """
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs/文件.txt").write_text("内容")
    bagit.make_bag(str(tmp_path / "theirs"), {"Contact-Name": "x"}, checksums=sums)
    assert [] == bag_check.check(tmp_path / "theirs", strict=True)
    (tmp_path / "theirs/data/文件.txt").write_text("内涵")

    assert Finding("data/文件.txt", Flaw.CHANGED) in bag_check.check(tmp_path / "theirs")
    assert not theirs(tmp_path / "theirs")


def test_a_name_in_two_signs_on_the_disk_is_found_by_its_one_sign_in_the_list(tmp_path):
    """
    What a Mac makes of é: the same file (RFC 8493, 5.2.1).
    """
    written(tmp_path / "bag", {"caf\u00e9.txt": b"x"})
    (tmp_path / "bag/data/caf\u00e9.txt").rename(tmp_path / "bag/data/cafe\u0301.txt")

    assert [] == bag_check.check(tmp_path / "bag", strict=True)


def test_a_folder_that_is_not_there_or_is_no_bag(tmp_path):
    """
    Not there: an error; empty: what it lacks.
    """
    with pytest.raises(FileMissing):
        bag_check.check(tmp_path / "nowhere")
    with pytest.raises(FileMissing):
        bag_check.check(Path(__file__))
    found = bag_check.check(tmp_path)

    assert {"bagit.txt", "data", "manifest-sha256.txt"} == {one.path for one in found}
    assert {} == bag_check.info(tmp_path)


def test_the_information_is_read_and_an_endless_one_is_not(folder):
    """
    Labels and values, the first of a label; folded lines and megabytes are passed over.
    """
    assert "YC2026-0001" == bag_check.info(folder)["External-Identifier"]
    (folder / "bag-info.txt").write_bytes(b"A: 1\n B: 2\nA: 3\nC\n")
    assert {"A": "1"} == bag_check.info(folder)
    (folder / "bag-info.txt").write_bytes(b"A: 1\n" * 20_000)

    assert {} == bag_check.info(folder)
