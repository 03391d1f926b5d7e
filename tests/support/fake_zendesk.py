"""A small Zendesk, written from its published reference: tickets, comments, uploads, cursors, idempotency, closed and
deleted tickets, merging, exports. It remembers; nothing of ours is in it."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]


class Refusal(Exception):
    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass
class FakeZendesk:
    """One account. `accounts`: e-mail -> (token, user id, role). `page`: comments on one page."""

    accounts: dict[str, tuple[str, int, str]]
    port: int = 0
    page: int = 2
    tickets: dict[int, Json] = field(default_factory=dict)
    said: dict[int, list[Json]] = field(default_factory=dict)
    users: dict[int, Json] = field(default_factory=dict)
    keys: dict[str, tuple[str, Json]] = field(default_factory=dict)
    uploads: dict[str, Json] = field(default_factory=dict)
    ticks: int = 0
    next_id: int = 35_436
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        for email, (_, number, role) in self.accounts.items():
            self.users[number] = {"id": number, "name": email.partition("@")[0], "email": email, "role": role}

    def start(self) -> Callable[[], None]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def _handle(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                try:
                    with fake.lock:
                        status, body = fake.answer(self.command, self.path, dict(self.headers.items()), content)
                except Refusal as refusal:
                    status, body = refusal.status, refusal.body
                told = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("X-Rate-Limit", "700")
                self.send_header("X-Rate-Limit-Remaining", "650")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Nothing to the console."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

        def stop() -> None:
            server.shutdown()
            server.server_close()

        return stop

    def answer(self, method: str, address: str, headers: dict[str, str], content: bytes) -> tuple[int, Json]:
        parts = urlsplit(address)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path.removesuffix(".json").removeprefix("/api/v2")
        named = {name.lower(): value for name, value in headers.items()}
        me = self._me(named.get("authorization", ""))
        if path == "/users/me":
            return 200, {"user": self.users.get(me, {"id": None, "name": "Anonymous user", "role": "end-user"})}
        if me == 0:
            raise Refusal(401, {"error": "Couldn't authenticate you"})
        if path == "/uploads" and method == "POST":
            token = f"token{len(self.uploads) + 1}"
            self.uploads[token] = {"file_name": query["filename"], "content": content, "size": len(content)}
            return 201, {"upload": {"token": token}}
        body: Json = json.loads(content) if content else {}
        if path == "/tickets" and method == "POST":
            return self._create(me, body["ticket"], named.get("idempotency-key"))
        if path == "/tickets":
            found = [each for each in self.tickets.values() if each["external_id"] == query.get("external_id")]
            return 200, {"tickets": found, "count": len(found)}
        if path == "/ticket_fields/360001":
            return 200, {"ticket_field": {"id": 360001}}
        if path == "/incremental/tickets/cursor":
            since = int(query.get("cursor") or 0)
            changed = sorted(
                (each for each in self.tickets.values() if each["tick"] > since), key=lambda each: each["tick"]
            )
            last = changed[-1]["tick"] if changed else since
            return 200, {"tickets": changed, "after_cursor": str(last), "end_of_stream": True}
        match = re.fullmatch(r"/tickets/(\d+)(/\w+)?", path)
        if match is None:
            raise Refusal(404, {"error": "InvalidEndpoint", "description": "Not found"})
        return self._one(method, int(match[1]), match[2] or "", me, body, query)

    def _one(self, method: str, number: int, rest: str, me: int, body: Json, query: dict[str, str]) -> tuple[int, Json]:
        ticket = self.tickets.get(number)
        if ticket is None or ticket["status"] == "deleted":
            raise Refusal(404, {"error": "RecordNotFound", "description": "Not found"})
        if rest == "/comments":
            return 200, self._comments(number, query)
        if rest == "/tags":
            wanted = body["tags"]
            kept = [each for each in ticket["tags"] if each not in wanted]
            ticket["tags"] = kept if method == "DELETE" else [*kept, *wanted]
            return 200, {"tags": ticket["tags"]}
        if rest == "/merge":
            for source in body["ids"]:
                text = f"This request was closed and merged into request #{number}."
                self._say(source, me, {"body": text, "public": False})
                self.tickets[source]["tags"].append("closed_by_merge")
                self.tickets[source]["status"] = "closed"
                self._touch(source)
            return 200, {"job_status": {"id": "1"}}
        if method == "DELETE":
            ticket["status"] = "deleted"
            self._touch(number)
            return 204, {}
        if method == "GET":
            return 200, {"ticket": ticket}
        if ticket["status"] == "closed":
            raise _invalid("status", "Status: closed prevents ticket update")
        return 200, self._change(number, me, body["ticket"])

    def _me(self, header: str) -> int:
        name, _, token = base64.b64decode(header.removeprefix("Basic ") or "").decode().partition(":")
        known = self.accounts.get(name.removesuffix("/token"))
        return known[1] if known is not None and known[0] == token else 0

    def _create(self, me: int, wanted: Json, key: str | None) -> tuple[int, Json]:
        text = json.dumps(wanted, sort_keys=True)
        if key is not None and key in self.keys:
            if self.keys[key][0] != text:
                description = "The parameters do not match those of the first request with this key"
                raise Refusal(400, {"error": "IdempotentRequestError", "description": description})
            return 201, self.keys[key][1]
        if not wanted.get("comment", {}).get("body"):
            raise _invalid("description", "Description: cannot be blank")
        if "@" not in (wanted.get("requester") or {"email": "@"})["email"]:
            raise _invalid("requester", "Requester: Email is not properly formatted")
        self.next_id += 1
        number = self.next_id
        requester = self._user(wanted["requester"]) if wanted.get("requester") else me
        self.tickets[number] = {
            "id": number,
            "url": f"http://127.0.0.1:{self.port}/api/v2/tickets/{number}.json",
            "external_id": wanted.get("external_id"),
            "subject": wanted["subject"],
            "status": wanted.get("status") or "new",
            "priority": wanted.get("priority"),
            "type": wanted.get("type"),
            "requester_id": requester,
            "tags": wanted.get("tags") or [],
            "custom_fields": wanted.get("custom_fields") or [],
            "followup_source_id": wanted.get("via_followup_source_id"),
        }
        self.said[number] = []
        event = self._say(number, requester, wanted["comment"], wanted.get("metadata"))
        self._touch(number)
        made = {"ticket": dict(self.tickets[number]), "audit": {"id": 9, "events": [{"id": event, "type": "Comment"}]}}
        if key is not None:
            self.keys[key] = (text, made)
        return 201, made

    def _change(self, number: int, me: int, wanted: Json) -> Json:
        ticket = self.tickets[number]
        events: list[Json] = []
        if wanted.get("comment"):
            author = wanted["comment"].get("author_id") or me
            said = self._say(number, author, wanted["comment"], wanted.get("metadata"))
            events.append({"id": said, "type": "Comment"})
        for name in ("status", "priority", "subject"):
            if wanted.get(name):
                ticket[name] = wanted[name]
        if wanted.get("requester"):
            ticket["requester_id"] = self._user(wanted["requester"])
        self._touch(number)
        return {"ticket": dict(ticket), "audit": {"id": 10, "events": events}}

    def _say(self, number: int, author: int, comment: Json, metadata: Json | None = None) -> int:
        for token in comment.get("uploads") or []:
            if token not in self.uploads:
                raise _invalid("comment", "Uploads: invalid token")
        self.next_id += 1
        files = [self.uploads[token] for token in comment.get("uploads") or []]
        self.said[number].append(
            {
                "id": self.next_id,
                "type": "Comment",
                "author_id": author,
                "body": comment["body"],
                "plain_body": comment["body"],
                "public": comment.get("public", True),
                "metadata": {"system": {}, "custom": metadata or {}},
                "attachments": [
                    {"file_name": each["file_name"], "content_url": "https://x.example/f"} for each in files
                ],
                "created_at": _now(),
            }
        )
        return self.next_id

    def _comments(self, number: int, query: dict[str, str]) -> Json:
        start = int(query.get("page[after]") or 0)
        size = min(int(query.get("page[size]") or 100), self.page)
        found = self.said[number][start : start + size]
        more = start + size < len(self.said[number])
        people = [self.users[each] for each in {comment["author_id"] for comment in found}]
        meta = {"has_more": more, "after_cursor": str(start + size) if more else None}
        return {"comments": found, "users": people, "meta": meta}

    def _user(self, person: Json) -> int:
        for number, user in self.users.items():
            if user["email"] == person["email"]:
                return number
        number = 7000 + len(self.users)
        self.users[number] = {"id": number, "role": "end-user", **person}
        return number

    def _touch(self, number: int) -> None:
        self.ticks += 1
        self.tickets[number].update(tick=self.ticks, updated_at=_now(self.ticks))


def _invalid(name: str, description: str) -> Refusal:
    details = {name: [{"description": description, "error": "InvalidValue"}]}
    return Refusal(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details})


def _now(tick: int = 0) -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=tick)).strftime("%Y-%m-%dT%H:%M:%SZ")
