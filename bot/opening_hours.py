"""Whether somebody of support is at work, and when next: the catalog's hours, in their own time zone. Pure."""

from __future__ import annotations

import functools
from datetime import MAXYEAR, datetime, time

from bot.catalog import DAYS, Catalog, SupportHours
from bot.working_hours import WorkingHours


@functools.lru_cache(maxsize=8)
def working_hours(hours: SupportHours) -> WorkingHours:
    """The clock of these hours; the same one whoever asks, as it keeps what it has laid out."""
    return WorkingHours(hours)


def is_open(hours: SupportHours, now: datetime) -> bool:
    """Whether support works at that moment (an aware time, of any zone)."""
    return working_hours(hours).is_open(now)


def closing(hours: SupportHours, now: datetime) -> datetime | None:
    """Until when support works, local time; None while it is closed, `datetime.max` (of that zone) where it never closes."""
    clock = working_hours(hours)
    found = clock.closing(now)
    if found is None or found.year == MAXYEAR:
        return None if found is None else found.replace(tzinfo=clock.zone)
    return found.astimezone(clock.zone)


def next_opening(hours: SupportHours, now: datetime) -> datetime | None:
    """When support opens next after that moment, local time; None where it never does."""
    clock = working_hours(hours)
    found = clock.next_opening(now)
    return None if found is None else found.astimezone(clock.zone)


def opening_text(catalog: Catalog, language: str, now: datetime) -> str:
    """One sentence: open now and until when, or when it opens next."""
    hours, wording = catalog.support_hours, catalog.wording(language)
    zone = wording.text("labels.hours.zone")
    until = closing(hours, now)
    if until is not None:
        if until.year == MAXYEAR:
            return wording.text("messages.open_always")
        return wording.text("messages.open_now", time=_clock(until.time()), zone=zone)
    opening = next_opening(hours, now)
    if opening is None:
        return wording.text("messages.open_later")
    local = now.astimezone(opening.tzinfo)
    days = (opening.date() - local.date()).days
    values = {"time": _clock(opening.time()), "zone": zone}
    if days < 2:
        return wording.text("messages.opens_today" if days == 0 else "messages.opens_tomorrow", **values)
    day = wording.text(f"labels.days.{DAYS[opening.weekday()]}")
    if days < len(DAYS):
        return wording.text("messages.opens_day", day=day, **values)
    return wording.text("messages.opens_date", day=day, date=f"{opening.day}/{opening.month}", **values)


def _clock(moment: time) -> str:
    return f"{moment.hour}:{moment.minute:02}"
