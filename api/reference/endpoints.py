"""The page /docs: the whole reference in one page of our own, which works without a script and asks no other host."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.reference.operations import groups_of
from api.services import Services, services
from api.web.pages import page_language, render_page

router = APIRouter(include_in_schema=False)

Copilot = Annotated[Services, Depends(services)]


@dataclass(frozen=True)
class _Page:
    plain: bytes
    packed: bytes
    language: str


@router.get("/docs", response_class=HTMLResponse)
async def reference(request: Request, copilot: Copilot) -> HTMLResponse:
    """Every operation with what it takes, an example of its answer, and a call to copy."""
    language = page_language(request, copilot.catalog)
    # Half a second of work for half a megabyte: once for each language.
    made: dict[str, _Page] = request.app.state.reference
    if language not in made:
        made[language] = await anyio.to_thread.run_sync(_made, request, copilot, language)
    page = made[language]
    headers = {"Content-Language": page.language, "Vary": "Accept-Language, Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return HTMLResponse(page.packed, headers={**headers, "Content-Encoding": "gzip"})
    return HTMLResponse(page.plain, headers=headers)


def _made(request: Request, copilot: Services, language: str) -> _Page:
    groups = groups_of(request.app.openapi(), copilot.settings.public_url)
    # It is shown to everybody: nothing of what this one asked for belongs into its links.
    anybody = Request({**request.scope, "query_string": b""})
    page = render_page(anybody, copilot.catalog, "reference.html", language=language, groups=groups)
    plain = bytes(page.body)
    return _Page(plain, gzip.compress(plain, 6, mtime=0), language)
