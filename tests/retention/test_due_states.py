"""The due list beside holds, appraisals and extensions: T14 to T18 through the real catalogue."""

import dataclasses
import datetime as dt
import xml.etree.ElementTree as ET

import pytest
from sqlalchemy import false

from archive import charts
from archive.acts import Act
from archive.circulation import lending
from archive.statuses import Verdict
from archive.words import Language
from retention import due as lists
from retention.decide import OVER, DueState, Ground
from retention.drift import drifted
from retention.due import count, due, undated
from retention.forecast import forecast
from retention.holding import placing
from tests import make
from tests.retention import campaigns

D = dt.date.fromisoformat


def listed(office, on=None, who="archivist", **given):
    """The due list by uid."""
    with office.ask(who, Act.DUE_SEE) as unit:
        found = due(unit, D(on) if on else unit.today, **given)
        return {unit.record(line.code).uid: line for line in found}


def counted(office, on=None, who="archivist"):
    with office.ask(who, Act.DUE_SEE) as unit:
        return count(unit, D(on) if on else unit.today)


def hold(office, **given) -> str:
    with office.work("gm", Act.HOLD_PLACE) as unit:
        return placing.place(unit, reason="与租户诉讼", **given).number


def release(office, number) -> None:
    with office.work("gm", Act.HOLD_RELEASE) as unit:
        placing.release(unit, number, reason="已结案")


def steady(office) -> bool:
    with office.ask("admin", Act.INSTANCE_INSPECT) as unit:
        return not drifted(unit)


@pytest.mark.parametrize(("basis", "due_again"), [("appraisal", "2037-01-01"), ("expiry", "2036-01-01")])
def test_ret_T14_extended_by_appraisal_it_is_due_again_in_its_time(office, basis, due_again):
    """
    T14: ten more years from the appraisal (or from the old end): the code stays, drift agrees, the list says why.
    """
    office.instance.settings = dataclasses.replace(office.instance.settings, extend_from=basis)
    (uid,) = campaigns.alone(office, dated="2015-06-03")
    code = listed(office)[uid].code
    campaigns.judged(office, uid, verdict=Verdict.EXTEND, period="D10")
    day = D(due_again)

    assert "D10" in code and steady(office)
    assert uid not in listed(office) and uid not in listed(
        office, str(day - dt.timedelta(days=1)), states=OVER
    )
    line = listed(office, due_again)[uid]
    assert (code, DueState.DUE, day) == (line.code, line.due_state, line.review_due)
    assert "经鉴定" in line.reason(Language.ZH) and "appraisal" in line.reason(Language.EN)


def test_ret_T14_the_code_does_not_enter_the_clock(office):
    """
    V24: a record whose code says D10 and whose period is thirty years now runs thirty.
    """
    (uid,) = campaigns.alone(office, dated="2015-06-03")
    campaigns.judged(office, uid, verdict=Verdict.EXTEND, period="D30")

    line = listed(office, "2057-01-01")[uid]
    assert "D10" in line.code and "D30" == line.period and uid not in listed(office, "2056-12-31")


def test_ret_T15_held_it_is_told_apart_and_not_ready_released_due_at_once(office):
    """
    T15: listed as held with the number of the hold, counted apart, no appraisal may destroy it; released in 2028: due.
    """
    (uid,) = campaigns.alone(office, dated="2015-06-03")
    number = hold(office, records=[uid])
    line = listed(office)[uid]

    assert (DueState.HELD, (number,)) == (line.due_state, line.holds)
    assert Ground.HELD in line.decision.grounds
    assert (0, 1) == (counted(office).items, counted(office).others[DueState.HELD])
    assert {uid} == set(listed(office, states=(DueState.HELD,)))
    office.now = dt.datetime(2028, 5, 4, 1, 0, tzinfo=dt.UTC)
    release(office, number)
    assert DueState.DUE is listed(office)[uid].due_state
    assert (1, {}) == (counted(office).items, dict(counted(office).others))


@pytest.mark.parametrize("given", [{"classes": ["FW"]}, {"classes": ["FW·06"]}])
def test_ret_T15_a_hold_on_a_class_holds_every_line_of_it(office, given):
    """
    Held by its class, or by the group above it; the neighbour is ready.
    """
    mine, other = make.volume(office, "FW·06", year=2015), make.volume(office, "WG·04", year=2015)
    hold(office, **given)
    found = listed(office)

    assert (DueState.HELD, DueState.DUE) == (found[mine].due_state, found[other].due_state)


def test_witness_ret_T15_a_list_that_forgets_holds_is_caught(office, monkeypatch):
    """
    Sabotage: without the clause of holds the held record is ready, and the checks above would see it.
    """
    (uid,) = campaigns.alone(office)
    hold(office, records=[uid])
    monkeypatch.setattr(lists, "held", lambda kind: false())

    assert DueState.DUE is listed(office)[uid].due_state and 1 == counted(office).items


def test_ret_T16_T18_nothing_on_the_last_day_all_on_the_next(office):
    """
    31 December 2025: neither list nor count; 1 January 2026: both.
    """
    (uid,) = campaigns.alone(office, dated="2015-06-03")

    assert {} == listed(office, "2025-12-31", states=OVER)
    assert (0, {}) == (counted(office, "2025-12-31").items, dict(counted(office, "2025-12-31").others))
    assert {uid} == set(listed(office, "2026-01-01")) and 1 == counted(office, "2026-01-01").items


def test_ret_T17_undated_papers_stand_apart_and_are_not_ready(office):
    """
    T17: from the filing year, with the note; not counted as ready, listed among the undated before they are due too.
    """
    old, young = (
        campaigns.alone(office, dated=None, year=2012)[0],
        campaigns.alone(office, dated=None, year=2024)[0],
    )
    line = listed(office)[old]

    assert DueState.UNDATED is line.due_state and "不得销毁" in line.reason(Language.ZH)
    assert (0, 1) == (counted(office).items, counted(office).others[DueState.UNDATED])
    with office.ask("archivist", Act.DUE_SEE) as unit:
        assert {old, young} == {unit.record(one.code).uid for one in undated(unit)}


def test_what_is_being_appraised_or_was_decided_is_not_due_again(office):
    """
    Taken up: under appraisal; decided: waits to be done; both only with everything asked for, and counted apart.
    """
    one, two = campaigns.alone(office, 2)
    number = campaigns.begun(office, codes=[one])

    assert {two} == set(listed(office))
    assert DueState.APPRAISING is listed(office, states=OVER)[one].due_state
    campaigns.agreed(office, number)
    campaigns.decide(office, number)
    campaigns.closed(office, number)
    line = listed(office, states=OVER)[one]
    assert (DueState.DECIDED, Verdict.DESTROY) == (line.due_state, line.decision.verdict)
    assert {two} == set(listed(office)) and "销毁" in line.reason(Language.ZH)
    assert (1, {DueState.DECIDED: 1}) == (counted(office).items, dict(counted(office).others))


def test_the_list_in_SQL_and_the_pure_function_say_the_same(office):
    """
    Held, lent, undated, taken up, decided, open and sealed records: the state SQL filters by is the one decided.
    """
    held, undated_one = campaigns.alone(office)[0], campaigns.alone(office, dated=None, year=2012)[0]
    campaigns.begun(office, codes=campaigns.alone(office))
    campaigns.judged(office, campaigns.alone(office)[0])
    make.volume(office, "FW·06", year=2015)
    hold(office, records=[held])
    every = listed(office, states=OVER)

    assert {DueState.HELD, DueState.UNDATED, DueState.APPRAISING, DueState.DECIDED, DueState.DUE} == {
        line.due_state for line in every.values()
    }
    for state in OVER:
        mine = {uid for uid, line in every.items() if line.due_state is state}
        assert mine == set(listed(office, states=(state,)))
    whole = counted(office)
    assert len(every) == whole.volumes + whole.items + sum(whole.others.values())
    assert DueState.UNDATED is every[undated_one].due_state


def test_what_is_lent_is_due_and_says_so(office):
    """
    On loan: appraisal may look at it, and is told to call it back.
    """
    uid = campaigns.volume(office, "FW·01")
    make.approved(office, uid)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to="staff", purpose="核对")
    line = listed(office)[uid]

    assert (DueState.DUE, True) == (line.due_state, line.out)
    assert Ground.ON_LOAN in line.decision.grounds


# --- the forecast as data and as a picture ------------------------------------------------------------


def test_the_forecast_is_split_by_what_its_class_wants_done(office):
    """
    To be destroyed, handed on, reviewed: their sum is the year's volumes and items.
    """
    campaigns.alone(office, 2)
    make.volume(office, "WG·06", 1, year=2016)
    with office.ask("archivist", Act.DUE_SEE) as unit:
        found = forecast(unit, 3)

    assert all(line.volumes + line.items == line.destroy + line.transfer + line.review for line in found)
    assert (2, 1) == (found[0].destroy, found[1].transfer)


def test_the_chart_is_a_sound_picture_that_can_be_read_aloud():
    """
    Well-formed SVG with title and description; a bar for each number, whatever the text is.
    """
    drawn = charts.svg(
        charts.Bars("<到期>", "a & b", ["2026", "2027"], [("销毁", [3, 0]), ("移交", [1, 12345])])
    )
    root = ET.fromstring(drawn)
    name = "{http://www.w3.org/2000/svg}"
    titles = [one.text for one in root.iter(f"{name}title")]

    assert ["<到期>", "2026 销毁: 3", "2026 移交: 1", "2027 移交: 12345"] == titles
    assert "img" == root.get("role") and "a & b" == root.find(f"{name}desc").text
    tall = [
        float(one.get("height")) for one in root.iter(f"{name}rect") if one.find(f"{name}title") is not None
    ]
    assert tall[2] > 1000 * tall[1] and max(tall) <= charts.HEIGHT


@pytest.mark.parametrize(
    ("most", "top"), [(0, 5), (5, 5), (6, 10), (11, 20), (21, 25), (26, 50), (12345, 20000)]
)
def test_the_scale_of_the_chart_holds_every_bar(most, top):
    """
    Steps are whole numbers, none of them above what is needed by more than half.
    """
    assert top == charts.ceiling(most) and 0 == top % charts.STEPS


def test_an_empty_chart_is_drawn_too():
    """
    Nothing to show is a picture without bars.
    """
    assert charts.svg(charts.Bars("空", "", [], [])).startswith("<svg")
    assert 100 == len(charts.Bars("", "", [str(n) for n in range(100)], [("a", list(range(100)))]).totals)
