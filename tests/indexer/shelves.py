"""What tests of sync and search share: papers with texts, and what an index holds."""

from __future__ import annotations

import os
import shutil

import numpy as np

from archive import items, objects, volumes
from archive.acts import Act
from archive.model import Item, Volume
from archive.values import CONFIDENTIAL, Level
from indexer import sync
from indexer.embedded.storage import SealedFolder
from indexer.shelf import KeySealer, Shelf
from tests import make
from tests.conftest import Office, opened

#: What is said of a paper itself; the rest is said of the matter it belongs to.
PAPER = ("fields", "creator", "document_no", "dated")


def filed(
    office, class_code="WS·HY", title="例会纪要", text=None, *, name="正文.txt", by="archivist", **given
):
    """File one paper, with *text* (or bytes) attached; returns the uid of the item."""
    own = {key: given.pop(key) for key in PAPER if key in given}
    own |= {"party": given["party"]} if "party" in given else {}
    with office.work(by, Act.ITEM_FILE) as unit:
        paper = make.paper(title, class_code, **own)
        uid = items.file_matter(unit, make.matter(class_code, **given), [paper], volume_title=title)[0].uid
        if text is not None:
            objects.attach(unit, uid, text.encode() if isinstance(text, str) else text, name=name)
    return uid


def held(office):
    """Per record: True if it stands in the sealed index, and all its terms."""
    engine = sync.engine(office.instance)
    found = {}
    for leaf in engine._leaves():
        terms = terms_of(leaf.segment)
        for document in np.flatnonzero(leaf.alive).tolist():
            found[leaf.segment.uids[document]] = (leaf.sealed, terms[document])
    engine.close()
    return found


def terms_of(segment):
    """The terms of each document of a segment."""
    terms = [set() for _ in range(len(segment))]
    for name in segment.lexicons:
        for block in segment.lexicon(name).blocks():
            rows = np.repeat(np.arange(len(block.names)), block.documents_of)
            for row, document in zip(rows.tolist(), block.documents.tolist(), strict=True):
                terms[document].add(block.names[row].decode())
    return terms


def opened_bytes(office, part):
    """Everything that the segments of one part of the index say, unsealed."""
    with Shelf(office.instance) as shelf:
        name = shelf.current()
    sealed = SealedFolder(
        office.instance.index_folder / name / part, KeySealer.of(office.instance), f"{name}/{part}"
    )
    opened = [sealed.opened(each) for each in sealed.names() if each.endswith(".seg")]
    return b"".join(file.read(0, file.size) for file in opened)


def levels(office):
    """The level of every record, by uid."""
    with office.ask("gm") as unit:
        return {
            record.uid: record.level >= CONFIDENTIAL
            for kind in (Volume, Item)
            for record in unit.session.query(kind)
        }


#: class, title, text, what else: families and levels mixed; later rows need earlier ones.
PAPERS = (
    ("WS·HY", "客服例会纪要", "研究装修押金退还与电梯维修。", {}),
    ("WS·HY", "工程例会纪要", "电梯年检，供电局停电通知。", {"department": "GC", "year": 2024}),
    ("WS·LW", "供电局停电来函", "定于四月停电检修，请转告业户。", {"party": "U001"}),
    ("WS·LW", "水务公司来函", "水费结算，押金不退。", {"party": "U002", "year": 2024}),
    ("ZX·02", "A1203装修平面图", "装修图纸审核意见，押金一万元。", {"premises": "A1203"}),
    ("ZX·02", "A1204装修平面图", "电梯厅装修图纸。", {"premises": "A1204", "dossier": "A1204-2025-1"}),
    ("YH·01", "A1203收楼表格", "业户张三签收钥匙三把，装修押金已缴。", {"fields": {"occupant": "张三"}, "party": "P001"}),
    ("YH·01", "B0101收楼表格", "业户李四签收钥匙。", {"premises": "B0101", "party": "P002", "department": "KF"}),
    ("HT·01", "电梯维保合同", "合同总价十二万元，押金五千元。", {}),
    ("WS·HY", "保密例会纪要", "讨论装修押金案诉讼策略。", {"level": Level.CONFIDENTIAL}),
    ("RS·01", "员工档案", "员工押金记录，装修补贴。", {"department": "RS", "by": "hr", "dossier": "E-007"}),
)  # fmt: skip


def fill(office):
    """File `PAPERS`, put a volume on a shelf, and drain."""
    uids = [filed(office, class_code, title, text, **given) for class_code, title, text, given in PAPERS]
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, unit.item(uids[4]).volume_uid, "R1-C1")
    sync.drain(office.instance)
    return uids


def copied(home, template, to):
    """A copy of the office in *home*, opened."""
    shutil.copytree(home, to)
    os.chmod(to, 0o700)
    made = Office(None)
    made.instance = opened(to, template / "key", lambda: made.now)
    return made
