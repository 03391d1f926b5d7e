"""Service notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import JSON, TIME

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_notices",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("titles", JSON, nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.Column("keywords", JSON, nullable=False),
        sa.Column("categories", JSON, nullable=False),
        sa.Column("subcategories", JSON, nullable=False),
        sa.Column("topics", JSON, nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("planned_from", TIME, nullable=True),
        sa.Column("planned_until", TIME, nullable=True),
        sa.Column("next_update_at", TIME, nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("resolved_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["staff_users.id"], name=op.f("fk_service_notices_created_by_staff_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_notices")),
    )
    op.create_index(op.f("ix_service_notices_created_by"), "service_notices", ["created_by"], unique=False)
    op.create_index("ix_service_notices_state", "service_notices", ["state"], unique=False)
    op.create_table(
        "notice_subscriptions",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_notice_subscriptions_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_notice_subscriptions_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["service_notices.id"], name=op.f("fk_notice_subscriptions_notice_id_service_notices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_subscriptions")),
        sa.UniqueConstraint("notice_id", "email", name=op.f("uq_notice_subscriptions_notice_id")),
    )
    op.create_index(
        op.f("ix_notice_subscriptions_conversation_id"), "notice_subscriptions", ["conversation_id"], unique=False
    )
    op.create_index(op.f("ix_notice_subscriptions_customer_id"), "notice_subscriptions", ["customer_id"], unique=False)
    op.create_index(op.f("ix_notice_subscriptions_notice_id"), "notice_subscriptions", ["notice_id"], unique=False)
    op.create_table(
        "notice_updates",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["service_notices.id"], name=op.f("fk_notice_updates_notice_id_service_notices")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_users.id"], name=op.f("fk_notice_updates_staff_id_staff_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_updates")),
    )
    op.create_index(op.f("ix_notice_updates_notice_id"), "notice_updates", ["notice_id"], unique=False)
    op.create_index(op.f("ix_notice_updates_staff_id"), "notice_updates", ["staff_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_notice_updates_staff_id"), table_name="notice_updates")
    op.drop_index(op.f("ix_notice_updates_notice_id"), table_name="notice_updates")
    op.drop_table("notice_updates")
    op.drop_index(op.f("ix_notice_subscriptions_notice_id"), table_name="notice_subscriptions")
    op.drop_index(op.f("ix_notice_subscriptions_customer_id"), table_name="notice_subscriptions")
    op.drop_index(op.f("ix_notice_subscriptions_conversation_id"), table_name="notice_subscriptions")
    op.drop_table("notice_subscriptions")
    op.drop_index("ix_service_notices_state", table_name="service_notices")
    op.drop_index(op.f("ix_service_notices_created_by"), table_name="service_notices")
    op.drop_table("service_notices")
