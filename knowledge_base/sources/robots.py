"""robots.txt (RFC 9309): the longest rule wins, `*` and `$` are understood, our own group before everybody's."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_BYTES = 500 * 1024
_MAX_DELAY = 10.0


@dataclass(frozen=True, slots=True)
class Robots:
    """What a site lets us read. `delay`: seconds between two requests that it asks for, at most ten."""

    rules: tuple[tuple[str, bool], ...] = ()
    delay: float = 0.0
    sitemaps: tuple[str, ...] = ()

    def allows(self, path: str) -> bool:
        """Whether `path` (with its query) may be fetched."""
        best, allowed = -1, True
        for pattern, allow in self.rules:
            if len(pattern) >= best and _matches(pattern, path):
                # Of two rules as long as each other, the one that allows wins.
                allowed = allow or (allowed and len(pattern) == best)
                best = len(pattern)
        return allowed


def read_robots(text: str, agent: str = "support-copilot") -> Robots:
    """The rules for `agent`. Lines that are not understood are passed over."""
    groups: dict[str, list[tuple[str, bool]]] = {}
    delays: dict[str, float] = {}
    sitemaps: list[str] = []
    named: list[str] = []
    heading = False
    for line in text[:MAX_BYTES].splitlines():
        field, _, value = line.partition("#")[0].partition(":")
        field, value = field.strip().lower(), value.strip()
        if field == "user-agent":
            named = [*named, value.lower()] if heading else [value.lower()]
            heading = True
            for name in named:
                groups.setdefault(name, [])
            continue
        if field == "sitemap":
            sitemaps.append(value)
            continue
        if field in ("allow", "disallow", "crawl-delay"):
            heading = False
        if field in ("allow", "disallow") and value:
            for name in named:
                groups[name].append((value, field == "allow"))
        elif field == "crawl-delay" and re.fullmatch(r"\d{1,6}(\.\d{1,3})?", value):
            delays.update(dict.fromkeys(named, min(float(value), _MAX_DELAY)))
    ours = agent if agent in groups else "*"
    return Robots(tuple(groups.get(ours, ())), delays.get(ours, 0.0), tuple(sitemaps))


def _matches(pattern: str, path: str) -> bool:
    """Without a regular expression: what a site writes must not cost exponential time."""
    anchored = pattern.endswith("$")
    pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(pieces[0]):
        return False
    at = len(pieces[0])
    if len(pieces) == 1:
        return not anchored or at == len(path)
    for piece in pieces[1:-1]:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    last = pieces[-1]
    if anchored:
        return path.endswith(last) and len(path) - len(last) >= at
    return path.find(last, at) >= 0
