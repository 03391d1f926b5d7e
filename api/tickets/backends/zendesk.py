"""A Zendesk as the other side: our words in its shapes, and back. Anything that speaks its API v2 will do, ours as well."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from api.settings import ZendeskSettings
from api.tickets.backends.base import (
    BackendLockedOut,
    BackendUnavailable,
    ChangedPage,
    NewComment,
    NewTicket,
    Person,
    RemoteChange,
    RemoteGone,
    SeenComment,
    SeenTicket,
)
from api.tickets.backends.zendesk_http import ZendeskHttp

# In the audit of what we do there, so that it is known again.
MARK = "copilot_key"
_TYPES = frozenset({"question", "incident", "problem", "task"})
_STATUSES = frozenset({"new", "open", "pending", "hold", "solved", "closed"})
_PRIORITIES = frozenset({"low", "normal", "high", "urgent"})
_MERGED = "closed_by_merge"
_NUMBER = re.compile(r"#(\d{1,18})\b")
_NOT_IN_A_TAG = re.compile(r"[^a-z0-9_\-]+")
# An export begins a minute in the past at least.
_YOUNGEST_START = dt.timedelta(seconds=120)
_MOST_PAGES = 200


class ZendeskTickets:
    """Speaks to one account. Not safe for several event loops."""

    name = "zendesk"

    def __init__(self, settings: ZendeskSettings) -> None:
        self._settings = settings
        self._http = ZendeskHttp(settings)

    @property
    def wait(self) -> float:
        return self._http.wait

    async def close(self) -> None:
        await self._http.close()

    async def check(self, *, thorough: bool = False) -> list[str]:
        try:
            user = (await self._http.ask("GET", "/users/me.json")).get("user") or {}
        except BackendLockedOut as error:
            return [
                f"{error.message}: check COPILOT_TICKETS__ZENDESK__EMAIL and __TOKEN, and that API tokens are allowed"
            ]
        except RemoteGone:
            return ["there is no Zendesk API: check COPILOT_TICKETS__ZENDESK__URL"]
        # Without valid credentials Zendesk may answer 200 with nobody in particular.
        if not user.get("id"):
            return ["it does not know us: check COPILOT_TICKETS__ZENDESK__EMAIL and __TOKEN"]
        if user.get("role") != "admin":
            return [f"{self._settings.email} is no admin there: incremental exports need one"]
        found = []
        for name, number in self._settings.fields.items():
            if thorough and isinstance(number, int):
                try:
                    await self._http.ask("GET", f"/ticket_fields/{number}.json")
                except RemoteGone:
                    found.append(f"it has no ticket field {number}: correct {name} in COPILOT_TICKETS__ZENDESK__FIELDS")
        return found

    async def create(self, ticket: NewTicket, key: str) -> SeenTicket:
        custom, tags = self._fields(ticket.choices, ticket.typed)
        wanted: dict[str, Any] = {
            "subject": ticket.subject,
            "comment": {"body": ticket.text, "public": True},
            "external_id": ticket.external_id,
            "custom_fields": custom,
            "tags": [*self._settings.tags, *ticket.tags, *tags],
            "metadata": {MARK: key},
        }
        if ticket.uploads:
            wanted["comment"]["uploads"] = list(ticket.uploads)
        if ticket.requester is not None:
            wanted["requester"] = _requester(ticket.requester)
        wanted.update(_known(ticket.type, ticket.priority, ticket.status))
        if ticket.follows is not None:
            wanted["via_followup_source_id"] = int(ticket.follows)
        return _seen(await self._http.ask("POST", "/tickets.json", json={"ticket": wanted}, key=key))

    async def find(self, external_id: str) -> list[SeenTicket]:
        body = await self._http.ask("GET", "/tickets.json", query={"external_id": external_id})
        return [_seen({"ticket": each}) for each in body.get("tickets") or () if each.get("external_id") == external_id]

    async def show(self, remote_id: str) -> SeenTicket:
        body = await self._http.ask("GET", f"/tickets/{int(remote_id)}.json")
        ticket = body.get("ticket") or {}
        if ticket.get("status") == "deleted":
            raise RemoteGone("it was deleted there")
        target = ticket.get("merged_into_id")
        if target is None and ticket.get("status") == "closed" and _MERGED in (ticket.get("tags") or ()):
            target = await self._merged_into(remote_id)
        return _seen(body, merged_into=str(target) if target else None)

    async def update(self, remote_id: str, change: RemoteChange, key: str) -> SeenTicket:
        wanted: dict[str, Any] = _known(None, change.priority, change.status)
        if change.subject is not None:
            wanted["subject"] = change.subject
        if change.requester is not None:
            wanted["requester"] = _requester(change.requester)
        if change.comment is not None:
            wanted["comment"] = _comment(change.comment)
        custom, tags = self._fields(change.choices, change.typed)
        if custom:
            wanted["custom_fields"] = custom
        # A choice that is a tag there has another one now. Before the rest: a ticket that is closed by it takes no tags.
        _, old = self._fields(change.before, {})
        await self._change_tags(remote_id, "DELETE", [each for each in old if each not in tags])
        await self._change_tags(remote_id, "PUT", tags)
        wanted["metadata"] = {MARK: key}
        body = await self._http.ask("PUT", f"/tickets/{int(remote_id)}.json", json={"ticket": wanted}, key=key)
        return _seen(body)

    async def _change_tags(self, remote_id: str, method: str, tags: list[str]) -> None:
        if tags:
            await self._http.ask(method, f"/tickets/{int(remote_id)}/tags.json", json={"tags": tags})

    async def comments(self, remote_id: str) -> list[SeenComment]:
        query = {"page[size]": "100", "include": "users"}
        found: list[SeenComment] = []
        for _ in range(_MOST_PAGES):
            body = await self._http.ask("GET", f"/tickets/{int(remote_id)}/comments.json", query=query)
            people = {each.get("id"): each for each in body.get("users") or ()}
            found += [_seen_comment(each, people) for each in body.get("comments") or ()]
            meta = body.get("meta") or {}
            if not meta.get("has_more") or not meta.get("after_cursor"):
                break
            query = {**query, "page[after]": str(meta["after_cursor"])}
        return found

    async def upload(self, name: str, media_type: str, path: Path) -> str:
        body = await self._http.send_file("/uploads.json", {"filename": name}, media_type, path)
        return str(body["upload"]["token"])

    async def changed(self, cursor: str | None, since: dt.datetime) -> ChangedPage:
        start = min(since, dt.datetime.now(dt.UTC) - _YOUNGEST_START)
        query = {"cursor": cursor} if cursor else {"start_time": str(int(start.timestamp()))}
        body = await self._http.ask("GET", "/incremental/tickets/cursor.json", query=query)
        tickets = {str(each["id"]): str(each.get("updated_at") or "") for each in body.get("tickets") or ()}
        return ChangedPage(tickets, body.get("after_cursor") or cursor, body.get("end_of_stream") is False)

    async def _merged_into(self, remote_id: str) -> str | None:
        """Zendesk names the ticket that goes on only in words, in the last comment."""
        for each in reversed(await self.comments(remote_id)):
            numbers = [number for number in _NUMBER.findall(each.text) if number != remote_id]
            if numbers:
                return str(numbers[0])
        return None

    def _fields(
        self, choices: Mapping[str, str | None], typed: Mapping[str, str | None]
    ) -> tuple[list[dict[str, Any]], list[str]]:
        """Custom fields for what is mapped, tags for the other choices."""
        known = self._settings.fields
        custom = [{"id": known[name], "value": value} for name, value in {**choices, **typed}.items() if name in known]
        tags = [tag_of(name, value) for name, value in choices.items() if name not in known and value]
        return custom, tags


def tag_of(name: str, value: str) -> str:
    """The tag that stands for a choice: ``category_incident``."""
    return _NOT_IN_A_TAG.sub("_", f"{name}_{value}".lower())[:80]


def _known(type_: str | None, priority: str | None, status: str | None) -> dict[str, Any]:
    """Another deployment's catalog may have words that Zendesk does not know."""
    found = {}
    if type_ in _TYPES:
        found["type"] = type_
    if priority in _PRIORITIES:
        found["priority"] = priority
    if status in _STATUSES:
        found["status"] = status
    return found


def _requester(person: Person) -> dict[str, str]:
    return {"name": person.name or person.email.partition("@")[0], "email": person.email}


def _comment(comment: NewComment) -> dict[str, Any]:
    wanted: dict[str, Any] = {"body": comment.text, "public": comment.public}
    if comment.author is not None:
        wanted["author_id"] = int(comment.author)
    if comment.uploads:
        wanted["uploads"] = list(comment.uploads)
    return wanted


def _seen(body: Mapping[str, Any], merged_into: str | None = None) -> SeenTicket:
    ticket = body.get("ticket")
    if not isinstance(ticket, dict) or not ticket.get("id"):
        raise BackendUnavailable("the answer holds no ticket")
    requester = ticket.get("requester_id")
    return SeenTicket(
        id=str(ticket["id"]),
        url=str(ticket.get("url") or ""),
        subject=str(ticket.get("subject") or ""),
        status=str(ticket.get("status") or ""),
        priority=ticket.get("priority"),
        requester_id=str(requester) if requester else None,
        updated_at=str(ticket.get("updated_at") or ""),
        comment_id=_comment_id((body.get("audit") or {}).get("events") or ()),
        merged_into=merged_into,
    )


def _comment_id(events: Sequence[Mapping[str, Any]]) -> str | None:
    """In Zendesk a comment's id is its event's; ours says it beside."""
    for event in events:
        if event.get("type") == "Comment":
            return str(event.get("comment_id") or event.get("id"))
    return None


def _seen_comment(comment: Mapping[str, Any], people: Mapping[Any, Mapping[str, Any]]) -> SeenComment:
    author = people.get(comment.get("author_id"), {})
    metadata = comment.get("metadata") or {}
    custom = metadata.get("custom") if isinstance(metadata, dict) else None
    files = [f"{each.get('file_name')}: {each.get('content_url')}" for each in comment.get("attachments") or ()]
    return SeenComment(
        id=str(comment["id"]),
        text=str(comment.get("plain_body") or comment.get("body") or "").replace("\xa0", " ").strip(),
        public=bool(comment.get("public")),
        by_staff=author.get("role", "agent") != "end-user",
        author_name=str(author.get("name") or ""),
        author_email=author.get("email"),
        created_at=_moment(str(comment.get("created_at") or "")),
        mark=str(custom[MARK]) if isinstance(custom, dict) and custom.get(MARK) else None,
        files=files,
    )


def _moment(text: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return dt.datetime.now(dt.UTC)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
