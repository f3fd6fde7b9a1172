"""Sentences written for the terminal, as pages say them."""

from __future__ import annotations

import pytest

import cli
import web  # noqa: F401
from archive.clikit.declared import walked
from archive.words import Language, sentences
from web.speech import linked

VERBS = {verb.path: verb for verb in walked(cli.root)}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("请先提出申请：anjuan request ask。", '请先提出申请：<a href="/do/request/ask">「提出申请」</a>。'),
        ("用 anjuan backup verify 查明。", "用 「核验备份套」 查明。"),
        ("没有命令。", "没有命令。"),
        ("anjuan nothing here", "anjuan nothing here"),
    ],
)
def test_speech_a_command_in_a_sentence_becomes_a_link_or_a_name(text, told):
    """A link where the web has the page, the name of the act where it stays at the machine."""
    assert str(linked(text, VERBS, Language.ZH)) == told


def test_speech_codes_and_options_go_into_the_link_or_away():
    """The number that follows fills the form; options of the terminal are not shown."""
    told = str(
        linked("先用 anjuan destruction begin DS2026-1 --supervisor a --supervisor b。", VERBS, Language.ZH)
    )

    assert 'href="/do/destruction/begin?number=DS2026-1"' in told
    assert "--supervisor" not in told and told.endswith("。")


def test_speech_who_may_not_reads_the_name_and_meets_no_closed_door():
    """The same sentence, read by somebody whose post the act is not."""
    told = linked("请先提出申请：anjuan request ask。", VERBS, Language.ZH, lambda _: False)

    assert str(told) == "请先提出申请：「提出申请」。"


def test_rel_W1_speech_escapes_what_was_typed():
    """A payload beside a command stays text."""
    told = str(linked("<script>x</script> anjuan request ask <b>", VERBS, Language.EN))

    assert "<script" not in told and "<b>" not in told


@pytest.mark.parametrize("language", list(Language))
def test_speech_no_sentence_of_an_error_still_names_a_command(language):
    """Every error sentence of the product, in both languages; a witness shows that the search would see one."""
    errors = {key: text for key, text in sentences(language).items() if key.startswith("error.")}
    left = [key for key, text in errors.items() if "anjuan " in str(linked(text, VERBS, language))]

    assert [] == left
    assert any("anjuan " in text for text in errors.values())
