"""Files over HTTP: a chat and a ticketing api whose folder is the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.rest import Rest, rest

__all__ = ["files", "rest"]


@pytest.fixture
def files(rest: Rest, tmp_path: Path) -> Rest:
    """The endpoints, with files kept in the test's folder."""
    rest.settings.var = tmp_path
    return rest
