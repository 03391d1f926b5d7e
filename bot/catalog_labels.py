"""Which labels a catalog needs, and how one is found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import TYPE_CHECKING

from bot.catalog_entries import DAYS, OpenRange, SupportHours
from bot.wording import Wording

if TYPE_CHECKING:
    from bot.catalog import Catalog

# What any deployment's conversation offers besides the catalog's own ids.
CHOICES = ("yes", "no", "skip", "change", "another", "none", "confirm", "cancel", "back", "continue", "talk_to_person")
# What a summary or a panel names besides the ticket's own fields.
EXTRA_FIELDS = (
    "number",
    "status",
    "priority",
    "ticket_type",
    "email",
    "language",
    "scenario",
    "created_at",
    "updated_at",
)


def required_labels(catalog: Catalog) -> Iterator[str]:
    """The dotted key of every label that each language must have, in the catalog's order, each once."""
    seen: set[str] = set()
    for kind, id_ in _required(catalog):
        key = f"labels.{kind}.{id_}"
        if key not in seen:
            seen.add(key)
            yield key


def _required(catalog: Catalog) -> Iterator[tuple[str, str]]:
    yield from (("languages", each) for each in catalog.languages)
    yield from (("support_types", each.id) for each in catalog.support_types)
    yield from (("scenarios", each.id) for each in catalog.scenarios)
    for category in catalog.categories:
        yield "categories", category.id
        yield "cards", f"{category.id}.question"
        yield "cards", f"{category.id}.use"
        yield from (("subcategories", each) for each in category.subcategories)
        yield from (("purposes", each) for each in category.purposes)
    yield from (("priorities", each) for each in catalog.priorities)
    yield from (("statuses", each.id) for each in catalog.statuses)
    yield from (("ticket_types", each) for each in catalog.ticket_types)
    for field in catalog.fields:
        yield "fields", field.id
        yield from ((field.label_kind, each) for each in field.options)
    for name in ("users_affected", "impact"):
        yield from ((f"help.{name}", each) for each in catalog.field(name).options)
    yield "help.fields", "attachments"
    yield from (("fields", each) for each in EXTRA_FIELDS)
    for subjects in catalog.subjects.values():
        yield from (("subjects", each) for each in subjects)
    for topic in catalog.topics:
        yield "topics", topic.id
        yield from (("details", each.id) for each in topic.details)
    yield from (("choices", each) for each in CHOICES)
    yield from (("days", each) for each in DAYS)
    yield from (("hours", each) for each in ("days", "range", "and", "always", "zone"))


def label_text(wording: Wording, kind: str, id_: str) -> str:
    """The label of an id; a choice's full name (`solved.yes`) falls back to its value (`yes`)."""
    key = f"labels.{kind}.{id_}"
    if kind == "choices" and key not in wording:
        key = f"labels.{kind}.{id_.rpartition('.')[2]}"
    return wording.text(key)


def hours_text(hours: SupportHours, wording: Wording) -> str:
    """The support hours in one line, days of equal hours together: "lunes a viernes de 8:00 a 18:00 (hora de Bogotá)"."""
    if all(ranges == (OpenRange(time.min, time.max),) for ranges in hours.days):
        return wording.text("labels.hours.always")
    groups: list[tuple[int, int]] = []
    for day, ranges in enumerate(hours.days):
        if not ranges:
            continue
        if groups and groups[-1][1] == day - 1 and hours.days[groups[-1][0]] == ranges:
            groups[-1] = (groups[-1][0], day)
        else:
            groups.append((day, day))
    both = f" {wording.text('labels.hours.and')} "
    parts = []
    for first, last in groups:
        names = [wording.text(f"labels.days.{DAYS[each]}") for each in dict.fromkeys((first, last))]
        spoken = [
            wording.text("labels.hours.range", start=_clock(each.start), end=_clock(each.end))
            for each in hours.days[first]
        ]
        in_a_row = last - first > 1
        named = wording.text("labels.hours.days", first=names[0], last=names[1]) if in_a_row else both.join(names)
        parts.append(f"{named} {both.join(spoken)}")
    return f"{'; '.join(parts)} ({wording.text('labels.hours.zone')})"


def _clock(moment: time) -> str:
    return "24:00" if moment == time.max else f"{moment.hour}:{moment.minute:02}"
