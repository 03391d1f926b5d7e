"""The chat over HTTP: what widgets, panels and the terminal client talk to."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, File, Header, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from sqlalchemy.orm import Session

from api.chat import attachments, repository
from api.chat.models import Attachment, Conversation
from api.chat.schemas import (
    AttachmentOut,
    ConversationIn,
    ConversationOut,
    HistoryOut,
    MessageIn,
    TurnOut,
    message_out,
)
from api.chat.service import TurnService, owned
from api.database import utc_now
from api.errors import Invalid, Unauthorized
from api.identity.host_tokens import exchange_host_token
from api.identity.principal import client_address
from api.identity.tokens import CONVERSATION_PREFIX, hash_token, new_token
from api.identity.widget_keys import resolve_widget_key
from api.metrics.events import EventType, record
from api.services import Services, services

router = APIRouter(prefix="/chat", tags=["chat"])

Copilot = Annotated[Services, Depends(services)]

# Proxies and phones drop a silent connection after half a minute or so.
HEARTBEAT_SECONDS = 15.0


def turn_service(request: Request) -> TurnService:
    service: TurnService = request.app.state.turns
    return service


Turns = Annotated[TurnService, Depends(turn_service)]


def bearer_hash(authorization: Annotated[str | None, Header()] = None) -> str:
    """The hash of the bearer token. Raises `Unauthorized` where there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("send the conversation's token: Authorization: Bearer <token>")
    return hash_token(token.strip())


TokenHash = Annotated[str, Depends(bearer_hash)]


@router.post("/conversations", status_code=201)
async def create_conversation(
    body: ConversationIn,
    copilot: Copilot,
    turns: Turns,
    origin: Annotated[str | None, Header()] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> ConversationOut:
    """Open a conversation. The copilot speaks first; its messages are in the answer."""
    settings, catalog = copilot.settings, copilot.catalog
    token = new_token(CONVERSATION_PREFIX)
    language = pick_language(catalog.languages, catalog.default_language, body.language, accept_language)

    def create(session: Session) -> Conversation:
        key = resolve_widget_key(session, body.widget_key, origin, settings)
        customer = exchange_host_token(session, body.identity, settings) if body.identity else None
        conversation = Conversation(
            id=repository.new_id(),
            token_hash=hash_token(token),
            channel=body.channel,
            widget_key=key.key,
            language=(customer.locale if customer and customer.locale in catalog.languages else language),
            page_url=body.page.url if body.page else None,
            page_title=body.page.title if body.page else None,
            customer_id=customer.id if customer else None,
            account_id=customer.account_id if customer else None,
            verified_at=utc_now() if customer else None,
            last_seq=0,
        )
        session.add(conversation)
        record(
            session,
            EventType.CONVERSATION_STARTED,
            conversation_id=conversation.id,
            channel=body.channel,
            language=conversation.language,
        )
        if customer:
            record(session, EventType.CUSTOMER_VERIFIED, conversation_id=conversation.id, method="host")
        return conversation

    conversation = await copilot.database.writing(create)
    outcome = await turns.start(conversation.id)
    return ConversationOut(id=conversation.id, token=token, language=conversation.language, messages=outcome.messages)


@router.post("/conversations/{conversation_id}/messages")
async def post_message(
    conversation_id: str, body: MessageIn, token_hash: TokenHash, turns: Turns, request: Request
) -> TurnOut:
    """Say something. The answer is the turn's outcome; the same body with the same id gives it again."""
    return await turns.post(
        conversation_id, body, check=lambda found: owned(found, token_hash), address=client_address(request)
    )


@router.get("/conversations/{conversation_id}/messages")
async def get_messages(
    conversation_id: str, token_hash: TokenHash, copilot: Copilot, after: Annotated[int, Query(ge=0)] = 0
) -> HistoryOut:
    """Messages with a `seq` above `after`, in order, at most 500."""

    def read(session: Session) -> HistoryOut:
        owned(session.get(Conversation, conversation_id), token_hash)
        return HistoryOut(
            messages=[
                message_out(message, copilot.settings.public_url)
                for message in repository.history(session, conversation_id, after)
            ]
        )

    return await copilot.database.reading(read)


@router.get("/conversations/{conversation_id}/events", response_class=StreamingResponse)
async def events(
    conversation_id: str,
    token_hash: TokenHash,
    copilot: Copilot,
    request: Request,
    after: Annotated[int | None, Query(ge=0)] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """The conversation as server-sent events: one `message` event each, its id the message's `seq`.

    Resumes behind `Last-Event-ID` (or `after`). No database connection is held between two events.
    """

    def check(session: Session) -> None:
        owned(session.get(Conversation, conversation_id), token_hash)

    await copilot.database.reading(check)
    seen = int(last_event_id) if last_event_id and last_event_id.isdecimal() else (after or 0)
    stream = _event_stream(copilot, request, conversation_id, seen)
    return StreamingResponse(
        stream,
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _event_stream(copilot: Services, request: Request, conversation_id: str, seen: int) -> AsyncIterator[bytes]:
    yield format_sse_event(retry=2000)
    with copilot.streams.subscribe(conversation_id) as news:
        while not request.app.state.stopping:
            news.clear()
            read = functools.partial(repository.history, conversation_id=conversation_id, after=seen)
            for message in await copilot.database.reading(read):
                seen = message.seq
                out = message_out(message, copilot.settings.public_url)
                yield format_sse_event(data_str=out.model_dump_json(), event="message", id=str(seen))
            try:
                await asyncio.wait_for(news.wait(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield format_sse_event(comment="still here")


@router.post("/conversations/{conversation_id}/attachments", status_code=201)
async def add_attachment(
    conversation_id: str, token_hash: TokenHash, copilot: Copilot, file: Annotated[UploadFile, File()]
) -> AttachmentOut:
    """Give a file (multipart field ``file``). At most five for a ticket, ten megabytes each."""
    limits = copilot.catalog.attachment_limits

    def check(session: Session) -> int:
        owned(session.get(Conversation, conversation_id), token_hash)
        return repository.count_attachments(session, conversation_id)

    if await copilot.database.reading(check) >= limits.count:
        raise Invalid(
            f"a ticket takes {limits.count} files at most",
            code="attachments_full",
            values={"limit": limits.count},
        )
    content = await file.read(limits.bytes + 1)
    folder = copilot.settings.var / "attachments"
    stored = await asyncio.to_thread(
        attachments.store, folder, file.filename or "file", content, max_bytes=limits.bytes
    )

    def add(session: Session) -> None:
        owned(session.get(Conversation, conversation_id), token_hash)
        session.add(
            Attachment(
                id=stored.id,
                conversation_id=conversation_id,
                name=stored.name,
                media_type=stored.media_type,
                size=stored.size,
                sha256=stored.sha256,
            )
        )
        record(
            session,
            EventType.ATTACHMENT_ADDED,
            conversation_id=conversation_id,
            media_type=stored.media_type,
            size=stored.size,
        )

    await copilot.database.writing(add)
    return AttachmentOut(id=stored.id, name=stored.name, size=stored.size, media_type=stored.media_type)


@router.options("/conversations", include_in_schema=False)
@router.options("/conversations/{rest:path}", include_in_schema=False)
async def preflight() -> Response:
    """Answered by the CORS layer for known origins; everybody else gets no permission here."""
    return Response(status_code=204)


def pick_language(known: tuple[str, ...], default: str, wanted: str | None, accept: str | None) -> str:
    """The language to propose: what the page says, else the browser's first that we speak, else the default."""
    candidates: list[str] = [wanted] if wanted else []
    weighted: list[tuple[float, str]] = []
    for position, part in enumerate((accept or "")[:500].split(",")):
        tag, _, parameters = part.strip().partition(";")
        try:
            weight = float(parameters.strip().removeprefix("q=")) if parameters else 1.0
        except ValueError:
            weight = 0.0
        weighted.append((-weight + position * 1e-6, tag))
    candidates += [tag for _, tag in sorted(weighted)]
    for tag in candidates:
        primary = tag.strip().lower().split("-")[0].split("_")[0]
        if primary in known:
            return primary
    return default
