"""The api's side of the turn: one request to the dialogue process, and a truthful answer or an error.

The dialogue process is a component that may fail or lie, so its answer is validated like anybody's.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

logger = logging.getLogger(__name__)


class DialogueChoice(BaseModel):
    """A choice with what the server looks up by its id: the intent and entities that it stands for."""

    model_config = ConfigDict(extra="ignore")

    label: str
    name: str
    intent: str
    entities: dict[str, str] = Field(default_factory=dict)


class DialoguePage(BaseModel):
    url: str = ""
    title: str = ""


class DialogueCustomer(BaseModel):
    verified: bool = False
    email: str | None = None
    name: str | None = None


class DialogueContext(BaseModel):
    """Facts for wording and for skipping questions. They prove nothing: rights are asked of the api."""

    channel: str
    language: str
    language_confirmed: bool = False
    """The customer is known to speak it: it is spoken, and not asked."""
    page: DialoguePage = Field(default_factory=DialoguePage)
    customer: DialogueCustomer = Field(default_factory=DialogueCustomer)
    platforms: list[str] = Field(default_factory=list)
    attachments: int = 0
    # Ids of the files that came with this message.
    files: list[str] = Field(default_factory=list)
    # Ids of all files of this conversation that no ticket has yet.
    waiting_files: list[str] = Field(default_factory=list)
    now: dt.datetime
    returned: bool = False
    """The customer comes back after a silence in which the conversation was closed, or might have been."""


class TurnRequest(BaseModel):
    conversation_id: str
    turn_id: str
    turn_token: str
    text: str
    choice: DialogueChoice | None = None
    asks: str | None = None
    choices: list[DialogueChoice] = Field(default_factory=list)
    state: dict[str, Any] | None = None
    context: DialogueContext


class DialogueStep(BaseModel):
    number: int
    start: int
    end: int


class DialoguePassage(BaseModel):
    model_config = ConfigDict(extra="ignore")

    article_id: str
    title: str
    heading: str = ""
    url: str
    locale: str
    snippet: str
    score: float
    heading_path: list[str] = Field(default_factory=list)
    highlights: list[tuple[int, int]] = Field(default_factory=list)
    steps: list[DialogueStep] = Field(default_factory=list)
    code: list[tuple[int, int]] = Field(default_factory=list)
    continues: bool = False


class DialogueTopic(BaseModel):
    model_config = ConfigDict(extra="ignore")

    label: str
    article_id: str
    locale: str


class DialogueRelated(BaseModel):
    model_config = ConfigDict(extra="ignore")

    article_id: str
    title: str
    url: str
    locale: str


class DialogueAnswer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    confident: bool
    confidence: float = 0.0
    query: str = ""
    """What was searched for; kept with the message, never sent to the customer."""
    passages: list[DialoguePassage] = Field(default_factory=list)
    decision: Literal["answer", "clarify", "person"] | None = None
    clarified: bool = False
    """The customer chose the topic; nothing was searched for this answer."""
    topics: list[DialogueTopic] = Field(default_factory=list)
    """What a clarifying question offers; it shows no passages."""
    related: list[DialogueRelated] = Field(default_factory=list)


class DialogueMessage(BaseModel):
    model_config = ConfigDict(extra="ignore")

    kind: Literal["text", "choices", "answer", "ticket", "notice"] = "text"
    text: str
    language: str
    asks: str | None = None
    choices: list[DialogueChoice] = Field(default_factory=list)
    answer: DialogueAnswer | None = None
    ticket: dict[str, Any] | None = None
    notice: int | None = None
    """The id of the service notice that it shows."""


class TurnResult(BaseModel):
    model_config = ConfigDict(extra="ignore")

    status: Literal["completed", "failed"]
    reason: str | None = None
    messages: list[DialogueMessage] = Field(default_factory=list)
    state: dict[str, Any] | None = None
    facts: dict[str, Any] = Field(default_factory=dict)


class DialogueGateway:
    """Sends turns to the dialogue process.

    `turn` never raises for what happens there: no connection, no answer in time, a refusal, an answer without a message
    or of a wrong shape are each a `TurnResult` with status ``failed`` and a `reason`.
    """

    def __init__(
        self, url: str, secret: str, timeout: float, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"X-Gateway-Secret": secret},
            timeout=httpx.Timeout(timeout, connect=2.0),
            limits=httpx.Limits(max_connections=200, max_keepalive_connections=50),
            trust_env=False,
            transport=transport,
        )

    async def turn(self, request: TurnRequest) -> TurnResult:
        try:
            response = await self._client.post(
                "/webhooks/gateway/turns",
                content=request.model_dump_json(),
                headers={"Content-Type": "application/json"},
            )
        except httpx.ConnectError:
            return _failed("unreachable", request)
        except httpx.TimeoutException:
            return _failed("timeout", request)
        except httpx.HTTPError:
            return _failed("broken_connection", request)
        if response.status_code != httpx.codes.OK:
            return _failed(f"http_{response.status_code}", request)
        try:
            result = TurnResult.model_validate_json(response.content)
        except ValidationError as error:
            # Where and why, never the values: they may be a customer's words.
            wrong = [f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in error.errors(include_input=False)]
            logger.error("turn %s: the dialogue's answer is not of the agreed form: %s", request.turn_id, wrong[:5])
            return _failed("malformed", request)
        if result.status == "completed" and (not result.messages or result.state is None):
            return _failed("no_reply", request)
        if result.status == "failed":
            return _failed(result.reason or "failed", request)
        return result

    async def ready(self) -> bool:
        """Whether the dialogue process answers."""
        try:
            response = await self._client.get("/", timeout=2.0)
        except httpx.HTTPError:
            return False
        return response.status_code == httpx.codes.OK

    async def close(self) -> None:
        await self._client.aclose()


def _failed(reason: str, request: TurnRequest) -> TurnResult:
    logger.warning("turn %s failed: %s", request.turn_id, reason)
    return TurnResult(status="failed", reason=reason)
