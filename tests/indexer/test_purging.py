"""The index lets go of a record for good: no word, no fact, no file, no key of it is left anywhere (V19, K1)."""

import numpy as np
import pytest

from archive import items
from archive.acts import Act
from archive.custody import handover
from archive.errors import Busy
from archive.values import Level, VolumeState
from indexer import entries, purging, sync
from indexer.copies import Copies
from indexer.embedded.partition import Partition
from indexer.question.tree import Column, Field
from indexer.rebuilding import differs, rebuild
from indexer.shelf import Shelf, alone
from retention.destroying import execution
from tests.indexer.asking import codes, page
from tests.indexer.shelves import filed, opened_bytes
from tests.retention.letting_go import OLD, begun, letters


def run(office, number):
    return execution.execute(office.instance, office.who("archivist"), number)


def found(office, words, who="archivist"):
    return codes(page(office, words, who))


def segments(office):
    """Every segment file of every build, as (part, name)."""
    return sorted(path.name for path in office.instance.index_folder.rglob("*.seg"))


def shelved(office, count=4):
    """Old papers whose text, note and file name hold words of their own, indexed; their uids."""
    uids = letters(office, count, title="夜班巡更记录", note="附注鲲鹏", text="九霄云外的暗语 canary773{n}")
    sync.drain(office.instance)
    return uids


def test_inv_V19_old_words_find_nothing_and_the_tombstone_is_found_by_what_may_stay(office):
    """Text and note are gone for everybody, title and code still lead to the record, which says 已销毁."""
    uids = shelved(office)
    assert len(found(office, "九霄云外的暗语")) == 4
    with office.ask("archivist") as unit:
        code = unit.item(uids[0]).reference_code
    run(office, begun(office, uids[:1]))
    sync.drain(office.instance)

    assert found(office, "canary7731") == []
    assert len(found(office, "九霄云外的暗语")) == 3
    assert len(found(office, "附注鲲鹏1")) == 0
    assert code in found(office, code)
    assert code in found(office, "夜班巡更记录1")
    with office.ask("archivist") as unit:
        assert unit.item(uids[0]).state is VolumeState.DESTROYED


def test_inv_V19_no_byte_of_any_segment_holds_a_word_of_it(office):
    """The opened segments are searched; as a witness the word stands there before."""
    uids = shelved(office)
    assert b"canary7731" in opened_bytes(office, "open")
    run(office, begun(office, uids[:1]))
    for _ in range(2):  # before and after the tombstone was taken in
        told = opened_bytes(office, "open")
        assert b"canary7731" not in told
        assert b"canary7732" in told
        sync.drain(office.instance)


def test_inv_V19_also_the_versions_that_were_replaced_go(office):
    """An edit leaves the old words in a segment until it is merged: purging takes those too."""
    uids = shelved(office, 12)
    with office.work("archivist", Act.ITEM_EDIT) as unit:
        items.edit(unit, uids[0], note="换过的附注麒麟")
    sync.drain(office.instance)
    assert "附注鲲鹏1".encode()[:6] in opened_bytes(office, "open")
    number = begun(office, uids[:1])
    sync.drain(office.instance)
    places = _documents(office, uids[0])
    assert len(places) > 1
    run(office, number)
    assert _documents(office, uids[0]) == []
    assert purging.remaining(office.instance, uids) == sorted(uids[1:])


def _documents(office, uid):
    """The segments in which anything of a record stands, living or deleted."""
    with Shelf(office.instance) as shelf:
        leaves = shelf.engine()._leaves()
        return [leaf.file for leaf in leaves if uid in leaf.segment.documents([uid])]


def test_rel_K1_the_files_that_held_it_are_gone_and_their_keys_too(office):
    """A copy of the old segment, put back, does not open any more."""
    uids = shelved(office)
    folder = office.instance.index_folder
    before = {path: path.read_bytes() for path in folder.rglob("*.seg")}
    run(office, begun(office, uids[:1]))
    gone = {path: data for path, data in before.items() if not path.exists()}
    assert gone
    for path, data in gone.items():
        path.write_bytes(data)
    assert purging.remaining(office.instance, uids[:1]) == []


def test_inv_V19_witness_without_rewriting_the_segments_the_record_is_still_found_in_them(
    office, monkeypatch
):
    """Only deleted, as an index does otherwise: `remaining` names it, for it reads the files themselves."""
    uids = shelved(office)

    def only_deleted(self, wanted):
        listed = self._table(self.generation())
        self._delete(listed, wanted, frozenset())
        self._commit(listed)

    assert purging.remaining(office.instance, uids[:2]) == sorted(uids[:2])
    with monkeypatch.context() as broken:
        broken.setattr(Partition, "purge", only_deleted)
        purging.purge(office.instance, uids[:2])
    assert purging.remaining(office.instance, uids[:2]) == sorted(uids[:2])
    purging.purge(office.instance, uids[:2])
    assert purging.remaining(office.instance, uids[:2]) == []


def test_inv_V19_witness_a_tombstone_that_kept_its_words_is_no_tombstone(office, monkeypatch):
    """An indexer that forgets to be silent is found out by the words, though the state says destroyed."""
    uids = shelved(office)
    run(office, begun(office, uids[:1]))
    monkeypatch.setattr(entries, "described", _talkative(entries.described))
    sync.drain(office.instance)
    assert purging.remaining(office.instance, uids[:1]) == uids[:1]
    monkeypatch.undo()
    rebuild(office.instance)
    assert purging.remaining(office.instance, uids[:1]) == []


def _talkative(honest):
    return lambda record, card, names: {**honest(record, card, names), Field.NAMES: "张三"}


def test_inv_V19_the_sealed_part_lets_go_as_the_open_one_does(office):
    """A confidential record leaves no word in the sealed index, and no title anywhere."""
    uid = filed(
        office, "WS·BG", "旧密案之凤凰", "密文麒麟四五六", year=2012, level=Level.CONFIDENTIAL,
        period="D10", dated=OLD,
    )  # fmt: skip
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    sync.drain(office.instance)
    assert "凤凰".encode() in opened_bytes(office, "sealed")
    run(office, begun(office, [uid]))
    sync.drain(office.instance)
    told = opened_bytes(office, "sealed")
    assert "凤凰".encode() not in told
    assert "麒麟".encode() not in told
    assert found(office, "密文麒麟四五六") == []
    assert uid.encode() in told  # the tombstone


def test_after_a_destruction_the_index_is_what_a_rebuild_gives(office):
    """Whoever drained in between: nothing old comes back, nothing of the tombstone is missing."""
    uids = shelved(office)
    run(office, begun(office, uids[:2]))
    sync.drain(office.instance)
    assert not differs(office.instance)
    rebuild(office.instance)
    assert purging.remaining(office.instance, uids[:2]) == []
    with Shelf(office.instance) as shelf:
        states = [
            leaf.segment.facts(Column.STATE.value)[at]
            for leaf in shelf.engine()._leaves()
            for at in np.flatnonzero(leaf.alive).tolist()
        ]
    assert states.count("DESTROYED") == 2


def test_an_unfinished_build_is_given_up(office):
    """A rebuild that died half way holds the words too."""
    uids = shelved(office)
    with Shelf(office.instance) as shelf, alone(office.instance):
        begun_build = shelf.begin(0)
        index = shelf.build(begun_build.build)
        with office.ask("archivist") as unit:
            index.put(entries.told(unit, uids)[0], mark=1)
        index.close()
        shelf.note(begun_build)
    assert purging.remaining(office.instance, uids[:1]) == uids[:1]
    purging.purge(office.instance, uids[:1])
    assert purging.remaining(office.instance, uids[:1]) == []
    with Shelf(office.instance) as shelf:
        assert shelf.building() is None


def test_rel_F4_a_damaged_index_proves_nothing_and_is_built_anew(office):
    """What cannot be read tells of everything; purging replaces the index, without the records."""
    uids = shelved(office)
    number = begun(office, uids[:1])
    for path in office.instance.index_folder.rglob("*.seg"):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(bytes(data))
    assert purging.remaining(office.instance, uids[:1]) == uids[:1]
    run(office, number)
    assert purging.remaining(office.instance, uids[:1]) == []
    assert len(found(office, "九霄云外的暗语")) == 3


def test_where_nothing_was_ever_indexed_there_is_nothing_to_take_out(office):
    """No build, no pointer: absence is proved at once."""
    uids = letters(office, 2)
    assert Copies().remaining(office.instance, uids) == []
    Copies().purge(office.instance, uids)
    assert Copies().remaining(office.instance, []) == []


def test_rel_X4_while_another_writes_the_index_nothing_is_purged(office, monkeypatch):
    """Busy, and everything stands as it was."""
    monkeypatch.setattr(purging, "PATIENCE", 0.0)
    uids = shelved(office)
    with alone(office.instance), pytest.raises(Busy):
        purging.purge(office.instance, uids[:1])
    assert len(found(office, "九霄云外的暗语")) == 4


def test_purging_what_is_not_there_changes_nothing(office):
    """Unknown uids, and an empty list: no segment is written anew."""
    shelved(office)
    before = segments(office)
    purging.purge(office.instance, [])
    purging.purge(office.instance, ["0" * 32, "", "不是编号"])
    assert segments(office) == before
    assert purging.remaining(office.instance, ["0" * 32, ""]) == []
