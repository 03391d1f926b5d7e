"""What a customer's turn does in the help form.

`None` means that the turn was no answer at all (a thank-you, a wish for a person): Rasa's rules speak, then the form asks
again.
"""

from __future__ import annotations

from actions.answers.clarifying import Clarification
from actions.help.course import HelpCourse, Outcome
from actions.help.searching import take_topic
from actions.help.state import LANGUAGE, PERSON, SCENARIO, SUBSCRIBED
from bot.inferred import inferred
from bot.spoken_language import spoken_language
from bot.text import words

# Said about the conversation: a rule answers, wherever the form stands.
_ASIDES = frozenset(
    {
        "add_comment",
        "bot_challenge",
        "check_ticket_status",
        "commercial_matter",
        "financial_matter",
        "goodbye",
        "greet",
        "help",
        "insult",
        "linkedin_matter",
        "open_ticket",
        "out_of_scope",
        "reopen_ticket",
        "report_outage",
        "start_over",
        "talk_to_person",
        "thank",
        "which_language",
    }
)
# Answers for one problem: the first, and two more.
MOST_ATTEMPTS = 3
# A longer refusal tells something.
_BARE = 4


class HelpTurn(HelpCourse):
    """One turn: `take` applies it to the state and decides what comes next."""

    async def take(self, step: str | None) -> Outcome | None:
        """`step` is what was asked, None where the form begins."""
        if step is None:
            return await self._begin()
        if self.heard.resumed:
            return await self.ask(step)
        intent = self.heard.intent
        if self.heard.typed and not words(self.heard.text):
            self.note("unclear")
            return await self.ask(step)
        if intent in _ASIDES:
            return None
        if intent == "cancel":
            return await self.drop()
        if intent == "go_back":
            return await self.go_back(step)
        if intent == "choose_language" and step != LANGUAGE:
            return None
        match step:
            case "language":
                return await self._take_language()
            case "scenario":
                return await self._take_scenario()
            case "problem":
                return await self._take_problem()
            case "notice":
                return await self._take_notice()
            case "clarify":
                return await self._take_clarification()
        return await self._take_solved()

    # The steps

    async def _begin(self) -> Outcome:
        intent = self.heard.intent
        scenario = self.heard.entities.get("scenario")
        if intent == "choose_scenario" and scenario is not None:
            self.state.values["scenario"] = scenario
        elif intent == "describe_problem" and self.heard.typed and self.state.problem is None:
            return await self.hear_problem(self.heard.text)
        return await self.go_on()

    async def _take_language(self) -> Outcome | None:
        state, heard = self.state, self.heard
        chosen = heard.entities.get("language")
        if chosen in state.catalog.languages:
            state.speak(chosen)
            return await self.go_on()
        if heard.intent in ("affirm", "skip"):
            state.speak(state.language)
            return await self.go_on()
        if state.values["language_choice"] is not None and heard.typed:  # offered, and not taken up
            return await self.add(heard.text)
        if heard.intent == "choose_scenario":
            spoken = spoken_language(heard.text, state.catalog.languages)
            state.speak(spoken.language if spoken.sure and spoken.language else state.language)
            return await self._take_scenario()
        if heard.intent == "describe_problem":
            return await self.hear_problem(heard.text)
        return None

    async def _take_scenario(self) -> Outcome | None:
        state, heard = self.state, self.heard
        named = heard.entities.get("scenario")
        if named is None and heard.intent == "choose_scenario":
            named = inferred(heard.text, state.catalog, state.language).scenario
        likely = state.values["inferred_scenario"]
        if named is None and likely is not None:
            if heard.intent == "affirm":
                named = likely
            elif heard.intent == "describe_problem":
                named = likely
                state.add_to_problem(heard.text)
            elif heard.intent == "deny":
                state.values["inferred_scenario"] = None
                return await self.ask(SCENARIO)
        if named is not None:
            state.values["scenario"] = named
            return await self.go_on()
        if heard.intent == "describe_problem":
            return await self.hear_problem(heard.text)
        if heard.intent == "skip":
            state.values["scenario"] = state.catalog.scenarios[0].id
            return await self.go_on()
        if heard.intent == "choose_scenario":
            self.note("not_an_option")
            return await self.ask(SCENARIO)
        return None

    async def _take_problem(self) -> Outcome | None:
        state, heard = self.state, self.heard
        if heard.intent == "choose_scenario" and state.problem is None:
            return await self._take_scenario()
        if heard.intent == "skip" and state.problem is not None:
            return self.end(PERSON)
        if heard.intent != "describe_problem":
            return None
        if state.attempts:
            return await self.add(heard.text)
        return await self.hear_problem(heard.text)

    async def _take_notice(self) -> Outcome | None:
        state, heard = self.state, self.heard
        if heard.intent == "affirm":
            return self.end(SUBSCRIBED)
        if heard.intent in ("deny", "skip"):
            state.values["notice"] = "declined"
            return await self.go_on()
        if heard.intent == "describe_problem":
            state.values["notice"] = "declined"
            return await self.add(heard.text)
        return None

    async def _take_clarification(self) -> Outcome | None:
        state, heard = self.state, self.heard
        clarification = Clarification.open_in(state.values)
        if clarification is not None:
            chosen = "none" if heard.intent in ("deny", "skip") else heard.entities.get("clarify")
            if chosen is not None:
                return await self.after(take_topic(state, clarification, chosen))
            if heard.intent == "describe_problem":
                return await self.add(heard.text)
            return None
        if heard.intent in ("deny", "skip"):
            return self.end(PERSON)
        if heard.intent == "describe_problem":
            if state.is_about("task"):
                state.add_to_problem(heard.text)
                return self.end(PERSON)
            return await self.add(heard.text)
        return None

    async def _take_solved(self) -> Outcome | None:
        state, heard = self.state, self.heard
        if heard.intent == "affirm":
            return await self.solved()
        if heard.intent == "deny" and heard.typed and len(words(heard.text)) > _BARE:
            return await self.add(heard.text)  # "no, it still says 503": what it says is looked up
        if heard.intent in ("deny", "skip"):
            return await self.not_solved()
        if heard.intent == "choose_scenario" and "scenario" in heard.entities and heard.typed:
            state.forget_problem()
            state.values["scenario"] = heard.entities["scenario"]
            return await self.go_on()
        if heard.intent == "describe_problem":
            if state.attempts >= MOST_ATTEMPTS:
                state.add_to_problem(heard.text)
                return self.end(PERSON)
            return await self.add(heard.text)
        return None
