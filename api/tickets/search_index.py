"""The words of each ticket, in the database's own full-text index: FTS5 on SQLite, a tsvector with GIN on PostgreSQL.

One row a ticket, in five parts: title, description, public comments, internal notes, and keys (number, tags and field
values, each as one word). A customer's search never looks at the notes' part. Rows are written in the transaction of what
they tell of; the databases delete them with their ticket.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from api.services import Services
from api.statements import Statement
from api.tickets.models import Ticket, TicketComment
from api.tickets.words import key_words, words_of

if TYPE_CHECKING:
    from api.tickets.announcing import Announcement

# A tsvector may have a megabyte and knows 16,383 places: of a longer ticket the newest comments are found.
MOST_WORDS = 12_000
MOST_BYTES = 400_000
# So many characters have fewer words, and folded (one becomes eighteen at most) fewer bytes.
_SHORT = 5_000
# Between two texts, so that no phrase reaches over the gap.
_GAP = 8
# PostgreSQL tells the parts apart by weight, SQLite by column. Keys have no letter at their front: no word is like them.
WEIGHTS = {"notes": "A", "subject": "B", "description": "C", "comments": "D"}
KEY_MARK = "#"
# What a change of these means is found by other columns.
_FOUND_BY = frozenset({"subject", "tags", "category", "subcategory", "support_type"})


class Document(NamedTuple):
    """What is found of a ticket: words in order, by part; comments newest first."""

    ticket_id: int
    subject: list[str]
    description: list[str]
    comments: list[list[str]]
    notes: list[list[str]]
    keys: list[str]


def document(ticket: Ticket, said: Iterable[TicketComment]) -> Document:
    """The document of a ticket with these comments (without its description's), newest first."""
    if not said and len(ticket.subject) + len(ticket.description) <= _SHORT:
        # What nearly every new ticket is.
        return Document(ticket.id, words_of(ticket.subject), words_of(ticket.description), [], [], _keys(ticket))
    left_words, left_bytes = MOST_WORDS, MOST_BYTES

    def some(body: str) -> list[str]:
        nonlocal left_words, left_bytes
        words = words_of(body) if left_words > 0 else []
        size = _bytes("".join(words))
        if len(words) > left_words or size > left_bytes:
            words = _fitting(words[:left_words], left_bytes)
            left_words = 0
        left_words -= len(words)
        left_bytes -= size
        return words

    subject, description = some(ticket.subject), some(ticket.description)
    comments: list[list[str]] = []
    notes: list[list[str]] = []
    for comment in said:
        found = some(comment.body)
        if found:
            (comments if comment.public else notes).append(found)
    return Document(ticket.id, subject, description, comments, notes, _keys(ticket))


def _keys(ticket: Ticket) -> list[str]:
    values = {
        "support_type": ticket.support_type,
        "category": ticket.category,
        "subcategory": ticket.subcategory,
        **(ticket.fields or {}),
    }
    named = [(name, str(value)) for name, value in values.items() if value is not None]
    return key_words(ticket.id, ticket.tags or [], named)


def _fitting(words: list[str], size: int) -> list[str]:
    """The first of them, as many as have no more bytes."""
    ends = accumulate(_bytes(word) for word in words)
    return [word for word, end in zip(words, ends, strict=True) if end <= size]


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


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
    kind = session.get_bind().dialect.name
    values = [_values(each, sqlite=kind == "sqlite") for each in documents]
    if len(values) == 1:
        (_INSERT if new else _REPLACE).run(session, values[0])
        return
    session.connection().execute(_insert(kind) if new else _replace(kind), values)


def heard(session: Session, services: Services, happening: Announcement) -> None:
    """Keep the words in step with an act on a ticket (a listener of `announcing`)."""
    if happening.kind == "opened" and happening.together is not None:
        happening.together.run(_INSERT, _of_new(happening.ticket, sqlite=happening.together.at_once))
        return
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


def _values(found: Document, *, sqlite: bool) -> dict[str, object]:
    if not sqlite:
        return {"id": found.ticket_id, "words": tsvector(found)}
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
_POSTGRESQL_ROW = "INTO ticket_words (ticket_id, words) VALUES (:id, CAST(:words AS tsvector))"


def _of_new(ticket: Ticket, *, sqlite: bool) -> dict[str, object]:
    """What is stored of a ticket that has nothing but its description."""
    if not sqlite or len(ticket.subject) + len(ticket.description) > _SHORT:
        return _values(document(ticket, ()), sqlite=sqlite)
    return {
        "id": ticket.id,
        "subject": " ".join(words_of(ticket.subject)),
        "description": " ".join(words_of(ticket.description)),
        "comments": "",
        "notes": "",
        "keys": " ".join(_keys(ticket)),
    }


def _insert(dialect: str) -> TextClause:
    return text(f"INSERT {_SQLITE_ROW if dialect == 'sqlite' else _POSTGRESQL_ROW}")


def _replace(dialect: str) -> TextClause:
    if dialect == "sqlite":
        return text(f"INSERT OR REPLACE {_SQLITE_ROW}")
    return text(f"INSERT {_POSTGRESQL_ROW} ON CONFLICT (ticket_id) DO UPDATE SET words = excluded.words")


_INSERT, _REPLACE = Statement(_insert), Statement(_replace)
