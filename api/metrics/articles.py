"""What readers said of each article on its own page."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Callable

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.metrics.events import Event, EventType


class ArticleVotes(BaseModel):
    article_id: str
    locale: str
    title: str = Field(description="Empty where the article is published no more.")
    helped: int
    not_helped: int
    share: float = Field(description="helped / (helped + not_helped)")


class ArticleFigures(BaseModel):
    """Every article that was voted on, the ones that helped least often first."""

    since: dt.datetime
    until: dt.datetime
    articles: list[ArticleVotes]


def article_votes(
    session: Session, since: dt.datetime, until: dt.datetime, title_of: Callable[[str, str], str]
) -> ArticleFigures:
    """The votes of a range, until `until` exclusive. `title_of` gives an article's title by id and locale."""
    rows = session.execute(
        select(Event.data)
        .where(Event.type == EventType.ARTICLE_RATED, Event.at >= since, Event.at < until)
        .execution_options(yield_per=1_000)
    )
    counted: Counter[tuple[str, str, bool]] = Counter(
        (data["article_id"], data["locale"], bool(data["helped"])) for (data,) in rows
    )
    found = []
    for article_id, locale in sorted({key[:2] for key in counted}):
        yes, no = counted[article_id, locale, True], counted[article_id, locale, False]
        title = title_of(article_id, locale)
        share = round(yes / (yes + no), 4)
        found.append(
            ArticleVotes(article_id=article_id, locale=locale, title=title, helped=yes, not_helped=no, share=share)
        )
    found.sort(key=lambda each: (each.share, -each.not_helped))
    return ArticleFigures(since=since, until=until, articles=found)


def votes_csv(figures: ArticleFigures, plain: Callable[[str], str]) -> str:
    """A line an article. `plain` takes from a cell what a spreadsheet would run."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["article_id", "locale", "title", "helped", "not_helped", "share"])
    for each in figures.articles:
        texts = [plain(each.article_id), plain(each.locale), plain(each.title)]
        writer.writerow([*texts, each.helped, each.not_helped, each.share])
    return out.getvalue()
