"""The ticket form: what is known, what is asked next, when it is complete. No I/O.

The form's values are Rasa's slots; a changed value is a slot event at the end of the turn.
"""

from __future__ import annotations

import hashlib
from functools import cached_property

from actions.heard import Heard
from actions.tickets import fields
from actions.tickets.fields import (
    CODE,
    CONFIRM,
    EMAIL,
    LEFT_BACK,
    LEFT_NO_EMERGENCY,
    NO,
    OUTAGE,
    SKIPPED,
    VERIFIED,
    YES,
)
from actions.tickets.reading import INFERRED, Reading, matter_told, read, says_what_happened
from actions.tickets.summary import DESCRIPTION_LENGTH, DETAIL_LENGTH, digest, proposed_title
from bot.catalog import Catalog
from bot.domain_builder import form_slots
from bot.expected import expected_by_catalog
from bot.voice import Voice

# Intents that bring a customer straight to the form, and what they say about the ticket.
_MATTERS = {"financial_matter": ("support_type", "financial"), "commercial_matter": ("support_type", "commercial")}
_BRINGS_PROBLEM = frozenset({"report_outage", "financial_matter", "commercial_matter", "linkedin_matter"})
_WANTS_PERSON = frozenset({"talk_to_person", "open_ticket"})
# Texts of the ticket that stand for each other: where the one is asked, the other is not.
_WHAT_HAPPENED = "what_happened"


class TicketForm:
    """One customer's form, in one turn. `changes` are the slots to set."""

    def __init__(self, heard: Heard, catalog: Catalog) -> None:
        self.heard = heard
        self.catalog = catalog
        self.voice = Voice(catalog, heard.language)
        self._before = {name: heard.slot(name) for name in [*form_slots(catalog), "language", "scenario"]}
        self.values: dict[str, str | None] = dict(self._before)
        # How soon somebody answers; whoever tells the customer asks the api for it first.
        self.expected = expected_by_catalog(catalog, heard.now)

    @property
    def changes(self) -> dict[str, str | None]:
        return {name: value for name, value in self.values.items() if value != self._before[name]}

    @property
    def begun(self) -> bool:
        return self.values["form_id"] is not None

    @property
    def emergency(self) -> bool:
        category = fields.category_of(self.catalog, self.values)
        return category is not None and category.emergency

    @cached_property
    def details(self) -> dict[str, str]:
        return fields.details(self.catalog)

    @property
    def trail(self) -> tuple[str, ...]:
        """The steps that the customer answered, in order."""
        return tuple((self.values["trail"] or "").split(",")) if self.values["trail"] else ()

    @property
    def existing(self) -> tuple[str, str] | None:
        """The open ticket that looks like the same problem: number and title."""
        number, _, title = (self.values["existing"] or "").partition("|")
        return (number, title) if number else None

    def misses(self, step: str) -> int:
        """How often in a row the step was answered with what does not fit it."""
        name, _, count = (self.values["misses"] or "").partition(":")
        return int(count) if name == step and count.isdigit() else 0

    def missed(self, step: str) -> int:
        """Once more: the new count."""
        count = self.misses(step) + 1
        self.values["misses"] = f"{step}:{count}"
        return count

    # The beginning

    def begin(self) -> None:
        """A new form, with all that the customer has said already; one that was left for the answer goes on with its own."""
        if self.values["left"] != f"{LEFT_BACK}:{_mark(self.heard.slot('problem'))}":
            for name in form_slots(self.catalog):
                self.values[name] = None
        self.values.update(form_id=self.heard.turn_id, left=None, editing=None, confirm=None, misses=None)
        self.values["support_type"] = self.values["support_type"] or fields.technical(self.catalog)
        self.values["attached"] = str(self.heard.attachments)
        self.take_matter(self.heard.intent)
        if self.heard.slot("no_emergency") and not self.values["category"]:
            self.values[OUTAGE] = NO  # denied already: the words that sounded like one are not asked about again
        if self.emergency and self._tells_problem() and not self.values["description"]:
            self.describe(self.heard.text)  # in its own words first, and titled by them
            self.add_to_description(self.heard.slot("problem") or "")
        if not self.values["description"]:
            self.describe(self.heard.slot("problem"))
        if self._tells_problem():
            self.add_to_description(self.heard.text)
        self._take_matter_told()
        self.fill_defaults()

    def _tells_problem(self) -> bool:
        """Whether what brought the customer here also says what it is about."""
        heard = self.heard
        if not heard.typed or not heard.text:
            return False
        wants_person = heard.intent in _WANTS_PERSON
        return heard.intent in _BRINGS_PROBLEM or (wants_person and self._read(heard.text).says_something)

    def take_matter(self, intent: str) -> bool:
        """What an intent such as financial_matter says about the ticket; False where it says nothing."""
        if intent in _MATTERS and any(each.id == _MATTERS[intent][1] for each in self.catalog.support_types):
            name, value = _MATTERS[intent]
            self.set(name, value)
            self.set("category", None)
            return True
        by_intent = {"report_outage": fields.emergency_category(self.catalog), "linkedin_matter": "linkedin"}
        category = by_intent.get(intent)
        if category is None or not any(each.id == category for each in self.catalog.categories):
            return False
        self.set("support_type", fields.technical(self.catalog))
        self.set("category", category)
        return True

    def _take_matter_told(self) -> None:
        """Money and contracts that were told as a question or a problem go to their own team, and not through triage."""
        if not fields.is_technical(self.catalog, self.values) or self.emergency:
            return
        support_type = matter_told(self.values["description"] or "", self.catalog, self.heard.language)
        if support_type is not None:
            self.set("support_type", support_type)
            self.set("category", None)
            self.read_words(self.values["description"] or "")

    # Values

    def describe(self, problem: str | None) -> None:
        """The customer's own words, a title made from them where there is none yet, and whatever else they say."""
        if problem is None:
            return
        self.values["description"] = problem[:DESCRIPTION_LENGTH]
        if not self.values["title"]:
            self.values["title"] = proposed_title(problem)
        self.read_words(problem)

    def add_to_description(self, text: str) -> None:
        """More of the same problem: nothing that was told is lost."""
        before = self.values["description"]
        if before is None:
            self.describe(text)
        elif text not in before:
            self.values["description"] = f"{before}\n\n{text}"[:DESCRIPTION_LENGTH]
            self.read_words(text)

    def tell_more(self, text: str) -> None:
        """More of what was told, wherever that stands."""
        held = self.values.get(_WHAT_HAPPENED)
        if not held or self.values["description"]:
            self.add_to_description(text)
        elif text not in held:
            self.values[_WHAT_HAPPENED] = f"{held}\n\n{text}"[:DESCRIPTION_LENGTH]

    def _read(self, text: str) -> Reading:
        return read(text, self.catalog, self.heard.language, self.heard.platforms)

    @cached_property
    def _described(self) -> Reading:
        return self._read(self.values["description"] or "")

    def read_words(self, text: str) -> Reading:
        """Fills what is empty with what the text says; what was chosen stays."""
        self.__dict__.pop("_described", None)
        reading = self._read(text)
        technical = fields.is_technical(self.catalog, self.values)
        for name in INFERRED:
            value = reading.fields.get(name)
            if value is None or (name == "category" and not self._may_be(value)):
                continue
            if technical or name == "subject":
                self._fill(name, value)
        if technical and not self.values["category"]:
            self.set("category", self._default_category())
            for name in INFERRED[1:]:
                self._fill(name, reading.fields.get(name))
        self._fill("platform", reading.fields.get("platform"))
        for name, value in reading.details.items():
            if name in self.details and self.details[name] != "attachment" and not self.values[name]:
                self.values[name] = value[:DETAIL_LENGTH]
        wanted = _WHAT_HAPPENED in fields.shown(self.catalog, self.values) and not self.values[_WHAT_HAPPENED]
        if wanted and says_what_happened(self.values["description"] or "", self.catalog):
            self.values[_WHAT_HAPPENED] = self.values["description"]
        self.fill_defaults()
        return reading

    def read_details(self, text: str) -> dict[str, str]:
        """The details that a text holds; those that are still empty are filled."""
        found = {
            name: value[:DETAIL_LENGTH] for name, value in self._read(text).details.items() if name in self.details
        }
        for name, value in found.items():
            if not self.values[name]:
                self.values[name] = value
        return found

    def _may_be(self, category: str) -> bool:
        """An emergency that was denied is none, and a category that was chosen stays."""
        emergency = category == fields.emergency_category(self.catalog)
        return not self.values["category"] and not (emergency and self.values[OUTAGE] == NO)

    def _fill(self, name: str, value: str | None) -> None:
        field = fields.field_named(self.catalog, name)
        if value is None or field is None or name not in fields.shown(self.catalog, self.values):
            return
        held = self.values.get(name)
        if held and not (held == field.default and name not in self.trail):
            return
        offered = fields.options(self.catalog, name, self.values, self.heard.platforms)
        if value in offered or (fields.is_platform(field) and not offered):
            self.set(name, value)

    def _default_category(self) -> str | None:
        """The category of the scenario that the customer chose or confirmed."""
        scenario = next((each for each in self.catalog.scenarios if each.id == self.values["scenario"]), None)
        return scenario.default_category if scenario else None

    def set(self, name: str, value: str | None) -> None:
        """Sets a value and forgets what hung on the old one."""
        if self.values.get(name) == value:
            return
        self.values[name] = value
        if name in ("category", "support_type"):
            for each in ("subcategory", "purpose", "subject"):
                held = self.values.get(each)
                if held and held not in fields.options(self.catalog, each, self.values, ()):
                    self.values[each] = None
            if self.emergency:
                self.values[OUTAGE] = None
        self.fill_defaults()

    def answer(self, step: str, value: str) -> None:
        """What the customer said to a step: it is answered, and the form goes on where it was."""
        self.set(step, value)
        self.passed(step)
        if step == "category":
            self._read_again()

    def _read_again(self) -> None:
        """A category brings fields of its own, and the description may tell them already."""
        if fields.is_technical(self.catalog, self.values):
            for name in INFERRED[1:]:
                self._fill(name, self._described.fields.get(name))

    def passed(self, step: str) -> None:
        """The step is behind us, however it was answered."""
        self.values.update(editing=None, went_back=None, misses=None)
        if step not in self.trail:
            self.values["trail"] = ",".join([*self.trail, step])

    def fill_defaults(self) -> None:
        """What needs no asking: defaults, and an account's only platform."""
        for name in fields.shown(self.catalog, self.values):
            field = fields.field_named(self.catalog, name)
            if field is None or self.values.get(name):
                continue
            if field.default is not None:
                self.values[name] = field.default
            elif fields.is_platform(field) and len(self.heard.platforms) == 1:
                self.values[name] = self.heard.platforms[0]

    def leave(self, why: str) -> None:
        """The form ends here without a ticket of its own (fields.LEFT_...)."""
        self.values["left"] = f"{why}:{_mark(self.heard.slot('problem'))}" if why == LEFT_BACK else why

    def left(self, why: str) -> bool:
        return (self.values["left"] or "").partition(":")[0] == why

    def deny_emergency(self, *, look_up: bool = True) -> None:
        """Some of it works: an incident, with all that was told. Looked up first, where that was not done before."""
        self.values[OUTAGE] = NO
        incident = next((each for each in self.catalog.scenarios if each.ticket_type == "incident"), None)
        if incident is not None:
            self.values["scenario"] = self.values["scenario"] or incident.id
        if look_up and self.heard.slot("answered") is None and not self.trail:
            self.leave(LEFT_NO_EMERGENCY)
            return
        self.set("category", incident.default_category if incident else None)
        self.read_words(self.values["description"] or "")

    # Steps

    def steps(self) -> list[str]:
        """What this ticket asks, in order, answered or not."""
        if self.emergency:
            # An outage asks nothing that can wait: the address is confirmed once the ticket is open.
            return [OUTAGE]
        asked = [each for each in fields.asked(self.catalog, self.values) if self._has_step(each)]
        # Who asks for a person at once says first what it is about.
        steps = [] if _WHAT_HAPPENED in asked else ["description"]
        steps += [] if self.heard.verified else [EMAIL, CODE]
        if not fields.kind_is_known(self.catalog, self.values):
            return [*steps, *asked]  # the category decides what comes then
        files = [each for each in asked if self._is_file(each)]
        steps += [each for each in asked if each not in files]
        steps += [*self._detail_steps(steps), *files]
        steps += [each for each in ("description", "title") if each not in steps]
        return [*steps, CONFIRM]

    def _is_file(self, name: str) -> bool:
        field = fields.field_named(self.catalog, name)
        return field is not None and field.kind == "attachments"

    def _has_step(self, name: str) -> bool:
        """Files are offered once: not where they came already, nor where they were offered with another question."""
        if not self._is_file(name) or name in self.trail:
            return True
        if self.heard.attachments or self.values["details"] == SKIPPED:
            return False
        if not fields.is_technical(self.catalog, self.values):
            return True
        return fields.has_triage(self.catalog, self.values) and not self.heard.slots.get("evidence_offered")

    def _detail_steps(self, before: list[str]) -> list[str]:
        """The details of the topic that are asked: at most two, and one where the fields took many questions."""
        asked = [each for each in self.trail if each in self.details]
        if self.values["details"] == SKIPPED or not fields.has_triage(self.catalog, self.values):
            return asked
        questions = [
            each
            for each in before
            if each not in (EMAIL, CODE, "description") and (each in self.trail or not self.values.get(each))
        ]
        room = min(fields.MOST_DETAILS, fields.MOST_QUESTIONS - len(questions)) - len(asked)
        open_ones = [each for each in self._topic_details() if each not in asked and not self.answered(each)]
        return [*asked, *open_ones[: max(0, room)]]

    def _topic_details(self) -> list[str]:
        known = {topic.id: topic for topic in self.catalog.topics}
        found = [known[each] for each in self._described.topics if each in known]
        # One topic's details make a story; two topics' are an interrogation.
        return list(dict.fromkeys(detail.id for topic in found[:1] for detail in topic.details))

    def next_step(self) -> str | None:
        """What to ask now; None when the form is complete, or was left."""
        if self.values["left"]:
            return None
        if self.values["editing"]:
            return self.values["editing"]
        return next((each for each in self.steps() if not self.answered(each)), None)

    def answered(self, step: str) -> bool:
        if step == CODE:
            return self.values[CODE] == VERIFIED
        if step == OUTAGE:
            return self.values[OUTAGE] in (YES, NO)
        if step == CONFIRM:
            return self.values[CONFIRM] == digest(self.voice, self.values)
        if self.details.get(step) == "attachment" and self.heard.attachments:
            return True
        return bool(self.values.get(step))

    def step_before(self, step: str) -> str | None:
        """The step that the customer answered before this one: not the address, once it is confirmed."""
        settled = {EMAIL, CODE} if self.values[CODE] == VERIFIED else {CODE}
        earlier = self.trail[: self.trail.index(step)] if step in self.trail else self.trail
        known = {*self.steps(), *fields.shown(self.catalog, self.values)}
        return next((each for each in reversed(earlier) if each not in settled and each in known), None)

    def complete(self) -> bool:
        """Whether every required field is set and confirmed: nothing else may open a ticket."""
        if not self.begun or self.values["editing"] or self.values["left"]:
            return False
        if self.emergency:
            return self.values[OUTAGE] == YES
        known = fields.kind_is_known(self.catalog, self.values)
        required = fields.required(self.catalog, self.values)
        return known and all(self.values.get(each) for each in required) and all(map(self.answered, self.steps()))


def _mark(text: str | None) -> str:
    """Which problem it was, without its words."""
    return hashlib.sha256((text or "").encode()).hexdigest()[:12]
