"""The action server: rasa-sdk on loopback, with the project's actions and one pool of connections to the api."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.handlers import ErrorHandler
from sanic.request import Request
from sanic.response import HTTPResponse, json

from actions.action import CopilotAction
from actions.follow_up.actions import BeginFollowUp, EndFollowUp, ValidateFollowForm
from actions.follow_up.rating import EndRating, SayGoodbye, ValidateRatingForm
from actions.help.actions import AfterHelp, StartOver, ValidateHelpForm, ValidateNoticeForm
from actions.tickets.actions import (
    CancelTicket,
    ContactDone,
    SubmitTicket,
    ValidateContactForm,
    ValidateTicketForm,
)
from api.client import CopilotClient
from bot.catalog import Catalog, load_catalog
from bot.opening_hours import is_open

logger = logging.getLogger("actions")

ACTIONS: tuple[type[CopilotAction], ...] = (
    AfterHelp,
    BeginFollowUp,
    CancelTicket,
    ContactDone,
    EndFollowUp,
    EndRating,
    SayGoodbye,
    StartOver,
    SubmitTicket,
    ValidateContactForm,
    ValidateFollowForm,
    ValidateHelpForm,
    ValidateNoticeForm,
    ValidateRatingForm,
    ValidateTicketForm,
)


@dataclass(frozen=True)
class ActionsSettings:
    """Where the action server listens, and where the api is."""

    host: str = "127.0.0.1"
    port: int = 5055
    api_url: str = "http://127.0.0.1:8000"

    @classmethod
    def from_environment(cls) -> ActionsSettings:
        """Reads COPILOT_ACTIONS__PORT, COPILOT_ACTIONS__HOST and COPILOT_API__INTERNAL_URL."""
        return cls(
            host=os.environ.get("COPILOT_ACTIONS__HOST", cls.host),
            port=int(os.environ.get("COPILOT_ACTIONS__PORT", cls.port)),
            api_url=os.environ.get("COPILOT_API__INTERNAL_URL", cls.api_url),
        )


class QuietErrors(ErrorHandler):
    """In place of rasa-sdk's handler, which sends the request back and logs the exception: both hold the customer's words."""

    def default(self, request: Request, exception: Exception) -> HTTPResponse:
        if isinstance(exception, SanicException) and exception.status_code < 500:
            return json({"error": type(exception).__name__}, status=exception.status_code)
        logger.error("action failed with %s", type(exception).__name__)
        return json({"error": type(exception).__name__}, status=500)


def build_executor(catalog: Catalog, client: CopilotClient) -> ActionExecutor:
    """An executor with every action of the project."""
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action(catalog, client))
    return executor


def build_app(settings: ActionsSettings) -> Sanic[Any, Any]:
    client = CopilotClient(settings.api_url)
    catalog = load_catalog()
    # Lays out the support hours now, so that no customer waits for it.
    is_open(catalog.support_hours, datetime.now(UTC))
    app: Sanic[Any, Any] = create_app(build_executor(catalog, client), cors_origins=[])

    app.error_handler = QuietErrors()

    @app.after_server_stop
    async def close(_: object) -> None:
        await client.aclose()

    return app


def serve(settings: ActionsSettings) -> None:
    """Serves until it is stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-8s %(name)s %(message)s")
    for quiet in ("httpx", "httpcore", "sanic", "rasa_sdk"):
        logging.getLogger(quiet).setLevel(logging.WARNING)
    app = build_app(settings)
    logger.info("action server on http://%s:%d, api at %s", settings.host, settings.port, settings.api_url)
    app.run(host=settings.host, port=settings.port, single_process=True, access_log=False, motd=False)
