"""Backup sets: what is copied, the small pack with the keys, and what becomes of it after a destruction (ADR 0018)."""

from archive.backups.making import create
from archive.backups.pack import open_pack
from archive.backups.restoring import restore
from archive.backups.rewriting import Refreshed, catch_up, close_pending, refresh, rekey
from archive.backups.sets import forget, listing, undone
from archive.backups.slip import Slip, current_slip, read_slip

__all__ = [
    "Refreshed",
    "Slip",
    "catch_up",
    "close_pending",
    "create",
    "current_slip",
    "forget",
    "listing",
    "open_pack",
    "read_slip",
    "refresh",
    "rekey",
    "restore",
    "undone",
]
