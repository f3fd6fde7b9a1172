"""The application: pages, sessions, guards and errors put together over one opened instance."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from flask import Flask, Request, Response, g, redirect, request, send_from_directory, url_for
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from archive import __version__, words
from archive.clikit.declared import Verb
from archive.instance import Instance
from web import badges, cookies, doing, faults, guard, looks, menus, pages, sittings
from web.asking import Site

words.add_package("web")

STATIC = Path(__file__).parent / "static"
#: A year: the address of a static file changes with what is in it.
_FOR_GOOD = "public, max-age=31536000, immutable"
#: What is shown to whoever is not signed in.
OPEN = frozenset({"static", "entrance.login", "entrance.enter", "entrance.tongue", "health.live", "health.ready", "health.metrics"})  # fmt: skip
#: What a one-time password still opens.
WHILE_DUE = OPEN | {"entrance.password", "entrance.change", "entrance.logout"}


class Asked(Request):
    """A request whose parts never touch the disk: what is too large for memory was refused before (decision 14)."""

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        return io.BytesIO()


class House(Flask):
    """The application itself: strict templates, requests kept in memory."""

    request_class = Asked
    jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}


def create_app(
    opened: Instance, verbs: Mapping[tuple[str, ...], Verb], *, tls: bool = False, behind_proxy: bool = False,
    hosts: Collection[str] = (), testing: bool = False,
) -> Flask:  # fmt: skip
    """The application over *opened*; *hosts* are the names it answers to beside the machine's own."""
    app = House("web", static_folder=None)
    secure = tls or behind_proxy
    app.config.update(
        SECRET_KEY=opened.keys.subkey("web-session"),
        SESSION_COOKIE_NAME=cookies.name(secure=secure),
        SESSION_COOKIE_SECURE=secure,
        WTF_CSRF_TIME_LIMIT=None,  # a form lives as long as the log-in
        WTF_CSRF_SSL_STRICT=False,  # `guard.own_sender` asks for the origin, which no setting of a browser hides
        MAX_FORM_MEMORY_SIZE=guard.FORM,
        MAX_FORM_PARTS=20_000,
        TESTING=testing,
    )
    app.extensions["anjuan"] = Site(opened, verbs)
    app.session_interface = cookies.SealedCookies(opened.keys)
    _guarded(app, frozenset({*guard.LOOPBACK, *(name.lower() for name in hosts)}))
    _spoken(app, opened)
    _peopled(app)
    faults.answered(app)
    if behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app


# --- at the door -------------------------------------------------------------------------------


def _guarded(app: Flask, hosts: frozenset[str]) -> None:
    """Every request passes these in order, and then the check of its form's token."""

    @app.before_request
    def _at_the_door() -> None:
        site: Site = app.extensions["anjuan"]
        g.language = sittings.tongue()
        words.ZONE.set(site.instance.settings.zone)
        guard.known_host(hosts)
        guard.own_sender()
        guard.small_enough()

    app.extensions["csrf-guard"] = CSRFProtect(app)
    app.before_request(_signed_in)
    app.after_request(guard.dressed)

    @app.after_request
    def _seen(answer: Response) -> Response:
        noting = sittings.noting()
        if noting is not None:
            answer.call_on_close(noting)
        return answer


def _signed_in() -> Any:
    """Nobody sees a page without a log-in; whoever holds a one-time password changes it first."""
    if request.endpoint is None or request.endpoint in OPEN or request.blueprint == "api":
        return None
    here = sittings.sitting()
    if here is None:
        return faults.to_login()
    if here.password_due and request.endpoint not in WHILE_DUE:
        return redirect(url_for("entrance.password"), 303)
    return None


# --- what templates may say --------------------------------------------------------------------


def _spoken(app: Flask, opened: Instance) -> None:
    app.jinja_env.globals.update(looks.GLOBALS)
    app.jinja_env.globals.update(icon=icon, company=opened.settings.company, version=__version__)
    app.context_processor(
        lambda: {"me": sittings.sitting(), "language": sittings.tongue(), "menu": list(_menu())}
    )


def _menu() -> Iterator[dict[str, Any]]:
    """The menu of whoever is signed in: sections of entries with label, href, icon, active, count."""
    for section in menus.shown(sittings.may) if sittings.sitting() else ():
        entries = [
            {
                "key": entry.key, "label": looks.t(f"web.menu.{entry.key}"), "href": entry.href, "icon": entry.icon,
                "key_stroke": entry.key_stroke, "active": _within(entry.href), "count": badges.counted(entry.counted),
            }
            for entry in section.entries
        ]  # fmt: skip
        yield {"key": section.key, "label": looks.t(f"web.menu.{section.key}"), "entries": entries}


def _within(href: str) -> bool:
    return request.path == href or (href != "/" and request.path.startswith(f"{href}/"))


def icon(name: str) -> Markup:
    """A drawing out of the set, which says nothing by itself to whoever listens."""
    place = url_for("static", filename="vendor/icons.svg")
    return Markup('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>').format(place, name)  # fmt: skip


# --- pages -------------------------------------------------------------------------------------


def _peopled(app: Flask) -> None:
    for blueprint in pages.all_pages():
        app.register_blueprint(blueprint)
    app.register_blueprint(doing.bp)
    if find_spec("web.api") is not None:
        api = import_module("web.api").bp
        app.extensions["csrf-guard"].exempt(api)  # programs show a token of their own and bring no cookie
        app.register_blueprint(api)
    app.add_url_rule("/static/<stamp>/<path:filename>", "static", _static)
    app.url_defaults(_stamped)


def _static(stamp: str, filename: str) -> Response:
    """A file of the look; kept by browsers for good, since another content has another address."""
    answer = send_from_directory(STATIC, filename)
    answer.headers["Cache-Control"] = _FOR_GOOD if stamp == _stamp() else "no-store"
    return answer


def _stamped(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static":
        values.setdefault("stamp", _stamp())


@cache
def _stamp() -> str:
    """A short fingerprint of all static files."""
    told = hashlib.sha256()
    for file in sorted(one for one in STATIC.rglob("*") if one.is_file()):
        told.update(file.relative_to(STATIC).as_posix().encode() + b"\0" + file.read_bytes())
    return told.hexdigest()[:12]
