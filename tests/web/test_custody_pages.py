"""Places, stocktakes, sealing, handovers, incidents in the browser."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import event, select, true

from archive import registry, volumes
from archive.acts import Act
from archive.cells import soft_label
from archive.custody import room_map, shelves
from archive.model import Location
from archive.values import PlaceKind
from archive.words import Language, knows
from tests import make
from web.pages import custody

MAP, COUNTS = "/custody/places", "/custody/stocktakes"


def text(answer, status=200):
    told = answer.get_data(as_text=True)
    assert answer.status_code == status, told[:2500]
    return told


def furnished(office):
    """A cabinet with two layers of two positions, each for three volumes; a box in one."""
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        for layer in "12":
            registry.add_location(
                unit, f"R1-C1-{layer}", kind=PlaceKind.LAYER, name=f"{layer}层", inside="R1-C1"
            )
            for at in "AB":
                registry.add_location(
                    unit, f"R1-C1-{layer}{at}", kind=PlaceKind.POSITION, name=f"{layer}{at}",
                    inside=f"R1-C1-{layer}", capacity=3,
                )  # fmt: skip


def shelved(office, to="R1-C1-1A", class_code="ZX·02", **given):
    """A held volume on the shelf; its code."""
    uid = make.volume(office, class_code, held=True, **given)
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        return volumes.move(unit, uid, to).reference_code


OPEN = (
    MAP, f"{MAP}/R1", f"{MAP}/R1-C1", COUNTS, "/custody/sealing", "/custody/sealing?show=open",
    "/custody/sealing?show=bags", "/custody/handovers", "/custody/handovers?show=all", "/custody/incidents",
)  # fmt: skip
NOBODY_HAS = (
    f"{MAP}/NONE", f"{COUNTS}/QD2026-9999", f"{COUNTS}/QD2026-9999/live", "/custody/sealing/FC2026-9999",
    "/custody/handovers/YD2026-9999", "/custody/incidents/SG2026-9999",
)  # fmt: skip


def test_issue_7_every_page_of_custody_opens_empty_and_says_what_to_do(site):
    """For the archivist and for a clerk; numbers that nobody has are answered alike (P5)."""
    for account in ("archivist", "clerk"):
        for path in OPEN:
            assert "<h1>" in text(site.visitor(account).get(path))
        assert {404} == {site.visitor(account).get(path).status_code for path in NOBODY_HAS}


# --- the map ------------------------------------------------------------------------------------------


def drawn(office, who="archivist"):
    """Every cell of the map by its code, as this person sees it."""
    with office.ask(who) as unit:
        rooms = room_map.rooms(unit)
    cells = {}
    for room in rooms:
        cells[room.cell.code] = room.cell
        for one in room.cabinets:
            cells[one.cell.code] = one.cell
            for layer, positions in one.rows:
                cells |= {spot.code: spot for spot in (layer, *positions)}
    return cells


def test_req_R16_the_map_shows_rooms_cabinets_layers_and_positions_with_their_fill(site, office):
    furnished(office)
    code = shelved(office)
    cells = drawn(office)
    assert ("1A", 1, 3, 33) == (
        cells["R1-C1-1A"].name,
        cells["R1-C1-1A"].standing,
        3,
        cells["R1-C1-1A"].percent,
    )
    assert (1, 1, 1) == tuple(cells[one].standing for one in ("R1-C1-1", "R1-C1", "R1")) and cells[
        "R1-C1-1A"
    ].locks
    assert "1/3" in text(site.visitor("archivist").get(MAP))
    assert code in text(site.visitor("archivist").get(f"{MAP}/R1-C1-1A"))


def test_inv_decision_6_fill_and_shelf_hold_only_what_one_may_see(site, office):
    """A confidential volume is counted and listed for the one who may see it, for nobody else; the place is no secret."""
    furnished(office)
    hidden = shelved(office, class_code="ZX·01")
    assert (1, 0) == (drawn(office)["R1-C1-1A"].standing, drawn(office, "records")["R1-C1-1A"].standing)
    seen, other = (text(site.visitor(who).get(f"{MAP}/R1-C1-1A")) for who in ("archivist", "records"))
    assert hidden in seen and hidden not in other and "没有您能看到的档案" in other


def test_witness_a_count_of_everything_would_tell(office, monkeypatch):
    """The same map over a count that forgets who looks."""
    furnished(office)
    shelved(office, class_code="ZX·01")
    monkeypatch.setattr(shelves, "visible", lambda *_: true())
    assert 1 == drawn(office, "records")["R1-C1-1A"].standing


def test_the_map_takes_the_same_number_of_questions_however_much_there_is(office):
    """Four with one volume and two layers; four with as many again."""
    furnished(office)
    shelved(office)
    one = asked(office)
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        for at in range(30):
            registry.add_location(
                unit, f"R1-C2-{at}", kind=PlaceKind.LAYER, name=f"{at}", inside="R1-C2", capacity=9
            )
    shelved(office, "R1-C2-7", "FW·01", year=2025)
    assert one == asked(office) <= 4


def asked(office):
    """How many statements the map takes."""
    seen = []
    with office.ask("archivist") as unit:
        unit.session.scalars(select(Location)).all()  # the person is looked up first
        unit.session.expire_all()
        event.listen(
            office.instance.engine, "before_cursor_execute", told := lambda *given: seen.append(given[2])
        )
        try:
            room_map.rooms(unit)
        finally:
            event.remove(office.instance.engine, "before_cursor_execute", told)
    return len(seen)


def test_req_R16_scanning_puts_records_and_boxes_here_all_or_none(site, office):
    furnished(office)
    codes = [shelved(office), shelved(office, "R1-C1-1B", "FW·01", year=2025)]
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "H-1", kind=PlaceKind.BOX, name="一号盒", inside="R1-C1-1A")
    archivist = site.visitor("archivist")
    refused = text(archivist.post(f"{MAP}/R1-C1-2A/put", {"codes": f"{codes[0]}\nK001-XX"}), 404)
    assert codes[0] in refused and 0 == drawn(office)["R1-C1-2A"].standing
    done = archivist.post(f"{MAP}/R1-C1-2A/put", {"codes": "\n".join([*codes, "H-1"])})
    assert done.status_code == 303 and 3 == drawn(office)["R1-C1-2A"].standing
    full = archivist.post(f"{MAP}/R1-C1-2A/put", {"codes": shelved(office, "R1-C1-2B", "WG·01", year=2025)})
    assert full.status_code == 409 and 3 == drawn(office)["R1-C1-2A"].standing


# --- stocktakes -----------------------------------------------------------------------------------------


def test_req_R24_a_stocktake_is_scanned_compared_settled_and_closed_in_the_browser(site, office):
    """Two count, differences show while they do; one is settled, the seven are looked after, a third person closes."""
    furnished(office)
    here, gone = shelved(office), shelved(office, "R1-C1-1B", "FW·01", year=2025)
    archivist, clerk = site.visitor("archivist"), site.visitor("clerk")
    begun = archivist.post(
        "/do/stocktake/begin", {"kind": "MONTH", "counters": "clerk\nrecords", "back": COUNTS}
    )
    assert begun.status_code == 303
    page = f"{COUNTS}/QD2026-0001"
    assert here in text(clerk.get(page)) and 'name="codes"' in text(clerk.get(page))
    assert 'name="codes"' not in text(archivist.get(page))  # who does not count has no field
    taken = clerk.post(f"{page}/scan", {"codes": f"R1-C1-1A\n{here}"})
    assert taken.location.endswith("place=R1-C1-1A")
    live = text(clerk.get(f"{page}/live"))
    assert gone in live and here not in live and "已点到 1 / 2" in live
    assert clerk.post("/do/stocktake/compare", {"number": "QD2026-0001", "back": page}).status_code == 303
    assert "/do/stocktake/settle" in text(archivist.get(page))
    settled = {"number": "QD2026-0001", "code": gone, "text": "夹在邻卷中，已放回", "back": page}
    assert archivist.post("/do/stocktake/settle", settled).status_code == 303
    seven = {"place": "R1", "rest_sound": "1", "stocktake": "QD2026-0001", "back": page}
    assert archivist.post("/do/inspection/record", seven).status_code == 303
    assert clerk.post("/do/stocktake/close", {"number": "QD2026-0001", "back": page}).status_code == 403
    assert archivist.post("/do/stocktake/close", {"number": "QD2026-0001", "back": page}).status_code == 303
    assert "已结束" in text(archivist.get(page)) and "不符" in text(archivist.get(COUNTS))


def test_req_R24_a_blind_counter_is_told_nothing_of_what_is_expected(site, office):
    """Neither codes nor numbers, on the page and on the part that is asked for again; the other sees them."""
    furnished(office)
    here = shelved(office)
    begin = {"kind": "SPOT", "counters": "clerk\nrecords", "blind": "1"}
    site.visitor("archivist").post("/do/stocktake/begin", begin)
    for path in (f"{COUNTS}/QD2026-0001", f"{COUNTS}/QD2026-0001/live"):
        assert here not in text(site.visitor("clerk").get(path)) and "/ 1" not in text(
            site.visitor("clerk").get(path)
        )
        assert here in text(site.visitor("archivist").get(path))


def test_inv_decision_6_a_stocktake_counts_only_what_one_may_see(site, office):
    furnished(office)
    shelved(office)
    hidden = shelved(office, "R1-C1-1B", class_code="ZX·01")
    site.visitor("archivist").post("/do/stocktake/begin", {"kind": "SPOT", "counters": "clerk\nsecretary"})
    seen, other = (
        text(site.visitor(who).get(f"{COUNTS}/QD2026-0001/live")) for who in ("archivist", "records")
    )
    assert "已点到 0 / 2" in seen and hidden in seen
    assert "已点到 0 / 1" in other and hidden not in other


def test_issue_7_a_code_that_is_none_is_told_and_stays_in_the_field(site, office):
    furnished(office)
    shelved(office)
    site.visitor("archivist").post("/do/stocktake/begin", {"kind": "SPOT", "counters": "clerk\nrecords"})
    told = text(site.visitor("clerk").post(f"{COUNTS}/QD2026-0001/scan", {"codes": "x" * 130}), 422)
    assert 'id="scan-error"' in told
    assert 403 == site.visitor("supervisor").post(f"{COUNTS}/QD2026-0001/scan", {"codes": "x"}).status_code


# --- handovers, sealing, incidents ------------------------------------------------------------------------


def test_req_R11_a_handover_is_checked_line_by_line_and_signed_with_its_count(site, office):
    one, two = (make.volume(office, code, year=2025) for code in ("FW·01", "WG·01"))
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        codes = [volumes.close(unit, uid).reference_code for uid in (one, two)]
    clerk, archivist = site.visitor("clerk"), site.visitor("archivist")
    drafted = {"codes": "\n".join(codes), "reason": "年度归档", "back": "/custody/handovers"}
    assert clerk.post("/do/handover/draft", drafted).status_code == 303
    page = "/custody/handovers/YD2026-0001"
    assert "YD2026-0001" in text(archivist.get("/custody/handovers"))
    text(archivist.post(f"{page}/sign", {"other": "clerk", "count": "1"}), 409)  # nothing is checked yet
    assert archivist.post(f"{page}/check", {"codes": codes[0], "verdict": "accept"}).status_code == 303
    refused = {"scanned": codes[1], "verdict": "refuse", "incomplete": "1", "reason": "缺二月份"}
    assert archivist.post(f"{page}/check", refused).status_code == 303
    wrong = text(archivist.post(f"{page}/sign", {"other": "clerk", "count": "2"}), 409)
    assert 'value="2"' in wrong and "note-bad" in wrong
    assert archivist.post(f"{page}/sign", {"other": "clerk", "count": "1"}).status_code == 303
    assert "缺二月份" in text(archivist.get(page)) and 'name="verdict"' not in text(archivist.get(page))


def test_req_R21_what_is_due_for_sealing_is_listed_and_chosen(site, office):
    code = shelved(office, "R1-C1")
    office.tick(days=370)
    page = text(site.visitor("archivist").get("/custody/sealing"))
    assert code in page and 'action="/do/seal/close"' in page
    assert 'name="codes"' not in text(site.visitor("manager").get("/custody/sealing"))


def test_req_R40_an_incident_says_what_comes_next_and_for_whom(site, office):
    code = shelved(office, "R1-C1")
    report = {"code": code, "kind": "LOST", "course": "清点时少一份", "back": "/custody/incidents"}
    assert site.visitor("clerk").post("/do/incident/report", report).status_code == 303
    page = "/custody/incidents/SG2026-0001"
    assert "SG2026-0001" in text(site.visitor("clerk").get("/custody/incidents"))
    assert "/do/incident/judge" in text(site.visitor("manager").get(page))
    assert "/do/incident/judge" not in text(site.visitor("clerk").get(page))


def test_every_heading_and_sentence_that_these_pages_name_exists():
    """Read from the templates: a word that is missing would be a fault on a page that is opened once a year."""
    folder, missing = Path(custody.__file__).parents[1] / "templates", []
    for file in sorted(one for name in TOPICS for one in (folder / name).glob("*.html")):
        source = file.read_text("utf-8")
        keys = re.findall(r"""\bt\(\s*["']([\w.-]*[\w])["'][,)]""", source)
        heads = re.findall(r"""heading\(["']([\w:]+)["']\)""", source)
        heads += [
            one
            for many in re.findall(r"m\.(?:table|sheet)\(\w+, \(([^)]*)\)", source)
            for one in re.findall(r'"([\w:]+)"', many)
        ]
        heads += [
            one
            for many in re.findall(r"for column in \(([^)]*)\)", source)
            for one in re.findall(r'"([\w:]+)"', many)
        ]
        missing += [(file.name, key) for key in keys if not all(knows(key, tongue) for tongue in Language)]
        missing += [
            (file.name, head) for head in heads if soft_label(head, Language.ZH) == head.rpartition(":")[2]
        ]
    assert [] == missing


TOPICS = ("custody", "keeping", "letters", "papers", "lists", "intake")
