"""An office with papers of all families and levels on its shelves, indexed; made once."""

from __future__ import annotations

import pytest

from tests.indexer.shelves import copied, fill


@pytest.fixture(scope="session")
def shelf_home(template, tmp_path_factory):
    """Where the filled office lies, to be copied."""
    home = tmp_path_factory.mktemp("library") / "home"
    made = copied(template / "home", template, home)
    fill(made)
    made.instance.close()
    return home


@pytest.fixture
def library(shelf_home, template, tmp_path):
    """A copy of the filled office."""
    made = copied(shelf_home, template, tmp_path / "home")
    yield made
    made.instance.close()
