"""How an endpoint under /api/v2 is registered, reads its page and answers once for its Idempotency-Key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session
from starlette.convertors import Convertor, register_url_convertor

from api.identity.principal import Principal, require_customer, require_role, require_signed_in
from api.services import Services, services
from api.tickets.errors import ZendeskError
from api.tickets.idempotency import Answer, KeyedRequest, answer_once, check_key
from api.tickets.paging import fetch_page, read_page_request

Copilot = Annotated[Services, Depends(services)]
AsCustomer = Annotated[Principal, Depends(require_customer)]
AsAgent = Annotated[Principal, Depends(require_role("agent"))]
AsAdmin = Annotated[Principal, Depends(require_role("admin"))]
SignedIn = Annotated[Principal, Depends(require_signed_in)]
IdempotencyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="1 to 255 printable ASCII characters. The same key with the same body gets the same answer for seven "
        "days, with `x-idempotency-lookup: hit`.",
    ),
]

# One or several statuses, with commas between.
Statuses = Annotated[str | None, Query(pattern=r"^[a-z_,]{1,100}$")]


class _IdConvertor(Convertor[int]):
    """An id in a path, `{ticket_id:id}`: whatever is none is a path that is not there. Starlette's own `int` takes digits
    without end, and Python refuses to read more than 4,300 of them."""

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("id", _IdConvertor())

Endpoint = Callable[..., Any]
Shape = Callable[[Any], dict[str, Any]]
# Beyond it no row can be, and PostgreSQL would answer with an error of its own.
LARGEST_ID = 2**31 - 1

PAGING: list[dict[str, Any]] = [
    {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }
    for name, description, schema in (
        ("page[size]", "Paging by cursor: how many records, 100 at most.", {"type": "integer", "minimum": 1}),
        ("page[after]", "Paging by cursor: `meta.after_cursor` of the page before.", {"type": "string"}),
        ("page[before]", "Paging by cursor: `meta.before_cursor` of the page after.", {"type": "string"}),
        ("page", "Paging by number, up to 10,000 records.", {"type": "integer", "minimum": 1}),
        ("per_page", "Paging by number: how many records, 100 at most.", {"type": "integer", "minimum": 1}),
        ("sort", "A field, with - before it to turn the order round.", {"type": "string"}),
        ("sort_by", "The same, as older clients send it.", {"type": "string"}),
        ("sort_order", "`asc` or `desc`.", {"type": "string"}),
    )
]


def route(
    router: APIRouter,
    method: str,
    path: str,
    *,
    returns: type[BaseModel] | None,
    status_code: int = 200,
    paged: bool = False,
    parameters: Iterable[dict[str, Any]] = (),
) -> Callable[[Endpoint], Endpoint]:
    """Register an endpoint under its path and, unlisted in the documentation, under the same with ``.json``.

    `returns` is what the documentation promises; the endpoint answers with a `Response` of its own, which is sent as it
    is, so that a shape that another module adds to is never cut down to a model.
    """
    told = [*(PAGING if paged else []), *parameters]

    def register(endpoint: Endpoint) -> Endpoint:
        # The longer one first: `{id}` would swallow the suffix.
        router.add_api_route(
            f"{path}.json", endpoint, methods=[method], status_code=status_code, include_in_schema=False
        )
        router.add_api_route(
            path,
            endpoint,
            methods=[method],
            status_code=status_code,
            response_model=returns,
            openapi_extra={"parameters": told} if told else None,
        )
        return endpoint

    return register


async def answered(
    copilot: Services,
    principal: Principal,
    request: Request,
    key: str | None,
    body: Any,
    work: Callable[[Session], Answer],
) -> Response:
    """Run `work`, once for its Idempotency-Key where one came."""
    if key is None:
        answer = await copilot.database.writing(work)
        return _response(answer)
    path = request.url.path.removesuffix(".json")
    keyed = KeyedRequest(principal.scope, check_key(key), request.method, path, body)
    answer = await asyncio.to_thread(answer_once, copilot.database, keyed, work)
    response = _response(answer)
    response.headers["x-idempotency-lookup"] = "hit" if answer.replayed else "miss"
    return response


def _response(answer: Answer) -> Response:
    headers = {"Location": answer.location} if answer.location else None
    return Response(answer.body, answer.status, headers, media_type="application/json")


def said(body: dict[str, Any], status: int = 200, location: str | None = None) -> Answer:
    """An answer with this body."""
    return Answer(status, json.dumps(body, ensure_ascii=False), location)


async def shown(copilot: Services, read: Callable[[Session], dict[str, Any]]) -> JSONResponse:
    """What `read` finds."""
    return JSONResponse(await copilot.database.reading(read))


async def listed(
    request: Request,
    copilot: Services,
    query: Select[Any] | Callable[[Session], Select[Any]],
    name: str,
    shape: Shape,
    sorts: dict[str, InstrumentedAttribute[Any]],
    *,
    newest_first: bool = False,
) -> JSONResponse:
    """One page of a query, each row in its `shape` under `name`. `newest_first`: where no order is asked for."""
    page_request = read_page_request(request, tuple(sorts), newest_first=newest_first)

    def read(session: Session) -> dict[str, Any]:
        rows = query(session) if callable(query) else query
        page = fetch_page(session, rows, page_request, request, sorts, public_url=copilot.settings.public_url)
        return {name: [shape(row) for row in page.items], **page.extra}

    return await shown(copilot, read)


def many(values: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """A list that is too short for pages, as a page."""
    return {name: values, "count": len(values), "next_page": None, "previous_page": None}


def ids_of(text: str | None, name: str = "ids") -> list[int]:
    """The ids in ``1,2,null,3``, each once, in order; what is no id is passed over. Raises `ZendeskError` past 100."""
    found = [int(each) for each in (text or "").split(",") if each.strip().isascii() and each.strip().isdigit()]
    wanted = [each for each in dict.fromkeys(found) if 0 < each <= LARGEST_ID]
    if len(wanted) > 100:
        raise ZendeskError(400, "TooManyValues", f"{name} takes at most 100 at once: send the rest separately.")
    return wanted


def customer_id_of(principal: Principal) -> int:
    """The customer of a principal that `require_customer` has let pass."""
    assert principal.customer_id is not None  # noqa: S101
    return principal.customer_id
