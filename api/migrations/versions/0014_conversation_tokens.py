"""A conversation goes on: on another device, and with what the host application knows of the moment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import JSON, TIME

revision = "conversation_tokens"
down_revision = "remote_tickets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("context", JSON, nullable=True))
    op.create_table(
        "conversation_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_conversation_tokens_conversation_id_conversations")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_conversation_tokens")),
    )
    op.create_index(
        op.f("ix_conversation_tokens_conversation_id"), "conversation_tokens", ["conversation_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("conversation_tokens")
    op.drop_column("conversations", "context")
