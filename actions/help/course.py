"""How the help form goes on once a turn was heard: what is still unknown is asked, with all of it known it is answered."""

from __future__ import annotations

from dataclasses import dataclass

from actions.answers.answer import CLARIFIED, CONFIDENT
from actions.answers.clarifying import Clarification
from actions.help import questions
from actions.help.searching import Looked, ask_again, look_up
from actions.help.state import CLARIFY, DONE, LANGUAGE, NOTICE, PERSON, PROBLEM, SCENARIO, SOLVED, HelpState
from actions.said import Said
from actions.tickets.asides import is_question
from actions.tickets.reading import matter_told
from api.client import CopilotClient, Notice
from bot.inferred import inferred
from bot.picked_out import picked_out
from bot.several_questions import several_questions
from bot.spoken_language import spoken_language
from bot.text import words

# From so many words on, a text tells its language well enough to offer it.
_TELLING = 4
# A text of no more words may say that something is the matter without saying what.
_VAGUE = 6


@dataclass(frozen=True)
class Outcome:
    """What is said, and the step that waits; `step` None where the form has ended (the slot `settled` says how)."""

    messages: tuple[Said, ...]
    step: str | None


class HelpCourse:
    """What follows from the state. `notes` are said before the next question."""

    def __init__(self, state: HelpState, client: CopilotClient) -> None:
        self.state = state
        self.client = client
        self.heard = state.heard
        self.notes: list[Said] = []

    async def hear_problem(self, text: str) -> Outcome:
        """The first telling: its language, its scenario, and whether it holds several questions."""
        state = self.state
        first, *others = several_questions(text)
        offer = self._hear_language(first)
        if others:
            state.values["waiting_questions"] = others
            self.note("one_by_one", count=len(others) + 1)
        asks = is_question(first, state.catalog) and not others
        if not asks and matter_told(first, state.catalog, state.language) is not None:
            # Money and contracts, which nobody heard in it; a question may still be answered.
            state.add_to_problem(first)
            return self.end(PERSON)
        if self.says_nothing(first) and not state.values["asked_more"]:
            state.values["asked_more"] = "yes"
            self._infer_scenario(first)
            state.values["scenario"] = state.values["scenario"] or state.values["inferred_scenario"]
            return Outcome((*self.notes, questions.ask_more(state)), PROBLEM)
        state.add_to_problem(first)
        self._infer_scenario(first)
        if offer is not None:
            return Outcome((*self.notes, offer), LANGUAGE)
        return await self.go_on()

    def _hear_language(self, text: str) -> Said | None:
        """Takes the language of a first message; later, offers another one once, where the customer writes in it."""
        state = self.state
        spoken = spoken_language(text, state.catalog.languages)
        if state.values["language_choice"] is None:
            state.speak(spoken.language if spoken.sure and spoken.language else state.language)
        if state.values["language_offered"] or len(words(text)) < _TELLING:
            return None
        if spoken.other is not None:
            state.values["language_offered"] = "yes"
            return questions.ask_language(state, "other_language")
        if spoken.sure and spoken.language is not None and spoken.language != state.language:
            state.values["language_offered"] = "yes"
            return questions.offer_language(state, spoken.language)
        return None

    def says_nothing(self, text: str) -> bool:
        """Whether a text says that something is the matter and not what: "no funciona", "tengo un problema"."""
        state = self.state
        if len(words(text)) > _VAGUE or any(map(str.isdigit, text)):
            return False
        known = {"scenarios": [each.id for each in state.catalog.scenarios], "talk": ["vague"]}
        vocabulary = {
            word
            for kind, ids in known.items()
            for each in ids
            for language in state.catalog.languages
            for phrase in (*state.catalog.words(kind, each, language), *state.catalog.told(kind, each, language))
            for word in words(phrase)
        }
        return all(word in vocabulary for word in words(text))

    def _infer_scenario(self, text: str) -> None:
        """A scenario that is said outright is taken; one that the words only suggest is confirmed in one tap."""
        state = self.state
        if state.values["scenario"] is not None:
            return
        guess = inferred(text, state.catalog, state.language)
        state.values["scenario" if guess.sure else "inferred_scenario"] = guess.scenario
        if guess.sure and guess.scenario is not None and state.problem is not None:
            scenario, topic = state.voice.label("scenarios", guess.scenario), self._topic()
            if topic is None:
                self.note("understood_scenario", scenario=scenario)
            else:
                self.note("understood_scenario_topic", scenario=scenario, topic=topic)

    async def add(self, text: str) -> Outcome:
        """More about the same problem: it belongs to it from now on, and is looked up with it."""
        state = self.state
        offer = self._hear_language(text)
        state.add_to_problem(text)
        if state.scenario is None and state.attempts:
            state.values["scenario"] = inferred(text, state.catalog, state.language).scenario
        state.values["added"] = text if state.values["answered"] else None
        if offer is not None:
            return Outcome((*self.notes, offer), LANGUAGE)
        return await self.go_on()

    async def go_on(self) -> Outcome:
        """The first thing that is not known yet; with all of it known, the answer."""
        state = self.state
        if state.values["language_choice"] is None:
            return await self.ask(LANGUAGE)
        if state.scenario is None and not self._answers_first():
            return await self.ask(SCENARIO)
        if state.problem is None:
            return await self.ask(PROBLEM)
        if state.values["notice"] is None and state.is_about("incident"):
            notice = await self._matching_notice()
            if notice is not None:
                state.values["notice"] = str(notice.id)
                return Outcome((*self.notes, questions.ask_notice(state.voice, notice, self.heard.now)), NOTICE)
            state.values["notice"] = "none"
        if state.values["answered"] == state.problem:
            return await self.after(ask_again(state))
        added = state.values["added"]
        state.values["added"] = None
        return await self.after(await look_up(state, self.client, added=added))

    def _answers_first(self) -> bool:
        """Whether a thing was only named ("registro de actividad"): what is needed of it is asked with the answer then."""
        state = self.state
        if state.problem is None or state.values["inferred_scenario"] is not None:
            return False
        said = len(words(state.problem))  # a word that names nothing ("whatever") is not looked up
        return state.attempts > 0 or (said <= _VAGUE and (said > 1 or self._topic() is not None))

    async def after(self, looked: Looked) -> Outcome:
        if looked.nothing_new:
            self.note("nothing_new")
            return self.end(PERSON)
        return Outcome((*self.notes, *looked.messages), looked.step)

    async def ask(self, step: str) -> Outcome:
        """A step's question, as if for the first time or once more."""
        state = self.state
        match step:
            case "language":
                said = questions.ask_language(state)
            case "scenario":
                said = questions.ask_scenario(state, self._topic())
            case "problem":
                said = questions.ask_problem(state)
            case "notice":
                notice = await self._matching_notice()
                if notice is None:
                    state.values["notice"] = "none"
                    return await self.go_on()
                said = questions.ask_notice(state.voice, notice, self.heard.now)
            case "clarify" if Clarification.open_in(state.values) is None:
                said = self._clarifying() or questions.ask_problem(state)
            case _:
                return await self.after(ask_again(state))
        return Outcome((*self.notes, said), step)

    async def solved(self) -> Outcome:
        state = self.state
        waiting = state.values["waiting_questions"] or []
        if not waiting:
            return self.end(DONE)
        question, *others = waiting
        state.forget_problem()
        state.values.update({"waiting_questions": others or None, "problem": question})
        self.note("next_question", question=question)
        if matter_told(question, state.catalog, state.language) is not None:
            return self.end(PERSON)
        return await self.go_on()

    async def not_solved(self) -> Outcome:
        """One question that may change the answer; after that a person."""
        state = self.state
        if state.scenario is None:
            return await self.ask(SCENARIO)
        if state.attempts > 1 or state.values["asked_more"]:
            return self.end(PERSON)
        state.values["asked_more"] = "yes"
        clarifying = self._clarifying()
        if clarifying is not None:
            state.values["evidence_offered"] = "yes" if state.is_about("incident") else None
            return Outcome((*self.notes, clarifying), CLARIFY)
        if state.values["answer_kind"] in (CONFIDENT, CLARIFIED):
            return await self.ask(PROBLEM)
        return self.end(PERSON)

    def _clarifying(self) -> Said | None:
        """What only this scenario asks: the exact message and since when, or what the vendor needs to know."""
        state = self.state
        if state.is_about("incident"):
            told = picked_out(state.problem or "", state.catalog, state.language)
            message, since = told.error_text is None, told.since is None
            return questions.ask_evidence(state, message=message, since=since) if message or since else None
        return questions.ask_wish(state) if state.is_about("task") else None

    async def drop(self) -> Outcome:
        """The customer gives the problem up: nothing of it is kept, and the next one may be told at once."""
        state = self.state
        state.forget_problem()
        state.values["waiting_questions"] = None
        self.note("dropped")
        return await self.go_on()

    async def go_back(self, step: str) -> Outcome:
        state = self.state
        if step in (SOLVED, CLARIFY, NOTICE) or (step == PROBLEM and state.problem is not None):
            state.forget_problem()
            return await self.ask(PROBLEM)
        if step == PROBLEM:
            state.values.update({"scenario": None, "inferred_scenario": None})
            return await self.ask(SCENARIO)
        if step == SCENARIO:
            state.values.update({"language_choice": None})
            return await self.ask(LANGUAGE)
        self.note("nothing_before_help")
        return await self.ask(step)

    # Notices

    async def _matching_notice(self) -> Notice | None:
        found = await self.client.matching_notices(self.heard.token, self.state.problem or "", self.state.language)
        return found[0] if found else None

    def _topic(self) -> str | None:
        """What the problem is about, in a word or two: to be confirmed with the scenario."""
        state = self.state
        text = state.problem or ""
        for topic in picked_out(text, state.catalog, state.language).topics:
            return state.voice.label("topics", topic)
        subcategory = inferred(text, state.catalog, state.language).subcategory
        return None if subcategory is None else state.voice.label("subcategories", subcategory)

    def end(self, settled: str) -> Outcome:
        self.state.values["settled"] = settled
        return Outcome(tuple(self.notes), None)

    def note(self, key: str, **values: object) -> None:
        self.notes.append(Said(self.state.voice.message(key, **values), leads=True))
