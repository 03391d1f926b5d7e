"""Secrets in JSON, and in HAR, which is JSON: by the names of its fields, and as text wherever no name tells."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any
from urllib.parse import unquote_plus

from api.files.scrubbing.names import is_secret, secret_kind
from api.files.scrubbing.tally import Kind, Tally
from api.files.scrubbing.text import authorization_header, cookie_header, scrub_text

_READABLE = re.compile(r"(?i)text/|json|xml|javascript|x-www-form-urlencoded|graphql")
# Beyond that it is no dialogue of two programs any more, and a page could be made slow by it.
_LONGEST_INNER = 5_000_000


def scrub_json(value: Any, tally: Tally) -> Any:
    """The same structure without its secrets. Raises `RecursionError` where it is nested too deep."""
    return _scrubbed(value, "", tally)


def _scrubbed(value: Any, name: str, tally: Tally) -> Any:
    if isinstance(value, dict):
        return _object(value, name, tally)
    if isinstance(value, list):
        return [_scrubbed(each, name, tally) for each in value]
    if isinstance(value, str):
        return _string(value, name, tally)
    if isinstance(value, int) and not isinstance(value, bool):
        kind = secret_kind(name)
        if kind in (Kind.PASSWORDS, Kind.CARDS) and is_secret(kind, str(value), name=name):
            return tally.mark(kind, str(value))
    return value


def _object(value: dict[str, Any], name: str, tally: Tally) -> dict[str, Any]:
    # A header, a cookie, a parameter: {"name": "Authorization", "value": "..."}.
    own_name = value.get("name", value.get("key"))
    if isinstance(own_name, str) and isinstance(value.get("value"), str):
        others = {key: _scrubbed(each, key, tally) for key, each in value.items() if key not in ("name", "value")}
        kept = {"value": _pair(own_name, value["value"], within=name, tally=tally)}
        return {key: kept.get(key, others.get(key, value[key])) for key in value}
    if isinstance(value.get("text"), str) and "encoding" in value and value["encoding"] == "base64":
        others = {key: _scrubbed(each, key, tally) for key, each in value.items() if key != "text"}
        kept = {"text": _encoded(value["text"], str(value.get("mimeType", "")), tally)}
        return {key: kept.get(key, others.get(key)) for key in value}
    # Keys may be what is secret, too: {"session": {"<token>": true}} is left; a map of cookies is not.
    return {key: _scrubbed(each, key, tally) for key, each in value.items()}


def _pair(name: str, value: str, *, within: str, tally: Tally) -> str:
    if within.lower() in ("cookies", "cookie"):
        return tally.mark(Kind.COOKIES, unquote_plus(value)) if is_secret(Kind.COOKIES, value) else value
    return _string(value, name, tally)


def _string(value: str, name: str, tally: Tally) -> str:
    kind = secret_kind(name)
    if kind is Kind.COOKIES:
        return cookie_header(value, tally)
    if kind is Kind.AUTHORIZATION:
        return authorization_header(value, tally)
    if kind is not None and is_secret(kind, value, name=name):
        return tally.mark(kind, value)
    if value[:1] in ("{", "[") and len(value) <= _LONGEST_INNER:
        inner = _inner(value, tally)
        if inner is not None:
            return inner
    return scrub_text(value, tally, name=name) if len(value) >= 3 else value


def _inner(value: str, tally: Tally) -> str | None:
    """JSON within a string; None where it is none."""
    try:
        loaded = json.loads(value)
    except (ValueError, RecursionError):
        return None
    cleaned = _scrubbed(loaded, "", tally)
    return value if cleaned == loaded else json.dumps(cleaned, ensure_ascii=False, separators=(",", ":"))


def _encoded(text: str, media_type: str, tally: Tally) -> str:
    """A body in base64: read where it is text; a picture stays as it is."""
    if not _READABLE.search(media_type):
        return text
    try:
        plain = base64.b64decode(text, validate=False).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return text
    cleaned = _string(plain, "", tally)
    return text if cleaned == plain else base64.b64encode(cleaned.encode()).decode()
