"""Files over HTTP, in Zendesk's shapes: given ahead of their comment, shown, downloaded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from sqlalchemy.orm import Session

from api.chat.models import Attachment
from api.errors import Invalid, NotFound
from api.files.adding import LONGEST_UPLOAD_ID, Owner, check_room, find_sent_before, store_once
from api.files.models import Upload
from api.files.names import safe_name
from api.files.preparing import check_name, prepare_file
from api.files.receiving import receive
from api.files.schemas import AttachmentEnvelope, UploadEnvelope
from api.files.shapes import attachment_shape
from api.files.storing import FileStore
from api.files.uploads import drop_upload, files_of, new_upload, open_upload, upload_token
from api.identity.principal import Principal, require_customer, require_signed_in
from api.services import Services, services
from api.tickets import repository
from api.tickets.errors import ZendeskError
from api.tickets.idempotency import check_key
from api.tickets.models import TicketComment

router = APIRouter(prefix="/api/v2", tags=["files"])

Copilot = Annotated[Services, Depends(services)]
SignedIn = Annotated[Principal, Depends(require_signed_in)]
AttachmentId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
UploadToken = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
FileName = Annotated[str | None, Query(max_length=1000, description="What the file is called. Not needed with a form.")]
MoreOf = Annotated[str | None, Query(max_length=64, description="The token of an upload that this file is added to.")]
IdempotencyHeader = Annotated[str | None, Header(alias="Idempotency-Key", max_length=LONGEST_UPLOAD_ID)]
Endpoint = Callable[..., Any]

# A file of a stranger's is never part of our pages: it is saved, or it is a picture that we wrote ourselves.
_SEALED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        },
    }
}


def _route(method: str, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
    """Register an endpoint under its path and, unlisted in the documentation, under the same with ``.json``."""

    def register(endpoint: Endpoint) -> Endpoint:
        # The longer one first: `{token}` would swallow the suffix.
        router.add_api_route(f"{path}.json", endpoint, methods=[method], include_in_schema=False, **options)
        router.add_api_route(path, endpoint, methods=[method], **options)
        return endpoint

    return register


@_route("POST", "/uploads", status_code=201, response_model=UploadEnvelope, openapi_extra=_BODY)
async def create_upload(
    request: Request,
    principal: SignedIn,
    copilot: Copilot,
    response: Response,
    filename: FileName = None,
    token: MoreOf = None,
    idempotency_key: IdempotencyHeader = None,
) -> dict[str, Any]:
    """Give a file ahead of its comment: the raw body with ``?filename=``, or a form with a field ``file``.

    Name the token in ``comment.uploads`` once, before it expires; ``?token=`` adds a file to it. Sent again with the same
    Idempotency-Key, or to the same token under the same name, it is stored once.
    """
    key = check_key(idempotency_key) if idempotency_key is not None else None
    if filename is not None:
        check_name(filename)
    if token is not None:
        await copilot.database.reading(lambda session: _room(session, copilot, principal, token))
    store = FileStore(copilot.settings.var)
    incoming = await receive(request, store, copilot.catalog.attachment_limits.bytes)
    try:
        name = safe_name(filename or incoming.name or "")
        sent = incoming.received

        def prepare(session: Session) -> tuple[Upload | None, Attachment | None]:
            upload = open_upload(session, principal, token) if token is not None else None
            owner = Owner(principal.scope, upload_id=upload.id if upload else None, client_upload_id=key)
            return upload, find_sent_before(session, owner, sent.sha256, name)

        upload, known = await copilot.database.reading(prepare)
        if known is None:
            prepared = await asyncio.to_thread(prepare_file, copilot, name, sent)
            if upload is None:
                upload = await copilot.database.writing(lambda session: new_upload(session, copilot, principal))
            owner = Owner(principal.scope, upload_id=upload.id, client_upload_id=key)
            file = await asyncio.to_thread(store_once, copilot, prepared, owner)
        else:
            file = known
    except Invalid as error:
        if error.code == "upload_id_reused":
            raise ZendeskError(400, "IdempotentRequestError", error.message) from error
        raise
    finally:
        incoming.received.path.unlink(missing_ok=True)
    if key is not None:
        response.headers["x-idempotency-lookup"] = "hit" if known is not None else "miss"
    return await copilot.database.reading(lambda session: _upload_shape(session, copilot, file))


@_route("DELETE", "/uploads/{token}", status_code=204, response_class=Response)
async def delete_upload(token: UploadToken, principal: SignedIn, copilot: Copilot) -> Response:
    """Forget an upload that no comment has used, and its files."""

    def forget(session: Session) -> None:
        drop_upload(session, copilot, open_upload(session, principal, token, lock=True))

    await copilot.database.writing(forget)
    return Response(status_code=204)


@_route("GET", "/attachments/{attachment_id}", response_model=AttachmentEnvelope)
async def show_attachment(attachment_id: AttachmentId, principal: SignedIn, copilot: Copilot) -> JSONResponse:
    """A file of a ticket, for staff and for the ticket's customer."""
    file = await copilot.database.reading(lambda session: _readable(session, principal, attachment_id))
    return JSONResponse({"attachment": attachment_shape(file, copilot.settings)})


@_route("GET", "/attachments/{attachment_id}/content", response_class=FileResponse)
async def download_attachment(attachment_id: AttachmentId, principal: SignedIn, copilot: Copilot) -> FileResponse:
    """The bytes of a file: always a download, never shown in our own origin. `Range` is honoured."""
    file = await copilot.database.reading(lambda session: _readable(session, principal, attachment_id))
    path = await asyncio.to_thread(FileStore(copilot.settings.var).find, file.id)
    if path is None:
        raise NotFound("The file of this attachment is gone.")
    headers = {**_SEALED, "Cache-Control": "private"}
    return FileResponse(path, media_type=file.media_type, filename=file.name, headers=headers)


@_route("GET", "/attachments/{attachment_id}/thumbnail", response_class=FileResponse)
async def show_thumbnail(attachment_id: AttachmentId, principal: SignedIn, copilot: Copilot) -> FileResponse:
    """A small WebP of a picture, at most 320 pixels a side, which a page may show. 404 for what is no picture."""
    file = await copilot.database.reading(lambda session: _readable(session, principal, attachment_id))
    store = FileStore(copilot.settings.var)
    path = await asyncio.to_thread(lambda: store.find(file.id, thumbnail=True)) if file.thumbnail else None
    if path is None:
        raise NotFound("This attachment has no thumbnail.")
    headers = {**_SEALED, "Cache-Control": "private, max-age=86400, immutable", "Content-Disposition": "inline"}
    return FileResponse(path, media_type="image/webp", headers=headers)


def _room(session: Session, copilot: Services, principal: Principal, token: str) -> None:
    upload = open_upload(session, principal, token)
    check_room(session, copilot, Owner(principal.scope, upload_id=upload.id))


def _upload_shape(session: Session, copilot: Services, file: Attachment) -> dict[str, Any]:
    upload = session.get(Upload, file.upload_id)
    if upload is None:
        raise Invalid("this upload was used, and is forgotten by now: upload the file again", code="upload_spent")
    shapes = {each.id: attachment_shape(each, copilot.settings) for each in files_of(session, upload)}
    return {
        "upload": {
            "token": upload_token(copilot.settings, upload.id),
            "expires_at": upload.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "attachment": shapes[file.id],
            "attachments": list(shapes.values()),
        }
    }


def _readable(session: Session, principal: Principal, attachment_id: str) -> Attachment:
    """The file, where the caller may read its ticket, and its comment; or gave it itself. Raises `NotFound` otherwise."""
    file = session.get(Attachment, attachment_id)
    if file is None:
        raise NotFound("There is no such attachment.")
    if file.ticket_id is None:
        if file.owner is None or file.owner != principal.scope:
            raise NotFound("There is no such attachment.")
        return file
    if not principal.has_role("agent"):
        customer_id = require_customer(principal).customer_id
        repository.request_by_id(session, file.ticket_id, customer_id or 0)
        comment = session.get(TicketComment, file.comment_id) if file.comment_id is not None else None
        if comment is not None and not comment.public:
            raise NotFound("There is no such attachment.")
    return file
