"""The pages of the dashboard by their names in the address."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from api.leads.answers import answers
from api.leads.content import content_gaps
from api.leads.context import Context
from api.leads.conversations import conversations, rows_file
from api.leads.overview import overview
from api.leads.page import PageParts
from api.leads.report import report
from api.leads.review import answers_file, review
from api.leads.satisfaction import comments_file, satisfaction
from api.leads.tickets import tickets
from api.leads.value import value
from api.metrics.definitions import DEFINITIONS as KNOWN
from api.metrics.row_files import Rows

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

# Files that have more rows than their table on the page, however many, by page and section. None: there is no such file for
# this lead.
FILES: dict[tuple[str, str], Callable[[Context], Rows | None]] = {
    ("conversations", "rows"): rows_file,
    ("review", "answers"): answers_file,
    ("satisfaction", "comments"): comments_file,
}
