"""Rings for the tests of keys and vault: cheap to open, otherwise real."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import archive
from archive.errors import KeyGone
from archive.keys import Cost, Keyring

CHEAP = Cost(memory=32, passes=1, lanes=1)
FAR = {"cost": CHEAP, "floor": CHEAP}
PHRASE = "一串足够长的中文口令词句"
REPO = Path(archive.__file__).parents[1]


def a_ring(folder: Path, **given) -> Keyring:
    return Keyring.create(folder, **({"passphrase": PHRASE} | FAR | given))[0]


def again(folder: Path, **given) -> Keyring:
    return Keyring.unlock(folder, floor=CHEAP, **(given or {"passphrase": PHRASE}))


def stands(ring: Keyring, segment: str) -> bool:
    """True if the segment has a key."""
    try:
        ring.confirm_segment_key(segment)
    except KeyGone:
        return False
    return True


def in_child(script: str, *arguments: object, fault: str = "") -> subprocess.CompletedProcess:
    """Run *script* in a process of its own, with a planned fault."""
    head = (
        "import sys\nfrom pathlib import Path\nfrom archive.keys import Cost, Keyring\n"
        "CHEAP = Cost(32, 1, 1)\nfolder = Path(sys.argv[1])\n"
    )
    environment = os.environ | {"PYTHONPATH": str(REPO), "ANJUAN_FAULT": fault}
    command = [sys.executable, "-c", head + script, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
