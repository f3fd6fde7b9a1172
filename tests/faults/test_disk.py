"""A full disk during import and loan, and a database whose bytes were changed (D2, D4)."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from archive import audit, db, views
from archive.acts import Act
from archive.circulation import ledger
from archive.errors import ArchiveError, DatabaseDamaged, SealBroken
from archive.words import Language
from tests.faults.invariants import check_all
from tests.faults.test_kills import papers, titles_in
from tests.faults.workers import Cut, child, import_all, lend_and_return, short_of_room, told

#: Room in bytes beyond the size of the catalogue when the disk "fills up".
ROOMS = (0, 4096, 20_000)


def look(office) -> int:
    """A question: reading must work when writing does not."""
    with office.ask("gm") as unit:
        return len(views.volumes(unit))


def import_it(folder: Path, office) -> None:
    assert look(office) == 4 or titles_in(office, "满盘")
    import_all(office, folder)


def lend_it(code: str, office) -> None:
    assert look(office) == 4
    for _ in range(40):
        lend_and_return(office, code, lambda *_: None)


def squeezed(cut: Cut, room: int, do) -> list:
    """What came of *do* with *room* bytes beyond the catalogue's size, and of the same afterwards."""
    process, pipe = child(short_of_room, cut, (cut.home / "catalogue.db").stat().st_size + room, do)
    heard = told(pipe)
    process.join(60)
    assert process.exitcode == 0
    return heard


def told_plainly(outcome) -> bool:
    """True if the refusal is the machine's, with exit status 7 and two sentences without a hole."""
    code, status, sentences = outcome
    return code in {"disk-full", "storage-failed"} and status == 7 and all(
        len(sentence) > 10 and "{" not in sentence for sentence in sentences
    )  # fmt: skip


@pytest.mark.parametrize("room", ROOMS)
def test_rel_D2_an_import_on_a_full_disk_is_told_undone_and_done_again(cut, tmp_path, room):
    """Wherever the room ends: a sentence and status 7, nothing half done; with room again all is filed."""
    titles = papers(tmp_path / "folder", "满盘", 40)
    full, again = squeezed(cut, room, partial(import_it, tmp_path / "folder"))
    assert told_plainly(full) and again == "done"
    with cut.open() as office:
        assert check_all(office) == [] and titles_in(office, "满盘") == titles


@pytest.mark.parametrize("room", ROOMS)
def test_rel_D2_a_loan_on_a_full_disk_is_told_undone_and_done_again(cut, shelf, room):
    """The same at the counter: no line without its loan, no loan without its line."""
    full, again = squeezed(cut, room, partial(lend_it, shelf[0]))
    assert told_plainly(full)
    assert again == "done" or again[0] == "already-out"
    with cut.open() as office:
        assert check_all(office) == []


def test_rel_D2_the_state_between_is_whole_too(cut, tmp_path):
    """Looked at while the disk is still full, before anything is tried again."""
    papers(tmp_path / "folder", "满盘", 40)

    process, pipe = child(
        short_of_room,
        cut,
        (cut.home / "catalogue.db").stat().st_size,
        partial(import_it, tmp_path / "folder"),
    )
    assert told_plainly(pipe.recv())
    process.kill()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    with cut.open() as office:
        assert check_all(office) == []


# --- a damaged database -----------------------------------------------------------------------


def use(cut: Cut) -> None:
    """Open the instance and ask for everything once: lists, pages, ledger, log; then one act."""
    with cut.open() as office:
        with office.ask("gm") as unit:
            for line in views.volumes(unit):
                views.page(unit, line.code)
                views.inner_list(unit, unit.volume(line.code))
            views.tree(unit)
            views.items(unit)
        with office.ask("archivist", Act.LOAN_SEE) as unit:
            ledger.register(unit)
        with office.ask("auditor", Act.AUDIT_SEE) as unit:
            views.events(unit, limit=1000)
            audit.verify(unit.session, office.instance.signer.public_key())
        with office.work("archivist", Act.VAULT_VERIFY) as unit:
            found = db.integrity(unit.session)
            if found is not None:
                raise DatabaseDamaged(path=cut.home / "catalogue.db", why=found)


def damaged(cut: Cut, at: int, length: int, rng: random.Random) -> str:
    """Change *length* bytes at *at* of the catalogue, use it, put the bytes back; what came of it."""
    path = cut.home / "catalogue.db"
    good = path.read_bytes()
    path.write_bytes(good[:at] + rng.randbytes(length) + good[at + length :])
    try:
        use(cut)
    except ArchiveError as refusal:
        assert all(refusal.message(language) for language in Language)
        return type(refusal).__name__
    finally:
        path.write_bytes(good)
        for journal in path.parent.glob("catalogue.db-*"):
            journal.unlink()
    return "unnoticed"


def test_rel_D4_a_page_of_garbage_in_the_catalogue_is_told_never_a_traceback(cut):
    """Whole pages overwritten all through the file: always a refusal of ours, mostly that it is damaged."""
    rng = random.Random(7)
    size = (cut.home / "catalogue.db").stat().st_size
    came = Counter(damaged(cut, at, 4096, rng) for at in rng.sample(range(0, size, 4096), 30))
    assert came["DatabaseDamaged"] >= 15, came
    assert came["unnoticed"] <= 10, came


def test_rel_D4_a_few_changed_bytes_are_told_never_a_traceback(cut):
    """A few bytes anywhere: a sentence, or no effect where nothing is kept; never an error of ours."""
    rng = random.Random(8)
    size = (cut.home / "catalogue.db").stat().st_size
    came = Counter(
        damaged(cut, rng.randrange(100, size - 30), rng.choice((1, 8, 30)), rng) for _ in range(60)
    )
    assert came["DatabaseDamaged"] >= 5, came


@pytest.mark.slow
def test_rel_D4_a_thousand_changes_of_the_catalogue_never_end_in_a_traceback(cut):
    """The same a thousand times."""
    rng = random.Random(9)
    size = (cut.home / "catalogue.db").stat().st_size
    came = Counter(
        damaged(cut, rng.randrange(100, size - 30), rng.choice((1, 8, 30)), rng) for _ in range(1000)
    )
    assert came["DatabaseDamaged"] >= 100, came


IMPOSSIBLE = (
    "UPDATE record_class SET level = 15",
    "UPDATE volume SET trigger = 'NEVER'",
    "UPDATE volume SET created_at = 'yesterday'",
    "UPDATE volume SET first_date = '2025-02-30'",
    "UPDATE volume SET department = CAST(x'ff' AS TEXT)",
    "DELETE FROM record_class WHERE code = 'ZX·02'",
    "ALTER TABLE item RENAME COLUMN external TO extern",
    "DROP TABLE loan",
)


@pytest.mark.parametrize("change", IMPOSSIBLE)
def test_rel_D4_a_stored_value_that_cannot_be_is_told_as_damage(cut, change):
    """Levels, states, days and text that no version ever wrote: damage, with status 7, never a traceback."""
    raw = sqlite3.connect(cut.home / "catalogue.db", isolation_level=None)
    raw.execute("PRAGMA ignore_check_constraints = ON")
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute(change)
    raw.close()
    with pytest.raises(DatabaseDamaged) as caught:
        use(cut)
    assert caught.value.exit == 7 and "{" not in caught.value.message(Language.ZH)


def test_rel_D4_a_defect_of_ours_is_not_called_damage(cut):
    """A KeyError of a service stays what it is: blaming the disk for our mistakes would hide them."""
    with pytest.raises(KeyError), cut.open() as office, office.ask("gm"):
        {}["ours"]


@pytest.mark.parametrize("kept", [0, 50, 99, 4096, 40_960])
def test_rel_D4_a_cut_catalogue_is_told(cut, kept):
    """Nothing left, half a header, a few pages."""
    path = cut.home / "catalogue.db"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ArchiveError) as caught:
        use(cut)
    assert caught.value.exit in {4, 7} and all(caught.value.message(language) for language in Language)


def test_rel_D4_a_text_file_instead_of_the_catalogue_is_told(cut):
    """Somebody saved something else under its name."""
    (cut.home / "catalogue.db").write_text("这不是数据库" * 1000)
    with pytest.raises(DatabaseDamaged):
        use(cut)


def test_rel_I3_a_card_or_key_exchanged_between_two_records_is_refused(cut):
    """Valid ciphertext in the wrong row is not read as that row's."""
    with sqlite3.connect(cut.home / "catalogue.db") as raw:
        raw.execute("UPDATE volume SET card = (SELECT card FROM volume ORDER BY uid DESC LIMIT 1)")
    raw.close()
    with pytest.raises(SealBroken):
        use(cut)


def test_witness_rel_D4_an_untouched_copy_is_used_without_complaint(cut, tmp_path):
    """The same use finds nothing in a sound catalogue, so the refusals above come from the damage."""
    use(cut)
    shutil.copytree(cut.home, tmp_path / "copy")
    use(Cut(tmp_path / "copy", cut.key))
