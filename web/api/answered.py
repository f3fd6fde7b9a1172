"""What a program is told: what a verb answered, or why it was refused, as JSON."""

from __future__ import annotations

import json
import re
import string
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archive import cells
from archive.errors import ArchiveError
from archive.words import Language, sentences

if TYPE_CHECKING:
    from archive.clikit.declared import Verb
    from web.asking import Outcome
    from web.jobs import Job

#: Facts of an error that only a person at the machine is told.
_OF_THE_MACHINE = frozenset({"path", "why", "home", "value"})


def written(told: Mapping[str, Any]) -> bytes:
    """*told* as JSON in letters one can read; half a letter, which no text holds, as its escape."""
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace")


def outcome(answers: str | None, found: Outcome) -> dict[str, Any]:
    """Rows or a sheet, the sentences, the remarks, the facts of every act, whether a check found faults."""
    done: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for act, facts in found.facts:
        done[act.value].append(cells.plain(facts))
    return {
        "data": _data(answers, found),
        "told": list(found.told),
        "notes": list(found.notes),
        "facts": done,
        "faults": bool(found.status),
    }


def job(found: Job, answers: str | None, language: Language) -> dict[str, Any]:
    """How far a long act is; when it is over what it answered, or why it was refused."""
    ended = found.ended_at.isoformat() if found.ended_at else None
    told = {
        "state": found.state.value, "done": found.done, "total": found.total, "begun_at": found.begun_at.isoformat(),
        "ended_at": ended,
    }  # fmt: skip
    if found.slip is not None:
        return told | refusal(found.slip, language)
    if found.error:
        return told | {"error": {"code": "defect", "message": found.error}}
    return told | (outcome(answers, found.outcome) if ended else {})


def _data(answers: str | None, found: Outcome) -> Any:
    if answers == "rows":
        return [cells.as_object(row, found.columns) for row in found.result or ()]
    return None if found.result is None else cells.as_object(found.result, found.columns)


#: An option of the command line in a sentence, and whether a value that ends the sentence follows.
_OPTION = re.compile(r"(--[a-z][a-z-]*)( (?=\S+$))?")


def in_its_words(told: dict[str, Any], verb: Verb | None) -> dict[str, Any]:
    """*told*, whose sentences name what may be asked as a program asks for it: `page=2`, and not `--page 2`."""
    params = verb.command.params if verb is not None else ()
    names = {option: param.name for param in params for option in param.opts}

    def name(found: re.Match[str]) -> str:
        plain = names.get(found[1]) or found[1].removeprefix("--").replace("-", "_")
        return plain + ("=" if found[2] else "")

    for key in {"told", "notes"} & set(told):
        told[key] = [_OPTION.sub(name, one) for one in told[key]]
    if "error" in told:
        told["error"]["message"] = _OPTION.sub(name, told["error"]["message"])
    return told


def refusal(error: ArchiveError, language: Language) -> dict[str, Any]:
    """The code, the sentence, the field, and the facts that the sentence tells."""
    told: dict[str, Any] = {"code": error.code, "message": error.message(language)}
    if "field" in error.facts:
        told["field"] = str(error.facts["field"])
    return {"error": {**told, "facts": _facts(error, language)}}


def _facts(error: ArchiveError, language: Language) -> Mapping[str, Any]:
    holes = string.Formatter().parse(sentences(language)[f"error.{error.code}"])
    told = {name for _, name, _, _ in holes if name} - _OF_THE_MACHINE - {"field"}
    return {name: cells.plain(fact) for name, fact in error.facts.items() if name in told}
