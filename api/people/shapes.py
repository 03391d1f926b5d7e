"""Groups, memberships and organizations in Zendesk's shapes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from api.people.models import Organization, TeamMember
from api.services import Services
from api.settings import Settings
from api.tickets.shapes import group_id, staff_user_id, teams
from bot.catalog import Catalog

# The catalog's teams have no date of their own.
_ALWAYS = "2020-01-01T00:00:00Z"


def group_shapes(services: Services) -> list[dict[str, Any]]:
    """The catalog's teams as groups."""
    return [
        {
            "id": number,
            "url": f"{services.settings.public_url}/api/v2/groups/{number}.json",
            "name": team,
            "description": "",
            "default": number == 1,
            "deleted": False,
            "is_public": True,
            "created_at": _ALWAYS,
            "updated_at": _ALWAYS,
        }
        for number, team in enumerate(teams(services.catalog), 1)
    ]


def membership_shape(member: TeamMember, settings: Settings, catalog: Catalog) -> dict[str, Any]:
    """Somebody's place in a group."""
    return {
        "id": member.id,
        "url": f"{settings.public_url}/api/v2/group_memberships/{member.id}.json",
        "user_id": staff_user_id(member.staff_id),
        "group_id": group_id(catalog, member.team),
        "default": False,
        "created_at": _time(member.created_at),
        "updated_at": _time(member.created_at),
    }


def organization_shape(organization: Organization, settings: Settings) -> dict[str, Any]:
    """An account as an organization; `external_id` is its account id."""
    return {
        "id": organization.id,
        "url": f"{settings.public_url}/api/v2/organizations/{organization.id}.json",
        "name": organization.name or organization.account_id,
        "external_id": organization.account_id,
        "details": None,
        "notes": None,
        "domain_names": [],
        "group_id": None,
        "shared_comments": False,
        "shared_tickets": False,
        "tags": [],
        "organization_fields": {},
        "created_at": _time(organization.created_at),
        "updated_at": _time(organization.updated_at),
    }


def _time(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
