"""A hold stops transfer and destruction at every stage, also what is begun; and comes too late for what is gone (V18)."""

import pytest

from archive import volumes
from archive.acts import Act
from archive.errors import ArchiveError, GoneForGood
from archive.model import Party
from archive.statuses import DestructionStep
from archive.values import VolumeState
from archive.words import Language
from retention import subjects
from retention.destroying import destruction, execution, signing
from retention.holding import hold_book, placing
from retention.transferring import transfer
from tests.retention import letting_go


def place(office, uid, **given) -> str:
    """A hold on a record; its number."""
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        return placing.place(unit, reason="诉讼保全", **(given or {"records": [uid]})).number


def release(office, number) -> None:
    """The matter is settled."""
    with office.work("archivist", Act.HOLD_RELEASE) as unit:
        placing.release(unit, number, reason="了结")


def said(error) -> str:
    """The refusal as it is read."""
    return error.value.message(Language.ZH)


def draft(office, uids):
    with office.work("archivist", Act.DESTRUCTION_DRAFT) as unit:
        return destruction.draft(unit, reason="期满无保存价值", codes=uids).number


def approve(office, number):
    with office.ask("gm") as unit:
        fingerprint = destruction.one(unit, number).content_hash
    with office.work("gm", Act.DESTRUCTION_APPROVE) as unit:
        signing.approve(unit, number, fingerprint=fingerprint)


def freeze(office, number):
    with office.work("archivist", Act.DESTRUCTION_FREEZE) as unit:
        destruction.freeze(unit, number)


def begin(office, number):
    with office.work("archivist", Act.DESTRUCTION_BEGIN) as unit:
        signing.begin(unit, number, supervisors=["manager", "secretary"])


def confirm(office, number):
    for who in ("manager", "secretary"):
        with office.work(who, Act.DESTRUCTION_CONFIRM) as unit:
            signing.confirm(unit, number, place="碎纸房")


def execute(office, number):
    execution.execute(office.instance, office.who("archivist"), number)


STAGES = (freeze, approve, begin, execute)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_rel_K4_a_hold_stops_a_destruction_at_every_stage(office, stage):
    """
    Placed just before freezing, approval, beginning or execution: that step is refused, and done once it is released.
    """
    (uid,) = letting_go.letters(office, 1)
    letting_go.appraised(office, [uid])
    number = draft(office, [uid])
    way = [freeze, approve, begin, confirm, execute]
    for step in way[: way.index(stage)]:
        step(office, number)
    hold = place(office, uid)

    with pytest.raises(ArchiveError) as refused:
        stage(office, number)
    assert any(word in said(refused) for word in ("冻结", hold))
    assert VolumeState.DESTROYED not in letting_go.states(office, [uid])
    release(office, hold)
    for step in way[way.index(stage) :]:
        step(office, number)

    assert {VolumeState.DESTROYED} == letting_go.states(office, [uid])


@pytest.mark.parametrize("named", [{"parties": ["P001"]}, {"classes": ["WS"]}])
def test_inv_V18_nothing_held_is_listed(office, named):
    """
    A hold on the class keeps a record off a new list; one on somebody else's party does not.
    """
    (uid,) = letting_go.letters(office, 1)
    letting_go.appraised(office, [uid])
    place(office, uid, **named)
    if "parties" in named:
        assert draft(office, [uid]).startswith("XH")
        return
    with pytest.raises(ArchiveError) as refused:
        draft(office, [uid])

    assert "冻结" in said(refused)


def test_what_is_begun_can_be_held_and_what_is_gone_cannot(office):
    """
    Of a list that is being carried out: while 待销毁 a hold is placed; once destroyed it comes too late, and says so.
    """
    first, second = letting_go.letters(office, 2)
    number = letting_go.begun(office, [first, second])
    assert {VolumeState.DUE} == letting_go.states(office, [first, second])
    hold = place(office, first)
    with pytest.raises(ArchiveError):
        execute(office, number)
    assert {VolumeState.DUE} == letting_go.states(office, [first, second])
    release(office, hold)
    execute(office, number)

    assert [DestructionStep.DESTROYED] * 2 == letting_go.steps(office, number)
    with pytest.raises(GoneForGood) as late:
        place(office, first)
    assert "已销毁" in said(late)
    with office.ask("archivist") as unit:
        assert 0 == hold_book.show(unit, hold).records


def test_inv_V18_nothing_held_is_transferred(office):
    """
    The transfer gate asks for holds too: at the draft, and again at the approval of what was drafted before.
    """
    first, second = (letting_go.contract(office, class_code="WG·08", department=of) for of in ("KF", "GC"))
    hold = place(office, first)

    def attempt(uid):
        with office.work("archivist", Act.TRANSFER_DRAFT) as unit:
            return transfer.draft(unit, to="U001", reason="项目移交", codes=[uid]).made.number

    def approve_it(number):
        with office.work("gm", Act.TRANSFER_APPROVE) as unit:
            transfer.approve(unit, number)

    with pytest.raises(ArchiveError) as refused:
        attempt(first)
    assert "冻结" in said(refused)
    release(office, hold)
    number = attempt(second)
    hold = place(office, second)
    with pytest.raises(ArchiveError) as refused:
        approve_it(number)
    assert "冻结" in said(refused)
    release(office, hold)
    approve_it(number)

    assert attempt(first)


def test_inv_V19_a_report_names_no_title_of_what_was_destroyed(office):
    """
    The personal volume is gone: the report says so by its code, its title is nowhere in it.
    """
    uid = letting_go.contract(office, class_code="FW·03")
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        volume = volumes.edit(unit, uid, title="张三回访意见")
        volume.party_uid = unit.one(Party, "party", "P001").uid
        code = volume.reference_code

    def told():
        with office.ask("archivist", Act.SUBJECT_SEE) as unit:
            return subjects.report(unit, Language.ZH, party="P001")

    assert [(code, "张三回访意见", subjects.Keeping.OVER)] == [
        (line.code, line.title, line.keeping) for line in told().kept
    ]
    letting_go.destroyed(office, [uid])
    made = told()

    assert [(code, subjects.Keeping.DESTROYED, None)] == [
        (line.code, line.keeping, line.kept_until) for line in made.kept
    ]
    assert "回访意见" not in str(made)
    assert 0 == made.storage_only
