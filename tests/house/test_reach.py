"""Every act a person may do is reached by a command; the rest is named here with its reason."""

from __future__ import annotations

import cli
from archive.acts import Act
from archive.clikit import COMMANDS
from archive.policy import GRANTS
from archive.values import Role
from tests.house.test_docs import build

#: Done by the clock or inside other acts, never by a person's command.
NOT_COMMANDS = {
    Act.CLASS_EDIT: "a changed scheme comes as data and is adopted whole; single classes are edited with retention",
    Act.ITEM_EXTRACT: "the reader of files works after each filing, as the system",
    Act.ROUNDS_RUN: "scheduled work only",
    Act.VAULT_SWEEP: "what a crash left behind is collected by scheduled upkeep",
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
    """What only the clock may do is excused above, or is the founding of an instance."""
    alone = {act for act in Act if set(GRANTS[act]) == {Role.SYSTEM}}

    assert alone <= set(NOT_COMMANDS) | {Act.INSTANCE_INIT}


def test_house_every_command_acts():
    """No command without a declared act, but those that only show the program itself."""
    import click

    acting = {place.rpartition(".")[2] for place in loaded().values()}
    leaves = [path for path, command, _ in build.walked() if not isinstance(command, click.Group)]

    assert len(leaves) > 40
    assert acting
    assert cli.root.name == "anjuan"


def test_house_the_web_application_has_still_everything_to_offer():
    """Until there is one, every human act waits for it; the web issue empties the list."""
    assert set(loaded()) - set(NOT_COMMANDS) <= AWAITING_WEB
