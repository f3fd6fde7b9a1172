"""What the spring of the populated office lacks: a letter, a file, a hold, a count under way, lists and scans brought in.

Each happening says on which pages its traces stand, for a crawl to begin there as well.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

from PIL import Image

from archive import objects, registering
from archive.acts import Act
from archive.circulation import readings
from archive.custody import stocktake
from archive.entrance import Direction
from archive.forms import starting
from archive.forms.kinds import ALL, named
from archive.registering import Home, Letter
from archive.statuses import RequestKind, StocktakeKind
from archive.words import Language
from retention.destroying import execution
from retention.holding import placing
from tests import make
from tests.archive.full_office import Full, let
from tests.archive.sheet_samples import xlsx
from tests.archive.test_imports_commands import VOLUMES
from tests.conftest import Office
from tests.retention import campaigns, handing, lists
from tests.web.conftest import Site, Visitor

FORM = "multipart/form-data"

#: Who begins where, beside the front page.
Starts = list[tuple[str, str]]


def more(site: Site, folder: Path) -> Starts:
    """Let it all happen; the pages to begin at, each with whose it is."""
    office = site.office
    exchange, sets = folder / "exchange", folder / "sets"
    exchange.mkdir()
    office.instance.settings = dataclasses.replace(
        office.instance.settings, exchange_folder=str(exchange), backup_folder=str(sets)
    )
    starts: Starts = []
    for step in (
        _written,
        _read,
        _looked_into,
        _held,
        _listed,
        _scanned,
        _packed,
        _handed,
        _judged,
        _laid_out,
        _backed_up,
    ):
        starts += step(site)
    return starts + list(_let_go(office)) + list(_counted(office))


def _written(site: Site) -> Iterator[tuple[str, str]]:
    with site.office.work("clerk", Act.LETTER_REGISTER) as unit:
        told = {"title": "关于检修停电的函", "correspondent": "东城供电局", "document_no": "供函〔2026〕12号"}
        registering.register(unit, Letter(Direction.IN, **told), Home())
    yield "clerk", "/letters"


def picture(kind: str = "JPEG", colour: str = "white") -> bytes:
    """A sheet of paper as a scanner sees it."""
    out = BytesIO()
    Image.new("RGB", (300, 200), colour).save(out, kind)
    return out.getvalue()


def _read(site: Site) -> Iterator[tuple[str, str]]:
    """A paper with a file, which the archivist has said what for he reads."""
    (uid,) = make.filed(site.office, "FW·01", 1)
    with site.office.work("archivist", Act.ITEM_ATTACH) as unit:
        objects.attach(unit, uid, picture("PDF"), name="巡查表.pdf")
        code = unit.item(uid).reference_code
    page = f"/records/{quote(str(code))}"
    site.visitor("archivist").post(f"{page}/files/1", {"purpose": "核对"})
    yield "archivist", page


def _looked_into(site: Site) -> Iterator[tuple[str, str]]:
    """Somebody reads on site."""
    uid = make.volume(site.office, "FW·01", 1, held=True, year=2017)
    let(Full(site.office, {"papers": uid}), RequestKind.READ, "papers", for_="staff")
    with site.office.work("archivist", Act.READING_BEGIN) as unit:
        readings.begin(unit, uid, reader="staff", place="R1", purpose="核对")
    yield "archivist", "/counter/reading"


def _held(site: Site) -> Iterator[tuple[str, str]]:
    uid = make.volume(site.office, "FW·01", 1, held=True, year=2016)
    with site.office.work("archivist", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="诉讼", records=[uid])
    yield "archivist", "/retention/holds"


def _listed(site: Site) -> Iterator[tuple[str, str]]:
    """One list entered, another one sent and tried only."""
    archivist = site.visitor("archivist")
    for deed in ("import", "check"):
        file = (BytesIO(xlsx({"目录": VOLUMES})), "案卷目录.xlsx")
        held = archivist.post("/lists/open", {"file": file}, content_type=FORM).location
        archivist.post(f"{held}/read", {"class_code": "FW·01", "department": "KF", "year": "2024"})
        archivist.post(f"{held}/{deed}", {"partly": "1"})
    yield "archivist", "/lists"


def _scanned(site: Site) -> Iterator[tuple[str, str]]:
    files = {"file": (BytesIO(picture(colour="red")), "无名.jpg"), "way": "NAME"}
    site.visitor("archivist").post("/intake/scans", files, content_type=FORM)
    yield "archivist", "/intake"


def _packed(site: Site) -> Iterator[tuple[str, str]]:
    uid = make.volume(site.office, "FW·01", 1, year=2024)
    with site.office.ask("archivist") as unit:
        code = unit.volume(uid).reference_code
    asked = {"codes": code, "target": "移交 2026", "purpose": "移交"}
    site.visitor("archivist").post("/packages/export", asked)
    yield "archivist", "/packages"


def _handed(site: Site) -> Iterator[tuple[str, str]]:
    number = handing.approved(site.office, handing.roll(site.office, year=2023))
    site.visitor("archivist").post(f"/retention/transfers/{number}/pack")
    yield "archivist", f"/retention/transfers/{number}"


def _judged(site: Site) -> Iterator[tuple[str, str]]:
    """An appraisal in which one member has spoken and another has not."""
    codes = [
        str(campaigns.record(site.office, uid).reference_code) for uid in campaigns.alone(site.office, 2)
    ]
    number = campaigns.begun(site.office, codes=codes)
    campaigns.opine(site.office, "clerk", number)
    yield "archivist", f"/retention/appraisals/{number}"


def _laid_out(site: Site) -> Iterator[tuple[str, str]]:
    body = starting.starting(named(ALL, "f10"), Language.ZH)
    files = {"file": (BytesIO(body), "our.docx")}
    site.visitor("archivist").post("/admin/templates/f10", files, content_type=FORM)
    yield "archivist", "/admin/templates"


def _backed_up(site: Site) -> Iterator[tuple[str, str]]:
    admin: Visitor = site.visitor("admin")
    told = {"folder": site.office.instance.settings.backup_folder, "remark": "一号盘"}
    page = admin.post("/admin/backups", told).location
    while "hx-get" in admin.hx_get(page).get_data(as_text=True):
        time.sleep(0.05)
    yield "admin", "/admin/backups"
    yield "admin", "/admin/jobs"


def _let_go(office: Office) -> Iterator[tuple[str, str]]:
    """A list carried out, which waits for its end."""
    number = lists.approved(office, campaigns.alone(office, 1))
    lists.begin(office, number)
    lists.confirm(office, number)
    execution.execute(office.instance, office.who("archivist"), number)
    yield "archivist", f"/retention/destructions/{number}"


def _counted(office: Office) -> Iterator[tuple[str, str]]:
    with office.work("archivist", Act.STOCKTAKE_BEGIN) as unit:
        run = stocktake.begin(unit, StocktakeKind.SPOT, counters=("clerk", "records"))
        number = run.number
    yield "archivist", f"/custody/stocktakes/{number}"
    yield "archivist", "/retention/subject?party=P001"
