"""Mail in both directions: what came in, which comment came by which mail, and mailboxes that are not there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import JSON, TIME

revision = "mail"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbound_mails",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("dedupe_key", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=True),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("sender_name", sa.String(length=255), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("files", JSON, nullable=False),
        sa.Column("refused_files", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_mails")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_inbound_mails_dedupe_key")),
    )
    for column in ("message_id", "sender", "ticket_id", "comment_id", "outcome", "created_at"):
        op.create_index(op.f(f"ix_inbound_mails_{column}"), "inbound_mails", [column], unique=False)
    op.create_table(
        "undeliverable_addresses",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.Column("since", TIME, nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_undeliverable_addresses")),
    )
    op.add_column("ticket_comments", sa.Column("message_id", sa.String(length=255), nullable=True))
    op.add_column("outbox_mails", sa.Column("comment_id", sa.Integer(), nullable=True))
    op.add_column("outbox_mails", sa.Column("token", sa.String(length=32), nullable=True))
    op.create_index(op.f("ix_outbox_mails_token"), "outbox_mails", ["token"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_mails_token"), "outbox_mails")
    op.drop_column("outbox_mails", "token")
    op.drop_column("outbox_mails", "comment_id")
    op.drop_column("ticket_comments", "message_id")
    op.drop_table("undeliverable_addresses")
    op.drop_table("inbound_mails")
