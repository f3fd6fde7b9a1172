"""The agent: ROOT in memory for one log-in, for one account, until idle (decision 5, E2)."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

import archive
from archive import agent
from archive.errors import StorageFailed

ROOT = bytes(range(100, 132))
REPO = Path(archive.__file__).parents[1]


@pytest.fixture
def place():
    """A private runtime folder with a short name (sockets want one); whatever agent is left is locked."""
    with tempfile.TemporaryDirectory(prefix="aj") as short:
        folder, runtime = Path(short) / "instance", Path(short) / "run"
        runtime.mkdir(mode=0o700)
        yield folder, runtime
        agent.lock(folder, runtime=runtime)


def in_child(script: str, *arguments: object) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(REPO)}
    head = "import sys\nfrom pathlib import Path\nfrom archive import agent\nfolder, runtime = map(Path, sys.argv[1:3])\n"
    command = [sys.executable, "-c", head + script, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)


def agents(runtime: Path) -> list[Path]:
    """The processes that hold a socket of *runtime*: found by the kernel's table, not by the program."""
    inodes = {
        line.split()[6] for line in Path("/proc/net/unix").read_text().splitlines() if str(runtime) in line
    }
    holders = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            links = [os.readlink(one) for one in (process / "fd").iterdir()]
        except OSError:
            continue
        if any(link == f"socket:[{inode}]" for link in links for inode in inodes):
            holders.append(process)
    return holders


def test_keys_D5_the_agent_answers_every_process_of_the_account_until_locked(place):
    """
    Unlocked once, asked from anywhere, gone at the word.
    """
    folder, runtime = place
    assert agent.ask(folder, runtime=runtime) is None
    agent.start(folder, ROOT, 60, runtime=runtime)

    assert ROOT == agent.ask(folder, runtime=runtime) == agent.ask(folder, runtime=runtime)
    other = in_child("print(agent.ask(folder, runtime=runtime).hex())", folder, runtime)
    assert ROOT.hex() == other.stdout.strip(), other.stderr
    assert agent.ask(folder.parent / "another", runtime=runtime) is None
    assert agent.lock(folder, runtime=runtime)
    assert agent.ask(folder, runtime=runtime) is None
    assert not agent.lock(folder, runtime=runtime)
    assert [] == list((runtime / "anjuan").iterdir())


def test_keys_D5_an_idle_agent_forgets_and_a_busy_one_stays(place):
    """
    The time runs from the last question; afterwards neither process nor socket is left.
    """
    folder, runtime = place
    agent.start(folder, ROOT, 0.6, runtime=runtime)
    for _ in range(4):
        time.sleep(0.3)
        assert ROOT == agent.ask(folder, runtime=runtime)
    held = agents(runtime)
    time.sleep(1.0)

    assert 1 == len(held)
    assert agent.ask(folder, runtime=runtime) is None
    assert [] == agents(runtime)
    assert [] == list((runtime / "anjuan").iterdir())


def test_keys_D5_a_second_start_replaces_the_first(place):
    """
    One agent per instance; the new one answers with what it was given.
    """
    folder, runtime = place
    for root in (ROOT, bytes(32), ROOT[::-1]):
        agent.start(folder, root, 60, runtime=runtime)
        assert root == agent.ask(folder, runtime=runtime)

    assert 1 == len(agents(runtime))


def test_keys_D5_starting_neither_hangs_the_caller_nor_holds_its_output(place):
    """
    The caller's pipes close when the caller ends, though the agent lives on.
    """
    folder, runtime = place
    began = time.monotonic()
    done = in_child(f"agent.start(folder, {ROOT!r}, 60, runtime=runtime)\nprint('ready')", folder, runtime)

    assert ("ready\n", "", 0) == (done.stdout, done.stderr, done.returncode)
    assert time.monotonic() - began < 10
    assert ROOT == agent.ask(folder, runtime=runtime)


def test_conf_E2_the_agent_is_sealed_off_and_shows_its_key_nowhere(place):
    """
    Socket 0600 in a folder 0700; no key in arguments or environment; not dumpable, no terminal, no output.
    """
    folder, runtime = place
    agent.start(folder, ROOT, 60, runtime=runtime)
    path = agent.socket_path(folder, runtime)
    (process,) = agents(runtime)
    shown = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()

    assert (0o600, 0o700) == (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode))
    assert not [form for form in (ROOT, ROOT.hex().encode(), str(folder).encode()) if form in shown]
    assert b"archive.agent" in shown
    assert {"/dev/null"} == {os.readlink(process / "fd" / str(n)) for n in range(3)}
    assert 0 == (process / "mem").stat().st_uid
    assert str(folder) not in path.name


def as_nobody(path: Path) -> bytes:
    """What another account gets out of the socket at *path*."""
    script = """
import os, socket, sys
os.setgid(65534)
os.setuid(65534)
line = socket.socket(socket.AF_UNIX)
line.settimeout(3)
line.connect(sys.argv[1])
try:
    line.sendall(b"ask\\n")
    sys.stdout.buffer.write(line.recv(99))
except (BrokenPipeError, ConnectionResetError):
    pass
"""
    done = subprocess.run([sys.executable, "-I", "-c", script, str(path)], capture_output=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another account")
def test_keys_D5_another_account_gets_nothing_even_with_the_doors_open(place):
    """
    The kernel tells who asks. Witness: an agent that does not look gives ROOT away.
    """
    folder, runtime = place
    agent.start(folder, ROOT, 60, runtime=runtime)
    careless = socket.socket(socket.AF_UNIX)
    careless.bind(str(runtime / "anjuan" / "careless"))
    careless.listen()
    careless.settimeout(10)

    def give() -> None:
        with careless, careless.accept()[0] as line:
            line.recv(16)
            line.sendall(ROOT)

    giving = threading.Thread(target=give, daemon=True)
    giving.start()
    for opened in (runtime.parent, runtime, runtime / "anjuan", *(runtime / "anjuan").iterdir()):
        opened.chmod(0o777)

    assert b"" == as_nobody(agent.socket_path(folder, runtime))
    assert ROOT == as_nobody(runtime / "anjuan" / "careless")
    giving.join()
    assert ROOT == agent.ask(folder, runtime=runtime)


def test_a_killed_agent_leaves_a_socket_that_does_no_harm(place):
    """
    A stale socket is the same as none, and the next start takes its place.
    """
    folder, runtime = place
    agent.start(folder, ROOT, 60, runtime=runtime)
    (process,) = agents(runtime)
    os.kill(int(process.name), 9)
    time.sleep(0.2)
    assert agent.ask(folder, runtime=runtime) is None
    agent.start(folder, ROOT, 60, runtime=runtime)

    assert ROOT == agent.ask(folder, runtime=runtime)


def test_an_unknown_word_gets_no_answer_and_the_agent_goes_on(place):
    """
    Neither silence nor nonsense stops the agent.
    """
    folder, runtime = place
    agent.start(folder, ROOT, 60, runtime=runtime)
    for word in (b"", b"ask", b"ASK\n", b"x" * 100):
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            line.connect(str(agent.socket_path(folder, runtime)))
            line.sendall(word)
            line.shutdown(socket.SHUT_WR)
            try:
                assert b"" == line.recv(64)
            except ConnectionResetError:
                pass

    assert ROOT == agent.ask(folder, runtime=runtime)


def test_a_folder_others_can_enter_is_no_place_for_the_agent(place):
    """
    If the private folder is not private the agent is not started.
    """
    folder, runtime = place
    (runtime / "anjuan").mkdir()
    (runtime / "anjuan").chmod(0o755)

    with pytest.raises(StorageFailed):
        agent.start(folder, ROOT, 60, runtime=runtime)


def test_a_path_too_long_for_a_socket_is_told(tmp_path):
    """
    Linux allows 107 bytes; a longer path is refused before anything is left behind.
    """
    runtime = tmp_path / ("long" * 30)
    runtime.mkdir(mode=0o700)
    with pytest.raises(StorageFailed) as refusal:
        agent.start(tmp_path, ROOT, 60, runtime=runtime)

    assert "ENAMETOOLONG" == refusal.value.facts["why"]
    assert agent.ask(tmp_path, runtime=runtime) is None


def test_the_runtime_folder_is_the_log_ins_own_else_the_accounts(tmp_path, monkeypatch):
    """
    XDG_RUNTIME_DIR if it is private, else the configuration folder; never the instance.
    """
    own = tmp_path / "own"
    own.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(own))
    assert own == agent.runtime_folder()
    own.chmod(0o755)
    assert tmp_path / "config" == agent.runtime_folder()
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert tmp_path / "config" == agent.runtime_folder()
    monkeypatch.delenv("XDG_CONFIG_HOME")

    assert Path.home() / ".config" == agent.runtime_folder()


def test_an_account_whose_folders_lie_too_deep_gets_a_shorter_private_one(tmp_path, monkeypatch):
    """A configuration folder with a long path does not cost the agent: a folder of the account in /tmp serves."""
    short = Path(tempfile.mkdtemp(dir="/tmp"))  # noqa: S108
    monkeypatch.setattr(agent, "_SHORT", short)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ("deep" * 40)))
    try:
        agent.start(tmp_path, ROOT, 60)
        (folder,) = short.iterdir()

        assert ROOT == agent.ask(tmp_path)
        assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
        assert agent.lock(tmp_path)
        folder.chmod(0o777)
        with pytest.raises(StorageFailed):
            agent.start(tmp_path, ROOT, 60)
    finally:
        shutil.rmtree(short)
