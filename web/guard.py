"""What stands between the network and every page: names of this host, sizes, foreign senders, headers (W4, W9).

Each check is a function of the request that raises what is answered; none of them knows what a page does.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from flask import Request, Response, current_app, request
from werkzeug.exceptions import BadRequest, Forbidden, LengthRequired, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: The largest body of a form, and of one chunk of a file that is being brought in (decision 14).
FORM, CHUNK = 1 << 20, 256 << 10
#: Forms whose files are read as they arrive and go nowhere but into the vault; their reader knows how much is too much.
STREAMED: Final = frozenset({"uploading.plainly"})
#: Methods that ask for nothing to be changed.
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
KNOWN: Final = SAFE | {"POST", "PUT", "PATCH", "DELETE"}
#: What a browser says of a request that one of our own pages, or the person himself, has begun.
OURS: Final = frozenset({"same-origin", "none"})
#: Names by which a program on the same machine calls it.
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: What every answer carries; a page that needs another value has set it already.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
#: Told where the connection is encrypted: come this way only, for a year.
HSTS = "max-age=31536000"


def known_host(names: Collection[str]) -> None:
    """Refuse a request made to a name that is not this house's: no name of a stranger ends up here (W6)."""
    name = _host_name(request)
    if name not in names and not ("*" in names and _is_address(name)):
        raise BadRequest


def _host_name(asked: Request) -> str:
    host = asked.host.lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    """An address in figures: nobody's name server can point it elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def own_sender() -> None:
    """Refuse a change that a page of another house has begun: beside the token in every form (W4)."""
    if request.method not in KNOWN:
        raise MethodNotAllowed(sorted(KNOWN))
    if request.method in SAFE:
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin != request.host_url.rstrip("/"):
        raise Forbidden
    if request.headers.get("Sec-Fetch-Site", "none") not in OURS:
        raise Forbidden


def small_enough() -> None:
    """Refuse a body that is larger than a form, or than one chunk of a file, or that does not say how large it is."""
    if request.endpoint in STREAMED:
        return
    if "Transfer-Encoding" in request.headers:
        raise LengthRequired  # what is cut off at a limit must not pass for the whole
    most = CHUNK if request.mimetype == "application/octet-stream" else FORM
    if (request.content_length or 0) > most:
        raise RequestEntityTooLarge
    request.max_content_length = most


class Proxied:
    """Takes the word of the named proxies about who calls, by which name and how; anybody else is turned away."""

    def __init__(self, app: WSGIApplication, proxies: Collection[str]) -> None:
        self._app = ProxyFix(app, x_for=1, x_proto=1, x_host=1)
        self._proxies = frozenset(proxies)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse, /) -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("REMOTE_ADDR") not in self._proxies:
            return Forbidden()(environ, start)
        return self._app(environ, start)


def dressed(answer: Response) -> Response:
    """*answer* with the headers that every answer carries."""
    for header, value in HEADERS.items():
        answer.headers.setdefault(header, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        answer.headers.setdefault("Strict-Transport-Security", HSTS)
    return answer
