"""A question as people type it, and the tree it means; no engine is known here.

    question  = either ; words side by side must all be found
    either    = every { ("OR" | "或" | "|") every }
    every     = part { ["AND"] part }
    part      = ("NOT" | "非" | "-") part | "(" either ")" | [field ":"] word
    word      = '"' exact phrase '"' | characters up to a blank, with "*" at the end: begins with

A slip is never silently repaired: `QueryUnclear` carries the nearest question that can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from archive.errors import QueryTooLarge, QueryUnclear
from indexer.analysis import phrase


class Limit(StrEnum):
    """What of a question is limited (reliability L3)."""

    CHARACTERS = "characters"
    TERMS = "terms"
    DEPTH = "depth"

    @property
    def word(self) -> str:
        """The key of this limit's name."""
        return f"query.{self.value}"

    def keep(self, found: int) -> None:
        """QueryTooLarge if *found* is more than may be asked."""
        if found > _MOST[self]:
            raise QueryTooLarge(what=self, found=found, most=_MOST[self])


_MOST = {Limit.CHARACTERS: 2_000, Limit.TERMS: 64, Limit.DEPTH: 20}


class Field(StrEnum):
    """The parts of a record a question can name; all but the text are its description."""

    TITLE = "title"
    CODE = "code"
    CREATOR = "creator"
    NUMBER = "number"
    NAMES = "names"
    BODY = "body"


#: What may be written before the colon, folded to lower case.
FIELD_NAMES = {
    "题名": Field.TITLE, "标题": Field.TITLE, "title": Field.TITLE,
    "档号": Field.CODE, "code": Field.CODE,
    "责任者": Field.CREATOR, "creator": Field.CREATOR,
    "文号": Field.NUMBER, "number": Field.NUMBER,
    "名称": Field.NAMES, "names": Field.NAMES, "name": Field.NAMES,
    "正文": Field.BODY, "全文": Field.BODY, "text": Field.BODY, "body": Field.BODY,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """A word or exact phrase to be found, in one field or in any; *prefix*: its last word may go on."""

    text: str
    field: Field | None = None
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """Records in which *part* is not found."""

    part: Tree


@dataclass(frozen=True, slots=True)
class And:
    """Records in which every part is found; without parts: all records."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Records in which some part is found."""

    parts: tuple[Tree, ...]


Tree = Term | Not | And | Or

#: The question without words: everything one may see.
EVERYTHING = And(())


def parse(query: str) -> Tree:
    """The tree that *query* means; QueryUnclear with the nearest reading, QueryTooLarge past a limit."""
    Limit.CHARACTERS.keep(len(query))
    if not query.strip():
        return EVERYTHING
    reader = _Reader(query)
    tree = reader.question()
    if reader.slips or tree is None:
        raise QueryUnclear(query=query, reading=None if tree is None else render(tree))
    return tree


def render(tree: Tree) -> str:
    """The question that `parse` reads back as *tree*."""
    return _render(tree, inner=False)


def wanted(tree: Tree) -> Iterator[Term]:
    """The terms a hit may contain, in order: all but those under an odd number of `Not`."""
    if isinstance(tree, Term):
        yield tree
    elif isinstance(tree, (And, Or)):
        for part in tree.parts:
            yield from wanted(part)
    elif isinstance(tree.part, Not):
        yield from wanted(tree.part.part)


def _render(tree: Tree, *, inner: bool) -> str:
    if isinstance(tree, Term):
        field = f"{tree.field.value}:" if tree.field else ""
        word = tree.text if _is_word(tree.text) else f'"{tree.text}"'
        return f"{field}{word}{'*' if tree.prefix else ''}"
    if isinstance(tree, Not):
        return f"NOT {_render(tree.part, inner=True)}"
    if isinstance(tree, And):
        text = " ".join(_render(part, inner=True) for part in tree.parts)
    else:
        text = " OR ".join(_render(part, inner=not isinstance(part, And)) for part in tree.parts)
    return f"({text})" if inner else text


# --- lexing ----------------------------------------------------------------------------------

_CLOSING = {'"': '"', "“": "”", "”": "”", "「": "」", "『": "』", "＂": "＂"}
_QUOTES = "".join(_CLOSING)
#: Quotation marks inside a phrase are punctuation like any other.
_UNQUOTED = dict.fromkeys(map(ord, {*_CLOSING, *_CLOSING.values()}), "、")
_OR = frozenset({"OR", "或", "|", "｜", "||"})
_AND = frozenset({"AND", "&&"})
_NOT = frozenset({"NOT", "非"})
_MINUS = frozenset("-－−")
_STARS = frozenset("*＊")
_WORD = re.compile(rf"[^\s()（）{_QUOTES}」』:：]+")
_NAMED = re.compile(r"(\w+)[:：]")


def _is_word(text: str) -> bool:
    """True if *text* can stand without quotes."""
    return (
        _WORD.fullmatch(text) is not None
        and text not in _OR | _AND | _NOT
        and text[0] not in _MINUS
        and _STARS.isdisjoint(text)
    )


class _Reader:
    """One pass over a question: builds the tree and counts the slips it had to repair on the way."""

    def __init__(self, query: str) -> None:
        self.text = query.strip()
        self.at = 0
        self.slips = 0
        self.terms = 0

    def question(self) -> Tree | None:
        """The whole question; None if nothing in it can be looked for."""
        tree = self.either(0)
        while self.at < len(self.text):  # a bracket closed that was never opened
            self.slips += 1
            self.at += 1
            more = self.either(0)
            tree = _joined(And, [part for part in (tree, more) if part])
        return tree

    def either(self, depth: int) -> Tree | None:
        """Alternatives."""
        Limit.DEPTH.keep(depth)
        parts: list[Tree] = []
        while True:
            part = self.every(depth)
            alternative = self.operator(_OR)
            if part is None:
                self.slips += alternative or bool(parts)
            else:
                parts.append(part)
            if not alternative:
                return _joined(Or, parts)

    def every(self, depth: int) -> Tree | None:
        """Parts side by side, up to an alternative, a closing bracket or the end."""
        parts: list[Tree] = []
        while not self.ended():
            if self.operator(_AND):
                self.slips += not parts or self.ended()
                continue
            part = self.part(depth)
            if part is not None:
                parts.append(part)
        return _joined(And, parts)

    def part(self, depth: int) -> Tree | None:
        """One condition; None if nothing is left of it."""
        Limit.DEPTH.keep(depth)
        if self.operator(_NOT) or self.minus():
            return self.denied(depth)
        if self.text[self.at] in "(（":
            return self.bracket(depth)
        named = _NAMED.match(self.text, self.at)
        if named and not named[1].isdecimal():
            return self.named(named)
        return self.word(None)

    def denied(self, depth: int) -> Tree | None:
        """What follows a NOT; a dash between blanks is none."""
        dash = self.text[self.at - 1] in _MINUS
        spaced = self.text[self.at : self.at + 1].isspace()
        part = None if self.ended() or (dash and spaced) else self.part(depth + 1)
        self.slips += part is None
        return part and Not(part)

    def bracket(self, depth: int) -> Tree | None:
        """A question within brackets."""
        self.at += 1
        tree = self.either(depth + 1)
        self.blanks()
        if self.text[self.at : self.at + 1] in {")", "）"}:
            self.at += 1
        else:
            self.slips += 1
        self.slips += tree is None
        return tree

    def named(self, named: re.Match[str]) -> Tree | None:
        """A word after a field name; a name that is none is read as an exact phrase."""
        field = FIELD_NAMES.get(named[1].lower())
        self.at = named.end()
        bare = self.at >= len(self.text) or self.text[self.at].isspace() or self.text[self.at] in "()（）"
        if field is None or bare:
            self.slips += 1
            rest = "" if bare else self.taken()[0]
            return self.term(f"{named[1]} {rest}" if rest else named[1], None, prefix=False)
        if self.minus():
            self.slips += 1
            part = None if self.ended() else self.word(field)
            return part and Not(part)
        return self.word(field)

    def word(self, field: Field | None) -> Tree | None:
        """A word or an exact phrase; a star may only end it."""
        text, quoted = self.taken()
        star = not quoted and text[-1:] in _STARS
        star = star or (quoted and self.star())
        if not quoted:
            text = text.rstrip("*＊")
            self.slips += not _STARS.isdisjoint(text)
            text = text.translate(dict.fromkeys(map(ord, _STARS), " "))
        if star and not phrase(text):
            self.slips += 1
        return self.term(text, field, prefix=star)

    def taken(self) -> tuple[str, bool]:
        """The next run of characters or quoted phrase; True if it was quoted."""
        opening = self.text[self.at]
        closing = _CLOSING.get(opening)
        if closing:
            end = self.text.find(closing, self.at + 1)
            self.slips += end < 0
            end = len(self.text) if end < 0 else end
            text, self.at = self.text[self.at + 1 : end], end + 1
            return text, True
        start, self.at = self.at, self.at + 1  # a stray closing quote or colon is taken alone
        while (more := _WORD.match(self.text, self.at)) or self.inner_colon():
            self.at = more.end() if more else self.at + 1
        return self.text[start : self.at], False

    def inner_colon(self) -> bool:
        """True before a colon within a time, a ratio or an address."""
        return self.text[self.at : self.at + 1] in {":", "："}

    def term(self, text: str, field: Field | None, *, prefix: bool) -> Tree | None:
        """The term *text*; None, without a slip, if it is only punctuation."""
        if not phrase(text):
            self.slips += field is not None
            return None
        self.terms += 1
        Limit.TERMS.keep(self.terms)
        return Term(" ".join(text.translate(_UNQUOTED).split()), field, prefix)

    # --- small steps

    def blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def ended(self) -> bool:
        """True at the end, before a closing bracket and before an alternative."""
        self.blanks()
        return self.at >= len(self.text) or self.text[self.at] in ")）" or self.lone(_OR) is not None

    def lone(self, operators: frozenset[str]) -> int | None:
        """Where the operator that stands here ends; None if there is none."""
        word = re.compile(r"[^\s()（）\"“「]+").match(self.text, self.at)
        return word.end() if word and word.group() in operators else None

    def operator(self, operators: frozenset[str]) -> bool:
        """Step over an operator, if one stands here."""
        self.blanks()
        end = self.lone(operators)
        self.at = self.at if end is None else end
        return end is not None

    def minus(self) -> bool:
        """Step over a minus that begins a word."""
        if self.text[self.at] not in _MINUS:
            return False
        self.at += 1
        return True

    def star(self) -> bool:
        """Step over a star that follows a closing quote."""
        stands = self.text[self.at : self.at + 1] in _STARS
        self.at += stands
        return stands


def _joined(kind: type[And | Or], parts: list[Tree]) -> Tree | None:
    """One part alone, several under *kind*, none as None."""
    if len(parts) < 2:
        return parts[0] if parts else None
    return kind(tuple(parts))
