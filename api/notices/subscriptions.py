"""Who follows a notice by mail, and the signed link that ends it.

The link needs no sign-in: it carries the subscription's number and a keyed hash of it and its address, so that it can end
this one subscription and do nothing else.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.database import utc_now
from api.errors import Forbidden, Invalid, NotFound
from api.identity.principal import Principal
from api.identity.tokens import keyed_hash
from api.metrics.events import EventType, record
from api.notices.models import NoticeSubscription
from api.notices.repository import notice_by_id
from api.settings import Settings

if TYPE_CHECKING:
    from bot.catalog import Catalog

# 128 bits: short enough for a header line that no mail server has to fold.
_SIGNATURE = 32


@dataclass(frozen=True)
class Subscribed:
    email: str
    already: bool


def subscribe(session: Session, catalog: Catalog, principal: Principal, notice_id: int) -> Subscribed:
    """Mail this customer's proven address at each update; once for a notice and address, however often it is asked.

    Raises `NotFound`, `Invalid` (``notice_over``) and `Forbidden` (``not_verified``).
    """
    if principal.customer_id is None or principal.email is None:
        raise Forbidden("Confirm the e-mail address of this conversation first.", code="not_verified")
    notice = notice_by_id(session, notice_id)
    if notice.is_over(utc_now()):
        raise Invalid(f"Notice {notice_id} is over: there will be no more news of it.", code="notice_over")
    language = principal.language if principal.language in catalog.languages else catalog.default_language
    found = _find(session, notice_id, principal.email)
    if found is None:
        try:
            with session.begin_nested():
                session.add(
                    NoticeSubscription(
                        notice_id=notice_id,
                        email=principal.email,
                        language=language,
                        customer_id=principal.customer_id,
                        conversation_id=principal.conversation_id,
                    )
                )
        except IntegrityError:
            # Another transaction was first (PostgreSQL only: SQLite has one writer).
            return Subscribed(principal.email, already=True)
    elif found.ended_at is None:
        found.language = language
        return Subscribed(principal.email, already=True)
    else:
        found.ended_at, found.language, found.created_at = None, language, utc_now()
    record(
        session,
        EventType.NOTICE_SUBSCRIBED,
        conversation_id=principal.conversation_id,
        turn_id=principal.turn_id,
        notice_id=notice_id,
    )
    return Subscribed(principal.email, already=False)


def unsubscribe_address(settings: Settings, subscription: NoticeSubscription) -> str:
    """The link of the mails."""
    return f"{settings.public_url}/notices/unsubscribe/{subscription.id}-{_signature(settings, subscription)}"


def subscription_of(session: Session, settings: Settings, token: str) -> NoticeSubscription:
    """The subscription that a link stands for, ended or not. Raises `NotFound` (``notice_link``) for a link that is none."""
    number, _, signature = token.partition("-")
    found = None
    if number.isascii() and number.isdigit() and len(number) < 10:
        found = session.get(NoticeSubscription, int(number))
    if found is None or not hmac.compare_digest(_signature(settings, found).encode(), signature.encode()):
        raise NotFound("This link is not complete: copy it whole from the mail.", code="notice_link")
    return found


def unsubscribe(session: Session, settings: Settings, token: str) -> NoticeSubscription:
    """End the subscription; ended already, it stays so. Raises `NotFound`."""
    found = subscription_of(session, settings, token)
    found.ended_at = found.ended_at or utc_now()
    return found


def _find(session: Session, notice_id: int, email: str) -> NoticeSubscription | None:
    return session.scalar(
        select(NoticeSubscription).where(NoticeSubscription.notice_id == notice_id, NoticeSubscription.email == email)
    )


def _signature(settings: Settings, subscription: NoticeSubscription) -> str:
    return keyed_hash(settings, "notice-unsubscribe", str(subscription.id), subscription.email)[:_SIGNATURE]
