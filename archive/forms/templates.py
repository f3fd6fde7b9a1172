"""An office's own Word layout of a form: checked, kept sealed, used for .docx; a PDF stays our layout (decision 23)."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import TemplateError
from lxml import etree
from sqlalchemy import func, select

from archive.acts import Act
from archive.cards import plain
from archive.errors import ArchiveError, FileMissing, NoTemplateHere, NotFound, TemplateRefused
from archive.forms import wordcheck
from archive.forms.kinds import FormKind
from archive.forms.page import Form
from archive.forms.placeholders import COMMON, Names, Strict, Unfit, names_of
from archive.model import FormTemplate, Person, new_uid
from archive.people import name_of
from archive.unit import Unit

BODY_KEY, CARD_KEY = "form-template", "form-template-card"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Template:
    """A layout in use: its version and the Word file."""

    version: int
    body: bytes


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """One version of an office's layout."""

    form: str
    version: int
    name: str
    note: str
    installed_at: dt.datetime
    installed_by: str
    retired_at: dt.datetime | None


# --- installing -------------------------------------------------------------------------------------


def install(unit: Unit, kind: FormKind, path: Path, *, note: str = "") -> FormTemplate:
    """Check the Word file at *path* and print *kind* in it from now on; what was in use stays, retired.

    Raises `FileMissing`, `NoTemplateHere`, `TemplateRefused`, `PlaceholderUnknown`.
    """
    _named(unit, kind, path.name, note)
    return _taken(unit, kind, _read(path), path.name, note)


def take(unit: Unit, kind: FormKind, body: bytes, *, name: str, note: str = "") -> FormTemplate:
    """The same with the bytes of a Word file called *name*; raises as `install` does."""
    _named(unit, kind, name, note)
    return _taken(unit, kind, body, name, note)


def _named(unit: Unit, kind: FormKind, name: str, note: str) -> None:
    unit.act(Act.FORM_TEMPLATE, private={"name": name, "note": note}, form=kind.code)


def _taken(unit: Unit, kind: FormKind, body: bytes, name: str, note: str) -> FormTemplate:
    check(kind, body)
    _retire(unit, kind)
    newest = select(func.max(FormTemplate.version)).where(FormTemplate.form == kind.code)
    uid = new_uid()
    made = FormTemplate(
        uid=uid, form=kind.code, version=(unit.session.scalar(newest) or 0) + 1, installed_at=unit.now,
        installed_by=unit.actor.uid, body=unit.keys.seal_with(BODY_KEY, uid.encode(), body),
        card=unit.keys.seal_with(CARD_KEY, uid.encode(), plain({"name": name, "note": note})),
    )  # fmt: skip
    unit.session.add(made)
    unit.session.flush()
    unit.lines[-1].facts = {"form": kind.code, "version": made.version}
    return made


def remove(unit: Unit, kind: FormKind) -> int:
    """Go back to our layout; the version that was in use. Raises `NotFound` if none was."""
    unit.act(Act.FORM_TEMPLATE, form=kind.code)
    version = _retire(unit, kind)
    if version is None:
        raise NotFound(what="template", code=kind.code)
    unit.lines[-1].facts = {"form": kind.code, "version": version, "removed": True}
    unit.session.flush()
    return version


def _retire(unit: Unit, kind: FormKind) -> int | None:
    found = _in_use(unit, kind)
    if found is None:
        return None
    found.retired_at, found.retired_by = unit.now, unit.actor.uid
    unit.session.flush()
    return found.version


def _read(path: Path) -> bytes:
    """A person's file, one byte more than is allowed at most; raises `FileMissing`."""
    try:
        if not path.is_file():
            raise FileMissing(path=path)
        with path.open("rb") as file:
            return file.read(wordcheck.MOST + 1)
    except PermissionError as barred:
        raise FileMissing(path=path) from barred


def check(kind: FormKind, body: bytes) -> None:
    """Raise what is wrong with a Word file as the layout of *kind*: it is looked through, and printed once on trial."""
    names = names_of(kind)
    if not names:
        raise NoTemplateHere(form=kind.code)
    wordcheck.examine(body)
    _filled(body, names, kind.code, sample(names))


def sample(names: Names) -> dict[str, Any]:
    """A value for every name, and two lines for every table."""
    return {
        **{name: f"{name}＜&" for name in (*COMMON, *names.values)},
        **{
            table: [SimpleNamespace(**{column: f"{column}{nth}" for column in columns}) for nth in (1, 2)]
            for table, columns in names.tables.items()
        },
    }


# --- looking ----------------------------------------------------------------------------------------


def current(unit: Unit, kind: FormKind) -> Template | None:
    """The layout in use for a form; the caller has judged."""
    found = _in_use(unit, kind)
    if found is None:
        return None
    return Template(found.version, unit.keys.open_with(BODY_KEY, found.uid.encode(), found.body))


def _in_use(unit: Unit, kind: FormKind) -> FormTemplate | None:
    rows = select(FormTemplate).where(FormTemplate.form == kind.code, FormTemplate.retired_at.is_(None))
    return unit.session.scalar(rows)


def rows(unit: Unit, kind: FormKind | None = None) -> list[TemplateLine]:
    """Every version of every layout, or of one form's, the newest first."""
    unit.look(Act.FORM_SEE)
    found = select(FormTemplate).order_by(FormTemplate.form, FormTemplate.version.desc())
    if kind is not None:
        found = found.where(FormTemplate.form == kind.code)
    return [_line(unit, one) for one in unit.session.scalars(found)]


def _line(unit: Unit, one: FormTemplate) -> TemplateLine:
    said = json.loads(unit.keys.open_with(CARD_KEY, one.uid.encode(), one.card))
    by = name_of(unit, unit.session.get_one(Person, one.installed_by))
    return TemplateLine(
        one.form, one.version, said["name"], said["note"], one.installed_at, by, one.retired_at
    )


def installed(unit: Unit, kind: FormKind) -> bytes:
    """The Word file in use for a form; raises `NotFound` where ours is."""
    unit.look(Act.FORM_SEE)
    found = current(unit, kind)
    if found is None:
        raise NotFound(what="template", code=kind.code)
    return found.body


# --- filling in -------------------------------------------------------------------------------------


def render(unit: Unit, kind: FormKind, template: Template, form: Form) -> bytes:
    """*form* in the office's layout; equal contents give equal bytes. Raises `TemplateRefused` for a layout outdated."""
    names = names_of(kind)
    told: dict[str, Any] = {
        **dict.fromkeys(names.values, ""),
        "form_title": form.title,
        "company": form.company,
        "form_number": form.number,
        "foot": form.foot,
        "printed_on": f"{unit.today}",
        **form.values,
    }
    for table, columns in names.tables.items():
        empty = dict.fromkeys(columns, "")
        told[table] = [SimpleNamespace(**{**empty, **line}) for line in form.tables.get(table, ())]
        form.shown.rows += len(told[table])
    return _filled(template.body, names, kind.code, told)


def _filled(body: bytes, names: Names, form: str, told: Mapping[str, Any]) -> bytes:
    try:
        template = DocxTemplate(io.BytesIO(body))
        template.render(dict(told), jinja_env=Strict(names, form), autoescape=True)
        saved = io.BytesIO()
        template.save(saved)
    except ArchiveError:
        raise
    except (
        TemplateError,
        etree.LxmlError,
        ValueError,
        KeyError,
        AttributeError,
        TypeError,
        IndexError,
    ) as slip:
        raise TemplateRefused(why=Unfit.SYNTAX, what=type(slip).__name__) from slip
    return settled(saved)


def settled(saved: io.BytesIO) -> bytes:
    """A packed file without the hour at which it was packed."""
    made = io.BytesIO()
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, _EPOCH), source.read(name), zipfile.ZIP_DEFLATED)
    return made.getvalue()
