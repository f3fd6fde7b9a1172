"""Every register, list and page goes on printing when a record in it has been destroyed, without a word of it (V19)."""

from __future__ import annotations

import datetime as dt
import json

import click
import pytest
from click.testing import CliRunner

import cli
from archive import clikit, grants, identity, sitting, volumes
from archive.acts import Act
from archive.circulation import chasing, copies, decisions, incidents, lending, readings, requests
from archive.commands import Noun
from archive.custody import counts, repairs, stocktake, validity
from archive.errors import KeyGone
from archive.faults import armed
from archive.model import Volume
from archive.statuses import Channel, IncidentKind, RepairMethod, RequestKind, ReviewOutcome, StocktakeKind
from archive.unit import Unit
from retention.destroying import execution
from tests import make
from tests.conftest import PASSWORD
from tests.retention.letting_go import begun, contract, destroyed, letters, rows

#: Stands in every free text that is said of the record.
SAID = "凤凰台上"
#: By which number a noun's pages are asked for.
NUMBERS = {
    "incident": "SG2026-0001", "stocktake": "QD2026-0001", "request": "SQ2026-00001", "notice": "CH2026-00001",
    "handover": "YJ2026-0001", "destruction": "XH2026-0001", "repair": "XF2026-0001",
}  # fmt: skip
#: What speaks of records in words.
REGISTERS = {
    "volume",
    "loan",
    "reading",
    "copy",
    "repair",
    "incident",
    "stocktake",
    "chase",
    "notice",
    "validity",
}


@pytest.fixture
def run(office, tmp_path, monkeypatch):
    """Run `anjuan` as the archivist; the result."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(clikit.wiring, "clock", lambda: office.now)

    tokens = {}

    def command(*words, who="archivist"):
        if who not in tokens:
            with office.instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
                tokens[who] = identity.login(unit, who, PASSWORD)
        until = office.now + dt.timedelta(hours=1)
        sitting.keep_session(office.instance.keys.instance_id, tokens[who], until)
        return CliRunner().invoke(cli.root, ["--home", str(office.home), *words])

    return command


def used(office):
    """An old volume that was lent, chased, read, copied, mended, damaged, counted, asked for and reviewed; its uid."""
    uid = contract(office, 2)
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        volumes.edit(unit, uid, title=f"{SAID}旧卷", note=SAID)
    _lent(office, uid)
    make.approved(office, uid, to="clerk", acts=(Act.RECORD_READ, Act.ITEM_GET))
    _do(office, Act.READING_BEGIN, readings.begin, uid, reader="clerk", place="R1", purpose=SAID)
    _do(office, Act.READING_END, readings.end, uid, effect=SAID)
    _do(
        office, Act.COPY_MAKE, copies.make, uid, kind=RequestKind.COPY, reader="clerk", pages=2, which=SAID,
        purpose=SAID, certified=True, keep_holding=False,
    )  # fmt: skip
    _do(
        office, Act.REPAIR_ORDER, repairs.order, uid, method=RepairMethod.MEND, damage=SAID, handler=SAID,
        found_on=office.now.date(),
    )  # fmt: skip
    _do(office, Act.REPAIR_DONE, repairs.done, "XF2026-0001", result=SAID, original="归位")
    _incident(office, uid)
    _counted(office, uid)
    with office.work("archivist", Act.VALIDITY_SET) as unit:
        validity.set(unit, uid, on=office.now.date() + dt.timedelta(days=30), reason=SAID)
    with office.work("archivist", Act.VALIDITY_REVIEW) as unit:
        validity.review(unit, uid, outcome=ReviewOutcome.VALID, note=SAID)
    return uid


def _do(office, act, what, *given, **more):
    with office.work("archivist", act) as unit:
        return what(unit, *given, **more)


def _lent(office, uid):
    with office.work("clerk", Act.REQUEST_ASK) as unit:
        asked = requests.ask(unit, RequestKind.LOAN, [uid], purpose=SAID)
    with office.work("manager", Act.REQUEST_APPROVE) as unit:
        decisions.decide(unit, [asked.number], Act.REQUEST_APPROVE, reason=SAID)
    with office.work("gm", Act.GRANT_GIVE) as unit:
        until = unit.today + dt.timedelta(days=300)
        grants.give(unit, uid, to="clerk", acts=(Act.LOAN_LEND,), expires_on=until, reason=SAID)
    _do(office, Act.LOAN_LEND, lending.lend, uid, to="clerk", purpose=SAID, note=SAID)
    _do(office, Act.CHASE_SEND, chasing.send, uid, channel=Channel.TELEPHONE, text=SAID)
    _do(office, Act.LOAN_RETURN, lending.take_back, uid)


def _incident(office, uid):
    day = office.now.date()
    made = _do(
        office, Act.INCIDENT_REPORT, incidents.report, uid, kind=IncidentKind.DAMAGED, found_on=day,
        course=SAID, extent=SAID, measures=SAID,
    )  # fmt: skip
    with office.work("manager", Act.INCIDENT_JUDGE) as unit:
        incidents.judge(unit, made.number, liability=SAID)
    with office.work("gm", Act.INCIDENT_DECIDE) as unit:
        incidents.decide(unit, made.number, decision=SAID)
    _do(office, Act.INCIDENT_CLOSE, incidents.close, made.number, outcome=SAID)


def _counted(office, uid):
    """Counted in another place than the books say, and corrected in words."""
    code = rows(office, Volume)[uid].reference_code
    _do(office, Act.VOLUME_MOVE, volumes.move, uid, "R1-C1")
    with office.work("archivist", Act.STOCKTAKE_BEGIN) as unit:
        number = stocktake.begin(unit, StocktakeKind.MONTH, None, counters=("clerk", "records")).number
    with office.work("clerk", Act.STOCKTAKE_COUNT) as unit:
        counts.scan(unit, number, ["R1-C2", code])
    _do(office, Act.STOCKTAKE_COMPARE, counts.compare, number)
    _do(office, Act.STOCKTAKE_SETTLE, counts.settle, number, code, SAID)


def lists():
    """Every command that prints rows and needs at most one argument: its words, and what the argument is."""
    for nouns in cli.NOUNS.values():
        for noun in nouns:
            yield from _of(noun)


def _of(noun: Noun):
    try:
        group = cli._loaded(noun)
    except ModuleNotFoundError:  # a noun whose commands come later
        return
    verbs = group.commands.items() if isinstance(group, click.Group) else [("", group)]
    for name, verb in verbs:
        needed = [one for one in verb.params if one.required]
        prints = any("--json" in one.opts for one in verb.params)
        if prints and all(isinstance(one, click.Argument) for one in needed) and len(needed) < 2:
            yield [noun.name, *([name] if name else [])], needed[0].name if needed else None


def asked(office, uid):
    """Each such command with an argument that leads to the record, as words."""
    code = rows(office, Volume)[uid].reference_code
    paper = next(item.reference_code for item in rows(office).values() if item.volume_uid == uid)
    for words, wanted in lists():
        if wanted is None:
            yield words
        elif wanted == "number" and words[0] in NUMBERS:
            yield [*words, NUMBERS[words[0]]]
        elif wanted == "code":
            yield [*words, paper if words[0] == "item" else code]


def told(office, run, uid, nouns=None):
    """What all of them (or those of *nouns*) print, and which ended in a defect of ours."""
    printed, broken = {}, {}
    for words in asked(office, uid):
        if nouns is not None and words[0] not in nouns:
            continue
        result = run(*words, "--json")
        (
            broken
            if result.exit_code == 70 or result.exception.__class__ not in {type(None), SystemExit}
            else printed
        )[" ".join(words)] = result.stdout
    return printed, broken


def test_inv_V19_every_list_prints_on_and_tells_nothing_of_what_is_destroyed(office, run, monkeypatch):
    """Before, the words stand in many lists; afterwards in none but the allowed title, and no list breaks.

    Witness: were words opened as before, with the record's key, lists would break.
    """
    uid = used(office)
    before, broken = told(office, run, uid, REGISTERS)
    assert broken == {}
    speaking = {words for words, text in before.items() if SAID in text}
    assert {words.split()[0] for words in speaking} >= REGISTERS - {"loan", "notice"}, speaking

    destroyed(office, [uid])
    after, broken = told(office, run, uid)
    assert broken == {}
    assert len(after) > 80
    assert speaking <= after.keys()
    still = [words for words, text in after.items() if SAID in text.replace(f"{SAID}旧卷", "")]
    assert [words for words in still if words not in PURPOSES] == []

    def as_before(self, uid, purpose, sealed):
        return json.loads(self.keys.open(uid, purpose, sealed))

    with monkeypatch.context() as old:
        old.setattr(Unit, "told", as_before)
        with pytest.raises(KeyGone), office.ask("archivist") as unit:
            copies.rows(unit)


#: Lists of what was asked, not of the record: a request's purpose is its own (R39), as the reason of a hold is.
PURPOSES = frozenset({"request list", "request show SQ2026-00001", "request inbox", "grant list"})


def test_rel_K1_the_next_command_finishes_what_a_dead_process_left(office, run):
    """Whatever is asked: the list is closed before it is answered, by the clock; a second time there is nothing to do."""
    uids = letters(office, 2, text="正文{n}")
    number = begun(office, uids)
    with pytest.raises(OSError), armed("destroy.marked:1:eio"):
        execution.execute(office.instance, office.who("archivist"), number)
    result = run("volume", "list", "--json")
    assert result.exit_code == 0
    found = json.loads(run("destruction", "show", number, "--json").stdout)
    assert found["state"] == "DESTROYED"
    assert office.instance.keys.keys_held(uids) == frozenset()


def test_rel_K1_a_start_that_cannot_finish_says_so_and_answers_all_the_same(office, run):
    """The disk is still broken: a warning, the answer, and the next start tries again."""
    number = begun(office, letters(office, 1, text="正文"))
    with pytest.raises(OSError), armed("destroy.marked:1:eio"):
        execution.execute(office.instance, office.who("archivist"), number)
    with armed("destroy.keys_dropped:1:eio"):
        result = run("volume", "list", "--json")
    assert result.exit_code == 0
    assert "续作未成" in result.stderr
    assert "续作未成" not in run("volume", "list", "--json").stderr


def test_form_F23_executed_at_the_terminal_with_the_number_typed_again(office, run, tmp_path):
    """`--confirm` must be the number; then counts and both days; the certificate can be kept, checked and forged in vain."""
    uids = letters(office, 3)
    number = begun(office, uids)
    for given in ((), ("--confirm", "XH2026-0009")):
        refused = run("destruction", "execute", number, *given)
        assert refused.exit_code == 2
    assert office.instance.keys.keys_held(uids) == frozenset(uids)

    done = run("destruction", "execute", number, "--confirm", number)
    assert done.exit_code == 0, done.output
    assert all(word in done.stdout for word in (number, "3", "2026-03-02"))
    file = tmp_path / "证明.txt"
    assert run("destruction", "certificate", number, "--out", str(file)).exit_code == 0
    assert run("destruction", "certificate", number, "--out", str(file)).exit_code == 1
    shown = json.loads(
        run("destruction", "certificate", "--verify", str(file), "--json", who="auditor").stdout
    )
    assert (shown["number"], shown["records"], shown["live_on"]) == (number, 3, "2026-03-02")
    file.write_text(file.read_text().replace("records: 3", "records: 2"))
    false = run("destruction", "certificate", "--verify", str(file), who="auditor")
    assert false.exit_code == 5
    assert "不是本库出具的销毁证明" in false.stderr
    for words in ((), (number, "--verify", str(file)), ("--verify", str(file), "--out", "x")):
        assert run("destruction", "certificate", *words).exit_code == 2
    english = run("destruction", "execute", number, "--confirm", number, "--lang", "en")
    assert english.exit_code == 1
