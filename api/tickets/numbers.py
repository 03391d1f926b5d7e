"""Numbers for what the catalog knows by name: clients that want numbers may send them in place of names."""

from __future__ import annotations

from typing import TypeVar

from api.tickets.schemas import FieldIn, RequestIn
from api.tickets.shapes import stable_number
from bot.catalog import Catalog

B = TypeVar("B", bound=RequestIn)


def field_number(field_id: str) -> int:
    """The number of a ticket field."""
    return stable_number(f"field:{field_id}")


def named_fields(catalog: Catalog) -> dict[str, str]:
    """The catalog id of each field by its number, written out."""
    ids = [each.id for each in catalog.fields] + [detail.id for topic in catalog.topics for detail in topic.details]
    return {str(field_number(each)): each for each in ids}


def with_catalog_ids(catalog: Catalog, body: B) -> B:
    """The body with every field that was sent by number under its name; unknown numbers stay, and are refused later."""
    if not any(str(each.id).isdigit() for each in [*body.fields, *body.custom_fields]):
        return body
    names = named_fields(catalog)

    def renamed(fields: list[FieldIn]) -> list[FieldIn]:
        return [FieldIn(id=names.get(str(each.id), each.id), value=each.value) for each in fields]

    sent = body.model_fields_set & {"fields", "custom_fields"}
    return body.model_copy(update={name: renamed(getattr(body, name)) for name in sent})
