"""Answers on their way from the dialogue to the customer, and the events that are kept of them."""

from __future__ import annotations

import sqlite3
from typing import Any

import httpx
import pytest

from tests.chat.conftest import Chat, reply

PASSAGE = {
    "article_id": "export-reports",
    "title": "Export a report",
    "heading": "Steps",
    "url": "/help/en/export-reports#steps",
    "locale": "en",
    "snippet": "1. Open Reports.\n2. Press Export.",
    "score": 1.5,
    "heading_path": ["Reports", "Steps"],
    "highlights": [[8, 15]],
    "steps": [{"number": 1, "start": 3, "end": 16}, {"number": 2, "start": 20, "end": 33}],
    "code": [],
    "continues": True,
}
RELATED = {"article_id": "roles", "title": "Roles", "url": "/help/en/roles", "locale": "en"}
TOPICS = [{"label": "Export a report", "article_id": "export-reports", "locale": "en"}]


def answered(chat: Chat, **answer: Any) -> dict[str, Any]:
    """The first message that comes back for a question to which the dialogue gives this answer."""
    whole = {"confident": False, "confidence": 0.5, "query": "export", "passages": [PASSAGE], **answer}
    chat.dialogue.script = lambda turn: httpx.Response(
        200, json=reply(turn, "x", asks="clarify" if answer.get("topics") else "solved", answer=whole)
    )
    path, headers, _ = chat.open()
    sent = {"client_message_id": "1", "text": "how do I export"}
    message: dict[str, Any] = chat.http.post(f"{path}/messages", json=sent, headers=headers).json()["messages"][0]
    assert chat.http.get(f"{path}/messages", headers=headers).json()["messages"][-1] == message
    return message


def events(chat: Chat) -> list[tuple[str, str]]:
    """Type and data of all that was written of the last conversation, but for the start."""
    with sqlite3.connect(chat.settings.var / "chat.db") as database:
        rows = database.execute(
            "SELECT type, data FROM events WHERE conversation_id = ? ORDER BY id", chat.opened[-1:]
        ).fetchall()
    return [(kind, data) for kind, data in rows if kind not in ("conversation_started", "language_chosen")]


def test_an_answer_reaches_the_customer_with_all_that_it_shows(chat: Chat) -> None:
    message = answered(chat, confident=True, decision="answer", related=[RELATED])
    base = chat.settings.public_url
    assert message["answer"] == {
        "confident": True,
        "passages": [{**PASSAGE, "url": f"{base}/help/en/export-reports#steps"}],
        "decision": "answer",
        "clarified": False,
        "related": [{**RELATED, "url": f"{base}/help/en/roles"}],
    }


def test_an_answer_without_the_newer_fields_is_read_all_the_same(chat: Chat) -> None:
    old = {name: PASSAGE[name] for name in ("article_id", "title", "heading", "url", "locale", "snippet", "score")}
    answer = answered(chat, passages=[old])["answer"]
    assert (answer["decision"], answer["related"]) == ("clarify", [])
    assert (answer["passages"][0]["steps"], answer["passages"][0]["continues"]) == ([], False)


def test_a_clarifying_question_claims_no_answer_and_is_told_by_its_event(chat: Chat) -> None:
    message = answered(chat, decision="clarify", passages=[], topics=TOPICS)
    assert (message["asks"], message["answer"]) == ("clarify", None)
    kinds = dict(events(chat))
    assert "answer_shown" not in kinds
    assert '"clarifies": true' in kinds["searched"]
    assert "export-reports" in kinds["searched"]


def test_the_answer_to_a_chosen_topic_is_no_search_of_its_own(chat: Chat) -> None:
    answered(chat, decision="clarify", clarified=True)
    found = events(chat)
    assert "searched" not in [kind for kind, _ in found]
    assert '"clarified": true' in dict(found)["answer_shown"]


def test_a_notice_that_was_shown_is_told_by_its_event(chat: Chat) -> None:
    choices = [{"label": "Keep me posted", "name": "notice.subscribe", "intent": "affirm", "entities": {}}]
    chat.dialogue.script = lambda turn: httpx.Response(
        200, json=reply(turn, "Exports are slow.", kind="notice", asks="notice", choices=choices, notice=7)
    )
    path, headers, _ = chat.open()
    sent = {"client_message_id": "1", "text": "my export never ends"}
    message = chat.http.post(f"{path}/messages", json=sent, headers=headers).json()["messages"][0]
    assert (message["kind"], message["asks"]) == ("notice", "notice")
    assert [choice["name"] for choice in message["choices"]] == ["notice.subscribe"]
    assert "notice" not in message
    assert ("notice_shown", '{"notice_id": 7}') in events(chat)


def test_what_was_shown_is_told_with_what_was_decided(chat: Chat) -> None:
    answered(chat, decision="person")
    kinds = dict(events(chat))
    assert '"decision": "person"' in kinds["searched"]
    assert '"decision": "person"' in kinds["answer_shown"]


@pytest.mark.parametrize(("form", "steps"), [("ticket_form", 1), ("follow_form", 0), ("help_form", 0), (None, 1)])
def test_an_address_is_a_step_of_the_ticket_form_only_where_that_form_asks_for_it(
    chat: Chat, form: str | None, steps: int
) -> None:
    def script(turn: dict[str, Any]) -> httpx.Response:
        body = reply(turn, "¿A qué correo?", asks="email", choices=[])
        body["facts"]["form"] = form
        return httpx.Response(200, json=body)

    path, headers, _ = chat.open()
    chat.dialogue.script = script
    chat.http.post(f"{path}/messages", json={"client_message_id": "1", "text": "mis tickets"}, headers=headers)
    assert [kind for kind, _ in events(chat)].count("form_step") == steps
