"""How much one caller may ask for in a minute, and what callers are told of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.database import Database
from api.settings import ApiSettings
from api.tickets.rate_limits import WINDOW, Counter
from tests.support.rest import Rest, ok, rest_of


@pytest.fixture
def narrow(database: Database) -> Iterator[Rest]:
    """An api that takes three requests a minute of each."""
    made = rest_of(database, api=ApiSettings(rate_limit=3))
    yield made
    made.http.close()


def test_every_answer_says_what_is_left(narrow: Rest) -> None:
    agent = narrow.token_of("agent")
    left = [
        narrow.http.get(path, headers=agent).headers["X-Rate-Limit-Remaining"]
        for path in ("/api/v2/tickets.json", "/api/v2/tickets/404", "/api/v2/users/me")
    ]
    assert left == ["2", "1", "0"]


def test_what_is_too_much_is_refused_with_whole_seconds_to_wait(narrow: Rest) -> None:
    agent = narrow.token_of("agent")
    for _ in range(3):
        ok(narrow.http.get("/api/v2/tickets", headers=agent))
    answer = narrow.http.get("/api/v2/tickets", headers=agent)
    assert ok(answer, 429)["error"] == "APIRateLimitExceeded"
    assert 1 <= int(answer.headers["Retry-After"]) <= WINDOW
    assert answer.headers["X-Rate-Limit"] == answer.headers["ratelimit-limit"] == "3"
    assert answer.headers["ratelimit-remaining"] == "0"
    assert answer.headers["ratelimit-reset"] == answer.headers["Retry-After"]


def test_one_caller_does_not_use_up_what_another_has(narrow: Rest) -> None:
    first, second = narrow.token_of("agent"), narrow.token_of("agent")
    for _ in range(4):
        answer = narrow.http.get("/api/v2/tickets", headers=first)
    assert answer.status_code == 429
    ok(narrow.http.get("/api/v2/tickets", headers=second))


def test_guessed_tokens_count_together(narrow: Rest) -> None:
    answers = [
        narrow.http.get("/api/v2/tickets", headers={"Authorization": f"Bearer cpt_{number}"}).status_code
        for number in range(5)
    ]
    assert answers == [401, 401, 401, 429, 429]


def test_other_paths_have_no_such_limit(narrow: Rest) -> None:
    answers = [narrow.http.get("/catalog") for _ in range(5)]
    assert {each.status_code for each in answers} == {200}
    assert "X-Rate-Limit" not in answers[0].headers


def test_no_limit_is_no_limit(database: Database) -> None:
    free = rest_of(database, api=ApiSettings(rate_limit=0))
    assert "X-Rate-Limit" not in free.http.get("/api/v2/tickets", headers=free.token_of("agent")).headers
    free.http.close()


def test_a_minute_later_there_is_room_again() -> None:
    now = [100.0]
    counter = Counter(1, lambda: now[0])
    assert (counter.take("a").left, counter.take("a").left) == (0, -1)
    now[0] += WINDOW - 0.5
    assert counter.take("a").reset == 1
    now[0] += 0.5
    assert counter.take("a").left == 0
