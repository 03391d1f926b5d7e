"""Somebody who guesses one-time codes with all that the server lets them do, over HTTP, while its clock is moved."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import httpx
from sqlalchemy import func, select

from api.database import Database
from api.identity.models import LimitHit, OneTimeCode
from tests.support.rest import Answer, Rest, Talk
from tests.support.served import served

POSSIBLE_CODES = 1_000_000
# Two more than a code allows, so that it is the server that ends the tries.
TRIES = 7
T = TypeVar("T")
R = TypeVar("R")


def move_clock(rest: Rest, forward: dt.timedelta) -> None:
    """Let time pass: everything that codes and their limits remember is so much older."""
    with rest.database.write() as session:
        for row in session.scalars(select(OneTimeCode)):
            row.created_at -= forward
            row.expires_at -= forward
        for hit in session.scalars(select(LimitHit)):
            hit.at -= forward


@dataclass
class Attack:
    """One attacker against one address. `at_once`: how many of each request are under way at the same time, 1 for none.

    `compared` is what the server itself counted: the tries on every code, and the codes that it sent.
    """

    rest: Rest
    victim: str
    post: Callable[..., Answer]
    at_once: int = 1
    networks: int = 0

    def day(self, *, hours: int = 24, step: dt.timedelta = dt.timedelta(minutes=10)) -> None:
        """Ask and guess for so many hours: a new conversation each time, from a new network, until both are refused."""
        for _ in range(int(dt.timedelta(hours=hours) / step)):
            self._ask_and_guess()
            move_clock(self.rest, step)

    def _ask_and_guess(self) -> None:
        asked = self._together(self._ask, [self.rest.conversation() for _ in range(max(4, self.at_once))])
        for talk in (each for each in asked if each is not None):
            self._together(functools.partial(self._guess, talk), range(max(TRIES, 2 * self.at_once)))

    def _ask(self, talk: Talk) -> Talk | None:
        self.networks += 1
        # Every request from another network: what guards the address must not lean on the limit for networks.
        headers = talk.turn(address=f"2001:db8:{self.networks // 65536:x}:{self.networks % 65536:x}::1")
        answer = self.post("/identity/codes", json={"email": self.victim}, headers=headers)
        assert answer.status_code in (200, 429), answer.text
        return talk if answer.status_code == 200 else None

    def _guess(self, talk: Talk, number: int) -> None:
        answer = self.post("/identity/codes/verify", json={"code": f"{number:06d}"}, headers=talk.headers)
        assert answer.status_code in (200, 422), answer.text

    def _together(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        if self.at_once == 1:
            return [work(item) for item in items]
        with ThreadPoolExecutor(self.at_once) as pool:
            return list(pool.map(work, items))

    @property
    def codes(self) -> int:
        with self.rest.database.read() as session:
            query = select(func.count()).select_from(OneTimeCode).where(OneTimeCode.email == self.victim)
            return int(session.scalar(query) or 0)

    @property
    def compared(self) -> int:
        """Guesses that were held against a code, right ones included."""
        with self.rest.database.read() as session:
            mine = OneTimeCode.email == self.victim
            wrong = session.scalar(select(func.coalesce(func.sum(OneTimeCode.tries), 0)).where(mine)) or 0
            right = session.scalar(select(func.count()).where(mine, OneTimeCode.used_at.is_not(None))) or 0
            return int(wrong) + int(right)

    @property
    def most_on_one_code(self) -> int:
        with self.rest.database.read() as session:
            return int(session.scalar(select(func.max(OneTimeCode.tries)).where(OneTimeCode.email == self.victim)) or 0)


@contextlib.contextmanager
def over_http(database: Database) -> Iterator[tuple[Rest, Callable[..., Answer]]]:
    """A running server on a socket, and POST to it over connections of its own."""
    with (
        served(database) as running,
        httpx.Client(base_url=running.settings.public_url, timeout=60, trust_env=False) as client,
    ):
        yield running, client.post


def code_in(text: str) -> str:
    """The code that a mail carries."""
    found = re.search(r"\b\d{6}\b", text)
    assert found, text
    return found[0]


@dataclass(frozen=True)
class Ranks:
    """How well times tell two kinds apart: `auc` is the chance that one of the second kind took longer (.5: not at all);
    `p` is how often chance alone would give a difference like this one."""

    auc: float
    p: float
    medians: tuple[float, float]


def compare(first: Sequence[float], second: Sequence[float]) -> Ranks:
    """A rank test (Mann-Whitney, two-sided): it asks for no shape of the times, and a few slow ones do not sway it."""
    from statistics import median

    from scipy.stats import mannwhitneyu

    found = mannwhitneyu(second, first, alternative="two-sided")
    return Ranks(
        float(found.statistic) / (len(first) * len(second)), float(found.pvalue), (median(first), median(second))
    )
