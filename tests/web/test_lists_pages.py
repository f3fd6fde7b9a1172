"""Lists in and out, the intake tray, and packages, in the browser."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from PIL import Image

from archive.acts import Act
from archive.exchange import SheetKind
from archive.sheets import imports_book, reading, lists as sheet_lists
from archive.sheets.reading import Received
from tests import make
from tests.archive.sheet_samples import xlsx
from tests.archive.test_imports_commands import VOLUMES

WAY = {"class_code": "FW·01", "department": "KF", "year": "2024"}


def text(answer, status=200):
    told = answer.get_data(as_text=True)
    assert answer.status_code == status, told[:3000]
    return told


def sent(visitor, data=None, name="案卷目录.xlsx", **said):
    """Send a list by the plain form, say how it is read; the address of its page."""
    answer = visitor.post(
        "/lists/open",
        {"file": (BytesIO(xlsx({"目录": VOLUMES}) if data is None else data), name)},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)[:1500]
    if said:
        assert visitor.post(f"{answer.location}/read", said).status_code == 303
    return answer.location


def runs(office):
    with office.ask("archivist") as unit:
        return imports_book.runs(unit)


def test_issue_6_a_list_is_read_shown_tried_and_entered(site, office):
    """The whole way: columns guessed and shown, a trial with counts, the import with its number, its rows."""
    archivist = site.visitor("archivist")
    page = sent(archivist, **WAY)
    told = text(archivist.get(page))
    assert "案卷目录" in told and 'name="column.title"' in told and "案卷题名" in told
    trial = archivist.post(f"{page}/check")
    assert trial.status_code == 303
    told = text(archivist.get(trial.location))
    assert "kpi" in told and [] == runs(office)
    done = archivist.post(f"{page}/import", {"partly": "1"})
    told = text(archivist.get(done.location))
    (run,) = runs(office)
    assert run.number in told and run.made
    assert run.number in text(archivist.get("/lists"))
    assert "K001" in text(archivist.get(f"/lists/runs/{run.number}"))


def mapped(page):
    """Which letter each column is read from."""
    boxes = re.findall(r'name="column\.(\w+)"(.*?)</select>', page, re.S)
    return {name: re.findall(r'value="([\w-]+)" selected', box)[0] for name, box in boxes}


def test_issue_6_a_wrong_column_is_corrected_by_choosing_another(site):
    """What is chosen for a column is what it is read from; what is not in the list is left out."""
    archivist = site.visitor("archivist")
    page = sent(archivist, **WAY)
    before = mapped(text(archivist.get(page)))
    assert ("B", "G") == (before["title"], before["note"])
    archivist.post(f"{page}/read", {**WAY, "column.title": "G", "column.note": "-"})
    after = mapped(text(archivist.get(page)))
    assert ("G", "-") == (after["title"], after["note"])


def test_issue_6_the_report_of_every_row_is_a_workbook_made_in_memory(site, office):
    archivist = site.visitor("archivist")
    answer = archivist.post(f"{sent(archivist, **WAY)}/report")
    assert answer.status_code == 200 and answer.headers["Content-Disposition"].startswith("attachment")
    read = reading.open_sheet(answer.data)
    assert len(read.sheets) == 2 and [] == runs(office)


def test_issue_6_how_a_list_is_read_is_kept_under_a_name(site):
    archivist = site.visitor("archivist")
    page = sent(archivist, **WAY)
    archivist.post(f"{page}/keep", {"name": "老目录"})
    assert "老目录" in text(archivist.get("/lists"))
    again = sent(archivist, profile="老目录")
    assert "案卷目录" in text(archivist.get(again))


def test_rel_P5_a_list_of_somebody_else_is_answered_as_none(site):
    """Its page, its trial, its report, its import: 404 alike for another person and for a number nobody has."""
    page = sent(site.visitor("archivist"), **WAY)
    clerk = site.visitor("clerk")
    for path in (page, f"/lists/held/{'0' * 32}"):
        assert 404 == clerk.get(path).status_code
        for what in ("read", "check", "import", "report", "keep"):
            assert 404 == clerk.post(f"{path}/{what}").status_code
    assert site.visitor("archivist").get(page).status_code == 200


def test_req_R57_who_may_not_import_sends_nothing(site):
    data = {"file": (BytesIO(xlsx({"目录": VOLUMES})), "x.xlsx")}
    assert (
        403 == site.visitor("staff").post("/lists/open", data, content_type="multipart/form-data").status_code
    )


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02" * 50, b"PK\x03\x04" + b"x" * 400, "a,b\n".encode()])
def test_rel_F1_what_is_no_list_is_told_in_a_sentence(site, data):
    archivist = site.visitor("archivist")
    answer = archivist.post(
        "/lists/open", {"file": (BytesIO(data), "bad.xlsx")}, content_type="multipart/form-data"
    )
    told = text(archivist.get(answer.location)) if answer.status_code == 303 else text(answer, 422)
    assert "note-bad" in told


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.xlsx", "..\\evil.xlsx", "<script>.xlsx", "CON.xlsx", "a\u202egnp.xlsx"]
)
def test_rel_W7_the_name_of_a_list_is_only_a_name(site, name):
    """It is shown without markup, and leads nowhere."""
    archivist = site.visitor("archivist")
    told = text(archivist.get(sent(archivist, name=name)))
    assert "<script>." not in told and "../" not in told and "\u202e" not in told


def test_rel_decision_14_nothing_of_a_list_touches_the_disk(site, office):
    """Sent, tried, reported and entered: no file is opened for writing but the databases and the vault."""
    from tests.web.test_papers_pages import foreign, scratch_watched

    archivist = site.visitor("archivist")
    archivist.post(f"{sent(archivist, **WAY)}/report")  # what is loaded once is loaded
    with scratch_watched(None) as made:
        page = sent(archivist, **WAY)
        archivist.post(f"{page}/check")
        archivist.post(f"{page}/report")
        done = archivist.post(f"{page}/import", {"partly": "1"})
        text(archivist.get(done.location))
    (run,) = runs(office)
    assert run.made and [] == [one for one in foreign(made, office) if not one.startswith(str(office.home))]


def test_rel_W2_an_exported_list_runs_nothing_and_comes_back_unchanged(site, office):
    """A title that a spreadsheet would run is text in the file; brought in again everything is known."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        from archive import items

        items.file_matter(unit, make.matter("FW·01", year=2025), [make.paper("=HYPERLINK(1)", "FW·01")])
    archivist = site.visitor("archivist")
    csv = archivist.post("/lists/export", {"kind": "CONTENTS", "format": "csv"})
    assert csv.mimetype == "text/csv" and "'=HYPERLINK" in csv.data.decode("utf-8-sig")
    book = archivist.post("/lists/export", {"kind": "CONTENTS", "format": "xlsx"})
    found = sheet_lists.open_list(Received("卷内目录.xlsx", book.data))
    assert found.layout.kind is SheetKind.CONTENTS
    assert (
        403 == site.visitor("staff").post("/lists/export", {"kind": "CONTENTS", "format": "csv"}).status_code
    )


def test_inv_decision_6_an_export_holds_only_what_one_may_see(site, office):
    """The same list by two people: what is 秘密 is in the one and not in the other."""
    uid = make.volume(office, "ZX·01")
    with office.ask("archivist") as unit:
        code = unit.volume(uid).reference_code
    told = {
        who: site.visitor(who)
        .post("/lists/export", {"kind": "VOLUMES", "format": "csv"})
        .get_data(as_text=True)
        for who in ("archivist", "records")
    }
    assert code in told["archivist"] and code not in told["records"]


# --- the intake tray --------------------------------------------------------------------------------


def scan_of(colour="white"):
    out = BytesIO()
    Image.new("RGB", (300, 200), colour).save(out, "JPEG")
    return out.getvalue()


def put_in(visitor, name="无名.jpg", data=None):
    files = {"file": (BytesIO(scan_of() if data is None else data), name), "way": "NAME"}
    return visitor.post("/intake/scans", files, content_type="multipart/form-data")


def test_issue_6_a_scan_finds_its_paper_by_its_name_or_waits_in_the_tray(site, office):
    (uid,) = make.filed(office, "FW·01", 1, year=2025)
    with office.ask("archivist") as unit:
        code = unit.item(uid).reference_code
    archivist = site.visitor("archivist")
    assert code in text(put_in(archivist, f"{code}.jpg"))
    told = text(put_in(archivist, data=scan_of("red")))
    assert "SM2026-00001" in told
    page = text(archivist.get("/intake/SM2026-00001"))
    assert "/intake/SM2026-00001/pages/1.jpg" in page
    sight = archivist.get("/intake/SM2026-00001/pages/1.jpg")
    assert (sight.status_code, sight.mimetype) == (200, "image/jpeg")
    assert "sandbox" in sight.headers["Content-Security-Policy"]
    done = archivist.post("/intake/SM2026-00001/attach", {"code": code})
    assert done.status_code == 303
    text(archivist.get("/"))  # what was done is told once
    assert "SM2026-00001" not in text(archivist.get("/intake"))


def test_issue_7_a_wrong_code_is_told_beside_the_field(site):
    archivist = site.visitor("archivist")
    put_in(archivist)
    told = text(archivist.post("/intake/SM2026-00001/attach", {"code": "K001-XX"}), 404)
    assert 'id="scan-error"' in told and 'value="K001-XX"' in told


def test_inv_decision_6_the_tray_of_another_department_is_answered_as_none(site):
    """Its page, its picture and its file: as a number nobody has."""
    put_in(site.visitor("archivist"))
    clerk = site.visitor("clerk")
    for number in ("SM2026-00001", "SM2026-00077"):
        assert 404 == clerk.get(f"/intake/{number}").status_code
        assert 404 == clerk.get(f"/intake/{number}/pages/1.jpg").status_code
        assert 404 == clerk.post(f"/intake/{number}/take", {"purpose": "看看"}).status_code
    assert "SM2026" not in text(clerk.get("/intake"))


def test_inv_V25_a_scan_is_taken_out_for_a_purpose_and_as_a_file(site):
    archivist = site.visitor("archivist")
    put_in(archivist, name="<b>坏名.jpg")
    text(archivist.post("/intake/SM2026-00001/take"), 422)
    answer = archivist.post("/intake/SM2026-00001/take", {"purpose": "辨认"})
    assert answer.data == scan_of() and answer.headers["Content-Disposition"].startswith("attachment")
    assert "<b>" not in answer.headers["Content-Disposition"]
