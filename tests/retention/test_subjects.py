"""What is kept about a person, why, until when; personal records past their ceiling (个保法 19, 45, 47)."""

import datetime as dt
import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

import cli
from archive import clikit, identity, reckoning, sitting
from archive.acts import Act
from archive.circulation import visitors
from archive.errors import BadValue, InsideInstance, NotAllowed, NotFound, TargetExists
from archive.model import Event, Item, Party, Volume
from archive.statuses import VisitorKind
from archive.values import Period, Trigger, VolumeState
from archive.words import Language
from retention import subject_paper, subjects
from retention.clock import run as reckon
from retention.holding import placing
from retention.subjects import Elsewhere, Keeping
from tests import make
from tests.conftest import PASSWORD
from tests.retention import papers

D = dt.date.fromisoformat


def tenancy(office, class_code="YH·01", ended=None, **given) -> str:
    """A volume about P001's tenancy, ended on a day or not; its uid."""
    uid = make.volume(office, class_code, held=True, **given)
    if ended is not None:
        with office.work("archivist", Act.TRIGGER_RECORD) as unit:
            reckoning.record_trigger(
                unit, unit.volume(uid).reference_code, "TENANCY_ENDED", ended, note="登记表"
            )
    return uid


def report(office, who="archivist", language=Language.ZH, **given):
    """The report as somebody gets it."""
    with office.ask(who, Act.SUBJECT_SEE) as unit:
        return subjects.report(unit, language, **(given or {"party": "P001"}))


def code_of(office, uid) -> str:
    with office.ask("archivist") as unit:
        return unit.record(uid).reference_code


# --- the report -----------------------------------------------------------------------------------


def test_a_report_says_what_is_kept_why_and_until_when(office):
    """
    A running tenancy, one that ended, one on hold past its end: each with class, reason, last day; others' papers not.
    """
    current = tenancy(office)
    ended = tenancy(office, "YH·03", ended=D("2024-05-06"), year=2024)
    past = tenancy(office, "YH·02", ended=D("2021-08-15"), year=2021)
    make.volume(office, "YH·01", premises="A1204", party="P002")
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="欠费诉讼", records=[past])
    made = report(office)
    lines = {line.code: line for line in made.kept}

    assert ("P001", "张三", D("2026-03-02"), "archivist") == (
        made.subject,
        made.name,
        made.made_on,
        made.made_by,
    )
    assert {code_of(office, uid) for uid in (current, ended, past)} == set(lines)
    first, second, third = (lines[code_of(office, uid)] for uid in (current, ended, past))
    assert (Keeping.CURRENT, None) == (first.keeping, first.kept_until)
    assert "业户仍在租住" in first.why
    assert (Keeping.STORED, D("2029-12-31")) == (second.keeping, second.kept_until)
    assert (Keeping.HELD, D("2024-12-31"), ["DJ2026-0001"]) == (
        third.keeping,
        third.kept_until,
        third.held_by,
    )
    assert "PIPL-19" in third.clause
    assert (3, 2) == (made.records, made.storage_only)


def test_a_paper_about_the_person_in_a_volume_about_something_else_is_named(office):
    """
    The volume of a class without parties is not his, the one paper in it that names him is.
    """
    uid = make.volume(office, "FW·01", 2)
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        unit.act(Act.VOLUME_EDIT)
        paper = unit.session.scalars(select(Item).where(Item.volume_uid == uid)).first()
        paper.party_uid = unit.one(Party, "party", "P001").uid
        code = paper.reference_code

    assert [code] == [line.code for line in report(office).kept]


def test_inv_V23_hidden_records_leave_no_trace_in_a_report(office):
    """
    The clerk's manager of another department gets the report as if the confidential volume were not there.
    """
    make.volume(office, "FW·01")
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        unit.act(Act.VOLUME_EDIT)
        party = unit.one(Party, "party", "P001").uid
        unit.session.execute(update(Volume).values(party_uid=party))
    before = report(office, "hr")
    tenancy(office, "YH·02", department="KF")
    after = report(office, "hr")

    assert 1 == before.records
    assert before == after
    assert 2 == report(office, "archivist").records


def test_a_visitor_and_the_card_are_told_among_the_registers(office):
    """
    Registers tell how many entries, from when, and why they stay; what has no entry has no line.
    """
    with office.work("archivist", Act.VISITOR_ADD) as unit:
        visitors.add(
            unit,
            kind=VisitorKind.OWNER,
            name="张三",
            party="P001",
            premises="A1203",
            document_no="110101199003070038",
        )
    where = {line.where: line for line in report(office).elsewhere}

    assert {Elsewhere.PARTY_CARD, Elsewhere.VISITORS} == set(where)
    assert (1, D("2026-03-02")) == (where[Elsewhere.VISITORS].entries, where[Elsewhere.VISITORS].first)
    assert "R42" in where[Elsewhere.VISITORS].why


def test_the_report_of_an_employee_names_his_personal_dossier_and_registers(office):
    """
    The dossier that bears his account; without one there is no record, only the account.
    """
    make.filed(office, "RS·01", by="hr", department="RS", dossier="staff")
    make.filed(office, "RS·01", by="hr", department="RS", dossier="clerk")
    made, none = report(office, "hr", person="staff"), report(office, "hr", person="records")

    assert ["RS·01"] == [line.class_code for line in made.kept]
    assert ("孙员工", Keeping.CURRENT) == (made.name, made.kept[0].keeping)
    assert ([], [Elsewhere.ACCOUNT]) == (none.kept, [line.where for line in none.elsewhere])


def test_every_report_leaves_a_line_with_the_name_sealed(office):
    """
    Who asked about whom, how many records; the name is not in clear.
    """
    tenancy(office)
    report(office)
    with office.ask("auditor") as unit:
        lines = list(unit.session.scalars(select(Event).where(Event.act == "subject.see")))

    assert [("archivist", "P001", "done")] == [(one.account, one.object_code, one.outcome) for one in lines]
    assert all(part in lines[0].facts for part in ('"records":1', '"confidential":1'))
    assert "张三" not in lines[0].facts
    assert lines[0].sealed


def test_bad_questions_are_refused(office):
    """
    Nobody, somebody unknown, or two people at once.
    """
    slips = (
        ({"party": "P001", "person": "staff"}, BadValue),
        ({"party": None}, BadValue),
        ({"party": "P999"}, NotFound),
        ({"person": "nobody"}, NotFound),
    )
    for given, error in slips:
        with pytest.raises(error):
            report(office, **given)


def test_who_does_not_answer_for_records_gets_no_report(office):
    """
    Refused, and each refusal is in the log.
    """
    others = ["staff", "clerk", "supervisor", "admin", "auditor"]
    for who in others:
        with pytest.raises(NotAllowed):
            report(office, who)
    with office.ask("auditor") as unit:
        lines = select(Event.account, Event.outcome).where(Event.act == "subject.see").order_by(Event.seq)
        assert [(who, "not-allowed") for who in others] == [tuple(row) for row in unit.session.execute(lines)]


TENANT = (Period.parse("D3"), Trigger.TENANCY_END)


@pytest.mark.parametrize(
    ("state", "course", "held", "how"),
    [
        (VolumeState.HELD, reckon(*TENANT, None), False, Keeping.CURRENT),
        (VolumeState.HELD, reckon(*TENANT, None), True, Keeping.CURRENT),
        (VolumeState.HELD, reckon(*TENANT, D("2024-05-06")), False, Keeping.STORED),
        (VolumeState.SEALED, reckon(*TENANT, D("2022-12-31")), False, Keeping.OVER),
        (VolumeState.HELD, reckon(*TENANT, D("2022-12-31")), True, Keeping.HELD),
        (VolumeState.HELD, reckon(*TENANT, D("2023-01-01")), True, Keeping.STORED),
        (
            VolumeState.HELD,
            reckon(Period.parse("Y"), Trigger.FORMED, D("2020-01-01")),
            False,
            Keeping.PERMANENT,
        ),
        (
            VolumeState.HELD,
            reckon(Period.parse("D10"), Trigger.FORMED, D("2020-01-01")),
            False,
            Keeping.RUNNING,
        ),
        (VolumeState.DESTROYED, reckon(*TENANT, D("2012-12-31")), False, Keeping.DESTROYED),
        (VolumeState.TRANSFERRED, reckon(*TENANT, None), False, Keeping.TRANSFERRED),
    ],
)
def test_how_it_stands_with_the_purpose(state, course, held, how):
    """
    Pure: state, course, hold and day decide; storage only once the matter is over and it may not go yet.
    """
    assert how is subjects.keeping(state, course, held=held, on=D("2026-03-02"))
    assert (how in subjects.STORAGE_ONLY) == (how in {Keeping.STORED, Keeping.OVER, Keeping.HELD})


# --- as a paper, at the terminal ------------------------------------------------------------------


def test_the_report_is_a_word_document_outside_the_instance(office, tmp_path):
    """
    Name, records, registers and the restriction to storage stand in it; never inside the instance, never over a file.
    """
    uid = tenancy(office, "YH·02", ended=D("2024-08-15"), year=2024)
    target = tmp_path / "report.docx"
    with office.ask("archivist", Act.SUBJECT_SEE) as unit:
        made = subjects.report(unit, Language.ZH, party="P001")
        subject_paper.write(unit, made, Language.ZH, target)
        with pytest.raises(TargetExists):
            subject_paper.write(unit, made, Language.ZH, target)
        with pytest.raises(InsideInstance):
            subject_paper.write(unit, made, Language.ZH, office.home / "report.docx")
    told = papers.words(target)
    cells = {cell for table in papers.tables(target) for row in table for cell in row}

    assert all(part in told for part in ("个人信息保存情况报告", "P001  张三", "1 份的用途已了", "出具人"))
    assert {code_of(office, uid), "2027-12-31", "业户与单位登记"} <= cells
    assert [target] == [path for path in tmp_path.iterdir() if path.suffix in {".docx", ".part"}]


@pytest.fixture
def run(office, tmp_path, monkeypatch):
    """Run `anjuan` as somebody; the output and the exit status."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(clikit.wiring, "clock", lambda: office.now)
    tokens = {}

    def command(who, *words, status=0):
        if (who, office.now) not in tokens:
            with office.instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
                tokens[who, office.now] = identity.login(unit, who, PASSWORD)
        until = office.now + dt.timedelta(hours=1)
        sitting.keep_session(office.instance.keys.instance_id, tokens[who, office.now], until)
        result = CliRunner().invoke(cli.root, ["--home", str(office.home), *words])

        assert status == result.exit_code, result.output
        return result

    return command


def test_the_report_by_command(office, run, tmp_path):
    """
    A sheet with two tables in either language, JSON for programs, a document on demand.
    """
    tenancy(office, "YH·02", ended=D("2021-08-15"), year=2021)
    sheet = run("archivist", "subject", "report", "--party", "P001").stdout
    english = run("archivist", "--lang", "en", "subject", "report", "--party", "P001").stdout
    page = json.loads(run("archivist", "subject", "report", "--party", "P001", "--json").stdout)
    target = tmp_path / "r.docx"
    told = run("archivist", "subject", "report", "--party", "P001", "--out", str(target)).stdout

    assert all(word in sheet for word in ("张三", "已期满，待鉴定", "只存储", "其他登记"))
    assert all(
        word in english
        for word in ("period over, to be appraised", "storage and protection only", "Registers")
    )
    assert ["OVER"] == [line["keeping"] for line in page["kept"]]
    assert "完成：查看个人信息报告" in told
    assert target.read_bytes().startswith(b"PK")


def test_the_ceilings_by_command(office, run):
    """
    What is past its ceiling, with the days and what keeps it; CSV bears the spoken headings.
    """
    uid = tenancy(office, "YH·02", ended=D("2021-08-15"), year=2021)
    (row,) = json.loads(run("archivist", "subject", "ceilings", "--json").stdout)
    heading, line = run("archivist", "subject", "ceilings", "--personal", "--csv").stdout.splitlines()

    assert (code_of(office, uid), "WAITING", 425) == (row["code"], row["why"], row["late_days"])
    assert "最长保管期届满" in heading
    assert "尚未列入鉴定" in line
    assert "not yet taken up" in run("archivist", "--lang", "en", "subject", "ceilings").stdout
    assert "查看个人信息报告" in run("staff", "subject", "ceilings", status=3).stderr


def test_bad_input_of_a_report_has_a_sentence(office, run, tmp_path):
    """
    Nobody named, an unknown party, a folder that is not there, staff.
    """
    assert "--party / --person" in run("archivist", "subject", "report", status=2).stderr
    assert "没有找到" in run("archivist", "subject", "report", "--party", "P999", status=4).stderr
    gone = str(tmp_path / "nowhere" / "r.docx")
    assert (
        "nowhere" in run("archivist", "subject", "report", "--party", "P001", "--out", gone, status=4).stderr
    )
    assert "查看个人信息报告" in run("staff", "subject", "report", "--party", "P001", status=3).stderr
    assert "没有关于此人的档案" in run("archivist", "subject", "report", "--party", "P002").stdout
