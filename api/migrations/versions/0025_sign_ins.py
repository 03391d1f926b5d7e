"""Sessions know their device and their last use; staff may sign in with the company's account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import TIME

revision = "sign_ins"
down_revision = "privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("device", sa.String(length=64), server_default="", nullable=False))
    op.add_column("sessions", sa.Column("via", sa.String(length=16), server_default="password", nullable=False))
    op.add_column("sessions", sa.Column("last_used_at", TIME, nullable=True))
    op.add_column("staff_users", sa.Column("sso_subject", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_staff_users_sso_subject"), "staff_users", ["sso_subject"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_staff_users_sso_subject"), "staff_users")
    op.drop_column("staff_users", "sso_subject")
    op.drop_column("sessions", "last_used_at")
    op.drop_column("sessions", "via")
    op.drop_column("sessions", "device")
