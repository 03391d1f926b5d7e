"""What the help form remembers, and what one turn changes of it. No I/O.

The values are Rasa's slots; a changed value is a slot event at the end of the turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.heard import Heard
from bot.catalog import Catalog, Scenario
from bot.domain_builder import PROBLEM_SLOTS
from bot.voice import Voice

# The steps, as `requested_slot` holds them.
LANGUAGE, SCENARIO, PROBLEM, NOTICE, CLARIFY, SOLVED = "language", "scenario", "problem", "notice", "clarify", "solved"
# How the form ended, for the action behind it.
DONE, PERSON, SUBSCRIBED = "yes", "person", "subscribed"

_LASTING = ("language", "language_choice", "scenario", "language_offered", "waiting_questions", "settled")


class HelpState:
    """One customer's help form, in one turn."""

    def __init__(self, heard: Heard, catalog: Catalog) -> None:
        self.heard = heard
        self.catalog = catalog
        self._before = {name: heard.slots.get(name) for name in (*_LASTING, *PROBLEM_SLOTS)}
        self.values: dict[str, Any] = dict(self._before)

    @property
    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.values.items() if value != self._before[name]}

    @property
    def voice(self) -> Voice:
        """In the language that is spoken now: it may have changed in this very turn."""
        return Voice(self.catalog, self.language)

    @property
    def language(self) -> str:
        held = self.values["language"]
        return held if held in self.catalog.languages else self.catalog.default_language

    @property
    def problem(self) -> str | None:
        held = self.values["problem"]
        return str(held) if held else None

    @property
    def scenario(self) -> Scenario | None:
        return next((each for each in self.catalog.scenarios if each.id == self.values["scenario"]), None)

    @property
    def attempts(self) -> int:
        """How many answers were shown for this problem."""
        return int(self.values["attempts"] or 0)

    @property
    def shown_urls(self) -> frozenset[str]:
        return frozenset(each["url"] for each in self.values["shown"] or [] if isinstance(each, dict))

    def is_about(self, ticket_type: str) -> bool:
        """Whether the scenario leads as one of this ticket type: question, incident, or task."""
        return self.scenario is not None and self.scenario.ticket_type == ticket_type

    def speak(self, language: str) -> None:
        """Goes on in a language, chosen for good."""
        self.values.update({"language": language, "language_choice": language})

    def add_to_problem(self, text: str) -> None:
        """The customer's own words, in order: one problem, told in one or several messages."""
        held = self.problem
        self.values["problem"] = f"{held}\n{text}" if held and text not in held else held or text

    def forget_problem(self) -> None:
        """The problem is settled, or not wanted any more."""
        for name in PROBLEM_SLOTS:
            self.values[name] = None

    def remember_shown(self, passages: Sequence[dict[str, str]], limit: int) -> None:
        """What the ticket names as already read, newest last."""
        remembered = {each["url"]: each for each in self.values["shown"] or []}
        remembered.update({each["url"]: each for each in passages})
        self.values["shown"] = list(remembered.values())[-limit:]
