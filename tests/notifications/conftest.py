"""Fixtures of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.database import Database
from tests.support.rest import Rest, rest_of


@pytest.fixture
def rest(database: Database, tmp_path: Path) -> Iterator[Rest]:
    """The endpoints on an empty database, with a folder of their own: kept mail is written to files."""
    made = rest_of(database, var=tmp_path / "var")
    yield made
    made.http.close()
