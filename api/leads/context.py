"""What every page of the dashboard is made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from api.identity.principal import Principal
from api.identity.rights import Right, may
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

    def may(self, right: Right) -> bool:
        """Whether the settings give this member of staff a right."""
        return may(self.copilot.settings, self.principal, right)
