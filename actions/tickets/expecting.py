"""How soon somebody answers, as the api knows it; the catalog's word where it cannot be asked: no turn fails for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from api.client import CopilotClient, CopilotClientError
from bot.catalog import Catalog
from bot.expected import ExpectedResponse, expected_by_catalog


async def expected_response(
    client: CopilotClient, token: str, catalog: Catalog, facts: Mapping[str, str | None], now: datetime
) -> ExpectedResponse:
    """For a ticket with these facts, opened now."""
    try:
        found = await client.expected_response(token, {name: value for name, value in facts.items() if value})
    except CopilotClientError:
        return expected_by_catalog(catalog, now)
    return ExpectedResponse(found.minutes, found.by, found.opens_at)
