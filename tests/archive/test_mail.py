"""Mail leaves the house to the configured server only, whole, once, and never with a stranger's header."""

import datetime as dt
import email
import os
import socket
import ssl
import time
from email.message import Message

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.circulation import mail
from archive.circulation.mail import Failure, Letter, Postman, Wire
from archive.config import Settings
from archive.errors import BadValue, FileMissing, SecretFileUnsafe, SettingBad
from tests.archive import postoffice
from tests.archive.postoffice import Box, certificate, checking, mute, server, serving, settings

WHEN = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
QUICK = Wire(timeout=1)


def letter(
    uid="a" * 32, to="sun@example.com", subject="第 1 次催还：JY2026-00001", text="请归还 K001-ZX·02。\n谢谢"
):
    return Letter(uid, to, subject, text, WHEN)


def sent(port, home, *letters, wire=QUICK, **given):
    """What became of each letter, over one connection."""
    with Postman(settings(port, **given), home, wire) as postman:
        return [postman.send(one) for one in letters or (letter(),)]


def test_req_R47_a_letter_arrives_as_it_was_written(tmp_path):
    """Chinese subject and text, sender, date and a Message-ID made of the notice; the bytes on the wire are ASCII."""
    box = Box()
    with server(box) as running:
        assert [None] == sent(running.port, tmp_path)

    (read,), (raw,) = box.letters(), [one.content for one in box.taken]
    assert raw.isascii()
    assert ("第 1 次催还：JY2026-00001", "请归还 K001-ZX·02。\n谢谢\n") == (
        read["Subject"],
        read.get_content().replace("\r\n", "\n"),
    )
    assert ("archive@example.com", "sun@example.com") == (read["From"], read["To"])
    assert f"<{'a' * 32}@example.com>" == read["Message-ID"]
    assert read["Date"].datetime == WHEN
    assert "auto-generated" == read["Auto-Submitted"]


def test_req_R47_one_connection_carries_many_letters(tmp_path):
    """Twenty letters, one connection."""
    box = Box()
    with server(box) as running:
        assert [None] * 20 == sent(running.port, tmp_path, *(letter(uid=f"{n:032x}") for n in range(20)))

    assert (20, 1) == (len(box.taken), len(box.greetings))


# --- trouble --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "failure"),
    [
        ({"rcpt": "550 no such user"}, Failure("550", final=True)),
        ({"rcpt": "451 try later"}, Failure("451")),
        ({"data": "554 refused"}, Failure("554", final=True)),
        ({"data": "452 full"}, Failure("452")),
        ({"rcpt": "421 closing"}, Failure("421", down=True)),
    ],
)
def test_rel_a_refusal_keeps_its_code_and_only_the_lines_end_stops_the_rest(tmp_path, answers, failure):
    """5xx is final, 4xx is for later, 421 ends the line; the server's words are not kept."""
    box = Box(**answers)
    with server(box) as running:
        first, second = sent(running.port, tmp_path, letter(), letter(uid="b" * 32))

    assert failure == first
    assert first.code == second.code
    assert "user" not in repr(first)


def test_rel_a_server_that_says_nothing_is_left_after_the_time_limit(tmp_path):
    """A silent server costs one time limit, not one for each letter; the limit shipped is at most ten seconds."""
    with mute() as port:
        begun = time.monotonic()
        found = sent(port, tmp_path, *(letter(uid=f"{n:032x}") for n in range(5)), wire=Wire(timeout=0.3))

    assert [Failure("timeout", down=True)] * 5 == found
    assert time.monotonic() - begun < 2
    assert mail.TIMEOUT_SECONDS <= 10
    assert Wire().timeout == mail.TIMEOUT_SECONDS


def test_rel_a_server_that_greets_strangely_or_not_at_all_is_down(tmp_path):
    """No listener, a refusal to greet, and a line cut short have codes of their own."""
    with mute(b"554 go away\r\n") as strange:
        assert "greeting" == sent(strange, tmp_path)[0].code
    assert "down" == sent(postoffice.free_port(), tmp_path)[0].code


# --- encryption -----------------------------------------------------------------------------------


def trusting(pem) -> Wire:
    return Wire(timeout=2, context=ssl.create_default_context(cafile=str(pem)))


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_rel_mail_goes_encrypted_to_a_certificate_that_is_trusted(tmp_path, security, monkeypatch):
    """With the certificate trusted the letter arrives, by a context or by SSL_CERT_FILE; otherwise nothing is said."""
    pem, box = certificate(tmp_path), Box()
    given = {"tls_context": serving(pem)} if security == "starttls" else {"ssl_context": serving(pem)}
    with server(box, **given) as running:
        stranger = sent(running.port, tmp_path, smtp_security=security)
        known = sent(running.port, tmp_path, smtp_security=security, wire=trusting(pem))
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        by_file = sent(running.port, tmp_path, smtp_security=security)

    assert [Failure("tls", down=True)] == stranger
    assert ([None], [None]) == (known, by_file)
    assert 2 == len(box.taken)


def test_rel_a_certificate_of_another_host_is_refused(tmp_path):
    """Trusted but made out to somebody else: nothing is sent."""
    pem, box = certificate(tmp_path, names=("127.0.0.9",)), Box()
    with server(box, tls_context=serving(pem)) as running:
        assert "tls" == sent(running.port, tmp_path, smtp_security="starttls", wire=trusting(pem))[0].code
    assert [] == box.taken


def test_rel_a_server_without_starttls_gets_no_letter(tmp_path):
    """Asked for encryption, mail never falls back to clear text."""
    box = Box()
    with server(box) as running:
        assert [Failure("unsupported", down=True)] == sent(running.port, tmp_path, smtp_security="starttls")
    assert [] == box.taken


@pytest.mark.parametrize("host", ["mail.example.com", "10.0.0.1", "0.0.0.0", "localhost.example.com", "::2"])
def test_rel_clear_text_is_for_this_machine_only(tmp_path, host):
    """`none` with any host but the loopback is refused before a connection is made."""
    with pytest.raises(SettingBad):
        Postman(settings(25, smtp_host=host), tmp_path)

    for here in ("127.0.0.1", "127.8.8.8", "::1", "localhost"):
        assert Postman(settings(25, smtp_host=here), tmp_path).broken is None


# --- passwords ------------------------------------------------------------------------------------


def secret(path, text="开门 open\n", mode=0o600):
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return str(path)


def test_rel_the_mail_password_comes_from_a_private_file(tmp_path):
    """The right one opens the server, a wrong one is told as `auth`; neither is in the failure."""
    home, pem, box = tmp_path / "home", certificate(tmp_path), Box()
    home.mkdir()
    given = {
        "tls_context": serving(pem),
        "auth_required": True,
        "authenticator": checking("office", "s3cret"),
    }
    with server(box, **given) as running:
        told = {
            name: sent(
                running.port, home, smtp_security="starttls", smtp_user="office", wire=trusting(pem),
                smtp_password_file=secret(tmp_path / name, f"{text}\n"),
            )[0]
            for name, text in (("good", "s3cret"), ("bad", "guess"))
        }  # fmt: skip

    assert told["good"] is None
    assert Failure("auth", down=True) == told["bad"]
    assert 1 == len(box.taken)


def test_rel_an_unsafe_password_file_is_refused(tmp_path):
    """Inside the instance, readable by others, empty, a folder, missing, or not named at all: refused before any connection."""
    home = tmp_path / "home"
    home.mkdir()
    link = tmp_path / "link"
    link.symlink_to(secret(home / "inside"))
    cases = {
        secret(home / "inside"): SecretFileUnsafe,
        str(link): SecretFileUnsafe,
        secret(tmp_path / "open", mode=0o640): SecretFileUnsafe,
        secret(tmp_path / "empty", "\n"): SecretFileUnsafe,
        str(tmp_path): SecretFileUnsafe,
        str(tmp_path / "none"): FileMissing,
        "": SettingBad,
    }
    for path, error in cases.items():
        with pytest.raises(error):
            Postman(settings(25, smtp_user="office", smtp_password_file=path), home)
    good = settings(25, smtp_user="office", smtp_password_file=secret(tmp_path / "good"))
    assert Postman(good, home).broken is None


# --- no stranger's header -------------------------------------------------------------------------

BAD_ADDRESSES = [
    "", "sun", "sun@", "@example.com", "a@b\nBcc: x@y", "a@b\r\nSubject: x", "a@b, c@d", "a b@c", "<a@b>", "孙@例子.中国",
    "a@b;c@d", '"x"@y', "a@b c", ".a@b", "a..b@c", "a@b..c", "a" * 65 + "@b", "a@" + ".".join(["b" * 60] * 5), "a@b\x00",
]  # fmt: skip


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_rel_an_address_is_one_plain_address_or_refused(tmp_path, address):
    """Anything else is refused when it is entered, as the sender's, and at the last moment too."""
    with pytest.raises(BadValue):
        mail.message(letter(to=address), "archive@example.com")
    with pytest.raises(SettingBad):
        Postman(settings(25, smtp_from=address), tmp_path)
    with server(box := Box()) as running:
        assert [Failure("address", final=True)] == sent(running.port, tmp_path, letter(to=address))
    assert [] == box.taken


HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]  # fmt: skip


def foreign(subject, text, made=lambda one: mail.message(one, "archive@example.com").as_bytes()):
    """Headers in the letter's bytes that we did not write."""
    try:
        raw = made(letter(subject=subject, text=text))
    except BadValue:
        return []
    return sorted(set(email.message_from_bytes(raw).keys()) - set(HEADERS))


@given(st.text(max_size=60), st.text(max_size=200))
@example("a\r\nBcc: spy@example.com", "x")
@example("a\nBcc: spy@example.com", "x\r\n.\r\nMAIL FROM:<a@b>")
@example("=?utf-8?q?a=0ABcc=3A_x?=", "x")
def test_rel_no_subject_or_text_adds_a_header(subject, text):
    """Whatever is written into a notice, the letter has the headers of the house and no other."""
    assert [] == foreign(subject, text.encode("utf-8", "ignore").decode())


def test_rel_witness_a_letter_put_together_by_hand_lets_headers_in():
    """The same check over a letter written as plain text finds the stranger's header."""

    def by_hand(one):
        made = Message()
        made["To"] = one.to
        return f"Subject: {one.subject}\n{made.as_string()}{one.text}".encode()

    assert ["Bcc"] == foreign("a\nBcc: spy@example.com", "x", by_hand)


# --- no server, no connection ---------------------------------------------------------------------


def connections(monkeypatch, work) -> list:
    """The hosts that *work* connects to."""
    called: list = []
    real = socket.create_connection

    def noting(address, *given, **more):
        called.append(address[0])
        return real(address, *given, **more)

    monkeypatch.setattr(socket, "create_connection", noting)
    work()
    return called


def test_rel_only_the_configured_host_is_called(tmp_path, monkeypatch):
    """One connection, to the host of the settings and nowhere else: no name look-up of our own, no other port."""
    box = Box()
    with server(box) as running:
        called = connections(monkeypatch, lambda: sent(running.port, tmp_path))

    assert [postoffice.HOST] == called
    assert Settings().smtp_host == ""


def test_rel_the_machine_name_does_not_leave_the_house(tmp_path):
    """The greeting names the sender's domain; this machine's name is neither there nor in the letter."""
    box = Box()
    with server(box) as running:
        sent(running.port, tmp_path)

    assert ["example.com"] == box.greetings
    assert os.uname().nodename.encode() not in box.taken[0].content
