"""The typed fields of each family: what is taken, how it is normalised, what is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ArchiveError, BadValue, FieldMissing, FieldUnknown, NoSuchDay
from archive.fields import TABLE, checked, day
from archive.values import Family
from archive.words import Language

CONTRACT = {"contract_no": "HT-2024-0032", "counterparty": "清源保洁有限公司"}
LETTER = {"direction": "IN", "correspondent": "东城供电局"}

TAKEN = (
    (Family.TENANT, {"tenancy_from": "2024年5月1日"}, {"tenancy_from": "2024-05-01"}),
    (Family.TENANT, {"tenancy_to": "20240229"}, {"tenancy_to": "2024-02-29"}),
    (Family.TENANT, {"contact_phone": "13800138000"}, {"contact_phone": "13800138000"}),
    (Family.TENANT, {"occupant": "  张三 "}, {"occupant": "张三"}),
    (Family.TENANT, {"occupant": "   "}, {}),
    (Family.FIT_OUT, {"deposit_amount": "28,000"}, {"deposit_amount": "28000.00"}),
    (Family.FIT_OUT, {"deposit_amount": "¥28000.5元"}, {"deposit_amount": "28000.50"}),
    (Family.FIT_OUT, {"stage": "zx·02"}, {"stage": "ZX·02"}),
    (Family.CONTRACT, {**CONTRACT, "signed_on": "2024/5/14"}, {**CONTRACT, "signed_on": "2024-05-14"}),
    (Family.CORRESPONDENCE, {**LETTER, "direction": "out"}, {**LETTER, "direction": "OUT"}),
    (
        Family.CORRESPONDENCE,
        {**LETTER, "reply_to": "和园物〔2024〕12号"},
        {**LETTER, "reply_to": "和园物〔2024〕12号"},
    ),
)

REFUSED = (
    (Family.GENERAL, {"stage": "ZX·02"}, FieldUnknown),
    (Family.TENANT, {"counterparty": "甲"}, FieldUnknown),
    (Family.TENANT, {"tenancy_from": "2023-02-29"}, BadValue),
    (Family.TENANT, {"tenancy_from": "2024-13-01"}, BadValue),
    (Family.TENANT, {"tenancy_from": "2024-04-31"}, BadValue),
    (Family.TENANT, {"tenancy_from": "去年"}, BadValue),
    (Family.TENANT, {"tenancy_from": "0000-01-01"}, BadValue),
    (Family.TENANT, {"tenancy_from": "2024-05-02", "tenancy_to": "2024-05-01"}, BadValue),
    (Family.TENANT, {"contact_phone": "没有"}, BadValue),
    (Family.TENANT, {"occupant": "张\x00三"}, BadValue),
    (Family.TENANT, {"occupant": "张" * 401}, BadValue),
    (Family.FIT_OUT, {"deposit_amount": "-1"}, BadValue),
    (Family.FIT_OUT, {"deposit_amount": "两万"}, BadValue),
    (Family.FIT_OUT, {"deposit_amount": "NaN"}, BadValue),
    (Family.FIT_OUT, {"deposit_amount": "Infinity"}, BadValue),
    (Family.FIT_OUT, {"stage": "ZX·99"}, BadValue),
    (Family.CONTRACT, {"contract_no": "HT-1"}, FieldMissing),
    (Family.CONTRACT, {**CONTRACT, "counterparty": " "}, FieldMissing),
    (Family.CONTRACT, {**CONTRACT, "contract_no": "HT<script>"}, BadValue),
    (Family.CONTRACT, {**CONTRACT, "term_from": "2025-01-01", "term_to": "2024-01-01"}, BadValue),
    (Family.CORRESPONDENCE, {"direction": "IN"}, FieldMissing),
    (Family.CORRESPONDENCE, {**LETTER, "direction": "SIDEWAYS"}, BadValue),
)


@pytest.mark.parametrize(("family", "given_values", "kept"), TAKEN)
def test_a_field_is_normalised_and_empty_ones_are_dropped(family, given_values, kept):
    """Days become ISO days, money two decimals, choices capitals."""
    assert checked(family, given_values) == kept


@pytest.mark.parametrize(("family", "given_values", "refusal"), REFUSED)
def test_a_field_that_cannot_be_is_refused_with_a_sentence_in_both_languages(family, given_values, refusal):
    """Unknown, missing and impossible fields are three refusals, each told completely."""
    with pytest.raises(refusal) as caught:
        checked(family, given_values)
    for language in Language:
        told = caught.value.message(language)
        assert told and "{" not in told


def test_a_volume_need_not_have_the_fields_its_papers_must_have():
    """`complete=False` waives the required fields, and only those."""
    assert checked(Family.CONTRACT, {}, complete=False) == {}
    with pytest.raises(FieldUnknown):
        checked(Family.CONTRACT, {"stage": "ZX·02"}, complete=False)


def test_every_field_names_its_clause_and_no_family_has_one_twice():
    """A row of the table without a source is a rule nobody can check."""
    for family, fields in TABLE.items():
        names = [one.name for one in fields]
        assert len(set(names)) == len(names), family
        assert all(one.clause for one in fields), family


@given(st.dates())
def test_a_day_is_read_back_from_every_spelling(date):
    """ISO, slashes, dots, bare digits and Chinese all give the same day."""
    year, month, number = f"{date.year:04}", date.month, date.day
    spelt = (
        f"{year}-{month}-{number}",
        f"{year}/{month:02}/{number:02}",
        f"{year}.{month}.{number}",
        f"{year}{month:02}{number:02}",
        f"{year}年{month}月{number}日",
    )
    assert {day(text, "date") for text in spelt} == {date}


@given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
def test_a_day_that_does_not_exist_is_refused_not_guessed(year, month, number):
    """`day` takes exactly the days the calendar has."""
    try:
        wanted = dt.date(year, month, number)
    except ValueError:
        with pytest.raises(BadValue):
            day(f"{year:04}-{month:02}-{number:02}", "date")
    else:
        assert day(f"{year:04}-{month:02}-{number:02}", "date") == wanted


@given(
    st.sampled_from(list(Family)),
    st.dictionaries(
        st.sampled_from([one.name for rows in TABLE.values() for one in rows]), st.text(max_size=30)
    ),
)
def test_checking_never_fails_otherwise_than_by_a_refusal_and_is_stable(family, values):
    """Any text gives fields or a refusal, and what was taken once is taken again unchanged."""
    try:
        kept = checked(family, values)
    except ArchiveError as refusal:
        assert refusal.message(Language.EN)
        return
    assert checked(family, kept) == kept


@pytest.mark.parametrize("text", ["2026-02-30", "2026年13月1日", "20260431", "0000-01-01"])
def test_a_day_that_no_calendar_has_is_told_as_such(text):
    """In the right form, but no such day: a sentence of its own; the wrong form keeps the old one."""
    with pytest.raises(NoSuchDay) as caught:
        day(text, "date")

    assert f"没有 {text} 这一天" in caught.value.message(Language.ZH)
    assert f"There is no day {text}." in caught.value.message(Language.EN)
    with pytest.raises(BadValue) as slip:
        day("30.2.", "date")
    assert "bad-value" == slip.value.code
