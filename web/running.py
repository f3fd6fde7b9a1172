"""One run of the service: which application stands behind the doors, what the terminal is told, where it ends."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from archive import certificates
from archive.clikit.declared import Verb
from archive.instance import Instance
from archive.ports import Ports
from archive.words import Language, say
from web import founding, jobs, serving
from web.app import create_app, create_setup_app
from web.serving import Doors


@dataclass(frozen=True, slots=True)
class House:
    """What the command line hands in: the folder, the verbs, what a founding needs, the rounds, where to speak."""

    home: Path
    language: Language
    verbs: Mapping[tuple[str, ...], Verb]
    ports: Callable[[], Ports]
    play: Callable[[Path, Language], tuple[Instance, str, str]]
    rounds: Callable[[Instance], Any]
    out: Callable[[str], None]
    metrics: Path | None = None


def serve(house: House, doors: Doors, instance: Instance | None) -> None:
    """Serve *instance*, or of none the page that founds one and then what it founded, until the end."""
    reached: dict[str, Any] = {"tls": doors.tls, "proxies": doors.proxies, "hosts": doors.hosts}
    held: list[Instance] = []
    apps: list[Flask] = []

    def use(opened: Instance) -> None:
        serving.noted(opened, doors, "start")
        held.append(opened)
        apps.append(create_app(opened, house.verbs, metrics_token=house.metrics, **reached))
        switch.app = apps[-1]

    token = "" if instance else secrets.token_urlsafe(9)
    switch = serving.Switch()
    running = serving.server(switch, doors)
    if instance is not None:
        use(instance)
    else:
        setup = founding.Setup(house.home, token, house.ports, house.play, use)
        switch.app = create_setup_app(setup, **reached)
    _told(house, doors, doors.url(serving.port_of(running)), token)
    try:
        serving.run(
            running, lambda: held[-1] if held else None, doors, rounds=house.rounds,
            under_way=lambda seconds: [one.task.key for app in apps for one in jobs.of(app).ended(seconds)],
        )  # fmt: skip
    finally:
        if instance is None and held:
            held[-1].close()
    house.out(say("web.serve.stopped", house.language))


def _told(house: House, doors: Doors, url: str, token: str) -> None:
    house.out(say("web.serve.setup" if token else "web.serve.at", house.language, url=url))
    if token:
        house.out(say("web.serve.setup-token", house.language, token=token))
    if doors.certificate is not None and doors.certificate.name == certificates.CERTIFICATE:
        told = certificates.fingerprint(doors.certificate)
        house.out(say("web.serve.fingerprint", house.language, fingerprint=told))
    house.out(say("web.serve.stop", house.language))
