"""Every link of every page as one post sees them: asked for over HTTP, read, followed; each kind of page a few times."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from tests.web.browser.markup import Link, Page, faults, links, page_of, strangers
from tests.web.browser.pressing import Form, forms
from tests.web.conftest import Site, Visitor

HOST = "http://localhost"
#: How many pages of one kind are read: alike in route, verb and names of parameters.
OF_A_KIND = 2
#: How many of one route, whatever is asked: filters that narrow one another have no end.
OF_A_ROUTE = 24
#: What is no page of a person's: a page that ends the log-in, files of the look.
PASSED_OVER = ("/static/", "/health", "/metrics")


@dataclass
class Crawl:
    """What one post found: the pages and the forms by their kind, and what was wrong, each with where it was found."""

    account: str
    kinds: dict[str, str] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    read: int = 0
    wrong: list[str] = field(default_factory=list)
    forms: dict[str, Form] = field(default_factory=dict)


def crawled(site: Site, account: str, *, also: Sequence[str] = (), most: int = 1500) -> Crawl:
    """Follow every link as *account*, from the front page and from the pages *also* on."""
    visitor, found = site.visitor(account), Crawl(account)
    waiting: deque[tuple[Link, str]] = deque((Link("get", way, ""), "—") for way in ("/", *also))
    counts: Counter[str] = Counter()
    seen = {("get", way) for way in ("/", *also)}
    while waiting and found.read < most:
        link, origin = waiting.popleft()
        kind = kind_of(site, link)
        route = urlsplit(link.href).path if kind.startswith("doing.") else kind.split()[0]
        if (counts[kind] >= OF_A_KIND or counts[f"all of {route}"] >= OF_A_ROUTE) and origin != "—":
            continue
        counts.update((kind, f"all of {route}"))
        page = _visited(visitor, link, origin, found)
        found.reached.add(kind.split()[0])
        if page is None:
            continue
        if link.way == "get":
            found.kinds.setdefault(kind, link.href)
        for form in forms(page, link.href):
            found.forms.setdefault(form.kind, form)
        for more in links(page, HOST + link.href):
            if more.way == "post" and not _taken(site, more.href):
                found.wrong.append(f"{link.href}: «{more.what}» posts to {more.href}, which is nowhere")
            elif (
                more.way != "post"
                and (more.way, more.href) not in seen
                and not more.href.startswith(PASSED_OVER)
            ):
                seen.add((more.way, more.href))
                waiting.append((more, f"«{more.what}» on {link.href}"))
    return found


def kind_of(site: Site, link: Link) -> str:
    """The route of a link, its verb, and the names of what is asked."""
    parts = urlsplit(link.href)
    names = ",".join(sorted({name for name, value in parse_qsl(parts.query) if name != "back" and value}))
    try:
        endpoint, given = site.app.url_map.bind("localhost").match(parts.path, "GET")
    except RequestRedirect as moved:
        return f"moved {moved.new_url}"
    except (NotFound, MethodNotAllowed):
        return f"nowhere {parts.path}"
    where = str(given.get("where", given.get("noun", ""))) if endpoint.startswith("doing.") else ""
    return f"{endpoint} {where} {names} {'' if link.way == 'get' else link.way}".strip()


def _taken(site: Site, href: str) -> bool:
    try:
        site.app.url_map.bind("localhost").match(urlsplit(href).path, "POST")
    except RequestRedirect:
        return True
    except (NotFound, MethodNotAllowed):
        return False
    return True


def _visited(visitor: Visitor, link: Link, origin: str, found: Crawl) -> Page | None:
    """The page a link leads to, if it is one that leads on; notes what is wrong with it."""
    told = f"{link.href} ({origin})"
    answer = visitor.client.get(
        link.href, buffered=True, headers={"HX-Request": "true"} if link.way == "part" else {}
    )
    found.read += 1
    if answer.status_code in {301, 302, 303, 307, 308}:
        to = answer.headers["Location"]
        if urlsplit(to).path == "/login":
            found.wrong.append(f"{told}: leads to the log-in")
        answer = visitor.client.get(to, buffered=True)
    if answer.status_code not in {200, 422}:
        found.wrong.append(f"{told}: {answer.status_code}")
        return None
    if answer.mimetype != "text/html":
        return None
    page = page_of(answer.get_data(as_text=True), whole=link.way != "part")
    found.wrong += [f"{told}: {fault}" for fault in faults(page)]
    found.wrong += [f"{told}: stranger {one}" for one in strangers(page, HOST + link.href)]
    return page
