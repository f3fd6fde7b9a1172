"""A class tree with a fault is refused where the fault lies."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import scheme, tables
from archive.errors import BadValue


def broken(change) -> dict:
    """The shipped tree with one fault planted by *change*."""
    table = copy.deepcopy(tables.shipped("classes.toml"))
    change(table)
    return table


def the(table: dict, code: str) -> dict:
    return next(row for row in table["class"] if row["code"] == code)


FAULTS = {
    "an unknown part": (lambda t: t.update(klass=[]), "klass"),
    "an unknown key": (lambda t: the(t, "WS·ZC").update(colour="red"), "class.WS·ZC.colour"),
    "an unknown key in a series": (lambda t: t["series"][0].update(colour="red"), "series[1].colour"),
    "an unknown key in the head": (lambda t: t["scheme"].update(date="x"), "scheme.date"),
    "a number for a name": (lambda t: the(t, "WS·ZC").update(zh=7), "class.WS·ZC.zh"),
    "a word for a flag": (lambda t: the(t, "WS·ZC").update(personal="yes"), "class.WS·ZC.personal"),
    "a word for a list": (lambda t: the(t, "WS·ZC").update(content="8-1"), "class.WS·ZC.content"),
    "an unknown trigger": (lambda t: the(t, "WS·ZC").update(trigger="SOON"), "class.WS·ZC.trigger"),
    "an unknown level": (lambda t: the(t, "WS·ZC").update(level="TOP_SECRET"), "class.WS·ZC.level"),
    "a bad period": (lambda t: the(t, "WS·ZC").update(period="D0"), "class.WS·ZC.period"),
    "a bad period in a variant": (
        lambda t: the(t, "WS·ZC")["variants"][0].update(period="10"),
        "class.WS·ZC.variants[1].period",
    ),
    "variants that are no list": (lambda t: the(t, "WS·ZC").update(variants="D30"), "class.WS·ZC.variants"),
    "a class without a period": (lambda t: the(t, "WS·ZC").pop("period"), "class.WS·ZC.period"),
    "a period for a whole series": (
        lambda t: t["series"][0]["defaults"].update(period="D10"),
        "series.WS.defaults.period",
    ),
    "a class that names its own series": (
        lambda t: the(t, "WS·ZC").update(series="YH"),
        "class.WS·ZC.series",
    ),
    "the same code twice": (lambda t: t["class"].append(the(t, "WS·ZC")), "class.code"),
    "the same series twice": (lambda t: t["series"].append(t["series"][0]), "series.code"),
    "a class under no series": (lambda t: the(t, "WS·ZC").update(code="XX·01"), "class.code"),
    "a class without a code": (lambda t: the(t, "WS·ZC").pop("code"), "class.code"),
    "no series at all": (lambda t: t.pop("series"), "class.code"),
    "series that are no list": (lambda t: t.update(series="WS"), "series"),
    "defaults that are no table": (lambda t: t["series"][0].update(defaults=1), "series.WS.defaults"),
    "classes that are no tables": (lambda t: t["class"].insert(0, "WS"), "class[1]"),
    "templates that are no table": (lambda t: t.update(templates=[]), "templates"),
    "a template that does not close": (
        lambda t: t["templates"].update(by_year="{volume"),
        "templates.by_year",
    ),
    "an empty name": (lambda t: the(t, "WS·ZC").update(en=" "), "class.WS·ZC.zh, en"),
    "no clause": (lambda t: the(t, "WS·ZC").update(content=[]), "class.WS·ZC.content, use, number"),
    "a clause of an unknown law": (lambda t: the(t, "WS·ZC").update(content=["ABC-1"]), "class.WS·ZC.clause"),
    "a clause that is none": (lambda t: the(t, "WS·ZC").update(content=["§ 4"]), "class.WS·ZC.clause"),
    "an unknown template": (lambda t: the(t, "WS·ZC").update(template="by_moon"), "class.WS·ZC.template"),
    "a volume template for items": (
        lambda t: the(t, "WS·ZC").update(template="by_year"),
        "class.WS·ZC.template",
    ),
    "a template with a foreign hole": (
        lambda t: t["templates"].update(by_year="{fonds.__class__}{volume}"),
        "templates.by_year",
    ),
    "confidential and lent": (lambda t: the(t, "ZX·02").update(level="SECRET"), "class.ZX·02.use_mode"),
    "opening what is not closed": (
        lambda t: the(t, "WS·ZC").update(opens_to="CLOSED"),
        "class.WS·ZC.opens_to",
    ),
    "keepers closed out of an open class": (
        lambda t: the(t, "WS·ZC").update(custodians_closed=True),
        "class.WS·ZC.custodians_closed",
    ),
    "a ceiling without personal data": (
        lambda t: the(t, "WS·ZC").update(ceiling=True),
        "class.WS·ZC.ceiling",
    ),
    "outside letters kept by year": (
        lambda t: the(t, "WS·LW").update(volume_by="year"),
        "class.WS·LW.external",
    ),
    "reference material with a period": (
        lambda t: the(t, "ZK·01").update(period="D10"),
        "class.ZK·01.reference",
    ),
    "until an event that is none": (
        lambda t: the(t, "HT·06").update(trigger="FORMED"),
        "class.HT·06.trigger",
    ),
    "a variant until an event that is none": (
        lambda t: the(t, "AQ·01")["variants"][0].update(trigger="YEAR_END"),
        "class.AQ·01.trigger",
    ),
    "a note in one language": (
        lambda t: the(t, "WS·ZC").update(note_zh="注"),
        "class.WS·ZC.note_zh, note_en",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_tree_with_a_fault_is_refused_where_it_lies(fault):
    """
    Every fault of a hand-edited tree is a BadValue that names the place.
    """
    change, place = FAULTS[fault]

    with pytest.raises(BadValue) as refused:
        scheme.parse(broken(change))

    assert place == refused.value.facts["field"]


JUNK = [None, "", "D0", 7, -1, 2.5, True, [], ["x"], {}, {"x": 1}, [{"x": 1}], "{", "{year!r:{x}}"]


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.data())
def test_whatever_stands_in_the_file_nothing_but_a_bad_value_comes_out(data):
    """
    Any value anywhere in the tree is read or refused as a BadValue; nothing else is ever raised.
    """
    table = copy.deepcopy(tables.shipped("classes.toml"))
    node = table
    while True:
        key = data.draw(st.sampled_from(list(node) if isinstance(node, dict) else list(range(len(node)))))
        inner = node[key]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.booleans()):
            break
        node = inner
    node[key] = data.draw(st.sampled_from(JUNK))

    try:
        read = scheme.parse(table)
    except BadValue as refusal:
        assert refusal.facts["field"]
    else:
        assert read.version


def test_the_unharmed_tree_is_accepted():
    """
    Witness for the faults above: without one, the same table is read.
    """
    assert scheme.load() == scheme.parse(broken(lambda table: None))
