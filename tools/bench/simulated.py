"""A simulated customer: knows a truth, answers what is asked in a style of their own, and is helped by nothing.

Whatever the copilot finds, they say that it did not solve it, until a ticket is open. Each remembers which facts they have
told, so that a question for one of those counts as asked again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from tools.bench.truths import Truth

# presses         buttons wherever there are any, own words only where those are asked for
# types           everything, labels included
# problem_first   begins with the problem instead of an answer to the first question
# impatient       asks for a person with the first message
# rich            begins with everything: problem, platform, order, exact message, since when
# poor            begins with next to nothing
# voice           begins with a long run-on without punctuation, as a telephone takes it down
STYLES = ("presses", "types", "problem_first", "impatient", "rich", "poor", "voice")
# Patient ones say it in other words where they are asked to; the others ask for a person there.
PATIENT = frozenset({"presses", "types", "problem_first", "rich", "poor"})
TYPES = frozenset({"types", "poor", "voice"})
MOST_MESSAGES = 40
ADDRESS_AND_CODE = frozenset({"email", "code"})

_SAID: dict[str, dict[str, str]] = {
    "es": {
        "person": "quiero hablar con una persona",
        "no": "no, no me sirvió",
        "none": "ninguna de esas",
        "yes": "sí",
        "skip": "omitir",
        "unknown": "no lo sé",
        "other": "otra cosa",
        "link": " y ",
        "voice": "hola buenas a ver te explico {} la verdad ya no sé qué hacer con esto me ayudas por favor",
    },
    "en": {
        "person": "I want to talk to a person",
        "no": "no, that did not help",
        "none": "none of these",
        "yes": "yes",
        "skip": "skip",
        "unknown": "I don't know",
        "other": "something else",
        "link": " and ",
        "voice": "hi there so let me explain {} honestly I do not know what else to do with this can you help me please",
    },
    "pt": {
        "person": "quero falar com uma pessoa",
        "no": "não, não ajudou",
        "none": "nenhuma dessas",
        "yes": "sim",
        "skip": "pular",
        "unknown": "não sei",
        "other": "outra coisa",
        "link": " e ",
        "voice": "oi tudo bem então deixa eu explicar {} na verdade já não sei o que fazer com isso me ajuda por favor",
    },
}


class Conversation(Protocol):
    """What a customer needs of the chat: what was asked last, and a way to answer."""

    messages: list[dict[str, Any]]

    def say(self, text: str) -> None: ...

    def choose(self, name: str) -> None: ...

    def code(self, address: str) -> str: ...


@dataclass
class Told:
    """The course of one conversation. `messages` are the customer's; `repeated` the asks for what they had told before;
    `first_found` and `first_answer` as in `tools.bench.conversations.Simulated`."""

    messages: int = 0
    address_and_code: int = 0
    first_found: int | None = None
    first_answer: int | None = None
    ticket: dict[str, Any] | None = None
    asked: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)


class Customer:
    """One of them, in one conversation. `run` talks until the ticket is open, or to no end."""

    def __init__(self, truth: Truth, style: str, address: str, chat: Conversation) -> None:
        self.truth = truth
        self.style = style
        self.address = address
        self.chat = chat
        self.told = Told()
        # Facts that were told, and how much of the problem was.
        self.facts: set[str] = set()
        self.retold = 0
        self.answered_since_told = False
        self.wants_a_person = False
        self.words = _SAID[truth.language]

    def run(self) -> Told:
        self._look()
        while self.told.ticket is None and self.told.messages < MOST_MESSAGES:
            self._answer()
            self._look()
        return self.told

    # What the copilot said.

    @property
    def _last(self) -> dict[str, Any]:
        asking = [each for each in self.chat.messages if each["asks"] or each["choices"]]
        return asking[-1] if asking else self.chat.messages[-1]

    @property
    def _names(self) -> list[str]:
        return [each["name"] for each in self._last["choices"]]

    @property
    def _topics(self) -> set[str]:
        """The topics to choose from, where some compete."""
        return set(self._names) - {"clarify.none", "clarify.person"} if self._last["asks"] == "clarify" else set()

    def _look(self) -> None:
        told, last = self.told, self._last
        for each in self.chat.messages:
            told.transcript.append(f"  {each['text']}")
            if each["answer"]:
                self.answered_since_told = True
                if told.first_answer is None and not self.wants_a_person:
                    told.first_answer = told.messages
            told.ticket = each["ticket"] or told.ticket
        if told.first_found is None and not self.wants_a_person and (told.first_answer is not None or self._topics):
            told.first_found = told.messages
        labels = " | ".join(each["label"] for each in last["choices"])
        told.transcript.append(f"    (asks {last['asks']}) {labels}".rstrip())
        asks = last["asks"]
        if told.ticket is None and asks is not None:
            told.asked.append(asks)
            if self._was_told(asks):
                told.repeated.append(asks)
                told.transcript.append("    ^ asked for what was told before")

    def _was_told(self, asks: str) -> bool:
        """Whether the question is for something that the customer has told already."""
        match asks:
            case "problem":  # in other words, once what was found did not help, is another question
                return "problem" in self.facts and not self.answered_since_told
            case "description" | "title":
                return "problem" in self.facts
            case "clarify":  # which of these topics is another question than the exact message and since when
                return not self._topics and {"error", "since"} <= self.facts
            case "scenario":  # what was inferred is confirmed in one tap; what was chosen is not asked again
                return "scenario" in self.facts
            case "category":
                return bool({"scenario", "category"} & self.facts)
            case "email":
                return "email" in self.facts
        return asks in self.facts

    # What the customer does.

    def _answer(self) -> None:
        asks = self._last["asks"]
        if asks in ADDRESS_AND_CODE:
            self.told.address_and_code += 1
        match asks:
            case "language" if not self.told.messages:
                self._begin()
            case "language":
                self._choose("language", self.truth.language)
            case "scenario":
                self._scenario()
            case "problem" | "description" | "what_happened":
                self._tell()
            case "clarify":
                self._clarify()
            case "solved":
                self._not_solved()
            case "notice":
                self._press("notice.continue")
            case "email":
                self.facts.add("email")
                self._say(self.address)
            case "code":
                self._say(self.chat.code(self.address))
            case "confirm":
                self._confirm()
            case "attachments":
                self._skip("attachments")
            case None:
                self._say(self.words["person"] if "problem" in self.facts else self.truth.story, "problem")
            case _:
                self._field(asks)

    def _begin(self) -> None:
        truth = self.truth
        match self.style:
            case "impatient":
                self._say(self.words["person"], "language")
            case "rich":
                self._say(". ".join([truth.story, *truth.extras.values()]), "language", "problem", *truth.extras)
            case "problem_first":
                self._say(truth.story, "language", "problem")
            case "poor":
                self._say(truth.poor, "language")
            case "voice":
                since = truth.extras["since"].replace(",", "")
                text = self.words["link"].join([truth.story.strip("¿?"), truth.extras["platform"], since])
                self._say(self.words["voice"].format(text), "language", "problem", "platform", "since")
            case _:
                self._choose("language", truth.language)

    def _scenario(self) -> None:
        """The right one. Where it was inferred from the problem and stands first, typing customers say yes to it."""
        name = f"scenario.{self.truth.scenario}"
        inferred = "problem" in self.facts and self._names[:1] == [name] and self._last["asks"] == "scenario"
        self.facts |= {"scenario", "category"}
        if inferred and self.style in TYPES:
            self._say(self.words["yes"])
        else:
            self._choose("scenario", self.truth.scenario)

    def _tell(self) -> None:
        """The problem; once it was told, in other words."""
        self.answered_since_told = False
        if "problem" not in self.facts:
            self._say(self.truth.story, "problem")
        elif self.style in PATIENT and self.retold < len(self.truth.again):
            self.retold += 1
            self._say(self.truth.again[self.retold - 1])
        elif "problem.person" in self._names:
            self._press("problem.person")
        elif self._last["asks"] == "problem":
            self._say(self.words["person"])
        else:
            self._say(self.truth.story)

    def _clarify(self) -> None:
        missing = [each for each in ("error", "since") if each in self.truth.extras and each not in self.facts]
        if self._topics or not missing:
            self._press("clarify.none")
        elif self.style in PATIENT:
            self.answered_since_told = False
            self._say(". ".join(self.truth.extras[each] for each in missing), *missing)
        elif "clarify.person" in self._names:
            self._press("clarify.person")
        else:
            self._say(self.words["person"])

    def _not_solved(self) -> None:
        if f"scenario.{self.truth.scenario}" in self._names:  # asked together with whether the answer helped
            self._scenario()
        elif self.style in TYPES:
            self._say(self.words["no"])
        else:
            self._press("solved.no")

    def _confirm(self) -> None:
        if "confirm.no" in self._names:  # an emergency, which none of the problems is
            self._press("confirm.no")
        elif self.style in TYPES:
            self._say(self.words["yes"])
        else:
            self._press("confirm.yes")

    def _field(self, asks: str) -> None:
        wanted = self.truth.fields().get(asks)
        self.facts.add(asks)
        if wanted is not None and (f"{asks}.{wanted}" in self._names or not self._names):
            self._choose(asks, wanted)
        elif wanted is not None and all(each == f"{asks}.skip" for each in self._names):
            self._say(wanted)
        elif f"{asks}.skip" in self._names:
            self._skip(asks)
        elif f"{asks}.other" in self._names:
            self._choose(asks, "other")
        elif self._names:
            self._press(self._names[0])
        else:
            self._say(self.words["unknown"])

    def _choose(self, asks: str, value: str) -> None:
        """A choice by its value: pressed, or its label typed."""
        name = f"{asks}.{value}"
        self.facts.add(asks)
        label = next((each["label"] for each in self._last["choices"] if each["name"] == name), value)
        if self.style in TYPES or name not in self._names:
            self._say(label)
        else:
            self._press(name)

    def _skip(self, asks: str) -> None:
        self.facts.add(asks)
        if self.style in TYPES or f"{asks}.skip" not in self._names:
            self._say(self.words["skip"])
        else:
            self._press(f"{asks}.skip")

    def _press(self, name: str) -> None:
        choice = next((each for each in self._last["choices"] if each["name"] == name), None)
        if choice is None:
            self._say(self.words["none"])
            return
        self.wants_a_person |= name.endswith(".person")
        self.told.messages += 1
        self.told.transcript.append(f"> [{choice['label']}]")
        self.chat.choose(name)

    def _say(self, text: str, *facts: str) -> None:
        self.facts |= set(facts)
        self.wants_a_person |= text == self.words["person"]
        self.told.messages += 1
        self.told.transcript.append(f"> {text}")
        self.chat.say(text)
