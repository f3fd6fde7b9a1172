"""Every column of the catalogue that can name what an import makes, and what a row there means when it is taken back.

A table and nothing else; a test walks all columns, so that none added later is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from archive.exchange import MadeKind, Use

_V, _I, _D = MadeKind.VOLUME, MadeKind.ITEM, MadeKind.DOSSIER
_P, _R, _L = MadeKind.PARTY, MadeKind.PREMISES, MadeKind.LOAN
RECORDS = frozenset({_V, _I})


class Whose(Enum):
    """Whether a row counts: anybody's, or only one that the same import did not make itself."""

    ANY = "any"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Dependent:
    """A column that names things of these kinds; a row there stands in the way for this reason."""

    kinds: frozenset[MadeKind]
    use: Use
    whose: Whose = Whose.ANY


def _of(use: Use, *kinds: MadeKind, others: bool = False) -> Dependent:
    return Dependent(frozenset(kinds), use, Whose.OTHERS if others else Whose.ANY)


#: `table.column` that stands in the way.
IN_THE_WAY: Mapping[str, Dependent] = {
    # what is filed in it, or about it
    "item.volume_uid": _of(Use.CONTENTS, _V, others=True),
    "item.party_uid": _of(Use.SUBJECT, _P, others=True),
    "item.premises_uid": _of(Use.SUBJECT, _R, others=True),
    "item.dossier_uid": _of(Use.SUBJECT, _D, others=True),
    "volume.party_uid": _of(Use.SUBJECT, _P, others=True),
    "volume.dossier_uid": _of(Use.SUBJECT, _D, others=True),
    "dossier.party_uid": _of(Use.SUBJECT, _P, others=True),
    "dossier.premises_uid": _of(Use.SUBJECT, _R, others=True),
    "visitor.party_uid": _of(Use.SUBJECT, _P),
    "visitor.premises_uid": _of(Use.SUBJECT, _R),
    # files
    "component.item_uid": _of(Use.FILES, _I),
    "digital_object.item_uid": _of(Use.FILES, _I),
    "imported_file.item_uid": _of(Use.FILES, _I),
    "intake_scan.item_uid": _of(Use.FILES, _I),
    # use
    "loan.volume_uid": _of(Use.LENDING, _V, others=True),
    "loan.item_uid": _of(Use.LENDING, _I, others=True),
    "renewal.loan_uid": _of(Use.LENDING, _L),
    "notice.loan_uid": _of(Use.LENDING, _L),
    "reading.volume_uid": _of(Use.LENDING, _V),
    "reading.item_uid": _of(Use.LENDING, _I),
    "copy_order.record_uid": _of(Use.LENDING, _V, _I),
    "request_line.record_uid": _of(Use.LENDING, _V, _I),
    "access_grant.record_uid": _of(Use.LENDING, _V, _I),
    "incident.record_uid": _of(Use.LENDING, _V, _I),
    "incident.loan_uid": _of(Use.LENDING, _L),
    "signature.thing_uid": _of(Use.LENDING, _L),
    "signature.record_uid": _of(Use.LENDING, _V, _I),
    "letter_entry.item_uid": _of(Use.CUSTODY, _I),
    # custody
    "movement.record_uid": _of(Use.CUSTODY, _V, _I),
    "handover_line.record_uid": _of(Use.CUSTODY, _V, _I),
    "handover_draft_line.record_uid": _of(Use.CUSTODY, _V, _I),
    "repair.record_uid": _of(Use.CUSTODY, _V, _I),
    "seal_line.record_uid": _of(Use.CUSTODY, _V, _I),
    "stocktake_line.record_uid": _of(Use.CUSTODY, _V, _I),
    "validity_review.record_uid": _of(Use.CUSTODY, _V, _I),
    "secrecy_review.record_uid": _of(Use.CUSTODY, _V, _I),
    # retention
    "trigger_event.volume_uid": _of(Use.RETENTION, _V),
    "trigger_event.item_uid": _of(Use.RETENTION, _I),
    "trigger_event.dossier_uid": _of(Use.RETENTION, _D),
    "trigger_event.evidence_uid": _of(Use.RETENTION, _V, _I),
    "hold_target.target": _of(Use.RETENTION, _V, _I, _P, _R),
    "period_mark.record_uid": _of(Use.RETENTION, _V, _I),
    "appraisal.report_uid": _of(Use.RETENTION, _V, _I),
    "appraisal_line.record_uid": _of(Use.RETENTION, _V, _I),
    "taken_out.item_uid": _of(Use.RETENTION, _I),
    "taken_out.volume_uid": _of(Use.RETENTION, _V),
    "transfer_list.to_uid": _of(Use.SUBJECT, _P),
    "transfer_line.record_uid": _of(Use.RETENTION, _V, _I),
    "destruction_list.register_uid": _of(Use.RETENTION, _V, _I),
    "destruction_line.record_uid": _of(Use.RETENTION, _V, _I),
}

#: What names it and goes with it, or is a trace of it that stays.
NOT_IN_THE_WAY = frozenset(
    {
        "holding.item_uid",
        "outing.loan_uid",
        "outing.holding_uid",  # through loan, reading or repair of the record
        "incident_holding.holding_uid",  # through its incident
        "incident.replacement_uid",  # through its incident
        "repair.copy_uid",  # through its repair
        "item.scope_uid",  # the volume, or itself
        "volume.scope_uid",
        "event.object_uid",
        "former_card.record_uid",  # there is none at version 1
        "import_row.thing_uid",
        "index_task.record_uid",
    }
)

#: Columns that hold uids of other things: people, places, grants, lines, lists.
ELSEWHERE = frozenset(
    {
        "access_grant.line_uid",
        "copy_order.grant_uid",
        "copy_order.line_uid",
        "event.actor_uid",
        "event.at",
        "handover.draft_uid",
        "handover.witness",
        "item.place_uid",
        "loan.box_uid",
        "loan.grant_uid",
        "loan.recalled_by",
        "movement.from_uid",
        "reading.grant_uid",
        "reading.line_uid",
        "seal_line.line_uid",
        "seal_opening.line_uid",
        "stocktake_line.place_uid",
        "stocktake_line.seen_uid",
        "stocktake_line.settled_by",
        "stocktake_scan.place_uid",
        "stocktake_scan.scanned_by",
        "volume.place_uid",
    }
)
