"""Whether the service lives, whether it can work, and its counts: for monitors, without a secret (issue 7.12)."""

from __future__ import annotations

import hmac
import ipaddress
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from archive import readiness, secretfile
from archive.errors import ArchiveError, NotFound
from web.access import Counts
from web.asking import archive

bp = Blueprint("health", __name__)


@bp.get("/health")
def live() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/ready")
def ready() -> Any:
    """The archive answers too; otherwise the code of what stands in the way."""
    found = readiness.ready(archive())
    return (jsonify(status=found), 503) if found else jsonify(status="ok")


@bp.get("/metrics")
def metrics() -> Response:
    """Counts in Prometheus's text format, for this machine or whoever shows the token; for others there is nothing."""
    if not (_of_this_machine() or _token_shown()):
        raise NotFound(what="page", code="metrics")
    counts: Counts = current_app.extensions["anjuan-counts"]
    return Response(counts.text(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _of_this_machine() -> bool:
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _token_shown() -> bool:
    """The token in the file of `serve --metrics-token-file` came with the request."""
    path: Path | None = current_app.config.get("METRICS_TOKEN_FILE")
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if path is None or not shown:
        return False
    try:
        return hmac.compare_digest(shown.encode(), secretfile.read(path).encode())
    except ArchiveError:
        return False
