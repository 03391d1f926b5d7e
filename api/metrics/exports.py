"""Tables as files: CSV that no spreadsheet runs, and JSON."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import Response

from api.metrics.models import Decision

# What a spreadsheet would run as a formula (OWASP, CSV injection), leading spaces and full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

DECISION_COLUMNS = (
    "id",
    "conversation_id",
    "ticket_id",
    "started_at",
    "day",
    "hour",
    "language",
    "channel",
    "scenario",
    "category",
    "subcategory",
    "kind",
    "outcome",
    "provisional",
    "rule",
    "recontacted_by",
    "recontacted_at",
    "within_day",
    "asked_at",
    "last_at",
    "answers",
    "confident_answers",
    "helped",
    "wrong",
    "opened",
    "tickets",
    "person",
    "rating",
    "stage",
    "stopped_at",
    "confidence",
    "articles",
    "changes",
    "decided_at",
)


def plain(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet would take for a formula."""
    return "'" + cell if cell.lstrip(" ").startswith(_FORMULA) else cell


def cell(value: object) -> object:
    """A value as it stands in a CSV file: numbers as numbers, nothing as an empty cell, lists with spaces between."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return plain(" ".join(map(str, value)))
    return plain(str(value))


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """A line a row."""
    out = io.StringIO()
    csv.writer(out).writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV, its heading first."""
    return csv_text([columns]) + csv_text(rows)


def as_file(table: str, name: str, format: str = "csv") -> Response:
    """An answer that a browser keeps as a file."""
    kind = "text/csv; charset=utf-8" if format == "csv" else "application/json"
    return Response(table, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}.{format}"'})


def decision_json(row: Decision) -> dict[str, Any]:
    """The values of `DECISION_COLUMNS` by name."""
    return {name: json_value(getattr(row, name)) for name in DECISION_COLUMNS}


def json_value(value: object) -> object:
    """A value as JSON has it: days and moments (UTC) as ISO 8601."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value
