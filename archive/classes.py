"""The class tree in the catalogue: proposed from data, adopted by the general manager (C7)."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Sequence

from sqlalchemy import select

from archive.acts import Act
from archive.audit import canonical
from archive.errors import BadValue, ClassUnknown, NotFound, SelfApproval
from archive.lives import SCHEDULE
from archive.model import Adoption, RecordClass
from archive.scheme import ClassRule, Scheme, Series
from archive.unit import Unit
from archive.values import Custody, Disposition, Family, Level, Trigger, UseMode


def propose(unit: Unit, scheme: Scheme) -> Adoption:
    """Enter a scheme's classes; due dates are not trusted before it is adopted. The caller named the act."""
    for sort, series in enumerate(scheme.series):
        if not any(rule.code == series.code for rule in scheme.classes):
            unit.session.add(_group(series, sort))
    unit.session.flush()
    for sort, rule in enumerate(scheme.classes):
        unit.session.add(_class(rule, scheme.templates[rule.template], sort))
    adoption = Adoption(version=scheme.version, fingerprint=fingerprint(scheme), proposed_at=unit.now)
    unit.session.add(adoption)
    unit.session.flush()
    return adoption


def fingerprint(scheme: Scheme) -> str:
    """SHA-256 of everything the scheme says, so that what is adopted is what was shown."""
    return hashlib.sha256(canonical([repr(rule) for rule in scheme.classes]).encode()).hexdigest()


def _group(series: Series, sort: int) -> RecordClass:
    return RecordClass(
        code=series.code, parent=None, series=series.number, name=series.zh, name_en=series.en, usable=False,
        sort=sort, clause="", period="", template="", family=Family.GENERAL, level=Level.PUBLIC,
        use_mode=UseMode.CLOSED, trigger=Trigger.FORMED, disposition=Disposition.REVIEW,
        custody=Custody.DEPARTMENT, kept_by="volume", volume_by="year",
    )  # fmt: skip


def _class(rule: ClassRule, template: str, sort: int) -> RecordClass:
    important = rule.period_important
    return RecordClass(
        code=rule.code,
        parent=rule.series if rule.series != rule.code else None,
        series=f"{rule.category}·{rule.sub}" if rule.sub else rule.category,
        name=rule.zh,
        name_en=rule.en,
        usable=True,
        family=rule.family,
        level=rule.level,
        use_mode=rule.use_mode,
        period=rule.period.code,
        period_important=important.code if important else None,
        trigger=rule.trigger,
        disposition=rule.disposition,
        custody=rule.custody,
        kept_by=rule.kept_by,
        volume_by=rule.volume_by,
        template=template,
        personal=rule.personal,
        ceiling=rule.ceiling,
        custodians_closed=rule.custodians_closed,
        external=rule.external,
        owners_access=rule.owners_access,
        locked=rule.locked,
        clause=" ".join(rule.clauses),
        sort=1000 + sort,
    )


def usable(unit: Unit, code: str) -> RecordClass:
    """The class *code* that records may be filed in; raises `ClassUnknown` with the nearest code."""
    found = unit.session.get(RecordClass, code)
    if found is None or not found.usable:
        rows = list(unit.session.scalars(select(RecordClass).order_by(RecordClass.sort)))
        raise ClassUnknown(code=code, suggestion=_nearest(code, rows))
    return found


def _nearest(told: str, known: Sequence[RecordClass]) -> str:
    """The code nearest to what was told: a code mistyped, or the name of a class or of a group of them."""
    if told.isascii() or "·" in told:
        told_of = {row.code: row.code for row in known if row.usable}
    else:
        told_of = {row.name: row.code for row in known}
    near = difflib.get_close_matches(told, list(told_of), 1, 0.0)
    return told_of[near[0]] if near else ""


def known(unit: Unit, code: str) -> None:
    """Raise `ClassUnknown` with the nearest code unless *code* is a class or a group of classes."""
    if unit.session.get(RecordClass, code) is None:
        codes = unit.session.scalars(select(RecordClass.code)).all()
        near = difflib.get_close_matches(code, codes, 1, 0.0)
        raise ClassUnknown(code=code, suggestion=near[0] if near else "")


def tree(unit: Unit) -> Sequence[RecordClass]:
    """Every class, groups before their members."""
    unit.look(Act.CLASS_SEE)
    rows = list(unit.session.scalars(select(RecordClass).order_by(RecordClass.sort)))
    groups = {row.code: row for row in rows if row.parent is None}
    return [
        one
        for group in groups.values()
        for one in (group, *(row for row in rows if row.parent == group.code))
    ]


def adoption(unit: Unit) -> Adoption | None:
    """The version in force, or the newest proposed while none is."""
    newest = select(Adoption).order_by(Adoption.proposed_at.desc(), Adoption.version).limit(1)
    return in_force(unit) or unit.session.scalar(newest)


def in_force(unit: Unit) -> Adoption | None:
    """The version the general manager adopted last; None while he has adopted none."""
    rows = select(Adoption).where(Adoption.adopted_at.is_not(None))
    return unit.session.scalar(rows.order_by(Adoption.adopted_at.desc(), Adoption.base.desc()).limit(1))


def version_of(unit: Unit, version: str) -> Adoption:
    """The version called so, whatever its state; raises `NotFound`."""
    found = unit.session.get(Adoption, version)
    if found is None:
        raise NotFound(what="scheme", code=version[:40])
    return found


def adopt(unit: Unit, version: str) -> Adoption:
    """The general manager adopts the scheme as it is shipped; from now on its due dates are trusted (C7).

    Raises `NotFound`, `WrongState`; `BadValue` for a revision, whose records must follow (`anjuan schedule adopt`).
    """
    found = version_of(unit, version)
    if found.text:
        raise BadValue(
            field="version", value=found.version, expected=f"anjuan schedule adopt {found.version}"
        )
    return take_in_force(unit, found)


def take_in_force(unit: Unit, found: Adoption) -> Adoption:
    """Adopt a reviewed version: by neither who drafted nor who reviewed it (AR10-11).

    Raises `WrongState`, `SelfApproval`; whoever calls sees to the rules and to the records that follow them.
    """
    unit.act(Act.CLASS_ADOPT, found, fingerprint=found.fingerprint, base=found.base)
    state = SCHEDULE.after(found.state, Act.CLASS_ADOPT)
    if unit.actor.uid in {found.proposed_by, found.reviewed_by}:
        raise SelfApproval(act=Act.CLASS_ADOPT)
    found.state, found.adopted_at, found.adopted_by = state, unit.now, unit.actor.uid
    return found
