"""What every page of the dashboard is made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from api.identity.principal import Principal
from api.leads.filters import LeadsFilter
from api.leads.words import Say
from api.services import Services


@dataclass(frozen=True)
class Context:
    """Who looks at what, and when. `given` holds the address's other values, by name."""

    copilot: Services
    principal: Principal
    say: Say
    chosen: LeadsFilter
    now: dt.datetime
    given: dict[str, str]
    rooms: Collection[str]
    """The pages that there are."""

    exporting: bool = False
    """A file is made: every row instead of the first page of them."""

    def url(self, page: str = "", **changes: str | int | None) -> str:
        """The address of a page with the same filter, some of its values changed."""
        path = f"/leads/{page}" if page else "/leads"
        query = self.chosen.query(**{"lang": self.say.language, **changes})
        return f"{path}?{query}"

    def may(self, right: str) -> bool:
        """Whether the settings give this member of staff a right (`transcripts`, `threshold`)."""
        named: list[str] = getattr(self.copilot.settings.leads, right)
        roles = [each for each in named if each in ("agent", "lead", "admin")]
        by_role = any(self.principal.has_role(role) for role in roles)  # type: ignore[arg-type]  # checked above
        return by_role or (self.principal.email or "").lower() in {each.lower() for each in named}
