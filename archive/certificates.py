"""A certificate of the house's own making, so that phones and browsers talk to it encrypted (decision 25).

It lies in the instance's folder, readable by its account only, and is made anew before it runs out.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from archive.durable import private_folder, storing

CERTIFICATE, KEY = "tls.crt", "tls.key"
#: Browsers take no certificate for longer than 825 days.
LASTS, RENEWED_BEFORE = dt.timedelta(days=800), dt.timedelta(days=60)


def self_signed(folder: Path, names: Collection[str], now: dt.datetime) -> tuple[Path, Path]:
    """Certificate and key for *names* (host names and addresses) in *folder*, made if they are not there or do not fit.

    Raises `DiskFull`, `StorageFailed`.
    """
    certificate, key = folder / CERTIFICATE, folder / KEY
    if not (key.exists() and _fits(certificate, names, now)):
        with storing(key):
            private_folder(folder)
            _made(certificate, key, sorted(names), now)
    return certificate, key


def fingerprint(certificate: Path) -> str:
    """The SHA-256 fingerprint as browsers show it."""
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    return found.fingerprint(hashes.SHA256()).hex(":").upper()


def _fits(certificate: Path, names: Collection[str], now: dt.datetime) -> bool:
    with suppress(OSError, ValueError, x509.ExtensionNotFound):
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        told = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        named = {str(one.value) for one in told}
        return set(names) <= named and found.not_valid_after_utc - now > RENEWED_BEFORE
    return False


def _made(certificate: Path, key: Path, names: Collection[str], now: dt.datetime) -> None:
    secret = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Anjuan")])
    unsigned = (
        x509.CertificateBuilder(subject, subject, secret.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + LASTS)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    signed = unsigned.sign(secret, hashes.SHA256())
    private = secret.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _written(key, private)
    _written(certificate, signed.public_bytes(serialization.Encoding.PEM))


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _written(path: Path, content: bytes) -> None:
    """Write *path* anew, readable by its owner only, whole or not at all."""
    fresh = path.with_suffix(f"{path.suffix}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
