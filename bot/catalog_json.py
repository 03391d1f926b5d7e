"""The catalog's public face in one language, for the widget, the portal and the panels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.catalog_entries import DAYS, Category, SupportHours, TicketField

if TYPE_CHECKING:
    from bot.catalog import Catalog


def catalog_json(catalog: Catalog, language: str) -> dict[str, Any]:
    """Plain values only. Times are `HH:MM` of the support hours' zone, sizes bytes."""

    def labelled(kind: str, ids: Iterable[str]) -> list[dict[str, Any]]:
        return [_labelled(catalog, kind, each, language) for each in ids]

    hours = catalog.support_hours
    # Its forms are those of the categories.
    technical = catalog.support_types[0]
    return {
        "vendor": catalog.vendor,
        "language": language,
        "default_language": catalog.default_language,
        "digest": catalog.digest(),
        "languages": labelled("languages", catalog.languages),
        "support_types": [
            {
                **_labelled(catalog, "support_types", each.id, language),
                "subjects": labelled("subjects", catalog.subjects.get(each.id, ())),
                "fields": list(catalog.shown_fields(support_type=each.id)) if each is not technical else [],
                "required_fields": list(catalog.required_fields(support_type=each.id)) if each is not technical else [],
            }
            for each in catalog.support_types
        ],
        "scenarios": [
            {
                **_labelled(catalog, "scenarios", each.id, language),
                "default_category": each.default_category,
                "ticket_type": each.ticket_type,
            }
            for each in catalog.scenarios
        ],
        "categories": [_category(catalog, each, language) for each in catalog.categories],
        "fields": [_field(catalog, each, language) for each in catalog.fields if each.enabled],
        "ticket_types": labelled("ticket_types", catalog.ticket_types),
        "priorities": labelled("priorities", catalog.priorities),
        "statuses": [
            {
                **_labelled(catalog, "statuses", each.id, language),
                "next": list(each.next),
                "customer_next": list(each.customer_next),
            }
            for each in catalog.statuses
        ],
        "reopen_working_hours": catalog.reopen_working_hours,
        "topics": [
            {
                **_labelled(catalog, "topics", topic.id, language),
                "details": [
                    {**_labelled(catalog, "details", each.id, language), "kind": each.kind} for each in topic.details
                ],
            }
            for topic in catalog.topics
        ],
        "platforms": list(catalog.default_platforms),
        "choices": dict(catalog.wording(language).section("labels.choices")),
        "support_hours": {
            "text": catalog.support_hours_text(language),
            "time_zone": hours.time_zone,
            "days": [
                {
                    **_labelled(catalog, "days", day, language),
                    "hours": [
                        # Never 23:59 for the end of a day that is open all through.
                        {
                            "start": f"{each.start:%H:%M}",
                            "end": "24:00" if each.end == time.max else f"{each.end:%H:%M}",
                        }
                        for each in ranges
                    ],
                }
                for day, ranges in zip(DAYS, hours.days)  # noqa: B905 - SupportHours promises seven
            ],
            # Of this year and the next, and the deployment's own of any.
            "holidays": sorted(each.isoformat() for each in _holidays(hours)),
        },
        "first_response_minutes": catalog.first_response_minutes,
        "attachments": {"max_bytes": catalog.attachment_limits.bytes, "max_files": catalog.attachment_limits.count},
    }


def _holidays(hours: SupportHours) -> set[date]:
    this = datetime.now(ZoneInfo(hours.time_zone)).year
    return {*hours.holidays, *hours.holidays_of(this), *hours.holidays_of(this + 1)}


def _labelled(catalog: Catalog, kind: str, id_: str, language: str) -> dict[str, Any]:
    found: dict[str, Any] = {"id": id_, "label": catalog.label(kind, id_, language)}
    explained = catalog.help(kind, id_, language)
    if explained is not None:
        found["help"] = explained
    return found


def _category(catalog: Catalog, category: Category, language: str) -> dict[str, Any]:
    card = catalog.card(category.id, language)
    return {
        **_labelled(catalog, "categories", category.id, language),
        "card": {"emoji": card.emoji, "question": card.question, "use": card.use},
        "ticket_type": category.ticket_type,
        "priority": category.priority,
        "emergency": category.emergency,
        "asks_impact": category.asks_impact,
        "subcategories": [_labelled(catalog, "subcategories", each, language) for each in category.subcategories],
        "purposes": [_labelled(catalog, "purposes", each, language) for each in category.purposes],
        "fields": list(catalog.shown_fields(category.id)),
        "required_fields": list(catalog.required_fields(category.id)),
    }


def _field(catalog: Catalog, field: TicketField, language: str) -> dict[str, Any]:
    return {
        **_labelled(catalog, "fields", field.id, language),
        "kind": field.kind,
        "ask": field.ask,
        "default": field.default,
        "options": [_labelled(catalog, field.label_kind, each, language) for each in field.options],
    }
