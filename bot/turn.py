"""What passes between the api and Rasa in one turn (docs/architecture.md), checked strictly before anything acts on it.

Plain dataclasses: the Rasa environment has another pydantic than the rest of the project.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

MAX_TEXT = 20_000  # characters; the api's own limit is lower, this one only keeps a bug from feeding Rasa a novel
MAX_CHOICES = 64
MAX_STATE_BYTES = (
    200_000  # what one conversation's slots may take: a description of MAX_TEXT in a four-byte script fits
)


class MalformedTurn(ValueError):
    """The body of a turn breaks the contract. The message names the field and what it should be; it quotes no value."""


@dataclass(frozen=True)
class Choice:
    """Something the customer may press. `name` is language-free and stable, `intent` and `entities` are what it means."""

    name: str
    label: str
    intent: str
    entities: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"label": self.label, "name": self.name, "intent": self.intent, "entities": self.entities}


@dataclass
class DialogueState:
    """All that the dialogue remembers between two turns."""

    slots: dict[str, Any] = field(default_factory=dict)
    active_loop: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Turn:
    """One message of a customer, with everything that Rasa needs to answer it."""

    conversation_id: str
    turn_id: str
    turn_token: str
    text: str
    choice: Choice | None
    asks: str | None
    choices: tuple[Choice, ...]
    state: DialogueState | None
    context: dict[str, Any]

    @property
    def metadata(self) -> dict[str, Any]:
        """What actions find under `tracker.latest_message["metadata"]`."""
        return {"turn_id": self.turn_id, "turn_token": self.turn_token, "context": self.context}


def parse_turn(body: object) -> Turn:
    """The turn in a decoded JSON body; raises MalformedTurn."""
    if not isinstance(body, dict):
        raise MalformedTurn("the body must be a JSON object")
    choice = body.get("choice")
    choices = [] if body.get("choices") is None else body["choices"]
    if not isinstance(choices, list) or len(choices) > MAX_CHOICES:
        raise MalformedTurn(f"`choices` must be a list of at most {MAX_CHOICES}")
    context = {} if body.get("context") is None else body["context"]
    if not isinstance(context, dict):
        raise MalformedTurn("`context` must be an object")
    text = body.get("text")
    if text is None and choice is not None:
        text = ""
    return Turn(
        conversation_id=_text(body, "conversation_id", 200),
        turn_id=_text(body, "turn_id", 200),
        turn_token=_text(body, "turn_token", 8_000),
        text=_checked_text("text", text, MAX_TEXT, required=choice is None),
        choice=None if choice is None else _parse_choice(choice, "choice"),
        asks=None if body.get("asks") is None else _text(body, "asks", 100),
        choices=tuple(_parse_choice(each, f"choices[{number}]") for number, each in enumerate(choices)),
        state=_parse_state(body.get("state")),
        context=context,
    )


def _parse_state(value: object) -> DialogueState | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("slots"), dict):
        raise MalformedTurn("`state` must be null or {slots, active_loop}")
    if not all(isinstance(name, str) for name in value["slots"]):
        raise MalformedTurn("`state.slots` must be an object")
    active_loop = value.get("active_loop")
    if active_loop is not None and not isinstance(active_loop, str):
        raise MalformedTurn("`state.active_loop` must be a text or null")
    return DialogueState(slots=dict(value["slots"]), active_loop=active_loop)


def _parse_choice(value: object, where: str) -> Choice:
    if not isinstance(value, dict):
        raise MalformedTurn(f"`{where}` must be an object")
    entities = {} if value.get("entities") is None else value["entities"]
    if not isinstance(entities, dict) or not all(
        isinstance(name, str) and isinstance(held, str) for name, held in entities.items()
    ):
        raise MalformedTurn(f"`{where}.entities` must be an object of texts")
    return Choice(
        name=_text(value, "name", 300, where),
        label=_checked_text(f"{where}.label", value.get("label") or "", 1_000, required=False),
        intent=_text(value, "intent", 100, where),
        entities=entities,
    )


def _text(body: dict[str, Any], key: str, limit: int, where: str = "") -> str:
    return _checked_text(f"{where}.{key}" if where else key, body.get(key), limit, required=True)


def _checked_text(name: str, value: object, limit: int, *, required: bool) -> str:
    if not isinstance(value, str):
        raise MalformedTurn(f"`{name}` must be a text")
    if required and not value.strip():
        raise MalformedTurn(f"`{name}` must not be empty")
    if len(value) > limit:
        raise MalformedTurn(f"`{name}` has {len(value)} characters, at most {limit} are taken")
    return value
