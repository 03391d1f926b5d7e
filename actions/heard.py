"""What an action knows of the turn it works in, read once from Rasa's tracker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rasa_sdk import Tracker

from bot.catalog import Catalog


@dataclass(frozen=True)
class Heard:
    """One turn as an action sees it. Facts of `context` decide wording and skipped questions, never a right."""

    turn_id: str
    conversation_id: str
    token: str
    text: str
    intent: str
    confidence: float
    entities: dict[str, str]
    slots: dict[str, Any]
    language: str
    loop: str | None
    # Whether the text was typed, and not a choice's label.
    typed: bool
    # Whether the form speaks for the second time in this turn: a rule has answered, and the question is only asked again.
    resumed: bool
    verified: bool
    known_email: str | None
    platforms: tuple[str, ...]
    attachments: int
    # When the turn was made, an aware time.
    now: datetime
    # Ids of the files that came with this message.
    files: tuple[str, ...]
    # Ids of all files of this conversation that no ticket has yet.
    waiting_files: tuple[str, ...] = ()

    def slot(self, name: str) -> str | None:
        """A slot's text, None where it is empty."""
        value = self.slots.get(name)
        return None if value is None else str(value)


def hear(tracker: Tracker, catalog: Catalog) -> Heard:
    """Reads the tracker; KeyError where the turn's metadata is missing (then nothing may be done at all)."""
    message: dict[str, Any] = tracker.latest_message or {}
    metadata: dict[str, Any] = message.get("metadata") or {}
    context: dict[str, Any] = metadata.get("context") or {}
    customer: dict[str, Any] = context.get("customer") or {}
    loop: dict[str, Any] = dict(tracker.active_loop or {})
    return Heard(
        turn_id=str(metadata["turn_id"]),
        conversation_id=str(tracker.sender_id),
        token=str(metadata["turn_token"]),
        text=str(message.get("text") or "").strip(),
        intent=str((message.get("intent") or {}).get("name") or ""),
        confidence=float((message.get("intent") or {}).get("confidence") or 0.0),
        entities={str(each["entity"]): str(each["value"]) for each in message.get("entities") or []},
        slots=dict(tracker.slots),
        language=str(tracker.slots.get("language") or catalog.default_language),
        loop=loop.get("name"),
        typed=not message.get("choice"),
        resumed=bool(loop.get("resumed")) or _handed_back(tracker.slots.get("follow"), metadata["turn_id"]),
        verified=customer.get("verified") is True,
        known_email=customer.get("email"),
        platforms=tuple(str(each) for each in context.get("platforms") or ()),
        attachments=int(context.get("attachments") or 0),
        now=_moment(context.get("now")),
        files=tuple(str(each) for each in context.get("files") or ()),
        waiting_files=tuple(str(each) for each in context.get("waiting_files") or ()),
    )


def _moment(told: object) -> datetime:
    """The time that the api gives; this machine's where there is none."""
    try:
        found = datetime.fromisoformat(str(told))
    except ValueError:
        return datetime.now(UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _handed_back(follow: object, turn_id: object) -> bool:
    """Whether another form has ended in this turn, and gives the word back to the one that it had interrupted."""
    return isinstance(follow, dict) and follow.get("handed_back") == turn_id
