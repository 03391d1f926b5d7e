"""The words of tickets, and the indexes that lists of many tickets need."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import JSON
from api.tickets.search_index import document, tsvector

revision = "ticket_search"
down_revision = "alerts"
branch_labels = None
depends_on = None

_BATCH = 1000
_INDEXES = {
    "ix_tickets_created_at": ["created_at", "id"],
    "ix_tickets_updated_at": ["updated_at", "id"],
    "ix_tickets_solved_at": ["solved_at"],
    "ix_tickets_external_id": ["external_id"],
    "ix_tickets_account_id": ["account_id"],
}


def upgrade() -> None:
    for name, columns in _INDEXES.items():
        op.create_index(op.f(name), "tickets", columns, unique=False)
    bind = op.get_bind()
    sqlite = bind.dialect.name == "sqlite"
    for statement in _SQLITE if sqlite else _POSTGRESQL:
        op.execute(statement)
    _fill(bind, sqlite)
    if not sqlite:
        # After the rows: one by one they would cost five times as much.
        op.execute("CREATE INDEX ix_ticket_words_words ON ticket_words USING gin (words)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER ticket_words_go_with_their_ticket")
    op.execute("DROP TABLE ticket_words")
    for name in _INDEXES:
        op.drop_index(op.f(name), "tickets")


_SQLITE = (
    # The words come folded and cut: the tokenizer has nothing to do but part them at the spaces.
    "CREATE VIRTUAL TABLE ticket_words USING fts5(subject, description, comments, notes, keys,"
    " tokenize = 'unicode61 remove_diacritics 0')",
    "CREATE TRIGGER ticket_words_go_with_their_ticket AFTER DELETE ON tickets"
    " BEGIN DELETE FROM ticket_words WHERE rowid = old.id; END",
)
_POSTGRESQL = (
    "CREATE TABLE ticket_words (ticket_id integer NOT NULL CONSTRAINT pk_ticket_words PRIMARY KEY"
    " CONSTRAINT fk_ticket_words_ticket_id_tickets REFERENCES tickets (id) ON DELETE CASCADE,"
    " words tsvector NOT NULL)",
)

_TICKETS = sa.table(
    "tickets",
    sa.column("id", sa.Integer),
    sa.column("subject", sa.Text),
    sa.column("description", sa.Text),
    sa.column("support_type", sa.Text),
    sa.column("category", sa.Text),
    sa.column("subcategory", sa.Text),
    sa.column("fields", JSON),
    sa.column("tags", JSON),
)
_COMMENTS = sa.table(
    "ticket_comments",
    sa.column("id", sa.Integer),
    sa.column("ticket_id", sa.Integer),
    sa.column("body", sa.Text),
    sa.column("public", sa.Boolean),
)


def _fill(bind: sa.Connection, sqlite: bool) -> None:
    last = 0
    while True:
        tickets = bind.execute(
            sa.select(_TICKETS).where(_TICKETS.c.id > last).order_by(_TICKETS.c.id).limit(_BATCH)
        ).all()
        if not tickets:
            return
        first, last = tickets[0].id, tickets[-1].id
        said = bind.execute(
            sa.select(_COMMENTS)
            .where(_COMMENTS.c.ticket_id.between(first, last))
            .order_by(_COMMENTS.c.ticket_id, _COMMENTS.c.id.desc())
        ).all()
        comments: dict[int, list[Any]] = {
            key: list(rows) for key, rows in itertools.groupby(said, lambda row: row.ticket_id)
        }
        # The oldest one is the description.
        documents = [document(_as_read(row), comments.get(row.id, [])[:-1]) for row in tickets]
        if sqlite:
            bind.execute(
                sa.text(
                    "INSERT INTO ticket_words (rowid, subject, description, comments, notes, keys)"
                    " VALUES (:id, :subject, :description, :comments, :notes, :keys)"
                ),
                [
                    {
                        "id": each.ticket_id,
                        "subject": " ".join(each.subject),
                        "description": " ".join(each.description),
                        "comments": " ".join(itertools.chain.from_iterable(each.comments)),
                        "notes": " ".join(itertools.chain.from_iterable(each.notes)),
                        "keys": " ".join(each.keys),
                    }
                    for each in documents
                ],
            )
        else:
            bind.execute(
                sa.text("INSERT INTO ticket_words (ticket_id, words) VALUES (:id, CAST(:words AS tsvector))"),
                [{"id": each.ticket_id, "words": tsvector(each)} for each in documents],
            )


def _as_read(row: Any) -> Any:
    fields = row.fields if isinstance(row.fields, dict) else {}
    tags = [str(tag) for tag in row.tags] if isinstance(row.tags, list) else []
    return SimpleNamespace(**{**row._mapping, "fields": fields, "tags": tags})
