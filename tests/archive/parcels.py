"""What tests of packages do again and again: records with files, a package of them, packages of others, harm done."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bagit

from archive import items, objects, volumes
from archive.acts import Act
from archive.packages import exporting, importing
from archive.packages.arriving import Usual
from archive.packages.exporting import Asked, Exported
from archive.packages.importing import Arrival
from archive.values import ComponentKind
from tests import make
from tests.conftest import Office, opened

PDF = b"%PDF-1.4\nplan\n%%EOF\n"
FILES = (("平面图.pdf", PDF), ("说明.txt", "拆除一道隔墙".encode()))


def shelved(
    office: Any, class_code: str = "ZX·02", *, files: Sequence[tuple[str, bytes]] = FILES, **paper: Any
) -> str:
    """An open volume of two papers with creators, the first with *files*; its uid."""
    given = {"creator": "远大装饰公司", **paper}
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [make.paper(f"{class_code} 图纸之{n}", class_code, **given) for n in (1, 2)]
        made = items.file_matter(unit, make.matter(class_code), papers, volume_title="A1203 装修审批")
        for name, body in files:
            kind = ComponentKind.TEXT if name == files[0][0] else ComponentKind.ATTACHMENT
            objects.attach_to(unit, made[0], body, name=name, kind=kind)
        return str(made[0].volume_uid)


def exported(office: Any, folder: Path, *codes: str, by: str = "archivist", **given: Any) -> Exported:
    """A package of *codes* in the new *folder*."""
    asked = Asked(codes, folder, **{"purpose": "移交档案馆", "agency": "市档案馆", **given})
    return exporting.export(office.instance, office.who(by), asked)


def brought(
    office: Any, folder: Path, *, by: str = "archivist", dry_run: bool = False, **usual: Any
) -> Arrival:
    """The package in *folder* taken in."""
    return importing.bring(office.instance, office.who(by), folder, Usual(**usual), dry_run=dry_run)


def second(template: Path, at: Path) -> Office:
    """Another office, empty, in the folder *at*; the caller closes it."""
    shutil.copytree(template / "home", at)
    at.chmod(0o700)
    made = Office(None)  # type: ignore[arg-type]
    made.instance = opened(at, template / "key", lambda: made.now)
    return made


def catalogue(folder: Path) -> dict[str, Any]:
    """`catalogue.json` of a package."""
    return json.loads((folder / "data/metadata/catalogue.json").read_text("utf-8"))


def essence(folder: Path) -> list[dict[str, Any]]:
    """The records of a package without what belongs to one house: states, custody, reckoned days, its events."""
    house = {
        "state", "custody", "held_on", "events", "period_marks", "trigger_date", "expires_on", "review_due", "kept_from",
        "secrecy_until",
    }  # fmt: skip
    files = {"outcome", "checked_at"}
    return [
        {
            **{name: value for name, value in record.items() if name not in house},
            "files": [
                {name: value for name, value in one.items() if name not in files} for one in record["files"]
            ],
        }
        for record in catalogue(folder)["records"]
    ]


def payload(folder: Path) -> dict[str, bytes]:
    """The files of a package beside its catalogue."""
    at = folder / "data"
    return {
        path.relative_to(at).as_posix(): path.read_bytes()
        for path in at.rglob("*")
        if path.is_file() and path.relative_to(at).parts[0] != "metadata"
    }


def theirs(folder: Path, files: Mapping[str, bytes], **made: Any) -> Path:
    """A bag by the independent library of *files*."""
    for name, body in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    bagit.make_bag(
        str(folder), **{"checksums": ["sha256"], "bag_info": {"Source-Organization": "市城建档案馆"}, **made}
    )
    return folder


def resealed(folder: Path) -> Path:
    """All lists of the bag in *folder* made to fit what lies there now, as a forger would."""
    for old in folder.glob("*manifest-*.txt"):
        old.unlink()
    data = sorted(path for path in (folder / "data").rglob("*") if path.is_file())
    (folder / "manifest-sha256.txt").write_text("".join(_line(folder, path) for path in data), "utf-8")
    info = (folder / "bag-info.txt").read_text("utf-8").splitlines()
    oxum = f"Payload-Oxum: {sum(path.stat().st_size for path in data)}.{len(data)}"
    kept = [line for line in info if not line.startswith("Payload-Oxum")]
    (folder / "bag-info.txt").write_text("\n".join([*kept, oxum, ""]), "utf-8")
    tags = sorted(path for path in folder.iterdir() if path.is_file())
    (folder / "tagmanifest-sha256.txt").write_text("".join(_line(folder, path) for path in tags), "utf-8")
    return folder


def _line(folder: Path, path: Path) -> str:
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"


def rewritten(folder: Path, change: Any) -> Path:
    """The catalogue of a package changed by *change*, and everything made to fit."""
    told = catalogue(folder)
    change(told)
    (folder / "data/metadata/catalogue.json").write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    return resealed(folder)


def closed(office: Any, uid: str) -> None:
    """Close a volume."""
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, uid)
