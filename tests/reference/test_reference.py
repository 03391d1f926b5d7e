"""The reference at /docs: every operation of the document, with calls and examples that are true."""

from __future__ import annotations

import json
import shlex
from typing import Any

import jsonschema_rs
import pytest

from api.reference.examples import example_of
from api.reference.operations import Group, groups_of
from tests.support.rest import Rest, rest

__all__ = ["rest"]

ADDRESS = "https://copilot.example"


@pytest.fixture
def groups(rest: Rest) -> list[Group]:
    return groups_of(rest.app.openapi(), ADDRESS)


def test_every_operation_of_the_document_is_there_once(rest: Rest, groups: list[Group]) -> None:
    told = [(each.method.lower(), each.path) for group in groups for each in group.operations]
    paths = rest.app.openapi()["paths"]
    assert sorted(told) == sorted((method, path) for path, methods in paths.items() for method in methods)
    ids = [each.id for group in groups for each in group.operations] + [group.id for group in groups]
    assert len(ids) == len(set(ids))
    assert all(each.about for group in groups for each in group.operations), "each says what it does"


def test_a_call_is_one_command_of_three_lines_at_most(groups: list[Group]) -> None:
    for operation in (each for group in groups for each in group.operations):
        assert len(operation.call.splitlines()) <= 3
        command = shlex.split(operation.call)
        assert command[0] == "curl"
        assert any(each.startswith(f"{ADDRESS}/") for each in command)
        if operation.body:
            assert json.loads(command[command.index("--json") + 1]) == json.loads(operation.body)


def test_what_is_shown_as_a_body_or_an_answer_fits_its_schema(rest: Rest) -> None:
    document = rest.app.openapi()
    schemas = document["components"]["schemas"]
    wrong = []
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            contents = [told.get("requestBody", {}).get("content", {}), *(
                each.get("content", {}) for status, each in told["responses"].items() if status.startswith("2")
            )]  # fmt: skip
            for sparse, content in zip([True, *[False] * len(contents)], contents, strict=False):
                schema: Any = content.get("application/json", {}).get("schema")
                if not schema:
                    continue
                made = example_of(schema, schemas, sparse=sparse)
                whole = {**schema, "components": document["components"]}
                if not jsonschema_rs.validator_for(whole).is_valid(made):
                    wrong.append((method, path, json.dumps(made)[:200]))
    assert wrong == []


def test_the_page_says_nothing_of_what_its_first_reader_asked_for(rest: Rest) -> None:
    first = rest.http.get("/docs?lang=en&secret=hunter2")
    assert first.status_code == 200
    assert "hunter2" not in first.text
    assert "unsafe" not in first.headers["content-security-policy"]
    spanish = rest.http.get("/docs", headers={"Accept-Language": "es", "Accept-Encoding": "identity"})
    assert spanish.headers["content-language"] == "es"
    assert 'lang="es"' in spanish.text
    assert "http://" not in spanish.text.replace(rest.settings.public_url, ""), "no other host is named"
