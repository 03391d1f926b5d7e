"""Customers' accounts in the portal: invited, given a password by a mailed link, renewed, signed out everywhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.chat.models import Conversation
from api.database import utc_now
from api.errors import Invalid
from api.identity.accounts import CUSTOMER_SESSION, SignedIn, begin_customer_session
from api.identity.addresses import normalise_email
from api.identity.customers import customer_by_email, customer_of_address, move_to_account
from api.identity.models import Customer, PasswordLink, SignInSession
from api.identity.tokens import LINK_PREFIX, SESSION_PREFIX, hash_token, new_token
from api.metrics.events import EventType, record
from api.notifications.mail import MailDraft, enqueue_mail

if TYPE_CHECKING:
    from api.settings import Settings
    from bot.catalog import Catalog

INVITATION = dt.timedelta(days=7)
RESET = dt.timedelta(hours=1)
# A session gets another token after an hour of use, and its old one works on for what is under way.
RENEW_AFTER = dt.timedelta(hours=1)
RENEW_GRACE = dt.timedelta(minutes=1)
# However often it is renewed.
LONGEST_SESSION = dt.timedelta(days=30)
MOST_PLATFORMS = 200


@dataclass(frozen=True)
class Invitation:
    """An invitation just mailed. `link` sets the password; it is shown to whoever runs the command line, never to staff."""

    customer: Customer
    link: str
    expires_at: dt.datetime


@dataclass(frozen=True)
class Invited:
    """What staff say of a customer whom they invite; None leaves it as it is."""

    email: str
    name: str | None = None
    account_id: str | None = None
    platforms: Sequence[str] | None = None
    language: str | None = None
    account_viewer: bool | None = None


@dataclass(frozen=True)
class OpenLink:
    """A link that still works: whose it is, and what for."""

    email: str
    purpose: str


def invite_customer(session: Session, settings: Settings, catalog: Catalog, who: Invited) -> Invitation:
    """Make or bring up to date a customer, and mail a link that sets a password. Raises `Invalid`."""
    email = normalise_email(who.email)
    if who.language is not None and who.language not in catalog.languages:
        known = ", ".join(catalog.languages)
        raise Invalid(f"language must be one of {known}", code="unknown_language", values={"languages": known})
    customer = customer_of_address(session, email, language=who.language)
    customer.name = (who.name or "").strip() or customer.name or ""
    customer.locale = who.language or customer.locale
    if who.account_id:
        move_to_account(customer, who.account_id)
    if who.platforms is not None:
        customer.platforms = [name.strip()[:200] for name in who.platforms if name.strip()][:MOST_PLATFORMS]
    if who.account_viewer is not None:
        customer.account_viewer = who.account_viewer
    customer.invited_at = utc_now()
    link, until = _new_link(
        session, settings, customer, email, "invitation", INVITATION, _spoken(catalog, customer.locale)
    )
    _mail(session, catalog, customer, email, "invitation", {"link": link, "days": INVITATION.days})
    record(session, EventType.CUSTOMER_INVITED, customer_id=customer.id)
    return Invitation(customer, link, until)


def mail_reset_link(session: Session, settings: Settings, catalog: Catalog, email: str, language: str) -> bool:
    """Mail a link that sets a (new) password, where the (normalised) address is a customer's. Whoever asked is not told."""
    customer = customer_by_email(session, email)
    if customer is None:
        return False
    spoken = _spoken(catalog, customer.locale or language)
    link, _ = _new_link(session, settings, customer, email, "reset", RESET, spoken)
    values: dict[str, str | int] = {"link": link, "minutes": int(RESET.total_seconds() // 60)}
    _mail(session, catalog, customer, email, "password_reset", values, language=spoken)
    return True


def read_link(session: Session, token: str) -> OpenLink:
    """Whose password a link sets. Raises `Invalid` (``link_over``) for one that is unknown, used or too old."""
    row = _link(session, token)
    return OpenLink(row.email, row.purpose)


def set_password_by_link(
    session: Session, catalog: Catalog, token: str, password_hash: str, *, device: str = ""
) -> SignedIn:
    """Use the link up, end every session of the customer, and begin one. Raises `Invalid` (``link_over``)."""
    row = _link(session, token, lock=True)
    customer = session.get_one(Customer, row.customer_id)
    _set_password(session, catalog, customer, password_hash, by="link")
    return begin_customer_session(session, customer, device=device, via="link")


def change_password(
    session: Session, catalog: Catalog, customer_id: int, password_hash: str, *, device: str = ""
) -> SignedIn:
    """Another password for a customer who is signed in: every session ends, and one begins."""
    customer = session.get_one(Customer, customer_id)
    _set_password(session, catalog, customer, password_hash, by="customer")
    return begin_customer_session(session, customer, device=device)


def renew_session(session: Session, token: str) -> SignedIn | None:
    """Another token for a session that is older than an hour; None where it is not due, or as old as it may get."""
    now = utc_now()
    row = session.scalar(select(SignInSession).where(SignInSession.token_hash == hash_token(token)).with_for_update())
    if row is None or row.customer_id is None or row.expires_at <= now or now - row.created_at < RENEW_AFTER:
        return None
    since = row.signed_in_at or row.created_at
    until = min(now + CUSTOMER_SESSION, since + LONGEST_SESSION)
    if until <= row.expires_at <= now + RENEW_GRACE:
        return None
    customer = session.get_one(Customer, row.customer_id)
    fresh = new_token(SESSION_PREFIX)
    session.add(
        SignInSession(
            token_hash=hash_token(fresh),
            kind="customer",
            customer_id=customer.id,
            expires_at=until,
            signed_in_at=since,
            device=row.device,
            via=row.via,
        )
    )
    row.expires_at = min(row.expires_at, now + RENEW_GRACE)
    return SignedIn(fresh, "customer", customer.mail_address or "", until)


def sign_out_everywhere(session: Session, customer_id: int) -> None:
    """End every session of the customer, and take the proof from their conversations: each asks for a code again."""
    session.execute(delete(SignInSession).where(SignInSession.customer_id == customer_id))
    session.execute(
        update(Conversation)
        .where(Conversation.customer_id == customer_id, Conversation.verified_at.is_not(None))
        .values(verified_at=None)
    )


def _set_password(session: Session, catalog: Catalog, customer: Customer, password_hash: str, *, by: str) -> None:
    now = utc_now()
    customer.password_hash = password_hash
    # A link that was mailed before, perhaps to somebody else's eyes, must not undo this.
    session.execute(
        update(PasswordLink)
        .where(PasswordLink.customer_id == customer.id, PasswordLink.used_at.is_(None))
        .values(used_at=now)
    )
    session.execute(delete(SignInSession).where(SignInSession.customer_id == customer.id))
    record(session, EventType.PASSWORD_SET, customer_id=customer.id, by=by)
    if customer.mail_address:
        _mail(session, catalog, customer, customer.mail_address, "password_set", {})


def _new_link(
    session: Session,
    settings: Settings,
    customer: Customer,
    email: str,
    purpose: str,
    lifetime: dt.timedelta,
    language: str,
) -> tuple[str, dt.datetime]:
    session.flush()
    token, until = new_token(LINK_PREFIX), utc_now() + lifetime
    session.add(
        PasswordLink(
            token_hash=hash_token(token), customer_id=customer.id, email=email, purpose=purpose, expires_at=until
        )
    )
    # Behind the #: what stands there reaches no server log, and no other site as the page that led to it.
    return f"{settings.public_url}/portal/password?lang={language}#{token}", until


def _link(session: Session, token: str, *, lock: bool = False) -> PasswordLink:
    query = select(PasswordLink).where(PasswordLink.token_hash == hash_token(token))
    row = session.scalar(query.with_for_update() if lock else query)
    customer = session.get(Customer, row.customer_id) if row is not None else None
    over = row is None or row.used_at is not None or row.expires_at <= utc_now()
    if row is None or over or customer is None or customer.email != row.email:
        raise Invalid("This link was used or has expired: ask for a new one.", code="link_over")
    return row


def _mail(
    session: Session,
    catalog: Catalog,
    customer: Customer,
    to: str,
    template: str,
    values: Mapping[str, str | int],
    *,
    language: str | None = None,
) -> None:
    spoken = language or _spoken(catalog, customer.locale)
    enqueue_mail(session, catalog, MailDraft(to=to, template=template, language=spoken, values=dict(values)))


def _spoken(catalog: Catalog, wanted: str | None) -> str:
    return wanted if wanted in catalog.languages else catalog.default_language
