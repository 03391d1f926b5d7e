"""Migrations, run in-process: no alembic.ini, no working directory that has to be the right one."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData
from sqlalchemy.engine import Connection

from api.database import Base, Database

# Its tables (FTS5 makes several) are in no model: see api/tickets/search_index.py.
WORDS_TABLE = "ticket_words"
_HERE = Path(__file__).resolve().parent
# Every module with tables: what is not imported here is unknown to `make_revision` and to the test for differences.
_MODEL_MODULES = (
    "api.alerts.models",
    "api.chat.models",
    "api.files.models",
    "api.desk.models",
    "api.identity.models",
    "api.leads.models",
    "api.mail_in.models",
    "api.metrics.events",
    "api.metrics.gap_models",
    "api.metrics.models",
    "api.notices.models",
    "api.notifications.models",
    "api.people.models",
    "api.privacy.models",
    "api.ratings.models",
    "api.tickets.backends.models",
    "api.tickets.models",
    "api.webhooks.models",
)


def all_tables() -> MetaData:
    """The metadata with every table of the project."""
    for name in _MODEL_MODULES:
        importlib.import_module(name)
    return Base.metadata


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the database to `revision`, in one transaction; at the head already it changes nothing."""
    with _writing(database) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the database back to `revision` (``base`` empties it)."""
    with _writing(database) as connection:
        command.downgrade(_config(connection), revision)


def current_revision(database: Database) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def differences(database: Database) -> list[Any]:
    """What a new revision would have to change, in alembic's terms; empty when models and database agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_modelled})
        return list(compare_metadata(context, all_tables()))


def _is_modelled(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether the models tell of it: the full-text index of tickets is another on each database, and known to SQL only."""
    return not (kind == "table" and name is not None and name.startswith(WORDS_TABLE))


def make_revision(database: Database, message: str) -> None:
    """Write a new revision from the difference between models and this (upgraded) database, to be read and mended."""
    with database.engine.connect() as connection:
        command.revision(_config(connection), message, autogenerate=True)


def _writing(database: Database) -> Any:
    return database.engine.connect().execution_options(immediate=True)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
