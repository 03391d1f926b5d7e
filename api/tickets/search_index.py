"""The words of each ticket, in the database's own full-text index: FTS5 on SQLite, a tsvector with GIN on PostgreSQL.

One row a ticket, in five parts: title, description, public comments, internal notes, and keys (number, tags and field
values, each as one word). A customer's search never looks at the notes' part. Rows are written in the transaction of what
they tell of; the databases delete them with their ticket.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from api.services import Services
from api.tickets.models import Ticket, TicketComment
from api.tickets.words import key_words, words_of

if TYPE_CHECKING:
    from api.tickets.announcing import Announcement

# A tsvector may have a megabyte and knows 16,383 places: of a longer ticket the newest comments are found.
MOST_WORDS = 12_000
MOST_BYTES = 400_000
# Between two texts, so that no phrase reaches over the gap.
_GAP = 8
# PostgreSQL tells the parts apart by weight, SQLite by column. Keys have no letter at their front: no word is like them.
WEIGHTS = {"notes": "A", "subject": "B", "description": "C", "comments": "D"}
KEY_MARK = "#"
# What a change of these means is found by other columns.
_FOUND_BY = frozenset({"subject", "tags", "category", "subcategory", "support_type"})


@dataclass(frozen=True)
class Document:
    """What is found of a ticket: words in order, by part; comments newest first."""

    ticket_id: int
    subject: list[str]
    description: list[str]
    comments: list[list[str]]
    notes: list[list[str]]
    keys: list[str]


def document(ticket: Ticket, said: Iterable[TicketComment]) -> Document:
    """The document of a ticket with these comments (without its description's), newest first."""
    left_words, left_bytes = MOST_WORDS, MOST_BYTES

    def some(body: str) -> list[str]:
        nonlocal left_words, left_bytes
        taken: list[str] = []
        for word in words_of(body) if left_words > 0 else ():
            left_words -= 1
            left_bytes -= len(word.encode("utf-8", "surrogatepass"))
            if left_words < 0 or left_bytes < 0:
                left_words = 0
                break
            taken.append(word)
        return taken

    subject, description = some(ticket.subject), some(ticket.description)
    comments: list[list[str]] = []
    notes: list[list[str]] = []
    for comment in said:
        found = some(comment.body)
        if found:
            (comments if comment.public else notes).append(found)
    named = {"support_type": ticket.support_type, "category": ticket.category, "subcategory": ticket.subcategory}
    values = [(name, str(value)) for name, value in {**named, **(ticket.fields or {})}.items() if value is not None]
    return Document(ticket.id, subject, description, comments, notes, key_words(ticket.id, ticket.tags or [], values))


def index_ticket(session: Session, ticket: Ticket) -> None:
    """Write the words of a ticket anew, as they stand in the database."""
    said = session.scalars(
        select(TicketComment).where(TicketComment.ticket_id == ticket.id).order_by(TicketComment.id.desc())
    ).all()
    write_documents(session, [document(ticket, said[:-1])], new=False)


def index_new_ticket(session: Session, ticket: Ticket) -> None:
    """Write the words of a ticket that was never indexed and has nothing but its description."""
    write_documents(session, [document(ticket, ())], new=True)


def write_documents(session: Session, documents: Sequence[Document], *, new: bool) -> None:
    """Store documents. `new`: none of their tickets has one yet."""
    if not documents:
        return
    # Not of the ORM, but in its transaction: a statement through the session costs twice as much.
    connection = session.connection()
    rows: list[dict[str, object]]
    if connection.dialect.name == "sqlite":
        statement = _SQLITE_INSERT if new else _SQLITE_REPLACE
        rows = [_columns(each) for each in documents]
    else:
        statement = _POSTGRESQL_INSERT if new else _POSTGRESQL_REPLACE
        rows = [{"id": each.ticket_id, "words": tsvector(each)} for each in documents]
    # One row by itself: psycopg opens a pipeline for a list.
    connection.execute(statement, rows if len(rows) > 1 else rows[0])


def heard(session: Session, services: Services, happening: Announcement) -> None:
    """Keep the words in step with an act on a ticket (a listener of `announcing`)."""
    session.flush()
    if happening.kind == "opened":
        index_new_ticket(session, happening.ticket)
    elif happening.comment is not None or _changes_words(services, happening):
        index_ticket(session, happening.ticket)


def _changes_words(services: Services, happening: Announcement) -> bool:
    named = {field.id for field in services.catalog.fields} | _FOUND_BY
    columns = set(Ticket.__table__.columns.keys())
    return any(name in named or name not in columns for name in happening.changes)


def tsvector(found: Document) -> str:
    """The document as PostgreSQL reads a tsvector: each word with its places, each place with the weight of its part."""
    places: dict[str, list[str]] = {}
    place = 0
    parts = [("subject", found.subject), ("description", found.description)]
    parts += [("comments", each) for each in found.comments] + [("notes", each) for each in found.notes]
    for part, words in parts:
        weight = WEIGHTS[part].replace("D", "")
        for word in words:
            place += 1
            places.setdefault(word, []).append(f"{min(place, 16_383)}{weight}")
        place += _GAP
    listed = [f"'{word}':{','.join(where[:255])}" for word, where in places.items()]
    return " ".join([*listed, *(f"'{KEY_MARK}{key}'" for key in found.keys)])


def _columns(found: Document) -> dict[str, object]:
    return {
        "id": found.ticket_id,
        "subject": " ".join(found.subject),
        "description": " ".join(found.description),
        "comments": " ".join(" ".join(each) for each in found.comments),
        "notes": " ".join(" ".join(each) for each in found.notes),
        "keys": " ".join(found.keys),
    }


_SQLITE_ROW = (
    "INTO ticket_words (rowid, subject, description, comments, notes, keys)"
    " VALUES (:id, :subject, :description, :comments, :notes, :keys)"
)
_SQLITE_INSERT = text(f"INSERT {_SQLITE_ROW}")
_SQLITE_REPLACE = text(f"INSERT OR REPLACE {_SQLITE_ROW}")
_POSTGRESQL_ROW = "INSERT INTO ticket_words (ticket_id, words) VALUES (:id, CAST(:words AS tsvector))"
_POSTGRESQL_INSERT = text(_POSTGRESQL_ROW)
_POSTGRESQL_REPLACE = text(f"{_POSTGRESQL_ROW} ON CONFLICT (ticket_id) DO UPDATE SET words = excluded.words")
