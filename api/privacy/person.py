"""Whose data it is: a customer, or somebody who wrote without ever becoming one, and everything that hangs on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.chat.models import Conversation, Message
from api.errors import Conflict, Invalid, NotFound
from api.identity.addresses import normalise_email
from api.identity.models import Customer, OneTimeCode, StaffUser
from api.mail_in.models import InboundMail
from api.notices.models import NoticeSubscription
from api.notifications.models import OutboxMail, UndeliverableAddress
from api.tickets.models import Ticket, TicketComment

T = TypeVar("T")
# Ids of one question: PostgreSQL plans lists of thousands badly, and SQLite takes no more than 32,766.
AT_ONCE = 500


@dataclass
class Person:
    """Ids of everything that is theirs. `addresses`: those that nobody else has; `accounts`: those that nobody else is of."""

    customer_id: int | None = None
    language: str | None = None
    addresses: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    conversations: list[str] = field(default_factory=list)
    tickets: list[int] = field(default_factory=list)
    comments: list[int] = field(default_factory=list)
    mails_in: list[int] = field(default_factory=list)

    @property
    def scopes(self) -> list[str]:
        """How tables that take any caller call this one (`Principal.scope`)."""
        own = [f"customer:{self.customer_id}"] if self.customer_id is not None else []
        talks = [f"conversation:{each}" for each in self.conversations]
        return [*own, *talks, *(f"mail:{each}" for each in self.mails_in)]


def among(column: InstrumentedAttribute[Any], values: Sequence[Any]) -> Iterator[ColumnElement[bool]]:
    """Conditions which together hold for the rows with one of the values."""
    for start in range(0, len(values), AT_ONCE):
        yield column.in_(values[start : start + AT_ONCE])


def find_person(session: Session, who: str) -> Person:
    """By number of the customer, proven or contact address, or the host's id.

    Raises `NotFound` where nothing is known of them, `Conflict` where several customers share the address.
    """
    customer = _customer(session, who.strip())
    if customer is None:
        try:
            address = normalise_email(who.strip())
        except Invalid:
            address = ""
        if not address or not _wrote(session, address):
            raise NotFound("Nobody is known by that. Give a customer's number, e-mail address or id at the host.")
        return _gather(session, Person(addresses=[address]))
    person = Person(customer_id=customer.id, language=customer.locale)
    for address in dict.fromkeys(each for each in (customer.email, customer.contact_email) if each):
        shared = select(Customer.id).where(
            Customer.id != customer.id, or_(Customer.email == address, Customer.contact_email == address)
        )
        if session.scalar(shared.limit(1)) is None:
            person.addresses.append(address)
    if customer.account_id is not None:
        colleague = select(Customer.id).where(Customer.id != customer.id, Customer.account_id == customer.account_id)
        if session.scalar(colleague.limit(1)) is None:
            person.accounts.append(customer.account_id)
    return _gather(session, person)


def is_staff(session: Session, person: Person) -> bool:
    """Whether one of the addresses is that of somebody of staff."""
    return any(session.scalar(select(StaffUser.id).where(StaffUser.email == each)) for each in person.addresses)


def _customer(session: Session, who: str) -> Customer | None:
    if who.isdecimal() and len(who) < 10:
        found = session.get(Customer, int(who))
        if found is not None:
            return found
    try:
        address = normalise_email(who) if "@" in who else ""
    except Invalid:
        address = ""
    named = Customer.external_id == who
    if address:
        named = or_(named, Customer.email == address, Customer.contact_email == address)
    rows = list(session.scalars(select(Customer).where(named).order_by(Customer.id)))
    proven = [each for each in rows if address and each.email == address] or rows
    if len(proven) > 1:
        numbers = ", ".join(str(each.id) for each in proven)
        raise Conflict(f"Several customers have that address: give the number of one of them ({numbers}).")
    return proven[0] if proven else None


def _wrote(session: Session, address: str) -> bool:
    """Whether anything is known of an address that no customer has."""
    known = (
        select(InboundMail.id).where(InboundMail.sender == address),
        select(OneTimeCode.id).where(OneTimeCode.email == address),
        select(OutboxMail.id).where(OutboxMail.recipient == address),
        select(NoticeSubscription.id).where(NoticeSubscription.email == address),
        select(UndeliverableAddress.address).where(UndeliverableAddress.address == address),
    )
    return any(session.scalar(each.limit(1)) is not None for each in known) or bool(_nameless(session, address))


def _nameless(session: Session, address: str) -> list[str]:
    """Conversations of nobody known in which a code was sent to the address, or in which it was written."""
    nobody = Conversation.customer_id.is_(None)
    coded = select(OneTimeCode.conversation_id).where(OneTimeCode.email == address)
    wrote = (
        select(Message.conversation_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(nobody, func.lower(Message.text).contains(address, autoescape=True))
    )
    return _distinct(
        session.scalars(select(Conversation.id).where(nobody, Conversation.id.in_(coded))), session.scalars(wrote)
    )


def _gather(session: Session, person: Person) -> Person:
    own = person.customer_id
    talks: list[Iterable[str]] = [_nameless(session, each) for each in person.addresses]
    if own is not None:
        talks.append(session.scalars(select(Conversation.id).where(Conversation.customer_id == own)))
    person.conversations = _distinct(*talks)
    tickets: list[Iterable[int]] = []
    if own is not None:
        tickets.append(session.scalars(select(Ticket.id).where(Ticket.requester_id == own)))
    for some in among(Ticket.conversation_id, person.conversations):
        tickets.append(session.scalars(select(Ticket.id).where(some, Ticket.requester_id.is_(None))))
    person.tickets = _distinct(*tickets)
    if own is not None:
        person.comments = list(session.scalars(select(TicketComment.id).where(TicketComment.customer_id == own)))
    mails = [
        session.scalars(select(InboundMail.id).where(some)) for some in among(InboundMail.ticket_id, person.tickets)
    ]
    mails += [
        session.scalars(select(InboundMail.id).where(some)) for some in among(InboundMail.sender, person.addresses)
    ]
    person.mails_in = _distinct(*mails)
    return person


def _distinct(*lists: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(each for some in lists for each in some))
