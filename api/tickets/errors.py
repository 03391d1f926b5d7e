"""Errors in Zendesk's shape, for everything under /api/v2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.responses import JSONResponse

from api.errors import CopilotError

# Zendesk's names for what a client handles by name.
_TITLES = {
    400: "BadRequest",
    401: "Couldn't authenticate you",
    403: "Forbidden",
    404: "RecordNotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    413: "PayloadTooLarge",
    415: "UnsupportedMediaType",
    422: "RecordInvalid",
    429: "APIRateLimitExceeded",
    503: "ServiceUnavailable",
}


_ENVELOPES = frozenset({"body", "query", "path", "header", "ticket", "request"})


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field: `error` is Zendesk's word (BlankValue, InvalidValue ...), `description` the cure."""

    field: str
    error: str
    description: str


class TicketRejected(CopilotError):
    """A ticket that can never be opened, or changed, as it was sent: every wrong field is named."""

    status = 422
    code = "ticket_rejected"

    def __init__(self, problems: list[FieldProblem]) -> None:
        self.problems = problems
        named: dict[str, list[dict[str, str]]] = {}
        for problem in problems:
            named.setdefault(problem.field, []).append({"error": problem.error, "description": problem.description})
        message = "; ".join(problem.description for problem in problems)
        super().__init__(message or "The record is not valid.", details=named)


class ZendeskError(CopilotError):
    """An error that Zendesk's clients know by a name of its own."""

    def __init__(self, status: int, title: str, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message, status=status, code="ticketing", retry_after=retry_after)
        self.title = title


def zendesk_error_body(error: CopilotError) -> dict[str, Any]:
    """``{"error", "description"}`` and, for what was wrong with a record, ``details`` by field."""
    if error.status == 422 and not isinstance(error, ZendeskError):
        details: Mapping[str, Any] = error.details
        if not isinstance(error, TicketRejected):
            details = _details(error)
        return {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
    if error.status == 404:
        return {"error": "RecordNotFound", "description": "Not found"}
    title = error.title if isinstance(error, ZendeskError) else _TITLES.get(error.status, "InternalError")
    return {"error": title, "description": error.message}


def _details(error: CopilotError) -> dict[str, list[dict[str, str]]]:
    """From ``{"body.ticket.subject": "what is wrong"}`` to Zendesk's shape; what names no field of the record is ``base``."""
    named: dict[str, list[dict[str, str]]] = {}
    for place, text in error.details.items():
        steps = [step for step in place.split(".") if step not in _ENVELOPES]
        named.setdefault(".".join(steps) or "base", []).append({"error": "InvalidValue", "description": str(text)})
    return named or {"base": [{"error": "InvalidValue", "description": error.message}]}


def render_zendesk_error(error: CopilotError) -> JSONResponse:
    """The response for an error under /api/v2."""
    response = JSONResponse(zendesk_error_body(error), status_code=error.status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Basic"
    return response
