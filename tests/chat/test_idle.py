"""Silence: one nudge, one polite close, and a conversation that goes on when the customer does. The clock is the test's."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from api.chat.idle import GONE, IdleWorker, Silence
from api.chat.models import Conversation, Message, Turn
from api.chat.streams import Streams
from api.database import Database, utc_now
from api.metrics.deciding import catch_up_wholly
from api.metrics.outcomes import DeflectionFilter, deflection
from api.metrics.terms import Terms
from api.settings import ChatSettings
from tests.chat.conftest import Chat, FakeDialogue, LiveApi, reply, until
from tests.support.databases import each_database
from tests.support.rest import Rest, rest_of

NUDGE = dt.timedelta(minutes=10)
CLOSE = dt.timedelta(minutes=60)
SECOND = dt.timedelta(seconds=1)
LANGUAGES = ("es", "en", "pt")


def choices(asks: str, *values: str) -> list[dict[str, Any]]:
    return [{"label": each, "name": f"{asks}.{each}", "intent": "inform", "entities": {}} for each in values]


# What is asked: asks, its choices, the form that is active, and which sentences are said to the silence that follows.
ASKED = {
    "an answer": ("solved", choices("solved", "yes", "no"), "help_form", "idle_nudge_solved", "idle_close"),
    "no answer": ("solved", choices("solved", "no"), "help_form", "idle_nudge", "idle_close"),
    "a choice of the form": (
        "impact",
        choices("impact", "low", "high"),
        "ticket_form",
        "idle_nudge_form",
        "idle_close_form",
    ),
    "words of the form": ("description", [], "ticket_form", "idle_nudge_form", "idle_close_form"),
    "the summary": (
        "confirm",
        choices("confirm", "yes", "change"),
        "ticket_form",
        "idle_nudge_confirm",
        "idle_close_form",
    ),
    "an address": ("email", [], "contact_form", "idle_nudge", "idle_close"),
}


def started(turn: dict[str, Any]) -> httpx.Response:
    """The first words, before the customer has told anything."""
    body = reply(turn)
    body["facts"]["intent"] = "start"
    return httpx.Response(200, json=body)


@dataclass
class Silent:
    """A conversation of the running api, and time that passes in it."""

    chat: Chat
    api: LiveApi
    path: str
    headers: dict[str, str]

    @property
    def id(self) -> str:
        return self.chat.opened[-1]

    def quiet_for(self, time: dt.timedelta) -> None:
        """What the api does when it looks after this much silence."""
        with self.api.services.database.read() as session:
            since = session.get_one(Conversation, self.id).last_activity_at
        self.api.run(IdleWorker(self.api.services, clock=lambda: since + time).look())

    def say(self, **body: Any) -> dict[str, Any]:
        sent = {"client_message_id": str(len(self.shown())), **body}
        answer = self.chat.http.post(f"{self.path}/messages", json=sent, headers=self.headers)
        assert answer.status_code == 200, answer.text
        outcome: dict[str, Any] = answer.json()
        return outcome

    def shown(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.chat.http.get(f"{self.path}/messages", headers=self.headers).json()[
            "messages"
        ]
        return messages

    def text(self, language: str, key: str) -> str:
        return self.api.services.catalog.wording(language).text(f"messages.{key}")


@pytest.fixture
def ask(chat: Chat, live: tuple[LiveApi, FakeDialogue]) -> Callable[..., Silent]:
    """Opens a conversation in which the customer has told their matter and the copilot has asked something."""

    def asking(situation: str, language: str = "es", intent: str = "describe_problem") -> Silent:
        asks, offered, loop, *_ = ASKED.get(situation, (situation, [], "help_form"))

        def script(turn: dict[str, Any]) -> httpx.Response:
            body = reply(turn, "a question", asks=asks, choices=offered)
            body["state"]["active_loop"] = loop
            body["facts"]["intent"] = intent
            return httpx.Response(200, json=body)

        chat.dialogue.script = started
        path, headers, _ = chat.open(language=language)
        chat.dialogue.script = script
        silent = Silent(chat, live[0], path, headers)
        silent.say(text="no exporta")
        return silent

    return asking


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("situation", ASKED)
def test_who_falls_silent_is_asked_once_more_and_then_left_in_peace(
    ask: Callable[..., Silent], situation: str, language: str
) -> None:
    asks, offered, _, nudge, close = ASKED[situation]
    silent = ask(situation, language)
    before = silent.shown()
    silent.quiet_for(NUDGE - SECOND)
    assert silent.shown() == before
    silent.quiet_for(NUDGE)
    *kept, nudged = silent.shown()
    assert kept == before
    assert (nudged["role"], nudged["text"], nudged["language"]) == ("copilot", silent.text(language, nudge), language)
    assert (nudged["asks"], nudged["kind"]) == (asks, "choices" if offered else "text")
    assert [each["name"] for each in nudged["choices"]] == [each["name"] for each in offered]
    silent.quiet_for(CLOSE - SECOND)
    assert len(silent.shown()) == len(before) + 1
    silent.quiet_for(CLOSE)
    closed = silent.shown()[-1]
    assert (closed["role"], closed["kind"], closed["text"]) == ("system", "notice", silent.text(language, close))
    silent.quiet_for(GONE - SECOND)
    assert len(silent.shown()) == len(before) + 2


def test_the_nudges_own_choice_answers_the_question(ask: Callable[..., Silent]) -> None:
    silent = ask("an answer")
    silent.quiet_for(NUDGE)
    silent.say(choice_id=silent.shown()[-1]["choices"][1]["id"])
    turn = silent.chat.dialogue.turns[-1]
    assert (turn["choice"]["name"], turn["asks"]) == ("solved.no", "solved")
    assert turn["context"]["returned"] is False


def test_who_writes_after_the_close_comes_back_to_the_same_question(ask: Callable[..., Silent]) -> None:
    silent = ask("a choice of the form")
    silent.quiet_for(NUDGE)
    silent.quiet_for(CLOSE)
    silent.say(text="low")
    turn = silent.chat.dialogue.turns[-1]
    assert turn["context"]["returned"] is True
    assert turn["asks"] == "impact"
    assert [each["name"] for each in turn["choices"]] == ["impact.low", "impact.high"]
    assert turn["state"]["active_loop"] == "ticket_form"
    silent.say(text="low")
    assert silent.chat.dialogue.turns[-1]["context"]["returned"] is False


def test_the_next_silence_is_nudged_again(ask: Callable[..., Silent]) -> None:
    silent = ask("an answer")
    silent.quiet_for(NUDGE)
    silent.say(text="sigo aquí")
    before = len(silent.shown())
    silent.quiet_for(NUDGE)
    assert len(silent.shown()) == before + 1


def test_after_hours_without_a_look_it_is_closed_without_a_nudge(ask: Callable[..., Silent]) -> None:
    silent = ask("an answer")
    before = len(silent.shown())
    silent.quiet_for(CLOSE * 2)
    assert [message["kind"] for message in silent.shown()[before:]] == ["notice"]


def test_who_left_yesterday_is_told_nothing_but_is_known_to_come_back(ask: Callable[..., Silent]) -> None:
    silent = ask("an answer")
    before = len(silent.shown())
    silent.quiet_for(GONE)
    assert len(silent.shown()) == before
    with silent.api.services.database.write() as session:
        session.execute(
            update(Conversation).where(Conversation.id == silent.id).values(last_activity_at=utc_now() - GONE)
        )
    silent.say(text="hola")
    assert silent.chat.dialogue.turns[-1]["context"]["returned"] is True


def test_a_repeat_still_gets_its_own_body(ask: Callable[..., Silent]) -> None:
    silent = ask("an answer")
    body = {"client_message_id": "once", "text": "y esto"}
    first = silent.chat.http.post(f"{silent.path}/messages", json=body, headers=silent.headers)
    silent.quiet_for(NUDGE)
    silent.quiet_for(CLOSE)
    again = silent.chat.http.post(f"{silent.path}/messages", json=body, headers=silent.headers)
    assert again.content == first.content


@pytest.mark.parametrize(
    ("situation", "intent"),
    [("language", "greet"), ("scenario", "choose_language"), ("problem", "choose_scenario"), ("rating", "affirm")],
)
def test_where_nothing_was_asked_for_or_all_is_settled_nobody_is_nudged(
    ask: Callable[..., Silent], situation: str, intent: str
) -> None:
    silent = ask(situation, intent=intent)
    before = silent.shown()
    silent.quiet_for(NUDGE)
    silent.quiet_for(CLOSE)
    assert silent.shown() == before


def test_who_has_only_opened_the_chat_is_left_alone_and_does_not_come_back(
    chat: Chat, live: tuple[LiveApi, FakeDialogue]
) -> None:
    chat.dialogue.script = started
    path, headers, _ = chat.open()
    silent = Silent(chat, live[0], path, headers)
    before = silent.shown()
    silent.quiet_for(NUDGE)
    silent.quiet_for(CLOSE)
    assert silent.shown() == before
    with live[0].services.database.write() as session:
        session.execute(
            update(Conversation).where(Conversation.id == silent.id).values(last_activity_at=utc_now() - CLOSE)
        )
    silent.say(text="hola")
    assert chat.dialogue.turns[-1]["context"]["returned"] is False


def test_a_matter_that_is_confirmed_in_one_tap_counts_as_asked(ask: Callable[..., Silent]) -> None:
    silent = ask("scenario", intent="describe_problem")
    before = len(silent.shown())
    silent.quiet_for(NUDGE)
    assert len(silent.shown()) == before + 1


def test_a_failed_turn_is_not_nudged_and_neither_is_one_under_way(ask: Callable[..., Silent]) -> None:
    silent = ask("an answer")
    with silent.api.services.database.write() as session:
        turn = Turn(id="1" * 32, conversation_id=silent.id, client_message_id="running", body_digest="")
        session.add(turn)
    before = silent.shown()
    silent.quiet_for(NUDGE)
    assert silent.shown() == before
    with silent.api.services.database.write() as session:
        session.execute(update(Turn).where(Turn.id == "1" * 32).values(status="failed"))
    silent.chat.dialogue.script = lambda turn: httpx.Response(500)
    silent.say(text="y ahora")
    before = silent.shown()
    silent.quiet_for(NUDGE)
    assert silent.shown() == before


def test_a_nudge_comes_on_the_event_stream(ask: Callable[..., Silent]) -> None:
    silent = ask("an answer")
    last = silent.shown()[-1]["seq"]
    found: list[str] = []
    with silent.chat.http.stream(
        "GET", f"{silent.path}/events", headers=silent.headers | {"Last-Event-ID": str(last - 1)}
    ) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line.removeprefix("data: "))["text"])
                if len(found) == 1:
                    silent.quiet_for(NUDGE)
                else:
                    break
    assert found[1] == silent.text("es", "idle_nudge_solved")


def test_a_customer_who_was_nudged_counts_as_silent_as_before(ask: Callable[..., Silent]) -> None:
    silent = ask("an answer")

    def figures() -> dict[str, Any]:
        day = dt.timedelta(days=1)
        with silent.api.services.database.write() as session:
            made = session.get_one(Conversation, silent.id).created_at
            chosen = DeflectionFilter(made, made + SECOND / 1000)
            # Quiet for a day from the last thing that happened: a nudge that counted would make it provisional.
            catch_up_wholly(session, Terms(), made + day + dt.timedelta(minutes=5))
            return deflection(session, chosen).model_dump()

    before = figures()
    assert before["conversations"] >= 1
    silent.quiet_for(NUDGE)
    silent.quiet_for(CLOSE)
    assert figures() == before


@each_database
async def test_of_several_processes_one_speaks(database: Database) -> None:
    """Each has services of its own, as processes have."""
    rests = [rest_of(database) for _ in range(3)]
    ids = [_waiting(rests[0]) for _ in range(5)]
    late = utc_now() + NUDGE
    workers = [IdleWorker(replace(each.services, streams=Streams()), clock=lambda: late) for each in rests]
    said = await asyncio.gather(*(worker.look() for worker in workers))
    assert sum(said) == 5
    with database.read() as session:
        for id_ in ids:
            conversation = session.get_one(Conversation, id_)
            assert (conversation.silence, conversation.last_seq) == (Silence.NUDGED, 3)
    for each in rests:
        each.http.close()


def _waiting(rest: Rest) -> str:
    """A conversation whose last word is the copilot's question."""
    id_ = rest.conversation().id
    with rest.database.write() as session:
        for seq, role in ((1, "customer"), (2, "copilot")):
            session.add(
                Message(conversation_id=id_, turn_id="t", seq=seq, role=role, kind="text", text="x", language="es",
                        asks="solved" if role == "copilot" else None, choices=[])
            )  # fmt: skip
        session.get_one(Conversation, id_).last_seq = 2
    return id_


async def test_it_can_be_switched_off(database: Database) -> None:
    rest = rest_of(database, chat=ChatSettings(idle_nudge=0, idle_close=0))
    await asyncio.wait_for(IdleWorker(rest.services).run(asyncio.Event()), 60)
    rest.http.close()


async def test_it_looks_until_it_is_told_to_stop(database: Database) -> None:
    rest = rest_of(database)
    id_ = _waiting(rest)
    services = replace(rest.services, streams=Streams())
    stop = asyncio.Event()
    running = asyncio.create_task(IdleWorker(services, clock=lambda: utc_now() + NUDGE).run(stop))

    def nudged() -> bool:
        with database.read() as session:
            return session.get_one(Conversation, id_).silence == Silence.NUDGED

    await asyncio.to_thread(until, nudged)
    stop.set()
    await asyncio.wait_for(running, 60)
    rest.http.close()
