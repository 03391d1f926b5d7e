"""What clients ask before they show a form: ticket fields and forms (the catalog's), statuses, locales, the brand."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from api.errors import Forbidden, NotFound
from api.services import Services
from api.tickets.numbers import field_number
from api.tickets.responses import (
    BrandOut,
    CustomStatusOut,
    LocaleOut,
    OptionOut,
    SettingsOut,
    TicketFieldOut,
    TicketFormOut,
    one,
    page,
)
from api.tickets.routing import AsAdmin, AsAgent, Copilot, SignedIn, many, route
from api.tickets.shapes import stable_number
from bot.catalog import Catalog
from bot.catalog_entries import TicketField

router = APIRouter()

Language = Annotated[str | None, Query(max_length=16, description="One of the catalog's languages.")]
_ALWAYS = "2020-01-01T00:00:00Z"
_KINDS = {"text": "text", "choice": "tagger", "attachments": "attachment"}
# Zendesk's own fields, which every ticket has in places of their own.
_SYSTEM = {"title": "subject", "description": "description"}


@route(router, "GET", "/ticket_fields", returns=page("ticket_fields", TicketFieldOut))
async def list_ticket_fields(principal: SignedIn, copilot: Copilot, language: Language = None) -> JSONResponse:
    """The fields of the catalog, with their options. `key` is what `custom_fields` calls them; `id` works there as well."""
    return JSONResponse(many(field_shapes(copilot, _language(copilot, language)), "ticket_fields"))


@route(router, "GET", "/ticket_fields/{field_id:id}", returns=one("ticket_field", TicketFieldOut))
async def show_ticket_field(
    field_id: int, principal: SignedIn, copilot: Copilot, language: Language = None
) -> JSONResponse:
    """One field."""
    return JSONResponse({"ticket_field": _field(copilot, field_id, language)})


@route(router, "GET", "/ticket_fields/{field_id:id}/options", returns=page("custom_field_options", OptionOut))
async def list_field_options(
    field_id: int, principal: SignedIn, copilot: Copilot, language: Language = None
) -> JSONResponse:
    """What may be chosen for a field."""
    found = _field(copilot, field_id, language)
    return JSONResponse(many(found.get("custom_field_options", []), "custom_field_options"))


@route(router, "POST", "/ticket_fields", returns=None)
async def create_ticket_field(request: Request, principal: AsAdmin) -> JSONResponse:
    """Refused: fields come from the catalog."""
    raise Forbidden("Ticket fields are declared in data/catalog.yml: change them there and restart.")


@route(router, "GET", "/ticket_forms", returns=page("ticket_forms", TicketFormOut))
async def list_ticket_forms(principal: SignedIn, copilot: Copilot, language: Language = None) -> JSONResponse:
    """One form for each type of support."""
    return JSONResponse(many(_forms(copilot, _language(copilot, language)), "ticket_forms"))


@route(router, "GET", "/ticket_forms/{form_id:id}", returns=one("ticket_form", TicketFormOut))
async def show_ticket_form(
    form_id: int, principal: SignedIn, copilot: Copilot, language: Language = None
) -> JSONResponse:
    """One form."""
    return JSONResponse({"ticket_form": _numbered(_forms(copilot, _language(copilot, language)), form_id, "form")})


@route(router, "GET", "/custom_statuses", returns=page("custom_statuses", CustomStatusOut))
async def list_custom_statuses(principal: SignedIn, copilot: Copilot, language: Language = None) -> JSONResponse:
    """The catalog's statuses."""
    return JSONResponse({"custom_statuses": _statuses(copilot, _language(copilot, language))})


@route(router, "GET", "/custom_statuses/{status_id:id}", returns=one("custom_status", CustomStatusOut))
async def show_custom_status(
    status_id: int, principal: SignedIn, copilot: Copilot, language: Language = None
) -> JSONResponse:
    """One status."""
    return JSONResponse(
        {"custom_status": _numbered(_statuses(copilot, _language(copilot, language)), status_id, "status")}
    )


@route(router, "GET", "/brands", returns=page("brands", BrandOut))
async def list_brands(principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The one brand: the vendor of the catalog."""
    return JSONResponse(many([_brand(copilot)], "brands"))


@route(router, "GET", "/brands/{brand_id:id}", returns=one("brand", BrandOut))
async def show_brand(brand_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The one brand."""
    return JSONResponse({"brand": _numbered([_brand(copilot)], brand_id, "brand")})


@route(router, "GET", "/locales", returns=page("locales", LocaleOut))
async def list_locales(principal: SignedIn, copilot: Copilot) -> JSONResponse:
    """The languages of the catalog."""
    return JSONResponse(many(_locales(copilot), "locales"))


@route(router, "GET", "/locales/public", returns=page("locales", LocaleOut))
async def list_public_locales(principal: SignedIn, copilot: Copilot) -> JSONResponse:
    """The same: every language is for everybody."""
    return JSONResponse(many(_locales(copilot), "locales"))


@route(router, "GET", "/locales/agent", returns=page("locales", LocaleOut))
async def list_agent_locales(principal: SignedIn, copilot: Copilot) -> JSONResponse:
    """The same."""
    return JSONResponse(many(_locales(copilot), "locales"))


@route(router, "GET", "/locales/current", returns=one("locale", LocaleOut))
async def show_current_locale(principal: SignedIn, copilot: Copilot) -> JSONResponse:
    """The caller's language, where it is one of the catalog's; else the default."""
    wanted = _language(copilot, principal.language)
    return JSONResponse({"locale": next(each for each in _locales(copilot) if each["locale"] == wanted)})


@route(router, "GET", "/locales/{locale_id:id}", returns=one("locale", LocaleOut))
async def show_locale(locale_id: int, principal: SignedIn, copilot: Copilot) -> JSONResponse:
    """One language."""
    return JSONResponse({"locale": _numbered(_locales(copilot), locale_id, "locale")})


@route(router, "GET", "/account/settings", returns=SettingsOut)
async def show_account_settings(principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """What clients want to know of the account."""
    limits = copilot.catalog.attachment_limits
    return JSONResponse(
        {
            "settings": {
                "tickets": {
                    "comments_public_by_default": True,
                    "is_first_comment_private_enabled": False,
                    "list_newest_comments_first": False,
                    "collaboration": True,
                    "tagging": True,
                    "list_empty_views": False,
                },
                "attachments": {"max_bytes": limits.bytes, "max_count": limits.count},
                "localization": {"locale_ids": [each["id"] for each in _locales(copilot)]},
                "brands": {"default_brand_id": 1},
                "limits": {"attachment_size": limits.bytes},
                "api": {"accepted_api_agreement": True, "api_password_access": "false", "api_token_access": "true"},
            }
        }
    )


def field_shapes(copilot: Services, language: str) -> list[dict[str, Any]]:
    """The enabled fields and the details of every topic, in the catalog's order."""
    catalog = copilot.catalog
    fields = [_field_shape(copilot, each, language, place) for place, each in enumerate(catalog.fields) if each.enabled]
    details = dict.fromkeys(detail.id for topic in catalog.topics for detail in topic.details)
    known = {each["key"] for each in fields}
    return [
        *fields,
        *(
            _base(copilot, each, _label(catalog, "details", each, language), "text", 100 + place)
            for place, each in enumerate(details)
            if each not in known
        ),
    ]


def _field_shape(copilot: Services, field: TicketField, language: str, place: int) -> dict[str, Any]:
    catalog = copilot.catalog
    title = catalog.label("fields", field.id, language)
    shape = _base(copilot, field.id, title, _SYSTEM.get(field.id, _KINDS.get(field.kind, "text")), place)
    shape["required"] = bool(field.required_for)
    shape["removable"] = field.id not in _SYSTEM
    if field.kind == "choice":
        shape["custom_field_options"] = [
            {
                "id": stable_number(f"option:{field.id}:{value}"),
                "name": _label(catalog, field.label_kind, value, language),
                "raw_name": _label(catalog, field.label_kind, value, language),
                "value": value,
                "default": value == field.default,
            }
            for value in _options(catalog, field)
        ]
    return shape


def _base(copilot: Services, key: str, title: str, kind: str, place: int) -> dict[str, Any]:
    number = field_number(key)
    return {
        "id": number,
        "url": f"{copilot.settings.public_url}/api/v2/ticket_fields/{number}.json",
        "key": key,
        "type": kind,
        "title": title,
        "raw_title": title,
        "description": "",
        "position": place,
        "active": True,
        "required": False,
        "required_in_portal": False,
        "visible_in_portal": True,
        "editable_in_portal": True,
        "title_in_portal": title,
        "regexp_for_validation": None,
        "tag": None,
        "removable": True,
        "created_at": _ALWAYS,
        "updated_at": _ALWAYS,
    }


def _options(catalog: Catalog, field: TicketField) -> list[str]:
    """Every value that the field may have somewhere: those that depend on another field, one after the other."""
    if field.options:
        return list(field.options)
    if field.label_kind == "subcategories":
        return list(dict.fromkeys(sub for each in catalog.categories for sub in each.subcategories))
    if field.label_kind == "purposes":
        return list(dict.fromkeys(purpose for each in catalog.categories for purpose in each.purposes))
    if field.label_kind == "subjects":
        return list(dict.fromkeys(subject for each in catalog.subjects.values() for subject in each))
    return list(catalog.options(field.id))


def _label(catalog: Catalog, kind: str, id_: str, language: str) -> str:
    try:
        return catalog.label(kind, id_, language)
    except KeyError:
        # Platforms are called what they are called.
        return id_


def _forms(copilot: Services, language: str) -> list[dict[str, Any]]:
    catalog = copilot.catalog
    forms = []
    for number, each in enumerate(catalog.support_types, 1):
        places = [category.id for category in catalog.categories] if number == 1 else [each.id]
        label = catalog.label("support_types", each.id, language)
        forms.append(
            {
                "id": number,
                "url": f"{copilot.settings.public_url}/api/v2/ticket_forms/{number}.json",
                "name": label,
                "raw_name": label,
                "display_name": label,
                "raw_display_name": label,
                "position": number,
                "active": True,
                "default": number == 1,
                "end_user_visible": True,
                "in_all_brands": True,
                "restricted_brand_ids": [],
                "ticket_field_ids": [
                    field_number(field.id)
                    for field in catalog.fields
                    if field.enabled and set(places) & {*field.shown_for, *field.required_for}
                ],
                "support_type": each.id,
                "created_at": _ALWAYS,
                "updated_at": _ALWAYS,
            }
        )
    return forms


def _statuses(copilot: Services, language: str) -> list[dict[str, Any]]:
    catalog = copilot.catalog
    return [
        {
            "id": number,
            "status_category": each.id,
            "agent_label": catalog.label("statuses", each.id, language),
            "raw_agent_label": each.id,
            "end_user_label": catalog.label("statuses", each.id, language),
            "description": "",
            "active": True,
            "default": True,
            "created_at": _ALWAYS,
            "updated_at": _ALWAYS,
        }
        for number, each in enumerate(catalog.statuses, 1)
    ]


def _brand(copilot: Services) -> dict[str, Any]:
    return {
        "id": 1,
        "url": f"{copilot.settings.public_url}/api/v2/brands/1.json",
        "name": copilot.catalog.vendor,
        "brand_url": copilot.settings.public_url,
        "active": True,
        "default": True,
        "has_help_center": True,
        "ticket_form_ids": list(range(1, len(copilot.catalog.support_types) + 1)),
        "created_at": _ALWAYS,
        "updated_at": _ALWAYS,
    }


def _locales(copilot: Services) -> list[dict[str, Any]]:
    catalog = copilot.catalog
    return [
        {
            "id": number,
            "url": f"{copilot.settings.public_url}/api/v2/locales/{number}.json",
            "locale": each,
            "name": _label(catalog, "languages", each, each),
            "native_name": _label(catalog, "languages", each, each),
            "default": each == catalog.default_language,
            "created_at": _ALWAYS,
            "updated_at": _ALWAYS,
        }
        for number, each in enumerate(catalog.languages, 1)
    ]


def _language(copilot: Services, wanted: str | None) -> str:
    return wanted if wanted in copilot.catalog.languages else copilot.catalog.default_language


def _field(copilot: Services, field_id: int, language: str | None) -> dict[str, Any]:
    return _numbered(field_shapes(copilot, _language(copilot, language)), field_id, "ticket field")


def _numbered(shapes: list[dict[str, Any]], number: int, what: str) -> dict[str, Any]:
    found = next((each for each in shapes if each["id"] == number), None)
    if found is None:
        raise NotFound(f"There is no {what} {number}.")
    return found
