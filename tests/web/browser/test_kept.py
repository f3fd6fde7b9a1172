"""What was typed outlives the log-in it was typed under."""

from __future__ import annotations

import pytest

from tests.conftest import PASSWORD
from tests.web.browser.conftest import Visit
from tests.web.browser.test_days import settled

pytestmark = pytest.mark.slow


def test_rel_W5_a_form_whose_log_in_has_ended_is_kept_and_sent_after_the_next(visit: Visit):
    """Half a form, a long lunch: the page stays as it is, one logs in beside it, and sends it with what was typed."""
    page = visit.as_("clerk")
    page.clock.install()
    page.goto("/catalogue/new?class_code=FW%C2%B701&year=2025&department=KF")
    for name, text in {"title": "写到一半", "dated": "2025-03-02", "pages": "1"}.items():
        page.fill(f"[name={name}]", text)
    away = visit.office.instance.settings.idle_minutes + 1
    page.clock.fast_forward(away * 60_000)
    visit.office.tick(minutes=away)

    with page.context.expect_page() as beside:
        page.locator("button[name=then][value=show]").click()
    assert "写到一半" == page.input_value("[name=title]")
    door = beside.value
    door.fill("[name=account]", "clerk")
    door.fill("[name=password]", PASSWORD)
    door.press("[name=password]", "Enter")
    door.wait_for_url(lambda url: "/login" not in url)

    page.locator("button[name=then][value=show]").click()
    page.wait_for_url("**/records/**")
    settled(page)
    assert "写到一半" in page.inner_text("main")


def test_rel_W5_witness_a_page_that_does_not_ask_loses_what_was_typed(visit: Visit):
    """The same lunch where the question gets no answer: the form goes to the log-in and is gone."""
    page = visit.as_("clerk")
    page.clock.install()
    page.route("**/account/here", lambda route: route.abort())
    page.goto("/catalogue/new?class_code=FW%C2%B701&year=2025&department=KF")
    for name, text in {"title": "写到一半", "dated": "2025-03-02", "pages": "1"}.items():
        page.fill(f"[name={name}]", text)
    away = visit.office.instance.settings.idle_minutes + 1
    page.clock.fast_forward(away * 60_000)
    visit.office.tick(minutes=away)
    page.locator("button[name=then][value=show]").click()

    page.wait_for_url("**/login**")
