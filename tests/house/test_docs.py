"""The generated references say what the program does now; `make docs` writes them anew."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from archive.acts import Act
from archive.config import Settings
from archive.errors import ArchiveError
from archive.lives import ALL
from archive.permissions import TABLE

DOCS = Path(__file__).parents[2] / "docs"


def _loaded():
    """docs/build.py, which is no package."""
    spec = importlib.util.spec_from_file_location("docs_build", DOCS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = _loaded()


@pytest.mark.parametrize("name", sorted(build.PAGES))
def test_house_a_generated_page_is_current(name):
    """If this fails, run `make docs` and read the difference."""
    assert build.page(name) == (DOCS / name).read_text("utf-8")


def test_house_witness_a_page_falls_behind_when_its_table_changes(monkeypatch):
    """A row taken out of the policy changes the page, so the comparison above would fail."""
    before = build.page("permissions.md")
    monkeypatch.setattr(build.permissions, "TABLE", TABLE[1:])

    assert before != build.page("permissions.md")


def test_house_every_error_act_setting_and_step_is_in_its_page():
    """No class, act, setting or state is left out of the references."""
    errors, permissions = build.page("errors.md"), build.page("permissions.md")
    settings, lives = build.page("settings.md"), build.page("lifecycles.md")
    codes = {one.code for one in build.errors()}

    assert [] == [code for code in codes if f"`{code}`" not in errors]
    assert len(codes) >= 60
    assert [] == [act for act in Act if f"`{act.value}`" not in permissions]
    assert [] == [name for name in Settings.__dataclass_fields__ if f"`{name}`" not in settings]
    assert [] == [
        step for life in ALL for step in life if f"{step.source.name} --> {step.target.name}" not in lives
    ]


def test_house_every_error_has_its_own_code():
    """A code is stable and names one class; no class that is raised goes without."""
    codes = [one.code for one in build.errors()]

    assert sorted(codes) == sorted(set(codes))
    assert all(1 <= one.exit <= 7 and 400 <= one.http <= 507 for one in build.errors())
    assert all(issubclass(one, ArchiveError) for one in build.errors())


def test_house_every_condition_of_the_policy_has_words():
    """The permissions page never says `see the refusal`: each condition is named."""
    conditions = {id(condition) for _, _, many in TABLE for condition in many}

    assert conditions <= set(build._NAMES)
    assert {build._NAMES[one] for one in conditions} <= set(build.CONDITIONS)


def test_house_every_command_is_described_in_both_languages():
    """Each command and each option says `中文 / English`, and the page has a section for it."""
    page = build.page("cli.md")
    mute = []
    for path, command, _ in build.walked():
        name = " ".join(path)
        if f"## {name}\n" not in page or " / " not in (command.help or ""):
            mute.append(name)
        mute += [
            f"{name} {one.name}"
            for one in command.params
            if getattr(one, "help", None) is not None
            and " / " not in str(one.help)
            and not getattr(one, "hidden", False)
        ]

    assert [] == mute
