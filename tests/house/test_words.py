"""Every sentence in both languages, with the same holes; every value that is read aloud has its word."""

from __future__ import annotations

import ast
import importlib
import string
import tomllib

import pytest

import cli  # noqa: F401  # wires the packages and their sentences
import web  # noqa: F401  # adds its own
from archive import errors, fields
from archive.acts import Act
from archive.config import Settings
from archive.errors import ArchiveError, BadValue
from archive.logbook import Why
from archive.model import Checkpoint
from archive.values import Level, Worded
from archive.words import Language, say, sentences, spoken
from indexer.extract.kinds import Outcome
from tests.house.sources import ALONE, PACKAGES, ROOT, sources
from tests.house.test_docs import build

ZH, EN = Language.ZH, Language.EN


def holes(sentence: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("package", PACKAGES)
def test_house_each_package_says_the_same_in_both_languages(package):
    """Same keys in the two files of each topic of a package."""
    told = {tongue: set() for tongue in Language}
    for tongue in Language:
        for file in (ROOT / package / "messages").glob(f"*{tongue.value}.toml"):
            topic = file.name.removesuffix(f"{tongue.value}.toml")
            told[tongue] |= {topic + key for key in _keys(tomllib.loads(file.read_text("utf-8")))}

    assert set() == told[ZH] ^ told[EN]


def _keys(table, prefix=""):
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _keys(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def differing(zh: dict[str, str], en: dict[str, str]) -> list[str]:
    """Keys whose sentences have different holes, or of which one is missing or empty."""
    known = set(zh) | set(en)
    return sorted(
        key for key in known if not zh.get(key) or not en.get(key) or holes(zh[key]) != holes(en[key])
    )


def test_house_every_sentence_has_the_same_holes_in_both_languages():
    """What is told in one language is told in the other."""
    assert [] == differing(dict(sentences(ZH)), dict(sentences(EN)))


def test_house_witness_a_missing_sentence_and_a_missing_hole_are_caught():
    """The same comparison sees a key forgotten and a fact dropped."""
    zh, en = dict(sentences(ZH)), dict(sentences(EN))
    del en["error.busy"]
    en["error.not-found"] = "Not found."

    assert ["error.busy", "error.not-found"] == differing(zh, en)


def worded() -> set[type[Worded]]:
    """Every class of values with words, wherever it is defined."""
    found, waiting = set(), [Worded]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if list(one):
            found.add(one)
    return found


def test_house_every_act_value_field_setting_and_outcome_has_its_word():
    """Acts, roles and all other fixed words, levels, fields, settings, outcomes of reading, faults of the log."""
    keys = [act.word for act in Act]
    keys += [value.word for kind in worded() for value in kind]
    keys += [level.word for level in Level]
    keys += [one.word for many in fields.TABLE.values() for one in many]
    keys += [f"setting.{name}" for name in Settings.__dataclass_fields__]
    keys += [outcome.word for outcome in Outcome] + [why.word for why in Why]

    assert [] == [key for key in keys if key not in sentences(ZH) or key not in sentences(EN)]
    assert Checkpoint.__tablename__ == "checkpoint"


def test_house_every_act_is_named_alike_so_that_it_can_stand_within_a_sentence_and_at_its_head():
    """In English without a capital, which pages and headings give it where it stands first."""
    assert [act.value for act in Act if say(act.word, Language.EN)[:1].isupper()] == []


def test_house_every_error_has_its_sentence_and_every_error_sentence_its_class():
    """No class without words, no words without a class; likewise for acts."""
    codes = {f"error.{one.code}" for one in build.errors()}
    told = {key for key in sentences(ZH) if key.startswith("error.")}
    acts = {key for key in sentences(ZH) if key.startswith("act.")}

    assert set() == codes ^ told
    assert set() == acts ^ {act.word for act in Act}


def test_house_a_chinese_sentence_is_chinese_and_ends_and_says_what_to_do():
    """Errors in Chinese end with a full stop and hold no half-width punctuation of English prose."""
    odd = []
    for key, sentence in sentences(ZH).items():
        if key.startswith("error."):
            if not sentence.endswith(("。", "？", "！")) or ", " in sentence or ". " in sentence:
                odd.append(key)
        if (
            key.startswith("error.")
            and len(sentences(EN)[key]) > 0
            and not sentences(EN)[key].endswith((".", "?"))
        ):
            odd.append(key)

    assert [] == odd


# --- facts given where errors are raised ----------------------------------------------------------

CLASSES = {
    name: one for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, ArchiveError)
}
#: Filled in by the error itself.
OF_ITSELF: set[str] = set()


def unfilled(tree: ast.AST, path: str = "") -> list[str]:
    """Errors made in *tree* without a fact that their sentence has a hole for; calls with `**` are taken on trust."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name) and node.exc.id in CLASSES:
            found += _lacking(CLASSES[node.exc.id], set(), f"{path}:{node.lineno}")
        if isinstance(node, ast.Call) and _name(node.func) in CLASSES:
            if any(word.arg is None for word in node.keywords):
                continue
            given = {word.arg for word in node.keywords}
            found += _lacking(CLASSES[_name(node.func)], given, f"{path}:{node.lineno}")
            if node.args:
                found.append(f"{path}:{node.lineno}: a sentence at the raise")
    return found


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _lacking(kind: type[ArchiveError], given: set, where: str) -> list[str]:
    if not kind.code:
        return []
    lacking = holes(sentences(ZH)[f"error.{kind.code}"]) - given - OF_ITSELF
    return [f"{where}: {kind.__name__} lacks {sorted(lacking)}"] if lacking else []


def test_house_every_error_is_given_the_facts_its_sentence_needs():
    """Read from the sources: no hole is left open, no sentence is written where an error is raised."""
    assert [] == [fault for source in sources() for fault in unfilled(source.tree, source.path)]


def test_house_witness_an_error_without_its_facts_is_caught():
    """The same reading of a raise that forgot one, of a bare raise, and of one with a sentence."""
    forgot = "raise BadValue(field='x', value=1)\nraise CodeTaken\nraise CodeTaken('is taken', code='x')"

    assert 3 == len(unfilled(ast.parse(forgot)))


def test_house_every_sentence_asked_for_by_name_exists_and_is_filled():
    """`say`, `note`, `warn` and the like with a fixed key: the key is there, and `say` fills its holes."""
    missing = []
    for source in sources():
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Call) or _name(node.func) not in {
                "say",
                "note",
                "warn",
                "progress",
                "framed",
            }:
                continue
            key = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            if not isinstance(key, str) or "." not in key:
                continue
            given = {word.arg for word in node.keywords}
            if key not in sentences(ZH):
                missing.append(f"{source.path}:{node.lineno}: {key}")
            elif _name(node.func) == "say" and None not in given and holes(sentences(ZH)[key]) - given:
                missing.append(f"{source.path}:{node.lineno}: {key} {holes(sentences(ZH)[key]) - given}")

    assert [] == missing
    assert ALONE


def columns() -> list[tuple[str, str]]:
    """Where a list or sheet is declared, and each column it prints, rows inside a sheet apart."""
    found = []
    for source in sources():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and _name(node.func) in {"listing", "showing"}:
                for given in node.args:
                    found += [(f"{source.path}:{node.lineno}", one) for one in _columns(source, given)]
    return found


def _columns(source, given: ast.expr) -> list[str]:
    if isinstance(given, ast.Constant):
        return [given.value]
    if isinstance(given, ast.Starred) and isinstance(given.value, ast.Name):
        return list(getattr(importlib.import_module(source.name), given.value.id, ()))
    return []


def mute(names: list[tuple[str, str]]) -> list[str]:
    """Of these columns, those without a heading in one of the languages."""
    return [
        f"{where}: {one}"
        for where, one in names
        if (word := one.rpartition(":")[2])
        and not all({f"column.{word}", f"field.{word}"} & set(sentences(tongue)) for tongue in Language)
    ]


def test_house_every_column_a_list_prints_has_its_heading():
    """Without one a table shows a bare name and CSV is a defect; what stands inside a sheet alone needs a title."""
    plain = [(where, one) for where, one in columns() if one not in inside_sheets()]

    assert 300 < len(plain)
    assert [] == mute(plain)
    assert [] == [one for one in inside_sheets() if f"list.{one}" not in sentences(ZH)]
    assert ["x: no_such_word"] == mute([("x", "no_such_word"), ("x", "code"), ("x", "nth:number")])


def test_house_every_column_of_a_list_inside_a_sheet_has_its_heading():
    """The rows under a sheet print all they have, so each of their facts has a word."""
    rows = [(one, fact) for one in inside_sheets() for fact in _rows(one)]

    assert {"reviews", "targets", "kept", "elsewhere"} <= {one for one, _ in rows}
    assert [] == sorted(mute(rows))


def _rows(name: str) -> set[str]:
    """The facts of the rows that some sheet keeps as a list under *name*, as annotated in the same file."""
    found = set()
    for source in sources():
        classes = {node.name: node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)}
        for held in (one for kind in classes.values() for one in kind.body if isinstance(one, ast.AnnAssign)):
            told = ast.unparse(held.annotation)
            row = classes.get(told[5:-1]) if told.startswith("list[") else None
            if ast.unparse(held.target) == name and row is not None:
                found |= {ast.unparse(one.target) for one in row.body if isinstance(one, ast.AnnAssign)}
    return found


def inside_sheets() -> set[str]:
    """The lists that stand within a sheet, under a title of their own."""
    return {key.removeprefix("list.") for key in sentences(EN) if key.startswith("list.")}


def test_house_no_user_sentence_is_written_in_chinese_in_the_code():
    """Chinese words of the core stand in the messages, not between quotes in services (docstrings aside)."""
    services = [one for one in sources() if one.path.startswith("archive/") and one.path.count("/") == 1]
    exempt = {
        "archive/values.py",
        "archive/scheme_page.py",
        "archive/fields.py",
        "archive/founding.py",
        "archive/words.py",
    }
    found = []
    for source in services:
        if source.path in exempt:
            continue
        docs = {id(node.value) for node in ast.walk(source.tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                chinese = sum("\u4e00" <= letter <= "\u9fff" for letter in node.value)
                if chinese > 6:
                    found.append(f"{source.path}:{node.lineno}: {node.value}")

    assert [] == found


def test_house_facts_are_read_aloud_in_the_users_language():
    """Named values by their word, lists joined, nothing as a dash, fields by their name."""
    assert "秘密、公开" == spoken([Level.CONFIDENTIAL, Level.PUBLIC], ZH)
    assert "confidential, public" == spoken((Level.CONFIDENTIAL, Level.PUBLIC), EN)
    assert ("—", "是", "no") == (spoken(None, ZH), spoken(True, ZH), spoken(False, EN))
    slip = BadValue(field="year", value=1, expected="1900")
    assert say("field.year", ZH) in slip.message(ZH)
    assert say("field.year", EN) in slip.message(EN)
