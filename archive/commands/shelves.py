"""Where things are, what stands where in its order, and boxes on the move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import acting, argument, listing, option, tell
from archive.clikit.scans import scanned
from archive.custody import shelves, whereabouts
from archive.errors import BadValue, NotFound

if TYPE_CHECKING:
    from archive.unit import Unit

CODE = "档号、盒号或袋号 / Code of a record, box or bag"
FILE = "每行一个扫码的文件；- 为标准输入 / A file of scanned codes, one a line; - for standard input"


@clikit.command("where", example="anjuan where K001-… H-001")
@argument("codes", nargs=-1, help=CODE)
@option("--file", help=FILE)
@acting(Act.RECORD_SEE, reads=True)
@listing("code", "title", "whereabouts", "place", "holder:has_it", "due_on", "number:ledger_number", "pieces:shelf_pieces", "away")  # fmt: skip
def where(unit: Unit, codes: Sequence[str], file: str | None) -> Sequence[object]:
    """现在在哪里：库位、借阅人、阅览室、修复中或丢失。 / Where it is now: place, borrower, reading room, repair, lost."""
    wanted = scanned(codes, file)
    if not wanted:
        raise BadValue(field="codes", value="—", expected="≥ 1")
    if len(wanted) == 1:
        return [whereabouts.where(unit, wanted[0])]
    return [one for code in wanted if (one := _found(unit, code)) is not None]


def _found(unit: Unit, code: str) -> object:
    try:
        return whereabouts.where(unit, code)
    except NotFound as error:
        clikit.complain(error.message(clikit.desk().language), clikit.desk().language)
        clikit.fail(error.exit)
        return None


@clikit.group("shelf")
def shelf() -> None:
    """排架：次序、余量、盒袋的移动。 / Shelves: order, room, boxes on the move."""


@shelf.command("order", example="anjuan shelf order R1-C1 --csv")
@argument("place", required=False, help="库位，默认全部 / Place, all if not given")
@option("--astray", is_flag=True, help="只列次序不对的 / Only what stands out of order")
@acting(Act.LOCATION_SEE, Act.RECORD_SEE, reads=True)
@listing("place", "kind", "code", "title", "class_code", "level", "astray")
def order(unit: Unit, place: str | None, *, astray: bool) -> Sequence[object]:
    """排架单：从左到右、从上到下，按类别和卷号。 / What stands where: left to right, top to bottom, by class and number."""
    return [line for line in shelves.order(unit, place) if line.astray or not astray]


@shelf.command("fill", example="anjuan shelf fill")
@acting(Act.LOCATION_SEE, reads=True)
@listing("code:own_code", "kind", "place", "standing", "capacity", "percent")
def fill(unit: Unit) -> Sequence[object]:
    """各库位的容量与已放数（只计您能看到的）。 / How full each place is, counting what you may see."""
    return shelves.fill(unit)


@shelf.command("move", example="anjuan shelf move H-001 --to R1-C1-2")
@argument("code", help="盒号或袋号 / Code of a box or bag")
@option("--to", required=True, help="新库位 / New place")
@acting(Act.LOCATION_MOVE)
def move(unit: Unit, code: str, to: str) -> None:
    """把盒或袋连同所装移到另一处。 / Carry a box or bag, with what is in it, to another place."""
    made = shelves.move(unit, code, to)
    tell(Act.LOCATION_MOVE, own_code=made.code, place=to)


@shelf.command("history", example="anjuan shelf history K001-…")
@argument("code", help=CODE)
@acting(Act.LOCATION_SEE, Act.RECORD_SEE, reads=True)
@listing("moved_at", "before", "place:moved_to", "moved_by")
def history(unit: Unit, code: str) -> Sequence[object]:
    """移动记录。 / Every place it has been put in."""
    return shelves.history(unit, code)
