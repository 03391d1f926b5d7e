"""What another threshold would have done, read from one index."""

from __future__ import annotations

from alembic import op

revision = "answer_figures"
down_revision = "ledger_hours"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_decided_answers_figures",
        "decided_answers",
        [
            "day", "id", "language", "channel", "scenario", "category", "subcategory", "confidence", "verdict", "resolved",
        ],
    )  # fmt: skip
    op.drop_index("ix_decided_answers_day", "decided_answers")


def downgrade() -> None:
    op.create_index("ix_decided_answers_day", "decided_answers", ["day", "language"])
    op.drop_index("ix_decided_answers_figures", "decided_answers")
