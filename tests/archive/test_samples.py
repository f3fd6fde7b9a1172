"""The invented office: repeatable, plausible, and readable back from every kind of file."""

import datetime as dt
import hashlib
import json
import re
from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from reportlab.pdfbase import pdfmetrics

from archive import fields, samples, scheme
from archive.fonts import cjk_font_path
from archive.samples import layout, wording
from archive.samples.names import PEOPLE
from archive.samples.papers import _distinct
from archive.values import SEPARATED_POSTS, Level, PartyKind, Period, PlaceKind, Role, Trigger

QUIET = settings(deadline=None, derandomize=True, max_examples=60)


@pytest.fixture(scope="module")
def office():
    return samples.office()


@pytest.fixture(scope="module")
def papers(office):
    return samples.papers(office)


@pytest.fixture(scope="module")
def some(papers):
    """Five papers of every format, those with tables and drawings first."""
    chosen = []
    for kind in ("docx", "pdf", "xlsx", "txt-utf8", "txt-gb18030"):
        of_kind = [paper for paper in papers if paper.format == kind]
        chosen += sorted(of_kind, key=lambda paper: (-paper.drawings, -len(paper.table)))[:5]
    return chosen


@pytest.fixture(scope="module")
def folder(some, tmp_path_factory):
    folder = tmp_path_factory.mktemp("office")
    samples.write_all(some, folder)
    return folder


def squeezed(text):
    return re.sub(r"\s", "", text)


def gaps(papers):
    """Registers (prefix, year) whose numbers do not run 1, 2, 3 … in the order of dates."""
    registers = defaultdict(list)
    for paper in papers:
        found = re.fullmatch(r"(和园\w+)〔(\d{4})〕(\d+)号", paper.document_no or "")
        if found:
            registers[found[1], found[2]].append(int(found[3]))
    assert registers
    return [key for key, numbers in registers.items() if numbers != list(range(1, len(numbers) + 1))]


# --- repeatable ------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_office_and_papers_and_another_seed_others(papers):
    """Equal seeds give equal values; a different seed gives different papers."""
    again = samples.papers(samples.office())
    other = samples.papers(samples.office(7))

    assert papers == again
    assert papers != other
    assert len(papers) == len(other) == 320


def test_the_same_paper_gives_the_same_bytes(some, folder, tmp_path):
    """A second writing of the same papers is byte for byte the first, so that an import finds nothing new."""
    for paper in some[::2]:
        assert samples.write(paper, tmp_path).read_bytes() == (folder / paper.place).read_bytes()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 40, 700])
def test_any_number_of_papers_can_be_asked_for(seed, count):
    """Small and large counts are met exactly, whatever the seed."""
    made = samples.papers(samples.office(seed), count)

    assert len(made) == count
    assert len({paper.place for paper in made}) == count


def test_benchmark_rows_are_cheap_values_and_repeatable():
    """Rows come without files, in the order of their dates, each with its own number."""
    rows = list(samples.rows(500, 3))

    assert rows == list(samples.rows(500, 3))
    assert len({row["document_no"] for row in rows}) == 500
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)
    assert set(rows[0]) == {"title", "creator", "document_no", "date", "pages"}


# --- the office ------------------------------------------------------------------------------


def test_every_post_is_held_and_nobody_holds_two_of_the_three_separated_ones(office):
    """All roles of decision 3 but the system's own; levels are those of `values.Level`."""
    held = {role for person in office.people for role in person.roles}

    assert held == {role.value for role in Role} - {"SYSTEM"}
    assert all(len(SEPARATED_POSTS & set(person.roles)) <= 1 for person in office.people)
    assert {person.level for person in office.people} <= {level.name for level in Level}
    assert len({person.account for person in office.people}) == len(PEOPLE)


def test_codes_are_unique_and_kinds_are_the_products_own(office):
    """Premises, parties and places can be entered as they stand."""
    for things in (office.premises, office.parties, office.places, office.departments):
        assert len({thing.code for thing in things}) == len(things)
    assert {party.kind for party in office.parties} == {
        "OWNER",
        "RESIDENT",
        "TENANT",
        "SHOP",
        "CONTRACTOR",
        "OUTSIDE_UNIT",
    }
    assert {party.kind for party in office.parties} <= {kind.value for kind in PartyKind}
    assert {place.kind for place in office.places} <= {kind.value for kind in PlaceKind}
    places = {place.code for place in office.places}
    assert {place.parent for place in office.places} <= places | {None}
    assert {party.premises for party in office.occupants} <= {unit.code for unit in office.premises}


def test_successive_occupants_of_one_flat_do_not_overlap(office):
    """One occupancy ends before the next begins."""
    by_unit = defaultdict(list)
    for party in office.occupants:
        by_unit[party.premises].append((party.tenancy_from, party.tenancy_to or dt.date.max))

    assert any(len(terms) > 1 for terms in by_unit.values())
    for terms in by_unit.values():
        terms.sort()
        assert all(first[1] < second[0] for first, second in zip(terms, terms[1:], strict=False))


# --- the papers ------------------------------------------------------------------------------


def test_the_four_families_and_their_classes_are_all_there(papers):
    """YH, ZX, HT and WS each have their share; every class the brief of the demonstration names occurs."""
    families = Counter(paper.class_code[:2] for paper in papers)
    codes = {paper.class_code for paper in papers}

    assert families["YH"] >= 80
    assert families["ZX"] >= 80
    assert families["HT"] >= 50
    assert families["WS"] >= 55
    assert {f"YH·0{n}" for n in range(1, 8)} <= codes
    assert {f"ZX·0{n}" for n in range(1, 8)} <= codes
    assert {f"HT·0{n}" for n in range(1, 8)} <= codes
    assert {f"WS·{name}" for name in ("PF", "GS", "HY", "BG", "NB", "LW", "DW", "ZC", "LD", "MM")} <= codes
    assert {paper.year for paper in papers} == set(range(2011, 2026))


def test_every_class_exists_and_takes_the_fields_as_they_stand(papers):
    """Class codes are of the default tree, a raised level or period is allowed, fields are normal already."""
    tree = scheme.load()
    assert {Period.parse(paper.period).code for paper in papers if paper.period} == {"Y", "D30"}
    assert {paper.level for paper in papers} == {None, "CONFIDENTIAL"}
    for paper in papers:
        family = tree.rule(paper.class_code).family
        assert fields.checked(family, paper.fields) == dict(paper.fields), paper.title


def test_no_two_papers_lie_in_one_place_and_names_fit_a_file_system(papers):
    """Paths are unique and every part is at most 255 bytes long."""
    assert len({paper.place for paper in papers}) == len(papers)
    assert max(len(part.encode()) for paper in papers for part in paper.place.parts) <= 255

    twice = list(_distinct(iter([papers[0], papers[0]])))
    assert twice[0].place != twice[1].place
    assert (
        len({paper.place for paper in [papers[0], papers[0]]}) == 1
    )  # the witness: without numbering they clash


def test_bodies_are_of_the_length_of_real_papers_with_no_blank_left_open(papers):
    """200 to 900 characters, titles of at most 70, every blank filled, no doubled stops."""
    for paper in papers:
        cells = "".join("".join(row) for row in paper.table)
        text = paper.title + "".join(paper.paragraphs) + cells + (paper.document_no or "") + paper.creator
        assert 200 <= len("".join(paper.paragraphs)) <= 900, paper.title
        assert len(paper.title) <= 70
        assert not re.search(r"[{}]|None|。。|，，|、。", text), paper.title
        assert paper.creator


def test_inv_V15_numbers_of_the_offices_own_registers_have_no_gaps(papers):
    """Numbers run from 1 in the order of dates; leaving one paper out is noticed."""
    assert not gaps(papers)

    second = next(paper for paper in papers if (paper.document_no or "").endswith("〕2号"))
    first = second.document_no.replace("〕2号", "〕1号")
    assert gaps([paper for paper in papers if paper.document_no != first])


def test_an_answer_names_an_earlier_letter(papers):
    """R72: `reply_to` is the number of a letter received before."""
    received = {p.document_no: p for p in papers if p.fields.get("direction") == "IN" and p.document_no}
    answers = [paper for paper in papers if "reply_to" in paper.fields]

    assert answers
    for answer in answers:
        letter = received[answer.fields["reply_to"]]
        assert letter.date < answer.date
        assert letter.fields["correspondent"] == answer.fields["correspondent"]


def test_no_number_of_a_person_can_belong_to_anyone(papers):
    """Telephones are of one service block, identity numbers of no district."""
    text = "\n".join(part for paper in papers for part in paper.paragraphs)

    phones = set(re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", text))
    identities = set(re.findall(r"(?<!\d)\d{17}[\dX](?!\d)", text))
    assert phones
    assert identities
    assert all(number.startswith("13800138") for number in phones)
    assert all(number.startswith("999999") for number in identities)


def test_the_papers_hold_what_a_search_should_find(papers):
    """Traditional characters, English words, plates, contract numbers and dates in five spellings."""
    text = "\n".join(part for paper in papers for part in paper.paragraphs)

    for pattern in (
        r"敝[行公]",
        r"Fit-out Guide",
        r"粤B\w{5}",
        r"HT-20\d\d-\d{4}",
        r"20\d\d年\d+月\d+日",
        r"二〇[一二].年",
        r"20\d\d-\d\d-\d\d",
        r"20\d\d\.\d+\.\d+",
        r"(?<!\d)20\d{6}(?!\d)",
        r"万.仟.*元整",
    ):
        assert re.search(pattern, text), pattern


# --- the clock -------------------------------------------------------------------------------


def test_some_papers_are_due_in_January_2026_and_others_have_not_started(papers):
    """D10 formed in 2015, D3 and D5 of tenancies ended in 2022 and 2020, D1 and D3 of yearly records; others still run."""
    assert {trigger for paper in papers for trigger, _ in paper.events} <= {
        trigger.value for trigger in Trigger
    }
    ended = defaultdict(set)
    for paper in papers:
        for trigger, day in paper.events:
            assert day <= dt.date(2025, 12, 31)
            ended[paper.class_code, trigger].add(day.year)
    years = defaultdict(set)
    for paper in papers:
        years[paper.class_code].add(paper.year)

    assert {2015} <= years["WS·BG"]
    assert {2015} <= years["WS·NB"] | years["WS·GS"] | years["WS·LW"]
    assert 2022 in ended["YH·02", "TENANCY_END"]
    assert 2020 in ended["YH·03", "TENANCY_END"]
    assert any(2015 in ended[f"HT·0{n}", "CONTRACT_END"] for n in (3, 4, 5, 7))
    assert 2022 in years["FW·01"] | years["WG·01"] | years["WG·04"] | years["FW·03"]
    assert 2024 in years["FW·04"]
    for code in ("YH·01", "ZX·01", "HT·03"):
        of_class = [paper for paper in papers if paper.class_code == code]
        assert {bool(paper.events) for paper in of_class} == {True, False}, code


def test_ret_T11_a_fitout_starts_its_clock_when_accepted_and_settled(papers):
    """The trigger is the later day; accepted with the deposit unsettled has not started."""
    fitouts = [paper for paper in papers if paper.class_code.startswith("ZX")]
    both = [p for p in fitouts if {"accepted_on", "deposit_settled_on"} <= set(p.fields)]
    only_accepted = [p for p in fitouts if "accepted_on" in p.fields and "deposit_settled_on" not in p.fields]

    assert both
    assert only_accepted
    assert all(not paper.events for paper in only_accepted)
    for paper in both:
        later = max(paper.fields["accepted_on"], paper.fields["deposit_settled_on"])
        assert paper.events == (("ACCEPTANCE", dt.date.fromisoformat(later)),)


def test_papers_of_one_volume_agree_on_class_premises_party_and_end(papers):
    """Decision 2 and V6: a volume holds one class, one occupancy or project, one outside party."""
    volumes = defaultdict(list)
    for paper in papers:
        volumes[paper.volume].append(paper)

    assert len(volumes) > 60
    for held in volumes.values():
        assert (
            len(
                {
                    (p.class_code, p.department, p.premises, p.party, p.project, p.level, p.period)
                    for p in held
                }
            )
            == 1
        )
        assert len({paper.volume_title for paper in held}) == 1
        ends = {event for p in held for event in p.events if event[0] != "CASE_CLOSED"}
        assert len(ends) <= 1 or {trigger for trigger, _ in ends} == {"SUPERSEDED"}


# --- the files -------------------------------------------------------------------------------


def test_word_files_read_back_with_title_body_table_and_letterhead(some, folder):
    """python-docx finds everything that was written."""
    for paper in some:
        if paper.format == "docx":
            document = Document(folder / paper.place)
            texts = [paragraph.text for paragraph in document.paragraphs]
            cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
            assert texts[0] == paper.title
            assert set(paper.paragraphs) | {paper.creator} <= set(texts)
            assert cells == [cell for row in paper.table for cell in row]
            assert paper.doc_type in document.sections[0].header.paragraphs[0].text


def test_pdf_files_hold_the_text_the_declared_pages_and_an_embedded_font(some, folder):
    """pypdf extracts the Chinese text; drawings have sheets of their own."""
    for paper in some:
        if paper.format == "pdf":
            reader = PdfReader(folder / paper.place)
            text = squeezed("".join(page.extract_text() for page in reader.pages))
            assert len(reader.pages) == paper.pages
            assert squeezed(paper.title) in text
            assert squeezed("".join(paper.paragraphs[-1])) in text
            fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]
            named = [font for font in fonts if "MicroHei" in font["/BaseFont"]]
            assert named
            assert all("/FontFile2" in font["/FontDescriptor"] for font in named)
    assert any(paper.drawings for paper in some)


def test_long_papers_run_over_several_sheets(papers, tmp_path):
    """The page count worked out beforehand is the page count printed."""
    longest = max(
        (paper for paper in papers if paper.format == "pdf"), key=lambda p: len("".join(p.paragraphs))
    )
    long = replace(longest, paragraphs=longest.paragraphs * 3, drawings=0)
    long = replace(long, pages=layout.page_count(long, long.signature))

    assert long.pages >= 3
    assert len(PdfReader(samples.write(long, tmp_path)).pages) == long.pages


def test_excel_files_read_back_with_title_and_table(some, folder):
    """calamine finds the heading and every row of the table."""
    for paper in some:
        if paper.format == "xlsx":
            rows = CalamineWorkbook.from_path(str(folder / paper.place)).get_sheet_by_index(0).to_python()
            table = [tuple(row[: len(paper.table[0])]) for row in rows]
            assert rows[0][0] == paper.title
            assert set(paper.table) <= set(table)


def test_text_files_are_in_the_encoding_their_format_names(some, folder):
    """UTF-8 and GB 18030 decode strictly to title and body; the wrong one of the two does not."""
    for paper in some:
        if paper.format.startswith("txt"):
            content = (folder / paper.place).read_bytes()
            text = content.decode(paper.format.removeprefix("txt-").replace("utf8", "utf-8"))
            assert text.startswith(paper.title)
            assert paper.paragraphs[-1] in text
        if paper.format == "txt-gb18030":
            with pytest.raises(UnicodeDecodeError):
                content.decode("utf-8")


def test_the_manifest_lists_every_file_with_its_fields(some, folder):
    """One entry per paper, its path present, nothing else in the folder."""
    manifest = json.loads((folder / samples.MANIFEST).read_text("utf-8"))
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}

    assert {entry["path"] for entry in manifest["papers"]} == files - {samples.MANIFEST}
    assert [entry["title"] for entry in manifest["papers"]] == [paper.title for paper in some]
    assert manifest["papers"][0]["fields"] == dict(some[0].fields)
    assert dt.date.fromisoformat(manifest["papers"][0]["date"]) == some[0].date


def test_progress_is_told_after_every_file(some, tmp_path):
    """Done and total, once per paper."""
    heard = []
    samples.write_all(some[-3:], tmp_path, lambda done, total: heard.append((done, total)))

    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_every_troublemaker_makes_the_trouble_it_is_listed_for(tmp_path):
    """Locked, broken, empty, picture only, unknown: checked with the readers themselves."""
    made = {maker.path.suffix + maker.reason: maker.path for maker in samples.write_troublemakers(tmp_path)}

    assert set(made) == {
        ".pdfENCRYPTED",
        ".docxCORRUPT",
        ".xlsxEMPTY",
        ".pdfIMAGE_ONLY",
        ".txtEMPTY",
        ".xyzUNSUPPORTED",
    }
    assert PdfReader(made[".pdfENCRYPTED"]).is_encrypted
    with pytest.raises(Exception, match="zip"):
        Document(made[".docxCORRUPT"])
    assert made[".xlsxEMPTY"].read_bytes() == made[".txtEMPTY"].read_bytes() == b""
    page = PdfReader(made[".pdfIMAGE_ONLY"]).pages[0]
    assert not page.extract_text().strip()
    assert "/XObject" in page["/Resources"]


# --- the small words -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yuan", "words"),
    [
        (0, "零元整"),
        (10, "壹拾元整"),
        (105, "壹佰零伍元整"),
        (5_000, "伍仟元整"),
        (28_500, "贰万捌仟伍佰元整"),
        (10_005, "壹万零伍元整"),
        (100_500, "壹拾万零伍佰元整"),
        (1_152_000, "壹佰壹拾伍万贰仟元整"),
        (100_000_001, "壹亿零壹元整"),
        (2_860_000, "贰佰捌拾陆万元整"),
    ],
)
def test_money_in_capitals(yuan, words):
    """As cheques spell it, with one 零 for a gap."""
    assert wording.capitals(yuan) == words


def test_a_day_in_five_spellings():
    """The day of one paper, as different hands write it."""
    spelt = dict(wording.spellings("date", dt.date(2020, 10, 31)))

    assert spelt == {
        "date": "2020年10月31日",
        "date_cn": "二〇二〇年十月三十一日",
        "date_dot": "2020.10.31",
        "date_iso": "2020-10-31",
        "date_plain": "20201031",
    }


@QUIET
@given(st.text(alphabet="物业装修，。A1203 -", max_size=200), st.integers(4, 40))
def test_wrapping_loses_nothing_and_keeps_within_the_line(text, ems):
    """The lines together are the text; only closing marks may hang over; none starts a line."""
    lines = list(layout.wrap(text, ems))

    assert "".join(lines) == text
    assert all(layout.width(line.rstrip("，。")) <= ems for line in lines)
    assert all(line[0] not in "，。" for line in lines[1:])


def test_the_font_has_every_character_of_every_paper(papers):
    """No empty boxes in print: simplified, traditional, Latin and the marks; a rare sign outside is noticed."""
    from archive.samples.press import chinese_font

    glyphs = pdfmetrics.getFont(chinese_font()).face.charToGlyph
    written = {char for paper in papers for part in (paper.title, *paper.paragraphs) for char in part}
    written |= {char for paper in papers for row in paper.table for cell in row for char in cell}

    assert len(written) > 1_000
    assert {char for char in written if ord(char) not in glyphs} == set()
    assert ord("\U0002a6d6") not in glyphs  # the witness: the check can fail


def test_a_table_is_not_torn_and_a_signature_not_left_alone(papers):
    """A table that fits one sheet stands on one; the signature's two lines stay together."""
    for paper in papers:
        sheets = layout.sheets(paper, paper.signature)
        assert sum(any(strip.kind == "row" for strip in sheet) for sheet in sheets) <= 1
        assert [strip.kind for strip in sheets[-1][-2:]] == ["sign", "sign"]


def test_the_font_is_the_one_that_is_recorded():
    """README beside the font names its SHA-256 and its licence lies there too."""
    path = cjk_font_path()

    assert hashlib.sha256(path.read_bytes()).hexdigest() in (path.parent / "README.md").read_text("utf-8")
    assert "Apache License" in (path.parent / "LICENSE-Apache-2.0.txt").read_text("utf-8")
