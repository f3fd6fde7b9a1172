"""Lists in and out, the intake tray, and packages, in the browser."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from archive import cells, exchange_folder, items
from archive.acts import Act
from archive.config import Settings
from archive.errors import BadValue, FileMissing, InsideInstance, NotFound, TargetExists
from archive.exchange import SheetKind
from archive.model import Volume
from archive.sheets import imports_book, reading
from archive.sheets import lists as sheet_lists
from archive.sheets.reading import Received
from tests import make
from tests.archive.sheet_samples import xlsx
from tests.archive.test_imports_commands import VOLUMES

FORM = "multipart/form-data"
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
        content_type=FORM,
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
    boxes = re.findall(r'name="column\.(\w+)"(.*?)</select>', page, re.DOTALL)
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


def test_issue_7_a_list_and_its_trial_are_found_again(site):
    """Who went elsewhere meanwhile finds both: on the page of lists, and on the list's own; nobody else does."""
    archivist = site.visitor("archivist")
    page = sent(archivist, **WAY)
    trial = archivist.post(f"{page}/check").location

    assert f'href="{page}"' in text(archivist.get("/lists"))
    assert f'href="{trial}"' in text(archivist.get(page))
    assert page not in text(site.visitor("clerk").get("/lists"))
    archivist.post(f"{page}/drop")
    assert page not in text(archivist.get("/lists"))


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
    assert 403 == site.visitor("staff").post("/lists/open", data, content_type=FORM).status_code


BAD = (b"", b"\x00\x01\x02" * 50, b"PK\x03\x04" + b"x" * 400, b"a,b\n")


def test_rel_F1_what_is_no_list_is_told_in_a_sentence(site):
    """Nothing, noise, a broken workbook, a table without a heading we know."""
    archivist = site.visitor("archivist")
    for data in BAD:
        answer = archivist.post("/lists/open", {"file": (BytesIO(data), "bad.xlsx")}, content_type=FORM)
        told = text(archivist.get(answer.location)) if answer.status_code == 303 else text(answer, 422)
        assert "note-bad" in told


NAMED = ("../../etc/passwd.xlsx", "..\\evil.xlsx", "<script>.xlsx", "CON.xlsx", "a\u202egnp.xlsx")


def test_rel_W7_the_name_of_a_list_is_only_a_name(site):
    """It is shown without markup, and leads nowhere."""
    archivist = site.visitor("archivist")
    for name in NAMED:
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


def test_witness_an_export_that_forgets_to_disarm_is_noticed(site, office, monkeypatch):
    """The same list with the title as it is: the check above would see it."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_matter(unit, make.matter("FW·01", year=2025), [make.paper("=HYPERLINK(1)", "FW·01")])
    monkeypatch.setattr(cells, "harmless", lambda told: told)
    csv = site.visitor("archivist").post("/lists/export", {"kind": "CONTENTS", "format": "csv"})
    assert "'=HYPERLINK" not in csv.data.decode("utf-8-sig")


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
    return visitor.post("/intake/scans", files, content_type=FORM)


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


def test_rel_F1_a_scan_that_cannot_be_drawn_says_so_in_its_place(site):
    """A sheet of ours stands where the picture would: a broken picture tells nobody anything."""
    archivist = site.visitor("archivist")
    put_in(archivist, name="坏.pdf", data=b"%PDF-1.4 broken")
    sheet = archivist.get("/intake/SM2026-00001/pages/1.jpg")
    assert (sheet.status_code, sheet.mimetype) == (200, "image/jpeg")
    assert 404 == archivist.get("/intake/SM2026-00001/pages/2.jpg").status_code


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


# --- packages ---------------------------------------------------------------------------------------


@pytest.fixture
def exchange(tmp_path):
    """An exchange folder, with a folder, a hidden one, a file, and links out of it; settings that name it."""
    folder, home = tmp_path / "exchange", tmp_path / "home"
    for name in (folder / "DC-1", folder / ".hidden", tmp_path / "outside"):
        name.mkdir(parents=True)
    home.mkdir(exist_ok=True)
    (folder / "file.txt").write_text("x")
    (folder / "link").symlink_to(tmp_path / "outside", target_is_directory=True)
    (folder / "home").symlink_to(home, target_is_directory=True)
    return folder, Settings(exchange_folder=str(folder)), home


def test_rel_W7_only_direct_subfolders_are_offered_and_no_link(exchange):
    folder, settings, home = exchange
    assert ["DC-1"] == exchange_folder.offered(settings, home)
    assert folder / "DC-1" == exchange_folder.there(settings, home, "DC-1")


NAMES = ("..", ".", "", "link", "home", ".hidden", "file.txt", "DC-1/..", "../outside", "..\\outside", "/etc", "DC-1/", "DC-1\x00",
         "C:\\", "CON", "DC-1 ", "~", "%2e%2e", "．．", "DC‐1")  # fmt: skip
#: Strange, but plain names of folders that could be made.
STRANGE = frozenset({"．．", "DC‐1"})


@pytest.mark.parametrize("name", NAMES)
def test_rel_W7_no_other_name_leads_anywhere(exchange, name):
    _, settings, home = exchange
    with pytest.raises(NotFound):
        exchange_folder.there(settings, home, name)
    if name in STRANGE:
        return
    with pytest.raises((BadValue, TargetExists)):
        exchange_folder.fresh(settings, home, name)


def test_rel_W7_witness_a_joined_path_would_lead_out(exchange):
    """What the list of names keeps out: joined to the folder these lead elsewhere."""
    exchange, _, _ = exchange
    assert (exchange / "link").resolve() != exchange / "link"
    assert not (exchange / "../outside").resolve().is_relative_to(exchange)


def test_rel_W7_the_exchange_folder_is_never_the_instance(exchange):
    """Neither the vault's folder nor one around it is handed to anybody; a folder that is none is told."""
    folder, _, home = exchange
    (home / "vault").mkdir()
    for wrong in (home, home / "vault", home.parent):
        with pytest.raises(InsideInstance):
            exchange_folder.root(Settings(exchange_folder=str(wrong)), home)
    with pytest.raises(FileMissing):
        exchange_folder.root(Settings(exchange_folder=str(folder / "file.txt")), home)


def test_issue_6_packages_are_off_until_a_folder_is_named(site):
    told = text(site.visitor("archivist").get("/packages"))
    assert "exchange_folder" in told
    assert 409 == site.visitor("archivist").post("/packages/check", {"folder": "DC-1"}).status_code


def test_issue_6_a_package_goes_out_is_checked_and_comes_in_again(site, office, exchange):
    """Laid into the exchange folder, checked there, looked at: everything in it is known."""
    exchange, settings, _ = exchange
    office.instance.settings = replace(office.instance.settings, exchange_folder=settings.exchange_folder)
    make.volume(office, "FW·01", year=2025)
    with office.ask("archivist") as unit:
        code = unit.session.scalars(select(Volume.reference_code)).one()
    archivist = site.visitor("archivist")
    assert 'value="DC-1"' in text(archivist.get("/packages"))
    wrong = archivist.post("/packages/export", {"codes": code, "target": "../x", "purpose": "移交"})
    assert code in text(wrong, 422)
    made = archivist.post("/packages/export", {"codes": code, "target": "移交 2026", "purpose": "移交"})
    assert "移交 2026" in text(archivist.get(made.location))
    assert f'href="{made.location}"' in text(archivist.get("/packages"))  # found again
    assert (exchange / "移交 2026" / "bagit.txt").is_file()
    checked = archivist.post("/packages/check", {"folder": "移交 2026"})
    assert "可以接收" in text(archivist.get(checked.location))
    looked = archivist.post("/packages/import", {"folder": "移交 2026", "dry_run": "1"})
    assert code in text(archivist.get(looked.location))
    assert 404 == site.visitor("clerk").get(made.location).status_code
    assert (
        403
        == site.visitor("clerk")
        .post("/packages/export", {"codes": code, "target": "z", "purpose": "x"})
        .status_code
    )
