"""Organizations, teams and their members; who is copied in; merged and deleted tickets; changes of many at once."""

from __future__ import annotations

import zlib

import sqlalchemy as sa
from alembic import op

from api.database import utc_now
from api.migrations.column_types import JSON, TIME

revision = "people"
down_revision = "macros"
branch_labels = None
depends_on = None

_TICKET_COLUMNS = ("merged_into_id", "problem_id")


def upgrade() -> None:
    organizations = op.create_table(
        "organizations",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("account_id", name=op.f("uq_organizations_account_id")),
    )
    op.create_table(
        "team_members",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_users.id"], name=op.f("fk_team_members_staff_id_staff_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_members")),
        sa.UniqueConstraint("staff_id", "team", name=op.f("uq_team_members_staff_id")),
    )
    op.create_index(op.f("ix_team_members_team"), "team_members", ["team"], unique=False)
    op.create_table(
        "ticket_ccs",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_ticket_ccs_customer_id_customers")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_ccs_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("ticket_id", "customer_id", name=op.f("pk_ticket_ccs")),
    )
    op.create_index(op.f("ix_ticket_ccs_customer_id"), "ticket_ccs", ["customer_id"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("results", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_users.id"], name=op.f("fk_jobs_staff_id_staff_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_created_at"), "jobs", ["created_at"], unique=False)
    # Without foreign keys: SQLite gives none to a table that is there already, short of building it anew.
    op.add_column("tickets", sa.Column("submitter_staff_id", sa.Integer(), nullable=True))
    for name in _TICKET_COLUMNS:
        op.add_column("tickets", sa.Column(name, sa.Integer(), nullable=True))
        op.create_index(op.f(f"ix_tickets_{name}"), "tickets", [name], unique=False)
    op.add_column("tickets", sa.Column("deleted_at", TIME, nullable=True))
    op.create_index(op.f("ix_tickets_deleted_at"), "tickets", ["deleted_at"], unique=False)
    _organizations_of_customers(organizations)


def _organizations_of_customers(organizations: sa.Table) -> None:
    rows = op.get_bind().execute(sa.text("SELECT DISTINCT account_id FROM customers WHERE account_id IS NOT NULL"))
    now = utc_now()
    accounts = {(zlib.crc32(each.encode("utf-8", "surrogatepass")) & 0x7FFFFFFE) + 1: each for (each,) in rows}
    values = [
        {"id": number, "account_id": account, "name": "", "created_at": now, "updated_at": now}
        for number, account in accounts.items()
    ]
    if values:
        op.bulk_insert(organizations, values)


def downgrade() -> None:
    op.drop_index(op.f("ix_tickets_deleted_at"), "tickets")
    op.drop_column("tickets", "deleted_at")
    for name in reversed(_TICKET_COLUMNS):
        op.drop_index(op.f(f"ix_tickets_{name}"), "tickets")
        op.drop_column("tickets", name)
    op.drop_column("tickets", "submitter_staff_id")
    for table in ("jobs", "ticket_ccs", "team_members", "organizations"):
        op.drop_table(table)
