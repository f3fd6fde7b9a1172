"""The papers of the office: stories put into words, numbered in the order of their dates.

Pure and repeatable; writing them as files is the work of writers.py.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import PurePosixPath

from archive.samples.agreements import contracts
from archive.samples.forms import FORMATS, book
from archive.samples.layout import page_count
from archive.samples.names import COMPANY, CONTRACTORS, VOLUME_TITLES
from archive.samples.office import Office
from archive.samples.stories import Draft, Event, Story, duties, fitouts, letters, tenancies
from archive.samples.wording import Filling, spellings

#: The family of stories and its share of all papers.
SHARES: Mapping[str, tuple[Callable[[Office, random.Random], Iterator[Story]], float]] = {
    "tenant": (tenancies, 0.28),
    "fitout": (fitouts, 0.27),
    "contract": (contracts, 0.18),
    "letters": (letters, 0.21),
    "duty": (duties, 0.06),
}

#: Shorter bodies get one more of the family's general remarks.
_SHORTEST_BODY = 220
#: A last paragraph as short as 此复。 stays the last.
_CLOSING_WORDS = 20
#: Papers by others speak with their voice, not with the office's.
_OUTSIDE = ("{occupant}", "{fitout_contractor}", "{correspondent}")


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper as it would be catalogued, and what is written on it.

    *level* is the name of a `values.Level` and *period* a code such as D30, or None for the class's own.
    *project* is the code of the fit-out or the number of the contract. *fields* are those of its
    class's family, in ISO dates and decimal strings. *volume* is equal for papers of one volume.
    *events* are (name of a `values.Trigger`, day). *pages* counts sheets, the drawings included.
    """

    class_code: str
    department: str
    year: int
    date: dt.date
    title: str
    creator: str
    document_no: str | None
    doc_type: str
    pages: int
    format: str
    level: str | None
    period: str | None
    premises: str | None
    party: str | None
    project: str | None
    fields: Mapping[str, str]
    paragraphs: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    drawings: int
    volume: tuple[str, ...]
    volume_title: str
    events: tuple[Event, ...]

    @property
    def place(self) -> PurePosixPath:
        """Where the file lies under the folder: class, year, premises or party or department, date and title."""
        owner = self.premises or self.party or self.department
        name = f"{self.date.isoformat()} {self.title}{FORMATS[self.format]}"
        return PurePosixPath(self.class_code, str(self.year), owner, name.replace("/", "／"))

    @property
    def written_at(self) -> dt.datetime:
        """The instant noted inside the file: nine in the morning of its day."""
        return dt.datetime.combine(self.date, dt.time(9, 0))

    @property
    def signature(self) -> str:
        """The day as it is written under the paper."""
        return dict(spellings("day", self.date))["day_cn"]


def papers(office: Office, count: int = 320) -> list[Paper]:
    """*count* papers of all families in the order of their dates; the same office gives the same papers."""
    drafts = sorted(_drafts(office, count), key=lambda draft: draft.date)
    rng = random.Random(office.seed + 1)
    desk = _Desk(office, rng)
    return list(_distinct(desk.paper(draft) for draft in drafts))


def _drafts(office: Office, count: int) -> Iterator[Draft]:
    """The drafts of every family by its share; the last family takes what rounding leaves."""
    left = count
    for number, (family, (stories, share)) in enumerate(SHARES.items()):
        quota = left if number == len(SHARES) - 1 else round(count * share)
        rng = random.Random(f"{office.seed}/{family}")
        yield from _taken(stories(office, rng), min(quota, left))
        left -= min(quota, left)


def _taken(stories: Iterator[Story], quota: int) -> list[Draft]:
    """The first *quota* drafts of *stories*; the last story may break off in the middle."""
    drafts: list[Draft] = []
    while len(drafts) < quota:
        drafts.extend(next(stories))
    return drafts[:quota]


def _distinct(given: Iterator[Paper]) -> Iterator[Paper]:
    """No two papers in one place: a second one of the same day and title is numbered （2）."""
    seen: Counter[PurePosixPath] = Counter()
    for paper in given:
        place = paper.place
        seen[place] += 1
        yield replace(paper, title=f"{paper.title}（{seen[place]}）") if seen[place] > 1 else paper


class _Desk:
    """Puts drafts into words, in the order in which they come, and keeps the number registers."""

    def __init__(self, office: Office, rng: random.Random) -> None:
        self._office, self._rng = office, rng
        self._registers: Counter[tuple[str, str, int]] = Counter()

    def paper(self, draft: Draft) -> Paper:
        """The paper that *draft* becomes."""
        form, filling = draft.form, self._filling(draft)
        number = filling.fill(form.number) or None
        filling["number"] = number or ""
        paper = Paper(
            class_code=form.class_code,
            department=draft.department,
            year=draft.date.year,
            date=draft.date,
            title=filling.fill(form.title),
            creator=filling.fill(form.creator or "和园物业{department_name}"),
            document_no=number,
            doc_type=form.doc_type,
            pages=0,
            format=self._rng.choice(form.format),
            level=form.level,
            period=form.period,
            premises=draft.premises,
            party=draft.party,
            project=draft.project,
            fields=_fields(draft),
            paragraphs=tuple(_paragraphs(draft, filling)),
            table=tuple(tuple(filling.fill(cell) for cell in row) for row in form.table),
            drawings=form.drawings,
            volume=draft.volume,
            volume_title=filling.fill(VOLUME_TITLES.get(form.class_code, "")),
            events=draft.events,
        )
        _remember(draft, filling, number)
        return replace(paper, pages=page_count(paper, paper.signature))

    def _filling(self, draft: Draft) -> Filling:
        """Everything the words of *draft* may refer to."""
        due = draft.date + dt.timedelta(days=self._rng.randint(7, 14))
        facts = {
            **spellings_of(date=draft.date, due=due),
            **self._staff(draft.author),
            **self._numbers(draft),
            "company": COMPANY,
            "year": str(draft.date.year),
            **draft.facts,
            **draft.shared,
        }
        return Filling(facts, book(draft.family).pools, self._rng)

    def _numbers(self, draft: Draft) -> dict[str, str]:
        """The next number of the paper's own register and year, without gaps (R70)."""
        series = (draft.form.number or draft.form.doc_type, draft.author, draft.date.year)
        self._registers[series] += 1
        number = self._registers[series]
        return {"seq": str(number), "seq3": f"{number:03}", "seq4": f"{number:04}"}

    def _staff(self, code: str) -> dict[str, str]:
        """Who signs, handles and records for the department *code*."""
        holder, department = self._office.holder, self._office.department(code)
        posts = {
            "gm": ("GM", "ZJL"),
            "secretary": ("GM_SECRETARY", "ZJL"),
            "auditor": ("AUDITOR", "ZJL"),
            "hr": ("HR", "RS"),
            "accountant": ("STAFF", "CW"),
            "guard": ("STAFF", "AB"),
            "engineering_manager": ("DEPT_MANAGER", "GC"),
            "manager": ("DEPT_MANAGER", "KF" if code == "ZJL" else code),
            "clerk": ("CLERK", "KF" if code == "ZJL" else code),
        }
        names = {post: holder(*held).name for post, held in posts.items()}
        names["steward"] = self._rng.choice(self._named("楼层管家"))
        names["engineer"] = self._rng.choice(self._named("工程师"))
        return names | {"department_name": department.name, "department_short": department.mark}

    def _named(self, post: str) -> list[str]:
        return [person.name for person in self._office.people if person.post.endswith(post)]


def spellings_of(**days: dt.date) -> dict[str, str]:
    """All spellings of several days together."""
    return {blank: text for name, day in days.items() for blank, text in spellings(name, day)}


def _paragraphs(draft: Draft, filling: Filling) -> Iterator[str]:
    """The body with its blanks filled, and general remarks of its author while it is short."""
    form, body = draft.form, [filling.fill(text) for text in draft.form.body]
    closing = [body.pop()] if len(body[-1]) < _CLOSING_WORDS else []
    pool = (
        "reply" if form.direction == "OUT" else "courtesy" if form.creator.startswith(_OUTSIDE) else "remark"
    )
    remarks = (filling[f"{pool}_{number}"] for number in count(1))
    while sum(map(len, body)) < _SHORTEST_BODY and not form.traditional:
        body.append(filling.fill(next(remarks)))
    yield from body + closing


def _fields(draft: Draft) -> dict[str, str]:
    """The family's fields, with the number of the letter that is answered, if it has one (R72)."""
    answered = draft.shared.get("reply_to", "") if draft.form.direction == "OUT" else ""
    return {**draft.fields, **({"reply_to": answered} if answered else {})}


def _remember(draft: Draft, filling: Filling, number: str | None) -> None:
    """Pass the phrases of a letter, and its number, to its answer."""
    pools = book(draft.family).pools
    draft.shared.update({blank: filling[blank] for blank in filling if blank in pools and draft.form.pair})
    if draft.form.direction == "IN" and number:
        draft.shared["reply_to"] = number


def rows(n: int, seed: int = 2026) -> Iterator[dict[str, str | int]]:
    """*n* cheap item rows without files, for benchmarks: title, creator, document_no, date (ISO), pages."""
    rng = random.Random(seed)
    first = dt.date(2011, 1, 1).toordinal()
    subjects = [form.doc_type for form in book("tenant").forms + book("fitout").forms]
    firms = [name for _, name in CONTRACTORS]
    for number in range(n):
        day = dt.date.fromordinal(first + number * 5_400 // max(n, 1))
        firm, unit = (
            firms[rng.randrange(len(firms))],
            f"{rng.choice('ABC')}{rng.randint(3, 20):02}{rng.randint(1, 4):02}",
        )
        yield {
            "title": f"{firm}关于{unit}单元{subjects[rng.randrange(len(subjects))]}（{number + 1}）",
            "creator": firm,
            "document_no": f"和园物〔{day.year}〕{number + 1}号",
            "date": day.isoformat(),
            "pages": rng.randint(1, 12),
        }
