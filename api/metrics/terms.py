"""By which windows and in which time zone conversations are decided."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from api.metrics.rules import VERSION

if TYPE_CHECKING:
    from api.settings import Settings
    from bot.catalog import Catalog


@dataclass(frozen=True)
class Terms:
    """`quiet`: silence after which an outcome stands. `recontact`: the window in which the same customer takes a success
    back; `soon`: the shorter one that is shown beside it. `zone`: of days and hours."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    quiet: dt.timedelta = dt.timedelta(hours=24)
    recontact: dt.timedelta = dt.timedelta(days=7)
    soon: dt.timedelta = dt.timedelta(hours=24)

    def told(self) -> dict[str, Any]:
        """As it is kept beside the decisions: others make everything be decided again."""
        return {
            "rules": VERSION,
            "zone": self.zone.key,
            "quiet": self.quiet.total_seconds(),
            "recontact": self.recontact.total_seconds(),
            "soon": self.soon.total_seconds(),
        }


def terms_of(settings: Settings, catalog: Catalog) -> Terms:
    """The deployment's."""
    chosen = settings.metrics
    return Terms(
        zone=ZoneInfo(chosen.time_zone or catalog.support_hours.time_zone),
        quiet=dt.timedelta(hours=chosen.quiet_hours),
        recontact=dt.timedelta(days=chosen.recontact_days),
        soon=dt.timedelta(hours=chosen.recontact_soon_hours),
    )
