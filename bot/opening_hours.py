"""Whether somebody of support is at work, and when next: the catalog's hours, in their own time zone. Pure."""

from __future__ import annotations

from datetime import MAXYEAR, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bot.catalog import DAYS, Catalog, SupportHours

# Holidays in a row beyond this are taken for a catalog that never opens.
_LOOK_AHEAD_DAYS = 60
_DAY = timedelta(days=1)


def is_open(hours: SupportHours, now: datetime) -> bool:
    """Whether support works at that moment (an aware time, of any zone)."""
    return closing(hours, now) is not None


def closing(hours: SupportHours, now: datetime) -> datetime | None:
    """Until when support works, local time; None while it is closed, `datetime.max` (of that zone) where it never closes."""
    zone = ZoneInfo(hours.time_zone)
    local = now.astimezone(zone)
    end = next((end for start, end in _ranges(hours, local, zone) if start <= local < end), None)
    for _ in range(_LOOK_AHEAD_DAYS):
        if end is None or end.time() != time.min:
            return end
        later = next((until for start, until in _ranges(hours, end, zone) if start == end), None)
        if later is None:
            return end
        end = later
    return datetime.max.replace(tzinfo=zone)


def next_opening(hours: SupportHours, now: datetime) -> datetime | None:
    """When support opens next after that moment, local time; None where it never does within two months."""
    zone = ZoneInfo(hours.time_zone)
    local = now.astimezone(zone)
    for days in range(_LOOK_AHEAD_DAYS):
        for start, _ in _ranges(hours, local + days * _DAY, zone):
            if start > local:
                return start
    return None


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


def _ranges(hours: SupportHours, local: datetime, zone: tzinfo) -> list[tuple[datetime, datetime]]:
    """The ranges of the local day, as times."""
    day = local.date()
    if day in hours.holidays:
        return []
    found = []
    for each in hours.days[day.weekday()]:
        whole = each.end == time.max
        end = datetime.combine(day + _DAY if whole else day, time.min if whole else each.end, zone)
        found.append((datetime.combine(day, each.start, zone), end))
    return found


def _clock(moment: time) -> str:
    return f"{moment.hour}:{moment.minute:02}"
