"""The certificate: two days, counts and hashes, signed; what was changed in one letter is refused (issue point 8)."""

import datetime as dt
import shutil

import pytest
from sqlalchemy import func, select

from archive import audit, backups, notes
from archive.acts import Act
from archive.errors import CertificateFalse, FileMissing, NoCertificate, NotFound
from archive.model import Event
from retention.destroying import certificate, destruction, execution
from tests.retention.letting_go import approved, begun, contract, destroyed, letters, rows


def note_of(office, number, who="auditor"):
    with office.ask(who, Act.DESTRUCTION_SEE) as unit:
        return certificate.note(unit, number)


def verified(office, path, who="auditor"):
    with office.ask(who, Act.DESTRUCTION_SEE) as unit:
        return certificate.verify(unit, path)


def test_it_states_what_was_destroyed_and_bears_both_days(office):
    """Records, papers, pages, keys; one day for both dates where no backup set is out of reach."""
    number = destroyed(office, [*letters(office, 2), contract(office, 3)])
    with office.ask("auditor", Act.DESTRUCTION_SEE) as unit:
        found = certificate.show(unit, number)
        made = destruction.one(unit, number)
    assert (found.records, found.items, found.pages, found.keys, found.pulled) == (3, 5, 10, 6, 0)
    assert (found.live_on, found.all_on, found.pending) == (dt.date(2026, 3, 2), dt.date(2026, 3, 2), ())
    assert (found.number, found.content_hash) == (number, made.content_hash)
    assert found.archive == office.instance.keys.instance_id
    assert found.signed_at == office.now


def test_it_holds_no_names_and_no_codes_of_records(office):
    """It may be shown to anybody: numbers, dates, hashes."""
    (uid,) = letters(office, 1, title="张三退租纠纷")
    code = rows(office)[uid].reference_code
    told = note_of(office, destroyed(office, [uid]))
    assert "张三" not in told
    assert code not in told
    assert "WS·" not in told  # two letters alone may stand in a signature by chance
    assert told.isprintable() is False  # lines
    assert len(told) < 1200


def test_what_was_written_out_verifies_and_counts_lines_that_are_in_the_log(office, tmp_path):
    """Its root is the log's at that length, with every line that names a destroyed record before it."""
    number = destroyed(office, letters(office, 3))
    file = tmp_path / "证明.txt"
    file.write_text(note_of(office, number))
    found = verified(office, file)
    with office.ask("auditor") as unit:
        named = unit.session.scalar(select(func.max(Event.seq)).where(Event.object_kind == "gone"))
    assert found.size >= named
    with office.work("archivist", Act.LOCATION_ADD) as unit:  # the log goes on, the certificate stands
        unit.act(Act.LOCATION_ADD)
    assert verified(office, file) == found


def test_a_certificate_changed_in_any_line_is_refused(office, tmp_path):
    """Every fact is signed; exit status 5. As a witness the unchanged one passes."""
    number = destroyed(office, letters(office, 1))
    good = note_of(office, number)
    file = tmp_path / "c.txt"
    file.write_text(good)
    assert verified(office, file).number == number
    facts = good.partition("\n\n")[0].split("\n")
    assert len(facts) == 15
    for at in range(len(facts)):
        changed = list(facts)
        changed[at] = changed[at][:-1] + ("0" if changed[at][-1] != "0" else "1")
        file.write_text(good.replace("\n".join(facts), "\n".join(changed)))
        with pytest.raises(CertificateFalse) as told:
            verified(office, file)
        assert told.value.exit == 5


def test_what_is_no_certificate_is_refused(office, tmp_path):
    """Nothing, noise, far too much."""
    for noise in (
        "",
        "\n\n",
        "不是证明",
        "anjuan/destruction\n\n— anjuan/destruction AAAA\n",
        "— — —",
        "x" * 200_000,
    ):
        file = tmp_path / "c.txt"
        file.write_text(noise)
        with pytest.raises(CertificateFalse):
            verified(office, file)


def test_no_file_no_list_no_certificate_yet(office, tmp_path):
    """Each has its own answer; a folder and bytes that are no text are no file."""
    number = begun(office, letters(office, 1))
    with pytest.raises(NoCertificate):
        note_of(office, number)
    with pytest.raises(NotFound):
        note_of(office, "XH2099-0001")
    (tmp_path / "b").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path, tmp_path / "none", tmp_path / "b"):
        with pytest.raises(FileMissing):
            verified(office, path)


def test_a_note_signed_for_something_else_is_no_certificate(office, tmp_path):
    """The log's own checkpoint, and a well-signed text that no program writes."""
    number = destroyed(office, letters(office, 1))
    key = office.instance.signer
    good = note_of(office, number).partition("\n\n")[0] + "\n"
    for body in (
        "anjuan/audit\n1\nAAAA\n",
        "anjuan/destruction\nlist: XH2026-0001\n",
        good.replace("records: 1", "records: eins"),
        good.replace("records: 1", "records: 01"),
        good + "more: 1\n",
    ):
        file = tmp_path / "c.txt"
        file.write_text(notes.signed(key, body))
        with pytest.raises(CertificateFalse):
            verified(office, file)


def test_a_true_signature_over_another_list_or_another_archive_is_refused(office, tmp_path):
    """The list must be ours and say the same."""
    number = destroyed(office, letters(office, 1))
    good = note_of(office, number).partition("\n\n")[0] + "\n"
    with office.ask("auditor", Act.DESTRUCTION_SEE) as unit:
        found = certificate.show(unit, number)
    file = tmp_path / "c.txt"
    for old, new in (
        (found.archive, "0" * 32), (number, "XH2026-0099"), (found.content_hash, "0" * 64),
    ):  # fmt: skip
        file.write_text(notes.signed(office.instance.signer, good.replace(old, new)))
        with pytest.raises(CertificateFalse):
            verified(office, file)


def test_rel_A3_a_log_that_was_rewritten_since_does_not_fit_the_certificate(office, tmp_path):
    """Chain and checkpoints made anew with our own key: the root on the certificate is another."""
    number = destroyed(office, letters(office, 1))
    file = tmp_path / "c.txt"
    file.write_text(note_of(office, number))
    _rewrite(office)
    with pytest.raises(CertificateFalse):
        verified(office, file)


def _rewrite(office):
    """Another outcome on an early line, every hash after it and every checkpoint made anew."""
    with office.instance.engine.begin() as raw:
        for name in ("event_no_update", "checkpoint_no_delete"):
            raw.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        raw.exec_driver_sql("UPDATE event SET account = 'nobody' WHERE seq = 3")
        raw.exec_driver_sql("DELETE FROM checkpoint")
        rows = raw.exec_driver_sql("SELECT * FROM event ORDER BY seq").mappings().all()
        prev = audit.START
        for row in rows:
            line = {**row, "prev": prev}
            prev = audit.line_hash(prev, line)
            raw.exec_driver_sql(
                "UPDATE event SET prev = ?, hash = ? WHERE seq = ?", (line["prev"], prev, row["seq"])
            )


def test_decision_12_a_set_out_of_reach_is_named_and_the_second_day_is_open(office, tmp_path):
    """Its key pack still holds the keys: the certificate says so by the set's number (K3)."""
    uids = letters(office, 2)
    made = backups.create(office.instance, office.who("admin"), tmp_path / "set")
    near = backups.create(office.instance, office.who("admin"), tmp_path / "near")
    shutil.move(tmp_path / "set", tmp_path / "drawer")
    number = destroyed(office, uids)
    with office.ask("auditor", Act.DESTRUCTION_SEE) as unit:
        found = certificate.show(unit, number)
        one = destruction.one(unit, number)
        assert (one.live_on, one.all_on) == (unit.today, None)
    assert (found.pending, found.all_on) == ((made.number,), None)
    assert near.number not in found.pending
    told = execution.told(office.instance, office.who("auditor"), number)
    assert told.pending == [made.number]


def test_it_is_signed_anew_when_the_second_day_is_known(office):
    """The old facts stay, the day is added, and the list keeps the newest."""
    number = destroyed(office, letters(office, 1))
    before = note_of(office, number)
    office.tick(days=3)
    with office.work("archivist", Act.DESTRUCTION_FINALIZE) as unit:
        made = destruction.one(unit, number)
        unit.act(Act.DESTRUCTION_FINALIZE, made)
        made.all_on = unit.today
        certificate.issue(office.instance, unit, made)
    with office.ask("auditor", Act.DESTRUCTION_SEE) as unit:
        found = certificate.show(unit, number)
    assert (found.live_on, found.all_on) == (dt.date(2026, 3, 2), dt.date(2026, 3, 5))
    assert note_of(office, number) != before


def test_who_may_not_see_the_list_gets_no_certificate(office):
    """Neither the security administrator nor, before anything is destroyed, anybody at all."""
    number = approved(office, letters(office, 1))
    for who, wanted in (("security", NotFound), ("archivist", NoCertificate)):
        with pytest.raises(wanted):
            note_of(office, number, who)


def test_a_list_whose_certificate_was_changed_in_the_database_says_so(office):
    """`show` checks the signature before it tells anything."""
    number = destroyed(office, letters(office, 1))
    with office.instance.engine.begin() as raw:
        raw.exec_driver_sql(
            "UPDATE destruction_list SET certificate = replace(certificate, 'keys: 1', 'keys: 9')"
        )
    with pytest.raises(CertificateFalse), office.ask("auditor", Act.DESTRUCTION_SEE) as unit:
        certificate.show(unit, number)
