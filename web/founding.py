"""What a folder without an instance is served with: the token that founds one, and what happens once it is founded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from archive.instance import Instance
from archive.ports import Ports
from archive.words import Language

#: Where the application keeps it.
KEY = "anjuan-setup"


@dataclass(frozen=True, slots=True)
class Setup:
    """How the set-up page founds an instance in *home*.

    *token* stands on the terminal that serves: whoever cannot read it founds nothing. *ports* and *play* (the
    demonstration, which returns the opened instance with its recovery key and the password of its people) come from
    the command line. `founded` hands the opened instance over: from the next request on the log-in page is served.
    """

    home: Path
    token: str
    ports: Callable[[], Ports]
    play: Callable[[Path, Language], tuple[Instance, str, str]]
    founded: Callable[[Instance], None]


def setup() -> Setup:
    """What this application founds with."""
    found = current_app.extensions[KEY]
    assert isinstance(found, Setup)
    return found
