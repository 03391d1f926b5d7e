"""The application factory: `create_app(settings)`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator

import httpx
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

import api.alerts.endpoints
import api.chat.continuing
import api.chat.endpoints
import api.desk.endpoints
import api.desk.macro_endpoints
import api.files.endpoints
import api.health
import api.help_center.article_endpoints
import api.help_center.endpoints
import api.help_center.pages
import api.identity.account_endpoints
import api.identity.endpoints
import api.identity.oidc_endpoints
import api.identity.session_endpoints
import api.leads.acting
import api.leads.endpoints
import api.leads.sign_in
import api.mail_in.endpoints
import api.metrics.endpoints
import api.metrics.gap_endpoints
import api.notices.endpoints
import api.notifications.endpoints
import api.panel.endpoints
import api.people.endpoints
import api.portal.endpoints
import api.privacy.endpoints
import api.ratings.endpoints
import api.ratings.survey_pages
import api.reference.endpoints
import api.tickets.endpoints
import api.tickets.expecting
import api.tickets.search_endpoints
import api.web.endpoints
import api.webhooks.endpoints
from api.abuse.guard import Guard
from api.abuse.proxies import ClientAddress, networks
from api.alerts.worker import AlertWorker
from api.chat.endpoints import pick_language
from api.chat.gateway import DialogueGateway
from api.chat.idle import IdleWorker
from api.chat.service import TurnService
from api.chat.streams import Streams
from api.chat.watching import StreamWatch
from api.cors import WidgetCors
from api.database import Database, utc_now
from api.errors import CopilotError
from api.files.sweeping import SweepWorker
from api.help_center.index import HelpCenter
from api.help_center.syncing import SyncSchedule
from api.identity.principal import FACE_HEADER, customer_cookie_name, session_cookie_name
from api.leads.drop_mail import DropWorker
from api.leads.steering_worker import SteeringWorker
from api.leads.weekly import WeeklyWorker
from api.limits import BodyLimit
from api.mail_in.listener import MailListener
from api.metrics.content_changes import ContentWatch
from api.metrics.gap_schedule import GapSchedule
from api.metrics.worker import LedgerWorker
from api.migrations import upgrade
from api.notifications.worker import OutboxWorker
from api.openapi import describe
from api.privacy.worker import RetentionWorker
from api.services import Services
from api.settings import Settings
from api.tickets.backends.worker import RemoteWorker
from api.tickets.closing import ClosingWorker
from api.tickets.errors import render_zendesk_error
from api.tickets.rate_limits import RateLimit
from api.tickets.target_worker import TargetWorker
from api.web.security import SecurityHeaders
from api.webhooks.worker import WebhookWorker
from api.working_hours import working_hours
from bot.catalog import Catalog
from knowledge_base.options import Options

logger = logging.getLogger(__name__)


def create_app(settings: Settings, *, dialogue_transport: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """The api, not yet started: the database is migrated and the index opened when it starts.

    `dialogue_transport` puts something else than the network between api and dialogue process (tests do).
    """
    app = FastAPI(
        title="Support copilot",
        version="0.1.0",
        lifespan=_lifespan,
        openapi_url="/openapi.json",
        # Its own page loads a viewer from another host; ours is api/reference.
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.stopping = False
    app.state.reference = {}
    app.state.guard = Guard(settings)
    app.state.dialogue_transport = dialogue_transport
    for module in (
        api.chat.endpoints,
        api.chat.continuing,
        api.desk.endpoints,
        api.desk.macro_endpoints,
        api.identity.endpoints,
        api.identity.account_endpoints,
        api.identity.session_endpoints,
        api.identity.oidc_endpoints,
        # Before the tickets: `/requests/search` is no request by the number "search".
        api.tickets.search_endpoints,
        api.files.endpoints,
        api.people.endpoints,
        api.tickets.endpoints,
        api.tickets.expecting,
        api.ratings.endpoints,
        api.ratings.survey_pages,
        api.metrics.endpoints,
        api.metrics.gap_endpoints,
        # The door before the pages: `/leads/sign-in` is no page.
        api.leads.sign_in,
        api.leads.acting,
        api.leads.endpoints,
        api.notices.endpoints,
        api.alerts.endpoints,
        api.webhooks.endpoints,
        api.notifications.endpoints,
        api.mail_in.endpoints,
        api.help_center.article_endpoints,
        api.help_center.endpoints,
        api.portal.endpoints,
        api.help_center.pages,
        api.panel.endpoints,
        api.privacy.endpoints,
        api.health,
        api.web.endpoints,
        api.reference.endpoints,
    ):
        app.include_router(module.router)
    describe(app)
    app.add_exception_handler(CopilotError, _copilot_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)
    cookies = (session_cookie_name(settings), customer_cookie_name(settings))
    app.add_middleware(RateLimit, limit=settings.api.rate_limit, cookies=cookies)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(WidgetCors)
    app.add_middleware(BodyLimit)
    # The outermost: everything behind it sees the customer's address.
    app.add_middleware(ClientAddress, trusted=networks(settings.limits.trusted_proxies))
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    database = Database(settings.database.url)
    await asyncio.to_thread(upgrade, database)
    kb = settings.kb
    search = Options(model=kb.model, reranker=kb.reranker, vectors=kb.vectors, precision=kb.precision)
    help_center = HelpCenter(settings.index_dir, search.open)
    await asyncio.to_thread(help_center.open)
    dialogue = DialogueGateway(
        settings.rasa.url,
        settings.gateway_secret.get_secret_value(),
        settings.rasa.timeout,
        transport=app.state.dialogue_transport,
    )
    services = Services(
        settings=settings,
        database=database,
        catalog=Catalog.load(settings.data),
        help_center=help_center,
        dialogue=dialogue,
        streams=Streams(),
    )
    app.state.services = services
    # Lays out the support hours: a country whose holidays are unknown stops the start, and nobody waits for them later.
    await asyncio.to_thread(working_hours(services.catalog).is_open, utc_now())
    app.state.turns = TurnService(services)
    settled = await app.state.turns.settle_unfinished()
    if settled:
        logger.warning("%d turns were interrupted by the last stop: their customers are told", settled)
    stop = asyncio.Event()
    app.state.gap_schedule = GapSchedule(services)
    background = [
        asyncio.create_task(app.state.gap_schedule.run(stop)),
        asyncio.create_task(ContentWatch(services).run(stop)),
        asyncio.create_task(OutboxWorker(services).run(stop)),
        asyncio.create_task(MailListener(services).run(stop)),
        asyncio.create_task(IdleWorker(services).run(stop)),
        asyncio.create_task(SweepWorker(services).run(stop)),
        asyncio.create_task(AlertWorker(services).run(stop)),
        asyncio.create_task(WebhookWorker(services).run(stop)),
        asyncio.create_task(TargetWorker(services).run(stop)),
        asyncio.create_task(ClosingWorker(services).run(stop)),
        asyncio.create_task(RemoteWorker(services).run(stop)),
        asyncio.create_task(LedgerWorker(services).run(stop)),
        asyncio.create_task(RetentionWorker(services).run(stop)),
        asyncio.create_task(StreamWatch(services).run(stop)),
        asyncio.create_task(SteeringWorker(services).run(stop)),
        asyncio.create_task(WeeklyWorker(services).run(stop)),
        asyncio.create_task(DropWorker(services).run(stop)),
        asyncio.create_task(help_center.watch(stop)),
        asyncio.create_task(SyncSchedule(settings).run(stop)),
    ]
    warm_up = asyncio.create_task(help_center.warm_up(dialogue.ready))
    try:
        yield
    finally:
        app.state.stopping = True
        stop.set()
        services.streams.close()
        warm_up.cancel()
        _, late = await asyncio.wait(background, timeout=5)
        for task in late:
            task.cancel()
        await dialogue.close()
        help_center.close()
        database.close()


def _error_body(request: Request, error: CopilotError) -> JSONResponse:
    services: Services = request.app.state.services
    catalog = services.catalog
    language = pick_language(
        catalog.languages,
        catalog.default_language,
        request.query_params.get("language"),
        request.headers.get("accept-language"),
    )
    try:
        message = catalog.wording(language).text(f"errors.{error.code}", **error.values)
    except KeyError:
        message = error.message
    body = {"code": error.code, "message": message, "detail": error.message, "try_again": error.try_again}
    if error.details:
        body["details"] = error.details
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else None
    return JSONResponse({"error": body}, status_code=error.status, headers=headers)


async def _copilot_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CopilotError)  # noqa: S101 - registered for this class only
    if request.url.path.startswith("/api/v2"):
        response = render_zendesk_error(error)
        if request.headers.get("sec-fetch-mode", "navigate") != "navigate" or FACE_HEADER in request.headers:
            # A page's script asks: the browser would put its own sign-in box in front of the page's.
            del response.headers["WWW-Authenticate"]
        return response
    return _error_body(request, error)


async def _validation_error(request: Request, error: Exception) -> Response:
    """Names the fields and what is wrong with each, never the values: they may be a customer's words."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    details = {".".join(str(part) for part in problem["loc"]): problem["msg"] for problem in error.errors()[:20]}
    invalid = CopilotError(
        "the request does not have the form that this endpoint takes: see details and /docs",
        code="invalid_request",
        status=422,
        details=details,
    )
    return await _copilot_error(request, invalid)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    codes = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 401: "unauthorized", 403: "forbidden"}
    plain = CopilotError(str(error.detail), code=codes.get(error.status_code, "error"), status=error.status_code)
    response = await _copilot_error(request, plain)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


async def _unexpected(request: Request, error: Exception) -> Response:
    """Nothing of the error leaves the house but a reference that is in the log, too."""
    reference = secrets.token_hex(6)
    logger.error("unexpected error %s at %s: %s", reference, request.url.path, type(error).__name__, exc_info=error)
    plain = CopilotError(
        f"something went wrong on our side; it is in our log as {reference}", code="internal", status=500,
        values={"reference": reference},
    )  # fmt: skip
    return await _copilot_error(request, plain)
