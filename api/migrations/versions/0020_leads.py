"""What leads decide: settings and their history, reviewed answers, pinned articles, blocked passages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import JSON, TIME

revision = "leads"
down_revision = "ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lead_settings",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("set_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lead_settings")),
    )
    op.create_table(
        "lead_acts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_acts")),
    )
    op.create_index(op.f("ix_lead_acts_what"), "lead_acts", ["what"], unique=False)
    op.create_index(op.f("ix_lead_acts_at"), "lead_acts", ["at"], unique=False)
    op.create_table(
        "answer_reviews",
        sa.Column("answer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("turn_id", sa.String(length=32), nullable=True),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_answer_reviews_conversation_id_conversations")
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_answer_reviews")),
    )
    op.create_index(op.f("ix_answer_reviews_conversation_id"), "answer_reviews", ["conversation_id"], unique=False)
    op.create_table(
        "pinned_articles",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("article_id", sa.String(length=255), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pinned_articles")),
        sa.UniqueConstraint("language", "words", name=op.f("uq_pinned_articles_language")),
    )
    op.create_table(
        "blocked_passages",
        sa.Column("passage_id", sa.String(length=500), nullable=False),
        sa.Column("article_id", sa.String(length=255), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("passage_id", name=op.f("pk_blocked_passages")),
    )


def downgrade() -> None:
    for name in ("blocked_passages", "pinned_articles", "answer_reviews", "lead_acts", "lead_settings"):
        op.drop_table(name)
