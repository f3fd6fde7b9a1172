"""What a fresh pair of eyes tried against paper and exchange: rights, races, hostile input, words that must not come back."""

from __future__ import annotations

import json
import threading
import time

import pytest

from archive.acts import Act
from archive.errors import ArchiveError
from archive.exchange import SheetKind
from archive.packages import foreign, guarded, importing
from archive.sheets import undoing
from tests import make
from tests.archive import parcels
from tests.archive.counter import counter as a_counter
from tests.archive.test_imports_run import bring, loan_row, volume_row, code_of, listing


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def test_probe_undo_loans(office):
    uid = make.volume(office, "ZX·02", 2, held=True)
    code = code_of(office, uid)
    done = bring(office, SheetKind.LOANS, loan_row(code))
    print(done)
    for who in ("hr", "records", "clerk"):
        try:
            with_who = undoing.undo(office.instance, office.who(who), done.number, reason="x")
            print(who, "UNDID", with_who)
            break
        except ArchiveError as e:
            print(who, type(e), e.facts)


def test_probe_race(office, tmp_path, template):
    for k in range(3):
        parcels.shelved(office, "ZX·02") if k == 0 else make.volume(office, "FW·01", 1, year=2020 + k)
    from sqlalchemy import select
    from archive.model import Volume
    with office.ask("archivist") as unit:
        codes = list(unit.session.scalars(select(Volume.reference_code)))
    parcels.exported(office, tmp_path / "out", *codes)
    other = parcels.second(template, tmp_path / "second")
    results = []

    def one():
        try:
            results.append(parcels.brought(other, tmp_path / "out"))
        except BaseException as e:
            results.append(e)

    ts = [threading.Thread(target=one) for _ in range(2)]
    [t.start() for t in ts]
    [t.join() for t in ts]
    for r in results:
        print("RACE", repr(r)[:600])
    with other.ask("archivist") as unit:
        print(list(unit.session.scalars(select(Volume.reference_code))))
    other.instance.close()


def test_probe_undone_meanwhile(office, tmp_path, template):
    from archive.faults import armed
    parcels.shelved(office, "ZX·02", files=())
    make.volume(office, "FW·01", 1, year=2021)
    from sqlalchemy import select
    from archive.model import Volume, ImportRun
    with office.ask("archivist") as unit:
        codes = list(unit.session.scalars(select(Volume.reference_code)))
    parcels.exported(office, tmp_path / "out", *codes)
    other = parcels.second(template, tmp_path / "second")
    calls = []

    def progress(n, total):
        if n == 1:
            try:
                print("UNDO", undoing.undo(other.instance, other.who("archivist"), "DR2026-00001", reason="x"))
            except ArchiveError as e:
                print("UNDO", type(e), e.facts)
    try:
        from archive.packages.arriving import Usual
        print(importing.bring(other.instance, other.who("archivist"), tmp_path / "out", Usual(), progress=progress))
    except BaseException as e:
        print("BRING", repr(e))
    with other.ask("archivist") as unit:
        print(list(unit.session.scalars(select(Volume.reference_code))), [(r.number, r.state, r.made) for r in unit.session.scalars(select(ImportRun))])
    other.instance.close()


def test_probe_barred_tray(office, tmp_path):
    from archive.scans import attaching, tray
    from archive.scans.finding import Wanted
    from archive import volumes, grants
    from archive.custody import handover
    from archive.values import Level
    from archive.acts import Act
    import datetime as dt
    uid = make.volume(office, "ZX·02", 1, held=True, level=Level.CONFIDENTIAL)
    from sqlalchemy import select
    from archive.model import Item
    with office.ask("archivist") as unit:
        (code,) = unit.session.scalars(select(Item.reference_code).where(Item.volume_uid == uid))
    (tmp_path / f"{code} 高度机密.pdf").write_bytes(b"%PDF-1.4 TOPSECRET")
    # the archivist of ZJB; the secretary of the same department, cleared; lower somebody's clearance
    from archive import people
    with office.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, "secretary", Level.INTERNAL)
    print(attaching.attach(office.instance, office.who("archivist"), [tmp_path / f"{code} 高度机密.pdf"], Wanted()))
    for who in ("secretary", "clerk", "records"):
        with office.ask(who, Act.RECORD_SEE) as unit:
            try:
                unit.record(code); print(who, "sees record")
            except ArchiveError as e:
                print(who, type(e))
        with office.ask(who, Act.INTAKE_SEE) as unit:
            print(who, [(l.number, l.name) for l in tray.rows(unit)])


BAD = b"\xff\xfe\xe9".decode("utf-8", "surrogateescape")


def test_probe_surrogates(counter, tmp_path):
    import os
    f = tmp_path / f"d{BAD}"
    f.mkdir()
    (f / f"x{BAD}.pdf").write_bytes(b"%PDF-1.4")
    bag = parcels.theirs(tmp_path / "bag", {"a.pdf": b"%PDF-1.4 x"})
    (bag / "data" / f"b{BAD}.pdf").write_bytes(b"x")
    (f / "t.docx").write_bytes(b"PK")
    import shutil
    shutil.copytree(bag, f / "bag")
    volume = counter.run("archivist", "volume", "list", "--json").out
    for args in [
        ("package", "check", bag), ("package", "check", f / "bag"), ("package", "import", bag, "--class", "WS·BG"),
        ("properties", "package", bag), ("properties", "package", f / "bag"),
        ("properties", "package", bag, "--report", tmp_path / "r.pdf"), ("properties", "package", bag, "--report", tmp_path / f"r{BAD}.docx"),
        ("scan", "attach", f), ("intake", "list"), ("scan", "attach", f, "--report", tmp_path / f"rr{BAD}.csv"),
        ("form", "print", "f3", "--to", tmp_path / f"o{BAD}.pdf"), ("form", "print", "f3", "--to", tmp_path / f"o2{BAD}.pdf", "--for", f"z{BAD}"),
        ("form", "template", "install", "f10", f / "t.docx"), ("form", "template", "install", "f10", f / f"x{BAD}.docx"),
        ("label", "print", "R1-C1", "--to", tmp_path / f"l{BAD}.pdf"), ("label", "print", BAD, "--to", tmp_path / "l2.pdf"),
        ("intake", "get", "SM2026-00001", "--to", tmp_path / f"g{BAD}", "--for", f"z{BAD}"),
        ("intake", "discard", "SM2026-00001", "--reason", BAD, "--confirm", "SM2026-00001"),
        ("sheet", "export", "--help"), ("sheet", "check", f / f"x{BAD}.csv"), ("sheet", "import", f / f"x{BAD}.csv"),
        ("package", "export", BAD, "--to", tmp_path / "pe", "--for", "x"), ("package", "export", "R1", "--to", tmp_path / f"pe{BAD}", "--for", BAD),
    ]:
        told = counter.run("archivist", *args)
        print(told.status, [repr(a)[-50:] for a in args], (told.err or told.out)[:150].replace("\n", "|").encode("ascii", "backslashreplace").decode(), repr(told.result.exception)[:200] if told.status in (1, 70) else "")
