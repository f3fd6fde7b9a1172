"""The demonstration: the product's main job, end to end, on real files written at run time.

Outermost like `cli.py`: it calls the same services as the commands, as named people, and prints what happened.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive import (
    audit,
    classes,
    duty,
    founding,
    grants,
    identity,
    importing,
    objects,
    people,
    reckoning,
    registry,
    samples,
    scheme,
    views,
    volumes,
)  # fmt: skip
from archive.acts import Act
from archive.circulation import decisions, lending, requests
from archive.conditions import Actor
from archive.config import Settings
from archive.custody import handover
from archive.errors import ArchiveError, NotEmpty
from archive.instance import Instance, Who
from archive.model import DigitalObject, Item, Person, Volume
from archive.ports import Ports
from archive.printing import outcome_word
from archive.samples import Office
from archive.statuses import RequestKind
from archive.unit import Unit
from archive.values import Level, ObjectPurpose, PartyKind, PlaceKind, Role, VolumeState
from archive.words import Language, say, spoken
from indexer import search, sync
from indexer.engine import Engine
from retention import clock, due
from retention.clockwork import Clockwork

MARK = "demo-instance.txt"
PASSWORD = "anjuan-demo-2026"  # noqa: S105 - printed, and good for an invented office only
DUE_ON = dt.date(2026, 1, 1)
PAPERS = 320
SHOWN = 10
SEARCHES = ("装修", "押金退还", "物业", "A1203", "HT-2019", "裝修押金")
READERS = ("tan.yue", "zhou.min", "shen.lu", "jiang.wen", "gao.yuan")
#: What a sample paper's event is recorded as.
HAPPENED = {
    "CONTRACT_END": ("CONTRACT_EXPIRED",),
    "TENANCY_END": ("TENANCY_ENDED",),
    "ACCEPTANCE": ("FIT_OUT_ACCEPTED", "DEPOSIT_SETTLED"),
    "CASE_CLOSED": ("CASE_CLOSED",),
    "SERVICE_END": ("SERVICE_ENDED",),
    "SUPERSEDED": ("SUPERSEDED",),
    "EMPLOYMENT_END": ("EMPLOYMENT_ENDED",),
}


@dataclass
class Story:
    """A demonstration under way."""

    home: Path
    language: Language
    console: Console
    on: dt.date = DUE_ON
    office: Office = field(default_factory=samples.office)
    begun: float = field(default_factory=time.monotonic)
    instance: Instance = field(init=False)
    recovery: str = ""

    def say(self, key: str, **facts: object) -> str:
        """A sentence of the demonstration."""
        return say(f"demo.{key}", self.language, **facts)

    def chapter(self, key: str, **facts: object) -> None:
        """A heading with the seconds gone by."""
        gone = time.monotonic() - self.begun
        self.console.print()
        self.console.rule(f"[bold]{self.say(key, **facts)}[/bold]  [dim]{gone:.1f} s[/dim]", align="left")

    def tell(self, key: str, **facts: object) -> None:
        """One plain line."""
        self.console.print(Padding(Text(self.say(key, **facts)), (0, 0, 0, 2)))

    def who(self, account: str) -> Who:
        """The person with *account*, with today's rights."""

        def resolve(session: Session, now: dt.datetime) -> Actor:
            person = session.scalars(select(Person).where(Person.account == account)).one()
            return identity.actor(session, person, now.astimezone(self.instance.settings.zone).date())

        return resolve

    @contextmanager
    def work(self, account: str, act: Act) -> Iterator[Unit]:
        """An act of a named person."""
        with self.instance.work(self.who(account), act) as unit:
            yield unit

    @contextmanager
    def ask(self, account: str, act: Act) -> Iterator[Unit]:
        """A question of a named person."""
        with self.instance.ask(self.who(account), act) as unit:
            yield unit

    @contextmanager
    def bar(self, key: str) -> Iterator[Callable[[int, int], None]]:
        """A progress bar on a terminal, nothing elsewhere."""
        columns = (TextColumn("  {task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console, disable=not self.console.is_terminal) as progress:
            task = progress.add_task(self.say(key), total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)

    def table(self, *columns: str) -> Table:
        """A table with named columns."""
        table = Table(box=None, padding=(0, 2, 0, 2), header_style="bold")
        for column in columns:
            table.add_column(self.say(f"column.{column}"), overflow="fold")
        return table

    def holder(self, role: Role, department: str = "") -> str:
        """The account of somebody who holds *role*."""
        return self.office.holder(role.value, department).account


def run(
    home: Path,
    language: Language,
    *,
    again: bool = False,
    on: dt.date = DUE_ON,
    console: Console | None = None,
) -> Story:
    """Play the whole demonstration into *home*; raises `NotEmpty` if something else lives there."""
    _make_room(home, again=again)
    story = Story(home, language, console or _paper(), on)
    story.console.print(Panel(story.say("title", company=story.office.company), expand=False, style="bold"))
    for part in (_found, _file, _order, _search, _lend, _due, _verify):
        part(story)
    _farewell(story)
    return story


def _paper() -> Console:
    """The terminal, or a sheet wide enough where there is none."""
    return Console(width=None if sys.stdout.isatty() else 110)


def silent() -> Console:
    """Nowhere: for whoever only wants the office that comes of it."""
    return Console(quiet=True)


def _make_room(home: Path, *, again: bool) -> None:
    """An earlier demonstration may be replaced if asked; anything else is left alone."""
    if not home.exists() or not any(home.iterdir()):
        return
    if not (again and (home / MARK).exists()):
        raise NotEmpty(path=home)
    shutil.rmtree(home)
    _key_file(home).unlink(missing_ok=True)


def _key_file(home: Path) -> Path:
    return home.absolute().with_name(f"{home.name}.key")


# --- 1. an office ------------------------------------------------------------------------------


def _found(story: Story) -> None:
    office = story.office
    story.chapter("found")
    wanted = Settings(
        company=office.company, fonds=office.fonds, language=story.language.value, key_file=str(_key_file(story.home)),
        anchor_file=str(story.home.absolute().with_name(f"{story.home.name}.anchors")),
    )  # fmt: skip
    Path(wanted.anchor_file).unlink(missing_ok=True)
    first = next(person for person in office.people if "SYSTEM_ADMIN" in person.roles)
    department = office.department(first.department)
    plan = founding.Founding(wanted, first.account, first.name, PASSWORD, (department.code, department.name))
    story.instance, story.recovery = founding.found(story.home, plan, Ports(Clockwork()))
    (story.home / MARK).write_text(office.company, "utf-8")
    _people(story, first.account)
    _scheme(story)
    _places_and_parties(story)


def _people(story: Story, admin: str) -> None:
    office = story.office
    with story.work(admin, Act.PERSON_ADD) as unit:
        for department in office.departments:
            people.add_department(unit, department.code, department.name, department.english)
        for person in office.people:
            if person.account != admin:
                roles = [Role(role) for role in person.roles]
                people.add(
                    unit,
                    person.account,
                    name=person.name,
                    department=person.department,
                    roles=roles,
                    password=PASSWORD,
                )
    guard = story.holder(Role.SECURITY_ADMIN)
    with story.work(guard, Act.PERSON_CLEAR) as unit:
        for person in office.people:
            if person.account != guard:
                people.clear(unit, person.account, Level[person.level])
    story.tell("people", people=len(office.people), departments=len(office.departments))


def _scheme(story: Story) -> None:
    tree = scheme.load()
    with story.work(story.holder(Role.GM), Act.CLASS_ADOPT) as unit:
        classes.adopt(unit, tree.version)
        given = grants.give_proposed(unit, duty.proposed(tree))
    families = " ".join(series.code for series in tree.series)
    story.tell(
        "scheme", classes=len(tree.classes), families=families, version=tree.version, grants=len(given)
    )


def _places_and_parties(story: Story) -> None:
    office = story.office
    with story.work(story.holder(Role.ARCHIVIST), Act.PARTY_ADD) as unit:
        for place in office.places:
            registry.add_location(
                unit,
                place.code,
                kind=PlaceKind(place.kind),
                name=place.name,
                inside=place.parent,
                lockable=place.lockable,
                capacity=place.capacity,
            )
        for premises in office.premises:
            registry.add_premises(
                unit, premises.code, building=premises.building, floor=str(premises.floor), kind=premises.kind,
                area=premises.area,
            )  # fmt: skip
        for party in office.parties:
            registry.add_party(
                unit, party.code, name=party.name, kind=PartyKind(party.kind), natural_person=party.natural_person,
                phone=party.phone,
            )  # fmt: skip
    story.tell(
        "registry", premises=len(office.premises), parties=len(office.parties), places=len(office.places)
    )


# --- 2. and 3. papers, filed and read -----------------------------------------------------------


def _file(story: Story) -> None:
    papers = samples.papers(story.office, PAPERS)
    story.chapter("file")
    with tempfile.TemporaryDirectory(prefix="anjuan-demo-") as name:
        folder = Path(name)
        with story.bar("writing") as progress:
            samples.write_all(papers, folder, progress)
        trouble = samples.write_troublemakers(folder)
        story.tell("written", papers=len(papers), trouble=len(trouble), formats=_formats(papers))
        with story.bar("importing") as progress:
            lines = importing.import_folder(
                story.instance, story.who(story.holder(Role.ARCHIVIST)), folder, importing.Wanted(class_code="QT"),
                progress=progress,
            )  # fmt: skip
    fates = Counter(line.fate for line in lines)
    _events(story, papers, lines)
    with story.bar("indexing") as progress:
        sync.drain(story.instance, progress=progress)
    story.tell("filed", filed=fates[importing.Fate.FILED], refused=fates[importing.Fate.REFUSED])
    _families(story)
    _not_read(story)


def _formats(papers: Sequence[samples.Paper]) -> str:
    return ", ".join(
        f"{name} {count}" for name, count in Counter(paper.format for paper in papers).most_common()
    )


def _events(story: Story, papers: Sequence[samples.Paper], lines: Sequence[importing.FileLine]) -> None:
    """What happened to tenancies, contracts and fit-outs since, recorded once for each volume."""
    uids = {line.path: line.uid for line in lines}
    with story.work(story.holder(Role.ARCHIVIST), Act.TRIGGER_RECORD) as unit:
        told: set[tuple[str, str, dt.date]] = set()
        for paper in papers:
            item = unit.session.get(Item, uids.get(paper.place.as_posix(), ""))
            if item is None or item.volume_uid is None:
                continue
            for name, on in paper.events:
                for kind in HAPPENED.get(name, ()):
                    if (item.volume_uid, kind, on) not in told:
                        told.add((item.volume_uid, kind, on))
                        reckoning.record_trigger(unit, item.volume_uid, kind, on, note="登记表")
    story.tell("events", events=len(told))


def _families(story: Story) -> None:
    table = story.table("class", "name", "volumes", "items", "pages")
    with story.ask(story.holder(Role.GM), Act.RECORD_SEE) as unit:
        lines = [line for line in views.tree(unit) if line.items]
    for prefix in dict.fromkeys(line.code.split("·")[0] for line in lines):
        mine = [line for line in lines if line.code.split("·")[0] == prefix]
        counts = (
            sum(line.volumes for line in mine),
            sum(line.items for line in mine),
            sum(line.pages for line in mine),
        )
        table.add_row(prefix, _series_name(prefix, story.language), *map(str, counts))
    story.console.print(table)


def _series_name(code: str, language: Language) -> str:
    series = next(one for one in scheme.load().series if one.code == code)
    return series.zh if language is Language.ZH else series.en


def _not_read(story: Story) -> None:
    """Files kept but without text, with the reason on the record."""
    table = story.table("file", "reason")
    content = DigitalObject.purpose == ObjectPurpose.CONTENT
    with story.ask(story.holder(Role.ARCHIVIST), Act.RECORD_SEE) as unit:
        for stored in unit.session.scalars(
            select(DigitalObject).where(content, DigitalObject.outcome != "text")
        ):
            item = unit.session.get_one(Item, stored.item_uid)
            if unit.may(Act.RECORD_READ, item):
                table.add_row(objects.name_of(unit, stored), say(f"extract.{stored.outcome}", story.language))
    story.tell("not-read", count=table.row_count)
    story.console.print(table)


def _order(story: Story) -> None:
    """Close last years' volumes, accept them with two signatures, and put them behind the right doors."""
    story.chapter("order")
    clerk, archivist = story.holder(Role.CLERK, "KF"), story.holder(Role.ARCHIVIST)
    with story.work(archivist, Act.VOLUME_CLOSE) as unit:
        rows = (
            select(Volume)
            .where(Volume.state == VolumeState.OPEN, Volume.items > 0)
            .order_by(Volume.reference_code)
        )
        opened = list(unit.session.scalars(rows))
        for volume in opened:
            volumes.close(unit, volume.uid)
        signed = handover.accept(unit, [volume.uid for volume in opened], given_by=clerk, count=len(opened))
        shelves = Shelves(story.office)
        for volume in opened:
            volumes.move(unit, volume.uid, shelves.next(locked=volume.level >= Level.CONFIDENTIAL))
    sync.drain(story.instance)
    story.tell("ordered", volumes=len(opened), number=signed.number)


class Shelves:
    """The layers of the sample office, filled one after the other."""

    def __init__(self, office: Office) -> None:
        locked = {place.code for place in office.places if place.lockable}
        layers = [place for place in office.places if place.kind == "LAYER"]
        self._locked = [place.code for place in layers if place.code in locked or place.parent in locked]
        self._plain = [place.code for place in layers if place.code not in self._locked] or self._locked
        self._used = 0

    def next(self, *, locked: bool) -> str:
        """The layer for the next volume: twelve to a layer."""
        row = self._locked if locked else self._plain
        self._used += 1
        return row[(self._used // 12) % len(row)]


# --- 4. searching as different people -----------------------------------------------------------


def _search(story: Story) -> None:
    story.chapter("search")
    index = sync.engine(story.instance)
    found = {
        (words, account): _searched(story, index, words, account) for words in SEARCHES for account in READERS
    }
    table = story.table("words")
    for account in READERS:
        person = next(one for one in story.office.people if one.account == account)
        table.add_column(
            f"{person.name}\n[dim]{spoken(Role(person.roles[0]), story.language)}[/dim]", justify="right"
        )
    for words in SEARCHES:
        table.add_row(words, *(str(found[words, account].total) for account in READERS))
    story.console.print(table)
    story.tell("same-question")
    for account in (READERS[0], READERS[2]):
        person = next(one for one in story.office.people if one.account == account)
        story.tell("top-hits", words="押金退还", name=person.name)
        _hits(story, found["押金退还", account])
    index.close()


def _searched(story: Story, index: Engine, words: str, account: str) -> search.Page:
    with story.ask(account, Act.RECORD_SEARCH) as unit:
        return search.search(unit, index, search.Question(words), search.Cut(limit=3))


def _hits(story: Story, page: search.Page) -> None:
    if not page.rows:
        story.tell("nothing")
    for number, row in enumerate(page.rows, 1):
        title = Text().append(f"{number}. {row.code}  ", style="dim")
        title.append_text(marked(row.title, row.title_spans))
        title.append(f"  [{spoken(row.level, story.language)}]", style="dim")
        story.console.print(Padding(title, (0, 0, 0, 3)))
        if row.passage:
            story.console.print(Padding(marked(row.passage.text, row.passage.spans), (0, 0, 0, 6)))


def marked(text: str, spans: Sequence[tuple[int, int]]) -> Text:
    """*text* with its matches set off."""
    shown = Text(text)
    for start, end in spans:
        shown.stylize("bold yellow", start, end)
    return shown


# --- 5. lending ---------------------------------------------------------------------------------


def _lend(story: Story) -> None:
    story.chapter("lend")
    archivist, borrower = story.holder(Role.ARCHIVIST), "ding.rui"
    drawings = _volume(story, "ZX·02")
    _refused(story, drawings, borrower)
    _approved(story, drawings, borrower)
    with story.work(archivist, Act.LOAN_LEND) as unit:
        loan = lending.lend(
            unit,
            drawings.uid,
            to=borrower,
            purpose="核对水电管线",
            items=drawings.items,
            pages=drawings.pages,
        )
    story.tell(
        "lent",
        code=drawings.reference_code,
        number=loan.number,
        due_on=loan.due_on,
        items=loan.items_out,
        pages=loan.pages_out,
    )
    for class_code in ("ZX·02", "WS·LW", "YH·01"):
        volume = drawings if class_code == "ZX·02" else _volume(story, class_code)
        _refused(story, volume, borrower)
    with story.work(archivist, Act.LOAN_RETURN) as unit:
        lending.take_back(unit, drawings.uid, by=borrower, items=drawings.items, pages=drawings.pages)
    story.tell("returned", code=drawings.reference_code)


def _approved(story: Story, volume: Volume, borrower: str) -> None:
    """Asked for by the borrower, decided by the manager whose department keeps it (domain §9)."""
    with story.work(borrower, Act.REQUEST_ASK) as unit:
        request = requests.ask(unit, RequestKind.LOAN, [volume.uid], purpose="核对水电管线")
    manager = story.holder(Role.DEPT_MANAGER, volume.department)
    with story.work(manager, Act.REQUEST_APPROVE) as unit:
        decisions.decide(unit, [request.number], Act.REQUEST_APPROVE, reason="同意")
    names = {one.account: one.name for one in story.office.people}
    story.tell("approved", number=request.number, name=names[manager], borrower=names[borrower])


def _volume(story: Story, class_code: str) -> Volume:
    with story.ask(story.holder(Role.GM), Act.RECORD_SEE) as unit:
        rows = select(Volume).where(Volume.class_code == class_code, Volume.own_level.is_(None))
        return unit.session.scalars(rows.order_by(Volume.items.desc(), Volume.reference_code)).first()  # type: ignore[return-value]


def _refused(story: Story, volume: Volume, borrower: str) -> None:
    try:
        with story.work(story.holder(Role.ARCHIVIST), Act.LOAN_LEND) as unit:
            lending.lend(unit, volume.uid, to=borrower, purpose="核对")
    except ArchiveError as error:
        told = Text("✗ ", style="red").append(error.message(story.language), style="default")
        story.console.print(Padding(told, (0, 0, 0, 2)))
    else:
        raise AssertionError(f"{volume.reference_code} was lent")


# --- 6. what is due -----------------------------------------------------------------------------


def _due(story: Story) -> None:
    story.chapter("due", on=story.on)
    with story.ask(story.holder(Role.ARCHIVIST), Act.DUE_SEE) as unit:
        lines = due.due(unit, story.on)
    for line in lines[:SHOWN]:
        told = Text().append(f"{line.course.review_due}  ", style="bold")
        told.append(f"{line.code}  ", style="cyan").append(line.title)
        reason = Text(clock.explain(line.course, story.language), style="dim")
        story.console.print(Padding(told, (0, 0, 0, 2)), Padding(reason, (0, 0, 0, 6)))
    story.tell("due-total", shown=min(SHOWN, len(lines)), total=len(lines), on=story.on)


# --- 7. what can be proved ----------------------------------------------------------------------


def _verify(story: Story) -> None:
    story.chapter("verify")
    with story.work(story.holder(Role.AUDITOR), Act.AUDIT_VERIFY) as unit:
        unit.act(Act.AUDIT_VERIFY)
        public = story.instance.signer.public_key()
        anchors = audit.read_anchors(Path(story.instance.settings.anchor_file), public)
        verdict = audit.verify(unit.session, public, anchors)
        refusals = Counter(line.outcome for line in views.events(unit, limit=100_000, refused=True))
    if not verdict.sound:
        raise AssertionError(f"the log does not verify at {verdict.bad_seq}: {verdict.why}")
    fingerprint = audit.Anchor(verdict.size, verdict.root).fingerprint
    story.tell("audit", size=verdict.size, anchors=verdict.anchors, fingerprint=fingerprint)
    told = (f"{outcome_word(code, story.language)} {count}" for code, count in refusals.most_common())
    story.tell("refusals", refusals=", ".join(told))
    with story.work(story.holder(Role.ARCHIVIST), Act.VAULT_VERIFY) as unit:
        report = objects.verify(unit)
        texts = unit.session.scalar(
            select(func.count()).select_from(DigitalObject).where(DigitalObject.purpose == ObjectPurpose.TEXT)
        )
    if report.faults:
        raise AssertionError(f"the vault has faults: {report.faults[:3]}")
    story.tell("vault", blobs=report.blobs, size=f"{report.bytes / 1e6:.1f}", texts=texts)


def _farewell(story: Story) -> None:
    story.chapter("farewell")
    archivist = story.holder(Role.ARCHIVIST)
    story.tell("played", seconds=f"{time.monotonic() - story.begun:.1f}", home=_relative(story.home))
    story.console.print(Text("  " + story.say("recovery", recovery=story.recovery)), soft_wrap=True)
    story.tell("try", home=_relative(story.home), account=archivist, password=PASSWORD)


def _relative(path: Path) -> Path:
    here = Path.cwd()
    return path.absolute().relative_to(here) if path.absolute().is_relative_to(here) else path
