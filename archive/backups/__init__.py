"""Backup sets: what is copied, the small pack with the keys, and what becomes of it after a destruction (ADR 0018)."""

from archive.backups.checking import QUICK, WHOLE, Checked, SetFault, Share, daily, share, verify
from archive.backups.drilling import Drilled, drill
from archive.backups.making import MadeSet, create
from archive.backups.mending import Mended, repair
from archive.backups.pack import open_pack
from archive.backups.restoring import Kit, Restored, restore
from archive.backups.rewriting import Refreshed, catch_up, close_pending, refresh, rekey
from archive.backups.sets import forget, listing, undone
from archive.backups.slip import Slip, current_slip, read_slip

__all__ = [
    "QUICK", "WHOLE", "Checked", "Drilled", "Kit", "MadeSet", "Mended", "Refreshed", "Restored", "SetFault", "Share", "Slip",
    "catch_up", "close_pending", "create", "current_slip", "daily", "drill", "forget", "listing", "open_pack",
    "read_slip", "refresh", "rekey", "repair", "restore", "share", "undone", "verify",
]  # fmt: skip
