"""What the admin help panel asks: a session, articles that fit, tickets, ratings."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import FastAPI, Header

from api.errors import CopilotError
from tests.browser.fake_answers import RELATED
from tests.browser.fake_chat import FakeChat


def add_panel(app: FastAPI, chat: FakeChat) -> None:
    @app.post("/panel/sessions", status_code=201)
    async def panel_session(body: dict[str, Any]) -> dict[str, Any]:
        if chat.refuse_identities:
            raise CopilotError("this token has expired", status=401)
        soon = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).isoformat()
        who = {"email": "irene@shop.example", "name": "Irene Salas", "account_id": "demo-shop"}
        return {**who, "token": "panel", "expires_at": soon, "platforms": ["Demo Shop"]}

    @app.post("/panel/articles")
    async def panel_articles(body: dict[str, Any]) -> dict[str, Any]:
        chat.contexts.append(body["context"])
        return {"articles": [{**RELATED, "url": f"/help/{body['language']}/export-sales-report"}]}

    @app.get("/panel/tickets")
    async def panel_tickets(authorization: str = Header()) -> dict[str, Any]:
        return {"tickets": chat.panel_tickets}

    @app.post("/panel/tickets/{id}/rating")
    async def panel_rating(id: int, body: dict[str, Any]) -> dict[str, Any]:
        chat.ratings.append({"id": id, **body})
        return {}
