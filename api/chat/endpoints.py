"""The chat over HTTP: what widgets, panels and the terminal client talk to."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from sqlalchemy.orm import Session

from api.abuse.guard import guard
from api.chat import repository
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
from api.errors import Unauthorized
from api.files.adding import LONGEST_UPLOAD_ID, Owner, check_room, find_sent_before, store_once
from api.files.names import safe_name
from api.files.preparing import prepare_file
from api.files.receiving import receive
from api.files.storing import FileStore
from api.files.telling import attachment_record
from api.identity.customers import speaks
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

# Read as a stream, so that the framework does not know of it.
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "client_upload_id": {"type": "string", "maxLength": 255},
                    },
                }
            }
        },
    }
}


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
    request: Request,
    origin: Annotated[str | None, Header()] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> ConversationOut:
    """Open a conversation. The copilot speaks first; its messages are in the answer."""
    settings, catalog = copilot.settings, copilot.catalog
    await guard(request).conversation(request, body.widget_key)
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
            language=speaks(customer, catalog.languages) or language,
            page_url=body.page.url if body.page else None,
            page_title=body.page.title if body.page else None,
            context=body.context.told() if body.context else None,
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
    await guard(request).message(request, token_hash, body.text)
    return await turns.post(
        conversation_id, body, check=lambda found: owned(found, token_hash), address=client_address(request)
    )


@router.get("/conversations/{conversation_id}/messages")
async def get_messages(
    conversation_id: str, token_hash: TokenHash, copilot: Copilot, after: Annotated[int, Query(ge=0, lt=2**31)] = 0
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
    after: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """The conversation as server-sent events: one `message` event each, its id the message's `seq`.

    Resumes behind `Last-Event-ID` (or `after`). No database connection is held between two events.
    """

    def check(session: Session) -> None:
        owned(session.get(Conversation, conversation_id), token_hash)

    await copilot.database.reading(check)
    # Cut: an id that long is none of ours, and no database has such a number.
    seen = int(last_event_id[:9]) if last_event_id and last_event_id.isdecimal() else (after or 0)
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


@router.post("/conversations/{conversation_id}/attachments", status_code=201, openapi_extra=_FORM)
async def add_attachment(
    conversation_id: str,
    token_hash: TokenHash,
    copilot: Copilot,
    request: Request,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=LONGEST_UPLOAD_ID)] = None,
) -> AttachmentOut:
    """Give a file (multipart field ``file``): at most five for a ticket, ten megabytes each.

    A file that is sent again (the same bytes and name within the hour, or the same ``client_upload_id``, a field of the
    form, or ``Idempotency-Key``) is the same attachment. `removed` and `note` say what was taken out of a log or a HAR.
    """

    def check(session: Session) -> str:
        conversation = owned(session.get(Conversation, conversation_id), token_hash)
        return conversation.language

    language = await copilot.database.reading(check)
    await guard(request).upload(request, token_hash)
    store = FileStore(copilot.settings.var)
    incoming = await receive(request, store, copilot.catalog.attachment_limits.bytes)
    try:
        sent, name = incoming.received, safe_name(incoming.name or "")
        made_up = (incoming.fields.get("client_upload_id") or idempotency_key or "")[:LONGEST_UPLOAD_ID] or None
        owner = Owner(f"conversation:{conversation_id}", conversation_id=conversation_id, client_upload_id=made_up)

        def sent_before(session: Session) -> Attachment | None:
            known = find_sent_before(session, owner, sent.sha256, name)
            if known is None:
                check_room(session, copilot, owner)
            return known

        file = await copilot.database.reading(sent_before)
        if file is None:
            prepared = await asyncio.to_thread(prepare_file, copilot, name, sent)
            file = await asyncio.to_thread(store_once, copilot, prepared, owner)
    finally:
        incoming.received.path.unlink(missing_ok=True)
    return AttachmentOut(**attachment_record(file, copilot.catalog, language))


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
