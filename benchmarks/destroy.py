"""Carrying out a destruction list: records a second, against bare DELETEs of the same rows.

`python benchmarks/destroy.py [--json] [--rows N] [--rounds N]`; N old letters on one list, 10,000 by default, each
tenth with a stored file, all of them indexed.

One round destroys the list by the public path on a fresh copy of the office: the gate for every batch, tombstones,
a line of the log for each record, keys dropped and the keystore written anew, files removed, the index purged and
searched for what is left, certificate and register. Reference in the same round, on another copy: DELETE of the
same rows of the catalogue and of the keystore in one transaction each, with the same settings of the databases.
"""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import office
from rounds import Timing, report

from archive import items, objects, people
from archive.acts import Act
from archive.custody import handover
from archive.instance import Instance
from archive.model import Appraisal, AppraisalLine, Item, new_uid
from archive.papers import Paper
from archive.ports import Ports
from archive.statuses import AppraisalState, Verdict
from archive.values import Role
from archive.volumes import Matter
from indexer import sync
from indexer.copies import Copies
from retention.clockwork import Clockwork
from retention.destroying import destruction, execution, signing

OLD = dt.date(2012, 5, 1)
BATCH = 200
DELETES = (
    "DELETE FROM holding WHERE item_uid = ?",
    "DELETE FROM digital_object WHERE item_uid = ?",
    "DELETE FROM component WHERE item_uid = ?",
    "DELETE FROM item WHERE uid = ?",
)


def filed(instance: Instance, count: int) -> list[str]:
    """*count* old letters, held; each tenth has a file."""
    uids: list[str] = []
    for start in range(0, count, BATCH):
        with office.as_archivist(instance, Act.ITEM_FILE) as unit:
            numbers = range(start, min(start + BATCH, count))
            papers = [Paper(f"停车场管理例会纪要第{n}号", dated=OLD, pages=2, note="旧事") for n in numbers]
            made = items.file_alone(unit, Matter("WS·BG", year=2012, department="KF", period="D10"), papers)
            for item in made[::10]:
                objects.attach_to(unit, item, io.BytesIO(f"正文{item.uid}".encode() * 40), name="正文.txt")
            some = [item.uid for item in made]
        with office.as_archivist(instance, Act.HANDOVER_SIGN) as unit:
            handover.accept(unit, some, given_by="clerk")
        uids += some
    return uids


def appraised(instance: Instance, uids: list[str]) -> None:
    """A closed appraisal that lets them all go."""
    with office.as_archivist(instance, Act.APPRAISAL_DECIDE) as unit:
        unit.act(Act.APPRAISAL_DECIDE)
        leader = unit.person("manager").uid
        taken = Appraisal(
            uid=new_uid(), number="JD2026-0001", year=2026, as_of=unit.today, state=AppraisalState.CLOSED,
            leader_uid=leader, begun_at=unit.now, begun_by=leader, closed_at=unit.now, closed_by=leader,
        )  # fmt: skip
        unit.session.add(taken)
        unit.session.flush()
        unit.insert(AppraisalLine, [_line(unit, taken, nth, uid) for nth, uid in enumerate(uids, 1)])


def _line(unit: Any, taken: Appraisal, nth: int, uid: str) -> dict[str, Any]:
    record = unit.session.get_one(Item, uid)
    return {
        "uid": new_uid(), "appraisal_uid": taken.uid, "nth": nth, "record_uid": uid, "code": record.reference_code,
        "period": record.period, "expires_on": record.expires_on, "review_due": record.review_due,
        "verdict": Verdict.DESTROY, "decided_at": unit.now, "decided_by": taken.closed_by, "uses": 0,
        "unfinished": "", "by_leader": False, "card": b"",
    }  # fmt: skip


def listed(instance: Instance, uids: list[str]) -> str:
    """Drafted, frozen, approved, begun and witnessed by two; the number of the list."""
    appraised(instance, uids)
    with office.as_archivist(instance, Act.DESTRUCTION_DRAFT) as unit:
        number = destruction.draft(unit, reason="期满无保存价值", appraisals=["JD2026-0001"]).number
    with office.as_archivist(instance, Act.DESTRUCTION_FREEZE) as unit:
        fingerprint = destruction.freeze(unit, number).content_hash
    with instance.work(office.who("gm"), Act.DESTRUCTION_APPROVE) as unit:
        signing.approve(unit, number, fingerprint=fingerprint)
    with office.as_archivist(instance, Act.DESTRUCTION_BEGIN) as unit:
        signing.begin(unit, number, supervisors=["manager", "secretary"])
    for account in ("manager", "secretary"):
        with instance.work(office.who(account), Act.DESTRUCTION_CONFIRM) as unit:
            signing.confirm(unit, number, place="碎纸房")
    return number


def ready(folder: Path, count: int) -> tuple[Path, str, list[str]]:
    """An office with a list of *count* records that only waits to be carried out."""
    home = office.found(folder)
    with office.opened(home) as instance:
        with instance.work(office.who("admin"), Act.PERSON_ADD) as unit:
            for account, role in (("manager", Role.DEPT_MANAGER), ("secretary", Role.GM_SECRETARY)):
                people.add(
                    unit, account, name=account, department="KF", roles=(role,), password=office.PASSWORD
                )
        uids = filed(instance, count)
        number = listed(instance, uids)
        sync.drain(instance)
    return home, number, uids


def destroyed(home: Path, number: str, count: int) -> office.Spent:
    """Carry the list out on a copy; seconds."""
    with office.opened(office.copied(home, "ours")) as instance:
        instance.ports = Ports(Clockwork(), Copies())
        spent = office.timed(
            lambda: execution.execute(instance, office.who("archivist"), number), collecting=True
        )
        done = execution.told(instance, office.who("archivist"), number)
        if (done.lines, done.keys) != (count, count):
            raise SystemExit(f"{done.lines} lines, {done.keys} keys of {count}")
    return spent


def deleted(home: Path, uids: list[str]) -> office.Spent:
    """DELETE the same rows of both databases on another copy; seconds."""
    copy = office.copied(home, "bare")
    with closing(office.bare(copy / "catalogue.db")) as raw, closing(office.bare_keys(copy)) as keys:
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f'DROP TRIGGER "{name}"')
        raw.execute("PRAGMA foreign_keys=OFF")
        rows = [(uid,) for uid in uids]

        def work() -> None:
            raw.execute("BEGIN IMMEDIATE")
            for delete in DELETES:
                raw.executemany(delete, rows)
            raw.execute("COMMIT")
            keys.execute("BEGIN IMMEDIATE")
            keys.executemany("DELETE FROM dek WHERE uid = ?", rows)
            keys.execute("COMMIT")

        return office.timed(work)


def figures(timings: dict[str, Timing], count: int) -> dict[str, float]:
    """Records a second of both, and how many bare DELETEs one destroyed record costs."""
    ours, bare = timings["execute"], timings["bare deletes"]
    return {
        "records": count,
        "execute: s": ours.median,
        "execute: records per second": count / ours.median,
        "bare deletes: records per second": count / bare.median,
        "execute: times the bare deletes": ours.median / bare.median,
        "execute: processor milliseconds a record": ours.cpu / count * 1e3,
    }


def main(arguments: list[str] | None = None) -> None:
    """Make the list, measure, report."""
    told = office.arguments(__doc__, rows=10_000, rounds=2).parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as scratch:
        home, number, uids = ready(Path(scratch), told.rows)

        def one_round() -> Iterator[tuple[str, office.Spent]]:
            yield "execute", destroyed(home, number, told.rows)
            yield "bare deletes", deleted(home, uids)

        timings = office.in_turn(one_round, told.rounds)
    report("destroy", figures(timings, told.rows), timings, as_json=told.json)


if __name__ == "__main__":
    main()
