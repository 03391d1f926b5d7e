"""Whether an article helped, as its readers say it: one event a vote, nothing about who voted."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from api.identity.limits import Limit, count, wait_for
from api.metrics.events import EventType, record
from api.settings import Settings
from knowledge_base import Article

# An office shares one address: several colleagues may say of one article what they think of it, a script may not.
VOTES_OF_ARTICLE = Limit("article_votes_of_one", 5, dt.timedelta(hours=1))
VOTES_PER_IP = Limit("article_votes_per_ip", 60, dt.timedelta(hours=1))


def vote(session: Session, settings: Settings, article: Article, helped: bool, network: str | None) -> bool:
    """Record the vote; False where this network has voted too often, and nothing was recorded."""
    if network is not None:
        subjects = ((VOTES_PER_IP, network), (VOTES_OF_ARTICLE, f"{network} {article.locale}/{article.id}"))
        if any(wait_for(session, settings, limit, subject) is not None for limit, subject in subjects):
            return False
        for limit, subject in subjects:
            count(session, settings, limit, subject)
    record(session, EventType.ARTICLE_RATED, article_id=article.id, locale=article.locale, helped=helped)
    return True
