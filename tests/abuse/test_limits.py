"""Every limit fires at one use more than it allows, in its own bucket and in no other."""

from __future__ import annotations

from typing import Any

import pytest

from api.abuse.guard import Guard
from api.abuse.limiter import Limiter, Rule
from api.abuse.proxies import networks
from api.chat.service import TurnService
from api.settings import LimitSettings
from tests.support.rest import Rest, rest

__all__ = ["rest"]

LOW = LimitSettings(
    trusted_proxies="192.0.2.1",
    conversations_per_address=3,
    conversations_per_widget_key=7,
    messages_per_conversation=3,
    messages_per_address=6,
    same_text=2,
    uploads_per_conversation=2,
    uploads_per_address=3,
    searches_per_address=3,
)
LONG = "a text that is long enough to be damped"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_rule_lets_through_as_many_as_it_says_and_says_when_to_come_back() -> None:
    clock = Clock()
    limiter, rule = Limiter(clock), Rule("some", 3, 60.0)
    assert [limiter.admit([(rule, "a")]) for _ in range(3)] == [None] * 3
    clock.now += 20.5
    refused = limiter.admit([(rule, "a")])
    assert refused is not None
    assert (refused.rule, refused.retry_after, refused.first) == (rule, 40, True)
    again = limiter.admit([(rule, "a")])
    assert again is not None
    assert not again.first
    assert limiter.admit([(rule, "b")]) is None
    clock.now += 39.5
    assert limiter.admit([(rule, "a")]) is None


def test_what_one_rule_refuses_costs_nothing_under_another() -> None:
    limiter, own, shared = Limiter(Clock()), Rule("own", 1), Rule("shared", 2)
    assert limiter.admit([(own, "busy"), (shared, "office")]) is None
    assert all(limiter.admit([(own, "busy"), (shared, "office")]) for _ in range(50))
    assert limiter.admit([(own, "neighbour"), (shared, "office")]) is None


def test_nothing_is_limited_to_none_and_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter, rule = Limiter(Clock()), Rule("some", 1)
    assert all(limiter.admit([(Rule("off", 0), "a")]) is None for _ in range(100))
    monkeypatch.setattr("api.abuse.limiter.MOST_BUCKETS", 500)
    for number in range(550):
        limiter.admit([(rule, str(number))])
    assert len(limiter._buckets) == 500
    assert limiter.admit([(rule, "549")]) is not None


@pytest.fixture
def limited(rest: Rest) -> Rest:
    """The api with low limits, behind a proxy at the address that the test's client comes from."""
    rest.settings.limits = LOW
    rest.app.state.guard = Guard(rest.settings)
    behind = next(each for each in rest.app.user_middleware if each.kwargs.get("trusted") is not None)
    behind.kwargs["trusted"] = networks(LOW.trusted_proxies)
    rest.app.middleware_stack = rest.app.build_middleware_stack()
    rest.http._transport.client = ("192.0.2.1", 50000)  # type: ignore[attr-defined]
    rest.app.state.turns = TurnService(rest.services)
    return rest


def ask(rest: Rest, kind: str, address: str, headers: dict[str, str], **fields: Any) -> Any:
    told = {"X-Forwarded-For": address, "Accept-Language": "pt", **headers}
    if kind == "search":
        return rest.http.get("/help-center/search", params={"q": ""}, headers=told)
    if kind == "conversation":
        return rest.http.post("/chat/conversations", json={"channel": "widget", **fields}, headers=told)
    if kind == "upload":
        return rest.http.post(f"/chat/conversations/{fields['id']}/attachments", content=b"", headers=told)
    return rest.http.post(f"/chat/conversations/{fields.pop('id')}/messages", json=fields, headers=told)


def outcomes(rest: Rest, times: int, kind: str, address: str, headers: dict[str, str], **fields: Any) -> list[bool]:
    """For each try whether it was refused for its number; whatever else the endpoint thinks of it does not matter here."""
    found = []
    for number in range(times):
        if kind == "message":
            fields = {"text": " ", **fields, "client_message_id": f"{address}-{number}"}
        found.append(ask(rest, kind, address, headers, **fields).status_code == 429)
    return found


def test_conversations_are_limited_by_address_and_widget_key(limited: Rest) -> None:
    def opened(times: int, address: str, key: str) -> list[bool]:
        return outcomes(limited, times, "conversation", address, {}, widget_key=key)

    assert opened(4, "203.0.113.1", "none") == [False, False, False, True]
    # Another key, another address, another /64; the same /64.
    assert opened(1, "203.0.113.1", "other") == [False]
    assert opened(1, "203.0.113.2", "none") == [False]
    assert opened(3, "2001:db8:5::1", "none") == [False] * 3
    assert opened(1, "2001:db8:5::ffff:2", "none") == [True]
    # Seven with this key by now: it is full for everybody.
    assert opened(1, "2001:db8:6::1", "none") == [True]


def test_a_busy_customer_meets_a_limit_of_their_own_before_the_office_does(limited: Rest) -> None:
    busy, neighbour = limited.conversation(), limited.conversation()
    office = "203.0.113.1"
    assert outcomes(limited, 30, "message", office, busy.headers, id=busy.id) == [False] * 3 + [True] * 27
    assert outcomes(limited, 3, "message", office, neighbour.headers, id=neighbour.id) == [False] * 3
    third = limited.conversation()
    assert outcomes(limited, 1, "message", office, third.headers, id=third.id) == [True]
    assert outcomes(limited, 1, "message", "203.0.113.2", third.headers, id=third.id) == [False]


def test_a_stranger_who_names_a_conversation_does_not_use_up_its_limit(limited: Rest) -> None:
    talk = limited.conversation()
    wrong = {"Authorization": "Bearer guessed"}
    outcomes(limited, 5, "message", "203.0.113.1", wrong, id=talk.id)
    assert outcomes(limited, 1, "message", "203.0.113.2", talk.headers, id=talk.id) == [False]


def test_the_same_long_text_is_damped_in_all_conversations_of_an_address(limited: Rest) -> None:
    talks = [limited.conversation() for _ in range(4)]
    said = [LONG, f"  {LONG.upper()} ", LONG]
    refused = [
        outcomes(limited, 1, "message", "203.0.113.1", talk.headers, id=talk.id, text=text)[0]
        for talk, text in zip(talks, said, strict=False)
    ]
    assert refused == [False, False, True]
    assert outcomes(limited, 1, "message", "203.0.113.2", talks[3].headers, id=talks[3].id, text=LONG) == [False]
    assert outcomes(limited, 3, "message", "203.0.113.3", talks[3].headers, id=talks[3].id, text="no") == [
        *(False, False, True)  # the conversation's own limit; short texts are not damped
    ]


def test_files_are_limited_by_conversation_and_by_address(limited: Rest) -> None:
    one, two = limited.conversation(), limited.conversation()
    assert outcomes(limited, 3, "upload", "203.0.113.1", one.headers, id=one.id) == [False, False, True]
    assert outcomes(limited, 2, "upload", "203.0.113.1", two.headers, id=two.id) == [False, True]
    assert outcomes(limited, 1, "upload", "203.0.113.2", two.headers, id=two.id) == [False]


def test_searches_are_limited_by_address(limited: Rest) -> None:
    assert outcomes(limited, 4, "search", "203.0.113.1", {}) == [False, False, False, True]
    assert outcomes(limited, 1, "search", "203.0.113.2", {}) == [False]


def test_a_refusal_says_when_in_the_customers_language_and_is_counted_once(limited: Rest) -> None:
    talk = limited.conversation()
    outcomes(limited, 8, "message", "203.0.113.1", talk.headers, id=talk.id)
    answer = ask(limited, "message", "203.0.113.1", talk.headers, id=talk.id, client_message_id="x", text=" ")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    error = answer.json()["error"]
    assert error["message"] == limited.catalog.wording("pt").text("errors.too_many")
    assert error["try_again"]
    assert [event.data for event in limited.events("refused")] == [{"limit": "messages_per_conversation"}]


def test_callers_on_this_machine_are_not_limited_where_no_proxy_is_declared(rest: Rest) -> None:
    rest.settings.limits = LOW.model_copy(update={"trusted_proxies": ""})
    rest.app.state.guard = Guard(rest.settings)
    rest.app.state.turns = TurnService(rest.services)
    talk = rest.conversation()
    assert not any(outcomes(rest, 8, "message", "203.0.113.1", talk.headers, id=talk.id))
