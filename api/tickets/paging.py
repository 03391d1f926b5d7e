"""Pages of a list in Zendesk's two ways: by cursor (`page[size]`, `page[after]`) and, up to 10,000 records, by number."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Request
from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.tickets.counting import bounded_count
from api.tickets.errors import ZendeskError

T = TypeVar("T")

LARGEST_PAGE = 100
DEEPEST_OFFSET = 10_000


@dataclass(frozen=True)
class PageRequest:
    """What a client asked for. `number` is set for paging by number, else the page is by cursor."""

    size: int
    number: int | None
    after: str | None
    before: str | None
    sort: str
    descending: bool


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page. `meta` and `links`, or `count`, `next_page` and `previous_page`, as the paging asks."""

    items: list[T]
    extra: dict[str, Any]


def read_page_request(request: Request, sorts: tuple[str, ...], *, newest_first: bool = False) -> PageRequest:
    """The paging in a query string; raises `ZendeskError` (400) for what cannot be. `newest_first`: by id, where no order is
    asked for."""
    query = request.query_params
    sort = query.get("sort") or query.get("sort_by") or ("-id" if newest_first else "id")
    descending = sort.startswith("-") or query.get("sort_order", "").lower() == "desc"
    sort = sort.lstrip("-")
    if sort not in sorts:
        raise ZendeskError(
            400, "InvalidSort", f"sort must be one of {', '.join(sorts)}, with - before it to turn it round"
        )
    if any(name in query for name in ("page[size]", "page[after]", "page[before]")):
        size = _whole(query.get("page[size]", str(LARGEST_PAGE)), "page[size]")
        return PageRequest(
            min(size, LARGEST_PAGE), None, query.get("page[after]"), query.get("page[before]"), sort, descending
        )
    size = min(_whole(query.get("per_page", str(LARGEST_PAGE)), "per_page"), LARGEST_PAGE)
    number = _whole(query.get("page", "1"), "page")
    if number * size > DEEPEST_OFFSET:
        raise ZendeskError(
            400, "InvalidPaginationDepth", "Paging by number ends at 10,000 records: use page[size] and page[after]."
        )
    return PageRequest(size, number, None, None, sort, descending)


def _whole(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:12]) <= 1_000_000:
        raise ZendeskError(400, "InvalidPaginationParameter", f"{name} must be a whole number from 1")
    return int(text)


def fetch_page(
    session: Session,
    query: Select[T],
    page: PageRequest,
    request: Request,
    columns: dict[str, InstrumentedAttribute[Any]],
    *,
    public_url: str,
) -> Page[T]:
    """Run `query` for one page. `columns` gives the column of each sort, and of ``id``, which breaks ties."""
    column, identity = columns[page.sort], columns["id"]
    if page.number is not None:
        return _by_number(session, query, page, request, column, identity, public_url)
    backwards = page.before is not None
    descending = page.descending != backwards
    cursor = page.before or page.after
    if cursor:
        query = query.where(_beyond(column, identity, read_cursor(cursor, page.sort), descending))
    order = (column.desc(), identity.desc()) if descending else (column.asc(), identity.asc())
    rows = list(session.scalars(query.order_by(*order).limit(page.size + 1)))
    more = len(rows) > page.size
    rows = rows[: page.size]
    if backwards:
        rows.reverse()
    has_more = bool(rows) if backwards else more
    after = cursor_of(rows[-1], page.sort, column, identity) if rows else None
    before = cursor_of(rows[0], page.sort, column, identity) if rows else None
    earlier = more if backwards else cursor is not None and bool(rows)
    links = {
        "next": _address(request, public_url, {"page[size]": page.size, "page[after]": after}) if has_more else None,
        "prev": _address(request, public_url, {"page[size]": page.size, "page[before]": before}) if earlier else None,
    }
    meta = {"has_more": has_more, "after_cursor": after, "before_cursor": before}
    return Page(rows, {"meta": meta, "links": links})


def _by_number(
    session: Session,
    query: Select[T],
    page: PageRequest,
    request: Request,
    column: InstrumentedAttribute[Any],
    identity: InstrumentedAttribute[Any],
    public_url: str,
) -> Page[T]:
    number = page.number or 1
    count = bounded_count(session, query, identity).value
    order = (column.desc(), identity.desc()) if page.descending else (column.asc(), identity.asc())
    rows = list(session.scalars(query.order_by(*order).limit(page.size).offset((number - 1) * page.size)))

    def address(wanted: int) -> str:
        return _address(request, public_url, {"page": wanted, "per_page": page.size})

    return Page(
        rows,
        {
            "count": count,
            "next_page": address(number + 1) if number * page.size < count else None,
            "previous_page": address(number - 1) if number > 1 else None,
        },
    )


def _beyond(
    column: InstrumentedAttribute[Any], identity: InstrumentedAttribute[Any], place: tuple[Any, int], descending: bool
) -> ColumnElement[bool]:
    value, last_id = place
    if column is identity:
        return identity < last_id if descending else identity > last_id
    if descending:
        return or_(column < value, and_(column == value, identity < last_id))
    return or_(column > value, and_(column == value, identity > last_id))


def cursor_of(row: Any, sort: str, column: InstrumentedAttribute[Any], identity: InstrumentedAttribute[Any]) -> str:
    """Where a page ended, for the next one to go on."""
    value = getattr(row, column.key)
    text = json.dumps([sort, value if sort == "id" else value.isoformat(), getattr(row, identity.key)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, sort: str) -> tuple[Any, int]:
    """The value and the id at which a page ended. Raises `ZendeskError` (400) for what no page has given."""
    try:
        padded = text + "=" * (-len(text) % 4)
        name, value, last_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if name != sort or not isinstance(last_id, int) or not -(2**31) < last_id < 2**31:
            raise ValueError
        return (value if sort == "id" else dt.datetime.fromisoformat(value).astimezone(dt.UTC)), last_id
    except (ValueError, TypeError, binascii.Error, UnicodeDecodeError, RecursionError) as error:
        raise ZendeskError(
            400, "InvalidPaginationParameter", "This cursor belongs to no page: begin without one."
        ) from error


def _address(request: Request, public_url: str, paging: dict[str, Any]) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in _PAGING]
    return f"{public_url}{request.url.path}?{urlencode([*kept, *paging.items()])}"


_PAGING = frozenset({"page", "per_page", "page[size]", "page[after]", "page[before]"})
