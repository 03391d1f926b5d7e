"""Hours counted by every dimension, not by language and channel alone, and people by the day on which they last came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ledger_hours"
down_revision = "ledger_speed"
branch_labels = None
depends_on = None

_PARTS = {
    "": (),
    **{each: (each,) for each in ("language", "channel", "scenario", "category", "subcategory")},
    "language+channel": ("language", "channel"),
    "category+subcategory": ("category", "subcategory"),
}
_SOLVED = "outcome IN ('confirmed', 'assumed') AND NOT provisional"
_COUNTED = ("asked", "resolved", "escalated")
_PEOPLE = {
    "askers": "kind = 'help'",
    "ticket_people": "kind IN ('help', 'form', 'ticket') AND tickets > 0",
}


def _month() -> str:
    sqlite = op.get_bind().dialect.name == "sqlite"
    return "date(day, 'start of month')" if sqlite else "CAST(date_trunc('month', day) AS date)"


def _weekday() -> str:
    sqlite = op.get_bind().dialect.name == "sqlite"
    return "CAST(strftime('%w', day) AS integer)" if sqlite else "CAST(extract(dow FROM day) AS integer)"


def _make_hours() -> None:
    for table, keys in (
        ("decision_hour_parts", ("dimension", "value", "day", "hour")),
        ("decision_hour_part_months", ("dimension", "value", "day", "hour", "weekday")),
    ):
        op.create_table(
            table,
            sa.Column("dimension", sa.String(length=32), nullable=False),
            sa.Column("value", sa.String(length=160), nullable=False),
            sa.Column("day", sa.Date(), nullable=False),
            *(sa.Column(each, sa.SmallInteger(), autoincrement=False, nullable=False) for each in keys[3:]),
            *(sa.Column(each, sa.Integer(), nullable=False) for each in _COUNTED),
            sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
        )
    for name, columns in _PARTS.items():
        value = " || ' ' || ".join(columns) or "''"
        grouped = ", ".join(("day", "hour", *columns))
        # In the order of the key, as it will be read.
        op.execute(
            f"INSERT INTO decision_hour_parts SELECT '{name}', {value}, day, hour, count(*),"  # noqa: S608
            f" sum(CASE WHEN {_SOLVED} THEN 1 ELSE 0 END), sum(CASE WHEN outcome = 'escalated' THEN 1 ELSE 0 END)"
            f" FROM decisions WHERE kind = 'help' GROUP BY {grouped} ORDER BY 2, 3, 4"
        )
    sums = ", ".join(f"sum({each})" for each in _COUNTED)
    op.execute(
        f"INSERT INTO decision_hour_part_months SELECT dimension, value, {_month()}, hour, {_weekday()}, {sums}"  # noqa: S608
        f" FROM decision_hour_parts GROUP BY dimension, value, {_month()}, hour, {_weekday()} ORDER BY 1, 2, 3, 4, 5"
    )


def _make_people() -> None:
    op.create_table(
        "decision_people",
        sa.Column("people", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("before", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("people", "day", "before", name=op.f("pk_decision_people")),
    )
    never = "'0001-01-01'" if op.get_bind().dialect.name == "sqlite" else "DATE '0001-01-01'"
    for name, condition in _PEOPLE.items():
        op.execute(
            f"INSERT INTO decision_people SELECT '{name}', day, before, sum(number) FROM ("  # noqa: S608
            f"SELECT day, coalesce(lag(day) OVER (PARTITION BY customer_id ORDER BY day), {never}) AS before, 1 AS number"
            f" FROM (SELECT DISTINCT customer_id, day FROM decisions WHERE {condition} AND customer_id IS NOT NULL) AS days"
            f" UNION ALL SELECT day, {never}, 1 FROM decisions WHERE {condition} AND customer_id IS NULL"
            ") AS each GROUP BY day, before ORDER BY day, before"
        )


def upgrade() -> None:
    _make_hours()
    _make_people()
    op.drop_table("decision_hours")
    op.drop_table("decision_hour_months")


def downgrade() -> None:
    for table, keys in (
        ("decision_hours", ("day", "hour", "language", "channel", "kind", "outcome", "provisional")),
        ("decision_hour_months", ("day", "hour", "language", "channel", "kind", "outcome", "provisional", "weekday")),
    ):
        op.create_table(
            table,
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("hour", sa.SmallInteger(), autoincrement=False, nullable=False),
            sa.Column("language", sa.String(length=8), nullable=False),
            sa.Column("channel", sa.String(length=16), nullable=False),
            sa.Column("kind", sa.String(length=16), nullable=False),
            sa.Column("outcome", sa.String(length=16), nullable=False),
            sa.Column("provisional", sa.Boolean(), nullable=False),
            *(sa.Column(each, sa.SmallInteger(), autoincrement=False, nullable=False) for each in keys[7:]),
            sa.Column("conversations", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
        )
    names = ("day", "hour", "language", "channel", "kind", "outcome", "provisional")
    key = ", ".join(names)
    op.execute(
        f"INSERT INTO decision_hours ({key}, conversations) SELECT {key}, count(*) FROM decisions"  # noqa: S608
        f" WHERE kind NOT IN ('test', 'staff') GROUP BY {key}"
    )
    values = ", ".join((_month(), *names[1:], _weekday()))
    op.execute(
        f"INSERT INTO decision_hour_months ({key}, weekday, conversations) SELECT {values}, sum(conversations)"  # noqa: S608
        f" FROM decision_hours GROUP BY {values}"
    )
    op.drop_table("decision_people")
    op.drop_table("decision_hour_part_months")
    op.drop_table("decision_hour_parts")
