"""Words as the search of tickets knows them: folded alike when they are written and when they are asked for.

Neither database's own folding is used: SQLite and PostgreSQL cut and fold differently, and PostgreSQL's depends on the
locale that it was made with. So both get words that are cut and folded here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

from api.folding import fold

# A longer word is a key, a picture in base64 or a mistake: its beginning finds it.
LONGEST_WORD = 64
# Runs of what `str.isalnum` says yes to, the beginning of each.
_WORD = re.compile(rf"([^\W_]{{1,{LONGEST_WORD}}})[^\W_]*")
# Of ASCII, everything else becomes a blank.
_APART = bytes(code if chr(code).isalnum() else ord(" ") for code in range(128)).ljust(256)


def words_of(text: str) -> list[str]:
    """The words of a text, in order: runs of letters and digits, folded, cut at `LONGEST_WORD` characters."""
    folded = fold(text)
    if not folded.isascii():
        return _WORD.findall(folded)
    # What most texts are once their accents are gone: the same in a fifth of the time.
    words = folded.encode().translate(_APART).decode().split()
    return [word[:LONGEST_WORD] for word in words] if max(map(len, words), default=0) > LONGEST_WORD else words


# Most values are the catalog's own: hashing them anew was a twentieth of opening a ticket.
@lru_cache(maxsize=4096)
def key_word(kind: str, *values: str) -> str:
    """A word that stands for a value as a whole (a tag, a field's value), whatever characters it has."""
    return _hashed("\x1f".join((kind, *(fold(value).strip() for value in values))))


def _hashed(named: str) -> str:
    return "x" + hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def key_words(ticket_id: int, tags: Iterable[str], fields: Iterable[tuple[str, str]]) -> list[str]:
    """The keys under which a ticket is found: its number, its tags, its fields' values with and without their field."""
    # Not kept: each number comes once.
    found = {_hashed(f"id\x1f{ticket_id}")}
    for tag in tags:
        found.update((key_word("tag", tag), key_word("has", "#tags")))
    for name, value in fields:
        found.update(_keys_of(name, value))
    return sorted(found)


@lru_cache(maxsize=4096)
def _keys_of(name: str, value: str) -> tuple[str, str, str]:
    return key_word("field", name, value), key_word("value", value), key_word("has", name)
