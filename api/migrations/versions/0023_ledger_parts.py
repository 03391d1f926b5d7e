"""Counts of decisions by day and one dimension: what a year is read from, however many conversations it has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ledger_parts"
down_revision = "gaps"
branch_labels = None
depends_on = None

_DIMENSIONS = ("", "language", "channel", "scenario", "category", "subcategory")
_MEASURES = (
    "conversations",
    "replied",
    "answered",
    "confident",
    "in_form",
    "person",
    "ticketed",
    "within_day",
    "rated_good",
    "rated_bad",
    "tickets",
    "answers",
    "confident_answers",
    "helped",
    "wrong",
)


def upgrade() -> None:
    op.create_table(
        "decision_parts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        *(sa.Column(each, sa.Integer(), nullable=False) for each in _MEASURES),
        sa.PrimaryKeyConstraint(
            "day", "dimension", "value", "kind", "outcome", "provisional", name=op.f("pk_decision_parts")
        ),
    )
    sums = ", ".join(f"sum({each})" for each in _MEASURES)
    for dimension in _DIMENSIONS:
        value = dimension or "''"
        key = f"day, {dimension}," if dimension else "day,"
        op.execute(
            f"INSERT INTO decision_parts SELECT day, '{dimension}', {value}, kind, outcome, provisional, {sums}"  # noqa: S608
            f" FROM decision_days GROUP BY {key} kind, outcome, provisional"
        )


def downgrade() -> None:
    op.drop_table("decision_parts")
