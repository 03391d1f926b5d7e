"""Lists and counts are answered by indexes, and SQLite is told how tickets lie in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "list_indexes"
down_revision = "conversation_tokens"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_tickets_status": (["status"], ["status", "deleted_at", "id", "priority"]),
    "ix_tickets_updated_at": (["updated_at", "id"], ["updated_at", "id", "deleted_at", "status", "priority"]),
}
# How many rows an index has, and how many of them share its first column, its first two, and so on. SQLite would find out
# by ANALYZE, which nobody runs, and takes an index for ten times as telling as a status is: a page of closed tickets by
# their last change read and sorted all 80,000 of them (260 ms). These are fixed, so that plans are the same everywhere and
# always; they are those of 100,000 tickets, and no worse for few.
_STATISTICS = {
    "ix_tickets_status": "100000 20000 20000 1 1",
    "ix_tickets_updated_at": "100000 2 1 1 1 1",
    "ix_tickets_created_at": "100000 2 1",
    "ix_tickets_solved_at": "100000 10",
    "ix_tickets_requester_id": "100000 20",
    "ix_tickets_assignee_id": "100000 5000",
    "ix_tickets_conversation_id": "100000 2",
    "ix_tickets_external_id": "100000 2",
    "ix_tickets_account_id": "100000 20",
    "ix_tickets_outage_group_id": "100000 5",
}
_OF_TICKETS = "DELETE FROM sqlite_stat1 WHERE tbl = 'tickets'"


def upgrade() -> None:
    _make_indexes(new=True)
    if op.get_bind().dialect.name == "sqlite":
        # Makes the table of statistics; of what is counted in this small table nothing follows.
        op.execute("ANALYZE alembic_version")
        op.execute(_OF_TICKETS)
        for name, value in _STATISTICS.items():
            told = sa.text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('tickets', :name, :value)")
            op.execute(told.bindparams(name=name, value=value))
        op.execute("ANALYZE sqlite_schema")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(_OF_TICKETS)
    _make_indexes(new=False)


def _make_indexes(*, new: bool) -> None:
    for name, (before, after) in _INDEXES.items():
        op.drop_index(op.f(name), "tickets")
        op.create_index(op.f(name), "tickets", after if new else before)
