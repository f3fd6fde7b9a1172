"""What stands in a page: is it valid HTML, where does it lead, what does it offer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import html5lib

#: Attributes that name another element of the same page.
POINTING = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget", "list", "headers")
#: What a strict policy of content forbids within a page.
INLINE = ("style",)


@dataclass(frozen=True)
class Link:
    """Where something leads: *way* is `get`, `part` (into this page) or `post`, *what* is said on it."""

    way: str
    href: str
    what: str


@dataclass(frozen=True)
class Page:
    """A page that was read: its elements by name, and what the parser complained of."""

    elements: tuple[Any, ...]
    complaints: tuple[str, ...]
    whole: bool = True


def page_of(html: str, *, whole: bool = True) -> Page:
    """*html* read as a browser reads it; *whole*: a document, else a part of one."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(html) if whole else parser.parseFragment(html)
    told = tuple(f"{place[0]}:{place[1]} {code} {facts}" for place, code, facts in parser.errors)
    return Page(tuple(one for one in tree.iter() if isinstance(one.tag, str)), told if whole else (), whole)


def faults(page: Page) -> list[str]:
    """What is wrong with *page*: not valid, an id twice, a label without its field, a script or style within it."""
    ids = Counter(one.get("id") for one in page.elements if one.get("id") is not None)
    told = list(page.complaints)
    told += [f"id twice: {name}" for name, count in ids.items() if count > 1]
    told += [f"id with a space or empty: {name!r}" for name in ids if not name or set(name) & set(" \t\n")]
    for one in page.elements:
        told += [
            f"{one.tag} {name}={one.get(name)!r} names nothing"
            for name in POINTING
            for wanted in (one.get(name) or "").split()
            if wanted not in ids
            and one.tag != "dialog"  # its title comes with what is put into it
            and (page.whole or name != "list")  # which stands once in the page around a part
        ]
        told += [
            f"inline {name} on {one.tag}" for name in one.keys() if name in INLINE or name.startswith("on")
        ]
        if (
            one.tag == "script"
            and one.get("src") is None
            and (one.text or "").strip()
            and "json" not in (one.get("type") or "")
        ):
            told.append("inline script")
        if one.tag == "style":
            told.append("inline style sheet")
        if one.tag == "img" and one.get("alt") is None:
            told.append(f"img without alt: {one.get('src')}")
    return told


def links(page: Page, here: str) -> Iterator[Link]:
    """Every place of this house that *page*, which stands at *here*, leads to."""
    for one in page.elements:
        for name in ("href", "src", "data-href"):
            if one.get(name) and not (name == "href" and one.tag in {"link", "use"}):
                yield from _local("get", here, one.get(name), _said(one))
        if one.get("hx-get"):
            yield from _local("part", here, one.get("hx-get"), _said(one))
        if one.tag == "form" and sends(one):
            way = (one.get("method") or "get").lower()
            yield from _local(way, here, one.get("action") or here, _said(one))
        if one.get("formaction"):
            yield from _local("post", here, one.get("formaction"), _said(one))
        if one.get("hx-post"):
            yield from _local("post", here, one.get("hx-post"), _said(one))


def _local(way: str, here: str, href: str, what: str) -> Iterator[Link]:
    """The place without its fragment; what leads out of the house, or is no place, is not followed."""
    if way == "dialog" or href.startswith(("data:", "blob:", "mailto:", "tel:", "#", "javascript:")):
        return
    place = urldefrag(urljoin(here, href)).url
    parts = urlsplit(place)
    if not parts.netloc or parts.netloc == urlsplit(here).netloc:
        yield Link(way, f"{parts.path}{'?' + parts.query if parts.query else ''}", what)


def strangers(page: Page, here: str) -> list[str]:
    """Everything that would be fetched from, or leads to, another house."""
    own = urlsplit(here).netloc
    told = []
    for one in page.elements:
        for name in ("href", "src", "action", "hx-get", "hx-post", "poster", "srcset", "formaction"):
            parts = urlsplit(urljoin(here, one.get(name) or ""))
            if parts.scheme in {"http", "https"} and parts.netloc != own:
                told.append(f"{one.tag} {name}={one.get(name)}")
    return told


def sends(form: Any) -> bool:
    """Whether anything on *form* sends it: one without a button offers nothing."""
    buttons = [
        one for one in form.iter() if one.tag == "button" or one.get("type") in {"submit", "image", "search"}
    ]
    return any(one.get("type") not in {"button", "reset"} for one in buttons)


def _said(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())[:40]
