"""The hand-made pages, one blueprint a topic: what people do all day."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from flask import Blueprint

#: The topics, each a module `web.pages.<topic>` with its blueprint `bp`; a topic is listed once its page is there.
TOPICS: tuple[str, ...] = (
    "dashboard",
    "rules",
    "people",
    "care",
    "audit",
    "entrance",
    "counter",
    "reading_room",
    "boards",
    "mine",
    "inbox",
    "programs",
    "search",
    "custody",
    "keeping",
    "letters",
    "papers",
    "lists",
    "workbooks",
    "intake",
    "packages",
    "catalogue",
    "viewing",
    "uploading",
    "retention",
    "scheduling",
    "appraising",
    "holding",
    "destroying",
    "transferring",
    "entering",
)


def all_pages() -> Iterator[Blueprint]:
    """Every blueprint."""
    for topic in TOPICS:
        found = import_module(f"web.pages.{topic}").bp
        assert isinstance(found, Blueprint)
        yield found
