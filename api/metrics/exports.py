"""Tables as files: CSV that no spreadsheet runs, and JSON."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Iterator, Sequence
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


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A heading (unless there are no `columns`) and a line a row, in parts."""
    out = io.StringIO()
    writer = csv.writer(out)
    if columns:
        writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        if out.tell() > 1 << 16:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV."""
    return "".join(csv_lines(columns, rows))


def json_of(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as a JSON list of objects."""
    found = [{name: _json(value) for name, value in zip(columns, row, strict=True)} for row in rows]
    return json.dumps(found, ensure_ascii=False, indent=1)


def as_file(table: str, name: str, format: str = "csv") -> Response:
    """An answer that a browser keeps as a file."""
    kind = "text/csv; charset=utf-8" if format == "csv" else "application/json"
    return Response(table, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}.{format}"'})


def decision_row(row: Decision) -> list[object]:
    """The values of `DECISION_COLUMNS`."""
    return [getattr(row, name) for name in DECISION_COLUMNS]


def decision_json(row: Decision) -> dict[str, Any]:
    """The same by name."""
    return {name: _json(getattr(row, name)) for name in DECISION_COLUMNS}


def _json(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value
