"""The door between the api and Rasa: `POST /webhooks/gateway/turns` (docs/architecture.md).

Nothing that a customer types is ever read as a payload: choices come as intent and entities, checked against the catalog;
texts are parsed here, and a text that Rasa would take for a command is handled as what it is, a text.
The end of a turn is truthful: `completed` with its messages and the state after it, or `failed` with neither.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot import guards
from bot.catalog import Catalog, load_catalog
from bot.gateway_secret import VARIABLE as SECRET_VARIABLE
from bot.gateway_secret import gateway_secret
from bot.intent_rules import SEARCH
from bot.nearest_choice import nearest
from bot.plain_commands import CERTAINTY as PLAIN
from bot.plain_commands import PlainCommands
from bot.recap import welcome_back
from bot.running_turn import RunningTurn, TurnFailed, begin_turn
from bot.speech import speech_of
from bot.spoken_choices import spoken_choices
from bot.text import sign_without_words, starts_like_a_command, words
from bot.ticket_wishes import CERTAINTY, TicketWishes
from bot.turn import Choice, DialogueState, MalformedTurn, Turn, parse_turn
from bot.turn_rules import (
    allowed_choice,
    category_meant,
    first_state,
    interrupts_own_words,
    is_contact,
    known_intent,
    names_an_option,
    overrules_choice,
    rasa_intent,
    takes_own_words,
    too_doubtful,
)
from bot.typed_answers import resolve
from bot.voice import Voice

logger = logging.getLogger(__name__)

guards.apply()

MINIMUM_SECRET_LENGTH = 16


class GatewayChannel(InputChannel):
    """Takes turns from the api only: whoever calls must know the secret."""

    def __init__(self, secret: str, catalog: Catalog) -> None:
        self._secret = secret.encode()
        self._catalog = catalog
        self._wishes = TicketWishes(catalog)
        self._commands = PlainCommands(catalog)

    @classmethod
    def name(cls) -> str:
        return "gateway"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> GatewayChannel:
        """With the secret that `bot.gateway_secret` holds; raises RasaException where it is missing or too short."""
        secret = gateway_secret()
        if len(secret) < MINIMUM_SECRET_LENGTH:
            raise RasaException(
                f"{SECRET_VARIABLE} must hold the secret that the api sends (at least {MINIMUM_SECRET_LENGTH} characters). "
                "`copilot up` sets it; in production set the same value for api and rasa."
            )
        return cls(secret, load_catalog())

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        blueprint = Blueprint("gateway")

        @blueprint.route("/turns", methods=["POST"])
        async def turns(request: Request) -> HTTPResponse:
            given = request.headers.get("X-Gateway-Secret", "")
            if not hmac.compare_digest(given.encode(errors="replace"), self._secret):
                return json({"error": "the gateway secret is missing or wrong"}, status=401)
            try:
                turn = self._checked_turn(request)
            except MalformedTurn as error:
                return json({"error": str(error)}, status=422)
            agent = request.app.ctx.agent
            if not agent.is_ready():
                return json(_failed("error"))
            # Shielded: Sanic cancels the handler of a client that hangs up, and a turn cut in two could have opened a
            # ticket without anybody hearing of it. The api asks again with the same turn id and gets the whole story.
            task = asyncio.create_task(self._run(turn, agent))
            return json(await asyncio.shield(task))

        @blueprint.listener("after_server_start")
        async def ready(*_: object) -> None:
            sys.stderr.write("rasa: ready for turns\n")
            sys.stderr.flush()

        return blueprint

    def _checked_turn(self, request: Request) -> Turn:
        try:
            body = request.json
        except Exception as error:
            raise MalformedTurn("the body must be JSON") from error
        turn = parse_turn(body)
        for choice in (turn.choice, *turn.choices):
            if choice is not None and not allowed_choice(choice, self._catalog):
                raise MalformedTurn("a choice names an intent, an entity or a value that the catalog does not know")
        return turn

    async def _run(self, turn: Turn, agent: Any) -> dict[str, Any]:
        before = turn.state or first_state(turn.context, self._catalog)
        running = begin_turn(before)
        output = CollectedMessages()
        message: UserMessage | None = None
        try:
            message = await self._understood(turn, output, agent)
            await agent.handle_message(message)
        except TurnFailed:
            pass
        except Exception as error:
            # The kind only: the message of an exception may quote the customer.
            logger.error("a turn failed with %s", type(error).__name__)
            running.fail("error")
        return self._ended(turn, running, output, message if not running.failures else None)

    async def _understood(self, turn: Turn, output: CollectedMessages, agent: Any) -> UserMessage:
        """The turn as Rasa's message, with its meaning already found."""
        if turn.choice is not None:
            parsed = _parsed_choice(turn.text or turn.choice.label, turn.choice)
        elif starts_like_a_command(turn.text):
            parsed = _parsed_text(turn.text)
        else:
            parsed = await self._parsed_typed(turn, agent)
        return UserMessage(
            text=turn.text or parsed["text"],
            output_channel=output,
            sender_id=turn.conversation_id,
            parse_data=parsed,
            input_channel=self.name(),
            message_id=turn.turn_id,
            metadata=turn.metadata,
        )

    async def _parsed_typed(self, turn: Turn, agent: Any) -> dict[str, Any]:
        """What a typed text means: one of the choices on offer, or what Rasa's classifier makes of it."""
        sign = sign_without_words(turn.text)
        if sign is not None:
            return _parsed_sign(turn.text, sign, turn.choices)
        speech, spoken = speech_of(self._catalog), spoken_choices(turn.choices, self._catalog)
        choice = resolve(turn.text, turn.asks, turn.choices, speech, spoken)
        if choice is not None and words(choice.label) == words(turn.text):
            return _parsed_choice(turn.text, choice)
        if choice is None and is_contact(turn.text):
            return {"text": turn.text, "intent": {"name": "inform", "confidence": 1.0}, "entities": []}
        parsed: dict[str, Any] = await agent.processor.parse_message(UserMessage(turn.text))
        wished = self._wishes.intent(turn.text)
        if wished is not None:
            parsed["intent"] = {"name": wished, "confidence": CERTAINTY}
        own_words = takes_own_words(turn.asks, turn.choices, self._catalog)
        plain = self._commands.intent(turn.text) if wished is None and (own_words or choice is None) else None
        if plain is not None and (own_words or parsed["intent"].get("name") in (plain, SEARCH)):
            parsed["intent"] = {"name": plain, "confidence": PLAIN}
        name = parsed["intent"].get("name") or SEARCH
        if choice is None and wished is None and name == SEARCH:
            choice = nearest(turn.text, turn.asks, turn.choices, speech, spoken)
        if choice is not None and not overrules_choice(name, float(parsed["intent"].get("confidence") or 0.0)):
            return _parsed_choice(turn.text, choice)
        confidence = float(parsed["intent"].get("confidence") or 0.0)
        options = names_an_option(turn.text, turn.asks, self._catalog) if name == "cancel" and wished is None else {}
        if options:
            named = [{"entity": field, "value": value} for field, value in options.items()]
            return {"text": turn.text, "intent": {"name": "inform", "confidence": 1.0}, "entities": named}
        kept = own_words and wished is None and plain is None
        if kept and not interrupts_own_words(name, confidence, turn.text, speech):
            return _parsed_text(turn.text)
        if turn.asks is not None and too_doubtful(name, confidence):
            return _parsed_text(turn.text)
        parsed["intent"]["name"] = rasa_intent(name, [each["entity"] for each in parsed["entities"]])
        parsed.pop("intent_ranking", None)
        return parsed

    def _ended(
        self, turn: Turn, running: RunningTurn, output: CollectedMessages, message: UserMessage | None
    ) -> dict[str, Any]:
        if running.failures or message is None:
            return _failed(running.failures[0] if running.failures else "error")
        if running.after is None:
            return _failed("error")
        default = self._catalog.default_language
        language = str(running.after.slots.get("language") or default)
        intent = message.parse_data["intent"]
        voice = Voice(self._catalog, language)
        messages = output.composed(voice, first=welcome_back(turn, running.after, str(intent.get("name")), voice))
        if not messages:
            return _failed("no_reply")
        return {
            "status": "completed",
            "reason": None,
            "messages": messages,
            "state": running.after.as_dict(),
            "facts": _facts(running.after, language, intent),
        }


class CollectedMessages(OutputChannel):
    """Keeps every message whole, in order: the stock channels split one into several calls and drop what they do not know."""

    def __init__(self) -> None:
        self._messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        return "gateway"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self._messages.append({"text": message.get("text"), "metadata": message.get("metadata") or {}})

    def composed(self, voice: Voice, *, first: str | None = None) -> list[dict[str, Any]]:
        """The messages in the contract's shape. A message marked `leads` (a greeting) becomes the next one's first lines.

        Where nothing follows it, an invitation does: every turn leaves the customer something to do. `first` leads them all.
        """
        composed: list[dict[str, Any]] = []
        lead = [first] if first and self._messages else []
        for message in self._messages:
            text = str(message.get("text") or "").strip()
            if message["metadata"].get("leads"):
                lead += [text] if text else []
                continue
            body = _message(message, "\n\n".join([*lead, text] if text else lead), voice.language)
            lead = []
            composed.append(body)
        if lead:
            lead.append(voice.message("idle_invitation"))
            composed.append(_message({"metadata": {}}, "\n\n".join(lead), voice.language))
        return [each for each in composed if each["text"] or each["answer"] or each["ticket"]]


def _message(message: dict[str, Any], text: str, language: str) -> dict[str, Any]:
    held = message["metadata"]
    choices = held.get("choices") or []
    return {
        "kind": held.get("kind") or ("choices" if choices else "text"),
        "text": text,
        "language": held.get("language") or language,
        "asks": held.get("asks"),
        "choices": choices,
        "answer": held.get("answer"),
        "ticket": held.get("ticket"),
        "notice": held.get("notice"),
    }


def _parsed_choice(text: str, choice: Choice) -> dict[str, Any]:
    return {
        "text": text,
        "intent": {"name": rasa_intent(choice.intent, choice.entities), "confidence": 1.0},
        "entities": [{"entity": name, "value": value} for name, value in choice.entities.items()],
        "choice": choice.name,
    }


def _parsed_sign(text: str, sign: str, choices: tuple[Choice, ...]) -> dict[str, Any]:
    """A thumb up or down where a yes or a no is on offer; anything else without a word is understood as nothing."""
    meant = next((each for each in choices if each.intent == sign), None)
    if meant is not None:
        return _parsed_choice(text, meant)
    intent = sign if sign in ("affirm", "deny") else "inform"
    return {"text": text, "intent": {"name": intent, "confidence": 1.0}, "entities": []}


def _parsed_text(text: str) -> dict[str, Any]:
    return {"text": text, "intent": {"name": "describe_problem", "confidence": 1.0}, "entities": []}


def _facts(state: DialogueState, language: str, intent: dict[str, Any]) -> dict[str, Any]:
    return {
        "language": language,
        "intent": known_intent(str(intent.get("name"))),
        "confidence": round(float(intent.get("confidence") or 0.0), 4),
        "scenario": state.slots.get("scenario"),
        "category": state.slots.get("category") or category_meant(str(intent.get("name"))),
        "subcategory": state.slots.get("subcategory"),
        "form": state.active_loop,
    }


def _failed(reason: str) -> dict[str, Any]:
    return {"status": "failed", "reason": reason, "messages": [], "state": None, "facts": {}}
