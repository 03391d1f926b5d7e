"""Search in Zendesk's shapes: ``/search``, its count and its export for staff, ``/requests/search`` for customers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api.identity.principal import Principal, require_customer, require_role
from api.services import Services, services
from api.tickets.errors import ZendeskError
from api.tickets.responses import RequestPage, SearchCountOut, SearchExportPage, SearchPage
from api.tickets.search_query import (
    RESULT_TYPES,
    SearchQuery,
    SearchRefused,
    parse_query,
    read_direction,
    read_sort,
)
from api.tickets.search_results import export, find
from api.tickets.search_tickets import search_tickets
from api.tickets.shapes import request_shape

router = APIRouter(prefix="/api/v2", tags=["search"])

Copilot = Annotated[Services, Depends(services)]
AsAgent = Annotated[Principal, Depends(require_role("agent"))]
AsCustomer = Annotated[Principal, Depends(require_customer)]
QueryText = Annotated[str | None, Query(alias="query", description="What to find: see docs/tickets.md.")]
SortBy = Annotated[str | None, Query(description="created_at, updated_at, priority, status or ticket_type.")]
SortOrder = Annotated[str | None, Query(description="asc or desc.")]
PageNumber = Annotated[str, Query(alias="page")]
PerPage = Annotated[str, Query()]
PageSize = Annotated[str, Query(alias="page[size]")]
PageAfter = Annotated[str | None, Query(alias="page[after]")]
FilterType = Annotated[str | None, Query(alias="filter[type]", description="ticket, user, organization or group.")]
Endpoint = Callable[..., Any]

# As deep as search goes by number; what is deeper is exported.
DEEPEST = 1000
LARGEST_PAGE = 100
LARGEST_EXPORT_PAGE = 1000


def _get(path: str, returns: type[BaseModel]) -> Callable[[Endpoint], Endpoint]:
    """Register an endpoint under its path and, unlisted in the documentation, under the same with ``.json``."""

    def register(endpoint: Endpoint) -> Endpoint:
        router.add_api_route(f"{path}.json", endpoint, methods=["GET"], include_in_schema=False)
        router.add_api_route(path, endpoint, methods=["GET"], response_model=returns)
        return endpoint

    return register


@_get("/search", SearchPage)
async def search(
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    query: QueryText = None,
    sort_by: SortBy = None,
    sort_order: SortOrder = None,
    page: PageNumber = "1",
    per_page: PerPage = "100",
) -> JSONResponse:
    """Tickets, users, organizations and groups, each with its ``result_type``: the first 1,000 by pages.

    ``count`` is exact up to 10,000 and an estimate above (``count_is_estimate``).
    """
    asked = _ordered(parse_query(query or ""), sort_by, sort_order)
    number, size = _pages(page, per_page)
    begin = (number - 1) * size

    found = await copilot.database.reading(lambda session: find(session, copilot, principal, asked, begin, size))
    return JSONResponse({"results": found.results, **_place(request, copilot, number, size, found.count, found.exact)})


@_get("/search/count", SearchCountOut)
async def count_search(principal: AsAgent, copilot: Copilot, query: QueryText = None) -> JSONResponse:
    """How many results a query has: exact up to 10,000, an estimate above."""
    asked = parse_query(query or "")
    found = await copilot.database.reading(lambda session: find(session, copilot, principal, asked, 0, 0))
    return JSONResponse({"count": found.count, "count_is_estimate": not found.exact})


@_get("/search/export", SearchExportPage)
async def export_search(
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    query: QueryText = None,
    kind: FilterType = None,
    size: PageSize = "100",
    after: PageAfter = None,
) -> JSONResponse:
    """Every result of one kind (``filter[type]``), by cursor, however many there are."""
    wanted = next((each for each in RESULT_TYPES if each == kind), None)
    if wanted is None:
        raise SearchRefused(f"filter[type] is one of {', '.join(RESULT_TYPES)}")
    asked = parse_query(query or "")
    # zenpy says the same in both places.
    if asked.type_given and asked.types != (wanted,):
        raise SearchRefused("an export takes filter[type] in place of type:")
    if wanted not in asked.types:
        raise asked.properties[-1].refused(f"says nothing about filter[type]={wanted}")
    limit = min(_whole(size, "page[size]"), LARGEST_EXPORT_PAGE)
    found = await copilot.database.reading(
        lambda session: export(session, copilot, principal, asked, wanted, limit, after)
    )
    return JSONResponse(
        {
            "results": found.results,
            "facets": None,
            "meta": {"has_more": found.has_more, "after_cursor": found.cursor, "before_cursor": None},
            "links": {
                "next": _address(request, copilot, {"page[size]": limit, "page[after]": found.cursor})
                if found.has_more
                else None,
                "prev": None,
            },
        }
    )


@_get("/requests/search", RequestPage)
async def search_requests(
    request: Request,
    principal: AsCustomer,
    copilot: Copilot,
    query: QueryText = None,
    status: Annotated[str | None, Query(description="Only these, several with commas.")] = None,
    sort_by: SortBy = None,
    sort_order: SortOrder = None,
    page: PageNumber = "1",
    per_page: PerPage = "100",
) -> JSONResponse:
    """The customer's own tickets that hold these words, never by what an internal note says."""
    statuses = " ".join(
        f'status:"{each.strip()}"' for each in (status or "").replace(chr(34), "").split(",") if each.strip()
    )
    asked = _ordered(parse_query(f"{query or '*'} {statuses}"), sort_by, sort_order)
    if "ticket" not in asked.types:
        raise SearchRefused("customers search their own requests: leave type: away")
    number, size = _pages(page, per_page)

    def read(session: Any) -> dict[str, Any]:
        found = search_tickets(session, copilot, principal, asked)
        count = found.count(session)
        rows = session.scalars(found.select.offset((number - 1) * size).limit(size))
        shown = [{**request_shape(each, copilot.settings, copilot.catalog), "result_type": "request"} for each in rows]
        return {"requests": shown, **_place(request, copilot, number, size, count.value, count.exact)}

    return JSONResponse(await copilot.database.reading(read))


def _ordered(asked: SearchQuery, sort_by: str | None, sort_order: str | None) -> SearchQuery:
    """The query in the order of the parameters, where it names none itself."""
    if sort_by and asked.sort is None:
        asked = dataclasses.replace(asked, sort=read_sort(sort_by, f"sort_by={sort_by}"))
    if sort_order:
        asked = dataclasses.replace(asked, descending=read_direction(sort_order, f"sort_order={sort_order}"))
    return asked


def _pages(page: str, per_page: str) -> tuple[int, int]:
    number, size = _whole(page, "page"), min(_whole(per_page, "per_page"), LARGEST_PAGE)
    if number * size > DEEPEST:
        raise SearchRefused(f"pages by number end at {DEEPEST} results: use /api/v2/search/export for more")
    return number, size


def _whole(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:12]) <= 1_000_000:
        raise ZendeskError(400, "InvalidPaginationParameter", f"{name} must be a whole number from 1")
    return int(text)


def _place(request: Request, copilot: Services, number: int, size: int, count: int, exact: bool) -> dict[str, Any]:
    """Where a page stands: how many there are, and the pages beside it."""
    further = number * size < count and (number + 1) * size <= DEEPEST
    return {
        "facets": None,
        "count": count,
        "count_is_estimate": not exact,
        "next_page": _address(request, copilot, {"page": number + 1, "per_page": size}) if further else None,
        "previous_page": _address(request, copilot, {"page": number - 1, "per_page": size}) if number > 1 else None,
    }


def _address(request: Request, copilot: Services, paging: dict[str, Any]) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in _PAGING]
    return f"{copilot.settings.public_url}{request.url.path}?{urlencode([*kept, *paging.items()])}"


_PAGING = frozenset({"page", "per_page", "page[size]", "page[after]"})
