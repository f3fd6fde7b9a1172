"""Dossiers: one view over the volumes of an occupancy or a fit-out, and what is missing, for the eyes of the viewer."""

from __future__ import annotations

import pytest

from archive import dossiers, items
from archive.acts import Act
from archive.dossiers import DossierKind
from archive.errors import BadValue, NotAllowed, NotFound
from archive.words import Language
from tests import make

FIT_OUT = "A1203-2025-1"


def put(office, class_code, doc_type, *, title="装修文件", **about):
    with office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_matter(
            unit, make.matter(class_code, **about), [make.paper(title, class_code, doc_type=doc_type)]
        )


def asked(office, who, **given):
    with office.ask(who, Act.DOSSIER_SEE) as unit:
        return [line.doc_type for line in dossiers.missing(unit, FIT_OUT, Language.ZH, **given)]


def test_r82_a_fit_out_tells_what_is_missing_as_papers_come(office):
    """A paper that came is no longer missing; conditional ones are wanted only when their fact is known."""
    put(office, "ZX·02", "平面图")
    before = asked(office, "archivist")
    put(office, "ZX·01", "装修申请")
    after = asked(office, "archivist")

    assert {"装修申请表"} == set(before) - set(after)
    assert "平面图" not in before
    assert {"动火申请"} == set(asked(office, "archivist", facts=["hot_work"])) - set(after)
    assert set(asked(office, "archivist", stage=2)) < set(after)


def test_a_paper_without_a_type_is_known_by_its_title(office):
    """Imported papers often carry their type as title."""
    put(office, "ZX·02", "", title="水电图")

    assert "水电图" not in asked(office, "archivist")


def test_an_unknown_fact_and_a_dossier_without_checklist_are_refused(office):
    """The sentence lists what may be said."""
    put(office, "ZX·02", "平面图")
    with pytest.raises(BadValue):
        asked(office, "archivist", facts=["rain"])


def test_decision_6_what_is_hidden_neither_counts_nor_fills_the_checklist(office):
    """A viewer who may not see a paper finds it missing and uncounted; one who sees nothing finds no dossier."""
    put(office, "ZX·02", "平面图")
    put(office, "ZX·01", "装修申请表")
    with office.ask("archivist", Act.DOSSIER_SEE) as unit:
        everything = dossiers.page(unit, FIT_OUT)
    with office.ask("records", Act.DOSSIER_SEE) as unit:
        some = dossiers.page(unit, FIT_OUT)
        listed = dossiers.dossiers(unit, kind=DossierKind.FIT_OUT)

    assert (2, 2) == (everything.items, len(everything.volumes))
    assert (1, ["ZX·02"]) == (some.items, [line.class_code for line in some.volumes])
    assert [(FIT_OUT, 1, 1, 2)] == [(one.code, one.volumes, one.items, one.pages) for one in listed]
    assert "装修申请表" in asked(office, "records")
    assert "装修申请表" not in asked(office, "archivist")


def test_v23_a_wholly_hidden_dossier_answers_as_an_absent_one(office):
    """Same error, same facts but the code; and it is in no list."""
    make.volume(office, "YH·01", dossier="A1203-P001")
    told = []
    for code in ("A1203-P001", "A1203-P999"):
        with pytest.raises(NotFound) as said, office.ask("records", Act.DOSSIER_SEE) as unit:
            dossiers.page(unit, code)
        told.append(said.value.message(Language.ZH).replace(code, "…"))

    assert told[0] == told[1]
    with office.ask("records", Act.DOSSIER_SEE) as unit:
        assert "A1203-P001" not in [one.code for one in dossiers.dossiers(unit)]
    with office.ask("archivist", Act.DOSSIER_SEE) as unit:
        assert "A1203-P001" in [one.code for one in dossiers.dossiers(unit, premises="A1203", party="P001")]


def test_v25_a_dossier_that_shows_confidential_papers_leaves_a_line(office):
    """Who looked is in the log; a look at internal papers only leaves none."""
    put(office, "ZX·02", "平面图")
    make.volume(office, "YH·01", dossier="A1203-P001")
    lines = []
    for code in (FIT_OUT, "A1203-P001"):
        with office.ask("archivist", Act.DOSSIER_SEE) as unit:
            dossiers.page(unit, code)
            lines.append([line.act for line in unit.lines])

    assert [[], [Act.DOSSIER_SEE]] == lines


def test_who_has_no_business_with_dossiers_is_refused(office):
    """Plain staff do not look at dossiers."""
    with pytest.raises(NotAllowed), office.ask("staff", Act.DOSSIER_SEE) as unit:
        dossiers.dossiers(unit)
