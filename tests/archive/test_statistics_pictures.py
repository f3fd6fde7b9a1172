"""Charts: one geometry drawn as SVG and as PNG alike; sound, told in words, never cut, honest when empty."""

from __future__ import annotations

import io
import json
import os
import stat
import xml.etree.ElementTree as ET

import pytest
from click.testing import CliRunner
from PIL import Image, ImageChops

import cli
from archive import charts, clikit, identity, shapes, sitting
from archive.acts import Act
from archive.charts import Bars, Lines, Lying, Shares
from archive.shapes import Box, Dot, Drawing, Patch, Rule, Trace, Words
from archive.statistics import pictures, raster
from archive.statistics.holdings import HoldingLine, View
from archive.statistics.pictures import Measure
from archive.words import Language
from tests import make
from tests.archive import pictures as golden
from tests.conftest import PASSWORD

SVG = "{http://www.w3.org/2000/svg}"
YEARS = [str(year) for year in range(2017, 2027)]
SAMPLES = {
    "bars": Bars("利用", "说明", ["2026-01", "2026-02"], [("借阅", [3, 1204]), ("阅览", [0, 7])]),
    "lying": Lying("馆藏", "说明", ["WS·LW 来往函件", "ZX·02 图纸与审图"], [("", [12, 345])]),
    "lines": Lines("增长", "说明", YEARS, [("归档", list(range(10))), ("销毁", [0, 0, 3, *[1] * 7])]),
    "ring": Shares("密级", "说明", ["公开", "内部", "秘密"], [("", [10, 85, 5])]),
    "empty": Bars("利用", "说明", [], [], nothing="没有可统计的数据。"),
}


def picture(chart):
    """The PNG as it is decoded."""
    return Image.open(io.BytesIO(raster.png(chart))).convert("RGB")


def ink(image, colour):
    """How many dots of *image* have this very colour (#rrggbb)."""
    wanted = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return sum(number for number, found in image.getcolors(1 << 24) if found == wanted)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_chart_is_a_sound_svg_with_title_and_description(name):
    """
    Well formed, role and description for who cannot see it; every number told where it is pointed at.
    """
    chart = SAMPLES[name]
    root = ET.fromstring(charts.svg(chart))
    told = [one.text for one in root.iter(f"{SVG}title")][1:]
    numbers = [number for _, many in chart.parts for number in many if number or isinstance(chart, Lines)]

    assert ("img", chart.title, "说明") == (
        root.get("role"), root.find(f"{SVG}title").text, root.find(f"{SVG}desc").text,
    )  # fmt: skip
    assert sorted(map(str, numbers)) == sorted(one.rpartition(": ")[2] for one in told)
    words = [one.text for one in root.iter(f"{SVG}text")]
    if name == "empty":
        assert "没有可统计的数据。" in words
    else:
        assert all(label in words for label in chart.labels)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_png_is_the_same_drawing_in_twice_the_size(name):
    """
    As large as the drawing says, its colours in the shares the drawing gives them.
    """
    chart, image = SAMPLES[name], picture(SAMPLES[name])
    drawing = charts.drawing(chart)
    boxes = [one for one in drawing.shapes if isinstance(one, Box)]

    assert (raster.SCALE * drawing.wide, raster.SCALE * drawing.tall) == image.size
    for colour in {one.colour for one in boxes}:
        mine = [one for one in boxes if one.colour == colour]
        area = sum(one.wide * one.tall for one in mine) * raster.SCALE**2
        edges = sum(one.wide + one.tall for one in mine) * 2 * raster.SCALE
        assert name == "ring" or area - edges <= ink(image, colour) <= area + edges, colour
    assert ink(image, shapes.INK) > 200  # the words


def test_the_png_of_a_chart_has_the_same_bytes_every_time():
    """
    Drawn twice.
    """
    assert raster.png(SAMPLES["bars"]) == raster.png(SAMPLES["bars"])


def test_witness_two_charts_that_differ_by_one_number_are_two_pictures():
    """
    The comparison of pictures sees it; the comparison of one with itself sees nothing.
    """
    one = SAMPLES["bars"]
    other = Bars(one.title, one.description, one.labels, [("借阅", [3, 1205]), ("阅览", [0, 7])])

    assert ImageChops.difference(picture(one), picture(one)).getbbox() is None
    assert ImageChops.difference(picture(one), picture(other)).getbbox() is not None


@pytest.mark.parametrize("name", SAMPLES)
def test_the_charts_look_as_they_did(name):
    """
    Against pictures that were looked at, in grey and a quarter of the size.
    """
    found = picture(SAMPLES[name]).convert("L").reduce(4)
    kept = golden.GOLDEN / f"chart-{name}.png"
    if os.environ.get("ANJUAN_GOLDEN") == "new":
        found.save(kept, optimize=True)
    with Image.open(kept) as known:
        assert golden.difference(found, known.convert("L")) <= golden.SHARE


def test_every_shape_is_painted_where_it_is_written():
    """
    A box, a rule, words, a patch, a trace and a dot, each in its own colour, found in its own corner of the picture.
    """
    made = Drawing(
        "t", "d", 300, 200,
        [
            Box(10, 10, 40, 30, "#0072b2"), Patch([(100, 10), (140, 10), (140, 40)], "#e69f00"),
            Dot(220, 25, 10, "#009e73"), Trace([(10, 100), (60, 100)], "#d55e00"), Rule(100, 100, 150, 100, "#111111"),
            Words(200, 110, "档案", 20, "#cc79a7"),
        ],
    )  # fmt: skip
    image = Image.open(io.BytesIO(raster.painted(made))).convert("RGB")
    boxes = {
        "#0072b2": (10, 10, 50, 40), "#e69f00": (100, 10, 140, 40), "#009e73": (210, 15, 230, 35),
        "#d55e00": (10, 97, 60, 103), "#cc79a7": (198, 85, 245, 120),
    }  # fmt: skip
    for colour, box in boxes.items():
        inside = image.crop(tuple(raster.SCALE * one for one in box))
        assert 0 < ink(inside, colour) == ink(image, colour), colour
    root = ET.fromstring(shapes.svg(made))
    assert 1 == len(list(root.iter(f"{SVG}polygon"))) == len(list(root.iter(f"{SVG}polyline")))


def test_text_is_escaped_and_control_characters_are_told():
    """
    Names are anybody's: marks of XML are text, what no XML may hold is replaced, in the picture too.
    """
    hostile = "<script>&\x00\x1b\"'"
    chart = Lying(hostile, hostile, [hostile, "乙"], [(hostile, [1, 2])], rest=hostile)
    root = ET.fromstring(charts.svg(chart))

    assert "<script>&��\"'" == root.find(f"{SVG}title").text
    assert not list(root.iter(f"{SVG}script"))
    assert picture(chart).size[0] == 2 * charts.WIDTH


@pytest.mark.parametrize("count", [1, 3, 24, 25, 60, 500])
def test_however_many_labels_there_are_none_lies_on_another_and_nothing_is_lost(count):
    """
    What is too small is put together under its name, the sum stays; standing labels are told as far as they fit.
    """
    labels, numbers = (
        [f"类别{nth} 名称很长很长很长很长很长很长很长很长很长很长" for nth in range(count)],
        list(range(1, count + 1)),
    )
    lying = Lying("t", "d", labels, [("", numbers)], rest="其他").reduced(charts.MOST)
    standing = charts.drawing(Bars("t", "d", [f"2026-{nth:03}" for nth in range(count)], [("", numbers)]))
    under = [one for one in standing.shapes if isinstance(one, Words) and one.text.startswith("2026-")]

    assert (min(count, charts.MOST), sum(numbers)) == (len(lying.labels), sum(lying.totals))
    assert ("其他" in lying.labels) == (count > charts.MOST)
    gaps = [other.x - one.x for one, other in zip(under, under[1:], strict=False)]
    assert all(gap >= shapes.breadth("2026-000") for gap in gaps) and under


@pytest.mark.parametrize("kind", [Bars, Lying, Lines, Shares])
@pytest.mark.parametrize("many", [1, 7, 40])
def test_no_word_and_no_bar_leaves_the_picture(kind, many):
    """
    Largest numbers, longest names: every shape stands inside the sheet.
    """
    labels = [f"{nth} 物业档案类别名称物业档案类别名称物业档案类别名称" for nth in range(many)]
    if kind in {Bars, Lines}:
        labels = [f"2026-{nth:02}" for nth in range(many)]
    made = charts.drawing(
        kind(
            "题", "d", labels, [("甲", [10**9 - nth for nth in range(many)]), ("乙", [1] * many)], rest="其他"
        )
    )
    for one in made.shapes:
        if isinstance(one, Words):
            wide = shapes.breadth(one.text, one.size)
            left = one.x - {"start": 0, "middle": wide / 2, "end": wide}[one.anchor]
            assert -1 <= left and left + wide <= made.wide + 1, one.text
            assert one.size <= one.y <= made.tall
        if isinstance(one, Box):
            assert (
                one.x >= 0 and one.x + one.wide <= made.wide and one.y >= 0 and one.y + one.tall <= made.tall
            )


def test_colours_of_neighbours_differ_also_in_grey():
    """
    Okabe and Ito: for who sees fewer colours, and on a copy; lines differ by their dashes as well.
    """
    grey = [
        sum(w * int(one[at : at + 2], 16) for w, at in ((0.3, 1), (0.59, 3), (0.11, 5)))
        for one in charts.COLOURS[:5]
    ]

    assert all(abs(one - other) > 10 for one, other in zip(grey, grey[1:], strict=False))
    assert len(set(charts.DASHES)) == len(charts.DASHES) == 4


@pytest.mark.parametrize(
    ("size", "told"), [(900, "B"), (11 * 1024, "KB"), (30 * 2**20, "MB"), (12 * 2**30, "GB"), (0, "B")]
)
def test_bytes_are_drawn_in_a_unit_that_can_be_read(size, told):
    """
    From ten of a unit on; rounded up, so that something is never nothing.
    """
    lines = [
        HoldingLine("WS·BG", "报告", 1, 1, 1, 1, size),
        HoldingLine("WS·LW", "函", 1, 1, 1, 1, size // 2 and 1),
    ]
    chart = pictures.of_holdings(lines, View.CLASS, Measure.BYTES, Language.ZH)

    assert f"（按类别，{told}）" in chart.title
    assert all(bool(line.bytes) == bool(number) for line, number in zip(lines, chart.totals, strict=True))


# --- at the command line --------------------------------------------------------------------------


@pytest.fixture
def run(office, tmp_path, monkeypatch):
    """Run `anjuan` as somebody; the output and the exit status."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(clikit.wiring, "clock", lambda: office.now)

    def command(who, *words, status=0):
        with office.instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
            token = identity.login(unit, who, PASSWORD)
        sitting.keep_session(office.instance.keys.instance_id, token, office.now.replace(year=2030))
        result = CliRunner().invoke(cli.root, ["--home", str(office.home), *words])

        assert status == result.exit_code, result.output
        return result

    return command


VERBS = {
    "holdings": ("--by", "class"), "use": ("--by", "month"), "overdue": (), "growth": ("--by", "month"),
    "stocktakes": (), "yearbook": ("--year", "2026"),
}  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_every_statistic_is_a_table_json_csv_and_two_pictures(office, run, tmp_path, verb):
    """
    In both languages; the pictures are new private files and tell where they are.
    """
    make.volume(office, "ZX·02", 2, held=True)
    svg, png = tmp_path / "图.svg", tmp_path / "图.png"
    words = ("statistics", verb, *VERBS[verb])
    told = run("archivist", *words, "--svg", str(svg), "--png", str(png))
    rows = json.loads(run("archivist", *words, "--json").stdout)
    sheet = run("archivist", "--lang", "en", *words, "--csv").stdout

    assert f"图已写入 {svg}" in "".join((told.stderr + told.stdout).splitlines())
    assert ET.parse(svg).getroot().tag == f"{SVG}svg"
    with Image.open(png) as image:
        assert image.size[0] == 2 * charts.WIDTH
    assert {0o600} == {stat.S_IMODE(one.stat().st_mode) for one in (svg, png)}
    assert len(rows) == len(sheet.splitlines()) - 1 and (rows or verb == "stocktakes")


def test_a_picture_is_never_written_over_a_file_nor_into_the_instance(office, run, tmp_path):
    """
    A file that is there, a folder that is not, another suffix, the instance itself: told, and nothing is changed.
    """
    there = tmp_path / "a.svg"
    there.write_text("mine")
    words = ("statistics", "holdings", "--svg")
    for path, status in (
        (there, 1), (tmp_path / "no" / "b.svg", 4), (tmp_path / "c.png", 2), (tmp_path / "d", 2),
        (office.home / "e.svg", 2),
    ):  # fmt: skip
        run("archivist", *words, str(path), status=status)
        assert not list(office.home.rglob("*.svg*"))
    assert "mine" == there.read_text() and ["a.svg"] == [
        one.name for one in tmp_path.iterdir() if one.is_file()
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("holdings", "--by", "weather"), ("use", "--since", "2027-01-01"), ("growth", "--by", "month", "--since", "1990-01-01"),
        ("yearbook", "--year", "2031"), ("overdue", "--since", "soon"),
    ],
)  # fmt: skip
def test_wrong_input_is_told_in_a_sentence(run, words):
    """
    A point of view there is none of, a day to come, too many months, a year to come: exit status 2.
    """
    assert "Traceback" not in run("archivist", "statistics", *words, status=2).output


def test_the_forecast_is_drawn_by_the_same_hand(run, tmp_path):
    """
    `due forecast` has both pictures too; with nothing to come they say so.
    """
    svg, png = tmp_path / "f.svg", tmp_path / "f.png"
    run("archivist", "due", "forecast", "--svg", str(svg), "--png", str(png))

    assert "没有可统计的数据。" in svg.read_text("utf-8")
    with Image.open(png) as image:
        assert image.size == (2 * charts.WIDTH, 2 * charts.HEIGHT)
