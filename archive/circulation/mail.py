"""Mail: one letter to one address over the configured server, and nowhere else.

This module does not know what a notice is. With no server set no connection is ever made.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from archive import secretfile
from archive.config import Settings
from archive.errors import BadValue, SettingBad
from archive.people import mail_checked

#: No answer of the server is waited for longer than this.
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: *uid* makes its Message-ID, the same however often it is sent."""

    uid: str
    to: str
    subject: str
    text: str
    date: dt.datetime


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a letter did not go: a short code without words; *down* if the whole line is, *final* if never to go."""

    code: str
    down: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True)
class Wire:
    """How connections are made: seconds to wait, and which certificates are trusted (the system's, if none)."""

    timeout: float = TIMEOUT_SECONDS
    context: ssl.SSLContext | None = field(default=None, repr=False)


def message(letter: Letter, sender: str) -> EmailMessage:
    """The letter as mail; raises `BadValue` for anything but one plain address and one plain line of subject."""
    to, sender = mail_checked(letter.to), mail_checked(sender)
    subject_checked(letter.subject)
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, to, letter.subject
    made["Date"] = format_datetime(letter.date)
    made["Message-ID"] = f"<{letter.uid}@{sender.partition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text, cte="base64")
    return made


def subject_checked(subject: str) -> str:
    """A subject of one printable line; raises `BadValue`.

    Encoded words (`=?…?=`) are refused: the mail library would decode them, line ends and all.
    """
    if not subject.strip() or not subject.isprintable() or "=?" in subject:
        raise BadValue(field="subject", value=subject[:40], expected="…")
    return subject


class Postman:
    """One connection to the server, made with the first letter; after trouble with the line none is tried again.

    Raises on creation `SettingBad`, `FileMissing`, `SecretFileUnsafe`: before any letter is taken in hand.
    """

    def __init__(self, settings: Settings, home: Path, wire: Wire | None = None) -> None:
        self._settings, self._wire = settings, wire or Wire()
        self._sender = _sender(settings)
        self._password = _password(settings, home)
        self._line: smtplib.SMTP | None = None
        self.broken: Failure | None = None
        _may_go_in_clear(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._line is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._line.quit()
            self._line.close()

    def send(self, letter: Letter) -> Failure | None:
        """Hand *letter* to the server; None once the server has taken it, else why not."""
        if self.broken is not None:
            return self.broken
        try:
            made = message(letter, self._sender)
            self._line = self._line or self._connected()
            self._line.send_message(made, from_addr=self._sender, to_addrs=[letter.to])
        except BadValue:
            return Failure("address", final=True)
        except (OSError, smtplib.SMTPException) as trouble:
            found = _failure(trouble)
            self.broken = found if found.down else None
            return found
        return None

    def _connected(self) -> smtplib.SMTP:
        wanted, wire = self._settings, self._wire
        name = self._sender.partition("@")[2]
        context = wire.context or ssl.create_default_context()
        if wanted.smtp_security == "tls":
            line: smtplib.SMTP = smtplib.SMTP_SSL(
                wanted.smtp_host, wanted.smtp_port, name, timeout=wire.timeout, context=context
            )
        else:
            line = smtplib.SMTP(wanted.smtp_host, wanted.smtp_port, name, timeout=wire.timeout)
        try:
            if wanted.smtp_security == "starttls":
                line.starttls(context=context)
            if wanted.smtp_user:
                line.login(wanted.smtp_user, self._password)
        except BaseException:
            line.close()
            raise
        return line


#: What a failure of smtplib or the machine is called, the most particular first; all of them mean the line.
_LINE: tuple[tuple[type[BaseException], str], ...] = (
    (smtplib.SMTPAuthenticationError, "auth"),
    (smtplib.SMTPNotSupportedError, "unsupported"),
    (smtplib.SMTPServerDisconnected, "disconnected"),
    (smtplib.SMTPConnectError, "greeting"),
    (smtplib.SMTPHeloError, "greeting"),
    (ssl.SSLError, "tls"),
    (TimeoutError, "timeout"),
)


def _failure(trouble: OSError | smtplib.SMTPException) -> Failure:
    if isinstance(trouble.__context__, TimeoutError):  # smtplib tells of silence as of a line cut
        return Failure("timeout", down=True)
    for kind, code in _LINE:
        if isinstance(trouble, kind):
            return Failure(code, down=True)
    if isinstance(trouble, smtplib.SMTPRecipientsRefused):
        return _answered(next(iter(trouble.recipients.values()))[0])
    if isinstance(trouble, smtplib.SMTPResponseException):
        return _answered(trouble.smtp_code)
    return Failure("down", down=True)


def _answered(status: int) -> Failure:
    """The server's own word on one letter: 421 closes the line, 5xx is final."""
    return Failure(str(status), down=status == 421, final=500 <= status < 600)


def _sender(settings: Settings) -> str:
    try:
        return mail_checked(settings.smtp_from)
    except BadValue:
        raise SettingBad(key="smtp_from", value=settings.smtp_from, expected="archive@example.com") from None


def _password(settings: Settings, home: Path) -> str:
    if not settings.smtp_user:
        return ""
    if not settings.smtp_password_file:
        raise SettingBad(key="smtp_password_file", value="", expected="FILE (0600)")
    return secretfile.read(Path(settings.smtp_password_file).expanduser(), outside=home)


def _may_go_in_clear(settings: Settings) -> None:
    """Without encryption mail goes to this very machine only; raises `SettingBad`."""
    if settings.smtp_security == "none" and not _is_here(settings.smtp_host):
        raise SettingBad(key="smtp_security", value="none", expected="starttls | tls")


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
