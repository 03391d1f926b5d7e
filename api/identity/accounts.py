"""Accounts with a password, their sessions and their API tokens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import get_args

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.errors import CopilotError, Invalid, NotFound
from api.identity.addresses import normalise_email
from api.identity.customers import customer_by_email
from api.identity.models import ApiToken, Customer, SignInSession, StaffUser
from api.identity.passwords import generate_password, hash_password, password_matches
from api.identity.principal import Role
from api.identity.tokens import API_TOKEN_PREFIX, SESSION_PREFIX, hash_token, new_token

STAFF_SESSION = dt.timedelta(hours=12)
CUSTOMER_SESSION = dt.timedelta(days=7)
FIRST_ADMIN = "admin@localhost"
# Without `admin` a token of an admin's acts as a lead: it changes neither accounts nor webhooks.
SCOPES = ("read", "write", "admin")


@dataclass(frozen=True)
class User:
    """An account as the command line and the api show it."""

    id: int
    email: str
    name: str
    role: Role
    active: bool
    created_at: dt.datetime


@dataclass(frozen=True)
class NewUser:
    """An account just made or given a password; `password` is shown this once, and None where the caller gave it."""

    user: User
    password: str | None


@dataclass(frozen=True)
class SignedIn:
    """A session just begun; `token` is shown this once."""

    token: str
    role: Role
    email: str
    expires_at: dt.datetime


@dataclass(frozen=True)
class NewApiToken:
    """An API token just made; `token` is shown this once."""

    id: int
    token: str
    email: str
    role: Role


@dataclass(frozen=True)
class ApiTokenInfo:
    """An API token as it is listed: never the token itself."""

    id: int
    email: str
    role: str
    name: str
    scopes: list[str]
    created_at: dt.datetime
    last_used_at: dt.datetime | None
    revoked_at: dt.datetime | None


def create_user(session: Session, *, email: str, role: Role, name: str = "", password: str | None = None) -> NewUser:
    """Make an account. Raises `Invalid` (address, role, weak password) or 409 ``user_exists``."""
    if role not in get_args(Role):
        raise Invalid(f"There is no role {role!r}: choose from {', '.join(get_args(Role))}.", code="role_invalid")
    address = normalise_email(email)
    secret = password if password is not None else generate_password()
    taken = CopilotError(f"{address} has an account already: see `copilot users list`.", code="user_exists", status=409)
    if role == "customer":
        customer = customer_by_email(session, address)
        if customer is not None and customer.password_hash:
            raise taken
        if customer is None:
            customer = Customer(email=address, contact_email=address)
            session.add(customer)
        customer.name = name or customer.name or ""
        customer.password_hash = hash_password(secret)
        session.flush()
        return NewUser(_customer_user(customer), secret if password is None else None)
    if staff_by_email(session, address) is not None:
        raise taken
    user = StaffUser(email=address, name=name, role=role, password_hash=hash_password(secret), active=True)
    session.add(user)
    session.flush()
    return NewUser(_staff_user(user), secret if password is None else None)


def ensure_first_admin(session: Session) -> tuple[str, str] | None:
    """Make the first admin where no admin is: its address and its password, to be shown once. None otherwise."""
    if session.scalar(select(func.count()).select_from(StaffUser).where(StaffUser.role == "admin")):
        return None
    made = create_user(session, email=FIRST_ADMIN, role="admin", name="Admin")
    return made.user.email, made.password or ""


def list_users(session: Session) -> list[User]:
    """Every account with a password: staff first, then customers, by address."""
    staff = session.scalars(select(StaffUser).order_by(StaffUser.email))
    customers = session.scalars(select(Customer).where(Customer.password_hash.is_not(None)).order_by(Customer.email))
    return [*map(_staff_user, staff), *map(_customer_user, customers)]


def staff_by_email(session: Session, email: str) -> StaffUser | None:
    """The member of staff with this (normalised) address."""
    return session.scalar(select(StaffUser).where(StaffUser.email == email))


def accounts_of(session: Session, email: str) -> tuple[StaffUser | None, Customer | None]:
    """The accounts of an address: of staff, of a customer. Raises `NotFound` where there is neither."""
    address = normalise_email(email)
    found = staff_by_email(session, address), customer_by_email(session, address)
    if found == (None, None):
        raise NotFound(f"{address} has no account: see `copilot users list`.")
    return found


def find_staff(session: Session, email: str, password: str) -> StaffUser | None:
    """The active member of staff whose password this is; costs the same time for an unknown address."""
    user = staff_by_email(session, email)
    right = password_matches(user.password_hash if user else None, password)
    return user if user is not None and right and user.active else None


def find_customer(session: Session, email: str, password: str) -> Customer | None:
    """The customer whose password this is; costs the same time for an unknown address."""
    customer = customer_by_email(session, email)
    right = password_matches(customer.password_hash if customer else None, password)
    return customer if right else None


def begin_staff_session(session: Session, user: StaffUser, *, device: str = "", via: str = "password") -> SignedIn:
    """A new session of a member of staff, for twelve hours."""
    token, until = new_token(SESSION_PREFIX), utc_now() + STAFF_SESSION
    session.add(
        SignInSession(
            token_hash=hash_token(token), kind="staff", staff_id=user.id, expires_at=until, device=device, via=via
        )
    )
    _forget_expired(session)
    return SignedIn(token, _staff_user(user).role, user.email, until)


def begin_customer_session(
    session: Session, customer: Customer, *, device: str = "", via: str = "password"
) -> SignedIn:
    """A new session of a customer, for seven days."""
    token, until = new_token(SESSION_PREFIX), utc_now() + CUSTOMER_SESSION
    session.add(
        SignInSession(
            token_hash=hash_token(token),
            kind="customer",
            customer_id=customer.id,
            expires_at=until,
            device=device,
            via=via,
        )
    )
    _forget_expired(session)
    return SignedIn(token, "customer", customer.mail_address or "", until)


def end_session(session: Session, token: str) -> None:
    """Sign one session out; nothing happens where it is over already."""
    session.execute(delete(SignInSession).where(SignInSession.token_hash == hash_token(token)))


def _forget_expired(session: Session) -> None:
    session.execute(delete(SignInSession).where(SignInSession.expires_at <= utc_now()))


def create_api_token(session: Session, *, email: str, name: str = "", scopes: list[str] | None = None) -> NewApiToken:
    """A token that acts as the user of this address (staff before customer). Raises `NotFound` or `Invalid`."""
    unknown = [scope for scope in scopes or [] if scope not in SCOPES]
    if unknown:
        raise Invalid(f"There is no scope {unknown[0]!r}: choose from {', '.join(SCOPES)}.", code="scope_invalid")
    address = normalise_email(email)
    user: StaffUser | Customer | None = staff_by_email(session, address) or customer_by_email(session, address)
    if user is None:
        raise NotFound(
            f"{address} has no account: make one with `copilot users create --email {address} --role agent`."
        )
    staff = isinstance(user, StaffUser)
    token = new_token(API_TOKEN_PREFIX)
    row = ApiToken(
        token_hash=hash_token(token),
        name=name,
        staff_id=user.id if staff else None,
        customer_id=None if staff else user.id,
        scopes=list(scopes or []),
    )
    session.add(row)
    session.flush()
    if "admin" in row.scopes and not (isinstance(user, StaffUser) and user.role == "admin"):
        raise Invalid(f"{address} is no admin: its token cannot have the scope admin.", code="scope_invalid")
    role: Role = _staff_user(user).role if isinstance(user, StaffUser) else "customer"
    return NewApiToken(row.id, token, address, role)


def list_api_tokens(session: Session) -> list[ApiTokenInfo]:
    """Every API token, revoked ones included, oldest first."""
    rows = session.execute(
        select(ApiToken, StaffUser, Customer)
        .outerjoin(StaffUser, ApiToken.staff_id == StaffUser.id)
        .outerjoin(Customer, ApiToken.customer_id == Customer.id)
        .order_by(ApiToken.id)
    )
    return [
        ApiTokenInfo(
            id=token.id,
            email=(staff.email if staff else customer.mail_address if customer else None) or "",
            role=staff.role if staff else "customer",
            name=token.name,
            scopes=list(token.scopes),
            created_at=token.created_at,
            last_used_at=token.last_used_at,
            revoked_at=token.revoked_at,
        )
        for token, staff, customer in rows
    ]


def revoke_api_token(session: Session, token_id: int) -> None:
    """Switch a token off for good. Raises `NotFound`."""
    row = session.get(ApiToken, token_id)
    if row is None:
        raise NotFound(f"There is no API token {token_id}: see `copilot tokens list`.")
    row.revoked_at = row.revoked_at or utc_now()


def _staff_user(user: StaffUser) -> User:
    role: Role = user.role  # type: ignore[assignment]  # the table holds nothing else
    return User(user.id, user.email, user.name, role, user.active, user.created_at)


def _customer_user(customer: Customer) -> User:
    return User(customer.id, customer.mail_address or "", customer.name, "customer", True, customer.created_at)
