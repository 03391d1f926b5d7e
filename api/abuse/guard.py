"""Which limits a request meets: `guard(request).admit(...)` at the endpoints that customers can reach."""

from __future__ import annotations

import ipaddress

from fastapi import Request

from api.abuse.limiter import Limiter, Refusal, Rule
from api.errors import TooMany
from api.identity.limits import network_of
from api.identity.principal import client_address
from api.identity.tokens import keyed_hash
from api.metrics.events import EventType, record
from api.services import Services
from api.settings import Settings

# A text shorter than this is said often by honest people: "no", "reportes", an order number.
SHORTEST_DAMPED = 20


class Guard:
    """The limits of this process. A caller's session comes before its address: who is too busy meets a limit of their own
    long before the one that they share with an office."""

    def __init__(self, settings: Settings) -> None:
        chosen = settings.limits
        self._settings = settings
        self._limiter = Limiter()
        self._conversations = Rule("conversations_per_address", chosen.conversations_per_address)
        self._by_key = Rule("conversations_per_widget_key", chosen.conversations_per_widget_key)
        self._messages = Rule("messages_per_conversation", chosen.messages_per_conversation)
        self._address = Rule("messages_per_address", chosen.messages_per_address)
        self._same = Rule("same_text", chosen.same_text, 600.0)
        self._uploads = Rule("uploads_per_conversation", chosen.uploads_per_conversation)
        self._files = Rule("uploads_per_address", chosen.uploads_per_address)
        self._searches = Rule("searches_per_address", chosen.searches_per_address)

    async def conversation(self, request: Request, widget_key: str | None) -> None:
        """A conversation is opened. Raises `TooMany`, as all of these do."""
        key = widget_key or "demo"
        await self._admit(request, [(self._conversations, f"{key} {self._caller(request)}"), (self._by_key, key)])

    async def message(self, request: Request, token_hash: str, text: str | None) -> None:
        """Something is said by whoever holds this token: not by the conversation's id, which a stranger may send, too.

        The same longer text, said over and over from one address, is damped in all its conversations.
        """
        caller = self._caller(request)
        subjects = [(self._messages, token_hash)]
        said = " ".join((text or "").casefold().split())
        if len(said) >= SHORTEST_DAMPED:
            subjects.append((self._same, keyed_hash(self._settings, "same_text", caller, said)))
        await self._admit(request, [*subjects, (self._address, caller)])

    async def upload(self, request: Request, token_hash: str) -> None:
        """A file comes."""
        subjects = [(self._uploads, token_hash), (self._files, self._caller(request))]
        await self._admit(request, subjects)

    async def search(self, request: Request) -> None:
        """The help center is searched."""
        await self._admit(request, [(self._searches, self._caller(request))])

    def _caller(self, request: Request) -> str:
        return network_of(client_address(request)) or "unknown"

    def _exempt(self, request: Request) -> bool:
        """Callers on this machine, unless a proxy is declared: the actions, and the measurements. Behind a proxy that nobody
        declared all customers have its address, and must not be limited together."""
        if self._settings.limits.trusted_proxies:
            return False
        try:
            return ipaddress.ip_address(client_address(request) or "").is_loopback
        except ValueError:
            return True  # no address at all: a socket of this machine

    async def _admit(self, request: Request, subjects: list[tuple[Rule, str]]) -> None:
        if self._exempt(request):
            return
        refusal = self._limiter.admit(subjects)
        if refusal is None:
            return
        if refusal.first:
            await self._tell(request.app.state.services, refusal)
        raise TooMany(
            f"the limit {refusal.rule.name} is reached: try again in {refusal.retry_after} seconds",
            retry_after=refusal.retry_after,
        )

    async def _tell(self, services: Services, refusal: Refusal) -> None:
        """Once for a bucket and window: a flood must not become a flood of rows. No conversation is named: its id came from
        the caller, before anybody looked whose it is."""
        name = refusal.rule.name
        await services.database.writing(lambda session: record(session, EventType.REFUSED, limit=name))


def guard(request: Request) -> Guard:
    """The one of this process."""
    found: Guard = request.app.state.guard
    return found
