"""Gathers the questions of the database that have no answer to rely on into clusters, and finds the solved tickets that
answer each.

The whole period is gathered anew each time (`find_gaps` says how long that takes), and a cluster that shares most of its
questions with an earlier one goes on under its id. The search and the models run outside of any transaction.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

import numpy as np
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from api.chat.models import Conversation, Message
from api.database import Database, utc_now
from api.identity.models import Customer, StaffUser
from api.metrics.events import Event, EventType
from api.metrics.gap_models import GapCluster, GapQuestion, GapRun, GapTicket
from api.privacy.masking import without_personal_data
from api.tickets.models import Ticket, TicketComment
from knowledge_base.encoders.base import Vectors
from knowledge_base.gap_vectors import centred, joined
from knowledge_base.gaps import Asked as Searching
from knowledge_base.gaps import GapCluster as Found
from knowledge_base.gaps import Gaps, OpenQuestion, find_gaps
from knowledge_base.text import language_of

PERIOD = dt.timedelta(days=30)
MOST_QUESTIONS = 30_000
"""The newest; they are asked again of the index, at 9 ms of CPU each."""
MOST_TICKETS = 4_000
"""The newest solved ones with a public reply."""
TICKETS_SHOWN = 5
TICKET_ALIKE = 0.5
"""The least likeness of a ticket that no question of the cluster led to. Measured (docs/gaps.md): nine of ten tickets shown
are of the topic, and 16 % of the topics without a ticket of their own are shown another's; from .45 on it is five of six and
30 %."""
# An earlier cluster goes on where this share of the smaller one's questions is in both.
SAME = 0.5
_CHUNK = 500
T = TypeVar("T")
_SOLVED = ("solved", "closed")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and where it was asked. `id` is the message's number."""

    question: OpenQuestion
    message_id: int
    conversation_id: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a solved ticket was about."""

    ticket_id: int
    conversation_id: str | None
    language: str
    text: str


def gather(
    database: Database, kb: Searching, *, now: dt.datetime | None = None, period: dt.timedelta = PERIOD
) -> GapRun:
    """One run, stored. Two at once leave the result of the one that ends last."""
    until = now or utc_now()
    since = until - period
    began = time.monotonic()
    with database.read() as session:
        asked = past_questions(session, since - period, until)
        tickets = _solved_tickets(session)
    gaps = find_gaps(kb, [each.question for each in asked], since=since)
    answers = _answers(kb, gaps, asked, tickets)
    # Those that had an answer all the time were never open.
    had = {each.question.id for each in asked if each.question.answered_by}
    found_answer = sum(each not in had for each in gaps.answered)
    run = GapRun(
        at=until,
        since=since,
        until=until,
        questions=gaps.questions + found_answer,
        alone=gaps.alone,
        answered=found_answer,
        seconds=round(time.monotonic() - began, 1),
    )
    with database.write() as session:
        _store(session, gaps, asked, answers, until)
        session.add(run)
        session.flush()
        session.expunge(run)
    return run


def past_questions(session: Session, since: dt.datetime, until: dt.datetime) -> list[Asked]:
    """What was searched for in [since, until), newest first, and what became of it. Test conversations and those of staff
    are left out."""
    staff = select(Customer.id).join(StaffUser, StaffUser.email == Customer.email)
    rows = session.execute(
        select(
            Message.id, Message.conversation_id, Message.turn_id, Message.language, Message.answer, Message.created_at
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.role == "copilot",
            or_(Message.kind == "answer", Message.asks == "clarify"),
            Message.created_at >= since,
            Message.created_at < until,
            Conversation.is_test.is_(False),
            or_(Conversation.customer_id.is_(None), Conversation.customer_id.not_in(staff)),
        )
        .order_by(Message.id.desc())
        .limit(MOST_QUESTIONS)
    ).all()
    helped = _helped(session, {row.conversation_id for row in rows if (row.answer or {}).get("confident")})
    found = []
    for row in rows:
        told = row.answer or {}
        # An address makes no topic, and must not become a word by which one is named.
        text = without_personal_data(str(told.get("query") or ""))
        if not text or told.get("clarified"):
            continue
        said = helped.get((row.conversation_id, row.turn_id))
        shown = [str(each["article_id"]) for each in told.get("passages") or ()] if told.get("confident") else []
        question = OpenQuestion(
            str(row.id),
            text,
            row.language,
            row.created_at,
            useless=frozenset(shown if said is False else ()),
            answered_by=frozenset(shown if said is not False else ()),
            helped=bool(said),
        )
        found.append(Asked(question, row.id, row.conversation_id))
    return found


def _helped(session: Session, conversations: Iterable[str]) -> dict[tuple[str, str | None], bool]:
    """Conversation and turn of the answers after which something was said, and whether the last of it was that they helped;
    it was not where a ticket followed."""
    found: dict[tuple[str, str | None], bool] = {}
    for chunk in _chunks(sorted(conversations)):
        rows = session.execute(
            select(Event.conversation_id, Event.turn_id, Event.type)
            .where(
                Event.conversation_id.in_(chunk),
                Event.type.in_(
                    (EventType.ANSWER_SHOWN, EventType.SOLVED_YES, EventType.SOLVED_NO, EventType.TICKET_OPENED)
                ),
            )
            .order_by(Event.conversation_id, Event.at, Event.id)
        )
        last: tuple[str, str | None] | None = None
        for conversation_id, turn_id, kind in rows:
            if kind == EventType.ANSWER_SHOWN:
                last = (str(conversation_id), turn_id)
            elif last is None or last[0] != conversation_id:
                continue
            else:
                found[last] = kind == EventType.SOLVED_YES
    return found


def _solved_tickets(session: Session) -> list[_Answer]:
    replied = (
        select(TicketComment.ticket_id)
        .where(TicketComment.ticket_id == Ticket.id, TicketComment.public, TicketComment.staff_id.is_not(None))
        .exists()
    )
    rows = session.execute(
        select(Ticket.id, Ticket.conversation_id, Ticket.language, Ticket.subject, Ticket.description)
        .where(Ticket.status.in_(_SOLVED), Ticket.deleted_at.is_(None), Ticket.merged_into_id.is_(None), replied)
        .order_by(Ticket.id.desc())
        .limit(MOST_TICKETS)
    )
    return [
        _Answer(row.id, row.conversation_id, row.language, f"{row.subject}\n{row.description[:600]}") for row in rows
    ]


def _answers(
    kb: Searching, gaps: Gaps, asked: Sequence[Asked], tickets: Sequence[_Answer]
) -> dict[str, list[GapTicket]]:
    """The tickets of each cluster, by its first question's id; those that its own questions led to before those that are
    only alike. Tickets of other languages answer too: what helped a Brazilian helps a Mexican."""
    if not tickets or not gaps.clusters:
        return {}
    by_id = {each.question.id: each for each in asked}
    groups = [[by_id[question] for question in cluster.questions[:20]] for cluster in gaps.clusters]
    middles = _middles(kb, groups)
    written = _space(kb, [(each.text, each.language) for each in tickets])
    likeness = middles @ written.T
    found: dict[str, list[GapTicket]] = {}
    for at, cluster in enumerate(gaps.clusters):
        led = {by_id[question].conversation_id for question in cluster.questions}
        chosen = [
            GapTicket(ticket_id=ticket.ticket_id, direct=ticket.conversation_id in led, likeness=float(likeness[at, n]))
            for n, ticket in enumerate(tickets)
            if ticket.conversation_id in led or likeness[at, n] >= TICKET_ALIKE
        ]
        chosen.sort(key=lambda each: (not each.direct, -each.likeness, each.ticket_id))
        found[cluster.questions[0]] = chosen[:TICKETS_SHOWN]
    return found


def _middles(kb: Searching, groups: Sequence[Sequence[Asked]]) -> Vectors:
    """A unit vector for each group of questions."""
    texts = [(each.question.text, each.question.language) for group in groups for each in group]
    vectors = _space(kb, texts)
    ends = np.cumsum([len(group) for group in groups])
    middles = np.stack([part.mean(axis=0) for part in np.split(vectors, ends[:-1])])
    lengths = np.linalg.norm(middles, axis=1, keepdims=True)
    unit: Vectors = (middles / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit


def _space(kb: Searching, texts: Sequence[tuple[str, str]]) -> Vectors:
    """One space for every language: what is common to a language's texts is taken out of each."""
    dense, static = kb.question_vectors(texts)
    vectors = np.zeros((len(texts), dense.shape[1] + static.shape[1]), dtype=np.float32)
    places: dict[str, list[int]] = defaultdict(list)
    for at, (_, language) in enumerate(texts):
        places[language_of(language)].append(at)
    for rows in places.values():
        vectors[rows] = joined([(centred(dense[rows]), 0.5), (centred(static[rows]), 0.5)])
    return vectors


def _store(
    session: Session, gaps: Gaps, asked: Sequence[Asked], answers: dict[str, list[GapTicket]], now: dt.datetime
) -> None:
    by_id = {each.question.id: each for each in asked}
    before = _earlier(session)
    ids = _kept_ids(before, gaps.clusters)
    topics = {cluster.topic: ids[n] for n, cluster in reversed(list(enumerate(gaps.clusters)))}
    answered = {int(each) for each in gaps.answered}
    for cluster_id, held in before.items():
        if cluster_id not in ids:
            done = len(held & answered) >= len(held) / 2
            session.execute(
                update(GapCluster)
                .where(GapCluster.id == cluster_id, GapCluster.gone_at.is_(None))
                .values(gone_at=now, answered=done)
            )
    kept = [cluster_id for cluster_id in ids if cluster_id in before]
    for chunk in _chunks(kept):
        session.execute(delete(GapQuestion).where(GapQuestion.cluster_id.in_(chunk)))
        session.execute(delete(GapTicket).where(GapTicket.cluster_id.in_(chunk)))
    # A question may have moved from a cluster that is gone.
    for part in _chunks([int(each) for cluster in gaps.clusters for each in cluster.questions]):
        session.execute(delete(GapQuestion).where(GapQuestion.message_id.in_(part)))
    for cluster, cluster_id in zip(gaps.clusters, ids, strict=True):
        members = [by_id[each] for each in cluster.questions]
        row = session.get(GapCluster, cluster_id)
        if row is None:
            row = GapCluster(id=cluster_id, first_at=min(each.question.at for each in members))
            session.add(row)
        row.topic, row.language, row.terms = topics[cluster.topic], cluster.language, list(cluster.terms)
        row.size, row.before, row.doubted = cluster.size, cluster.before, cluster.doubted
        row.nearest = asdict(cluster.nearest) if cluster.nearest else None
        row.last_at = max(each.question.at for each in members)
        row.gone_at, row.answered = None, False
        examples = set(cluster.examples)
        session.add_all(
            GapQuestion(
                message_id=each.message_id,
                cluster_id=cluster_id,
                conversation_id=each.conversation_id,
                at=each.question.at,
                place=place,
                example=each.question.id in examples,
            )
            for place, each in enumerate(members)
        )
        for ticket in answers.get(cluster.questions[0], ()):
            ticket.cluster_id = cluster_id
            session.add(ticket)


def _earlier(session: Session) -> dict[str, set[int]]:
    """The questions of each cluster that there was, those that are gone included: it may come back."""
    found: dict[str, set[int]] = defaultdict(set)
    for cluster_id, message_id in session.execute(select(GapQuestion.cluster_id, GapQuestion.message_id)):
        found[cluster_id].add(message_id)
    return dict(found)


def _kept_ids(before: dict[str, set[int]], clusters: Sequence[Found]) -> list[str]:
    """An id for each cluster: that of the earlier one with which it shares most, or a new one."""
    owner = {question: cluster_id for cluster_id, held in before.items() for question in held}
    shares: list[tuple[float, int, str]] = []
    for at, cluster in enumerate(clusters):
        held: dict[str, int] = defaultdict(int)
        for question in cluster.questions:
            if int(question) in owner:
                held[owner[int(question)]] += 1
        for cluster_id, shared in held.items():
            share = shared / min(len(cluster.questions), len(before[cluster_id]))
            if share >= SAME:
                shares.append((share, at, cluster_id))
    ids: dict[int, str] = {}
    for _, at, cluster_id in sorted(shares, key=lambda each: (-each[0], -len(before[each[2]]), each[1])):
        if at not in ids and cluster_id not in ids.values():
            ids[at] = cluster_id
    return [ids.get(at) or _new_id(cluster, before) for at, cluster in enumerate(clusters)]


def _new_id(cluster: Found, taken: dict[str, set[int]]) -> str:
    digest = hashlib.sha256(f"{cluster.language}/{'/'.join(sorted(cluster.questions))}".encode()).hexdigest()
    return next(digest[at : at + 16] for at in range(0, 48) if digest[at : at + 16] not in taken)


def _chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
