"""The OpenAPI document, made of what the verbs declare: nothing in it is written twice (ADR 0025). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from archive import __version__, policy
from archive.acts import LOOKS, Act
from archive.cells import attribute
from archive.clikit.declared import Ask, Verb, sentence
from archive.values import ComponentKind, Role
from archive.words import Language, say
from web.api.asked import LARGEST
from web.tasks import BY_VERB, JobState

Json = dict[str, Any]

#: What is asked for, as JSON has it.
KINDS: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string"},
    "secret": {"type": "string", "format": "password"},
    "choice": {"type": "string"},
    "day": {"type": "string", "format": "date"},
    "whole": {"type": "integer", "format": "int64", "minimum": -LARGEST, "maximum": LARGEST},
    "number": {"type": "number", "minimum": -LARGEST, "maximum": LARGEST},
    "flag": {"type": "boolean"},
}
#: What may come instead of an answer, by status; the word of each is `web.api.<status>`.
REFUSALS = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503, 507)


def written(verbs: Mapping[tuple[str, ...], Verb]) -> Json:
    """The whole document over *verbs*, in the order of their names."""
    open_ones = [verbs[path] for path in sorted(verbs) if verbs[path].open_to_all]
    return {
        "openapi": "3.1.0",
        "info": {"title": _both("web.api.title"), "version": __version__, "description": _both("web.api.intro")},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "tags": [{"name": noun} for noun in dict.fromkeys(verb.path[0] for verb in open_ones)],
        "paths": {f"/{'/'.join(verb.path)}": _path(verb) for verb in open_ones} | files() | jobs(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": _both("web.api.token")}},
            "parameters": {"key": _key()},
            "responses": {str(status): _refusal(status) for status in REFUSALS},
            "schemas": {"error": _error(), "done": _done()},
        },
    }  # fmt: skip


def looks_only(verb: Verb) -> bool:
    """True if asking changes nothing, so that it is a GET."""
    return verb.reads and set(verb.acts) <= LOOKS and verb.path not in BY_VERB


def _both(key: str) -> str:
    return " / ".join(say(key, tongue) for tongue in (Language.ZH, Language.EN))


# --- a verb -----------------------------------------------------------------------------------


def _path(verb: Verb) -> Json:
    told: Json = {
        "operationId": "_".join(verb.path).replace("-", "_"),
        "tags": [verb.path[0]],
        "summary": _spoken(verb),
        "description": verb.help,
        "x-acts": [_act(act) for act in verb.acts],
        "responses": {**(_begun() if verb.path in BY_VERB else {"200": _answer(verb)}), **_refusals()},
    }
    if looks_only(verb):
        return {"get": told | {"parameters": [_parameter(ask) for ask in verb.asks]}}
    told["parameters"] = [{"$ref": "#/components/parameters/key"}]
    told["requestBody"] = {
        "required": any(ask.required for ask in verb.asks),
        "content": {"application/json": {"schema": _object(verb.asks)}},
    }
    return {"post": told}


def _spoken(verb: Verb) -> str:
    return " / ".join(sentence(verb, tongue) for tongue in (Language.ZH, Language.EN))


def _act(act: Act) -> Json:
    names = {tongue.value: say(act.word, tongue) for tongue in Language}
    return {"act": act.value, "name": names, "posts": [role.value for role in roles(act)]}


def roles(act: Act) -> list[Role]:
    """The posts that know *act*; whether one of them may do it to a record is judged each time."""
    return sorted(role for role in policy.GRANTS[act] if role is not Role.SYSTEM)


def _parameter(ask: Ask) -> Json:
    schema = _schema(ask) if ask.kind != "pairs" else _list({"type": "string", "pattern": "\\S.*="}, ask)
    return {
        "name": ask.name, "in": "query", "required": ask.required, "description": ask.help, "schema": schema,
    } | ({"explode": True, "style": "form"} if ask.many else {})  # fmt: skip


def _object(asks: Iterable[Ask]) -> Json:
    asks = list(asks)
    told: Json = {
        "type": "object",
        "additionalProperties": False,
        "properties": {ask.name: _schema(ask) | {"description": ask.help} for ask in asks},
    }
    required = [ask.name for ask in asks if ask.required]
    return told | ({"required": required} if required else {})


def _schema(ask: Ask) -> Json:
    if ask.kind == "pairs":
        told: Json = {
            "type": "object", "additionalProperties": {"type": "string"}, "propertyNames": {"pattern": "\\S"},
        }  # fmt: skip
        return told | ({"minProperties": 1} if ask.required else {})
    one = dict(KINDS[ask.kind])
    if ask.choices:
        one["enum"] = [code for code, _ in ask.choices]
    elif ask.required and ask.kind in {"text", "secret"}:
        one["minLength"] = 1
    if ask.many:
        return _list(one, ask)
    return one | ({"default": ask.default} if _fits(ask, one) else {})


def _list(one: Json, ask: Ask) -> Json:
    return {"type": "array", "items": one} | ({"minItems": 1} if ask.required else {})


def _fits(ask: Ask, one: Json) -> bool:
    """A default that a program may write as well; some are only words of the command line."""
    return ask.default is not None and ask.kind != "day" and ("enum" not in one or ask.default in one["enum"])


# --- answers ----------------------------------------------------------------------------------


def _answer(verb: Verb) -> Json:
    row: Json = {"type": "object"}
    if verb.columns:
        names = list(dict.fromkeys(attribute(name) for name in verb.columns))
        row |= {"properties": {name: {} for name in names}, "required": names}
    data = {"type": "array", "items": row} if verb.answers == "rows" else {"anyOf": [row, {"type": "null"}]}
    told = {"allOf": [{"$ref": "#/components/schemas/done"}, {"properties": {"data": data}}]}
    return {"description": _both("web.api.200"), "content": {"application/json": {"schema": told}}}


def _begun() -> Json:
    """Of what takes long: where it is followed."""
    told = _told(202, {"job": "string", "at": "string"})
    told["202"]["description"] = _both("web.api.202")
    return told


def jobs() -> Json:
    """Where a long act is followed."""
    whole = {"type": "integer", "minimum": 0}
    state = {"type": "string", "enum": [one.value for one in JobState]}
    names = {
        "job": {"type": "string"},
        "at": {"type": "string"},
        "state": state,
        "done": whole,
        "total": whole,
    }
    more = {
        "begun_at": {"type": "string"},
        "ended_at": {"type": ["string", "null"]},
        "data": {},
        "error": _error()["properties"]["error"],
    }
    schema = {"type": "object", "required": [*names, "begun_at", "ended_at"], "properties": names | more}
    answer = {
        "200": {"description": _both("web.api.200"), "content": {"application/json": {"schema": schema}}}
    }
    told = {
        "operationId": "job", "tags": ["jobs"], "summary": _both("web.api.job"), "parameters": _at("id"),
        "responses": {**answer, **_refusals()},
    }  # fmt: skip
    return {"/jobs/{id}": {"get": told}}


def _done() -> Json:
    lines = {"type": "array", "items": {"type": "string"}}
    facts = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "object"}}}
    return {
        "type": "object",
        "required": ["data", "told", "notes", "facts", "faults"],
        "properties": {
            "data": {"description": _both("web.api.data")},
            "told": lines | {"description": _both("web.api.told")},
            "notes": lines | {"description": _both("web.api.notes")},
            "facts": facts | {"description": _both("web.api.facts")},
            "faults": {"type": "boolean", "description": _both("web.api.faults")},
        },
    }


def _error() -> Json:
    text = {"type": "string"}
    inner = {
        "type": "object",
        "required": ["code", "message"],
        "properties": {"code": text, "message": text, "field": text, "facts": {"type": "object"}, "number": {"type": ["string", "null"]}},
    }  # fmt: skip
    return {"type": "object", "required": ["error"], "properties": {"error": inner}}


def _refusals() -> Json:
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in REFUSALS}


def _refusal(status: int) -> Json:
    schema = {"$ref": "#/components/schemas/error"}
    told: Json = {
        "description": _both(f"web.api.{status}"),
        "content": {"application/json": {"schema": schema}},
    }
    header = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}.get(status)
    return told | ({"headers": {header: {"schema": {"type": "string"}}}} if header else {})


def _key() -> Json:
    return {
        "name": "Idempotency-Key", "in": "header", "required": False, "description": _both("web.api.key"),
        "schema": {"type": "string", "pattern": "^[!-~]{1,120}$"},
    }  # fmt: skip


# --- files ------------------------------------------------------------------------------------


def _file(what: str, answer: Json, **more: Any) -> Json:
    """A route of a file's bytes: *what* names its word, *answer* is its own status and content."""
    return {
        "operationId": f"file_{what}", "tags": ["files"], "summary": _both(f"web.api.file-{what}"),
        "responses": {**answer, **_refusals()}, **more,
    }  # fmt: skip


def _at(*names: str) -> list[Json]:
    """Parameters of the address: a number that was given, an offset."""
    kinds: dict[str, Json] = {"id": {"type": "string"}, "offset": {"type": "integer", "minimum": 0}}
    return [{"name": name, "in": "path", "required": True, "schema": kinds[name]} for name in names]


def _query(name: str, schema: Json, *, required: bool) -> Json:
    return {"name": name, "in": "query", "required": required, "schema": schema}


def _sent(schema: Json, kind: str = "application/json") -> Json:
    return {"required": True, "content": {kind: {"schema": schema}}}


def _told(status: int, names: Mapping[str, str]) -> Json:
    schema = {
        "type": "object", "required": list(names), "properties": {name: {"type": kind} for name, kind in names.items()},
    }  # fmt: skip
    return {
        str(status): {
            "description": _both("web.api.200"),
            "content": {"application/json": {"schema": schema}},
        }
    }


def files() -> Json:
    """The routes that carry bytes instead of JSON."""
    words: Json = {"type": "string", "minLength": 1}
    whole: Json = {"type": "integer", "minimum": 0, "maximum": LARGEST}
    come = {"id": "string", "name": "string", "size": "integer", "received": "integer", "piece": "integer"}
    held = {"code": "string", "size": "integer", "files": "integer", "object": "string"}
    kinds = {"type": "string", "enum": [one.value for one in ComponentKind]}
    raw: Json = {"type": "string", "format": "binary"}
    beginning = _members({"name": words, "size": whole, "code": words}, "name", "size")
    attaching = _members({"code": words, "kind": kinds}, "code")
    out = {
        "200": {"description": _both("web.api.200"), "content": {"application/octet-stream": {"schema": raw}}}
    }
    taking = [
        _query("code", words, required=True), _query("purpose", words, required=True),
        _query("number", {"type": "integer", "minimum": 1, "maximum": 10**6, "default": 1}, required=False),
    ]  # fmt: skip
    return {
        "/uploads": {"post": _file("begin", _told(201, come), requestBody=_sent(beginning))},
        "/uploads/{id}": {
            "get": _file("progress", _told(200, come), parameters=_at("id")),
            "delete": _file("drop", {"204": {"description": _both("web.api.200")}}, parameters=_at("id")),
        },
        "/uploads/{id}/{offset}": {
            "put": _file("put", _told(200, come), parameters=_at("id", "offset"), requestBody=_sent(raw, "application/octet-stream")),
        },
        "/uploads/{id}/attach": {
            "post": _file("attach", _told(200, held), parameters=[*_at("id"), {"$ref": "#/components/parameters/key"}], requestBody=_sent(attaching)),
        },
        "/item/content": {"get": _file("content", out, parameters=taking)},
    }  # fmt: skip


def _members(properties: Json, *required: str) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(required),
    }
