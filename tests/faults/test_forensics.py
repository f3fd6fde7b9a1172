"""K2: what was destroyed cannot be read again from the disk, the registered backup sets and every key there is."""

from __future__ import annotations

import datetime as dt
import io
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from archive import backups, erasing, items, objects
from archive.acts import Act
from archive.cards import Card
from archive.circulation import lending, readings
from archive.custody import handover
from archive.keystore import Keystore
from archive.recordkeys import RecordKeys
from archive.values import Level
from indexer import sync
from indexer.copies import Copies
from retention.destroying import finalizing
from tests import make
from tests.conftest import PORTS, Office, opened
from tests.faults import ageing
from tests.faults.carving import Haul, Secrets, canary, carve

#: Every tenth record is destroyed.
ONE_IN = 10
#: Papers filed in one transaction.
BATCH = 200


@dataclass
class Stock:
    """An office on a disk with two backup sets, one of them in a drawer, and what was put into it."""

    base: Path
    key: Path
    recovery: str
    office: Office = None  # type: ignore[assignment]
    records: dict[int, str] = field(default_factory=dict)
    papers: dict[int, str] = field(default_factory=dict)
    titled: set[int] = field(default_factory=set)

    @property
    def doomed(self) -> list[int]:
        """The numbers of the records to be destroyed."""
        return [number for number in sorted(self.records) if number % ONE_IN == 3]

    @property
    def kept(self) -> list[int]:
        """The numbers of the others."""
        return [number for number in sorted(self.records) if number % ONE_IN != 3]

    @property
    def disks(self) -> list[Path]:
        """Everything a thief would carry away."""
        return [self.base / name for name in ("home", "near", "far", "tmp") if (self.base / name).exists()]

    def open(self) -> Office:
        """The office at its desk."""
        self.office = Office(None)  # type: ignore[arg-type]
        self.office.instance = opened(self.base / "home", self.key, lambda: self.office.now)
        return self.office


def body(number: int) -> bytes:
    """The bytes of the file that came with a record."""
    return f"会议纪要正文。{canary('b', number)}。以下无正文。\n".encode() * 3


def title(stock: Stock, number: int) -> str:
    return f"纪要 {canary('t', number)}" if number in stock.titled else f"停车场例会纪要之{number}"


def filed(stock: Stock, count: int) -> None:
    """Records of four kinds: 内部 and 秘密 items kept alone, and volumes with personal data; all long due."""
    office = stock.office
    for number in range(count):
        if number % 5 != 0:
            stock.titled.add(number)
    alone = [number for number in range(count) if number % 20 != 13 and number % 40 != 2]
    for level in (None, Level.CONFIDENTIAL):
        mine = [n for n in alone if (n in stock.titled) == (level is not None)]
        for start in range(0, len(mine), BATCH):
            filed_alone(stock, mine[start : start + BATCH], level)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [stock.records[n] for n in alone], given_by="clerk")
    for number in sorted(set(range(count)) - set(alone)):
        bound(stock, number)


def filed_alone(stock: Stock, numbers: list[int], level: Level | None) -> None:
    office = stock.office
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [
            make.paper(title(stock, n), "WS·BG", dated=dt.date(2012, 5, 4), note=canary("n", n))
            for n in numbers
        ]
        made = items.file_alone(unit, make.matter("WS·BG", year=2012, level=level), papers)
        for number, item in zip(numbers, made, strict=True):
            attached(unit, item, number)
            stock.records[number] = stock.papers[number] = item.uid


def attached(unit, item, number: int) -> None:
    name = f"附件{canary('f', number)}.txt"
    objects.attach_to(unit, item, io.BytesIO(body(number)), name=name)


def bound(stock: Stock, number: int) -> None:
    """A volume with one paper, of a class with personal data that may be lent."""
    office, words = stock.office, title(stock, number)
    with office.work("archivist", Act.ITEM_FILE) as unit:
        paper = make.paper(words, "FW·03", dated=dt.date(2018, 5, 4), note=canary("n", number))
        matter = make.matter("FW·03", year=2018)
        (item,) = items.file_matter(unit, matter, [paper], volume_title=words)
        attached(unit, item, number)
        stock.papers[number], stock.records[number] = item.uid, item.volume_uid
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        make.volumes.close(unit, stock.records[number])
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [stock.records[number]], given_by="clerk")


def used(stock: Stock) -> None:
    """What is to be destroyed was read or lent once, for a purpose somebody wrote down, and changed once."""
    office = stock.office
    for number in stock.doomed:
        uid = stock.records[number]
        make.approved(office, uid, to="secretary", acts=(Act.RECORD_SEE,))  # who sits on the panel
        if uid == stock.papers[number]:
            make.approved(office, uid, to="manager", acts=(Act.RECORD_READ,))
            with office.work("archivist", Act.READING_BEGIN) as unit:
                reading = readings.begin(unit, uid, reader="manager", place="R1", purpose=canary("p", number))
            with office.work("archivist", Act.READING_END) as unit:
                readings.end(unit, reading.number)
        else:
            make.approved(office, uid, to="supervisor")
            with office.work("archivist", Act.LOAN_LEND) as unit:
                lending.lend(unit, uid, to="supervisor", purpose=canary("p", number))
            with office.work("archivist", Act.LOAN_RETURN) as unit:
                lending.take_back(unit, uid)


def built(base: Path, template: Path, count: int) -> Stock:
    """A stocked, indexed office, a set beside it, and one whose disk was carried away."""
    stock = Stock(base, template / "key", (template / "recovery").read_text())
    shutil.copytree(template / "home", base / "home")
    office = stock.open()
    filed(stock, count)
    used(stock)
    sync.drain(office.instance)
    for name in ("near", "far"):
        backups.create(office.instance, office.who("admin"), base / name)
    (base / "far").rename(base / "drawer")
    return stock


def destroyed(stock: Stock) -> str:
    """Every tenth record destroyed by the people who may; the set in the drawer comes back afterwards."""
    office = stock.office
    number = ageing.destroyed(office, [stock.records[n] for n in stock.doomed])
    if (stock.base / "drawer").exists():
        (stock.base / "drawer").rename(stock.base / "far")
    backups.catch_up(office.instance, office.who("admin"))
    finalizing.settle(office.instance, office.who("admin"))
    sync.drain(office.instance)
    return number


def carved(stock: Stock) -> Haul:
    """What the tool gets with key file, recovery key and the current slip."""
    slip = backups.current_slip(stock.office.instance.keys)
    doomed = {uid for n in stock.doomed for uid in (stock.records[n], stock.papers[n])}
    return carve(stock.disks, Secrets(stock.key, stock.recovery, [slip]), doomed)


def recovered(stock: Stock, haul: Haul) -> dict[int, object]:
    """The destroyed records of which anything was got, and how."""
    keys = {n: "key" for n in stock.doomed if {stock.records[n], stock.papers[n]} & haul.keys}
    return keys | {n: ways for n in stock.doomed if (ways := haul.of(n))}


def intact(stock: Stock) -> list[int]:
    """The kept records whose card and file are, through the product, what was put in."""
    with stock.office.ask("archivist", Act.RECORD_SEE) as unit:
        return [n for n in stock.kept if _as_filed(stock, unit, n)]


def _as_filed(stock: Stock, unit, number: int) -> bool:
    item = unit.item(stock.papers[number])
    card: Card = unit.card(item)
    (held,) = objects.contents(unit, item)
    told = unit.vault.read_all(objects.ref(unit, held), objects.unwrapped(unit, held))
    named = objects.name_of(unit, held) == f"附件{canary('f', number)}.txt"
    return named and (card.title, card.note, told) == (
        title(stock, number),
        canary("n", number),
        body(number),
    )


# --- the stock, built once and laid out anew for each test ----------------------------------------


@pytest.fixture(scope="module")
def pristine(template: Path, tmp_path_factory) -> Iterator[tuple[Stock, Path]]:
    """A small stock and a copy of its disks."""
    base = tmp_path_factory.mktemp("forensics")
    stock = built(base / "disk", template, 30)
    stock.office.instance.close()
    shutil.copytree(base / "disk", base / "copy")
    yield stock, base / "copy"


@pytest.fixture
def small(pristine) -> Iterator[Stock]:
    """Thirty records, three of them doomed, as they were before anything was destroyed."""
    stock, copy = pristine
    shutil.rmtree(stock.base)
    shutil.copytree(copy, stock.base)
    os.chmod(stock.base / "home", 0o700)
    stock.open()
    yield stock
    stock.office.instance.close()


def proved(stock: Stock, back: Path) -> None:
    """Nothing of what was destroyed is got from anything; everything else is, by the tool and by the product."""
    destroyed(stock)
    haul = carved(stock)
    assert recovered(stock, haul) == {}
    assert intact(stock) == stock.kept
    # the tool is no straw man: of every kept record it has the key, the card, the file and the index's words
    assert {stock.papers[n] for n in stock.kept} <= haul.keys
    for way, place in (("value", "n"), ("file", "b"), ("segment", "b")):
        assert {n for n, at in haul.words[way] if at == place} >= set(stock.kept), way
    assert haul.words["plain"] == set()
    slip = backups.current_slip(stock.office.instance.keys)
    for name in ("near", "far"):
        kit, now = backups.Kit(stock.recovery, slip), stock.office.now
        again = backups.restore(stock.base / name, back / name, kit, PORTS, clock=lambda now=now: now).folder
        live, stock.office.instance = (
            stock.office.instance,
            opened(again, stock.key, lambda: stock.office.now),
        )
        assert intact(stock) == stock.kept
        stock.office.instance.close()
        stock.office.instance = live


def test_rel_K2_nothing_of_ten_destroyed_records_among_a_hundred_can_be_recovered(template, tmp_path):
    """Disk, two sets (one of them away at the time), key file, recovery key, slip: 0 of 10; 90 of 90 byte-identical."""
    stock = built(tmp_path / "disk", template, 100)
    try:
        assert (len(stock.doomed), len(stock.kept)) == (10, 90)
        proved(stock, tmp_path / "back")
    finally:
        stock.office.instance.close()


@pytest.mark.slow
def test_rel_K2_nothing_of_a_hundred_destroyed_records_among_a_thousand_can_be_recovered(template, tmp_path):
    """The same at the size the promise names: 0 of 100, 900 of 900."""
    stock = built(tmp_path / "disk", template, 1000)
    try:
        assert (len(stock.doomed), len(stock.kept)) == (100, 900)
        proved(stock, tmp_path / "back")
    finally:
        stock.office.instance.close()


# --- deliberately broken variants, each of which the same test must catch ---------------------------


def test_rel_K2_witness_before_the_destruction_everything_is_got(small):
    """The same tool over the same disks: every doomed record, by every way."""
    haul = carved(small)
    assert set(recovered(small, haul)) == set(small.doomed)
    for number in small.doomed:
        assert haul.of(number)["value"] >= {"n", "f", "p"} and "b" in haul.of(number)["file"]
        assert "b" in haul.of(number)["segment"]


def test_rel_K2_witness_keys_that_are_not_dropped_are_found(small, monkeypatch):
    """A destruction that only says so leaves the key, and with it the card in the sets."""
    monkeypatch.setattr(RecordKeys, "drop_keys", lambda _, uids: len(tuple(uids)))
    monkeypatch.setattr(erasing, "remaining", lambda *_: [])
    destroyed(small)
    assert set(recovered(small, carved(small))) == set(small.doomed)


def test_rel_K2_witness_a_pack_that_is_not_rewritten_gives_everything_away(small, monkeypatch):
    """The live instance is clean; the set is not."""
    monkeypatch.setattr(backups, "refresh", lambda *_: backups.Refreshed([], []))
    destroyed(small)
    found = recovered(small, carved(small))
    assert set(found) == set(small.doomed)
    assert all("b" in ways["file"] for ways in found.values())


def test_rel_K2_witness_a_set_in_the_drawer_is_readable_until_it_comes_back(small):
    """Which is why the certificate names it."""
    ageing.destroyed(small.office, [small.records[n] for n in small.doomed])
    (small.base / "drawer").rename(small.base / "far")
    assert set(recovered(small, carved(small))) == set(small.doomed)


def test_rel_K2_witness_an_index_whose_segments_are_not_written_anew_keeps_the_words(small, monkeypatch):
    """Marked as deleted is not deleted."""
    monkeypatch.setattr(Copies, "purge", lambda *_: None)
    monkeypatch.setattr(Copies, "remaining", lambda *_: [])
    monkeypatch.setattr(sync, "drain", lambda *_, **__: 0)
    destroyed(small)
    found = recovered(small, carved(small))
    assert set(found) == set(small.doomed) and all(set(ways) == {"segment"} for ways in found.values())


def test_rel_K2_witness_a_keystore_that_does_not_overwrite_keeps_the_keys_in_its_pages(small, monkeypatch):
    """Without secure_delete and the rewriting of the file the wrapped keys lie in its free space."""
    monkeypatch.setattr(Keystore, "rewrite", lambda _: None)
    small.office.instance.keys._store._db.execute("PRAGMA secure_delete=OFF")
    destroyed(small)
    assert recovered(small, carved(small)) != {}
