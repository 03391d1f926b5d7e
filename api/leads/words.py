"""Figures and dates as one language writes them, and the wording of the dashboard."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.catalog import Catalog

NONE = "–"
# How an address says that there is no value (api.metrics.choice.NONE).
NONE_OF = "none"


@dataclass(frozen=True)
class Say:
    """One language of the dashboard: ``say('overview.title')`` is ``web.leads.overview.title``."""

    catalog: Catalog
    language: str
    zone: ZoneInfo
    """Of days and hours."""

    def __call__(self, key: str, /, **values: str | int) -> str:
        return self.catalog.wording(self.language).text(f"web.leads.{key}", **values)

    def counted(self, key: str, count: int, /, **values: str | int) -> str:
        """`key` with `count` in it as it is written here; of one thing ``<key>_one``."""
        return self(f"{key}_one", **values) if count == 1 else self(key, count=self.number(count), **values)

    def of(self, key: str) -> str:
        """A text of another part of the wording by its whole key; the key's own name where it is not written."""
        found = self.catalog.wording(self.language)
        return found.text(key) if self.written(key) else key.split(".")[2 if key.count(".") > 2 else -1]

    def written(self, key: str) -> bool:
        """Whether there is a text under that whole key."""
        return key in self.catalog.wording(self.language)

    def has(self, key: str) -> bool:
        return f"web.leads.{key}" in self.catalog.wording(self.language)

    def label(self, kind: str, id: str | None) -> str:
        """The catalog's label; what it has none for is shown as it is, and nothing as "not known"."""
        if not id:
            return self("unknown")
        try:
            return self.catalog.label(kind, id, self.language)
        except KeyError:
            return id

    def value_of(self, name: str, id: str | None) -> str:
        """A value of a filter, or of one of the dimensions, in words."""
        kinds = {"language": "languages", "scenario": "scenarios", "category": "categories", "priority": "priorities"}
        if id == NONE_OF:
            return self("unknown")
        kinds |= {"subcategory": "subcategories", "status": "statuses"}
        if name in kinds:
            return self.label(kinds[name], id)
        key = f"values.{name}.{id}"
        return self(key) if id and self.has(key) else id or self("unknown")

    def number(self, value: float | None, places: int = 0) -> str:
        """`1234.5` as it is written here; a dash for none."""
        if value is None:
            return NONE
        text = f"{value:,.{places}f}"
        marks = {",": self("format.thousands"), ".": self("format.decimal"), "-": "−"}
        return "".join(marks.get(each, each) for each in text)

    def percent(self, share: float | None, places: int = 1) -> str:
        """A share of 0 to 1 as a percentage."""
        if share is None:
            return NONE
        return self("format.percent", number=self.number(share * 100, places))

    def points(self, change: float | None) -> str:
        """The difference of two shares, in percentage points and with its sign."""
        if change is None:
            return NONE
        sign = "+" if change > 0 else ""
        return self("format.points", number=sign + self.number(change * 100, 1))

    def change(self, now: float | None, before: float | None) -> str:
        """How much more, in per cent of what it was and with its sign; empty where it was nothing."""
        if now is None or not before:
            return ""
        share = now / before - 1
        return ("+" if share > 0 else "") + self.percent(share, 0)

    def duration(self, seconds: float | None) -> str:
        """Two units at most: `3 h 20 min`."""
        if seconds is None:
            return NONE
        minutes = round(seconds / 60)
        if minutes < 60:
            return self("format.minutes", minutes=minutes)
        hours, minutes = divmod(minutes, 60)
        if hours < 48:
            return self("format.hours", hours=hours, minutes=minutes)
        return self("format.days", days=hours // 24, hours=hours % 24)

    def date(self, day: dt.date) -> str:
        """`3 Mar 2026`."""
        return self("format.date", day=day.day, month=self._month(day), year=day.year)

    def day(self, day: dt.date) -> str:
        """`3 Mar`."""
        return self("format.day", day=day.day, month=self._month(day))

    def month(self, day: dt.date) -> str:
        """`Mar 2026`."""
        return self("format.month", month=self._month(day), year=day.year)

    def moment(self, at: dt.datetime | None) -> str:
        """Date and time in the deployment's time zone."""
        if at is None:
            return NONE
        local = at.astimezone(self.zone)
        return f"{self.date(local.date())}, {local:%H:%M}"

    def weekday(self, number: int) -> str:
        """0 is Monday."""
        return self("format.weekdays").split()[number]

    def _month(self, day: dt.date) -> str:
        return self("format.month_names").split()[day.month - 1]
