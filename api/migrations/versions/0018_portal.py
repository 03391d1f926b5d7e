"""The portal: who may see the whole account's tickets, links that set a password, and since when somebody is signed in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import TIME

revision = "portal"
down_revision = "updated_stamp"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "customers", sa.Column("account_viewer", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("customers", sa.Column("invited_at", TIME, nullable=True))
    op.add_column("sessions", sa.Column("signed_in_at", TIME, nullable=True))
    op.create_table(
        "password_links",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_password_links_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_links_token_hash")),
    )
    op.create_index(op.f("ix_password_links_customer_id"), "password_links", ["customer_id"], unique=False)


def downgrade() -> None:
    op.drop_table("password_links")
    op.drop_column("sessions", "signed_in_at")
    op.drop_column("customers", "invited_at")
    op.drop_column("customers", "account_viewer")
