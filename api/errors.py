"""The errors that leave the api, each with its HTTP status and whether trying again can help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CopilotError(Exception):
    """An error with a cure.

    `code` is stable and language-free; the customer reads ``errors.<code>`` of the wording files, filled with
    `values`, and developers read `message`. `retry_after` (whole seconds) becomes the ``Retry-After`` header.
    """

    status: int = 400
    code: str = "bad_request"
    try_again: bool = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        retry_after: int | None = None,
        values: Mapping[str, Any] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status
        self.retry_after = retry_after
        self.values = dict(values or {})
        self.details = dict(details or {})


class Unauthorized(CopilotError):
    """No token, or one that is unknown, expired or revoked."""

    status = 401
    code = "unauthorized"


class Forbidden(CopilotError):
    """The token is good, but not for this."""

    status = 403
    code = "forbidden"


class NotFound(CopilotError):
    """There is no such thing, or the caller may not know that there is."""

    status = 404
    code = "not_found"


class Conflict(CopilotError):
    """The same request is still being worked on."""

    status = 409
    code = "in_flight"
    try_again = True


class Invalid(CopilotError):
    """The request can never succeed as it stands."""

    status = 422
    code = "invalid"


class TooMany(CopilotError):
    """A limit was reached; `retry_after` says when to come back."""

    status = 429
    code = "too_many"
    try_again = True


class Unavailable(CopilotError):
    """A component is not there at the moment."""

    status = 503
    code = "unavailable"
    try_again = True
