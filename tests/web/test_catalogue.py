"""The catalogue in the browser: tree, classes, records; what one may not see is not there (decision 6)."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from archive import grants, people, views, volumes
from archive.acts import Act
from archive.values import Level
from tests import make

PARTS = (
    "",
    "/retention",
    "/use",
    "/custody",
    "/history",
    "/edit",
    "/files/1",
    "/files/1/take",
    "/files/1/pages/1.jpg",
)
ABSENT = "K001-ZY·FW·1999·D3-9999"


@pytest.fixture
def code(office):
    """A volume with three papers, accepted."""
    uid = make.volume(office, "ZX·02", 3, held=True)
    with office.ask("archivist") as unit:
        return unit.volume(uid).reference_code


def hidden(office, class_code: str = "FW·01", year: int = 2023) -> str:
    """A volume that only people with the highest clearance see; its code."""
    uid = make.volume(office, class_code, year=year)
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, uid, Level.SECRET, reason="涉及业主隐私")
        return unit.volume(uid).reference_code


def text(answer) -> str:
    assert 200 == answer.status_code, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def at(code: str, part: str = "") -> str:
    return f"/records/{quote(code)}{part}"


def test_the_tree_counts_what_the_viewer_sees(site, office):
    make.volume(office, "FW·01", 2)
    hidden(office)
    for account, volumes_seen, items in (("staff", 1, 2), ("archivist", 2, 4)):
        page = text(site.visitor(account).get("/catalogue"))
        assert f"共 {volumes_seen} 卷、{items} 件" in page


def test_a_class_is_narrowed_by_links_that_lead_somewhere(site, office, code):
    make.volume(office, "ZX·01", 1, year=2024)
    visitor = site.visitor("archivist")
    page = text(visitor.get("/catalogue/classes/ZX"))
    assert code in page
    links = {
        link.replace("&amp;", "&")
        for link in re.findall(r'href="([^"]*[?&](?:year|state|department)=[^"]*)"', page)
    }
    assert len(links) >= 4
    for link in links:
        text(visitor.get(link))
    assert code not in text(visitor.get("/catalogue/classes/ZX", year="2024"))
    assert 404 == visitor.get("/catalogue/classes/NIX").status_code


@pytest.mark.parametrize("asked", ["page=0", "page=-1", "page=x", "page=99999999999", "year=x", "year=999999999999999999999", "state=NIX", "department='--"])  # fmt: skip
def test_rel_W3_nothing_typed_into_an_address_breaks_a_list(shared, asked):
    assert 200 == shared.visitor("archivist").get(f"/catalogue/classes/FW?{asked}").status_code


def test_every_part_of_a_volume_and_of_a_paper_tells_it(site, office, code):
    visitor = site.visitor("archivist")
    page = text(visitor.get(at(code)))
    for told in (
        "卷内目录",
        "现在何处",
        "还缺的材料",
        "借出",
        "/papers/print/f1?codes=",
        "/papers/labels?codes=",
    ):
        assert told in page
    assert at(f"{code}-002") in page.replace("%C2%B7", quote("·"))
    for part in ("/retention", "/use", "/custody", "/history"):
        for one in (code, f"{code}-001"):
            assert one in text(visitor.get(at(one, part)))


def test_a_uid_leads_to_the_code(site, office, code):
    with office.ask("archivist") as unit:
        uid = unit.volume(code).uid
    answer = site.visitor("archivist").get(f"/records/{uid}")
    assert (301, at(code)) == (answer.status_code, answer.headers["Location"])


def test_rel_P5_foreign_codes_and_uids_get_the_very_same_answer_on_every_route(site, office):
    code = hidden(office)
    with office.ask("archivist") as unit:
        uid = unit.volume(code).uid
    visitor = site.visitor("staff")
    for part in PARTS:
        told = {
            _bare(visitor.get(at(one, part)), one) for one in (code, uid, f"{code}-001", ABSENT, "0" * 32)
        }
        assert 1 == len(told), part
        assert 404 == next(iter(told))[0]


def test_rel_P5_witness_a_page_that_says_more_of_what_is_hidden_is_found(site, office, monkeypatch):
    """The same comparison finds an answer that differs for a record that is there."""
    from archive.unit import Unit

    code, real = hidden(office), Unit.record

    def careless(self, asked):
        if asked == code:
            return (
                self.volume(asked)
                if self.actor.account == "archivist"
                else (_ for _ in ()).throw(make_refusal())
            )
        return real(self, asked)

    def make_refusal():
        from archive.errors import NotAllowed

        return NotAllowed(act=Act.RECORD_SEE)

    monkeypatch.setattr(Unit, "record", careless)
    visitor = site.visitor("staff")
    assert 2 == len({_bare(visitor.get(at(one)), one) for one in (code, ABSENT)})


def test_rel_P2_what_is_hidden_changes_no_byte_of_any_list(site, office, code):
    """The same pages, before and after confidential volumes were filed, for who may not see them."""
    make.volume(office, "FW·01", 2)
    visitor = site.visitor("staff")
    before = _lists(visitor)
    for year in (2019, 2020):
        hidden(office, year=year)
    assert before == _lists(visitor)
    assert _lists(site.visitor("archivist")) != before


def test_rel_P2_witness_a_list_that_counts_the_hidden_is_found(site, office, monkeypatch):
    from sqlalchemy import true

    from archive import browsing

    monkeypatch.setattr(browsing, "visible", lambda *_: true())
    visitor = site.visitor("staff")
    before = _lists(visitor)
    hidden(office)
    assert before != _lists(visitor)


def _lists(visitor) -> list[tuple[int, str]]:
    ways = ("/catalogue", "/catalogue?all=1", "/catalogue/classes/FW", "/catalogue/classes/FW·01?year=2019", "/catalogue/classes/FW?state=open", "/catalogue/classes/FW?page=2")  # fmt: skip
    return [_bare(visitor.get(way), "!") for way in ways]


def test_rel_W3_numbers_without_end_in_an_address_are_of_nothing(site, office, code):
    visitor = site.visitor("archivist")
    for number in ("9" * 5000, "9" * 30, "0"):
        for way in (f"/files/{number}", f"/files/1/pages/{number}.jpg", f"/files/{number}/take"):
            assert 404 == visitor.get(at(f"{code}-001", way)).status_code
        assert 404 == visitor.put_bytes(f"/uploads/{'0' * 32}/{number}", b"x").status_code


def _bare(answer, asked: str) -> tuple[int, str]:
    """Status and page, without what was asked for and what changes with every page."""
    page = answer.get_data(as_text=True)
    for mask in (r'(csrf[-_]token" (?:content|value)=")[^"]*', r'(name="back" value=")[^"]*'):
        page = re.sub(mask, r"\1", page)
    return answer.status_code, page.replace(asked, "").replace(quote(asked), "")


def test_rel_P4_a_clearance_withdrawn_is_gone_with_the_next_request(site, office):
    code = hidden(office)
    visitor = site.visitor("archivist")
    parts = (at(code), at(code, "/use"), at(f"{code}-001"), at(code, "/edit"))
    assert {200} == {visitor.get(part).status_code for part in parts}
    with office.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, "archivist", Level.INTERNAL)
    assert {404} == {visitor.get(part).status_code for part in parts}
    assert "共 0 卷" in text(visitor.get("/catalogue", all=1))


def test_a_grant_given_opens_at_once(site, office):
    uid = make.filed(office, "WS·MM", 1, department="GC")[0]
    with office.ask("archivist") as unit:
        code = unit.item(uid).reference_code
    manager = site.visitor("manager")
    assert 404 == manager.get(at(code)).status_code
    with office.work("gm", Act.GRANT_GIVE) as unit:
        grants.give(unit, uid, to="manager", acts=(Act.RECORD_SEE,), expires_on=unit.today, reason="核对")
    assert "WS·MM" in text(manager.get(at(code)))
    office.tick(days=2)
    assert manager.get(at(code)).status_code in {303, 404}  # the grant is over, and perhaps the log-in


class Elements(HTMLParser):
    """The names of all elements, and every attribute that could run something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names, self.running = set[str](), []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        ways = {"href", "src", "action", "formaction", "data", "xlink:href"}
        self.running += [
            (tag, name)
            for name, value in attrs
            if name.startswith("on")
            or (name in ways and (value or "").lower().startswith(("javascript:", "data:")))
        ]


PAYLOADS = (
    "<script>x()</script>",
    '"><img src=x onerror=x()>',
    "{{7*7}}${7*7}",
    "javascript:x()",
    "</title><svg onload=x()>",
)


def test_rel_W1_nothing_written_on_a_card_becomes_an_element(site, office, code):
    from archive import items

    for number, payload in enumerate(PAYLOADS):
        with office.work("archivist", Act.ITEM_EDIT) as unit:
            items.edit(
                unit, f"{code}-00{number % 3 + 1}", title=f"图 {payload}", note=payload, creator=payload,
                document_no=payload, doc_type=payload[:40], fields={"fitout_contractor": payload},
            )  # fmt: skip
        visitor = site.visitor("archivist")
        for way in (
            at(code),
            at(f"{code}-00{number % 3 + 1}"),
            at(f"{code}-00{number % 3 + 1}", "/edit"),
            at(f"{code}-00{number % 3 + 1}", "/history"),
        ):
            found = Elements(text(visitor.get(way)))
            assert [] == found.running
            assert not {"img", "iframe", "object"} & found.names
            assert "49" not in re.sub(
                r"[\w-]*49[\w-]+|[\w-]+49", "", text(visitor.get(way)).partition("图 ")[2][:60]
            )


def test_buttons_are_what_the_life_cycle_and_the_policy_leave_open(site, office, code):
    opened = make.volume(office, "FW·01", 1)
    with office.ask("archivist") as unit:
        opened = unit.volume(opened).reference_code
    page = text(site.visitor("archivist").get(at(opened)))
    assert "/do/volume/close?" in page and "/catalogue/new?volume=" in page and "/counter?code=" not in page
    page = text(site.visitor("archivist").get(at(code)))
    assert "/counter?code=" in page and "/do/volume/close?" not in page
    page = text(site.visitor("staff").get(at(code)))
    assert "/do/request/ask?" in page and "/counter?code=" not in page and "/edit" not in page


@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_pages_speak_both_languages(site, office, code, tongue):
    visitor = site.visitor("archivist")
    visitor.client.set_cookie("anjuan-language", tongue)
    for way in (
        "/catalogue",
        "/catalogue/classes/ZX·02",
        at(code),
        at(f"{code}-001"),
        at(code, "/retention"),
    ):
        page = text(visitor.get(way))
        assert ("Catalogue" in page) == (tongue == "en")
        assert "web." not in re.sub(r"<script.*?</script>|href=\"[^\"]*\"", "", page)


def test_a_long_volume_is_leafed_through_and_opens_the_cards_of_one_page_only(site, monkeypatch):
    """The contents come a hundred papers at a time by plain links, on a phone too; the head counts them all."""
    monkeypatch.setattr("web.pages.catalogue.CONTENTS", 3)
    code = make.volume(site.office, "ZX·02", 8)
    with site.office.ask("archivist") as unit:
        code = unit.volume(code).reference_code
    opened, lines = [], views._item_lines
    monkeypatch.setattr(
        views, "_item_lines", lambda unit, some: opened.append(len(some)) or lines(unit, some)
    )
    reader = site.visitor("archivist")
    pages = [reader.get(f"/records/{code}", page=at).get_data(as_text=True) for at in (1, 2, 3, 4)]

    assert [len(re.findall(r'data-label="题名"><a href', page)) for page in pages] == [3, 3, 2, 0]
    assert opened == [3, 3, 2, 0]
    assert f'href="/records/{code}?page=2"' in pages[0] and 'rel="next"' in pages[1]
    assert 'rel="next"' not in pages[2] and f'href="/records/{code}"' in pages[1]
    assert all("8 件" in page for page in pages)
