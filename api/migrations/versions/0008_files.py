"""Uploads ahead of their comment, and what is known of a file: whose it is, what was removed of it, its thumbnail."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import JSON, TIME

revision = "files"
down_revision = "ticket_search"
branch_labels = None
depends_on = None


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("upload_id", sa.String(length=32), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("client_upload_id", sa.String(length=255), nullable=True),
        sa.Column("received_sha256", sa.String(length=64), nullable=True),
        sa.Column("removed", JSON, nullable=True),
        sa.Column("thumbnail", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
    )


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_uploads_token_hash")),
    )
    op.create_index(op.f("ix_uploads_owner"), "uploads", ["owner"], unique=False)
    op.create_index(op.f("ix_uploads_expires_at"), "uploads", ["expires_at"], unique=False)
    for column in _columns():
        op.add_column("attachments", column)
    op.create_index(op.f("ix_attachments_upload_id"), "attachments", ["upload_id"], unique=False)
    # One file for one id that its sender made up. Rows without one are as many as there may be.
    op.create_index("ix_attachments_owner_client_upload_id", "attachments", ["owner", "client_upload_id"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_attachments_owner_client_upload_id", "attachments")
    op.drop_index(op.f("ix_attachments_upload_id"), "attachments")
    for column in reversed(_columns()):
        op.drop_column("attachments", column.name)
    op.drop_table("uploads")
