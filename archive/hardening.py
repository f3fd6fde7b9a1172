"""What a process that holds keys asks of the operating system (reliability §5.2, E2)."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress

_PR_SET_DUMPABLE = 4


def harden_process() -> None:
    """Private files (umask 077), no core dump, no tracing by the same account; silent where unknown."""
    os.umask(0o077)
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
