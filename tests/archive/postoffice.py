"""Real mail servers on this machine for tests: one that takes letters, and those that make trouble."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from archive.config import Settings
from tests.conftest import TODAY

HOST = "127.0.0.1"


@dataclass
class Box:
    """What a server took, and how it answers: `rcpt` and `data` are its words, empty for yes."""

    rcpt: str = ""
    data: str = ""
    taken: list[Any] = field(default_factory=list)
    greetings: list[str] = field(default_factory=list)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.greetings.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.data:
            return self.data
        self.taken.append(envelope)
        return "250 taken"

    def letters(self) -> list[EmailMessage]:
        """The letters taken, parsed as a mail reader would."""
        return [message_from_bytes(one.content, policy=policy.default) for one in self.taken]


@contextmanager
def server(box: Box, *, port: int = 0, **given: Any) -> Iterator[Controller]:
    """A running server on a free port of this machine."""
    running = Controller(box, hostname=HOST, port=port or free_port(), ready_timeout=10, **given)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        return one.getsockname()[1]


@contextmanager
def mute(answers: bytes = b"") -> Iterator[int]:
    """A server that takes connections, says *answers*, and then nothing ever; yields its port."""
    listener = socket.create_server((HOST, 0))
    held: list[socket.socket] = []

    def listen() -> None:
        while True:
            try:
                one, _ = listener.accept()
            except OSError:
                return
            held.append(one)
            one.sendall(answers)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for one in held:
            one.close()


def settings(port: int, **given: Any) -> Settings:
    """Settings that send mail to *port* of this machine, in clear unless said otherwise."""
    usual = {"smtp_host": HOST, "smtp_security": "none", "smtp_from": "archive@example.com"}
    return Settings(smtp_port=port, **{**usual, **given})


def certificate(folder: Path, names: tuple[str, ...] = (HOST,)) -> Path:
    """A self-made certificate with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(TODAY - dt.timedelta(days=400))
        .not_valid_after(TODAY + dt.timedelta(days=4000))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name)) for name in names]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def serving(pem: Path) -> ssl.SSLContext:
    """The server's side of *pem*."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def checking(user: str, password: str) -> Any:
    """An authenticator that knows one user."""

    def check(server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == (
            user,
            password,
        )
        return AuthResult(success=good, handled=False)

    return check
