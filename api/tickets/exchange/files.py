"""Reading and writing files of tickets: CSV with a heading, or JSON a line (JSONL)."""

from __future__ import annotations

import contextlib
import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from api.errors import Invalid
from api.tickets.exchange.records import COLUMNS, FIELD_COLUMN, Format, Line, LineProblem, TicketRecord

# Cells that begin like this are formulas to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Beyond it a cell is no comment of ours, and nobody's ticket.
_LONGEST_CELL = 20_000_000
_LISTS = ("tags", "ccs", "comments")


class UnreadableFile(Exception):
    """From here on nothing can be read of the file."""

    def __init__(self, problem: LineProblem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def format_of(path: Path, given: str | None) -> Format:
    """By the option, else by the ending. Raises `Invalid`."""
    name = (given or path.suffix.lstrip(".")).lower()
    if name == "csv":
        return "csv"
    if name in ("jsonl", "ndjson"):
        return "jsonl"
    raise Invalid(f"{path.name} ends in neither .csv nor .jsonl: say which it is with --format")


def read_lines(path: Path, kind: Format) -> Iterator[Line | LineProblem]:
    """The records of a file, in order; a line that cannot be read comes as its problem. Raises `UnreadableFile`."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            yield from (_read_csv(file) if kind == "csv" else _read_jsonl(file))
        except UnicodeDecodeError as error:
            line = _line_of_bad_byte(path)
            cure = "is no UTF-8 text: save the file as UTF-8 and import it again"
            raise UnreadableFile(LineProblem(line, "", cure)) from error


def _line_of_bad_byte(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1


def _read_jsonl(file: IO[str]) -> Iterator[Line | LineProblem]:
    for number, text in enumerate(file, 1):
        if not text.strip():
            continue
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            yield LineProblem(number, "", "is no JSON: each line holds one object, {...}, and nothing else")
            continue
        if isinstance(record, dict):
            yield Line(number, record)
        else:
            yield LineProblem(number, "", "is JSON, but no object: each line holds one object, {...}")


def _read_csv(file: IO[str]) -> Iterator[Line | LineProblem]:
    limit = csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(file, strict=True)
    begin = 1
    try:
        heading = [name.strip() for name in next(reader, [])]
        _check_heading(heading)
        while True:
            begin = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            if not any(cells):
                continue
            if len(cells) != len(heading):
                yield LineProblem(
                    begin, "", f"has {len(cells)} cells, the heading has {len(heading)}: is a comma quoted?"
                )
                continue
            yield _of_cells(begin, heading, cells)
    except csv.Error as error:
        cure = f"is no CSV ({error}): put the cell in quotes, and write a quote in it twice"
        raise UnreadableFile(LineProblem(begin, "", cure)) from error
    finally:
        csv.field_size_limit(limit)


def _check_heading(heading: Sequence[str]) -> None:
    known = {*COLUMNS, "comments"}
    wrong = [name for name in heading if name not in known and not name.startswith(FIELD_COLUMN)]
    if not heading or wrong:
        columns = f"the columns are {', '.join(sorted(known))}, {FIELD_COLUMN}<id>"
        cure = f"is no heading of tickets ({', '.join(wrong)[:200] or 'empty'}): {columns}"
        raise UnreadableFile(LineProblem(1, "", cure))
    twice = {name for name in heading if heading.count(name) > 1}
    if twice:
        raise UnreadableFile(LineProblem(1, "", f"names {', '.join(sorted(twice))} twice: leave one away"))


def _of_cells(number: int, heading: Sequence[str], cells: Sequence[str]) -> Line | LineProblem:
    record: dict[str, Any] = {"fields": {}}
    for name, cell in zip(heading, cells, strict=True):
        value = unguarded(cell)
        if not value:
            continue
        if name.startswith(FIELD_COLUMN):
            record["fields"][name.removeprefix(FIELD_COLUMN)] = value
        elif name in _LISTS and value.lstrip().startswith("["):
            try:
                record[name] = json.loads(value)
            except (ValueError, RecursionError):
                return LineProblem(number, name, "begins like a JSON list and is none: mend the brackets and quotes")
        elif name in ("tags", "ccs"):
            record[name] = [tag.strip() for tag in value.split(",") if tag.strip()]
        else:
            record[name] = value
    return Line(number, record)


def guarded(cell: str) -> str:
    """The cell as a spreadsheet shows it instead of computing it: an apostrophe before what looks like a formula."""
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def write_file(path: Path, kind: Format, records: Iterable[TicketRecord], fields: Sequence[str]) -> int:
    """Write records, whole or not at all. `fields`: ids of the ticket fields that get a column. Returns how many."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with aside.open("w", encoding="utf-8", newline="") as file:
            count = _write(file, kind, records, fields)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            aside.unlink()
    return count


def _write(file: IO[str], kind: Format, records: Iterable[TicketRecord], fields: Sequence[str]) -> int:
    count = 0
    writer = csv.writer(file, lineterminator="\n")
    if kind == "csv":
        writer.writerow([*COLUMNS, "comments", *(f"{FIELD_COLUMN}{name}" for name in fields)])
    for record in records:
        count += 1
        if kind == "csv":
            writer.writerow([guarded(cell) for cell in _cells(record, fields)])
        else:
            file.write(record.model_dump_json(exclude_none=True) + "\n")
    return count


def _cells(record: TicketRecord, fields: Sequence[str]) -> list[str]:
    values = record.model_dump(mode="json", exclude_none=True)
    cells = []
    for name in (*COLUMNS, "comments"):
        value = values.get(name)
        if isinstance(value, list):
            cells.append(json.dumps(value, ensure_ascii=False) if value else "")
        else:
            cells.append("" if value is None else str(value))
    return cells + [record.fields.get(name, "") for name in fields]
