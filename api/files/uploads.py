"""Upload tokens: files that wait for the comment that names them."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.models import Attachment
from api.database import utc_now
from api.errors import CopilotError, Invalid, NotFound
from api.files.models import Upload
from api.files.storing import FileStore
from api.identity.principal import Principal
from api.identity.tokens import hash_token, keyed_hash
from api.services import Services
from api.settings import Settings
from api.tickets.errors import FieldProblem

PREFIX = "cpu_"


def upload_token(settings: Settings, upload_id: str) -> str:
    """The token of an upload. Computed, so that it can be given again to who asks again; 60 characters."""
    return f"{PREFIX}{upload_id}{keyed_hash(settings, 'upload', upload_id)[:32]}"


def new_upload(session: Session, services: Services, principal: Principal) -> Upload:
    """An upload of this caller's, still without a file."""
    upload_id = secrets.token_hex(12)
    upload = Upload(
        id=upload_id,
        token_hash=hash_token(upload_token(services.settings, upload_id)),
        owner=principal.scope,
        expires_at=utc_now() + dt.timedelta(seconds=services.settings.files.upload_expires),
    )
    session.add(upload)
    return upload


def open_upload(session: Session, principal: Principal, token: str, *, lock: bool = False) -> Upload:
    """The caller's own upload. Raises `NotFound`, or `Invalid` where it was used or has expired."""
    query = select(Upload).where(Upload.token_hash == hash_token(token), Upload.owner == principal.scope)
    upload = session.scalar(query.with_for_update() if lock else query)
    if upload is None:
        raise NotFound("There is no such upload token.", code="upload_unknown")
    problem = _spent(upload)
    if problem:
        raise Invalid(problem, code="upload_spent", details={"token": problem})
    return upload


def files_of(session: Session, upload: Upload) -> list[Attachment]:
    """The files of an upload, oldest first."""
    query = select(Attachment).where(Attachment.upload_id == upload.id)
    return list(session.scalars(query.order_by(Attachment.created_at, Attachment.id)))


def drop_upload(session: Session, services: Services, upload: Upload) -> None:
    """Forget an upload and its files; the files go from the disk, too."""
    store = FileStore(services.settings.var)
    for file in files_of(session, upload):
        session.delete(file)
        store.remove(file.id)
    session.delete(upload)


def find_files(
    session: Session,
    services: Services,
    principal: Principal,
    uploads: Sequence[str],
    problems: list[FieldProblem],
) -> list[Attachment]:
    """The files that a comment names: by upload tokens of the caller's, or by ids of files of its conversation.

    What cannot be used goes to `problems`: a token that is unknown, expired or used; a file that a ticket has already;
    more files than a ticket takes at once. `take_files` then gives them to the ticket.
    """
    found: dict[str, Attachment] = {}
    for name in dict.fromkeys(uploads):
        files = _of_token(session, principal, name, problems) if name.startswith(PREFIX) else None
        if files is None:
            files = _of_conversation(session, principal, name, problems)
        found.update({file.id: file for file in files})
    most = services.catalog.attachment_limits.count
    if len(found) > most:
        problems.append(FieldProblem("uploads", "TooManyFiles", f"Uploads: a comment takes {most} files at most"))
    return list(found.values())


def take_files(session: Session, files: Iterable[Attachment], ticket_id: int, comment_id: int | None) -> None:
    """Give the files to a ticket's comment; their tokens are used up."""
    spent = set()
    for file in files:
        file.ticket_id, file.comment_id = ticket_id, comment_id
        if file.upload_id is not None:
            spent.add(file.upload_id)
    for upload_id in spent:
        upload = session.get(Upload, upload_id)
        if upload is not None:
            upload.used_at = utc_now()


def _of_token(session: Session, principal: Principal, token: str, problems: list[FieldProblem]) -> list[Attachment]:
    try:
        upload = open_upload(session, principal, token, lock=True)
    except CopilotError as error:
        problems.append(FieldProblem("uploads", "InvalidValue", f"Uploads: {error.message}"))
        return []
    return files_of(session, upload)


def _of_conversation(
    session: Session, principal: Principal, file_id: str, problems: list[FieldProblem]
) -> list[Attachment]:
    file = session.get(Attachment, file_id) if principal.conversation_id is not None else None
    if file is None or file.conversation_id != principal.conversation_id or file.ticket_id is not None:
        problems.append(
            FieldProblem("uploads", "InvalidValue", "Uploads: a file is not here, or is part of a ticket already")
        )
        return []
    return [file]


def _spent(upload: Upload) -> str | None:
    if upload.used_at is not None:
        return "This upload token was used already: upload the files again for another comment."
    if upload.expires_at <= utc_now():
        return "This upload token has expired: upload the files again."
    return None
