"""The groups of synonyms at the command line: seen by everybody, edited by the archivist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive import clikit
from archive.acts import Act
from archive.clikit import acting, argument, listing, note, tell

if TYPE_CHECKING:
    from archive.unit import Unit


@clikit.group("synonyms")
def synonyms() -> None:
    """近义词组：检索时加 --synonyms 才用。 / Groups of synonyms, used by a search with --synonyms only."""


@synonyms.command("list", example="anjuan synonyms list")
@acting(Act.SYNONYM_SEE, reads=True)
@listing("number", "words")
def rows(unit: Unit) -> Sequence[dict[str, Any]]:
    """现行的近义词组。 / The groups that count now."""
    from indexer import synonyms as groups

    found, own = groups.listed(unit)
    note("synonyms.own" if own else "synonyms.shipped")
    return [{"number": number, "words": group} for number, group in enumerate(found, 1)]


@synonyms.command("set", example="anjuan synonyms set 押金 按金 保证金 质保金")
@argument("words", nargs=-1, required=True, help="同组的词 / The words of the group")
@acting(Act.SYNONYM_EDIT)
def together(unit: Unit, words: Sequence[str]) -> None:
    """把这些词定为一组；原在别组的移入本组。 / Let these words be one group; those in other groups leave them."""
    from indexer import synonyms as groups

    tell(Act.SYNONYM_EDIT, words=groups.together(unit, words))


@synonyms.command("remove", example="anjuan synonyms remove 业户")
@argument("word", help="组中的任一个词 / Any word of the group")
@acting(Act.SYNONYM_EDIT)
def dissolve(unit: Unit, word: str) -> None:
    """删去含有这个词的一组。 / Remove the group that holds this word."""
    from indexer import synonyms as groups

    tell(Act.SYNONYM_EDIT, removed=groups.dissolve(unit, word))


@synonyms.command("reset", example="anjuan synonyms reset")
@acting(Act.SYNONYM_EDIT)
def reset(unit: Unit) -> None:
    """恢复随程序提供的近义词组。 / Return to the groups that come with the program."""
    from indexer import synonyms as groups

    groups.reset(unit)
    tell(Act.SYNONYM_EDIT)
