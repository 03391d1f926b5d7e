"""Whether a change is more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

_Z = 1.959964


@dataclass(frozen=True)
class Difference:
    """Of two shares, after minus before, with its 95 % interval."""

    before: float
    after: float
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.after - self.before

    @property
    def beyond_chance(self) -> bool:
        return self.low > 0 or self.high < 0


def difference(before: tuple[int, int], after: tuple[int, int]) -> Difference | None:
    """Of two (successes, trials); None where one of them has no trials. By R. G. Newcombe's hybrid score interval (1998),
    which stays right for small numbers and for shares near 0 and 1."""
    (x1, n1), (x2, n2) = before, after
    if not n1 or not n2:
        return None
    p1, p2 = x1 / n1, x2 / n2
    (l1, u1), (l2, u2) = wilson(x1, n1), wilson(x2, n2)
    low = (p2 - p1) - sqrt((p2 - l2) ** 2 + (u1 - p1) ** 2)
    high = (p2 - p1) + sqrt((u2 - p2) ** 2 + (p1 - l1) ** 2)
    return Difference(p1, p2, low, high)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share, within [0, 1] and right for small numbers. `trials`: at least one."""
    share = successes / trials
    middle = (share + _Z * _Z / (2 * trials)) / (1 + _Z * _Z / trials)
    half = _Z / (1 + _Z * _Z / trials) * sqrt(share * (1 - share) / trials + _Z * _Z / (4 * trials * trials))
    return max(0.0, middle - half), min(1.0, middle + half)
