"""The row of a stored file: within the limits of its owner, and once, however often it is sent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.chat.models import Attachment, Conversation
from api.database import Database, utc_now
from api.errors import Invalid
from api.files.models import Upload
from api.files.preparing import Prepared, forget_prepared, prepare_file
from api.files.storing import Received
from api.metrics.events import EventType, record
from api.services import Services

# Within it the same bytes under the same name from the same owner are one file that was sent again.
SENT_AGAIN = dt.timedelta(hours=1)
LONGEST_UPLOAD_ID = 255


@dataclass(frozen=True)
class Owner:
    """Who gives a file, and what for: a conversation, an upload that will be used in a comment, or neither (mail)."""

    scope: str
    conversation_id: str | None = None
    upload_id: str | None = None
    # An id that the sender made up: the same one again is the same file again.
    client_upload_id: str | None = None


def accept_file(session: Session, services: Services, name: str, content: bytes | Received, owner: Owner) -> Attachment:
    """Check, store and record a file in one call, for callers that hold no lock which others wait for.

    The check takes a tenth of a second and more, so that endpoints and workers do it before their transaction
    (`prepare_file`) and call `add_file` within it. Raises `Invalid`.
    """
    prepared = prepare_file(services, name, content)
    try:
        return add_file(session, services, prepared, owner)
    except BaseException:
        forget_prepared(services, prepared)
        raise


def store_once(services: Services, prepared: Prepared, owner: Owner) -> Attachment:
    """Record a prepared file in a transaction of its own; where it is not needed or not taken, nothing of it is left."""
    database: Database = services.database
    try:
        try:
            with database.write() as session:
                file = add_file(session, services, prepared, owner)
        except IntegrityError:
            # Another process recorded the same id between our look and our insert (PostgreSQL).
            with database.write() as session:
                file = add_file(session, services, prepared, owner)
    except BaseException:
        forget_prepared(services, prepared)
        raise
    if file.id != prepared.id:
        forget_prepared(services, prepared)
    return file


def add_file(session: Session, services: Services, prepared: Prepared, owner: Owner) -> Attachment:
    """Record a prepared file within the caller's transaction; the one that is there already where it was sent before.

    The caller deletes the prepared file (`forget_prepared`) where another one comes back. Raises `Invalid`:
    ``attachments_full``, ``attachments_total``, ``upload_id_reused``.
    """
    if owner.conversation_id is not None:
        # Locked where rows can be: two files at once must not both be the last one that fits.
        session.get(Conversation, owner.conversation_id, with_for_update=True)
    elif owner.upload_id is not None:
        session.get(Upload, owner.upload_id, with_for_update=True)
    known = find_sent_before(session, owner, prepared.received_sha256, prepared.name)
    if known is not None:
        return known
    check_room(session, services, owner, prepared.size)
    file = Attachment(
        id=prepared.id,
        conversation_id=owner.conversation_id,
        upload_id=owner.upload_id,
        owner=owner.scope,
        client_upload_id=owner.client_upload_id,
        name=prepared.name,
        media_type=prepared.media_type,
        size=prepared.size,
        sha256=prepared.sha256,
        received_sha256=prepared.received_sha256,
        removed=prepared.removed or None,
        thumbnail=prepared.thumbnail,
        width=prepared.width,
        height=prepared.height,
    )
    session.add(file)
    record(
        session,
        EventType.ATTACHMENT_ADDED,
        conversation_id=owner.conversation_id,
        media_type=prepared.media_type,
        size=prepared.size,
        removed=sum(prepared.removed.values()),
    )
    session.flush()
    return file


def find_sent_before(session: Session, owner: Owner, received_sha256: str, name: str) -> Attachment | None:
    """The file that this is a second copy of: by its sender's id, else by bytes and name within the hour.

    One that a ticket has taken is not meant any more: the same screenshot may belong to two tickets. Raises `Invalid`
    (``upload_id_reused``) where the id came with other bytes.
    """
    if owner.client_upload_id is not None:
        known = session.scalar(
            select(Attachment).where(
                Attachment.owner == owner.scope, Attachment.client_upload_id == owner.client_upload_id
            )
        )
        if known is not None and (
            known.received_sha256 != received_sha256 or known.conversation_id != owner.conversation_id
        ):
            raise Invalid("this id was used for another file: make a new one for each file", code="upload_id_reused")
        if known is not None:
            return known
    if owner.conversation_id is None and owner.upload_id is None:
        return None
    query = select(Attachment).where(
        Attachment.received_sha256 == received_sha256,
        Attachment.name == name,
        Attachment.ticket_id.is_(None),
        Attachment.created_at > utc_now() - SENT_AGAIN,
    )
    if owner.conversation_id is not None:
        query = query.where(Attachment.conversation_id == owner.conversation_id)
    else:
        query = query.where(Attachment.upload_id == owner.upload_id)
    return session.scalars(query.order_by(Attachment.created_at)).first()


def check_room(session: Session, services: Services, owner: Owner, size: int = 0) -> None:
    """Raises `Invalid` where one more file of `size` bytes is too many, or too much, for its owner."""
    waiting, taken = _given(session, owner)
    most = services.catalog.attachment_limits.count
    if waiting >= most:
        raise Invalid(f"a ticket takes {most} files at most", code="attachments_full", values={"limit": most})
    total = services.settings.files.total_megabytes
    if taken + size > total * 1_000_000:
        raise Invalid(
            f"these files would have more than {total} MB together",
            code="attachments_total",
            status=413,
            values={"limit": total},
        )


def _given(session: Session, owner: Owner) -> tuple[int, int]:
    """How many files wait for a ticket, and how many bytes this owner has given."""
    counted = select(func.count(), func.coalesce(func.sum(Attachment.size), 0))
    if owner.conversation_id is not None:
        of = Attachment.conversation_id == owner.conversation_id
        waiting = session.execute(counted.where(of, Attachment.ticket_id.is_(None))).one()[0]
        return waiting, int(session.execute(counted.where(of)).one()[1])
    if owner.upload_id is None:
        return 0, 0
    waiting = session.execute(counted.where(Attachment.upload_id == owner.upload_id)).one()[0]
    unused = counted.where(
        Attachment.owner == owner.scope, Attachment.upload_id.is_not(None), Attachment.ticket_id.is_(None)
    )
    return waiting, int(session.execute(unused).one()[1])
