"""The same acts for programs: `/api/v1/<noun>/<verb>`, JSON in and out, a token at the door (ADR 0025)."""

from web.api import files
from web.api.routes import bp

__all__ = ["bp", "files"]
