from __future__ import annotations
import pytest
from archive.errors import ArchiveError
from archive.exchange import SheetKind
from archive.model import Series
from sqlalchemy import select
from tests import make
from tests.archive.test_imports_run import bring, planned, volume_row

def test_codes(office, tmp_path):
    for code in ["K001-ZY·FW·2024·D3-9223372036854775807","K001-ZY·FW·2024·D3-9999999999999999999"]:
        line = bring(office, SheetKind.VOLUMES, volume_row(1, reference_code=code), partly=True)
    with office.ask("gm") as unit: print([(s.prefix, s.last) for s in unit.session.scalars(select(Series)) if "FW" in s.prefix])
    try:
        print(make.volume(office, "FW·01", 1, year=2024, department="KF"))
    except BaseException as e: print(type(e), str(e)[:300])
