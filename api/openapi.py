"""What /openapi.json says beside the endpoints themselves: the errors that every one of them may answer with, and how to
prove who is asking. Written in one place, so that an endpoint added tomorrow is described as truly as the others."""

from __future__ import annotations

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

ZENDESK = "/api/v2"
_OURS = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "Stable, in no language."},
                "message": {"type": "string", "description": "For the customer, in the customer's language."},
                "detail": {"type": "string", "description": "For developers: what is wrong and how to mend it."},
                "try_again": {"type": "boolean"},
                "details": {"type": "object", "additionalProperties": True},
            },
        }
    },
    "examples": [
        {
            "error": {
                "code": "not_found",
                "message": "That is not here.",
                "detail": "there is no such conversation",
                "try_again": False,
            }
        }
    ],
}
_ZENDESK = {
    "type": "object",
    "required": ["error", "description"],
    "properties": {
        "error": {"type": "string"},
        "description": {"type": "string"},
        "details": {
            "type": "object",
            "additionalProperties": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["error", "description"],
                    "properties": {"error": {"type": "string"}, "description": {"type": "string"}},
                },
            },
        },
    },
    "examples": [
        {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": {"subject": [{"error": "BlankValue", "description": "Subject: cannot be blank"}]},
        }
    ],
}
_SECURITY = {
    "Bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token, a sign-in session, the token of a conversation or that of a running turn.",
    },
    "ApiToken": {
        "type": "http",
        "scheme": "basic",
        "description": "`<e-mail>/token` as the user name, an API token as the password.",
    },
    "Session": {"type": "apiKey", "in": "cookie", "name": "copilot_session"},
}
_MEANING = {
    "400": "The request cannot be understood, or belongs to another Idempotency-Key.",
    "401": "No token, or one that is unknown, expired or revoked.",
    "403": "The token is good, but not for this.",
    "404": "There is no such thing, or the caller may not know that there is.",
    "409": "Somebody was faster, or the same request is still being worked on.",
    "413": "The body is larger than what is taken.",
    "415": "The body is of a kind that is not taken.",
    "422": "What was sent is wrong: `details` names the fields.",
    "429": "Too much at once; `Retry-After` says in how many seconds to come back.",
    "503": "A component is not there at the moment: try again.",
}
_BODY_METHODS = frozenset({"post", "put", "patch", "delete"})


def describe(app: FastAPI) -> None:
    """Make the application's OpenAPI document tell all of that."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description="Chat, help center, tickets (in Zendesk's shapes, under /api/v2), figures and identity.",
                routes=app.routes,
            )
            app.openapi_schema = completed(document)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with errors and security for every operation."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Error"], schemas["ZendeskError"] = _OURS, _ZENDESK
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = _SECURITY
    document["security"] = [{name: []} for name in _SECURITY] + [{}]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _complete(path, method, operation)
    return document


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    shape = "ZendeskError" if path.startswith(ZENDESK) else "Error"
    responses: dict[str, Any] = operation.setdefault("responses", {})
    if "HTTPValidationError" in str(responses.get("422", "")):
        del responses["422"]
    codes = ["400", "401", "403", "404", "422", "429", "503"]
    if method in _BODY_METHODS:
        codes += ["409", "413", "415"]
    for code in sorted(codes):
        told = responses.setdefault(code, {"description": _MEANING[code]})
        told.setdefault("description", _MEANING[code])
        told.setdefault("content", {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape}"}}})
    responses["429"].setdefault(
        "headers", {"Retry-After": {"schema": {"type": "string", "pattern": r"^\d+$"}, "description": "Whole seconds."}}
    )
    operation.setdefault("summary", re.sub(r"[_-]+", " ", operation.get("operationId", path)).capitalize())
