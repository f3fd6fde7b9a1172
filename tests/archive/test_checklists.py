"""A dossier is complete when every paper its checklist demands is there, and says which are not."""

import copy

import pytest

from archive import checklists, scheme, tables
from archive.errors import BadValue
from archive.words import Language

KNOWN = checklists.load()


def everything(kind: str) -> list[tuple[str, str]]:
    return [(wanted.classes[0], wanted.zh) for wanted in KNOWN.of(kind).wanted]


def names(missed) -> list[str]:
    return [wanted.zh for wanted in missed]


@pytest.mark.parametrize("kind", ["tenant", "fit-out", "contract"])
def test_req_R9_a_full_dossier_misses_nothing_and_an_empty_one_all_required(kind):
    """
    R9: with every paper present nothing is missing; with none, all that is required without condition.
    """
    always = [wanted.zh for wanted in KNOWN.of(kind).wanted if wanted.required and not wanted.when]

    assert [] == checklists.missing(kind, everything(kind), facts=KNOWN.facts)
    assert always == names(checklists.missing(kind, []))
    assert always


@pytest.mark.parametrize("kind", ["tenant", "fit-out", "contract"])
def test_each_required_paper_taken_away_is_the_one_reported(kind):
    """
    One paper out, one paper missed: no paper stands in for another.
    """
    for wanted in KNOWN.of(kind).wanted:
        rest = [paper for paper in everything(kind) if paper[1] != wanted.zh]
        expected = [wanted.zh] if wanted.required else []

        assert expected == names(checklists.missing(kind, rest, facts=KNOWN.facts))


def test_every_alias_is_as_good_as_the_name():
    """
    R107: offices call papers by many names; each alias satisfies its own line only.
    """
    for dossier in KNOWN.dossiers:
        for wanted in dossier.wanted:
            for alias in (*wanted.aliases, wanted.en):
                told = alias.replace("*", "清洁服务")
                met = [other.zh for other in dossier.wanted if other.met_by(wanted.classes[0], told)]

                assert [wanted.zh] == met


def test_form_F28_a_fit_out_is_asked_stage_by_stage():
    """
    F28: while the works go on, completion papers and the refund are not yet missed.
    """
    begun = [paper for paper in everything("fit-out") if paper[0] in {"ZX·01", "ZX·02"}]

    assert {3} == {wanted.stage for wanted in checklists.missing("fit-out", begun, stage=3)}
    assert {3, 4, 5, 6} == {wanted.stage for wanted in checklists.missing("fit-out", begun)}


def test_a_conditional_paper_is_asked_for_only_when_its_fact_is_known():
    """
    The owner's consent is needed only from an applicant who is not the owner.
    """
    papers = [paper for paper in everything("fit-out") if paper[1] != "业主同意书"]

    assert [] == checklists.missing("fit-out", papers)
    assert ["业主同意书"] == names(checklists.missing("fit-out", papers, facts={"not_owner"}))


@pytest.mark.parametrize(
    "written",
    ["《装修申请表》", " 装修 申请表 ", "装修申请表（补交）", "装修申请表(2)", "Fit-out application"],
)
def test_req_R107_the_spelling_of_a_document_type_does_not_matter(written):
    """
    Brackets, spaces, width and remarks are looked through.
    """
    assert "装修申请表" not in names(checklists.missing("fit-out", [("ZX·01", written)]))


@pytest.mark.parametrize(
    "paper", [("ZX·03", "装修申请表"), ("ZX·01", "装修申请"[:3]), ("ZX·01", "装修申请表目录"), ("ZX·01", "")]
)
def test_a_paper_of_another_class_or_name_does_not_count(paper):
    """
    Witness: a part of the name, or the right name in the wrong class, fills no gap.
    """
    assert "装修申请表" in names(checklists.missing("fit-out", [paper]))


def test_a_contract_of_any_sort_is_the_signed_original_but_an_amendment_is_not():
    """
    Endings: 「清洁服务合同」 is the contract, 「补充协议」 is not.
    """
    assert "合同正本" not in names(checklists.missing("contract", [("HT·03", "清洁服务合同")]))
    assert "合同正本" in names(checklists.missing("contract", [("HT·03", "补充协议")]))
    assert "合同正本" in names(checklists.missing("contract", [("HT·07", "清洁服务合同")]))


def test_the_checklists_speak_of_classes_that_exist_in_both_languages():
    """
    Every line stands in known classes and has a Chinese and an English name.
    """
    codes = {rule.code for rule in scheme.load().classes}
    lines = [wanted for dossier in KNOWN.dossiers for wanted in dossier.wanted]

    assert all(set(wanted.classes) <= codes for wanted in lines)
    assert all(
        wanted.name(Language.ZH) == wanted.zh and wanted.name(Language.EN).isascii() for wanted in lines
    )
    assert {f"ZX·{n:02}" for n in range(1, 8)} == {c for w in KNOWN.of("fit-out").wanted for c in w.classes}
    assert set(KNOWN.facts) == {wanted.when for wanted in lines} - {""}


@pytest.mark.parametrize(
    "change",
    [
        {"when": "rain"},
        {"classes": []},
        {"colour": "red"},
        {"aliases": ["装修委托书"]},
        {"stage": "1"},
    ],
)
def test_a_checklist_with_a_fault_is_refused(change):
    """
    Unknown fact or key, no class, a name that another paper has, a word for a number.
    """
    table = copy.deepcopy(tables.shipped("checklists.toml"))
    table["dossier"][1]["wanted"][0].update(change)

    with pytest.raises(BadValue):
        checklists.parse(table)


def test_an_unknown_kind_fact_or_part_is_refused():
    """
    A slip is refused, not read as "nothing missing".
    """
    for slip in (
        lambda: checklists.missing("tennant", []),
        lambda: checklists.missing("tenant", [], facts={"rain"}),
        lambda: checklists.parse({"dosier": []}),
        lambda: checklists.parse({"facts": {"rain": "雨"}}),
    ):
        with pytest.raises(BadValue):
            slip()
