"""A table as a file: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
import json

from fastapi import Response

from api.leads.page import Table, Value
from api.metrics.exports import plain


def table_file(table: Table, name: str, kind: str) -> Response:
    """The table as `<name>.csv` or `<name>.json`; the values themselves, without the words around them."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store"}
    if kind == "json":
        return Response(as_json(table), media_type="application/json", headers=headers)
    return Response(as_csv(table), media_type="text/csv; charset=utf-8", headers=headers)


def as_csv(table: Table) -> str:
    """A line a row. Texts that a spreadsheet would compute are held back by an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([each.key for each in table.columns])
    for row in table.rows:
        writer.writerow([_cell(each.value) for each in row])
    return out.getvalue()


def as_json(table: Table) -> str:
    """An object a row, by the columns' names."""
    names = [each.key for each in table.columns]
    rows = [dict(zip(names, (each.value for each in row), strict=True)) for row in table.rows]
    return json.dumps({"rows": rows}, ensure_ascii=False)


def _cell(value: Value) -> str:
    if value is None:
        return ""
    return plain(value) if isinstance(value, str) else str(value)
