"""What is shipped for running the service for good names only what there is."""

from __future__ import annotations

import configparser
import json
import re
import shlex

import pytest

from cli import root
from tests.house.sources import ROOT

DEPLOY = ROOT / "docs" / "deploy"


def options(command: str) -> set[str]:
    """The options a command knows."""
    found = root.get_command(None, command)
    return {name for param in found.params for name in param.opts} | {"--help"}


def unknown(line: list[str]) -> set[str]:
    """Options in a call of the program that nobody knows."""
    known = {name for param in root.params for name in param.opts}
    place = line.index("serve")
    before, after = line[:place], line[place:]
    return ({one for one in before if one.startswith("--")} - known) | (
        {one for one in after if one.startswith("--")} - options("serve")
    )


def unit() -> configparser.ConfigParser:
    """The unit of systemd; a key may stand more than once."""
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str
    found.read(DEPLOY / "anjuan.service", "utf-8")
    return found


def test_the_unit_calls_the_program_as_it_is_and_gives_it_no_more_than_it_needs():
    """Its options exist; the stop is waited for longer than a request may take; the usual walls are up."""
    from web import serving

    service = unit()["Service"]
    assert set() == unknown(shlex.split(service["ExecStart"]))
    assert int(service["TimeoutStopSec"]) > serving.GRACE
    for wall in (
        "NoNewPrivileges",
        "PrivateTmp",
        "PrivateDevices",
        "ProtectHome",
        "RestrictNamespaces",
        "LockPersonality",
    ):
        assert "yes" == service[wall]
    assert ("strict", "", "0", "0077") == (
        service["ProtectSystem"], service["CapabilityBoundingSet"], service["LimitCORE"], service["UMask"],
    )  # fmt: skip


def test_the_container_calls_the_program_as_it_is_without_root():
    """Every package that is shipped is copied; options exist; nobody is root."""
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    entry, command = (
        json.loads(re.search(rf"^{word} (\[.*\])$", text, re.MULTILINE)[1]) for word in ("ENTRYPOINT", "CMD")
    )

    assert set() == unknown(entry + command)
    assert re.search(r"^USER 10001$", text, re.MULTILINE)
    for package in ("archive", "indexer", "retention", "web"):
        assert f"COPY {package} {package}\n" in text


@pytest.mark.parametrize(
    "call", re.findall(r"`(anjuan [^`]*serve[^`]*)`", (DEPLOY / "proxy.md").read_text("utf-8"))
)
def test_the_notes_on_proxies_call_the_program_as_it_is(call):
    """Both languages, every way of serving."""
    assert set() == unknown(shlex.split(call))


def test_witness_a_call_with_an_option_that_is_none_is_caught():
    """The same reading of a line with a slip in it."""
    assert {"--tls-self-singed"} == unknown(["anjuan", "--home", "x", "serve", "--tls-self-singed"])
