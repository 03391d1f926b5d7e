"""The ledger: stored decisions, their changes and counts, and the triggers that note what is yet to be decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import JSON, TIME

revision = "ledger"
down_revision = "portal"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = (
    "answer_articles",
    "article_days",
    "decided_answers",
    "decision_changes",
    "decision_days",
    "decision_hours",
    "decisions",
    "ledger_state",
    "undecided",
)
# Whatever of a conversation's row a decision depends on.
_COLUMNS = ("customer_id", "language", "channel", "scenario", "category", "subcategory", "is_test", "created_at")

# By the database rather than by whoever writes: an event may come from a turn, a restored copy or a statement by hand, and
# is noted in its own transaction. Rows are only added, so that two transactions of one conversation never wait for each
# other, and one that commits late leaves a row of its own. {subject}: a conversation, or a ticket that came without one.
_SUBJECT = "coalesce({row}.conversation_id, 'ticket-' || {row}.ticket_id)"
_NOTED = "{row}.conversation_id IS NOT NULL OR {row}.ticket_id IS NOT NULL"
# The conversations of a customer with an address of staff are staff traffic.
_OF_ADDRESS = (
    "INSERT INTO undecided (subject) SELECT conversations.id FROM conversations"
    " JOIN customers ON customers.id = conversations.customer_id WHERE customers.email = {row}.email"
)


def _triggers() -> list[tuple[str, str, str, str, str]]:
    """Name, table, when, condition, and what is done."""
    different = " OR ".join(f"old.{name} IS DISTINCT FROM new.{name}" for name in _COLUMNS)
    noting = "INSERT INTO undecided (subject, event_id) VALUES ({subject}, {row}.id)"
    found = []
    for row, when in (("new", "INSERT"), ("old", "DELETE")):
        subject = _SUBJECT.format(row=row)
        found.append(
            (f"ledger_event_{when.lower()}", "events", f"AFTER {when} ON events", _NOTED.format(row=row),
             noting.format(subject=subject, row=row)),
        )  # fmt: skip
        found.append(
            (f"ledger_conversation_{when.lower()}", "conversations", f"AFTER {when} ON conversations", "",
             f"INSERT INTO undecided (subject) VALUES ({row}.id)"),  # noqa: S608
        )  # fmt: skip
        found.append(
            (f"ledger_staff_{when.lower()}", "staff_users", f"AFTER {when} ON staff_users", "",
             _OF_ADDRESS.format(row=row)),
        )  # fmt: skip
    columns = ", ".join(_COLUMNS)
    found.append(
        ("ledger_conversation_update", "conversations", f"AFTER UPDATE OF {columns} ON conversations", different,
         "INSERT INTO undecided (subject) VALUES (new.id)"),
    )  # fmt: skip
    for table in ("customers", "staff_users"):
        found.append(
            (f"ledger_{table}_email", table, f"AFTER UPDATE OF email ON {table}",
             "old.email IS DISTINCT FROM new.email",
             f"{_OF_ADDRESS.format(row='new')} OR customers.email = old.email"),
        )  # fmt: skip
    return found


def upgrade() -> None:
    op.create_table(
        "answer_articles",
        sa.Column("answer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.String(length=255), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("answer_id", "article_id", name=op.f("pk_answer_articles")),
    )
    op.create_index(op.f("ix_answer_articles_article_id"), "answer_articles", ["article_id", "day"], unique=False)

    op.create_table(
        "article_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("article_id", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("helped", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "article_id", "language", name=op.f("pk_article_days")),
    )
    op.create_table(
        "decided_answers",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("turn_id", sa.String(length=32), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("scenario", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("subcategory", sa.String(length=64), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("confident", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decided_answers")),
    )
    op.create_index(op.f("ix_decided_answers_day"), "decided_answers", ["day", "language"], unique=False)
    op.create_index(op.f("ix_decided_answers_decision_id"), "decided_answers", ["decision_id"], unique=False)

    op.create_table(
        "decision_changes",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("before", sa.String(length=32), nullable=False),
        sa.Column("after", sa.String(length=32), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("because", sa.String(length=32), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("other_id", sa.String(length=40), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_changes")),
    )
    op.create_index(op.f("ix_decision_changes_at"), "decision_changes", ["at", "id"], unique=False)
    op.create_index(op.f("ix_decision_changes_decision_id"), "decision_changes", ["decision_id"], unique=False)

    op.create_table(
        "decision_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("scenario", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("subcategory", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("conversations", sa.Integer(), nullable=False),
        sa.Column("replied", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("confident", sa.Integer(), nullable=False),
        sa.Column("in_form", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("ticketed", sa.Integer(), nullable=False),
        sa.Column("within_day", sa.Integer(), nullable=False),
        sa.Column("rated_good", sa.Integer(), nullable=False),
        sa.Column("rated_bad", sa.Integer(), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("confident_answers", sa.Integer(), nullable=False),
        sa.Column("helped", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "day",
            "language",
            "channel",
            "scenario",
            "category",
            "subcategory",
            "kind",
            "outcome",
            "provisional",
            name=op.f("pk_decision_days"),
        ),
    )
    op.create_table(
        "decision_hours",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("conversations", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "day", "hour", "language", "channel", "kind", "outcome", "provisional", name=op.f("pk_decision_hours")
        ),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("scenario", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("subcategory", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("settles_at", TIME, nullable=True),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("first_outcome", sa.String(length=16), nullable=False),
        sa.Column("recontacted_by", sa.String(length=40), nullable=True),
        sa.Column("recontacted_at", TIME, nullable=True),
        sa.Column("within_day", sa.Boolean(), nullable=False),
        sa.Column("asked_at", TIME, nullable=True),
        sa.Column("asks", JSON, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("confident_answers", sa.Integer(), nullable=False),
        sa.Column("helped", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("replied", sa.Boolean(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("in_form", sa.Boolean(), nullable=False),
        sa.Column("person", sa.Boolean(), nullable=False),
        sa.Column("rating", sa.String(length=8), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("stopped_at", sa.String(length=64), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("articles", JSON, nullable=False),
        sa.Column("decided_at", TIME, nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_customer_id"), "decisions", ["customer_id", "last_at"], unique=False)
    op.create_index(op.f("ix_decisions_day"), "decisions", ["day", "kind", "outcome"], unique=False)
    op.create_index(
        op.f("ix_decisions_settles_at"),
        "decisions",
        ["settles_at"],
        unique=False,
        sqlite_where=sa.text("settles_at IS NOT NULL"),
        postgresql_where=sa.text("settles_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_decisions_started_at"), "decisions", ["started_at", "id"], unique=False)

    op.create_table(
        "ledger_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_by", JSON, nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_state")),
    )
    op.create_table(
        "undecided",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undecided")),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, _table, when, condition, act in _triggers():
        if sqlite:
            # SQLite's IS is the same, and older ones know no other.
            guard = f" WHEN {condition.replace('IS DISTINCT FROM', 'IS NOT')}" if condition else ""
            op.execute(f"CREATE TRIGGER {name} {when}{guard} BEGIN {act}; END")
            continue
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {act}; RETURN NULL; END $$")
        guard = f" WHEN ({condition})" if condition else ""
        op.execute(f"CREATE TRIGGER {name} {when} FOR EACH ROW{guard} EXECUTE FUNCTION {name}()")
    # What is there already is decided by the first who comes.
    op.execute("INSERT INTO undecided (subject) SELECT id FROM conversations")
    op.execute(
        "INSERT INTO undecided (subject, event_id) SELECT 'ticket-' || ticket_id, id FROM events"
        " WHERE conversation_id IS NULL AND ticket_id IS NOT NULL AND type = 'ticket_opened'"
    )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, _when, _condition, _act in _triggers():
        op.execute(f"DROP TRIGGER {name}" if sqlite else f"DROP TRIGGER {name} ON {table}")
        if not sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    for table in _TABLES:
        op.drop_table(table)
