"""Every endpoint that the application has: those of the OpenAPI document, and the pages that are not in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

_CONVERTOR = re.compile(r"\{(\w+):\w+\}")
# The framework's own, and what browsers ask before a request: neither asks who is there.
_OWN = {"/openapi.json"}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def documented(app: FastAPI) -> set[str]:
    """``GET /path/{id}`` of every operation in the OpenAPI document."""
    return {f"{method.upper()} {path}" for path, item in app.openapi()["paths"].items() for method in item}


def undocumented(app: FastAPI) -> set[str]:
    """The same of every route that is not in it, without second spellings of one that is (`.json`, PUT for PATCH)."""
    routes = list(_routes(app))
    shown = {route.endpoint for route in routes if route.include_in_schema}
    return {
        f"{method} {path}"
        for route in routes
        if not route.include_in_schema and route.endpoint not in shown
        for method in route.methods
        if method in _METHODS and (path := _CONVERTOR.sub(r"{\1}", route.path)) not in _OWN
    }


def _routes(app: FastAPI) -> Iterator[Any]:
    for route in app.routes:
        # A router that was included knows its routes with their whole address.
        contexts = getattr(route, "effective_route_contexts", None)
        yield from contexts() if contexts else [route]
