"""How soon somebody of support answers first: the figure, and how it is told, honestly outside of support hours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.catalog import Catalog
from bot.moments import moment_text
from bot.opening_hours import opening_text, working_hours

# `by` was counted from a moment that is not quite that of the telling.
_UNDER_WAY = timedelta(minutes=5)


@dataclass(frozen=True)
class ExpectedResponse:
    """`minutes` of support's time; `by` is the moment at which they are over (None: support never opens), `opens_at` when
    support opens next, None where it is at work, or answers at every hour."""

    minutes: int
    by: datetime | None
    opens_at: datetime | None


def expected_by_catalog(catalog: Catalog, now: datetime) -> ExpectedResponse:
    """What the catalog says, where no figures are at hand."""
    return expected_in(catalog, catalog.first_response_minutes, now)


def expected_in(catalog: Catalog, minutes: int, now: datetime) -> ExpectedResponse:
    """A response after so many minutes of support hours."""
    clock = working_hours(catalog.support_hours)
    by = clock.add(now, timedelta(minutes=minutes))
    return ExpectedResponse(minutes, by, None if clock.is_open(now) else clock.next_opening(now))


def response_text(catalog: Catalog, language: str, expected: ExpectedResponse, now: datetime) -> str:
    """One sentence: in so many minutes, or, where it will be after hours that are closed, on which day and when."""
    wording = catalog.wording(language)
    if expected.by is None:
        return wording.text("messages.expected_later")
    # Whoever is told "20 minutes" counts on 20 minutes of the clock on the wall.
    if expected.opens_at is None and expected.by - now <= timedelta(minutes=expected.minutes) + _UNDER_WAY:
        return wording.text("messages.expected_soon", duration=duration_text(catalog, language, expected.minutes))
    return wording.text("messages.expected_by", moment=moment_text(catalog, language, expected.by, now))


def waiting_text(catalog: Catalog, language: str, expected: ExpectedResponse, now: datetime) -> str:
    """The same, after when support opens where it is closed."""
    text = response_text(catalog, language, expected, now)
    return text if expected.opens_at is None else f"{opening_text(catalog, language, now)} {text}"


def duration_text(catalog: Catalog, language: str, minutes: int) -> str:
    """`20 minutes`, up to an hour and a half; beyond it whole hours, rounded up."""
    wording = catalog.wording(language)
    if minutes <= 90:
        return wording.text("messages.duration_minutes", count=minutes)
    return wording.text("messages.duration_hours", count=math.ceil(minutes / 60))
