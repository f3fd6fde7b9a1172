"""向外移交: the lists, one list with its lines, its package into the exchange folder, the receipt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from archive import exchange_folder
from archive.acts import Act
from archive.errors import ArchiveError, ExchangeOff, FileMissing, TargetExists
from archive.lives import TRANSFER
from archive.statuses import TransferState
from archive.words import say
from retention.transferring import packing, transfer_book
from web import sittings
from web.asking import archive, asking, language, may

bp = Blueprint("transferring", __name__, url_prefix="/retention/transfers")

#: What is offered on a list by a verb, in this order, with the verb; packing has a page of its own.
OFFERED = {
    Act.TRANSFER_APPROVE: ("transfer", "approve"),
    Act.TRANSFER_SIGN: ("transfer", "sign"),
    Act.TRANSFER_WITHDRAW: ("transfer", "withdraw"),
}
#: A list is packed again at most so often.
AGAIN = 100
#: Lists on which nothing is left to do.
OVER = (TransferState.SIGNED, TransferState.WITHDRAWN)


@bp.get("")
def rows() -> str:
    """Every list of which this person may see a record."""
    with asking(Act.TRANSFER_SEE) as unit:
        found = transfer_book.rows(unit)[::-1]
    under_way = [one for one in found if one.state not in OVER]
    return render_template(
        "transferring/list.html", open=under_way, over=[one for one in found if one.state in OVER]
    )


@bp.get("/<number>")
def one(number: str) -> str:
    """One list: its lines, what is next, what the receiver signed; raises `NotFound`."""
    return _page(number)


@bp.get("/<number>/verify")
def verify(number: str) -> Any:
    """Check the package that lies under the list's name in the exchange folder; raises `NotFound`."""
    try:
        with asking(Act.TRANSFER_SEE) as unit:
            known = transfer_book.one(unit, number).number
            folder = exchange_folder.there(
                archive().settings, archive().home, request.args.get("folder") or known
            )
            found = transfer_book.verify(unit, folder)
    except (ExchangeOff, FileMissing) as error:
        return _page(number, error.message(language())), error.http
    return render_template("transferring/verify.html", number=known, folder=folder.name, found=found)


def _page(number: str, told: str = "") -> str:
    with asking(Act.TRANSFER_SEE) as unit:
        row = transfer_book.one(unit, number)
        lines = transfer_book.show(unit, number)
    left_open = TRANSFER.open_to(row.state)
    return render_template(
        "transferring/one.html", row=row, lines=lines, told=told, exchange=bool(archive().settings.exchange_folder),
        acts={act: verb for act, verb in OFFERED.items() if act in left_open and may(act)},
        packing=Act.TRANSFER_PACK in left_open and may(Act.TRANSFER_PACK),
        pulling=Act.TRANSFER_PULL in left_open and may(Act.TRANSFER_PULL),
    )  # fmt: skip


@bp.post("/<number>/pack")
def pack(number: str) -> Any:
    """Make the package: a new folder of the list's own name, and nothing else, in the exchange folder."""
    try:
        made = packing.pack(archive(), sittings.who(), number, _target(number))
    except ArchiveError as error:
        if sittings.leads_away(error) or error.http == 404:
            raise
        return _page(number, error.message(language())), error.http
    told = {"records": made.records, "files": made.files, "folder": made.folder.name}
    flash(say("web.transferring.packed", language(), **told), "done")
    return redirect(url_for("transferring.one", number=number), 303)


def _target(number: str) -> Path:
    """A free name directly in the exchange folder; raises `ExchangeOff`, `TargetExists`, `NotFound` for no list."""
    with asking(Act.TRANSFER_SEE) as unit:
        known = transfer_book.one(unit, number).number
    settings, home = archive().settings, archive().home
    for nth in range(1, AGAIN):
        try:
            return exchange_folder.fresh(settings, home, known if nth == 1 else f"{known}-{nth}")
        except TargetExists:
            continue
    return exchange_folder.fresh(settings, home, known)
