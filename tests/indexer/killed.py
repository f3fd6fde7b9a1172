"""A process that drains, or rebuilds, in children that die where a fault point says (reliability C1).

Reads lines `act fault` and answers each with how the child ended: the number of the signal, or 0.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from archive import faults
from indexer import intake, rebuilding, sync
from tests.conftest import TODAY, opened


def main(home: str, key: str) -> None:
    """Fork a child for each line."""
    for line in sys.stdin:
        act, fault = line.split()
        child = os.fork()
        if child == 0:
            _die(Path(home), Path(key), act, fault)
        _, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, flush=True)


def _die(home: Path, key: Path, act: str, fault: str) -> None:
    intake.BATCH = rebuilding.BATCH = 2
    with faults.armed(fault):
        {"drain": sync.drain, "rebuild": rebuilding.rebuild}[act](opened(home, key, lambda: TODAY))
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
