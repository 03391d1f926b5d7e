"""Reads what the catalog says of time: support hours with their holidays, and how soon tickets are answered and solved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from bot.catalog_entries import DAYS, OpenRange, PublicHolidays, SupportHours, Target, Targets
from bot.catalog_reader import Section, wrong

CLOCKS = ("working", "calendar", "emergencies")
_RANGE = re.compile(r"((?:[01][0-9]|2[0-3]):[0-5][0-9])-((?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z")
_DURATION = re.compile(r"([1-9][0-9]{0,4})([mhd])\Z")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def read_support_hours(section: Section) -> SupportHours:
    zone = section.text("time_zone")
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError) as error:
        cure = "Use an IANA name such as America/Bogota, and install the operating system's tzdata"
        raise wrong(section.at("time_zone"), f"the time zone {zone!r} is not known here", cure) from error
    listed = Section(section.need("days"), section.at("days"))
    days = tuple(_ranges(listed.at(day), listed.need(day)) for day in DAYS)
    listed.done()
    if not any(days):
        raise wrong(section.at("days"), "no day has working hours, so no deadline could ever be computed", "Open a day")
    own, public = _holidays(section)
    section.done()
    return SupportHours(time_zone=zone, days=days, holidays=own, public=public)


def _holidays(section: Section) -> tuple[frozenset[date], PublicHolidays | None]:
    """The deployment's own dates, and those of its country: a list of dates, or `{country, subdivision, extra, without}`."""
    found = section.get("holidays", [])
    key = section.at("holidays")
    if not isinstance(found, dict):
        return _dates(key, found), None
    listed = Section(found, key)
    own, without = (_dates(listed.at(name), listed.get(name, [])) for name in ("extra", "without"))
    country = None if listed.get("country") is None else listed.text("country")
    subdivision = None if listed.get("subdivision") is None else listed.text("subdivision")
    listed.done()
    if country is None:
        if subdivision is not None or without:
            raise wrong(listed.at("country"), "it is missing, and the other keys need it", "Write its ISO 3166 code")
        return own, None
    return own, PublicHolidays(country, subdivision, without)


def _dates(key: str, found: object) -> frozenset[date]:
    try:
        if not isinstance(found, list):
            raise TypeError(f"{found!r} is no list")
        return frozenset(date.fromisoformat(each) for each in found)
    except (TypeError, ValueError) as error:
        raise wrong(key, f"not a list of dates ({error})", 'Write a list: ["2026-12-25"]') from error


def _ranges(key: str, found: object) -> tuple[OpenRange, ...]:
    if not isinstance(found, list):
        raise wrong(key, "it is not a list of hours", 'Write a list: ["09:00-18:00"], or [] for a day off')
    ranges: list[OpenRange] = []
    for each in found:
        match = _RANGE.match(each) if isinstance(each, str) else None
        if match is None:
            raise wrong(key, f"{each!r} is no range of hours", 'Write "09:00-18:00"')
        opens = time.fromisoformat(match[1])
        closes = time.max if match[2] == "24:00" else time.fromisoformat(match[2])
        if opens >= closes or (ranges and opens < ranges[-1].end):
            raise wrong(key, f"{each!r} ends before it starts, or overlaps the range before", "Put the ranges in order")
        ranges.append(OpenRange(opens, closes))
    return tuple(ranges)


def read_targets(root: Section, priorities: Sequence[str]) -> Targets:
    """`targets`: an entry a priority; a priority without one promises nothing. No `targets` at all: nothing is promised."""
    section = Section(root.get("targets", {}), "targets")
    percent = section.get("warn_at_percent", 75)
    if not isinstance(percent, int) or isinstance(percent, bool) or not 1 <= percent <= 99:
        raise wrong(section.at("warn_at_percent"), f"it is {percent!r}", "Write a whole number from 1 to 99")
    found = {}
    for priority in priorities:
        if section.get(priority) is None:
            continue
        entry = Section(section.get(priority), section.at(priority))
        target = Target(
            _duration(entry, "first_response"), _duration(entry, "resolution"), entry.one_of("clock", CLOCKS, "working")
        )
        entry.done()
        found[priority] = target
    section.done()
    return Targets(by_priority=found, warning=percent / 100)


def _duration(entry: Section, name: str) -> timedelta | None:
    found = entry.get(name)
    if found is None:
        return None
    match = _DURATION.match(found) if isinstance(found, str) else None
    if match is None:
        cure = "Write 15m, 4h or 2d: minutes, hours, or days of 24 hours"
        raise wrong(entry.at(name), f"{found!r} is no duration", cure)
    return int(match[1]) * _UNITS[match[2]]
