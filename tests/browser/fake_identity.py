"""Who the customer of the fake chat is, proven by a code, and the tickets that only such a one may open."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Header
from fastapi.responses import JSONResponse

from api.errors import CopilotError
from tests.browser.fake_chat import FakeChat

CODE = "123456"


def add_identity(app: FastAPI, chat: FakeChat) -> None:
    @app.get("/demo/identity")
    async def identity() -> dict[str, str]:
        return {"token": "e30.eyJzdWIiOiJpcmVuZSJ9.x", "name": "Irene Salas"}

    @app.get("/identity/me")
    async def me(authorization: str = Header()) -> dict[str, Any]:
        found = chat.asking(authorization)
        return {"verified": bool(found.verified), "email": found.verified or None}

    @app.post("/identity/codes")
    async def code(body: dict[str, str], authorization: str = Header()) -> dict[str, str]:
        chat.asking(authorization)
        if "@" not in body["email"]:
            raise CopilotError("That is no address.", status=422)
        chat.codes.append(body["email"])
        return {"email": body["email"]}

    @app.post("/identity/codes/verify")
    async def verify(body: dict[str, str], authorization: str = Header()) -> dict[str, Any]:
        if body["code"] != CODE:
            raise CopilotError("That code is not right.", status=422)
        chat.asking(authorization).verified = chat.codes[-1]
        return {"verified": True, "ticket_ids": []}

    @app.post("/api/v2/requests", status_code=201)
    async def request(body: dict[str, Any], authorization: str = Header()) -> Any:
        found, wanted = chat.asking(authorization), body["request"]
        if not found.verified and {"id": "category", "value": "outage"} not in wanted["custom_fields"]:
            return JSONResponse({"error": "Forbidden", "description": "not_verified"}, status_code=403)
        chat.tickets.append(wanted)
        return {"request": {"id": 1100 + len(chat.tickets)}}
