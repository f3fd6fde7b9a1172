"""The life cycles of the core: volumes, items kept on their own, loans.

This module does not know who may act; `docs/lifecycles.md` shows the same tables as pictures.
"""

from __future__ import annotations

from archive.acts import Act
from archive.lifecycle import Lifecycle, Step
from archive.values import LoanState, VolumeState

_S = VolumeState

VOLUME = Lifecycle(
    "volume",
    Step(_S.OPEN, Act.ITEM_FILE, _S.OPEN, "8-1.1.2"),
    Step(_S.OPEN, Act.ITEM_MOVE, _S.OPEN, "8-1.4.3"),
    Step(_S.OPEN, Act.VOLUME_EDIT, _S.OPEN, "house"),
    Step(_S.OPEN, Act.VOLUME_LEVEL, _S.OPEN, "7-1.4"),
    Step(_S.OPEN, Act.VOLUME_MOVE, _S.OPEN, "8-1.1.2⑧"),
    Step(_S.OPEN, Act.VOLUME_CLOSE, _S.CLOSED, "8-1.1.2④"),
    Step(_S.CLOSED, Act.VOLUME_EDIT, _S.CLOSED, "house"),
    Step(_S.CLOSED, Act.VOLUME_LEVEL, _S.CLOSED, "7-1.4"),
    Step(_S.CLOSED, Act.VOLUME_MOVE, _S.CLOSED, "8-1.1.2⑧"),
    Step(_S.CLOSED, Act.HANDOVER_SIGN, _S.HELD, "8-1.1.2⑥"),
    Step(_S.HELD, Act.VOLUME_EDIT, _S.HELD, "ISO 15489-1"),
    Step(_S.HELD, Act.VOLUME_LEVEL, _S.HELD, "7-1.4"),
    Step(_S.HELD, Act.VOLUME_MOVE, _S.HELD, "8-1.1.2⑧"),
    Step(_S.HELD, Act.LOAN_LEND, _S.HELD, "8-1.2.5"),
)

#: An item of a class kept item by item goes straight from filing to acceptance (DA/T 22).
ITEM = Lifecycle(
    "item",
    Step(_S.OPEN, Act.ITEM_EDIT, _S.OPEN, "house"),
    Step(_S.OPEN, Act.ITEM_ATTACH, _S.OPEN, "AR10-13"),
    Step(_S.OPEN, Act.VOLUME_MOVE, _S.OPEN, "8-1.1.2⑧"),
    Step(_S.OPEN, Act.HANDOVER_SIGN, _S.HELD, "8-1.1.2⑥"),
    Step(_S.CLOSED, Act.ITEM_EDIT, _S.CLOSED, "house"),
    Step(_S.CLOSED, Act.ITEM_ATTACH, _S.CLOSED, "AR10-13"),
    Step(_S.HELD, Act.ITEM_EDIT, _S.HELD, "ISO 15489-1"),
    Step(_S.HELD, Act.VOLUME_MOVE, _S.HELD, "8-1.1.2⑧"),
    Step(_S.HELD, Act.LOAN_LEND, _S.HELD, "8-1.2.5"),
)

LOAN = Lifecycle(
    "loan",
    Step(LoanState.OUT, Act.LOAN_RETURN, LoanState.RETURNED, "8-1.2.5"),
)

ALL: tuple[Lifecycle[VolumeState] | Lifecycle[LoanState], ...] = (VOLUME, ITEM, LOAN)
