"""Every act a person may do is reached by a command; the rest is named here with its reason."""

from __future__ import annotations

import ast
from pathlib import Path

import click

from archive.acts import Act
from archive.clikit import COMMANDS
from archive.policy import GRANTS
from archive.values import Role
from tests.house.sources import source_of, sources
from tests.house.test_docs import build

#: Done by the clock or inside other acts, never by a person's command.
NOT_COMMANDS = {
    Act.ITEM_EXTRACT: "the reader of files works after each filing, as the system",
}

#: Acts that the web application has still to offer; it empties this list.
AWAITING_WEB = frozenset(Act) - set(NOT_COMMANDS)


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

    assert alone <= set(NOT_COMMANDS) | {Act.INSTANCE_INIT, Act.BACKUP_RESTORE, Act.ROUNDS_RUN}


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


def test_house_the_web_application_has_still_everything_to_offer():
    """Until there is one, every human act waits for it; the web issue empties the list."""
    assert set(loaded()) - set(NOT_COMMANDS) <= AWAITING_WEB
