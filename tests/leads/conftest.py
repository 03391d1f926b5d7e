"""Fixtures of this folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.rest import Answer, Rest, rest

__all__ = ["rest"]

Opener = Callable[..., Answer]


@pytest.fixture
def look(rest: Rest) -> Opener:
    """Opens a page of the dashboard as a lead: ``look("/leads", lang="pt", **parameters)``."""
    headers = rest.token_of("lead", "eva@team.example")

    def opener(path: str = "/leads", *, lang: str = "en", status: int = 200, **parameters: Any) -> Answer:
        answer = rest.http.get(path, params={"lang": lang, **parameters}, headers=headers)
        assert answer.status_code == status, answer.text[:2000]
        return answer

    return opener
