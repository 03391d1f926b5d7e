"""What another precision would have done with past questions: answered, deflected, got wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from api.metrics.choice import Choice
from api.metrics.listing import Judged
from api.metrics.models import DecidedAnswer
from knowledge_base.text import language_of

# The newest searches of the range: enough for shares within seven tenths of a point, and read in well under a second.
MOST_SEARCHES = 20_000
LOWEST, HIGHEST = 0.5, 0.99


@dataclass(frozen=True, slots=True)
class Bucket:
    """Searches of one language and one confidence (hundredths): how many somebody judged, were right, ended solved."""

    language: str
    confidence: float
    searches: int
    judged: int
    right: int
    resolved: int


@dataclass(frozen=True, slots=True)
class Effect(Judged):
    """What a threshold does with the searches that were read."""

    resolved: int

    @property
    def wrong(self) -> float | None:
        """How many of the answered were wrong, if the judged ones are like the others."""
        return self.answered * (1 - self.precision) if self.precision is not None else None


def past_searches(session: Session, choice: Choice) -> list[Bucket]:
    """Of the range, by language and confidence. What a customer did not judge but a lead did counts as judged."""
    from api.leads.models import AnswerReview

    # Chosen before anything is joined to them: else all of a year would be.
    newest = (
        select(DecidedAnswer.id, DecidedAnswer.language, DecidedAnswer.confidence, DecidedAnswer.verdict,
               DecidedAnswer.resolved)
        .where(*choice.conditions(DecidedAnswer), DecidedAnswer.confidence.is_not(None))
        .order_by(DecidedAnswer.day.desc(), DecidedAnswer.id.desc())
        .limit(MOST_SEARCHES)
        .subquery()
    )  # fmt: skip
    told = (
        select(
            newest.c.language,
            func.round(newest.c.confidence * 100).label("bucket"),
            newest.c.verdict,
            AnswerReview.right,
            newest.c.resolved,
        )
        .outerjoin(AnswerReview, AnswerReview.answer_id == newest.c.id)
        .subquery()
    )
    columns = (told.c.language, told.c.bucket, told.c.verdict, told.c.right, told.c.resolved)
    found: dict[tuple[str, float], list[int]] = {}
    for language, bucket, verdict, right, resolved, number in session.execute(
        select(*columns, func.count(literal_column("1"))).group_by(*columns)
    ):
        counts = found.setdefault((language, float(bucket) / 100), [0, 0, 0, 0])
        judged = right is not None or bool(verdict)
        was_right = right if right is not None else verdict == "yes"
        counts[0] += number
        counts[1] += number * judged
        counts[2] += number * bool(judged and was_right)
        counts[3] += number * bool(resolved)
    return [Bucket(language, confidence, *counts) for (language, confidence), counts in sorted(found.items())]


def effect(buckets: Iterable[Bucket], thresholds: Mapping[str, float], other: float) -> Effect:
    """At these thresholds by language; `other`: of languages that have none of their own."""
    sums = [0, 0, 0, 0, 0]
    for each in buckets:
        sums[0] += each.searches
        if each.confidence >= thresholds.get(each.language, other) - 0.005:
            sums[1] += each.searches
            sums[2] += each.judged
            sums[3] += each.right
            sums[4] += each.resolved
    return Effect(*sums)


def by_language(thresholds: Mapping[str, float]) -> dict[str, float]:
    """Of locales (`pt-BR`) the thresholds of their languages; the lowest where there are several."""
    found: dict[str, float] = {}
    for locale, value in thresholds.items():
        language = language_of(locale)
        found[language] = min(value, found.get(language, value))
    return found


def curve(buckets: Sequence[Bucket], steps: int = 50) -> list[tuple[float, Effect]]:
    """The same threshold in every language, from all to none."""
    return [(at / steps, effect(buckets, {}, at / steps)) for at in range(steps + 1)]


def read_precision(text: str) -> float | None:
    """A share like `0.9`, or a percentage like `90` or `90 %`; None for anything else or out of bounds."""
    plain = text.strip().rstrip("%").strip().replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        return None
    if value > 1:
        value /= 100
    return round(value, 2) if LOWEST <= value <= HIGHEST else None
