"""What the commands declare, as another face reads it: the same acts, nothing of the machine, the same refusals."""

from __future__ import annotations

import datetime as dt
import io
import sys

import click
import pytest

import cli
from archive.acts import Act
from archive.circulation import ledger
from archive.clikit.declared import Remote, run, walked
from archive.errors import ArchiveError, BadValue
from archive.values import Level, Role
from archive.words import Language
from tests import make

VERBS = {verb.path: verb for verb in walked(cli.root)}
KINDS = {"text", "secret", "whole", "number", "flag", "choice", "day", "pairs"}


def at(office, account: str, language: Language = Language.ZH, **given: str) -> Remote:
    """A desk without a terminal, for this person."""
    return Remote(office.instance, office.who(account), language, given)


def performed(office, _account: str, /, *path: str, **values: object) -> Remote:
    """The desk after a verb was performed there."""
    desk = at(office, _account)
    run(VERBS[path], desk, values)
    return desk


def test_declared_every_verb_says_what_it_asks_in_kinds_a_form_can_draw():
    """Each thing asked has a known kind, help in both languages, and choices where one must choose."""
    asks = [(verb, ask) for verb in VERBS.values() for ask in verb.asks]

    assert len(VERBS) > 300
    assert {ask.kind for _, ask in asks} == KINDS
    assert [] == [(verb.name, ask.name) for verb, ask in asks if ask.kind == "choice" and not ask.choices]
    assert [] == [
        (verb.name, ask.name) for verb, ask in asks if not (ask.told(Language.ZH) and ask.told(Language.EN))
    ]


def test_declared_no_verb_open_to_all_asks_for_a_place_on_the_machine():
    """What is named a file or folder is never asked for; what needs one, and the machine's own, stays at the machine."""
    places = {"file", "folder", "path", "paths", "out", "report", "target", "svg", "png", "xlsx"}
    asked = {ask.name for verb in VERBS.values() if verb.open_to_all for ask in verb.asks}
    shut = {verb.path for verb in VERBS.values() if not verb.open_to_all}

    assert set() == asked & places
    assert {
        ("item", "attach"),
        ("package", "export"),
        ("transfer", "pack"),
        ("init",),
        ("keys", "rotate"),
    } <= shut
    assert {("loan", "lend"), ("search",), ("person", "add"), ("destruction", "execute")}.isdisjoint(shut)


def test_declared_a_file_named_by_a_stranger_is_never_opened(office, tmp_path):
    """`--file` of a verb is not read here, whatever is sent under its name; the codes themselves are."""
    secret = tmp_path / "codes.txt"
    secret.write_text("K001-ZX·02-2025-0001\n", "utf-8")
    make.volume(office, "ZX·02", 2, held=True)

    with pytest.raises(BadValue) as told:
        performed(office, "archivist", "where", file=str(secret))

    assert told.value.facts["field"] == "codes"


def test_declared_standard_input_is_never_asked(office, monkeypatch):
    """A server's own terminal is not a person's: `-` and prompts reach nothing."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("0000\n"))
    desk = at(office, "admin")
    run(VERBS["person", "add"], desk, {"account": "qin", "name": "秦文员", "department": "KF", "roles": ["clerk"], "password_file": "-"})  # fmt: skip

    assert any("\n" in told for told in desk.told)  # a one-time code was made, nothing was read
    assert sys.stdin.read() == "0000\n"


def test_declared_lending_does_what_the_command_does_and_tells_it(office):
    """One function behind both: the loan stands, its facts come back with it."""
    volume = make.volume(office, "ZX·02", 2, held=True)
    make.approved(office, volume, to="staff")
    desk = performed(
        office, "archivist", "loan", "lend", code=volume, to="staff", purpose="核对图纸", items="2"
    )

    assert [act for act, _ in desk.facts] == [Act.LOAN_LEND]
    assert desk.told and desk.told[0].startswith("完成")
    with office.ask("archivist", Act.LOAN_SEE) as unit:
        assert len(ledger.register(unit, open_only=True)) == 1


def test_declared_a_list_comes_back_as_rows_with_its_columns(office):
    """Rows stay rows: no table is drawn for a page."""
    make.volume(office, "ZX·02", 2, held=True)
    desk = performed(office, "archivist", "volume", "list")

    assert [row.class_code for row in desk.result] == ["ZX·02"]
    assert "code" in desk.columns
    assert desk.told == []


@pytest.mark.parametrize(
    ("path", "values", "field"),
    [
        (("loan", "lend"), {"to": "staff", "purpose": "看"}, "code"),
        (("loan", "lend"), {"code": "X", "to": "staff", "purpose": "看", "items": "two"}, "items"),
        (("volume", "level"), {"code": "X", "level": "绝密", "reason": "x"}, None),
        (("absence", "set"), {"first_day": "someday", "last_day": "2026-03-05"}, "first_day"),
        (("person", "add"), {"account": "a", "name": "b", "department": "KF", "roles": ["king"]}, "roles"),
        (("loan", "lend"), {"code": {"a": 1}, "to": "staff", "purpose": "看"}, "value"),
    ],
)
def test_declared_what_cannot_be_read_is_refused_with_its_field(office, path, values, field):
    """Missing, mistyped and misshapen values are refused before anything is opened."""
    with pytest.raises(ArchiveError) as told:
        performed(office, "archivist", *path, **values)

    assert told.value.facts.get("field") == field or field is None


def test_declared_what_is_not_asked_changes_nothing(office):
    """P6: fields that no verb asks for are left where they are."""
    performed(office, "admin", "person", "add", account="qin", name="秦", department="KF", roles=["clerk"], level="内部", confirmed=True, clearance="SECRET", uid="0" * 32)  # fmt: skip

    with office.ask("admin", Act.PERSON_SEE) as unit:
        made = unit.person("qin")
        told = (made.roles, made.clearance, made.uid == "0" * 32)
    assert told == (frozenset({Role.CLERK}), Level.INTERNAL, False)


def test_declared_what_cannot_be_taken_back_wants_its_number_again(office):
    """The confirmation of a command is the confirmation of a page."""
    volume = make.volume(office, "ZX·02", 2)
    verb = VERBS["volume", "close"]
    assert verb.confirms == "code"

    with pytest.raises(BadValue) as told:
        performed(office, "clerk", "volume", "close", code=volume)
    assert told.value.facts["field"] == "confirm"
    performed(office, "clerk", "volume", "close", code=volume, confirm=volume)


def test_declared_a_day_and_a_level_are_read_as_people_write_them(office):
    """The kinds of the command line are those of a form."""
    desk = performed(office, "manager", "absence", "set", first_day="2026年3月4日", last_day="20260306")

    assert dt.date(2026, 3, 4) in desk.facts[0][1].values()


def test_declared_witness_a_desk_that_opens_files_would_be_caught(office, tmp_path):
    """The same call at a desk that lets paths through reads the file: the test above would see it."""
    codes = tmp_path / "codes.txt"
    codes.write_text(make.volume(office, "ZX·02", 2, held=True) + "\n", "utf-8")
    desk = at(office, "archivist")
    verb = VERBS["where",]
    command = verb.command
    with click.Context(command, obj=desk):
        assert command.callback is not None
        command.callback(codes=(), file=str(codes), form="json", xlsx=None)

    assert len(desk.result) == 1
