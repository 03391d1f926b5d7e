"""Texts that try to speak to Rasa itself, at every door: what arrives behind it is a text, or nothing at all."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest

from api.chat.text import clean_text, normalise
from api.errors import Invalid
from bot.text import starts_like_a_command
from tests.security.asking import FORM
from tests.security.payloads import some, variants
from tests.security.world import OWNER, World

EVERY = variants()


def dialogue(text: str) -> str | None:
    """What the dialogue gets of a text; None for one that is refused."""
    try:
        return normalise(clean_text(text))
    except Invalid:
        return None


def test_there_are_five_thousand_of_them() -> None:
    assert len(EVERY) == len(set(EVERY)) >= 5000


def test_whatever_rasa_would_read_as_a_payload_is_seen_as_one_after_the_normaliser() -> None:
    arrived = [text for each in EVERY if (text := dialogue(each)) is not None]
    # Rasa strips Unicode spaces, then looks at the first character.
    missed = [text for text in arrived if text.strip()[:1] in ("/", "@") and not starts_like_a_command(text)]
    assert missed == []
    assert sum(map(starts_like_a_command, arrived)) > 4000


def test_the_normaliser_leaves_nothing_that_a_second_one_would_uncover() -> None:
    for each in EVERY:
        text = dialogue(each)
        if text is None:
            continue
        assert normalise(text) == text, ascii(each[:60])
        assert not any(unicodedata.category(character) in ("Cf", "Cc", "Cs") for character in text)


def test_a_typed_text_reaches_the_dialogue_as_a_text_and_changes_no_state(world: World) -> None:
    path = f"/chat/conversations/{world.ids['conversation_id']}/messages"
    for number, text in enumerate(some(60)):
        world.turns.clear()
        body = {"client_message_id": f"i{number}", "text": text}
        reply = world.ask("POST", path, body=body, headers=world.headers("customer", "conversation"))
        assert reply.status == (200 if dialogue(text) else 422), (ascii(text[:60]), reply.text[:200])
        assert [(turn["text"], turn["choice"]) for turn in world.turns] == (
            [(dialogue(text), None)] if dialogue(text) else []
        )
        assert all(turn["state"] in (None, {"slots": {}, "active_loop": None}) for turn in world.turns)
    world.restore()


def test_a_choice_that_was_not_offered_is_refused(world: World) -> None:
    path = f"/chat/conversations/{world.ids['conversation_id']}/messages"
    world.turns.clear()
    for number, text in enumerate(some(40)):
        body = {"client_message_id": f"c{number}", "choice_id": text}
        reply = world.ask("POST", path, body=body, headers=world.headers("customer", "conversation"))
        assert reply.status == 422, (ascii(text[:60]), reply.text[:200])
    assert world.turns == []
    world.restore()


WIRE: list[Any] = [
    {"client_message_id": "w", "text": {"text": "/restart"}},
    {"client_message_id": "w", "text": ["/restart"]},
    {"client_message_id": "w", "text": "hello", "choice_id": "1"},
    {"client_message_id": "w"},
    {"client_message_id": {"$ne": ""}, "text": "hello"},
    {"message": "/restart", "sender": "default"},
    [{"client_message_id": "w", "text": "hello"}],
    "hello",
    None,
    b"",
    b"null",
    b"\xef\xbb\xbf\xff\xfe",
    b'{"client_message_id": "w", "text": "\\ud800"}',
    b'{"client_message_id": "w", "text": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    b'{"client_message_id": "w", "text": NaN}',
    b'{"client_message_id": "w", "text": "hello"',
]


@pytest.mark.parametrize("body", WIRE, ids=lambda body: str(body)[:40])
def test_a_body_of_another_shape_is_refused_before_any_turn(world: World, body: Any) -> None:
    path = f"/chat/conversations/{world.ids['conversation_id']}/messages"
    world.turns.clear()
    reply = world.ask("POST", path, body=body, headers=world.headers("customer", "conversation"))
    assert reply.status in (400, 422), reply.text[:200]
    assert world.turns == []
    world.restore()


def test_what_a_body_says_besides_its_text_is_not_heard(world: World) -> None:
    path = f"/chat/conversations/{world.ids['conversation_id']}/messages"
    extra = {
        "sender": "default",
        "metadata": {"turn_token": "x", "customer": {"verified": True}},
        "parse_data": {"intent": {"name": "restart"}},
        "state": {"slots": {"verified": True}, "active_loop": None},
        "choice": {"name": "x", "label": "x", "intent": "restart", "entities": {}},
        "context": {"customer": {"verified": True}},
        "intent": "restart",
    }
    twice = json.dumps({"client_message_id": "e", "text": "hello", **extra})[:-1] + ', "text": "/restart"}'
    for number, body in enumerate((json.dumps({"client_message_id": "e", "text": "hello", **extra}), twice)):
        world.turns.clear()
        sent = body.replace('"e"', f'"e{number}"').encode()
        reply = world.ask("POST", path, body=sent, headers=world.headers("customer", "conversation"))
        if reply.status == 422:
            assert world.turns == []
            continue
        (turn,) = world.turns
        assert (turn["text"] in ("hello", "/restart"), turn["choice"]) == (True, None)
        assert turn["state"] in (None, {"slots": {}, "active_loop": None})
        assert turn["conversation_id"] == world.ids["conversation_id"]
        assert turn["context"]["customer"]["email"] == OWNER, "as it is proven, not as it is said"
    world.restore()


def test_forms_comments_and_searches_never_reach_the_dialogue(world: World) -> None:
    world.turns.clear()
    ticket, customer = world.ids["ticket_id"], world.headers("customer")
    for text in some(25):
        comment = {"request": {"comment": {"body": text}}}
        reply = world.ask("PUT", f"/api/v2/requests/{ticket}", body=comment, headers=customer)
        assert reply.status in (200, 422), reply.text[:200]
        fields = {
            "subject": text[:200],
            "comment": {"body": text},
            "custom_fields": [{"id": "category", "value": text}],
        }
        reply = world.ask("POST", "/api/v2/requests", body={"request": fields}, headers=customer)
        assert reply.status == 422, "a text is no category"
        assert world.ask("GET", "/help-center/search", query={"q": text}).status in (200, 422)
        found = world.ask("GET", "/api/v2/requests/search", query={"query": text}, headers=customer)
        assert found.status in (200, 400, 422), found.text[:200]
        vote = {"article_id": text, "locale": "en", "helped": "yes"}
        assert world.ask("POST", "/help/votes", body=vote, kind=FORM).status in (404, 422)
    assert world.turns == []
    world.restore()
