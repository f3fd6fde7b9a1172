"""审批权限表: versions of the approval matrix, proposed with what they change, in force once the GM says so (domain §9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from itertools import product
from typing import Any

from sqlalchemy import select

from archive import people, quorum
from archive.acts import Act
from archive.circulation import authority, matrix
from archive.circulation.matrix import Asking, Matrix, Reader, Rule
from archive.errors import ClassUnknown, CodeTaken, MatrixUnchanged, NotFound, SelfApproval
from archive.model import Department, MatrixVersion, Person, RecordClass
from archive.statuses import RequestKind
from archive.unit import Unit
from archive.values import Level, Role, Worded


class Verdict(Worded):
    """What a matrix says where no post decides."""

    FREE = "FREE"
    REFUSED = "REFUSED"


Says = Verdict | tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of the matrix."""

    version: str
    rules: int
    proposed_by: str
    proposed_at: dt.datetime | None
    adopted_by: str
    adopted_at: dt.datetime | None
    in_force: bool


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One row of a matrix, as it stands; an empty cell means anything."""

    number: int
    kinds: tuple[RequestKind, ...]
    readers: tuple[Reader, ...]
    levels: tuple[Level, ...]
    own: bool | None
    personnel: bool
    owners: bool | None
    classes: tuple[str, ...]
    departments: tuple[str, ...]
    says: Says
    clause: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a proposal decides otherwise than the matrix in force."""

    kinds: tuple[RequestKind, ...]
    readers: tuple[Reader, ...]
    levels: tuple[Level, ...]
    own: bool | None
    personnel: bool
    owners: bool | None
    class_code: str
    department: str
    before: Says
    after: Says


def propose(unit: Unit, text: str) -> list[Change]:
    """Lay down a new version (TOML); it counts only once the GM adopts it. Returns what it changes.

    Raises `BadValue` with the place of a slip, `CodeTaken`, `ClassUnknown`, `NotFound`, `MatrixUnchanged`.
    """
    unit.act(Act.MATRIX_PROPOSE)
    proposed = matrix.parse(text)
    unit.lines[-1].facts = {"version": proposed.version, "rules": len(proposed.rules)}
    taken = unit.session.get(MatrixVersion, proposed.version)
    if taken is not None or proposed.version == matrix.shipped().version:
        raise CodeTaken(code=proposed.version)
    _known(unit, proposed)
    found = _changes(authority.in_force(unit), proposed)
    if not found:
        raise MatrixUnchanged(version=proposed.version)
    unit.session.add(
        MatrixVersion(version=proposed.version, text=text, proposed_by=unit.actor.uid, proposed_at=unit.now)
    )
    unit.session.flush()
    return found


def _known(unit: Unit, proposed: Matrix) -> None:
    """Every class and department a row names must be there."""
    for rule in proposed.rules:
        for code in rule.classes:
            if unit.session.get(RecordClass, code) is None:
                raise ClassUnknown(code=code, suggestion="")
        for code in rule.departments:
            unit.one(Department, "department", code)


def adopt(unit: Unit, version: str) -> MatrixVersion:
    """Put a proposed version in force; what is under way keeps its road.

    Raises `NotFound`, `MatrixUnchanged`, `SelfApproval`, `MissingPeople`.
    """
    unit.act(Act.MATRIX_ADOPT, version=version[:40])
    found = _proposed(unit, version)
    quorum.demand(unit, Act.MATRIX_ADOPT)
    if found.adopted_at is not None:
        raise MatrixUnchanged(version=version)
    if found.proposed_by == unit.actor.uid:
        raise SelfApproval(act=Act.MATRIX_ADOPT)
    _known(unit, matrix.parse(found.text))
    found.adopted_by, found.adopted_at = unit.actor.uid, unit.now
    unit.session.flush()
    return found


def _proposed(unit: Unit, version: str) -> MatrixVersion:
    found = unit.session.get(MatrixVersion, version)
    if found is None:
        raise NotFound(what="matrix", code=version[:40])
    return found


def versions(unit: Unit) -> list[VersionRow]:
    """All versions, the shipped one first."""
    unit.look(Act.MATRIX_SEE)
    force, shipped = authority.in_force(unit).version, matrix.shipped()
    first = VersionRow(
        shipped.version, len(shipped.rules), "", None, "", None, in_force=force == shipped.version
    )
    rows = select(MatrixVersion).order_by(MatrixVersion.proposed_at, MatrixVersion.version)
    return [first, *(_version_row(unit, row, force) for row in unit.session.scalars(rows))]


def _version_row(unit: Unit, row: MatrixVersion, force: str) -> VersionRow:
    return VersionRow(
        version=row.version,
        rules=len(matrix.parse(row.text).rules),
        proposed_by=_name(unit, row.proposed_by),
        proposed_at=row.proposed_at,
        adopted_by=_name(unit, row.adopted_by),
        adopted_at=row.adopted_at,
        in_force=row.version == force,
    )


def _name(unit: Unit, uid: str | None) -> str:
    return people.name_of(unit, unit.session.get_one(Person, uid)) if uid else ""


def show(unit: Unit, version: str | None = None) -> list[RuleRow]:
    """The rows of the matrix in force, or of *version*; raises `NotFound`."""
    unit.look(Act.MATRIX_SEE)
    return [_rule_row(place, rule) for place, rule in enumerate(_meant(unit, version).rules, 1)]


def _meant(unit: Unit, version: str | None) -> Matrix:
    return authority.of_version(unit, version) if version else authority.in_force(unit)


def _rule_row(number: int, rule: Rule) -> RuleRow:
    return RuleRow(
        number, rule.kinds, rule.readers, rule.levels, rule.own, rule.personnel, rule.owners, rule.classes,
        rule.departments, _says(rule), rule.clause,
    )  # fmt: skip


def _says(rule: Rule) -> Says:
    return Verdict.REFUSED if rule.refused else rule.steps or Verdict.FREE


def export(unit: Unit, version: str | None = None) -> str:
    """The matrix in force, or *version*, as TOML to be edited and proposed again under a new name."""
    unit.look(Act.MATRIX_SEE)
    wanted = version or authority.in_force(unit).version
    if wanted == matrix.shipped().version:
        return resources.files("archive").joinpath("data", "approvals.toml").read_text("utf-8")
    return _proposed(unit, wanted).text


def changes(unit: Unit, version: str) -> list[Change]:
    """What *version* decides otherwise than the matrix in force: what the GM reads before he adopts it."""
    unit.look(Act.MATRIX_SEE)
    return _changes(authority.in_force(unit), authority.of_version(unit, version))


# --- comparing ---------------------------------------------------------------------------------------

Flags = tuple[bool | None, bool | None]
Cells = dict[tuple[bool, bool], tuple[Says, Says]]

#: Own or another's record, of a class owners may read or not: what changes alike is told together.
_ONE = tuple((own, owners) for own in (True, False) for owners in (True, False))
_FLAGS: tuple[Flags, ...] = ((None, None), (True, None), (False, None), (None, True), (None, False), *_ONE)


def _changes(old: Matrix, new: Matrix) -> list[Change]:
    """Every cell in which the two differ; of a class or department only what differs there alone."""
    anywhere, *places = _places(old, new)
    general = list(_differing(old, new, anywhere))
    known = {replace(one, class_code="", department="") for one in general}
    special = (one for place in places for one in _differing(old, new, place))
    found = general + [one for one in special if replace(one, class_code="", department="") not in known]
    for name in ("levels", "readers", "kinds"):
        found = _folded(found, name)
    return found


def _folded(changes: list[Change], name: str) -> list[Change]:
    """Changes that differ only in what *name* lists, as one."""
    together: dict[Change, tuple[Any, ...]] = {}
    for one in changes:
        nothing: dict[str, Any] = {name: ()}
        key = replace(one, **nothing)
        together[key] = together.get(key, ()) + getattr(one, name)
    listed: list[dict[str, Any]] = [{name: many} for many in together.values()]
    return [replace(key, **many) for key, many in zip(together, listed, strict=True)]


def _differing(old: Matrix, new: Matrix, place: tuple[str, str]) -> Iterator[Change]:
    for kind, reader, level, personnel in product(RequestKind, Reader, Level, (False, True)):
        cells: Cells = {}
        for own, owners in _ONE:
            asking = Asking(kind, reader, level, own, personnel, owners, *place)
            said = (_says(old.rule(asking)), _says(new.rule(asking)))
            if said[0] != said[1]:
                cells[own, owners] = said
        for (own_or_any, owners_or_any), said in _gathered(cells):
            where = (own_or_any, personnel, owners_or_any)
            yield Change((kind,), (reader,), (level,), *where, *place, *said)


def _gathered(cells: Cells) -> Iterator[tuple[Flags, tuple[Says, Says]]]:
    for own, owners in _FLAGS:
        meant = [at for at in _ONE if own in {None, at[0]} and owners in {None, at[1]}]
        said = {cells.get(at) for at in meant}
        alike = said.pop() if len(said) == 1 else None
        if alike is not None:
            yield (own, owners), alike
            for at in meant:
                del cells[at]


def _places(old: Matrix, new: Matrix) -> list[tuple[str, str]]:
    """Everywhere that rows of either matrix speak of: any class and department first, then those they name."""
    classes = sorted(old.classes | new.classes)
    departments = sorted(old.departments | new.departments)
    return list(product(["", *classes], ["", *departments]))
