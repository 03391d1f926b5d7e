"""Counts uses in a sliding window, in memory, each bucket by itself."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

# Buckets that are remembered; the one that was silent longest is forgotten first.
MOST_BUCKETS = 50_000


@dataclass(frozen=True)
class Rule:
    """At most `times` uses in any `seconds`, for each subject. With `times` 0 there is no limit."""

    name: str
    times: int
    seconds: float = 60.0


@dataclass(frozen=True)
class Refusal:
    """Which rule was met, whole seconds until there is room, and whether it is the bucket's first refusal in its window."""

    rule: Rule
    retry_after: int
    first: bool


@dataclass
class _Bucket:
    uses: deque[float] = field(default_factory=deque)
    told: float = -math.inf


class Limiter:
    """Buckets of many rules. Thread-safe; a process counts for itself."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def admit(self, subjects: Sequence[tuple[Rule, str]]) -> Refusal | None:
        """Count one use of each subject, or of none: a use that is refused by one rule costs nothing under the others."""
        now = self._clock()
        with self._lock:
            held = [(rule, self._bucket(rule, subject, now)) for rule, subject in subjects if rule.times]
            for rule, bucket in held:
                if len(bucket.uses) >= rule.times:
                    first = now - bucket.told >= rule.seconds
                    bucket.told = now if first else bucket.told
                    return Refusal(rule, max(1, math.ceil(bucket.uses[0] + rule.seconds - now)), first)
            for _, bucket in held:
                bucket.uses.append(now)
            while len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
        return None

    def _bucket(self, rule: Rule, subject: str, now: float) -> _Bucket:
        key = (rule.name, subject)
        bucket = self._buckets.setdefault(key, _Bucket())
        self._buckets.move_to_end(key)
        while bucket.uses and now - bucket.uses[0] >= rule.seconds:
            bucket.uses.popleft()
        return bucket
