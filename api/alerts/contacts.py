"""Whom each level of escalation tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.identity.models import StaffUser
from api.settings import AlertLevel, Settings
from api.webhooks.signing import check_secret, secret_of


@dataclass(frozen=True)
class Contact:
    """One address of one level."""

    level: int
    channel: Literal["mail", "webhook"]
    address: str


def levels(settings: Settings) -> list[AlertLevel]:
    """The levels of the settings; without any, the one of the on-call list; without that, none (see `contacts`)."""
    alerts = settings.alerts
    return alerts.levels or ([AlertLevel(mail=alerts.mail_to)] if alerts.mail_to else [])


def highest_level(settings: Settings) -> int:
    return max(len(levels(settings)) - 1, 0)


def contacts(session: Session, settings: Settings, upto: int) -> list[Contact]:
    """Everybody whom the levels 0 to `upto` tell, each once. Without settings, every active lead and admin."""
    found: dict[tuple[str, str], Contact] = {}
    for number, level in enumerate(levels(settings)[: upto + 1]):
        for address in level.mail:
            found.setdefault(("mail", address), Contact(number, "mail", address))
        if level.webhook:
            found.setdefault(("webhook", level.webhook), Contact(number, "webhook", level.webhook))
    if found:
        return list(found.values())
    leads = session.scalars(
        select(StaffUser.email).where(StaffUser.active, StaffUser.role.in_(("lead", "admin"))).order_by(StaffUser.email)
    )
    return [Contact(0, "mail", address) for address in leads]


def alert_secret(settings: Settings) -> str:
    """What signs the webhooks of alerts. Raises `ValueError` where the setting is no secret."""
    given = settings.alerts.secret.get_secret_value()
    return check_secret(given) if given else secret_of(settings, "alerts", "")


def shown_contact(channel: str, address: str) -> str:
    """A contact for people to read: the path of a webhook often holds a secret."""
    if channel != "webhook":
        return address
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
