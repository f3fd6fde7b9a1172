"""What an office's own template may say: the names a form offers, simple conditions, and loops over its lines.

Everything that is not on the list is refused before it is compiled; what is left runs in jinja's sandbox besides.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment

from archive.errors import PlaceholderUnknown, TemplateRefused
from archive.forms.kinds import FormKind
from archive.values import Worded

#: What every form offers.
COMMON = ("form_title", "company", "form_number", "foot", "printed_on")
#: The filters a template may use, and what it may ask of a loop.
FILTERS = frozenset({"default", "upper", "lower", "trim", "length", "e", "escape"})
LOOP = frozenset({"index", "first", "last", "length"})
#: The only things that may stand in a template; calls, sums, assignments, inclusions and items by number are not among them.
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const, nodes.For, nodes.If,
    nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand, nodes.Filter, nodes.CondExpr,
)  # fmt: skip


class Unfit(Worded):
    """Why a file is no template."""

    NOT_WORD = "NOT_WORD"
    TOO_LARGE = "TOO_LARGE"
    MACROS = "MACROS"
    OUTSIDE = "OUTSIDE"
    EMBEDDED = "EMBEDDED"
    ENTITIES = "ENTITIES"
    FIELDS = "FIELDS"
    TAGS = "TAGS"
    SYNTAX = "SYNTAX"
    FORBIDDEN = "FORBIDDEN"
    LOOPS = "LOOPS"


@dataclass(frozen=True, slots=True)
class Names:
    """The placeholders of one form: single values, and for each table the columns of its lines."""

    values: tuple[str, ...] = ()
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.values or self.tables)


def names_of(kind: FormKind) -> Names:
    """What a template of *kind* may name; nothing for a form that takes none (covers, backs, stamps)."""
    told = _data(kind.place.partition(".")[0]).get(kind.code, {})
    tables = {name: tuple(columns) for name, columns in told.get("tables", {}).items()}
    return Names(tuple(told.get("values", ())), tables)


@cache
def _data(package: str) -> Mapping[str, Any]:
    file = resources.files(package).joinpath("data/form_names.toml")
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}


class Strict(SandboxedEnvironment):
    """Jinja for one form's templates: every source it compiles has been judged first."""

    def __init__(self, names: Names, form: str) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self.names, self.form = names, form
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.globals = {}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        try:
            tree = super()._parse(source, name, filename)
        except TemplateError as slip:
            raise TemplateRefused(why=Unfit.SYNTAX, what=str(slip)[:120]) from slip
        judge(tree, self.names, self.form)
        return tree


def judge(tree: nodes.Template, names: Names, form: str) -> None:
    """Raise `TemplateRefused` for what a template may not do, `PlaceholderUnknown` for names the form does not offer."""
    unknown = dict.fromkeys(_strangers(tree, names, {}))
    if unknown:
        every = [*COMMON, *names.values, *names.tables]
        told = [_with_nearest(one, every, names) for one in unknown]
        raise PlaceholderUnknown(form=form, names=told)


def _strangers(node: nodes.Node, names: Names, loops: Mapping[str, str]) -> Iterator[str]:
    """The names below *node* that nobody knows; *loops* are the variables of the loops around it."""
    if not isinstance(node, _ALLOWED):
        raise TemplateRefused(why=Unfit.FORBIDDEN, what=type(node).__name__)
    if isinstance(node, nodes.For):
        yield from _loop(node, names, loops)
        return
    if isinstance(node, nodes.Getattr):
        yield from _attribute(node, names, loops)
        return
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise TemplateRefused(why=Unfit.FORBIDDEN, what=node.name)
    if isinstance(node, nodes.Name) and not _known(node.name, names, loops):
        yield node.name
    for child in node.iter_child_nodes():
        yield from _strangers(child, names, loops)


def _known(name: str, names: Names, loops: Mapping[str, str]) -> bool:
    return name in COMMON or name in names.values or name in names.tables or name in loops


def _loop(node: nodes.For, names: Names, loops: Mapping[str, str]) -> Iterator[str]:
    """A loop goes over a table, never within another loop: so it ends."""
    if not isinstance(node.target, nodes.Name) or node.recursive or loops:
        raise TemplateRefused(why=Unfit.LOOPS, what=f"for … in {getattr(node.iter, 'name', '…')}")
    if not isinstance(node.iter, nodes.Name):
        raise TemplateRefused(why=Unfit.LOOPS, what=type(node.iter).__name__)
    if node.iter.name not in names.tables:
        yield node.iter.name
        return
    inside = {node.target.name: node.iter.name, "loop": "loop"}
    for child in [*node.body, *([node.test] if node.test else [])]:
        yield from _strangers(child, names, inside)
    for child in node.else_:
        yield from _strangers(child, names, loops)


def _attribute(node: nodes.Getattr, names: Names, loops: Mapping[str, str]) -> Iterator[str]:
    """`row.title`: only of the line of a loop, and only a column of its table."""
    of, wanted = node.node, node.attr
    if not isinstance(of, nodes.Name) or wanted.startswith("_"):
        raise TemplateRefused(why=Unfit.FORBIDDEN, what=f".{wanted}"[:60])
    table = loops.get(of.name)
    columns: Iterable[str] = LOOP if table == "loop" else names.tables.get(table or "", ())
    if wanted not in columns:
        yield f"{of.name}.{wanted}"


def _with_nearest(name: str, every: Iterable[str], names: Names) -> str:
    """A stranger with the name that is most like it."""
    stem, dot, attribute = name.rpartition(".")
    known = (
        list(dict.fromkeys(one for columns in names.tables.values() for one in columns))
        if dot
        else list(every)
    )
    near = difflib.get_close_matches(attribute or name, known, 1, 0.0)
    return f"{name} → {stem}{dot}{near[0]}" if near else name
