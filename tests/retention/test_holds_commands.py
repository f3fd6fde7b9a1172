"""`anjuan hold`: placing by code, by scan, by question; reviewing, releasing, asking why."""

import datetime as dt
import json

import pytest
from click.testing import CliRunner

import cli
from archive import clikit, identity, items, sitting
from archive.acts import Act
from tests import make
from tests.conftest import PASSWORD

D = dt.date.fromisoformat


@pytest.fixture
def run(office, tmp_path, monkeypatch):
    """Run `anjuan` as somebody; the output and the exit status."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(clikit.wiring, "clock", lambda: office.now)
    tokens = {}

    def command(who, *words, status=0, typed=None):
        if (who, office.now) not in tokens:
            with office.instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
                tokens[who, office.now] = identity.login(unit, who, PASSWORD)
        until = office.now + dt.timedelta(hours=1)
        sitting.keep_session(office.instance.keys.instance_id, tokens[who, office.now], until)
        result = CliRunner().invoke(cli.root, ["--home", str(office.home), *words], input=typed)

        assert status == result.exit_code, result.output
        return result

    return command


def papers(office, *titles, class_code="WS·BG", department="KF") -> list[str]:
    """Old papers kept alone; their codes."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        matter = make.matter(class_code, year=2012, department=department)
        return [
            items.file_alone(unit, matter, [make.paper(title, class_code, dated=D("2012-06-03"))])[
                0
            ].reference_code
            for title in titles
        ]


def checked(run, code, who="archivist") -> list[dict]:
    """Why a record is held."""
    return json.loads(run(who, "hold", "check", code, "--json").stdout)


def test_a_hold_is_placed_reviewed_and_released_by_command(office, run):
    """
    The whole life by commands; each confirms with number, owner, date and how many records it stops.
    """
    first, second = papers(office, "外墙报告", "电梯报告")
    told = run(
        "archivist",
        "hold",
        "place",
        first,
        "--file",
        "-",
        "--reason",
        "诉讼保全",
        typed=f"# 扫码\n{second}\n",
    )
    assert all(
        word in told.stdout for word in ("完成：冻结", "DJ2026-0001", "archivist", "2026-08-29", "所及卷件 2")
    )
    run("archivist", "hold", "review", "DJ2026-0001", "--until", "2026-12-31", "--remark", "二审未结")
    page = json.loads(run("archivist", "hold", "show", "DJ2026-0001", "--json").stdout)
    sheet = run("archivist", "hold", "show", "DJ2026-0001").stdout
    told = run("archivist", "hold", "release", "DJ2026-0001", "--reason", "和解")

    assert ["二审未结"] == [one["remark"] for one in page["reviews"]]
    assert [first, second] == sorted(one["code"] for one in page["targets"])
    assert all(word in sheet for word in ("冻结对象", "历次复核", "外墙报告", "二审未结"))
    assert "完成：解除冻结。冻结号 DJ2026-0001" in told.stdout
    assert [] == json.loads(run("archivist", "hold", "list", "--active", "--json").stdout)


def test_what_a_question_finds_is_held(office, run):
    """
    Every hit the searcher may see, those filed a moment ago too; the question stays with the hold, sealed.
    """
    wall, lift = papers(office, "清源保洁外墙报告", "电梯年检报告")
    (hidden,) = papers(office, "清源保洁秘密协议", class_code="WS·MM", department="CW")
    run("manager", "hold", "place", "--query", "清源保洁", "--reason", "合同纠纷")
    page = json.loads(run("manager", "hold", "show", "DJ2026-0001", "--json").stdout)

    assert ("清源保洁", [wall]) == (page["question"], [one["code"] for one in page["targets"]])
    assert ["DJ2026-0001"] == [one["number"] for one in checked(run, wall)]
    assert [] == checked(run, lift)
    assert f"{lift} 没有被冻结。\n" == run("archivist", "hold", "check", lift).stdout
    assert [] == checked(run, hidden)


def test_a_question_that_finds_nothing_or_cannot_be_read_holds_nothing(office, run):
    """
    Both are told; nothing is left behind.
    """
    papers(office, "外墙报告")
    nothing = run("archivist", "hold", "place", "--query", "玻璃钢", "--reason", "诉讼", status=2)
    unclear = run("archivist", "hold", "place", "--query", "((外墙", "--reason", "诉讼", status=2)

    assert "没有可以冻结的对象" in nothing.stderr
    assert unclear.stderr.strip()
    assert [] == json.loads(run("archivist", "hold", "list", "--json").stdout)


def test_party_premises_and_class_are_named_and_told(office, run):
    """
    `hold check` says through what a record is held.
    """
    uid = make.volume(office, "ZX·02", held=True)
    run(
        "gm", "hold", "place", "--party", "P001", "--premises", "A1203", "--class", "ZX", "--reason", "欠费追讨",
        "--owner", "manager", "--review-on", "2026-06-30",
    )  # fmt: skip
    why = checked(run, uid)
    page = json.loads(run("gm", "hold", "show", "DJ2026-0001", "--json").stdout)

    assert {("PARTY", "P001"), ("PREMISES", "A1203"), ("CLASS", "ZX")} == {
        (one["scope"], one["through"]) for one in why
    }
    assert {"张三", ""} <= {one["name"] for one in page["targets"]}
    assert "2026-06-30" == page["review_on"]


def test_the_list_of_what_is_to_be_reviewed(office, run):
    """
    `--due` lists what has come to its review date, in both languages.
    """
    (code,) = papers(office, "外墙报告")
    run("archivist", "hold", "place", code, "--reason", "诉讼", "--review-on", "2026-04-01")
    assert [] == json.loads(run("archivist", "hold", "list", "--due", "--json").stdout)
    office.tick(days=30)
    rows = json.loads(run("archivist", "hold", "list", "--due", "--json").stdout)

    assert [("DJ2026-0001", True, 1)] == [(row["number"], row["overdue"], row["records"]) for row in rows]
    assert "To be reviewed" in run("archivist", "--lang", "en", "hold", "list", "--due").stdout


SLIPS = (
    (("place", "--reason", "诉讼"), 2, "没有可以冻结的对象"),
    (("place", "K001-没有", "--reason", "诉讼"), 4, "没有找到"),
    (("place", "--class", "WS", "--reason", " "), 2, "理由"),
    (("place", "--class", "WS", "--reason", "诉讼", "--owner", "staff"), 2, "不能作冻结责任人"),
    (("place", "--class", "WS", "--reason", "诉讼", "--review-on", "2020-01-01"), 2, "复核日期"),
    (("place", "--class", "WS", "--reason", "诉讼", "--file", "没有.txt"), 4, "没有.txt"),
    (("release", "DJ2026-0009", "--reason", "了结"), 4, "没有找到"),
    (("review", "DJ2026-0009", "--until", "2027-02-30", "--remark", "续"), 2, "2027-02-30"),
    (("show", "DJ2026-0009"), 4, "没有找到"),
    (("check", "K001-没有"), 4, "没有找到"),
)


def test_bad_input_has_a_sentence_and_a_status(run):
    """
    What was typed wrong is named; nothing on standard output, nothing held.
    """
    for words, status, said in SLIPS:
        told = run("archivist", "hold", *words, status=status)
        assert (said in told.stderr, "") == (True, told.stdout), words

    assert [] == json.loads(run("archivist", "hold", "list", "--json").stdout)


def test_staff_are_refused_and_another_keeper_does_not_release(office, run):
    """
    Exit status 3 with the act, or with the owner and the clause.
    """
    (code,) = papers(office, "外墙报告")
    run("archivist", "hold", "place", code, "--reason", "诉讼")

    assert "冻结" in run("staff", "hold", "place", code, "--reason", "诉讼", status=3).stderr
    told = run("secretary", "hold", "release", "DJ2026-0001", "--reason", "了结", status=3)
    assert all(word in told.stderr for word in ("archivist", "解除冻结", "令79-18"))
