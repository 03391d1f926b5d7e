"""Plays a scripted conversation through the real processes, and reads back what came of it."""

from __future__ import annotations

import io
import json
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
from sqlalchemy import select

from api.identity import accounts
from api.identity.models import StaffUser
from api.metrics.events import Event
from api.notifications.models import OutboxMail
from bot.catalog import Catalog, load_catalog
from tests.conversations.scripts import ExpectedTicket, GivenTicket, Person, Script, Step, wording_of
from tests.support.customer import Customer
from tests.support.stack import KEPT, Stack

_CODE = re.compile(r"\b\d{6}\b")
# The smallest picture that is one, and a line of text: a file is taken for what its bytes say.
_FILES = {
    "png": bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
        "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
    ),
    "txt": b"12:04:51 the request was refused\n",
    "har": b'{"log": {"version": "1.2", "entries": []}}',
}


class ScriptFailed(AssertionError):
    """What differs from the script: file, script, step, the difference, and the whole conversation until there."""

    def __init__(self, script: Script, step: Step | None, problem: str, transcript: list[str]) -> None:
        where = f"{script.file}: {script.id}, {step or 'at the end'}"
        super().__init__("\n".join([f"{where}: {problem}", *transcript]))


@dataclass(frozen=True)
class Played:
    """What a script led to: every `asks`, and the ticket as staff read it, attachments included (None: no ticket)."""

    asks: tuple[str, ...]
    ticket: Mapping[str, Any] | None
    transcript: tuple[str, ...]


@dataclass
class Theatre:
    """Where scripts are played: the running processes, and staff who look at what is left behind."""

    stack: Stack
    catalog: Catalog = field(default_factory=load_catalog)
    _headers: dict[str, str] | None = None
    _callers: int = 0

    @property
    def staff(self) -> dict[str, str]:
        """Headers of a lead, who may publish notices, too. Made once, straight in the database: two processes would be
        started for it otherwise."""
        if self._headers is None:
            email = f"lead.{uuid.uuid4().hex[:8]}@lumbra.example"
            with self.stack.database.write() as session:
                session.add(StaffUser(email=email, name="", role="lead", password_hash="!", active=True))
                session.flush()
                token = accounts.create_api_token(session, email=email).token
            self._headers = {"Authorization": f"Bearer {token}"}
        return self._headers

    def play(self, script: Script, *, any_sequence: bool = False) -> Played:
        """The whole conversation. Raises `ScriptFailed` at the first difference from the script; with `any_sequence` the
        declared sequence of `asks` is none."""
        self._callers += 1
        http = self._caller(self._callers)
        notices = [self.publish(each) for each in script.given.notices]
        try:
            return _Performance(self, script, http, any_sequence).play()
        finally:
            http.close()
            for notice in notices:
                self.resolve(notice)

    def _caller(self, number: int) -> httpx.Client:
        """A client with a network address of its own, as customers have: codes are limited by address. Where the machine
        has one loopback address only, all share it."""
        for address in (f"127.0.{1 + number // 250}.{1 + number % 250}", "127.0.0.1"):
            client = httpx.Client(
                base_url=self.stack.url,
                timeout=90.0,
                trust_env=False,
                transport=httpx.HTTPTransport(local_address=address),
            )
            try:
                client.get("/health/live")
            except httpx.ConnectError:
                client.close()
            else:
                return client
        raise AssertionError("the api does not answer")

    def newest_code(self, email: str) -> str:
        with self.stack.database.read() as session:
            query = select(OutboxMail.text).where(OutboxMail.recipient == email, OutboxMail.template == "code")
            text = session.scalars(query.order_by(OutboxMail.id.desc()).limit(1)).first()
        found = _CODE.search(text or "")
        if found is None:
            raise LookupError(f"no code was mailed to {email}")
        return found.group()

    def subjects(self, email: str) -> list[str]:
        with self.stack.database.read() as session:
            return list(session.scalars(select(OutboxMail.subject).where(OutboxMail.recipient == email)))

    def events(self, conversation_id: str) -> list[Event]:
        with self.stack.database.read() as session:
            query = select(Event).where(Event.conversation_id == conversation_id).order_by(Event.id)
            return list(session.scalars(query))

    def ticket(self, ticket_id: int) -> dict[str, Any]:
        """The ticket as staff get it, and under `comments` what was said on it."""
        ticket: dict[str, Any] = self._read(f"/api/v2/tickets/{ticket_id}")["ticket"]
        return {**ticket, "comments": self._read(f"/api/v2/tickets/{ticket_id}/comments")["comments"]}

    def _read(self, path: str) -> dict[str, Any]:
        answer = self.stack.http.get(path, headers=self.staff)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def open_given(self, given: GivenTicket, email: str) -> int:
        """Open a ticket for the customer as staff do, and leave it in the given state."""
        told = dict(given.ticket)
        body = {
            "subject": told.pop("subject"),
            "comment": {"body": told.pop("description")},
            "requester": {"email": email},
            "type": told.pop("type", None),
            "priority": told.pop("priority", None),
            "custom_fields": [{"id": name, "value": value} for name, value in told.items()],
        }
        answer = self.stack.http.post("/api/v2/tickets", json={"ticket": body}, headers=self.staff)
        assert answer.status_code == 201, answer.text
        number: int = answer.json()["ticket"]["id"]
        # Staff move a ticket step by step: nothing is closed that was not solved before.
        steps = ["solved", "closed"] if given.status == "closed" else [given.status] if given.status != "new" else []
        changes: list[dict[str, Any]] = [{"status": each} for each in steps]
        if given.reply:
            changes[-1:] = [{**(changes or [{}])[-1], "comment": {"body": given.reply, "public": True}}]
        for change in changes:
            answer = self.stack.http.put(f"/api/v2/tickets/{number}", json={"ticket": change}, headers=self.staff)
            assert answer.status_code == 200, answer.text
        return number

    def publish(self, notice: Mapping[str, Any]) -> int:
        """Publish a service notice. A title or text that is the same in all languages may be one string, and so keywords."""

        def spoken(value: Any) -> Any:
            return value if isinstance(value, dict) else dict.fromkeys(self.catalog.languages, value)

        texts = {name: spoken(notice[name]) for name in ("title", "text", "keywords") if name in notice}
        answer = self.stack.http.post("/notices", json={**notice, **texts}, headers=self.staff)
        assert answer.status_code == 201, answer.text
        number: int = answer.json()["id"]
        return number

    def resolve(self, notice: int) -> None:
        """End a notice, so that the next script hears nothing of it."""
        body = {"text": dict.fromkeys(self.catalog.languages, "."), "state": "resolved"}
        answer = self.stack.http.post(f"/notices/{notice}/updates", json=body, headers=self.staff)
        assert answer.status_code == 201, answer.text


class _Caller(Stack):
    """The stack as one caller reaches it."""

    def __init__(self, stack: Stack, http: httpx.Client) -> None:
        super().__init__(stack.folder, stack.environment)
        self.__dict__["http"] = http


class _Performance:
    def __init__(self, theatre: Theatre, script: Script, http: httpx.Client, any_sequence: bool) -> None:
        self.theatre = theatre
        self.any_sequence = any_sequence
        self.script = script
        who = uuid.uuid4().hex[:8]
        self.email, self.other_email = f"ana.{who}@shop.example", f"otra.{who}@shop.example"
        self.code_sent_to = self.email
        self.speaks = script.who.locale[:2] if script.who.locale else script.who.language
        self.given = [theatre.open_given(each, self.email) for each in script.given.tickets]
        self.opened: list[int] = []
        self.observed: list[str] = []
        self.step: Step | None = None
        opening = _opening(script.who, self.email)
        self.customer = Customer(_Caller(theatre.stack, http), script.who.language, **opening)

    def play(self) -> Played:
        self._look()
        for step in self.script.steps:
            self.step = step
            try:
                self._do(step)
            except (AssertionError, LookupError) as error:
                raise self._failed(str(error)) from error
            self._look()
            self._compare(step)
        self.step = None
        if tuple(self.observed) != self.script.asks and not self.any_sequence:
            raise self._failed(f"it asked {self.observed}, and the script goes on: {list(self.script.asks)}")
        ticket = self._read_back()
        self._check_outcome()
        return Played(tuple(self.observed), ticket, tuple(self.customer.transcript))

    def _do(self, step: Step) -> None:
        files = [self._upload(name) for name in step.upload]
        customer = self.customer
        if step.press is not None:
            name = self._filled(step.press)
            assert name in customer.choices, f"{name} is not offered, but {list(customer.choices)}"
            customer.transcript.append(f"> [{customer.choices[name]['label']}]")
            answer = customer.post(choice_id=customer.choices[name]["id"], attachment_ids=files)
        else:
            text = self._filled(step.say) if step.say is not None else self._files_sent(step.upload)
            if "@shop.example" in text:
                self.code_sent_to = self.other_email if self.other_email in text else self.email
            customer.transcript.append(f"> {text}")
            answer = customer.post(text=text, attachment_ids=files)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["status"] == "completed", body
        customer._take(body["messages"])

    def _upload(self, name: str) -> str:
        content = _FILES[name.rpartition(".")[2]]
        answer = self.customer.http.post(
            f"{self.customer.path}/attachments",
            files={"file": (name, io.BytesIO(content))},
            headers=self.customer.headers,
        )
        assert answer.status_code == 201, answer.text
        self.customer.transcript.append(f"> ({name})")
        number: str = answer.json()["id"]
        return number

    def _files_sent(self, names: tuple[str, ...]) -> str:
        return self.theatre.catalog.wording(self.speaks).text("web.widget.files_sent", names=", ".join(names))

    def _filled(self, text: str) -> str:
        """The text with what only this performance knows: {email}, {other_email}, {code}, {wrong_code}, {ticket}, {given}."""
        known = {"email": self.email, "other_email": self.other_email}
        if "code}" in text:
            code = self.theatre.newest_code(self.code_sent_to)
            known |= {"code": code, "wrong_code": f"{(int(code) + 1) % 1_000_000:06d}"}
        known |= {f"given{number if number > 1 else ''}": str(each) for number, each in enumerate(self.given, 1)}
        if self.opened:
            known["ticket"] = str(self.opened[-1])
        for name, value in known.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def _look(self) -> None:
        """What the copilot's turn asks, and what is never right: another language, or a ticket that nobody expects."""
        asked = [message["asks"] for message in self.customer.messages if message["asks"]]
        self.observed += asked
        seen = len(self.observed)
        if tuple(self.observed) != self.script.asks[:seen] and not self.any_sequence:
            expected = self.script.asks[seen - len(asked) : seen]
            raise self._failed(f"it asks {asked}, and not {list(expected)} (so far: {self.observed})")
        if self.step is not None and self.step.speaks:
            self.speaks = self.step.speaks
        for message in self.customer.messages:
            if message["language"] != self.speaks:
                raise self._failed(f"it speaks {message['language']}, and not {self.speaks}")
            if message["ticket"] and message["ticket"]["id"] not in (*self.given, *self.opened):
                self.opened.append(message["ticket"]["id"])

    def _compare(self, step: Step) -> None:
        customer = self.customer
        if step.asks is not None and (customer.asks or "nothing") != step.asks:
            raise self._failed(f"it asks {customer.asks}, and not {step.asks}")
        for words in step.says:
            if not self._said(words):
                raise self._failed(f"it does not say {words!r}")
        for words in step.not_says:
            if self._said(words):
                raise self._failed(f"it says {words!r}")
        missing = [self._filled(name) for name in step.offers if self._filled(name) not in customer.choices]
        if missing:
            raise self._failed(f"it does not offer {missing}, but {list(customer.choices)}")
        if step.shows is not None and step.shows not in [message["kind"] for message in customer.messages]:
            raise self._failed(f"it shows no {step.shows}")

    def _said(self, words: str) -> bool:
        said = "\n".join(
            "\n".join([message["text"], *(each["title"] for each in (message["answer"] or {}).get("passages", []))])
            for message in self.customer.messages
        )
        pattern = wording_of(self.theatre.catalog, self.speaks, words)
        if pattern is not None:
            return pattern.search(said) is not None
        return self._filled(words).casefold() in said.casefold()

    def _read_back(self) -> dict[str, Any] | None:
        expected = self.script.ticket
        recorded = [each.ticket_id for each in self._events() if each.type == "ticket_opened"]
        if expected is None:
            if recorded:
                raise self._failed(f"ticket {recorded} was opened, and none was to be")
            return self.theatre.ticket(self.opened[-1]) if self.opened else None
        if len(recorded) != 1 or recorded != self.opened:
            raise self._failed(f"one ticket was to be opened and shown; opened: {recorded}, shown: {self.opened}")
        ticket = self.theatre.ticket(self.opened[-1])
        problems = self._differences(ticket, expected)
        if problems:
            raise self._failed("\n".join([f"ticket {ticket['id']} differs:", *problems]))
        return ticket

    def _differences(self, ticket: dict[str, Any], expected: ExpectedTicket) -> list[str]:
        told = describe(ticket)
        wanted: dict[str, Any] = {
            "title": self._filled(expected.title),
            "type": expected.type,
            "priority": expected.priority,
            "status": expected.status,
            "attachments": sorted(expected.attachments),
            **{name: self._filled(value) for name, value in expected.fields.items()},
        }
        found: dict[str, Any] = {**told, "attachments": sorted(told["attachments"])}
        description = found.pop("description")
        problems = [
            f"  {name}: {found.get(name)!r}, and not {wanted.get(name)!r}"
            for name in sorted(found.keys() | wanted.keys())
            if found.get(name) != wanted.get(name)
        ]
        for words in expected.description:
            if self._filled(words) not in description:
                problems.append(f"  description: without {words!r}:\n{description}")
        problems += [f"  description: with {words!r}" for words in expected.not_description if words in description]
        requester = None if expected.requester == "none" else self._filled(expected.requester or "{email}")
        problems += self._requester_problems(ticket, requester)
        return problems

    def _requester_problems(self, ticket: dict[str, Any], email: str | None) -> list[str]:
        """The requester by the customer's own eyes: who the conversation's token says they are."""
        if email is None or ticket["requester_id"] is None:
            return (
                [] if email is ticket["requester_id"] else [f"  requester: {ticket['requester_id']}, and not {email}"]
            )
        answer = self.customer.http.get("/api/v2/users/me", headers=self.customer.headers)
        if answer.status_code != 200:
            return [f"  requester: the customer is nobody ({answer.text})"]
        user = answer.json()["user"]
        if (user["id"], user["email"]) != (ticket["requester_id"], email):
            return [f"  requester: {ticket['requester_id']}, and not {email} ({user['id']}, {user['email']})"]
        return []

    def _check_outcome(self) -> None:
        events = self._events()
        outcome = self.script.outcome
        for expected in outcome.events:
            if not any(each.type == expected.type and expected.data.items() <= each.data.items() for each in events):
                told = [(each.type, each.data) for each in events]
                raise self._failed(f"no event {expected.type} {dict(expected.data)} among {told}")
        for type_ in outcome.never:
            if any(each.type == type_ for each in events):
                raise self._failed(f"there is an event {type_}")
        for number, given in zip(self.given, outcome.given, strict=False):
            ticket = self.theatre.ticket(number)
            if given.status is not None and ticket["status"] != given.status:
                raise self._failed(f"ticket {number} is {ticket['status']}, and not {given.status}")
            said = "\n".join(each["body"] for each in ticket["comments"])
            for words in given.comments:
                if words not in said:
                    raise self._failed(f"no comment of ticket {number} holds {words!r}:\n{said}")
        subjects = self.theatre.subjects(self.code_sent_to)
        for words in outcome.mails:
            if not any(self._filled(words) in each for each in subjects):
                raise self._failed(f"no mail's subject holds {words!r}: {subjects}")

    def _events(self) -> list[Event]:
        return self.theatre.events(self.customer.id)

    def _failed(self, problem: str) -> ScriptFailed:
        return ScriptFailed(self.script, self.step, problem, self.customer.transcript)


def describe(ticket: Mapping[str, Any]) -> dict[str, Any]:
    """A ticket in a script's terms: title, description, type, priority, status, attachments, and its filled fields."""
    fields = {each["id"]: each["value"] for each in ticket["custom_fields"] if each["value"] not in (None, "")}
    names = [file["file_name"] for comment in ticket["comments"] for file in comment["attachments"]]
    own = {name: ticket[name] for name in ("description", "type", "priority", "status")}
    return {"title": ticket["subject"], **own, "attachments": names, **fields}


def _opening(who: Person, email: str) -> dict[str, Any]:
    if not who.identified:
        return {"channel": who.channel}
    key = json.loads((KEPT / "secrets.json").read_text())["demo_host_key"]
    now = int(time.time())
    claims = {
        "sub": uuid.uuid4().hex,
        "aud": "support-copilot",
        "iat": now,
        "exp": now + 200,
        "jti": uuid.uuid4().hex,
        "email": email,
        "name": "Ana",
        "account_id": who.account,
        "platforms": list(who.platforms),
    } | ({"locale": who.locale} if who.locale else {})
    return {
        "channel": who.channel,
        "identity": jwt.encode(claims, key, algorithm="HS256", headers={"kid": "demo"}),
    }
