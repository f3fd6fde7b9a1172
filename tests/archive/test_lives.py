"""The life cycles, written down a second time by hand and compared state by act."""

from __future__ import annotations

import pytest

from archive import exchange, lives, statuses, values
from archive.acts import Act
from archive.errors import WrongState
from archive.lifecycle import Lifecycle, Step
from archive.values import LoanState, VolumeState

#: What domain.md §5, the filing rules and the ledgers allow: state, then acts. An act with `>` leads elsewhere.
#: Anything not listed must be refused.
REVIEWED = {
    "volume": """
        OPEN     item.file item.move volume.edit volume.level volume.move secrecy.decide volume.close>CLOSED
        CLOSED   volume.edit volume.level volume.move secrecy.decide handover.sign>HELD
        HELD     volume.edit volume.level volume.move loan.lend loan.take-over loan.lend-copy reading.begin copy.make
                 repair.order handover.draft appraisal.decide secrecy.decide seal.close>SEALED
                 transfer.sign>TRANSFERRED destruction.begin>DUE
        SEALED   volume.edit volume.level handover.draft appraisal.decide secrecy.decide seal.open>UNSEALED
                 transfer.sign>TRANSFERRED destruction.begin>DUE
        UNSEALED volume.edit volume.level volume.move loan.lend loan.take-over loan.lend-copy reading.begin copy.make
                 repair.order handover.draft appraisal.decide secrecy.decide seal.close>SEALED
                 transfer.sign>TRANSFERRED destruction.begin>DUE
        DUE      destruction.pull>HELD destruction.withdraw>HELD destruction.execute>DESTROYED
    """,
    "item": """
        OPEN     item.edit item.attach volume.move secrecy.decide handover.sign>HELD
        CLOSED   item.edit item.attach secrecy.decide
        HELD     item.edit item.attach volume.move loan.lend loan.take-over loan.lend-copy reading.begin copy.make repair.order
                 handover.draft appraisal.decide secrecy.decide seal.close>SEALED
                 transfer.sign>TRANSFERRED destruction.begin>DUE
        SEALED   item.edit handover.draft appraisal.decide secrecy.decide seal.open>UNSEALED
                 transfer.sign>TRANSFERRED destruction.begin>DUE
        UNSEALED item.edit item.attach volume.move loan.lend loan.take-over loan.lend-copy reading.begin copy.make repair.order
                 handover.draft appraisal.decide secrecy.decide seal.close>SEALED
                 transfer.sign>TRANSFERRED destruction.begin>DUE
        DUE      destruction.pull>HELD destruction.withdraw>HELD destruction.execute>DESTROYED
    """,
    "request": """
        ASKED    request.match request.endorse>ENDORSED request.approve>APPROVED request.refuse>REFUSED
                 request.withdraw>WITHDRAWN rounds.run>LAPSED
        ENDORSED request.endorse request.approve>APPROVED request.refuse>REFUSED request.withdraw>WITHDRAWN
                 rounds.run>LAPSED
        APPROVED request.withdraw>WITHDRAWN rounds.run>LAPSED loan.lend>FULFILLED loan.lend-copy>FULFILLED
                 loan.take-out>FULFILLED copy.make>FULFILLED seal.close>FULFILLED seal.open>FULFILLED
    """,
    "loan": """
        OUT      loan.renew loan.recall chase.send loan.return>RETURNED
    """,
    "reading": """
        OPEN     reading.end>ENDED
    """,
    "incident": """
        REPORTED incident.judge>JUDGED incident.find
        JUDGED   incident.decide>DECIDED incident.find
        DECIDED  incident.close>CLOSED incident.find
        CLOSED   incident.find>FOUND
    """,
    "stocktake": """
        COUNTING stocktake.count inspection.record stocktake.compare>COMPARED stocktake.cancel>CANCELLED
        COMPARED stocktake.count>COUNTING inspection.record stocktake.settle stocktake.close>CLOSED
                 stocktake.cancel>CANCELLED
    """,
    "import": """
        RUNNING  sheet.import>DONE package.import>DONE sheet.undo>UNDOING
        DONE     sheet.undo>UNDOING
        UNDOING  sheet.undo>UNDONE
    """,
    "intake": """
        WAITING  intake.attach>ATTACHED intake.discard>DISCARDED
    """,
    "seal": """
        SEALED   seal.open>UNSEALED
        UNSEALED seal.close>RESEALED
    """,
    "handover": """
        DRAFT    handover.check handover.sign>SIGNED handover.withdraw>WITHDRAWN
    """,
    "clearance": """
        OPEN     clearance.add clearance.settle clearance.sign>SIGNED clearance.cancel>CANCELLED
        SIGNED   clearance.add>OPEN clearance.certify>CERTIFIED clearance.cancel>CANCELLED
    """,
    "repair": """
        ORDERED  repair.done>DONE repair.cancel>CANCELLED
    """,
    "notice": """
        WAITING  notice.send>SENT loan.return>CANCELLED loan.renew>CANCELLED
        FAILED   notice.send>SENT loan.return>CANCELLED loan.renew>CANCELLED
    """,
    "schedule": """
        DRAFT    schedule.review>REVIEWED schedule.withdraw>WITHDRAWN
        REVIEWED class.adopt>ADOPTED schedule.withdraw>WITHDRAWN
    """,
    "appraisal": """
        OPEN     appraisal.appoint appraisal.add appraisal.remove appraisal.opine appraisal.decide
                 appraisal.close>CLOSED appraisal.cancel>CANCELLED
    """,
    "hold": """
        ACTIVE   hold.review hold.release>RELEASED
    """,
    "transfer": """
        DRAFT    transfer.pull transfer.approve>APPROVED transfer.withdraw>WITHDRAWN
        APPROVED transfer.pack>PACKED transfer.withdraw>WITHDRAWN
        PACKED   transfer.pack transfer.sign>SIGNED transfer.withdraw>WITHDRAWN
    """,
    "destruction": """
        DRAFT    destruction.pull destruction.freeze>FROZEN destruction.withdraw>WITHDRAWN
        FROZEN   destruction.countersign destruction.approve>APPROVED destruction.refuse>REFUSED
                 destruction.withdraw>WITHDRAWN
        APPROVED destruction.countersign destruction.begin>BEGUN destruction.withdraw>WITHDRAWN
        BEGUN    destruction.pull destruction.confirm destruction.execute>DESTROYED
                 destruction.withdraw>WITHDRAWN
        DESTROYED destruction.finalize>FINAL
    """,
    "backup": """
        CURRENT  backup.catch-up destruction.finalize destruction.execute>PENDING backup.forget>FORGOTTEN
        PENDING  destruction.execute backup.catch-up>CURRENT destruction.finalize>DEAD
        DEAD     backup.forget>FORGOTTEN
    """,
}

#: The states of each life, which its table need not all leave.
STATES = {
    "volume": VolumeState,
    "item": VolumeState,
    "loan": LoanState,
    **{
        name: getattr(exchange if name in {"import", "intake"} else statuses, f"{name.title()}State")
        for name in REVIEWED
        if name not in {"volume", "item", "loan"}
    },
}


def reviewed(name: str) -> dict[tuple[str, str], str]:
    """The hand-written form of a table as (state, act) -> state; a line that begins with an act goes on."""
    found, state = {}, ""
    for word in REVIEWED[name].split():
        if "." not in word:
            state = word
            continue
        verb, _, target = word.partition(">")
        found[state, verb] = target or state
    return found


def mismatches(life: Lifecycle, states) -> list[tuple[str, str]]:
    """Every state × act where the table and the reviewed form answer differently."""
    expected, wrong = reviewed(life.name), []
    for state in states:
        for act in Act:
            try:
                got = life.after(state, act).value
            except WrongState:
                got = None
            if got != expected.get((state.value, act.value)):
                wrong.append((state.value, act.value))
    return wrong


@pytest.mark.parametrize("life", lives.ALL, ids=lambda life: life.name)
def test_every_state_and_act_answers_as_reviewed(life):
    """Exhaustive state × act: the step listed by hand, or `WrongState`."""
    assert mismatches(life, STATES[life.name]) == []
    assert all(step.clause for step in life)
    assert set(REVIEWED) == {one.name for one in lives.ALL}


def test_every_state_of_a_life_is_reached_or_is_where_it_begins():
    """No state stands in the words that no step leads to; what retention will bring is named."""
    later = {VolumeState.DUE, VolumeState.RETAINED, VolumeState.TRANSFERRED, VolumeState.DESTROYED}
    outside = {statuses.NoticeState.FAILED}  # a failed delivery is no act of a person
    for life in lives.ALL:
        states = STATES[life.name]
        first = next(iter(states))
        reached = {first} | {step.target for step in life}
        closed_with_volume = {VolumeState.CLOSED} if life.name == "item" else set()
        assert set(states) - reached <= later | outside | closed_with_volume, life.name


@pytest.mark.parametrize("name", sorted(STATES))
def test_every_state_has_a_name_in_both_languages(name):
    """A state is read aloud, never shown as a code."""
    from archive.words import Language, knows

    for state in STATES[name]:
        assert isinstance(state, values.Worded)
        assert all(knows(state.word, language) for language in Language)


def test_witness_a_life_cycle_with_one_row_too_many_is_caught():
    """The same check names a table that lends volumes nobody has accepted, or a loan that ends by being chased."""
    lax = Lifecycle("volume", *lives.VOLUME, Step(VolumeState.OPEN, Act.LOAN_LEND, VolumeState.OPEN, "none"))
    assert mismatches(lax, VolumeState) == [("OPEN", "loan.lend")]
    kept = [step for step in lives.LOAN if step.act is not Act.CHASE_SEND]
    lax = Lifecycle("loan", *kept, Step(LoanState.OUT, Act.CHASE_SEND, LoanState.RETURNED, "none"))
    assert mismatches(lax, LoanState) == [("OUT", "chase.send")]
