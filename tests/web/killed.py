"""A process that serves one write of a program and dies where `ANJUAN_FAULT` says (reliability C1)."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.conftest import TODAY, Office, opened
from tests.web.conftest import site_of
from tests.web.program import Program

PARTY = {"code": "P900", "name": "周老板", "kind": "TENANT"}


def main(home: str, key: str) -> None:
    """Ask with the token that stands on standard input."""
    office = Office(opened(Path(home), Path(key), lambda: TODAY))
    own = Program(site_of(office).app.test_client(use_cookies=False), sys.stdin.readline().strip())
    print(own.post("party/add", PARTY, Idempotency_Key="k-1").status_code)


if __name__ == "__main__":
    main(*sys.argv[1:])
