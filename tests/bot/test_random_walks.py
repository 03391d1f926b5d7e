"""Random walks through the dialogue: whatever a customer does, every turn is answered and leaves something to do.

`make soak` takes a few that are always the same, and hundreds that are others each time (a failure prints how to repeat
it). A failing walk is printed as the conversation that it was; only the long run shrinks it first, which takes minutes.
"""

from __future__ import annotations

from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.bot.conftest import DialogueProcesses
from tests.support.dialogue import Dialogue
from tests.support.fake_api import CODE, FakeApi, notice
from tests.support.walk_checks import Checker, Move, Seen
from tests.support.walk_words import (
    ADDRESSES,
    ASIDES,
    CHANGES,
    CODES,
    COMMANDS,
    MATTERS,
    NOISE,
    OWN_WORDS,
    PROBLEMS,
    QUESTIONS,
    REPLIES,
    RUN_ONS,
    SWITCHES,
    TICKETS,
)

pytestmark = [pytest.mark.processes, pytest.mark.timeout(3600)]

TURNS = 40
LANGUAGES = ("es", "en", "pt")
PLATFORMS: tuple[list[str], ...] = (["Lumbra Store", "Lumbra Admin"], ["Lumbra Store"], [])
TOPICS = ["Export orders", "Schedule reports", "Report columns"]
SEARCHES = ("answer", "unsure", "person", "topics", "nothing")

some = st.integers(min_value=0, max_value=11)
spoken = st.sampled_from(LANGUAGES)


class Walk(RuleBasedStateMachine):
    """One conversation. A rule is one turn; an integer picks among what the moment offers, so that every step can shrink."""

    processes: ClassVar[DialogueProcesses]
    line: ClassVar[httpx.Client]

    talk: Dialogue
    seen: Seen

    @initialize(language=spoken, platforms=some, verified=st.booleans(), search=st.sampled_from(SEARCHES), known=some)
    def arrive(self, language: str, platforms: int, verified: bool, search: str, known: int) -> None:
        self.api.reset()
        self.find(search)
        self.checker = Checker()
        self.lines: list[str] = []
        context: dict[str, Any] = {"platforms": PLATFORMS[platforms % len(PLATFORMS)]}
        if verified:
            context["customer"] = {"verified": True, "email": "ana@example.com", "name": "Ana"}
        if known % 3 == 0:
            context["language_confirmed"] = True
        self.talk = Dialogue(self.processes.url, language=language, context=context, line=self.line)
        self.seen = Seen(status="", messages=[], slots={}, loop=None)
        self.talk.start()
        self.look(None)

    @property
    def api(self) -> FakeApi:
        return self.processes.api

    def find(self, what: str) -> None:
        """What a search finds from now on."""
        self.api.confident = what == "answer"
        self.api.decision = "person" if what == "person" else "clarify"
        self.api.topics = TOPICS if what == "topics" else []
        self.api.searches = {"confident": False, "confidence": 0.01, "passages": []} if what == "nothing" else None

    @property
    def language(self) -> str:
        return str(self.seen.slots.get("language") or self.talk.language)

    def one(self, words: dict[str, tuple[str, ...]], which: int) -> str:
        pool = words[self.language]
        return pool[which % len(pool)]

    # Going on: what a customer does who wants to get through.

    @rule(which=some)
    @precondition(lambda self: bool(self.seen.choices))
    def press(self, which: int) -> None:
        self.pressed(which)

    @rule(which=some)
    def go_on(self, which: int) -> None:
        self.cooperate(which)

    @rule(which=some)
    def go_on_too(self, which: int) -> None:
        self.cooperate(which)

    @rule(which=some)
    def go_further(self, which: int) -> None:
        self.cooperate(which)

    def cooperate(self, which: int) -> None:
        match self.seen.asks:
            case None:
                self.say(self.one(PROBLEMS, which))
            case "problem":
                self.say(self.one(PROBLEMS, which))
            case "email":
                self.say(ADDRESSES[0])
            case "code":
                self.say(CODE)
            case "confirm":
                self.pressed(0)
            case _ if self.seen.choices:
                self.pressed(which)
            case _:
                self.say(self.one(OWN_WORDS, which))

    def pressed(self, which: int) -> None:
        choice = self.seen.choices[which % len(self.seen.choices)]
        self.talk.press(choice["name"])
        self.look(Move(choice["label"], pressed=choice["name"]))

    @rule(which=some, by_number=st.booleans())
    @precondition(lambda self: bool(self.seen.choices))
    def type_a_choice(self, which: int, by_number: bool) -> None:
        number = which % len(self.seen.choices)
        self.say(str(number + 1) if by_number else str(self.seen.choices[number]["label"]))

    @rule(which=some)
    def reply(self, which: int) -> None:
        match self.seen.asks:
            case "email":
                self.say(ADDRESSES[which % len(ADDRESSES)])
            case "code":
                self.say(CODES[which % len(CODES)])
            case "problem" | None:
                self.say(self.one(PROBLEMS, which))
            case _:
                self.say(self.one(REPLIES if self.seen.choices else OWN_WORDS, which))

    # Not going on.

    @rule(which=some)
    def be_polite_or_not(self, which: int) -> None:
        self.say(self.one(ASIDES, which), answers=False)

    @rule(which=some)
    def command(self, which: int) -> None:
        self.say(self.one(COMMANDS, which), answers=False)

    @rule(which=some)
    def ask_of_a_ticket(self, which: int) -> None:
        self.say(self.one(TICKETS, which), answers=False)

    @rule(which=some)
    def ask_in_the_middle(self, which: int) -> None:
        self.say(self.one(QUESTIONS, which), answers=False)

    @rule(which=some)
    def change_a_field(self, which: int) -> None:
        self.say(self.one(CHANGES, which), answers=False)

    @rule(which=some)
    def bring_another_matter(self, which: int) -> None:
        self.say(self.one(MATTERS, which), answers=False)

    @rule(to=spoken, which=some)
    def switch_language(self, to: str, which: int) -> None:
        self.say(SWITCHES[to][which % len(SWITCHES[to])], answers=False)

    @rule(language=spoken, which=some)
    def tell_in_any_language(self, language: str, which: int) -> None:
        self.say(PROBLEMS[language][which % len(PROBLEMS[language])])

    @rule(which=some)
    def run_on(self, which: int) -> None:
        self.say(RUN_ONS[self.language].format(problem=self.one(PROBLEMS, which), other=self.one(PROBLEMS, which + 1)))

    @rule(which=st.integers(min_value=0, max_value=len(NOISE) - 1))
    def make_noise(self, which: int) -> None:
        self.say(NOISE[which])

    # What happens beside the conversation.

    @rule(files=st.integers(min_value=0, max_value=5), which=some)
    def attach(self, files: int, which: int) -> None:
        # Nobody takes a file back.
        self.talk.context["attachments"] = max(files, self.talk.context.get("attachments", 0))
        self.cooperate(which)

    @rule(status=st.sampled_from(["open", "pending", "solved", "closed"]), which=some)
    def come_back_to_a_ticket(self, status: str, which: int) -> None:
        for each in self.api.tickets.values():
            each["status"] = status
        self.say(self.one(TICKETS, which), answers=False)

    @rule(search=st.sampled_from(SEARCHES), notices=st.booleans(), refuse=st.booleans(), which=some)
    def go_on_in_another_world(self, search: str, notices: bool, refuse: bool, which: int) -> None:
        self.find(search)
        self.api.notices = [notice(about="") if notices else notice(about="nothing is like this")]
        self.api.refuse_ticket = refuse
        self.cooperate(which)

    # One turn.

    def say(self, text: str, *, answers: bool = True) -> None:
        self.talk.say(text)
        self.look(Move(text, answers=answers))

    def look(self, move: Move | None) -> None:
        talk, before = self.talk, self.seen
        if self.api.verified:  # the api knows from now on who this is
            talk.context["customer"] = {"verified": True, "email": "ana@example.com", "name": None}
        posted = [each.body["request"] for each in self.api.opened]
        followups = sum("via_followup_source_id" in each for each in posted)
        self.seen = Seen(
            status=talk.status,
            messages=talk.messages,
            slots=dict(talk.slots),
            loop=talk.state["active_loop"] if talk.state else None,
            tickets=len(posted) - followups,
            followups=followups,
            opened=len(self.api.tickets),
        )
        self.write_down(move)
        try:
            self.checker.check(before, move, self.seen)
        except AssertionError as error:
            error.add_note("\n".join(self.lines))
            raise

    def write_down(self, move: Move | None) -> None:
        if move is not None:
            self.lines.append(f"> {move.text}" if move.pressed is None else f"> [{move.text}] {move.pressed}")
        for each in self.seen.messages:
            labels = " | ".join(choice["label"] for choice in each["choices"])
            self.lines.append(
                f"  ({each['language']}, asks {each['asks']}) {each['text']}" + (labels and f" [{labels}]")
            )


def walk(processes: DialogueProcesses, **chosen: Any) -> None:
    with httpx.Client(trust_env=False, timeout=60) as line:
        machine = type("ThisWalk", (Walk,), {"processes": processes, "line": line})
        run_state_machine_as_test(
            machine,
            settings=settings(
                stateful_step_count=TURNS,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                **chosen,
            ),
        )


def test_whatever_a_customer_does_every_turn_is_answered_and_leaves_something_to_do(
    dialogue: DialogueProcesses,
) -> None:
    walk(dialogue, max_examples=12, derandomize=True, phases=[Phase.generate])


@pytest.mark.soak
def test_so_do_hundreds_of_long_conversations(dialogue: DialogueProcesses) -> None:
    walk(dialogue, max_examples=300)
