"""Import: a folder of real papers, twice; changed, bad, odd and hostile files; the manifest."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from archive import faults, importing, registry, samples, views
from archive.acts import Act
from archive.errors import (
    ArchiveError,
    BadValue,
    ClassUnknown,
    DiskFull,
    FileMissing,
    FileTooLarge,
    LevelBelow,
    NoSuchDay,
    NotAllowed,
    NotFound,
    StorageFailed,
)
from archive.importing import Fate, Wanted, import_folder
from archive.model import Base, ImportedFile, Item
from archive.values import PartyKind
from archive.words import Language
from tests.faults.invariants import check_all

QT = Wanted("QT", department="KF")


def run(office, folder, wanted=QT, by="archivist", **given):
    return import_folder(office.instance, office.who(by), folder, wanted, **given)


def fates(lines) -> dict[str, Fate]:
    return {line.path: line.fate for line in lines}


def refusals(lines) -> dict[str, type]:
    return {line.path: type(line.error) for line in lines if line.fate is Fate.REFUSED}


def titles(office) -> list[str]:
    with office.ask("gm") as unit:
        rows = unit.session.scalars(select(Item).order_by(Item.created_at, Item.reference_code))
        return sorted(unit.card(item).title for item in rows)


def counts(office) -> dict[str, int]:
    """Rows of every table."""
    with office.instance.engine.connect() as raw:
        tables = Base.metadata.tables.values()
        return {table.name: raw.scalar(select(func.count()).select_from(table)) for table in tables}


def write(folder: Path, **files: str | bytes) -> Path:
    """Files by name (`__` for a slash, `_dot_` for the dot) in a new folder."""
    for name, content in files.items():
        path = folder / (name.replace("__", "/") + ".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "papers"
    made.mkdir()
    return made


# --- real papers ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """Forty papers of all families as real files with a manifest, and the unreadable ones beside them."""
    where = tmp_path_factory.mktemp("import") / "folder"
    where.mkdir()
    made = samples.papers(samples.office(2026), 40)
    samples.write_all(made, where)
    return where, made, samples.write_troublemakers(where)


@pytest.fixture
def peopled(office, papers):
    """The office with the premises and parties that the papers name."""
    world, made = samples.office(2026), papers[1]
    with office.work("archivist", Act.PREMISES_ADD) as unit:
        known = {one.code for one in registry.all_premises(unit)} | {
            one.code for one in registry.parties(unit)
        }
        for code in sorted({paper.premises for paper in made if paper.premises} - known):
            registry.add_premises(unit, code, building=code[0])
        for code in sorted({paper.party for paper in made if paper.party} - known):
            party = world.party(code)
            registry.add_party(
                unit, code, name=party.name, kind=PartyKind(party.kind), natural_person=party.natural_person
            )
    return office


def test_a_real_folder_is_filed_whole_and_a_second_run_adds_nothing(peopled, papers):
    """Every paper is filed once with what the manifest says; run again, no table but the log grows."""
    where, made, trouble = papers
    wanted = Wanted("QT", department="KF")
    lines = run(peopled, where, wanted)
    assert refusals(lines) == {}
    assert len(lines) == len(made) + len(trouble)
    assert set(titles(peopled)) >= {paper.title for paper in made}
    before, filed = counts(peopled), {line.path: line.uid for line in lines}
    again = run(peopled, where, wanted)
    assert {line.path: line.uid for line in again} == filed
    assert {line.fate for line in again} == {Fate.KNOWN}
    after = counts(peopled)
    grown = {name for name in after if after[name] != before[name]}
    assert grown <= {"event", "checkpoint"}
    assert check_all(peopled) == []


def test_what_the_manifest_says_stands_on_the_record(peopled, papers):
    """Class, department, title, number, day, fields: as written there (the year is that of the volume)."""
    where, made, _ = papers
    by_path = {line.path: line.uid for line in run(peopled, where)}
    for paper in made:
        with peopled.ask("gm") as unit:
            page = views.page(unit, by_path[paper.place.as_posix()])
            item = unit.item(by_path[paper.place.as_posix()])
        assert (page.class_code, page.department) == (paper.class_code, paper.department)
        assert (page.card.title, page.card.creator) == (paper.title, paper.creator)
        assert page.card.document_no == (paper.document_no or "") and item.dated == paper.date
        assert page.card.fields == {name: value for name, value in paper.fields.items() if value}


# --- idempotence and resuming -----------------------------------------------------------------


def test_changed_content_is_a_new_item_and_the_old_one_stays(office, folder):
    """Same path, other bytes: another document; the first is not touched."""
    write(folder, 通知="第一版")
    first = run(office, folder)[0].uid
    write(folder, 通知="第二版")
    second = run(office, folder)[0]
    assert second.fate is Fate.FILED and second.uid != first
    assert titles(office) == ["通知", "通知"]


def test_the_same_bytes_at_another_path_are_another_document(office, folder):
    """Path and class belong to what makes a file known; the bytes are stored once."""
    write(folder, 甲函="同文", 乙函="同文")
    assert set(fates(run(office, folder)).values()) == {Fate.FILED}
    assert counts(office)["blob"] == 1 and counts(office)["digital_object"] == 2
    assert fates(run(office, folder, Wanted("WS·BG", department="KF"))).keys() == {"甲函.txt", "乙函.txt"}
    assert counts(office)["item"] == 4


def test_an_import_that_stopped_goes_on_where_it_stopped(office, folder, monkeypatch):
    """Batches before the stop are kept, the one at hand is undone, the next run files exactly the rest."""
    monkeypatch.setattr(importing, "BATCH", 3)
    write(folder, **{f"文件{number:02}": f"内容{number}" for number in range(10)})
    with faults.armed("import.before_batch:3:eio"), pytest.raises(OSError, match="Input/output"):
        run(office, folder)
    assert counts(office)["item"] == 6
    assert check_all(office) == []
    resumed = run(office, folder)
    assert [line.fate for line in resumed] == [Fate.KNOWN] * 6 + [Fate.FILED] * 4
    assert titles(office) == [f"文件{number:02}" for number in range(10)]
    assert check_all(office) == []


def test_progress_counts_up_to_the_number_of_files(office, folder, monkeypatch):
    """One bar: it never passes its end and reaches it."""
    monkeypatch.setattr(importing, "BATCH", 2)
    write(folder, **{f"文件{number}": str(number) for number in range(5)})
    told = []
    run(office, folder, progress=lambda done, total: told.append((done, total)))
    assert told == [(2, 5), (4, 5), (5, 5)]


# --- bad files --------------------------------------------------------------------------------


def test_one_bad_file_never_stops_the_batch_and_leaves_no_gap(office, folder):
    """Refused ones are told with a sentence and undone whole; the rest are filed with running numbers."""
    write(folder, **{"2025-02-30 日期不存在": "x", "一": "题名太短", "好文件甲": "x", "好文件乙": "y"})
    lines = run(office, folder)
    assert refusals(lines) == {"2025-02-30 日期不存在.txt": NoSuchDay, "一.txt": BadValue}
    for line in lines:
        if line.error:
            assert all(line.error.message(language) for language in Language)
    with office.ask("archivist") as unit:
        codes = [line.code for line in views.items(unit)]
    assert [code[-4:] for code in codes] == ["0001", "0002"]
    assert check_all(office) == []


def test_a_refused_file_leaves_its_line_in_the_log_with_its_name_sealed(office, folder):
    """Decision 7: every refusal leaves a line; what was asked is not in clear."""
    write(folder, 一="x")
    run(office, folder)
    with office.instance.engine.connect() as raw:
        lines = raw.execute(text("SELECT outcome, facts FROM event WHERE act = 'import.run'")).all()
    assert [line.outcome for line in lines] == ["done", "bad-value"]
    assert not any("一" in line.facts for line in lines)


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (Wanted("ZX·99", department="KF"), ClassUnknown),
        (Wanted(None, department="KF"), BadValue),
        (Wanted("YH·01", department="KF"), BadValue),
        (Wanted("YH·01", department="KF", premises="Z9999"), NotFound),
        (Wanted("ZX·02", department="KF", dossier="甲 乙"), BadValue),
        (Wanted("QT", department="KF", year=1700), BadValue),
    ],
)
def test_what_the_clerk_said_wrongly_refuses_every_file_and_files_none(office, folder, wanted, refusal):
    """Unknown class, none at all, a tenancy without premises, an impossible year."""
    write(folder, 甲文件="1", 乙文件="2")
    assert set(refusals(run(office, folder, wanted)).values()) == {refusal}
    assert counts(office)["item"] == counts(office)["volume"] == counts(office)["digital_object"] == 0


def test_only_keepers_import(office, folder):
    """Staff may not; nothing is filed and the refusal is in the log."""
    write(folder, 文件甲="x")
    with pytest.raises(NotAllowed):
        run(office, folder, by="staff")
    assert counts(office)["item"] == 0


def test_a_folder_that_is_not_there_is_said_to_be_missing(office, tmp_path):
    """Absent, or a file instead of a folder."""
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "none", tmp_path / "file"):
        with pytest.raises(FileMissing):
            run(office, path)


def test_a_file_over_the_limit_is_refused_by_its_size_alone(office, folder):
    """A sparse file of 257 MiB: told with size and limit, read by nobody."""
    with (folder / "巨大文件.bin").open("wb") as file:
        file.truncate(257 << 20)
    write(folder, 小文件="x")
    assert refusals(run(office, folder)) == {"巨大文件.bin": FileTooLarge}


def test_a_file_that_cannot_be_read_is_told_and_the_rest_is_filed(office):
    """The kernel's own unreadable files (`/proc/self/attr` without a security module) stand for a bad disk."""
    unreadable = Path("/proc/self/attr")
    names = []
    for path in sorted(unreadable.glob("*")) if unreadable.is_dir() else []:
        try:
            path.read_bytes()
        except OSError:
            names.append(path.name)
    if not names:
        pytest.skip("this kernel has no file that opens and cannot be read")
    lines = run(office, unreadable)
    assert {path: kind for path, kind in refusals(lines).items() if path in names} == dict.fromkeys(
        names, FileMissing
    )
    assert check_all(office) == []


def test_links_folders_pipes_and_hidden_files_are_not_documents(office, folder, tmp_path):
    """A link may point anywhere and is told, not followed; a pipe never ends, `~$` is an editor's shadow."""
    write(tmp_path / "outside", 外面的秘密="secret")
    write(folder, 正常文件="x", **{".hidden__里面": "x", ".点开头": "x"})
    (folder / "~$正常文件.docx").write_bytes(b"lock")
    (folder / "链接.txt").symlink_to(tmp_path / "outside" / "外面的秘密.txt")
    (folder / "断链.txt").symlink_to(tmp_path / "nowhere")
    (folder / "目录链接").symlink_to(tmp_path / "outside")
    (folder / "名为文件的目录.pdf").mkdir()
    os.mkfifo(folder / "管道.txt")
    assert stat.S_ISFIFO((folder / "管道.txt").stat().st_mode)
    links = dict.fromkeys(("链接.txt", "断链.txt", "目录链接"), Fate.REFUSED)
    assert fates(run(office, folder)) == {"正常文件.txt": Fate.FILED, **links}


def test_a_full_disk_stops_the_import_and_undoes_the_batch(office, folder):
    """Not the file's fault: told as what it is, nothing half done, and the next run files all."""
    write(folder, 甲文件="1", 乙文件="2", 丙文件="3")
    with faults.armed("vault.chunk:4:enospc"), pytest.raises(DiskFull) as caught:
        run(office, folder)
    assert caught.value.exit == 7
    assert counts(office)["item"] == counts(office)["digital_object"] == 0
    assert check_all(office) == []
    assert set(fates(run(office, folder)).values()) == {Fate.FILED}


def test_an_input_output_error_of_the_vault_stops_the_import_too(office, folder):
    """After EIO on fsync the disk is not trusted: the batch is undone, and every later write refused."""
    write(folder, 甲文件="1", 乙文件="2")
    with faults.armed("vault.before_fsync:2:eio"), pytest.raises(StorageFailed):
        run(office, folder)
    assert counts(office)["item"] == 0 and check_all(office) == []
    with pytest.raises(StorageFailed):
        run(office, folder)


# --- names ------------------------------------------------------------------------------------

ODD = {
    "2024-05-14 装修通知": "装修通知",
    "20240514_装修通知二": "装修通知二",
    "2024年5月14日 装修通知三": "装修通知三",
    "cafe\u0301 合同": "cafe\u0301 合同",
    "换\n行 函件": "换 行 函件",
    "表情😀 函件": "表情😀 函件",
    "'; DROP TABLE item; --": "'; DROP TABLE item; --",
    "=SUM(A1)": "=SUM(A1)",
    "<script>alert(1)": "<script>alert(1)",
    "..": None,
    "字" * 80: "字" * 80,
}


def test_odd_names_are_filed_under_what_they_say(office, folder):
    """Dates in three spellings, combining marks, a newline, emoji, SQL, formulas, markup, the longest name."""
    for number, (stem, title) in enumerate(ODD.items()):
        if title is not None:
            (folder / f"{stem}.txt").write_text(str(number))
    assert refusals(run(office, folder)) == {}
    assert titles(office) == sorted(title for title in ODD.values() if title)
    with office.ask("archivist") as unit:
        dated = [line for line in views.items(unit) if line.dated]
    assert [line.dated.isoformat() for line in dated] == ["2024-05-14"] * 3


def test_names_of_chinese_windows_are_read_as_gb18030(office, folder, tmp_path):
    """An unpacked archive gives names that are not UTF-8; they are filed readable, and fetched under that name."""
    raw = os.fsencode(folder) + b"/" + "业户来函".encode("gb18030") + b".txt"
    Path(os.fsdecode(raw)).write_text("来函")
    bad = os.fsencode(folder) + b"/\xff\xfe\xfa.txt"
    Path(os.fsdecode(bad)).write_text("x")
    lines = run(office, folder)
    assert "业户来函.txt" in fates(lines) and titles(office)[-1] == "业户来函"
    for line in lines:
        line.path.encode()
    assert {line.fate for line in run(office, folder)} <= {Fate.KNOWN, Fate.REFUSED}
    with office.work("archivist", Act.ITEM_GET) as unit:
        from archive import objects

        uid = next(line.uid for line in lines if line.path == "业户来函.txt")
        assert objects.fetch(unit, uid, tmp_path, purpose="核对").name == "业户来函.txt"


def test_a_name_past_two_hundred_characters_is_refused_not_cut(office, folder):
    """A title is never silently shortened."""
    (folder / ("a" * 230 + ".txt")).write_text("x")
    assert list(refusals(run(office, folder)).values()) == [BadValue]


# --- the manifest -----------------------------------------------------------------------------


def manifest(folder: Path, told, *, coding="utf-8") -> None:
    (folder / "manifest.json").write_bytes(json.dumps(told, ensure_ascii=False).encode(coding))


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff\xfe", b"[1]", b'["x"]', b'[{"title": "no path"}]', b'{"files": []}', b"null", b"[" * 100_000,
     b'[{"path": "x.txt", "fields": [1]}]', b'[{"path": "x.txt", "fields": "ab"}]'],
)  # fmt: skip
def test_a_manifest_that_cannot_be_read_refuses_the_whole_import(office, folder, content):
    """Before any file is filed, with a sentence."""
    write(folder, 文件甲="x")
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(BadValue) as caught:
        run(office, folder)
    assert caught.value.message(Language.EN) and counts(office)["item"] == 0


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"pages": "三"}, BadValue),
        ({"pages": -1}, BadValue),
        ({"pages": 1e9}, BadValue),
        ({"year": "去年"}, BadValue),
        ({"date": "2025-02-30"}, BadValue),
        ({"level": "绝密"}, BadValue),
        ({"level": "公开"}, LevelBelow),
        ({"period": "永远"}, BadValue),
        ({"class": "ZX·99"}, ClassUnknown),
        ({"class": 7}, ClassUnknown),
        ({"premises": "Z1"}, NotFound),
        ({"party": 7}, NotFound),
        ({"fields": {"stage": "ZX·02"}}, ArchiveError),
        ({"fields": {"stage": None}}, ArchiveError),
        ({"title": "一"}, BadValue),
    ],
)
def test_a_manifest_line_that_cannot_be_refuses_that_file_only(office, folder, told, refusal):
    """The other file is filed; the refusal has its sentence in both languages."""
    write(folder, 好文件="x", 坏文件="y")
    manifest(folder, [{"path": "坏文件.txt", **told}])
    lines = run(office, folder)
    assert fates(lines) == {"好文件.txt": Fate.FILED, "坏文件.txt": Fate.REFUSED}
    error = next(line.error for line in lines if line.error)
    assert isinstance(error, refusal) and all(error.message(language) for language in Language)


def test_a_manifest_saved_by_notepad_is_read(office, folder):
    """UTF-8 with a byte-order mark."""
    write(folder, 文件甲="x")
    manifest(folder, {"papers": [{"path": "文件甲.txt", "title": "真正的题名"}]}, coding="utf-8-sig")
    run(office, folder)
    assert titles(office) == ["真正的题名"]


def test_rel_W7_a_manifest_cannot_reach_outside_the_folder(office, folder, tmp_path):
    """`../`, absolute paths and missing files are told as missing; only what lies in the folder is filed."""
    write(tmp_path, 外面="secret")
    write(folder, 里面="x")
    outside = ["../外面.txt", str(tmp_path / "外面.txt"), "没有.txt", "sub/../里面.txt"]
    manifest(folder, [{"path": path} for path in outside])
    lines = run(office, folder)
    assert refusals(lines) == dict.fromkeys(outside, FileMissing)
    assert titles(office) == ["里面"]


def test_the_list_of_imported_files_tells_nothing_by_itself(office, folder):
    """Its keys are MACs: equal for nothing but the same class, path and content under this instance's key."""
    write(folder, 甲文件="x", 乙文件="x")
    run(office, folder)
    with office.instance.engine.connect() as raw:
        keys = list(raw.scalars(select(ImportedFile.key)))
    assert len(set(keys)) == 2 and all(len(key) == 64 for key in keys)
