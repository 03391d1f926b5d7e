"""What each newly published index brought, and what the articles written did to deflection.

A lead writes an article, the sync publishes it, and the day is marked: `effect_of` compares the deflection of a topic in the
days before and after, with the interval within which the difference lies. It compares the topic as a whole, the questions
that were answered before included: the unanswered ones alone could only get better.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.errors import Unavailable
from api.metrics import statistics
from api.metrics.choice import Choice
from api.metrics.gap_models import ContentChange
from api.metrics.queries import rate
from api.metrics.statistics import wilson
from api.rounds import rounds
from knowledge_base import Article

if TYPE_CHECKING:
    from api.services import Services

WINDOW = 14
LOOK_SECONDS = 20.0
# Two-sided 95 %.


@dataclass(frozen=True, slots=True)
class Topic:
    """What is compared; None: any."""

    language: str | None = None
    category: str | None = None
    subcategory: str | None = None
    channel: str | None = None
    scenario: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """`value` is None where there is nothing to count; else with its 95 % interval (Wilson)."""

    numerator: int
    denominator: int
    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Effect:
    """The deflection rate of the days before and after a day, which itself is in neither. `difference` is after - before,
    `low` to `high` its 95 % interval (Newcombe's for two shares); None where a side has nothing to count. `beyond_chance`:
    the interval excludes zero. `days`: of the shorter side; the time after may not be over."""

    before: Share
    after: Share
    difference: float | None
    low: float | None
    high: float | None
    days: int

    @property
    def beyond_chance(self) -> bool:
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def effect_of(
    session: Session,
    moment: dt.datetime,
    topic: Topic,
    zone: ZoneInfo,
    *,
    days: int = WINDOW,
    today: dt.date | None = None,
    definition: str = "deflection",
) -> Effect:
    """What changed with `moment`: `days` local days before its day, against as many after it, as far as they are over."""
    day = moment.astimezone(zone).date()
    last = (today or dt.datetime.now(zone).date()) - dt.timedelta(days=1)
    until = min(day + dt.timedelta(days=days), last)
    choice = Choice(
        since=day - dt.timedelta(days=days),
        until=day - dt.timedelta(days=1),
        language=topic.language,
        channel=topic.channel,
        scenario=topic.scenario,
        category=topic.category,
        subcategory=topic.subcategory,
    )
    before = rate(session, choice, definition)
    nothing = share_of(0, 0)
    if until <= day:
        return Effect(share_of(before.numerator, before.denominator), nothing, None, None, None, 0)
    after = rate(session, replace(choice, since=day + dt.timedelta(days=1), until=until), definition)
    return difference(
        share_of(before.numerator, before.denominator), share_of(after.numerator, after.denominator), (until - day).days
    )


def share_of(numerator: int, denominator: int) -> Share:
    """With Wilson's interval, which stays within [0, 1] and is right for small numbers."""
    if denominator == 0:
        return Share(numerator, denominator, None, 0.0, 1.0)
    return Share(numerator, denominator, numerator / denominator, *wilson(numerator, denominator))


def difference(before: Share, after: Share, days: int) -> Effect:
    """The difference of two independent shares, with its interval where both have something to count."""
    found = statistics.difference((before.numerator, before.denominator), (after.numerator, after.denominator))
    if found is None:
        return Effect(before, after, None, None, None, days)
    return Effect(before, after, found.value, found.low, found.high, days)


def content_changes(session: Session, since: dt.datetime, until: dt.datetime) -> list[ContentChange]:
    """The publications of [since, until) that brought, changed or removed an article, oldest first."""
    rows = session.scalars(
        select(ContentChange).where(ContentChange.at >= since, ContentChange.at < until).order_by(ContentChange.at)
    )
    return [row for row in rows if row.added or row.changed or row.gone]


def note_content(session: Session, articles: Iterable[Article], now: dt.datetime) -> ContentChange | None:
    """Stores what the index that serves differs in from the one noted last; None where it does not. The first one is the
    ground that later ones are compared with, and names no article. Raises `IntegrityError` where another process has noted
    the same meanwhile."""
    held = {f"{each.locale}/{each.id}": _digest(each) for each in articles}
    last = session.scalars(select(ContentChange).where(ContentChange.articles.is_not(None))).first()
    before = last.articles if last is not None and last.articles is not None else None
    if before == held:
        return None
    chain = hashlib.sha256((last.digest if last else "").encode())
    for name in sorted(held):
        chain.update(f"\n{name} {held[name]}".encode())
    known = held if before is None else before
    row = ContentChange(
        digest=chain.hexdigest(),
        at=now,
        added=sorted(held.keys() - known.keys()),
        changed=sorted(name for name in held.keys() & known.keys() if held[name] != known[name]),
        gone=sorted(known.keys() - held.keys()),
        articles=held,
    )
    session.execute(update(ContentChange).values(articles=None))
    session.add(row)
    session.flush()
    return row


def _digest(article: Article) -> str:
    return hashlib.sha256(f"{article.title}\n{article.body_markdown}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


class ContentWatch:
    """Notes each newly published index that this process serves, until told to stop."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._seen: object = None

    async def run(self, stop: asyncio.Event) -> None:
        await rounds(self.look, stop, every=LOOK_SECONDS, failure="A newly published index could not be noted")

    async def look(self) -> None:
        """Note the index that serves, if it is another than at the last look."""
        try:
            serving, articles = self._services.help_center.published()
        except Unavailable:
            return
        if serving is self._seen:
            return
        now = dt.datetime.now(dt.UTC)
        # Another api process may be first.
        with contextlib.suppress(IntegrityError):
            await self._services.database.writing(lambda session: note_content(session, articles, now))
        self._seen = serving
