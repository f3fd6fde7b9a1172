"""Golden pictures of the papers of use, custody and letters: looked at by eye once, compared ever after."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from archive.forms import kinds, pdf
from tests.archive.full_office import Full
from tests.archive.pictures import SHARE, difference, picture, same_picture

CODES = [kind.code for kind in kinds.USE]


def printed(full: Full, code: str, **given) -> bytes:
    """A paper of the populated office; the fingerprint at its foot, of keys made anew each time, is held still."""
    form = full.form(kinds.named(kinds.USE, code), **given)
    out = io.BytesIO()
    pdf.write_pdf(
        replace(form, foot="审计日志 231:0000-0000-0000-0000-0000（2026-03-26）" if form.foot else ""), out
    )
    return out.getvalue()


@pytest.mark.parametrize("code", CODES)
def test_issue_6_papers_of_use_look_like_the_pictures_that_were_looked_at(full, code):
    """The first page of each paper against its golden picture."""
    same_picture(printed(full, code), f"use-{code}")


def test_witness_another_line_is_another_picture(full):
    """A register with one line less does not pass for the golden one."""
    whole, less = printed(full, "f25"), printed(full, "f25", since=full.office.now.date().replace(day=9))

    assert difference(picture(whole), picture(less)) > SHARE
