"""Validation of each request against the OpenAPI document, so that no test passes with a client that violates it.

fastjsonschema compiles the schemas to Python when they are first needed. They are kept for the process, because a slow server would hide how fast
the official SDK is: a PATCH costs microseconds, a batch of 1000 items some milliseconds. `tests/contract` compares this file with openapi-core,
which reads the same document independently.

Deliberately stricter than the document: unknown query parameters, unknown keys, and bodies where none belong are violations. Adapted to older
servers: digits are an id, early 2026 writes statuses in lower case, and `domain` may be in a PATCH (whether it is accepted is a setting).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

from .call import Call
from .envelope import JSON_TYPE

DOCUMENT = Path(__file__).with_name("email-security.openapi.json")
PREFIX = "/client/v4"
SETTINGS = "/accounts/{account_id}/email-security/settings"
BASE = f"{SETTINGS}/domains"
ID = {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "string", "pattern": "^[0-9]{1,19}$"}]}
BATCH_ID = {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "integer"}]}
# Fields of the lists that the document allows in a write, and that no client may send: `deprecated` ones, and these, which only a directory sets.
READ_ONLY = frozenset({"provenance", "directory_id", "directory_node_id"})
EARLY_STATUS = ["PENDING", "ACTIVE", "FAILED", "TIMEOUT", "pending", "active", "failed", "timeout"]

Check = Callable[[Any], Any]


class Violation(Exception):
    """A request that the document does not allow."""

    def __init__(self, message: str, pointer: str) -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, read once."""
    loaded: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return loaded


@cache
def id_parameter(resource: str) -> str:
    """The name that the document gives to the id in the paths of a resource."""
    start = f"{SETTINGS}/{resource}/{{"
    paths: list[str] = [path for path in document()["paths"] if path.startswith(start) and path.endswith("}")]
    return paths[0].removeprefix(start).removesuffix("}")


def is_uuid(value: str) -> bool:
    """Whether the text is a UUID in its usual form: five groups with hyphens, in either case."""
    try:
        return str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def json_schema(schema: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema draft 7: references resolved, `nullable` turned into a type."""
    if isinstance(schema, list):
        return [json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target: Any = document()
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return json_schema(target)
    made = {key: json_schema(value) for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable") and "type" in schema:
        made["type"] = [schema["type"], "null"]
    return made


def compiled(schema: dict[str, Any]) -> Check:
    """A schema as a function that raises an exception of fastjsonschema."""
    check: Check = fastjsonschema.compile(schema, formats={"uuid": is_uuid}, use_default=False)
    return check


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without unknown keys."""
    return {**schema, "additionalProperties": False}


def body_schema(template: str, method: str) -> dict[str, Any] | None:
    """The schema of an operation's body, made strict and adapted to servers of any date."""
    operation = document()["paths"][template][method]
    if "requestBody" not in operation:
        return None
    schema: dict[str, Any] = closed(json_schema(operation["requestBody"]["content"][JSON_TYPE]["schema"]))
    of_domains = template.startswith(BASE)
    if template.endswith("/batch"):
        schema["properties"] = {name: batch_array(name, array, of_domains) for name, array in schema["properties"].items()}
        for name in ("patches", "puts", "posts"):
            # A list that takes deletes only: the other arrays may be sent empty.
            schema["properties"].setdefault(name, {"type": "array", "maxItems": 0})
    elif not of_domains:
        schema["properties"] = sendable(schema["properties"])
    elif method == "patch":
        schema["properties"] = {**schema["properties"], "domain": {"type": "string"}}
    return schema


def batch_array(name: str, array: dict[str, Any], of_domains: bool) -> dict[str, Any]:
    """One of the four arrays of a batch."""
    properties = dict(array["items"]["properties"])
    if "id" in properties:
        properties["id"] = BATCH_ID
    items = {**array["items"], "properties": properties if of_domains else sendable(properties)}
    if name == "patches" and of_domains:
        properties["domain"] = {"type": "string"}
    elif name == "patches":
        items["minProperties"] = 2  # the id, and what changes
    return {**array, "items": closed(items)}


def sendable(properties: dict[str, Any]) -> dict[str, Any]:
    """The properties of an entry that a client may send."""
    return {name: schema for name, schema in properties.items() if name not in READ_ONLY and not schema.get("deprecated")}


def parameter_schema(parameter: dict[str, Any], early: bool) -> dict[str, Any]:
    """The schema of a path or query parameter."""
    if parameter["in"] == "path" and parameter["name"] != "account_id":
        return ID
    if parameter["name"] == "status" and early:
        return {"enum": EARLY_STATUS}
    schema: dict[str, Any] = json_schema(parameter["schema"])
    return schema


class Operation:
    """The compiled checks of one operation of the document."""

    def __init__(self, template: str, method: str, early: bool) -> None:
        parameters = document()["paths"][template][method]["parameters"]
        self.path = {p["name"]: compiled(parameter_schema(p, early)) for p in parameters if p["in"] == "path"}
        self.query = {p["name"]: (parameter_schema(p, early), compiled(parameter_schema(p, early))) for p in parameters if p["in"] == "query"}
        schema = body_schema(template, method)
        self.body = None if schema is None else compiled(schema)

    def check(self, call: Call, path: dict[str, str]) -> None:
        """Raise the first violation of a call."""
        for name, check in self.path.items():
            run(check, path[name], f"path/{name}")
        self._check_query(call)
        self._check_body(call)

    def _check_query(self, call: Call) -> None:
        for name in dict(call.query):
            if name not in self.query:
                raise Violation(f"there is no query parameter {name}", f"query/{name}")
            schema, check = self.query[name]
            values: list[str] = call.all(name)
            if schema.get("type") == "array":
                run(check, values, f"query/{name}")
                continue
            if len(values) > 1:
                raise Violation(f"query parameter {name} is given {len(values)} times", f"query/{name}")
            run(check, typed(values[0], schema), f"query/{name}")

    def _check_body(self, call: Call) -> None:
        if self.body is None:
            if call.body:
                raise Violation(f"{call.method} has no body here", "")
            return
        sent = call.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if sent != JSON_TYPE:
            raise Violation(f"the body is sent as {sent or 'nothing'}, not {JSON_TYPE}", "")
        try:
            data = call.data
        except ValueError as error:
            raise Violation(f"the body is not JSON: {error}", "") from None
        run(self.body, data, "")


def typed(text: str, schema: dict[str, Any]) -> Any:
    """A query value as the type of its schema, or the text itself, which the schema then refuses."""
    if schema.get("type") == "integer" and re.fullmatch(r"-?[0-9]{1,19}", text):
        return int(text)
    if schema.get("type") == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def run(check: Check, value: Any, where: str) -> None:
    """Run a compiled check, and turn its error into a violation with a JSON pointer."""
    try:
        check(value)
    except fastjsonschema.JsonSchemaValueException as error:
        steps = [str(step) for step in error.path[1:]]
        message = f"{'.'.join(steps) or where or 'body'} {error.message.partition(' ')[2]}"
        raise Violation(message, where or "".join(f"/{step}" for step in steps)) from None


@cache
def operation(template: str, method: str, early: bool) -> Operation | None:
    """The operation of a path template and a method, compiled once. None if there is none."""
    if method not in document()["paths"].get(template, {}):
        return None
    return Operation(template, method, early)


def check(call: Call, template: str, path: dict[str, str], early: bool) -> None:
    """Raise the first violation of a call to a path of the document."""
    found = operation(template, call.method.lower(), early)
    if found is None:
        raise Violation(f"{call.method} is not in the document for {template}", "")
    found.check(call, path)
