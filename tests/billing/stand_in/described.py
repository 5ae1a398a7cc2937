"""Requests and answers against Stripe's published description of its API (OpenAPI 3): counted, with what differs."""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

STANDARDS = Path(__file__).resolve().parents[3].parent / "shared" / "standards" / "stripe"
SPEC = STANDARDS / "2023-08-16" / "spec3.subset.json"
FIXTURES = STANDARDS / "fixtures-2026-08" / "fixtures3.json"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@cache
def description() -> dict[str, Any]:
    return json.loads(SPEC.read_text())


@dataclass
class Description:
    """Counts what was checked; `mismatches` says what differs, and where."""

    requests: int = 0
    answers: int = 0
    mismatches: list[str] = field(default_factory=list)

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """The described path and operation that a request is for; the most literal path wins."""
        found = [
            (one, methods[method.lower()])
            for one, methods in description()["paths"].items()
            if method.lower() in methods and re.fullmatch(re.sub(r"{\w+}", "[^/]+", one), path)
        ]
        return min(found, key=lambda pair: pair[0].count("{"), default=None)

    def request(self, method: str, path: str, pairs: list[tuple[str, str]], version: str) -> dict[str, Any]:
        """Check a request; returns its parameters as typed values."""
        self.requests += 1
        where = f"{method} {path}"
        found = self.operation(method, path)
        if found is None:
            self.mismatches.append(f"{where}: not described")
            return {}
        if version != description()["info"]["version"]:
            self.mismatches.append(f"{where}: version {version!r}")
        _path, operation = found
        params = nested(pairs)
        if method == "POST":
            schema = operation["requestBody"]["content"][FORM]["schema"]
            typed = self._typed(params, schema, where)
        else:
            described = {one["name"]: one["schema"] for one in operation.get("parameters", []) if one["in"] == "query"}
            schema = {"type": "object", "properties": described, "additionalProperties": False}
            typed = self._typed(params, schema, where)
        self._check(typed, schema, where)
        return typed

    def answer(self, method: str, path: str, status: int, body: Any) -> None:
        """Check an answer."""
        self.answers += 1
        where = f"{method} {path} → {status}"
        found = self.operation(method, path)
        if found is None:
            self.mismatches.append(f"{where}: not described")
            return
        responses = found[1]["responses"]
        response = responses.get(str(status), responses["default"])
        self._check(body, response["content"][JSON]["schema"], where)

    def event(self, body: dict[str, Any]) -> None:
        """Check an event that is sent, and the object that it carries."""
        self.answers += 1
        schemas = description()["components"]["schemas"]
        self._check(body, schemas["event"], f"event {body['type']}")
        thing = body["data"]["object"]
        if thing["object"] in schemas:
            self._check(thing, schemas[thing["object"]], f"event {body['type']}")

    def _check(self, value: Any, schema: dict[str, Any], where: str) -> None:
        self.mismatches += [f"{where}: {one}" for one in differences(value, schema)]

    def _typed(self, value: Any, schema: dict[str, Any], where: str) -> Any:
        """Texts of a form as the numbers and booleans that they stand for."""
        schema = _resolved(schema)
        for option in schema.get("anyOf", []):
            typed = self._typed(value, option, where)
            if not differences(typed, option):
                return typed
        if isinstance(value, dict) and schema.get("type") == "array":
            # Lists are sent with their ranks: items[0][price].
            return [self._typed(value[key], schema["items"], where) for key in sorted(value, key=int)]
        if isinstance(value, dict):
            known, more = schema.get("properties", {}), schema.get("additionalProperties")
            other = more if isinstance(more, dict) else {}
            return {key: self._typed(one, known.get(key, other), where) for key, one in value.items()}
        if schema.get("type") in {"integer", "number"} and re.fullmatch(r"-?\d+(\.\d+)?", str(value)):
            return float(value) if "." in value else int(value)
        if schema.get("type") == "boolean" and value in {"true", "false"}:
            return value == "true"
        return value


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0]=c` as nested dictionaries, lists kept as dictionaries by rank; `a[]=c` takes the next rank."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        first, *rest = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        here = root
        keys = [first, *rest]
        for key in keys[:-1]:
            here = here.setdefault(key or str(len(here)), {})
        here[keys[-1] or str(len(here))] = value
    return root


def differences(value: Any, schema: dict[str, Any], at: str = "") -> list[str]:
    """What a value has against a schema, each with its place; empty when it conforms."""
    schema = _resolved(schema)
    if value is None:
        return [] if schema.get("nullable") or not schema else [f"{at or '.'} is null"]
    if "anyOf" in schema:
        tried = [differences(value, option, at) for option in schema["anyOf"]]
        return [] if any(not one for one in tried) else [f"{at or '.'} fits none of {len(tried)}", *min(tried, key=len)]
    kind = schema.get("type")
    right = {
        "object": isinstance(value, dict),
        "array": isinstance(value, list),
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
    }
    if kind is not None and not right[kind]:
        return [f"{at or '.'} is not {kind}: {value!r}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at} is none of {schema['enum']}: {value!r}")
    if isinstance(value, str):
        if len(value) > schema.get("maxLength", len(value)):
            found.append(f"{at} is too long")
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{at} does not match {schema['pattern']}")
    if isinstance(value, list):
        found += [one for rank, item in enumerate(value) for one in differences(item, schema["items"], f"{at}[{rank}]")]
    if isinstance(value, dict):
        found += _members(value, schema, at)
    return found


def _members(value: dict[str, Any], schema: dict[str, Any], at: str) -> list[str]:
    found = [f"{at}.{name} misses" for name in schema.get("required", []) if name not in value]
    known, more = schema.get("properties", {}), schema.get("additionalProperties")
    for name, one in value.items():
        if name in known:
            found += differences(one, known[name], f"{at}.{name}")
        elif isinstance(more, dict):
            found += differences(one, more, f"{at}.{name}")
        elif known and (more is False or "title" in schema or schema.get("x-expandableFields") is not None):
            found.append(f"{at}.{name} is not described")
    return found


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = description()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema
