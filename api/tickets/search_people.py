"""Users that a query finds, customers and staff; for staff only.

Both live in tables of their own and share one space of ids, so each is read up to where the page ends, and both are merged.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.database import utc_now
from api.folding import Folded, fold
from api.identity.models import Customer, StaffUser
from api.people.models import Organization
from api.settings import Settings
from api.tickets.search_query import Property, SearchQuery, Words
from api.tickets.search_tickets import accounts_named
from api.tickets.search_times import time_condition
from api.tickets.shapes import customer_shape, customer_user_id, staff_shape, staff_user_id
from bot.catalog import Catalog

# By Zendesk's names and by ours.
_ROLES: dict[str, tuple[str, ...]] = {
    "end-user": ("customer",),
    "customer": ("customer",),
    "agent": ("agent", "lead"),
    "lead": ("lead",),
    "admin": ("admin",),
}
Condition = ColumnElement[bool]
Person = Customer | StaffUser


@dataclass(frozen=True)
class UserSearch:
    """The customers and the staff that a query finds."""

    customers: Select[Customer]
    staff: Select[StaffUser]

    def count(self, session: Session) -> int:
        found = (self.customers, self.staff)
        return sum(session.scalar(select(func.count()).select_from(each.subquery())) or 0 for each in found)

    def newest(self, session: Session, limit: int, *, descending: bool = True) -> list[Person]:
        """So many of them by user id."""
        return self._merged(session, self.customers, self.staff, limit, descending)

    def after(self, session: Session, user_id: int, limit: int) -> list[Person]:
        """So many with a larger user id, in its order."""
        return self._merged(
            session,
            self.customers.where(Customer.id > user_id // 2),
            self.staff.where(StaffUser.id > (user_id - 1) // 2),
            limit,
            descending=False,
        )

    def _merged(
        self,
        session: Session,
        customers: Select[Customer],
        staff: Select[StaffUser],
        limit: int,
        descending: bool,
    ) -> list[Person]:
        def ordered(query: Select[Any], column: InstrumentedAttribute[int]) -> list[Person]:
            return list(session.scalars(query.order_by(column.desc() if descending else column.asc()).limit(limit)))

        both = (ordered(customers, Customer.id), ordered(staff, StaffUser.id))
        return list(heapq.merge(*both, key=user_id_of, reverse=descending))[:limit]


def user_id_of(person: Person) -> int:
    """The Zendesk user id."""
    return customer_user_id(person.id) if isinstance(person, Customer) else staff_user_id(person.id)


def user_result(person: Person, settings: Settings) -> dict[str, Any]:
    """A person as a Zendesk user."""
    return customer_shape(person, settings) if isinstance(person, Customer) else staff_shape(person, settings)


def search_users(catalog: Catalog, query: SearchQuery) -> UserSearch:
    """The users that a query finds: every word in the name or the address. Raises `SearchRefused`."""
    compiler = _Compiler(ZoneInfo(catalog.support_hours.time_zone), utc_now())
    customers, staff = [], []
    for words in query.words:
        customers.append(compiler.worded(words, Customer.name, Customer.email, Customer.contact_email))
        staff.append(compiler.worded(words, StaffUser.name, StaffUser.email))
    for each in query.properties:
        for_customer, for_staff = compiler.property(each)
        customers.append(not_(for_customer) if each.negated else for_customer)
        staff.append(not_(for_staff) if each.negated else for_staff)
    return UserSearch(select(Customer).where(*customers), select(StaffUser).where(*staff))


def search_organizations(query: SearchQuery) -> Select[Organization]:
    """The accounts that a query finds: every word in the name or the account id. Raises `SearchRefused`."""
    columns = (Organization.name, Organization.account_id)
    conditions = []
    for words in query.words:
        found = and_(*(_holds(word, columns) for word in words.words))
        conditions.append(not_(found) if words.negated else found)
    for each in query.properties:
        # `name` is the only keyword that says something about an organization.
        found = _holds(each.value, columns)
        conditions.append(not_(found) if each.negated else found)
    return select(Organization).where(*conditions)


@dataclass(frozen=True)
class _Compiler:
    zone: ZoneInfo
    now: dt.datetime

    def worded(self, words: Words, *columns: InstrumentedAttribute[Any]) -> Condition:
        found = and_(*(_holds(word, columns) for word in words.words))
        return not_(found) if words.negated else found

    def property(self, each: Property) -> tuple[Condition, Condition]:
        """The condition on a customer and that on staff, not yet negated."""
        match each.name:
            case "role":
                wanted = _ROLES.get(each.value.lower())
                if wanted is None:
                    raise each.refused(f"role is one of {', '.join(_ROLES)}")
                # Of customers there is one role: none of them, or all.
                return (~false() if "customer" in wanted else false()), StaffUser.role.in_(wanted)
            case "email":
                wanted_address = each.value.lower()
                return (
                    or_(Customer.email == wanted_address, Customer.contact_email == wanted_address),
                    StaffUser.email == wanted_address,
                )
            case "name":
                return _holds(each.value, (Customer.name,)), _holds(each.value, (StaffUser.name,))
            case "organization":
                of_account = Customer.account_id.in_(accounts_named(each.value))
                return (Customer.account_id.is_(None) if each.is_none else of_account), false()
            case "external_id":
                return (Customer.external_id.is_(None) if each.is_none else Customer.external_id == each.value), false()
            case "created":
                return (
                    time_condition(each, Customer.created_at, self.zone, self.now),
                    time_condition(each, StaffUser.created_at, self.zone, self.now),
                )
        raise each.refused("says nothing about a user")


def _holds(word: str, columns: Sequence[InstrumentedAttribute[Any]]) -> Condition:
    found = (Folded(func.coalesce(column, "")).contains(fold(word), autoescape=True) for column in columns)
    return or_(*found)
