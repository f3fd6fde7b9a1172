"""Every act a person may do is reached by a command and by a page; the rest is named here with its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import click

from archive.acts import Act
from archive.clikit import COMMANDS
from archive.clikit.declared import walked
from archive.policy import GRANTS
from archive.values import Role
from cli import root
from tests.house.sources import Source, source_of, sources
from tests.house.test_docs import build

#: Done by the clock or inside other acts, never by a person's command.
NOT_COMMANDS = {
    Act.ITEM_EXTRACT: "the reader of files works after each filing, as the system",
}

#: What stays at the machine, or is done within another act: why no page offers it by itself.
NOT_PAGES = {
    Act.ITEM_EXTRACT: "the reader of files works after each filing, as the system",
    Act.COMPONENT_ADD: "part of attaching a file",
    Act.LOAN_TAKE_OVER: "part of bringing in a loan register",
    Act.IMPORT_RUN: "reads a folder of the machine; the browser uploads files and lists instead",
    Act.INSTANCE_INIT: "the set-up page does it before there is anybody to be judged",
    Act.BACKUP_RESTORE: "onto an empty machine, by whoever holds the recovery kit",
    Act.KEYS_ADD_SLOT: "makes a key: by whoever sits at the machine",
    Act.KEYS_RECOVERY: "shows the recovery key: by whoever sits at the machine",
    Act.KEYS_ROTATE: "makes keys: by whoever sits at the machine",
    Act.ROUNDS_RUN: "`serve` runs the rounds daily by itself",
    Act.ROUNDS_ENROL: "writes the scheduler's credential on the machine; `serve` needs none",
}


def loaded() -> dict[Act, str]:
    """The register of commands once every module with commands is imported."""
    for _ in build.walked():
        pass
    return COMMANDS


def test_house_every_human_act_is_reached_from_the_command_line():
    """No permission, life-cycle step or audit line without a way to do it."""
    missing = sorted(set(Act) - set(loaded()) - set(NOT_COMMANDS))

    assert [] == missing


def test_house_what_is_excused_is_really_not_a_command():
    """The list of excuses shrinks with the program: nothing stands on both."""
    assert set() == set(NOT_COMMANDS) & set(loaded())
    assert all(NOT_COMMANDS.values())


def test_house_acts_of_the_system_alone_are_known():
    """What only the clock may do is excused above, or is the founding or restoring of an instance, or the rounds."""
    alone = {act for act in Act if set(GRANTS[act]) == {Role.SYSTEM}}

    assert alone <= set(NOT_COMMANDS) | {
        Act.INSTANCE_INIT,
        Act.BACKUP_RESTORE,
        Act.ROUNDS_RUN,
        Act.INSTANCE_SERVE,
    }


def idle(source) -> list[str]:
    """Functions of *source* that are commands and declare no act."""
    found = []
    for node in ast.walk(source.tree):
        names = [ast.unparse(one) for one in getattr(node, "decorator_list", [])]
        if any(".command(" in name for name in names) and not any("acting(" in name for name in names):
            found.append(f"{source.path}: {node.name}")
    return found


#: `config show` opens nothing: it reads the settings, not the archive.
OPEN_NOTHING = {"archive/commands/inspection.py: show"}


def test_house_every_command_declares_its_act():
    """No command goes past the register; and the same reading catches one that does."""
    loose = "@item.command('x')\n@option('--to')\ndef x(unit):\n    pass"

    assert {fault for source in sources() for fault in idle(source)} == OPEN_NOTHING
    assert ["archive/x.py: x"] == idle(source_of(Path("archive/x.py"), loose))
    assert len([path for path, command, _ in build.walked() if not isinstance(command, click.Group)]) > 40


#: Acts whose service opens its own unit, and which a page calls by name.
BY_SERVICE = {Act.TRANSFER_PACK: "packing.pack", Act.BACKUP_FORGET: "backups.forget"}


def on_pages() -> set[Act]:
    """The acts of every verb that the web offers, and those its hand-made pages name as what they do."""
    offered = {act for verb in walked(root) if verb.open_to_all for act in verb.acts}
    text = "".join(ast.unparse(source.tree) for source in sources() if source.path.startswith("web/"))
    called = {act for act, service in BY_SERVICE.items() if f"{service}(archive(), " in text}
    return (
        offered
        | called
        | {Act[name] for source in sources() if source.path.startswith("web/") for name in named(source)}
    )


def named(source: Source) -> Iterator[str]:
    """Names of the acts that *source* begins a unit for, or hands to a page of its own: `working(Act.X)`, `.work(who, Act.X)`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in UNITS:
            yield from (ast.unparse(one)[4:] for one in node.args if ast.unparse(one).startswith("Act."))


#: What begins a unit in a page.
UNITS = {"asking", "working", "work", "ask", "Task"}


def test_house_every_human_act_is_reached_from_the_browser():
    """No act without a page: by what its command declares, or by a page of its own; the excuses are said above."""
    missing = sorted(set(Act) - on_pages() - set(NOT_PAGES))

    assert [] == missing


def test_house_what_no_page_is_excused_for_is_really_on_none():
    """The excuses shrink with the pages; and the reading of a page sees an act, and only as an act."""
    page = source_of(Path("web/x.py"), "with working(Act.LOAN_LEND) as unit:\n    may(Act.LOAN_RETURN)")

    assert set() == set(NOT_PAGES) & on_pages() - {Act.COMPONENT_ADD}
    assert ["LOAN_LEND"] == list(named(page))
