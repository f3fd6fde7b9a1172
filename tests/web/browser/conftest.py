"""A real server over an office, and a real browser in it: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.archive.conftest import lived  # noqa: F401  # a fixture
from tests.conftest import PASSWORD, Office, opened
from tests.web.conftest import Site, site_of
from web import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's browser without a window; what lacks is said."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (make test-full)")
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed (apt-get install chromium)")
    with driver.sync_playwright() as playing:
        browser = playing.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The address at which *site* is served, in a thread of its own."""
    running = serving.server(site.app, serving.Doors(port=0, threads=4))
    thread = threading.Thread(target=running.serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{serving.port_of(running)}"
    finally:
        running.stop()
        thread.join(10)


@dataclass
class Visit:
    """A browser at a served office: each person has a window of his own, and what went wrong in any is kept."""

    browser: Browser
    base: str
    office: Office
    size: tuple[int, int] = (1280, 900)
    scripts: bool = True
    wrong: list[str] = field(default_factory=list)
    _windows: dict[tuple[str, str], Page] = field(default_factory=dict)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def as_(self, account: str, language: str = "zh") -> Page:
        """The window of *account*, signed in on the log-in page."""
        if (account, language) not in self._windows:
            page = self.nobody(language)
            page.goto("/login")
            page.fill("[name=account]", account)
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url(lambda url: "/login" not in url)
            self._windows[account, language] = page
        return self._windows[account, language]

    def nobody(self, language: str = "zh") -> Page:
        """A window in which nobody is signed in."""
        context = self.browser.new_context(
            base_url=self.base, locale="zh-CN" if language == "zh" else "en-GB",
            viewport={"width": self.size[0], "height": self.size[1]}, java_script_enabled=self.scripts,
        )  # fmt: skip
        context.add_cookies([{"name": "anjuan-language", "value": language, "url": self.base}])
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("dialog", lambda asked: asked.accept())
        page.on("console", lambda said: self._said(page, said))
        page.on("pageerror", lambda slip: self.wrong.append(f"{page.url}: {slip}"))
        page.on("request", lambda asked: self._asked(asked.url))
        page.on("response", lambda got: self._answered(got))
        return page

    def _said(self, page: Page, said: Any) -> None:
        refused = "Failed to load resource" in said.text  # told by its answer
        if said.type in {"error", "warning"} and not refused:
            self.wrong.append(f"{page.url}: {said.type} {said.text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.base + "/", "data:", "blob:", "about:")):
            self.wrong.append(f"asked a stranger: {url}")

    def _answered(self, got: Any) -> None:
        if got.status >= 500:
            self.wrong.append(f"{got.url}: {got.status}")

    def close(self) -> None:
        """Close every window."""
        for context in self._contexts:
            context.close()


@contextmanager
def visiting(browser: Browser, site: Site, **given: Any) -> Iterator[Visit]:
    """Windows at *site*, served for as long."""
    with served(site) as base:
        visit = Visit(browser, base, site.office, **given)
        try:
            yield visit
        finally:
            visit.close()


@pytest.fixture
def visit(chromium: Browser, office: Office) -> Iterator[Visit]:
    """A browser at a fresh office; at the end nothing may have gone wrong in any window."""
    with visiting(chromium, real(office)) as made:
        yield made
    assert made.wrong == []


def real(office: Office) -> Site:
    """The application as an office runs it: a defect is a page, not a trace."""
    made = site_of(office)
    made.app.config["TESTING"] = False
    return made


@pytest.fixture(scope="module")
def lived_in(
    lived: tuple[Path, Any],  # noqa: F811
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Office]:
    """A copy of the office in which everything has happened once; its pages are only looked at."""
    from indexer import sync

    home, full = lived
    copy = tmp_path_factory.mktemp("looked-at") / "home"
    shutil.copytree(home, copy)
    copy.chmod(0o700)
    office = Office(None, now=full.office.now)  # type: ignore[arg-type]
    office.instance = opened(copy, template / "key", lambda: office.now)
    sync.drain(office.instance)
    yield office
    office.instance.close()


@cache
def axe() -> str:
    """The checker of accessibility, as a script."""
    return AXE.read_text("utf-8")


def unfit(page: Page) -> list[str]:
    """What axe-core finds serious or critical on *page*."""
    page.evaluate(axe() + "; 0")
    told = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
        ".filter(one => ['serious', 'critical'].includes(one.impact))"
        ".map(one => one.id + ': ' + one.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + n.html.slice(0, 120)).join(' | '))"
    )
    return [f"{page.url}: {one}" for one in told]
