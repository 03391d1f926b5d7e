"""Indexes of columns that nearly no ticket fills hold only the tickets that do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "rare_columns"
down_revision = "people"
branch_labels = None
depends_on = None

_COLUMNS = ("followup_source_id", "merged_into_id", "problem_id", "deleted_at")


def upgrade() -> None:
    for column in _COLUMNS:
        known = sa.text(f"{column} IS NOT NULL")
        op.drop_index(op.f(f"ix_tickets_{column}"), "tickets")
        op.create_index(op.f(f"ix_tickets_{column}"), "tickets", [column], sqlite_where=known, postgresql_where=known)


def downgrade() -> None:
    for column in _COLUMNS:
        op.drop_index(op.f(f"ix_tickets_{column}"), "tickets")
        op.create_index(op.f(f"ix_tickets_{column}"), "tickets", [column])
