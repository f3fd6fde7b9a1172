"""The program itself: the main story in real processes, the kit under every command, help, secrets."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import cli
from archive import clikit, commands, printing
from archive.acts import SCHEDULED, Act
from archive.errors import BadValue, Busy
from archive.policy import GRANTS
from archive.sitting import note_defect
from archive.values import Role
from archive.words import Language, say
from tests.archive.counter import counter as a_counter
from tests.archive.counter import slip
from tests.conftest import PASSWORD

HERE = Path(cli.__file__).parent


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


# --- real processes ---------------------------------------------------------------------------


class Program:
    """`anjuan` in a folder of its own: each act a process; those of `story` only if *apart*, else done in this one."""

    def __init__(self, folder: Path, *, apart: bool = True) -> None:
        self.folder, self.apart = folder, apart
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "LANG": "C.UTF-8",
        }

    def __call__(self, *args: str, typed: str = "") -> str:
        done = subprocess.run(
            [sys.executable, str(HERE / "cli.py"), "--home", "home", *args],
            cwd=self.folder, env=self.env, input=typed, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def story(self, *args: str) -> str:
        """The same, in this process where that is enough: all that one act leaves to the next lies on the disk."""
        if self.apart:
            return self(*args)
        told = CliRunner().invoke(cli.root, ["--home", "home", *args], env=self.env)
        assert told.exit_code == 0, told.output
        return told.output


@pytest.mark.parametrize("apart", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_main_story_from_init_to_the_verified_log(tmp_path, monkeypatch, apart):
    """init → people → log in → file → attach → close → hand over → lend → return → audit verify.

    Founding, logging in, filing and verifying are processes of their own; the rest too where time allows.
    """
    monkeypatch.chdir(tmp_path)
    run = Program(tmp_path, apart=apart)
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    (tmp_path / "图.txt").write_text("水电平面布置")
    admin = ("--admin", "zhao", "--admin-name", "赵管理", "--password-file", "password")
    told = run("init", "--company", "和园物业", *admin, "--key-file", "key", "--yes")
    recovery = slip(told)

    assert recovery
    assert PASSWORD not in told
    run("login", "zhao", "--password-file", "-", typed=f"{PASSWORD}\n")
    run.story(
        "person",
        "add",
        "wu",
        "--name",
        "吴",
        "--department",
        "ZJB",
        "--role",
        "档案管理员",
        "--password-file",
        "password",
    )
    run.story("login", "wu", "--password-file", "password")
    paper = ("--title", "A1203 平面图", "--date", "2025年3月2日", "--pages", "2", "--attach", "图.txt")
    told = run("item", "file", "--class", "ZX·02", "--dossier", "A1203-2025-1", *paper)
    item = re.search(r"K001-\S+-001", told)[0]
    volume = item.removesuffix("-001")
    run.story("volume", "close", volume, "--confirm", volume)
    run.story("handover", "accept", volume, "--from", "zhao", "--count", "1")
    given = ("--name", "李", "--department", "ZJB", "--role", "总经理", "--password-file", "password")
    run.story("login", "zhao", "--password-file", "password")
    run.story("person", "add", "li", *given)
    run.story("login", "li", "--password-file", "password")
    run.story(
        "grant", "give", volume, "--to", "zhao", "--act", "lend", "--until", "today", "--reason", "核对图纸"
    )
    run.story("login", "wu", "--password-file", "password")
    run.story("loan", "lend", volume, "--to", "zhao", "--for", "核对图纸")
    run.story("loan", "return", volume, "--items", "1", "--pages", "2")
    run.story("login", "zhao", "--password-file", "password")

    assert "校验审计日志" in run("--lang", "zh", "audit", "verify")
    kept = [path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()]
    for secret in (*recovery.splitlines(), recovery.replace("\n", "-"), PASSWORD, "水电平面布置", "平面图"):
        assert not [one for one in kept if secret.encode() in one]


def test_help_loads_nothing_heavy():
    """`anjuan --help` answers in a blink: no database, cryptography, tables or index are imported for it."""
    heavy = ("sqlalchemy", "cryptography", "rich.table", "whoosh", "argon2", "alembic", "docx")
    code = (
        "import sys, cli\ntry: cli.root.main(['--help'])\nexcept SystemExit as done: status = done.code\n"
        f"print(status, [one for one in {heavy!r} if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True, timeout=30)

    assert "0 []" == done.stdout.splitlines()[-1], done.stderr


def test_a_closed_pipe_is_quiet(tmp_path):
    """`anjuan --help | head -0` leaves no traceback."""
    done = subprocess.run(
        ["bash", "-c", f"{shlex.quote(sys.executable)} cli.py --help 2>{shlex.quote(str(tmp_path / 'err'))} | head -c 1 >/dev/null"],
        cwd=HERE, timeout=30,
    )  # fmt: skip

    assert (0, "") == (done.returncode, (tmp_path / "err").read_text())


# --- help ---------------------------------------------------------------------------------------


def leaves(
    group: click.Group = cli.root, path: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that reach it."""
    ctx, found = click.Context(group, info_name=group.name), []
    for name in group.list_commands(ctx):
        one = group.get_command(ctx, name)
        assert one is not None
        found += leaves(one, (*path, name)) if isinstance(one, click.Group) else [((*path, name), one)]
    return found


LEAVES = leaves()
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_every_command_has_help_and_options_in_two_halves_and_an_example():
    """Help is `中文 / English` for every command and every parameter; the commands of the core show an example."""
    for path, one in LEAVES:
        texts = [one.help, *(getattr(param, "help", None) for param in one.params)]
        for text in texts:
            chinese, between, english = (text or "").split("\n")[0].partition(" / ")
            assert between and english.strip(), (path, text)
            assert CHINESE.search(chinese) or chinese.isascii() or "、" in chinese, (path, text)
            assert not CHINESE.search(english), (path, text)
        if one.callback is not None and one.callback.__module__.startswith("archive."):
            assert getattr(one, "example", ""), path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_help_is_shown_in_one_language(counter, language):
    """The other half never shows."""
    counter.language = language
    for path in ((), ("loan",), ("loan", "lend"), ("volume", "open"), ("import",), ("keys", "recovery")):
        told = counter.run("", *path, "--help").check().out
        usage = told.split("示例")[0] if language == "zh" else told.split("Example")[0]
        assert ("用法" in told) == (language == "zh")
        assert language == "zh" or not CHINESE.search(usage), told
        assert " / " not in usage.replace("、", ""), told


def test_examples_in_the_help_are_commands_that_parse(counter):
    """Every example line is accepted by the command it illustrates."""
    desk = clikit.Desk(counter.home, Language.ZH)
    for path, one in LEAVES:
        for line in getattr(one, "example", "").splitlines():
            words = shlex.split(line)
            words = words[words.index(path[0]) + len(path) :]
            ctx = click.Context(cli.root, obj=desk)
            assert one.make_context(path[-1], words, parent=ctx), line


def test_nouns_are_where_the_table_says_and_named_alike():
    """The lazy table of the root names real commands."""
    for _, nouns in commands.groups:
        for noun in nouns:
            found = cli.root.get_command(click.Context(cli.root), noun.name)
            assert noun.name == found.name


def test_usage_slips_are_told_in_both_languages(counter):
    """A wrong word is named with the nearest right one; status 2."""
    cases = [
        (("lone",), "lone"), (("loan", "lend", "--too", "x"), "--too"), (("loan", "lend", "X"), "--to"),
        (("volume", "list", "--year", "abc"), "--year"), (("tree", "extra"), "extra"), (("loan", "lend", "X", "--to"), "--to"),
    ]  # fmt: skip
    for words, named in cases:
        for language, mark in (("zh", "错误："), ("en", "Error: ")):
            counter.language = language
            told = counter.run("", *words).check(2)
            assert told.err.startswith(mark)
            assert named in told.err
            assert language == "en" or CHINESE.search(told.err.split("：", 1)[1])


# --- saying only what is committed ------------------------------------------------------------------


def _premises(unit, code="Z0101"):
    from archive import registry

    registry.add_premises(unit, code, building="Z座")


def probe_root(body, **given):
    """The real root with one more command."""

    @clikit.command("probe")
    @clikit.acting(Act.PREMISES_ADD, **given)
    def probe(unit):
        """试 / Try."""
        body(unit)

    return probe


@pytest.fixture
def probing(counter, monkeypatch):
    """Run a body as the command `tree` of the archivist."""

    def run(body, **given):
        counter.run("archivist", "tree").check()
        probe = probe_root(body, **given)
        monkeypatch.setattr(type(cli.root), "get_command", lambda *_: probe)
        return counter.run("archivist", "probe")

    return run


def test_a_confirmation_is_said_only_after_the_commit(counter, probing):
    """What a command tells before it fails is never printed, because it did not happen."""

    def body(unit):
        _premises(unit)
        clikit.tell(Act.PREMISES_ADD, code="Z0101")
        raise Busy(what="x")

    before = counter.state()
    told = probing(body).check(1)

    assert "" == told.out
    assert before == counter.state()


def test_witness_an_early_confirmation_would_be_seen(probing):
    """Sabotage: printing past the kit shows a confirmation of something undone; the check above would catch it."""

    def body(unit):
        _premises(unit)
        click.echo("完成")
        raise Busy(what="x")

    assert "" != probing(body).check(1).out


def test_an_index_that_fails_never_undoes_the_act(counter, monkeypatch):
    """The act stands, a warning is told, the status is 0."""

    def broken(_):
        raise Busy(what="index")

    monkeypatch.setattr(clikit.wiring, "after_work", broken)
    told = counter.run("archivist", "premises", "add", "Z0101", "--building", "Z座").check()

    assert "检索索引没有跟上" in told.err
    assert "Z0101" in {row["code"] for row in counter.rows("archivist", "premises", "list")}


def test_a_defect_gives_a_number_and_leaves_no_value_behind(counter, probing):
    """Status 70 and a short number; defects.log (0600) holds kinds and places, never what the values were."""

    def body(unit):
        raise RuntimeError("张三的身份证 CANARY-4711")

    told = probing(body).check(70)
    log = counter.home / "defects.log"
    line = json.loads(log.read_text())

    assert line["number"] in told.err
    assert 0o600 == log.stat().st_mode & 0o777
    assert "RuntimeError" in line["kinds"]
    assert "CANARY" not in told.err + told.out + log.read_text()


def test_the_same_defect_has_the_same_number(tmp_path, counter):
    """So that two reports of it can be recognised."""

    def broken():
        raise KeyError("secret")

    numbers = set()
    for _ in range(2):
        try:
            broken()
        except KeyError as defect:
            numbers.add(note_defect(tmp_path, defect, counter.now))

    assert 1 == len(numbers)


def test_interrupting_is_told_with_status_130(probing):
    """Ctrl-C is a sentence, not a traceback."""

    def body(unit):
        raise KeyboardInterrupt

    assert "中断" in probing(body).check(130).err


def test_a_full_disk_outside_the_services_is_told_as_such(probing):
    """ENOSPC from anywhere is `disk-full`, status 7."""

    def body(unit):
        raise OSError(28, "No space left on device")

    assert "已满" in probing(body).check(7).err


# --- printing -----------------------------------------------------------------------------------------

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "＋1", "－1", "＠x", "  =1", "\n=1"]


def formula_free(writer) -> bool:
    """True if no cell *writer* makes of a dangerous title would be run by a spreadsheet."""
    text = writer([{"title": one} for one in FORMULAS])
    cells = [row[0] for row in csv.reader(io.StringIO(text, newline=""))][1:]
    return len(cells) == len(FORMULAS) and all(cell.startswith("'") for cell in cells)


def test_csv_cells_never_start_a_formula():
    """= + - @, tab and return, half and full width, get an apostrophe; numbers stay numbers."""
    assert formula_free(lambda rows: printing.as_csv(rows, ("title",), Language.ZH))
    assert "-5" in printing.as_csv([{"pages": -5}], ("pages",), Language.ZH).splitlines()


def test_witness_plain_csv_is_caught():
    """Sabotage: the csv module alone lets formulas through."""

    def naive(rows):
        text = io.StringIO()
        csv.writer(text).writerows([["题名"], *([row["title"]] for row in rows)])
        return text.getvalue()

    assert not formula_free(naive)


def test_terminal_and_direction_marks_do_not_reach_the_screen():
    """Escape sequences and bidirectional overrides in a title are shown as a mark."""
    told = printing.as_table([{"title": "a\x1b[2J\u202eb"}], ("title",), Language.ZH, width=80, colour=False)

    assert "\x1b" not in told
    assert "\u202e" not in told


def test_what_was_typed_cannot_act_on_the_screen_when_it_is_refused(capsys):
    """A refusal that repeats a name or a value shows control and direction marks as a mark."""
    clikit.complain("没有“a\x07\u202eb”这个类别。", Language.ZH)

    assert "错误：没有“a\ufffd\ufffdb”这个类别。\n" == capsys.readouterr().err


def test_an_empty_list_is_told_as_such_and_is_valid_json():
    """No rows: a sentence, an empty JSON list, a CSV heading."""
    assert say("word.none", Language.EN) == printing.as_table(
        [], ("code",), Language.EN, width=80, colour=False
    )
    assert [] == json.loads(printing.as_json([], ("code",)))
    assert "档号" == printing.as_csv([], ("code",), Language.ZH)


def test_named_values_are_known_by_code_and_by_word_in_both_languages(counter):
    """`clerk`, `文员`, `Clerk` are one post; anything else is refused with the list."""
    from archive.values import Role

    kind = clikit.Named(Role, but=[Role.SYSTEM])
    assert {Role.CLERK} == {
        kind.convert(text, None, None) for text in ("clerk", "CLERK", "文员", say("role.clerk", Language.EN))
    }
    with click.Context(cli.root, obj=clikit.Desk(counter.home, Language.ZH)), pytest.raises(BadValue):
        kind.convert("system", None, None)


# --- sessions --------------------------------------------------------------------------------------------


def test_a_session_is_private_expires_and_ends(counter):
    """The token file is 0600 in a 0700 folder; opened to others, past its time, or logged out, it is worth nothing."""
    counter.run("archivist", "whoami").check()
    file = next((counter.desk / "archivist").rglob("*.json"))
    assert (0o600, 0o700) == (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777)
    file.chmod(0o644)
    counter.run("archivist", "whoami").check(3)
    file.chmod(0o600)
    import datetime as dt

    counter.now += dt.timedelta(hours=11)
    counter.run("archivist", "whoami").check(3)
    counter.known.clear()
    counter.run("archivist", "logout").check()
    counter.run("archivist", "whoami").check(3)

    assert not list((counter.desk / "archivist").rglob("*.json"))


def test_as_is_for_the_clock_only(counter):
    """`--as system` runs what only the clock does without a log-in; a person's act is refused, so is another name."""
    counter.run("", "--as", "system", "vault", "verify").check()
    assert (
        "--as" in counter.run("", "--as", "system", "premises", "add", "X1", "--building", "X").check(3).err
    )
    counter.run("", "--as", "gm", "vault", "verify").check(3)
    for words in (("loan", "list"), ("tree",), ("person", "list"), ("due",)):
        counter.run("archivist", "--as", "system", *words).check(3)


def test_what_the_scheduler_may_start_is_granted_to_the_clock():
    """Every scheduled act has a row for the clock's actor, or `--as` would promise what the policy refuses."""
    assert set() == {act for act in SCHEDULED if Role.SYSTEM not in GRANTS[act]}


def test_wrong_passwords_are_told_alike_and_at_length_barred(counter):
    """Unknown account and wrong password give the same sentence and status."""
    wrong = counter.secret("not the password")
    first = counter.run("", "login", "archivist", "--password-file", wrong).check(3)
    second = counter.run("", "login", "nobody-here", "--password-file", wrong).check(3)

    assert first.err == second.err


def test_a_new_password_ends_the_session_and_counts_at_once(counter):
    """`password` asks for the old one; afterwards only the new one opens."""
    new = counter.secret("another horse battery")
    counter.run(
        "clerk", "password", "--password-file", counter.secret(PASSWORD), "--new-password-file", new
    ).check()
    counter.run("clerk", "whoami").check(3)
    counter.run("clerk", "login", "clerk", "--password-file", counter.secret(PASSWORD)).check(3)
    counter.run("clerk", "login", "clerk", "--password-file", new).check()
