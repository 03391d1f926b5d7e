"""Requests to a Zendesk: who we are, how long we wait, and what its refusals mean."""

from __future__ import annotations

import contextlib
import functools
import ssl
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import httpx

from api.settings import ZendeskSettings
from api.tickets.backends.base import (
    BackendBusy,
    BackendLockedOut,
    BackendUnavailable,
    RemoteGone,
    RemoteKeyReused,
    RemoteRefused,
)

# Where a 429 does not say how long: the limits are counted by the minute.
_BUSY_SECONDS = 60
_RESERVE_SECONDS = 10
_LONGEST_WAIT = 3600
_LONGEST_REASON = 500
_CHUNK = 64 * 1024


class ZendeskHttp:
    """One connection pool. `wait` is what the last answer's rate-limit headers ask for, in seconds."""

    def __init__(self, settings: ZendeskSettings) -> None:
        self._settings = settings
        self._client: httpx.AsyncClient | None = None
        self.wait = 0.0

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        key: str | None = None,
    ) -> dict[str, Any]:
        """The JSON of an answer (empty for none). Raises as `RemoteBackend` says."""
        headers = {"Idempotency-Key": key} if key else {}
        return await self._ask(method, path, params=query, json=json, headers=headers)

    async def send_file(self, path: str, query: Mapping[str, str], media_type: str, file: Path) -> dict[str, Any]:
        """Post a file as it is."""
        size = (await anyio.Path(file).stat()).st_size
        headers = {"Content-Type": media_type, "Content-Length": str(size)}
        return await self._ask("POST", path, params=query, content=_chunks(file), headers=headers)

    async def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            answer = await self._open().request(method, f"/api/v2{path}", **options)
        except httpx.TimeoutException as error:
            raise BackendUnavailable(f"no answer within {self._settings.timeout:g} s") from error
        except httpx.TransportError as error:
            raise BackendUnavailable(f"no connection ({type(error).__name__})") from error
        self._note_limits(answer)
        return _body(answer)

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            given = self._settings
            self._client = httpx.AsyncClient(
                base_url=given.url,
                auth=(f"{given.email}/token", given.token.get_secret_value()),
                timeout=given.timeout,
                verify=authorities(),
                # A redirect would carry the token elsewhere, and make a GET of a POST.
                follow_redirects=False,
                headers={"Accept": "application/json", "User-Agent": "support-copilot"},
            )
        return self._client

    def _note_limits(self, answer: httpx.Response) -> None:
        remaining = _number(answer, "x-rate-limit-remaining", "ratelimit-remaining")
        limit = _number(answer, "x-rate-limit", "ratelimit-limit")
        # An account with a limit as small as the reserve must get on, too.
        reserve = self._settings.reserve if limit is None else min(self._settings.reserve, limit // 10)
        if remaining is not None and remaining < reserve:
            self.wait = float(min(_number(answer, "ratelimit-reset") or _RESERVE_SECONDS, _LONGEST_WAIT))
        else:
            self.wait = 0.0


@functools.cache
def authorities() -> ssl.SSLContext:
    """Whom we believe, read once."""
    # Reading them takes 70 ms.
    return httpx.create_ssl_context()


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    async with await anyio.open_file(file, "rb") as opened:
        while chunk := await opened.read(_CHUNK):
            yield chunk


def _body(answer: httpx.Response) -> dict[str, Any]:
    status = answer.status_code
    if 200 <= status < 300:
        if not answer.content:
            return {}
        with contextlib.suppress(ValueError):
            found = answer.json()
            if isinstance(found, dict):
                return found
        raise BackendUnavailable(f"the answer to a {answer.request.method} is no JSON object")
    after = _number(answer, "retry-after")
    after = min(after, _LONGEST_WAIT) if after is not None else None
    if status == 429:
        raise BackendBusy("too many requests", retry_after=_BUSY_SECONDS if after is None else after)
    if status >= 500 or status in (408, 409, 425):
        raise BackendUnavailable(f"it answers {status}", retry_after=after)
    if status in (401, 403):
        raise BackendLockedOut(f"it answers {status}: {_reason(answer)}")
    if status in (404, 410):
        raise RemoteGone("it has no such record")
    if 300 <= status < 400:
        raise BackendLockedOut(
            f"it answers {status}, a redirect, which is not followed: correct COPILOT_TICKETS__ZENDESK__URL"
        )
    if status == 400 and "IdempotentRequestError" in answer.text:
        raise RemoteKeyReused("the key was used with another body")
    raise RemoteRefused(f"{status}: {_reason(answer)}")


def _reason(answer: httpx.Response) -> str:
    """What it says is wrong, field by field where it names fields."""
    try:
        body = answer.json()
    except ValueError:
        return "no reason given"
    if not isinstance(body, dict):
        return "no reason given"
    details = body.get("details")
    told = []
    for name, problems in details.items() if isinstance(details, dict) else ():
        for each in problems if isinstance(problems, list) else [problems]:
            told.append(
                str(each.get("description") or each.get("error")) if isinstance(each, dict) else f"{name}: {each}"
            )
    error = body.get("error")
    title = error.get("title") if isinstance(error, dict) else error
    text = "; ".join(told) or str(body.get("description") or title or "no reason given")
    return text[:_LONGEST_REASON]


def _number(answer: httpx.Response, *names: str) -> int | None:
    for name in names:
        text = answer.headers.get(name, "").strip()
        if text.isascii() and text.isdigit() and len(text) < 8:
            return int(text)
    return None
