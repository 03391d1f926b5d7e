"""The audit log: append-only, and filled by the database itself where rows tell who did what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import JSON, TIME

revision = "audit"
down_revision = "gap_doubts"
branch_labels = None
depends_on = None

# By the database rather than by whoever writes, so that no way of making a token or changing a role is forgotten.
# Name, table, when, condition, and the entry: moment, what, staff_id, address, subject, data.
_NOW = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now')", "postgresql": "now()"}
_ADDRESS = "coalesce((SELECT email FROM staff_users WHERE staff_users.id = new.staff_id), '')"
_FILLING = (
    ("signed_in", "sessions", "AFTER INSERT ON sessions", "new.staff_id IS NOT NULL",
     "new.created_at, 'signed_in', new.staff_id, {address}, '', '{{}}'"),
    ("token_made", "api_tokens", "AFTER INSERT ON api_tokens", "",
     "new.created_at, 'token_made', new.staff_id, {address}, 'token ' || new.id, '{{}}'"),
    ("token_revoked", "api_tokens", "AFTER UPDATE OF revoked_at ON api_tokens",
     "old.revoked_at IS NULL AND new.revoked_at IS NOT NULL",
     "new.revoked_at, 'token_revoked', new.staff_id, {address}, 'token ' || new.id, '{{}}'"),
    ("account_made", "staff_users", "AFTER INSERT ON staff_users", "",
     "{now}, 'account_made', NULL, '', 'staff ' || new.id, {role}"),
    ("account_changed", "staff_users", "AFTER UPDATE OF role, active, password_hash, email ON staff_users",
     "old.role <> new.role OR old.active <> new.active OR old.password_hash <> new.password_hash OR old.email <> new.email",
     "{now}, 'account_changed', NULL, '', 'staff ' || new.id, {role}"),
    ("lead_act", "lead_acts", "AFTER INSERT ON lead_acts", "",
     'new.at, new.what, new.staff_id, new."by", \'\', new.data'),
)  # fmt: skip
_ROLE = {
    "sqlite": "json_object('role', new.role, 'active', new.active)",
    "postgresql": "jsonb_build_object('role', new.role, 'active', new.active)",
}
_REFUSED = "audit_log is append-only"
_KEPT = "NOT EXISTS (SELECT 1 FROM audit_gate WHERE audit_gate.before > old.at)"


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"], unique=False)
    op.create_index("ix_audit_log_staff_id", "audit_log", ["staff_id", "id"], unique=False)
    op.create_index("ix_audit_log_subject", "audit_log", ["subject", "id"], unique=False)
    op.create_table(
        "audit_gate",
        sa.Column("before", TIME, nullable=False),
        sa.PrimaryKeyConstraint("before", name=op.f("pk_audit_gate")),
    )
    dialect = op.get_bind().dialect.name
    for name, _, when, condition, entry in _FILLING:
        values = entry.format(address=_ADDRESS, now=_NOW[dialect], role=_ROLE[dialect])
        filled = 'INSERT INTO audit_log (at, what, staff_id, "by", subject, data)' + f" SELECT {values}"
        _trigger(dialect, f"audit_{name}", when, condition, filled)
    for act, condition in (("UPDATE", ""), ("DELETE", _KEPT)):
        _refusing(dialect, act, condition)


def _trigger(dialect: str, name: str, when: str, condition: str, statement: str) -> None:
    if dialect == "sqlite":
        only = f" WHEN {condition}" if condition else ""
        op.execute(f"CREATE TRIGGER {name} {when}{only} BEGIN {statement}; END")
        return
    statement = statement.replace("'{}'", "'{}'::jsonb")
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {statement}; RETURN NULL; END $$"
    )
    only = f" WHEN ({condition})" if condition else ""
    op.execute(f"CREATE TRIGGER {name} {when} FOR EACH ROW{only} EXECUTE FUNCTION {name}()")


def _refusing(dialect: str, act: str, condition: str) -> None:
    name = f"audit_no_{act.lower()}"
    if dialect == "sqlite":
        only = f" WHEN {condition}" if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON audit_log{only} BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
        )
        return
    body = f"RAISE EXCEPTION '{_REFUSED}';"
    passed = "new" if act == "UPDATE" else "old"
    body = f"IF {condition} THEN {body} END IF;" if condition else body
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN {passed}; END $$")
    op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON audit_log FOR EACH ROW EXECUTE FUNCTION {name}()")
    if act == "DELETE":
        op.execute(
            "CREATE FUNCTION audit_no_truncate() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$"
        )
        op.execute("CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_log EXECUTE FUNCTION audit_no_truncate()")


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    refusing = [("no_update", "audit_log"), ("no_delete", "audit_log")]
    refusing += [("no_truncate", "audit_log")] if postgresql else []
    for name, table in [*((each[0], each[1]) for each in _FILLING), *refusing]:
        op.execute(f"DROP TRIGGER audit_{name}" + (f" ON {table}" if postgresql else ""))
        if postgresql:
            op.execute(f"DROP FUNCTION audit_{name}()")
    op.drop_table("audit_gate")
    op.drop_table("audit_log")
