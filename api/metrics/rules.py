"""How a conversation ended, decided from its events alone: each rule with its text, in their order of precedence.

Only a conversation that asked for help has an outcome, and it has exactly one: that of the first rule below that holds.
The last rule always holds. One that is confirmed or assumed is *recontacted* where `comes_back_for` says that the same
customer came back for the same matter in time. A greeting is no answer: only searches, answers and followed notices are.

An outcome that a later word could still change is *provisional* until the conversation has been quiet for the window
(`Terms.quiet`): it is counted, so that the outcomes always add up, but no rate counts it.

Conversations of the other kinds (`Kind`) have no outcome and are counted apart, and so are tickets that came without a
conversation. Test traffic (`conversations.is_test`) and that of staff (a customer with an address of staff) counts nowhere.

Pure: no database, no clock, no settings.
"""

from __future__ import annotations

import datetime as dt
import enum
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.metrics.events import EventType

# Another number has every stored decision made again.
VERSION = 1

STAFF = frozenset({"agent", "lead", "admin"})
# What happens to a ticket or a mail afterwards does not end the silence of its conversation.
AFTERWARDS = frozenset(
    {
        EventType.TICKET_CHANGED,
        EventType.TICKET_COMMENTED,
        EventType.TARGET_WARNED,
        EventType.TARGET_BREACHED,
        EventType.ALERT_RAISED,
        EventType.ALERT_ESCALATED,
        EventType.ALERT_ACKNOWLEDGED,
        EventType.MAIL_SENT,
    }
)


class Outcome(enum.StrEnum):
    CONFIRMED = "confirmed"
    ASSUMED = "assumed"
    ABANDONED = "abandoned"
    ESCALATED = "escalated"
    UNANSWERED = "unanswered"
    RECONTACTED = "recontacted"


class Kind(enum.StrEnum):
    """What a conversation was for; the comment says when."""

    HELP = "help"  # it asked for help
    STATUS = "status"  # else: it asked for the state of a ticket, or wrote on one
    SUBSCRIPTION = "subscription"  # else: it followed a service notice
    FORM = "form"  # else: a ticket was opened in it by the form alone
    GREETING = "greeting"  # else: a greeting, something out of scope, or nothing at all
    TICKET = "ticket"  # no conversation: a ticket that came by form, mail or a program
    TEST = "test"
    STAFF = "staff"


# What no figure counts, and what is no conversation.
UNCOUNTED = (Kind.TEST, Kind.STAFF)
CONVERSATIONS = (Kind.HELP, Kind.STATUS, Kind.SUBSCRIPTION, Kind.FORM, Kind.GREETING)


class Stage(enum.StrEnum):
    """How far a conversation came, in this order."""

    OPENED = "opened"
    ASKED = "asked"
    REPLIED = "replied"
    ANSWERED = "answered"
    FORM = "form"
    TICKET = "ticket"


# What no silence has to confirm.
FINAL = frozenset({Outcome.ESCALATED, Outcome.CONFIRMED, Outcome.RECONTACTED})
# What a later conversation may take back.
RESOLVED = frozenset({Outcome.CONFIRMED, Outcome.ASSUMED})


@dataclass(frozen=True)
class Rule:
    """`text` is what a lead reads beside a decision; the same in other languages is `ledger.rules.<id>` of the wording."""

    id: str
    outcome: Outcome
    text: str
    holds: Callable[[History], bool]


RULES: tuple[Rule, ...] = (
    Rule("ticket", Outcome.ESCALATED, "A ticket was opened in the conversation.", lambda each: each.tickets > 0),
    Rule("person", Outcome.ESCALATED, "Somebody of staff answered in the conversation.", lambda each: each.staffed),
    Rule(
        "said_yes",
        Outcome.CONFIRMED,
        "The customer said that the last answer solved it.",
        lambda each: bool(each.solved),
    ),
    Rule(
        "no_reply",
        Outcome.ABANDONED,
        "The customer left before any reply to the question.",
        lambda each: not each.replied,
    ),
    Rule(
        "left_form", Outcome.ABANDONED, "The customer left in the middle of the ticket form.", lambda each: each.in_form
    ),
    Rule(
        "not_confident",
        Outcome.UNANSWERED,
        "The copilot had no confident answer to the last question.",
        lambda each: not each.confident,
    ),
    Rule(
        "said_no",
        Outcome.UNANSWERED,
        "The customer said that the last answer did not help, or asked for a person instead, and left.",
        lambda each: each.solved is False,
    ),
    Rule(
        "quiet",
        Outcome.ASSUMED,
        "A confident answer, or a service notice that the customer follows, and no complaint afterwards.",
        lambda _each: True,
    ),
)
CAME_BACK = Rule(
    "came_back",
    Outcome.RECONTACTED,
    "It counted as solved, but the same customer came back for the same matter within the window.",
    lambda _each: False,
)
TEXTS: Mapping[str, str] = {each.id: each.text for each in (*RULES, CAME_BACK)}


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as the rules read it."""

    id: int
    type: str
    turn_id: str | None
    ticket_id: int | None
    data: Mapping[str, Any]
    at: dt.datetime


@dataclass(slots=True)
class AnswerSeen:
    """A search and what became of its answer. `opened`: articles that were opened from it."""

    event_id: int
    turn_id: str | None
    at: dt.datetime
    confident: bool
    confidence: float | None
    decision: str
    articles: tuple[str, ...]
    shown: bool = False
    verdict: str = ""
    opened: set[str] = field(default_factory=set)

    def verdict_on(self, article_id: str) -> str:
        """The verdict, where it is about this article: one that was opened, else the first."""
        meant = self.opened or set(self.articles[:1])
        return self.verdict if article_id in meant else ""


@dataclass
class History:
    """What happened in one conversation, as far as outcomes need it."""

    asks: list[dt.datetime] = field(default_factory=list)
    last_at: dt.datetime | None = None
    replied: bool = False
    answered: bool = False
    confident: bool = False
    solved: bool | None = None
    in_form: bool = False
    was_in_form: bool = False
    staffed: bool = False
    person: bool = False
    ticket_ids: set[int | str] = field(default_factory=set)
    first_ticket: int | None = None
    helped: int = 0
    wrong: int = 0
    answers: list[AnswerSeen] = field(default_factory=list)
    asked_status: bool = False
    followed: bool = False
    rating: str = ""
    ticket_matter: tuple[str, str] = ("", "")
    language_chosen: bool = False
    scenario_chosen: bool = False
    form_asks: str = ""
    types: dict[int, str] = field(default_factory=dict)

    @property
    def tickets(self) -> int:
        return len(self.ticket_ids)

    def take(self, event: Happened) -> None:
        """Take the next event into account. They come in the order of their moments, of their numbers where these agree."""
        data, at = event.data, event.at
        if event.type not in AFTERWARDS:
            self.last_at = at if self.last_at is None else max(self.last_at, at)
        match event.type:
            case EventType.LANGUAGE_CHOSEN:
                self.language_chosen = True
            case EventType.SCENARIO_CHOSEN:
                self.scenario_chosen = True
            case EventType.ASKED_FOR_HELP:
                self.asks.append(at)
                self.solved = None
            case EventType.SEARCHED | EventType.ANSWER_SHOWN:
                self._answer(event)
            case EventType.NOTICE_SUBSCRIBED:
                # They know what it is and wait for it to be mended: an answer, until they say or search more.
                self.replied = self.confident = self.followed = True
                self.solved = None
                self.in_form = False
            case EventType.ANSWER_OPENED:
                self._opened(str(data.get("article_id")))
            case EventType.SOLVED_YES:
                self.solved = True
                self.in_form = False
                self.helped += 1
                self._judge("yes")
            case EventType.SOLVED_NO:
                self.solved = False
                self.wrong += 1
                self._judge("no")
            case EventType.PERSON_REQUESTED:
                self.person = True
                self.solved = False
            case EventType.FORM_STEP:
                self.in_form = self.was_in_form = True
                self.form_asks = str(data.get("asks") or "")
            case EventType.FORM_CANCELLED:
                self.in_form = False
            case EventType.TICKET_OPENED:
                self._ticket(event)
            case EventType.TICKET_COMMENTED:
                self.staffed = self.staffed or (bool(data.get("public")) and data.get("by") in STAFF)
                self.asked_status = self.asked_status or data.get("by") == "customer"
            case EventType.STATUS_ASKED:
                self.asked_status = True
            case EventType.RATED if event.ticket_id is None:
                self.rating = str(data.get("score") or "")

    def _answer(self, event: Happened) -> None:
        data = event.data
        self.replied = True
        self.confident = bool(data.get("confident"))
        self.solved = None
        self.in_form = False
        shown = event.type == EventType.ANSWER_SHOWN
        self.answered = self.answered or shown
        articles = tuple(dict.fromkeys(str(each) for each in data.get("article_ids") or ()))
        last = self.answers[-1] if self.answers else None
        if shown and last is not None and not last.shown and last.turn_id == event.turn_id:
            last.shown, last.articles = True, articles or last.articles
            return
        given = data.get("confidence")
        confidence = float(given) if isinstance(given, int | float) else None
        decision = str(data.get("decision") or "")
        self.answers.append(
            AnswerSeen(
                event.id, event.turn_id, event.at, self.confident, confidence, decision, articles, shown=shown
            )
        )  # fmt: skip

    def _shown(self) -> AnswerSeen | None:
        return next((each for each in reversed(self.answers) if each.shown), None)

    def _judge(self, verdict: str) -> None:
        answer = self._shown()
        if answer is not None:
            answer.verdict = verdict

    def _opened(self, article_id: str) -> None:
        for each in reversed(self.answers):
            if article_id in each.articles:
                each.opened.add(article_id)
                return

    def _ticket(self, event: Happened) -> None:
        if self.first_ticket is None:
            self.first_ticket = event.ticket_id
        self.ticket_ids.add(event.ticket_id if event.ticket_id is not None else f"event-{event.id}")
        self.in_form = False
        category, subcategory = event.data.get("category"), event.data.get("subcategory")
        if category:
            self.ticket_matter = str(category), str(subcategory or "")
        answer = self._shown()
        if answer is not None:
            # A "yes" that a ticket followed says nothing.
            answer.verdict = {"": "ticket", "yes": ""}.get(answer.verdict, answer.verdict)

    def kind(self) -> Kind:
        if self.asks:
            return Kind.HELP
        if self.ticket_ids:
            return Kind.FORM
        if self.asked_status:
            return Kind.STATUS
        return Kind.SUBSCRIPTION if self.followed else Kind.GREETING

    def rule(self) -> Rule | None:
        """The rule that decides, before re-contacts; None where it did not ask for help."""
        if not self.asks:
            return None
        return next(each for each in RULES if each.holds(self))

    def stage(self) -> Stage:
        if self.ticket_ids:
            return Stage.TICKET
        if self.was_in_form:
            return Stage.FORM
        if self.answered:
            return Stage.ANSWERED
        if self.replied:
            return Stage.REPLIED
        return Stage.ASKED if self.asks else Stage.OPENED

    def stopped_at(self) -> str:
        """What was asked last, as `Message.asks` names it; `reply` where the customer waited for ours."""
        if self.ticket_ids:
            return ""
        if self.in_form:
            return self.form_asks
        if not self.asks:
            return "problem" if self.scenario_chosen else "scenario" if self.language_chosen else "language"
        if not self.replied:
            return "reply"
        return "solved" if self.solved is None and self.answered else ""


def history_of(events: Iterable[Happened]) -> History:
    """Of events in any order, where the same may be written more than once: what one turn tells twice counts once."""
    found = History()
    seen: set[tuple[object, ...]] = set()
    for event in sorted(events, key=lambda each: (each.at, each.id)):
        found.types[event.id] = event.type
        if event.turn_id is not None:
            told = json.dumps(event.data, sort_keys=True, default=str)
            key = (event.turn_id, event.type, event.ticket_id, told)
            if key in seen:
                continue
            seen.add(key)
        found.take(event)
    return found


@dataclass(frozen=True, slots=True)
class Matter:
    """What a conversation or a ticket is about, as far as it says."""

    category: str
    subcategory: str
    articles: frozenset[str]

    def same(self, other: Matter) -> bool:
        """The same category, and no other subcategory; or an article that was shown or found in both. Two that have
        nothing to be compared by count as the same, so that no success is claimed that may be none."""
        if self.category and other.category:
            if self.category == other.category and (
                not self.subcategory or not other.subcategory or self.subcategory == other.subcategory
            ):
                return True
            return bool(self.articles & other.articles)
        if self.articles and other.articles:
            return bool(self.articles & other.articles)
        return True


@dataclass(frozen=True, slots=True)
class Visit:
    """A conversation or a ticket of a customer: when it asked, when it ended, what it is about."""

    id: str
    last_at: dt.datetime
    asks: tuple[dt.datetime, ...]
    matter: Matter


def comes_back_for(visit: Visit, others: Iterable[Visit], window: dt.timedelta) -> tuple[str, dt.datetime] | None:
    """The earliest moment at which the same customer asked again for the same matter in another conversation, or by a
    ticket, after the end of this one and within the window; and where."""
    end, latest = visit.last_at, visit.last_at + window
    found = [
        (at, each.id)
        for each in others
        if each.id != visit.id and each.last_at > end
        for at in each.asks
        if end < at <= latest and visit.matter.same(each.matter)
    ]
    if not found:
        return None
    at, by = min(found)
    return by, at
