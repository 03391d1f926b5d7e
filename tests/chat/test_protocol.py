"""The turn protocol, held against a real api over HTTP with a scripted dialogue process."""

from __future__ import annotations

import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.chat.conftest import Chat, FakeDialogue, LiveApi, reply, settings_in, until


def failing(turn: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"status": "failed", "reason": "action_failed", "messages": [], "state": None})


def test_the_copilot_speaks_first(chat: Chat) -> None:
    _, _, created = chat.open(language="pt-BR")
    assert created["language"] == "pt"
    assert [message["role"] for message in created["messages"]] == ["copilot"]
    assert chat.dialogue.turns[0]["choice"]["intent"] == "start"


def test_the_language_is_proposed_by_the_browser_where_the_page_says_nothing(chat: Chat) -> None:
    answer = chat.http.post(
        "/chat/conversations", json={}, headers={"Accept-Language": "fr;q=0.9, en-GB;q=0.8, es;q=0.1"}
    )
    assert answer.json()["language"] == "en"


def test_a_choice_shows_its_name_but_not_its_intent(chat: Chat) -> None:
    _, _, created = chat.open()
    choice = created["messages"][0]["choices"][0]
    assert set(choice) == {"id", "label", "name"}
    assert choice["name"] == "language.es"


def test_a_choice_id_is_looked_up_and_never_parsed(chat: Chat) -> None:
    path, headers, created = chat.open()
    choice_id = created["messages"][0]["choices"][1]["id"]
    answer = chat.http.post(
        f"{path}/messages", json={"client_message_id": "1", "choice_id": choice_id}, headers=headers
    )
    assert answer.status_code == 200
    assert chat.dialogue.turns[-1]["choice"]["entities"] == {"language": "en"}
    assert chat.dialogue.turns[-1]["text"] == "English"


def test_a_repeat_gets_the_same_body_and_runs_no_second_turn(chat: Chat) -> None:
    path, headers, _ = chat.open()
    body = {"client_message_id": "m1", "text": "no puedo entrar"}
    first = chat.http.post(f"{path}/messages", json=body, headers=headers)
    turns = len(chat.dialogue.turns)
    second = chat.http.post(f"{path}/messages", json=body, headers=headers)
    assert second.json() == first.json()
    assert len(chat.dialogue.turns) == turns


def test_the_same_id_with_another_body_is_refused(chat: Chat) -> None:
    path, headers, _ = chat.open()
    chat.http.post(f"{path}/messages", json={"client_message_id": "m1", "text": "uno"}, headers=headers)
    answer = chat.http.post(f"{path}/messages", json={"client_message_id": "m1", "text": "dos"}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "message_id_reused"


def test_the_same_id_in_flight_is_a_conflict(chat: Chat) -> None:
    path, headers, _ = chat.open()
    body = {"client_message_id": "slow", "text": "hola"}
    with ThreadPoolExecutor(2) as pool, chat.dialogue.holding():
        first = pool.submit(chat.http.post, f"{path}/messages", json=body, headers=headers)
        until(lambda: len(chat.dialogue.turns) == 2)
        second = chat.http.post(f"{path}/messages", json=body, headers=headers)
    assert second.status_code == 409
    assert int(second.headers["Retry-After"]) >= 1
    assert first.result().status_code == 200


def test_turns_of_one_conversation_run_one_at_a_time_and_in_order(chat: Chat) -> None:
    path, headers, _ = chat.open()
    with ThreadPoolExecutor(4) as pool:
        posts = []
        with chat.dialogue.holding():
            for number in range(4):
                body = {"client_message_id": str(number), "text": f"mensaje {number}"}
                posts.append(pool.submit(chat.http.post, f"{path}/messages", json=body, headers=headers))
                until(lambda: said(chat, path, headers) == [f"mensaje {at}" for at in range(number + 1)])  # noqa: B023
            until(lambda: len(chat.dialogue.turns) == 2)
            assert [turn["text"] for turn in chat.dialogue.turns[1:]] == ["mensaje 0"]
        assert [post.result().status_code for post in posts] == [200] * 4
    # Each turn saw the state that the one before it had left.
    assert [turn["text"] for turn in chat.dialogue.turns[1:]] == [f"mensaje {number}" for number in range(4)]
    assert [turn["state"]["slots"]["turns"] for turn in chat.dialogue.turns[1:]] == [1, 2, 3, 4]


def test_different_conversations_do_not_wait_for_each_other(chat: Chat) -> None:
    opened = [chat.open() for _ in range(6)]
    body = {"client_message_id": "1", "text": "hola"}
    with ThreadPoolExecutor(6) as pool:
        with chat.dialogue.holding():
            posts = [
                pool.submit(chat.http.post, f"{path}/messages", json=body, headers=headers)
                for path, headers, _ in opened
            ]
            until(lambda: len(chat.dialogue.turns) == 12)
        assert {post.result().status_code for post in posts} == {200}


def test_going_on_in_another_language_is_an_event(chat: Chat) -> None:
    path, headers, created = chat.open(language="es")

    def script(turn: dict[str, Any]) -> httpx.Response:
        answer = reply(turn, asks="problem", choices=[])
        answer["facts"]["language"] = "en" if "english" in turn["text"] else turn["context"]["language"]
        return httpx.Response(200, json=answer)

    chat.dialogue.script = script
    for number, text in enumerate(("no puedo entrar", "english please", "it says error 5"), 1):
        chat.http.post(f"{path}/messages", json={"client_message_id": str(number), "text": text}, headers=headers)
    with sqlite3.connect(chat.settings.var / "chat.db") as database:
        rows = database.execute(
            "SELECT data FROM events WHERE type = 'language_chosen' AND conversation_id = ? ORDER BY id",
            (created["id"],),
        )
        chosen = [json.loads(data)["language"] for (data,) in rows]
    assert chosen == ["es", "en"], "the first answers the question of the language"


def test_a_failed_turn_is_told_keeps_the_text_and_leaves_the_state(chat: Chat) -> None:
    path, headers, _ = chat.open()
    chat.dialogue.script = failing
    answer = chat.http.post(f"{path}/messages", json={"client_message_id": "1", "text": "se cae todo"}, headers=headers)
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "failed"
    assert [message["kind"] for message in body["messages"]] == ["notice"]
    chat.dialogue.script = lambda turn: httpx.Response(200, json=reply(turn))
    again = chat.http.post(f"{path}/messages", json={"client_message_id": "2", "text": "se cae todo"}, headers=headers)
    assert again.json()["status"] == "completed"
    # The failed turn left no trace in the dialogue: its state is the one from before, and so is the pending question.
    assert chat.dialogue.turns[-1]["state"]["slots"]["turns"] == 1
    assert chat.dialogue.turns[-1]["asks"] == "language"
    shown = chat.http.get(f"{path}/messages", headers=headers).json()["messages"]
    assert [message["text"] for message in shown if message["role"] == "customer"] == ["se cae todo", "se cae todo"]


def test_a_turn_that_fails_once_is_tried_again_with_the_same_turn_id(chat: Chat) -> None:
    path, headers, _ = chat.open()
    seen: list[str] = []

    def script(turn: dict[str, Any]) -> httpx.Response:
        seen.append(turn["turn_id"])
        return failing(turn) if len(seen) == 1 else httpx.Response(200, json=reply(turn))

    chat.dialogue.script = script
    answer = chat.http.post(f"{path}/messages", json={"client_message_id": "1", "text": "hola"}, headers=headers)
    assert answer.json()["status"] == "completed"
    assert len(seen) == 2
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"status": "completed", "messages": [], "state": {}}),
        httpx.Response(200, json={"status": "completed", "messages": [{"text": 1}], "state": {}}),
        httpx.Response(200, text="not json"),
        httpx.Response(500, text="boom"),
    ],
    ids=["list", "no message", "wrong shape", "no json", "status 500"],
)
def test_an_untruthful_dialogue_process_is_a_failed_turn(chat: Chat, response: httpx.Response) -> None:
    path, headers, _ = chat.open()
    chat.dialogue.script = lambda turn: response
    answer = chat.http.post(f"{path}/messages", json={"client_message_id": "1", "text": "hola"}, headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (200, "failed")


def test_a_conversation_opens_even_while_the_dialogue_is_down(chat: Chat) -> None:
    chat.dialogue.script = lambda turn: httpx.Response(503)
    _, _, created = chat.open(language="en")
    assert [message["kind"] for message in created["messages"]] == ["notice"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": "   "}, "text_empty"),
        ({"text": "\u200b\u00a0\ufeff"}, "text_empty"),
        ({"text": "\x00\x07"}, "text_empty"),
        ({"text": "a" * 100_000}, "text_too_long"),
        ({"text": "a", "choice_id": "b"}, "message_shape"),
        ({}, "message_shape"),
        ({"choice_id": "unknown"}, "unknown_choice"),
        ({"text": "hola", "attachment_ids": ["nope"]}, "unknown_attachment"),
        ({"text": 7}, "invalid_request"),
        ({"text": "hola", "payload": "/inform"}, "invalid_request"),
    ],
)
def test_bad_messages_get_a_clear_error_and_run_no_turn(chat: Chat, body: dict[str, Any], code: str) -> None:
    path, headers, _ = chat.open()
    turns = len(chat.dialogue.turns)
    answer = chat.http.post(f"{path}/messages", json={"client_message_id": "1", **body}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == code
    assert len(chat.dialogue.turns) == turns


def test_the_limit_is_named_in_the_customers_language(chat: Chat) -> None:
    path, headers, _ = chat.open()
    body = {"client_message_id": "1", "text": "a" * 100_000}
    answer = chat.http.post(f"{path}/messages", json=body, headers=headers | {"Accept-Language": "pt"})
    assert "4000" in answer.json()["error"]["message"].replace(".", "")


@pytest.mark.parametrize("content", [b"{", b'{"text": "\xff\xfe"}', b"[" * 10_000, b'"text"', b"\x00"])
def test_malformed_json_and_wrong_encodings_are_refused(chat: Chat, content: bytes) -> None:
    path, headers, _ = chat.open()
    answer = chat.http.post(f"{path}/messages", content=content, headers=headers | {"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["message"]


def test_control_characters_and_lone_surrogates_are_taken_out(chat: Chat) -> None:
    path, headers, _ = chat.open()
    raw = b'{"client_message_id": "1", "text": "no \\u0000me\\u001b[31m \\ud800deja\\nentrar"}'
    answer = chat.http.post(f"{path}/messages", content=raw, headers=headers | {"Content-Type": "application/json"})
    assert answer.status_code == 200
    shown = chat.http.get(f"{path}/messages", headers=headers).json()["messages"]
    assert shown[1]["text"] == "no me[31m deja\nentrar"


@pytest.mark.parametrize("text", ["/restart", "／inform{}", "\u2060/inform{}", "\u3000/session_start"])
def test_payload_syntax_reaches_the_dialogue_as_text_only(chat: Chat, text: str) -> None:
    path, headers, _ = chat.open()
    answer = chat.http.post(f"{path}/messages", json={"client_message_id": "1", "text": text}, headers=headers)
    assert answer.status_code == 200
    assert chat.dialogue.turns[-1]["choice"] is None
    assert chat.dialogue.turns[-1]["text"].startswith("/")


def test_another_conversations_token_and_choices_open_nothing(chat: Chat) -> None:
    path, _, _ = chat.open()
    _, foreign, created = chat.open()
    assert chat.http.get(f"{path}/messages", headers=foreign).status_code == 404
    assert chat.http.get(f"{path}/messages").status_code == 401
    assert chat.http.get(f"{path}/events", headers=foreign).status_code == 404
    body = {"client_message_id": "1", "text": "hola"}
    assert chat.http.post(f"{path}/messages", json=body, headers=foreign).status_code == 404
    assert chat.http.post(f"{path}/messages", json=body).status_code == 401
    own_path, own, _ = chat.open()
    choice = {"client_message_id": "2", "choice_id": created["messages"][0]["choices"][0]["id"]}
    answer = chat.http.post(f"{own_path}/messages", json=choice, headers=own)
    assert answer.json()["error"]["code"] == "unknown_choice"


def test_history_is_ordered_and_resumes(chat: Chat) -> None:
    path, headers, _ = chat.open()
    for number in range(3):
        chat.http.post(
            f"{path}/messages", json={"client_message_id": str(number), "text": str(number)}, headers=headers
        )
    everything = chat.http.get(f"{path}/messages", headers=headers).json()["messages"]
    assert [message["seq"] for message in everything] == list(range(1, 8))
    rest = chat.http.get(f"{path}/messages", params={"after": 5}, headers=headers).json()["messages"]
    assert [message["seq"] for message in rest] == [6, 7]


def said(chat: Chat, path: str, headers: dict[str, str], role: str = "customer") -> list[str]:
    """What one side has said so far."""
    shown = chat.http.get(f"{path}/messages", headers=headers).json()["messages"]
    return [message["text"] for message in shown if message["role"] == role]


def read_events(
    chat: Chat, path: str, headers: dict[str, str], count: int, found: list[dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """The first `count` messages of the event stream; `found` has them as they come."""
    found = [] if found is None else found
    with chat.http.stream("GET", f"{path}/events", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line.removeprefix("data: ")))
                if len(found) == count:
                    break
    return found


def test_the_event_stream_brings_what_is_said_and_resumes(chat: Chat) -> None:
    path, headers, _ = chat.open()
    found: list[dict[str, Any]] = []
    reader = threading.Thread(target=read_events, args=(chat, path, headers, 3, found))
    reader.start()
    until(lambda: len(found) == 1)
    chat.http.post(f"{path}/messages", json={"client_message_id": "1", "text": "hola"}, headers=headers)
    reader.join(60)
    assert [message["seq"] for message in found] == [1, 2, 3]
    assert [message["role"] for message in found] == ["copilot", "customer", "copilot"]
    resumed = read_events(chat, path, headers | {"Last-Event-ID": "2"}, 1)
    assert [message["seq"] for message in resumed] == [3]


def test_an_open_event_stream_holds_no_database_connection(chat: Chat) -> None:
    """More streams than the pool has connections, and the chat still answers."""
    path, headers, _ = chat.open()
    with ThreadPoolExecutor(40) as pool:
        client = httpx.Client(base_url=chat.url, timeout=60, trust_env=False)
        readers = [Chat(chat.url, chat.dialogue, chat.settings) for _ in range(40)]
        found: list[list[dict[str, Any]]] = [[] for _ in readers]
        streams = [
            pool.submit(read_events, reader, path, headers, 3, events)
            for reader, events in zip(readers, found, strict=True)
        ]
        until(lambda: all(found))
        answer = client.post(f"{path}/messages", json={"client_message_id": "1", "text": "hola"}, headers=headers)
        assert answer.status_code == 200
        assert all(len(stream.result(60)) == 3 for stream in streams)
        client.close()


def test_a_message_whose_process_died_is_marked_failed_at_the_next_start(tmp_path: Any) -> None:
    from api.chat.models import Turn
    from api.database import Database

    settings = settings_in(tmp_path)
    dialogue = FakeDialogue()
    with LiveApi(settings, dialogue):
        chat = Chat(settings.public_url, dialogue, settings)
        path, headers, created = chat.open()
    database = Database(settings.database.url)
    with database.write() as session:
        session.add(Turn(id="f" * 32, conversation_id=created["id"], client_message_id="lost", body_digest=""))
    database.close()
    with LiveApi(settings, dialogue):
        shown = chat.http.get(f"{path}/messages", headers=headers).json()["messages"]
        assert shown[-1]["kind"] == "notice"
        chat.http.close()


def test_a_client_that_goes_away_does_not_stop_its_turn(chat: Chat) -> None:
    path, headers, _ = chat.open()
    body = {"client_message_id": "1", "text": "hola"}
    with chat.dialogue.holding(), pytest.raises(httpx.ReadTimeout):
        chat.http.post(f"{path}/messages", json=body, headers=headers, timeout=0.5)
    until(lambda: len(said(chat, path, headers, "copilot")) == 2)
    assert said(chat, path, headers) == ["hola"]


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("error.png", b"\x89PNG\r\n\x1a\n" + b"0" * 100, 422),
        ("log.txt", "línea".encode(), 201),
        ("trace.har", b'{"log": {}}', 201),
        ("error.png", b"<script>alert(1)</script>", 422),
        ("page.html", b"<html>", 422),
        ("empty.txt", b"", 422),
        ("bin.txt", b"\xff\xfe\x00", 422),
        ("../../etc/passwd.txt", b"x", 201),
        ("large.txt", b"a" * 11_000_000, 413),
    ],
)
def test_attachments_are_what_they_say_or_are_refused(chat: Chat, name: str, content: bytes, status: int) -> None:
    path, headers, _ = chat.open()
    answer = chat.http.post(f"{path}/attachments", files={"file": (name, content)}, headers=headers)
    assert answer.status_code == status, answer.text
    if status == 201:
        stored = answer.json()
        assert "/" not in stored["name"]
        assert (chat.settings.var / "attachments" / stored["id"]).read_bytes() == content
    else:
        assert answer.json()["error"]["message"]


def test_a_ticket_takes_five_files_at_most(chat: Chat) -> None:
    path, headers, _ = chat.open()
    statuses = [
        chat.http.post(f"{path}/attachments", files={"file": (f"{number}.txt", b"x")}, headers=headers).status_code
        for number in range(6)
    ]
    assert statuses == [201] * 5 + [422]


def test_the_customer_is_told_what_was_taken_out_of_a_file(chat: Chat) -> None:
    path, headers, _ = chat.open()
    content = b"GET /a HTTP/1.1\nCookie: cart=c0ffee; lang=es\nAuthorization: Bearer q8w7e6r5t4\n"
    stored = chat.http.post(f"{path}/attachments", files={"file": ("red.log", content)}, headers=headers).json()
    assert stored["removed"] == {"authorization": 1, "cookies": 2}
    body = {"client_message_id": "1", "text": "va el registro", "attachment_ids": [stored["id"]]}
    notice, answer = chat.http.post(f"{path}/messages", json=body, headers=headers).json()["messages"]
    assert (notice["role"], notice["kind"], notice["text"]) == ("system", "notice", stored["note"])
    assert answer["role"] == "copilot"
    history = chat.http.get(f"{path}/messages", headers=headers).json()["messages"]
    assert [each["attachments"] for each in history if each["role"] == "customer"] == [[stored]]
    assert chat.http.post(f"{path}/messages", json=body, headers=headers).json()["messages"][0] == notice


def test_the_dialogue_is_told_which_files_came_with_a_message(chat: Chat) -> None:
    path, headers, _ = chat.open()
    stored = chat.http.post(f"{path}/attachments", files={"file": ("a.txt", b"x")}, headers=headers).json()["id"]
    body = {"client_message_id": "1", "text": "va una captura", "attachment_ids": [stored]}
    assert chat.http.post(f"{path}/messages", json=body, headers=headers).status_code == 200
    chat.http.post(f"{path}/messages", json={"client_message_id": "2", "text": "y nada más"}, headers=headers)
    assert [turn["context"]["files"] for turn in chat.dialogue.turns] == [[], [stored], []]


def test_no_customer_text_is_logged(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    path, headers, _ = chat.open()
    chat.dialogue.script = failing
    secret = "mi-clave-es-canario-7741"
    chat.http.post(f"{path}/messages", json={"client_message_id": "1", "text": secret}, headers=headers)
    assert "failed" in caplog.text
    assert secret not in caplog.text
