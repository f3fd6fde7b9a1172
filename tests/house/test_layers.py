"""Imports point inward; one library, one place; nothing that runs text as a program; the clock is handed in."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tests.house.sources import PACKAGES, ROOT, Source, source_of, sources

#: Who may import which of our packages. The command line and the demonstration stand outermost.
PACKAGES_MAY = {
    "archive": {"archive"},
    "indexer": {"archive", "indexer"},
    "retention": {"archive", "retention"},
    "web": {"archive", "indexer", "retention", "web"},
    "cli": {"archive", "indexer", "retention", "web", "demo"},
    "demo": {"archive", "indexer", "retention"},
}

#: The layers inside `archive`, and what each may import besides itself; a module not named is a service.
LAYERS = {
    "words": "words filenames",
    "acts": "acts",
    "errors": "errors",
    "pure": "values statuses exchange entrance lifecycle lives codes fields cards ports tables scheme checklists duty workdays scheme_page fonts cells",
    "machine": "config faults durable hardening db sealing chunks slots keyfile keystore recordkeys segmentkeys packkeys keys vault agent migrate sitting",
    "model": "model",
    "schema": "migrations",
    "judging": "conditions permissions policy audit clocks notes",
    "door": "unit instance",
    "face": "printing clikit",
    "commands": "commands",
    "samples": "samples",
}
_INNER = {"words", "acts", "errors", "pure"}
MAY_IMPORT = {
    "words": set(),
    "acts": set(),
    "errors": {"words"},
    "pure": {"words", "acts", "errors"},
    "machine": _INNER,
    "model": _INNER,
    "schema": _INNER | {"model"},
    "judging": _INNER | {"model"},
    "door": _INNER | {"machine", "model", "judging"},
    "services": _INNER | {"machine", "model", "judging", "door"},
    "face": _INNER | {"machine", "judging", "door", "services"},
    "commands": _INNER | {"machine", "door", "services", "face"},
    "samples": _INNER,
}

#: The parts of `indexer`, and what each may import of the others; what lies beside them may import all.
INDEXER_MAY = {
    "language": set(),
    "question": {"language"},
    "extract": set(),
    "embedded": {"language", "question", "engine"},
}

#: The parts of `retention`, and what each may import of the others and of what lies beside them, which may import all.
RETENTION_MAY = {
    "scheduling": {"holding"},
    "appraising": {"holding", "clock", "due", "filing"},
    "holding": set(),
    "transferring": {"holding", "bagged"},
    "destroying": {"holding", "bagged", "clock", "filing"},
}

#: One library, one place.
LIBRARY_PLACES = {
    "sqlalchemy": ("archive/", "indexer/entries.py", "indexer/facets.py", "indexer/narrowing.py", "indexer/pages.py",
                   "indexer/saved.py", "indexer/scope.py", "indexer/sync.py", "indexer/intake.py", "indexer/rebuilding.py", "indexer/texts.py", "indexer/shelf.py", "indexer/purging.py", "indexer/completions.py", "indexer/following.py", "retention/", "demo.py"),
    "alembic": ("archive/migrate.py", "archive/migrations/"),
    "argon2": ("archive/identity.py",),
    "cryptography": ("archive/",),
    "click": ("cli.py", "demo.py", "archive/clikit/", "archive/commands/", "indexer/commands/", "retention/commands/"),
    "rich": ("archive/clikit/", "archive/printing.py", "demo.py", "indexer/commands/", "retention/commands/"),
    "whoosh": ("indexer/embedded/partition.py", "indexer/embedded/storage.py"),
    "docx": ("archive/samples/", "archive/forms/"),
    "docxtpl": ("archive/forms/templates.py",),
    "jinja2": ("archive/forms/templates.py", "archive/forms/placeholders.py", "web/app.py"),
    "lxml": ("indexer/extract/", "archive/sheets/", "archive/packages/", "archive/forms/"),
    "numpy": ("indexer/embedded/", "indexer/extract/"),
    "pypdf": ("indexer/extract/pdf_engines.py", "archive/samples/", "archive/scans/"),
    "pypdfium2": ("indexer/extract/pdf_engines.py", "indexer/extract/pdf.py", "indexer/extract/pictures.py", "archive/scans/", "archive/statistics/"),
    "PIL": ("indexer/extract/pictures.py", "indexer/extract/watermark.py", "archive/scans/"),
    "cv2": ("indexer/extract/ocr.py",),
    "rapidocr": ("indexer/extract/ocr.py",),
    "python_calamine": ("indexer/extract/sheet.py", "archive/sheets/"),
    "olefile": ("indexer/extract/",),
    "reportlab": ("archive/fonts/", "archive/samples/", "archive/forms/", "archive/labels/", "archive/statistics/"),
    "segno": ("archive/labels/",),
    "zxingcpp": ("archive/scans/",),
    "xlsxwriter": ("archive/samples/", "archive/sheets/"),
    "flask": ("web/",),
    "flask_wtf": ("web/",),
    "werkzeug": ("web/",),
    "markupsafe": ("web/",),
    "cheroot": ("web/serving.py", "web/patience.py"),
}  # fmt: skip

#: Modules of Python with one place each.
PYTHON_PLACES = {
    "socket": ("archive/agent.py", "indexer/extract/", "web/patience.py"),
    "subprocess": ("archive/agent.py", "indexer/extract/"),
    "ctypes": ("archive/hardening.py", "archive/keys.py", "archive/agent.py", "archive/keystore.py", "indexer/extract/"),
    "sqlite3": ("archive/db.py", "archive/keyfile.py", "archive/keystore.py", "archive/recordkeys.py", "archive/keys.py", "archive/inspection.py", "archive/backups/snapshots.py", "archive/packkeys.py"),
    "tempfile": ("archive/samples/", "indexer/extract/sandbox.py", "demo.py"),
    "smtplib": ("archive/circulation/mail.py",),  # calls the one host of the settings, and none if none is set
}  # fmt: skip

#: What runs text or bytes as a program, or opens a door outward; nowhere.
NEVER_MODULES = {
    "pickle", "marshal", "shelve", "dill", "yaml", "urllib.request", "http.client", "ftplib", "telnetlib",
    "requests", "httpx",
}  # fmt: skip
NEVER_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "input", "breakpoint"}

#: Where the environment is read, and where a clock may stand.
ENVIRONMENT = {"archive/config.py", "archive/faults.py", "archive/agent.py"}
#: The two faces hand the clock in; keystore and vault stamp files of their own, whose age is the machine's.
CLOCKS = {
    "archive/instance.py", "archive/clikit/front.py", "archive/keys.py", "archive/recordkeys.py", "archive/vault.py",
    "archive/keystore.py",
}  # fmt: skip
CLOCK_CALLS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}


def layer(name: str) -> str:
    """The layer of a module of `archive`."""
    parts = name.split(".")
    if len(parts) == 1:
        return "words"
    return next((known for known, modules in LAYERS.items() if parts[1] in modules.split()), "services")


def inward_faults(source: Source) -> list[str]:
    """Imports of *source* that point outward, between packages or between layers."""
    top = source.name.split(".")[0]
    found = []
    for name in source.imports():
        other = name.split(".")[0]
        if other not in PACKAGES_MAY:
            continue
        if other not in PACKAGES_MAY[top] | {top}:
            found.append(f"{source.path}: {name}")
        elif top == other == "archive" and name.count(".") and _resolved(name) != source.name:
            mine, theirs = layer(source.name), layer(_resolved(name))
            if theirs not in MAY_IMPORT[mine] | {mine}:
                found.append(f"{source.path} ({mine}): {name} ({theirs})")
    return found


def part_faults(source: Source) -> list[str]:
    """Imports of *source* that its part of `indexer` or `retention` may not make."""
    top, _, rest = source.name.partition(".")
    mine, may = rest.split(".")[0], {"indexer": INDEXER_MAY, "retention": RETENTION_MAY}.get(top, {})
    if mine not in may:
        return []
    others = {name.split(".")[1] for name in source.imports() if name.startswith(f"{top}.")}
    return [f"{source.path}: {top}.{other}" for other in sorted(others - may[mine] - {mine})]


def _resolved(name: str) -> str:
    """`archive.errors.NotFound` as the module `archive.errors`; `archive.policy` as itself."""
    known = {source.name for source in sources()}
    while name not in known and "." in name:
        name = name.rpartition(".")[0]
    return name


def library_faults(source: Source) -> list[str]:
    """Imports of *source* from outside the place where that library belongs."""
    found = []
    for name in source.imports():
        top = name.split(".")[0]
        if top in PACKAGES_MAY:
            continue
        places = LIBRARY_PLACES.get(top) or PYTHON_PLACES.get(top)
        if top in sys.stdlib_module_names and places is None:
            continue
        if places is None or not source.path.startswith(places):
            found.append(f"{source.path}: {name}")
    return found


def dangerous(source: Source) -> list[str]:
    """Imports and calls in *source* that are allowed nowhere."""
    imported = [
        f"{source.path}: {name}"
        for name in source.imports()
        if any(name == bad or name.startswith(f"{bad}.") for bad in NEVER_MODULES)
    ]
    called = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            shell = any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in node.keywords)
            if name in NEVER_CALLS or shell:
                called.append(f"{source.path}:{node.lineno}: {name}")
    return imported + called


def clocks_and_environments(source: Source) -> list[str]:
    """Places in *source* that read the clock or the environment without leave."""
    found = []
    for node in ast.walk(source.tree):
        text = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        if text in {"os.environ", "os.getenv"} and source.path not in ENVIRONMENT:
            found.append(f"{source.path}:{node.lineno}: {text}")
        if (
            any(text == call or text.endswith(f".{call}") for call in CLOCK_CALLS)
            and source.path not in CLOCKS
        ):
            found.append(f"{source.path}:{node.lineno}: {text}")
    return found


def rows_in_pages(source: Source) -> list[str]:
    """Imports of mapped classes in the web: its pages ask services, never tables."""
    if not source.path.startswith("web/"):
        return []
    return [f"{source.path}: {name}" for name in source.imports() if name.startswith("archive.model")]


CHECKS = (inward_faults, rows_in_pages, part_faults, library_faults, dangerous, clocks_and_environments)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_house_no_source_breaks_a_rule_of_the_layers(check):
    """Every shipped file against each rule; the tables above are the rule and its documentation."""
    assert [] == [fault for source in sources() for fault in check(source)]


WITNESSES = {
    "retention/x.py": "from indexer import search",
    "indexer/x.py": "import retention.clock",
    "archive/x.py": "import indexer",
    "archive/values.py": "from archive.unit import Unit",
    "archive/policy.py": "from archive import people",
    "archive/commands/x.py": "from archive.model import Volume",
    "archive/clikit/x.py": "from archive.model import Volume",
    "indexer/language/x.py": "from indexer.embedded.matching import View",
    "indexer/question/x.py": "from indexer.engine import Entry",
    "indexer/y.py": "from cryptography.fernet import Fernet",
    "archive/y.py": "import whoosh.fields",
    "archive/lending.py": "import click",
    "archive/z.py": "import unheard_of",
    "archive/a.py": "import pickle",
    "archive/b.py": "def f(x):\n    return eval(x)",
    "archive/c.py": "import subprocess\nsubprocess.run('ls', shell=True)",
    "archive/d.py": "from urllib.request import urlopen",
    "archive/e.py": "import os\nx = os.environ['HOME']",
    "archive/f.py": "import datetime as dt\nx = dt.datetime.now()",
    "retention/holding/h.py": "from retention.destroying import gate",
    "web/p.py": "from archive.model import Volume",
    "web/q.py": "from sqlalchemy import select",
    "indexer/z.py": "from web import looks",
    "retention/g.py": "import time\nx = time.time()",
}


@pytest.mark.parametrize("path", WITNESSES)
def test_house_witness_a_source_that_breaks_a_rule_is_caught(path):
    """The same checks over a file written to break each rule."""
    broken = source_of(Path(path), WITNESSES[path])

    assert [fault for check in CHECKS for fault in check(broken)]


def test_house_no_two_modules_import_each_other():
    """The modules form no circle: what is imported first knows nothing of who imports it."""
    graph = {
        source.name: {_resolved(name) for name in source.imports()} - {source.name} for source in sources()
    }
    free: set[str] = set()
    while ready := {name for name, needs in graph.items() if name not in free and needs & set(graph) <= free}:
        free |= ready

    assert set() == set(graph) - free


def test_house_every_package_says_what_it_is_in_its_first_line():
    """Each module opens with a docstring; so does everything public in it."""
    mute = []
    for source in sources():
        if "migrations/versions" in source.path:
            continue
        if source.tree.body and not ast.get_docstring(source.tree):
            mute.append(source.path)
        for node in source.tree.body:
            public = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):
                mute.append(f"{source.path}: {node.name}")

    assert [] == mute


#: Hard limits of the house style: lines of a function, lines of a file.
LONGEST_FUNCTION, LONGEST_FILE = 40, 400
#: The demonstration, which is one long story.
LONGER = {"demo.py"}


def test_house_no_function_is_longer_than_forty_lines_and_no_file_than_four_hundred():
    """Counted from `def` to the last line, docstring included."""
    long = []
    for source in (one for one in sources() if "versions" not in one.path):
        lines = len((ROOT / source.path).read_text("utf-8").splitlines())
        if lines > LONGEST_FILE and source.path not in LONGER:
            long.append(f"{source.path}: {lines}")
        for node in ast.walk(source.tree):
            length = (node.end_lineno or 0) - node.lineno + 1 if isinstance(node, ast.FunctionDef) else 0
            if length > LONGEST_FUNCTION:
                long.append(f"{source.path}: {node.name} {length}")

    assert [] == long


def test_house_no_file_holds_a_machine_path_or_a_registry():
    """Nothing that is committed knows where it was written, nor whence its libraries came."""
    bad = ("/home/", "/root/", "/Users/", "C:\\\\Users", "pypi.org/simple", "files.pythonhosted")
    files = [
        file
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.suffix in {".py", ".toml"}
    ]
    files += [ROOT / "cli.py", ROOT / "pyproject.toml", ROOT / "Makefile", *ROOT.glob("*.lock")]

    assert [] == [f"{file.name}: {word}" for file in files for word in bad if word in file.read_text("utf-8")]
