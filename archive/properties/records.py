"""The four properties of records kept here: each check a function of one case, in a table (DA/T 70, domain §3.8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from sqlalchemy import select

from archive import checklists, recognition, registry
from archive.acts import Act
from archive.codes import running
from archive.dossiers import CHECKLISTS, DossierKind
from archive.errors import ArchiveError
from archive.fields import checked
from archive.model import Dossier, Item, Volume
from archive.packages import formats
from archive.policy import visible
from archive.properties.case import Case, Part
from archive.properties.table import Outcome, Spoken, failed, few, not_applicable, passed, warned
from archive.values import CONFIDENTIAL, ComponentKind, Period
from archive.words import Language

#: Outcomes of reading a file that mean that nobody can; and those that a person should look at.
UNREADABLE = frozenset({"corrupt", "empty", "timed-out", "crashed"})
DOUBTFUL = frozenset({"image-only", "garbled", "oversized", "unsupported"})
#: The acts by which a record came to be: one of them is in the log of each.
CAPTURE = frozenset({Act.VOLUME_OPEN.value, Act.ITEM_FILE.value})
_DIGITS = dict(zip("一二三四五六七八九十", range(1, 11), strict=True))
_NAMED = re.compile(r"附件\s*[：:]?\s*(?:共\s*)?([0-9]{1,3}|[一二三四五六七八九十])\s*[件份个]")


def _codes(records: Iterable[Volume | Item]) -> list[str]:
    return few(one.reference_code for one in records)


# --- 真实性 ----------------------------------------------------------------------------------------


def required(case: Case) -> Outcome:
    """Z-1: what DA/T 18 demands of an entry is there; a volume's creator is the department that made it."""
    lacking: dict[str, list[Volume | Item]] = {}
    for one in case.records:
        card = case.cards.get(one.uid)
        volume = isinstance(one, Volume)
        dated = one.last_date if isinstance(one, Volume) else one.dated
        given = {
            "title": card and card.title, "dated": dated or (volume and not case.papers),
            "creator": volume or (card and card.creator), "period": one.period, "department": one.department,
        }  # fmt: skip
        for name, value in given.items():
            if not value:
                lacking.setdefault(name, []).append(one)
    if lacking:
        codes = _codes(record for many in lacking.values() for record in many)
        return failed("required-lacking", fields=[Spoken(f"field.{name}") for name in lacking], codes=codes)
    return passed("required", count=len(case.records))


def ranges(case: Case) -> Outcome:
    """Z-2: values are of their kind and range: level, period, days, pages, the fields of the family."""
    bad = [one for one in case.records if not _in_range(case, one)]
    if bad:
        return failed("ranges-broken", codes=_codes(bad))
    return passed("ranges", count=len(case.records))


def _in_range(case: Case, one: Volume | Item) -> bool:
    card, today = case.cards.get(one.uid), case.unit.today
    days = [one.first_date, one.last_date] if isinstance(one, Volume) else [one.dated]
    try:
        Period.parse(one.period)
        checked(one.family, card.fields if card else {}, complete=isinstance(one, Item))
    except ArchiveError:
        return False
    pages = one.pages if isinstance(one, Volume) else one.page_count
    return one.level >= case.rule.level and pages >= 0 and all(day <= today for day in days if day)


def attributes(case: Case) -> Outcome:
    """Z-3: a file is as long as the catalogue says, and begins as its name says."""
    return _of_files(case, lambda part: part.probe.size and part.probe.shape, "attributes", opened=True)


def fixity(case: Case) -> Outcome:
    """Z-4: content opens under its key and is, by its keyed MAC, what was put in."""
    sound = [part for part in case.parts if part.probe.stored]
    return _of_files(case, lambda part: part.probe.opens, "fixity", parts=sound)


def provenance(case: Case) -> Outcome:
    """Z-5: the log says of each record how it came to be."""
    bare = [one for one in case.records if not CAPTURE.intersection(case.log.get(one.uid, ()))]
    return (
        failed("provenance-lacking", codes=_codes(bare))
        if bare
        else passed("provenance", count=len(case.records))
    )


def history(case: Case) -> Outcome:
    """Z-6: every earlier state of the card is there and opens."""
    broken = [
        one for one in case.records
        if one.uid not in case.cards or list(case.former.get(one.uid, ())) != list(range(1, one.version))
    ]  # fmt: skip
    if broken:
        return failed("history-broken", codes=_codes(broken))
    return passed("history", count=sum(one.version - 1 for one in case.records))


# --- 完整性 ----------------------------------------------------------------------------------------


def numbers(case: Case) -> Outcome:
    """W-1: papers of a volume are numbered 1..n; in its series no number is missing before the record's own."""
    if isinstance(case.record, Volume):
        found = sorted(paper.seq_no for paper in case.papers)
        if found != list(range(1, len(found) + 1)):
            gaps = sorted(set(range(1, max(found) + 1)) - set(found))
            return failed("numbers-broken", code=case.record.reference_code, gaps=gaps[:10])
    gaps = _series_gaps(case)
    if gaps:
        return warned("series-gaps", code=case.record.reference_code, gaps=gaps[:10])
    return passed("numbers", count=len(case.papers))


def _series_gaps(case: Case) -> list[int]:
    """The numbers before the record's own that nothing bears which this person may see (decision 6)."""
    spelt = running(case.record.reference_code)
    if spelt is None:
        return []
    prefix, number = spelt
    kind = type(case.record)
    like = kind.reference_code.startswith(prefix, autoescape=True)
    taken = {
        other[1]
        for code in case.unit.session.scalars(
            select(kind.reference_code).where(like, visible(case.unit.actor, kind))
        )
        if (other := running(code)) and other[0] == prefix
    }
    return sorted(set(range(1, number)) - taken)


def pages(case: Case) -> Outcome:
    """W-2: the pages of a volume run on from 1 without gap or overlap, and add up (V4)."""
    record = case.record
    if not isinstance(record, Volume):
        return passed("pages", count=record.page_count)
    expected = 1
    for paper in case.papers:
        if paper.first_page != expected:
            return failed(
                "pages-broken", code=paper.reference_code, expected=expected, first=paper.first_page
            )
        expected += paper.page_count
    if (record.items, record.pages) != (len(case.papers), expected - 1):
        return failed(
            "sums-broken", items=record.items, found=len(case.papers), pages=record.pages, sum=expected - 1
        )
    return passed("pages", count=record.pages)


def parts(case: Case) -> Outcome:
    """W-3: the parts of a paper are numbered 1..n within their kind, and each has its content (DA/T 22)."""
    full = {part.component.uid for part in case.parts}
    broken: list[Item] = []
    for paper in case.papers:
        mine = case.components.get(paper.uid, ())
        for _, group in groupby(mine, lambda one: one.kind):
            found = list(group)
            whole = [one.seq_no for one in found] == list(range(1, len(found) + 1))
            if not whole or any(one.uid not in full for one in found):
                broken.append(paper)
    if broken:
        return failed("parts-broken", codes=_codes(broken))
    count = sum(len(mine) for mine in case.components.values())
    return passed("parts", count=count) if count else not_applicable("no-files")


def attachments(case: Case) -> Outcome:
    """W-4: as many attachments as a card names are there (among the parts that are attachments)."""
    named, lacking = 0, []
    for paper in case.papers:
        card = case.cards.get(paper.uid)
        wanted = attachments_named(f"{card.title} {card.note}") if card else 0
        named += wanted
        mine = case.components.get(paper.uid, ())
        if sum(one.kind is ComponentKind.ATTACHMENT for one in mine) < wanted:
            lacking.append(paper)
    if lacking:
        return failed("attachments-lacking", codes=_codes(lacking))
    return passed("attachments", count=named) if named else not_applicable("no-attachments")


def attachments_named(text: str) -> int:
    """How many attachments *text* says there are: `附件3件`, `附件：共两份` …; 0 if it says none."""
    return sum(_DIGITS.get(many) or int(many) for many in _NAMED.findall(text))


def dossier(case: Case) -> Outcome:
    """W-5: the dossier the record belongs to holds what its checklist wants; a person judges what is needed."""
    uid = case.record.dossier_uid
    found = case.unit.session.get(Dossier, uid) if uid else None
    kind = CHECKLISTS.get(DossierKind(found.kind)) if found else None
    if found is None or kind is None:
        return not_applicable("no-checklist")
    rows = select(Item).where(Item.dossier_uid == found.uid, visible(case.unit.actor, Item))
    items = list(case.unit.session.scalars(rows))
    cards = case.unit.cards(items)
    present = [
        (item.class_code, card.doc_type or card.title) for item, card in zip(items, cards, strict=True)
    ]
    wanted = [one for one in checklists.missing(kind, present) if one.required]
    if wanted:
        return warned(
            "checklist-lacking",
            code=found.code,
            count=len(wanted),
            papers=[_Wanted(one) for one in wanted[:5]],
        )
    return passed("checklist", code=found.code)


class _Wanted:
    """A paper of a checklist, by its name in either language."""

    def __init__(self, wanted: checklists.Wanted) -> None:
        self._wanted = wanted

    def told(self, language: Language) -> str:
        """Its name."""
        return self._wanted.name(language)


def something(case: Case) -> Outcome:
    """W-6: of each paper there is a piece on paper or a file."""
    stored = {part.paper.uid for part in case.parts}
    bare = [one for one in case.papers if one.uid not in stored and not case.on_paper.get(one.uid)]
    if bare or not case.papers:
        return failed("nothing-there", codes=_codes(bare or [case.record]))
    return passed("something", files=len(case.parts), pieces=sum(case.on_paper.values()))


# --- 可用性 ----------------------------------------------------------------------------------------


def readable(case: Case) -> Outcome:
    """K-1: what reading each file came to: text, a picture only, or nothing that anybody can read."""
    if not case.parts:
        return not_applicable("no-files")
    told = {part.stored.outcome: part.paper for part in case.parts}
    bad = [part.paper for part in case.parts if part.stored.outcome in UNREADABLE]
    if bad:
        return failed("unreadable", codes=_codes(bad), count=len(bad))
    if None in told:
        return warned(
            "not-read", codes=_codes(part.paper for part in case.parts if part.stored.outcome is None)
        )
    doubtful = [
        part.paper for part in case.parts if part.stored.outcome in DOUBTFUL and not _text_beside(case, part)
    ]
    if doubtful:
        return warned("pictures-only", codes=_codes(doubtful), count=len(doubtful))
    return passed("readable", count=len(case.parts))


def _text_beside(case: Case, part: Part) -> bool:
    """True if character recognition has read the pictures."""
    return part.component.uid in recognition.of_components(case.unit, [part.component.uid])


def format_(case: Case) -> Outcome:
    """K-2: files are of formats that last."""

    def lasting(part: Part) -> bool:
        found = formats.of(part.name)
        return found is not None and found.lasting

    return _of_files(case, lasting, "format")


def unlocked(case: Case) -> Outcome:
    """K-3: no file is shut by a password of its own."""
    return _of_files(
        case, lambda part: not part.probe.locked and part.stored.outcome != "encrypted", "unlocked"
    )


def page_counts(case: Case) -> Outcome:
    """K-4: the text of a paper has as many pages as the catalogue says; scans of both sides may differ."""
    found: dict[str, int] = {}
    for part in case.parts:
        if part.component.kind is ComponentKind.TEXT and part.stored.page_count:
            found[part.paper.uid] = found.get(part.paper.uid, 0) + part.stored.page_count
    if not found:
        return not_applicable("no-pages")
    differ = [paper for paper in case.papers if found.get(paper.uid, paper.page_count) != paper.page_count]
    return (
        warned("page-counts-differ", codes=_codes(differ))
        if differ
        else passed("page-counts", count=len(found))
    )


# --- 安全性 ----------------------------------------------------------------------------------------


def stored(case: Case) -> Outcome:
    """A-1: every stored byte is as it was written (I1)."""
    return _of_files(case, lambda part: part.probe.stored, "stored")


def only_theirs(case: Case) -> Outcome:
    """A-2: no file stands in a part of another record, and none of a living record was erased."""
    own = {one.uid for mine in case.components.values() for one in mine}
    foreign = [part.paper for part in case.parts if part.component.uid not in own or part.blob.erased_at]
    if foreign:
        return failed("objects-extra", codes=_codes(foreign))
    return passed("objects", count=len(case.parts))


def locked_place(case: Case) -> Outcome:
    """A-3: what is confidential stands behind a lock (R22)."""
    needs = case.rule.locked or case.record.level >= CONFIDENTIAL
    place = registry.stands(case.unit, case.record)
    if not needs or place is None:
        return not_applicable("no-lock-needed" if not needs else "no-place")
    if registry.locks(case.unit, place):
        return passed("locked", place=place.code)
    return failed("not-locked", place=place.code)


def chain(case: Case) -> Outcome:
    """A-4: the log is whole from its first line to its last."""
    return failed("chain-broken", why=case.chain) if case.chain else passed("chain")


def scanned(_: Case) -> Outcome:
    """A-5: no scanner for malicious programs is set up; files are read in a closed sandbox, and never run."""
    return not_applicable("no-scanner")


def _of_files(
    case: Case, holds: Callable[[Part], bool], key: str, *, parts: Sequence[Part] | None = None, opened: bool = False
) -> Outcome:  # fmt: skip
    """A check that every file must pass by itself; *opened*: only of files whose bytes could be read."""
    looked = case.parts if parts is None else parts
    looked = [part for part in looked if part.probe.opens] if opened else looked
    if not looked:
        return not_applicable("no-files" if not case.parts else "not-opened")
    bad = [part.paper for part in looked if not holds(part)]
    return (
        failed(f"{key}-broken", codes=_codes(bad), count=len(bad)) if bad else passed(key, count=len(looked))
    )


CHECKS: Mapping[str, Callable[[Case], Outcome]] = {
    "Z-1": required, "Z-2": ranges, "Z-3": attributes, "Z-4": fixity, "Z-5": provenance, "Z-6": history,
    "W-1": numbers, "W-2": pages, "W-3": parts, "W-4": attachments, "W-5": dossier, "W-6": something,
    "K-1": readable, "K-2": format_, "K-3": unlocked, "K-4": page_counts,
    "A-1": stored, "A-2": only_theirs, "A-3": locked_place, "A-4": chain, "A-5": scanned,
}  # fmt: skip
