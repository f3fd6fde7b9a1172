"""The application: pages, sessions, guards and errors put together over one opened instance."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from flask import Flask, Request, Response, g, redirect, request, send_from_directory, url_for
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from markupsafe import Markup

from archive import __version__, words
from archive.clikit.declared import Verb
from archive.instance import Instance, utc_now
from web import access, badges, cookies, doing, faults, founding, guard, health, looks, menus, pages, sittings
from web.asking import Site
from web.pages import entrance

words.add_package("web")

STATIC = Path(__file__).parent / "static"
#: A year: the address of a static file changes with what is in it.
_FOR_GOOD = "public, max-age=31536000, immutable"
#: Static files that are sent packed; pages are not, since what they hold beside what was asked for must not tell by its length.
_PACKS_WELL = frozenset({".css", ".js", ".svg", ".mjs"})
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
    opened: Instance, verbs: Mapping[tuple[str, ...], Verb], *, tls: bool = False, proxies: Collection[str] = (),
    hosts: Collection[str] = (), metrics_token: Path | None = None, testing: bool = False, quiet: bool = False,
) -> Flask:  # fmt: skip
    """The application over *opened*; *hosts* are the names it answers to beside the machine's own, *proxies* the
    addresses whose word about the caller is taken; requests are not written to the log if *quiet*.
    """
    app = _house(opened.keys.subkey("web-session"), secure=tls or bool(proxies), testing=testing)
    app.config["METRICS_TOKEN_FILE"] = metrics_token
    app.extensions["anjuan"] = Site(opened, verbs)
    app.extensions[faults.PLACE] = faults.Place(opened.home, opened.clock)
    app.session_interface = cookies.SealedCookies(opened.keys)
    access.recorded(app, opened.clock, quiet=quiet or testing)
    _from_afar(app)
    _guarded(app, hosts, sittings.tongue)
    app.before_request(partial(_told_in, opened.settings.zone))
    app.before_request(_signed_in)
    app.after_request(_seen)
    _spoken(app, company=opened.settings.company)
    app.context_processor(
        lambda: {"me": sittings.sitting(), "language": sittings.tongue(), "menu": list(_menu())}
    )
    _peopled(app)
    return _behind(app, proxies)


def create_setup_app(
    setup: founding.Setup, *, tls: bool = False, proxies: Collection[str] = (), hosts: Collection[str] = (),
    testing: bool = False, quiet: bool = False,
) -> Flask:  # fmt: skip
    """The application of a folder without an instance: nothing but the page that founds one."""
    app = _house(secrets.token_bytes(32), secure=tls or bool(proxies), testing=testing)
    app.extensions[founding.KEY] = setup
    app.extensions[faults.PLACE] = faults.Place(setup.home, utc_now)
    access.recorded(app, utc_now, quiet=quiet or testing)
    _guarded(app, hosts, sittings.chosen_tongue)
    _spoken(app, company="")
    app.context_processor(lambda: {"me": None, "language": sittings.chosen_tongue(), "menu": []})
    app.register_blueprint(import_module("web.pages.setup").bp)
    app.add_url_rule("/language", "entrance.tongue", entrance.tongue, methods=["POST"])
    app.add_url_rule("/health", "health.live", health.live)
    _static_files(app)
    return _behind(app, proxies)


def _house(secret: bytes, *, secure: bool, testing: bool) -> House:
    app = House("web", static_folder=None)
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_NAME=cookies.name(secure=secure),
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # a form lives as long as the log-in
        WTF_CSRF_SSL_STRICT=False,  # `guard.own_sender` asks for the origin, which no setting of a browser hides
        MAX_FORM_MEMORY_SIZE=guard.FORM,
        MAX_FORM_PARTS=20_000,
        TESTING=testing,
    )
    faults.answered(app)
    return app


def _behind(app: Flask, proxies: Collection[str]) -> Flask:
    if proxies:
        app.wsgi_app = guard.Proxied(app.wsgi_app, proxies)  # type: ignore[method-assign, assignment]
    return app


# --- at the door -------------------------------------------------------------------------------


def _guarded(app: Flask, hosts: Collection[str], tongue: Callable[[], words.Language]) -> None:
    """Every request passes these in order, and then the check of its form's token."""
    names = frozenset({*guard.LOOPBACK, *(name.lower() for name in hosts)})

    @app.before_request
    def _at_the_door() -> None:
        g.language = tongue()
        guard.known_host(names)
        guard.own_sender()
        guard.small_enough()

    app.extensions["csrf-guard"] = CSRFProtect(app)
    app.after_request(guard.dressed)


def _from_afar(app: Flask) -> None:
    """Whoever asks does not sit at this machine: no sentence tells where its files lie."""
    app.before_request(partial(_at_machine, there=False))
    app.teardown_request(lambda _: _at_machine(there=True))


def _at_machine(*, there: bool) -> None:
    words.AT_MACHINE.set(there)


def _told_in(zone: dt.tzinfo) -> None:
    """Moments are told on the clock of the house."""
    words.ZONE.set(zone)


def _seen(answer: Response) -> Response:
    """Once the answer is out it is noted that the person was here."""
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


def _spoken(app: Flask, *, company: str) -> None:
    app.jinja_env.globals.update(looks.GLOBALS)
    app.jinja_env.globals.update(icon=icon, company=company, version=__version__)


def _menu() -> Iterator[dict[str, Any]]:
    """The menu of whoever is signed in: sections of entries with label, href, icon, active, count."""
    nearest = _nearest()
    for section in menus.shown(sittings.may) if sittings.sitting() else ():
        entries = [
            {
                "key": entry.key, "label": looks.t(f"web.menu.{entry.key}"), "href": entry.href, "icon": entry.icon,
                "key_stroke": entry.key_stroke, "active": entry.href == nearest, "count": badges.counted(entry.counted),
            }
            for entry in section.entries
        ]  # fmt: skip
        yield {"key": section.key, "label": looks.t(f"web.menu.{section.key}"), "entries": entries}


def _nearest() -> str:
    """Where the entry leads that is nearest to this page: a page below another's is marked once."""
    every = (entry.href for section in menus.MENU for entry in section.entries)
    return max(filter(_leads_here, every), key=len, default="")


def _leads_here(href: str) -> bool:
    return request.path == href or (href != "/" and request.path.startswith(f"{href}/"))


def icon(name: str) -> Markup:
    """A drawing out of the set, which says nothing by itself to whoever listens."""
    return _drawing(request.script_root, name)


@cache
def _drawing(_: str, name: str) -> Markup:
    """The same, made once for each place the application is reached under."""
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
    app.register_blueprint(health.bp)
    _static_files(app)


def _static_files(app: Flask) -> None:
    app.add_url_rule("/static/<stamp>/<path:filename>", "static", _static)
    app.url_defaults(_stamped)


def _static(stamp: str, filename: str) -> Response:
    """A file of the look; kept by browsers for good, since another content has another address."""
    answer = send_from_directory(STATIC, filename)
    if Path(filename).suffix in _PACKS_WELL and request.accept_encodings.best_match(("gzip",)):
        answer.close()
        answer = Response(_packed(filename), mimetype=answer.mimetype)
        answer.headers["Content-Encoding"] = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.headers["Cache-Control"] = _FOR_GOOD if stamp == _stamp() else "no-store"
    return answer


@cache
def _packed(filename: str) -> bytes:
    """A static file packed, once; its name has been found to lie within the folder."""
    return gzip.compress((STATIC / filename).read_bytes(), mtime=0)


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
