"""A copilot that takes mail in on loopback, and an SMTP server that plays the customers' mailboxes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from api.database import Database
from tests.mail_in.post import Post
from tests.support.rest import Rest, rest_of


@pytest.fixture
def rest(database: Database, tmp_path: Path) -> Iterator[Rest]:
    """The endpoints on an empty database, with a folder of their own for files."""
    made = rest_of(database, var=tmp_path / "var")
    yield made
    made.http.close()


@pytest.fixture
async def post(rest: Rest) -> AsyncIterator[Post]:
    """Mail both ways, by real SMTP."""
    made = Post(rest)
    await made.start()
    yield made
    await made.stop()
