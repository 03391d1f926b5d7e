"""A database in which every column that may hold something of a person does: of two people, told apart by their canary."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, DateTime, Float, Integer, String, Text, insert
from sqlalchemy.orm import Session

from api.database import Database
from api.files.storing import FileStore
from api.help_center.steering import question_key
from api.migrations import all_tables
from api.privacy.columns import COLUMNS, Kind

NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Planted:
    """Somebody of whom every table has a row."""

    number: int
    canary: str

    @property
    def email(self) -> str:
        return f"{self.canary}@mail.example"

    @property
    def conversation(self) -> str:
        return f"{self.number:032x}"

    @property
    def ticket(self) -> int:
        return 1000 + self.number

    @property
    def file(self) -> str:
        return f"{self.number + 0xF00:032x}"


def _values(name: str, who: Planted) -> dict[str, Any]:
    """A row with something in every column, the person's canary in those that are of a person."""
    table = all_tables().tables[name]
    row: dict[str, Any] = {}
    for column in table.columns:
        kind = COLUMNS[name][column.name]
        personal = kind in (Kind.PERSON, Kind.HASHED)
        word = f"{who.canary} {column.name}"
        if isinstance(column.type, Boolean):
            row[column.name] = personal
        elif isinstance(column.type, JSON):
            default: Any = column.default
            empty = default.arg(None) if default is not None and default.is_callable else {}
            row[column.name] = ([word] if empty == [] else {"said": word}) if personal else empty
        elif isinstance(column.type, Text):
            row[column.name] = word if personal else "-"
        elif isinstance(column.type, String):
            length = column.type.length or 60
            row[column.name] = (word if personal else f"{who.number}")[:length]
        elif isinstance(column.type, (Integer, Float)):
            row[column.name] = who.number
        elif isinstance(column.type, DateTime) or "DateTime" in type(column.type).__name__:
            row[column.name] = NOW
        else:
            row[column.name] = NOW.date()
    return {**row, **_links(name, who, row)}


def _links(name: str, who: Planted, row: dict[str, Any]) -> dict[str, Any]:
    """What ties the row to the person, as the product would."""
    usual = {
        "conversation_id": who.conversation,
        "ticket_id": who.ticket,
        "customer_id": who.number,
        "requester_id": who.number,
        "email": who.email,
        "staff_id": None,
        "assignee_id": None,
        "created_by": None,
        "comment_id": who.number,
        "notice_id": who.number,
        "webhook_id": who.number,
        "alert_id": who.number,
        "message_id": who.number,
        "cluster_id": f"c{who.number}",
        "owner": f"customer:{who.number}",
        "upload_id": None,
        "merged_into_id": None,
        "deleted_at": None,
    }
    found = {key: value for key, value in usual.items() if key in row}
    document = json.dumps({"ticket": {"id": who.ticket, "subject": who.canary}})
    own: dict[str, dict[str, Any]] = {
        "conversations": {"id": who.conversation, "is_test": False},
        "messages": {"role": "customer", "message_id": None, "answer": {"query": f"{who.canary} export orders"}},
        "turns": {"id": f"{who.number + 0xA00:032x}"},
        "tickets": {"id": who.ticket, "status": "solved", "fields": {"impact": "high", "typed": who.canary}},
        "ticket_comments": {"id": who.number, "public": True, "message_id": f"<{who.canary}@mail.example>"},
        "ticket_audits": {
            "events": [
                {"type": "Comment", "comment_id": 1, "body": who.canary, "public": True},
                {"type": "Create", "field_name": "priority", "value": "high"},
                {"type": "Change", "field_name": "subject", "value": who.canary, "previous_value": who.canary},
            ]
        },
        "satisfaction_ratings": {"ticket_id": None, "score": "good"},
        "attachments": {"id": who.file},
        "outbox_mails": {"recipient": who.email, "facts": None, "message_id": None, "status": "sent"},
        "inbound_mails": {"sender": who.email, "message_id": who.canary, "files": []},
        "undeliverable_addresses": {"address": who.email},
        "organizations": {"account_id": f"{who.canary}-account"},
        "customers": {"account_id": f"{who.canary}-account", "contact_email": who.email},
        "idempotency_keys": {"scope": f"staff:{who.number}", "key": f"k{who.number}", "body": document},
        "webhook_deliveries": {"message_id": f"m{who.number}", "body": document, "status": "pending"},
        "pinned_articles": {"words": question_key(f"{who.canary} export orders"), "language": "en"},
        "gap_clusters": {"id": f"c{who.number}", "terms": [who.canary, "invoices"], "nearest": None, "gone_at": None},
        "api_tokens": {"revoked_at": None},
        "jobs": {"results": [{"index": 0, "error": f"{who.email} is not right"}]},
        "remote_tickets": {"backend": "zendesk", "state": "mirrored", "past_ids": []},
        "remote_acts": {"status": "waiting", "uploads": {}},
        "notice_subscriptions": {"language": "es"},
        "service_notices": {"titles": {}, "texts": {}, "resolved_at": NOW, "state": "resolved"},
        "answer_reviews": {"answer_id": who.number},
    }
    found |= own.get(name, {})
    return {key: value for key, value in found.items() if key in row}


_OTHERS = frozenset(
    {"erasures", "ledger_state", "audit_log", "audit_gate", "staff_users", "team_members", "lead_acts", "undecided"}
)
_OTHERS |= {"remote_links", "lead_settings", "article_days", "decision_days", "decision_hour_parts", "decision_parts"}
_OTHERS |= {"article_months", "decision_months", "decision_hour_part_months", "decision_part_months", "decision_stops"}
_OTHERS |= {"decision_people"}


def plant(database: Database, var: Path, *people: Planted) -> None:
    """Give each person a row in every table that may hold something of them, and a file with a thumbnail."""
    store = FileStore(var)
    store.folder.mkdir(parents=True, exist_ok=True)
    (var / "mail").mkdir(exist_ok=True)
    with database.write() as session:
        for table in all_tables().sorted_tables:
            if table.name in _OTHERS:
                continue
            for who in people:
                session.execute(insert(table).values(_values(table.name, who)))
    for who in people:
        store.path(who.file).write_text(f"{who.canary} in a file", encoding="utf-8")
        store.thumbnail(who.file).write_text(f"{who.canary} in a thumbnail", encoding="utf-8")
        (var / "mail" / f"{who.number:08d}-x.eml").write_text(f"To: {who.email}", encoding="utf-8")


def found_in_tables(session: Session, word: str) -> dict[str, list[str]]:
    """Table -> columns in which the word stands, in whatever case."""
    found: dict[str, list[str]] = {}
    for table in all_tables().sorted_tables:
        for row in session.execute(table.select()).mappings():
            for name, value in row.items():
                if word.lower() in str(value).lower() and name not in found.setdefault(table.name, []):
                    found[table.name].append(name)
    return {name: columns for name, columns in found.items() if columns}


def found_in_files(folder: Path, word: str) -> list[str]:
    """Files below the folder with the word's bytes in them, names included."""
    known = word.encode()
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (known in path.read_bytes() or word in path.name)
    ]
