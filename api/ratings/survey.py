"""The survey of a solved ticket: one mail with two links, each to a page that asks to press a button.

A link carries the ticket, which solving it is about, the customer, and a keyed hash of the three: it can rate this one
ticket and do nothing else. What mail servers open to look at it (GET) never rates; only the button (POST) does.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from api.chat import repository
from api.chat.models import Conversation
from api.database import utc_now
from api.errors import NotFound
from api.identity.models import Customer
from api.identity.principal import Principal
from api.identity.tokens import keyed_hash
from api.settings import Settings
from api.tickets.mail import asks_how_it_was, mail_survey
from api.tickets.models import Ticket

if TYPE_CHECKING:
    from api.services import Services
    from api.tickets.announcing import Announcement

# Of a solving that is longer ago nobody remembers how it was.
LASTS = dt.timedelta(days=60)
_RATEABLE = frozenset({"solved", "closed"})
_SIGNATURE = 32
_LINK = re.compile(r"^([1-9][0-9]{0,9})-([0-9]{1,6})-([1-9][0-9]{0,9})-([0-9a-f]{32})$")


@dataclass(frozen=True)
class Surveyed:
    """What a link is about. `over`: it was reopened, or solved again, since, or too long ago."""

    ticket: Ticket
    customer: Customer
    over: bool

    @property
    def principal(self) -> Principal:
        customer = self.customer
        return Principal("customer", role="customer", customer_id=customer.id, email=customer.mail_address)


def heard(session: Session, services: Services, happening: Announcement) -> None:
    """Ask the customer once for each solving: by mail, and in the chat that the ticket came from."""
    ticket, customer = happening.ticket, happening.customer
    if customer is None or not asks_how_it_was(happening):
        return
    link = survey_address(services.settings, ticket, customer)
    number = f"survey:{ticket.reopened_count}"
    mail_survey(session, services, happening, customer, number, good=f"{link}?score=good", bad=f"{link}?score=bad")
    if ticket.conversation_id is None:
        return
    conversation = session.get(Conversation, ticket.conversation_id, with_for_update=True)
    # What is said in a conversation is for whoever holds it: the link only where that is the proven customer.
    if conversation is None or conversation.customer_id != customer.id or conversation.verified_at is None:
        return
    since = conversation.last_activity_at
    wording = services.catalog.wording(conversation.language)
    repository.append_message(
        session,
        conversation,
        role="system",
        kind="notice",
        text=wording.text("messages.survey", id=ticket.id, url=link),
        language=conversation.language,
    )
    conversation.last_activity_at = since


def survey_address(settings: Settings, ticket: Ticket, customer: Customer) -> str:
    """The page on which this customer rates the present solving of the ticket."""
    facts = (str(ticket.id), str(ticket.reopened_count), str(customer.id))
    return f"{settings.public_url}/survey/{'-'.join((*facts, _signature(settings, *facts)))}"


def surveyed(session: Session, settings: Settings, link: str) -> Surveyed:
    """What the link is about. Raises `NotFound` for one that we did not write."""
    found = _LINK.match(link)
    if found is None or not hmac.compare_digest(_signature(settings, *found.groups()[:3]), found[4]):
        raise NotFound("There is no such survey.")
    number, solving, customer_id = (int(each) for each in found.groups()[:3])
    ticket, customer = session.get(Ticket, number), session.get(Customer, customer_id)
    if ticket is None or customer is None or ticket.requester_id != customer.id:
        raise NotFound("There is no such survey.")
    late = ticket.solved_at is None or utc_now() - ticket.solved_at > LASTS
    over = ticket.status not in _RATEABLE or ticket.reopened_count != solving or late
    return Surveyed(ticket, customer, over)


def _signature(settings: Settings, *facts: str) -> str:
    return keyed_hash(settings, "survey", *facts)[:_SIGNATURE]
