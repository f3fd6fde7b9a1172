"""The duty grants proposed with the class tree stay inside decision 1."""

import copy

import pytest

from archive import duty, scheme, tables
from archive.errors import BadValue, ClassUnknown
from archive.values import UseMode

KNOWN = scheme.load()


def test_decision_1_the_proposed_duty_grants():
    """
    Clerk and archivist see and search, the owning manager reads; YH, ZX, HT; never what only a single grant opens.
    """
    told = [(g.post, g.series, tuple(sorted(g.acts)), g.own_department) for g in duty.proposed(KNOWN)]
    families = ("YH", "ZX", "HT")

    assert [
        ("CLERK", families, ("record.search", "record.see"), False),
        ("ARCHIVIST", families, ("record.search", "record.see"), False),
        ("DEPT_MANAGER", families, ("record.read",), True),
    ] == told
    shut = {
        r.code
        for s in families
        for r in KNOWN.under(s)
        if r.use_mode is UseMode.CLOSED and r.opens_to is None
    }
    assert shut == set(duty.proposed(KNOWN)[2].closed)


GRANT_FAULTS = {
    "personnel": ({"series": ["RS"]}, "grant[1].series", BadValue),
    "an unknown series": ({"series": ["XX"]}, "grant[1].series", BadValue),
    "no act of duty": ({"acts": ["loan.lend"]}, "grant[1].acts", BadValue),
    "more than a year": ({"months": 13}, "grant[1].months", BadValue),
    "no time at all": ({"months": 0}, "grant[1].months", BadValue),
    "approved by himself": ({"approver": "DEPT_MANAGER"}, "grant[1].approver", BadValue),
    "an unknown post": ({"post": "KING"}, "grant[1].post", BadValue),
    "an unknown class": ({"closed": ["YH·99"]}, None, ClassUnknown),
}


@pytest.mark.parametrize("fault", GRANT_FAULTS)
def test_decision_1_a_duty_grant_beyond_its_bounds_is_refused(fault):
    """
    Never personnel, never other acts, never over a year, never approved by another than the GM.
    """
    change, place, refusal = GRANT_FAULTS[fault]
    table = copy.deepcopy(tables.shipped("duty_grants.toml"))
    table["grant"][0].update(change)

    with pytest.raises(refusal) as refused:
        duty.proposed(KNOWN, table)

    assert place == refused.value.facts.get("field")
