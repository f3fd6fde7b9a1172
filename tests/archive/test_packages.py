"""Packages out and in: valid to the independent library, readable without us, the same again after a journey (RFC 8493)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import stat
from pathlib import Path

import bagit
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import func, select

from archive import items, objects, registry
from archive.acts import Act
from archive.chunks import CHUNK
from archive.errors import (
    AskedTwice,
    BadValue,
    Confidential,
    Damaged,
    FileMissing,
    InsideInstance,
    LineRefused,
    NotAllowed,
    NotFound,
    TargetExists,
)
from archive.exchange import ImportState, MadeKind, RowFate, SheetKind
from archive.model import Blob, Event, ImportRow, ImportRun, Item, Volume
from archive.packages import checking, markup
from archive.papers import Paper
from archive.unit import LOG_KEY
from archive.values import Level
from tests import make
from tests.archive.parcels import (
    PDF,
    brought,
    catalogue,
    essence,
    exported,
    payload,
    second,
    shelved,
    theirs,
)

EAD = "{http://ead3.archivists.org/schema/}"
NEW = "{http://www.loc.gov/premis/v3}"
DC = "{http://purl.org/dc/elements/1.1/}"


@pytest.fixture
def other(template, tmp_path):
    """A second office, as empty as the first was."""
    made = second(template, tmp_path / "other")
    yield made
    made.instance.close()


def events(office, *acts: Act) -> list[Event]:
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        return list(unit.session.scalars(select(Event).where(Event.act.in_(acts)).order_by(Event.seq)))


def parsed(folder: Path, name: str):
    return etree.parse(str(folder / "data/metadata" / name)).getroot()


# --- what is in it ----------------------------------------------------------------------------


def test_conf_a_package_is_valid_to_the_independent_library_and_private(office, tmp_path):
    """
    Complete, valid, every byte as filed; folders 0700, files 0600; who made it is said, in both languages how to open it.
    """
    files = [("图纸.pdf", PDF + os.urandom(3 * CHUNK)), ("空.txt", b"")]
    made = exported(office, tmp_path / "包", shelved(office, files=files))
    bag = bagit.Bag(str(tmp_path / "包"))
    bag.validate()

    assert [] == checking.findings(tmp_path / "包")
    assert {body for _, body in files} == set(payload(tmp_path / "包").values())
    assert ("DC2026-00001", 1, 2) == (made.number, made.records, made.files)
    assert ("和园物业", made.number) == (bag.info["Source-Organization"], bag.info["External-Identifier"])
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "包").rglob("*") if path.is_file()}
    folders = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "包").rglob("*") if path.is_dir()}
    assert ({0o600}, {0o700}) == (modes, folders)
    notice = (tmp_path / "包/README.txt").read_text("utf-8")
    assert all(
        word in notice for word in ("市档案馆", "不需要任何口令", "no password", "ead3.xml", "premis.xml")
    )


def test_conf_ead3_tells_fonds_series_file_and_item_with_the_essential_elements(office, tmp_path):
    """
    ISAD(G): code, title, creator, date, extent, level at each step; what EAD3 demands of its head is there, in its order.
    """
    exported(office, tmp_path / "out", shelved(office, creator="甲&乙<装饰>"), shelved(office, "CJ·02"))
    root = parsed(tmp_path / "out", "ead3.xml")
    control = [one.tag.removeprefix(EAD) for one in root.find(f"{EAD}control")]
    fonds = root.find(f"{EAD}archdesc")
    levels = {one.get("level") for one in fonds.iter(f"{EAD}c")}
    item = next(
        one
        for one in fonds.iter(f"{EAD}c")
        if one.get("level") == "item" and one.find(f".//{EAD}origination") is not None
    )

    assert ["recordid", "filedesc", "maintenancestatus", "maintenanceagency", "maintenancehistory"] == control
    assert ("fonds", {"series", "file", "item"}) == (fonds.get("level"), levels)
    assert all(
        one.find(f"{EAD}did/{EAD}unitid") is not None and one.find(f"{EAD}did/{EAD}unittitle").text
        for one in fonds.iter(f"{EAD}c")
    )
    assert "甲&乙<装饰>" in "".join(root.itertext())
    assert {"unitid", "unittitle", "unitdate", "physdescstructured", "origination"} <= {
        one.tag.removeprefix(EAD) for one in item.find(f"{EAD}did")
    }
    series = [one for one in fonds.iter(f"{EAD}c") if one.get("level") == "series"]
    assert 2 == len(series) and all(one.getparent().tag == f"{EAD}dsc" for one in series)
    links = [one.get("href") for one in fonds.iter(f"{EAD}dao")]
    assert links and all((tmp_path / "out" / link).is_file() for link in links)


def test_conf_premis_tells_objects_events_and_agents(office, tmp_path):
    """
    PREMIS 3: each file with SHA-256, size and format; capture, ingestion, digest, fixity, dissemination; agents of every event.
    """
    uid = shelved(office)
    exported(office, tmp_path / "first", uid)
    office.tick(days=1)
    exported(office, tmp_path / "out", uid)
    root = parsed(tmp_path / "out", "premis.xml")
    kinds = {one.text for one in root.iter(f"{NEW}eventType")}
    files = [
        one for one in root.findall(f"{NEW}object") if one.find(f"{NEW}objectCharacteristics") is not None
    ]
    order = [one.tag.removeprefix(NEW) for one in root]

    assert ("3.0", order) == (root.get("version"), sorted(order, key=["object", "event", "agent"].index))
    assert {
        "capture",
        "ingestion",
        "message digest calculation",
        "fixity check",
        "dissemination",
        "information package creation",
    } <= kinds
    for one in files:
        path = one.find(f"{NEW}objectIdentifier/{NEW}objectIdentifierValue").text
        body = (tmp_path / "out" / path).read_bytes()
        assert hashlib.sha256(body).hexdigest() == one.find(f".//{NEW}messageDigest").text
        assert str(len(body)) == one.find(f".//{NEW}size").text
    agents = {one.text for one in root.iter(f"{NEW}agentIdentifierValue")}
    assert {one.text for one in root.iter(f"{NEW}linkingAgentIdentifierValue")} <= agents
    identifiers = [one.text for one in root.iter(f"{NEW}eventIdentifierValue")]
    assert len(identifiers) == len(set(identifiers))
    named = {one.text for one in root.iter(f"{NEW}linkingObjectIdentifierValue")}
    assert named <= {one.text for one in root.iter(f"{NEW}objectIdentifierValue")}


def test_conf_dublin_core_is_flat_and_names_the_files(office, tmp_path):
    """
    A record for each volume and paper; title, creator, date, identifier; the files lie where it says.
    """
    exported(office, tmp_path / "out", shelved(office))
    records = parsed(tmp_path / "out", "dublin-core.xml").findall("record")

    assert 3 == len(records)
    assert all(
        one.find(f"{DC}{name}").text for one in records for name in ("identifier", "title", "date", "rights")
    )
    files = [one.text for record in records for one in record.findall("{http://purl.org/dc/terms/}hasFormat")]
    assert 2 == len(files) and all((tmp_path / "out" / path).is_file() for path in files)


@settings(max_examples=60)
@given(st.text(max_size=40), st.text(max_size=40))
def test_conf_xml_is_well_formed_whatever_is_said(text, value):
    """
    Any text and attribute parse back to what was said, with what XML cannot hold replaced.
    """

    class Sink:
        data = b""

        def write(self, more: bytes) -> None:
            self.data += more

    sink = Sink()
    page = markup.Markup(sink)
    with page.inside("a"):
        page.leaf("b", text, c=value)
    found = etree.fromstring(sink.data)[0]

    assert markup.writable(text) == (found.text or "")
    assert not value or markup.writable(value) == found.get("c")


def test_a_package_of_the_same_records_at_the_same_moment_is_the_same_bytes(office, template, tmp_path):
    """
    Only the number of the export differs: two houses with the same records make the same package.
    """
    uids = [shelved(office)]
    exported(office, tmp_path / "a", *uids)
    twin = second(template, tmp_path / "twin")
    exported(twin, tmp_path / "b", shelved(twin))
    twin.instance.close()

    for name in ("ead3.xml", "dublin-core.xml", "catalogue.json", "premis.xml"):
        assert (tmp_path / "a/data/metadata" / name).read_bytes() == (
            tmp_path / "b/data/metadata" / name
        ).read_bytes()


# --- judged and logged ------------------------------------------------------------------------


def test_inv_V25_each_record_leaves_its_line_with_the_purpose_and_no_name_in_clear(office, tmp_path):
    """
    One line for the export, one for each paper opened; purpose and agency are sealed.
    """
    made = exported(office, tmp_path / "out", shelved(office))
    begun = events(office, Act.PACKAGE_EXPORT)
    (opened,) = events(office, Act.ITEM_GET)
    with office.ask("archivist") as unit:
        purpose = unit.told(opened.object_uid, LOG_KEY, opened.sealed)["purpose"]

    assert ("移交档案馆", "archivist") == (purpose, opened.account)
    assert [made.number, made.number] == [line.object_code for line in (begun[0], begun[-1])]
    assert made.package in begun[-1].facts
    assert not [line for line in begun if "档案馆" in line.facts]


def test_inv_V9_what_may_not_be_read_stops_the_whole_or_is_left_out_and_told(office, tmp_path):
    """
    HT·02 is confidential: refused whole; *partly* the other goes along. Witness: with a grant both go.
    """
    secret, free = shelved(office, "HT·02"), shelved(office)
    with pytest.raises(LineRefused) as refused:
        exported(office, tmp_path / "out", secret, free)
    made = exported(office, tmp_path / "partly", secret, free, partly=True)

    assert isinstance(refused.value.why, Confidential)
    assert not (tmp_path / "out").exists()
    assert [Confidential] == [type(one.why) for one in made.left_out]
    assert len(catalogue(tmp_path / "partly")["records"]) == 5
    assert 2 == made.files
    make.approved(office, secret, to="archivist", acts=(Act.ITEM_GET, Act.RECORD_READ))
    assert [] == list(exported(office, tmp_path / "both", secret, free).left_out)


WRONG = (
    ("staff", {}, NotAllowed), ("clerk", {}, NotAllowed), ("admin", {}, NotAllowed), ("archivist", {"purpose": " "}, BadValue),
)  # fmt: skip


def test_who_may_not_export_and_what_must_be_said(office, tmp_path):
    """
    By role; without a purpose; of what is not there; twice the same: refused, nothing written, nothing numbered.
    """
    uid = shelved(office)
    for by, given_, error in WRONG:
        with pytest.raises(error):
            exported(office, tmp_path / "out", uid, by=by, **given_)
    with pytest.raises(NotFound):
        exported(office, tmp_path / "out", "K001-NO")
    with pytest.raises(AskedTwice):
        exported(office, tmp_path / "out", uid, uid)
    with pytest.raises(BadValue):
        exported(office, tmp_path / "out")

    assert ["home"] == [path.name for path in tmp_path.iterdir()]
    assert "DC2026-00001" == exported(office, tmp_path / "out", uid).number


def test_a_place_where_no_package_may_stand_is_refused(office, tmp_path):
    """
    In the instance, where something stands, under no folder; a file there stays as it was.
    """
    uid = shelved(office)
    (tmp_path / "mine").write_bytes(b"mine")
    places = (
        (office.home / "out", InsideInstance),
        (tmp_path / "mine", TargetExists),
        (tmp_path / "no/out", FileMissing),
    )
    for target, error in places:
        with pytest.raises(error):
            exported(office, target, uid)

    assert b"mine" == (tmp_path / "mine").read_bytes()


def test_rel_I1_a_damaged_file_stops_the_export_and_nothing_is_left(office, tmp_path):
    """
    One byte flipped in the vault.
    """
    uid = shelved(office)
    with office.ask("archivist") as unit:
        path = unit.vault.folder / objects.blob_ref(unit.session.scalars(select(Blob)).first()).name
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(Damaged):
        exported(office, tmp_path / "out", uid)

    assert ["home"] == [one.name for one in tmp_path.iterdir()]


# --- the journey ------------------------------------------------------------------------------


def test_a_package_comes_back_the_same_from_another_house(office, other, tmp_path):
    """
    Files byte for byte, metadata word for word, codes kept; party, premises and dossier made; our events go along.
    """
    uids = [shelved(office), shelved(office, "CJ·02"), *make.filed(office, "WS·NB", 2)]
    exported(office, tmp_path / "a", *uids)
    arrival = brought(other, tmp_path / "a")
    with other.ask("archivist") as unit:
        codes = [
            *unit.session.scalars(select(Volume.reference_code)),
            *unit.session.scalars(select(Item.reference_code).where(Item.volume_uid.is_(None))),
        ]
    exported(other, tmp_path / "b", *codes)

    assert {RowFate.MADE} == {row.fate for row in arrival.rows}
    assert essence(tmp_path / "a") == essence(tmp_path / "b")
    assert payload(tmp_path / "a") == payload(tmp_path / "b")
    bagit.Bag(str(tmp_path / "b")).validate()
    before = {
        one.text
        for one in parsed(tmp_path / "a", "premis.xml").iter(f"{NEW}eventIdentifierValue")
        if "/log/" in one.text
    }
    after = {one.text for one in parsed(tmp_path / "b", "premis.xml").iter(f"{NEW}eventIdentifierValue")}
    assert before <= after


PAPERS = st.lists(
    st.fixed_dictionaries(
        {
            "title": st.text("图纸装修ABc<&>\"'=+-@ ", min_size=3, max_size=30).filter(
                lambda text: len(" ".join(text.split())) > 2
            ),
            "creator": st.text("远大装饰<>&", max_size=10),
            "document_no": st.text("和园〔2025〕1号", max_size=12),
            "doc_type": st.sampled_from(["", "装修申请表", "图纸"]),
            "note": st.text(st.characters(exclude_categories=["C", "Z"]), max_size=30),
            "pages": st.integers(0, 40),
            "dated": st.one_of(st.none(), st.dates(dt.date(2001, 1, 1), dt.date(2026, 3, 1))),
            "is_original": st.booleans(),
            "on_paper": st.booleans(),
        }
    ),
    min_size=1,
    max_size=4,
)
BODIES = st.lists(
    st.tuples(st.text("图a.·%~ ", min_size=1, max_size=12), st.binary(max_size=200)), max_size=3
)


@settings(max_examples=2, phases=[Phase.generate])
@given(PAPERS, BODIES)
def test_whatever_is_filed_makes_the_journey_unchanged(template, tmp_path_factory, papers, bodies):
    """
    Property: random papers and files, out, in elsewhere, out again: the same files, the same metadata.
    """
    base = tmp_path_factory.mktemp("journey")
    here, there = second(template, base / "here"), second(template, base / "there")
    try:
        with here.work("archivist", Act.ITEM_FILE) as unit:
            made = items.file_matter(
                unit, make.matter("ZX·02"), [Paper(**one) for one in papers], volume_title="装修审批"
            )
            for name, body in bodies:
                objects.attach_to(unit, made[0], body, name=name)
            uid = str(made[0].volume_uid)
        exported(here, base / "a", uid)
        arrival = brought(there, base / "a")
        assert [None] == [row.error for row in arrival.rows]
        exported(there, base / "b", arrival.rows[0].code)
        assert essence(base / "a") == essence(base / "b")
        assert payload(base / "a") == payload(base / "b")
    finally:
        here.instance.close()
        there.instance.close()


def test_codes_that_are_taken_are_given_anew_and_the_old_ones_told(office, tmp_path):
    """
    Into the house it came from: a second volume, its note and those of its papers say what they were called.
    """
    uid = shelved(office)
    exported(office, tmp_path / "a", uid)
    (row,) = brought(office, tmp_path / "a").rows
    exported(office, tmp_path / "b", row.code)
    first, again = catalogue(tmp_path / "a")["records"], catalogue(tmp_path / "b")["records"]

    assert (row.former, row.code) == (first[0]["reference_code"], again[0]["reference_code"])
    assert row.former != row.code
    assert all(
        old["reference_code"] in new["note"] and "和园物业" in new["note"]
        for old, new in zip(first, again, strict=True)
    )


def test_a_level_is_never_lowered_below_its_class_and_a_department_must_be_there(office, tmp_path):
    """
    Told as public, HT·02 becomes confidential; an unknown department is refused by name.
    """
    from tests.archive.parcels import rewritten

    uid = shelved(office, files=())
    exported(office, tmp_path / "a", uid)

    def lowered(told):
        for record in told["records"]:
            record["level"] = {"code": "PUBLIC"}

    rewritten(tmp_path / "a", lowered)
    (row,) = brought(office, tmp_path / "a", class_code="CJ·02").rows
    with office.ask("archivist") as unit:
        assert Level.INTERNAL is unit.volume(row.code).level
        assert {Level.INTERNAL} == {
            item.level
            for item in unit.session.scalars(select(Item).where(Item.volume_uid == unit.volume(row.code).uid))
        }
    (refused,) = brought(office, tmp_path / "a", department="XX").rows
    assert ("not-found", RowFate.REFUSED) == (refused.error.code, refused.fate)


def test_a_party_of_another_name_under_the_same_code_is_not_taken_for_it(office, other, tmp_path):
    """
    P001 is somebody else there: refused, and nothing was made. Witness: of the same name it goes in.
    """
    exported(office, tmp_path / "a", shelved(office))
    with other.work("archivist", Act.PARTY_EDIT) as unit:
        registry.edit_party(unit, "P001", name="赵六")
    (row,) = brought(other, tmp_path / "a").rows
    with other.ask("archivist") as unit:
        assert ("party-differs", 0) == (
            row.error.code,
            unit.session.scalar(select(func.count()).select_from(Volume)),
        )
    with other.work("archivist", Act.PARTY_EDIT) as unit:
        registry.edit_party(unit, "P001", name="张三")
    fates = [[row.fate for row in brought(other, tmp_path / "a").rows] for _ in range(2)]

    assert [[RowFate.MADE], [RowFate.KNOWN]] == fates


def test_what_an_import_made_is_in_its_ledger(office, other, tmp_path):
    """
    A run DR2026-00001 of a package, done; volume, papers and dossier as its rows; a second run adds nothing.
    """
    exported(office, tmp_path / "a", shelved(office))
    first, again = brought(other, tmp_path / "a"), brought(other, tmp_path / "a")
    with other.ask("archivist") as unit:
        run = unit.session.scalars(select(ImportRun)).one()
        made = [row.kind for row in unit.session.scalars(select(ImportRow))]
        volumes = unit.session.scalar(select(func.count()).select_from(Volume))

    assert ("DR2026-00001", SheetKind.PACKAGE, ImportState.DONE, 1) == (
        run.number,
        run.kind,
        run.state,
        run.made,
    )
    assert {MadeKind.VOLUME: 1, MadeKind.ITEM: 2, MadeKind.DOSSIER: 1} == {
        kind: made.count(kind) for kind in made
    }
    assert ([RowFate.MADE], [RowFate.KNOWN], 1) == (
        [one.fate for one in first.rows],
        [one.fate for one in again.rows],
        volumes,
    )


def test_a_trial_says_what_would_become_and_changes_nothing(office, other, tmp_path):
    """
    Dry run: the same fates; no row, no key, no file in the vault.
    """
    exported(office, tmp_path / "a", shelved(office))
    told = brought(other, tmp_path / "a", dry_run=True)
    with other.ask("archivist") as unit:
        counts = [
            unit.session.scalar(select(func.count()).select_from(kind))
            for kind in (Volume, Item, ImportRun, Blob)
        ]

    assert ("", [RowFate.MADE], [0, 0, 0, 0]) == (told.number, [row.fate for row in told.rows], counts)
    assert [] == list(other.instance.vault.walk())
    assert [RowFate.MADE] == [row.fate for row in brought(other, tmp_path / "a").rows]
    assert [RowFate.KNOWN] == [row.fate for row in brought(other, tmp_path / "a", dry_run=True).rows]


# --- packages of others -----------------------------------------------------------------------


def filed(office) -> list[tuple[str, str, str, dt.date | None, str, list[bytes]]]:
    """Every paper: title, creator, note, day, names and bytes of its files."""
    with office.ask("archivist") as unit:
        found = []
        for item in unit.session.scalars(select(Item).order_by(Item.reference_code)):
            card, held = unit.card(item), objects.contents(unit, item)
            names = ",".join(objects.name_of(unit, one) for one in held)
            found.append(
                (
                    card.title,
                    card.creator,
                    card.note,
                    item.dated,
                    names,
                    [objects.read(unit, one) for one in held],
                )
            )
        return found


def test_conf_a_bag_of_the_independent_library_with_nothing_but_files_is_taken_in(office, tmp_path):
    """
    Each file a paper by its name; the class must be said, else each is refused by it.
    """
    theirs(tmp_path / "bag", {"2024-05-14 竣工图.pdf": PDF, "子/照片.jpg": b"\xff\xd8\xffpicture"})
    refused = brought(office, tmp_path / "bag")
    assert [("bad-value", RowFate.REFUSED)] * 2 == [(row.error.code, row.fate) for row in refused.rows]
    made = brought(office, tmp_path / "bag", class_code="CJ·02")

    assert [RowFate.MADE] * 2 == [row.fate for row in made.rows]
    assert [
        ("竣工图", "", "", dt.date(2024, 5, 14), "2024-05-14 竣工图.pdf", [PDF]),
        ("照片", "", "", None, "照片.jpg", [b"\xff\xd8\xffpicture"]),
    ] == filed(office)


SHEET = """filename,dc.title,dc.creator,dc.date,dc.identifier,dc.description
objects/a.pdf,一号楼竣工图,市设计院,2019-03-02T08:00:00,CJ-2019-7,底图
objects/b.txt;objects/c.txt,消防检测,"消防公司,东城",2020,,
"""


def test_conf_a_foreign_sheet_says_title_creator_day_and_identifier(office, tmp_path):
    """
    Headings with prefixes; a year alone is no day; the sender's number stands in the note, with who sent it.
    """
    files = {
        "objects/a.pdf": PDF,
        "objects/b.txt": b"b",
        "objects/c.txt": b"c",
        "metadata.csv": SHEET.encode(),
    }
    theirs(tmp_path / "bag", files)
    brought(office, tmp_path / "bag", class_code="CJ·02")

    assert [
        (
            "一号楼竣工图",
            "市设计院",
            "底图\n原档号：CJ-2019-7（市城建档案馆）",
            dt.date(2019, 3, 2),
            "a.pdf",
            [PDF],
        ),
        ("消防检测", "消防公司,东城", "", None, "b.txt,c.txt", [b"b", b"c"]),
    ] == filed(office)


DUBLIN = """<?xml version="1.0"?><dc xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>东区给排水图</dc:title><dc:creator>市设计院</dc:creator><dc:date>2018-01-05</dc:date><dc:rights>内部</dc:rights>
<dc:identifier>G-12</dc:identifier><dc:description>共二张</dc:description></dc>"""


def test_conf_foreign_dublin_core_with_one_record_takes_all_files(office, tmp_path):
    """
    One element `dc` without file names: all files are its.
    """
    theirs(tmp_path / "bag", {"1.pdf": PDF, "2.pdf": PDF + b"2", "dublin-core.xml": DUBLIN.encode()})
    brought(office, tmp_path / "bag", class_code="CJ·02")

    assert [
        (
            "东区给排水图",
            "市设计院",
            "共二张\n原档号：G-12（市城建档案馆）",
            dt.date(2018, 1, 5),
            "1.pdf,2.pdf",
            [PDF, PDF + b"2"],
        )
    ] == filed(office)


def test_conf_our_own_dublin_core_and_sheet_are_read_where_our_catalogue_is_gone(office, tmp_path):
    """
    A receiver who kept only the Dublin Core still gets every paper with its files.
    """
    from tests.archive.parcels import resealed

    exported(office, tmp_path / "a", shelved(office))
    for name in ("catalogue.json", "catalogue.csv"):
        (tmp_path / "a/data/metadata" / name).unlink()
    made = brought(office, resealed(tmp_path / "a"), class_code="CJ·02")
    told = filed(office)

    assert {"ZX·02 图纸之1"} == {
        title for title, *_, names, _ in told if "平面图.pdf" in names and "001_" in names
    }
    assert RowFate.MADE in {row.fate for row in made.rows}


@pytest.mark.parametrize("checksums", [["md5"], ["sha512"], ["sha256", "sha512"]])
def test_conf_other_algorithms_are_verified_while_the_bytes_go_in(office, tmp_path, checksums):
    """
    MD5, SHA-512, two at once.
    """
    theirs(tmp_path / "bag", {"a.pdf": PDF}, checksums=checksums)

    assert [RowFate.MADE] == [row.fate for row in brought(office, tmp_path / "bag", class_code="CJ·02").rows]


def test_premis_events_beyond_measure_are_cut_to_the_latest():
    """
    A sender's events are kept up to a number, the latest ones, and read back as they were.
    """
    from archive.packages.provenance import MOST, Happened, kept

    many = [Happened(f"x/{n}", "capture", "2025-01-01", "a", "item.file", "success") for n in range(MOST + 5)]

    assert [f"x/{n}" for n in range(5, MOST + 5)] == [one[0] for one in json.loads(kept(many))]


def test_what_was_refused_may_be_taken_in_later_and_the_rest_is_not_doubled(office, other, tmp_path):
    """
    Two volumes, one of a party that differs: after the code is put right a second run takes in that one alone.
    """
    exported(office, tmp_path / "a", shelved(office), shelved(office, "CJ·02"))
    with other.work("archivist", Act.PARTY_EDIT) as unit:
        registry.edit_party(unit, "P001", name="赵六")
    first = brought(other, tmp_path / "a")
    with other.work("archivist", Act.PARTY_EDIT) as unit:
        registry.edit_party(unit, "P001", name="张三")
    again, third = brought(other, tmp_path / "a"), brought(other, tmp_path / "a")
    with other.ask("archivist") as unit:
        volumes = unit.session.scalar(select(func.count()).select_from(Volume))

    assert sorted([RowFate.MADE, RowFate.REFUSED]) == sorted(row.fate for row in first.rows)
    assert sorted([RowFate.MADE, RowFate.KNOWN]) == sorted(row.fate for row in again.rows)
    assert ({RowFate.KNOWN}, 2) == ({row.fate for row in third.rows}, volumes)
