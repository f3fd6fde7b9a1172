"""事故: lost, damaged, leaked; reported, judged, decided, closed, found again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.circulation import incident_register, incidents
from archive.clikit import DAY, Named, acting, argument, listing, option, showing, tell
from archive.statuses import Condition, IncidentKind

if TYPE_CHECKING:
    from archive.unit import Unit

NUMBER = "事故编号 / Number of the incident"
PIECES = "其中的件（档号），可多次 / Papers of it, may be repeated"


@clikit.group("incident")
def incident() -> None:
    """丢失、损坏、泄密。 / Incidents."""


@incident.command("report", example="anjuan incident report K001-… --kind lost --course 搬迁后清点少一份")
@argument("code", help="档号 / Reference code")
@option(
    "--kind",
    type=Named(IncidentKind),
    required=True,
    help="事故种类：丢失、损坏或泄密 / Kind of incident: lost, damaged or leaked",
)
@option("--course", required=True, help="经过 / What happened")
@option(
    "--found-on",
    type=DAY,
    help="发现日期，默认今天 / Day it was noticed, today if not given",
)
@option("--extent", default="", help="影响范围 / What it affects")
@option("--measures", default="", help="已采取措施 / What was done at once")
@option("--concerned", multiple=True, help="当事人账号或姓名，可多次 / Who is concerned, may be repeated")
@option("--piece", "pieces", multiple=True, help=PIECES)
@option("--loan", help="有关的借阅号 / The loan it belongs to")
@acting(Act.INCIDENT_REPORT)
def report(unit: Unit, code: str, *, kind: IncidentKind, course: str, found_on: dt.date | None, extent: str, measures: str, concerned: Sequence[str], pieces: Sequence[str], loan: str | None) -> None:  # fmt: skip  # noqa: PLR0913
    """立即书面报告。 / Report at once, in writing."""
    made = incidents.report(
        unit, code, kind=kind, found_on=found_on or unit.today, course=course, extent=extent, measures=measures,
        concerned=concerned, pieces=pieces, loan=loan,
    )  # fmt: skip
    tell(Act.INCIDENT_REPORT, incident_number=made.number, incident_kind=made.kind, state=made.state)


@incident.command("judge", example="anjuan incident judge SG2026-0001 --liability 借阅人保管不当")
@argument("number", help=NUMBER)
@option("--liability", required=True, help="责任认定 / Who answers for it")
@acting(Act.INCIDENT_JUDGE)
def judge(unit: Unit, number: str, liability: str) -> None:
    """认定责任；报告人和当事人不得认定。 / Judge who answers; not the reporter, nor who is concerned."""
    made = incidents.judge(unit, number, liability=liability)
    tell(Act.INCIDENT_JUDGE, incident_number=made.number, state=made.state)


@incident.command("decide", example="anjuan incident decide SG2026-0001 --decision 补制一份，书面检讨")
@argument("number", help=NUMBER)
@option("--decision", required=True, help="处理意见 / What is decided")
@acting(Act.INCIDENT_DECIDE)
def decide(unit: Unit, number: str, decision: str) -> None:
    """批准处理意见（总经理）。 / Decide (general manager)."""
    made = incidents.decide(unit, number, decision=decision)
    tell(Act.INCIDENT_DECIDE, incident_number=made.number, state=made.state)


@incident.command("close", example="anjuan incident close SG2026-0001 --outcome 已补制 --replaced K001-…-003")
@argument("number", help=NUMBER)
@option("--outcome", required=True, help="落实情况 / What was done")
@option(
    "--replaced",
    multiple=True,
    help="已补制复制件的件，可多次 / Papers a copy stands in for, may be repeated",
)
@acting(Act.INCIDENT_CLOSE)
def close(unit: Unit, number: str, outcome: str, replaced: Sequence[str]) -> None:
    """结案；丢失的仍在账上记为丢失。 / Close; what is lost stays on the books as lost."""
    made = incidents.close(unit, number, outcome=outcome, replaced=replaced)
    tell(Act.INCIDENT_CLOSE, incident_number=made.number, state=made.state)


@incident.command("find", example="anjuan incident find SG2026-0001 --how 在二号柜后找到")
@argument("number", help=NUMBER)
@option("--how", required=True, help="在哪里、怎样找到 / Where and how it was found")
@option("--condition", type=Named(Condition, but=[Condition.LOST]), default="SOUND", help="现状，默认完好 / Its state, sound if not given")  # fmt: skip
@option("--piece", "pieces", multiple=True, help=PIECES)
@acting(Act.INCIDENT_FIND)
def find(unit: Unit, number: str, how: str, condition: Condition, pieces: Sequence[str]) -> None:
    """失物找回，重新入账。 / What was lost is found again."""
    made = incidents.find(unit, number, how=how, condition=condition, pieces=pieces)
    tell(Act.INCIDENT_FIND, incident_number=made.number, state=made.state, recovered_on=unit.today)


@incident.command("list", example="anjuan incident list --open --csv")
@option("--open", "open_only", is_flag=True, help="只列未结案的 / Only what is not closed")
@option(
    "--kind",
    type=Named(IncidentKind),
    help="事故种类：丢失、损坏或泄密 / Kind of incident: lost, damaged or leaked",
)
@option("--code", help="只列这份档案的 / Only of this record")
@acting(Act.INCIDENT_SEE, reads=True)
@listing("number:incident_number", "kind:incident_kind", "state", "code", "title", "level", "found_on", "reported_by", "concerned", "course", "extent", "measures", "liability", "decision", "decided_by", "outcome:done_about", "closed_on", "recovered_on")  # fmt: skip
def rows(unit: Unit, *, open_only: bool, kind: IncidentKind | None, code: str | None) -> Sequence[object]:
    """事故登记：自己报告的和可见档案的。 / One's own reports, and those of records one may see."""
    return incident_register.rows(unit, open_only=open_only, kind=kind, code=code)


@incident.command("show", example="anjuan incident show SG2026-0001")
@argument("number", help=NUMBER)
@acting(Act.INCIDENT_SEE, reads=True)
@showing("number:incident_number", "kind:incident_kind", "state", "code", "title", "level", "papers", "loan:loan_number", "found_on", "reported_on", "reported_by", "concerned", "course", "extent", "measures", "liability", "judged_by", "decision", "decided_by", "outcome:done_about", "replaced", "closed_on", "found_again", "recovered_on", "pieces")  # fmt: skip
def show(unit: Unit, number: str) -> object:
    """一份报告的全部内容，及各件现状。 / One report in full, and how its pieces stand now."""
    return incident_register.show(unit, number)


@incident.command("grants", example="anjuan incident grants SG2026-0001")
@argument("number", help=NUMBER)
@acting(Act.INCIDENT_SEE, reads=True)
@listing("uid:grant_number", "who", "code", "acts", "expires_on")
def grants(unit: Unit, number: str) -> Sequence[object]:
    """当事人仍有效的授权，供撤销时参考（总经理）。 / Living grants of those concerned, to be revoked perhaps (general manager)."""
    return incident_register.to_revoke(unit, number)
