"""The approval matrix cell by cell, what no matrix may say, and its versions (domain §9, R35, R48, R49)."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from itertools import product

import pytest

from archive import people
from archive.acts import Act
from archive.circulation import authority, matrices, matrix, requests, slips
from archive.circulation.matrix import Asking, Matrix, Reader, Rule
from archive.errors import (
    BadValue,
    ClassUnknown,
    CodeTaken,
    MatrixUnchanged,
    NotAllowed,
    NotFound,
    SelfApproval,
)
from archive.statuses import RequestKind
from archive.values import Level, Role
from archive.words import Language
from tests import make
from tests.archive.counter import contents

#: The same matrix in a second hand: "." free, x refused, D department's manager, S secretary, G GM, H HR.
#: Columns: public own, public other, internal own, internal other, confidential, secret, personnel.
CELLS = """
READ      STAFF           .  .  .  D   G   G   HG
READ      OUTSIDE         D  D  D  D   DG  x   x
READ      OWNER           D  D  D  D   DG  x   x
READ      PARENT_COMPANY  S  S  S  S   G   G   HG
LOAN      STAFF           D  D  D  D   x   x   x
TAKE_OUT  STAFF           G  G  G  G   x   x   x
COPY      STAFF           D  D  D  D   G   G   x
EXTRACT   STAFF           D  D  D  D   G   G   x
COPY      OUTSIDE         DG DG DG DG  x   x   x
COPY      OWNER           DG DG DG DG  x   x   x
COPY      PARENT_COMPANY  DG DG DG DG  x   x   x
EXTRACT   OUTSIDE         DG DG DG DG  x   x   x
EXTRACT   OWNER           DG DG DG DG  x   x   x
EXTRACT   PARENT_COMPANY  DG DG DG DG  x   x   x
SEAL      STAFF           D  D  D  D   G   G   G
UNSEAL    STAFF           D  D  D  D   G   G   G
"""
#: Where the class lets owners look, an owner reads without asking (阅*).
OWNERS_CELLS = {("READ", "OWNER"): ". . . . DG x x".split()}
LETTERS = {"D": Role.DEPT_MANAGER, "S": Role.GM_SECRETARY, "G": Role.GM, "H": Role.HR}
ROWS = {tuple(row.split()[:2]): row.split()[2:] for row in CELLS.strip().splitlines()}
COLUMNS = {Level.PUBLIC: (0, 1), Level.INTERNAL: (2, 3), Level.CONFIDENTIAL: (4, 4), Level.SECRET: (5, 5)}


def meant(asking: Asking) -> str:
    """What the second form says of *asking*."""
    key = (asking.kind.value, asking.reader.value)
    row = (OWNERS_CELLS.get(key) if asking.owners else None) or ROWS.get(key, ["x"] * 7)
    return row[6] if asking.personnel else row[COLUMNS[asking.level][0 if asking.own else 1]]


def spelt(rule: Rule) -> str:
    letters = {role: letter for letter, role in LETTERS.items()}
    return "x" if rule.refused else "".join(letters[step] for step in rule.steps) or "."


def differing(table: Matrix) -> list[Asking]:
    """The cells in which *table* is not the second form."""
    cells = product(
        RequestKind, Reader, Level, (True, False), (True, False), (True, False), ("", "ZX·02"), ("", "KF")
    )
    return [asking for one in cells if spelt(table.rule(asking := Asking(*one))) != meant(asking)]


def test_req_R35_the_shipped_matrix_says_in_every_cell_what_the_second_form_says():
    """Kind × reader × level × own × personnel × owners × class × department: all 3,584 cells."""
    assert [] == differing(matrix.shipped())


@pytest.mark.parametrize("place", range(len(matrix.shipped().rules)))
def test_req_R35_witness_each_row_left_out_is_noticed(place):
    """The comparison sees every single row that goes missing, and every one that refuses instead."""
    rules = matrix.shipped().rules
    left_out = Matrix("x", rules[:place] + rules[place + 1 :])
    turned = Matrix("x", (*rules[:place], _turned(rules[place]), *rules[place + 1 :]))

    assert differing(turned)
    if not rules[place].refused:  # what no row fits is refused anyway
        assert differing(left_out)


def _turned(rule: Rule) -> Rule:
    return replace(rule, refused=False) if rule.refused else replace(rule, steps=(), refused=True)


def toml(**given: str) -> str:
    row = {
        "clause": '"x"',
        "kinds": '["READ"]',
        "levels": '["INTERNAL"]',
        "steps": '["DEPT_MANAGER"]',
        **given,
    }
    rest = "\n".join(f"{name} = {text}" for name, text in row.items() if text)
    return f'version = "t-1"\n[[rule]]\n{rest}\n'


UNSOUND = {
    "a loan of the confidential": toml(kinds='["LOAN"]', levels='["CONFIDENTIAL"]', steps='["GM"]'),
    "taking out the secret": toml(kinds='["TAKE_OUT"]', levels='["SECRET"]', steps='["GM"]'),
    "reading the confidential without the GM": toml(levels='["INTERNAL", "CONFIDENTIAL"]'),
    "no level named, so the confidential too": toml(levels=""),
    "no kind named, so loans of the secret too": toml(kinds="", levels='["SECRET"]', steps='["GM"]'),
    "personnel read by the word of the GM alone": toml(personnel="true", steps='["GM"]'),
    "personnel copied": toml(personnel="true", kinds='["COPY"]', steps='["HR", "GM"]'),
    "personnel without a kind": toml(personnel="true", kinds="", steps='["HR", "GM"]'),
    "a post that decides nothing": toml(steps='["STAFF"]'),
    "an administrator as approver": toml(steps='["SECURITY_ADMIN"]'),
    "one post twice": toml(steps='["GM", "GM"]'),
    "five posts": toml(steps='["GM", "HR", "DEPT_MANAGER", "GM_SECRETARY", "ARCHIVIST"]'),
    "refused and approved": toml(refused="true"),
    "no clause": toml(clause='""'),
    "a long clause": toml(clause=f'"{"x" * 41}"'),
    "an unknown kind": toml(kinds='["BURN"]'),
    "an unknown key": toml(who='"GM"'),
    "steps that are no list": toml(steps='"GM"'),
    "no rows": 'version = "t-1"\n',
    "rows under a wrong name": toml().replace("[[rule]]", "[[rules]]"),
    "no version": toml().replace('version = "t-1"\n', ""),
    "a version of 41 letters": toml().replace("t-1", "t" * 41),
    "a version with a control character": toml().replace("t-1", "t\\u0007"),
    "no TOML at all": "version = ",
    "a book": toml() + "#" * 100_000,
    "two hundred and one rows": toml() + toml().partition("\n")[2] * 200,
    "too many places": toml(classes=str([f"K{n}" for n in range(121)])),
}


@pytest.mark.parametrize("text", UNSOUND.values(), ids=UNSOUND)
def test_req_R48_an_unsound_matrix_is_refused_as_a_whole(text):
    """Secrets stay the GM's, never leave; personnel files stay joint; slips are told in both languages."""
    with pytest.raises(BadValue) as refused:
        matrix.parse(text)

    assert refused.value.message(Language.ZH)
    assert refused.value.message(Language.EN)


def test_req_R48_an_unsound_matrix_is_not_stored(office):
    """None of them leaves a trace in the catalogue."""
    before = contents(office.home / "catalogue.db")
    for text in UNSOUND.values():
        with pytest.raises(BadValue):
            propose(office, text)

    assert before == contents(office.home / "catalogue.db")


def test_req_R48_witness_without_its_guard_the_matrix_would_let_secrets_go(monkeypatch):
    """The same texts pass as soon as the rows are not judged: it is the guard that refuses them."""
    monkeypatch.setattr(matrix, "_keeps_secrets", lambda *_: None)
    kept = [
        text
        for name, text in UNSOUND.items()
        if "secret" in name or "confidential" in name or "person" in name
    ]

    assert 8 == len(kept)
    for text in kept:
        assert matrix.read(tomllib.loads(text)).rules


def test_req_R35_a_row_may_be_narrowed_to_classes_and_departments():
    """A class means those below it too; the department is the owner's; personnel only where it is said."""
    text = (
        'version = "t"\n'
        '[[rule]]\nclause = "1"\nkinds = ["LOAN"]\nlevels = ["INTERNAL"]\nclasses = ["ZX"]\nsteps = ["GM"]\n'
        '[[rule]]\nclause = "2"\nkinds = ["LOAN"]\nlevels = ["INTERNAL"]\ndepartments = ["KF"]\nsteps = ["HR"]\n'
    )
    table = matrix.parse(text)

    def says(class_code: str, department: str, **more: bool) -> str:
        asking = Asking(
            RequestKind.LOAN, Reader.STAFF, Level.INTERNAL, own=True, class_code=class_code,
            department=department, **more,
        )  # fmt: skip
        return spelt(table.rule(asking))

    assert ["G", "G", "H", "x", "x"] == [
        says("ZX·02", "KF"), says("ZX", "GC"), says("ZXX·01", "KF"), says("HT·01", "GC"),
        says("ZX·02", "KF", personnel=True),
    ]  # fmt: skip


# --- versions ----------------------------------------------------------------------------------------


def changed(office, version: str = "2026-2") -> str:
    """The shipped matrix under another name, loans decided by the GM."""
    with office.ask("staff", Act.MATRIX_SEE) as unit:
        text = matrices.export(unit)
    old = 'kinds = ["COPY", "EXTRACT", "LOAN"]\nreaders = ["STAFF"]\nlevels = ["PUBLIC", "INTERNAL"]\nsteps = ["DEPT_MANAGER"]'
    assert 1 == text.count(old)
    return text.replace(old, old.replace("DEPT_MANAGER", "GM")).replace('"2026-1"', f'"{version}"')


def propose(office, text: str, by: str = "security"):
    with office.work(by, Act.MATRIX_PROPOSE) as unit:
        return matrices.propose(unit, text)


def adopt(office, version: str, by: str = "gm") -> None:
    with office.work(by, Act.MATRIX_ADOPT) as unit:
        matrices.adopt(unit, version)


def in_force(office) -> str:
    with office.ask("staff", Act.MATRIX_SEE) as unit:
        return authority.in_force(unit).version


def test_req_R35_a_version_counts_once_the_general_manager_adopts_it(office):
    """Proposed by the security administrator with what it changes; in force, listed and exported when adopted."""
    text = changed(office)
    (change,) = propose(office, text)

    assert (RequestKind.LOAN, RequestKind.COPY, RequestKind.EXTRACT) == change.kinds
    assert ((Role.DEPT_MANAGER,), (Role.GM,)) == (change.before, change.after)
    assert (Level.PUBLIC, Level.INTERNAL) == change.levels
    assert (None, False, None) == (change.own, change.personnel, change.owners)
    assert "2026-1" == in_force(office)
    adopt(office, "2026-2")
    assert "2026-2" == in_force(office)
    with office.ask("auditor", Act.MATRIX_SEE) as unit:
        assert [False, True] == [row.in_force for row in matrices.versions(unit)]
        assert text == matrices.export(unit)
        assert 17 == len(matrices.show(unit)) == len(matrices.show(unit, "2026-1"))
        assert [] == matrices.changes(unit, "2026-2")
        assert (Role.GM,) == matrices.changes(unit, "2026-1")[0].before


def test_req_R35_only_the_security_administrator_proposes_and_only_the_gm_adopts(office):
    """Nobody else; and one person in both posts does not adopt what he proposed."""
    text = changed(office)
    for who in ("staff", "gm", "admin", "archivist"):
        with pytest.raises(NotAllowed):
            propose(office, text, by=who)
    with office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "gm", {Role.GM, Role.SECURITY_ADMIN})
    propose(office, text, by="gm")
    with pytest.raises(SelfApproval):
        adopt(office, "2026-2")
    for who in ("security", "secretary", "admin"):
        with pytest.raises(NotAllowed):
            adopt(office, "2026-2", by=who)

    assert "2026-1" == in_force(office)


def test_req_R35_a_proposal_that_cannot_be_is_refused_and_nothing_is_stored(office):
    """A name taken, nothing changed, a class or department nobody knows, a version nobody proposed."""
    text = changed(office)
    propose(office, text)
    adopt(office, "2026-2")
    before = contents(office.home / "catalogue.db")
    narrowed = 'kinds = ["COPY", "EXTRACT", "LOAN"]\n'
    for slip, refusal in (
        (text, CodeTaken),
        (text.replace("2026-2", "2026-1"), CodeTaken),
        (text.replace("2026-2", "2026-3"), MatrixUnchanged),
        (text.replace("2026-2", "2026-3").replace(narrowed, narrowed + 'classes = ["QQ"]\n'), ClassUnknown),
        (text.replace("2026-2", "2026-3").replace(narrowed, narrowed + 'departments = ["QQ"]\n'), NotFound),
    ):
        with pytest.raises(refusal):
            propose(office, slip)
    for version, refusal in (("2026-2", MatrixUnchanged), ("2026-1", NotFound), ("2027-1", NotFound)):
        with pytest.raises(refusal):
            adopt(office, version)

    assert before == contents(office.home / "catalogue.db")


def test_req_R35_a_change_for_one_class_is_told_for_that_class(office):
    """What a proposal changes only for ZX is told with the class, once."""
    with office.ask("staff", Act.MATRIX_SEE) as unit:
        text = matrices.export(unit).replace('"2026-1"', '"z"')
    row = '[[rule]]\nclause = "z"\nkinds = ["LOAN"]\nreaders = ["STAFF"]\nlevels = ["INTERNAL"]\nclasses = ["ZX"]\nrefused = true\n'
    (change,) = propose(office, text.replace("[[rule]]", row + "[[rule]]", 1))

    assert ("ZX", (RequestKind.LOAN,), matrices.Verdict.REFUSED) == (
        change.class_code,
        change.kinds,
        change.after,
    )


def test_req_R35_a_request_keeps_the_version_that_routed_it(office):
    """Lines under way keep their road, and words matched later go by the version of their request."""
    code = make.volume(office, "ZX·02", held=True)
    second = make.volume(office, "ZX·02", held=True, premises="A1204", dossier="A1204-2025-1")
    with office.work("staff", Act.REQUEST_ASK) as unit:
        old = requests.ask(unit, RequestKind.LOAN, [code], purpose="核对", wanted=["另一处的图纸"]).number
    propose(office, changed(office))
    adopt(office, "2026-2")
    with office.work("archivist", Act.REQUEST_MATCH) as unit:
        requests.match(unit, f"{old}/2", second)
    with office.work("records", Act.REQUEST_ASK) as unit:
        new = requests.ask(unit, RequestKind.LOAN, [code], purpose="核对").number

    with office.ask("archivist", Act.REQUEST_SEE) as unit:
        roads = {spelled: slips.one_line(unit, spelled).steps for spelled in (f"{old}/1", f"{old}/2", new)}
    assert {f"{old}/1": "DEPT_MANAGER", f"{old}/2": "DEPT_MANAGER", new: "GM"} == roads
