"""Alembic's entry: runs on the connection that `api.migrations` hands over."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from api.database import UtcDateTime
from api.migrations import all_tables


def _frozen_type(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Our own types by their frozen names; every other as alembic writes it."""
    name = {UtcDateTime: "TIME", sa.JSON: "JSON"}.get(type(item)) if kind == "type" else None
    if name is None:
        return False
    autogen.imports.add(f"from api.migrations.column_types import {name}")
    return name


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=all_tables(),
    # SQLite cannot alter a table in place: batch mode copies it.
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transactional_ddl=True,
    render_item=_frozen_type,
)
with connection.begin(), context.begin_transaction():
    context.run_migrations()
