"""What a client wants beside tickets: the people, groups and organizations that they name (``include=users,groups``)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.identity.models import Customer, StaffUser
from api.people.models import Organization
from api.people.shapes import group_shapes, organization_shape
from api.services import Services
from api.tickets.shapes import customer_shape, split_user_id, staff_shape

_PEOPLE = ("requester_id", "submitter_id", "assignee_id")


def wanted_beside(include: str | None) -> frozenset[str]:
    """The names in ``users,groups``; what is not known is passed over."""
    return frozenset((include or "").split(",")) & {"users", "groups", "organizations"}


def users_of(session: Session, services: Services, user_ids: Iterable[int | None]) -> list[dict[str, Any]]:
    """The people with these Zendesk user ids, customers first."""
    pairs = [split_user_id(each) for each in {*user_ids} if each is not None]
    customers = select(Customer).where(Customer.id.in_([customer for customer, _ in pairs if customer is not None]))
    staff = select(StaffUser).where(StaffUser.id.in_([staff for _, staff in pairs if staff is not None]))
    return [
        *(customer_shape(each, services.settings) for each in session.scalars(customers.order_by(Customer.id))),
        *(staff_shape(each, services.settings) for each in session.scalars(staff.order_by(StaffUser.id))),
    ]


def with_people(
    session: Session, services: Services, tickets: list[dict[str, Any]], wanted: frozenset[str]
) -> dict[str, Any]:
    """What is wanted beside these tickets, by name."""
    beside: dict[str, Any] = {}
    if "users" in wanted:
        beside["users"] = users_of(session, services, [each[name] for each in tickets for name in _PEOPLE])
    if "groups" in wanted:
        named = {each["group_id"] for each in tickets}
        beside["groups"] = [each for each in group_shapes(services) if each["id"] in named]
    if "organizations" in wanted:
        query = select(Organization).where(Organization.id.in_({each["organization_id"] for each in tickets} - {None}))
        beside["organizations"] = [organization_shape(each, services.settings) for each in session.scalars(query)]
    return beside
