"""From a parsed query to a query of tickets that the asking person may see."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, false, func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.chat.models import Attachment
from api.database import utc_now
from api.folding import Folded, fold
from api.identity.models import Customer, StaffUser
from api.identity.principal import Principal
from api.people.models import Organization
from api.ratings.models import SatisfactionRating
from api.services import Services
from api.tickets import repository
from api.tickets.counting import Count, bounded_count
from api.tickets.models import Ticket, TicketCc, TicketComment
from api.tickets.numbers import named_fields
from api.tickets.search_query import Property, SearchQuery, Words
from api.tickets.search_times import time_condition
from api.tickets.search_words import ALL_PARTS, PUBLIC_PARTS, WordSearch
from api.tickets.shapes import CHANNELS, split_user_id, teams
from api.tickets.words import words_of

# What customers are not told of their own tickets, they cannot find out by asking either.
_STAFF_ONLY = frozenset({"assignee", "cc", "commenter", "group", "submitter", "tags"})
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    ":": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_TIMES: dict[str, InstrumentedAttribute[Any]] = {
    "created": Ticket.created_at,
    "updated": Ticket.updated_at,
    "solved": Ticket.solved_at,
}
_SCORES = ("good", "bad", "offered", "unoffered")
# Repeated, these mean all of them; any other keyword means one of them.
_ALL_OF = frozenset({"subject", "description", "comment", "created", "updated", "solved"})

Condition = ColumnElement[bool]


def search_tickets(
    session: Session,
    services: Services,
    principal: Principal,
    query: SearchQuery,
    *,
    among: ColumnElement[bool] | None = None,
) -> TicketSearch:
    """The tickets that a query finds: every one for staff, for customers those `among` which they may look, which are their
    own unless it is said. Raises `SearchRefused`."""
    return _Compiler(session, services, principal, among=among).compile(query)


@dataclass(frozen=True)
class TicketSearch:
    """A query of tickets in its order (`select`), and the same without one (`unordered`)."""

    select: Select[Ticket]
    unordered: Select[Ticket]
    # To be counted: see `count`.
    counted: Select[Any]
    streams: ColumnElement[int] | None
    # For few results: PostgreSQL would look for a rare word by walking through all numbers, newest first (1.2 s with a
    # million tickets); an order that no index has makes it ask the words' index.
    few: Select[Ticket]

    def count(self, session: Session) -> Count:
        """How many tickets it finds."""
        return bounded_count(session, self.counted, Ticket.id, streams=self.streams)


@dataclass
class _Compiler:
    session: Session
    services: Services
    principal: Principal
    now: dt.datetime = field(default_factory=utc_now)
    among: ColumnElement[bool] | None = None
    conditions: list[Condition] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.search = WordSearch(self.session.get_bind().dialect.name == "sqlite")
        self.parts = ALL_PARTS if self.principal.is_staff else PUBLIC_PARTS
        self.zone = ZoneInfo(self.services.catalog.support_hours.time_zone)

    def compile(self, query: SearchQuery) -> TicketSearch:
        for words in query.words:
            self._words(words)
        groups: dict[tuple[str, str | None], list[Property]] = {}
        for each in query.properties:
            if not self.principal.is_staff and each.name in _STAFF_ONLY:
                raise each.refused("this keyword is for the support team")
            if each.negated or each.operator != ":" or each.name in _ALL_OF:
                self._take([each])
            else:
                groups.setdefault((each.name, each.field), []).append(each)
        for group in groups.values():
            self._take(group)
        own = None if self.principal.is_staff or self.among is not None else self.principal.customer_id
        found = repository.tickets(requester_id=own).where(*self.conditions)
        if self.among is not None:
            found = found.where(self.among)
        found = self.search.apply(found)
        ordered = found.order_by(*self._order(query))
        few = ordered
        if not self.search.sqlite and self.search.wanted and query.sort in (None, "id"):
            number = Ticket.id + 0
            few = found.order_by(number.desc() if query.descending else number.asc())
        alone = None if self.conditions or own is not None else self.search.alone(repository.deleted())
        return TicketSearch(ordered, found, found if alone is None else alone, self.search.streams, few)

    def _words(self, words: Words) -> None:
        expression = self.search.phrase(words.words, self.parts, prefix=words.prefix)
        if len(words.words) == 1 and words.words[0].isdecimal() and not words.prefix:
            # A ticket is found by its number, too.
            expression = self.search.either([expression, self.search.key("id", words.words[0])])
        self.search.add(expression, negated=words.negated)

    def _take(self, group: Sequence[Property]) -> None:
        """One keyword with its alternatives, as keys of the words' index or as a condition on a column."""
        keys = [self._key(each) for each in group]
        if all(key is not None for key in keys):
            negated = group[0].negated
            # "None" turns the meaning round: the key says that there is something.
            if group[0].is_none and len(group) == 1:
                negated = not negated
            elif any(each.is_none for each in group):
                raise group[0].refused("none goes with no other value of the same keyword")
            self.search.add(self.search.either([key for key in keys if key is not None]), negated=negated)
            return
        condition = or_(*(self._column(each) for each in group))
        self.conditions.append(not_(condition) if group[0].negated else condition)

    def _key(self, each: Property) -> str | None:
        """What the words' index has to hold for this; None for what a column tells."""
        key = self.search.key
        match each.name:
            case "tags":
                return key("has", "#tags") if each.is_none else key("tag", each.value)
            case "category" | "subcategory" | "support_type":
                return self._field_key(each, each.name)
            case "custom_field":
                return self._field_key(each, each.field or "")
            case "fieldvalue":
                return key("value", each.value)
            case "subject" | "description" | "comment":
                return self._text(each)
            case _:
                return None

    def _field_key(self, each: Property, name: str) -> str:
        name = named_fields(self.services.catalog).get(name, name)
        known = {field.id for field in self.services.catalog.fields}
        known |= {detail.id for topic in self.services.catalog.topics for detail in topic.details}
        if name not in known | {"language", "scenario", "category", "subcategory", "support_type"}:
            raise each.refused("there is no such ticket field")
        if each.is_none or (each.value == "*" and not each.quoted):
            return self.search.key("has", name)
        return self.search.key("field", name, each.value)

    def _text(self, each: Property) -> str:
        if each.is_none:
            raise each.refused("every ticket has one")
        prefix = not each.quoted and each.value.endswith("*")
        parts: tuple[str, ...] = (each.name,)
        if each.name == "comment":
            parts = ("comments", "notes") if self.principal.is_staff else ("comments",)
        return self.search.phrase(words_of(each.value), parts, prefix=prefix)

    def _column(self, each: Property) -> Condition:
        catalog = self.services.catalog
        match each.name:
            case "created" | "updated" | "solved":
                return time_condition(each, _TIMES[each.name], self.zone, self.now)
            case "status":
                return self._ranked(each, Ticket.status, [status.id for status in catalog.statuses])
            case "priority":
                return self._ranked(each, Ticket.priority, catalog.priorities)
            case "ticket_type":
                return self._ranked(each, Ticket.type, catalog.ticket_types)
            case "requester" | "cc" | "submitter" | "commenter" | "assignee":
                return self._person(each)
            case "organization":
                return (
                    Ticket.account_id.is_(None) if each.is_none else Ticket.account_id.in_(accounts_named(each.value))
                )
            case "group":
                return self._group(each)
            case "language":
                return Ticket.language == each.value.lower()
            case "via":
                return Ticket.via.in_(_channels(each.value))
            case "external_id":
                return Ticket.external_id.is_(None) if each.is_none else Ticket.external_id == each.value
            case "has_attachment":
                return self._has_attachment(each)
            case "satisfaction":
                return self._satisfaction(each)
        raise each.refused("says nothing about a ticket")

    def _ranked(self, each: Property, column: InstrumentedAttribute[str], order: Sequence[str]) -> Condition:
        if each.is_none:
            return false()
        wanted = each.value.lower()
        if wanted not in order:
            raise each.refused(f"{each.name} is one of {', '.join(order)}")
        compare, place = _COMPARE[each.operator], order.index(wanted)
        return column.in_([value for rank, value in enumerate(order) if compare(rank, place)])

    def _person(self, each: Property) -> Condition:
        if each.name == "commenter":
            return self._commenter(each)
        if each.name == "cc":
            copied = select(TicketCc.ticket_id)
            if each.is_none:
                return Ticket.id.not_in(copied)
            return Ticket.id.in_(copied.where(TicketCc.customer_id.in_(self._customers(each))))
        if each.name == "submitter":
            return self._submitter(each)
        of_staff = each.name == "assignee"
        column: ColumnElement[Any] = Ticket.assignee_id.expression if of_staff else Ticket.requester_id.expression
        if each.is_none:
            return column.is_(None)
        return column.in_(self._staff(each) if of_staff else self._customers(each))

    def _submitter(self, each: Property) -> Condition:
        """Who opened it: a member of staff, or else its customer."""
        if each.is_none:
            return and_(Ticket.submitter_staff_id.is_(None), Ticket.requester_id.is_(None))
        by_customer = and_(Ticket.submitter_staff_id.is_(None), Ticket.requester_id.in_(self._customers(each)))
        return or_(Ticket.submitter_staff_id.in_(self._staff(each)), by_customer)

    def _commenter(self, each: Property) -> Condition:
        said = select(TicketComment.ticket_id).where(
            or_(TicketComment.customer_id.in_(self._customers(each)), TicketComment.staff_id.in_(self._staff(each)))
        )
        return false() if each.is_none else Ticket.id.in_(said)

    def _customers(self, each: Property) -> Any:
        if each.is_me:
            return [self.principal.customer_id] if self.principal.customer_id is not None else []
        number = _number(each.value)
        if number is not None:
            customer_id, _ = split_user_id(number)
            return [customer_id] if customer_id is not None else []
        return select(Customer.id).where(_named(each.value, Customer.name, Customer.email, Customer.contact_email))

    def _staff(self, each: Property) -> Any:
        if each.is_me:
            return [self.principal.staff_id] if self.principal.staff_id is not None else []
        number = _number(each.value)
        if number is not None:
            _, staff_id = split_user_id(number)
            return [staff_id] if staff_id is not None else []
        return select(StaffUser.id).where(_named(each.value, StaffUser.name, StaffUser.email))

    def _group(self, each: Property) -> Condition:
        if each.is_none:
            return Ticket.team.is_(None)
        known = teams(self.services.catalog)
        number = _number(each.value)
        if number is not None and 1 <= number <= len(known):
            return Ticket.team == known[number - 1]
        return func.lower(Ticket.team) == each.value.lower()

    def _has_attachment(self, each: Property) -> Condition:
        if each.value.lower() not in ("true", "false"):
            raise each.refused("has_attachment is true or false")
        found = Ticket.id.in_(select(Attachment.ticket_id).where(Attachment.ticket_id.is_not(None)))
        return found if each.value.lower() == "true" else not_(found)

    def _satisfaction(self, each: Property) -> Condition:
        wanted = each.value.lower()
        if wanted not in _SCORES:
            raise each.refused(f"satisfaction is one of {', '.join(_SCORES)}")
        rated = select(SatisfactionRating.ticket_id).where(SatisfactionRating.ticket_id.is_not(None))
        if wanted in ("good", "bad"):
            return Ticket.id.in_(rated.where(SatisfactionRating.score == wanted))
        over = Ticket.status.in_(("solved", "closed"))
        return and_(Ticket.id.not_in(rated), over if wanted == "offered" else not_(over))

    def _order(self, query: SearchQuery) -> Iterable[ColumnElement[Any]]:
        catalog = self.services.catalog
        column: ColumnElement[Any]
        match query.sort:
            case "created_at":
                column = Ticket.created_at.expression
            case "updated_at":
                column = Ticket.updated_at.expression
            case "priority":
                column = _rank(Ticket.priority, catalog.priorities)
            case "status":
                column = _rank(Ticket.status, [status.id for status in catalog.statuses])
            case "ticket_type":
                column = Ticket.type.expression
            case _:
                column = self.search.number
                return (column.desc() if query.descending else column.asc(),)
        if query.descending:
            return (column.desc(), Ticket.id.desc())
        return (column.asc(), Ticket.id.asc())


def _rank(column: InstrumentedAttribute[str], order: Sequence[str]) -> ColumnElement[int]:
    return case({value: rank for rank, value in enumerate(order)}, value=column, else_=len(order))


def accounts_named(value: str) -> Select[str]:
    """The accounts with this organization id, account id or name."""
    number = _number(value)
    named = [Organization.account_id == value, func.lower(Organization.name) == value.lower()]
    return select(Organization.account_id).where(
        or_(*named, *([Organization.id == number] if number is not None else []))
    )


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and int(value[:10]) < 2**31 and len(value) <= 10 else None


def _named(value: str, name: InstrumentedAttribute[str], *addresses: InstrumentedAttribute[Any]) -> Condition:
    """Somebody with this address, or whose name holds this."""
    wanted = value.strip().lower()
    if "@" in wanted:
        return or_(*(address == wanted for address in addresses))
    return Folded(name).contains(fold(wanted), autoescape=True)


def _channels(value: str) -> list[str]:
    """Our names of a channel, given by ours or by Zendesk's."""
    wanted = value.lower()
    return [ours for ours, theirs in CHANNELS.items() if wanted in (ours, theirs)] or [wanted]
