"""An index of the tickets that wait, from which the desk's queues are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "queued"
down_revision = "leads"
branch_labels = None
depends_on = None

_QUEUED = sa.text("status IN ('hold', 'new', 'open', 'pending') AND deleted_at IS NULL")
_COLUMNS = [
    "status", "priority", "category", "language", "assignee_id", "deleted_at", "first_response_at",
    "first_response_warned_at", "first_response_breached_at", "resolution_warned_at", "resolution_breached_at",
]  # fmt: skip


def upgrade() -> None:
    op.create_index("ix_tickets_queued", "tickets", _COLUMNS, sqlite_where=_QUEUED, postgresql_where=_QUEUED)


def downgrade() -> None:
    op.drop_index("ix_tickets_queued", table_name="tickets")
