"""The signed link by which whoever is on call acknowledges without signing in.

It carries the number of the attempt that brought it and a keyed hash of it, so it says who was told and can acknowledge
that alert (and those of the same outage), nothing else.
"""

from __future__ import annotations

import hmac

from sqlalchemy.orm import Session

from api.alerts.models import AlertAttempt
from api.errors import NotFound
from api.identity.tokens import keyed_hash
from api.settings import Settings

_SIGNATURE = 32


def acknowledge_address(settings: Settings, attempt: AlertAttempt) -> str:
    """The link, for a stored attempt."""
    return f"{settings.public_url}/alerts/acknowledge/{attempt.id}-{_signature(settings, attempt)}"


def attempt_of(session: Session, settings: Settings, token: str) -> AlertAttempt:
    """The attempt that brought a link. Raises `NotFound` (``alert_link``) for a link that is none of ours."""
    number, _, signature = token.partition("-")
    found = None
    if number.isascii() and number.isdigit() and len(number) < 10:
        found = session.get(AlertAttempt, int(number))
    if found is None or not hmac.compare_digest(_signature(settings, found).encode(), signature.encode()):
        raise NotFound("This link is not complete: copy it whole from the mail.", code="alert_link")
    return found


def _signature(settings: Settings, attempt: AlertAttempt) -> str:
    parts = (str(attempt.id), str(attempt.alert_id), attempt.contact)
    return keyed_hash(settings, "alert-acknowledge", *parts)[:_SIGNATURE]
