"""Both sides of a mirror for the contract tests: ours, and a remote one that is a small Zendesk or our own api again."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import select

from api.database import Database, utc_now
from api.settings import TicketSettings, ZendeskSettings
from api.tickets.backends.models import RemoteLink, RemoteTicket
from api.tickets.backends.worker import RemoteWorker
from api.tickets.backends.zendesk import ZendeskTickets
from api.tickets.backends.zendesk_http import authorities
from tests.support.fake_zendesk import FakeZendesk
from tests.support.fault_proxy import FaultProxy
from tests.support.rest import Rest, Talk, ok, rest_of
from tests.support.served import served

OURS, THEIRS = "copilot@example.com", "berta@remote.example"
PUBLIC_TICKET: dict[str, Any] = {
    "subject": "Los reportes no cargan",
    "comment": {"body": "Quedan en blanco desde ayer."},
    "requester": {"name": "Ana", "email": "ana@example.com"},
    "custom_fields": [{"id": "category", "value": "question"}, {"id": "subcategory", "value": "reports"}],
}


@dataclass
class Far:
    """The other side, as somebody who works there uses it: past the proxy, by their own account."""

    base: str
    auth: Any
    proxy: FaultProxy
    email: str
    token: str
    fields: dict[str, int | str]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(
            method, f"{self.base}/api/v2{path}", json=body, auth=self.auth, timeout=20, verify=authorities()
        )
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else {}

    def ticket(self, remote_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/tickets/{remote_id}")["ticket"]
        return found

    def of_ours(self, number: int) -> list[dict[str, Any]]:
        """Every ticket there that carries our number."""
        found: list[dict[str, Any]] = self.ask("GET", f"/tickets?external_id={number}")["tickets"]
        return found

    def said(self, remote_id: str, *, public: bool = True) -> list[str]:
        body = self.ask("GET", f"/tickets/{remote_id}/comments?per_page=100")
        more = []
        while True:
            more += body["comments"]
            after = (body.get("meta") or {}).get("after_cursor")
            if not after:
                break
            body = self.ask("GET", f"/tickets/{remote_id}/comments?page[size]=100&page[after]={after}")
        return [each["body"] for each in more if each["public"] is public]

    def change(self, remote_id: str, **wanted: Any) -> None:
        self.ask("PUT", f"/tickets/{remote_id}", {"ticket": wanted})


@dataclass
class Mirror:
    """Our side and the other one. `later`: seconds by which our worker's clock is ahead."""

    rest: Rest
    far: Far
    later: float = 0.0
    agent: dict[str, str] = field(default_factory=dict)

    async def work(self, seconds: float = 0) -> int:
        """Let that much time pass, and the worker do what is due. Every call is a new worker, as after a crash."""
        self.later += seconds
        ahead = dt.timedelta(seconds=self.later)
        backend = ZendeskTickets(self.rest.settings.tickets.zendesk)
        try:
            return await RemoteWorker(self.rest.services, backend=backend, clock=lambda: utc_now() + ahead).work_all()
        finally:
            await backend.close()

    async def look(self) -> None:
        """Long enough for whatever happened there to be read."""
        await self.work(200)
        await self.work(200)

    def open(self, talk: Talk | None = None, **more: Any) -> int:
        """A ticket of Ana's, opened by our staff; its number."""
        answer = self.rest.http.post("/api/v2/tickets", json={"ticket": {**PUBLIC_TICKET, **more}}, headers=self.agent)
        number: int = ok(answer, 201)["ticket"]["id"]
        return number

    def customer_says(self, number: int, text: str, **more: Any) -> None:
        """Ana goes on with her ticket."""
        body = {"request": {"comment": {"body": text, **more}}}
        headers = self.ana()
        ok(self.rest.http.put(f"/api/v2/requests/{number}", json=body, headers=headers))

    def ana(self) -> dict[str, str]:
        return self.rest.conversation("ana@example.com").headers

    def change(self, number: int, **wanted: Any) -> None:
        ok(self.rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": wanted}, headers=self.agent))

    def ticket(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = ok(self.rest.http.get(f"/api/v2/tickets/{number}", headers=self.agent))["ticket"]
        return found

    def said(self, number: int, *, public: bool = True) -> list[str]:
        body = ok(self.rest.http.get(f"/api/v2/tickets/{number}/comments", headers=self.agent))
        return [each["body"] for each in body["comments"] if each["public"] is public]

    def row(self, number: int) -> RemoteTicket:
        with self.rest.database.read() as session:
            return session.get_one(RemoteTicket, number)

    def link(self) -> RemoteLink:
        with self.rest.database.read() as session:
            return session.scalars(select(RemoteLink)).one()

    def remote_id(self, number: int) -> str:
        found = self.row(number).remote_id
        assert found is not None
        return found


@contextlib.contextmanager
def small_zendesk() -> Iterator[Far]:
    fake = FakeZendesk({OURS: ("secret", 11, "admin"), THEIRS: ("hers", 12, "agent")})
    stop = fake.start()
    with _behind_proxy(fake.port) as proxy:
        auth = httpx.BasicAuth(f"{THEIRS}/token", "hers")
        yield Far(f"http://127.0.0.1:{fake.port}", auth, proxy, OURS, "secret", {"category": 360001})
    stop()


@contextlib.contextmanager
def our_own_api(migrated_file: Path, folder: Path) -> Iterator[Far]:
    folder.mkdir()
    shutil.copy(migrated_file, folder / "copilot.db")
    database = Database(f"sqlite:///{folder / 'copilot.db'}")
    with served(database, var=folder) as remote:
        port = urlsplit(remote.settings.public_url).port or 0
        ours = remote.token_of("admin", OURS)["Authorization"].removeprefix("Bearer ")
        theirs = remote.token_of("admin", THEIRS)["Authorization"].removeprefix("Bearer ")
        with _behind_proxy(port) as proxy:
            auth = httpx.BasicAuth(f"{THEIRS}/token", theirs)
            fields: dict[str, int | str] = {"category": "category", "subcategory": "subcategory"}
            yield Far(remote.settings.public_url, auth, proxy, OURS, ours, fields)
    database.close()


@contextlib.contextmanager
def _behind_proxy(port: int) -> Iterator[FaultProxy]:
    proxy = FaultProxy(port)
    stop = proxy.start()
    yield proxy
    stop()


def mirror_of(database: Database, far: Far, var: Path) -> Mirror:
    """Our side, mirrored there."""
    zendesk = ZendeskSettings(url=far.proxy.url, email=far.email, token=far.token, fields=far.fields, timeout=20.0)
    rest = rest_of(database, tickets=TicketSettings(backend="zendesk", zendesk=zendesk), var=var)
    return Mirror(rest, far, agent=rest.token_of("agent"))
