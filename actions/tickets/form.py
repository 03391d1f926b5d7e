"""The ticket form: what is known, what is asked next, when it is complete. No I/O.

The form's values are Rasa's slots; a changed value is a slot event at the end of the turn.
"""

from __future__ import annotations

from actions.heard import Heard
from actions.tickets import fields
from actions.tickets.fields import CODE, CONFIRM, EMAIL, NO, OUTAGE, VERIFIED, YES
from actions.tickets.summary import digest, proposed_title
from bot.catalog import Catalog
from bot.domain_builder import form_slots
from bot.voice import Voice

# Intents that bring a customer straight to the form, and what they say about the ticket.
_MATTERS = {"financial_matter": ("support_type", "financial"), "commercial_matter": ("support_type", "commercial")}
_BRINGS_PROBLEM = frozenset({"report_outage", "financial_matter", "commercial_matter", "linkedin_matter"})


class TicketForm:
    """One customer's form, in one turn. `changes` are the slots to set."""

    def __init__(self, heard: Heard, catalog: Catalog) -> None:
        self.heard = heard
        self.catalog = catalog
        self.voice = Voice(catalog, heard.language)
        self._before = {name: heard.slot(name) for name in [*form_slots(catalog), "language", "scenario"]}
        self.values: dict[str, str | None] = dict(self._before)

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

    def begin(self) -> None:
        """A new form: with all that the customer has said already."""
        heard = self.heard
        for name in form_slots(self.catalog):
            self.values[name] = None
        self.values["form_id"] = heard.turn_id
        self.values["support_type"] = fields.technical(self.catalog)
        self.take_matter(heard.intent)
        problem = heard.slot("problem")
        if problem is None and heard.intent in _BRINGS_PROBLEM and heard.text:
            problem = heard.text
        self.describe(problem)
        self.fill_defaults()

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

    def describe(self, problem: str | None) -> None:
        """The customer's own words, and a title made from them where there is none yet."""
        if problem is None:
            return
        self.values["description"] = problem
        if not self.values["title"]:
            self.values["title"] = proposed_title(problem)

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
            self.values[OUTAGE] = None
        self.fill_defaults()

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

    def steps(self) -> list[str]:
        """What this ticket asks, in order, answered or not."""
        if self.emergency:
            # An outage asks nothing that can wait: the address is confirmed once the ticket is open.
            return [OUTAGE]
        steps = [] if self.heard.verified else [EMAIL, CODE]
        steps += fields.asked(self.catalog, self.values)
        if not fields.kind_is_known(self.catalog, self.values):
            return steps  # the category decides what comes then
        steps += [each for each in ("description", "title") if not self.values[each]]
        return [*steps, CONFIRM]

    def next_step(self) -> str | None:
        """What to ask now; None when the form is complete."""
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
        return bool(self.values.get(step))

    def step_before(self, step: str) -> str | None:
        """The last step before this one that the customer answered: not the address, once it is confirmed."""
        steps = self.steps()
        earlier = steps[: steps.index(step)] if step in steps else steps[:-1]
        settled = {EMAIL, CODE} if self.values[CODE] == VERIFIED else {CODE}
        return next((each for each in reversed(earlier) if each not in settled and self.answered(each)), None)

    def complete(self) -> bool:
        """Whether every required field is set and confirmed: nothing else may open a ticket."""
        if not self.begun or self.values["editing"]:
            return False
        if self.emergency:
            return self.values[OUTAGE] == YES
        known = fields.kind_is_known(self.catalog, self.values)
        required = fields.required(self.catalog, self.values)
        return known and all(self.values.get(each) for each in required) and all(map(self.answered, self.steps()))
