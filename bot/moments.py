"""A moment as people say it, in the support hours' time zone: "today at 10:30 (Bogotá time)"."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.catalog import Catalog
from bot.catalog_entries import DAYS


def moment_text(catalog: Catalog, language: str, moment: datetime, now: datetime) -> str:
    """`moment` (with a zone) as told at `now`: today, by its day of the week within six days, else by its date."""
    zone = ZoneInfo(catalog.support_hours.time_zone)
    there, here = moment.astimezone(zone), now.astimezone(zone)
    days = abs((there.date() - here.date()).days)
    wording = catalog.wording(language)
    values = {
        "time": f"{there.hour}:{there.minute:02}",
        "zone": wording.text("labels.hours.zone"),
        # Year first: nobody reads the month for the day.
        "date": there.date().isoformat(),
        "day": catalog.label("days", DAYS[there.weekday()], language),
    }
    key = "moment_today" if days == 0 else "moment_day" if days < 7 else "moment_date"
    return wording.text(f"messages.{key}", **values)
