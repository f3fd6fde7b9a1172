"""Whatever a program sends that the document allows, or that it forbids: no 500, and every answer is as the document says."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests import make
from tests.web.conftest import Site, site_of
from tests.web.program import token_of
from web import jobs

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed (make test-full)")
openapi = pytest.importorskip("schemathesis.specs.openapi.checks")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

#: Cases of each verb that the document allows, and that it forbids.
ALLOWED, FORBIDDEN = 3, 2
#: Names under which a program would give what really is there.
KNOWN = {
    "account": "clerk", "to": "staff", "by": "archivist", "borrower": "staff", "department": "KF", "class_code": "ZX·02",
    "place": "R1-C2", "inside": "R1", "premises": "A1203", "party": "P001", "dossier": "A1203-2025-1", "purpose": "核对图纸",
    "reason": "核查", "days": 3, "limit": 5, "year": 2025, "items": 2, "pages": 4,
}  # fmt: skip


@pytest.mark.parametrize("account", ["clerk", "archivist", "gm", "admin"])
def test_req_R39_no_request_of_a_program_ends_in_a_defect(office, account):
    """Each verb a few times, with real codes in every other; defects are told as traces here, so none stays unseen."""
    site = site_of(office)
    known = KNOWN | {"code": make.volume(office, "ZX·02", 2, held=True)}
    headers = {"Authorization": f"Bearer {token_of(site, account)}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", site.app)
    operations = [found.ok() for found in schema.get_all_operations()]
    tried = Tried(headers, known, site)

    for operation in operations:
        tried.verb(operation, "positive", ALLOWED)
        if operation.query or operation.body:
            tried.verb(operation, "negative", FORBIDDEN)

    assert len(operations) > 280
    assert tried.wrong == []
    assert {200, 404, 422} <= set(tried.told)


@dataclass
class Tried:
    """What was asked with a token, what it was answered, and what was wrong with that."""

    headers: dict[str, str]
    known: dict[str, Any]
    site: Site
    told: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def verb(self, operation: Any, mode: str, most: int) -> None:
        """Ask *operation* so often."""
        number = itertools.count()

        @settings(
            max_examples=most, database=None, deadline=None, phases=[Phase.generate], derandomize=True,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
        def ask(case: Any) -> None:
            if mode == "positive" and next(number) % 2:
                _real(case, self.known)
            forged = "authorization" in {name.lower() for name in case.headers}
            self._asked(operation, case, refused=mode == "negative" and not forged)

        ask()

    def _asked(self, operation: Any, case: Any, *, refused: bool) -> None:
        said = f"{operation.label} {case.query or ''} {case.body if isinstance(case.body, dict) else ''}"[
            :400
        ]
        try:
            answer = case.call(headers=self.headers)
            jobs.of(self.site.app).ended(60)  # what takes long goes on beside the requests
            self.told.append(answer.status_code)
            case.validate_response(answer, checks=CHECKS)
        except (Exception, BaseExceptionGroup) as defect:  # told with all others
            self.wrong.append(f"{said}: {type(defect).__name__} {str(defect)[:600]}")
            return
        if refused and answer.status_code < 400:
            self.wrong.append(f"{said}: taken, though the document forbids it")


CHECKS = [
    schemathesis.checks.not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_schema_conformance,
]


def _real(case: Any, known: dict[str, Any]) -> None:
    """Put what is there where the case has made something up."""
    for given_ in (case.body, case.query):
        if isinstance(given_, dict):
            given_ |= {
                name: known[name] for name in given_ if name in known and not isinstance(given_[name], list)
            }


def test_req_R39_witness_a_defect_and_an_answer_beside_the_document_are_seen(office, monkeypatch):
    """Were a verb to answer what its document does not tell, the same check says so."""
    site: Site = site_of(office)
    headers = {"Authorization": f"Bearer {token_of(site, 'clerk', 'read')}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", site.app)
    operation = schema["/whoami"]["GET"]
    sound, unsound = Tried(headers, {}, site), Tried(headers, {}, site)
    sound.verb(operation, "positive", 1)
    monkeypatch.setitem(site.app.view_functions, "api.looked", lambda **_: ({"data": "a text"}, 200))
    unsound.verb(operation, "positive", 1)

    assert [sound.told, sound.wrong] == [[200], []]
    assert len(unsound.wrong) == 1
