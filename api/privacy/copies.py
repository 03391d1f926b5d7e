"""Copies of what a person said, which no column ties to them: answers kept for repeats, deliveries to other systems, words
of content gaps, pinned questions, and their address in what others wrote."""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import JSON, Select, String, Text, cast, delete, func, or_, select, update
from sqlalchemy.orm import Session

from api.chat.models import Message
from api.database import utc_now
from api.help_center.steering import question_key
from api.leads.models import PinnedArticle
from api.metrics.gap_models import GapCluster, GapQuestion
from api.migrations import all_tables
from api.privacy.columns import COLUMNS, Kind, columns_of
from api.privacy.person import Person, among
from api.privacy.rules import MARK
from api.tickets.models import IdempotencyKey
from api.tickets.shapes import customer_user_id
from api.webhooks.models import WebhookDelivery
from knowledge_base.text import fold

Counts = dict[str, int]
_BATCH = 500
_EMPTY = "{}"
# Another's rows with a key in them, where an address may stand but nothing may be replaced.
_KEYS = frozenset({("uploads", "owner"), ("attachments", "owner"), ("undeliverable_addresses", "address")})


def questions_of(session: Session, person: Person) -> list[str]:
    """What the person asked, as typed and as searched for."""
    found: dict[str, None] = {}
    for some in among(Message.conversation_id, person.conversations):
        for role, text, answer in session.execute(select(Message.role, Message.text, Message.answer).where(some)):
            if role == "customer":
                found[text] = None
            query = (answer or {}).get("query")
            if query:
                found[str(query)] = None
    return list(found)


def erase_questions(session: Session, asked: list[str]) -> Counts:
    """Take the words of these questions out of gaps and pins. The person's own rows of gaps are gone already."""
    keys = {question_key(each) for each in asked} - {""}
    pins = 0
    for row in session.execute(select(PinnedArticle.id, PinnedArticle.words)).all():
        if row.words in keys:
            session.execute(delete(PinnedArticle).where(PinnedArticle.id == row.id))
            pins += 1
    words = {word for each in asked for word in _words(each)}
    clusters = 0
    for cluster_id, terms, gone_at in session.execute(
        select(GapCluster.id, GapCluster.terms, GapCluster.gone_at)
    ).all():
        touched = [term for term in terms if words & _words(term)]
        if not touched:
            continue
        others = session.scalars(
            select(Message.answer)
            .join(GapQuestion, GapQuestion.message_id == Message.id)
            .where(GapQuestion.cluster_id == cluster_id)
        ).all()
        known = {word for answer in others for word in _words(str((answer or {}).get("query") or ""))}
        kept = [term for term in terms if not words & _words(term) or _words(term) <= known]
        if kept != terms:
            gone = gone_at or (None if others else utc_now())
            session.execute(update(GapCluster).where(GapCluster.id == cluster_id).values(terms=kept, gone_at=gone))
            clusters += 1
    return {"pinned_articles": pins, "gap_clusters": clusters}


def erase_answers(session: Session, person: Person) -> Counts:
    """Empty the bodies that tell of the person's tickets: answers kept for staff's repeats, and deliveries."""
    found = {"idempotency_keys": 0, "webhook_deliveries": 0}
    answers = select(IdempotencyKey.body, IdempotencyKey.scope, IdempotencyKey.key)
    for scope, key in _telling(session, answers, person):
        session.execute(
            update(IdempotencyKey)
            .where(IdempotencyKey.scope == scope, IdempotencyKey.key == key)
            .values(body=_EMPTY, digest="")
        )
        found["idempotency_keys"] += 1
    deliveries = select(WebhookDelivery.body, WebhookDelivery.id, WebhookDelivery.status)
    for number, status in _telling(session, deliveries, person):
        ended = "failed" if status == "pending" else status
        session.execute(update(WebhookDelivery).where(WebhookDelivery.id == number).values(body=_EMPTY, status=ended))
        found["webhook_deliveries"] += 1
    return found


def erase_mentions(session: Session, person: Person) -> Counts:
    """Replace the person's addresses wherever somebody else wrote them."""
    found: Counts = {}
    for name in COLUMNS:
        table = all_tables().tables[name]
        columns = [
            table.c[each]
            for each in columns_of(name, Kind.PERSON)
            if isinstance(table.c[each].type, (String, JSON)) and (name, each) not in _KEYS
        ]
        if not columns or not person.addresses:
            continue
        mentioned = or_(
            *(
                func.lower(cast(column, Text)).contains(address, autoescape=True)
                for column in columns
                for address in person.addresses
            )
        )
        keys = list(table.primary_key)
        for row in session.execute(select(*keys, *columns).where(mentioned)).all():
            values = {}
            for column in columns:
                old = getattr(row, column.name)
                new = _without(old, person.addresses)
                if new != old:
                    values[column] = new
            if values:
                where = [key == getattr(row, key.name) for key in keys]
                session.execute(update(table).where(*where).values(values))
                found[name] = found.get(name, 0) + 1
    return found


def _telling(session: Session, bodies: Select[*tuple[Any, ...]], person: Person) -> list[list[Any]]:
    """What else was asked of the rows whose body, the first column, tells of the person."""
    rows = session.execute(bodies, execution_options={"yield_per": _BATCH})
    return [rest for body, *rest in rows if body != _EMPTY and _tells_of(_read(body), person)]


def _read(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _tells_of(value: Any, person: Person) -> bool:
    """Whether a JSON document is of one of the person's tickets, comments or conversations, or of the person."""
    tickets, talks, comments = set(person.tickets), set(person.conversations), set(person.comments)
    user = None if person.customer_id is None else customer_user_id(person.customer_id)

    def look(each: Any, name: str) -> bool:
        if isinstance(each, list):
            return any(look(one, name.removesuffix("s")) for one in each)
        if not isinstance(each, dict):
            return _is(each, name)
        if _is(each.get("id"), f"{name}_id"):
            return True
        return any(look(one, key) for key, one in each.items())

    def _is(each: Any, name: str) -> bool:
        if name in ("ticket_id", "request_id", "followup_source_id", "via_followup_source_id"):
            return isinstance(each, int) and each in tickets
        if name == "conversation_id":
            return isinstance(each, str) and each in talks
        if name == "comment_id":
            return isinstance(each, int) and each in comments
        if name in ("user_id", "requester_id", "author_id", "end_user_id"):
            return isinstance(each, int) and each == user
        return False

    return look(value, "")


def _without(value: Any, addresses: list[str]) -> Any:
    if isinstance(value, str):
        for each in addresses:
            value = re.sub(re.escape(each), MARK, value, flags=re.IGNORECASE)
        return value
    if isinstance(value, list):
        return [_without(each, addresses) for each in value]
    if isinstance(value, dict):
        return {_without(name, addresses): _without(each, addresses) for name, each in value.items()}
    return value


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", fold(text)))
