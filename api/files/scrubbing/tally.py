"""What was removed, counted by kind: each value once, however often it stood there."""

from __future__ import annotations

import enum
from collections import Counter


class Kind(enum.StrEnum):
    """What a secret is, in the words that the customer is told (``messages.removed_<kind>``)."""

    AUTHORIZATION = "authorization"
    COOKIES = "cookies"
    PASSWORDS = "passwords"
    TOKENS = "tokens"
    API_KEYS = "api_keys"
    SESSION_IDS = "session_ids"
    CARDS = "cards"
    PRIVATE_KEYS = "private_keys"


# Letters and underscores only: it stands in JSON, in addresses, in headers and in CSV, and breaks none of them.
MARK = "REMOVED_"


class Tally:
    """Gives the mark that stands for a removed value, and counts."""

    def __init__(self) -> None:
        self._seen: dict[Kind, set[int]] = {}

    def mark(self, kind: Kind, value: str) -> str:
        """The mark to write in place of `value`."""
        self._seen.setdefault(kind, set()).add(hash(value))
        return MARK + kind.value.upper()

    @property
    def counts(self) -> dict[str, int]:
        """Kind -> how many different values; empty where nothing was removed."""
        return dict(Counter({kind.value: len(seen) for kind, seen in sorted(self._seen.items())}))
