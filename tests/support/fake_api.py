"""A stand-in for the api towards the actions: answers at once, remembers what it was asked, fails on command.

Standard library only, on a thread of its own; for tests and measurements of the dialogue, which need no api.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CODE = "123456"


@dataclass
class Call:
    """One request that the actions made."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


@dataclass
class FakeApi:
    """`failing` makes every call answer 500; `confident` decides what a search finds; `calls` is what was asked."""

    port: int = 0
    confident: bool = True
    failing: bool = False
    # Seconds before each answer.
    delay: float = 0.0
    refuse_ticket: bool = False
    calls: list[Call] = field(default_factory=list)
    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    tries: int = 5
    # What the team has said on each ticket, newest first; and how conversations were rated.
    replies: list[str] = field(default_factory=list)
    ratings: list[dict[str, Any]] = field(default_factory=list)
    # What a search answers in place of the usual passage.
    searches: dict[str, Any] | None = None
    # What the copilot is told to do with a search that is not confident, and what belongs to it.
    decision: str = "clarify"
    related: list[dict[str, str]] = field(default_factory=list)
    # Titles of the articles that compete for every question.
    topics: list[str] = field(default_factory=list)
    # Service notices, in the shape of `notice`; each matches every description that holds its "about". Who has confirmed
    # an address may subscribe; `subscribed` holds the ids.
    notices: list[dict[str, Any]] = field(default_factory=list)
    subscribed: list[int] = field(default_factory=list)
    verified: bool = False
    # In how many minutes a ticket is answered.
    response_minutes: int = 35
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> FakeApi:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self._answer(None)

            def do_PUT(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self._answer(json.loads(self.rfile.read(length) or b"null"))

            def _answer(self, body: Any) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                call = Call(self.command, parts.path, query, body, dict(self.headers))
                fake.calls.append(call)
                time.sleep(fake.delay)
                status, answer = (500, {"error": {"code": "broken"}}) if fake.failing else fake.answer(call)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Nothing: the test's own output is enough."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def reset(self) -> None:
        """As new, on the same port."""
        fresh = FakeApi()
        for each in fields(FakeApi):
            if each.name not in ("port", "_server"):
                setattr(self, each.name, getattr(fresh, each.name))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, path: str) -> list[Call]:
        """The calls of one path, in order."""
        return [each for each in self.calls if each.path == path]

    def expected_response(self) -> dict[str, Any]:
        """As soon as `response_minutes` from now, at any hour."""
        by = datetime.now(UTC) + timedelta(minutes=self.response_minutes)
        return {"minutes": self.response_minutes, "by": by.isoformat(), "opens_at": None}

    @property
    def opened(self) -> list[Call]:
        """The calls that opened a ticket, in order."""
        return [each for each in self.asked("/api/v2/requests") if each.method == "POST"]

    def answer(self, call: Call) -> tuple[int, dict[str, Any]]:
        match call.method, call.path:
            case "GET", "/help-center/search":
                return 200, self._found(call.query)
            case "GET", "/api/v2/expected_response":
                return 200, {"expected_response": self.expected_response()}
            case "POST", "/identity/codes":
                return 200, {"sent": True, "email": "a***", "expires_in": 600}
            case "POST", "/identity/codes/verify":
                return self._verify(call.body["code"])
            case "POST", "/api/v2/requests":
                return self._open(call)
            case "GET", "/api/v2/requests" | "/api/v2/requests/open":
                return 200, self._own(open_only=call.path.endswith("open"))
            case "GET", path if path.endswith("/comments"):
                return self._comments(path.split("/")[-2])
            case "PUT", path if path.startswith("/api/v2/requests/"):
                return self._change(path.rsplit("/", 1)[-1], call.body["request"])
            case "POST", path if path.startswith("/chat/") and path.endswith("/rating"):
                self.ratings.append(call.body)
                return 200, {"comment": None, **call.body}
            case "GET", "/notices/matching":
                said = call.query["q"].casefold()
                matching = [each for each in self.notices if str(each.get("about", "")).casefold() in said]
                return 200, {"notices": [{k: v for k, v in each.items() if k != "about"} for each in matching]}
            case "POST", path if path.startswith("/notices/"):
                return self._subscribe(int(path.split("/")[2]))
        number = call.path.rsplit("/", 1)[-1]
        found = next((each for each in self.tickets.values() if str(each["id"]) == number), None)
        return (200, {"request": found}) if found else (404, {"error": "RecordNotFound", "description": "Not found"})

    def _found(self, query: dict[str, str]) -> dict[str, Any]:
        if self.searches is not None:
            return self.searches
        if "nothing at all" in query["q"]:
            return {"confident": False, "confidence": 0.01, "passages": []}
        if self.topics:
            return self._competing(query["language"])
        passage = {
            "article_id": "export-reports",
            "title": "Export a report",
            "heading": "Steps",
            "url": "/help/export-reports#steps",
            "locale": query["language"],
            "snippet": "Open Reports and press Export.",
            "score": 0.9,
        }
        return {
            "confident": self.confident,
            "confidence": 0.9 if self.confident else 0.2,
            "decision": "answer" if self.confident else self.decision,
            "passages": [passage],
            "topics": [],
            "related": self.related,
        }

    def _competing(self, language: str) -> dict[str, Any]:
        ids = [title.lower().replace(" ", "-") for title in self.topics]
        return {
            "confident": False,
            "confidence": 0.5,
            "decision": "clarify",
            "passages": [
                {
                    "article_id": id_,
                    "title": title,
                    "heading": "Steps",
                    "url": f"/help/{id_}#steps",
                    "locale": language,
                    "snippet": f"1. Open {title}.\n2. Save.",
                    "score": 0.9,
                    "heading_path": ["Steps"],
                    "highlights": [[3, 7]],
                    "steps": [{"number": 1, "start": 3, "end": 9 + len(title)}],
                    "continues": True,
                }
                for id_, title in zip(ids, self.topics, strict=True)
            ],
            "topics": [
                {"label": title, "article_id": id_, "locale": language}
                for id_, title in zip(ids, self.topics, strict=True)
            ],
            "related": self.related,
        }

    def own_ticket(self, number: int, title: str, status: str = "open", **more: Any) -> dict[str, Any]:
        """A ticket that the customer has."""
        self.tickets[str(number)] = {
            "id": number,
            "status": status,
            "priority": "normal",
            "subject": title,
            "html_url": f"/portal/tickets/{number}",
            "custom_fields": [],
            "needs_followup": status == "closed",
            **more,
        }
        return self.tickets[str(number)]

    def _own(self, *, open_only: bool) -> dict[str, Any]:
        found = [each for each in self.tickets.values() if not (open_only and each["status"] in ("solved", "closed"))]
        return {"requests": sorted(found, key=lambda each: -int(each["id"])), "count": len(found)}

    def _ticket(self, number: str) -> dict[str, Any] | None:
        return next((each for each in self.tickets.values() if str(each["id"]) == number), None)

    def _comments(self, number: str) -> tuple[int, dict[str, Any]]:
        if self._ticket(number) is None:
            return 404, {"error": "RecordNotFound", "description": "Not found"}
        users = [{"id": 2, "role": "end-user"}, {"id": 3, "role": "agent"}]
        replies = [{"body": each, "author_id": 3} for each in self.replies]
        return 200, {"comments": [*replies, {"body": "No exporta", "author_id": 2}], "users": users}

    def _change(self, number: str, change: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        ticket = self._ticket(number)
        if ticket is None:
            return 404, {"error": "RecordNotFound", "description": "Not found"}
        if ticket.get("needs_followup") or ticket.get("refuses"):
            return 422, {"error": "RecordInvalid", "description": "Record validation errors", "details": {}}
        if ticket["status"] in ("solved", "pending"):
            ticket["status"] = "open"
        return 200, {"request": ticket}

    def _subscribe(self, notice_id: int) -> tuple[int, dict[str, Any]]:
        if not self.verified:
            return 403, {"error": {"code": "not_verified", "message": "Confirm the address first."}}
        if notice_id not in [each["id"] for each in self.notices]:
            return 404, {"error": {"code": "notice_not_found", "message": "There is no such notice."}}
        already = notice_id in self.subscribed
        if not already:
            self.subscribed.append(notice_id)
        return 200, {"email": "ana@example.com", "already": already}

    def _verify(self, code: str) -> tuple[int, dict[str, Any]]:
        if code == CODE:
            self.verified = True
            return 200, {"verified": True, "email": "ana@example.com", "ticket_ids": []}
        self.tries -= 1
        if self.tries < 1:
            return 422, {"error": {"code": "code_spent", "message": "Too many wrong tries."}}
        return 422, {"error": {"code": "code_wrong", "message": "Wrong.", "details": {"tries_left": self.tries}}}

    def _open(self, call: Call) -> tuple[int, dict[str, Any]]:
        if self.refuse_ticket:
            return 422, {"error": "RecordInvalid", "description": "Record validation errors", "details": {}}
        draft = call.body["request"]
        source = self._ticket(str(draft.get("via_followup_source_id")))
        if source is not None:
            return 201, {"request": self.own_ticket(int(source["id"]) + 100, draft["subject"], "new")}
        fields = {each["id"]: each["value"] for each in draft["custom_fields"]}
        ticket = self.tickets.setdefault(
            draft["external_id"],
            {
                "id": 1000 + len(self.tickets) + 1,
                "status": "new",
                "priority": "urgent" if fields.get("category") == "outage" else "normal",
                "subject": draft["subject"],
                "url": "/portal/tickets/1001",
                "custom_fields": draft["custom_fields"],
            },
        )
        return 201, {"request": ticket}


def notice(id: int = 7, *, about: str = "", **values: Any) -> dict[str, Any]:
    """A service notice as the api shows it, for `FakeApi.notices`: it matches descriptions that hold `about`."""
    return {
        "about": about,
        "id": id,
        "kind": "incident",
        "state": "open",
        "title": "Exports are slow",
        "text": "Exports take up to an hour. Nothing is lost.",
        "language": "en",
        "latest": None,
        "since": "2026-03-02T09:00:00+00:00",
        "updated_at": "2026-03-02T09:00:00+00:00",
        "until": None,
        "next_update": None,
        **values,
    }
