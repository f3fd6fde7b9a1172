"""Keys, slots, the secrets of files, and the slips of key epochs."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError


class NoKey(ArchiveError):
    """No key at hand to open the instance. Facts: path."""

    code = "no-key"
    exit = 6
    http = 503


class WrongKey(ArchiveError):
    """The passphrase, key file or recovery key opens no slot. Facts: kind."""

    code = "wrong-key"
    exit = 6
    http = 503


class KeyFileUnsafe(ArchiveError):
    """A key file inside the instance, or readable by others. Facts: path, why."""

    code = "key-file-unsafe"
    exit = 6
    http = 503


class KeyGone(ArchiveError):
    """The key of this record was destroyed, or never existed. Facts: uid."""

    code = "key-gone"
    exit = 6
    http = 410


class KeyTaken(ArchiveError):
    """A record that is to get its first key has one already. Facts: uid."""

    code = "key-taken"


class LastSlot(ArchiveError):
    """One everyday slot and the recovery slot must stay. Facts: kind."""

    code = "last-slot"
    exit = 6


class SlotUnsafe(ArchiveError):
    """A slot whose stretching is below the floor or above the ceiling. Facts: field, value, least, most."""

    code = "slot-unsafe"
    exit = 6
    http = 503


class RecoveryMistyped(ArchiveError):
    """A recovery key with a typing slip, found by its check letters. Facts: group, groups."""

    code = "recovery-mistyped"
    exit = 6
    http = 422


class SecretFileUnsafe(ArchiveError):
    """A file with a password or token inside the instance, readable by others, or empty. Facts: path, why."""

    code = "secret-file-unsafe"
    exit = 6
    http = 503


class EpochGone(ArchiveError):
    """The secret of an epoch was erased: packs sealed under it open for nobody (K3). Facts: epoch."""

    code = "epoch-gone"
    exit = 6


class WrongSlip(ArchiveError):
    """The slip is of another epoch, or of another instance. Facts: given, wanted (numbers of epochs)."""

    code = "wrong-slip"
    exit = 6
    http = 422


class SlipMistyped(ArchiveError):
    """An epoch slip with a typing slip, found by its check letters. Facts: group, groups."""

    code = "slip-mistyped"
    exit = 6
    http = 422
