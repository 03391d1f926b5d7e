"""Erasures of persons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import JSON, TIME

revision = "privacy"
down_revision = "ledger_parts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("leftovers", JSON, nullable=False),
        sa.Column("report", JSON, nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_customer_id"), "erasures", ["customer_id"], unique=False)


def downgrade() -> None:
    op.drop_table("erasures")
