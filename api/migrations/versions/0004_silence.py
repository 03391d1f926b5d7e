"""What was said to a customer's silence, and who has been silent since when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("silence", sa.Integer(), server_default="0", nullable=False))
    op.create_index(op.f("ix_conversations_last_activity_at"), "conversations", ["last_activity_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_conversations_last_activity_at"), "conversations")
    op.drop_column("conversations", "silence")
