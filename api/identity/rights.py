"""Rights that the settings give to leads one by one (docs/leads.md)."""

from __future__ import annotations

from typing import Literal

from api.errors import Forbidden
from api.identity.principal import STAFF_ROLES, Principal
from api.settings import Settings

Right = Literal["transcripts", "threshold"]


def may(settings: Settings, principal: Principal, right: Right) -> bool:
    """Whether the settings name this member of staff for it, by role or by address."""
    named: list[str] = getattr(settings.leads, right)
    by_role = any(principal.has_role(role) for role in STAFF_ROLES if role in named)
    return by_role or (principal.email or "").lower() in {each.lower() for each in named}


def require_transcripts(settings: Settings, principal: Principal) -> None:
    """Raises `Forbidden` for whoever may not read what customers wrote."""
    if not may(settings, principal, "transcripts"):
        raise Forbidden(
            "You may not read what customers wrote: an admin names who may in COPILOT_LEADS__TRANSCRIPTS.",
            code="transcripts_forbidden",
        )
