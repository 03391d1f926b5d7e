"""The life of a ticket: when it is answered, due, solved and closed, and who set its priority."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import TIME

revision = "life"
down_revision = "files"
branch_labels = None
depends_on = None

MOMENTS = (
    "first_response_at",
    "first_response_due_at",
    "resolution_due_at",
    "first_response_warned_at",
    "resolution_warned_at",
    "first_response_breached_at",
    "resolution_breached_at",
    "targets_check_at",
    "closes_at",
    "closed_at",
)
# Partial ones: a new ticket costs two entries more at most, and those that are over none.
INDEXES = {
    "ix_tickets_targets_check_at": (["targets_check_at"], "targets_check_at IS NOT NULL"),
    "ix_tickets_closes_at": (["closes_at"], "closes_at IS NOT NULL"),
    "ix_tickets_first_responses": (["priority", "category", "first_response_at"], "first_response_at IS NOT NULL"),
}


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column("tickets", sa.Column(name, TIME, nullable=True))
    op.add_column("tickets", sa.Column("reopened_count", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "tickets", sa.Column("priority_set_by", sa.String(length=16), nullable=False, server_default="catalog")
    )
    # What is solved already closes when the worker has looked at it; what was answered already was answered then.
    op.execute("UPDATE tickets SET closes_at = solved_at WHERE status = 'solved' AND solved_at IS NOT NULL")
    op.execute("UPDATE tickets SET targets_check_at = created_at WHERE status NOT IN ('solved', 'closed')")
    op.execute(
        "UPDATE tickets SET first_response_at = (SELECT min(ticket_comments.created_at) FROM ticket_comments "
        "WHERE ticket_comments.ticket_id = tickets.id AND ticket_comments.staff_id IS NOT NULL "
        "AND ticket_comments.public AND ticket_comments.id > (SELECT min(first.id) FROM ticket_comments first "
        "WHERE first.ticket_id = tickets.id))"
    )
    for name, (columns, where) in INDEXES.items():
        op.create_index(
            name, "tickets", columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )


def downgrade() -> None:
    for name in reversed(INDEXES):
        op.drop_index(name, "tickets")
    for name in ("priority_set_by", "reopened_count", *reversed(MOMENTS)):
        op.drop_column("tickets", name)
