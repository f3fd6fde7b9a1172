"""How templates say things: sentences, values, headings and names of acts in the request's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from flask import current_app, g
from markupsafe import Markup

from archive import cells, scheme
from archive.acts import Act
from archive.clikit.declared import Ask, Verb, sentence
from archive.errors import ArchiveError
from archive.statistics import holdings
from archive.words import Language, knows, say
from web import speech
from web.asking import asking, language, may, site

#: What stands between the name of a field and the list of what may be chosen there.
_CHOICES = re.compile("：|: ")
#: What stands between the two halves.
_STOPS = "：；:;，,"
#: Where the first half of a sentence ends, which is enough for a button or a heading.
_PAUSE = re.compile("[：；]|[:;] ")
#: The number of a printed form, which only a terminal's user asks for by it.
_FORM = re.compile(r" ?[（(]F\d+[）)]")
_PERIOD = re.compile(r"[YE]|[DT]\d+")
#: Clauses side by side; a standard is written with a space in it. Those of our own papers and proposals.
_CLAUSES = re.compile(r"(?:DA|GB|ISO)/?T? [0-9.-]+|\S+")
_OURS = re.compile(r"[RVFC][0-9]+(?:-[RVFC]?[0-9]+)?|[0-9]+-[0-9a-z.]+|house|trade")


def t(key: str, /, **facts: object) -> str:
    """The sentence of *key*."""
    return say(key, language(), **facts)


def word(key: str | None, otherwise: str = "") -> str:
    """The sentence of *key* if there is one, else *otherwise*."""
    return say(key, language()) if key and knows(key, language()) else otherwise


def cell(value: object) -> str:
    """*value* as it is read in a table."""
    return cells.cell(value, language())


def heading(column: str) -> str:
    """What stands above a column."""
    return _headed(cells.label(column, language()))


def _headed(text: str) -> str:
    """A word at the head of something begins with a capital, where there are capitals."""
    return text[:1].upper() + text[1:]


def value_of(row: object, column: str) -> object:
    """What a row holds in a column; `code:place_code` is the attribute `code`."""
    return cells.value(row, column)


def columns_of(rows: list[object], columns: tuple[str, ...]) -> list[str]:
    """The columns of *rows*: those named, or all of them."""
    return list(cells.columns_of(rows, columns))


def act_name(act: Act | str) -> str:
    """The name of an act."""
    return _headed(say(Act(act).word, language()))


def verb_name(verb: Verb | tuple[str, ...] | str) -> str:
    """The name of a verb, as a button says it; it may be named `loan/lend`."""
    path = tuple(verb.split("/")) if isinstance(verb, str) else verb
    found = path if isinstance(path, Verb) else site().verbs[path]
    return _headed(_FORM.sub("", _PAUSE.split(sentence(found, language()))[0]))


def verb_told(verb: Verb) -> str:
    """What a verb does, beyond its name."""
    name, told = verb_name(verb), _headed(_FORM.sub("", verb.told(language())))
    rest = told.removeprefix(name)
    return rest.lstrip(_STOPS) if rest[:1] in _STOPS else told


def ask_name(ask: Ask) -> str:
    """What stands beside a field of a form."""
    return _headed(ask.told(language()))


def field_name(ask: Ask) -> str:
    """The same on a form, which shows itself what there is to choose from, and that there may be several."""
    told = speech.on_a_form(ask_name(ask))
    return _CHOICES.split(told)[0] if ask.choices else told


def department(code: str) -> str:
    """The name of a department, which stays as it was entered; the archive is asked when a new one comes by.

    What it does not know then is no department, and is not asked for again in this request.
    """
    names: dict[str, str] = current_app.extensions.setdefault(f"departments-{language()}", {})
    if code and code not in names and not g.get("departments_asked"):
        g.departments_asked = True
        with suppress(ArchiveError), asking(Act.RECORD_SEE) as unit:  # the frame of a page fails for no name
            names |= holdings.department_names(unit, language())
    return names.get(code, code)


def cited(clauses: str) -> str:
    """The laws and standards among *clauses*, by name: what an office can look up; our own numbers say nothing there."""
    told = (_named(one.strip(",;")) for one in _CLAUSES.findall(clauses))
    return ("；" if language() is Language.ZH else "; ").join(dict.fromkeys(filter(None, told)))


def _named(clause: str) -> str:
    if _OURS.fullmatch(clause):
        return ""
    code, dash, article = clause.partition("-")
    law = scheme.law_named(code, language())
    return t("web.shell.article", law=law, article=article) if law and dash else law or clause


def period(code: str | None) -> str:
    """A period in words; what is no code of one stands for itself."""
    return holdings.period_name(code, language()) if code and _PERIOD.fullmatch(code) else code or ""


def linked(text: str) -> Markup:
    """A sentence whose commands are links to their pages."""
    return speech.linked(text, site().verbs, language(), may)


def choices(ask: Ask) -> list[tuple[str, str]]:
    """The values one may choose, with their words."""
    return [(code, word(key, code)) for code, key in ask.choices]


#: What every template may call.
GLOBALS: Mapping[str, Callable[..., Any]] = {
    "t": t,
    "word": word,
    "cell": cell,
    "heading": heading,
    "value_of": value_of,
    "columns_of": columns_of,
    "act_name": act_name,
    "verb_name": verb_name,
    "verb_told": verb_told,
    "ask_name": ask_name,
    "field_name": field_name,
    "department": department,
    "period": period,
    "cited": cited,
    "choices": choices,
    "linked": linked,
    "may": may,
}
