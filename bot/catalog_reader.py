"""Turns the content of data/catalog.yml into entries, and refuses what does not fit together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.catalog_entries import (
    AttachmentLimits,
    Category,
    Detail,
    Priorities,
    Scenario,
    Status,
    SupportType,
    TicketField,
)
from bot.catalog_files import CatalogError

FILE = "catalog.yml"
MATRIX = "matrix"
FIELD_KINDS = ("text", "choice", "attachments")
FIELD_ASKS = ("question", "offer", "summary")
DETAIL_KINDS = ("text", "long_text", "url", "attachment")
# Lists of this file that a field's options may be, and where their labels are.
OPTION_LISTS = ("support_types", "subjects", "categories", "subcategories", "purposes", "platforms")

_ID = re.compile(r"[a-z][a-z0-9_]*\Z")


class Section:
    """One mapping of the file, read key by key: what is missing, unknown or of another kind is named with its place."""

    def __init__(self, content: object, key: str) -> None:
        if not isinstance(content, Mapping):
            raise wrong(key, "it is not a mapping", "Write its keys under it")
        self.key = key
        self.content = content
        self._read: set[str] = set()

    def at(self, name: str) -> str:
        return f"{self.key}.{name}" if self.key else name

    def get(self, name: str, default: object = None) -> Any:
        self._read.add(name)
        return self.content.get(name, default)

    def need(self, name: str) -> Any:
        if name not in self.content:
            raise wrong(self.at(name), "it is missing", "Add it")
        return self.get(name)

    def text(self, name: str) -> str:
        found = self.need(name)
        if not isinstance(found, str) or not found.strip():
            raise wrong(self.at(name), f"it is {found!r}, not text", "Write a text")
        return found

    def flag(self, name: str, default: bool) -> bool:
        found = self.get(name, default)
        if not isinstance(found, bool):
            raise wrong(self.at(name), f"it is {found!r}", "Write true or false")
        return found

    def number(self, name: str) -> int:
        found = self.need(name)
        if not isinstance(found, int) or isinstance(found, bool) or found < 1:
            raise wrong(self.at(name), f"it is {found!r}", "Write a whole number above zero")
        return found

    def one_of(self, name: str, known: Sequence[str], default: str | None = None) -> str:
        found = self.need(name) if default is None else self.get(name, default)
        return reference(self.at(name), found, known)

    def ids(self, name: str, *, needed: bool = False) -> tuple[str, ...]:
        """A list of ids: each well-formed and there only once."""
        found = self.need(name) if needed else self.get(name, [])
        return checked_ids(self.at(name), found)

    def references(self, name: str, known: Sequence[str]) -> tuple[str, ...]:
        found = self.ids(name)
        for each in found:
            reference(self.at(name), each, known)
        return found

    def sections(self, name: str) -> list[Section]:
        """A list of mappings that each have an `id`, none of it used twice."""
        found = self.need(name)
        if not isinstance(found, list) or not found:
            raise wrong(self.at(name), "it is not a list with entries", "Write one entry a line, each with its id")
        ids = [each.get("id") if isinstance(each, Mapping) else each for each in found]
        checked_ids(self.at(name), ids)
        return [Section(each, f"{self.at(name)}.{id_}") for each, id_ in zip(found, ids)]  # noqa: B905 - ids is made of found

    def done(self) -> None:
        unknown = [name for name in self.content if name not in self._read]
        if unknown:
            known = ", ".join(sorted(self._read))
            raise wrong(self.at(unknown[0]), "no such key", f"Correct or remove it; known here: {known}")


def wrong(key: str, problem: str, cure: str) -> CatalogError:
    return CatalogError(FILE, key, problem, cure)


def checked_ids(key: str, found: object) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise wrong(key, "it is not a list", "Write a list: [first, second]")
    seen: set[str] = set()
    for each in found:
        if not isinstance(each, str) or not _ID.match(each):
            cure = "Use small letters, digits and _, starting with a letter"
            raise wrong(key, f"{each!r} is no id", cure)
        if each in seen:
            raise wrong(
                f"{key}.{each}", "the id stands there twice", "Keep one of them, or give the other an id of its own"
            )
        seen.add(each)
    return tuple(found)


def reference(key: str, found: object, known: Sequence[str]) -> str:
    if not isinstance(found, str) or found not in known:
        raise wrong(key, f"it names {found!r}, which is not known", f"Use one of: {', '.join(known)}")
    return found


def check_apart(one: str, ids: Sequence[str], other: str, others: Sequence[str]) -> None:
    """Fields name both in one list, so no id may be in both."""
    for each in ids:
        if each in others:
            raise wrong(f"{one}.{each}", f"the id is also one of the {other}", "Give one of them another id")


def read_support_types(
    root: Section, priorities: Sequence[str], ticket_types: Sequence[str]
) -> tuple[SupportType, ...]:
    found: list[SupportType] = []
    for entry in root.sections("support_types"):
        # None is a promise that the categories decide; only the first type has categories.
        by_category = not found
        found.append(
            SupportType(
                id=entry.text("id"),
                team=entry.text("team"),
                priority=None
                if by_category and entry.get("priority") is None
                else entry.one_of("priority", priorities),
                ticket_type=(
                    None
                    if by_category and entry.get("ticket_type") is None
                    else entry.one_of("ticket_type", ticket_types)
                ),
            )
        )
        entry.done()
    return tuple(found)


def read_categories(root: Section, priorities: Sequence[str], ticket_types: Sequence[str]) -> tuple[Category, ...]:
    found = []
    for entry in root.sections("categories"):
        priority = entry.one_of("priority", (*priorities, MATRIX))
        category = Category(
            id=entry.text("id"),
            subcategories=entry.ids("subcategories"),
            priority=None if priority == MATRIX else priority,
            team=entry.text("team"),
            emergency=entry.flag("emergency", default=False),
            purposes=entry.ids("purposes"),
            asks_impact=entry.flag("asks_impact", default=False),
            ticket_type=entry.one_of("ticket_type", ticket_types),
            emoji=entry.text("emoji"),
        )
        entry.done()
        if len(category.subcategories) > 1 and "other" not in category.subcategories:
            problem = "the list has no `other`, so a customer may get stuck"
            raise wrong(f"categories.{category.id}.subcategories", problem, "Add `other`")
        if category.priority is None and not category.asks_impact:
            problem = "the priority is by matrix, but users affected and impact are not asked"
            raise wrong(f"categories.{category.id}.asks_impact", problem, "Write asks_impact: true, or name a priority")
        found.append(category)
    return tuple(found)


def read_scenarios(
    root: Section, categories: Sequence[str], ticket_types: Sequence[str], support_types: Sequence[str]
) -> tuple[Scenario, ...]:
    found = []
    for entry in root.sections("scenarios"):
        found.append(
            Scenario(
                id=entry.text("id"),
                default_category=entry.one_of("default_category", categories),
                ticket_type=entry.one_of("ticket_type", ticket_types),
                support_type=entry.one_of("support_type", support_types),
            )
        )
        entry.done()
    return tuple(found)


def read_fields(
    root: Section, categories: Sequence[Category], support_types: Sequence[SupportType]
) -> tuple[TicketField, ...]:
    category_ids = tuple(each.id for each in categories)
    technical, *others = (each.id for each in support_types)
    known = (technical, *others, *category_ids)
    found = []
    for entry in root.sections("fields"):
        kind = entry.one_of("kind", FIELD_KINDS)
        options, label_kind = _options(entry, kind)
        required = _expanded(entry.references("required_for", known), technical, category_ids)
        shown = _expanded(entry.references("shown_for", known), technical, category_ids)
        field = TicketField(
            id=entry.text("id"),
            kind=kind,
            ask=entry.one_of("ask", FIELD_ASKS),
            options=options,
            label_kind=label_kind,
            default=None if entry.get("default") is None else entry.one_of("default", options),
            enabled=entry.flag("enabled", default=True),
            required_for=required,
            shown_for=tuple(each for each in (*category_ids, *others) if each in required or each in shown),
        )
        entry.done()
        found.append(_with_impact(field, categories))
    return tuple(found)


def _options(entry: Section, kind: str) -> tuple[tuple[str, ...], str]:
    if kind != "choice":
        return (), ""
    named = entry.need("options")
    if isinstance(named, str):
        reference(entry.at("options"), named, [f"catalog:{each}" for each in OPTION_LISTS])
        return (), named.removeprefix("catalog:")
    return entry.ids("options"), entry.text("id")


def _expanded(named: Sequence[str], technical: str, categories: Sequence[str]) -> tuple[str, ...]:
    """The technical support type stands for all its categories."""
    if technical not in named:
        return tuple(named)
    return tuple(dict.fromkeys((*categories, *(each for each in named if each != technical))))


def _with_impact(field: TicketField, categories: Sequence[Category]) -> TicketField:
    """Fields whose need follows from a category's own entry."""
    needs = {
        "users_affected": [each.id for each in categories if each.asks_impact],
        "impact": [each.id for each in categories if each.asks_impact],
        "subcategory": [each.id for each in categories if len(each.subcategories) > 1],
        "purpose": [each.id for each in categories if len(each.purposes) > 1],
    }
    if field.id not in needs:
        return field
    narrowed = tuple(needs[field.id])
    return TicketField(**{**field.__dict__, "required_for": narrowed, "shown_for": narrowed})


def read_priorities(section: Section, ticket_types: Sequence[str]) -> Priorities:
    order = section.ids("order", needed=True)
    rules = Section(section.need("ticket_types"), section.at("ticket_types"))
    by_type = {each: rules.one_of(each, (*order, MATRIX)) for each in ticket_types}
    rules.done()
    matrix_at = section.at("matrix")
    matrix = {}
    for users, row in Section(section.need("matrix"), matrix_at).content.items():
        cells = Section(row, f"{matrix_at}.{users}")
        matrix[users] = {impact: cells.one_of(impact, order) for impact in cells.content}
    unknown = section.one_of("unknown", order)
    section.done()
    return Priorities(
        order=order,
        unknown=unknown,
        ticket_types={each: None if rule == MATRIX else rule for each, rule in by_type.items()},
        matrix=matrix,
    )


def check_matrix(priorities: Priorities, fields: Sequence[TicketField]) -> None:
    """Every answer to the two questions has its cell, and no cell is left over."""
    options = {each.id: each.options for each in fields}
    for name in ("users_affected", "impact"):
        if name not in options:
            raise wrong(f"fields.{name}", "the field is missing, and the priority matrix needs it", "Add the field")
    if set(priorities.matrix) != set(options["users_affected"]):
        cure = f"Write one row each for: {', '.join(options['users_affected'])}"
        raise wrong("priority.matrix", "its rows are not the options of users_affected", cure)
    for users, row in priorities.matrix.items():
        if set(row) != set(options["impact"]):
            cure = f"Write one cell each for: {', '.join(options['impact'])}"
            raise wrong(f"priority.matrix.{users}", "its cells are not the options of impact", cure)


def read_subjects(root: Section, support_types: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    section = Section(root.get("subjects", {}), "subjects")
    for each in section.content:
        reference(f"subjects.{each}", each, support_types)
    found = {each: section.ids(each) for each in support_types if section.get(each) is not None}
    section.done()
    return found


def read_topics(root: Section) -> tuple[tuple[str, tuple[Detail, ...]], ...]:
    """(topic id, its details) in order; the words come from the wording files."""
    found = []
    for entry in root.sections("topics"):
        details = []
        for each in entry.sections("details"):
            details.append(Detail(each.text("id"), each.one_of("kind", DETAIL_KINDS)))
            each.done()
        found.append((entry.text("id"), tuple(details)))
        entry.done()
    return tuple(found)


def read_platforms(section: Section, vendor: str) -> tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]:
    """The default list, and the lists by account id. Platforms are names, not ids: shown as they stand."""
    default = _names(section.at("default"), section.get("default", []), vendor)
    accounts_at = section.at("accounts")
    accounts = Section(section.get("accounts", {}), accounts_at).content
    section.done()
    return default, {each: _names(f"{accounts_at}.{each}", listed, vendor) for each, listed in accounts.items()}


def _names(key: str, found: object, vendor: str) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(each, str) and each.strip() for each in found):
        raise wrong(key, "it is not a list of names", 'Write a list: ["First store", "Second store"]')
    if len(set(found)) != len(found):
        raise wrong(key, "a name stands there twice", "Keep one of them")
    return tuple(each.replace("{vendor}", vendor) for each in found)


def read_statuses(root: Section) -> tuple[Status, ...]:
    entries = root.sections("statuses")
    ids = tuple(each.text("id") for each in entries)
    found = []
    for entry in entries:
        status = Status(
            entry.text("id"),
            entry.references("next", ids),
            entry.references("customer_next", ids),
            entry.flag("pauses", default=False),
        )
        entry.done()
        found.append(status)
    return tuple(found)


def read_attachment_limits(section: Section) -> AttachmentLimits:
    limits = AttachmentLimits(bytes=section.number("max_megabytes") * 1024 * 1024, count=section.number("max_files"))
    section.done()
    return limits


def read_same_labels(root: Section, languages: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """label key (below `labels`) -> the languages in which it is rightly the same."""
    section = Section(root.get("same_labels", {}) or {}, "same_labels")
    found = {each: section.references(each, languages) for each in section.content}
    section.done()
    return found
