"""Fixtures of this folder: a lead who looks at pages, and conversations that are over."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.models import Conversation, Message
from api.database import utc_now
from api.identity.models import Customer
from api.metrics.events import Event
from api.metrics.gap_models import GapCluster, GapQuestion, GapRun, GapTicket
from api.tickets.models import Ticket
from tests.support.fake_help_center import FakeHelpCenter
from tests.support.rest import Answer, Rest, rest

__all__ = ["rest"]

Opener = Callable[..., Answer]
QUESTION = "Write to ana@shop.example, my card 4111 1111 1111 1111 is declined"


@dataclass
class Past:
    """Writes conversations with their events, as the chat would have."""

    rest: Rest

    def talk(
        self,
        *events: str,
        days: float = 3,
        language: str = "en",
        confidence: float = 0.8,
        question: str = QUESTION,
        category: str | None = "incident",
    ) -> str:
        """One conversation of `days` ago in which these events followed each other; its id. ``answer`` is a confident
        answer with its message, ``unsure`` one that is not; ``ticket`` opens a ticket."""
        id, turn = uuid.uuid4().hex, uuid.uuid4().hex
        at = utc_now() - dt.timedelta(days=days)
        with self.rest.database.write() as session:
            customer = Customer(contact_email=f"{id}@shop.example")
            session.add(customer)
            session.flush()
            session.add(
                Conversation(
                    id=id, token_hash=id, channel="widget", language=language, customer_id=customer.id,
                    category=category, scenario="incident", created_at=at, last_activity_at=at,
                )
            )  # fmt: skip
            session.flush()
            session.add(_message(id, 1, "customer", question, language, at))

            def tell(kind: str, **data: Any) -> None:
                nonlocal at
                at += dt.timedelta(seconds=10)
                session.add(Event(type=kind, conversation_id=id, turn_id=turn, data=data, at=at))

            tell("conversation_started", channel="widget", language=language)
            for each in events:
                if each in ("answer", "unsure"):
                    sure = each == "answer"
                    ids = ["export-sales-report", "roles"]
                    told = {"confident": sure, "decision": "answer" if sure else "clarify", "article_ids": ids}
                    tell("searched", confidence=confidence, **told)
                    tell("answer_shown", locales=[language] * 2, **told)
                    session.add(
                        _message(
                            id, 2, "copilot", "This may help", language, at, turn, _answer(question, ids, language)
                        )
                    )
                elif each == "ticket":
                    ticket = Ticket(
                        subject="s", description="d", type="question", priority="high", language=language, via="chat",
                        category=category, conversation_id=id, created_at=at, first_response_at=at + dt.timedelta(hours=2),
                    )  # fmt: skip
                    session.add(ticket)
                    session.flush()
                    tell("ticket_opened", ticket_id=ticket.id, category=category, priority="high", via="chat")
                else:
                    tell(each, **({"asks": "email"} if each == "form_step" else {}))
        return id


def _message(
    conversation: str, seq: int, role: str, text: str, language: str, at: dt.datetime, turn: str | None = None,
    answer: dict[str, Any] | None = None,
) -> Message:  # fmt: skip
    kind = "answer" if answer else "text"
    return Message(
        conversation_id=conversation, seq=seq, role=role, kind=kind, text=text, language=language, turn_id=turn,
        answer=answer, choices=[], created_at=at,
    )  # fmt: skip


def _answer(question: str, ids: list[str], language: str) -> dict[str, Any]:
    passages = [
        {
            "article_id": each,
            "title": each,
            "locale": language,
            "url": f"/help/{language}/{each}#steps",
            "snippet": "Press it.",
        }
        for each in ids
    ]
    return {"confident": True, "query": question, "passages": passages}


def message_of(session: Session, talk: str) -> int:
    """The number of the message with a conversation's answer."""
    query = select(Message.id).where(Message.conversation_id == talk, Message.kind == "answer")
    return session.scalars(query).one()


@pytest.fixture
def gap(rest: Rest, past: Past) -> str:
    """A topic of one question with an address in it, that a ticket answers."""
    talk = past.talk("asked_for_help", "unsure", "ticket", confidence=0.3)
    now = utc_now()
    near = {
        "article_id": "roles", "locale": "en", "title": "Roles", "url": "/help/en/roles", "confidence": 0.31,
        "answers_from": 0.63, "share": 1.0,
    }  # fmt: skip
    with rest.database.write() as session:
        ticket = session.scalars(select(Ticket.id)).one()
        session.add(GapRun(since=now - dt.timedelta(days=28), until=now, questions=9, alone=2, answered=1, seconds=1.0))
        session.add(
            GapCluster(id="c1", topic="c1", language="en", terms=["card", "declined"], size=7, before=2, doubted=3,
                       nearest=near, first_at=now, last_at=now)
        )  # fmt: skip
        session.add(
            GapQuestion(
                message_id=message_of(session, talk),
                cluster_id="c1",
                conversation_id=talk,
                at=now,
                place=0,
                example=True,
            )
        )
        session.add(GapTicket(cluster_id="c1", ticket_id=ticket, direct=True, likeness=0.9))
    return "c1"


@pytest.fixture
def articles(rest: Rest) -> FakeHelpCenter:
    """A few articles, in the place of the index."""
    made = FakeHelpCenter()
    rest.services.help_center = cast("Any", made)
    return made


@pytest.fixture
def past(rest: Rest, articles: FakeHelpCenter) -> Past:
    """Makes conversations that are over."""
    return Past(rest)


@pytest.fixture
def look(rest: Rest, articles: FakeHelpCenter) -> Opener:
    """Opens a page of the dashboard as a lead: ``look("/leads", lang="pt", **parameters)``. With `form` it is sent."""
    headers = rest.token_of("lead", "eva@team.example")

    def opener(
        path: str = "/leads",
        *,
        lang: str = "en",
        status: int = 200,
        form: dict[str, str] | None = None,
        **parameters: Any,
    ) -> Answer:
        query = {"lang": lang, **parameters}
        if form is None:
            answer = rest.http.get(path, params=query, headers=headers)
        else:
            answer = rest.http.post(path, params=query, data=form, headers=headers)
        assert answer.status_code == status, answer.text[:2000]
        return answer

    return opener
