"""A chat server that follows a script: the contract of the chat without a dialogue behind it.

What the customer writes decides what happens, so that a browser test reads as a conversation. `FakeChat` holds the
switches that a test flips: turns that fail, a server that is down, an api that has forgotten a conversation.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI, File, Form, Header, Request, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import SecretStr
from sqlalchemy import StaticPool, create_engine
from sqlalchemy.orm import Session

import api.help_center.endpoints
import api.help_center.pages
import api.leads.endpoints
import api.web.endpoints
from api.errors import CopilotError
from api.migrations import all_tables
from api.settings import Settings
from api.web.security import SecurityHeaders
from bot.catalog import Catalog
from tests.browser.serving import Reporting
from tests.support.fake_help_center import FakeHelpCenter

ROOT = Path(__file__).resolve().parents[2]

HOSTILE = (
    "<img src=x onerror=\"document.title='pwned'\"> <script>document.title='pwned'</script> "
    "[link](javascript:document.title='pwned') &lt;b&gt; https://example.invalid/\"onmouseover=alert(1)"
)

PASSAGE = {
    "article_id": "export-sales-report",
    "title": "Export your sales report",
    "heading": "Before you start",
    "url": "/help/en/export-sales-report",
    "locale": "en",
    "snippet": "Open Reports > Sales, choose the period and press Export. The file reaches your inbox within five minutes.",
    "score": 0.83,
}
OTHERS = [
    {**PASSAGE, "article_id": "schedule-reports", "title": "Schedule a report", "url": "/help/en/schedule-reports"},
    {**PASSAGE, "article_id": "report-columns", "title": "Choose the columns", "url": "/help/en/report-columns"},
]
RELATED = {"article_id": "roles", "title": "Roles", "url": "/help/en/roles", "locale": "en"}


def _range(text: str, part: str) -> tuple[int, int]:
    start = text.index(part)
    return start, start + len(part)


_STEPS = (
    "🧾 To sync & check the report <b>now</b>:\n1. Open the panel:\n- Reports\n- Sales\n2. Run it:\n"
    "shop sync --all\n  --wait\n3. Check the mail."
)
STEPS: dict[str, Any] = {
    **PASSAGE,
    "article_id": "sync-reports",
    "title": "Sync your reports",
    "heading": "By hand",
    "heading_path": ["Sync your reports", "Reports", "By hand"],
    "url": "/help/en/export-sales-report#steps",
    "snippet": _STEPS,
    "highlights": [
        _range(_STEPS, "sync"),
        _range(_STEPS, "report"),
        (_STEPS.index("sync --all"), _STEPS.index(" --all")),
    ],
    "steps": [
        {"number": 1, "start": _range(_STEPS, "Open")[0], "end": _range(_STEPS, "- Sales")[1]},
        {"number": 2, "start": _range(_STEPS, "Run")[0], "end": _range(_STEPS, "--wait")[1]},
        {"number": 3, "start": _range(_STEPS, "Check the")[0], "end": len(_STEPS)},
    ],
    "code": [_range(_STEPS, "shop sync --all\n  --wait")],
    "continues": True,
}
# What `GET /help-center/articles/...` gives of them.
ARTICLE: list[Any] = [
    ["p", {}, "What you see in the panel, as a file."],
    ["h2", {"id": "start"}, "Before you start"],
    ["p", {}, "Open Reports > Sales, choose the ", ["strong", {}, "period"], " and press Export."],
    ["p", {}, "The file reaches your inbox within five minutes."],
    ["aside", {"class": "callout callout-note"}, ["p", {}, "Filters are kept."]],
    [
        "table",
        {},
        ["tbody", {}, ["tr", {}, ["th", {}, "Column"], ["td", {}, ["a", {"href": "/help/en/roles"}, "Who"]]]],
    ],
    ["script", {}, "document.title='pwned'"],
    ["p", {"onclick": "document.title='pwned'"}, ["a", {"href": "javascript:document.title='pwned'"}, "Go"]],
    ["img", {"src": "x:y", "onerror": "document.title='pwned'"}],
]
CODE = "123456"
SUBCATEGORIES = (
    *("bulk_actions", "authentication", "configuration", "language", "integrations", "slowness", "error_message"),
    *("notifications", "plugins", "records", "reports", "roles", "security", "customer_portal", "other"),
)


@dataclass
class FakeConversation:
    id: str
    token: str
    language: str
    verified: str = ""
    context: dict[str, Any] | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    # Articles that were opened from its answers.
    opened: list[str] = field(default_factory=list)
    outcomes: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)


@dataclass
class FakeChat:
    """State and switches of one server."""

    catalog: Catalog
    conversations: dict[str, FakeConversation] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    openings: list[dict[str, Any]] = field(default_factory=list)
    uploads: list[dict[str, Any]] = field(default_factory=list)
    down: bool = False
    fail_next: bool = False
    answer_then_cut: bool = False
    delay: float = 0.0
    streams: set[object] = field(default_factory=set)
    streams_at_once: int = 0
    refuse_identities: int = 0
    # Of the admin help panel.
    contexts: list[dict[str, Any]] = field(default_factory=list)
    panel_tickets: list[dict[str, Any]] = field(default_factory=list)
    ratings: list[dict[str, Any]] = field(default_factory=list)
    # Seconds after which every event stream ends.
    cut_streams_after: float = 0.0
    # Whatever is said, and the beginning of a conversation, cannot be answered.
    dialogue_down: bool = False
    tickets: list[dict[str, Any]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    violations: list[Any] = field(default_factory=list)
    articles: dict[str, list[Any]] = field(default_factory=dict)

    def reset(self) -> None:
        """Forget everything and take every switch back, for the next test."""
        self.__init__(self.catalog)  # type: ignore[misc]  # the fields' own defaults, written once

    def wait_for_stream(self) -> None:
        """Until a widget listens. AssertionError after half a minute."""
        deadline = time.monotonic() + 30
        while not self.streams:
            assert time.monotonic() < deadline, "no widget has opened its event stream"
            time.sleep(0.02)

    def only(self) -> FakeConversation:
        """The conversation, where there is exactly one."""
        (conversation,) = self.conversations.values()
        return conversation

    def add(self, conversation: FakeConversation, role: str, text: str, **rest: Any) -> dict[str, Any]:
        message = {
            "seq": len(conversation.messages) + 1,
            "role": role,
            "kind": "text",
            "text": text,
            "language": conversation.language,
            "choices": [],
            "asks": None,
            "answer": None,
            "ticket": None,
            "attachments": [],
            "created_at": "2026-01-31T12:00:00+00:00",
            **rest,
        }
        conversation.messages.append(message)
        return message

    async def tell(self, conversation: FakeConversation) -> None:
        async with conversation.news:
            conversation.news.notify_all()

    def ask(
        self, conversation: FakeConversation, text: str, asks: str, options: dict[str, str], kind: str = "choices"
    ) -> dict[str, Any]:
        choices = [
            {"id": secrets.token_urlsafe(6), "label": label, "name": f"{asks}.{value}"}
            for value, label in options.items()
        ]
        return self.add(conversation, "copilot", text, kind=kind, asks=asks, choices=choices)

    def begin(self, conversation: FakeConversation) -> list[dict[str, Any]]:
        if self.dialogue_down:
            return [self.add(conversation, "system", "Something went wrong on our side.", kind="notice")]
        hello = self.add(
            conversation, "copilot", "Hello! I can look things up, and open a ticket if that does not help."
        )
        options = {"es": "Español", "en": "English", "pt": "Português"}
        return [hello, self.ask(conversation, "Which language do you prefer?", "language", options)]

    def reply(self, conversation: FakeConversation, name: str | None, text: str) -> list[dict[str, Any]]:
        """The script: by the chosen option, else by a word in what was typed."""
        asks, _, value = (name or "").partition(".")
        if asks == "language":
            conversation.language = value
            scenarios = {"question": "I have a question", "incident": "Something isn't working as expected"}
            return [self.ask(conversation, "What brings you here?", "scenario", scenarios)]
        if asks == "scenario":
            return [self.add(conversation, "copilot", "Tell me what happens, in your own words.", asks="problem")]
        if name == "solved.yes":
            return [self.add(conversation, "copilot", "Glad that helped!\n\nI am here if anything else comes up.")]
        if name == "solved.no":
            categories = {"request": "Requests", "incident": "Technical issue", "question": "Questions"}
            return [self.ask(conversation, "Then let us open a ticket. What is it about?", "category", categories)]
        if asks == "category":
            labels = {id: id.replace("_", " ").capitalize() for id in SUBCATEGORIES}
            return [self.ask(conversation, "More precisely?", "subcategory", labels)]
        if asks == "subcategory":
            question = "Screenshots make the diagnosis easier. Would you like to add any?"
            return [self.ask(conversation, question, "attachments", {"done": "I have added them", "skip": "Skip"})]
        if asks == "attachments" or "This is what I see" in text:
            summary = "Title: The sales report does not arrive\nCategory: Technical issue"
            options = {"yes": "Open the ticket", "change": "Change something"}
            return [self.ask(conversation, summary, "confirm", options)]
        if name == "confirm.yes":
            ticket = {
                "id": 1042,
                "status": "new",
                "priority": "high",
                "category": "incident",
                "subcategory": "reports",
                "subject": "The sales report does not arrive",
                "url": "/portal/tickets/1042",
            }
            return [self.add(conversation, "copilot", "Your ticket is open.", kind="ticket", ticket=ticket)]
        if "hostile" in text:
            passage = {**PASSAGE, "title": HOSTILE, "snippet": HOSTILE, "url": "javascript:document.title='pwned'"}
            answer = {"confident": True, "passages": [passage]}
            return [
                self.add(conversation, "copilot", HOSTILE, kind="answer", answer=answer),
                self.ask(conversation, HOSTILE, "solved", {"yes": HOSTILE}),
            ]
        if "notice" in text:
            known = "Exports are slow today. We are on it.\n\nIt began today at 9:00. Next update: today at 15:00."
            options = {"subscribe": "Yes, keep me posted", "continue": "Mine is something else"}
            return [self.ask(conversation, known, "notice", options, kind="notice")]
        if asks == "clarify" and value == "none":
            return [self.ask(conversation, "Put it in other words, or talk to a person.", "solved", {"no": "A person"})]
        if asks == "clarify":
            chosen = {"confident": False, "clarified": True, "decision": "clarify", "passages": [STEPS], "related": []}
            return [
                self.add(conversation, "copilot", "This is what I know about it:", kind="answer", answer=chosen),
                self.ask(conversation, "Did this solve it?", "solved", {"yes": "Yes", "no": "No"}),
            ]
        if "which" in text:
            topics = {str(each["article_id"]): str(each["title"]) for each in (STEPS, *OTHERS)}
            return [
                self.ask(conversation, "Which of these is it about?", "clarify", {**topics, "none": "None of these"})
            ]
        if "nobody" in text:
            nearest = {"confident": False, "decision": "person", "passages": [PASSAGE, *OTHERS], "related": []}
            return [
                self.add(conversation, "copilot", "I have no answer to this.", kind="answer", answer=nearest),
                self.ask(conversation, "A person can help you.", "solved", {"no": "Talk to a person"}),
            ]
        if "steps" in text:
            related = [{**RELATED, "title": "Roles and permissions"}]
            linked = {"confident": True, "decision": "answer", "passages": [STEPS, OTHERS[0]], "related": related}
            return [
                self.add(conversation, "copilot", "Here is what I found:", kind="answer", answer=linked),
                self.ask(conversation, "Did this solve it?", "solved", {"yes": "Yes", "no": "No"}),
            ]
        confident = "unsure" not in text
        answer = {"confident": confident, "passages": [PASSAGE, *OTHERS]}
        found = "This is how it works." if confident else "I am not certain, but this may be what you need."
        return [
            self.add(conversation, "copilot", found, kind="answer", answer=answer),
            self.ask(conversation, "Did this solve it?", "solved", {"yes": "Yes, thank you", "no": "No, it did not"}),
        ]


class _EmptyDatabase:
    """What pages ask before they are drawn: there are no service notices."""

    def __init__(self) -> None:
        alone = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
        self._engine = create_engine("sqlite://", **alone)
        all_tables().create_all(self._engine)

    async def reading(self, work: Callable[[Session], Any]) -> Any:
        with Session(self._engine) as session:
            return work(session)

    async def writing(self, work: Callable[[Session], Any]) -> Any:
        with Session(self._engine) as session, session.begin():
            return work(session)


def create_fake_app() -> FastAPI:
    """The app; its `FakeChat` is `app.state.chat`."""
    app = FastAPI()
    chat = FakeChat(Catalog.load(ROOT / "data"))
    app.state.chat = chat

    app.state.stopping = False
    articles = FakeHelpCenter(rendered={"export-sales-report": Path(__file__).parent / "article_body.html"})
    app.state.services = SimpleNamespace(
        catalog=chat.catalog,
        database=_EmptyDatabase(),
        help_center=articles,
        settings=Settings(data=ROOT / "data", secret_key=SecretStr("s" * 32)),
    )
    app.include_router(api.help_center.pages.router)
    app.include_router(api.leads.endpoints.router)
    app.include_router(api.web.endpoints.router)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Reporting)

    @app.exception_handler(CopilotError)
    async def render(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, CopilotError)
        return JSONResponse({"error": {"code": error.code, "message": error.message}}, status_code=error.status)

    def owned(id: str, authorization: str) -> FakeConversation:
        if chat.down:
            raise CopilotError("down for a moment", status=503)
        found = chat.conversations.get(id)
        if found is None or authorization != f"Bearer {found.token}":
            raise CopilotError("there is no such conversation", status=404)
        return found

    @app.get("/catalog")
    @app.get("/desk/catalog")
    async def catalog(language: str = "es") -> dict[str, Any]:
        known = language if language in chat.catalog.languages else "es"
        return {**chat.catalog.to_json(known), "web": chat.catalog.wording(known).section("web")}

    @app.get("/demo/identity")
    async def identity() -> dict[str, str]:
        return {"token": "e30.eyJzdWIiOiJpcmVuZSJ9.x", "name": "Irene Salas"}

    @app.post("/chat/conversations", status_code=201)
    async def start(body: dict[str, Any]) -> dict[str, Any]:
        chat.openings.append(body)
        if chat.down:
            raise CopilotError("down for a moment", status=503)
        if body.get("identity") and chat.refuse_identities:
            chat.refuse_identities -= 1
            raise CopilotError("this token has expired", status=401)
        conversation = FakeConversation(secrets.token_hex(8), secrets.token_hex(8), body.get("language", "es"))
        conversation.context = body.get("context")
        conversation.verified = "irene@example.com" if body.get("identity") else ""
        chat.conversations[conversation.id] = conversation
        messages = chat.begin(conversation)
        return {
            "id": conversation.id,
            "token": conversation.token,
            "language": conversation.language,
            "messages": messages,
        }

    @app.post("/chat/conversations/{id}/messages")
    async def post(id: str, body: dict[str, Any], authorization: str = Header()) -> Any:
        conversation = owned(id, authorization)
        chat.posts.append(body)
        known = conversation.outcomes.get(body["client_message_id"])
        if known is not None:
            return known
        if body["client_message_id"] in conversation.outcomes:
            raise CopilotError("this message is still being worked on", status=409)
        if len(body.get("text") or "") > 4000:
            raise CopilotError("At most 4000 characters.", status=422)
        choice = next(
            (c for m in conversation.messages for c in m["choices"] if c["id"] == body.get("choice_id")), None
        )
        text = choice["label"] if choice else body["text"]
        conversation.outcomes[body["client_message_id"]] = None
        files = [file for file in chat.uploads if file["id"] in (body.get("attachment_ids") or [])]
        chat.add(conversation, "customer", text, attachments=files)
        await chat.tell(conversation)
        await asyncio.sleep(chat.delay)
        if chat.fail_next or chat.dialogue_down:
            chat.fail_next = False
            apology = "Something went wrong on our side. Your message is kept."
            outcome = {"status": "failed", "messages": [chat.add(conversation, "system", apology, kind="notice")]}
        else:
            name = choice["name"] if choice else _typed(conversation, text)
            outcome = {"status": "completed", "messages": chat.reply(conversation, name, text)}
        outcome["turn_id"] = secrets.token_hex(4)
        conversation.outcomes[body["client_message_id"]] = outcome
        await chat.tell(conversation)
        if chat.answer_then_cut:
            chat.answer_then_cut = False
            raise CopilotError("the answer is lost on its way", status=502)
        return outcome

    @app.get("/chat/conversations/{id}/messages")
    async def history(id: str, after: int = 0, authorization: str = Header()) -> dict[str, Any]:
        return {"messages": [m for m in owned(id, authorization).messages if m["seq"] > after]}

    @app.get("/chat/conversations/{id}/events")
    async def events(id: str, authorization: str = Header(), last_event_id: int = Header(0)) -> StreamingResponse:
        return StreamingResponse(_stream(app, owned(id, authorization), last_event_id), media_type="text/event-stream")

    @app.post("/chat/conversations/{id}/attachments", status_code=201)
    async def attach(
        id: str, authorization: str = Header(), client_upload_id: str = Form(""), file: UploadFile = File()
    ) -> dict[str, Any]:
        owned(id, authorization)
        name = file.filename or "file"
        if name.endswith(".exe"):
            raise CopilotError("Files of this kind are not accepted.", status=422)
        stored = {
            "upload": client_upload_id,
            "id": secrets.token_hex(4),
            "name": name,
            "size": file.size,
            "media_type": file.content_type,
        }
        chat.uploads.append(stored)
        return stored

    @app.get("/help-center/articles/{locale}/{id}")
    async def whole(locale: str, id: str) -> dict[str, Any]:
        body = chat.articles.get(id, ARTICLE)
        return {"article_id": id, "title": id, "locale": locale, "url": f"/help/{locale}/{id}", "body": body}

    def asking(authorization: str) -> FakeConversation:
        for each in chat.conversations.values():
            if authorization == f"Bearer {each.token}":
                return each
        raise CopilotError("This token is unknown.", status=401)

    @app.get("/identity/me")
    async def me(authorization: str = Header()) -> dict[str, Any]:
        found = asking(authorization)
        return {"verified": bool(found.verified), "email": found.verified or None}

    @app.post("/identity/codes")
    async def code(body: dict[str, str], authorization: str = Header()) -> dict[str, str]:
        asking(authorization)
        if "@" not in body["email"]:
            raise CopilotError("That is no address.", status=422)
        chat.codes.append(body["email"])
        return {"email": body["email"]}

    @app.post("/identity/codes/verify")
    async def verify(body: dict[str, str], authorization: str = Header()) -> dict[str, Any]:
        if body["code"] != CODE:
            raise CopilotError("That code is not right.", status=422)
        asking(authorization).verified = chat.codes[-1]
        return {"verified": True, "ticket_ids": []}

    @app.post("/chat/conversations/{id}/opened", status_code=204)
    async def opened(id: str, body: dict[str, Any], authorization: str = Header()) -> None:
        owned(id, authorization).opened.append(body["article_id"])

    @app.post("/chat/conversations/{id}/context", status_code=204)
    async def context(id: str, body: dict[str, Any], authorization: str = Header()) -> None:
        owned(id, authorization).context = body

    @app.post("/chat/conversations/{id}/resume")
    async def resume(id: str, authorization: str = Header()) -> Any:
        here = owned(id, authorization)
        for each in chat.conversations.values():
            if each is not here and each.verified == here.verified and len(each.messages) > 2:
                return {"id": each.id, "token": each.token, "language": each.language}
        error = {"code": "no_earlier_conversation", "message": "There is none."}
        return JSONResponse({"error": error}, status_code=404)

    @app.post("/api/v2/requests", status_code=201)
    async def request(body: dict[str, Any], authorization: str = Header()) -> Any:
        found, wanted = asking(authorization), body["request"]
        if not found.verified and {"id": "category", "value": "outage"} not in wanted["custom_fields"]:
            return JSONResponse({"error": "Forbidden", "description": "not_verified"}, status_code=403)
        chat.tickets.append(wanted)
        return {"request": {"id": 1100 + len(chat.tickets)}}

    @app.post("/csp-reports", status_code=204)
    async def report(request: Request) -> None:
        chat.violations.append(await request.json())

    @app.post("/panel/sessions", status_code=201)
    async def panel_session(body: dict[str, Any]) -> dict[str, Any]:
        if chat.refuse_identities:
            raise CopilotError("this token has expired", status=401)
        soon = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).isoformat()
        who = {"email": "irene@shop.example", "name": "Irene Salas", "account_id": "demo-shop"}
        return {**who, "token": "panel", "expires_at": soon, "platforms": ["Demo Shop"]}

    @app.post("/panel/articles")
    async def panel_articles(body: dict[str, Any]) -> dict[str, Any]:
        chat.contexts.append(body["context"])
        return {"articles": [{**RELATED, "url": f"/help/{body['language']}/export-sales-report"}]}

    @app.get("/panel/tickets")
    async def panel_tickets(authorization: str = Header()) -> dict[str, Any]:
        return {"tickets": chat.panel_tickets}

    @app.post("/panel/tickets/{id}/rating")
    async def panel_rating(id: int, body: dict[str, Any]) -> dict[str, Any]:
        chat.ratings.append({"id": id, **body})
        return {}

    app.include_router(api.help_center.endpoints.router)
    return app


def _typed(conversation: FakeConversation, text: str) -> str | None:
    """The open choice that was typed instead of pressed, by its label or its number."""
    asked = next((m for m in reversed(conversation.messages) if m["role"] == "copilot"), None)
    for number, choice in enumerate(asked["choices"] if asked else [], start=1):
        if text.strip().lower() in (choice["label"].lower(), str(number)):
            return str(choice["name"])
    return None


async def _stream(app: FastAPI, conversation: FakeConversation, seen: int) -> AsyncIterator[str]:
    chat: FakeChat = app.state.chat
    stream = object()
    chat.streams.add(stream)
    ends = time.monotonic() + (chat.cut_streams_after or 1e9)
    chat.streams_at_once = max(chat.streams_at_once, len(chat.streams))
    try:
        yield "retry: 2000\n\n"
        while not app.state.stopping and not chat.down and time.monotonic() < ends:
            for message in conversation.messages[seen:]:
                seen = message["seq"]
                yield f"event: message\nid: {seen}\ndata: {json.dumps(message)}\n\n"
            async with conversation.news:
                try:
                    await asyncio.wait_for(conversation.news.wait(), 0.25)
                except TimeoutError:
                    yield ": still here\n\n"
    finally:
        chat.streams.discard(stream)
