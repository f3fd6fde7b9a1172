"""What may be done to a record, as buttons: the acts its life cycle and the policy leave open, each with its page or form.

Nothing is decided here: the acts come from `archive.views`, this table only knows where each is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, urlencode

from archive.acts import Act


@dataclass(frozen=True, slots=True)
class Offer:
    """One button: what it says is the name of the act; a *dialog* opens over the page."""

    act: Act
    href: str
    icon: str
    dialog: bool = True


#: The form of each act, what the record is called there, and its icon.
FORMS: Mapping[Act, tuple[str, str, str]] = {
    Act.VOLUME_CLOSE: ("volume/close", "code", "folder-check"),
    Act.VOLUME_LEVEL: ("volume/level", "code", "shield-lock"),
    Act.VOLUME_MOVE: ("volume/move", "code", "map-pin"),
    Act.ITEM_MOVE: ("item/move", "code", "arrow-right"),
    Act.HANDOVER_DRAFT: ("handover/draft", "codes", "transfer"),
    Act.HANDOVER_SIGN: ("handover/accept", "codes", "signature"),
    Act.READING_BEGIN: ("reading/begin", "code", "book"),
    Act.COPY_MAKE: ("copy/make", "code", "copy"),
    Act.REPAIR_ORDER: ("repair/order", "code", "tool"),
    Act.SEAL_CLOSE: ("seal/close", "codes", "lock"),
    Act.SEAL_OPEN: ("seal/open", "code", "lock-open"),
    Act.TRIGGER_RECORD: ("trigger/record", "code", "calendar-event"),
    Act.REQUEST_ASK: ("request/ask", "codes", "send"),
    Act.INCIDENT_REPORT: ("incident/report", "code", "alert-triangle"),
    Act.HOLD_PLACE: ("hold/place", "codes", "hand-stop"),
    Act.VALIDITY_SET: ("validity/set", "code", "certificate"),
    Act.SECRECY_SET: ("secrecy/set", "codes", "shield"),
}
#: Acts with a page of their own: an address with a hole for the code, and an icon.
PAGES: Mapping[Act, tuple[str, str]] = {
    Act.VOLUME_EDIT: ("/records/{code}/edit", "pencil"),
    Act.ITEM_EDIT: ("/records/{code}/edit", "pencil"),
    Act.ITEM_FILE: ("/catalogue/new?volume={code}", "file-plus"),
    Act.ITEM_ATTACH: ("/records/{code}#upload", "upload"),
    Act.LOAN_LEND: ("/counter?code={code}", "arrows-exchange"),  # counted and signed there by two (R39)
    Act.LOAN_RETURN: ("/counter?code={code}", "arrow-back-up"),
}
#: Every act that has a place here: what a list of records asks the archive about.
ACTS = frozenset(FORMS) | frozenset(PAGES)
#: What a day's work asks for first; the others stand below "more".
FIRST = (
    Act.LOAN_LEND, Act.LOAN_RETURN, Act.ITEM_FILE, Act.ITEM_ATTACH, Act.VOLUME_CLOSE, Act.HANDOVER_SIGN, Act.REQUEST_ASK,
    Act.VOLUME_EDIT, Act.ITEM_EDIT,
)  # fmt: skip


def offered(acts: Iterable[Act], code: str, *, back: str = "") -> list[Offer]:
    """The buttons for *acts* on the record *code*, those of every day first; an act without a place has none."""
    order = {act: number for number, act in enumerate(FIRST)}
    found = list(_offers(dict.fromkeys(acts), code, back))
    return sorted(found, key=lambda one: order.get(one.act, len(order)))


def _offers(acts: Iterable[Act], code: str, back: str) -> Iterator[Offer]:
    named, lead_back = quote_plus(code), f"&{urlencode({'back': back})}" if back else ""
    for act in acts:
        if act in PAGES:
            way, icon = PAGES[act]
            yield Offer(act, way.format(code=quote(code)), icon, dialog=False)
        elif act in FORMS:
            form, name, icon = FORMS[act]
            yield Offer(act, f"/do/{form}?{name}={named}{lead_back}", icon)
