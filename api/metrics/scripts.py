"""Made-up conversations: what happens in each, drawn with a seed, for the demonstration and for tests and benches.

A `Script` is plain rows of events, messages and at most one ticket; nothing here decides how it ended. `disturbed` makes of
its events what a bad day makes of them: late, twice, out of order.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.metrics.events import EventType

Moment = dt.datetime
SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True)
class Topic:
    """Something that customers ask: how, by language, and the articles that answer it (none: a gap), by language."""

    id: str
    questions: dict[str, tuple[str, ...]]
    articles: tuple[str, ...] = ()
    category: str | None = None
    subcategory: str | None = None
    scenario: str = "question"
    replies: dict[str, str] = field(default_factory=dict)
    # An article answers it from then on.
    answered_from: Moment | None = None


@dataclass
class Said:
    """A message, by its place among the others; `event`: the answer that came with it."""

    role: str
    text: str
    at: Moment
    turn_id: str
    asks: str | None = None
    answer: dict[str, Any] | None = None


@dataclass
class Told:
    """An event."""

    type: EventType
    at: Moment
    turn_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass
class Script:
    """One conversation, or a ticket without one (`channel` web or mail)."""

    id: str
    at: Moment
    language: str
    channel: str
    customer: int | None
    topic: Topic | None
    is_test: bool = False
    named: bool = False
    events: list[Told] = field(default_factory=list)
    messages: list[Said] = field(default_factory=list)
    ticket: bool = False
    question: str = ""
    rating: str = ""


# How often each happens. In the order of the day a working Monday is busiest.
_CHANNELS = ("widget",) * 6 + ("admin",) * 3 + ("helpcenter",) * 2
_HOURS = (1, 1, 1, 1, 1, 2, 3, 5, 9, 12, 13, 12, 9, 10, 12, 12, 11, 9, 6, 4, 3, 3, 2, 1)
_DAYS = (13, 12, 12, 11, 10, 4, 3)
_FORM = ("email", "category", "subcategory", "impact", "title", "description", "confirm")


class Writer:
    """Draws scripts. `customers`: how many there are to come back."""

    def __init__(self, draw: random.Random, languages: Sequence[str], topics: Sequence[Topic], customers: int) -> None:
        self._draw = draw
        self._languages = list(languages)
        self._answered = [each for each in topics if each.articles]
        self._gaps = [each for each in topics if not each.articles or each.answered_from is not None]
        self._articles = sorted({one for each in self._answered for one in each.articles}) or ["none"]
        self._customers = customers
        self._turn = 0
        self._at = dt.datetime.min.replace(tzinfo=dt.UTC)

    def moments(self, since: Moment, until: Moment, number: int) -> list[Moment]:
        """So many beginnings, in order: more on working days and by day, and more as time goes on."""
        days = (until - since).days or 1
        weights = [_DAYS[(since + dt.timedelta(days=each)).weekday()] * (1 + 0.6 * each / days) for each in range(days)]
        found = []
        for day in self._draw.choices(range(days), weights, k=number):
            (hour,) = self._draw.choices(range(24), _HOURS)
            found.append(since + dt.timedelta(days=day, hours=hour, seconds=self._draw.randrange(3600)))
        return sorted(each for each in found if each < until)

    def write(self, at: Moment) -> Script:
        """A conversation that begins then."""
        draw = self._draw
        language = draw.choices(self._languages, [5, 3, 3][: len(self._languages)] + [1] * (len(self._languages) - 3))[
            0
        ]
        customer = draw.randint(1, self._customers) if draw.random() < 0.55 else None
        script = Script(
            f"{draw.getrandbits(128):032x}", at, language, draw.choice(_CHANNELS), customer, None,
            is_test=draw.random() < 0.01,
        )  # fmt: skip
        self._at = at
        what = draw.random()
        if what < 0.04:
            return self._by_form(script)
        self._turn_of(script)
        self._tell(script, EventType.CONVERSATION_STARTED, channel=script.channel, language=language)
        if what < 0.10:
            return script
        self._turn_of(script)
        self._tell(script, EventType.LANGUAGE_CHOSEN, language=language)
        if what < 0.13:
            self._tell(script, EventType.STATUS_ASKED, intent="check_ticket_status")
            return script
        if what < 0.145:
            self._tell(script, EventType.NOTICE_SHOWN, notice_id=1)
            self._tell(script, EventType.NOTICE_SUBSCRIBED, notice_id=1)
            return script
        return self._help(script)

    def _help(self, script: Script) -> Script:
        draw = self._draw
        gap = bool(self._gaps) and draw.random() < 0.22
        script.topic = topic = draw.choice(self._gaps if gap else self._answered or self._gaps)
        script.named = draw.random() < 0.7
        self._turn_of(script)
        self._tell(script, EventType.SCENARIO_CHOSEN, scenario=topic.scenario)
        if draw.random() < 0.05:
            return script
        for _ in range(3):
            solved = self._ask(script, topic)
            if solved is not None or draw.random() < 0.45:
                break
        if draw.random() < 0.12:
            script.rating = "good" if draw.random() < (0.93 if solved else 0.5) else "bad"
            self._tell(script, EventType.RATED, score=script.rating, previous=None)
        return script

    def _ask(self, script: Script, topic: Topic) -> bool | None:
        """A question and what follows; None where the customer may ask again."""
        draw = self._draw
        script.question = question = draw.choice(topic.questions[script.language])
        self._turn_of(script)
        self._say(script, "customer", question)
        intent = "talk_to_person" if draw.random() < 0.05 else "describe_problem"
        self._tell(script, EventType.ASKED_FOR_HELP, intent=intent, confidence=0.9)
        if intent == "talk_to_person":
            self._tell(script, EventType.PERSON_REQUESTED)
            return self._form(script)
        if draw.random() < 0.03:
            self._tell(script, EventType.TURN_FAILED, reason="timeout")
            return False
        known = bool(topic.articles) and (topic.answered_from is None or self._at >= topic.answered_from)
        confidence = round(min(max(draw.gauss(0.78 if known else 0.34, 0.17), 0.01), 0.99), 4)
        confident = confidence >= 0.5
        right = known and draw.random() < 0.93
        shown = list(topic.articles[:1]) if right else []
        shown += [each for each in draw.sample(self._articles, min(2, len(self._articles))) if each not in shown]
        decision = "answer" if confident else "person"
        self._tell(
            script, EventType.SEARCHED, confident=confident, confidence=confidence, article_ids=shown,
            decision=decision, clarifies=False,
        )  # fmt: skip
        self._answer(script, question, shown, confident, confidence, decision)
        if not confident and draw.random() < 0.5:
            return None if draw.random() < 0.4 else self._form(script) if draw.random() < 0.6 else False
        self._tell(
            script, EventType.ANSWER_SHOWN, confident=confident, article_ids=shown, locales=[script.language],
            decision=decision, clarified=False,
        )  # fmt: skip
        if draw.random() < 0.35:
            self._tell(script, EventType.ANSWER_OPENED, article_id=shown[0], locale=script.language)
        self._turn_of(script)
        word = draw.random()
        if word < (0.42 if right else 0.06):
            self._tell(script, EventType.SOLVED_YES)
            return True
        if word < (0.50 if right else 0.55):
            self._tell(script, EventType.SOLVED_NO)
            choice = draw.random()
            return None if choice < 0.3 else self._form(script) if choice < 0.85 else False
        return False

    def _form(self, script: Script) -> bool:
        """The ticket form: to its end, cancelled, or left in the middle."""
        draw = self._draw
        for number, asks in enumerate(_FORM):
            self._turn_of(script)
            self._tell(script, EventType.FORM_STEP, asks=asks)
            if draw.random() < 0.05:
                if draw.random() < 0.3:
                    self._tell(script, EventType.FORM_CANCELLED)
                return False
            if number == 0 and script.customer is None:
                script.customer = draw.randint(1, self._customers)
                self._tell(script, EventType.CUSTOMER_VERIFIED, method="code")
        self._ticket(script, "chat")
        return False

    def _by_form(self, script: Script) -> Script:
        draw = self._draw
        script.channel = draw.choice(("web", "web", "mail"))
        script.customer = script.customer or draw.randint(1, self._customers)
        script.topic = draw.choice([*self._gaps, *self._answered])
        script.question = draw.choice(script.topic.questions[script.language])
        script.id = ""
        self._ticket(script, script.channel)
        return script

    def _ticket(self, script: Script, via: str) -> None:
        script.ticket = True
        topic = script.topic
        data = {
            "category": topic.category if topic else None,
            "subcategory": topic.subcategory if topic else None,
            "priority": self._draw.choice(("low", "normal", "normal", "high")),
            "via": via,
        }
        self._tell(script, EventType.TICKET_OPENED, **data)

    def _answer(
        self, script: Script, query: str, shown: list[str], confident: bool, confidence: float, decision: str
    ) -> None:
        passages = [
            {"article_id": each, "title": each, "heading": "", "url": f"/help/{script.language}/{each}",
             "locale": script.language, "snippet": "", "score": confidence}
            for each in shown
        ]  # fmt: skip
        answer = {
            "query": query, "confident": confident, "confidence": confidence, "decision": decision,
            "passages": passages, "clarified": False, "topics": [], "related": [],
        }  # fmt: skip
        self._say(script, "copilot", "", asks="solved", answer=answer)

    def _turn_of(self, script: Script) -> None:
        self._turn += 1
        self._at += dt.timedelta(seconds=self._draw.randint(4, 150))

    def _tell(self, script: Script, kind: EventType, **data: Any) -> None:
        self._at += SECOND / 50
        script.events.append(Told(kind, self._at, f"{self._turn:032x}", data))

    def _say(self, script: Script, role: str, text: str, **more: Any) -> None:
        script.messages.append(Said(role, text, self._at, f"{self._turn:032x}", **more))


def disturbed(scripts: Iterable[Script], draw: random.Random) -> list[tuple[Script, Told]]:
    """The events of these in the order in which they are written: some late, some twice, some before those that they
    follow; a few clocks are wrong by hours."""
    found: list[tuple[float, int, Script, Told]] = []
    number = 0
    for script in scripts:
        skew = dt.timedelta(minutes=draw.randint(-180, 180)) if draw.random() < 0.01 else dt.timedelta()
        for told in script.events:
            if skew and draw.random() < 0.5:
                told.at += skew
            written = told.at.timestamp() + (
                draw.expovariate(1 / 90_000) if draw.random() < 0.05 else draw.uniform(0, 40)
            )
            copies = 2 if draw.random() < 0.03 else 1
            for copy in range(copies):
                number += 1
                found.append((written + copy * draw.uniform(0, 90_000), number, script, told))
    return [(script, told) for _, _, script, told in sorted(found, key=lambda each: each[:2])]
