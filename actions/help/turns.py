"""What a customer's turn does in the help form.

`None` means that the turn was no answer at all (a thank-you, a wish for a person): Rasa's rules speak, then the form asks
again.
"""

from __future__ import annotations

from dataclasses import replace

from actions.answers.clarifying import Clarification
from actions.help.course import HelpCourse, Outcome
from actions.help.searching import take_topic
from actions.help.state import LANGUAGE, PERSON, PROBLEM, SCENARIO, SOLVED, SUBSCRIBED
from actions.tickets.asides import is_question
from bot.inferred import inferred
from bot.picked_out import picked_out
from bot.several_questions import said_besides
from bot.speech import begins_with, speech_of
from bot.spoken_language import spoken_language
from bot.text import fold, words

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
# A greeting, or a curse, with a problem in it: it is answered, too.
_SAID_WITH_IT = {"greet": "greet_back", "insult": "insult"}
# Answers for one problem: the first, and two more.
MOST_ATTEMPTS = 3
# Where a customer begins.
_BEGINNING = frozenset({LANGUAGE, SCENARIO, PROBLEM})
# A yes of more words tells something besides.
_BARE = 6
_SURELY = 0.8
# Up to so many words a refusal only refuses, and a text that is neither yes nor no ("hmm") tells nothing.
_REFUSAL = 8
_MURMUR = 2
# A question that was put so often without an answer is not put again.
TIRED = 3


class HelpTurn(HelpCourse):
    """One turn: `take` applies it to the state and decides what comes next."""

    async def take(self, step: str | None) -> Outcome | None:
        """`step` is what was asked, None where the form begins. The same question is put three times at most."""
        if step is None:
            return await self._begin()
        if self.heard.resumed:
            return await self.ask(step)
        before = self.state.problem
        outcome = await self._take(step)
        if outcome is None or outcome.step != step or self.state.problem != before:
            self.state.values["help_misses"] = None
            return outcome
        missed = int(self.state.values["help_misses"] or 0) + 1
        self.state.values["help_misses"] = str(missed)
        return await self._without_an_answer(step) if missed >= TIRED else outcome

    async def _without_an_answer(self, step: str) -> Outcome:
        """What was not understood three times is assumed where that can be mended later; else a person is next."""
        state = self.state
        self.notes.clear()
        state.values["help_misses"] = None
        if step == LANGUAGE:
            state.speak(state.language)
            return await self.go_on()
        if step == SCENARIO:
            state.values["scenario"] = state.values["inferred_scenario"] or state.catalog.scenarios[0].id
            return await self.go_on()
        return self.end(PERSON)

    async def _take(self, step: str) -> Outcome | None:
        self._hear_assent(step)
        intent = self.heard.intent
        if self.heard.typed and not words(self.heard.text):
            self.note("unclear")
            return await self.ask(step)
        if intent in _ASIDES:
            if not (step in _BEGINNING and self._begins_after_all()):
                return None
            if intent in _SAID_WITH_IT:
                self.note(_SAID_WITH_IT[intent])
            self.heard = replace(self.heard, intent="describe_problem")
            intent = "describe_problem"
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

    def _hear_assent(self, step: str) -> None:
        """ "Yes thanks" is a yes; and what is asked besides ("yes, and also, how do I ...?") waits for its turn."""
        heard = self.heard
        if not heard.typed or step not in (SCENARIO, SOLVED):
            return
        assents = speech_of(self.state.catalog).phrases("assent")
        if not begins_with(words(heard.text), assents):
            return
        rest = said_besides(heard.text)
        if rest is not None and (step == SOLVED or is_question(rest, self.state.catalog)):
            self.state.values["waiting_questions"] = [*(self.state.values["waiting_questions"] or []), rest]
            self.heard = replace(heard, intent="affirm", confidence=1.0, text=heard.text.removesuffix(rest))
        elif heard.intent == "thank":
            self.heard = replace(heard, intent="affirm")

    def _begins_after_all(self) -> bool:
        """Whether what sounded out of place is how the customer begins: "I want to ask something", "HI NOTHING WORKS"."""
        heard = self.heard
        if heard.intent not in ("out_of_scope", *_SAID_WITH_IT) or not heard.typed:
            return False
        guess = inferred(heard.text, self.state.catalog, self.state.language)
        types = {each.id: each.ticket_type for each in self.state.catalog.scenarios}
        # That it is a question says nothing: so is "who won the match?".
        told = guess.sure or types.get(guess.scenario or "", "question") != "question"
        return told or (heard.intent == "out_of_scope" and self.says_nothing(heard.text))

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
        if heard.intent in ("describe_problem", "out_of_scope"):
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
            return await self._goes_on_knowing()
        if heard.intent in ("describe_problem", "out_of_scope"):
            return await self.hear_problem(heard.text)
        if heard.intent == "skip":
            state.values["scenario"] = state.catalog.scenarios[0].id
            return await self.go_on()
        if heard.intent == "choose_scenario":
            self.note("not_an_option")
            return await self.ask(SCENARIO)
        return None

    async def _goes_on_knowing(self) -> Outcome:
        """What is needed is known now; of what was answered before that it is known that the answer did not help."""
        state = self.state
        answered = state.problem is not None and state.values["answered"] == state.problem
        return await self.not_solved() if answered else await self.go_on()

    async def _take_problem(self) -> Outcome | None:
        state, heard = self.state, self.heard
        if heard.intent == "choose_scenario" and state.problem is None:
            return await self._take_scenario()
        if heard.intent == "skip" and state.problem is not None:
            return self.end(PERSON)
        if heard.intent not in ("describe_problem", "out_of_scope"):
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
        tells = heard.typed and heard.intent in ("deny", "describe_problem") and len(words(heard.text)) > _MURMUR
        if heard.intent in ("deny", "skip") and not tells:
            return self.end(PERSON)
        if tells or heard.intent == "describe_problem":  # "no error, just the spinner" is told, too
            if state.is_about("task"):
                state.add_to_problem(heard.text)
                return self.end(PERSON)
            return await self.add(heard.text)
        return None

    async def _take_solved(self) -> Outcome | None:
        state, heard = self.state, self.heard
        if heard.intent == "affirm":
            return await self.solved() if self._clearly_yes() else await self.ask(SOLVED)
        if heard.typed and heard.intent in ("deny", "describe_problem") and not self._tells_more():
            return await self.not_solved()
        if heard.intent == "deny" and heard.typed:
            return await self.add(heard.text)  # "no, it still says 503": what it says is looked up
        if heard.intent in ("deny", "skip"):
            return await self.not_solved()
        if heard.intent == "choose_scenario" and "scenario" in heard.entities and state.scenario is None:
            state.values["scenario"] = heard.entities["scenario"]
            return await self._goes_on_knowing()
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

    def _clearly_yes(self) -> bool:
        """Whether a yes is one: pressed, or said in a few words. A case closed by mistake is the worst that can happen."""
        heard = self.heard
        return not heard.typed or (heard.confidence >= _SURELY and len(words(heard.text)) <= _BARE)

    def _tells_more(self) -> bool:
        """Whether what was said instead of yes or no holds something to look up that was not said yet."""
        text = self.heard.text
        if fold(text) in fold(self.state.problem or ""):
            return False
        told = picked_out(text, self.state.catalog, self.state.language)
        if told.error_text is not None or told.since is not None or told.details:
            return True
        return len(words(text)) > (_REFUSAL if self.heard.intent == "deny" else _MURMUR)
