"""Kept searches at the command line: everybody his own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive import clikit
from archive.acts import Act
from archive.clikit import acting, argument, listing, option, tell
from indexer.commands.searching import CUT, PUT, WORDS, answered, question, taking

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.unit import Unit

NAME = "检索的名称 / Name of the search"


@clikit.group("saved")
def saved() -> None:
    """存下的检索：只有本人看得到、用得到。 / Saved searches: seen and used by oneself alone."""


@saved.command("list", example="anjuan saved list")
@acting(Act.SAVED_SEE, reads=True)
@listing("name", "words", "order", "synonyms", "saved_at")
def rows(unit: Unit) -> Sequence[object]:
    """自己存下的检索。 / One's own saved searches."""
    from indexer import saved as kept

    return kept.listed(unit)


@saved.command("save", dashes=True, example="anjuan saved save 待退押金 押金 -已退 --class ZX --sort newest")
@argument("name", help=NAME)
@WORDS
@taking(*PUT)
@option("--replace", is_flag=True, help="替换同名的 / Replace the one of that name")
@acting(Act.SAVED_KEEP)
def save(unit: Unit, name: str, words: Sequence[str], *, replace: bool, **put: Any) -> None:
    """存下一次检索，限定条件一并写入检索式。 / Save a search, its conditions written out in the question."""
    from indexer import saved as kept

    made = kept.keep(unit, name, question(words, put), replace=replace)
    tell(Act.SAVED_KEEP, name=made.name, words=made.words)


@saved.command("run", example="anjuan saved run 待退押金 --facets")
@argument("name", help=NAME)
@taking(*CUT)
@acting(Act.RECORD_SEARCH, reads=True, instance=True)
@listing()
def run(instance: Instance, who: Who, name: str, **cut: Any) -> list[dict[str, Any]] | None:
    """再检索一次；结果总是当时有权查看的。 / Search again; the answer is what one may see then."""
    from indexer import saved as kept

    with instance.ask(who, Act.SAVED_SEE) as unit:
        asked = kept.named(unit, name).question
    return answered(instance, who, asked, **cut)


@saved.command("rename", example="anjuan saved rename 待退押金 未退押金")
@argument("name", help=NAME)
@argument("to", help="新名称 / New name")
@acting(Act.SAVED_KEEP)
def rename(unit: Unit, name: str, to: str) -> None:
    """改名。 / Rename."""
    from indexer import saved as kept

    tell(Act.SAVED_KEEP, name=kept.rename(unit, name, to).name)


@saved.command("remove", example="anjuan saved remove 待退押金")
@argument("name", help=NAME)
@acting(Act.SAVED_REMOVE)
def remove(unit: Unit, name: str) -> None:
    """删去。 / Remove."""
    from indexer import saved as kept

    kept.remove(unit, name)
    tell(Act.SAVED_REMOVE, name=name)
