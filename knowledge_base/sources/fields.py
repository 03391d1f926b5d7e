"""Fields as sources write them -> fields of an article. Whatever is not of the expected form is as if not given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

PUBLISHED = "PUBLISHED"
LOCALE = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def public_url(url: str) -> str:
    """A `url` that may stand in a link: http(s) with a host, or rooted here. Anything else is as if not given."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme in ("http", "https") and parts.netloc:
        return url
    return url if url.startswith("/") and not url.startswith(("//", "/\\")) else ""


def one_line(value: Any) -> str:
    """A scalar as one line of text; lists, mappings and nothing are empty."""
    if value is None or isinstance(value, (list, dict)):
        return ""
    return " ".join(CONTROL.sub("", str(value)).split())


def tags(fields: Mapping[str, Any]) -> tuple[str, ...]:
    value = fields.get("tags", fields.get("tag"))
    values = value if isinstance(value, list) else one_line(value).split(",")
    return tuple(tag for tag in (one_line(each) for each in values) if tag)


def moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(one_line(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_hidden(value: Any) -> bool:
    """Whether `hidden` says yes, as a boolean or as a word."""
    return value is True or one_line(value).lower() in ("true", "yes", "1")
