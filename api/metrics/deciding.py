"""Takes what happened since into the stored decisions: only the conversations concerned are decided again.

One transaction takes rows of `undecided` away and writes what they make of it: the decisions, what changed and why, and the
counts. It holds the one row of `ledger_state` locked, so that of several api processes one decides at a time; a conversation
is read after its rows were taken, so whatever is written meanwhile leaves a row that brings it here again. Deciding twice
changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, cast, delete, exists, func, insert, literal, or_, select, text, update
from sqlalchemy.orm import Session

from api.chat.models import Conversation
from api.database import Database, utc_now
from api.metrics.counting import Delta, recount, table_of
from api.metrics.events import Event, EventType
from api.metrics.models import (
    AnswerArticle,
    DecidedAnswer,
    Decision,
    DecisionChange,
    LedgerState,
    Undecided,
    badness_of,
)
from api.metrics.reading import TICKET, Subject, Values, chunks, put_outcome, subjects_of
from api.metrics.rules import CAME_BACK, RESOLVED, RULES, Kind, Matter, Outcome, Visit, comes_back_for
from api.metrics.terms import Terms

# Rows of `undecided` taken at a time: some thirty conversations, for which SQLite's one writer is busy for 20 ms.
BATCH = 300
_MAY_RETURN = frozenset({Kind.HELP.value, Kind.FORM.value, Kind.TICKET.value})
_RETAKEN = frozenset(each.value for each in RESOLVED)


@dataclass(frozen=True)
class Noted:
    """Why a conversation is decided again: the newest event that was noted of it."""

    event_id: int | None
    reason: str | None = None


def catch_up(session: Session, terms: Terms, now: dt.datetime | None = None, *, limit: int = BATCH) -> int:
    """Decide what up to `limit` notes are about, and settle what has been quiet for long enough. Returns how many notes and
    settled outcomes that were; fewer than `limit` means that nothing is left. In a writing session."""
    moment = now or utc_now()
    _lock(session, terms)
    notes = session.execute(
        select(Undecided.id, Undecided.subject, Undecided.event_id).order_by(Undecided.id).limit(limit)
    ).all()
    noted: dict[str, Noted] = {}
    for _, subject, event_id in notes:
        known = noted.get(subject)
        noted[subject] = Noted(event_id if known is None or event_id is not None else known.event_id)
    for chunk in chunks([each.id for each in notes]):
        session.execute(delete(Undecided).where(Undecided.id.in_(chunk)))
    delta = Delta()
    if noted:
        _decide(session, terms, noted, moment, delta)
    settled = _settle(session, moment, limit, delta)
    delta.store(session)
    return max(len(notes), settled)


def catch_up_wholly(session: Session, terms: Terms, now: dt.datetime | None = None, *, limit: int = BATCH) -> None:
    """Everything, within this transaction: for tests and small databases."""
    moment = now or utc_now()
    while catch_up(session, terms, moment, limit=limit) >= limit:
        pass


def anything_to_do(session: Session, terms: Terms, now: dt.datetime | None = None) -> bool:
    """Whether `catch_up` would find something. Reads only, by indexes."""
    moment = now or utc_now()
    state = session.get(LedgerState, 1, populate_existing=True)
    if state is None or state.made_by != terms.told():
        return True
    waiting = select(exists(select(Undecided.id)) | exists(select(Decision.id).where(Decision.settles_at <= moment)))
    return bool(session.scalar(waiting))


def undecided(session: Session) -> int:
    """Conversations of which something is not taken into account yet."""
    return session.scalar(select(func.count(Undecided.subject.distinct()))) or 0


def note_everything(session: Session) -> None:
    """Have every conversation and ticket decided again, those included that are gone."""
    target = table_of(Undecided)
    session.execute(insert(target).from_select(["subject"], select(Conversation.id)))
    apart = select(literal(TICKET) + cast(Event.ticket_id, String), Event.id).where(
        Event.conversation_id.is_(None), Event.ticket_id.is_not(None), Event.type == EventType.TICKET_OPENED
    )
    session.execute(insert(target).from_select(["subject", "event_id"], apart))
    session.execute(insert(target).from_select(["subject"], select(Decision.id)))


def rebuild_counts(session: Session, terms: Terms) -> None:
    """All counts anew from the stored decisions."""
    _lock(session, terms)
    recount(session)


def is_demo(session: Session) -> bool:
    """Whether this database was filled by `copilot metrics demo`: every page has to say so."""
    return bool(session.scalar(select(LedgerState.demo).where(LedgerState.id == 1)))


def _lock(session: Session, terms: Terms) -> None:
    session.execute(
        text("INSERT INTO ledger_state (id, made_by, demo) VALUES (1, '{}', false) ON CONFLICT (id) DO NOTHING")
    )
    state = session.scalars(
        select(LedgerState).where(LedgerState.id == 1).with_for_update().execution_options(populate_existing=True)
    ).one()
    if state.made_by != terms.told():
        if state.made_by or session.scalar(select(Decision.id).limit(1)) is not None:
            note_everything(session)
        state.made_by = terms.told()
        session.flush()


def _decide(session: Session, terms: Terms, noted: Mapping[str, Noted], now: dt.datetime, delta: Delta) -> None:
    before = _stored(session, noted)
    subjects = subjects_of(session, terms, noted, now)
    after = {name: subject.values for name, subject in subjects.items()}
    others, until = _family(session, terms, [*before.values(), *after.values()], set(noted))
    touched = {name: dict(row) for name, row in others.items() if row["last_at"] <= until[row["customer_id"]]}
    later = [row for name, row in others.items() if name not in touched]
    _take_back({**touched, **after}, later, terms, now)
    before |= {name: others[name] for name in touched}
    new = {**after, **touched}
    types = {name: subject.types for name, subject in subjects.items()}
    changes: list[Values] = []
    written: list[Values] = []
    gone: list[str] = []
    for name in sorted({*noted, *touched}):
        was, row = before.get(name), new.get(name)
        if was is not None and row is not None:
            row["changes"], row["decided_at"] = was["changes"], was["decided_at"]
            if row == was:
                continue
            row["decided_at"] = now
        if was is not None:
            gone.append(name)
            delta.decision(was, -1)
        if row is not None:
            if was is not None and _label(was) != _label(row):
                row["changes"] += 1
                changes.append(_change(was, row, noted.get(name), types.get(name, {}), now))
            written.append(row)
            delta.decision(row, 1)
    for chunk in chunks(gone):
        session.execute(delete(Decision).where(Decision.id.in_(chunk)))
    if written:
        session.execute(insert(table_of(Decision)), written)
    if changes:
        session.execute(insert(table_of(DecisionChange)), changes)
    _write_answers(session, noted, subjects, delta)
    _follow(session, {name: row for name, row in touched.items() if row["outcome"] != before[name]["outcome"]})


def _follow(session: Session, touched: Mapping[str, Values]) -> None:
    """The answers of conversations whose outcome changed by what came after them."""
    for resolved in (True, False):
        names = sorted(name for name, row in touched.items() if (row["outcome"] in RESOLVED) is resolved)
        for chunk in chunks(names):
            session.execute(update(DecidedAnswer).where(DecidedAnswer.decision_id.in_(chunk)).values(resolved=resolved))


def _stored(session: Session, ids: Iterable[str]) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for chunk in chunks(sorted(ids)):
        rows = session.execute(select(table_of(Decision)).where(Decision.id.in_(chunk)))
        found |= {row.id: dict(row._mapping) for row in rows}
    return found


def _family(
    session: Session, terms: Terms, rows: list[Values], known: set[str]
) -> tuple[dict[str, Values], dict[int, dt.datetime]]:
    """What else the customers of these did about then, and of each customer when the last of these ended.

    What ended by then may be taken back by these, and everything that could take it back is here, too. What ended later
    can only take back: what takes it back itself may be missing here.
    """
    spans: dict[int, tuple[dt.datetime, dt.datetime]] = {}
    for row in rows:
        customer = row["customer_id"]
        if customer is None:
            continue
        first = min(row["started_at"], row["asked_at"] or row["started_at"])
        low, high = spans.get(customer, (first, row["last_at"]))
        spans[customer] = min(low, first), max(high, row["last_at"])
    found: dict[str, Values] = {}
    table = table_of(Decision)
    for chunk in chunks(sorted(spans.items()), 100):
        about = [
            (table.columns.customer_id == customer)
            & (table.columns.last_at >= low - terms.recontact)
            # By the first question as well: a clock that was wrong may have it before the beginning.
            & (
                (table.columns.started_at <= high + terms.recontact)
                | (table.columns.asked_at <= high + terms.recontact)
            )
            for customer, (low, high) in chunk
        ]
        found |= {
            each.id: dict(each._mapping)
            for each in session.execute(select(table).where(or_(*about)))
            if each.id not in known
        }
    return found, {customer: high for customer, (_, high) in spans.items()}


def _take_back(rows: Mapping[str, Values], later: Iterable[Values], terms: Terms, now: dt.datetime) -> None:
    """Of one that counts as solved: whether the customer came back for the same matter in time, maybe by one of `later`."""
    of_customer: dict[int, list[Values]] = defaultdict(list)
    for row in (*rows.values(), *later):
        if row["customer_id"] is not None and row["kind"] in _MAY_RETURN:
            of_customer[row["customer_id"]].append(row)
    for family in of_customer.values():
        visits = [_visit(row) for row in family]
        for row, visit in zip(family, visits, strict=True):
            if row["first_outcome"] not in _RETAKEN or row["id"] not in rows:
                continue
            returned = comes_back_for(visit, visits, terms.recontact)
            if returned is not None:
                by, at = returned
                row |= {"recontacted_by": by, "recontacted_at": at, "within_day": at <= visit.last_at + terms.soon}
                put_outcome(row, Outcome.RECONTACTED, CAME_BACK.id, terms, now)
            elif row["recontacted_by"] is not None:
                # By another one that turned out to be about something else, or is gone.
                row |= {"recontacted_by": None, "recontacted_at": None, "within_day": False}
                outcome = Outcome(row["first_outcome"])
                rule = next(each.id for each in RULES if each.outcome is outcome)
                put_outcome(row, outcome, rule, terms, now)


def _visit(row: Values) -> Visit:
    asks = tuple(dt.datetime.fromtimestamp(each, dt.UTC) for each in row["asks"])
    return Visit(
        row["id"], row["last_at"], asks, Matter(row["category"], row["subcategory"], frozenset(row["articles"]))
    )


def _label(row: Values) -> str:
    return f"{row['kind']}:{row['outcome']}" if row["outcome"] else str(row["kind"])


def _change(was: Values, row: Values, noted: Noted | None, types: Mapping[int, str], now: dt.datetime) -> Values:
    retaken = row["recontacted_by"] != was["recontacted_by"]
    event_id = None if noted is None or retaken else noted.event_id
    because = (
        "recontact" if retaken else types.get(event_id, "conversation") if event_id is not None else "conversation"
    )
    return {
        "decision_id": row["id"],
        "before": _label(was),
        "after": _label(row),
        "late": bool(was["outcome"]) and not was["provisional"],
        "because": because,
        "event_id": event_id,
        "other_id": (row["recontacted_by"] or was["recontacted_by"]) if retaken else None,
        "at": now,
    }


def _settle(session: Session, now: dt.datetime, limit: int, delta: Delta) -> int:
    """Outcomes that nobody changed for the window stand from now on."""
    table = table_of(Decision)
    query = select(table).where(table.columns.settles_at <= now).order_by(table.columns.settles_at).limit(limit)
    rows = [dict(row._mapping) for row in session.execute(query)]
    for row in rows:
        delta.decision(row, -1)
        delta.decision({**row, "provisional": False}, 1)
    for chunk in chunks([row["id"] for row in rows]):
        session.execute(update(Decision).where(Decision.id.in_(chunk)).values(provisional=False, settles_at=None))
    return len(rows)


_ANSWER = [each.name for each in table_of(DecidedAnswer).columns]
_ARTICLE = [each.name for each in table_of(AnswerArticle).columns]


def _write_answers(session: Session, noted: Iterable[str], subjects: Mapping[str, Subject], delta: Delta) -> None:
    """The answers of these conversations, where they are others than before."""
    answers, articles = _answers_of(subjects)
    known: dict[int, Values] = {}
    for chunk in chunks(sorted(noted)):
        rows = session.execute(select(table_of(DecidedAnswer)).where(DecidedAnswer.decision_id.in_(chunk)))
        known |= {row.id: dict(row._mapping) for row in rows}
    placed: dict[int, list[Values]] = defaultdict(list)
    for ids in chunks(sorted(known)):
        for row in session.execute(select(table_of(AnswerArticle)).where(AnswerArticle.answer_id.in_(ids))):
            placed[row.answer_id].append(dict(row._mapping))
    same = {
        name
        for name, row in known.items()
        if answers.get(name) == row and sorted(placed[name], key=lambda each: each["place"]) == articles.get(name, [])
    }
    old = sorted(set(known) - same)
    for ids in chunks(old):
        session.execute(delete(AnswerArticle).where(AnswerArticle.answer_id.in_(ids)))
        session.execute(delete(DecidedAnswer).where(DecidedAnswer.id.in_(ids)))
    for each in (each for name in old for each in placed[name]):
        delta.article(each, -1)
    new = sorted(set(answers) - same)
    written = [each for name in new for each in articles.get(name, [])]
    for each in written:
        delta.article(each, 1)
    if new:
        session.execute(insert(table_of(DecidedAnswer)), [answers[name] for name in new])
    if written:
        session.execute(insert(table_of(AnswerArticle)), written)


def _answers_of(subjects: Mapping[str, Subject]) -> tuple[dict[int, Values], dict[int, list[Values]]]:
    answers: dict[int, Values] = {}
    articles: dict[int, list[Values]] = {}
    for name, subject in subjects.items():
        values = subject.values
        for each in subject.answers:
            row: dict[str, Any] = {
                **{column: values[column] for column in _ANSWER if column in values},
                "id": each.event_id,
                "decision_id": name,
                "turn_id": each.turn_id,
                "at": each.at,
                "confidence": each.confidence,
                "confident": each.confident,
                "decision": each.decision[:16],
                "shown": each.shown,
                "verdict": each.verdict,
                "badness": badness_of(each.verdict, each.confidence, each.shown),
                "resolved": values["outcome"] in RESOLVED,
            }
            answers[each.event_id] = {column: row[column] for column in _ANSWER}
            articles[each.event_id] = [
                {
                    "answer_id": each.event_id,
                    "article_id": article[:255],
                    "place": place,
                    "day": values["day"],
                    "language": values["language"],
                    "shown": each.shown,
                    "opened": article in each.opened,
                    "verdict": each.verdict_on(article),
                }
                for place, article in enumerate(dict.fromkeys(one[:255] for one in each.articles))
            ]
    return answers, articles


def bring_up_to_date(database: Database, terms: Terms) -> int:
    """Decide whatever there is. Returns how many short transactions that took."""
    count = 0
    while True:
        with database.read() as session:
            if not anything_to_do(session, terms):
                return count
        with database.write() as session:
            catch_up(session, terms)
        count += 1
