"""The epoch slip: the half of the recovery kit that opens key packs, on paper (decision 12)."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.errors import RecoveryMistyped, SlipMistyped
from archive.keys import Keyring
from archive.sealing import KEY_BYTES
from archive.slots import off_paper, on_paper

#: One group for the number of the epoch, thirteen for its secret. The check letters count on from those of a
#: recovery key, so that neither is ever taken for the other.
GROUPS, FIRST = 14, 13
_SECRET_BITS = 260


@dataclass(frozen=True, slots=True)
class Slip:
    """What a slip says: the number of an epoch and its secret (32 bytes)."""

    epoch: int
    secret: bytes = field(repr=False)

    def text(self) -> str:
        """As it is printed: fourteen groups of four letters and a check letter."""
        number = self.epoch << _SECRET_BITS | int.from_bytes(self.secret, "big") << 4
        return on_paper(number, GROUPS, first=FIRST)


def read_slip(text: str) -> Slip:
    """The slip as somebody typed it; raises `SlipMistyped` naming the first wrong group."""
    try:
        number = off_paper(text, GROUPS, first=FIRST)
    except RecoveryMistyped as slip:
        raise SlipMistyped(**slip.facts) from None
    if number & 15:
        raise SlipMistyped(group=GROUPS, groups=GROUPS)
    secret = (number & (1 << _SECRET_BITS) - 1) >> 4
    return Slip(number >> _SECRET_BITS, secret.to_bytes(KEY_BYTES, "big"))


def current_slip(keys: Keyring) -> Slip:
    """The slip of the current epoch."""
    epoch = keys.pack_epoch()
    return Slip(epoch, keys.pack_secret(epoch))
