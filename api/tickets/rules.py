"""What the catalog demands of a ticket: which values a field takes, which it needs, and the priority that follows."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.catalog_notes import once_for_catalog
from api.tickets.errors import FieldProblem, TicketRejected
from bot.catalog import Catalog
from bot.catalog_entries import Category, TicketField

LONGEST_TITLE = 255
LONGEST_TEXT = 65_535
LONGEST_VALUE = 10_000
# These travel in Zendesk's own places (subject, comment, uploads), never as a custom field.
_ELSEWHERE = frozenset({"title", "description", "attachments"})
_COLUMNS = frozenset({"support_type", "category", "subcategory"})
# What the copilot knows of the conversation: not asked in a form, so no field of the catalog, but kept with the ticket.
_FACTS = frozenset({"language", "scenario"})


class Completeness(enum.Enum):
    """How much of a ticket has to be there."""

    # From the conversation: everything that the form asks.
    FORM = "form"
    # From a customer's program: a named category or support type needs its form; without one Zendesk's own fields do.
    STARTED = "started"
    # From staff and their programs: what is given must be right, and a category needs its subcategory.
    STAFF = "staff"


@dataclass
class TicketFacts:
    """A ticket's checked values. `fields` holds those that have no column of their own, by catalog id; not to be
    changed: facts may be those of several tickets."""

    support_type: str | None
    category: str | None
    subcategory: str | None
    type: str
    priority: str
    team: str | None
    fields: dict[str, str]

    @property
    def values(self) -> dict[str, str]:
        """Every value by catalog id."""
        named = {"support_type": self.support_type, "category": self.category, "subcategory": self.subcategory}
        return {**{name: value for name, value in named.items() if value is not None}, **self.fields}


def check_title_and_text(title: str, text: str) -> list[FieldProblem]:
    """What is wrong with a title and a description."""
    problems = []
    if not title:
        problems.append(FieldProblem("subject", "BlankValue", "Subject: cannot be blank"))
    if len(title) > LONGEST_TITLE:
        problems.append(
            FieldProblem("subject", "TooLong", f"Subject: is too long (at most {LONGEST_TITLE} characters)")
        )
    if not text:
        problems.append(FieldProblem("description", "BlankValue", "Description: cannot be blank"))
    if len(text) > LONGEST_TEXT:
        problems.append(
            FieldProblem("description", "TooLong", f"Description: is too long (at most {LONGEST_TEXT} characters)")
        )
    return problems


def check_fields(
    catalog: Catalog,
    values: Mapping[str, Any],
    *,
    ticket_type: str | None,
    completeness: Completeness,
    problems: list[FieldProblem],
) -> TicketFacts:
    """The facts of a ticket with these values (by catalog id). Raises `TicketRejected` naming every wrong field, and
    whatever the caller found wrong before."""
    told: dict[str, str] = {}
    key = _key(catalog, values, ticket_type, completeness, told) if not problems else None
    known = _known_facts(catalog)
    found = known.get(key) if key is not None else None
    if found is None:
        found = _Checker(catalog, values, completeness, list(problems)).facts(ticket_type)
        if key is not None:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            known[key] = found
    elif told:
        return TicketFacts(
            found.support_type,
            found.category,
            found.subcategory,
            found.type,
            found.priority,
            found.team,
            {**found.fields, **told},
        )
    return found


_Key = tuple[object, ...]
_MOST_KNOWN = 1024
# By these values the rules decide, whether or not the catalog lists options for them.
_DECIDING = _COLUMNS | _FACTS | _ELSEWHERE | {"purpose", "subject", "users_affected", "impact"}


@once_for_catalog
def _known_facts(catalog: Catalog) -> dict[_Key, TicketFacts]:
    """What was right before is right again: most tickets have the choices of one that came before. Checking took 50 µs."""
    return {}


@once_for_catalog
def _told_freely(catalog: Catalog) -> frozenset[str]:
    """The fields of which it only matters that something is told, not what."""
    fields, details = _fields_and_details(catalog)
    return frozenset({name for name, field in fields.items() if not field.options} | details) - _DECIDING


def _key(
    catalog: Catalog,
    values: Mapping[str, Any],
    ticket_type: str | None,
    completeness: Completeness,
    told: dict[str, str],
) -> _Key | None:
    """What decides whether the values are right, and what follows; the others are put into `told`. None where a value is no
    short, plain text: numbers equal those of other kinds, and long ones are not worth keeping."""
    if len(values) > 12:
        return None
    free = _told_freely(catalog)
    key: list[object] = [completeness, ticket_type]
    for name, value in values.items():
        if type(value) is not str or len(value) > 64 or len(name) > 64:
            return None
        key.append(name)
        # Printable: no half character, and no zero, either of which cannot be stored.
        if name in free and value.isprintable() and value.strip() == value != "":
            told[name] = value
            key.append(None)
        else:
            key.append(value)
    return tuple(key)


@once_for_catalog
def _fields_and_details(catalog: Catalog) -> tuple[dict[str, TicketField], set[str]]:
    """The fields that are asked, by id, and the ids of the topics' details."""
    fields = {field.id: field for field in catalog.fields if field.enabled}
    return fields, {detail.id for topic in catalog.topics for detail in topic.details}


class _Checker:
    def __init__(
        self, catalog: Catalog, values: Mapping[str, Any], completeness: Completeness, problems: list[FieldProblem]
    ) -> None:
        self.catalog = catalog
        self.completeness = completeness
        self.problems = problems
        self.fields, self.details = _fields_and_details(catalog)
        self.values = self._readable(values)

    def facts(self, ticket_type: str | None) -> TicketFacts:
        support_type = self.values.get("support_type")
        category = self._category()
        if support_type is None and category is not None:
            support_type = self.catalog.support_types[0].id
        self._check_options(support_type, category)
        form = category.id if category is not None else support_type
        self._fill_defaults(form, category)
        self._check_required(form, category)
        if ticket_type is not None and ticket_type not in self.catalog.ticket_types:
            self._wrong("type", "InvalidValue", f"must be one of {', '.join(self.catalog.ticket_types)}")
        if self.problems:
            raise TicketRejected(self.problems)
        kind = ticket_type or self._type_of(support_type, category)
        return TicketFacts(
            support_type=support_type,
            category=category.id if category else None,
            subcategory=self.values.get("subcategory"),
            type=kind,
            priority=self.catalog.priority(
                support_type=support_type,
                category=category.id if category else None,
                # A type that we had to guess says nothing about the priority.
                ticket_type=ticket_type,
                users_affected=self.values.get("users_affected"),
                impact=self.values.get("impact"),
            ),
            team=self._team(support_type, category),
            fields={name: value for name, value in self.values.items() if name not in _COLUMNS},
        )

    def _readable(self, values: Mapping[str, Any]) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in values.items():
            if name in _ELSEWHERE or value is None or value == "":
                continue
            if name not in self.fields and name not in self.details and name not in _FACTS:
                self._wrong(name[:64], "InvalidValue", "is no field of this catalog")
            elif not isinstance(value, (str, int)) or isinstance(value, bool):
                self._wrong(name, "InvalidValue", "must be a text")
            elif len(str(value)) > LONGEST_VALUE:
                self._wrong(name, "TooLong", f"is too long (at most {LONGEST_VALUE} characters)")
            elif not _storable(str(value)):
                self._wrong(name, "InvalidValue", "holds a character that cannot be stored")
            elif str(value).strip():
                found[name] = str(value).strip()
        return found

    def _category(self) -> Category | None:
        wanted = self.values.get("category")
        if wanted is None:
            return None
        found = next((each for each in self.catalog.categories if each.id == wanted), None)
        if found is None:
            known = ", ".join(each.id for each in self.catalog.categories)
            self._wrong("category", "InvalidValue", f"must be one of {known}")
        return found

    def _check_options(self, support_type: str | None, category: Category | None) -> None:
        known_types = [each.id for each in self.catalog.support_types]
        self._one_of("support_type", known_types)
        self._one_of("language", self.catalog.languages)
        self._one_of("scenario", [each.id for each in self.catalog.scenarios])
        technical = known_types[0]
        if support_type in known_types and support_type != technical and category is not None:
            self._wrong("category", "InvalidValue", f"a {support_type} ticket has no category")
        if category is not None:
            self._one_of("subcategory", category.subcategories)
            self._one_of("purpose", category.purposes)
        elif "category" not in self.values:
            for name in ("subcategory", "purpose"):
                if name in self.values:
                    self._wrong(name, "InvalidValue", "needs a category")
        self._one_of("subject", self.catalog.subjects.get(support_type or "", ()))
        for field in self.fields.values():
            if field.options and field.id not in _COLUMNS and field.id in self.values:
                self._one_of(field.id, field.options)

    def _one_of(self, name: str, options: Any) -> None:
        value = self.values.get(name)
        if value is not None and value not in options:
            self._wrong(
                name, "InvalidValue", f"must be one of {', '.join(options)}" if options else "is not asked here"
            )

    def _fill_defaults(self, form: str | None, category: Category | None) -> None:
        if form is None:
            return
        # A list of one is not asked.
        for name, options in (
            (("subcategory", category.subcategories), ("purpose", category.purposes)) if category else ()
        ):
            if len(options) == 1:
                self.values.setdefault(name, options[0])
        for field in self.fields.values():
            if field.default is not None and (form in field.required_for or form in field.shown_for):
                self.values.setdefault(field.id, field.default)

    def _check_required(self, form: str | None, category: Category | None) -> None:
        named = {problem.field for problem in self.problems}
        if form is None:
            if self.completeness is Completeness.FORM and "category" not in named:
                self._wrong("category", "BlankValue", "cannot be blank")
            return
        for field in self.fields.values():
            if field.id in _ELSEWHERE or field.id in named or field.id in self.values:
                continue
            if self._required(field, form, category):
                self._wrong(field.id, "BlankValue", "cannot be blank")

    def _required(self, field: TicketField, form: str, category: Category | None) -> bool:
        if field.id in ("subcategory", "purpose"):
            if category is None:
                return False
            return len(category.subcategories if field.id == "subcategory" else category.purposes) > 1
        if field.id == "category":
            return False
        return self.completeness is not Completeness.STAFF and form in field.required_for

    def _type_of(self, support_type: str | None, category: Category | None) -> str:
        if category is not None:
            return category.ticket_type
        found = next((each for each in self.catalog.support_types if each.id == support_type), None)
        return (found.ticket_type if found else None) or self.catalog.ticket_types[0]

    def _team(self, support_type: str | None, category: Category | None) -> str | None:
        if category is not None:
            return category.team
        found = next((each for each in self.catalog.support_types if each.id == support_type), None)
        return found.team if found else self.catalog.support_types[0].team

    def _wrong(self, field: str, error: str, problem: str) -> None:
        name = field.replace("_", " ").capitalize()
        self.problems.append(FieldProblem(field, error, f"{name}: {problem}"))


def _storable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\x00" not in text
