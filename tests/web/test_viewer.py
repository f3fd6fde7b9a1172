"""Reading on the screen: for a purpose, judged with every page, marked with the reader, in the clear nowhere but on it."""

from __future__ import annotations

import io
from urllib.parse import quote

from PIL import Image, ImageChops

from archive import objects, people, views
from archive.acts import Act
from archive.values import Level
from tests import make
from tests.web.test_uploads import clear

WORDS = "机密：乙方结算价八万八千元整，仅限总经理阅。"


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (900, 600), "white").save(out, "PNG")
    return out.getvalue()


def pdf_of(pages: int) -> bytes:
    out = io.BytesIO()
    first, *more = [Image.new("RGB", (595, 842), (240, 240, 250 - number)) for number in range(pages)]
    first.save(out, "PDF", save_all=True, append_images=more)
    return out.getvalue()


def paper(office, files, class_code="ZX·01", **given) -> str:
    """A paper with *files* (name, content), which the archivist may read; its code."""
    uid = make.filed(office, class_code, 1, **given)[0]
    with office.work("archivist", Act.ITEM_ATTACH) as unit:
        for name, content in files:
            objects.attach(unit, uid, content, name=name)
        code = unit.item(uid).reference_code
    make.approved(office, code, to="archivist", acts=(Act.ITEM_GET, Act.RECORD_READ))
    return code


def way(code: str, number: int = 1, more: str = "") -> str:
    return f"/records/{quote(code)}/files/{number}{more}"


def opened(site, office, code, number=1, by="archivist"):
    visitor = site.visitor(by)
    assert 303 == visitor.post(way(code, number), {"purpose": "答复业主"}).status_code
    return visitor


def lines(office, act: str) -> int:
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        return sum(one.act == act and one.outcome == "done" for one in views.events(unit, limit=300))


def test_inv_V25_reading_asks_once_for_a_record_what_for_and_each_opening_leaves_its_line(site, office):
    code = paper(office, [("a.txt", WORDS.encode()), ("b.png", picture())])
    visitor = site.visitor("archivist")
    asked = visitor.get(way(code)).get_data(as_text=True)
    assert 'name="purpose"' in asked and "a.txt" not in asked
    assert 404 == visitor.get(way(code, 2, "/pages/1.jpg")).status_code  # not opened yet
    assert 422 == visitor.post(way(code), {"purpose": "  "}).status_code
    assert 422 == visitor.post(way(code), {"purpose": "长" * 300}).status_code
    assert 0 == lines(office, "record.read")
    opened(site, office, code)
    assert 1 == lines(office, "record.read")
    assert "a.txt" in visitor.get(way(code)).get_data(as_text=True)
    assert 1 == lines(office, "record.read")  # turning a page is no new opening
    assert "b.png" in visitor.get(way(code, 2)).get_data(as_text=True)  # not asked again, but logged
    assert 2 == lines(office, "record.read")
    assert 200 == visitor.get(way(code, 2, "/pages/1.jpg")).status_code
    assert 2 == lines(office, "record.read")


def test_another_log_in_is_asked_again(site, office):
    code = paper(office, [("a.txt", WORDS.encode())])
    opened(site, office, code)
    again = site.nobody()
    again.sign_in("archivist")
    assert 'name="purpose"' in again.get(way(code)).get_data(as_text=True)
    visitor = site.visitor("archivist")
    visitor.post("/logout")
    visitor.sign_in("archivist")
    assert 'name="purpose"' in visitor.get(way(code)).get_data(as_text=True)


def test_a_text_is_shown_as_paragraphs_and_tables_of_our_own(site, office):
    code = paper(
        office,
        [
            ("表.csv", "单元,业主\nA1203,<b>张三</b>\n".encode()),
            ("t.txt", "一\n<script>x</script>\t二\n".encode()),
        ],
    )
    from indexer import texts

    texts.read_texts(office.instance)
    visitor = opened(site, office, code)
    page = visitor.get(way(code)).get_data(as_text=True)
    assert "&lt;b&gt;张三" in page and "<b>张三" not in page
    page = visitor.get(way(code, 2)).get_data(as_text=True)
    assert "<td>&lt;script&gt;x&lt;/script&gt;</td>" in page


def test_the_mark_of_who_looks_and_when_is_burned_into_confidential_pages_and_into_no_other(site, office):
    secret = paper(office, [("b.png", picture())])
    internal = paper(office, [("b.png", picture())], "ZX·02")
    seen = {}
    for code in (secret, internal):
        visitor = opened(site, office, code)
        answer = visitor.get(way(code, 1, "/pages/1.jpg"))
        assert "image/jpeg" == answer.mimetype
        assert "no-store" == answer.headers["Cache-Control"]
        seen[code] = Image.open(io.BytesIO(answer.get_data())).convert("L")
    blank = Image.new("L", seen[secret].size, 255)
    assert ImageChops.difference(seen[internal], blank).getextrema()[1] < 12
    marked = ImageChops.difference(seen[secret], blank).point(lambda shade: 255 if shade > 20 else 0)
    assert marked.histogram()[255] > 500
    assert 4 == sum(bool(marked.crop(box).getbbox()) for box in ((0, 0, 450, 300), (450, 0, 900, 300), (0, 300, 450, 600), (450, 300, 900, 600)))  # fmt: skip


def test_the_mark_over_a_text_names_the_reader(site, office):
    code = paper(office, [("a.txt", WORDS.encode())])
    from indexer import texts

    texts.read_texts(office.instance)
    page = opened(site, office, code).get(way(code)).get_data(as_text=True)
    assert WORDS in page
    assert "郑档案 archivist 2026-03-02 09:00</text>" in page


def test_rel_P4_a_clearance_withdrawn_closes_what_was_open(site, office):
    code = paper(office, [("b.png", picture())])
    visitor = opened(site, office, code)
    ways = (way(code), way(code, 1, "/pages/1.jpg"), way(code, 1, "/take"))
    assert {200} == {visitor.get(one).status_code for one in ways}
    with office.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, "archivist", Level.INTERNAL)
    assert {404} == {visitor.get(one).status_code for one in ways}
    assert 404 == visitor.post(way(code, 1, "/take"), {"purpose": "x"}).status_code


def test_who_sees_a_paper_but_may_not_read_it_gets_neither_names_nor_pages(site, office):
    uid = make.filed(office, "ZX·01", 1)[0]
    with office.work("archivist", Act.ITEM_ATTACH) as unit:
        objects.attach(unit, uid, WORDS.encode(), name="结算价.txt")
        code = unit.item(uid).reference_code
    visitor = site.visitor("archivist")  # a duty to keep, none to read
    assert "结算价" not in visitor.get(f"/records/{quote(code)}").get_data(as_text=True)
    for answer in (visitor.get(way(code)), visitor.post(way(code), {"purpose": "x"}), visitor.get(way(code, 1, "/take")), visitor.get(way(code, 1, "/pages/1.jpg"))):  # fmt: skip
        assert 403 == answer.status_code
        assert "结算价" not in answer.get_data(as_text=True)


def test_rel_E1_a_confidential_file_is_read_without_a_trace_on_the_disk(site, office, tmp_path, monkeypatch):
    temp = tmp_path / "temp"
    temp.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temp))
    code = paper(office, [("a.txt", WORDS.encode() * 500), ("b.png", picture())])
    visitor = opened(site, office, code)
    visitor.get(way(code))
    for answer in (visitor.post(way(code, 1, "/take"), {"purpose": "核对"}), visitor.get(way(code, 2)), visitor.get(way(code, 2, "/pages/1.jpg"))):  # fmt: skip
        assert 200 == answer.status_code
        assert [] == clear(office.home, temp, words=WORDS) == list(temp.iterdir())
        assert not any(
            one.read_bytes().startswith((b"\xff\xd8\xff", b"\x89PNG"))
            for one in office.home.rglob("*")
            if one.is_file()
        )


def test_a_pdf_is_shown_page_by_page_in_three_widths_and_no_other(site, office):
    code = paper(office, [("三页.pdf", pdf_of(3))], "ZX·02")
    from indexer import texts

    texts.read_texts(office.instance)
    visitor = opened(site, office, code)
    assert "第 2 / 3 页" in visitor.get(way(code), page=2).get_data(as_text=True)
    sizes = {
        width: Image.open(io.BytesIO(visitor.get(way(code, 1, "/pages/2.jpg"), width=width).get_data())).size[
            0
        ]
        for width in (800, 1200, 1800, 99999)
    }
    assert {800: 800, 1200: 1200, 1800: 1800, 99999: 1200} == sizes
    assert 404 == visitor.get(way(code, 1, "/pages/4.jpg")).status_code
    assert 404 == visitor.get(way(code, 1, "/pages/0.jpg")).status_code
    assert 404 == visitor.get(way(code, 2, "/pages/1.jpg")).status_code


def test_rel_F1_what_does_not_open_is_told_and_breaks_nothing(site, office):
    broken = (b"", b"%PDF-1.4 broken", b"\x89PNG\r\n\x1a\n" + b"x" * 99, b"PK\x03\x04zip")
    code = paper(office, [("x.pdf", content) for content in broken], "ZX·02")
    visitor = opened(site, office, code)
    for number in range(1, 5):
        assert 200 == visitor.get(way(code, number)).status_code
        sheet = visitor.get(way(code, number, "/pages/1.jpg"))
        shown = f"{way(code, number)}/pages/1.jpg" in visitor.get(way(code, number)).get_data(as_text=True)
        assert (200 if shown else 404) == sheet.status_code  # a sheet that says so, never a broken picture
        assert not shown or Image.open(io.BytesIO(sheet.get_data())).width == 800
        assert 404 == visitor.get(way(code, number, "/pages/2.jpg")).status_code


def test_taking_a_file_out_asks_every_time_and_is_logged_before_it_leaves(site, office):
    code = paper(office, [("图纸 终版.pdf", b"%PDF-1.4 x")], "ZX·02")
    visitor = site.visitor("archivist")
    assert 'name="purpose"' in visitor.get(way(code, 1, "/take")).get_data(as_text=True)
    assert 422 == visitor.post(way(code, 1, "/take"), {"purpose": ""}).status_code
    assert 0 == lines(office, "item.get")
    answer = visitor.post(way(code, 1, "/take"), {"purpose": "核对图纸"})
    assert b"%PDF-1.4 x" == answer.get_data()
    assert "10" == answer.headers["Content-Length"]
    assert (
        "filename*=UTF-8''%E5%9B%BE%E7%BA%B8%20%E7%BB%88%E7%89%88.pdf"
        in answer.headers["Content-Disposition"]
    )
    assert 1 == lines(office, "item.get")
    assert 'name="purpose"' in visitor.get(way(code, 1, "/take")).get_data(as_text=True)


def test_a_damaged_file_is_told_before_a_byte_of_it_leaves(site, office):
    code = paper(office, [("a.txt", WORDS.encode())], "ZX·02")
    (blob,) = [one for one in (office.home / "vault").rglob("*") if one.is_file()]
    blob.write_bytes(blob.read_bytes()[:-1] + b"!")
    answer = site.visitor("archivist").post(way(code, 1, "/take"), {"purpose": "核对"})
    assert 500 == answer.status_code
    assert WORDS not in answer.get_data(as_text=True)
