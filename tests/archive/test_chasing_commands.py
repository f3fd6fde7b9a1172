"""Chasing, notices, addresses and the rounds through the command line."""

import datetime as dt

import pytest

from archive.statuses import NoticeState
from tests.archive import postoffice
from tests.archive.counter import counter as a_counter
from tests.archive.postoffice import Box, server
from tests.archive.test_cli_commands import held


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def lent(counter) -> str:
    """A volume lent to 孙员工 on the general manager's grant; its code."""
    volume = held(counter)
    until = str(counter.now.date() + dt.timedelta(days=90))
    counter.run("gm", "grant", "give", volume, "--to", "staff", "--act", "loan.lend", "--until", until, "--reason", "核对").check()  # fmt: skip
    counter.run("archivist", "loan", "lend", volume, "--to", "staff", "--for", "核对图纸").check()
    return volume


def later(counter, days: int) -> None:
    """Time passes; everybody logs in anew."""
    counter.now += dt.timedelta(days=days)
    counter.known.clear()


def mailing(counter, port) -> None:
    """From now on the office's mail goes to *port* of this machine."""
    path = counter.home / "anjuan.toml"
    wanted = f'smtp_host = "{postoffice.HOST}"\nsmtp_port = {port}\nsmtp_security = "none"\nsmtp_from = "archive@example.com"\n'
    path.write_text(wanted + path.read_text("utf-8"), "utf-8")


def test_req_R47_from_the_rounds_to_the_letter_to_the_reply(counter):
    """An address, an overdue loan, the rounds from cron: the letter arrives, is listed, answered and counted."""
    counter.run("staff", "person", "contact", "staff", "--mail", "sun@example.com").check()
    volume = lent(counter)
    later(counter, 30)
    box = Box()
    with server(box) as running:
        mailing(counter, running.port)
        assert "催还" in counter.run("", "--as", "system", "rounds", "run").check().out
        counter.run("", "--as", "system", "rounds", "run").check()

    (letter,) = box.letters()
    assert volume in letter.get_content()
    assert "平面图" not in letter.get_content()
    (line,) = counter.rows("staff", "chase", "list", "--open")
    assert ("SENT", "MAIL", volume) == (line["state"], line["channel"], line["code"])
    counter.run("staff", "chase", "reply", line["number"], "--text", "明天归还").check()
    assert "明天归还" in counter.run("archivist", "chase", "list", volume).check().out
    assert "sun@example.com" not in counter.run("auditor", "audit", "list").check().out


def test_req_R47_a_telephone_call_is_entered_and_listed(counter):
    """`chase send` by telephone; the outbox shows it as told; a slip in channel or code is told and changes nothing."""
    volume = lent(counter)
    told = counter.run("archivist", "chase", "send", volume, "--by", "电话", "--text", "周五前送回").check()
    assert "CH2026-00001" in told.out
    before = counter.state()
    counter.run("archivist", "chase", "send", volume, "--by", "pigeon", "--text", "x").check(2)
    counter.run("archivist", "chase", "send", "K001-NO", "--by", "telephone", "--text", "x").check(4)
    counter.run("archivist", "chase", "send", volume, "--by", "mail", "--text", "x").check(2)
    counter.run("archivist", "chase", "reply", "CH2026-00009", "--text", "x").check(4)
    counter.run("staff", "chase", "send", volume, "--by", "telephone", "--text", "x").check(3)
    assert before == counter.state()
    assert "周五前送回" in counter.run("archivist", "chase", "list", "--borrower", "staff").check().out
    assert [] == counter.rows("records", "chase", "list", "--borrower", "clerk")


def test_rel_the_outbox_through_the_command_line(counter):
    """Without mail it says so; what is to be told is listed, told, shown; a server that is down leaves status 1 and the notice."""
    lent(counter)
    later(counter, 30)
    counter.run("", "--as", "system", "rounds", "run").check()
    told = counter.run("archivist", "notice", "send").check(1)
    assert "smtp_host" in told.err
    (line,) = counter.rows("archivist", "notice", "list", "--by-hand")
    shown = counter.run("archivist", "notice", "show", line["number"]).check().out
    assert "已逾期" in shown and "逾期第 3 次" in shown
    assert "已逾期" not in counter.run("admin", "notice", "show", line["number"]).check().out
    counter.run("archivist", "notice", "send", line["number"], "--by", "in_person").check()
    counter.run("archivist", "notice", "send", line["number"]).check(1)
    assert [] == counter.rows("archivist", "notice", "list", "--waiting")
    counter.run("clerk", "notice", "list").check(3)

    counter.run(
        "hr", "person", "contact", "staff", "--mail", "sun@example.com", "--phone", "0755-12345678"
    ).check()
    mailing(counter, postoffice.free_port())
    later(counter, 7)
    counter.run("", "--as", "system", "rounds", "run").check(1)
    later(counter, 1)
    assert "down" in counter.run("archivist", "notice", "send").check(1).err
    (line,) = counter.rows("archivist", "notice", "list", "--waiting")
    assert (NoticeState.FAILED.value, "down", 2) == (line["state"], line["failure"], line["attempts"])


@pytest.mark.parametrize(
    ("who", "given", "status"),
    [
        ("staff", ("staff", "--mail", "nobody"), 2), ("staff", ("staff", "--mail", "a@b\nBcc: c@d"), 2),
        ("clerk", ("staff", "--mail", "a@example.com"), 3), ("auditor", ("staff",), 3), ("staff", ("nobody",), 4),
        ("staff", ("staff", "--phone", "call me"), 2),
    ],
)  # fmt: skip
def test_ppl_a_slip_in_an_address_changes_nothing(counter, who, given, status):
    """Bad addresses, other people's, unknown people: a clear refusal."""
    counter.run(who, "whoami").check()
    before = counter.state()
    told = counter.run(who, "person", "contact", *given).check(status)
    assert told.err.startswith("错误：")
    assert before == counter.state()
