"""Customers and staff in one list, as Zendesk's clients see them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Table, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.database import Base
from api.errors import NotFound
from api.identity.models import Customer, StaffUser
from api.settings import Settings
from api.tickets.shapes import customer_shape, split_user_id, staff_shape, user_shape

_customers: Table = Customer.__table__  # type: ignore[assignment]  # it is one
_staff: Table = StaffUser.__table__  # type: ignore[assignment]

_people = union_all(
    select(
        (_customers.c.id * 2).label("id"),
        _customers.c.name,
        _customers.c.email,
        _customers.c.contact_email,
        literal("customer").label("role"),
        _customers.c.account_id,
        _customers.c.external_id,
        _customers.c.locale,
        literal(True).label("active"),
        _customers.c.created_at,
    ),
    select(
        (_staff.c.id * 2 + 1).label("id"),
        _staff.c.name,
        _staff.c.email,
        literal(None).label("contact_email"),
        _staff.c.role,
        literal(None).label("account_id"),
        literal(None).label("external_id"),
        literal(None).label("locale"),
        _staff.c.active,
        _staff.c.created_at,
    ),
).subquery("people")


class Person(Base):
    """A customer or a member of staff; read only."""

    __table__ = _people
    __mapper_args__ = {"primary_key": [_people.c.id]}  # noqa: RUF012 - SQLAlchemy's own form


PERSON_SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "id": Person.id,  # type: ignore[attr-defined]  # from the subquery
    "created_at": Person.created_at,  # type: ignore[attr-defined]
}


def people(*, roles: frozenset[str] = frozenset(), text: str | None = None) -> Select[Person]:
    """Everybody; of these roles (Zendesk's), or with this text in name or address, where given."""
    columns = _people.c
    query = select(Person)
    if roles:
        wanted = {"end-user": ("customer",), "agent": ("agent", "lead"), "admin": ("admin",)}
        query = query.where(columns.role.in_([ours for each in roles for ours in wanted.get(each, ())]))
    if text is not None:
        pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        fields = (columns.name, columns.email, columns.contact_email)
        query = query.where(or_(*(field.ilike(pattern, escape="\\") for field in fields)))
    return query


def person_shape(person: Any, settings: Settings) -> dict[str, Any]:
    """A row of `people` as a Zendesk user."""
    address = person.email or person.contact_email
    return user_shape(
        settings,
        person.id,
        name=person.name or address or "",
        email=address,
        role=person.role,
        created_at=person.created_at,
        locale=person.locale,
        account_id=person.account_id,
        external_id=person.external_id,
        active=person.active,
    )


def customer_or_staff(session: Session, user_id: int) -> Customer | StaffUser:
    """Who has this Zendesk user id. Raises `NotFound`."""
    customer_id, staff_id = split_user_id(user_id) if 0 < user_id < 2**31 else (None, None)
    found: Customer | StaffUser | None = None
    if customer_id is not None:
        found = session.get(Customer, customer_id)
    elif staff_id is not None:
        found = session.get(StaffUser, staff_id)
    if found is None:
        raise NotFound(f"There is no user {user_id}.")
    return found


def shape_of(user: Customer | StaffUser, settings: Settings) -> dict[str, Any]:
    """A customer or a member of staff as a Zendesk user."""
    return customer_shape(user, settings) if isinstance(user, Customer) else staff_shape(user, settings)
