"""The mirror of tickets in another ticketing system."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import JSON, TIME

revision = "remote_tickets"
down_revision = "rare_columns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remote_links",
        sa.Column("backend", sa.String(length=16), nullable=False),
        sa.Column("stopped_at", TIME, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("probe_at", TIME, nullable=True),
        sa.Column("paused_until", TIME, nullable=True),
        sa.Column("failing_since", TIME, nullable=True),
        sa.Column("told_at", TIME, nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("since", TIME, nullable=False),
        sa.Column("look_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("backend", name=op.f("pk_remote_links")),
    )
    op.create_table(
        "remote_tickets",
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("backend", sa.String(length=16), nullable=False),
        sa.Column("remote_id", sa.String(length=64), nullable=True),
        sa.Column("past_ids", JSON, nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("remote_status", sa.String(length=32), nullable=True),
        sa.Column("remote_priority", sa.String(length=32), nullable=True),
        sa.Column("remote_requester_id", sa.String(length=64), nullable=True),
        sa.Column("remote_updated_at", sa.String(length=40), nullable=True),
        sa.Column("push_at", TIME, nullable=True),
        sa.Column("check_at", TIME, nullable=True),
        sa.Column("busy_until", TIME, nullable=True),
        sa.Column("synced_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_remote_tickets_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_remote_tickets")),
        sa.UniqueConstraint("backend", "remote_id", name=op.f("uq_remote_tickets_backend")),
    )
    op.create_index("ix_remote_tickets_push_at", "remote_tickets", ["push_at"], unique=False)
    op.create_index("ix_remote_tickets_check_at", "remote_tickets", ["check_at"], unique=False)
    op.create_table(
        "remote_acts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("uploads", JSON, nullable=False),
        sa.Column("uploaded_at", TIME, nullable=True),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["ticket_comments.id"], name=op.f("fk_remote_acts_comment_id_ticket_comments")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_remote_acts_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_acts")),
    )
    op.create_index(op.f("ix_remote_acts_ticket_id"), "remote_acts", ["ticket_id"], unique=False)
    op.create_index(op.f("ix_remote_acts_comment_id"), "remote_acts", ["comment_id"], unique=False)
    op.create_table(
        "remote_comments",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(length=64), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["ticket_comments.id"], name=op.f("fk_remote_comments_comment_id_ticket_comments")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_remote_comments_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_comments")),
        sa.UniqueConstraint("ticket_id", "remote_id", name=op.f("uq_remote_comments_ticket_id")),
    )
    op.create_index(op.f("ix_remote_comments_comment_id"), "remote_comments", ["comment_id"], unique=False)


def downgrade() -> None:
    op.drop_table("remote_comments")
    op.drop_table("remote_acts")
    op.drop_table("remote_tickets")
    op.drop_table("remote_links")
