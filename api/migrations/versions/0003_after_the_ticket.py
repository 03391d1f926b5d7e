"""Ratings, files that came with a comment, and tickets that follow a closed one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import TIME

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "satisfaction_ratings",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("score", sa.String(length=8), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint(
            "(conversation_id IS NULL) <> (ticket_id IS NULL)", name=op.f("ck_satisfaction_ratings_of_one_thing")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_satisfaction_ratings_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_satisfaction_ratings_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_satisfaction_ratings_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_satisfaction_ratings")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_satisfaction_ratings_conversation_id")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_satisfaction_ratings_ticket_id")),
    )
    op.create_index(op.f("ix_satisfaction_ratings_customer_id"), "satisfaction_ratings", ["customer_id"], unique=False)
    # Without foreign keys: SQLite gives none to a table that is there already, short of building it anew.
    op.add_column("attachments", sa.Column("comment_id", sa.Integer(), nullable=True))
    op.add_column("tickets", sa.Column("followup_source_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_tickets_followup_source_id"), "tickets", ["followup_source_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_tickets_followup_source_id"), "tickets")
    op.drop_column("tickets", "followup_source_id")
    op.drop_column("attachments", "comment_id")
    op.drop_table("satisfaction_ratings")
