"""Every form that a crawl met, sent empty and filled with nonsense, as the person who met it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from typing import Any
from urllib.parse import urljoin, urlsplit

from werkzeug.test import TestResponse

from archive import policy
from tests.web.browser.markup import Page, faults, page_of, sends
from tests.web.conftest import Site, Visitor

#: What people, programs and accidents put into fields.
NONSENSE = (
    "长" * 5_000, "2026-02-30", "-1", "<script>window.pressed = 1</script>", "a\x00b", "9" * 40,
    "\"><img src=x onerror='window.pressed=1'>", "'; DROP TABLE item; --", "../../etc/passwd", "\u202e\ufffe\u200b",
    "1e999", "{{ 7 * 7 }}${7*7}%s%n", "javascript:alert(1)", "K001-XX·2026·D10-0001", "  ", "0", "true", "😀" * 300,
)  # fmt: skip
#: What ends the log-in that presses, or that of others.
PASSED_OVER = ("/logout", "/account/sessions")


@dataclass(frozen=True)
class Form:
    """A form as it stood on a page: where it goes, its fields with what stood in them, and where it was met."""

    action: str
    fields: tuple[tuple[str, str, str], ...]
    files: bool
    met: str

    @property
    def kind(self) -> str:
        """The same for forms that ask the same of the same act."""
        parts = urlsplit(self.action).path.split("/")
        steady = [part for part in parts if part.isascii() and part.isalpha()]
        return f"{'/'.join(steady)} {' '.join(sorted({name for _, name, _ in self.fields}))}"


def forms(page: Page, here: str) -> Iterator[Form]:
    """Every form of *page* that changes something, once more for each button that sends it elsewhere."""
    for one in page.elements:
        posts = (one.get("method") or "get").lower() == "post" or one.get("hx-post")
        if one.tag != "form" or not posts or not sends(one):
            continue
        inner = [each for each in one.iter() if isinstance(each.tag, str)]
        fields = tuple(field for each in inner if (field := _field(each)) is not None)
        targets = {one.get("hx-post") or one.get("action") or here} | {
            each.get("formaction") for each in inner if each.get("formaction")
        }
        for target in sorted(targets):
            whole = urljoin(f"http://localhost{here}", target)
            yield Form(
                whole.removeprefix("http://localhost"),
                fields,
                "multipart" in (one.get("enctype") or ""),
                here,
            )


def _field(element: Any) -> tuple[str, str, str] | None:
    """Kind, name and value of a field; None for what is none."""
    name = element.get("name")
    if not name or element.tag not in {"input", "select", "textarea", "button"}:
        return None
    if element.tag == "select":
        chosen = [
            one.get("value", "")
            for one in element.iter()
            if one.tag == "option" and one.get("selected") is not None
        ]
        return "select", name, chosen[0] if chosen else ""
    if element.tag == "textarea":
        return "text", name, "".join(element.itertext())
    return (
        element.get("type") or ("submit" if element.tag == "button" else "text"),
        name,
        element.get("value") or "",
    )


@dataclass
class Pressed:
    """What came of pressing: how many forms and answers, and what was wrong."""

    forms: int = 0
    answers: int = 0
    wrong: tuple[str, ...] = ()


def pressed(site: Site, account: str, met: Mapping[str, Form], tries: int = 3) -> Pressed:
    """Send each of the forms that *account* met: empty, with the token of somebody else, and *tries* times nonsense."""
    visitor, told = site.visitor(account), Pressed()
    stranger, turn = site.nobody().token(), count(sum(map(ord, account)))
    for form in met.values():
        if form.action.startswith(PASSED_OVER):
            continue
        told.forms += 1
        wrong = [] if _allowed(site, account, form) else ["the post may not do this"]
        wrong += [] if "csrf_token" in {name for _, name, _ in form.fields} else ["no token"]
        if _sent(visitor, form, _empty(form), token=stranger).status_code != 403:
            wrong.append("takes the token of another visit")
        for values in (_empty(form), *(_nonsense(form, next(turn), whole=nth == 0) for nth in range(tries))):
            answer = _sent(visitor, form, values)
            told.answers += 1
            wrong += [f"{slip} — {_short(values)}" for slip in slips(visitor, answer)]
        told.wrong += tuple(f"{form.action} (on {form.met}): {slip}" for slip in wrong)
    return told


def _allowed(site: Site, account: str, form: Form) -> bool:
    """Whether the post may do what a form of a verb does."""
    where = urlsplit(form.action).path.removeprefix("/do/").split("/")
    wanted = site.app.extensions["anjuan"].verbs.get(tuple(where))
    if not form.action.startswith("/do/") or wanted is None or not wanted.acts:
        return True
    with site.office.ask(account) as unit:
        return policy.refusal(unit.actor, wanted.acts[0]) is None


def _empty(form: Form) -> dict[str, str]:
    """What is sent where nothing was filled in; what the page itself put in stays."""
    return {
        name: value if kind == "hidden" else "" for kind, name, value in form.fields if kind not in _UNSENT
    }


#: Kinds of fields that send nothing unless they were touched.
_UNSENT = frozenset({"submit", "button", "checkbox", "radio", "file", "image"})


def _nonsense(form: Form, turn: int, *, whole: bool) -> dict[str, str]:
    """Nonsense in every field, or in one and what stood in the others; what asks to be typed again never gets it."""
    names = [name for _, name, _ in form.fields if name not in {"csrf_token", "back"}]
    if whole or "confirm" in names or not names:
        return {name: NONSENSE[(turn + nth) % len(NONSENSE)] for nth, name in enumerate(names)}
    usual = {name: value for kind, name, value in form.fields if kind not in {"file", "image"}}
    return usual | {names[turn % len(names)]: NONSENSE[turn % len(NONSENSE)]}


def _sent(visitor: Visitor, form: Form, values: Mapping[str, str], token: str = "") -> TestResponse:
    given: dict[str, Any] = {"csrf_token": token or visitor.token()}
    given |= {name: text for name, text in values.items() if name != "csrf_token"}
    for kind, name, _ in form.fields:
        if kind == "file" and form.files:
            given[name] = (BytesIO(b"%PDF-\x00 nothing"), "../<b>x\u202efdp.pdf")
    kind = "multipart/form-data" if form.files else "application/x-www-form-urlencoded"
    return visitor.client.post(form.action, data=given, content_type=kind, buffered=True)


def slips(visitor: Visitor, answer: TestResponse) -> list[str]:
    """What is wrong with the answer to a form: no page with a sentence, a script in it, a page that fell over."""
    for _ in range(3):
        if answer.status_code in {301, 302, 303}:
            if urlsplit(answer.location).path == "/login":
                return ["leads to the log-in"]
            answer = visitor.client.get(answer.location, buffered=True)
    if answer.status_code == 500 or 300 <= answer.status_code < 400:
        return [str(answer.status_code)]
    if answer.status_code == 200 or answer.mimetype != "text/html":
        return _executes(answer)
    page = page_of(answer.get_data(as_text=True))
    told = [] if sentence(page) else [f"{answer.status_code} without a sentence"]
    return told + _executes(answer) + (["offered, and refused"] if _turned_away(answer, page) else [])


def _turned_away(answer: TestResponse, page: Page) -> bool:
    """True for a refusal of the post: not the form again, with a wrong password said beside its field."""
    return answer.status_code == 403 and any(one.get("class") == "fault" for one in page.elements)


def _executes(answer: TestResponse) -> list[str]:
    """What is wrong with the page, leaving out that it repeats a letter there is none of."""
    if answer.mimetype != "text/html":
        return []
    found = faults(page_of(answer.get_data(as_text=True)))
    return [one for one in found if "invalid-codepoint" not in one]


#: What a sentence of refusal stands in.
TOLD = frozenset({"note-bad", "flash-error", "invalid-feedback", "ask-error", "cell-error", "alert-danger"})


def sentence(page: Page) -> str:
    """What the page tells of why it was not done."""
    found = (
        one
        for one in page.elements
        if TOLD & set((one.get("class") or "").split()) or one.get("role") == "alert"
    )
    return " ".join(" ".join("".join(one.itertext()) for one in found).split())


def _short(values: Mapping[str, str]) -> str:
    return ", ".join(
        f"{name}={value[:30]!r}" for name, value in values.items() if value and name != "csrf_token"
    )[:200]
