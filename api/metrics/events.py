"""The event vocabulary: an append-only table from which every figure is computed.

An event is written in the transaction of what it tells of (the turn, the ticket, the code), so that a figure can never
count what did not happen, nor miss what did.
"""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.database import Base, Json, UtcDateTime, utc_now


class EventType(enum.StrEnum):
    """What can happen. The comment behind each name lists the keys of its `data`."""

    CONVERSATION_STARTED = "conversation_started"  # channel, language
    LANGUAGE_CHOSEN = "language_chosen"  # language
    SCENARIO_CHOSEN = "scenario_chosen"  # scenario
    ASKED_FOR_HELP = "asked_for_help"  # intent, confidence
    SEARCHED = "searched"  # confident, confidence, article_ids, decision, clarifies
    ANSWER_SHOWN = "answer_shown"  # confident, article_ids, locales, decision, clarified
    ANSWER_OPENED = "answer_opened"  # article_id, locale
    ARTICLE_RATED = "article_rated"  # article_id, locale, helped: said on the article's own page
    SOLVED_YES = "solved_yes"  #
    SOLVED_NO = "solved_no"  #
    PERSON_REQUESTED = "person_requested"  #
    STATUS_ASKED = "status_asked"  # intent
    FORM_STEP = "form_step"  # asks
    FORM_CANCELLED = "form_cancelled"  #
    CODE_SENT = "code_sent"  #
    CODE_REFUSED = "code_refused"  # reason
    CUSTOMER_VERIFIED = "customer_verified"  # method: code | host
    CUSTOMER_INVITED = "customer_invited"  # customer_id
    PASSWORD_SET = "password_set"  # customer_id, by: link | customer  # noqa: S105
    TICKET_OPENED = "ticket_opened"  # ticket_id, category, subcategory, priority, via
    TICKET_CHANGED = "ticket_changed"  # ticket_id, field, by, and, where nobody typed them: from, to
    TARGET_WARNED = "target_warned"  # ticket_id, target: first_response | resolution, priority
    TARGET_BREACHED = "target_breached"  # as target_warned
    TICKET_COMMENTED = "ticket_commented"  # ticket_id, by, public
    ATTACHMENT_ADDED = "attachment_added"  # media_type, size, removed
    NOTICE_SHOWN = "notice_shown"  # notice_id
    NOTICE_SUBSCRIBED = "notice_subscribed"  # notice_id
    RATED = "rated"  # score, previous; ticket_id where it is of a ticket
    ALERT_RAISED = "alert_raised"  # ticket_id, level
    ALERT_ESCALATED = "alert_escalated"  # ticket_id, level
    ALERT_ACKNOWLEDGED = "alert_acknowledged"  # ticket_id, via, state, seconds
    WEBHOOK_DISABLED = "webhook_disabled"  # webhook_id, reason
    TURN_FAILED = "turn_failed"  # reason
    MAIL_SENT = "mail_sent"  # template
    MAIL_RECEIVED = "mail_received"  # outcome, reason
    REFUSED = "refused"  # limit


class Event(Base):
    """One row of the ledger. Rows are never changed; `data` holds ids and figures, never a customer's words."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    type: Mapped[str] = mapped_column(String(32), index=True)
    conversation_id: Mapped[str | None] = mapped_column(String(32), index=True)
    turn_id: Mapped[str | None] = mapped_column(String(32))
    ticket_id: Mapped[int | None] = mapped_column(Integer)
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)


def record(
    session: Session,
    type: EventType,
    *,
    conversation_id: str | None = None,
    turn_id: str | None = None,
    ticket_id: int | None = None,
    **data: Any,
) -> None:
    """Append one event within the caller's transaction."""
    session.add(Event(type=type, conversation_id=conversation_id, turn_id=turn_id, ticket_id=ticket_id, data=data))
