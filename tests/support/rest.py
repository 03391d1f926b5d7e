"""The api's endpoints in this process, with a database of the test's own and no dialogue behind them."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from starlette.datastructures import State
from starlette.testclient import TestClient

from api.abuse.guard import Guard
from api.app import create_app
from api.chat.models import Conversation, Message, Turn
from api.chat.streams import Streams
from api.database import Database, utc_now
from api.identity import accounts
from api.identity.customers import customer_of_address
from api.identity.models import Customer, StaffUser
from api.identity.principal import Role
from api.identity.tokens import hash_token
from api.identity.turn_tokens import issue_turn_token
from api.metrics.events import Event
from api.metrics.gap_schedule import GapSchedule
from api.notifications.models import OutboxMail
from api.services import Services
from api.settings import Settings
from api.tickets.mail_text import write
from bot.catalog import Catalog, load_catalog

_catalog = functools.cache(load_catalog)


@dataclass
class Rest:
    """The endpoints, and what a test needs to prepare and to look at."""

    app: FastAPI
    services: Services
    http: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.http = TestClient(self.app, raise_server_exceptions=False)

    @property
    def database(self) -> Database:
        return self.services.database

    @property
    def settings(self) -> Settings:
        return self.services.settings

    @property
    def catalog(self) -> Catalog:
        return self.services.catalog

    def conversation(self, email: str | None = None, *, language: str = "es") -> Talk:
        """A conversation, verified for `email` where one is given."""
        token = uuid.uuid4().hex
        with self.database.write() as session:
            customer = customer_of_address(session, email, language=language) if email else None
            row = Conversation(
                id=uuid.uuid4().hex,
                token_hash=hash_token(token),
                channel="widget",
                language=language,
                customer_id=customer.id if customer else None,
                verified_at=utc_now() if customer else None,
            )
            session.add(row)
        return Talk(self, row.id, token)

    def token_of(self, role: Role, email: str | None = None, **options: Any) -> dict[str, str]:
        """Headers with an API token of a new account."""
        address = email or f"{role}-{uuid.uuid4().hex[:8]}@example.com"
        with self.database.write() as session:
            # Straight into the table: argon2 takes a tenth of a second on purpose, and no test here signs in.
            if role == "customer":
                customer_of_address(session, address)
            else:
                session.add(StaffUser(email=address, name="", role=role, password_hash="!", active=True))
                session.flush()
            made = accounts.create_api_token(session, email=address, **options)
        return {"Authorization": f"Bearer {made.token}"}

    def mails(self, to: str) -> list[OutboxMail]:
        """What was written to an address, oldest first; put into words like by the worker that delivers it."""
        query = select(OutboxMail).where(OutboxMail.recipient == to).order_by(OutboxMail.id)
        with self.database.write() as session:
            found = list(session.scalars(query))
            for mail in found:
                write(session, self.services.settings, self.services.catalog, mail)
            return found

    def events(self, kind: str) -> list[Event]:
        with self.database.read() as session:
            return list(session.scalars(select(Event).where(Event.type == kind).order_by(Event.id)))

    def customer(self, email: str) -> Customer:
        with self.database.read() as session:
            return session.scalars(select(Customer).where(Customer.email == email)).one()


@dataclass
class Talk:
    """One conversation and its tokens."""

    rest: Rest
    id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """With the conversation's own token."""
        return {"Authorization": f"Bearer {self.token}"}

    def turn(self, *, address: str | None = None) -> dict[str, str]:
        """With the token of a turn that is running."""
        turn_id = uuid.uuid4().hex
        with self.rest.database.write() as session:
            session.add(
                Turn(id=turn_id, conversation_id=self.id, client_message_id=turn_id, body_digest="", status="pending")
            )
        token = issue_turn_token(self.rest.settings, self.id, turn_id, address=address)
        return {"Authorization": f"Bearer {token}"}

    def said(self, text: str, *, role: str = "customer", seq: int = 1) -> None:
        """Put a message into the transcript."""
        with self.rest.database.write() as session:
            conversation = session.get_one(Conversation, self.id)
            conversation.last_seq = max(conversation.last_seq, seq)
            session.add(
                Message(conversation_id=self.id, seq=seq, role=role, kind="text", text=text, language="es", choices=[])
            )

    def stored(self) -> Conversation:
        with self.rest.database.read() as session:
            return session.get_one(Conversation, self.id)


@functools.cache
def _shared_app() -> FastAPI:
    """The endpoints of one test after another: an app's first request builds all that its routes need, in .2 to .4 s."""
    return create_app(Settings(secret_key=SecretStr("s" * 32), gateway_secret=SecretStr("g" * 32)))


def rest_of(database: Database, *, shared: bool = False, **options: Any) -> Rest:
    """The endpoints on a migrated database. Whatever is no endpoint of identity, tickets or figures is missing.

    `shared`: with the routes that other tests had, and a state of its own; only one at a time.
    """
    settings = Settings(
        secret_key=SecretStr("s" * 32), gateway_secret=SecretStr("g" * 32), host_jwt_keys={"demo": "k" * 32}, **options
    )
    missing = cast("Any", None)
    services = Services(
        settings=settings,
        database=database,
        catalog=_catalog(),
        help_center=missing,
        dialogue=missing,
        streams=Streams(),
    )
    app = _shared_app() if shared else create_app(settings)
    if shared:
        app.state = State({"settings": settings, "stopping": False, "dialogue_transport": None, "reference": {}})
    app.state.guard = Guard(settings)
    app.state.services = services
    app.state.gap_schedule = GapSchedule(services)
    return Rest(app, services)


@pytest.fixture
def rest(database: Database) -> Iterator[Rest]:
    """The endpoints on an empty database."""
    made = rest_of(database, shared=True)
    yield made
    made.http.close()


class Answer(Protocol):
    """What the test client and httpx have in common."""

    @property
    def status_code(self) -> int: ...
    @property
    def text(self) -> str: ...
    def json(self) -> Any: ...


def ok(answer: Answer, status: int = 200) -> dict[str, Any]:
    """The body of an answer that had to have this status."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    return cast("dict[str, Any]", answer.json())
