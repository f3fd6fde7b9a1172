"""What a second pair of eyes found: each door that stood ajar, and the proof that it is shut."""

import datetime as dt

import pytest

from archive import grants, importing, items, objects, views, volumes
from archive.acts import Act
from archive.circulation import ledger, lending
from archive.errors import (
    AboveClearance,
    BadValue,
    Confidential,
    CustodianClosed,
    DossierDiffers,
    InsideInstance,
    LevelBelow,
    NotOnLoan,
)  # fmt: skip
from archive.values import Level
from archive.volumes import Matter
from tests import make


def test_inv_V9_a_paper_of_a_confidential_class_is_never_filed_below_its_class(office):
    """A clerk cannot open a confidential class to everybody by marking one paper lower."""
    with pytest.raises(LevelBelow), office.work("clerk", Act.ITEM_FILE) as unit:
        items.file_matter(unit, make.matter("YH·01"), [make.paper(level=Level.PUBLIC)])
    with office.ask("gm") as unit:
        assert [] == views.items(unit)


def test_conf_a_volume_raised_since_is_not_found_by_those_who_may_not_see_it(office):
    """The next paper of the matter goes to a new volume; nothing hints at the raised one (V23)."""
    first = make.volume(office, "ZX·02", 1)
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, first, Level.SECRET, reason="含结构图")
    with office.work("clerk", Act.ITEM_FILE) as unit:
        filed = items.file_matter(unit, make.matter("ZX·02"), [make.paper("又一张图")])
        second = filed[0].volume_uid

    assert second != first


def test_inv_V2_a_dossier_is_of_one_kind_and_one_premises(office):
    """A dossier's code is not shared between premises, nor between a fit-out and a contract (decision 2)."""
    make.filed(office, "ZX·02", 1)
    for class_code, given in (("ZX·02", {"premises": "A1204"}), ("HT·03", {"dossier": "A1203-2025-1"})):
        with pytest.raises(DossierDiffers), office.work("archivist", Act.ITEM_FILE) as unit:
            items.file_matter(unit, make.matter(class_code, **given), [make.paper("错卷", class_code)])


def test_conf_nobody_sets_a_level_above_his_own_clearance(office):
    """What he could never take back is refused."""
    with office.work("security", Act.PERSON_CLEAR) as unit:
        from archive import people

        people.clear(unit, "archivist", Level.CONFIDENTIAL)
    volume = make.volume(office, "ZX·02", 1)
    with pytest.raises(AboveClearance), office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, volume, Level.SECRET, reason="错")


def test_inv_V10_the_desk_opens_nothing_in_personnel_classes(office):
    """A clerk neither opens a personnel volume nor files into one, and is told why."""
    matter = Matter("RS·01", 2025, "KF", party="P001")
    with pytest.raises((CustodianClosed, Confidential)), office.work("clerk", Act.VOLUME_OPEN) as unit:
        volumes.open_volume(unit, matter, title="员工档案")
    with (
        pytest.raises((CustodianClosed, Confidential)) as refused,
        office.work("clerk", Act.ITEM_FILE) as unit,
    ):
        items.file_matter(unit, matter, [make.paper("员工登记表")])

    assert "RS·01" == refused.value.facts["code"]


def test_inv_V25_a_loan_list_that_shows_confidential_titles_leaves_a_line(office):
    """A volume raised while it was out is confidential on the list too."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    make.approved(office, volume)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, volume, to="staff", purpose="核对")
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, volume, Level.CONFIDENTIAL, reason="含证件")
    with office.ask("archivist", Act.LOAN_SEE) as unit:
        ledger.register(unit)
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        newest = views.events(unit, limit=1)[0]

    assert (Act.LOAN_SEE, "archivist") == (newest.act, newest.account)


def test_conf_a_grant_that_would_open_nothing_is_refused(office):
    """A single grant to somebody whose clearance is below the record's level says so (decision 1)."""
    volume = make.volume(office, "YH·01", 1)
    with pytest.raises(AboveClearance), office.work("gm", Act.GRANT_GIVE) as unit:
        grants.give(
            unit,
            volume,
            to="staff",
            acts=[Act.RECORD_READ],
            expires_on=unit.today + dt.timedelta(days=3),
            reason="查",
        )


def test_conf_E1_content_is_taken_out_for_a_stated_purpose_and_never_into_the_instance(office, tmp_path):
    """No purpose, no content; and no clear text inside the folder that must hold none."""
    item = make.filed(office, "WS·BG", 1, department="ZJB")[0]
    with office.work("archivist", Act.ITEM_ATTACH) as unit:
        objects.attach(unit, item, b"text", name="a.txt")
    for target, purpose, refusal in (
        (tmp_path / "a", " ", BadValue),
        (office.home / "a.txt", "核对", InsideInstance),
    ):
        with pytest.raises(refusal), office.work("archivist", Act.ITEM_GET) as unit:
            objects.fetch(unit, item, target, purpose=purpose)

    assert not (office.home / "a.txt").exists()


def test_conf_E1_a_document_type_is_not_in_clear(office):
    """What the clerk writes as the kind of paper is sealed with the rest of the card."""
    word = "王晓明身份证复印件"
    with office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_matter(unit, make.matter("YH·02"), [make.paper("登记材料", doc_type=word)])

    assert word.encode() not in (office.home / "catalogue.db").read_bytes()


def test_loan_an_item_whose_volume_is_out_is_not_offered_for_lending(office):
    """The page shows who has it, and no button that must fail; a return goes by loan number too."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    make.approved(office, volume)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        number = lending.lend(unit, volume, to="staff", purpose="核对").number
    with office.ask("archivist") as unit:
        inner = views.inner_list(unit, unit.volume(volume))[0].code
        page = views.page(unit, inner)
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, number)
    with pytest.raises(NotOnLoan), office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, volume)

    assert number in page.loan
    assert Act.LOAN_LEND not in page.may


def test_import_a_long_number_is_not_a_date_and_a_link_is_told(office, tmp_path):
    """A contract or telephone number at the head of a name stays a number; links are reported, not followed."""
    (tmp_path / "202403150001号通知.txt").write_text("x", "utf-8")
    (tmp_path / "link.txt").symlink_to("/etc/hostname")
    with office.ask("archivist") as unit:
        source = importing.Source(tmp_path / "202403150001号通知.txt", "a")
        dated = importing.described(source, importing.Wanted(class_code="WS·BG"), unit)[1].dated
    lines = importing.import_folder(
        office.instance, office.who("archivist"), tmp_path, importing.Wanted(class_code="WS·BG")
    )

    assert dated is None
    assert ["link-skipped"] == [line.error.code for line in lines if line.error]
