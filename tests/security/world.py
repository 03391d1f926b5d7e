"""A support desk in which every kind of object exists once, and belongs to one customer who is not the one that asks."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from argon2 import PasswordHasher
from sqlalchemy import event, select

from api.alerts.links import acknowledge_address
from api.alerts.models import Alert, AlertAttempt
from api.chat.gateway import DialogueGateway
from api.chat.models import Message
from api.chat.service import TurnService
from api.database import Database, utc_now
from api.identity import accounts
from api.identity.models import Customer, PasswordLink, SignInSession, StaffUser
from api.identity.passwords import hash_password
from api.identity.principal import Role
from api.identity.tokens import hash_token
from api.identity.turn_tokens import issue_turn_token, read_turn_token
from api.mail_in.models import InboundMail
from api.metrics.gap_models import GapCluster
from api.notices.models import NoticeSubscription
from api.notices.subscriptions import unsubscribe_address
from api.ratings.survey import survey_address
from api.settings import PROJECT_ROOT
from api.tickets.models import Ticket, TicketComment
from tests.security.asking import Reply, ask
from tests.support.fake_help_center import FakeHelpCenter
from tests.support.rest import Rest, Talk, ok, rest_of

# In everything that belongs to the customer `CANARY` stands; nobody who may not may read it anywhere.
CANARY = "kingfisher"
OWNER, OTHER = f"{CANARY}@example.com", "other@example.org"
QUESTION = {"category": "question", "subcategory": "reports", "platform": "Lumbra Admin"}
PASSWORD = "correct-horse-battery-staple"
STAFF: tuple[Role, ...] = ("agent", "lead", "admin")


def _reply(turn: dict[str, Any]) -> httpx.Response:
    if not turn:
        return httpx.Response(200, text="Hello from Rasa")
    message: dict[str, Any] = {"kind": "text", "text": "heard", "language": "es", "asks": None, "choices": []}
    facts = {"language": "es", "intent": "describe_problem", "confidence": 0.9}
    state: dict[str, Any] = {"slots": {}, "active_loop": None}
    return httpx.Response(200, json={"status": "completed", "messages": [message], "state": state, "facts": facts})


class _HelpCenter(FakeHelpCenter):
    """Ready, as one that serves."""

    serving = True

    def prefetch(self, text: str, language: str | None) -> None:
        """Nothing is looked for ahead."""


class World:
    """The copilot, what is in it (`ids`, by the names that addresses use), and everybody's credentials (`as_`)."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.rest: Rest = rest_of(database, var=folder, shared=True)
        services = self.rest.services
        services.help_center = _HelpCenter()  # type: ignore[assignment]
        services.dialogue = DialogueGateway(
            "http://127.0.0.1:5005", "g" * 32, 30, transport=httpx.MockTransport(self._turn)
        )
        self.rest.app.state.turns = TurnService(services)
        self.loop = asyncio.new_event_loop()
        self.ids: dict[str, Any] = {}
        # What came to the dialogue.
        self.turns: list[dict[str, Any]] = []
        self.as_: dict[str, dict[str, str]] = {"anonymous": {}}
        self.of_conversation: dict[str, dict[str, str]] = {}
        self._turns: dict[str, tuple[str, str]] = {}
        self._people()
        self._objects()
        self._rest_of_it()
        self._snapshot()

    def _turn(self, request: httpx.Request) -> httpx.Response:
        turn = json.loads(request.content or b"{}")
        if turn:
            self.turns.append(turn)
        return _reply(turn)

    def close(self) -> None:
        self._watch.close()
        self._kept.close()
        self.loop.run_until_complete(self.rest.services.dialogue.close())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        self.rest.http.close()

    def id(self, name: str) -> Any:
        """What the tables call by this name; a token of the host is a new one each time."""
        if name != "host_token":
            return self.ids[name]
        now = int(utc_now().timestamp())
        claims = {"sub": "host-7", "aud": "support-copilot", "iat": now, "exp": now + 60, "jti": uuid.uuid4().hex}
        return jwt.encode(claims, "k" * 32, algorithm="HS256", headers={"kid": "demo"})

    def named(self, found: re.Match[str]) -> str:
        return str(self.id(found[1]))

    def headers(self, caller: str, speaking: str | None = None) -> dict[str, str]:
        """A caller's credentials; `speaking`: of a conversation or a turn of theirs, where they have one."""
        if speaking == "conversation" and caller in self.of_conversation:
            return self.of_conversation[caller]
        if speaking == "turn" and caller in self._turns:
            return {"Authorization": f"Bearer {issue_turn_token(self.rest.settings, *self._turns[caller])}"}
        return self.as_[caller]

    def ask(self, method: str, target: str, **options: Any) -> Reply:
        return self.loop.run_until_complete(ask(self.rest.app, method, target, **options))

    def changed(self) -> bool:
        """Whether anything was written since the last `restore`."""
        (version,) = self._watch.execute("PRAGMA data_version").fetchone()
        return bool(version != self._version)

    def restore(self) -> None:
        """Everything as it was made."""
        path = str(self.rest.database.url.database)
        with closing(sqlite3.connect(path)) as live:
            self._kept.backup(live)
        (self._version,) = self._watch.execute("PRAGMA data_version").fetchone()

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        names = [name for (name,) in self._watch.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: self._watch.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608

    def _snapshot(self) -> None:
        path = str(self.rest.database.url.database)
        self._kept = sqlite3.connect(":memory:")
        self._watch = sqlite3.connect(path)
        self._watch.backup(self._kept)
        (self._version,) = self._watch.execute("PRAGMA data_version").fetchone()

    def _people(self) -> None:
        hashed = hash_password(PASSWORD)
        database = self.rest.database
        with database.write() as session:
            owner = Customer(
                email=OWNER, contact_email=OWNER, name=f"Ana {CANARY}", account_id="acme", password_hash=hashed
            )
            other = Customer(email=OTHER, contact_email=OTHER, name="Olga", account_id="umbrella", password_hash=hashed)
            staff: dict[str, StaffUser] = {
                role: StaffUser(email=f"{role}@example.net", name=role, role=role, password_hash=hashed, active=True)
                for role in STAFF
            }
            spare = Customer(email="spare@example.org", contact_email="spare@example.org", name="Nobody")
            session.add_all([owner, other, spare, *staff.values()])
            session.flush()
            begun: dict[str, accounts.SignedIn] = {
                "customer": accounts.begin_customer_session(session, owner),
                "other": accounts.begin_customer_session(session, other),
                "expired": accounts.begin_staff_session(session, staff["admin"]),
                **{role: accounts.begin_staff_session(session, staff[role]) for role in STAFF},
            }
            revoked = accounts.create_api_token(session, email="admin@example.net")
            accounts.revoke_api_token(session, revoked.id)
            self.ids |= {"api_token_id": revoked.id, "customer_id": 2 * owner.id, "user_id": 2 * owner.id}
            self.ids["spare_user_id"] = 2 * spare.id
            self.ids |= {"agent_id": 2 * staff["agent"].id + 1, "email": OWNER}
            session.flush()
            hour_ago = utc_now() - dt.timedelta(hours=1)
            own = select(SignInSession.id).where(SignInSession.customer_id == owner.id)
            self.ids["session_id"] = session.scalar(own)
            over = session.scalars(select(SignInSession).order_by(SignInSession.id)).all()[2]
            over.expires_at = hour_ago
        self.as_ |= {role: {"Authorization": f"Bearer {each.token}"} for role, each in begun.items()}
        self.as_["revoked"] = {"Authorization": f"Bearer {revoked.token}"}

    def _objects(self) -> None:
        rest, ids, admin, customer = self.rest, self.ids, self.as_["admin"], self.as_["customer"]

        def made(path: str, body: Any, who: dict[str, str] = admin, status: int = 201) -> Any:
            return ok(rest.http.post(path, json=body, headers=who), status)

        upload = rest.http.post(
            "/api/v2/uploads?filename=note.txt", content=f"{CANARY} file".encode(), headers=customer
        )
        first = ok(upload, 201)["upload"]
        image = (PROJECT_ROOT / "tests/security/pixel.png").read_bytes()
        second = ok(rest.http.post("/api/v2/uploads?filename=pixel.png", content=image, headers=customer), 201)
        ids["attachment_id"] = second["upload"]["attachment"]["id"]
        asked = {
            "subject": f"{CANARY} subject",
            "comment": {
                "body": f"{CANARY} description",
                "uploads": [first["token"], second["upload"]["token"]],
            },
            "custom_fields": [{"id": name, "value": value} for name, value in QUESTION.items()],
        }
        ticket = made("/api/v2/requests", {"request": asked}, customer)["request"]
        ids["ticket_id"] = ticket["id"]
        waiting = rest.http.post("/api/v2/uploads?filename=b.txt", content=b"still to be used", headers=customer)
        ids["token"] = ok(waiting, 201)["upload"]["token"]
        solved = made("/api/v2/requests", {"request": {**asked, "comment": {"body": CANARY}}}, customer)["request"]
        ids["solved_id"] = solved["id"]
        comment = {"ticket": {"status": "solved", "comment": {"body": f"{CANARY} answer", "public": True}}}
        ok(rest.http.put(f"/api/v2/tickets/{solved['id']}", json=comment, headers=admin))
        outage = {
            "subject": f"{CANARY} outage",
            "comment": {"body": CANARY},
            "custom_fields": [{"id": "category", "value": "outage"}],
        }
        ids["outage_id"] = made("/api/v2/requests", {"request": outage}, customer)["request"]["id"]
        deleted = made("/api/v2/requests", {"request": asked | {"comment": {"body": CANARY}}}, customer)["request"]
        assert rest.http.delete(f"/api/v2/tickets/{deleted['id']}", headers=admin).status_code == 204
        ids["deleted_id"] = deleted["id"]
        comments = ok(rest.http.get(f"/api/v2/tickets/{ticket['id']}/comments", headers=admin))["comments"]
        ids["comment_id"] = comments[0]["id"]
        audits = ok(rest.http.get(f"/api/v2/tickets/{ticket['id']}/audits", headers=admin))["audits"]
        ids["audit_id"] = audits[0]["id"]
        macro = {"title": "Greet", "actions": [{"field": "comment_value", "value": "Hello"}]}
        ids["macro_id"] = made("/api/v2/macros", {"macro": macro})["macro"]["id"]
        ids["organization_id"] = ok(rest.http.get("/api/v2/organizations", headers=admin))["organizations"][0]["id"]
        ids["number"] = ids["organization_id"]
        spare = made("/api/v2/organizations", {"organization": {"name": "spare"}})
        ids["spare_organization_id"] = spare["organization"]["id"]
        groups = ok(rest.http.get("/api/v2/groups", headers=admin))["groups"]
        ids["group_id"], ids["other_group_id"] = groups[0]["id"], groups[1]["id"]
        member = {"group_membership": {"user_id": ids["agent_id"], "group_id": ids["group_id"]}}
        ids["membership_id"] = made("/api/v2/group_memberships", member)["group_membership"]["id"]
        identities = ok(rest.http.get(f"/api/v2/users/{ids['user_id']}/identities", headers=admin))["identities"]
        ids["identity_id"] = identities[0]["id"]
        named = {
            "ticket_fields": "field_id",
            "ticket_forms": "form_id",
            "custom_statuses": "status_id",
            "brands": "brand_id",
            "locales": "locale_id",
        }
        for listed, name in named.items():
            ids[name] = ok(rest.http.get(f"/api/v2/{listed}", headers=admin))[listed][0]["id"]
        ids["metric_id"] = ticket["id"]
        words = {language: "Slow reports" for language in ("es", "en", "pt")}
        ids["notice_id"] = made("/notices", {"kind": "incident", "title": words, "text": words})["id"]
        hook = {"name": "hook", "endpoint": "http://127.0.0.1:9/hook", "subscriptions": ["*"]}
        ids["webhook_id"] = made("/api/v2/webhooks", {"webhook": hook})["webhook"]["id"]
        rated = {"satisfaction_rating": {"score": "bad", "comment": f"{CANARY} rating"}}
        rating = ok(
            rest.http.post(f"/api/v2/tickets/{solved['id']}/satisfaction_rating", json=rated, headers=customer), 200
        )
        ids["rating_id"] = rating["satisfaction_rating"]["id"]
        many = ok(
            rest.http.put(
                f"/api/v2/tickets/update_many?ids={ticket['id']}",
                json={"ticket": {"additional_tags": ["seen"]}},
                headers=admin,
            )
        )
        ids["job_id"] = many["job_status"]["id"]

    def _rest_of_it(self) -> None:
        rest, ids = self.rest, self.ids
        talk, others = rest.conversation(OWNER), rest.conversation(OTHER)
        talk.said(f"{CANARY} words")
        others.said("something else")
        ids["conversation_id"] = talk.id
        self.of_conversation = {"customer": talk.headers, "other": others.headers}
        earlier = rest.conversation(OWNER)
        earlier.said(f"{CANARY} words of another day")
        self._turns = {"customer": (talk.id, _running(talk)), "other": (others.id, _running(others))}
        with rest.database.write() as session:
            session.add(
                GapCluster(
                    id="g" * 32, topic="t" * 32, language="es", terms=["reports"], size=3, before=0,
                    first_at=utc_now(), last_at=utc_now(),
                )
            )  # fmt: skip
            inbound = InboundMail(
                dedupe_key="d", sender=OWNER, recipient="support@localhost", subject=f"{CANARY} mail",
                text=f"{CANARY} mail", outcome="quarantined", reason="unknown_sender",
            )  # fmt: skip
            comment = TicketComment(ticket_id=ids["ticket_id"], body=f"{CANARY} note", public=False, via="mail")
            session.add(comment)
            session.flush()
            note = InboundMail(
                dedupe_key="n", sender="boss@example.com", recipient="support@localhost", text=f"{CANARY} note",
                outcome="note", ticket_id=ids["ticket_id"], comment_id=comment.id,
            )  # fmt: skip
            followed = NoticeSubscription(
                notice_id=ids["notice_id"], email=OWNER, language="es", customer_id=ids["user_id"] // 2
            )
            session.add_all([inbound, note, followed])
            session.flush()
            alert = session.scalars(select(Alert)).one()
            attempt = AlertAttempt(
                alert_id=alert.id, level=0, round=1, contact="oncall@example.net", channel="mail", status="mail"
            )
            session.add(attempt)
            session.flush()
            answers = select(TicketComment).where(TicketComment.ticket_id == ids["solved_id"])
            ids["answer_comment_id"] = session.scalars(answers.order_by(TicketComment.id.desc())).first().id  # type: ignore[union-attr]
            owner = session.scalars(select(Customer).where(Customer.email == OWNER)).one()
            solved = session.get_one(Ticket, ids["solved_id"])
            settings = rest.settings
            link = PasswordLink(
                token_hash=hash_token("cpl_known"), customer_id=owner.id, email=OWNER, purpose="reset",
                expires_at=utc_now() + dt.timedelta(hours=1),
            )  # fmt: skip
            session.add(link)
            ids["link_token"] = "cpl_known"
            ids["gap_id"], ids["inbound_id"], ids["note_id"] = "g" * 32, inbound.id, note.id
            ids["alert_id"] = alert.id
            ids["survey_link"] = survey_address(settings, solved, owner).rpartition("/")[2]
            ids["alert_link"] = acknowledge_address(settings, attempt).rpartition("/")[2]
            ids["notice_link"] = unsubscribe_address(settings, followed).rpartition("/")[2]
            message = session.scalars(select(Message).where(Message.conversation_id == talk.id)).first()
            ids["answer_id"] = message.id if message else 0


def _running(talk: Talk) -> str:
    """The id of a turn of this conversation that is not over."""
    token = talk.turn()["Authorization"].removeprefix("Bearer ")
    return read_turn_token(talk.rest.settings, token).turn_id


@pytest.fixture(scope="module")
def world(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for the tests of a file: each leaves it as it was (`World.restore`)."""
    # Passwords are hashed for forty requests; at full strength that is five seconds.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("api.identity.passwords._hasher", PasswordHasher(time_cost=1, memory_cost=64))
        yield from _made(migrated_file, tmp_path_factory.mktemp("world"))


def _made(migrated_file: Path, folder: Path) -> Iterator[World]:
    shutil.copy(migrated_file, folder / "copilot.db")
    database = Database(f"sqlite:///{folder / 'copilot.db'}")

    @event.listens_for(database.engine, "connect")
    def _hurry(connection: Any, _record: Any) -> None:
        # A test needs no disk that survives a power cut.
        connection.execute("PRAGMA synchronous=OFF")

    made = World(database, folder / "var")
    yield made
    made.close()
    database.close()
