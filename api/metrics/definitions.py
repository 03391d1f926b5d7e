"""What each rate is made of: the same decisions under our own definition and under those that vendors publish.

A numerator and a denominator are names of row sets, so that a figure's rows can be listed. Formulas stand in the wording
(`ledger.definitions.<id>.formula`), as do the names of the sets (`ledger.sets.<id>`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, true

from api.errors import Invalid
from api.metrics.models import DayCount, Decision
from api.metrics.rules import CONVERSATIONS, Kind, Outcome

# Columns of 0 and 1 in a decision, counted beside it in `decision_days`.
Flag = Literal[
    "replied", "answered", "confident", "in_form", "person", "ticketed", "within_day", "rated_good", "rated_bad"
]

_HELP = frozenset({Kind.HELP})
_EVERY = frozenset({*CONVERSATIONS, Kind.TICKET})
_RESOLVED = frozenset({Outcome.CONFIRMED, Outcome.ASSUMED})
_NOT_ESCALATED = frozenset(set(Outcome) - {Outcome.ESCALATED})


@dataclass(frozen=True)
class RowSet:
    """Decisions that are alike: of these kinds, with one of these outcomes (None: any), settled or provisional (None:
    either), for which the flag is set. `without`: for which it is not."""

    id: str
    kinds: frozenset[Kind] = _HELP
    outcomes: frozenset[Outcome] | None = None
    settled: bool | None = None
    flag: Flag | None = None
    # Of the counts: `people` counts each customer once.
    people: bool = False

    def key_condition(self, model: type[Decision] | type[DayCount]) -> ColumnElement[bool]:
        """The condition on what is a key of the counts, too."""
        parts: list[ColumnElement[bool]] = [model.kind.in_(sorted(each.value for each in self.kinds))]
        if self.outcomes is not None:
            parts.append(model.outcome.in_(sorted(each.value for each in self.outcomes)))
        if self.settled is not None:
            parts.append(model.provisional.is_(not self.settled))
        return and_(*parts)

    def condition(self) -> ColumnElement[bool]:
        """The condition on `decisions`."""
        return and_(self.key_condition(Decision), flag_condition(self.flag))


def flag_condition(flag: Flag | None) -> ColumnElement[bool]:
    """The flag of a decision."""
    found: Mapping[str, ColumnElement[bool]] = {
        "replied": Decision.replied.is_(True),
        "answered": Decision.answered.is_(True),
        "confident": Decision.confident_answers > 0,
        "in_form": Decision.in_form.is_(True),
        "person": Decision.person.is_(True),
        "ticketed": Decision.tickets > 0,
        "within_day": Decision.within_day.is_(True),
        "rated_good": Decision.rating == "good",
        "rated_bad": Decision.rating == "bad",
    }
    return true() if flag is None else found[flag]


def _one(outcome: Outcome) -> RowSet:
    return RowSet(outcome.value, outcomes=frozenset({outcome}))


_SETS = (
    RowSet("all", kinds=frozenset(CONVERSATIONS)),
    RowSet("asked"),
    *(_one(each) for each in Outcome),
    RowSet("provisional", settled=False),
    RowSet("settled", settled=True),
    RowSet("resolved", outcomes=_RESOLVED, settled=True),
    RowSet("resolved_or_escalated", outcomes=_RESOLVED | {Outcome.ESCALATED}, settled=True),
    RowSet("involved", settled=True, flag="replied"),
    RowSet("answered", settled=True, flag="answered"),
    RowSet("requests", kinds=frozenset({Kind.HELP, Kind.FORM, Kind.TICKET}), settled=True),
    RowSet("answered_without_ticket", outcomes=_NOT_ESCALATED, settled=True, flag="answered"),
    RowSet("not_escalated", outcomes=_NOT_ESCALATED, settled=True),
    RowSet("askers", people=True),
    RowSet("ticket_people", kinds=frozenset({Kind.HELP, Kind.FORM, Kind.TICKET}), flag="ticketed", people=True),
    RowSet("recontacted_soon", outcomes=frozenset({Outcome.RECONTACTED}), flag="within_day"),
    RowSet("in_form", flag="in_form"),
    RowSet("person", flag="person"),
    RowSet("rated_good", kinds=_EVERY, flag="rated_good"),
    RowSet("rated_bad", kinds=_EVERY, flag="rated_bad"),
    RowSet("status", kinds=frozenset({Kind.STATUS})),
    RowSet("subscription", kinds=frozenset({Kind.SUBSCRIPTION})),
    RowSet("form", kinds=frozenset({Kind.FORM})),
    RowSet("greeting", kinds=frozenset({Kind.GREETING})),
    RowSet("apart_tickets", kinds=frozenset({Kind.TICKET})),
    RowSet("everything", kinds=_EVERY),
)
ROW_SETS: Mapping[str, RowSet] = {each.id: each for each in _SETS}


@dataclass(frozen=True)
class Definition:
    """A rate: `numerator` / `denominator`, both ids of `ROW_SETS`. `ratio`: not a share, it may exceed 1."""

    id: str
    numerator: str
    denominator: str
    ratio: bool = False

    @property
    def counts_people(self) -> bool:
        return ROW_SETS[self.numerator].people or ROW_SETS[self.denominator].people

    @property
    def name_key(self) -> str:
        return f"ledger.definitions.{self.id}.name"

    @property
    def formula_key(self) -> str:
        return f"ledger.definitions.{self.id}.formula"


DEFINITIONS: tuple[Definition, ...] = (
    # Ours: what it spared of what it could have spared.
    Definition("deflection", "resolved", "resolved_or_escalated"),
    Definition("involvement", "involved", "requests"),
    Definition("answer_rate", "answered", "involved"),
    Definition("resolution", "resolved", "involved"),
    # Involvement times resolution.
    Definition("automation", "resolved", "requests"),
    # People who asked the copilot for each person in tickets.
    Definition("self_service", "askers", "ticket_people", ratio=True),
    # Saw an answer and did not submit.
    Definition("form_deflection", "answered_without_ticket", "answered"),
    # Counts whoever gave up as a success, too: for comparison with those who do.
    Definition("containment", "not_escalated", "settled"),
)
_BY_ID = {each.id: each for each in DEFINITIONS}


def definition_of(name: str) -> Definition:
    """Raises `Invalid` with the names that there are."""
    if name not in _BY_ID:
        raise _unknown("definition", name, _BY_ID)
    return _BY_ID[name]


def row_set(name: str) -> RowSet:
    """Raises `Invalid` with the names that there are."""
    if name not in ROW_SETS:
        raise _unknown("rows", name, ROW_SETS)
    return ROW_SETS[name]


def _unknown(field: str, name: str, known: Mapping[str, Any]) -> Invalid:
    told = f"`{field}` must be one of {', '.join(known)}."
    return Invalid(told, code="invalid_request", details={field: f"must be one of {', '.join(known)}"})
