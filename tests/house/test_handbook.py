"""What people read is true: commands in README and handbook exist, requirements name real files and tests."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import click
import pytest

import cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs" / "handbook").glob("*.md")])
_BLOCK = re.compile(r"^```\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`(anjuan [^`]+)`")


def _module():
    spec = importlib.util.spec_from_file_location("regulations_page", ROOT / "docs" / "regulations.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


regulations = _module()


def _commands(text: str) -> list[list[str]]:
    """Every `anjuan …` of a page, as words."""
    lines = [line for block in _BLOCK.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    found = [line.strip() for line in lines if line.strip().startswith("anjuan ")]
    return [shlex.split(line, comments=True)[1:] for line in [*found, *_INLINE.findall(text)]]


def _slip(words: list[str]) -> str | None:
    """What is wrong with a command as written; its values are not looked at."""
    group, context = cli.root, click.Context(cli.root, info_name="anjuan")
    rest = [*words]
    while isinstance(group, click.Group):
        while rest and rest[0].startswith("-"):
            if not any(rest[0] in param.opts for param in group.params):
                return f"{rest[0]} of {context.command_path}"
            flag = next(param for param in group.params if rest[0] in param.opts)
            rest = rest[1:] if flag.is_flag else rest[2:]
        if not rest:
            return None
        found = group.get_command(context, rest[0])
        if found is None:
            return (
                None
                if group.params and group.invoke_without_command
                else f"{rest[0]} of {context.command_path}"
            )
        context, group, rest = click.Context(found, parent=context, info_name=rest[0]), found, rest[1:]
    known = {name for param in group.params for name in (*param.opts, *param.secondary_opts)} | {"--help"}
    unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in known]
    return f"{unknown} of {context.command_path}" if unknown else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_people_read_about_exists(page):
    """README and handbook name only commands and options that the program has."""
    found = _commands(page.read_text("utf-8"))

    assert len(found) >= 5
    assert [slip for words in found if (slip := _slip(words))] == []


@pytest.mark.parametrize(
    "wrong", ["lend K001", "loan borrow K001", "loan lend K001 --until today", "--user x tree"]
)
def test_witness_a_command_that_is_not_there_is_noticed(wrong):
    """The same check catches a noun, a verb and an option that do not exist."""
    assert _slip(shlex.split(wrong)) is not None


def test_every_link_of_a_page_leads_somewhere():
    """Links inside the repository lead to files; generated pages are part of it."""
    pages = [*PAGES, *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    dead = [
        f"{page.name}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]

    assert dead == []


def test_requirements_and_invariants_name_files_and_tests_that_exist():
    """R1–R108 and V1–V25 are all there; what is done has a place and a test, what is planned has neither."""
    _, lines = regulations.load()

    assert len(lines) == 108 + 25
    assert regulations.faults(lines) == []


def test_the_page_of_requirements_is_what_the_data_say():
    """docs/regulations.md is the page written from the data."""
    assert (ROOT / "docs" / "regulations.md").read_text("utf-8") == regulations.page()


@pytest.mark.parametrize(
    "change",
    [
        {"where": ("archive/nowhere.py",)},
        {"proof": ("tests/test_nothing.py",)},
        {"where": ()},
        {"status": regulations.Status.PLANNED},
        {"status": regulations.Status.PARTLY},
    ],
    ids=["no-file", "no-test-file", "nowhere", "planned-but-there", "partly-without-lack"],
)
def test_witness_an_untrue_line_is_noticed(change):
    """One line made untrue in each way is named."""
    _, lines = regulations.load()
    lines["R36"] = replace(lines["R36"], **change)

    assert [fault for fault in regulations.faults(lines) if fault.startswith("R36")]


def test_witness_a_claim_without_a_test_is_noticed():
    """Done, and no test names it: refused."""
    _, lines = regulations.load()
    lines["R36"] = replace(lines["R36"], proof=())

    assert regulations.faults(lines, {}) != []
    assert "R36: done, but no test" in regulations.faults(lines, {})


def test_tests_are_found_by_the_ids_they_name(tmp_path):
    """In a name or a docstring, alone or in a range; a reference code or a room called R1-C1 is none."""
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_one.py").write_text(
        '"""Filing (R18, V4-V6)."""\ndef test_inv_V23_hides():\n    """Room R1-C1, cabinet AR7, code V9·2."""\n',
        "utf-8",
    )

    assert sorted(regulations.named_by_tests(tests)) == ["R18", "V23", "V4", "V5", "V6"]
