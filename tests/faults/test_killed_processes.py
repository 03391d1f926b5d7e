"""Processes die in the middle of a turn: the customer is told, tries again, and gets one ticket."""

from __future__ import annotations

import contextlib
import threading
import time

import httpx
import pytest
from sqlalchemy import select

from api.chat.models import Message
from tests.conversations.test_main_job import WORDS, address, fill
from tests.support.customer import Customer
from tests.support.stack import BACK_SECONDS, Stack

pytestmark = pytest.mark.processes


def at_the_summary(stack: Stack) -> Customer:
    customer = Customer(stack, "es")
    customer.choose("language.es")
    customer.choose("scenario.question")
    customer.say(WORDS["es"]["known"])
    customer.choose("solved.no")
    fill(customer, address())
    return customer


def tickets_of(stack: Stack, subject: str) -> list[int]:
    answer = httpx.get(
        f"{stack.url}/api/v2/tickets.json?page[size]=100",
        headers=stack.agent,
        trust_env=False,
    )
    return [ticket["id"] for ticket in answer.json()["tickets"] if ticket["subject"] == subject]


def give_title(customer: Customer, title: str) -> None:
    customer.choose("confirm.change")
    customer.choose("confirm.title")
    customer.say(title)


def wait_stored(customer: Customer, text: str) -> None:
    """Until the message is in the database, where its turn begins. AssertionError after half a minute."""
    newest = (
        select(Message.text)
        .where(Message.conversation_id == customer.id, Message.role == "customer")
        .order_by(Message.seq.desc())
        .limit(1)
    )
    deadline = time.monotonic() + 30
    while True:
        with customer.stack.database.read() as session:
            if session.scalar(newest) == text:
                return
        assert time.monotonic() < deadline, "the message was never stored"
        time.sleep(0.002)


@pytest.mark.parametrize("victim", ["actions", "rasa", "api"])
def test_a_process_killed_while_the_ticket_is_opened_costs_no_ticket_and_doubles_none(
    stack: Stack, victim: str
) -> None:
    customer = at_the_summary(stack)
    title = f"Ticket sent while {victim} dies {time.time_ns()}"
    give_title(customer, title)
    choice = customer.choices["confirm.yes"]["id"]
    sender = threading.Thread(target=lambda: _post_quietly(customer, choice))
    sender.start()
    wait_stored(customer, customer.choices["confirm.yes"]["label"])
    killed = stack.kill(victim)
    sender.join(180)
    stack.wait_back(victim, killed)
    # What was said is still there, and the customer can go on.
    shown = customer.history()
    assert [message for message in shown if message["role"] == "customer"][-1]["text"] == customer.choices[
        "confirm.yes"
    ]["label"]
    if not any(message["ticket"] for message in shown):
        # It was told as failed, or is in flight no more: the same choice once more.
        assert shown[-1]["kind"] == "notice"
        again = customer.post(choice_id=choice)
        assert again.json()["status"] == "completed", again.text
        shown = customer.history()
    numbers = {message["ticket"]["id"] for message in shown if message["ticket"]}
    assert len(numbers) == 1
    assert tickets_of(stack, title) == sorted(numbers)


def test_a_dead_action_server_is_a_failed_turn_and_the_conversation_goes_on_afterwards(stack: Stack) -> None:
    customer = Customer(stack, "pt")
    customer.choose("language.pt")
    customer.choose("scenario.question")
    dead, stop = threading.Event(), threading.Event()

    def keep_dead() -> None:
        while not stop.is_set():
            try:
                stack.kill("actions")
                dead.set()
            except (FileNotFoundError, ProcessLookupError, ValueError):
                time.sleep(0.01)
            time.sleep(0.02)

    killer = threading.Thread(target=keep_dead)
    killer.start()
    assert dead.wait(60)
    outcome = customer.post(text=WORDS["pt"]["known"]).json()
    stop.set()
    killer.join()
    assert outcome["status"] == "failed"
    assert [message["kind"] for message in outcome["messages"]] == ["notice"]
    assert outcome["messages"][0]["language"] == "pt"
    stack.wait_ready(BACK_SECONDS)
    customer.say(WORDS["pt"]["known"])
    assert customer.answer()["confident"]
    assert {message["language"] for message in customer.messages} == {"pt"}


def test_a_half_filled_form_survives_a_restarted_dialogue(stack: Stack) -> None:
    customer = at_the_summary(stack)
    summary = customer.said
    stack.wait_back("rasa", stack.kill("rasa"))
    give_title(customer, "Kept through a restart")
    assert "Kept through a restart" in customer.said
    assert summary.splitlines()[-1] in customer.said
    customer.choose("confirm.yes")
    assert customer.ticket()["subject"] == "Kept through a restart"


def _post_quietly(customer: Customer, choice: str) -> None:
    with contextlib.suppress(httpx.HTTPError):
        customer.post(choice_id=choice)
