"""How many messages a customer needs to an open ticket when nothing helps, and what is asked although it was told.

Through the whole copilot: anonymous customers in every language, scenario and style (tools/bench/simulated.py) talk over the
chat's HTTP contract; the code is read from the kept mail, and the opened ticket is read back over the ticketing API and
compared with what its customer knows.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import BaseModel

from api.database import Database
from api.notifications.mail import mails_to
from tools.bench.copilot_stack import CopilotStack
from tools.bench.machine import ROOT
from tools.bench.processes import BenchError
from tools.bench.simulated import PATIENT, STYLES, Customer
from tools.bench.truths import LANGUAGES, SCENARIOS, Truth, truths

# So much of the problem, in the customer's own words, is looked for in the ticket's text.
_STORY_LETTERS = 25


class FieldResult(BaseModel):
    """A field of an opened ticket: `got` is None where it is empty."""

    name: str
    wanted: str
    got: str | None

    @property
    def right(self) -> bool:
        return self.got == self.wanted


class Simulated(BaseModel):
    """One conversation. `messages` are all of the customer's up to the open ticket, `address_and_code` those of them that
    told these two. `first_found`: after how many of them something was shown that was found, an answer or topics to choose
    from, `first_answer`: an answer; None where a person was asked for before."""

    language: str
    scenario: str
    style: str
    opened: bool
    messages: int
    address_and_code: int
    first_found: int | None
    first_answer: int | None
    asked: list[str]
    repeated: list[str]
    fields: list[FieldResult]
    transcript: list[str]

    @property
    def without_address(self) -> int:
        return self.messages - self.address_and_code

    @property
    def patient(self) -> bool:
        return self.style in PATIENT


class ConversationsMeasured(BaseModel):
    conversations: list[Simulated]


@dataclass(frozen=True)
class Door:
    """A running copilot: its chat, its kept mail, and a member of its staff."""

    http: httpx.Client
    code: Callable[[str], str]
    staff_token: str


class Chat:
    """One conversation over the chat's HTTP contract."""

    def __init__(self, door: Door, language: str) -> None:
        self._door = door
        opened = _body(door.http.post("/chat/conversations", json={"channel": "widget", "language": language}))
        self._path = f"/chat/conversations/{opened['id']}/messages"
        self._headers = {"Authorization": f"Bearer {opened['token']}"}
        self.messages: list[dict[str, Any]] = opened["messages"]

    def say(self, text: str) -> None:
        self._post({"text": text})

    def choose(self, name: str) -> None:
        offered = {each["name"]: each["id"] for message in self.messages for each in message["choices"]}
        self._post({"choice_id": offered[name]})

    def code(self, address: str) -> str:
        return self._door.code(address)

    def _post(self, what: dict[str, str]) -> None:
        sent = {"client_message_id": uuid.uuid4().hex, **what}
        turn = _body(self._door.http.post(self._path, json=sent, headers=self._headers))
        if turn["status"] != "completed":
            raise BenchError(f"a turn is {turn['status']} after {what}")
        self.messages = turn["messages"]


def measure() -> ConversationsMeasured:
    stack = CopilotStack()
    stack.forget_conversations()
    with stack:
        database = Database(f"sqlite:///{stack.database}")
        try:
            token = staff_token(stack.environment)
            found = []
            for number, (truth, style) in enumerate(everybody()):
                with client_of(stack.url, number) as http:
                    door = Door(http, lambda address: newest_code(database, address), token)
                    found.append(simulate(door, truth, style))
            return ConversationsMeasured(conversations=found)
        finally:
            database.close()


def client_of(url: str, number: int) -> httpx.Client:
    """The browser of customer `number`, each in a network of their own: codes are counted by network, too."""
    own = httpx.HTTPTransport(local_address=f"127.{1 + number // 250}.{1 + number % 250}.1")
    return httpx.Client(base_url=url, timeout=90.0, trust_env=False, transport=own)


def everybody() -> Iterable[tuple[Truth, str]]:
    """Every language, scenario and style, each with one of the two problems."""
    for language in LANGUAGES:
        for scenario in SCENARIOS:
            problems = truths(language, scenario)
            for number, style in enumerate(STYLES):
                yield problems[number % len(problems)], style


def simulate(door: Door, truth: Truth, style: str) -> Simulated:
    """One customer's conversation, and the ticket that came of it beside what they know."""
    address = f"{style.replace('_', '.')}.{uuid.uuid4().hex[:8]}@shop.example"
    told = Customer(truth, style, address, Chat(door, truth.language)).run()
    return Simulated(
        language=truth.language,
        scenario=truth.scenario,
        style=style,
        opened=told.ticket is not None,
        messages=told.messages,
        address_and_code=told.address_and_code,
        first_found=told.first_found,
        first_answer=told.first_answer,
        asked=told.asked,
        repeated=told.repeated,
        fields=compared(door, truth, told.ticket["id"]) if told.ticket else [],
        transcript=told.transcript,
    )


def compared(door: Door, truth: Truth, ticket_id: int) -> list[FieldResult]:
    """The fields that the customer knows, as the staff reads them."""
    headers = {"Authorization": f"Bearer {door.staff_token}"}
    ticket = _body(door.http.get(f"/api/v2/tickets/{ticket_id}.json", headers=headers))["ticket"]
    held = {each["id"]: each["value"] for each in ticket["custom_fields"]}
    found = [
        FieldResult(name=name, wanted=wanted, got=None if held.get(name) is None else str(held[name]))
        for name, wanted in truth.fields().items()
    ]
    text = str(ticket["description"])
    story = truth.story.strip("¿?")[:_STORY_LETTERS]
    found.append(FieldResult(name="description", wanted=story, got=story if story in text else None))
    return [*found, FieldResult(name="language", wanted=truth.language, got=held.get("language"))]


def newest_code(database: Database, address: str) -> str:
    """The code that was mailed last to an address. BenchError where there is none."""
    with database.read() as session:
        for mail in mails_to(session, address, limit=5):
            found = re.search(r"\b\d{6}\b", mail.text)
            if found:
                return found.group()
    raise BenchError(f"no code was mailed to {address}: look at var/bench/run/logs")


def staff_token(environment: dict[str, str]) -> str:
    """A token of a new member of staff; `environment` makes `copilot` work on the running copilot's data."""
    email = f"bench.{uuid.uuid4().hex[:8]}@lumbra.example"
    _copilot(environment, "users", "create", "--email", email, "--role", "agent")
    token: str = json.loads(_copilot(environment, "tokens", "create", "--email", email, "--json"))["token"]
    return token


def _copilot(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"copilot {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def _body(answer: httpx.Response) -> Any:
    if not answer.is_success:
        raise BenchError(
            f"{answer.request.method} {answer.request.url} was answered {answer.status_code}: {answer.text[:500]}"
        )
    return answer.json()
