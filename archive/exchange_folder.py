"""交换文件夹: the one folder of this machine that people who do not sit at it may take packages from and lay them into.

Named by the setting `exchange_folder`, outside the instance. Only its direct subfolders count, and no link (W7).
"""

from __future__ import annotations

import os
from pathlib import Path

from archive.config import Settings
from archive.errors import BadValue, ExchangeOff, FileMissing, InsideInstance, NotFound, TargetExists
from archive.filenames import portable, readable

#: Subfolders that are offered at most.
MOST = 500


def root(settings: Settings, home: Path) -> Path:
    """The folder itself; raises `ExchangeOff`, `FileMissing`, `InsideInstance` (the vault is handed to nobody)."""
    if not settings.exchange_folder:
        raise ExchangeOff
    path = Path(settings.exchange_folder).expanduser()
    if not path.is_absolute() or not path.is_dir():
        raise FileMissing(path=settings.exchange_folder)
    found, own = path.resolve(), home.resolve()
    if found.is_relative_to(own) or own.is_relative_to(found):
        raise InsideInstance(path=settings.exchange_folder)
    return found


def offered(settings: Settings, home: Path) -> list[str]:
    """The names of the subfolders that may be taken in, in order; none where the setting is off."""
    if not settings.exchange_folder:
        return []
    with os.scandir(root(settings, home)) as entries:
        names = [one.name for one in entries if one.is_dir(follow_symlinks=False) and _plain(one.name)]
    return sorted(names)[:MOST]


def there(settings: Settings, home: Path, name: str) -> Path:
    """The subfolder called *name*, which must be one of those offered; raises `NotFound` and as `root` does."""
    folder = root(settings, home)
    if name not in offered(settings, home):
        raise NotFound(what="folder", code=readable(name)[:80] or "—")
    return folder / name


def fresh(settings: Settings, home: Path, name: str) -> Path:
    """Where a new subfolder called *name* goes; raises `BadValue` for what is no plain name, `TargetExists`, as `root` does."""
    folder = root(settings, home)
    if not _plain(name):
        raise BadValue(field="folder", value=readable(name)[:80] or "—", expected=portable(name[:100]))
    target = folder / name
    if os.path.lexists(target):
        raise TargetExists(path=name)
    return target


def _plain(name: str) -> bool:
    """True for a name that is one step and the same on every system: no way out, nothing hidden."""
    return name == portable(name) and name not in {".", ".."} and not name.startswith((".", "_."))
