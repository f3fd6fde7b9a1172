"""The auditor's page of the log."""

from __future__ import annotations

import json
import time

import pytest

from archive.acts import Act
from tests.web.browser import markup


def text(answer, status=200):
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def rows(html):
    page = markup.page_of(html)
    assert markup.faults(page) == []
    return [
        ["".join(cell.itertext()).strip() for cell in row.iter("td")]
        for table in page.elements
        if table.get("class") == "list log"
        for row in table.iter("tr")
        if next(row.iter("td"), None) is not None
    ]


def ended(visitor, place, seconds=20):
    """The page of a job once it is over."""
    for _ in range(seconds * 10):
        html = text(visitor.get(place))
        if 'data-state="running"' not in html:
            return html
        time.sleep(0.1)
    raise AssertionError(f"{place} did not end")


@pytest.mark.parametrize("account", ["admin", "security", "archivist", "gm", "staff"])
def test_P1_nobody_but_the_auditor_opens_it(shared, account):
    assert shared.visitor(account).get("/audit").status_code in {403, 404}
    assert shared.visitor(account).post("/audit/export").status_code in {403, 404}


def test_it_is_read_page_by_page(shared):
    visitor = shared.visitor("auditor")
    first = rows(text(visitor.get("/audit")))
    second = rows(text(visitor.get("/audit", before=first[-1][0])))

    assert len(first) == 50
    assert int(second[0][0]) == int(first[-1][0]) - 1


def test_it_is_narrowed_and_a_slip_is_told_beside_its_field(shared):
    visitor = shared.visitor("auditor")
    found = rows(text(visitor.get("/audit", act="location.add")))
    assert found
    assert {row[3] for row in found} == {"登记库位"}
    assert rows(text(visitor.get("/audit", account="nobody-like-that"))) == []
    for name, value in (("since", "yesterday"), ("until", "2026-13-01")):
        html = text(visitor.get("/audit", **{name: value}), 422)
        assert f'aria-describedby="f-{name}-error"' in html
    assert visitor.get("/audit", act="no.such").status_code == 422
    assert visitor.get("/audit", before="x", ended="DONE").status_code == 200


def test_it_is_verified_beside_the_page_with_its_verdict(site):
    visitor = site.visitor("auditor")
    begun = visitor.post("/audit/verify")
    assert begun.status_code == 303
    html = ended(visitor, begun.headers["Location"])

    assert 'data-state="done"' in html
    assert "完成：校验审计日志" in html
    assert begun.headers["Location"] in text(visitor.get("/audit"))


def test_A1_a_line_that_was_changed_is_named(site):
    from sqlalchemy import text as statement

    with site.office.instance.engine.begin() as connection:
        for name in connection.scalars(
            statement("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).all():
            connection.execute(statement(f'DROP TRIGGER "{name}"'))
        connection.execute(statement("UPDATE event SET account = 'x' WHERE seq = 5"))
    visitor = site.visitor("auditor")
    html = ended(visitor, visitor.post("/audit/verify").headers["Location"])

    assert 'data-state="failed"' in html
    assert "第 5 行" in html or " 5 " in html


def test_it_is_handed_out_as_it_stands_and_the_act_leaves_its_line(site):
    visitor = site.visitor("auditor")
    answer = visitor.post("/audit/export")
    lines = [json.loads(line) for line in answer.get_data(as_text=True).splitlines()]

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    acts = [line["act"] for line in lines if "act" in line]
    assert acts.count(Act.AUDIT_EXPORT) == 1
    assert [line["seq"] for line in lines if "seq" in line] == list(range(1, len(acts) + 1))


def test_W4_reading_it_leaves_no_line(site):
    visitor = site.visitor("auditor")
    visitor.get("/audit")
    size = rows(text(visitor.get("/audit")))[0][0]

    assert rows(text(visitor.get("/audit")))[0][0] == size
    assert visitor.get("/audit/verify").status_code == 405
    assert visitor.get("/audit/export").status_code == 405
