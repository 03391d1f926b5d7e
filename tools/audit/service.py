"""The OSV service (https://api.osv.dev): which advisories it has for pins, and their text."""

from __future__ import annotations

from typing import Any, Protocol

import httpx

from tools.audit.advisories import Advisory, Misunderstood, parse
from tools.audit.pins import PYPI, Pin

ADDRESS = "https://api.osv.dev"
BATCH = 500
MOST_PAGES = 20
# Vulnerable since 2014 (CVE-2014-0012): an answer without it is no answer.
CANARY = Pin(PYPI, "jinja2", "2.4.1", "", 0)


class NoAnswer(Exception):
    """The service did not answer, or not as it promises."""


class Http(Protocol):
    """What is used of httpx.Client."""

    def post(self, url: str, *, json: Any) -> httpx.Response: ...

    def get(self, url: str) -> httpx.Response: ...


def ask(http: Http, pins: list[Pin]) -> dict[Pin, list[Advisory]]:
    """The advisories that are in force for each pin, one entry for every pin. Raises NoAnswer where any is missing.

    A version known to be vulnerable is asked along with each batch: a proxy that answers `{}` to everything is found out.
    """
    ids: dict[Pin, set[str]] = {}
    for start in range(0, len(pins), BATCH):
        ids |= _batch(http, [CANARY, *pins[start : start + BATCH]])
    if missing := [str(pin) for pin in pins if pin not in ids]:
        raise NoAnswer(f"no answer about {', '.join(missing[:5])}")
    texts = {name: _advisory(http, name) for name in sorted({each for pin in pins for each in ids[pin]})}
    return {pin: [texts[name] for name in sorted(ids[pin])] for pin in pins}


def _batch(http: Http, pins: list[Pin]) -> dict[Pin, set[str]]:
    found: dict[Pin, set[str]] = {pin: set() for pin in pins}
    waiting: list[tuple[Pin, str | None]] = [(pin, None) for pin in pins]
    for _ in range(MOST_PAGES):
        results = _json(http, "/v1/querybatch", {"queries": [_query(pin, token) for pin, token in waiting]})["results"]
        if not isinstance(results, list) or len(results) != len(waiting):
            raise NoAnswer(f"{ADDRESS} answered for another number of packages than it was asked about")
        again: list[tuple[Pin, str | None]] = []
        for (pin, _token), result in zip(waiting, results, strict=True):
            try:
                found[pin] |= {str(each["id"]) for each in (result or {}).get("vulns") or []}
                token = (result or {}).get("next_page_token")
            except (TypeError, KeyError, AttributeError) as error:
                raise NoAnswer(f"{ADDRESS}: the answer about {pin} has another shape") from error
            if token:
                again.append((pin, str(token)))
        waiting = again
        if not waiting:
            break
    if waiting:
        raise NoAnswer(f"{ADDRESS}: more than {MOST_PAGES} pages about {waiting[0][0]}")
    if not found[CANARY]:
        raise NoAnswer(
            f"{ADDRESS} does not know that {CANARY.name} {CANARY.version} is vulnerable: not the real service?"
        )
    return found


def _query(pin: Pin, token: str | None) -> dict[str, Any]:
    query: dict[str, Any] = {
        "package": {"ecosystem": pin.ecosystem, "name": pin.name},
        # A local part (2.13.0+cpu) is unknown to the registry.
        "version": pin.version.partition("+")[0],
    }
    return query | {"page_token": token} if token else query


def _advisory(http: Http, name: str) -> Advisory:
    if not all(mark.isalnum() or mark in "-_.:" for mark in name):
        raise NoAnswer(f"{ADDRESS} named an advisory {name!r}")
    try:
        return parse(_json(http, f"/v1/vulns/{name}"))
    except Misunderstood as error:
        raise NoAnswer(f"{ADDRESS}: {name} cannot be read ({error})") from error


def _json(http: Http, path: str, body: Any = None) -> Any:
    try:
        response = http.get(ADDRESS + path) if body is None else http.post(ADDRESS + path, json=body)
        response.raise_for_status()
        answer = response.json()
    except (httpx.HTTPError, ValueError, RecursionError) as error:
        raise NoAnswer(f"{ADDRESS}: {type(error).__name__}") from error
    if not isinstance(answer, dict) or (body is not None and "results" not in answer):
        raise NoAnswer(f"{ADDRESS}: the answer has another shape")
    return answer
