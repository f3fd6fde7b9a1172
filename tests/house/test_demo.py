"""The product's main job, end to end, as the README's first command plays it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A demonstration in a folder of its own, with a configuration folder of its own."""
    base = tmp_path_factory.mktemp("demo")

    def anjuan(*words):
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(base),
            "XDG_CONFIG_HOME": str(base / "config"),
            "PYTHONUTF8": "1",
        }
        command = [sys.executable, str(ROOT / "cli.py"), "--home", "home", *words]
        return subprocess.run(
            command, cwd=base, env=environ, capture_output=True, text=True, timeout=240, check=False
        )

    return anjuan, anjuan("demo")


def test_req_the_main_job_runs_end_to_end_on_real_files(played):
    """Founded, filed, read, searched, lent and refused, due, verified; an instance is left to play with."""
    anjuan, done = played
    told = done.stdout
    searched = anjuan("search", "装修", "--json")

    assert (0, "") == (done.returncode, done.stderr)
    for fact in (
        "归档 326 件，未能归档 0 件",
        "只阅不借",
        "属保密档案",
        "已经借出",
        "清点无误",
        "首尾相连",
        "全部完好",
    ):
        assert fact in told
    assert 0 == searched.returncode
    assert json.loads(searched.stdout)


def test_req_the_main_job_shows_each_person_his_own_totals(played):
    """For one question the member of staff is told of fewer records than the general manager (V23)."""
    row = next(line for line in played[1].stdout.splitlines() if line.strip().startswith("押金退还"))
    staff, *_, manager = (int(number) for number in row.split()[1:])

    assert 0 == staff < manager


def test_req_a_demonstration_never_overwrites_what_it_did_not_make(played):
    """Without --again the folder is left as it is."""
    anjuan, _ = played
    again = anjuan("demo")

    assert 1 == again.returncode
    assert "不是空文件夹" in again.stderr
