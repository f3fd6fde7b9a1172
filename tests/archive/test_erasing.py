"""Letting go for good: what may stay, what is taken, and that what is left is seen (V19, K1)."""

from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from archive import erasing, notes
from archive.acts import Act
from archive.errors import Busy, WrongState
from archive.model import Item
from archive.values import Level, VolumeState
from retention.destroying import execution
from tests import make
from tests.retention.letting_go import begun, destroyed, letters, rows

KEY = Ed25519PrivateKey.generate()


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("personal", [True, False])
def test_inv_V19_a_title_stays_only_at_internal_and_below_without_personal_data(level, personal):
    """Decision 10, all levels: personal data hides every title."""
    stays = erasing.may_stay(SimpleNamespace(level=level, personal=personal))
    assert stays is (not personal and level in {Level.PUBLIC, Level.INTERNAL})


def test_inv_V19_what_is_not_being_destroyed_is_not_buried(office):
    """Held, not DUE: refused by the life cycle, its card as it was; a whole batch stands or falls together."""
    first, second = letters(office, 2)
    number = begun(office, [second])
    with pytest.raises(WrongState), office.work("archivist", Act.DESTRUCTION_EXECUTE) as unit:
        unit.act(Act.DESTRUCTION_EXECUTE, number)
        erasing.bury(unit, [unit.item(second), unit.item(first)], Act.DESTRUCTION_EXECUTE)
    with office.ask("archivist") as unit:
        assert [unit.card(unit.item(uid)).note for uid in (first, second)] == ["旧事附注1", "旧事附注2"]


def test_inv_V18_the_schema_buries_nothing_that_no_list_is_destroying(office):
    """DUE, but its line is not past the point of no return: the trigger refuses."""
    (uid,) = letters(office, 1)
    begun(office, [uid])
    with (
        pytest.raises(Exception, match="is not being destroyed"),
        office.work("archivist", Act.DESTRUCTION_EXECUTE) as unit,
    ):
        unit.act(Act.DESTRUCTION_EXECUTE)
        erasing.bury(unit, [unit.item(uid)], Act.DESTRUCTION_EXECUTE)
    assert rows(office)[uid].state is VolumeState.DUE


def test_a_card_that_does_not_open_any_more_stops_no_destruction(office):
    """Its title is lost already: 题名略 stays of it, the other keeps its title."""
    first, second = letters(office, 2)
    number = begun(office, [first, second])
    with office.instance.engine.begin() as raw:
        raw.execute(update(Item).where(Item.uid == first).values(card=b"\0" * 60))
    execution.execute(office.instance, office.who("archivist"), number)
    with office.ask("archivist") as unit:
        assert [unit.card(unit.item(uid)).title for uid in (first, second)] == ["题名略", "停车场例会纪要2"]


def test_the_papers_of_a_volume_are_its_traces_too(office):
    """Its own uid first; an item kept alone has only its own."""
    volume = make.volume(office, "FW·01", 3, held=True, year=2010)
    (alone,) = letters(office, 1)
    with office.ask("archivist") as unit:
        found = erasing.papers(unit, [volume, alone])
    assert found[volume][0] == volume
    assert len(found[volume]) == 4
    assert found[alone] == (alone,)


def test_rel_K1_what_is_left_is_seen(office):
    """Keys that are there and files that are there are named; nothing is named once they are gone."""
    (uid,) = letters(office, 1, text="正文")
    with office.ask("archivist") as unit:
        before = erasing.traces(unit, [uid])
    assert before.files == ()  # it belongs to a living record
    assert erasing.remaining(office.instance, before) == [uid]
    destroyed(office, [uid])
    with office.ask("archivist") as unit:
        after = erasing.traces(unit, [uid])
    assert len(after.files) == 1
    assert erasing.remaining(office.instance, after) == []
    path = office.instance.vault.folder / after.files[0].name
    path.write_bytes(b"came back")
    assert erasing.remaining(office.instance, after) == [after.files[0].name]
    erasing.erase(office.instance, after)
    erasing.erase(office.instance, erasing.Traces((), ()))
    assert not path.exists()


def test_rel_X4_only_one_process_erases(office):
    """The lock is the process's; when it is let go of the next one has it."""
    with erasing.alone(office.instance):
        with pytest.raises(Busy), erasing.alone(office.instance):
            pass
    with erasing.alone(office.instance):
        assert (office.home / "erasing.lock").stat().st_mode & 0o077 == 0


def test_nothing_is_half_done_where_nothing_was_begun(office):
    """The question every start asks: no list, a list begun, a list done."""
    assert erasing.unfinished(office.instance) == []
    uids = letters(office, 2)
    begun(office, uids[:1])
    assert erasing.unfinished(office.instance) == []
    destroyed(office, uids[1:])
    assert erasing.unfinished(office.instance) == []


# --- signed notes ---------------------------------------------------------------------------------


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1), max_size=6),
    st.integers(0, 10_000),
)
def test_a_signed_note_is_read_back_and_no_changed_letter_is(lines, at):
    """Whatever its lines say; changed anywhere in its body, or asked for under another name, it is nobody's."""
    body = "".join(f"{line}\n" for line in ("anjuan/test", *lines))
    note = notes.signed(KEY, body)
    assert notes.body_of(note, "anjuan/test", KEY.public_key()) == body
    assert notes.body_of(note, "anjuan/other", KEY.public_key()) is None
    assert notes.body_of(note, "anjuan/test", Ed25519PrivateKey.generate().public_key()) is None
    place = at % len(body)
    changed = note[:place] + chr(ord(note[place]) ^ 1) + note[place + 1 :]
    assert notes.body_of(changed, "anjuan/test", KEY.public_key()) is None


@pytest.mark.parametrize(
    "noise", ["", "\n", "\n\n", "a\n\n— b", "a\n\n— b !!!!\n", "a\n\n— b " + "A" * 88, "—"]
)
def test_what_is_no_note_is_none(noise):
    """No crash, no body."""
    assert notes.body_of(noise, "a", KEY.public_key()) is None
