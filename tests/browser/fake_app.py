"""The real pages with the fake chat behind them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import SecretStr
from sqlalchemy import StaticPool, create_engine
from sqlalchemy.orm import Session

import api.help_center.endpoints
import api.help_center.pages
import api.leads.endpoints
import api.web.endpoints
from api.abuse.guard import Guard
from api.errors import CopilotError
from api.migrations import all_tables
from api.settings import Settings
from api.web.security import SecurityHeaders
from bot.catalog import Catalog
from tests.browser.fake_answers import ARTICLE
from tests.browser.fake_chat import FakeChat
from tests.browser.fake_identity import add_identity
from tests.browser.fake_panel import add_panel
from tests.browser.fake_turns import add_turns
from tests.browser.serving import Reporting
from tests.support.fake_help_center import FakeHelpCenter

ROOT = Path(__file__).resolve().parents[2]


class _EmptyDatabase:
    """What pages ask before they are drawn: there are no service notices."""

    def __init__(self) -> None:
        alone = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
        self._engine = create_engine("sqlite://", **alone)
        all_tables().create_all(self._engine)

    async def reading(self, work: Callable[[Session], Any]) -> Any:
        with Session(self._engine) as session:
            return work(session)

    async def writing(self, work: Callable[[Session], Any]) -> Any:
        with Session(self._engine) as session, session.begin():
            return work(session)


def create_fake_app() -> FastAPI:
    """The app; its `FakeChat` is `app.state.chat`."""
    app = FastAPI()
    chat = FakeChat(Catalog.load(ROOT / "data"))
    app.state.chat = chat

    app.state.stopping = False
    settings = Settings(data=ROOT / "data", secret_key=SecretStr("s" * 32))
    app.state.guard = Guard(settings)
    articles = FakeHelpCenter(rendered={"export-sales-report": Path(__file__).parent / "article_body.html"})
    app.state.services = SimpleNamespace(
        catalog=chat.catalog,
        database=_EmptyDatabase(),
        help_center=articles,
        settings=settings,
    )
    app.include_router(api.help_center.pages.router)
    app.include_router(api.leads.endpoints.router)
    app.include_router(api.web.endpoints.router)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Reporting)

    @app.exception_handler(CopilotError)
    async def render(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, CopilotError)
        return JSONResponse({"error": {"code": error.code, "message": error.message}}, status_code=error.status)

    @app.get("/catalog")
    @app.get("/desk/catalog")
    async def catalog(language: str = "es") -> dict[str, Any]:
        known = language if language in chat.catalog.languages else "es"
        return {**chat.catalog.to_json(known), "web": chat.catalog.wording(known).section("web")}

    @app.get("/help-center/articles/{locale}/{id}")
    async def whole(locale: str, id: str) -> dict[str, Any]:
        body = chat.articles.get(id, ARTICLE)
        return {"article_id": id, "title": id, "locale": locale, "url": f"/help/{locale}/{id}", "body": body}

    @app.post("/csp-reports", status_code=204)
    async def report(request: Request) -> None:
        chat.violations.append(await request.json())

    add_turns(app, chat)
    add_identity(app, chat)
    add_panel(app, chat)
    app.include_router(api.help_center.endpoints.router)
    return app
