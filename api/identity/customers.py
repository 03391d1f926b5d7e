"""Finding or making the customer behind a proven address or a host's token."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, literal_column, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.identity.models import Customer
from api.rows import Along, flush, load
from api.statements import Statement

if TYPE_CHECKING:
    from api.identity.host_tokens import HostIdentity
    from bot.catalog import Catalog


_COLUMNS = Customer.__table__.columns


@cache
def _by_email(along: str) -> Statement:
    asked = select(*_COLUMNS, *([literal_column(along)] if along else []))
    return Statement(asked.where(Customer.email == bindparam("email")), columns=[each.type for each in _COLUMNS])


def customer_by_email(
    session: Session, email: str, *, attach: bool = True, along: Along | None = None
) -> Customer | None:
    """The customer who has proven this (normalised) address; not to be changed where it need not be the session's. What is
    asked along is answered where there is one."""
    flush(session)
    row = _by_email(along.question if along is not None else "").first(session, {"email": email})
    if row is None:
        return None
    if along is not None:
        along.answer, row = bool(row[-1]), row[:-1]
    return load(session, Customer, row, attach=attach)


def customer_of_address(session: Session, email: str, *, language: str | None = None) -> Customer:
    """The customer of a proven address, made where there is none."""
    found = customer_by_email(session, email)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            made = Customer(email=email, contact_email=email, locale=language)
            session.add(made)
    except IntegrityError:
        # Another transaction was first (PostgreSQL only: SQLite has one writer).
        return session.scalars(select(Customer).where(Customer.email == email)).one()
    return made


def customer_of_host(session: Session, identity: HostIdentity) -> Customer:
    """The customer of a host's `sub`, brought up to date with what the host says.

    A customer known by the same address is taken over only where the host has verified that address and the customer
    belongs to no other `sub`: two people of a host who share an address must not read each other's tickets.
    """
    customer = session.scalar(select(Customer).where(Customer.external_id == identity.sub))
    holder = customer_by_email(session, identity.email) if identity.email else None
    if customer is None and holder is not None and holder.external_id is None and identity.email_verified:
        customer = holder
    if customer is None:
        customer = Customer(external_id=identity.sub)
        session.add(customer)
    customer.external_id = identity.sub
    if identity.email:
        customer.contact_email = identity.email
        if identity.email_verified and holder in (None, customer):
            customer.email = identity.email
    customer.name = identity.name or customer.name or ""
    move_to_account(customer, identity.account_id or customer.account_id)
    customer.locale = identity.language or customer.locale
    customer.platforms = list(identity.platforms)
    if identity.account_viewer is not None:
        customer.account_viewer = identity.account_viewer
    session.flush()
    return customer


def speaks(customer: Customer | None, languages: Collection[str]) -> str | None:
    """Which of the languages the customer's locale (`pt`, `pt-BR`) is in; None where nothing is known, or it is another."""
    locale = (customer.locale if customer is not None else None) or ""
    primary = locale.strip().lower().replace("_", "-").partition("-")[0]
    return primary if primary in languages else None


def move_to_account(customer: Customer, account_id: str | None) -> None:
    """Put the customer into an account. The right to see all tickets of the account before does not come along."""
    if account_id != customer.account_id:
        customer.account_viewer = False
    customer.account_id = account_id


def customer_platforms(session: Session, customer: Customer | None, catalog: Catalog) -> list[str]:
    """The platforms that a ticket of this customer may be about: the host's list, else the catalog's for the account."""
    if customer is not None and customer.platforms:
        return list(customer.platforms)
    return list(catalog.platforms_of(customer.account_id if customer is not None else None))
