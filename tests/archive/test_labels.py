"""Labels: what a scanner gives back is the code itself, on every sheet, in every position, printed badly or askew."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from archive.acts import Act
from archive.codes import as_scanned
from archive.errors import BadValue, FileMissing, InsideInstance, LabelTooSmall, NotFound, TargetExists
from archive.fonts.face import breadth
from archive.labels import drawing, grids, qr
from archive.labels.drawing import Label
from archive.labels.printing import Chosen, Sheets, print_labels, print_separators
from archive.model import Event, Item
from archive.scans import stacks
from archive.scans.fates import MARK
from archive.values import Level
from archive.words import Language
from tests import make
from tests.archive.scanner import pictures, texts

CODES = (
    "K001-ZY·ZX·2025·D30-0001-001",
    "K001-WS·BG·2025·D10·ZJB-0012",
    "K001-ZY·YH·A座1203-0012-003",
    "R1-C1",
    "盒·二〇二五-07",
    "K001-ZY·KJ·GC-2024-东区改造·Y-0103-012",
)
WORDS = ("2024–2026  30年", "A1203 业主装修申请、平面图及验收资料（含押金收据）")


def read(picture):
    """The codes a scanner finds, each as often as it stands there."""
    return sorted(one.text for one in stacks.zxingcpp.read_barcodes(picture, formats=stacks._QR))


def worn(picture, seed=1):
    """The same print, grey on grey, with grains of dirt."""
    grain = np.random.default_rng(seed).normal(0, 12, (picture.height, picture.width))
    grey = np.asarray(picture, dtype=float) * 0.66 + 45 + grain
    return Image.fromarray(np.clip(grey, 0, 255).astype("uint8"))


# --- scanned back -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", grids.grids())
def test_every_label_of_every_sheet_is_scanned_back(name):
    """All positions of the first page filled, drawn at 200 dots an inch: the codes, exactly, no more and no fewer."""
    sheet = grids.grid(name)
    labels = [Label(CODES[n % len(CODES)], WORDS) for n in range(max(sheet.cells, len(CODES)))]
    made = drawing.draw(labels, sheet)
    found = [code for page in pictures(made.data, 200) for code in read(page)]
    assert sorted(found) == sorted(label.code for label in labels)
    assert made.pages == -(-len(labels) // sheet.cells)


@pytest.mark.parametrize("name", ["3x8", "5x13", "50x30", "40x30"])
def test_labels_turned_and_badly_printed_are_scanned_back(name):
    """A quarter turn; 150 dots an inch, grey, with dirt: still the codes."""
    sheet = grids.grid(name)
    labels = [Label(code, WORDS) for code in CODES]
    for page in pictures(drawing.draw(labels, sheet).data, 300):
        assert read(page.rotate(90, expand=True)) == read(page) != []
    coarse = [code for page in pictures(drawing.draw(labels, sheet).data, 150) for code in read(worn(page))]
    assert sorted(coarse) == sorted(CODES)


def test_witness_letters_over_the_symbol_or_no_quiet_zone_are_not_scanned():
    """The same check fails where words are printed over the symbol, and where there is no white around it."""
    drawn = pictures(drawing.draw([Label(CODES[0])], grids.grid("50x30")).data, 200)[0]
    assert read(drawn) == [CODES[0]]
    over = np.array(drawn)
    high, wide = over.shape
    over[int(high * 0.42) : int(high * 0.58), : wide // 2] = 0
    assert read(Image.fromarray(over)) == []
    symbol = [bytes(row) for row in qr.Symbol(CODES[0])._made.matrix_iter(scale=6, border=0)]
    bare = 255 - np.array([list(row) for row in symbol], dtype="uint8") * 255
    inked = np.zeros((bare.shape[0] + 60, bare.shape[1] + 60), dtype="uint8")
    inked[30:-30, 30:-30] = bare
    assert read(Image.fromarray(inked)) == []
    white = np.pad(bare, 24, constant_values=255)
    assert read(Image.fromarray(np.pad(white, 30, constant_values=0))) == [CODES[0]]


def test_witness_an_encoder_left_to_itself_writes_what_is_read_as_japanese():
    """`·` alone fits Latin-1, and readers take Latin-1 for Shift JIS: why the bytes are UTF-8, always."""
    import segno

    for made, expected in ((segno.make_qr("ZX·02", error="m"), "ZXｷ02"), (qr.Symbol("ZX·02")._made, "ZX·02")):
        rows = np.array([list(row) for row in made.matrix_iter(scale=6, border=4)], dtype="uint8")
        assert read(Image.fromarray(255 - rows * 255)) == [expected]


def test_a_scanner_that_types_the_bytes_one_by_one_is_understood():
    """A keyboard wedge set to Latin-1 types `Â·`; full width from an input method; both are the code again."""
    for code in CODES:
        assert as_scanned(code) == code
        assert as_scanned(code.encode().decode("latin-1")) == code
    assert as_scanned("Ｋ００１－ＺＸ·０２") == "K001-ZX·02"


# --- what stands on a label -------------------------------------------------------------------


def ink(pdf, page=0, dpi=200):
    """Where there is ink on a page: left, lower, right and upper end in millimetres from the lower left corner."""
    picture = pictures(pdf, dpi)[page]
    left, top, right, bottom = Image.eval(picture, lambda dot: 255 if dot < 128 else 0).getbbox()
    return tuple(one * 25.4 / dpi for one in (left, picture.height - bottom, right, picture.height - top))


#: A sheet of each make, rounded and square, large and small; the rest have the same geometry in other numbers.
KEPT = {"3x8", "3x7-rounded", "5x13"}


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=() if one in KEPT else pytest.mark.slow) for one in grids.grids()]
)
def test_nothing_stands_outside_a_label_nor_over_the_symbol(name):
    """Short and long words, in the first and the last position: ink within the label, letters beside the quiet zone."""
    sheet = grids.grid(name)
    for code in CODES:
        for words in ((), WORDS, ("年" * 30, "很长的题名" * 12)):
            for start in {1, sheet.cells}:
                made = drawing.draw([Label(code, words)], sheet, start=start)
                box = sheet.printable(start - 1)
                left, lower, right, upper = ink(made.data, 0, 100)
                assert box.left <= left + 0.3 and right <= box.left + box.width + 0.3, (code, words)
                assert box.bottom <= lower + 0.3 and upper <= box.bottom + box.height + 0.3, (code, words)
                if start == 1 and words != ():
                    assert read(pictures(made.data, 200)[0]) == [code]


def test_words_that_do_not_fit_are_left_out_whole_and_counted():
    """The title goes first, then years and period; the code never, and nothing is cut in the middle."""
    sheet = grids.grid("5x13")
    made = drawing.draw([Label(CODES[0], WORDS), Label(CODES[0], (WORDS[0], "很长的题名" * 40))], sheet)
    assert made.bare == 1
    told = "".join(texts(made.data)).replace("\r\n", "")
    assert WORDS[1] in told and told.count(WORDS[0].replace("  ", " ")) + told.count(WORDS[0]) >= 2
    assert "很长" not in told and told.replace("\n", "").count("0001-001") == 2


def test_a_code_too_long_for_a_label_is_refused_with_what_helps():
    """110 letters on the smallest label: an error that names both sizes; on a larger one it is printed and read."""
    code = "K001-" + "某某工程" * 26
    for name in ("5x13", "40x30"):
        with pytest.raises(LabelTooSmall) as refused:
            drawing.draw([Label(code)], grids.grid(name))
        assert refused.value.facts["need"] > refused.value.facts["has"]
    assert read(pictures(drawing.draw([Label(code)], grids.grid("2x4")).data, 300)[0]) == [code]


def test_a_module_is_never_finer_than_a_thermal_printer_shows():
    """Each symbol on each grid: 0.33 mm a module or more, level M or better, four modules of white."""
    for sheet in grids.grids().values():
        for code in CODES:
            symbol = qr.Symbol(code)
            side, _, _ = drawing._shares(Label(code), symbol, sheet, drawing._inner(sheet.printable(0)))
            assert side / symbol.modules >= qr.FINEST - 1e-9, (sheet.name, code)
            assert symbol._made.error in {"M", "Q", "H"}


def test_equal_labels_give_equal_bytes():
    """Printed twice, the files are the same."""
    sheet, labels = grids.grid("3x7"), [Label(code, WORDS) for code in CODES]
    assert drawing.draw(labels, sheet).data == drawing.draw(labels, sheet).data


@pytest.mark.parametrize("start", [1, 5, 24])
def test_printing_begins_where_a_used_sheet_goes_on(start):
    """--start 5 leaves four labels free, and the sheet after it is filled from its first."""
    made = drawing.draw([Label("R1-C1")] * 22, grids.grid("3x8"), start=start, copies=1)
    assert made.pages == (2 if start > 3 else 1)
    first = grids.grid("3x8").printable(start - 1)
    symbols = stacks.zxingcpp.read_barcodes(pictures(made.data, 100)[0])
    places = [(one.position.top_left.x * 0.254, 297 - one.position.top_left.y * 0.254) for one in symbols]
    x, y = max(places, key=lambda place: (round(place[1] / 20), -place[0]))
    assert first.left <= x <= first.left + first.width and first.bottom <= y <= first.bottom + first.height


# --- grids ------------------------------------------------------------------------------------

GOOD = (
    "[sheet.a]\npage=[210,297]\nlabel=[70,37]\ngrid=[3,8]\nleft=0\ntop=0.5\ngap=[0,0]\nedge=4.2\nlike='x'\n"
)


@pytest.mark.parametrize(
    "broken",
    [
        GOOD.replace("grid=[3,8]", "grid=[4,8]"),
        GOOD.replace("top=0.5", "top=2"),
        GOOD.replace("gap=[0,0]", "gap=[1,0]"),
        GOOD.replace("left=0", "left=-1"),
        GOOD.replace("label=[70,37]", "label=[70,nan]"),
        GOOD.replace("grid=[3,8]", "grid=[0,8]"),
        GOOD.replace("label=[70,37]", "label=[7,3]"),
        GOOD.replace("gap=[0,0]\n", ""),
        GOOD.replace("page=[210,297]", "page=210"),
        "[roll.a]\nlabel=[10,10]\nedge=1\n",
        "[sheet",
        "sheet=1",
    ],
)
def test_a_sheet_that_cannot_be_is_refused_when_loaded(broken):
    """Off the page, below nothing, not a number, too small for a code, half described."""
    assert grids.read(GOOD)["a"].cells == 24
    with pytest.raises(BadValue):
        grids.read(broken)


def test_labels_of_a_sheet_lie_apart_and_on_it():
    """No two of any grid overlap; every one is within its page."""
    for sheet in grids.grids().values():
        boxes = [sheet.cell(number) for number in range(sheet.cells)]
        for number, one in enumerate(boxes):
            assert one.left >= -0.01 and one.bottom >= -grids.SLACK, sheet.name
            assert one.left + one.width <= sheet.page_width + grids.SLACK
            for other in boxes[number + 1 :]:
                apart = (
                    other.left >= one.left + one.width - 0.01 or one.left >= other.left + other.width - 0.01
                    or other.bottom >= one.bottom + one.height - 0.01 or one.bottom >= other.bottom + other.height - 0.01
                )  # fmt: skip
                assert apart, (sheet.name, one, other)


def test_a_sheet_is_named_as_people_write_it():
    """3×8, 3X8; what there is none of is not found."""
    assert grids.grid("3×8") is grids.grid("3X8") is grids.grid(" 3x8 ")
    with pytest.raises(NotFound):
        grids.grid("9x9")


# --- records and places -----------------------------------------------------------------------


def printed(office, target, chosen, sheets=Sheets("3x8"), by="archivist"):
    with office.ask(by, Act.LABEL_PRINT) as unit:
        return print_labels(unit, chosen, sheets, target)


def test_req_R17_labels_say_what_may_be_read_in_passing(office, tmp_path):
    """内部: years, period, title; 秘密: the code and nothing else; a place: its kind, name, and the codes in it."""
    plain, secret = make.volume(office, "ZX·02", 1), make.volume(office, "HT·01", 1)
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        from archive import volumes

        volumes.move(unit, plain, "R1-C1")
        codes = [unit.volume(uid).reference_code for uid in (plain, secret)]
        assert unit.volume(secret).level >= Level.CONFIDENTIAL
    made = printed(office, tmp_path / "a.pdf", Chosen([plain, secret, "R1-C1"]))
    data = (tmp_path / "a.pdf").read_bytes()
    told = " ".join(texts(data)).replace("\r\n", " ")
    assert (made.labels, made.pages, made.bare) == (3, 1, 0)
    assert "ZX·02 案卷" in told and "2025" in told and "30年" in told and "一号柜" in told
    assert "HT·01 案卷" not in told and "永久" not in told
    assert sorted(read(pictures(data, 200)[0])) == sorted([*codes, "R1-C1"])
    assert told.replace(" ", "").count(codes[0]) == 2
    assert (tmp_path / "a.pdf").stat().st_mode & 0o777 == 0o600
    with office.ask("auditor") as unit:
        facts = unit.session.scalars(select(Event.facts).where(Event.act == "label.print")).one()
    assert '"confidential":1' in facts and '"labels":3' in facts


def test_dec_6_the_range_on_a_box_counts_only_what_one_may_see(office, tmp_path):
    """A clerk of another department prints the cabinet's label: the confidential volume in it is not on it."""
    secret = make.volume(office, "HT·01", 1)
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        from archive import volumes

        code = unit.volume(secret).reference_code
        volumes.move(unit, secret, "R1-C1")
    for who, there in (("archivist", True), ("records", False)):
        printed(office, tmp_path / f"{who}.pdf", Chosen(["R1-C1"]), by=who)
        told = " ".join(texts((tmp_path / f"{who}.pdf").read_bytes())).replace("\r\n", "")
        assert (code in told) is there
    with pytest.raises(NotFound):
        printed(office, tmp_path / "x.pdf", Chosen([secret]), by="records")


def test_labels_of_a_class_a_year_and_of_places(office, tmp_path):
    """All volumes of a class or year, all places or those in one; nothing twice."""
    make.volume(office, "ZX·02", 1)
    make.volume(office, "FW·01", 1, year=2024)
    for number, (chosen, count) in enumerate(
        (
            (Chosen(class_code="ZX"), 1), (Chosen(year=2024), 1), (Chosen(volumes=True), 2), (Chosen(places=True), 3),
            (Chosen(under="R1-C1"), 1), (Chosen(["R1", "R1"], places=True, volumes=True), 5),
        )
    ):  # fmt: skip
        assert printed(office, tmp_path / f"{number}.pdf", chosen, Sheets("50x30")).labels == count


def test_bad_input_prints_nothing(office, tmp_path):
    """No such code, sheet, place, start; nothing chosen; a file that is there; a folder that is not; the instance."""
    there = tmp_path / "there.pdf"
    there.write_text("mine")
    for chosen, sheets, target, error in (
        (Chosen(["K001-NO"]), Sheets("3x8"), tmp_path / "a.pdf", NotFound),
        (Chosen(["R1"]), Sheets("8x3"), tmp_path / "a.pdf", NotFound),
        (Chosen(under="R9"), Sheets("3x8"), tmp_path / "a.pdf", NotFound),
        (Chosen(class_code="QQ"), Sheets("3x8"), tmp_path / "a.pdf", NotFound),
        (Chosen(), Sheets("3x8"), tmp_path / "a.pdf", BadValue),
        (Chosen(["R1"]), Sheets("3x8", start=25), tmp_path / "a.pdf", BadValue),
        (Chosen(["R1"]), Sheets("3x8", start=0), tmp_path / "a.pdf", BadValue),
        (Chosen(["R1"]), Sheets("3x8", copies=0), tmp_path / "a.pdf", BadValue),
        (Chosen(["R1"]), Sheets("3x8", copies=99), tmp_path / "a.pdf", BadValue),
        (Chosen(["R1"]), Sheets("3x8"), there, TargetExists),
        (Chosen(["R1"]), Sheets("3x8"), tmp_path / "no" / "a.pdf", FileMissing),
        (Chosen(["R1"]), Sheets("3x8"), office.home / "a.pdf", InsideInstance),
    ):
        with pytest.raises(error):
            printed(office, target, chosen, sheets)
    assert there.read_text() == "mine" and not (tmp_path / "a.pdf").exists()


def test_separator_sheets_bear_the_code_and_the_mark(office, tmp_path):
    """One for an item, one for each item of a volume; read back as separators, though scanned as a grey copy."""
    volume, alone = make.volume(office, "ZX·02", 2), make.filed(office, "WS·BG", 1, department="ZJB")[0]
    with office.ask("archivist", Act.LABEL_PRINT) as unit:
        made = print_separators(unit, [volume, alone], tmp_path / "a.pdf", Language.ZH)
        inside = list(unit.session.scalars(select(Item.reference_code).order_by(Item.reference_code.desc())))
    assert made.pages == made.labels == 3
    read_back = [stacks.page_of(worn(page)) for page in pictures((tmp_path / "a.pdf").read_bytes(), 150)]
    assert sorted(code for page in read_back for code in page.codes) == sorted(inside)
    assert all(page.separator for page in read_back) and MARK not in inside


def test_letters_are_no_broader_than_their_room():
    """Random codes and words wrapped at random sizes: no line is broader than it may be."""
    numbers = random.Random(3)
    for _ in range(300):
        text = "".join(numbers.choice("K01·-ZX年题名（）、，ab ") for _ in range(numbers.randrange(1, 60)))
        size, width = numbers.choice((5, 7.5, 12)), numbers.uniform(40, 200)
        for line in drawing._wrapped(text, width, size):
            assert breadth(line, size) <= width + 1e-6
