"""Parties, premises and storage places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive import clikit, registry
from archive.acts import Act
from archive.clikit import Named, acting, argument, listing, option, showing, tell
from archive.values import PartyKind, PlaceKind

if TYPE_CHECKING:
    from archive.model import Location
    from archive.unit import Unit

CODE = "代码 / Code"
PARTY = ("code:own_code", "name", "kind", "natural_person", "phone", "note")
PREMISES = ("code:own_code", "building", "floor", "kind", "area")
PLACE = ("code:own_code", "kind", "name", "path", "lockable", "capacity", "sort:shelf_sort")


@clikit.group("party")
def party() -> None:
    """往来单位与个人。 / Parties."""


@party.command("add", example="anjuan party add P001 --name 张三 --kind owner --person")
@argument("code", help=CODE)
@option("--name", required=True, help="名称，加密保存 / Name, kept sealed")
@option("--kind", type=Named(PartyKind), required=True, help="种类 / Kind")
@option("--person/--company", "natural_person", default=True, help="是否自然人 / Whether a natural person")
@option("--phone", default="", help="电话 / Telephone")
@option("--note", default="", help="备注 / Note")
@acting(Act.PARTY_ADD)
def party_add(unit: Unit, code: str, **given: Any) -> None:
    """登记往来单位或个人。 / Enter a party."""
    made = registry.add_party(unit, code, **given)
    tell(Act.PARTY_ADD, own_code=made.code)


@party.command("edit", example="anjuan party edit P001 --phone 13800138000")
@argument("code", help=CODE)
@option("--name", help="名称 / Name")
@option("--phone", help="电话 / Telephone")
@option("--note", help="备注 / Note")
@acting(Act.PARTY_EDIT)
def party_edit(unit: Unit, code: str, **changes: Any) -> None:
    """修改名称、电话或备注。 / Change name, telephone or note."""
    made = registry.edit_party(unit, code, **changes)
    tell(Act.PARTY_EDIT, own_code=made.code)


@party.command("list", example="anjuan party list --name 张三")
@option("--name", help="姓名或名称，须完全一致 / Exact name")
@acting(Act.PARTY_SEE, reads=True)
@listing(*PARTY)
def party_list(unit: Unit, name: str | None) -> Sequence[object]:
    """所有往来单位与个人，或按名称查找。 / All parties, or those of that name."""
    return registry.parties(unit, name=name)


@party.command("show", example="anjuan party show P001")
@argument("code", help=CODE)
@acting(Act.PARTY_SEE, reads=True)
@showing(*PARTY)
def party_show(unit: Unit, code: str) -> object:
    """一个往来单位或个人。 / One party."""
    return registry.party(unit, code)


@clikit.group("premises")
def premises() -> None:
    """房屋单元。 / Premises."""


@premises.command("add", example="anjuan premises add A1203 --building A座 --floor 12")
@argument("code", help=CODE)
@option("--building", required=True, help="楼座 / Building")
@option("--floor", default="", help="楼层 / Floor")
@option("--kind", default="", help="种类，如 住宅、商铺 / Kind, such as flat or shop")
@option("--area", default="", help="面积 / Area")
@acting(Act.PREMISES_ADD)
def premises_add(unit: Unit, code: str, **given: Any) -> None:
    """登记单元。 / Enter a flat, office or shop."""
    made = registry.add_premises(unit, code, **given)
    tell(Act.PREMISES_ADD, own_code=made.code)


@premises.command("edit", example="anjuan premises edit A1203 --area 89.5")
@argument("code", help=CODE)
@option("--building", help="楼座 / Building")
@option("--floor", help="楼层 / Floor")
@option("--kind", help="种类 / Kind")
@option("--area", help="面积 / Area")
@acting(Act.PREMISES_EDIT)
def premises_edit(unit: Unit, code: str, **changes: Any) -> None:
    """修改单元。 / Change premises."""
    made = registry.edit_premises(unit, code, **changes)
    tell(Act.PREMISES_EDIT, own_code=made.code)


@premises.command("list", example="anjuan premises list --csv")
@acting(Act.PREMISES_SEE, reads=True)
@listing(*PREMISES)
def premises_list(unit: Unit) -> Sequence[object]:
    """所有单元。 / All premises."""
    return registry.all_premises(unit)


@premises.command("show", example="anjuan premises show A1203")
@argument("code", help=CODE)
@acting(Act.PREMISES_SEE, reads=True)
@showing(*PREMISES)
def premises_show(unit: Unit, code: str) -> object:
    """一个单元。 / One of the premises."""
    return registry.premises(unit, code)


@clikit.group("location")
def location() -> None:
    """库位：库房、柜、层、位、盒、袋。 / Storage places: room, cabinet, layer, position, box, bag."""


@location.command(
    "add", example="anjuan location add R1-C1 --kind cabinet --name 一号柜 --inside R1 --lockable"
)
@argument("code", help=CODE)
@option("--kind", type=Named(PlaceKind), required=True, help="种类 / Kind")
@option("--name", required=True, help="名称 / Name")
@option("--inside", help="上级库位 / Place it stands in")
@option("--lockable", is_flag=True, help="带锁 / It can be locked")
@option(
    "--capacity",
    type=int,
    help="容量：最多放几卷（件、盒、袋） / How many volumes, lone items, boxes and bags it holds",
)
@option(
    "--sort",
    type=int,
    default=0,
    help="排列次序：左起、上起 / Its order among its neighbours, from the left, from the top",
)
@acting(Act.LOCATION_ADD)
def location_add(unit: Unit, code: str, **given: Any) -> None:
    """登记库位。 / Enter a place."""
    made = registry.add_location(unit, code, **given)
    tell(Act.LOCATION_ADD, own_code=made.code)


@location.command("edit", example="anjuan location edit R1-C1 --lockable")
@argument("code", help=CODE)
@option("--name", help="名称 / Name")
@option("--lockable/--open", "lockable", default=None, help="是否带锁 / Whether it can be locked")
@option("--capacity", type=int, help="容量，0 为不限 / How much it holds, 0: no limit")
@option(
    "--sort",
    type=int,
    help="排列次序：左起、上起 / Its order among its neighbours, from the left, from the top",
)
@acting(Act.LOCATION_EDIT)
def location_edit(unit: Unit, code: str, **changes: Any) -> None:
    """修改名称、带锁、容量或次序。 / Change name, lock, capacity or order."""
    made = registry.edit_location(unit, code, **changes)
    tell(Act.LOCATION_EDIT, own_code=made.code)


@location.command("list", example="anjuan location list")
@acting(Act.LOCATION_SEE, reads=True)
@listing(*PLACE)
def location_list(unit: Unit) -> Sequence[object]:
    """所有库位。 / All places."""
    return [_place(unit, one) for one in registry.locations(unit)]


@location.command("show", example="anjuan location show R1-C1")
@argument("code", help=CODE)
@acting(Act.LOCATION_SEE, reads=True)
@showing(*PLACE)
def location_show(unit: Unit, code: str) -> object:
    """一处库位。 / One place."""
    return _place(unit, registry.location(unit, code))


def _place(unit: Unit, one: Location) -> dict[str, object]:
    way = " / ".join(place.name for place in registry.path(unit, one))
    return {
        "code": one.code, "kind": one.kind, "name": one.name, "path": way, "lockable": one.lockable,
        "capacity": one.capacity, "sort": one.sort,
    }  # fmt: skip
