"""`anjuan schedule`: the whole road at the terminal, in both languages and for programs."""

import csv
import datetime as dt
import io
import json

import pytest
from click.testing import CliRunner

import cli
from archive import clikit, identity, sitting
from archive.acts import Act
from archive.model import Adoption
from tests import make
from tests.conftest import PASSWORD


@pytest.fixture
def run(office, tmp_path, monkeypatch):
    """Run `anjuan` as somebody; the output and the exit status."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(clikit.wiring, "clock", lambda: office.now)

    def command(who, *words, status=0, typed=None):
        with office.instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
            token = identity.login(unit, who, PASSWORD)
        sitting.keep_session(office.instance.keys.instance_id, token, office.now + dt.timedelta(hours=1))
        result = CliRunner().invoke(cli.root, ["--home", str(office.home), *words], input=typed)

        assert status == result.exit_code, result.output
        return result

    return command


def code_of(office, uid):
    with office.ask("archivist") as unit:
        return unit.record(uid).reference_code


def test_ret_the_whole_road_at_the_terminal(office, run):
    """Drafted, previewed, reviewed, adopted; the shorter class waits, is re-marked, and tells its history."""
    volume = make.volume(office, "FW·01", year=2025)
    make.volume(office, "FW·06", year=2024)
    draft = 'version = "2026-秋"\n[[class]]\ncode = "FW·01"\nperiod = "D1"\n[[class]]\ncode = "FW·06"\nperiod = "D30"\n'
    told = run("archivist", "schedule", "draft", "-", "--reason", "年度修订", typed=draft).stdout
    assert "2026-秋" in told

    rows = json.loads(run("gm", "schedule", "preview", "2026-秋", "--json").stdout)
    assert [("FW·01", 1, 0), ("FW·06", 0, 1)] == [
        (row["class_code"], row["schedule_waiting"], row["schedule_later"]) for row in rows
    ]
    lines = json.loads(run("gm", "schedule", "preview", "2026-秋", "--lines", "--json").stdout)
    assert [("EARLIER", -731), ("LATER", 9131)] == [(line["shift"], line["schedule_days"]) for line in lines]
    run("manager", "schedule", "review", "2026-秋")
    told = run("gm", "schedule", "adopt", "2026-秋", "--confirm", "2026-秋").stdout
    assert "即时照办 1" in told
    assert "待重新标注 1" in told

    (line,) = csv.DictReader(
        io.StringIO(run("archivist", "schedule", "waiting", "--csv").stdout.lstrip("\ufeff"))
    )
    assert code_of(office, volume) in line.values()
    told = run("archivist", "schedule", "remark", "--class", "FW·01", "--reason", "按新版").stdout
    assert "重新标注 1" in told
    (mark,) = json.loads(run("archivist", "schedule", "history", code_of(office, volume), "--json").stdout)
    assert ("REMARK", "2026-秋", "D3", "D1") == (mark["cause"], mark["source"], mark["before"], mark["after"])


def test_ret_one_class_is_drafted_by_options_and_withdrawn(office, run):
    """No file for one rule; the version is numbered; the list tells who did what, in either language."""
    told = run(
        "secretary", "schedule", "draft", "--class", "WS·BG", "--period", "D30", "--important", "Y", "--trigger",
        "year_end", "--disposition", "review", "--reason", "集团要求",
    ).stdout  # fmt: skip
    assert "2026.2" in told
    (rule,) = json.loads(run("staff", "schedule", "show", "2026.2", "--json").stdout)
    assert ("D30", "Y", "YEAR_END", "REVIEW") == tuple(
        rule[name] for name in ("period", "period_important", "trigger", "disposition")
    )
    run("archivist", "schedule", "withdraw", "2026.2", "--reason", "另拟")
    versions = json.loads(run("auditor", "schedule", "list", "--json").stdout)
    assert [("2026.1", "ADOPTED", True), ("2026.2", "WITHDRAWN", False)] == [
        (row["version"], row["state"], row["in_force"]) for row in versions
    ]
    assert "Legal floor" in run("staff", "--lang", "en", "schedule", "show").stdout
    assert "LCL-50 劳动合同法" in run("staff", "schedule", "show", "--csv").stdout


def test_records_are_remarked_by_scanned_codes(office, run, tmp_path):
    """Codes come as arguments or as a file; one that may not be re-marked stops all of them."""
    volumes = [make.volume(office, "FW·01", year=year) for year in (2024, 2025)]
    codes = tmp_path / "codes.txt"
    codes.write_text("# 待标注\n" + "\n".join(code_of(office, uid) for uid in volumes), "utf-8")
    run("archivist", "schedule", "draft", "--class", "FW·01", "--period", "D1", "--reason", "x")
    run("manager", "schedule", "review", "2026.2")
    run("gm", "schedule", "adopt", "2026.2", "--confirm", "2026.2")
    other = code_of(office, make.volume(office, "FW·06", year=2024))
    assert "共 2 件" in run("archivist", "schedule", "waiting", "--limit", "1").stdout
    refused = run(
        "archivist", "schedule", "remark", "--file", str(codes), other, "--reason", "核对", status=1
    )

    assert "不能重新标注" in refused.stderr
    assert (
        "重新标注 2"
        in run("archivist", "schedule", "remark", "--file", str(codes), "--reason", "核对").stdout
    )
    assert [] == json.loads(run("archivist", "schedule", "waiting", "--json").stdout)


#: Who types what, the exit status, and what the sentence must name.
BAD = (
    ("archivist", ("draft", "--reason", "x"), 2, "文件"),
    ("archivist", ("draft", "a.toml", "--class", "WS·BG", "--reason", "x"), 2, "FILE.toml"),
    ("archivist", ("draft", "没有.toml", "--reason", "x"), 4, "没有.toml"),
    ("archivist", ("draft", "--class", "WS·BG", "--period", "十年", "--reason", "x"), 2, "D30"),
    ("archivist", ("draft", "--class", "RS·01", "--period", "D1", "--reason", "x"), 2, "LCL-50"),
    ("archivist", ("draft", "--class", "YH·02", "--period", "D5", "--reason", "x"), 2, "PIPL-19"),
    ("archivist", ("draft", "--class", "KU·06", "--trigger", "formed", "--reason", "x"), 2, "MOF79-14"),
    ("archivist", ("draft", "--class", "WS·BG", "--period", "D10", "--reason", "x"), 1, "没有改动"),
    ("staff", ("draft", "--class", "WS·BG", "--period", "D30", "--reason", "x"), 3, ""),
    ("gm", ("preview", "2026.1"), 1, "没有改动"),
    ("gm", ("preview", "无此版"), 4, ""),
    ("gm", ("adopt", "2026.1", "--confirm", "2026.2"), 2, "--confirm 2026.1"),
    ("gm", ("adopt", "2026.1", "--confirm", "2026.1"), 1, "已批准"),
    ("archivist", ("remark", "--reason", "x"), 2, ""),
    ("archivist", ("remark", "K001-1", "--class", "WS·BG", "--reason", "x"), 2, "--class"),
    ("archivist", ("remark", "--class", "WS·BG", "--reason", "x"), 1, "没有可以重新标注"),
    ("archivist", ("history", "K001-没有"), 4, ""),
)  # fmt: skip


def test_bad_input_is_told_and_lays_down_nothing(run):
    """A clear sentence with the clause, an exit status, and no new version."""
    for who, words, status, said in BAD:
        result = run(who, "schedule", *words, status=status)

        assert said in result.stderr, words
    assert 1 == len(json.loads(run("staff", "schedule", "list", "--json").stdout))


def test_the_yearly_grants_are_renewed_without_adopting_the_scheme_again(office, run):
    """`class adopt --grants` on a scheme in force gives the grants and leaves the day of its adoption."""
    with office.ask("gm", Act.SCHEDULE_SEE) as unit:
        day = unit.session.get(Adoption, "2026.1").adopted_at
    office.tick(days=30)
    run("gm", "class", "adopt", "--grants")
    run("gm", "class", "adopt", status=1)

    with office.ask("gm", Act.SCHEDULE_SEE) as unit:
        assert day == unit.session.get(Adoption, "2026.1").adopted_at
