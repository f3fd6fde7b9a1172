"""Settings: one table, its file, its variables; what is wrong is said with the nearest name."""

from __future__ import annotations

import tomllib
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import config
from archive.config import FILE, Settings
from archive.errors import SettingBad, SettingUnknown
from archive.words import Language

COMMENTS = {one.name: f"about {one.name}" for one in fields(Settings)}


def load(tmp_path, text: str = "", **environ: str):
    (tmp_path / FILE).write_text(text, "utf-8")
    return config.load(tmp_path, environ)


def test_cfg_without_a_file_every_setting_has_its_default(tmp_path):
    """And says so."""
    settings, origins = config.load(tmp_path, {})

    assert Settings() == settings
    assert {"default"} == {one.origin for one in origins}
    assert [one.name for one in fields(Settings)] == [one.name for one in origins]


def test_cfg_the_variable_wins_over_the_file_and_the_file_over_the_default(tmp_path):
    """Each value with where it comes from."""
    settings, origins = load(tmp_path, 'loan_days = 20\ncompany = "和园"\n', ANJUAN_LOAN_DAYS="7")
    told = {one.name: (one.value, one.origin) for one in origins}

    assert (7, "和园") == (settings.loan_days, settings.company)
    assert (7, "ANJUAN_LOAN_DAYS") == told["loan_days"]
    assert ("和园", FILE) == told["company"]
    assert (10, "default") == told["session_hours"]


@pytest.mark.parametrize(
    ("typed", "nearest"), [("loan_day", "loan_days"), ("langauge", "language"), ("zzz", FILE)]
)
def test_cfg_an_unknown_key_is_refused_with_the_nearest_one(tmp_path, typed, nearest):
    """A typing slip never passes for a default."""
    with pytest.raises(SettingUnknown) as told:
        load(tmp_path, f"{typed} = 1\n")

    assert {"key": typed, "suggestion": nearest} == told.value.facts


@pytest.mark.parametrize(
    "line",
    [
        "loan_days = 0", "loan_days = -3", 'loan_days = "soon"', "loan_days = true", 'language = "fr"', "journal = 3",
        'timezone = "Mars/Olympus"', 'timezone = "../etc/passwd"', "password_length = []", "loan_days = [1]",
        "company = true", "fonds = 1", "company = ['a']", "max_file_mib = nan", "session_hours = inf", "loan_days =", "loan_days = 1.5", "= =",
    ],
)  # fmt: skip
def test_cfg_an_impossible_value_is_refused_and_named(tmp_path, line):
    """Zero days, a third language, another planet, no TOML at all: a sentence, never a traceback."""
    with pytest.raises(SettingBad) as told:
        load(tmp_path, line + "\n")

    assert all(told.value.message(tongue) for tongue in Language)


def test_cfg_a_file_in_another_encoding_is_refused(tmp_path):
    """The file is UTF-8."""
    (tmp_path / FILE).write_bytes('company = "和园"'.encode("gb18030"))
    with pytest.raises(SettingBad):
        config.load(tmp_path, {})


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(company=TEXT, key_file=TEXT, days=st.integers(1, 10**6), language=st.sampled_from(["zh", "en"]))
def test_cfg_what_is_written_is_read_back(company, key_file, days, language):
    """The rendered file parses to the same settings, whatever stands in the texts; defaults stay commented out."""
    settings = Settings(company=company, key_file=key_file, loan_days=days, language=language)
    text = config.render(settings, COMMENTS)
    read = Settings(**tomllib.loads(text))

    assert settings == read
    assert all(f"# about {one.name}" in text for one in fields(Settings))


def test_cfg_home_and_language_come_from_the_option_then_the_variable_then_the_file(tmp_path):
    """And a broken file speaks the default language instead of failing."""
    (tmp_path / FILE).write_text('language = "en"\n')

    assert tmp_path == config.home(None, {"ANJUAN_HOME": str(tmp_path)})
    assert tmp_path / "x" == config.home(tmp_path / "x", {"ANJUAN_HOME": str(tmp_path)})
    assert Language.EN is config.tongue(tmp_path, None, {})
    assert Language.ZH is config.tongue(tmp_path, None, {"ANJUAN_LANGUAGE": "zh"})
    assert Language.ZH is config.tongue(tmp_path, "zh", {"ANJUAN_LANGUAGE": "en"})
    (tmp_path / FILE).write_text("language = \n")
    assert Language.ZH is config.tongue(tmp_path, None, {})
