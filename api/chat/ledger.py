"""Which events a turn writes, decided in one place from what was asked, what came back and what was said before."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from api.chat.gateway import TurnResult
from api.chat.models import Conversation, Turn
from api.metrics.events import EventType, record

# Intents with which a customer brings a matter, as opposed to greetings and questions about an open ticket.
HELP_INTENTS = frozenset(
    {
        "describe_problem",
        "talk_to_person",
        "open_ticket",
        "report_outage",
        "financial_matter",
        "commercial_matter",
        "linkedin_matter",
    }
)
# What is said about a ticket that is there already.
STATUS_INTENTS = frozenset({"check_ticket_status", "add_comment", "reopen_ticket", "change_field"})

# What is asked before the ticket form begins; every other `asks` is a step of the form.
_BEFORE_FORM = frozenset(
    {"language", "scenario", "problem", "clarify", "solved", "notice", "rating", "ticket", "comment"}
)
_OTHER_FORMS = frozenset({"follow_form", "rating_form", "help_form"})


def record_turn(
    session: Session,
    conversation: Conversation,
    turn: Turn,
    *,
    asked: str | None,
    intent: str | None,
    result: TurnResult,
) -> None:
    """Write the events of one ended turn, in the transaction that ends it.

    `asked` is what the copilot's last message had asked for; `intent` what the customer's message was taken as.
    """

    def event(kind: EventType, **data: Any) -> None:
        record(session, kind, conversation_id=conversation.id, turn_id=turn.id, **data)

    if result.status == "failed":
        event(EventType.TURN_FAILED, reason=result.reason)
        return
    facts = result.facts
    language = facts.get("language")
    if language and (asked == "language" or language != conversation.language):
        event(EventType.LANGUAGE_CHOSEN, language=language)
    scenario = facts.get("scenario")
    if scenario and scenario != conversation.scenario:
        event(EventType.SCENARIO_CHOSEN, scenario=scenario)
    answers = [message for message in result.messages if message.answer is not None]
    searched = [message for message in answers if message.answer is not None and not message.answer.clarified]
    if intent in HELP_INTENTS or searched:
        event(EventType.ASKED_FOR_HELP, intent=intent, confidence=facts.get("confidence"))
    if asked == "solved" and intent == "affirm":
        event(EventType.SOLVED_YES)
    if asked == "solved" and intent in ("deny", "talk_to_person", "open_ticket"):
        event(EventType.SOLVED_NO)
    if intent in ("talk_to_person", "open_ticket"):
        event(EventType.PERSON_REQUESTED)
    # On the form's summary a field that changes is of the ticket to come.
    if intent in STATUS_INTENTS and (asked is None or asked in _BEFORE_FORM):
        event(EventType.STATUS_ASKED, intent=intent)
    for message in answers:
        answer = message.answer
        if answer is None:
            continue
        ids = [passage.article_id for passage in answer.passages]
        if not answer.clarified:
            event(
                EventType.SEARCHED,
                confident=answer.confident,
                confidence=answer.confidence,
                article_ids=ids or [topic.article_id for topic in answer.topics],
                decision=answer.decision,
                clarifies=bool(answer.topics),
            )
        if ids:
            locales = sorted({passage.locale for passage in answer.passages})
            event(
                EventType.ANSWER_SHOWN,
                confident=answer.confident,
                article_ids=ids,
                locales=locales,
                decision=answer.decision,
                clarified=answer.clarified,
            )
    for message in result.messages:
        if message.notice is not None:
            event(EventType.NOTICE_SHOWN, notice_id=message.notice)
    if intent == "cancel" and asked is not None and asked not in _BEFORE_FORM:
        event(EventType.FORM_CANCELLED)
    for message in result.messages:
        # An address is asked for a ticket that is there already, too.
        if message.asks is not None and message.asks not in _BEFORE_FORM and facts.get("form") not in _OTHER_FORMS:
            event(EventType.FORM_STEP, asks=message.asks)
