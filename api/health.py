"""Liveness and readiness."""

from __future__ import annotations

from typing import Annotated

import httpx
from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.services import Services, services

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live", response_class=PlainTextResponse)
async def live() -> str:
    """The process answers."""
    return "ok\n"


@router.get("/ready", response_class=PlainTextResponse)
async def ready(copilot: Annotated[Services, Depends(services)]) -> PlainTextResponse:
    """One line a component, `name: ok` or `name: what is wrong`; 503 unless all do their work. An index that was refused
    is told of while an older one serves, which is no reason to take this process out of service."""
    lines = {
        "database": await _database(copilot),
        "index": copilot.help_center.problem or "ok",
        "dialogue": "ok" if await copilot.dialogue.ready() else f"no answer from {copilot.settings.rasa.url}",
        "actions": await _actions(copilot),
    }
    body = "".join(f"{name}: {state}\n" for name, state in lines.items())
    if copilot.help_center.serving:
        lines["index"] = "ok"
    return PlainTextResponse(body, status_code=200 if set(lines.values()) == {"ok"} else 503)


async def _database(copilot: Services) -> str:
    def look(session: Session) -> None:
        session.execute(text("SELECT 1"))

    try:
        await copilot.database.reading(look)
    except SQLAlchemyError as error:
        return f"not reachable ({type(error).__name__})"
    return "ok"


async def _actions(copilot: Services) -> str:
    url = f"http://127.0.0.1:{copilot.settings.actions.port}/health"
    try:
        # verify=False: reading the certificate store takes 30 ms, and this is plain HTTP on loopback.
        async with httpx.AsyncClient(timeout=2.0, trust_env=False, verify=False) as client:  # noqa: S501
            response = await client.get(url)
    except httpx.HTTPError:
        return f"no answer from {url}"
    return "ok" if response.is_success else f"{url} answers {response.status_code}"
