"""The OpenAPI document as people read it: operations by tag, each with what it takes, an example and a call."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from markdown_it import MarkdownIt
from markupsafe import Markup

from api.reference.examples import Schema, example_of, resolved

_MARKDOWN = MarkdownIt("commonmark", {"html": False})
# Fields of fields are told, those below are seen in the example.
_DEEPEST_FIELD = 3


@dataclass(frozen=True)
class Given:
    """A parameter, or a field of a body (`a.b`, `a[].b`). `about` is HTML that we wrote."""

    name: str
    where: str
    kind: str
    required: bool
    about: Markup


@dataclass(frozen=True)
class Told:
    """An answer. `example` is empty for one that has no JSON."""

    status: str
    meaning: str
    example: str


@dataclass(frozen=True)
class Operation:
    """One call. `call`: with curl, in a line or three."""

    id: str
    method: str
    path: str
    summary: str
    about: Markup
    parameters: tuple[Given, ...]
    fields: tuple[Given, ...]
    media_type: str
    body: str
    answers: tuple[Told, ...]
    errors: tuple[str, ...]
    call: str


@dataclass(frozen=True)
class Group:
    """The operations of one tag, in the document's order."""

    id: str
    name: str
    operations: list[Operation] = field(default_factory=list)


def groups_of(document: Mapping[str, Any], address: str) -> list[Group]:
    """Every operation, by tag; `address` is where calls go."""
    schemas: Schema = document.get("components", {}).get("schemas", {})
    found: dict[str, Group] = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            tag = (told.get("tags") or ["other"])[0]
            group = found.setdefault(tag, Group(_slug(tag), tag))
            group.operations.append(_operation(address, path, method, told, schemas))
    return list(found.values())


def _operation(address: str, path: str, method: str, told: Mapping[str, Any], schemas: Schema) -> Operation:
    media_type, schema = _content(told.get("requestBody", {}))
    body = example_of(schema, schemas, sparse=True) if schema else None
    parameters = told.get("parameters", [])
    answers, errors = _answers(told.get("responses", {}), schemas)
    return Operation(
        id=_slug(f"{method} {path}"),
        method=method.upper(),
        path=path,
        summary=str(told.get("summary", path)),
        about=_html(str(told.get("description", ""))),
        parameters=tuple(_parameter(each, schemas) for each in parameters),
        fields=tuple(_fields(schema, schemas)) if schema else (),
        media_type=media_type,
        body=_json(body) if schema and media_type == "application/json" else "",
        answers=answers,
        errors=errors,
        call=_call(address, path, method, parameters, media_type, body, schemas),
    )


def _content(told: Mapping[str, Any]) -> tuple[str, Schema]:
    """The first kind of body, JSON where there are several."""
    content = told.get("content", {})
    media_type = "application/json" if "application/json" in content else next(iter(content), "")
    return media_type, content.get(media_type, {}).get("schema", {})


def _answers(told: Mapping[str, Any], schemas: Schema) -> tuple[tuple[Told, ...], tuple[str, ...]]:
    answers, errors = [], []
    for status, each in told.items():
        if not status.startswith("2"):
            errors.append(status)
            continue
        media_type, schema = _content(each)
        meaning = "" if each.get("description") == "Successful Response" else str(each.get("description", ""))
        has_json = media_type == "application/json" and schema
        answers.append(Told(status, meaning, _json(example_of(schema, schemas)) if has_json else ""))
    return tuple(answers), tuple(sorted(errors))


def _parameter(told: Mapping[str, Any], schemas: Schema) -> Given:
    about = told.get("description") or told.get("schema", {}).get("description", "")
    kind = _kind(told.get("schema", {}), schemas)
    return Given(str(told["name"]), str(told["in"]), kind, bool(told.get("required")), _html(str(about)))


def _fields(schema: Schema, schemas: Schema, prefix: str = "", depth: int = 0) -> list[Given]:
    schema = resolved(schema, schemas)
    if schema.get("type") == "array":
        return _fields(schema.get("items", {}), schemas, f"{prefix}[]", depth)
    needed = set(schema.get("required", ()))
    found = []
    for name, each in schema.get("properties", {}).items():
        full = f"{prefix}.{name}".lstrip(".")
        about = resolved(each, schemas).get("description", "") if "properties" not in resolved(each, schemas) else ""
        found.append(
            Given(full, "", _kind(each, schemas), name in needed, _html(str(each.get("description") or about)))
        )
        if depth + 1 < _DEEPEST_FIELD:
            found += _fields(each, schemas, full, depth + 1)
    return found


def _kind(schema: Schema, schemas: Schema) -> str:
    may_be_null = any(each.get("type") == "null" for each in schema.get("anyOf", ()))
    found = resolved(schema, schemas)
    if "enum" in found:
        kind = " | ".join(json.dumps(each) for each in found["enum"])
    elif "const" in found:
        kind = json.dumps(found["const"])
    elif found.get("type") == "array":
        kind = f"{_kind(found.get('items', {}), schemas)}[]"
    else:
        kind = str(found.get("format") or found.get("type") or "any")
    return f"{kind} or null" if may_be_null else kind


def _call(
    address: str,
    path: str,
    method: str,
    parameters: list[Mapping[str, Any]],
    media_type: str,
    body: Any,
    schemas: Schema,
) -> str:
    values = {each["name"]: example_of(each.get("schema", {}), schemas) for each in parameters}
    filled = re.sub(r"\{(\w+)\}", lambda found: _in_path(found[1], values.get(found[1])), path)
    query = {
        each["name"]: values[each["name"]] for each in parameters if each["in"] == "query" and each.get("required")
    }
    url = f"{address}{filled}" + (f"?{urlencode(query)}" if query else "")
    verb = "" if method == "get" else f"-X {method.upper()} "
    zendesk = path.startswith("/api/v2/")
    lines = [
        f"curl {verb}" + (f'"{url}"' if "$" in url else shlex.quote(url)),
        '-u "$EMAIL/token:$TOKEN"' if zendesk else '-H "Authorization: Bearer $TOKEN"',
    ]
    if media_type == "application/json":
        lines.append(f"--json {shlex.quote(json.dumps(body, ensure_ascii=False))}")
    elif media_type == "application/x-www-form-urlencoded" and isinstance(body, dict):
        lines.append(f"--data {shlex.quote(urlencode(body))}")
    elif media_type == "multipart/form-data":
        lines.append("-F file=@screen.png")
    elif media_type:
        lines.append("--data-binary @screen.png")
    return " \\\n  ".join(lines)


def _in_path(name: str, value: Any) -> str:
    """A number where it is one; else its name, to be filled in."""
    if isinstance(value, int):
        return "1024" if name == "ticket_id" else str(value)
    return f"${name.upper()}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _html(text: str) -> Markup:
    # Written by ourselves, and HTML in it is text all the same.
    return Markup(_MARKDOWN.render(text))  # noqa: S704


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
