"""An example of what a schema describes: its own where it has one, else one made of its parts' examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

# Deeper than that no example tells more.
_DEEPEST = 6
_BY_FORMAT = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "email": "ana@example.com",
    "uri": "https://example.com/",
    "uuid": "5f0c9f4e-7a54-4c0e-9d5b-0f0f6a3f2c11",
}
# What is a mere string in its schema.
_BY_NAME = {"email": "ana@example.com", "language": "es", "locale": "es", "url": "https://example.com/"}
_BY_TYPE: dict[str, Any] = {"string": "text", "integer": 1, "number": 0.5, "boolean": True, "null": None}


def resolved(schema: Schema, schemas: Schema) -> Schema:
    """What a reference points to, and the first alternative that is not null."""
    for _ in range(_DEEPEST):
        if "$ref" in schema:
            schema = schemas[str(schema["$ref"]).rpartition("/")[2]]
        elif "anyOf" in schema or "oneOf" in schema:
            choices = schema.get("anyOf") or schema["oneOf"]
            beside = {name: value for name, value in schema.items() if name not in ("anyOf", "oneOf")}
            schema = {**next((each for each in choices if each.get("type") != "null"), choices[0]), **beside}
        else:
            break
    return schema


def example_of(schema: Schema, schemas: Schema, *, sparse: bool = False, depth: int = 0) -> Any:
    """A value that the schema might have. `sparse`: of an object that is sent, only what has to be there or has an
    example."""
    schema = resolved(schema, schemas)
    for name in ("examples", "example", "const", "enum"):
        if name in schema:
            found = schema[name]
            return found[0] if name in ("examples", "enum") else found
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema:
        return _object(schema, schemas, sparse=sparse, depth=depth)
    if "prefixItems" in schema:
        return [example_of(each, schemas, sparse=sparse, depth=depth + 1) for each in schema["prefixItems"]]
    if kind == "array":
        items = schema.get("items")
        return [example_of(items, schemas, sparse=sparse, depth=depth + 1)] if items and depth < _DEEPEST else []
    if schema.get("default") is not None:
        return schema["default"]
    if kind == "integer" and schema.get("minimum", 0) > 1:
        return schema["minimum"]
    return _BY_FORMAT.get(str(schema.get("format"))) or _BY_TYPE.get(str(kind))


def _object(schema: Schema, schemas: Schema, *, sparse: bool, depth: int) -> dict[str, Any]:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    if depth >= _DEEPEST:
        return {}
    wanted = list(properties)
    if sparse:
        needed = set(schema.get("required", ()))
        told = [name for name in wanted if name in needed or "examples" in resolved(properties[name], schemas)]
        # Where nothing has to be there, the first few show what might.
        wanted = told or wanted[:3]
    found = {name: example_of(properties[name], schemas, sparse=sparse, depth=depth + 1) for name in wanted}
    return {name: _BY_NAME.get(name, value) if value == _BY_TYPE["string"] else value for name, value in found.items()}
