"""Files of rows, however many: read page by page from one snapshot and sent meanwhile, in the memory of one page."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import anyio
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session
from starlette.types import Send

from api.database import Database
from api.metrics.exports import csv_text, json_value
from api.snapshots import snapshot_of

logger = logging.getLogger(__name__)

# The first page is short, so that the file begins at once; 2,000 rows take some tenths of a second and a megabyte.
FIRST_ROWS = 100
ROWS_AT_ONCE = 2_000
# A client that takes nothing for so long is given up, and so is one that is not done after so long: databases keep for a
# snapshot what is gone since.
STALLED_SECONDS = 60
MOST_SECONDS = 1_800

Row = Sequence[object]


@dataclass(frozen=True)
class Rows:
    """Rows of a file: names of the columns, and what reads a page of them from a cursor on (None: from the first row).

    `read(session, cursor, limit)` gives at most `limit` rows and the cursor of those after them, None where there are none.
    It is called in worker threads, one page after another, all in one snapshot.
    """

    columns: Sequence[str]
    read: Callable[[Session, str | None, int], tuple[Sequence[Row], str | None]]


class RowsFile(StreamingResponse):
    """Rows as a CSV or JSON file (an object, its `rows` a list of objects).

    What cannot be read at all is refused as in any other answer, as the first page is read before the headers are sent. A
    file that ends early, for an error or because the client is too slow, ends without its last chunk: clients see that it is
    not whole. A client that hangs up ends the statement that runs for it.
    """

    def __init__(self, database: Database, rows: Rows, name: str, kind: str, cursor: str | None = None) -> None:
        self._database, self._rows, self._name, self._cursor = database, rows, name, cursor
        self._form: _Csv | _Json = _Json(rows.columns) if kind == "json" else _Csv(rows.columns)
        headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store"}
        # The parts come from `stream_response`, which has to hold a snapshot around them.
        super().__init__((), media_type=self._form.media_type, headers=headers)

    async def stream_response(self, send: Send) -> None:
        """Sends the whole file. Raises what reading raises."""
        async with snapshot_of(self._database) as snapshot:
            with anyio.move_on_after(MOST_SECONDS) as whole:
                text, cursor = await snapshot.reading(lambda session: self._page(session, self._cursor, FIRST_ROWS))
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                text = self._form.head + text
                while cursor is not None:
                    with anyio.move_on_after(STALLED_SECONDS) as sending:
                        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
                    if sending.cancelled_caught:
                        logger.warning("%s was not sent whole: its reader took nothing for a minute", self._name)
                        return
                    after = cursor
                    text, cursor = await snapshot.reading(lambda session: self._page(session, after, ROWS_AT_ONCE))  # noqa: B023
        if whole.cancelled_caught:
            logger.warning("%s was not sent whole: its reader was too slow; choose fewer days", self._name)
            return
        text += self._form.tail
        await send({"type": "http.response.body", "body": text.encode(), "more_body": False})

    def _page(self, session: Session, cursor: str | None, limit: int) -> tuple[str, str | None]:
        rows, after = self._rows.read(session, cursor, limit)
        return self._form.text(rows), after


class _Csv:
    """Lines, the names of the columns first; no cell is one that a spreadsheet would compute."""

    media_type = "text/csv; charset=utf-8"
    tail = ""

    def __init__(self, columns: Sequence[str]) -> None:
        self.head = csv_text([columns])

    def text(self, rows: Sequence[Row]) -> str:
        return csv_text(rows)


class _Json:
    """An object a row, a line each."""

    media_type = "application/json"
    head = '{"rows": ['
    tail = "\n]}\n"

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._comma = ""

    def text(self, rows: Sequence[Row]) -> str:
        made = [
            json.dumps(dict(zip(self._columns, map(json_value, row), strict=True)), ensure_ascii=False) for row in rows
        ]
        if not made:
            return ""
        text = f"{self._comma}\n" + ",\n".join(made)
        self._comma = ","
        return text
