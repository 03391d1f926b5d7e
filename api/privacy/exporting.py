"""Everything that is kept of a person, as one ZIP: `data.json`, their files, and a README in their language."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import Database, utc_now
from api.files.storing import FileStore
from api.privacy.columns import Kind, columns_of
from api.privacy.person import Person, find_person
from api.privacy.rules import RULES, Rule
from api.settings import Settings
from bot.catalog import Catalog

# Not of the person, or nothing that tells them anything.
_LEFT_OUT = frozenset({"silence", "token_hash", "last_seq", "attempts", "next_attempt_at", "dedupe_key", "owner"})
# What only staff read is theirs to hand out, and is asked for by name.
_INTERNAL = {"ticket_comments": "public"}


@dataclass(frozen=True)
class Export:
    """`rows` by table, and how many files; `subject`: whose, by number."""

    archive: bytes
    subject: str
    rows: dict[str, int]
    files: int


def export(settings: Settings, database: Database, catalog: Catalog, who: str, *, notes: bool = False) -> Export:
    """The archive of whoever `find_person` finds by `who`; with `notes`, what staff wrote for each other as well."""
    store = FileStore(settings.var)
    with database.read() as session:
        person = find_person(session, who)
        data = {rule.table.name: _rows(session, rule, person, notes=notes) for rule in RULES}
    data = {name: rows for name, rows in data.items() if rows}
    files = 0
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _readme(catalog, person))
        for row in data.get("attachments", ()):
            path = store.find(row["id"])
            row["file"] = _file_name(row) if path is not None else None
            if path is not None:
                archive.write(path, row["file"])
                files += 1
        text = json.dumps({"made_at": utc_now(), "data": data}, ensure_ascii=False, indent=2, default=_plain)
        archive.writestr("data.json", text)
    subject = "nobody known" if person.customer_id is None else f"customer {person.customer_id}"
    return Export(out.getvalue(), subject, {name: len(rows) for name, rows in data.items()}, files)


def _rows(session: Session, rule: Rule, person: Person, *, notes: bool) -> list[dict[str, Any]]:
    table = rule.table
    names = [name for name in columns_of(table.name, Kind.PERSON, Kind.PLAIN, Kind.FIGURE) if name not in _LEFT_OUT]
    keys = [key.name for key in table.primary_key]
    hidden = None if notes else _INTERNAL.get(table.name)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for condition in (rule.given or rule.rows)(person):
        for row in session.execute(select(table).where(condition)).mappings():
            if hidden is None or row[hidden]:
                found[tuple(row[key] for key in keys)] = {name: row[name] for name in names}
    return [found[key] for key in sorted(found, key=str)]


def _file_name(row: dict[str, Any]) -> str:
    """Within the archive: the name that it was given, behind its id, so that none meets another."""
    safe = "".join(each if each.isalnum() or each in "._- " else "_" for each in row["name"]).strip(". ")[-100:]
    return f"files/{row['id'][:8]}-{safe or 'file'}"


def _readme(catalog: Catalog, person: Person) -> str:
    language = (person.language or "")[:2].lower()
    if language not in catalog.languages:
        language = catalog.default_language
    return catalog.wording(language).text("mail.privacy.readme", date=utc_now().date().isoformat())


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def write_private(path: Path, content: bytes) -> None:
    """A new file that only its owner reads. Raises `FileExistsError`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
