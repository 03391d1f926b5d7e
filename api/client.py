"""The api as the actions see it: a few typed calls, each made with the turn's own token.

An action that cannot do its work raises; what is raised says whether asking the customer can help (CopilotRejected) or only
trying again can (CopilotUnavailable).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Self, TypeVar

import httpx
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

# Seconds: the innermost of the timeouts (api call < action < turn), so that the action can still say what went wrong.
TIMEOUT = 10.0
# What decides how soon a ticket is answered.
_DECISIVE = ("category", "support_type", "priority", "users_affected", "impact")


class CopilotClientError(Exception):
    """A call to the api did not do what it should."""


class CopilotUnavailable(CopilotClientError):
    """The api did not answer, or not as it should. Trying again may help; nothing the customer says will."""


class CopilotRejected(CopilotClientError):
    """The api understood and refused. `code` is the api's error code, `retry_after` in seconds where waiting helps."""

    def __init__(self, code: str, message: str, retry_after: int | None = None, details: dict[str, Any] | None = None):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.details = details or {}


class _Result(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


Result = TypeVar("Result", bound=_Result)


class Step(_Result):
    """A step of a numbered list: a range of the snippet."""

    number: int
    start: int
    end: int


class FoundPassage(_Result):
    """A passage of an article, as the widget shows it. Ranges are [start, end) in characters of the snippet."""

    article_id: str
    title: str
    heading: str = ""
    url: str = ""
    locale: str
    snippet: str = ""
    score: float = 0.0
    heading_path: list[str] = Field(default_factory=list)
    highlights: list[tuple[int, int]] = Field(default_factory=list)
    steps: list[Step] = Field(default_factory=list)
    code: list[tuple[int, int]] = Field(default_factory=list)
    continues: bool = False


class FoundTopic(_Result):
    """A topic that competes for the question, by its article."""

    label: str
    article_id: str
    locale: str = ""


class RelatedArticle(_Result):
    article_id: str
    title: str
    url: str
    locale: str


class SearchResult(_Result):
    """`confidence` is the probability (0 to 1) that the first passages hold the answer. `topics` are offered where
    `decision` is `clarify`; where there are none the question to ask is an open one."""

    confident: bool
    confidence: float = 0.0
    decision: Literal["answer", "clarify", "person"] = "clarify"
    passages: list[FoundPassage] = Field(default_factory=list)
    topics: list[FoundTopic] = Field(default_factory=list)
    related: list[RelatedArticle] = Field(default_factory=list)


class CodeSent(_Result):
    """A code is on its way; the same for known and unknown addresses."""

    expires_in: int | None = None


class CodeVerified(_Result):
    """Whether the code was right, and how many tries are left where it was not."""

    verified: bool
    tries_left: int | None = None


class CustomField(_Result):
    id: str
    value: str | int | bool | list[str] | None = None


class TicketDraft(_Result):
    """What a ticket is opened from. `form_id` keeps it to one ticket for a form."""

    subject: str
    body: str
    type: str | None
    form_id: str
    fields: dict[str, str]


class OpenedTicket(_Result):
    id: int | str
    status: str
    priority: str | None = None
    subject: str = ""
    description: str = ""
    # Where the customer follows it; Zendesk's own `url` is the api's address.
    url: str = Field("", validation_alias=AliasChoices("html_url", "url"))
    type: str | None = None
    custom_fields: list[CustomField] = Field(default_factory=list)
    # It cannot be reopened (any more): only a follow-up continues it.
    needs_followup: bool = False
    followup_source_id: int | None = None

    def field(self, name: str) -> str | None:
        """The value of a custom field, as text."""
        found = next((each.value for each in self.custom_fields if each.id == name), None)
        return None if found is None else str(found)


class Notice(_Result):
    """A service notice: an ongoing problem or planned work that may be what the customer has met. Texts are in the
    wanted language where staff wrote them in it, else in `language`; nothing in them is markup.

    `latest` is the text of the newest update, None before the first. `since`, `until` and `next_update` are moments;
    `until` is the end of planned work or the announced end of a problem.
    """

    id: int
    kind: Literal["incident", "maintenance"] = "incident"
    state: Literal["open", "monitoring", "resolved"] = "open"
    title: str
    text: str
    language: str = ""
    latest: str | None = None
    since: datetime
    updated_at: datetime
    until: datetime | None = None
    next_update: datetime | None = None


class _Notices(_Result):
    notices: list[Notice] = Field(default_factory=list)


class Subscribed(_Result):
    """Who is mailed at each update. `already`: they were before."""

    email: str
    already: bool = False


class Expected(_Result):
    """How soon a ticket would be answered first: see `bot.expected.ExpectedResponse`."""

    minutes: int
    by: datetime | None = None
    opens_at: datetime | None = None


class OwnTickets(_Result):
    """Tickets of a customer, newest first; `count` is how many there are."""

    requests: list[OpenedTicket]
    count: int = 0


class SaidOnTicket(_Result):
    """A public comment. `by_staff`: not the customer's own."""

    body: str
    by_staff: bool = False


class _Author(_Result):
    id: int
    role: str = ""


class _Comment(_Result):
    body: str
    author_id: int | None = None


class _Comments(_Result):
    comments: list[_Comment]
    users: list[_Author] = Field(default_factory=list)


class Rated(_Result):
    """The rating of a conversation as it now stands."""

    score: Literal["good", "bad"]
    comment: str | None = None


class CopilotClient:
    """Calls the api over one pool of connections. Close it with `aclose`."""

    def __init__(self, base_url: str, *, timeout: float = TIMEOUT, transport: httpx.AsyncBaseTransport | None = None):
        self._http = httpx.AsyncClient(base_url=base_url, timeout=timeout, transport=transport, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def search(self, token: str, text: str, language: str, limit: int = 3) -> SearchResult:
        """The passages that may answer `text`, best first."""
        body = await self._call(
            token, "GET", "/help-center/search", params={"q": text, "language": language, "limit": limit}
        )
        return _read(SearchResult, body)

    async def request_code(self, token: str, email: str) -> CodeSent:
        """Mails a one-time code; CopilotRejected for an address that cannot be one, or too many codes."""
        return _read(CodeSent, await self._call(token, "POST", "/identity/codes", json={"email": email}))

    async def verify_code(self, token: str, code: str) -> CodeVerified:
        """Marks the conversation as verified where the code is right."""
        return _read(CodeVerified, await self._call(token, "POST", "/identity/codes/verify", json={"code": code}))

    async def open_ticket(self, token: str, draft: TicketDraft, idempotency_key: str) -> OpenedTicket:
        """Opens the ticket, or finds the one that this draft opened before."""
        fields = [{"id": name, "value": value} for name, value in draft.fields.items()]
        request: dict[str, Any] = {
            "subject": draft.subject,
            "comment": {"body": draft.body},
            "external_id": draft.form_id,
            "custom_fields": fields,
        }
        if draft.type is not None:
            request["type"] = draft.type
        body = await self._call(
            token, "POST", "/api/v2/requests", json={"request": request}, headers={"Idempotency-Key": idempotency_key}
        )
        return _read(OpenedTicket, body.get("request"))

    async def ticket(self, token: str, ticket_id: int | str) -> OpenedTicket:
        """One of the verified customer's own tickets."""
        body = await self._call(token, "GET", f"/api/v2/requests/{ticket_id}")
        return _read(OpenedTicket, body.get("request"))

    async def expected_response(self, token: str, facts: Mapping[str, str]) -> Expected:
        """How soon a ticket with these facts (by catalog id; those that do not matter are left out) is answered first."""
        params = {name: facts[name] for name in _DECISIVE if facts.get(name)}
        body = await self._call(token, "GET", "/api/v2/expected_response", params=params)
        return _read(Expected, body.get("expected_response"))

    async def matching_notices(self, token: str, text: str, language: str) -> list[Notice]:
        """The open service notices that `text` may be about, best first; nearly always none or one."""
        body = await self._call(token, "GET", "/notices/matching", params={"q": text, "language": language})
        return _read(_Notices, body).notices

    async def subscribe_notice(self, token: str, notice_id: int) -> Subscribed:
        """Has the verified address of the conversation mailed at each update of the notice; once, however often asked.

        CopilotRejected: `not_verified` (confirm the address first), `notice_over` (it was resolved meanwhile) or
        `notice_not_found`.
        """
        body = await self._call(token, "POST", f"/notices/{notice_id}/subscriptions", rejecting=("not_verified",))
        return _read(Subscribed, body)

    async def my_requests(self, token: str, *, open_only: bool = False, limit: int = 100) -> OwnTickets:
        """The verified customer's own tickets, newest first."""
        path = "/api/v2/requests/open" if open_only else "/api/v2/requests"
        return _read(OwnTickets, await self._call(token, "GET", path, params={"sort": "-id", "per_page": limit}))

    async def comments(self, token: str, ticket_id: int | str, limit: int = 20) -> list[SaidOnTicket]:
        """The last things said on one of the customer's own tickets, newest first."""
        params = {"sort": "-id", "per_page": limit}
        body = await self._call(token, "GET", f"/api/v2/requests/{ticket_id}/comments", params=params)
        found = _read(_Comments, body)
        customers = {each.id for each in found.users if each.role == "end-user"}
        return [
            SaidOnTicket(body=each.body, by_staff=each.author_id is not None and each.author_id not in customers)
            for each in found.comments
        ]

    async def comment(
        self, token: str, ticket_id: int | str, body: str, idempotency_key: str, attachments: Sequence[str] = ()
    ) -> OpenedTicket:
        """Adds a comment, with files of this conversation by their ids; a solved ticket is reopened by it."""
        said: dict[str, Any] = {"body": body}
        if attachments:
            said["uploads"] = list(attachments)
        return await self._change(token, ticket_id, {"comment": said}, idempotency_key)

    async def reopen(
        self,
        token: str,
        ticket_id: int | str,
        idempotency_key: str,
        reason: str | None = None,
        attachments: Sequence[str] = (),
    ) -> OpenedTicket:
        """Reopens a solved ticket; CopilotRejected where it is closed, or its reopening hours are over."""
        change: dict[str, Any] = {"solved": False}
        if reason:
            change["comment"] = {"body": reason, **({"uploads": list(attachments)} if attachments else {})}
        return await self._change(token, ticket_id, change, idempotency_key)

    async def follow_up(
        self, token: str, ticket_id: int | str, subject: str, body: str, form_id: str, idempotency_key: str
    ) -> OpenedTicket:
        """Opens a ticket that continues a closed one and inherits its fields; once for a `form_id`."""
        request = {
            "subject": subject,
            "comment": {"body": body},
            "external_id": form_id,
            "via_followup_source_id": int(ticket_id),
        }
        answer = await self._call(
            token, "POST", "/api/v2/requests", json={"request": request}, headers={"Idempotency-Key": idempotency_key}
        )
        return _read(OpenedTicket, answer.get("request"))

    async def rate_conversation(
        self, token: str, conversation_id: str, score: Literal["good", "bad"], comment: str | None = None
    ) -> Rated:
        """Rates the turn's own conversation; rated again the score is changed, and a comment added."""
        rating = {"score": score, **({"comment": comment} if comment else {})}
        return _read(
            Rated, await self._call(token, "POST", f"/chat/conversations/{conversation_id}/rating", json=rating)
        )

    async def _change(
        self, token: str, ticket_id: int | str, change: dict[str, Any], idempotency_key: str
    ) -> OpenedTicket:
        body = await self._call(
            token,
            "PUT",
            f"/api/v2/requests/{ticket_id}",
            json={"request": change},
            headers={"Idempotency-Key": idempotency_key},
        )
        return _read(OpenedTicket, body.get("request"))

    async def _call(
        self,
        token: str,
        method: str,
        path: str,
        *,
        params: dict[str, Any] | None = None,
        json: object = None,
        headers: dict[str, str] | None = None,
        rejecting: Collection[str] = (),
    ) -> dict[str, Any]:
        try:
            response = await self._http.request(
                method,
                path,
                params=params,
                json=json,
                headers={"Authorization": f"Bearer {token}", **(headers or {})},
            )
        except httpx.HTTPError as error:
            raise CopilotUnavailable(f"the api did not answer {method} {path}: {type(error).__name__}") from error
        refusal = _code_of(response) if response.status_code == 403 else ""
        if response.status_code >= 500 or (response.status_code in (401, 403, 409) and refusal not in rejecting):
            # 401 and 403: the turn's token ran out or lacks a right, 409: the first attempt is still running.
            raise CopilotUnavailable(f"the api answered {method} {path} with {response.status_code}")
        try:
            body = response.json() if response.content else {}
        except ValueError as error:
            raise CopilotUnavailable(f"the api answered {method} {path} with something that is not JSON") from error
        if not isinstance(body, dict):
            raise CopilotUnavailable(f"the api answered {method} {path} with something that is not an object")
        if response.is_error:
            raise _rejection(response, body)
        return body


def _code_of(response: httpx.Response) -> str:
    """The api's error code; "" where the answer has none."""
    try:
        error = response.json().get("error")
    except (ValueError, AttributeError):
        return ""
    return str(error.get("code") or "") if isinstance(error, dict) else ""


def _rejection(response: httpx.Response, body: dict[str, Any]) -> CopilotRejected:
    """From either shape of error: ours, `{"error": {"code", "message"}}`, or Zendesk's, `{"error", "description"}`."""
    error = body.get("error")
    if isinstance(error, dict):
        code = str(error.get("code") or error.get("title") or "rejected")
        message = str(error.get("message") or "")
        details = error.get("details")
    else:
        code, message, details = str(error or "rejected"), str(body.get("description") or ""), body.get("details")
    after = response.headers.get("Retry-After", "")
    return CopilotRejected(
        code, message, int(after) if after.isdigit() else None, details if isinstance(details, dict) else None
    )


def _read(shape: type[Result], body: object) -> Result:
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        raise CopilotUnavailable(
            f"the api's answer is no {shape.__name__}: {error.error_count()} fields wrong"
        ) from error
