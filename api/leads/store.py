"""What leads decided: read and written, each act logged."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.help_center.steering import Steering, question_key
from api.identity.principal import Principal
from api.leads.models import AnswerReview, BlockedPassage, LeadAct, LeadSetting, PinnedArticle
from api.metrics.models import DecidedAnswer
from api.privacy.masking import mask
from knowledge_base.text import language_of

PRECISION = "precision"


def setting(session: Session, name: str, usual: Any = None) -> Any:
    """The value of a setting."""
    row = session.get(LeadSetting, name)
    return usual if row is None else row.value


def put_setting(session: Session, name: str, value: Any) -> None:
    """Store it; None takes it away."""
    row = session.get(LeadSetting, name)
    if value is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(LeadSetting(name=name, value=value))
    else:
        row.value, row.set_at = value, utc_now()


def log_act(session: Session, principal: Principal, what: str, **data: Any) -> None:
    """Append to the log of what leads did."""
    by = principal.email or ""
    session.add(LeadAct(what=what, staff_id=principal.staff_id, by=by, data=data))


def acts(session: Session, what: str, since: dt.datetime, until: dt.datetime) -> list[LeadAct]:
    """Of one kind, in [since, until), oldest first."""
    query = select(LeadAct).where(LeadAct.what == what, LeadAct.at >= since, LeadAct.at < until)
    return list(session.scalars(query.order_by(LeadAct.at, LeadAct.id)))


def set_precision(session: Session, principal: Principal, before: float, after: float) -> None:
    """From now on so many of the confident answers have to be right."""
    put_setting(session, PRECISION, after)
    log_act(session, principal, "threshold", before=before, after=after)


def review(session: Session, principal: Principal, answer: DecidedAnswer, right: bool) -> None:
    """Mark an answer right or wrong."""
    row = session.get(AnswerReview, answer.id)
    if row is None:
        row = AnswerReview(answer_id=answer.id, conversation_id=answer.decision_id, turn_id=answer.turn_id)
        session.add(row)
    row.right, row.by, row.at = right, principal.email or "", utc_now()
    log_act(session, principal, "review", answer=answer.id, right=right)


def pin(session: Session, principal: Principal, question: str, language: str, article_id: str, locale: str) -> None:
    """Let an article come first for a question; another one that was pinned to it is not any more."""
    words = question_key(question)
    query = select(PinnedArticle).where(PinnedArticle.language == language_of(language), PinnedArticle.words == words)
    row = session.scalar(query)
    if row is None:
        row = PinnedArticle(language=language_of(language), words=words)
        session.add(row)
    row.question, row.article_id, row.locale = mask(question), article_id, locale
    row.by, row.at = principal.email or "", utc_now()
    log_act(session, principal, "pin", article=article_id, locale=locale)


def unpin(session: Session, principal: Principal, id: int) -> None:
    """Nothing happens where it is gone already."""
    row = session.get(PinnedArticle, id)
    if row is not None:
        session.delete(row)
        log_act(session, principal, "unpin", article=row.article_id, locale=row.locale)


def block(session: Session, principal: Principal, passage_id: str, article_id: str, locale: str, title: str) -> None:
    """Show a passage no more."""
    if session.get(BlockedPassage, passage_id) is None:
        by = principal.email or ""
        session.add(BlockedPassage(passage_id=passage_id, article_id=article_id, locale=locale, title=title, by=by))
        log_act(session, principal, "block", passage=passage_id)


def unblock(session: Session, principal: Principal, passage_id: str) -> None:
    """Nothing happens where it is not blocked."""
    row = session.get(BlockedPassage, passage_id)
    if row is not None:
        session.delete(row)
        log_act(session, principal, "unblock", passage=passage_id)


def pinned(session: Session) -> list[PinnedArticle]:
    """Newest first."""
    return list(session.scalars(select(PinnedArticle).order_by(PinnedArticle.at.desc(), PinnedArticle.id.desc())))


def blocked(session: Session) -> list[BlockedPassage]:
    """Newest first."""
    return list(session.scalars(select(BlockedPassage).order_by(BlockedPassage.at.desc(), BlockedPassage.passage_id)))


def steering_of(session: Session) -> Steering:
    """What the search has to follow."""
    return Steering(
        precision=setting(session, PRECISION),
        pins={(each.language, each.words): (each.article_id, each.locale) for each in pinned(session)},
        blocked=frozenset(each.passage_id for each in blocked(session)),
    )
