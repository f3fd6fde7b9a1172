"""Search and the care of the index as people type them: what is shown, in both languages, and how it ends."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import sqlite3
from pathlib import Path

import pytest

import cli
from archive import cells, clikit, config
from archive.acts import Act
from archive.words import Language, sentences
from indexer.commands.answers import marked
from indexer.commands.searching import Years
from tests.archive.counter import counter as a_counter
from tests.conftest import Office, opened
from tests.indexer.shelves import filed

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def counter(shelf_home, tmp_path, monkeypatch):
    """People at the counter of the filled office; the index follows them as in the program."""
    made = a_counter(shelf_home.parent, tmp_path, monkeypatch)
    monkeypatch.setattr(clikit.wiring, "after_work", cli._freshen)  # noqa: SLF001
    return made


def hits(counter, who, *asked):
    """The rows of an answer as programs get them."""
    return counter.rows(who, "search", *asked)["rows"]


def test_a_page_of_hits_shows_rank_code_title_place_passage_and_the_count(counter):
    """The main thing at a glance; without colour the matches stand in 【】."""
    told = counter.run("clerk", "search", "装修").check().out

    assert "A1203【装修】平面图" in told
    assert "ZX·02 · 2025 · 内部 · KF · 2025-03-02 · 一号库房 / 一号柜" in told
    assert "【装修】图纸审核意见，押金一万元。" in told
    assert re.search(r"^ *1 +K001-", told, re.MULTILINE)
    total = len(hits(counter, "clerk", "装修", "--limit", 200))
    assert f"共 {total} 条，显示 1–{total}" in told


def test_the_same_in_english(counter):
    """The levels, the counts and the help speak the language asked for."""
    counter.language = "en"
    told = counter.run("clerk", "search", "装修", "--limit", 2).check().out

    assert re.search(r"\d+ found, showing 1–2\nNext page: --page 2", told)
    assert "internal" in told and "内部" not in told
    assert "Nothing found among the records you may see." in counter.run("clerk", "search", "不存在").out


def test_pages_are_asked_for_by_number(counter):
    """The second page goes on where the first ended; a page past the end says so."""
    first = counter.run("gm", "search", "押金", "--limit", 3).check().out
    second = counter.run("gm", "search", "押金", "--limit", 3, "--page", 2).check().out

    assert "显示 1–3" in first and "下一页请加 --page 2" in first
    assert "显示 4–" in second
    assert not set(re.findall(r"K001-\S+", first)) & set(re.findall(r"K001-\S+", second))
    assert "没有第 99 页" in counter.run("gm", "search", "押金", "--page", 99).check().out


def test_json_is_for_programs(counter):
    """Stable names and values, places of the matches; the count goes to standard error."""
    told = counter.run("gm", "search", "押金", "--json").check()
    answer = json.loads(told.out)
    row = next(row for row in answer["rows"] if row["title"] == "A1203装修平面图" and row["kind"] == "item")

    assert row["level"] == "INTERNAL" and row["dated"] == "2025-03-02" and row["place"] == "一号库房 / 一号柜"
    assert [row["passage"][start:end] for start, end in row["passage_spans"]] == ["押金"]
    assert answer["total"] == len(answer["rows"]) and answer["next"] is None and "facets" not in answer
    assert "共" in told.err


def test_csv_opens_in_a_spreadsheet_and_starts_no_formula(counter):
    """Headings in words, one line a hit, nothing that a spreadsheet would run."""
    with _office(counter) as office:
        filed(office, title="=HYPERLINK(1)公式题名", text="=1+1 公式题名")
    rows = list(csv.reader(io.StringIO(counter.run("gm", "search", "公式题名", "--csv").check().out)))

    assert rows[0][:3] == [cells.label(name, Language.ZH) for name in ("kind", "code", "title")]
    assert len(rows) == 2
    passage = rows[0].index(cells.label("passage", Language.ZH))
    assert rows[1][2] == "'=HYPERLINK(1)公式题名" and rows[1][passage] == "'=1+1 公式题名"


def test_a_search_result_goes_into_a_workbook(counter, tmp_path):
    """`--xlsx` holds the hits of the page, as `--csv` would tell them, and nothing is printed twice."""
    from archive.sheets.reading import open_sheet

    with _office(counter) as office:
        filed(office, title="泳池水质检测报告", text="泳池")
        filed(office, title="泳池开放通知", text="泳池")
    target = tmp_path / "结果.xlsx"
    told = counter.run("gm", "search", "泳池", "--xlsx", target).check()
    cells_ = [one.cells for one in open_sheet(target).rows()]

    assert {row[2] for row in cells_[1:]} == {"泳池水质检测报告", "泳池开放通知"}
    assert told.out == ""


@pytest.mark.parametrize(
    ("given", "titles"),
    [
        (["--class", "ZX"], {"A1203装修平面图", "A1204装修平面图"}),
        (["--year", "..2024"], {"工程例会纪要", "水务公司来函"}),
        (["--year", "2024"], {"工程例会纪要", "水务公司来函"}),
        (["--year", "2020..2024", "--class", "WS·LW"], {"水务公司来函"}),
        (["--department", "GC"], {"工程例会纪要"}),
        (["--level", "秘密", "--class", "WS"], {"保密例会纪要"}),
        (["--place", "R1"], {"A1203装修平面图"}),
        (["--from", "20250303"], set()),
        (["--from", "2025年3月2日", "--to", "2025-03-02", "--class", "HT"], {"电梯维保合同"}),
        (["供电局", "或", "水费"], {"供电局停电来函", "工程例会纪要", "水务公司来函"}),
        (["电梯", "非", "装修", "--class", "WS"], {"工程例会纪要"}),
        (["电梯", "-装修", "--class", "WS"], {"工程例会纪要"}),
        (
            ["-装修", "-押金", "-题名:保密例会", "--class", "文书"],
            {"供电局停电来函", "工程例会纪要", "水务公司来函"},
        ),
        (['-"装修图纸"', "-(押金 或 停电)", "--kind", "件"], {"B0101收楼表格", "员工档案"}),
        (["--department", "工程部"], {"工程例会纪要"}),
        (["--state", "HELD"], set()),
        (["--place", "一号柜", "--kind", "volume"], {"A1203装修平面图"}),
        (["类别:装修", "年度:2025"], {"A1203装修平面图", "A1204装修平面图"}),
    ],
)
def test_filters_and_operators_as_typed(counter, given, titles):
    """Each option narrows to what it says; words side by side are one question."""
    assert {row["title"] for row in hits(counter, "gm", *given)} == titles


@pytest.mark.parametrize(
    ("given", "status", "zh", "en"),
    [
        (["装修 ("], 2, "读不通", "cannot be read"),
        (["装修", "--class", "XX·99"], 4, "XX·99", "XX·99"),
        (["装修", "--year", "二四年"], 2, "2020..2024", "2020..2024"),
        (["装修", "--year", ".."], 2, "2020..2024", "2020..2024"),
        (["装修", "--year", "2025..2024"], 2, "2025 … 2024", "2025 … 2024"),
        (["装修", "--from", "2025-02-30"], 2, "2025-02-30", "2025-02-30"),
        (["装修", "--place", "R9"], 4, "R9", "R9"),
        (["装修", "--department", "客户部"], 4, "KF 客服部", "KF 客服部"),
        (["装修 类别:装休"], 4, "装修", "装修"),
        (["装修", "--after", "xyz"], 2, "--after", "--after"),
        (["装修", "--after", "xyz", "--page", "2"], 2, "--page 2", "--page 2"),
        (["装修", "--sort", "biggest"], 2, "newest", "newest"),
        (["--like", "K001-没有"], 4, "K001-没有", "K001-没有"),
        (["装修", "--limt", "3"], 2, "--limit", "--limit"),
        (["装修", "-x"], 2, "-x", "-x"),
        (["装修", "--limit", "0"], 2, "1–200", "1–200"),
        (["装修", "--level", "顶级"], 2, "秘密 CONFIDENTIAL", "秘密 CONFIDENTIAL"),
        (["--like", "K001", "--facets"], 2, "--facets", "--facets"),
        (["--like", "K001", "--page", "2"], 2, "--page 2", "--page 2"),
        (["--like", "K001", "--sort", "oldest"], 2, "--sort oldest", "--sort oldest"),
        (["--like", "K001", "--after", "xyz"], 2, "--after", "--after"),
        (["装修" * 1200], 2, "超出上限", "passes a limit"),
    ],
)
def test_a_slip_gives_a_sentence_in_either_language(counter, given, status, zh, en):
    """Never a traceback, never a silent empty page."""
    for language, part in (("zh", zh), ("en", en)):
        counter.language = language
        told = counter.run("gm", "search", *given).check(status)
        assert part in told.err and told.out == "" and "Traceback" not in told.err


def test_nothing_found_says_what_to_try(counter):
    """Hints instead of an empty screen; with a filter, that it may be widened."""
    plain = counter.run("staff", "search", "诉讼策略").check().out
    narrowed = counter.run("staff", "search", "诉讼策略", "--class", "WS").check().out

    assert "没有找到" in plain and "装修*" in plain and "放宽" not in plain
    assert "放宽" in narrowed
    assert counter.run("staff", "search", "火星海王").check().out == plain  # hidden answers as absent


def test_what_was_meant_is_offered_and_similar_records_are_shown(counter):
    """A slip leads on: another spelling with its count, one word less, what is nearest; in both languages."""
    told = counter.run("gm", "search", "装休 押金").check().out
    assert re.search(r"您要找的也许是：装修 押金（\d+ 条）", told)
    answer = counter.rows("gm", "search", "装休 押金")
    assert answer["total"] == 0 and answer["rows"] == []
    assert "装修 押金" in [one["words"] for one in answer["meant"]]
    near = counter.run("staff", "search", "供电局关于停电检修的通知").check().out
    assert "文字相近的档案" in near and "【供电局停电】" in near
    counter.language = "en"
    assert "Did you mean: 装修 押金" in counter.run("gm", "search", "装休 押金").check().out


def test_counts_are_shown_beside_the_hits(counter):
    """One fact a line with names and counts; all of them for programs, with what one types."""
    told = counter.run("gm", "search", "押金", "--facets").check().out
    assert re.search(r"^ *密级 +内部 \d+ · 秘密 \d+", told, re.MULTILINE)
    assert "ZX·02 图纸与审图 1" in told and "R1-C1 一号库房 / 一号柜 1" in told
    facets = counter.rows("gm", "search", "押金", "--facets")["facets"]
    assert {"class", "year", "level", "department", "place", "state", "family", "kind"} == set(facets)
    level = next(one for one in facets["level"] if one["value"] == "INTERNAL")
    assert (level["name"], level["name_en"]) == ("内部", "internal") and level["count"] > 0


def test_the_next_page_by_its_mark(counter):
    """The mark a page gives leads on; the last page gives none; for people it is printed."""
    whole = [row["code"] for row in hits(counter, "gm", "押金", "--sort", "newest")]
    codes, after = [], []
    while True:
        answer = counter.rows("gm", "search", "押金", "--sort", "newest", "--limit", 4, *after)
        codes += [row["code"] for row in answer["rows"]]
        if answer["next"] is None:
            break
        after = ["--after", answer["next"]]
    assert codes == whole
    token = counter.rows("gm", "search", "押金", "--limit", 2)["next"]
    second = counter.run("gm", "search", "押金", "--limit", 2, "--after", token).check().out
    assert "显示 3–4" in second and "--page" not in second
    third = re.search(r"下一页请加 (--after) (\S+)", second).groups()
    assert "显示 5–6" in counter.run("gm", "search", "押金", "--limit", 2, *third).check().out


def test_orders_and_what_else_a_hit_shows(counter):
    """By date and by code; where a name or number was found, the line that holds it is shown, marked."""
    years = [row["year"] for row in hits(counter, "gm", "--sort", "oldest", "--kind", "件")]
    assert len(years) > 5
    codes = [row["code"] for row in hits(counter, "gm", "押金", "--sort", "code")]
    assert codes == sorted(codes)
    told = counter.run("gm", "search", "合同号:HT-2024-0032").check().out
    assert "合同号" in told and "【HT-2024-0032】" in told
    mention = hits(counter, "gm", "清源保洁")[0]["mentions"][0]
    assert mention["field"] == "names"
    assert [mention["text"][start:end] for start, end in mention["spans"]] == ["清源保洁"]


def test_synonyms_are_searched_when_asked_and_told(counter):
    """Nothing is added unasked; asked, the page names the words added."""
    assert counter.rows("gm", "search", "保证金")["total"] == 0
    told = counter.run("gm", "search", "保证金", "--synonyms").check().out
    assert "同时检索：押金、按金" in told and "【押金】" in told
    assert counter.rows("gm", "search", "保证金", "--synonyms")["also"] == ["押金", "按金"]


def test_records_like_one(counter):
    """The code of a record in place of words."""
    code = next(row["code"] for row in hits(counter, "gm", "A1203装修平面图") if row["kind"] == "item")
    told = counter.run("clerk", "search", "--like", code).check().out
    assert "A1204" in told and "最相近的" in told
    assert code not in [row["code"] for row in hits(counter, "clerk", "--like", code)]


def test_kept_searches_from_saving_to_removing(counter):
    """Saved with its options, listed, run, renamed, removed; another person sees nothing of it."""
    save = ["saved", "save", "图纸", "装修", "-诉讼", "--class", "ZX", "--sort", "code"]
    assert "图纸" in counter.run("clerk", *save).check().out
    assert "图纸" in counter.run("clerk", *save).check(1).err
    counter.run("clerk", *save, "--replace").check()
    [row] = counter.rows("clerk", "saved", "list")
    assert (
        (row["name"], row["order"]) == ("图纸", "code") and "-诉讼" in row["words"] and "ZX" in row["words"]
    )
    ran = counter.rows("clerk", "saved", "run", "图纸")
    assert [one["code"] for one in ran["rows"]] == [
        one["code"] for one in hits(counter, "clerk", "装修", "-诉讼", "--class", "ZX", "--sort", "code")
    ]
    assert "facets" in counter.rows("clerk", "saved", "run", "图纸", "--facets")
    assert counter.rows("gm", "saved", "list") == []
    counter.run("gm", "saved", "run", "图纸").check(4)
    counter.run("clerk", "saved", "rename", "图纸", "图").check()
    assert "档号" in counter.run("clerk", "saved", "list").check().out
    counter.run("clerk", "saved", "remove", "图").check()
    counter.run("clerk", "saved", "remove", "图").check(4)
    counter.run("auditor", "saved", "list").check(3)


def test_groups_of_synonyms_from_setting_to_resetting(counter):
    """The archivist edits, everybody sees, a clerk is refused."""
    assert "随程序提供" in counter.run("clerk", "synonyms", "list").check().out
    counter.run("archivist", "synonyms", "set", "电梯", "升降机").check()
    assert ["电梯", "升降机"] in [row["words"] for row in counter.rows("clerk", "synonyms", "list")]
    assert counter.rows("clerk", "search", "升降机", "--synonyms")["total"] > 0
    assert "本单位" in counter.run("clerk", "synonyms", "list").check().out
    counter.run("clerk", "synonyms", "set", "甲", "乙").check(3)
    counter.run("archivist", "synonyms", "set", "甲").check(2)
    counter.run("archivist", "synonyms", "remove", "升降机").check()
    counter.run("archivist", "synonyms", "remove", "升降机").check(4)
    counter.run("archivist", "synonyms", "reset").check()
    assert "随程序提供" in counter.run("clerk", "synonyms", "list").check().out


def test_control_characters_of_a_file_do_not_reach_the_terminal(counter):
    """Escape sequences, bells and direction marks in a text, or in the name of a place, are not sent on."""
    with _office(counter) as office:
        filed(office, title="终端控制", text="前\x1b]0;题\x07\x1b[2J\u202e终端控制\x9b31m后\r覆盖")
    with sqlite3.connect(counter.home / "catalogue.db") as database:
        database.execute("UPDATE location SET name = ? WHERE code = 'R1-C1'", ("柜\x1b[2J\u202e",))
    database.close()
    for words in ("终端控制", "A1203装修平面图"):
        for form in ([], ["--csv"]):
            told = counter.run("gm", "search", words, *form).check()
            assert not CONTROL.search(told.out), repr(told.out)
    assert "【终端控制】" in counter.run("gm", "search", "终端控制").out


def test_matches_are_set_off_by_colour_where_there_is_one():
    """At a terminal the word itself is coloured; the text stays as it is written."""
    shown = marked("A1203装修平面图", ((5, 7),), Language.ZH, colour=True)
    assert shown.plain == "A1203装修平面图"
    assert [(span.start, span.end) for span in shown.spans if "yellow" in str(span.style)] == [(5, 7)]


@pytest.mark.parametrize("by", ["security", "auditor"])
def test_administrators_are_refused(counter, by):
    """Exit status 3 and the reason."""
    assert "不" in counter.run(by, "search", "装修").check(3).err


def test_years_are_read_as_people_write_them():
    """One year, a span, or one that is open at an end."""
    reads = {text: Years().convert(text, None, None) for text in ("2024", "2020..2024", "2020..", "..2024")}
    assert list(reads.values()) == [(2024, 2024), (2020, 2024), (2020, None), (None, 2024)]


# --- the care of the index --------------------------------------------------------------------


def test_status_tells_both_sides_and_what_waits(counter):
    """Counts by name; an index that is gone is told, and the next search brings it back."""
    before = json.loads(counter.run("archivist", "index", "status", "--json").check().out)
    assert before["sound"] and before["catalogued"] == before["indexed"] > 0
    for path in (counter.home / "index").glob("*/mark"):
        path.unlink()

    told = counter.run("archivist", "index", "status").check().out
    assert "自动重建" in told and "否" in told
    counter.run("staff", "search", "装修").check()
    assert json.loads(counter.run("archivist", "index", "status", "--json").check().out) == before


def test_rebuild_is_logged_by_the_person_who_asked(counter):
    """The line names the archivist; staff are refused, and that is a line too."""
    assert "完成" in counter.run("archivist", "index", "rebuild").check().out
    counter.run("staff", "index", "rebuild").check(3)
    counter.run("staff", "index", "verify").check(3)
    counter.run("staff", "index", "status").check(3)

    log = counter.rows("auditor", "audit", "list")
    rebuilt = [(line["account"], line["outcome"]) for line in log if line["act"] == Act.INDEX_REBUILD]
    assert rebuilt[:2] == [("staff", "not-allowed"), ("archivist", "done")]


def test_verify_ends_with_5_where_the_index_differs(counter):
    """Sound: every record compared. A row changed behind the catalogue's back: found, told, mended by a rebuild."""
    assert "逐字一致" in counter.run("archivist", "index", "verify").check().out
    with sqlite3.connect(counter.home / "catalogue.db") as database:
        database.execute("UPDATE item SET archive_year = 1999 WHERE class_code = 'HT·01'")
    database.close()

    assert "index rebuild" in counter.run("archivist", "index", "verify").check(5).out
    counter.run("archivist", "index", "rebuild").check()
    counter.run("archivist", "index", "verify").check()


def test_what_people_file_is_found_at_once(counter):
    """The index follows each command: filed in one, found in the next."""
    paper = ["--title", "地库照明改造请示", "--date", "2025-03-02", "--class", "WS·HY", "--year", "2025"]
    counter.run("archivist", "item", "file", *paper, "--department", "KF").check()

    assert [row["title"] for row in hits(counter, "staff", "照明改造")] == ["地库照明改造请示"]


@pytest.mark.parametrize("language", list(Language))
def test_every_sentence_of_the_index_has_its_twin(language):
    """Both languages have the same keys and the same holes."""
    mine, other = sentences(language), sentences(next(one for one in Language if one is not language))
    for key, sentence in mine.items():
        if key.startswith(("search.", "index.", "extract.", "query.")):
            assert set(re.findall(r"{\w+}", sentence)) == set(re.findall(r"{\w+}", other[key])), key


@contextlib.contextmanager
def _office(counter):
    """The same home opened beside the counter, for the length of a block."""
    settings, _ = config.load(counter.home)
    made = Office(None)
    made.instance = opened(counter.home, Path(settings.key_file), lambda: made.now)
    yield made
    made.instance.close()
