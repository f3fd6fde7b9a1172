"""Settings: one frozen table, read from anjuan.toml, overridden by ANJUAN_ variables."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from archive.errors import SettingBad, SettingUnknown
from archive.words import Language

FILE = "anjuan.toml"


def _setting(default: Any, *, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"choices": choices})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its type and default; the meaning of each is the sentence `setting.<name>`."""

    company: str = _setting("")
    fonds: str = _setting("K001")
    language: str = _setting("zh", choices=("zh", "en"))
    timezone: str = _setting("Asia/Shanghai")
    journal: str = _setting("auto", choices=("auto", "wal", "truncate"))
    key_file: str = _setting("")
    anchor_file: str = _setting("")
    session_hours: int = _setting(10)
    idle_minutes: int = _setting(30)
    idle_lock_minutes: int = _setting(30)
    loan_days: int = _setting(15)
    loan_limit: int = _setting(10)
    loan_renewals: int = _setting(2)
    loan_overdue_days: int = _setting(7)
    reading_closes: str = _setting("17:30")
    chase_before_days: int = _setting(3)
    chase_every_days: int = _setting(7)
    smtp_host: str = _setting("")
    smtp_port: int = _setting(587)
    smtp_security: str = _setting("starttls", choices=("starttls", "tls", "none"))
    smtp_user: str = _setting("")
    smtp_password_file: str = _setting("")
    smtp_from: str = _setting("")
    system_token_file: str = _setting("")
    extend_from: str = _setting("appraisal", choices=("appraisal", "expiry"))
    hold_review_days: int = _setting(180)
    legal_representative: str = _setting("")
    backup_days: int = _setting(7)
    password_length: int = _setting(10)
    extract_seconds: int = _setting(30)
    max_file_mib: int = _setting(256)
    exchange_folder: str = _setting("")
    backup_folder: str = _setting("")

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which a day begins (decision 9)."""
        return ZoneInfo(self.timezone)

    @property
    def tongue(self) -> Language:
        """The language sentences are told in."""
        return Language(self.language)


@dataclass(frozen=True, slots=True)
class Origin:
    """One setting as `config show` prints it."""

    name: str
    value: Any
    origin: str


def home(given: Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The instance's folder: as *given*, else ANJUAN_HOME, else the folder one stands in."""
    environ = os.environ if environ is None else environ
    return (given or Path(environ.get("ANJUAN_HOME") or ".")).expanduser().absolute()


def own_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where this person's own things are kept, outside every instance."""
    environ = os.environ if environ is None else environ
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "anjuan"


def tongue(folder: Path, given: str | None = None, environ: Mapping[str, str] | None = None) -> Language:
    """The language to speak: as *given*, else ANJUAN_LANGUAGE, else the instance's setting; never fails."""
    environ = os.environ if environ is None else environ
    wanted: object = given or environ.get("ANJUAN_LANGUAGE")
    if not wanted:
        try:
            wanted = tomllib.loads((folder / FILE).read_text("utf-8")).get("language")
        except (OSError, ValueError):
            wanted = None
    return Language.EN if wanted == "en" else Language.ZH


def load(folder: Path, environ: Mapping[str, str] | None = None) -> tuple[Settings, list[Origin]]:
    """Settings of the instance in *folder* and where each comes from.

    Raises `SettingUnknown` (with the nearest name) and `SettingBad`.
    """
    environ = os.environ if environ is None else environ
    path = folder / FILE
    written = _parse(path) if path.exists() else {}
    known = {one.name: one for one in fields(Settings)}
    for key in written:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            raise SettingUnknown(key=key, suggestion=near[0] if near else FILE)
    origins = [_origin(name, one, written, environ) for name, one in known.items()]
    return Settings(**{one.name: one.value for one in origins}), origins


def chosen(**values: Any) -> Settings:
    """Settings with these values, each checked as if it were read; raises `SettingBad`."""
    known = {one.name: one for one in fields(Settings)}
    return Settings(**{name: _checked(name, known[name], value) for name, value in values.items()})


def load_from(settings: Settings) -> list[Origin]:
    """The origins of settings that were just chosen."""
    return [Origin(one.name, getattr(settings, one.name), FILE) for one in fields(Settings)]


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as slip:
        raise SettingBad(key=FILE, value=str(slip), expected="TOML, UTF-8") from slip


def _origin(name: str, one: Any, written: Mapping[str, Any], environ: Mapping[str, str]) -> Origin:
    variable = f"ANJUAN_{name.upper()}"
    if variable in environ:
        return Origin(name, _checked(name, one, environ[variable]), variable)
    if name in written:
        return Origin(name, _checked(name, one, written[name]), FILE)
    return Origin(name, one.default, "default")


def _checked(name: str, one: Any, value: Any) -> Any:
    kind: type = type(one.default)
    try:
        typed = kind(value) if isinstance(value, str) or type(value) is kind else None
    except (TypeError, ValueError):
        typed = None
    choices = one.metadata["choices"]
    if typed is None or (choices and typed not in choices) or (kind is int and typed <= 0):
        raise SettingBad(key=name, value=value, expected=" | ".join(choices) or kind.__name__)
    if name == "timezone":
        _zone_exists(typed)
    if name == "reading_closes":
        _hour_exists(typed)
    return typed


def _hour_exists(text: str) -> None:
    try:
        told = dt.time.fromisoformat(text).isoformat("minutes")
    except ValueError:
        told = ""
    if told != text:
        raise SettingBad(key="reading_closes", value=text, expected="17:30")


def _zone_exists(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as slip:
        raise SettingBad(key="timezone", value=name, expected="Asia/Shanghai") from slip


def render(settings: Settings, comments: Mapping[str, str]) -> str:
    """anjuan.toml with every setting explained; defaults are commented out."""
    lines: list[str] = []
    for one in fields(Settings):
        value = getattr(settings, one.name)
        written = str(value) if isinstance(value, int) else _quoted(value)
        lines.append(f"# {comments[one.name]}")
        lines.append(f"{'# ' if value == one.default else ''}{one.name} = {written}\n")
    return "\n".join(lines)


def _quoted(value: str) -> str:
    """As a TOML basic string: JSON's, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
