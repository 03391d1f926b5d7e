"""The pages of the dashboard by their names in the address."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from api.leads.answers import answers
from api.leads.content import content_gaps
from api.leads.context import Context
from api.leads.conversations import conversations
from api.leads.overview import overview
from api.leads.page import PageParts
from api.leads.report import report
from api.leads.review import review
from api.leads.satisfaction import satisfaction
from api.leads.tickets import tickets
from api.leads.value import value
from api.metrics.definitions import DEFINITIONS as KNOWN

DEFINITIONS: tuple[str, ...] = tuple(each.id for each in KNOWN)

PAGES: dict[str, Callable[[Session, Context], PageParts]] = {
    "overview": overview,
    "answers": answers,
    "gaps": content_gaps,
    "review": review,
    "tickets": tickets,
    "satisfaction": satisfaction,
    "value": value,
    "conversations": conversations,
    "report": report,
}
