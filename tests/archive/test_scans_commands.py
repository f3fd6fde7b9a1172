"""Labels, scans and the intake tray through the command line: good input and bad, in two languages."""

from __future__ import annotations

import pytest

from archive.words import Language, say
from tests import make
from tests.archive.counter import counter as a_counter
from tests.archive.scanner import paper, pictures
from tests.archive.test_labels import read
from tests.conftest import Office, opened


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    made = a_counter(template, tmp_path, monkeypatch)
    office = Office(None)
    office.instance = opened(made.home, template / "key", lambda: office.now)
    make.volume(office, "ZX·02", 2)
    office.instance.close()
    return made


@pytest.fixture
def codes(counter):
    return [row["code"] for row in counter.rows("archivist", "item", "list")]


def test_labels_are_printed_from_codes_a_file_and_a_class(counter, codes, tmp_path):
    """What is printed is told with pages and path; the file of codes may come from Chinese Windows or a simple scanner."""
    volume = codes[0].removesuffix("-001")
    (tmp_path / "gb.txt").write_bytes(f"{volume}\r\n# 说明\r\n{codes[1]}\r\n".encode("gb18030"))
    (tmp_path / "wedge.txt").write_text(volume.encode().decode("latin-1"))
    for number, (given, found) in enumerate(
        (
            ((volume, "R1-C1"), [volume, "R1-C1"]), (("--file", tmp_path / "gb.txt"), [volume, codes[1]]),
            (("--file", tmp_path / "wedge.txt"), [volume]), (("--class", "ZX", "--copies", 3), [volume] * 3),
            (("--under", "R1"), ["R1", "R1-C1", "R1-C2"]),
        )
    ):  # fmt: skip
        target = tmp_path / f"{number}.pdf"
        told = counter.run("archivist", "label", "print", *given, "--to", target, "--start", 5).check().out
        assert f"标签数 {len(found)}，页数 1" in told and str(target) in told and "100%" in told
        assert read(pictures(target.read_bytes(), 200)[0]) == sorted(found)
    counter.run("archivist", "label", "print", "R1", "--to", target).check(1)
    sheets = counter.rows("archivist", "label", "sheets")
    assert {"3x8", "2x7", "50x30"} <= {row["name"] for row in sheets}
    counter.run("staff", "label", "print", "R1", "--to", tmp_path / "x.pdf").check(3)


def test_separators_and_a_stack_between_them_come_together(counter, codes, tmp_path):
    """Printed for a volume, scanned with its papers, attached by QR; then everything is known."""
    volume = codes[0].removesuffix("-001")
    sheets = tmp_path / "separators.pdf"
    counter.run("archivist", "label", "separators", volume, "--to", sheets).check()
    from archive.scans import stacks
    from tests.archive.scanner import stack

    one, two = (stacks.part(sheets.read_bytes(), [number], "s.pdf") for number in (1, 2))
    (tmp_path / "batch.pdf").write_bytes(stack(one, paper("a1", "a2"), two, paper("b1")))
    attach = ("archivist", "scan", "attach", tmp_path / "batch.pdf", "--by", "qr")
    told = counter.run(*attach, "--dry-run").check().out
    assert "挂接 2" in told and "什么都没有改变" in told
    rows = counter.rows(*attach)
    assert [(row["pages"], row["fate"], row["code"]) for row in rows] == [
        ("2-3", "ATTACHED", codes[0]), ("5", "ATTACHED", codes[1]),
    ]  # fmt: skip
    state = counter.state()
    assert "早已挂接 2" in counter.run(*attach).check().out and counter.state() == state


def test_the_way_of_a_scan_through_the_tray(counter, codes, tmp_path):
    """Attached by name, one into the tray; looked at, attached, discarded; a report of all of it."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in (f"{codes[0]}.jpg", "IMG_1.jpg", "IMG_2.jpg"):
        (folder / name).write_bytes(name.encode())
    told = counter.run("archivist", "scan", "attach", folder, "--report", tmp_path / "r.csv").check()
    assert "入收件盘 2" in told.out and codes[0] not in told.out and "IMG_1.jpg" in told.out
    report = (tmp_path / "r.csv").read_text("utf-8-sig").splitlines()
    assert report[0] == "文件,页,结果,档号,原因" and f"{codes[0]}.jpg,,已挂接,{codes[0]}," in report
    counter.run("archivist", "scan", "attach", folder, "--report", tmp_path / "r.csv").check(1)
    first, second = (row["number"] for row in counter.rows("archivist", "intake", "list"))
    assert "没有档号" in counter.run("archivist", "intake", "list").check().out
    counter.run("archivist", "intake", "get", first, "--to", tmp_path, "--for", "辨认").check()
    assert (tmp_path / "IMG_1.jpg").read_bytes() == b"IMG_1.jpg"
    told = counter.run(
        "archivist", "intake", "attach", first, "--item", codes[1], "--kind", "drawing"
    ).check()
    assert codes[1] in told.out
    counter.run("archivist", "intake", "discard", second, "--reason", "误扫").check(2)
    counter.run("archivist", "intake", "discard", second, "--reason", "误扫", "--confirm", first).check(2)
    counter.run("archivist", "intake", "discard", second, "--reason", "误扫", "--confirm", second).check()
    assert counter.rows("archivist", "intake", "list") == []
    assert [row["state"] for row in counter.rows("archivist", "intake", "list", "--all")] == [
        "ATTACHED",
        "DISCARDED",
    ]
    counter.language = "en"
    assert "Why discarded" in counter.run("archivist", "intake", "list", "--all").check().out


#: exit status, what is said, the words typed
BAD = (
    (4, "没有找到", ("label", "print", "K001-NO", "--to", "{tmp}/x.pdf")),
    (4, "没有找到", ("label", "print", "R1", "--sheet", "9x9", "--to", "{tmp}/x.pdf")),
    (2, "起始格", ("label", "print", "R1", "--start", "99", "--to", "{tmp}/x.pdf")),
    (2, "每枚份数", ("label", "print", "R1", "--copies", "0", "--to", "{tmp}/x.pdf")),
    (2, "档号", ("label", "print", "--to", "{tmp}/x.pdf")),
    (2, "--to", ("label", "print", "R1")),
    (4, "", ("label", "print", "--file", "{tmp}/none.txt", "--to", "{tmp}/x.pdf")),
    (4, "{tmp}/no", ("label", "print", "R1", "--to", "{tmp}/no/x.pdf")),
    (2, "另选位置", ("label", "print", "R1", "--to", "{home}/x.pdf")),
    (2, "", ("label", "separators", "--to", "{tmp}/x.pdf")),
    (4, "没有找到", ("label", "separators", "R1", "--to", "{tmp}/x.pdf")),
    (2, "", ("scan", "attach")),
    (4, "不存在", ("scan", "attach", "{tmp}/none")),
    (2, "", ("scan", "attach", "{tmp}/a.pdf", "--by", "colour")),
    (2, "--volume", ("scan", "attach", "{tmp}/a.pdf", "--by", "pages")),
    (1, "2 页", ("scan", "attach", "{tmp}/a.pdf", "--by", "pages", "--volume", "{volume}")),
    (
        2,
        "页码",
        ("scan", "attach", "{tmp}/a.pdf", "--by", "pages", "--volume", "{volume}", "--ranges", "001=2-1"),
    ),
    (
        4,
        "",
        (
            "scan",
            "attach",
            "{tmp}/a.pdf",
            "--by",
            "pages",
            "--volume",
            "{volume}",
            "--ranges",
            "none.csv",
        ),
    ),
    (2, "文件数", ("scan", "attach", "{tmp}/a.pdf", "{tmp}/a.pdf", "--by", "pages")),
    (4, "没有找到", ("intake", "attach", "SM2026-00009", "--item", "K001")),
    (4, "没有找到", ("intake", "get", "SM2026-00009", "--to", "{tmp}", "--for", "x")),
    (4, "没有找到", ("intake", "discard", "SM2026-00009", "--reason", "x", "--confirm", "SM2026-00009")),
)


def test_bad_input_is_told_in_words_and_changes_nothing(counter, codes, tmp_path):
    """An exit status, a sentence, no row and no file; nothing that looks like a defect."""
    (tmp_path / "a.pdf").write_bytes(paper("1", "2"))
    holes = {"tmp": tmp_path, "home": counter.home, "volume": codes[0].removesuffix("-001")}
    state = counter.state()
    for status, words, args in BAD:
        told = counter.run("archivist", *(arg.format(**holes) for arg in args))
        assert (told.check(status).status, counter.state()) == (status, state), args
        assert words.format(**holes) in told.err and "Traceback" not in told.err, args
        assert not (tmp_path / "x.pdf").exists() and not (counter.home / "x.pdf").exists(), args


@pytest.mark.parametrize("language", list(Language))
def test_every_word_of_scans_has_its_sentence(language):
    """Ways, fates and reasons in both languages."""
    from archive.rounds import Part
    from archive.scans.fates import ScanFate, Way, Why

    for kind in (Way, ScanFate, Why):
        assert len({say(one.word, language) for one in kind}) == len(kind)
    assert say(Part.INTAKE.word, language)
