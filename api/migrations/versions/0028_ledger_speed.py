"""What makes the dashboard's largest figures quick: counts by month and of where people left, and answers in the order of the
review desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ledger_speed"
down_revision = "audit"
branch_labels = None
depends_on = None

_NUMBERS = ("hour", "weekday")
_TEXTS = {"language": 8, "channel": 16, "dimension": 16, "kind": 16, "outcome": 16, "article_id": 255}
_COUNTED = (
    "conversations", "replied", "answered", "confident", "in_form", "person", "ticketed", "within_day", "rated_good",
    "rated_bad", "tickets", "answers", "confident_answers", "helped", "wrong",
)  # fmt: skip
# By month: from which table, by which keys, what is added up.
_MONTHS = {
    "decision_months": (
        "decision_days",
        ("day", "language", "channel", "scenario", "category", "subcategory", "kind", "outcome", "provisional"),
        _COUNTED,
    ),
    "decision_part_months": (
        "decision_parts",
        ("day", "dimension", "value", "kind", "outcome", "provisional"),
        _COUNTED,
    ),
    "decision_hour_months": (
        "decision_hours",
        ("day", "hour", "language", "channel", "kind", "outcome", "provisional", "weekday"),
        ("conversations",),
    ),
    "article_months": (
        "article_days",
        ("day", "article_id", "language"),
        ("found", "shown", "opened", "helped", "wrong"),
    ),
}
_DIMENSIONS = ("", "language", "channel", "scenario", "category", "subcategory")


def _key(name: str) -> sa.Column[object]:
    if name in _NUMBERS:
        return sa.Column(name, sa.SmallInteger(), nullable=False)
    if name in ("day", "provisional"):
        return sa.Column(name, sa.Date() if name == "day" else sa.Boolean(), nullable=False)
    return sa.Column(name, sa.String(length=_TEXTS.get(name, 64)), nullable=False)


def _make_months() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    made = {
        "day": "date(day, 'start of month')" if sqlite else "CAST(date_trunc('month', day) AS date)",
        "weekday": "CAST(strftime('%w', day) AS integer)" if sqlite else "CAST(extract(dow FROM day) AS integer)",
    }
    for table, (daily, keys, counted) in _MONTHS.items():
        op.create_table(
            table,
            *map(_key, keys),
            *(sa.Column(each, sa.Integer(), nullable=False) for each in counted),
            sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
        )
        values = [made.get(each, each) for each in keys]
        sums = ", ".join(f"sum({each})" for each in counted)
        op.execute(
            f"INSERT INTO {table} ({', '.join((*keys, *counted))}) SELECT {', '.join(values)}, {sums}"  # noqa: S608
            f" FROM {daily} GROUP BY {', '.join(values)}"
        )


def upgrade() -> None:
    _make_months()
    op.create_index(
        "ix_decisions_figures",
        "decisions",
        [
            "kind", "day", "outcome", "provisional", "hour", "tickets", "customer_id", "language", "channel", "scenario",
            "category", "subcategory", "stage", "stopped_at",
        ],
    )  # fmt: skip
    op.create_table(
        "decision_stops",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("stopped_at", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("conversations", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "day", "dimension", "value", "stage", "stopped_at", "outcome", name=op.f("pk_decision_stops")
        ),
    )
    for dimension in _DIMENSIONS:
        key = f"day, {dimension}," if dimension else "day,"
        op.execute(
            f"INSERT INTO decision_stops SELECT day, '{dimension}', {dimension or chr(39) * 2}, stage, stopped_at, outcome,"  # noqa: S608
            f" count(*) FROM decisions WHERE outcome IN ('abandoned', 'unanswered')"
            f" GROUP BY {key} stage, stopped_at, outcome"
        )
    op.add_column("decided_answers", sa.Column("badness", sa.Float(), nullable=True))
    op.add_column("decided_answers", sa.Column("resolved", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE decided_answers SET resolved = true WHERE decision_id IN"
        " (SELECT id FROM decisions WHERE outcome IN ('confirmed', 'assumed'))"
    )
    with op.batch_alter_table("decided_answers") as batch:
        batch.alter_column("resolved", server_default=None)
    op.execute(
        "UPDATE decided_answers SET badness = coalesce(confidence, 0)"
        " + CASE verdict WHEN 'no' THEN 6 WHEN 'ticket' THEN 4 WHEN 'yes' THEN 0 ELSE 2 END WHERE shown"
    )
    op.create_index(
        "ix_decided_answers_badness",
        "decided_answers",
        ["badness", "id", "day", "language", "channel", "category"],
        sqlite_where=sa.text("badness IS NOT NULL"),
        postgresql_where=sa.text("badness IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_decided_answers_badness", "decided_answers")
    op.drop_column("decided_answers", "badness")
    op.drop_column("decided_answers", "resolved")
    op.drop_table("decision_stops")
    op.drop_index("ix_decisions_figures", "decisions")
    for table in _MONTHS:
        op.drop_table(table)
