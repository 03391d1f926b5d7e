"""A real api on a real port, with a scripted dialogue process behind it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from api.app import create_app
from api.services import Services
from api.settings import DatabaseSettings, KbSettings, Settings
from tests.support.stack import free_port

T = TypeVar("T")
Script = Callable[[dict[str, Any]], httpx.Response]

LANGUAGES = [
    {"label": "Español", "name": "language.es", "intent": "choose_language", "entities": {"language": "es"}},
    {"label": "English", "name": "language.en", "intent": "choose_language", "entities": {"language": "en"}},
]


def reply(turn: dict[str, Any], text: str = "", **extra: Any) -> dict[str, Any]:
    """A completed turn with one message that says what it was asked."""
    message = {"kind": "text", "text": text or f"heard: {turn['text']}", "language": turn["context"]["language"]}
    message |= {"asks": "language", "choices": LANGUAGES} | extra
    counted = (turn["state"] or {"slots": {"turns": 0}})["slots"]["turns"] + 1
    return {
        "status": "completed",
        "messages": [message],
        "state": {"slots": {"turns": counted}, "active_loop": None},
        "facts": {"language": turn["context"]["language"], "intent": "describe_problem", "confidence": 0.9},
    }


class FakeDialogue(httpx.AsyncBaseTransport):
    """Stands where the dialogue process is: keeps the turns that came, answers by `script`."""

    def __init__(self) -> None:
        self._held = False
        self.reset()

    def reset(self) -> None:
        """As new."""
        self.turns: list[dict[str, Any]] = []
        self.script: Script = lambda turn: httpx.Response(200, json=reply(turn))

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """While it lasts, turns come in and none is answered."""
        self._held = True
        try:
            yield
        finally:
            self._held = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, text="Hello from Rasa")
        assert request.headers["X-Gateway-Secret"] == "g" * 32
        turn: dict[str, Any] = json.loads(await request.aread())
        self.turns.append(turn)
        while self._held:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # not an Event: the one who lets go is on another thread
        return self.script(turn)


class Chat:
    """The api under test, its fake dialogue and a client."""

    def __init__(self, url: str, dialogue: FakeDialogue, settings: Settings) -> None:
        self.url = url
        self.dialogue = dialogue
        self.settings = settings
        self.opened: list[str] = []
        """The ids of the conversations that `open` made."""
        self.http = httpx.Client(base_url=url, timeout=60.0, trust_env=False)

    def open(self, **body: Any) -> tuple[str, dict[str, str], dict[str, Any]]:
        """A new conversation: its path, its headers, the answer's body."""
        answer = self.http.post("/chat/conversations", json={"channel": "widget", **body})
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        self.opened.append(created["id"])
        return f"/chat/conversations/{created['id']}", {"Authorization": f"Bearer {created['token']}"}, created


def until(condition: Callable[[], bool]) -> None:
    """Waits until it is so. AssertionError after half a minute."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def settings_in(folder: Path) -> Settings:
    return Settings(
        var=folder,
        secret_key=SecretStr("s" * 32),
        gateway_secret=SecretStr("g" * 32),
        database=DatabaseSettings(url=f"sqlite:///{folder / 'chat.db'}"),
        host_jwt_keys={"demo": "k" * 32},
        kb=KbSettings(sync_every=0),
        port=free_port(),
    )


class LiveApi:
    """The api served by uvicorn in a thread of this process."""

    def __init__(self, settings: Settings, dialogue: FakeDialogue) -> None:
        app = create_app(settings, dialogue_transport=dialogue)
        config = uvicorn.Config(
            app, host=settings.host, port=settings.port, log_level="warning", timeout_graceful_shutdown=1, ws="none"
        )
        self._app = app
        self._server = uvicorn.Server(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.serve()

    @property
    def services(self) -> Services:
        """What the running api works with."""
        services: Services = self._app.state.services
        return services

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, done in the api's own loop."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def __enter__(self) -> LiveApi:
        self._thread.start()
        deadline = time.monotonic() + 30
        while not self._server.started:
            assert self._thread.is_alive(), "the api ended while starting"
            assert time.monotonic() < deadline, "the api does not start"
            time.sleep(0.02)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveApi, FakeDialogue]]:
    """One api for all tests of the folder: its database alone takes 0.7 s to make."""
    dialogue = FakeDialogue()
    settings = settings_in(tmp_path_factory.mktemp("chat"))
    with LiveApi(settings, dialogue) as api:
        yield api, dialogue


@pytest.fixture
def chat(live: tuple[LiveApi, FakeDialogue]) -> Iterator[Chat]:
    """The api with a dialogue process as new. What earlier tests said is still in its database."""
    api, dialogue = live
    dialogue.reset()
    settings = api.services.settings
    running = Chat(settings.public_url, dialogue, settings)
    yield running
    running.http.close()
