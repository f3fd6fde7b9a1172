"""`anjuan due`: what the clerk sees at the terminal, in both languages and for programs."""

import csv
import datetime as dt
import io
import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

import cli
from archive import clikit, identity, items, sitting
from archive.acts import Act
from archive.model import Adoption, Volume
from tests import make
from tests.conftest import PASSWORD

D = dt.date.fromisoformat


@pytest.fixture
def run(office, tmp_path, monkeypatch):
    """Run `anjuan` as somebody; the output and the exit status."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(clikit.wiring, "clock", lambda: office.now)

    def command(who, *words, status=0):
        with office.instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
            token = identity.login(unit, who, PASSWORD)
        sitting.keep_session(office.instance.keys.instance_id, token, office.now + dt.timedelta(hours=1))
        result = CliRunner().invoke(cli.root, ["--home", str(office.home), *words])

        assert status == result.exit_code, result.output
        return result

    return command


def shelf(office) -> None:
    """A paper of 2015, an undated one, a confidential one, and one that is not due."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        for class_code, dated, year in (
            ("WS·BG", D("2015-06-03"), 2015), ("WS·BG", None, 2014), ("WS·MM", D("1990-01-05"), 1990),
            ("WS·BG", D("2024-06-03"), 2024),
        ):  # fmt: skip
            paper = make.paper(f"{class_code} {year} 年报告", class_code, dated=dated)
            items.file_alone(unit, make.matter(class_code, year=year), [paper])


def test_the_list_tells_totals_and_the_reason_of_each_line(office, run):
    """
    Totals first, then title, day, disposition and reason; what is not due is not there.
    """
    shelf(office)
    told = "".join(run("archivist", "due", "--on", "2026年1月1日").stdout.split())

    assert (
        "截至2026-01-01可鉴定：案卷0卷，单独保管的文件2件；拟销毁2，拟移交0，拟复审0。另有冻结0，无日期1；"
        in told
    )
    assert all(word in told for word in ("WS·BG2015年报告", "2026-01-01", "销毁", "秘密"))
    assert "2024年报告" not in told


def test_the_english_list_says_the_same(office, run):
    """
    `--lang en` changes the words, not the lines.
    """
    shelf(office)
    told = " ".join(
        run("archivist", "--lang", "en", "due", "--on", "2026-01-01", "--limit", "1").stdout.split()
    )

    assert 1 == told.count("Due by 2026-01-01: volumes 0, items kept alone 2; to destroy 2")
    assert "Only the 1 longest due are listed, of 3." in told


def test_programs_get_every_field_and_the_sentences_go_aside(office, run):
    """
    JSON and CSV hold rows only; the reason and the note of an undated paper are among them.
    """
    shelf(office)
    result = run("archivist", "due", "--on", "2026-01-01", "--class", "WS·BG", "--json")
    rows = json.loads(result.stdout)
    table = list(csv.DictReader(io.StringIO(run("archivist", "due", "--csv", "--on", "2026-01-01").stdout)))

    assert [("2025-01-01", "D10", "DESTROY"), ("2026-01-01", "D10", "DESTROY")] == [
        (row["review_due"], row["period"], row["disposition"]) for row in rows
    ]
    assert "文件无日期，按归档年度 2014 年计。" in rows[0]["reason"]
    assert {"began", "start", "expires_on", "trigger", "state", "on_loan", "department", "kind"} <= set(
        rows[0]
    )
    assert "截至" in result.stderr
    assert len(table) == 3


def test_a_viewer_gets_his_own_lines_and_totals(office, run):
    """
    V23, decision 6: the uncleared clerk's totals are those of his lines.
    """
    shelf(office)
    told = run("records", "due", "--on", "2026-01-01")

    assert "单独保管的文件 1 件" in told.stdout and "无日期 1" in told.stdout
    assert "WS·MM" not in told.output


def test_staff_are_refused_with_a_sentence(run):
    """
    Exit status 3, nothing on standard output.
    """
    told = run("staff", "due", status=3)

    assert "" == told.stdout
    assert "查看到期清单" in told.stderr


def test_a_day_that_does_not_exist_is_refused_with_a_sentence(run):
    """
    31 February: no traceback, no list.
    """
    told = run("archivist", "due", "--on", "2026-02-31", status=2)

    assert "2026-02-31" in told.stderr


def test_an_unadopted_schedule_is_said_first(office, run):
    """
    C7: a warning, not a refusal; beside JSON it goes to standard error.
    """
    with office.work("gm", Act.CLASS_ADOPT) as unit:
        unit.act(Act.CLASS_ADOPT)
        unit.session.scalar(select(Adoption)).adopted_at = None

    assert run("archivist", "due").stdout.startswith("注意：保管期限表尚未经总经理批准")
    told = run("archivist", "due", "--json")
    assert [] == json.loads(told.stdout)
    assert "尚未经总经理批准" in told.stderr


def test_the_forecast_by_year(office, run):
    """
    What is overdue counts in this year.
    """
    shelf(office)
    rows = json.loads(run("archivist", "due", "forecast", "--years", "9", "--json").stdout)

    assert list(range(2026, 2035)) == [row["year"] for row in rows]
    assert [3, *[0] * 8] == [row["items"] for row in rows]


def test_undated_papers_are_listed_apart(office, run):
    """
    T17: one of the four bears no date.
    """
    shelf(office)
    rows = json.loads(run("archivist", "due", "undated", "--json").stdout)

    assert ["WS·BG 2014 年报告"] == [row["title"] for row in rows]


def test_the_check_is_silent_when_well_and_ends_with_5_when_not(office, run):
    """
    A due date changed behind the services is named by uid, with both days.
    """
    uid = make.volume(office, "FW·06", year=2020)
    assert "全部一致" in run("admin", "due", "check").stdout
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        unit.act(Act.VOLUME_EDIT)
        unit.session.execute(update(Volume).values(review_due=D("2020-01-01")))
    told = run("admin", "due", "check", "--json", status=5)
    doctor = json.loads(run("admin", "doctor", "--json", status=5).stdout)

    assert [{"uid": uid, "stored": "2020-01-01", "reckoned": "2026-01-01"}] == json.loads(told.stdout)
    assert "有 1 条档案" in told.stderr
    assert [(uid, "bad")] == [(line["fact"], line["state"]) for line in doctor if uid in line["fact"]]
