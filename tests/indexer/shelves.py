"""What tests of sync and search share: papers with texts, and what an index holds."""

from __future__ import annotations

from archive import items, objects
from archive.acts import Act
from archive.model import Item, Volume
from archive.values import CONFIDENTIAL
from indexer import sync
from indexer.shelf import KeySealer, Shelf
from indexer.storage import SealedFolder
from tests import make

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
    for *facts, sealed, terms in engine.dump():
        found[facts[0]] = (sealed, {term for _, term, _ in terms})
    engine.close()
    return found


def opened_bytes(office, part):
    """Everything that the files of one part of the index say, unsealed."""
    with Shelf(office.instance) as shelf:
        folder = office.instance.index_folder / shelf.current() / part
    sealed = SealedFolder(folder, KeySealer(office.instance.keys), part)
    names = [name for name in sealed.names() if ".toc." not in name]
    return b"".join(sealed.read(name) for name in names if not name.endswith(".toc"))


def levels(office):
    """The level of every record, by uid."""
    with office.ask("gm") as unit:
        return {
            record.uid: record.level >= CONFIDENTIAL
            for kind in (Volume, Item)
            for record in unit.session.query(kind)
        }
