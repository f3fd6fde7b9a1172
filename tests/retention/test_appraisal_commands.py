"""`anjuan appraisal`: a whole campaign at the terminal, in both languages, by scanned codes, and what is refused."""

import datetime as dt
import json

import pytest
from click.testing import CliRunner

import cli
from archive import clikit, identity, sitting
from archive.acts import Act
from tests.conftest import PASSWORD
from tests.retention import campaigns as c


@pytest.fixture
def run(office, tmp_path, monkeypatch):
    """Run `anjuan appraisal` as somebody; the output and the exit status."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(clikit.wiring, "clock", lambda: office.now)
    tokens = {}

    def command(who, *words, status=0, given=None, lang="zh"):
        if who not in tokens:
            with office.instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
                tokens[who] = identity.login(unit, who, PASSWORD)
        until = office.now + dt.timedelta(hours=1)
        sitting.keep_session(office.instance.keys.instance_id, tokens[who], until)
        told = ["--home", str(office.home), "--lang", lang, "appraisal", *words]
        result = CliRunner().invoke(cli.root, told, input=given)

        assert status == result.exit_code, result.output
        return result

    return command


N = "JD2026-0001"


def rows(result):
    """The rows a program gets."""
    return json.loads(result.stdout)


def test_a_campaign_from_beginning_to_report(office, run, tmp_path):
    """
    Begun, appointed, opined by code, number and scanner, disputed, decided, closed, reported and filed.
    """
    uids = c.alone(office, 3)
    codes = [c.record(office, uid).reference_code for uid in uids]
    told = run("archivist", "begin", "--leader", "gm", "--member", "archivist", "--basis", "年度计划").stdout
    assert "完成：开始鉴定。鉴定批次 JD2026-0001，卷件数 3，组长 褚总，小组成员 郑档案" in told
    assert "小组成员 郑档案、周文员" in run("archivist", "appoint", N, "--member", "clerk").stdout
    run("archivist", "opine", N, "--verdict", "destroy", "--standard", "s1", "--all-open")
    run(
        "clerk",
        "opine",
        N,
        "--verdict",
        "销毁",
        "--standard",
        "S1",
        "--file",
        "-",
        given=f"{codes[0]}\n# 备注\n{codes[1]}\n",
    )
    run(
        "clerk",
        "opine",
        N,
        "3",
        "--verdict",
        "延长",
        "--period",
        "10",
        "--reason",
        "或有诉讼",
        "--unfinished",
        "lawsuit",
    )

    assert [["archivist", "clerk"]] == [
        [one["account"] for one in row["opinions"]]
        for row in rows(run("gm", "work", N, "--disputed", "--json"))
    ]
    told = run("gm", "decide", N, "--agreed").stdout
    assert "数目 2，未办 1" in told
    assert f"· 对“{codes[2]}”的意见不一致" in told
    run("gm", "decide", N, "3", "--verdict", "extend", "--period", "D10", "--reason", "从长")
    run("gm", "close", N)
    path = tmp_path / "报告.docx"
    told = run("archivist", "report", N, "--out", str(path)).stdout
    assert "报告档号 K001-WS·2026·Y·ZJB-0001" in told
    assert path.read_bytes().startswith(b"PK")
    (row,) = rows(run("staff", "list", "--json"))
    assert (N, 3, 3, "CLOSED", "K001-WS·2026·Y·ZJB-0001") == tuple(
        row[name] for name in ("number", "lines", "decided", "state", "report")
    )


def test_lists_and_sheets_are_read_by_people_and_programs(office, run):
    """
    The worklist with why it is due; the sheet with every opinion; members; standards; in both languages.
    """
    (uid,) = c.alone(office)
    c.begun(office)
    c.opine(office, "clerk", N, uid, reason="无用")
    table = run("archivist", "work", N, "--mine").stdout
    assert all(
        word in "".join(table.split()) for word in ("WS·BG旧文件之1", "形成于2012年", "clerk销毁", "待意见")
    )
    (row,) = rows(run("archivist", "work", N, "--json"))
    assert ("D10", "2022-12-31", "2013-01-01", ["archivist"]) == (
        row["period"], row["expires_on"], row["start"], row["awaited"],
    )  # fmt: skip
    sheet = run("archivist", "show", N, "1").stdout
    assert all(word in sheet for word in ("历次意见", "周文员", "无用", "原保管期限", "到期原因"))
    assert "无用" == json.loads(run("archivist", "show", N, uid, "--json").stdout)["opinions"][0]["reason"]
    assert "褚总" in run("archivist", "show", N).stdout
    assert "formed in 2012" in " ".join(run("archivist", "work", N, lang="en").stdout.split()).lower()
    assert ["无用"] == [one["reason"] for one in rows(run("archivist", "opinions", N, "1", "--json"))]
    assert [None, 1, 2] == [one["seat"] for one in rows(run("archivist", "members", N, "--json"))]
    assert "The period has run out" in run("staff", "standards", "--verdict", "destroy", lang="en").stdout
    assert "nth" not in run("archivist", "work", N, "--csv").stdout


def test_more_and_fewer_settled_and_cancelled(office, run):
    """
    Added, taken off, a flag settled; then cancelled with a reason.
    """
    first, second = c.alone(office, 2)
    run("archivist", "begin", first, "--leader", "gm", "--member", "archivist", "--member", "clerk")
    assert "数目 1" in run("archivist", "add", N, second).stdout
    run("archivist", "remove", N, second, "--reason", "另行鉴定")
    run("clerk", "opine", N, "1", "--verdict", "destroy", "--reason", "无用", "--unfinished", "debt")
    run("archivist", "opine", N, "1", "--verdict", "destroy", "--reason", "无用")
    assert "未了事项：债权债务未清" in run("gm", "decide", N, "--agreed").stdout
    assert "债权债务未清" in run("clerk", "settle", N, "1", "--matter", "debt", "--reason", "已收讫").stdout
    run("archivist", "appoint", N, "--member", "secretary", "--replaces", "clerk")
    run("gm", "cancel", N, "--reason", "另行安排")
    assert ["另行安排"] == [
        one["cancelled"] for one in rows(run("gm", "list", "--state", "cancelled", "--json"))
    ]


def test_papers_are_taken_out_by_code(office, run):
    """
    `--paper code=period`, once for each.
    """
    volume = c.volume(office)
    c.begun(office)
    with office.ask("gm") as unit:
        papers = c.select(c.Item.reference_code).where(c.Item.volume_uid == volume).order_by(c.Item.seq_no)
        first, second, _ = unit.session.scalars(papers)
    for who in ("clerk", "archivist"):
        run(
            who,
            "opine",
            N,
            "1",
            "--verdict",
            "take_out",
            "--standard",
            "P1",
            "--paper",
            f"{first}=Y",
            "--paper",
            f"{second}=30",
        )
    run("gm", "decide", N, "--agreed")

    assert 1 == c.record(office, volume).items


BAD = (
    (("gm", "begin"), 3),
    (("archivist", "begin", "--as-of", "2030-01-01"), 2),
    (("archivist", "begin", "--class", "ZX"), 1),
    (("archivist", "show", "JD1999-0001"), 4),
    (("archivist", "show", N, "99"), 4),
    (("archivist", "add", N), 2),
    (("archivist", "add", N, "--file", "没有.txt"), 4),
    (("staff", "opine", N, "1", "--verdict", "destroy", "--reason", "无"), 3),
    (("clerk", "opine", N, "1", "--verdict", "burn", "--reason", "无"), 2),
    (("clerk", "opine", N, "1", "--verdict", "destroy"), 2),
    (("clerk", "opine", N, "1", "--verdict", "extend", "--period", "十年", "--reason", "无"), 2),
    (("clerk", "opine", N, "1", "--verdict", "extend", "--period", "1", "--reason", "无", "--paper", "x"), 2),
    (("clerk", "opine", N, "1", "--verdict", "destroy", "--reason", "无", "--unfinished", "hold"), 2),
    (("clerk", "opine", N, "--verdict", "destroy", "--reason", "无"), 2),
    (("clerk", "settle", N, "1", "--matter", "debt", "--reason", "无"), 1),
    (("clerk", "decide", N, "--agreed"), 3),
    (("gm", "decide", N), 2),
    (("gm", "decide", N, "1", "--agreed"), 2),
    (("gm", "decide", N, "--agreed", "--verdict", "destroy"), 2),
    (("gm", "decide", N, "1", "--verdict", "destroy", "--reason", "无"), 1),
    (("gm", "close", N), 1),
    (("archivist", "report", N), 1),
    (("archivist", "cancel", N, "--reason", " "), 2),
)


def test_bad_input_gets_a_sentence_and_changes_nothing(office, run):
    """
    Each with its exit status, nothing on standard output, and a worklist as before.
    """
    c.alone(office)
    c.begun(office)
    for words, status in BAD:
        told = run(*words, status=status)
        assert ("", True) == (told.stdout, bool(told.stderr.strip())), words

    (row,) = rows(run("archivist", "work", N, "--json"))
    assert ([], None, "AWAITED") == (row["opinions"], row["verdict"], row["progress"])
