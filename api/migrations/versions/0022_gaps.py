"""Content gaps, and what each newly published index brought."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import JSON, TIME

revision = "gaps"
down_revision = "queued"
branch_labels = None
depends_on = None

_TABLES = ("content_changes", "gap_clusters", "gap_questions", "gap_runs", "gap_tickets")


def upgrade() -> None:
    op.create_table(
        "content_changes",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("added", JSON, nullable=False),
        sa.Column("changed", JSON, nullable=False),
        sa.Column("gone", JSON, nullable=False),
        sa.Column("articles", JSON, nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_content_changes")),
    )
    op.create_index(op.f("ix_content_changes_at"), "content_changes", ["at"], unique=False)
    op.create_table(
        "gap_clusters",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("terms", JSON, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("nearest", JSON, nullable=True),
        sa.Column("first_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("gone_at", TIME, nullable=True),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_clusters")),
    )
    op.create_index(op.f("ix_gap_clusters_gone_at"), "gap_clusters", ["gone_at", "size"], unique=False)
    op.create_index(op.f("ix_gap_clusters_topic"), "gap_clusters", ["topic"], unique=False)
    op.create_table(
        "gap_questions",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cluster_id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("example", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_gap_questions")),
    )
    op.create_index(op.f("ix_gap_questions_cluster_id"), "gap_questions", ["cluster_id"], unique=False)
    op.create_index(op.f("ix_gap_questions_conversation_id"), "gap_questions", ["conversation_id"], unique=False)
    op.create_table(
        "gap_runs",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("alone", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_runs")),
    )
    op.create_table(
        "gap_tickets",
        sa.Column("cluster_id", sa.String(length=32), nullable=False),
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("direct", sa.Boolean(), nullable=False),
        sa.Column("likeness", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("cluster_id", "ticket_id", name=op.f("pk_gap_tickets")),
    )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
