"""The pages of the dashboard by their names in the address."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from api.leads.context import Context
from api.leads.overview import overview
from api.leads.page import PageParts

DEFINITIONS: tuple[str, ...] = ()

PAGES: dict[str, Callable[[Session, Context], PageParts]] = {"overview": overview}
