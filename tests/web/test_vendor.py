"""What the browser is given from other people: as it was fetched, nothing besides, and it fetches nothing itself."""

from __future__ import annotations

import hashlib
import re
import shutil
import tomllib
from pathlib import Path

import web

STATIC = Path(web.__file__).parent / "static"
VENDOR = STATIC / "vendor"
#: What a style sheet or script would fetch from elsewhere; a licence's address in a comment fetches nothing.
FETCHES = re.compile(
    r"sourceMappingURL=|@import|url\(\s*[\"']?(?:https?:)?//|(?:fetch|import|Worker|EventSource|WebSocket)\(\s*[\"']https?:"
)


def listed(folder):
    return tomllib.loads((folder / "MANIFEST.toml").read_text("utf-8"))["package"]


def differing(folder):
    """What is not as the manifest says, or not in it at all."""
    wanted = {
        one[name]: one[digest]
        for one in listed(folder)
        for name, digest in (("file", "sha256"), ("licence_file", "licence_sha256"))
    }
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "MANIFEST.toml"
    }
    return {name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)}


def fetching(folder):
    return [path.name for path in sorted(folder.rglob("*.*")) if path.suffix in {".css", ".js", ".svg"} and FETCHES.search(path.read_text("utf-8"))]  # fmt: skip


def test_every_vendored_file_is_the_one_that_was_fetched_and_none_is_unlisted():
    assert differing(VENDOR) == set()
    assert {one["licence"] for one in listed(VENDOR)} <= {"MIT", "0BSD", "Apache-2.0"}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", one["version"]) for one in listed(VENDOR))


def test_no_static_file_fetches_anything_from_elsewhere():
    assert fetching(STATIC) == []


def test_witness_a_changed_file_an_unlisted_one_and_a_foreign_address_are_found(tmp_path):
    folder = tmp_path / "vendor"
    shutil.copytree(VENDOR, folder)
    with (folder / "htmx.min.js").open("a", encoding="utf-8") as file:
        file.write("fetch('https://elsewhere.example')")
    (folder / "more.css").write_text("@import '//fonts.example/a.css'", "utf-8")

    assert differing(folder) == {"htmx.min.js", "more.css"}
    assert fetching(folder) == ["htmx.min.js", "more.css"]


def test_every_icon_that_a_template_or_the_menu_names_is_in_the_set():
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (VENDOR / "icons.svg").read_text("utf-8")))
    sources = [*Path(web.__file__).parent.rglob("*.html"), *Path(web.__file__).parent.rglob("*.py")]
    named = {
        name
        for path in sources
        for name in re.findall(r'icon(?:_name)?[(=]"([\w-]+)"', path.read_text("utf-8"))
    }
    from web.menus import MENU

    named |= {entry.icon for section in MENU for entry in section.entries}
    assert len(named) > 30
    assert named <= drawn, named - drawn
