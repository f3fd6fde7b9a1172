"""The due board, the schedule with its editor, holds, transfers, secrecy, what is kept about a person."""

from __future__ import annotations

import re

import pytest

from archive.acts import Act
from archive.values import Level
from retention import board, due
from retention.board import Heap, Narrowed
from retention.holding import catching, hold_book, placing
from retention.holding.placing import Named
from retention.scheduling import comparing, schedules
from tests import make
from tests.retention import campaigns, handing, lists, revisions
from tests.web.conftest import site_of


def text(answer) -> str:
    return answer.get_data(as_text=True)


def test_smoke(site):
    office = site.office
    campaigns.alone(office, 3)
    for who, path in (("archivist","/retention"),("archivist","/retention/secrecy"),("archivist","/retention/subject"),("archivist","/retention/subject?party=P001"),("archivist","/retention/schedule"),("archivist","/retention/schedule/compare"),("archivist","/retention/schedule/waiting"),("archivist","/retention/schedule/edit?codes=YH·04"),("archivist","/retention/appraisals"),("archivist","/retention/holds"),("archivist","/retention/holds/new?parties=P001"),("archivist","/retention/destructions"),("archivist","/retention/destructions/candidates"),("archivist","/retention/destructions/verify"),("archivist","/retention/transfers"), ("archivist","/retention/schedule/version/2026.1")):
        answer = site.visitor(who).get(path)
        print(path, answer.status_code)
        assert answer.status_code == 200, text(answer)[-1500:]
